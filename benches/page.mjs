// One measurement of the page in Chromium: from the drop of a file to the drawn report.
//
//   node page.mjs PAGE FILE WORKERS
//
// The file is dropped twice: on a page that was just opened, whose wasm the browser still compiles, and on the same
// page again. Prints JSON: seconds of both, and the page's summary.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { drop, launch } from "../pkg-tests/support/chromium.mjs";

const [published, log, workers] = process.argv.slice(2);
const file = resolve(log);

/** Time in which a page comes to rest after it was opened or drawn. */
const REST_MS = 600;

// The page starts a worker for each core. Only the number changes: no hash in the page covers the worker's script.
const html = readFileSync(published, "utf8");
const one = html.replaceAll("navigator.hardwareConcurrency", String(Number(workers)));
if (one === html) throw new Error("the page does not ask for the number of cores");
const variant = `${file}.workers-${workers}.html`;
writeFileSync(variant, one);

const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(pathToFileURL(variant).href);
  await page.waitForSelector("html.ready", { state: "attached" });
  await page.waitForTimeout(REST_MS);
  const first = await opened(page);
  await page.waitForTimeout(REST_MS);
  const later = await opened(page);
  console.log(JSON.stringify({ seconds: first.seconds, later: later.seconds, found: [first.found, later.found] }));
} finally {
  await browser.close();
}

/** @param {import("playwright-core").Page} page */
async function opened(page) {
  await page.evaluate(watch);
  await drop(page, file);
  const seconds = await page.evaluate(() => window.drawn);
  const found = await page.locator("scope-bar .summary").innerText();
  return { seconds, found: found.replace(/\s+/g, " ") };
}

/** Runs in the page: measures from the drop until the frame after the status says that reading is done. */
function watch() {
  const status = document.querySelector("scope-bar [role=status]");
  window.drawn = new Promise((resolve) => {
    let dropped = 0;
    document.addEventListener("drop", () => (dropped = performance.now()), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      if (!status.textContent.startsWith("Done")) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve((performance.now() - dropped) / 1_000)));
    });
    observer.observe(status, { childList: true, characterData: true, subtree: true });
  });
}
