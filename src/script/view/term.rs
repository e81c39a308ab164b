//! The terms of constant folding, and the precedence of operators.

use super::string_literal;
use std::ops::Range;

/// A range of the text, its role in an operation, and the form in which it is written.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) range: Range<usize>,
    pub(super) kind: TermKind,
    pub(super) form: TermForm,
}

/// How a term is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TermForm {
    /// As in the text.
    AsWritten,
    /// As a literal of its value.
    Value,
    /// As this text.
    Text(String),
}

/// The role of a term in an operation, with its value if it is a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TermKind {
    /// A string.
    Str(String),
    /// A whole number.
    Num(i64),
    /// Strings that an operation returned.
    List(Vec<String>),
    /// The name of a member, in lower case.
    Member(String),
    /// The name of a type, in lower case.
    Type(String),
    Keyword,
    /// An opening bracket. One that touches the word before it, or follows a keyword, belongs to that word.
    Open {
        square: bool,
        touching: bool,
    },
    Close {
        square: bool,
    },
    Operator(FoldOperator),
    /// Any other token.
    Other,
}

/// An operator, as far as folding distinguishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoldOperator {
    /// `.` and `::`.
    Access,
    UnaryJoin,
    UnaryMinus,
    /// `-split` before its operand, which binds as tightly.
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
    /// Any other comparison.
    Comparison,
    /// Any operator that binds more loosely.
    Loose,
}

/// Precedence of an opening bracket that touches a value.
pub(super) const ACCESS: u8 = 10;
/// Precedence of a cast: a type before a value.
pub(super) const CAST: u8 = 9;

impl FoldOperator {
    /// Parses an operator in any case. After a value it is a binary one.
    pub(super) fn parse(text: &str, after_value: bool) -> Self {
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

    /// Returns the precedence, as in PowerShell: the tightest binding is the highest number
    /// (about_Operator_Precedence).
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

impl TermKind {
    /// Returns the precedence with which the term binds a value after it.
    pub(super) fn binding_to_next(&self) -> u8 {
        match self {
            Self::Operator(operator) => operator.precedence(),
            Self::Type(_) => CAST,
            _ => 0,
        }
    }

    /// Returns the precedence with which the term binds a value before it.
    pub(super) fn binding_to_previous(&self) -> u8 {
        match self {
            Self::Operator(operator) => operator.precedence(),
            Self::Open { touching: true, .. } => ACCESS,
            _ => 0,
        }
    }

    pub(super) fn is(&self, operator: FoldOperator) -> bool {
        *self == Self::Operator(operator)
    }

    /// Converts a literal to a string.
    pub(super) fn to_text(&self) -> Option<String> {
        match self {
            Self::Str(value) => Some(value.clone()),
            Self::Num(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Appends a value as a literal.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Str(value) => string_literal::write(value, out),
            Self::Num(number) => out.push_str(&number.to_string()),
            Self::List(values) => {
                out.push('(');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    string_literal::write(value, out);
                }
                out.push(')');
            }
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_parsed_in_any_case_and_by_position() {
        for (text, after_value, operator) in [
            ("-", true, FoldOperator::Minus),
            ("-", false, FoldOperator::UnaryMinus),
            ("-JOIN", true, FoldOperator::Join),
            ("-join", false, FoldOperator::UnaryJoin),
            ("-Split", false, FoldOperator::UnarySplit),
            ("-split", true, FoldOperator::Comparison),
            ("-cReplace", true, FoldOperator::Replace { case: true }),
            ("-ireplace", true, FoldOperator::Replace { case: false }),
            ("::", true, FoldOperator::Access),
            ("-and", true, FoldOperator::Loose),
            ("=", true, FoldOperator::Loose),
        ] {
            assert_eq!(FoldOperator::parse(text, after_value), operator, "{text}");
        }
    }

    #[test]
    fn values_are_written_as_literals() {
        for (kind, literal) in [
            (TermKind::Str("it's".into()), "'it''s'"),
            (TermKind::Num(-3), "-3"),
            (TermKind::List(vec!["a".into(), "b".into()]), "('a','b')"),
            (TermKind::Keyword, ""),
        ] {
            let mut out = String::new();
            kind.write(&mut out);
            assert_eq!(out, literal);
        }
    }
}
