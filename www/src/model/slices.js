/** Divides long work into short slices. */
import { yieldToEventLoop } from "../../../npm/yield-to-event-loop.js";

/** Length of a slice. It leaves time in a frame for all other work. */
export const SLICE_MS = 8;

/**
 * The end of the thread's current slice, for all work: pieces of work that follow each other without yielding share a slice,
 * or ten short ones would make a long task.
 */
let until = 0;

/** Whether it is time to yield. */
export const spent = () => performance.now() > until;

/**
 * Calls `step` for 0 … n-1, and yields whenever a slice ends. Throws an AbortError if the signal aborts.
 * @param {number} n
 * @param {AbortSignal} signal
 * @param {(i: number) => void} step
 * @param {number} [every] how often the clock is asked, a power of two: asking costs more than a small step
 */
export async function inSlices(n, signal, step, every = 64) {
  // The thread was idle: this is the first work after a click or key, which need not yield.
  if (performance.now() > until + SLICE_MS) renew();
  for (let i = 0; i < n; i += 1) {
    step(i);
    if ((i & (every - 1)) === every - 1 && spent()) {
      await giveWay();
      signal.throwIfAborted();
    }
  }
  signal.throwIfAborted();
}

/** The frame in which the slice began. */
let began = -1;

/**
 * Waits for the next frame, or a moment while the tab is hidden. All work that waits for frames shares one slice of each
 * frame.
 * @param {AbortSignal} [signal]
 */
export async function frame(signal) {
  await new Promise((/** @type {(value: void) => void} */ resolve) => {
    const take = (/** @type {number} */ time) => {
      if (time === began && spent()) {
        requestAnimationFrame(take);
        return;
      }
      if (time !== began) renew();
      began = time;
      resolve();
    };
    if (document.hidden) setTimeout(() => (renew(), resolve()), 50);
    else requestAnimationFrame(take);
  });
  signal?.throwIfAborted();
}

/** Yields to input, paint and messages. */
export async function giveWay() {
  const scheduler = /** @type {any} */ (globalThis).scheduler;
  await (scheduler?.yield ? scheduler.yield() : yieldToEventLoop());
  renew();
}

/** Begins a slice. */
function renew() {
  until = performance.now() + SLICE_MS;
}

/**
 * Whether an error ends an aborted piece of work.
 * @param {unknown} error
 */
export const abandoned = (error) => error instanceof DOMException && error.name === "AbortError";
