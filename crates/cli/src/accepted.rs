//! Which options and formats each command has. Its help shows only these; any other is refused by name.

use crate::choice::{Choice, OutputFormat};
use crate::failed::Failed;
use crate::settings::Settings;
use clap::Command;
use scriptscope::report::ExportFormat;

/// What a command takes of the options that commands have in common.
pub(crate) struct Accepted {
    /// The command's name; empty for the one without.
    name: &'static str,
    options: &'static [&'static [&'static str]],
    /// Forms of its output, the default first.
    formats: &'static [OutputFormat],
    /// Where options have an effect that have none on this command.
    advice: &'static str,
}

const FORMAT: &[&str] = &["format"];
const TABLE: &[&str] = &["table"];
const OUTPUT: &[&str] = &["output", "quiet", "verbose", "strict", "color"];
const RULES_OF: &[&str] = &["rules", "macro", "case", "follow-links"];
const SWITCHES: &[&str] = &["no-builtin", "disable"];
const ALLOW: &[&str] = &["allow", "min-score"];
const SEARCHED: &[&str] =
    &["mode", "views", "no-views", "since", "until", "computer", "utc-offset", "encoding"];
const READING: &[&str] = &["password", "jobs", "live"];
const HASHES: &[&str] = &["sha256"];
const ASSETS: &[&str] = &["assets"];
const THRESHOLDS: &[&str] =
    &["risk-window", "risk-threshold", "tactic-window", "tactic-threshold", "tactic-rules"];

const LISTS: &[OutputFormat] =
    &[OutputFormat::Table, OutputFormat::Json, OutputFormat::NDJSON, OutputFormat::CSV];
const REPORTS: &[OutputFormat] = &[
    OutputFormat::Table,
    OutputFormat::Json,
    OutputFormat::NDJSON,
    OutputFormat::CSV,
    OutputFormat::Html,
    OutputFormat::Markdown,
    OutputFormat::Export(ExportFormat::Navigator),
    OutputFormat::Export(ExportFormat::Timesketch),
    OutputFormat::Export(ExportFormat::TimesketchCsv),
    OutputFormat::Export(ExportFormat::Stix),
    OutputFormat::Export(ExportFormat::Misp),
    OutputFormat::Export(ExportFormat::Hec),
    OutputFormat::Export(ExportFormat::Ocsf),
    OutputFormat::Export(ExportFormat::ScriptsZip),
];

/// `scriptscope FILES`
pub(crate) const ANALYZE: Accepted = Accepted {
    name: "",
    options: &[
        FORMAT, TABLE, OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, READING, HASHES, ASSETS,
        THRESHOLDS,
    ],
    formats: REPORTS,
    advice: "",
};
/// `scriptscope --follow FILES`
pub(crate) const FOLLOW: Accepted = Accepted {
    name: "--follow",
    options: &[
        FORMAT,
        &["output", "quiet", "color"],
        RULES_OF,
        SWITCHES,
        ALLOW,
        SEARCHED,
        &["password", "jobs", "live"],
    ],
    formats: &[OutputFormat::Table, OutputFormat::NDJSON],
    advice: "it prints results as they come, and ends when it is interrupted",
};
/// `scriptscope rules`
pub(crate) const RULES: Accepted = Accepted {
    name: "rules",
    options: &[FORMAT, OUTPUT, RULES_OF, SWITCHES],
    formats: &[OutputFormat::Table, OutputFormat::Json, OutputFormat::Sarif, OutputFormat::Github],
    advice: "name logs to run the rules on",
};
/// `scriptscope rules LOGS`
pub(crate) const RULES_ON_LOGS: Accepted = Accepted {
    options: &[FORMAT, OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, READING],
    advice: "it lists rules and what they match",
    ..RULES
};
/// `scriptscope rules --as`
pub(crate) const RULE_FORMS: Accepted = Accepted {
    options: &[&["output", "quiet", "color"], RULES_OF, SWITCHES],
    advice: "with --as it writes rules",
    ..RULES
};
/// `scriptscope test RULES [LOGS]`
pub(crate) const TEST: Accepted = Accepted {
    name: "test",
    options: &[FORMAT, OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, READING],
    formats: &[
        OutputFormat::Table,
        OutputFormat::Json,
        OutputFormat::Junit,
        OutputFormat::Sarif,
        OutputFormat::Github,
    ],
    advice: "it tests rules",
};
/// `scriptscope iocs`
pub(crate) const IOCS: Accepted = Accepted {
    name: "iocs",
    options: &[FORMAT, OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, READING, HASHES],
    formats: &[
        OutputFormat::Table,
        OutputFormat::CSV,
        OutputFormat::Json,
        OutputFormat::NDJSON,
        OutputFormat::Export(ExportFormat::Stix),
        OutputFormat::Export(ExportFormat::Misp),
    ],
    advice: "it lists indicators",
};
/// `scriptscope blocks`
pub(crate) const BLOCKS: Accepted = Accepted {
    name: "blocks",
    options: &[FORMAT, OUTPUT, RULES_OF, SWITCHES, SEARCHED, READING, HASHES],
    formats: LISTS,
    advice: "it lists script blocks",
};
/// `scriptscope blocks --text`
pub(crate) const BLOCK_TEXT: Accepted = Accepted {
    options: &[OUTPUT, RULES_OF, SWITCHES, SEARCHED, READING],
    advice: "with --text it prints one text as it was logged",
    ..BLOCKS
};
/// `scriptscope search`
pub(crate) const SEARCH: Accepted = Accepted {
    name: "search",
    options: &[FORMAT, OUTPUT, RULES_OF, SEARCHED, READING, HASHES],
    formats: LISTS,
    advice: "its only rule is the query",
};
/// `scriptscope risk`
pub(crate) const RISK: Accepted = Accepted {
    name: "risk",
    options: &[
        FORMAT, OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, READING, HASHES, ASSETS, THRESHOLDS,
    ],
    formats: &[OutputFormat::Table, OutputFormat::Json, OutputFormat::NDJSON],
    advice: "it lists risk objects, findings and acts",
};
/// `scriptscope scripts`
pub(crate) const SCRIPTS: Accepted = Accepted {
    name: "scripts",
    options: &[FORMAT, OUTPUT, RULES_OF, SWITCHES, SEARCHED, READING, HASHES],
    formats: &[OutputFormat::Table, OutputFormat::Json, OutputFormat::NDJSON],
    advice: "it lists scripts",
};
/// `scriptscope partial`
pub(crate) const PARTIAL: Accepted = Accepted {
    name: "partial",
    options: &[OUTPUT, RULES_OF, SWITCHES, SEARCHED, READING, HASHES],
    formats: &[],
    advice: "give it to `scriptscope merge`, which reports",
};
/// `scriptscope merge`
pub(crate) const MERGE: Accepted = Accepted {
    name: "merge",
    options: &[FORMAT, TABLE, OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, ASSETS, THRESHOLDS],
    formats: REPORTS,
    advice: "give it to `scriptscope partial`, which reads the logs",
};
/// `scriptscope case`
pub(crate) const CASE: Accepted = Accepted {
    name: "case",
    options: &[OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, READING, THRESHOLDS],
    formats: &[],
    advice: "it writes a case file, with the hashes of all logs and without lists of assets",
};
/// `scriptscope report`
pub(crate) const REPORT: Accepted = Accepted {
    name: "report",
    options: &[FORMAT, OUTPUT, RULES_OF, SWITCHES, ALLOW, SEARCHED, READING, ASSETS, THRESHOLDS],
    formats: &[OutputFormat::Html, OutputFormat::Markdown],
    advice: "it writes a report for readers, which names every log by its hash",
};
/// `scriptscope unwrap`
pub(crate) const UNWRAP: Accepted = Accepted {
    name: "unwrap",
    options: &[],
    formats: &[OutputFormat::Table, OutputFormat::Json],
    advice: "",
};

/// The commands as clap has them.
const COMMANDS: [&Accepted; 13] = [
    &RULES_ON_LOGS,
    &TEST,
    &IOCS,
    &UNWRAP,
    &PARTIAL,
    &MERGE,
    &BLOCKS,
    &SEARCH,
    &RISK,
    &SCRIPTS,
    &CASE,
    &REPORT,
    &ANALYZE,
];

impl Accepted {
    fn takes(&self, option: &str) -> bool {
        self.options.iter().any(|group| group.contains(&option))
    }

    fn command(&self) -> String {
        if self.name.starts_with('-') {
            return self.name.to_owned();
        }
        format!("`scriptscope {}`", self.name).replace(" `", "`")
    }

    /// Refuses options of the command line that have no effect on the command. Those of a settings file may be for other
    /// commands.
    pub(crate) fn check(&self, given: &Settings) -> Result<(), Failed> {
        let names = given.names();
        let refused: Vec<String> =
            names.iter().filter(|name| !self.takes(name)).map(|name| format!("--{name}")).collect();
        let verb = match refused.len() {
            0 => return Ok(()),
            1 => "has",
            _ => "have",
        };
        let advice =
            if self.advice.is_empty() { String::new() } else { format!(": {}", self.advice) };
        let refused = refused.join(" and ");
        Err(Failed::Usage(format!("{refused} {verb} no effect on {}{advice}", self.command())))
    }

    /// Returns the format of the output, or an error if the command does not print it.
    pub(crate) fn format(&self, settings: &Settings) -> Result<OutputFormat, Failed> {
        let usual = self.formats.first().copied().unwrap_or(OutputFormat::Table);
        let format = settings.format.unwrap_or(usual);
        if !self.formats.contains(&format) {
            let names: Vec<String> = self.formats.iter().map(|own| String::from(*own)).collect();
            let command = if self.name.is_empty() { "scriptscope" } else { &self.command() };
            return Err(Failed::Usage(format!("{command} prints --format {}", names.join(" or "))));
        }
        let has_table = [OutputFormat::CSV, OutputFormat::NDJSON].contains(&format);
        if self.takes("table") && settings.table.is_some() && !has_table {
            let message =
                "--table names what --format csv and ndjson write; other formats have one content";
            return Err(Failed::Usage(message.to_owned()));
        }
        Ok(format)
    }
}

/// Returns the command with help and completions of each subcommand that show what it takes.
pub(crate) fn tailored(mut command: Command) -> Command {
    for own in COMMANDS {
        if own.name.is_empty() {
            command = tailor(command, own);
        } else {
            command = command.mut_subcommand(own.name, |command| tailor(command, own));
        }
    }
    command
}

fn tailor(mut command: Command, own: &'static Accepted) -> Command {
    let is_common = |name: &str| ANALYZE.takes(name);
    let hidden: Vec<_> = command
        .get_arguments()
        .filter(|arg| arg.get_long().is_some_and(|name| is_common(name) && !own.takes(name)))
        .map(|arg| arg.get_id().clone())
        .filter(|_| !own.options.is_empty())
        .collect();
    for id in hidden {
        command = command.mut_arg(id, |arg| arg.hide(true));
    }
    if own.formats.is_empty() {
        return command;
    }
    command.mut_arg("format", |arg| {
        let arg = arg.value_parser(Choice::shown(own.formats));
        if own.name.is_empty() || own.name == "unwrap" {
            return arg;
        }
        arg.help("The form of the output")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::CommandFactory;

    #[test]
    fn every_accepted_option_is_one_and_help_shows_only_these() {
        let command = tailored(Cli::command());
        for own in COMMANDS {
            let shown = match own.name {
                "" => &command,
                name => command.find_subcommand(name).unwrap(),
            };
            let args: Vec<_> = shown.get_arguments().filter(|arg| !arg.is_hide_set()).collect();
            let names: Vec<_> = args.iter().filter_map(|arg| arg.get_long()).collect();
            for option in own.options.concat() {
                assert!(
                    names.contains(&option) || option == "live",
                    "{} {option}: {names:?}",
                    own.name
                );
            }
            for name in names.iter().filter(|name| ANALYZE.takes(name) && own.name != "unwrap") {
                assert!(own.takes(name), "{} {name}", own.name);
            }
        }
    }

    #[test]
    fn options_without_an_effect_are_refused_by_name() {
        let given = Settings { min_score: Some(1.0), sha256: true, ..Settings::default() };
        let refused = |own: &Accepted| match own.check(&given) {
            Err(Failed::Usage(words)) => words,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            refused(&RULES),
            "--min-score and --sha256 have no effect on `scriptscope rules`: name logs to run the rules on"
        );
        assert_eq!(
            refused(&MERGE),
            "--sha256 has no effect on `scriptscope merge`: give it to `scriptscope partial`, which reads the logs"
        );
        assert!(ANALYZE.check(&given).is_ok());
    }
}
