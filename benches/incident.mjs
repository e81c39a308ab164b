// The scripts of a corpus that rules match: what a log of an incident is made of.

import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Writes the different texts of script blocks that the built-in rules or the corpus's rules match, each as a JSON string on
 * a line of its own.
 *
 * @param {string} corpus a folder with logs in the folders evtx, json and xml, and perhaps with rules
 * @param {string} file
 * @param {string} engine the glue of the package's wasm
 */
export async function writeScripts(corpus, file, engine) {
  const { analyze, readRules } = await import(pathToFileURL(join(dirname(engine), "node.js")).href);
  const inCorpus = (/** @type {string} */ folder) => join(corpus, folder);
  const rules = existsSync(inCorpus("rules")) ? await readRules([inCorpus("rules")]) : [];
  const logs = ["evtx", "json", "xml"].map(inCorpus).filter((folder) => existsSync(folder));
  /** @type {{ scriptBlocks: { text: string }[] }} */
  const { scriptBlocks } = await analyze(logs, { rules });
  const texts = new Set(scriptBlocks.map(({ text }) => text));
  writeFileSync(file, [...texts].map((text) => `${JSON.stringify(text)}\n`).join(""));
}
