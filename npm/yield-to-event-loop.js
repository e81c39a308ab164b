/**
 * Lets what waits have its turn: input, timers, messages. Node's setImmediate is for that. Browsers have nothing of
 * the kind, and their timers wait 4 ms once they are nested; a message to oneself waits for nothing.
 *
 * @type {() => Promise<void>}
 */
export const soon =
  typeof setImmediate === "function"
    ? () => new Promise((resolve) => setImmediate(resolve))
    : () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(null);
        });
