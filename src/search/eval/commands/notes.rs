//! [`RunNotes`]: the dropped rows and the problems of a run.

use crate::error::Problem;
use crate::ordered::OrderedMap;

/// Dropped rows and problems of a run.
#[derive(Default)]
pub(super) struct RunNotes {
    /// Number of events that lacked a by-field.
    pub(super) dropped: u64,
    /// The absent by-fields, with the number of events that lacked each.
    pub(super) missing: OrderedMap<String, u64>,
    /// What was left out or truncated, without repetitions.
    pub(super) problems: Vec<Problem>,
}

impl RunNotes {
    /// Counts an event that lacked by-fields.
    pub(super) fn drop_event(&mut self, missing: impl IntoIterator<Item = String>) {
        self.dropped += 1;
        for field in missing {
            *self.missing.entry(field).or_default() += 1;
        }
    }

    /// Adds a problem unless it was reported already.
    pub(super) fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}
