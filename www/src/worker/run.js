/** One reading of inputs: the session that all is merged into, and the state of it that the page has. */
import { findIn } from "../../../npm/analyze.js";
import { PartlyMergedError } from "../../../npm/pool.js";
import { readInWorkers } from "../../../npm/worker-protocol.js";
import { Passwords } from "./passwords.js";
import { Sender } from "./report-diff.js";
import { Session } from "./wasm.js";

/** @typedef {import("../types.js").FromWorker} FromWorker */
/** @typedef {import("../types.js").Input} Input */

/** With less than this for each, another worker costs more than it saves. */
const BYTES_A_WORKER = 4 << 20;

/** A state of the report that the last one follows within this time would cost more than it tells. */
const END_IS_NEAR_MS = 400;

/** @typedef {import("../../../npm/index.js").SessionOptions} SessionOptions */

/** A session without sources, made while there was time. @type {{ options: string, session: Session } | null} */
let prepared = null;
/** The options that it was made with last. @type {SessionOptions} */
let lastOptions = {};
/** Why the allow-list that came with them does not hold. */
let refused = "";

/** Loads the rules for the next run. @param {SessionOptions} [options] by default those of the last time */
export function prepare(options = lastOptions) {
  lastOptions = options;
  const { allowList = [], ...others } = options;
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
    // One that was kept from an older page must not keep logs from being read.
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

export class Run {
  #began = performance.now();
  /** Time that is left, by the rate so far. */
  #leftMs = Infinity;

  /**
   * @param {SessionOptions} options
   * @param {import("./readers.js").Readers} readers
   * @param {(message: FromWorker) => void} post
   */
  constructor(options, readers, post) {
    this.options = options;
    this.readers = readers;
    this.post = post;
    this.session = sessionWith(options);
    if (refused !== "") {
      post({ type: "remark", message: `the allow-list cannot be read, so nothing is hidden by it: ${refused}` });
    }
    this.sender = new Sender(this.session, post);
    this.stop = new AbortController();
    this.passwords = new Passwords(this.stop.signal, post);
    /** Whether another run took its place. */
    this.replaced = false;
    /** Settles when it has ended. @type {Promise<void>} */
    this.reading = Promise.resolve();
  }

  /** @param {Input[]} inputs @param {boolean} again whether the page shows what was found in them before */
  async read(inputs, again) {
    const { signal } = this.stop;
    // What is hidden is a matter of the report alone.
    const { allowList: _, ...forReaders } = this.options;
    // Until workers are given some, none is begun.
    let unbegun = inputs.length;
    const found = findIn(
      inputs.map(({ name, file }) => ({ name, data: file })),
      () => [],
    );
    /** Inputs that a worker died of in the middle. @type {Set<import("../../../npm/index.js").Input>} */
    const alone = new Set();
    const options = {
      signal,
      alone,
      workers: this.#workers(inputs),
      onMerged: () => again || this.replaced || this.#leftMs < END_IS_NEAR_MS || this.sender.sendIfDue(),
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
        // What is merged of the input it died of cannot be taken out again.
        alone.add(error.input);
        this.session.free();
        this.session = sessionWith(this.options);
        this.sender.restart(this.session);
      }
    }
    if (this.replaced) return;
    this.sender.send();
    this.post({ type: "done", cancelled: signal.aborted, unbegun });
  }

  /** Nothing of it is used from here on. */
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
