//! Damage in text logs: every record whose bytes are whole is found, and every loss is said.

use super::{
    Read, classic_event, csv_row, csv_table, json_event, read_divided, read_pieces, xml_event,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use scriptscope::internal::source::SourceOptions;

fn read(bytes: &[u8]) -> Read {
    read_divided(bytes, SourceOptions::default())
}

#[test]
fn a_half_line_swallows_nothing_behind_it() {
    let event = json_event("b");
    for end in 1..event.len() - 1 {
        let log = [&json_event("a"), &event[..end], &json_event("c"), &json_event("d")].concat();
        let read = read(log.as_bytes());
        let texts = read.texts();
        assert_eq!(
            (&texts[0], &texts[texts.len() - 2..]),
            (&"a".to_owned(), &["c".to_owned(), "d".to_owned()][..]),
            "{end}"
        );
        assert!(!read.problems.is_empty() || end == 1, "{end}");
    }
    let event = xml_event("b");
    for end in 7..event.len() - 1 {
        let log = [&xml_event("a"), &event[..end], &xml_event("c"), &xml_event("d")].concat();
        let texts = read(log.as_bytes()).texts();
        assert_eq!(texts[texts.len() - 2..], ["c", "d"], "{end}");
    }
}

#[test]
fn an_open_comment_or_section_or_quotation_swallows_no_record() {
    let events = |texts: &[&str]| texts.iter().map(|text| xml_event(text)).collect::<String>();
    for open in ["<!-- ", "<?xml ", "<Event xmlns='x'><System><!-- ", "<a b='"] {
        for after in ["", "<!-- x -->\n", "<x a='b'/>\n"] {
            let log = format!("{}{open}\n{}{after}", events(&["a", "b"]), events(&["c", "d", "e"]));
            let read = read(log.as_bytes());
            assert_eq!(
                read.texts(),
                ["a", "b", "c", "d", "e"],
                "{open} {after} {:?}",
                read.problems
            );
            assert!(!read.problems.is_empty(), "{open} {after}");
        }
    }
    let section = |text: &str| xml_event(&format!("<![CDATA[{text}]]>"));
    let open = section("open").replace("]]>", "");
    let log = [section("a"), open, section("b"), section("c")].concat();
    let read = read(log.as_bytes());
    assert_eq!(read.texts(), ["a", "b", "c"], "{:?}", read.problems);
    assert!(!read.problems.is_empty());
}

/// A kind of log: its name, how a record of a text is written, and the heading that records follow.
type Kind = (&'static str, fn(&str) -> String, &'static str);

fn kinds() -> [Kind; 4] {
    let heading: &'static str = Box::leak(csv_table(&[]).into_boxed_str());
    [
        ("json", json_event, ""),
        ("xml", xml_event, ""),
        ("classic", classic_event, ""),
        ("csv", csv_row, heading),
    ]
}

#[derive(Clone, Debug)]
enum Damage {
    Delete(usize),
    Zero(usize),
    Insert(Vec<u8>),
    Flip(u8),
    Cut,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (1_usize..300).prop_map(Damage::Delete),
        (1_usize..300).prop_map(Damage::Zero),
        prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"\"'<>{}[],\\\n&!-".to_vec())],
            1..9
        )
        .prop_map(Damage::Insert),
        (0_u8..8).prop_map(Damage::Flip),
        Just(Damage::Cut),
    ]
}

/// Returns a text that no flipped bit turns into another.
fn script(number: usize) -> String {
    const WORDS: [&str; 8] =
        ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"];
    format!("a script named {} {{ a }}", WORDS[number])
}

/// Damages a log at a position. Returns the first byte that is damaged and the first that is not.
fn apply(log: &mut Vec<u8>, at: usize, damage: &Damage) -> (usize, usize) {
    match damage {
        Damage::Delete(length) => {
            let end = (at + length).min(log.len());
            log.drain(at..end);
            (at, end)
        }
        Damage::Zero(length) => {
            let end = (at + length).min(log.len());
            log[at..end].fill(0);
            (at, end)
        }
        Damage::Insert(bytes) => {
            log.splice(at..at, bytes.iter().copied());
            (at, at)
        }
        Damage::Flip(bit) => {
            log[at] ^= 1 << bit;
            (at, at + 1)
        }
        Damage::Cut => {
            let end = log.len();
            log.truncate(at);
            (at, end)
        }
    }
}

proptest! {
    // The same cases in every run.
    #![proptest_config(ProptestConfig {
        cases: 400,
        rng_seed: RngSeed::Fixed(8_104),
        ..ProptestConfig::default()
    })]
    #[test]
    fn records_away_from_damage_are_found_and_losses_are_said(
        kind in 0_usize..4,
        at in any::<prop::sample::Index>(),
        damage in damage(),
        piece in 1_usize..400,
    ) {
        let (name, record, heading) = kinds()[kind];
        let mut log = heading.as_bytes().to_vec();
        let mut ends = vec![log.len()];
        for number in 0..8 {
            log.extend(record(&script(number)).as_bytes());
            ends.push(log.len());
        }
        let at = heading.len() + at.index(log.len() - heading.len());
        let (begin, end) = apply(&mut log, at, &damage);
        let options = SourceOptions::default();
        let read = read_pieces([&log[..]], options);
        prop_assert_eq!(&read_pieces(log.chunks(piece), options), &read);
        let texts = read.texts();
        for number in 0..8 {
            // The record and the boundary before it are whole.
            // An event of Splunk's text ends where the next has its time.
            let boundary = if name == "classic" { 40 } else { 2 };
            let is_untouched = end < ends[number] || begin >= ends[number + 1] + boundary;
            let text = script(number);
            let count = texts.iter().filter(|found| **found == text).count();
            if is_untouched {
                prop_assert_eq!(count, 1, "{} {} {:?} {:?}", name, number, String::from_utf8_lossy(&log), read.problems);
            } else if count == 0 && texts.len() + read.others.len() + read.non_events.len() < 8 {
                prop_assert!(!read.problems.is_empty() || matches!(damage, Damage::Cut | Damage::Delete(_)), "{} {}", name, String::from_utf8_lossy(&log));
            }
            prop_assert!(count <= 1);
        }
    }
}
