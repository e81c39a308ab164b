//! The bytes of a [`BlockStore`] within a partial.
//!
//! The bytes are the same on every target: keys and fingerprints are 64 bits, other numbers LEB128 (see
//! [`wire`](crate::wire)), and blocks are written in the order of their keys.
//!
//! ```text
//! list of blocks         key, then 0 and an evicted block, or a kind from 1 to 4 and the parts of a resident block
//! list of standalone     event, text, parts with copies, gaps, rules: the matched ones
//! list of counts         standalone blocks, by source
//! list of copies         key and source: further sources of evicted blocks
//! list of conflicts      key and part number
//! list of too long       computer and script block id
//! budget                 first fingerprint not kept, standalone blocks not kept, the same for each rule
//! closed early, not remembered
//! ```

use super::block::{BlockPart, PartCopy, ScriptBlock};
use super::digest::TextDigest;
use super::evicted::{Evicted, EvictedDetail};
use super::filter::MatchedBlock;
use super::parts::BlockParts;
use super::resident::{Resident, Verdict};
use super::store::BlockStore;
use super::table::BlockState;
use crate::sort;
use crate::wire::{WireReader, WireWriter};

impl BlockStore {
    /// Writes all blocks, incomplete ones included.
    pub(crate) fn write(&self, writer: &mut WireWriter) {
        let mut blocks: Vec<_> = self.blocks.iter().collect();
        sort::sort_by_key(&mut blocks, |(key, _)| *key);
        writer.list(blocks.into_iter(), |writer, (key, state)| {
            writer.number(key);
            write_state(writer, state);
        });
        writer.list(self.standalone.iter(), |writer, matched| write_matched(writer, matched));
        writer.list(self.standalone_counts.iter(), |writer, count| writer.number(*count));
        writer.list(self.copies_elsewhere.iter(), |writer, (key, source)| {
            writer.number(*key);
            writer.size(*source);
        });
        writer.list(self.conflicts.iter(), |writer, (key, part)| {
            writer.number(*key);
            writer.number((*part).into());
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
}

fn write_state(writer: &mut WireWriter, state: &BlockState) {
    match state {
        BlockState::Evicted(evicted) => {
            writer.number(0);
            write_evicted(writer, evicted);
        }
        BlockState::Resident(resident) => {
            let is_unmatched = matches!(resident.verdict, Verdict::Unmatched);
            writer.number(1 + u64::from(resident.closed_early) + 2 * u64::from(is_unmatched));
            write_parts(writer, &resident.parts);
        }
    }
}

/// Reads the state of a block. `sources` maps the indexes of sources that were written to the reader's own.
pub(super) fn read_state(reader: &mut WireReader<'_>, sources: &[usize]) -> Option<BlockState> {
    match reader.number()? {
        0 => Some(BlockState::Evicted(read_evicted(reader, sources)?)),
        kind @ 1..=4 => {
            let parts = read_parts(reader, sources)?;
            let verdict = if kind > 2 { Verdict::Unmatched } else { Verdict::Pending };
            let closed_early = kind % 2 == 0;
            let resident = Resident { parts, verdict, closed_early, ..Resident::default() };
            Some(BlockState::Resident(Box::new(resident)))
        }
        _ => None,
    }
}

fn write_evicted(writer: &mut WireWriter, evicted: &Evicted) {
    writer.size(evicted.source);
    writer.number(evicted.digest.units.into());
    for unit in evicted.digest.head.into_iter().chain(evicted.digest.tail) {
        writer.number(unit.into());
    }
    writer.number(u64::from(evicted.is_multipart) | u64::from(evicted.incomplete) << 1);
    // A rejected fingerprint only saves work, so it is not written.
    writer.option(evicted.over_budget_rules(), |writer, rules| {
        writer.list(rules.iter(), |writer, rule| writer.number((*rule).into()));
    });
}

fn read_evicted(reader: &mut WireReader<'_>, sources: &[usize]) -> Option<Evicted> {
    let source = *sources.get(reader.size()?)?;
    let mut digest = TextDigest { units: reader.small()?, ..TextDigest::default() };
    for unit in digest.head.iter_mut().chain(&mut digest.tail) {
        *unit = reader.small()?;
    }
    let flags = reader.number()?;
    let rules = reader.option(|reader| reader.list(WireReader::small))?;
    let detail = rules.map(|rules| Box::new(EvictedDetail::OverBudget(rules)));
    let (is_multipart, incomplete) = (flags & 1 != 0, flags & 2 != 0);
    Some(Evicted { source, digest, is_multipart, incomplete, detail })
}

fn write_parts(writer: &mut WireWriter, parts: &BlockParts) {
    let records: Vec<_> = parts.records().collect();
    writer.list(records.into_iter(), |writer, (event, copies)| {
        writer.event(&event);
        writer.list(copies.iter(), write_copy);
    });
}

fn read_parts(reader: &mut WireReader<'_>, sources: &[usize]) -> Option<BlockParts> {
    let mut parts = BlockParts::default();
    for (event, copies) in
        reader.list(|reader| Some((reader.event()?, read_copies(reader, sources)?)))?
    {
        parts.restore(event, copies);
    }
    Some(parts)
}

fn write_matched(writer: &mut WireWriter, matched: &MatchedBlock) {
    let block = &matched.block;
    writer.event(&block.event);
    writer.text(&block.text);
    writer.list(block.parts.iter(), |writer, part| {
        writer.number(part.number.into());
        writer.list(part.copies.iter(), write_copy);
    });
    writer.list(block.gaps.iter(), |writer, gap| writer.number(*gap));
    writer.list(matched.rules.iter(), |writer, rule| writer.number((*rule).into()));
}

/// Reads a matched standalone block.
pub(super) fn read_matched(reader: &mut WireReader<'_>, sources: &[usize]) -> Option<MatchedBlock> {
    let event = reader.event()?;
    let block = ScriptBlock {
        text: reader.text()?.into(),
        parts: reader.list(|reader| {
            Some(BlockPart { number: reader.small()?, copies: read_copies(reader, sources)? })
        })?,
        total: event.total,
        gaps: reader.list(WireReader::number)?,
        standalone: true,
        event,
    };
    Some(MatchedBlock { block, rules: reader.list(WireReader::small)? })
}

fn write_copy(writer: &mut WireWriter, copy: &PartCopy) {
    writer.size(copy.source);
    writer.place(copy.place);
    writer.option(copy.record.as_deref(), WireWriter::text);
    writer.option(copy.time, WireWriter::time);
}

fn read_copies(reader: &mut WireReader<'_>, sources: &[usize]) -> Option<Vec<PartCopy>> {
    reader.list(|reader| {
        Some(PartCopy {
            source: *sources.get(reader.size()?)?,
            place: reader.place()?,
            record: reader.option(WireReader::text)?,
            time: reader.option(WireReader::time)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::testing::{event, store_of};
    use super::*;
    use crate::text::to_hex;

    /// Native and wasm sessions read each other's partials: the bytes must not depend on the target.
    #[test]
    fn the_bytes_of_a_store_are_golden() {
        let events = [
            (0, event("a", 1, 1, "evicted")),
            (0, event("b", 1, 2, "open")),
            (1, event("c", 1, 1, "matched!")),
            (1, event("", 1, 1, "standalone!")),
        ];
        let mut writer = WireWriter::default();
        store_of(Mode::Block, &events).write(&mut writer);
        let expected = [
            ("number of blocks", "03"),
            ("evicted", "e4ab93ece7cdfbf55e00000765766963646574630000"),
            (
                "open",
                "a3f9d8fe91ee8fd2b601010100000000000104465330330001016200000001010102046f70656e0001000000000000",
            ),
            (
                "matched",
                "de918addc5d7b296db01010100000000000104465330330001016300000001010101086d617463686564210001010000000000",
            ),
            (
                "standalone",
                "0100000000000104465330330001000000000101010100000b7374616e64616c6f6e6521010101010000000000000100",
            ),
            (
                "counts, copies, conflicts, too long, budget",
                "020001000000ffffffffffffffffff0100000000",
            ),
        ];
        let expected: String = expected.iter().map(|(_, hex)| *hex).collect();
        assert_eq!(to_hex(&writer.into_bytes()), expected);
    }
}
