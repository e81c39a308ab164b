//! The values of a partial result as bytes. `docs/partial.md` documents the format.
//!
//! ```text
//! number  unsigned LEB128        bytes, text  length, bytes       option  0, or 1 and the value
//! time    seconds (zigzag), nanoseconds, digits                   list    length, values
//! ```
//!
//! No value depends on the width of a pointer. A reader trusts no length: it takes no more memory than there are bytes.

use crate::event::{Event, EventFields, RecordLocation, Recovery};
use crate::text::{Raw, Text};
use crate::time::Time;

/// Writes values one after another.
#[derive(Debug, Default)]
pub(crate) struct WireWriter(Vec<u8>);

/// Reads values in the order in which they were written. Every method returns `None` for bytes that are no such value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireReader<'a>(&'a [u8]);

impl WireWriter {
    /// Returns the bytes written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Writes a number.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Writes a length or an index.
    pub(crate) fn size(&mut self, size: usize) {
        self.number(size as u64);
    }

    /// Writes bytes with their length.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Writes a text with its length.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes a value that may be absent.
    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.number(u64::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Writes a list with its length.
    pub(crate) fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.size(items.len());
        for item in items {
            write(self, item);
        }
    }

    /// Writes a time.
    pub(crate) fn time(&mut self, time: Time) {
        // Zigzag keeps times before 1970 short.
        let seconds = time.seconds();
        self.number(((seconds << 1) ^ (seconds >> 63)) as u64);
        self.number(u64::from(time.nanos()));
        self.number(u64::from(time.fraction_digits()));
    }

    /// Writes a record's location in its source.
    pub(crate) fn place(&mut self, place: RecordLocation) {
        self.number(place.offset);
        // Lengths are far below 2^62.
        self.number(place.length << 2 | place.recovery as u64);
        self.number(place.frame);
    }

    /// Writes an event with all its fields.
    pub(crate) fn event(&mut self, event: &Event) {
        self.place(event.place);
        self.option(event.time, Self::time);
        for text in [
            &event.record,
            &event.computer,
            &event.user,
            &event.script_block_id,
            &event.path,
            &event.message,
        ] {
            self.option(text.as_deref(), Self::text);
        }
        self.option(event.level, |writer, level| writer.number(level.into()));
        self.option(event.number, |writer, number| writer.number(number.into()));
        self.option(event.total, |writer, total| writer.number(total.into()));
        self.bytes(&event.text.as_bytes());
        self.size(event.fields.iter().count());
        for (name, value) in event.fields.iter() {
            self.text(name);
            self.text(value);
        }
    }
}

/// Number of items for which a list has space before they are read: so few that a length that is a lie costs nothing.
const EXACT_ITEMS: usize = 4;

impl<'a> WireReader<'a> {
    /// Makes a reader of these bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether every byte was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a number that fits the type.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }

    /// Reads a length or an index.
    pub(crate) fn size(&mut self) -> Option<usize> {
        self.small()
    }

    /// Reads bytes with their length.
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.size()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Reads a text.
    pub(crate) fn text(&mut self) -> Option<String> {
        self.str().map(str::to_owned)
    }

    fn str(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// Reads a value that may be absent.
    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.number()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    /// Reads a list with its length.
    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let length = self.size()?;
        let mut items = Vec::new();
        // Most lists are short, and kept as long as their block: without this one item takes the space of four.
        items.reserve_exact(length.min(EXACT_ITEMS));
        for _ in 0..length {
            items.push(read(self)?);
        }
        Some(items)
    }

    /// Reads a time.
    pub(crate) fn time(&mut self) -> Option<Time> {
        let zigzag = self.number()?;
        let seconds = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        Time::new(seconds, self.small()?, self.small()?)
    }

    /// Reads a record's location in its source.
    pub(crate) fn place(&mut self) -> Option<RecordLocation> {
        let (offset, length) = (self.number()?, self.number()?);
        Some(RecordLocation {
            offset,
            length: length >> 2,
            frame: self.number()?,
            recovery: match length & 3 {
                0 => Recovery::None,
                1 => Recovery::PastEnd,
                2 => Recovery::Unused,
                _ => return None,
            },
        })
    }

    fn fields(&mut self) -> Option<EventFields> {
        let mut fields = EventFields::default();
        for _ in 0..self.size()? {
            fields.push(self.str()?, self.str()?);
        }
        Some(fields)
    }

    /// Reads an event.
    pub(crate) fn event(&mut self) -> Option<Event> {
        Some(Event {
            place: self.place()?,
            time: self.option(Self::time)?,
            record: self.option(Self::text)?,
            computer: self.option(Self::text)?,
            user: self.option(Self::text)?,
            script_block_id: self.option(Self::text)?,
            path: self.option(Self::text)?,
            message: self.option(Self::text)?,
            level: self.option(Self::small)?,
            number: self.option(Self::small)?,
            total: self.option(Self::small)?,
            text: Text::from(Raw::Wtf8(self.bytes()?)),
            fields: self.fields()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn written_values_are_read_back(
            number in any::<u64>(),
            text in ".{0,20}",
            seconds in -1_000_000_000_i64..4_000_000_000,
            level in proptest::option::of(any::<u8>()),
        ) {
            let event = Event {
                time: Time::new(seconds, 5, 9),
                record: Some(number.to_string()),
                level,
                text: text.as_str().into(),
                fields: [("Opcode", &text)].into_iter().collect(),
                ..Event::default()
            };
            let mut writer = WireWriter::default();
            writer.number(number);
            writer.event(&event);
            let bytes = writer.into_bytes();
            let mut reader = WireReader::new(&bytes);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.event(), Some(event));
            prop_assert!(reader.is_at_end());
            for cut in 0..bytes.len() {
                let mut reader = WireReader::new(&bytes[..cut]);
                prop_assert!(reader.number().is_none() || reader.event().is_none());
            }
        }

        #[test]
        fn reading_any_bytes_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = WireReader::new(&bytes).event();
        }
    }
}
