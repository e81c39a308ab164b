//! Who is at risk, and why: rows to risk events, risk events to risk objects, and what stands out.
//!
//! An object's score is the sum of its events, in exact hundredths, so that every sum opens into its
//! addends and no order of adding matters.

use crate::event::canonical;
use crate::limits::FINDINGS_PER_OBJECT;
use crate::rule::{Assets, ObjectType, Rule, Score};
use crate::search::Value;
use crate::sort;
use crate::text::fold_case;
use crate::time::Time;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What one row puts on one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RiskEvent {
    /// The object as the row has it.
    pub object: String,
    /// What it is.
    pub kind: ObjectType,
    /// How much the row adds.
    pub score: Score,
    /// When the last script block behind the row was logged.
    pub time: Option<Time>,
    /// The rule's message with the row's values.
    pub message: Option<String>,
    /// What threatened it.
    pub threats: Vec<Threat>,
}

/// Something that threatens an object: an address, a process, a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Threat {
    /// The row's field.
    pub field: String,
    /// What it is, in the rule's word.
    pub kind: String,
    /// Its value.
    pub value: String,
}

/// A risk event with where it came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contribution<'a> {
    /// The id of the result.
    pub result: &'a str,
    /// The id of the rule.
    pub rule: &'a str,
    /// The tactics of the rule.
    pub tactics: &'a [String],
    /// The object, under the name that an assets table gives it.
    pub object: &'a str,
    /// What it adds.
    pub event: &'a RiskEvent,
}

/// A machine, user or other thing with all that counts against it.
#[derive(Clone, Debug)]
pub(crate) struct RiskObject<'a> {
    /// Its most common spelling.
    pub object: String,
    /// What it is.
    pub kind: ObjectType,
    /// The sum of its addends.
    pub score: Score,
    /// The times of its first and last addend.
    pub first: Option<Time>,
    /// The last.
    pub last: Option<Time>,
    /// The tactics of its addends' rules, sorted.
    pub tactics: Vec<String>,
    /// By time, rule and result.
    pub contributions: Vec<Contribution<'a>>,
}

/// An object that one of the two correlation rules raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The correlation rule's name.
    pub rule: &'static str,
    /// The object.
    pub object: String,
    /// What it is.
    pub kind: ObjectType,
    /// The sum of the addends in the window.
    pub score: Score,
    /// `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// The first addend's time in the window.
    pub first: Time,
    /// The last's.
    pub last: Time,
    /// The tactics in the window, sorted.
    pub tactics: Vec<String>,
    /// The ids of the results in the window, sorted.
    pub results: Vec<String>,
}

/// The risk events of a row: one for each value of each risk field that the row has. None for a hunting
/// rule. A field is found under any of its usual names.
pub(crate) fn events(
    rule: &Rule,
    columns: &[String],
    cells: &[Value],
    time: Option<Time>,
) -> Vec<RiskEvent> {
    if !rule.makes_risk() {
        return Vec::new();
    }
    let row = Row { columns, cells };
    let message = rule.message.as_deref().map(|message| fill(message, &row));
    let threats: Vec<Threat> = rule
        .threat_objects
        .iter()
        .flat_map(|threat| {
            row.values(&threat.field).into_iter().map(|value| Threat {
                field: threat.field.clone(),
                kind: threat.kind.clone(),
                value,
            })
        })
        .collect();
    let mut events = Vec::new();
    for field in &rule.risk_objects {
        let own = field.message.as_deref().map(|message| fill(message, &row));
        let message = own.or_else(|| message.clone());
        for object in row.values(&field.field) {
            events.push(RiskEvent {
                object,
                kind: field.kind,
                score: field.score,
                time,
                message: message.clone(),
                threats: threats.clone(),
            });
        }
    }
    events
}

/// The tactics of a rule, each once, sorted.
pub(crate) fn tactics(rule: &Rule) -> Vec<String> {
    sorted(rule.attack.iter().flat_map(|attack| &attack.tactics))
}

/// Adds up: objects by score (highest first), type and name. Spellings that differ only in case, and names
/// that an assets table says are one machine, are one object.
pub(crate) fn objects<'a>(
    contributions: Vec<Contribution<'a>>,
    assets: &'a Assets,
) -> Vec<RiskObject<'a>> {
    let mut groups: BTreeMap<(ObjectType, String), Vec<Contribution<'a>>> = BTreeMap::new();
    for mut contribution in contributions {
        if let Some(name) = assets.canonical_name(contribution.object) {
            contribution.object = name;
        }
        let key = (contribution.event.kind, fold_case(contribution.object));
        groups.entry(key).or_default().push(contribution);
    }
    let mut objects: Vec<_> =
        groups.into_iter().map(|((kind, _), contributions)| object(kind, contributions)).collect();
    sort::sort_by(&mut objects, |a, b| {
        b.score.cmp(&a.score).then(a.kind.cmp(&b.kind)).then_with(|| a.object.cmp(&b.object))
    });
    objects
}

/// What the correlation rules raise, highest score first. Windows slide over the times of the addends; one
/// without a time is in no window.
pub(crate) fn findings(objects: &[RiskObject<'_>]) -> Vec<Finding> {
    let mut findings: Vec<_> = objects
        .iter()
        .flat_map(|object| CORRELATIONS.iter().flat_map(|correlation| correlation.findings(object)))
        .collect();
    sort::sort_by(&mut findings, |a, b| {
        let key = |finding: &Finding| (finding.rule, finding.kind, finding.first);
        let by_object = || (a.rule, a.kind, &a.object).cmp(&(b.rule, b.kind, &b.object));
        b.score.cmp(&a.score).then_with(by_object).then_with(|| key(a).cmp(&key(b)))
    });
    findings
}

/// The name of an account or group whose SID is the same everywhere.
pub(crate) fn well_known_sid(sid: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, &str)] = &[
        ("S-1-1-0", "Everyone"),
        ("S-1-5-7", "ANONYMOUS LOGON"),
        ("S-1-5-11", "Authenticated Users"),
        ("S-1-5-18", "SYSTEM"),
        ("S-1-5-19", "LOCAL SERVICE"),
        ("S-1-5-20", "NETWORK SERVICE"),
        ("S-1-5-32-544", "Administrators"),
        ("S-1-5-32-545", "Users"),
    ];
    let known = KNOWN.iter().find(|(id, _)| *id == sid).map(|(_, name)| *name);
    known.or_else(|| {
        // The relative ids of a domain's or machine's two oldest accounts are fixed.
        let relative = sid.strip_prefix("S-1-5-21-")?.rsplit('-').next()?;
        match relative {
            "500" => Some("the built-in Administrator"),
            "501" => Some("the built-in Guest"),
            _ => None,
        }
    })
}

struct Row<'a> {
    columns: &'a [String],
    cells: &'a [Value],
}

impl Row<'_> {
    fn values(&self, name: &str) -> Vec<String> {
        let index = self.columns.iter().position(|column| column == name).or_else(|| {
            self.columns.iter().position(|column| canonical(column) == canonical(name))
        });
        let cell = index.and_then(|index| self.cells.get(index));
        cell.into_iter()
            .flat_map(Value::each)
            .filter_map(|value| value.text().map(String::from))
            .filter(|text| !text.is_empty())
            .collect()
    }
}

/// Fills `$field$` in. A field that the row lacks stays as it is written, so that it is seen to be missing.
fn fill(message: &str, row: &Row<'_>) -> String {
    let mut filled = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let named = after.split_once('$').filter(|(name, _)| is_name(name));
        let Some((name, behind)) = named else {
            filled.push('$');
            rest = after;
            continue;
        };
        let values = row.values(name.strip_prefix("result.").unwrap_or(name));
        if values.is_empty() {
            filled.extend(["$", name, "$"]);
        } else {
            let shown: Vec<String> = values.into_iter().map(with_sid_name).collect();
            filled.push_str(&shown.join(", "));
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

fn with_sid_name(value: String) -> String {
    match well_known_sid(&value) {
        Some(name) => format!("{value} ({name})"),
        None => value,
    }
}

fn object<'a>(kind: ObjectType, mut contributions: Vec<Contribution<'a>>) -> RiskObject<'a> {
    sort::sort_by(&mut contributions, |a, b| {
        let key = |contribution: &Contribution<'a>| {
            (
                contribution.event.time,
                contribution.rule,
                contribution.result,
                contribution.event.score,
            )
        };
        key(a).cmp(&key(b)).then_with(|| a.object.cmp(b.object))
    });
    let mut spellings: HashMap<&str, usize> = HashMap::new();
    for contribution in &contributions {
        *spellings.entry(contribution.object).or_default() += 1;
    }
    let name = spellings
        .into_iter()
        .min_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)))
        .map(|(name, _)| name.to_owned());
    let times = || contributions.iter().filter_map(|contribution| contribution.event.time);
    RiskObject {
        object: name.unwrap_or_default(),
        kind,
        score: contributions.iter().map(|contribution| contribution.event.score).sum(),
        first: times().min(),
        last: times().max(),
        tactics: sorted(contributions.iter().flat_map(|contribution| contribution.tactics)),
        contributions,
    }
}

/// A rule over an object's addends within a sliding window.
struct Correlation {
    name: &'static str,
    seconds: i64,
    holds: fn(&Window<'_>) -> bool,
}

const DAY: i64 = 24 * 60 * 60;

const CORRELATIONS: &[Correlation] = &[
    Correlation {
        name: "Risk threshold exceeded",
        seconds: DAY,
        holds: |window| window.score() > Score::points(100),
    },
    Correlation {
        name: "Tactic threshold exceeded",
        seconds: 7 * DAY,
        holds: |window| window.tactics() >= 3 && window.rules() >= 4,
    },
];

impl Correlation {
    /// The windows where it holds: the one with the highest score first, then those that share no addend
    /// with it.
    fn findings(&self, object: &RiskObject<'_>) -> Vec<Finding> {
        let mut left: Vec<&Contribution<'_>> = object
            .contributions
            .iter()
            .filter(|contribution| contribution.event.time.is_some())
            .collect();
        let mut findings = Vec::new();
        while findings.len() < FINDINGS_PER_OBJECT {
            let Some((start, end)) = self.strongest(&left) else { break };
            let inside: Vec<_> = left.drain(start..end).collect();
            findings.extend(self.finding(object, &inside));
        }
        findings
    }

    /// Where the highest score stands for which the rule holds; of equal ones the earliest.
    fn strongest(&self, contributions: &[&Contribution<'_>]) -> Option<(usize, usize)> {
        let mut window = Window::default();
        let mut best: Option<(Score, usize, usize)> = None;
        let mut start = 0;
        for (end, contribution) in contributions.iter().enumerate() {
            window.add(contribution);
            while let Some(first) =
                contributions.get(start).filter(|first| !self.near(first, contribution))
            {
                window.remove(first);
                start += 1;
            }
            let better = best.is_none_or(|(score, ..)| window.score() > score);
            if better && (self.holds)(&window) {
                best = Some((window.score(), start, end + 1));
            }
        }
        best.map(|(_, start, end)| (start, end))
    }

    fn near(&self, first: &Contribution<'_>, last: &Contribution<'_>) -> bool {
        match (first.event.time, last.event.time) {
            (Some(first), Some(last)) => {
                first.checked_add_seconds(self.seconds).is_none_or(|end| last <= end)
            }
            _ => false,
        }
    }

    fn finding(&self, object: &RiskObject<'_>, inside: &[&Contribution<'_>]) -> Option<Finding> {
        let times = || inside.iter().filter_map(|contribution| contribution.event.time);
        let score: Score = inside.iter().map(|contribution| contribution.event.score).sum();
        Some(Finding {
            rule: self.name,
            object: object.object.clone(),
            kind: object.kind,
            score,
            severity: severity(score),
            first: times().min()?,
            last: times().max()?,
            tactics: sorted(inside.iter().flat_map(|contribution| contribution.tactics)),
            results: sorted(inside.iter().map(|contribution| contribution.result)),
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

/// What stands in a window, kept as it slides.
#[derive(Default)]
struct Window<'a> {
    hundredths: i64,
    tactics: HashMap<&'a str, usize>,
    rules: HashMap<&'a str, usize>,
}

impl<'a> Window<'a> {
    fn score(&self) -> Score {
        Score::from_hundredths(self.hundredths)
    }

    fn tactics(&self) -> usize {
        self.tactics.len()
    }

    fn rules(&self) -> usize {
        self.rules.len()
    }

    fn add(&mut self, contribution: &'a Contribution<'_>) {
        self.hundredths += contribution.event.score.hundredths();
        *self.rules.entry(contribution.rule).or_default() += 1;
        for tactic in contribution.tactics {
            *self.tactics.entry(tactic).or_default() += 1;
        }
    }

    fn remove(&mut self, contribution: &'a Contribution<'_>) {
        self.hundredths -= contribution.event.score.hundredths();
        release(&mut self.rules, contribution.rule);
        for tactic in contribution.tactics {
            release(&mut self.tactics, tactic);
        }
    }
}

fn release<'a>(counts: &mut HashMap<&'a str, usize>, key: &'a str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn sorted<'a, T: AsRef<str> + ?Sized + 'a>(texts: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    let unique: HashSet<&str> = texts.into_iter().map(AsRef::as_ref).collect();
    let mut all: Vec<&str> = unique.into_iter().collect();
    sort::sort(&mut all);
    all.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleFile, RuleOptions, load};

    const RULE: &str = "
name: X
id: 11111111-1111-1111-1111-111111111111
type: TTP
search: EventCode=4104 ScriptBlockText=*x* | stats count by dest user_id
rba:
  message: seen on $dest$ by $user_id$, $nothing$, costs $5
  risk_objects:
  - {field: Computer, type: system, score: 25}
  - {field: user_id, type: user, score: 15.75}
  threat_objects:
  - {field: user_id, type: account}
tags: {mitre_attack_id: [T1059.001]}
";

    fn rule(text: &str) -> Rule {
        let files = [RuleFile::new("x.yml", text.as_bytes())];
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        load(&files, &options).rules.remove(0)
    }

    fn time(text: &str) -> Time {
        Time::parse(text).unwrap().0
    }

    fn contribution<'a>(
        object: &str,
        points: i32,
        at: &str,
        rule: &'a str,
        tactics: &'a [String],
    ) -> Contribution<'a> {
        let event = RiskEvent {
            object: object.into(),
            kind: ObjectType::System,
            score: Score::points(points),
            time: Time::parse(at).map(|(time, _)| time),
            message: None,
            threats: Vec::new(),
        };
        // Addends borrow their events, which a report has in its results.
        let event: &RiskEvent = Box::leak(Box::new(event));
        Contribution { result: "r", rule, tactics, object: &event.object, event }
    }

    #[test]
    fn a_row_makes_an_event_for_each_value_of_each_risk_field() {
        let columns = ["dest".to_owned(), "user_id".to_owned()];
        let cells = [Value::multi(vec!["DC01".into(), "FS03".into()]), Value::from("S-1-5-18")];
        let at = Some(time("2020-01-01T00:00:00Z"));
        let made = events(&rule(RULE), &columns, &cells, at);
        let short: Vec<_> = made
            .iter()
            .map(|event| (event.object.as_str(), event.kind, event.score.to_string()))
            .collect();
        assert_eq!(
            short,
            [
                ("DC01", ObjectType::System, "25".to_owned()),
                ("FS03", ObjectType::System, "25".to_owned()),
                ("S-1-5-18", ObjectType::User, "15.75".to_owned()),
            ]
        );
        assert_eq!(
            made[0].message.as_deref(),
            Some("seen on DC01, FS03 by S-1-5-18 (SYSTEM), $nothing$, costs $5")
        );
        assert_eq!(made[0].threats[0].value, "S-1-5-18");
        assert!(events(&rule(RULE), &columns, &[Value::Null, Value::Null], at).is_empty());
        let hunting = rule(&RULE.replace("TTP", "Hunting"));
        assert!(events(&hunting, &columns, &cells, at).is_empty());
    }

    #[test]
    fn spellings_are_one_object_under_the_most_common() {
        let none = [];
        let day = "2020-01-01T00:00:00Z";
        let mut contributions: Vec<_> = [("dc01", 1), ("DC01", 2), ("DC01", 3), ("ws1", 10)]
            .into_iter()
            .map(|(object, points)| contribution(object, points, day, "a", &none))
            .collect();
        let assets = Assets::default();
        let forward = objects(contributions.clone(), &assets);
        contributions.reverse();
        let backward = objects(contributions, &assets);
        let short = |objects: &[RiskObject<'_>]| -> Vec<_> {
            objects.iter().map(|o| (o.object.clone(), o.score.to_string())).collect()
        };
        assert_eq!(short(&forward), [("ws1".into(), "10".into()), ("DC01".into(), "6".to_owned())]);
        assert_eq!(short(&forward), short(&backward));
    }

    #[test]
    fn thresholds_slide_over_event_time() {
        let none = [];
        let at = |points, time: &str| contribution("dc01", points, time, "a", &none);
        let over = |contributions| findings(&objects(contributions, &Assets::default()));
        let hundred = vec![at(50, "2020-01-01T12:00:00Z"), at(50, "2020-01-02T12:00:00Z")];
        assert!(over(hundred).is_empty(), "more than 100, not 100");
        let apart = vec![at(60, "2020-01-01T12:00:00Z"), at(60, "2020-01-02T12:00:01Z")];
        assert!(over(apart).is_empty());
        let across = vec![at(60, "2020-01-01T12:00:00Z"), at(60, "2020-01-02T12:00:00Z")];
        let found = over(across);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].score.to_string(), found[0].severity), ("120".into(), "medium"));
        assert_eq!(found[0].last.to_string(), "2020-01-02T12:00:00Z");
        let two = vec![
            at(300, "2020-01-01T12:00:00Z"),
            at(500, "2020-03-01T12:00:00Z"),
            at(10, "2020-03-01T13:00:00Z"),
        ];
        let severities: Vec<_> = over(two).iter().map(|f| f.severity).collect();
        assert_eq!(severities, ["critical", "high"]);
    }

    #[test]
    fn several_tactics_of_several_rules() {
        let tactics: Vec<String> = ["Execution", "Persistence", "Impact"].map(String::from).into();
        let day = |n: u32| format!("2020-01-{n:02}T00:00:00Z");
        let make = |rules: &[&'static str]| {
            let contributions = (0..)
                .zip(rules)
                .map(|(n, rule)| {
                    let index = usize::try_from(n).unwrap() % 3;
                    contribution("dc01", 1, &day(n + 1), rule, &tactics[index..=index])
                })
                .collect();
            findings(&objects(contributions, &Assets::default()))
        };
        assert!(make(&["a", "b", "c"]).is_empty());
        assert!(make(&["a", "b", "c", "c"]).is_empty());
        let found = make(&["a", "b", "c", "d"]);
        assert_eq!(found[0].rule, "Tactic threshold exceeded");
        assert_eq!(found[0].tactics, ["Execution", "Impact", "Persistence"]);
    }

    #[test]
    fn well_known_accounts_have_names() {
        assert_eq!(well_known_sid("S-1-5-18"), Some("SYSTEM"));
        assert_eq!(well_known_sid("S-1-5-21-1-2-3-500"), Some("the built-in Administrator"));
        assert_eq!(well_known_sid("S-1-5-21-1-2-3-1104"), None);
    }
}
