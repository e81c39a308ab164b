//! Arguments of the command line.

use crate::choice::{Choice, OutputFormat};
use crate::failed::Failed;
use crate::settings::{ColorChoice, Settings, whole};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use scriptscope::inventory::{BlockSort, Sameness, ScriptSort};
use std::path::PathBuf;

/// Which machine first, and why, from PowerShell script block logs (event 4104)
///
/// Reads EVTX, event XML, JSON, CSV and Splunk's text, alone, in folders, gzip or zip, and runs detections over them.
/// Everything happens on this machine.
#[derive(Parser, Debug)]
#[command(
    name = "scriptscope",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    infer_long_args = false,
    term_width = 100,
    after_help = AFTER_HELP,
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) analyze: AnalyzeArgs,
    /// Print the script that completes this command's words in a shell
    #[arg(long, value_name = "SHELL", exclusive = true, help_heading = "Set-up")]
    pub(crate) completions: Option<Shell>,
    /// Print the manual page, for man
    #[arg(long, exclusive = true, help_heading = "Set-up")]
    pub(crate) man: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// List the rules that would run and those refused; with logs, what each of them matched
    #[command(after_help = RULES_HELP, term_width = 100)]
    Rules(RulesArgs),
    /// Run rules on their own samples, on the data sets they name, and on logs against what they are expected to match
    #[command(after_help = TEST_HELP, term_width = 100)]
    Test(TestArgs),
    /// List URLs, hosts, addresses, hashes, paths and keys in the scripts that rules match
    #[command(after_help = IOCS_HELP, term_width = 100)]
    Iocs(IocsArgs),
    /// Print every text hidden in a script: base64, split strings, character codes, backticks
    #[command(after_help = UNWRAP_HELP, term_width = 100)]
    Unwrap(UnwrapArgs),
    /// Read logs and write what was found, for merge to report with that of other machines
    #[command(after_help = PARTIAL_HELP, term_width = 100)]
    Partial(PartialArgs),
    /// Report what partial found, here or elsewhere
    #[command(after_help = MERGE_HELP, term_width = 100)]
    Merge(MergeArgs),
    /// List every script block, matched or not, and print the text of one
    #[command(after_help = BLOCKS_HELP, term_width = 100)]
    Blocks(BlocksArgs),
    /// Find script blocks by words or a search, in their texts and what these hide
    #[command(after_help = SEARCH_HELP, term_width = 100, alias = "hunt")]
    Search(SearchArgs),
    /// Who is at risk: each object's figures opened into their addends, findings, and acts
    #[command(after_help = RISK_HELP, term_width = 100)]
    Risk(LogsArgs),
    /// List the same scripts together, the rarest first, also those that no rule matches
    #[command(after_help = SCRIPTS_HELP, term_width = 100)]
    Scripts(ScriptsArgs),
    /// Write a case file: the logs by name and hash, options and rules, for marks and notes to be added to
    #[command(after_help = CASE_HELP, term_width = 100, args_conflicts_with_subcommands = true)]
    Case(CaseArgs),
    /// Write a report for readers: HTML in one file, or Markdown
    #[command(after_help = REPORT_HELP, term_width = 100)]
    Report(ReportArgs),
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// Settings from a TOML file: the long options without their dashes
    #[arg(long, value_name = "FILE", help_heading = "Set-up")]
    pub(crate) config: Option<PathBuf>,
    /// Print the settings in effect as such a file, and do nothing else
    #[arg(long, help_heading = "Set-up")]
    pub(crate) print_config: bool,
}

#[derive(Args, Debug)]
pub(crate) struct AnalyzeArgs {
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Go on reading what is added to the files, and print new and changed results (table or ndjson)
    #[arg(long, help_heading = "Reading")]
    pub(crate) follow: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    /// Logs to run the rules on; with --as, ids of rules
    #[arg(value_name = "LOGS|ID")]
    pub(crate) words: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Write rules as a Splunk search, a Sigma rule or a detection that loads here
    #[arg(long = "as", value_name = "FORM")]
    pub(crate) form: Option<RuleForm>,
}

#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    /// Rules to test: a file, folder or zip; then logs to run them on
    #[arg(value_name = "RULES [LOGS]")]
    pub(crate) words: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Numbers of script blocks that rules match in LOGS: {"rule id": 3}, or what --format json printed before
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: Option<PathBuf>,
    /// A checkout of splunk/attack_data, in which to find the data sets that rules name as their tests
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct IocsArgs {
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Those of every script block, not only of those that rules match
    #[arg(long)]
    pub(crate) all: bool,
    /// Show values that no program follows, hxxp://evil[.]com, in the table (default)
    #[arg(long, overrides_with = "no_defang")]
    pub(crate) defang: bool,
    /// Show values as they are in the table; other formats have both or are for programs
    #[arg(long, overrides_with = "defang")]
    pub(crate) no_defang: bool,
}

#[derive(Args, Debug)]
pub(crate) struct UnwrapArgs {
    /// A script, or - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// table (default): each text under its name; json: a list of them
    #[arg(short, long, value_name = "FORMAT", value_parser = Choice::<OutputFormat>::any(), hide_possible_values = true)]
    pub(crate) format: Option<OutputFormat>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Say nothing on standard error except why something failed
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN")]
    pub(crate) color: Option<ColorChoice>,
}

#[derive(Args, Debug)]
pub(crate) struct PartialArgs {
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct BlocksArgs {
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Print the text of the script block with this id, read again from its file
    #[arg(long, value_name = "ID", help_heading = "List")]
    pub(crate) text: Option<String>,
    /// List what ran before and after the script block with this id
    #[arg(long, value_name = "ID", help_heading = "List", conflicts_with = "text")]
    pub(crate) id: Option<String>,
    /// How many script blocks before and after it (10)
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true, help_heading = "List", requires = "id")]
    pub(crate) around: Option<usize>,
}

#[derive(Args, Debug)]
pub(crate) struct SearchArgs {
    /// Words, "a phrase", or a search: Computer=DC* "*http*" | stats count by Path
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// List this many script blocks before and after each that is found
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true, help_heading = "List")]
    pub(crate) around: Option<usize>,
}

/// Which script blocks are listed, in which order.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// What to sort by: time (default), computer, user, process, path, length, score, seen-on
    #[arg(long, value_name = "KEY", value_parser = Choice::<BlockSort>::any(), help_heading = "List", hide_possible_values = true)]
    pub(crate) sort: Option<BlockSort>,
    /// The greatest first
    #[arg(long, help_heading = "List")]
    pub(crate) descending: bool,
    /// At most this many script blocks
    #[arg(long, value_name = "N", value_parser = whole::<usize>, allow_negative_numbers = true, help_heading = "List")]
    pub(crate) limit: Option<usize>,
    /// Only those of this computer; * stands for anything
    #[arg(long, value_name = "COMPUTER", help_heading = "List")]
    pub(crate) on: Option<String>,
    /// Only those of this user, a SID or name
    #[arg(long, value_name = "USER", help_heading = "List")]
    pub(crate) user: Option<String>,
    /// Only those of the process with this number
    #[arg(long, value_name = "ID", help_heading = "List")]
    pub(crate) process: Option<String>,
    /// Only those of this script file; '' for those of none
    #[arg(long, value_name = "PATH", help_heading = "List")]
    pub(crate) path: Option<String>,
    /// Only those with this text
    #[arg(long, value_name = "ID", help_heading = "List")]
    pub(crate) text_id: Option<String>,
    /// Only those whose texts differ from one in numbers, paths and strings only
    #[arg(long, value_name = "ID", help_heading = "List")]
    pub(crate) shape_id: Option<String>,
    /// Only those that rules match
    #[arg(long, help_heading = "List", conflicts_with = "unmatched")]
    pub(crate) matched: bool,
    /// Only those that no rule matches
    #[arg(long, help_heading = "List")]
    pub(crate) unmatched: bool,
    /// Only those that this rule matches, by its id; may be repeated
    #[arg(long, value_name = "ID", help_heading = "List")]
    pub(crate) rule: Vec<String>,
    /// Only those that a rule for this ATT&CK technique matches, such as T1059.001; may be repeated
    #[arg(long, value_name = "ID", help_heading = "List")]
    pub(crate) technique: Vec<String>,
    /// Only those that a rule of this level matches: critical, high, medium, low, informational; may be repeated
    #[arg(long, value_name = "LEVEL", help_heading = "List")]
    pub(crate) level: Vec<String>,
}

impl ListArgs {
    /// Returns the names of the options that are set.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let Self {
            sort,
            descending,
            limit,
            on,
            user,
            process,
            path,
            text_id,
            shape_id,
            matched,
            unmatched,
            rule,
            technique,
            level,
        } = self;
        let set = [
            ("--sort", sort.is_some()),
            ("--descending", *descending),
            ("--limit", limit.is_some()),
            ("--on", on.is_some()),
            ("--user", user.is_some()),
            ("--process", process.is_some()),
            ("--path", path.is_some()),
            ("--text-id", text_id.is_some()),
            ("--shape-id", shape_id.is_some()),
            ("--matched", *matched),
            ("--unmatched", *unmatched),
            ("--rule", !rule.is_empty()),
            ("--technique", !technique.is_empty()),
            ("--level", !level.is_empty()),
        ];
        set.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect()
    }

    /// Refuses the options that are set, except some.
    pub(crate) fn refuse_except(&self, taken: &[&str], why: &str) -> Result<(), Failed> {
        let names: Vec<_> = self.names().into_iter().filter(|name| !taken.contains(name)).collect();
        match names.len() {
            0 => Ok(()),
            1 => Err(Failed::Usage(format!("{} has no effect {why}", names.join(" and ")))),
            _ => Err(Failed::Usage(format!("{} have no effect {why}", names.join(" and ")))),
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct LogsArgs {
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct ScriptsArgs {
    #[command(flatten)]
    pub(crate) logs: LogsArgs,
    /// text: identical texts are the same script (default). shape: also those that differ in numbers, GUIDs, paths and
    /// strings only
    #[arg(
        long,
        value_name = "text|shape",
        value_parser = Choice::<Sameness>::any(),
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) by: Sameness,
    /// rarest (default), count, first or score
    #[arg(
        long,
        value_name = "ORDER",
        value_parser = Choice::<ScriptSort>::any(),
        default_value = "rarest",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) sort: ScriptSort,
}

#[derive(Args, Debug)]
pub(crate) struct MergeArgs {
    /// Files that partial wrote, with the same rules and options
    #[arg(value_name = "PARTIALS", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct CaseArgs {
    #[command(subcommand)]
    pub(crate) action: Option<CaseAction>,
    /// Logs: files, folders, archives, or - for standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// The name of the case
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum CaseAction {
    /// Join the cases of several analysts: where they differ, both are kept, and said
    Merge(CaseMergeArgs),
}

#[derive(Args, Debug)]
pub(crate) struct CaseMergeArgs {
    /// Case files
    #[arg(value_name = "CASES", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Say nothing on standard error except why something failed
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleForm {
    Spl,
    Sigma,
    Yaml,
}

const AFTER_HELP: &str = "\
Exit status:
  0  nothing found, or all that was tested passed
  1  something was found (Hunting rules do not count), or a test failed
  2  the options are wrong, an input could not be read at all, standard input is empty, the
     output cannot be written, or with --strict any problem is an error
  130  interrupted
A file or folder that has the name of a command is written ./rules.

Examples:
  scriptscope Microsoft-Windows-PowerShell%4Operational.evtx
  scriptscope --rules security_content/detections --min-score 25 logs/
  scriptscope --macro 'admin_filter=search NOT Computer=\"admin01*\"' -f csv -o results.csv logs/
  scriptscope --follow --format ndjson /var/log/collected/
  scriptscope test detections/ --format junit -o results.xml
  wevtutil qe Microsoft-Windows-PowerShell/Operational /f:xml | scriptscope --format json -
  scriptscope --completions bash > /etc/bash_completion.d/scriptscope";

const RULES_HELP: &str = "\
Examples:
  scriptscope rules
  scriptscope rules --rules sigma/rules/windows/powershell logs/
  scriptscope rules --format json --no-builtin --rules mine.yml
  scriptscope rules --format github --no-builtin --rules detections/
  scriptscope rules --as spl 40e3b299-19a5-4460-96e9-e1467f714f8e";

const TEST_HELP: &str = "\
Exit status: 0 all that was tested passed; 1 a test failed; 2 nothing was tested, or data sets
are missing. A rule without samples and data sets is not tested, and counted apart.

Examples:
  scriptscope test detections/
  scriptscope test mine.yml --format junit -o results.xml
  scriptscope test detections/ --data attack_data/ --format sarif -o rules.sarif
  scriptscope test detections/ --format github
  scriptscope test detections/ logs/ --format json > expected.json
  scriptscope test detections/ logs/ --expect expected.json";

const IOCS_HELP: &str = "\
Exit status: 1 there is an indicator; 0 there is none; 2 a log could not be read at all.
Version numbers, loopback, documentation ranges and names of schemas are left out and counted.

Examples:
  scriptscope iocs logs/
  scriptscope iocs --all --format csv -o all.csv logs/
  scriptscope iocs --format stix -o indicators.json logs/
  scriptscope iocs --format csv -o indicators.csv logs/";

const UNWRAP_HELP: &str = "\
Exit status: 1 a text is hidden; 0 none is; 2 the script could not be read.

Examples:
  scriptscope unwrap dropper.ps1
  pwsh -c Get-Clipboard | scriptscope unwrap -
  scriptscope unwrap --format json dropper.ps1";

const RISK_HELP: &str = "\
Exit status: 1 there is a risk object; 0 there is none; 2 no rule can match, or a log could not be
read at all.

Examples:
  scriptscope risk logs/
  scriptscope risk --assets assets.csv --risk-window 1 logs/
  scriptscope risk --format json logs/";

const SCRIPTS_HELP: &str = "\
Exit status: 1 scripts are listed; 0 there are none; 2 a log could not be read at all.

Examples:
  scriptscope scripts logs/
  scriptscope scripts --by shape --sort count logs/
  scriptscope scripts --format ndjson logs/";

const PARTIAL_HELP: &str = "\
Examples:
  scriptscope partial -o host1.partial host1/
  scriptscope partial --rules detections/ -o monday.partial monday.zip";

const BLOCKS_HELP: &str = "\
Exit status: 1 script blocks are listed; 0 there are none, or --text printed one; 2 no script
block has the id, or a log could not be read at all.

Examples:
  scriptscope blocks logs/
  scriptscope blocks --on 'DC*' --sort length --descending --limit 20 logs.zip
  scriptscope blocks --unmatched --sort seen-on --format csv -o blocks.csv logs/
  scriptscope blocks --id 6f1c2d3e0a4b5c6d7e8f9a0b1c2d3e4f --around 5 logs/
  scriptscope blocks --text 6f1c2d3e0a4b5c6d7e8f9a0b1c2d3e4f logs/ > script.ps1.txt";

const SEARCH_HELP: &str = "\
Words are looked for anywhere in a text and in what it hides, without regard to case; all of
them must be in it, unless OR or NOT is between them. A query with a field or a pipe is a search.
Logs of 16 MB and more are searched piece by piece: rows come as they are found.
Exit status: 1 something was found; 0 nothing; 2 the query cannot be read or cannot match.

Examples:
  scriptscope search 'downloadstring \"net user\"' logs/
  scriptscope search 'Computer=DC* \"*http*\" | stats count by Path' logs/
  scriptscope hunt mimikatz --around 3 logs.zip
  scriptscope search 'Path=*\\\\temp\\\\*' --format ndjson logs/";

const MERGE_HELP: &str = "\
Examples:
  scriptscope merge host1.partial host2.partial
  scriptscope merge --rules detections/ --format json *.partial";

const CASE_HELP: &str = "\
Exit status: 0 the case was written; 2 not, or a log could not be read at all.

Examples:
  scriptscope case -o fs03.case.json --name FS03 logs/
  scriptscope --case fs03.case.json logs/
  scriptscope case --case fs03.case.json -o fs03.case.json logs/ more-logs/
  scriptscope case merge kim.case.json lee.case.json -o both.case.json";

const REPORT_HELP: &str = "\
The form is that of --format (html or markdown), else that of the name of the output: .md is
Markdown, any other HTML.

Exit status: 0 the report was written; 2 not, or a log could not be read at all.

Examples:
  scriptscope report -o fs03.html logs/
  scriptscope report --case fs03.case.json -o fs03.md logs/";
