//! Reads texts of script blocks that no rule matched again from their files.

use crate::failed::Failed;
use crate::logs;
use crate::settings::Settings;
use scriptscope::Session;
use scriptscope_scan::{SourceRange, read_ranges};
use std::path::PathBuf;

/// Reads the texts of script blocks again into the session, all in one pass over the files. Returns the first that could
/// not be read, with the reason.
pub(crate) fn read_again(
    session: &mut Session,
    settings: &Settings,
    files: &[PathBuf],
    ids: &[String],
) -> Result<Option<(String, String)>, Failed> {
    let mut ranges = Vec::new();
    let mut plans = Vec::new();
    for id in ids {
        let plan = session.read_plan(id)?.unwrap_or_default();
        plans.push((id, plan.len()));
        ranges.extend(plan.into_iter().map(|range| SourceRange {
            source: range.source,
            offset: range.offset,
            length: range.length,
        }));
    }
    if ranges.is_empty() {
        return Ok(None);
    }
    let inputs = logs::inputs(files)?;
    let pieces = read_ranges(&inputs, &settings.password, settings.follow_links, &ranges);
    let mut pieces = pieces.into_iter();
    let mut failed = None;
    for (id, parts) in plans {
        let own: Vec<Vec<u8>> = pieces.by_ref().take(parts).collect();
        if let Err(error) = session.read_block(id, &own) {
            failed.get_or_insert_with(|| (id.clone(), error.to_string()));
        }
    }
    Ok(failed)
}
