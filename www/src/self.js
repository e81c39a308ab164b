/**
 * Puts the page's own file together from its parts, to compute its SHA-256.
 *
 * The page may not fetch anything, itself included; but the file is its template with policy, style, script and the parts
 * after it filled in, and the page has all of them. The build asserts that the hash is the file's.
 */

import { template } from "scriptscope-template";
import { part, whole } from "./parts.js";

/** @returns {Promise<string>} in hexadecimal, or why it is unknown */
export async function ownHash() {
  if (!globalThis.crypto?.subtle) return "not available here: open the page from a file or over https";
  const text = (/** @type {string} */ selector) => document.querySelector(selector)?.textContent ?? "";
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")?.getAttribute("content") ?? "";
  await whole();
  const script = text("script[type=module]");
  const filled = [policy, text("style"), script, part("worker"), part("wasm"), part("sample"), part("notices")];
  const file = template.map((text, at) => text + (filled[at] ?? "")).join("");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(file));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
