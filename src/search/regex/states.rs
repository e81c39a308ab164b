//! Tells whether a pattern matches by one look into a table for each character.
//!
//! The engine follows every way in which a match may go on, for every character: a long script with near misses of many
//! rules takes it seconds. Here each set of such ways that occurs is a state, remembered with what each kind of character
//! makes of it. Only those are made that the text needs, and for one text only.

use super::machine::{Look, Machine, Step, StepId};
use super::start::Start;
use crate::limits;
use crate::order;
use std::collections::HashMap;
use std::rc::Rc;

impl Machine {
    /// Where the first match is known that ends in the text, at its end or one character after it. `None` where there
    /// is none.
    pub(super) fn find(&self, text: &str, start: Option<&Start>) -> Option<usize> {
        let mut states = States::new(self);
        let mut places = start.map(|start| start.places(text, 0));
        let (mut at, mut state) = (0, Before::Text as StateId);
        if states.is_match {
            return Some(0);
        }
        while let Some((mut kind, mut length)) = self.kinds.at(text, at) {
            if state <= LAST_IDLE
                && let Some(places) = &mut places
            {
                // No match is under way.
                let place = places.after(at)?;
                if place > at {
                    at = place;
                    state = states.before(text, at) as StateId;
                    let Some(next) = self.kinds.at(text, at) else { break };
                    (kind, length) = next;
                }
            }
            at += length;
            state = match states.known(state, kind) {
                UNKNOWN => states.make(state, kind),
                known => known,
            };
            if state == MATCH {
                return Some(at);
            }
        }
        states.matches_at_end(state).then_some(at)
    }
}

type StateId = u16;

/// What a character makes of a state is not known yet.
const UNKNOWN: StateId = StateId::MAX;

/// The pattern has matched.
const MATCH: StateId = StateId::MAX - 1;

/// Up to here a state is a [`Before`], in which no match has begun.
const LAST_IDLE: StateId = Before::Other as StateId;

/// What stands before a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
enum Before {
    /// Nothing: it is the text's start.
    Text,
    Newline,
    Word,
    Other,
}

const ALL_BEFORE: [Before; 4] = [Before::Text, Before::Newline, Before::Word, Before::Other];

/// The ways in which matches may go on, sorted, and what stands before.
type State = (Before, Rc<[StepId]>);

/// Bytes that a state takes beside its steps, at most.
const STATE_BYTES: usize = 128;

struct States<'m> {
    machine: &'m Machine,
    states: Vec<State>,
    ids: HashMap<State, StateId>,
    /// For each state, what each kind of character makes of it.
    next: Vec<StateId>,
    bytes: usize,
    /// How often all but the idle states were forgotten.
    forgotten: usize,
    /// Every text matches.
    is_match: bool,
    ways: Ways,
}

impl<'m> States<'m> {
    fn new(machine: &'m Machine) -> Self {
        let mut states = Self {
            machine,
            states: Vec::new(),
            ids: HashMap::new(),
            next: Vec::new(),
            bytes: 0,
            forgotten: 0,
            is_match: false,
            ways: Ways { seen: vec![false; machine.len()], ..Ways::default() },
        };
        states.forget();
        states
    }

    /// Begins with the idle states alone.
    fn forget(&mut self) {
        self.states.clear();
        self.ids.clear();
        self.next.clear();
        self.bytes = 0;
        self.forgotten += 1;
        self.ways.clear();
        self.is_match = self.ways.add(self.machine, self.machine.begin);
        let idle: Rc<[StepId]> = self.ways.sorted().into();
        for before in ALL_BEFORE {
            self.insert((before, Rc::clone(&idle)));
        }
    }

    fn insert(&mut self, state: State) -> StateId {
        let id = StateId::try_from(self.states.len()).unwrap_or(MATCH);
        let kinds = self.machine.kinds.count();
        self.bytes += STATE_BYTES + 2 * (kinds + state.1.len());
        self.next.resize(self.next.len() + kinds, UNKNOWN);
        self.ids.insert(state.clone(), id);
        self.states.push(state);
        id
    }

    #[inline]
    fn known(&self, state: StateId, kind: u8) -> StateId {
        let at = usize::from(state) * self.machine.kinds.count() + usize::from(kind);
        self.next.get(at).copied().unwrap_or(UNKNOWN)
    }

    /// What a character of this kind makes of a state.
    fn make(&mut self, state: StateId, kind: u8) -> StateId {
        let Some((before, steps)) = self.states.get(usize::from(state)).cloned() else {
            return MATCH;
        };
        let next = self.after(before, &steps, kind);
        let forgotten = self.forgotten;
        let id = match next {
            None => MATCH,
            Some(next) => match self.ids.get(&next) {
                Some(id) => *id,
                None => {
                    if self.bytes > limits::MACHINE_BYTES {
                        self.forget();
                    }
                    // It may be an idle one.
                    let known = self.ids.get(&next).copied();
                    known.unwrap_or_else(|| self.insert(next))
                }
            },
        };
        let at = usize::from(state) * self.machine.kinds.count() + usize::from(kind);
        if let Some(slot) = self.next.get_mut(at).filter(|_| forgotten == self.forgotten) {
            *slot = id;
        }
        id
    }

    /// `None` where it has matched.
    fn after(&mut self, before: Before, steps: &[StepId], kind: u8) -> Option<State> {
        let machine = self.machine;
        if self.looked(before, steps, Some(kind)) {
            return None;
        }
        let ways = std::mem::take(&mut self.ways.steps);
        self.ways.clear();
        for step in &ways {
            if let Step::Take(class, next) = machine.step(*step)
                && machine.kinds.is_in(kind, class)
                && self.ways.add(machine, next)
            {
                return None;
            }
        }
        // A match may begin anywhere.
        self.ways.add(machine, machine.begin);
        Some((self.before_after(kind), self.ways.sorted().into()))
    }

    /// Leaves in `ways` these steps, and those behind what holds here. Whether they have matched.
    fn looked(&mut self, before: Before, steps: &[StepId], kind: Option<u8>) -> bool {
        let machine = self.machine;
        self.ways.clear();
        let mut matched = steps.iter().any(|step| self.ways.add(machine, *step));
        let mut at = 0;
        while let Some(step) = self.ways.steps.get(at).copied() {
            at += 1;
            if let Step::Look(look, next) = machine.step(step)
                && machine.holds(look, before, kind)
            {
                matched |= self.ways.add(machine, next);
            }
        }
        matched
    }

    fn matches_at_end(&mut self, state: StateId) -> bool {
        let state = self.states.get(usize::from(state)).cloned();
        state.is_some_and(|(before, steps)| self.looked(before, &steps, None))
    }

    /// What stands before a place of a text.
    fn before(&self, text: &str, at: usize) -> Before {
        let last = text.get(..at).and_then(|before| before.chars().next_back());
        last.map_or(Before::Text, |char| self.before_after(self.machine.kinds.of(char)))
    }

    /// What stands before what follows a character of this kind.
    fn before_after(&self, kind: u8) -> Before {
        let Machine { kinds, looks, .. } = self.machine;
        match () {
            // It is never asked for.
            () if !looks => Before::Other,
            () if kinds.is_word(kind) => Before::Word,
            () if kinds.is_newline(kind) => Before::Newline,
            () => Before::Other,
        }
    }
}

impl Machine {
    /// Whether it holds between what stands before and a character of this kind, or none.
    fn holds(&self, look: Look, before: Before, kind: Option<u8>) -> bool {
        let is_boundary = || {
            let is_word = kind.is_some_and(|kind| self.kinds.is_word(kind));
            is_word != (before == Before::Word)
        };
        match look {
            Look::Start => before == Before::Text,
            Look::End => kind.is_none(),
            Look::LineStart => matches!(before, Before::Text | Before::Newline),
            Look::LineEnd => kind.is_none_or(|kind| self.kinds.is_newline(kind)),
            Look::Boundary => is_boundary(),
            Look::NotBoundary => !is_boundary(),
        }
    }
}

/// Steps, each once: those that take a character or look at what stands around.
#[derive(Default)]
struct Ways {
    steps: Vec<StepId>,
    /// Those that were met, the others too.
    seen: Vec<bool>,
    met: Vec<StepId>,
    open: Vec<StepId>,
}

impl Ways {
    fn clear(&mut self) {
        self.steps.clear();
        for step in self.met.drain(..) {
            if let Some(seen) = self.seen.get_mut(usize::from(step)) {
                *seen = false;
            }
        }
    }

    /// Adds a step, or those that it leads to. Whether it has matched.
    fn add(&mut self, machine: &Machine, step: StepId) -> bool {
        let mut matched = false;
        self.open.push(step);
        while let Some(step) = self.open.pop() {
            match self.seen.get_mut(usize::from(step)) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            self.met.push(step);
            match machine.step(step) {
                Step::Either(one, other) => self.open.extend([other, one]),
                Step::Take(..) | Step::Look(..) => self.steps.push(step),
                Step::Match => matched = true,
            }
        }
        matched
    }

    fn sorted(&mut self) -> &[StepId] {
        order::sort(&mut self.steps);
        &self.steps
    }
}
