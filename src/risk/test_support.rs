//! Contributions for tests.

use super::contribution::Contribution;
use super::events::RowRisk;
use super::objects::{RankedObject, RiskContext, rank_objects};
use crate::rule::{ObjectType, Score};
use crate::time::Time;
use std::sync::Arc;

/// A contribution to a computer.
pub(super) fn contribution<'a>(
    object: &str,
    points: i32,
    time: &str,
    rule: &str,
    tactics: &'a [String],
) -> Contribution<'a> {
    let event = RowRisk {
        object: object.into(),
        computer: None,
        kind: ObjectType::System,
        score: Score::points(points),
        time: Time::parse(time).map(|(time, _)| time),
        message: None,
        threats: Vec::new(),
    };
    // A contribution borrows its event. A test has no owner for it, so it is leaked.
    let event: &RowRisk = Box::leak(Box::new(event));
    let id = |text: &str| -> &Arc<str> { Box::leak(Box::new(text.into())) };
    Contribution::new(id("r"), id(rule), tactics, event)
}

/// Ranks contributions by the default options, without tables and names.
pub(super) fn ranked(contributions: Vec<Contribution<'_>>) -> Vec<RankedObject<'_>> {
    let (options, assets, names) = Default::default();
    let context = Box::leak(Box::new((options, assets, names)));
    let (options, assets, names) = context;
    rank_objects(contributions, RiskContext { options, assets, names })
}
