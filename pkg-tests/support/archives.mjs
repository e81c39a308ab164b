// Archives of any shape, for tests.

import { gzipSync } from "node:zlib";
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";

configure({ useWebWorkers: false });

/** @param {string} text */
export const utf8 = (text) => new TextEncoder().encode(text);

/**
 * Makes a zip with these members.
 *
 * @param {Record<string, Uint8Array | string>} members by name
 * @param {import("@zip.js/zip.js").ZipWriterConstructorOptions} [options]
 * @returns {Promise<Uint8Array>}
 */
export async function zip(members, options = {}) {
  const writer = new ZipWriter(new Uint8ArrayWriter(), options);
  for (const [name, content] of Object.entries(members)) {
    await writer.add(name, new Uint8ArrayReader(typeof content === "string" ? utf8(content) : content));
  }
  return writer.close();
}

/** @param {Uint8Array | string} content */
export function gzip(content) {
  return new Uint8Array(gzipSync(content));
}
