//! [`Conflict`]: a block that records give different texts, and its texts as [variants](BlockVariant).

use super::block::BlockVariant;
use super::digests::DigestConflict;
use super::filter::MatchedBlock;
use super::matched_texts::add_copies;
use super::parts::representative_order;
use crate::ordered::OrderedSet;
use crate::sort;
use std::cmp::Reverse;
use std::sync::Arc;

/// A block that records give different texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Its computer and script block id, if rules match one of its texts: of other blocks the names are not kept.
    pub names: Option<(String, String)>,
    /// Records of its texts: index of the source, and record id.
    pub(crate) records: OrderedSet<(usize, Option<String>)>,
}

impl Conflict {
    /// Returns a block of which no text is kept.
    pub(super) fn without_names(conflict: &DigestConflict) -> Self {
        let records = conflict.entries.iter().map(|entry| {
            let record = Some(entry.record).filter(|record| *record != u32::MAX);
            (entry.source as usize, record.map(|record| record.to_string()))
        });
        Self { names: None, records: records.collect() }
    }

    /// Returns the records of these texts, without names.
    fn of_copies(blocks: &[Arc<MatchedBlock>]) -> Self {
        let parts = blocks.iter().flat_map(|matched| &matched.block.parts);
        let copies = parts.flat_map(|part| &part.copies);
        let records = copies.map(|copy| (copy.source, copy.record.clone()));
        Self { names: None, records: records.collect() }
    }
}

/// Returns computer and script block id as one of the texts has them: the first in alphabetical order.
fn first_names(blocks: &[Arc<MatchedBlock>]) -> Option<(String, String)> {
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    let names = blocks.iter().map(|matched| {
        let event = &matched.block.event;
        (name(&event.computer), name(&event.script_block_id))
    });
    names.min()
}

/// Blocks of one key of which more are not compared with each other.
const COMPARED: usize = 64;

/// Makes the matched texts of one block its variants. Of texts that contain each other only the longest names a rule.
/// Returns the block's conflict if it has one.
pub(super) fn to_variants(
    mut blocks: Vec<Arc<MatchedBlock>>,
    conflict: Option<&DigestConflict>,
) -> (Vec<Arc<MatchedBlock>>, Option<Conflict>) {
    sort::sort_by(&mut blocks, |a, b| {
        let text =
            |own: &MatchedBlock| (Reverse(own.block.text.len()), Arc::clone(&own.block.text));
        text(a).cmp(&text(b)).then_with(|| {
            representative_order(&a.block.event).cmp(&representative_order(&b.block.event))
        })
    });
    let has_texts = blocks.windows(2).any(|pair| match pair {
        [a, b] => a.block.text != b.block.text,
        _ => false,
    });
    let conflict = match conflict {
        // Their digests are the same, or not in the sample.
        None if has_texts => Some(Conflict::of_copies(&blocks)),
        conflict => conflict.map(Conflict::without_names),
    };
    let conflict = conflict.map(|conflict| Conflict { names: first_names(&blocks), ..conflict });
    if blocks.len() < 2 && conflict.is_none() {
        return (blocks, None);
    }
    name_rules_once(&mut blocks);
    number(&mut blocks, conflict.is_some());
    (blocks, conflict)
}

/// Removes a rule from a text that a longer one contains, if it matches both.
fn name_rules_once(blocks: &mut Vec<Arc<MatchedBlock>>) {
    for outer in 0..blocks.len().min(COMPARED) {
        let (before, after) = blocks.split_at_mut(outer + 1);
        let Some(own) = before.last() else { continue };
        for other in after.iter_mut().take(COMPARED) {
            let is_named_twice = other.rules.iter().any(|rule| own.rules.contains(rule));
            if is_named_twice && own.block.text.contains(&*other.block.text) {
                Arc::make_mut(other).rules.retain(|rule| !own.rules.contains(rule));
            }
        }
    }
    blocks.retain(|block| !block.rules.is_empty());
}

/// Numbers the texts. Blocks with one text share their copies.
fn number(blocks: &mut [Arc<MatchedBlock>], is_conflict: bool) {
    let is_same_text = |a: &Arc<MatchedBlock>, b: &Arc<MatchedBlock>| a.block.text == b.block.text;
    let texts = blocks.chunk_by(is_same_text).count();
    let has_siblings = texts > 1;
    for (number, same) in (1..).zip(blocks.chunk_by_mut(is_same_text)) {
        let all: Vec<Arc<MatchedBlock>> = same.to_vec();
        for (alternative, block) in (0..).zip(same) {
            let block = Arc::make_mut(block);
            all.iter().for_each(|other| add_copies(block, other));
            if is_conflict || alternative > 0 {
                block.block.variant = Some(BlockVariant { number, has_siblings, alternative });
            }
        }
    }
}
