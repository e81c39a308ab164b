//! [`RuleState`]: whether a rule ran, and why not. A rule that cannot match must not look like one that found nothing.

use super::contract::RuleStatus;
use crate::detect::{FieldCensus, Reach};
use crate::error::Problem;
use crate::rule::{Rule, RuleSet};
use crate::search::{Obstacle, absent_fields, describe};

/// The state of a rule.
pub(super) struct RuleState {
    pub(super) status: RuleStatus,
    pub(super) reason: Option<String>,
    /// What follows for the reader.
    pub(super) problem: Option<Problem>,
}

impl RuleState {
    /// Returns the state of a rule with so many rows, after so many events were read.
    pub(super) fn new(
        rule: &Rule,
        rules: &RuleSet,
        is_on: bool,
        fields: &FieldCensus,
        (rows, events): (u64, u64),
    ) -> Self {
        let search = match &rule.search {
            Err(unsupported) => {
                return Self::without_problem(
                    RuleStatus::Refused,
                    Some(unsupported.reason.clone()),
                );
            }
            Ok(_) if !is_on => return Self::without_problem(RuleStatus::Disabled, None),
            // What it found shows that it can match.
            Ok(_) if rows > 0 => return Self::without_problem(RuleStatus::Ran, None),
            Ok(search) => search,
        };
        match fields.reach(search) {
            Reach::Open => Self::without_problem(RuleStatus::Ran, None),
            Reach::Empty(obstacles) => {
                let problem = (events > 0).then(|| {
                    let message = format!(
                        "“{}” requires {}, which is empty in every event 4104 that was read: it ran and could match none of them",
                        rule.title,
                        absent_fields(&obstacles)
                    );
                    placed(Problem::info("field-empty", message), rule, rules, &obstacles)
                });
                Self { status: RuleStatus::Ran, reason: None, problem }
            }
            Reach::LacksViews(obstacles) => {
                let reason = format!(
                    "it requires {}, which only scripts have that are searched in their views: the option views is off, \
                     as by default in event mode",
                    absent_fields(&obstacles)
                );
                let message = format!("“{}” cannot match and did not run: {reason}", rule.title);
                let problem = Problem::info("rule-cannot-match", message);
                Self {
                    status: RuleStatus::CannotMatch,
                    reason: Some(reason),
                    problem: Some(placed(problem, rule, rules, &obstacles)),
                }
            }
            Reach::Closed(obstacles) => {
                let reason = describe(&obstacles, events > 0);
                let message = format!("“{}” cannot match and did not run: {reason}", rule.title);
                let problem = Problem::warning("rule-cannot-match", message);
                Self {
                    status: RuleStatus::CannotMatch,
                    reason: Some(reason),
                    problem: Some(placed(problem, rule, rules, &obstacles)),
                }
            }
        }
    }

    fn without_problem(status: RuleStatus, reason: Option<String>) -> Self {
        Self { status, reason, problem: None }
    }
}

/// Returns the problem with the rule, its file, and the place of the first word that decides it.
fn placed(problem: Problem, rule: &Rule, rules: &RuleSet, obstacles: &[Obstacle]) -> Problem {
    let words: Vec<&str> = obstacles.iter().flat_map(Obstacle::words).collect();
    let place = rules.place_of(&rule.id, &words);
    let mut problem = problem.rule(&rule.id);
    problem.file.clone_from(&rule.file);
    problem.line = place.map(|place| place.line);
    problem.column = place.map(|place| place.column);
    problem
}
