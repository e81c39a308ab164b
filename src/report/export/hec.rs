//! Events of Splunk's risk index, an object of the HTTP Event Collector on each line.

use super::input::{Export, parse_time};
use super::json_writer::JsonWriter;
use super::uuid;
use crate::report::contract::{RiskEvent, RiskObject};
use std::io::{self, Write};

/// Writes every risk event of the chosen results.
pub(super) fn write(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut json = JsonWriter::new(to);
    for object in &export.report.risk_objects {
        for event in object.events.iter().filter(|own| export.is_chosen(&own.result_id)) {
            write_event(export, object, event, &mut json);
        }
    }
    json.finish()
}

fn write_event(
    export: &Export<'_>,
    object: &RiskObject,
    event: &RiskEvent,
    json: &mut JsonWriter<'_>,
) {
    let rule = export.rule(&event.rule_id);
    let title = rule.map_or(event.rule_id.as_ref(), |rule| rule.title.as_str());
    let time = parse_time(event.time.as_deref()).map(|time| time.to_epoch_string());
    json.open('{');
    if let Some(time) = &time {
        json.key("time");
        json.number(time);
    }
    if object.kind == "system" {
        json.field("host", &object.object);
    }
    json.field("source", title);
    json.field("sourcetype", "stash");
    json.field("index", "risk");
    json.open_at("event", '{');
    json.field("search_name", title);
    json.field("risk_object", &object.object);
    json.field("risk_object_type", &object.kind);
    json.key("risk_score");
    json.number(&event.score.to_string());
    json.optional("risk_message", event.message.as_deref());
    let threats = &event.threat_objects;
    if !threats.is_empty() {
        json.texts("threat_object", threats.iter().map(|own| own.value.as_str()));
        json.texts("threat_object_type", threats.iter().map(|own| own.kind.as_str()));
    }
    if let Some(rule) = rule {
        let techniques = rule.attack.iter().map(|attack| attack.technique.as_str());
        json.texts("annotations.mitre_attack", techniques);
        let tactics = rule.attack.iter().flat_map(|attack| &attack.tactics);
        json.texts("annotations.mitre_attack.mitre_tactic", tactics.map(String::as_str));
        json.texts("analyticstories", rule.stories.iter().map(String::as_str));
    }
    json.field("rule_id", &event.rule_id);
    json.field("result_id", &event.result_id);
    let name = [&object.kind, &object.object, event.result_id.as_ref()].map(|part| part as &str);
    json.field("event_id", &uuid::own("risk-event", &name.join("\n")));
    json.optional("orig_time", event.time.as_deref());
    json.close('}');
    json.close('}');
    json.end_line();
}
