//! [`Contribution`]: a risk event as an addend of its object's risk.

use super::events::RowRisk;
use crate::rule::Score;
use std::borrow::Cow;
use std::sync::Arc;

/// One risk event of an object, with the result and rule that it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Contribution<'a> {
    /// The id of the result.
    pub result: &'a Arc<str>,
    /// The id of the rule.
    pub rule: &'a Arc<str>,
    /// The tactics of the rule.
    pub tactics: &'a [String],
    /// The risk event.
    pub event: &'a RowRisk,
    /// The object's name: canonical if an assets table lists it, else as in the row.
    pub(super) object: Cow<'a, str>,
    /// How often the score counts.
    pub factor: u32,
}

impl<'a> Contribution<'a> {
    pub(crate) fn new(
        result: &'a Arc<str>,
        rule: &'a Arc<str>,
        tactics: &'a [String],
        event: &'a RowRisk,
    ) -> Self {
        Self { result, rule, tactics, event, object: Cow::Borrowed(&event.object), factor: 1 }
    }

    /// Returns the score that is added to the object.
    pub(crate) fn score(&self) -> Score {
        Score::from_hundredths(self.event.score.hundredths().saturating_mul(self.factor.into()))
    }
}
