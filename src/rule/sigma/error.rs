//! [`SigmaError`]: why a Sigma document cannot be compiled, with its position.

use crate::rule::model::Unsupported;
use crate::rule::yaml::Position;

/// Why a Sigma document cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SigmaError {
    pub(super) reason: String,
    pub(super) at: Position,
    /// The kind of log of a rule that the document builds on, if that is about other events than script blocks.
    pub(super) other_log: Option<String>,
}

impl SigmaError {
    pub(super) fn new(reason: impl Into<String>, at: Position) -> Self {
        Self { reason: reason.into(), at, other_log: None }
    }
}

impl From<SigmaError> for Unsupported {
    fn from(error: SigmaError) -> Self {
        let Position { line, column } = error.at;
        Self { reason: error.reason, line: Some(line), column: Some(column) }
    }
}

/// Characters of a rule that a message repeats.
const EXCERPT: usize = 80;

/// Returns the beginning of a text of the rule, for a message. The position is reported beside it.
pub(super) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(EXCERPT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{EXCERPT, excerpt};

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(excerpt("a é"), "a é");
        let long = "é".repeat(EXCERPT);
        assert_eq!(excerpt(&long), long);
        assert_eq!(excerpt(&format!("{long}x")), format!("{long}…"));
    }
}
