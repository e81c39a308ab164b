//! An allow-list in the forms that others take: a file to load again, Splunk's filter macros, Sigma's filters.

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
    /// Writes the entries for another tool or session; macros are those of the rules given.
    pub(crate) fn export(&self, format: AllowListFormat, rules: &RuleSet) -> String {
        match format {
            AllowListFormat::Json => self.json(),
            AllowListFormat::Macro => self.macros(rules),
            AllowListFormat::Sigma => self.sigma(),
        }
    }

    /// An entry a line, so that changes show well in version control.
    fn json(&self) -> String {
        let lines: Vec<String> =
            self.entries().map(|entry| format!("  {}", to_json(entry))).collect();
        let entries = match lines.is_empty() {
            true => String::new(),
            false => format!("\n{}\n", lines.join(",\n")),
        };
        format!("{{\"format\":\"scriptscope.allowList\",\"version\":1,\"entries\":[{entries}]}}\n")
    }

    /// One document for each filter macro of a rule that an entry is for.
    fn macros(&self, rules: &RuleSet) -> String {
        let mut documents = Vec::new();
        let mut unnamed = Vec::new();
        for rule in &rules.rules {
            let own: Vec<&ParsedEntry> =
                self.in_use().filter(|allowed| allowed.is_for(&rule.id)).collect();
            match filter_macro(rule) {
                _ if own.is_empty() => {}
                Some(name) => documents.push(allow_list_to_macro(name, &definition(&own))),
                None => unnamed.push(rule.title.as_str()),
            }
        }
        let mut text = documents.join("---\n");
        if !unnamed.is_empty() {
            let _ = writeln!(
                text,
                "# Not hidden by macros, because their searches name no filter macro: {}",
                comment(&unnamed.join(", "))
            );
        }
        text
    }

    /// One filter for each entry.
    fn sigma(&self) -> String {
        let documents = self.in_use().map(|ParsedEntry { entry, .. }| {
            let rules: Vec<&str> = entry.rule.as_deref().into_iter().collect();
            match allow_list_to_sigma(&entry.name, &entry.search, &rules) {
                Ok(filter) => filter,
                Err(reason) => format!(
                    "# {} has no form in Sigma: {}\n",
                    comment(&entry.name),
                    comment(&reason)
                ),
            }
        });
        documents.collect::<Vec<_>>().join("---\n")
    }
}

/// Splunk has no field of a text's hash, but it can compute one.
fn definition(entries: &[&ParsedEntry]) -> String {
    let any: Vec<String> =
        entries.iter().map(|allowed| format!("({})", allowed.entry.search.trim())).collect();
    let search = format!("search NOT ({})", any.join(" OR "));
    let mut hashes = false;
    entries.iter().for_each(|allowed| {
        allowed.condition.each_field(&mut |name| hashes |= name == HASH);
    });
    match hashes {
        true => format!("eval {HASH}=sha256(ScriptBlockText) | {search} | fields - {HASH}"),
        false => search,
    }
}

const HASH: &str = "ScriptBlockHash";

/// The filter macro that a rule's search names.
fn filter_macro(rule: &Rule) -> Option<&str> {
    let search = rule.search.as_ref().ok()?;
    search.commands().iter().find_map(|command| match command {
        Command::Filter { name, .. } => Some(name.as_str()),
        _ => None,
    })
}

/// On one line.
fn comment(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
