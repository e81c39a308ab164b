//! Whether a condition can hold, and whether it can fail.

use super::expressions::ConstantRow;
use super::fields::{Fields, Knowledge, Others};
use super::other_logs::other_log;
use super::possible::{Possible, all_of, any_of};
use super::shown::accepted;
use crate::event::canonical;
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::eval::obstacle::Obstacle;

impl Fields<'_> {
    /// Whether the condition can be as `wanted`.
    pub(super) fn condition(&self, condition: &Condition, wanted: bool) -> Possible {
        match condition {
            Condition::All(parts) if wanted => self.every(parts, true),
            Condition::All(parts) => self.some(parts, false),
            Condition::Any(parts) if wanted => self.some(parts, true),
            Condition::Any(parts) => self.every(parts, false),
            Condition::Not(part) => self.condition(part, !wanted),
            Condition::Field { name, predicate } => self.field(name, predicate, wanted),
            Condition::Keyword(_) | Condition::Time(_) => Ok(()),
            Condition::Where(expr) if wanted => self.truth(expr, true),
            // False and null both fail it.
            Condition::Where(expr) => match self.constant_truth(expr) {
                Some(Some(true)) => Err(self.of_expr(expr)),
                _ => Ok(()),
            },
        }
    }

    fn every(&self, parts: &[Condition], wanted: bool) -> Possible {
        all_of(parts.iter().map(|part| self.condition(part, wanted)))
    }

    fn some(&self, parts: &[Condition], wanted: bool) -> Possible {
        any_of(parts.iter().map(|part| self.condition(part, wanted)))
    }

    pub(super) fn field(&self, name: &str, predicate: &Predicate, wanted: bool) -> Possible {
        match self.get(name) {
            // A field whose values are all empty counts as absent, but exists.
            Knowledge::Null(_)
                if *predicate == Predicate::Exists && !(self.assumptions.is_missing)(name) =>
            {
                Ok(())
            }
            Knowledge::Null(obstacles) if wanted => Err(obstacles),
            Knowledge::Null(_) => Ok(()),
            Knowledge::Fixed(value) => {
                let mut refers = false;
                predicate.each_field(&mut |_| refers = true);
                if refers || predicate.is_satisfied(value, &ConstantRow(self)) == wanted {
                    return Ok(());
                }
                let mut values = Vec::new();
                if wanted {
                    accepted(predicate, &mut values);
                }
                Err(vec![Obstacle::Value { field: name.to_owned(), values }])
            }
            Knowledge::Constant(value, absent) => {
                let mut refers = false;
                predicate.each_field(&mut |_| refers = true);
                let holds = value.any(&mut |own| predicate.is_satisfied(own, &ConstantRow(self)));
                match refers || holds == wanted {
                    true => Ok(()),
                    false if absent.is_empty() => Err(vec![Obstacle::Contradiction]),
                    false => Err(absent),
                }
            }
            Knowledge::Any if wanted => {
                if let Predicate::FieldRef { field, .. } = predicate
                    && let Some(obstacles) = self.null_field(field)
                {
                    return Err(obstacles);
                }
                match self.is_event_field(name).then(|| other_log(name, predicate)).flatten() {
                    Some(value) => Err(vec![Obstacle::Log { field: name.to_owned(), value }]),
                    None => Ok(()),
                }
            }
            Knowledge::Any => Ok(()),
        }
    }

    /// Whether the field is the event's own, and its log is one of those expected.
    fn is_event_field(&self, name: &str) -> bool {
        let is_assigned = |assigned: &String| canonical(assigned) == canonical(name);
        self.assumptions.has_usual_logs
            && self.others == Others::OfEvents
            && !self.assigned.keys().any(is_assigned)
    }
}
