//! [`Regex`]: PCRE patterns, as Splunk and Sigma rules have them, in linear time.
//!
//! A pattern is parsed as PCRE parses it. What PCRE does and a linear-time engine cannot (look-around, back-references,
//! atomic groups) is refused by name. Everything else runs behind literals: see [`pattern`].
//!
//! ```text
//! pattern ─▶ parse ─▶ Hir ─┬▶ literals ─▶ Required, LiteralSet, Prefilter, ClassRun
//!                          ├▶ nfa ─▶ lazy_dfa          whether it matches, where a match begins and ends
//!                          └▶ print ─▶ captures        where its groups are (regex-lite)
//! ```
//!
//! ```
//! use scriptscope::internal::regex::{Regex, RegexFlags};
//!
//! let regex = Regex::new(r"(?i)iex\s*\((?<what>\w+)", RegexFlags::default()).unwrap();
//! assert!(regex.is_match("IEX (payload)"));
//! assert_eq!(regex.names(), [Some("what".to_owned())]);
//! ```

mod alphabet;
mod captures;
mod class;
mod class_run;
mod error;
mod hir;
mod lazy_dfa;
mod literals;
mod nfa;
mod parse;
mod pattern;
mod pool;
mod prefilter;
mod print;
mod state_set;

pub use error::RegexError;
pub use hir::RegexFlags;

use crate::limits;
use crate::literal::Required;
use captures::Captures;
use hir::Hir;
use pattern::CompiledPattern;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A regular expression. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Regex(Arc<RegexInner>);

#[derive(Debug)]
struct RegexInner {
    source: String,
    flags: RegexFlags,
    hir: Arc<Hir>,
    /// `hir` in the syntax of the capturing engine.
    printed: String,
    /// Compiled at first use: most patterns of a rule set never run.
    compiled: OnceLock<Option<CompiledPattern>>,
    required: Required,
    names: Vec<Option<String>>,
    /// See [`print::PrintedPattern`].
    groups: Vec<usize>,
    final_newlines: Vec<usize>,
}

thread_local! {
    /// The patterns of rules, ascending by source and flags.
    static SHARED: RefCell<Vec<Regex>> = const { RefCell::new(Vec::new()) };
}

impl Regex {
    /// Parses a pattern of a rule. The sessions of a thread share what is compiled of it, and keep it when they end:
    /// the next session has the same rules.
    ///
    /// # Errors
    ///
    /// As [`Regex::new`].
    pub(crate) fn shared(source: &str, flags: RegexFlags) -> Result<Self, RegexError> {
        let position = |shared: &[Self]| {
            shared.binary_search_by(|regex| {
                let own = (regex.source(), regex.flags().bits());
                own.cmp(&(source, flags.bits()))
            })
        };
        let find =
            |shared: &mut Vec<Self>| position(shared).ok().and_then(|at| shared.get(at)).cloned();
        if let Some(regex) = SHARED.with_borrow_mut(find) {
            return Ok(regex);
        }
        let regex = Self::new(source, flags)?;
        let forgotten = SHARED.with_borrow_mut(|shared| {
            let is_full = shared.len() >= limits::SHARED_REGEXES;
            let forgotten = if is_full { std::mem::take(shared) } else { Vec::new() };
            if let Err(at) = position(shared) {
                shared.insert(at, regex.clone());
            }
            forgotten
        });
        drop(forgotten);
        Ok(regex)
    }

    /// Parses a pattern.
    ///
    /// ```
    /// use scriptscope::internal::regex::{Regex, RegexFlags};
    ///
    /// let caseless = RegexFlags { caseless: true, ..RegexFlags::default() };
    /// assert!(Regex::new("mimi(katz|dogz)", caseless).unwrap().is_match("Invoke-Mimikatz"));
    ///
    /// let error = Regex::new("a(?=b)", RegexFlags::default()).unwrap_err();
    /// assert_eq!(error.offset, 1);
    /// assert!(error.message.contains("look-ahead"));
    /// ```
    ///
    /// # Errors
    ///
    /// A pattern is refused that is malformed, too large, nested too deep, or that cannot run in linear time.
    pub fn new(source: &str, flags: RegexFlags) -> Result<Self, RegexError> {
        let (hir, names) = parse::parse(source, flags)?;
        let printed = print::print(&hir)?;
        let hir = Arc::new(hir);
        let compiled = OnceLock::new();
        if !captures::is_certain_to_compile(&hir) {
            // Now, so that an error is reported where the pattern is read.
            let _ = compiled.set(Some(CompiledPattern::new(&hir, &printed.pattern)?));
        }
        Ok(Self(Arc::new(RegexInner {
            source: source.to_owned(),
            flags,
            compiled,
            required: literals::required(&hir),
            hir,
            printed: printed.pattern,
            names,
            groups: printed.groups,
            final_newlines: printed.final_newlines,
        })))
    }

    /// The pattern as it was given.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The flags that were given.
    pub fn flags(&self) -> RegexFlags {
        self.0.flags
    }

    /// Literals of every text that matches.
    ///
    /// ```
    /// use scriptscope::internal::regex::{Regex, RegexFlags};
    ///
    /// let regex = Regex::new("(?i)get-\\S+password", RegexFlags::default()).unwrap();
    /// assert_eq!(format!("{:?}", regex.required()), r#"All([Literal("get-"), Literal("password")])"#);
    /// ```
    pub fn required(&self) -> &Required {
        &self.0.required
    }

    /// The names of the groups, from group 1.
    pub fn names(&self) -> &[Option<String>] {
        &self.0.names
    }

    /// Whether the pattern matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.is_match_of(text, None)
    }

    /// The same for a text of which it is known that it lacks some literals, in any case.
    pub(crate) fn is_match_of(&self, text: &str, lacks: Option<&dyn Fn(&str) -> bool>) -> bool {
        let is_possible =
            |lacks: &dyn Fn(&str) -> bool| self.required().is_met(&|literal| !lacks(literal));
        lacks.is_none_or(is_possible)
            && self.compiled().is_some_and(|compiled| compiled.is_match(text, lacks))
    }

    /// Calls `found` with each match and its groups from left to right, none overlapping, until it returns false.
    pub fn for_each_match(
        &self,
        text: &str,
        found: &mut dyn FnMut(Range<usize>, Vec<Option<Range<usize>>>) -> bool,
    ) {
        let Some(compiled) = self.compiled() else { return };
        compiled.pattern.for_each_match(text, &mut |captures| {
            let Some(range) = self.match_range(captures) else { return false };
            let groups = self.0.groups.iter().map(|index| {
                let group = captures.range(*index)?;
                Some(group.start.min(range.end)..group.end.min(range.end))
            });
            found(range.clone(), groups.collect())
        });
    }

    /// Calls `found` with the ranges to highlight, until it returns false: the first match, and those that end less than
    /// [`limits::HIGHLIGHTED_BYTES`] bytes after it. Of matches that overlap it takes the one that ends first.
    pub(crate) fn for_each_earliest_match(
        &self,
        text: &str,
        found: &mut dyn FnMut(Range<usize>) -> bool,
    ) {
        let Some(compiled) = self.compiled() else { return };
        let mut limit = None;
        compiled.pattern.for_each_earliest_match(text, &mut |captures| {
            let Some(range) = self.match_range(captures) else { return false };
            let is_first = limit.is_none();
            let limit = *limit.get_or_insert(range.end.saturating_add(limits::HIGHLIGHTED_BYTES));
            (is_first || range.end < limit) && found(range)
        });
    }

    fn compiled(&self) -> Option<&CompiledPattern> {
        let inner = &self.0;
        let compile = || CompiledPattern::new(&inner.hir, &inner.printed).ok();
        inner.compiled.get_or_init(compile).as_ref()
    }

    /// Returns the range of the match without a final newline, before which `$` matches.
    fn match_range(&self, captures: &Captures<'_>) -> Option<Range<usize>> {
        let mut range = captures.range(0)?;
        let newlines = &self.0.final_newlines;
        if let Some(newline) = newlines.iter().find_map(|index| captures.range(*index)) {
            range.end = newline.start;
        }
        Some(range)
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source && self.0.flags == other.0.flags
    }
}

#[cfg(test)]
mod tests;
