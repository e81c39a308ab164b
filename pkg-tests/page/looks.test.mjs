// Accessibility and layout: screen readers, narrow, zoomed, dark and printed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, LOOKS } from "./accessible.mjs";
import { choose, ended, eventually, file, open, settled, standIn, until } from "./support.mjs";

for (const looks of LOOKS) {
  test(`axe-core reports no violation in ${Object.values(looks).join(", forced colours ")}`, async () => {
    const { page } = await open(standIn(), looks);
    await accessible(page, "first screen", looks);
    await page.getByText("How to check it").click();
    await accessible(page, "first screen with the proof", looks);
    await page.getByText("Try the sample").click();
    await ended(page);
    await accessible(page, "work screen", looks);
    for (const name of ["Story", "Blocks", "Scripts", "Indicators", "ATT&CK"]) {
      await page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
      await page.keyboard.press("j");
      await settled(page);
      await accessible(page, name, looks);
    }
    await page.keyboard.press("/");
    await page.keyboard.type("Get-");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#tab-query[aria-selected=true]");
    await settled(page);
    await accessible(page, "Query", looks);
    await page.keyboard.press("Escape");
    await page.keyboard.press("1");
    await page.getByRole("tab", { name: /^Case/ }).click();
    await until(page, "the report is shown", () =>
      document.querySelector("case-view report-view")?.shadowRoot?.querySelector("h1"),
    );
    await accessible(page, "Case", looks);
    await page.getByRole("searchbox", { name: "Search all script blocks" }).fill("");
    await page.keyboard.press("Escape");
    await page.getByRole("tab", { name: /^Results/ }).click();
    await page.keyboard.press("j");
    await page.waitForSelector("scope-script .row");
    await page.keyboard.press("x");
    await page.locator("scope-risk .why").first().click();
    await page.locator("scope-files button.row").first().click();
    await page.locator("scope-lanes .as-table summary").click();
    await accessible(page, "work screen, everything open", looks);
    await page.keyboard.press("?");
    await accessible(page, "keys", looks);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Hide 1 result" }).click();
    await until(page, "the chips name one hidden result", () =>
      document.querySelector("scope-chips")?.textContent?.includes("without 1 hidden"),
    );
    await page.keyboard.press("r");
    await page.waitForSelector("scope-rule h3");
    await accessible(page, "rules", looks);
    await page.getByRole("tab", { name: /Allow-list/ }).click();
    await accessible(page, "allow-list", looks);
    await page.keyboard.press("r");
    await choose(page, file("photo.png", "x"));
    await ended(page);
    await accessible(page, "not a log", looks);
  });
}

test("at 800 pixels and at 200 % nothing scrolls sideways", async () => {
  for (const viewport of [
    { width: 800, height: 900 },
    { width: 720, height: 450 },
    { width: 400, height: 700 },
    { width: 1024, height: 700 },
  ]) {
    const { page } = await open(standIn(), { viewport });
    const sideways = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await eventually(async () => assert.equal(await sideways(), 0, `first screen at ${viewport.width}`));
    await page.getByText("Try the sample").click();
    await ended(page);
    await page.keyboard.press("j");
    await page.waitForSelector("scope-script .row");
    await eventually(async () => assert.equal(await sideways(), 0, `work screen at ${viewport.width}`));
    for (const name of ["Story", "Blocks", "Scripts", "Indicators", "ATT&CK"]) {
      await page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
      await settled(page);
      await eventually(async () => assert.equal(await sideways(), 0, `${name} at ${viewport.width}`));
    }
  }
});

test("the print is the report, and nothing else", async () => {
  const { page } = await open(standIn());
  await page.getByText("Try the sample").click();
  await ended(page);
  const results = Number((await page.locator(".n-of-n").innerText()).split(" ")[0]);
  await page.emulateMedia({ media: "print" });
  const printed = () => document.querySelector("report-print")?.shadowRoot?.querySelectorAll("p").length ?? 0;
  await until(page, "the report is drawn", () =>
    document.querySelector("report-print")?.shadowRoot?.querySelector("h1"),
  );
  await eventually(async () => assert.ok(results > 0 && (await page.evaluate(printed)) === results));
  const others = await page.evaluate(() =>
    [...document.body.children].filter((one) => getComputedStyle(one).display !== "none").map(({ tagName }) => tagName),
  );
  assert.deepEqual(others, ["REPORT-PRINT"]);
  await page.emulateMedia({ media: "screen" });
  await eventually(async () => assert.equal(await page.locator("report-print").isVisible(), false));
});

test("the theme is the system's, or the chosen one", async () => {
  const { page } = await open(standIn(), { colorScheme: "dark" });
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await paper();
  await page.getByRole("button", { name: "Theme: auto" }).click();
  const light = await paper();
  assert.notEqual(light, dark);
  await page.reload();
  await eventually(async () => assert.equal(await paper(), light));
});
