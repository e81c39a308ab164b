//! JSON of the report's types.

use crate::search::format_number;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, BufWriter, Write};

/// Returns a value as JSON without white space.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    let mut json = Vec::new();
    // Writing to memory cannot fail.
    let _ = write_json(value, &mut json);
    String::from_utf8(json).unwrap_or_default()
}

/// Writes a value as JSON without white space. No write ends within a UTF-8 sequence: the writer may decode each.
pub(crate) fn write_json<T: Serialize + ?Sized>(value: &T, to: &mut dyn Write) -> io::Result<()> {
    // The serializer writes a few bytes at a time.
    let mut to = BufWriter::with_capacity(BUFFER_BYTES, to);
    value.serialize(&mut Serializer::with_formatter(&mut to, ShortFloats))?;
    to.flush()
}

const BUFFER_BYTES: usize = 4 << 10;

/// Formats floats as searches do: serde_json's formatter has tables of 10 kB, for scores with two digits.
struct ShortFloats;

impl Formatter for ShortFloats {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(format_number(value).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_that_of_serde_json() {
        let value = (1, 15.75, -0.05, f64::NAN, "a\"\u{1}\u{FEFF}\n", Some([()]), None::<u8>);
        assert_eq!(to_json(&value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn texts_around_the_buffer_length_are_complete() {
        let texts: Vec<String> = (0..40)
            .chain(BUFFER_BYTES - 40..BUFFER_BYTES + 40)
            .map(|length| "aä\n".repeat(length))
            .collect();
        for texts in [&texts[..], &texts[..1], &[]] {
            assert_eq!(to_json(texts), serde_json::to_string(texts).unwrap());
        }
    }
}
