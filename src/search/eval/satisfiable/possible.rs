//! Possible, or impossible and why: for conditions, branches and rules together.

use crate::search::ast::correlation::RuleExpr;
use crate::search::eval::obstacle::Obstacle;

/// `Ok` if something is possible, and otherwise why it is not.
pub(super) type Possible = Result<(), Vec<Obstacle>>;

/// Obstacles that are collected; a condition may have thousands of branches.
pub(super) const MOST_OBSTACLES: usize = 64;

/// Whether every part is possible. Of several that are not, the first about a fixed value explains most.
pub(super) fn all_of(parts: impl Iterator<Item = Possible>) -> Possible {
    let mut first: Option<Vec<Obstacle>> = None;
    for obstacles in parts.filter_map(Result::err) {
        let is_fixed = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Value { .. });
        if obstacles.iter().all(is_fixed) {
            return Err(obstacles);
        }
        first = first.or(Some(obstacles));
    }
    first.map_or(Ok(()), Err)
}

/// Whether any part is possible, and otherwise the obstacles of all.
pub(super) fn any_of(parts: impl Iterator<Item = Possible>) -> Possible {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Ok(()) => return Ok(()),
            Err(obstacles) => merge(&mut all, obstacles),
        }
    }
    if all.is_empty() { Err(vec![Obstacle::Contradiction]) } else { Err(all) }
}

pub(super) fn merge(all: &mut Vec<Obstacle>, more: Vec<Obstacle>) {
    for obstacle in more {
        if all.len() < MOST_OBSTACLES && !all.contains(&obstacle) {
            all.push(obstacle);
        }
    }
}

/// Whether an expression over the presence of rules can be as `wanted`. A rule that can occur need not.
pub(super) fn can_hold(expr: &RuleExpr, can_occur: &[bool], wanted: bool) -> bool {
    match expr {
        RuleExpr::Rule(index) => !wanted || can_occur.get(*index).copied().unwrap_or(true),
        RuleExpr::All(parts) if wanted => parts.iter().all(|own| can_hold(own, can_occur, true)),
        RuleExpr::All(parts) => parts.iter().any(|own| can_hold(own, can_occur, false)),
        RuleExpr::Any(parts) if wanted => parts.iter().any(|own| can_hold(own, can_occur, true)),
        RuleExpr::Any(parts) => parts.iter().all(|own| can_hold(own, can_occur, false)),
        RuleExpr::Not(part) => can_hold(part, can_occur, !wanted),
    }
}
