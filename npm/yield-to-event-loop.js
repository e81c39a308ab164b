/**
 * Resolves after waiting input, timers and messages were handled. Node has setImmediate for that. Browsers have no
 * equivalent, and their nested timers wait 4 ms; a message to oneself does not wait.
 *
 * @type {() => Promise<void>}
 */
export const yieldToEventLoop =
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
