//! Reads texts of script blocks that no rule matched again from their files.

use crate::failed::Failed;
use crate::logs;
use crate::settings::Settings;
use scriptscope::Session;
use scriptscope_scan::read_blocks;
use std::path::PathBuf;

/// Reads the texts of script blocks again into the session, all in one pass over the files. Returns the first that could
/// not be read, with the reason.
pub(crate) fn read_again(
    session: &mut Session,
    settings: &Settings,
    files: &[PathBuf],
    ids: &[String],
) -> Result<Option<(String, String)>, Failed> {
    if ids.is_empty() {
        return Ok(None);
    }
    let inputs = logs::inputs(files)?;
    let failed = read_blocks(session, &inputs, &settings.password, settings.follow_links, ids)?;
    Ok(failed.into_iter().next().map(|(id, error)| (id, error.to_string())))
}
