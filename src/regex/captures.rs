//! The engine behind a pattern, built when it is first needed: most patterns of a rule set stand behind literals
//! that no text of a log has, and building takes most of the time that loading a rule does.

use super::RegexError;
use super::parse::Node;
use crate::limits;
use std::ops::Range;
use std::sync::OnceLock;

/// An expression that runs, or will.
#[derive(Debug)]
pub(super) struct Engine {
    pattern: String,
    built: OnceLock<Option<regex_lite::Regex>>,
    /// For a match that begins where a text does, and for one that begins behind a character.
    at_start: OnceLock<Option<regex_lite::Regex>>,
    behind: OnceLock<Option<regex_lite::Regex>>,
}

/// A match.
pub(super) struct Found<'t> {
    captures: regex_lite::Captures<'t>,
    /// Where the text begins that the engine was given.
    offset: usize,
    start: usize,
}

impl Found<'_> {
    /// Where a group stands; group 0 is the whole.
    pub(super) fn range(&self, group: usize) -> Option<Range<usize>> {
        let range = self.captures.get(group)?.range();
        let start = if group == 0 { self.start } else { range.start + self.offset };
        Some(start..range.end + self.offset)
    }
}

impl Engine {
    /// What may be too large or too deep is built at once, so that it is refused where it is read.
    pub(super) fn new(node: &Node, pattern: &str) -> Result<Self, RegexError> {
        if counted(node, limits::SEARCH_NESTING) > limits::REGEX_STATES {
            let message =
                format!("its repetitions come to more than {} states", limits::REGEX_STATES);
            return Err(RegexError { offset: 0, message });
        }
        let engine = Self {
            pattern: pattern.to_owned(),
            built: OnceLock::new(),
            at_start: OnceLock::new(),
            behind: OnceLock::new(),
        };
        if !is_sure(node) {
            let built = build(pattern)
                .map_err(|error| RegexError { offset: 0, message: error.to_string() })?;
            // Just made, so that it is empty.
            let _ = engine.built.set(Some(built));
        }
        Ok(engine)
    }

    /// The first match that begins here or later.
    pub(super) fn from<'t>(&self, text: &'t str, at: usize) -> Option<Found<'t>> {
        let captures = self.get()?.captures_at(text, at)?;
        let start = captures.get(0)?.start();
        Some(Found { captures, offset: 0, start })
    }

    /// The match that begins here, where one is known to. The engine would look for others at every character of it.
    pub(super) fn at<'t>(&self, text: &'t str, start: usize) -> Option<Found<'t>> {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        // What stands before tells whether a word or a line begins.
        let (built, head) = match before {
            None => (&self.at_start, "\\A"),
            Some(_) => (&self.behind, "\\A(?s:.)"),
        };
        let built = built.get_or_init(|| build(&format!("{head}(?:{})", self.pattern)).ok());
        let offset = start - before.map_or(0, char::len_utf8);
        let captures = built.as_ref().and_then(|built| built.captures(text.get(offset..)?));
        match captures {
            Some(captures) => Some(Found { captures, offset, start }),
            None => self.from(text, start),
        }
    }

    /// `None` for a pattern that cannot be built, which one that is sure always can.
    pub(super) fn get(&self) -> Option<&regex_lite::Regex> {
        self.built.get_or_init(|| build(&self.pattern).ok()).as_ref()
    }
}

/// Whether it can be built for certain: it is neither large nor deep.
pub(super) fn is_sure(node: &Node) -> bool {
    weight(node, DEPTH) <= SURE
}

fn build(pattern: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    regex_lite::RegexBuilder::new(pattern)
        .size_limit(limits::REGEX_BYTES)
        .nest_limit(u32::try_from(limits::SEARCH_NESTING).unwrap_or(u32::MAX))
        .build()
}

/// States and ranges of a pattern that is sure to be built: with 64 bytes for each it takes half of the limit.
const SURE: usize = limits::REGEX_BYTES / 128;

/// Groups within each other that are sure to be built. The printed pattern may have two for one.
const DEPTH: usize = limits::SEARCH_NESTING / 4;

/// The states of what is repeated a counted number of times, each repetition written out.
fn counted(node: &Node, depth: usize) -> usize {
    let Some(below) = depth.checked_sub(1) else { return 0 };
    match node {
        Node::Repeat(inner, min, max, _) if max.unwrap_or(*min) > 1 => {
            states(inner, below).saturating_mul(max.unwrap_or(*min) as usize)
        }
        Node::Group(_, inner) | Node::Repeat(inner, ..) => counted(inner, below),
        Node::Concat(nodes) | Node::Alternation(nodes) => {
            nodes.iter().map(|node| counted(node, below)).fold(0, usize::saturating_add)
        }
        _ => 0,
    }
}

/// Characters and places that a pattern follows, repetitions written out.
fn states(node: &Node, depth: usize) -> usize {
    let Some(below) = depth.checked_sub(1) else { return usize::MAX };
    match node {
        Node::Group(_, inner) => states(inner, below),
        Node::Repeat(inner, min, max, _) => {
            states(inner, below).saturating_mul(max.unwrap_or(*min).max(1) as usize)
        }
        Node::Concat(nodes) | Node::Alternation(nodes) => {
            nodes.iter().map(|node| states(node, below)).fold(0, usize::saturating_add)
        }
        _ => 1,
    }
}

/// More than there are states and ranges in the engine; the largest number there is where it is too deep.
fn weight(node: &Node, depth: usize) -> usize {
    let Some(below) = depth.checked_sub(1) else { return usize::MAX };
    let sum = |nodes: &[Node]| {
        nodes.iter().map(|node| weight(node, below)).fold(2, usize::saturating_add)
    };
    match node {
        Node::Class(class) => 1 + class.ranges().len(),
        Node::Group(_, inner) => weight(inner, below).saturating_add(2),
        Node::Repeat(inner, min, max, _) => {
            let times = max.unwrap_or(*min).max(1) as usize + 1;
            weight(inner, below).saturating_add(2).saturating_mul(times)
        }
        Node::Concat(nodes) | Node::Alternation(nodes) => sum(nodes),
        Node::Start
        | Node::End
        | Node::VeryEnd
        | Node::LineStart
        | Node::LineEnd
        | Node::Boundary
        | Node::NotBoundary => 4,
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
        fn what_is_not_built_at_once_can_be_built(pattern in pattern()) {
            if let Ok((node, _)) = parse(&pattern, Default::default())
                && let Ok(engine) = Engine::new(&node, &print(&node).unwrap().pattern)
            {
                prop_assert!(engine.get().is_some(), "{pattern}");
            }
        }
    }

    #[test]
    fn repetitions_are_bounded_with_what_they_repeat() {
        let refused = |pattern: &str| {
            let node = parse(pattern, Default::default()).unwrap().0;
            Engine::new(&node, &print(&node).unwrap().pattern).is_err()
        };
        for pattern in ["a{4000}", "(ab){1,2000}", ".{0,3999}z", "(a{60}){60}", "(a|b+)*"] {
            assert!(!refused(pattern), "{pattern}");
        }
        for pattern in
            ["(a{100}){100}", "(abc){2000}", "a{1900}b{1900}c{1900}", "((a{40}){40}){40}"]
        {
            assert!(refused(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_lies_deep_is_built_at_once() {
        let deep = format!("{}a{}", "(a".repeat(60), ")".repeat(60));
        assert!(!is_sure(&parse(&deep, Default::default()).unwrap().0));
        assert!(is_sure(&parse("(a|b+)c", Default::default()).unwrap().0));
    }
}
