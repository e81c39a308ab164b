//! Reads JSON in one pass, with the line and column of what is wrong. Names and values go to the caller as they come, so
//! memory is that of what the caller stores.

use super::error::CaseError;
use crate::limits;
use crate::report::to_json;
use std::collections::BTreeMap;

/// A reader of one JSON document.
pub(super) struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    /// Where the name or value that was read last begins.
    start: usize,
}

impl<'a> JsonReader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.strip_prefix('\u{feff}').unwrap_or(text), at: 0, start: 0 }
    }

    /// Returns an error at the present position.
    pub(super) fn error(&self, message: impl Into<String>) -> CaseError {
        self.error_at(self.at, message)
    }

    /// Returns an error at the name or value that was read last.
    pub(super) fn wrong(&self, message: impl Into<String>) -> CaseError {
        self.error_at(self.start, message)
    }

    fn error_at(&self, at: usize, message: impl Into<String>) -> CaseError {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        CaseError::at(line, column, message)
    }

    /// Reads an object: calls `member` with each name and the reader before its value.
    ///
    /// # Errors
    ///
    /// Those of `member`, a syntax error, and a name given twice.
    pub(super) fn object(
        &mut self,
        member: &mut dyn FnMut(&str, &mut Self) -> Result<(), CaseError>,
    ) -> Result<(), CaseError> {
        self.expect(b'{', "an object")?;
        let mut names = std::collections::HashSet::new();
        self.items(b'}', &mut |reader| {
            let name = reader.string()?;
            if names.contains(&name) {
                return Err(reader.wrong(format!("{} is given twice", to_json(&name))));
            }
            reader.expect(b':', "a colon")?;
            member(&name, reader)?;
            names.insert(name);
            Ok(())
        })
    }

    /// Reads a list: calls `element` with the reader before each value.
    ///
    /// # Errors
    ///
    /// Those of `element`, and a syntax error.
    pub(super) fn list(
        &mut self,
        element: &mut dyn FnMut(&mut Self) -> Result<(), CaseError>,
    ) -> Result<(), CaseError> {
        self.expect(b'[', "a list")?;
        self.items(b']', element)
    }

    fn items(
        &mut self,
        end: u8,
        item: &mut dyn FnMut(&mut Self) -> Result<(), CaseError>,
    ) -> Result<(), CaseError> {
        if self.eat(end) {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.eat(end) {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err(self.error(format!("expected a comma or {}", char::from(end))));
            }
        }
    }

    /// Reads a string.
    pub(super) fn string(&mut self) -> Result<String, CaseError> {
        self.expect(b'"', "a text in quotation marks")?;
        self.start = self.at - 1;
        let mut own = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = rest.find(|char| matches!(char, '"' | '\\' | '\0'..='\x1f'));
            let plain = plain.unwrap_or(rest.len());
            own.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(own);
                }
                Some(b'\\') => own.push(self.escape()?),
                Some(_) => return Err(self.error("a text has a control character")),
                None => return Err(self.error("a text has no end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, CaseError> {
        self.at += 1;
        let letter = self.byte().unwrap_or_default();
        self.at += 1;
        let char = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            _ => {
                self.at = self.at.saturating_sub(2);
                return Err(self.error("a text has an unknown escape"));
            }
        };
        Ok(char)
    }

    /// Reads the digits after `\u`, and a second escape after a high surrogate.
    fn unicode(&mut self) -> Result<char, CaseError> {
        let high = self.digits()?;
        let is_pair = (0xD800..0xDC00).contains(&high);
        let low = match self.text.as_bytes().get(self.at..self.at + 2) {
            Some(b"\\u") if is_pair => {
                self.at += 2;
                self.digits()?
            }
            _ => 0,
        };
        let code = match is_pair && (0xDC00..0xE000).contains(&low) {
            true => 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00),
            false => high,
        };
        char::from_u32(code).ok_or_else(|| self.error("a text has half a surrogate pair"))
    }

    fn digits(&mut self) -> Result<u32, CaseError> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let is_hex = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        let code = code.ok_or_else(|| self.error("expected four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    /// Reads a string or null.
    pub(super) fn optional_string(&mut self) -> Result<Option<String>, CaseError> {
        if self.null() { Ok(None) } else { self.string().map(Some) }
    }

    /// Reads null, if it is next.
    pub(super) fn null(&mut self) -> bool {
        self.word("null")
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&mut self) -> Result<bool, CaseError> {
        let is_true = self.word("true");
        if is_true || self.word("false") {
            Ok(is_true)
        } else {
            Err(self.error("expected true or false"))
        }
    }

    /// Reads a whole number from 0 to 2^53.
    pub(super) fn integer(&mut self) -> Result<u64, CaseError> {
        self.space();
        self.start = self.at;
        let number = self.number();
        let is_plain = !number.starts_with('0') || number == "0";
        match number.parse() {
            Ok(own) if own <= 1 << 53 && is_plain => {
                self.at += number.len();
                Ok(own)
            }
            _ => Err(self.error("expected a whole number from 0 to 2^53")),
        }
    }

    fn number(&self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.');
        rest.get(..rest.find(|char| !is_part(char)).unwrap_or(rest.len())).unwrap_or_default()
    }

    /// Reads any value, and returns it without white space, with the names of objects sorted.
    pub(super) fn any(&mut self, depth: usize) -> Result<String, CaseError> {
        self.space();
        let start = self.at;
        let value = self.any_from_here(depth);
        self.start = start;
        value
    }

    fn any_from_here(&mut self, depth: usize) -> Result<String, CaseError> {
        if depth > limits::CASE_NESTING {
            let limit = limits::CASE_NESTING;
            return Err(self.error(format!("lists and objects are nested more than {limit} deep")));
        }
        match self.byte() {
            Some(b'{') => {
                let mut members = BTreeMap::new();
                self.object(&mut |name, reader| {
                    members.insert(name.to_owned(), reader.any(depth + 1)?);
                    Ok(())
                })?;
                Ok(object_json(&members))
            }
            Some(b'[') => {
                let mut elements = Vec::new();
                self.list(&mut |reader| {
                    elements.push(reader.any(depth + 1)?);
                    Ok(())
                })?;
                Ok(format!("[{}]", elements.join(",")))
            }
            Some(b'"') => self.string().map(|own| to_json(&own)),
            _ if self.null() => Ok("null".to_owned()),
            Some(b't' | b'f') => self.boolean().map(|own| own.to_string()),
            _ => {
                let number = self.number();
                if !is_number(number) {
                    return Err(self.error("expected a value"));
                }
                self.at += number.len();
                Ok(number.to_owned())
            }
        }
    }

    /// Refuses whatever follows the document.
    pub(super) fn end(&mut self) -> Result<(), CaseError> {
        self.space();
        if self.at < self.text.len() { Err(self.error("text after the end")) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> bool {
        self.space();
        let is_next = self.number() == word;
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), CaseError> {
        if self.eat(byte) { Ok(()) } else { Err(self.error(format!("expected {what}"))) }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let is_next = self.byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Whether a text is a number of JSON (RFC 8259, section 6).
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (text, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let starts_well = whole == "0" || !whole.starts_with('0');
    digits(whole) && digits(fraction) && digits(exponent) && starts_well
}

/// Returns an object whose values are JSON.
pub(super) fn object_json(members: &BTreeMap<String, String>) -> String {
    let members = members.iter().map(|(name, value)| format!("{}:{value}", to_json(name)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_any(text: &str) -> Result<String, String> {
        let mut reader = JsonReader::new(text);
        let value = reader.any(0).and_then(|value| reader.end().map(|()| value));
        value.map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_written_without_space_and_sorted() {
        assert_eq!(
            read_any(" {\"b\": [1, -2.5e3, true, null], \"a\": \"x\\u00e9\\n\"} ").unwrap(),
            "{\"a\":\"xé\\n\",\"b\":[1,-2.5e3,true,null]}"
        );
        assert_eq!(read_any("\"\\ud83d\\ude00\"").unwrap(), "\"😀\"");
    }

    #[test]
    fn errors_name_the_place() {
        for (text, error) in [
            ("{\"a\":1,\n \"a\":2}", "2:2: \"a\" is given twice"),
            ("[1,", "1:4: expected a value"),
            ("[1 2]", "1:4: expected a comma or ]"),
            ("\"\\x\"", "1:2: a text has an unknown escape"),
            ("\"\\ud800\"", "1:8: a text has half a surrogate pair"),
            ("\"a\nb\"", "1:3: a text has a control character"),
            ("\"é", "1:3: a text has no end"),
            ("nul", "1:1: expected a value"),
            ("NaN", "1:1: expected a value"),
            ("01", "1:1: expected a value"),
            ("-.5", "1:1: expected a value"),
            ("{} x", "1:4: text after the end"),
            ("", "1:1: expected a value"),
        ] {
            assert_eq!(read_any(text).unwrap_err(), error, "{text:?}");
        }
        assert!(read_any(&"[".repeat(100_000)).unwrap_err().contains("nested more than"));
    }

    proptest! {
        #[test]
        fn strings_are_read_as_serde_json_reads_them(own in any::<String>()) {
            let json = serde_json::to_string(&own).unwrap();
            prop_assert_eq!(JsonReader::new(&json).string().unwrap(), own);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[\\[\\]{}\",:\\\\u0-9a-ftrulse. \n-]{0,40}") {
            let known = serde_json::from_str::<serde_json::Value>(&text);
            match (read_any(&text), &known) {
                (Ok(own), Ok(known)) => {
                    let again = serde_json::from_str::<serde_json::Value>(&own).unwrap();
                    prop_assert_eq!(&again, known);
                }
                // Two members of one name, or a number past the range of a double.
                (Ok(_), Err(_)) => prop_assert!(text.contains(['e', 'E']), "{}", text),
                (Err(error), known) => prop_assert!(
                    known.is_err() || error.contains("twice"), "{}: {}", text, error
                ),
            }
        }
    }
}
