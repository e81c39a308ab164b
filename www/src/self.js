/**
 * The page's own file, put together again from its parts, to tell its SHA-256.
 *
 * The page may not fetch anything, itself included; but the file is its template with the policy, the style and
 * the script filled in, and the page has all four. The build asserts that the sum is the file's.
 */

import { template } from "scriptscope-parts";

/** @returns {Promise<string>} in hexadecimal, or why it cannot be told */
export async function ownHash() {
  if (!globalThis.crypto?.subtle) return "not available here: open the page from a file or over https";
  const text = (/** @type {string} */ selector) => document.querySelector(selector)?.textContent ?? "";
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")?.getAttribute("content") ?? "";
  const [head, middle, seam, tail] = template;
  const file = [head, policy, middle, text("style"), seam, text("script[type=module]"), tail].join("");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(file));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
