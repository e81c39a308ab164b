// Felt speed: first paint, readiness, and no task that holds up a frame for long.

import assert from "node:assert/strict";
import { cpus, loadavg } from "node:os";
import { test } from "node:test";
import { choose, file, open, standIn } from "./support.mjs";

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
  const arriving = await tasks(page, async () => {
    await choose(page, many);
    // Asked for seldom and cheaply, for asking is work too.
    while (!(await page.evaluate(() => document.querySelector("scope-results .more")?.textContent))) {
      await page.waitForTimeout(500);
    }
  });
  assert.ok(arriving < 100, `a task of ${arriving} ms while results came`);
  const typing = await tasks(page, async () => {
    await page.locator("#search").pressSequentially("number 4242", { delay: 60 });
    while (!/^\d\d of/.test((await page.evaluate(() => document.querySelector(".n-of-n")?.textContent)) ?? "")) {
      await page.waitForTimeout(500);
    }
  });
  assert.ok(typing < 100, `a task of ${typing} ms while typing`);
});

/**
 * The longest task of the page's main thread while something is done, in milliseconds of the processor, which
 * other programs on the machine do not change.
 *
 * @param {import("playwright-core").Page} page
 * @param {() => Promise<void>} act
 */
async function tasks(page, act) {
  const browser = page.context().browser();
  assert.ok(browser);
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
  await act();
  /** @type {{ traceEvents: { name: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args: any }[] }} */
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = new Set(
    traceEvents
      .filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain")
      .map((event) => `${event.pid} ${event.tid}`),
  );
  const own = traceEvents.filter((event) => event.ph === "X" && mains.has(`${event.pid} ${event.tid}`));
  // The page's own work; what the test itself asks of the page through the debugger is not counted.
  const works = own.filter((event) =>
    /^(FunctionCall|FireAnimationFrame|Layout|UpdateLayoutTree|Paint)$/.test(event.name),
  );
  return Math.max(
    0,
    ...own
      .filter((event) => event.name.endsWith("RunTask"))
      .filter((task) =>
        works.some(
          (one) =>
            one.pid === task.pid && one.tid === task.tid && one.ts >= task.ts && one.ts < task.ts + (task.dur ?? 0),
        ),
      )
      .map((task) => (task.tdur ?? task.dur ?? 0) / 1000),
  );
}
