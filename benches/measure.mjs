// One measurement, in a process of its own so that its memory is too.
//
//   node measure.mjs ours FILE GLUE RULES    the package's wasm; RULES is "one" or "all"
//   node measure.mjs peer FILE WASM DUMP     the evtx crate's dump in wasm; DUMP is "dump" (JSON) or "values" (JSON values)
//
// The file is read several times. During the first pass the engine compiles the wasm and runs its baseline compiler's code;
// a page that stays open, or a tool that reads many files, soon sees the later times. Prints JSON: seconds of the first
// pass and the median of the others, the median of these in seconds of the process's CPU, which other processes change
// little, the seconds of each that the report took, bytes of wasm memory, and the counts that were found.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Sizes of reads, as the package reads files: the first read ends with an event log's header. */
const FIRST = 4096;
const SLICE = 1 << 20;
const PASSES = 5;
const RULE = "40e3b299-19a5-4460-96e9-e1467f714f8e";

const [kind, file, engine, what] = process.argv.slice(2);
const bytes = readFileSync(file);
const result = kind === "ours" ? await ours() : await peer();
console.log(JSON.stringify(result));

async function ours() {
  const glue = await import(pathToFileURL(engine).href);
  const wasm = readFileSync(join(dirname(engine), "scriptscope_bg.wasm"));
  const { memory } = glue.initSync({ module: wasm });
  return timed(() => {
    const session = new glue.Session(what === "one" ? oneRule() : {});
    const [start, cpuStart] = [process.hrtime.bigint(), process.cpuUsage()];
    session.begin("bench");
    for (let at = 0, size = FIRST; at < bytes.length; at += size, size = SLICE) {
      const piece = bytes.subarray(at, at + size);
      session.lend(piece.length).set(piece);
      session.pushLent(piece.length);
    }
    session.end();
    const [reading, cpuReading] = [since(start), cpuSince(cpuStart)];
    const report = session.report();
    const [seconds, cpu] = [since(start), cpuSince(cpuStart)];
    session.free();
    const found = {
      records: report.totals.records,
      events: report.totals.events,
      scriptBlocks: report.totals.scriptBlocks,
      hits: report.rules.find((rule) => rule.id === RULE)?.matched ?? null,
      problems: report.problems.filter(({ severity }) => severity !== "info").length,
    };
    const times = { seconds, report: seconds - reading, cpu, cpuReport: cpu - cpuReading };
    return { ...times, found, memory: memory.buffer.byteLength };
  });
}

/** The built-in detection of `Enable-PSRemoting`, alone. */
function oneRule() {
  const name = "enable_powershell_remoting.yml";
  const text = readFileSync(new URL(`../rules/${name}`, import.meta.url), "utf8");
  return { builtin: false, rules: [{ name, text }] };
}

async function peer() {
  const { instance } = await WebAssembly.instantiate(readFileSync(engine), {});
  const { memory, allocate, [what]: dump } = instance.exports;
  return timed(() => {
    const at = allocate(bytes.length);
    new Uint8Array(memory.buffer).set(bytes, at);
    const start = process.hrtime.bigint();
    const json = dump(at, bytes.length);
    return { seconds: since(start), found: { json }, memory: memory.buffer.byteLength };
  });
}

/** Asserts that every pass finds the same. */
function timed(pass) {
  const passes = Array.from({ length: PASSES }, pass);
  const [first, ...others] = passes;
  for (const { found } of others) {
    assert.deepEqual(found, first.found);
  }
  const median = (times) => times.sort((one, other) => one - other)[times.length >> 1];
  const later = median(others.map(({ seconds }) => seconds));
  const [report, cpu, cpuReport] = ["report", "cpu", "cpuReport"].map((name) =>
    median(others.map((/** @type {Record<string, number>} */ times) => times[name] ?? 0)),
  );
  const memory = Math.max(...passes.map(({ memory }) => memory));
  return { seconds: first.seconds, later, report, cpu, cpuReport, memory, ...first.found };
}

function since(start) {
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Returns the seconds of CPU, in user mode and in the kernel, of all the process's threads. */
function cpuSince(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
