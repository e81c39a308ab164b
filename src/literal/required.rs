//! What must stand in the text of every block that a search can hold for.

use super::frequency::rarity;
use crate::sort;
use crate::text::fold_case;

/// What a search needs to find in a script's text: literals, joined by "and" and "or". It is true, if not
/// more, of every text for which the search holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Required {
    /// Nothing is known: every block must be looked at.
    Nothing,
    /// This, folded, stands in the folded `ScriptBlockText`.
    Literal(String),
    /// All of these are true.
    All(Vec<Required>),
    /// One of these is true.
    Any(Vec<Required>),
}

/// Literals of one search. A lookup file of malicious words has some hundreds, a list of indicators tens of thousands.
const LITERALS: usize = 65_536;

/// Shorter literals stand in nearly every script.
const LENGTH: usize = 3;

impl Required {
    /// Itself, unless it names more literals than are worth looking for.
    pub(crate) fn bounded(self) -> Self {
        match self.count() {
            ..=LITERALS => self,
            _ => Self::Nothing,
        }
    }

    /// A literal, folded here.
    pub(crate) fn from_literal(text: &str) -> Self {
        let text = fold_case(text);
        if text.chars().count() < LENGTH { Self::Nothing } else { Self::Literal(text) }
    }

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

    /// None of no parts is true, but that is of no use to anyone: then nothing is known.
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
        without_longer(&mut any);
        match any.len() {
            0 => Self::Nothing,
            1 => any.pop().unwrap_or(Self::Nothing),
            _ => Self::Any(any),
        }
    }

    /// Whether it is true where these literals stand.
    pub fn is_met(&self, stands: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::Literal(text) => stands(text),
            Self::All(parts) => parts.iter().all(|part| part.is_met(stands)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met(stands)),
        }
    }

    /// Literals of which one at least must stand: of the choices there are, the one that keeps most texts out.
    pub fn clause(&self) -> Option<Vec<&str>> {
        match self {
            Self::Nothing => None,
            Self::Literal(text) => Some(vec![text]),
            Self::All(parts) => {
                let clauses = parts.iter().filter_map(Self::clause);
                clauses.map(|clause| (worth(&clause), clause)).reduce(better).map(|best| best.1)
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

    fn count(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Literal(_) => 1,
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::count).sum(),
        }
    }
}

fn better<T>(best: (u32, T), other: (u32, T)) -> (u32, T) {
    if other.0 > best.0 { other } else { best }
}

/// Of alternatives, a literal that holds another one adds nothing.
fn without_longer(any: &mut Vec<Required>) {
    // Beyond this many it costs more than it saves.
    if any.len() > 512 {
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

/// How many texts a clause keeps out, in bits, by its weakest literal; many literals let more through.
fn worth(clause: &[&str]) -> u32 {
    let weakest = clause.iter().map(|text| bits(text)).min().unwrap_or(0);
    weakest.saturating_sub(4 * clause.len().checked_ilog2().unwrap_or(0))
}

/// Four times the bits that a literal's bytes carry, common ones carrying few.
fn bits(text: &str) -> u32 {
    text.bytes().map(|byte| 8 + rarity(byte) / 4).sum()
}
