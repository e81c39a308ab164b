//! Contributions for tests.

use super::events::RowRisk;
use super::objects::Contribution;
use crate::rule::{ObjectType, Score};
use crate::time::Time;

/// A contribution to a computer.
pub(super) fn contribution<'a>(
    object: &str,
    points: i32,
    time: &str,
    rule: &'a str,
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
    Contribution { result: "r", rule, tactics, object: &event.object, event }
}
