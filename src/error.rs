//! What can go wrong, by layer, and [`Problem`]: an error as data in the report.
//!
//! Bad input is never a panic and never silence: a source says what it could not read and where, and
//! goes on with the next record.

use std::borrow::Cow;
use std::fmt;

/// How much a problem matters to the reader of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something could not be read: events may be missing.
    Error,
    /// Something was read in a way the reader should know of.
    Warning,
    /// A fact worth saying that lost nothing.
    Info,
}

/// Something that went wrong, or that must be said, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Byte offset in the source, where there is one.
    pub offset: Option<u64>,
    /// What kind of problem, in kebab case: stable, for programs.
    pub code: Cow<'static, str>,
    /// What happened, in words, with what was expected and what was found.
    pub message: String,
    /// How much it matters.
    pub severity: Severity,
    /// 1-based line, for rule files.
    pub line: Option<u32>,
    /// 1-based column in characters, for rule files.
    pub column: Option<u32>,
    /// The event record it concerns.
    pub record: Option<String>,
    /// The id of the rule it concerns.
    pub rule: Option<String>,
    /// The rule file it stands in; a source's problems belong to their source.
    pub file: Option<String>,
}

impl Problem {
    /// Events may be missing because of this.
    pub fn error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Nothing is missing, but the reader should know.
    pub fn warning(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A fact worth saying.
    pub fn info(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, message)
    }

    /// At this byte of the source.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// At this line and column (both from 1) of a rule file.
    #[must_use]
    pub fn line(mut self, line: u32, column: u32) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// In this event record.
    #[must_use]
    pub fn record(mut self, record: impl Into<String>) -> Self {
        self.record = Some(record.into());
        self
    }

    /// Of this rule.
    #[must_use]
    pub fn rule(mut self, id: impl Into<String>) -> Self {
        self.rule = Some(id.into());
        self
    }

    /// In this rule file.
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

/// The caller of the library asked for something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An option has a value it cannot have.
    Option {
        /// The option's name.
        name: &'static str,
        /// What was found and what is expected.
        message: String,
    },
    /// `push` or `end` without a source begun, or `begin` within one.
    Order(&'static str),
    /// An expression that cannot be read.
    Expression {
        /// Which one.
        what: String,
        /// Why, with its line and a caret below the place.
        message: String,
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
    },
    /// A partial result that cannot be merged, and why.
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
