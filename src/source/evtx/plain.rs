//! Reads the core fields of records without a template: their elements and values are among the record's own tokens, as
//! rewritten and forwarded logs have them.

use super::binxml::{TokenVisitor, WalkContext, walk};
use super::bytes::{ChunkCursor, is_word};
use super::chunk_data::Chunk;
use super::fields::{CoreField, CoreValues, EMPTY, ElementPath, FieldRole, core_field};
use super::value::{TypedValue, kind};
use crate::limits;
use crate::text::{Raw, Text};

/// Returns the core fields of a record, and its script text if that is in several pieces (a value, an entity, a value).
/// `None` if another field is in several pieces: the record needs a full decode.
pub(super) fn read<'a>(
    chunk: &Chunk<'a>,
    tokens: ChunkCursor<'a>,
) -> Option<(CoreValues<'a>, Option<Text>)> {
    let mut reader = PlainReader::default();
    walk(chunk, tokens, WalkContext::Fragment, 0, &mut reader).ok()?;
    (!reader.needs_full_decode).then_some((reader.values, reader.pieces))
}

#[derive(Default)]
struct PlainReader<'a> {
    values: CoreValues<'a>,
    path: ElementPath<'a>,
    /// The name of the open `EventData` value.
    data_name: Option<&'a [u8]>,
    /// The script's text so far, from its second piece on.
    pieces: Option<Text>,
    /// The element of the script's text is closed.
    is_text_closed: bool,
    /// A field other than the script's text is in several pieces.
    needs_full_decode: bool,
}

impl<'a> PlainReader<'a> {
    /// The core field at the present place.
    fn field(&self) -> Option<CoreField> {
        self.field_of(self.path.role())
    }

    fn field_of(&self, role: FieldRole<'_>) -> Option<CoreField> {
        match role {
            FieldRole::Core(field) => Some(field),
            FieldRole::Data => {
                self.data_name.and_then(|name| core_field(|word| is_word(name, word)))
            }
            _ => None,
        }
    }

    fn is_set(&self, field: CoreField) -> bool {
        self.values.get(field as usize).is_some_and(Option::is_some)
    }

    /// Appends another piece to the script's text.
    fn push(&mut self, piece: impl FnOnce(&mut Text)) {
        let Some(first) = self.values.get_mut(CoreField::Text as usize) else { return };
        let text = self.pieces.get_or_insert_with(|| {
            let mut text = Text::new();
            first.get_or_insert(EMPTY).write(&mut text);
            text
        });
        self.needs_full_decode |= self.is_text_closed || text.len() > limits::EVTX_EVENT_BYTES;
        if !self.needs_full_decode {
            piece(text);
        }
    }
}

impl<'a> TokenVisitor<'a> for PlainReader<'a> {
    fn open(&mut self, name: &'a [u8], _dependency: Option<u16>) {
        self.needs_full_decode |= self.field().is_some_and(|field| self.is_set(field));
        self.path.open(name);
        self.data_name = None;
    }

    fn attribute(&mut self, name: &'a [u8]) {
        self.path.attribute(name);
    }

    fn content(&mut self) {
        self.path.content();
    }

    fn close(&mut self) {
        if self.path.is_in_tag() {
            self.path.content();
        }
        // An empty `EventData` value differs from a missing one, and only a full decode sets it.
        if let role @ FieldRole::Data = self.path.role() {
            let field = self.field_of(role);
            self.needs_full_decode |= field.is_some_and(|field| !self.is_set(field));
            self.is_text_closed |= field == Some(CoreField::Text);
        }
        self.path.close();
    }

    fn value(&mut self, value: TypedValue<'a>) {
        if value.kind == kind::NULL {
            return;
        }
        let role = self.path.role();
        if role == FieldRole::DataName {
            self.needs_full_decode |= self.data_name.is_some();
            self.data_name = Some(value.bytes);
            return;
        }
        match self.field_of(role) {
            Some(CoreField::Text) if self.is_set(CoreField::Text) => {
                self.push(|text| value.write(text));
            }
            Some(field) => {
                self.needs_full_decode |= self.is_set(field);
                if let Some(own) = self.values.get_mut(field as usize) {
                    *own = Some(value);
                }
            }
            None => {}
        }
    }

    fn unit(&mut self, unit: u16) {
        match self.field() {
            Some(CoreField::Text) => {
                self.push(|text| text.push(Raw::Utf16(&unit.to_le_bytes())));
            }
            field => {
                self.needs_full_decode |=
                    field.is_some() || self.path.role() == FieldRole::DataName;
            }
        }
    }

    fn substitution(&mut self, _index: u16) {}
}
