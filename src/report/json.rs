//! JSON of the report's types.

use crate::search::format_number;
use crate::text::is_invisible;
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

/// Writes a value as JSON without white space. Invisible characters are escaped, so that the JSON is safe on a terminal
/// and shows in an editor what it holds. No write ends within a UTF-8 sequence: the writer may decode each.
pub(crate) fn write_json<T: Serialize + ?Sized>(value: &T, to: &mut dyn Write) -> io::Result<()> {
    // The serializer writes a few bytes at a time.
    let mut to = BufWriter::with_capacity(BUFFER_BYTES, to);
    value.serialize(&mut Serializer::with_formatter(&mut to, Shown))?;
    to.flush()
}

const BUFFER_BYTES: usize = 4 << 10;

/// Formats floats as searches do, because serde_json's formatter has tables of 10 kB for scores with two digits, and
/// escapes the invisible characters that serde_json leaves.
struct Shown;

impl Formatter for Shown {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let is_hidden = |character: char| character > '~' && is_invisible(character);
        let mut shown = 0;
        // One pass without a branch: fragments are as short as a line, and a report has millions.
        if fragment.bytes().fold(false, |found, byte| found | (byte >= 0x7F)) {
            for (at, hidden) in fragment.match_indices(is_hidden) {
                writer.write_all(fragment.get(shown..at).unwrap_or_default().as_bytes())?;
                for unit in hidden.encode_utf16() {
                    write!(writer, "\\u{unit:04x}")?;
                }
                shown = at + hidden.len();
            }
        }
        writer.write_all(fragment.get(shown..).unwrap_or_default().as_bytes())
    }

    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(format_number(value).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_that_of_serde_json() {
        let value = (1, 15.75, -0.05, f64::NAN, "a\"\u{1}\n é日本 😀~", Some([()]), None::<u8>);
        assert_eq!(to_json(&value), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn invisible_characters_are_escaped_and_mean_the_same() {
        let text = "a\u{7f}\u{9b}2J\u{202e}é\u{2028}\u{2029}\u{feff}=\u{e0001}\u{85}b";
        let json = to_json(text);
        let escaped = "\\u007f\\u009b2J\\u202eé\\u2028\\u2029\\ufeff=\\udb40\\udc01\\u0085b";
        assert_eq!(json, format!("\"a{escaped}\""));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
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
