//! Every shape of every format, from `tests/fixtures`. `expected.json` beside the logs has the expected events.

use super::{Read, read, read_pieces};
use scriptscope::internal::Event;
use scriptscope::internal::source::{Encoding, Format, SourceOptions, read_again};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Returns the name, the bytes and the expectation of each fixture.
fn fixtures() -> Vec<(String, Vec<u8>, Value)> {
    let expected = std::fs::read(folder().join("expected.json")).unwrap();
    let Value::Object(expected) = serde_json::from_slice(&expected).unwrap() else { panic!() };
    let with_bytes = |(name, expected): (String, Value)| {
        let bytes = std::fs::read(folder().join(&name)).unwrap();
        (name, bytes, expected)
    };
    let all: Vec<_> = expected.into_iter().map(with_bytes).collect();
    assert!(all.len() > 40);
    all
}

fn options(expected: &Value) -> SourceOptions {
    SourceOptions {
        utc_offset_seconds: expected["utcOffset"].as_i64().unwrap(),
        ..SourceOptions::default()
    }
}

#[test]
fn every_shape_gives_the_events_written_to_it() {
    let mut wrong = Vec::new();
    for (name, bytes, expected) in fixtures() {
        let read = read_pieces([&bytes[..]], options(&expected));
        for (property, found, expected) in [
            ("format", Value::from(read.format.map(Format::as_str)), Value::from(format(&name))),
            (
                "encoding",
                read.encoding.map(|encoding| encoding.as_str()).into(),
                expected["encoding"].clone(),
            ),
            ("events", events(&read), events_without_zone(&expected)),
            ("zones assumed", read.zone_assumed.into(), zones(&expected)),
            ("others", others(&read), expected["others"].clone()),
            ("problems", codes(&read), expected["problems"].clone()),
        ] {
            if found != expected {
                wrong.push(format!(
                    "{name}: {property}\n   found {found}\nexpected {expected}\n{:?}",
                    read.problems
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn short_channel_names_are_expanded() {
    for name in ["json/hayabusa.jsonl", "csv/hayabusa.csv"] {
        let read = read(&std::fs::read(folder().join(name)).unwrap());
        assert!(read.events.len() > 3);
        for event in &read.events {
            assert!(event.field("Channel").unwrap().ends_with("/Operational"), "{name}: {event:?}");
        }
    }
}

#[test]
fn events_are_the_same_wherever_the_input_is_divided() {
    for (name, bytes, expected) in fixtures() {
        let options = options(&expected);
        let whole = read_pieces([&bytes[..]], options);
        for size in [1, 7] {
            assert_eq!(
                read_pieces(bytes.chunks(size), options),
                whole,
                "{name} in pieces of {size}"
            );
        }
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        for round in 0..20 {
            let mut rest = &bytes[..];
            let pieces = std::iter::from_fn(|| {
                let size = 1 + random.below(rest.len().clamp(1, 2_000));
                let (piece, after) = rest.split_at_checked(size)?;
                rest = after;
                Some(piece)
            });
            let mut pieces: Vec<_> = pieces.collect();
            pieces.push(rest);
            assert_eq!(read_pieces(pieces, options), whole, "{name}, random split {round}");
        }
    }
}

#[test]
fn a_log_appended_to_itself_gives_its_events_twice() {
    // In the second copy, the layout of every record is known.
    for (name, bytes, expected) in fixtures() {
        let whole = read_pieces([&bytes[..]], options(&expected));
        let is_table = whole.format == Some(Format::Csv);
        if is_table || whole.encoding != Some(Encoding::Utf8) || !whole.problems.is_empty() {
            continue;
        }
        let twice = read_pieces([&bytes[..], b"\n", &bytes[..]], options(&expected));
        let mut events = twice.events;
        let second = events.split_off(events.len() / 2);
        let shift = bytes.len() as u64 + 1;
        let back = |mut event: Event| {
            (event.place.offset, event.place.frame) =
                (event.place.offset - shift, event.place.frame - shift);
            event
        };
        let second: Vec<_> = second.into_iter().map(back).collect();
        assert_eq!((&events, &second), (&whole.events, &whole.events), "{name}");
        assert_eq!(twice.others, [&whole.others[..], &whole.others].concat(), "{name}");
    }
}

#[test]
fn every_event_can_be_read_again_from_its_location() {
    for (name, bytes, expected) in fixtures() {
        // All rows of a table decide the order of its dates, so a row alone may have another order.
        if expected["utcOffset"] == 0 && !name.starts_with("csv/") {
            read(&bytes);
        }
    }
}

#[test]
fn a_row_can_be_read_again_with_only_its_heading() {
    let mut rows = 0;
    for (name, bytes, expected) in fixtures() {
        let options = options(&expected);
        let whole = read_pieces([&bytes[..]], options);
        if whole.format != Some(Format::Csv) || !whole.problems.is_empty() {
            continue;
        }
        for event in &whole.events {
            let end = (event.place.offset + event.place.length) as usize;
            let again =
                read_again(Format::Csv, whole.encoding, &options, &bytes[..end], event.place);
            assert_eq!(again.as_ref(), Some(event), "{name}");
            rows += 1;
        }
    }
    assert!(rows > 10, "{rows}");
}

#[test]
fn damage_never_panics_and_adds_no_events() {
    let mut random = Random(7);
    for (name, bytes, expected) in fixtures() {
        let whole = read_pieces([&bytes[..]], options(&expected)).events.len();
        for _ in 0..60 {
            let mut damaged = bytes.clone();
            match random.below(3) {
                0 => damaged.truncate(random.below(bytes.len())),
                1 => {
                    let at = random.below(bytes.len());
                    damaged[at] ^= 1 << random.below(8);
                }
                _ => {
                    let (from, to) = (random.below(bytes.len()), random.below(bytes.len()));
                    damaged.drain(from.min(to)..from.max(to));
                }
            }
            let read = read_pieces([&damaged[..]], options(&expected));
            assert!(read.events.len() <= whole + 1, "{name}");
            let pieces = damaged.chunks(1 + random.below(40));
            assert_eq!(read_pieces(pieces, options(&expected)), read, "{name}");
        }
    }
}

/// Xorshift generator with the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn format(name: &str) -> &str {
    name.split('/').next().unwrap()
}

fn events(read: &Read) -> Value {
    read.events.iter().map(event).collect()
}

fn event(event: &Event) -> Value {
    let text = event.text.to_lossy();
    let mut value = serde_json::json!({
        "record": event.record,
        "time": event.time.map(|time| time.to_string()),
        "computer": event.computer,
        "user": event.user,
        "level": event.level,
        "number": event.number,
        "total": event.total,
        "text": text,
        "scriptBlockId": event.script_block_id,
        "path": event.path,
    });
    if text.contains('\u{FFFD}') {
        value["text"] = serde_json::json!({ "units": units(&event.text.as_bytes()) });
    }
    value
}

/// Converts WTF-8 to UTF-16 units.
fn units(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::new();
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let width = match first {
            0..=0x7F => 1,
            0..=0xDF => 2,
            0..=0xEF => 3,
            _ => 4,
        };
        let (char, after) = rest.split_at(width);
        rest = after;
        match std::str::from_utf8(char) {
            Ok(char) => units.extend(char.encode_utf16()),
            Err(_) => {
                units.push(0xD000 | u16::from(char[1] & 0x3F) << 6 | u16::from(char[2] & 0x3F))
            }
        }
    }
    units
}

fn events_without_zone(expected: &Value) -> Value {
    let mut events = expected["events"].clone();
    for event in events.as_array_mut().unwrap() {
        event.as_object_mut().unwrap().remove("zoneAssumed");
    }
    events
}

fn zones(expected: &Value) -> Value {
    let events = expected["events"].as_array().unwrap();
    events.iter().filter(|event| event["zoneAssumed"] == true).count().into()
}

fn others(read: &Read) -> Value {
    let other = |(id, time, computer): &(Option<u32>, Option<String>, Option<String>)| serde_json::json!({ "id": id, "time": time, "computer": computer });
    read.others.iter().map(other).collect()
}

fn codes(read: &Read) -> Value {
    let non_event = (!read.non_events.is_empty()).then_some("no-event");
    read.problems
        .iter()
        .map(|problem| problem.code.as_ref())
        .chain(non_event)
        .map(Value::from)
        .collect()
}
