// How far a run is, on one line of a terminal that is written over and gone in the end.

import { bytes, fit } from "./terminal.js";

/** Rates over less than this are noise. */
const SETTLED_MS = 500;

const BAR_COLUMNS = 20;

export class ProgressLine {
  #shown = false;

  /**
   * @param {{ isTTY?: boolean, columns?: number, write: (text: string) => unknown }} stream
   * @param {Record<string, string | undefined>} env
   * @param {() => number} now milliseconds
   */
  constructor(stream, env, now = Date.now) {
    this.stream = stream;
    this.enabled = Boolean(stream.isTTY) && env.TERM !== "dumb";
    this.now = now;
    this.started = now();
  }

  /** @param {import("../index.js").Progress} progress */
  show(progress) {
    if (!this.enabled) return;
    const line = progressText(progress, this.now() - this.started);
    this.stream.write(`\r${fit(line, (this.stream.columns ?? 80) - 1)}\x1b[K`);
    this.#shown = true;
  }

  clear() {
    if (this.#shown) this.stream.write("\r\x1b[K");
    this.#shown = false;
  }
}

/**
 * @param {import("../index.js").Progress} progress
 * @param {number} elapsed milliseconds
 */
export function progressText({ bytes: done, totalBytes }, elapsed) {
  const settled = elapsed >= SETTLED_MS && done > 0;
  const rate = settled ? `${bytes(Math.round((done / elapsed) * 1000))}/s` : "";
  if (totalBytes === null) return [bytes(done), rate].filter(Boolean).join(" · ");
  const part = totalBytes === 0 ? 1 : Math.min(1, done / totalBytes);
  const filled = Math.round(part * BAR_COLUMNS);
  const bar = "█".repeat(filled) + "░".repeat(BAR_COLUMNS - filled);
  const left = settled ? `${duration(((totalBytes - done) / done) * elapsed)} left` : "";
  const amount = `${bytes(done)} of ${bytes(totalBytes)}`;
  return [`${bar} ${Math.floor(part * 100)} %`, amount, rate, left].filter(Boolean).join(" · ");
}

/** 3 s, 2 min 05 s, 1 h 04 min @param {number} milliseconds */
function duration(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
