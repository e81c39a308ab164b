//! Conversion of settings to the engine's options, including the files that they name.

use crate::case_file;
use crate::failed::Failed;
use crate::settings::{ModeChoice, Settings};
use scriptscope::report::Table;
use scriptscope::{AllowEntry, Mode, Options, RuleFile};
use scriptscope_scan::{Input, cause, read_linked_rules};
use std::fs;
use std::path::Path;

/// Returns the options of a session.
pub(crate) fn options(settings: &Settings) -> Result<Options, Failed> {
    let rules: Vec<_> = settings.rules.iter().cloned().map(Input::Path).collect();
    let rules = read_linked_rules(&rules, settings.follow_links)?;
    let mut options = match case_file::of(settings)? {
        None => Options::default(),
        Some(case) => Options::of_case(&case)?,
    };
    // A case that is opened with its own rules has them once.
    let new = rules.into_iter().filter(|file| !options.rules.contains(file)).collect::<Vec<_>>();
    options.rules.extend(new);
    let is_replaced = |name: &str| settings.macros.iter().any(|(own, _)| own == name);
    options.macros.retain(|(name, _)| !is_replaced(name));
    options.macros.extend(settings.macros.iter().cloned());
    options.builtin &= !settings.no_builtin;
    let disabled = settings.disable.iter().filter(|id| !options.disabled.contains(id));
    options.disabled.extend(disabled.cloned().collect::<Vec<_>>());
    match settings.mode {
        Some(ModeChoice::Event) => options.mode = Mode::Event,
        Some(ModeChoice::Block) => options.mode = Mode::Block,
        None => {}
    }
    fill(&mut options.computer, &settings.computer);
    fill(&mut options.utc_offset, &settings.utc_offset);
    fill(&mut options.encoding, &settings.encoding);
    fill(&mut options.since, &settings.since);
    fill(&mut options.until, &settings.until);
    options.inventory |= settings.table == Some(Table::Scripts);
    options.min_score = settings.min_score.or(options.min_score);
    // The logs of a case are compared by their hashes.
    options.sha256 = settings.sha256 || settings.case.is_some();
    options.views = match (settings.views, settings.no_views) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => options.views,
    };
    options.risk_window = settings.risk_window.or(options.risk_window);
    options.risk_threshold = settings.risk_threshold.or(options.risk_threshold);
    options.tactic_window = settings.tactic_window.or(options.tactic_window);
    options.tactic_threshold = settings.tactic_threshold.or(options.tactic_threshold);
    options.tactic_rules = settings.tactic_rules.or(options.tactic_rules);
    for path in &settings.assets {
        let wrong =
            |error| Failed::Usage(format!("--assets {}: {}", path.display(), cause(&error)));
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        options.assets.push(RuleFile::new(name, fs::read(path).map_err(wrong)?));
    }
    if let Some(path) = &settings.allow {
        let new = allow_list(path)?;
        options.allow_list.retain(|own| new.iter().all(|entry| entry.name != own.name));
        options.allow_list.extend(new);
    }
    Ok(options)
}

fn fill(own: &mut Option<String>, setting: &Option<String>) {
    if setting.is_some() {
        own.clone_from(setting);
    }
}

fn allow_list(path: &Path) -> Result<Vec<AllowEntry>, Failed> {
    let wrong = |what: String| Failed::Usage(format!("--allow {}: {what}", path.display()));
    let text = fs::read(path).map_err(|error| wrong(cause(&error)))?;
    // Parses the text as generic JSON first, so that a syntax error has its line and column.
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    let options: Options = serde_json::from_value(serde_json::json!({ "allowList": value }))
        .map_err(|error| wrong(error.to_string()))?;
    Ok(options.allow_list)
}
