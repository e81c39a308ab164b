// Compares what was given with what a report says.

import assert from "node:assert/strict";

/**
 * Asserts that the report has a source of each name and no other, and that each was read, or a problem names it.
 *
 * @param {any} report
 * @param {import("./odd-folder.mjs").Given[]} given
 * @param {string} shell for messages
 */
export function assertGiven(report, given, shell) {
  const names = report.sources.map((/** @type {any} */ { name }) => name);
  assert.deepEqual(names.toSorted(), given.map(({ name }) => name).toSorted(), shell);
  for (const { name, events, said } of given) {
    const source = report.sources.find((/** @type {any} */ one) => one.name === name);
    if (!Number.isNaN(events)) assert.equal(source.events, events, `${shell}: events of ${name}`);
    const messages = report.problems.filter((/** @type {any} */ problem) => problem.source === name);
    const words = messages.map((/** @type {any} */ { message }) => message).join("\n");
    if (said) assert.match(words, said, `${shell}: what is said of ${name}`);
    else if (events === 0) assert.notEqual(words, "", `${shell}: nothing is said of ${name}`);
  }
}
