//! Metadata of a Sigma document: everything of a rule but its search.

use super::document::SigmaDocument;
use crate::rule::attack::{self, Tactic};
use crate::rule::model::{ObjectType, RiskField, Rule, RuleKind, Unsupported};
use crate::rule::options::LevelScores;
use crate::rule::sample::samples;
use crate::sort;

/// Reads a rule whose search is still to be compiled. Its risk object is the computer, with the score of its level.
pub(super) fn rule(document: &SigmaDocument, levels: &LevelScores) -> Rule {
    let node = &document.node;
    let title = node.text_of("title").unwrap_or_default().to_owned();
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
        samples: samples(node).into(),
        metadata,
        file: Some(document.file.clone()),
        line: node.at.line,
    }
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
