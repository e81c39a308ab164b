// A case on the published page: decisions by keys, undo, the case file saved and opened again, reports, the warning.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { eventsXml } from "../../scripts/events.mjs";
import { accessible, LOOKS } from "./accessible.mjs";
import { choose, ended, eventually, file, folder, open, published, until } from "./support.mjs";

const log = file(
  "log.xml",
  eventsXml([{ text: "Enable-PSRemoting -Force" }, { text: "Set-MpPreference -DisableRealtimeMonitoring $true" }]),
);

const verdicts = (/** @type {import("playwright-core").Page} */ page) =>
  page.locator("scope-results .verdict").allTextContents();

/** Clicks, and returns the file that is saved. @param {import("playwright-core").Page} page @param {string} name */
async function saved(page, name) {
  const download = page.waitForEvent("download");
  await page.locator("case-view").getByRole("button", { name, exact: true }).click();
  const path = join(folder, (await download).suggestedFilename());
  await (await download).saveAs(path);
  return path;
}

test("decisions are made by keys, undone, saved, and opened with the logs", async () => {
  const { page, errors } = await open(published);
  const asked = [];
  page.on("dialog", (dialog) => (asked.push(dialog.type()), dialog.accept()));
  await choose(page, log);
  await ended(page);
  await page.keyboard.press("j");
  await page.keyboard.press("1");
  await until(page, "the verdict is shown", () => document.querySelectorAll("scope-results .verdict").length === 1);
  await page.keyboard.press("j");
  await page.keyboard.press("3");
  await page.keyboard.press("u");
  await page.keyboard.press("2");
  await page.keyboard.press("a");
  await until(page, "two verdicts are shown", () => document.querySelectorAll("scope-results .verdict").length === 2);
  await eventually(async () => assert.deepEqual(await verdicts(page), ["hostile", "unclear"]));

  await page.locator("#tab-case").click();
  await page.fill("#case-name", "Two <b>");
  await page.fill("#case-author", "kim");
  await page.fill("#case-note", "look at it");
  await until(page, "the report is shown", () =>
    Boolean(document.querySelector("case-view report-view")?.shadowRoot?.textContent?.includes("What was decided")),
  );
  const path = await saved(page, "Save case");
  const own = JSON.parse(readFileSync(path, "utf8"));
  assert.equal(own.name, "Two <b>");
  assert.match(own.sources[0].sha256, /^[0-9a-f]{64}$/);
  const marks = /** @type {any[]} */ (Object.values(own.marks));
  assert.deepEqual(marks.map(({ verdict, by, toReport }) => [verdict, by, toReport]).sort(), [
    ["hostile", "kim", false],
    ["unclear", "kim", true],
  ]);
  const reportPath = await saved(page, "Report as HTML");
  const report = readFileSync(reportPath, "utf8");
  for (const looks of LOOKS) {
    const context = await page.context().browser()?.newContext(looks);
    const reader = await context?.newPage();
    assert.ok(reader);
    await reader.goto(pathToFileURL(reportPath).href);
    await accessible(reader, `the report, ${Object.values(looks).join(", ")}`);
    await context?.close();
  }
  assert.ok(report.includes("1 item is marked hostile") && report.includes(own.sources[0].sha256));
  await page.emulateMedia({ media: "print" });
  const words = (/** @type {string | null | undefined} */ text) => text?.replace(/\s+/g, " ").trim();
  const printed = () => document.querySelector("report-print")?.shadowRoot?.textContent;
  await until(page, "the report is on paper", () =>
    document.querySelector("report-print")?.shadowRoot?.querySelector("h2"),
  );
  const alone = await page.context().newPage();
  await alone.setContent(report);
  await eventually(async () =>
    assert.equal(words(await page.evaluate(printed)), words(await alone.evaluate(() => document.body.textContent))),
  );
  await alone.close();
  await page.emulateMedia({ media: "screen" });
  await page.reload();
  assert.deepEqual(asked, []);

  const other = await open(published);
  const opened = { name: "two.case.json", mimeType: "application/json", buffer: readFileSync(path) };
  await choose(other.page, /** @type {any} */ (opened), log);
  await ended(other.page);
  await until(
    other.page,
    "the verdicts are back",
    () => document.querySelectorAll("scope-results .verdict").length === 2,
  );
  await eventually(async () => assert.equal(await other.page.locator("case-name").innerText(), "case Two <b>"));
  /** @type {string[]} */
  const warned = [];
  other.page.on("dialog", (dialog) => (warned.push(dialog.type()), dialog.accept()));
  await other.page.locator("scope-results tr.result").first().click();
  await other.page.keyboard.press("s");
  await other.page.reload();
  assert.deepEqual(warned, ["beforeunload"]);
  assert.deepEqual([...errors, ...other.errors], []);
});

test("a case of other logs says which are missing, and a damaged one why it cannot be opened", async () => {
  const { page, errors } = await open(published);
  const missing = '{"format":"scriptscope.case","version":1,"sources":[{"name":"gone.evtx","bytes":5}]}';
  await choose(page, file("a.case.json", missing), log);
  await ended(page);
  await page.locator("#tab-case").click();
  await page.locator("case-view .said .error").first().waitFor();
  await eventually(async () =>
    assert.match(await page.locator("case-view .said").innerText(), /gone\.evtx: the case was made with this log/),
  );
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Open a case" }).click();
  await (await chooser).setFiles([file("b.json", '{"format":"scriptscope.case","version":9}')]);
  await eventually(async () => assert.match(await page.locator("dialog[open] p").innerText(), /version: it is 9/));
  assert.deepEqual(errors, []);
});
