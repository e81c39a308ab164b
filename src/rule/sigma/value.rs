//! [`SigmaString`]: a value with wildcards, and its encodings.

use super::error::excerpt;
use crate::limits::SIGMA_BYTES;
use crate::search::WildcardPiece;

/// A value with its wildcards. Its text is held as bytes, because modifiers such as `wide` make bytes that are no UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SigmaString(Vec<StringPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum StringPart {
    Bytes(Vec<u8>),
    /// `*`: any text.
    Any,
    /// `?`: one character.
    One,
    /// `%name%`, until `expand` replaces it.
    Placeholder(String),
}

/// Returns the values of a placeholder by its name without `%`. `None` for an unknown name.
pub(crate) type Placeholders<'a> = &'a dyn Fn(&str) -> Option<Vec<String>>;

/// An encoding form of UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Utf16Form {
    /// Little endian.
    Le,
    /// Big endian.
    Be,
    /// Little endian after a byte order mark.
    LeWithBom,
}

/// Upper bound on the texts that one value expands to.
const ALTERNATIVES: usize = 4_096;

/// The error of a modifier that is before `expand`.
const UNEXPANDED: &str = "expand must be the first modifier that changes the value";

/// The characters that may introduce a parameter on a Windows command line.
const DASHES: [&str; 5] = ["-", "/", "\u{2013}", "\u{2014}", "\u{2015}"];

impl SigmaString {
    /// Parses a value: `*` and `?` are wildcards, and a backslash before one of them or before a backslash escapes it.
    pub(crate) fn parse(value: &str) -> Self {
        Self::parse_escaped(value, "*?\\")
    }

    /// Parses a value in which `%name%` is a placeholder. A backslash also escapes `%`.
    pub(crate) fn parse_with_placeholders(value: &str) -> Self {
        let mut text = Self(Vec::new());
        let mut rest = value;
        while let Some((before, name, after)) = placeholder(rest) {
            text.append(Self::parse_escaped(before, "*?\\%"));
            text.0.push(StringPart::Placeholder(name.to_owned()));
            rest = after;
        }
        text.append(Self::parse_escaped(rest, "*?\\%"));
        text
    }

    fn parse_escaped(value: &str, escapable: &str) -> Self {
        let mut text = Self(Vec::new());
        let mut chars = value.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '*' => text.0.push(StringPart::Any),
                '?' => text.0.push(StringPart::One),
                '\\' => match chars.next_if(|next| escapable.contains(*next)) {
                    Some(escaped) => text.push(escaped),
                    None => text.push('\\'),
                },
                _ => text.push(char),
            }
        }
        text
    }

    /// Creates a value without wildcards or escapes.
    pub(crate) fn literal(value: &str) -> Self {
        Self(vec![StringPart::Bytes(value.as_bytes().to_vec())])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns its size in bytes. A wildcard counts as one.
    pub(crate) fn size(&self) -> usize {
        let size = |part: &StringPart| match part {
            StringPart::Bytes(bytes) => bytes.len(),
            StringPart::Any | StringPart::One | StringPart::Placeholder(_) => 1,
        };
        self.0.iter().map(size).sum()
    }

    /// Adds the wildcard `*` before and after.
    pub(crate) fn surround(mut self, before: bool, after: bool) -> Self {
        if before {
            self.0.insert(0, StringPart::Any);
        }
        if after {
            self.0.push(StringPart::Any);
        }
        self
    }

    /// Encodes the texts between wildcards in UTF-16.
    pub(crate) fn to_utf16(&self, form: Utf16Form) -> Result<Self, String> {
        let mut parts = Vec::new();
        if form == Utf16Form::LeWithBom {
            parts.push(StringPart::Bytes(vec![0xFF, 0xFE]));
        }
        for part in &self.0 {
            parts.push(match part {
                StringPart::Bytes(bytes) => StringPart::Bytes(
                    as_text(bytes)?
                        .encode_utf16()
                        .flat_map(|unit| match form {
                            Utf16Form::Be => unit.to_be_bytes(),
                            Utf16Form::Le | Utf16Form::LeWithBom => unit.to_le_bytes(),
                        })
                        .collect(),
                ),
                wildcard => wildcard.clone(),
            });
        }
        Ok(Self(parts))
    }

    /// Encodes it in base64. An error if it has wildcards.
    pub(crate) fn to_base64(&self) -> Result<Self, String> {
        Ok(Self::literal(&encode_base64(&self.bytes()?, true)))
    }

    /// Returns the parts of its base64 that do not depend on the bytes around it, for each of the three offsets at which
    /// it may begin. Any base64 text of bytes that contain the value contains one of them. An error if it has wildcards.
    pub(crate) fn to_base64_offsets(&self) -> Result<Vec<Self>, String> {
        let bytes = self.bytes()?;
        let at_offset = |offset: usize| {
            let padded = [vec![b' '; offset], bytes.clone()].concat();
            let encoded = encode_base64(&padded, false);
            // The first characters depend on the bytes before, the last one on those after.
            let start = [0, 2, 3].get(offset).copied().unwrap_or_default();
            let end = padded.len() * 8 / 6;
            Self::literal(encoded.get(start..end).unwrap_or_default())
        };
        Ok((0..3).map(at_offset).collect())
    }

    /// Replaces each dash that begins a parameter by each of the characters that Windows accepts for it: all combinations.
    pub(crate) fn with_dashes(&self) -> Result<Vec<Self>, String> {
        let mut all = vec![Self(Vec::new())];
        let mut before = None;
        let size = self.size().max(1);
        for part in &self.0 {
            let StringPart::Bytes(bytes) = part else {
                all.iter_mut().for_each(|text| text.0.push(part.clone()));
                before = None;
                continue;
            };
            let mut chars = as_text(bytes)?.chars().peekable();
            while let Some(char) = chars.next() {
                let is_dash = DASHES.iter().any(|dash| dash.chars().eq([char]));
                let begins_parameter = is_dash
                    && !before.is_some_and(is_word)
                    && chars.peek().is_some_and(|next| is_word(*next));
                if begins_parameter {
                    let texts = all.len() * DASHES.len();
                    if texts > ALTERNATIVES || texts > SIGMA_BYTES / size {
                        return Err(format!(
                            "windash expands a value to more than {ALTERNATIVES} texts"
                        ));
                    }
                    all = all
                        .into_iter()
                        .flat_map(|text| {
                            DASHES.iter().map(move |dash| {
                                let mut text = text.clone();
                                dash.chars().for_each(|char| text.push(char));
                                text
                            })
                        })
                        .collect();
                } else {
                    all.iter_mut().for_each(|text| text.push(char));
                }
                before = Some(char);
            }
        }
        Ok(all)
    }

    /// Replaces each placeholder `%name%` by each of its values: all combinations.
    ///
    /// # Errors
    ///
    /// A placeholder without values, or more than [`ALTERNATIVES`] texts.
    pub(crate) fn expand(&self, values: Placeholders<'_>) -> Result<Vec<Self>, String> {
        let mut expanded = vec![Self(Vec::new())];
        for part in &self.0 {
            let StringPart::Placeholder(name) = part else {
                expanded.iter_mut().for_each(|text| text.0.push(part.clone()));
                continue;
            };
            let size = expanded.iter().map(Self::size).sum();
            let values = placeholder_values(name, values, expanded.len(), size)?;
            expanded = expanded
                .into_iter()
                .flat_map(|text| {
                    values.iter().map(move |value| {
                        let mut text = text.clone();
                        text.append(Self::parse(value));
                        text
                    })
                })
                .collect();
        }
        Ok(expanded)
    }

    /// Returns the pieces of the search language's pattern. An error if its bytes are no UTF-8.
    pub(crate) fn pieces(&self) -> Result<Vec<WildcardPiece>, String> {
        self.0
            .iter()
            .map(|part| {
                Ok(match part {
                    StringPart::Bytes(bytes) => WildcardPiece::Text(as_text(bytes)?.to_owned()),
                    StringPart::Any => WildcardPiece::Any,
                    StringPart::One => WildcardPiece::One,
                    StringPart::Placeholder(_) => return Err(UNEXPANDED.into()),
                })
            })
            .collect()
    }

    /// Returns the text. An error if it has wildcards.
    pub(crate) fn to_plain_text(&self) -> Result<String, String> {
        as_text(&self.bytes()?).map(str::to_owned)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        for part in &self.0 {
            match part {
                StringPart::Bytes(bytes) => all.extend_from_slice(bytes),
                StringPart::Placeholder(_) => return Err(UNEXPANDED.into()),
                StringPart::Any | StringPart::One => {
                    return Err("the value must not have wildcards: escape * and ? with \\".into());
                }
            }
        }
        Ok(all)
    }

    fn push(&mut self, char: char) {
        let mut buffer = [0; 4];
        let bytes = char.encode_utf8(&mut buffer).as_bytes();
        match self.0.last_mut() {
            Some(StringPart::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.0.push(StringPart::Bytes(bytes.to_vec())),
        }
    }

    fn append(&mut self, other: Self) {
        self.0.extend(other.0.into_iter().filter(|part| *part != StringPart::Bytes(Vec::new())));
    }
}

/// Replaces each placeholder `%name%` of a regular expression by each of its values, as they are written: all
/// combinations.
///
/// # Errors
///
/// A placeholder without values, or more than [`ALTERNATIVES`] expressions.
pub(super) fn expand_pattern(
    pattern: &str,
    values: Placeholders<'_>,
) -> Result<Vec<String>, String> {
    let mut expanded = vec![String::new()];
    let mut rest = pattern;
    while let Some((before, name, after)) = placeholder(rest) {
        let size = expanded.iter().map(|text| text.len() + before.len()).sum();
        let values = placeholder_values(name, values, expanded.len(), size)?;
        expanded = expanded
            .iter()
            .flat_map(|text| values.iter().map(move |value| format!("{text}{before}{value}")))
            .collect();
        rest = after;
    }
    expanded.iter_mut().for_each(|text| text.push_str(rest));
    Ok(expanded)
}

/// Returns the values of a placeholder in a value that has expanded to so many texts of this size altogether.
fn placeholder_values(
    name: &str,
    values: Placeholders<'_>,
    texts: usize,
    size: usize,
) -> Result<Vec<String>, String> {
    let values = values(name).filter(|values| !values.is_empty()).ok_or_else(|| {
        let name = excerpt(name);
        format!(
            "the placeholder %{name}% has no values: add the table {name}.csv or a macro {name}, or write \\% for a percent sign"
        )
    })?;
    let bytes = size * values.len() + values.iter().map(String::len).sum::<usize>() * texts;
    if texts * values.len() > ALTERNATIVES || bytes > SIGMA_BYTES {
        return Err(format!("placeholders expand a value to more than {ALTERNATIVES} texts"));
    }
    Ok(values)
}

/// Splits a text at its first `%name%`: the text before, the name, and the text after. Escaped percent signs begin and
/// end no placeholder.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut start = None;
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        let escaped = is_escaped;
        is_escaped = char == '\\' && !escaped;
        match (char, start) {
            ('%', Some(start)) if start + 1 < at && !escaped => {
                return Some((text.get(..start)?, text.get(start + 1..at)?, text.get(at + 1..)?));
            }
            ('%', _) => start = (!escaped).then_some(at),
            ('*' | '?' | '\\', _) => start = None,
            _ => {}
        }
    }
    None
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn as_text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| {
        "the encoded bytes are not text: add base64 or base64offset after the encoding".into()
    })
}

fn encode_base64(bytes: &[u8], pad: bool) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte))
            << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            let index = bits >> (18 - 6 * digit) & 0x3F;
            text.push(DIGITS.get(index).copied().map_or('A', char::from));
        }
        if pad {
            text.extend(std::iter::repeat_n('=', 3 - group.len()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(text: &SigmaString) -> String {
        let piece = |piece: WildcardPiece| match piece {
            WildcardPiece::Text(text) => text,
            WildcardPiece::Any => "<any>".into(),
            WildcardPiece::One => "<one>".into(),
        };
        text.pieces().unwrap().into_iter().map(piece).collect()
    }

    #[test]
    fn backslashes_as_in_the_specification() {
        for (value, expected) in [
            (r"a*b?c", "a<any>b<one>c"),
            (r"C:\Windows\cmd.exe", r"C:\Windows\cmd.exe"),
            (r"a\\b", r"a\b"),
            (r"\*\?", "*?"),
            (r"a\\*", r"a\<any>"),
            (r"a\\\*", r"a\*"),
            (r"\\\\server", r"\\server"),
            (r"a\", r"a\"),
        ] {
            assert_eq!(display(&SigmaString::parse(value)), expected, "{value}");
        }
    }

    #[test]
    fn base64_and_its_offsets() {
        assert_eq!(display(&SigmaString::parse("foobar").to_base64().unwrap()), "Zm9vYmFy");
        assert_eq!(display(&SigmaString::parse("fooba").to_base64().unwrap()), "Zm9vYmE=");
        assert_eq!(display(&SigmaString::parse("f").to_base64().unwrap()), "Zg==");
        let offsets: Vec<_> =
            SigmaString::parse("foobar").to_base64_offsets().unwrap().iter().map(display).collect();
        assert_eq!(offsets, ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
        assert!(SigmaString::parse("a*").to_base64().is_err());
    }

    #[test]
    fn every_encoding_contains_an_offset() {
        for length in 1..8 {
            let needle: String = "Invoke-X".chars().take(length).collect();
            let offsets = SigmaString::parse(&needle).to_base64_offsets().unwrap();
            for before in 0..7 {
                let text = format!("{}{needle}{}", "#".repeat(before), "~~~");
                let encoded = encode_base64(text.as_bytes(), true);
                let found = offsets.iter().map(display).any(|offset| encoded.contains(&offset));
                assert!(found, "{text}");
            }
        }
    }

    #[test]
    fn utf_16() {
        assert_eq!(
            display(&SigmaString::parse("cmd").to_utf16(Utf16Form::Le).unwrap()),
            "c\0m\0d\0"
        );
        assert_eq!(display(&SigmaString::parse("c").to_utf16(Utf16Form::Be).unwrap()), "\0c");
        let with_bom = SigmaString::parse("c").to_utf16(Utf16Form::LeWithBom).unwrap();
        assert_eq!(with_bom.bytes().unwrap(), [0xFF, 0xFE, b'c', 0]);
        assert!(with_bom.pieces().is_err());
        let wide = SigmaString::parse("ping").to_utf16(Utf16Form::Le).unwrap();
        assert_eq!(display(&wide.to_base64().unwrap()), "cABpAG4AZwA=");
    }

    #[test]
    fn dashes_only_where_a_parameter_begins() {
        let display_all = |value| -> Vec<_> {
            SigmaString::parse(value).with_dashes().unwrap().iter().map(display).collect()
        };
        assert_eq!(
            display_all(" -enc-x"),
            [" -enc-x", " /enc-x", " \u{2013}enc-x", " \u{2014}enc-x", " \u{2015}enc-x"]
        );
        assert_eq!(display_all("Get-Item"), ["Get-Item"]);
        assert_eq!(display_all("a - b"), ["a - b"]);
        assert_eq!(display_all("-a -b").len(), 25);
        assert!(SigmaString::parse("-a -b -c -d -e -f -g").with_dashes().is_err());
    }

    #[test]
    fn placeholders_need_values() {
        let values =
            |name: &str| (name == "Servers").then(|| vec!["srv*".to_owned(), "dc01".to_owned()]);
        let expand = |value: &str| SigmaString::parse_with_placeholders(value).expand(&values);
        let texts =
            |value: &str| -> Vec<String> { expand(value).unwrap().iter().map(display).collect() };
        assert_eq!(texts("a%Servers%b"), ["asrv<any>b", "adc01b"]);
        for (value, expected) in [
            ("100%", "100%"),
            ("%%", "%%"),
            (r"\%temp\%", "%temp%"),
            (r"\%Servers%", "%Servers%"),
            (r"\%plain%Servers%", "%plaindc01"),
            (r"%Servers%\%", "dc01%"),
            (r"50%%Servers%", "50%dc01"),
            (r"C:\\%Servers%", r"C:\dc01"),
            (r"C:\a\%Servers%\b", r"C:\a%Servers%\b"),
            (r"%a*Servers%", "%a<any>Servers%"),
            (r"a\*%Servers%?", "a*dc01<one>"),
        ] {
            assert_eq!(texts(value).last().map(String::as_str), Some(expected), "{value}");
        }
        assert_eq!(texts("%Servers%%Servers%").len(), 4);
        assert!(SigmaString::parse_with_placeholders("%Servers%").to_base64().is_err());
        let unknown = expand("50% of all, 20% of some").unwrap_err();
        assert!(unknown.contains("% of all, 20%") && unknown.contains(r"\%"), "{unknown}");
        assert!(expand("%Unknown%").unwrap_err().contains("%Unknown%"));
    }
}
