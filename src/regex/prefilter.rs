//! [`Prefilter`]: the places of a text where a match can begin, by the literals that matches begin with.
//!
//! An engine takes a step for every character that it passes; finding a literal is far faster. So the engine starts shortly
//! before the next literal:
//!
//! ```text
//! pattern  (?:^|\s)iex\b      text  … x iex 'a' …
//! literal  iex, after at most 1 character   ▲▲
//!                                           │└ the literal
//!                                           └ the engine starts here
//! ```

use super::hir::Hir;
use super::literals;
use crate::literal::LiteralFinder;

/// Literals of which every match has one near its start.
#[derive(Debug)]
pub(super) struct Prefilter {
    literals: Box<[LiteralFinder]>,
    /// Upper bound on the characters of a match before the literal.
    max_before: usize,
}

/// Upper bound on literals: finding more takes longer than it saves.
const MAX_LITERALS: usize = 16;

/// Least length of a literal in characters: nearly every text has the shorter ones.
const MIN_CHARS: usize = 3;

impl Prefilter {
    /// Returns `None` for a pattern without useful literals near the start of its matches.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        let is_useful = |texts: &[String]| {
            texts.len() <= MAX_LITERALS
                && texts.iter().all(|text| text.chars().count() >= MIN_CHARS)
        };
        let (texts, max_before) = literals::prefix_literals(hir, &is_useful)?;
        let literals = texts.iter().map(|text| LiteralFinder::new(text, false)).collect();
        Some(Self { literals, max_before })
    }

    /// The candidate starts of matches in a text, which `lacks` some literals.
    pub(super) fn candidates<'a>(
        &'a self,
        text: &'a str,
        lacks: Option<&dyn Fn(&str) -> bool>,
    ) -> CandidateStarts<'a> {
        let first = |literal: &LiteralFinder| match lacks {
            Some(lacks) if lacks(literal.text()) => None,
            _ => find_start(literal, text, 0),
        };
        let next = self.literals.iter().map(first).collect();
        CandidateStarts { prefilter: self, text, next }
    }
}

/// The places of one text where a match can begin, in ascending order.
pub(super) struct CandidateStarts<'a> {
    prefilter: &'a Prefilter,
    text: &'a str,
    /// The next occurrence of each literal; `None` after the last one.
    next: Box<[Option<usize>]>,
}

impl CandidateStarts<'_> {
    /// Returns the first candidate at `from` or later. Successive calls must have ascending `from`.
    pub(super) fn next_from(&mut self, from: usize) -> Option<usize> {
        for (literal, next) in self.prefilter.literals.iter().zip(&mut self.next) {
            if next.is_some_and(|next| next < from) {
                *next = find_start(literal, self.text, from);
            }
        }
        let literal = self.next.iter().flatten().min()?;
        let skipped = self.text.get(from..*literal)?.chars().rev();
        let before: usize = skipped.take(self.prefilter.max_before).map(char::len_utf8).sum();
        Some(literal - before)
    }
}

fn find_start(literal: &LiteralFinder, text: &str, from: usize) -> Option<usize> {
    literal.find(text, from).map(|range| range.start)
}
