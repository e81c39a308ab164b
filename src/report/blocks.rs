//! The script blocks that rules want, in the order of searches, and the ids they are known by.

use super::contract::{Block, EventPlace};
use super::convert::time;
use super::source_stats::{SourceNames, SourceStats};
use crate::detect::{is_obfuscated, views_as_blocks};
use crate::reassemble::{MatchedBlock, ScriptBlock, record_id_order};
use crate::script::View;
use crate::text::{fold_case, to_hex};
use sha2::{Digest, Sha256};
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::sync::Arc;

/// The block of an id.
pub(crate) fn find_block(
    kept: &[Arc<MatchedBlock>],
    sources: &[SourceStats],
    id: &str,
) -> Option<Block> {
    let names = SourceNames::of(sources);
    let mut blocks = kept.iter().map(|kept| BlockDraft::of(kept, &names));
    blocks.find(|block| block.id == id).map(|block| block.show(&names))
}

/// The id of a block: of its computer, id and number of parts, or of its place where it stands alone.
/// `source` is the name and the ordinal of the first part's source.
fn block_id(block: &ScriptBlock, source: (&str, usize), offset: u64) -> String {
    if block.standalone {
        let (name, ordinal) = source;
        return hash(&["event", name, &ordinal.to_string(), &offset.to_string()]);
    }
    let fold = |text: &Option<String>| fold_case(text.as_deref().unwrap_or_default());
    let total = block.total.unwrap_or(1).to_string();
    hash(&["block", &fold(&block.event.computer), &fold(&block.event.script_block_id), &total])
}

/// A block that some rule wants, with what it is ordered and known by.
pub(super) struct BlockDraft<'a> {
    pub(super) kept: &'a MatchedBlock,
    pub(super) id: String,
    source: &'a str,
    ordinal: usize,
    offset: u64,
    is_obfuscated: OnceCell<bool>,
    views: OnceCell<Vec<(View, ScriptBlock)>>,
    text_hash: OnceCell<String>,
}

impl<'a> BlockDraft<'a> {
    pub(super) fn of(kept: &'a MatchedBlock, names: &SourceNames<'a>) -> Self {
        let first = kept.block.parts.first().and_then(|part| names.first(part));
        let source = first.map_or(usize::MAX, |copy| copy.source);
        let offset = first.map_or(0, |copy| copy.place.offset);
        let (name, ordinal) = (names.name(source), names.ordinal(source));
        let id = block_id(&kept.block, (name, ordinal), offset);
        Self {
            kept,
            id,
            source: name,
            ordinal,
            offset,
            is_obfuscated: OnceCell::new(),
            views: OnceCell::new(),
            text_hash: OnceCell::new(),
        }
    }

    /// Whether something may be hidden in its text.
    pub(super) fn is_obfuscated(&self) -> bool {
        *self.is_obfuscated.get_or_init(|| is_obfuscated(&self.kept.block))
    }

    /// What is hidden in its text, if it is disguised.
    pub(super) fn views(&self) -> &[(View, ScriptBlock)] {
        self.views.get_or_init(|| views_as_blocks(&self.kept.block).collect())
    }

    /// [`hash`] of its text. Every rule that wants it asks, and it may be a megabyte.
    pub(super) fn text_hash(&self) -> &str {
        self.text_hash.get_or_init(|| hash(&[&self.kept.block.text]))
    }

    /// The order of events in searches: newest first, then source and record.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let (event, others) = (&self.kept.block.event, &other.kept.block.event);
        let place = |own: &Self| (own.ordinal, own.offset);
        others
            .time
            .cmp(&event.time)
            .then_with(|| self.source.cmp(other.source))
            .then_with(|| record_id_order(&event.record).cmp(&record_id_order(&others.record)))
            .then_with(|| place(self).cmp(&place(other)))
            .then_with(|| self.id.cmp(&other.id))
    }

    pub(super) fn show(&self, names: &SourceNames<'_>) -> Block {
        let block = &self.kept.block;
        let event = &block.event;
        let events = block.parts.iter().filter_map(|part| {
            let copy = names.first(part)?;
            Some(EventPlace {
                source: names.name(copy.source).to_owned(),
                record: copy.record.clone(),
                offset: Some(copy.place.offset),
                part: part.number,
                time: time(copy.time),
            })
        });
        Block {
            id: self.id.clone(),
            script_block_id: event.script_block_id.clone(),
            computer: event.computer.clone(),
            user: event.user.clone(),
            path: event.path.clone(),
            level: event.level,
            time: time(event.time),
            text: block.text.clone(),
            total: block.total,
            present: block.parts.iter().map(|part| part.number).collect(),
            gaps: block.gaps.clone(),
            events: events.collect(),
        }
    }
}

/// 128 bits of SHA-256 in hex over the pieces, each with its length.
pub(super) fn hash(pieces: &[&str]) -> String {
    let mut hash = PieceHasher::default();
    pieces.iter().for_each(|piece| hash.push(piece));
    hash.finish()
}

/// [`hash`], piece by piece.
#[derive(Default)]
pub(super) struct PieceHasher(Sha256);

impl PieceHasher {
    pub(super) fn push(&mut self, piece: &str) {
        self.0.update((piece.len() as u64).to_le_bytes());
        self.0.update(piece.as_bytes());
    }

    pub(super) fn finish(self) -> String {
        let mut digits = to_hex(&self.0.finalize());
        digits.truncate(32);
        digits
    }
}
