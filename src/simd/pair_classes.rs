//! Finds places where two neighbouring characters belong to given classes, or one character is a given one.
//!
//! In WebAssembly the classes are two tables of sixteen bytes that are indexed with the halves of a character, which is one
//! `swizzle` instruction each (the method of Hyperscan's Teddy). A character's bits are those set in both tables, so some
//! characters outside the classes pass: the caller verifies every place. x86-64 has no such instruction without SSSE3;
//! there every character is compared with all members of the classes, which reads 4.7 GB a CPU second (with a table of
//! 256 bytes: 2.8).

/// The first and the second characters of up to four pairs. A second character is found whether or not its bit 0x20 is
/// set, so letters are found in both cases; second characters are given with the bit.
type Pairs = [(&'static [u8], &'static [u8]); 4];

/// Number of characters that are found by themselves.
const ALONE: usize = 9;

/// Up to four pairs of character classes, and characters that are found by themselves.
#[derive(Clone, Copy)]
pub(crate) struct PairClasses {
    pairs: vectors::PairSets,
    alone: [u8; ALONE],
}

impl PairClasses {
    pub(crate) const fn new(pairs: Pairs, alone: [u8; ALONE]) -> Self {
        Self { pairs: vectors::PairSets::new(pairs), alone }
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
    use super::{ALONE, PairClasses, Pairs};
    use crate::simd::v128::{load, opaque, splat_opaque};
    use std::arch::wasm32::*;
    use std::hint::black_box;

    /// Tables that are indexed with the halves of a character.
    ///
    /// The low four bits of an entry are the classes of a pair's first character; the high four bits are those of the
    /// second.
    #[derive(Clone, Copy)]
    pub(super) struct PairSets {
        low_halves: [u8; 16],
        high_halves: [u8; 16],
    }

    impl PairSets {
        #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
        pub(super) const fn new(pairs: Pairs) -> Self {
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
                    high_halves[(second[at] >> 4 & !2) as usize] |= 16 << class;
                    at += 1;
                }
                class += 1;
            }
            Self { low_halves, high_halves }
        }
    }

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
        alone: [v128; ALONE],
    }

    impl Scanner {
        #[inline(always)]
        fn new(classes: &PairClasses) -> Self {
            let PairClasses { pairs: PairSets { low_halves, high_halves }, alone } =
                black_box(*classes);
            Self {
                low_halves: load(&low_halves),
                high_halves: load(&high_halves),
                low_bits: splat_opaque(15),
                alone: alone.map(splat_opaque),
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
            let alone = self
                .alone
                .iter()
                .fold(u8x16_splat(0), |found, char| v128_or(found, u8x16_eq(step.units, *char)));
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
    use super::{PairClasses, Pairs};

    #[derive(Clone, Copy)]
    pub(super) struct PairSets(Pairs);

    impl PairSets {
        pub(super) const fn new(pairs: Pairs) -> Self {
            Self(pairs)
        }
    }

    /// Units of a step. A pair's second unit may be the first of the next step.
    const STEP: usize = 64;

    #[inline(always)]
    pub(super) fn any_pair<const W: usize>(
        text: &[u8],
        classes: &PairClasses,
        holds: impl Fn(usize, u16) -> bool,
    ) -> Option<bool> {
        let (units, _) = text.as_chunks::<W>();
        if units.len() < 16 {
            return None;
        }
        let mut begin = 0;
        let mut bytes = [0; STEP + 1];
        while let Some(step) = units.get(begin..).and_then(<[_]>::first_chunk::<{ STEP + 1 }>) {
            narrow(step, &mut bytes);
            if holds_in(classes, &bytes, begin, &holds) {
                return Some(true);
            }
            begin += STEP;
        }
        // At most `STEP` units are left; a zero, which no class contains, follows the last one.
        let mut bytes = [0; STEP + 1];
        narrow(units.get(begin..).unwrap_or_default(), &mut bytes);
        Some(holds_in(classes, &bytes, begin, &holds))
    }

    /// Copies the low bytes of units.
    #[inline(always)]
    fn narrow<const W: usize>(units: &[[u8; W]], bytes: &mut [u8; STEP + 1]) {
        for (byte, unit) in bytes.iter_mut().zip(units) {
            *byte = unit.first().copied().unwrap_or(0);
        }
    }

    /// Calls `holds` for each sixteen bytes with a place at which a pair or a lone character may begin.
    #[inline(always)]
    fn holds_in(
        classes: &PairClasses,
        bytes: &[u8; STEP + 1],
        begin: usize,
        holds: impl Fn(usize, u16) -> bool,
    ) -> bool {
        let mut places = [0_u8; STEP];
        for (place, (first, second)) in
            places.iter_mut().zip(bytes.iter().zip(bytes.iter().skip(1)))
        {
            *place = classes.may_begin(*first, *second);
        }
        let words = places.as_chunks::<8>().0;
        if words.iter().fold(0, |any, word| any | u64::from_le_bytes(*word)) == 0 {
            return false;
        }
        (begin..).step_by(16).zip(places.as_chunks::<16>().0).any(|(begin, places)| {
            let places =
                places.iter().rev().fold(0, |mask, place| mask << 1 | u16::from(*place & 1));
            places != 0 && holds(begin, places)
        })
    }

    impl PairClasses {
        /// Returns a byte of ones if a pair may begin with `first` and `second`, or `first` is a lone character.
        ///
        /// Written without branches and lookups: with the classes known at compile time, LLVM turns a loop over this
        /// into comparisons of sixteen bytes.
        #[inline(always)]
        fn may_begin(&self, first: u8, second: u8) -> u8 {
            let is_any = |set: &[u8], byte: u8| {
                set.iter().fold(0, |any, own| any | 0_u8.wrapping_sub(u8::from(*own == byte)))
            };
            let pairs = self.pairs.0.iter().fold(0, |any, (firsts, seconds)| {
                any | is_any(firsts, first) & is_any(seconds, second | 0x20)
            });
            pairs | is_any(&self.alone, first)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: PairClasses = PairClasses::new(
        [(b"}", b"{"), (b"-.", b"rj"), (b"A", b"bc"), (b"[", b"c")],
        *b"+`+++++++",
    );

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
            for pair in ["}{", "-r", ".J", "AC", "[c", "+", "`x"] {
                let text = format!("{}{pair}{}", "x".repeat(at), "x".repeat(40));
                assert_eq!(places(&text), [at], "{text}");
            }
        }
        assert_eq!(any_pair::<1>(b"short", &CLASSES, |_, _| true), None);
    }
}
