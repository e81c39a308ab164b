//! Finding a literal in a text without folding the text: texts have up to several megabytes, and every
//! rule looks at them.

use super::frequency::rarity;
use crate::text::{fold_case, fold_char};
use memchr::{memchr_iter, memchr2_iter, memmem};
use std::cmp::Reverse;
use std::ops::Range;

/// A literal to look for, case-insensitively unless it is cased.
#[derive(Clone, Debug)]
pub(crate) struct LiteralFinder {
    text: Box<str>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Bytes as they are.
    Exact(Box<memmem::Finder<'static>>),
    /// ASCII in any case: its rarest byte is looked for, and the rest compared there.
    Ascii { offset: usize, lower: u8, upper: u8 },
    /// Anything else, folded character by character. Its longest run of ASCII is looked for, where it has
    /// one, with as many characters before it.
    Folded { run: Option<(usize, Box<LiteralFinder>)> },
}

impl LiteralFinder {
    pub(crate) fn new(text: &str, cased: bool) -> Self {
        if cased {
            let finder = memmem::Finder::new(text.as_bytes()).into_owned();
            return Self { text: text.into(), kind: Kind::Exact(Box::new(finder)) };
        }
        let text = fold_case(text).into_boxed_str();
        let kind = match rarest(text.as_bytes()) {
            Some((offset, lower)) if text.is_ascii() => {
                Kind::Ascii { offset, lower, upper: lower.to_ascii_uppercase() }
            }
            _ => Kind::Folded { run: longest_run(&text) },
        };
        Self { text, kind }
    }

    /// Length in characters: folding never changes it.
    pub(crate) fn char_count(&self) -> usize {
        self.text.chars().count()
    }

    /// Where it next stands at or after `from`.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let rest = text.get(from..)?;
        let range = match &self.kind {
            Kind::Exact(finder) => {
                let start = finder.find(rest.as_bytes())?;
                start..start + self.text.len()
            }
            Kind::Ascii { offset, lower, upper } if lower == upper => {
                self.verified(rest, *offset, memchr_iter(*lower, rest.as_bytes()))?
            }
            Kind::Ascii { offset, lower, upper } => {
                self.verified(rest, *offset, memchr2_iter(*lower, *upper, rest.as_bytes()))?
            }
            Kind::Folded { run: Some((before, run)) } => self.around(rest, *before, run)?,
            Kind::Folded { run: None } => rest
                .char_indices()
                .find_map(|(start, _)| Some(start..self.match_end(rest, start)?))
                .or_else(|| self.text.is_empty().then_some(0..0))?,
        };
        Some(from + range.start..from + range.end)
    }

    /// Where it ends if it stands at `start`.
    pub(crate) fn match_end(&self, text: &str, start: usize) -> Option<usize> {
        match self.kind {
            Kind::Exact(_) => {
                text.get(start..)?.starts_with(&*self.text).then_some(start + self.text.len())
            }
            Kind::Ascii { .. } => {
                let end = start.checked_add(self.text.len())?;
                let found = text.as_bytes().get(start..end)?;
                found.eq_ignore_ascii_case(self.text.as_bytes()).then_some(end)
            }
            Kind::Folded { .. } => {
                let mut rest = text.get(start..)?.chars();
                for char in self.text.chars() {
                    if rest.next().map(fold_char) != Some(char) {
                        return None;
                    }
                }
                Some(text.len() - rest.as_str().len())
            }
        }
    }

    /// Where it stands around a place of its run.
    fn around(&self, text: &str, before: usize, run: &Self) -> Option<Range<usize>> {
        let mut from = 0;
        loop {
            let place = run.find(text, from)?;
            let head = text.get(..place.start)?;
            let start = match before.checked_sub(1) {
                Some(last) => head.char_indices().nth_back(last).map(|(start, _)| start),
                None => Some(place.start),
            };
            if let Some(found) = start.and_then(|start| Some(start..self.match_end(text, start)?)) {
                return Some(found);
            }
            from = place.start + 1;
        }
    }

    fn verified(
        &self,
        text: &str,
        offset: usize,
        mut places: impl Iterator<Item = usize>,
    ) -> Option<Range<usize>> {
        places.find_map(|place| {
            let start = place.checked_sub(offset)?;
            Some(start..self.match_end(text, start)?)
        })
    }
}

/// The longest run of ASCII in a folded literal, and how many characters stand before it.
fn longest_run(text: &str) -> Option<(usize, Box<LiteralFinder>)> {
    let runs = text.split(|char: char| !char.is_ascii()).filter(|run| !run.is_empty());
    let run = runs.max_by_key(|run| run.len())?;
    let head = text.split(run).next().unwrap_or_default();
    Some((head.chars().count(), Box::new(LiteralFinder::new(run, false))))
}

/// The rarest byte of a folded literal and where it first stands.
fn rarest(text: &[u8]) -> Option<(usize, u8)> {
    text.iter().copied().enumerate().min_by_key(|(_, byte)| Reverse(rarity(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Folds the whole text, as the fast search avoids to.
    fn naive(text: &str, needle: &str) -> Option<usize> {
        let needle: Vec<char> = needle.chars().map(fold_char).collect();
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        (0..=chars.len().checked_sub(needle.len())?)
            .find(|at| needle.iter().zip(&chars[*at..]).all(|(a, (_, b))| *a == fold_char(*b)))
            .map(|at| chars.get(at).map_or(text.len(), |(offset, _)| *offset))
    }

    proptest! {
        #[test]
        fn finds_what_folding_everything_finds(
            text in "[aAbB\\-äÄßẞKk\u{212A}İ]{0,24}",
            needle in "[aAbB\\-äÄkİ]{1,3}",
        ) {
            let found = LiteralFinder::new(&needle, false).find(&text, 0);
            prop_assert_eq!(found.clone().map(|range| range.start), naive(&text, &needle));
            if let Some(range) = found {
                prop_assert_eq!(fold_case(&text[range]), fold_case(&needle));
            }
        }
    }

    #[test]
    fn starts_where_it_is_told() {
        let needle = LiteralFinder::new("ab", false);
        assert_eq!(needle.find("ab AB", 1), Some(3..5));
        assert_eq!(needle.find("ab", 3), None);
        assert_eq!(LiteralFinder::new("ab", true).find("AB ab", 0), Some(3..5));
        assert_eq!(LiteralFinder::new("", false).find("", 0), Some(0..0));
    }
}
