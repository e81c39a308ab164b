//! [`Required`]: the literals that the text of every matching block contains.

use super::frequency::rarity;
use crate::sort;
use crate::text::fold_case;

/// A condition on literals that every text which a search matches fulfils. Other texts may fulfil it too.
///
/// ```
/// use scriptscope::internal::literal::Required;
///
/// let literal = |text: &str| Required::Literal(text.to_owned());
/// let required = Required::All(vec![literal("iex"), Required::Any(vec![literal("-enc"), literal("http")])]);
/// assert!(required.is_met(&|literal| "iex (iwr http://…)".contains(literal)));
/// assert!(!required.is_met(&|literal| "iex $x".contains(literal)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Required {
    /// No literal is required: every text has to be searched.
    Nothing,
    /// The folded text contains this folded literal.
    Literal(String),
    /// All of these are met.
    All(Vec<Required>),
    /// Any of these is met.
    Any(Vec<Required>),
}

/// Stands for a sign of obfuscation among the literals of a search. No log escapes its characters, and a text that happens
/// to have it is only evaluated in vain.
pub(crate) const OBFUSCATED: &str = "~^}|{^~}";

/// Upper bound on the literals of one search. A lookup file of malicious words has some hundreds, a list of indicators tens
/// of thousands.
const MAX_LITERALS: usize = 65_536;

/// Least length of a literal in characters: nearly every script contains the shorter ones.
const MIN_CHARS: usize = 3;

/// Upper bound on the alternatives of which [`remove_superstrings`] compares all pairs.
const MAX_COMPARED: usize = 512;

impl Required {
    /// Returns `Nothing` for more than [`MAX_LITERALS`] literals.
    pub(crate) fn bounded(self) -> Self {
        match self.literal_count() {
            ..=MAX_LITERALS => self,
            _ => Self::Nothing,
        }
    }

    /// Folds a literal. Returns `Nothing` for one of less than [`MIN_CHARS`] characters.
    pub(crate) fn from_literal(text: &str) -> Self {
        let text = fold_case(text);
        if text.chars().count() < MIN_CHARS { Self::Nothing } else { Self::Literal(text) }
    }

    /// Joins conditions by "and", flat, sorted and without duplicates.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::Nothing => {}
                Self::All(parts) => all.extend(parts),
                part => all.push(part),
            }
        }
        sort::sort(&mut all);
        all.dedup();
        match all.len() {
            0 => Self::Nothing,
            1 => all.pop().unwrap_or(Self::Nothing),
            _ => Self::All(all),
        }
    }

    /// Joins conditions by "or", flat, sorted and without duplicates. No conditions are `Nothing`: a search that can never
    /// match gains nothing by a prefilter.
    pub(crate) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::Nothing => return Self::Nothing,
                Self::Any(parts) => any.extend(parts),
                part => any.push(part),
            }
        }
        sort::sort(&mut any);
        any.dedup();
        remove_superstrings(&mut any);
        match any.len() {
            0 => Self::Nothing,
            1 => any.pop().unwrap_or(Self::Nothing),
            _ => Self::Any(any),
        }
    }

    /// Whether a text meets the condition. `contains` tells whether the text contains a literal.
    pub fn is_met(&self, contains: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::Literal(text) => contains(text),
            Self::All(parts) => parts.iter().all(|part| part.is_met(contains)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met(contains)),
        }
    }

    /// Whether a literal is among those of the condition.
    pub(crate) fn contains(&self, literal: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Literal(text) => text == literal,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.contains(literal)),
        }
    }

    /// Returns literals of which every text that meets the condition contains one: among all such clauses, the one that
    /// probably keeps out the most texts. `None` if nothing is required.
    ///
    /// ```
    /// use scriptscope::internal::literal::Required;
    ///
    /// let literal = |text: &str| Required::Literal(text.to_owned());
    /// let required = Required::All(vec![literal("the"), literal("mimikatz")]);
    /// assert_eq!(required.clause(), Some(vec!["mimikatz"]));
    /// ```
    pub fn clause(&self) -> Option<Vec<&str>> {
        match self {
            Self::Nothing => None,
            Self::Literal(text) => Some(vec![text]),
            Self::All(parts) => {
                let clauses = parts.iter().filter_map(Self::clause);
                let scored = clauses.map(|clause| (selectivity(&clause), clause));
                scored.reduce(better).map(|best| best.1)
            }
            Self::Any(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.clause()?);
                }
                Some(all)
            }
        }
    }

    fn literal_count(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Literal(_) => 1,
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::literal_count).sum(),
        }
    }
}

fn better<T>(best: (u32, T), other: (u32, T)) -> (u32, T) {
    if other.0 > best.0 { other } else { best }
}

/// Removes alternatives that contain another one: whenever they are in a text, so is the other.
fn remove_superstrings(any: &mut Vec<Required>) {
    if any.len() > MAX_COMPARED {
        return;
    }
    let literals: Vec<String> = any
        .iter()
        .filter_map(|part| match part {
            Required::Literal(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    any.retain(|part| match part {
        Required::Literal(text) => {
            !literals.iter().any(|other| other != text && text.contains(other.as_str()))
        }
        _ => true,
    });
}

/// Estimates how many texts a clause keeps out, in quarters of a bit: by its most common literal, less the more literals
/// it has.
fn selectivity(clause: &[&str]) -> u32 {
    let weakest = clause.iter().map(|text| information(text)).min().unwrap_or(0);
    weakest.saturating_sub(4 * clause.len().checked_ilog2().unwrap_or(0))
}

/// Estimates the information of a literal in quarters of a bit: from 2 bits for a space to 6 for a rare byte.
fn information(text: &str) -> u32 {
    text.bytes().map(|byte| 8 + rarity(byte) / 4).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Required {
        Required::from_literal(text)
    }

    #[test]
    fn parts_are_flat_sorted_and_distinct() {
        let nested =
            Required::all([literal("foo"), Required::all([literal("BAR"), literal("foo")])]);
        assert_eq!(nested, Required::All(vec![literal("bar"), literal("foo")]));
        assert_eq!(
            Required::all([literal("foo"), literal("ab")]),
            literal("foo"),
            "ab is too short"
        );
        assert_eq!(Required::any([literal("foo"), literal("ab")]), Required::Nothing);
        assert_eq!(Required::any([]), Required::Nothing);
    }

    #[test]
    fn an_alternative_that_contains_another_is_removed() {
        let any = Required::any([literal("xfoo"), literal("foo"), literal("bar")]);
        assert_eq!(any, Required::Any(vec![literal("bar"), literal("foo")]));
    }

    #[test]
    fn the_clause_is_the_most_selective_one() {
        let any = Required::any([literal("qqq"), literal("zzz")]);
        assert_eq!(any.clause(), Some(vec!["qqq", "zzz"]));
        let all = Required::all([any, literal("   "), Required::Nothing]);
        assert_eq!(all.clause(), Some(vec!["qqq", "zzz"]));
        assert_eq!(Required::Nothing.clause(), None);
    }

    #[test]
    fn too_many_literals_require_nothing() {
        let list = |count: usize| Required::any((0..count).map(|at| literal(&format!("{at:06}"))));
        assert_eq!(list(MAX_LITERALS + 1).bounded(), Required::Nothing);
        assert_ne!(list(600).bounded(), Required::Nothing);
    }
}
