/** What stands in the page's file behind the script, so that nothing waits for it before it is needed. */

/** @typedef {"worker" | "wasm" | "sample"} Part */

/** @param {Part} name @returns {string} */
export const part = (name) => document.getElementById(`part-${name}`)?.textContent ?? "";

/** Resolves once the file is there to its last byte. @returns {Promise<void>} */
export function whole() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", () => resolve(), { once: true }));
}
