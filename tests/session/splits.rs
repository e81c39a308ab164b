//! The same bytes give the same report, wherever they are cut.

use super::{analyze, fixtures, options, read};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use scriptscope::Session;
use scriptscope::report::json;
use std::collections::BTreeSet;

#[test]
fn cuts_around_every_record_change_nothing() {
    for (name, bytes) in fixtures() {
        let whole = analyze(&[(&name, &bytes)], options());
        let expected = json(&whole);
        let places = whole.script_blocks.iter().flat_map(|block| &block.events);
        let boundaries: BTreeSet<usize> = places
            .filter_map(|event| event.offset)
            .map(|offset| offset as usize)
            .chain([bytes.len()])
            .collect();
        // Cut so many bytes before or after all boundaries at once.
        for shift in -8_isize..=8 {
            let cuts: Vec<usize> = boundaries
                .iter()
                .map(|at| at.saturating_add_signed(shift).min(bytes.len()))
                .collect();
            assert_eq!(cut(&name, &bytes, cuts), expected, "{name} cut at {shift} from each");
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
            let cuts = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            prop_assert_eq!(&cut(name, bytes, cuts), expected, "{}", name);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_stray_line_is_shown_as_far_as_it_goes_wherever_it_is_cut() {
    // White space that is none of a log's, a line's end, and more than is waited for.
    for stray in ["\x0C\nId and more\n".to_owned(), format!("\x0C{}x\n", " ".repeat(300))] {
        // More than is looked at to tell the format.
        let log =
            format!("{{\"EventID\":1,\"a\":\"{}\"}}\n{stray}{{\"a\":1}}", "x".repeat(64 << 10));
        let expected = json(&analyze(&[("log", log.as_bytes())], options()));
        for at in 64 << 10..log.len() {
            assert_eq!(cut("log", log.as_bytes(), vec![at]), expected, "cut at {at}: {log}");
        }
    }
}

/// The report on bytes cut at these places.
fn cut(name: &str, bytes: &[u8], mut cuts: Vec<usize>) -> String {
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let mut session = Session::new(options()).unwrap();
    read(&mut session, name, cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]));
    json(&session.report())
}
