// A morning's ordinary scripts, as fill such logs when nothing happens.

/** @typedef {import("./logs.mjs").LoggedScript} LoggedScript */

const NAMES = ["Spooler", "W32Time", "WinRM", "DFSR", "BITS", "Dnscache", "LanmanServer", "wuauserv"];
const FOLDERS = ["D:\\Shares\\Finance", "D:\\Shares\\Projects", "C:\\Logs", "C:\\inetpub\\logs", "E:\\Backup\\Daily"];

/** @type {((pick: (list: string[]) => string, n: number) => string)[]} */
const SCRIPTS = [
  () => "prompt",
  (pick) => `Get-Service -Name ${pick(NAMES)} | Select-Object Status, StartType`,
  (pick) => `Restart-Service -Name ${pick(NAMES)} -PassThru`,
  (pick, n) =>
    `Get-ChildItem -Path '${pick(FOLDERS)}' -Recurse -File | Where-Object LastWriteTime -lt (Get-Date).AddDays(-${n}) | Measure-Object Length -Sum`,
  (pick, n) =>
    `Get-WinEvent -FilterHashtable @{ LogName = 'System'; Level = 2 } -MaxEvents ${n * 10} | Format-Table TimeCreated, Id, Message`,
  () =>
    "Get-CimInstance Win32_LogicalDisk -Filter 'DriveType=3' | Select-Object DeviceID, @{ n = 'FreeGB'; e = { [math]::Round($_.FreeSpace / 1GB, 1) } }",
  (_, n) => `Test-Connection -ComputerName srv${String(n).padStart(2, "0")} -Count 1 -Quiet`,
  (pick) => `Get-Acl '${pick(FOLDERS)}' | Select-Object -ExpandProperty Access`,
  () => "{ Set-StrictMode -Version 1; $_.PSMessageDetails }",
  (_, n) =>
    `Import-Csv .\\accounts.csv | Where-Object { $_.LastLogon -lt ${n} } | Export-Csv .\\stale.csv -NoTypeInformation`,
  (pick, n) => `robocopy '${pick(FOLDERS)}' 'E:\\Backup\\Daily' /MIR /R:${n % 4} /LOG:C:\\Logs\\backup.log`,
];

/**
 * @param {number} seed the same seed gives the same scripts
 * @param {string} user
 * @param {number} count
 * @returns {LoggedScript[]}
 */
export function ordinary(seed, user, count) {
  let state = seed * 7_919;
  const random = (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = (/** @type {string[]} */ list) => list[random(list.length)] ?? "";
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return Array.from({ length: count }, () => ({
    clock: `${two(3 + random(5))}:${two(random(60))}:${two(random(60))}.${String(random(10_000_000)).padStart(7, "0")}`,
    user,
    level: 5,
    text: SCRIPTS[random(SCRIPTS.length)]?.(pick, 1 + random(30)) ?? "",
  }));
}
