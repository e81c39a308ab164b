/** Returns pseudorandom numbers below a bound, the same in every run. */
export function random() {
  let state = 88_172_645_463_325_252n;
  return (/** @type {number} */ bound) => {
    state ^= (state << 13n) & 0xffff_ffff_ffff_ffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffff_ffff_ffff_ffffn;
    return Number(state % BigInt(bound));
  };
}
