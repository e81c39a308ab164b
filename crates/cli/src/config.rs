//! Settings from a file, read only if the command line names it.

use crate::accepted::Accepted;
use crate::args::Common;
use crate::choice::OutputFormat;
use crate::console::to_stdout;
use crate::failed::Failed;
use crate::settings::Settings;
use scriptscope_scan::cause;
use std::fs;
use std::path::PathBuf;

/// Returns the settings in effect; `None` if they were printed and the command is done. An option on the command line that
/// the command does not take is an error.
pub(crate) fn effective(common: Common, accepted: &Accepted) -> Result<Option<Settings>, Failed> {
    let Common { settings, config, print_config } = common;
    accepted.check(&settings)?;
    let own_table = settings.table;
    let mut settings = match config {
        Some(path) => settings.or(read(&path)?),
        None => settings,
    };
    if !print_config {
        // One of the file is for the formats that have tables.
        let has_table =
            [OutputFormat::CSV, OutputFormat::NDJSON].map(Some).contains(&settings.format);
        settings.table = own_table.or(settings.table.filter(|_| has_table));
        return Ok(Some(settings));
    }
    let text = toml::to_string(&settings).map_err(|error| Failed::Refused(error.to_string()))?;
    to_stdout(text.as_bytes())?;
    Ok(None)
}

fn read(path: &PathBuf) -> Result<Settings, Failed> {
    let wrong = |what: String| Failed::Usage(format!("--config {}: {what}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(cause(&error)))?;
    toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ModeChoice;

    #[test]
    fn what_is_printed_can_be_read_again() {
        let settings = Settings {
            format: Some(OutputFormat::CSV),
            mode: Some(ModeChoice::Event),
            rules: vec!["a".into(), "b".into()],
            macros: vec![("x".into(), "search NOT y=1".into())],
            no_builtin: true,
            jobs: Some(2),
            ..Settings::default()
        };
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings);
    }

    #[test]
    fn the_command_line_comes_first() {
        let line = Settings { jobs: Some(1), no_views: true, ..Settings::default() };
        let file = "jobs = 4\nviews = true\ncomputer = \"DC01\"\n";
        let both = line.or(toml::from_str(file).unwrap());
        assert_eq!((both.jobs, both.views, both.no_views), (Some(1), false, true));
        assert_eq!(both.computer.as_deref(), Some("DC01"));
        assert!(toml::from_str::<Settings>("jbos = 4").is_err());
    }
}
