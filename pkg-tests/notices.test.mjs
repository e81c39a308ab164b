// The licences of third parties are where their code is: in the package and in the page.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { crateNotices, noticesText } from "../scripts/notices.mjs";
import { decode } from "../www/src/base85.js";

const root = join(import.meta.dirname, "..");
const read = (/** @type {string} */ path) => readFileSync(join(root, path), "utf8");

/** The notices of the package, and those that the page holds packed. */
function notices(/** @type {string} */ path) {
  const text = read(path);
  const packed = /id="part-notices">([^<]{99,})</.exec(text)?.[1];
  return packed === undefined ? text : gunzipSync(decode(packed)).toString();
}

/** Names and versions of the crates that cargo links into a crate. */
function linked(/** @type {string} */ crate, /** @type {string} */ target) {
  const words = ["tree", "--locked", "-p", crate, "--target", target, "-e", "normal,no-proc-macro"];
  const lines = execFileSync("cargo", [...words, "--prefix", "none", "-f", "{p}"], { cwd: root, encoding: "utf8" });
  const names = lines.split("\n").filter((line) => line !== "" && !line.includes("(/"));
  return new Set(names.map((line) => line.replace(/ \(\*\)$/, "").replace(" v", " ")));
}

test("the package and the page have the notice of every crate in the wasm", () => {
  const names = linked("scriptscope", "wasm32-unknown-unknown");
  assert.ok(names.size > 20);
  for (const path of ["pkg/THIRD-PARTY-NOTICES.txt", "dist/index.html"]) {
    const text = notices(path);
    for (const name of names) assert.ok(text.includes(`\n${name} (`), `${name} in ${path}`);
    assert.match(text, /non-exclusive, royalty-free license to use ATT&CK[^]*The MITRE Corporation/);
  }
});

test("the page has the notice of the zip library", () => {
  const licence = read("node_modules/@zip.js/zip.js/LICENSE").trim();
  assert.match(licence, /Redistribution and use/);
  assert.ok(notices("dist/index.html").includes(licence));
});

test("a release has the notice of every crate in the binary", () => {
  const text = noticesText(crateNotices("scriptscope-cli"));
  for (const name of linked("scriptscope-cli", "all")) assert.ok(text.includes(`\n${name} (`), name);
});
