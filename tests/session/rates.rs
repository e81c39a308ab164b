//! The built-in detections give harmless scripts no points: those below never, those of a folder within budgets.
//!
//! `SCRIPTSCOPE_BENIGN=FOLDER cargo test --test main session::rates` measures a folder of scripts that are known to be
//! harmless. `make rates` writes how often each detection matches them into `docs/detections.md`.

use super::read;
use scriptscope::report::{Report, json};
use scriptscope::{Options, Session};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Budgets in 10,000 scripts: those with any score, with 60 points or more, and with a score of one detection.
const ANY: usize = 100;
const HIGH: usize = 15;
const ONE_RULE: usize = 15;

/// Days of the budget of findings: of 50 scripts each, in percent.
const DAYS_WITH_FINDING: usize = 3;

/// Scripts as administrators and modules write them, each near the words of a detection.
const HARMLESS: &[&str] = &[
    "Get-ADUser -Filter {DoesNotRequirePreAuth -eq $true} | Export-Csv report.csv",
    "function New-LocalUser { param($Name) \"stub of a test\" }\nMock New-LocalUser { }",
    "$user = New-LocalUser -Name svc-web -NoPassword\nSet-LocalUser svc-web -Description 'of the web server'",
    "Get-ChildItem Cert:\\LocalMachine\\My | Where-Object NotAfter -lt (Get-Date).AddDays(30)",
    "Export-PfxCertificate -Cert $cert -FilePath $path -Password $secret",
    "if ((Get-MpPreference).DisableRealtimeMonitoring) { throw 'Defender is off' }",
    "Set-MpPreference -EnableNetworkProtection Enabled",
    "wevtutil sl Microsoft-Windows-Product/Debug /e:false /q",
    "Remove-EventLog -Source MyService -ErrorAction SilentlyContinue",
    "New-Service -Name web -BinaryPathName 'C:\\Program Files\\web\\web.exe' -StartupType Automatic",
    "$action = New-ScheduledTaskAction -Execute 'C:\\Program Files\\backup\\b.exe'\nRegister-ScheduledTask -TaskName Backup -Action $action",
    "Add-Content -Path $PROFILE -Value 'Set-PSReadLineOption -EditMode Emacs'",
    "Start-BitsTransfer -Source $source -Destination C:\\images\\install.wim",
    "([adsisearcher]\"(&(objectCategory=computer)(cn=$env:COMPUTERNAME))\").FindOne().Path",
    "Invoke-RestMethod -Uri \"https://api.example.com/items\" -Method Post -InFile item.json",
    "$excel.Workbooks.Open($path); $attributes = (Get-Item $path).Attributes -bor [IO.FileAttributes]::Hidden",
    "# Invoke-Mimikatz, sekurlsa::logonpasswords and AMSI are what this report looks for\nGet-Date",
    "<#\n.EXAMPLE\n  powershell -w hidden -enc SQBFAFgAIAAkAGUAbgB2ADoAUABBAFQASAA=\n#>\nGet-Process",
    "Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct",
    "[xml]$unattend = Get-Content answer.xml; $unattend.Save('C:\\image\\unattend.xml')",
    "Import-Certificate -FilePath corp.cer -CertStoreLocation Cert:\\LocalMachine\\Root",
    "Set-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Lsa -Name RestrictAnonymous -Value 1",
    "Get-ADComputer $id -Properties msLAPS-PasswordExpirationTime | Select-Object Name",
    "Search-Mailbox -Identity $user -SearchQuery $query -EstimateResultOnly",
    "Install-WindowsFeature Web-Server; Disable-WindowsOptionalFeature -Online -FeatureName SMB1Protocol",
    "$bytes = [Convert]::FromBase64String($text); [IO.File]::WriteAllBytes($path, $bytes)",
    "Set-Item WSMan:\\localhost\\Client\\TrustedHosts -Value 'srv1,srv2' -Force",
    "Test-NetConnection -ComputerName srv -Port 443; Resolve-DnsName example.com",
    "$null = & net.exe use Z: \\\\srv\\share; Get-SmbShare | Format-Table",
    "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'",
    // As Windows' own modules are made of CIM classes.
    "function Add-DnsClientNrptRule\n{\n    [CmdletBinding()]\n    param([string[]] ${NameServers})\n}\n\
     Microsoft.PowerShell.Core\\Export-ModuleMember -Function 'Add-DnsClientNrptRule' -Alias '*'",
    "function Set-MpPreference\n{\n    param([bool] ${DisableRealtimeMonitoring}, [string[]] ${ExclusionPath})\n}\n\
     Microsoft.PowerShell.Core\\Export-ModuleMember -Function 'Set-MpPreference' -Alias '*'",
    "Microsoft.PowerShell.Core\\Export-ModuleMember -Function 'Clear-EventLog' -Alias '*'",
];

/// A script block in a line of NDJSON.
fn event(number: usize, text: &str) -> String {
    let system = json!({
        "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "Computer": "C1",
        "TimeCreated": {"#attributes": {"SystemTime": "2026-01-01T00:00:00Z"}},
    });
    let data = json!({
        "MessageNumber": 1, "MessageTotal": 1, "ScriptBlockText": text, "ScriptBlockId": format!("{number:08x}"),
    });
    json!({"Event": {"System": system, "EventData": data}}).to_string()
}

/// Returns the scores of each script block that has any, by rule.
fn scores(texts: impl Iterator<Item = String>) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut session = Session::new(Options::default()).unwrap();
    let lines: Vec<String> = texts.enumerate().map(|(number, text)| event(number, &text)).collect();
    read(&mut session, "scripts.ndjson", [lines.join("\n").as_bytes()]);
    let report: Report = session.report();
    let report: Value = serde_json::from_str(&json(&report)).unwrap();
    let mut scores: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for result in report["results"].as_array().unwrap() {
        let score = result["score"].as_f64().unwrap();
        for block in result["blocks"].as_array().unwrap() {
            let id = block["id"].as_str().unwrap().to_owned();
            if score > 0.0 {
                let rule = result["ruleId"].as_str().unwrap().to_owned();
                scores.entry(id).or_default().insert(rule, score);
            }
        }
    }
    scores
}

#[test]
fn harmless_scripts_have_no_score() {
    for text in HARMLESS {
        let scores = scores(std::iter::once((*text).to_owned()));
        assert!(scores.is_empty(), "{text}: {scores:?}");
    }
}

#[test]
fn scripts_of_a_folder_are_within_the_budgets() {
    let Some(folder) = std::env::var_os("SCRIPTSCOPE_BENIGN") else {
        return println!("skipped: SCRIPTSCOPE_BENIGN names no folder of harmless scripts");
    };
    let mut texts: Vec<String> = Vec::new();
    add_scripts(Path::new(&folder), &mut texts);
    texts.sort();
    texts.dedup();
    let count = texts.len();
    assert!(count >= 1_000, "{count} scripts are too few");
    let scores = scores(texts.into_iter());
    let rate = |number: usize| number * 10_000 / count;
    let high = scores.values().filter(|own| own.values().sum::<f64>() >= 60.0).count();
    println!(
        "{count} scripts, of 10,000 any score: {}, 60 and more: {}",
        rate(scores.len()),
        rate(high)
    );
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in scores.values().flat_map(BTreeMap::keys) {
        *rules.entry(rule).or_default() += 1;
    }
    let dear: Vec<_> = rules.iter().filter(|(_, number)| rate(**number) > ONE_RULE).collect();
    assert!(dear.is_empty(), "{dear:?}");
    assert!(rate(scores.len()) <= ANY && rate(high) <= HIGH);
    // Rules that score add up, and each counts once a day.
    let blocks: Vec<_> = scores.values().collect();
    let mut state = 1_u64;
    let mut days = 0;
    for _ in 0..10_000 {
        let mut day: BTreeMap<&str, f64> = BTreeMap::new();
        for _ in 0..50 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let index = (state >> 33) as usize % count;
            for (rule, score) in blocks.get(index).into_iter().flat_map(|own| own.iter()) {
                day.entry(rule).and_modify(|own| *own = own.max(*score)).or_insert(*score);
            }
        }
        days += usize::from(day.values().sum::<f64>() > 100.0);
    }
    assert!(days <= DAYS_WITH_FINDING * 100, "{days} of 10,000 days");
}

/// Adds the texts of a folder's scripts.
fn add_scripts(folder: &Path, texts: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_scripts(&path, texts);
        } else if path.extension().is_some_and(|own| own == "ps1" || own == "psm1") {
            texts.push(String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
        }
    }
}
