//! Well-known logs and providers of other events.

use super::shown::shown;
use crate::event::canonical;
use crate::search::ast::condition::Predicate;

/// The channels of events 4104.
const CHANNELS: &[&str] =
    &["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational", "ForwardedEvents"];

/// Well-known channels of other events. The others of Windows begin like [`WINDOWS_PREFIX`].
const OTHER_CHANNELS: &[&str] = &[
    "Application",
    "Security",
    "Setup",
    "System",
    "Windows PowerShell",
    "Directory Service",
    "DNS Server",
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-WinRM/Operational",
    "Microsoft-Windows-WMI-Activity/Operational",
    "Microsoft-Windows-TaskScheduler/Operational",
    "Microsoft-Windows-Windows Defender/Operational",
];

/// The providers of events 4104.
const PROVIDERS: &[&str] = &["Microsoft-Windows-PowerShell", "PowerShellCore"];

/// Well-known providers of other events.
const OTHER_PROVIDERS: &[&str] = &[
    "Microsoft-Windows-Security-Auditing",
    "Microsoft-Windows-Sysmon",
    "Microsoft-Windows-WinRM",
    "Microsoft-Windows-TaskScheduler",
    "Service Control Manager",
    "MsiInstaller",
];

/// The beginning of the names of Windows' own channels and providers.
const WINDOWS_PREFIX: &str = "microsoft-windows-";

/// Prefixes of a channel in Splunk's `source`.
const SOURCE_PREFIXES: [&str; 3] = ["", "XmlWinEventLog:", "WinEventLog:"];

/// Returns the well-known log or provider of other events that the predicate requires.
pub(super) fn other_log(field: &str, predicate: &Predicate) -> Option<String> {
    let (own, others) = match canonical(field) {
        "Channel" | "source" => (CHANNELS, OTHER_CHANNELS),
        "Name" => (PROVIDERS, OTHER_PROVIDERS),
        _ => return None,
    };
    match predicate {
        Predicate::Matches(wildcard) => {
            let matches = |name: &&str| {
                SOURCE_PREFIXES.iter().any(|prefix| wildcard.matches(&format!("{prefix}{name}")))
            };
            let text = shown(wildcard);
            let folded = text.to_ascii_lowercase();
            let name = SOURCE_PREFIXES
                .iter()
                .find_map(|prefix| {
                    folded.strip_prefix(&prefix.to_ascii_lowercase()).filter(|_| !prefix.is_empty())
                })
                .unwrap_or(&folded);
            let is_windows = name.starts_with(WINDOWS_PREFIX)
                && !name.starts_with("microsoft-windows-powershell");
            let is_other = !own.iter().any(matches) && (others.iter().any(matches) || is_windows);
            is_other.then_some(text)
        }
        Predicate::OneOf(predicates) => {
            let mut logs = predicates.iter().map(|own| other_log(field, own));
            let first = logs.next()??;
            logs.all(|log| log.is_some()).then_some(first)
        }
        _ => None,
    }
}
