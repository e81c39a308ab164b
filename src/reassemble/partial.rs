//! The bytes of a [`BlockStore`] within a partial.
//!
//! The bytes are the same on every target: keys and fingerprints are 64 bits, other numbers LEB128 (see
//! [`wire`](crate::wire)), and blocks are written in the order of their keys.
//!
//! ```text
//! digests                level; entries of blocks in one part; other entries
//! budget                 least score kept, first fingerprint not kept of each share
//! not kept               level; facts; blocks with an id, standalone blocks
//! list of texts          key, event, text, parts with copies, gaps, rules, rules of views
//! list of residents      key, kind from 0 to 3, the records of the parts
//! list of standalone     event, text, parts with copies, gaps, rules, rules of views: the matched ones
//! list of counts         standalone blocks, by source
//! lists of names         too long, unsearched views, unevaluated views, in pairs, in some pairs, closed early
//! closed early
//! ```

use super::block::{BlockPart, PartCopy, ScriptBlock};
use super::bounds::StoreLimits;
use super::filter::MatchedBlock;
use super::key::BlockKey;
use super::parts::BlockParts;
use super::resident::Resident;
use super::store::BlockStore;
use crate::text::Raw;
use crate::wire::{WireReader, WireWriter};
use std::sync::OnceLock;

impl BlockStore {
    /// Writes all blocks, incomplete ones included.
    pub(crate) fn write(&self, writer: &mut WireWriter) {
        self.digests.write(writer);
        writer.option(self.budget.cut.floor(), |writer, floor| writer.number(floor as u64));
        writer.list(self.budget.cut.ends(), |writer, ((rule, computer), end)| {
            writer.number((*rule).into());
            writer.number((*computer).into());
            writer.number(*end);
        });
        self.not_kept.write(writer);
        let texts: Vec<_> = self
            .texts
            .iter()
            .flat_map(|(key, blocks)| blocks.iter().map(|block| (&key.block, block)))
            .collect();
        writer.list(texts.into_iter(), |writer, (key, block)| {
            write_key(writer, key);
            write_matched(writer, block);
        });
        writer.list(self.multiparts.iter(), |writer, (key, resident)| {
            write_key(writer, key);
            write_resident(writer, resident);
        });
        writer.list(self.standalone.iter(), |writer, matched| write_matched(writer, matched));
        writer.list(self.standalone_counts.iter(), |writer, count| writer.number(*count));
        let names = [
            &self.too_long,
            &self.missed_views.unsearched,
            &self.missed_views.unevaluated,
            &self.in_pairs,
            &self.in_some_pairs,
            &self.closed_early,
        ];
        names.into_iter().for_each(|names| names.write(writer));
        writer.number(self.closed_early_count);
    }
}

fn write_key(writer: &mut WireWriter, key: &BlockKey) {
    writer.text(&key.computer);
    writer.text(&key.id);
    writer.number(key.total.into());
}

pub(super) fn read_key(reader: &mut WireReader<'_>) -> Option<BlockKey> {
    let (computer, id) = (reader.text()?, reader.text()?);
    Some(BlockKey::new(Some(Raw::from(&*computer)), Raw::from(&*id), reader.small()?))
}

fn write_resident(writer: &mut WireWriter, resident: &Resident) {
    let is_unmatched = resident.verdict.as_ref().is_some_and(Vec::is_empty);
    writer.number(u64::from(resident.closed_early) + 2 * u64::from(is_unmatched));
    let records: Vec<_> = resident.parts.records().collect();
    writer.list(records.into_iter(), |writer, (event, copies)| {
        writer.event(&event);
        writer.list(copies.iter(), write_copy);
    });
}

/// Reads the parts of a block. `sources` maps the indexes of sources that were written to the reader's own.
pub(super) fn read_resident(
    reader: &mut WireReader<'_>,
    sources: &[usize],
    limits: &StoreLimits,
) -> Option<Resident> {
    let kind = reader.number().filter(|kind| *kind < 4)?;
    let mut parts = BlockParts::default();
    for (event, copies) in
        reader.list(|reader| Some((reader.event()?, read_copies(reader, sources)?)))?
    {
        parts.restore(event, copies, limits);
    }
    let verdict = (kind >= 2).then(Vec::new);
    Some(Resident { parts, verdict, closed_early: kind % 2 == 1, ..Resident::default() })
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
    let view_rules = block.view_rules.get().map(|rules| &**rules).unwrap_or_default();
    writer.list(view_rules.iter(), |writer, rule| writer.number((*rule).into()));
}

/// Reads a matched standalone block.
pub(super) fn read_matched(reader: &mut WireReader<'_>, sources: &[usize]) -> Option<MatchedBlock> {
    let mut event = reader.event()?;
    event.shrink();
    let mut block = ScriptBlock {
        text: reader.text()?.into(),
        parts: reader.list(|reader| {
            Some(BlockPart { number: reader.small()?, copies: read_copies(reader, sources)? })
        })?,
        total: event.total,
        gaps: reader.list(WireReader::number)?,
        standalone: true,
        variant: None,
        hidden: Default::default(),
        view_rules: Default::default(),
        event,
    };
    let rules = reader.list(WireReader::small)?;
    block.view_rules = OnceLock::from(reader.list(WireReader::small)?.into_boxed_slice());
    Some(MatchedBlock { block, rules })
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
            ("level of the sample", "00"),
            (
                "blocks in one part",
                "02a592b0f68daa84e155e9b5d74d00ffffffff0fa5c583b1d18da3e90feccaeccb0b01ffffffff0f",
            ),
            ("other digests", "01cde09bd0dd8dade3590201ba95bcac0400ffffffff0f"),
            ("budget", "000000000000"),
            (
                "matched",
                "010466733033016301000000000001044653303300010163000000010101010000086d6174636865642101010101000000000000010000",
            ),
            (
                "open",
                "010466733033016202000100000000000104465330330001016200000001010102046f70656e0001000000000000",
            ),
            (
                "standalone",
                "0100000000000104465330330001000000000101010100000b7374616e64616c6f6e652101010101000000000000010000",
            ),
            ("counts", "020001"),
            ("names", "00000000000000000000000000"),
        ];
        let expected: String = expected.iter().map(|(_, hex)| *hex).collect();
        assert_eq!(to_hex(&writer.into_bytes()), expected);
    }
}
