//! Reads tags and their attributes.

use super::names::name_len;
use crate::source::problems::Malformed;
use crate::text::xml::CDATA;
use memchr::{memchr, memmem};

/// A start or end tag.
pub(super) struct XmlTag<'a> {
    pub(super) name: &'a [u8],
    pub(super) attributes: &'a [u8],
    /// Position of the attributes.
    pub(super) attributes_at: usize,
    pub(super) closing: bool,
    pub(super) empty: bool,
    /// Positions of the tag's `<` and of the first byte after its `>`.
    pub(super) begin: usize,
    pub(super) end: usize,
}

/// Returns the first tag from `from` on. Skips comments, CDATA sections and instructions.
///
/// # Errors
///
/// Returns the first syntax error.
pub(super) fn tag<'a>(
    text: &'a [u8],
    from: usize,
    innermost: Option<&'a [u8]>,
) -> Result<Option<XmlTag<'a>>, Malformed> {
    let mut at = from;
    loop {
        let Some(found) = memchr(b'<', text.get(at..).unwrap_or_default()) else { return Ok(None) };
        at += found;
        let markup = text.get(at..).unwrap_or_default();
        if let Some(tag) = innermost.and_then(|name| end_tag(markup, at, name)) {
            return Ok(Some(tag));
        }
        let terminator: &[u8] = match markup {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b"?>",
            _ if markup.starts_with(CDATA) => b"]]>",
            _ => return one_tag(markup, at).map(Some),
        };
        let Some(end) = memmem::find(markup, terminator) else {
            return Err(Malformed { at, expected: "the end of a comment or section" });
        };
        at += end + terminator.len();
    }
}

/// Reads an end tag of this name in its shortest form, which is the usual one.
fn end_tag<'a>(markup: &[u8], begin: usize, name: &'a [u8]) -> Option<XmlTag<'a>> {
    let after = markup.strip_prefix(b"</")?.strip_prefix(name)?;
    let end = begin + name.len() + 3;
    (after.first() == Some(&b'>')).then_some(XmlTag {
        name,
        attributes: b"",
        attributes_at: end,
        closing: true,
        empty: false,
        begin,
        end,
    })
}

fn one_tag(markup: &[u8], begin: usize) -> Result<XmlTag<'_>, Malformed> {
    let malformed = Malformed { at: begin, expected: "a tag" };
    let closing = markup.get(1) == Some(&b'/');
    let name_at = if closing { 2 } else { 1 };
    let rest = markup.get(name_at..).unwrap_or_default();
    let Some((name, rest)) = rest.split_at_checked(name_len(rest)) else { return Err(malformed) };
    let Some(length) = tag_len(rest) else { return Err(malformed) };
    let inner = rest.get(..length).unwrap_or_default();
    let empty = inner.ends_with(b"/");
    if name.is_empty() || (closing && !inner.trim_ascii().is_empty()) {
        return Err(malformed);
    }
    let end = begin + name_at + name.len() + length + 1;
    Ok(XmlTag {
        name,
        attributes: inner.strip_suffix(b"/").unwrap_or(inner),
        attributes_at: begin + name_at + name.len(),
        closing,
        empty,
        begin,
        end,
    })
}

/// Returns the position of the first `>` outside quotes.
fn tag_len(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let byte = text.get(at)?;
        match byte {
            b'>' => return Some(at),
            b'"' | b'\'' => {
                let quoted = text.get(at + 1..)?;
                let length = memchr(*byte, quoted)?;
                // A value contains no tag: this is the next tag, after one that was cut off.
                if memchr(b'<', quoted.get(..length)?).is_some() {
                    return None;
                }
                at += length + 2;
            }
            b'<' => return None,
            _ => at += 1,
        }
    }
}

/// Returns the name and the raw value of the first attribute, and the text after it.
pub(super) fn attribute(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let text = text.trim_ascii_start();
    let equals = memchr(b'=', text)?;
    let name = text.get(..equals)?.trim_ascii_end();
    let rest = text.get(equals + 1..)?.trim_ascii_start();
    let (quote, rest) = rest.split_first()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let end = memchr(*quote, rest)?;
    Some((name, rest.get(..end)?, rest.get(end + 1..)?))
}
