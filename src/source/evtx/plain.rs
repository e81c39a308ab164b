//! Records without a template: elements and values as they are, as rewritten and forwarded logs have them.

use super::binxml::{Chunk, Context, Visitor, walk};
use super::bytes::{Cursor, is_word};
use super::fields::{HOT, Hot, Key, Path, hot_data};
use super::template::{EMPTY, Hots};
use super::value::{Value, kind};
use crate::limits;
use crate::text::{Raw, Text};

/// The fields that every record is asked for, where each stands in one piece, and the script's text where it comes in
/// several: a value, an entity, a value. `None` where the record has to be decoded as a whole.
pub(super) fn lend<'a>(chunk: &Chunk<'a>, tokens: Cursor<'a>) -> Option<(Hots<'a>, Option<Text>)> {
    let mut lender = Lender::default();
    walk(chunk, tokens, Context::Fragment, 0, &mut lender).ok()?;
    (!lender.is_intricate).then_some((lender.hots, lender.pieces))
}

#[derive(Default)]
struct Lender<'a> {
    hots: [Option<Value<'a>>; HOT],
    path: Path<'a>,
    /// The name of the open `EventData` value.
    data: Option<&'a [u8]>,
    /// The script's text so far, from its second piece on.
    pieces: Option<Text>,
    /// The element of the script's text is over.
    is_text_over: bool,
    /// Some other field is put together from several pieces.
    is_intricate: bool,
}

impl<'a> Lender<'a> {
    /// The field that is open.
    fn hot(&self) -> Option<Hot> {
        self.hot_of(self.path.key())
    }

    fn hot_of(&self, key: Key<'_>) -> Option<Hot> {
        match key {
            Key::Hot(hot) => Some(hot),
            Key::Data => self.data.and_then(|name| hot_data(|word| is_word(name, word))),
            _ => None,
        }
    }

    fn is_set(&self, hot: Hot) -> bool {
        self.hots.get(hot as usize).is_some_and(Option::is_some)
    }

    /// Another piece of the script's text.
    fn push(&mut self, piece: impl FnOnce(&mut Text)) {
        let Some(first) = self.hots.get_mut(Hot::Text as usize) else { return };
        let text = self.pieces.get_or_insert_with(|| {
            let mut text = Text::new();
            first.get_or_insert(EMPTY).write(&mut text);
            text
        });
        self.is_intricate |= self.is_text_over || text.len() > limits::EVTX_EVENT_BYTES;
        if !self.is_intricate {
            piece(text);
        }
    }
}

impl<'a> Visitor<'a> for Lender<'a> {
    fn open(&mut self, name: &'a [u8], _dependency: Option<u16>) {
        self.is_intricate |= self.hot().is_some_and(|hot| self.is_set(hot));
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
        if let key @ Key::Data = self.path.key() {
            let hot = self.hot_of(key);
            self.is_intricate |= hot.is_some_and(|hot| !self.is_set(hot));
            self.is_text_over |= hot == Some(Hot::Text);
        }
        self.path.close();
    }

    fn value(&mut self, value: Value<'a>) {
        if value.kind == kind::NULL {
            return;
        }
        let key = self.path.key();
        if key == Key::DataName {
            self.is_intricate |= self.data.is_some();
            self.data = Some(value.bytes);
            return;
        }
        match self.hot_of(key) {
            Some(Hot::Text) if self.is_set(Hot::Text) => self.push(|text| value.write(text)),
            Some(hot) => {
                self.is_intricate |= self.is_set(hot);
                if let Some(slot) = self.hots.get_mut(hot as usize) {
                    *slot = Some(value);
                }
            }
            None => {}
        }
    }

    fn unit(&mut self, unit: u16) {
        match self.hot() {
            Some(Hot::Text) => self.push(|text| text.push(Raw::Utf16(&unit.to_le_bytes()))),
            hot => self.is_intricate |= hot.is_some() || self.path.key() == Key::DataName,
        }
    }

    fn slot(&mut self, _index: u16) {}
}
