//! Findings: correlation rules over the contributions of a risk object within a sliding window.

use super::contribution::Contribution;
use super::distinct::spans;
use super::objects::RankedObject;
use super::options::RiskOptions;
use super::tactics::sorted_set;
use super::window::SlidingWindow;
use crate::limits::FINDINGS_PER_OBJECT;
use crate::rule::{ObjectType, Score};
use crate::sort;
use crate::time::Time;

/// A window in which an object satisfies a correlation rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectFinding {
    /// The correlation rule's name.
    pub rule: &'static str,
    /// The object's name.
    pub object: String,
    /// The object's type.
    pub kind: ObjectType,
    /// The sum of the contributions in the window.
    pub score: Score,
    /// `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// The time of the first contribution in the window.
    pub first: Time,
    /// The time of the last contribution in the window.
    pub last: Time,
    /// The tactics in the window, sorted.
    pub tactics: Vec<String>,
    /// The ids of the results in the window, sorted.
    pub results: Vec<String>,
}

/// The findings of all correlation rules.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Highest score first.
    pub(crate) findings: Vec<ObjectFinding>,
    /// Objects of which a rule may have more findings than are listed, with the rule's name.
    pub(crate) limited: Vec<(String, &'static str)>,
}

/// Applies Splunk Enterprise Security's two risk notables. A contribution without a time is in no window.
pub(crate) fn correlate(objects: &[RankedObject<'_>], options: &RiskOptions) -> Findings {
    let correlations = [
        RiskCorrelation {
            name: "Risk threshold exceeded",
            seconds: options.window,
            holds: &|window| window.score() > options.threshold,
        },
        RiskCorrelation {
            name: "Tactic threshold exceeded",
            seconds: options.tactic_window,
            holds: &|window| {
                window.tactics() >= options.tactics && window.rules() >= options.tactic_rules
            },
        },
    ];
    let mut all = Findings::default();
    for object in objects {
        for correlation in &correlations {
            let mut findings = correlation.findings(object);
            if findings.len() > FINDINGS_PER_OBJECT {
                findings.truncate(FINDINGS_PER_OBJECT);
                all.limited.push((object.object.clone(), correlation.name));
            }
            all.findings.append(&mut findings);
        }
    }
    sort::sort_by(&mut all.findings, |a, b| {
        let key = |finding: &ObjectFinding| (finding.rule, finding.kind, finding.first);
        let by_object = || (a.rule, a.kind, &a.object).cmp(&(b.rule, b.kind, &b.object));
        b.score.cmp(&a.score).then_with(by_object).then_with(|| key(a).cmp(&key(b)))
    });
    all
}

/// A correlation rule over the contributions of one object.
struct RiskCorrelation<'o> {
    name: &'static str,
    /// The length of the window.
    seconds: i64,
    holds: &'o dyn Fn(&SlidingWindow<'_>) -> bool,
}

impl RiskCorrelation<'_> {
    /// Returns the windows that satisfy the rule: first the one with the highest score, then those without any of its
    /// contributions, and so on, one more than are listed.
    fn findings(&self, object: &RankedObject<'_>) -> Vec<ObjectFinding> {
        let mut remaining: Vec<&Contribution<'_>> =
            object.contributions.iter().filter(|own| own.event.time.is_some()).collect();
        let mut findings = Vec::new();
        while findings.len() <= FINDINGS_PER_OBJECT {
            let Some((start, end)) = self.strongest_window(&remaining) else { break };
            let inside: Vec<_> = remaining.drain(start..end).collect();
            findings.extend(self.finding(object, &inside));
        }
        findings
    }

    /// Returns the range of the window that satisfies the rule with the highest score, the earliest of equal ones.
    fn strongest_window(&self, contributions: &[&Contribution<'_>]) -> Option<(usize, usize)> {
        let mut window = SlidingWindow::default();
        let mut best: Option<(Score, usize, usize)> = None;
        let mut start = 0;
        for (end, last) in contributions.iter().enumerate() {
            window.add(last);
            while let Some(first) = contributions.get(start).filter(|own| self.is_over(own, last)) {
                window.remove(first);
                start += 1;
            }
            // A window holds all that happened at one time.
            let next = contributions.get(end + 1);
            let is_whole = next.is_none_or(|next| next.event.time != last.event.time);
            let is_better = best.is_none_or(|(score, ..)| window.score() > score);
            if is_whole && is_better && (self.holds)(&window) {
                best = Some((window.score(), start, end + 1));
            }
        }
        best.map(|(_, start, end)| (start, end))
    }

    /// Returns whether no window holds both contributions.
    fn is_over(&self, first: &Contribution<'_>, last: &Contribution<'_>) -> bool {
        let times = first.event.time.zip(last.event.time);
        !times.is_some_and(|(first, last)| spans(first, last, self.seconds))
    }

    fn finding(
        &self,
        object: &RankedObject<'_>,
        inside: &[&Contribution<'_>],
    ) -> Option<ObjectFinding> {
        let times = || inside.iter().filter_map(|own| own.event.time);
        let score: Score = inside.iter().map(|own| own.score()).sum();
        Some(ObjectFinding {
            rule: self.name,
            object: object.object.clone(),
            kind: object.kind,
            score,
            severity: severity(score),
            first: times().min()?,
            last: times().max()?,
            tactics: sorted_set(inside.iter().flat_map(|own| own.tactics)),
            results: sorted_set(inside.iter().map(|own| own.result)),
        })
    }
}

fn severity(score: Score) -> &'static str {
    if score >= Score::points(500) {
        "critical"
    } else if score >= Score::points(250) {
        "high"
    } else {
        "medium"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::test_support::{contribution, ranked};

    #[test]
    fn the_score_threshold_slides_over_event_time() {
        let none = [];
        let at = |points, time: &str| contribution("dc01", points, time, "a", &none);
        let found =
            |contributions| correlate(&ranked(contributions), &RiskOptions::default()).findings;
        let hundred = vec![at(50, "2020-01-01T12:00:00Z"), at(50, "2020-01-02T12:00:00Z")];
        assert!(found(hundred).is_empty(), "more than 100, not 100");
        let apart = vec![at(60, "2020-01-01T12:00:00Z"), at(60, "2020-01-02T12:00:01Z")];
        assert!(found(apart).is_empty());
        let across = vec![at(60, "2020-01-01T12:00:00Z"), at(60, "2020-01-02T12:00:00Z")];
        let findings = found(across);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].score.to_string(), findings[0].severity), ("120".into(), "medium"));
        assert_eq!(findings[0].last.to_string(), "2020-01-02T12:00:00Z");
        let two_windows = vec![
            at(300, "2020-01-01T12:00:00Z"),
            at(500, "2020-03-01T12:00:00Z"),
            at(10, "2020-03-01T13:00:00Z"),
        ];
        let severities: Vec<_> = found(two_windows).iter().map(|own| own.severity).collect();
        assert_eq!(severities, ["critical", "high"]);
    }

    #[test]
    fn the_tactic_threshold_needs_three_tactics_of_four_rules() {
        let tactics: Vec<String> = ["Execution", "Persistence", "Impact"].map(String::from).into();
        let day = |n: u32| format!("2020-01-{n:02}T00:00:00Z");
        let found = |rules: &[&'static str]| {
            let contributions = (0..)
                .zip(rules)
                .map(|(n, rule)| {
                    let index = usize::try_from(n).unwrap() % 3;
                    contribution("dc01", 1, &day(n + 1), rule, &tactics[index..=index])
                })
                .collect();
            correlate(&ranked(contributions), &RiskOptions::default()).findings
        };
        assert!(found(&["a", "b", "c"]).is_empty());
        assert!(found(&["a", "b", "c", "c"]).is_empty());
        let findings = found(&["a", "b", "c", "d"]);
        assert_eq!(findings[0].rule, "Tactic threshold exceeded");
        assert_eq!(findings[0].tactics, ["Execution", "Impact", "Persistence"]);
    }
}
