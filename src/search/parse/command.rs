//! Reads the commands.

use super::cursor::{Cursor, Escapes, Parsed, is_word};
use super::options::{
    alias, count, field, fields, option, some_fields, switch, unknown_option, value,
};
use super::{filter, formula, stats};
use crate::search::command::{
    Command, Conversion, ConversionKind, Cut, Edit, LookupCall, SortKey, SortKind, Totals,
};
use crate::search::error::{Fault, nearest};
use crate::search::library::Library;
use crate::search::regex::{Flags, Regex};

/// The commands there are.
pub(super) const NAMES: &[&str] = &[
    "addtotals",
    "convert",
    "dedup",
    "eval",
    "fields",
    "fillnull",
    "head",
    "lookup",
    "makemv",
    "mvexpand",
    "nomv",
    "regex",
    "rename",
    "reverse",
    "rex",
    "search",
    "sort",
    "spath",
    "stats",
    "table",
    "tail",
    "where",
];

/// Reads the command that stands here, up to the next pipe.
pub(super) fn command(cursor: &mut Cursor<'_>, library: &Library) -> Parsed<Command> {
    let start = cursor.at();
    let name = cursor.take_while(is_word);
    let command = match name {
        "addtotals" => add_totals(cursor),
        "convert" => convert(cursor),
        "dedup" => dedup(cursor),
        "eval" => eval(cursor),
        "fields" => keep_fields(cursor),
        "fillnull" => fill_null(cursor),
        "head" => rows(cursor, "head").map(Command::Head),
        "tail" => rows(cursor, "tail").map(Command::Tail),
        "lookup" => lookup(cursor, library),
        "makemv" => make_mv(cursor),
        "mvexpand" => mv_expand(cursor),
        "nomv" => field(cursor).map(Command::NoMv),
        "regex" => regex(cursor),
        "rename" => rename(cursor),
        "reverse" => Ok(Command::Reverse),
        "rex" => rex(cursor),
        "search" => filter::filter(cursor).map(Command::Search),
        "sort" => sort(cursor),
        "spath" => spath(cursor),
        "stats" => stats::stats(cursor).map(Command::Stats),
        "table" => some_fields(cursor, &[]).map(Command::Table),
        "where" => formula::condition(cursor).map(Command::Where),
        _ => Err(unknown(name, start, cursor)),
    }?;
    match cursor.is_at_end() {
        true => Ok(command),
        false => Err(cursor.expected(&format!("the end of `{name}`"))),
    }
}

fn unknown(name: &str, start: usize, cursor: &Cursor<'_>) -> Fault {
    if name.is_empty() {
        return cursor.expected("a command");
    }
    let fault = Fault::new(start, format!("the command `{name}` cannot run here"));
    match nearest(name, NAMES) {
        Some(near) if near != name => fault.help(format!("did you mean `{near}`?")),
        _ => fault.help(format!("these can: {}", NAMES.join(" "))),
    }
}

fn eval(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut assigned = Vec::new();
    loop {
        let name = field(cursor)?;
        cursor.skip_space();
        if !cursor.eat("=") {
            return Err(cursor.expected("`=` after the field's name"));
        }
        assigned.push((name, formula::value(cursor)?));
        cursor.skip_space();
        if !cursor.eat(",") {
            return Ok(Command::Eval(assigned));
        }
        if cursor.is_at_end() {
            return Err(cursor.expected("a field's name"));
        }
    }
}

fn compiled(text: &str, at: usize) -> Parsed<Regex> {
    Regex::new(text, Flags::default())
        .map_err(|error| Fault::new(at, format!("regular expression: {error}")))
}

fn pattern(cursor: &mut Cursor<'_>) -> Parsed<Regex> {
    cursor.skip_space();
    let at = cursor.at();
    let text = value(cursor)?;
    compiled(&text, at)
}

fn regex(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let (mut name, mut negated) = ("_raw".to_owned(), false);
    if cursor.peek() != Some('"') {
        name = field(cursor)?;
        cursor.skip_space();
        negated = cursor.eat("!");
        if !cursor.eat("=") {
            return Err(cursor.expected("`=` or `!=` after the field's name"));
        }
    }
    Ok(Command::Regex { field: name, regex: pattern(cursor)?, negated })
}

fn rex(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let (mut name, mut max_match, mut offset_field, mut sed) = ("_raw".to_owned(), 1, None, false);
    let mut regex: Option<(String, usize)> = None;
    while !cursor.is_at_end() {
        cursor.skip_space();
        let at = cursor.at();
        if let Some(found) = option(cursor, "field")? {
            name = found;
        } else if let Some(found) = count(cursor, "max_match")? {
            max_match = found;
        } else if let Some(found) = option(cursor, "offset_field")? {
            offset_field = Some(found);
        } else if let Some(mode) = option(cursor, "mode")? {
            if mode != "sed" {
                return Err(Fault::new(at, format!("rex has the mode sed, found `{mode}`")));
            }
            sed = true;
        } else if regex.is_none() {
            regex = Some((value(cursor)?, at));
        } else {
            return Err(cursor.expected("the end of `rex`"));
        }
    }
    let Some((text, at)) = regex else {
        return Err(cursor.expected("a regular expression in quotes"));
    };
    if sed {
        let edit = edit(&text, at)?;
        return Ok(Command::Sed { field: name, script: text, edit });
    }
    let regex = compiled(&text, at)?;
    match regex.names().iter().any(Option::is_some) {
        true => Ok(Command::Rex { field: name, regex, max_match, offset_field }),
        false => Err(Fault::new(at, "the regular expression names no field")
            .help("name a group: (?<field>…)")),
    }
}

/// `s/regex/text/g` or `y/abc/xyz/`, with any delimiter.
fn edit(script: &str, at: usize) -> Parsed<Edit> {
    let bad = || Fault::new(at, "a sed script is s/regex/text/g or y/letters/letters/");
    let mut chars = script.trim().chars();
    let (kind, delimiter) = (chars.next().ok_or_else(bad)?, chars.next().ok_or_else(bad)?);
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for char in chars {
        let last = parts.last_mut().ok_or_else(bad)?;
        if char == delimiter && !escaped {
            parts.push(String::new());
            continue;
        }
        if escaped && char != delimiter {
            last.push('\\');
        }
        escaped = char == '\\' && !escaped;
        if !escaped {
            last.push(char);
        }
    }
    let [from, to, flags] = parts.as_slice() else { return Err(bad()) };
    match kind {
        's' => {
            let all = flags.contains('g');
            if !flags.chars().all(|flag| matches!(flag, 'g' | 'i')) {
                return Err(bad());
            }
            let flags = Flags { caseless: flags.contains('i'), ..Flags::default() };
            let regex = Regex::new(from, flags)
                .map_err(|error| Fault::new(at, format!("regular expression: {error}")))?;
            Ok(Edit::Replace { regex, with: to.clone(), all })
        }
        'y' if from.chars().count() == to.chars().count() => {
            Ok(Edit::Transliterate(from.chars().zip(to.chars()).collect()))
        }
        _ => Err(bad()),
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
            return Err(Fault::new(
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
                return Err(Fault::new(start, format!("convert has no function `{name}` here"))
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
        conversions.push(Conversion { kind, field: converted, name: alias(cursor)? });
    }
    match conversions.is_empty() {
        true => Err(cursor.expected("a conversion such as ctime(field)")),
        false => Ok(Command::Convert { time_format, conversions }),
    }
}

fn add_totals(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut totals = Totals {
        row: true,
        column: false,
        name: "Total".to_owned(),
        fields: Vec::new(),
        label: None,
    };
    let (mut label, mut label_field) = ("Total".to_owned(), None);
    loop {
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

fn lookup(cursor: &mut Cursor<'_>, library: &Library) -> Parsed<Command> {
    for ignored in ["local", "update"] {
        switch(cursor, ignored)?;
    }
    cursor.skip_space();
    let start = cursor.at();
    let name = field(cursor)?;
    let Some(table) = library.find_lookup(&name) else {
        let fault = Fault::new(start, format!("the lookup table `{name}` is not loaded"));
        return Err(match nearest(&name, &library.lookup_names()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help("add its CSV file and its definition"),
        });
    };
    let known = |name: &str, at: usize| match table.columns().iter().any(|column| column == name) {
        true => Ok(()),
        false => Err(Fault::new(at, format!("the lookup table has no column `{name}`"))
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

/// Columns, each with the field it stands for.
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

/// How many rows Splunk sorts unless it is told.
const SORTED: usize = 10_000;

fn sort(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let start = cursor.at();
    let mut limit = SORTED;
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    if !digits.is_empty() && cursor.peek().is_none_or(char::is_whitespace) {
        limit = digits.parse().unwrap_or(SORTED);
    } else {
        cursor.go(start);
        if let Some(found) = count(cursor, "limit")? {
            limit = found;
        }
    }
    let mut keys = Vec::new();
    let mut descending = false;
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if !keys.is_empty() && reversed(cursor) {
            keys.iter_mut().for_each(|key: &mut SortKey| key.descending = !key.descending);
            break;
        }
        // A sign apart from its field holds for this one and all that follow.
        let sign = cursor.eat("-");
        let plus = !sign && cursor.eat("+");
        if (sign || plus) && cursor.peek().is_some_and(char::is_whitespace) {
            descending = sign;
            continue;
        }
        let key_descending = if sign || plus { sign } else { descending };
        let before = cursor.at();
        let word = cursor.take_while(is_word);
        let kind = match (word, cursor.peek()) {
            ("auto", Some('(')) => Some(SortKind::Auto),
            ("str", Some('(')) => Some(SortKind::Text),
            ("num", Some('(')) => Some(SortKind::Number),
            ("ip", Some('(')) => Some(SortKind::Address),
            _ => None,
        };
        let name = if kind.is_some() {
            cursor.next();
            let name = field(cursor)?;
            cursor.skip_space();
            if !cursor.eat(")") {
                return Err(cursor.expected("`)`"));
            }
            name
        } else {
            cursor.go(before);
            field(cursor)?
        };
        keys.push(SortKey {
            field: name,
            descending: key_descending,
            kind: kind.unwrap_or(SortKind::Auto),
        });
    }
    match keys.is_empty() {
        true => Err(cursor.expected("a field's name")),
        false => Ok(Command::Sort { limit, keys }),
    }
}

/// `desc` or `d` at the end turns the whole order around.
fn reversed(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.at();
    if (cursor.eat_word("desc") || cursor.eat_word("d")) && cursor.is_at_end() {
        return true;
    }
    cursor.go(start);
    false
}

fn dedup(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let start = cursor.at();
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    let mut keep = 1;
    match (digits.parse::<usize>(), cursor.peek()) {
        (Ok(0), _) => return Err(Fault::new(start, "dedup keeps at least 1")),
        (Ok(count), Some(char)) if char.is_whitespace() => keep = count,
        _ => cursor.go(start),
    }
    let (mut keep_events, mut keep_empty, mut consecutive) = (false, false, false);
    let mut names = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if let Some(found) = switch(cursor, "keepevents")? {
            keep_events = found;
        } else if let Some(found) = switch(cursor, "keepempty")? {
            keep_empty = found;
        } else if let Some(found) = switch(cursor, "consecutive")? {
            consecutive = found;
        } else if cursor.peek_word().eq_ignore_ascii_case("sortby") {
            return Err(cursor.expected("no sortby").help("write | sort before | dedup"));
        } else {
            names.push(field(cursor)?);
        }
    }
    match names.is_empty() {
        true => Err(cursor.expected("a field's name")),
        false => Ok(Command::Dedup { keep, fields: names, keep_empty, keep_events, consecutive }),
    }
}

fn rows(cursor: &mut Cursor<'_>, name: &str) -> Parsed<usize> {
    if let Some(found) = count(cursor, "limit")? {
        return Ok(found);
    }
    cursor.skip_space();
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    match digits.parse() {
        Ok(found) => Ok(found),
        Err(_) if cursor.is_at_end() => Ok(10),
        Err(_) => Err(cursor.expected("a number of rows").help(format!("write | {name} 10"))),
    }
}

fn make_mv(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let (mut cut, mut allow_empty, mut name) = (Cut::Delimiter(" ".to_owned()), false, None);
    while !cursor.is_at_end() {
        cursor.skip_space();
        let at = cursor.at();
        if let Some(delimiter) = option(cursor, "delim")? {
            cut = Cut::Delimiter(delimiter);
        } else if let Some(tokens) = option(cursor, "tokenizer")? {
            cut = Cut::Tokens(compiled(&tokens, at)?);
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
        Some(field) => Ok(Command::MakeMv { field, cut, allow_empty }),
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
        } else if path.is_none() && unknown_option(cursor).is_none() {
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
