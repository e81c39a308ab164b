//! [`Wildcard`]: patterns in which `*` matches any characters and, in Sigma, `?` matches one.

use crate::literal::LiteralFinder;
use std::ops::Range;

/// A piece of a [`Wildcard`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WildcardPiece {
    /// Literal text.
    Text(String),
    /// `*`: any number of characters.
    Any,
    /// `?`: exactly one character.
    One,
}

/// A pattern with wildcards that is matched against an entire value.
///
/// ```
/// use scriptscope::internal::search::Wildcard;
///
/// let wildcard = Wildcard::splunk("*Enable-PSRemoting*");
/// assert!(wildcard.matches("enable-psremoting -Force"));
/// assert!(!Wildcard::splunk("Enable-PSRemoting").matches("enable-psremoting -Force"));
/// ```
///
/// It is matched run by run:
///
/// ```text
/// a?b*c*      runs: [a ? b] [c] []
///             the first is anchored at the start, the last at the end
/// ```
#[derive(Clone, Debug)]
pub struct Wildcard {
    pieces: Vec<WildcardPiece>,
    case_sensitive: bool,
    runs: Vec<WildcardRun>,
}

/// The pieces between two `*`. It matches a fixed number of characters.
#[derive(Clone, Debug)]
struct WildcardRun {
    atoms: Vec<RunAtom>,
    chars: usize,
}

#[derive(Clone, Debug)]
enum RunAtom {
    Text(LiteralFinder),
    One,
}

impl Wildcard {
    /// Builds a pattern from its pieces; adjacent texts and adjacent `*` are merged.
    pub fn new(pieces: impl IntoIterator<Item = WildcardPiece>, case_sensitive: bool) -> Self {
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
        let runs = merged
            .split(|piece| *piece == WildcardPiece::Any)
            .map(|part| WildcardRun::new(part, case_sensitive));
        Self { runs: runs.collect(), pieces: merged, case_sensitive }
    }

    /// Parses a value of `search`: `*` is a wildcard, nothing escapes it, and case does not count.
    pub fn splunk(text: &str) -> Self {
        Self::parse(text, false)
    }

    /// Parses a text in which `*` is a wildcard and nothing escapes it.
    pub fn parse(text: &str, case_sensitive: bool) -> Self {
        let mut pieces = Vec::new();
        for (index, part) in text.split('*').enumerate() {
            if index > 0 {
                pieces.push(WildcardPiece::Any);
            }
            pieces.push(WildcardPiece::Text(part.to_owned()));
        }
        Self::new(pieces, case_sensitive)
    }

    /// Parses a pattern of `like`, which is case-sensitive: `%` matches any characters, `_` one, `\` escapes both.
    pub(crate) fn from_like(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            pieces.push(match char {
                '%' => WildcardPiece::Any,
                '_' => WildcardPiece::One,
                '\\' if matches!(chars.peek(), Some('%' | '_' | '\\')) => {
                    WildcardPiece::Text(chars.next().into_iter().collect())
                }
                other => WildcardPiece::Text(other.to_string()),
            });
        }
        Self::new(pieces, true)
    }

    /// Returns the pattern that matches exactly `text`.
    pub fn literal(text: &str, case_sensitive: bool) -> Self {
        Self::new([WildcardPiece::Text(text.to_owned())], case_sensitive)
    }

    /// Returns the pattern that matches every value containing `text`.
    pub fn contains(text: &str, case_sensitive: bool) -> Self {
        Self::new(
            [WildcardPiece::Any, WildcardPiece::Text(text.to_owned()), WildcardPiece::Any],
            case_sensitive,
        )
    }

    /// Returns the pieces, in which neither two texts nor two `*` are adjacent.
    pub fn pieces(&self) -> &[WildcardPiece] {
        &self.pieces
    }

    /// Whether case counts.
    pub fn is_case_sensitive(&self) -> bool {
        self.case_sensitive
    }

    /// Whether the pattern is `*`, which matches any value.
    pub fn is_anything(&self) -> bool {
        self.pieces == [WildcardPiece::Any]
    }

    /// Whether the entire value matches.
    pub fn matches(&self, text: &str) -> bool {
        self.match_runs(text, |_| {})
    }

    /// Calls `found` with the ranges of the literals in a matching value, and with every occurrence of the literal of
    /// `*literal*`, until it returns `false`.
    pub(crate) fn each_literal_match(
        &self,
        text: &str,
        found: &mut dyn FnMut(Range<usize>) -> bool,
    ) {
        if let [WildcardPiece::Any, WildcardPiece::Text(_), WildcardPiece::Any] =
            self.pieces.as_slice()
        {
            let mut from = 0;
            while let Some(range) = self
                .runs
                .iter()
                .find_map(|run| if run.atoms.is_empty() { None } else { run.find(text, from) })
            {
                from = range.end;
                if !found(range) {
                    return;
                }
            }
            return;
        }
        let mut ranges = Vec::new();
        if self.match_runs(text, |range| ranges.push(range)) {
            let _ = ranges.into_iter().filter(|range| !range.is_empty()).all(found);
        }
    }

    /// Finds the first match at or after `from` that is a term: bounded by a breaker or an end of the text on either
    /// side, unless the pattern begins or ends with `*` there.
    pub(crate) fn find_term(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let (first, rest) = self.runs.split_first()?;
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
        for run in middle {
            end = run.find(text, end)?.end;
        }
        if !last.atoms.is_empty() {
            end = last.find_where(text, end, |range| breaks_after(text, range.end))?.end;
        }
        Some(start.start..end)
    }

    /// Returns the literals that every matching text contains.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            WildcardPiece::Text(text) => Some(text.as_str()),
            WildcardPiece::Any | WildcardPiece::One => None,
        })
    }

    /// Matches the runs from left to right and calls `found` with the range of each. The leftmost match of a run
    /// between two `*` is enough: a later match leaves less text for the following runs.
    fn match_runs(&self, text: &str, mut found: impl FnMut(Range<usize>)) -> bool {
        let Some((first, rest)) = self.runs.split_first() else { return false };
        let Some(mut end) = first.ends(text, 0) else { return false };
        found(0..end);
        let Some((last, middle)) = rest.split_last() else { return end == text.len() };
        for run in middle {
            let Some(range) = run.find(text, end) else { return false };
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
        self.case_sensitive == other.case_sensitive && self.pieces == other.pieces
    }
}

impl WildcardRun {
    fn new(pieces: &[WildcardPiece], case_sensitive: bool) -> Self {
        let atoms: Vec<RunAtom> = pieces
            .iter()
            .filter_map(|piece| match piece {
                WildcardPiece::Text(text) => {
                    Some(RunAtom::Text(LiteralFinder::new(text, case_sensitive)))
                }
                WildcardPiece::One => Some(RunAtom::One),
                WildcardPiece::Any => None,
            })
            .collect();
        let chars = atoms.iter().map(RunAtom::chars).sum();
        Self { atoms, chars }
    }

    fn ends(&self, text: &str, start: usize) -> Option<usize> {
        self.atoms.iter().try_fold(start, |at, atom| match atom {
            RunAtom::Text(needle) => needle.match_end(text, at),
            RunAtom::One => Some(at + text.get(at..)?.chars().next()?.len_utf8()),
        })
    }

    /// Returns the offset at which the run must start to end at the end of the text.
    fn start_at_end(&self, text: &str) -> Option<usize> {
        match self.chars.checked_sub(1) {
            Some(last) => text.char_indices().nth_back(last).map(|(start, _)| start),
            None => Some(text.len()),
        }
    }

    fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        self.find_where(text, from, |_| true)
    }

    /// Finds the first match at or after `from` for which `accept` returns `true`.
    fn find_where(
        &self,
        text: &str,
        from: usize,
        accept: impl Fn(&Range<usize>) -> bool,
    ) -> Option<Range<usize>> {
        let mut at = from;
        loop {
            let start = match self.atoms.first() {
                Some(RunAtom::Text(needle)) => needle.find(text, at)?.start,
                _ => at,
            };
            if let Some(end) = self.ends(text, start) {
                let range = start..end;
                if accept(&range) {
                    return Some(range);
                }
            }
            at = start + text.get(start..)?.chars().next()?.len_utf8();
        }
    }
}

impl RunAtom {
    fn chars(&self) -> usize {
        match self {
            Self::Text(needle) => needle.char_count(),
            Self::One => 1,
        }
    }
}

/// Renames `name` by a pair of patterns with one `*` each, such as `a_*` to `b_*`; `None` if it does not match `from`.
pub(crate) fn rename(name: &str, from: &str, to: &str) -> Option<String> {
    let (head, tail) = from.split_once('*')?;
    let middle = name.strip_prefix(head)?.strip_suffix(tail)?;
    Some(to.replacen('*', middle, 1))
}

fn breaks_before(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|head| head.chars().next_back()).is_none_or(is_breaker)
}

fn breaks_after(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|tail| tail.chars().next()).is_none_or(is_breaker)
}

/// Whether Splunk's default segmenters, major or minor, end a term at the character.
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
    fn terms_end_at_breakers() {
        let found =
            |pattern: &str, text: &str| Wildcard::splunk(pattern).find_term(text, 0).is_some();
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
    fn literal_matches_are_the_ranges_of_the_literals() {
        let places = |pattern: &str, text: &str| {
            let mut all = Vec::new();
            Wildcard::splunk(pattern).each_literal_match(text, &mut |range| {
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

    #[test]
    fn like_patterns_escape_their_wildcards() {
        for (pattern, text, matches) in [
            ("Enable%", "Enable-PSRemoting", true),
            ("enable%", "Enable-PSRemoting", false),
            ("a_c", "abc", true),
            ("a\\_c", "abc", false),
            ("a\\%", "a%", true),
            ("a*c", "abc", false),
        ] {
            assert_eq!(Wildcard::from_like(pattern).matches(text), matches, "{pattern} on {text}");
        }
    }

    #[test]
    fn names_are_renamed_by_their_star() {
        assert_eq!(rename("src_ip", "src_*", "source_*").as_deref(), Some("source_ip"));
        assert_eq!(rename("ip", "*", "a.*").as_deref(), Some("a.ip"));
        assert_eq!(rename("dest_ip", "src_*", "source_*"), None);
    }
}
