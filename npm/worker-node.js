// `scriptscope/worker` in Node.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { filesAt } from "./files.js";
import { Session } from "./node.js";
import { analyzeInWorkers } from "./threads.js";

/** @type {typeof import("./worker.d.ts").analyze} */
export function analyze(inputs, { workers = availableParallelism(), ...options } = {}) {
  return analyzeInWorkers(Session, inputs, { workers, ...options }, filesAt, spawn);
}

/** @returns {import("./pool.js").Port} */
function spawn() {
  const worker = new Worker(new URL("./worker-thread-node.js", import.meta.url));
  return {
    post: (message, transfer = []) =>
      worker.postMessage(message, /** @type {import("node:worker_threads").TransferListItem[]} */ (transfer)),
    listen: (take, died) => {
      worker.on("message", take);
      worker.on("error", died);
      worker.on("exit", (code) => died(new Error(`the worker ended with ${code}`)));
    },
    terminate: () => worker.terminate(),
  };
}
