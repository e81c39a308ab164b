//! [`RuleSource`] and [`RuleCheck`]: a rule as its file has it, for views that open one rule at a time.

use super::contract::{Number, Problem, Rule as ReportRule};
use super::convert::{convert_problem, convert_rule};
use super::rule_status::RuleState;
use crate::detect::FieldCensus;
use crate::ordered::OrderedSet;
use crate::rule::{DataTest, Rule, RuleSet};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A rule as its file has it.
///
/// ```
/// use scriptscope::{Options, Session};
///
/// let session = Session::new(Options::default()).unwrap();
/// let source = session.rule("40e3b299-19a5-4460-96e9-e1467f714f8e").unwrap();
/// assert!(source.search.contains("Enable-PSRemoting"));
/// assert!(source.samples.iter().all(|sample| sample.found == sample.expected));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuleSource {
    /// The search as written; for Sigma, its detection written as a search.
    pub search: String,
    /// The risk that a row puts on the value of each of these columns.
    pub risk: Vec<(String, Number)>,
    /// Further fields of the file as texts: author, date, impact, confidence, how to implement.
    #[serde(serialize_with = "as_object")]
    pub facts: Vec<(&'static str, String)>,
    /// The file it came from; `None` for a built-in one.
    pub file: Option<String>,
    /// The line of the file, from 1, on which it begins.
    pub line: u32,
    /// The rule in other tools' forms.
    pub forms: Forms,
    /// Its samples, run.
    pub samples: Vec<SampleRun>,
    /// Its tests on data sets, which are not run.
    pub data_tests: Vec<DataTest>,
}

/// A rule in other tools' forms, each `None` if the form cannot express it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Forms {
    /// A Splunk search.
    pub spl: Option<String>,
    /// A Sigma rule.
    pub sigma: Option<String>,
    /// A detection as in security_content, which loads here again.
    pub yaml: Option<String>,
    /// For each form that is `None`, the reason.
    pub reasons: BTreeMap<String, String>,
}

/// A sample of a rule, run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SampleRun {
    /// Its name.
    pub name: String,
    /// The script.
    pub text: String,
    /// Whether the rule must match it.
    pub expected: bool,
    /// Whether the rule matches it.
    pub found: bool,
    /// The line of the file, from 1, on which it begins.
    pub line: u32,
}

impl From<&Rule> for RuleSource {
    fn from(rule: &Rule) -> Self {
        let risk = rule.risk_objects.iter();
        Self {
            search: rule.text.clone(),
            risk: risk.map(|one| (one.field.clone(), Number(one.score.hundredths()))).collect(),
            facts: rule.metadata.clone(),
            file: rule.file.clone(),
            line: rule.line,
            forms: Forms::from(rule),
            samples: rule
                .samples
                .iter()
                .map(|sample| SampleRun {
                    name: sample.name.clone(),
                    text: sample.text.clone(),
                    expected: sample.matches,
                    found: rule.matches_text(&sample.text),
                    line: sample.line,
                })
                .collect(),
            data_tests: rule.data_tests.clone(),
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

/// A rule file checked by itself.
///
/// ```
/// use scriptscope::{Options, RuleFile, Session};
///
/// let session = Session::new(Options::default()).unwrap();
/// let check = session.check_rule(&RuleFile::new("a.yml", "name: A\nsearch: EventCode=4104 Invoke-*\n"));
/// assert_eq!(check.rules[0].rule.title, "A");
/// assert!(check.problems.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleCheck {
    /// Its rules, as in a report and as in the file. Places in `refused` are places in the file.
    pub rules: Vec<CheckedRule>,
    /// Problems of the file, by place.
    pub problems: Vec<Problem>,
}

/// A rule of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct CheckedRule {
    pub rule: ReportRule,
    pub source: RuleSource,
}

impl From<&RuleSet> for RuleCheck {
    /// Logs are not asked: a rule that requires an unknown field is said to be unable to match.
    fn from(set: &RuleSet) -> Self {
        let fields = FieldCensus::new(set, &OrderedSet::new());
        let mut problems: Vec<Problem> =
            set.problems.iter().map(|problem| convert_problem(problem, None)).collect();
        let rule = |rule| {
            let state = RuleState::new(rule, set, true, &fields, (0, 0));
            let checked = convert_rule(rule, &state, &[], &[]);
            problems.extend(state.problem.map(|problem| convert_problem(&problem, None)));
            CheckedRule { rule: checked, source: RuleSource::from(rule) }
        };
        Self { rules: set.rules.iter().map(rule).collect(), problems }
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
    fn a_built_in_rule_has_its_search_and_the_factors_of_its_score() {
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
