/** Long work in short slices. */

/** A slice leaves room in a frame for everything else. */
const SLICE_MS = 8;

/**
 * Calls `step` for 0 … n-1, giving way whenever a slice is used up. Stops with an AbortError when the signal says so.
 * @param {number} n
 * @param {AbortSignal} signal
 * @param {(i: number) => void} step
 */
export async function inSlices(n, signal, step) {
  let until = performance.now() + SLICE_MS;
  for (let i = 0; i < n; i += 1) {
    step(i);
    // The clock is asked now and then: asking costs more than a small step.
    if ((i & 63) === 63 && performance.now() > until) {
      await giveWay();
      signal.throwIfAborted();
      until = performance.now() + SLICE_MS;
    }
  }
  signal.throwIfAborted();
}

/** Lets input, paint and messages have their turn. @returns {Promise<void>} */
export function giveWay() {
  const scheduler = /** @type {any} */ (globalThis).scheduler;
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}

/**
 * True for the error that an abandoned piece of work ends with.
 * @param {unknown} error
 */
export const abandoned = (error) => error instanceof DOMException && error.name === "AbortError";
