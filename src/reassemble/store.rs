//! [`BlockStore`]: all script blocks of a session.

use super::budget::Budget;
use super::evicted::Evicted;
use super::filter::MatchedBlock;
use super::key::computer_and_id;
use super::mode::Mode;
use super::parts::BlockParts;
use super::queues::{OpenQueue, UnmatchedQueue};
use super::table::BlockTable;
use crate::limits;
use crate::source::ScriptRecord;
use std::collections::BTreeSet;
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
#[derive(Debug, Default)]
pub struct BlockStore {
    pub(super) mode: Mode,
    pub(super) blocks: BlockTable,
    /// Matched blocks without a script block id.
    pub(super) standalone: Vec<Arc<MatchedBlock>>,
    /// Number of blocks without a script block id, by source.
    pub(super) standalone_counts: Vec<u64>,
    /// Keys of evicted blocks, each with a further source that holds a copy of the block.
    pub(super) copies_elsewhere: BTreeSet<(u64, usize)>,
    pub(super) open: OpenQueue,
    pub(super) unmatched: UnmatchedQueue,
    pub(super) budget: Budget,
    /// Keys of blocks and numbers of their parts that came with different texts.
    pub(super) conflicts: BTreeSet<(u64, u32)>,
    /// Computer and script block id of blocks that exceed a limit.
    pub(super) too_long: BTreeSet<(String, String)>,
    pub(super) closed_early: u64,
    pub(super) not_remembered: u64,
}

impl BlockStore {
    /// Creates a store without blocks.
    pub fn new(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Number of blocks so far. Cheap enough to show as progress.
    pub(crate) fn len(&self) -> u64 {
        self.blocks.len() as u64 + self.standalone_counts.iter().sum::<u64>()
    }

    /// Number of parts that came with different texts.
    pub(crate) fn conflicts(&self) -> u64 {
        self.conflicts.len() as u64
    }

    /// Returns computer and script block id of blocks that exceed [`limits::TEXT_BYTES`] or [`limits::PARTS`].
    pub(crate) fn too_long(&self) -> impl Iterator<Item = &(String, String)> {
        self.too_long.iter()
    }

    /// Number of blocks that were searched before all their parts arrived, because incomplete blocks exceeded
    /// [`limits::INCOMPLETE_BLOCK_BYTES`].
    pub(crate) fn closed_early(&self) -> u64 {
        self.closed_early
    }

    /// Number of blocks past [`limits::REMEMBERED_BLOCKS`]: copies of these are counted again.
    pub(crate) fn not_remembered(&self) -> u64 {
        self.not_remembered
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

    /// Notes every source that holds the lowest part of an evicted block.
    pub(super) fn note_copies(&mut self, key: u64, home: usize, parts: &BlockParts) {
        for copy in parts.first_copies() {
            self.note_copy(key, home, copy.source);
        }
    }

    /// Notes that a source holds a copy of an evicted block which counts in the source `home` so far.
    pub(super) fn note_copy(&mut self, key: u64, home: usize, source: usize) {
        if source != home && self.copies_elsewhere.len() < limits::REMEMBERED_BLOCKS {
            self.copies_elsewhere.insert((key, source));
        }
    }

    /// Forgets the copies of a text that another one replaced: they are not copies of the block.
    pub(super) fn forget_copies(&mut self, key: u64) {
        let copies: Vec<_> =
            self.copies_elsewhere.range((key, 0)..=(key, usize::MAX)).copied().collect();
        copies.iter().for_each(|copy| _ = self.copies_elsewhere.remove(copy));
    }

    /// Notes that longer parts replace an evicted block. If the block was complete, its parts had other texts.
    pub(super) fn note_replaced(&mut self, key: u64, evicted: &Evicted) {
        if !evicted.incomplete {
            self.note_conflict(key, 1);
        }
        self.forget_copies(key);
    }

    /// Notes that a record's block exceeds a limit.
    pub(super) fn note_too_long(&mut self, record: &ScriptRecord<'_>) {
        if self.too_long.len() < limits::PROBLEMS_PER_SOURCE {
            self.too_long.insert(computer_and_id(record));
        }
    }

    /// Notes that a part came with different texts.
    pub(super) fn note_conflict(&mut self, key: u64, part: u32) {
        if self.conflicts.len() < limits::REMEMBERED_BLOCKS {
            self.conflicts.insert((key, part));
        }
    }
}
