/** Where opened files go: rule files to the rules panel, all others to be read as logs. */
import { takeCases } from "./case/opening.js";
import { rulesPanel } from "./elements/rules-panel.js";
import { openAssets, readLogs } from "./open.js";
import { ruleset } from "./ruleset.js";
import { NO_PLACE } from "./store.js";
import { engine } from "./worker-client.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").Problem} Problem */

/** Extensions of rule files. No log has one of them. */
const RULE_FILE = /\.(ya?ml|conf)$/i;

/**
 * Opens files of any kind. While the rules panel is open, all are taken for rules.
 *
 * @param {Input[]} inputs
 * @param {Problem[]} [unread] files that could not be opened
 */
export async function openInputs(inputs, unread = []) {
  if (rulesPanel().isOpen) {
    openRules(inputs);
    return;
  }
  const others = await takeCases(inputs);
  if (others.length < inputs.length && others.length === 0) return;
  const lists = await assetLists(others);
  if (lists.size > 0) await openAssets([...lists]);
  if (lists.size > 0 && lists.size === others.length) return;
  openFiles(
    others.filter((input) => !lists.has(input)),
    unread,
  );
}

/** Opens files that are no cases. @param {Input[]} inputs @param {Problem[]} unread */
function openFiles(inputs, unread) {
  const isTable = (/** @type {Input} */ { name }) => /\.csv$/i.test(name);
  const ruleFiles = inputs.filter(({ name }) => RULE_FILE.test(name));
  const hasLogs = inputs.some((input) => !RULE_FILE.test(input.name) && !isTable(input));
  // A folder of logs can hold the configuration of the collector: it must not cover the results.
  const leftOut = new Set(hasLogs ? ruleFiles.filter(({ inFolder }) => inFolder) : []);
  const rules = ruleFiles.filter((input) => !leftOut.has(input));
  // Tables beside rules are lookups.
  const lookups = new Set(rules.length > 0 ? inputs.filter(isTable) : []);
  const logs = inputs.filter((input) => !RULE_FILE.test(input.name) && !lookups.has(input));
  const said = [...unread, ...[...leftOut].map(({ name }) => leftOutProblem(name))];
  if (rules.length > 0) openRules([...rules, ...lookups]);
  if (logs.length > 0 || said.length > 0 || rules.length === 0) readLogs(logs, said);
}

/** Bytes in which the heading of a table ends. */
const HEADING_BYTES = 4_096;
/** Columns of Splunk Enterprise Security's lists of assets and of identities; no log has two of one list. */
const ASSETS = ["nt_host", "dns", "ip", "mac", "priority", "category"];
const IDENTITIES = ["identity", "email", "first", "last", "priority", "category"];

/** Returns the inputs that are lists of assets or identities. @param {Input[]} inputs @returns {Promise<Set<Input>>} */
async function assetLists(inputs) {
  const tables = inputs.filter(({ name, inFolder }) => !inFolder && /\.csv$/i.test(name));
  const found = new Set();
  for (const input of tables) {
    const head = await input.file
      .slice(0, HEADING_BYTES)
      .text()
      .catch(() => "");
    const cells = new Set(
      (head.split(/[\r\n]/)[0] ?? "")
        .toLowerCase()
        .replace(/["\ufeff]/g, "")
        .split(/[,;]/),
    );
    const has = (/** @type {string[]} */ names) => names.filter((name) => cells.has(name)).length;
    const isAssets = (cells.has("nt_host") || cells.has("dns")) && has(ASSETS) > 1;
    if (isAssets || (cells.has("identity") && has(IDENTITIES) > 1)) found.add(input);
  }
  return found;
}

/** @param {string} source @returns {Problem} */
function leftOutProblem(source) {
  const message = "a rule file in a folder of logs is left out; open it by itself to use it as a rule";
  return { ...NO_PLACE, severity: "info", code: "read-failed", source, message };
}

/** Adds rule files, and shows the rules panel. @param {Input[]} inputs */
export async function openRules(inputs) {
  const panel = rulesPanel();
  panel.open("rules");
  try {
    const files = await engine.readRules(inputs);
    if (files.length === 0) panel.say("None of these files is a rule file: rules are .yml, .yaml, .conf and .csv.");
    else {
      panel.say("");
      ruleset.add(files);
    }
  } catch (error) {
    panel.say(error instanceof Error ? error.message : String(error));
  }
}
