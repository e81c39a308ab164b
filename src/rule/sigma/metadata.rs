//! Metadata of a Sigma document: everything of a rule but its search.

use super::document::SigmaDocument;
use super::error::excerpt;
use crate::error::Problem;
use crate::rule::attack::{self, Tactic};
use crate::rule::model::{ObjectType, RiskField, Rule, RuleKind, Unsupported};
use crate::rule::options::LevelScores;
use crate::rule::sample::{ignores_comments, samples};
use crate::rule::yaml::{Position, YamlNode};
use crate::sort;

/// Reads a rule whose search is still to be compiled. Its risk object is the computer, with the score of its level.
pub(super) fn rule(document: &SigmaDocument, levels: &LevelScores) -> Rule {
    let node = &document.node;
    let title = title(node);
    let level = node.text_of("level").map(str::to_ascii_lowercase);
    let Tags { techniques, tactics, others } = Tags::read(&node.texts_of("tags"));
    let score = levels.score(level.as_deref());
    let mut metadata = Vec::new();
    for key in ["author", "date", "modified", "status", "license"] {
        metadata.extend(node.text_of(key).map(|text| (key, text.to_owned())));
    }
    if !others.is_empty() {
        metadata.push(("tags", others.join(", ")));
    }
    Rule {
        id: node.text_of("id").unwrap_or_default().trim().to_ascii_lowercase(),
        message: Some(format!("{title} on $Computer$")),
        title,
        kind: RuleKind::Sigma,
        rule_type: None,
        level,
        description: node.paragraph_of("description"),
        false_positives: node.paragraph_of("falsepositives"),
        references: node.texts_of("references"),
        attack: attack::resolve(&techniques, &tactics),
        stories: Vec::new(),
        risk_objects: vec![RiskField {
            field: "Computer".into(),
            kind: ObjectType::System,
            score,
            message: None,
        }],
        threat_objects: Vec::new(),
        text: document.text.clone(),
        search: Err(Unsupported::pending()),
        ignores_comments: ignores_comments(node),
        samples: samples(node).into(),
        data_tests: Vec::new(),
        metadata,
        file: Some(document.file.clone()),
        line: node.at.line,
    }
}

/// The levels of the specification.
const LEVELS: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// Returns the title. A rule without one is named by its `name` or id.
fn title(node: &YamlNode) -> String {
    let has_text = |text: &&str| !text.trim().is_empty();
    let given = node.text_of("title").filter(has_text).map(str::to_owned);
    given.unwrap_or_else(|| match node.text_of("name").or(node.text_of("id")).filter(has_text) {
        Some(name) => format!("Untitled rule {name}"),
        None => "Untitled rule".to_owned(),
    })
}

/// Returns the problems of a rule that runs nevertheless: a level that is not known, a missing title, and encodings in
/// UTF-16 without base64, which no script contains.
pub(super) fn problems(document: &SigmaDocument) -> Vec<Problem> {
    let node = &document.node;
    let title = title(node);
    let mut problems = Vec::new();
    let mut add = |code: &'static str, message: String, at: Position| {
        let problem = Problem::warning(code, message).file(&document.file);
        problems.push(problem.line(at.line, at.column));
    };
    if node.text_of("title").is_none_or(|title| title.trim().is_empty()) {
        let at = node.get("title").map_or(node.at, |title| title.at);
        add("rule-untitled", format!("a Sigma rule needs a title: it is listed as “{title}”"), at);
    }
    if let Some(level) = node.get("level") {
        let text = level.text().map(str::to_ascii_lowercase).unwrap_or_default();
        if !LEVELS.contains(&text.as_str()) {
            let message = format!(
                "{title}: the level “{}” is not known, so the rule scores as medium: write {}",
                excerpt(level.text().unwrap_or(level.type_name())),
                LEVELS.join(", ")
            );
            add("rule-level", message, level.at);
        }
    }
    let detection = node.get("detection").into_iter().flat_map(YamlNode::entries);
    for entry in detection {
        each_key(&entry.node, &mut |key, at| {
            if let Some(encoding) = encoding_without_base64(key) {
                let message = format!(
                    "{title}: {encoding} alone matches text with a NUL in each character, which no script has: write base64offset after it"
                );
                add("rule-encoding", message, at);
            }
        });
    }
    problems
}

/// Calls `found` with the keys of all maps of a selection.
fn each_key(node: &YamlNode, found: &mut dyn FnMut(&str, Position)) {
    node.items().iter().for_each(|item| each_key(item, found));
    for entry in node.entries() {
        found(&entry.key, entry.at);
        each_key(&entry.node, found);
    }
}

/// Returns the modifier of a key that encodes in UTF-16 without base64 after it.
fn encoding_without_base64(key: &str) -> Option<&str> {
    let mut modifiers = key.split('|').skip(1);
    let encoding = modifiers.find(|name| ["wide", "utf16", "utf16le", "utf16be"].contains(name))?;
    (!modifiers.any(|name| name.starts_with("base64"))).then_some(encoding)
}

/// A rule's tags: ATT&CK techniques and tactics, and others such as CVE numbers.
struct Tags {
    techniques: Vec<String>,
    /// Sorted by id, each once.
    tactics: Vec<&'static Tactic>,
    others: Vec<String>,
}

impl Tags {
    fn read(tags: &[String]) -> Self {
        let mut own = Self { techniques: Vec::new(), tactics: Vec::new(), others: Vec::new() };
        for tag in tags {
            let lower = tag.to_ascii_lowercase();
            let Some(name) = lower.strip_prefix("attack.") else {
                own.others.push(tag.clone());
                continue;
            };
            let is_technique =
                name.strip_prefix('t').is_some_and(|rest| rest.starts_with(char::is_numeric));
            match attack::tactic(name) {
                _ if is_technique => own.techniques.push(name.to_ascii_uppercase()),
                Some(tactic) => own.tactics.push(tactic),
                None => own.others.push(tag.clone()),
            }
        }
        sort::sort_by_key(&mut own.tactics, |tactic: &&Tactic| tactic.id);
        own.tactics.dedup();
        own
    }
}

#[cfg(test)]
mod tests {
    use super::Tags;

    #[test]
    fn tags_by_their_kind() {
        let tags =
            ["attack.T1059.001", "attack.impact", "attack.Execution", "attack.g0016", "cve.1"];
        let tags = Tags::read(&tags.map(String::from));
        assert_eq!(tags.techniques, ["T1059.001"]);
        let tactics: Vec<_> = tags.tactics.iter().map(|tactic| tactic.name).collect();
        assert_eq!(tactics, ["Execution", "Impact"]);
        assert_eq!(tags.others, ["attack.g0016", "cve.1"]);
    }
}
