//! Tells whether a pattern matches by one look into a table for each character.
//!
//! The engine follows every way in which a match may go on, for every character: a long script with near misses of many
//! rules takes it seconds. Here each set of such ways that occurs is a state, remembered with what each kind of character
//! makes of it. Only those are made that the texts need.

use super::nfa::{Look, Machine, Step, StepId};
use super::prefilter::{Places, Start};
use crate::limits;
use std::collections::HashMap;
use std::sync::Arc;

impl Machine {
    /// Whether it matches anywhere in the text.
    pub(super) fn is_match(&self, text: &str, start: Option<&Start>) -> bool {
        let mut places = start.map(|start| start.places(text));
        self.end(text, 0, places.as_mut()).is_some()
    }

    /// Where the first match ends of those that begin here or later. `places` are asked from left to right, as this must
    /// be then.
    pub(super) fn end(
        &self,
        text: &str,
        from: usize,
        places: Option<&mut Places<'_>>,
    ) -> Option<usize> {
        self.with_states(|states| states.end(self, text, from, places))
    }

    /// Where the longest match begins that ends here and begins no earlier than another place. A machine that is reversed
    /// tells it.
    pub(super) fn start(&self, text: &str, from: usize, end: usize) -> Option<usize> {
        self.with_states(|states| states.start(self, text, from, end))
    }

    fn with_states<T>(&self, run: impl FnOnce(&mut States) -> T) -> T {
        // Whoever comes while another looks has states of its own.
        let kept = self.kept.try_lock().ok().and_then(|mut kept| kept.take());
        let mut states = kept.unwrap_or_else(|| Box::new(States::new(self)));
        let result = run(&mut states);
        if states.bytes <= limits::LAZY_DFA_RETAINED_BYTES
            && let Ok(mut kept) = self.kept.try_lock()
        {
            *kept = Some(states);
        }
        result
    }
}

/// Number of a state. Of what a character makes of a state, two bits say whether that was a match.
type StateId = u16;

/// What a character makes of a state is not known yet.
const UNKNOWN: StateId = StateId::MAX;

/// A match was known before the character, by what it is, or with it.
const BEFORE_IT: StateId = 1 << 15;
const WITH_IT: StateId = 1 << 14;

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
type State = (Before, Arc<[StepId]>);

/// Bytes that a state takes beside its steps, at most.
const STATE_BYTES: usize = 128;

/// The states of a machine that were needed so far.
#[derive(Debug)]
pub(super) struct States {
    states: Vec<State>,
    /// By their hashes. Of two states with one hash the later is found, and the other made anew.
    ids: HashMap<u64, StateId>,
    /// For each state, what each kind of character makes of it.
    next: Vec<StateId>,
    bytes: usize,
    /// How often all but the idle states were forgotten.
    forgotten: usize,
    /// Every text matches.
    is_match: bool,
    ways: Ways,
    /// Room for the steps that are followed.
    looked: Vec<StepId>,
}

fn hash((before, steps): &State) -> u64 {
    let seed = *before as u64 + 1;
    steps.iter().fold(seed, |hash, step| {
        (hash ^ u64::from(*step)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    })
}

impl States {
    fn new(machine: &Machine) -> Self {
        let mut states = Self {
            states: Vec::new(),
            ids: HashMap::new(),
            next: Vec::new(),
            bytes: 0,
            forgotten: 0,
            is_match: false,
            ways: Ways {
                seen: vec![false; machine.len()],
                families: vec![0; machine.families()],
                ..Ways::default()
            },
            looked: Vec::new(),
        };
        states.forget(machine);
        states
    }

    fn end(
        &mut self,
        machine: &Machine,
        text: &str,
        from: usize,
        mut places: Option<&mut Places<'_>>,
    ) -> Option<usize> {
        let (mut at, mut state) = (from, machine.before(text, from) as StateId);
        if self.is_match {
            return Some(from);
        }
        while let Some((mut kind, mut length)) = machine.kinds.at(text, at) {
            if state <= LAST_IDLE
                && let Some(places) = &mut places
            {
                // No match is under way.
                let place = places.after(at)?;
                if place > at {
                    at = place;
                    state = machine.before(text, at) as StateId;
                    let Some(next) = machine.kinds.at(text, at) else { break };
                    (kind, length) = next;
                }
            }
            let next = self.after(machine, state, kind);
            if next & BEFORE_IT != 0 {
                return Some(at);
            }
            at += length;
            if next & WITH_IT != 0 {
                return Some(at);
            }
            state = next;
        }
        let (before, steps) = self.states.get(usize::from(state)).cloned()?;
        self.looked(machine, before, &steps, None, &mut Vec::new()).then_some(at)
    }

    fn start(&mut self, machine: &Machine, text: &str, from: usize, end: usize) -> Option<usize> {
        let (mut at, mut found) = (end, self.is_match.then_some(end));
        let mut before = match machine.kinds.at(text, end) {
            Some((kind, _)) => machine.before_after(kind),
            None => Before::Text,
        };
        let mut ways = self.states.first().map(|(_, idle)| idle.to_vec()).unwrap_or_default();
        while !ways.is_empty() {
            let next = machine.kinds.before(text, at);
            let mut looked = Vec::new();
            if self.looked(machine, before, &ways, next.map(|(kind, _)| kind), &mut looked) {
                found = Some(at);
            }
            let Some((kind, length)) = next.filter(|_| at > from) else { break };
            at -= length;
            if self.take(machine, &looked, kind) {
                found = Some(at);
            }
            ways.clear();
            ways.extend(self.ways.fewest(machine));
            before = machine.before_after(kind);
        }
        found
    }

    /// Steps of the largest state.
    #[cfg(test)]
    pub(super) fn most_steps(&self) -> usize {
        self.states.iter().map(|(_, steps)| steps.len()).max().unwrap_or(0)
    }

    /// Begins with the idle states alone.
    fn forget(&mut self, machine: &Machine) {
        self.states.clear();
        self.ids.clear();
        self.next.clear();
        self.bytes = 0;
        self.forgotten += 1;
        self.ways.clear();
        self.is_match = self.ways.add(machine, machine.begin);
        let idle: Arc<[StepId]> = self.ways.fewest(machine).into();
        for before in ALL_BEFORE {
            self.insert(machine, (before, Arc::clone(&idle)));
        }
    }

    fn insert(&mut self, machine: &Machine, state: State) -> StateId {
        let id = StateId::try_from(self.states.len()).unwrap_or(0);
        let kinds = machine.kinds.count();
        self.bytes += STATE_BYTES + 2 * (kinds + state.1.len());
        self.next.resize(self.next.len() + kinds, UNKNOWN);
        self.ids.insert(hash(&state), id);
        self.states.push(state);
        id
    }

    fn known(&self, state: &State) -> Option<StateId> {
        let id = *self.ids.get(&hash(state))?;
        (self.states.get(usize::from(id)) == Some(state)).then_some(id)
    }

    /// What a character of this kind makes of a state.
    #[inline]
    fn after(&mut self, machine: &Machine, state: StateId, kind: u8) -> StateId {
        let at = usize::from(state) * machine.kinds.count() + usize::from(kind);
        match self.next.get(at) {
            Some(&known) if known != UNKNOWN => known,
            _ => self.make(machine, state, kind),
        }
    }

    fn make(&mut self, machine: &Machine, state: StateId, kind: u8) -> StateId {
        let Some((before, steps)) = self.states.get(usize::from(state)).cloned() else {
            return state;
        };
        let (next, matched) = self.follow(machine, before, &steps, kind);
        let forgotten = self.forgotten;
        let id = self.known(&next).unwrap_or_else(|| {
            if self.bytes > limits::LAZY_DFA_BYTES {
                self.forget(machine);
            }
            // It may be an idle one.
            self.known(&next).unwrap_or_else(|| self.insert(machine, next))
        });
        let at = usize::from(state) * machine.kinds.count() + usize::from(kind);
        if let Some(slot) = self.next.get_mut(at).filter(|_| forgotten == self.forgotten) {
            *slot = id | matched;
        }
        id | matched
    }

    fn follow(
        &mut self,
        machine: &Machine,
        before: Before,
        steps: &[StepId],
        kind: u8,
    ) -> (State, StateId) {
        let mut matched = 0;
        let mut looked = std::mem::take(&mut self.looked);
        looked.clear();
        if self.looked(machine, before, steps, Some(kind), &mut looked) {
            matched |= BEFORE_IT;
        }
        if self.take(machine, &looked, kind) {
            matched |= WITH_IT;
        }
        self.looked = looked;
        // A match may begin anywhere.
        if let Some((_, idle)) = self.states.first() {
            idle.iter().for_each(|step| self.ways.add_known(*step));
        }
        ((machine.before_after(kind), self.ways.fewest(machine).into()), matched)
    }

    /// Leaves in `ways` what a character of this kind makes of these steps. Whether they have matched.
    fn take(&mut self, machine: &Machine, steps: &[StepId], kind: u8) -> bool {
        self.ways.clear();
        let mut matched = false;
        for step in steps {
            if let Step::Take(class, next) = machine.step(*step)
                && machine.kinds.is_in(kind, class)
            {
                matched |= self.ways.add(machine, next);
            }
        }
        matched
    }

    /// Adds to `out` these steps, and those behind what holds here. Whether they have matched.
    fn looked(
        &mut self,
        machine: &Machine,
        before: Before,
        steps: &[StepId],
        kind: Option<u8>,
        out: &mut Vec<StepId>,
    ) -> bool {
        let behind = |step: StepId| match machine.step(step) {
            Step::Look(look, next) if machine.holds(look, before, kind) => Some(next),
            _ => None,
        };
        // In most places nothing holds.
        if !machine.looks || !steps.iter().any(|step| behind(*step).is_some()) {
            out.extend(steps);
            return false;
        }
        self.ways.clear();
        steps.iter().for_each(|step| self.ways.add_known(*step));
        let mut matched = false;
        let mut at = 0;
        while let Some(step) = self.ways.steps.get(at).copied() {
            at += 1;
            if let Some(next) = behind(step) {
                matched |= self.ways.add(machine, next);
            }
        }
        out.extend(&self.ways.steps);
        matched
    }
}

impl Machine {
    /// What stands before a place of a text.
    fn before(&self, text: &str, at: usize) -> Before {
        let last = self.kinds.before(text, at);
        last.map_or(Before::Text, |(kind, _)| self.before_after(kind))
    }

    /// What stands before what follows a character of this kind.
    fn before_after(&self, kind: u8) -> Before {
        match () {
            // It is never asked for.
            () if !self.looks => Before::Other,
            () if self.kinds.is_word(kind) => Before::Word,
            () if self.kinds.is_newline(kind) => Before::Newline,
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
#[derive(Debug, Default)]
struct Ways {
    steps: Vec<StepId>,
    /// Of each family the step that was made last.
    families: Vec<StepId>,
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

    /// Adds a step that takes a character or looks around.
    fn add_known(&mut self, step: StepId) {
        if let Some(seen) = self.seen.get_mut(usize::from(step)).filter(|seen| !**seen) {
            *seen = true;
            self.met.push(step);
            self.steps.push(step);
        }
    }

    /// The steps, of each family the one alone that has the most turns left, which was made last. They stand in the order
    /// in which they were met: to sort them takes longer than the few states that it saves.
    fn fewest(&mut self, machine: &Machine) -> &[StepId] {
        let Self { steps, families, .. } = self;
        for step in steps.iter() {
            if let Some(best) = families.get_mut(usize::from(machine.family(*step))) {
                *best = (*best).max(*step);
            }
        }
        steps.retain(|step| {
            let family = machine.family(*step);
            family == 0 || families.get(usize::from(family)) == Some(step)
        });
        for step in steps.iter() {
            if let Some(best) = families.get_mut(usize::from(machine.family(*step))) {
                *best = 0;
            }
        }
        steps
    }
}
