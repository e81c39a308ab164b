//! [`Command`]: what stands between two pipes.

use crate::regex::Regex;
use crate::search::condition::{Condition, Predicate};
use crate::search::correlation::Correlation;
use crate::search::eval_expr::EvalExpr;
use crate::search::stats::Stats;

/// A command of a search.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `search`: keeps the rows for which a condition holds.
    Search(Condition),
    /// `where`: keeps the rows for which a formula is true.
    Where(EvalExpr),
    /// `regex`: keeps the rows in which a field matches, or does not.
    Regex {
        /// The field.
        field: String,
        /// What it must match, or must not.
        regex: Regex,
        /// It must not.
        negated: bool,
    },
    /// `eval`: sets fields, one after the other.
    Eval(Vec<(String, EvalExpr)>),
    /// `rex`: sets a field for every named group of a regular expression.
    Rex {
        /// The field that is read.
        field: String,
        /// What it matches.
        regex: Regex,
        /// How many matches are taken; 0 for all.
        max_match: usize,
        /// The field that is told where the groups matched.
        offset_field: Option<String>,
    },
    /// `rex mode=sed`: changes a field.
    Sed {
        /// The field.
        field: String,
        /// The script as it was written.
        script: String,
        /// What it says.
        edit: Edit,
    },
    /// `fillnull`: gives null fields a value: those named, or all that are named later.
    FillNull {
        /// The fields; none for all that later commands name.
        fields: Vec<String>,
        /// The value.
        value: String,
    },
    /// `stats`: one row for each group.
    Stats(Stats),
    /// Sigma's correlation: one row for each stretch of time in which enough events stand.
    Correlate(Correlation),
    /// `rename`: fields by their old names and their new ones; `*` in the new name stands for what the one
    /// in the old name does.
    Rename(Vec<(String, String)>),
    /// `table`: these columns.
    Table(Vec<String>),
    /// `fields`: keeps these fields, or removes them.
    Fields {
        /// They are kept.
        keep: bool,
        /// The fields; `*` is a wildcard.
        names: Vec<String>,
    },
    /// `convert`: writes values in another form.
    Convert {
        /// The format of times.
        time_format: String,
        /// What is converted.
        conversions: Vec<Conversion>,
    },
    /// `addtotals`: sums of a row's or a column's numbers.
    AddTotals(Totals),
    /// `lookup`: fields from a lookup table.
    Lookup(LookupCall),
    /// `sort`.
    Sort {
        /// How many rows are kept; 0 for all.
        limit: usize,
        /// By which fields.
        keys: Vec<SortKey>,
    },
    /// `dedup`: the first rows of each combination of values.
    Dedup {
        /// How many of each.
        keep: usize,
        /// The fields.
        fields: Vec<String>,
        /// Rows that lack a field are kept.
        keep_empty: bool,
        /// Rows beyond stay, without these fields.
        keep_events: bool,
        /// Only neighbours count as the same.
        consecutive: bool,
        /// How the rows are sorted first.
        sort_by: Vec<SortKey>,
    },
    /// `head`: the first rows.
    Head(usize),
    /// `tail`: the last rows, last first.
    Tail(usize),
    /// `reverse`.
    Reverse,
    /// `makemv`: cuts a value in several.
    MakeMv {
        /// The field.
        field: String,
        /// Where it is cut.
        cut: Cut,
        /// Empty values are kept.
        allow_empty: bool,
    },
    /// `nomv`: joins several values to one, one per line.
    NoMv(String),
    /// `mvexpand`: a row for each value.
    MvExpand {
        /// The field.
        field: String,
        /// How many values are taken; 0 for all.
        limit: usize,
    },
    /// `spath`: values from JSON.
    Spath {
        /// The field that holds it.
        input: String,
        /// Where the value stands in it; all values without one.
        path: Option<String>,
        /// The field that is set.
        output: Option<String>,
    },
    /// A filter macro, kept apart: rows that it would remove are marked instead.
    Filter {
        /// The macro's name.
        name: String,
        /// What it stands for.
        commands: Vec<Command>,
    },
}

/// What `rex mode=sed` does.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// `s/…/…/`.
    Replace {
        /// What is replaced.
        regex: Regex,
        /// By what.
        with: String,
        /// Only this match, counted from 1, or every one (`g`).
        only: Option<usize>,
    },
    /// `y/…/…/`: characters for characters.
    Transliterate(Vec<(char, char)>),
}

/// One conversion of `convert`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// What is done.
    pub kind: ConversionKind,
    /// The field; `*` is a wildcard.
    pub field: String,
    /// The field that is set, if another.
    pub name: Option<String>,
}

/// What a conversion does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversionKind {
    /// Seconds since 1970 to a time.
    Ctime,
    /// A time to seconds since 1970.
    Mktime,
    /// To a number, or null.
    Num,
    /// To a number, where it is one.
    Auto,
    /// Nothing.
    None,
    /// Commas removed.
    RmComma,
    /// A unit after a number removed.
    RmUnit,
    /// `D+HH:MM:SS` to seconds.
    Dur2Sec,
    /// A size with k, m or g to kilobytes.
    Memk,
}

/// What `addtotals` sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// A field for each row's sum.
    pub row: bool,
    /// A row for the columns' sums.
    pub column: bool,
    /// The field's name.
    pub name: String,
    /// The summed fields; none for all that hold numbers.
    pub fields: Vec<String>,
    /// The field in which the row of sums is labelled, and its label.
    pub label: Option<(String, String)>,
}

/// A use of a lookup table.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupCall {
    /// The table's name.
    pub name: String,
    /// Its columns and the fields they are compared with.
    pub inputs: Vec<(String, String)>,
    /// Its columns and the fields they are written to; none for all other columns.
    pub outputs: Vec<(String, String)>,
    /// Fields that have a value keep it.
    pub only_new: bool,
    /// The table.
    pub(crate) table: std::sync::Arc<crate::search::lookup::Lookup>,
}

/// A field to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field.
    pub field: String,
    /// The greatest first.
    pub descending: bool,
    /// How values compare.
    pub kind: SortKind,
}

/// How `sort` compares values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKind {
    /// As numbers if they are, else as texts.
    Auto,
    /// As texts.
    Text,
    /// As numbers.
    Number,
    /// As addresses.
    Address,
}

/// Where `makemv` cuts.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// At this text.
    Delimiter(String),
    /// Into the first groups of the matches.
    Tokens(Regex),
}

impl Command {
    /// The condition that it keeps rows by, if that is all it does.
    pub(crate) fn condition(&self) -> Option<Condition> {
        Some(match self {
            Self::Search(expr) => expr.clone(),
            Self::Where(formula) => Condition::Where(formula.clone()),
            Self::Regex { field, regex, negated } => {
                let expr = Condition::field(field.clone(), Predicate::Regex(regex.clone()));
                if *negated { Condition::Not(Box::new(expr)) } else { expr }
            }
            _ => return None,
        })
    }

    /// Whether it looks at each row by itself.
    pub(crate) fn is_row_by_row(&self) -> bool {
        match self {
            Self::Stats(_)
            | Self::Correlate(_)
            | Self::Sort { .. }
            | Self::Dedup { .. }
            | Self::Head(_)
            | Self::Tail(_)
            | Self::Reverse
            | Self::MvExpand { .. }
            | Self::Filter { .. } => false,
            Self::AddTotals(totals) => !totals.column,
            _ => true,
        }
    }

    /// How many names, values or functions it lists.
    pub(crate) fn items(&self) -> usize {
        match self {
            Self::Eval(fields) => fields.len(),
            Self::Rename(pairs) => pairs.len(),
            Self::Stats(stats) => stats.aggregates.len() + stats.by.len(),
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

    /// Calls with every field that it reads.
    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Search(expr) => expr.each_field(found),
            Self::Where(formula) => formula.each_field(found),
            Self::Eval(fields) => fields.iter().for_each(|(_, formula)| formula.each_field(found)),
            Self::Regex { field, .. }
            | Self::Rex { field, .. }
            | Self::Sed { field, .. }
            | Self::MakeMv { field, .. }
            | Self::NoMv(field)
            | Self::MvExpand { field, .. }
            | Self::Spath { input: field, .. } => found(field),
            Self::Stats(stats) => stats.each_field(found),
            Self::Correlate(correlation) => {
                correlation.rules.iter().flat_map(|rule| &rule.by).for_each(|name| found(name));
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
            Self::Fields { keep: false, .. } | Self::Head(_) | Self::Tail(_) | Self::Reverse => {}
        }
    }
}

impl LookupCall {
    /// The columns that are taken and the fields they are written to.
    pub(crate) fn output_fields(&self) -> Vec<(String, String)> {
        if !self.outputs.is_empty() {
            return self.outputs.clone();
        }
        let is_input = |column: &String| self.inputs.iter().any(|(input, _)| input == column);
        let others = self.table.columns().iter().filter(|column| !is_input(column));
        others.map(|column| (column.clone(), column.clone())).collect()
    }
}

/// The fields that commands read until one of them makes a table of its own: what `fillnull` without
/// fields fills. Fields that Splunk keeps for itself are not among them.
pub(crate) fn named_later(commands: &[Command]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for command in commands {
        command.each_field(&mut |name| {
            if !name.starts_with('_') && !name.contains('*') && !names.contains(&name) {
                names.push(name);
            }
        });
        if matches!(command, Command::Stats(_)) {
            break;
        }
    }
    names
}
