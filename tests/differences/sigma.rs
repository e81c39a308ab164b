//! A simple Sigma evaluator: it walks a detection as written and compares every value by itself.

use super::FieldLookup;
use super::glob::{self, GlobToken};
use super::yaml::Node;

/// Returns whether a rule matches an event. `None` if the rule uses anything that is not supported here.
pub(crate) fn holds(rule: &Node, field: FieldLookup<'_>) -> Option<bool> {
    let detection = rule.get("detection")?;
    let Node::Text(condition) = detection.get("condition")? else { return None };
    // An aggregation after the pipe does not concern single events.
    let condition = condition.split('|').next()?;
    let spaced = condition.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut evaluator = ConditionEvaluator { words: &words, detection, field };
    let holds = evaluator.or()?;
    evaluator.words.is_empty().then_some(holds)
}

struct ConditionEvaluator<'a> {
    words: &'a [&'a str],
    detection: &'a Node,
    field: FieldLookup<'a>,
}

impl<'a> ConditionEvaluator<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn or(&mut self) -> Option<bool> {
        let mut holds = self.and()?;
        while self.words.first() == Some(&"or") {
            self.next();
            holds |= self.and()?;
        }
        Some(holds)
    }

    fn and(&mut self) -> Option<bool> {
        let mut holds = self.not()?;
        while self.words.first() == Some(&"and") {
            self.next();
            holds &= self.not()?;
        }
        Some(holds)
    }

    fn not(&mut self) -> Option<bool> {
        match self.next()? {
            "not" => self.not().map(|holds| !holds),
            "(" => {
                let holds = self.or()?;
                (self.next()? == ")").then_some(holds)
            }
            count @ ("1" | "all" | "any") if self.words.first() == Some(&"of") => {
                self.next();
                let pattern = self.next()?;
                let Node::Map(entries) = self.detection else { return None };
                let is_meant = |name: &str| {
                    let hidden = name.starts_with('_') && !pattern.starts_with('_');
                    let matches = match pattern.strip_suffix('*') {
                        Some(head) => name.starts_with(head),
                        None => pattern == "them" || name == pattern,
                    };
                    name != "condition" && name != "timeframe" && matches && !hidden
                };
                let all: Option<Vec<bool>> = entries
                    .iter()
                    .filter(|(name, _)| is_meant(name))
                    .map(|(_, node)| selection(node, self.field))
                    .collect();
                let all = all.filter(|all| !all.is_empty())?;
                Some(if count == "all" { all.iter().all(|one| *one) } else { all.contains(&true) })
            }
            name => selection(self.detection.get(name)?, self.field),
        }
    }
}

/// A map matches if all its items do, a list if one of its items does.
fn selection(node: &Node, field: FieldLookup<'_>) -> Option<bool> {
    match node {
        Node::Map(entries) => {
            let all: Option<Vec<bool>> =
                entries.iter().map(|(key, value)| item(key, value, field)).collect();
            Some(all?.iter().all(|one| *one))
        }
        Node::List(items) => {
            let all: Option<Vec<bool>> = items.iter().map(|node| selection(node, field)).collect();
            Some(all?.contains(&true))
        }
        // A keyword matches in any field.
        Node::Text(text) => {
            let mut pattern = vec![GlobToken::Any];
            pattern.extend(wildcards(text));
            pattern.push(GlobToken::Any);
            let names = [
                "ScriptBlockText",
                "Computer",
                "UserID",
                "Path",
                "Message",
                "ScriptBlockId",
                "Channel",
                "Name",
                "EventID",
                "EventRecordID",
                "ProcessID",
                "ThreadID",
                "Level",
            ];
            let mut values = names.iter().filter_map(|name| field(name));
            Some(values.any(|value| glob::matches(&pattern, &value.lower)))
        }
    }
}

fn item(key: &str, value: &Node, field: FieldLookup<'_>) -> Option<bool> {
    let mut words = key.split('|');
    let name = words.next()?;
    let modifiers: Vec<&str> = words.collect();
    let known = ["contains", "startswith", "endswith", "all", "re", "i"];
    if modifiers.iter().any(|word| !known.contains(word)) {
        return None;
    }
    let has = |word: &str| modifiers.contains(&word);
    let own = field(name);
    let one = |node: &Node| -> Option<bool> {
        let Node::Text(text) = node else { return None };
        let Some(own) = &own else { return Some(text.is_empty()) };
        if has("re") {
            let flags = if has("i") { "(?i)" } else { "" };
            return Some(
                regex_lite::Regex::new(&format!("{flags}{text}")).ok()?.is_match(&own.text),
            );
        }
        let mut pattern = Vec::new();
        if has("contains") || has("endswith") {
            pattern.push(GlobToken::Any);
        }
        pattern.extend(wildcards(text));
        if has("contains") || has("startswith") {
            pattern.push(GlobToken::Any);
        }
        Some(glob::matches(&pattern, &own.lower))
    };
    let Node::List(list) = value else { return one(value) };
    let all: Option<Vec<bool>> = list.iter().map(one).collect();
    let all = all?;
    Some(if has("all") { all.iter().all(|one| *one) } else { all.contains(&true) })
}

/// Parses a pattern: `*` and `?` are wildcards unless escaped with a backslash, which escapes itself too.
fn wildcards(text: &str) -> Vec<GlobToken> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, chars.peek()) {
            ('\\', Some(next @ ('*' | '?' | '\\'))) => {
                tokens.push(GlobToken::Char(*next));
                chars.next();
            }
            ('*', _) => tokens.push(GlobToken::Any),
            ('?', _) => tokens.push(GlobToken::One),
            _ => tokens.extend(glob::literal(&char.to_string())),
        }
    }
    tokens
}
