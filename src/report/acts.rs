//! Acts: results that belong together, because one process made them, or because they are close in time.

use super::contract::{Act, Block, RiskObject, Row};
use super::ids::hash;
use super::times::format_time;
use crate::ordered::OrderedSet;
use crate::risk::RiskContext;
use crate::rule::ObjectType;
use crate::sort;
use crate::text::fold_case;
use crate::time::Time;
use std::borrow::Cow;
use std::collections::HashMap;

/// Longest pause, in seconds, between two script blocks of one act of which no process is known.
const PAUSE_SECONDS: i64 = 5;

/// A script block of a result.
#[derive(Clone)]
struct Step<'a> {
    /// The computer with case folded, one name for all names of a machine. Empty if the block names none.
    machine: String,
    /// The computer as its risk object is spelled.
    computer: Cow<'a, str>,
    process: Option<&'a str>,
    time: Option<Time>,
    row: &'a Row,
}

impl<'a> Step<'a> {
    /// The order of a machine's steps: by process and time. Those without are the last.
    fn order(&self) -> (bool, Option<&'a str>, bool, Option<Time>) {
        (self.process.is_none(), self.process, self.time.is_none(), self.time)
    }
}

/// Returns the acts of the results that nothing hides, by time: the script blocks of one computer and process id, or of one
/// computer with at most five seconds from one to the next where no process is known. A result whose script blocks are in
/// several acts is in each of them.
pub(super) fn acts(
    rows: &[Row],
    blocks: &[Block],
    objects: &[RiskObject],
    context: RiskContext<'_>,
) -> Vec<Act> {
    let systems = objects.iter().filter(|object| object.kind == ObjectType::System.to_string());
    let spellings: HashMap<String, &str> =
        systems.map(|own| (fold_case(&own.object), own.object.as_str())).collect();
    let by_id: HashMap<&str, &Block> =
        blocks.iter().map(|block| (block.id.as_str(), block)).collect();
    let shown = rows.iter().filter(|row| row.suppressed_by.is_none());
    let mut steps: Vec<Step<'_>> = Vec::new();
    for row in shown {
        for matched in &row.blocks {
            let Some(block) = by_id.get(matched.id.as_str()) else { continue };
            let computer = block.computer.as_deref().unwrap_or_default();
            let computer = context.object_of(ObjectType::System, (computer, None));
            let machine = fold_case(&computer);
            let time = block.time.as_deref().and_then(Time::parse).map(|(time, _)| time);
            steps.push(Step {
                computer: spellings.get(&machine).map_or(computer, |name| Cow::Borrowed(name)),
                machine,
                process: block.process_id.as_deref().filter(|process| !process.is_empty()),
                time,
                row,
            });
        }
    }
    sort::sort_by(&mut steps, |a, b| {
        (&a.machine, a.order()).cmp(&(&b.machine, b.order())).then_with(|| a.row.id.cmp(&b.row.id))
    });
    let is_one_act = |a: &Step<'_>, b: &Step<'_>| {
        a.machine == b.machine
            && a.process == b.process
            && (a.process.is_some() || a.row.id == b.row.id && a.time == b.time || is_near(a, b))
    };
    let mut acts: Vec<Act> = steps.chunk_by(is_one_act).filter_map(act).collect();
    sort::sort_by(&mut acts, |a, b| {
        let key = |own: &Act| (own.first_time.is_none(), own.first_time.clone());
        key(a).cmp(&key(b)).then_with(|| (&a.object, &a.id).cmp(&(&b.object, &b.id)))
    });
    acts
}

fn is_near(a: &Step<'_>, b: &Step<'_>) -> bool {
    let end = a.time.and_then(|time| time.checked_add_seconds(PAUSE_SECONDS));
    end.zip(b.time).is_some_and(|(end, time)| time <= end)
}

/// Returns the act of some steps, sorted by time.
fn act(steps: &[Step<'_>]) -> Option<Act> {
    let first = steps.first()?;
    let rules = OrderedSet::from_iter(steps.iter().map(|step| step.row.rule_id.as_str()));
    let mut seen = OrderedSet::new();
    let mut result_ids = Vec::new();
    for step in steps {
        if seen.insert(step.row.id.as_str()) {
            result_ids.push(step.row.id.clone());
        }
    }
    let times = || steps.iter().filter_map(|step| step.time);
    let first_time = format_time(times().min());
    let id = match first.process {
        Some(process) => hash(&["act", &first.machine, "process", process]),
        None => {
            let least = seen.iter().next().copied().unwrap_or_default();
            hash(&["act", &first.machine, first_time.as_deref().unwrap_or_default(), least])
        }
    };
    Some(Act {
        id,
        object: steps
            .iter()
            .map(|step| &*step.computer)
            .min()
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        process_id: first.process.map(str::to_owned),
        first_time,
        last_time: format_time(times().max()),
        result_ids,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use crate::report::Report;
    use crate::session::{Options, Session};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A script block: computer, process id (0: unknown), second, and which of two rules matches it.
    type Step = (u8, u8, u32, bool);

    fn report(steps: &[Step]) -> Report {
        let mut session = Session::new(Options::default()).unwrap();
        session.begin("log.json").unwrap();
        for (id, (computer, process, second, is_first)) in (0..).zip(steps) {
            let process = match process {
                0 => String::new(),
                id => format!("\"ExecutionProcessID\":{id},"),
            };
            let text = if *is_first { "Enable-PSRemoting" } else { "wevtutil cl Security" };
            let time = format!("2026-01-01T00:{:02}:{:02}.5Z", second / 60, second % 60);
            let record = format!(
                r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"H{computer}",
                    {process}"EventTime":"{time}","MessageNumber":1,"MessageTotal":1,"ScriptBlockId":"{id}",
                    "ScriptBlockText":"{text}"}}"#
            );
            session.push(record.as_bytes()).unwrap();
        }
        session.end().unwrap();
        session.report()
    }

    #[test]
    fn one_process_or_a_short_pause_makes_an_act() {
        let report = report(&[
            (1, 7, 0, true),
            (1, 7, 600, false),
            (1, 8, 1, true),
            (2, 0, 0, true),
            (2, 0, 5, false),
            (2, 0, 11, false),
            (3, 7, 3, true),
        ]);
        let short: Vec<_> = report
            .acts
            .iter()
            .map(|act| {
                let clock = |time: &Option<String>| time.as_deref().unwrap()[14..19].to_owned();
                let process = act.process_id.as_deref().unwrap_or("-");
                let object = act.object.as_deref().unwrap();
                let (first, last) = (clock(&act.first_time), clock(&act.last_time));
                format!(
                    "{object} {process} {first} {last} {} {}",
                    act.result_ids.len(),
                    act.rules.len()
                )
            })
            .collect();
        assert_eq!(
            short,
            [
                "H1 7 00:00 10:00 2 2",
                "H2 - 00:00 00:05 2 2",
                "H1 8 00:01 00:01 1 1",
                "H3 7 00:03 00:03 1 1",
                "H2 - 00:11 00:11 1 1",
            ]
        );
        assert!(report.acts.iter().all(|act| {
            report.risk_objects.iter().any(|own| Some(&own.object) == act.object.as_ref())
        }));
    }

    /// Steps of each act, by the definition: those of one process, and chains of short pauses.
    fn naive(steps: &[Step]) -> Vec<Vec<usize>> {
        let joined =
            |a: &Step, b: &Step| a.0 == b.0 && a.1 == b.1 && (a.1 > 0 || a.2.abs_diff(b.2) <= 5);
        let mut groups: Vec<usize> = (0..steps.len()).collect();
        for _ in 0..steps.len() {
            for a in 0..steps.len() {
                for b in 0..steps.len() {
                    if joined(&steps[a], &steps[b]) {
                        groups[a] = groups[a].min(groups[b]);
                    }
                }
            }
        }
        let mut acts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        (0..steps.len()).for_each(|step| acts.entry(groups[step]).or_default().push(step));
        acts.into_values().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn acts_are_the_definition_in_any_order(
            steps in prop::collection::vec((0_u8..3, 0_u8..3, 0_u32..60, any::<bool>()), 1..20),
            turn in 0_usize..20,
        ) {
            let own = report(&steps);
            let mut turned = steps.clone();
            turned.rotate_left(turn % steps.len());
            let key = |report: &Report| {
                let acts = report.acts.iter().map(|act| (act.id.clone(), act.result_ids.clone()));
                acts.collect::<Vec<_>>()
            };
            prop_assert_eq!(key(&report(&turned)), key(&own));
            let expected = naive(&steps);
            prop_assert_eq!(own.acts.len(), expected.len());
            let rules = |act: &Vec<usize>| {
                let mut rules: Vec<bool> = act.iter().map(|step| steps[*step].3).collect();
                rules.sort_unstable();
                rules.dedup();
                (steps[act[0]].0, steps[act[0]].1, act.iter().map(|step| steps[*step].2).min(), rules.len())
            };
            let mut expected: Vec<_> = expected.iter().map(rules).collect();
            expected.sort_unstable();
            let mut found: Vec<_> = own.acts.iter().map(|act| {
                let time = act.first_time.as_deref().unwrap();
                let second: u32 = time[14..16].parse::<u32>().unwrap() * 60 + time[17..19].parse::<u32>().unwrap();
                let computer: u8 = act.object.as_deref().unwrap()[1..].parse().unwrap();
                let process = act.process_id.as_deref().map_or(0, |id| id.parse().unwrap());
                (computer, process, Some(second), act.rules.len())
            }).collect();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
