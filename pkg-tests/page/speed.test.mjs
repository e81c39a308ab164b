// Felt speed: first paint, readiness, and no task that holds up a frame for long.

import assert from "node:assert/strict";
import { cpus, loadavg } from "node:os";
import { test } from "node:test";
import { choose, file, longestTask, open, standIn } from "./support.mjs";

/** Times are of a machine with a core to spare; one that shares its cores is slower by as much as it is loaded. */
const ROOM = 1.5 * Math.max(1, (loadavg()[0] ?? 1) / cpus().length);

test("paints at once and is ready soon", async () => {
  /** @type {number[][]} */
  const runs = [];
  const fits = ([paint = Infinity, ready = Infinity]) => paint < 200 * ROOM && ready < 500 * ROOM;
  while (runs.length < 3 && !runs.some(fits)) {
    const { page } = await open(standIn());
    runs.push(
      await page.evaluate(() =>
        ["first-contentful-paint", "ready"].map((name) => performance.getEntriesByName(name)[0]?.startTime ?? Infinity),
      ),
    );
    await page.context().close();
  }
  assert.ok(runs.some(fits), `first paint and ready after ${JSON.stringify(runs)} ms`);
});

test("no long task with a hundred thousand results, neither while they come nor while searching them", async (t) => {
  const { page } = await open(standIn());
  const many = file("many.json", '{"results": 100000}');
  await quick(t, "while results came", () =>
    longestTask(page, async () => {
      await choose(page, many);
      // Asked for seldom and cheaply, for asking is work too.
      while (!/^80,000 more/.test((await page.evaluate(more)) ?? "")) await page.waitForTimeout(500);
    }),
  );
  await quick(t, "while typing", () =>
    longestTask(page, async () => {
      // By keys alone: a locator has each of some 600,000 nodes looked at in a world of the test's own, and what the
      // engine kept of them for that is collected later in one go, which takes it 50 ms of this thread.
      await page.keyboard.press("/");
      await page.keyboard.type("number 4242", { delay: 60 });
      while (!/^\d\d of/.test((await page.evaluate(left)) ?? "")) await page.waitForTimeout(500);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.press("Delete");
      while (!/^80,000 more/.test((await page.evaluate(more)) ?? "")) await page.waitForTimeout(500);
    }),
  );
});

const more = () => document.querySelector("scope-results .more:not([hidden])")?.textContent;
const left = () => document.querySelector(".n-of-n")?.textContent;

/**
 * Holds in the best of three runs: what comes between now and then, such as a large collection of garbage on a
 * machine that does other things too, is not the page's.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} when
 * @param {() => Promise<number>} run
 */
async function quick(t, when, run) {
  const tasks = [];
  while (tasks.length < 3 && !tasks.some((task) => task < 100)) tasks.push(await run());
  const words = `tasks of ${tasks.map(Math.round)} ms ${when}`;
  t.diagnostic(words);
  assert.ok(Math.min(...tasks) < 100, words);
}
