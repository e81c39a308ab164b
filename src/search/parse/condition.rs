//! Conditions of `search`. NOT binds tighter than OR, OR tighter than AND; juxtaposition is AND.

use super::cursor::{Cursor, Escapes, Parsed};
use super::error::SyntaxError;
use crate::search::ast::condition::{Comparison, Condition, Predicate};
use crate::search::values::cidr::Cidr;
use crate::search::values::number::Decimal;
use crate::search::values::timespan::{TimeBound, TimeRange};
use crate::search::values::wildcard::Wildcard;

/// Parses a condition, up to the end of the command.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    let parsed = conjunction(cursor)?;
    match cursor.rest().trim_start().chars().next() {
        Some(')') => {
            cursor.skip_space();
            Err(cursor.error("this parenthesis was never opened"))
        }
        _ => Ok(parsed.unwrap_or(Condition::All(Vec::new()))),
    }
}

/// Parses a condition in parentheses, of which the opening one is next.
pub(super) fn parenthesized(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    Ok(primary(cursor)?.unwrap_or(Condition::All(Vec::new())))
}

/// Parses conditions joined by AND. Here and below, `None` is a condition that always holds, such as `index=…`.
fn conjunction(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    let mut parts = Vec::new();
    let mut follows = false;
    while !at_close(cursor) {
        cursor.skip_space();
        let start = cursor.at();
        if follows && operator(cursor, "AND") && at_close(cursor) {
            return Err(SyntaxError::new(start, "AND needs a condition on both sides"));
        }
        for word in ["AND", "OR"] {
            let start = cursor.at();
            if operator(cursor, word) {
                return Err(SyntaxError::new(
                    start,
                    format!("{word} needs a condition on both sides"),
                ));
            }
        }
        follows = true;
        if let Some(part) = disjunction(cursor)? {
            parts.push(part);
        }
    }
    Ok(match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Condition::All(parts)),
    })
}

/// Parses conditions joined by OR.
fn disjunction(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    let mut parts = vec![negation(cursor)?];
    while operator(cursor, "OR") {
        if at_close(cursor) {
            return Err(cursor.expected("a condition after OR"));
        }
        parts.push(negation(cursor)?);
    }
    Ok(match parts.len() {
        1 => parts.pop().flatten(),
        // If one part always holds, the disjunction does.
        _ => parts.into_iter().collect::<Option<Vec<_>>>().map(Condition::Any),
    })
}

/// Parses a condition with any number of NOT before it.
fn negation(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    if !operator(cursor, "NOT") {
        return primary(cursor);
    }
    if at_close(cursor) {
        return Err(cursor.expected("a condition after NOT"));
    }
    cursor.enter()?;
    let inner = negation(cursor)?;
    cursor.leave();
    Ok(inner.map(|inner| Condition::Not(Box::new(inner))))
}

/// Parses parentheses or a single condition.
fn primary(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    cursor.skip_space();
    match cursor.peek() {
        Some('(') => cursor.in_parentheses(conjunction, |_, start| {
            SyntaxError::new(start, "this parenthesis is never closed")
        }),
        Some('[') => Err(cursor.subsearch()),
        Some(',') => {
            // Commas between conditions are skipped, as in lists.
            cursor.next();
            Ok(None)
        }
        _ => comparison(cursor),
    }
}

/// Parses `field=value`, `field IN (…)`, a word or a phrase.
fn comparison(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    let start = cursor.at();
    let quoted = cursor.peek() == Some('"');
    let word = if quoted {
        cursor.quoted('"', Escapes::Quotes)?
    } else {
        bare_word(cursor, BareWord::Name)
    };
    if word.is_empty() && !quoted {
        return Err(cursor.expected("a condition"));
    }
    if let Some(comparison) = search_operator(cursor) {
        return compared(cursor, start, word, comparison);
    }
    let after = cursor.at();
    if operator(cursor, "IN") {
        if cursor.rest().trim_start().starts_with('(') {
            return listed(cursor, word);
        }
        // `IN` is a word like any other.
        cursor.go_to(after);
    }
    if !quoted {
        refuse_directive(cursor, start, &word)?;
    }
    let text = if quoted {
        word
    } else {
        // A word may have characters that end the name of a field, such as `=`.
        cursor.go_to(start);
        bare_word(cursor, BareWord::Value)
    };
    Ok(Some(Condition::Keyword(Predicate::Term(Wildcard::splunk(&text)))))
}

/// The operator of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SearchOperator {
    Equal,
    Unequal,
    Order(Comparison),
}

/// Takes an operator of a comparison.
fn search_operator(cursor: &mut Cursor<'_>) -> Option<SearchOperator> {
    let start = cursor.at();
    cursor.skip_space();
    for (symbol, relation) in [
        ("!=", SearchOperator::Unequal),
        ("<=", SearchOperator::Order(Comparison::LessOrEqual)),
        (">=", SearchOperator::Order(Comparison::GreaterOrEqual)),
        ("<", SearchOperator::Order(Comparison::Less)),
        (">", SearchOperator::Order(Comparison::Greater)),
        ("==", SearchOperator::Equal),
        ("=", SearchOperator::Equal),
    ] {
        if cursor.eat(symbol) {
            return Some(relation);
        }
    }
    cursor.go_to(start);
    None
}

/// Parses the value of a comparison that starts at `start`.
fn compared(
    cursor: &mut Cursor<'_>,
    start: usize,
    name: String,
    relation: SearchOperator,
) -> Parsed<Option<Condition>> {
    let value = value(cursor, BareWord::Value)?;
    match name.as_str() {
        "earliest" | "latest" | "starttime" | "endtime" if relation == SearchOperator::Equal => {
            let bound = TimeBound::parse(&value).ok_or_else(|| {
                SyntaxError::new(start, format!("`{value}` is not a time")).help(
                    "write seconds since 1970, month/day/year:hour:minute:second, or a relative \
                     time such as -24h@h",
                )
            })?;
            let earliest = matches!(name.as_str(), "earliest" | "starttime");
            return Ok(Some(Condition::Time(TimeRange {
                earliest: earliest.then(|| bound.clone()),
                latest: (!earliest).then_some(bound),
            })));
        }
        // Which logs are read is decided by the user, not by the search.
        "index" | "sourcetype" => return Ok(None),
        _ => {}
    }
    let predicate = match relation {
        SearchOperator::Equal => predicate(&value),
        SearchOperator::Unequal => Predicate::Not(Box::new(predicate(&value))),
        SearchOperator::Order(comparison) => Predicate::Compare(comparison, value),
    };
    Ok(Some(Condition::Field { name, predicate }))
}

/// Parses the list of `IN`.
fn listed(cursor: &mut Cursor<'_>, name: String) -> Parsed<Option<Condition>> {
    cursor.skip_space();
    let start = cursor.at();
    if !cursor.eat("(") {
        return Err(cursor.expected("a list in parentheses after IN"));
    }
    let mut predicates = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        match cursor.peek() {
            None | Some('|') => return Err(SyntaxError::new(start, "this list is never closed")),
            Some(')') => break,
            Some(_) => predicates.push(predicate(&value(cursor, BareWord::Item)?)),
        }
    }
    cursor.next();
    if predicates.is_empty() {
        return Err(SyntaxError::new(start, "this list is empty"));
    }
    if matches!(name.as_str(), "index" | "sourcetype") {
        return Ok(None);
    }
    let predicate = match predicates.len() {
        1 => predicates.pop().unwrap_or(Predicate::Present),
        _ => Predicate::OneOf(predicates),
    };
    Ok(Some(Condition::Field { name, predicate }))
}

/// Parses a value, which may be quoted.
fn value(cursor: &mut Cursor<'_>, kind: BareWord) -> Parsed<String> {
    cursor.skip_space();
    let start = cursor.at();
    let value = match cursor.peek() {
        Some('"') => return cursor.quoted('"', Escapes::Quotes),
        Some('[') => return Err(cursor.subsearch()),
        _ => bare_word(cursor, kind),
    };
    refuse_directive(cursor, start, &value)?;
    match value.is_empty() {
        true => Err(cursor.expected("a value")),
        false => Ok(value),
    }
}

/// Returns an error if the word that was taken is `CASE` or `TERM` before a parenthesis. They ask Splunk's index.
fn refuse_directive(cursor: &Cursor<'_>, start: usize, word: &str) -> Parsed<()> {
    if cursor.peek() == Some('(') && matches!(word, "CASE" | "TERM") {
        return Err(SyntaxError::new(start, format!("{word}() cannot run here"))
            .help("write the text in quotes: it matches in any case, as a whole term"));
    }
    Ok(())
}

/// Returns the predicate of `field=value`: a number, a network or a pattern.
fn predicate(value: &str) -> Predicate {
    if Decimal::parse(value).is_some() {
        return Predicate::Number(value.to_owned());
    }
    if let Some(cidr) = value.contains('/').then(|| Cidr::parse(value)).flatten() {
        return Predicate::Cidr(cidr);
    }
    let pattern = Wildcard::splunk(value);
    if pattern.is_anything() { Predicate::Present } else { Predicate::Matches(pattern) }
}

/// The kind of a word without quotes, which decides where it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BareWord {
    /// The name of a field.
    Name,
    /// The value of a comparison.
    Value,
    /// An item of a list.
    Item,
}

/// Takes a word without quotes and decodes its escapes.
fn bare_word(cursor: &mut Cursor<'_>, kind: BareWord) -> String {
    let mut text = String::new();
    while let Some(char) = cursor.peek() {
        let ends = match char {
            '(' | ')' | '|' | '"' => true,
            '=' | '<' | '>' => kind == BareWord::Name,
            '!' => kind == BareWord::Name && cursor.rest().starts_with("!="),
            // A comma ends an item of a list. In another word it belongs to the word unless it is its last character.
            ',' => {
                kind != BareWord::Value
                    || cursor.rest().chars().nth(1).is_none_or(|c| c.is_whitespace() || c == ')')
            }
            _ => char.is_whitespace(),
        };
        if ends {
            break;
        }
        cursor.next();
        match cursor.peek().and_then(|next| Escapes::Quotes.decode(next, '"')) {
            Some(decoded) if char == '\\' => {
                cursor.next();
                text.push(decoded);
            }
            _ => text.push(char),
        }
    }
    text
}

/// Takes a Boolean operator, which is a word in upper case.
fn operator(cursor: &mut Cursor<'_>, word: &str) -> bool {
    let start = cursor.at();
    cursor.skip_space();
    let found = cursor.eat(word)
        && cursor.peek().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '"' | ')' | '|'));
    if !found {
        cursor.go_to(start);
    }
    found
}

/// Whether the condition ends here.
fn at_close(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.rest().trim_start().chars().next(), None | Some('|' | ')'))
}

#[cfg(test)]
mod tests {
    use crate::search::ast::condition::{Comparison, Condition, Predicate};
    use crate::search::parse::library::Library;
    use crate::search::query::Search;
    use crate::search::values::cidr::Cidr;
    use crate::search::values::timespan::{TimeBound, TimeRange};
    use crate::search::values::wildcard::Wildcard;

    fn matches(text: &str) -> Predicate {
        Predicate::Matches(Wildcard::splunk(text))
    }

    fn is(name: &str, value: &str) -> Condition {
        Condition::field(name, matches(value))
    }

    fn word(text: &str) -> Condition {
        Condition::Keyword(Predicate::Term(Wildcard::splunk(text)))
    }

    fn not(condition: Condition) -> Condition {
        Condition::Not(Box::new(condition))
    }

    #[track_caller]
    fn assert_parses(cases: Vec<(&str, Condition)>) {
        for (text, expected) in cases {
            let parsed = Search::parse_condition(text, &Library::new());
            assert_eq!(
                parsed.unwrap_or_else(|error| panic!("{text}: {error}")),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn or_binds_tighter_than_and() {
        let (a, b, c) = (|| word("a"), || word("b"), || word("c"));
        assert_parses(vec![
            ("a", a()),
            ("a b", Condition::All(vec![a(), b()])),
            ("a AND b", Condition::All(vec![a(), b()])),
            ("a b OR c", Condition::All(vec![a(), Condition::Any(vec![b(), c()])])),
            ("a AND b OR c", Condition::All(vec![a(), Condition::Any(vec![b(), c()])])),
            ("(a b) OR c", Condition::Any(vec![Condition::All(vec![a(), b()]), c()])),
            ("NOT a b", Condition::All(vec![not(a()), b()])),
            ("NOT NOT a", not(not(a()))),
            ("NOT (a OR b)", not(Condition::Any(vec![a(), b()]))),
            ("a, b", Condition::All(vec![a(), b()])),
            // Operators are in upper case; other words are searched for.
            ("a or", Condition::All(vec![a(), word("or")])),
            ("", Condition::All(vec![])),
        ]);
    }

    #[test]
    fn comparisons_have_predicates_of_their_value() {
        let field = |predicate| Condition::field("x", predicate);
        let number = |text: &str| Predicate::Number(text.into());
        assert_parses(vec![
            ("x=a*", is("x", "a*")),
            ("x = \"a b\"", is("x", "a b")),
            (r#"x="a\"\\b""#, is("x", "a\"\\b")),
            ("x==a", is("x", "a")),
            ("x=*", field(Predicate::Present)),
            ("x=007", field(number("007"))),
            ("x=10.0.0.0/8", field(Predicate::Cidr(Cidr::parse("10.0.0.0/8").unwrap()))),
            ("x!=a", field(Predicate::Not(Box::new(matches("a"))))),
            ("x>=5", field(Predicate::Compare(Comparison::GreaterOrEqual, "5".into()))),
            ("x<a", field(Predicate::Compare(Comparison::Less, "a".into()))),
            (
                "x IN (a, 1 \"c d\")",
                field(Predicate::OneOf(vec![matches("a"), number("1"), matches("c d")])),
            ),
            ("x IN (a)", is("x", "a")),
            ("\"a b\"=c", is("a b", "c")),
            ("\"a b\"", word("a b")),
            ("a=b=c", is("a", "b=c")),
        ]);
    }

    #[test]
    fn sources_always_hold_and_times_are_ranges() {
        let range = |earliest, latest| Condition::Time(TimeRange { earliest, latest });
        assert_parses(vec![
            ("index=main", Condition::All(vec![])),
            ("sourcetype IN (a, b) x=a", is("x", "a")),
            ("x=a OR index=main", Condition::All(vec![])),
            ("NOT index=main", Condition::All(vec![])),
            ("earliest=-1d", range(TimeBound::parse("-1d"), None)),
            ("latest=100", range(None, TimeBound::parse("100"))),
        ]);
    }

    #[test]
    fn errors_have_their_place() {
        for (text, offset, message) in [
            ("OR a", 0, "OR needs a condition on both sides"),
            ("a AND", 2, "AND needs a condition on both sides"),
            ("a OR", 4, "expected a condition after OR, found the end"),
            ("NOT", 3, "expected a condition after NOT, found the end"),
            ("(a", 0, "this parenthesis is never closed"),
            ("a)", 1, "this parenthesis was never opened"),
            ("x=", 2, "expected a value, found the end"),
            ("x=\"a", 2, "this quote is never closed"),
            ("x IN ()", 5, "this list is empty"),
            ("x IN (a", 5, "this list is never closed"),
            ("TERM(a)", 0, "TERM() cannot run here"),
            ("x=TERM(a)", 2, "TERM() cannot run here"),
            ("x!=CASE(a)", 3, "CASE() cannot run here"),
            ("x IN (a, TERM(b))", 9, "TERM() cannot run here"),
            ("x=[search a]", 2, "a subsearch […] cannot run here"),
            ("earliest=soon", 0, "`soon` is not a time"),
        ] {
            let error = Search::parse_condition(text, &Library::new()).unwrap_err();
            assert_eq!((error.offset, &*error.message), (offset, message), "{text}");
        }
    }
}
