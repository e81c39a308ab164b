/** The time axis: script blocks behind results counted into bins, stacked by level. */
import { LEVELS } from "./level.js";

/** @typedef {import("../types.js").Tick} Tick */
/** @typedef {{ start: number, counts: number[] }} Bin counts by level, in the order of LEVELS */
/** @typedef {{ from: number, to: number, width: number, bins: Bin[], highest: number }} Axis */

/** Widths that a reader can name, in seconds. */
const WIDTHS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  1_209_600, 2_592_000, 7_776_000, 15_552_000, 31_536_000,
];

/**
 * @param {Tick[]} ticks
 * @param {number} wanted about how many bins
 * @param {{ from: number, to: number } | null} range the range to show, or all there is
 * @returns {Axis | null} null where nothing has a time
 */
export function axis(ticks, wanted, range) {
  let [low, high] = range ? [range.from, range.to] : [Infinity, -Infinity];
  if (!range) {
    for (const tick of ticks) {
      if (tick.time < low) low = tick.time;
      if (tick.time > high) high = tick.time;
    }
  }
  if (!(low <= high)) return null;
  const seconds = Math.max((high - low) / 1000 / Math.max(wanted, 1), 0.5);
  const width = (WIDTHS.find((one) => one >= seconds) ?? Math.ceil(seconds / 31_536_000) * 31_536_000) * 1000;
  const from = Math.floor(low / width) * width;
  const number = Math.max(Math.floor((high - from) / width) + 1, 1);
  const bins = Array.from({ length: number }, (_, i) => ({ start: from + i * width, counts: LEVELS.map(() => 0) }));
  for (const tick of ticks) {
    const bin = bins[Math.floor((tick.time - from) / width)];
    const level = LEVELS.indexOf(tick.row.level);
    if (bin) bin.counts[level] = (bin.counts[level] ?? 0) + 1;
  }
  const highest = bins.reduce(
    (most, bin) =>
      Math.max(
        most,
        bin.counts.reduce((sum, n) => sum + n, 0),
      ),
    0,
  );
  return { from, to: from + number * width, width, bins, highest };
}

/**
 * Places for labels: about one every `apart` bins, at round times.
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
