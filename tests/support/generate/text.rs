//! Writes events as text: XML, NDJSON, CSV.

use super::record::{Record, Value, guid_text};
use serde_json::json;

/// Returns one `<Event>` on a line of its own, as `wevtutil qe /f:xml` and Splunk write it.
pub(crate) fn xml(record: &Record) -> String {
    let guid = match record.provider.guid {
        Some(guid) => format!(" Guid='{{{guid}}}'"),
        None => String::new(),
    };
    let activity = match &record.activity {
        Some(activity) => format!(" ActivityID='{}'", guid_text(activity)),
        None => String::new(),
    };
    let user = match record.sid() {
        Some(sid) => format!(" UserID='{sid}'"),
        None => String::new(),
    };
    let data: String = record
        .data
        .iter()
        .map(|(name, value)| format!("<Data Name='{name}'>{}</Data>", escaped(&value.shown())))
        .collect();
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='{}'{guid}/><EventID>{}</EventID><Version>{}</Version><Level>{}</Level>\
         <Task>{}</Task><Opcode>{}</Opcode><Keywords>{:#x}</Keywords>\
         <TimeCreated SystemTime='{}'/><EventRecordID>{}</EventRecordID><Correlation{activity}/>\
         <Execution ProcessID='{}' ThreadID='{}'/><Channel>{}</Channel><Computer>{}</Computer>\
         <Security{user}/></System><EventData>{data}</EventData></Event>\n",
        record.provider.name,
        record.id,
        record.version,
        record.level,
        record.task,
        record.opcode,
        record.keywords,
        record.time_text(),
        record.record,
        record.process,
        record.thread,
        record.provider.channel,
        record.computer,
    )
}

/// Escapes a text. A carriage return becomes a reference, because XML readers turn a raw one into a line feed.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

/// Returns one line as evtx_dump writes it.
pub(crate) fn ndjson(record: &Record) -> String {
    let data: serde_json::Map<_, _> = record
        .data
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Text(_) => json!(value.shown()),
                Value::Number(number) => json!(number),
            };
            ((*name).to_owned(), value)
        })
        .collect();
    let event = json!({ "Event": {
        "#attributes": { "xmlns": "http://schemas.microsoft.com/win/2004/08/events/event" },
        "System": {
            "Provider": { "#attributes": {
                "Name": record.provider.name,
                "Guid": record.provider.guid.map(|guid| format!("{{{guid}}}")),
            } },
            "EventID": record.id,
            "Version": record.version,
            "Level": record.level,
            "Task": record.task,
            "Opcode": record.opcode,
            "Keywords": format!("{:#x}", record.keywords),
            "TimeCreated": { "#attributes": { "SystemTime": record.time_text() } },
            "EventRecordID": record.record,
            "Correlation": { "#attributes": {
                "ActivityID": record.activity.as_ref().map(guid_text),
            } },
            "Execution": { "#attributes": {
                "ProcessID": record.process, "ThreadID": record.thread,
            } },
            "Channel": record.provider.channel,
            "Computer": record.computer,
            "Security": { "#attributes": { "UserID": record.sid() } },
        },
        "EventData": data,
    } });
    format!("{event}\n")
}

/// The columns of [`csv`].
pub(crate) const CSV_HEADER: &str = "_time,Computer,EventCode,RecordNumber,source,UserID,Level,\
    MessageNumber,MessageTotal,ScriptBlockText,ScriptBlockId,Path\n";

/// Returns one row as Splunk exports it.
pub(crate) fn csv(record: &Record) -> String {
    let data = |name| record.data(name).map(Value::shown).unwrap_or_default();
    let cells = [
        record.time_text(),
        record.computer.clone(),
        record.id.to_string(),
        record.record.to_string(),
        format!("XmlWinEventLog:{}", record.provider.channel),
        record.sid().unwrap_or_default(),
        record.level.to_string(),
        data("MessageNumber"),
        data("MessageTotal"),
        data("ScriptBlockText"),
        data("ScriptBlockId"),
        data("Path"),
    ];
    let cells: Vec<_> =
        cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    format!("{}\n", cells.join(","))
}
