//! [`MatchedTexts`]: texts that rules match, each by itself: those of blocks in one part, and records that could not be
//! joined with others.

use super::filter::MatchedBlock;
use super::key::BlockKey;
use super::parts::{add_copy, representative_order};
use crate::fingerprint;
use crate::ordered::OrderedMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A text of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TextKey {
    pub(super) block: BlockKey,
    pub(super) text: Arc<str>,
}

impl TextKey {
    /// Returns a hash of the block and its text.
    pub(super) fn fingerprint(&self) -> u64 {
        fingerprint::hash_words([self.block.fingerprint(), xxh3_64(self.text.as_bytes())])
    }
}

/// The matched blocks of each text: one, unless records with the same text have other fields, which other rules match.
pub(super) type MatchedTexts = OrderedMap<TextKey, Vec<Arc<MatchedBlock>>>;

/// Adds a matched block to those with the same text. Each rule names the block of the earliest record that it matches, so
/// another record with the same text never removes a match.
pub(super) fn add_alternative(list: &mut Vec<Arc<MatchedBlock>>, mut new: Arc<MatchedBlock>) {
    let added = Arc::make_mut(&mut new);
    for own in list.iter_mut() {
        let own = Arc::make_mut(own);
        let is_before =
            representative_order(&added.block.event) < representative_order(&own.block.event);
        let (first, second) = match is_before {
            true => (&added.rules, &mut own.rules),
            false => (&own.rules, &mut added.rules),
        };
        second.retain(|rule| !first.contains(rule));
    }
    list.push(new);
    let (mut with_rules, without): (Vec<_>, Vec<_>) =
        std::mem::take(list).into_iter().partition(|own| !own.rules.is_empty());
    if let Some(first) = with_rules.first_mut() {
        for other in without {
            add_copies(Arc::make_mut(first), &other);
        }
    }
    *list = with_rules;
}

/// Adds the records of another block with the same text.
pub(super) fn add_copies(own: &mut MatchedBlock, other: &MatchedBlock) {
    for part in &other.block.parts {
        let known = own.block.parts.iter_mut().find(|known| known.number == part.number);
        if let Some(known) = known {
            part.copies.iter().for_each(|copy| _ = add_copy(&mut known.copies, copy.clone()));
        }
    }
}
