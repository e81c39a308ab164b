//! Where in a script's text a search found what it looked for.

use crate::limits;
use crate::search::condition::{Expr, Fields, Test};
use crate::search::eval_expr::{Formula, Operator, like_pattern};
use crate::search::predicate_list::likely;
use crate::sort;
use std::ops::Range;

/// The places, sorted and apart.
pub(super) fn spans(expr: &Expr, text: &str, fields: &dyn Fields) -> Vec<Range<usize>> {
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
    fields: &'a dyn Fields,
    ranges: Vec<Range<usize>>,
}

impl Found<'_> {
    /// Collects from what holds; what is negated stands nowhere.
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::All(parts) | Expr::Any(parts) => {
                for part in parts {
                    if self.ranges.len() < MOST && part.holds(self.fields) {
                        self.expr(part);
                    }
                }
            }
            Expr::Field { name, test } if is_text(name) => self.test(test),
            Expr::Keyword(test) => self.test(test),
            Expr::Where(formula) => self.formula(formula),
            Expr::Field { .. } | Expr::Not(_) | Expr::Time(_) => {}
        }
    }

    fn test(&mut self, test: &Test) {
        let text = self.text;
        match test {
            Test::Matches(pattern) => pattern.places(text, &mut |range| self.add(range)),
            Test::Term(pattern) => {
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
            Test::Regex(regex) => regex.for_each_earliest_match(text, &mut |range| self.add(range)),
            Test::OneOf(tests) => likely(tests, text, &mut |test| {
                self.test(test);
                self.ranges.len() < MOST
            }),
            Test::Number(number) => {
                self.test(&Test::Matches(crate::search::wildcard::Pattern::equals(number, false)))
            }
            Test::Present
            | Test::Order(..)
            | Test::Cidr(_)
            | Test::SameAs { .. }
            | Test::TimePart(..)
            | Test::Differs(_) => {}
        }
    }

    fn formula(&mut self, formula: &Formula) {
        match formula {
            Formula::Search(expr) => self.expr(expr),
            Formula::Binary(Operator::And | Operator::Or, left, right) => {
                for part in [left, right] {
                    if part.is_true(self.fields) {
                        self.formula(part);
                    }
                }
            }
            Formula::Binary(Operator::Like, of, pattern) => self.like(of, pattern),
            Formula::Call(function, arguments) => match (function.name, arguments.as_slice()) {
                ("match", [of, Formula::Regex(regex)]) if reads_text(of) => {
                    self.test(&Test::Regex(regex.clone()));
                }
                ("like", [of, pattern]) => self.like(of, pattern),
                ("searchmatch", [inner]) => self.formula(inner),
                _ => {}
            },
            _ => {}
        }
    }

    fn like(&mut self, of: &Formula, pattern: &Formula) {
        if let Formula::Text(pattern) = pattern
            && reads_text(of)
        {
            self.test(&Test::Matches(like_pattern(pattern)));
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

fn reads_text(formula: &Formula) -> bool {
    match formula {
        Formula::Field(name) => is_text(name),
        Formula::Call(function, arguments) => {
            // Only changes that keep every character in its place.
            matches!(function.name, "lower" | "upper") && arguments.first().is_some_and(reads_text)
        }
        _ => false,
    }
}
