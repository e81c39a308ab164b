//! Finds places where two neighbouring characters belong to given classes, or one character is a given one.
//!
//! A class is two tables of sixteen bytes that are indexed with the halves of a character, which is one instruction each in
//! WebAssembly, SSSE3 and NEON (the method of Hyperscan's Teddy). A character's bits are those set in both tables, so a
//! class is exact if its characters are all combinations of some high halves and some low halves; of any other class some
//! other characters pass too. The caller verifies every place.

/// Number of classes in a table, a bit each.
const CLASSES: usize = 8;

/// Up to eight classes of characters.
#[derive(Clone, Copy)]
struct Classes {
    low_halves: [u8; 16],
    high_halves: [u8; 16],
}

impl Classes {
    /// With `any_case`, a character belongs to a class whether or not its bit 0x20 is set.
    #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
    const fn new(classes: [&[u8]; CLASSES], any_case: bool) -> Self {
        let (mut low_halves, mut high_halves) = ([0; 16], [0; 16]);
        let mut class = 0;
        while class < CLASSES {
            let mut rest = classes[class];
            while let [character, after @ ..] = rest {
                let high = *character >> 4;
                low_halves[(*character & 15) as usize] |= 1 << class;
                high_halves[high as usize] |= 1 << class;
                if any_case {
                    high_halves[(high & !2) as usize] |= 1 << class;
                }
                rest = after;
            }
            class += 1;
        }
        Self { low_halves, high_halves }
    }
}

/// Up to eight pairs of character classes, and characters that are found by themselves.
#[derive(Clone, Copy)]
pub(crate) struct PairClasses {
    first: Classes,
    second: Classes,
    alone: Classes,
}

impl PairClasses {
    /// Of each pair, the second character is found whether or not its bit 0x20 is set, so letters are found in both
    /// cases; it is given with the bit. Characters that are found by themselves are given in classes that are exact.
    pub(crate) const fn new(
        pairs: [(&'static [u8], &'static [u8]); CLASSES],
        alone: [&'static [u8]; CLASSES],
    ) -> Self {
        let [a, b, c, d, e, f, g, h] = pairs;
        Self {
            first: Classes::new([a.0, b.0, c.0, d.0, e.0, f.0, g.0, h.0], false),
            second: Classes::new([a.1, b.1, c.1, d.1, e.1, f.1, g.1, h.1], true),
            alone: Classes::new(alone, false),
        }
    }
}

/// Returns whether `holds` is true for any 64 units with a place at which a pair or a lone character may begin.
///
/// `holds` is given the index of the first of these units and a mask of those places. `W` is the width of a unit in bytes,
/// 1 or 2. Returns `None` for a text of fewer than sixteen units.
#[inline(always)]
pub(crate) fn any_pair<const W: usize>(
    text: &[u8],
    classes: &PairClasses,
    holds: impl Fn(usize, u64) -> bool,
) -> Option<bool> {
    vectors::any_pair::<W>(text, classes, holds)
}

#[cfg(target_family = "wasm")]
mod vectors {
    use super::{Classes, PairClasses};
    use crate::simd::v128::{load, opaque, splat_opaque};
    use std::arch::wasm32::*;
    use std::hint::black_box;

    pub(super) fn any_pair<const W: usize>(
        text: &[u8],
        classes: &PairClasses,
        holds: impl Fn(usize, u64) -> bool,
    ) -> Option<bool> {
        match W {
            2 => any_in_steps::<32>(text, classes, holds),
            _ => any_in_steps::<16>(text, classes, holds),
        }
    }

    #[inline(always)]
    fn any_in_steps<const N: usize>(
        text: &[u8],
        classes: &PairClasses,
        holds: impl Fn(usize, u64) -> bool,
    ) -> Option<bool> {
        let last = text.last_chunk::<N>()?;
        let (first, others) = text.as_chunks::<N>().0.split_first()?;
        let scanner = Scanner::new(classes);
        let mut before = scanner.classify(first);
        let mut begin = 0;
        let mask = |found: v128| u64::from(u8x16_bitmask(u8x16_ne(found, u8x16_splat(0))));
        let holds_at =
            |begin: usize, found: v128| v128_any_true(found) && holds(begin, mask(found));
        // A step is examined when the next one has been classified; the result of four steps is tested at once.
        let (blocks, rest) = others.as_chunks::<4>();
        for [a, b, c, d] in blocks {
            let [a, b, c, d] = [
                scanner.classify(a),
                scanner.classify(b),
                scanner.classify(c),
                scanner.classify(d),
            ];
            let (first, second) = (before.places(a), a.places(b));
            let (third, fourth) = (b.places(c), c.places(d));
            if v128_any_true(v128_or(v128_or(first, second), v128_or(third, fourth))) {
                let low = mask(first) | mask(second) << 16;
                if holds(begin, low | mask(third) << 32 | mask(fourth) << 48) {
                    return Some(true);
                }
            }
            before = d;
            begin += 64;
        }
        for step in rest {
            let step = scanner.classify(step);
            if holds_at(begin, before.places(step)) {
                return Some(true);
            }
            before = step;
            begin += 16;
        }
        let zero = u8x16_splat(0);
        let end = ClassifiedStep { first: zero, second: zero, alone: zero };
        if holds_at(begin, before.places(end)) {
            return Some(true);
        }
        // The last sixteen units overlap those examined already: a pair may begin with the last of these.
        let found = scanner.classify(last).places(end);
        Some(holds_at(text.len() / (N / 16) - 16, found))
    }

    /// The classes of sixteen characters.
    #[derive(Clone, Copy)]
    struct ClassifiedStep {
        first: v128,
        second: v128,
        alone: v128,
    }

    impl ClassifiedStep {
        /// Returns a vector that is not zero in the lanes at which a pair or a lone character may begin.
        #[inline(always)]
        fn places(self, next: Self) -> v128 {
            let second = u8x16_shuffle::<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>(
                self.second,
                next.second,
            );
            v128_or(v128_and(self.first, second), self.alone)
        }
    }

    struct Scanner {
        first: [v128; 2],
        second: [v128; 2],
        alone: [v128; 2],
        low_bits: v128,
    }

    impl Scanner {
        #[inline(always)]
        fn new(classes: &PairClasses) -> Self {
            let PairClasses { first, second, alone } = black_box(*classes);
            let tables = |of: Classes| [load(&of.low_halves), load(&of.high_halves)];
            Self {
                first: tables(first),
                second: tables(second),
                alone: tables(alone),
                low_bits: splat_opaque(15),
            }
        }

        #[inline(always)]
        fn classify<const N: usize>(&self, step: &[u8; N]) -> ClassifiedStep {
            let units = narrow(step);
            let low = v128_and(units, self.low_bits);
            // Shifting bytes takes four more instructions than shifting pairs of bytes; the bits that cross from one
            // byte of the pair to the other are masked.
            let high = v128_and(u16x8_shr(units, 4), self.low_bits);
            let classes = |tables: &[v128; 2]| {
                let [of_low, of_high] = *tables;
                v128_and(u8x16_swizzle(of_low, low), u8x16_swizzle(of_high, high))
            };
            ClassifiedStep {
                first: classes(&self.first),
                second: classes(&self.second),
                alone: classes(&self.alone),
            }
        }
    }

    /// Narrows a step to a byte a character. A unit above 255 becomes some other byte, which the caller's verification
    /// sorts out.
    #[inline(always)]
    fn narrow<const N: usize>(step: &[u8; N]) -> v128 {
        match step.as_chunks::<16>().0 {
            [low, high] => {
                let low_byte = u16x8_splat(0xFF);
                let low = v128_and(load(low), low_byte);
                opaque(u8x16_narrow_i16x8(low, v128_and(load(high), low_byte)))
            }
            [units] => load(units),
            _ => u8x16_splat(0),
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use super::{Classes, PairClasses};
    use wide::u8x16;

    /// Units of a step. A pair's second unit may be the first of the next step.
    const STEP: usize = 64;

    /// The bytes of a step, and those after it.
    type Step = [u8; STEP + 16];

    #[inline(always)]
    pub(super) fn any_pair<const W: usize>(
        text: &[u8],
        classes: &PairClasses,
        holds: impl Fn(usize, u64) -> bool,
    ) -> Option<bool> {
        let (units, _) = text.as_chunks::<W>();
        if units.len() < 16 {
            return None;
        }
        let scanner = Scanner::new(classes);
        let mut begin = 0;
        let mut bytes = [0; STEP + 16];
        while let Some(step) = units.get(begin..).and_then(<[_]>::first_chunk::<{ STEP + 16 }>) {
            let found = match step.as_flattened().first_chunk() {
                Some(step) if W == 1 => scanner.places(step),
                _ => {
                    narrow(step, &mut bytes);
                    scanner.places(&bytes)
                }
            };
            if found != 0 && holds(begin, found) {
                return Some(true);
            }
            begin += STEP;
        }
        // Less than `STEP + 16` units are left; a zero, which no class contains, follows the last one.
        while begin < units.len() {
            let mut bytes = [0; STEP + 16];
            narrow(units.get(begin..).unwrap_or_default(), &mut bytes);
            let found = scanner.places(&bytes);
            if found != 0 && holds(begin, found) {
                return Some(true);
            }
            begin += STEP;
        }
        Some(false)
    }

    /// Copies the low bytes of units.
    #[inline(always)]
    fn narrow<const W: usize>(units: &[[u8; W]], bytes: &mut Step) {
        for (byte, unit) in bytes.iter_mut().zip(units) {
            *byte = unit.first().copied().unwrap_or(0);
        }
    }

    struct Scanner {
        first: [u8x16; 2],
        second: [u8x16; 2],
        alone: [u8x16; 2],
    }

    impl Scanner {
        #[inline(always)]
        fn new(classes: &PairClasses) -> Self {
            let tables = |of: Classes| [u8x16::new(of.low_halves), u8x16::new(of.high_halves)];
            Self {
                first: tables(classes.first),
                second: tables(classes.second),
                alone: tables(classes.alone),
            }
        }

        /// Returns a mask of the places at which a pair or a lone character may begin.
        #[inline(always)]
        fn places(&self, bytes: &Step) -> u64 {
            let mut mask = 0;
            for step in (0..STEP).step_by(16).rev() {
                mask = mask << 16 | self.places_at(bytes, step);
            }
            mask
        }

        #[inline(always)]
        fn places_at(&self, bytes: &Step, at: usize) -> u64 {
            let (at, next) = (Halves::at(bytes, at), Halves::at(bytes, at + 1));
            let found =
                at.classes(&self.first) & next.classes(&self.second) | at.classes(&self.alone);
            u64::from(!found.simd_eq(u8x16::splat(0)).to_bitmask() & 0xFFFF)
        }
    }

    /// The low and the high halves of sixteen characters.
    struct Halves {
        low: u8x16,
        high: u8x16,
    }

    impl Halves {
        #[inline(always)]
        fn at(bytes: &Step, at: usize) -> Self {
            let units = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>).unwrap_or(&[0; 16]);
            let (mut low, mut high) = ([0; 16], [0; 16]);
            for ((low, high), unit) in low.iter_mut().zip(&mut high).zip(units) {
                (*low, *high) = (*unit & 15, *unit >> 4);
            }
            Self { low: u8x16::new(low), high: u8x16::new(high) }
        }

        #[inline(always)]
        fn classes(&self, tables: &[u8x16; 2]) -> u8x16 {
            let [of_low, of_high] = *tables;
            of_low.shuffle(self.low) & of_high.shuffle(self.high)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: PairClasses = PairClasses::new(
        [
            (b"}", b"{"),
            (b"-.", b"rj"),
            (b"A", b"bc"),
            (b"[", b"c"),
            (b"", b""),
            (b"", b""),
            (b"", b""),
            (b"", b""),
        ],
        [b"+", b"`", b"", b"", b"", b"", b"", b""],
    );

    fn places(text: &str) -> Vec<usize> {
        let found = std::cell::RefCell::new(Vec::new());
        let collect = |begin: usize, mask: u64| {
            found
                .borrow_mut()
                .extend((0..64).filter(|at| mask >> at & 1 == 1).map(|at| begin + at));
            false
        };
        assert_eq!(any_pair::<1>(text.as_bytes(), &CLASSES, collect), Some(false));
        let mut found = found.into_inner();
        found.dedup();
        found
    }

    #[test]
    fn finds_pairs_and_lone_characters_across_steps() {
        for at in 0..70 {
            for pair in ["}{", "-r", ".J", "AC", "[c", "+", "`x"] {
                let text = format!("{}{pair}{}", "x".repeat(at), "x".repeat(40));
                assert_eq!(places(&text), [at], "{text}");
            }
        }
        assert_eq!(any_pair::<1>(b"short", &CLASSES, |_, _| true), None);
    }
}
