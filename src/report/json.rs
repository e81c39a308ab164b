//! Anything of the report as JSON.

use crate::search::show_number;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// A value as JSON, as small as it can be written.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    let mut json = Vec::new();
    write_json(value, &mut json);
    String::from_utf8(json).unwrap_or_default()
}

/// Writes the same. What is written at a time is never cut within a character.
pub(crate) fn write_json<T: Serialize + ?Sized>(value: &T, to: &mut dyn Write) {
    let mut buffered = Buffered { to, buffer: Box::new([0; BUFFER]), length: 0 };
    // Neither a map with keys of other types than text is in a report nor a type that fails.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut buffered, OwnNumbers));
    let _ = buffered.flush();
}

/// Gathers the few bytes that are written at a time. To copy so few is a call in wasm, which takes longer than they do.
struct Buffered<'w> {
    to: &'w mut dyn Write,
    buffer: Box<[u8; BUFFER]>,
    length: usize,
}

const BUFFER: usize = 4 << 10;

/// Up to so many bytes are few.
const FEW: usize = 16;

impl Write for Buffered<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.length + bytes.len().max(FEW) > BUFFER {
            self.flush()?;
        }
        let room = self.buffer.get_mut(self.length..).unwrap_or_default();
        if let Some(few) = room.first_chunk_mut().filter(|_| bytes.len() <= FEW) {
            copy_few(few, bytes);
        } else if let Some(room) = room.get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        } else {
            return self.to.write_all(bytes);
        }
        self.length += bytes.len();
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let length = std::mem::take(&mut self.length);
        self.to.write_all(self.buffer.get(..length).unwrap_or_default())
    }
}

fn copy_few(to: &mut [u8; FEW], from: &[u8]) {
    let _ = copy_ends::<8>(to, from)
        .or_else(|| copy_ends::<4>(to, from))
        .or_else(|| copy_ends::<2>(to, from))
        .or_else(|| copy_ends::<1>(to, from));
}

/// Copies the first `N` bytes and the last, which together are all if there are at most twice as many.
fn copy_ends<const N: usize>(to: &mut [u8; FEW], from: &[u8]) -> Option<()> {
    let (first, last) = (from.first_chunk::<N>()?, from.last_chunk::<N>()?);
    *to.first_chunk_mut()? = *first;
    *to.get_mut(from.len() - N..)?.first_chunk_mut()? = *last;
    Some(())
}

/// Writes numbers as searches do: the usual way brings tables of 10 kB, for scores with two digits.
struct OwnNumbers;

impl Formatter for OwnNumbers {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(show_number(value).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_what_serde_json_writes() {
        let value = (1, 15.75, -0.05, f64::NAN, "a\"\u{1}\u{FEFF}\n", Some([()]), None::<u8>);
        assert_eq!(to_json(&value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn texts_of_every_length_are_written_whole() {
        let texts: Vec<String> =
            (0..40).chain(BUFFER - 40..BUFFER + 40).map(|length| "aä\n".repeat(length)).collect();
        for texts in [&texts[..], &texts[..1], &[]] {
            assert_eq!(to_json(texts), serde_json::to_string(texts).unwrap());
        }
        for length in 0..=FEW {
            let (mut to, from) = ([0; FEW], (1..).take(length).collect::<Vec<u8>>());
            copy_few(&mut to, &from);
            assert_eq!(to[..length], from);
        }
    }
}
