// `scriptscope/worker` in a browser.

import { noFiles } from "./api.js";
import { init, Session } from "./browser.js";
import { analyzeInWorkers } from "./worker-protocol.js";

export { ScriptscopeError } from "./error.js";

/** @type {typeof import("./worker.d.ts").analyze} */
export async function analyze(inputs, options) {
  await init();
  return analyzeInWorkers(Session, inputs, options, noFiles, spawn);
}

/** @returns {import("./pool.js").Port} */
function spawn() {
  const worker = new Worker(new URL("./worker-thread-browser.js", import.meta.url), { type: "module" });
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    listen: (take, died) => {
      worker.addEventListener("message", ({ data }) => take(data));
      worker.addEventListener("error", (event) => died(event.error ?? new Error(event.message || "it did not start")));
      worker.addEventListener("messageerror", () => died(new Error("a message from it could not be read")));
    },
    terminate: () => worker.terminate(),
  };
}
