//! [`PossibleLiterals`]: which of the prefilter's literals a text may contain.
//!
//! A rule that is a candidate for a text has some of its literals in it. Most alternatives of its search are of other
//! literals, and testing each would take a pass over the text. The prefilter's scan has seen which ones are absent:
//!
//! ```text
//! scanned: psexec  mimikatz      text "psexec -i cmd" lacks mimikatz, so also *Invoke-Mimikatz*
//! ```

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use xxhash_rust::xxh3::xxh3_64;

/// The numbers of the literals that one text may contain.
#[derive(Debug)]
pub(crate) struct PossibleLiterals(Box<[u64]>);

impl PossibleLiterals {
    /// `is_possible` is asked about all numbers below `count`.
    pub(super) fn new(count: usize, is_possible: impl Fn(usize) -> bool) -> Self {
        let word = |first: usize| {
            let numbers = first..count.min(first + 64);
            numbers
                .fold(0, |word, number| word | u64::from(is_possible(number)) << (number - first))
        };
        Self((0..count).step_by(64).map(word).collect())
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let word = self.0.get((number >> 6) as usize);
        word.is_none_or(|word| word >> (number & 63) & 1 == 1)
    }
}

/// The prefilter's literals that literals of searches contain: without one of these in a text the literal is not in it.
#[derive(Debug, Default)]
pub(super) struct ContainedLiterals {
    /// By hash.
    known: HashMap<u64, Contained>,
}

#[derive(Debug)]
struct Contained {
    literal: Box<str>,
    numbers: Box<[u32]>,
}

/// Upper bound on literals that are remembered: thirty times those of the built-in rules.
const MAX_KNOWN: usize = 1 << 16;

impl ContainedLiterals {
    /// Returns the numbers of the literals that `literal` contains, which `find` finds.
    pub(super) fn get(&mut self, literal: &str, find: impl FnOnce() -> Vec<u32>) -> &[u32] {
        let hash = xxh3_64(literal.as_bytes());
        if self.known.len() >= MAX_KNOWN && !self.known.contains_key(&hash) {
            self.known.clear();
        }
        let new =
            |numbers: Vec<u32>| Contained { literal: literal.into(), numbers: numbers.into() };
        match self.known.entry(hash) {
            Entry::Vacant(entry) => &entry.insert(new(find())).numbers,
            Entry::Occupied(entry) => {
                let known = entry.into_mut();
                // Another literal with its hash.
                if *known.literal != *literal {
                    *known = new(find());
                }
                &known.numbers
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_possible_unless_they_are_known_to_be_absent() {
        for count in [0, 1, 63, 64, 65, 200] {
            let possible = PossibleLiterals::new(count, |number| number % 3 == 0);
            for number in 0..count {
                assert_eq!(
                    possible.contains(number as u32),
                    number % 3 == 0,
                    "{number} of {count}"
                );
            }
            assert!(possible.contains(count.next_multiple_of(64) as u32));
        }
    }

    #[test]
    fn literals_are_looked_up_once_while_few_are_known() {
        let mut contained = ContainedLiterals::default();
        for number in 0..MAX_KNOWN as u32 + 9 {
            assert_eq!(contained.get(&number.to_string(), || vec![number]), [number]);
            assert_eq!(contained.get(&number.to_string(), Vec::new), [number]);
        }
        assert!(contained.known.len() <= MAX_KNOWN);
    }
}
