//! Conversion of settings to the engine's options, including the files that they name.

use crate::failed::Failed;
use crate::settings::{ModeChoice, OutputFormat, Settings};
use scriptscope::{AllowEntry, Mode, Options};
use scriptscope_scan::{Input, read_linked_rules};
use std::fs;
use std::path::Path;

/// Returns the options of a session.
pub(crate) fn options(settings: &Settings) -> Result<Options, Failed> {
    let rules: Vec<_> = settings.rules.iter().cloned().map(Input::Path).collect();
    let mut options = Options::default();
    options.rules = read_linked_rules(&rules, settings.follow_links)?;
    options.macros = settings.macros.clone();
    options.builtin = !settings.no_builtin;
    options.disabled = settings.disable.clone();
    if settings.mode == Some(ModeChoice::Event) {
        options.mode = Mode::Event;
    }
    options.computer = settings.computer.clone();
    options.utc_offset = settings.utc_offset.clone();
    options.encoding = settings.encoding.clone();
    options.since = settings.since.clone();
    options.until = settings.until.clone();
    options.min_score = settings.min_score;
    options.sha256 = settings.sha256;
    options.views = match (settings.views, settings.no_views) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    if let Some(path) = &settings.allow {
        options.allow_list = allow_list(path)?;
    }
    Ok(options)
}

/// Returns the output format, or an error if the command does not print it.
pub(crate) fn format(
    settings: &Settings,
    command: &str,
    printed: &[OutputFormat],
) -> Result<OutputFormat, Failed> {
    let format = settings.format.unwrap_or(OutputFormat::Table);
    if printed.contains(&format) {
        return Ok(format);
    }
    let names: Vec<_> = printed.iter().map(|format| format!("{format:?}").to_lowercase()).collect();
    Err(Failed::Usage(format!("{command} prints --format {}", names.join(" or "))))
}

fn allow_list(path: &Path) -> Result<Vec<AllowEntry>, Failed> {
    let wrong = |what: String| Failed::Usage(format!("--allow {}: {what}", path.display()));
    let text = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    // Parses the text as generic JSON first, so that a syntax error has its line and column.
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    let options: Options = serde_json::from_value(serde_json::json!({ "allowList": value }))
        .map_err(|error| wrong(error.to_string()))?;
    Ok(options.allow_list)
}
