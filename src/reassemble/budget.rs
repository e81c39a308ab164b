//! [`Budget`]: which matched blocks are kept.
//!
//! Past [`limits::MATCHED_BLOCK_BYTES`](crate::limits::MATCHED_BLOCK_BYTES) matched blocks are only counted. Cheap matches
//! are easy to make in great numbers, so they must not displace others:
//!
//! 1. Blocks are kept by the highest score of the rules that match them, the highest first.
//! 2. Where not all blocks of one score fit, each rule has an equal share, and of it each computer (with those whose names
//!    have the same hash of eight bits). What one does not need the others have.
//! 3. Within a share blocks are kept in the order of their fingerprints.
//!
//! A block has a place in the share of each rule that matches it, and is kept if it fits one. Which blocks are kept
//! depends on the blocks alone, not on the order in which they arrived nor on the session that read them: a block more
//! makes shares smaller and never greater, so a block that did not fit once never fits. While a log is read, up to a
//! quarter more is kept, so that shares are not computed for each new block.

use super::filter::MatchedBlock;
use crate::fingerprint;
use crate::memory;
use crate::ordered::OrderedMap;
use crate::sort;
use crate::text::fold_char;
use std::cmp::Reverse;
use xxhash_rust::xxh3::xxh3_64;

/// What decides whether a block is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// A hash of the block's contents.
    pub(super) fingerprint: u64,
    /// Bytes that a report takes for it.
    pub(super) weight: u64,
    /// Highest score of the rules that match it.
    pub(super) score: i64,
    /// The rules that match it.
    pub(super) rules: Vec<u32>,
    /// Hash of its computer.
    pub(super) computer: u8,
}

/// A share of one score: a rule, and a hash of the computer.
type Share = (u32, u8);

/// Fingerprints and weights of the blocks in the shares of one rule, by the hash of the computer.
type RuleShares = OrderedMap<u8, Vec<(u64, u64)>>;

/// Which blocks are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// Blocks with a lower score are not kept; `None`: all are.
    floor: Option<i64>,
    /// Of blocks with this score, the least fingerprint in each share that is not kept.
    ends: OrderedMap<Share, u64>,
}

impl Cut {
    /// Whether all blocks are kept.
    pub(super) fn is_open(&self) -> bool {
        self.floor.is_none()
    }

    pub(super) fn admits(&self, claim: &Claim) -> bool {
        let Some(floor) = self.floor else { return true };
        let has_place = |rule: &u32| self.has_place(claim, *rule);
        claim.score > floor || claim.score == floor && claim.rules.iter().any(has_place)
    }

    fn has_place(&self, claim: &Claim, rule: u32) -> bool {
        let end = self.ends.get(&(rule, claim.computer));
        end.is_none_or(|end| claim.fingerprint < *end)
    }

    /// Admits only what both cuts admit.
    pub(super) fn merge(&mut self, floor: Option<i64>, ends: OrderedMap<Share, u64>) {
        if floor > self.floor {
            *self = Self { floor, ends };
        } else if floor == self.floor {
            for (share, end) in ends {
                let own = self.ends.entry(share).or_insert(end);
                *own = end.min(*own);
            }
        }
    }

    pub(super) fn floor(&self) -> Option<i64> {
        self.floor
    }

    pub(super) fn ends(&self) -> impl ExactSizeIterator<Item = (&Share, &u64)> {
        self.ends.iter()
    }

    /// Returns the cut with which these blocks fit into this many bytes. It admits nothing that `self` does not admit.
    pub(super) fn tighten(&self, claims: &[Claim], limit: u64) -> Self {
        let mut claims: Vec<&Claim> = claims.iter().filter(|claim| self.admits(claim)).collect();
        sort::sort_by_key(&mut claims, |claim| Reverse(claim.score));
        let mut left = limit;
        for class in claims.chunk_by(|a, b| a.score == b.score) {
            let score = class.first().map(|claim| claim.score);
            let weight: u64 = class.iter().map(|claim| claim.weight).sum();
            let is_cut = score == self.floor;
            match left.checked_sub(weight) {
                Some(rest) if !is_cut => left = rest,
                _ => {
                    let known = if is_cut { self.clone() } else { Self::default() };
                    return known.divide(score, class, left);
                }
            }
        }
        self.clone()
    }

    /// Divides this many bytes among the shares of one score.
    fn divide(mut self, score: Option<i64>, class: &[&Claim], bytes: u64) -> Self {
        self.floor = score;
        let mut shares: OrderedMap<u32, RuleShares> = OrderedMap::new();
        // A share without a block has its end still, and counts as full.
        for (rule, computer) in self.ends.keys() {
            shares.entry(*rule).or_default().entry(*computer).or_default();
        }
        for claim in class {
            for rule in &claim.rules {
                let share = shares.entry(*rule).or_default().entry(claim.computer).or_default();
                if self.has_place(claim, *rule) {
                    share.push((claim.fingerprint, claim.weight));
                }
            }
        }
        let sum = |share: &Vec<(u64, u64)>| share.iter().map(|(_, weight)| weight).sum::<u64>();
        let is_full = |rule: u32, computer: u8| self.ends.contains_key(&(rule, computer));
        let of_rule = |(rule, computers): (&u32, &RuleShares)| {
            let weight = computers.values().map(sum).sum();
            (weight, computers.keys().any(|computer| is_full(*rule, *computer)))
        };
        let most = level(bytes, shares.iter().map(of_rule).collect());
        let mut ends = Vec::new();
        for (rule, computers) in shares.iter_mut() {
            let (weight, is_rule_full) = of_rule((rule, &*computers));
            if weight <= most && !is_rule_full {
                continue;
            }
            let of_computer = |(computer, share): (&u8, &Vec<(u64, u64)>)| {
                (sum(share), is_full(*rule, *computer))
            };
            let most = level(most, computers.iter().map(of_computer).collect());
            for (computer, share) in computers.iter_mut() {
                sort::sort(share);
                let mut sum = 0;
                let end = share.iter().find(|(_, weight)| {
                    sum += weight;
                    sum > most
                });
                ends.extend(end.map(|(fingerprint, _)| ((*rule, *computer), *fingerprint)));
            }
        }
        self.ends.extend(ends);
        self
    }
}

/// Returns the greatest size that each of some shares can have if all of them fit into this many bytes: no share takes
/// more than its weight, and a full one takes all it can.
fn level(bytes: u64, mut shares: Vec<(u64, bool)>) -> u64 {
    sort::sort_by_key(&mut shares, |(weight, is_full)| (*is_full, *weight));
    let (mut left, mut count) = (bytes, shares.len() as u64);
    for (weight, is_full) in shares {
        let most = left / count.max(1);
        if is_full || weight > most {
            return most;
        }
        left -= weight;
        count -= 1;
    }
    u64::MAX
}

/// The budget for matched blocks.
///
/// Weights are 64 bits on every target: the names of one block, times the rules that match it, can exceed 32.
#[derive(Debug)]
pub(super) struct Budget {
    /// Bytes of matched blocks that are kept.
    pub(super) limit: u64,
    /// Upper bound on the weight of the blocks kept now.
    used: u64,
    pub(super) cut: Cut,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, used: 0, cut: Cut::default() }
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

    /// Tightens the cut so that these blocks fit.
    pub(super) fn apply(&mut self, claims: &[Claim]) {
        self.cut = self.cut.tighten(claims, self.limit);
        let kept = claims.iter().filter(|claim| self.cut.admits(claim));
        self.used = kept.map(|claim| claim.weight).sum();
    }
}

/// Weight of each part after the first, beside its text: the report lists its record.
const PART_WEIGHT: u64 = 512;

/// Weight of each rule after the first: it makes a row and its risk.
const RULE_WEIGHT: u64 = 1 << 10;

/// Weight of a block beside its text, names and fields. Its event takes as much memory, and its result and risk in a report
/// twice as much again.
const BLOCK_WEIGHT: u64 = 1 << 10;

/// Bytes of names that each row may have without a weight. Real events have no more.
const NAME_BYTES: u64 = 256;

/// Number of times that a report writes a name for each rule: in the row, its message, and the risk of two objects.
const NAME_REPEATS: u64 = 6;

/// Returns the bytes that a report takes for a matched block: its text with every control character as a six-byte
/// escape, its fields, a fixed share, and names that are longer than in real events once for each place they are written
/// in.
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
        + names
        + others
        + (NAME_REPEATS * rules * names).saturating_sub(NAME_REPEATS * rules * NAME_BYTES)
}

/// Returns a hash of a standalone block's contents: the same in every session that reads the block.
pub(super) fn fingerprint(matched: &MatchedBlock) -> u64 {
    let event = &matched.block.event;
    let texts = [&matched.block.text, event.record.as_deref().unwrap_or_default()];
    let [text, record] = texts.map(|text| xxh3_64(text.as_bytes()));
    let [seconds, nanos] = fingerprint::time_words(event.time);
    fingerprint::hash_words([text, record, seconds, nanos])
}

/// Returns a hash of a block's computer without regard to case.
pub(super) fn computer_hash(matched: &MatchedBlock) -> u8 {
    let computer = matched.block.event.computer.as_deref().unwrap_or_default();
    let folded: String = computer.chars().map(fold_char).collect();
    xxh3_64(folded.as_bytes()).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::super::block::ScriptBlock;
    use super::super::testing::event;
    use super::*;
    use crate::event::Event;
    use proptest::prelude::*;

    fn matched(computer: &str, rules: u32) -> MatchedBlock {
        let event = Event { computer: Some(computer.to_owned()), ..event("1", 1, 1, "a!") };
        let block = ScriptBlock::from_event(event, 0);
        MatchedBlock { block, rules: (0..rules).collect() }
    }

    #[test]
    fn rows_and_long_names_add_weight() {
        let usual = weight(&matched("FS03.corp.example", 1));
        assert!(usual < 1_100, "{usual}");
        assert!(weight(&matched("FS03.corp.example", 5)) >= usual + 4 * RULE_WEIGHT);
        assert!(weight(&matched(&"x".repeat(100_000), 1)) > usual + 500_000);
    }

    #[test]
    fn weights_do_not_overflow_on_32_bits() {
        let names = weight(&matched(&"x".repeat(1 << 20), 1_000));
        assert!(names > u64::from(u32::MAX), "{names}");
    }

    /// Partials carry ends of shares: these values must never change.
    #[test]
    fn fingerprints_are_the_same_on_every_target() {
        assert_eq!(fingerprint(&matched("FS03", 1)), 12_261_944_443_331_649_844);
        assert_eq!(computer_hash(&matched("fs03", 1)), computer_hash(&matched("FS03", 1)));
    }

    fn claim(fingerprint: u64, weight: u64, score: i64, rules: &[u32], computer: u8) -> Claim {
        Claim { fingerprint, weight, score, rules: rules.to_vec(), computer }
    }

    fn kept(claims: &[Claim], limit: u64) -> Vec<u64> {
        let cut = Cut::default().tighten(claims, limit);
        let kept = claims.iter().filter(|claim| cut.admits(claim));
        kept.map(|claim| claim.fingerprint).collect()
    }

    #[test]
    fn high_scores_come_first_then_each_rule_and_computer_has_a_share() {
        let mut claims: Vec<Claim> = (1..1_000).map(|own| claim(own, 10, 5, &[0], 1)).collect();
        assert_eq!(kept(&claims, 100), (1..=10).collect::<Vec<_>>());
        // Another rule and another computer with the same score.
        claims.push(claim(5_000, 10, 5, &[0, 1], 1));
        claims.push(claim(6_000, 10, 5, &[0], 2));
        let own = kept(&claims, 100);
        assert!(own.contains(&5_000) && own.contains(&6_000), "{own:?}");
        // Higher scores.
        claims.extend((7_000..7_005).map(|own| claim(own, 10, 50, &[2], 1)));
        let own = kept(&claims, 60);
        assert_eq!(own.iter().filter(|own| **own >= 7_000).count(), 5, "{own:?}");
        // Nothing is left for low ones once higher ones do not fit.
        assert_eq!(kept(&claims, 45), [7_000, 7_001, 7_002, 7_003]);
    }

    #[test]
    fn shares_that_are_not_used_are_divided() {
        assert_eq!(level(100, vec![(10, false), (200, false), (20, false)]), 70);
        assert_eq!(level(100, vec![(10, false), (50, false)]), u64::MAX);
        assert_eq!(level(100, vec![(10, true), (80, false)]), 50);
        assert_eq!(level(0, vec![(10, false)]), 0);
    }

    fn claims() -> impl Strategy<Value = Vec<Claim>> {
        let rules = prop::collection::btree_set(0_u32..4, 1..3);
        let one = (0_u64..1_000, 1_u64..20, 0_i64..3, rules, 0_u8..3);
        let one = one.prop_map(|(fingerprint, weight, score, rules, computer)| {
            claim(fingerprint, weight, score, &rules.into_iter().collect::<Vec<_>>(), computer)
        });
        prop::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn what_is_kept_fits_and_depends_on_the_blocks_alone(
            claims in claims(),
            limit in 0_u64..300,
            steps in prop::collection::vec(0_usize..60, 0..6),
            cuts in prop::collection::vec(0_usize..2, 60),
        ) {
            let expected = Cut::default().tighten(&claims, limit);
            let admitted = |cut: &Cut| -> Vec<Claim> {
                claims.iter().filter(|claim| cut.admits(claim)).cloned().collect()
            };
            let weight: u64 = admitted(&expected).iter().map(|claim| claim.weight).sum();
            prop_assert!(weight <= limit);
            // Blocks arrive, and some are dropped on the way.
            let mut cut = Cut::default();
            let mut held: Vec<Claim> = Vec::new();
            for (index, claim) in claims.iter().enumerate() {
                held.extend(Some(claim.clone()).filter(|claim| cut.admits(claim)));
                if steps.contains(&index) {
                    cut = cut.tighten(&held, limit);
                    held.retain(|claim| cut.admits(claim));
                }
            }
            let cut = cut.tighten(&held, limit);
            prop_assert_eq!(&admitted(&cut), &admitted(&expected));
            // Two sessions.
            let mut both = Cut::default();
            let mut held = Vec::new();
            for piece in [1, 0] {
                let own: Vec<Claim> =
                    claims.iter().zip(&cuts).filter(|(_, cut)| **cut == piece).map(|(claim, _)| claim.clone()).collect();
                let cut = Cut::default().tighten(&own, limit);
                held.extend(own.into_iter().filter(|claim| cut.admits(claim)));
                both.merge(cut.floor, cut.ends);
            }
            held.retain(|claim| both.admits(claim));
            prop_assert_eq!(&admitted(&both.tighten(&held, limit)), &admitted(&expected));
        }
    }
}
