// A browser with the page in it, for tests.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { serve } from "../../scripts/serve.mjs";
import { launch } from "../support/chromium.mjs";

export { drop } from "../support/chromium.mjs";

const root = join(import.meta.dirname, "../..");

/** The page as it is published. */
export const published = join(root, "dist/index.html");

/** A folder of this process's own, gone after its tests. */
export const folder = mkdtempSync(join(tmpdir(), "scriptscope-page-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The page with the stand-in for the engine, made once a process. */
export function standIn() {
  const page = join(folder, "index.html");
  built ??= execFileSync(process.execPath, [
    join(root, "www/build.mjs"),
    "--engine",
    join(import.meta.dirname, "engine"),
    "--out",
    page,
  ]);
  return page;
}

/** @type {unknown} */
let built;

const browser = await launch();
after(() => browser.close());

/**
 * Opens the page in a fresh profile.
 *
 * @param {string} file
 * @param {import("playwright-core").BrowserContextOptions & { over?: "file" | "http" }} [options]
 * @returns {Promise<Opened>}
 *
 * @typedef {{
 *   page: import("playwright-core").Page,
 *   requests: string[],
 *   errors: string[],
 *   address: string,
 * }} Opened
 */
export async function open(file, { over = "file", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const requests = [];
  /** @type {string[]} */
  const errors = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(String(error.stack)));
  let address = pathToFileURL(file).href;
  if (over === "http") {
    const server = await serve(join(file, ".."), 0);
    after(() => server.close());
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    address = `http://localhost:${port}/`;
  }
  await page.goto(address);
  await page.waitForSelector("html.ready", { state: "attached" });
  return { page, requests, errors, address };
}

/**
 * Chooses files through the button.
 *
 * @param {import("playwright-core").Page} page
 * @param {...(string | { name: string, mimeType: string, buffer: Buffer })} files
 */
export async function choose(page, ...files) {
  const chooser = page.waitForEvent("filechooser");
  await page.locator("[data-open=files]:visible").click();
  await (await chooser).setFiles(/** @type {any} */ (files));
}

/** A file in memory. @param {string} name @param {string | Buffer} content */
export function file(name, content) {
  return { name, mimeType: "application/octet-stream", buffer: Buffer.from(content) };
}

/** Waits until reading has ended. @param {import("playwright-core").Page} page @param {number} [timeout] milliseconds */
export async function ended(page, timeout = 30_000) {
  const over = () => {
    const said = document.querySelector("scope-bar [role=status]")?.textContent ?? "";
    return /^(Done|Cancelled|Stopped)/.test(said);
  };
  await page.waitForFunction(over, null, { timeout, polling: 100 });
  // The last state is drawn in the frame after.
  await page.waitForTimeout(100);
}

/** The texts of all elements that fit. @param {import("playwright-core").Page} page @param {string} selector */
export async function texts(page, selector) {
  return (await page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
}

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
