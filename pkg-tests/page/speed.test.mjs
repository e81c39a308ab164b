// Felt speed: first paint, readiness, and no task that holds up a frame for long.

import assert from "node:assert/strict";
import { cpus, loadavg } from "node:os";
import { test } from "node:test";
import { choose, file, longestTask, open, standIn } from "./support.mjs";

/** Times are of a machine with a core to spare; one that shares its cores is slower by as much as it is loaded. */
const ROOM = 1.5 * Math.max(1, (loadavg()[0] ?? 1) / cpus().length);

test("paints at once and is ready soon", async () => {
  const { page } = await open(standIn());
  const [paint, ready] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity,
    performance.getEntriesByName("ready")[0]?.startTime ?? Infinity,
  ]);
  assert.ok((paint ?? Infinity) < 200 * ROOM, `first paint after ${paint} ms`);
  assert.ok((ready ?? Infinity) < 500 * ROOM, `ready after ${ready} ms`);
});

test("no long task with a hundred thousand results, neither while they come nor while searching them", async () => {
  const { page } = await open(standIn());
  const many = file("many.json", '{"results": 100000}');
  const arriving = await longestTask(page, async () => {
    await choose(page, many);
    // Asked for seldom and cheaply, for asking is work too.
    while (!(await page.evaluate(() => document.querySelector("scope-results .more")?.textContent))) {
      await page.waitForTimeout(500);
    }
  });
  assert.ok(arriving < 100, `a task of ${arriving} ms while results came`);
  const typing = await longestTask(page, async () => {
    await page.locator("#search").pressSequentially("number 4242", { delay: 60 });
    while (!/^\d\d of/.test((await page.evaluate(() => document.querySelector(".n-of-n")?.textContent)) ?? "")) {
      await page.waitForTimeout(500);
    }
  });
  assert.ok(typing < 100, `a task of ${typing} ms while typing`);
});
