//! The names under which tools look for the fields of an event.
//!
//! Splunk, its CIM, Elastic, NXLog, Wazuh, `Get-WinEvent` and Sigma each have their own name for the same value. Sigma
//! names an attribute of event XML `TAG_ATTRIBUTE` (its appendix, "field usage").

use crate::static_map::StaticMap;

/// Returns the canonical name of a field: the name under which [`Event::fields`](super::Event::fields) has its value, or
/// the name itself. A name may come with the path of its objects in the source.
pub(crate) fn canonical(name: &str) -> &str {
    if let Some(known) = NAMES.get(name.as_bytes()) {
        return known;
    }
    let inner = PATHS.iter().find_map(|path| name.strip_prefix(path));
    match inner.filter(|inner| !inner.is_empty()) {
        Some(inner) => NAMES.get(inner.as_bytes()).unwrap_or(inner),
        None => name,
    }
}

/// Beginning of the names of the measures of obfuscation.
pub(crate) const MEASURES: &str = "obfuscation.";

/// Further names that searches may use: fields that every event has, fields of Splunk's event text, attributes of
/// event XML without another name, and measures of obfuscation.
const OTHER_NAMES: [&str; 22] = [
    "_raw",
    "_time",
    "source",
    "sourcetype",
    "index",
    "vendor_product",
    "signature",
    "user",
    "Type",
    "TaskCategory",
    "EventType",
    "User",
    "Qualifiers",
    "EventSourceName",
    "RelatedActivityID",
    "obfuscation.layers",
    "obfuscation.steps",
    "obfuscation.folded",
    "obfuscation.backticks",
    "obfuscation.symbols",
    "obfuscation.entropy",
    "obfuscation.longest",
];

/// Returns the usual names of fields: those that a search can expect without knowing the log.
pub(crate) fn usual_names() -> impl Iterator<Item = &'static str> {
    let names = NAMES.names().filter_map(|name| std::str::from_utf8(name).ok());
    names.chain(OTHER_NAMES)
}

/// Returns whether a name is that of a measure of obfuscation.
pub(crate) fn is_measure(name: &str) -> bool {
    name.starts_with(MEASURES) && OTHER_NAMES.contains(&name)
}

/// Paths of the objects that hold an event's fields. Sources store the fields without them.
const PATHS: [&str; 10] = [
    "Event.System.",
    "Event.EventData.",
    "Event_System_",
    "Event_EventData_",
    "EventData.",
    "EventData_",
    "winlog.event_data.",
    "event_data.",
    "data.win.system.",
    "data.win.eventdata.",
];

/// The canonical names of the fields that most events have.
pub(super) const CANONICAL: [&str; 21] = [
    "Computer",
    "EventCode",
    "UserID",
    "Name",
    "Guid",
    "ProcessID",
    "ThreadID",
    "Opcode",
    "Level",
    "Task",
    "Keywords",
    "Version",
    "Channel",
    "EventRecordID",
    "ActivityID",
    "Message",
    "MessageNumber",
    "MessageTotal",
    "ScriptBlockText",
    "ScriptBlockId",
    "Path",
];

static NAMES: StaticMap<&'static str, 512> = StaticMap::new(&[
    (b"Computer", "Computer"),
    (b"ComputerName", "Computer"),
    (b"Hostname", "Computer"),
    (b"host", "Computer"),
    (b"dest", "Computer"),
    (b"dvc", "Computer"),
    (b"MachineName", "Computer"),
    (b"DeviceName", "Computer"),
    (b"hostIdentifier", "Computer"),
    (b"data.win.system.computer", "Computer"),
    (b"computer_name", "Computer"),
    (b"winlog.computer_name", "Computer"),
    (b"winlogbeat_winlog_computer_name", "Computer"),
    (b"host.name", "Computer"),
    (b"EventCode", "EventCode"),
    (b"EventID", "EventCode"),
    (b"EventId", "EventCode"),
    (b"Event ID", "EventCode"),
    (b"eventID", "EventCode"),
    (b"eventid", "EventCode"),
    (b"event_id", "EventCode"),
    (b"event_code", "EventCode"),
    (b"event.code", "EventCode"),
    (b"winlog.event_id", "EventCode"),
    (b"signature_id", "EventCode"),
    (b"UserID", "UserID"),
    (b"UserId", "UserID"),
    (b"user_id", "UserID"),
    (b"Sid", "UserID"),
    (b"SystemUserId", "UserID"),
    (b"SecurityID", "UserID"),
    (b"Security_UserID", "UserID"),
    (b"Security.UserID", "UserID"),
    (b"winlog.user.identifier", "UserID"),
    (b"user.identifier", "UserID"),
    (b"user_identifier", "UserID"),
    (b"user.id", "UserID"),
    (b"Name", "Name"),
    (b"Provider_Name", "Name"),
    (b"Provider.Name", "Name"),
    (b"ProviderName", "Name"),
    (b"Provider", "Name"),
    (b"SourceName", "Name"),
    (b"Source", "Name"),
    (b"providerName", "Name"),
    (b"provider_name", "Name"),
    (b"source_name", "Name"),
    (b"winlog.provider_name", "Name"),
    (b"event.provider", "Name"),
    (b"Guid", "Guid"),
    (b"Provider_Guid", "Guid"),
    (b"Provider.Guid", "Guid"),
    (b"ProviderGuid", "Guid"),
    (b"ProviderGUID", "Guid"),
    (b"ProviderId", "Guid"),
    (b"providerGuid", "Guid"),
    (b"provider_guid", "Guid"),
    (b"winlog.provider_guid", "Guid"),
    (b"Provider_EventSourceName", "EventSourceName"),
    (b"EventID_Qualifiers", "Qualifiers"),
    (b"ProcessID", "ProcessID"),
    (b"ProcessId", "ProcessID"),
    (b"processID", "ProcessID"),
    (b"process_id", "ProcessID"),
    (b"Execution_ProcessID", "ProcessID"),
    (b"Execution.ProcessID", "ProcessID"),
    (b"ExecutionProcessID", "ProcessID"),
    (b"SystemProcessId", "ProcessID"),
    (b"winlog.process.pid", "ProcessID"),
    (b"process.pid", "ProcessID"),
    (b"process_pid", "ProcessID"),
    (b"ThreadID", "ThreadID"),
    (b"ThreadId", "ThreadID"),
    (b"threadID", "ThreadID"),
    (b"thread_id", "ThreadID"),
    (b"Execution_ThreadID", "ThreadID"),
    (b"Execution.ThreadID", "ThreadID"),
    (b"ExecutionThreadID", "ThreadID"),
    (b"SystemThreadId", "ThreadID"),
    (b"winlog.process.thread.id", "ThreadID"),
    (b"process.thread.id", "ThreadID"),
    (b"process_thread_id", "ThreadID"),
    (b"Execution_ProcessorID", "ProcessorID"),
    (b"Execution_SessionID", "SessionID"),
    (b"Execution_KernelTime", "KernelTime"),
    (b"Execution_UserTime", "UserTime"),
    (b"Opcode", "Opcode"),
    (b"OpCode", "Opcode"),
    (b"OpcodeValue", "Opcode"),
    (b"data.win.system.opcode", "Opcode"),
    (b"winlog.opcode", "Opcode"),
    (b"Level", "Level"),
    (b"data.win.system.level", "Level"),
    (b"level_value", "Level"),
    (b"EventLevel", "Level"),
    (b"winlog.level", "Level"),
    (b"Task", "Task"),
    (b"TaskValue", "Task"),
    (b"data.win.system.task", "Task"),
    (b"winlog.task", "Task"),
    (b"Keywords", "Keywords"),
    (b"data.win.system.keywords", "Keywords"),
    (b"winlog.keywords", "Keywords"),
    (b"Version", "Version"),
    (b"winlog.version", "Version"),
    (b"Channel", "Channel"),
    (b"data.win.system.channel", "Channel"),
    (b"LogName", "Channel"),
    (b"Log Name", "Channel"),
    (b"Log", "Channel"),
    (b"EventLog", "Channel"),
    (b"log_name", "Channel"),
    (b"winlog.channel", "Channel"),
    (b"EventRecordID", "EventRecordID"),
    (b"EventRecordId", "EventRecordID"),
    (b"eventRecordID", "EventRecordID"),
    (b"RecordNumber", "EventRecordID"),
    (b"RecordID", "EventRecordID"),
    (b"RecordId", "EventRecordID"),
    (b"record_id", "EventRecordID"),
    (b"record_number", "EventRecordID"),
    (b"winlog.record_id", "EventRecordID"),
    (b"ActivityID", "ActivityID"),
    (b"ActivityId", "ActivityID"),
    (b"activity_id", "ActivityID"),
    (b"Correlation_ActivityID", "ActivityID"),
    (b"Correlation.ActivityID", "ActivityID"),
    (b"winlog.activity_id", "ActivityID"),
    (b"Correlation_RelatedActivityID", "RelatedActivityID"),
    (b"Correlation.RelatedActivityID", "RelatedActivityID"),
    (b"winlog.related_activity_id", "RelatedActivityID"),
    (b"Message", "Message"),
    (b"message", "Message"),
    (b"RenderedDescription", "Message"),
    (b"RenderingInfo_Message", "Message"),
    (b"TimeCreated", TIME),
    (b"TimeCreated_SystemTime", TIME),
    (b"TimeCreated.SystemTime", TIME),
    (b"SystemTime", TIME),
    (b"systemTime", TIME),
    (b"EventTime", TIME),
    (b"TimeGenerated", TIME),
    (b"UtcTime", TIME),
    (b"@timestamp", TIME),
    (b"MessageNumber", "MessageNumber"),
    (b"messageNumber", "MessageNumber"),
    (b"powershell.sequence", "MessageNumber"),
    (b"MessageTotal", "MessageTotal"),
    (b"messageTotal", "MessageTotal"),
    (b"powershell.total", "MessageTotal"),
    (b"ScriptBlockText", "ScriptBlockText"),
    (b"scriptBlockText", "ScriptBlockText"),
    (b"script_text", "ScriptBlockText"),
    (b"powershell.file.script_block_text", "ScriptBlockText"),
    (b"ScriptBlockId", "ScriptBlockId"),
    (b"ScriptBlockID", "ScriptBlockId"),
    (b"scriptBlockId", "ScriptBlockId"),
    (b"script_block_id", "ScriptBlockId"),
    (b"powershell.file.script_block_id", "ScriptBlockId"),
    (b"Path", "Path"),
    (b"data.win.eventdata.path", "Path"),
    (b"script_path", "Path"),
    (b"file.path", "Path"),
]);

/// Canonical name of the time as event XML writes it. Splunk's `_time` is the same time in seconds since 1970.
pub(super) const TIME: &str = "TimeCreated";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_names_are_their_own_and_every_alias_leads_to_one_step() {
        for name in CANONICAL {
            assert_eq!(canonical(name), name);
        }
        assert_eq!(canonical(TIME), TIME);
    }

    #[test]
    fn the_path_of_a_field_is_no_part_of_its_name() {
        for (name, expected) in [
            ("Event.System.Computer", "Computer"),
            ("Event.System.Provider.Name", "Name"),
            ("Event_System_EventID", "EventCode"),
            ("Event.EventData.ScriptBlockText", "ScriptBlockText"),
            ("EventData_ScriptBlockText", "ScriptBlockText"),
            ("winlog.event_data.ScriptBlockText", "ScriptBlockText"),
            ("winlog.event_data.param1", "param1"),
            ("data.win.system.providerName", "Name"),
            ("data.win.eventdata.scriptBlockText", "ScriptBlockText"),
            ("EventData.", "EventData."),
            ("nothing.known", "nothing.known"),
        ] {
            assert_eq!(canonical(name), expected, "{name}");
        }
    }
}
