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
const BOUNDS = {
  paint: 300,
  ready: 750,
  task: 100,
  "task among 10,000 files": 160,
  "task at 100,000 blocks": 50,
  query: 300,
  cancel: 2_000,
  close: 2_000,
};

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

/** @type {import("playwright-core").Page} */
let many;
const listed = () =>
  /^80,000 more/.test(document.querySelector("scope-results .more:not([hidden])")?.textContent ?? "");
const narrowed = () => /^\d\d of/.test(document.querySelector(".n-of-n")?.textContent ?? "");
// Asked for seldom and cheaply, for asking is work too.
const polling = 500;
await measure("longest task while 100,000 results come", "task", async () => {
  // A page of its own for each run: a second drop on the same one asks whether it adds or replaces.
  await many?.context().close();
  ({ page: many } = await open(standIn()));
  return longestTask(many, async () => {
    await choose(many, file("many.json", '{"results": 100000}'));
    await until(many, "the results are listed", listed, { polling });
  });
});
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

// A week of 200 computers: a quarter of the script blocks are results of their own, another has texts of its own.
const BLOCKS = 100_000;
const blocksLog = join(folder, "blocks.ndjson");
writeFileSync(blocksLog, Array.from({ length: BLOCKS }, (_, i) => blockLine(i)).join(""));

/** @param {number} i */
function blockLine(i) {
  const texts = [
    `Enable-PSRemoting -Force # ${i}`,
    `Get-ChildItem C:\\Temp\\${i % 977} -Recurse`,
    "prompt",
    `$x = Invoke-WebRequest http://10.${i % 250}.${i % 199}.7/a${i}.ps1`,
  ];
  return `${JSON.stringify({
    EventID: 4104,
    ProviderName: "Microsoft-Windows-PowerShell",
    Channel: "Microsoft-Windows-PowerShell/Operational",
    Computer: `HOST${i % 200}.corp.example`,
    TimeCreated: new Date(Date.UTC(2026, 7, 1) + i * 6_000).toISOString(),
    UserID: `S-1-5-21-1-2-3-${1000 + (i % 50)}`,
    ProcessID: 1000 + (i % 200) * 10 + Math.floor(i / 20_000),
    EventRecordID: i + 1,
    ScriptBlockText: texts[i % texts.length],
    ScriptBlockId: `b${i}`,
    MessageNumber: 1,
    MessageTotal: 1,
  })}\n`;
}

/** @type {import("playwright-core").Page} */
let blocks;
/** Measures the longest task of something done among the blocks. @param {string} what @param {() => Promise<unknown>} act */
const among = (what, act) =>
  measure(`longest task: ${what}`, "task at 100,000 blocks", () =>
    longestTask(blocks, async () => {
      await act();
      await blocks.waitForTimeout(1_000);
    }),
  );
await measure("longest task: 100,000 blocks are read", "task at 100,000 blocks", async () => {
  await blocks?.context().close();
  ({ page: blocks } = await open(published, { view: "story" }));
  return longestTask(blocks, async () => {
    await choose(blocks, blocksLog);
    await blocks.waitForTimeout(500);
    await ended(blocks);
    await blocks.waitForTimeout(1_000);
  });
});
for (const view of ["results", "blocks", "scripts", "indicators", "attack", "story"]) {
  await among(`show ${view}`, () => blocks.locator(`#tab-${view}`).click());
  await among(`scroll ${view}`, async () => {
    for (let step = 1; step <= 8; step += 1) {
      await blocks.evaluate((part) => {
        const shown = [...document.querySelectorAll("#middle .scroller")].find((one) => one.checkVisibility());
        if (shown) shown.scrollTop = (shown.scrollHeight * part) / 8;
      }, step);
      await blocks.waitForTimeout(120);
    }
  });
}
for (const view of ["results", "blocks", "scripts", "indicators"]) {
  await blocks.locator(`#tab-${view}`).click();
  await among(`open a row of ${view}`, () => blocks.keyboard.press("j"));
}
await blocks.locator("#tab-blocks").click();
for (const column of ["Computer", "Length", "Score"])
  await among(`sort by ${column}`, () =>
    blocks.locator("scope-blocks thead").getByRole("button", { name: column }).click(),
  );
// One step, because a slow one is measured again: a second click on the computer alone would widen.
await among("narrow to a computer and widen again", async () => {
  await blocks.locator("scope-risk .object > .row").first().click();
  await blocks.waitForTimeout(1_000);
  await blocks.locator(".chip").first().click();
});
await among("lanes by user", () => blocks.getByLabel("Lanes by").selectOption("user"));
await among("lanes as a table", () => blocks.locator("scope-lanes .as-table summary").click());
await blocks.locator("scope-lanes .as-table summary").click();
await among("type a query", async () => {
  await blocks.keyboard.press("/");
  await blocks.keyboard.type("Computer=HOST7* a4003", { delay: 60 });
  await blocks.keyboard.press("ControlOrMeta+a");
  await blocks.keyboard.press("Delete");
});
// Rows of the query before this one may still be shown.
const answered = (/** @type {string} */ wanted) =>
  /^\d/.test(document.querySelector("scope-bar .query > button")?.textContent ?? "") &&
  document.querySelector("scope-query tbody")?.textContent?.includes(wanted);
let turn = 0;
await measure("a query over 100,000 blocks, to its first rows", "query", async () => {
  turn += 1;
  const start = performance.now();
  const wanted = `a${4_000 * turn + 3}.ps1`;
  await blocks.locator("#search").fill(wanted);
  await blocks.keyboard.press("Enter");
  await until(blocks, "rows of the query are drawn", answered, { polling: 10, argument: wanted });
  const taken = performance.now() - start;
  await until(
    blocks,
    "the query has ended",
    () => !/…/.test(document.querySelector("scope-bar .query > button")?.textContent ?? ""),
  );
  return taken;
});
await blocks.context().close();

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
  await page.waitForSelector("scope-script .row");
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
