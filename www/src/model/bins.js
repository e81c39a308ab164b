/** The time axis of the lanes: counts the script blocks of results in bins, by level. */
import { LEVELS } from "./level.js";
import { inSlices } from "./slices.js";
import { millis, typed } from "./time.js";

/** @typedef {import("../types.js").Tick} Tick */
/**
 * @typedef {object} Lane blocks of one computer or user, by bin
 * @property {string} name
 * @property {number} total
 * @property {Map<number, Bin>} bins by their place on the axis; empty ones are left out
 */
/** @typedef {{ all: number, counts: number[] }} Bin how many there are, and those in view by level, in the order of LEVELS */
/** @typedef {{ from: number, to: number }} Range in milliseconds */
/** @typedef {Range & { width: number, bins: number, lanes: Lane[] }} Axis */

/** Widths of bins, in seconds: round parts and units of time. */
const WIDTHS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600,
  43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 15_552_000, 31_536_000,
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
    let timed = false;
    for (const { id } of row.result.blocks) {
      const block = blocks.get(id);
      const time = millis(block?.time ?? null);
      if (!block || time !== time) continue;
      timed = true;
      found.push({ time, row, computer: block.computer ?? row.computer, user: block.user ?? row.user });
    }
    if (!timed && row.first === row.first) found.push({ time: row.first, row, computer: row.computer, user: row.user });
  });
  return found;
}

/** Gap between bursts, at least: in milliseconds, and as a part of the range of all ticks. */
const GAP_MS = 600_000;
const GAP_PART = 1 / 40;

/**
 * Divides times into bursts: runs of script blocks without a long gap.
 * @param {number[]} all
 * @param {AbortSignal} signal
 * @returns {Promise<(Range & { ticks: number })[]>} in the order of time
 */
export async function bursts(all, signal) {
  signal.throwIfAborted();
  const times = Float64Array.from(all).sort();
  const gap = Math.max(GAP_MS, ((times.at(-1) ?? 0) - (times[0] ?? 0)) * GAP_PART);
  /** @type {(Range & { ticks: number })[]} */
  const found = [];
  for (const time of times) {
    const last = found.at(-1);
    if (last && time - last.to <= gap) {
      last.to = time;
      last.ticks += 1;
    } else found.push({ from: time, to: time, ticks: 1 });
  }
  return found;
}

/**
 * @param {Tick[]} ticks
 * @param {number} wanted about how many bins
 * @param {Range | null} range the range to show, or all there is
 * @param {(tick: Tick) => string} laneOf
 * @param {(row: import("../types.js").Row) => boolean} inView
 * @param {AbortSignal} signal
 * @returns {Promise<Axis | null>} null where nothing has a time
 */
export async function axis(ticks, wanted, range, laneOf, inView, signal) {
  let [low, high] = range ? [range.from, range.to] : [Infinity, -Infinity];
  if (!range) {
    await inSlices(ticks.length, signal, (i) => {
      const { time } = /** @type {Tick} */ (ticks[i]);
      if (time < low) low = time;
      if (time > high) high = time;
    });
  }
  if (!(low <= high)) return null;
  const { from, width, bins } = scale({ from: low, to: high }, wanted);
  /** @type {Map<string, Lane>} */
  const lanes = new Map();
  await inSlices(ticks.length, signal, (i) => {
    const tick = /** @type {Tick} */ (ticks[i]);
    const name = laneOf(tick);
    let lane = lanes.get(name);
    if (!lane) lanes.set(name, (lane = { name, total: 0, bins: new Map() }));
    const at = Math.floor((tick.time - from) / width);
    if (at < 0 || at >= bins) return;
    let bin = lane.bins.get(at);
    if (!bin) lane.bins.set(at, (bin = { all: 0, counts: LEVELS.map(() => 0) }));
    bin.all += 1;
    lane.total += 1;
    if (!inView(tick.row)) return;
    const level = LEVELS.indexOf(tick.row.level);
    bin.counts[level] = (bin.counts[level] ?? 0) + 1;
  });
  return { from, to: from + bins * width, width, bins, lanes: [...lanes.values()] };
}

/** Returns bins of a round width that cover a range. @param {Range} range @param {number} wanted about how many */
export function scale({ from: low, to: high }, wanted) {
  const seconds = Math.max((high - low) / 1000 / Math.max(wanted, 1), 0.005);
  const width = (WIDTHS.find((one) => one >= seconds) ?? Math.ceil(seconds / 31_536_000) * 31_536_000) * 1000;
  const from = Math.floor(low / width) * width;
  return { from, width, bins: Math.max(Math.floor((high - from) / width) + 1, 1) };
}

/**
 * Returns positions for labels: about one every `apart` bins, at round times.
 * @param {Range} axis
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
  const text = typed(time, 3);
  if (step >= 86_400_000) return text.slice(0, 10);
  const clock = step < 1_000 ? text.slice(11) : step < 60_000 ? text.slice(11, 19) : text.slice(11, 16);
  return clock.startsWith("00:00") ? text.slice(0, 10) : clock;
}
