//! Finds places where two neighbouring characters belong to given classes, or one character is a given one.
//!
//! The classes are two tables of sixteen bytes that are indexed with the halves of a character, which is one `swizzle`
//! instruction each (the method of Hyperscan's Teddy). A character's bits are those set in both tables, so some
//! characters outside the classes pass: the caller verifies every place.

/// Up to four pairs of character classes, and two characters that are found by themselves.
///
/// The low four bits of a table's entry are the classes of a pair's first character; the high four bits are those of
/// the second.
#[derive(Clone, Copy)]
pub(crate) struct PairClasses {
    low_halves: [u8; 16],
    high_halves: [u8; 16],
    alone: [u8; 2],
}

impl PairClasses {
    /// Builds the tables from the first and second characters of each pair.
    #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
    pub(crate) const fn new(pairs: [(&[u8], &[u8]); 4], alone: [u8; 2]) -> Self {
        let (mut low_halves, mut high_halves) = ([0; 16], [0; 16]);
        let mut class = 0;
        while class < pairs.len() {
            let (first, second) = pairs[class];
            let mut at = 0;
            while at < first.len() {
                low_halves[(first[at] & 15) as usize] |= 1 << class;
                high_halves[(first[at] >> 4) as usize] |= 1 << class;
                at += 1;
            }
            at = 0;
            while at < second.len() {
                low_halves[(second[at] & 15) as usize] |= 16 << class;
                high_halves[(second[at] >> 4) as usize] |= 16 << class;
                at += 1;
            }
            class += 1;
        }
        Self { low_halves, high_halves, alone }
    }
}

/// Returns whether `holds` is true for any sixteen units with a place at which a pair or a lone character may begin.
///
/// `holds` is given the index of the first of the sixteen units and a mask of those places. `W` is the width of a unit
/// in bytes, 1 or 2. Returns `None` for a text of fewer than sixteen units.
#[inline(always)]
pub(crate) fn any_pair<const W: usize>(
    text: &[u8],
    classes: &PairClasses,
    holds: impl Fn(usize, u16) -> bool,
) -> Option<bool> {
    vectors::any_pair::<W>(text, classes, holds)
}

#[cfg(target_family = "wasm")]
mod vectors {
    use super::PairClasses;
    use crate::simd::v128::{load, opaque, splat_opaque};
    use std::arch::wasm32::*;
    use std::hint::black_box;

    pub(super) fn any_pair<const W: usize>(
        text: &[u8],
        classes: &PairClasses,
        holds: impl Fn(usize, u16) -> bool,
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
        holds: impl Fn(usize, u16) -> bool,
    ) -> Option<bool> {
        let last = text.last_chunk::<N>()?;
        let (first, others) = text.as_chunks::<N>().0.split_first()?;
        let scanner = Scanner::new(classes);
        let mut before = scanner.classify(first);
        let mut begin = 0;
        let holds_at = |begin: usize, found: v128| {
            v128_any_true(found) && holds(begin, u8x16_bitmask(u8x16_ne(found, u8x16_splat(0))))
        };
        // A step is examined when the next one has been classified; the result of four steps is tested at once.
        let (blocks, rest) = others.as_chunks::<4>();
        for [a, b, c, d] in blocks {
            let [a, b, c, d] = [
                scanner.classify(a),
                scanner.classify(b),
                scanner.classify(c),
                scanner.classify(d),
            ];
            let found = [
                scanner.places(before, a),
                scanner.places(a, b),
                scanner.places(b, c),
                scanner.places(c, d),
            ];
            let [first, second, third, fourth] = found;
            if v128_any_true(v128_or(v128_or(first, second), v128_or(third, fourth))) {
                for (step, found) in found.into_iter().enumerate() {
                    if holds_at(begin + 16 * step, found) {
                        return Some(true);
                    }
                }
            }
            before = d;
            begin += 64;
        }
        for step in rest {
            let step = scanner.classify(step);
            if holds_at(begin, scanner.places(before, step)) {
                return Some(true);
            }
            before = step;
            begin += 16;
        }
        let end = ClassifiedStep { units: u8x16_splat(0), classes: u8x16_splat(0) };
        if holds_at(begin, scanner.places(before, end)) {
            return Some(true);
        }
        // The last sixteen units overlap those examined already: a pair may begin with the last of these.
        let found = scanner.places(scanner.classify(last), end);
        Some(holds_at(text.len() / (N / 16) - 16, found))
    }

    /// Sixteen characters and their classes.
    #[derive(Clone, Copy)]
    struct ClassifiedStep {
        units: v128,
        classes: v128,
    }

    struct Scanner {
        low_halves: v128,
        high_halves: v128,
        low_bits: v128,
        alone: [v128; 2],
    }

    impl Scanner {
        #[inline(always)]
        fn new(classes: &PairClasses) -> Self {
            let PairClasses { low_halves, high_halves, alone: [first, second] } =
                black_box(*classes);
            Self {
                low_halves: load(&low_halves),
                high_halves: load(&high_halves),
                low_bits: splat_opaque(15),
                alone: [splat_opaque(first), splat_opaque(second)],
            }
        }

        #[inline(always)]
        fn classify<const N: usize>(&self, step: &[u8; N]) -> ClassifiedStep {
            let units = narrow(step);
            let low = u8x16_swizzle(self.low_halves, v128_and(units, self.low_bits));
            // Shifting bytes takes four more instructions than shifting pairs of bytes; the bits that cross from one
            // byte of the pair to the other are masked.
            let halves = v128_and(u16x8_shr(units, 4), self.low_bits);
            let high = u8x16_swizzle(self.high_halves, halves);
            ClassifiedStep { units, classes: v128_and(low, high) }
        }

        /// Returns a vector that is not zero in the lanes at which a pair may begin in `step`.
        #[inline(always)]
        fn places(&self, step: ClassifiedStep, next: ClassifiedStep) -> v128 {
            let second = u8x16_shuffle::<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>(
                step.classes,
                next.classes,
            );
            // The bits that the shift brings over from the neighbour are masked here too.
            let pairs = v128_and(v128_and(step.classes, u16x8_shr(second, 4)), self.low_bits);
            let [first, second] = self.alone;
            let alone = v128_or(u8x16_eq(step.units, first), u8x16_eq(step.units, second));
            v128_or(pairs, opaque(alone))
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
    use super::PairClasses;

    pub(super) fn any_pair<const W: usize>(
        text: &[u8],
        classes: &PairClasses,
        holds: impl Fn(usize, u16) -> bool,
    ) -> Option<bool> {
        let (units, _) = text.as_chunks::<W>();
        let last = units.len().checked_sub(16)?;
        let byte = |at: usize| units.get(at).and_then(|unit| unit.first()).copied().unwrap_or(0);
        let may_begin = |at: usize| {
            classes.of_byte(byte(at)) & classes.of_byte(byte(at + 1)) >> 4 != 0
                || classes.alone.contains(&byte(at))
        };
        let mut steps = (0..last).step_by(16).chain([last]);
        Some(steps.any(|begin| {
            let bit = |at: usize| u16::from(may_begin(begin + at)) << at;
            let places = (0..16).fold(0, |places, at| places | bit(at));
            places != 0 && holds(begin, places)
        }))
    }

    impl PairClasses {
        fn of_byte(&self, byte: u8) -> u8 {
            let entry =
                |table: &[u8; 16], half: u8| table.get(usize::from(half)).copied().unwrap_or(0);
            entry(&self.low_halves, byte & 15) & entry(&self.high_halves, byte >> 4)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: PairClasses =
        PairClasses::new([(b"}", b"{"), (b"-.", b"rj"), (b"A", b"BC"), (b"[", b"c")], *b"+`");

    fn places(text: &str) -> Vec<usize> {
        let found = std::cell::RefCell::new(Vec::new());
        let collect = |begin: usize, mask: u16| {
            found
                .borrow_mut()
                .extend((0..16).filter(|at| mask >> at & 1 == 1).map(|at| begin + at));
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
            for pair in ["}{", "-r", ".j", "AC", "[c", "+", "`x"] {
                let text = format!("{}{pair}{}", "x".repeat(at), "x".repeat(40));
                assert_eq!(places(&text), [at], "{text}");
            }
        }
        assert_eq!(any_pair::<1>(b"short", &CLASSES, |_, _| true), None);
    }
}
