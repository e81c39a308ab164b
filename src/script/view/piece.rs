//! The pieces of a text that operations on literals are made of.

use super::strings;
use std::ops::Range;

/// A part of the text, what it is to an operation, and how it is written in the plain text.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    pub(super) item: Item,
    pub(super) form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    AsWritten,
    /// The value as a literal.
    Value,
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Str(String),
    /// A whole number.
    Num(i64),
    /// Strings, the result of an operation.
    List(Vec<String>),
    /// The name after a dot, in lower case.
    Member(String),
    /// A type's name in lower case.
    Type(String),
    Keyword,
    /// A bracket. One that touches the word before it, or follows a keyword, belongs to that.
    Open {
        square: bool,
        touching: bool,
    },
    Close {
        square: bool,
    },
    Operator(Operator),
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `.` and `::`.
    Access,
    UnaryJoin,
    UnaryMinus,
    /// `-split`, which binds as tightly.
    UnarySplit,
    Comma,
    /// The comma between a method's arguments.
    Separator,
    Range,
    Format,
    Times,
    /// `/` and `%`.
    Divide,
    Plus,
    Minus,
    Join,
    Replace {
        case: bool,
    },
    /// Any other that compares.
    Comparison,
    /// Any that binds looser than all of these.
    Loose,
}

/// How tightly an opening bracket binds to the value it touches.
pub(super) const ACCESS: u8 = 10;
/// How tightly a type binds to the value after it.
pub(super) const CAST: u8 = 9;

impl Operator {
    /// Of an operator's text, in any case. Whether a value stands before it tells unary ones apart.
    pub(super) fn of(text: &str, after_value: bool) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "." | "::" => Self::Access,
            "+" if after_value => Self::Plus,
            "-" if after_value => Self::Minus,
            "-" => Self::UnaryMinus,
            "*" => Self::Times,
            "/" | "%" => Self::Divide,
            ".." => Self::Range,
            "-f" => Self::Format,
            "-join" if after_value => Self::Join,
            "-join" => Self::UnaryJoin,
            "-split" | "-isplit" | "-csplit" if !after_value => Self::UnarySplit,
            "-replace" | "-ireplace" => Self::Replace { case: false },
            "-creplace" => Self::Replace { case: true },
            "-and" | "-or" | "-xor" | "-not" | "!" => Self::Loose,
            word if word.starts_with('-') || word == "++" => Self::Comparison,
            _ => Self::Loose,
        }
    }

    /// How tightly it binds: PowerShell's order, the tightest highest.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Access => ACCESS,
            Self::UnaryJoin | Self::UnaryMinus | Self::UnarySplit => 8,
            Self::Comma => 7,
            Self::Range => 6,
            Self::Format => 5,
            Self::Times | Self::Divide => 4,
            Self::Plus | Self::Minus => 3,
            Self::Join | Self::Replace { .. } | Self::Comparison => 2,
            Self::Separator | Self::Loose => 1,
        }
    }
}

impl Item {
    /// How tightly it binds to a value after it.
    pub(super) fn binds_next(&self) -> u8 {
        match self {
            Self::Operator(operator) => operator.precedence(),
            Self::Type(_) => CAST,
            _ => 0,
        }
    }

    /// How tightly it binds to a value before it.
    pub(super) fn binds_last(&self) -> u8 {
        match self {
            Self::Operator(operator) => operator.precedence(),
            Self::Open { touching: true, .. } => ACCESS,
            _ => 0,
        }
    }

    pub(super) fn is(&self, operator: Operator) -> bool {
        *self == Self::Operator(operator)
    }

    /// What a literal is where a string is wanted.
    pub(super) fn to_text(&self) -> Option<String> {
        match self {
            Self::Str(value) => Some(value.clone()),
            Self::Num(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Writes a value as a literal.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Str(value) => strings::write(value, out),
            Self::Num(number) => out.push_str(&number.to_string()),
            Self::List(values) => {
                out.push('(');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    strings::write(value, out);
                }
                out.push(')');
            }
            _ => (),
        }
    }
}
