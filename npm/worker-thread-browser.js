// What runs in each of the pool's workers in a browser.

import { noFiles } from "./api.js";
import { init, Session } from "./browser.js";
import { workerFor } from "./worker-protocol.js";

const handle = workerFor(Session, noFiles, (message) => self.postMessage(message));

// Messages that come while the wasm loads wait for it, in their order.
let ready = init();
self.addEventListener("message", ({ data }) => {
  // A password is waited for within another message's handling, so it may not wait behind it.
  if (data.kind === "password") handle(data);
  else ready = ready.then(() => handle(data));
});
