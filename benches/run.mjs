// Measures the package's wasm beside its peers, on inputs of its own making, and checks what was found.
//
//   make bench                   all of it
//   BENCH_SIZE=60M make bench    on smaller inputs
//
// Every measurement is a process of its own. The kinds take turns, so that all of them see the same machine;
// of each the median counts. What runs in wasm is read several times in its process: the first time is told apart
// from the later ones. The page is measured in Chromium, with the same log. MB are 10^6 bytes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = (path) => root + path;
const size = process.env.BENCH_SIZE ?? "250M";
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const engine = process.env.BENCH_ENGINE ?? at("pkg/scriptscope.js");

mkdirSync(at(".cache/bench"), { recursive: true });
const evtx = input("evtx");
const texts = [input("ndjson"), input("xml")];
const peer = buildPeer();

const kinds = {
  "evtx crate, JSON, wasm": () => measure("peer", evtx.file, peer.wasm),
  "evtx crate, JSON, native": () => native("evtx", evtx.file),
  "ours, one rule": () => ours(evtx, "one"),
  "ours, all built-in rules": () => ours(evtx, "all"),
};
const speeds = table(`EVTX, ${megabytes(evtx.file).toFixed(0)} MB`, evtx.file, kinds);
const dump = speeds["evtx crate, JSON, wasm"];
for (const kind of ["ours, one rule", "ours, all built-in rules"]) {
  const [first, later] = ["first", "later"].map((pass) => speeds[kind][pass] / dump[pass]);
  const ratio = `${first.toFixed(1)} times, later ${later.toFixed(1)} times`;
  console.log(`  ${kind}: ${ratio} the evtx crate's dump in wasm`);
}

for (const text of texts) {
  const kinds = {
    "ours, one rule": () => ours(text, "one"),
    "ours, all built-in rules": () => ours(text, "all"),
  };
  if (text.kind === "ndjson") {
    kinds["serde_json, each line, native"] = () => native("lines", text.file);
  }
  if (hasRipgrep()) {
    kinds["ripgrep -i -c, one thread"] = () => ripgrep(text.file);
  } else {
    console.log("ripgrep is not installed: not compared with it");
  }
  table(`${text.kind.toUpperCase()}, ${megabytes(text.file).toFixed(0)} MB`, text.file, kinds);
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

/** A generated log and the facts in it; made once. */
function input(kind) {
  const file = at(`.cache/bench/${kind}-${size}`);
  const facts = `${file}.json`;
  if (!existsSync(facts)) {
    console.log(`generating ${size} of ${kind}`);
    const made = run("cargo", [
      ...["run", "--quiet", "--release", "--example", "generate", "--", kind],
      ...["--size", size, "--out", file, "--others", "0.05"],
    ]);
    writeFileSync(facts, made);
  }
  return { kind, file, facts: JSON.parse(readFileSync(facts, "utf8")) };
}

/** The evtx crate, for wasm and for this machine. */
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

function ours({ file, facts }, rules) {
  const found = measure("ours", file, engine, rules);
  const { records, events, scriptBlocks, hits } = facts;
  const { problems } = found;
  assert.deepEqual(
    { records: found.records, events: found.events, scriptBlocks: found.scriptBlocks, problems },
    { records, events, scriptBlocks, problems: 0 },
  );
  assert.equal(found.hits, hits, "blocks that the first detection matched");
  return found;
}

/** What one page does, on a first file and on the next. */
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
  run("rg", ["-i", "-c", "-j1", "--no-config", "Enable-PSRemoting", file]);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

/** Runs all kinds by turns, prints their medians, and gives MB/s by kind, of the first pass and of later ones. */
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
    const both = [first, later].map((speed) => `${speed.toFixed(0).padStart(6)} MB/s`);
    const again = all[0].later ? `, later ${both[1]}` : "";
    const wasm = memory ? `  ${(memory / 2 ** 20).toFixed(1)} MiB wasm memory` : "";
    console.log(`  ${kind.padEnd(32)} ${both[0]}${again}${wasm}`);
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
