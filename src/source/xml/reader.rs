//! Reads the values of event XML.

use super::names::{local, name_len};
use super::tag::{XmlTag, attribute, tag};
use super::{clixml, flat};
use crate::limits;
use crate::source::field_names::{self, FieldKey};
use crate::source::problems::{LESS_NESTING, Malformed};
use crate::source::record::TextRecord;
use crate::source::value::{FieldValue, ValueSpan};
use crate::source::value_form::ValueForm;
use memchr::memchr;
use std::borrow::Cow;

/// Reads the values of an `<Event>` into a record.
///
/// # Errors
///
/// Returns the first syntax error.
pub(crate) fn read<'a>(text: &'a [u8], record: &mut TextRecord<'a>) -> Result<(), Malformed> {
    match element(text) {
        clixml::NAME => return clixml::read(text, record),
        name if flat::is_record(name) => return flat::read(text, record),
        _ => {}
    }
    record.is_event_by_form = true;
    walk(text, record, false).map(|_| ())
}

/// Returns the local name of the element that begins here.
fn element(text: &[u8]) -> &[u8] {
    let name = text.get(1..).unwrap_or_default();
    local(name.get(..name_len(name)).unwrap_or_default())
}

/// Reads an event whose end is not known, and returns its length. Returns `None` if the event has to be framed,
/// because it is incomplete or is not an event.
pub(crate) fn read_unframed<'a>(text: &'a [u8], record: &mut TextRecord<'a>) -> Option<usize> {
    if element(text) != b"Event" {
        return None;
    }
    record.is_event_by_form = true;
    walk(text, record, false).ok()
}

/// Reads event data without an event around it, as Azure stores it, into a record.
///
/// # Errors
///
/// Returns the first syntax error.
pub(crate) fn read_data<'a>(text: &'a [u8], record: &mut TextRecord<'a>) -> Result<(), Malformed> {
    walk(text, record, true).map(|_| ())
}

/// An open element.
pub(super) struct OpenElement<'a> {
    name: &'a [u8],
    /// Name given by an attribute: `<Data Name='Path'>`.
    own_name: Option<&'a [u8]>,
    /// Position of the content.
    content: usize,
    /// Whether elements were inside. Such an element has no value of its own.
    inner: bool,
    section: EventSection,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EventSection {
    Outside,
    System,
    Data,
    Rendering,
}

/// Reads elements to the end of the outermost one and returns its end.
fn walk<'a>(
    text: &'a [u8],
    record: &mut TextRecord<'a>,
    data_only: bool,
) -> Result<usize, Malformed> {
    let mut open: Vec<OpenElement<'a>> = Vec::with_capacity(8);
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
            return Err(Malformed { at: tag.begin, expected: LESS_NESTING });
        }
        if is_another_event(&open, &tag) {
            return Err(Malformed {
                at: tag.begin,
                expected: "the end of the event before the next",
            });
        }
        let section = match open.last_mut() {
            None if data_only => EventSection::Data,
            None => EventSection::Outside,
            Some(parent) => {
                parent.inner = true;
                match (parent.section, local(tag.name)) {
                    (EventSection::Outside, b"System") => EventSection::System,
                    (EventSection::Outside, b"EventData" | b"UserData") => EventSection::Data,
                    (EventSection::Outside, b"RenderingInfo") => EventSection::Rendering,
                    (section, _) => section,
                }
            }
        };
        let own_name = attributes(record, &tag, section, open.len());
        let element =
            OpenElement { name: tag.name, own_name, content: tag.end, inner: false, section };
        if tag.empty {
            // The value of an empty element has no range in the text.
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

/// Whether an event inside an event is the next one, rather than a provider's own element. The framer decides in the
/// same way.
fn is_another_event(open: &[OpenElement<'_>], tag: &XmlTag<'_>) -> bool {
    open.first().is_some_and(|event| event.name == tag.name && local(tag.name) == b"Event")
        && !open.iter().any(|element| element.name.starts_with(b"UserData"))
}

/// Reads attributes: values in the elements of System, names of elements elsewhere.
fn attributes<'a>(
    record: &mut TextRecord<'a>,
    tag: &XmlTag<'a>,
    section: EventSection,
    depth: usize,
) -> Option<&'a [u8]> {
    let element = local(tag.name);
    let mut own_name = None;
    let mut rest = tag.attributes;
    while let Some((name, value, after)) = attribute(rest) {
        rest = after;
        match section {
            EventSection::System if depth > 1 => {
                let known = system_attribute(element, name);
                let end = tag.attributes_at + tag.attributes.len() - after.len() - 1;
                let quote = tag.attributes.get(end - tag.attributes_at).copied().unwrap_or(b'"');
                let form = ValueForm::Attribute(quote);
                record.add_span(ValueSpan { begin: end - value.len(), end, form, known });
                match known {
                    Some((key, rank)) => record.put(key, rank, FieldValue::Xml(value)),
                    None => record.put_other(Cow::Borrowed(name), FieldValue::Xml(value)),
                }
            }
            EventSection::Data if name == b"Name" => own_name = Some(value),
            _ => {}
        }
    }
    own_name
}

fn system_attribute(element: &[u8], name: &[u8]) -> Option<(FieldKey, u8)> {
    Some(match (element, name) {
        (b"Provider", b"Name") => (FieldKey::Provider, 9),
        (b"Provider", b"Guid") => (FieldKey::Guid, 9),
        (b"TimeCreated", b"SystemTime") => (FieldKey::Time, 9),
        (b"Execution", b"ProcessID") => (FieldKey::Process, 9),
        (b"Execution", b"ThreadID") => (FieldKey::Thread, 9),
        (b"Correlation", b"ActivityID") => (FieldKey::Activity, 9),
        (b"Security", b"UserID") => (FieldKey::User, 9),
        _ => return None,
    })
}

/// Stores a value under the key that its section and name give it.
fn put<'a>(
    record: &mut TextRecord<'a>,
    around: &[OpenElement<'a>],
    element: &OpenElement<'a>,
    content: &'a [u8],
) {
    let value = FieldValue::Xml(content);
    let name = local(element.name);
    let (begin, end) = (element.content, element.content + content.len());
    let mut note = |form, known| record.add_span(ValueSpan { begin, end, form, known });
    match element.section {
        EventSection::System => {
            let known = field_names::event_key(name);
            note(ValueForm::Filled, known);
            match known {
                _ if content.is_empty() => {}
                Some((key, rank)) => record.put(key, rank, value),
                None => record.put_other(Cow::Borrowed(name), value),
            }
        }
        EventSection::Data => {
            // An unnamed `<Data>` is stored too, but an empty section is not a value.
            let name = element.own_name.unwrap_or(name);
            let known = field_names::script_key(name);
            note(ValueForm::Content, known.map(|key| (key, 9)));
            match known {
                Some(key) => record.put(key, 9, value),
                None if around.len() < 2 && content.is_empty() => {}
                None => record.put_other(FieldValue::Xml(name).into_name(), value),
            }
        }
        EventSection::Rendering => {
            let known = match name {
                b"Message" => Some((FieldKey::Message, 9)),
                b"Level" => Some((FieldKey::Level, 2)),
                _ => None,
            };
            note(ValueForm::Content, known);
            if let Some((key, rank)) = known {
                record.put(key, rank, value);
            }
        }
        // NXLog writes the values themselves into the event.
        EventSection::Outside if around.len() == 1 => {
            let known = field_names::event_key(name);
            note(ValueForm::Filled, known);
            match known {
                _ if content.is_empty() => {}
                Some(known) => record.put_known(Cow::Borrowed(name), known, value),
                None => record.put_other(Cow::Borrowed(name), value),
            }
        }
        EventSection::Outside => {}
    }
}

impl<'a> FieldValue<'a> {
    /// Converts the text to the name of a value.
    fn into_name(self) -> Cow<'a, [u8]> {
        match self {
            Self::Xml(name) if memchr(b'&', name).is_none() => Cow::Borrowed(name),
            other => Cow::Owned(other.text().into_owned()),
        }
    }
}
