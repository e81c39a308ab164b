//! JSON's escapes (RFC 8259, section 7).

use super::unescape::{decode, next_block};
use super::wtf8::encode_surrogate;
use crate::simd::{self, BlockMasks};
use std::borrow::Cow;

/// Returns the content of a JSON string in WTF-8. An escape that JSON does not define is kept as it is.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::new();
    unescape_into(text, &mut plain);
    Cow::Owned(plain)
}

/// Appends the content of a JSON string in WTF-8.
pub(super) fn unescape_into(text: &[u8], plain: &mut Vec<u8>) {
    decode(text, [b'\\'; 2], plain, usual, push_escape);
}

/// Returns the character and the length of a usual escape at the beginning of `text`.
pub(super) fn usual(text: &[u8]) -> Option<(u8, usize)> {
    Some((USUAL.get(usize::from(*text.get(1)?)).copied().flatten()?, 2))
}

/// Returns the length in UTF-16 units; `None` if the text has escapes other than those of one letter.
pub(super) fn units(text: &[u8]) -> Option<usize> {
    let (_, string) = scan(text, false)?;
    (string.has_usual_escapes && !string.in_escape).then_some(string.units)
}

/// Returns the offset of the first unescaped quotation mark, or with `line_ends` of the first line end if that comes
/// first.
pub(crate) fn find_string_end(text: &[u8], line_ends: bool) -> Option<usize> {
    let mut in_escape = false;
    let mut last = [0; 64];
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let (block, length) = next_block(rest, &mut last);
        let backslashes = simd::mask_of(block, b'\\');
        let mut ends = simd::mask_of(block, b'"');
        if backslashes != 0 || in_escape {
            ends &= !escaped_mask(backslashes, &mut in_escape);
        }
        if line_ends {
            ends |= simd::mask_of(block, b'\n');
        }
        if ends != 0 {
            return Some(at + ends.trailing_zeros() as usize);
        }
        if length < 64 {
            return None;
        }
        at += 64;
    }
}

/// Finds the end of a string whose content begins here: the offset of its closing quotation mark, and its length in
/// UTF-16 units as [`units`] returns it. `None` if a line end or the end of the text comes first.
pub(super) fn string(text: &[u8]) -> Option<(usize, Option<usize>)> {
    let (end, string) = scan(text, true)?;
    (text.get(end) == Some(&b'"'))
        .then_some((end, string.has_usual_escapes.then_some(string.units)))
}

/// Scans the text, with `find_end` as far as the string's end. Returns the number of bytes scanned.
fn scan(text: &[u8], find_end: bool) -> Option<(usize, StringScan)> {
    let mut string = StringScan { units: 0, in_escape: false, has_usual_escapes: true, find_end };
    let mut last = [0; 64];
    let mut at = 0;
    loop {
        at += string.take_simple(text.get(at..)?);
        let (block, length) = next_block(text.get(at..)?, &mut last);
        let taken = string.take(block, length)?;
        at += taken;
        if taken < 64 {
            return Some((at, string));
        }
    }
}

/// The state of a scan through the content of a string.
struct StringScan {
    units: usize,
    /// The last byte was a backslash that begins an escape.
    in_escape: bool,
    /// All escapes so far are usual ones.
    has_usual_escapes: bool,
    /// The scan ends at the string's end.
    find_end: bool,
}

impl StringScan {
    /// Takes the leading simple blocks. Returns their length in bytes.
    #[inline(always)]
    fn take_simple(&mut self, text: &[u8]) -> usize {
        if self.in_escape || text.first() == Some(&b'"') {
            return 0;
        }
        let (blocks, begun) = simd::json::count_simple_blocks(text);
        let taken = 64 * blocks;
        self.in_escape = taken.checked_sub(1).and_then(|last| text.get(last)) == Some(&b'\\');
        // An escape is one unit, counted at its letter.
        self.units += taken - (begun - usize::from(self.in_escape));
        taken
    }

    /// Takes the bytes of a block up to the string's end, if the scan ends there. Returns their number; `None` if the
    /// scan can be given up.
    #[inline(always)]
    fn take(&mut self, block: &[u8; 64], length: usize) -> Option<usize> {
        let masks = BlockMasks::new(block, b'\\', *b"\"\n");
        let mut escaped = 0;
        if masks.escapes != 0 || self.in_escape {
            escaped = escaped_mask(masks.escapes, &mut self.in_escape);
            if length < 64 {
                self.in_escape = escaped >> length & 1 == 1;
            }
        }
        let stops = if self.find_end { masks.stops & !escaped } else { 0 };
        let end = (stops.trailing_zeros() as usize).min(length);
        let part = 1_u64.checked_shl(end as u32).unwrap_or(0).wrapping_sub(1);
        escaped &= part;
        self.units =
            (self.units + masks.utf16_units(part)).saturating_sub(escaped.count_ones() as usize);
        if escaped != 0 {
            self.check_letters(block, escaped & !masks.escapes)?;
        }
        Some(end)
    }

    /// Examines the letters of escapes. `None` if an unusual one settles the result of the scan.
    #[inline(always)]
    fn check_letters(&mut self, block: &[u8; 64], escaped: u64) -> Option<()> {
        let mut letters = escaped;
        while letters != 0 {
            let letter = *block.get(letters.trailing_zeros() as usize)?;
            if !is_usual(letter) {
                self.has_usual_escapes = false;
                (self.find_end && letter != b'\n').then_some(())?;
            }
            letters &= letters - 1;
        }
        Some(())
    }
}

/// Returns a mask of the bytes after a backslash that begins an escape, and carries `in_escape` from block to block.
///
/// In a run of backslashes every second one begins an escape. A subtraction carries through a run, and the bit at which
/// the carry stops shows whether the run's length is odd (the method of simdjson).
///
/// ```text
/// text      a \ \ \ n b
/// escaped   0 0 1 0 1 0
/// ```
fn escaped_mask(backslashes: u64, in_escape: &mut bool) -> u64 {
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let before = u64::from(*in_escape);
    let begins = backslashes & !before;
    let series = ((begins << 1) | ODD).wrapping_sub(begins) ^ ODD;
    *in_escape = series & backslashes & (1 << 63) != 0;
    series ^ (backslashes | before)
}

fn is_usual(letter: u8) -> bool {
    matches!(letter, b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f')
}

/// The characters of the escapes of one letter, by letter. `\/` is not among them, because JSON does not have to escape
/// a slash: both spellings are in use.
static USUAL: [Option<u8>; 128] = {
    let mut usual = [None; 128];
    let letters = *b"\"\"\\\\n\nr\rt\tb\x08f\x0C";
    let mut rest = letters.as_slice();
    while let [letter, character, after @ ..] = rest {
        set(&mut usual, *letter, *character);
        rest = after;
    }
    usual
};

const fn set(usual: &mut [Option<u8>; 128], letter: u8, character: u8) {
    let (_, from) = usual.split_at_mut(letter as usize);
    if let [slot, ..] = from {
        *slot = Some(character);
    }
}

/// Appends the character of the escape at the beginning of `text`, and returns the text after the escape.
fn push_escape<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let [_, kind, rest @ ..] = text else {
        plain.extend_from_slice(text);
        return &[];
    };
    let byte = match kind {
        b'"' | b'\\' | b'/' => *kind,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'u' => match parse_unit(rest) {
            Some((unit, rest)) => return push_unit(unit, rest, plain),
            None => {
                plain.extend_from_slice(b"\\u");
                return rest;
            }
        },
        _ => {
            plain.extend_from_slice(&[b'\\', *kind]);
            return rest;
        }
    };
    plain.push(byte);
    rest
}

/// Appends the character of a UTF-16 unit, joined with the next escape if the two are a surrogate pair.
fn push_unit<'a>(unit: u16, rest: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let mut buffer = [0; 4];
    if let Some(char) = char::from_u32(u32::from(unit)) {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return rest;
    }
    let low = rest.strip_prefix(b"\\u").and_then(parse_unit);
    if let Some((low, after)) = low
        && let Some(Ok(char)) = char::decode_utf16([unit, low]).next()
    {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return after;
    }
    plain.extend_from_slice(&encode_surrogate(unit));
    rest
}

/// Parses four hexadecimal digits.
fn parse_unit(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = text.split_at_checked(4)?;
    let value = digits.iter().try_fold(0, |value: u16, digit| {
        Some(value << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?)
    })?;
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_lone_surrogates_survive() {
        for (escaped, plain) in [
            (r#"a\r\n\t\"\\\/b"#, &b"a\r\n\t\"\\/b"[..]),
            (r"\u0041\u00e4\u20AC", "Aä€".as_bytes()),
            (r"\ud83d\ude00", "😀".as_bytes()),
            (r"x\ud83d", b"x\xED\xA0\xBD"),
            (r"\ude00x", b"\xED\xB8\x80x"),
            (r"\ud83d\u0041", b"\xED\xA0\xBDA"),
            (r"\ud83d\ud83d\ude00", b"\xED\xA0\xBD\xF0\x9F\x98\x80"),
            (r"\q\u12", br"\q\u12"),
            (r"\", br"\"),
            (r"\u+123", br"\u+123"),
            ("", b""),
            (r"longer than a block: \\\\\u00e4 \n", "longer than a block: \\\\ä \n".as_bytes()),
        ] {
            assert_eq!(unescape(escaped.as_bytes()).as_ref(), plain, "{escaped}");
        }
    }

    #[test]
    fn a_string_ends_at_the_first_unescaped_quotation_mark() {
        for (text, end) in [
            (r#"a" b"#, Some(1)),
            (r#"a\" b" c"#, Some(5)),
            (r#"a\\" b"#, Some(3)),
            (r#"a\\\" b" c"#, Some(7)),
            (r#"a\""#, None),
            ("", None),
        ] {
            assert_eq!(find_string_end(text.as_bytes(), false), end, "{text}");
            let long = format!("{}{text}", "x".repeat(62));
            assert_eq!(find_string_end(long.as_bytes(), false), end.map(|end| end + 62), "{text}");
        }
        assert_eq!(find_string_end(b"a\nb\"", true), Some(1));
        assert_eq!(string(b"a\nb\""), None);
        assert_eq!(string(br#"a\nb""#), Some((4, Some(3))));
        assert_eq!(string(br#"a\u000ab""#), Some((8, None)));
    }
}
