/** The reader workers, reused from one run to the next. */
import { trusted } from "../trusted.js";
import { BASE_OPTIONS } from "./wasm.js";

/** @typedef {import("../../../npm/pool.js").FromWorker} FromWorker */
/** @typedef {import("../../../npm/pool.js").Port} Port */

/** Upper bound on reader workers. Each holds a piece of a file and the rules: more gain little and cost memory. */
const MOST = 16;

export class Readers {
  /** Number of workers: one per core. */
  most = Math.max(1, Math.min(navigator.hardwareConcurrency || 2, MOST));
  /** @type {Worker[]} */
  #idle = [];
  /** @type {Set<Worker>} */
  #all = new Set();
  #module;
  #script;

  /**
   * @param {WebAssembly.Module} module
   * @param {string} script source of the workers' script
   */
  constructor(module, script) {
    this.#module = module;
    // In a page from a file, only an address that the worker made itself is within its origin.
    this.#script = trusted(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  }

  /** Makes workers ready before they are needed, rules and all. @param {number} count */
  warm(count) {
    while (this.#all.size < Math.min(count, this.most)) {
      const worker = this.#hire();
      worker.postMessage({ kind: "start", options: BASE_OPTIONS, passwords: [], live: true });
      this.#idle.push(worker);
    }
  }

  /** @returns {Port} */
  take() {
    const worker = this.#idle.pop() ?? this.#hire();
    // A worker whose session was drained can read for another run.
    let done = false;
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      listen: (take, died) => {
        worker.onmessage = ({ data }) => {
          done = data.kind === "partial" && data.last;
          take(data);
        };
        worker.onmessageerror = () => died(new Error("a message from it could not be read"));
        worker.onerror = (event) => {
          event.preventDefault();
          died(event.error ?? new Error(event.message || "it did not start"));
        };
      },
      terminate: () => {
        worker.onmessage = worker.onmessageerror = worker.onerror = null;
        if (done) this.#idle.push(worker);
        else {
          worker.terminate();
          this.#all.delete(worker);
        }
      },
    };
  }

  #hire() {
    const worker = new Worker(/** @type {any} */ (this.#script), { name: "reader" });
    worker.postMessage({ kind: "module", module: this.#module });
    this.#all.add(worker);
    return worker;
  }
}
