// Standard output and error of the small command line.

import { once } from "node:events";

/** Characters that a terminal acts on or does not show, by their numbers. @param {unknown} value */
export const visible = (value) =>
  String(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `<U+${character.codePointAt(0)?.toString(16)}>`);

/** @param {string} message */
export const say = (message) => process.stderr.write(`scriptscope: ${message.split("\n").map(visible).join("\n")}\n`);

/** The output cannot be written. */
export class OutputError extends Error {}

/** Why the output could not be written. @type {NodeJS.ErrnoException | null} */
let failure = null;
process.stdout.on("error", (error) => (failure ??= error));
process.stderr.on("error", () => {});

/**
 * Writes the output, no faster than it is read. A closed pipe is no error: its reader, such as head, has seen enough.
 *
 * @param {Iterable<string | Uint8Array>} pieces
 */
export async function write(pieces) {
  for (const piece of pieces) {
    if (failure) break;
    if (!process.stdout.write(piece)) await once(process.stdout, "drain").catch(() => {});
  }
  if (!failure) await new Promise((resolve) => process.stdout.write("", resolve));
  if (failure && failure.code !== "EPIPE") throw new OutputError(`standard output: ${failure.message}`);
}
