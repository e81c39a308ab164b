//! Rules in other forms: as a Splunk search, as a Sigma rule, as our YAML.

mod sigma_writer;
mod yaml_writer;

use super::model::{Rule, RuleKind};
use crate::search::{Command, Condition, Library, Search};

impl Rule {
    /// As a Splunk search. A Splunk rule is its own text; `Err` says what of a Sigma rule has no such form.
    pub fn to_spl(&self) -> Result<String, String> {
        match (self.kind, &self.search) {
            (RuleKind::Builtin | RuleKind::Splunk, _) => Ok(self.text.clone()),
            // Its log source says the rest, which a search has to say itself.
            (RuleKind::Sigma, Ok(search)) => {
                search.to_spl().map(|text| format!("`powershell` EventCode=4104 {text}"))
            }
            (RuleKind::Sigma, Err(refusal)) => Err(refusal.reason.clone()),
        }
    }

    /// As a Sigma rule. `Err` says what of it has no such form.
    pub fn to_sigma(&self) -> Result<String, String> {
        let search = self.search.as_ref().map_err(|refusal| refusal.reason.clone())?;
        sigma_writer::rule(self, &condition(search)?)
    }

    /// As a detection in security_content's form, which this engine loads again.
    pub fn to_yaml(&self) -> Result<String, String> {
        Ok(yaml_writer::detection(self, &self.to_spl()?))
    }
}

/// An allow-list, written as a filter macro is (`search NOT Computer=ADMIN01`), as a Sigma filter for these
/// rules, or for all where none is named.
pub(crate) fn allow_list_to_sigma(
    title: &str,
    definition: &str,
    rules: &[&str],
) -> Result<String, String> {
    let definition = definition.trim();
    let text = definition.strip_prefix("search ").unwrap_or(definition);
    let expr = Search::parse_condition(text, &Library::new()).map_err(|error| error.to_string())?;
    sigma_writer::filter(title, &expr, rules)
}

/// An allow-list as a Splunk macro definition: the file that a search of this name finds it in.
pub(crate) fn allow_list_to_macro(name: &str, definition: &str) -> String {
    let name = yaml_writer::scalar(name, 0);
    let definition = yaml_writer::scalar(definition.trim(), 0);
    format!("name: {name}\ndescription: An allow-list.\ndefinition: {definition}\n")
}

/// All that a search asks of an event. What follows its rows may only show them otherwise.
fn condition(search: &Search) -> Result<Condition, String> {
    let leading = search.commands().iter().map_while(Command::condition);
    let count = leading.clone().count();
    let parts = std::iter::once(search.base().clone()).chain(leading).collect();
    for command in search.commands().iter().skip(count) {
        match command {
            Command::Stats(_)
            | Command::FillNull { .. }
            | Command::Rename(_)
            | Command::Table(_)
            | Command::Fields { .. }
            | Command::Convert { .. }
            | Command::Sort { .. }
            | Command::Filter { .. } => {}
            _ => return Err("its commands do more than show the events that it finds".into()),
        }
    }
    Ok(Condition::All(parts))
}

#[cfg(test)]
mod tests;
