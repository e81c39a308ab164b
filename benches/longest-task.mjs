// How long the page's main thread is busy at a time, from a trace of Chromium.

import assert from "node:assert/strict";

/**
 * The longest task of the page's main thread while something is done, in milliseconds of the processor, which
 * other programs on the machine do not change.
 *
 * @param {import("playwright-core").Page} page
 * @param {() => Promise<void>} act
 */
export async function longestTask(page, act) {
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
  const within = (/** @type {(typeof own)[0]} */ one, /** @type {(typeof own)[0]} */ task) =>
    one.pid === task.pid && one.tid === task.tid && one.ts >= task.ts && one.ts < task.ts + (task.dur ?? 0);
  const asked = own.filter((event) => event.name === "Receive mojo message");
  const works = own.filter((event) =>
    /^(FunctionCall|FireAnimationFrame|Layout|UpdateLayoutTree|Paint)$/.test(event.name),
  );
  const tasks = own
    .filter((event) => event.name.endsWith("RunTask"))
    .filter((task) => works.some((one) => within(one, task)) && !asked.some((one) => within(one, task)));
  return Math.max(0, ...tasks.map((task) => (task.tdur ?? task.dur ?? 0) / 1000));
}
