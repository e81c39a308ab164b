// A hundred thousand results are listed, searched and listed again. How fast is measured in benches/page-speed.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, ended, eventually, file, open, standIn, texts, until } from "./support.mjs";

test("of a hundred thousand results a part is listed and all are searched", async () => {
  const { page, errors } = await open(standIn());
  await choose(page, file("many.json", '{"results": 100000}'));
  await ended(page);
  const listed = () =>
    /^80,000 more/.test(document.querySelector("scope-results .more:not([hidden])")?.textContent ?? "");
  await until(page, "20,000 results are listed", listed);
  await page.keyboard.press("/");
  await page.keyboard.type("number 4242");
  await until(page, "the search narrows the results", () =>
    /^\d\d of/.test(document.querySelector(".n-of-n")?.textContent ?? ""),
  );
  // Ten numbers end in 4242, and ten begin with it.
  await eventually(async () => assert.match((await texts(page, ".n-of-n"))[0] ?? "", /^20 of 100,000/));
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await until(page, "all results are listed again", listed);
  const rows = page.locator("scope-results tr.result");
  const last = await page.evaluate(() => {
    const table = document.querySelector("scope-results table");
    const scroller = /** @type {HTMLElement} */ (document.querySelector("scope-results .scroller"));
    scroller.scrollTop = scroller.scrollHeight;
    return { rows: Number(table?.getAttribute("aria-rowcount")) };
  });
  assert.ok(last.rows > 100_000, "the table says how many rows it has");
  await until(page, "the last rows are drawn", () =>
    [...document.querySelectorAll("scope-results tr.result")].some(
      (row) => Number(row.getAttribute("aria-rowindex")) > 20_000,
    ),
  );
  await eventually(async () => assert.ok((await rows.count()) < 400, "rows far from the view are not in the document"));
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.keyboard.press("j");
  await until(page, "the first row is selected, focused and in view", () => {
    const row = document.querySelector("scope-results tr.result[aria-selected=true]");
    const place = row?.getBoundingClientRect();
    return row?.getAttribute("aria-rowindex") === "3" && row === document.activeElement && (place?.top ?? 0) > 0;
  });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Shift+Tab");
  await eventually(async () =>
    assert.equal(await page.locator("scope-results tr.result:focus").count(), 1, "Tab returns to the row"),
  );
  assert.deepEqual(errors, []);
});
