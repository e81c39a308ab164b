//! Writes YAML: detections in security_content's form, and scalars.

use crate::rule::model::{Rule, RuleType};
use std::fmt::Write;

/// Writes a detection with this search, in security_content's form.
pub(super) fn detection(rule: &Rule, search: &str) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: &str| put(&mut text, 0, key, value);
    line("name", &rule.title);
    line("id", &rule.id);
    for key in ["version", "date", "author", "status"] {
        if let Some((_, value)) = rule.metadata.iter().find(|(name, _)| *name == key) {
            line(key, value);
        }
    }
    line("type", &rule.rule_type.unwrap_or(RuleType::Ttp).to_string());
    if let Some(description) = &rule.description {
        line("description", description);
    }
    line("search", search);
    if let Some((_, how)) = rule.metadata.iter().find(|(name, _)| *name == "how to implement") {
        line("how_to_implement", how);
    }
    if let Some(false_positives) = &rule.false_positives {
        line("known_false_positives", false_positives);
    }
    list(&mut text, 0, "references", &rule.references);
    risk(rule, &mut text);
    tags(rule, &mut text);
    samples(rule, &mut text);
    text
}

/// Writes the line `key: value`.
pub(super) fn put(text: &mut String, indent: usize, key: &str, value: &str) {
    let spaces = " ".repeat(indent);
    let _ = writeln!(text, "{spaces}{key}: {}", scalar(value, indent));
}

/// Writes `key:` and a list below it, or nothing for an empty list.
pub(super) fn list(text: &mut String, indent: usize, key: &str, values: &[String]) {
    if values.is_empty() {
        return;
    }
    let spaces = " ".repeat(indent);
    let _ = writeln!(text, "{spaces}{key}:");
    for value in values {
        let _ = writeln!(text, "{spaces}- {}", scalar(value, indent + 2));
    }
}

/// Returns a text as a scalar that is read back as the same text, never as a number or truth value.
pub(super) fn scalar(text: &str, indent: usize) -> String {
    let plain_char = |char: char| char.is_ascii_alphanumeric() || " _./()-".contains(char);
    let plain = text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.chars().all(plain_char)
        && !text.ends_with(' ')
        && !is_reserved(text);
    if plain {
        return text.to_owned();
    }
    let printable = |char: char| char == '\n' || (!char.is_control() && char != '\u{FEFF}');
    let block = text.contains('\n')
        && text.chars().all(printable)
        && text.lines().next().is_some_and(|line| !line.starts_with(' ') && !line.is_empty())
        && !text.ends_with('\n')
        && text.lines().all(|line| !line.ends_with(' '));
    if block {
        let spaces = " ".repeat(indent + 2);
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| if line.is_empty() { String::new() } else { format!("{spaces}{line}") })
            .collect();
        return format!("|-\n{}", lines.join("\n"));
    }
    if !text.contains('\n') && text.chars().all(printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            char if printable(char) => quoted.push(char),
            char => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(char));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Returns whether YAML reads a plain word as a truth value or null.
fn is_reserved(text: &str) -> bool {
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

fn risk(rule: &Rule, text: &mut String) {
    if rule.risk_objects.is_empty() && rule.threat_objects.is_empty() {
        return;
    }
    text.push_str("rba:\n");
    put(text, 2, "message", rule.message.as_deref().unwrap_or(&rule.title));
    text.push_str(if rule.risk_objects.is_empty() {
        "  risk_objects: []\n"
    } else {
        "  risk_objects:\n"
    });
    for object in &rule.risk_objects {
        let field = scalar(&object.field, 4);
        let _ = writeln!(
            text,
            "  - field: {field}\n    type: {}\n    score: {}",
            object.kind, object.score
        );
        if let Some(message) = &object.message {
            put(text, 4, "message", message);
        }
    }
    text.push_str(if rule.threat_objects.is_empty() {
        "  threat_objects: []\n"
    } else {
        "  threat_objects:\n"
    });
    for object in &rule.threat_objects {
        let (field, kind) = (scalar(&object.field, 4), scalar(&object.kind, 4));
        let _ = writeln!(text, "  - field: {field}\n    type: {kind}");
    }
}

fn tags(rule: &Rule, text: &mut String) {
    let techniques: Vec<String> =
        rule.attack.iter().map(|attack| attack.technique.clone()).collect();
    if techniques.is_empty() && rule.stories.is_empty() {
        return;
    }
    text.push_str("tags:\n");
    list(text, 2, "analytic_story", &rule.stories);
    list(text, 2, "mitre_attack_id", &techniques);
}

fn samples(rule: &Rule, text: &mut String) {
    if rule.samples.is_empty() {
        return;
    }
    text.push_str("scriptscope:\n  samples:\n");
    for sample in rule.samples.iter() {
        let _ = writeln!(
            text,
            "  - name: {}\n    match: {}\n    text: {}",
            scalar(&sample.name, 4),
            sample.matches,
            scalar(&sample.text, 4)
        );
    }
}
