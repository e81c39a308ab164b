//! The output of `Get-WinEvent | Export-Clixml`: an `<Obj>` per event. The attribute `N` names each property, but not
//! the event's own values ([`field_names::unnamed_key`]).

use super::tag::{attribute, tag};
use crate::limits;
use crate::source::field_names;
use crate::source::problems::{LESS_NESTING, Malformed};
use crate::source::record::TextRecord;
use crate::source::value::FieldValue;
use crate::text::{json, xml};
use std::borrow::Cow;

/// Name of the element of an object.
pub(super) const NAME: &[u8] = b"Obj";

/// Maximum length of a list before its first object: the names of its types.
pub(super) const LIST_START_BYTES: usize = 1 << 10;

/// Returns the beginning of the objects of a list, if the object is a list: type names and then the list, before any
/// property.
pub(super) fn list(text: &[u8]) -> Option<usize> {
    let list: &[u8] = b"<LST>";
    let end = memchr::memmem::find(text, list)? + list.len();
    let before = text.get(NAME.len()..end)?;
    let others: [&[u8]; 4] = [b"<Obj", b"<Props", b"<MS", b" N="];
    others.iter().all(|other| memchr::memmem::find(before, other).is_none()).then_some(end)
}

/// An open element.
struct OpenProperty<'a> {
    element: &'a [u8],
    /// Name of the property whose value the element is.
    name: Option<&'a [u8]>,
    /// Position of the content, if no element was inside.
    content: Option<usize>,
}

/// Reads the properties of an object into a record.
///
/// # Errors
///
/// Returns the first syntax error.
pub(super) fn read(text: &[u8], record: &mut TextRecord<'_>) -> Result<(), Malformed> {
    let mut open: Vec<OpenProperty<'_>> = Vec::with_capacity(8);
    let mut at = 0;
    let mut unnamed = 0;
    while let Some(tag) = tag(text, at, None)? {
        at = tag.end;
        if tag.closing {
            let element = open.pop().filter(|element| element.element == tag.name);
            let Some(element) = element else {
                let expected = "the end tag of the innermost element";
                return Err(Malformed { at: tag.begin, expected });
            };
            if let Some(content) = element.content {
                let content = text.get(content..tag.begin).unwrap_or_default();
                put(record, &open, element.name, content, &mut unnamed);
            }
        } else {
            if open.len() >= limits::NESTING {
                return Err(Malformed { at: tag.begin, expected: LESS_NESTING });
            }
            if let Some(parent) = open.last_mut() {
                parent.content = None;
            }
            let name = name(tag.attributes);
            if tag.empty {
                put(record, &open, name, b"", &mut unnamed);
            } else {
                open.push(OpenProperty { element: tag.name, name, content: Some(tag.end) });
            }
        }
        if open.is_empty() {
            return Ok(());
        }
    }
    Err(Malformed { at: text.len(), expected: "end tags" })
}

/// Returns the value of the attribute `N`.
fn name(attributes: &[u8]) -> Option<&[u8]> {
    let mut rest = attributes;
    while let Some((name, value, after)) = attribute(rest) {
        if name == b"N" {
            return Some(value);
        }
        rest = after;
    }
    None
}

fn put(
    record: &mut TextRecord<'_>,
    around: &[OpenProperty<'_>],
    name: Option<&[u8]>,
    content: &[u8],
    unnamed: &mut usize,
) {
    let Some(name) = name else { return };
    let names = around.iter().filter_map(|element| element.name).chain([name]);
    let name = names.collect::<Vec<_>>().join(&b'.');
    if name == b"Properties.Value" {
        if let Some(key) = field_names::unnamed_key(*unnamed) {
            record.put(key, field_names::UNNAMED_RANK, value(content));
        }
        *unnamed += 1;
    } else if !content.is_empty() {
        match field_names::event_key(&name) {
            Some(known) => record.put_known(Cow::Owned(name), known, value(content)),
            None => record.put_other(Cow::Owned(name), value(content)),
        }
    }
}

/// Unescapes a value. Characters that XML might change, and halves of surrogate pairs, are written as `_x000A_`.
fn value(content: &[u8]) -> FieldValue<'static> {
    let text = xml::unescape(content);
    let mut escaped = Vec::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'\\', _) => escaped.extend_from_slice(b"\\\\"),
            (b'_', [b'x', a, b, c, d, b'_', after @ ..])
                if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) =>
            {
                escaped.extend_from_slice(&[b'\\', b'u', *a, *b, *c, *d]);
                rest = after;
            }
            _ => escaped.push(*byte),
        }
    }
    FieldValue::Plain(Cow::Owned(json::unescape(&escaped).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_escapes_are_unescaped() {
        for (content, expected) in [
            ("a_x000D__x000A_b", "a\r\nb"),
            ("_xD83D__xDE00_", "😀"),
            ("_x005F_x000A_", "_x000A_"),
            ("C:\\u0041 &lt;\"_x00G0_", "C:\\u0041 <\"_x00G0_"),
        ] {
            assert_eq!(value(content.as_bytes()).string(), expected);
        }
        assert_eq!(&*value(b"a_xD83D_b").text(), b"a\xED\xA0\xBDb");
    }
}
