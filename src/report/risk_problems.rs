//! What a reader must know of risk: logs without users, logs given twice, and limits that were reached.

use super::blocks::BlockDraft;
use super::contract::Problem;
use super::convert::convert_problem;
use super::inputs::ReportInputs;
use super::source_names::SourceNames;
use crate::error;
use crate::limits::{FINDINGS_PER_OBJECT, USER_NAMES};
use crate::ordered::OrderedSet;
use crate::reassemble::Mode;
use crate::risk::Findings;
use crate::sort;
use std::collections::HashMap;

pub(super) fn risk_problems(
    inputs: &ReportInputs<'_>,
    blocks: &[BlockDraft<'_>],
    names: &SourceNames,
    findings: &Findings,
) -> Vec<Problem> {
    let mut problems = without_users(inputs, blocks, names);
    problems.extend(read_twice(inputs, names));
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

/// Names the sources that have the script block records of another one: the same log twice, also in another format.
fn read_twice(inputs: &ReportInputs<'_>, names: &SourceNames) -> Vec<Problem> {
    let mut order: Vec<usize> = (0..inputs.sources.len()).collect();
    sort::sort_by_key(&mut order, |&source| names.rank(source));
    let mut known: HashMap<_, usize> = HashMap::new();
    let mut problems = Vec::new();
    for source in order {
        let stats = inputs.sources.get(source);
        let Some((stats, key)) = stats.and_then(|own| Some((own, own.records_key()?))) else {
            continue;
        };
        let Some(first) = known.get(&key) else {
            known.insert(key, source);
            continue;
        };
        let (records, first) = (stats.events, names.name(*first));
        let same = format!(
            "its {records} script block records have the ids and computers of those of {first}"
        );
        let without_id = stats.without_script_block_id();
        let problem = match inputs.mode {
            Mode::Block if without_id > 0 => error::Problem::warning(
                "same-records",
                format!(
                    "{same}: what both have alike counts once, but {without_id} without a ScriptBlockId count twice; leave \
                     one of the two out"
                ),
            ),
            Mode::Block => error::Problem::info(
                "same-records",
                format!("{same}: what both have alike counts once"),
            ),
            Mode::Event => error::Problem::warning(
                "same-records",
                format!(
                    "{same}: in event mode each counts twice, as in Splunk; leave one of the two out"
                ),
            ),
        };
        problems.push(convert_problem(&problem, Some(names.name(source))));
    }
    problems
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
    fn a_log_without_users_is_said() {
        let (said, _) = problems(&[("a.json", &json("FS03", ""))], Mode::Block);
        assert_eq!(said, ["a.json info no-user"]);
    }
}
