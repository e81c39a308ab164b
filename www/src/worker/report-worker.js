/**
 * The report worker: takes inputs, has them read, and answers requests about the report.
 */
import { readRulesWith } from "../../../npm/rules.js";
import { yieldToEventLoop } from "../../../npm/yield-to-event-loop.js";
import { Readers } from "./readers.js";
import { prepare, Run } from "./run.js";
import { bytesOf } from "./source-bytes.js";
import { indicatorsToBlock } from "./to-block.js";
import { compile, formatScript, instantiate, mergeCases, openCase, saveCase, Session, unwrap } from "./wasm.js";

/** @typedef {import("../types.js").FromWorker} FromWorker */
/** @typedef {import("../types.js").ToWorker} ToWorker */

/** Time between two turns of the event loop. */
const TURN_MS = 30;
/** Pause after a run, in which the page draws. */
const DRAWING_MS = 300;

/** @type {Run | null} */
let current = null;
/** The inputs received so far for the next run. @type {import("../types.js").Input[]} */
let coming = [];
/** The inputs of the last run. @type {import("../types.js").Input[]} */
let opened = [];
/** @type {Promise<Readers>} */
let readers;
/** Settles when the page's own sample has been read, so that the engine's code is compiled for the first file. */
let rehearsed = Promise.resolve();
/** Counts searches, so that a replaced one ends. */
let searches = 0;

export function hold() {
  self.onmessage = async (/** @type {MessageEvent<ToWorker>} */ { data }) => {
    if (data.type !== "drawn" && data.type !== "idle") askedAt = performance.now();
    try {
      await handle(data);
    } catch (error) {
      // A refused request is answered with its error.
      if ("request" in data && error instanceof Error && !isStop(error)) refuse(data.request, error);
      else post({ type: "failed", message: why(error) });
    }
  };
}

/** @param {FromWorker} message */
function post(message) {
  self.postMessage(message);
}

/** @param {ToWorker} message */
async function handle(message) {
  switch (message.type) {
    case "engine":
      readers = start(message.wasm, message.script);
      await readers;
      post({
        type: "ready",
        methods: methodsOf(Session.prototype),
      });
      break;
    case "warm":
      (await readers).warm(message.workers ?? Infinity);
      if (!current) prepare();
      break;
    case "rehearse":
      // An error here occurs again, and is reported, when the run starts.
      if (!current) rehearsed = rehearse(message.inputs).catch(() => {});
      break;
    case "inputs":
      if (message.first) coming = [];
      coming.push(...message.inputs);
      break;
    case "open":
      opened = coming;
      coming = [];
      await open(opened, message.options, false);
      break;
    case "add":
      await add();
      break;
    case "again":
      await open(opened, message.options, true);
      break;
    case "cancel":
      current?.stop.abort();
      break;
    case "drawn":
      current?.sender.drawn();
      break;
    case "password":
      current?.passwords.answer(message.password ?? "");
      break;
    case "block":
      answer(message.request, await block(message.id));
      break;
    case "query":
      await query(message.request, message.text);
      break;
    case "query-stop":
      asking?.leave();
      break;
    case "lines":
      answer(message.request, await lines(message.ids));
      break;
    case "idle":
      await idle();
      answer(message.request, null);
      break;
    case "rules":
      answer(message.request, rulesWith(message.options));
      break;
    case "read-rules":
      answer(message.request, await ruleFiles(message.inputs));
      break;
    case "assets":
      assets(message.files);
      answer(message.request, null);
      break;
    case "allow":
      allow(message.entries);
      answer(message.request, null);
      break;
    case "call":
      if (LISTS.has(message.method)) await turn();
      answer(message.request, await call(message.method, message.args));
      break;
    case "run":
      if (message.name === "toBlock") await turn();
      answer(message.request, await run(message.name, message.args));
      break;
    case "find":
      await find(message.request, message.text);
      break;
    case "export":
      answer(message.request, await exported(message.format, message.marked));
      break;
  }
}

/** Returns the names of all methods, inherited ones too. @param {object | null} one @returns {string[]} */
function methodsOf(one) {
  return one === null ? [] : [...Object.getOwnPropertyNames(one), ...methodsOf(Object.getPrototypeOf(one))];
}

/** @param {string} packed @param {string} script */
async function start(packed, script) {
  const module = await compile(packed);
  await instantiate(module);
  return new Readers(module, script);
}

/** Reads inputs and discards what they hold. @param {import("../types.js").Input[]} inputs */
async function rehearse(inputs) {
  const run = new Run({}, await readers, () => {});
  await run.read(inputs, false);
  run.session.free();
  if (!current) prepare();
}

/**
 * @param {import("../types.js").Input[]} inputs
 * @param {import("../../../npm/index.js").SessionOptions} options
 * @param {boolean} again
 */
async function open(inputs, options, again) {
  const run = new Run(options, await readers, post);
  const before = current;
  current = run;
  searches += 1;
  if (before) {
    before.leave();
    if (again) run.sender.follow(before.sender);
    // Its results are no longer used, but its reading may not have ended.
    before.reading.finally(() => before.session.free());
  }
  run.reading = rehearsed.then(() => run.read(inputs, again));
  await run.reading;
  // Loading rules takes a while, so they are loaded ahead of the next run.
  setTimeout(() => {
    if (current === run) prepare(options);
  }, DRAWING_MS);
}

/** Reads further inputs into the session that is open. */
async function add() {
  const more = coming;
  coming = [];
  const run = current;
  if (!run) return;
  const before = opened;
  opened = [...opened, ...more];
  run.reading = run.reading.then(() => run.read(more, false, before));
  await run.reading;
}

/** Returns a script block with its text, its tokens and views. @param {string} id */
async function block(id) {
  const run = current;
  const session = run?.session;
  const found = session?.block(id);
  if (session && found) return { block: found, tokens: session.tokens(id), views: session.views(id) };
  return run ? again(run, id) : null;
}

/** Reads a block that the session does not hold again from its source. @param {Run} run @param {string} id */
async function again(run, id) {
  const { session } = run;
  const plan = session.readPlan(id);
  if (!plan) return null;
  const pieces = await bytesOf(run.resources, plan, (member) => run.passwords.ask(member));
  const found = session.readBlock(id, pieces);
  return found && { block: found, tokens: session.tokens(id), views: session.views(id) };
}

/**
 * Reads the texts of marked script blocks that no rule matched again, all together. The report says which it lacks.
 * @param {unknown} ownCase
 * @param {string[]} [ids] further ones
 */
async function readMarked(ownCase, ids) {
  const run = current;
  if (!run) return;
  const { session } = run;
  const unread = session.unreadTexts?.(ownCase, ids) ?? [];
  const plans = unread.map((/** @type {string} */ id) => ({ id, plan: session.readPlan(id) ?? [] }));
  await readPlans(run, plans, () => {});
}

/**
 * Reads script blocks again, together, so that an archive is unpacked once.
 * @param {Run} run
 * @param {{ id: string, plan: import("./source-bytes.js").Range[] }[]} plans
 * @param {(id: string, text: string) => void} found
 */
async function readPlans(run, plans, found) {
  const bytes = (/** @type {import("./source-bytes.js").Range[]} */ ranges) =>
    bytesOf(run.resources, ranges, (member) => run.passwords.ask(member));
  // Where one of them cannot be read, each is read by itself.
  const together = await bytes(plans.flatMap(({ plan }) => plan)).catch(() => null);
  let at = 0;
  for (const { id, plan } of plans) {
    try {
      const own = together?.slice(at, at + plan.length) ?? (await bytes(plan));
      found(id, run.session.readBlock(id, own)?.text ?? "");
    } catch {
      // Its source has changed. Whoever opens the block is told why.
    }
    at += plan.length;
  }
}

/** The query that runs. @type {Run | null} */
let asking = null;

/** Time that lists wait for the first rows of a query. */
const FIRST_ROWS_MS = 3_000;
/** Settles when the last query has found something or ended, or after that time. @type {Promise<unknown>} */
let firstRows = Promise.resolve();
let turns = Promise.resolve();

/** Waits for all messages that have come and for a query's first rows: lists, which take long, come after them. */
function turn() {
  turns = turns.then(yieldToEventLoop).then(async () => void (await firstRows));
  return turns;
}

/** Time without a message after which the worker is idle. */
const IDLE_MS = 300;
/** When the last message came. */
let askedAt = 0;

/** Waits until nothing is read and nothing was asked for a while: a list that nobody sees must not delay a query. */
async function idle() {
  let left = IDLE_MS;
  while (left > 0) {
    await new Promise((resolve) => setTimeout(resolve, left));
    await current?.reading.catch(() => {});
    await turn();
    left = asking ? IDLE_MS : askedAt + IDLE_MS - performance.now();
  }
}

/**
 * Reads a query, and the inputs once more with it as their only rule. Answered are the query as it was read, then the
 * messages of a run.
 * @param {number} request
 * @param {string} text
 */
async function query(request, text) {
  const read = (current?.session ?? prepare()).searchQuery(text);
  post({ type: "answer", request, value: { type: "read", read }, last: false });
  asking?.leave();
  // It finds what a search of the results' texts would.
  searches += 1;
  const { rules: _, disabled: __, allowList: ___, ...own } = current?.options ?? {};
  const options = { ...own, builtin: false, inventory: false, rules: [read.rule] };
  /** @type {(value?: unknown) => void} */
  let found = () => {};
  firstRows = new Promise((resolve) => {
    found = resolve;
    setTimeout(resolve, FIRST_ROWS_MS);
  });
  const tell = (/** @type {FromWorker} */ message) => {
    post({ type: "answer", request, value: message, last: false });
    if (message.type === "piece" && message.kind === "results") found();
    // The page draws as many rows as are in view: nothing has to wait for it.
    if (message.type === "tail") run.sender.drawn();
  };
  const run = new Run(options, await readers, tell, (given) => new Session(given));
  asking = run;
  try {
    await current?.reading;
    if (!run.replaced) await run.read(opened, false);
  } finally {
    found();
    if (asking === run) asking = null;
    run.session.free();
  }
  answer(request, null);
}

/** Upper bound on the bytes that are read again for the first lines of a screen of blocks. */
const LINES_BYTES = 8 << 20;
const LINE = 240;

/** Returns the first lines of script blocks that can be read with few bytes. @param {string[]} ids */
async function lines(ids) {
  /** @type {Record<string, string>} */
  const found = {};
  const run = current;
  if (!run) return found;
  const { session } = run;
  let left = LINES_BYTES;
  /** @type {{ id: string, plan: import("./source-bytes.js").Range[] }[]} */
  const plans = [];
  for (const id of ids) {
    const block = session.block(id);
    if (block) found[id] = firstLine(block.text);
    const plan = block ? null : session.readPlan?.(id);
    const bytes = plan?.reduce(
      (/** @type {number} */ sum, /** @type {{ length: number }} */ one) => sum + one.length,
      0,
    );
    if (!plan || bytes > left) continue;
    left -= bytes;
    plans.push({ id, plan });
  }
  await readPlans(run, plans, (id, text) => (found[id] = firstLine(text)));
  return found;
}

/** Returns the first line that says something. @param {string} text */
function firstLine(text) {
  const code = text.slice(0, 64 * LINE).replace(/^\s*<#[^]*?#>/, "");
  const head = (code.trim() === "" ? text : code).slice(0, 16 * LINE);
  const all = head.split("\n").map((line) => line.trim());
  return (all.find((line) => line !== "" && !line.startsWith("#")) ?? all.find((line) => line !== "") ?? "").slice(
    0,
    LINE,
  );
}

/** Methods that change nothing. */
const METHODS = new Set([
  "blockNeighbours",
  "calledNames",
  "checkRule",
  "contextEvents",
  "costs",
  "exportAllowList",
  "histogram",
  "listBlocks",
  "listIndicators",
  "listScripts",
  "preview",
  "proposals",
  "rule",
  "searchQuery",
  "tokens",
  "reportText",
  "sourceProblems",
]);

/** Those of them that go through all script blocks. */
const LISTS = new Set(["contextEvents", "histogram", "listBlocks", "listIndicators", "listScripts"]);

/** @param {string} method @param {unknown[]} args */
async function call(method, args) {
  if (!METHODS.has(method)) throw new TypeError(`${method} is not to be called`);
  if (method === "reportText") await readMarked(args[0]);
  return /** @type {any} */ (current?.session ?? prepare())[method](...args);
}

/** Functions of the engine that need no report, and the hashes of the logs. */
const FUNCTIONS = { formatScript, hashes, mergeCases, openCase, saveCase, toBlock, unwrap };

/** @param {keyof typeof FUNCTIONS} name @param {any[]} args */
function run(name, args) {
  return /** @type {any} */ (FUNCTIONS[name])(...args);
}

/** Returns the indicators that are to be blocked. @param {string | null} computer */
function toBlock(computer) {
  return current ? indicatorsToBlock(current.session, computer) : [];
}

/** Returns the SHA-256 of each log by its name. The logs are read once more, in one piece each, and not searched. */
async function hashes() {
  const run = new Run({ builtin: false, sha256: true }, await readers, () => {});
  try {
    await run.read(opened, false);
    /** @type {import("../types.js").Report} */
    const { sources } = run.session.report();
    return sources.map(({ name, sha256 }) => [name, sha256]);
  } finally {
    run.session.free();
  }
}

/** Returns the rules that would run, while nothing is opened. @param {import("../types.js").SessionOptions} options */
function rulesWith(options) {
  const { rules, problems } = prepare(options).outline().report;
  return { rules, problems };
}

/** @param {import("../types.js").Input[]} inputs */
async function ruleFiles(inputs) {
  const files = await readRulesWith(
    inputs.map(({ name, file }) => ({ name, data: file })),
    () => [],
  );
  const decoder = new TextDecoder();
  return files.map(({ name, text }) => ({ name, text: typeof text === "string" ? text : decoder.decode(text) }));
}

/** @param {import("../types.js").AssetFile[]} files */
function assets(files) {
  if (!current) return;
  current.session.setAssets(files);
  current.options = { ...current.options, assets: files };
  current.sender.send();
}

/** @param {import("../types.js").AllowEntry[]} entries */
function allow(entries) {
  if (!current) return;
  current.session.setAllowList(entries);
  current.options = { ...current.options, allowList: entries };
  current.sender.send();
}

/**
 * Searches a text in the script blocks of results; sends the ids of results in batches.
 * @param {number} request
 * @param {string} text
 */
async function find(request, text) {
  searches += 1;
  const mine = searches;
  const wanted = text.toLowerCase();
  const found = new Set();
  let began = performance.now();
  /** @type {string[]} */
  let batch = [];
  for (const [blockId, results] of wanted === "" ? [] : (current?.sender.blocks() ?? [])) {
    if (current?.session.block(blockId)?.text.toLowerCase().includes(wanted)) {
      for (const id of results) if (!found.has(id)) (batch.push(id), found.add(id));
    }
    if (performance.now() - began > TURN_MS) {
      post({ type: "answer", request, value: batch, last: false });
      batch = [];
      await yieldToEventLoop();
      began = performance.now();
      if (mine !== searches) break;
    }
  }
  post({ type: "answer", request, value: batch, last: true });
}

/** @param {string} format @param {string[]} marked ids of script blocks and scripts */
async function exported(format, marked) {
  const types = /** @type {Record<string, string>} */ ({
    json: "application/json",
    ndjson: "application/x-ndjson",
    csv: "text/csv",
  });
  const [kind = "", table] = format.split(" ");
  if (!(format in types)) {
    await readMarked(undefined, marked);
    /** @type {any} */
    const session = current?.session;
    const made = session?.export(kind, { ...(table ? { table } : {}), marked }) ?? "";
    return new Blob([made], { type: types[kind] ?? "application/octet-stream" });
  }
  const parts = [];
  const pieces = current?.session.pieces(format);
  for (let piece; (piece = pieces?.next());) parts.push(/** @type {BlobPart} */ (piece));
  pieces?.free();
  return new Blob(parts, { type: `${types[format]};charset=utf-8` });
}

/** @param {number} request @param {Error & { line?: number, column?: number }} error */
function refuse(request, { message, line, column }) {
  post({ type: "answer", request, value: null, last: true, refused: { message, line, column } });
}

/** @param {number} request @param {unknown} value */
function answer(request, value) {
  post({ type: "answer", request, value, last: true });
}

/**
 * Whether the session is lost, and with it everything that only it holds: after a trap in the wasm.
 * @param {unknown} error
 */
const isStop = (error) =>
  error instanceof WebAssembly.RuntimeError ||
  error instanceof RangeError ||
  (error instanceof Error && "code" in error && error.code === "engineStopped");

/** @param {unknown} error */
function why(error) {
  if (isStop(error)) {
    return "The engine ran out of memory or met a fault of its own; what was found before is shown.";
  }
  return error instanceof Error ? error.message : String(error);
}
