//! Sigma's detections: maps and lists of values with modifiers, to [`Condition`].

use super::shown;
use super::value::{Text, Wide};
use crate::limits::{SIGMA_BYTES, SIGMA_PATTERNS, SIGMA_VALUES};
use crate::rule::yaml::{Entry, Node, Position, Value};
use crate::search::{
    Cidr, Comparison, Condition, FieldRelation, Predicate, Regex, RegexFlags, TimePart, Wildcard,
    parse_number,
};
use std::cell::Cell;

/// Why a detection cannot run, and where it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: String,
    pub(crate) at: Position,
}

const NOTHING: &str = "a selection without anything to look for";

/// Modifiers that compare by order, of which one can stand.
const ORDERS: [&str; 4] = ["lt", "lte", "gt", "gte"];

/// Modifiers for a part of a time, of which one can stand.
const TIME_PARTS: [&str; 6] = ["minute", "hour", "day", "week", "month", "year"];

/// What a field without a value can be asked with.
const NULL_MODIFIERS: [&str; 6] = ["all", "neq", "contains", "startswith", "endswith", "cased"];

/// The values of placeholders.
pub(crate) type Placeholders<'a> = &'a dyn Fn(&str) -> Option<Vec<String>>;

/// What one rule may make of its values.
pub(crate) struct Making<'a> {
    placeholders: Placeholders<'a>,
    predicates: Cell<usize>,
    bytes: Cell<usize>,
    patterns: Cell<usize>,
}

impl<'a> Making<'a> {
    pub(crate) fn new(placeholders: Placeholders<'a>) -> Self {
        Self {
            placeholders,
            predicates: Cell::new(SIGMA_VALUES),
            bytes: Cell::new(SIGMA_BYTES),
            patterns: Cell::new(SIGMA_PATTERNS),
        }
    }

    fn take(&self, work: &Work) -> Result<(), String> {
        let less = |left: &Cell<usize>, used: usize| match left.get().checked_sub(used) {
            Some(rest) => {
                left.set(rest);
                true
            }
            None => false,
        };
        match work {
            Work::Texts(texts) => {
                if !less(&self.predicates, texts.len()) {
                    return Err(format!("more than {SIGMA_VALUES} texts in one rule"));
                }
                if !less(&self.bytes, texts.iter().map(Text::size).sum()) {
                    return Err(format!(
                        "texts of more than {} MiB in one rule",
                        SIGMA_BYTES >> 20
                    ));
                }
            }
            Work::Regex(_) | Work::Field(_) if !less(&self.patterns, 1) => {
                return Err(format!(
                    "more than {SIGMA_PATTERNS} regular expressions or fields in one rule"
                ));
            }
            _ => {}
        }
        Ok(())
    }
}

/// A selection: a map holds if all its items do, a list if one of its maps or keywords does.
pub(crate) fn expr(node: &Node, making: &Making<'_>) -> Result<Condition, Refused> {
    match &node.value {
        // No item at all would hold for everything.
        Value::Map(entries) if entries.is_empty() => refuse(NOTHING, node.at),
        Value::List(items) if items.is_empty() => refuse(NOTHING, node.at),
        Value::Map(entries) => entries
            .iter()
            .map(|entry| item(entry, making))
            .collect::<Result<_, _>>()
            .map(Condition::All),
        Value::List(items) => items
            .iter()
            .map(|item| expr(item, making))
            .collect::<Result<_, _>>()
            .map(Condition::Any),
        Value::Scalar { .. } => {
            let item = Item { field: "", modifiers: Vec::new(), making };
            item.scalar(node).map(|made| item.on_field(made))
        }
        Value::Null => refuse(NOTHING, node.at),
    }
}

fn refuse<T>(reason: impl Into<String>, at: Position) -> Result<T, Refused> {
    Err(Refused { reason: reason.into(), at })
}

fn item(entry: &Entry, making: &Making<'_>) -> Result<Condition, Refused> {
    let mut names = entry.key.split('|');
    let field = names.next().unwrap_or_default();
    let modifiers = names.collect();
    Item { field, modifiers, making }.expr(&entry.node)
}

/// A field with its modifiers; without a field, its values are keywords.
struct Item<'a> {
    field: &'a str,
    modifiers: Vec<&'a str>,
    making: &'a Making<'a>,
}

/// What a value became: a test, or that the field has no value.
type Made = Option<Predicate>;

/// What a value is on its way through the modifiers.
#[derive(Clone)]
enum Work {
    Texts(Vec<Text>),
    Number(String),
    Regex(RegexFlags),
    Field(FieldRelation),
    Cidr,
}

impl Item<'_> {
    fn expr(&self, node: &Node) -> Result<Condition, Refused> {
        let values: Vec<&Node> = match &node.value {
            Value::List(items) => items.iter().map(|item| &**item).collect(),
            Value::Map(_) => return refuse("a value that is a map", node.at),
            Value::Null | Value::Scalar { .. } => vec![node],
        };
        if values.is_empty() {
            return refuse("a list without values", node.at);
        }
        let made =
            values.into_iter().map(|value| self.scalar(value)).collect::<Result<Vec<_>, _>>()?;
        let expr = if self.has("all") {
            Condition::All(made.into_iter().map(|one| self.on_field(one)).collect())
        } else {
            self.any(made)
        };
        Ok(if self.has("neq") { Condition::Not(Box::new(expr)) } else { expr })
    }

    fn has(&self, modifier: &str) -> bool {
        self.modifiers.contains(&modifier)
    }

    /// One of them: in one test where all ask for a value.
    fn any(&self, made: Vec<Made>) -> Condition {
        let mut predicates = Vec::with_capacity(made.len());
        let mut others = Vec::new();
        for one in made {
            match one {
                Some(predicate) => predicates.push(predicate),
                None => others.push(Condition::absent(self.field)),
            }
        }
        if !predicates.is_empty() || others.is_empty() {
            others.insert(0, self.on_field(Some(one_of(predicates))));
        }
        match others.pop() {
            Some(single) if others.is_empty() => single,
            last => {
                others.extend(last);
                Condition::Any(others)
            }
        }
    }

    fn on_field(&self, made: Made) -> Condition {
        match made {
            None => Condition::absent(self.field),
            Some(predicate) if self.field.is_empty() => Condition::Keyword(predicate),
            Some(predicate) => Condition::field(self.field, predicate),
        }
    }

    /// One value.
    fn scalar(&self, node: &Node) -> Result<Made, Refused> {
        let at = node.at;
        let fail = |reason: String| Refused { reason, at };
        let (value, plain) = match &node.value {
            Value::Scalar { text, plain } => (text.as_str(), *plain),
            Value::Null if self.field.is_empty() => return refuse("a keyword that is null", at),
            Value::Null if self.has("exists") => return refuse("exists needs true or false", at),
            Value::Null => {
                let other = self.modifiers.iter().find(|name| !NULL_MODIFIERS.contains(name));
                return match other {
                    Some(name) => refuse(format!("the modifier {name} needs a value"), at),
                    None => Ok(None),
                };
            }
            Value::List(_) | Value::Map(_) => {
                return refuse(format!("a value that is {}", node.type_name()), at);
            }
        };
        if self.has("exists") {
            let alone = self.modifiers.iter().all(|name| ["exists", "neq"].contains(name));
            return match value.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" if alone => Ok(Some(Predicate::Present)),
                "false" | "no" | "off" if alone => Ok(None),
                _ => refuse("exists needs true or false and no other modifier but neq", at),
            };
        }
        let is_number = plain && parse_number(value).is_some();
        let mut work = if is_number {
            Work::Number(value.to_owned())
        } else {
            Work::Texts(vec![Text::parse(value)])
        };
        for (index, modifier) in self.modifiers.iter().enumerate() {
            work = self.modify(work, modifier, value, index).map_err(fail)?;
        }
        self.go_together().map_err(fail)?;
        self.making.take(&work).map_err(fail)?;
        self.finish(work, value).map_err(fail)
    }

    fn modify(
        &self,
        work: Work,
        modifier: &str,
        value: &str,
        index: usize,
    ) -> Result<Work, String> {
        let each = |work: Work, change: &dyn Fn(Text) -> Result<Vec<Text>, String>| match work {
            Work::Texts(texts) => {
                let changed: Result<Vec<_>, _> = texts.into_iter().map(change).collect();
                Ok(Work::Texts(changed?.into_iter().flatten().collect()))
            }
            Work::Number(number) => change(Text::plain(&number)).map(Work::Texts),
            _ => Err(format!("the modifier {modifier} does not go with the one before it")),
        };
        let around = |work: Work, before: bool, after: bool| match work {
            // A regular expression is looked for anywhere as it is.
            Work::Regex(flags) => Ok(Work::Regex(flags)),
            Work::Field(_) => Ok(Work::Field(place(before, after))),
            work => each(work, &|text| Ok(vec![text.surrounded(before, after)])),
        };
        match modifier {
            "all" | "neq" | "cased" => Ok(work),
            "contains" => around(work, true, true),
            "startswith" => around(work, false, true),
            "endswith" => around(work, true, false),
            "windash" => each(work, &|text| text.dashes()),
            "base64" => each(work, &|text| Ok(vec![text.base64()?])),
            "base64offset" => each(work, &|text| text.base64_offsets()),
            "wide" | "utf16le" => each(work, &|text| Ok(vec![text.wide(Wide::Little)?])),
            "utf16be" => each(work, &|text| Ok(vec![text.wide(Wide::Big)?])),
            "utf16" => each(work, &|text| Ok(vec![text.wide(Wide::Marked)?])),
            "expand" => each(work, &|text| text.expanded(self.making.placeholders)),
            "re" if self.modifiers.iter().take(index).all(|before| *before == "all") => {
                Ok(Work::Regex(RegexFlags::default()))
            }
            "re" => Err("re must be the first modifier".into()),
            "i" | "ignorecase" | "m" | "multiline" | "s" | "dotall" => match work {
                Work::Regex(mut flags) => {
                    match modifier {
                        "i" | "ignorecase" => flags.caseless = true,
                        "m" | "multiline" => flags.multi_line = true,
                        _ => flags.dot_all = true,
                    }
                    Ok(Work::Regex(flags))
                }
                _ => Err(format!("the modifier {modifier} needs re before it")),
            },
            "fieldref" => Ok(Work::Field(match &work {
                Work::Field(place) => *place,
                _ => FieldRelation::Equals,
            })),
            "cidr" => Ok(Work::Cidr),
            "lt" | "lte" | "gt" | "gte" | "minute" | "hour" | "day" | "week" | "month" | "year" => {
                match parse_number(value) {
                    Some(_) => Ok(Work::Number(value.to_owned())),
                    None => Err(format!(
                        "the modifier {modifier} needs a number, not “{}”",
                        shown(value)
                    )),
                }
            }
            _ => Err(format!("the modifier {} is not known", shown(modifier))),
        }
    }

    /// What compares numbers, times and addresses takes the value as it stands: nothing else can be done with it.
    fn go_together(&self) -> Result<(), String> {
        let of = |names: &'static [&'static str]| {
            self.modifiers.iter().filter(move |name| names.contains(name))
        };
        let mut whole = of(&ORDERS).chain(of(&TIME_PARTS)).chain(of(&["cidr"]));
        let Some(first) = whole.next() else { return Ok(()) };
        let allowed = |name: &str| match *first {
            "cidr" => ["cidr", "all", "neq"].contains(&name),
            _ => {
                let one_order = ORDERS.contains(&name) && of(&ORDERS).count() == 1;
                let one_part = TIME_PARTS.contains(&name) && of(&TIME_PARTS).count() == 1;
                one_order || one_part || ["all", "neq"].contains(&name)
            }
        };
        match self.modifiers.iter().find(|name| !allowed(name)) {
            Some(other) if other == first => {
                Err(format!("the modifier {first} can stand only once and beside no other like it"))
            }
            Some(other) => Err(format!("the modifier {other} does not go with {first}")),
            None => Ok(()),
        }
    }

    fn finish(&self, work: Work, value: &str) -> Result<Made, String> {
        let cased = self.has("cased");
        let predicate = match work {
            Work::Texts(texts) => {
                if texts.iter().all(Text::is_empty) && !self.field.is_empty() {
                    // An empty value is no value here, as in Splunk.
                    return Ok(None);
                }
                let pattern = |text: &Text| {
                    // A keyword may stand anywhere in a value.
                    let text = if self.field.is_empty() {
                        text.clone().surrounded(true, true)
                    } else {
                        text.clone()
                    };
                    Ok(Predicate::Matches(Wildcard::new(text.pieces()?, cased)))
                };
                let predicates: Result<Vec<_>, String> = texts.iter().map(pattern).collect();
                one_of(predicates?)
            }
            Work::Number(number) if self.field.is_empty() => {
                Predicate::Matches(Wildcard::contains(&number, cased))
            }
            Work::Number(number) => self.number(number),
            Work::Regex(flags) => Predicate::Regex(Regex::new(value, flags).map_err(|error| {
                let (message, offset) = (error.message, error.offset);
                format!("the regular expression {}: {message} (at {offset})", shown(value))
            })?),
            Work::Field(place) => Predicate::FieldRef {
                field: Text::parse(value).as_plain()?,
                relation: place,
                case_sensitive: cased,
            },
            Work::Cidr => match Cidr::parse(value) {
                Some(network) => Predicate::Cidr(network),
                None => return Err(format!("“{}” is no network of addresses", shown(value))),
            },
        };
        Ok(Some(predicate))
    }

    /// A number, compared by order where a modifier says so, and with a part of a time likewise.
    fn number(&self, number: String) -> Predicate {
        let order = self.modifiers.iter().find_map(|modifier| match *modifier {
            "lt" => Some(Comparison::Less),
            "lte" => Some(Comparison::LessOrEqual),
            "gt" => Some(Comparison::Greater),
            "gte" => Some(Comparison::GreaterOrEqual),
            _ => None,
        });
        let part = self.modifiers.iter().find_map(|modifier| match *modifier {
            "minute" => Some(TimePart::Minute),
            "hour" => Some(TimePart::Hour),
            "day" => Some(TimePart::Day),
            "week" => Some(TimePart::Week),
            "month" => Some(TimePart::Month),
            "year" => Some(TimePart::Year),
            _ => None,
        });
        let predicate = match order {
            Some(comparison) => Predicate::Compare(comparison, number),
            None => Predicate::Number(number),
        };
        match part {
            Some(part) => Predicate::TimePart(part, Box::new(predicate)),
            None => predicate,
        }
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

fn place(before: bool, after: bool) -> FieldRelation {
    match (before, after) {
        (true, true) => FieldRelation::Contains,
        (true, false) => FieldRelation::EndsWith,
        (false, true) => FieldRelation::StartsWith,
        (false, false) => FieldRelation::Equals,
    }
}
