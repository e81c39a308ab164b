//! Sigma's values and what modifiers make of them.

use crate::limits::SIGMA_BYTES;
use crate::search::WildcardPiece;

/// A value with its wildcards, in bytes: modifiers such as `wide` make bytes that are no longer the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    Any,
    One,
}

/// UTF-16 in its three forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wide {
    Little,
    Big,
    /// Little endian behind a byte order mark.
    Marked,
}

/// Texts that one value may stand for at most.
const ALTERNATIVES: usize = 4_096;

/// What may introduce a parameter on a Windows command line.
const DASHES: [&str; 5] = ["-", "/", "\u{2013}", "\u{2014}", "\u{2015}"];

impl Text {
    /// Reads a value as it stands in a rule: `*` and `?` are wildcards, a backslash before one of them or
    /// before a backslash makes it plain.
    pub(crate) fn parse(value: &str) -> Self {
        let mut text = Self(Vec::new());
        let mut chars = value.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '*' => text.0.push(Part::Any),
                '?' => text.0.push(Part::One),
                '\\' => match chars.next_if(|next| "*?\\".contains(*next)) {
                    Some(plain) => text.push(plain),
                    None => text.push('\\'),
                },
                _ => text.push(char),
            }
        }
        text
    }

    /// A text without wildcards, taken as it stands.
    pub(crate) fn plain(value: &str) -> Self {
        Self(vec![Part::Bytes(value.as_bytes().to_vec())])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes it has.
    pub(crate) fn size(&self) -> usize {
        let size = |part: &Part| match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Any | Part::One => 1,
        };
        self.0.iter().map(size).sum()
    }

    /// With any text before and after it.
    pub(crate) fn surrounded(mut self, before: bool, after: bool) -> Self {
        if before {
            self.0.insert(0, Part::Any);
        }
        if after {
            self.0.push(Part::Any);
        }
        self
    }

    /// In UTF-16, byte by byte.
    pub(crate) fn wide(&self, form: Wide) -> Result<Self, String> {
        let mut parts = Vec::new();
        if form == Wide::Marked {
            parts.push(Part::Bytes(vec![0xFF, 0xFE]));
        }
        for part in &self.0 {
            parts.push(match part {
                Part::Bytes(bytes) => Part::Bytes(
                    as_text(bytes)?
                        .encode_utf16()
                        .flat_map(|unit| match form {
                            Wide::Big => unit.to_be_bytes(),
                            Wide::Little | Wide::Marked => unit.to_le_bytes(),
                        })
                        .collect(),
                ),
                wildcard => wildcard.clone(),
            });
        }
        Ok(Self(parts))
    }

    /// In base64.
    pub(crate) fn base64(&self) -> Result<Self, String> {
        Ok(Self::plain(&encode(&self.bytes()?, true)))
    }

    /// What stays the same of its base64 wherever it begins in what is encoded: three texts, of which one
    /// stands in the whole.
    pub(crate) fn base64_offsets(&self) -> Result<Vec<Self>, String> {
        let bytes = self.bytes()?;
        let shifted = |shift: usize| {
            let padded = [vec![b' '; shift], bytes.clone()].concat();
            let encoded = encode(&padded, false);
            // The first characters still depend on what comes before, the last on what comes after.
            let start = [0, 2, 3].get(shift).copied().unwrap_or_default();
            let end = padded.len() * 8 / 6;
            Self::plain(encoded.get(start..end).unwrap_or_default())
        };
        Ok((0..3).map(shifted).collect())
    }

    /// With each dash that begins a parameter as any of the characters Windows takes for it.
    pub(crate) fn dashes(&self) -> Result<Vec<Self>, String> {
        let mut all = vec![Self(Vec::new())];
        let mut before = None;
        let size = self.size().max(1);
        for part in &self.0 {
            let Part::Bytes(bytes) = part else {
                all.iter_mut().for_each(|text| text.0.push(part.clone()));
                before = None;
                continue;
            };
            let mut chars = as_text(bytes)?.chars().peekable();
            while let Some(char) = chars.next() {
                let begins = (char == '-' || char == '/')
                    && !before.is_some_and(is_word)
                    && chars.peek().is_some_and(|next| is_word(*next));
                if begins {
                    let texts = all.len() * DASHES.len();
                    if texts > ALTERNATIVES || texts > SIGMA_BYTES / size {
                        return Err(format!("windash makes more than {ALTERNATIVES} texts of it"));
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

    /// With its first placeholder (`%name%`) replaced by each of its values; as it is if it has none. A
    /// placeholder without values is an error.
    pub(crate) fn expanded(
        &self,
        values: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Result<Vec<Self>, String> {
        let mut done = vec![Self(Vec::new())];
        for part in &self.0 {
            let Part::Bytes(bytes) = part else {
                done.iter_mut().for_each(|text| text.0.push(part.clone()));
                continue;
            };
            let mut rest = as_text(bytes)?;
            while let Some((before, name, after)) = placeholder(rest) {
                let known = values(name)
                    .filter(|values| !values.is_empty())
                    .ok_or_else(|| format!("the placeholder %{name}% has no values"))?;
                let bytes = done.iter().map(Self::size).sum::<usize>() * known.len()
                    + (known.iter().map(String::len).sum::<usize>() + before.len()) * done.len();
                if done.len() * known.len() > ALTERNATIVES || bytes > SIGMA_BYTES {
                    return Err(format!(
                        "its placeholders make more than {ALTERNATIVES} texts of it"
                    ));
                }
                done = done
                    .into_iter()
                    .flat_map(|text| {
                        known.iter().map(move |value| {
                            let mut text = text.clone();
                            text.append(Self(vec![Part::Bytes(before.as_bytes().to_vec())]));
                            text.append(Self::parse(value));
                            text
                        })
                    })
                    .collect();
                rest = after;
            }
            let tail = Self(vec![Part::Bytes(rest.as_bytes().to_vec())]);
            done.iter_mut().for_each(|text| text.append(tail.clone()));
        }
        Ok(done)
    }

    /// As the search language has it.
    pub(crate) fn pieces(&self) -> Result<Vec<WildcardPiece>, String> {
        self.0
            .iter()
            .map(|part| {
                Ok(match part {
                    Part::Bytes(bytes) => WildcardPiece::Text(as_text(bytes)?.to_owned()),
                    Part::Any => WildcardPiece::Any,
                    Part::One => WildcardPiece::One,
                })
            })
            .collect()
    }

    /// The text, if it has no wildcards.
    pub(crate) fn as_plain(&self) -> Result<String, String> {
        as_text(&self.bytes()?).map(str::to_owned)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        for part in &self.0 {
            match part {
                Part::Bytes(bytes) => all.extend_from_slice(bytes),
                Part::Any | Part::One => {
                    return Err("a wildcard cannot stand in such a value".into());
                }
            }
        }
        Ok(all)
    }

    fn push(&mut self, char: char) {
        let mut buffer = [0; 4];
        let bytes = char.encode_utf8(&mut buffer).as_bytes();
        match self.0.last_mut() {
            Some(Part::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.0.push(Part::Bytes(bytes.to_vec())),
        }
    }

    fn append(&mut self, other: Self) {
        self.0.extend(other.0.into_iter().filter(|part| *part != Part::Bytes(Vec::new())));
    }
}

/// A `%name%` with what stands before and after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find('%')?;
        let after = text.get(start + 1..)?;
        let end = after.find('%')?;
        let name = after.get(..end)?;
        if !name.is_empty()
            && name.chars().all(|char| char.is_alphanumeric() || "_-.".contains(char))
        {
            return Some((text.get(..start)?, name, after.get(end + 1..)?));
        }
        from = start + 1;
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn as_text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| {
        "its bytes are no text that an event could hold; base64 or base64offset is missing".into()
    })
}

fn encode(bytes: &[u8], pad: bool) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte))
            << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            let index = bits >> (18 - 6 * digit) & 0x3F;
            text.push(DIGITS.get(index).copied().map_or('A', char::from));
        }
        if pad {
            text.extend(std::iter::repeat_n('=', 3 - three.len()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &Text) -> String {
        let piece = |piece: WildcardPiece| match piece {
            WildcardPiece::Text(text) => text,
            WildcardPiece::Any => "<any>".into(),
            WildcardPiece::One => "<one>".into(),
        };
        text.pieces().unwrap().into_iter().map(piece).collect()
    }

    #[test]
    fn backslashes_as_the_specification_lists_them() {
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
            assert_eq!(shown(&Text::parse(value)), expected, "{value}");
        }
    }

    #[test]
    fn base64_and_its_offsets() {
        assert_eq!(shown(&Text::parse("foobar").base64().unwrap()), "Zm9vYmFy");
        assert_eq!(shown(&Text::parse("fooba").base64().unwrap()), "Zm9vYmE=");
        assert_eq!(shown(&Text::parse("f").base64().unwrap()), "Zg==");
        let offsets: Vec<_> =
            Text::parse("foobar").base64_offsets().unwrap().iter().map(shown).collect();
        assert_eq!(offsets, ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
        assert!(Text::parse("a*").base64().is_err());
    }

    #[test]
    fn offsets_stand_in_every_encoding() {
        for length in 1..8 {
            let needle: String = "Invoke-X".chars().take(length).collect();
            let offsets = Text::parse(&needle).base64_offsets().unwrap();
            for before in 0..7 {
                let whole = format!("{}{needle}{}", "#".repeat(before), "~~~");
                let encoded = encode(whole.as_bytes(), true);
                let found = offsets.iter().map(shown).any(|text| encoded.contains(&text));
                assert!(found, "{whole}");
            }
        }
    }

    #[test]
    fn wide_texts() {
        assert_eq!(shown(&Text::parse("cmd").wide(Wide::Little).unwrap()), "c\0m\0d\0");
        assert_eq!(shown(&Text::parse("c").wide(Wide::Big).unwrap()), "\0c");
        let marked = Text::parse("c").wide(Wide::Marked).unwrap();
        assert_eq!(marked.bytes().unwrap(), [0xFF, 0xFE, b'c', 0]);
        assert!(marked.pieces().is_err());
        let wide = Text::parse("ping").wide(Wide::Little).unwrap();
        assert_eq!(shown(&wide.base64().unwrap()), "cABpAG4AZwA=");
    }

    #[test]
    fn dashes_only_where_a_parameter_begins() {
        let shown_all =
            |value| -> Vec<_> { Text::parse(value).dashes().unwrap().iter().map(shown).collect() };
        assert_eq!(
            shown_all(" -enc-x"),
            [" -enc-x", " /enc-x", " \u{2013}enc-x", " \u{2014}enc-x", " \u{2015}enc-x"]
        );
        assert_eq!(shown_all("Get-Item"), ["Get-Item"]);
        assert_eq!(shown_all("a - b"), ["a - b"]);
        assert_eq!(shown_all("-a -b").len(), 25);
        assert!(Text::parse("-a -b -c -d -e -f -g").dashes().is_err());
    }

    #[test]
    fn placeholders_need_values() {
        let values =
            |name: &str| (name == "Servers").then(|| vec!["srv*".to_owned(), "dc01".to_owned()]);
        let expand = |value| Text::parse(value).expanded(&values);
        let texts: Vec<_> = expand("a%Servers%b").unwrap().iter().map(shown).collect();
        assert_eq!(texts, ["asrv<any>b", "adc01b"]);
        assert_eq!(expand("100%").unwrap().len(), 1);
        assert!(expand("%Unknown%").unwrap_err().contains("%Unknown%"));
    }
}
