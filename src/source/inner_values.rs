//! Reads values of an event that a tool wrote as text inside one value.
//!
//! | value | form |
//! | --- | --- |
//! | the event's own data | XML (Azure, Loki), JSON (EvtxECmd) |
//! | the values that describe the event | JSON (Velociraptor's tables) |
//! | the event's own values without names | a list as Python writes it (Plaso), separated by `|` (Log Parser), or `<Param>` elements (Azure) |
//! | the message of a script | the line of a store of logs |
//! | Plaso's message | see `plaso` |
//! | PowerShell's message on Linux and macOS | `(7.4.1:9:80) [ScriptBlock_Compile_Detail:…] Creating Scriptblock text …` |

use super::field_names::{FieldKey, UNNAMED_RANK, unnamed_key};
use super::record::TextRecord;
use super::text::pwsh;
use super::value::FieldValue;
use super::{json, plaso, rendered_message, xml};
use crate::text::xml as xml_text;
use std::borrow::Cow;

/// Adds the values that other values hold as text to the record. Text of another form is ignored.
pub(super) fn read(record: &mut TextRecord<'_>) {
    for key in [FieldKey::Data, FieldKey::System] {
        if let Some(data) = record.take(key) {
            put_data(&data.text(), record);
        }
    }
    if let Some(strings) = record.take(FieldKey::Strings) {
        put_strings(&strings.text(), record);
    }
    if record.has(FieldKey::Text) {
        return;
    }
    // A store of logs may have the message of an event as its line.
    if !record.has(FieldKey::Message)
        && let Some(raw) = record.get(FieldKey::Raw)
        && rendered_message::find_script(&raw.text()).is_some_and(|script| script.id.is_some())
    {
        record.put(FieldKey::Message, 1, raw.clone());
    }
    if let Some(message) = record.get(FieldKey::Message)
        && (plaso::is_message(&message.text()) || pwsh::is_message(&message.text()))
    {
        let message = message.text().into_owned();
        plaso::read(&message, record);
        pwsh::put_values(&message, record);
    }
}

fn put_data(text: &[u8], record: &mut TextRecord<'_>) {
    let mut inner = TextRecord::new(record.place, record.time_rules);
    let read = match text.trim_ascii_start().first() {
        Some(b'<') => xml::read_data(text, &mut inner).is_ok(),
        Some(b'{') => json::read(text, &mut inner).is_ok(),
        _ => false,
    };
    if read {
        record.merge(inner);
    }
}

/// Reads values without names, in a list or separated.
fn put_strings(text: &[u8], record: &mut TextRecord<'_>) {
    let values: Vec<Cow<'_, [u8]>> = match text.first() {
        Some(b'[') => match plaso::list(text) {
            Some((values, _)) => values.into_iter().map(Cow::Owned).collect(),
            None => return,
        },
        Some(b'<') => parameters(text),
        _ => separated(text).into_iter().map(Cow::Borrowed).collect(),
    };
    put_unnamed(values, record);
}

/// Puts values that are known by their position alone.
pub(super) fn put_unnamed(values: Vec<Cow<'_, [u8]>>, record: &mut TextRecord<'_>) {
    for (at, value) in values.into_iter().enumerate() {
        if let Some(key) = unnamed_key(at) {
            let value = FieldValue::Plain(Cow::Owned(value.into_owned()));
            record.put(key, UNNAMED_RANK, value);
        }
    }
}

/// Returns the contents of `<Param>` elements.
fn parameters(text: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let mut values = Vec::new();
    let mut rest = text.trim_ascii_start();
    while let Some(element) = rest.strip_prefix(b"<Param") {
        let end: &[u8] = b"</Param>";
        let (content, after) = match element.strip_prefix(b">") {
            Some(content) => match memchr::memmem::find(content, end) {
                Some(at) => (content.get(..at), content.get(at + end.len()..)),
                None => break,
            },
            None => match memchr::memchr(b'>', element) {
                Some(at) => (Some(&[][..]), element.get(at + 1..)),
                None => break,
            },
        };
        values.push(xml_text::unescape(content.unwrap_or_default()));
        rest = after.unwrap_or_default().trim_ascii_start();
    }
    values
}

/// Splits the values of a script block event at `|`. The script may contain the separator: two values are before it,
/// and two after it.
fn separated(text: &[u8]) -> Vec<&[u8]> {
    let mut bars = memchr::memchr_iter(b'|', text);
    let (first, second) = (bars.next(), bars.next());
    let mut bars = memchr::memrchr_iter(b'|', text);
    let (last, id) = (bars.next(), bars.next());
    match (first, second, id, last) {
        (Some(first), Some(second), Some(id), Some(last)) if second < id => {
            let value = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
            vec![
                value(0, first),
                value(first + 1, second),
                value(second + 1, id),
                value(id + 1, last),
                value(last + 1, text.len()),
            ]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RecordLocation;
    use crate::source::record::TimeRules;

    fn script(key: FieldKey, value: &str) -> [Option<String>; 4] {
        let mut record = TextRecord::new(RecordLocation::default(), TimeRules::default());
        record.put(key, 9, FieldValue::plain(value.as_bytes()));
        read(&mut record);
        [FieldKey::Number, FieldKey::Text, FieldKey::BlockId, FieldKey::Path]
            .map(|key| record.string(key))
    }

    #[test]
    fn values_without_names_are_read_by_position() {
        let expected = |text: &str| ["2", text, "id", "p"].map(|value| Some(value.to_owned()));
        for (strings, text) in [
            ("2|3|dir | x|id|p", "dir | x"),
            ("2|3||id|p", ""),
            ("['2', '3', 'dir | x', 'id', 'p']", "dir | x"),
            ("[u'2', u'3', u\"it's\\r\\n\", 'id', 'p']", "it's\r\n"),
            (
                "<Param>2</Param><Param>3</Param>\n<Param>a &lt; b\r\n</Param><Param>id</Param><Param>p</Param>",
                "a < b\r\n",
            ),
            ("<Param>2</Param><Param>3</Param><Param /><Param>id</Param><Param>p</Param>", ""),
        ] {
            assert_eq!(script(FieldKey::Strings, strings), expected(text), "{strings}");
        }
        for strings in ["", "2|3", "2|3|x", "[", "['2'", "<Param>2</Param>"] {
            assert_eq!(script(FieldKey::Strings, strings)[1], None, "{strings}");
        }
    }

    #[test]
    fn the_data_of_an_event_is_read_as_xml_or_json() {
        for data in ["<Data Name='ScriptBlockText'>x</Data>", "{\"ScriptBlockText\":\"x\"}"] {
            assert_eq!(script(FieldKey::Data, data)[1].as_deref(), Some("x"), "{data}");
        }
    }
}
