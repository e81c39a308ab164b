//! [`CaptureEngine`]: `regex-lite`, which finds where a match and its groups are.
//!
//! Compiling takes most of the time that loading a rule does, and no text of a log has the literals of most rules. So an
//! expression is compiled when it is first needed, if it is certain to compile.

use super::error::RegexError;
use super::hir::Hir;
use super::print;
use crate::limits;
use std::ops::Range;
use std::sync::OnceLock;

/// An expression of `regex-lite`, compiled now or later.
#[derive(Debug)]
pub(super) struct CaptureEngine {
    pattern: String,
    unanchored: OnceLock<Option<regex_lite::Regex>>,
    /// For a match at the start of a text, and for one after another character: assertions ask for that character.
    at_start: OnceLock<Option<regex_lite::Regex>>,
    after_char: OnceLock<Option<regex_lite::Regex>>,
}

/// A match and its groups.
pub(super) struct Captures<'t> {
    /// `None` if only the place of the match was asked for.
    captures: Option<regex_lite::Captures<'t>>,
    /// Offset in the text of the part that the engine was given.
    offset: usize,
    range: Range<usize>,
}

impl From<Range<usize>> for Captures<'_> {
    /// A match without groups.
    fn from(range: Range<usize>) -> Self {
        Self { captures: None, offset: 0, range }
    }
}

impl Captures<'_> {
    /// Returns the range of a group, or of the match for group 0.
    pub(super) fn range(&self, group: usize) -> Option<Range<usize>> {
        if group == 0 {
            return Some(self.range.clone());
        }
        let range = self.captures.as_ref()?.get(group)?.range();
        Some(range.start + self.offset..range.end + self.offset)
    }
}

impl CaptureEngine {
    /// `pattern` is the printed form of `hir`.
    ///
    /// # Errors
    ///
    /// A pattern is refused that is too large or nested too deep.
    pub(super) fn new(hir: &Hir, pattern: &str) -> Result<Self, RegexError> {
        if repeated_states(hir, limits::SEARCH_NESTING) > limits::REGEX_STATES {
            let message =
                format!("its repetitions come to more than {} states", limits::REGEX_STATES);
            return Err(RegexError { offset: 0, message });
        }
        let engine = Self {
            pattern: pattern.to_owned(),
            unanchored: OnceLock::new(),
            at_start: OnceLock::new(),
            after_char: OnceLock::new(),
        };
        if !is_certain_to_compile(hir) {
            let compiled = compile(pattern)
                .map_err(|error| RegexError { offset: 0, message: error.to_string() })?;
            // The cell is new, so it is empty.
            let _ = engine.unanchored.set(Some(compiled));
        }
        Ok(engine)
    }

    /// Returns the first match that begins at `from` or later.
    pub(super) fn find_from<'t>(&self, text: &'t str, from: usize) -> Option<Captures<'t>> {
        let captures = self.compiled()?.captures_at(text, from)?;
        let range = captures.get(0)?.range();
        Some(Captures { captures: Some(captures), offset: 0, range })
    }

    /// Returns the match that begins at `start`, where one is known to begin. It is anchored there: unanchored, the engine
    /// would try to begin a match at every character.
    pub(super) fn find_at<'t>(&self, text: &'t str, start: usize) -> Option<Captures<'t>> {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let (anchored, head) = match before {
            None => (&self.at_start, "\\A"),
            Some(_) => (&self.after_char, "\\A(?s:.)"),
        };
        let anchored =
            anchored.get_or_init(|| compile(&format!("{head}(?:{})", self.pattern)).ok());
        let offset = start - before.map_or(0, char::len_utf8);
        let captures = anchored.as_ref().and_then(|regex| regex.captures(text.get(offset..)?));
        match captures {
            Some(captures) => {
                let range = start..captures.get(0)?.end() + offset;
                Some(Captures { captures: Some(captures), offset, range })
            }
            None => self.find_from(text, start),
        }
    }

    /// Whether a match may end in a newline that does not count, which a group captures.
    pub(super) fn has_final_newline(&self) -> bool {
        self.pattern.contains(print::FINAL_NEWLINE)
    }

    /// Returns the compiled expression. It is `None` for a pattern that does not compile, which [`CaptureEngine::new`]
    /// refuses.
    pub(super) fn compiled(&self) -> Option<&regex_lite::Regex> {
        self.unanchored.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }
}

/// Whether a pattern is small and shallow enough to compile for certain.
pub(super) fn is_certain_to_compile(hir: &Hir) -> bool {
    max_states(hir, CERTAIN_DEPTH) <= CERTAIN_STATES
}

fn compile(pattern: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    regex_lite::RegexBuilder::new(pattern)
        .size_limit(limits::REGEX_BYTES)
        .nest_limit(u32::try_from(limits::SEARCH_NESTING).unwrap_or(u32::MAX))
        .build()
}

/// States and ranges of a pattern that is certain to compile: with 64 bytes for each it takes half of the limit.
const CERTAIN_STATES: usize = limits::REGEX_BYTES / 128;

/// Depth of a pattern that is certain to compile. Its printed form may nest two groups for one.
const CERTAIN_DEPTH: usize = limits::SEARCH_NESTING / 4;

/// Returns the number of states of all counted repetitions, each turn written out.
fn repeated_states(hir: &Hir, depth: usize) -> usize {
    let Some(below) = depth.checked_sub(1) else { return 0 };
    match hir {
        Hir::Repeat(inner, min, max, _) if max.unwrap_or(*min) > 1 => {
            states(inner, below).saturating_mul(max.unwrap_or(*min) as usize)
        }
        Hir::Group(_, inner) | Hir::Repeat(inner, ..) => repeated_states(inner, below),
        Hir::Concat(nodes) | Hir::Alternation(nodes) => {
            nodes.iter().map(|node| repeated_states(node, below)).fold(0, usize::saturating_add)
        }
        _ => 0,
    }
}

/// Returns the number of classes and assertions, those of repetitions once for each turn.
fn states(hir: &Hir, depth: usize) -> usize {
    let Some(below) = depth.checked_sub(1) else { return usize::MAX };
    match hir {
        Hir::Group(_, inner) => states(inner, below),
        Hir::Repeat(inner, min, max, _) => {
            states(inner, below).saturating_mul(max.unwrap_or(*min).max(1) as usize)
        }
        Hir::Concat(nodes) | Hir::Alternation(nodes) => {
            nodes.iter().map(|node| states(node, below)).fold(0, usize::saturating_add)
        }
        _ => 1,
    }
}

/// Upper bound on the states and ranges of the compiled pattern; `usize::MAX` if it is nested deeper than `depth`.
fn max_states(hir: &Hir, depth: usize) -> usize {
    let Some(below) = depth.checked_sub(1) else { return usize::MAX };
    let sum = |nodes: &[Hir]| {
        nodes.iter().map(|node| max_states(node, below)).fold(2, usize::saturating_add)
    };
    match hir {
        Hir::Class(class) => 1 + class.ranges().len(),
        Hir::Group(_, inner) => max_states(inner, below).saturating_add(2),
        Hir::Repeat(inner, min, max, _) => {
            let turns = max.unwrap_or(*min).max(1) as usize + 1;
            max_states(inner, below).saturating_add(2).saturating_mul(turns)
        }
        Hir::Concat(nodes) | Hir::Alternation(nodes) => sum(nodes),
        Hir::Assertion(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regex::parse::parse;
    use crate::regex::print::print;
    use proptest::prelude::*;

    fn pattern() -> impl Strategy<Value = String> {
        let leaf =
            prop::sample::select(vec!["a", "\\w", ".", "[^a-fx]", "\\s", "^", "\\b", "(?i)k"]);
        leaf.prop_map(str::to_owned).prop_recursive(8, 64, 3, |inner| {
            let times = prop::sample::select(vec!["*", "+?", "{3}", "{0,90}", "{7,}", "{2,40}?"]);
            prop_oneof![
                (inner.clone(), times).prop_map(|(inner, times)| format!("(?:{inner}){times}")),
                inner.clone().prop_map(|inner| format!("({inner})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{b}")),
                (inner.clone(), inner).prop_map(|(a, b)| format!("({a}|{b})")),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_pattern_compiled_later_compiles(pattern in pattern()) {
            if let Ok((hir, _)) = parse(&pattern, Default::default())
                && let Ok(engine) = CaptureEngine::new(&hir, &print(&hir).unwrap().pattern)
            {
                prop_assert!(engine.compiled().is_some(), "{pattern}");
            }
        }
    }

    #[test]
    fn repetitions_are_bounded_with_their_content() {
        let is_refused = |pattern: &str| {
            let hir = parse(pattern, Default::default()).unwrap().0;
            CaptureEngine::new(&hir, &print(&hir).unwrap().pattern).is_err()
        };
        for pattern in ["a{4000}", "(ab){1,2000}", ".{0,3999}z", "(a{60}){60}", "(a|b+)*"] {
            assert!(!is_refused(pattern), "{pattern}");
        }
        for pattern in
            ["(a{100}){100}", "(abc){2000}", "a{1900}b{1900}c{1900}", "((a{40}){40}){40}"]
        {
            assert!(is_refused(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_deep_pattern_is_compiled_at_once() {
        let deep = format!("{}a{}", "(a".repeat(60), ")".repeat(60));
        assert!(!is_certain_to_compile(&parse(&deep, Default::default()).unwrap().0));
        assert!(is_certain_to_compile(&parse("(a|b+)c", Default::default()).unwrap().0));
    }
}
