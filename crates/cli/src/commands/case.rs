//! `scriptscope case`: writes a case file, or joins some.

use super::analyze::named_files;
use super::{FAILED, NOTHING_FOUND};
use crate::accepted::CASE;
use crate::args::{CaseAction, CaseArgs, CaseMergeArgs};
use crate::case_file;
use crate::config::effective;
use crate::console::{Console, say};
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::settings::Settings;
use scriptscope::Options;
use scriptscope::case::{Case, CaseRule};

pub(crate) fn case(args: CaseArgs) -> Result<u8, Failed> {
    if let Some(CaseAction::Merge(args)) = args.action {
        return merge(&args);
    }
    let Some(settings) = effective(args.common, &CASE)? else { return Ok(NOTHING_FOUND) };
    let files = named_files(&settings, args.files)?;
    let console = Console::new(&settings);
    let mut case = case_file::of(&settings)?.unwrap_or_default();
    let mut options = engine::options(&settings)?;
    options.sha256 = true;
    set_options(&mut case, &options)?;
    if let Some(name) = args.name {
        case.name = name;
    }
    let mut logs = logs::read(&console, &settings, options, &files)?;
    let report = logs.session.outline().report;
    case.set_sources(&report);
    console.write(case.to_json().as_bytes())?;
    complain(&console, &report.problems);
    Ok(logs.status(&console, &settings, &report, NOTHING_FOUND))
}

/// Puts the options of a session into a case, with its rules and its allow-list.
fn set_options(case: &mut Case, options: &Options) -> Result<(), Failed> {
    case.options = options.for_case();
    case.allow = options.allow_list.clone();
    case.rules.clear();
    for file in &options.rules {
        let text = String::from_utf8(file.bytes.clone()).map_err(|_| {
            let name = &file.name;
            Failed::Refused(format!("{name}: its text is not UTF-8, so a case cannot hold it"))
        })?;
        let mut rule = CaseRule::default();
        (rule.name, rule.text) = (file.name.clone(), text);
        case.rules.push(rule);
    }
    Ok(())
}

fn merge(args: &CaseMergeArgs) -> Result<u8, Failed> {
    let settings =
        Settings { output: args.output.clone(), quiet: args.quiet, ..Settings::default() };
    let console = Console::new(&settings);
    let mut conflicts = Vec::new();
    let mut merged: Option<Case> = None;
    for file in &args.files {
        let case = case_file::read("", file)?;
        merged = Some(match merged {
            None => case,
            Some(before) => {
                let joined = before.merge(&case);
                conflicts.extend(joined.conflicts);
                joined.case
            }
        });
    }
    let Some(case) = merged else { return Ok(FAILED) };
    console.write(case.to_json().as_bytes())?;
    conflicts.sort();
    conflicts.dedup();
    if !console.is_quiet {
        conflicts.iter().for_each(|conflict| say(conflict));
    }
    Ok(NOTHING_FOUND)
}
