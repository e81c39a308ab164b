//! [`Command`]: a command of the pipeline, the text between two pipes.

use crate::regex::Regex;
use crate::search::ast::bin::Bin;
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::ast::correlation::Correlation;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::ast::lookup::Lookup;
use crate::search::ast::stats::{Stats, StreamStats};
use crate::search::ast::top::Top;
use crate::search::ast::transaction::Transaction;
use std::sync::Arc;

/// A command of a search.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `search`: keeps the rows for which the condition holds.
    Search(Condition),
    /// `where`: keeps the rows for which the expression is true.
    Where(EvalExpr),
    /// `regex`: keeps the rows in which a field matches, or those in which it does not.
    Regex {
        /// The field.
        field: String,
        /// The regular expression.
        regex: Regex,
        /// Whether matching rows are removed.
        negated: bool,
    },
    /// `eval`: assigns fields in order.
    Eval(Vec<(String, EvalExpr)>),
    /// `rex`: assigns a field for each named group of a regular expression.
    Rex {
        /// The input field.
        field: String,
        /// The regular expression.
        regex: Regex,
        /// Largest number of matches that are used; 0 for all.
        max_match: usize,
        /// The field that receives the byte ranges of the groups.
        offset_field: Option<String>,
    },
    /// `rex mode=sed`: edits a field.
    Sed {
        /// The field.
        field: String,
        /// The script as written.
        script: String,
        /// The parsed script.
        edit: SedEdit,
    },
    /// `fillnull`: assigns a value to null fields.
    FillNull {
        /// The fields; if empty, all that later commands name.
        fields: Vec<String>,
        /// The value.
        value: String,
    },
    /// `stats`: returns a row for each group.
    Stats(Stats),
    /// `eventstats`: assigns to each row the aggregates of its group.
    EventStats(Stats),
    /// `streamstats`: assigns to each row aggregates of the rows up to it.
    StreamStats(StreamStats),
    /// `top` or `rare`: returns the most or the least frequent values.
    Top(Top),
    /// `bin`: replaces values by their bins.
    Bin(Bin),
    /// `transaction`: joins rows with equal values.
    Transaction(Transaction),
    /// A Sigma correlation: returns a row for each period with enough events.
    Correlate(Correlation),
    /// `rename`: pairs of an old and a new name. `*` in the new name is what `*` in the old name matches.
    Rename(Vec<(String, String)>),
    /// `table`: chooses the columns.
    Table(Vec<String>),
    /// `fields`: keeps these fields, or removes them.
    Fields {
        /// Whether the fields are kept.
        keep: bool,
        /// The fields; `*` is a wildcard.
        names: Vec<String>,
    },
    /// `convert`: converts values.
    Convert {
        /// `strftime` format of times.
        time_format: String,
        /// The conversions in order.
        conversions: Vec<Conversion>,
    },
    /// `addtotals`: adds the sums of rows or columns.
    AddTotals(AddTotals),
    /// `lookup`: assigns fields from a lookup table.
    Lookup(LookupCall),
    /// `sort`: orders the rows.
    Sort {
        /// Largest number of rows that are kept; 0 for all.
        limit: usize,
        /// The fields to sort by.
        keys: Vec<SortKey>,
    },
    /// `dedup`: keeps the first rows of each combination of values.
    Dedup {
        /// Number of rows kept for each combination.
        keep: usize,
        /// The fields.
        fields: Vec<String>,
        /// Whether rows that lack a field are kept.
        keep_empty: bool,
        /// Whether further rows are kept with these fields removed.
        keep_events: bool,
        /// Whether only adjacent rows count as duplicates.
        consecutive: bool,
        /// The fields to sort by beforehand.
        sort_by: Vec<SortKey>,
    },
    /// `head`: keeps the first rows.
    Head(usize),
    /// `tail`: keeps the last rows, in reverse order.
    Tail(usize),
    /// `reverse`: reverses the rows.
    Reverse,
    /// `makemv`: splits a value into several.
    MakeMv {
        /// The field.
        field: String,
        /// How the value is split.
        split: MakeMvSplit,
        /// Whether empty values are kept.
        allow_empty: bool,
    },
    /// `nomv`: joins several values with newlines.
    NoMv(String),
    /// `mvexpand`: returns a row for each value of a field.
    MvExpand {
        /// The field.
        field: String,
        /// Largest number of values that are used; 0 for all.
        limit: usize,
    },
    /// `spath`: extracts values from JSON.
    Spath {
        /// The field that holds the JSON text.
        input: String,
        /// Path of the value; `None` for all values.
        path: Option<String>,
        /// The output field; named as the path by default.
        output: Option<String>,
    },
    /// A command that sends rows away, such as to an index or a mailbox. Here it only passes them on.
    PassOn {
        /// Name of the command.
        name: String,
        /// Its options as written.
        options: String,
    },
    /// A filter macro. Rows that it would remove are kept and marked as suppressed.
    Filter {
        /// Name of the macro.
        name: String,
        /// Its definition.
        commands: Vec<Command>,
    },
}

/// A script of `rex mode=sed`.
#[derive(Clone, Debug, PartialEq)]
pub enum SedEdit {
    /// `s/…/…/`.
    Replace {
        /// The regular expression.
        regex: Regex,
        /// The replacement, in which `\1` is the first group.
        replacement: String,
        /// Number of the only match that is replaced, from 1; `None` for all (`g`).
        only: Option<usize>,
    },
    /// `y/…/…/`: maps characters to characters.
    Transliterate(Vec<(char, char)>),
}

/// One conversion of `convert`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// The function.
    pub kind: ConversionKind,
    /// The field; `*` is a wildcard.
    pub field: String,
    /// The output field, if it is not the input.
    pub output: Option<String>,
}

/// A function of `convert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversionKind {
    /// Seconds since 1970 to a formatted time.
    Ctime,
    /// A formatted time to seconds since 1970.
    Mktime,
    /// To a number, or null.
    Num,
    /// To a number; other values are kept.
    Auto,
    /// No conversion; excludes a field from conversions by wildcard.
    None,
    /// Removes commas.
    RmComma,
    /// Removes the unit after a number.
    RmUnit,
    /// `D+HH:MM:SS` to seconds.
    Dur2Sec,
    /// A size with the suffix k, m or g to kilobytes.
    Memk,
}

/// The options of `addtotals`.
#[derive(Clone, Debug, PartialEq)]
pub struct AddTotals {
    /// Whether each row gets a field with its sum.
    pub row: bool,
    /// Whether a row with the sums of the columns is added.
    pub column: bool,
    /// Name of the field for a row's sum.
    pub name: String,
    /// The fields to sum; if empty, all that hold numbers.
    pub fields: Vec<String>,
    /// The field that labels the row of sums, and the label.
    pub label: Option<(String, String)>,
}

/// A `lookup` command.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupCall {
    /// Name of the lookup table.
    pub name: String,
    /// Pairs of a column and the field that it is compared with.
    pub inputs: Vec<(String, String)>,
    /// Pairs of a column and the field that receives it; if empty, all columns that are no inputs.
    pub outputs: Vec<(String, String)>,
    /// Whether fields that have a value keep it (`OUTPUTNEW`).
    pub only_new: bool,
    /// The lookup table.
    pub(crate) table: Arc<Lookup>,
}

/// A field to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field.
    pub field: String,
    /// Whether the greatest value comes first.
    pub descending: bool,
    /// How values are compared.
    pub kind: SortKeyKind,
}

/// How `sort` compares the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKeyKind {
    /// Numerically if both are numbers, otherwise as text.
    Auto,
    /// As text.
    Text,
    /// As numbers.
    Number,
    /// As IP addresses.
    Address,
}

/// How `makemv` splits a value.
#[derive(Clone, Debug, PartialEq)]
pub enum MakeMvSplit {
    /// At each occurrence of the text.
    Delimiter(String),
    /// Into the first group of each match.
    Tokens(Regex),
}

impl Command {
    /// Returns the condition by which the command keeps rows, if it does nothing else.
    pub(crate) fn condition(&self) -> Option<Condition> {
        Some(match self {
            Self::Search(condition) => condition.clone(),
            Self::Where(expr) => Condition::Where(expr.clone()),
            Self::Regex { field, regex, negated } => {
                let matches = Condition::field(field.clone(), Predicate::Regex(regex.clone()));
                if *negated { Condition::Not(Box::new(matches)) } else { matches }
            }
            _ => return None,
        })
    }

    /// Whether the command processes each row independently of the others.
    pub(crate) fn is_row_by_row(&self) -> bool {
        match self {
            Self::Stats(_)
            | Self::EventStats(_)
            | Self::StreamStats(_)
            | Self::Top(_)
            | Self::Transaction(_)
            | Self::Correlate(_)
            | Self::Sort { .. }
            | Self::Dedup { .. }
            | Self::Head(_)
            | Self::Tail(_)
            | Self::Reverse
            | Self::MvExpand { .. }
            | Self::PassOn { .. }
            | Self::Filter { .. } => false,
            Self::AddTotals(totals) => !totals.column,
            _ => true,
        }
    }

    /// Returns the number of names, values or functions that the command lists.
    pub(crate) fn items(&self) -> usize {
        match self {
            Self::Eval(fields) => fields.len(),
            Self::Rename(pairs) => pairs.len(),
            Self::Stats(stats)
            | Self::EventStats(stats)
            | Self::StreamStats(StreamStats { stats, .. }) => {
                stats.aggregates.len() + stats.by.len()
            }
            Self::Top(top) => top.fields.len() + top.by.len(),
            Self::Transaction(transaction) => transaction.fields.len(),
            Self::FillNull { fields: names, .. }
            | Self::Table(names)
            | Self::Fields { names, .. } => names.len(),
            Self::Dedup { fields, sort_by, .. } => fields.len() + sort_by.len(),
            Self::Convert { conversions, .. } => conversions.len(),
            Self::AddTotals(totals) => totals.fields.len(),
            Self::Lookup(call) => call.inputs.len() + call.outputs.len(),
            Self::Sort { keys, .. } => keys.len(),
            _ => 0,
        }
    }

    /// Calls `found` with every field that the command reads.
    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Search(condition) => condition.each_field(found),
            Self::Where(expr) => expr.each_field(found),
            Self::Eval(fields) => fields.iter().for_each(|(_, expr)| expr.each_field(found)),
            Self::Regex { field, .. }
            | Self::Rex { field, .. }
            | Self::Sed { field, .. }
            | Self::MakeMv { field, .. }
            | Self::NoMv(field)
            | Self::MvExpand { field, .. }
            | Self::Spath { input: field, .. } => found(field),
            Self::Stats(stats) | Self::EventStats(stats) => stats.each_field(found),
            Self::StreamStats(own) => {
                own.stats.each_field(found);
                own.reset_before
                    .iter()
                    .chain(&own.reset_after)
                    .for_each(|expr| expr.each_field(found));
            }
            Self::Top(top) => top.by.iter().chain(&top.fields).for_each(|name| found(name)),
            Self::Bin(bin) => found(&bin.field),
            Self::Transaction(own) => {
                own.fields.iter().for_each(|name| found(name));
                let filters = own.starts_with.iter().chain(&own.ends_with);
                filters.for_each(|filter| filter.each_field(found));
            }
            Self::Correlate(correlation) => {
                let fields =
                    correlation.rules.iter().flat_map(|rule| rule.by.iter().chain(&rule.fields));
                fields.for_each(|name| found(name));
            }
            Self::Rename(pairs) => pairs.iter().for_each(|(from, _)| found(from)),
            Self::FillNull { fields: names, .. }
            | Self::Table(names)
            | Self::Fields { keep: true, names } => names.iter().for_each(|name| found(name)),
            Self::Dedup { fields, sort_by, .. } => {
                fields.iter().for_each(|name| found(name));
                sort_by.iter().for_each(|key| found(&key.field));
            }
            Self::Convert { conversions, .. } => {
                conversions.iter().for_each(|conversion| found(&conversion.field));
            }
            Self::AddTotals(totals) => totals.fields.iter().for_each(|name| found(name)),
            Self::Lookup(call) => call.inputs.iter().for_each(|(_, field)| found(field)),
            Self::Sort { keys, .. } => keys.iter().for_each(|key| found(&key.field)),
            Self::Filter { commands, .. } => {
                commands.iter().for_each(|command| command.each_field(found));
            }
            Self::Fields { keep: false, .. }
            | Self::Head(_)
            | Self::Tail(_)
            | Self::Reverse
            | Self::PassOn { .. } => {}
        }
    }
}

impl LookupCall {
    /// Returns the pairs of a column and the field that receives it.
    pub(crate) fn output_fields(&self) -> Vec<(String, String)> {
        if !self.outputs.is_empty() {
            return self.outputs.clone();
        }
        let is_input = |column: &String| self.inputs.iter().any(|(input, _)| input == column);
        let others = self.table.columns().iter().filter(|column| !is_input(column));
        others.map(|column| (column.clone(), column.clone())).collect()
    }
}

/// Returns the fields that `commands` read, up to the first `stats`: those that `fillnull` without fields fills.
/// Internal fields, which start with `_`, are left out.
pub(crate) fn named_later(commands: &[Command]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for command in commands {
        command.each_field(&mut |name| {
            if !name.starts_with('_') && !name.contains('*') && !names.contains(&name) {
                names.push(name);
            }
        });
        if matches!(command, Command::Stats(_) | Command::Top(_)) {
            break;
        }
    }
    names
}

/// Whether a macro is a filter macro, in which users of published detections write allow-lists.
pub(crate) fn is_filter_macro(name: &str) -> bool {
    name.ends_with("_filter")
}
