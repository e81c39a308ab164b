//! [`StateSet`]: the NFA states that are active at one place of a text.

use super::nfa::{Look, Nfa, NfaState, NfaStateId};

/// A set of NFA states that consume a character or test an assertion, in the order in which they were added.
///
/// Adding a state adds all states that it reaches without consuming a character (its epsilon closure).
#[derive(Debug)]
pub(super) struct StateSet {
    states: Vec<NfaStateId>,
    /// For each subsumption class the greatest state of the set; used by [`StateSet::reduce`] alone, otherwise all 0.
    greatest: Vec<NfaStateId>,
    /// For each state of the NFA whether it was visited, splits and the match state too.
    is_visited: Vec<bool>,
    visited: Vec<NfaStateId>,
    pending: Vec<NfaStateId>,
}

impl StateSet {
    pub(super) fn new(nfa: &Nfa) -> Self {
        Self {
            states: Vec::new(),
            greatest: vec![0; nfa.subsumption_classes()],
            is_visited: vec![false; nfa.len()],
            visited: Vec::new(),
            pending: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.states.clear();
        for state in self.visited.drain(..) {
            if let Some(is_visited) = self.is_visited.get_mut(usize::from(state)) {
                *is_visited = false;
            }
        }
    }

    pub(super) fn states(&self) -> &[NfaStateId] {
        &self.states
    }

    /// Adds a state and its epsilon closure. Returns whether the closure has the match state; in an ordered automaton, the
    /// closure ends there.
    pub(super) fn add(&mut self, nfa: &Nfa, state: NfaStateId) -> bool {
        self.add_where(nfa, state, None)
    }

    /// The same; `holds` says which assertions are followed, instead of added.
    pub(super) fn add_where(
        &mut self,
        nfa: &Nfa,
        state: NfaStateId,
        holds: Option<&dyn Fn(Look) -> bool>,
    ) -> bool {
        let mut is_match = false;
        self.pending.push(state);
        while let Some(id) = self.pending.pop() {
            match self.is_visited.get_mut(usize::from(id)) {
                Some(is_visited) if !*is_visited => *is_visited = true,
                _ => continue,
            }
            self.visited.push(id);
            match (nfa.state(id), holds) {
                (NfaState::Split(first, second), _) => self.pending.extend([second, first]),
                (NfaState::Look(look, target), Some(holds)) => {
                    self.pending.extend(holds(look).then_some(target));
                }
                (NfaState::Class(..) | NfaState::Look(..), _) => self.states.push(id),
                (NfaState::Match, _) => {
                    is_match = true;
                    if nfa.is_ordered {
                        self.pending.clear();
                    }
                }
            }
        }
        is_match
    }

    /// Adds a state alone: one that is known to consume a character or to test an assertion, or that is followed later.
    pub(super) fn add_closed(&mut self, id: NfaStateId) {
        let is_visited = self.is_visited.get_mut(usize::from(id));
        if let Some(is_visited) = is_visited.filter(|is_visited| !**is_visited) {
            *is_visited = true;
            self.visited.push(id);
            self.states.push(id);
        }
    }

    /// Removes the states that another state of their subsumption class subsumes, and returns the rest.
    ///
    /// The order of insertion is kept: sorting takes longer than the few equal sets it would find.
    pub(super) fn reduce(&mut self, nfa: &Nfa) -> &[NfaStateId] {
        let Self { states, greatest, .. } = self;
        for state in states.iter() {
            if let Some(greatest) = greatest.get_mut(usize::from(nfa.subsumption_class(*state))) {
                *greatest = (*greatest).max(*state);
            }
        }
        states.retain(|state| {
            let class = nfa.subsumption_class(*state);
            class == 0 || greatest.get(usize::from(class)) == Some(state)
        });
        for state in states.iter() {
            if let Some(greatest) = greatest.get_mut(usize::from(nfa.subsumption_class(*state))) {
                *greatest = 0;
            }
        }
        states
    }
}
