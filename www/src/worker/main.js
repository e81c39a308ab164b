/**
 * The worker: holds the wasm and the session, reads the inputs, answers questions about script texts.
 */
import { readInto } from "../../../npm/analyze.js";
import { giveWay } from "../model/slices.js";
import { Sender } from "./sender.js";
import { Session, start } from "./wasm.js";

/** @typedef {import("../types.js").FromWorker} FromWorker */
/** @typedef {import("../types.js").ToWorker} ToWorker */

/** Work that is done before messages have their turn. */
const TURN_MS = 30;

/** One opening of inputs, until the next. */
class Run {
  /** @param {object} options */
  constructor(options) {
    this.session = new Session(options);
    this.sender = new Sender(this.session, post);
    this.stop = new AbortController();
    this.reading = Promise.resolve();
  }

  /** @param {import("../types.js").Input[]} inputs */
  async read(inputs) {
    const { signal } = this.stop;
    const passwords = new Passwords(signal);
    try {
      await readInto(
        this.session,
        inputs.map(({ name, file }) => ({ name, data: file })),
        { signal, onProgress: (progress) => this.#tell(progress), password: (member) => passwords.ask(member) },
        () => [],
      );
    } catch (error) {
      if (!signal.aborted) throw error;
      // Cancelled within a source: what of it was read counts.
      if (current === this) this.session.end();
    }
    if (current !== this) return;
    this.sender.send();
    post({ type: "done", cancelled: signal.aborted });
  }

  /** @param {import("../../../npm/index.js").Progress} progress */
  #tell({ bytes, source, counts: { events, scriptBlocks } }) {
    if (current !== this) return;
    post({ type: "progress", bytes, source: source ?? "", events, scriptBlocks });
    this.sender.sendIfDue();
  }
}

/** What the reader of the page says; tried for all that is locked, and asked for again where it opens nothing. */
class Passwords {
  /** Empty once the reader wants to leave it unread, and with it all else that is locked. @type {string | undefined} */
  #given;
  /** The member that the last password was tried on. */
  #tried = "";
  #signal;

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#signal = signal;
  }

  /** @param {string} member @returns {Promise<string | null>} */
  async ask(member) {
    const wrong = this.#given !== undefined && this.#tried === member;
    if (this.#given === undefined || (wrong && this.#given !== "")) {
      this.#given = await new Promise((resolve) => {
        answerPassword = resolve;
        this.#signal.addEventListener("abort", () => resolve(""), { once: true });
        post({ type: "password", name: member, wrong });
      });
    }
    this.#tried = member;
    return this.#given || null;
  }
}

/** @type {Run | null} */
let current = null;
/** @type {(password: string) => void} */
let answerPassword = () => {};
/** The wasm being compiled: the number of its rules. @type {Promise<number> | null} */
let starting = null;
/** Counts searches, so that a replaced one ends. */
let searches = 0;

/** @param {FromWorker} message */
function post(message) {
  self.postMessage(message);
}

self.onmessage = async (/** @type {MessageEvent<ToWorker>} */ { data }) => {
  try {
    await handle(data);
  } catch (error) {
    post({ type: "failed", message: why(error) });
  }
};

/** @param {ToWorker} message */
async function handle(message) {
  switch (message.type) {
    case "engine":
      starting = start(message.bytes);
      post({ type: "ready", rules: await starting });
      break;
    case "open":
      await open(message.inputs, message.options);
      break;
    case "cancel":
      current?.stop.abort();
      break;
    case "drawn":
      current?.sender.drawn();
      break;
    case "password":
      answerPassword(message.password ?? "");
      break;
    case "block":
      answer(message.request, block(message.id));
      break;
    case "rule":
      answer(message.request, current?.session.rule(message.id) ?? null);
      break;
    case "find":
      await find(message.request, message.text);
      break;
    case "export":
      answer(message.request, exported(message.format));
      break;
  }
}

/** @param {import("../types.js").Input[]} inputs @param {object} options */
async function open(inputs, options) {
  await starting;
  const before = current;
  const run = new Run(options);
  current = run;
  searches += 1;
  if (before) {
    before.stop.abort();
    // Its reading ends at its next turn; nothing of it is used from here on.
    before.reading.finally(() => before.session.free());
  }
  run.reading = run.read(inputs);
  await run.reading;
}

/** @param {string} id */
function block(id) {
  const found = current?.session.block(id);
  return found ? { block: found, tokens: current?.session.tokens(id) ?? new Uint32Array() } : null;
}

/**
 * Looks for a text in the script blocks behind the results; tells the results in batches.
 * @param {number} request
 * @param {string} text
 */
async function find(request, text) {
  searches += 1;
  const mine = searches;
  const wanted = text.toLowerCase();
  const found = new Set();
  let turn = performance.now();
  /** @type {string[]} */
  let batch = [];
  for (const [blockId, results] of wanted === "" ? [] : (current?.sender.blocks() ?? [])) {
    if (current?.session.block(blockId)?.text.toLowerCase().includes(wanted)) {
      for (const id of results) if (!found.has(id)) (batch.push(id), found.add(id));
    }
    if (performance.now() - turn > TURN_MS) {
      post({ type: "answer", request, value: batch, last: false });
      batch = [];
      await giveWay();
      turn = performance.now();
      if (mine !== searches) break;
    }
  }
  post({ type: "answer", request, value: batch, last: true });
}

/** @param {string} format */
function exported(format) {
  const types = /** @type {Record<string, string>} */ ({
    json: "application/json",
    ndjson: "application/x-ndjson",
    csv: "text/csv",
  });
  const text = current?.session.export(/** @type {"json"} */ (format)) ?? "";
  return new Blob([text], { type: `${types[format]};charset=utf-8` });
}

/** @param {number} request @param {unknown} value */
function answer(request, value) {
  post({ type: "answer", request, value, last: true });
}

/** @param {unknown} error */
function why(error) {
  // A trap in the wasm: the session is lost, and with it what only it holds.
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    return "The engine ran out of memory or met a fault of its own; what was found before is shown.";
  }
  return error instanceof Error ? error.message : String(error);
}
