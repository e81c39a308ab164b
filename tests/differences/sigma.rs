//! A plain Sigma evaluator: detections are walked as they are written, and every value is compared by itself.

use super::Field;
use super::glob::{self, Mark};
use super::yaml::Node;

/// Whether a rule holds for an event; `None` for what is not read here.
pub(crate) fn holds(rule: &Node, field: Field<'_>) -> Option<bool> {
    let detection = rule.get("detection")?;
    let Node::Text(condition) = detection.get("condition")? else { return None };
    // What counts hits is no part of what an event is asked.
    let condition = condition.split('|').next()?;
    let spaced = condition.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, detection, field };
    let holds = reader.or()?;
    reader.words.is_empty().then_some(holds)
}

struct Reader<'a> {
    words: &'a [&'a str],
    detection: &'a Node,
    field: Field<'a>,
}

impl<'a> Reader<'a> {
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
                let named = |name: &str| {
                    let rest = name.starts_with('_') && !pattern.starts_with('_');
                    let matches = match pattern.strip_suffix('*') {
                        Some(head) => name.starts_with(head),
                        None => pattern == "them" || name == pattern,
                    };
                    name != "condition" && name != "timeframe" && matches && !rest
                };
                let all: Option<Vec<bool>> = entries
                    .iter()
                    .filter(|(name, _)| named(name))
                    .map(|(_, node)| part(node, self.field))
                    .collect();
                let all = all.filter(|all| !all.is_empty())?;
                Some(if count == "all" { all.iter().all(|one| *one) } else { all.contains(&true) })
            }
            name => part(self.detection.get(name)?, self.field),
        }
    }
}

/// A map holds if all its items do, a list if one of its own does.
fn part(node: &Node, field: Field<'_>) -> Option<bool> {
    match node {
        Node::Map(entries) => {
            let all: Option<Vec<bool>> =
                entries.iter().map(|(key, value)| item(key, value, field)).collect();
            Some(all?.iter().all(|one| *one))
        }
        Node::List(items) => {
            let all: Option<Vec<bool>> = items.iter().map(|node| part(node, field)).collect();
            Some(all?.contains(&true))
        }
        // A keyword: in any field.
        Node::Text(text) => {
            let mut pattern = vec![Mark::Any];
            pattern.extend(wildcards(text));
            pattern.push(Mark::Any);
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

fn item(key: &str, value: &Node, field: Field<'_>) -> Option<bool> {
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
            pattern.push(Mark::Any);
        }
        pattern.extend(wildcards(text));
        if has("contains") || has("startswith") {
            pattern.push(Mark::Any);
        }
        Some(glob::matches(&pattern, &own.lower))
    };
    let Node::List(list) = value else { return one(value) };
    let all: Option<Vec<bool>> = list.iter().map(one).collect();
    let all = all?;
    Some(if has("all") { all.iter().all(|one| *one) } else { all.contains(&true) })
}

/// `*` and `?` are wildcards; a backslash before one of them, or before itself, makes a plain character.
fn wildcards(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, chars.peek()) {
            ('\\', Some(next @ ('*' | '?' | '\\'))) => {
                marks.push(Mark::Char(*next));
                chars.next();
            }
            ('*', _) => marks.push(Mark::Any),
            ('?', _) => marks.push(Mark::One),
            _ => marks.extend(glob::literal(&char.to_string())),
        }
    }
    marks
}
