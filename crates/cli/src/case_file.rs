//! Case files on disk.

use crate::failed::Failed;
use crate::settings::Settings;
use scriptscope::case::{Case, MarkKey};
use scriptscope_scan::cause;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Upper bound on bytes that are read of a case file: more than the engine takes, which names its limit.
const MOST_BYTES: u64 = 256 << 20;

/// Reads a case file. `what`: the argument that names it, for messages.
pub(crate) fn read(what: &str, path: &Path) -> Result<Case, Failed> {
    let file = format!("{what}{}", path.display());
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|case| case.take(MOST_BYTES).read_to_end(&mut bytes));
    read.map_err(|error| Failed::Refused(format!("{file}: {}", cause(&error))))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failed::Refused(format!("{file}: it is no case: its text is not UTF-8")))?;
    Case::parse(&text).map_err(|error| Failed::Refused(format!("{file}:{error}")))
}

/// Whether a session needs the list of all script blocks to find what is marked.
pub(crate) fn marks_texts(case: &Case) -> bool {
    case.marks.keys().any(MarkKey::is_text)
}

/// Reads the case that the settings name.
pub(crate) fn of(settings: &Settings) -> Result<Option<Case>, Failed> {
    settings.case.as_deref().map(|path| read("--case ", path)).transpose()
}
