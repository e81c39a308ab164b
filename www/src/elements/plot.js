/** Draws the timeline's bars. */
import { s } from "../dom.js";
import { labels } from "../model/bins.js";
import { LEVELS } from "../model/level.js";
import { count, plural } from "../model/number.js";
import { typed } from "../model/time.js";

/** @typedef {import("../model/bins.js").Axis} Axis */
/** @typedef {import("../model/bins.js").Bin} Bin */

/** Height of the bars. The labels are below. */
export const HEIGHT = 64;
const BELOW = 18;

/**
 * Draws bars for all blocks, and over them bars in the levels' colours for the blocks in view.
 * @param {Element} svg
 * @param {Axis | null} axis
 * @param {number} width
 */
export function plot(svg, axis, width) {
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(HEIGHT + BELOW));
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT + BELOW}`);
  svg.setAttribute("aria-label", axis ? words(axis) : "Timeline: nothing with a time yet");
  if (!axis) {
    svg.replaceChildren(s("text", { x: 0, y: 20 }, "Nothing with a time to show."));
    return;
  }
  const scale = width / (axis.to - axis.from);
  const whole = s("g", { class: "all" });
  /** One path per level: with a rectangle for each bin and level, style and layout cost as much as all other work of a key. */
  const inView = LEVELS.map(() => "");
  for (const bin of axis.bins) {
    if (bin.all === 0) continue;
    const x = (bin.start - axis.from) * scale;
    const bar = Math.max(axis.width * scale - 1, 1);
    const high = Math.max((bin.all / axis.highest) * HEIGHT, 2);
    whole.append(s("rect", { x, y: HEIGHT - high, width: bar, height: high }, s("title", null, binWords(bin, axis))));
    let y = HEIGHT;
    for (let k = LEVELS.length - 1; k >= 0; k -= 1) {
      const part = ((bin.counts[k] ?? 0) / bin.all) * high;
      if (part === 0) continue;
      y -= part;
      inView[k] += `M${x} ${y}h${bar}v${part}h${-bar}z`;
    }
  }
  svg.replaceChildren(
    ...labels(axis, Math.max(width / 110, 2)).map(({ time, label }) => {
      const x = Math.round((time - axis.from) * scale) + 0.5;
      const line = s("line", { x1: x, x2: x, y1: 0, y2: HEIGHT + 4 });
      return s("g", null, line, s("text", { x: x + 3, y: HEIGHT + 14 }, label));
    }),
    whole,
    ...LEVELS.map((level, k) => s("path", { class: level, d: inView[k], "pointer-events": "none" })),
    s("line", { class: "base", x1: 0, x2: width, y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 }),
    s("text", { class: "most", x: width - 2, y: 9 }, `${count(axis.highest)} in ${widthWords(axis.width)}`),
  );
}

/** @param {Axis} axis */
function words(axis) {
  const total = axis.bins.reduce((sum, bin) => sum + bin.all, 0);
  return `Timeline: ${plural(total, "script block")} from ${typed(axis.from)} to ${typed(axis.to)} UTC, at most ${axis.highest} in ${widthWords(axis.width)}`;
}

/** @param {Bin} bin @param {Axis} axis */
function binWords(bin, axis) {
  const parts = LEVELS.flatMap((level, k) => (bin.counts[k] ? [`${bin.counts[k]} ${level}`] : []));
  return `${typed(bin.start)} UTC, ${widthWords(axis.width)}: ${plural(bin.all, "script block")}, in view ${parts.join(", ") || "none"}`;
}

/** @param {number} width of a bin, in milliseconds */
function widthWords(width) {
  const seconds = width / 1000;
  if (seconds < 60) return plural(seconds, "second");
  if (seconds < 3_600) return plural(seconds / 60, "minute");
  if (seconds < 86_400) return plural(seconds / 3_600, "hour");
  return plural(Math.round(seconds / 86_400), "day");
}
