/** Long work in short slices. */
import { soon } from "../../../npm/soon.js";

/** A slice leaves room in a frame for everything else. */
export const SLICE_MS = 8;

/**
 * Calls `step` for 0 … n-1, giving way whenever a slice is used up. Stops with an AbortError when the signal says so.
 * @param {number} n
 * @param {AbortSignal} signal
 * @param {(i: number) => void} step
 * @param {number} [every] how often the clock is asked, a power of two: asking costs more than a small step
 */
export async function inSlices(n, signal, step, every = 64) {
  let until = performance.now() + SLICE_MS;
  for (let i = 0; i < n; i += 1) {
    step(i);
    if ((i & (every - 1)) === every - 1 && performance.now() > until) {
      await giveWay();
      signal.throwIfAborted();
      until = performance.now() + SLICE_MS;
    }
  }
  signal.throwIfAborted();
}

/**
 * Waits, unless the signal says that it is for nothing.
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 */
export async function pause(milliseconds, signal) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}

/**
 * Waits for the next frame, or a moment while none comes because the tab is hidden.
 * @param {AbortSignal} [signal]
 */
export async function frame(signal) {
  await new Promise((resolve) => (document.hidden ? setTimeout(resolve, 50) : requestAnimationFrame(resolve)));
  signal?.throwIfAborted();
}

/** Lets input, paint and messages have their turn. @returns {Promise<void>} */
export function giveWay() {
  const scheduler = /** @type {any} */ (globalThis).scheduler;
  return scheduler?.yield ? scheduler.yield() : soon();
}

/**
 * True for the error that an abandoned piece of work ends with.
 * @param {unknown} error
 */
export const abandoned = (error) => error instanceof DOMException && error.name === "AbortError";
