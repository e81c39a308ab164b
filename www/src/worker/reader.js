/** A reader worker: sends what it finds to the report worker. */
import { workerFor } from "../../../npm/worker-protocol.js";
import { instantiate, Session } from "./wasm.js";

export function read() {
  const noFiles = () => [];
  const handle = workerFor(Session, noFiles, (message, transfer = []) => self.postMessage(message, { transfer }));
  /** Messages that arrive while the wasm loads wait for it, in order. */
  let ready = Promise.resolve();
  self.onmessage = ({ data }) => {
    if (data.kind === "module") ready = instantiate(data.module);
    // The handler of another message waits for a password, so the password must not wait for that handler.
    else if (data.kind === "password") handle(data);
    else ready = ready.then(() => handle(data));
  };
}
