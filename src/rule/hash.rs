//! Hashes that identify rules and rule sets: SHA-256 over a canonical encoding.
//!
//! ```text
//! group  = text* end          text   = length (u64, little endian) bytes (UTF-8)
//! end    = FF × 8             number = u64, little endian
//! ```
//!
//! Every text carries its length and every group its end, so different sequences have different encodings. No
//! encoded value depends on the width of a pointer or on `Debug` output: native and WebAssembly builds compute
//! the same hashes.

use super::knowledge_objects::{Definitions, LookupSettings};
use super::model::Rule;
use crate::text::to_hex;
use sha2::{Digest, Sha256};

/// Returns SHA-256 in hex over the contents of a rule.
pub(super) fn rule_hash(rule: &Rule) -> String {
    let mut hasher = CanonicalHasher::default();
    hasher.rule(rule);
    hasher.finish()
}

/// Returns an id for a rule that declares none: its hash in the shape of a UUID.
pub(super) fn id_from_hash(rule: &Rule) -> String {
    let hash = rule_hash(rule);
    let mut parts = Vec::new();
    let mut rest = hash.as_str();
    for length in [8, 4, 4, 4, 12] {
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        parts.push(part);
        rest = after;
    }
    parts.join("-")
}

/// Returns SHA-256 in hex over all rules, macros, lookups and tables.
pub(super) fn rule_set_hash(rules: &[Rule], definitions: &Definitions) -> String {
    let mut hasher = CanonicalHasher::default();
    for rule in rules {
        hasher.rule(rule);
    }
    for (name, definition) in definitions.macros() {
        hasher.texts([name, &definition.definition]);
        hasher.texts(&definition.arguments);
        if definition.is_expression {
            hasher.texts(["iseval"]);
        }
        if !definition.validation.is_empty() {
            hasher.texts([&definition.validation, &definition.error_message]);
        }
    }
    for (name, (_, lookup)) in &definitions.lookups {
        hasher.texts([name]);
        hasher.lookup(lookup);
    }
    for (name, table) in &definitions.tables {
        hasher.texts([name]);
        hasher.texts(&table.columns);
        table.rows.iter().for_each(|row| hasher.texts(row));
    }
    hasher.finish()
}

/// SHA-256 over the encoding that the module describes.
#[derive(Default)]
struct CanonicalHasher(Sha256);

impl CanonicalHasher {
    fn texts<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) {
        for text in texts {
            let text = text.as_ref();
            self.number(text.len());
            self.0.update(text);
        }
        self.0.update([0xFF; 8]);
    }

    fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_le_bytes());
    }

    fn rule(&mut self, rule: &Rule) {
        let rule_type = rule.rule_type.map(|rule_type| rule_type.to_string()).unwrap_or_default();
        let level = rule.level.as_deref().unwrap_or_default();
        let message = rule.message.as_deref().unwrap_or_default();
        self.texts([&rule.id, &rule.title, &rule.text, &rule_type, level, message]);
        if rule.ignores_comments {
            self.texts(["comments"]);
        }
        for attack in &rule.attack {
            self.texts([&attack.technique]);
            self.texts(&attack.tactics);
        }
        for object in &rule.risk_objects {
            let kind = object.kind.to_string();
            let message = object.message.as_deref().unwrap_or_default();
            self.texts([&object.field, &kind, &object.score.to_string(), message]);
        }
        for object in &rule.threat_objects {
            self.texts([&object.field, &object.kind]);
        }
    }

    fn lookup(&mut self, lookup: &LookupSettings) {
        self.texts([&lookup.table]);
        self.texts(&lookup.wildcards);
        self.texts(&lookup.ranges);
        self.number(usize::from(lookup.case_sensitive));
        self.number(lookup.min_matches);
        self.number(lookup.max_matches);
        self.texts(&lookup.default_match);
    }

    fn finish(self) -> String {
        to_hex(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::{RuleFile, RuleOptions, RuleSet, load};

    const RULE: &str =
        "name: X\ntype: TTP\nsearch: EventCode=4104 a\ntags: {mitre_attack_id: [T1059.001]}
rba:
  message: m
  risk_objects: [{field: dest, type: system, score: 15.75}]
  threat_objects: [{field: src, type: ip_address}]
";

    fn set(lookup: &str) -> RuleSet {
        let macros = "[m(1)]\ndefinition = \"$x$\"\nargs = x\niseval = 1\n";
        let files = [
            ("rule.yml", RULE),
            ("macros.conf", macros),
            ("lookup.yml", lookup),
            ("table.csv", "a,b\n1,2\n"),
        ];
        let files = files.map(|(name, text)| RuleFile::new(name, text));
        load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
    }

    const LOOKUP: &str = "name: l\nfilename: table.csv\nmatch_type: WILDCARD(a)\n";

    /// The expected values were computed by another SHA-256 over the documented encoding.
    #[test]
    fn hashes_are_the_same_on_every_target() {
        let set = set(LOOKUP);
        assert_eq!(set.rules[0].id, "fa29146a-f780-7e9e-1294-56c7609461ba");
        assert_eq!(set.hash(), "9b81c29f26507b95790d66fc5176a3a87667f95eecc482f144bc04862a21922a");
    }

    #[test]
    fn every_setting_of_a_lookup_counts() {
        let hash = set(LOOKUP).hash().to_owned();
        for setting in [
            "match_type: CIDR(a)",
            "match_type: WILDCARD(b)",
            "case_sensitive_match: false",
            "min_matches: 1",
            "max_matches: 1",
            "default_match: x",
            "filename: other.csv",
        ] {
            assert_ne!(set(&format!("{LOOKUP}{setting}\n")).hash(), hash, "{setting}");
        }
    }
}
