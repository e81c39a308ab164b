//! What a rule's own file says beyond the report: for views that open one rule at a time.

use super::contract::{Number, Problem, Rule as ReportRule};
use super::convert::{convert_rule, show};
use crate::rule::{Rule, RuleSet};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A rule as it was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleSource {
    /// The search as written; for Sigma, its detection written as a search.
    pub search: String,
    /// The risk that a row puts on the value of each of these columns.
    pub risk: Vec<(String, Number)>,
    /// Everything else worth showing, in words: author, date, impact, confidence, how to implement.
    #[serde(serialize_with = "as_object")]
    pub facts: Vec<(&'static str, String)>,
    /// The file it came from; `None` for a built-in one.
    pub file: Option<String>,
    /// It in other forms, each `None` where it has no such form.
    pub forms: Forms,
    /// Its own samples, and whether it tells each of them right.
    pub samples: Vec<SampleRun>,
}

/// A rule in the forms that other tools take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forms {
    /// A Splunk search.
    pub spl: Option<String>,
    /// A Sigma rule.
    pub sigma: Option<String>,
    /// A detection as security_content has it, which loads here again.
    pub yaml: Option<String>,
    /// For each form that it does not have, what of the rule cannot be said in it.
    pub reasons: BTreeMap<String, String>,
}

/// A sample of a rule, run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SampleRun {
    /// What it shows.
    pub name: String,
    /// The script.
    pub text: String,
    /// Whether the rule must find it.
    pub expected: bool,
    /// Whether it does.
    pub found: bool,
}

impl From<&Rule> for RuleSource {
    fn from(rule: &Rule) -> Self {
        let risk = rule.risk_objects.iter();
        Self {
            search: rule.text.clone(),
            risk: risk.map(|one| (one.field.clone(), Number(one.score.hundredths()))).collect(),
            facts: rule.metadata.clone(),
            file: rule.file.clone(),
            forms: Forms::from(rule),
            samples: rule
                .samples
                .iter()
                .map(|sample| SampleRun {
                    name: sample.name.clone(),
                    text: sample.text.clone(),
                    expected: sample.matches,
                    found: rule.matches_text(&sample.text),
                })
                .collect(),
        }
    }
}

impl From<&Rule> for Forms {
    fn from(rule: &Rule) -> Self {
        let mut reasons = BTreeMap::new();
        let mut form = |name: &str, made: Result<String, String>| match made {
            Ok(text) => Some(text),
            Err(reason) => {
                reasons.insert(name.to_owned(), reason);
                None
            }
        };
        let spl = form("spl", rule.to_spl());
        let sigma = form("sigma", rule.to_sigma());
        let yaml = form("yaml", rule.to_yaml());
        Self { spl, sigma, yaml, reasons }
    }
}

/// A rule file looked at by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleCheck {
    /// Its rules, as a report has them and as the file says them. What refuses one is told by its place in the file.
    pub rules: Vec<CheckedRule>,
    /// What is wrong with the file, by place.
    pub problems: Vec<Problem>,
}

/// A rule of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct CheckedRule {
    pub rule: ReportRule,
    pub source: RuleSource,
}

impl From<&RuleSet> for RuleCheck {
    fn from(set: &RuleSet) -> Self {
        let rule = |rule| CheckedRule {
            rule: convert_rule(rule, true, &[], &[]),
            source: RuleSource::from(rule),
        };
        Self {
            rules: set.rules.iter().map(rule).collect(),
            problems: set.problems.iter().map(|problem| show(problem, None)).collect(),
        }
    }
}

fn as_object<S: Serializer>(
    facts: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(facts.iter().map(|(name, words)| (name, words)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleOptions, load};

    #[test]
    fn a_built_in_rule_tells_its_search_and_what_its_score_is_made_of() {
        let rules = load(&[], &RuleOptions::default());
        let first = "40e3b299-19a5-4460-96e9-e1467f714f8e";
        let rule = rules.rules.iter().find(|rule| rule.id == first).unwrap();
        let source = serde_json::to_value(RuleSource::from(rule)).unwrap();
        assert!(source["search"].as_str().unwrap().contains("Enable-PSRemoting"));
        assert_eq!(source["facts"]["impact"], "50");
        assert_eq!(source["risk"][0][1], 25);
        assert!(source["file"].is_null());
        assert!(source["forms"]["sigma"].as_str().unwrap().contains("ScriptBlockText|contains"));
        let samples = source["samples"].as_array().unwrap();
        assert!(samples.iter().all(|sample| sample["found"] == sample["expected"]));
    }
}
