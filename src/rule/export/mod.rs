//! Export of rules: as a Splunk search, a Sigma rule, or a detection in security_content's YAML.

mod sigma_writer;
mod yaml_writer;

use super::model::{Rule, RuleKind};
use crate::search::{Command, Condition, Library, Search};

impl Rule {
    /// Returns the rule as a Splunk search. A Splunk rule is returned as written.
    ///
    /// # Errors
    ///
    /// The part of a Sigma rule that cannot be written in SPL, or why the rule is unsupported.
    ///
    /// ```
    /// use scriptscope::RuleFile;
    /// use scriptscope::internal::rule::{RuleOptions, load};
    ///
    /// let file = RuleFile::new(
    ///     "a.yml",
    ///     "title: A\nlogsource: {category: ps_script}\ndetection:\n  s: {Path: null}\n  condition: not s\n",
    /// );
    /// let set = load(&[file], &RuleOptions { builtin: false, ..RuleOptions::default() });
    /// assert!(set.rules[0].to_spl().unwrap().starts_with("`powershell` EventCode=4104 "));
    /// ```
    pub fn to_spl(&self) -> Result<String, String> {
        match (self.kind, &self.search) {
            (RuleKind::Builtin | RuleKind::Splunk, _) => Ok(self.text.clone()),
            // A Sigma rule has these conditions in its log source.
            (RuleKind::Sigma, Ok(search)) => {
                search.to_spl().map(|text| format!("`powershell` EventCode=4104 {text}"))
            }
            (RuleKind::Sigma, Err(unsupported)) => Err(unsupported.reason.clone()),
        }
    }

    /// Returns the rule as a Sigma rule.
    ///
    /// # Errors
    ///
    /// The part of it that cannot be written in Sigma, or why the rule is unsupported.
    ///
    /// ```
    /// use scriptscope::RuleFile;
    /// use scriptscope::internal::rule::{RuleOptions, load};
    ///
    /// let file = RuleFile::new(
    ///     "a.yml",
    ///     "name: A\ntype: TTP\nsearch: EventCode=4104 ScriptBlockText=*mimikatz* | stats count by Computer\n",
    /// );
    /// let set = load(&[file], &RuleOptions { builtin: false, ..RuleOptions::default() });
    /// let sigma = set.rules[0].to_sigma().unwrap();
    /// assert!(sigma.contains("ScriptBlockText|contains: mimikatz"));
    /// ```
    pub fn to_sigma(&self) -> Result<String, String> {
        let search = self.search.as_ref().map_err(|unsupported| unsupported.reason.clone())?;
        sigma_writer::rule(self, &condition(search)?)
    }

    /// Returns the rule as a detection in security_content's YAML, which loads here again.
    ///
    /// # Errors
    ///
    /// As [`Rule::to_spl`].
    pub fn to_yaml(&self) -> Result<String, String> {
        Ok(yaml_writer::detection(self, &self.to_spl()?))
    }
}

/// Writes an allow-list, given as the definition of a filter macro (`search NOT Computer=ADMIN01`), as a Sigma filter for
/// these rules, or for all rules if none is given.
///
/// # Errors
///
/// The definition cannot be parsed, or written in Sigma.
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

/// Writes an allow-list as the YAML file of a Splunk macro with this name.
pub(crate) fn allow_list_to_macro(name: &str, definition: &str) -> String {
    let name = yaml_writer::scalar(name, 0);
    let definition = yaml_writer::scalar(definition.trim(), 0);
    format!("name: {name}\ndescription: An allow-list.\ndefinition: {definition}\n")
}

/// Returns the conditions of a search on single events. Its other commands may only change how rows are shown.
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
            _ => return Err("its commands do more than filter events and format rows".into()),
        }
    }
    Ok(Condition::All(parts))
}

#[cfg(test)]
mod tests;
