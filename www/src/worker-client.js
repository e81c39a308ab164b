/**
 * The page's side of the report worker.
 *
 * The page sends files and receives the report in small pieces. Script texts stay in the worker until they are requested.
 */
import { giveWay, spent } from "./model/slices.js";
import { store } from "./store.js";
import { trusted } from "./trusted.js";

/** @typedef {import("./types.js").FromWorker} FromWorker */
/** @typedef {import("./types.js").ToWorker} ToWorker */
/**
 * @typedef {Pick<import("../../npm/index.js").Session,
 *   "blockNeighbours" | "calledNames" | "checkRule" | "contextEvents" | "costs" | "exportAllowList" | "histogram" | "listBlocks" |
 *   "listIndicators" | "listScripts" | "preview" | "proposals" | "rule" | "searchQuery" | "tokens"> & {
 *   reportText(caseText: string | undefined, format: string): string,
 *   sourceProblems(caseText: string): import("../../npm/index.js").Problem[],
 * }} Calls
 */

/**
 * @typedef {object} Functions
 * @property {(text: string) => import("../../npm/index.js").FormattedScript} formatScript
 * @property {() => [string, string][]} hashes
 * @property {(one: string, other: string) => import("../../npm/index.js").MergedCase} mergeCases
 * @property {(text: string) => import("../../npm/index.js").OpenedCase} openCase
 * @property {(text: string) => string} saveCase
 * @property {(computer: string | null) => import("./types.js").Indicator[]} toBlock
 * @property {(text: string) => import("../../npm/index.js").UnwrappedView[]} unwrap
 */

/**
 * @typedef {object} Question
 * @property {any[]} pieces
 * @property {(value: any[]) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {(piece: any) => void} [onPiece]
 * @property {boolean} keeps whether pieces are collected for the answer
 */

/** Inputs in one message. */
const INPUTS = 250;

class Engine extends EventTarget {
  /** @type {Worker | null} */
  #worker = null;
  /** Messages sent before the worker existed. @type {ToWorker[]} */
  #early = [];
  /** @type {Map<number, Question>} */
  #questions = new Map();
  #asked = 0;
  #opened = 0;
  /** @type {() => void} */
  #isReady = () => {};
  /** Resolves once the wasm is compiled. @type {Promise<void>} */
  ready = new Promise((resolve) => (this.#isReady = resolve));
  /** Methods of the session. @type {Set<string>} */
  #methods = new Set();

  /** Whether the session has a method. @param {string} method */
  has(method) {
    return this.#methods.has(method);
  }

  /** @param {{ script: string, wasm: string }} parts the worker's source, and the gzipped wasm in base 85 */
  start(parts) {
    const url = URL.createObjectURL(new Blob([parts.script], { type: "text/javascript" }));
    const worker = new Worker(/** @type {any} */ (trusted(url)), { name: "scriptscope" });
    worker.onmessage = (event) => this.#receive(event.data);
    worker.onerror = (event) => this.#fail(event.message || "the worker could not start");
    worker.onmessageerror = () => this.#fail("a message from the worker could not be read");
    this.#worker = worker;
    this.#post({ type: "engine", wasm: parts.wasm, script: parts.script });
    for (const message of this.#early.splice(0)) this.#post(message);
  }

  /** @param {import("./types.js").Input[]} inputs @param {import("./types.js").SessionOptions} options */
  async open(inputs, options) {
    store.begin(inputs.length);
    if (await this.#send(inputs)) this.#post({ type: "open", options });
  }

  /** Reads further inputs into the same report. @param {import("./types.js").Input[]} inputs */
  async add(inputs) {
    store.beginMore(inputs.length);
    if (await this.#send(inputs)) this.#post({ type: "add" });
  }

  /** Sends inputs in slices. @param {import("./types.js").Input[]} inputs @returns {Promise<boolean>} false if others replaced them */
  async #send(inputs) {
    this.#opened += 1;
    const mine = this.#opened;
    let bytes = 0;
    let sent = 0;
    // Sending ten thousand files takes longer than a frame.
    for (let at = 1; at <= inputs.length; at += 1) {
      bytes += inputs[at - 1]?.file.size ?? 0;
      if (at % INPUTS > 0 && at < inputs.length) continue;
      this.#post({ type: "inputs", inputs: inputs.slice(sent, at), first: sent === 0 });
      sent = at;
      if (!spent()) continue;
      await giveWay();
      if (mine !== this.#opened) return false;
    }
    store.setRun({ totalBytes: bytes });
    return true;
  }

  /** Reads the last inputs again. @param {import("./types.js").SessionOptions} options */
  again(options) {
    store.beginAgain();
    this.#post({ type: "again", options });
  }

  /** Prepares workers: files will be opened soon. @param {number} [workers] all by default */
  warm(workers) {
    this.#post({ type: "warm", workers: workers ?? null });
  }

  /** Compiles the code that the first run will need. @param {import("./types.js").Input[]} inputs read and discarded */
  rehearse(inputs) {
    this.#post({ type: "rehearse", inputs });
  }

  cancel() {
    this.#post({ type: "cancel" });
  }

  /** @param {string} name @param {string | null} password */
  password(name, password) {
    this.#post({ type: "password", name, password });
  }

  /**
   * Returns a script block with its text and the text's tokens.
   * @param {string} id
   * @returns {Promise<{
   *   block: import("./types.js").Block,
   *   tokens: Uint32Array,
   *   views: import("./types.js").TextView[],
   * } | null>}
   */
  block(id) {
    return this.#ask((request) => ({ type: "block", request, id })).then((pieces) => pieces[0] ?? null);
  }

  /**
   * Calls a method of the session that holds the report, or a function of the engine. Rejects with the session's error, its position included.
   * @template {keyof Calls} M
   * @param {M} method
   * @param {Calls[M] extends (...args: infer A) => any ? A : never} args
   * @returns {Promise<ReturnType<Calls[M]> | null>} null where the engine has stopped
   */
  async call(method, ...args) {
    const pieces = await this.#ask((request) => ({ type: "call", request, method, args }));
    return pieces[0] ?? null;
  }

  /**
   * Reads the logs again with a query, which replaces one that runs. Rejects with its error, position included.
   * @param {string} text
   * @param {(message: FromWorker | { type: "read", read: import("../../npm/index.js").SearchQuery }) => void} onMessage the
   *   query as it was read, then the messages of the run
   */
  query(text, onMessage) {
    return this.#ask(
      (request) => ({ type: "query", request, text }),
      (message) => message && onMessage(message),
      false,
    );
  }

  stopQuery() {
    this.#post({ type: "query-stop" });
  }

  /** Returns the first lines of script blocks by id. @param {string[]} ids @returns {Promise<Record<string, string>>} */
  async lines(ids) {
    return (await this.#ask((request) => ({ type: "lines", request, ids })))[0] ?? {};
  }

  /** Waits until the worker has nothing else to do. */
  async idle() {
    await this.#ask((request) => ({ type: "idle", request }));
  }

  /**
   * Calls a function of the engine that needs no report.
   * @template {keyof Functions} F
   * @param {F} name
   * @param {Parameters<Functions[F]>} args
   * @returns {Promise<Awaited<ReturnType<Functions[F]>> | null>} null where the engine has stopped
   */
  async run(name, ...args) {
    const pieces = await this.#ask((request) => ({ type: "run", request, name, args }));
    return pieces[0] ?? null;
  }

  /**
   * Returns the rules that would run under these options, while nothing is opened.
   * @param {import("./types.js").SessionOptions} options
   * @returns {Promise<{ rules: import("./types.js").Rule[], problems: import("./types.js").Problem[] } | null>}
   */
  async rules(options) {
    return (await this.#ask((request) => ({ type: "rules", request, options })))[0] ?? null;
  }

  /** Returns the rule files in these inputs, archives unpacked. @param {import("./types.js").Input[]} inputs */
  async readRules(inputs) {
    const pieces = await this.#ask((request) => ({ type: "read-rules", request, inputs }));
    return /** @type {import("./types.js").TextFile[]} */ (pieces[0] ?? []);
  }

  /** Replaces the lists of assets and identities. A new report follows. @param {import("./types.js").AssetFile[]} files */
  async assets(files) {
    await this.#ask((request) => ({ type: "assets", request, files }));
  }

  /** Replaces the allow-list. A new report follows. @param {import("./types.js").AllowEntry[]} entries */
  async allow(entries) {
    await this.#ask((request) => ({ type: "allow", request, entries }));
  }

  /**
   * Searches the script texts. Ids of results arrive as they are found. An empty text ends the search before.
   * @param {string} text
   * @param {(ids: string[]) => void} onFound
   */
  find(text, onFound) {
    return this.#ask((request) => ({ type: "find", request, text }), onFound);
  }

  /** @param {string} format @param {string[]} marked ids of script blocks and scripts @returns {Promise<Blob>} */
  export(format, marked) {
    return this.#ask((request) => ({ type: "export", request, format, marked })).then((pieces) => pieces[0]);
  }

  /** @param {(request: number) => ToWorker} message @param {(piece: any) => void} [onPiece] @param {boolean} [keeps] @returns {Promise<any[]>} */
  #ask(message, onPiece, keeps = true) {
    this.#asked += 1;
    const request = this.#asked;
    return new Promise((resolve, reject) => {
      this.#questions.set(request, { pieces: [], resolve, reject, onPiece, keeps });
      this.#post(message(request));
    });
  }

  /** @param {ToWorker} message */
  #post(message) {
    if (this.#worker) this.#worker.postMessage(message);
    else this.#early.push(message);
  }

  /** @param {FromWorker} message */
  #receive(message) {
    switch (message.type) {
      case "ready":
        this.#methods = new Set(message.methods);
        this.#isReady();
        break;
      case "progress": {
        const { type: _, ...progress } = message;
        store.tellProgress(progress);
        break;
      }
      case "head":
        store.expect(message.head);
        break;
      case "piece":
        store.put(message);
        break;
      case "tail":
        store.settle(message.gone);
        this.#post({ type: "drawn" });
        break;
      case "password":
        this.dispatchEvent(new CustomEvent("password", { detail: message }));
        break;
      case "done":
        store.setRun({ phase: message.cancelled ? "cancelled" : "done", source: "" });
        store.setUnbegun(message.unbegun);
        store.changed("data");
        break;
      case "remark":
        store.remark({ severity: "error", code: "allow-list", message: message.message });
        break;
      case "failed":
        this.#fail(message.message);
        break;
      case "answer":
        this.#answer(message);
        break;
    }
  }

  /** @param {Extract<FromWorker, { type: "answer" }>} message */
  #answer({ request, value, last, refused }) {
    const question = this.#questions.get(request);
    if (!question) return;
    if (refused) {
      this.#questions.delete(request);
      question.reject(Object.assign(new Error(refused.message), refused));
      return;
    }
    if (question.keeps) question.pieces.push(value);
    question.onPiece?.(value);
    if (last) {
      this.#questions.delete(request);
      question.resolve(question.pieces);
    }
  }

  /** @param {string} message */
  #fail(message) {
    store.setRun({ phase: "failed", message });
    store.changed("data");
    for (const question of this.#questions.values()) question.resolve([]);
    this.#questions.clear();
  }
}

export const engine = new Engine();
