//! XML's references, CDATA sections and comments.

use super::unescape::{decode, next_block};
use super::wtf8::encode_surrogate;
use crate::simd::BlockMasks;
use crate::simd::xml::AsciiContent;
use memchr::{memchr, memchr2};
use std::borrow::Cow;

/// Begins a CDATA section.
pub(crate) const CDATA: &[u8] = b"<![CDATA[";

/// Returns the text of an element's content, or of an attribute's value, in WTF-8: references resolved, CDATA sections
/// opened, comments removed. Unknown references are kept as they are.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr2(b'&', b'<', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::new();
    unescape_into(text, &mut plain);
    Cow::Owned(plain)
}

/// Appends the text of an element's content in WTF-8.
pub(super) fn unescape_into(text: &[u8], plain: &mut Vec<u8>) {
    decode(text, *b"&<", plain, usual, push_markup);
}

/// Returns the character and the length of a usual reference at the beginning of `text`: of those that [`units`] counts.
pub(super) fn usual(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'&', b'l', b't', b';', ..] => Some((b'<', 4)),
        [b'&', b'g', b't', b';', ..] => Some((b'>', 4)),
        [b'&', b'a', b'm', b'p', b';', ..] => Some((b'&', 5)),
        [b'&', b'#', b'x' | b'X', b'D' | b'd', b';', ..] => Some((b'\r', 5)),
        [b'&', b'#', b'1', b'3', b';', ..] => Some((b'\r', 5)),
        [b'&', b'#', b'x' | b'X', b'A' | b'a', b';', ..] => Some((b'\n', 5)),
        [b'&', b'#', b'1', b'0', b';', ..] => Some((b'\n', 5)),
        [b'&', b'#', b'x' | b'X', b'9', b';', ..] => Some((b'\t', 5)),
        [b'&', b'#', b'9', b';', ..] => Some((b'\t', 4)),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => Some((b'"', 6)),
        [b'&', b'a', b'p', b'o', b's', b';', ..] => Some((b'\'', 6)),
        _ => None,
    }
}

/// Returns the length in UTF-16 units; `None` if the text has references other than those to the characters that must
/// be escaped, or markup.
pub(super) fn units(text: &[u8]) -> Option<usize> {
    let (end, units) = scan(text);
    units.filter(|_| end == text.len())
}

/// Finds the next tag: its offset, and the content's length in UTF-16 units as [`units`] returns it. `None` if there is
/// no tag.
pub(super) fn content(text: &[u8]) -> Option<(usize, Option<usize>)> {
    let (end, units) = scan(text);
    (end < text.len()).then_some((end, units))
}

/// Scans up to the next tag or the end of the text.
fn scan(text: &[u8]) -> (usize, Option<usize>) {
    let mut content = ContentScan { text, at: 0, units: 0, has_usual_references: true };
    let ascii = AsciiContent::new();
    let mut last = [0; 64];
    loop {
        while let Some(block) = text.get(content.at..).and_then(<[u8]>::first_chunk)
            && let Some(references) = ascii.references(block)
        {
            content.units += 64;
            content.take_references(references);
            content.at += 64;
        }
        let rest = text.get(content.at..).unwrap_or_default();
        let (block, length) = next_block(rest, &mut last);
        if content.take(block, length) < 64 {
            return (content.at, content.has_usual_references.then_some(content.units));
        }
    }
}

/// The state of a scan through an element's content.
struct ContentScan<'a> {
    text: &'a [u8],
    at: usize,
    units: usize,
    /// All references so far are to characters that must be escaped.
    has_usual_references: bool,
}

impl ContentScan<'_> {
    /// Takes the bytes of a block up to a tag. Returns their number.
    #[inline(always)]
    fn take(&mut self, block: &[u8; 64], length: usize) -> usize {
        let masks = BlockMasks::new(block, b'&', [b'<'; 2]);
        let end = (masks.stops.trailing_zeros() as usize).min(length);
        let part = 1_u64.checked_shl(end as u32).unwrap_or(0).wrapping_sub(1);
        self.units += masks.utf16_units(part);
        self.take_references(masks.escapes & part);
        self.at += end;
        end
    }

    /// Subtracts the bytes of references beyond the one unit of their character.
    #[inline(always)]
    fn take_references(&mut self, mut references: u64) {
        while references != 0 {
            let after = self.at + references.trailing_zeros() as usize + 1;
            match self.text.get(after..).and_then(length_after_ampersand) {
                Some(length) => self.units = self.units.wrapping_sub(length),
                None => self.has_usual_references = false,
            }
            references &= references - 1;
        }
    }
}

/// Returns the number of bytes of a reference after its ampersand, if it is to a character that must be escaped.
fn length_after_ampersand(text: &[u8]) -> Option<usize> {
    Some(match text {
        [b'l' | b'g', b't', b';', ..] => 3,
        [b'#', b'9', b';', ..] => 3,
        [b'a', b'm', b'p', b';', ..] => 4,
        [b'#', b'x' | b'X', b'D' | b'd' | b'A' | b'a' | b'9', b';', ..] => 4,
        [b'#', b'1', b'3' | b'0', b';', ..] => 4,
        [b'q', b'u', b'o', b't', b';', ..] | [b'a', b'p', b'o', b's', b';', ..] => 5,
        _ => return None,
    })
}

/// Returns the first reference that XML does not define, with its ampersand and semicolon.
pub(crate) fn unknown_entity(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    while let Some(at) = memchr2(b'&', b'<', rest) {
        rest = rest.get(at..)?;
        if rest.first() == Some(&b'<') {
            rest = push_section(rest, &mut Vec::new());
            continue;
        }
        match entity(rest) {
            Some((_, after)) => rest = after,
            None => {
                let end = memchr(b';', rest.get(..32).unwrap_or(rest)).map_or(1, |end| end + 1);
                return rest.get(..end);
            }
        }
    }
    None
}

/// Appends the text of the reference, section or comment at the beginning of `text`, and returns the text after it.
fn push_markup<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    if text.starts_with(b"&") { push_reference(text, plain) } else { push_section(text, plain) }
}

fn push_reference<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let Some((point, rest)) = entity(text) else {
        plain.push(b'&');
        return text.get(1..).unwrap_or_default();
    };
    let mut buffer = [0; 4];
    if let Some(char) = char::from_u32(point) {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return rest;
    }
    let unit = |point: u32| u16::try_from(point).unwrap_or(0xFFFD);
    if let Some((low, after)) = entity(rest)
        && let Some(Ok(char)) = char::decode_utf16([unit(point), unit(low)]).next()
    {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return after;
    }
    plain.extend_from_slice(&encode_surrogate(unit(point)));
    rest
}

/// Parses the reference at the beginning of `text`. Returns its code point, which may be a surrogate, and the text after
/// it.
fn entity(text: &[u8]) -> Option<(u32, &[u8])> {
    for (name, char) in
        [(&b"&lt;"[..], '<'), (b"&gt;", '>'), (b"&amp;", '&'), (b"&quot;", '"'), (b"&apos;", '\'')]
    {
        if let Some(rest) = text.strip_prefix(name) {
            return Some((u32::from(char), rest));
        }
    }
    let digits = text.strip_prefix(b"&#")?;
    let (radix, digits) = match digits {
        [b'x' | b'X', hex @ ..] => (16, hex),
        decimal => (10, decimal),
    };
    let end = memchr(b';', digits.get(..10).unwrap_or(digits))?;
    let (number, rest) = digits.split_at_checked(end)?;
    let point = number.iter().try_fold(0_u32, |point, digit| {
        point.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)
    })?;
    (!number.is_empty() && point <= 0x10_FFFF).then(|| (point, rest.get(1..).unwrap_or_default()))
}

/// Appends the content of a CDATA section, skips a comment or a processing instruction, and takes any other `<` as text.
fn push_section<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    if let Some(inner) = text.strip_prefix(CDATA) {
        let end = memchr::memmem::find(inner, b"]]>").unwrap_or(inner.len());
        plain.extend_from_slice(inner.get(..end).unwrap_or_default());
        return inner.get(end + 3..).unwrap_or_default();
    }
    for (open, close) in [(&b"<!--"[..], &b"-->"[..]), (b"<?", b"?>")] {
        if let Some(inner) = text.strip_prefix(open) {
            let end = memchr::memmem::find(inner, close).unwrap_or(inner.len());
            return inner.get(end + close.len()..).unwrap_or_default();
        }
    }
    plain.push(b'<');
    text.get(1..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_sections_and_comments_are_decoded() {
        for (escaped, plain) in [
            ("a &lt;b&gt; &amp;amp; &quot;&apos;", &b"a <b> &amp; \"'"[..]),
            ("&#65;&#x42;&#13;&#xd;\r\n\r", b"AB\r\r\r\n\r"),
            ("&#xD83D;&#xDE00;", "😀".as_bytes()),
            ("x&#xD83D;", b"x\xED\xA0\xBD"),
            ("&#55357;y", b"\xED\xA0\xBDy"),
            ("a<![CDATA[<&lt;]]>b<!-- & -->c", b"a<&lt;bc"),
            ("&nbsp; & && &#x110000; &#; &#x;", b"&nbsp; & && &#x110000; &#; &#x;"),
            ("", b""),
        ] {
            assert_eq!(unescape(escaped.as_bytes()).as_ref(), plain, "{escaped}");
        }
    }

    #[test]
    fn finds_an_unknown_entity() {
        assert_eq!(unknown_entity(b"&lt;&#13;<![CDATA[&x;]]>&nbsp;"), Some(&b"&nbsp;"[..]));
        assert_eq!(unknown_entity(b"a & b"), Some(&b"&"[..]));
        assert_eq!(unknown_entity(b"&amp;x;"), None);
    }

    #[test]
    fn content_ends_at_the_next_tag() {
        assert_eq!(content(b"a&lt;b</Data>"), Some((6, Some(3))));
        assert_eq!(content(b"a&#65;b</Data>"), Some((7, None)));
        assert_eq!(content(b"no tag"), None);
        let long = format!("{}&amp;</Data>", "x".repeat(70));
        assert_eq!(content(long.as_bytes()), Some((75, Some(71))));
    }
}
