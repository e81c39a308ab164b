//! [`Requirement`]: the literals of a rule by number, as the prefilter evaluates them on one text.

use crate::literal::{AsciiCore, GRAM_SHORTEST, Required};
use crate::sort;
use std::borrow::Cow;
use std::collections::HashMap;

/// A condition that an encoded text can be tested for; it is weaker than the [`Required`] it is made from.
#[derive(Debug, PartialEq)]
pub(super) enum Requirement {
    /// Every text meets it.
    Nothing,
    /// One property.
    One(TextProperty),
    All(Box<[Requirement]>),
    Any(Box<[Requirement]>),
}

/// A property of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TextProperty {
    /// It has a character beyond ASCII.
    NonAscii,
    /// It contains the core of this number.
    Contains(u32),
}

/// The ASCII cores of literals, with their numbers.
pub(super) type CoreNumbers<'a> = HashMap<Cow<'a, [u8]>, u32>;

/// Adds the cores of all literals that are new, with the next numbers.
pub(super) fn collect_cores<'a>(required: &'a Required, cores: &mut CoreNumbers<'a>) {
    match required {
        Required::Nothing => {}
        Required::Literal(text) => collect_core(text, cores),
        Required::All(parts) | Required::Any(parts) => {
            parts.iter().for_each(|part| collect_cores(part, cores));
        }
    }
}

/// Adds the core of one literal if it is new, with the next number.
pub(super) fn collect_core<'a>(literal: &'a str, cores: &mut CoreNumbers<'a>) {
    if let AsciiCore::Bytes(core) = scannable_core(literal) {
        let next = cores.len() as u32;
        cores.entry(core).or_insert(next);
    }
}

/// Returns the core of a literal if it is long enough for a scan. Of a literal with hardly any ASCII only the presence of
/// other characters is tested.
fn scannable_core(literal: &str) -> AsciiCore<'_> {
    match AsciiCore::new(literal) {
        AsciiCore::Bytes(core) if core.len() >= GRAM_SHORTEST => AsciiCore::Bytes(core),
        _ if literal.is_ascii() => AsciiCore::Empty,
        _ => AsciiCore::NonAscii,
    }
}

impl Requirement {
    /// Takes literals without a number for present. In an "and" or "or", cores from the number `first_costly` on come last.
    pub(super) fn new(required: &Required, cores: &CoreNumbers<'_>, first_costly: u32) -> Self {
        let (Required::All(parts) | Required::Any(parts)) = required else {
            return match required {
                Required::Literal(text) => Self::from_literal(text, cores),
                _ => Self::Nothing,
            };
        };
        let mut parts: Vec<Self> =
            parts.iter().map(|part| Self::new(part, cores, first_costly)).collect();
        sort::sort_by_key(&mut parts, |part| part.cost(first_costly));
        if let Required::Any(_) = required {
            let is_always_met = parts.contains(&Self::Nothing);
            return if is_always_met { Self::Nothing } else { Self::Any(parts.into()) };
        }
        parts.retain(|part| *part != Self::Nothing);
        if parts.is_empty() { Self::Nothing } else { Self::All(parts.into()) }
    }

    pub(super) fn from_literal(text: &str, cores: &CoreNumbers<'_>) -> Self {
        match scannable_core(text) {
            AsciiCore::Empty => Self::Nothing,
            AsciiCore::NonAscii => Self::One(TextProperty::NonAscii),
            AsciiCore::Bytes(core) => match cores.get(&*core) {
                Some(number) => Self::One(TextProperty::Contains(*number)),
                None => Self::Nothing,
            },
        }
    }

    /// Returns the number of scans of a text that testing may take.
    fn cost(&self, first_costly: u32) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(TextProperty::NonAscii) => 1,
            Self::One(TextProperty::Contains(core)) => usize::from(*core >= first_costly),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().map(|part| part.cost(first_costly)).sum()
            }
        }
    }

    /// Whether a text with the properties that `has` confirms meets it.
    pub(super) fn is_met(&self, has: &mut dyn FnMut(TextProperty) -> bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::One(property) => has(*property),
            Self::All(parts) => parts.iter().all(|part| part.is_met(has)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met(has)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_without_a_number_is_taken_for_present() {
        let literal = |text: &str| Required::Literal(text.to_owned());
        let mut cores = CoreNumbers::new();
        let abc = literal("abc");
        collect_cores(&abc, &mut cores);
        let of = |required: &Required| Requirement::new(required, &cores, 9);
        let one = Requirement::One(TextProperty::Contains(0));
        assert_eq!(of(&literal("abc")), one);
        assert_eq!(of(&literal("abd")), Requirement::Nothing);
        assert_eq!(of(&literal("ab")), Requirement::Nothing);
        assert_eq!(of(&literal("a–b")), Requirement::One(TextProperty::NonAscii));
        let both = vec![literal("abc"), literal("abd")];
        assert_eq!(of(&Required::All(both.clone())), Requirement::All([one].into()));
        assert_eq!(of(&Required::Any(both)), Requirement::Nothing);
    }

    #[test]
    fn costly_cores_are_tested_last() {
        let literal = |text: &str| Required::Literal(text.to_owned());
        let cores = CoreNumbers::from_iter([(b"get-".into(), 1), (b"mimikatz".into(), 0)]);
        let both = Required::All(vec![literal("get-"), literal("mimikatz")]);
        let contains = |core| Requirement::One(TextProperty::Contains(core));
        assert_eq!(
            Requirement::new(&both, &cores, 1),
            Requirement::All([contains(0), contains(1)].into())
        );
    }
}
