//! Reads the values of a JSON document.

use super::framer::is_list;
use super::names;
use super::shape::{self, ObjectContent};
use super::tables::is_rows;
use crate::limits;
use crate::source::field_names::{self, FieldKey};
use crate::source::near::string_end;
use crate::source::problems::{LESS_NESTING, Malformed};
use crate::source::record::TextRecord;
use crate::source::value::{FieldValue, ValueSpan};
use crate::source::value_form::{ValueForm, is_number_byte};
use std::borrow::Cow;

/// Reads the values of a document into a record.
///
/// # Errors
///
/// Returns the first syntax error.
pub(crate) fn read<'a>(text: &'a [u8], record: &mut TextRecord<'a>) -> Result<(), Malformed> {
    match text.first() {
        Some(b'"') => string(text, record),
        _ => document(text, record, false).map(|_| ()),
    }
}

/// Reads a string that holds an event.
fn string<'a>(text: &'a [u8], record: &mut TextRecord<'a>) -> Result<(), Malformed> {
    let mut reader = DocumentReader::new(text, record, false);
    reader.expect(b'"', "a string")?;
    let event = reader.string()?;
    record.put(FieldKey::Raw, 9, event);
    Ok(())
}

/// Reads a document whose end is not known, and returns its length. Returns `None` if the document has to be framed,
/// because it is incomplete or contains several records.
pub(crate) fn read_unframed<'a>(text: &'a [u8], record: &mut TextRecord<'a>) -> Option<usize> {
    let end = document(text, record, true).ok()?;
    (!super::framer::may_be_cut(text.get(..end)?)).then_some(end)
}

/// Reads the values of a table's row into a record, under the names of its columns.
///
/// # Errors
///
/// Returns the first syntax error.
pub(crate) fn read_row<'a>(
    text: &'a [u8],
    columns: &'a [Vec<u8>],
    record: &mut TextRecord<'a>,
) -> Result<(), Malformed> {
    let mut reader = DocumentReader::new(text, record, false);
    reader.expect(b'[', "a list")?;
    for column in columns {
        reader.space();
        if reader.peek() == Some(b']') {
            break;
        }
        reader
            .value(&FieldValue::plain(column), ObjectScope { data: false, begin: 0, depth: 1 })?;
        reader.space();
        if !reader.eat(b',') {
            break;
        }
    }
    Ok(())
}

fn document<'a>(
    text: &'a [u8],
    record: &mut TextRecord<'a>,
    is_single: bool,
) -> Result<usize, Malformed> {
    let mut reader = DocumentReader::new(text, record, is_single);
    reader.space();
    reader.expect(b'{', "an object")?;
    reader.object(ObjectScope { data: false, begin: 0, depth: 1 })?;
    let (end, is_gelf) = (reader.at, reader.is_gelf);
    if is_gelf {
        record.apply_gelf_conventions();
    }
    Ok(end)
}

struct DocumentReader<'a, 'r> {
    text: &'a [u8],
    at: usize,
    record: &'r mut TextRecord<'a>,
    /// Names of the enclosing objects, separated by dots.
    path: Vec<u8>,
    pair: NamedPair<'a>,
    /// Range of the value read last, if its form can vary.
    span: Option<ValueSpan>,
    /// Whether lists of records are an error.
    is_single: bool,
    /// Number of the event's own values read without a name.
    unnamed: usize,
    /// Whether the document is in GELF.
    is_gelf: bool,
    names: names::NamesRead,
    /// Number of the innermost list, 0 outside of lists.
    list: u32,
    lists: u32,
    /// Number of the innermost object in a list, 0 outside of them, and that of the first one that shows an event.
    element: u32,
    elements: u32,
    event_element: u32,
}

/// An element of a list of named values: `{"@Name": "Path", "#text": "C:\\a.ps1"}`.
#[derive(Default)]
struct NamedPair<'a> {
    name: Option<FieldValue<'a>>,
    text: Option<(FieldValue<'a>, Option<ValueSpan>)>,
}

/// The object that is being read.
#[derive(Clone, Copy)]
struct ObjectScope {
    /// Whether the object holds the event's own data.
    data: bool,
    /// Position in the path where the names of its values begin.
    begin: usize,
    depth: usize,
}

impl<'a, 'r> DocumentReader<'a, 'r> {
    fn new(text: &'a [u8], record: &'r mut TextRecord<'a>, is_single: bool) -> Self {
        Self {
            text,
            at: 0,
            record,
            path: Vec::new(),
            pair: NamedPair::default(),
            span: None,
            is_single,
            unnamed: 0,
            is_gelf: false,
            names: names::NamesRead::default(),
            list: 0,
            lists: 0,
            element: 0,
            elements: 0,
            event_element: 0,
        }
    }

    /// Reads an object after its opening brace.
    fn object(&mut self, scope: ObjectScope) -> Result<(), Malformed> {
        self.space();
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            self.expect(b'"', "a key")?;
            let key = self.string()?;
            self.space();
            self.expect(b':', "a colon")?;
            self.space();
            self.value(&key, scope)?;
            self.space();
            if self.eat(b'}') {
                return Ok(());
            }
            self.expect(b',', "a comma or a closing brace")?;
        }
    }

    fn value(&mut self, key: &FieldValue<'a>, scope: ObjectScope) -> Result<(), Malformed> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                let begin = self.at;
                let value = self.string()?;
                self.span = Some(ValueSpan {
                    begin,
                    end: self.at - 1,
                    form: ValueForm::String,
                    known: None,
                });
                self.scalar(key, value, scope);
            }
            Some(b'{') => {
                self.at += 1;
                return self.object_value(key, scope);
            }
            Some(b'[') => {
                self.at += 1;
                return self.list(key, scope);
            }
            Some(b'n') => self.word(b"null")?,
            Some(b't') => {
                self.word(b"true")?;
                self.span = None;
                self.scalar(key, FieldValue::plain(b"true"), scope);
            }
            Some(b'f') => {
                self.word(b"false")?;
                self.span = None;
                self.scalar(key, FieldValue::plain(b"false"), scope);
            }
            Some(b'-' | b'0'..=b'9') => {
                let rest = self.rest();
                let length = rest.iter().take_while(|byte| is_number_byte(**byte)).count();
                let number = rest.get(..length).unwrap_or_default();
                let begin = self.at;
                self.at += length;
                self.span =
                    Some(ValueSpan { begin, end: self.at, form: ValueForm::Number, known: None });
                self.scalar(key, FieldValue::plain(number), scope);
            }
            _ => return Err(self.malformed("a value")),
        }
        Ok(())
    }

    /// Reads the elements of a list under the name of the list.
    fn list(&mut self, key: &FieldValue<'a>, scope: ObjectScope) -> Result<(), Malformed> {
        if scope.depth >= limits::NESTING {
            return Err(self.malformed(LESS_NESTING));
        }
        self.space();
        if matches!(self.peek(), Some(b'0'..=b'9')) && key.text().as_ref() == b"MESSAGE" {
            return self.bytes(key, scope);
        }
        let holds_records = |key: &[u8]| match self.peek() {
            Some(b'{') => is_list(key, u32::try_from(scope.depth).unwrap_or(u32::MAX)),
            Some(b'[') => scope.depth <= 4 && (is_rows(key) || key == b"columns"),
            _ => false,
        };
        if self.is_single && holds_records(&key.text()) {
            return Err(self.malformed("a single record"));
        }
        let scope = ObjectScope { depth: scope.depth + 1, ..scope };
        if self.eat(b']') {
            return Ok(());
        }
        self.lists += 1;
        let outer = std::mem::replace(&mut self.list, self.lists);
        let outer_element = self.element;
        loop {
            self.space();
            if self.peek() == Some(b'{') {
                self.elements += 1;
                self.element = self.elements;
            }
            self.value(key, scope)?;
            self.element = outer_element;
            self.space();
            if self.eat(b']') {
                self.list = outer;
                return Ok(());
            }
            self.expect(b',', "a comma or a closing bracket")?;
        }
    }

    /// Reads a list of bytes. The journal of systemd writes a text so if it has control characters.
    fn bytes(&mut self, key: &FieldValue<'a>, scope: ObjectScope) -> Result<(), Malformed> {
        let mut bytes = Vec::new();
        loop {
            self.space();
            let rest = self.rest();
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let digits = std::str::from_utf8(rest.get(..length).unwrap_or_default());
            let Some(byte) = digits.ok().and_then(|digits| digits.parse().ok()) else {
                return Err(self.malformed("a byte"));
            };
            bytes.push(byte);
            self.at += length;
            self.space();
            if self.eat(b']') {
                break;
            }
            self.expect(b',', "a comma or a closing bracket")?;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned().into_bytes();
        self.span = None;
        self.scalar(key, FieldValue::Plain(Cow::Owned(text)), scope);
        Ok(())
    }

    fn object_value(&mut self, key: &FieldValue<'a>, scope: ObjectScope) -> Result<(), Malformed> {
        if scope.depth >= limits::NESTING {
            return Err(self.malformed(LESS_NESTING));
        }
        let key = key.text();
        let name = match shape::plain_key(&key) {
            b"event" if scope.depth == 1 && !shape::is_about_event(self.next_key()) => b"",
            name => name,
        };
        let outer = self.path.len();
        let mut inner = ObjectScope { depth: scope.depth + 1, ..scope };
        if !name.is_empty() {
            if outer > scope.begin {
                self.path.push(b'.');
            }
            self.path.extend_from_slice(name);
            let (around, full) = self.path.split_at_checked(scope.begin).unwrap_or_default();
            match if scope.data { shape::data_content(around) } else { shape::content(full) } {
                ObjectContent::Part => {}
                holds => {
                    inner.data = holds == ObjectContent::Data;
                    inner.begin = self.path.len();
                }
            }
        }
        // Attributes belong to the enclosing element, and so do pairs of name and text.
        let outer_pair = (!name.is_empty()).then(|| std::mem::take(&mut self.pair));
        let result = self.object(inner);
        if let Some(outer_pair) = outer_pair {
            let pair = std::mem::replace(&mut self.pair, outer_pair);
            self.put_pair(pair, inner);
        }
        self.path.truncate(outer);
        result
    }

    fn scalar(&mut self, key: &FieldValue<'a>, value: FieldValue<'a>, scope: ObjectScope) {
        let within = self.path.len() > scope.begin;
        if scope.data && within {
            let key = key.text();
            match key.as_ref() {
                b"Name" | b"@Name" => return self.pair.name = Some(value),
                b"#text" | b"text" | b"Value" => {
                    // Of several texts in a list the last one is used, but all of them vary.
                    let before = self.pair.text.replace((value, self.span));
                    if let Some((_, Some(span))) = before {
                        self.record.add_span(span);
                    }
                    return;
                }
                _ => {}
            }
        }
        let name = match key {
            FieldValue::Plain(Cow::Borrowed(key)) if !within => {
                Cow::Borrowed(shape::plain_key(key))
            }
            _ => Cow::Owned(self.full_name(&key.text(), scope)),
        };
        self.put(name, value, self.span, scope);
    }

    fn full_name(&self, key: &[u8], scope: ObjectScope) -> Vec<u8> {
        let mut name = self.path.get(scope.begin..).unwrap_or_default().to_vec();
        let key = shape::plain_key(key);
        if !name.is_empty() && !key.is_empty() {
            name.push(b'.');
        }
        name.extend_from_slice(key);
        name
    }

    fn put(
        &mut self,
        name: Cow<'a, [u8]>,
        value: FieldValue<'a>,
        span: Option<ValueSpan>,
        scope: ObjectScope,
    ) {
        let known = match name.as_ref() {
            name if scope.data => {
                let name = name.strip_prefix(b"Data.").unwrap_or(name);
                field_names::script_key(name).map(|key| (key, 9))
            }
            // `Get-WinEvent`, Fluent Bit, Vector and Plaso write the event's own values without names.
            b"Properties.Value"
            | b"StringInserts"
            | b"string_inserts"
            | b"strings"
            | b"Strings"
            | b"InsertionStrings"
            | b"ReplacementStrings"
                if self.unnamed > 0 || is_number(&value) =>
            {
                self.unnamed += 1;
                field_names::unnamed_key(self.unnamed - 1)
                    .map(|key| (key, field_names::UNNAMED_RANK))
            }
            name => field_names::event_key(name),
        };
        self.is_gelf |= name.as_ref() == b"short_message";
        match span {
            Some(span) => self.record.add_span(ValueSpan { known, ..span }),
            // Such a value would become part of the literals of a layout.
            None if known.is_some() => self.record.spans = None,
            None => {}
        }
        // Of two values with one name in one object the last is used, as in other readers.
        let outer = self.path.get(..scope.begin).unwrap_or_default();
        let place = names::NamePlace::new(outer, &name, self.list);
        match known {
            Some((key, rank)) if self.is_of_other_event(key, rank) => self.record.hold_several(),
            Some((key, rank)) if self.names.replaces_known(key, place) => {
                self.record.spans = None;
                self.record.replace(key, rank, value);
            }
            Some((key, rank)) => {
                if field_names::is_own_field(&name) {
                    self.record.put_other(name.clone(), value.clone());
                }
                if self.record.set(key, rank, value) {
                    self.names.set_known(key, place);
                }
            }
            None if name.starts_with(b"xmlns") => {}
            None => match self.names.find_other(place) {
                Some(index) => {
                    self.record.spans = None;
                    if let Some((_, other)) = self.record.others.get_mut(index) {
                        *other = value;
                    }
                }
                None => {
                    if self.record.add_other(name, value) {
                        self.names.add_other(place, self.record.others.len() - 1);
                    }
                }
            },
        }
    }

    /// Whether a value in an object of a list shows an event, and a value in another object has shown one before.
    fn is_of_other_event(&mut self, key: FieldKey, rank: u8) -> bool {
        let shows_event = matches!(key, FieldKey::Text) || key == FieldKey::Id && rank > 3;
        if self.element == 0 || !shows_event {
            return false;
        }
        if self.event_element == 0 {
            self.event_element = self.element;
        }
        self.event_element != self.element
    }

    fn put_pair(&mut self, pair: NamedPair<'a>, scope: ObjectScope) {
        let (text, span) = pair.text.unwrap_or((FieldValue::plain(b""), None));
        match pair.name {
            Some(name) => self.put(Cow::Owned(name.text().into_owned()), text, span, scope),
            None if !text.text().is_empty() => {
                let name = self.full_name(b"", scope);
                self.put(Cow::Owned(name), text, span, scope);
            }
            None => {}
        }
    }

    /// Reads a string after its opening quotation mark.
    fn string(&mut self) -> Result<FieldValue<'a>, Malformed> {
        let rest = self.rest();
        let Some(end) = string_end(rest, false) else {
            self.at = self.text.len();
            return Err(self.malformed("a closing quotation mark"));
        };
        self.at += end + 1;
        let text = rest.get(..end).unwrap_or_default();
        let escaped = memchr::memchr(b'\\', text).is_some();
        Ok(if escaped { FieldValue::Json(text) } else { FieldValue::plain(text) })
    }

    /// Returns the next key, still escaped.
    fn next_key(&self) -> &'a [u8] {
        let rest = self.rest().trim_ascii_start();
        let key = rest.strip_prefix(b"\"").unwrap_or_default();
        key.get(..string_end(key, false).unwrap_or(0)).unwrap_or_default()
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Malformed> {
        if !self.rest().starts_with(word) {
            return Err(self.malformed("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Malformed> {
        if self.eat(byte) { Ok(()) } else { Err(self.malformed(expected)) }
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn malformed(&self, expected: &'static str) -> Malformed {
        Malformed { at: self.at, expected }
    }
}

fn is_number(value: &FieldValue<'_>) -> bool {
    let text = value.text();
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
