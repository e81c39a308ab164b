//! Records of other programs in XML: an element per record, an element or a name per value.
//!
//! | program | record | value |
//! | --- | --- | --- |
//! | Splunk's results | `<result>` | `<field k='EventCode'><value><text>4104</text></value></field>`, `<field k='_raw'><v>…</v></field>` |
//! | `ConvertTo-Xml` | `<Object>` | `<Property Name="Id">4104</Property>` |
//! | Log Parser, databases | `<ROW>`, `<row>`, `<record>` | `<EventID>4104</EventID>`, `<field name="EventID">4104</field>` |
//! | FullEventLogView | `<item>` | `<event_id>4104</event_id>` |

use super::names::{local, name_len};
use super::start;
use super::tag::{attribute, tag};
use crate::limits;
use crate::source::field_names;
use crate::source::problems::{LESS_NESTING, Malformed};
use crate::source::record::TextRecord;
use crate::source::value::FieldValue;
use memchr::memchr;
use std::borrow::Cow;

/// Names of elements of records.
const RECORDS: [&[u8]; 7] = [b"result", b"Object", b"ROW", b"row", b"record", b"Record", b"item"];

/// Number of bytes in which the first element inside a record begins.
pub(super) const START_BYTES: usize = 1 << 10;

/// Whether this is the name of a record's element.
pub(super) fn is_record(name: &[u8]) -> bool {
    RECORDS.contains(&name)
}

/// Whether the element that begins here is a record, rather than one around events. `text` has its first bytes.
pub(super) fn begins(text: &[u8]) -> bool {
    let after = memchr(b'>', text).and_then(|end| text.get(end + 1..)).unwrap_or_default();
    !start::is_event(after.trim_ascii_start())
}

/// An open element.
struct OpenField<'a> {
    element: &'a [u8],
    /// Name given by an attribute.
    own_name: Option<&'a [u8]>,
    content: usize,
    /// Whether elements were inside.
    inner: bool,
}

/// Reads the values of a record.
///
/// # Errors
///
/// Returns the first syntax error.
pub(super) fn read<'a>(text: &'a [u8], record: &mut TextRecord<'a>) -> Result<(), Malformed> {
    let mut open: Vec<OpenField<'a>> = Vec::with_capacity(8);
    let mut at = 0;
    while let Some(tag) = tag(text, at, open.last().map(|field| field.element))? {
        at = tag.end;
        if tag.closing {
            let Some(field) = open.pop().filter(|field| field.element == tag.name) else {
                let expected = "the end tag of the innermost element";
                return Err(Malformed { at: tag.begin, expected });
            };
            let content = text.get(field.content..tag.begin).unwrap_or_default();
            let is_marked = open.iter().any(|field| field.element == MARKED);
            if !is_marked && (!field.inner || field.element == MARKED) {
                put(record, &open, &field, content);
            }
            if open.is_empty() {
                return Ok(());
            }
            continue;
        }
        if open.len() >= limits::NESTING {
            return Err(Malformed { at: tag.begin, expected: LESS_NESTING });
        }
        if let Some(parent) = open.last_mut() {
            parent.inner = true;
        }
        if !tag.empty {
            let own_name = own_name(tag.attributes);
            open.push(OpenField { element: tag.name, own_name, content: tag.end, inner: false });
        }
    }
    Err(Malformed { at: text.len(), expected: "end tags" })
}

/// Element of Splunk's results whose text may have words in elements of their own: those that were searched for.
const MARKED: &[u8] = b"v";

/// Returns the value of the attribute that names a value.
fn own_name(attributes: &[u8]) -> Option<&[u8]> {
    let mut rest = attributes;
    while let Some((name, value, after)) = attribute(rest) {
        if matches!(name, b"k" | b"Name" | b"name") {
            return Some(value);
        }
        rest = after;
    }
    None
}

fn put<'a>(
    record: &mut TextRecord<'a>,
    around: &[OpenField<'a>],
    field: &OpenField<'a>,
    content: &'a [u8],
) {
    let fields = || around.iter().skip(1).chain([field]);
    let mut names: Vec<&[u8]> = fields().filter_map(|field| field.own_name).collect();
    if names.is_empty() && !around.is_empty() {
        names = fields().map(|field| local(field.element)).collect();
    }
    let name = names.join(&b'.');
    if name.is_empty() || content.is_empty() {
        return;
    }
    let value = match field.inner {
        true => FieldValue::Plain(Cow::Owned(
            FieldValue::Xml(&without_tags(content)).text().into_owned(),
        )),
        false => FieldValue::Xml(content),
    };
    match field_names::event_key(&name) {
        Some(known) => record.put_known(Cow::Owned(name), known, value),
        None => record.put_other(Cow::Owned(name), value),
    }
}

/// Returns a text without the tags in it.
fn without_tags(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = text;
    while let Some(begin) = memchr(b'<', rest) {
        let (before, tag) = rest.split_at_checked(begin).unwrap_or_default();
        plain.extend_from_slice(before);
        let end = memchr(b'>', tag).map_or(tag.len(), |end| end + 1);
        rest = tag.get(end..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
    plain
}

/// Returns the name of the element that a text begins with, unless it is one that events are usually in.
pub(crate) fn foreign_element(text: &[u8]) -> Option<&[u8]> {
    let name = text.strip_prefix(b"<")?;
    let name = local(name.get(..name_len(name))?);
    let is_foreign = name.first().is_some_and(u8::is_ascii_alphabetic)
        && !matches!(name, b"Events" | b"Objs" | b"Objects");
    is_foreign.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RecordLocation;
    use crate::source::field_names::FieldKey;
    use crate::source::record::TimeRules;

    fn values(text: &str) -> [Option<String>; 3] {
        let mut record = TextRecord::new(RecordLocation::default(), TimeRules::default());
        read(text.as_bytes(), &mut record).unwrap();
        [FieldKey::Id, FieldKey::Text, FieldKey::Raw].map(|key| record.string(key))
    }

    #[test]
    fn values_have_the_names_of_attributes_or_elements() {
        let expected = [Some("4104".to_owned()), Some("a < b\n".to_owned()), None];
        for text in [
            "<result offset='0'><field k='EventCode'><value><text>4104</text></value></field>\
             <field k='ScriptBlockText'><value><text>a &lt; b\n</text></value></field></result>",
            "<Object Type=\"x\"><Property Name=\"Id\" Type=\"i\">4104</Property>\
             <Property Name=\"ScriptBlockText\"><![CDATA[a < b\n]]></Property></Object>",
            "<ROW>\n <EventID>4104</EventID><x/><ScriptBlockText>a &lt; b\n</ScriptBlockText></ROW>",
            "<row><field name=\"EventID\">4104</field><field name=\"ScriptBlockText\">a &lt; b\n</field></row>",
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
        let marked = "<result><field k='_raw'><v xml:space='preserve' trunc='0'>a <sg h=\"1\">&lt;b</sg> c</v></field></result>";
        assert_eq!(values(marked)[2].as_deref(), Some("a <b c"));
    }

    #[test]
    fn an_element_around_events_is_no_record() {
        assert!(begins(b"<item>\n<event_id>"));
        assert!(begins(b"<item"));
        assert!(!begins(b"<Record>\n <Event xmlns='x'>"));
    }
}
