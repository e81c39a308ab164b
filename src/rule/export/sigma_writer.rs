//! Writes rules as Sigma: predicates become selections, `AND`, `OR` and `NOT` the condition over them.

use super::yaml_writer::{list, put, scalar};
use crate::event::canonical;
use crate::rule::model::{Rule, RuleKind};
use crate::rule::score::Score;
use crate::search::{
    Comparison, Condition, FieldRelation, Predicate, Wildcard, WildcardPiece, parse_number,
};
use std::fmt::Write;

/// Writes a rule.
///
/// # Errors
///
/// The part of its condition that has no form in Sigma.
pub(super) fn rule(rule: &Rule, condition: &Condition) -> Result<String, String> {
    let mut text = String::new();
    put(&mut text, 0, "title", &rule.title);
    put(&mut text, 0, "id", &rule.id);
    if let Some(description) = &rule.description {
        put(&mut text, 0, "description", description);
    }
    list(&mut text, 0, "references", &rule.references);
    for key in ["author", "date"] {
        if let Some((_, value)) = rule.metadata.iter().find(|(name, _)| *name == key) {
            put(&mut text, 0, key, value);
        }
    }
    let mut tags: Vec<String> = Vec::new();
    for attack in &rule.attack {
        let tactics = attack.tactics.iter().map(|name| name.to_ascii_lowercase().replace(' ', "-"));
        let technique = attack.technique.to_ascii_lowercase();
        for tag in tactics.chain((!technique.starts_with("ta")).then_some(technique)) {
            let tag = format!("attack.{tag}");
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    list(&mut text, 0, "tags", &tags);
    text.push_str(LOGSOURCE);
    text.push_str("detection:\n");
    detection(condition, &mut text)?;
    let false_positives: Vec<String> =
        rule.false_positives.iter().flat_map(|text| text.lines().map(String::from)).collect();
    list(&mut text, 0, "falsepositives", &false_positives);
    put(&mut text, 0, "level", &level(rule));
    Ok(text)
}

/// Writes a filter for these rules (ids or titles), or for all rules if none is given.
///
/// # Errors
///
/// The part of the condition that has no form in Sigma.
pub(super) fn filter(title: &str, condition: &Condition, rules: &[&str]) -> Result<String, String> {
    let mut text = String::new();
    put(&mut text, 0, "title", title);
    text.push_str(LOGSOURCE);
    text.push_str("filter:\n");
    if rules.is_empty() {
        text.push_str("  rules: any\n");
    } else {
        let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
        list(&mut text, 2, "rules", &rules);
    }
    detection(condition, &mut text)?;
    Ok(text)
}

const LOGSOURCE: &str = "logsource:\n  product: windows\n  category: ps_script\n";

fn level(rule: &Rule) -> String {
    match (rule.kind, &rule.level) {
        (RuleKind::Sigma, Some(level)) => level.clone(),
        _ if !rule.makes_risk() => "informational".into(),
        _ => match rule.score() {
            score if score >= Score::points(75) => "critical",
            score if score >= Score::points(50) => "high",
            score if score >= Score::points(25) => "medium",
            _ => "low",
        }
        .into(),
    }
}

fn detection(condition: &Condition, text: &mut String) -> Result<(), String> {
    let mut writer = SigmaWriter { selections: Vec::new() };
    let condition = match without_source(condition) {
        Some(condition) => writer.condition(&condition, false)?,
        None => return Err("it has no condition on the script".into()),
    };
    for (number, selection) in (1..).zip(&writer.selections) {
        let _ = writeln!(text, "  selection_{number}:");
        match selection {
            SigmaSelection::Map(items) => items.iter().for_each(|item| item.write(text)),
            SigmaSelection::Keywords(words) => {
                words.iter().for_each(|word| {
                    let _ = writeln!(text, "  - {}", scalar(word, 4));
                });
            }
        }
    }
    put(text, 2, "condition", &condition);
    Ok(())
}

/// Removes the conditions that the log source implies: the event's id, its log and its provider. `None` if no other is left.
fn without_source(condition: &Condition) -> Option<Condition> {
    match condition {
        Condition::All(parts) => {
            let mut parts: Vec<Condition> = parts.iter().filter_map(without_source).collect();
            match parts.len() {
                0 => None,
                1 => parts.pop(),
                _ => Some(Condition::All(flatten_all(parts))),
            }
        }
        Condition::Any(_) | Condition::Field { .. } if is_about_source(condition) => None,
        other => Some(other.clone()),
    }
}

fn flatten_all(parts: Vec<Condition>) -> Vec<Condition> {
    parts
        .into_iter()
        .flat_map(|part| match part {
            Condition::All(inner) => inner,
            other => vec![other],
        })
        .collect()
}

/// Returns whether a condition holds for every 4104 event: it tests the event's id, log or provider.
fn is_about_source(condition: &Condition) -> bool {
    match condition {
        Condition::Any(parts) => !parts.is_empty() && parts.iter().all(is_about_source),
        Condition::Field { name, predicate } => match canonical(name) {
            "EventCode" => *predicate == Predicate::Number("4104".into()),
            "source" | "sourcetype" | "Channel" | "Name" => true,
            _ => false,
        },
        _ => false,
    }
}

/// A selection of the detection that is written.
enum SigmaSelection {
    Map(Vec<SelectionItem>),
    Keywords(Vec<String>),
}

/// A field with its modifiers, and its values as YAML scalars.
#[derive(Clone, PartialEq)]
struct SelectionItem {
    key: String,
    values: Vec<String>,
}

impl SelectionItem {
    fn write(&self, text: &mut String) {
        match self.values.as_slice() {
            [single] => {
                let _ = writeln!(text, "    {}: {single}", scalar_key(&self.key));
            }
            values => {
                let _ = writeln!(text, "    {}:", scalar_key(&self.key));
                for value in values {
                    let _ = writeln!(text, "    - {value}");
                }
            }
        }
    }
}

fn scalar_key(key: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "_|.-".contains(char);
    if key.chars().all(plain) { key.to_owned() } else { format!("'{}'", key.replace('\'', "''")) }
}

/// Collects the selections of a detection while its condition is written. The nth is named `selection_n`.
struct SigmaWriter {
    selections: Vec<SigmaSelection>,
}

impl SigmaWriter {
    /// Returns the Sigma condition of a condition, in parentheses if it is nested and has several operands.
    fn condition(&mut self, condition: &Condition, nested: bool) -> Result<String, String> {
        match condition {
            Condition::All(parts) => self.all(parts, nested),
            Condition::Any(parts) => {
                let conditions: Result<Vec<_>, _> =
                    parts.iter().map(|part| self.condition(part, true)).collect();
                Ok(join(conditions?, " or ", nested))
            }
            Condition::Not(part) => Ok(format!("not {}", self.condition(part, true)?)),
            Condition::Field { name, predicate: Predicate::OneOf(predicates) } => {
                self.one_of(name, predicates, nested)
            }
            Condition::Field { name, predicate: Predicate::Not(predicate) } => {
                let present = self.condition(&Condition::field(name, Predicate::Present), true)?;
                let same = self.condition(&Condition::field(name, (**predicate).clone()), true)?;
                Ok(join(vec![present, format!("not {same}")], " and ", nested))
            }
            Condition::Field { name, predicate } => {
                let item = item(name, predicate)?;
                Ok(self.add(SigmaSelection::Map(vec![item])))
            }
            Condition::Keyword(Predicate::Matches(pattern)) => match pattern.pieces() {
                [WildcardPiece::Any, WildcardPiece::Text(word), WildcardPiece::Any]
                    if !pattern.is_case_sensitive() =>
                {
                    Ok(self.add(SigmaSelection::Keywords(vec![escaped(word)])))
                }
                _ => Err("a keyword with wildcards has no form in Sigma".into()),
            },
            Condition::Keyword(_) => {
                Err("a keyword that is a whole term has no form in Sigma".into())
            }
            Condition::Time(_) => Err("a range of times has no form in Sigma".into()),
            Condition::Where(_) => Err("a `where` expression has no form in Sigma".into()),
        }
    }

    /// Joins conditions that must all hold. Those on single fields share one selection.
    fn all(&mut self, parts: &[Condition], nested: bool) -> Result<String, String> {
        let mut items: Vec<SelectionItem> = Vec::new();
        let mut conditions = Vec::new();
        for part in parts {
            let Some(own) = as_item(part)? else {
                conditions.push(self.condition(part, true)?);
                continue;
            };
            match items.iter_mut().find(|item| without_all(&item.key) == own.key) {
                None => items.push(own),
                Some(item) if has_one_value_or_all(item) && own.values.len() == 1 => {
                    item.key = format!("{}|all", without_all(&item.key));
                    item.values.extend(own.values);
                }
                Some(_) => conditions.push(self.add(SigmaSelection::Map(vec![own]))),
            }
        }
        if !items.is_empty() {
            conditions.insert(0, self.add(SigmaSelection::Map(items)));
        }
        Ok(join(conditions, " and ", nested))
    }

    fn one_of(
        &mut self,
        name: &str,
        predicates: &[Predicate],
        nested: bool,
    ) -> Result<String, String> {
        let mut items: Vec<SelectionItem> = Vec::new();
        for predicate in predicates {
            let own = item(name, predicate)?;
            match items.iter_mut().find(|item| item.key == own.key) {
                Some(item) => item.values.extend(own.values),
                None => items.push(own),
            }
        }
        let conditions =
            items.into_iter().map(|item| self.add(SigmaSelection::Map(vec![item]))).collect();
        Ok(join(conditions, " or ", nested))
    }

    fn add(&mut self, selection: SigmaSelection) -> String {
        self.selections.push(selection);
        format!("selection_{}", self.selections.len())
    }
}

fn without_all(key: &str) -> &str {
    key.strip_suffix("|all").unwrap_or(key)
}

fn has_one_value_or_all(item: &SelectionItem) -> bool {
    item.values.len() == 1 || item.key.ends_with("|all")
}

fn join(conditions: Vec<String>, word: &str, nested: bool) -> String {
    let single = conditions.len() == 1;
    let text = conditions.join(word);
    if nested && !single { format!("({text})") } else { text }
}

/// Returns a condition as one item of a selection. `None` if it takes several.
fn as_item(part: &Condition) -> Result<Option<SelectionItem>, String> {
    match part {
        Condition::Field { name, predicate: Predicate::OneOf(predicates) } => {
            let items: Vec<SelectionItem> = predicates
                .iter()
                .map(|predicate| item(name, predicate))
                .collect::<Result<_, _>>()?;
            let Some(first) = items.first() else { return Ok(None) };
            if items.iter().any(|item| item.key != first.key) {
                return Ok(None);
            }
            let values = items.iter().flat_map(|item| item.values.clone()).collect();
            Ok(Some(SelectionItem { key: first.key.clone(), values }))
        }
        Condition::Field { predicate: Predicate::Not(_), .. } => Ok(None),
        Condition::Field { name, predicate } => item(name, predicate).map(Some),
        _ => Ok(None),
    }
}

fn item(name: &str, predicate: &Predicate) -> Result<SelectionItem, String> {
    let name = if canonical(name) == "EventCode" { "EventID" } else { name };
    let (modifiers, value) = modifiers_and_value(predicate)?;
    Ok(SelectionItem { key: format!("{name}{modifiers}"), values: vec![value] })
}

fn modifiers_and_value(predicate: &Predicate) -> Result<(String, String), String> {
    Ok(match predicate {
        Predicate::Present => (String::new(), "'*'".into()),
        Predicate::Exists => ("|exists".into(), "true".into()),
        Predicate::Matches(pattern) => pattern_value(pattern),
        Predicate::Number(number) => (String::new(), number.clone()),
        Predicate::Regex(regex) => {
            let flags = regex.flags();
            let mut key = String::from("|re");
            for (set, word) in
                [(flags.caseless, "|i"), (flags.multi_line, "|m"), (flags.dot_all, "|s")]
            {
                key.push_str(if set { word } else { "" });
            }
            (key, scalar(regex.source(), 4))
        }
        Predicate::Compare(comparison, value) | Predicate::NumberOrder(comparison, value)
            if parse_number(value).is_some() =>
        {
            let word = match comparison {
                Comparison::Less => "|lt",
                Comparison::LessOrEqual => "|lte",
                Comparison::Greater => "|gt",
                Comparison::GreaterOrEqual => "|gte",
            };
            (word.into(), value.clone())
        }
        Predicate::Cidr(network) => ("|cidr".into(), scalar(&network.to_string(), 4)),
        Predicate::FieldRef { field, relation, case_sensitive } => {
            let relation = match relation {
                FieldRelation::Equals => "",
                FieldRelation::StartsWith => "|startswith",
                FieldRelation::EndsWith => "|endswith",
                FieldRelation::Contains => "|contains",
            };
            let cased = if *case_sensitive { "|cased" } else { "" };
            (format!("|fieldref{relation}{cased}"), scalar(field, 4))
        }
        Predicate::TimePart(part, predicate) => {
            let (modifiers, value) = modifiers_and_value(predicate)?;
            (format!("|{}{modifiers}", part.name()), value)
        }
        Predicate::Compare(..) | Predicate::NumberOrder(..) => {
            return Err("comparing texts by order has no form in Sigma".into());
        }
        Predicate::Term(_) => {
            return Err("a keyword that is a whole term has no form in Sigma".into());
        }
        Predicate::OneOf(_) | Predicate::Not(_) => {
            return Err("nested predicates have no form in Sigma".into());
        }
    })
}

/// Returns the modifiers and value of a pattern: `*` at its ends becomes a modifier, other wildcards are written out.
fn pattern_value(pattern: &Wildcard) -> (String, String) {
    let (modifier, pieces) = match pattern.pieces() {
        [WildcardPiece::Any, middle @ .., WildcardPiece::Any] if !middle.is_empty() => {
            ("|contains", middle)
        }
        [WildcardPiece::Any, rest @ ..] if !rest.is_empty() => ("|endswith", rest),
        [rest @ .., WildcardPiece::Any] if !rest.is_empty() => ("|startswith", rest),
        all => ("", all),
    };
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            WildcardPiece::Text(text) => escaped(text),
            WildcardPiece::Any => "*".into(),
            WildcardPiece::One => "?".into(),
        })
        .collect();
    let cased = if pattern.is_case_sensitive() { "|cased" } else { "" };
    let value = scalar(&text, 4);
    (format!("{modifier}{cased}"), value)
}

/// Escapes wildcards and backslashes with a backslash.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if "*?\\".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}
