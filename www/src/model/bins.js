/** The time axis: counts the script blocks of results in bins, stacked by level. */
import { LEVELS } from "./level.js";
import { inSlices } from "./slices.js";
import { millis } from "./time.js";

/** @typedef {import("../types.js").Tick} Tick */
/** @typedef {{ start: number, all: number, counts: number[] }} Bin how many there are, and those in view by level, in the order of LEVELS */
/** @typedef {{ from: number, to: number, width: number, bins: Bin[], highest: number }} Axis */

/** Widths of bins, in seconds: round units of time. */
const WIDTHS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  1_209_600, 2_592_000, 7_776_000, 15_552_000, 31_536_000,
];

/**
 * Returns the times of the script blocks of results. A result whose blocks have no time counts at its own.
 * @param {import("../types.js").Row[]} rows
 * @param {Map<string, import("../types.js").Block>} blocks
 * @param {AbortSignal} signal
 */
export async function ticks(rows, blocks, signal) {
  /** @type {Tick[]} */
  const found = [];
  await inSlices(rows.length, signal, (i) => {
    const row = rows[i];
    if (!row) return;
    const times = row.result.blocks
      .map((one) => millis(blocks.get(one.id)?.time ?? null))
      .filter((time) => time === time);
    if (times.length === 0 && row.first === row.first) times.push(row.first);
    for (const time of times) found.push({ time, row });
  });
  return found;
}

/**
 * @param {Tick[]} ticks
 * @param {number} wanted about how many bins
 * @param {{ from: number, to: number } | null} range the range to show, or all there is
 * @param {(row: import("../types.js").Row) => boolean} inView
 * @param {AbortSignal} signal
 * @returns {Promise<Axis | null>} null where nothing has a time
 */
export async function axis(ticks, wanted, range, inView, signal) {
  let [low, high] = range ? [range.from, range.to] : [Infinity, -Infinity];
  if (!range) {
    await inSlices(ticks.length, signal, (i) => {
      const { time } = /** @type {Tick} */ (ticks[i]);
      if (time < low) low = time;
      if (time > high) high = time;
    });
  }
  if (!(low <= high)) return null;
  const seconds = Math.max((high - low) / 1000 / Math.max(wanted, 1), 0.5);
  const width = (WIDTHS.find((one) => one >= seconds) ?? Math.ceil(seconds / 31_536_000) * 31_536_000) * 1000;
  const from = Math.floor(low / width) * width;
  const number = Math.max(Math.floor((high - from) / width) + 1, 1);
  const bins = Array.from({ length: number }, (_, i) => ({
    start: from + i * width,
    all: 0,
    counts: LEVELS.map(() => 0),
  }));
  let highest = 0;
  await inSlices(ticks.length, signal, (i) => {
    const { time, row } = /** @type {Tick} */ (ticks[i]);
    const bin = bins[Math.floor((time - from) / width)];
    if (!bin) return;
    bin.all += 1;
    if (bin.all > highest) highest = bin.all;
    if (!inView(row)) return;
    const level = LEVELS.indexOf(row.level);
    bin.counts[level] = (bin.counts[level] ?? 0) + 1;
  });
  return { from, to: from + number * width, width, bins, highest };
}

/**
 * Returns positions for labels: about one every `apart` bins, at round times.
 * @param {Axis} axis
 * @param {number} most
 * @returns {{ time: number, label: string }[]}
 */
export function labels(axis, most) {
  const length = (axis.to - axis.from) / 1000;
  const step = (WIDTHS.find((width) => length / width <= most) ?? length) * 1000;
  const out = [];
  for (let time = Math.ceil(axis.from / step) * step; time < axis.to; time += step)
    out.push({ time, label: label(time, step) });
  return out;
}

/** @param {number} time @param {number} step */
function label(time, step) {
  const text = new Date(time).toISOString();
  if (step >= 86_400_000) return text.slice(0, 10);
  const clock = step < 60_000 ? text.slice(11, 19) : text.slice(11, 16);
  return clock.startsWith("00:00") ? text.slice(0, 10) : clock;
}
