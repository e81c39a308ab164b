// One measurement in a process of its own, so that memory is its own too.
//
//   node measure.mjs ours FILE GLUE RULES    the package's wasm; RULES is "one" or "all"
//   node measure.mjs peer FILE WASM          the evtx crate's JSON dump in wasm
//
// Prints JSON: seconds of work, bytes of wasm memory, and what was found.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** As the package reads files: the first piece ends where an event log's header does. */
const FIRST = 4096;
const SLICE = 1 << 20;
const RULE = "40e3b299-19a5-4460-96e9-e1467f714f8e";

const [kind, file, engine, rules] = process.argv.slice(2);
const bytes = readFileSync(file);
const result = kind === "ours" ? await ours() : await peer();
console.log(JSON.stringify(result));

async function ours() {
  const glue = await import(pathToFileURL(engine).href);
  const wasm = readFileSync(join(dirname(engine), "scriptscope_bg.wasm"));
  const { memory } = glue.initSync({ module: wasm });
  const session = new glue.Session(rules === "one" ? oneRule() : {});
  const start = clock();
  session.begin("bench");
  for (let at = 0, size = FIRST; at < bytes.length; at += size, size = SLICE) {
    const piece = bytes.subarray(at, at + size);
    session.lend(piece.length).set(piece);
    session.pushLent(piece.length);
  }
  session.end();
  const report = session.report();
  return {
    ...since(start),
    memory: memory.buffer.byteLength,
    records: report.totals.records,
    events: report.totals.events,
    scriptBlocks: report.totals.scriptBlocks,
    hits: report.rules.find((rule) => rule.id === RULE)?.matched ?? null,
    problems: report.totals.problems,
    rules: report.rules.length,
  };
}

/** The first detection, alone. */
function oneRule() {
  const name = "enable_powershell_remoting.yml";
  const text = readFileSync(new URL(`../rules/${name}`, import.meta.url), "utf8");
  return { builtin: false, rules: [{ name, text }] };
}

async function peer() {
  const { instance } = await WebAssembly.instantiate(readFileSync(engine), {});
  const { memory, room, dump } = instance.exports;
  const at = room(bytes.length);
  new Uint8Array(memory.buffer).set(bytes, at);
  const start = clock();
  const size = dump(at, bytes.length);
  return { ...since(start), memory: memory.buffer.byteLength, json: size };
}

function clock() {
  return { wall: process.hrtime.bigint(), cpu: process.cpuUsage() };
}

/** Seconds on the wall clock, and of all the process's threads. */
function since({ wall, cpu }) {
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: Number(process.hrtime.bigint() - wall) / 1e9, cpu: (user + system) / 1e6 };
}
