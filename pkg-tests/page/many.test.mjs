// A hundred thousand results are listed, searched and listed again. How fast is measured in benches/page-speed.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, ended, file, open, standIn, texts, until } from "./support.mjs";

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
  assert.match((await texts(page, ".n-of-n"))[0] ?? "", /^20 of 100,000/);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await until(page, "all results are listed again", listed);
  assert.deepEqual(errors, []);
});
