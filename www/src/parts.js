/** The parts of the page's file after the script, so that the script runs before they have loaded. */

import { decode } from "./base85.js";

/** @typedef {"worker" | "wasm" | "sample" | "notices"} Part */

/** @param {Part} name @returns {string} */
export const part = (name) => document.getElementById(`part-${name}`)?.textContent ?? "";

/** Resolves once the whole file has loaded. @returns {Promise<void>} */
export function whole() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => resolve(), { once: true }));
}

/** @param {string} packed gzipped, in base 85 @returns {Promise<Blob>} */
export async function unpacked(packed) {
  const stream = new Blob([decode(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).blob();
}

/** Returns a packed part's text. @param {Part} name */
export const unpackedText = async (name) => (await unpacked(part(name))).text();
