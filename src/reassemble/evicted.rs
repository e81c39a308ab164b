//! [`Evicted`]: the memory of a block that is no longer kept.

use super::digest::TextDigest;
use std::cmp::Ordering;

/// Enough of an evicted block to recognise its copies, and to tell when a later record replaces it.
#[derive(Clone, Debug)]
pub(super) struct Evicted {
    /// A source that has the block's lowest part.
    pub(super) source: usize,
    pub(super) digest: TextDigest,
    /// It was logged in several parts. Its digest then holds only the length of the longest part.
    pub(super) is_multipart: bool,
    pub(super) incomplete: bool,
    /// `None` for nearly every block: the prefilter alone ruled it out.
    pub(super) detail: Option<Box<EvictedDetail>>,
}

/// Further facts about the few evicted blocks that rules were evaluated on.
#[derive(Clone, Debug)]
pub(super) enum EvictedDetail {
    /// These rules match it, but the budget for matched blocks is spent.
    OverBudget(Vec<u32>),
    /// No rule matches the record with this fingerprint.
    Rejected(u64),
}

impl Evicted {
    /// Returns the rules that match a block which was evicted for lack of budget.
    pub(super) fn over_budget_rules(&self) -> Option<&[u32]> {
        match self.detail.as_deref() {
            Some(EvictedDetail::OverBudget(rules)) => Some(rules),
            Some(EvictedDetail::Rejected(_)) | None => None,
        }
    }

    /// Whether the rules rejected the record with this fingerprint. The fingerprint is computed only if one is known.
    pub(super) fn has_rejected(&self, fingerprint: impl FnOnce() -> Option<u64>) -> bool {
        match self.detail.as_deref() {
            Some(EvictedDetail::Rejected(known)) => Some(*known) == fingerprint(),
            Some(EvictedDetail::OverBudget(_)) | None => false,
        }
    }

    /// Whether a part of this many UTF-16 units replaces the block: the parts it was made of were cut by an export.
    pub(super) fn was_cut(&self, longest: u32) -> bool {
        self.is_multipart && self.over_budget_rules().is_none() && longest > self.digest.units
    }

    /// Whether another text under the same id replaces this one: the longer text wins, then the one with the smaller
    /// beginning, then the one that a rule matches, so that a match is never lost to a text that only looks the same.
    pub(super) fn loses_to(&self, digest: TextDigest, is_matched: bool) -> bool {
        match digest.precedence(&self.digest) {
            Ordering::Greater => true,
            Ordering::Equal => is_matched,
            Ordering::Less => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Raw;

    fn evicted(text: &str, detail: Option<EvictedDetail>) -> Evicted {
        let digest = TextDigest::new(Raw::from(text));
        let detail = detail.map(Box::new);
        Evicted { source: 0, digest, is_multipart: false, incomplete: false, detail }
    }

    #[test]
    fn between_texts_with_equal_digests_the_matched_one_wins() {
        let known = evicted("aaaa-aaaa", None);
        let same = TextDigest::new(Raw::from("aaaa!aaaa"));
        assert!(known.loses_to(same, true));
        assert!(!known.loses_to(same, false));
        assert!(known.loses_to(TextDigest::new(Raw::from("aaaa-aaaa longer")), false));
    }

    #[test]
    fn a_fingerprint_is_computed_only_for_rejected_records() {
        let unexpected = || -> Option<u64> { panic!("no fingerprint is known") };
        assert!(!evicted("a", None).has_rejected(unexpected));
        assert!(!evicted("a", Some(EvictedDetail::OverBudget(vec![0]))).has_rejected(unexpected));
        let rejected = evicted("a", Some(EvictedDetail::Rejected(7)));
        assert!(rejected.has_rejected(|| Some(7)));
        assert!(!rejected.has_rejected(|| None));
    }

    #[test]
    fn longer_parts_replace_only_multipart_blocks_within_the_budget() {
        let single = evicted("abc", None);
        assert!(!single.was_cut(9));
        let cut = Evicted { is_multipart: true, ..single.clone() };
        assert!(cut.was_cut(4));
        assert!(!cut.was_cut(3));
        let detail = Some(Box::new(EvictedDetail::OverBudget(vec![0])));
        assert!(!Evicted { detail, ..cut }.was_cut(4));
    }
}
