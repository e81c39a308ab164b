//! [`Budget`]: how many bytes of matched blocks are kept.
//!
//! Past [`limits::MATCHED_BLOCK_BYTES`] matched blocks are only counted. Blocks are kept in the order of their
//! fingerprints as far as they fit. Which ones these are depends on the blocks alone, not on the order in which they
//! arrived nor on the session that read them. While a log is read, up to a quarter more is kept, so that blocks are not
//! sorted for each new one.

use super::filter::MatchedBlock;
use crate::fingerprint;
use crate::limits;
use crate::memory;
use crate::sort;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// The budget for matched blocks, and what was counted instead of kept.
///
/// Weights are 64 bits on every target: the names of one block, times the rules that match it, can exceed 32.
#[derive(Debug)]
pub(super) struct Budget {
    /// Bytes of matched blocks that are kept.
    pub(super) limit: u64,
    /// Upper bound on the weight of the blocks kept now.
    used: u64,
    /// Blocks with this fingerprint or a greater one are not kept.
    pub(super) end: u64,
    /// Standalone blocks that were counted and not kept.
    pub(super) standalone: u64,
    /// The same for each rule that matches them.
    pub(super) standalone_by_rule: BTreeMap<u32, u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            limit: limits::MATCHED_BLOCK_BYTES as u64,
            used: 0,
            end: u64::MAX,
            standalone: 0,
            standalone_by_rule: BTreeMap::new(),
        }
    }
}

impl Budget {
    /// Whether a standalone block is kept. Counts it if it is not.
    pub(super) fn admits(&mut self, matched: &MatchedBlock) -> bool {
        let is_kept = self.end == u64::MAX || fingerprint(matched) < self.end;
        if !is_kept {
            self.standalone += 1;
            count_rules(&mut self.standalone_by_rule, &matched.rules);
        }
        is_kept
    }

    /// Notes that a matched block is kept.
    pub(super) fn add(&mut self, matched: &MatchedBlock) {
        memory::grow_ahead();
        self.used += weight(matched);
    }

    /// Notes that a kept block has one more part.
    pub(super) fn add_part(&mut self) {
        self.used += PART_WEIGHT;
    }

    /// Whether the blocks kept exceed the limit by a quarter: it is time to apply it.
    pub(super) fn is_exceeded(&self) -> bool {
        self.used > self.limit + self.limit / 4
    }

    /// Lowers [`end`](Self::end) so that the blocks with these fingerprints and weights fit.
    pub(super) fn apply(&mut self, weights: Vec<(u64, u64)>) {
        (self.end, self.used) = self.end_for(weights);
    }

    /// Returns the least fingerprint for which blocks of these fingerprints and weights exceed the limit, and the
    /// weight of the blocks before it.
    pub(super) fn end_for(&self, mut weights: Vec<(u64, u64)>) -> (u64, u64) {
        sort::sort(&mut weights);
        let mut end = self.end;
        let mut sum = 0;
        for (fingerprint, weight) in &weights {
            sum += weight;
            if sum > self.limit {
                end = end.min(*fingerprint);
                break;
            }
        }
        let kept = weights.iter().filter(|(fingerprint, _)| *fingerprint < end);
        (end, kept.map(|(_, weight)| weight).sum())
    }
}

/// Adds one to the count of each of these rules.
pub(super) fn count_rules(counts: &mut BTreeMap<u32, u64>, rules: &[u32]) {
    for rule in rules {
        *counts.entry(*rule).or_default() += 1;
    }
}

/// Weight of each part after the first, beside its text: the report lists its record.
const PART_WEIGHT: u64 = 512;

/// Weight of each rule after the first: it makes a row and its risk.
const RULE_WEIGHT: u64 = 1 << 10;

/// Weight of a block beside its text and names, with the fields of a real event included.
const BLOCK_WEIGHT: u64 = 2 << 10;

/// Bytes of fields that [`BLOCK_WEIGHT`] includes. Real events have no more.
const FIELD_BYTES: u64 = 1 << 10;

/// Number of times that a report writes a name for each rule: in the row, its message, and the risk of two objects.
const NAME_REPEATS: u64 = 6;

/// Returns the bytes that a report takes for a matched block: its text with every control character as a six-byte
/// escape, a fixed share, and names that are longer than in real events once for each place they are written in.
pub(super) fn weight(matched: &MatchedBlock) -> u64 {
    let (block, event) = (&matched.block, &matched.block.event);
    let text = block.text.as_bytes();
    let escaped = text.iter().filter(|byte| **byte < b' ').count() as u64;
    let rules = (matched.rules.len() as u64).max(1);
    let length = |field: &Option<String>| field.as_ref().map_or(0, |text| text.len() as u64);
    let names = [&event.computer, &event.user, &event.path, &event.script_block_id];
    let names: u64 = names.into_iter().map(length).sum();
    let fields = event.fields.iter();
    let others: u64 = fields.map(|(name, value)| name.len() as u64 + value.len() as u64).sum();
    text.len() as u64
        + 5 * escaped
        + BLOCK_WEIGHT
        + PART_WEIGHT * (block.parts.len() as u64).saturating_sub(1)
        + RULE_WEIGHT * (rules - 1)
        + length(&event.message)
        + (names * NAME_REPEATS * rules + others).saturating_sub(FIELD_BYTES * NAME_REPEATS * rules)
}

/// Returns a hash of a standalone block's contents: the same in every session that reads the block.
pub(super) fn fingerprint(matched: &MatchedBlock) -> u64 {
    let event = &matched.block.event;
    let texts = [&matched.block.text, event.record.as_deref().unwrap_or_default()];
    let [text, record] = texts.map(|text| xxh3_64(text.as_bytes()));
    let [seconds, nanos] = fingerprint::time_words(event.time);
    fingerprint::hash_words([text, record, seconds, nanos])
}

#[cfg(test)]
mod tests {
    use super::super::block::ScriptBlock;
    use super::super::testing::event;
    use super::*;
    use crate::event::Event;

    fn matched(computer: &str, rules: u32) -> MatchedBlock {
        let event = Event { computer: Some(computer.to_owned()), ..event("1", 1, 1, "a!") };
        let block = ScriptBlock::from_event(event, 0);
        MatchedBlock { block, rules: (0..rules).collect() }
    }

    #[test]
    fn rows_and_long_names_add_weight() {
        let usual = weight(&matched("FS03.corp.example", 1));
        assert_eq!(weight(&matched("DC01", 1)), usual, "names as they are in real events");
        assert!(weight(&matched("FS03.corp.example", 5)) >= usual + 4 * RULE_WEIGHT);
        assert!(weight(&matched(&"x".repeat(100_000), 1)) > usual + 500_000);
    }

    #[test]
    fn weights_do_not_overflow_on_32_bits() {
        let names = weight(&matched(&"x".repeat(1 << 20), 1_000));
        assert!(names > u64::from(u32::MAX), "{names}");
    }

    /// Partials carry the least fingerprint that is not kept: these values must never change.
    #[test]
    fn fingerprints_are_the_same_on_every_target() {
        assert_eq!(fingerprint(&matched("FS03", 1)), 12_261_944_443_331_649_844);
    }

    #[test]
    fn the_end_is_the_first_fingerprint_that_does_not_fit() {
        let budget = Budget { limit: 10, ..Budget::default() };
        assert_eq!(budget.end_for(vec![(3, 4), (1, 4), (2, 2)]), (u64::MAX, 10));
        assert_eq!(budget.end_for(vec![(3, 5), (1, 4), (2, 2)]), (3, 6));
        let lowered = Budget { end: 2, ..budget };
        assert_eq!(lowered.end_for(vec![(3, 5), (1, 4), (2, 2)]), (2, 4));
    }
}
