//! Maps the names that tools use to one key per value.
//!
//! The values of a record come with the names that its log gives them: an element or attribute of event XML
//! (`TimeCreated.SystemTime`), a JSON key with its enclosing objects (`winlog.event_id`), a column. If a record has a
//! value under several names, the rank decides. For example, an `EventTime` is closer to the time of logging than the
//! `@timestamp` of the collector that relayed the record.

use crate::static_map::StaticMap;

/// A value that events of every source have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKey {
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
    /// A complete event inside a value: XML, JSON or Splunk's event text.
    Raw,
    /// The event's own data inside a value, as XML or JSON.
    Data,
}

impl FieldKey {
    /// Number of keys.
    pub(super) const COUNT: usize = Self::Data as usize + 1;

    /// Whether the value is needed before the full event is. `has_text`: the record has its script's text in a value
    /// of its own.
    pub(super) fn is_needed_early(self, has_text: bool) -> bool {
        match self {
            Self::User | Self::Opcode | Self::Task | Self::Keywords => false,
            Self::Process | Self::Thread | Self::Activity => false,
            Self::Message | Self::Path => !has_text,
            _ => true,
        }
    }

    /// Keys whose values are stored by name among an event's other fields.
    pub(super) const OTHER_FIELDS: [(Self, &'static str); 9] = [
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

/// Returns the key and rank of a value that describes the event, or `None` for a name particular to the log.
pub(super) fn event_key(name: &[u8]) -> Option<(FieldKey, u8)> {
    // Graylog does not allow dots in names.
    let name = name.strip_prefix(b"winlogbeat_").unwrap_or(name);
    let name = name.strip_prefix(b"winlog.").or(name.strip_prefix(b"winlog_")).unwrap_or(name);
    let name =
        name.strip_prefix(b"event_data.").or(name.strip_prefix(b"event_data_")).unwrap_or(name);
    // Wazuh's objects, flattened.
    let name = name.strip_prefix(b"data.win.system.").unwrap_or(name);
    let name = name.strip_prefix(b"data.win.eventdata.").unwrap_or(name);
    match (EVENT_KEYS.get(name), name) {
        (Some(known), _) => Some(known),
        // GELF writes `_EventID`.
        (None, [b'_', rest @ ..]) if rest.first().is_some_and(u8::is_ascii_uppercase) => {
            event_key(rest)
        }
        (None, _) => Some((script_key(name)?, 7)),
    }
}

/// Whether this is a usual name of a value of events 4104. Names of containers, such as `Payload`, are names of data of
/// other events too.
pub(crate) fn is_usual_name(name: &str) -> bool {
    event_key(name.as_bytes())
        .is_some_and(|(key, _)| !matches!(key, FieldKey::Raw | FieldKey::Data))
}

/// Returns the key of a value of the script block event itself.
pub(super) fn script_key(name: &[u8]) -> Option<FieldKey> {
    SCRIPT_KEYS.get(name)
}

/// Names of the values that describe an event, with their ranks.
static EVENT_KEYS: StaticMap<(FieldKey, u8), 512> = StaticMap::new(&[
    // Event XML and its forms in JSON; flat names of NXLog and of most exports.
    (b"EventID", (FieldKey::Id, 9)),
    (b"Provider.Name", (FieldKey::Provider, 9)),
    (b"Provider.Guid", (FieldKey::Guid, 9)),
    (b"Channel", (FieldKey::Channel, 9)),
    (b"TimeCreated.SystemTime", (FieldKey::Time, 9)),
    (b"Computer", (FieldKey::Computer, 9)),
    (b"Security.UserID", (FieldKey::User, 9)),
    (b"EventRecordID", (FieldKey::Record, 9)),
    (b"Level", (FieldKey::Level, 9)),
    (b"Opcode", (FieldKey::Opcode, 5)),
    (b"Task", (FieldKey::Task, 5)),
    (b"Keywords", (FieldKey::Keywords, 9)),
    (b"Execution.ProcessID", (FieldKey::Process, 9)),
    (b"Execution.ThreadID", (FieldKey::Thread, 9)),
    (b"Correlation.ActivityID", (FieldKey::Activity, 9)),
    (b"RenderingInfo.Message", (FieldKey::Message, 9)),
    // NXLog and other forwarders. Their `host` is the collector.
    (b"Hostname", (FieldKey::Computer, 9)),
    (b"EventTime", (FieldKey::Time, 8)),
    (b"SourceName", (FieldKey::Provider, 8)),
    (b"ProviderGuid", (FieldKey::Guid, 8)),
    (b"UserID", (FieldKey::User, 8)),
    (b"RecordNumber", (FieldKey::Record, 5)),
    (b"OpcodeValue", (FieldKey::Opcode, 9)),
    (b"TaskValue", (FieldKey::Task, 9)),
    // GELF's `level` is a syslog severity.
    (b"EventType", (FieldKey::Level, 9)),
    (b"ExecutionProcessID", (FieldKey::Process, 9)),
    (b"ProcessID", (FieldKey::Process, 8)),
    (b"ExecutionThreadID", (FieldKey::Thread, 9)),
    (b"ThreadID", (FieldKey::Thread, 8)),
    (b"ActivityID", (FieldKey::Activity, 8)),
    (b"Message", (FieldKey::Message, 8)),
    (b"EventReceivedTime", (FieldKey::Time, 1)),
    // Winlogbeat, before and since version 7, and Elastic's common schema.
    (b"event_id", (FieldKey::Id, 9)),
    (b"event.code", (FieldKey::Id, 6)),
    (b"provider_name", (FieldKey::Provider, 9)),
    (b"source_name", (FieldKey::Provider, 9)),
    (b"event.provider", (FieldKey::Provider, 4)),
    (b"provider_guid", (FieldKey::Guid, 9)),
    (b"channel", (FieldKey::Channel, 9)),
    (b"log_name", (FieldKey::Channel, 9)),
    (b"@timestamp", (FieldKey::Time, 5)),
    (b"event.created", (FieldKey::Time, 2)),
    (b"computer_name", (FieldKey::Computer, 9)),
    (b"host.name", (FieldKey::Computer, 1)),
    (b"user.identifier", (FieldKey::User, 9)),
    (b"user.id", (FieldKey::User, 4)),
    (b"record_id", (FieldKey::Record, 9)),
    (b"record_number", (FieldKey::Record, 9)),
    (b"level", (FieldKey::Level, 8)),
    (b"level_value", (FieldKey::Level, 9)),
    (b"log.level", (FieldKey::Level, 3)),
    (b"log_level", (FieldKey::Level, 3)),
    (b"opcode", (FieldKey::Opcode, 5)),
    (b"task", (FieldKey::Task, 5)),
    (b"keywords", (FieldKey::Keywords, 9)),
    (b"process.pid", (FieldKey::Process, 9)),
    (b"process_id", (FieldKey::Process, 9)),
    (b"process.thread.id", (FieldKey::Thread, 9)),
    (b"thread_id", (FieldKey::Thread, 9)),
    (b"activity_id", (FieldKey::Activity, 9)),
    (b"message", (FieldKey::Message, 8)),
    (b"event.original", (FieldKey::Raw, 8)),
    (b"powershell.file.script_block_text", (FieldKey::Text, 8)),
    (b"powershell.file.script_block_id", (FieldKey::BlockId, 8)),
    (b"powershell.sequence", (FieldKey::Number, 8)),
    (b"powershell.total", (FieldKey::Total, 8)),
    (b"file.path", (FieldKey::Path, 2)),
    // Splunk's exports.
    (b"EventCode", (FieldKey::Id, 9)),
    (b"signature_id", (FieldKey::Id, 5)),
    (b"_time", (FieldKey::Time, 6)),
    (b"_raw", (FieldKey::Raw, 9)),
    (b"event", (FieldKey::Raw, 6)),
    (b"time", (FieldKey::Time, 2)),
    (b"LogName", (FieldKey::Channel, 8)),
    (b"ComputerName", (FieldKey::Computer, 8)),
    (b"dest", (FieldKey::Computer, 4)),
    (b"dvc", (FieldKey::Computer, 2)),
    (b"Name", (FieldKey::Provider, 3)),
    (b"Guid", (FieldKey::Guid, 5)),
    (b"SystemTime", (FieldKey::Time, 7)),
    (b"Sid", (FieldKey::User, 7)),
    (b"user_id", (FieldKey::User, 6)),
    (b"User", (FieldKey::User, 1)),
    (b"Type", (FieldKey::Level, 1)),
    (b"OpCode", (FieldKey::Opcode, 4)),
    (b"TaskCategory", (FieldKey::Task, 1)),
    // Get-WinEvent, EvtxECmd and Event Viewer.
    (b"Id", (FieldKey::Id, 3)),
    (b"EventId", (FieldKey::Id, 9)),
    (b"Event ID", (FieldKey::Id, 9)),
    (b"ProviderName", (FieldKey::Provider, 9)),
    (b"Provider", (FieldKey::Provider, 8)),
    (b"Source", (FieldKey::Provider, 6)),
    (b"ProviderId", (FieldKey::Guid, 8)),
    (b"Log", (FieldKey::Channel, 7)),
    (b"Log Name", (FieldKey::Channel, 7)),
    (b"TimeCreated", (FieldKey::Time, 8)),
    (b"Date and Time", (FieldKey::Time, 8)),
    // Windows PowerShell 5.1 wraps a time that was modified.
    (b"TimeCreated.value", (FieldKey::Time, 8)),
    (b"MachineName", (FieldKey::Computer, 9)),
    (b"UserId", (FieldKey::User, 8)),
    (b"UserId.Value", (FieldKey::User, 8)),
    (b"RecordId", (FieldKey::Record, 9)),
    (b"RecordID", (FieldKey::Record, 9)),
    (b"EventRecordId", (FieldKey::Record, 9)),
    (b"LevelDisplayName", (FieldKey::Level, 2)),
    (b"ProcessId", (FieldKey::Process, 7)),
    (b"ThreadId", (FieldKey::Thread, 7)),
    (b"ActivityId", (FieldKey::Activity, 7)),
    (b"Payload", (FieldKey::Data, 9)),
    // Azure Monitor and Sentinel.
    (b"TimeGenerated", (FieldKey::Time, 7)),
    (b"TimeGenerated [UTC]", (FieldKey::Time, 7)),
    (b"EventLog", (FieldKey::Channel, 8)),
    (b"EventLevel", (FieldKey::Level, 8)),
    (b"EventLevelName", (FieldKey::Level, 2)),
    (b"UserName", (FieldKey::User, 1)),
    (b"SystemUserId", (FieldKey::User, 9)),
    (b"SystemProcessId", (FieldKey::Process, 9)),
    (b"SystemThreadId", (FieldKey::Thread, 9)),
    (b"Correlation", (FieldKey::Activity, 2)),
    (b"EventData", (FieldKey::Data, 9)),
    (b"RenderedDescription", (FieldKey::Message, 7)),
    // Wazuh writes the names of event XML in lower camel case.
    (b"eventID", (FieldKey::Id, 9)),
    (b"providerName", (FieldKey::Provider, 9)),
    (b"providerGuid", (FieldKey::Guid, 9)),
    (b"systemTime", (FieldKey::Time, 9)),
    (b"timestamp", (FieldKey::Time, 3)),
    (b"Timestamp", (FieldKey::Time, 3)),
    (b"computer", (FieldKey::Computer, 9)),
    (b"eventRecordID", (FieldKey::Record, 9)),
    (b"processID", (FieldKey::Process, 9)),
    (b"threadID", (FieldKey::Thread, 9)),
    (b"severityValue", (FieldKey::Level, 2)),
    (b"full_log", (FieldKey::Raw, 7)),
    // Fluentd and Fluent Bit.
    (b"ProviderGUID", (FieldKey::Guid, 9)),
    (b"Description", (FieldKey::Message, 6)),
    (b"description", (FieldKey::Message, 6)),
    (b"time_generated", (FieldKey::Time, 6)),
    // Hayabusa's timelines and Defender's tables, which have no event ids.
    (b"Details.ScriptBlock", (FieldKey::Text, 7)),
    (b"ActionType", (FieldKey::Provider, TABLE_RANK)),
    (b"DeviceName", (FieldKey::Computer, 3)),
    // osquery and Velociraptor.
    (b"eventid", (FieldKey::Id, 9)),
    (b"datetime", (FieldKey::Time, 7)),
    (b"data", (FieldKey::Data, 9)),
    (b"hostIdentifier", (FieldKey::Computer, 1)),
    (b"script_text", (FieldKey::Text, 7)),
    (b"script_block_id", (FieldKey::BlockId, 7)),
    (b"script_path", (FieldKey::Path, 7)),
    (b"SecurityID", (FieldKey::User, 7)),
    // OpenTelemetry's collector.
    (b"event_id.id", (FieldKey::Id, 9)),
    (b"provider.name", (FieldKey::Provider, 9)),
    (b"provider.guid", (FieldKey::Guid, 9)),
    (b"system_time", (FieldKey::Time, 9)),
    (b"security.user_id", (FieldKey::User, 9)),
    // GELF and Graylog.
    (b"full_message", (FieldKey::Message, 7)),
    (b"short_message", (FieldKey::Message, 1)),
    (b"event_code", (FieldKey::Id, 6)),
    (b"event_provider", (FieldKey::Provider, 4)),
    (b"event_original", (FieldKey::Raw, 8)),
    (b"user_identifier", (FieldKey::User, 9)),
    (b"process_pid", (FieldKey::Process, 9)),
    (b"process_thread_id", (FieldKey::Thread, 9)),
]);

static SCRIPT_KEYS: StaticMap<FieldKey, 32> = StaticMap::new(&[
    (b"ScriptBlockText", FieldKey::Text),
    (b"scriptBlockText", FieldKey::Text),
    (b"ScriptBlockId", FieldKey::BlockId),
    (b"ScriptBlockID", FieldKey::BlockId),
    (b"scriptBlockId", FieldKey::BlockId),
    (b"MessageNumber", FieldKey::Number),
    (b"messageNumber", FieldKey::Number),
    (b"MessageTotal", FieldKey::Total),
    (b"messageTotal", FieldKey::Total),
    (b"Path", FieldKey::Path),
    (b"path", FieldKey::Path),
]);

/// Rank of a column that replaces the provider in tables of events without one.
pub(super) const TABLE_RANK: u8 = 1;

/// Rank of a value known by its position alone: values of other events have the same positions.
pub(super) const UNNAMED_RANK: u8 = 0;

/// Returns the key of the event's own value at this position, for logs that do not name these values.
pub(super) fn unnamed_key(place: usize) -> Option<FieldKey> {
    [FieldKey::Number, FieldKey::Total, FieldKey::Text, FieldKey::BlockId, FieldKey::Path]
        .get(place)
        .copied()
}
