//! Whether a text shows signs of a disguise that [`views`](super::views) can take off.
//!
//! Looking behind a text takes far longer than reading it, so it is done only where one of these signs stands:
//! strings glued by `+`, `}{` of a format, `[char` (but not the type of a parameter, on a line of its own), `base64`,
//! base64 of UTF-16 itself, backticks within words, and `-replace`, `.Replace` or `-join` on what is quoted. Every text
//! that is read is asked, so the signs are looked for by their rarest characters, sixteen bytes at a time.

use crate::text::Raw;

/// Whether there is a sign. It depends on the text alone, not on the form in which its source holds it.
pub fn is_obfuscated(text: Raw<'_>) -> bool {
    match text {
        Raw::Utf16(bytes) => stands_in::<2>(bytes, false),
        Raw::Wtf8(bytes) => stands_in::<1>(bytes, false),
        // Only quotes, slashes and line ends are written as escapes; a slash may stand in base64.
        Raw::Escaped(text) => {
            stands_in::<1>(text.bytes(), true) && stands_in::<1>(&text.decode(), false)
        }
    }
}

/// Units of the longest sign after its first.
const REACH: isize = 11;

fn stands_in<const W: usize>(text: &[u8], escaped: bool) -> bool {
    let (units, _) = text.as_chunks::<W>();
    let signs = Signs { units, escaped };
    lanes::any::<W>(units.as_flattened(), |begin, mut places| {
        while places != 0 {
            if signs.at(begin + places.trailing_zeros() as usize) {
                return true;
            }
            places &= places - 1;
        }
        false
    })
    .unwrap_or_else(|| (0..units.len()).any(|place| signs.at(place)))
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

    /// Whether `[char]` or `[char[]]` ends the line, as in the parameters of modules made from CIM classes, which are
    /// long and in most logs. There it is no cast.
    fn is_type_of_line(&self, place: usize) -> bool {
        let end = if self.has(place, 5, b"[]") { 7 } else { 5 };
        self.get(place, end) == b']' && matches!(self.get(place, end + 1), b'\r' | b'\n')
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
            b'\\' => self.escaped && self.get(place, 1) == b'/',
            b'[' => self.has(place, 1, b"char") && !self.is_type_of_line(place),
            b'6' => self.has(place, -4, b"base64"),
            b'A' => {
                [3, 8, REACH].iter().all(|at| self.get(place, *at) == b'A')
                    && [1, 9].iter().all(|at| matches!(self.get(place, *at), b'A'..=b'H'))
                    && (0..=REACH).all(|offset| is_digit(self.get(place, offset)))
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

/// What a character can be of two that follow each other in a sign: the first, in the lower four bits, and the second, in
/// the upper ones. Both are given by a character's low and high halves, so some other characters pass too.
const CLASSES: ([u8; 16], [u8; 16]) = {
    const PAIRS: [(&[u8], &[u8]); 4] =
        [(b"}\\", b"{/"), (b"-.", b"rRjJ"), (b"A", b"ABCDEFGH"), (b"[6", b"cC4")];
    let (mut low, mut high) = ([0; 16], [0; 16]);
    let mut class = 0;
    #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
    while class < PAIRS.len() {
        let (first, second) = PAIRS[class];
        let mut at = 0;
        while at < first.len() {
            low[(first[at] & 15) as usize] |= 1 << class;
            high[(first[at] >> 4) as usize] |= 1 << class;
            at += 1;
        }
        at = 0;
        while at < second.len() {
            low[(second[at] & 15) as usize] |= 16 << class;
            high[(second[at] >> 4) as usize] |= 16 << class;
            at += 1;
        }
        class += 1;
    }
    (low, high)
};

/// Characters that are looked for whatever follows them.
const ALONE: [u8; 2] = *b"+`";

/// Whether this holds for any sixteen units in which characters stand that a sign may begin with, given where (the first
/// unit, and a bit for each). `None` for a text of fewer units.
#[cfg(target_family = "wasm")]
mod lanes {
    use super::{ALONE, CLASSES};
    use crate::simd::{load, opaque, splat};
    use std::arch::wasm32::*;
    use std::hint::black_box;

    pub(super) fn any<const W: usize>(
        text: &[u8],
        holds: impl Fn(usize, u16) -> bool,
    ) -> Option<bool> {
        match W {
            2 => any_of::<32>(text, holds),
            _ => any_of::<16>(text, holds),
        }
    }

    #[inline(always)]
    fn any_of<const N: usize>(text: &[u8], holds: impl Fn(usize, u16) -> bool) -> Option<bool> {
        let last = text.last_chunk::<N>()?;
        let (first, others) = text.as_chunks::<N>().0.split_first()?;
        let look = Look::new();
        let mut before = look.at(first);
        let mut begin = 0;
        let holds_at = |begin: usize, found: v128| {
            v128_any_true(found) && holds(begin, u8x16_bitmask(u8x16_ne(found, u8x16_splat(0))))
        };
        // Each step is looked at when the next has come, four before one question about all of them.
        let (blocks, rest) = others.as_chunks::<4>();
        for [a, b, c, d] in blocks {
            let [a, b, c, d] = [look.at(a), look.at(b), look.at(c), look.at(d)];
            let found =
                [look.signs(before, a), look.signs(a, b), look.signs(b, c), look.signs(c, d)];
            let [first, second, third, fourth] = found;
            if v128_any_true(v128_or(v128_or(first, second), v128_or(third, fourth))) {
                for (step, found) in found.into_iter().enumerate() {
                    if holds_at(begin + 16 * step, found) {
                        return Some(true);
                    }
                }
            }
            before = d;
            begin += 64;
        }
        for step in rest {
            let step = look.at(step);
            if holds_at(begin, look.signs(before, step)) {
                return Some(true);
            }
            before = step;
            begin += 16;
        }
        let nothing = Step { units: u8x16_splat(0), classes: u8x16_splat(0) };
        if holds_at(begin, look.signs(before, nothing)) {
            return Some(true);
        }
        // What is left, and the units before it, since a sign may begin with the last of them.
        let found = look.signs(look.at(last), nothing);
        Some(holds_at(text.len() / (N / 16) - 16, found))
    }

    /// The characters of sixteen units, and their classes.
    #[derive(Clone, Copy)]
    struct Step {
        units: v128,
        classes: v128,
    }

    /// What is looked for.
    struct Look {
        low: v128,
        high: v128,
        half: v128,
        alone: [v128; 2],
    }

    impl Look {
        #[inline(always)]
        fn new() -> Self {
            let (low, high) = black_box(CLASSES);
            let [plus, tick] = ALONE;
            let alone = [splat(plus), splat(tick)];
            Self { low: load(&low), high: load(&high), half: splat(15), alone }
        }

        #[inline(always)]
        fn at<const N: usize>(&self, step: &[u8; N]) -> Step {
            let units = units(step);
            let low = u8x16_swizzle(self.low, v128_and(units, self.half));
            // The bits that two bytes share are left out, instead of shifting bytes, which takes four more steps.
            let halves = v128_and(u16x8_shr(units, 4), self.half);
            let high = u8x16_swizzle(self.high, halves);
            Step { units, classes: v128_and(low, high) }
        }

        /// Where a sign may begin in a step that another follows.
        #[inline(always)]
        fn signs(&self, step: Step, next: Step) -> v128 {
            let later = u8x16_shuffle::<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>(
                step.classes,
                next.classes,
            );
            // What the shift brings over from the neighbour is among the bits that are left out.
            let pairs = v128_and(v128_and(step.classes, u16x8_shr(later, 4)), self.half);
            let [plus, tick] = self.alone;
            v128_or(pairs, opaque(v128_or(u8x16_eq(step.units, plus), u8x16_eq(step.units, tick))))
        }
    }

    /// The characters of a step, a byte each. For those beyond a byte another stands: what is found is looked at again.
    #[inline(always)]
    fn units<const N: usize>(step: &[u8; N]) -> v128 {
        match step.as_chunks::<16>().0 {
            [low, high] => {
                let low_byte = u16x8_splat(0xFF);
                let low = v128_and(load(low), low_byte);
                opaque(u8x16_narrow_i16x8(low, v128_and(load(high), low_byte)))
            }
            [units] => load(units),
            _ => u8x16_splat(0),
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod lanes {
    use super::{ALONE, CLASSES};

    pub(super) fn any<const W: usize>(
        text: &[u8],
        holds: impl Fn(usize, u16) -> bool,
    ) -> Option<bool> {
        let (units, _) = text.as_chunks::<W>();
        let last = units.len().checked_sub(16)?;
        let byte = |at: usize| units.get(at).and_then(|unit| unit.first()).copied().unwrap_or(0);
        let may_begin = |at: usize| {
            classes(byte(at)) & classes(byte(at + 1)) >> 4 != 0 || ALONE.contains(&byte(at))
        };
        let mut steps = (0..last).step_by(16).chain([last]);
        Some(steps.any(|begin| {
            let bit = |at: usize| u16::from(may_begin(begin + at)) << at;
            let places = (0..16).fold(0, |places, at| places | bit(at));
            places != 0 && holds(begin, places)
        }))
    }

    fn classes(byte: u8) -> u8 {
        let half = |bits: &[u8; 16], half: u8| bits.get(usize::from(half)).copied().unwrap_or(0);
        half(&CLASSES.0, byte & 15) & half(&CLASSES.1, byte >> 4)
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
        let narrow = is_obfuscated(Raw::from(text));
        assert_eq!(is_obfuscated(Raw::Utf16(&utf16(text))), narrow, "{text}");
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
            "param(\n    [char]\r\n    ${DriveLetter},\n    [Char[]]\n    ${Others})",
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
            let naive = (0..units.len()).any(|place| signs.at(place));
            prop_assert_eq!(is(&text), naive);
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
