// The pool's worker threads in Node.

import { Worker } from "node:worker_threads";

/** @returns {import("./pool.js").Port} */
export function spawn() {
  const worker = new Worker(new URL("./worker-thread-node.js", import.meta.url));
  return {
    post: (message, transfer = []) =>
      worker.postMessage(message, /** @type {import("node:worker_threads").TransferListItem[]} */ (transfer)),
    listen: (take, died) => {
      worker.on("message", take);
      worker.on("error", died);
      worker.on("messageerror", died);
      worker.on("exit", (code) => died(new Error(`the worker ended with ${code}`)));
    },
    terminate: () => worker.terminate(),
  };
}
