//! Detects signs of obfuscation that [`views`](super::views) can undo.
//!
//! Deobfuscating a text takes far longer than reading it, so it is done only for texts with one of these signs:
//!
//! | sign | example |
//! | --- | --- |
//! | strings joined by `+` | `'In' + 'voke'` |
//! | adjacent placeholders of a format | `{1}{0}` |
//! | a cast to `char`, unless it is a parameter's type on a line of its own | `[char]73` |
//! | the word `base64` | `FromBase64String` |
//! | base64 of UTF-16 | `SQBuAHYAbwBrAGUA` |
//! | a backtick inside a word | ``I`E`X`` |
//! | `-replace`, `.Replace` or `-join` next to a quotation mark | `'In#voke'.Replace('#','')` |
//!
//! Every text that is read is tested, so the signs are found by their rarest characters, sixteen characters a step.

use crate::simd::{PairClasses, any_pair};
use crate::text::Raw;

/// Returns whether the text has a sign of obfuscation. The result does not depend on the form in which the source holds
/// the text.
///
/// ```
/// use scriptscope::internal::script::is_obfuscated;
/// use scriptscope::internal::text::Raw;
///
/// assert!(is_obfuscated(Raw::from("& ('i'+'ex') $code")));
/// assert!(!is_obfuscated(Raw::from("Get-ChildItem -Recurse")));
/// ```
pub fn is_obfuscated(text: Raw<'_>) -> bool {
    match text {
        Raw::Utf16(bytes) => has_sign::<2>(bytes, false),
        Raw::Wtf8(bytes) => has_sign::<1>(bytes, false),
        // Logs escape only quotation marks, line ends and slashes, which base64 may hold. A sign in the escaped text is a
        // candidate; the decoded text decides.
        Raw::Escaped(text) => {
            has_sign::<1>(text.bytes(), true) && has_sign::<1>(&text.decode(), false)
        }
    }
}

/// Characters of the longest sign after its first.
const MAX_REACH: isize = 11;

/// Letters that form an escape sequence with a backtick, so that the two occur in ordinary strings.
const ESCAPE_LETTERS: &[u8] = b"abefnrtuv";

/// The characters at which [`Signs::is_sign`] recognises a sign, with those that may follow each.
const CLASSES: PairClasses = PairClasses::new(
    [(b"}\\", b"{/"), (b"-.", b"rRjJ"), (b"A", b"ABCDEFGH"), (b"[6", b"cC4")],
    *b"+`",
);

fn has_sign<const W: usize>(text: &[u8], escaped: bool) -> bool {
    let (units, _) = text.as_chunks::<W>();
    let signs = Signs { units, escaped };
    any_pair::<W>(units.as_flattened(), &CLASSES, |begin, mut places| {
        while places != 0 {
            if signs.is_sign(begin + places.trailing_zeros() as usize) {
                return true;
            }
            places &= places - 1;
        }
        false
    })
    .unwrap_or_else(|| (0..units.len()).any(|at| signs.is_sign(at)))
}

/// A text of units of `W` bytes in which signs are verified.
struct Signs<'a, const W: usize> {
    units: &'a [[u8; W]],
    /// A quotation mark may be escaped, as `&quot;`, `&apos;` or `\"`.
    escaped: bool,
}

impl<const W: usize> Signs<'_, W> {
    /// Returns the ASCII character `offset` units from `place`, in lower case; 0 for any other unit.
    fn get_lower(&self, place: usize, offset: isize) -> u8 {
        self.get(place, offset).to_ascii_lowercase()
    }

    /// Returns the ASCII character `offset` units from `place`; 0 for any other unit.
    fn get(&self, place: usize, offset: isize) -> u8 {
        let unit = place.checked_add_signed(offset).and_then(|at| self.units.get(at));
        match unit.map(<[u8; W]>::as_slice) {
            Some([low, 0] | [low]) if low.is_ascii() => *low,
            _ => 0,
        }
    }

    /// Returns whether a lower-case word begins `from` units from `place`, in any case.
    fn has(&self, place: usize, from: isize, word: &[u8]) -> bool {
        (from..).zip(word).all(|(offset, byte)| self.get_lower(place, offset) == *byte)
    }

    /// Returns whether the `[char]` or `[char[]]` at `place` ends its line, which makes it a parameter's type rather than
    /// a cast. PowerShell generates modules from CIM classes with long lists of such parameters, and most logs have some.
    fn is_parameter_type(&self, place: usize) -> bool {
        let end = if self.has(place, 5, b"[]") { 7 } else { 5 };
        self.get(place, end) == b']' && matches!(self.get(place, end + 1), b'\r' | b'\n')
    }

    /// Returns whether the character at `place` and those around it are a sign.
    fn is_sign(&self, place: usize) -> bool {
        let quote = |offset| match self.get(place, offset) {
            b'\'' | b'"' => true,
            b';' if offset < 0 => self.escaped,
            b'&' | b'\\' if offset > 0 => self.escaped,
            _ => false,
        };
        match self.get(place, 0) {
            b'+' => {
                let before = -1 - isize::from(self.get(place, -1) == b' ');
                let after = 1 + isize::from(self.get(place, 1) == b' ');
                quote(before) && quote(after)
            }
            b'`' => {
                let after = self.get(place, 1);
                self.get(place, -1).is_ascii_alphabetic()
                    && after.is_ascii_alphabetic()
                    && !ESCAPE_LETTERS.contains(&after)
            }
            b'}' => self.get(place, 1) == b'{',
            b'\\' => self.escaped && self.get(place, 1) == b'/',
            b'[' => self.has(place, 1, b"char") && !self.is_parameter_type(place),
            b'6' => self.has(place, -4, b"base64"),
            b'A' => {
                [3, 8, MAX_REACH].iter().all(|at| self.get(place, *at) == b'A')
                    && [1, 9].iter().all(|at| matches!(self.get(place, *at), b'A'..=b'H'))
                    && (0..=MAX_REACH).all(|offset| is_base64_digit(self.get(place, offset)))
            }
            b'-' | b'.' => {
                let before = -1 - isize::from(self.get(place, -1) == b' ');
                let quoted =
                    quote(before) || (self.get(place, before) == b')' && quote(before - 1));
                let joins = self.has(place, 1, b"join");
                let opens = || {
                    let open = 5 + isize::from(self.get(place, 5) == b' ');
                    let list = open + isize::from(self.get(place, open) == b'@');
                    self.get(place, list) == b'(' && quote(list + 1)
                };
                (quoted && (joins || self.has(place, 1, b"replace"))) || (joins && opens())
            }
            _ => false,
        }
    }
}

fn is_base64_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Escaped;
    use proptest::prelude::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// Tests a text as WTF-8 and as UTF-16, with the same result.
    fn is_obfuscated_in_both_encodings(text: &str) -> bool {
        let wtf8 = is_obfuscated(Raw::from(text));
        assert_eq!(is_obfuscated(Raw::Utf16(&utf16(text))), wtf8, "{text}");
        wtf8
    }

    #[test]
    fn signs_are_found_at_any_position() {
        for sign in [
            "'Enable-'+'PSRemoting'",
            "\"a\" + \"b\"",
            "'{1}{0}' -f 'b','a'",
            "[CHAR]73",
            "[char[]](73,69)",
            "[char] 73",
            "[char[]]'IEX'",
            "[char]`\n73",
            "[Convert]::FromBase64String('aWV4')",
            "I`E`X",
            "i`wr x",
            "powershell -e SQBuAHYAbwBrAGUALQBFAHgAcAByAGUAcwBzAGkAbwBuAA==",
            "'In#voke'.Replace('#','')",
            "('In#voke') -replace '#'",
            "('i','ex') -join ''",
            "-join @('i','ex')",
        ] {
            for before in [0, 1, 7, 8, 15, 16, 17, 40, 300] {
                for after in [0, 1, 11, 12, 40] {
                    let text = format!("{}{sign}{}", "x ".repeat(before), " ;".repeat(after));
                    assert!(is_obfuscated_in_both_encodings(&text), "{text}");
                }
            }
        }
        for plain in [
            "",
            "Get-ChildItem -Recurse | Select-Object -Property Name",
            "$a + $b; $i++; 'a' + $b",
            "\"line`r`n`tnext\" `\n -Force",
            "$x.Replace('a', $b) -replace $c -join ','",
            "SetBase 64; $a[0]; @{ a = @{} }; AAAA",
            "param(\n    [char]\r\n    ${DriveLetter},\n    [Char[]]\n    ${Others})",
        ] {
            assert!(!is_obfuscated_in_both_encodings(plain), "{plain}");
        }
    }

    const PIECES: &[&str] = &[
        "'",
        "\"",
        "+",
        " ",
        "`",
        "I",
        "n",
        "X",
        "}",
        "{",
        "[",
        "char",
        "]",
        "base",
        "64",
        "A",
        "AAAAAAAAAAAA",
        "-",
        ".",
        "replace",
        "Join",
        "(",
        ")",
        "@",
        "ä",
        "😀",
        "\n",
        "&",
        "<",
        "\\",
        "lorem ipsum dolor",
    ];

    proptest! {
        #[test]
        fn every_form_of_a_text_has_the_same_signs(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        ) {
            let text = pieces.concat();
            let units: Vec<[u8; 1]> = text.bytes().map(|byte| [byte]).collect();
            let signs = Signs { units: &units, escaped: false };
            let naive = (0..units.len()).any(|place| signs.is_sign(place));
            prop_assert_eq!(is_obfuscated_in_both_encodings(&text), naive);
            let json = serde_json::to_string(&text).unwrap();
            let inner = &json.as_bytes()[1..json.len() - 1];
            let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;");
            let forms = [Escaped::from_json(inner), Escaped::from_xml(xml.as_bytes())];
            for escaped in forms.into_iter().flatten() {
                prop_assert_eq!(is_obfuscated(Raw::Escaped(escaped)), naive);
            }
        }
    }
}
