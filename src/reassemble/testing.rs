//! Helpers of this module's tests.

use super::block::ScriptBlock;
use super::bounds::StoreLimits;
use super::filter::BlockFilter;
use super::mode::Mode;
use super::store::BlockStore;
use crate::event::Event;
use crate::source::ScriptRecord;
use crate::text::Raw;
use crate::wire::{WireReader, WireWriter};
use proptest::prelude::*;

/// Matches every block with a `!` in it.
pub(super) struct Loud;

impl BlockFilter for Loud {
    fn may_match(&self, text: Raw<'_>) -> bool {
        text.to_lossy().contains('!')
    }

    fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
        if block.text.contains('!') { vec![0] } else { Vec::new() }
    }
}

/// A record of the computer FS03.
pub(super) fn event(id: &str, number: u32, total: u32, text: &str) -> Event {
    Event {
        computer: Some("FS03".into()),
        script_block_id: Some(id.into()),
        number: Some(number),
        total: Some(total),
        text: text.into(),
        ..Event::default()
    }
}

/// A store with these events, each with the index of its source.
pub(super) fn store_of(mode: Mode, events: &[(usize, Event)]) -> BlockStore {
    limited_store(mode, &StoreLimits::default(), events)
}

/// As [`store_of`], with these limits.
pub(super) fn limited_store(
    mode: Mode,
    limits: &StoreLimits,
    events: &[(usize, Event)],
) -> BlockStore {
    let mut store = BlockStore::with_limits(mode, limits.clone());
    for (source, event) in events {
        store.add(&ScriptRecord::from_event(event, false), *source, &Loud);
    }
    store
}

/// A store of what these stores wrote, all with the same three sources.
pub(super) fn merged(stores: impl IntoIterator<Item = BlockStore>) -> BlockStore {
    merged_with(&StoreLimits::default(), stores)
}

/// As [`merged`], with these limits.
pub(super) fn merged_with(
    limits: &StoreLimits,
    stores: impl IntoIterator<Item = BlockStore>,
) -> BlockStore {
    let mut merged = BlockStore::with_limits(Mode::Block, limits.clone());
    for store in stores {
        let mut writer = WireWriter::default();
        store.write(&mut writer);
        let bytes = writer.into_bytes();
        let mut reader = WireReader::new(&bytes);
        merged.merge(&mut reader, &[0, 1, 2], &Loud).unwrap();
        assert!(reader.is_at_end());
    }
    merged
}

/// As [`merged_with`], but that most blocks are moved.
pub(super) fn moved_with(
    limits: &StoreLimits,
    stores: impl IntoIterator<Item = BlockStore>,
) -> BlockStore {
    let mut merged = BlockStore::with_limits(Mode::Block, limits.clone());
    for mut store in stores {
        let blocks = store.take_blocks();
        let mut writer = WireWriter::default();
        store.write(&mut writer);
        let bytes = writer.into_bytes();
        merged.merge(&mut WireReader::new(&bytes), &[0, 1, 2], &Loud).unwrap();
        merged.add_blocks(blocks, &[0, 1, 2], &Loud).unwrap();
    }
    merged
}

/// The texts of all matched blocks, sorted.
pub(super) fn texts(store: &mut BlockStore) -> Vec<String> {
    let matched = store.matched_blocks(&Loud).blocks;
    let mut texts: Vec<String> =
        matched.iter().map(|matched| matched.block.text.to_string()).collect();
    texts.sort();
    texts
}

/// Random records of three sources: source, id, number, total and text. Texts are short, or have length, beginning and
/// end in common, and many records of a block differ in their texts.
pub(super) fn records() -> impl Strategy<Value = Vec<(usize, Event)>> {
    let text = prop_oneof!["[a!]{0,4}", "aaaa[ab!]{2}aaaa"];
    let record = (0_usize..3, 0_u8..3, 1_u32..4, 1_u32..3, text).prop_map(
        |(source, id, number, total, text)| (source, event(&id.to_string(), number, total, &text)),
    );
    prop::collection::vec(record, 0..12)
}
