//! A layer of the ATT&CK Navigator: layer format 4.5.

use super::input::Export;
use super::json_writer::JsonWriter;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::report::contract::Rule;
use std::io::{self, Write};

/// A technique of the results.
#[derive(Default)]
struct Technique<'a> {
    results: i64,
    rules: OrderedSet<&'a str>,
    tactics: OrderedSet<&'a str>,
    name: Option<&'static str>,
}

/// Writes the techniques of the results that nothing hides. The score of each is the number of its results.
pub(super) fn write(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut techniques: OrderedMap<&str, Technique<'_>> = OrderedMap::new();
    for (rule, results) in results(export) {
        for attack in &rule.attack {
            let technique = techniques.entry(attack.technique.as_str()).or_default();
            technique.results += results;
            technique.name = attack.name;
            technique.rules.insert(rule.title.as_str());
            for tactic in &attack.tactics {
                technique.tactics.insert(tactic.as_str());
            }
        }
    }
    let most = techniques.values().map(|own| own.results).max().unwrap_or(1);
    let mut json = JsonWriter::new(to);
    json.open('{');
    json.field("name", "scriptscope");
    json.open_at("versions", '{');
    json.field("navigator", "4.9.0");
    json.field("layer", "4.5");
    json.close('}');
    json.field("domain", "enterprise-attack");
    json.field(
        "description",
        "Techniques of the rules that matched PowerShell script blocks. The score is the number of results.",
    );
    json.integer("sorting", 3);
    json.open_at("techniques", '[');
    for (id, technique) in techniques.iter() {
        json.open('{');
        json.field("techniqueID", id);
        json.integer("score", technique.results);
        json.field("comment", &joined(&technique.rules, "; "));
        json.key("enabled");
        json.number("true");
        json.open_at("metadata", '[');
        if let Some(name) = technique.name {
            json.open('{');
            json.field("name", "technique");
            json.field("value", name);
            json.close('}');
        }
        json.open('{');
        json.field("name", "tactics");
        json.field("value", &joined(&technique.tactics, ", "));
        json.close('}');
        json.close(']');
        json.close('}');
    }
    json.close(']');
    json.open_at("gradient", '{');
    json.texts("colors", ["#ffffff", "#ff6666"].into_iter());
    json.integer("minValue", 0);
    json.integer("maxValue", most);
    json.close('}');
    json.close('}');
    json.end_line();
    json.finish()
}

/// Returns the rules with results that nothing hides, and the number of these: of all results, also those past the ones that a
/// report keeps.
fn results<'a>(export: &Export<'a>) -> Vec<(&'a Rule, i64)> {
    if export.is_all() {
        let rules = export.report.rules.iter();
        let counted = rules.map(|rule| (rule, rule.rows.saturating_sub(rule.suppressed) as i64));
        return counted.filter(|(_, results)| *results > 0).collect();
    }
    let chosen = export.results().filter(|row| row.suppressed_by.is_none());
    chosen.filter_map(|row| Some((export.rule(&row.rule_id)?, 1))).collect()
}

fn joined(names: &OrderedSet<&str>, separator: &str) -> String {
    names.iter().copied().collect::<Vec<_>>().join(separator)
}
