//! [`JsonWriter`]: JSON written value by value, for the forms of other programs.

use crate::text::is_invisible;
use std::io::{self, BufWriter, Write};

/// Writes JSON without white space. The first error is returned by [`JsonWriter::finish`]; nothing is written after it.
///
/// Invisible characters are escaped, as in the report.
pub(super) struct JsonWriter<'a> {
    to: BufWriter<&'a mut dyn Write>,
    /// A value of the open list or object precedes.
    has_value: bool,
    result: io::Result<()>,
}

impl<'a> JsonWriter<'a> {
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to: BufWriter::with_capacity(BUFFER_BYTES, to), has_value: false, result: Ok(()) }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.to.flush()
    }

    /// Opens an object or a list: `{` or `[`.
    pub(super) fn open(&mut self, bracket: char) {
        self.separate();
        self.raw(if bracket == '{' { "{" } else { "[" });
        self.has_value = false;
    }

    /// Closes an object or a list: `}` or `]`.
    pub(super) fn close(&mut self, bracket: char) {
        self.raw(if bracket == '}' { "}" } else { "]" });
        self.has_value = true;
    }

    /// Opens the object or list of a key.
    pub(super) fn open_at(&mut self, key: &str, bracket: char) {
        self.key(key);
        self.open(bracket);
    }

    /// Writes a key; its value follows.
    pub(super) fn key(&mut self, key: &str) {
        self.text(key);
        self.raw(":");
        self.has_value = false;
    }

    /// Writes a text.
    pub(super) fn text(&mut self, text: &str) {
        self.separate();
        self.raw("\"");
        let mut shown = 0;
        for (at, char) in text.char_indices() {
            let escape = match char {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                ' '..='~' => continue,
                char if char < ' ' || is_invisible(char) => "",
                _ => continue,
            };
            self.raw(text.get(shown..at).unwrap_or_default());
            self.raw(escape);
            if escape.is_empty() {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    self.raw(&format!("\\u{unit:04x}"));
                }
            }
            shown = at + char.len_utf8();
        }
        self.raw(text.get(shown..).unwrap_or_default());
        self.raw("\"");
    }

    /// Writes a number that is JSON already.
    pub(super) fn number(&mut self, number: &str) {
        self.separate();
        self.raw(number);
    }

    /// Writes a key and its text.
    pub(super) fn field(&mut self, key: &str, text: &str) {
        self.key(key);
        self.text(text);
    }

    /// Writes a key and its text, or nothing.
    pub(super) fn optional(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.field(key, text);
        }
    }

    /// Writes a key and its whole number.
    pub(super) fn integer(&mut self, key: &str, number: i64) {
        self.key(key);
        self.number(&number.to_string());
    }

    /// Writes a key and its list of texts.
    pub(super) fn texts<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) {
        self.open_at(key, '[');
        texts.for_each(|text| self.text(text));
        self.close(']');
    }

    /// Ends a line of NDJSON.
    pub(super) fn end_line(&mut self) {
        self.raw("\n");
        self.has_value = false;
    }

    fn separate(&mut self) {
        if self.has_value {
            self.raw(",");
        }
        self.has_value = true;
    }

    fn raw(&mut self, text: &str) {
        if self.result.is_ok() {
            self.result = self.to.write_all(text.as_bytes());
        }
    }
}

const BUFFER_BYTES: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json_with_the_same_meaning() {
        let hostile = "a\"\\\u{1}\n\r\t é日本 😀~\u{7f}\u{202e}\u{feff}\u{e0001}</script>";
        let mut bytes = Vec::new();
        let mut json = JsonWriter::new(&mut bytes);
        json.open('{');
        json.field(hostile, hostile);
        json.texts("list", ["a", hostile].into_iter());
        json.open_at("in", '{');
        json.integer("n", -5);
        json.optional("none", None);
        json.close('}');
        json.key("x");
        json.number("1.5");
        json.close('}');
        json.end_line();
        json.finish().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains(|char| is_invisible(char) && char != '\n'), "{text:?}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let right = serde_json::json!(
            {hostile: hostile, "list": ["a", hostile], "in": {"n": -5}, "x": 1.5}
        );
        assert_eq!(value, right);
    }
}
