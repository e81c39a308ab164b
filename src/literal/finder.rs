//! [`LiteralFinder`]: one literal in a decoded text, without folding the text first: texts have up to several megabytes, and
//! many rules search each.

use super::byte_pair::BytePairFinder;
use crate::text::{fold_case, fold_char};
use memchr::memmem;
use std::ops::Range;

/// A compiled literal.
#[derive(Clone, Debug)]
pub(crate) struct LiteralFinder {
    /// Folded unless case counts.
    text: Box<str>,
    method: FindMethod,
}

#[derive(Clone, Debug)]
enum FindMethod {
    /// Exact bytes.
    Exact(Box<memmem::Finder<'static>>),
    /// ASCII in any case, by its two rarest bytes.
    AsciiCaseless(BytePairFinder),
    /// Other text, folded: finds its longest run of ASCII, if it has one, and compares from the given number of characters
    /// before that.
    Folded { run: Option<(usize, Box<LiteralFinder>)> },
}

impl LiteralFinder {
    /// Compiles a literal, found in any case unless `is_cased`.
    pub(crate) fn new(text: &str, is_cased: bool) -> Self {
        if is_cased {
            let finder = memmem::Finder::new(text.as_bytes()).into_owned();
            return Self { text: text.into(), method: FindMethod::Exact(Box::new(finder)) };
        }
        let text = fold_case(text).into_boxed_str();
        let method = match text.is_ascii() && !text.is_empty() {
            true => FindMethod::AsciiCaseless(BytePairFinder::new(text.as_bytes())),
            false => FindMethod::Folded { run: longest_ascii_run(&text) },
        };
        Self { text, method }
    }

    /// The literal, folded unless case counts.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The literal's length in characters, and that of every occurrence: folding keeps it.
    pub(crate) fn char_count(&self) -> usize {
        self.text.chars().count()
    }

    /// Returns the range of the first occurrence that begins at `from` or later.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let rest = text.get(from..)?;
        let range = match &self.method {
            FindMethod::Exact(finder) => {
                let start = finder.find(rest.as_bytes())?;
                start..start + self.text.len()
            }
            FindMethod::AsciiCaseless(pair) => {
                let start = pair.find::<1>(rest.as_bytes())?;
                start..start + self.text.len()
            }
            FindMethod::Folded { run: Some((before, run)) } => {
                self.find_around_run(rest, *before, run)?
            }
            FindMethod::Folded { run: None } => rest
                .char_indices()
                .find_map(|(start, _)| Some(start..self.match_end(rest, start)?))
                .or_else(|| self.text.is_empty().then_some(0..0))?,
        };
        Some(from + range.start..from + range.end)
    }

    /// Returns the end of the occurrence that begins at `start`, if one does.
    pub(crate) fn match_end(&self, text: &str, start: usize) -> Option<usize> {
        match self.method {
            FindMethod::Exact(_) => {
                text.get(start..)?.starts_with(&*self.text).then_some(start + self.text.len())
            }
            FindMethod::AsciiCaseless(_) => {
                let end = start.checked_add(self.text.len())?;
                let found = text.as_bytes().get(start..end)?;
                found.eq_ignore_ascii_case(self.text.as_bytes()).then_some(end)
            }
            FindMethod::Folded { .. } => {
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

    /// Finds the literal by its run, which `before` characters precede.
    fn find_around_run(&self, text: &str, before: usize, run: &Self) -> Option<Range<usize>> {
        let mut from = 0;
        loop {
            let found = run.find(text, from)?;
            let head = text.get(..found.start)?;
            let start = match before.checked_sub(1) {
                Some(last) => head.char_indices().nth_back(last).map(|(start, _)| start),
                None => Some(found.start),
            };
            if let Some(range) = start.and_then(|start| Some(start..self.match_end(text, start)?)) {
                return Some(range);
            }
            from = found.start + 1;
        }
    }
}

/// Returns the longest run of ASCII in a folded literal, and the number of characters before it.
fn longest_ascii_run(text: &str) -> Option<(usize, Box<LiteralFinder>)> {
    let runs = text.split(|char: char| !char.is_ascii()).filter(|run| !run.is_empty());
    let run = runs.max_by_key(|run| run.len())?;
    let head = text.split(run).next().unwrap_or_default();
    Some((head.chars().count(), Box::new(LiteralFinder::new(run, false))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Folds the whole text, which the fast search avoids.
    fn naive(text: &str, literal: &str) -> Option<usize> {
        let literal: Vec<char> = literal.chars().map(fold_char).collect();
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        (0..=chars.len().checked_sub(literal.len())?)
            .find(|at| literal.iter().zip(&chars[*at..]).all(|(a, (_, b))| *a == fold_char(*b)))
            .map(|at| chars.get(at).map_or(text.len(), |(offset, _)| *offset))
    }

    proptest! {
        #[test]
        fn agrees_with_folding_the_text(
            text in "[aAbB\\-äÄßẞKk\u{212A}İ]{0,24}",
            literal in "[aAbB\\-äÄkİ]{1,3}",
        ) {
            let found = LiteralFinder::new(&literal, false).find(&text, 0);
            prop_assert_eq!(found.clone().map(|range| range.start), naive(&text, &literal));
            if let Some(range) = found {
                prop_assert_eq!(fold_case(&text[range]), fold_case(&literal));
            }
        }
    }

    #[test]
    fn begins_at_the_given_offset() {
        let finder = LiteralFinder::new("ab", false);
        assert_eq!(finder.find("ab AB", 1), Some(3..5));
        assert_eq!(finder.find("ab", 3), None);
        assert_eq!(LiteralFinder::new("ab", true).find("AB ab", 0), Some(3..5));
        assert_eq!(LiteralFinder::new("", false).find("", 0), Some(0..0));
    }
}
