// Working with results: by pointer, by keyboard, filters, annotations, texts loaded on demand.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { choose, counted, ended, eventually, file, open, standIn, texts, until } from "./support.mjs";

async function sample() {
  const opened = await open(standIn());
  await opened.page.getByText("Try the sample").click();
  await ended(opened.page);
  return opened;
}

const selected = (/** @type {import("playwright-core").Page} */ page) =>
  page.locator("scope-results tr[aria-selected=true]").getAttribute("data-id");

test("everything can be done by keyboard", async () => {
  const { page, errors } = await sample();
  await page.keyboard.press("j");
  const first = await selected(page);
  await page.keyboard.press("j");
  await eventually(async () => assert.notEqual(await selected(page), first));
  await page.keyboard.press("k");
  await eventually(async () => assert.equal(await selected(page), first));

  await page.keyboard.press("Enter");
  await eventually(async () => assert.equal(await page.locator("html.wide-detail").count(), 1));
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement?.className), "text"));
  await page.keyboard.press("Escape");
  await eventually(async () => assert.equal(await page.locator("html.wide-detail").count(), 0));
  await eventually(async () =>
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-id")), first),
  );

  await page.keyboard.press("s");
  await page.waitForSelector("scope-results .star");
  await page.keyboard.press("n");
  await page.keyboard.type("ask Mara");
  await page.keyboard.press("Escape");
  await page.waitForSelector("scope-results .note-mark");

  await page.keyboard.press("/");
  await page.keyboard.type("psremoting adm02");
  await counted(page, "1 of 8 results");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await counted(page, "8 of 8 results");

  for (const [key, place] of [
    ["h", "scope-risk"],
    ["f", "scope-files"],
    ["s", "scope-story"],
    ["a", "scope-attack"],
    ["r", "scope-results"],
    ["t", "scope-lanes"],
  ]) {
    await page.keyboard.press("g");
    await page.keyboard.press(key ?? "");
    const isIn = (/** @type {string} */ one) => document.activeElement?.closest(one) !== null;
    await until(page, `the focus is in ${place}`, isIn, { argument: place ?? "" });
  }
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.waitForSelector("#keys:popover-open");
  await page.keyboard.press("Escape");
  await eventually(async () => assert.equal(await page.locator("#keys:popover-open").count(), 0));
  assert.deepEqual(errors, []);
});

test("the story groups results into acts, which open, and the matrix filters", async () => {
  const { page, errors } = await open(standIn(), { view: "story" });
  const texts = ["Enable-PSRemoting", "Enable-PSRemoting # DownloadString"];
  const events = [...texts.map((text) => ({ text })), { text: "Set-MpPreference", computer: "FS04" }];
  await choose(page, file("log.xml", (await import("../../scripts/events.mjs")).eventsXml(events)));
  await ended(page);
  await page.locator("scope-story .act").first().waitFor();
  const acts = await eventually(async () => {
    const acts = await page.locator("scope-story .act").count();
    assert.match(await page.locator("scope-chips .n-of-n").innerText(), new RegExp(`^${acts} of ${acts} acts`));
    return acts;
  });
  await page.keyboard.press("j");
  await page.waitForSelector("scope-script .row");
  const opener = page.locator("scope-story .open").first();
  await opener.click();
  await page.locator("scope-story .result").nth(1).waitFor();
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement?.textContent), "close"));
  await page.getByRole("tab", { name: /ATT&CK/ }).click();
  await page.locator("scope-attack .cell", { hasText: "T1105" }).click();
  await until(page, "a chip names the technique", () =>
    document.querySelector("scope-chips .chip")?.textContent?.includes("T1105"),
  );
  await page.goBack();
  await until(page, "Back shows the story", () => document.querySelector("scope-story:not([hidden])") !== null);
  await eventually(async () => assert.match(await page.evaluate(() => location.hash), /view=story/));
  await eventually(async () => assert.doesNotMatch(await page.evaluate(() => location.hash), /T1105/));
  await eventually(async () => assert.ok((await page.locator("scope-story .act").count()) < acts));
  assert.deepEqual(errors, []);
});

test("redrawn lists keep the pressed and the focused element", async () => {
  const { page } = await sample();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-key"));
  await page.locator("scope-files button.row").first().focus();
  const key = await eventually(async () => {
    const key = await focused();
    assert.ok(key);
    return key;
  });
  await page.keyboard.press("Enter");
  await page.waitForSelector("scope-files .details");
  await eventually(async () => assert.equal(await focused(), key));

  const why = page.locator("scope-risk .why").first();
  const box = await why.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 5, box.y + 5);
  await page.mouse.down();
  await page.keyboard.press("/");
  await page.keyboard.type("psremoting adm02");
  await counted(page, "1 of ");
  await page.mouse.up();
  await page.waitForSelector("scope-risk .sum");
  await until(page, "the risk in view is named", () =>
    document.querySelector("scope-risk .note")?.textContent?.includes("in view"),
  );
});

test("in stacked panels a click opens a result, and Back returns to its row", async () => {
  const { page } = await open(standIn(), { viewport: { width: 420, height: 800 } });
  await page.getByText("Try the sample").click();
  await ended(page);
  const top = (/** @type {string} */ one) =>
    page.locator(one).evaluate((element) => element.getBoundingClientRect().top);
  const row = "scope-results tr.result:nth-child(3)";
  await page.locator(row).first().click();
  await eventually(async () => assert.equal(Math.round(await top("scope-detail")), 0));
  await page.getByRole("button", { name: "back to the results" }).click();
  await eventually(async () => {
    const at = await top("scope-results tr[aria-selected=true]");
    assert.ok(at >= 0 && at < 800, `its row is ${at} pixels from the top`);
  });
});

test("a click narrows, removing a chip widens, and n of N is shown", async () => {
  const { page } = await sample();
  const n = () => page.locator("scope-chips .n-of-n").innerText();
  await eventually(async () => assert.equal(await n(), "8 of 8 results"));
  await page.locator("scope-risk .object > .row").first().click();
  await counted(page, "3 of 8");
  await page.locator("scope-lanes .legend .critical").click();
  await counted(page, "1 of 8");
  await eventually(async () =>
    assert.deepEqual(
      (await texts(page, "scope-chips .chip bdi")).map((one) => one.toLowerCase()),
      ["ws17.corp.example", "critical"],
    ),
  );
  await page.locator("scope-chips .chip").first().click();
  await counted(page, "2 of 8");
  await page.locator("scope-chips .chip").first().click();
  await counted(page, "8 of 8");
});

test("a range of time is brushed or typed", async () => {
  const { page } = await sample();
  const plot = await page.locator("scope-lanes .plot").boundingBox();
  assert.ok(plot);
  await page.mouse.move(plot.x + 1, plot.y + 30);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width / 2, plot.y + 30, { steps: 4 });
  await page.mouse.up();
  await until(page, "the range narrows the results", () =>
    /^[1-6] of 8/.test(document.querySelector("scope-chips .n-of-n")?.textContent ?? ""),
  );
  await page.getByLabel("From", { exact: true }).fill("2026-08-08 06:58");
  await page.getByLabel("Before", { exact: true }).fill("2026-08-08 07:00");
  await page.keyboard.press("Enter");
  await counted(page, "3 of 8 results");
  await page.getByLabel("From", { exact: true }).fill("yesterday");
  await page.keyboard.press("Enter");
  await eventually(async () =>
    assert.equal(
      await page
        .getByLabel("From", { exact: true })
        .evaluate((one) => /** @type {HTMLInputElement} */ (one).validity.valid),
      false,
    ),
  );
});

test("a score opens into its events, and an event opens its result", async () => {
  const { page } = await sample();
  await page.locator("scope-risk .why").first().click();
  await until(page, "the sum is open", () => document.querySelector("scope-risk .sum .row .score") !== null);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-risk .sum .row .score"), ["90", "60", "25"]));
  await eventually(async () =>
    assert.deepEqual(await texts(page, "scope-risk .sum .total"), ["175 each rule once", "175 the sum"]),
  );
  await page.locator("scope-risk .sum .row").nth(1).click();
  await until(page, "the result is open", () =>
    /Download cradle/.test(document.querySelector("scope-detail h3")?.textContent ?? ""),
  );
  await eventually(async () =>
    assert.match(
      (await texts(page, "scope-detail .about section"))[0] ?? "",
      /60.* against system WS17\.corp\.example, whose sum is 175/i,
    ),
  );
});

test("texts stay in the worker until a result is opened, and are searched there", async () => {
  const { page } = await open(standIn());
  const marker = "needle-in-the-text";
  await choose(
    page,
    file(
      "log.xml",
      (await import("../../scripts/events.mjs")).eventsXml([
        { text: `# ${marker}\r\nEnable-PSRemoting` },
        { text: "Enable-PSRemoting -Force" },
      ]),
    ),
  );
  await ended(page);
  await eventually(async () =>
    assert.equal(await page.evaluate((one) => document.body.textContent?.includes(one), marker), false),
  );
  await page.locator("#search").fill(marker);
  await counted(page, "1 of 2 results");
  await page.locator("scope-results tr.result").click();
  await until(
    page,
    "the text is loaded",
    (one) => document.querySelector("scope-script > .text")?.textContent?.includes(one),
    { argument: marker },
  );
});

test("columns sort, groups fold, and grouping can be changed", async () => {
  const { page } = await sample();
  await page.getByLabel("Group results").selectOption("none");
  await until(page, "groups are off", () => document.querySelectorAll("scope-results tbody.group").length === 0);
  await page.getByRole("button", { name: "Computer", exact: true }).click();
  await until(page, "ADM02 is first", () =>
    document.querySelector("scope-results td.computer")?.textContent?.startsWith("ADM02"),
  );
  await page.getByRole("button", { name: "Computer", exact: true }).click();
  await until(page, "WS17 is first", () =>
    document.querySelector("scope-results td.computer")?.textContent?.startsWith("WS17"),
  );
  await page.getByLabel("Group results").selectOption("computer");
  await until(page, "four groups are drawn", () => document.querySelectorAll("scope-results tbody.group").length === 4);
  await page.locator("scope-results .fold").first().click();
  await until(page, "the group is folded", () => document.querySelectorAll("scope-results tr.result").length < 8);
});

test("the report is saved from file: too", async () => {
  const { page } = await sample();
  for (const [format, words] of [
    ["json", "Report as JSON"],
    ["csv", "Results as CSV"],
  ]) {
    await page.getByRole("button", { name: "Export", exact: true }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: words }).click();
    const saved = await download;
    assert.equal(saved.suggestedFilename(), `scriptscope-report.${format}`);
    await eventually(async () => assert.ok(readFileSync(await saved.path(), "utf8").length > 10));
  }
});

test("panels are resized by key and keep their size", async () => {
  const { page } = await sample();
  const width = () => page.locator("scope-risk").evaluate((one) => one.clientWidth);
  const before = await width();
  await page.getByRole("separator", { name: "Width of risk and files" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await eventually(async () => assert.ok((await width()) >= before + 40));
});
