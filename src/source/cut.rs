//! Cut points: offsets at which a large source can be divided between readers.
//!
//! A range begins at a cut point and ends where the next one begins:
//!
//! ```text
//! EVTX   file header │ chunk chunk chunk │ chunk chunk chunk │ …
//! NDJSON {"a":1}⏎{"a":2}⏎ │ {"a":3}⏎ …
//! ```
//!
//! The first bytes decide the format, and each cut point is verified in the bytes around it. A source without cut points
//! (JSON arrays, tables, XML with CDATA, text that the decoder would take for another format) is read as one.

use super::encoding::Encoding;
use memchr::memchr_iter;
use std::ops::Range;

/// Bytes of the source's beginning that [`Cutter::new`] examines.
const HEAD_BYTES: usize = 1 << 20;

/// Bytes of text searched for the end of a record. Far more than a record has.
const TEXT_WINDOW_BYTES: usize = 1 << 20;

/// Chunks examined before a cut point is given up: runs of zeroed or damaged chunks are rarely longer.
const CHUNK_ATTEMPTS: u64 = 32;

/// First bytes in which a signature makes the decoder take a text for a binary format.
const SNIFF_BYTES: usize = 64 << 10;

/// Each range costs a merge, so ranges are few for each worker, yet enough that none waits long for another's last one.
const SMALLEST_RANGE_BYTES: u64 = 16 << 20;
const LARGEST_RANGE_BYTES: u64 = 128 << 20;
const RANGES_PER_WORKER: u64 = 3;

const EVTX_HEADER_BYTES: u64 = 4096;
const EVTX_CHUNK_BYTES: u64 = 65_536;
const EVTX_MAGIC: &[u8] = b"ElfFile\0";
const EVTX_CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
/// A chunk's header says how long it is, which distinguishes it from text that contains the magic.
const EVTX_CHUNK_SIZE: Range<usize> = 40..44;

/// The bytes to read for one attempt at a cut point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutWindow {
    /// Where to read in the source.
    pub offset: u64,
    /// How many bytes; fewer at the end of the source.
    pub length: usize,
}

/// Finds cut points of one source.
///
/// ```
/// use scriptscope::Cutter;
///
/// let log = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";
/// let cutter = Cutter::new(log.as_bytes()).unwrap();
/// let read = |offset: u64, length: usize| {
///     let rest = log.as_bytes().get(offset as usize..)?;
///     Some(rest.get(..length).unwrap_or(rest).to_vec())
/// };
/// assert_eq!(cutter.cut_at(9, read), Some(16));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cutter {
    kind: CutKind,
    unit: TextUnit,
}

#[derive(Clone, Copy, Debug)]
enum CutKind {
    Evtx,
    JsonLines,
    EventXml,
    Classic,
}

/// How the bytes of a text become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextUnit {
    Byte,
    Little,
    Big,
}

impl Cutter {
    /// Examines the first MiB of a source (fewer bytes where it is shorter). `None` where it has to be read as one.
    pub fn new(head: &[u8]) -> Option<Self> {
        if head.starts_with(EVTX_MAGIC) {
            return Some(Self { kind: CutKind::Evtx, unit: TextUnit::Byte });
        }
        // Later ranges do not see the declaration.
        if let (Encoding::CodePage(_), _) = Encoding::of_unmarked(head, None) {
            return None;
        }
        let (unit, mark) = unit_of(head);
        let first = head.get(..SNIFF_BYTES).unwrap_or(head);
        if has_binary_signature(first) || (unit == TextUnit::Byte && first.contains(&0)) {
            return None;
        }
        let text = characters(head.get(mark..).unwrap_or_default(), unit);
        Some(Self { kind: kind_of(&text)?, unit })
    }

    /// The bytes to read for an attempt at the first cut point at or after `wanted`; `None` when attempts are used up.
    pub fn window(&self, wanted: u64, attempt: u64) -> Option<CutWindow> {
        match self.kind {
            CutKind::Evtx => {
                let first = wanted.saturating_sub(EVTX_HEADER_BYTES).div_ceil(EVTX_CHUNK_BYTES);
                let offset = EVTX_HEADER_BYTES + (first + attempt) * EVTX_CHUNK_BYTES;
                let length = EVTX_CHUNK_SIZE.end;
                (attempt < CHUNK_ATTEMPTS).then_some(CutWindow { offset, length })
            }
            // A unit of two bytes begins at an even offset, since byte order marks have two.
            _ => (attempt == 0).then_some(CutWindow {
                offset: wanted - wanted % self.unit.bytes() as u64,
                length: TEXT_WINDOW_BYTES,
            }),
        }
    }

    /// The cut point in the bytes of a window that begins at `offset`.
    pub fn find(&self, offset: u64, bytes: &[u8]) -> Option<u64> {
        if let CutKind::Evtx = self.kind {
            let chunk = bytes.starts_with(EVTX_CHUNK_MAGIC)
                && bytes.get(EVTX_CHUNK_SIZE) == Some(&[0x80, 0, 0, 0]);
            return chunk.then_some(offset);
        }
        let text = characters(bytes, self.unit);
        let at = match self.kind {
            CutKind::Evtx => None,
            CutKind::JsonLines => json_line(&text),
            CutKind::EventXml => xml_event(&text),
            CutKind::Classic => classic_event(&text),
        }?;
        Some(offset + (at * self.unit.bytes()) as u64)
    }

    /// The first cut point at or after `wanted`. `read` returns the bytes at an offset, up to the length asked for.
    pub fn cut_at(
        &self,
        wanted: u64,
        mut read: impl FnMut(u64, usize) -> Option<Vec<u8>>,
    ) -> Option<u64> {
        let mut attempts = (0..).map_while(|attempt| self.window(wanted, attempt));
        attempts.find_map(|window| self.find(window.offset, &read(window.offset, window.length)?))
    }
}

/// The size of a source's ranges for so many workers.
pub fn range_bytes(size: u64, workers: usize) -> u64 {
    let share = size.div_ceil(RANGES_PER_WORKER * (workers as u64).max(1));
    share.clamp(SMALLEST_RANGE_BYTES, LARGEST_RANGE_BYTES)
}

/// Divides a source into ranges of about `range_bytes`. `None` where it is read as one: it is smaller than two ranges, has
/// no cut points, or the first is not found, as in a source that is badly damaged or not what its beginning says.
pub fn cut_ranges(
    size: u64,
    range_bytes: u64,
    mut read: impl FnMut(u64, usize) -> Option<Vec<u8>>,
) -> Option<Vec<Range<u64>>> {
    if range_bytes == 0 || size < 2 * range_bytes {
        return None;
    }
    let cutter = Cutter::new(&read(0, HEAD_BYTES)?)?;
    let mut starts = vec![0, cutter.cut_at(range_bytes, &mut read)?];
    for index in 2..size / range_bytes {
        starts.extend(cutter.cut_at(index * range_bytes, &mut read));
    }
    starts.retain(|start| *start < size);
    starts.dedup();
    let ends = starts.iter().skip(1).copied().chain([size]);
    Some(starts.iter().zip(ends).map(|(start, end)| *start..end).collect())
}

impl TextUnit {
    fn bytes(self) -> usize {
        if self == TextUnit::Byte { 1 } else { 2 }
    }
}

/// The unit that a text's first bytes show, as the decoder reads them, and the length of its byte order mark.
fn unit_of(head: &[u8]) -> (TextUnit, usize) {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => (TextUnit::Byte, 3),
        [0xFF, 0xFE, ..] => (TextUnit::Little, 2),
        [0xFE, 0xFF, ..] => (TextUnit::Big, 2),
        [1..=255, 0, 1..=255, 0, ..] => (TextUnit::Little, 0),
        [0, 1..=255, 0, 1..=255, ..] => (TextUnit::Big, 0),
        _ => (TextUnit::Byte, 0),
    }
}

/// One byte a character; those beyond Latin-1 become a no-break space, so that they count as white space where that
/// prevents a cut.
fn characters(bytes: &[u8], unit: TextUnit) -> Vec<u8> {
    let pairs = bytes.chunks_exact(2);
    let narrow = |unit: u16| u8::try_from(unit).unwrap_or(0xA0);
    match unit {
        TextUnit::Byte => bytes.to_vec(),
        TextUnit::Little => pairs.map(|pair| narrow(le(pair))).collect(),
        TextUnit::Big => pairs.map(|pair| narrow(le(pair).swap_bytes())).collect(),
    }
}

fn le(pair: &[u8]) -> u16 {
    pair.try_into().map_or(0, u16::from_le_bytes)
}

fn has_binary_signature(first: &[u8]) -> bool {
    let at = |offset: usize, signature: &[u8]| {
        first.get(offset..).is_some_and(|rest| rest.starts_with(signature))
    };
    at(257, b"ustar")
        || at(4, b"LfLe")
        || contains(first, EVTX_MAGIC)
        || contains(first, EVTX_CHUNK_MAGIC)
}

/// The kinds of text that have cut points, by how they begin. Where a row of a table begins depends on all quotation marks
/// before it, and how its dates are meant on other rows: tables have none.
fn kind_of(text: &[u8]) -> Option<CutKind> {
    if text.starts_with(b"{\"") {
        return Some(CutKind::JsonLines);
    }
    if let Some(length) = classic_head(text) {
        let rest = text.get(length..).unwrap_or_default();
        return event_tag(rest, false).is_none().then_some(CutKind::Classic);
    }
    let [b'<', tag @ ..] = text.trim_ascii_start() else { return None };
    let lower = tag.to_ascii_lowercase();
    let is_html = lower.starts_with(b"html") || lower.starts_with(b"!doctype html");
    let is_tag = matches!(lower.first(), Some(b'a'..=b'z' | b'!' | b'?' | b'/' | b'_'));
    let has_cdata = contains(&lower, b"<![cdata[") || lower.starts_with(b"![cdata[");
    (is_tag && !is_html && !has_cdata).then_some(CutKind::EventXml)
}

/// Between two JSON documents on lines of their own: line ends are escaped in values.
fn json_line(text: &[u8]) -> Option<usize> {
    memchr_iter(b'\n', text).map(|at| at + 1).find(|next| {
        let before = text.get(..next - 1).unwrap_or_default();
        let before = before.strip_suffix(b"\r").unwrap_or(before);
        before.ends_with(b"}") && text.get(*next..).is_some_and(|rest| rest.starts_with(b"{\""))
    })
}

/// Between two events that name their namespace: `<` is escaped in values, except in CDATA.
fn xml_event(text: &[u8]) -> Option<usize> {
    const END: &[u8] = b"</Event>";
    const MOST_SPACE: usize = 32;
    if contains(text, b"]]>") {
        return None;
    }
    positions(text, END).find_map(|at| {
        let rest = text.get(at + END.len()..)?;
        let space = rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        let next = rest.get(space..)?.starts_with(b"<Event xmlns");
        (next && space <= MOST_SPACE).then_some(at + END.len() + space)
    })
}

/// Where an event of Splunk's text begins, unless XML is near, which could contain such lines.
fn classic_event(text: &[u8]) -> Option<usize> {
    if event_tag(text, true).is_some() {
        return None;
    }
    let mut starts = memchr_iter(b'\n', text).map(|at| at + 1);
    starts.find(|start| text.get(*start..).is_some_and(|rest| classic_head(rest).is_some()))
}

/// The first `<Event` tag, or `</Event` where `closing` counts too.
fn event_tag(text: &[u8], closing: bool) -> Option<usize> {
    positions(text, b"Event").find(|at| {
        let before = text.get(..*at).unwrap_or_default();
        let ends = text.get(at + 5).is_some_and(|byte| b" \t\r\n\x0b\x0c\xA0>".contains(byte));
        ends && (before.ends_with(b"<") || (closing && before.ends_with(b"</")))
    })
}

/// The length of what an event of Splunk's text begins with: `02/17/2022 02:15:47 AM`, a line end and `Key=`.
fn classic_head(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for expected in b"dd/dd/dddd dd:dd:dd" {
        let byte = text.get(at)?;
        let fits = if *expected == b'd' { byte.is_ascii_digit() } else { byte == expected };
        at = fits.then_some(at + 1)?;
    }
    let run = |at: usize, fits: fn(&u8) -> bool| {
        text.get(at..).unwrap_or_default().iter().take_while(|byte| fits(byte)).count()
    };
    if text.get(at) == Some(&b'.') {
        let digits = run(at + 1, u8::is_ascii_digit);
        at = (1..=9).contains(&digits).then_some(at + 1 + digits)?;
    }
    let [b' ', b'A' | b'P', b'M', rest @ ..] = text.get(at..)? else { return None };
    at += if rest.starts_with(b"\r\n") {
        5
    } else if rest.starts_with(b"\n") {
        4
    } else {
        return None;
    };
    let key = run(at, u8::is_ascii_alphanumeric);
    let ends = (1..=64).contains(&key) && text.get(at + key) == Some(&b'=');
    ends.then_some(at + key + 1)
}

/// Offsets of a word. By its first byte: a searcher for whole words is 20 kB of wasm, and windows are small.
fn positions<'a>(text: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = word.first().copied().unwrap_or_default();
    memchr_iter(first, text)
        .filter(move |at| text.get(*at..).is_some_and(|rest| rest.starts_with(word)))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    positions(text, word).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(bytes: &[u8], range_bytes: u64) -> Option<Vec<u64>> {
        let read = |offset: u64, length: usize| {
            let rest = bytes.get(offset as usize..)?;
            Some(rest.get(..length).unwrap_or(rest).to_vec())
        };
        let ranges = cut_ranges(bytes.len() as u64, range_bytes, read)?;
        assert_eq!(ranges.last().map(|range| range.end), Some(bytes.len() as u64));
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        Some(ranges.into_iter().map(|range| range.start).collect())
    }

    fn evtx(chunks: usize) -> Vec<u8> {
        let mut log = vec![0; 4096 + chunks * 65_536 + 100];
        log[..8].copy_from_slice(EVTX_MAGIC);
        for chunk in 0..chunks {
            let at = 4096 + chunk * 65_536;
            log[at..at + 8].copy_from_slice(EVTX_CHUNK_MAGIC);
            log[at + 40] = 128;
        }
        log
    }

    #[test]
    fn ranges_are_few_for_each_worker_and_neither_tiny_nor_endless() {
        assert_eq!(range_bytes(300 << 20, 2), 50 << 20);
        assert_eq!(range_bytes(300 << 20, 8), 16 << 20);
        assert_eq!(range_bytes(1 << 40, 8), 128 << 20);
    }

    #[test]
    fn an_event_log_is_cut_where_chunks_begin() {
        let mut log = evtx(20);
        let chunk = |index: u64| 4096 + index * 65_536;
        assert_eq!(starts(&log, 5 * 65_536), Some(vec![0, chunk(5), chunk(10), chunk(15)]));
        // A zeroed chunk moves the cut to the next, and so does one whose header has another length.
        let at = chunk(5) as usize;
        log[at..at + 65_536].fill(0);
        log[chunk(6) as usize + 40] = 127;
        assert_eq!(starts(&log, 5 * 65_536).map(|starts| starts[1]), Some(chunk(7)));
        // Chunks at other offsets: it is read as one.
        let mut moved = log[..4096].to_vec();
        moved.extend([0; 50]);
        moved.extend(&log[4096..log.len() - 50]);
        assert_eq!(starts(&moved, 5 * 65_536), None);
        log.fill(32);
        assert_eq!(starts(&log, 5 * 65_536), None);
    }

    const LINE: &str = "{\"a\":{\"b\":\"}\\n{\\\"c\\\":1}\"}}\n";
    const EVENT: &str = "<Event xmlns='x'><System/>&lt;/Event>\n&lt;Event xmlns</Event>";
    const CLASSIC: &str =
        "02/17/2022 02:15:47 AM\r\nLogName=x\nMessage=a\r\n02/17/2022 02:15:47 AM\r\n= b\n";

    fn utf16(text: &str) -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn text_is_cut_between_records_in_every_encoding() {
        for record in
            [LINE.to_owned(), EVENT.to_owned(), format!("{EVENT}\r\n"), CLASSIC.to_owned()]
        {
            let text = record.repeat(100);
            let marked = format!("\u{feff}{text}");
            let forms = [
                (text.clone().into_bytes(), 0, 1),
                (marked.into_bytes(), 3, 1),
                (utf16(&text), 2, 2),
            ];
            for (bytes, mark, width) in forms {
                let starts = starts(&bytes, 300).unwrap();
                assert!(starts.len() > 3, "{record:?}");
                for start in &starts[1..] {
                    assert_eq!((start - mark) % (record.len() as u64 * width), 0, "{record:?}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_sure_cut_points_is_read_as_one() {
        let lines = LINE.repeat(100);
        let classic = CLASSIC.repeat(100);
        for text in [
            format!("[{}]", lines.replace("}\n", "},\n")),
            format!(
                "<?xml version='1.0' encoding='windows-1252'?>{}",
                format!("{EVENT}\n").repeat(100)
            ),
            format!("<!-- --><x><![CDATA[ ]]></x>{}", format!("{EVENT}\n").repeat(100)),
            format!("Computer,Message\n{}", "a,b\n".repeat(900)),
            format!("{classic}<Event xmlns='x'></Event>\n{classic}"),
            lines.replace('\n', ""),
            format!("<html>{}", EVENT.repeat(100)),
            format!("<!DOCTYPE HTML>{}", EVENT.repeat(100)),
            format!("{{\"a\": \"ElfChnk\0\"}}\n{lines}"),
        ] {
            assert_eq!(starts(text.as_bytes(), 300), None, "{text:.60}");
        }
    }
}
