//! [`LazyDfa`]: whether and where a pattern matches, by one table look-up for each character.
//!
//! The capturing engine follows every active state of a pattern at every character: near misses of many rules in one long
//! script take it seconds. Here each set of NFA states that occurs is one DFA state, and its transitions are computed when
//! a text first needs them.
//!
//! ```text
//!              symbol 0   symbol 1   …
//! DFA state 0     0          4            a state 0..=3: no match has begun
//! DFA state 4  unknown       5 + MATCH    unknown: computed from the NFA, then stored
//! ```

use super::hir::Hir;
use super::nfa::{Look, Nfa, NfaState, NfaStateId};
use super::pool::Pool;
use super::prefilter::CandidateStarts;
#[cfg(test)]
use super::prefilter::Prefilter;
use super::state_set::StateSet;
use crate::limits;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An automaton. The DFA states that texts have needed so far are in the pool of each thread.
#[derive(Debug)]
pub(super) struct LazyDfa {
    nfa: Nfa,
    /// Its number in the pools.
    id: usize,
}

thread_local! {
    /// The states that the last texts needed: the next ones are often similar.
    static POOL: RefCell<Pool<DfaCache>> = const { RefCell::new(Pool::new(limits::LAZY_DFA_POOL_BYTES)) };
}

static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

impl Drop for LazyDfa {
    fn drop(&mut self) {
        // Another thread's states stay in its pool until they are evicted. At the end of a thread its pool may be gone.
        let _ = POOL.try_with(|pool| pool.borrow_mut().remove(self.id));
    }
}

impl LazyDfa {
    /// Compiles a pattern. Returns `None` if it is too large.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        Some(Self::from(Nfa::new(hir)?))
    }

    /// Compiles a pattern for [`LazyDfa::find_start`].
    pub(super) fn reversed(hir: &Hir) -> Option<Self> {
        Some(Self::from(Nfa::reversed(hir)?))
    }

    /// Compiles a pattern for [`LazyDfa::find_preferred_end`].
    pub(super) fn ordered(hir: &Hir) -> Option<Self> {
        Some(Self::from(Nfa::ordered(hir)?))
    }

    /// Whether the pattern matches anywhere in the text.
    #[cfg(test)]
    pub(super) fn is_match(&self, text: &str, prefilter: Option<&Prefilter>) -> bool {
        let mut candidates = prefilter.map(|prefilter| prefilter.candidates(text, None));
        self.find_end(text, 0, candidates.as_mut()).is_some()
    }

    /// Returns the least end of any match that begins at `from` or later. Calls with the same `candidates` must have
    /// ascending `from`.
    pub(super) fn find_end(
        &self,
        text: &str,
        from: usize,
        candidates: Option<&mut CandidateStarts<'_>>,
    ) -> Option<usize> {
        self.with_cache(|cache| cache.find_end(&self.nfa, text, from, candidates))
    }

    /// Returns the start of the longest match that ends at `end` and begins at `from` or later. `self` is reversed.
    pub(super) fn find_start(&self, text: &str, from: usize, end: usize) -> Option<usize> {
        self.with_cache(|cache| cache.find_start(&self.nfa, text, from, end))
    }

    /// Returns the end of the match that a backtracking engine finds at `start`. `self` is ordered.
    pub(super) fn find_preferred_end(&self, text: &str, start: usize) -> Option<usize> {
        self.with_cache(|cache| cache.find_preferred_end(&self.nfa, text, start))
    }

    fn with_cache<T>(&self, run: impl FnOnce(&mut DfaCache) -> T) -> T {
        let stored = POOL.with_borrow_mut(|pool| pool.take(self.id));
        let mut cache = stored.unwrap_or_else(|| Box::new(DfaCache::new(&self.nfa)));
        let result = run(&mut cache);
        let bytes = cache.bytes;
        let evicted = POOL.with_borrow_mut(|pool| pool.put(self.id, cache, bytes));
        drop(evicted);
        result
    }

    /// The number of DFA states in the pool of this thread.
    #[cfg(test)]
    pub(super) fn state_count(&self) -> usize {
        self.with_cache(|cache| cache.states.len())
    }

    /// The number of NFA states in the largest DFA state.
    #[cfg(test)]
    pub(super) fn largest_state(&self) -> usize {
        self.with_cache(|cache| cache.states.iter().map(|(_, nfa)| nfa.len()).max().unwrap_or(0))
    }
}

impl From<Nfa> for LazyDfa {
    fn from(nfa: Nfa) -> Self {
        Self { nfa, id: NEXT_ID.fetch_add(1, Ordering::Relaxed) }
    }
}

/// Number of a DFA state. In a transition, [`MATCH_BEFORE`] and [`MATCH_AFTER`] are added.
type DfaStateId = u16;

/// A transition that is not computed yet.
const UNKNOWN: DfaStateId = DfaStateId::MAX;

/// In a transition: a match ends before the character (known only by the character), or after it.
const MATCH_BEFORE: DfaStateId = 1 << 15;
const MATCH_AFTER: DfaStateId = 1 << 14;

/// States up to this number are start states, one for each [`LookBehind`]: no match has begun.
const LAST_START: DfaStateId = LookBehind::Other as DfaStateId;

/// The state from which nothing matches. Only an anchored automaton enters it.
const DEAD: DfaStateId = LAST_START + 1;

/// The character before a place, as far as an assertion can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
enum LookBehind {
    StartOfText,
    Newline,
    Word,
    Other,
}

const ALL_LOOK_BEHIND: [LookBehind; 4] =
    [LookBehind::StartOfText, LookBehind::Newline, LookBehind::Word, LookBehind::Other];

impl LookBehind {
    /// The context after a character of a symbol.
    fn after(nfa: &Nfa, symbol: u8) -> Self {
        match () {
            // No assertion asks.
            () if !nfa.has_assertions => Self::Other,
            () if nfa.alphabet.is_word(symbol) => Self::Word,
            () if nfa.alphabet.is_newline(symbol) => Self::Newline,
            () => Self::Other,
        }
    }

    /// The context at a place of a text.
    fn at(nfa: &Nfa, text: &str, at: usize) -> Self {
        let last = nfa.alphabet.symbol_before(text, at);
        last.map_or(Self::StartOfText, |(symbol, _)| Self::after(nfa, symbol))
    }

    /// Whether an assertion holds between this context and a character of `next`, or the end of the text.
    fn holds(self, nfa: &Nfa, look: Look, next: Option<u8>) -> bool {
        let is_boundary = || {
            let is_word = next.is_some_and(|symbol| nfa.alphabet.is_word(symbol));
            is_word != (self == Self::Word)
        };
        match look {
            Look::Start => self == Self::StartOfText,
            Look::End => next.is_none(),
            Look::LineStart => matches!(self, Self::StartOfText | Self::Newline),
            Look::LineEnd => next.is_none_or(|symbol| nfa.alphabet.is_newline(symbol)),
            Look::WordBoundary => is_boundary(),
            Look::NotWordBoundary => !is_boundary(),
        }
    }
}

/// A context and the active NFA states, those not yet followed through their assertions.
type DfaState = (LookBehind, Arc<[NfaStateId]>);

/// Upper bound on the bytes of a state beside its NFA states and transitions.
const STATE_BYTES: usize = 128;

/// The DFA states that were needed so far.
#[derive(Debug)]
struct DfaCache {
    states: Vec<DfaState>,
    /// By hash. Of two states with one hash only the later is found; the other is added again when it recurs.
    ids: HashMap<u64, DfaStateId>,
    /// A row for each state: its transition for each symbol.
    transitions: Vec<DfaStateId>,
    bytes: usize,
    /// How often the cache was cleared.
    generation: usize,
    /// The pattern matches the empty text everywhere.
    matches_empty: bool,
    set: StateSet,
    /// Buffer of [`DfaCache::step`].
    closure: Vec<NfaStateId>,
}

fn hash((context, nfa_states): &DfaState) -> u64 {
    let seed = *context as u64 + 1;
    nfa_states.iter().fold(seed, |hash, state| {
        (hash ^ u64::from(*state)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    })
}

impl DfaCache {
    fn new(nfa: &Nfa) -> Self {
        let mut cache = Self {
            states: Vec::new(),
            ids: HashMap::new(),
            transitions: Vec::new(),
            bytes: 0,
            generation: 0,
            matches_empty: false,
            set: StateSet::new(nfa),
            closure: Vec::new(),
        };
        cache.clear(nfa);
        cache
    }

    fn find_end(
        &mut self,
        nfa: &Nfa,
        text: &str,
        from: usize,
        mut candidates: Option<&mut CandidateStarts<'_>>,
    ) -> Option<usize> {
        let (mut at, mut state) = (from, LookBehind::at(nfa, text, from) as DfaStateId);
        if self.matches_empty {
            return Some(from);
        }
        while let Some((mut symbol, mut length)) = nfa.alphabet.symbol_after(text, at) {
            if state <= LAST_START
                && let Some(candidates) = &mut candidates
            {
                let candidate = candidates.next_from(at)?;
                if candidate > at {
                    at = candidate;
                    state = LookBehind::at(nfa, text, at) as DfaStateId;
                    let Some(next) = nfa.alphabet.symbol_after(text, at) else { break };
                    (symbol, length) = next;
                }
            }
            let next = self.transition(nfa, state, symbol);
            if next & MATCH_BEFORE != 0 {
                return Some(at);
            }
            at += length;
            if next & MATCH_AFTER != 0 {
                return Some(at);
            }
            state = next;
        }
        let (context, active) = self.states.get(usize::from(state)).cloned()?;
        self.follow_assertions(nfa, context, &active, None, &mut Vec::new()).then_some(at)
    }

    /// Each start that is found is of a longer match, until none can be longer.
    fn find_start(&mut self, nfa: &Nfa, text: &str, from: usize, end: usize) -> Option<usize> {
        let (mut at, mut found) = (end, self.matches_empty.then_some(end));
        let after = nfa.alphabet.symbol_after(text, end);
        let context =
            after.map_or(LookBehind::StartOfText, |(symbol, _)| LookBehind::after(nfa, symbol));
        let mut state = context as DfaStateId;
        while let Some((symbol, length)) = nfa.alphabet.symbol_before(text, at) {
            let next = self.transition(nfa, state, symbol);
            if next & MATCH_BEFORE != 0 {
                found = Some(at);
            }
            if at <= from {
                return found;
            }
            at -= length;
            if next & MATCH_AFTER != 0 {
                found = Some(at);
            }
            state = next & !(MATCH_BEFORE | MATCH_AFTER);
            if state == DEAD {
                return found;
            }
        }
        let (context, active) = self.states.get(usize::from(state)).cloned()?;
        let matches = self.follow_assertions(nfa, context, &active, None, &mut Vec::new());
        if matches { Some(at) } else { found }
    }

    /// A match is found again and again, each longer one preferred, until no state is left that comes before it. A state
    /// of an ordered automaton is followed, to all that it reaches without a character, when the next character is known:
    /// assertions and the order of states are those of one walk.
    fn find_preferred_end(&mut self, nfa: &Nfa, text: &str, start: usize) -> Option<usize> {
        let (mut at, mut state) = (start, LookBehind::at(nfa, text, start) as DfaStateId);
        let mut found = None;
        while let Some((symbol, length)) = nfa.alphabet.symbol_after(text, at) {
            let next = self.transition(nfa, state, symbol);
            if next & MATCH_BEFORE != 0 {
                found = Some(at);
            }
            at += length;
            state = next & !MATCH_BEFORE;
            if state == DEAD {
                return found;
            }
        }
        let (context, active) = self.states.get(usize::from(state)).cloned()?;
        let matches = self.follow_assertions(nfa, context, &active, None, &mut Vec::new());
        if matches { Some(at) } else { found }
    }

    /// Leaves the start states and [`DEAD`].
    fn clear(&mut self, nfa: &Nfa) {
        self.states.clear();
        self.ids.clear();
        self.transitions.clear();
        self.bytes = 0;
        self.generation += 1;
        self.set.clear();
        if nfa.is_ordered {
            self.set.add_closed(nfa.start);
        } else {
            self.matches_empty = self.set.add(nfa, nfa.start);
        }
        let start: Arc<[NfaStateId]> = self.set.reduce(nfa).into();
        for context in ALL_LOOK_BEHIND {
            self.insert(nfa, (context, Arc::clone(&start)));
        }
        self.insert(nfa, (LookBehind::Other, Arc::new([])));
    }

    fn insert(&mut self, nfa: &Nfa, state: DfaState) -> DfaStateId {
        let id = DfaStateId::try_from(self.states.len()).unwrap_or(0);
        let symbols = nfa.alphabet.len();
        self.bytes += STATE_BYTES + 2 * (symbols + state.1.len());
        self.transitions.resize(self.transitions.len() + symbols, UNKNOWN);
        self.ids.insert(hash(&state), id);
        self.states.push(state);
        id
    }

    fn get(&self, state: &DfaState) -> Option<DfaStateId> {
        let id = *self.ids.get(&hash(state))?;
        (self.states.get(usize::from(id)) == Some(state)).then_some(id)
    }

    /// Returns the transition of a state for a symbol.
    #[inline]
    fn transition(&mut self, nfa: &Nfa, state: DfaStateId, symbol: u8) -> DfaStateId {
        let at = usize::from(state) * nfa.alphabet.len() + usize::from(symbol);
        match self.transitions.get(at) {
            Some(&known) if known != UNKNOWN => known,
            _ => self.compute_transition(nfa, state, symbol),
        }
    }

    fn compute_transition(&mut self, nfa: &Nfa, state: DfaStateId, symbol: u8) -> DfaStateId {
        let Some((context, active)) = self.states.get(usize::from(state)).cloned() else {
            return state;
        };
        let (next, matches) = self.step(nfa, context, &active, symbol);
        let generation = self.generation;
        let id = self.get(&next).unwrap_or_else(|| {
            if self.bytes > limits::LAZY_DFA_BYTES {
                self.clear(nfa);
            }
            // A start state is known even now.
            self.get(&next).unwrap_or_else(|| self.insert(nfa, next))
        });
        let at = usize::from(state) * nfa.alphabet.len() + usize::from(symbol);
        if let Some(slot) = self.transitions.get_mut(at).filter(|_| generation == self.generation) {
            *slot = id | matches;
        }
        id | matches
    }

    /// Computes the state after a character of a symbol, with [`MATCH_BEFORE`] and [`MATCH_AFTER`].
    fn step(
        &mut self,
        nfa: &Nfa,
        context: LookBehind,
        active: &[NfaStateId],
        symbol: u8,
    ) -> (DfaState, DfaStateId) {
        let mut matches = 0;
        let mut closure = std::mem::take(&mut self.closure);
        closure.clear();
        if self.follow_assertions(nfa, context, active, Some(symbol), &mut closure) {
            matches |= MATCH_BEFORE;
        }
        if self.consume(nfa, &closure, symbol) {
            matches |= MATCH_AFTER;
        }
        self.closure = closure;
        if nfa.is_anchored {
            if self.set.states().is_empty() {
                return ((LookBehind::Other, Arc::new([])), matches);
            }
        } else if let Some((_, start)) = self.states.first() {
            // A match may begin at any place.
            start.iter().for_each(|state| self.set.add_closed(*state));
        }
        ((LookBehind::after(nfa, symbol), self.set.reduce(nfa).into()), matches)
    }

    /// Replaces `set` by the states after a character of a symbol. Returns whether a match ends there.
    fn consume(&mut self, nfa: &Nfa, active: &[NfaStateId], symbol: u8) -> bool {
        self.set.clear();
        let mut is_match = false;
        for state in active {
            if let NfaState::Class(class, next) = nfa.state(*state)
                && nfa.alphabet.is_in(symbol, class)
            {
                if nfa.is_ordered {
                    self.set.add_closed(next);
                } else {
                    is_match |= self.set.add(nfa, next);
                }
            }
        }
        is_match
    }

    /// Adds to `closure` the active states and those behind assertions that hold before `next`. Returns whether a match
    /// ends here.
    fn follow_assertions(
        &mut self,
        nfa: &Nfa,
        context: LookBehind,
        active: &[NfaStateId],
        next: Option<u8>,
        closure: &mut Vec<NfaStateId>,
    ) -> bool {
        let target = |state: NfaStateId| match nfa.state(state) {
            NfaState::Look(look, target) if context.holds(nfa, look, next) => Some(target),
            _ => None,
        };
        if nfa.is_ordered {
            let holds = |look| context.holds(nfa, look, next);
            self.set.clear();
            let is_match = active.iter().any(|state| self.set.add_where(nfa, *state, Some(&holds)));
            closure.extend(self.set.states());
            return is_match;
        }
        // At most places no assertion holds.
        if !nfa.has_assertions || !active.iter().any(|state| target(*state).is_some()) {
            closure.extend(active);
            return false;
        }
        self.set.clear();
        active.iter().for_each(|state| self.set.add_closed(*state));
        let mut is_match = false;
        let mut at = 0;
        while let Some(state) = self.set.states().get(at).copied() {
            at += 1;
            if let Some(target) = target(state) {
                is_match |= self.set.add(nfa, target);
            }
        }
        closure.extend(self.set.states());
        is_match
    }
}
