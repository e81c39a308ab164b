//! The report is independent of the cuts between pushes.

use super::{EVERYTHING, analyze, fixtures, read};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use scriptscope::report::json;
use scriptscope::{Options, RuleFile, Session};
use std::collections::BTreeSet;

/// [`EVERYTHING`] alone: a session with the built-in rules takes longer to make than to read a fixture.
fn options() -> Options {
    Options::default().with_builtin(false).with_rules([RuleFile::new("everything.yml", EVERYTHING)])
}

#[test]
fn cuts_around_every_record_do_not_matter() {
    for (name, bytes) in fixtures() {
        let whole = analyze(&[(&name, &bytes)], options());
        let expected = json(&whole);
        let places = whole.script_blocks.iter().flat_map(|block| &block.events);
        let boundaries: BTreeSet<usize> = places
            .filter_map(|event| event.offset)
            .map(|offset| offset as usize)
            .chain([bytes.len()])
            .collect();
        // Every boundary is cut at the same distance from it.
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
fn random_cuts_do_not_matter() {
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
fn a_line_between_records_is_quoted_alike_at_every_cut() {
    // A form feed, which no log has between records; and more white space than is buffered.
    for stray in ["\x0C\nId and more\n".to_owned(), format!("\x0C{}x\n", " ".repeat(300))] {
        // Longer than the bytes from which the format is detected.
        let log =
            format!("{{\"EventID\":1,\"a\":\"{}\"}}\n{stray}{{\"a\":1}}", "x".repeat(64 << 10));
        let expected = json(&analyze(&[("log", log.as_bytes())], options()));
        for at in 64 << 10..log.len() {
            assert_eq!(cut("log", log.as_bytes(), vec![at]), expected, "cut at {at}: {log}");
        }
    }
}

/// The report on bytes cut at these offsets.
fn cut(name: &str, bytes: &[u8], mut cuts: Vec<usize>) -> String {
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let mut session = Session::new(options()).unwrap();
    read(&mut session, name, cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]));
    json(&session.report())
}
