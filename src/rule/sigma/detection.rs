//! Selections of a detection: maps and lists of values with modifiers, compiled to [`Condition`].

use super::error::{SigmaError, excerpt};
use super::modifier::ModifiedValue;
use super::value::SigmaString;
use super::value_context::ValueContext;
use crate::rule::yaml::{YamlEntry, YamlNode, YamlValue};
use crate::search::{Cidr, Comparison, Condition, Predicate, Regex, TimePart, Wildcard};

/// Compiles a selection. A map holds if all its items hold, a list if one of its maps or keywords does.
///
/// # Errors
///
/// An empty map or list (it would hold for every event), or a malformed value.
pub(super) fn selection(
    node: &YamlNode,
    context: &ValueContext<'_>,
) -> Result<Condition, SigmaError> {
    let empty = || Err(SigmaError::new("the selection is empty", node.at));
    match &node.value {
        YamlValue::Map(entries) if entries.is_empty() => empty(),
        YamlValue::List(items) if items.is_empty() => empty(),
        YamlValue::Map(entries) => entries
            .iter()
            .map(|entry| DetectionItem::new(entry, context).condition(&entry.node))
            .collect::<Result<_, _>>()
            .map(Condition::All),
        YamlValue::List(items) => items
            .iter()
            .map(|item| selection(item, context))
            .collect::<Result<_, _>>()
            .map(Condition::Any),
        YamlValue::Scalar { .. } => {
            let keyword = DetectionItem { field: "", modifiers: Vec::new(), context };
            keyword.predicate(node).map(|predicate| keyword.on_field(predicate))
        }
        YamlValue::Null => empty(),
    }
}

/// Modifiers that can be combined with a null value.
const NULL_MODIFIERS: [&str; 6] = ["all", "neq", "contains", "startswith", "endswith", "cased"];

/// A field with its modifiers. If the field is empty, its values are keywords, which may occur anywhere in an event.
struct DetectionItem<'a> {
    field: &'a str,
    modifiers: Vec<&'a str>,
    context: &'a ValueContext<'a>,
}

/// The predicate that a value becomes. `None`: the field has no value.
type ValuePredicate = Option<Predicate>;

impl<'a> DetectionItem<'a> {
    /// Splits a key such as `ScriptBlockText|contains|all`.
    fn new(entry: &'a YamlEntry, context: &'a ValueContext<'a>) -> Self {
        let mut names = entry.key.split('|');
        let field = names.next().unwrap_or_default();
        Self { field, modifiers: names.collect(), context }
    }

    fn condition(&self, node: &YamlNode) -> Result<Condition, SigmaError> {
        let values: Vec<&YamlNode> = match &node.value {
            YamlValue::List(items) => items.iter().map(|item| &**item).collect(),
            YamlValue::Map(_) => return Err(SigmaError::new("the value is a map", node.at)),
            YamlValue::Null | YamlValue::Scalar { .. } => vec![node],
        };
        if values.is_empty() {
            return Err(SigmaError::new("the list of values is empty", node.at));
        }
        if self.has("exists") {
            return self.existence(node);
        }
        let predicates =
            values.into_iter().map(|value| self.predicate(value)).collect::<Result<Vec<_>, _>>()?;
        let condition = if self.has("all") {
            Condition::All(predicates.into_iter().map(|own| self.on_field(own)).collect())
        } else {
            self.any(predicates)
        };
        Ok(if self.has("neq") { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn has(&self, modifier: &str) -> bool {
        self.modifiers.contains(&modifier)
    }

    /// Compiles `exists`. It also holds for a field whose value is empty.
    fn existence(&self, node: &YamlNode) -> Result<Condition, SigmaError> {
        let is_alone = self.modifiers.iter().all(|name| ["exists", "neq"].contains(name));
        let exists = match node.text().map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "yes" | "on") if is_alone && !self.field.is_empty() => true,
            Some("false" | "no" | "off") if is_alone && !self.field.is_empty() => false,
            _ => {
                let reason = "exists needs a field, true or false, and no other modifier but neq";
                return Err(SigmaError::new(reason, node.at));
            }
        };
        let condition = Condition::field(self.field, Predicate::Exists);
        Ok(if exists != self.has("neq") { condition } else { Condition::Not(Box::new(condition)) })
    }

    /// Joins alternatives: predicates on a value become one, the absence of the field a condition beside it.
    fn any(&self, alternatives: Vec<ValuePredicate>) -> Condition {
        let mut predicates = Vec::with_capacity(alternatives.len());
        let mut conditions = Vec::new();
        for alternative in alternatives {
            match alternative {
                Some(predicate) => predicates.push(predicate),
                None => conditions.push(Condition::absent(self.field)),
            }
        }
        if !predicates.is_empty() || conditions.is_empty() {
            conditions.insert(0, self.on_field(Some(one_of(predicates))));
        }
        match conditions.pop() {
            Some(single) if conditions.is_empty() => single,
            last => {
                conditions.extend(last);
                Condition::Any(conditions)
            }
        }
    }

    fn on_field(&self, predicate: ValuePredicate) -> Condition {
        match predicate {
            None => Condition::absent(self.field),
            Some(predicate) if self.field.is_empty() => Condition::Keyword(predicate),
            Some(predicate) => Condition::field(self.field, predicate),
        }
    }

    /// Compiles one value.
    fn predicate(&self, node: &YamlNode) -> Result<ValuePredicate, SigmaError> {
        self.try_predicate(node).map_err(|reason| SigmaError::new(reason, node.at))
    }

    fn try_predicate(&self, node: &YamlNode) -> Result<ValuePredicate, String> {
        let (value, plain) = match &node.value {
            YamlValue::Scalar { text, plain } => (text.as_str(), *plain),
            YamlValue::Null if self.field.is_empty() => return Err("a keyword is null".into()),
            YamlValue::Null => {
                let other = self.modifiers.iter().find(|name| !NULL_MODIFIERS.contains(name));
                return match other {
                    Some(name) => Err(format!("the modifier {name} needs a value")),
                    None => Ok(None),
                };
            }
            YamlValue::List(_) | YamlValue::Map(_) => {
                return Err(format!("a value is {}", node.type_name()));
            }
        };
        let placeholders = self.context.placeholders;
        let modified = ModifiedValue::new(value, plain, &self.modifiers, placeholders)?;
        self.predicate_of(modified, value)
    }

    fn predicate_of(&self, modified: ModifiedValue, value: &str) -> Result<ValuePredicate, String> {
        let case_sensitive = self.has("cased");
        let predicate = match modified {
            ModifiedValue::Texts(texts) => {
                self.context.take_texts(&texts)?;
                if texts.iter().all(SigmaString::is_empty) && !self.field.is_empty() {
                    // As in Splunk, an empty value is no value.
                    return Ok(None);
                }
                let predicates = texts.into_iter().map(|text| {
                    // A keyword may occur anywhere in a value.
                    let is_keyword = self.field.is_empty();
                    let text = text.surround(is_keyword, is_keyword);
                    Ok(Predicate::Matches(Wildcard::new(text.pieces()?, case_sensitive)))
                });
                one_of(predicates.collect::<Result<_, String>>()?)
            }
            ModifiedValue::Number(_) if self.field.is_empty() => {
                Predicate::Matches(Wildcard::contains(value, case_sensitive))
            }
            ModifiedValue::Number(number) => self.number(number)?,
            ModifiedValue::Regex(patterns, flags) => {
                let regex = |pattern: &String| {
                    self.context.take_pattern()?;
                    Regex::shared(pattern, flags).map(Predicate::Regex).map_err(|error| {
                        let (message, offset) = (error.message, error.offset);
                        let pattern = excerpt(pattern);
                        format!("the regular expression {pattern}: {message} (at {offset})")
                    })
                };
                one_of(patterns.iter().map(regex).collect::<Result<_, String>>()?)
            }
            ModifiedValue::Field(relation) => {
                self.context.take_pattern()?;
                let field = SigmaString::parse(value).to_plain_text()?;
                Predicate::FieldRef { field, relation, case_sensitive }
            }
            ModifiedValue::Cidr => match Cidr::parse(value) {
                Some(network) => Predicate::Cidr(network),
                None => {
                    return Err(format!(
                        "“{}” is not a network such as 10.0.0.0/8",
                        excerpt(value)
                    ));
                }
            },
        };
        Ok(Some(predicate))
    }

    /// Returns the predicate of a number: equal to it, or compared by order; with the field or a part of its time. An
    /// error if no time has such a part.
    fn number(&self, number: String) -> Result<Predicate, String> {
        let order = self.modifiers.iter().find_map(|modifier| match *modifier {
            "lt" => Some(Comparison::Less),
            "lte" => Some(Comparison::LessOrEqual),
            "gt" => Some(Comparison::Greater),
            "gte" => Some(Comparison::GreaterOrEqual),
            _ => None,
        });
        let part = self
            .modifiers
            .iter()
            .find_map(|modifier| TimePart::ALL.into_iter().find(|part| part.name() == *modifier));
        if let Some(part) = part
            && !can_be(part, order, number.parse().unwrap_or_default())
        {
            let ((first, last), name) = (part.range(), part.name());
            let article = if part == TimePart::Hour { "an" } else { "a" };
            return Err(format!(
                "no time has such a part: {article} {name} is from {first} to {last}"
            ));
        }
        let predicate = match order {
            Some(comparison) => Predicate::NumberOrder(comparison, number),
            None => Predicate::Number(number),
        };
        Ok(match part {
            Some(part) => Predicate::TimePart(part, Box::new(predicate)),
            None => predicate,
        })
    }
}

/// Whether the part of any time equals the number, or compares to it.
fn can_be(part: TimePart, order: Option<Comparison>, number: f64) -> bool {
    let (first, last) = part.range();
    let (first, last) = (f64::from(first), f64::from(last));
    match order {
        None => (first..=last).contains(&number) && number.fract() == 0.0,
        Some(order) => [first, last]
            .iter()
            .any(|end| end.partial_cmp(&number).is_some_and(|ordering| order.holds(ordering))),
    }
}

fn one_of(mut predicates: Vec<Predicate>) -> Predicate {
    match predicates.pop() {
        Some(single) if predicates.is_empty() => single,
        last => {
            predicates.extend(last);
            Predicate::OneOf(predicates)
        }
    }
}
