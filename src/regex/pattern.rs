//! [`CompiledPattern`]: the engines of a pattern, each behind its prefilters.
//!
//! ```text
//! text ─▶ required literals? ─▶ class run? ─▶ candidate starts ─▶ lazy DFA ─▶ capturing engine
//!         (LiteralSet)          (ClassRun)    (Prefilter)         is it a     where is it, and
//!                                                                 match?      where are its groups?
//! ```

use super::captures::{CaptureEngine, Captures};
use super::class_run::ClassRun;
use super::error::RegexError;
use super::hir::Hir;
use super::lazy_dfa::LazyDfa;
use super::literals;
use super::prefilter::Prefilter;
use super::print;
use crate::literal::{LiteralSet, Required};
use std::sync::{Arc, OnceLock};

/// A pattern that can be run.
#[derive(Debug)]
pub(super) struct CompiledPattern {
    /// The whole pattern: it finds where matches are.
    pub(super) pattern: PrefilteredPattern,
    strategy: MatchStrategy,
}

/// How to decide whether a pattern matches a text.
#[derive(Debug)]
enum MatchStrategy {
    /// The pattern is a list of words.
    Words(LiteralSet),
    /// The pattern is a list of words and of other expressions, each run behind its own literals: one expression for all
    /// of them would run on every text with one of their words. Such lists are common in rules.
    Branches(Vec<LiteralSet>, Vec<PrefilteredPattern>),
    /// Any other pattern.
    Single,
}

/// Upper bound on the expressions that a pattern is split into.
const MAX_BRANCHES: usize = 64;

impl CompiledPattern {
    /// `printed` is the printed form of `hir`.
    ///
    /// # Errors
    ///
    /// A pattern is refused that is too large or nested too deep.
    pub(super) fn new(hir: &Arc<Hir>, printed: &str) -> Result<Self, RegexError> {
        let pattern = PrefilteredPattern::new(Arc::clone(hir), printed)?;
        Ok(Self { pattern, strategy: MatchStrategy::new(hir)? })
    }

    /// Whether the pattern matches anywhere in the text, which `lacks` some literals.
    pub(super) fn is_match(&self, text: &str, lacks: Option<&dyn Fn(&str) -> bool>) -> bool {
        let is_word_in = |words: &LiteralSet| {
            !lacks.is_some_and(|lacks| words.all(lacks)) && words.is_match(text)
        };
        match &self.strategy {
            MatchStrategy::Words(words) => is_word_in(words),
            MatchStrategy::Branches(words, branches) => {
                words.iter().any(is_word_in)
                    || branches.iter().any(|branch| branch.is_match(text, lacks))
            }
            MatchStrategy::Single => self.pattern.is_match(text, lacks),
        }
    }
}

impl MatchStrategy {
    fn new(hir: &Hir) -> Result<Self, RegexError> {
        if let Some((words, is_cased)) = literals::words(hir) {
            return Ok(Self::Words(LiteralSet::new(words.iter().map(String::as_str), is_cased)));
        }
        let (mut cased_words, mut words, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for branch in alternatives(hir) {
            match literals::words(branch) {
                Some((own, true)) => cased_words.extend(own),
                Some((own, false)) => words.extend(own),
                None => others.push(branch),
            }
        }
        if others.len() > MAX_BRANCHES || others.len() + words.len() + cased_words.len() < 2 {
            return Ok(Self::Single);
        }
        let branches: Result<Vec<PrefilteredPattern>, RegexError> = others
            .into_iter()
            .map(|hir| PrefilteredPattern::new(Arc::new(hir.clone()), &print::print(hir)?.pattern))
            .collect();
        let lists = [(cased_words, true), (words, false)];
        let lists = lists.iter().filter(|(words, _)| !words.is_empty());
        let sets = lists
            .map(|(words, is_cased)| LiteralSet::new(words.iter().map(String::as_str), *is_cased));
        Ok(Self::Branches(sets.collect(), branches?))
    }
}

/// Returns the branches of a pattern that is an alternation as a whole.
fn alternatives(hir: &Hir) -> &[Hir] {
    match hir {
        Hir::Alternation(branches) => branches,
        Hir::Group(_, inner) => alternatives(inner),
        Hir::Concat(nodes) => match nodes.as_slice() {
            [only] => alternatives(only),
            _ => &[],
        },
        _ => &[],
    }
}

/// An expression and the conditions that every text it matches fulfils.
#[derive(Debug)]
pub(super) struct PrefilteredPattern {
    hir: Arc<Hir>,
    pub(super) engine: CaptureEngine,
    /// Compiled when a text is first searched.
    conditions: OnceLock<Conditions>,
    /// Compiled when a text first fulfils the conditions, as few texts of a log do.
    prefilter: OnceLock<Option<Prefilter>>,
    dfa: OnceLock<Option<LazyDfa>>,
    /// Compiled when the start of a match is first asked for.
    reversed_dfa: OnceLock<Option<LazyDfa>>,
    /// Compiled when the end of a match is first asked for. `None` too if a newline at the end of a match may not count.
    ordered_dfa: OnceLock<Option<LazyDfa>>,
}

/// Cheap tests that every matching text passes.
#[derive(Debug)]
struct Conditions {
    required: Required,
    /// Literals of which a matching text has one; empty if none are known.
    literals: LiteralSet,
    class_run: Option<ClassRun>,
}

impl PrefilteredPattern {
    /// `printed` is the printed form of `hir`.
    fn new(hir: Arc<Hir>, printed: &str) -> Result<Self, RegexError> {
        Ok(Self {
            engine: CaptureEngine::new(&hir, printed)?,
            hir,
            conditions: OnceLock::new(),
            prefilter: OnceLock::new(),
            dfa: OnceLock::new(),
            reversed_dfa: OnceLock::new(),
            ordered_dfa: OnceLock::new(),
        })
    }

    /// A cheap test that is true for every text that matches.
    fn may_match(&self, text: &str, lacks: Option<&dyn Fn(&str) -> bool>) -> bool {
        let Conditions { required, literals, class_run } = self.conditions.get_or_init(|| {
            let required = literals::required(&self.hir);
            let literals = LiteralSet::new(required.clause().unwrap_or_default(), false);
            Conditions { required, literals, class_run: ClassRun::longest(&self.hir) }
        });
        if lacks.is_some_and(|lacks| !required.is_met(&|literal| !lacks(literal))) {
            return false;
        }
        (literals.is_empty() || literals.is_match(text))
            && class_run.as_ref().is_none_or(|run| run.is_in(text))
    }

    pub(super) fn prefilter(&self) -> Option<&Prefilter> {
        self.prefilter.get_or_init(|| Prefilter::new(&self.hir)).as_ref()
    }

    fn dfa(&self) -> Option<&LazyDfa> {
        self.dfa.get_or_init(|| LazyDfa::new(&self.hir)).as_ref()
    }

    fn is_match(&self, text: &str, lacks: Option<&dyn Fn(&str) -> bool>) -> bool {
        if !self.may_match(text, lacks) {
            return false;
        }
        let mut candidates = self.prefilter().map(|prefilter| prefilter.candidates(text, lacks));
        if let Some(dfa) = self.dfa() {
            return dfa.find_end(text, 0, candidates.as_mut()).is_some();
        }
        let from = match &mut candidates {
            Some(candidates) => candidates.next_from(0),
            None => Some(0),
        };
        let engine = from.zip(self.engine.compiled());
        engine.is_some_and(|(from, engine)| engine.is_match_at(text, from))
    }

    /// Calls `found` with each match from left to right, none overlapping, until it returns false.
    pub(super) fn for_each_match<'t>(
        &self,
        text: &'t str,
        found: &mut dyn FnMut(&Captures<'t>) -> bool,
    ) {
        if !self.may_match(text, None) {
            return;
        }
        let mut candidates = self.prefilter().map(|prefilter| prefilter.candidates(text, None));
        for_each(text, found, &mut |from| {
            let at = match &mut candidates {
                Some(candidates) => candidates.next_from(from)?,
                None => from,
            };
            self.engine.find_from(text, at)
        });
    }

    /// Like [`PrefilteredPattern::for_each_match`], but of matches that overlap it takes the one that ends first, with the
    /// end that the engine gives it. Only the groups of final newlines are known. It takes one step for each character of
    /// any text.
    pub(super) fn for_each_earliest_match<'t>(
        &self,
        text: &'t str,
        found: &mut dyn FnMut(&Captures<'t>) -> bool,
    ) {
        if !self.may_match(text, None) {
            return;
        }
        let reversed = self.reversed_dfa.get_or_init(|| LazyDfa::reversed(&self.hir));
        let Some((dfa, reversed)) = self.dfa().zip(reversed.as_ref()) else {
            return self.for_each_match(text, found);
        };
        let mut candidates = self.prefilter().map(|prefilter| prefilter.candidates(text, None));
        for_each(text, found, &mut |from| {
            let end = dfa.find_end(text, from, candidates.as_mut())?;
            self.find_at(text, reversed.find_start(text, from, end)?)
        });
    }

    /// Returns the match at `start`, where one is known to begin. The capturing engine takes a step for each of its active
    /// states and characters, and many a pattern's last repetition goes on to the end of a text.
    fn find_at<'t>(&self, text: &'t str, start: usize) -> Option<Captures<'t>> {
        let has_final_newline = self.engine.has_final_newline();
        let compile = || if has_final_newline { None } else { LazyDfa::ordered(&self.hir) };
        match self.ordered_dfa.get_or_init(compile) {
            Some(ordered) => Some(Captures::from(start..ordered.find_preferred_end(text, start)?)),
            None => self.engine.find_at(text, start),
        }
    }
}

/// Calls `found` with successive matches; `next` returns the first one at an offset or later.
fn for_each<'t>(
    text: &'t str,
    found: &mut dyn FnMut(&Captures<'t>) -> bool,
    next: &mut dyn FnMut(usize) -> Option<Captures<'t>>,
) {
    let (mut from, mut last_end) = (0, None);
    while from <= text.len()
        && let Some(captures) = next(from)
        && let Some(range) = captures.range(0)
    {
        from = if range.is_empty() { next_boundary(text, range.end) } else { range.end };
        // An empty match right after another match is not counted.
        let is_counted = !range.is_empty() || last_end != Some(range.end);
        last_end = Some(range.end);
        if is_counted && !found(&captures) {
            return;
        }
    }
}

/// Returns the offset after the character that begins at `at`.
fn next_boundary(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.chars().next().map_or(1, char::len_utf8)
}
