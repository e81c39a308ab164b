/** Numbers and quantities in words. */

const grouped = new Intl.NumberFormat("en-US");

/** @param {number} n */
export const count = (n) => grouped.format(n);

/**
 * `1 file`, `3 files`.
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** @param {number} n */
export function bytes(n) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let size = n;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  return `${size.toFixed(digits)} ${n === 1 ? "byte" : units[unit]}`;
}

/** Rounds a score to hundredths, so that sums are exact. @param {number} n */
export const score = (n) => String(Math.round(n * 100) / 100);

/** @param {Iterable<number>} scores */
export function sum(scores) {
  let hundredths = 0;
  for (const one of scores) hundredths += Math.round(one * 100);
  return hundredths / 100;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
