//! [`AsciiCore`]: the part of a literal that a scan of an undecoded text looks for.

use crate::text::fold_char;
use std::borrow::Cow;

/// Longest core. A rule's evaluation compares the rest of a longer literal.
pub(super) const CORE_BYTES: usize = 64;

/// A property of every text that contains a literal, testable in the text as its source encodes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AsciiCore<'a> {
    /// Any text: the literal is empty.
    Empty,
    /// The text has a character beyond ASCII.
    NonAscii,
    /// The text contains these 1 to [`CORE_BYTES`] lower-case ASCII bytes, in any case.
    Bytes(Cow<'a, [u8]>),
}

impl<'a> AsciiCore<'a> {
    /// Returns the longest run of ASCII in a literal, the first of equally long ones.
    ///
    /// Beyond ASCII only the presence of such a character is certain: it folds to another one, and U+FFFD in a literal is
    /// a lone surrogate in UTF-16.
    pub(crate) fn new(literal: &'a str) -> Self {
        let bytes = literal.as_bytes();
        // So are nearly all literals of rules.
        let is_core = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
        if (1..=CORE_BYTES).contains(&bytes.len()) && bytes.iter().all(is_core) {
            return Self::Bytes(Cow::Borrowed(bytes));
        }
        let fold_case: Vec<u8> =
            literal.chars().map(|char| u8::try_from(fold_char(char)).unwrap_or(u8::MAX)).collect();
        let core = fold_case
            .split(|byte| !byte.is_ascii())
            .map(|piece| piece.get(..CORE_BYTES).unwrap_or(piece))
            .rev()
            .max_by_key(|piece| piece.len())
            .unwrap_or_default();
        match (core, literal.is_empty()) {
            ([], true) => Self::Empty,
            ([], false) => Self::NonAscii,
            _ => Self::Bytes(core.to_vec().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_is_the_longest_run_of_ascii() {
        let core = |text: &str| AsciiCore::Bytes(text.as_bytes().to_vec().into());
        assert_eq!(AsciiCore::new("-psremoting"), core("-psremoting"));
        assert_eq!(AsciiCore::new("Enable-PSRemoting"), core("enable-psremoting"));
        assert_eq!(AsciiCore::new("ab–cDe\u{FFFD}fgh"), core("cde"));
        assert_eq!(AsciiCore::new("–ÿ"), AsciiCore::NonAscii);
        assert_eq!(AsciiCore::new(""), AsciiCore::Empty);
        assert_eq!(AsciiCore::new(&"x".repeat(99)), core(&"x".repeat(CORE_BYTES)));
    }
}
