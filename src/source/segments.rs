//! Divides the bytes of a text source into segments of one encoding.
//!
//! ```text
//! {"a":1}⏎ │ 00 00 00 00 … 00 │ {"a":2}⏎ │ FF FE 7B 00 22 00 …
//! UTF-8    │ no text          │ UTF-8    │ UTF-16
//! ```
//!
//! A file system leaves runs of zeros where it wrote no data, and flash memory runs of 0xFF. Windows PowerShell appends
//! UTF-16 to any file, and other tools append UTF-8 to UTF-16. No record extends over such a place.
//!
//! Every decision uses the same bytes however the source is divided into pushes.

use super::encoding::Encoding;
use super::record_start;
use super::sink::Sink;
use crate::error::Problem;
use memchr::memchr3;

/// Number of equal bytes, 0 or 0xFF, that no text has in a row.
pub(super) const GAP_BYTES: usize = 16;

/// Number of bytes that decide what begins at a position.
const DECIDING_BYTES: usize = 64;

/// Number of pushed bytes joined to those that were left undecided.
const JOINED_BYTES: usize = 1 << 10;

/// Number of characters that show another encoding.
const CHARACTERS: usize = 4;

/// Number of bytes of ASCII in a row that UTF-16 does not have, in any language.
const ASCII_BYTES: usize = 32;

/// Number of units in a row whose bytes are swapped that show a lost byte.
const SWAPPED_UNITS: usize = 8;

/// A piece of a text source.
pub(super) enum Segment<'a> {
    /// Text in the encoding of the last break.
    Text(&'a [u8]),
    /// The text so far has ended. Other text begins at an offset.
    Break(TextBreak),
}

/// Begins other text.
pub(super) struct TextBreak {
    /// Offset in the source at which the next text begins.
    pub(super) offset: u64,
    /// Encoding of the next text.
    pub(super) encoding: Encoding,
    pub(super) problem: Problem,
}

/// Receives the segments of a source in their order.
type SegmentCallback<'a> = &'a mut dyn FnMut(Segment<'_>);

/// Finds the segments of one text source.
pub(super) struct SegmentScanner {
    encoding: Encoding,
    /// Encoding of text that is not UTF-16.
    byte_encoding: Encoding,
    /// Offset of the first byte that is not passed on.
    offset: u64,
    /// Bytes that are not decided yet.
    undecided: Vec<u8>,
    gap: Option<Gap>,
    replaced: ReplacedBytes,
}

/// A run of equal bytes that are no text.
#[derive(Clone, Copy)]
struct Gap {
    byte: u8,
    begin: u64,
}

/// The encoding of the text at a position, and the length of its byte order mark.
struct NextText {
    /// Position from the suspicious byte: UTF-16 begins one byte before its first zero.
    at: isize,
    encoding: Encoding,
    bom_len: usize,
}

impl SegmentScanner {
    /// Creates a scanner for text in this encoding. `offset` is the offset of the next byte in the source;
    /// `byte_encoding` is the encoding of text that is not UTF-16.
    pub(super) fn new(encoding: Encoding, byte_encoding: Encoding, offset: u64) -> Self {
        Self {
            encoding,
            byte_encoding,
            offset,
            undecided: Vec::new(),
            gap: None,
            replaced: ReplacedBytes::new(encoding),
        }
    }

    /// Passes the segments of the next bytes to `on_segment`.
    pub(super) fn push(&mut self, mut bytes: &[u8], on_segment: SegmentCallback<'_>) {
        while !self.undecided.is_empty() && !bytes.is_empty() {
            let mut joined = std::mem::take(&mut self.undecided);
            let before = joined.len();
            let (piece, rest) = bytes.split_at_checked(JOINED_BYTES).unwrap_or((bytes, &[]));
            joined.extend_from_slice(piece);
            let done = self.scan(&joined, false, on_segment);
            match done.checked_sub(before) {
                // The remaining bytes are among the pushed bytes too.
                Some(done) => bytes = bytes.get(done..).unwrap_or_default(),
                None => {
                    joined.drain(..done);
                    self.undecided = joined;
                    bytes = rest;
                }
            }
            if done >= before {
                break;
            }
        }
        if !bytes.is_empty() {
            let done = self.scan(bytes, false, on_segment);
            self.undecided.extend_from_slice(bytes.get(done..).unwrap_or_default());
        }
    }

    /// Passes the last segments to `on_segment`.
    pub(super) fn end(&mut self, on_segment: SegmentCallback<'_>) {
        let last = std::mem::take(&mut self.undecided);
        self.scan(&last, true, on_segment);
        if let Some(gap) = self.gap.take() {
            on_segment(Segment::Break(TextBreak {
                offset: self.offset,
                encoding: self.encoding,
                problem: padding(gap, self.offset),
            }));
        }
        self.replaced.finish(self.offset);
    }

    /// Passes the number of bytes that are no character of their encoding to the sink.
    pub(super) fn report_replaced(&self, sink: &mut dyn Sink) {
        if let Some(first) = self.replaced.first {
            sink.replaced(self.replaced.count, first);
        }
    }

    /// Passes on all segments that are certain and returns the number of bytes that they take.
    fn scan(&mut self, bytes: &[u8], is_last: bool, on_segment: SegmentCallback<'_>) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let (done, goes_on) = match (self.gap, self.encoding.is_byte_based()) {
                (Some(gap), _) => self.scan_gap(gap, rest, is_last, on_segment),
                (None, true) => self.scan_bytes(rest, is_last, on_segment),
                (None, false) => self.scan_units(rest, is_last, on_segment),
            };
            at += done;
            if !goes_on {
                break;
            }
        }
        at
    }

    /// Passes on text of this length.
    fn pass(&mut self, bytes: &[u8], length: usize, on_segment: SegmentCallback<'_>) {
        let text = bytes.get(..length).unwrap_or(bytes);
        if !text.is_empty() {
            self.replaced.push(text, self.offset);
            self.offset += text.len() as u64;
            on_segment(Segment::Text(text));
        }
    }

    /// Begins other text `skipped` bytes after the text passed on so far.
    fn break_at(
        &mut self,
        skipped: usize,
        next: Encoding,
        problem: Problem,
        on_segment: SegmentCallback<'_>,
    ) {
        self.replaced.finish(self.offset);
        self.offset += skipped as u64;
        self.encoding = next;
        self.replaced.encoding(next);
        on_segment(Segment::Break(TextBreak { offset: self.offset, encoding: next, problem }));
    }

    /// Skips a gap. Returns the number of bytes taken, and whether the bytes after them can be decided.
    fn scan_gap(
        &mut self,
        gap: Gap,
        bytes: &[u8],
        is_last: bool,
        on_segment: SegmentCallback<'_>,
    ) -> (usize, bool) {
        let run = run_length(bytes, gap.byte);
        self.offset += run as u64;
        let next = bytes.get(run..).unwrap_or_default();
        if next.is_empty() || (next.len() < DECIDING_BYTES && !is_last) {
            return (run, false);
        }
        self.gap = None;
        let next = next.get(..DECIDING_BYTES).unwrap_or(next);
        let is_even = self.offset.is_multiple_of(2);
        let (encoding, bom_len) = self.encoding_after_gap(gap, next, is_even);
        let problem = unwritten(gap, self.offset);
        let is_shifted = !is_even || units(next, is_little_character) >= CHARACTERS;
        if encoding == Encoding::Utf16Be && gap.byte == 0 && bom_len == 0 && is_shifted {
            // The high byte of the first character is the last zero of the gap.
            self.offset -= 1;
            self.break_at(0, encoding, problem, on_segment);
            self.pass(&[0], 1, on_segment);
        } else {
            self.break_at(bom_len, encoding, problem, on_segment);
        }
        (run + bom_len, true)
    }

    fn encoding_after_gap(&self, gap: Gap, next: &[u8], is_even: bool) -> (Encoding, usize) {
        if let Some(marked) = byte_order_mark(next, self.byte_encoding) {
            return marked;
        }
        let encoding = if units(next, is_big_character) >= CHARACTERS {
            Encoding::Utf16Be
        } else if units(next, is_little_character) >= CHARACTERS {
            let is_big = gap.byte == 0 && is_big_after_zero(next, is_even);
            if is_big { Encoding::Utf16Be } else { Encoding::Utf16Le }
        } else if next.contains(&0) && !self.encoding.is_byte_based() {
            self.encoding
        } else {
            self.byte_encoding
        };
        (encoding, 0)
    }

    /// Passes on text of one byte or more per character.
    fn scan_bytes(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        on_segment: SegmentCallback<'_>,
    ) -> (usize, bool) {
        let mut from = 0;
        loop {
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(found) = memchr3(0, 0xFE, 0xFF, rest) else {
                // The last character may be the first half of UTF-16.
                let length = bytes.len() - usize::from(!is_last);
                self.pass(bytes, length, on_segment);
                return (length, false);
            };
            let at = from + found;
            let next = bytes.get(at..).unwrap_or_default();
            if next.len() < DECIDING_BYTES && !is_last {
                let length = at.saturating_sub(1);
                self.pass(bytes, length, on_segment);
                return (length, false);
            }
            let next = next.get(..DECIDING_BYTES).unwrap_or(next);
            if let Some(byte) = gap_byte(next, is_last) {
                self.pass(bytes, at, on_segment);
                self.gap = Some(Gap { byte, begin: self.offset });
                return (at, true);
            }
            let before = at
                .checked_sub(1)
                .and_then(|before| bytes.get(before..at + DECIDING_BYTES).or(bytes.get(before..)));
            if let Some(text) = utf16_begins(before, next) {
                let length = at.saturating_add_signed(text.at);
                self.pass(bytes, length, on_segment);
                let problem = changed(text.encoding, self.offset);
                self.break_at(text.bom_len, text.encoding, problem, on_segment);
                return (length + text.bom_len, true);
            }
            from = at + 1;
        }
    }

    /// Passes on UTF-16.
    fn scan_units(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        on_segment: SegmentCallback<'_>,
    ) -> (usize, bool) {
        let is_big = self.encoding == Encoding::Utf16Be;
        let mut from = 0;
        loop {
            let rest = bytes.get(from..).unwrap_or_default();
            let plain = plain_units(rest, is_big);
            let at = from + plain;
            let next = bytes.get(at..).unwrap_or_default();
            if next.len() < 2 || (next.len() < DECIDING_BYTES && !is_last) {
                let length = if is_last { bytes.len() } else { at };
                self.pass(bytes, length, on_segment);
                return (length, false);
            }
            let next = next.get(..DECIDING_BYTES).unwrap_or(next);
            if let Some(byte) = gap_byte(next, false) {
                self.pass(bytes, at, on_segment);
                self.gap = Some(Gap { byte, begin: self.offset });
                return (at, true);
            }
            let before = at.checked_sub(2).and_then(|before| bytes.get(before..at));
            if let Some((text, problem)) = self.text_after_units(before, next, is_big) {
                self.pass(bytes, at, on_segment);
                let skipped = text.bom_len + text.at.unsigned_abs();
                let problem = problem.at(self.offset);
                self.break_at(skipped, text.encoding, problem, on_segment);
                return (at + skipped, true);
            }
            from = at + 2;
        }
    }

    /// Returns the text that begins at a unit, if it is not the same UTF-16.
    fn text_after_units(
        &self,
        before: Option<&[u8]>,
        next: &[u8],
        is_big: bool,
    ) -> Option<(NextText, Problem)> {
        let line_end: &[u8] = if is_big { b"\0\n" } else { b"\n\0" };
        let is_line_start = before.is_none_or(|before| before == line_end);
        let at_mark =
            |encoding, bom_len| (NextText { at: 0, encoding, bom_len }, changed(encoding, 0));
        let other = if is_big { Encoding::Utf16Le } else { Encoding::Utf16Be };
        let is_swapped = if is_big { is_little_character } else { is_big_character };
        match byte_order_mark(next, self.byte_encoding) {
            Some((Encoding::Utf16Le | Encoding::Utf16Be, bom_len)) => {
                let after = next.get(bom_len..).unwrap_or_default();
                let is_other = is_line_start && units(after, is_swapped) >= CHARACTERS;
                return is_other.then(|| at_mark(other, bom_len));
            }
            Some((encoding, bom_len)) if is_line_start => {
                let mut after = next.iter().skip(bom_len).take(ASCII_BYTES);
                let is_text = after.all(|byte| is_character(*byte));
                return is_text.then(|| at_mark(encoding, bom_len));
            }
            _ => {}
        }
        if units(next, is_swapped) >= SWAPPED_UNITS {
            if is_line_start {
                return Some(at_mark(other, 0));
            }
            return Some((NextText { at: 1, encoding: self.encoding, bom_len: 0 }, lost_byte()));
        }
        let is_ascii = next.len() >= GAP_BYTES
            && next.iter().take(ASCII_BYTES).all(|byte| is_character(*byte));
        let is_certain = || record_start::certain_format_after_header(next).is_some();
        (is_ascii && (is_line_start || is_certain())).then(|| at_mark(self.byte_encoding, 0))
    }
}

/// Returns the byte that a gap consists of. At the end of a source a single zero is no text.
fn gap_byte(next: &[u8], is_last: bool) -> Option<u8> {
    let byte = *next.first()?;
    let run = run_length(next, byte);
    let is_gap = run >= GAP_BYTES || (is_last && byte == 0 && run == next.len());
    (matches!(byte, 0 | 0xFF) && is_gap).then_some(byte)
}

/// Returns the length of the run of a byte that `bytes` begin with.
pub(super) fn run_length(bytes: &[u8], byte: u8) -> usize {
    let (blocks, _) = bytes.as_chunks::<64>();
    let full = blocks.iter().take_while(|block| block.iter().all(|other| *other == byte)).count();
    let rest = bytes.get(full * 64..).unwrap_or_default();
    full * 64 + rest.iter().take_while(|other| **other == byte).count()
}

/// Returns the UTF-16 text that begins at a zero, one byte before it, or at a byte order mark. `before` begins one byte
/// before `next`.
fn utf16_begins(before: Option<&[u8]>, next: &[u8]) -> Option<NextText> {
    let text = |at, encoding, bom_len| Some(NextText { at, encoding, bom_len });
    let after_bom = next.get(2..).unwrap_or_default();
    match next {
        [0xFF, 0xFE, ..] if units(after_bom, is_little_character) >= 2 => {
            text(0, Encoding::Utf16Le, 2)
        }
        [0xFE, 0xFF, ..] if units(after_bom, is_big_character) >= 2 => {
            text(0, Encoding::Utf16Be, 2)
        }
        [0, ..] => {
            let little =
                before.is_some_and(|before| units(before, is_little_character) >= CHARACTERS);
            let big = units(next, is_big_character) >= CHARACTERS;
            // The byte before the first zero of big-endian text is the line end of the text before it.
            let ends_line = before.and_then(<[u8]>::first) == Some(&b'\n');
            match (little, big) {
                (true, false) => text(-1, Encoding::Utf16Le, 0),
                (true, true) if !ends_line => text(-1, Encoding::Utf16Le, 0),
                (_, true) => text(0, Encoding::Utf16Be, 0),
                (false, false) => None,
            }
        }
        _ => None,
    }
}

fn byte_order_mark(text: &[u8], byte_encoding: Encoding) -> Option<(Encoding, usize)> {
    match text {
        [0xFF, 0xFE, ..] => Some((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Encoding::Utf16Be, 2)),
        [0xEF, 0xBB, 0xBF, next, ..] if is_character(*next) => Some((byte_encoding, 3)),
        _ => None,
    }
}

/// Whether UTF-16 after a gap of zeros is big-endian, so that the last of them is its first byte. Characters beyond
/// ASCII show it. Among ASCII only the offset in the source does, which gaps leave even.
pub(super) fn is_big_after_zero(text: &[u8], is_even: bool) -> bool {
    let count = |bytes: &[u8], is: fn([u8; 2]) -> bool| {
        bytes.as_chunks::<2>().0.iter().filter(|pair| is(**pair)).count()
    };
    let text = text.get(..text.len() & !1).unwrap_or(text);
    let little = count(text, is_little_character);
    let big = 1 + count(text.get(1..).unwrap_or_default(), is_big_character);
    if little == big { !is_even } else { big > little }
}

/// Returns the number of units at the beginning that satisfy `is`.
fn units(bytes: &[u8], is: fn([u8; 2]) -> bool) -> usize {
    bytes.as_chunks::<2>().0.iter().take_while(|pair| is(**pair)).count()
}

fn is_little_character([low, high]: [u8; 2]) -> bool {
    high == 0 && is_character(low)
}

fn is_big_character([high, low]: [u8; 2]) -> bool {
    high == 0 && is_character(low)
}

/// Whether a byte is a character that ASCII text has.
fn is_character(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\r' | b'\n' | 0x20..=0x7E)
}

/// Returns the length of the units at the beginning with which nothing but the same UTF-16 can begin.
fn plain_units(bytes: &[u8], is_big: bool) -> usize {
    // The first two bytes of UTF-8's mark.
    let mark = if is_big { 0xEFBB } else { 0xBBEF };
    let is_plain = |pair: &[u8; 2]| {
        let unit = if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
        let is_ascii_pair = (unit & 0x8080 == 0) & (unit >= 0x0900);
        (unit & 0xFF != 0) & (unit < 0xFFFE) & (unit != mark) & !is_ascii_pair
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    let (blocks, _) = pairs.as_chunks::<16>();
    let full = blocks
        .iter()
        .take_while(|block| block.iter().fold(true, |all, pair| all & is_plain(pair)))
        .count();
    let rest = pairs.get(full * 16..).unwrap_or_default();
    2 * (full * 16 + rest.iter().take_while(|pair| is_plain(pair)).count())
}

fn run_text(gap: Gap, end: u64) -> String {
    format!("{} bytes of 0x{:02X}", end - gap.begin, gap.byte)
}

/// The problem of a gap with text after it.
fn unwritten(gap: Gap, end: u64) -> Problem {
    let message = format!(
        "{} are no text: records may be missing here, as where a file system wrote no data",
        run_text(gap, end)
    );
    Problem::warning("unwritten", message).at(gap.begin)
}

/// The problem of a gap at the end.
fn padding(gap: Gap, end: u64) -> Problem {
    let message = format!("the source ends in {}, which are no text", run_text(gap, end));
    Problem::info("padding", message).at(gap.begin)
}

fn changed(encoding: Encoding, offset: u64) -> Problem {
    let message = format!("the encoding changes to {} here", encoding.as_str());
    Problem::warning("encoding-changes", message).at(offset)
}

fn lost_byte() -> Problem {
    Problem::warning("lost-byte", "a byte of UTF-16 is missing before this place")
}

/// Counts bytes that are no character of the encoding.
struct ReplacedBytes {
    is_utf8: bool,
    /// Characters of the bytes from 0x80 on, in a code page.
    upper_half: Vec<char>,
    /// The beginning of a character of UTF-8 that is not complete.
    partial: Vec<u8>,
    count: u64,
    /// Offset of the first.
    first: Option<u64>,
}

impl ReplacedBytes {
    fn new(encoding: Encoding) -> Self {
        let mut new = Self {
            is_utf8: false,
            upper_half: Vec::new(),
            partial: Vec::new(),
            count: 0,
            first: None,
        };
        new.encoding(encoding);
        new
    }

    /// Counts in another encoding from here on.
    fn encoding(&mut self, encoding: Encoding) {
        self.is_utf8 = encoding == Encoding::Utf8;
        self.upper_half = match encoding {
            Encoding::CodePage(page) => page.upper_half(),
            _ => Vec::new(),
        };
    }

    fn add(&mut self, count: usize, offset: u64) {
        self.count += count as u64;
        self.first.get_or_insert(offset);
    }

    /// Counts in the text at an offset of the source.
    fn push(&mut self, text: &[u8], offset: u64) {
        if self.is_utf8 {
            self.push_utf8(text, offset);
        } else if !self.upper_half.is_empty() && !text.is_ascii() {
            for (byte, at) in text.iter().zip(offset..) {
                let char = self.upper_half.get(usize::from(byte & 0x7F));
                if !byte.is_ascii() && char == Some(&char::REPLACEMENT_CHARACTER) {
                    self.add(1, at);
                }
            }
        }
    }

    fn push_utf8(&mut self, mut text: &[u8], mut offset: u64) {
        // Completes the character that the last text began.
        while !self.partial.is_empty()
            && let Some((first, rest)) = text.split_first()
        {
            let begin = offset - self.partial.len() as u64;
            if first & 0xC0 != 0x80 {
                self.finish(offset);
                break;
            }
            self.partial.push(*first);
            (text, offset) = (rest, offset + 1);
            let partial = std::mem::take(&mut self.partial);
            self.push_utf8(&partial, begin);
        }
        loop {
            let Err(error) = std::str::from_utf8(text) else { return };
            let valid = error.valid_up_to();
            let bad = text.get(valid..).unwrap_or_default();
            let at = offset + valid as u64;
            let length = match (bad, error.error_len()) {
                // Half of a surrogate pair is kept as it is.
                ([0xED, 0xA0..=0xBF, 0x80..=0xBF, ..], _) => 3,
                ([0xED] | [0xED, 0xA0..=0xBF], _) | (_, None) => {
                    self.partial.extend_from_slice(bad);
                    return;
                }
                (_, Some(length)) => {
                    self.add(length, at);
                    length
                }
            };
            text = bad.get(length..).unwrap_or_default();
            offset = at + length as u64;
        }
    }

    /// Counts a character that is not complete before this offset.
    fn finish(&mut self, offset: u64) {
        let partial = std::mem::take(&mut self.partial);
        if !partial.is_empty() {
            self.add(partial.len(), offset - partial.len() as u64);
        }
    }
}
