/** The parts of the page's file after the script, so that the script runs before they have loaded. */

/** @typedef {"worker" | "wasm" | "sample" | "notices"} Part */

/** @param {Part} name @returns {string} */
export const part = (name) => document.getElementById(`part-${name}`)?.textContent ?? "";

/** Resolves once the whole file has loaded. @returns {Promise<void>} */
export function whole() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => resolve(), { once: true }));
}
