//! Regular expressions as PCRE reads them, run in linear time behind their required literals.

mod class;
mod literals;
mod parse;
mod print;
mod run;

use crate::limits;
use crate::search::needles::Needles;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A regular expression. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Regex(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: String,
    flags: Flags,
    program: Program,
    required: Option<Vec<String>>,
    needles: Needles,
    /// Every text that matches has a run of characters of this class that is this long.
    run: Option<run::Run>,
    names: Vec<Option<String>>,
    groups: Vec<usize>,
    ends: Vec<usize>,
}

/// What a pattern starts with; it can change them by `(?i)` and the like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `i`: letters match in any case.
    pub caseless: bool,
    /// `m`: `^` and `$` match at every line.
    pub multi_line: bool,
    /// `s`: `.` also matches a newline.
    pub dot_all: bool,
}

/// A pattern that cannot be run, and the byte offset in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError {
    /// Byte offset in the pattern.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

#[derive(Debug)]
enum Program {
    /// A list of words needs no engine to tell whether one is there.
    Words(Needles, regex_lite::Regex),
    Engine(regex_lite::Regex),
}

impl Regex {
    /// Reads and compiles a pattern.
    pub fn new(source: &str, flags: Flags) -> Result<Self, RegexError> {
        let (node, names) = parse::parse(source, flags)?;
        let printed = print::print(&node)?;
        let engine = regex_lite::RegexBuilder::new(&printed.pattern)
            .size_limit(limits::REGEX_BYTES)
            .nest_limit(u32::try_from(limits::SEARCH_NESTING).unwrap_or(u32::MAX))
            .build()
            .map_err(|error| RegexError { offset: 0, message: error.to_string() })?;
        let required = literals::required(&node);
        let program = match literals::words(&node) {
            Some((words, cased)) => {
                Program::Words(Needles::new(words.iter().map(String::as_str), cased), engine)
            }
            None => Program::Engine(engine),
        };
        Ok(Self(Arc::new(Compiled {
            source: source.to_owned(),
            flags,
            program,
            needles: Needles::new(required.iter().flatten().map(String::as_str), false),
            run: run::Run::of(&node),
            required,
            names,
            groups: printed.groups,
            ends: printed.ends,
        })))
    }

    /// The pattern as it was given.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The flags it was given.
    pub fn flags(&self) -> Flags {
        self.0.flags
    }

    /// One of these, folded, stands in every text that matches.
    pub fn required(&self) -> Option<&[String]> {
        self.0.required.as_deref()
    }

    /// The names of its groups, from 1.
    pub fn names(&self) -> &[Option<String>] {
        &self.0.names
    }

    /// Whether it matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.0.program {
            Program::Words(words, _) => words.any(text),
            Program::Engine(engine) => self.may_match(text) && engine.is_match(text),
        }
    }

    /// All matches from the left, none overlapping: the whole, then its groups.
    pub(crate) fn matches(
        &self,
        text: &str,
        found: &mut dyn FnMut(Range<usize>, Vec<Option<Range<usize>>>) -> bool,
    ) {
        if !self.may_match(text) {
            return;
        }
        let (Program::Engine(engine) | Program::Words(_, engine)) = &self.0.program;
        for captures in engine.captures_iter(text) {
            let range = |index: usize| captures.get(index).map(|found| found.range());
            let Some(mut whole) = range(0) else { return };
            // `$` looks at a last newline but does not take it.
            if let Some(end) = self.0.ends.iter().find_map(|index| range(*index)) {
                whole.end = end.start;
            }
            let groups = self.0.groups.iter().map(|index| {
                range(*index).map(|group| group.start.min(whole.end)..group.end.min(whole.end))
            });
            if !found(whole.clone(), groups.collect()) {
                return;
            }
        }
    }

    /// Cheap to tell, and never false for a text that matches.
    fn may_match(&self, text: &str) -> bool {
        (self.0.needles.is_empty() || self.0.needles.any(text))
            && self.0.run.as_ref().is_none_or(|run| run.stands_in(text))
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source && self.0.flags == other.0.flags
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RegexError {}

#[cfg(test)]
mod tests;
