//! Commands with their options.

use super::condition::write_condition;
use super::expression::{quoted, write_expr};
use super::quote::{field_name, quoted as quoted_search_text};
use super::where_fallback;
use crate::search::ast::bin::{Bin, BinSpan};
use crate::search::ast::command::{
    AddTotals, Command, Conversion, ConversionKind, MakeMvSplit, SortKey, SortKeyKind,
    is_filter_macro,
};
use crate::search::ast::condition::Condition;
use crate::search::ast::stats::{Aggregate, AggregateInput, Stats, StreamStats};
use crate::search::ast::top::Top;
use crate::search::ast::transaction::Transaction;

/// Writes a command; an error names what SPL cannot express.
pub(super) fn write_command(command: &Command) -> Result<String, String> {
    Ok(match command {
        Command::Search(condition) => match write_condition(condition) {
            Some(text) if text.is_empty() => "search index=*".into(),
            Some(text) => format!("search {text}"),
            None => format!("where {}", write_expr(&where_fallback::to_expr(condition)?)?),
        },
        Command::Where(expr) => format!("where {}", write_expr(expr)?),
        Command::Regex { field, regex, negated } => {
            let relation = if *negated { "!=" } else { "=" };
            format!("regex {}{relation}{}", field_name(field), quoted(regex.source()))
        }
        Command::Eval(fields) => {
            let fields: Result<Vec<String>, String> = fields
                .iter()
                .map(|(name, value)| Ok(format!("{}={}", field_name(name), write_expr(value)?)))
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
            format!("{text} {}", quoted(regex.source()))
        }
        Command::Sed { field, script, .. } => {
            format!("rex field={} mode=sed {}", option(field), quoted(script))
        }
        Command::FillNull { fields, value } => {
            format!("fillnull value={}{}", quoted(value), listed(fields))
        }
        Command::Stats(wanted) => format!("stats{}", stats(wanted)?),
        Command::EventStats(wanted) => format!("eventstats{}", stats(wanted)?),
        Command::StreamStats(own) => stream_stats(own)?,
        Command::Top(own) => top(own),
        Command::Bin(own) => bin(own),
        Command::Transaction(own) => transaction(own)?,
        Command::Correlate(_) => return Err("a correlation cannot be written as SPL".into()),
        Command::Rename(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(from, to)| format!("{} AS {}", field_name(from), field_name(to)))
                .collect();
            format!("rename {}", pairs.join(", "))
        }
        Command::Table(names) => format!("table{}", listed(names)),
        Command::Fields { keep, names } => {
            format!("fields {}{}", if *keep { "+" } else { "-" }, listed(names))
        }
        Command::Convert { time_format, conversions } => {
            let conversions: Vec<String> = conversions.iter().map(conversion).collect();
            format!("convert timeformat={} {}", quoted(time_format), conversions.join(" "))
        }
        Command::AddTotals(wanted) => totals(wanted),
        Command::Lookup(call) => {
            let pairs = |pairs: &[(String, String)]| -> String {
                let pair = |(column, field): &(String, String)| {
                    format!(" {} AS {}", field_name(column), field_name(field))
                };
                pairs.iter().map(pair).collect()
            };
            let mut text = format!("lookup {}{}", field_name(&call.name), pairs(&call.inputs));
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
        Command::MakeMv { field, split, allow_empty } => {
            let split = match split {
                MakeMvSplit::Delimiter(delimiter) => format!("delim={}", quoted(delimiter)),
                MakeMvSplit::Tokens(regex) => format!("tokenizer={}", quoted(regex.source())),
            };
            let allow = if *allow_empty { " allowempty=true" } else { "" };
            format!("makemv {split}{allow} {}", field_name(field))
        }
        Command::NoMv(field) => format!("nomv {}", field_name(field)),
        Command::MvExpand { field, limit } => {
            format!("mvexpand {} limit={limit}", field_name(field))
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
        Command::PassOn { name, options } if options.is_empty() => name.clone(),
        Command::PassOn { name, options } => format!("{name} {options}"),
        Command::Filter { name, .. } if is_filter_macro(name) => format!("`{name}`"),
        // A filter of a Sigma rule, which is not a macro.
        Command::Filter { commands, .. } => {
            let commands: Result<Vec<String>, String> =
                commands.iter().map(write_command).collect();
            commands?.join(" | ")
        }
    })
}

/// Writes the value of an option, quoted if necessary.
fn option(value: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || char == '_' || char == '.';
    match !value.is_empty() && value.chars().all(plain) {
        true => value.to_owned(),
        false => quoted(value),
    }
}

/// Writes field names, each after a space.
fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!(" {}", field_name(name))).collect()
}

fn stats(stats: &Stats) -> Result<String, String> {
    let mut text = String::new();
    if let Some(delimiter) = &stats.delimiter {
        text.push_str(&format!(" delim={}", quoted(delimiter)));
    }
    for aggregate in &stats.aggregates {
        text.push(' ');
        let written = written(aggregate)?;
        text.push_str(&written);
        if aggregate.name != written {
            text.push_str(&format!(" AS {}", field_name(&aggregate.name)));
        }
    }
    if !stats.by.is_empty() {
        text.push_str(&format!(" BY{}", listed(&stats.by)));
    }
    Ok(text)
}

fn stream_stats(own: &StreamStats) -> Result<String, String> {
    let mut text = String::from("streamstats");
    if !own.current {
        text.push_str(" current=false");
    }
    if own.window > 0 {
        text.push_str(&format!(" window={} global={}", own.window, own.global));
    }
    if own.reset_on_change {
        text.push_str(" reset_on_change=true");
    }
    for (name, expr) in [("reset_before", &own.reset_before), ("reset_after", &own.reset_after)] {
        if let Some(expr) = expr {
            text.push_str(&format!(" {name}={}", quoted(&format!("({})", write_expr(expr)?))));
        }
    }
    Ok(text + &stats(&own.stats)?)
}

fn top(own: &Top) -> String {
    let mut text = format!("{} limit={}", if own.rare { "rare" } else { "top" }, own.limit);
    for (names, shows, column) in
        [("countfield", "showcount", &own.count), ("percentfield", "showperc", &own.percent)]
    {
        let default = if names == "countfield" { "count" } else { "percent" };
        match column {
            Some(name) if name == default => {}
            Some(name) => text.push_str(&format!(" {names}={}", option(name))),
            None => text.push_str(&format!(" {shows}=false")),
        }
    }
    if let Some(other) = &own.other {
        text.push_str(&format!(" useother=true otherstr={}", option(other)));
    }
    text.push_str(&listed(&own.fields));
    if !own.by.is_empty() {
        text.push_str(&format!(" BY{}", listed(&own.by)));
    }
    text
}

fn bin(own: &Bin) -> String {
    let span = match &own.span {
        BinSpan::Time(span) => span.to_string(),
        BinSpan::Number(size) => size.to_string(),
    };
    let text = format!("bin {} span={span}", field_name(&own.field));
    match &own.output {
        Some(name) => format!("{text} AS {}", field_name(name)),
        None => text,
    }
}

fn transaction(own: &Transaction) -> Result<String, String> {
    let mut text = format!("transaction{}", listed(&own.fields));
    for (name, bound) in [("maxspan", own.max_span), ("maxpause", own.max_pause)] {
        if let Some(seconds) = bound {
            text.push_str(&format!(" {name}={seconds}s"));
        }
    }
    match own.max_events {
        0 => text.push_str(" maxevents=-1"),
        count => text.push_str(&format!(" maxevents={count}")),
    }
    for (name, filter) in [("startswith", &own.starts_with), ("endswith", &own.ends_with)] {
        match filter {
            Some(Condition::Where(expr)) => {
                text.push_str(&format!(" {name}=eval({})", write_expr(expr)?));
            }
            Some(filter) => {
                let written = write_condition(filter)
                    .ok_or_else(|| format!("SPL cannot express this {name}="))?;
                text.push_str(&format!(" {name}={}", quoted_search_text(&written)));
            }
            None => {}
        }
    }
    Ok(text)
}

fn written(aggregate: &Aggregate) -> Result<String, String> {
    let function = aggregate.function.name();
    Ok(match &aggregate.input {
        None => function,
        Some(AggregateInput::Field(name)) => format!("{function}({})", field_name(name)),
        Some(AggregateInput::Expr(of)) => format!("{function}(eval({}))", write_expr(of)?),
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
    let text = format!("{function}({})", field_name(&conversion.field));
    match &conversion.output {
        Some(name) => format!("{text} AS {}", field_name(name)),
        None => text,
    }
}

fn totals(totals: &AddTotals) -> String {
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
    let name = field_name(&key.field);
    match key.kind {
        SortKeyKind::Auto => format!("{sign}{name}"),
        SortKeyKind::Text => format!("{sign}str({name})"),
        SortKeyKind::Number => format!("{sign}num({name})"),
        SortKeyKind::Address => format!("{sign}ip({name})"),
    }
}
