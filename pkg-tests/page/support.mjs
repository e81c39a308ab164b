// Opens the page in a browser, for tests.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach } from "node:test";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { eventsXml } from "../../scripts/events.mjs";
import { serve } from "../../scripts/serve.mjs";
import { launch } from "../support/chromium.mjs";

export { drop } from "../support/chromium.mjs";

const root = join(import.meta.dirname, "../..");

/** Path of the published page. */
export const published = join(root, "dist/index.html");

/** A folder of this process, removed after its tests. */
export const folder = mkdtempSync(join(tmpdir(), "scriptscope-page-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the page with the fake engine, built once per process. */
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

/** Every wait ends: no page takes this long, even beside other jobs. */
const TIMEOUT_MS = 120_000;

/** What an input changes is drawn within this time. */
const DRAWN_MS = 20_000;

/** `SLOWER=8` runs the page's main thread so many times slower, which shows tests that do not wait. */
const SLOWER = Number(process.env.SLOWER ?? 1);

const browser = await launch();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
after(closeBrowser);

/** Closes the browser. Tests need not: it is closed after them. */
export function closeBrowser() {
  return browser.close();
}

/**
 * Opens the page in a fresh profile.
 *
 * @param {string} file
 * @param {import("playwright-core").BrowserContextOptions & { over?: "file" | "http", view?: string }} [options] `view` is
 *   shown once something is opened: the results by default
 * @returns {Promise<Opened>}
 *
 * @typedef {{
 *   page: import("playwright-core").Page,
 *   requests: string[],
 *   errors: string[],
 *   address: string,
 * }} Opened
 */
export async function open(file, { over = "file", view = "results", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  if (SLOWER > 1) {
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  }
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
  await page.goto(`${address}#view=${view}`);
  await page.waitForSelector("html.ready", { state: "attached" });
  return { page, requests, errors, address };
}

/**
 * Chooses files through the button. They replace what is open.
 *
 * @param {import("playwright-core").Page} page
 * @param {...(string | { name: string, mimeType: string, buffer: Buffer })} files
 */
export async function choose(page, ...files) {
  const chooser = page.waitForEvent("filechooser");
  await page.locator("[data-open=files]:visible").click();
  const isOpen = await page.evaluate(() => document.documentElement.classList.contains("working"));
  await (await chooser).setFiles(/** @type {any} */ (files));
  if (!isOpen) return;
  await settled(page);
  const replace = page.locator("dialog[open] button[value=replace]");
  if ((await replace.count()) > 0) await replace.click();
}

/** A file in memory. @param {string} name @param {string | Buffer} content */
export function file(name, content) {
  return { name, mimeType: "application/octet-stream", buffer: Buffer.from(content) };
}

/** Waits until the chips show this count, or one that begins so. @param {import("playwright-core").Page} page @param {string} count */
export async function counted(page, count) {
  const shows = (/** @type {string} */ wanted) =>
    document.querySelector("scope-chips .n-of-n")?.textContent?.startsWith(wanted);
  await until(page, `the chips show "${count}"`, shows, { argument: count });
}

/** Waits until reading has ended. @param {import("playwright-core").Page} page */
export async function ended(page) {
  await until(page, "reading has ended", () => {
    const status = document.querySelector("scope-bar [role=status]")?.textContent ?? "";
    return /^(Done|Cancelled|Stopped)/.test(status);
  });
  await settled(page);
}

/** Waits until the page has not changed for a while: what it asked its workers for is drawn. @param {import("playwright-core").Page} page */
export function settled(page) {
  return page.evaluate(
    ([quietMs, frames, longestMs]) =>
      new Promise((resolve) => {
        const begin = performance.now();
        let changed = begin;
        let drawn = 0;
        const observer = new MutationObserver(() => {
          changed = performance.now();
          drawn = 0;
        });
        observer.observe(document, { subtree: true, childList: true, characterData: true });
        const look = () => {
          drawn += 1;
          const now = performance.now();
          const isQuiet = now - changed >= quietMs && drawn >= frames;
          if (!isQuiet && now - begin < longestMs) return requestAnimationFrame(look);
          observer.disconnect();
          resolve(undefined);
        };
        requestAnimationFrame(look);
      }),
    /** @type {const} */ ([150, 5, 3_000]),
  );
}

/** The texts of all elements that fit. @param {import("playwright-core").Page} page @param {string} selector */
export async function texts(page, selector) {
  return (await page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
}

/**
 * Repeats assertions about the page until they hold. What a click changes is drawn later, on a slow machine much later.
 *
 * @template T
 * @param {() => Promise<T>} assertions
 * @returns {Promise<T>} what they return
 * @throws the last failure, where they do not hold within the time
 */
export async function eventually(assertions) {
  const end = performance.now() + DRAWN_MS;
  for (;;) {
    try {
      return await assertions();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await setTimeout(50);
  }
}

/**
 * Waits until a condition holds in the page.
 *
 * @template T
 * @param {import("playwright-core").Page} page
 * @param {string} what the condition in words, for the error
 * @param {(argument: T) => unknown} holds runs in the page
 * @param {{ argument?: T, timeout?: number, polling?: number }} [options] times in milliseconds
 * @throws where the condition does not hold within the time
 */
export async function until(page, what, holds, { argument, timeout = TIMEOUT_MS, polling = 100 } = {}) {
  try {
    await page.waitForFunction(/** @type {any} */ (holds), argument, { timeout, polling });
  } catch (error) {
    throw new Error(`waited ${timeout / 1000} s until ${what}`, { cause: error });
  }
}

/**
 * Cancels reading in the turn in which the first result is drawn: a click from outside of the page may come when all is
 * read.
 *
 * @param {import("playwright-core").Page} page
 * @param {() => Promise<void>} start begins reading
 * @returns {Promise<string>} the rate that was shown in that turn
 */
export async function cancelAtFirstResult(page, start) {
  await page.evaluate(() => {
    const shared = /** @type {any} */ (globalThis);
    const observer = new MutationObserver(() => {
      if (!document.querySelector("scope-results td.computer")) return;
      observer.disconnect();
      shared.rateAtCancel = document.querySelector("scope-bar .rate")?.textContent ?? "";
      const buttons = [...document.querySelectorAll("scope-bar button")];
      /** @type {HTMLElement} */ (buttons.find((button) => button.textContent === "Cancel")).click();
    });
    observer.observe(document.body, { subtree: true, childList: true });
  });
  await start();
  await ended(page);
  return page.evaluate(() => /** @type {any} */ (globalThis).rateAtCancel);
}

/** Writes event XML of at least 60 MB, a result in every fiftieth block, and returns its path. */
export function largeLog() {
  const events = eventsXml(
    Array.from({ length: 2_000 }, (_, i) => ({
      text: `# ${i}\r\n${i % 50 === 0 ? "Enable-PSRemoting -Force" : "Get-Date"}\r\n${"# padding of a line\r\n".repeat(60)}`,
      scriptBlockId: `block-${i}`,
      record: i,
    })),
  );
  const path = join(folder, "large.xml");
  const copies = Math.ceil(60e6 / events.length);
  writeFileSync(path, Array.from({ length: copies }, (_, i) => events.replaceAll("block-", `block-${i}-`)).join(""));
  return path;
}
