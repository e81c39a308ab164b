//! Whether a search can select any event 4104. A rule that requires another event, or a field that no event has, finds
//! nothing in any log, and "nothing found" would be false.
//!
//! The answer is an upper bound: a search that is said to select nothing selects nothing, and some that select nothing
//! are not recognised.

mod commands;
mod conditions;
mod expressions;
mod fields;
mod other_logs;
mod possible;
mod shown;

pub(crate) use fields::{Assumptions, is_usual};

use crate::ordered::OrderedMap;
use crate::search::ast::command::Command;
use crate::search::ast::condition::Condition;
use crate::search::eval::obstacle::Obstacle;
use fields::{Fields, Others};

/// Returns why a search can select no event 4104; `None` if it can.
pub(crate) fn obstacles(
    base: &Condition,
    commands: &[Command],
    assumptions: Assumptions<'_>,
) -> Option<Vec<Obstacle>> {
    let mut fields = Fields { assumptions, assigned: OrderedMap::new(), others: Others::OfEvents };
    let result = fields
        .condition(base, true)
        .and_then(|()| commands.iter().try_for_each(|command| fields.apply(command)));
    result.err()
}

#[cfg(test)]
mod tests;
