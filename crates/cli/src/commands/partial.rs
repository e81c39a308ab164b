//! `scriptscope partial`: reads logs and writes the results, to be merged elsewhere.

use super::{NOTHING_FOUND, analyze::named_files};
use crate::accepted::PARTIAL;
use crate::args::PartialArgs;
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;

pub(crate) fn partial(args: PartialArgs) -> Result<u8, Failed> {
    let Some(settings) = effective(args.common, &PARTIAL)? else { return Ok(NOTHING_FOUND) };
    let files = named_files(&settings, args.files)?;
    let console = Console::new(&settings);
    if console.is_terminal {
        let message = "a partial result is no text: name a file with --output, or pipe it";
        return Err(Failed::Usage(message.to_owned()));
    }
    let mut logs = logs::read(&console, &settings, engine::options(&settings)?, &files)?;
    console.write(&logs.session.partial()?)?;
    let report = logs.session.outline().report;
    complain(&console, &report.problems);
    Ok(logs.status(&console, &settings, &report, NOTHING_FOUND))
}
