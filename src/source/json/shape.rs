//! The shapes that tools give to an event in JSON.
//!
//! | shape | what marks it |
//! | --- | --- |
//! | evtx_dump | `Event` with `System` and `EventData` inside; attributes under `#attributes`, text beside them under `#text` |
//! | the same, attributes apart | `Provider_attributes` beside `Provider` |
//! | XML turned into JSON by others | attributes with `@`; data as a list of `{"@Name": …, "#text": …}` |
//! | Winlogbeat before version 7 | `event_id`, `computer_name`, data in `event_data` |
//! | Winlogbeat since version 7, Elastic Agent | `winlog` with all of these, `event.code`, `powershell.file.script_block_text`, the XML in `event.original` |
//! | Elastic search result | the event in `_source`, or every value in a list in `fields` |
//! | Wazuh | `data.win.system` and `data.win.eventdata`, names beginning in lower case; in archives the same as JSON in `full_log` |
//! | Fluentd, Fluent Bit | flat; the script stands in `Description` or `Message` alone |
//! | osquery | the values in `columns`, the event's own data as JSON in `data`; or `script_text` |
//! | Chainsaw's hunts | evtx_dump's, in `document.data` |
//! | `Get-WinEvent \| ConvertTo-Json` | flat; the event's own data in `Properties`, told by their places, where no message is |
//! | OpenTelemetry's collector | flat but for `event_id.id`, `provider.name`, `event_data` |
//! | Logstash and other relays | the whole event as JSON or XML in `message` |
//! | Splunk export | the event in `result`, as fields or as XML or event text in `_raw` |
//! | NXLog and other forwarders, Azure | flat: only the names tell |

/// What an object inside a document holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// The same as what is around it: its name says nothing.
    Same,
    /// The event's own data.
    Data,
    /// Values whose names begin with the object's.
    Part,
}

/// What an object holds, by the names of the objects around it and its own, with dots between.
pub(super) fn holds(name: &[u8]) -> Holds {
    match name {
        b"Event" | b"System" | b"_source" | b"result" | b"fields" | b"data.win" | b"win"
        | b"system" | b"columns" | b"document.data" => Holds::Same,
        b"EventData" | b"UserData" | b"event_data" | b"eventdata" | b"user_data"
        | b"winlog.event_data" | b"winlog.user_data" => Holds::Data,
        _ => Holds::Part,
    }
}

/// The name of a key: without the marks of an attribute, empty where the key only says "the text of what
/// is around me" or "the attributes of it".
pub(super) fn plain(key: &[u8]) -> &[u8] {
    match key {
        b"#text" | b"#attributes" => b"",
        [b'@', name @ ..] if !name.is_empty() && name != b"timestamp" && name != b"version" => name,
        _ => key.strip_suffix(b"_attributes").unwrap_or(key),
    }
}
