//! Regular expressions as PCRE reads them, run in linear time behind their required literals.

mod alphabet;
mod captures;
mod class;
mod class_run;
mod lazy_dfa;
mod literals;
mod nfa;
mod parse;
mod prefilter;
mod print;

use crate::limits;
use crate::literal::LiteralSet;
use crate::literal::Required;
use captures::{Engine, Found};
use nfa::Machine;
use parse::Node;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A regular expression. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Regex(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: String,
    flags: RegexFlags,
    node: Node,
    pattern: String,
    /// Made when it is first needed: few patterns of a rule set ever are.
    runner: OnceLock<Option<Runner>>,
    required: Required,
    names: Vec<Option<String>>,
    groups: Vec<usize>,
    ends: Vec<usize>,
}

/// What a pattern starts with; it can change them by `(?i)` and the like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegexFlags {
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

/// What runs.
#[derive(Debug)]
struct Runner {
    whole: Branch,
    program: Program,
}

/// How to tell whether a pattern matches. To tell where, the whole of it runs.
#[derive(Debug)]
enum Program {
    /// It is a list of words.
    Words(LiteralSet),
    /// It is a list of words and of expressions, each behind what it needs: long lists of both are common,
    /// and one expression of all of them would run wherever any of their words stands.
    Branches(Vec<LiteralSet>, Vec<Branch>),
    /// Anything else.
    Whole,
}

/// An expression and what a text needs for it to match.
#[derive(Debug)]
struct Branch {
    engine: Engine,
    needles: LiteralSet,
    /// A run of characters of one class.
    run: Option<class_run::Run>,
    start: Option<prefilter::Start>,
    machine: Option<Machine>,
    /// Tells where matches begin, made when that is first asked for.
    reversed: OnceLock<Option<Machine>>,
}

/// Expressions that one pattern is split into.
const BRANCHES: usize = 64;

impl Branch {
    fn new(node: &Node, pattern: &str) -> Result<Self, RegexError> {
        let engine = Engine::new(node, pattern)?;
        let required = literals::required(node);
        let needles = LiteralSet::new(required.clause().unwrap_or_default(), false);
        let (run, start) = (class_run::Run::of(node), prefilter::Start::of(node));
        let (machine, reversed) = (Machine::new(node), OnceLock::new());
        Ok(Self { engine, needles, run, start, machine, reversed })
    }

    /// Cheap to tell, and never false for a text that matches.
    fn may_match(&self, text: &str) -> bool {
        (self.needles.is_empty() || self.needles.is_match(text))
            && self.run.as_ref().is_none_or(|run| run.stands_in(text))
    }

    fn is_match(&self, text: &str) -> bool {
        if !self.may_match(text) {
            return false;
        }
        if let Some(machine) = &self.machine {
            return machine.is_match(text, self.start.as_ref());
        }
        let from = match &self.start {
            Some(start) => start.places(text).after(0),
            None => Some(0),
        };
        let engine = from.zip(self.engine.get());
        engine.is_some_and(|(from, engine)| engine.is_match_at(text, from))
    }

    /// All matches, from the left and none overlapping, until the call says to stop.
    fn matches<'t>(&self, text: &'t str, found: &mut dyn FnMut(&Found<'t>) -> bool) {
        if !self.may_match(text) {
            return;
        }
        let mut places = self.start.as_ref().map(|start| start.places(text));
        each(text, found, &mut |from| {
            let at = places.as_mut().map_or(Some(from), |places| places.after(from))?;
            self.engine.from(text, at)
        });
    }

    /// The same, but where matches overlap, the one that ends first is found, as long as the engine makes it. `node` is
    /// the branch's own. It takes a step for each character, whatever the text.
    fn places<'t>(&self, node: &Node, text: &'t str, found: &mut dyn FnMut(&Found<'t>) -> bool) {
        let reversed = self.reversed.get_or_init(|| Machine::reversed(node));
        let Some((machine, reversed)) = self.machine.as_ref().zip(reversed.as_ref()) else {
            return self.matches(text, found);
        };
        if !self.may_match(text) {
            return;
        }
        let mut places = self.start.as_ref().map(|start| start.places(text));
        each(text, found, &mut |from| {
            let end = machine.end(text, from, places.as_mut())?;
            self.engine.at(text, reversed.start(text, from, end)?)
        });
    }
}

/// Goes from match to match, given the one that comes next from a place on.
fn each<'t>(
    text: &'t str,
    found: &mut dyn FnMut(&Found<'t>) -> bool,
    next: &mut dyn FnMut(usize) -> Option<Found<'t>>,
) {
    let (mut from, mut last) = (0, None);
    while from <= text.len()
        && let Some(place) = next(from)
        && let Some(whole) = place.range(0)
    {
        from = if whole.is_empty() { after(text, whole.end) } else { whole.end };
        // Nothing stands between a match and an empty one right behind it.
        let is_new = !whole.is_empty() || last != Some(whole.end);
        last = Some(whole.end);
        if is_new && !found(&place) {
            return;
        }
    }
}

/// The place after the character that begins here.
fn after(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.chars().next().map_or(1, char::len_utf8)
}

impl Runner {
    fn new(node: &Node, pattern: &str) -> Result<Self, RegexError> {
        Ok(Self { whole: Branch::new(node, pattern)?, program: Program::new(node)? })
    }
}

impl Program {
    fn new(node: &Node) -> Result<Self, RegexError> {
        if let Some((words, cased)) = literals::words(node) {
            return Ok(Self::Words(LiteralSet::new(words.iter().map(String::as_str), cased)));
        }
        let (mut cased_words, mut words, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for branch in alternatives(node) {
            match literals::words(branch) {
                Some((own, true)) => cased_words.extend(own),
                Some((own, false)) => words.extend(own),
                None => rest.push(branch),
            }
        }
        if rest.len() > BRANCHES || rest.len() + words.len() + cased_words.len() < 2 {
            return Ok(Self::Whole);
        }
        let branches: Result<Vec<Branch>, RegexError> =
            rest.into_iter().map(|node| Branch::new(node, &print::print(node)?.pattern)).collect();
        let lists = [(cased_words, true), (words, false)];
        let lists = lists.iter().filter(|(words, _)| !words.is_empty());
        let needles =
            lists.map(|(words, cased)| LiteralSet::new(words.iter().map(String::as_str), *cased));
        Ok(Self::Branches(needles.collect(), branches?))
    }
}

/// The alternatives that a pattern is no more than a list of.
fn alternatives(node: &Node) -> &[Node] {
    match node {
        Node::Alternation(branches) => branches,
        Node::Group(_, inner) => alternatives(inner),
        Node::Concat(nodes) => match nodes.as_slice() {
            [only] => alternatives(only),
            _ => &[],
        },
        _ => &[],
    }
}

impl Regex {
    /// Reads and compiles a pattern.
    pub fn new(source: &str, flags: RegexFlags) -> Result<Self, RegexError> {
        let (node, names) = parse::parse(source, flags)?;
        let printed = print::print(&node)?;
        let runner = OnceLock::new();
        // What may not fit the engine is made at once, so that it is refused where it is read.
        if !captures::is_sure(&node) {
            let _ = runner.set(Some(Runner::new(&node, &printed.pattern)?));
        }
        Ok(Self(Arc::new(Compiled {
            source: source.to_owned(),
            flags,
            runner,
            required: literals::required(&node),
            node,
            pattern: printed.pattern,
            names,
            groups: printed.groups,
            ends: printed.ends,
        })))
    }

    fn runner(&self) -> Option<&Runner> {
        let compiled = &self.0;
        let make = || Runner::new(&compiled.node, &compiled.pattern).ok();
        compiled.runner.get_or_init(make).as_ref()
    }

    /// The pattern as it was given.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The flags it was given.
    pub fn flags(&self) -> RegexFlags {
        self.0.flags
    }

    /// What stands in every text that matches.
    pub fn required(&self) -> &Required {
        &self.0.required
    }

    /// The names of its groups, from 1.
    pub fn names(&self) -> &[Option<String>] {
        &self.0.names
    }

    /// Whether it matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        let Some(runner) = self.runner() else { return false };
        match &runner.program {
            Program::Words(words) => words.is_match(text),
            Program::Branches(lists, branches) => {
                lists.iter().any(|words| words.is_match(text))
                    || branches.iter().any(|branch| branch.is_match(text))
            }
            Program::Whole => runner.whole.is_match(text),
        }
    }

    /// All matches from the left, none overlapping: the whole, then its groups.
    pub(crate) fn for_each_match(
        &self,
        text: &str,
        found: &mut dyn FnMut(Range<usize>, Vec<Option<Range<usize>>>) -> bool,
    ) {
        let Some(whole) = self.runner().map(|runner| &runner.whole) else { return };
        whole.matches(text, &mut |place| {
            let Some(whole) = self.whole_of(place) else { return false };
            let groups = self.0.groups.iter().map(|index| {
                let group = place.range(*index)?;
                Some(group.start.min(whole.end)..group.end.min(whole.end))
            });
            found(whole.clone(), groups.collect())
        });
    }

    fn whole_of(&self, place: &Found<'_>) -> Option<Range<usize>> {
        let mut whole = place.range(0)?;
        // `$` looks at a last newline but does not take it.
        if let Some(end) = self.0.ends.iter().find_map(|index| place.range(*index)) {
            whole.end = end.start;
        }
        Some(whole)
    }

    /// Where it matches, for marking it: a first place, and those not far after it.
    pub(crate) fn for_each_earliest_match(
        &self,
        text: &str,
        found: &mut dyn FnMut(Range<usize>) -> bool,
    ) {
        let Some(whole) = self.runner().map(|runner| &runner.whole) else { return };
        let mut near = None;
        whole.places(&self.0.node, text, &mut |place| {
            let Some(range) = self.whole_of(place) else { return false };
            let is_first = near.is_none();
            let near = *near.get_or_insert(range.end.saturating_add(limits::HIGHLIGHTED_BYTES));
            (is_first || range.end < near) && found(range)
        });
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
