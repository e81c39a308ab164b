/** Long work in short slices. */
import { yieldToEventLoop } from "../../../npm/yield-to-event-loop.js";

/** A slice leaves room in a frame for everything else. */
export const SLICE_MS = 8;

/**
 * When the slice that the thread is in ends, whoever's work it is: pieces of work that follow each other without giving
 * way share one, or ten short ones would make a long task.
 */
let until = 0;

/** Whether it is time to give way. */
export const spent = () => performance.now() > until;

/**
 * Calls `step` for 0 … n-1, giving way whenever a slice is used up. Stops with an AbortError when the signal says so.
 * @param {number} n
 * @param {AbortSignal} signal
 * @param {(i: number) => void} step
 * @param {number} [every] how often the clock is asked, a power of two: asking costs more than a small step
 */
export async function inSlices(n, signal, step, every = 64) {
  // Nobody has worked for so long: this is the first work of a click or a key, which need not give way.
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

/**
 * Waits, unless the signal says that it is for nothing.
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 */
export async function pause(milliseconds, signal) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}

/** The frame that the slice was begun in. */
let began = -1;

/**
 * Waits for the next frame, or a moment while none comes because the tab is hidden. All who wait for frames share one
 * slice of each: what is left of them has the next frame.
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

/** Lets input, paint and messages have their turn. */
export async function giveWay() {
  const scheduler = /** @type {any} */ (globalThis).scheduler;
  await (scheduler?.yield ? scheduler.yield() : yieldToEventLoop());
  renew();
}

/** A slice begins. */
function renew() {
  until = performance.now() + SLICE_MS;
}

/**
 * True for the error that an abandoned piece of work ends with.
 * @param {unknown} error
 */
export const abandoned = (error) => error instanceof DOMException && error.name === "AbortError";
