//! Modifiers such as `|contains`, `|re` and `|base64offset`, applied to a value.

use super::error::excerpt;
use super::plain_value::PlainValue;
use super::value::{Placeholders, SigmaString, Utf16Form, expand_pattern};
use crate::search::{FieldRelation, RegexFlags, nearest};

/// All modifiers, for hints.
const MODIFIERS: [&str; 29] = [
    "all",
    "base64",
    "base64offset",
    "cased",
    "cidr",
    "contains",
    "day",
    "dotall",
    "endswith",
    "exists",
    "expand",
    "fieldref",
    "gt",
    "gte",
    "hour",
    "ignorecase",
    "lt",
    "lte",
    "minute",
    "month",
    "multiline",
    "neq",
    "re",
    "startswith",
    "utf16",
    "utf16be",
    "utf16le",
    "wide",
    "windash",
];

/// Modifiers that compare by order. A field can have one of them.
const ORDERS: [&str; 4] = ["lt", "lte", "gt", "gte"];

/// Modifiers that select a part of a time. A field can have one of them.
const TIME_PARTS: [&str; 6] = ["minute", "hour", "day", "week", "month", "year"];

/// Returns whether a modifier applies to numbers.
fn keeps_number(modifier: &&str) -> bool {
    ["all", "neq", "cased"].contains(modifier)
        || ORDERS.contains(modifier)
        || TIME_PARTS.contains(modifier)
}

/// Modifiers that may precede `fieldref`.
const BEFORE_FIELDREF: [&str; 6] = ["all", "neq", "cased", "contains", "startswith", "endswith"];

/// A value after some of its field's modifiers.
#[derive(Clone)]
pub(super) enum ModifiedValue {
    /// Texts of which one has to match.
    Texts(Vec<SigmaString>),
    /// A number, as written.
    Number(String),
    /// Regular expressions of which one has to match.
    Regex(Vec<String>, RegexFlags),
    /// The value is the name of another field.
    Field(FieldRelation),
    /// The value is a network.
    Cidr,
}

impl ModifiedValue {
    /// Applies all modifiers, in their order. A value that is `plain` in YAML may be a number.
    ///
    /// # Errors
    ///
    /// An unknown modifier, one that does not go with another, or a value that a modifier cannot be applied to.
    pub(super) fn new(
        value: &str,
        plain: bool,
        modifiers: &[&str],
        placeholders: Placeholders<'_>,
    ) -> Result<Self, String> {
        let mut modified = match PlainValue::of(value, plain) {
            PlainValue::Number(number) if modifiers.iter().all(keeps_number) => {
                Self::Number(number)
            }
            // Text modifiers take a number as it is written.
            PlainValue::Number(_) => Self::Texts(vec![SigmaString::literal(value)]),
            PlainValue::Text if modifiers.contains(&"expand") => {
                Self::Texts(vec![SigmaString::parse_with_placeholders(value)])
            }
            PlainValue::Text => Self::Texts(vec![SigmaString::parse(value)]),
            PlainValue::Other(meaning) => {
                return Err(format!(
                    "{} is {meaning} in YAML: write it in quotes if it is text",
                    excerpt(value)
                ));
            }
        };
        for (index, modifier) in modifiers.iter().enumerate() {
            let before = modifiers.get(..index).unwrap_or_default();
            modified = modified.apply(modifier, before, value, placeholders)?;
        }
        check_combination(modifiers)?;
        Ok(modified)
    }

    fn apply(
        self,
        modifier: &str,
        before: &[&str],
        value: &str,
        placeholders: Placeholders<'_>,
    ) -> Result<Self, String> {
        match modifier {
            "all" | "neq" | "cased" => Ok(self),
            "contains" => self.surround(modifier, true, true),
            "startswith" => self.surround(modifier, false, true),
            "endswith" => self.surround(modifier, true, false),
            "windash" => self.map_texts(modifier, &|text| text.with_dashes()),
            "base64" => self.map_texts(modifier, &|text| Ok(vec![text.to_base64()?])),
            "base64offset" => self.map_texts(modifier, &|text| text.to_base64_offsets()),
            "wide" | "utf16le" => self.map_texts(modifier, &|text| to_utf16(&text, Utf16Form::Le)),
            "utf16be" => self.map_texts(modifier, &|text| to_utf16(&text, Utf16Form::Be)),
            "utf16" => self.map_texts(modifier, &|text| to_utf16(&text, Utf16Form::LeWithBom)),
            "expand" => match self {
                Self::Regex(patterns, flags) => {
                    let expanded: Result<Vec<_>, _> =
                        patterns.iter().map(|own| expand_pattern(own, placeholders)).collect();
                    Ok(Self::Regex(expanded?.into_iter().flatten().collect(), flags))
                }
                other => other.map_texts(modifier, &|text| text.expand(placeholders)),
            },
            "re" if before.iter().all(|before| *before == "all") => {
                Ok(Self::Regex(vec![value.to_owned()], RegexFlags::default()))
            }
            "re" => Err("re must be the first modifier".into()),
            "i" | "ignorecase" => self.set_flag(modifier, |flags| flags.caseless = true),
            "m" | "multiline" => self.set_flag(modifier, |flags| flags.multi_line = true),
            "s" | "dotall" => self.set_flag(modifier, |flags| flags.dot_all = true),
            "fieldref" => match before.iter().find(|name| !BEFORE_FIELDREF.contains(name)) {
                Some(other) => Err(format!("the modifier fieldref does not go with {other}")),
                None => {
                    let has = |name: &str| before.contains(&name) || before.contains(&"contains");
                    Ok(Self::Field(relation(has("endswith"), has("startswith"))))
                }
            },
            "cidr" => Ok(Self::Cidr),
            word if ORDERS.contains(&word) || TIME_PARTS.contains(&word) => {
                match PlainValue::of(value, true) {
                    PlainValue::Number(number) => Ok(Self::Number(number)),
                    _ => Err(format!(
                        "the modifier {modifier} needs a number, not “{}”",
                        excerpt(value)
                    )),
                }
            }
            "" => {
                Err("a field's name ends with | or has || in it: write a modifier after each |"
                    .into())
            }
            _ => {
                let hint = nearest(modifier, &MODIFIERS);
                let hint = hint.map(|name| format!(": did you mean {name}?")).unwrap_or_default();
                Err(format!("the modifier {} is not known{hint}", excerpt(modifier)))
            }
        }
    }

    /// Allows any text before or after a text. A regular expression matches anywhere by itself, and stays as it is.
    fn surround(self, modifier: &str, before: bool, after: bool) -> Result<Self, String> {
        match self {
            Self::Regex(..) => Ok(self),
            Self::Field(_) => Ok(Self::Field(relation(before, after))),
            other => other.map_texts(modifier, &|text| Ok(vec![text.surround(before, after)])),
        }
    }

    /// Replaces each text by those that a modifier makes of it. A number counts as a text.
    fn map_texts(
        self,
        modifier: &str,
        change: &dyn Fn(SigmaString) -> Result<Vec<SigmaString>, String>,
    ) -> Result<Self, String> {
        match self {
            Self::Texts(texts) => {
                let changed: Result<Vec<_>, _> = texts.into_iter().map(change).collect();
                Ok(Self::Texts(changed?.into_iter().flatten().collect()))
            }
            Self::Number(number) => change(SigmaString::literal(&number)).map(Self::Texts),
            _ => Err(format!("the modifier {modifier} does not go with the one before it")),
        }
    }

    fn set_flag(self, modifier: &str, set: impl Fn(&mut RegexFlags)) -> Result<Self, String> {
        match self {
            Self::Regex(patterns, mut flags) => {
                set(&mut flags);
                Ok(Self::Regex(patterns, flags))
            }
            _ => Err(format!("the modifier {modifier} needs re before it")),
        }
    }
}

/// Returns how a value with any text allowed before or after it relates to another field.
fn relation(before: bool, after: bool) -> FieldRelation {
    match (before, after) {
        (true, true) => FieldRelation::Contains,
        (true, false) => FieldRelation::EndsWith,
        (false, true) => FieldRelation::StartsWith,
        (false, false) => FieldRelation::Equals,
    }
}

fn to_utf16(text: &SigmaString, form: Utf16Form) -> Result<Vec<SigmaString>, String> {
    Ok(vec![text.to_utf16(form)?])
}

/// Checks that modifiers which compare numbers, times or addresses are combined only with `all`, `neq` and one of the
/// other group: they take the value as it is.
fn check_combination(modifiers: &[&str]) -> Result<(), String> {
    let among =
        |names: &'static [&'static str]| modifiers.iter().filter(move |name| names.contains(name));
    let mut comparing = among(&ORDERS).chain(among(&TIME_PARTS)).chain(among(&["cidr"]));
    let Some(first) = comparing.next() else { return Ok(()) };
    let is_allowed = |name: &str| match *first {
        "cidr" => ["cidr", "all", "neq"].contains(&name),
        _ => {
            let one_order = ORDERS.contains(&name) && among(&ORDERS).count() == 1;
            let one_part = TIME_PARTS.contains(&name) && among(&TIME_PARTS).count() == 1;
            one_order || one_part || ["all", "neq"].contains(&name)
        }
    };
    match modifiers.iter().find(|name| !is_allowed(name)) {
        Some(other) if other == first => Err(format!(
            "the modifier {first} can be used only once, and with no other of its kind"
        )),
        Some(other) => Err(format!("the modifier {other} does not go with {first}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modified(value: &str, modifiers: &[&str]) -> Result<ModifiedValue, String> {
        ModifiedValue::new(value, true, modifiers, &|_| None)
    }

    #[test]
    fn a_plain_number_is_a_number_until_it_is_changed() {
        assert!(matches!(modified("5", &[]), Ok(ModifiedValue::Number(_))));
        assert!(matches!(modified("5", &["gt"]), Ok(ModifiedValue::Number(_))));
        assert!(matches!(modified("5", &["contains"]), Ok(ModifiedValue::Texts(_))));
        let quoted = ModifiedValue::new("5", false, &[], &|_| None);
        assert!(matches!(quoted, Ok(ModifiedValue::Texts(_))));
    }

    #[test]
    fn flags_follow_re() {
        let Ok(ModifiedValue::Regex(_, flags)) = modified("a", &["re", "i", "dotall"]) else {
            panic!("a regular expression");
        };
        assert!(flags.caseless && flags.dot_all && !flags.multi_line);
        assert!(modified("a", &["i"]).is_err() && modified("a", &["contains", "re"]).is_err());
    }

    #[test]
    fn combinations() {
        for modifiers in
            [&["gt", "all"][..], &["hour", "gte"], &["cidr", "neq"], &["base64", "contains"]]
        {
            assert!(check_combination(modifiers).is_ok(), "{modifiers:?}");
        }
        for modifiers in [&["gt", "lt"][..], &["hour", "minute"], &["cidr", "gt"], &["gt", "re"]] {
            assert!(check_combination(modifiers).is_err(), "{modifiers:?}");
        }
    }
}
