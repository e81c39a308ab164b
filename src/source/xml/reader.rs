//! What event XML says.

use super::clixml;
use super::names::{local, name_len};
use super::tag::{Tag, attribute, tag};
use crate::limits;
use crate::source::field_names::{self, Key};
use crate::source::problems::Malformed;
use crate::source::record::Record;
use crate::source::value::{Value, ValueSpan};
use crate::source::value_form::Form;
use memchr::memchr;
use std::borrow::Cow;

/// Puts the values of an `<Event>` into a record.
pub(in crate::source) fn read<'a>(
    text: &'a [u8],
    record: &mut Record<'a>,
) -> Result<(), Malformed> {
    if element(text) == clixml::NAME {
        return clixml::read(text, record);
    }
    record.surely_event = true;
    walk(text, record, false).map(|_| ())
}

/// The local name of the element that begins here.
fn element(text: &[u8]) -> &[u8] {
    let name = text.get(1..).unwrap_or_default();
    local(name.get(..name_len(name)).unwrap_or_default())
}

/// The same for an event whose end is not known: the number of bytes that it takes. `None` where the framer
/// has to be asked, because it is not all here, or is no event.
pub(in crate::source) fn read_unframed<'a>(
    text: &'a [u8],
    record: &mut Record<'a>,
) -> Option<usize> {
    if element(text) != b"Event" {
        return None;
    }
    record.surely_event = true;
    walk(text, record, false).ok()
}

/// Puts the values of event data that stand alone, as Azure keeps them, into a record.
pub(in crate::source) fn read_data<'a>(
    text: &'a [u8],
    record: &mut Record<'a>,
) -> Result<(), Malformed> {
    walk(text, record, true).map(|_| ())
}

/// An element that is open.
pub(super) struct Open<'a> {
    name: &'a [u8],
    /// The name that an attribute gives it: `<Data Name='Path'>`.
    own_name: Option<&'a [u8]>,
    /// Where its content begins.
    content: usize,
    /// Elements were inside: it has no value of its own.
    inner: bool,
    section: Section,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Outside,
    System,
    Data,
    Rendering,
}

/// Gives where the last element ends.
fn walk<'a>(text: &'a [u8], record: &mut Record<'a>, data_only: bool) -> Result<usize, Malformed> {
    let mut open: Vec<Open<'a>> = Vec::with_capacity(8);
    let mut at = 0;
    while let Some(tag) = tag(text, at, open.last().map(|element| element.name))? {
        at = tag.end;
        if tag.closing {
            let Some(element) = open.pop().filter(|element| element.name == tag.name) else {
                return Err(Malformed {
                    at: tag.begin,
                    expected: "the end tag of the innermost element",
                });
            };
            if !element.inner {
                let content = text.get(element.content..tag.begin).unwrap_or_default();
                put(record, &open, &element, content);
            }
            if open.is_empty() && !data_only {
                return Ok(tag.end);
            }
            continue;
        }
        if open.len() >= limits::NESTING {
            return Err(Malformed { at: tag.begin, expected: "less nesting" });
        }
        if is_another_event(&open, &tag) {
            return Err(Malformed {
                at: tag.begin,
                expected: "the end of the event before the next",
            });
        }
        let section = match open.last_mut() {
            None if data_only => Section::Data,
            None => Section::Outside,
            Some(parent) => {
                parent.inner = true;
                match (parent.section, local(tag.name)) {
                    (Section::Outside, b"System") => Section::System,
                    (Section::Outside, b"EventData" | b"UserData") => Section::Data,
                    (Section::Outside, b"RenderingInfo") => Section::Rendering,
                    (section, _) => section,
                }
            }
        };
        let own_name = attributes(record, &tag, section, open.len());
        let element = Open { name: tag.name, own_name, content: tag.end, inner: false, section };
        if tag.empty {
            // Its value stands in no place of its own.
            let spans = record.spans.take();
            put(record, &open, &element, b"");
            record.spans = spans;
            if open.is_empty() && !data_only {
                return Ok(tag.end);
            }
        } else {
            open.push(element);
        }
    }
    if open.is_empty() { Ok(at) } else { Err(Malformed { at: text.len(), expected: "end tags" }) }
}

/// An event within an event is the next one, unless it is a provider's own element: as the framer sees it.
fn is_another_event(open: &[Open<'_>], tag: &Tag<'_>) -> bool {
    open.first().is_some_and(|event| event.name == tag.name && local(tag.name) == b"Event")
        && !open.iter().any(|element| element.name.starts_with(b"UserData"))
}

/// The attributes of System's elements are values; elsewhere one may name the element.
fn attributes<'a>(
    record: &mut Record<'a>,
    tag: &Tag<'a>,
    section: Section,
    depth: usize,
) -> Option<&'a [u8]> {
    let element = local(tag.name);
    let mut own_name = None;
    let mut rest = tag.attributes;
    while let Some((name, value, after)) = attribute(rest) {
        rest = after;
        match section {
            Section::System if depth > 1 => {
                let known = system_attribute(element, name);
                let end = tag.attributes_at + tag.attributes.len() - after.len() - 1;
                let quote = tag.attributes.get(end - tag.attributes_at).copied().unwrap_or(b'"');
                let form = Form::Attribute(quote);
                record.note(ValueSpan { begin: end - value.len(), end, form, known });
                match known {
                    Some((key, rank)) => record.put(key, rank, Value::Xml(value)),
                    None => record.put_named(Cow::Borrowed(name), Value::Xml(value)),
                }
            }
            Section::Data if name == b"Name" => own_name = Some(value),
            _ => {}
        }
    }
    own_name
}

fn system_attribute(element: &[u8], name: &[u8]) -> Option<(Key, u8)> {
    Some(match (element, name) {
        (b"Provider", b"Name") => (Key::Provider, 9),
        (b"Provider", b"Guid") => (Key::Guid, 9),
        (b"TimeCreated", b"SystemTime") => (Key::Time, 9),
        (b"Execution", b"ProcessID") => (Key::Process, 9),
        (b"Execution", b"ThreadID") => (Key::Thread, 9),
        (b"Correlation", b"ActivityID") => (Key::Activity, 9),
        (b"Security", b"UserID") => (Key::User, 9),
        _ => return None,
    })
}

/// A value, by the section that it stands in.
fn put<'a>(record: &mut Record<'a>, around: &[Open<'a>], element: &Open<'a>, content: &'a [u8]) {
    let value = Value::Xml(content);
    let name = local(element.name);
    let (begin, end) = (element.content, element.content + content.len());
    let mut note = |form, known| record.note(ValueSpan { begin, end, form, known });
    match element.section {
        Section::System => {
            let known = field_names::system(name);
            note(Form::Filled, known);
            match known {
                _ if content.is_empty() => {}
                Some((key, rank)) => record.put(key, rank, value),
                None => record.put_named(Cow::Borrowed(name), value),
            }
        }
        Section::Data => {
            // An unnamed `<Data>` is kept too; an empty section is no value.
            let name = element.own_name.unwrap_or(name);
            let known = field_names::data(name);
            note(Form::Content, known.map(|key| (key, 9)));
            match known {
                Some(key) => record.put(key, 9, value),
                None if around.len() < 2 && content.is_empty() => {}
                None => record.put_named(Value::Xml(name).into_name(), value),
            }
        }
        Section::Rendering => {
            let known = match name {
                b"Message" => Some((Key::Message, 9)),
                b"Level" => Some((Key::Level, 2)),
                _ => None,
            };
            note(Form::Content, known);
            if let Some((key, rank)) = known {
                record.put(key, rank, value);
            }
        }
        Section::Outside => {}
    }
}

impl<'a> Value<'a> {
    /// The text as the name of a value.
    fn into_name(self) -> Cow<'a, [u8]> {
        match self {
            Self::Xml(name) if memchr(b'&', name).is_none() => Cow::Borrowed(name),
            other => Cow::Owned(other.text().into_owned()),
        }
    }
}
