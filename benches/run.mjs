// Measures the package's wasm beside its peers on generated logs, and asserts the counts that were found.
//
//   make bench                   all of it
//   BENCH_SIZE=60M make bench    on smaller inputs
//
// Every measurement is a process of its own. The kinds take turns, so that all of them see the same machine; the median
// of each is printed. Wasm reads the log several times in its process, and the first pass is printed apart from the later
// ones. The page is measured in Chromium with the same log. MB are 10^6 bytes.
//
// If there is a corpus of real logs (SCRIPTSCOPE_CORPUS, or ../shared/corpus), a log made of its chunks is measured too, and
// logs of an incident: the scripts of the corpus that rules match, over and over, as they are or obfuscated.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { writeScripts } from "./incident.mjs";
import { writeReal } from "./real.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = (path) => root + path;
const size = process.env.BENCH_SIZE ?? "250M";
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const engine = process.env.BENCH_ENGINE ?? at("pkg/scriptscope.js");
const corpus = process.env.SCRIPTSCOPE_CORPUS ?? at("../shared/corpus");

mkdirSync(at(".cache/bench"), { recursive: true });
const evtx = input("evtx");
const peer = buildPeer();

evtxTable(evtx);
textTable(input("ndjson"));
textTable(input("xml"));

const real = realInputs();
if (real) {
  evtxTable(real.evtx);
  textTable(real.ndjson);
  textTable(real.xml);
  (await incidents()).forEach(evtxTable);
} else {
  console.log("\nno corpus: neither a log of real chunks nor logs of an incident are measured");
}

const inPage = {
  "the page, one worker": () => page(evtx, 1),
  "the page, two workers": () => page(evtx, 2),
};
const pages = table(`EVTX in Chromium, from the drop to the drawn report, all built-in rules`, evtx.file, inPage);
const [firstGain, laterGain] = ["first", "later"].map(
  (pass) => pages["the page, two workers"][pass] / pages["the page, one worker"][pass],
);
console.log(
  `  two workers: ${firstGain.toFixed(1)} times, later ${laterGain.toFixed(1)} times one; cores: ${cpus().length}`,
);

/** Measures the evtx crate's dumps and our engine on one log. */
function evtxTable(log) {
  const { title, file } = log;
  const kinds = {
    "evtx crate, JSON, wasm": () => measure("peer", file, peer.wasm, "dump"),
    "evtx crate, JSON values, wasm": () => measure("peer", file, peer.wasm, "values"),
    "evtx crate, JSON, native": () => native("evtx", file),
    "ours, one rule": () => ours(log, "one"),
    "ours, all built-in rules": () => ours(log, "all"),
  };
  const speeds = table(`${title}, ${megabytes(file).toFixed(0)} MB`, file, kinds);
  for (const kind of ["ours, one rule", "ours, all built-in rules"]) {
    const ratios = ["evtx crate, JSON, wasm", "evtx crate, JSON values, wasm"].map((dump) => {
      const [first, later] = ["first", "later"].map((pass) => speeds[kind][pass] / speeds[dump][pass]);
      return `${first.toFixed(1)}, later ${later.toFixed(1)} times ${dump}`;
    });
    console.log(`  ${kind}: ${ratios.join("; ")}`);
  }
}

/** Measures our engine and other tools on one text log. */
function textTable(text) {
  const { title, kind, file } = text;
  const kinds = {
    "ours, one rule": () => ours(text, "one"),
    "ours, all built-in rules": () => ours(text, "all"),
  };
  if (kind === "ndjson") {
    kinds["serde_json, each line, native"] = () => native("lines", file);
  }
  if (hasRipgrep()) {
    kinds["ripgrep -i -c, one thread"] = () => ripgrep(file);
  } else {
    console.log("ripgrep is not installed: not compared with it");
  }
  table(`${title}, ${megabytes(file).toFixed(0)} MB`, file, kinds);
}

/** Returns logs of the corpus's scripts that rules match: dense with attacks, as no ordinary log is. Made once. */
async function incidents() {
  const scripts = at(".cache/bench/scripts.ndjson");
  if (!existsSync(scripts)) await writeScripts(corpus, scripts, engine);
  const of = (name, title, changed, obfuscated) => {
    const shares = ["--changed", changed, "--obfuscated", obfuscated, "--others", "0"];
    return input("evtx", name, `EVTX of an incident, ${title}`, ["--scripts", scripts, ...shares]);
  };
  return [
    of("repeated", "the same scripts over and over", "0", "0"),
    of("incident", "half of the scripts with a small change", "0.5", "0"),
    of("distinct", "every script different", "1", "0"),
    of("obfuscated", "four scripts in five obfuscated", "0.5", "0.8"),
  ];
}

/** Returns a log made of the corpus's chunks, and the same events as text. Made once. */
function realInputs() {
  if (!existsSync(corpus)) return null;
  const [evtx, ndjson, xml] = ["evtx", "ndjson", "xml"].map((kind) => at(`.cache/bench/real-${kind}-${size}`));
  const facts = `${evtx}.json`;
  if (!existsSync(facts)) {
    console.log(`making ${size} of real chunks`);
    const chunks = writeReal(corpus, evtx, bytesOf(size));
    const found = JSON.parse(run(peer.native, ["write", evtx, ndjson, xml]));
    writeFileSync(facts, JSON.stringify({ ...found, chunks }));
  }
  const known = JSON.parse(readFileSync(facts, "utf8"));
  const checked = ["records", "events", "hits"];
  const of = (kind, file, title) => ({ kind, file, facts: known, checked, title });
  return {
    evtx: of("evtx", evtx, `EVTX made of ${known.chunks} real chunks`),
    ndjson: of("ndjson", ndjson, "the same events as NDJSON"),
    xml: of("xml", xml, "the same events as XML"),
  };
}

/** Returns a size in bytes. @param {string} size as the generator takes it */
function bytesOf(size) {
  const [, number, unit] = /^(\d+)([KMG]?)$/.exec(size);
  return Number(number) * 1024 ** ["", "K", "M", "G"].indexOf(unit);
}

/** Returns a generated log and its counts. Made once. */
function input(kind, name = kind, title = kind.toUpperCase(), options = ["--others", "0.05"]) {
  const file = at(`.cache/bench/${name}-${size}`);
  const facts = `${file}.json`;
  if (!existsSync(facts)) {
    console.log(`generating ${size} of ${name}`);
    const generate = ["run", "--quiet", "--release", "--example", "generate", "--", kind];
    const made = run("cargo", [...generate, "--size", size, "--out", file, ...options]);
    writeFileSync(facts, made);
  }
  const known = JSON.parse(readFileSync(facts, "utf8"));
  // What a script hides is found in views, of which the generator knows nothing.
  const isIncident = name !== kind;
  const checked = ["records", "events", "scriptBlocks", ...(isIncident ? [] : ["hits", "problems"])];
  return { kind, file, facts: { ...known, problems: 0 }, checked, title };
}

/** Builds the evtx crate for wasm and for this machine. */
function buildPeer() {
  const manifest = at("benches/peer-evtx/Cargo.toml");
  const target = at(".cache/peer-evtx");
  const flags = ["-Ctarget-feature=+simd128", '--cfg=getrandom_backend="custom"'];
  const build = ["build", "--quiet", "--release", "--locked", "--manifest-path", manifest];
  run("cargo", [...build, "--target-dir", target]);
  run("cargo", [
    ...[...build, "--lib", "--target-dir", target, "--target", "wasm32-unknown-unknown"],
    ...["--config", `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`],
  ]);
  return {
    wasm: `${target}/wasm32-unknown-unknown/release/peer_evtx.wasm`,
    native: `${target}/release/peer-evtx`,
  };
}

function ours({ file, facts, checked }, rules) {
  const found = measure("ours", file, engine, rules);
  for (const fact of checked) assert.equal(found[fact], facts[fact], fact);
  return found;
}

/** Measures the page on a first file and on a second one. */
function page({ file, facts }, workers) {
  const measured = JSON.parse(
    run(process.execPath, [at("benches/page.mjs"), at("dist/index.html"), file, String(workers)]),
  );
  const blocks = `${facts.scriptBlocks.toLocaleString("en-US")} script blocks`;
  for (const found of measured.found) assert.ok(found.includes(blocks), `${found}, not ${blocks}`);
  return measured;
}

function measure(...arguments_) {
  return JSON.parse(run(process.execPath, [at("benches/measure.mjs"), ...arguments_]));
}

function native(kind, file) {
  const [seconds] = run(peer.native, [kind, file]).split(" ");
  return { seconds: Number(seconds) };
}

function hasRipgrep() {
  try {
    return run("rg", ["--version"]).startsWith("ripgrep");
  } catch {
    return false;
  }
}

function ripgrep(file) {
  const start = process.hrtime.bigint();
  // ripgrep exits with 1 if it finds nothing.
  const { status } = spawnSync("rg", ["-i", "-c", "-j1", "--no-config", "Enable-PSRemoting", file]);
  assert.ok(status === 0 || status === 1, `ripgrep ended with ${status}`);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

/** Runs all kinds in turns, prints their medians, and returns MB/s by kind for the first pass and the later ones. */
function table(title, file, kinds) {
  console.log(`\n${title}`);
  const runs = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [kind, once] of Object.entries(kinds)) {
      runs[kind].push(once());
    }
  }
  const speeds = {};
  for (const [kind, all] of Object.entries(runs)) {
    const first = megabytes(file) / median(all.map(({ seconds }) => seconds));
    const later = megabytes(file) / median(all.map(({ seconds, later }) => later ?? seconds));
    speeds[kind] = { first, later };
    const [{ memory }] = all;
    const reports = all.map(({ report }) => report ?? 0);
    const report = memory && reports[0] ? `, of which the report ${(median(reports) * 1e3).toFixed(0)} ms` : "";
    const both = [first, later].map((speed) => `${speed.toFixed(0).padStart(6)} MB/s`);
    const again = all[0].later ? `, later ${both[1]}` : "";
    const wasm = memory ? `  ${(memory / 2 ** 20).toFixed(1)} MiB wasm memory` : "";
    console.log(`  ${kind.padEnd(32)} ${both[0]}${again}${report}${wasm}`);
  }
  return speeds;
}

function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1];
}

function megabytes(file) {
  return statSync(file).size / 1e6;
}

function run(command, arguments_) {
  const options = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
  return execFileSync(command, arguments_, { ...options, maxBuffer: 1 << 28 });
}
