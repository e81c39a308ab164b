//! [`Expr`]: the condition that a search or a Sigma rule becomes.

use crate::regex::Regex;
use crate::search::cidr::Cidr;
use crate::search::eval_expr::Formula;
use crate::search::number::Decimal;
use crate::search::predicate_list::likely;
use crate::search::timespan::{TimeRange, parts};
use crate::search::wildcard::Pattern;
use crate::text::fold_case;
use crate::time::Time;
use std::cmp::Ordering;

/// A condition on an event. It holds or it does not: an absent field passes no [`Test`], so that
/// `NOT field=value` holds for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All of them hold; with none, it always holds.
    All(Vec<Expr>),
    /// At least one of them holds; with none, it never holds.
    Any(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A value of this field passes.
    Field {
        /// The field, under any of its usual names.
        name: String,
        /// What one of its values must pass.
        test: Test,
    },
    /// A value of any field passes.
    Keyword(Test),
    /// The event's time is in this range.
    Time(TimeRange),
    /// A condition of `where`: it is true, neither false nor null.
    Where(Formula),
}

/// What a value is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// There is a value.
    Present,
    /// The whole value matches.
    Matches(Pattern),
    /// The pattern stands in it as a whole term: between breakers, as Splunk cuts a text into terms.
    Term(Pattern),
    /// The value is this decimal number, however it is written.
    Number(String),
    /// The regular expression matches somewhere.
    Regex(Regex),
    /// It stands in this order to a text: as numbers if both are, else as texts, in any case.
    Order(Comparison, String),
    /// It is an address in this network.
    Cidr(Cidr),
    /// It stands in this relation to a value of another field.
    SameAs {
        /// The other field.
        name: String,
        /// Where that field's value must stand in the value.
        place: Place,
        /// Whether case counts.
        cased: bool,
    },
    /// A part of the time that it says, in UTC, passes.
    TimePart(TimePart, Box<Test>),
    /// It passes one of these.
    OneOf(Vec<Test>),
    /// It does not pass.
    Differs(Box<Test>),
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
pub enum Place {
    /// It is the whole value.
    Whole,
    /// At its start.
    Start,
    /// At its end.
    End,
    /// Anywhere in it.
    Anywhere,
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
pub trait Fields {
    /// Whether any value of a field passes.
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool;
    /// Whether any value of any field passes.
    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool;
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

impl Expr {
    /// A field's value passes.
    pub fn field(name: impl Into<String>, test: Test) -> Self {
        Self::Field { name: name.into(), test }
    }

    /// The field has no value.
    pub fn absent(name: impl Into<String>) -> Self {
        Self::Not(Box::new(Self::field(name, Test::Present)))
    }

    /// Whether it holds.
    pub fn holds(&self, fields: &dyn Fields) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(fields)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(fields)),
            Self::Not(part) => !part.holds(fields),
            Self::Field { name, test } => fields.any(name, &mut |value| test.passes(value, fields)),
            Self::Keyword(test) => fields.any_value(&mut |value| test.passes(value, fields)),
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
            Self::Field { name, test } => {
                found(name);
                test.each_field(found);
            }
            Self::Keyword(_) | Self::Time(_) => {}
            Self::Where(formula) => formula.each_field(found),
        }
    }

    /// Whether it depends on when the search is run.
    pub(crate) fn asks_now(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::asks_now),
            Self::Not(part) => part.asks_now(),
            Self::Field { .. } | Self::Keyword(_) => false,
            Self::Time(range) => range.asks_now(),
            Self::Where(formula) => formula.asks_now(),
        }
    }

    /// It without what [asks](Self::asks_now) that: this holds wherever it holds at any time.
    pub(crate) fn lasting(&self) -> Self {
        match self {
            Self::All(parts) => Self::All(parts.iter().map(Self::lasting).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(Self::lasting).collect()),
            part if part.asks_now() => Self::All(Vec::new()),
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

impl Test {
    /// Whether a value passes; the fields are those beside it.
    pub fn passes(&self, value: &str, fields: &dyn Fields) -> bool {
        match self {
            Self::Present => true,
            Self::Matches(pattern) => pattern.matches(value),
            Self::Term(pattern) => pattern.term(value, 0).is_some(),
            Self::Number(number) => match (Decimal::parse(value), Decimal::parse(number)) {
                (Some(value), Some(number)) => value == number,
                _ => value == number,
            },
            Self::Regex(regex) => regex.is_match(value),
            Self::Order(comparison, other) => comparison.holds(order(value, other)),
            Self::Cidr(cidr) => cidr.contains(value),
            Self::SameAs { name, place, cased } => {
                fields.any(name, &mut |other| place.holds(value, other, *cased))
            }
            Self::TimePart(part, test) => {
                parts(value, *part).is_some_and(|number| test.passes(&number, fields))
            }
            Self::OneOf(tests) => {
                let mut passes = false;
                likely(tests, value, &mut |test| {
                    passes = test.passes(value, fields);
                    !passes
                });
                passes
            }
            Self::Differs(test) => !test.passes(value, fields),
        }
    }
}

impl Test {
    /// Calls with every other field that it names.
    fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::SameAs { name, .. } => found(name),
            Self::OneOf(tests) => tests.iter().for_each(|test| test.each_field(found)),
            Self::Differs(test) | Self::TimePart(_, test) => test.each_field(found),
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

impl Place {
    fn holds(self, value: &str, other: &str, cased: bool) -> bool {
        if !cased {
            return self.holds(&fold_case(value), &fold_case(other), true);
        }
        match self {
            Self::Whole => value == other,
            Self::Start => value.starts_with(other),
            Self::End => value.ends_with(other),
            Self::Anywhere => value.contains(other),
        }
    }
}

fn order(left: &str, right: &str) -> Ordering {
    match (Decimal::parse(left), Decimal::parse(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => fold_case(left).cmp(&fold_case(right)),
    }
}
