//! `scriptscope merge`: reports the results in partials.

use super::{NOTHING_FOUND, analyze};
use crate::accepted::MERGE;
use crate::args::MergeArgs;
use crate::case_file;
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs::{protect, strict};
use scriptscope::Session;
use scriptscope_scan::cause;
use std::fs;
use std::io::{self, Read};

pub(crate) fn merge(args: MergeArgs) -> Result<u8, Failed> {
    let Some(settings) = effective(args.common, &MERGE)? else { return Ok(NOTHING_FOUND) };
    let format = MERGE.format(&settings)?;
    let console = Console::new(&settings);
    protect(&settings, &args.files)?;
    let mut session = Session::new(engine::options(&settings)?)?;
    for file in &args.files {
        let refused = |what: String| Failed::Refused(format!("{}: {what}", file.display()));
        let bytes = if crate::logs::is_stdin(file) {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            fs::read(file)
        };
        let bytes = bytes.map_err(|error| refused(cause(&error)))?;
        session.merge(&bytes).map_err(|error| refused(error.to_string()))?;
    }
    let case = case_file::of(&settings)?;
    let report = analyze::show(&console, &settings, &mut session, (case.as_ref(), &[]), format)?;
    Ok(strict(&settings, &report, analyze::status(&report)))
}
