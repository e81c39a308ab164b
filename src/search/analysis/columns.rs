//! The columns of a search's table, derived before it runs.

use crate::ordered::OrderedSet;
use crate::search::ast::command::Command;
use crate::search::ast::stats::StreamStats;
use crate::search::ast::transaction::Transaction;
use crate::search::values::wildcard::{self, Wildcard};

/// Columns of events if the search chooses none.
const EVENT: [&str; 4] = ["_time", "Computer", "EventCode", "ScriptBlockText"];

/// Returns the columns after all commands.
pub(crate) fn columns(commands: &[Command]) -> Vec<String> {
    let mut columns: Vec<String> = EVENT.iter().map(ToString::to_string).collect();
    let mut events = true;
    commands.iter().for_each(|command| apply(command, &mut columns, &mut events));
    columns
}

/// Expands the wildcards of `names` to matching columns in their order, then to other fields of the rows except
/// internal ones, which start with `_`.
pub(crate) fn expand_wildcards(
    names: &[String],
    columns: &[String],
    fields: &OrderedSet<String>,
) -> Vec<String> {
    let others = fields.iter().filter(|field| !field.starts_with('_'));
    let known: Vec<String> = columns.iter().chain(others).cloned().collect();
    let mut all = names.iter().flat_map(|name| matching(name, &known)).collect();
    dedup(&mut all);
    all
}

/// Changes the columns as a command does. `events` is true while the rows are events, which have more fields than are
/// shown.
fn apply(command: &Command, columns: &mut Vec<String>, events: &mut bool) {
    match command {
        Command::Stats(stats) => {
            *columns = stats.columns();
            *events = false;
        }
        Command::EventStats(stats) | Command::StreamStats(StreamStats { stats, .. }) => {
            let fixed = stats.columns();
            fixed.iter().skip(stats.by.len()).for_each(|name| add(columns, name));
        }
        Command::Top(top) => {
            *columns = top.columns();
            *events = false;
        }
        Command::Bin(bin) => {
            if let Some(name) = &bin.output {
                add(columns, name);
            }
        }
        Command::Transaction(_) => {
            Transaction::COLUMNS.iter().for_each(|name| add(columns, name));
        }
        Command::Correlate(correlation) => {
            *columns = correlation.columns();
            *events = false;
        }
        Command::Table(names) | Command::Fields { keep: true, names } => {
            *columns = names.iter().flat_map(|name| matching(name, columns)).collect();
            dedup(columns);
            *events = false;
        }
        Command::Fields { keep: false, names } => {
            let patterns: Vec<Wildcard> =
                names.iter().map(|name| Wildcard::parse(name, true)).collect();
            columns.retain(|column| !patterns.iter().any(|pattern| pattern.matches(column)));
        }
        Command::Rename(pairs) => pairs.iter().for_each(|(from, to)| {
            rename(columns, from, to, *events);
        }),
        Command::Eval(fields) => fields.iter().for_each(|(name, _)| add(columns, name)),
        Command::Rex { regex, .. } => {
            regex.names().iter().flatten().for_each(|name| add(columns, name));
        }
        Command::FillNull { fields, .. } => fields.iter().for_each(|name| add(columns, name)),
        Command::Convert { conversions, .. } => {
            conversions.iter().filter_map(|conversion| conversion.output.as_ref()).for_each(
                |name| {
                    add(columns, name);
                },
            );
        }
        Command::AddTotals(totals) => {
            if totals.row {
                add(columns, &totals.name);
            }
            if let Some((field, _)) = &totals.label {
                add(columns, field);
            }
        }
        Command::Lookup(call) => {
            call.output_fields().iter().for_each(|(_, field)| add(columns, field));
        }
        Command::Spath { path, output, .. } => {
            if let Some(name) = output.as_ref().or(path.as_ref()) {
                add(columns, name);
            }
        }
        Command::MakeMv { field, .. } => {
            if *events {
                add(columns, field);
            }
        }
        Command::Filter { commands, .. } => {
            commands.iter().for_each(|command| apply(command, columns, events));
        }
        Command::Search(_)
        | Command::Where(_)
        | Command::Regex { .. }
        | Command::Sed { .. }
        | Command::Sort { .. }
        | Command::Dedup { .. }
        | Command::Head(_)
        | Command::Tail(_)
        | Command::Reverse
        | Command::PassOn { .. }
        | Command::NoMv(_)
        | Command::MvExpand { .. } => {}
    }
}

fn add(columns: &mut Vec<String>, name: &str) {
    if !columns.iter().any(|column| column == name) {
        columns.push(name.to_owned());
    }
}

fn dedup(columns: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns.drain(..) {
        add(&mut seen, &column);
    }
    *columns = seen;
}

/// Returns the name itself or, if it has a wildcard, the columns that match it.
fn matching(name: &str, columns: &[String]) -> Vec<String> {
    if !name.contains('*') {
        return vec![name.to_owned()];
    }
    let pattern = Wildcard::parse(name, true);
    columns.iter().filter(|column| pattern.matches(column)).cloned().collect()
}

fn rename(columns: &mut Vec<String>, from: &str, to: &str, events: bool) {
    let new: Vec<Option<String>> = columns
        .iter()
        .map(|column| match from.contains('*') {
            true => wildcard::rename(column, from, to),
            false => (column == from).then(|| to.to_owned()),
        })
        .collect();
    let targets: Vec<String> = new.iter().flatten().cloned().collect();
    if targets.is_empty() {
        // A field of the event that is not shown becomes a column under its new name.
        if events && !from.contains('*') {
            add(columns, to);
        }
        return;
    }
    let mut next = Vec::with_capacity(columns.len());
    for (column, new) in columns.drain(..).zip(new) {
        match new {
            Some(new) => next.push(new),
            // A column that has the new name already is replaced.
            None if !targets.contains(&column) => next.push(column),
            None => {}
        }
    }
    *columns = next;
    dedup(columns);
}

#[cfg(test)]
mod tests {
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    #[test]
    fn commands_change_the_columns() {
        let event = "_time Computer EventCode ScriptBlockText";
        for (commands, expected) in [
            ("head 1", event.to_owned()),
            ("stats count by a, b", "a b count".into()),
            ("stats values(a*) as b* by c", "c".into()),
            ("table a b a", "a b".into()),
            ("table Comp* a", "Computer a".into()),
            ("fields - Event*", "_time Computer ScriptBlockText".into()),
            ("eval a=1, Computer=2", format!("{event} a")),
            ("rex \"(?<x>a)(?<y>b)\"", format!("{event} x y")),
            ("rename Computer as dest", "_time dest EventCode ScriptBlockText".into()),
            ("rename Path as p", format!("{event} p")),
            ("table a b | rename a as b", "b".into()),
            ("table a_x a_y | rename a_* as b_*", "b_x b_y".into()),
            ("eventstats count max(x) as m by Path", format!("{event} count m")),
            ("streamstats sum(x) as n", format!("{event} n")),
            ("top a by b", "b a count percent".into()),
            ("rare a b showperc=f", "a b count".into()),
            ("bin _time span=1h as hour", format!("{event} hour")),
            ("transaction Computer", format!("{event} duration eventcount closed_txn")),
            ("table a | fillnull b", "a b".into()),
            ("table a | convert ctime(a) as t", "a t".into()),
            ("table a | addtotals labelfield=l", "a Total l".into()),
            ("table a | spath input=a path=b output=c", "a c".into()),
        ] {
            let search = Search::parse(&format!("* | {commands}"), &Library::new()).unwrap();
            assert_eq!(search.columns().join(" "), expected, "{commands}");
        }
    }
}
