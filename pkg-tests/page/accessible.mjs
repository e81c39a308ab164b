// Accessibility as axe-core sees it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Themes, and colours that the system forces. */
export const LOOKS = /** @type {const} */ ([
  { colorScheme: "light" },
  { colorScheme: "dark" },
  { colorScheme: "light", forcedColors: "active" },
  { colorScheme: "dark", forcedColors: "active" },
]);

/**
 * Asserts that axe-core reports no violation. Only the rules about colours are run in a look that differs from another in
 * its colours alone: all of them take seconds for each view.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} where
 * @param {(typeof LOOKS)[number]} [looks]
 */
export async function accessible(page, where, looks = LOOKS[0]) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (options) => /** @type {any} */ (globalThis).axe.run(options),
    looks === LOOKS[0] ? {} : { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } },
  );
  const said = violations.map(
    (/** @type {any} */ one) =>
      `${one.id}: ${one.nodes.map((/** @type {any} */ node) => `${node.target} ${node.failureSummary}`).join("; ")}`,
  );
  assert.deepEqual(said, [], where);
}
