//! [`Hir`]: a parsed pattern, its flags resolved into classes and assertions.

use super::class::CharClass;

/// A regular expression without flags: `(?i)a` is a class of two letters, `^` is one of two assertions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Hir {
    /// One character of a class.
    Class(CharClass),
    /// A condition on the characters around a place.
    Assertion(Assertion),
    /// A group with its number from 1, or without one if it does not capture.
    Group(Option<usize>, Box<Hir>),
    /// A repetition: its least and its greatest count, and whether it is lazy.
    Repeat(Box<Hir>, u32, Option<u32>, bool),
    /// All of these, one after the other.
    Concat(Vec<Hir>),
    /// The first of these that leads to a match.
    Alternation(Vec<Hir>),
}

/// A condition on the characters around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    /// The start of the text.
    Start,
    /// The end of the text, or the place before a newline that ends it: `$`.
    EndOrFinalNewline,
    /// The end of the text: `\z`.
    End,
    /// The start of a line.
    LineStart,
    /// The end of a line.
    LineEnd,
    /// A place between a word character and another one, or an end of the text: `\b`.
    WordBoundary,
    /// Any other place: `\B`.
    NotWordBoundary,
}

/// The flags that a pattern starts with. A pattern changes them by `(?i)` and the like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegexFlags {
    /// `i`: letters match in any case.
    pub caseless: bool,
    /// `m`: `^` and `$` match at every line.
    pub multi_line: bool,
    /// `s`: `.` also matches a newline.
    pub dot_all: bool,
}

impl RegexFlags {
    /// Returns a number for each combination of flags.
    pub(super) fn bits(self) -> u8 {
        u8::from(self.caseless) | u8::from(self.multi_line) << 1 | u8::from(self.dot_all) << 2
    }
}
