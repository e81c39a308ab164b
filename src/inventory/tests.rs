//! The limit of an inventory, and hostile partials.

use super::Inventory;
use crate::event::{Event, UserNames};
use crate::reassemble::Mode;
use crate::source::ScriptRecord;
use crate::text::Text;
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #[test]
    fn past_the_limit_the_same_blocks_stay_in_any_order(
        logs in prop::collection::vec(0_u16..2_000, 0..400),
        cut in 0_usize..400,
    ) {
        let entries = |numbers: &[u16]| {
            let mut inventory = Inventory::with_limit(100);
            for number in numbers {
                let event = Event {
                    computer: Some("FS03".into()),
                    script_block_id: Some(format!("id {number}")),
                    number: Some(1),
                    total: Some(1),
                    text: Text::from("x"),
                    ..Event::default()
                };
                let record = ScriptRecord::from_event(&event, false);
                inventory.add(&record, 0, Mode::Block, &mut UserNames::default());
            }
            inventory
        };
        let listed = |mut inventory: Inventory| {
            inventory.cut();
            let mut ids: Vec<_> = inventory
                .entries
                .iter()
                .map(|entry| inventory.script_block_id(entry).unwrap())
                .collect();
            ids.sort();
            (ids, inventory.not_listed())
        };
        let expected = listed(entries(&logs));
        let distinct = logs.iter().collect::<BTreeSet<_>>().len();
        prop_assert_eq!(expected.0.len(), distinct.min(100));
        let about = (distinct - expected.0.len()) as f64;
        prop_assert!((expected.1 as f64 - about).abs() <= about * 0.6 + 10.0, "{} {about}", expected.1);
        let (left, right) = logs.split_at(cut.min(logs.len()));
        let mut writer = crate::wire::WireWriter::default();
        entries(left).write(&mut writer);
        let bytes = writer.into_bytes();
        let mut merged = entries(right);
        merged.merge(&mut crate::wire::WireReader::new(&bytes), &[0]).unwrap();
        prop_assert_eq!(listed(merged), expected);
    }

    #[test]
    fn any_bytes_are_merged_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut inventory = Inventory::new(None);
        let _ = inventory.merge(&mut crate::wire::WireReader::new(&bytes), &[0]);
    }
}
