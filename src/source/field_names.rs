//! What each tool calls the same value.
//!
//! A record's values come with the name that its log gives them: an element or attribute of event XML
//! (`TimeCreated.SystemTime`), a JSON key with the objects around it (`winlog.event_id`), a column. Where
//! one record has a value under several names, the rank decides: an `EventTime` says when something was
//! logged better than the `@timestamp` of the collector that passed it on.

use crate::static_map::StaticMap;

/// A value that events of every source have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Id,
    Provider,
    Guid,
    Channel,
    Time,
    Computer,
    User,
    Record,
    Level,
    Opcode,
    Task,
    Keywords,
    Process,
    Thread,
    Activity,
    Message,
    Number,
    Total,
    Text,
    BlockId,
    Path,
    /// A whole event within a value: XML, JSON or Splunk's event text.
    Raw,
    /// The event's own data within a value, as XML or JSON.
    Data,
}

impl Key {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Data as usize + 1;

    /// Whether it is asked for before the whole event is, and of an event that bears its script's text in a
    /// value of its own.
    pub(super) fn is_asked_first(self, has_text: bool) -> bool {
        match self {
            Self::User | Self::Opcode | Self::Task | Self::Keywords => false,
            Self::Process | Self::Thread | Self::Activity => false,
            Self::Message | Self::Path => !has_text,
            _ => true,
        }
    }

    /// Those that are kept by name among an event's other fields.
    pub(super) const NAMED: [(Self, &'static str); 9] = [
        (Self::Provider, "Name"),
        (Self::Guid, "Guid"),
        (Self::Channel, "Channel"),
        (Self::Opcode, "Opcode"),
        (Self::Task, "Task"),
        (Self::Keywords, "Keywords"),
        (Self::Process, "ProcessID"),
        (Self::Thread, "ThreadID"),
        (Self::Activity, "ActivityID"),
    ];
}

/// The key and rank of a value that describes the event; `None` for a name that is the log's own.
pub(super) fn system(name: &[u8]) -> Option<(Key, u8)> {
    // Graylog has no dots in names.
    let name = name.strip_prefix(b"winlogbeat_").unwrap_or(name);
    let name = name.strip_prefix(b"winlog.").or(name.strip_prefix(b"winlog_")).unwrap_or(name);
    let name =
        name.strip_prefix(b"event_data.").or(name.strip_prefix(b"event_data_")).unwrap_or(name);
    // Where Wazuh's objects are written flat.
    let name = name.strip_prefix(b"data.win.system.").unwrap_or(name);
    let name = name.strip_prefix(b"data.win.eventdata.").unwrap_or(name);
    match (SYSTEM.get(name), name) {
        (Some(known), _) => Some(known),
        // GELF writes `_EventID`.
        (None, [b'_', rest @ ..]) if rest.first().is_some_and(u8::is_ascii_uppercase) => {
            system(rest)
        }
        (None, _) => Some((data(name)?, 7)),
    }
}

/// The key of a value that the script block event itself carries.
pub(super) fn data(name: &[u8]) -> Option<Key> {
    DATA.get(name)
}

/// The names of what describes an event, with their ranks.
static SYSTEM: StaticMap<(Key, u8), 512> = StaticMap::new(&[
    // Event XML and its forms in JSON; flat names of NXLog and of most exports.
    (b"EventID", (Key::Id, 9)),
    (b"Provider.Name", (Key::Provider, 9)),
    (b"Provider.Guid", (Key::Guid, 9)),
    (b"Channel", (Key::Channel, 9)),
    (b"TimeCreated.SystemTime", (Key::Time, 9)),
    (b"Computer", (Key::Computer, 9)),
    (b"Security.UserID", (Key::User, 9)),
    (b"EventRecordID", (Key::Record, 9)),
    (b"Level", (Key::Level, 9)),
    (b"Opcode", (Key::Opcode, 5)),
    (b"Task", (Key::Task, 5)),
    (b"Keywords", (Key::Keywords, 9)),
    (b"Execution.ProcessID", (Key::Process, 9)),
    (b"Execution.ThreadID", (Key::Thread, 9)),
    (b"Correlation.ActivityID", (Key::Activity, 9)),
    (b"RenderingInfo.Message", (Key::Message, 9)),
    // NXLog and other forwarders. Their `host` is the collector.
    (b"Hostname", (Key::Computer, 9)),
    (b"EventTime", (Key::Time, 8)),
    (b"SourceName", (Key::Provider, 8)),
    (b"ProviderGuid", (Key::Guid, 8)),
    (b"UserID", (Key::User, 8)),
    (b"RecordNumber", (Key::Record, 5)),
    (b"OpcodeValue", (Key::Opcode, 9)),
    (b"TaskValue", (Key::Task, 9)),
    // GELF's `level` is a syslog severity.
    (b"EventType", (Key::Level, 9)),
    (b"ExecutionProcessID", (Key::Process, 9)),
    (b"ProcessID", (Key::Process, 8)),
    (b"ExecutionThreadID", (Key::Thread, 9)),
    (b"ThreadID", (Key::Thread, 8)),
    (b"ActivityID", (Key::Activity, 8)),
    (b"Message", (Key::Message, 8)),
    (b"EventReceivedTime", (Key::Time, 1)),
    // Winlogbeat, before and since version 7, and Elastic's common schema.
    (b"event_id", (Key::Id, 9)),
    (b"event.code", (Key::Id, 6)),
    (b"provider_name", (Key::Provider, 9)),
    (b"source_name", (Key::Provider, 9)),
    (b"event.provider", (Key::Provider, 4)),
    (b"provider_guid", (Key::Guid, 9)),
    (b"channel", (Key::Channel, 9)),
    (b"log_name", (Key::Channel, 9)),
    (b"@timestamp", (Key::Time, 5)),
    (b"event.created", (Key::Time, 2)),
    (b"computer_name", (Key::Computer, 9)),
    (b"host.name", (Key::Computer, 1)),
    (b"user.identifier", (Key::User, 9)),
    (b"user.id", (Key::User, 4)),
    (b"record_id", (Key::Record, 9)),
    (b"record_number", (Key::Record, 9)),
    (b"level", (Key::Level, 8)),
    (b"level_value", (Key::Level, 9)),
    (b"log.level", (Key::Level, 3)),
    (b"log_level", (Key::Level, 3)),
    (b"opcode", (Key::Opcode, 5)),
    (b"task", (Key::Task, 5)),
    (b"keywords", (Key::Keywords, 9)),
    (b"process.pid", (Key::Process, 9)),
    (b"process_id", (Key::Process, 9)),
    (b"process.thread.id", (Key::Thread, 9)),
    (b"thread_id", (Key::Thread, 9)),
    (b"activity_id", (Key::Activity, 9)),
    (b"message", (Key::Message, 8)),
    (b"event.original", (Key::Raw, 8)),
    (b"powershell.file.script_block_text", (Key::Text, 8)),
    (b"powershell.file.script_block_id", (Key::BlockId, 8)),
    (b"powershell.sequence", (Key::Number, 8)),
    (b"powershell.total", (Key::Total, 8)),
    (b"file.path", (Key::Path, 2)),
    // Splunk's exports.
    (b"EventCode", (Key::Id, 9)),
    (b"signature_id", (Key::Id, 5)),
    (b"_time", (Key::Time, 6)),
    (b"_raw", (Key::Raw, 9)),
    (b"event", (Key::Raw, 6)),
    (b"time", (Key::Time, 2)),
    (b"LogName", (Key::Channel, 8)),
    (b"ComputerName", (Key::Computer, 8)),
    (b"dest", (Key::Computer, 4)),
    (b"dvc", (Key::Computer, 2)),
    (b"Name", (Key::Provider, 3)),
    (b"Guid", (Key::Guid, 5)),
    (b"SystemTime", (Key::Time, 7)),
    (b"Sid", (Key::User, 7)),
    (b"user_id", (Key::User, 6)),
    (b"User", (Key::User, 1)),
    (b"Type", (Key::Level, 1)),
    (b"OpCode", (Key::Opcode, 4)),
    (b"TaskCategory", (Key::Task, 1)),
    // Get-WinEvent, EvtxECmd and Event Viewer.
    (b"Id", (Key::Id, 3)),
    (b"EventId", (Key::Id, 9)),
    (b"Event ID", (Key::Id, 9)),
    (b"ProviderName", (Key::Provider, 9)),
    (b"Provider", (Key::Provider, 8)),
    (b"Source", (Key::Provider, 6)),
    (b"ProviderId", (Key::Guid, 8)),
    (b"Log", (Key::Channel, 7)),
    (b"Log Name", (Key::Channel, 7)),
    (b"TimeCreated", (Key::Time, 8)),
    (b"Date and Time", (Key::Time, 8)),
    // Windows PowerShell 5.1 wraps a time that was touched.
    (b"TimeCreated.value", (Key::Time, 8)),
    (b"MachineName", (Key::Computer, 9)),
    (b"UserId", (Key::User, 8)),
    (b"UserId.Value", (Key::User, 8)),
    (b"RecordId", (Key::Record, 9)),
    (b"RecordID", (Key::Record, 9)),
    (b"EventRecordId", (Key::Record, 9)),
    (b"LevelDisplayName", (Key::Level, 2)),
    (b"ProcessId", (Key::Process, 7)),
    (b"ThreadId", (Key::Thread, 7)),
    (b"ActivityId", (Key::Activity, 7)),
    (b"Payload", (Key::Data, 9)),
    // Azure Monitor and Sentinel.
    (b"TimeGenerated", (Key::Time, 7)),
    (b"TimeGenerated [UTC]", (Key::Time, 7)),
    (b"EventLog", (Key::Channel, 8)),
    (b"EventLevel", (Key::Level, 8)),
    (b"EventLevelName", (Key::Level, 2)),
    (b"UserName", (Key::User, 1)),
    (b"SystemUserId", (Key::User, 9)),
    (b"SystemProcessId", (Key::Process, 9)),
    (b"SystemThreadId", (Key::Thread, 9)),
    (b"Correlation", (Key::Activity, 2)),
    (b"EventData", (Key::Data, 9)),
    (b"RenderedDescription", (Key::Message, 7)),
    // Wazuh writes the names of event XML with a small first letter.
    (b"eventID", (Key::Id, 9)),
    (b"providerName", (Key::Provider, 9)),
    (b"providerGuid", (Key::Guid, 9)),
    (b"systemTime", (Key::Time, 9)),
    (b"timestamp", (Key::Time, 3)),
    (b"Timestamp", (Key::Time, 3)),
    (b"computer", (Key::Computer, 9)),
    (b"eventRecordID", (Key::Record, 9)),
    (b"processID", (Key::Process, 9)),
    (b"threadID", (Key::Thread, 9)),
    (b"severityValue", (Key::Level, 2)),
    (b"full_log", (Key::Raw, 7)),
    // Fluentd and Fluent Bit.
    (b"ProviderGUID", (Key::Guid, 9)),
    (b"Description", (Key::Message, 6)),
    (b"description", (Key::Message, 6)),
    (b"time_generated", (Key::Time, 6)),
    // Hayabusa's timelines, and Defender's tables, which know no event ids.
    (b"Details.ScriptBlock", (Key::Text, 7)),
    (b"ActionType", (Key::Provider, TABLE)),
    (b"DeviceName", (Key::Computer, 3)),
    // osquery and Velociraptor.
    (b"eventid", (Key::Id, 9)),
    (b"datetime", (Key::Time, 7)),
    (b"data", (Key::Data, 9)),
    (b"hostIdentifier", (Key::Computer, 1)),
    (b"script_text", (Key::Text, 7)),
    (b"script_block_id", (Key::BlockId, 7)),
    (b"script_path", (Key::Path, 7)),
    (b"SecurityID", (Key::User, 7)),
    // OpenTelemetry's collector.
    (b"event_id.id", (Key::Id, 9)),
    (b"provider.name", (Key::Provider, 9)),
    (b"provider.guid", (Key::Guid, 9)),
    (b"system_time", (Key::Time, 9)),
    (b"security.user_id", (Key::User, 9)),
    // GELF and Graylog.
    (b"full_message", (Key::Message, 7)),
    (b"short_message", (Key::Message, 1)),
    (b"event_code", (Key::Id, 6)),
    (b"event_provider", (Key::Provider, 4)),
    (b"event_original", (Key::Raw, 8)),
    (b"user_identifier", (Key::User, 9)),
    (b"process_pid", (Key::Process, 9)),
    (b"process_thread_id", (Key::Thread, 9)),
]);

static DATA: StaticMap<Key, 32> = StaticMap::new(&[
    (b"ScriptBlockText", Key::Text),
    (b"scriptBlockText", Key::Text),
    (b"ScriptBlockId", Key::BlockId),
    (b"ScriptBlockID", Key::BlockId),
    (b"scriptBlockId", Key::BlockId),
    (b"MessageNumber", Key::Number),
    (b"messageNumber", Key::Number),
    (b"MessageTotal", Key::Total),
    (b"messageTotal", Key::Total),
    (b"Path", Key::Path),
    (b"path", Key::Path),
]);

/// The rank of what stands for a provider in a table of events that have none.
pub(super) const TABLE: u8 = 1;

/// The rank of a value that is known by its place alone: another event's values stand in the same places.
pub(super) const UNNAMED: u8 = 0;

/// The key of the event's own value that stands in this place, where values have no names.
pub(super) fn by_place(place: usize) -> Option<Key> {
    [Key::Number, Key::Total, Key::Text, Key::BlockId, Key::Path].get(place).copied()
}
