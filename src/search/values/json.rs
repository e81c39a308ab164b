//! [`Json`]: a JSON value in a field or a setting. Numbers keep their spelling, members their order.

use super::value::Value;
use crate::limits;
use std::borrow::Cow;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json<'a> {
    Null,
    /// A string, unescaped.
    Text(String),
    /// A number, `true` or `false`, as written.
    Word(Cow<'a, str>),
    /// An array's source text, empty for one that was not parsed, and its elements.
    List(&'a str, Vec<Json<'a>>),
    /// An object's source text, empty for one that was not parsed, and its members.
    Object(&'a str, Vec<(String, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Parses a text that is exactly one value.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut reader = JsonParser { rest: text };
        let value = reader.value(0)?;
        reader.space();
        reader.rest.is_empty().then_some(value)
    }

    /// Returns the member of this name, the last if there are several.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(_, members) = self else { return None };
        members.iter().rfind(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Returns the elements of an array; empty for another value.
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::List(_, elements) => elements,
            _ => &[],
        }
    }

    /// Returns the value as a field has it: the source text of arrays and objects, null for null.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Word(text) => (&**text).into(),
            Self::List(text, _) | Self::Object(text, _) => (*text).into(),
            Self::Null => Value::Null,
        }
    }

    /// Writes the value without white space between its tokens.
    pub(crate) fn write(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text);
        text
    }

    fn write_to(&self, text: &mut String) {
        match self {
            Self::Null => text.push_str("null"),
            Self::Text(own) => write_string(own, text),
            Self::Word(word) => text.push_str(word),
            Self::List(_, elements) => {
                text.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    element.write_to(text);
                }
                text.push(']');
            }
            Self::Object(_, members) => {
                text.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    write_string(name, text);
                    text.push(':');
                    member.write_to(text);
                }
                text.push('}');
            }
        }
    }

    /// Returns the value without its source text.
    pub(crate) fn into_owned(self) -> Json<'static> {
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => Json::Text(text),
            Self::Word(word) => Json::Word(Cow::Owned(word.into_owned())),
            Self::List(_, elements) => {
                Json::List("", elements.into_iter().map(Self::into_owned).collect())
            }
            Self::Object(_, members) => {
                let members = members.into_iter().map(|(name, own)| (name, own.into_owned()));
                Json::Object("", members.collect())
            }
        }
    }

    /// Returns a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn write_string(own: &str, text: &mut String) {
    text.push('"');
    for char in own.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if control < ' ' => {
                text.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            char => text.push(char),
        }
    }
    text.push('"');
}

struct JsonParser<'a> {
    rest: &'a str,
}

impl<'a> JsonParser<'a> {
    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        self.space();
        let start = self.rest;
        if self.eat("\"") {
            return self.string().map(Json::Text);
        }
        if let Some((open, close)) =
            [("[", "]"), ("{", "}")].into_iter().find(|pair| self.eat(pair.0))
        {
            return self.items(start, open == "{", close, depth + 1);
        }
        match self.word()? {
            "null" => Some(Json::Null),
            word => Some(Json::Word(Cow::Borrowed(word))),
        }
    }

    /// Parses the elements of an array or the members of an object, up to the closing bracket.
    fn items(
        &mut self,
        start: &'a str,
        named: bool,
        close: &str,
        depth: usize,
    ) -> Option<Json<'a>> {
        if depth > limits::NESTING {
            return None;
        }
        let (mut elements, mut members) = (Vec::new(), Vec::new());
        self.space();
        let mut ended = self.eat(close);
        while !ended {
            self.space();
            if named {
                let name = if self.eat("\"") { self.string()? } else { return None };
                self.space();
                if !self.eat(":") {
                    return None;
                }
                members.push((name, self.value(depth)?));
            } else {
                elements.push(self.value(depth)?);
            }
            self.space();
            ended = self.eat(close);
            if !ended && !self.eat(",") {
                return None;
            }
        }
        let written = start.get(..start.len() - self.rest.len())?;
        Some(if named { Json::Object(written, members) } else { Json::List(written, elements) })
    }

    /// Parses a string after its opening quote.
    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let (plain, rest) = self.rest.split_at_checked(self.rest.find(['"', '\\'])?)?;
            text.push_str(plain);
            self.rest = rest;
            if self.eat("\"") {
                return Some(text);
            }
            self.eat("\\");
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let escape = chars.next()?;
        self.rest = chars.as_str();
        Some(match escape {
            'b' => '\u{8}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '"' | '\\' | '/' => escape,
            'u' => {
                let first = self.unit()?;
                let mut units = vec![first];
                let after = self.rest;
                if (0xD800..0xDC00).contains(&first) && self.eat("\\u") {
                    match self.unit()? {
                        second @ 0xDC00..0xE000 => units.push(second),
                        // An unpaired surrogate; the second escape is read on its own.
                        _ => self.rest = after,
                    }
                }
                char::decode_utf16(units).next()?.unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u16> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        u16::from_str_radix(digits, 16).ok()
    }

    /// Parses a number, `true`, `false` or `null`.
    fn word(&mut self) -> Option<&'a str> {
        let end = self
            .rest
            .find(|char: char| !(char.is_ascii_alphanumeric() || "+-.".contains(char)))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        let number = || super::number::parse(word).is_some() && !word.starts_with(['+', '.']);
        (matches!(word, "null" | "true" | "false") || number()).then_some(word)
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn eat(&mut self, expected: &str) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value as Known;

    fn same(own: &Json<'_>, other: &Known) -> bool {
        match (own, other) {
            (Json::Null, Known::Null) => true,
            (Json::Text(own), Known::String(other)) => own == other,
            (Json::Word(own), Known::Bool(other)) => **own == other.to_string(),
            (Json::Word(own), Known::Number(other)) => own.parse().ok() == other.as_f64(),
            (Json::List(_, own), Known::Array(other)) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, it)| same(own, it))
            }
            (Json::Object(..), Known::Object(other)) => {
                other.iter().all(|(name, it)| same(own.get(name).unwrap(), it))
            }
            _ => false,
        }
    }

    fn any_json() -> impl Strategy<Value = Known> {
        let leaf = prop_oneof![
            Just(Known::Null),
            any::<bool>().prop_map(Known::from),
            any::<i64>().prop_map(Known::from),
            (-1e9..1e9_f64).prop_map(Known::from),
            "[a\"\\\\/\\n\\t\u{1}äß😀]{0,8}".prop_map(Known::from),
        ];
        leaf.prop_recursive(4, 30, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Known::from),
                prop::collection::vec(("[ab\"ä]{0,3}", inner), 0..5)
                    .prop_map(|members| Known::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn text_written_by_serde_json_parses(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            let parsed = Json::parse(&text).unwrap();
            prop_assert!(same(&parsed, &value));
            prop_assert!(same(&Json::parse(&parsed.write()).unwrap(), &value));
        }

        #[test]
        fn text_that_serde_json_parses_is_parsed(text in r#"[\[\]{}:,"a1\-. ]{0,12}"#) {
            let known = serde_json::from_str::<Known>(&text).ok();
            if let Some(known) = &known {
                prop_assert!(same(&Json::parse(&text).unwrap(), known));
            }
        }
    }

    #[test]
    fn numbers_and_lists_keep_their_spelling() {
        let parsed = Json::parse(r#" {"b": 1.10, "a": [true, null,"\u00e4\ud83d\ude00\ud800x"]} "#);
        let list = vec![Json::Word("true".into()), Json::Null, Json::Text("ä😀\u{FFFD}x".into())];
        let list = Json::List(r#"[true, null,"\u00e4\ud83d\ude00\ud800x"]"#, list);
        let Some(Json::Object(_, members)) = parsed else { panic!("an object") };
        assert_eq!(members, [("b".into(), Json::Word("1.10".into())), ("a".into(), list)]);
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "{\"a\":1,}",
            "nul",
            "+1",
            "\"\\x\"",
            "\"\\u12g4\"",
            "1 2",
            "'a'",
        ] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
        assert_eq!(Json::parse(&"[".repeat(100_000)), None);
    }
}
