//! A pattern as steps that a match takes, to tell whether there is one. How it is captured does not matter then, and
//! neither do greed and the order of alternatives.

use super::alphabet::{ClassId, Kinds};
use super::lazy_dfa::States;
use super::parse::Node;
use std::sync::Mutex;

/// Number of a step.
pub(super) type StepId = u16;

/// All steps of a pattern.
#[derive(Debug)]
pub(super) struct Machine {
    steps: Vec<Step>,
    /// For each step its [`Family`].
    families: Vec<Family>,
    pub(super) begin: StepId,
    pub(super) kinds: Kinds,
    /// Some step looks at what stands around it.
    pub(super) looks: bool,
    /// States that the last text needed: the next is often like it.
    pub(super) kept: Mutex<Option<Box<States>>>,
}

/// Steps that stand at one place of a repetition's optional turns, such as the three hundred characters of `.{0,300}`;
/// 0 for a step that has no such relatives. Whatever one of them still matches is matched by each that has more turns
/// left, so only that one need be followed.
pub(super) type Family = u16;

/// One step; all but the last lead to another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Takes a character of a class.
    Take(ClassId, StepId),
    /// Goes on in two ways.
    Either(StepId, StepId),
    /// Goes on where this holds.
    Look(Look, StepId),
    /// Has matched.
    Match,
}

/// What stands around a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    Start,
    End,
    LineStart,
    LineEnd,
    Boundary,
    NotBoundary,
}

/// Steps of a pattern that is run in this way.
const STEPS: usize = 1 << 13;

/// Nodes that are looked at to make them, the repeated ones each time.
const NODES: usize = 1 << 15;

impl Machine {
    /// `None` for a pattern that comes to too many steps.
    pub(super) fn new(node: &Node) -> Option<Self> {
        Self::of(node, false)
    }

    /// The machine that takes the characters of a match from its last to its first.
    pub(super) fn reversed(node: &Node) -> Option<Self> {
        Self::of(node, true)
    }

    fn of(node: &Node, reversed: bool) -> Option<Self> {
        let mut maker = Maker {
            reversed,
            steps: vec![Step::Match],
            families: vec![0],
            last_family: 0,
            kinds: Kinds::new(),
            looks: false,
            nodes: NODES,
        };
        let begin = maker.node(node, 0)?;
        let Maker { steps, families, kinds, looks, .. } = maker;
        let kept = Mutex::default();
        Some(Self { steps, families, begin, kinds: kinds.told()?, looks, kept })
    }

    /// How many families there are, with the one of steps that have none.
    pub(super) fn families(&self) -> usize {
        usize::from(self.families.iter().max().copied().unwrap_or(0)) + 1
    }

    pub(super) fn family(&self, id: StepId) -> Family {
        self.families.get(usize::from(id)).copied().unwrap_or(0)
    }

    pub(super) fn step(&self, id: StepId) -> Step {
        self.steps.get(usize::from(id)).copied().unwrap_or(Step::Match)
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }
}

/// Makes the steps from the last to the first.
struct Maker {
    reversed: bool,
    steps: Vec<Step>,
    families: Vec<Family>,
    last_family: Family,
    kinds: Kinds,
    looks: bool,
    nodes: usize,
}

impl Maker {
    fn add(&mut self, step: Step) -> Option<StepId> {
        let id = StepId::try_from(self.steps.len()).ok()?;
        self.steps.push(step);
        self.families.push(0);
        (self.steps.len() <= STEPS).then_some(id)
    }

    /// The step with which a node begins that `next` follows.
    fn node(&mut self, node: &Node, next: StepId) -> Option<StepId> {
        self.nodes = self.nodes.checked_sub(1)?;
        match node {
            Node::Class(class) => {
                let class = self.kinds.class(class)?;
                self.add(Step::Take(class, next))
            }
            Node::Start => self.look(Look::Start, next),
            Node::VeryEnd => self.look(Look::End, next),
            Node::End if self.reversed => {
                let newline = self.add(Step::Take(self.kinds.newline(), next))?;
                let either = self.add(Step::Either(next, newline))?;
                self.look(Look::End, either)
            }
            Node::End => {
                let end = self.look(Look::End, next)?;
                let newline = self.add(Step::Take(self.kinds.newline(), end))?;
                self.add(Step::Either(end, newline))
            }
            Node::LineStart => self.look(Look::LineStart, next),
            Node::LineEnd => self.look(Look::LineEnd, next),
            Node::Boundary => self.look(Look::Boundary, next),
            Node::NotBoundary => self.look(Look::NotBoundary, next),
            Node::Group(_, inner) => self.node(inner, next),
            Node::Repeat(inner, min, max, _) => self.repeat(inner, *min, *max, next),
            Node::Concat(nodes) if self.reversed => {
                nodes.iter().try_fold(next, |next, node| self.node(node, next))
            }
            Node::Concat(nodes) => {
                nodes.iter().rev().try_fold(next, |next, node| self.node(node, next))
            }
            Node::Alternation(branches) => {
                let mut begin = None;
                for branch in branches.iter().rev() {
                    let way = self.node(branch, next)?;
                    begin = Some(match begin {
                        Some(other) => self.add(Step::Either(way, other))?,
                        None => way,
                    });
                }
                Some(begin.unwrap_or(next))
            }
        }
    }

    fn look(&mut self, look: Look, next: StepId) -> Option<StepId> {
        self.looks = true;
        let look = match look {
            Look::Start if self.reversed => Look::End,
            Look::End if self.reversed => Look::Start,
            Look::LineStart if self.reversed => Look::LineEnd,
            Look::LineEnd if self.reversed => Look::LineStart,
            look => look,
        };
        self.add(Step::Look(look, next))
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>, next: StepId) -> Option<StepId> {
        let mut begin = next;
        match max {
            None => {
                begin = self.add(Step::Either(next, next))?;
                let again = self.node(node, begin)?;
                *self.steps.get_mut(usize::from(begin))? = Step::Either(again, next);
            }
            Some(max) => {
                let first = self.steps.len();
                for _ in min..max {
                    let again = self.node(node, begin)?;
                    begin = self.add(Step::Either(again, next))?;
                }
                self.relate(first, max.saturating_sub(min) as usize)?;
            }
        }
        (0..min).try_fold(begin, |next, _| self.node(node, next))
    }

    /// Puts the steps of so many equal turns into families, unless a repetition within has done so: those made later
    /// have more turns left.
    fn relate(&mut self, first: usize, turns: usize) -> Option<()> {
        let length = (self.steps.len() - first).checked_div(turns).filter(|_| turns > 1);
        let Some(length) = length else { return Some(()) };
        for at in 0..length {
            self.last_family = self.last_family.checked_add(1)?;
            for family in self.families.iter_mut().skip(first + at).step_by(length) {
                if *family == 0 {
                    *family = self.last_family;
                }
            }
        }
        Some(())
    }
}
