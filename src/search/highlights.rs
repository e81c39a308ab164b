//! Where in a script's text a search found what it looked for.

use crate::limits;
use crate::search::condition::{Condition, Predicate, Row};
use crate::search::eval_expr::{EvalExpr, Operator, like_pattern};
use crate::search::predicate_list::likely;
use crate::sort;
use std::ops::Range;

/// The places, sorted and apart.
pub(super) fn highlights(expr: &Condition, text: &str, fields: &dyn Row) -> Vec<Range<usize>> {
    let mut found = Found { text, fields, ranges: Vec::new() };
    found.expr(expr);
    found.finish()
}

/// More than are shown: some of these will touch.
const ENOUGH: usize = 4 * limits::HIGHLIGHTS_PER_BLOCK;

/// Of conditions that follow when there are enough, one place each is marked, but not of more than these.
const MOST: usize = 2 * ENOUGH;

struct Found<'a> {
    text: &'a str,
    fields: &'a dyn Row,
    ranges: Vec<Range<usize>>,
}

impl Found<'_> {
    /// Collects from what holds; what is negated stands nowhere.
    fn expr(&mut self, expr: &Condition) {
        match expr {
            Condition::All(parts) | Condition::Any(parts) => {
                for part in parts {
                    if self.ranges.len() < MOST && part.holds(self.fields) {
                        self.expr(part);
                    }
                }
            }
            Condition::Field { name, predicate } if is_text(name) => self.predicate(predicate),
            Condition::Keyword(predicate) => self.predicate(predicate),
            Condition::Where(formula) => self.formula(formula),
            Condition::Field { .. } | Condition::Not(_) | Condition::Time(_) => {}
        }
    }

    fn predicate(&mut self, predicate: &Predicate) {
        let text = self.text;
        match predicate {
            Predicate::Matches(pattern) => pattern.places(text, &mut |range| self.add(range)),
            Predicate::Term(pattern) => {
                let mut from = 0;
                while let Some(range) = pattern.term(text, from) {
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
                regex.for_each_earliest_match(text, &mut |range| self.add(range))
            }
            Predicate::OneOf(predicates) => likely(predicates, text, &mut |predicate| {
                self.predicate(predicate);
                self.ranges.len() < MOST
            }),
            Predicate::Number(number) => self.predicate(&Predicate::Matches(
                crate::search::wildcard::Wildcard::literal(number, false),
            )),
            Predicate::Present
            | Predicate::Compare(..)
            | Predicate::Cidr(_)
            | Predicate::FieldRef { .. }
            | Predicate::TimePart(..)
            | Predicate::Not(_) => {}
        }
    }

    fn formula(&mut self, formula: &EvalExpr) {
        match formula {
            EvalExpr::Search(expr) => self.expr(expr),
            EvalExpr::Binary(Operator::And | Operator::Or, left, right) => {
                for part in [left, right] {
                    if part.is_true(self.fields) {
                        self.formula(part);
                    }
                }
            }
            EvalExpr::Binary(Operator::Like, of, pattern) => self.like(of, pattern),
            EvalExpr::Call(function, arguments) => match (function.name, arguments.as_slice()) {
                ("match", [of, EvalExpr::Regex(regex)]) if reads_text(of) => {
                    self.predicate(&Predicate::Regex(regex.clone()));
                }
                ("like", [of, pattern]) => self.like(of, pattern),
                ("searchmatch", [inner]) => self.formula(inner),
                _ => {}
            },
            _ => {}
        }
    }

    fn like(&mut self, of: &EvalExpr, pattern: &EvalExpr) {
        if let EvalExpr::Text(pattern) = pattern
            && reads_text(of)
        {
            self.predicate(&Predicate::Matches(like_pattern(pattern)));
        }
    }

    /// `false` when enough were found.
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

/// The message and the raw event hold the script's text too.
fn is_text(name: &str) -> bool {
    matches!(crate::event::canonical(name), "ScriptBlockText" | "Message" | "_raw")
}

fn reads_text(formula: &EvalExpr) -> bool {
    match formula {
        EvalExpr::Field(name) => is_text(name),
        EvalExpr::Call(function, arguments) => {
            // Only changes that keep every character in its place.
            matches!(function.name, "lower" | "upper") && arguments.first().is_some_and(reads_text)
        }
        _ => false,
    }
}
