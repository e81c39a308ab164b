//! What a reader must know of risk: logs without users, and limits that were reached.

use super::blocks::BlockDraft;
use super::contract::Problem;
use super::convert::convert_problem;
use super::inputs::ReportInputs;
use super::source_names::SourceNames;
use crate::error;
use crate::limits::{FINDINGS_PER_OBJECT, USER_NAMES};
use crate::ordered::OrderedSet;
use crate::risk::Findings;

pub(super) fn risk_problems(
    inputs: &ReportInputs<'_>,
    blocks: &[BlockDraft<'_>],
    names: &SourceNames,
    findings: &Findings,
) -> Vec<Problem> {
    let mut problems = without_users(inputs, blocks, names);
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
