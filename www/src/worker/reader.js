/** A worker that reads: what it finds goes to the worker that holds the report. */
import { workerFor } from "../../../npm/worker-protocol.js";
import { instantiate, Session } from "./wasm.js";

export function read() {
  const noFiles = () => [];
  const handle = workerFor(Session, noFiles, (message, transfer = []) => self.postMessage(message, { transfer }));
  /** Messages that come while the wasm loads wait for it, in their order. */
  let ready = Promise.resolve();
  self.onmessage = ({ data }) => {
    if (data.kind === "module") ready = instantiate(data.module);
    // A password is waited for within another message's handling, so it may not wait behind it.
    else if (data.kind === "password") handle(data);
    else ready = ready.then(() => handle(data));
  };
}
