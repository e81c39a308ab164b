//! Detects signs of obfuscation that [`views`](super::views) can undo.
//!
//! Deobfuscating a text takes far longer than reading it, so it is done only for texts with one of these signs:
//!
//! | sign | example |
//! | --- | --- |
//! | strings joined by `+`, whatever white space, brackets and comments lie between | `('In') + <##> 'voke'` |
//! | adjacent placeholders or variables; a format of literals | `{1}{0}`, `'{0}' -f 'a'` |
//! | a cast to `char`, unless it is a parameter's type on a line of its own; bytes in a list | `[char]73` |
//! | the word `base64`; base64 of UTF-16 | `FromBase64String`, `SQBuAHYAbwBrAGUA` |
//! | a backtick or quotes inside a word; a caret between letters | ``I`E`X``, `Inv''oke`, `po^wer` |
//! | `-replace`, `-split`, `-join` or a method after a literal | `'In#voke'.Replace('#','')` |
//! | `-join ''`, unary `-join`, `-bxor` | `-join($x)` |
//! | a string or an expression as a command's or a member's name | `&('i'+'ex')`, `$x."Down"` |
//! | an index of a literal, or of several characters | `$ShellId[1]+$ShellId[13]` |
//! | `iex`, and calls that run or decode strings | `[ScriptBlock]::Create(` |
//! | an alias that is set; a command line that is computed | `Set-Alias`, `-Command (` |
//! | a literal in `$( )`; typographic dashes as operators | `$('Inv')oke`, `–enc` |
//!
//! Every text that is read is tested, so the signs are found by their rarest characters, sixteen characters a step. A
//! text has views only if it has a sign: whatever a view could undo, rules are asked about.

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
        Raw::Utf16(bytes) => has_sign::<2>(bytes),
        Raw::Wtf8(bytes) => has_sign::<1>(bytes),
        Raw::Escaped(text) => has_sign::<1>(&text.decode()),
    }
}

/// Characters of base64 that are looked at after the first.
const BASE64_REACH: isize = 11;

/// Upper bound on characters between the parts of a sign, such as white space around an operator.
const GAP: isize = 64;

/// Upper bound on characters of a called word or an index that are looked at.
const WORD: isize = 48;

/// Letters that form an escape sequence with a backtick, so that the two occur in ordinary strings.
const ESCAPE_LETTERS: &[u8] = b"abefnrtuv";

/// The characters at which [`Signs::is_sign`] recognises a sign, with those that may follow each; a letter in any case.
const PAIRS: [(&[u8], &[u8]); 8] = [
    (b"-", b"jfrcisbea"),
    (b".", b"rjsbfecigtp'\"( "),
    (b"}%!:", b"{$%!:"),
    (b"A", b"abcdefgh"),
    (b"6", b"4"),
    (b"iI", b"e"),
    (b"'\"(", b"'\""),
    (b"[", b"cbr-$(0123456789"),
];

/// Characters that are a sign by themselves, or of typographic dashes a byte. In classes that are exact.
const ALONE: [&[u8]; 8] = [b"+&", b"`", b"^", b"\x13\x14\x15", b"\xE2", b"", b"", b""];

/// Finds [`PAIRS`] and [`ALONE`], and some other pairs.
const CLASSES: PairClasses = PairClasses::new(PAIRS, ALONE);

/// For each first byte of a unit the pairs that it may begin, a bit each, and for each the pairs that it may end.
const EXACT: [[u8; 256]; 2] = {
    let mut exact = [[0; 256]; 2];
    let mut pair = 0;
    #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
    while pair < PAIRS.len() {
        let mut first = PAIRS[pair].0;
        while let [byte, rest @ ..] = first {
            exact[0][*byte as usize] |= 1 << pair;
            first = rest;
        }
        let mut second = PAIRS[pair].1;
        while let [byte, rest @ ..] = second {
            exact[1][*byte as usize] |= 1 << pair;
            exact[1][byte.to_ascii_uppercase() as usize] |= 1 << pair;
            second = rest;
        }
        let mut alone = ALONE[pair];
        while let [byte, rest @ ..] = alone {
            exact[0][*byte as usize] = u8::MAX;
            alone = rest;
        }
        pair += 1;
    }
    exact
};

/// Static methods that decode, join or run strings, in lower case.
const CALLS: &[&[u8]] = &[
    b"join('')",
    b"join('',",
    b"join(\"\",",
    b"concat(",
    b"format(",
    b"reverse(",
    b"replace(",
    b"matches(",
    b"unescape",
    b"urldecode",
    b"htmldecode",
    b"tochar(",
    b"fromhex",
    b"securestring",
    b"ptrtostring",
    b"decompress",
];

#[inline(always)]
fn has_sign<const W: usize>(text: &[u8]) -> bool {
    let (units, _) = text.as_chunks::<W>();
    let signs = Signs { units };
    any_pair::<W>(units.as_flattened(), &CLASSES, |begin, mut places| {
        let mut exact = [0_u8; 64];
        let mut count = 0;
        while places != 0 {
            let place = places.trailing_zeros() as u8;
            // Every place is written, and the next one overwrites it unless it is counted: no branch to mispredict.
            if let Some(slot) = exact.get_mut(count) {
                *slot = place;
            }
            count += usize::from(signs.may_be_sign(begin + usize::from(place)));
            places &= places - 1;
        }
        let mut exact = exact.get(..count).unwrap_or_default().iter();
        exact.any(|place| signs.is_sign(begin + usize::from(*place)))
    })
    .unwrap_or_else(|| (0..units.len()).any(|at| signs.is_sign(at)))
}

/// A text of units of `W` bytes in which signs are verified.
struct Signs<'a, const W: usize> {
    units: &'a [[u8; W]],
}

impl<const W: usize> Signs<'_, W> {
    /// Returns whether the pair at `place` is one of [`PAIRS`] or begins with one of [`ALONE`]. The classes find others too,
    /// most of which this sorts out at once.
    #[inline(always)]
    fn may_be_sign(&self, place: usize) -> bool {
        let pairs = |table: &[u8; 256], at: usize| {
            let byte = self.units.get(at).and_then(|unit| unit.first()).copied().unwrap_or(0);
            table.get(usize::from(byte)).copied().unwrap_or(0)
        };
        let [begins, ends] = &EXACT;
        let begins = pairs(begins, place);
        begins == u8::MAX || begins & pairs(ends, place + 1) != 0
    }

    /// Returns the ASCII character `offset` units from `place`, in lower case; 0 for any other unit.
    fn get_lower(&self, place: usize, offset: isize) -> u8 {
        self.get(place, offset).to_ascii_lowercase()
    }

    /// Returns the ASCII character `offset` units from `place`; 0 for any other unit.
    fn get(&self, place: usize, offset: isize) -> u8 {
        match self.unit(place, offset) {
            Some([low, 0] | [low]) if low.is_ascii() => *low,
            _ => 0,
        }
    }

    /// Returns the bytes of the unit `offset` units from `place`.
    fn unit(&self, place: usize, offset: isize) -> Option<&[u8]> {
        Some(self.units.get(place.checked_add_signed(offset)?)?.as_slice())
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

    /// Returns whether a quotation mark begins `offset` units after `place`.
    fn is_quote_after(&self, place: usize, offset: isize) -> bool {
        match self.get(place, offset) {
            b'\'' | b'"' => true,
            _ => self.is_typographic(place, offset, 0x18..=0x1E),
        }
    }

    /// Returns the length in units of the quotation mark that begins `offset` units after `place`.
    fn quote_len(&self, place: usize, offset: isize) -> isize {
        if W == 1 && self.get(place, offset) == 0 { 3 } else { 1 }
    }

    /// Returns whether a quotation mark ends `offset` units before `place`.
    fn is_quote_before(&self, place: usize, offset: isize) -> bool {
        match self.get(place, -offset) {
            b'\'' | b'"' => true,
            _ => {
                let width = if W == 1 { 2 } else { 0 };
                self.is_typographic(place, -offset - width, 0x18..=0x1E)
            }
        }
    }

    /// Returns whether the character that begins `offset` units from `place` is U+20xx, where `xx` is in the range.
    fn is_typographic(
        &self,
        place: usize,
        offset: isize,
        low: std::ops::RangeInclusive<u8>,
    ) -> bool {
        let unit = |offset: isize| self.unit(place, offset);
        match unit(offset) {
            Some([byte, 0x20]) => low.contains(byte),
            Some([0xE2]) => {
                let third = matches!(unit(offset + 1), Some([0x80]));
                matches!(unit(offset + 2), Some([byte]) if third && low.contains(&(byte & 0x3F)))
            }
            _ => false,
        }
    }

    /// Returns the number of units from `offset` on, at most [`GAP`], that are white space, a backtick or `also`.
    fn gap_after(&self, place: usize, offset: isize, also: u8) -> isize {
        (0..GAP).take_while(|at| self.is_gap(place, offset + at, also)).count() as isize
    }

    /// The same before `offset`, which counts backwards.
    fn gap_before(&self, place: usize, offset: isize, also: u8) -> isize {
        (0..GAP).take_while(|at| self.is_gap(place, -offset - at, also)).count() as isize
    }

    fn is_gap(&self, place: usize, offset: isize, also: u8) -> bool {
        let byte = self.get(place, offset);
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'`') || (byte == also && byte != 0)
    }

    /// Returns whether a literal ends before `place`: a quotation mark, that of a here-string, or one in brackets.
    fn follows_literal(&self, place: usize) -> bool {
        let back = 1 + self.gap_before(place, 1, b')');
        let here = isize::from(self.get(place, -back) == b'@');
        self.is_quote_before(place, back + here)
    }

    /// Returns whether the character at `place` and those around it are a sign.
    #[inline(never)]
    fn is_sign(&self, place: usize) -> bool {
        let first = self.get(place, 0);
        let (before, after) = (|| self.get(place, -1), || self.get(place, 1));
        match first {
            b'+' if after() == b'=' => self.is_append(place),
            b'+' => self.is_sum(place),
            b'`' => {
                before().is_ascii_alphabetic()
                    && after().is_ascii_alphabetic()
                    && (!ESCAPE_LETTERS.contains(&after()) || self.is_in_command(place))
            }
            b'&' => self.calls_computed(place, 1) || self.is_cmd_variable(place),
            b'^' => before().is_ascii_alphabetic() && after().is_ascii_alphabetic(),
            b'[' => self.is_bracket_sign(place),
            b'-' => self.is_operator_sign(place),
            b'.' => self.is_member_sign(place),
            b'}' => after() == b'{' || after() == b'$',
            b'%' => after() == b'%',
            b'!' => after() == b'!' && before().is_ascii_alphanumeric(),
            b':' => {
                after() == b':'
                    && (CALLS.iter().any(|call| self.has(place, 2, call))
                        || (self.has(place, 2, b"create(")
                            && (self.has(place, -6, b"block]") || self.has(place, -6, b"shell]"))))
            }
            b'6' => self.has(place, -4, b"base64"),
            b'A' => {
                [3, 8, BASE64_REACH].iter().all(|at| self.get(place, *at) == b'A')
                    && [1, 9].iter().all(|at| matches!(self.get(place, *at), b'A'..=b'H'))
                    && (0..=BASE64_REACH).all(|offset| is_base64_digit(self.get(place, offset)))
            }
            b'i' | b'I' => {
                let is_name =
                    |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
                self.has(place, 1, b"ex") && !is_name(before()) && !is_name(self.get(place, 3))
            }
            b'(' => before() == b'$' && self.is_quote_after(place, 1),
            b'\'' | b'"' => self.is_quoted_within_word(place, first),
            _ => {
                self.is_typographic(place, 0, 0x13..=0x15) && {
                    let next = self.get(place, if W == 1 { 3 } else { 1 });
                    next.is_ascii_alphabetic()
                        && (before().is_ascii_alphabetic()
                            || before().is_ascii_whitespace()
                            || self.is_quote_before(place, 1))
                }
            }
        }
    }

    /// A word with a dash where a statement begins: there a backtick belongs to a command's name.
    fn is_in_command(&self, place: usize) -> bool {
        let is_word = |at: isize| {
            let byte = self.get(place, at);
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'`')
        };
        let back = (1..WORD).take_while(|at| is_word(-at)).count() as isize;
        let ahead = (1..WORD).take_while(|at| is_word(*at)).count() as isize;
        let start = 1 + back + self.gap_before_on_line(place, 1 + back);
        let begins = matches!(
            self.get(place, -start),
            0 | b'\n' | b'\r' | b';' | b'|' | b'{' | b'(' | b'&' | b'='
        );
        begins && (-back..=ahead).any(|at| self.get(place, at) == b'-')
    }

    /// Returns the number of spaces and tabs before `offset`, which counts backwards.
    fn gap_before_on_line(&self, place: usize, offset: isize) -> isize {
        let is_space = |at: &isize| matches!(self.get(place, -offset - at), b' ' | b'\t');
        (0..GAP).take_while(is_space).count() as isize
    }

    /// `$out += $in[…]` and `+= [char]…`.
    fn is_append(&self, place: usize) -> bool {
        let start = 2 + self.gap_after(place, 2, b'(');
        let is_name = |at: &isize| {
            let byte = self.get(place, *at);
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
        };
        let name = (start..start + WORD).take_while(is_name).count() as isize;
        self.get(place, start) == b'$' && self.get(place, start + name) == b'['
    }

    /// Literals on both sides of a plus sign, or characters of strings.
    fn is_sum(&self, place: usize) -> bool {
        let back = 1 + self.gap_before(place, 1, b')');
        let ahead = 1 + self.gap_after(place, 1, b'(');
        let (before, after) = (self.get(place, -back), self.get(place, ahead));
        let begins = || {
            self.is_quote_after(place, ahead)
                || after == b'#'
                || (after == b'<' && self.get(place, ahead + 1) == b'#')
        };
        let ends = self.is_quote_before(place, back)
            || (before == b'>' && self.get(place, -back - 1) == b'#');
        (ends && begins()) || (before == b']' && (after == b'$' || begins()))
    }

    /// A word in quotes or an expression after the call operator that ends at `end`.
    fn calls_computed(&self, place: usize, end: isize) -> bool {
        let spaces = (0..4).take_while(|at| self.get(place, end + at) == b' ').count() as isize;
        let start = end + spaces;
        match self.get(place, start) {
            b'$' => self.get(place, 0) == b'&',
            b'(' => self.is_computed_name(place, start),
            _ if self.is_quote_after(place, start) => {
                let quote = self.get(place, start);
                let mut braces = false;
                let mut is_word = |at: isize| {
                    let byte = self.get(place, at);
                    braces |= byte == b'{';
                    byte.is_ascii_alphanumeric()
                        || (b"-_${}`()'\"".contains(&byte) && byte != quote)
                        || (braces && byte == b' ')
                };
                let from = start + self.quote_len(place, start);
                let len = (from..from + WORD).take_while(|at| is_word(*at)).count() as isize;
                // A word that goes on is one of many variables.
                len > 0 && (len == WORD || self.is_quote_after(place, from + len))
            }
            _ => false,
        }
    }

    /// `&set name=`, `&call`, `&for`: `cmd.exe` joins words by variables.
    fn is_cmd_variable(&self, place: usize) -> bool {
        let is_gap =
            |at: &isize| matches!(self.get(place, *at), b'&' | b' ' | b',' | b';' | b'(' | b'^');
        let mut at = (1..16).find(|at| !is_gap(at)).unwrap_or(16);
        let mut word = [0_u8; 5];
        for slot in &mut word {
            while self.get(place, at) == b'^' {
                at += 1;
            }
            *slot = self.get_lower(place, at);
            at += 1;
        }
        [b"set ".as_slice(), b"call ", b"for "].iter().any(|own| word.starts_with(own))
            || word.starts_with(b"set,")
    }

    /// Brackets with a literal, a variable, a cast or a look-up of a name, at `open`.
    fn is_computed_name(&self, place: usize, open: isize) -> bool {
        let start = open + self.gap_after(place, open, b'(');
        let words: [&[u8]; 8] =
            [b"gcm", b"get-c", b"get-a", b"get-v", b"gal", b"gv", b"command", b"variable"];
        matches!(self.get(place, start), b'$' | b'[' | b'-')
            || self.is_quote_after(place, start)
            || words.iter().any(|word| self.has(place, start, word))
    }

    fn is_bracket_sign(&self, place: usize) -> bool {
        if self.has(place, 1, b"char") {
            return !self.is_parameter_type(place);
        }
        if self.has(place, 1, b"byte[]]") {
            let start = 8 + self.gap_after(place, 8, b'@');
            let start = start + self.gap_after(place, start, b'(');
            return self.get(place, start).is_ascii_digit();
        }
        if self.has(place, 1, b"regex]") {
            return self.is_quote_after(place, 7);
        }
        let next = self.get(place, 1);
        let is_word = next == b'-' && self.get(place, 2).is_ascii_alphabetic();
        if is_word || !(next.is_ascii_digit() || matches!(next, b'-' | b'$' | b'(')) {
            return false;
        }
        // An index: of a literal any; of anything else several, or backwards.
        if self.is_quote_before(place, 1) {
            return !self.begins_message(place);
        }
        let before = self.get(place, -1);
        if !(before.is_ascii_alphanumeric() || matches!(before, b')' | b'_' | b'}')) {
            return false;
        }
        let end = (1..WORD).find(|at| self.get(place, *at) == b']').unwrap_or(0);
        let is_list = (1..end).any(|at| self.get(place, at) == b',' && next.is_ascii_digit());
        let is_range = (1..end).any(|at| {
            self.get(place, at) == b'.'
                && self.get(place, at + 1) == b'.'
                && (next == b'-'
                    || self.get(place, at + 2) == b'-'
                    || self.get(place, at + 2) == b'0')
        });
        is_list || is_range
    }

    /// Returns whether the bracket at `place` begins a message, as in `"[$name] started"`, rather than an index: a word or
    /// a string follows it.
    fn begins_message(&self, place: usize) -> bool {
        let Some(end) = (1..WORD).find(|at| self.get(place, *at) == b']') else { return false };
        let next = end + 1 + self.gap_after(place, end + 1, b']');
        let next = self.get(place, next);
        next.is_ascii_alphanumeric() || matches!(next, b'$' | b'\'' | b'"')
    }

    /// Returns whether the `ConvertTo-SecureString` whose dash is at `place` takes a password as it is, not encrypted.
    fn is_plain_password(&self, place: usize) -> bool {
        (0..2 * GAP).any(|at| self.has(place, at, b"-asplain"))
    }

    /// Returns the offset of the end of the letters at `start`.
    fn word_end(&self, place: usize, start: isize) -> isize {
        let is_name = |at: &isize| self.get(place, *at).is_ascii_alphabetic();
        start + (start..start + WORD).take_while(is_name).count() as isize
    }

    fn is_operator_sign(&self, place: usize) -> bool {
        let has = |word: &[u8]| {
            self.has(place, 1, word)
                && !self.get(place, 1 + word.len() as isize).is_ascii_alphabetic()
        };
        match self.get_lower(place, 1) {
            b'j' => has(b"join") && self.is_join_sign(place),
            b'f' => has(b"f") && self.is_format_sign(place),
            b'b' => has(b"bxor"),
            b'e' => has(b"expression"),
            b'a' if has(b"alias") => self.has(place, -3, b"set") || self.has(place, -3, b"new"),
            b'a' if has(b"argumentlist") => {
                let start = self.word_end(place, 1);
                let start = start + self.gap_after(place, start, b'(');
                self.get(place, start - 1) == b'(' && self.is_quote_after(place, start)
            }
            b'c' if has(b"c") || has(b"command") => {
                let start = self.word_end(place, 1);
                let start = start + self.gap_after(place, start, b'$');
                self.get(place, start) == b'('
            }
            b's' if has(b"securestring") => !self.is_plain_password(place),
            b's' => has(b"split") && self.follows_literal(place),
            b'r' => has(b"replace") && self.follows_literal(place),
            b'c' => (has(b"creplace") || has(b"csplit")) && self.follows_literal(place),
            b'i' => (has(b"ireplace") || has(b"isplit")) && self.follows_literal(place),
            _ => false,
        }
    }

    /// The `-join` of a literal or of a list, of nothing between, or before what it joins.
    fn is_join_sign(&self, place: usize) -> bool {
        let start = 5 + self.gap_after(place, 5, 0);
        let quote = self.get(place, start);
        let is_empty = self.is_quote_after(place, start)
            && self.is_quote_after(place, start + self.quote_len(place, start));
        let back = 1 + self.gap_before(place, 1, 0);
        let is_unary = matches!(
            self.get(place, -back),
            0 | b'(' | b'=' | b';' | b',' | b'{' | b'}' | b'|' | b'n'
        ) && self.get(place, -1) != b'n';
        let list = start + isize::from(quote == b'@');
        let is_list = self.get(place, list) == b'(' && self.is_quote_after(place, list + 1);
        is_empty || is_unary || is_list || self.follows_literal(place)
    }

    /// The `-f` of literals.
    fn is_format_sign(&self, place: usize) -> bool {
        let start = 2 + self.gap_after(place, 2, b'(');
        let start = start + self.gap_after(place, start, b'@');
        let start = start + self.gap_after(place, start, b'(');
        self.is_quote_after(place, start) && self.follows_literal(place)
    }

    fn is_member_sign(&self, place: usize) -> bool {
        let next = self.get(place, 1);
        match next {
            b'(' => self.is_computed_name(place, 1),
            b'\'' | b'"' => {
                let before = self.get(place, -1);
                let is_value =
                    before.is_ascii_alphanumeric() || matches!(before, b')' | b']' | b'_' | b'}');
                (is_value && self.get(place, 2).is_ascii_alphabetic())
                    || (!is_value && self.calls_computed(place, 1))
            }
            b' ' => !self.get(place, -1).is_ascii_alphanumeric() && self.calls_computed(place, 1),
            _ if self.has(place, 1, b"getstring") || self.has(place, 1, b"invokecommand") => true,
            _ if self.get(place, -1).is_ascii_alphanumeric() => false,
            _ => {
                // The first letters of the methods that a view undoes, as in the classes.
                b"rjsbfecigtp".contains(&next.to_ascii_lowercase())
                    && self.get(place, self.word_end(place, 1)) == b'('
                    && self.follows_literal(place)
            }
        }
    }

    /// Empty quotes within a word: `Invoke''-Expression`.
    fn is_quoted_within_word(&self, place: usize, quote: u8) -> bool {
        let run =
            (1..8).take_while(|at| matches!(self.get(place, *at), b'\'' | b'"')).count() as isize;
        let before = self.get(place, -1);
        let after = self.get_lower(place, run + 1);
        let ends = !self.get(place, run + 2).is_ascii_alphabetic();
        // `it''s`, `don''t`, `we''re` are escaped quotes in ordinary strings.
        let is_contraction = (matches!(after, b's' | b't' | b'd' | b'm') && ends)
            || ([b"re", b"ve", b"ll"].iter().any(|end| self.has(place, run + 1, end.as_slice()))
                && !self.get(place, run + 3).is_ascii_alphabetic());
        self.get(place, 1) == quote
            && run % 2 == 1
            && (before.is_ascii_alphanumeric() || before == b'-')
            && (after.is_ascii_alphanumeric() || after == b'-')
            && !is_contraction
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
            "('In')\t+ <##> ('voke')",
            "‘In’+‘voke’",
            "\"In\" +\n \"voke\"",
            "$ShellId[1]+$ShellId[13]",
            "'xei'[-1..-3]",
            "('ex','i')[1,0]",
            "$env:ComSpec[4,24,25]",
            "-join('a',$b)",
            "$x -join ''",
            "$x -bxor 5",
            "'a~b' -split '~'",
            "'ab'.Insert(1,'c')",
            "& 'Get-Date'",
            "& \"${a b}Date\"",
            ".('Get-Date')",
            ". (gcm Get-D*)",
            "$x.\"Down\"('a')",
            "$('In')voke",
            "iex $x",
            "$x|IEX",
            "Invoke-Expression $x",
            "[ScriptBlock]::Create($x)",
            "[Text.Encoding]::UTF8.GetString($x)",
            "[byte[]](1,2)",
            "En''able",
            "Enable-PS\"\"Remoting",
            "po^wer",
            "call %a%%b%",
            "x –enc y",
            "Enable—PSRemoting",
            "; New-Loc`alUser",
            "\"{0}-{1}\" -f 'a','b'",
            "ConvertTo-SecureString $x",
            "'xei '[$i]+'b'",
            "Set-Alias x $y",
            "New-Alias x $y",
            "powershell -c ($x)",
            "Start-Process powershell -ArgumentList ('-c '+$x)",
            "powershell -Command $($x)",
            "[PowerShell]::Create().AddScript($x)",
            "$x.InvokeCommand.GetCmdlet('a')",
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
            "\"it''s\"; 'don''t'; 'we''re'; \"a `\"b`\"\"",
            "\"{0} of {1}\" -f $a, $b; $x -replace 'a','b'; $x -split ','; $x -join ', '",
            "Write-Host \"done.\"; $a[0]; $a[$i]; $x.Where({ $_ }); 2010–2020 – x",
            "& \"C:\\Program Files\\a.exe\" -x; . \"$dir\\lib.ps1\"; $i += 1; '[^a-z]'",
            "$html += \"<td>\"; $s += $x; index; \"a`n\" ; \"Foo-a`nbar\"",
            "[string]::Join(',', $x); [Convert]::ToString($x); [Convert]::ToInt32('1f', 16)",
            "ConvertTo-SecureString -String $x -AsPlainText -Force; \"[$x] started\"; \"[$($y)] 'z'\"",
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
        "join",
        "return",
        "''",
        "f",
        "‘",
        "–",
        "\t",
        "#",
        ">",
        "::",
        "$x",
        "[0]",
        "/",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn every_form_of_a_text_has_the_same_signs(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        ) {
            let text = pieces.concat();
            let units: Vec<[u8; 1]> = text.bytes().map(|byte| [byte]).collect();
            let signs = Signs { units: &units };
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
