//! [`Condition`]: the condition that a search or a Sigma rule becomes.

use crate::regex::Regex;
use crate::search::cidr::Cidr;
use crate::search::eval_expr::EvalExpr;
use crate::search::number::Decimal;
use crate::search::predicate_list::likely;
use crate::search::timespan::{TimeRange, parts};
use crate::search::wildcard::Wildcard;
use crate::text::fold_case;
use crate::time::Time;
use std::cmp::Ordering;

/// A condition on an event. It holds or it does not: an absent field passes no [`Predicate`], so that
/// `NOT field=value` holds for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them hold; with none, it always holds.
    All(Vec<Condition>),
    /// At least one of them holds; with none, it never holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A value of this field passes.
    Field {
        /// The field, under any of its usual names.
        name: String,
        /// What one of its values must pass.
        predicate: Predicate,
    },
    /// A value of any field passes.
    Keyword(Predicate),
    /// The event's time is in this range.
    Time(TimeRange),
    /// A condition of `where`: it is true, neither false nor null.
    Where(EvalExpr),
}

/// What a value is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// There is a value.
    Present,
    /// The whole value matches.
    Matches(Wildcard),
    /// The pattern stands in it as a whole term: between breakers, as Splunk cuts a text into terms.
    Term(Wildcard),
    /// The value is this decimal number, however it is written.
    Number(String),
    /// The regular expression matches somewhere.
    Regex(Regex),
    /// It stands in this order to a text: as numbers if both are, else as texts, in any case.
    Compare(Comparison, String),
    /// It is an address in this network.
    Cidr(Cidr),
    /// It stands in this relation to a value of another field.
    FieldRef {
        /// The other field.
        field: String,
        /// Where that field's value must stand in the value.
        relation: FieldRelation,
        /// Whether case counts.
        case_sensitive: bool,
    },
    /// A part of the time that it says, in UTC, passes.
    TimePart(TimePart, Box<Predicate>),
    /// It passes one of these.
    OneOf(Vec<Predicate>),
    /// It does not pass.
    Not(Box<Predicate>),
}

/// An order that `<`, `<=`, `>` or `>=` asks for.
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

/// Where another field's value must stand in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldRelation {
    /// It is the whole value.
    Equals,
    /// At its start.
    StartsWith,
    /// At its end.
    EndsWith,
    /// Anywhere in it.
    Contains,
}

/// A part of a date or time, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Day of the month, from 1.
    Day,
    /// Week of the year as ISO 8601 counts, from 1.
    Week,
    /// From 1.
    Month,
    /// With its century.
    Year,
}

/// What a condition is asked about: an event, or a row of a table.
pub trait Row {
    /// Whether any value of a field passes.
    fn any(&self, field: &str, predicate: &mut dyn FnMut(&str) -> bool) -> bool;
    /// Whether any value of any field passes.
    fn any_value(&self, predicate: &mut dyn FnMut(&str) -> bool) -> bool;
    /// When it happened.
    fn time(&self) -> Option<Time>;
    /// A field's values.
    fn value(&self, field: &str) -> crate::search::Value;
    /// A field's values in lower case.
    fn lower(&self, field: &str) -> crate::search::Value {
        self.value(field).lower()
    }
    /// The time that relative times count from: the newest event's, for a log is read long after it was written.
    /// Unknown outside a run.
    fn now(&self) -> Option<Time>;
}

impl Condition {
    /// A field's value passes.
    pub fn field(name: impl Into<String>, predicate: Predicate) -> Self {
        Self::Field { name: name.into(), predicate }
    }

    /// The field has no value.
    pub fn absent(name: impl Into<String>) -> Self {
        Self::Not(Box::new(Self::field(name, Predicate::Present)))
    }

    /// Whether it holds.
    pub fn holds(&self, fields: &dyn Row) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(fields)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(fields)),
            Self::Not(part) => !part.holds(fields),
            Self::Field { name, predicate } => {
                fields.any(name, &mut |value| predicate.passes(value, fields))
            }
            Self::Keyword(predicate) => {
                fields.any_value(&mut |value| predicate.passes(value, fields))
            }
            Self::Time(range) => range.holds(fields.time(), fields.now()),
            Self::Where(formula) => formula.is_true(fields),
        }
    }

    /// Calls with every field that it names.
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
            Self::Where(formula) => formula.each_field(found),
        }
    }

    /// Whether it depends on when the search is run.
    pub(crate) fn depends_on_now(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::depends_on_now),
            Self::Not(part) => part.depends_on_now(),
            Self::Field { .. } | Self::Keyword(_) => false,
            Self::Time(range) => range.depends_on_now(),
            Self::Where(formula) => formula.depends_on_now(),
        }
    }

    /// It without what [asks](Self::depends_on_now) that: this holds wherever it holds at any time.
    pub(crate) fn time_independent(&self) -> Self {
        match self {
            Self::All(parts) => Self::All(parts.iter().map(Self::time_independent).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(Self::time_independent).collect()),
            part if part.depends_on_now() => Self::All(Vec::new()),
            part => part.clone(),
        }
    }

    /// All of both, without needless nesting.
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
    /// Whether a value passes; the fields are those beside it.
    pub fn passes(&self, value: &str, fields: &dyn Row) -> bool {
        match self {
            Self::Present => true,
            Self::Matches(pattern) => pattern.matches(value),
            Self::Term(pattern) => pattern.term(value, 0).is_some(),
            Self::Number(number) => match (Decimal::parse(value), Decimal::parse(number)) {
                (Some(value), Some(number)) => value == number,
                _ => value == number,
            },
            Self::Regex(regex) => regex.is_match(value),
            Self::Compare(comparison, other) => comparison.holds(order(value, other)),
            Self::Cidr(cidr) => cidr.contains(value),
            Self::FieldRef { field, relation, case_sensitive } => {
                fields.any(field, &mut |other| relation.holds(value, other, *case_sensitive))
            }
            Self::TimePart(part, predicate) => {
                parts(value, *part).is_some_and(|number| predicate.passes(&number, fields))
            }
            Self::OneOf(predicates) => {
                let mut passes = false;
                likely(predicates, value, &mut |predicate| {
                    passes = predicate.passes(value, fields);
                    !passes
                });
                passes
            }
            Self::Not(predicate) => !predicate.passes(value, fields),
        }
    }
}

impl Predicate {
    /// Calls with every other field that it names.
    fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::FieldRef { field, .. } => found(field),
            Self::OneOf(predicates) => {
                predicates.iter().for_each(|predicate| predicate.each_field(found))
            }
            Self::Not(predicate) | Self::TimePart(_, predicate) => predicate.each_field(found),
            _ => {}
        }
    }
}

impl Comparison {
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl FieldRelation {
    fn holds(self, value: &str, other: &str, cased: bool) -> bool {
        if !cased {
            return self.holds(&fold_case(value), &fold_case(other), true);
        }
        match self {
            Self::Equals => value == other,
            Self::StartsWith => value.starts_with(other),
            Self::EndsWith => value.ends_with(other),
            Self::Contains => value.contains(other),
        }
    }
}

fn order(left: &str, right: &str) -> Ordering {
    match (Decimal::parse(left), Decimal::parse(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => fold_case(left).cmp(&fold_case(right)),
    }
}
