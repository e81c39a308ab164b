//! The same bytes give the same report, wherever they are cut.

use super::{analyze, fixtures, options, read, report};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use scriptscope::report::json;
use scriptscope::session::{Config, Session};
use std::collections::BTreeSet;

#[test]
fn cuts_around_every_record_change_nothing() {
    for (name, bytes) in fixtures() {
        let whole = analyze(&[(&name, &bytes)], options());
        let expected = json(&whole);
        let places = whole.script_blocks.iter().flat_map(|block| &block.events);
        let boundaries: BTreeSet<usize> =
            places.filter_map(|event| event.offset).map(|offset| offset as usize).collect();
        let cuts: BTreeSet<usize> = boundaries
            .iter()
            .chain([&bytes.len()])
            .flat_map(|&at| at.saturating_sub(8)..=at + 8)
            .filter(|&at| at <= bytes.len())
            .collect();
        for cut in cuts {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(pieces(&name, [head, tail]), expected, "{name} cut at {cut}");
        }
    }
}

#[test]
fn random_cuts_change_nothing() {
    let logs: Vec<_> = fixtures()
        .into_iter()
        .map(|(name, bytes)| {
            let expected = json(&analyze(&[(&name, &bytes)], options()));
            (name, bytes, expected)
        })
        .collect();
    let mut runner = TestRunner::new(Cases::with_cases(200));
    let input = (0..logs.len(), prop::collection::vec(any::<prop::sample::Index>(), 1..12));
    runner
        .run(&input, |(log, cuts)| {
            let (name, bytes, expected) = &logs[log];
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(&pieces(name, parts), expected, "{} cut at {:?}", name, cuts);
            Ok(())
        })
        .unwrap();
}

fn pieces<'a>(name: &str, pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut session = Session::new(Config::new(options()).unwrap());
    read(&mut session, name, pieces);
    json(&report(&mut session))
}
