//! Evaluation of [`Condition`] and [`Predicate`].

use crate::regex::Regex;
use crate::search::ast::condition::{Condition, FieldRelation, Predicate};
use crate::search::eval::predicate_list::each_candidate;
use crate::search::eval::row::Row;
use crate::search::eval::spellings::has_spellings;
use crate::search::values::number::Decimal;
use crate::text::fold_case;
use std::cmp::Ordering;

impl Condition {
    /// Whether the condition holds for `row`.
    pub fn holds(&self, row: &dyn Row) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Not(part) => !part.holds(row),
            Self::Field { name, predicate: Predicate::Exists } => row.has_field(name),
            // A value in several spellings differs only if all of them do.
            Self::Field { name, predicate: Predicate::Not(inner) } if has_spellings(name) => {
                row.any(name, &mut |_| true)
                    && !row.any(name, &mut |value| inner.is_satisfied(value, row))
            }
            Self::Field { name, predicate } => {
                row.any(name, &mut |value| predicate.is_satisfied(value, row))
            }
            Self::Keyword(predicate) => {
                row.any_value(&mut |value| predicate.is_satisfied(value, row))
            }
            Self::Time(range) => range.holds(row.time(), row.now()),
            Self::Where(expr) => expr.is_true(row),
        }
    }
}

impl Predicate {
    /// Whether `value`, a value of `row`, satisfies the predicate.
    pub fn is_satisfied(&self, value: &str, row: &dyn Row) -> bool {
        match self {
            Self::Present | Self::Exists => true,
            Self::Matches(wildcard) => {
                let is_possible = |lacks: &dyn Fn(&str) -> bool| !wildcard.literals().any(lacks);
                row.lacks(value).is_none_or(is_possible) && wildcard.matches(value)
            }
            Self::Term(wildcard) => wildcard.find_term(value, 0).is_some(),
            Self::Number(number) => match (Decimal::parse(value), Decimal::parse(number)) {
                (Some(value), Some(number)) => value == number,
                _ => value == number,
            },
            Self::Regex(regex) => is_regex_match(regex, value, row),
            Self::Compare(comparison, other) => comparison.holds(compare(value, other)),
            Self::NumberOrder(comparison, other) => Decimal::parse(value)
                .zip(Decimal::parse(other))
                .is_some_and(|(value, other)| comparison.holds(value.cmp(&other))),
            Self::Cidr(cidr) => cidr.contains(value),
            Self::FieldRef { field, relation, case_sensitive } => {
                row.any(field, &mut |other| relation.holds(value, other, *case_sensitive))
            }
            Self::TimePart(part, predicate) => {
                part.of_text(value).is_some_and(|number| predicate.is_satisfied(&number, row))
            }
            Self::OneOf(predicates) => {
                let mut is_satisfied = false;
                each_candidate(predicates, value, row.lacks(value), &mut |predicate| {
                    is_satisfied = predicate.is_satisfied(value, row);
                    !is_satisfied
                });
                is_satisfied
            }
            Self::Not(predicate) => !predicate.is_satisfied(value, row),
        }
    }
}

/// Whether a regular expression matches somewhere in `value`, a value of `row`.
pub(super) fn is_regex_match(regex: &Regex, value: &str, row: &dyn Row) -> bool {
    regex.is_match_of(value, row.lacks(value))
}

impl FieldRelation {
    fn holds(self, value: &str, other: &str, case_sensitive: bool) -> bool {
        if !case_sensitive {
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

/// Compares numerically if both are decimal numbers, otherwise as text in any case.
fn compare(left: &str, right: &str) -> Ordering {
    match (Decimal::parse(left), Decimal::parse(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => fold_case(left).cmp(&fold_case(right)),
    }
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::TestRow;
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    #[test]
    fn conditions_hold_as_splunk_documents_them() {
        let row = TestRow::new(&[
            ("name", &["PowerShell.exe"]),
            ("id", &["007"]),
            ("ip", &["10.1.2.3"]),
            ("tags", &["a", "b"]),
            ("text", &["Invoke-Mimikatz -Force"]),
        ]);
        for (condition, holds) in [
            ("name=powershell.exe", true),
            ("name=power*", true),
            ("name=power", false),
            ("id=7", true),
            ("id<10", true),
            ("name<q", true),
            ("name<\"p\"", false),
            ("ip=\"10.0.0.0/8\"", true),
            ("ip=\"192.168.0.0/16\"", false),
            ("tags=b", true),
            ("tags=c", false),
            // With several values, != is satisfied by any that differs; NOT = needs all to differ.
            ("tags!=a", true),
            ("NOT tags=a", false),
            // An absent field satisfies neither = nor !=.
            ("nope=*", false),
            ("nope!=a", false),
            ("NOT nope=a", true),
            ("tags IN (c, b)", true),
            ("mimikatz", true),
            ("mimi", false),
            ("mimi*", true),
            ("\"invoke mimikatz\"", false),
        ] {
            let parsed = Search::parse_condition(condition, &Library::new()).unwrap();
            assert_eq!(parsed.holds(&row), holds, "{condition}");
        }
    }
}
