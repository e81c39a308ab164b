// Chromium for tests and the bench, as scripts/chromium.sh finds it.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** Without these, Chromium connects to its vendor's hosts at every start. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless browser. @param {string[]} [more] further command-line switches */
export function launch(more = []) {
  const script = join(import.meta.dirname, "../../scripts/chromium.sh");
  const executablePath = execFileSync(script, { encoding: "utf8" }).trim();
  return chromium.launch({ executablePath, args: [...QUIET, ...more] });
}

/**
 * Drops files or folders from the disk, as a user would.
 *
 * @param {import("playwright-core").Page} page
 * @param {...string} paths
 */
export async function drop(page, ...paths) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of /** @type {const} */ (["dragEnter", "dragOver", "drop"])) {
    await session.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data });
  }
}
