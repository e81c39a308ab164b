//! Conditions as SPL: as far as `search` can say them, and behind it in `where`.

use crate::rule::splunk::filter_macro;
use crate::search::{Command, Expr, Pattern, Piece, Place, Search, Test, TimePart};

/// A Sigma rule's search. What `search` has no word for stands in a `where`.
pub(super) fn search(search: &Search, title: &str) -> Result<String, String> {
    if search.commands().iter().any(|command| matches!(command, Command::Correlate(_))) {
        return Err("a correlation has no form as a search".into());
    }
    let mut words = vec!["`powershell`".to_owned(), "EventCode=4104".to_owned()];
    let mut formulas = Vec::new();
    let mut parts = Vec::new();
    flatten(search.base(), &mut parts);
    for part in parts {
        match expr(part) {
            Some(text) => words.push(text),
            None => formulas.push(formula(part, false).ok_or_else(|| no_form(part))?),
        }
    }
    let mut text = words.join(" ");
    if !formulas.is_empty() {
        text.push_str(&format!("\n| where {}", formulas.join(" AND ")));
    }
    text.push_str(
        "\n| stats count min(_time) as firstTime max(_time) as lastTime by Computer EventID ScriptBlockText",
    );
    text.push_str("\n| `security_content_ctime(firstTime)`\n| `security_content_ctime(lastTime)`");
    text.push_str(&format!("\n| `{}`", filter_macro(title)));
    Ok(text)
}

fn flatten<'a>(expr: &'a Expr, parts: &mut Vec<&'a Expr>) {
    match expr {
        Expr::All(inner) => inner.iter().for_each(|part| flatten(part, parts)),
        other => parts.push(other),
    }
}

fn no_form(expr: &Expr) -> String {
    match expr {
        Expr::Time(_) => "a range of times".into(),
        Expr::Keyword(_) => "a keyword with such modifiers has no form in a search".into(),
        _ => "a part of its condition has no form in a search".into(),
    }
}

/// For `search`; `None` where it has no word for it.
fn expr(part: &Expr) -> Option<String> {
    match part {
        Expr::All(parts) if parts.is_empty() => Some("*".into()),
        Expr::All(parts) => Some(format!("({})", each(parts, expr)?.join(" "))),
        Expr::Any(parts) if parts.is_empty() => Some("NOT *".into()),
        Expr::Any(parts) => Some(format!("({})", each(parts, expr)?.join(" OR "))),
        Expr::Not(part) => Some(format!("NOT {}", expr(part)?)),
        Expr::Field { name, test } => field(&quoted_name(name), test),
        Expr::Keyword(Test::Matches(pattern)) => wildcards(pattern),
        Expr::Keyword(_) | Expr::Time(_) | Expr::Where(_) => None,
    }
}

fn each(parts: &[Expr], show: impl Fn(&Expr) -> Option<String>) -> Option<Vec<String>> {
    parts.iter().map(show).collect()
}

fn field(name: &str, test: &Test) -> Option<String> {
    match test {
        Test::Present => Some(format!("{name}=*")),
        Test::Matches(pattern) => Some(format!("{name}={}", wildcards(pattern)?)),
        Test::Number(number) => Some(format!("{name}={number}")),
        Test::Order(comparison, value) => Some(format!("{name}{}{value}", comparison.symbol())),
        Test::OneOf(tests) => {
            let values: Option<Vec<String>> = tests
                .iter()
                .map(|test| match test {
                    Test::Matches(pattern) => wildcards(pattern),
                    Test::Number(number) => Some(number.clone()),
                    _ => None,
                })
                .collect();
            Some(format!("{name} IN ({})", values?.join(", ")))
        }
        _ => None,
    }
}

/// A value with `*`. There is no escape for a `*` that is meant, and no wildcard for one character.
fn wildcards(pattern: &Pattern) -> Option<String> {
    let mut text = String::from("\"");
    for piece in pattern.pieces() {
        match piece {
            Piece::Text(plain) if !plain.contains('*') => text.push_str(&escaped(plain)),
            Piece::Any => text.push('*'),
            Piece::Text(_) | Piece::One => return None,
        }
    }
    text.push('"');
    (!pattern.is_cased()).then_some(text)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A field's name as `search` takes it.
fn quoted_name(name: &str) -> String {
    let plain = name.chars().all(|char| char.is_alphanumeric() || "_.-{}".contains(char));
    if plain { name.to_owned() } else { format!("\"{}\"", escaped(name)) }
}

/// For `where`. Below a NOT an absent field must be false and not null, so that the NOT of it is true.
fn formula(part: &Expr, negated: bool) -> Option<String> {
    let inner = |part: &Expr| formula(part, negated);
    match part {
        Expr::All(parts) if parts.is_empty() => Some("true()".into()),
        Expr::All(parts) => Some(format!("({})", each(parts, inner)?.join(" AND "))),
        Expr::Any(parts) if parts.is_empty() => Some("false()".into()),
        Expr::Any(parts) => Some(format!("({})", each(parts, inner)?.join(" OR "))),
        Expr::Not(part) => Some(format!("NOT {}", formula(part, true)?)),
        Expr::Field { name, test } => {
            let own = test_formula(&format!("'{name}'"), test)?;
            Some(if negated { format!("if({own},1,0)=1") } else { own })
        }
        Expr::Keyword(_) | Expr::Time(_) | Expr::Where(_) => None,
    }
}

fn test_formula(name: &str, test: &Test) -> Option<String> {
    Some(match test {
        Test::Present => format!("isnotnull({name})"),
        Test::Matches(pattern) => format!("match({name}, {})", string(&expression(pattern))),
        Test::Number(number) => format!("{name}={number}"),
        Test::Order(comparison, value) => format!("{name}{}{value}", comparison.symbol()),
        Test::Regex(regex) => {
            let flags = regex.flags();
            let on: String = [(flags.caseless, 'i'), (flags.multi_line, 'm'), (flags.dot_all, 's')]
                .iter()
                .filter(|(set, _)| *set)
                .map(|(_, letter)| letter)
                .collect();
            let flags = if on.is_empty() { on } else { format!("(?{on})") };
            format!("match({name}, {})", string(&format!("{flags}{}", regex.source())))
        }
        Test::Cidr(network) => format!("cidrmatch({}, {name})", string(&network.to_string())),
        Test::SameAs { name: other, place, cased } => {
            same(name, &format!("'{other}'"), *place, *cased)
        }
        Test::TimePart(part, test) => {
            let format = match part {
                TimePart::Minute => "%M",
                TimePart::Hour => "%H",
                TimePart::Day => "%d",
                TimePart::Week => "%V",
                TimePart::Month => "%m",
                TimePart::Year => "%Y",
            };
            let time = format!("strptime({name}, \"%Y-%m-%dT%H:%M:%S\")");
            test_formula(&format!("tonumber(strftime({time}, \"{format}\"))"), test)?
        }
        Test::OneOf(tests) => {
            let tests: Option<Vec<String>> =
                tests.iter().map(|test| test_formula(name, test)).collect();
            format!("({})", tests?.join(" OR "))
        }
        Test::Differs(test) => format!("NOT {}", test_formula(name, test)?),
        Test::Term(_) => return None,
    })
}

fn same(name: &str, other: &str, place: Place, cased: bool) -> String {
    let folded = |field: &str| if cased { field.to_owned() } else { format!("lower({field})") };
    let (name, other) = (folded(name), folded(other));
    match place {
        Place::Whole => format!("{name}={other}"),
        Place::Start => format!("substr({name}, 1, len({other}))={other}"),
        Place::End => format!("substr({name}, -len({other}))={other}"),
        Place::Anywhere => format!("replace({name}, {other}, \"\")!={name}"),
    }
}

/// The pattern as a regular expression over the whole value.
fn expression(pattern: &Pattern) -> String {
    let mut text = String::from(if pattern.is_cased() { "(?s)^" } else { "(?is)^" });
    for piece in pattern.pieces() {
        match piece {
            Piece::Text(plain) => {
                for char in plain.chars() {
                    if !char.is_alphanumeric() && char.is_ascii_graphic() {
                        text.push('\\');
                    }
                    text.push(char);
                }
            }
            Piece::Any => text.push_str(".*"),
            Piece::One => text.push('.'),
        }
    }
    text.push_str(r"\z");
    text
}

fn string(text: &str) -> String {
    format!("\"{}\"", escaped(text).replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r"))
}
