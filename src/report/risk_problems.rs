//! What a reader must know of risk: logs without users, logs given twice, and limits that were reached.

use super::blocks::BlockDraft;
use super::contract::Problem;
use super::convert::convert_problem;
use super::inputs::ReportInputs;
use super::source_names::SourceNames;
use crate::error;
use crate::limits::{FINDINGS_PER_OBJECT, USER_NAMES};
use crate::ordered::{OrderedMap, OrderedSet};
use crate::reassemble::Mode;
use crate::risk::Findings;
use crate::sort;
use crate::text::fold_case;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

pub(super) fn risk_problems(
    inputs: &ReportInputs<'_>,
    blocks: &[BlockDraft<'_>],
    names: &SourceNames,
    findings: &Findings,
) -> Vec<Problem> {
    let mut problems = without_users(inputs, blocks, names);
    let twins = Twins::find(inputs, names);
    problems.extend(twins.problems(inputs, names));
    problems.extend(shared_records(inputs, blocks, names, &twins));
    let limited = findings.limited.iter().map(|(object, rule)| {
        let message = format!(
            "“{rule}” holds for {object} in more than {FINDINGS_PER_OBJECT} windows: those of the highest score are listed"
        );
        convert_problem(&error::Problem::info("findings-not-listed", message), None)
    });
    problems.extend(limited);
    if inputs.user_names.has_more() {
        let message = format!(
            "more than {USER_NAMES} accounts have names in the logs: the names of the others are not known"
        );
        problems.push(convert_problem(&error::Problem::warning("names-not-kept", message), None));
    }
    problems
}

/// The sources that have the script block records of another one, each with the first such source: the same log twice,
/// also in another format.
struct Twins(Vec<(usize, usize)>);

impl Twins {
    fn find(inputs: &ReportInputs<'_>, names: &SourceNames) -> Self {
        let mut order: Vec<usize> = (0..inputs.sources.len()).collect();
        sort::sort_by_key(&mut order, |&source| names.rank(source));
        let mut known: HashMap<_, usize> = HashMap::new();
        let twin = |source: usize| {
            let key = inputs.sources.get(source)?.records_key()?;
            let first = *known.entry(key).or_insert(source);
            (first != source).then_some((source, first))
        };
        Self(order.into_iter().filter_map(twin).collect())
    }

    /// The sources that are twins of another one.
    fn sources(&self) -> OrderedSet<usize> {
        OrderedSet::from_iter(self.0.iter().map(|&(source, _)| source))
    }

    fn problems(&self, inputs: &ReportInputs<'_>, names: &SourceNames) -> Vec<Problem> {
        let problem = |&(source, first): &(usize, usize)| {
            let stats = inputs.sources.get(source)?;
            let same = format!(
                "its {} script block records have the ids and computers of those of {}",
                stats.events,
                names.name(first)
            );
            let without_id = stats.without_script_block_id();
            let (counted, is_harmless) = match inputs.mode {
                Mode::Block if without_id > 0 => (
                    format!(
                        "what both have alike counts once, but {without_id} without a ScriptBlockId count twice; leave one \
                         of the two out"
                    ),
                    false,
                ),
                Mode::Block => ("what both have alike counts once".to_owned(), true),
                Mode::Event => (COUNTS_TWICE.to_owned(), false),
            };
            Some(convert_problem(
                &remark("same-records", is_harmless, format!("{same}: {counted}")),
                Some(names.name(source)),
            ))
        };
        self.0.iter().filter_map(problem).collect()
    }
}

const COUNTS_TWICE: &str =
    "in event mode each counts twice, as in Splunk; leave one of the two out";

/// Records that a source shares with sources whose names sort before its own.
#[derive(Default)]
struct Shared {
    first: Option<usize>,
    counted_once: u64,
    counted_twice: u64,
}

/// Names the sources of which a part of the matched records is in another source too, such as the half of a log beside all
/// of it. [`Twins`] finds only those with all records of another one.
fn shared_records(
    inputs: &ReportInputs<'_>,
    blocks: &[BlockDraft<'_>],
    names: &SourceNames,
    twins: &Twins,
) -> Vec<Problem> {
    if inputs.sources.len() < 2 {
        return Vec::new();
    }
    let mut shared: OrderedMap<usize, Shared> = OrderedMap::default();
    let mut add = |one: usize, other: usize, is_counted_once: bool| {
        let (first, source) =
            if names.rank(one) < names.rank(other) { (one, other) } else { (other, one) };
        let own = shared.entry(source).or_default();
        own.first =
            own.first.filter(|known| names.rank(*known) < names.rank(first)).or(Some(first));
        *if is_counted_once { &mut own.counted_once } else { &mut own.counted_twice } += 1;
    };
    // The source of each record that is a script block by itself, by what is the same in every copy of the record.
    let mut known: HashMap<u64, usize> = HashMap::new();
    for draft in blocks {
        let block = &draft.matched.block;
        let copies = block.parts.iter().flat_map(|part| &part.copies).map(|copy| copy.source);
        let Some(first) = copies.clone().min_by_key(|source| names.rank(*source)) else { continue };
        let others = OrderedSet::from_iter(copies.filter(|source| *source != first));
        others.iter().for_each(|source| add(first, *source, true));
        let event = &block.event;
        let id = match inputs.mode {
            Mode::Event => event.script_block_id.as_ref().or(event.record.as_ref()),
            Mode::Block if event.script_block_id.is_none() => event.record.as_ref(),
            Mode::Block => None,
        };
        let (Some(id), Some(computer)) = (id, &event.computer) else { continue };
        let key = format!("{}\n{}\n{:?}", fold_case(computer), fold_case(id), event.number);
        let other = *known.entry(xxh3_64(key.as_bytes())).or_insert(first);
        if other != first {
            add(other, first, false);
        }
    }
    let twins = twins.sources();
    shared
        .iter()
        .filter(|(source, _)| !twins.contains(*source))
        .filter_map(|(source, own)| {
            let also_in = names.name(own.first?);
            let problem = match (own.counted_once, own.counted_twice) {
                (count, 0) => {
                    let message = format!(
                        "{count} of its script blocks that rules match are in {also_in} too: each counts once"
                    );
                    remark("shared-records", true, message)
                }
                (_, count) => {
                    let why = match inputs.mode {
                        Mode::Event => COUNTS_TWICE,
                        Mode::Block => {
                            "without a ScriptBlockId each counts twice; leave one of the two out"
                        }
                    };
                    let message = format!(
                        "{count} of its script block records that rules match are in {also_in} too: {why}"
                    );
                    remark("shared-records", false, message)
                }
            };
            Some(convert_problem(&problem, Some(names.name(*source))))
        })
        .collect()
}

/// A problem that changes no count if it is harmless, else one that does.
fn remark(code: &'static str, is_harmless: bool, message: String) -> error::Problem {
    match is_harmless {
        true => error::Problem::info(code, message),
        false => error::Problem::warning(code, message),
    }
}

/// Names the sources with script blocks that rules match, of which no script block names its user.
fn without_users(
    inputs: &ReportInputs<'_>,
    blocks: &[BlockDraft<'_>],
    names: &SourceNames,
) -> Vec<Problem> {
    // For each source the number of blocks, and whether one names its user.
    let mut sources = vec![(0_u64, false); inputs.sources.len()];
    for block in blocks {
        let has_user = block.origin().user.is_some_and(|user| !user.is_empty());
        let copies = block.matched.block.parts.iter().flat_map(|part| &part.copies);
        for source in OrderedSet::from_iter(copies.map(|copy| copy.source)) {
            if let Some((count, named)) = sources.get_mut(source) {
                *count += 1;
                *named |= has_user;
            }
        }
    }
    let silent = sources.iter().enumerate().filter(|(_, (count, named))| *count > 0 && !named);
    let problem = |(source, (count, _)): (usize, &(u64, bool))| {
        let message = format!(
            "this log names no user: none of its {count} script blocks that rules match has one, so risk counts against \
             computers only; export the event's UserID"
        );
        convert_problem(&error::Problem::info("no-user", message), Some(names.name(source)))
    };
    silent.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use crate::reassemble::Mode;
    use crate::session::{Options, Session};

    fn problems(sources: &[(&str, &str)], mode: Mode) -> (Vec<String>, i64) {
        let mut session = Session::new(Options::default().with_mode(mode)).unwrap();
        for (name, log) in sources {
            session.begin(name).unwrap();
            session.push(log.as_bytes()).unwrap();
            session.end().unwrap();
        }
        let report = session.report();
        let shown = report.problems.iter().map(|own| {
            format!("{} {} {}", own.source.as_deref().unwrap_or_default(), own.severity, own.code)
        });
        (shown.collect(), report.risk_objects[0].score.0)
    }

    fn json(computer: &str, user: &str) -> String {
        format!(
            r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"{computer}",{user}
                "EventRecordID":7,"EventTime":"2026-01-01T00:00:00Z","MessageNumber":1,"MessageTotal":1,
                "ScriptBlockId":"a","ScriptBlockText":"Enable-PSRemoting"}}"#
        )
    }

    #[test]
    fn a_log_given_twice_counts_once_and_is_said() {
        let xml = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>
            <Provider Name='Microsoft-Windows-PowerShell'/><EventID>4104</EventID><EventRecordID>7</EventRecordID>
            <TimeCreated SystemTime='2026-01-01T00:00:00.1234567Z'/><Computer>fs03</Computer>
            <Security UserID='S-1-5-18'/></System><EventData><Data Name='MessageNumber'>1</Data>
            <Data Name='MessageTotal'>1</Data><Data Name='ScriptBlockText'>Enable-PSRemoting</Data>
            <Data Name='ScriptBlockId'>a</Data></EventData></Event>";
        let user = r#""UserID":"S-1-5-18","#;
        let twin = json("FS03", user);
        let (said, score) = problems(&[("a.xml", xml), ("b.json", &twin)], Mode::Block);
        assert_eq!((said, score), (vec!["b.json info same-records".to_owned()], 2_500));
        let (said, _) = problems(&[("b.json", &twin), ("a.xml", xml), ("c.xml", xml)], Mode::Block);
        assert_eq!(said, ["b.json info same-records", "c.xml info same-records"]);
        let (said, _) = problems(&[("a.xml", xml), ("b.json", &twin)], Mode::Event);
        assert!(said.contains(&"b.json warning same-records".to_owned()), "{said:?}");
        let without = |log: &str| log.replace(r#""ScriptBlockId":"a","#, "");
        let (said, _) =
            problems(&[("a.json", &without(&twin)), ("b.json", &without(&twin))], Mode::Block);
        assert_eq!(said, ["b.json warning same-records"]);
        let other = json("FS04", user);
        assert!(problems(&[("a.xml", xml), ("b.json", &other)], Mode::Block).0.is_empty());
    }

    #[test]
    fn records_that_two_logs_share_are_said() {
        let said = |sources: &[(&str, &str)], mode| {
            let (mut said, _) = problems(sources, mode);
            said.retain(|own| own.ends_with("-records"));
            said
        };
        let user = r#""UserID":"S-1-5-18","#;
        let whole = json("FS03", user);
        let other = whole.replace("\"a\"", "\"b\"").replace(":7,", ":8,");
        let all = format!("{whole}\n{other}");
        let half = [("all.json", all.as_str()), ("half.json", &whole)];
        assert_eq!(said(&half, Mode::Block), ["half.json info shared-records"]);
        assert_eq!(said(&half, Mode::Event), ["half.json warning shared-records"]);
        let without = |own: &str, field: &str| own.replace(field, "");
        let record = "\"EventRecordID\":7,";
        let pair = [("a.json", whole.as_str()), ("b.json", &without(&whole, record))];
        assert_eq!(said(&pair, Mode::Block), ["b.json info shared-records"]);
        assert_eq!(said(&pair, Mode::Event), ["b.json warning shared-records"]);
        let id = "\"ScriptBlockId\":\"a\",";
        let (all, half) = (without(&all, id), without(&whole, id));
        let halves = [("all.json", all.as_str()), ("half.json", &half)];
        assert_eq!(said(&halves, Mode::Block), ["half.json warning shared-records"]);
        assert!(said(&[("a.json", &whole), ("b.json", &other)], Mode::Event).is_empty());
    }

    #[test]
    fn a_log_without_users_is_said() {
        let (said, _) = problems(&[("a.json", &json("FS03", ""))], Mode::Block);
        assert_eq!(said, ["a.json info no-user"]);
    }
}
