//! Commands and their options.

use super::cursor::{Cursor, Escapes, Parsed, is_word};
use super::error::{SyntaxError, nearest};
use super::library::{Library, ParseContext};
use super::options::{
    alias, count, field, fields, option, option_name, some_fields, switch, value,
};
use super::{bin, condition, expression, regex_command, row_order, stats, top, transaction};
use crate::limits::SEARCH_ITEMS;
use crate::search::ast::command::{
    AddTotals, Command, Conversion, ConversionKind, LookupCall, MakeMvSplit,
};
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::ast::function::Function;

/// Names of the commands.
pub(super) const COMMANDS: &[&str] = &[
    "addcoltotals",
    "addtotals",
    "bin",
    "convert",
    "dedup",
    "eval",
    "eventstats",
    "fields",
    "fillnull",
    "head",
    "lookup",
    "makemv",
    "mvexpand",
    "nomv",
    "rare",
    "regex",
    "rename",
    "reverse",
    "rex",
    "search",
    "sort",
    "spath",
    "stats",
    "strcat",
    "streamstats",
    "table",
    "tail",
    "top",
    "transaction",
    "where",
];

/// Commands that need more than the rows before them, or name columns by values, and why they cannot run.
const REASONS: &[(&[&str], &str)] = &[
    (
        &[
            "append",
            "appendcols",
            "appendpipe",
            "datamodel",
            "dbxquery",
            "from",
            "gentimes",
            "inputcsv",
            "inputlookup",
            "join",
            "loadjob",
            "makeresults",
            "map",
            "mcatalog",
            "metadata",
            "metasearch",
            "mstats",
            "multisearch",
            "pivot",
            "rest",
            "savedsearch",
            "selfjoin",
            "set",
            "tstats",
            "typeahead",
            "union",
        ],
        "it takes rows from another search, table or index: a search runs over the logs that it is given",
    ),
    (
        &["chart", "contingency", "foreach", "makecontinuous", "transpose", "untable", "xyseries"],
        "its columns depend on the values of rows: write `stats … by` instead",
    ),
    (
        &["timechart"],
        "its columns and empty rows depend on the values of rows: write `bin _time span=… | stats … by _time` instead",
    ),
    (&["uniq"], "write `dedup` with the fields and consecutive=true instead"),
    (
        &["iplocation", "geostats", "geom"],
        "it needs a database of addresses: write `lookup` with a table of your own",
    ),
];

/// Names of the commands that send rows away and pass all of them on, and of those that change only how Splunk displays
/// or distributes them.
const PASS_ON: &[&str] = &[
    "collect",
    "fieldformat",
    "highlight",
    "localop",
    "mcollect",
    "meventcollect",
    "noop",
    "outputcsv",
    "outputlookup",
    "redistribute",
    "sendalert",
    "sendemail",
    "stash",
    "summaryindex",
    "sumindex",
];

/// Parses a command, up to the next pipe.
pub(super) fn command(cursor: &mut Cursor<'_>, context: ParseContext<'_>) -> Parsed<Command> {
    let start = cursor.at();
    let written = cursor.take_while(is_word);
    // Splunk accepts commands in any case.
    let name = written.to_ascii_lowercase();
    let command = match name.as_str() {
        "addcoltotals" => add_totals(cursor, false),
        "addtotals" => add_totals(cursor, true),
        "bin" | "bucket" | "discretize" => bin::bin(cursor).map(Command::Bin),
        "convert" => convert(cursor),
        "dedup" => row_order::dedup(cursor),
        "eval" => eval(cursor),
        "fields" => keep_fields(cursor),
        "fillnull" => fill_null(cursor),
        "head" => row_order::row_count(cursor, "head").map(Command::Head),
        "tail" => row_order::row_count(cursor, "tail").map(Command::Tail),
        "lookup" => lookup(cursor, context.library),
        "makemv" => make_mv(cursor),
        "mvexpand" => mv_expand(cursor),
        "nomv" => field(cursor).map(Command::NoMv),
        "regex" => regex_command::regex(cursor),
        "rename" => rename(cursor),
        "reverse" => Ok(Command::Reverse),
        "rex" => regex_command::rex(cursor),
        "search" => condition::condition(cursor).map(Command::Search),
        "sort" => row_order::sort(cursor),
        "spath" => spath(cursor),
        "stats" => stats::stats(cursor).map(Command::Stats),
        "eventstats" => stats::stats(cursor).map(Command::EventStats),
        "strcat" => str_cat(cursor),
        "streamstats" => stats::stream_stats(cursor).map(Command::StreamStats),
        "top" => top::top(cursor, false).map(Command::Top),
        "rare" => top::top(cursor, true).map(Command::Top),
        "transaction" => transaction::transaction(cursor).map(Command::Transaction),
        "table" => some_fields(cursor, &[]).map(Command::Table),
        "where" => expression::condition(cursor).map(Command::Where),
        known if PASS_ON.contains(&known) => pass_on(cursor, &name, start),
        _ => Err(unknown(written, start, cursor)),
    }?;
    if !cursor.is_at_end() {
        return Err(cursor.expected(&format!("the end of `{name}`")));
    }
    match command.items() {
        ..=SEARCH_ITEMS => Ok(command),
        _ => Err(SyntaxError::too_many(start, &format!("`{name}` takes"), "names")),
    }
}

fn unknown(name: &str, start: usize, cursor: &Cursor<'_>) -> SyntaxError {
    if name.is_empty() {
        return cursor.expected("a command");
    }
    let error = SyntaxError::new(start, format!("the command `{name}` cannot run here"));
    let lower = name.to_ascii_lowercase();
    if let Some((_, reason)) = REASONS.iter().find(|(names, _)| names.contains(&&*lower)) {
        return error.help(*reason);
    }
    match nearest(name, COMMANDS) {
        Some(near) if near != name => error.help(format!("did you mean `{near}`?")),
        _ => error.help(format!("these can: {}", COMMANDS.join(" "))),
    }
}

/// Takes the options of a command that passes rows on, up to the next pipe outside quotes, and notes that it sends
/// nothing here.
fn pass_on(cursor: &mut Cursor<'_>, name: &str, start: usize) -> Parsed<Command> {
    cursor.skip_space();
    let from = cursor.at();
    loop {
        cursor.take_while(|char| !matches!(char, '"' | '|' | '['));
        match cursor.peek() {
            Some('"') => drop(cursor.quoted('"', Escapes::Quotes)?),
            Some('[') => return Err(cursor.subsearch()),
            _ => break,
        }
    }
    let effect = match name {
        "fieldformat" | "highlight" => "changes only how values are displayed",
        "localop" | "noop" | "redistribute" => "changes only where a search runs",
        _ => "sends rows away; nothing is sent here",
    };
    let note = format!("`{name}` {effect}: the rows pass unchanged");
    cursor.note(SyntaxError::new(start, note));
    Ok(Command::PassOn { name: name.to_owned(), options: cursor.since(from).trim().to_owned() })
}

fn eval(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut assigned = Vec::new();
    loop {
        cursor.skip_space();
        let start = cursor.at();
        let name = field(cursor)?;
        if name.replace("{}", "").contains('{') {
            return Err(SyntaxError::new(
                start,
                "a field named by another's value {…} cannot be set here",
            ));
        }
        cursor.skip_space();
        if !cursor.eat("=") {
            return Err(cursor.expected("`=` after the field's name"));
        }
        assigned.push((name, expression::value(cursor)?));
        cursor.skip_space();
        if !cursor.eat(",") {
            return Ok(Command::Eval(assigned));
        }
        if cursor.is_at_end() {
            return Err(cursor.expected("a field's name"));
        }
    }
}

fn fill_null(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let filled = option(cursor, "value")?.unwrap_or_else(|| "0".to_owned());
    Ok(Command::FillNull { fields: fields(cursor, &[])?, value: filled })
}

fn rename(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut pairs = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() && !pairs.is_empty() {
            return Ok(Command::Rename(pairs));
        }
        let start = cursor.at();
        let from = field(cursor)?;
        let Some(to) = alias(cursor)? else {
            return Err(cursor.expected("`as` and the new name"));
        };
        let stars = |name: &str| name.matches('*').count();
        if stars(&from) > 1 || (stars(&to) > 0 && stars(&from) != stars(&to)) {
            return Err(SyntaxError::new(
                start,
                "a name to rename has at most one `*`, as has the new one",
            ));
        }
        pairs.push((from, to));
    }
}

fn keep_fields(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let keep = !cursor.eat("-");
    if keep {
        cursor.eat("+");
    }
    Ok(Command::Fields { keep, names: some_fields(cursor, &[])? })
}

fn convert(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut time_format = "%m/%d/%Y %H:%M:%S".to_owned();
    let mut conversions = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if let Some(format) = option(cursor, "timeformat")? {
            time_format = format;
            continue;
        }
        let start = cursor.at();
        let name = cursor.take_while(is_word);
        let kind = match name {
            "ctime" => ConversionKind::Ctime,
            "mktime" => ConversionKind::Mktime,
            "num" => ConversionKind::Num,
            "auto" => ConversionKind::Auto,
            "none" => ConversionKind::None,
            "rmcomma" => ConversionKind::RmComma,
            "rmunit" => ConversionKind::RmUnit,
            "dur2sec" => ConversionKind::Dur2Sec,
            "memk" => ConversionKind::Memk,
            _ => {
                return Err(SyntaxError::new(
                    start,
                    format!("convert has no function `{name}` here"),
                )
                .help("it has ctime mktime num auto none rmcomma rmunit dur2sec memk"));
            }
        };
        cursor.skip_space();
        if !cursor.eat("(") {
            return Err(cursor.expected("a field in parentheses"));
        }
        let converted = field(cursor)?;
        cursor.skip_space();
        if !cursor.eat(")") {
            return Err(cursor.expected("`)`"));
        }
        conversions.push(Conversion { kind, field: converted, output: alias(cursor)? });
    }
    match conversions.is_empty() {
        true => Err(cursor.expected("a conversion such as ctime(field)")),
        false => Ok(Command::Convert { time_format, conversions }),
    }
}

/// Parses the options of `addtotals`, which sums `rows` by default, or of `addcoltotals`, which sums columns.
fn add_totals(cursor: &mut Cursor<'_>, rows: bool) -> Parsed<Command> {
    let mut totals = AddTotals {
        row: rows,
        column: !rows,
        name: "Total".to_owned(),
        fields: Vec::new(),
        label: None,
    };
    let (mut label, mut label_field) = ("Total".to_owned(), None);
    loop {
        if !rows
            && option_name(cursor).is_some_and(|name| ["row", "col", "fieldname"].contains(&name))
        {
            return Err(cursor.expected("label=, labelfield= or a field"));
        }
        if let Some(row) = switch(cursor, "row")? {
            totals.row = row;
        } else if let Some(column) = switch(cursor, "col")? {
            totals.column = column;
        } else if let Some(name) = option(cursor, "fieldname")? {
            totals.name = name;
        } else if let Some(text) = option(cursor, "label")? {
            label = text;
        } else if let Some(name) = option(cursor, "labelfield")? {
            label_field = Some(name);
        } else {
            break;
        }
    }
    totals.fields = fields(cursor, &[])?;
    totals.label = label_field.map(|name| (name, label));
    Ok(Command::AddTotals(totals))
}

/// Parses `strcat`: the last field is assigned the values of the others and the quoted texts, one after the other. An
/// absent field counts as empty unless `allrequired=true`.
fn str_cat(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let all_required = switch(cursor, "allrequired")?.unwrap_or(false);
    let mut parts = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        let part = match cursor.peek() {
            Some('"') => EvalExpr::Text(cursor.quoted('"', Escapes::Quotes)?),
            _ => EvalExpr::Field(field(cursor)?),
        };
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            let joined = parts.into_iter().reduce(|left, right| {
                EvalExpr::Binary(Operator::Concatenate, Box::new(left), Box::new(right))
            });
            return match (part, joined) {
                (EvalExpr::Field(name), Some(joined)) => Ok(Command::Eval(vec![(name, joined)])),
                _ => Err(cursor.expected("the field that gets the text")),
            };
        }
        if parts.len() >= SEARCH_ITEMS {
            return Err(SyntaxError::too_many(cursor.at(), "`strcat` takes", "names"));
        }
        parts.push(match part {
            EvalExpr::Field(name) if !all_required => {
                let arguments = vec![EvalExpr::Field(name), EvalExpr::Text(String::new())];
                match Function::find("coalesce") {
                    Some(function) => EvalExpr::Call(function, arguments),
                    None => return Err(cursor.expected("a field")),
                }
            }
            part => part,
        });
    }
}

fn lookup(cursor: &mut Cursor<'_>, library: &Library) -> Parsed<Command> {
    for ignored in ["local", "update"] {
        switch(cursor, ignored)?;
    }
    cursor.skip_space();
    let start = cursor.at();
    let name = field(cursor)?;
    let Some(table) = library.find_lookup(&name) else {
        let error = SyntaxError::new(start, format!("the lookup table `{name}` is not loaded"));
        return Err(match nearest(&name, &library.lookup_names()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("add its CSV file and its definition"),
        });
    };
    let known = |name: &str, at: usize| match table.columns().iter().any(|column| column == name) {
        true => Ok(()),
        false => Err(SyntaxError::new(at, format!("the lookup table has no column `{name}`"))
            .help(format!("it has {}", table.columns().join(" ")))),
    };
    let inputs = pairs(cursor, &["OUTPUT", "OUTPUTNEW"], &known)?;
    if inputs.is_empty() {
        return Err(cursor.expected("a column of the lookup table"));
    }
    let only_new = cursor.eat_word("OUTPUTNEW");
    let listed = only_new || cursor.eat_word("OUTPUT");
    let outputs = if listed { pairs(cursor, &[], &known)? } else { Vec::new() };
    Ok(Command::Lookup(LookupCall { name, inputs, outputs, only_new, table: table.clone() }))
}

/// Parses columns of a lookup table, each with the field that is compared with it or receives it.
fn pairs(
    cursor: &mut Cursor<'_>,
    until: &[&str],
    known: &dyn Fn(&str, usize) -> Parsed<()>,
) -> Parsed<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        let word = cursor.peek_word();
        if cursor.is_at_end() || until.iter().any(|end| end.eq_ignore_ascii_case(word)) {
            return Ok(pairs);
        }
        let start = cursor.at();
        let column = field(cursor)?;
        known(&column, start)?;
        let name = alias(cursor)?.unwrap_or_else(|| column.clone());
        pairs.push((column, name));
    }
}

fn make_mv(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let (mut split, mut allow_empty, mut name) =
        (MakeMvSplit::Delimiter(" ".to_owned()), false, None);
    while !cursor.is_at_end() {
        cursor.skip_space();
        let at = cursor.at();
        if let Some(delimiter) = option(cursor, "delim")? {
            split = MakeMvSplit::Delimiter(delimiter);
        } else if let Some(tokens) = option(cursor, "tokenizer")? {
            split = MakeMvSplit::Tokens(regex_command::compile(&tokens, at)?);
        } else if let Some(found) = switch(cursor, "allowempty")? {
            allow_empty = found;
        } else if switch(cursor, "setsv")?.is_none() {
            if name.is_some() {
                return Err(cursor.expected("the end of `makemv`"));
            }
            name = Some(field(cursor)?);
        }
    }
    match name {
        Some(field) => Ok(Command::MakeMv { field, split, allow_empty }),
        None => Err(cursor.expected("a field's name")),
    }
}

fn mv_expand(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let field = field(cursor)?;
    Ok(Command::MvExpand { field, limit: count(cursor, "limit")?.unwrap_or(0) })
}

fn spath(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let (mut input, mut path, mut output) = ("_raw".to_owned(), None, None);
    while !cursor.is_at_end() {
        if let Some(found) = option(cursor, "input")? {
            input = found;
        } else if let Some(found) = option(cursor, "path")? {
            path = Some(found);
        } else if let Some(found) = option(cursor, "output")? {
            output = Some(found);
        } else if path.is_none() && option_name(cursor).is_none() {
            cursor.skip_space();
            path = Some(match cursor.peek() {
                Some('"') => cursor.quoted('"', Escapes::Quotes)?,
                _ => value(cursor)?,
            });
        } else {
            return Err(cursor.expected("input=, path= or output="));
        }
    }
    if output.is_some() && path.is_none() {
        return Err(cursor.expected("path= beside output="));
    }
    Ok(Command::Spath { input, path, output })
}

#[cfg(test)]
mod tests {
    use crate::search::parse::tests::assert_commands;

    #[test]
    fn every_command_parses() {
        assert_commands(&[
            ("addtotals a b", "addtotals row=true col=false fieldname=Total a b"),
            ("addcoltotals a b", "addtotals row=false col=true fieldname=Total a b"),
            (
                "addcoltotals labelfield=l label=Sum",
                "addtotals row=false col=true fieldname=Total labelfield=l label=Sum",
            ),
            ("strcat allrequired=t a \"-\" b c", "eval c=a . \"-\" . b"),
            ("strcat a, \": \" c", "eval c=coalesce(a, \"\") . \": \""),
            (
                "addtotals row=f col=t labelfield=l label=Sum",
                "addtotals row=false col=true fieldname=Total labelfield=l label=Sum",
            ),
            ("convert ctime(t) as x", "convert timeformat=\"%m/%d/%Y %H:%M:%S\" ctime(t) AS x"),
            (
                "convert timeformat=\"%F\" num(a), none(b)",
                "convert timeformat=\"%F\" num(a) none(b)",
            ),
            ("eval x=1, y=x+1", "eval x=1, y=x + 1"),
            ("fields a, b*", "fields + a b*"),
            ("fields - a", "fields - a"),
            ("fillnull", "fillnull value=\"0\""),
            ("fillnull value=\"-\" a b", "fillnull value=\"-\" a b"),
            ("lookup tools command", "lookup tools command AS command"),
            (
                "lookup local=t tools command as c OUTPUTNEW tool as t",
                "lookup tools command AS c OUTPUTNEW tool AS t",
            ),
            ("makemv a", "makemv delim=\" \" a"),
            (
                "makemv tokenizer=\"(b)\" allowempty=t a",
                "makemv tokenizer=\"(b)\" allowempty=true a",
            ),
            ("mvexpand a limit=3", "mvexpand a limit=3"),
            ("nomv a", "nomv a"),
            ("rename a as b, c* AS d*", "rename a AS b, c* AS d*"),
            ("reverse", "reverse"),
            ("search a=1", "search a=1"),
            ("spath", "spath input=_raw"),
            ("spath input=x a.b{}", "spath input=x path=\"a.b{}\""),
            ("spath path=a output=b", "spath input=_raw path=a output=b"),
            ("table a, b*", "table a b*"),
            ("WHERE a=1", "where a = 1"),
        ]);
    }

    #[test]
    fn errors_have_their_place() {
        assert_commands(&[
            ("join a", "1: the command `join` cannot run here"),
            ("(a)", "1: expected a command, found `(`"),
            ("reverse a", "9: expected the end of `reverse`, found `a`"),
            ("addtotals row=x", "10: row= takes true or false, found `x`"),
            ("convert", "8: expected a conversion such as ctime(field), found the end"),
            ("convert time(x)", "9: convert has no function `time` here"),
            ("convert ctime x", "15: expected a field in parentheses, found `x`"),
            ("eval x 1", "8: expected `=` after the field's name, found `1`"),
            ("eval x=1,", "10: expected a field's name, found the end"),
            ("fields", "7: expected a field's name, found the end"),
            ("lookup nope a", "8: the lookup table `nope` is not loaded"),
            ("lookup tools nope", "14: the lookup table has no column `nope`"),
            ("lookup tools", "13: expected a column of the lookup table, found the end"),
            ("makemv delim=x", "15: expected a field's name, found the end"),
            ("makemv a b", "10: expected the end of `makemv`, found `b`"),
            ("rename a b", "10: expected `as` and the new name, found `b`"),
            ("rename a as b*", "8: a name to rename has at most one `*`, as has the new one"),
            ("spath output=b", "15: expected path= beside output=, found the end"),
            ("table", "6: expected a field's name, found the end"),
        ]);
    }
}
