//! Writes a case file: a line for each log, rule file, entry and mark, for diffs in version control. The same case has
//! the same bytes.

use super::json::object_json;
use super::model::{Case, Mark, Opinion};
use super::parse::{FORMAT, VERSION};
use crate::report::to_json;
use std::fmt::Write;

impl Case {
    /// Returns the case as a file's text.
    pub fn to_json(&self) -> String {
        let mut case = self.clone();
        case.sort();
        let mut text = format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\n\"tool\":");
        text.push_str(&to_json(concat!("scriptscope ", env!("CARGO_PKG_VERSION"))));
        let _ = write!(text, ",\n\"name\":{}", to_json(&case.name));
        let notes = case.notes.iter().map(|note| {
            format!("{{\"by\":{},\"note\":{}}}", to_json(&note.by), to_json(&note.note))
        });
        lines(&mut text, "notes", ['[', ']'], notes.collect());
        let sources = case.sources.iter().map(|source| {
            let (name, sha256) = (to_json(&source.name), to_json(&source.sha256));
            format!("{{\"name\":{name},\"bytes\":{},\"sha256\":{sha256}}}", source.bytes)
        });
        lines(&mut text, "sources", ['[', ']'], sources.collect());
        let _ = write!(text, ",\n\"options\":{}", object_json(&case.options));
        let rules = case.rules.iter().map(|rule| {
            format!("{{\"name\":{},\"text\":{}}}", to_json(&rule.name), to_json(&rule.text))
        });
        lines(&mut text, "rules", ['[', ']'], rules.collect());
        let allow = case.allow.iter().map(to_json);
        lines(&mut text, "allow", ['[', ']'], allow.collect());
        let marks = case.marks.iter();
        let marks =
            marks.map(|(key, mark)| format!("{}:{}", to_json(&key.to_string()), json(mark)));
        lines(&mut text, "marks", ['{', '}'], marks.collect());
        text.push_str("}\n");
        text
    }
}

/// Adds a list or an object, an item a line.
fn lines(text: &mut String, name: &str, [open, close]: [char; 2], items: Vec<String>) {
    let _ = write!(text, ",\n\"{name}\":{open}");
    for (index, item) in items.iter().enumerate() {
        text.push_str(if index == 0 { "\n  " } else { ",\n  " });
        text.push_str(item);
    }
    text.push(close);
}

fn json(mark: &Mark) -> String {
    let unsaid = Opinion::default();
    let (first, others) = match mark.opinions.split_first() {
        Some((first, others)) => (first, others),
        None => (&unsaid, &[] as &[Opinion]),
    };
    let others: Vec<String> =
        others.iter().map(|other| format!("{{{}}}", opinion(other))).collect();
    format!(
        "{{{},\"star\":{},\"expected\":{},\"toReport\":{},\"order\":{},\"others\":[{}]}}",
        opinion(first),
        mark.star,
        mark.expected,
        mark.to_report,
        mark.order,
        others.join(",")
    )
}

fn opinion(own: &Opinion) -> String {
    let verdict = own.verdict.map(|verdict| verdict.as_str());
    let (verdict, note, by) = (to_json(&verdict), to_json(&own.note), to_json(&own.by));
    format!("\"verdict\":{verdict},\"note\":{note},\"by\":{by}")
}
