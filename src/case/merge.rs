//! Joins the cases of two analysts. Nothing is lost: where they differ, both are kept, and said.

use super::model::{Case, Mark};
use std::collections::BTreeSet;

/// A case joined from two, and where these differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// The case.
    pub case: Case,
    /// Each difference, in words. The case has both sides, except of options: a session has only one.
    pub conflicts: Vec<String>,
}

/// Separates the names of merged cases.
const NAMES: &str = " + ";

impl Case {
    /// Joins this case with another: the union of logs, rules, allow-lists, marks and notes. The order does not matter,
    /// nor does how often a case is joined.
    ///
    /// ```
    /// use scriptscope::case::{Case, Mark, MarkKey, MarkKind, Verdict};
    ///
    /// let case = |by: &str, verdict| {
    ///     let mut mark = Mark::default();
    ///     mark.set_opinion(by, Some(verdict), "");
    ///     let mut case = Case::default();
    ///     case.marks.insert(MarkKey::new(MarkKind::Result, "00ff"), mark);
    ///     case
    /// };
    /// let merged = case("kim", Verdict::Benign).merge(&case("lee", Verdict::Hostile));
    /// assert_eq!(merged.conflicts, ["result:00ff: lee says hostile, kim says benign"]);
    /// ```
    pub fn merge(&self, other: &Self) -> Merged {
        let mut case = self.clone();
        let mut conflicts = Vec::new();
        case.name = join_names(&self.name, &other.name);
        case.notes.extend(other.notes.iter().cloned());
        case.sources.extend(other.sources.iter().cloned());
        case.rules.extend(other.rules.iter().cloned());
        case.allow.extend(other.allow.iter().cloned());
        let names: BTreeSet<&String> = self.options.keys().chain(other.options.keys()).collect();
        for name in names {
            let (own, others) = (self.options.get(name), other.options.get(name));
            if own == others {
                continue;
            }
            // Values before the default, which is not written.
            let mut values: Vec<&str> = own.iter().chain(&others).map(|own| own.as_str()).collect();
            values.sort_unstable();
            values.push("the default");
            let [first, second, ..] = values.as_slice() else { continue };
            conflicts.push(format!(
                "option {name}: {first} in one case and {second} in the other: {first} is used"
            ));
            case.options.insert(name.clone(), (*first).to_owned());
        }
        for (key, mark) in &other.marks {
            join_mark(case.marks.entry(key.clone()).or_default(), mark);
        }
        case.sort();
        conflicts.extend(twice(
            "log",
            case.sources.iter().map(|source| source.name.as_str()),
            "its length or SHA-256 differs: they are two logs of one name",
        ));
        conflicts.extend(twice(
            "rule file",
            case.rules.iter().map(|rule| rule.name.as_str()),
            "its text differs: both are used",
        ));
        conflicts.extend(twice(
            "allow-list entry",
            case.allow.iter().map(|entry| entry.name.as_str()),
            "it differs: both are used",
        ));
        for (key, mark) in case.marks.iter().filter(|(_, mark)| mark.is_disputed()) {
            conflicts.push(format!("{key}: {}", verdicts(mark)));
        }
        Merged { case, conflicts }
    }
}

fn join_names(one: &str, other: &str) -> String {
    let names: BTreeSet<&str> = one.split(NAMES).chain(other.split(NAMES)).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    names.join(NAMES)
}

fn join_mark(own: &mut Mark, other: &Mark) {
    own.opinions.extend(other.opinions.iter().cloned());
    own.star |= other.star;
    own.expected |= other.expected;
    own.to_report |= other.to_report;
    own.order = match (own.order, other.order) {
        (0, order) | (order, 0) => order,
        (one, other) => one.min(other),
    };
}

/// Says which of the sorted names occur twice.
fn twice<'a>(what: &str, names: impl Iterator<Item = &'a str>, why: &str) -> Vec<String> {
    let names: Vec<&str> = names.collect();
    let pairs = names.iter().zip(names.iter().skip(1));
    let repeated: BTreeSet<&str> =
        pairs.filter(|(one, next)| one == next).map(|(name, _)| *name).collect();
    repeated.into_iter().map(|name| format!("{what} {name}: {why}")).collect()
}

/// Says who gave which verdict.
fn verdicts(mark: &Mark) -> String {
    let verdicts = mark.opinions.iter().filter_map(|opinion| {
        let by = if opinion.by.is_empty() { "somebody" } else { &opinion.by };
        Some(format!("{by} says {}", opinion.verdict?.as_str()))
    });
    verdicts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::model::{CaseNote, CaseRule, CaseSource, MarkKey, MarkKind, Verdict};
    use super::*;
    use crate::report::AllowEntry;
    use proptest::prelude::*;

    fn word() -> impl Strategy<Value = String> {
        "[abé\"\\\\\n]{0,2}"
    }

    fn mark() -> impl Strategy<Value = Mark> {
        let verdict = proptest::option::of(proptest::sample::select(Verdict::ALL.to_vec()));
        let opinion = (word(), verdict, word());
        let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 0..4_u64);
        (proptest::collection::vec(opinion, 0..3), flags).prop_map(|(opinions, flags)| {
            let mut mark = Mark::default();
            for (by, verdict, note) in opinions {
                mark.set_opinion(&by, verdict, &note);
            }
            (mark.star, mark.expected, mark.to_report, mark.order) = flags;
            mark
        })
    }

    fn case() -> impl Strategy<Value = Case> {
        let key = (proptest::sample::select(MarkKind::ALL.to_vec()), "[01]")
            .prop_map(|(kind, id)| MarkKey::new(kind, id));
        let marks = proptest::collection::btree_map(key, mark(), 0..4);
        let pairs = || proptest::collection::vec(("[ab]", word()), 0..3);
        let options = proptest::collection::btree_map("[ab]", "[12]", 0..3);
        (word(), pairs(), pairs(), pairs(), pairs(), options, marks).prop_map(
            |(name, notes, sources, rules, allow, options, marks)| {
                let mut case = Case {
                    name,
                    notes: notes.into_iter().map(|(by, note)| CaseNote { by, note }).collect(),
                    sources: sources
                        .into_iter()
                        .map(|(name, other)| CaseSource {
                            name,
                            bytes: other.len() as u64,
                            sha256: Some("ab".repeat(32)).filter(|_| other.is_empty()),
                        })
                        .collect(),
                    options,
                    rules: rules.into_iter().map(|(name, text)| CaseRule { name, text }).collect(),
                    allow: allow.into_iter().map(|(name, s)| AllowEntry::new(name, s)).collect(),
                    marks,
                };
                case.sort();
                case
            },
        )
    }

    proptest! {
        #[test]
        fn a_case_is_read_as_it_was_written(case in case()) {
            let text = case.to_json();
            let read = Case::parse(&text).unwrap();
            prop_assert_eq!(&read, &case);
            prop_assert_eq!(read.to_json(), text.clone());
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }

        #[test]
        fn the_order_of_a_merge_does_not_matter(a in case(), b in case(), c in case()) {
            let ab = a.merge(&b);
            prop_assert_eq!(&ab, &b.merge(&a));
            prop_assert_eq!(ab.case.merge(&c).case, a.merge(&b.merge(&c).case).case);
        }

        #[test]
        fn a_merge_is_idempotent_and_loses_nothing(a in case(), b in case()) {
            prop_assert_eq!(&a.merge(&a).case, &a);
            let merged = a.merge(&b).case;
            prop_assert_eq!(&merged.merge(&b).case, &merged);
            for (key, mark) in a.marks.iter().chain(&b.marks) {
                let joined = &merged.marks[key];
                prop_assert!(mark.opinions.iter().all(|own| joined.opinions.contains(own)));
                prop_assert!(joined.star >= mark.star && joined.to_report >= mark.to_report);
            }
        }

        #[test]
        fn a_session_gets_an_allow_list_of_different_names(case in case()) {
            let names: Vec<String> = case.allow_list().into_iter().map(|entry| entry.name).collect();
            prop_assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
            prop_assert_eq!(names.len(), case.allow.len());
        }
    }

    #[test]
    fn an_option_of_one_case_alone_is_said() {
        let parse = |options: &str| {
            Case::parse(&format!("{{\"format\":\"scriptscope.case\",\"version\":1,{options}}}"))
                .unwrap()
        };
        let (event, block) = (parse(r#""options":{"mode":"event"}"#), parse(r#""name":"b""#));
        let merged = event.merge(&block);
        assert_eq!(
            merged.conflicts,
            [r#"option mode: "event" in one case and the default in the other: "event" is used"#]
        );
        assert_eq!(merged, block.merge(&event));
    }

    #[test]
    fn differences_are_said() {
        let parse = |text: &str| {
            Case::parse(&format!("{{\"format\":\"scriptscope.case\",\"version\":1,{text}}}"))
                .unwrap()
        };
        let one = parse(
            r#""name":"a","options":{"minScore":50},"sources":[{"name":"x","bytes":1}],"rules":[{"name":"r","text":"1"}],
            "marks":{"block:7":{"verdict":"benign","note":"backup","by":"kim"}}"#,
        );
        let other = parse(
            r#""name":"b","options":{"minScore":25},"sources":[{"name":"x","bytes":2}],"rules":[{"name":"r","text":"2"}],
            "marks":{"block:7":{"verdict":"hostile","note":"","by":""}}"#,
        );
        let merged = one.merge(&other);
        assert_eq!(
            merged.conflicts,
            [
                "option minScore: 25 in one case and 50 in the other: 25 is used",
                "log x: its length or SHA-256 differs: they are two logs of one name",
                "rule file r: its text differs: both are used",
                "block:7: somebody says hostile, kim says benign",
            ]
        );
        assert_eq!(merged.case.name, "a + b");
    }
}
