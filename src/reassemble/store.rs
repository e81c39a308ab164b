//! [`BlockStore`]: all script blocks of a session.

use super::bounds::StoreLimits;
use super::budget::Budget;
use super::digests::Digests;
use super::evaluated::EvaluatedRecords;
use super::filter::{BlockFilter, MatchedBlock};
use super::key::BlockKey;
use super::matched_texts::MatchedTexts;
use super::mode::Mode;
use super::names::{BlockNames, MissedViewNames};
use super::not_kept::NotKept;
use super::queues::{OpenQueue, UnmatchedQueue};
use super::resident::Resident;
use super::variants::Coverage;
use crate::ordered::OrderedMap;
use std::sync::Arc;

/// All script blocks of a session. Parts are kept only of blocks that can still matter: see the
/// [module](super).
///
/// Records are [added](Self::add) one by one, or [merged](Self::merge) from the partial of another session.
/// [`matched_blocks`](Self::matched_blocks) and [`tallies`](Self::tallies) give what a report needs, at any time.
///
/// # Example
///
/// A word that is cut at a part's end is found in the joined block, in any order of the parts:
///
/// ```
/// use scriptscope::Mode;
/// use scriptscope::internal::{Event, ScriptBlock, reassemble::{BlockFilter, BlockStore}};
/// use scriptscope::internal::{source::ScriptRecord, text::Raw};
///
/// struct Remoting;
///
/// impl BlockFilter for Remoting {
///     fn may_match(&self, text: Raw<'_>) -> bool {
///         text.to_lossy().contains("Remoting")
///     }
///
///     fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
///         if block.text.contains("Enable-PSRemoting") { vec![0] } else { Vec::new() }
///     }
/// }
///
/// let part = |number, text: &str| Event {
///     script_block_id: Some("6f1c".into()),
///     number: Some(number),
///     total: Some(2),
///     text: text.into(),
///     ..Event::default()
/// };
/// let mut store = BlockStore::new(Mode::Block);
/// for event in [part(2, "oting"), part(1, "Enable-PSRem")] {
///     store.add(&ScriptRecord::from_event(&event, false), 0, &Remoting);
/// }
/// let matched = store.matched_blocks(&Remoting);
/// assert_eq!(&*matched.blocks[0].block.text, "Enable-PSRemoting");
/// assert_eq!(matched.blocks[0].rules, [0]);
/// ```
#[derive(Debug)]
pub struct BlockStore {
    pub(super) mode: Mode,
    pub(super) limits: StoreLimits,
    /// Which blocks with an id were read, and where.
    pub(super) digests: Digests,
    /// Matched texts of blocks in one part, and of records that could not be joined.
    pub(super) texts: MatchedTexts,
    /// Blocks in several parts whose parts are kept.
    pub(super) multiparts: OrderedMap<BlockKey, Box<Resident>>,
    /// Matched blocks without a script block id.
    pub(super) standalone: Vec<Arc<MatchedBlock>>,
    /// Number of blocks without a script block id, by source.
    pub(super) standalone_counts: Vec<u64>,
    pub(super) evaluated: EvaluatedRecords,
    pub(super) open: OpenQueue,
    pub(super) unmatched: UnmatchedQueue,
    pub(super) budget: Budget,
    pub(super) not_kept: NotKept,
    /// Blocks that exceed a limit of length.
    pub(super) too_long: BlockNames,
    /// Blocks that were searched before all their parts arrived, and how often that happened.
    pub(super) closed_early: BlockNames,
    pub(super) closed_early_count: u64,
    pub(super) missed_views: MissedViewNames,
    /// Blocks whose texts were not searched in all combinations.
    pub(super) in_pairs: BlockNames,
    /// Those of them not all of whose pairs were searched.
    pub(super) in_some_pairs: BlockNames,
}

impl BlockStore {
    /// Creates a store without blocks.
    pub fn new(mode: Mode) -> Self {
        Self::with_limits(mode, StoreLimits::default())
    }

    pub(super) fn with_limits(mode: Mode, limits: StoreLimits) -> Self {
        Self {
            mode,
            digests: Digests::new(limits.digests),
            open: OpenQueue::new(limits.incomplete_bytes),
            unmatched: UnmatchedQueue::new(limits.unmatched_bytes),
            budget: Budget::new(limits.matched_bytes),
            not_kept: NotKept::new(limits.not_kept),
            limits,
            evaluated: EvaluatedRecords::default(),
            texts: MatchedTexts::new(),
            multiparts: OrderedMap::new(),
            standalone: Vec::new(),
            standalone_counts: Vec::new(),
            too_long: BlockNames::default(),
            closed_early: BlockNames::default(),
            closed_early_count: 0,
            missed_views: MissedViewNames::default(),
            in_pairs: BlockNames::default(),
            in_some_pairs: BlockNames::default(),
        }
    }

    /// Number of blocks so far. Cheap enough to show as progress.
    pub(crate) fn len(&self) -> u64 {
        self.digests.blocks() + self.standalone_counts.iter().sum::<u64>()
    }

    /// Forgets the matched texts of blocks in one part. The blocks stay counted.
    pub(crate) fn forget_texts(&mut self) {
        self.texts = MatchedTexts::new();
    }

    /// Blocks that exceed [`limits::TEXT_BYTES`](crate::limits::TEXT_BYTES) or [`limits::PARTS`](crate::limits::PARTS).
    pub(crate) fn too_long(&self) -> &BlockNames {
        &self.too_long
    }

    /// Blocks that were searched before all their parts arrived, because incomplete blocks exceeded
    /// [`limits::INCOMPLETE_BLOCK_BYTES`](crate::limits::INCOMPLETE_BLOCK_BYTES), and how often that happened.
    pub(crate) fn closed_early(&self) -> (&BlockNames, u64) {
        (&self.closed_early, self.closed_early_count)
    }

    /// Blocks with more combinations of texts than [`limits::COMBINATIONS`](crate::limits::COMBINATIONS), and those of
    /// them whose pairs of neighbouring parts exceed [`limits::PAIR_BYTES`](crate::limits::PAIR_BYTES).
    pub(crate) fn in_pairs(&self) -> (&BlockNames, &BlockNames) {
        (&self.in_pairs, &self.in_some_pairs)
    }

    /// Blocks of whose views limits kept something from being searched.
    pub(crate) fn missed_views(&self) -> &MissedViewNames {
        &self.missed_views
    }

    /// Whether numbers of blocks are estimates, because there are more than
    /// [`limits::REMEMBERED_BLOCKS`](crate::limits::REMEMBERED_BLOCKS).
    pub(crate) fn is_estimated(&self) -> bool {
        self.digests.is_sampled()
    }

    /// Counts blocks without a script block id.
    pub(super) fn count_standalone(&mut self, source: usize, more: u64) {
        if self.standalone_counts.len() <= source {
            self.standalone_counts.resize(source + 1, 0);
        }
        if let Some(count) = self.standalone_counts.get_mut(source) {
            *count += more;
        }
    }

    /// Notes a block after its evaluation if views of it were not searched.
    pub(super) fn note_views(&mut self, key: &BlockKey, filter: &dyn BlockFilter) {
        self.missed_views.note(filter.take_missed_views(), || key.clone());
    }

    /// Notes a block's texts if they were not searched in all combinations.
    pub(super) fn note_coverage(&mut self, key: &BlockKey, coverage: Coverage) {
        match coverage {
            Coverage::All => return,
            Coverage::Pairs => {}
            Coverage::SomePairs => self.in_some_pairs.insert(key),
        }
        self.in_pairs.insert(key);
    }
}
