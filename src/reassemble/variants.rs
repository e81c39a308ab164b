//! Evaluates the rules on every text that the parts of a block can form.
//!
//! A part of a genuine log has one text, and a block is one text. Records with another text for a part may be forged, to
//! hide a script or a word that a part's end cuts, so all [combinations](combinations) are searched. Past
//! [`limits::COMBINATIONS`](crate::limits::COMBINATIONS) every text is searched by itself and with every text of the
//! parts beside its own.

use super::block::ScriptBlock;
use super::bounds::StoreLimits;
use super::filter::{BlockFilter, MatchedBlock};
use super::matched_texts::add_alternative;
use super::parts::{BlockParts, PartRecord};
use crate::fingerprint::{parts_hash, text_fingerprint};
use crate::ordered::{OrderedMap, OrderedSet};
use std::collections::HashMap;
use std::sync::Arc;

/// The texts of a block that rules match.
#[derive(Debug, Default)]
pub(super) struct Evaluation {
    /// The matched texts. Of those that contain each other only one names a rule.
    pub(super) blocks: Vec<Arc<MatchedBlock>>,
    pub(super) coverage: Coverage,
}

/// Which combinations of a block's texts were searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coverage {
    /// All of them.
    #[default]
    All,
    /// As many as the limit allows, and all pairs of neighbouring parts.
    Pairs,
    /// As many as the limit allows, and pairs of neighbouring parts up to their limit.
    SomePairs,
}

/// The index of a text for each part.
type Picks = Vec<usize>;

/// Evaluates the rules on the texts that these parts form.
pub(super) fn evaluate(
    parts: &BlockParts,
    filter: &dyn BlockFilter,
    limits: &StoreLimits,
) -> Evaluation {
    let texts = parts.texts();
    let counts: Vec<usize> = texts.iter().map(|(_, texts)| texts.len()).collect();
    let (all, is_all) = combinations(&counts, limits.combinations);
    let search = |picks: &[(u32, &PartRecord)]| -> Option<(ScriptBlock, Vec<u32>)> {
        // The text alone rules out most blocks: a block is built only for the others.
        let joined = parts.join(picks);
        if filter.wants_joined() && parts.is_complete() && picks.len() == texts.len() {
            let texts = picks.iter().map(|(_, part)| text_fingerprint(&part.text_bytes()));
            filter.note_joined(parts_hash(texts), &joined.text);
        }
        if !filter.may_match(joined.text.as_raw()) {
            return None;
        }
        let mut block = parts.to_block(picks, joined);
        let rules = filter.matching_rules(&block);
        if rules.is_empty() {
            return None;
        }
        block.text = filter.shared_text(&block.text);
        Some((block, rules))
    };
    let records = |picks: &Picks| -> Vec<(u32, &PartRecord)> {
        let parts = texts.iter().zip(picks);
        parts.filter_map(|((number, texts), pick)| Some((*number, *texts.get(*pick)?))).collect()
    };
    let mut found: Vec<(Picks, ScriptBlock, Vec<u32>)> = all
        .into_iter()
        .filter_map(|picks| {
            let (block, rules) = search(&records(&picks))?;
            Some((picks, block, rules))
        })
        .collect();
    let mut coverage = Coverage::All;
    let mut beyond = Vec::new();
    if !is_all {
        (beyond, coverage) = search_pairs(&texts, &found, search, limits.pair_bytes);
    }
    remove_contained(&texts, &mut found);
    let found = found.into_iter().map(|(_, block, rules)| (block, rules)).chain(beyond);
    let mut by_text: OrderedMap<Arc<str>, Vec<Arc<MatchedBlock>>> = OrderedMap::new();
    for (block, rules) in found.filter(|(_, rules)| !rules.is_empty()) {
        let list = by_text.entry(Arc::clone(&block.text)).or_default();
        add_alternative(list, Arc::new(MatchedBlock::new(block, rules)));
    }
    Evaluation { blocks: by_text.into_values().flatten().collect(), coverage }
}

/// Returns combinations of a text of each part, at most this many, and whether they are all. Each text is in one of them
/// if no part has more texts than there may be combinations.
fn combinations(counts: &[usize], most: usize) -> (Vec<Picks>, bool) {
    let product = counts.iter().try_fold(1_usize, |product, count| product.checked_mul(*count));
    let all = product.filter(|product| *product <= most);
    let Some(all) = all else {
        // The nth texts of all parts, then texts that a hash picks.
        let diagonal = (0..most).map(|nth| counts.iter().map(|count| nth % count).collect());
        let hashed = (0..2 * most as u64).map(|nth| {
            let pick = |(part, count): (u64, &usize)| {
                let hash = crate::fingerprint::hash_words([nth, part]);
                (hash % *count as u64) as usize
            };
            (0..).zip(counts).map(pick).collect()
        });
        let mut picked: Vec<Picks> = Vec::new();
        for picks in diagonal.chain(hashed) {
            if picked.len() < most && !picked.contains(&picks) {
                picked.push(picks);
            }
        }
        return (picked, false);
    };
    let pick_all = |mut nth: usize| -> Picks {
        let pick = |count: &usize| {
            let pick = nth % count;
            nth /= count;
            pick
        };
        counts.iter().map(pick).collect()
    };
    ((0..all).map(pick_all).collect(), true)
}

/// A part's position and the index of one of its texts.
type TextIndex = (usize, usize);

/// Searches every text by itself and each pair of neighbouring texts, until the pairs exceed this many bytes. A rule
/// that matches a shorter piece of a text is not named again.
fn search_pairs(
    texts: &[(u32, Vec<&PartRecord>)],
    found: &[(Picks, ScriptBlock, Vec<u32>)],
    search: impl Fn(&[(u32, &PartRecord)]) -> Option<(ScriptBlock, Vec<u32>)>,
    most: usize,
) -> (Vec<(ScriptBlock, Vec<u32>)>, Coverage) {
    let mut rules_of: HashMap<(TextIndex, Option<usize>), OrderedSet<u32>> = HashMap::new();
    for (picks, _, rules) in found {
        for (part, pick) in picks.iter().enumerate() {
            let next = picks.get(part + 1).copied();
            rules_of.entry(((part, *pick), None)).or_default().extend(rules.iter().copied());
            rules_of.entry(((part, *pick), next)).or_default().extend(rules.iter().copied());
        }
    }
    let mut results = Vec::new();
    let mut alone: HashMap<TextIndex, Vec<u32>> = HashMap::new();
    for (part, (number, records)) in texts.iter().enumerate() {
        for (pick, record) in records.iter().enumerate() {
            let Some((block, mut rules)) = search(&[(*number, record)]) else { continue };
            alone.insert((part, pick), rules.clone());
            if let Some(known) = rules_of.get(&((part, pick), None)) {
                rules.retain(|rule| !known.contains(rule));
            }
            results.push((block, rules));
        }
    }
    let mut bytes = 0_usize;
    for (part, pair) in texts.windows(2).enumerate() {
        let [(number, records), (next_number, next_records)] = pair else { continue };
        for (pick, record) in records.iter().enumerate() {
            for (next_pick, next) in next_records.iter().enumerate() {
                bytes = bytes.saturating_add(record.len() + next.len());
                if bytes > most {
                    return (results, Coverage::SomePairs);
                }
                let Some((block, mut rules)) = search(&[(*number, record), (*next_number, next)])
                else {
                    continue;
                };
                let pieces = [alone.get(&(part, pick)), alone.get(&(part + 1, next_pick))];
                let joined = rules_of.get(&((part, pick), Some(next_pick)));
                rules.retain(|rule| {
                    !pieces.iter().flatten().any(|rules| rules.contains(rule))
                        && !joined.is_some_and(|known| known.contains(rule))
                });
                results.push((block, rules));
            }
        }
    }
    (results, Coverage::Pairs)
}

/// Removes a rule from a combination if it matches another one each of whose texts contains that of the first: an export
/// cut the texts of these parts.
fn remove_contained(
    texts: &[(u32, Vec<&PartRecord>)],
    found: &mut [(Picks, ScriptBlock, Vec<u32>)],
) {
    if found.len() < 2 {
        return;
    }
    let mut known: HashMap<(usize, usize, usize), bool> = HashMap::new();
    let mut contains = |part: usize, outer: usize, inner: usize| {
        *known.entry((part, outer, inner)).or_insert_with(|| {
            let records = texts.get(part).map(|(_, records)| records);
            let record = |index: usize| records.and_then(|records| records.get(index));
            record(outer).zip(record(inner)).is_some_and(|(outer, inner)| outer.contains(inner))
        })
    };
    for outer in 0..found.len() {
        for inner in 0..found.len() {
            let (Some((outer_picks, _, outer_rules)), Some((inner_picks, _, inner_rules))) =
                (found.get(outer), found.get(inner))
            else {
                continue;
            };
            if outer == inner || !inner_rules.iter().any(|rule| outer_rules.contains(rule)) {
                continue;
            }
            let mut picks = outer_picks.iter().zip(inner_picks).enumerate();
            let is_contained = picks.all(|(part, (a, b))| a == b || contains(part, *a, *b));
            // Equal texts of records with different fields are alternatives of one text.
            if is_contained
                && found.get(outer).map(|own| &own.1.text)
                    != found.get(inner).map(|own| &own.1.text)
            {
                let rules = outer_rules.clone();
                if let Some((.., inner_rules)) = found.get_mut(inner) {
                    inner_rules.retain(|rule| !rules.contains(rule));
                }
            }
        }
    }
}
