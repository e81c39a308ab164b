//! The ranges of a script's text that satisfied a condition. Which parts of the condition hold depends on the script
//! block, so this is evaluation, not analysis.

use crate::event::canonical;
use crate::limits;
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::ast::function::FunctionId;
use crate::search::eval::predicate_list::each_candidate;
use crate::search::eval::row::Row;
use crate::search::values::wildcard::Wildcard;
use crate::sort;
use std::ops::Range;

/// Returns the ranges, sorted and disjoint, at most [`limits::HIGHLIGHTS_PER_BLOCK`]. The condition holds for the row.
pub(crate) fn highlights(condition: &Condition, text: &str, row: &dyn Row) -> Vec<Range<usize>> {
    let mut collector = HighlightCollector { text, row, ranges: Vec::new() };
    collector.add_condition(condition);
    collector.finish()
}

/// Number of ranges after which one predicate stops: more than are shown, because some of them will be merged.
const ENOUGH: usize = 4 * limits::HIGHLIGHTS_PER_BLOCK;

/// Number of ranges after which no further predicate is searched for. Up to it, each contributes at least one range.
const MOST: usize = 2 * ENOUGH;

struct HighlightCollector<'a> {
    text: &'a str,
    row: &'a dyn Row,
    ranges: Vec<Range<usize>>,
}

impl HighlightCollector<'_> {
    /// Collects from the parts that hold, as all parts of an "and" do. A negated part holds because of text that is absent.
    fn add_condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                let all_hold = matches!(condition, Condition::All(_));
                for part in parts {
                    if self.ranges.len() < MOST && (all_hold || part.holds(self.row)) {
                        self.add_condition(part);
                    }
                }
            }
            Condition::Field { name, predicate } if holds_script(name) => {
                self.add_predicate(predicate);
            }
            Condition::Keyword(predicate) => self.add_predicate(predicate),
            Condition::Where(expr) => self.add_expr(expr),
            Condition::Field { .. } | Condition::Not(_) | Condition::Time(_) => {}
        }
    }

    fn add_predicate(&mut self, predicate: &Predicate) {
        let text = self.text;
        match predicate {
            Predicate::Matches(wildcard) => self.add_wildcard(wildcard),
            Predicate::Term(wildcard) => {
                let mut from = 0;
                while let Some(range) = wildcard.find_term(text, from) {
                    if range.is_empty() {
                        break;
                    }
                    from = range.end;
                    if !self.add(range) {
                        break;
                    }
                }
            }
            Predicate::Regex(regex) => {
                regex.for_each_earliest_match(text, &mut |range| self.add(range));
            }
            Predicate::OneOf(predicates) => {
                each_candidate(predicates, text, None, &mut |predicate| {
                    self.add_predicate(predicate);
                    self.ranges.len() < MOST
                })
            }
            Predicate::Number(number) => self.add_wildcard(&Wildcard::literal(number, false)),
            Predicate::Present
            | Predicate::Exists
            | Predicate::Compare(..)
            | Predicate::NumberOrder(..)
            | Predicate::Cidr(_)
            | Predicate::FieldRef { .. }
            | Predicate::TimePart(..)
            | Predicate::Not(_) => {}
        }
    }

    fn add_wildcard(&mut self, wildcard: &Wildcard) {
        wildcard.each_literal_match(self.text, &mut |range| self.add(range));
    }

    fn add_expr(&mut self, expr: &EvalExpr) {
        match expr {
            EvalExpr::Search(condition) => self.add_condition(condition),
            EvalExpr::Binary(Operator::And | Operator::Or, left, right) => {
                for part in [left, right] {
                    if part.is_true(self.row) {
                        self.add_expr(part);
                    }
                }
            }
            EvalExpr::Binary(Operator::Like, input, pattern) => self.add_like(input, pattern),
            EvalExpr::Call(function, arguments) => match (function.id, arguments.as_slice()) {
                (FunctionId::Match, [input, EvalExpr::Regex(regex)]) if reads_script(input) => {
                    self.add_predicate(&Predicate::Regex(regex.clone()));
                }
                (FunctionId::Like, [input, pattern]) => self.add_like(input, pattern),
                (FunctionId::SearchMatch, [inner]) => self.add_expr(inner),
                _ => {}
            },
            _ => {}
        }
    }

    fn add_like(&mut self, input: &EvalExpr, pattern: &EvalExpr) {
        if let EvalExpr::Text(pattern) = pattern
            && reads_script(input)
        {
            self.add_wildcard(&Wildcard::from_like(pattern));
        }
    }

    /// Adds a range; returns `false` once there are enough.
    fn add(&mut self, range: Range<usize>) -> bool {
        if !range.is_empty() {
            self.ranges.push(range);
        }
        self.ranges.len() < ENOUGH
    }

    fn finish(mut self) -> Vec<Range<usize>> {
        sort::sort_by_key(&mut self.ranges, |range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in self.ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged.truncate(limits::HIGHLIGHTS_PER_BLOCK);
        merged
    }
}

/// Whether the field contains the script's text; the message and the raw event do too.
fn holds_script(name: &str) -> bool {
    matches!(canonical(name), "ScriptBlockText" | "Message" | "_raw")
}

/// Whether the expression is such a field, changed at most in ways that keep every character at its offset.
fn reads_script(expr: &EvalExpr) -> bool {
    match expr {
        EvalExpr::Field(name) => holds_script(name),
        EvalExpr::Call(function, arguments) => {
            matches!(function.id, FunctionId::Lower | FunctionId::Upper)
                && arguments.first().is_some_and(reads_script)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::eval::functions::tests::TestRow;
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    #[test]
    fn ranges_are_those_of_the_parts_that_hold() {
        let text = "Invoke-Mimikatz -DumpCreds; mimikatz";
        let row = TestRow::new(&[("ScriptBlockText", &[text])]);
        for (condition, expected) in [
            ("ScriptBlockText=\"*mimikatz*\"", vec!["Mimikatz", "mimikatz"]),
            ("ScriptBlockText IN (\"*invoke*\", \"*absent*\")", vec!["Invoke"]),
            ("ScriptBlockText=\"*invoke*creds*\"", vec!["Invoke", "Creds"]),
            ("mimikatz", vec!["Mimikatz", "mimikatz"]),
            ("NOT ScriptBlockText=\"*absent*\"", vec![]),
            ("ScriptBlockText=\"*creds*\" OR ScriptBlockText=\"*absent*\"", vec!["Creds"]),
            ("ScriptBlockText=\"*Invoke-*\" ScriptBlockText=\"*-Mimi*\"", vec!["Invoke-Mimi"]),
        ] {
            let condition_read = Search::parse_condition(condition, &Library::new()).unwrap();
            let ranges = highlights(&condition_read, text, &row);
            let found: Vec<&str> = ranges.into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{condition}");
        }
    }
}
