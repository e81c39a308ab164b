//! How a text is escaped.

/// The escape syntax of a log format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// A backslash and a letter.
    Json,
    /// A reference between `&` and `;`.
    Xml,
}
