//! Maps the names that tools use to one key per value.
//!
//! The values of a record come with the names that its log gives them: an element or attribute of event XML
//! (`TimeCreated.SystemTime`), a JSON key with its enclosing objects (`winlog.event_id`), a column. If a record has a
//! value under several names, the rank decides. For example, an `EventTime` is closer to the time of logging than the
//! `@timestamp` of the collector that relayed the record.

use crate::limits;
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
    /// The values that describe the event inside a value, as JSON.
    System,
    /// The event's own values inside a value, without names.
    Strings,
}

impl FieldKey {
    /// All keys, in the order of their numbers.
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Id,
        Self::Provider,
        Self::Guid,
        Self::Channel,
        Self::Time,
        Self::Computer,
        Self::User,
        Self::Record,
        Self::Level,
        Self::Opcode,
        Self::Task,
        Self::Keywords,
        Self::Process,
        Self::Thread,
        Self::Activity,
        Self::Message,
        Self::Number,
        Self::Total,
        Self::Text,
        Self::BlockId,
        Self::Path,
        Self::Raw,
        Self::Data,
        Self::System,
        Self::Strings,
    ];

    /// Number of keys.
    pub(super) const COUNT: usize = Self::Strings as usize + 1;

    /// Whether the value is needed before the full event is. `has_part`: the record has its script's text and the
    /// number of its part in values of their own.
    pub(super) fn is_needed_early(self, has_part: bool) -> bool {
        match self {
            Self::User | Self::Opcode | Self::Task | Self::Keywords => false,
            Self::Process | Self::Thread | Self::Activity => false,
            Self::Message | Self::Path => !has_part,
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
    // The time for names with many dots grows with the square of their length.
    if name.len() > limits::KNOWN_NAME_BYTES {
        return None;
    }
    direct_key(name).or_else(|| nested_key(name))
}

/// Returns the key of a name with nothing before it but the names of usual outer objects.
fn direct_key(name: &[u8]) -> Option<(FieldKey, u8)> {
    let mut name = name;
    loop {
        if let Some(known) = EVENT_KEYS.get(name) {
            return Some(known);
        }
        // The names of outer objects, where a tool wrote objects as names with dots. Graylog does not allow dots.
        let outer = OUTER_NAMES.iter().chain(&DATA_NAMES);
        name = match outer.into_iter().find_map(|outer| name.strip_prefix(*outer)) {
            Some(rest) => rest,
            None => match name {
                // GELF writes `_EventID`.
                [b'_', rest @ ..] if rest.first().is_some_and(u8::is_ascii_uppercase) => rest,
                _ => return script_key(name).map(|key| (key, 7)),
            },
        };
    }
}

/// Outer objects whose names are written before the names of an event's values.
const OUTER_NAMES: [&[u8]; 9] = [
    b"winlogbeat_",
    b"winlog.",
    b"winlog_",
    b"_source.",
    b"_Event.",
    b"Event.",
    b"System.",
    b"data.win.system.",
    b"win.system.",
];

/// The same for the event's own values.
const DATA_NAMES: [&[u8]; 6] = [
    b"event_data.",
    b"event_data_",
    b"EventData.",
    b"Data.",
    b"data.win.eventdata.",
    b"win.eventdata.",
];

/// Returns the key of a value in objects that are particular to the log, where the last names leave no doubt:
/// `attributes.Event.System.EventID`, `windows.EventID`.
fn nested_key(name: &[u8]) -> Option<(FieldKey, u8)> {
    if name.contains(&b'#') || name.contains(&b'@') {
        let plain = plain_name(name);
        return if plain == name { None } else { event_key(&plain) };
    }
    memchr::memchr_iter(b'.', name).find_map(|dot| {
        let rest = name.get(dot + 1..)?;
        let is_inner = |outer: &&[u8]| outer.ends_with(b".") && rest.starts_with(outer);
        if OUTER_NAMES.iter().chain(&DATA_NAMES).any(is_inner) {
            return direct_key(rest);
        }
        let is_distinctive = NESTED_NAMES.contains(&rest);
        let (key, rank) = EVENT_KEYS.get(rest).or(script_key(rest).map(|key| (key, 7)))?;
        is_distinctive.then_some((key, rank.min(NESTED_RANK)))
    })
}

/// Names that mean the same in objects of any name.
const NESTED_NAMES: [&[u8]; 13] = [
    b"EventID",
    b"EventRecordID",
    b"Channel",
    b"Computer",
    b"ProviderName",
    b"SystemTime",
    b"ScriptBlockText",
    b"ScriptBlockId",
    b"MessageNumber",
    b"MessageTotal",
    b"scriptBlockText",
    b"scriptBlockId",
    b"RawXml",
];

/// Rank of [`NESTED_NAMES`].
pub(super) const NESTED_RANK: u8 = 4;

/// Removes the marks of attributes and texts from a name with dots: `TimeCreated.#attributes.SystemTime`.
fn plain_name(name: &[u8]) -> Vec<u8> {
    let parts = name.split(|byte| *byte == b'.').filter(|part| !part.starts_with(b"#"));
    let parts: Vec<_> = parts.map(|part| part.strip_prefix(b"@").unwrap_or(part)).collect();
    parts.join(&b'.')
}

/// Whether this is a usual name of a value of events 4104. Names of containers, such as `Payload`, are names of data of
/// other events too.
pub(crate) fn is_usual_name(name: &str) -> bool {
    event_key(name.as_bytes())
        .is_some_and(|(key, _)| !matches!(key, FieldKey::Raw | FieldKey::Data))
}

/// Whether a value that describes the event is also a field by its own name: the words of Splunk's event text, which
/// tools write beside the numbers or instead of them.
pub(super) fn is_own_field(name: &[u8]) -> bool {
    matches!(
        name,
        b"Type" | b"EventType" | b"TaskCategory" | b"User" | b"UserName" | b"LevelDisplayName"
    )
}

/// Whether the last part of a name says that its value is a time.
pub(super) fn is_time(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| *byte == b'.').find(|part| !part.starts_with(b"$"));
    let last = last.unwrap_or(name).to_ascii_lowercase();
    let says = |word: &[u8]| memchr::memmem::find(&last, word).is_some();
    matches!(last.as_slice(), b"ts" | b"t" | b"epoch" | b"when" | b"logged")
        || [&b"time"[..], b"date", b"stamp", b"created"].into_iter().any(says)
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
    // Sigma's names of attributes, which tables made of event XML have too.
    (b"Provider_Name", (FieldKey::Provider, 9)),
    (b"Provider_Guid", (FieldKey::Guid, 9)),
    (b"TimeCreated_SystemTime", (FieldKey::Time, 9)),
    (b"Security_UserID", (FieldKey::User, 9)),
    (b"Execution_ProcessID", (FieldKey::Process, 9)),
    (b"Execution_ThreadID", (FieldKey::Thread, 9)),
    (b"Correlation_ActivityID", (FieldKey::Activity, 9)),
    (b"Message", (FieldKey::Message, 8)),
    (b"EventReceivedTime", (FieldKey::Time, 1)),
    (b"host", (FieldKey::Computer, 1)),
    // Times in the spelling of other tools.
    (b"timeCreated", (FieldKey::Time, 8)),
    (b"time_created", (FieldKey::Time, 8)),
    (b"TimeCreatedUtc", (FieldKey::Time, 8)),
    (b"event_time", (FieldKey::Time, 7)),
    (b"eventTime", (FieldKey::Time, 7)),
    (b"UtcTime", (FieldKey::Time, 7)),
    (b"event_timestamp", (FieldKey::Time, 7)),
    (b"ts", (FieldKey::Time, 2)),
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
    (b"ParameterXml", (FieldKey::Strings, 9)),
    (b"RawXml", (FieldKey::Raw, 8)),
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
    (b"EventID.Value", (FieldKey::Id, 9)),
    (b"EventID.value", (FieldKey::Id, 9)),
    (b"_Event", (FieldKey::Raw, 8)),
    (b"_source", (FieldKey::Raw, 8)),
    (b"UserSID", (FieldKey::User, 8)),
    (b"security.userId", (FieldKey::User, 9)),
    (b"System", (FieldKey::System, 9)),
    // Plaso and Timesketch. `source` is a short name of the kind of log.
    (b"event_identifier", (FieldKey::Id, 9)),
    (b"event_level", (FieldKey::Level, 9)),
    (b"provider_identifier", (FieldKey::Guid, 9)),
    (b"user_sid", (FieldKey::User, 9)),
    (b"xml_string", (FieldKey::Raw, 8)),
    (b"strings", (FieldKey::Strings, 9)),
    // Log Parser.
    (b"Strings", (FieldKey::Strings, 9)),
    (b"SID", (FieldKey::User, 7)),
    // APT-Hunter.
    (b"Original Event Log", (FieldKey::Raw, 8)),
    // Loki, Grafana and LogScale: the line that was sent to them.
    (b"event_data", (FieldKey::Data, 9)),
    (b"line", (FieldKey::Raw, 5)),
    (b"Line", (FieldKey::Raw, 5)),
    (b"tsNs", (FieldKey::Time, 3)),
    (b"@rawstring", (FieldKey::Raw, 8)),
    // The journal of systemd.
    (b"MESSAGE", (FieldKey::Message, 8)),
    (b"_HOSTNAME", (FieldKey::Computer, 9)),
    (b"__REALTIME_TIMESTAMP", (FieldKey::Time, 8)),
    (b"_PID", (FieldKey::Process, 8)),
    // FullEventLogView.
    (b"Event Time", (FieldKey::Time, 8)),
    (b"Record ID", (FieldKey::Record, 9)),
    (b"Process ID", (FieldKey::Process, 8)),
    (b"Thread ID", (FieldKey::Thread, 8)),
    (b"Computer Name", (FieldKey::Computer, 8)),
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
