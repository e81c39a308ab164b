//! Wildcard patterns: `*` stands for any run of characters and, in Sigma, `?` for one.

use crate::literal::LiteralFinder;
use std::ops::Range;

/// A piece of a [`Wildcard`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WildcardPiece {
    /// These characters.
    Text(String),
    /// Any characters, or none.
    Any,
    /// Any one character.
    One,
}

/// A text with wildcards that a whole value is compared with.
#[derive(Clone, Debug)]
pub struct Wildcard {
    pieces: Vec<WildcardPiece>,
    cased: bool,
    chunks: Vec<Chunk>,
}

/// What stands between two `*`: as many characters wherever it matches.
#[derive(Clone, Debug)]
struct Chunk {
    atoms: Vec<Atom>,
    chars: usize,
}

#[derive(Clone, Debug)]
enum Atom {
    Text(LiteralFinder),
    One,
}

impl Wildcard {
    /// From its pieces; neighbours of the same kind become one.
    pub fn new(pieces: impl IntoIterator<Item = WildcardPiece>, cased: bool) -> Self {
        let mut merged: Vec<WildcardPiece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (_, WildcardPiece::Text(text)) if text.is_empty() => {}
                (Some(WildcardPiece::Text(last)), WildcardPiece::Text(text)) => {
                    last.push_str(&text)
                }
                (Some(WildcardPiece::Any), WildcardPiece::Any) => {}
                (_, piece) => merged.push(piece),
            }
        }
        let chunks =
            merged.split(|piece| *piece == WildcardPiece::Any).map(|part| Chunk::new(part, cased));
        Self { chunks: chunks.collect(), pieces: merged, cased }
    }

    /// From a text in which `*` is a wildcard and nothing escapes it, in any case: a value of `search`.
    pub fn splunk(text: &str) -> Self {
        Self::parse(text, false)
    }

    /// From a text in which `*` is a wildcard and nothing escapes it.
    pub fn parse(text: &str, cased: bool) -> Self {
        let mut pieces = Vec::new();
        for (index, part) in text.split('*').enumerate() {
            if index > 0 {
                pieces.push(WildcardPiece::Any);
            }
            pieces.push(WildcardPiece::Text(part.to_owned()));
        }
        Self::new(pieces, cased)
    }

    /// The whole value is this text.
    pub fn literal(text: &str, cased: bool) -> Self {
        Self::new([WildcardPiece::Text(text.to_owned())], cased)
    }

    /// The value holds this text.
    pub fn contains(text: &str, cased: bool) -> Self {
        Self::new(
            [WildcardPiece::Any, WildcardPiece::Text(text.to_owned()), WildcardPiece::Any],
            cased,
        )
    }

    /// Its pieces, neighbours of the same kind being one.
    pub fn pieces(&self) -> &[WildcardPiece] {
        &self.pieces
    }

    /// Whether case counts.
    pub fn is_case_sensitive(&self) -> bool {
        self.cased
    }

    /// It has only `*`, so that any value matches.
    pub fn is_anything(&self) -> bool {
        self.pieces == [WildcardPiece::Any]
    }

    /// Whether the whole of a value matches.
    pub fn matches(&self, text: &str) -> bool {
        self.chain(text, |_| {})
    }

    /// Where the literals stand that make the whole of a value match; all places of a single one.
    pub(crate) fn places(&self, text: &str, found: &mut dyn FnMut(Range<usize>) -> bool) {
        if let [WildcardPiece::Any, WildcardPiece::Text(_), WildcardPiece::Any] =
            self.pieces.as_slice()
        {
            let mut from = 0;
            while let Some(range) = self.chunks.iter().find_map(|chunk| {
                if chunk.atoms.is_empty() { None } else { chunk.find(text, from) }
            }) {
                from = range.end;
                if !found(range) {
                    return;
                }
            }
            return;
        }
        let mut ranges = Vec::new();
        if self.chain(text, |range| ranges.push(range)) {
            let _ = ranges.into_iter().filter(|range| !range.is_empty()).all(found);
        }
    }

    /// Whether the pattern stands somewhere in the text as a whole term: with a breaker or an end of the
    /// text on either side, unless it begins or ends with `*` there. Gives the range.
    pub(crate) fn term(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let (first, rest) = self.chunks.split_first()?;
        let start = if first.atoms.is_empty() {
            from..from
        } else {
            first.find_where(text, from, |range| {
                breaks_before(text, range.start)
                    && (!rest.is_empty() || breaks_after(text, range.end))
            })?
        };
        let Some((last, middle)) = rest.split_last() else { return Some(start) };
        let mut end = start.end;
        for chunk in middle {
            end = chunk.find(text, end)?.end;
        }
        if !last.atoms.is_empty() {
            end = last.find_where(text, end, |range| breaks_after(text, range.end))?.end;
        }
        Some(start.start..end)
    }

    /// The literals that stand in every text that matches.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            WildcardPiece::Text(text) => Some(text.as_str()),
            WildcardPiece::Any | WildcardPiece::One => None,
        })
    }

    /// Leftmost places are enough between two `*`: whatever matches later still can.
    fn chain(&self, text: &str, mut found: impl FnMut(Range<usize>)) -> bool {
        let Some((first, rest)) = self.chunks.split_first() else { return false };
        let Some(mut end) = first.ends(text, 0) else { return false };
        found(0..end);
        let Some((last, middle)) = rest.split_last() else { return end == text.len() };
        for chunk in middle {
            let Some(range) = chunk.find(text, end) else { return false };
            end = range.end;
            found(range);
        }
        match last.start_at_end(text) {
            Some(start) if start >= end && last.ends(text, start).is_some() => {
                found(start..text.len());
                true
            }
            _ => false,
        }
    }
}

impl PartialEq for Wildcard {
    fn eq(&self, other: &Self) -> bool {
        self.cased == other.cased && self.pieces == other.pieces
    }
}

impl Chunk {
    fn new(pieces: &[WildcardPiece], cased: bool) -> Self {
        let atoms: Vec<Atom> = pieces
            .iter()
            .filter_map(|piece| match piece {
                WildcardPiece::Text(text) => Some(Atom::Text(LiteralFinder::new(text, cased))),
                WildcardPiece::One => Some(Atom::One),
                WildcardPiece::Any => None,
            })
            .collect();
        let chars = atoms.iter().map(Atom::chars).sum();
        Self { atoms, chars }
    }

    fn ends(&self, text: &str, start: usize) -> Option<usize> {
        self.atoms.iter().try_fold(start, |at, atom| match atom {
            Atom::Text(needle) => needle.match_end(text, at),
            Atom::One => Some(at + text.get(at..)?.chars().next()?.len_utf8()),
        })
    }

    /// Where it must begin to end with the text.
    fn start_at_end(&self, text: &str) -> Option<usize> {
        match self.chars.checked_sub(1) {
            Some(last) => text.char_indices().nth_back(last).map(|(start, _)| start),
            None => Some(text.len()),
        }
    }

    fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        self.find_where(text, from, |_| true)
    }

    /// The first place at or after `from` that is good.
    fn find_where(
        &self,
        text: &str,
        from: usize,
        good: impl Fn(&Range<usize>) -> bool,
    ) -> Option<Range<usize>> {
        let mut at = from;
        loop {
            let start = match self.atoms.first() {
                Some(Atom::Text(needle)) => needle.find(text, at)?.start,
                _ => at,
            };
            if let Some(end) = self.ends(text, start) {
                let range = start..end;
                if good(&range) {
                    return Some(range);
                }
            }
            at = start + text.get(start..)?.chars().next()?.len_utf8();
        }
    }
}

impl Atom {
    fn chars(&self) -> usize {
        match self {
            Self::Text(needle) => needle.char_count(),
            Self::One => 1,
        }
    }
}

fn breaks_before(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|head| head.chars().next_back()).is_none_or(is_breaker)
}

fn breaks_after(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|tail| tail.chars().next()).is_none_or(is_breaker)
}

/// The characters at which Splunk's default segmenters, major and minor, cut a text into terms.
pub(crate) fn is_breaker(char: char) -> bool {
    char.is_whitespace() || "[]<>(){}|!;,'\"*&?+/:=@.-$#%\\_".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(pieces: &[WildcardPiece], text: &[char]) -> bool {
        match (pieces.split_first(), text.split_first()) {
            (None, rest) => rest.is_none(),
            (Some((WildcardPiece::Any, rest)), next) => {
                naive(rest, text) || next.is_some_and(|(_, tail)| naive(pieces, tail))
            }
            (Some((WildcardPiece::One, rest)), next) => {
                next.is_some_and(|(_, tail)| naive(rest, tail))
            }
            (Some((WildcardPiece::Text(word), rest)), _) => {
                let word: Vec<char> = word.chars().map(crate::text::fold_char).collect();
                text.len() >= word.len()
                    && text.iter().zip(&word).all(|(a, b)| crate::text::fold_char(*a) == *b)
                    && naive(rest, &text[word.len()..])
            }
        }
    }

    proptest! {
        #[test]
        fn matches_as_a_naive_matcher_does(
            pattern in "[abAä*?]{0,6}",
            text in "[abBÄ]{0,8}",
        ) {
            let pieces: Vec<WildcardPiece> = pattern.chars().map(|char| match char {
                '*' => WildcardPiece::Any,
                '?' => WildcardPiece::One,
                other => WildcardPiece::Text(other.to_string()),
            }).collect();
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(Wildcard::new(pieces.clone(), false).matches(&text), naive(&pieces, &chars));
        }
    }

    #[test]
    fn a_star_is_a_wildcard_anywhere() {
        for (pattern, text, matches) in [
            ("*Enable-PSRemoting*", "x\nenable-psremoting -Force", true),
            ("Enable-PSRemoting", "Enable-PSRemoting ", false),
            ("a*b", "ab", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "", true),
            ("*.ps1", "c:\\x.PS1", true),
        ] {
            assert_eq!(Wildcard::splunk(pattern).matches(text), matches, "{pattern} on {text}");
        }
    }

    #[test]
    fn terms_are_whole() {
        let found = |pattern: &str, text: &str| Wildcard::splunk(pattern).term(text, 0).is_some();
        assert!(found("mimikatz", "Invoke-Mimikatz.ps1"));
        assert!(!found("mimikatz", "mimikatzen mimikatz2"));
        assert!(found("mimikatz*", "mimikatzen"));
        assert!(found("*katz", "mimikatz"));
        assert!(!found("*kat", "mimikatz"));
        assert!(found("new object", "x = New Object;"));
        assert!(!found("a", "aa aaa"));
        assert!(found("a", "aa aaa a"));
    }

    #[test]
    fn places_are_where_the_literals_stand() {
        let places = |pattern: &str, text: &str| {
            let mut all = Vec::new();
            Wildcard::splunk(pattern).places(text, &mut |range| {
                all.push(range);
                true
            });
            all
        };
        assert_eq!(places("*ab*", "abXab"), [0..2, 3..5]);
        assert_eq!(places("a*b", "aXb"), [0..1, 2..3]);
        assert_eq!(places("*a*b*", "xaXb"), [1..2, 3..4]);
        assert!(places("a*", "ba").is_empty());
    }
}
