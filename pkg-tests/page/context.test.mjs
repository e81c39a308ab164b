// Events beside script blocks, on the published page: host application, downgrade, names of accounts, decoded commands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventXml } from "../../scripts/events.mjs";
import { choose, counted, ended, eventually, file, open, published, texts, until } from "./support.mjs";

const SID = "S-1-5-21-10-20-30-1104";
const COMPUTER = "WS07.corp.example";
const time = (/** @type {number} */ second) => `2026-08-08T06:13:${String(second).padStart(2, "0")}.1230000Z`;

/** Command line with `Write-Host hidden` in `-EncodedCommand`. */
const ENCODED = `powershell.exe -NoP -enc ${Buffer.from("Write-Host hidden", "utf16le").toString("base64")}`;

const escaped = (/** @type {string} */ text) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

/**
 * @param {number} id @param {string} provider @param {string} channel @param {number} second
 * @param {[string | null, string][]} data @param {{ user?: string, process?: number, userData?: string }} [more]
 */
function event(id, provider, channel, second, data, { user, process = 4242, userData } = {}) {
  const values = data.map(([name, value]) => `<Data${name ? ` Name="${name}"` : ""}>${escaped(value)}</Data>`).join("");
  return (
    `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="${provider}"/>` +
    `<EventID>${id}</EventID><TimeCreated SystemTime="${time(second)}"/><EventRecordID>${900 + second}</EventRecordID>` +
    `<Execution ProcessID="${process}" ThreadID="1"/><Channel>${channel}</Channel><Computer>${COMPUTER}</Computer>` +
    `<Security${user ? ` UserID="${user}"` : ""}/></System>` +
    (userData ?? `<EventData>${values}</EventData>`) +
    `</Event>\r\n`
  );
}

const OPERATIONAL = "Microsoft-Windows-PowerShell/Operational";
const engine = (/** @type {string} */ version, /** @type {string} */ application) =>
  `\tNewEngineState=Available\r\n\tPreviousEngineState=None\r\n\r\n\tSequenceNumber=13\r\n\r\n\tHostName=ConsoleHost\r\n` +
  `\tHostVersion=${version}\r\n\tHostApplication=${application}\r\n\tEngineVersion=${version}\r\n\tRunspaceId=1`;
const contextInfo =
  `        Severity = Informational\r\n        Host Name = ConsoleHost\r\n        Host Version = 5.1.19041.1\r\n` +
  `        Host Application = ${ENCODED}\r\n        Engine Version = 5.1.19041.1\r\n        Command Name = Get-Date\r\n` +
  `        User = CORP\\jane\r\n`;

const log = [
  event(400, "PowerShell", "Windows PowerShell", 1, [
    [null, "Available"],
    [null, "None"],
    [null, engine("2.0", "powershell -version 2 -c whoami")],
  ]),
  event(600, "PowerShell", "Windows PowerShell", 2, [
    [null, "Registry"],
    [null, "Started"],
    [null, `ProviderName=Registry\r\n${engine("5.1.19041.1", ENCODED)}`],
  ]),
  event(40961, "Microsoft-Windows-PowerShell", OPERATIONAL, 3, [], { user: SID }),
  event(4688, "Microsoft-Windows-Security-Auditing", "Security", 4, [
    ["SubjectUserSid", SID],
    ["SubjectUserName", "jane"],
    ["SubjectDomainName", "CORP"],
    ["NewProcessId", "0x1092"],
    ["NewProcessName", "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"],
    ["CommandLine", ENCODED],
  ]),
  event(1, "Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", 5, [
    ["Image", "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"],
    ["ProcessId", "4242"],
    ["User", "CORP\\jane"],
    ["CommandLine", "powershell.exe -File C:\\temp\\<b>x</b>.ps1"],
  ]),
  event(
    4105,
    "Microsoft-Windows-PowerShell",
    OPERATIONAL,
    6,
    [
      ["ScriptBlockId", "b1"],
      ["RunspaceId", "1"],
    ],
    { user: SID },
  ),
  `${eventXml({ text: "Enable-PSRemoting -Force", time: time(7), computer: COMPUTER, user: SID, record: 7, scriptBlockId: "b1" })}\r\n`,
  event(
    4103,
    "Microsoft-Windows-PowerShell",
    OPERATIONAL,
    8,
    [
      ["ContextInfo", contextInfo],
      ["UserData", ""],
      ["Payload", 'CommandInvocation(Get-Date): "Get-Date"'],
    ],
    { user: SID },
  ),
  event(800, "PowerShell", "Windows PowerShell", 9, [
    [null, "Get-Process lsass"],
    [null, `DetailSequence=1\r\nUserId=CORP\\jane\r\n${engine("5.1.19041.1", ENCODED)}`],
    [null, ""],
  ]),
  `${eventXml({ text: "Get-Process lsass", time: time(10), computer: COMPUTER, user: SID, record: 10, scriptBlockId: "b2" })}\r\n`,
  event(403, "PowerShell", "Windows PowerShell", 11, [
    [null, "Stopped"],
    [null, "Available"],
    [null, engine("5.1.19041.1", ENCODED)],
  ]),
  event(1102, "Microsoft-Windows-Eventlog", "Security", 12, [], {
    userData: `<UserData><LogFileCleared xmlns="http://manifests.microsoft.com/win/2004/08/windows/eventlog"><SubjectUserSid>${SID}</SubjectUserSid><SubjectUserName>jane</SubjectUserName><SubjectDomainName>CORP</SubjectDomainName></LogFileCleared></UserData>`,
  }),
  event(104, "Microsoft-Windows-Eventlog", "System", 13, [], {
    userData: `<UserData><LogFileCleared xmlns="http://manifests.microsoft.com/win/2004/08/windows/eventlog"><SubjectUserName>jane</SubjectUserName><SubjectDomainName>CORP</SubjectDomainName><Channel>Windows PowerShell</Channel></LogFileCleared></UserData>`,
  }),
].join("");

test("context is beside the script blocks, with decoded command lines and the downgrade", async () => {
  const { page, errors } = await open(published);
  await choose(page, file("context.xml", log));
  await ended(page);
  await page.keyboard.press("j");
  await eventually(async () => {
    const items = await texts(page, "scope-detail .near li");
    const times = items.map((item) => item.slice(0, 23));
    assert.deepEqual(times, [...times].sort(), "in the order of time");
    const all = items.join("\n");
    for (const words of [
      "PowerShell 2.0: a downgrade, which logs no script blocks",
      "powershell -version 2 -c whoami",
      "Write-Host hidden",
      "console start",
      "block start",
      "Get-Process lsass",
      "<b>x</b>.ps1",
      "Security cleared by CORP\\jane",
    ])
      assert.ok(all.includes(words), `${words} in\n${all}`);
  });
  assert.deepEqual(errors, []);
});

test("the account's name is in place of its SID", async () => {
  const { page, errors } = await open(published);
  await choose(page, file("context.xml", log));
  await ended(page);
  const named = () => document.querySelector("scope-results td.user")?.textContent === "CORP\\jane";
  await until(page, "the results name the account", named);
  await page.keyboard.press("j");
  await eventually(async () =>
    assert.match(await page.locator("scope-detail .line-of-facts").innerText(), /CORP\\jane/),
  );
  await page.getByRole("button", { name: /^users/ }).click();
  await eventually(async () => assert.deepEqual(await texts(page, "scope-risk .object > .row .name"), ["CORP\\jane"]));
  await page.locator("scope-risk .object > .row").click();
  await until(page, "a chip names the account", () =>
    document.querySelector(".chip")?.textContent?.startsWith("CORP\\jane"),
  );
  await page.getByLabel("Lanes by").selectOption("user");
  await until(page, "the lane names the account", () =>
    document.querySelector("scope-lanes .names .name")?.textContent?.startsWith("CORP\\jane"),
  );
  await page.locator("#tab-blocks").click();
  await until(
    page,
    "the list names the account",
    () => document.querySelector("scope-blocks td.user")?.textContent === "CORP\\jane",
  );
  await page.locator("#tab-story").click();
  await eventually(async () =>
    assert.match(await page.locator("scope-story tr.act").first().innerText(), /CORP\\jane/),
  );
  assert.deepEqual(errors, []);
});

test("events beside script blocks are counted where they are listed, and script blocks in the view's name", async () => {
  const { page, errors } = await open(published, { view: "blocks" });
  await choose(page, file("log.xml", log));
  await ended(page);
  const counts = (/** @type {string} */ wanted) =>
    until(
      page,
      `the chips show ${wanted}`,
      (pattern) => new RegExp(pattern).test(document.querySelector(".n-of-n")?.textContent ?? ""),
      { argument: wanted },
    );
  await counts("^(\\d+) of \\1 script blocks?$");
  const [tab] = await texts(page, "#tab-blocks");
  await page.getByLabel("Which script blocks").selectOption("events");
  await counts("^(\\d+) of \\1 events$");
  await page.locator("scope-blocks .others li").first().waitFor();
  await eventually(async () => assert.deepEqual(await texts(page, "#tab-blocks"), [tab]));
  await page.getByLabel("Which script blocks").selectOption("");
  await counts("^(\\d+) of \\1 script blocks?$");
  assert.deepEqual(errors, []);
});

test("a computer whose results have no score shows them, and many pipelines are one line", async () => {
  const pipelines = Array.from({ length: 6 }, (_, i) =>
    event(4103, "Microsoft-Windows-PowerShell", OPERATIONAL, 11 + i, [
      ["ContextInfo", contextInfo],
      ["Payload", `CommandInvocation(${i < 5 ? "Get-Random" : "Get-Date"}): "x"`],
    ]),
  );
  const script = event(4104, "Microsoft-Windows-PowerShell", OPERATIONAL, 10, [
    ["MessageNumber", "1"],
    ["MessageTotal", "1"],
    ["ScriptBlockText", "Get-ADUser -Filter *"],
    ["ScriptBlockId", "11111111-0000-4000-8000-000000000001"],
  ]);
  const { page, errors } = await open(published, { view: "story" });
  await choose(page, file("log.xml", [script, ...pipelines].join("")));
  await ended(page);
  await page.locator("scope-risk .unscored button, scope-risk button.unscored").first().click();
  await counted(page, "1 of 1 act");
  await page.keyboard.press("j");
  const folded = page.locator("scope-detail .pipelines summary");
  await eventually(async () => assert.equal(await folded.innerText(), "6 pipeline events: Get-Random 5×, Get-Date"));
  await folded.click();
  await page.locator("scope-detail .pipelines li").nth(5).waitFor();
  assert.deepEqual(errors, []);
});
