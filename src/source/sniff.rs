//! Decides the format of a source by its first bytes, never by its name.

use super::encoding::{Encoding, Transcoder};
use super::evtx::FILE_MAGIC;
use super::format::Format;
use super::framing::START_BYTES;
use super::problems::excerpt;
use super::{csv, record_start};
use crate::error::Problem;
use memchr::memmem;
use std::ops::Range;

/// Result of sniffing.
#[derive(Debug, PartialEq)]
pub(super) enum SniffedKind {
    /// A Windows event log, or a range of one.
    Evtx,
    /// Bytes in which a log may still follow. Carries the problem to report if none does.
    Unknown(Problem),
    /// Records in text, their encoding, and the length of the byte order mark.
    Records(Format, Encoding, usize),
    /// A table, its encoding, and the length of the byte order mark.
    Table(csv::Dialect, Encoding, usize),
    /// The source is not a log. Carries the problem to report.
    Refused(Problem),
}

/// Files that users drop but that are not logs: offset of the magic bytes, the magic bytes, name, and advice.
const NON_LOGS: &[(usize, &[u8], &str, &str)] = &[
    (0, b"PK\x03\x04", "a ZIP archive", UNPACK_HINT),
    (0, b"PK\x05\x06", "an empty ZIP archive", ""),
    (0, b"\x1F\x8B", "gzip data", UNPACK_HINT),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK_HINT),
    (0, b"Rar!\x1A\x07", "a RAR archive", UNPACK_HINT),
    (0, b"\xFD7zXZ\0", "xz data", UNPACK_HINT),
    (0, b"BZh", "bzip2 data", UNPACK_HINT),
    (0, b"\x28\xB5\x2F\xFD", "zstd data", UNPACK_HINT),
    (0, b"MSCF\0\0\0\0", "a cabinet archive", UNPACK_HINT),
    (257, b"ustar", "a tar archive", UNPACK_HINT),
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

/// First bytes of a chunk of an event log.
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";

/// Where the header of a file and that of a chunk have their length, 128.
const FILE_HEADER_LENGTH: Range<usize> = 32..36;
const CHUNK_HEADER_LENGTH: Range<usize> = 40..44;

const UNPACK_HINT: &str = ": unpack it first, then read the files in it";

/// Sniffs the first bytes of a source. `bytes` is the complete source or at least
/// [`limits::SNIFF_BYTES`](crate::limits::SNIFF_BYTES) of it.
pub(super) fn sniff(bytes: &[u8]) -> SniffedKind {
    if bytes.is_empty() {
        return SniffedKind::Refused(Problem::error(
            "empty-source",
            "the source is empty: 0 bytes",
        ));
    }
    if bytes.starts_with(FILE_MAGIC) {
        return SniffedKind::Evtx;
    }
    if let Some((name, hint)) = known_non_log(bytes) {
        return SniffedKind::Refused(not_a_log(format!("not a log: this is {name}{hint}")));
    }
    if has_evtx_header(bytes) {
        return SniffedKind::Evtx;
    }
    let (encoding, bom_len) = Encoding::detect(bytes);
    let mut text = Vec::new();
    Transcoder::new(encoding).push(bytes.get(bom_len..).unwrap_or_default(), &mut text);
    if text.iter().all(|byte| byte.is_ascii_whitespace()) {
        let message = "the source holds only white space";
        return SniffedKind::Unknown(Problem::error("empty-source", message));
    }
    if is_html(&text) {
        return SniffedKind::Refused(not_a_log("not a log: this is an HTML page"));
    }
    if let Some(format) = record_start::first_format(&text) {
        return SniffedKind::Records(format, encoding, bom_len);
    }
    if let Some(dialect) = csv::sniff_dialect(&text) {
        return SniffedKind::Table(dialect, encoding, bom_len);
    }
    match format_of_later_line(&text) {
        Some(format) => SniffedKind::Records(format, encoding, bom_len),
        None if is_binary(&text) => SniffedKind::Unknown(unknown_kind()),
        None => SniffedKind::Unknown(no_events(&text)),
    }
}

/// Whether the header of an event log or of a chunk is anywhere in the bytes. A text may have their magic in a line.
pub(super) fn has_evtx_header(bytes: &[u8]) -> bool {
    [(FILE_MAGIC.as_slice(), FILE_HEADER_LENGTH), (CHUNK_MAGIC, CHUNK_HEADER_LENGTH)].iter().any(
        |(magic, length)| {
            memmem::find_iter(bytes, magic).any(|at| {
                let header = bytes.get(at..).unwrap_or_default();
                header.get(length.clone()) == Some(&[128, 0, 0, 0])
            })
        },
    )
}

/// Sniffs a later range of a source by its first record or chunk alone. Content further on must not give it another
/// format than the range before it.
pub(super) fn sniff_continuation(bytes: &[u8]) -> SniffedKind {
    let (encoding, _) = Encoding::detect(bytes.get(..4).unwrap_or(bytes));
    let mut text = Vec::new();
    Transcoder::new(encoding).push(bytes.get(..2 * START_BYTES).unwrap_or(bytes), &mut text);
    match record_start::certain_format(&text) {
        Some(format) => SniffedKind::Records(format, encoding, 0),
        // A range may begin with space that the log has reserved but not used.
        None => SniffedKind::Evtx,
    }
}

/// Returns the problem for bytes that contain no log.
fn unknown_kind() -> Problem {
    not_a_log("not a log: the bytes have no known format and contain no part of an event log")
}

fn not_a_log(message: impl Into<String>) -> Problem {
    Problem::error("not-a-log", message).at(0)
}

fn no_events(text: &[u8]) -> Problem {
    let begin = excerpt(text);
    not_a_log(format!(
        "not a log: expected event XML, JSON, a table with known headings or Splunk's event text, found text that begins with {begin}"
    ))
}

fn known_non_log(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    NON_LOGS
        .iter()
        .find(|(at, magic, _, _)| {
            bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic))
                // Magic of two or three letters may also begin a text, and magic at an offset may be a word of a
                // text.
                && ((*at == 0 && magic.len() > 3) || !magic.is_ascii() || is_binary(bytes))
        })
        .map(|(_, _, name, hint)| (*name, *hint))
}

/// Whether the text has control characters that occur in no text.
fn is_binary(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, 0..=8 | 0x0E..=0x1A | 0x1C..=0x1F))
}

fn is_html(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|tag| text.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag)))
}

/// Returns the format of the first line that certainly begins a record, after lines that do not.
fn format_of_later_line(text: &[u8]) -> Option<Format> {
    memchr::memchr_iter(b'\n', text)
        .find_map(|end| record_start::certain_format_after_header(text.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        match sniff(bytes) {
            SniffedKind::Refused(problem) | SniffedKind::Unknown(problem) => problem.message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_that_are_not_logs_are_named() {
        assert_eq!(refusal(b""), "the source is empty: 0 bytes");
        assert_eq!(refusal(b"\xEF\xBB\xBF \r\n"), "the source holds only white space");
        assert_eq!(refusal(b"\x89PNG\r\n\x1A\n\0\0"), "not a log: this is a PNG image");
        assert_eq!(refusal(b"MZ\x90\0\x03"), "not a log: this is a Windows program");
        assert_eq!(
            refusal(b"PK\x03\x04\x14\0"),
            "not a log: this is a ZIP archive: unpack it first, then read the files in it"
        );
        assert_eq!(refusal(b"<!DOCTYPE html>\n<html>"), "not a log: this is an HTML page");
        assert!(refusal(b"MZ may begin a text").contains("begins with \"MZ may"));
        let word = [&[b' '; 257][..], b"ustar"].concat();
        assert!(refusal(&word).contains("begins with \"ustar\""));
        assert!(refusal(&[&[0; 257][..], b"ustar"].concat()).contains("a tar archive"));
        assert!(refusal(b"a,b,c\n1,2,3\n").contains("begins with \"a,b,c\""));
        assert_eq!(sniff(b"\x01\x02\x03\0\0\0\0\0"), SniffedKind::Unknown(unknown_kind()));
    }

    #[test]
    fn event_logs_are_recognised_by_magic_bytes_at_any_offset() {
        assert_eq!(sniff(b"ElfFile\0\0\0"), SniffedKind::Evtx);
        let mut chunk = [&[0; 4096][..], b"ElfChnk\0", &[0; 56]].concat();
        assert_eq!(sniff(&chunk), SniffedKind::Unknown(unknown_kind()));
        chunk[4096 + 40] = 128;
        assert_eq!(sniff(&chunk), SniffedKind::Evtx);
        let line = b"no ElfChnk\0 here\n{\"EventID\":4104}\n";
        assert_eq!(sniff(line), SniffedKind::Records(Format::Json, Encoding::Utf8, 0));
    }

    #[test]
    fn text_is_recognised_by_its_first_record_or_heading() {
        let records = |bytes: &[u8]| match sniff(bytes) {
            SniffedKind::Records(format, encoding, bom_len) => (format, encoding, bom_len),
            other => panic!("{other:?}"),
        };
        assert_eq!(records(b"<Event xmlns='x'>"), (Format::Xml, Encoding::Utf8, 0));
        assert_eq!(records(b"\xFF\xFE<\0E\0v\0"), (Format::Xml, Encoding::Utf16Le, 2));
        assert_eq!(records(b"\0[\0{\0\"\0a"), (Format::Json, Encoding::Utf16Be, 0));
        assert_eq!(records(b"the end of an event\n<Event>"), (Format::Xml, Encoding::Utf8, 0));
        let table = |bytes: &[u8]| matches!(sniff(bytes), SniffedKind::Table(..));
        assert!(table(b"_time,_raw\n"));
        assert!(table(b"#TYPE x\r\n\"Message\",\"Id\",\"ProviderName\"\r\n"));
        assert!(table(b"Level;Date and Time;Source;Event ID;Task Category\r\n"));
        assert!(table("Niveau,Date et heure,Source,ID,Catégorie\nVerbeux,24/11/2026 03:19:41,PowerShell (Microsoft-Windows-PowerShell),4104,x,\"m\"\n".as_bytes()));
    }
}
