//! Export of an allow-list: a file that loads here again, Splunk's filter macros, or Sigma's filters.

use super::allow::{AllowList, ParsedEntry};
use super::json::to_json;
use crate::error::Error;
use crate::rule::{Rule, RuleSet, allow_list_to_macro, allow_list_to_sigma};
use crate::search::Command;
use std::fmt::Write;
use std::str::FromStr;

/// A form that an allow-list is exported in.
///
/// ```
/// use scriptscope::report::AllowListFormat;
///
/// assert_eq!("sigma".parse(), Ok(AllowListFormat::Sigma));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AllowListFormat {
    /// `json`: a file of entries, which loads here again.
    Json,
    /// `macro`: Splunk's filter macros, in the form of security_content.
    Macro,
    /// `sigma`: Sigma's filter rules.
    Sigma,
}

impl FromStr for AllowListFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "json" => Ok(Self::Json),
            "macro" => Ok(Self::Macro),
            "sigma" => Ok(Self::Sigma),
            _ => Err(Error::Option {
                name: "format",
                message: format!("{text:?} is none of \"json\", \"macro\" and \"sigma\""),
            }),
        }
    }
}

impl AllowList {
    /// Writes the entries for another tool or session. Only [`AllowListFormat::Macro`] needs the rules.
    pub(crate) fn export(&self, format: AllowListFormat, rules: &RuleSet) -> String {
        match format {
            AllowListFormat::Json => self.json(),
            AllowListFormat::Macro => self.macros(rules),
            AllowListFormat::Sigma => self.sigma(),
        }
    }

    /// One entry a line, for diffs in version control.
    fn json(&self) -> String {
        let lines: Vec<String> =
            self.entries().map(|entry| format!("  {}", to_json(entry))).collect();
        let entries = match lines.is_empty() {
            true => String::new(),
            false => format!("\n{}\n", lines.join(",\n")),
        };
        format!("{{\"format\":\"scriptscope.allowList\",\"version\":1,\"entries\":[{entries}]}}\n")
    }

    /// One document for each rule that has a filter macro and entries that apply to it.
    fn macros(&self, rules: &RuleSet) -> String {
        let mut documents = Vec::new();
        let mut without_macro = Vec::new();
        for rule in &rules.rules {
            let own: Vec<&ParsedEntry> =
                self.in_use().filter(|allowed| allowed.applies_to(&rule.id)).collect();
            match filter_macro(rule) {
                _ if own.is_empty() => {}
                Some(name) => documents.push(allow_list_to_macro(name, &definition(&own))),
                None => without_macro.push(rule.title.as_str()),
            }
        }
        let mut text = documents.join("---\n");
        if !without_macro.is_empty() {
            let _ = writeln!(
                text,
                "# These rules have no filter macro in their search, so nothing is hidden for them: {}",
                one_line(&without_macro.join(", "))
            );
        }
        text
    }

    /// One filter for each entry in use.
    fn sigma(&self) -> String {
        let documents = self.in_use().map(|ParsedEntry { entry, .. }| {
            let rules: Vec<&str> = entry.rule.as_deref().into_iter().collect();
            match allow_list_to_sigma(&entry.name, &entry.search, &rules) {
                Ok(filter) => filter,
                Err(reason) => format!(
                    "# The entry {} cannot be written in Sigma: {}\n",
                    one_line(&entry.name),
                    one_line(&reason)
                ),
            }
        });
        documents.collect::<Vec<_>>().join("---\n")
    }
}

/// The macro's search. Splunk has no field with a text's hash, so the macro computes it if an entry uses it.
fn definition(entries: &[&ParsedEntry]) -> String {
    let any: Vec<String> =
        entries.iter().map(|allowed| format!("({})", allowed.entry.search.trim())).collect();
    let search = format!("search NOT ({})", any.join(" OR "));
    let mut uses_hash = false;
    entries.iter().for_each(|allowed| {
        allowed.condition.each_field(&mut |name| uses_hash |= name == HASH);
    });
    match uses_hash {
        true => format!("eval {HASH}=sha256(ScriptBlockText) | {search} | fields - {HASH}"),
        false => search,
    }
}

const HASH: &str = "ScriptBlockHash";

/// Returns the name of the filter macro in a rule's search.
fn filter_macro(rule: &Rule) -> Option<&str> {
    let search = rule.search.as_ref().ok()?;
    search.commands().iter().find_map(|command| match command {
        Command::Filter { name, .. } => Some(name.as_str()),
        _ => None,
    })
}

/// The text on one line, for a comment.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
