//! [`ContextRecord`]: events beside script blocks that say where PowerShell ran, and for whom.
//!
//! | event | provider | what is read |
//! | --- | --- | --- |
//! | 400, 403, 600, 800 | PowerShell | `HostApplication`, `HostVersion`, `EngineVersion`; of 800 `CommandLine`, `UserId` |
//! | 4103 | Microsoft-Windows-PowerShell, PowerShellCore | `ContextInfo` (its lines in any language), `Payload` |
//! | 4105, 4106, 40961 | the same | that it was logged |
//! | 1102, 104 | Microsoft-Windows-Eventlog | the log, and who cleared it |
//! | 4688 | Microsoft-Windows-Security-Auditing | the command line, if the program is PowerShell |
//! | 1 | Microsoft-Windows-Sysmon | the same |
//!
//! No rule searches these events.

use crate::event::{Event, UserNames};
use std::borrow::Cow;

/// What an event beside script blocks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ContextKind {
    EngineStart,
    EngineStop,
    ConsoleStart,
    LogCleared,
    ProcessCreation,
    ProviderStart,
    Pipeline,
    BlockStart,
    BlockStop,
}

impl ContextKind {
    const ALL: [Self; 9] = [
        Self::EngineStart,
        Self::EngineStop,
        Self::ConsoleStart,
        Self::LogCleared,
        Self::ProcessCreation,
        Self::ProviderStart,
        Self::Pipeline,
        Self::BlockStart,
        Self::BlockStop,
    ];

    /// Returns the name of the kind.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::EngineStart => "engine-start",
            Self::EngineStop => "engine-stop",
            Self::ConsoleStart => "console-start",
            Self::LogCleared => "log-cleared",
            Self::ProcessCreation => "process-creation",
            Self::ProviderStart => "provider-start",
            Self::Pipeline => "pipeline",
            Self::BlockStart => "block-start",
            Self::BlockStop => "block-stop",
        }
    }

    /// Returns the kind with this number.
    pub(super) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Whether there are few events of the kind: where not all can be kept, these stay first.
    pub(super) fn is_rare(self) -> bool {
        self < Self::ProviderStart
    }
}

/// Whether events with this id may be context.
pub(crate) fn may_be_context(id: u32) -> bool {
    matches!(id, 1 | 104 | 400 | 403 | 600 | 800 | 1102 | 4103 | 4105 | 4106 | 4688 | 40961)
}

/// What is read of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ContextFacts<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) host_application: Option<&'a str>,
    pub(super) host_version: Option<&'a str>,
    pub(super) engine_version: Option<&'a str>,
    /// The user, if it is another than that of the event.
    pub(super) user: Option<Cow<'a, str>>,
    /// The process, if it is another than that of the event.
    pub(super) process: Option<&'a str>,
}

/// Reads an event. `None` if it is of another provider, or no context. Names that it gives SIDs are added to `names`.
pub(super) fn read_context<'a>(
    id: u32,
    provider: Option<&str>,
    event: &'a Event,
    names: &mut UserNames,
) -> Option<(ContextKind, ContextFacts<'a>)> {
    let is_of = |word: &str| provider.is_none_or(|name| name.is_empty() || contains(name, word));
    match id {
        400 | 403 | 600 | 800 if is_of("powershell") => read_engine(id, event),
        4103 if is_of("powershell") => Some(read_pipeline(event, names)),
        4105 | 4106 | 40961 if is_of("powershell") && provider.is_some() => {
            let kind = match id {
                4105 => ContextKind::BlockStart,
                4106 => ContextKind::BlockStop,
                _ => ContextKind::ConsoleStart,
            };
            let text = match event.script_block_id.as_deref().or(field(event, &["ScriptBlockId"])) {
                Some(block) => Cow::Borrowed(block),
                None => Cow::Borrowed(event.message.as_deref().unwrap_or_default()),
            };
            Some((kind, ContextFacts { text, ..ContextFacts::default() }))
        }
        1102 | 104 if is_of("eventlog") => Some(read_cleared(event, names)),
        4688 if is_of("security-auditing") => {
            let program = field(event, &["NewProcessName", "process.executable"])?;
            let process = field(event, &["NewProcessId", "process.pid"]);
            let sid = field(event, &["SubjectUserSid"]);
            let user = account(event, ["SubjectDomainName", "SubjectUserName"]);
            if let Some((sid, user)) = sid.zip(user.as_deref()) {
                names.add(sid, user);
            }
            let user = sid.map(Cow::Borrowed).or(user);
            read_process(event, program, process, user)
        }
        1 if is_of("sysmon") => {
            let program = field(event, &["Image", "process.executable"])?;
            let process = field(event, &["ProcessId", "process.pid"]);
            let user = field(event, &["User"]).map(Cow::Borrowed);
            read_process(event, program, process, user)
        }
        _ => None,
    }
}

/// Reads an event of the log Windows PowerShell: a value has lines of `Name=Value`.
fn read_engine(id: u32, event: &Event) -> Option<(ContextKind, ContextFacts<'_>)> {
    // PowerShell 2.0 names no host application.
    const NAMES: [&str; 3] = ["HostApplication=", "HostVersion=", "EngineVersion="];
    let details = values(event).find(|value| NAMES.iter().any(|name| value.contains(name)));
    let line = |name: &str| {
        let mut lines = details.unwrap_or_default().lines();
        let found = lines.find_map(|line| {
            line.trim_start().strip_prefix(name)?.strip_prefix('=').map(str::trim)
        });
        found.filter(|value| !value.is_empty())
    };
    let host_application = line("HostApplication").or(field(event, &["process.command_line"]));
    let engine_version = line("EngineVersion").or(field(event, &["powershell.engine.version"]));
    let host_version =
        line("HostVersion").or(field(event, &["powershell.process.executable_version"]));
    if host_application.is_none() && engine_version.is_none() && host_version.is_none() {
        return None;
    }
    let command = line("CommandLine").or_else(|| data(event, 0).filter(|_| id == 800));
    let kind = match id {
        400 => ContextKind::EngineStart,
        403 => ContextKind::EngineStop,
        600 => ContextKind::ProviderStart,
        _ => ContextKind::Pipeline,
    };
    let text = match kind {
        ContextKind::Pipeline => command.or(host_application),
        ContextKind::ProviderStart => line("ProviderName").or(host_application),
        _ => host_application,
    };
    let facts = ContextFacts {
        text: Cow::Borrowed(text.unwrap_or_default()),
        host_application,
        host_version,
        engine_version,
        user: line("UserId").map(Cow::Borrowed),
        process: None,
    };
    Some((kind, facts))
}

/// Lines of `ContextInfo`, in their order: their names are those of the system's language.
const CONTEXT_LINES: [&str; 16] = [
    "Severity",
    "Host Name",
    "Host Version",
    "Host ID",
    "Host Application",
    "Engine Version",
    "Runspace ID",
    "Pipeline ID",
    "Command Name",
    "Command Type",
    "Script Name",
    "Command Path",
    "Sequence Number",
    "User",
    "Connected User",
    "Shell ID",
];

/// Reads an event of module logging.
fn read_pipeline<'a>(event: &'a Event, names: &mut UserNames) -> (ContextKind, ContextFacts<'a>) {
    let info = field(event, &["ContextInfo"]).or(event.message.as_deref()).unwrap_or_default();
    let lines: Vec<(&str, &str)> = info
        .lines()
        .filter_map(|line| line.trim().split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let is_complete = lines.len() == CONTEXT_LINES.len();
    let line = |name: &str| {
        let named = lines.iter().find(|(own, _)| *own == name);
        let placed = || {
            let at = CONTEXT_LINES.iter().position(|own| *own == name).filter(|_| is_complete)?;
            lines.get(at)
        };
        let value = named.or_else(placed).map(|(_, value)| *value);
        value.filter(|value| !value.is_empty())
    };
    if let Some((sid, user)) = event.user.as_deref().zip(line("User")) {
        names.add(sid, user);
    }
    let payload = field(event, &["Payload"]).map(str::trim).filter(|payload| !payload.is_empty());
    let facts = ContextFacts {
        text: Cow::Borrowed(payload.or(line("Command Name")).unwrap_or_default()),
        host_application: line("Host Application").or(field(event, &["process.command_line"])),
        host_version: line("Host Version"),
        engine_version: line("Engine Version").or(field(event, &["powershell.engine.version"])),
        user: line("User").filter(|_| event.user.is_none()).map(Cow::Borrowed),
        process: None,
    };
    (ContextKind::Pipeline, facts)
}

/// Reads an event of a log that was cleared.
fn read_cleared<'a>(event: &'a Event, names: &mut UserNames) -> (ContextKind, ContextFacts<'a>) {
    let user = account(event, ["SubjectDomainName", "SubjectUserName"]);
    let sid = field(event, &["SubjectUserSid"]);
    if let Some((sid, user)) = sid.zip(user.as_deref()) {
        names.add(sid, user);
    }
    // One value of the name is of the event's own data, another of its log: 104 is in the log System.
    let channels = event.fields.all("Channel");
    let own = channels.clone().find(|name| *name != "System");
    let log = own.or_else(|| channels.last()).unwrap_or("a log");
    let by = user.as_deref().map(|user| format!(" by {user}")).unwrap_or_default();
    let text = Cow::Owned(format!("{log} cleared{by}"));
    let user = sid.map(Cow::Borrowed).or(user);
    (ContextKind::LogCleared, ContextFacts { text, user, ..ContextFacts::default() })
}

fn read_process<'a>(
    event: &'a Event,
    program: &'a str,
    process: Option<&'a str>,
    user: Option<Cow<'a, str>>,
) -> Option<(ContextKind, ContextFacts<'a>)> {
    let command = field(event, &["CommandLine", "ProcessCommandLine", "process.command_line"]);
    let command = command.filter(|command| !command.trim().is_empty());
    let is_powershell = |text: &str| contains(text, "powershell") || contains(text, "pwsh");
    if !is_powershell(program) && !command.is_some_and(is_powershell) {
        return None;
    }
    let text = Cow::Borrowed(command.unwrap_or(program));
    let facts = ContextFacts {
        text,
        host_application: command,
        user: user.filter(|user| user != "-"),
        process,
        ..ContextFacts::default()
    };
    Some((ContextKind::ProcessCreation, facts))
}

/// Returns a value under the first of these names that has one.
fn field<'a>(event: &'a Event, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| event.fields.all(name).find(|value| !value.is_empty()))
}

/// Returns the account that two values name.
fn account<'a>(event: &'a Event, [domain, name]: [&str; 2]) -> Option<Cow<'a, str>> {
    let name = field(event, &[name]).filter(|name| *name != "-")?;
    Some(match field(event, &[domain]).filter(|domain| *domain != "-") {
        Some(domain) => Cow::Owned(format!("{domain}\\{name}")),
        None => Cow::Borrowed(name),
    })
}

/// The values of an event, and its message.
fn values(event: &Event) -> impl Iterator<Item = &str> {
    let fields = event.fields.iter().map(|(_, value)| value);
    fields.chain(event.message.as_deref())
}

/// Returns a value of the event's data without names.
fn data(event: &Event, index: usize) -> Option<&str> {
    let mut all = event.fields.iter().filter(|(name, _)| matches!(*name, "Data" | "param1"));
    all.nth(index).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// Whether a text contains a word in lower case, without regard to the text's case.
fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(fields: &[(&'static str, &str)]) -> Event {
        Event { fields: fields.iter().copied().collect(), ..Event::default() }
    }

    #[test]
    fn an_engine_start_has_its_command_line_and_versions() {
        let details = "\tNewEngineState=Available\r\n\tHostName=ConsoleHost\r\n\tHostVersion=2.0\r\n\tHostApplication=\
                       powershell -version 2 -c whoami\r\n\tEngineVersion=2.0\r\n";
        let event = event(&[("Data", "Available"), ("Data", "None"), ("Data", details)]);
        let names = &mut UserNames::default();
        let (kind, facts) = read_context(400, Some("PowerShell"), &event, names).unwrap();
        assert_eq!(kind, ContextKind::EngineStart);
        assert_eq!(facts.text, "powershell -version 2 -c whoami");
        assert_eq!((facts.host_version, facts.engine_version), (Some("2.0"), Some("2.0")));
        let details = "\tNewEngineState=Available\n\tPreviousEngineState=None\n\n\tSequenceNumber=9\n\n\t\
                       HostName=ConsoleHost\n\tHostVersion=2.0\n\tHostId=5c\n\tEngineVersion=2.0\n\tRunspaceId=c6\n";
        let of_version_2 =
            self::event(&[("Data", "Available"), ("Data", "None"), ("Data", details)]);
        let (kind, facts) = read_context(400, Some("PowerShell"), &of_version_2, names).unwrap();
        assert_eq!((kind, facts.engine_version), (ContextKind::EngineStart, Some("2.0")));
        assert_eq!((&*facts.text, facts.host_application), ("", None));
        assert_eq!(read_context(400, Some("Microsoft-Windows-Kernel-PnP"), &event, names), None);
        assert_eq!(read_context(401, Some("PowerShell"), &event, names), None);
    }

    #[test]
    fn module_logging_names_the_account_in_any_language() {
        let english: String = CONTEXT_LINES
            .iter()
            .map(|name| {
                let value = match *name {
                    "User" => "CORP\\eve",
                    "Host Application" => "powershell -nop",
                    "Host Version" => "5.1.1",
                    _ => "",
                };
                format!("        {name} = {value}\r\n")
            })
            .collect();
        let german =
            english.replace("User =", "Benutzer =").replace("Host Application", "Hostanwendung");
        for info in [english, german] {
            let mut names = UserNames::default();
            let sid = "S-1-5-21-1-2-3-1104";
            let event = Event {
                user: Some(sid.to_owned()),
                ..event(&[
                    ("ContextInfo", &info),
                    ("Payload", "CommandInvocation(Get-Date): \"Get-Date\"\r\n"),
                ])
            };
            let provider = Some("Microsoft-Windows-PowerShell");
            let (kind, facts) = read_context(4103, provider, &event, &mut names).unwrap();
            assert_eq!(kind, ContextKind::Pipeline);
            assert_eq!(facts.text, "CommandInvocation(Get-Date): \"Get-Date\"");
            assert_eq!(facts.host_application, Some("powershell -nop"));
            assert_eq!(names.get(sid), Some("CORP\\eve"));
        }
    }

    #[test]
    fn a_process_is_context_if_it_is_powershell() {
        let fields = |program: &'static str| {
            event(&[
                ("NewProcessName", program),
                ("NewProcessId", "0xfac"),
                ("CommandLine", "p -e SQBFAFgA"),
                ("SubjectUserSid", "S-1-5-21-1-2-3-1104"),
                ("SubjectUserName", "eve"),
                ("SubjectDomainName", "CORP"),
            ])
        };
        let mut names = UserNames::default();
        let provider = Some("Microsoft-Windows-Security-Auditing");
        let event = fields(r"C:\Windows\System32\WindowsPowerShell\v1.0\PowerShell.exe");
        let (_, facts) = read_context(4688, provider, &event, &mut names).unwrap();
        assert_eq!((&*facts.text, facts.process), ("p -e SQBFAFgA", Some("0xfac")));
        assert_eq!(names.get("S-1-5-21-1-2-3-1104"), Some("CORP\\eve"));
        assert_eq!(
            read_context(4688, provider, &fields(r"C:\Windows\notepad.exe"), &mut names),
            None
        );
        let sysmon = event_of_sysmon();
        let (kind, facts) =
            read_context(1, Some("Microsoft-Windows-Sysmon"), &sysmon, &mut names).unwrap();
        assert_eq!((kind, facts.process), (ContextKind::ProcessCreation, Some("77")));
        assert_eq!(
            read_context(1, Some("Microsoft-Windows-Power-Troubleshooter"), &sysmon, &mut names),
            None
        );
    }

    fn event_of_sysmon() -> Event {
        event(&[
            ("Image", r"C:\pwsh.exe"),
            ("CommandLine", "pwsh"),
            ("ProcessId", "77"),
            ("User", "CORP\\eve"),
        ])
    }

    #[test]
    fn a_cleared_log_says_which_and_by_whom() {
        let event = event(&[
            ("Channel", "System"),
            ("SubjectUserName", "eve"),
            ("SubjectDomainName", "CORP"),
            ("Channel", "Microsoft-Windows-PowerShell/Operational"),
        ]);
        let provider = Some("Microsoft-Windows-Eventlog");
        let (_, facts) = read_context(104, provider, &event, &mut UserNames::default()).unwrap();
        assert_eq!(facts.text, "Microsoft-Windows-PowerShell/Operational cleared by CORP\\eve");
        assert_eq!(facts.user.as_deref(), Some("CORP\\eve"));
    }
}
