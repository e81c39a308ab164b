//! Records without a template: elements and values as they are, as rewritten and forwarded logs have them.

use super::binxml::{Chunk, TokenVisitor, WalkContext, walk};
use super::bytes::{ChunkCursor, is_word};
use super::fields::{CORE_FIELDS, CoreField, ElementPath, FieldRole, hot_data};
use super::template::{CoreValues, EMPTY};
use super::value::{TypedValue, kind};
use crate::limits;
use crate::text::{Raw, Text};

/// The fields that every record is asked for, where each stands in one piece, and the script's text where it comes in
/// several: a value, an entity, a value. `None` where the record has to be decoded as a whole.
pub(super) fn lend<'a>(
    chunk: &Chunk<'a>,
    tokens: ChunkCursor<'a>,
) -> Option<(CoreValues<'a>, Option<Text>)> {
    let mut lender = PlainReader::default();
    walk(chunk, tokens, WalkContext::Fragment, 0, &mut lender).ok()?;
    (!lender.needs_full_decode).then_some((lender.core, lender.pieces))
}

#[derive(Default)]
struct PlainReader<'a> {
    core: [Option<TypedValue<'a>>; CORE_FIELDS],
    path: ElementPath<'a>,
    /// The name of the open `EventData` value.
    data: Option<&'a [u8]>,
    /// The script's text so far, from its second piece on.
    pieces: Option<Text>,
    /// The element of the script's text is over.
    is_text_over: bool,
    /// Some other field is put together from several pieces.
    needs_full_decode: bool,
}

impl<'a> PlainReader<'a> {
    /// The field that is open.
    fn hot(&self) -> Option<CoreField> {
        self.hot_of(self.path.key())
    }

    fn hot_of(&self, key: FieldRole<'_>) -> Option<CoreField> {
        match key {
            FieldRole::Core(hot) => Some(hot),
            FieldRole::Data => self.data.and_then(|name| hot_data(|word| is_word(name, word))),
            _ => None,
        }
    }

    fn is_set(&self, hot: CoreField) -> bool {
        self.core.get(hot as usize).is_some_and(Option::is_some)
    }

    /// Another piece of the script's text.
    fn push(&mut self, piece: impl FnOnce(&mut Text)) {
        let Some(first) = self.core.get_mut(CoreField::Text as usize) else { return };
        let text = self.pieces.get_or_insert_with(|| {
            let mut text = Text::new();
            first.get_or_insert(EMPTY).write(&mut text);
            text
        });
        self.needs_full_decode |= self.is_text_over || text.len() > limits::EVTX_EVENT_BYTES;
        if !self.needs_full_decode {
            piece(text);
        }
    }
}

impl<'a> TokenVisitor<'a> for PlainReader<'a> {
    fn open(&mut self, name: &'a [u8], _dependency: Option<u16>) {
        self.needs_full_decode |= self.hot().is_some_and(|hot| self.is_set(hot));
        self.path.open(name);
        self.data = None;
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
        // An empty value of the event's data is there all the same.
        if let key @ FieldRole::Data = self.path.key() {
            let hot = self.hot_of(key);
            self.needs_full_decode |= hot.is_some_and(|hot| !self.is_set(hot));
            self.is_text_over |= hot == Some(CoreField::Text);
        }
        self.path.close();
    }

    fn value(&mut self, value: TypedValue<'a>) {
        if value.kind == kind::NULL {
            return;
        }
        let key = self.path.key();
        if key == FieldRole::DataName {
            self.needs_full_decode |= self.data.is_some();
            self.data = Some(value.bytes);
            return;
        }
        match self.hot_of(key) {
            Some(CoreField::Text) if self.is_set(CoreField::Text) => {
                self.push(|text| value.write(text))
            }
            Some(hot) => {
                self.needs_full_decode |= self.is_set(hot);
                if let Some(slot) = self.core.get_mut(hot as usize) {
                    *slot = Some(value);
                }
            }
            None => {}
        }
    }

    fn unit(&mut self, unit: u16) {
        match self.hot() {
            Some(CoreField::Text) => self.push(|text| text.push(Raw::Utf16(&unit.to_le_bytes()))),
            hot => {
                self.needs_full_decode |= hot.is_some() || self.path.key() == FieldRole::DataName
            }
        }
    }

    fn slot(&mut self, _index: u16) {}
}
