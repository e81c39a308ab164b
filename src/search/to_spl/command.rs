//! Commands.

use super::{condition, formula, name_text};
use crate::search::command::{Command, Conversion, ConversionKind, Cut, SortKey, SortKind, Totals};
use crate::search::library::is_filter;
use crate::search::stats::{Aggregate, AggregateInput, Stats};

pub(super) fn text(command: &Command) -> Result<String, String> {
    Ok(match command {
        Command::Search(expr) => match condition(expr) {
            Some(text) if text.is_empty() => "search index=*".into(),
            Some(text) => format!("search {text}"),
            None => format!("where {}", formula::text(&super::translate::formula(expr)?)?),
        },
        Command::Where(asked) => format!("where {}", formula::text(asked)?),
        Command::Regex { field, regex, negated } => {
            let relation = if *negated { "!=" } else { "=" };
            format!("regex {}{relation}{}", name_text(field), formula::quoted(regex.source()))
        }
        Command::Eval(fields) => {
            let fields: Result<Vec<String>, String> = fields
                .iter()
                .map(|(name, value)| Ok(format!("{}={}", name_text(name), formula::text(value)?)))
                .collect();
            format!("eval {}", fields?.join(", "))
        }
        Command::Rex { field, regex, max_match, offset_field } => {
            let mut text = format!("rex field={}", option(field));
            if *max_match != 1 {
                text.push_str(&format!(" max_match={max_match}"));
            }
            if let Some(name) = offset_field {
                text.push_str(&format!(" offset_field={}", option(name)));
            }
            format!("{text} {}", formula::quoted(regex.source()))
        }
        Command::Sed { field, script, .. } => {
            format!("rex field={} mode=sed {}", option(field), formula::quoted(script))
        }
        Command::FillNull { fields, value } => {
            format!("fillnull value={}{}", formula::quoted(value), listed(fields))
        }
        Command::Stats(wanted) => stats(wanted)?,
        Command::Correlate(_) => return Err("a correlation cannot be written as SPL".into()),
        Command::Rename(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(from, to)| format!("{} AS {}", name_text(from), name_text(to)))
                .collect();
            format!("rename {}", pairs.join(", "))
        }
        Command::Table(names) => format!("table{}", listed(names)),
        Command::Fields { keep, names } => {
            format!("fields {}{}", if *keep { "+" } else { "-" }, listed(names))
        }
        Command::Convert { time_format, conversions } => {
            let conversions: Vec<String> = conversions.iter().map(conversion).collect();
            format!("convert timeformat={} {}", formula::quoted(time_format), conversions.join(" "))
        }
        Command::AddTotals(wanted) => totals(wanted),
        Command::Lookup(call) => {
            let pairs = |pairs: &[(String, String)]| -> String {
                let pair = |(column, field): &(String, String)| {
                    format!(" {} AS {}", name_text(column), name_text(field))
                };
                pairs.iter().map(pair).collect()
            };
            let mut text = format!("lookup {}{}", name_text(&call.name), pairs(&call.inputs));
            if call.only_new || !call.outputs.is_empty() {
                text.push_str(if call.only_new { " OUTPUTNEW" } else { " OUTPUT" });
                text.push_str(&pairs(&call.outputs));
            }
            text
        }
        Command::Sort { limit, keys } => {
            let keys: Vec<String> = keys.iter().map(sort_key).collect();
            format!("sort {limit} {}", keys.join(", "))
        }
        Command::Dedup { keep, fields, keep_empty, keep_events, consecutive, sort_by } => {
            let mut text = format!("dedup {keep}{}", listed(fields));
            let switches = [
                ("keepempty", keep_empty),
                ("keepevents", keep_events),
                ("consecutive", consecutive),
            ];
            for (name, on) in switches {
                if *on {
                    text.push_str(&format!(" {name}=true"));
                }
            }
            if !sort_by.is_empty() {
                let keys: Vec<String> = sort_by.iter().map(sort_key).collect();
                text.push_str(&format!(" sortby {}", keys.join(" ")));
            }
            text
        }
        Command::Head(count) => format!("head {count}"),
        Command::Tail(count) => format!("tail {count}"),
        Command::Reverse => "reverse".into(),
        Command::MakeMv { field, cut, allow_empty } => {
            let cut = match cut {
                Cut::Delimiter(delimiter) => format!("delim={}", formula::quoted(delimiter)),
                Cut::Tokens(regex) => format!("tokenizer={}", formula::quoted(regex.source())),
            };
            let allow = if *allow_empty { " allowempty=true" } else { "" };
            format!("makemv {cut}{allow} {}", name_text(field))
        }
        Command::NoMv(field) => format!("nomv {}", name_text(field)),
        Command::MvExpand { field, limit } => {
            format!("mvexpand {} limit={limit}", name_text(field))
        }
        Command::Spath { input, path, output } => {
            let mut text = format!("spath input={}", option(input));
            for (name, value) in [("path", path), ("output", output)] {
                if let Some(value) = value {
                    text.push_str(&format!(" {name}={}", option(value)));
                }
            }
            text
        }
        Command::Filter { name, .. } if is_filter(name) => format!("`{name}`"),
        // A filter of Sigma's, which no macro stands for.
        Command::Filter { commands, .. } => {
            let commands: Result<Vec<String>, String> = commands.iter().map(text).collect();
            commands?.join(" | ")
        }
    })
}

/// A value after `=`.
fn option(value: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || char == '_' || char == '.';
    match !value.is_empty() && value.chars().all(plain) {
        true => value.to_owned(),
        false => formula::quoted(value),
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!(" {}", name_text(name))).collect()
}

fn stats(stats: &Stats) -> Result<String, String> {
    let mut text = String::from("stats");
    for aggregate in &stats.aggregates {
        text.push(' ');
        let written = written(aggregate)?;
        text.push_str(&written);
        if aggregate.name != written {
            text.push_str(&format!(" AS {}", name_text(&aggregate.name)));
        }
    }
    if !stats.by.is_empty() {
        text.push_str(&format!(" BY{}", listed(&stats.by)));
    }
    Ok(text)
}

fn written(aggregate: &Aggregate) -> Result<String, String> {
    let function = aggregate.function.name();
    Ok(match &aggregate.input {
        None => function,
        Some(AggregateInput::Field(name)) => format!("{function}({})", name_text(name)),
        Some(AggregateInput::Formula(of)) => format!("{function}(eval({}))", formula::text(of)?),
    })
}

fn conversion(conversion: &Conversion) -> String {
    let function = match conversion.kind {
        ConversionKind::Ctime => "ctime",
        ConversionKind::Mktime => "mktime",
        ConversionKind::Num => "num",
        ConversionKind::Auto => "auto",
        ConversionKind::None => "none",
        ConversionKind::RmComma => "rmcomma",
        ConversionKind::RmUnit => "rmunit",
        ConversionKind::Dur2Sec => "dur2sec",
        ConversionKind::Memk => "memk",
    };
    let text = format!("{function}({})", name_text(&conversion.field));
    match &conversion.name {
        Some(name) => format!("{text} AS {}", name_text(name)),
        None => text,
    }
}

fn totals(totals: &Totals) -> String {
    let mut text = format!(
        "addtotals row={} col={} fieldname={}",
        totals.row,
        totals.column,
        option(&totals.name)
    );
    if let Some((field, label)) = &totals.label {
        text.push_str(&format!(" labelfield={} label={}", option(field), option(label)));
    }
    text + &listed(&totals.fields)
}

fn sort_key(key: &SortKey) -> String {
    let sign = if key.descending { "-" } else { "+" };
    let name = name_text(&key.field);
    match key.kind {
        SortKind::Auto => format!("{sign}{name}"),
        SortKind::Text => format!("{sign}str({name})"),
        SortKind::Number => format!("{sign}num({name})"),
        SortKind::Address => format!("{sign}ip({name})"),
    }
}
