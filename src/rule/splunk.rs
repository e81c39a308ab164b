//! Splunk's security_content detections: YAML with three generations of risk annotations.
//!
//! | generation | risk | ATT&CK and stories |
//! | --- | --- | --- |
//! | first | `tags.risk_score`, `tags.observable` | `tags` |
//! | second | `rba` | `tags` |
//! | third | `finding`, `intermediate_findings` | top level |

use super::attack;
use super::model::{
    DataSet, DataTest, ObjectType, RiskField, Rule, RuleKind, RuleType, ThreatField, Unsupported,
};
use super::sample::{ignores_comments, samples};
use super::score::Score;
use super::yaml::{YamlNode, YamlValue};
use crate::event::MEASURES;

/// Returns whether a document is a detection: it has a search and a name.
pub(crate) fn is_detection(node: &YamlNode) -> bool {
    node.get("search").is_some() && node.get("name").is_some()
}

/// Returns whether a search names event 4104, its text field or a measure of it, its log, or the macro for its log.
pub(crate) fn is_about_script_blocks(search: &str) -> bool {
    const LOGS: [&str; 2] =
        ["microsoft-windows-powershell/operational", "powershellcore/operational"];
    let names_log = || {
        let folded = search.to_ascii_lowercase();
        LOGS.iter().any(|log| folded.contains(log))
    };
    search.contains("4104")
        || search.contains(MEASURES)
        || search.contains("ScriptBlockText")
        || search.contains("`powershell`")
        || names_log()
}

/// Reads a detection whose search is still to be parsed, which needs all macros and lookups.
pub(crate) fn rule(node: &YamlNode) -> Rule {
    let tags = node.get("tags");
    let tag = |key: &str| tags.and_then(|tags| tags.get(key)).or_else(|| node.get(key));
    let tag_texts = |key: &str| tag(key).map(YamlNode::texts).unwrap_or_default();
    let text = node.get("search").and_then(YamlNode::text).unwrap_or_default().to_owned();
    let title = node.text_of("name").unwrap_or_default().to_owned();
    let risk = RiskAnnotations::read(node);
    Rule {
        id: node.text_of("id").unwrap_or_default().trim().to_ascii_lowercase(),
        title,
        kind: RuleKind::Splunk,
        rule_type: node.text_of("type").and_then(rule_type),
        level: None,
        description: node.paragraph_of("description"),
        false_positives: node.paragraph_of("known_false_positives"),
        references: node.texts_of("references"),
        attack: attack::resolve(&tag_texts("mitre_attack_id"), &[]),
        stories: tag_texts("analytic_story"),
        message: risk.message,
        risk_objects: risk.objects,
        threat_objects: risk.threats,
        text,
        search: Err(Unsupported::pending()),
        ignores_comments: ignores_comments(node),
        samples: samples(node).into(),
        data_tests: data_tests(node),
        metadata: metadata(node, tags),
        file: None,
        line: node.at.line,
    }
}

/// Returns the name of a rule's filter macro: the title in lower case with `_` between words, and `_filter`, as in
/// security_content.
pub(crate) fn filter_macro(title: &str) -> String {
    let mut name = String::with_capacity(title.len() + 7);
    for char in title.chars() {
        if char.is_ascii_alphanumeric() {
            name.push(char.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    format!("{}_filter", name.trim_end_matches('_'))
}

/// Parses a rule type in any case.
pub(crate) fn rule_type(word: &str) -> Option<RuleType> {
    match word.trim().to_ascii_lowercase().as_str() {
        "ttp" => Some(RuleType::Ttp),
        "anomaly" => Some(RuleType::Anomaly),
        "hunting" => Some(RuleType::Hunting),
        "correlation" => Some(RuleType::Correlation),
        _ => None,
    }
}

/// Parses the type of a risk object: `system`, `user`, or one of the first generation's names for them.
pub(crate) fn object_type(word: &str) -> ObjectType {
    match word.trim().to_ascii_lowercase().as_str() {
        "system" | "hostname" | "endpoint" | "device" | "host" => ObjectType::System,
        "user" | "user name" | "username" | "account" => ObjectType::User,
        _ => ObjectType::Other,
    }
}

/// The risk annotations of a detection, of any generation.
struct RiskAnnotations {
    message: Option<String>,
    objects: Vec<RiskField>,
    threats: Vec<ThreatField>,
}

impl RiskAnnotations {
    fn read(node: &YamlNode) -> Self {
        let map = |key: &str| node.get(key).filter(|node| matches!(node.value, YamlValue::Map(_)));
        if let Some(rba) = map("rba") {
            let message = rba.text_of("message").map(String::from);
            return Self::new(message, rba.items_of("risk_objects"), rba);
        }
        let (finding, intermediate) = (map("finding"), map("intermediate_findings"));
        if finding.is_some() || intermediate.is_some() {
            let message = finding.and_then(|finding| finding.text_of("title")).map(String::from);
            let entity = finding.and_then(|finding| finding.get("entity"));
            let entities = intermediate.into_iter().flat_map(|own| own.items_of("entities"));
            return Self::new(message, entity.into_iter().chain(entities), node);
        }
        let tags = node.get("tags");
        Self {
            message: tags.and_then(|tags| tags.text_of("message")).map(String::from),
            objects: victims(tags),
            threats: attackers(tags),
        }
    }

    /// Reads the entities of the second and third generation. `threats` is the map with the key `threat_objects`.
    /// Without a message of its own the rule has that of the first entity. An entity's message is stored only if it
    /// differs from the rule's.
    fn new<'a>(
        message: Option<String>,
        entities: impl Iterator<Item = &'a YamlNode>,
        threats: &YamlNode,
    ) -> Self {
        let mut own = Self { message, objects: Vec::new(), threats: threat_objects(threats) };
        for entity in entities {
            let Some(field) = entity.text_of("field") else { continue };
            let text = entity.text_of("message").map(String::from);
            if own.message.is_none() {
                own.message.clone_from(&text);
            }
            own.objects.push(RiskField {
                field: field.trim().to_owned(),
                kind: object_type(entity.text_of("type").unwrap_or_default()),
                score: entity.text_of("score").and_then(Score::parse).unwrap_or_default(),
                message: text.filter(|text| own.message.as_ref() != Some(text)),
            });
        }
        own
    }
}

fn threat_objects(node: &YamlNode) -> Vec<ThreatField> {
    let object = |node: &YamlNode| {
        Some(ThreatField {
            field: node.text_of("field")?.trim().to_owned(),
            kind: node.text_of("type").unwrap_or("other").trim().to_owned(),
        })
    };
    node.items_of("threat_objects").filter_map(object).collect()
}

/// Reads the risk objects of the first generation: the observables with the role Victim.
fn victims(tags: Option<&YamlNode>) -> Vec<RiskField> {
    let score = tagged_score(tags);
    let victim = |node: &YamlNode| {
        Some(RiskField {
            field: node.text_of("name")?.trim().to_owned(),
            kind: object_type(node.text_of("type").unwrap_or_default()),
            score,
            message: None,
        })
    };
    observables(tags, "Victim").filter_map(victim).collect()
}

/// Reads the threat objects of the first generation: the observables with the role Attacker.
fn attackers(tags: Option<&YamlNode>) -> Vec<ThreatField> {
    let attacker = |node: &YamlNode| {
        let kind = node.text_of("type").unwrap_or("other");
        Some(ThreatField {
            field: node.text_of("name")?.trim().to_owned(),
            kind: kind.trim().to_ascii_lowercase().replace(' ', "_"),
        })
    };
    observables(tags, "Attacker").filter_map(attacker).collect()
}

/// Returns the literal score of the tags. Without one, it is computed from impact and confidence.
fn tagged_score(tags: Option<&YamlNode>) -> Score {
    let number = |key: &str| tags.and_then(|tags| tags.text_of(key));
    number("risk_score").and_then(Score::parse).unwrap_or_else(|| {
        let percent = |key: &str| number(key).and_then(|text| text.trim().parse::<u32>().ok());
        match (percent("impact"), percent("confidence")) {
            (Some(impact), Some(confidence)) => Score::from_impact(impact, confidence),
            _ => Score::ZERO,
        }
    })
}

fn observables<'a>(
    tags: Option<&'a YamlNode>,
    role: &'a str,
) -> impl Iterator<Item = &'a YamlNode> {
    let all = tags.into_iter().flat_map(|tags| tags.items_of("observable"));
    all.filter(move |node| node.texts_of("role").iter().any(|own| own.eq_ignore_ascii_case(role)))
}

/// Reads the metadata shown with a rule, as label and text.
fn metadata(node: &YamlNode, tags: Option<&YamlNode>) -> Vec<(&'static str, String)> {
    const TOP_LEVEL: &[(&str, &str)] = &[
        ("author", "author"),
        ("version", "version"),
        ("date", "date"),
        ("date", "modification_date"),
        ("status", "status"),
        ("data source", "data_source"),
        ("how to implement", "how_to_implement"),
    ];
    const TAGS: &[(&str, &str)] = &[
        ("kill chain", "kill_chain_phases"),
        ("NIST", "nist"),
        ("CIS", "cis20"),
        ("CVE", "cve"),
        ("security domain", "security_domain"),
        ("asset type", "asset_type"),
        ("impact", "impact"),
        ("confidence", "confidence"),
        ("required fields", "required_fields"),
    ];
    let listed = |node: &YamlNode, keys: &'static [(&'static str, &'static str)]| -> Vec<_> {
        let entry = |&(label, key): &(&'static str, &str)| {
            let text = node.texts_of(key).join(", ");
            (!text.is_empty()).then_some((label, text))
        };
        keys.iter().filter_map(entry).collect()
    };
    let mut metadata = listed(node, TOP_LEVEL);
    metadata.extend(listed(tags.unwrap_or(node), TAGS));
    // Only the names of data sets are shown.
    let name = |url: &str| url.rsplit('/').next().unwrap_or(url).to_owned();
    let sets: Vec<_> = node
        .items_of("tests")
        .flat_map(|test| test.items_of("attack_data"))
        .filter_map(|set| set.text_of("data").map(name))
        .collect();
    if !sets.is_empty() {
        metadata.push(("data sets", sets.join(", ")));
    }
    metadata
}

/// Reads the tests that name data sets.
fn data_tests(node: &YamlNode) -> Vec<DataTest> {
    let set = |node: &YamlNode| DataSet {
        data: node.text_of("data").unwrap_or_default().trim().to_owned(),
        source: node.text_of("source").map(str::to_owned),
        sourcetype: node.text_of("sourcetype").map(str::to_owned),
    };
    let test = |node: &YamlNode| DataTest {
        name: node.text_of("name").unwrap_or_default().to_owned(),
        line: node.at.line,
        data: node.items_of("attack_data").map(set).collect(),
    };
    let tests = node.items_of("tests").map(test);
    tests.filter(|test| !test.data.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::yaml::parse_all;

    fn rule(text: &str) -> Rule {
        super::rule(&parse_all(text).next().unwrap().unwrap())
    }

    const FIRST_GENERATION: &str = r#"
name: Enable Remoting
id: 40E3B299-19a5-4460-96e9-e1467f714f8e
version: 2
type: Anomaly
search: '`powershell` EventCode=4104 | stats count by Computer'
known_false_positives: Administrators.
tags:
  analytic_story: [Malicious PowerShell]
  confidence: 50
  impact: 50
  risk_score: 25
  message: Remoting on $Computer$.
  mitre_attack_id: [T1059.001, T1059]
  observable:
  - {name: Computer, type: Hostname, role: [Victim]}
  - {name: User, type: User Name, role: Victim}
  - {name: src_ip, type: IP Address, role: [Attacker]}
tests:
- name: True Positive Test
  attack_data:
  - data: https://example.test/T1059.001/windows-powershell.log
    sourcetype: XmlWinEventLog
"#;

    #[test]
    fn the_first_generation() {
        let rule = rule(FIRST_GENERATION);
        assert_eq!(rule.id, "40e3b299-19a5-4460-96e9-e1467f714f8e");
        assert_eq!(rule.rule_type, Some(RuleType::Anomaly));
        let objects: Vec<_> = rule
            .risk_objects
            .iter()
            .map(|object| (object.field.as_str(), object.kind, object.score.to_string()))
            .collect();
        assert_eq!(
            objects,
            [
                ("Computer", ObjectType::System, "25".to_owned()),
                ("User", ObjectType::User, "25".to_owned())
            ]
        );
        assert_eq!(rule.threat_objects[0].kind, "ip_address");
        assert_eq!(rule.attack[0].tactics, ["Execution"]);
        assert_eq!(rule.message.as_deref(), Some("Remoting on $Computer$."));
        assert!(rule.metadata.contains(&("data sets", "windows-powershell.log".to_owned())));
        let data = "https://example.test/T1059.001/windows-powershell.log".to_owned();
        let data = vec![DataSet { data, source: None, sourcetype: Some("XmlWinEventLog".into()) }];
        let test = DataTest { name: "True Positive Test".into(), line: 20, data };
        assert_eq!(rule.data_tests, [test]);
    }

    #[test]
    fn impact_and_confidence_count_only_without_a_literal_score() {
        let without = FIRST_GENERATION.replace("  risk_score: 25\n", "");
        let computed = rule(&without.replace("impact: 50", "impact: 35"));
        assert_eq!(computed.risk_objects[0].score.to_string(), "17.5");
        let literal = rule(&FIRST_GENERATION.replace("risk_score: 25", "risk_score: 7"));
        assert_eq!(literal.risk_objects[0].score.to_string(), "7");
    }

    #[test]
    fn the_second_generation() {
        let text = "
name: X
type: TTP
search: EventCode=4104
rba:
  message: Found on $dest$
  risk_objects:
  - field: dest
    type: system
    score: 25
  - field: user_id
    type: user
    score: 15.75
  threat_objects:
  - field: src
    type: ip_address
tags: {impact: 90, confidence: 90}
scriptscope:
  samples:
  - {name: yes, text: Get-It, match: true}
  - {name: no, text: Get-Other, match: false}
";
        let rule = rule(text);
        assert_eq!(rule.risk_objects[1].score.to_string(), "15.75");
        assert_eq!(rule.risk_objects[0].kind, ObjectType::System);
        assert_eq!(rule.score(), Score::points(25));
        assert_eq!(rule.threat_objects[0].kind, "ip_address");
        assert_eq!(rule.samples.iter().map(|s| s.matches).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn the_third_generation() {
        let text = "
name: X
type: TTP
version: 7
creation_date: '2025-01-13'
modification_date: '2026-05-13'
search: EventCode=4104
finding:
  title: The user $user_id$ ran it on $dest$
  entity: {field: dest, type: system, score: 50}
intermediate_findings:
  entities:
  - {field: user_id, type: user, score: 20, message: $user_id$ ran it}
threat_objects:
- {field: signature_id, type: signature}
analytic_story: [Malicious PowerShell]
mitre_attack_id: [T1059.001]
security_domain: threat
";
        let found = rule(text);
        let objects: Vec<_> = found
            .risk_objects
            .iter()
            .map(|own| (own.field.as_str(), own.kind, own.score, own.message.as_deref()))
            .collect();
        assert_eq!(
            objects,
            [
                ("dest", ObjectType::System, Score::points(50), None),
                ("user_id", ObjectType::User, Score::points(20), Some("$user_id$ ran it")),
            ]
        );
        assert_eq!(found.message.as_deref(), Some("The user $user_id$ ran it on $dest$"));
        assert_eq!(found.threat_objects[0].kind, "signature");
        assert_eq!(found.stories, ["Malicious PowerShell"]);
        assert_eq!(found.attack[0].technique, "T1059.001");
        assert!(found.metadata.contains(&("date", "2026-05-13".to_owned())));
        assert!(found.metadata.contains(&("security domain", "threat".to_owned())));
        // Without a finding, the rule's message is that of the first entity.
        let from = text.find("finding:").unwrap();
        let to = text.find("intermediate_findings:").unwrap();
        let anomaly = rule(&[&text[..from], &text[to..]].concat());
        assert_eq!(anomaly.message.as_deref(), Some("$user_id$ ran it"));
        assert_eq!(anomaly.risk_objects[0].message, None);
    }
}
