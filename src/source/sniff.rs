//! What a source is, told from its first bytes and never from its name.

use super::encoding::{Encoding, Transcoder};
use super::{Format, csv, evtx, heads};
use crate::error::Problem;
use memchr::memmem;

/// What the first bytes show.
#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    /// A Windows event log, or part of one.
    Evtx,
    /// Bytes of no known kind: chunks of an event log may still follow.
    Unknown,
    /// A log in text, with its encoding and the length of its byte order mark.
    Text(Format, Encoding, usize),
    /// Something that is no log, and what to say of it.
    Refused(Problem),
}

/// The marks of an event log file and of its chunks.
pub(super) const FILE_MARK: &[u8] = evtx::FILE_MAGIC;
const CHUNK_MARK: &[u8] = b"ElfChnk\0";

/// Files that people drop and that are no logs: where their mark stands, the mark, their name, what to do.
const OTHERS: &[(usize, &[u8], &str, &str)] = &[
    (0, b"PK\x03\x04", "a ZIP archive", UNPACK),
    (0, b"PK\x05\x06", "an empty ZIP archive", ""),
    (0, b"\x1F\x8B", "gzip data", UNPACK),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK),
    (0, b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (0, b"\xFD7zXZ\0", "xz data", UNPACK),
    (0, b"BZh", "bzip2 data", UNPACK),
    (0, b"\x28\xB5\x2F\xFD", "zstd data", UNPACK),
    (0, b"MSCF\0\0\0\0", "a cabinet archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"\x89PNG\r\n", "a PNG image", ""),
    (0, b"\xFF\xD8\xFF", "a JPEG image", ""),
    (0, b"GIF8", "a GIF image", ""),
    (0, b"%PDF-", "a PDF document", ""),
    (0, b"MZ", "a Windows program", ""),
    (0, b"\x7FELF", "a Linux program", ""),
    (0, b"SQLite format 3\0", "an SQLite database", ""),
    (0, b"regf", "a registry hive", ""),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an Office or installer file", ""),
    (4, b"LfLe", "an event log of Windows XP or 2003, which has no script block logging", ""),
];

const UNPACK: &str = ": unpack it first, and pass what is in it";

/// Tells the kind from the first bytes; `bytes` is all there is or at least the sniffing bound.
pub(super) fn sniff(bytes: &[u8]) -> Kind {
    if bytes.is_empty() {
        return Kind::Refused(Problem::error("empty-source", "the source is empty: 0 bytes"));
    }
    if bytes.starts_with(FILE_MARK) {
        return Kind::Evtx;
    }
    if let Some((name, hint)) = other(bytes) {
        return Kind::Refused(not_a_log(format!("not a log: this is {name}{hint}")));
    }
    if [FILE_MARK, CHUNK_MARK].iter().any(|mark| memmem::find(bytes, mark).is_some()) {
        return Kind::Evtx;
    }
    let (encoding, mark) = Encoding::of(bytes);
    let mut text = Vec::new();
    Transcoder::new(encoding).push(bytes.get(mark..).unwrap_or_default(), &mut text);
    if text.iter().all(|byte| byte.is_ascii_whitespace()) {
        return Kind::Refused(Problem::error("empty-source", "the source holds only white space"));
    }
    match format(&text) {
        Some(format) => Kind::Text(format, encoding, mark),
        None if is_binary(&text) => Kind::Unknown,
        None => Kind::Refused(no_events(&text)),
    }
}

/// What to say of bytes in which no log was found.
pub(super) fn unknown() -> Problem {
    not_a_log("not a log: these bytes are of no known kind, and no part of an event log is in them")
}

fn not_a_log(message: impl Into<String>) -> Problem {
    Problem::error("not-a-log", message).at(0)
}

fn no_events(text: &[u8]) -> Problem {
    let begin = heads::excerpt(text);
    if text.iter().take(64).all(|byte| !byte.is_ascii_control())
        && [&b"<!doctype html"[..], b"<html"].iter().any(|mark| starts_with(text, mark))
    {
        return not_a_log("not a log: this is an HTML page");
    }
    not_a_log(format!(
        "not a log: expected event XML, JSON, CSV or Splunk's event text, found text that begins with {begin}"
    ))
}

fn other(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    OTHERS
        .iter()
        .find(|(at, mark, _, _)| {
            bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark))
                // Two or three letters may also begin a text.
                && (mark.len() > 3 || !mark.is_ascii() || is_binary(bytes))
        })
        .map(|(_, _, name, hint)| (*name, *hint))
}

/// Control characters that no text has.
fn is_binary(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, 0..=8 | 0x0E..=0x1A | 0x1C..=0x1F))
}

/// The format of a text: by its first record, or by its heading where it is a table.
fn format(text: &[u8]) -> Option<Format> {
    if ["<!doctype html", "<html"].iter().any(|mark| starts_with(text, mark.as_bytes())) {
        return None;
    }
    heads::first(text).or_else(|| csv::is_table(text).then_some(Format::Csv)).or_else(|| {
        let mut lines = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::len);
        let mut at = 0;
        std::iter::from_fn(|| {
            at += lines.next()?;
            Some(text.get(at..).unwrap_or_default())
        })
        .find_map(heads::record)
    })
}

fn starts_with(text: &[u8], mark: &[u8]) -> bool {
    text.trim_ascii_start().get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark))
}
