//! Encodings that a source declares, that a user names, and that change inside a source.

use super::{Read, classic_event, csv_row, csv_table, json_event, read_divided, xml_event};
use scriptscope::internal::source::{Encoding, Format, SourceOptions};

fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf16be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn read(bytes: &[u8]) -> Read {
    read_divided(bytes, SourceOptions::default())
}

fn read_named(bytes: &[u8], label: &str) -> Read {
    let encoding = Encoding::from_label(label);
    assert!(encoding.is_some(), "{label}");
    read_divided(bytes, SourceOptions { encoding, ..SourceOptions::default() })
}

fn label(read: &Read) -> Option<&'static str> {
    read.encoding.map(Encoding::as_str)
}

#[test]
fn the_declared_encoding_of_xml_decides() {
    for (declared, text, bytes) in [
        ("iso-8859-1", "café", &b"caf\xE9"[..]),
        ("windows-1252", "“x” – €", b"\x93x\x94 \x96 \x80"),
        ("ISO-8859-15", "€", b"\xA4"),
        ("ibm850", "ä", b"\x84"),
        ("cp437", "ß", b"\xE1"),
        ("windows-1251", "раз", b"\xF0\xE0\xE7"),
        ("cp866", "раз", b"\xE0\xA0\xA7"),
        ("utf-8", "é", b"\xC3\xA9"),
        ("utf-16", "é", b"\xC3\xA9"),
        ("us-ascii", "é", b"\xC3\xA9"),
    ] {
        let mut log =
            format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>\r\n<Events>").into_bytes();
        let event = xml_event("?");
        let (before, after) = event.split_once('?').unwrap();
        log.extend([before.as_bytes(), bytes, after.as_bytes(), b"</Events>"].concat());
        let read = read(&log);
        assert_eq!(read.texts(), [text], "{declared}");
        assert_eq!((read.codes(), read.replaced), (vec![], None), "{declared}");
        let event = &read.events[0];
        let place = event.place.offset as usize;
        assert!(log[place..].starts_with(b"<Event xmlns"), "{declared}: {place}");
        assert_eq!(place + event.place.length as usize, log.len() - "\n</Events>".len());
    }
}

#[test]
fn an_encoding_that_is_not_read_is_said() {
    let log = format!("<?xml version='1.0' encoding='shift_jis'?>{}", xml_event("a"));
    let read = read(log.as_bytes());
    assert_eq!((read.texts(), read.codes()), (vec!["a".into()], vec![("unknown-encoding", 0)]));
}

#[test]
fn bytes_that_are_not_utf8_are_counted() {
    for (log, expected) in [
        (json_event("caf\u{1}"), Some((1, 101))),
        (json_event("é"), None),
        (json_event("\u{1}\u{2}x\u{1}"), Some((3, 98))),
    ] {
        let bytes: Vec<u8> = log
            .bytes()
            .map(|byte| match byte {
                1 => 0xE9,
                2 => 0xFE,
                other => other,
            })
            .collect();
        let read = read(&bytes);
        assert_eq!(read.events.len(), 1, "{log}");
        assert_eq!(read.replaced, expected, "{log}");
    }
    // A character that the end of the source cuts, and half of a surrogate pair, which is kept.
    let mut cut = json_event("a").into_bytes();
    cut.extend(b"\xE2\x82");
    assert_eq!(read(&cut).replaced, Some((2, cut.len() as u64 - 2)));
    let event = json_event("\u{1}");
    let (before, after) = event.split_once('\u{1}').unwrap();
    let half = [before.as_bytes(), b"\xED\xA0\xBD", after.as_bytes()].concat();
    assert_eq!(read(&half).replaced, None);
    // A byte without a character in its code page.
    let undefined = [before.as_bytes(), b"\x81\xE9", after.as_bytes()].concat();
    assert_eq!(read_named(&undefined, "windows-1252").replaced, Some((1, 98)));
}

#[test]
fn a_named_encoding_is_that_of_text_that_shows_none() {
    let with = |event: String, bytes: &[u8]| {
        let (before, after) = event.split_once('?').unwrap();
        [before.as_bytes(), bytes, after.as_bytes()].concat()
    };
    for event in [json_event("?"), xml_event("?"), classic_event("?"), csv_table(&["?"])] {
        let read = read_named(&with(event.clone(), b"caf\x82"), "ibm850");
        assert_eq!((read.texts(), label(&read)), (vec!["café".into()], Some("ibm850")), "{event}");
        let shown = read_named(&with(event.clone(), "café".as_bytes()), "ibm850");
        assert_eq!((shown.texts(), label(&shown)), (vec!["café".into()], Some("utf-8")));
        let wide = read_named(&utf16le(&event.replace('?', "café")), "ibm850");
        assert_eq!((wide.texts(), label(&wide)), (vec!["café".into()], Some("utf-16le")));
    }
    // It is also stronger than a declaration.
    let declaration = b"<?xml version='1.0' encoding='utf-8'?>";
    let declared = [declaration, &with(xml_event("?"), b"\x82")[..]].concat();
    assert_eq!(read_named(&declared, "ibm850").texts(), ["é"]);
}

#[test]
fn parts_of_a_source_in_other_encodings_are_read() {
    let texts = ["a é", "b é", "c é", "d é"];
    let [a, b, c, d] = texts;
    for event in [json_event as fn(&str) -> String, xml_event, classic_event] {
        let both = |one: &str, other: &str| event(one) + &event(other);
        let parts = |parts: [Vec<u8>; 2]| parts.concat();
        let marked = |text: &str| format!("\u{feff}{text}");
        for (name, log, changes) in [
            ("8 + LE", parts([both(a, b).into(), utf16le(&both(c, d))]), 1),
            ("8 + BE", parts([both(a, b).into(), utf16be(&both(c, d))]), 1),
            ("8 + marked LE", parts([both(a, b).into(), utf16le(&marked(&both(c, d)))]), 1),
            ("8 + marked BE", parts([both(a, b).into(), utf16be(&marked(&both(c, d)))]), 1),
            ("marked 8 + LE", parts([marked(&both(a, b)).into(), utf16le(&both(c, d))]), 1),
            ("LE + 8", parts([utf16le(&marked(&both(a, b))), both(c, d).into()]), 1),
            (
                "LE + marked 8",
                parts([utf16le(&marked(&both(a, b))), marked(&both(c, d)).into()]),
                1,
            ),
            ("BE + 8", parts([utf16be(&both(a, b)), both(c, d).into()]), 1),
            ("LE + marked BE", parts([utf16le(&both(a, b)), utf16be(&marked(&both(c, d)))]), 1),
            ("LE + marked LE", parts([utf16le(&both(a, b)), utf16le(&marked(&both(c, d)))]), 0),
            ("8 + marked 8", parts([both(a, b).into(), marked(&both(c, d)).into()]), 0),
        ] {
            let read = read(&log);
            assert_eq!(read.texts(), texts, "{name}: {}", event("x"));
            let codes: Vec<_> = read.codes().iter().map(|(code, _)| *code).collect();
            let problems = &read.problems;
            assert_eq!(codes, vec!["encoding-changes"; changes], "{name}: {problems:?}");
        }
    }
    let table = csv_table(&[a, b]);
    let log = [table.as_bytes(), &utf16le(&csv_row(c)), csv_row(d).as_bytes()].concat();
    assert_eq!(read(&log).texts(), texts);
    let log = format!("\u{feff}{table}\u{feff}{}", csv_table(&[c, d]));
    assert_eq!(read(log.as_bytes()).texts(), texts);
    let log = [utf16le(&table), csv_row(c).into_bytes(), utf16le(&csv_row(d))].concat();
    assert_eq!(read(&log).texts(), texts);
}

#[test]
fn scripts_in_any_language_do_not_change_the_encoding() {
    let scripts = [
        "日本語のスクリプト 実行",
        "䔼敶瑮砠汭獮",
        "Сообщение ﻿ об ошибке",
        "\u{FFFF}\u{FFFE}\u{6100}\u{6200}\u{6300}",
        "😀😀😀",
    ];
    for event in [json_event as fn(&str) -> String, xml_event] {
        let log: String = scripts.iter().map(|script| event(script)).collect();
        for bytes in [log.clone().into_bytes(), utf16le(&log), utf16be(&log)] {
            let read = read(&bytes);
            assert_eq!((read.texts(), read.codes()), (scripts.map(str::to_owned).to_vec(), vec![]));
        }
    }
}

#[test]
fn a_lost_or_added_byte_of_utf16_costs_one_record() {
    let log = utf16le(&(0..9).map(|at| json_event(&format!("script {at} é"))).collect::<String>());
    for at in [700, 701, 702, 703] {
        let mut lost = log.clone();
        lost.remove(at);
        let mut added = log.clone();
        added.insert(at, b'x');
        for bytes in [lost, added] {
            let read = read(&bytes);
            assert!(read.events.len() >= 8, "{at}: {:?} {:?}", read.texts(), read.problems);
            assert!(!read.problems.is_empty());
        }
    }
}

#[test]
fn utf16_without_a_mark_is_recognised() {
    let log = xml_event("é");
    for bytes in [utf16le(&log), utf16be(&log)] {
        let read = read(&bytes);
        assert_eq!((read.format, read.texts()), (Some(Format::Xml), vec!["é".into()]));
    }
}
