// Measures the native command beside rsigma, if there is one, on EVTX logs: whole processes, by turns.
//
//   node benches/peers.mjs LOG.evtx…     with the environment's
//
//   SCRIPTSCOPE          the command; target/release/scriptscope by default
//   RSIGMA               rsigma, built with its feature evtx; by default the one on the PATH
//   SCRIPTSCOPE_CORPUS   a folder with Sigma rules in rules/sigma; ../shared/corpus by default
//   BENCH_ROUNDS         rounds, of which the medians are printed; 5 by default
//
// Both run the same rules, one and then all Sigma rules about script blocks, on one thread. As shipped, scriptscope joins
// the parts of scripts and searches what they hide, which rsigma does not; in event mode it searches records as they are.
// Prints MB (10^6 bytes) for each second of CPU, in user mode and in the kernel, the greatest memory, and how many matches of
// a rule and a script were found. rsigma counts each record, and a part of a longer script is one.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const scriptscope = process.env.SCRIPTSCOPE ?? at("target/release/scriptscope");
const rsigma = process.env.RSIGMA ?? "rsigma";
const corpus = process.env.SCRIPTSCOPE_CORPUS ?? at("../shared/corpus");
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);

/** A Sigma rule that both engines run alike. */
const ONE_RULE = `title: Remoting
id: 0d4ab1a1-2c69-4a55-9a6a-6f0a5a5b6d11
status: test
logsource:
  product: windows
  category: ps_script
detection:
  selection:
    ScriptBlockText|contains: Enable-PSRemoting
  condition: selection
level: low
`;

/** Says where the fields of rules are in what rsigma reads of an EVTX log. Without it no rule matches anything. */
const PIPELINE = `name: evtx
priority: 10
transformations:
  - id: fields
    type: field_name_mapping
    mapping:
      ScriptBlockText: Event.EventData.ScriptBlockText
      Path: Event.EventData.Path
      EventID: Event.System.EventID
      Channel: Event.System.Channel
`;

const folder = mkdtempSync(join(tmpdir(), "peers-"));
try {
  const one = join(folder, "one");
  const all = join(folder, "all");
  writeRules(one, [ONE_RULE]);
  const count = writeRules(all, sigmaRules());
  writeFileSync(join(folder, "pipeline.yml"), PIPELINE);
  for (const log of process.argv.slice(2)) {
    compare(log, one, "one rule");
    if (count > 0) compare(log, all, `${count} Sigma rules`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** The corpus's Sigma rules about script blocks. */
function sigmaRules() {
  const rules = join(corpus, "rules", "sigma");
  if (!existsSync(rules)) return [];
  const names = readdirSync(rules, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yml"));
  const texts = names.sort().map((name) => readFileSync(join(rules, name), "utf8"));
  return texts.filter((text) => /^\s+category: ps_script\s*$/m.test(text));
}

/** Writes a folder of rules. @param {string} to @param {string[]} texts */
function writeRules(to, texts) {
  spawnSync("mkdir", [to]);
  texts.forEach((text, index) => writeFileSync(join(to, `${index}.yml`), text));
  return texts.length;
}

/** @param {string} log @param {string} rules @param {string} title */
function compare(log, rules, title) {
  const own = [scriptscope, "-j1", "--no-builtin", "--rules", rules, "-f", "json"];
  const kinds = {
    "scriptscope, as shipped": [...own, log],
    "scriptscope, event mode": [...own, "--mode", "event", log],
    rsigma: [rsigma, "engine", "eval", "-r", rules, "-p", join(folder, "pipeline.yml"), "-e", `@${log}`],
  };
  if (spawnSync(rsigma, ["--version"]).error) delete kinds.rsigma;
  const size = statSync(log).size / 1e6;
  console.log(`\n${basename(log)}, ${size.toFixed(0)} MB, ${title}`);
  const runs = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [kind, command] of Object.entries(kinds)) runs[kind].push(run(command));
  }
  for (const [kind, all] of Object.entries(runs)) {
    const seconds = median(all.map((one) => one.seconds));
    const memory = median(all.map((one) => one.memory));
    const speed = `${(size / seconds).toFixed(0).padStart(6)} MB/CPU s`;
    console.log(`  ${kind.padEnd(26)} ${speed}  ${memory.toFixed(0).padStart(5)} MiB  ${all[0].found} found`);
  }
}

/** Runs a command under `time`, and counts what it found. @param {string[]} command */
function run(command) {
  const figures = join(folder, "time");
  const output = { encoding: "utf8", maxBuffer: 2 ** 31 - 1, stdio: ["ignore", "pipe", "ignore"] };
  const { stdout } = spawnSync("/usr/bin/time", ["-o", figures, "-f", "%U %S %M", ...command], output);
  const [user, system, kilobytes] = readFileSync(figures, "utf8").trim().split("\n").at(-1).split(" ").map(Number);
  return { seconds: user + system, memory: kilobytes / 1024, found: countFound(command[0], stdout) };
}

/** @param {string} program @param {string} output */
function countFound(program, output) {
  if (program === rsigma) return output.split("\n").filter((line) => line.startsWith("{")).length;
  const { rules } = JSON.parse(output);
  return rules.reduce((sum, { matched, matchedInViews }) => sum + matched + matchedInViews, 0);
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1];
}
