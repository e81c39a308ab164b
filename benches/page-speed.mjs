// How the page feels: first paint, readiness, and how long its main thread is busy at a time. Asserts bounds.
//
//   node benches/page-speed.mjs
//
// Needs dist/index.html and a machine with a core to spare: the bounds are asserted here and not in the tests, which
// must pass on a machine that does other things too. Tasks are measured in processor time and the best of three runs
// counts: a large collection of garbage between two runs is not the page's.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  choose,
  closeBrowser,
  drop,
  ended,
  file,
  folder,
  largeLog,
  open,
  published,
  standIn,
  until,
} from "../pkg-tests/page/support.mjs";
import { eventsXml } from "../scripts/events.mjs";
import { longestTask } from "./longest-task.mjs";

const RUNS = 3;

/** Milliseconds. */
const BOUNDS = { paint: 300, ready: 750, task: 100, "task among 10,000 files": 160, cancel: 2_000, close: 2_000 };

/** @type {[string, number, keyof typeof BOUNDS][]} */
const measured = [];

/**
 * Runs until one run is within the bound, three times at most, and notes the best.
 *
 * @param {string} what
 * @param {keyof typeof BOUNDS} bound
 * @param {() => Promise<number>} run
 */
async function measure(what, bound, run) {
  let best = Infinity;
  for (let turn = 0; turn < RUNS && best >= BOUNDS[bound]; turn += 1) best = Math.min(best, await run());
  measured.push([what, best, bound]);
  console.log(`  ${what.padEnd(52)} ${Math.round(best).toString().padStart(6)} ms, at most ${BOUNDS[bound]}`);
}

/** @param {string} name a mark or paint entry */
async function startTime(name) {
  const { page } = await open(standIn());
  const time = await page.evaluate((entry) => performance.getEntriesByName(entry)[0]?.startTime ?? Infinity, name);
  await page.context().close();
  return time;
}

console.log("\nThe page in Chromium");
await measure("first paint", "paint", () => startTime("first-contentful-paint"));
await measure("ready for a drop", "ready", () => startTime("ready"));

const { page: many } = await open(standIn());
const listed = () =>
  /^80,000 more/.test(document.querySelector("scope-results .more:not([hidden])")?.textContent ?? "");
const narrowed = () => /^\d\d of/.test(document.querySelector(".n-of-n")?.textContent ?? "");
// Asked for seldom and cheaply, for asking is work too.
const polling = 500;
await measure("longest task while 100,000 results come", "task", () =>
  longestTask(many, async () => {
    await choose(many, file("many.json", '{"results": 100000}'));
    await until(many, "the results are listed", listed, { polling });
  }),
);
await measure("longest task while searching them", "task", () =>
  longestTask(many, async () => {
    // By keys alone: a locator visits each of some 600,000 nodes in a world of the test's own, and what the engine
    // holds of them for that is collected later in one go, which takes 50 ms of this thread.
    await many.keyboard.press("/");
    await many.keyboard.type("number 4242", { delay: 60 });
    await until(many, "the search narrows the results", narrowed, { polling });
    await many.keyboard.press("ControlOrMeta+a");
    await many.keyboard.press("Delete");
    await until(many, "all results are listed again", listed, { polling });
  }),
);
await many.context().close();

const large = largeLog();
await measure("longest task while 60 MB are read", "task", async () => {
  const { page } = await open(published);
  const longest = await longestTask(page, async () => {
    await drop(page, large);
    await page.waitForTimeout(500);
    await ended(page);
  });
  await page.context().close();
  return longest;
});

const FILES = 10_000;
const tree = join(folder, "tree");
const log = eventsXml([{ text: "Enable-PSRemoting -Force" }]);
for (let index = 0; index < FILES; index += 1) {
  const inside = join(tree, `host${index % 100}`, `day${index % 7}`);
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(inside, `${index}.xml`), log.replace("FS03", `HOST${index % 100}`));
}
await measure("longest task while 10,000 files are read", "task among 10,000 files", async () => {
  const { page } = await open(published);
  const longest = await longestTask(page, async () => {
    await drop(page, tree);
    await ended(page);
  });
  await page.context().close();
  return longest;
});
rmSync(tree, { recursive: true });

// Sparse: zeroes without a chunk, all of which must be read.
const sparse = join(folder, "large.evtx");
writeFileSync(sparse, "ElfFile\0");
truncateSync(sparse, 2 ** 33 + 4096);
await measure("from Cancel to the end, in a file of 8 GiB", "cancel", async () => {
  const { page } = await open(published);
  await drop(page, sparse);
  await until(page, "a rate is shown", () =>
    /GB.*\/s/.test(document.querySelector("scope-bar .rate")?.textContent ?? ""),
  );
  const start = performance.now();
  await page.getByRole("button", { name: "Cancel" }).click();
  await ended(page);
  const taken = performance.now() - start;
  await page.context().close();
  return taken;
});

await measure("closing a script of 1.6 million characters", "close", async () => {
  const { page } = await open(standIn());
  const text = `Enable-PSRemoting ${"A".repeat(400_000)}\r\n${"# a line of comment\r\n".repeat(60_000)}`;
  await choose(page, file("log.xml", eventsXml([{ text }])));
  await ended(page);
  await page.keyboard.press("j");
  await page.waitForSelector("scope-script .piece");
  const start = performance.now();
  await page.keyboard.press("Escape");
  await page.waitForSelector("scope-detail .hint:visible");
  const taken = performance.now() - start;
  await page.context().close();
  return taken;
});

// An open browser would keep this process alive.
await closeBrowser();
for (const [what, milliseconds, bound] of measured) {
  assert.ok(milliseconds < BOUNDS[bound], `${what}: ${milliseconds} ms, more than ${BOUNDS[bound]}`);
}
