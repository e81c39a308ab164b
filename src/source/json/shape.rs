//! Recognises the shapes that tools give to an event in JSON.
//!
//! | shape | recognised by |
//! | --- | --- |
//! | evtx_dump | `Event` with `System` and `EventData` inside; attributes under `#attributes`, text beside them under `#text` |
//! | the same, attributes apart | `Provider_attributes` beside `Provider` |
//! | XML turned into JSON by others | attributes with `@`; data as a list of `{"@Name": …, "#text": …}` |
//! | Winlogbeat before version 7 | `event_id`, `computer_name`, data in `event_data` |
//! | Winlogbeat since version 7, Elastic Agent | `winlog` with all of these, `event.code`, `powershell.file.script_block_text`, the XML in `event.original` |
//! | Elastic search result | the event in `_source`, or every value in a list in `fields` |
//! | Wazuh | `data.win.system` and `data.win.eventdata`, names beginning in lower case; in archives the same as JSON in `full_log` |
//! | Fluentd, Fluent Bit | flat; the script is in `Description` or `Message` alone |
//! | osquery | the values in `columns`, the event's own data as JSON in `data`; or `script_text` |
//! | Chainsaw's hunts | evtx_dump's, in `document.data` |
//! | `Get-WinEvent \| ConvertTo-Json` | flat; the event's own data in `Properties`, identified by position, if there is no message |
//! | OpenTelemetry's collector | flat but for `event_id.id`, `provider.name`, `event_data` |
//! | Logstash and other relays | the complete event as JSON or XML in `message` |
//! | Splunk export | the event in `result`, as fields or as XML or event text in `_raw` |
//! | Splunk's HTTP Event Collector | the event in `event`, as an object or as XML, event text or JSON |
//! | GELF | names with `_` before them, the message in `full_message`, a syslog number in `level` |
//! | Graylog's Beats input | Winlogbeat's names after `winlogbeat_`, with `_` for dots |
//! | Graylog's search results | the event in `message`, in a list `messages` |
//! | Fluent Bit, Vector | the event's own data in `StringInserts` or `string_inserts`, identified by position |
//! | Hayabusa's timelines | flat but for `Details` and `ExtraFieldInfo`; the channel is `PwSh`, the level a rule's |
//! | NXLog and other forwarders, Azure | flat: only the names differ |

/// Content of an object inside a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectContent {
    /// The same as its enclosing object: its name has no meaning.
    Same,
    /// The event's own data.
    Data,
    /// Values whose names begin with the name of the object.
    Part,
}

/// Whether an object called `event` is that of Elastic's common schema, which holds values about the event. `key` is
/// its first key. Splunk's HTTP Event Collector uses the same name for the event itself.
pub(super) fn is_about_event(key: &[u8]) -> bool {
    const NAMES: &[u8] = b" action agent_id_status category code created dataset duration end hash id ingested kind \
        module original outcome provider reason reference risk_score risk_score_norm sequence severity start timezone \
        type url ";
    memchr::memmem::find(NAMES, &[b" ", key, b" "].concat()).is_some()
}

/// Returns the content of an object. `name` is its name after those of its enclosing objects, separated by dots.
pub(super) fn content(name: &[u8]) -> ObjectContent {
    match name {
        b"Event" | b"System" | b"_Event" | b"_source" | b"result" | b"fields" | b"data.win"
        | b"win" | b"system" | b"columns" | b"document.data" | b"message" => ObjectContent::Same,
        b"ExtraFieldInfo" | b"AllFieldInfo" => ObjectContent::Data,
        _ => match name.rsplit(|byte| *byte == b'.').next().unwrap_or_default() {
            b"EventData" | b"UserData" | b"event_data" | b"eventdata" | b"user_data" => {
                ObjectContent::Data
            }
            _ => ObjectContent::Part,
        },
    }
}

/// Returns the content of an object in an event's own data. `around` ends with the name of what holds the object.
/// `UserData` holds one element, whose name is the provider's, such as `LogFileCleared`, and has no meaning.
pub(super) fn data_content(around: &[u8]) -> ObjectContent {
    match around.ends_with(b"UserData") || around.ends_with(b"user_data") {
        true => ObjectContent::Data,
        false => ObjectContent::Part,
    }
}

/// Strips the prefix or suffix of an attribute from a key. Returns an empty name for keys that mean the text or the
/// attributes of the enclosing object.
pub(super) fn plain_key(key: &[u8]) -> &[u8] {
    match key {
        b"#text" | b"#attributes" => b"",
        [b'@', name @ ..] if !name.is_empty() && name != b"timestamp" && name != b"version" => name,
        _ => key.strip_suffix(b"_attributes").unwrap_or(key),
    }
}
