//! [`BlockStore`]: all script blocks of a job, of which only what may still matter is held.
//!
//! A text that no rule wants is let go at once and remembered by its [`TextDigest`], so that memory does not
//! grow with the input. Blocks in several parts are held until they are complete, within
//! [`limits::INCOMPLETE_BLOCK_BYTES`].

use super::block::ScriptBlock;
use super::budget::Budget;
use super::digest::{Evicted, EvictedDetail, TextDigest};
use super::key::{fingerprint, key, number, who};
use super::mode::Mode;
use super::parts::{AddOutcome, BlockParts};
use super::resident::{BlockFilter, BlockState, MatchedBlock, Resident, Verdict};
use super::table::BlockTable;
use crate::limits;
use crate::source::ScriptRecord;
use crate::text::Raw;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Counts of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Blocks whose first present part is in the source.
    pub script_blocks: u64,
    /// Those of them that lack parts.
    pub incomplete: u64,
}

/// The blocks of a job.
#[derive(Debug, Default)]
pub(crate) struct BlockStore {
    mode: Mode,
    pub(super) slots: BlockTable,
    /// Blocks without an id that rules want.
    pub(super) standalone: Vec<Arc<MatchedBlock>>,
    /// Blocks without an id, by source.
    pub(super) standalone_counts: Vec<u64>,
    /// Further sources that hold a copy of a block that was let go.
    pub(super) copies_elsewhere: BTreeSet<(u64, usize)>,
    pub(super) open: OpenQueue,
    idle: IdleQueue,
    pub(super) budget: Budget,
    /// Parts that came with different texts.
    pub(super) conflicts: BTreeSet<(u64, usize)>,
    /// Script blocks that grew past the limit: computer, script block id.
    pub(super) too_long: BTreeSet<(String, String)>,
    pub(super) closed_early: u64,
    pub(super) not_remembered: u64,
}

/// Blocks that wait for parts, oldest first, and what they weigh. Some of them wait no longer.
#[derive(Debug, Default)]
pub(super) struct OpenQueue {
    keys: VecDeque<u64>,
    pub(super) weight: usize,
}

/// Keys of open blocks past which those that wait no longer are taken out: twice as many as can be open at once.
const OPEN_KEYS: usize = 2 * limits::INCOMPLETE_BLOCK_BYTES / 1_024;

/// Blocks that are complete and not wanted, oldest first, and what they weigh.
#[derive(Debug, Default)]
struct IdleQueue {
    keys: VecDeque<(u64, usize)>,
    weight: usize,
}

impl BlockStore {
    /// A store without blocks.
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Takes one record in.
    pub(crate) fn add(&mut self, seen: &ScriptRecord<'_>, source: usize, filter: &dyn BlockFilter) {
        let id = seen.script_block_id.filter(|id| !id.is_empty());
        match (self.mode, id, seen.total) {
            // A part that is none of its total, as 0 of 0 in an error message, stands alone.
            (Mode::Block, Some(id), Some(total)) if (1..=total).contains(&number(seen)) => {
                match number(seen) > limits::PARTS {
                    true => self.note_too_long(seen),
                    false => self.add_named(seen, id, source, filter),
                }
            }
            _ => self.add_unnamed(seen, source, filter),
        }
        self.bound_wanted(filter);
    }

    /// Counts by source. A block with copies in several sources counts in the one of lowest `rank`.
    pub(crate) fn tallies(&self, rank: &[usize]) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = (0..rank.len())
            .map(|source| Tally {
                script_blocks: self.standalone_counts.get(source).copied().unwrap_or(0),
                incomplete: 0,
            })
            .collect();
        let mut homes: HashMap<u64, usize> = HashMap::new();
        let ranked = |source: &usize| rank.get(*source).copied().unwrap_or(usize::MAX);
        for &(key, source) in &self.copies_elsewhere {
            let home = homes.entry(key).or_insert(source);
            if ranked(&source) < ranked(home) {
                *home = source;
            }
        }
        for (key, slot) in self.slots.iter() {
            let (home, incomplete) = match slot {
                BlockState::Evicted(evicted) => {
                    let other = homes.get(&key).copied().unwrap_or(evicted.source);
                    (std::cmp::min_by_key(evicted.source, other, ranked), evicted.incomplete)
                }
                BlockState::Resident(held) => {
                    let named = &held.named;
                    let sources = named.first_copies().iter().map(|copy| copy.source);
                    (sources.min_by_key(ranked).unwrap_or(0), !named.is_complete())
                }
            };
            if let Some(tally) = tallies.get_mut(home) {
                tally.script_blocks += 1;
                tally.incomplete += u64::from(incomplete);
            }
        }
        tallies
    }

    /// Blocks known so far: cheap, for progress.
    pub(crate) fn len(&self) -> u64 {
        self.slots.len() as u64 + self.standalone_counts.iter().sum::<u64>()
    }

    /// How many parts came with different texts.
    pub(crate) fn conflicts(&self) -> u64 {
        self.conflicts.len() as u64
    }

    /// Script blocks that grew past the limit: computer, script block id.
    pub(crate) fn too_long(&self) -> impl Iterator<Item = &(String, String)> {
        self.too_long.iter()
    }

    /// Blocks that were searched before all their parts could come, for lack of room.
    pub(crate) fn closed_early(&self) -> u64 {
        self.closed_early
    }

    /// Blocks past [`limits::REMEMBERED_BLOCKS`], of which a repetition would count again.
    pub(crate) fn not_remembered(&self) -> u64 {
        self.not_remembered
    }

    fn add_unnamed(&mut self, seen: &ScriptRecord<'_>, source: usize, filter: &dyn BlockFilter) {
        self.count_unnamed(source, 1);
        if filter.may_match(seen.text) {
            let block = ScriptBlock::from_event(seen.full.event(), source);
            let rules = filter.matching_rules(&block);
            if !rules.is_empty() {
                self.keep_unnamed(MatchedBlock { block, rules });
            }
        }
    }

    pub(super) fn keep_unnamed(&mut self, kept: MatchedBlock) {
        if self.budget.has_room_for(&kept) {
            self.note_wanted(&kept);
            self.standalone.push(Arc::new(kept));
        }
    }

    pub(super) fn count_unnamed(&mut self, source: usize, more: u64) {
        if self.standalone_counts.len() <= source {
            self.standalone_counts.resize(source + 1, 0);
        }
        if let Some(count) = self.standalone_counts.get_mut(source) {
            *count += more;
        }
    }

    fn add_named(
        &mut self,
        seen: &ScriptRecord<'_>,
        id: Raw<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        let total = seen.total.unwrap_or(1);
        let key = key(seen.computer, id, total);
        let single = total == 1;
        match self.slots.get(key) {
            None if self.slots.len() >= limits::REMEMBERED_BLOCKS => {
                self.not_remembered += 1;
                self.add_unnamed(seen, source, filter);
            }
            None if single => self.add_single(key, seen, source, filter),
            None => {
                self.slots.insert(key, BlockState::Resident(Box::default()));
                self.add_part(key, seen, source, filter);
            }
            Some(BlockState::Evicted(evicted)) => {
                let evicted = evicted.clone();
                self.add_again(key, evicted, seen, source, filter);
            }
            Some(BlockState::Resident(_)) => self.add_part(key, seen, source, filter),
        }
    }

    /// The first record of a block in one part.
    fn add_single(
        &mut self,
        key: u64,
        seen: &ScriptRecord<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        let mut more = None;
        if filter.may_match(seen.text) {
            let mut held = Resident::default();
            held.named.add(seen.full.event(), None, source, Ordering::Equal);
            let fingerprint = fingerprint(seen);
            if let Some(kept) = held.wanted(filter) {
                held.fingerprint = fingerprint;
                self.slots.insert(key, BlockState::Resident(Box::new(held)));
                self.keep_named(key, &kept);
                return;
            }
            more = fingerprint.map(|fingerprint| Box::new(EvictedDetail::Rejected(fingerprint)));
        }
        let digest = TextDigest::new(seen.text);
        let evicted = Evicted { source, digest, joined: false, incomplete: false, more };
        self.slots.insert(key, BlockState::Evicted(evicted));
    }

    /// A record of a block that was let go.
    fn add_again(
        &mut self,
        key: u64,
        evicted: Evicted,
        seen: &ScriptRecord<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        if evicted.joined {
            if !evicted.was_cut(TextDigest::new(seen.text_until_nul()).units) {
                return self.note_copy(key, evicted.source, source);
            }
            self.replace_cut(key, &evicted);
            self.slots.insert(key, BlockState::Resident(Box::default()));
            return self.add_part(key, seen, source, filter);
        }
        let digest = TextDigest::new(seen.text);
        // The same beginning and end, yet a rule may want it: either it was looked at before and turned
        // down, or it is another text.
        let looked = evicted.over_budget_rules().is_none()
            && !evicted.has_rejected(|| fingerprint(seen))
            && filter.may_match(seen.text);
        let wanted = looked && is_wanted_alone(seen, source, filter);
        if digest == evicted.digest && !wanted {
            // More copies like this one are to be expected, of the same source.
            if looked
                && let Some(fingerprint) = fingerprint(seen)
                && let Some(BlockState::Evicted(evicted)) = self.slots.get_mut(key)
            {
                evicted.more = Some(Box::new(EvictedDetail::Rejected(fingerprint)));
            }
            return self.note_copy(key, evicted.source, source);
        }
        self.note_conflict(key, 1);
        if evicted.loses_to(digest, wanted) {
            self.forget_copies(key);
            self.add_single(key, seen, source, filter);
        }
    }

    fn add_part(
        &mut self,
        key: u64,
        seen: &ScriptRecord<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        let Some(BlockState::Resident(held)) = self.slots.get_mut(key) else { return };
        if held.fingerprint.is_some_and(|known| Some(known) == fingerprint(seen)) {
            return held.add_copy(&seen.full.part(), source);
        }
        held.fingerprint = None;
        let speaks = !held.named.has_part_before(number(seen));
        let rest = speaks.then(|| seen.full.deferred_fields()).flatten();
        let event = match rest {
            None if speaks => seen.full.event(),
            _ => seen.full.part(),
        };
        let favour = match held.named.ties_with(&event.text) {
            true => {
                let is_wanted =
                    filter.may_match(seen.text) && is_wanted_alone(seen, source, filter);
                is_wanted.cmp(&held.is_wanted(filter))
            }
            false => Ordering::Equal,
        };
        let added = held.named.add(event, rest, source, favour);
        if seen.total.unwrap_or(1) == 1 && matches!(added, AddOutcome::New | AddOutcome::Repeated) {
            held.fingerprint = fingerprint(seen);
        }
        if matches!(added, AddOutcome::New | AddOutcome::Replaced | AddOutcome::Repeated) {
            held.verdict = Verdict::Pending;
            self.queue(key, filter);
        }
        match added {
            AddOutcome::Replaced | AddOutcome::Lost => self.note_conflict(key, number(seen)),
            AddOutcome::TooLong => self.note_too_long(seen),
            AddOutcome::New | AddOutcome::Repeated => {}
        }
        self.make_room(filter);
    }

    /// A block that came whole from another piece of the job takes its place among those held.
    pub(super) fn settle(&mut self, key: u64, filter: &dyn BlockFilter) {
        self.queue(key, filter);
        self.make_room(filter);
    }

    fn queue(&mut self, key: u64, filter: &dyn BlockFilter) {
        let Some(BlockState::Resident(held)) = self.slots.get_mut(key) else { return };
        let waited = std::mem::take(&mut held.waiting);
        self.open.weight -= waited;
        let weight = held.named.weight();
        if !held.is_settled() {
            held.waiting = weight;
            self.open.weight += held.waiting;
            if waited == 0 {
                self.open.keys.push_back(key);
            }
        } else if held.asked > 0 && weight < 2 * held.asked {
            // Parts and copies that come one by one would each cost a look at the whole. The rules are asked when
            // it matters: for a report, or when there is room to be made.
            self.budget.note_part();
        } else if let Some(kept) = held.settled(filter) {
            self.keep_named(key, &kept);
        } else {
            self.idle.push(key, weight);
        }
    }

    /// Asks the rules about blocks that changed since they were asked.
    pub(super) fn ask_again(&mut self, filter: &dyn BlockFilter) {
        for (key, slot) in self.slots.iter_mut() {
            if let BlockState::Resident(held) = slot
                && held.asked > 0
                && matches!(held.verdict, Verdict::Pending)
                && held.settled(filter).is_none()
            {
                self.idle.push(key, held.named.weight());
            }
        }
    }

    /// Lets the oldest blocks go that are held and not wanted.
    fn make_room(&mut self, filter: &dyn BlockFilter) {
        while let Some(key) = self.idle.oldest_above(limits::UNMATCHED_BLOCK_BYTES) {
            self.let_go(key, filter);
        }
        while self.open.weight > limits::INCOMPLETE_BLOCK_BYTES
            && let Some(key) = self.open.keys.pop_front()
        {
            let Some(BlockState::Resident(held)) = self.slots.get_mut(key) else { continue };
            let waited = std::mem::take(&mut held.waiting);
            if waited > 0 {
                self.open.weight -= waited;
                self.closed_early += 1;
                self.let_go(key, filter);
            }
        }
        if self.open.keys.len() > OPEN_KEYS {
            let slots = &self.slots;
            let waits =
                |slot: &BlockState| matches!(slot, BlockState::Resident(held) if held.waiting > 0);
            self.open.keys.retain(|key| slots.get(*key).is_some_and(waits));
        }
    }

    fn let_go(&mut self, key: u64, filter: &dyn BlockFilter) {
        let Some(BlockState::Resident(held)) = self.slots.get_mut(key) else { return };
        // One that changed since it was not wanted was not counted then.
        let changed = matches!(held.verdict, Verdict::Pending);
        if let Some(kept) = held.settled(filter) {
            let closes = !held.is_settled();
            held.closed |= closes;
            if closes || changed {
                self.keep_named(key, &kept);
            }
            return;
        }
        let evicted = held.named.evicted();
        let source = evicted.source;
        let Some(BlockState::Resident(held)) = self.slots.insert(key, BlockState::Evicted(evicted))
        else {
            return;
        };
        self.note_copies(key, source, &held.named);
    }

    /// Notes every source that holds the block's lowest part.
    pub(super) fn note_copies(&mut self, key: u64, home: usize, named: &BlockParts) {
        for copy in named.first_copies() {
            self.note_copy(key, home, copy.source);
        }
    }

    pub(super) fn note_copy(&mut self, key: u64, home: usize, source: usize) {
        if source != home && self.copies_elsewhere.len() < limits::REMEMBERED_BLOCKS {
            self.copies_elsewhere.insert((key, source));
        }
    }

    /// Copies of a text that lost to another one are not copies of the block.
    pub(super) fn forget_copies(&mut self, key: u64) {
        let copies: Vec<_> =
            self.copies_elsewhere.range((key, 0)..=(key, usize::MAX)).copied().collect();
        copies.iter().for_each(|copy| _ = self.copies_elsewhere.remove(copy));
    }

    /// Longer parts take the place of a block. They tell more of one that lacks some, and other texts of a whole one.
    pub(super) fn replace_cut(&mut self, key: u64, evicted: &Evicted) {
        if !evicted.incomplete {
            self.note_conflict(key, 1);
        }
        self.forget_copies(key);
    }

    fn note_too_long(&mut self, seen: &ScriptRecord<'_>) {
        if self.too_long.len() < limits::PROBLEMS_PER_SOURCE {
            self.too_long.insert(who(seen));
        }
    }

    pub(super) fn note_conflict(&mut self, key: u64, part: u32) {
        if self.conflicts.len() < limits::REMEMBERED_BLOCKS {
            self.conflicts.insert((key, part as usize));
        }
    }
}

/// Whether rules want a record of which they may want the text, as a block of its own.
fn is_wanted_alone(seen: &ScriptRecord<'_>, source: usize, filter: &dyn BlockFilter) -> bool {
    !filter.matching_rules(&ScriptBlock::from_event(seen.full.event(), source)).is_empty()
}

impl IdleQueue {
    fn push(&mut self, key: u64, weight: usize) {
        if weight > 0 {
            self.weight += weight;
            self.keys.push_back((key, weight));
        }
    }

    fn oldest_above(&mut self, limit: usize) -> Option<u64> {
        if self.weight <= limit {
            return None;
        }
        let (key, weight) = self.keys.pop_front()?;
        self.weight -= weight;
        Some(key)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::event::Event;
    use crate::wire::{Reader, Writer};
    use proptest::prelude::*;

    /// Wants every block with a `!` in it.
    pub(in super::super) struct Loud;

    impl BlockFilter for Loud {
        fn may_match(&self, text: Raw<'_>) -> bool {
            text.to_lossy().contains('!')
        }

        fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
            if block.text.contains('!') { vec![0] } else { Vec::new() }
        }
    }

    pub(in super::super) fn event(id: &str, number: u32, total: u32, text: &str) -> Event {
        Event {
            computer: Some("FS03".into()),
            script_block_id: Some(id.into()),
            number: Some(number),
            total: Some(total),
            text: text.into(),
            ..Event::default()
        }
    }

    fn store(mode: Mode, events: &[(usize, Event)]) -> BlockStore {
        let mut store = BlockStore::new(mode);
        for (source, event) in events {
            store.add(&ScriptRecord::from_event(event, false), *source, &Loud);
        }
        store
    }

    fn texts(store: &mut BlockStore) -> Vec<String> {
        let mut texts: Vec<String> = store
            .matched_blocks(&Loud)
            .blocks
            .iter()
            .map(|kept| kept.block.text.to_string())
            .collect();
        texts.sort();
        texts
    }

    #[test]
    fn a_word_cut_by_a_part_is_found_in_block_mode_only() {
        struct Word;
        impl BlockFilter for Word {
            fn may_match(&self, text: Raw<'_>) -> bool {
                text.to_lossy().contains("Remoting")
            }
            fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
                if self.may_match(Raw::from(&*block.text)) { vec![7] } else { Vec::new() }
            }
        }
        let parts = [event("a", 2, 2, "oting"), event("a", 1, 2, "Enable-PSRem")];
        for (mode, found) in [(Mode::Block, 1), (Mode::Event, 0)] {
            let mut store = BlockStore::new(mode);
            parts
                .iter()
                .for_each(|part| store.add(&ScriptRecord::from_event(part, false), 0, &Word));
            assert_eq!(store.matched_blocks(&Word).blocks.len(), found);
        }
    }

    #[test]
    fn computer_and_id_compare_in_any_case_and_a_copy_counts_once() {
        let mut other = event("ID", 1, 1, "a!");
        other.computer = Some("fs03".into());
        let events = [(1, event("id", 1, 1, "a!")), (0, other), (0, event("x", 1, 1, "quiet"))];
        let mut blocks = store(Mode::Block, &events);
        assert_eq!(texts(&mut blocks), ["a!"]);
        let counts: Vec<u64> = blocks.tallies(&[1, 0]).iter().map(|t| t.script_blocks).collect();
        assert_eq!(counts, [1, 1], "the copy counts in the source of lower rank");
        let mut events = store(Mode::Event, &events);
        assert_eq!(texts(&mut events).len(), 2);
        assert_eq!(events.tallies(&[0, 1]).iter().map(|t| t.script_blocks).sum::<u64>(), 3);
    }

    #[test]
    fn blocks_without_an_id_and_errors_stand_alone() {
        let mut nameless = event("", 1, 1, "one!");
        nameless.script_block_id = None;
        let error = event("same", 0, 0, "two!");
        let events = [(0, nameless.clone()), (0, nameless), (0, error.clone()), (0, error)];
        assert_eq!(texts(&mut store(Mode::Block, &events)).len(), 4);
    }

    #[test]
    fn a_longer_text_under_the_same_id_wins_and_is_said() {
        let loud = (0, event("a", 1, 1, "short!"));
        let quiet = (0, event("a", 1, 1, "much longer"));
        for events in [[loud.clone(), quiet.clone()], [quiet, loud]] {
            let mut store = store(Mode::Block, &events);
            assert_eq!(texts(&mut store), [""; 0]);
            assert_eq!(store.conflicts(), 1);
        }
    }

    #[test]
    fn a_block_let_go_counts_in_the_source_of_lowest_rank_that_has_it() {
        let parts = [event("a", 1, 2, "x"), event("a", 2, 2, "y")];
        let copies = [(0, &parts[0]), (0, &parts[1]), (1, &parts[0]), (1, &parts[1])];
        let filler = "x".repeat(limits::UNMATCHED_BLOCK_BYTES);
        let filler = [(0, event("b", 1, 2, &filler)), (0, event("b", 2, 2, ""))];
        let mut blocks = BlockStore::new(Mode::Block);
        for (source, event) in copies {
            blocks.add(&ScriptRecord::from_event(event, false), source, &Loud);
        }
        for (source, event) in &filler {
            blocks.add(&ScriptRecord::from_event(event, false), *source, &Loud);
        }
        assert!(blocks.slots.iter().any(|(_, slot)| matches!(slot, BlockState::Evicted(_))));
        let counts: Vec<u64> = blocks.tallies(&[1, 0]).iter().map(|t| t.script_blocks).collect();
        assert_eq!(counts, [1, 1]);
    }

    /// Where exports cut the texts of parts, the log itself tells more, whichever was read first.
    #[test]
    fn a_block_of_cut_parts_that_was_let_go_is_read_from_a_whole_copy() {
        let cut = [event("a", 1, 2, "abc"), event("a", 2, 2, "efg")];
        let whole = [event("a", 1, 2, "abc!d"), event("a", 2, 2, "efg")];
        let filler = "x".repeat(limits::UNMATCHED_BLOCK_BYTES);
        let filler = [event("b", 1, 2, &filler), event("b", 2, 2, "")];
        let sources = |first: &[Event; 2], last: &[Event; 2]| {
            let of = |source, events: &[Event; 2]| events.clone().map(|event| (source, event));
            [of(0, first), of(1, &filler), of(2, last)].concat()
        };
        for events in [sources(&cut, &whole), sources(&whole, &cut)] {
            let mut one = store(Mode::Block, &events);
            assert_eq!(texts(&mut one), ["abc!defg"]);
            assert_eq!(one.conflicts(), 1);
            for split in [2, 4] {
                for swap in [false, true] {
                    let (early, late) = events.split_at(split);
                    let mut pieces = [store(Mode::Block, early), store(Mode::Block, late)];
                    if swap {
                        pieces.reverse();
                    }
                    let mut merged = BlockStore::new(Mode::Block);
                    for piece in pieces {
                        let mut writer = Writer::default();
                        piece.write(&mut writer);
                        let bytes = writer.into_bytes();
                        merged.merge(&mut Reader::new(&bytes), &[0, 1, 2], &Loud).unwrap();
                    }
                    assert_eq!(texts(&mut merged), ["abc!defg"], "{split} {swap}");
                    assert_eq!(merged.conflicts(), 1, "{split} {swap}");
                }
            }
        }
        let copies = store(Mode::Block, &sources(&cut, &cut));
        assert_eq!(copies.conflicts(), 0);
        assert_eq!(copies.len(), 2);
    }

    #[test]
    fn a_block_waits_while_few_others_are_open() {
        let long = "x".repeat(1 << 20);
        let mut events = vec![(0, event("first", 1, 2, "a"))];
        for id in 0..20 {
            events.extend([1, 2].map(|number| (0, event(&id.to_string(), number, 2, &long))));
        }
        events.push((0, event("first", 2, 2, "b!")));
        let mut waited = store(Mode::Block, &events);
        assert_eq!(waited.closed_early(), 0);
        assert_eq!(texts(&mut waited), ["ab!"]);
        assert_eq!(waited.open.weight, 0);
    }

    #[test]
    fn unfinished_blocks_are_searched_when_room_runs_out() {
        let long = "x".repeat(1 << 20);
        let events: Vec<_> =
            (0..20).map(|n| (0, event(&n.to_string(), 1, 2, &format!("{n}!{long}")))).collect();
        let mut full = store(Mode::Block, &events);
        assert!(full.closed_early() > 0);
        assert_eq!(full.matched_blocks(&Loud).blocks.len(), 20, "closed or open, each is found");
        assert_eq!(full.tallies(&[0])[0].incomplete, 20);

        let mut writer = Writer::default();
        full.write(&mut writer);
        let mut merged = BlockStore::new(Mode::Block);
        merged.merge(&mut Reader::new(&writer.into_bytes()), &[0], &Loud).unwrap();
        assert_eq!(merged.closed_early(), full.closed_early(), "none is closed twice");
    }

    /// As [`Loud`], and counts the texts it looks at.
    #[derive(Default)]
    struct Counting(std::cell::Cell<usize>);

    impl BlockFilter for Counting {
        fn may_match(&self, text: Raw<'_>) -> bool {
            self.0.set(self.0.get() + 1);
            Loud.may_match(text)
        }

        fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
            Loud.matching_rules(block)
        }
    }

    #[test]
    fn a_block_is_not_looked_at_for_each_of_its_parts_and_copies() {
        let parts = 2 * (limits::INCOMPLETE_BLOCK_BYTES / 1_024) as u32;
        let filter = Counting::default();
        let mut store = BlockStore::new(Mode::Block);
        // Closed when some 8,000 parts have come, then whole, then each part once more.
        for number in (1..=parts).chain(1..=parts) {
            let part = event("a", number, parts, if number == 1 { "!" } else { "a" });
            store.add(&ScriptRecord::from_event(&part, false), 0, &filter);
        }
        assert_eq!(store.closed_early(), 1);
        let found = store.matched_blocks(&filter).blocks;
        assert_eq!((found.len(), found[0].block.text.len()), (1, parts as usize));
        assert!(filter.0.get() < 10, "{} looks", filter.0.get());
    }

    /// A record that can be told from others, and how often it was read whole.
    struct Marked<'a>(&'a Event, std::cell::Cell<usize>);

    impl crate::source::FullEvent for Marked<'_> {
        fn event(&self) -> Event {
            self.1.set(self.1.get() + 1);
            self.0.clone()
        }

        fn part(&self) -> Event {
            self.0.clone()
        }

        fn fingerprint(&self) -> Option<u64> {
            Some(7)
        }
    }

    /// Wants no text that it might want.
    struct Fussy;

    impl BlockFilter for Fussy {
        fn may_match(&self, text: Raw<'_>) -> bool {
            Loud.may_match(text)
        }

        fn matching_rules(&self, _: &ScriptBlock) -> Vec<u32> {
            Vec::new()
        }
    }

    #[test]
    fn copies_of_a_record_are_read_once() {
        let one = event("a", 1, 1, "a!");
        for filter in [&Loud as &dyn BlockFilter, &Fussy] {
            let mut store = BlockStore::new(Mode::Block);
            // The first records of a source are read before it is known how its records can be told apart.
            store.add(&ScriptRecord::from_event(&one, false), 0, filter);
            let marked = Marked(&one, std::cell::Cell::default());
            for source in [0, 0, 1, 0] {
                store.add(
                    &ScriptRecord { full: &marked, ..ScriptRecord::from_event(&one, false) },
                    source,
                    filter,
                );
            }
            assert_eq!(marked.1.get(), 1);
            let copies = store.tallies(&[1, 0]);
            assert_eq!(copies.iter().map(|own| own.script_blocks).collect::<Vec<_>>(), [0, 1]);
        }
    }

    #[test]
    fn parts_of_higher_numbers_than_any_are_left_out_and_said() {
        let events = [1, limits::PARTS, limits::PARTS + 1, u32::MAX]
            .map(|number| (0, event("a", number, u32::MAX, &format!("{number}!"))));
        let mut store = store(Mode::Block, &events);
        assert_eq!(texts(&mut store), ["1!\n16384!"]);
        assert_eq!(store.too_long().count(), 1);
    }

    /// Short texts, and some that have length, beginning and end in common.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a!]{0,4}", "aaaa[ab!]{2}aaaa"]
    }

    proptest! {
        #[test]
        fn the_order_of_records_never_matters(
            mut records in prop::collection::vec((0_usize..3, 0_u8..3, 1_u32..4, 1_u32..3, text()), 0..12),
        ) {
            let build = |records: &[(usize, u8, u32, u32, String)]| {
                let events: Vec<_> = records
                    .iter()
                    .map(|(source, id, number, total, text)| {
                        (*source, event(&id.to_string(), *number, *total, text))
                    })
                    .collect();
                let mut store = store(Mode::Block, &events);
                (texts(&mut store), store.tallies(&[2, 0, 1]).iter().map(|t| t.script_blocks).sum::<u64>())
            };
            let forward = build(&records);
            records.reverse();
            prop_assert_eq!(forward, build(&records));
        }

        #[test]
        fn pieces_merge_to_one_pass(
            records in prop::collection::vec((0_usize..3, 0_u8..3, 1_u32..4, 1_u32..3, text()), 0..12),
            cuts in prop::collection::vec(0_usize..3, 12),
        ) {
            let events: Vec<_> = records
                .iter()
                .map(|(source, id, number, total, text)| {
                    (*source, event(&id.to_string(), *number, *total, text))
                })
                .collect();
            let facts = |store: &mut BlockStore| {
                let tallies = store.tallies(&[2, 0, 1]);
                (texts(store), tallies, store.conflicts())
            };
            let mut whole = store(Mode::Block, &events);
            let mut merged = BlockStore::new(Mode::Block);
            for piece in [2, 0, 1] {
                let own: Vec<_> = events
                    .iter()
                    .zip(&cuts)
                    .filter(|(_, cut)| **cut == piece)
                    .map(|(event, _)| event.clone())
                    .collect();
                let mut writer = Writer::default();
                store(Mode::Block, &own).write(&mut writer);
                let bytes = writer.into_bytes();
                let mut reader = Reader::new(&bytes);
                prop_assert!(merged.merge(&mut reader, &[0, 1, 2], &Loud).is_some());
                prop_assert!(reader.is_at_end());
            }
            prop_assert_eq!(facts(&mut whole), facts(&mut merged));
        }
    }
}
