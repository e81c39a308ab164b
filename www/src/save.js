/** Saves text as a file. */
import { h } from "./dom.js";

/** @param {Blob | string} content @param {string} name */
export function save(content, name) {
  const blob = typeof content === "string" ? new Blob([content], { type: "text/plain;charset=utf-8" }) : content;
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  // A download that has begun holds the bytes itself.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Returns a file name made from a title. @param {string} title */
export const fileName = (title) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "")
    .slice(0, 80) || "rule";
