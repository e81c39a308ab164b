//! JSON's escapes.

use super::{decode, encode_surrogate, lanes, next_block};
use std::borrow::Cow;

/// What stands between quotation marks, in WTF-8. An escape that JSON does not know stays as it stands.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::new();
    unescape_into(text, &mut plain);
    Cow::Owned(plain)
}

/// Appends the same.
pub(super) fn unescape_into(text: &[u8], plain: &mut Vec<u8>) {
    decode(text, [b'\\'; 2], plain, usual, escape);
}

/// What the usual escape stands for that a text begins with, and its length.
pub(super) fn usual(text: &[u8]) -> Option<(u8, usize)> {
    Some((USUAL.get(usize::from(*text.get(1)?)).copied().flatten()?, 2))
}

/// Length of the text in UTF-16 units; `None` where it has other escapes than those of one letter.
pub(super) fn units(text: &[u8]) -> Option<usize> {
    let (_, string) = scan(text, false)?;
    (string.usual && !string.open).then_some(string.units)
}

/// Where the first quotation mark stands that no escape is of. A line end counts as one wherever it stands, where that
/// is asked for.
pub(crate) fn find_string_end(text: &[u8], line_ends: bool) -> Option<usize> {
    let mut open = false;
    let mut last = [0; 64];
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let (block, length) = next_block(rest, &mut last);
        let backslashes = lanes::places(block, b'\\');
        let mut ends = lanes::places(block, b'"');
        if backslashes != 0 || open {
            ends &= !escaped(backslashes, &mut open);
        }
        if line_ends {
            ends |= lanes::places(block, b'\n');
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

/// Where a string ends that begins here, and its length in UTF-16 units as [`units`] gives it. `None` where its
/// end is not here, or a line end comes before it.
pub(super) fn string(text: &[u8]) -> Option<(usize, Option<usize>)> {
    let (end, string) = scan(text, true)?;
    (text.get(end) == Some(&b'"')).then_some((end, string.usual.then_some(string.units)))
}

/// Looks through the text, as far as the string's end if that is looked for.
fn scan(text: &[u8], ends: bool) -> Option<(usize, String)> {
    let mut string = String { units: 0, open: false, usual: true, ends };
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

/// What is known of a string so far.
struct String {
    units: usize,
    /// The last byte was a backslash that began an escape.
    open: bool,
    /// It has escapes of one letter only.
    usual: bool,
    /// Its end is looked for.
    ends: bool,
}

impl String {
    /// Takes in as many whole blocks as are simple: how many bytes these are.
    #[inline(always)]
    fn take_simple(&mut self, text: &[u8]) -> usize {
        if self.open || text.first() == Some(&b'"') {
            return 0;
        }
        let (blocks, begun) = lanes::simple_json(text);
        let taken = 64 * blocks;
        self.open = taken.checked_sub(1).and_then(|last| text.get(last)) == Some(&b'\\');
        // An escape counts where it ends.
        self.units += taken - (begun - usize::from(self.open));
        taken
    }

    /// Takes in the first bytes of a block, as far as the string's end if that is looked for: how many these are.
    /// `None` where no more needs to be known.
    #[inline(always)]
    fn take(&mut self, block: &[u8; 64], length: usize) -> Option<usize> {
        let look = lanes::look(block, b'\\', *b"\"\n");
        let mut escaped = 0;
        if look.marks != 0 || self.open {
            escaped = self::escaped(look.marks, &mut self.open);
            if length < 64 {
                self.open = escaped >> length & 1 == 1;
            }
        }
        let stops = if self.ends { look.stops & !escaped } else { 0 };
        let end = (stops.trailing_zeros() as usize).min(length);
        let part = 1_u64.checked_shl(end as u32).unwrap_or(0).wrapping_sub(1);
        escaped &= part;
        self.units = (self.units + look.units(part)).saturating_sub(escaped.count_ones() as usize);
        if escaped != 0 {
            self.check(block, escaped & !look.marks)?;
        }
        Some(end)
    }

    /// Looks at the letters of escapes.
    #[inline(always)]
    fn check(&mut self, block: &[u8; 64], escaped: u64) -> Option<()> {
        let mut letters = escaped;
        while letters != 0 {
            let letter = *block.get(letters.trailing_zeros() as usize)?;
            if !is_usual(letter) {
                self.usual = false;
                (self.ends && letter != b'\n').then_some(())?;
            }
            letters &= letters - 1;
        }
        Some(())
    }
}

/// Which bytes come after a backslash that begins an escape.
fn escaped(backslashes: u64, open: &mut bool) -> u64 {
    let before = u64::from(*open);
    // In a run of backslashes every second begins an escape. Subtracting carries through a run, and shows
    // by where it ends whether its length was odd.
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let begins = backslashes & !before;
    let series = ((begins << 1) | ODD).wrapping_sub(begins) ^ ODD;
    *open = series & backslashes & (1 << 63) != 0;
    series ^ (backslashes | before)
}

fn is_usual(escape: u8) -> bool {
    matches!(escape, b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f')
}

/// What the escapes of one letter stand for, where they are no slash.
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

/// Writes what the escape at the beginning of `text` means, and gives what follows it.
fn escape<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
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
        b'u' => match unit(rest) {
            Some((unit, rest)) => return code_unit(unit, rest, plain),
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

/// Writes a unit, with the one after it where the two are a surrogate pair.
fn code_unit<'a>(unit_value: u16, rest: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let mut buffer = [0; 4];
    if let Some(char) = char::from_u32(u32::from(unit_value)) {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return rest;
    }
    let low = rest.strip_prefix(b"\\u").and_then(unit);
    if let Some((low, after)) = low
        && let Some(Ok(char)) = char::decode_utf16([unit_value, low]).next()
    {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return after;
    }
    plain.extend_from_slice(&encode_surrogate(unit_value));
    rest
}

fn unit(text: &[u8]) -> Option<(u16, &[u8])> {
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
    fn escapes_are_undone_and_lone_surrogates_survive() {
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
}
