// Lists the crate's public items from rustdoc's pages, and compares the list with docs/public-items.txt.
//
// Usage: node scripts/public-items.mjs [--write]
//
// A change of the list is a change of the public interface: write it with --write, and say it in CHANGELOG.md. Broken
// links in the documentation are errors.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const list = join(root, "docs/public-items.txt");
const target = process.env["CARGO_TARGET_DIR"] ?? join(root, "target");
const doc = join(target, "doc/scriptscope");

execFileSync("cargo", ["doc", "--quiet", "--locked", "--no-deps", "--package", "scriptscope", "--lib"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, RUSTDOCFLAGS: "-D warnings -A rustdoc::private_intra_doc_links" },
});

/** Kinds of items by the beginning of their page's name. */
const ITEM = /^(struct|enum|fn|trait|type|constant|macro|union)\.(.+)\.html$/;

/** Members on an item's page, by the id of their heading. Trait implementations other than derived ones are left out. */
const MEMBER = /id="(method|structfield|variant|associatedconstant|tymethod)\.([A-Za-z0-9_]+)"/g;

const items = readdirSync(doc, { recursive: true, withFileTypes: true }).flatMap((entry) => {
  const match = ITEM.exec(entry.name);
  if (!entry.isFile() || !match) return [];
  const [, kind, name] = match;
  const folder = relative(doc, entry.parentPath).replaceAll("\\", "/");
  const path = ["scriptscope", ...folder.split("/").filter(Boolean), name].join("::");
  // Members of trait implementations come after this heading.
  const own = readFileSync(join(entry.parentPath, entry.name), "utf8").split('id="trait-implementations"')[0] ?? "";
  const members = [...own.matchAll(MEMBER)].map((member) => `${path}::${member[2]} (${member[1]})`);
  return [`${path} (${kind})`, ...members];
});
const found = [...new Set(items)].sort().join("\n") + "\n";

if (process.argv.includes("--write")) {
  writeFileSync(list, found);
} else if (found !== readFileSync(list, "utf8")) {
  const known = new Set(readFileSync(list, "utf8").split("\n"));
  const now = new Set(found.split("\n"));
  for (const item of now) if (!known.has(item)) console.error(`new: ${item}`);
  for (const item of known) if (!now.has(item)) console.error(`missing: ${item}`);
  console.error("the public items differ from docs/public-items.txt: node scripts/public-items.mjs --write");
  process.exitCode = 1;
}
