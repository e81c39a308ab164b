//! [`IndicatorSet`]: the indicators of many texts.

use super::kind::{IndicatorKind, LeftOut};
use super::views::TextIndicators;
use crate::fingerprint::hash_words;
use crate::limits;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::time::Time;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The indicators of many texts, the same in any order of them.
///
/// Of more than [`limits::INDICATORS`] values those with the smallest hashes are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct IndicatorSet {
    /// By hash of kind and value.
    pub(crate) entries: OrderedMap<u64, Entry>,
    /// Values were left out past a limit.
    pub(crate) is_limited: bool,
    /// Texts with more values than [`limits::TEXT_INDICATORS`].
    pub(crate) limited_texts: u64,
    /// Script blocks that were not read, because they lack parts and no rule matches them.
    pub(crate) unread: u64,
    /// Texts were left out past [`limits::TEXT_INDEX_BYTES`].
    pub(crate) lacks_texts: bool,
}

/// An indicator of many texts.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: IndicatorKind,
    /// In its smallest spelling.
    pub(crate) value: String,
    pub(crate) left_out: Option<LeftOut>,
    /// Script blocks that have it.
    pub(crate) count: u64,
    pub(crate) computers: OrderedSet<Arc<str>>,
    pub(crate) first: Option<Time>,
    pub(crate) last: Option<Time>,
    /// The earliest script blocks, without a time last.
    pub(crate) blocks: OrderedSet<BlockOrder>,
    /// The view in which it was found: `None` for the text itself, which comes before views.
    pub(crate) view: Option<String>,
}

/// A script block in the order of time: a block without a time comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockOrder {
    has_no_time: bool,
    time: Option<Time>,
    pub(crate) id: Arc<str>,
}

/// The script block of a text.
pub(crate) struct IndicatorPlace<'a> {
    pub(crate) block: &'a str,
    pub(crate) computer: Option<&'a Arc<str>>,
    pub(crate) time: Option<Time>,
}

impl IndicatorSet {
    /// Adds the indicators of one script block.
    pub(crate) fn add(&mut self, texts: &TextIndicators, place: &IndicatorPlace<'_>) {
        self.limited_texts += u64::from(texts.is_limited);
        let id: Arc<str> = place.block.into();
        let block = BlockOrder { has_no_time: place.time.is_none(), time: place.time, id };
        // Two spellings of one value in a text count once.
        let mut counted = OrderedSet::new();
        for (indicator, view) in texts.found.iter() {
            let hash = hash(indicator.kind, &indicator.value);
            let entry = self.entries.entry(hash).or_insert_with(|| Entry {
                kind: indicator.kind,
                value: indicator.value.clone(),
                left_out: indicator.left_out,
                count: 0,
                computers: OrderedSet::new(),
                first: None,
                last: None,
                blocks: OrderedSet::new(),
                view: view.clone(),
            });
            if indicator.value < entry.value {
                entry.value.clone_from(&indicator.value);
            }
            // An address that is a version in one text may be none in another.
            entry.left_out = entry.left_out.min(indicator.left_out);
            if *view < entry.view {
                entry.view.clone_from(view);
            }
            if !counted.insert(hash) {
                continue;
            }
            entry.count += 1;
            if let Some(computer) = place.computer {
                entry.computers.insert(Arc::clone(computer));
                if entry.computers.len() > limits::INDICATOR_COMPUTERS {
                    entry.computers.pop_last();
                    self.is_limited = true;
                }
            }
            if let Some(time) = place.time {
                entry.first = Some(entry.first.map_or(time, |first| first.min(time)));
                entry.last = Some(entry.last.map_or(time, |last| last.max(time)));
            }
            entry.blocks.insert(block.clone());
            if entry.blocks.len() > limits::INDICATOR_BLOCKS {
                entry.blocks.pop_last();
            }
        }
        while self.entries.len() > limits::INDICATORS {
            self.entries.pop_last();
            self.is_limited = true;
        }
    }
}

/// Returns the hash of an indicator, the same for all spellings of its value.
pub(crate) fn hash(kind: IndicatorKind, value: &str) -> u64 {
    let value = match kind.ignores_case() {
        true => xxh3_64(value.to_lowercase().as_bytes()),
        false => xxh3_64(value.as_bytes()),
    };
    hash_words([kind as u64, value])
}
