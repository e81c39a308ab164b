//! An event of MISP (core format), with the indicators as attributes.

use super::input::{Export, parse_time, with_digits};
use super::json_writer::JsonWriter;
use super::uuid;
use crate::indicators::IndicatorKind;
use crate::time::Time;
use std::io::{self, Write};

/// Writes the event. It is not published, and nothing in it is for automatic blocking (`to_ids`): an analyst decides that.
pub(super) fn write(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let (first, last) = export.times();
    let epoch = |time: Option<Time>| time.map_or(0, Time::seconds).max(0).to_string();
    let day = first.map(|time| with_digits(time, 0)).unwrap_or_else(|| "1970-01-01".to_owned());
    let mut content = export.report.rule_set.clone();
    for row in export.indicators() {
        content.push('\n');
        content.push_str(&row.id);
    }
    let mut json = JsonWriter::new(to);
    json.open('{');
    json.open_at("Event", '{');
    json.field("uuid", &uuid::own("misp-event", &content));
    let computers = export.report.sources.iter().flat_map(|source| &source.computers);
    let mut computers: Vec<&String> = computers.collect();
    crate::sort::sort(&mut computers);
    computers.dedup();
    let (results, computers) = (export.results().count(), computers.len());
    json.field(
        "info",
        &format!(
            "scriptscope: {results} results in PowerShell script blocks of {computers} computers"
        ),
    );
    json.field("date", day.get(..10).unwrap_or_default());
    json.field("timestamp", &epoch(last));
    json.field("threat_level_id", "4");
    json.field("analysis", "0");
    json.field("distribution", "0");
    json.key("published");
    json.number("false");
    json.open_at("Attribute", '[');
    for row in export.indicators() {
        let (kind, category) = attribute(row.kind);
        json.open('{');
        json.field("uuid", &uuid::own("misp-attribute", &row.id));
        json.field("type", kind);
        json.field("category", category);
        json.key("to_ids");
        json.number("false");
        json.field("value", &row.value);
        let (blocks, computers, view) = (row.count, row.computers, &row.view);
        let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "no time".to_owned());
        let (from, to) = (time(&row.first_time), time(&row.last_time));
        json.field(
            "comment",
            &format!(
                "in {blocks} script blocks on {computers} computers, {from} to {to}; view: {view}"
            ),
        );
        json.field("distribution", "5");
        json.field("timestamp", &epoch(parse_time(row.last_time.as_deref())));
        json.close('}');
    }
    json.close(']');
    json.close('}');
    json.close('}');
    json.end_line();
    json.finish()
}

/// Returns the type of an attribute, and a category that MISP allows for it.
fn attribute(kind: IndicatorKind) -> (&'static str, &'static str) {
    match kind {
        IndicatorKind::Url => ("url", "Network activity"),
        IndicatorKind::Host => ("hostname", "Network activity"),
        IndicatorKind::Ipv4 | IndicatorKind::Ipv6 => ("ip-dst", "Network activity"),
        IndicatorKind::Email => ("email-dst", "Network activity"),
        IndicatorKind::Md5 => ("md5", "Payload delivery"),
        IndicatorKind::Sha1 => ("sha1", "Payload delivery"),
        IndicatorKind::Sha256 => ("sha256", "Payload delivery"),
        IndicatorKind::RegistryKey => ("regkey", "Persistence mechanism"),
        IndicatorKind::Path => ("filename", "Artifacts dropped"),
        IndicatorKind::NamedPipe => ("named pipe", "Artifacts dropped"),
        IndicatorKind::UserAgent => ("user-agent", "Network activity"),
        IndicatorKind::Thumbprint => ("x509-fingerprint-sha1", "Network activity"),
    }
}
