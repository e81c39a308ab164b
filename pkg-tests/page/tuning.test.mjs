// Rules and the allow-list with the real engine: changes, and their effects.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { choose, drop, ended, eventually, file, folder, open, published, settled, texts, until } from "./support.mjs";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const REMOTING = "PowerShell Enable PowerShell Remoting";

/** @typedef {import("playwright-core").Page} Page */

/** Opens a page that has read a log of three machines. */
async function read() {
  const opened = await open(published);
  const events = ["FS03", "WS17", "WS18"].map((computer) => ({ text: "Enable-PSRemoting -Force", computer }));
  await choose(opened.page, file("log.xml", eventsXml(events)));
  await ended(opened.page);
  return opened;
}

/** @param {Page} page @param {RegExp} wanted */
const counted = (page, wanted) =>
  until(
    page,
    `the count matches ${wanted}`,
    (source) => new RegExp(source).test(document.querySelector(".n-of-n")?.textContent ?? ""),
    { argument: wanted.source },
  );

/** @param {Page} page @param {string} title */
async function openRule(page, title) {
  await page.keyboard.press("r");
  await page.getByRole("searchbox", { name: "Filter rules" }).fill(title);
  await page.locator("scope-rules tbody .row", { hasText: title }).first().click();
  await page.locator("scope-rule h3", { hasText: title }).waitFor();
}

/** @param {Page} page @param {import("playwright-core").Locator} button */
async function saved(page, button) {
  const download = page.waitForEvent("download");
  await button.click();
  return readFileSync(await (await download).path(), "utf8");
}

test("an allow-list entry is previewed, hides and counts results, and is removed", async () => {
  const { page, errors } = await read();
  await counted(page, /^3 of 3 /);
  const before = await texts(page, "scope-risk .object > .row .score");
  await page.locator("scope-results tr.result", { hasText: "FS03" }).click();
  await page.keyboard.press("x");
  await page.getByRole("radio", { name: "this computer" }).check();
  await page.getByText("This would hide 1 result").waitFor();
  await eventually(async () =>
    assert.match((await texts(page, "scope-expect .preview"))[0] ?? "", /risk of FS03\S* \d+ → 0/),
  );
  await page.getByRole("button", { name: "Hide 1 result" }).click();
  await counted(page, /^2 of 3 /);
  await until(page, "FS03 has no score", () =>
    document.querySelector("scope-risk .unscored")?.textContent?.startsWith("FS03"),
  );
  await eventually(async () =>
    assert.ok(
      before.length > (await texts(page, "scope-risk .object > .row .score")).length,
      "no risk of what is expected",
    ),
  );
  await eventually(async () => assert.match((await texts(page, "scope-chips .chip"))[0] ?? "", /without 1 hidden/));
  await page.locator("scope-chips .chip", { hasText: "without 1 hidden" }).click();
  await counted(page, /^3 of 3 /);
  await eventually(async () => assert.equal((await texts(page, "scope-results tr.suppressed .note-mark")).length, 1));

  // It is stored, and the page says so.
  await page.reload();
  await page.waitForSelector("html.ready", { state: "attached" });
  await choose(page, file("log.xml", eventsXml([{ text: "Enable-PSRemoting -Force", computer: "FS03" }])));
  await counted(page, /^0 of 1 /);
  await page.keyboard.press("r");
  await page.getByRole("tab", { name: /Allow-list 1/ }).click();
  await eventually(async () => assert.match((await texts(page, "scope-allow .note"))[0] ?? "", /Kept in this browser/));

  for (const [name, wanted] of /** @type {const} */ ([
    ["Save as a file", /"format": ?"scriptscope.allowList"/],
    ["Splunk filter macros", /definition: .*FS03/],
    ["Sigma filters", /filter:/],
  ])) {
    await eventually(async () => assert.match(await saved(page, page.getByRole("button", { name })), wanted));
  }
  await page.getByRole("button", { name: /^Remove / }).click();
  await counted(page, /^1 of 1 /);
  assert.deepEqual(errors, []);
});

test("an invalid condition is refused and hides nothing", async () => {
  const { page } = await read();
  await page.locator("scope-results tr.result").first().click();
  await page.keyboard.press("x");
  await page.getByLabel("Condition, as a search").fill('Computer="FS03');
  await page.locator("scope-expect .preview .fault").waitFor();
  await eventually(async () => assert.equal(await page.locator("scope-expect .buttons .first").isDisabled(), true));
  await page.keyboard.press("Escape");
  await counted(page, /^3 of 3 /);
});

test("a saved allow-list is loaded, and another file is refused", async () => {
  const { page } = await read();
  await page.keyboard.press("r");
  await page.getByRole("tab", { name: /Allow-list/ }).click();
  const input = page.locator("scope-allow input[type=file]");
  const entries = [{ name: "file servers", rule: null, search: 'Computer="FS*"' }];
  const list = JSON.stringify({ format: "scriptscope.allowList", version: 1, entries });
  await input.setInputFiles({ name: "list.json", mimeType: "application/json", buffer: Buffer.from(list) });
  await page.getByText("1 entry loaded.").waitFor();
  await counted(page, /^2 of 3 /);
  await input.setInputFiles({ name: "list.json", mimeType: "application/json", buffer: Buffer.from("[1]") });
  await page.getByText(/Not loaded/).waitFor();
  await counted(page, /^2 of 3 /);
});

test("rules are listed before anything is opened", async () => {
  const { page, errors } = await open(published);
  await page.getByRole("button", { name: "Rules", exact: true }).click();
  await page.locator("scope-rules tbody tr").first().waitFor();
  await eventually(async () => assert.match((await texts(page, "scope-rules .note"))[0] ?? "", /^\d\d+ rules/));
  await eventually(async () => assert.equal((await page.locator("scope-rules tbody tr").count()) > 50, true));
  await page.keyboard.press("Escape");
  await page.getByText("Drop logs or folders").waitFor();
  assert.deepEqual(errors, []);
});

test("an invalid stored allow-list is reported and does not prevent reading", async () => {
  const { page, errors } = await open(published);
  await page.evaluate(() => {
    const entries = [{ name: "old", rule: null, search: 'Computer="' }];
    localStorage.setItem("scriptscope.allowList", JSON.stringify(entries));
  });
  await page.reload();
  await page.waitForSelector("html.ready", { state: "attached" });
  await choose(page, file("log.xml", eventsXml([{ text: "Enable-PSRemoting -Force" }])));
  await counted(page, /^1 of 1 /);
  await page.locator("scope-files .problem", { hasText: "the allow-list cannot be read" }).waitFor();
  assert.deepEqual(errors, []);
});

test("a rule added before any log is shown with its text", async () => {
  const { page } = await open(published);
  const rule = [
    "name: Any remoting",
    "id: 0f1c2a30-aaaa-4bbb-8ccc-1234567890ab",
    'search: EventCode=4104 ScriptBlockText="*PSRemoting*"',
  ].join("\n");
  writeFileSync(join(folder, "own.yml"), rule);
  await drop(page, join(folder, "own.yml"));
  await page.locator("scope-rules tbody .row", { hasText: "Any remoting" }).click();
  await page.locator("scope-rule", { hasText: "Any remoting" }).getByText("Edit this rule").click();
  await eventually(async () => assert.equal(await page.getByLabel("Text of the rule").inputValue(), rule));
});

test("a rule that is switched off finds nothing until it is on again", async () => {
  const { page } = await read();
  await openRule(page, REMOTING);
  await eventually(async () =>
    assert.match((await texts(page, "scope-rule .found"))[0] ?? "", /3 script blocks matched, 3 rows/),
  );
  await page.getByRole("checkbox", { name: `${REMOTING} runs` }).uncheck();
  await counted(page, /^0 of 0 /);
  await page.locator("scope-rules .state", { hasText: "off" }).waitFor();
  await page.getByRole("checkbox", { name: `${REMOTING} runs` }).check();
  await counted(page, /^3 of 3 /);
});

test("an edited rule shows errors with their position, and its new results", async () => {
  const { page, errors } = await read();
  await openRule(page, REMOTING);
  await page.getByText("Edit this rule").click();
  const text = page.getByLabel("Text of the rule");
  await eventually(async () => assert.match(await text.inputValue(), /Enable-PSRemoting/));
  const original = await text.inputValue();
  await text.fill(original.replace(/stats /, "stast "));
  await page.locator("scope-editor .faults").waitFor();
  await eventually(async () =>
    assert.match((await texts(page, "scope-editor .faults"))[0] ?? "", /line \d+, column \d+/),
  );
  await page.getByRole("button", { name: "Run it on the loaded logs" }).click();
  await counted(page, /^3 of 3 /);

  await text.fill(original.replaceAll("Enable-PSRemoting", "Disable-PSRemoting"));
  await page.keyboard.press("Control+Enter");
  await page.getByText("Script blocks matched: 3 before, 0 now.").waitFor();
  await counted(page, /^0 of 0 /);
  await page.getByRole("button", { name: "Undo changes" }).click();
  await counted(page, /^3 of 3 /);
  await eventually(async () => assert.equal(await text.inputValue(), original));
  assert.deepEqual(errors, []);
});

test("dropped rule files are added, and refused ones show the reason", async () => {
  const { page } = await read();
  const sigma = [
    "title: Any remoting",
    "id: 0f1c2a30-aaaa-4bbb-8ccc-1234567890ab",
    "logsource: { product: windows, category: ps_script }",
    "detection:",
    "  selection: { ScriptBlockText|contains: PSRemoting }",
    "  condition: selection",
    "level: high",
  ].join("\n");
  const good = join(folder, "any.yml");
  const bad = join(folder, "look-ahead.yml");
  writeFileSync(good, sigma);
  writeFileSync(
    bad,
    sigma
      .replace("Any remoting", "Look ahead")
      .replace("0f1c2a30", "0f1c2a31")
      .replace("contains: PSRemoting", "re: 'a(?=b)'"),
  );
  await drop(page, good, bad);
  await page.locator("scope-rules tbody .row", { hasText: "Any remoting" }).waitFor();
  await counted(page, /^6 of 6 /);
  await page.locator("scope-rules tbody .row", { hasText: "Look ahead" }).click();
  await page.locator("scope-rule .fault", { hasText: "Refused." }).waitFor();
  await page.getByRole("button", { name: "undo all changes" }).click();
  await counted(page, /^3 of 3 /);
});

test("a rule that cannot match is counted apart and says why", async () => {
  const { page } = await read();
  const typo = join(folder, "typo.yml");
  const search = "`powershell` EventCode=4104 ScriptBlocktext=*a* | stats count by Computer";
  writeFileSync(typo, `name: Misspelt\nid: misspelt\ntype: TTP\nsearch: '${search}'\n`);
  await drop(page, typo);
  await page.locator("scope-rules tbody .row", { hasText: "Misspelt" }).click();
  await page.locator("scope-rule .fault", { hasText: "did you mean ScriptBlockText?" }).waitFor();
  await page
    .locator("scope-rules tr", { hasText: "Misspelt" })
    .locator(".state", { hasText: "cannot match" })
    .waitFor();
  await page.locator("scope-rules", { hasText: "1 cannot match" }).waitFor();
});

test("a rule is saved in the formats of other tools", async () => {
  const { page } = await read();
  await openRule(page, REMOTING);
  for (const [name, wanted] of /** @type {const} */ ([
    ["Splunk search", /Enable-PSRemoting/],
    ["Sigma", /detection:/],
    ["YAML", /^name: /m],
  ])) {
    const button = page.locator("scope-rule .forms").getByRole("button", { name, exact: true });
    await eventually(async () => assert.match(await saved(page, button), wanted));
  }
});

test("the views of a script are shown with their matches", async () => {
  const { page, errors } = await open(published);
  const inner = Buffer.from("Enable-PSRemoting -Force -SkipNetworkProfileCheck", "utf16le").toString("base64");
  const text = `powershell.exe -EncodedCommand ${inner}\r\nEnable-PSRemoting`;
  await choose(page, file("log.xml", eventsXml([{ text }])));
  await ended(page);
  await page.locator("scope-results tr.result", { hasText: "" }).first().click();
  await page.waitForSelector("scope-script .row");
  const views = await eventually(async () => {
    const views = await texts(page, "scope-detail .views button");
    assert.match(views.join(), /^original.*layer 1/);
    return views;
  });
  const shown = () => page.locator("scope-script > .text").evaluate((one) => one.textContent ?? "");
  await eventually(async () => assert.match(await shown(), /EncodedCommand/));
  for (let step = 0; step < views.length && !(await shown()).startsWith("Enable-PSRemoting -Force -Skip"); step += 1) {
    await page.keyboard.press("v");
    await settled(page);
  }
  await eventually(async () => assert.match(await shown(), /^Enable-PSRemoting -Force -Skip/));
  await page.locator("scope-detail .steps summary", { hasText: "made in 1 step" }).click();
  await eventually(async () =>
    assert.deepEqual(await texts(page, "scope-detail .steps li"), [
      `${inner} is Enable-PSRemoting -Force -SkipNetworkProfileCheck`,
    ]),
  );
  assert.deepEqual(errors, []);
});

test("a view lists the first of its steps, as text, and counts the others", async () => {
  const { page, errors } = await open(published);
  const joined = Array.from({ length: 23 }, (_, at) => `$a${at} = '<b>${at}</b>'+'!'`);
  const text = `Enable-PSRemoting\r\n${joined.join("\r\n")}\r\n`;
  await choose(page, file("log.xml", eventsXml([{ text }])));
  await ended(page);
  await page.locator("scope-results tr.result").first().click();
  await page.waitForSelector("scope-script .row");
  await eventually(async () =>
    assert.equal(await page.locator("scope-detail .steps details").count(), 0, "the script itself was not made"),
  );
  await page.locator("scope-detail .views button", { hasText: "plain" }).click();
  await page.locator("scope-detail .steps summary", { hasText: "made in 23 steps" }).click();
  await eventually(async () => {
    const steps = await texts(page, "scope-detail .steps li");
    assert.equal(steps.length, 20);
    assert.equal(steps[0], "'<b>0</b>'+'!' is '<b>0</b>!'");
  });
  await eventually(async () => assert.equal((await texts(page, "scope-detail .steps p")).join(), "and 3 more"));
  await page.locator("scope-detail .views button", { hasText: "original" }).click();
  await eventually(async () => assert.equal(await page.locator("scope-detail .steps details").count(), 0));
  assert.deepEqual(errors, []);
});
