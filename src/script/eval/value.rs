//! Values, and their conversions as PowerShell does them.

use super::encoding::Encoding;
use super::reals::{parse_real, rounded, write_real};
use super::secure::Cipher;
use crate::script::parse::NodeId;
use std::rc::Rc;

/// A value of PowerShell, as far as the evaluator knows it.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Anything that is not known.
    Unknown,
    /// The result of a statement that has none.
    Void,
    Null,
    Bool(bool),
    Int(i64),
    /// A double.
    Real(f64),
    /// A number that no `i64` holds: its words, the lowest first.
    Big(Rc<Vec<u32>>),
    /// A UTF-16 code unit.
    Char(u16),
    Text(Rc<String>),
    List(Rc<Vec<Value>>),
    /// A list of bytes.
    Bytes(Rc<Vec<u8>>),
    Stream(Rc<Stream>),
    /// A list that grows, as it is in a variable.
    Collection(Rc<Collection>),
    /// A string builder.
    Builder(Rc<String>),
    Cipher(Rc<Cipher>),
    Table(Rc<Vec<(Value, Value)>>),
    /// A script block.
    Script(NodeId),
    /// A script block that was made of a text.
    Code(Rc<String>),
    /// A type, in lower case.
    Type(Rc<str>),
    Encoding(Encoding),
    /// A regular expression.
    Pattern(Rc<String>),
    /// A secure string, or credentials with one.
    Secure(Rc<String>),
    /// A thing with a name and a value: a variable, an alias, a command, an entry of a table.
    Entry(Rc<(String, Value)>),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(Rc::new(text.into()))
    }

    pub(super) fn entry(name: &str, value: Self) -> Self {
        Self::Entry(Rc::new((name.to_owned(), value)))
    }

    pub(super) fn list(values: Vec<Self>) -> Self {
        Self::List(Rc::new(values))
    }

    /// Returns what a pipeline or `$(…)` yields for these values: nothing, one value or a list.
    pub(super) fn output(mut values: Vec<Self>) -> Self {
        match values.len() {
            0 => Self::Void,
            1 => values.pop().unwrap_or(Self::Void),
            _ => Self::list(values),
        }
    }

    /// Returns what `$(…)` yields if this is the value of its only statement.
    pub(super) fn yielded(self) -> Self {
        match self {
            Self::List(_) | Self::Collection(_) => Self::output(self.items()),
            value => value,
        }
    }

    /// Adds the [`items`](Self::items) of the value to others.
    pub(super) fn add_items(self, to: &mut Vec<Self>) {
        match self {
            Self::Void => (),
            Self::List(_) | Self::Collection(_) | Self::Bytes(_) => to.extend(self.items()),
            other => to.push(other),
        }
    }

    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// Converts to a string; `None` for what is unknown or prints as the name of its type.
    pub(super) fn to_text(&self) -> Option<String> {
        Some(match self {
            Self::Null | Self::Void => String::new(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Real(number) => return write_real(*number),
            Self::Text(text) | Self::Builder(text) => text.as_str().to_owned(),
            Self::Collection(own) => return Self::list(own.items()).to_text(),
            Self::Char(_) | Self::List(_) | Self::Bytes(_) => {
                let mut out = TextBuilder::default();
                out.push_value(self, " ")?;
                out.finish()
            }
            Self::Pattern(text) => text.as_str().to_owned(),
            Self::Entry(entry) => entry.0.clone(),
            Self::Type(name) => name.to_string(),
            Self::Table(_) => "System.Collections.Hashtable".to_owned(),
            _ => return None,
        })
    }

    /// Converts to a whole number.
    pub(super) fn to_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Char(unit) => Some(i64::from(*unit)),
            Self::Bool(bool) => Some(i64::from(*bool)),
            Self::Null | Self::Void => Some(0),
            Self::Text(text) => parse_int(text).or_else(|| rounded(parse_real(text)?)),
            Self::Real(number) => rounded(*number),
            Self::List(values) => match values.as_slice() {
                [only] => only.to_int(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Converts to a double.
    pub(super) fn to_real(&self) -> Option<f64> {
        match self {
            Self::Real(number) => Some(*number),
            Self::Text(text) => parse_real(text),
            #[expect(clippy::cast_precision_loss, reason = "as in PowerShell")]
            other => other.to_int().map(|number| number as f64),
        }
    }

    /// Converts to a boolean.
    pub(super) fn to_bool(&self) -> Option<bool> {
        Some(match self {
            Self::Unknown => return None,
            Self::Null | Self::Void => false,
            Self::Bool(bool) => *bool,
            Self::Int(number) => *number != 0,
            Self::Real(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(values) => match values.as_slice() {
                [] => false,
                [only] => only.to_bool()?,
                _ => true,
            },
            Self::Bytes(bytes) => !bytes.is_empty(),
            _ => true,
        })
    }

    /// Returns the values that a pipeline enumerates.
    pub(super) fn items(&self) -> Vec<Self> {
        match self {
            Self::Void => Vec::new(),
            Self::List(values) => values.to_vec(),
            Self::Collection(own) => own.items(),
            Self::Bytes(bytes) => bytes.iter().map(|byte| Self::Int(i64::from(*byte))).collect(),
            other => vec![other.clone()],
        }
    }

    /// Returns the value as an expression has it: of a list that grows, its values.
    pub(super) fn decayed(self) -> Self {
        match self {
            Self::Collection(own) => Self::list(own.items()),
            value => value,
        }
    }

    /// Converts to bytes: a list of numbers.
    pub(super) fn to_bytes(&self) -> Option<Rc<Vec<u8>>> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::Stream(stream) => Some(Rc::new(stream.rest().to_vec())),
            Self::Collection(own) => Self::list(own.items()).to_bytes(),
            Self::List(values) => {
                let mut bytes = Vec::with_capacity(values.len());
                for value in values.iter() {
                    match value {
                        // `(,$bytes)` is a list of one list.
                        inner @ (Self::Bytes(_) | Self::Stream(_) | Self::List(_))
                            if values.len() == 1 =>
                        {
                            return inner.to_bytes();
                        }
                        value => bytes.push(u8::try_from(value.to_int()?).ok()?),
                    }
                }
                Some(Rc::new(bytes))
            }
            Self::Int(number) => Some(Rc::new(vec![u8::try_from(*number).ok()?])),
            _ => None,
        }
    }

    /// Returns the approximate size in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Secure(text) | Self::Pattern(text) | Self::Builder(text) => {
                text.len()
            }
            Self::Stream(stream) => stream.bytes.len(),
            Self::Collection(own) => own.values.len() * size_of::<Self>(),
            Self::List(values) => values.len() * size_of::<Self>(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

/// Bytes and the place at which the next one is read or written.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    pub(super) bytes: Vec<u8>,
    pub(super) at: usize,
}

impl Stream {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    /// Returns the bytes that are still to be read.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        let end = self.at.saturating_add(bytes.len()).min(self.bytes.len());
        self.bytes.splice(self.at.min(end)..end, bytes.iter().copied());
        self.at += bytes.len();
    }
}

/// The order in which a collection gives its values back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CollectionKind {
    List,
    Stack,
    Queue,
}

/// A list that grows.
#[derive(Clone, Debug)]
pub(super) struct Collection {
    pub(super) kind: CollectionKind,
    pub(super) values: Vec<Value>,
}

impl Collection {
    /// Returns the values in the order in which they are enumerated.
    pub(super) fn items(&self) -> Vec<Value> {
        match self.kind {
            CollectionKind::Stack => self.values.iter().rev().cloned().collect(),
            _ => self.values.clone(),
        }
    }
}

/// Parses a whole number as a cast does: decimal or hexadecimal, with a sign and spaces around.
fn parse_int(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    let (digits, sign) = match text.strip_prefix('-') {
        Some(digits) => (digits, -1),
        None => (text.strip_prefix('+').unwrap_or(text), 1),
    };
    let value = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        None => return None,
    };
    Some(sign * value)
}

/// Builds a string from values. Two halves of a surrogate pair that meet become one character.
#[derive(Default)]
pub(super) struct TextBuilder {
    out: String,
    /// The first half of a pair.
    high: Option<u16>,
}

impl TextBuilder {
    /// Appends a value; the values of a list with a separator. `None` if it has no text.
    pub(super) fn push_value(&mut self, value: &Value, separator: &str) -> Option<()> {
        match value {
            Value::Text(text) => self.push(text),
            Value::Char(unit) => self.push_unit(*unit),
            Value::List(values) => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        self.push(separator);
                    }
                    match value {
                        Value::List(_) => self.push(&value.to_text()?),
                        value => self.push_value(value, " ")?,
                    }
                }
            }
            Value::Bytes(bytes) => {
                for (index, byte) in bytes.iter().enumerate() {
                    if index > 0 {
                        self.push(separator);
                    }
                    self.push(&byte.to_string());
                }
            }
            other => self.push(&other.to_text()?),
        }
        Some(())
    }

    fn push(&mut self, text: &str) {
        if !text.is_empty() {
            self.out.extend(self.high.take().map(|_| char::REPLACEMENT_CHARACTER));
            self.out.push_str(text);
        }
    }

    fn push_unit(&mut self, unit: u16) {
        if (0xD800..0xDC00).contains(&unit) {
            self.out.extend(self.high.replace(unit).map(|_| char::REPLACEMENT_CHARACTER));
            return;
        }
        let units = [self.high.take().unwrap_or(unit), unit];
        let pair = if units == [unit; 2] { units.get(1..) } else { units.get(..) };
        let chars = char::decode_utf16(pair.unwrap_or_default().iter().copied());
        self.out.extend(chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }

    pub(super) fn finish(mut self) -> String {
        self.out.extend(self.high.take().map(|_| char::REPLACEMENT_CHARACTER));
        self.out
    }
}

/// Converts UTF-16 code units to a string.
pub(super) fn from_units(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

/// Returns a type's name as the parser writes it: in lower case, without `System.`.
pub(super) fn type_name(name: &str) -> Rc<str> {
    let name = name.trim();
    let inner = name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let name = inner.unwrap_or(name).to_ascii_lowercase();
    Rc::from(name.strip_prefix("system.").unwrap_or(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_convert_to_numbers_as_in_a_cast() {
        for (text, number) in [
            ("65", Some(65)),
            (" 0x41 ", Some(65)),
            ("-3", Some(-3)),
            ("", Some(0)),
            ("1.5", Some(2)),
            ("a", None),
        ] {
            assert_eq!(Value::text(text).to_int(), number, "{text}");
        }
    }

    #[test]
    fn surrogates_meet_in_a_list_of_characters() {
        let list = Value::list(vec![Value::Char(0xD83D), Value::Char(0xDE00), Value::Char(65)]);
        let mut out = TextBuilder::default();
        out.push_value(&list, "").unwrap();
        assert_eq!(out.finish(), "😀A");
        assert_eq!(list.to_text().unwrap(), "\u{FFFD} \u{FFFD} A");
    }
}
