//! [`Problem`]: an error in the input, as data in the report. [`Error`]: a wrong call of the library.
//!
//! Bad input causes neither a panic nor silence. A source reports which bytes it could not read, and continues with the
//! next record.
//!
//! ```
//! use scriptscope::internal::Problem;
//!
//! let problem = Problem::error("xml", "an element without an end tag").at(4_096).record("17");
//! assert_eq!((problem.offset, problem.record.as_deref()), (Some(4_096), Some("17")));
//! ```

use std::borrow::Cow;
use std::fmt;

/// The effect of a problem on a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Part of the input could not be read: events may be missing.
    Error,
    /// Nothing is missing, but an assumption was made.
    Warning,
    /// A fact for the reader; nothing is missing.
    Info,
}

/// A problem of a source or a rule file, with its position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Byte offset in the source.
    pub offset: Option<u64>,
    /// Kind of problem, in kebab case: a stable identifier for programs.
    pub code: Cow<'static, str>,
    /// Description for a reader: the cause, the expected value and the one found.
    pub message: String,
    /// Effect on the report.
    pub severity: Severity,
    /// 1-based line, for rule files.
    pub line: Option<u32>,
    /// 1-based column in characters, for rule files.
    pub column: Option<u32>,
    /// The event record.
    pub record: Option<String>,
    /// The id of the rule.
    pub rule: Option<String>,
    /// The rule file; `None` for a problem of a source, which lists it itself.
    pub file: Option<String>,
}

impl Problem {
    /// Creates a problem with [`Severity::Error`].
    pub fn error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Creates a problem with [`Severity::Warning`].
    pub fn warning(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Creates a problem with [`Severity::Info`].
    pub fn info(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, message)
    }

    /// Sets the byte offset in the source.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Sets the line and the column in a rule file, both from 1.
    #[must_use]
    pub fn line(mut self, line: u32, column: u32) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// Sets the event record.
    #[must_use]
    pub fn record(mut self, record: impl Into<String>) -> Self {
        self.record = Some(record.into());
        self
    }

    /// Sets the rule.
    #[must_use]
    pub fn rule(mut self, id: impl Into<String>) -> Self {
        self.rule = Some(id.into());
        self
    }

    /// Sets the rule file.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>) -> Self {
        self.file = Some(name.into());
        self
    }

    fn new(
        severity: Severity,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            offset: None,
            code: code.into(),
            message: message.into(),
            severity,
            line: None,
            column: None,
            record: None,
            rule: None,
            file: None,
        }
    }
}

/// A wrong call of the library. Input is never an error: see [`Problem`](crate::Problem).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An option has an invalid value.
    Option {
        /// The option's name.
        name: &'static str,
        /// The value found and the values expected.
        message: String,
    },
    /// Calls in the wrong order: `push` or `end` without `begin`, or `begin` before `end`.
    Order(&'static str),
    /// A search expression cannot be parsed.
    Expression {
        /// The option or argument that holds the expression.
        what: String,
        /// The cause, with the expression's line and a caret below the position.
        message: String,
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
    },
    /// A partial cannot be merged, for this reason.
    Partial(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { name, message } => write!(f, "option {name}: {message}"),
            Self::Expression { what, message, .. } => write!(f, "{what}: {message}"),
            Self::Order(message) => f.write_str(message),
            Self::Partial(message) => write!(f, "partial result: {message}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_their_subject() {
        let option = Error::Option { name: "mode", message: "unknown value".into() };
        assert_eq!(option.to_string(), "option mode: unknown value");
        let expression = Error::Expression {
            what: "filter".into(),
            message: "no field".into(),
            line: 1,
            column: 3,
        };
        assert_eq!(expression.to_string(), "filter: no field");
        assert_eq!(Error::Partial("bad version".into()).to_string(), "partial result: bad version");
    }

    #[test]
    fn severities_are_ordered_by_effect() {
        assert!(Severity::Error < Severity::Warning && Severity::Warning < Severity::Info);
    }
}
