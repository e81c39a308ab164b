//! [`Nfa`]: a pattern as states, to decide whether and where it matches.
//!
//! Groups do not matter for that, so the automaton has none of them. Greed and the order of alternatives matter only to
//! [`Nfa::ordered`]. States are made from the last to the first, each leading to states that exist:
//!
//! ```text
//! a(b|c)*    5: a ─▶ 1: split ─┬▶ 4: split ─┬▶ 3: b ─▶ 1
//!                              │            └▶ 2: c ─▶ 1
//!                              └▶ 0: match
//! ```

use super::alphabet::{Alphabet, AlphabetBuilder, ClassId, NEWLINE};
use super::hir::{Assertion, Hir};

/// Number of a state.
pub(super) type NfaStateId = u16;

/// An automaton over the symbols of an [`Alphabet`].
#[derive(Debug)]
pub(super) struct Nfa {
    states: Vec<NfaState>,
    /// For each state.
    subsumption_classes: Vec<SubsumptionClass>,
    pub(super) start: NfaStateId,
    pub(super) alphabet: Alphabet,
    /// Some state tests an assertion.
    pub(super) has_assertions: bool,
    /// Of two matches that begin at the same place the one counts whose states come first.
    pub(super) is_ordered: bool,
    /// A match begins where the automaton begins, and nowhere else.
    pub(super) is_anchored: bool,
}

/// Number shared by the states at one place of a repetition's optional turns, such as the 300 states of `.{0,300}`; 0 for
/// a state without such siblings. A state with more turns left matches whatever its siblings match, so it alone has to be
/// followed: it is the one made last, with the greatest number.
pub(super) type SubsumptionClass = u16;

/// One state. All but the match state lead to others.
#[derive(Clone, Copy, Debug)]
pub(super) enum NfaState {
    /// Consumes a character of a class.
    Class(ClassId, NfaStateId),
    /// Leads to two states, in an ordered automaton to the preferred one first.
    Split(NfaStateId, NfaStateId),
    /// Leads on where an assertion holds.
    Look(Look, NfaStateId),
    Match,
}

/// An assertion about the characters around a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    Start,
    End,
    LineStart,
    LineEnd,
    WordBoundary,
    NotWordBoundary,
}

/// Upper bound on states. Larger patterns are left to the capturing engine.
const MAX_STATES: usize = 1 << 13;

/// Upper bound on visited nodes of a pattern, each turn of a repetition counted.
const MAX_NODES: usize = 1 << 15;

impl Nfa {
    /// Compiles a pattern. Returns `None` if it is too large.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        NfaCompiler::compile(hir, false, false)
    }

    /// Compiles the automaton that consumes a match from its last character to its first.
    pub(super) fn reversed(hir: &Hir) -> Option<Self> {
        NfaCompiler::compile(hir, true, false)
    }

    /// Compiles the automaton whose states are in the order in which a backtracking engine tries them.
    pub(super) fn ordered(hir: &Hir) -> Option<Self> {
        NfaCompiler::compile(hir, false, true)
    }

    /// The number of subsumption classes, class 0 included.
    pub(super) fn subsumption_classes(&self) -> usize {
        usize::from(self.subsumption_classes.iter().max().copied().unwrap_or(0)) + 1
    }

    pub(super) fn subsumption_class(&self, id: NfaStateId) -> SubsumptionClass {
        self.subsumption_classes.get(usize::from(id)).copied().unwrap_or(0)
    }

    pub(super) fn state(&self, id: NfaStateId) -> NfaState {
        self.states.get(usize::from(id)).copied().unwrap_or(NfaState::Match)
    }

    /// The number of states.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }
}

struct NfaCompiler {
    is_reversed: bool,
    is_ordered: bool,
    states: Vec<NfaState>,
    subsumption_classes: Vec<SubsumptionClass>,
    last_class: SubsumptionClass,
    alphabet: AlphabetBuilder,
    has_assertions: bool,
    nodes_left: usize,
}

impl NfaCompiler {
    fn compile(hir: &Hir, is_reversed: bool, is_ordered: bool) -> Option<Nfa> {
        let mut compiler = Self {
            is_reversed,
            is_ordered,
            states: vec![NfaState::Match],
            subsumption_classes: vec![0],
            last_class: 0,
            alphabet: AlphabetBuilder::new(),
            has_assertions: false,
            nodes_left: MAX_NODES,
        };
        let start = compiler.node(hir, 0)?;
        let Self { states, subsumption_classes, alphabet, has_assertions, .. } = compiler;
        let alphabet = alphabet.build()?;
        let is_anchored = is_reversed || is_ordered;
        Some(Nfa {
            states,
            subsumption_classes,
            start,
            alphabet,
            has_assertions,
            is_ordered,
            is_anchored,
        })
    }

    fn add(&mut self, state: NfaState) -> Option<NfaStateId> {
        let id = NfaStateId::try_from(self.states.len()).ok()?;
        self.states.push(state);
        self.subsumption_classes.push(0);
        (self.states.len() <= MAX_STATES).then_some(id)
    }

    /// Adds the states of a node that lead to `next`. Returns the first of them.
    fn node(&mut self, hir: &Hir, next: NfaStateId) -> Option<NfaStateId> {
        self.nodes_left = self.nodes_left.checked_sub(1)?;
        match hir {
            Hir::Class(class) => {
                let class = self.alphabet.add(class)?;
                self.add(NfaState::Class(class, next))
            }
            Hir::Assertion(Assertion::Start) => self.look(Look::Start, next),
            Hir::Assertion(Assertion::End) => self.look(Look::End, next),
            Hir::Assertion(Assertion::EndOrFinalNewline) if self.is_reversed => {
                let newline = self.add(NfaState::Class(NEWLINE, next))?;
                let either = self.add(NfaState::Split(next, newline))?;
                self.look(Look::End, either)
            }
            Hir::Assertion(Assertion::EndOrFinalNewline) => {
                let end = self.look(Look::End, next)?;
                let newline = self.add(NfaState::Class(NEWLINE, end))?;
                self.add(NfaState::Split(end, newline))
            }
            Hir::Assertion(Assertion::LineStart) => self.look(Look::LineStart, next),
            Hir::Assertion(Assertion::LineEnd) => self.look(Look::LineEnd, next),
            Hir::Assertion(Assertion::WordBoundary) => self.look(Look::WordBoundary, next),
            Hir::Assertion(Assertion::NotWordBoundary) => self.look(Look::NotWordBoundary, next),
            Hir::Group(_, inner) => self.node(inner, next),
            Hir::Repeat(inner, min, max, is_lazy) => {
                self.repeat(inner, (*min, *max), *is_lazy, next)
            }
            Hir::Concat(nodes) if self.is_reversed => {
                nodes.iter().try_fold(next, |next, node| self.node(node, next))
            }
            Hir::Concat(nodes) => {
                nodes.iter().rev().try_fold(next, |next, node| self.node(node, next))
            }
            Hir::Alternation(branches) => {
                let mut first = None;
                for branch in branches.iter().rev() {
                    let branch = self.node(branch, next)?;
                    first = Some(match first {
                        Some(others) => self.add(NfaState::Split(branch, others))?,
                        None => branch,
                    });
                }
                Some(first.unwrap_or(next))
            }
        }
    }

    fn look(&mut self, look: Look, next: NfaStateId) -> Option<NfaStateId> {
        self.has_assertions = true;
        let look = match look {
            Look::Start if self.is_reversed => Look::End,
            Look::End if self.is_reversed => Look::Start,
            Look::LineStart if self.is_reversed => Look::LineEnd,
            Look::LineEnd if self.is_reversed => Look::LineStart,
            look => look,
        };
        self.add(NfaState::Look(look, next))
    }

    fn repeat(
        &mut self,
        hir: &Hir,
        (mut min, max): (u32, Option<u32>),
        is_lazy: bool,
        next: NfaStateId,
    ) -> Option<NfaStateId> {
        let split =
            |turn| if is_lazy { NfaState::Split(next, turn) } else { NfaState::Split(turn, next) };
        let mut first = next;
        match max {
            None => {
                first = self.add(NfaState::Split(next, next))?;
                let turn = self.node(hir, first)?;
                *self.states.get_mut(usize::from(first))? = split(turn);
                // The turns of `x*` are those of `(x+)?`: an empty first turn comes before the text's end of the repetition,
                // and so in the order of its alternatives.
                if self.is_ordered && min == 0 {
                    first = self.add(split(turn))?;
                } else if self.is_ordered {
                    first = turn;
                    min -= 1;
                }
            }
            Some(max) => {
                let begin = self.states.len();
                for _ in min..max {
                    let turn = self.node(hir, first)?;
                    first = self.add(split(turn))?;
                }
                if !self.is_ordered {
                    self.relate_turns(begin, max.saturating_sub(min) as usize)?;
                }
            }
        }
        (0..min).try_fold(first, |next, _| self.node(hir, next))
    }

    /// Gives the states of equal optional turns, which begin with the state `begin`, their subsumption classes. States
    /// that an inner repetition has related keep their class.
    fn relate_turns(&mut self, begin: usize, turns: usize) -> Option<()> {
        let length = (self.states.len() - begin).checked_div(turns).filter(|_| turns > 1);
        let Some(length) = length else { return Some(()) };
        for at in 0..length {
            self.last_class = self.last_class.checked_add(1)?;
            for class in self.subsumption_classes.iter_mut().skip(begin + at).step_by(length) {
                if *class == 0 {
                    *class = self.last_class;
                }
            }
        }
        Some(())
    }
}
