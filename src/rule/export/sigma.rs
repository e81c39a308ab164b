//! Conditions as Sigma: leaves become selections, the rest becomes the condition.

use super::yaml::{list, put, scalar};
use crate::event::canonical;
use crate::rule::{Rule, RuleKind, Score};
use crate::search::{Comparison, Expr, Pattern, Piece, Place, Test, TimePart, parse_number};
use std::fmt::Write;

/// A whole rule.
pub(super) fn rule(rule: &Rule, expr: &Expr) -> Result<String, String> {
    let mut text = String::new();
    put(&mut text, 0, "title", &rule.title);
    put(&mut text, 0, "id", &rule.id);
    if let Some(description) = &rule.description {
        put(&mut text, 0, "description", description);
    }
    list(&mut text, 0, "references", &rule.references);
    for key in ["author", "date"] {
        if let Some((_, value)) = rule.facts.iter().find(|(name, _)| *name == key) {
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
    detection(expr, &mut text)?;
    let known: Vec<String> =
        rule.false_positives.iter().flat_map(|text| text.lines().map(String::from)).collect();
    list(&mut text, 0, "falsepositives", &known);
    put(&mut text, 0, "level", &level(rule));
    Ok(text)
}

/// A filter for these rules, by id or title; for all where none is named.
pub(super) fn filter(title: &str, expr: &Expr, rules: &[&str]) -> Result<String, String> {
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
    detection(expr, &mut text)?;
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

fn detection(expr: &Expr, text: &mut String) -> Result<(), String> {
    let mut writer = Writer { selections: Vec::new() };
    let condition = match simple(expr) {
        Some(expr) => writer.expr(&expr, false)?,
        None => return Err("it asks nothing of the script".into()),
    };
    for (number, selection) in (1..).zip(&writer.selections) {
        let _ = writeln!(text, "  selection_{number}:");
        match selection {
            Selection::Map(items) => items.iter().for_each(|item| item.write(text)),
            Selection::Keywords(words) => {
                words.iter().for_each(|word| {
                    let _ = writeln!(text, "  - {}", scalar(word, 4));
                });
            }
        }
    }
    put(text, 2, "condition", &condition);
    Ok(())
}

/// Without what the log source says already: the event's id, its log and its provider.
fn simple(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::All(parts) => {
            let mut parts: Vec<Expr> = parts.iter().filter_map(simple).collect();
            match parts.len() {
                0 => None,
                1 => parts.pop(),
                _ => Some(Expr::All(flat(parts))),
            }
        }
        Expr::Any(_) | Expr::Field { .. } if is_about_source(expr) => None,
        other => Some(other.clone()),
    }
}

fn flat(parts: Vec<Expr>) -> Vec<Expr> {
    parts
        .into_iter()
        .flat_map(|part| match part {
            Expr::All(inner) => inner,
            other => vec![other],
        })
        .collect()
}

fn is_about_source(expr: &Expr) -> bool {
    match expr {
        Expr::Any(parts) => !parts.is_empty() && parts.iter().all(is_about_source),
        Expr::Field { name, test } => match canonical(name) {
            "EventCode" => *test == Test::Number("4104".into()),
            "source" | "sourcetype" | "Channel" | "Name" => true,
            _ => false,
        },
        _ => false,
    }
}

enum Selection {
    Map(Vec<Item>),
    Keywords(Vec<String>),
}

/// A field with modifiers and its values, as they stand in YAML.
#[derive(Clone, PartialEq)]
struct Item {
    key: String,
    values: Vec<String>,
}

impl Item {
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

struct Writer {
    selections: Vec<Selection>,
}

impl Writer {
    /// The condition for a part, in brackets where it stands in another.
    fn expr(&mut self, expr: &Expr, inner: bool) -> Result<String, String> {
        match expr {
            Expr::All(parts) => self.all(parts, inner),
            Expr::Any(parts) => {
                let conditions: Result<Vec<_>, _> =
                    parts.iter().map(|part| self.expr(part, true)).collect();
                Ok(joined(conditions?, " or ", inner))
            }
            Expr::Not(part) => Ok(format!("not {}", self.expr(part, true)?)),
            Expr::Field { name, test: Test::OneOf(tests) } => self.one_of(name, tests, inner),
            Expr::Field { name, test: Test::Differs(test) } => {
                let present = self.expr(&Expr::field(name, Test::Present), true)?;
                let same = self.expr(&Expr::field(name, (**test).clone()), true)?;
                Ok(joined(vec![present, format!("not {same}")], " and ", inner))
            }
            Expr::Field { name, test } => {
                let item = item(name, test)?;
                Ok(self.add(Selection::Map(vec![item])))
            }
            Expr::Keyword(Test::Matches(pattern)) => match pattern.pieces() {
                [Piece::Any, Piece::Text(word), Piece::Any] if !pattern.is_cased() => {
                    Ok(self.add(Selection::Keywords(vec![escaped(word)])))
                }
                _ => Err("a keyword with wildcards".into()),
            },
            Expr::Keyword(_) => Err("a keyword that is a whole term has no form in Sigma".into()),
            Expr::Time(_) => Err("a range of times has no form in Sigma".into()),
            Expr::Where(_) => Err("a formula of where has no form in Sigma".into()),
        }
    }

    /// Fields that must all hold stand in one selection.
    fn all(&mut self, parts: &[Expr], inner: bool) -> Result<String, String> {
        let mut items: Vec<Item> = Vec::new();
        let mut conditions = Vec::new();
        for part in parts {
            let Some(own) = as_item(part)? else {
                conditions.push(self.expr(part, true)?);
                continue;
            };
            match items.iter_mut().find(|item| base(&item.key) == own.key) {
                None => items.push(own),
                Some(item) if is_single_or_all(item) && own.values.len() == 1 => {
                    item.key = format!("{}|all", base(&item.key));
                    item.values.extend(own.values);
                }
                Some(_) => conditions.push(self.add(Selection::Map(vec![own]))),
            }
        }
        if !items.is_empty() {
            conditions.insert(0, self.add(Selection::Map(items)));
        }
        Ok(joined(conditions, " and ", inner))
    }

    fn one_of(&mut self, name: &str, tests: &[Test], inner: bool) -> Result<String, String> {
        let mut items: Vec<Item> = Vec::new();
        for test in tests {
            let own = item(name, test)?;
            match items.iter_mut().find(|item| item.key == own.key) {
                Some(item) => item.values.extend(own.values),
                None => items.push(own),
            }
        }
        let conditions =
            items.into_iter().map(|item| self.add(Selection::Map(vec![item]))).collect();
        Ok(joined(conditions, " or ", inner))
    }

    fn add(&mut self, selection: Selection) -> String {
        self.selections.push(selection);
        format!("selection_{}", self.selections.len())
    }
}

fn base(key: &str) -> &str {
    key.strip_suffix("|all").unwrap_or(key)
}

fn is_single_or_all(item: &Item) -> bool {
    item.values.len() == 1 || item.key.ends_with("|all")
}

fn joined(conditions: Vec<String>, word: &str, inner: bool) -> String {
    let single = conditions.len() == 1;
    let text = conditions.join(word);
    if inner && !single { format!("({text})") } else { text }
}

/// A part that is one item of a selection, if it is.
fn as_item(part: &Expr) -> Result<Option<Item>, String> {
    match part {
        Expr::Field { name, test: Test::OneOf(tests) } => {
            let items: Vec<Item> =
                tests.iter().map(|test| item(name, test)).collect::<Result<_, _>>()?;
            let Some(first) = items.first() else { return Ok(None) };
            if items.iter().any(|item| item.key != first.key) {
                return Ok(None);
            }
            let values = items.iter().flat_map(|item| item.values.clone()).collect();
            Ok(Some(Item { key: first.key.clone(), values }))
        }
        Expr::Field { test: Test::Differs(_), .. } => Ok(None),
        Expr::Field { name, test } => item(name, test).map(Some),
        _ => Ok(None),
    }
}

fn item(name: &str, test: &Test) -> Result<Item, String> {
    let name = if canonical(name) == "EventCode" { "EventID" } else { name };
    let (modifiers, value) = modified(test)?;
    Ok(Item { key: format!("{name}{modifiers}"), values: vec![value] })
}

fn modified(test: &Test) -> Result<(String, String), String> {
    Ok(match test {
        Test::Present => ("|exists".into(), "true".into()),
        Test::Matches(pattern) => pattern_value(pattern),
        Test::Number(number) => (String::new(), number.clone()),
        Test::Regex(regex) => {
            let flags = regex.flags();
            let mut key = String::from("|re");
            for (set, word) in
                [(flags.caseless, "|i"), (flags.multi_line, "|m"), (flags.dot_all, "|s")]
            {
                key.push_str(if set { word } else { "" });
            }
            (key, scalar(regex.source(), 4))
        }
        Test::Order(comparison, value) if parse_number(value).is_some() => {
            let word = match comparison {
                Comparison::Less => "|lt",
                Comparison::LessOrEqual => "|lte",
                Comparison::Greater => "|gt",
                Comparison::GreaterOrEqual => "|gte",
            };
            (word.into(), value.clone())
        }
        Test::Cidr(network) => ("|cidr".into(), scalar(&network.to_string(), 4)),
        Test::SameAs { name, place, cased } => {
            let place = match place {
                Place::Whole => "",
                Place::Start => "|startswith",
                Place::End => "|endswith",
                Place::Anywhere => "|contains",
            };
            let cased = if *cased { "|cased" } else { "" };
            (format!("|fieldref{place}{cased}"), scalar(name, 4))
        }
        Test::TimePart(part, test) => {
            let word = match part {
                TimePart::Minute => "minute",
                TimePart::Hour => "hour",
                TimePart::Day => "day",
                TimePart::Week => "week",
                TimePart::Month => "month",
                TimePart::Year => "year",
            };
            let (modifiers, value) = modified(test)?;
            (format!("|{word}{modifiers}"), value)
        }
        Test::Order(..) => return Err("an order of texts has no form in Sigma".into()),
        Test::Term(_) => return Err("a whole term has no form in Sigma".into()),
        Test::OneOf(_) | Test::Differs(_) => return Err("a test within a test".into()),
    })
}

/// The shortest way to write a pattern: by where its text stands, or with its wildcards.
fn pattern_value(pattern: &Pattern) -> (String, String) {
    let (modifier, pieces) = match pattern.pieces() {
        [Piece::Any, middle @ .., Piece::Any] if !middle.is_empty() => ("|contains", middle),
        [Piece::Any, rest @ ..] if !rest.is_empty() => ("|endswith", rest),
        [rest @ .., Piece::Any] if !rest.is_empty() => ("|startswith", rest),
        whole => ("", whole),
    };
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => escaped(text),
            Piece::Any => "*".into(),
            Piece::One => "?".into(),
        })
        .collect();
    let cased = if pattern.is_cased() { "|cased" } else { "" };
    let value = scalar(&text, 4);
    (format!("{modifier}{cased}"), value)
}

/// With a backslash before what would be a wildcard, and before a backslash that would take that away.
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
