//! What a rule needs of a text, with its literals by number.

use crate::literal::{AsciiCore, GRAM_SHORTEST, Required};
use crate::sort;
use std::collections::BTreeMap;

/// What a text must have for a rule to be worth evaluating.
#[derive(Debug, PartialEq)]
pub(super) enum Needs {
    /// Nothing in particular.
    Nothing,
    /// One thing.
    One(Leaf),
    All(Box<[Needs]>),
    Any(Box<[Needs]>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leaf {
    /// Any character beyond ASCII.
    NonAscii,
    /// The literal of this number.
    Literal(u32),
}

/// The ASCII pieces of all literals, with their numbers.
pub(super) type Cores = BTreeMap<Vec<u8>, u32>;

/// Adds the pieces of all its literals.
pub(super) fn collect(required: &Required, cores: &mut Cores) {
    match required {
        Required::Nothing => {}
        Required::Literal(text) => collect_literal(text, cores),
        Required::All(parts) | Required::Any(parts) => {
            parts.iter().for_each(|part| collect(part, cores));
        }
    }
}

pub(super) fn collect_literal(text: &str, cores: &mut Cores) {
    if let AsciiCore::Bytes(core) = need(text) {
        cores.insert(core, 0);
    }
}

/// What stands wherever the literal does. Of a literal with hardly any ASCII, only what else it has is looked
/// for.
fn need(literal: &str) -> AsciiCore {
    match AsciiCore::new(literal) {
        AsciiCore::Bytes(core) if core.len() >= GRAM_SHORTEST => AsciiCore::Bytes(core),
        _ if literal.is_ascii() => AsciiCore::Empty,
        _ => AsciiCore::NonAscii,
    }
}

impl Needs {
    /// Literals without a number are taken for granted. Those from the number `costly` on are asked last.
    pub(super) fn of(required: &Required, cores: &Cores, costly: u32) -> Self {
        let (Required::All(parts) | Required::Any(parts)) = required else {
            return match required {
                Required::Literal(text) => Self::literal(text, cores),
                _ => Self::Nothing,
            };
        };
        let mut parts: Vec<Self> = parts.iter().map(|part| Self::of(part, cores, costly)).collect();
        sort::sort_by_key(&mut parts, |part| part.cost(costly));
        if let Required::Any(_) = required {
            let nothing = parts.contains(&Self::Nothing);
            return if nothing { Self::Nothing } else { Self::Any(parts.into()) };
        }
        parts.retain(|part| *part != Self::Nothing);
        if parts.is_empty() { Self::Nothing } else { Self::All(parts.into()) }
    }

    fn cost(&self, costly: u32) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(Leaf::NonAscii) => 1,
            Self::One(Leaf::Literal(literal)) => usize::from(*literal >= costly),
            Self::All(parts) | Self::Any(parts) => parts.iter().map(|part| part.cost(costly)).sum(),
        }
    }

    pub(super) fn literal(text: &str, cores: &Cores) -> Self {
        match need(text) {
            AsciiCore::Empty => Self::Nothing,
            AsciiCore::NonAscii => Self::One(Leaf::NonAscii),
            AsciiCore::Bytes(core) => match cores.get(&core) {
                Some(number) => Self::One(Leaf::Literal(*number)),
                None => Self::Nothing,
            },
        }
    }

    /// Whether a text has them.
    pub(super) fn hold(&self, has: &mut dyn FnMut(Leaf) -> bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::One(leaf) => has(*leaf),
            Self::All(parts) => parts.iter().all(|part| part.hold(has)),
            Self::Any(parts) => parts.iter().any(|part| part.hold(has)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_number_is_taken_for_granted() {
        let literal = |text: &str| Required::Literal(text.to_owned());
        let mut cores = Cores::new();
        collect(&literal("abc"), &mut cores);
        let one = Needs::One(Leaf::Literal(0));
        assert_eq!(Needs::of(&literal("abc"), &cores, 9), one);
        assert_eq!(Needs::of(&literal("abd"), &cores, 9), Needs::Nothing);
        assert_eq!(Needs::of(&literal("ab"), &cores, 9), Needs::Nothing);
        assert_eq!(Needs::of(&literal("a–b"), &cores, 9), Needs::One(Leaf::NonAscii));
        let both = vec![literal("abc"), literal("abd")];
        assert_eq!(Needs::of(&Required::All(both.clone()), &cores, 9), Needs::All([one].into()));
        assert_eq!(Needs::of(&Required::Any(both), &cores, 9), Needs::Nothing);
    }
}
