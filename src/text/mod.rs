//! Script text between its source and its meaning.
//!
//! Windows cuts long scripts into parts at any UTF-16 unit, even inside a surrogate pair. So a part is not
//! a Rust string: it is either UTF-16 as it stands in an EVTX record, or WTF-8 (UTF-8 that can also hold a
//! lone surrogate). Parts are joined first and decoded after.

mod escaped;
pub(crate) mod json;
mod lanes;
pub(crate) mod xml;

pub(crate) use escaped::Escaped;
use escaped::Notation;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A text where a source holds it, not yet copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw<'a> {
    /// WTF-8: UTF-8 in which a lone surrogate may stand, encoded like any other code point in three bytes.
    Wtf8(&'a [u8]),
    /// UTF-16, little endian, at any alignment; an odd last byte is ignored.
    Utf16(&'a [u8]),
    /// As JSON or XML writes it.
    Escaped(Escaped<'a>),
}

impl<'a> From<&'a str> for Raw<'a> {
    fn from(text: &'a str) -> Self {
        Self::Wtf8(text.as_bytes())
    }
}

impl<'a> Raw<'a> {
    /// The text as it stands.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Wtf8(bytes) | Self::Utf16(bytes) => bytes,
            Self::Escaped(text) => text.bytes(),
        }
    }

    /// No units at all.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Wtf8(bytes) => bytes.is_empty(),
            Self::Utf16(bytes) => bytes.len() < 2,
            Self::Escaped(text) => text.bytes().is_empty(),
        }
    }

    /// UTF-16 up to its first NUL: that is where Windows ends a string, whatever its declared length. Other texts are
    /// whole.
    pub fn until_nul(self) -> Self {
        let Self::Utf16(text) = self else { return self };
        let (blocks, _) = text.as_chunks::<{ crate::simd::BLOCK }>();
        let is_clean = |block: &_| !crate::simd::has_nul(block);
        let clean = crate::simd::BLOCK * blocks.iter().take_while(|block| is_clean(block)).count();
        let (rest, _) = text.get(clean..).unwrap_or_default().as_chunks::<2>();
        let end = clean + 2 * rest.iter().position(|unit| *unit == [0, 0]).unwrap_or(rest.len());
        Self::Utf16(text.get(..end).unwrap_or(text))
    }

    /// The text as a string, lone surrogates replaced by U+FFFD.
    pub fn to_lossy(&self) -> String {
        match self {
            Self::Wtf8(bytes) => lossy(bytes).into_owned(),
            Self::Utf16(bytes) => char::decode_utf16(units(bytes))
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
            Self::Escaped(text) => lossy(&text.decode()).into_owned(),
        }
    }
}

/// A script text in WTF-8, growing part by part. Parts that are escaped alike stay so until the text is read.
#[derive(Clone, Default)]
pub struct Text {
    bytes: Vec<u8>,
    /// How they are escaped.
    notation: Option<Notation>,
    /// Length in UTF-16 units, where that is known while they are escaped.
    units: Option<usize>,
}

impl Text {
    /// A text without units.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a part; a surrogate pair that was cut between the two becomes one character again.
    pub fn push(&mut self, part: Raw<'_>) {
        match part {
            Raw::Wtf8(bytes) => self.plain().push_wtf8(bytes),
            Raw::Utf16(bytes) => self.plain().push_utf16(bytes),
            Raw::Escaped(text) => self.push_escaped(text),
        }
    }

    /// The text as UTF-8, lone surrogates replaced by U+FFFD.
    pub fn to_lossy(&self) -> Cow<'_, str> {
        match self.as_bytes() {
            Cow::Borrowed(bytes) => lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(lossy_string(bytes)),
        }
    }

    /// The text as UTF-8, without a copy where no lone surrogate stands in it.
    pub fn into_lossy(mut self) -> String {
        lossy_string(std::mem::take(&mut self.plain().bytes))
    }

    /// The same bytes, lent.
    pub fn as_raw(&self) -> Raw<'_> {
        match self.notation {
            None => Raw::Wtf8(&self.bytes),
            Some(notation) => Raw::Escaped(Escaped::new(&self.bytes, notation, self.units)),
        }
    }

    /// Makes room for so many more bytes of WTF-8.
    pub fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Bytes that are held.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// No units at all.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Length in UTF-16 units.
    pub fn utf16_len(&self) -> usize {
        utf16_len(&self.as_bytes())
    }

    /// The WTF-8 bytes.
    pub fn as_bytes(&self) -> Cow<'_, [u8]> {
        match self.as_raw() {
            Raw::Escaped(text) => text.decode(),
            raw => Cow::Borrowed(raw.bytes()),
        }
    }

    /// The same text, no longer escaped.
    fn plain(&mut self) -> &mut Self {
        if let Some(notation) = self.notation.take() {
            let escaped = std::mem::take(&mut self.bytes);
            Escaped::new(&escaped, notation, None).decode_into(&mut self.bytes);
        }
        self
    }

    /// What is escaped alike may follow each other as it stands, unless an escape could come to be between.
    fn push_escaped(&mut self, text: Escaped<'_>) {
        if self.bytes.is_empty() {
            (self.notation, self.units) = (Some(text.notation()), Some(0));
        }
        if self.notation == Some(text.notation()) && text.can_append_to(&self.bytes) {
            self.units = self.units.zip(text.units()).map(|(before, more)| before + more);
            self.bytes.extend_from_slice(text.bytes());
        } else {
            self.plain().push_wtf8(&text.decode());
        }
    }

    fn push_wtf8(&mut self, bytes: &[u8]) {
        if let (Some(high), Some((low, rest))) = (self.trailing_high(), leading_low(bytes)) {
            self.bytes.truncate(self.bytes.len() - 3);
            self.push_pair(high, low);
            self.bytes.extend_from_slice(rest);
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn push_utf16(&mut self, bytes: &[u8]) {
        self.bytes.reserve(bytes.len() / 2);
        let (blocks, rest) = bytes.as_chunks::<{ crate::simd::BLOCK }>();
        for block in blocks {
            // Scripts are ASCII nearly throughout. In other blocks, a pair that is cut by a block's end
            // becomes one again like one that is cut by a part's end.
            if crate::simd::is_ascii(block) {
                for units in block.as_chunks().0 {
                    self.bytes.extend_from_slice(&crate::simd::narrow(units));
                }
            } else {
                self.push_mixed(block);
            }
        }
        self.push_mixed(rest);
    }

    fn push_mixed(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks();
        for units in blocks {
            if crate::simd::is_ascii(units) {
                self.bytes.extend_from_slice(&crate::simd::narrow(units));
            } else {
                self.push_units(units.as_chunks().0);
            }
        }
        self.push_units(rest.as_chunks().0);
    }

    fn push_units(&mut self, units: &[[u8; 2]]) {
        let mut units = units.iter().map(|pair| u16::from_le_bytes(*pair)).peekable();
        while let Some(unit) = units.next() {
            match unit {
                0..0x80 => self.bytes.push(unit as u8),
                0x80..0x800 => {
                    self.bytes
                        .extend_from_slice(&[0xC0 | (unit >> 6) as u8, 0x80 | (unit & 0x3F) as u8]);
                }
                0xD800..0xDC00 => match units.next_if(|low| (0xDC00..0xE000).contains(low)) {
                    Some(low) => self.push_pair(unit, low),
                    None => self.push_surrogate(unit),
                },
                0xDC00..0xE000 => self.push_surrogate(unit),
                // The three bytes of a surrogate are those of any unit this high.
                _ => self.bytes.extend_from_slice(&encode_surrogate(unit)),
            }
        }
    }

    fn push_char(&mut self, char: char) {
        let mut buffer = [0; 4];
        self.bytes.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
    }

    fn push_surrogate(&mut self, unit: u16) {
        let bytes = encode_surrogate(unit);
        self.push_wtf8(&bytes);
    }

    fn push_pair(&mut self, high: u16, low: u16) {
        for char in char::decode_utf16([high, low]).flatten() {
            self.push_char(char);
        }
    }

    fn trailing_high(&self) -> Option<u16> {
        let start = self.bytes.len().checked_sub(3)?;
        decode_surrogate(self.bytes.get(start..)?).filter(|unit| *unit < 0xDC00)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), ..Self::default() }
    }
}

impl From<Raw<'_>> for Text {
    fn from(raw: Raw<'_>) -> Self {
        let mut text = Self::new();
        text.push(raw);
        text
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_lossy(), f)
    }
}

/// Case folding as searches and rules use it: one character to one, as PowerShell compares names.
/// No other character folds to ASCII (the Kelvin sign is not a k), so a scan for an ASCII word never
/// has to decode.
pub fn fold_char(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) if !single.is_ascii() => single,
        _ => char,
    }
}

/// The last place at or before this one at which a character begins, or the text's end.
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A whole text folded.
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_char).collect()
}

/// Byte ranges of a text as ranges of UTF-16 units, which is how JavaScript counts. One pass over the text
/// where the ranges ascend; an offset inside a character counts as the character's start, one past the end as the end.
pub(crate) fn utf16_ranges(text: &str, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut offsets = Utf16Offsets::new(text);
    ranges.iter().map(|range| offsets.get(range.start)..offsets.get(range.end)).collect()
}

/// Turns byte offsets of a text into UTF-16 offsets, walking on from the offset asked last.
pub(crate) struct Utf16Offsets<'a> {
    text: &'a [u8],
    byte: usize,
    unit: usize,
}

impl<'a> Utf16Offsets<'a> {
    /// Starts at the beginning of the text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), byte: 0, unit: 0 }
    }

    /// The UTF-16 offset of a byte offset; asked in ascending order, all answers together cost one pass.
    pub(crate) fn get(&mut self, byte: usize) -> usize {
        let end = char_start(self.text, byte);
        if end < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        self.unit += utf16_len(self.text.get(self.byte..end).unwrap_or_default());
        self.byte = end;
        self.unit
    }
}

/// The start of the character that holds this byte.
fn char_start(text: &[u8], byte: usize) -> usize {
    let end = byte.min(text.len());
    let continues = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (0..=end).rev().find(|at| !continues(at)).unwrap_or(0)
}

/// Length of WTF-8 in UTF-16 units: one for every leading byte, and one more for those of four bytes.
pub(crate) fn utf16_len(bytes: &[u8]) -> usize {
    // Sixty-four bytes count to 128 at most: the sums stay in bytes, and so in vectors.
    let units = |byte: &u8| u8::from(byte & 0xC0 != 0x80) + u8::from(*byte >= 0xF0);
    let count = |bytes: &[u8]| usize::from(bytes.iter().fold(0, |sum: u8, byte| sum + units(byte)));
    let (blocks, rest) = bytes.as_chunks::<64>();
    blocks.iter().map(|block| count(block)).sum::<usize>() + count(rest)
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit =
        |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The three WTF-8 bytes of a lone surrogate.
pub(crate) fn encode_surrogate(unit: u16) -> [u8; 3] {
    let [high, low] = unit.to_be_bytes();
    [0xE0 | (high >> 4), 0x80 | ((high & 0x0F) << 2) | (low >> 6), 0x80 | (low & 0x3F)]
}

fn decode_surrogate(bytes: &[u8]) -> Option<u16> {
    match *bytes {
        [0xED, middle @ 0xA0..=0xBF, last @ 0x80..=0xBF] => {
            Some(0xD000 | u16::from(middle & 0x3F) << 6 | u16::from(last & 0x3F))
        }
        _ => None,
    }
}

fn leading_low(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (first, rest) = bytes.split_at_checked(3)?;
    decode_surrogate(first).filter(|unit| *unit >= 0xDC00).map(|unit| (unit, rest))
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        (self.notation == other.notation && crate::simd::is_same(&self.bytes, &other.bytes))
            || ((self.notation.is_some() || other.notation.is_some())
                && self.as_bytes() == other.as_bytes())
    }
}

impl Eq for Text {}

fn lossy_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| replace_surrogates(error.as_bytes()))
}

/// WTF-8 to UTF-8. One U+FFFD for each lone surrogate, as UTF-16 decoders write it, where the standard
/// library's lossy conversion would write three.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replace_surrogates(bytes)),
    }
}

fn replace_surrogates(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    loop {
        let (valid, rest) = match std::str::from_utf8(bytes) {
            Ok(valid) => (valid, &[][..]),
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                (std::str::from_utf8(valid).unwrap_or_default(), rest)
            }
        };
        text.push_str(valid);
        if rest.is_empty() {
            return text;
        }
        text.push(char::REPLACEMENT_CHARACTER);
        let bad = match rest.get(..3).and_then(decode_surrogate) {
            Some(_) => 3,
            None => std::str::from_utf8(rest)
                .err()
                .and_then(|error| error.error_len())
                .unwrap_or(rest.len()),
        };
        bytes = rest.get(bad..).unwrap_or_default();
    }
}

/// Appends a text whose escapes begin with either mark. `usual` gives the character and length of a frequent
/// one; `undo` appends what any other means, which is never longer, and gives what follows it.
///
/// Escapes are near each other in scripts: sixteen bytes are copied at a time, and what was too much is
/// written over.
fn decode<'a>(
    text: &'a [u8],
    marks: [u8; 2],
    plain: &mut Vec<u8>,
    usual: impl Fn(&[u8]) -> Option<(u8, usize)>,
    undo: impl Fn(&'a [u8], &mut Vec<u8>) -> &'a [u8],
) {
    if text.len() < SHORT {
        let mut rest = text;
        while let [first, after @ ..] = rest {
            if !marks.contains(first) {
                plain.push(*first);
                rest = after;
            } else if let Some((byte, length)) = usual(rest) {
                plain.push(byte);
                rest = rest.get(length..).unwrap_or_default();
            } else {
                rest = undo(rest, plain);
            }
        }
        return;
    }
    let mut to = plain.len();
    plain.resize(to + text.len() + 16, 0);
    let mut rest = text;
    let mut piece = Vec::new();
    loop {
        let (block, known) = match rest.first_chunk::<16>() {
            Some(block) => (*block, 16),
            None => (padded(rest), rest.len()),
        };
        if let Some(target) = plain.get_mut(to..).and_then(<[u8]>::first_chunk_mut) {
            *target = block;
        }
        let found = lanes::either(&block, marks).trailing_zeros() as usize;
        let before = found.min(known);
        (to, rest) = (to + before, rest.get(before..).unwrap_or_default());
        if found >= known {
            if rest.is_empty() {
                return plain.truncate(to);
            }
            continue;
        }
        // One follows another at the end of most lines.
        while rest.first().is_some_and(|first| marks.contains(first)) {
            if let Some((byte, length)) = usual(rest) {
                if let Some(target) = plain.get_mut(to) {
                    *target = byte;
                }
                (to, rest) = (to + 1, rest.get(length..).unwrap_or_default());
                continue;
            }
            piece.clear();
            rest = undo(rest, &mut piece);
            if let Some(target) = plain.get_mut(to..to + piece.len()) {
                target.copy_from_slice(&piece);
            }
            to += piece.len();
        }
    }
}

/// Bytes of a text that are decoded one by one.
const SHORT: usize = 64;

/// The first sixty-four bytes, padded where there are fewer, and how many of them there are. (One place for whole blocks
/// and the last: what is called with them is inlined.)
#[inline(always)]
fn next_block<'a>(rest: &'a [u8], last: &'a mut [u8; 64]) -> (&'a [u8; 64], usize) {
    match rest.first_chunk() {
        Some(block) => (block, 64),
        None => {
            *last = padded(rest);
            (last, rest.len())
        }
    }
}

/// A block that begins with this text.
fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut block = [0; N];
    for (to, from) in block.iter_mut().zip(text) {
        *to = *from;
    }
    block
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &[u16]) -> Vec<u8> {
        text.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    #[test]
    fn a_pair_cut_between_parts_is_one_character_again() {
        let whole: Vec<u16> = "a😀b".encode_utf16().collect();
        let (head, tail) = (utf16(&whole[..2]), utf16(&whole[2..]));
        let mut text = Text::new();
        text.push(Raw::Utf16(&head));
        assert_eq!(text.to_lossy(), "a\u{FFFD}");
        text.push(Raw::Utf16(&tail));
        assert_eq!(text.to_lossy(), "a😀b");
        assert_eq!(text.utf16_len(), 4);

        let mut wtf8 = Text::new();
        wtf8.push(Text::from(Raw::Utf16(&head)).as_raw());
        wtf8.push(Text::from(Raw::Utf16(&tail)).as_raw());
        assert_eq!(wtf8, text);
    }

    #[test]
    fn long_texts_read_as_short_ones_do() {
        let units: Vec<u16> =
            "ASCII for a while, then größer 😀, and ASCII again for a while 😀😀😀"
                .repeat(3)
                .encode_utf16()
                .collect();
        for start in 0..40 {
            for end in start..units.len() {
                let text = Text::from(Raw::Utf16(&utf16(&units[start..end])));
                assert_eq!(text.to_lossy(), String::from_utf16_lossy(&units[start..end]));
            }
        }
    }

    #[test]
    fn lone_surrogates_become_one_replacement_each() {
        let text = Text::from(Raw::Utf16(&utf16(&[0xDE00, 0x61, 0xD83D, 0xD83D])));
        assert_eq!(text.to_lossy(), "\u{FFFD}a\u{FFFD}\u{FFFD}");
        assert_eq!(text.utf16_len(), 4);
        assert_eq!(Raw::Wtf8(b"a\xFFb\xE2\x82").to_lossy(), "a\u{FFFD}b\u{FFFD}");
    }

    #[test]
    fn folding_never_leads_into_ascii() {
        assert_eq!(fold_char('K'), 'k');
        assert_eq!(fold_char('\u{212A}'), '\u{212A}');
        assert_eq!(fold_char('Ä'), 'ä');
        assert_eq!(fold_char('İ'), 'İ');
        assert!(
            (0x80..=0x10FFFF).filter_map(char::from_u32).all(|char| !fold_char(char).is_ascii())
        );
    }

    #[test]
    fn byte_ranges_become_utf16_ranges() {
        let text = "aß–😀b";
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        assert_eq!(bytes, [0, 1, 3, 6, 10, 11]);
        assert_eq!(utf16_ranges(text, &[0..1, 1..3, 3..10, 10..11]), [0..1, 1..2, 2..5, 5..6]);
        assert_eq!(
            utf16_ranges(text, &[8..99, 1..2]),
            [3..6, 1..1],
            "cut characters, unsorted ranges"
        );
        assert_eq!(utf16_ranges("", &[0..0, 5..9]), [0..0, 0..0]);
    }
}
