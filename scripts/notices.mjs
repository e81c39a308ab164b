// Collects the licence texts of third parties whose code is in what we give away.
//
// Usage: node scripts/notices.mjs PACKAGE [TARGET]   (writes the notices of a crate of the workspace to standard output)

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Names of files with a licence or a notice. */
const LICENCE = /^(licen[sc]e|copying|copyright|notice|unlicense)/i;

/** @typedef {{ name: string, licence: string, texts: string[] }} Notice */

/**
 * Returns the notices of the crates that are linked into a crate of the workspace, by name, and of the data in the engine.
 *
 * @param {string} crate
 * @param {string} [target] only what is linked on this platform
 * @returns {Notice[]}
 */
export function crateNotices(crate, target) {
  const words = ["metadata", "--locked", "--format-version", "1", ...(target ? ["--filter-platform", target] : [])];
  const options = /** @type {const} */ ({ cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const { packages, resolve } = JSON.parse(execFileSync("cargo", words, options));
  const found = new Map(packages.map((/** @type {any} */ one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((/** @type {any} */ one) => [one.id, one]));
  const first = packages.find((/** @type {any} */ { name, source }) => name === crate && source === null);
  if (!first) throw new Error(`no crate ${crate} in the workspace`);
  const linked = new Set([first.id]);
  for (const id of linked) {
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      const isMacro = found.get(pkg).targets.some((/** @type {any} */ { kind }) => kind.includes("proc-macro"));
      if (!isMacro && kinds.some((/** @type {any} */ { kind }) => kind === null)) linked.add(pkg);
    }
  }
  const crates = [...linked]
    .map((id) => found.get(id))
    .filter(({ source }) => source !== null)
    .map(({ name, version, license, authors, manifest_path: manifest }) => {
      const texts = textsIn(dirname(manifest));
      if (texts.length === 0) texts.push(usualText(license ?? "", authors.join(", ") || `the authors of ${name}`));
      return { name: `${name} ${version}`, licence: license ?? "see its text", texts };
    });
  return [...crates, attackNotice()];
}

/** Returns the notice of the names of ATT&CK's techniques: the comment that their list begins with. */
function attackNotice() {
  const lines = readFileSync(join(root, "src/rule/attack_names.txt"), "utf8").split("\n");
  const comment = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("#")),
  );
  const text = comment.map((line) => line.replace(/^# ?/, "")).join("\n");
  return { name: "MITRE ATT&CK", licence: "its terms of use", texts: [text] };
}

/** Returns the notices of npm packages. @param {...string} names @returns {Notice[]} */
export function npmNotices(...names) {
  return names.map((name) => {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { name: `${name} ${version}`, licence: license, texts: textsIn(folder) };
  });
}

/**
 * Returns the texts of a package's licence. Of several to choose from the MIT licence is taken.
 *
 * @param {string} folder
 */
function textsIn(folder) {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const chosen = files.some((name) => /mit/i.test(name))
    ? files.filter((name) => /mit|notice|copyright/i.test(name))
    : files;
  return chosen.map((name) => readFileSync(join(folder, name), "utf8").replace(/\r\n?/g, "\n").trim());
}

/** Returns the text of a licence for a crate that has no copy of it. @param {string} licence @param {string} authors */
function usualText(licence, authors) {
  const own = (/** @type {string} */ name) => readFileSync(join(root, name), "utf8").trim();
  if (/\bMIT\b/.test(licence)) return own("LICENSE-MIT").replace(/^Copyright .*$/m, `Copyright ${authors}`);
  if (/\bApache-2\.0\b/.test(licence)) return `Copyright ${authors}\n\n${own("LICENSE-APACHE")}`;
  throw new Error(`no text of the licence ${licence}: add it to scripts/notices.mjs`);
}

/** Writes notices as text. Packages with the same licence text share it. @param {Notice[]} notices */
export function noticesText(notices) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const { name, licence, texts } of notices) {
    const text = texts.join("\n\n");
    names.set(text, [...(names.get(text) ?? []), `${name} (${licence})`]);
  }
  const parts = [...names].map(([text, own]) => `${own.sort().join("\n")}\n\n${text}\n`).sort();
  const rule = `\n${"-".repeat(80)}\n\n`;
  return `Code and data of third parties in this software, and its licences.\n${rule}${parts.join(rule)}`;
}

if (process.argv[1] === import.meta.filename) {
  const [crate, target] = process.argv.slice(2);
  if (!crate) throw new Error("usage: node scripts/notices.mjs PACKAGE [TARGET]");
  process.stdout.write(noticesText(crateNotices(crate, target)));
}
