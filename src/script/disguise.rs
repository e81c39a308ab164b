//! Whether a text shows signs of a disguise that [`views`](super::views) can take off.
//!
//! Looking behind a text takes far longer than reading it, so it is done only where one of these signs stands:
//! strings glued by `+`, `}{` of a format, `[char`, `base64`, base64 of UTF-16 itself, backticks within words, and
//! `-replace`, `.Replace` or `-join` on what is quoted. Every text that is read is asked, so the signs are looked for
//! by their rarest characters, sixteen bytes at a time.

use crate::text::Raw;
use memchr::memmem::find;

/// Whether there is a sign. It depends on the text alone, not on the form in which its source holds it.
pub fn is_disguised(text: Raw<'_>) -> bool {
    match text {
        Raw::Utf16(bytes) => stands_in::<2>(bytes, false),
        Raw::Wtf8(bytes) => stands_in::<1>(bytes, false),
        // Only quotes, slashes and line ends are written as escapes; a slash may stand in base64.
        Raw::Escaped(text) => {
            let may = stands_in::<1>(text.bytes(), true) || find(text.bytes(), b"\\/").is_some();
            may && stands_in::<1>(&text.decoded(), false)
        }
    }
}

/// Bytes looked at in one step.
const STEP: usize = 16;

/// Units of the longest sign after its first.
const REACH: usize = 11;

fn stands_in<const W: usize>(text: &[u8], escaped: bool) -> bool {
    let (units, _) = text.as_chunks::<W>();
    let signs = Signs { units, escaped };
    let places = units.len().saturating_sub(REACH) * W;
    let lane = |offset: usize| {
        let steps = text.get(offset * W..).and_then(|text| text.get(..places));
        steps.unwrap_or_default().as_chunks::<STEP>().0
    };
    let (firsts, seconds) = (lane(0), lane(1));
    let far = lane(3).iter().zip(lane(8)).zip(lane(REACH));
    for (at, ((first, second), ((a, b), c))) in firsts.iter().zip(seconds).zip(far).enumerate() {
        if lanes::any::<W>(first, second, [a, b, c]) {
            let start = at * STEP / W;
            if (start..start + STEP / W).any(|place| signs.at(place)) {
                return true;
            }
        }
    }
    (firsts.len() * STEP / W..units.len()).any(|place| signs.at(place))
}

struct Signs<'a, const W: usize> {
    units: &'a [[u8; W]],
    /// A quote may be written as an escape, which begins with `&` or a backslash and may end with `;`.
    escaped: bool,
}

impl<const W: usize> Signs<'_, W> {
    /// The ASCII character so many units from a place, in lower case; 0 for any other unit.
    fn lower(&self, place: usize, offset: isize) -> u8 {
        self.get(place, offset).to_ascii_lowercase()
    }

    fn get(&self, place: usize, offset: isize) -> u8 {
        let unit = place.checked_add_signed(offset).and_then(|at| self.units.get(at));
        match unit.map(<[u8; W]>::as_slice) {
            Some([low, 0] | [low]) if low.is_ascii() => *low,
            _ => 0,
        }
    }

    fn has(&self, place: usize, from: isize, word: &[u8]) -> bool {
        (from..).zip(word).all(|(offset, byte)| self.lower(place, offset) == *byte)
    }

    /// Whether the character of a sign that is looked for stands here, and the sign around it.
    fn at(&self, place: usize) -> bool {
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
                    && !ESCAPES.contains(&after)
            }
            b'}' => self.get(place, 1) == b'{',
            b'[' => self.has(place, 1, b"char"),
            b'6' => self.has(place, -4, b"base64"),
            b'A' => {
                (0..=REACH as isize).all(|offset| is_digit(self.get(place, offset)))
                    && [3, 8, REACH as isize].iter().all(|at| self.get(place, *at) == b'A')
                    && [1, 9].iter().all(|at| matches!(self.get(place, *at), b'A'..=b'H'))
            }
            b'-' | b'.' => {
                let before = -1 - isize::from(self.get(place, -1) == b' ');
                let quoted =
                    quote(before) || (self.get(place, before) == b')' && quote(before - 1));
                let gathers = self.has(place, 1, b"join");
                let opens = || {
                    let open = 5 + isize::from(self.get(place, 5) == b' ');
                    let list = open + isize::from(self.get(place, open) == b'@');
                    self.get(place, list) == b'(' && quote(list + 1)
                };
                (quoted && (gathers || self.has(place, 1, b"replace"))) || (gathers && opens())
            }
            _ => false,
        }
    }
}

/// What a backtick before these letters writes, so that it stands in ordinary strings.
const ESCAPES: &[u8] = b"abefnrtuv";

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Whether a character that is looked for stands at any place of a step: `first` holds the step, `second` the units
/// one further on, `far` those three, eight and eleven further on.
#[cfg(target_family = "wasm")]
mod lanes {
    use super::STEP;
    use crate::lanes::load;
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn any<const W: usize>(
        first: &[u8; STEP],
        second: &[u8; STEP],
        far: [&[u8; STEP]; 3],
    ) -> bool {
        let is = |units: v128, byte: u8| match W {
            2 => u16x8_eq(units, u16x8_splat(byte.into())),
            _ => u8x16_eq(units, u8x16_splat(byte)),
        };
        let (a, b) = (load(first), load(second));
        let lower = match W {
            2 => v128_or(b, u16x8_splat(0x20)),
            _ => v128_or(b, u8x16_splat(0x20)),
        };
        let both = |one, other| v128_and(one, other);
        let mut found = v128_or(is(a, b'+'), is(a, b'`'));
        found = v128_or(found, both(is(a, b'}'), is(b, b'{')));
        found = v128_or(found, both(is(a, b'6'), is(b, b'4')));
        found = v128_or(found, both(is(a, b'['), is(lower, b'c')));
        let point = v128_or(is(a, b'-'), is(a, b'.'));
        found = v128_or(found, both(point, v128_or(is(lower, b'r'), is(lower, b'j'))));
        let [c, d, e] = far.map(load);
        let zeros = both(both(is(a, b'A'), is(c, b'A')), both(is(d, b'A'), is(e, b'A')));
        v128_any_true(v128_or(found, zeros))
    }
}

#[cfg(not(target_family = "wasm"))]
mod lanes {
    use super::STEP;

    #[inline(always)]
    pub(super) fn any<const W: usize>(
        first: &[u8; STEP],
        second: &[u8; STEP],
        far: [&[u8; STEP]; 3],
    ) -> bool {
        if W == 2 {
            any_of(units(first), units(second), far.map(units))
        } else {
            any_of(*first, *second, far.map(|far| *far))
        }
    }

    fn units(step: &[u8; STEP]) -> [u16; STEP / 2] {
        let mut units = [0; STEP / 2];
        for (to, from) in units.iter_mut().zip(step.as_chunks::<2>().0) {
            *to = u16::from_le_bytes(*from);
        }
        units
    }

    #[inline(always)]
    fn any_of<T: Copy + Into<u16>, const N: usize>(
        first: [T; N],
        second: [T; N],
        far: [[T; N]; 3],
    ) -> bool {
        let [c, d, e] = far;
        let mut found = false;
        for ((((a, b), c), d), e) in first.into_iter().zip(second).zip(c).zip(d).zip(e) {
            let [a, b, c, d, e] = [a, b, c, d, e].map(T::into);
            let is = |unit: u16, byte: u8| unit == u16::from(byte);
            let lower = b | 0x20;
            found |= is(a, b'+') | is(a, b'`');
            found |= is(a, b'}') & is(b, b'{');
            found |= is(a, b'6') & is(b, b'4');
            found |= is(a, b'[') & is(lower, b'c');
            found |= (is(a, b'-') | is(a, b'.')) & (is(lower, b'r') | is(lower, b'j'));
            found |= is(a, b'A') & is(c, b'A') & is(d, b'A') & is(e, b'A');
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Escaped;
    use proptest::prelude::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn is(text: &str) -> bool {
        let narrow = is_disguised(Raw::from(text));
        assert_eq!(is_disguised(Raw::Utf16(&utf16(text))), narrow, "{text}");
        narrow
    }

    #[test]
    fn signs_are_found_wherever_they_stand() {
        for sign in [
            "'Enable-'+'PSRemoting'",
            "\"a\" + \"b\"",
            "'{1}{0}' -f 'b','a'",
            "[CHAR]73",
            "[char[]](73,69)",
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
                    assert!(is(&text), "{text}");
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
        ] {
            assert!(!is(plain), "{plain}");
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
            let naive = (0..units.len()).any(|place| signs.at(place));
            prop_assert_eq!(is(&text), naive);
            let json = serde_json::to_string(&text).unwrap();
            let inner = json[1..json.len() - 1].as_bytes();
            let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;");
            let forms = [Escaped::json(inner), Escaped::xml(xml.as_bytes())];
            for escaped in forms.into_iter().flatten() {
                prop_assert_eq!(is_disguised(Raw::Escaped(escaped)), naive);
            }
        }
    }
}
