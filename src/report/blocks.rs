//! [`BlockDraft`]: a matched script block with its id, in the order of searches, and [`BlockIndex`]: matched blocks by id.

use super::contract::{Block, EventPlace, Spans};
use super::ids::{hash, id_bits};
use super::source_names::SourceNames;
use super::source_stats::SourceStats;
use super::times::format_time;
use crate::detect::{KeptViews, TextViews};
use crate::memory;
use crate::reassemble::{BlockVariant, MatchedBlock, ScriptBlock, record_id_order};
use crate::risk::BlockOrigin;
use crate::rule::Rule;
use crate::script::View;
use crate::sort;
use crate::text::fold_case;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Matched blocks by the bits of their ids.
type BlocksById = HashMap<u128, Arc<MatchedBlock>>;

/// Matched blocks by id, so that each is found in the same time however many there are.
#[derive(Debug)]
pub(crate) struct BlockIndex {
    names: SourceNames,
    blocks: BlocksById,
}

impl BlockIndex {
    pub(super) fn new(blocks: BlocksById, names: SourceNames) -> Self {
        Self { names, blocks }
    }

    /// Makes the ids of these blocks, and their index.
    pub(crate) fn of_blocks(matched: &[Arc<MatchedBlock>], sources: &[SourceStats]) -> Self {
        let names = SourceNames::new(sources);
        let blocks = blocks_by_id(&draft_blocks(matched, &names));
        Self { names, blocks }
    }

    /// Returns the block with this id for the report.
    pub(crate) fn find(&self, id: &str) -> Option<Block> {
        let matched = self.blocks.get(&id_bits(id)?)?;
        Some(BlockDraft::new(matched, &self.names).to_block(&self.names))
    }
}

/// Returns the ids of matched blocks, in their order.
pub(crate) fn block_ids(matched: &[Arc<MatchedBlock>], names: &SourceNames) -> Vec<String> {
    matched.iter().map(|matched| BlockDraft::new(matched, names).id).collect()
}

/// Converts a block for the report, under this id.
pub(crate) fn report_block(matched: &Arc<MatchedBlock>, names: &SourceNames, id: String) -> Block {
    Block { id, ..BlockDraft::new(matched, names).to_block(names) }
}

pub(super) fn blocks_by_id(drafts: &[BlockDraft<'_>]) -> BlocksById {
    let entry = |draft: &BlockDraft<'_>| Some((id_bits(&draft.id)?, Arc::clone(draft.matched)));
    drafts.iter().filter_map(entry).collect()
}

/// The matched blocks in the order of searches.
pub(super) fn draft_blocks<'a>(
    matched: &'a [Arc<MatchedBlock>],
    names: &'a SourceNames,
) -> Vec<BlockDraft<'a>> {
    let mut texts: HashMap<*const u8, Rc<TextFacts>> = HashMap::new();
    let draft = |matched: &'a Arc<MatchedBlock>| {
        memory::grow_ahead();
        // Blocks with equal texts share them.
        let text = texts.entry(matched.block.text.as_ptr()).or_default();
        BlockDraft { text: Rc::clone(text), ..BlockDraft::new(matched, names) }
    };
    let mut blocks: Vec<BlockDraft<'_>> = matched.iter().map(draft).collect();
    sort::sort_by(&mut blocks, BlockDraft::order);
    blocks
}

/// Returns the id of a block: a hash of its computer, script block id and number of parts, or, of a block that is not joined
/// with others, of its place. Several texts of one block have their text in it. `source` is the name and the ordinal of the
/// first part's source.
fn block_id(block: &ScriptBlock, source: (&str, usize), offset: u64) -> String {
    if block.standalone {
        let (name, ordinal) = source;
        return hash(&["event", name, &ordinal.to_string(), &offset.to_string()]);
    }
    let fold = |text: &Option<String>| fold_case(text.as_deref().unwrap_or_default());
    let total = block.total.unwrap_or(1).to_string();
    let computer = fold(&block.event.computer);
    let script_block_id = fold(&block.event.script_block_id);
    let id = hash(&["block", &computer, &script_block_id, &total]);
    match block.variant {
        Some(BlockVariant { has_siblings, alternative, .. }) if has_siblings || alternative > 0 => {
            hash(&[&id, &block.text, &alternative.to_string()])
        }
        _ => id,
    }
}

/// Returns the number of a process or thread in decimal digits. Some logs have it in hexadecimal ones.
fn in_decimal(text: Cow<'_, str>) -> String {
    let digits = text.trim().strip_prefix("0x");
    match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        Some(number) => number.to_string(),
        None => text.trim().to_owned(),
    }
}

/// A matched block, with its id and its sort key. What only some rules need is made once, when first needed.
pub(super) struct BlockDraft<'a> {
    pub(super) matched: &'a Arc<MatchedBlock>,
    pub(super) id: String,
    source: &'a str,
    ordinal: usize,
    offset: u64,
    text: Rc<TextFacts>,
}

/// What is found out about a text once, for all blocks that have it.
#[derive(Default)]
struct TextFacts {
    views: OnceCell<Arc<TextViews>>,
    hash: OnceCell<String>,
    /// What matched in it or in its view, by the address of the rule and the name of the view, for rules to which only the
    /// text matters.
    spans: RefCell<HashMap<(*const Rule, String), Vec<Spans>>>,
}

impl<'a> BlockDraft<'a> {
    pub(super) fn new(matched: &'a Arc<MatchedBlock>, names: &'a SourceNames) -> Self {
        let first = matched.block.parts.first().and_then(|part| names.first_copy(part));
        let source = first.map_or(usize::MAX, |copy| copy.source);
        let offset = first.map_or(0, |copy| copy.place.offset);
        let (name, ordinal) = (names.name(source), names.ordinal(source));
        let id = block_id(&matched.block, (name, ordinal), offset);
        Self { matched, id, source: name, ordinal, offset, text: Rc::default() }
    }

    /// Returns the first view of its text that `holds`, and a block whose text is this view.
    pub(super) fn find_view(
        &self,
        kept: &KeptViews,
        holds: impl FnMut(&ScriptBlock) -> bool,
    ) -> Option<(&View, ScriptBlock)> {
        let block = &self.matched.block;
        let make = || Arc::new(TextViews::new(&block.text));
        let of_text =
            (self.text.views).get_or_init(|| kept.get(&block.text).cloned().unwrap_or_else(make));
        let (index, with_view) = of_text.find(block, holds)?;
        Some((of_text.views.get(index)?, with_view))
    }

    /// [`hash`] of its text, which may be a megabyte and is needed by every rule that matches it.
    pub(super) fn text_hash(&self) -> &str {
        self.text.hash.get_or_init(|| hash(&[&self.matched.block.text]))
    }

    /// The ranges that matched, from `find` unless they are known of another block with the same text.
    pub(super) fn spans(
        &self,
        rule: &Rule,
        view: &str,
        find: impl FnOnce() -> Vec<Spans>,
    ) -> Vec<Spans> {
        let event = &self.matched.block.event;
        let is_shared = Rc::strong_count(&self.text) > 1
            && rule.search.as_ref().is_ok_and(|search| !search.mixes_text())
            && event.values_after_first("ScriptBlockText").next().is_none();
        if !is_shared {
            return find();
        }
        let mut known = self.text.spans.borrow_mut();
        known.entry((std::ptr::from_ref(rule), view.to_owned())).or_insert_with(find).clone()
    }

    /// The order of events in searches: newest first, then source and record.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let (event, others) = (&self.matched.block.event, &other.matched.block.event);
        let place = |own: &Self| (own.ordinal, own.offset);
        others
            .time
            .cmp(&event.time)
            .then_with(|| self.source.cmp(other.source))
            .then_with(|| record_id_order(&event.record).cmp(&record_id_order(&others.record)))
            .then_with(|| place(self).cmp(&place(other)))
            .then_with(|| self.id.cmp(&other.id))
    }

    /// Who ran it, where and when.
    pub(super) fn origin(&self) -> BlockOrigin<'_> {
        let event = &self.matched.block.event;
        BlockOrigin {
            computer: event.computer.as_deref().filter(|name| !name.is_empty()),
            user: event.user.as_deref(),
            time: event.time,
        }
    }

    /// Converts it for the report.
    pub(super) fn to_block(&self, names: &SourceNames) -> Block {
        let block = &self.matched.block;
        let event = &block.event;
        let events = block.parts.iter().filter_map(|part| {
            let copy = names.first_copy(part)?;
            Some(EventPlace {
                source: names.name(copy.source).to_owned(),
                record: copy.record.clone(),
                offset: Some(copy.place.offset),
                part: part.number,
                time: format_time(copy.time),
                recovered: copy.place.is_recovered(),
            })
        });
        Block {
            id: self.id.clone(),
            script_block_id: event.script_block_id.clone(),
            computer: event.computer.clone(),
            user: event.user.clone(),
            path: event.path.clone(),
            process_id: event.field("ProcessID").map(in_decimal),
            thread_id: event.field("ThreadID").map(in_decimal),
            level: event.level,
            time: format_time(event.time),
            text: block.text.clone(),
            total: block.total,
            present: block.parts.iter().map(|part| part.number).collect(),
            gaps: block.gaps.clone(),
            variant: block.variant.map(|variant| variant.number),
            events: events.collect(),
        }
    }
}
