// The script of the pool's workers in a browser.

import { noFiles } from "./api.js";
import { init, Session } from "./browser.js";
import { workerFor } from "./worker-protocol.js";

const handle = workerFor(Session, noFiles, (message) => self.postMessage(message));

// Messages that arrive while the wasm loads wait for it, in order.
let ready = init();
self.addEventListener("message", ({ data }) => {
  // The handler of another message waits for a password, so the password must not wait for that handler.
  if (data.kind === "password") handle(data);
  else ready = ready.then(() => handle(data));
});
