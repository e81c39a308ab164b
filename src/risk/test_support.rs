//! Contributions for tests.

use super::events::RowRisk;
use super::objects::Contribution;
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
        kind: ObjectType::System,
        score: Score::points(points),
        time: Time::parse(time).map(|(time, _)| time),
        message: None,
        threats: Vec::new(),
    };
    // A contribution borrows its event. A test has no owner for it, so it is leaked.
    let event: &RowRisk = Box::leak(Box::new(event));
    let id = |text: &str| -> &Arc<str> { Box::leak(Box::new(text.into())) };
    Contribution { result: id("r"), rule: id(rule), tactics, object: &event.object, event }
}
