//! [`Condition`]: the Boolean form that a `search` command or a Sigma detection becomes.

use crate::regex::Regex;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::values::cidr::Cidr;
use crate::search::values::timespan::{TimePart, TimeRange};
use crate::search::values::wildcard::Wildcard;
use std::cmp::Ordering;

/// A condition on one row. It has two truth values: an absent field satisfies no [`Predicate`], so
/// `NOT field=value` holds for a row without the field.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Every part holds. An empty list always holds.
    All(Vec<Condition>),
    /// At least one part holds. An empty list never holds.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// At least one value of a field satisfies the predicate.
    Field {
        /// The field, under any of its usual names.
        name: String,
        /// Test of one value.
        predicate: Predicate,
    },
    /// At least one value of any field satisfies the predicate.
    Keyword(Predicate),
    /// The row's time lies in the range.
    Time(TimeRange),
    /// A `where` expression is true; false and null both fail.
    Where(EvalExpr),
}

/// A test of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// The field has a value.
    Present,
    /// The event has the field, even if its value is empty (Sigma's `exists`).
    Exists,
    /// The wildcard matches the entire value.
    Matches(Wildcard),
    /// The wildcard matches a term of the value: text between breakers, as Splunk segments it.
    Term(Wildcard),
    /// The value equals this decimal number in any spelling: `007` equals `7`.
    Number(String),
    /// The regular expression matches somewhere in the value.
    Regex(Regex),
    /// The value compares to a literal: numerically if both are numbers, otherwise as text in any case.
    Compare(Comparison, String),
    /// The value is a number that compares to this one (Sigma's `lt`, `lte`, `gt`, `gte`).
    NumberOrder(Comparison, String),
    /// The value is an address in the network.
    Cidr(Cidr),
    /// The value relates to a value of another field of the same row.
    FieldRef {
        /// The other field.
        field: String,
        /// Where in the value the other field's value is found.
        relation: FieldRelation,
        /// Whether case counts.
        case_sensitive: bool,
    },
    /// The value is a time, and its part in UTC satisfies the inner predicate.
    TimePart(TimePart, Box<Predicate>),
    /// At least one of the predicates is satisfied.
    OneOf(Vec<Predicate>),
    /// The predicate is not satisfied.
    Not(Box<Predicate>),
}

/// The order that `<`, `<=`, `>` or `>=` requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How a value relates to another field's value (Sigma's `fieldref` with its modifiers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldRelation {
    /// The two are equal.
    Equals,
    /// The value starts with the other (`startswith`).
    StartsWith,
    /// The value ends with the other (`endswith`).
    EndsWith,
    /// The value contains the other (`contains`).
    Contains,
}

impl Condition {
    /// Returns the condition that a value of `name` satisfies `predicate`.
    pub fn field(name: impl Into<String>, predicate: Predicate) -> Self {
        Self::Field { name: name.into(), predicate }
    }

    /// Returns the condition that `name` has no value.
    pub fn absent(name: impl Into<String>) -> Self {
        Self::Not(Box::new(Self::field(name, Predicate::Present)))
    }

    /// Calls `found` with every field that the condition names.
    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_field(found));
            }
            Self::Not(part) => part.each_field(found),
            Self::Field { name, predicate } => {
                found(name);
                predicate.each_field(found);
            }
            Self::Keyword(_) | Self::Time(_) => {}
            Self::Where(expr) => expr.each_field(found),
        }
    }

    /// Returns the conjunction of both, flattened one level.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All(mut left), Self::All(right)) => {
                left.extend(right);
                Self::All(left)
            }
            (Self::All(left), right) if left.is_empty() => right,
            (Self::All(mut left), right) => {
                left.push(right);
                Self::All(left)
            }
            (left, Self::All(right)) if right.is_empty() => left,
            (left, Self::All(mut right)) => {
                right.insert(0, left);
                Self::All(right)
            }
            (left, right) => Self::All(vec![left, right]),
        }
    }
}

impl Predicate {
    /// Calls `found` with every other field that the predicate names.
    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::FieldRef { field, .. } => found(field),
            Self::OneOf(predicates) => {
                predicates.iter().for_each(|predicate| predicate.each_field(found));
            }
            Self::Not(predicate) | Self::TimePart(_, predicate) => predicate.each_field(found),
            _ => {}
        }
    }
}

impl Comparison {
    /// Whether `ordering` (of the left side to the right one) satisfies the comparison.
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// Returns the operator as SPL writes it.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_flattens_one_level() {
        let part = |name: &str| Condition::field(name, Predicate::Present);
        let all = |names: &[&str]| Condition::All(names.iter().map(|name| part(name)).collect());
        for (left, right, expected) in [
            (part("a"), part("b"), all(&["a", "b"])),
            (all(&[]), part("b"), part("b")),
            (part("a"), all(&[]), part("a")),
            (all(&["a", "b"]), part("c"), all(&["a", "b", "c"])),
            (part("a"), all(&["b", "c"]), all(&["a", "b", "c"])),
            (all(&["a"]), all(&["b"]), all(&["a", "b"])),
        ] {
            assert_eq!(left.and(right), expected);
        }
    }

    #[test]
    fn each_field_names_the_fields_of_both_sides() {
        let fieldref = Predicate::FieldRef {
            field: "b".into(),
            relation: FieldRelation::Equals,
            case_sensitive: false,
        };
        let condition = Condition::Any(vec![
            Condition::field("a", Predicate::Not(Box::new(fieldref))),
            Condition::Keyword(Predicate::Present),
            Condition::Where(EvalExpr::Field("c".into())),
        ]);
        let mut names = Vec::new();
        condition.each_field(&mut |name| names.push(name));
        assert_eq!(names, ["a", "b", "c"]);
    }
}
