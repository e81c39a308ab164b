//! Bytes that are no text before, between and after records, and logs at any distance from the beginning.

use super::{Read, classic_event, csv_table, json_event, read_divided, xml_event};
use scriptscope::internal::source::{Format, SourceOptions};

fn read(bytes: &[u8]) -> Read {
    read_divided(bytes, SourceOptions::default())
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn wide_big(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Two events in every text format and encoding.
fn logs() -> Vec<(Format, Vec<u8>)> {
    let mut logs = Vec::new();
    for (format, log) in [
        (Format::Json, json_event("a é 語") + &json_event("b é 語")),
        (Format::Xml, xml_event("a é 語") + &xml_event("b é 語")),
        (Format::Classic, classic_event("a é 語") + &classic_event("b é 語")),
        (Format::Csv, csv_table(&["a é 語", "b é 語"])),
    ] {
        logs.extend([(format, wide(&log)), (format, wide_big(&log)), (format, log.into())]);
    }
    logs
}

#[test]
fn a_log_is_found_after_any_number_of_equal_bytes() {
    for (format, log) in logs() {
        for byte in [0, 0xFF] {
            for length in [16, 4_096, 65_536, 65_537, 200_000] {
                let read = read(&[vec![byte; length], log.clone()].concat());
                let name = format!("{format:?} after {length} of {byte}");
                assert_eq!(
                    (read.format, read.texts()),
                    (Some(format), vec!["a é 語".into(), "b é 語".into()]),
                    "{name}"
                );
                assert_eq!(read.codes(), [("padding", 0)], "{name}");
                let offset = read.events[0].place.offset as usize;
                assert!(offset >= length - 1, "{name}: {offset}");
            }
        }
    }
}

#[test]
fn slack_at_the_end_is_said_and_loses_nothing() {
    for (format, log) in logs() {
        for slack in [
            vec![0; 1],
            vec![0; 5_000],
            vec![0xFF; 5_000],
            [vec![0; 100], vec![0xFF; 100]].concat(),
        ] {
            let read = read(&[log.clone(), slack.clone()].concat());
            let name = format!("{format:?} before {} bytes", slack.len());
            assert_eq!(read.texts(), ["a é 語", "b é 語"], "{name}");
            assert!(
                read.problems.len() <= 2 && !read.problems.is_empty(),
                "{name}: {:?}",
                read.problems
            );
        }
    }
}

#[test]
fn a_gap_between_records_is_said() {
    for (format, log) in logs() {
        let text = String::from_utf8(log).unwrap_or_default();
        if format == Format::Csv || text.contains('\0') || text.is_empty() {
            continue;
        }
        for byte in [0, 0xFF] {
            let read = read(&[text.as_bytes(), &[byte; 512], text.as_bytes()].concat());
            assert_eq!(read.texts().len(), 4, "{format:?}");
            assert_eq!(read.codes(), [("unwritten", text.len() as u64)], "{format:?}");
        }
    }
}

#[test]
fn a_gap_in_a_record_joins_no_two_records() {
    for event in [json_event as fn(&str) -> String, xml_event, classic_event] {
        let (a, b, c) =
            (event("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), event("bbbbbbbbbbbbbbbbbbbb"), event("c"));
        let cut = a.find("aaaa").unwrap() + 8;
        let from = b.find("bbbb").unwrap() + 8;
        let log = [&a.as_bytes()[..cut], &[0; 4_096], &b.as_bytes()[from..], c.as_bytes()].concat();
        let read = read(&log);
        let texts = read.texts();
        assert_eq!(texts.last().map(String::as_str), Some("c"), "{texts:?}");
        assert!(texts.iter().all(|text| !(text.contains('a') && text.contains('b'))), "{texts:?}");
        assert!(read.codes().contains(&("unwritten", cut as u64)), "{:?}", read.problems);
    }
}

#[test]
fn a_log_is_found_after_other_lines_and_bytes() {
    let lines = "a line of another log, with { and <b> and 02/17/2022 in it\n".repeat(3_000);
    let noise: Vec<u8> =
        (0..200_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (format, log) in logs() {
        if format == Format::Csv {
            continue;
        }
        for (name, before) in [("lines", lines.as_bytes()), ("noise", &noise)] {
            // UTF-16 in a file begins at an even offset.
            let read = read(&[before, b"\r\n\r\n", &log].concat());
            assert_eq!(
                read.texts().last().map(String::as_str),
                Some("b é 語"),
                "{format:?} after {name}"
            );
            assert_eq!(read.events.len(), 2, "{format:?} after {name}: {:?}", read.texts());
            assert_eq!(read.format, Some(format));
            assert!(read.codes().contains(&("stray-text", 0)), "{format:?}: {:?}", read.problems);
        }
    }
}

#[test]
fn a_line_with_the_magic_of_an_event_log_is_a_line() {
    for stray in ["ElfChnk\0", "ElfFile\0", "x ElfChnk\0 y"] {
        let log = format!("{}{stray}\n{}", json_event("a"), json_event("b"));
        let read = read(log.as_bytes());
        assert_eq!((read.format, read.texts()), (Some(Format::Json), vec!["a".into(), "b".into()]));
    }
}
