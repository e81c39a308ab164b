/** Draws the lanes' bars: one strip for each computer or user, on one time axis. */
import { s } from "../dom.js";
import { labels } from "../model/bins.js";
import { LEVELS } from "../model/level.js";

/** @typedef {import("../model/bins.js").Axis} Axis */
/** @typedef {import("../model/bins.js").Lane} Lane */

/** Height of a strip, in pixels. */
export const STRIP = 20;
/** Height of the labels of the axis. */
export const AXIS = 18;
const HIGHEST = 15;
const LEAST = 4;
const GREY = 8;

/**
 * Draws the strips: script blocks in grey, over them the results in view in the colour of the bin's worst level.
 * @param {Element} svg
 * @param {Axis} axis
 * @param {Lane[]} lanes those drawn, in order
 * @param {(number[] | undefined)[]} blocks all script blocks by lane and bin, where they are known
 * @param {number} width
 * @param {string} words for a screen reader
 */
export function plot(svg, axis, lanes, blocks, width, words) {
  const height = lanes.length * STRIP + AXIS;
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", words);
  const scale = width / (axis.to - axis.from);
  const bar = Math.max(axis.width * scale - 1, 2);
  const most = lanes.reduce((high, { bins }) => Math.max(high, ...[...bins.values()].map(({ all }) => all)), 1);
  /** One path for each colour: elements for each bin cost more in style and layout than all other work of a key. */
  let grey = "";
  const inView = LEVELS.map(() => "");
  for (const [i, lane] of lanes.entries()) {
    const base = AXIS + (i + 1) * STRIP - 2;
    const rect = (/** @type {number} */ at, /** @type {number} */ high) =>
      `M${(at * axis.width * scale).toFixed(1)} ${base}h${bar.toFixed(1)}v${-high}h${-bar.toFixed(1)}z`;
    const all = blocks[i];
    if (all) for (const [at, n] of all.entries()) if (n > 0) grey += rect(at, GREY);
    for (const [at, { all: n, counts }] of lane.bins) {
      if (!all) grey += rect(at, GREY);
      const level = counts.findIndex((count) => count > 0);
      if (level < 0) continue;
      inView[level] += rect(at, Math.round(LEAST + ((HIGHEST - LEAST) * Math.log1p(n)) / Math.log1p(most)));
    }
  }
  svg.replaceChildren(
    ...labels(axis, Math.max(width / 130, 2)).map(({ time, label }) => {
      const x = Math.round((time - axis.from) * scale) + 0.5;
      const line = s("line", { x1: x, x2: x, y1: AXIS - 4, y2: height });
      return s("g", null, line, s("text", { x: x + 3, y: 12 }, label));
    }),
    ...lanes.map((_, i) => {
      const y = AXIS + (i + 1) * STRIP - 1.5;
      return s("line", { class: "base", x1: 0, x2: width, y1: y, y2: y });
    }),
    s("path", { class: "all", d: grey }),
    ...LEVELS.map((level, k) => s("path", { class: level, d: inView[k] })),
  );
}
