//! A store as bytes, and two stores as one.

use super::block::{BlockPart, PartCopy, ScriptBlock};
use super::digest::{Evicted, EvictedDetail, TextDigest};
use super::parts::{AddOutcome, BlockParts};
use super::resident::{BlockFilter, BlockState, MatchedBlock, Resident, Verdict};
use super::store::BlockStore;
use crate::limits;
use crate::memory;
use crate::sort;
use crate::wire::{Reader, Writer};
use std::collections::HashSet;

/// What became of a block that another piece of the job holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Merged {
    /// It is the block, or a copy of it.
    Stays,
    /// It lost to another text under the same id.
    Lost,
}

impl BlockStore {
    /// Writes everything it holds, unfinished blocks included.
    pub(crate) fn write(&self, writer: &mut Writer) {
        let mut slots: Vec<_> = self.slots.iter().collect();
        sort::sort_by_key(&mut slots, |(key, _)| *key);
        writer.list(slots.into_iter(), |writer, (key, slot)| {
            writer.number(key);
            match slot {
                BlockState::Evicted(evicted) => {
                    writer.number(0);
                    write_gone(writer, evicted);
                }
                BlockState::Resident(held) => {
                    let unwanted = matches!(held.verdict, Verdict::Unmatched);
                    writer.number(1 + u64::from(held.closed) + 2 * u64::from(unwanted));
                    write_named(writer, &held.named);
                }
            }
        });
        writer.list(self.standalone.iter(), |writer, kept| write_kept(writer, kept));
        writer.list(self.standalone_counts.iter(), |writer, count| writer.number(*count));
        writer.list(self.copies_elsewhere.iter(), |writer, (key, source)| {
            writer.number(*key);
            writer.size(*source);
        });
        writer.list(self.conflicts.iter(), |writer, (key, part)| {
            writer.number(*key);
            writer.size(*part);
        });
        writer.list(self.too_long.iter(), |writer, (computer, id)| {
            writer.text(computer);
            writer.text(id);
        });
        writer.number(self.budget.end);
        writer.number(self.budget.standalone);
        writer.list(self.budget.standalone_by_rule.iter(), |writer, (rule, count)| {
            writer.number((*rule).into());
            writer.number(*count);
        });
        writer.number(self.closed_early);
        writer.number(self.not_remembered);
    }

    /// Takes in what another store wrote. `sources` gives for each of its sources the index here.
    /// `None` where the bytes are no store's; what was read until then stays.
    pub(crate) fn merge(
        &mut self,
        reader: &mut Reader<'_>,
        sources: &[usize],
        filter: &dyn BlockFilter,
    ) -> Option<()> {
        let slots = reader.size()?;
        let mut lost = HashSet::new();
        for _ in 0..slots {
            memory::grow_ahead();
            let key = reader.number()?;
            let slot = match reader.number()? {
                0 => BlockState::Evicted(read_gone(reader, sources)?),
                kind @ 1..=4 => {
                    let named = read_named(reader, sources)?;
                    let verdict = if kind > 2 { Verdict::Unmatched } else { Verdict::Pending };
                    let closed = kind % 2 == 0;
                    BlockState::Resident(Box::new(Resident {
                        named,
                        verdict,
                        closed,
                        ..Resident::default()
                    }))
                }
                _ => return None,
            };
            if self.merge_slot(key, slot, filter) == Merged::Lost {
                lost.insert(key);
            }
        }
        let standalone = reader.list(|reader| read_kept(reader, sources))?;
        standalone.into_iter().for_each(|kept| self.keep_unnamed(kept));
        for (index, count) in reader.list(Reader::number)?.into_iter().enumerate() {
            self.count_unnamed(*sources.get(index)?, count);
        }
        for (key, source) in reader.list(|reader| Some((reader.number()?, reader.size()?)))? {
            let source = *sources.get(source)?;
            // Copies of a text that lost to another one are not copies of the block.
            if !lost.contains(&key) {
                self.note_copy(key, usize::MAX, source);
            }
        }
        for (key, part) in reader.list(|reader| Some((reader.number()?, reader.small()?)))? {
            self.note_conflict(key, part);
        }
        self.too_long.extend(reader.list(|reader| Some((reader.text()?, reader.text()?)))?);
        self.budget.end = self.budget.end.min(reader.number()?);
        self.budget.standalone += reader.number()?;
        for (rule, count) in reader.list(|reader| Some((reader.small()?, reader.number()?)))? {
            *self.budget.standalone_by_rule.entry(rule).or_default() += count;
        }
        self.closed_early += reader.number()?;
        self.not_remembered += reader.number()?;
        self.bound_wanted(filter);
        Some(())
    }

    fn merge_slot(&mut self, key: u64, new: BlockState, filter: &dyn BlockFilter) -> Merged {
        let old = match self.slots.remove(key) {
            Some(old) => old,
            None if self.slots.len() >= limits::REMEMBERED_BLOCKS => {
                self.not_remembered += 1;
                self.forget(new, filter);
                return Merged::Stays;
            }
            None => {
                self.slots.insert(key, new);
                self.settle(key, filter);
                return Merged::Stays;
            }
        };
        let mut outcome = Merged::Stays;
        let slot = match (old, new) {
            (BlockState::Resident(mut old), BlockState::Resident(new)) => {
                for (part, added) in old.merge(*new, filter) {
                    if matches!(added, AddOutcome::Replaced | AddOutcome::Lost) {
                        self.note_conflict(key, part);
                    }
                }
                BlockState::Resident(old)
            }
            (BlockState::Evicted(old), BlockState::Evicted(new)) => {
                let (evicted, merged) = self.merge_gone(key, old, new);
                outcome = merged;
                BlockState::Evicted(evicted)
            }
            (BlockState::Evicted(evicted), BlockState::Resident(held)) => {
                self.merge_mixed(key, evicted, held, filter)
            }
            (BlockState::Resident(held), BlockState::Evicted(evicted)) => {
                let slot = self.merge_mixed(key, evicted, held, filter);
                if matches!(slot, BlockState::Resident(_)) {
                    outcome = Merged::Lost;
                }
                slot
            }
        };
        self.slots.insert(key, slot);
        self.settle(key, filter);
        outcome
    }

    fn merge_gone(&mut self, key: u64, old: Evicted, new: Evicted) -> (Evicted, Merged) {
        let alike = old.digest == new.digest;
        let same = old.joined || alike;
        if !alike && !old.incomplete && !new.incomplete {
            self.note_conflict(key, 1);
        }
        // Of two that look the same, the one stands for both that rules want.
        let wanted = old.over_budget_rules().is_none() && new.over_budget_rules().is_some();
        let new_wins = !same && old.loses_to(new.digest, wanted);
        let incomplete = old.incomplete && new.incomplete;
        let (winner, loser) = if new_wins || same && wanted { (new, old) } else { (old, new) };
        if same {
            self.note_copy(key, winner.source, loser.source);
        } else if new_wins {
            self.forget_copies(key);
        }
        // A text that wins is the longer one already; of parts the longest counts.
        let units = winner.digest.units.max(loser.digest.units);
        let digest = TextDigest { units, ..winner.digest };
        let evicted = Evicted { incomplete, digest, ..winner };
        (evicted, if same || new_wins { Merged::Stays } else { Merged::Lost })
    }

    /// A block that one piece let go and another holds.
    fn merge_mixed(
        &mut self,
        key: u64,
        evicted: Evicted,
        mut held: Box<Resident>,
        filter: &dyn BlockFilter,
    ) -> BlockState {
        let digest = held.named.evicted().digest;
        if evicted.was_cut(digest.units) {
            self.replace_cut(key, &evicted);
            return BlockState::Resident(held);
        }
        let wanted = evicted.over_budget_rules().is_none() && held.is_wanted(filter);
        if evicted.joined || (digest == evicted.digest && !wanted) {
            self.open.weight -= held.waiting;
            self.note_copies(key, evicted.source, &held.named);
            return BlockState::Evicted(evicted);
        }
        self.note_conflict(key, 1);
        if evicted.loses_to(digest, wanted) {
            self.forget_copies(key);
            BlockState::Resident(held)
        } else {
            self.open.weight -= held.waiting;
            BlockState::Evicted(evicted)
        }
    }

    /// A block that cannot be remembered stays if a rule wants it.
    fn forget(&mut self, slot: BlockState, filter: &dyn BlockFilter) {
        match slot {
            BlockState::Evicted(evicted) => self.count_unnamed(evicted.source, 1),
            BlockState::Resident(mut held) => {
                self.count_unnamed(held.named.evicted().source, 1);
                if let Some(kept) = held.wanted(filter) {
                    let block = ScriptBlock { standalone: true, ..kept.block.clone() };
                    self.keep_unnamed(MatchedBlock { block, rules: kept.rules.clone() });
                }
            }
        }
    }
}

fn write_gone(writer: &mut Writer, evicted: &Evicted) {
    writer.size(evicted.source);
    writer.number(evicted.digest.units.into());
    for unit in evicted.digest.head.into_iter().chain(evicted.digest.tail) {
        writer.number(unit.into());
    }
    writer.number(u64::from(evicted.joined) | u64::from(evicted.incomplete) << 1);
    writer.option(evicted.over_budget_rules(), |writer, rules| {
        writer.list(rules.iter(), |writer, rule| writer.number((*rule).into()));
    });
}

fn read_gone(reader: &mut Reader<'_>, sources: &[usize]) -> Option<Evicted> {
    let source = *sources.get(reader.size()?)?;
    let mut digest = TextDigest { units: reader.small()?, ..TextDigest::default() };
    for unit in digest.head.iter_mut().chain(&mut digest.tail) {
        *unit = reader.small()?;
    }
    let flags = reader.number()?;
    let over_budget_rules = reader.option(|reader| reader.list(Reader::small))?;
    let more = over_budget_rules.map(|rules| Box::new(EvictedDetail::OverBudget(rules)));
    Some(Evicted { source, digest, joined: flags & 1 != 0, incomplete: flags & 2 != 0, more })
}

fn write_named(writer: &mut Writer, named: &BlockParts) {
    let records: Vec<_> = named.records().collect();
    writer.list(records.into_iter(), |writer, (event, copies)| {
        writer.event(&event);
        writer.list(copies.iter(), write_copy);
    });
}

fn read_named(reader: &mut Reader<'_>, sources: &[usize]) -> Option<BlockParts> {
    let mut named = BlockParts::default();
    for (event, copies) in
        reader.list(|reader| Some((reader.event()?, read_copies(reader, sources)?)))?
    {
        named.restore(event, copies);
    }
    Some(named)
}

fn write_kept(writer: &mut Writer, kept: &MatchedBlock) {
    let block = &kept.block;
    writer.event(&block.event);
    writer.text(&block.text);
    writer.list(block.parts.iter(), |writer, part| {
        writer.number(part.number.into());
        writer.list(part.copies.iter(), write_copy);
    });
    writer.list(block.gaps.iter(), |writer, gap| writer.number(*gap));
    writer.list(kept.rules.iter(), |writer, rule| writer.number((*rule).into()));
}

fn read_kept(reader: &mut Reader<'_>, sources: &[usize]) -> Option<MatchedBlock> {
    let event = reader.event()?;
    let block = ScriptBlock {
        text: reader.text()?.into(),
        parts: reader.list(|reader| {
            Some(BlockPart { number: reader.small()?, copies: read_copies(reader, sources)? })
        })?,
        total: event.total,
        gaps: reader.list(Reader::number)?,
        standalone: true,
        event,
    };
    Some(MatchedBlock { block, rules: reader.list(Reader::small)? })
}

fn write_copy(writer: &mut Writer, copy: &PartCopy) {
    writer.size(copy.source);
    writer.place(copy.place);
    writer.option(copy.record.as_deref(), Writer::text);
    writer.option(copy.time, Writer::time);
}

fn read_copies(reader: &mut Reader<'_>, sources: &[usize]) -> Option<Vec<PartCopy>> {
    reader.list(|reader| {
        Some(PartCopy {
            source: *sources.get(reader.size()?)?,
            place: reader.place()?,
            record: reader.option(Reader::text)?,
            time: reader.option(Reader::time)?,
        })
    })
}
