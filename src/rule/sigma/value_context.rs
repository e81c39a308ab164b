//! Placeholder values, and bounds on the expanded values of one rule.

use super::value::{Placeholders, SigmaString};
use crate::limits::{SIGMA_BYTES, SIGMA_PATTERNS, SIGMA_VALUES};
use std::cell::Cell;

/// The placeholders of a rule, and the budgets that its values may still use.
pub(super) struct ValueContext<'a> {
    pub(super) placeholders: Placeholders<'a>,
    texts: Cell<usize>,
    bytes: Cell<usize>,
    patterns: Cell<usize>,
}

impl<'a> ValueContext<'a> {
    pub(super) fn new(placeholders: Placeholders<'a>) -> Self {
        Self {
            placeholders,
            texts: Cell::new(SIGMA_VALUES),
            bytes: Cell::new(SIGMA_BYTES),
            patterns: Cell::new(SIGMA_PATTERNS),
        }
    }

    /// Takes texts from the budgets.
    pub(super) fn take_texts(&self, texts: &[SigmaString]) -> Result<(), String> {
        take(&self.texts, texts.len())
            .ok_or_else(|| format!("more than {SIGMA_VALUES} texts in one rule"))?;
        take(&self.bytes, texts.iter().map(SigmaString::size).sum())
            .ok_or_else(|| format!("texts of more than {} MiB in one rule", SIGMA_BYTES >> 20))
    }

    /// Takes a regular expression or a compared field from the budget.
    pub(super) fn take_pattern(&self) -> Result<(), String> {
        take(&self.patterns, 1).ok_or_else(|| {
            format!("more than {SIGMA_PATTERNS} regular expressions or fields in one rule")
        })
    }
}

fn take(budget: &Cell<usize>, used: usize) -> Option<()> {
    budget.set(budget.get().checked_sub(used)?);
    Some(())
}
