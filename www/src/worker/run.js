/** One run over inputs: the session into which partials are merged, and the state that the page has. */
import { findIn } from "../../../npm/analyze.js";
import { blobResource } from "../../../npm/inputs.js";
import { PartlyMergedError } from "../../../npm/pool.js";
import { readInWorkers } from "../../../npm/worker-protocol.js";
import { Passwords } from "./passwords.js";
import { Sender } from "./report-diff.js";
import { BASE_OPTIONS, Session } from "./wasm.js";

/** @typedef {import("../types.js").FromWorker} FromWorker */
/** @typedef {import("../types.js").Input} Input */

/** Bytes per worker below which another worker costs more than it saves. */
const BYTES_A_WORKER = 4 << 20;

/** @typedef {import("../../../npm/index.js").SessionOptions} SessionOptions */

/** An empty session, made ahead of the next run. @type {{ options: string, session: Session } | null} */
let prepared = null;
/** The options of the session made last. @type {SessionOptions} */
let lastOptions = {};
/** Why the allow-list in them is invalid. */
let refused = "";

/** Loads the rules for the next run. @param {SessionOptions} [options] the last options by default */
export function prepare(options = lastOptions) {
  lastOptions = options;
  const { allowList = [], ...own } = options;
  const others = { ...BASE_OPTIONS, ...own };
  const wanted = JSON.stringify(others);
  if (prepared?.options !== wanted) {
    const session = new Session(others);
    prepared?.session.free();
    prepared = { options: wanted, session };
  }
  refused = "";
  try {
    prepared.session.setAllowList(allowList);
  } catch (error) {
    if (!(error instanceof Error && error.name === "ScriptscopeError")) throw error;
    // An allow-list stored by an older page must not prevent reading.
    refused = error.message;
    prepared.session.setAllowList([]);
  }
  return prepared.session;
}

/** @param {SessionOptions} options */
function sessionWith(options) {
  const session = prepare(options);
  prepared = null;
  return session;
}

/** @param {Input[]} inputs */
async function foundIn(inputs) {
  const loose = inputs.filter(({ inFolder }) => !inFolder);
  const found = await findIn(
    loose.map(({ name, file }) => ({ name, data: file })),
    () => [],
  );
  // As for a folder on the command line: what is in its archives is named by their path.
  for (const { name, file } of inputs.filter(({ inFolder }) => inFolder)) {
    found.push({ input: file, resources: [{ ...blobResource(name, file), prefix: name }] });
  }
  return found;
}

export class Run {
  #began = performance.now();
  /** What was read into the session. @type {import("../../../npm/inputs.js").Resource[]} */
  resources = [];
  /** Returns the time left, at the rate so far. */
  #leftMs = Infinity;

  /**
   * @param {SessionOptions} options
   * @param {import("./readers.js").Readers} readers
   * @param {(message: FromWorker) => void} post
   * @param {(options: SessionOptions) => Session} [make] makes the session
   */
  constructor(options, readers, post, make = sessionWith) {
    this.options = options;
    this.readers = readers;
    this.post = post;
    this.make = make;
    this.session = make(options);
    if (refused !== "") {
      post({ type: "remark", message: `the allow-list cannot be read, so nothing is hidden by it: ${refused}` });
    }
    this.sender = new Sender(this.session, post);
    this.stop = new AbortController();
    this.passwords = new Passwords(this.stop.signal, post);
    /** Whether another run has replaced it. */
    this.replaced = false;
    /** Settles when it has ended. @type {Promise<void>} */
    this.reading = Promise.resolve();
  }

  /**
   * @param {Input[]} inputs
   * @param {boolean} again whether the page shows what was found in them before
   * @param {Input[]} [before] inputs that were read into the session before
   */
  async read(inputs, again, before = []) {
    // A run that was cancelled can read further inputs.
    if (this.stop.signal.aborted && !this.replaced) {
      this.stop = new AbortController();
      this.passwords = new Passwords(this.stop.signal, this.post);
    }
    this.#began = performance.now();
    this.#leftMs = Infinity;
    const { signal } = this.stop;
    // Workers need no allow-list: only the report does.
    const { allowList: _, ...own } = this.options;
    const forReaders = { ...BASE_OPTIONS, ...own };
    // No input has been begun before a worker was given one.
    let unbegun = inputs.length;
    let found = await foundIn(inputs);
    /** Inputs in which a worker died after a part was merged. @type {Set<import("../../../npm/index.js").Input>} */
    const alone = new Set();
    const options = {
      firstTask: this.resources.length,
      signal,
      alone,
      workers: this.#workers(inputs),
      onMerged: () => again || this.replaced || this.sender.sendIfDue(this.#leftMs),
      onProgress: (/** @type {import("../../../npm/index.js").Progress} */ progress) => this.#tell(progress),
      onCancelled: (/** @type {number} */ count) => (unbegun = count),
      password: (/** @type {string} */ member) => this.passwords.ask(member),
    };
    for (;;) {
      try {
        await readInWorkers(this.session, forReaders, found, options, () => this.readers.take());
        unbegun = 0;
        break;
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof PartlyMergedError)) throw error;
        // The merged part of that input cannot be removed.
        alone.add(error.input);
        this.session.free();
        this.session = this.make(this.options);
        this.sender.restart(this.session);
        // What was read before is lost with the session.
        options.firstTask = 0;
        this.resources = [];
        found = await foundIn([...before, ...inputs]);
      }
    }
    if (this.replaced) return;
    this.resources = [...this.resources, ...found.flatMap(({ resources }) => resources)];
    this.sender.send();
    this.post({ type: "done", cancelled: signal.aborted, unbegun });
  }

  /** Ends the run: its results are no longer used. */
  leave() {
    this.replaced = true;
    this.stop.abort();
  }

  /** @param {Input[]} inputs */
  #workers(inputs) {
    const bytes = inputs.reduce((sum, { file }) => sum + file.size, 0);
    return Math.max(1, Math.min(this.readers.most, Math.ceil(bytes / BYTES_A_WORKER)));
  }

  /** @param {import("../../../npm/index.js").Progress} progress */
  #tell({ bytes, totalBytes, source, counts: { events, scriptBlocks } }) {
    const spent = performance.now() - this.#began;
    this.#leftMs = totalBytes === null || bytes === 0 ? Infinity : (spent * (totalBytes - bytes)) / bytes;
    if (!this.replaced) this.post({ type: "progress", bytes, source: source ?? "", events, scriptBlocks });
  }
}
