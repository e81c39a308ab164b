//! Detection findings of OCSF 1.5.0 (class 2004), one for each result, a JSON object on each line.

use super::input::{Export, milliseconds, parse_time};
use super::json_writer::JsonWriter;
use super::uuid;
use crate::limits;
use crate::report::contract::{Block, Row, Rule};
use crate::rule::attack_name;
use crate::text::floor_char_boundary;
use crate::time::Time;
use std::io::{self, Write};

/// Writes the chosen results. One that the allow-list or a filter hides has the status "Suppressed".
pub(super) fn write(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let (first, _) = export.times();
    let mut json = JsonWriter::new(to);
    for row in export.results() {
        write_finding(export, row, first, &mut json);
    }
    json.finish()
}

/// Writes a finding. A result without a time has that of the earliest event, because an event without a time is none.
fn write_finding(
    export: &Export<'_>,
    row: &Row,
    earliest: Option<Time>,
    json: &mut JsonWriter<'_>,
) {
    let rule = export.rule(&row.rule_id);
    let title = rule.map_or(row.rule_id.as_str(), |rule| rule.title.as_str());
    let first = parse_time(row.first_time.as_deref()).map(milliseconds);
    let last = parse_time(row.last_time.as_deref()).map(milliseconds);
    let time = last.or_else(|| earliest.map(milliseconds)).unwrap_or_default();
    let (severity_id, severity) = severity(row.score.0);
    json.open('{');
    json.integer("activity_id", 1);
    json.field("activity_name", "Create");
    json.integer("category_uid", 2);
    json.field("category_name", "Findings");
    json.integer("class_uid", 2004);
    json.field("class_name", "Detection Finding");
    json.integer("type_uid", 200_401);
    json.integer("severity_id", severity_id);
    json.field("severity", severity);
    let (status_id, status) =
        if row.suppressed_by.is_some() { (3, "Suppressed") } else { (1, "New") };
    json.integer("status_id", status_id);
    json.field("status", status);
    json.optional("status_detail", row.suppressed_by.as_deref());
    json.integer("time", time);
    for (key, time) in [("start_time", first), ("end_time", last)] {
        if let Some(time) = time {
            json.integer(key, time);
        }
    }
    json.integer("count", i64::try_from(row.count).unwrap_or(i64::MAX));
    json.field("message", row.message.as_deref().unwrap_or(title));
    json.open_at("metadata", '{');
    json.field("version", "1.5.0");
    json.field("uid", &uuid::own("ocsf", &row.id));
    json.open_at("product", '{');
    json.field("name", "scriptscope");
    json.field("vendor_name", "scriptscope");
    json.field("version", export.report.tool.rsplit(' ').next().unwrap_or_default());
    json.close('}');
    json.field("log_name", "Microsoft-Windows-PowerShell/Operational");
    json.close('}');
    json.open_at("finding_info", '{');
    json.field("uid", &row.id);
    json.field("title", title);
    json.optional("desc", rule.and_then(|rule| rule.description.as_deref()));
    for (key, time) in [("first_seen_time", first), ("last_seen_time", last)] {
        if let Some(time) = time {
            json.integer(key, time);
        }
    }
    json.open_at("analytic", '{');
    json.field("uid", &row.rule_id);
    json.field("name", title);
    json.integer("type_id", 1);
    json.field("type", "Rule");
    json.close('}');
    if let Some(rule) = rule.filter(|rule| !rule.attack.is_empty()) {
        write_attacks(rule, json);
    }
    json.close('}');
    let blocks: Vec<&Block> = export.names.blocks(export.report, row);
    write_resources(&blocks, json);
    json.open_at("evidences", '[');
    for block in blocks {
        write_script(block, json);
    }
    json.close(']');
    json.key("risk_score");
    json.number(&(row.score.0 / 100).to_string());
    json.close('}');
    json.end_line();
}

fn write_attacks(rule: &Rule, json: &mut JsonWriter<'_>) {
    json.open_at("attacks", '[');
    for attack in &rule.attack {
        json.open('{');
        let id = attack.technique.as_str();
        let parent = id.split('.').next().unwrap_or_default();
        json.open_at("technique", '{');
        json.field("uid", parent);
        json.optional("name", attack_name(parent));
        json.close('}');
        if parent != id {
            json.open_at("sub_technique", '{');
            json.field("uid", id);
            json.optional("name", attack.name);
            json.close('}');
        }
        if let Some(tactic) = attack.tactics.first() {
            json.open_at("tactic", '{');
            json.field("name", tactic);
            json.close('}');
        }
        json.close('}');
    }
    json.close(']');
}

fn write_resources(blocks: &[&Block], json: &mut JsonWriter<'_>) {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for block in blocks {
        names.extend(block.computer.as_deref().map(|name| ("Computer", name)));
        names.extend(block.user.as_deref().map(|name| ("User", name)));
    }
    crate::sort::sort(&mut names);
    names.dedup();
    json.open_at("resources", '[');
    for (kind, name) in names {
        json.open('{');
        json.field("type", kind);
        json.field("name", name);
        json.field("uid", name);
        json.close('}');
    }
    json.close(']');
}

fn write_script(block: &Block, json: &mut JsonWriter<'_>) {
    json.open('{');
    json.field("uid", &block.id);
    json.open_at("script", '{');
    json.integer("type_id", 2);
    json.field("type", "PowerShell");
    json.optional("uid", block.script_block_id.as_deref());
    if let Some(path) = block.path.as_deref().filter(|path| !path.is_empty()) {
        json.open_at("file", '{');
        json.field("name", path.rsplit(['\\', '/']).next().unwrap_or(path));
        json.field("path", path);
        json.integer("type_id", 1);
        json.close('}');
    }
    json.open_at("script_content", '{');
    let shown = floor_char_boundary(&block.text, limits::EVIDENCE_BYTES);
    json.field("value", block.text.get(..shown).unwrap_or_default());
    if shown < block.text.len() {
        json.key("is_truncated");
        json.number("true");
        json.integer("untruncated_size", block.text.len() as i64);
    }
    json.close('}');
    json.close('}');
    json.close('}');
}

/// Returns the severity of a score in hundredths: the middles of Sigma's levels are 0, 15, 35, 60 and 90.
fn severity(score: i64) -> (i64, &'static str) {
    match score / 100 {
        ..=0 => (1, "Informational"),
        1..25 => (2, "Low"),
        25..50 => (3, "Medium"),
        50..80 => (4, "High"),
        _ => (5, "Critical"),
    }
}
