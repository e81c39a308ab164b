//! The script blocks that rules want, in the order of searches, and the ids they are known by.

use super::disguised::disguised;
use super::facts::{Names, SourceFacts, by_number};
use super::show::time;
use super::{Block, EventPlace};
use crate::reassemble::{Kept, ScriptBlock};
use crate::script::View;
use crate::text::{folded, hex};
use sha2::{Digest, Sha256};
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::sync::Arc;

/// The block of an id.
pub fn find_block(kept: &[Arc<Kept>], sources: &[SourceFacts], id: &str) -> Option<Block> {
    let names = Names::of(sources);
    let mut blocks = kept.iter().map(|kept| Candidate::of(kept, &names));
    blocks.find(|block| block.id == id).map(|block| block.show(&names))
}

/// The id of a block: of its computer, id and number of parts, or of its place where it stands alone.
/// `source` is the name and the ordinal of the first part's source.
fn block_id(block: &ScriptBlock, source: (&str, usize), offset: u64) -> String {
    if block.alone {
        let (name, ordinal) = source;
        return hash(&["event", name, &ordinal.to_string(), &offset.to_string()]);
    }
    let fold = |text: &Option<String>| folded(text.as_deref().unwrap_or_default());
    let total = block.total.unwrap_or(1).to_string();
    hash(&["block", &fold(&block.event.computer), &fold(&block.event.script_block_id), &total])
}

/// A block that some rule wants, with what it is ordered and known by.
pub(super) struct Candidate<'a> {
    pub(super) kept: &'a Kept,
    pub(super) id: String,
    source: String,
    ordinal: usize,
    offset: u64,
    behind: OnceCell<Vec<(View, ScriptBlock)>>,
    text_hash: OnceCell<String>,
}

impl<'a> Candidate<'a> {
    pub(super) fn of(kept: &'a Kept, names: &Names<'_>) -> Self {
        let first = kept.block.parts.first().and_then(|part| names.first(part));
        let source = first.map_or(usize::MAX, |copy| copy.source);
        let offset = first.map_or(0, |copy| copy.place.offset);
        let (name, ordinal) = (names.name(source), names.ordinal(source));
        let id = block_id(&kept.block, (name, ordinal), offset);
        let source = name.to_owned();
        let (behind, text_hash) = (OnceCell::new(), OnceCell::new());
        Self { kept, id, source, ordinal, offset, behind, text_hash }
    }

    /// What is hidden in its text, looked for once a report.
    pub(super) fn behind(&self) -> &[(View, ScriptBlock)] {
        self.behind.get_or_init(|| disguised(&self.kept.block).collect())
    }

    /// [`hash`] of its text. Every rule that wants it asks, and it may be a megabyte.
    pub(super) fn text_hash(&self) -> &str {
        self.text_hash.get_or_init(|| hash(&[&self.kept.block.text]))
    }

    /// The order of events in searches: newest first, then source and record.
    pub(super) fn order(&self) -> impl Ord + '_ {
        let event = &self.kept.block.event;
        (
            (Reverse(event.time), self.source.as_str(), by_number(&event.record)),
            (self.ordinal, self.offset, self.id.as_str()),
        )
    }

    pub(super) fn show(&self, names: &Names<'_>) -> Block {
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
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece.as_bytes());
    }
    let mut digits = hex(&hash.finalize());
    digits.truncate(32);
    digits
}
