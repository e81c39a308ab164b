//! What every PowerShell has: variables with known values, aliases, and names of commands.

use super::value::Value;
use crate::static_map::StaticMap;

/// The type of `$ExecutionContext` and of the objects that it has as members.
pub(super) const EXECUTION_CONTEXT: &str = "management.automation.engineintrinsics";

/// Returns the value that a variable has before a script changes it. `name` is in lower case.
pub(super) fn variable(name: &str) -> Option<Value> {
    if name == "executioncontext" {
        return Some(Value::Type(EXECUTION_CONTEXT.into()));
    }
    let text = VARIABLES.get(name.as_bytes())?;
    Some(match text {
        "\u{1}" => Value::Bool(true),
        "\u{2}" => Value::Bool(false),
        "\u{3}" => Value::Null,
        text if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => {
            Value::Int(text.parse().ok()?)
        }
        text => Value::text(text),
    })
}

/// Returns the full names of well-known variables.
pub(super) fn variable_names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied()
}

/// The names of well-known variables as `Get-Variable` shows them.
const NAMES: &[&str] = &[
    "ConfirmPreference",
    "ConsoleFileName",
    "DebugPreference",
    "Error",
    "ErrorActionPreference",
    "ErrorView",
    "ExecutionContext",
    "FormatEnumerationLimit",
    "HOME",
    "Host",
    "InformationPreference",
    "MaximumAliasCount",
    "MaximumDriveCount",
    "MaximumErrorCount",
    "MaximumFunctionCount",
    "MaximumHistoryCount",
    "MaximumVariableCount",
    "MyInvocation",
    "NestedPromptLevel",
    "OutputEncoding",
    "ProgressPreference",
    "PSBoundParameters",
    "PSCommandPath",
    "PSCulture",
    "PSDefaultParameterValues",
    "PSEdition",
    "PSEmailServer",
    "PSHOME",
    "PSScriptRoot",
    "PSSessionApplicationName",
    "PSSessionConfigurationName",
    "PSSessionOption",
    "PSUICulture",
    "PSVersionTable",
    "PWD",
    "ShellId",
    "StackTrace",
    "true",
    "false",
    "VerbosePreference",
    "WarningPreference",
    "WhatIfPreference",
];

/// Values of variables, in lower case. `\u{1}` is true, `\u{2}` is false, `\u{3}` is null.
static VARIABLES: StaticMap<&'static str, 128> = StaticMap::new(&[
    (b"true", "\u{1}"),
    (b"false", "\u{2}"),
    (b"null", "\u{3}"),
    (b"shellid", "Microsoft.PowerShell"),
    (b"pshome", "C:\\Windows\\System32\\WindowsPowerShell\\v1.0"),
    (b"verbosepreference", "SilentlyContinue"),
    (b"debugpreference", "SilentlyContinue"),
    (b"informationpreference", "SilentlyContinue"),
    (b"erroractionpreference", "Continue"),
    (b"warningpreference", "Continue"),
    (b"progresspreference", "Continue"),
    (b"confirmpreference", "High"),
    (b"errorview", "NormalView"),
    (b"maximumaliascount", "4096"),
    (b"maximumdrivecount", "4096"),
    (b"maximumerrorcount", "256"),
    (b"maximumfunctioncount", "4096"),
    (b"maximumhistorycount", "4096"),
    (b"maximumvariablecount", "4096"),
    (b"formatenumerationlimit", "4"),
    (b"ofs", " "),
    (b"?", "\u{1}"),
    (b"env:comspec", "C:\\WINDOWS\\system32\\cmd.exe"),
    (b"env:windir", "C:\\WINDOWS"),
    (b"env:systemroot", "C:\\WINDOWS"),
    (b"env:systemdrive", "C:"),
    (b"env:public", "C:\\Users\\Public"),
    (b"env:programdata", "C:\\ProgramData"),
    (b"env:allusersprofile", "C:\\ProgramData"),
    (b"env:programfiles", "C:\\Program Files"),
    (b"env:programw6432", "C:\\Program Files"),
    (b"env:commonprogramfiles", "C:\\Program Files\\Common Files"),
    (b"env:commonprogramw6432", "C:\\Program Files\\Common Files"),
    (b"env:os", "Windows_NT"),
    (b"env:pathext", ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC;.CPL"),
]);

/// Returns what a method of strings is worth without a call: its overloads, as Windows PowerShell lists them. `name` is in
/// lower case.
pub(super) fn overloads(name: &str) -> Option<&'static str> {
    OVERLOADS.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}

const OVERLOADS: &[(&str, &str)] = &[
    ("chars", "char Chars(int index) {get;}"),
    (
        "indexofany",
        "int IndexOfAny(char[] anyOf), int IndexOfAny(char[] anyOf, int startIndex), \
        int IndexOfAny(char[] anyOf, int startIndex, int count)",
    ),
    ("insert", "string Insert(int startIndex, string value)"),
    (
        "isnormalized",
        "bool IsNormalized(), bool IsNormalized(System.Text.NormalizationForm normalizationForm)",
    ),
    (
        "lastindexofany",
        "int LastIndexOfAny(char[] anyOf), int LastIndexOfAny(char[] anyOf, int startIndex), \
        int LastIndexOfAny(char[] anyOf, int startIndex, int count)",
    ),
    (
        "normalize",
        "string Normalize(), string Normalize(System.Text.NormalizationForm normalizationForm)",
    ),
    ("remove", "string Remove(int startIndex, int count), string Remove(int startIndex)"),
    ("substring", "string Substring(int startIndex), string Substring(int startIndex, int length)"),
    (
        "indexof",
        "int IndexOf(char value), int IndexOf(char value, int startIndex), \
        int IndexOf(char value, int startIndex, int count), int IndexOf(string value), \
        int IndexOf(string value, int startIndex), int IndexOf(string value, int startIndex, int count), \
        int IndexOf(string value, System.StringComparison comparisonType), \
        int IndexOf(string value, int startIndex, System.StringComparison comparisonType), \
        int IndexOf(string value, int startIndex, int count, System.StringComparison comparisonType)",
    ),
    (
        "lastindexof",
        "int LastIndexOf(char value), int LastIndexOf(char value, int startIndex), \
        int LastIndexOf(char value, int startIndex, int count), int LastIndexOf(string value), \
        int LastIndexOf(string value, int startIndex), int LastIndexOf(string value, int startIndex, int count), \
        int LastIndexOf(string value, System.StringComparison comparisonType), \
        int LastIndexOf(string value, int startIndex, System.StringComparison comparisonType), \
        int LastIndexOf(string value, int startIndex, int count, System.StringComparison comparisonType)",
    ),
];

/// Returns the first members of a type that scripts choose by their place.
pub(super) fn members(of: &str) -> Option<&'static [&'static str]> {
    let names: &[&str] = &[
        "PtrToStringAnsi",
        "PtrToStringAnsi",
        "PtrToStringUni",
        "PtrToStringAuto",
        "PtrToStringUni",
        "PtrToStringAuto",
    ];
    (of == "runtime.interopservices.marshal").then_some(names)
}

/// Returns the command that an alias names. `alias` is in lower case.
pub(super) fn alias(alias: &str) -> Option<&'static str> {
    ALIASES.get(alias.as_bytes())
}

/// Returns the names of all known commands or of all aliases that a pattern with wildcards matches.
pub(super) fn matching(pattern: &str, aliases: bool) -> Vec<&'static str> {
    let pattern = pattern.to_ascii_lowercase();
    let matches = |name: &&str| is_like(&name.to_ascii_lowercase(), &pattern);
    let mut names: Vec<&str> = Vec::new();
    if aliases {
        let own = ALIASES.names().filter_map(|name| std::str::from_utf8(name).ok());
        names.extend(own.filter(matches));
    }
    names.extend(COMMANDS.split_ascii_whitespace().filter(|name| !aliases && matches(name)));
    names
}

/// Returns whether a text matches a pattern with `*`, `?` and classes in brackets; both in the same case.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut place) = (0, 0);
    // The last star, and the place in the text to which it reaches.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        let matched = match pattern.get(place) {
            Some('?') => Some(place + 1),
            Some('[') => class_end(&pattern, place, text.get(at).copied()),
            Some('*') => {
                star = Some((place, at));
                place += 1;
                continue;
            }
            char => (char == text.get(at)).then_some(place + 1),
        };
        match (matched, star) {
            (Some(next), _) => {
                at += 1;
                place = next;
            }
            (None, Some((before, reach))) => {
                star = Some((before, reach + 1));
                at = reach + 1;
                place = before + 1;
            }
            (None, None) => return false,
        }
    }
    pattern.get(place..).is_none_or(|rest| rest.iter().all(|char| *char == '*'))
}

/// Returns the index after a class such as `[a-c]` if the class has the character.
fn class_end(pattern: &[char], open: usize, char: Option<char>) -> Option<usize> {
    let end = open + pattern.get(open..)?.iter().position(|own| *own == ']')?;
    let class = pattern.get(open + 1..end)?;
    let has = class.iter().any(|own| Some(*own) == char)
        || class.windows(3).any(|window| {
            matches!(window, [from, '-', to] if char.is_some_and(|char| (*from..=*to).contains(&char)))
        });
    has.then_some(end + 1)
}

/// Aliases of Windows PowerShell and names that `Get-` is put before, in lower case.
static ALIASES: StaticMap<&'static str, 256> = StaticMap::new(&[
    (b"%", "ForEach-Object"),
    (b"?", "Where-Object"),
    (b"ac", "Add-Content"),
    (b"alias", "Get-Alias"),
    (b"asnp", "Add-PSSnapin"),
    (b"cat", "Get-Content"),
    (b"cd", "Set-Location"),
    (b"childitem", "Get-ChildItem"),
    (b"clc", "Clear-Content"),
    (b"clv", "Clear-Variable"),
    (b"command", "Get-Command"),
    (b"compare", "Compare-Object"),
    (b"copy", "Copy-Item"),
    (b"cp", "Copy-Item"),
    (b"curl", "Invoke-WebRequest"),
    (b"del", "Remove-Item"),
    (b"dir", "Get-ChildItem"),
    (b"echo", "Write-Output"),
    (b"erase", "Remove-Item"),
    (b"foreach", "ForEach-Object"),
    (b"gal", "Get-Alias"),
    (b"gc", "Get-Content"),
    (b"gci", "Get-ChildItem"),
    (b"gcm", "Get-Command"),
    (b"gi", "Get-Item"),
    (b"gm", "Get-Member"),
    (b"gp", "Get-ItemProperty"),
    (b"gps", "Get-Process"),
    (b"group", "Group-Object"),
    (b"gsv", "Get-Service"),
    (b"gv", "Get-Variable"),
    (b"gwmi", "Get-WmiObject"),
    (b"icm", "Invoke-Command"),
    (b"iex", "Invoke-Expression"),
    (b"ii", "Invoke-Item"),
    (b"ipmo", "Import-Module"),
    (b"irm", "Invoke-RestMethod"),
    (b"item", "Get-Item"),
    (b"iwmi", "Invoke-WmiMethod"),
    (b"iwr", "Invoke-WebRequest"),
    (b"kill", "Stop-Process"),
    (b"ls", "Get-ChildItem"),
    (b"measure", "Measure-Object"),
    (b"move", "Move-Item"),
    (b"mv", "Move-Item"),
    (b"nal", "New-Alias"),
    (b"ni", "New-Item"),
    (b"nv", "New-Variable"),
    (b"ps", "Get-Process"),
    (b"pwd", "Get-Location"),
    (b"rd", "Remove-Item"),
    (b"rm", "Remove-Item"),
    (b"rmdir", "Remove-Item"),
    (b"rv", "Remove-Variable"),
    (b"sajb", "Start-Job"),
    (b"sal", "Set-Alias"),
    (b"saps", "Start-Process"),
    (b"sasv", "Start-Service"),
    (b"sc", "Set-Content"),
    (b"select", "Select-Object"),
    (b"set", "Set-Variable"),
    (b"si", "Set-Item"),
    (b"sl", "Set-Location"),
    (b"sleep", "Start-Sleep"),
    (b"sort", "Sort-Object"),
    (b"sp", "Set-ItemProperty"),
    (b"spps", "Stop-Process"),
    (b"spsv", "Stop-Service"),
    (b"start", "Start-Process"),
    (b"sv", "Set-Variable"),
    (b"type", "Get-Content"),
    (b"variable", "Get-Variable"),
    (b"wget", "Invoke-WebRequest"),
    (b"where", "Where-Object"),
    (b"write", "Write-Output"),
]);

/// Commands of Windows PowerShell that scripts call by a pattern with wildcards.
const COMMANDS: &str = "\
    Add-ADGroupMember Add-Computer Add-Content Add-History Add-LocalGroupMember Add-Member Add-MpPreference \
    Add-PSSnapin Add-Type Add-WindowsCapability Checkpoint-Computer Clear-Content Clear-EventLog Clear-History \
    Clear-Host Clear-Item Clear-RecycleBin Clear-Variable Compress-Archive Connect-PSSession ConvertFrom-Csv \
    ConvertFrom-Json ConvertFrom-SecureString ConvertTo-Csv ConvertTo-Html ConvertTo-Json ConvertTo-SecureString \
    ConvertTo-Xml Copy-Item Disable-ComputerRestore Disable-LocalUser Disable-NetFirewallRule \
    Disable-PSRemoting Disable-WindowsErrorReporting Disable-WindowsOptionalFeature Enable-LocalUser \
    Enable-NetFirewallRule Enable-PSRemoting Enable-WindowsOptionalFeature Enter-PSSession Expand-Archive \
    Export-Certificate Export-Clixml Export-Csv Export-PfxCertificate ForEach-Object Format-List Format-Table \
    Get-ADComputer Get-ADDomain Get-ADDomainController Get-ADForest Get-ADGroup Get-ADGroupMember Get-ADObject \
    Get-ADReplAccount Get-ADTrust Get-ADUser Get-Acl Get-Alias Get-ChildItem Get-CimInstance Get-Clipboard \
    Get-Command Get-ComputerInfo Get-Content Get-Credential Get-Date Get-EventLog Get-ExecutionPolicy Get-GPO \
    Get-HotFix Get-Item Get-ItemProperty Get-LocalGroup Get-LocalGroupMember Get-LocalUser Get-Location \
    Get-Member Get-MpComputerStatus Get-MpPreference Get-NetAdapter Get-NetIPAddress Get-NetTCPConnection \
    Get-Process Get-PSDrive Get-PSSession Get-Random Get-ScheduledTask Get-Service Get-SmbShare Get-Variable \
    Get-WinEvent Get-WmiObject Import-Certificate Import-Clixml Import-Module Install-Module \
    Invoke-CimMethod Invoke-Command Invoke-Expression Invoke-Item Invoke-RestMethod Invoke-WebRequest \
    Invoke-WmiMethod Mount-DiskImage Move-Item New-ADUser New-Alias New-CimSession New-Item New-ItemProperty \
    New-LocalGroup New-LocalUser New-MailboxExportRequest New-NetFirewallRule New-Object New-PSDrive New-PSSession \
    New-ScheduledTask New-ScheduledTaskAction New-ScheduledTaskTrigger New-SelfSignedCertificate New-Service \
    New-SmbShare New-Variable Out-File Out-Null Out-String Read-Host Receive-Job Register-ScheduledTask \
    Register-WmiEvent Remove-EventLog Remove-Item Remove-ItemProperty Remove-LocalUser Remove-MpPreference \
    Remove-Service Remove-SmbShare Remove-WindowsCapability Remove-WmiObject Rename-Computer Rename-Item \
    Resolve-DnsName Restart-Computer Restart-Service Save-Module Select-Object Select-String Send-MailMessage \
    Set-ADAccountPassword Set-ADUser Set-Acl Set-Alias Set-Clipboard Set-Content Set-ExecutionPolicy Set-Item \
    Set-ItemProperty Set-LocalUser Set-Location Set-MpPreference Set-NetFirewallProfile Set-NetFirewallRule \
    Set-PSSessionConfiguration Set-ScheduledTask Set-Service Set-SmbServerConfiguration Set-Variable \
    Set-WmiInstance Set-WSManQuickConfig Start-BitsTransfer Start-Job Start-Process Start-ScheduledTask \
    Start-Service Start-Sleep Stop-Computer Stop-Process Stop-Service Test-Connection Test-NetConnection \
    Test-Path Unblock-File Unregister-ScheduledTask Update-Help Where-Object Write-Host Write-Output";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_powershell() {
        for (text, pattern, like) in [
            ("invoke-expression", "i*-*x*ion", true),
            ("invoke-expression", "invoke-exp", false),
            ("iex", "i?x", true),
            ("iex", "[h-j]ex", true),
            ("iex", "[ab]ex", false),
            ("", "*", true),
            ("aXbXc", "*X*c", true),
        ] {
            assert_eq!(is_like(text, pattern), like, "{text} {pattern}");
        }
    }

    #[test]
    fn patterns_name_one_command() {
        assert_eq!(matching("Enable-PSR*g", false), ["Enable-PSRemoting"]);
        assert_eq!(matching("ie?", true), ["iex"]);
        assert_eq!(matching("N*-O*", false), ["New-Object"]);
    }

    #[test]
    fn the_letters_of_iex_are_where_scripts_look_for_them() {
        let at = |name: &str, index: usize| match variable(name) {
            Some(Value::Text(text)) => text.chars().nth(index),
            _ => None,
        };
        let letters =
            [("pshome", 21), ("pshome", 30), ("shellid", 1), ("shellid", 13), ("env:comspec", 25)];
        let found: Vec<_> = letters.iter().map(|(name, index)| at(name, *index).unwrap()).collect();
        assert_eq!(found, ['i', 'e', 'i', 'e', 'x']);
    }
}
