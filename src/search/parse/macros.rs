//! Expands macros, removes comments, and maps offsets of the result to the original.

use super::cursor::{Cursor, is_word};
use super::error::{SyntaxError, arguments_text, nearest};
use super::expression;
use super::library::{Library, Macro, ParseContext};
use crate::limits;
use crate::ordered::OrderedMap;
use crate::search::ast::command::is_filter_macro;
use crate::search::values::value::Value;
use std::borrow::Cow;

/// A search with expanded macros. Filter macros that are commands of their own are left in the text.
pub(super) struct ExpandedSearch {
    pub(super) text: String,
    /// Filter macros among the conditions before the first pipe, with their offsets in the original.
    pub(super) filters: Vec<(String, usize)>,
    /// Segments of `text` by their start.
    segments: Vec<SourceSegment>,
}

/// A piece of the expanded text with its source.
struct SourceSegment {
    /// Offset in the expanded text.
    start: usize,
    /// Offset in the original.
    origin: usize,
    /// Name of the macro at `origin`, if the segment comes from its definition.
    in_macro: Option<String>,
}

impl ExpandedSearch {
    pub(super) fn new(text: &str, context: ParseContext<'_>) -> Result<Self, SyntaxError> {
        // Macros make published searches one and a half times as long.
        let capacity = text.len().min(limits::SEARCH_BYTES) * 3 / 2;
        let mut expanded = Self {
            text: String::with_capacity(capacity),
            filters: Vec::new(),
            segments: Vec::new(),
        };
        expanded.add(text, None, context, 0)?;
        Ok(expanded)
    }

    /// Returns the error with its offset in the original.
    pub(super) fn locate(&self, mut error: SyntaxError) -> SyntaxError {
        let index = self.segments.partition_point(|segment| segment.start <= error.offset);
        let Some(segment) = index.checked_sub(1).and_then(|index| self.segments.get(index)) else {
            return error;
        };
        match &segment.in_macro {
            Some(name) => {
                error = error.in_macro(name);
                error.offset = segment.origin;
            }
            None => error.offset = segment.origin + (error.offset - segment.start),
        }
        error
    }

    /// Adds a text. `within` is the name and the offset of the macro of the original that it comes from, if any.
    fn add(
        &mut self,
        text: &str,
        within: Option<(&str, usize)>,
        context: ParseContext<'_>,
        depth: usize,
    ) -> Result<(), SyntaxError> {
        let place = |at: usize| within.map_or(at, |(_, origin)| origin);
        let mut rest = text;
        while !rest.is_empty() {
            let at = text.len() - rest.len();
            if let Some(after) = rest.strip_prefix("```") {
                let Some((_, after)) = after.split_once("```") else {
                    return Err(SyntaxError::new(place(at), "this comment is never closed"));
                };
                self.push(" ", place(at), within);
                rest = after;
            } else if rest.starts_with('`') {
                rest = self.call(rest, place(at), within, context, depth)?;
            } else {
                let length = unquoted_backquote(rest);
                let (head, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
                self.push(head, place(at), within);
                rest = tail;
            }
            if self.text.len() > limits::SEARCH_BYTES {
                return Err(SyntaxError::new(
                    place(at),
                    "the search exceeds 1 MiB with its macros expanded",
                ));
            }
        }
        Ok(())
    }

    fn push(&mut self, text: &str, origin: usize, within: Option<(&str, usize)>) {
        let in_macro = within.map(|(name, _)| name.to_owned());
        self.segments.push(SourceSegment { start: self.text.len(), origin, in_macro });
        self.text.push_str(text);
    }

    /// Expands the macro at the start of `rest` and returns the text after it.
    fn call<'a>(
        &mut self,
        rest: &'a str,
        origin: usize,
        within: Option<(&str, usize)>,
        context: ParseContext<'_>,
        depth: usize,
    ) -> Result<&'a str, SyntaxError> {
        let Some((call, after)) = split_call(rest) else {
            return Err(SyntaxError::new(origin, "this macro's backquote is never closed"));
        };
        let (name, values) = arguments(call);
        if is_filter_macro(name)
            && values.is_empty()
            && self.keeps_apart(name, after, origin, within)
        {
            return Ok(after);
        }
        let Some(definition) = context.library.find_macro(name, values.len()) else {
            if is_filter_macro(name) {
                // A filter macro that is not defined filters nothing.
                self.push("index=*", origin, within);
                return Ok(after);
            }
            return Err(unknown(name, values.len(), origin, context.library));
        };
        if depth >= limits::MACRO_DEPTH {
            return Err(SyntaxError::new(origin, format!("the macro `{name}` is nested too deep")));
        }
        let error = |message: String| SyntaxError::new(origin, message);
        let values = bind(definition, values).map_err(|wrong| match wrong {
            WrongArgument::Twice(argument) => {
                error(format!("the macro `{name}` is given its argument `{argument}` twice"))
            }
            WrongArgument::Unknown(argument, near) => {
                error(format!("the macro `{name}` has no argument `{argument}`"))
                    .help(format!("did you mean `{near}`? A value goes in quotes"))
            }
        })?;
        let evaluate = |text: &str| evaluate(text, &values, context);
        if !definition.validation.trim().is_empty() {
            let problem = match evaluate(&substituted(&definition.validation, &values)) {
                Ok(result) => validation_failure(&result, definition),
                Err(cause) => Some(format!("its validation cannot run here: {cause}")),
            };
            if let Some(problem) = problem {
                return Err(error(format!(
                    "the macro `{name}` does not accept its arguments: {problem}"
                )));
            }
        }
        let mut text = substituted(&definition.definition, &values);
        if definition.is_expression {
            let result = evaluate(&text).map_err(|cause| {
                error(format!("the macro `{name}` is an expression that cannot run here: {cause}"))
            })?;
            text = result.value.text().map(Cow::into_owned).ok_or_else(|| {
                error(format!("the macro `{name}` is an expression that returns no text here"))
            })?;
        }
        let outer = within.map_or((name, origin), |(outer, _)| (outer, origin));
        self.add(text.trim(), Some(outer), context, depth + 1)?;
        Ok(after)
    }

    /// Keeps a filter macro apart, if possible: one that is a command is left for the parser, one among the conditions
    /// before the first pipe filters the rows that they select. Elsewhere, such as next to OR, returns `false`: the
    /// macro is expanded as any other.
    fn keeps_apart(
        &mut self,
        name: &str,
        after: &str,
        origin: usize,
        within: Option<(&str, usize)>,
    ) -> bool {
        let before = self.text.trim_end();
        let last_word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let next = after.trim_start();
        if before.ends_with('|') && (next.is_empty() || next.starts_with('|')) {
            self.push(&format!("`{name}`"), origin, within);
            return true;
        }
        let (open, pipe) = depth(before);
        let joined = matches!(last_word, "OR" | "NOT") || next.starts_with("OR");
        if open == 0 && !pipe && !joined {
            self.filters.push((name.to_owned(), origin));
            self.push("index=*", origin, within);
            return true;
        }
        false
    }
}

/// Returns the length of the text before the first backquote outside double quotes.
fn unquoted_backquote(text: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '`' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// Returns the number of open parentheses, and whether there is a pipe outside quotes.
fn depth(text: &str) -> (usize, bool) {
    let (mut open, mut pipe) = (0_usize, false);
    let mut rest = text;
    while let Some(at) = rest.find(['(', ')', '|', '"']) {
        let (_, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let mut chars = tail.chars();
        match chars.next() {
            Some('(') => open += 1,
            Some(')') => open = open.saturating_sub(1),
            Some('|') => pipe = true,
            _ => {
                let mut escaped = false;
                for char in chars.by_ref() {
                    match char {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' => break,
                        _ => {}
                    }
                }
            }
        }
        rest = chars.as_str();
    }
    (open, pipe)
}

/// Splits a text that starts with a backquote into the text up to the closing backquote and the text after it.
fn split_call(text: &str) -> Option<(&str, &str)> {
    let inner = text.get(1..)?;
    let end = unquoted_backquote(inner);
    Some((inner.get(..end)?, inner.get(end + 1..)?))
}

/// Returns the name and the arguments of a call.
fn arguments(call: &str) -> (&str, Vec<String>) {
    let call = call.trim();
    let Some((name, rest)) = call.split_once('(') else { return (call, Vec::new()) };
    let inner = rest.trim_end();
    let inner = inner.strip_suffix(')').unwrap_or(inner);
    let mut values = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for char in inner.chars() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = values.last_mut() {
            last.push(char);
        }
    }
    if inner.trim().is_empty() {
        return (name.trim(), Vec::new());
    }
    (name.trim(), values)
}

/// Why the arguments of a call cannot be paired with those of the definition.
enum WrongArgument {
    /// The argument has two values.
    Twice(String),
    /// There is no such argument, but this similar one.
    Unknown(String, String),
}

/// Returns the value of an argument as written: without its quotes and their escapes.
fn unquoted(written: &str) -> String {
    let written = written.trim();
    match written.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\""),
        None => written.to_owned(),
    }
}

/// Pairs the names of a macro's arguments with the values of a call: `name=value` for the argument of that name, others
/// in order.
///
/// # Errors
///
/// Returns the name of an argument that has two values, or that is probably misspelled.
fn bind(definition: &Macro, written: Vec<String>) -> Result<Vec<(String, String)>, WrongArgument> {
    let names: Vec<&str> = definition.arguments.iter().map(String::as_str).collect();
    let mut bound: OrderedMap<&str, String> = OrderedMap::new();
    let mut others = Vec::new();
    for argument in written {
        let named = argument.split_once('=').and_then(|(name, value)| {
            let known = definition.arguments.iter().find(|own| *own == name.trim())?;
            (!value.starts_with('=')).then_some((known, value))
        });
        match named {
            Some((name, value)) => {
                if bound.insert(name, unquoted(value)).is_some() {
                    return Err(WrongArgument::Twice(name.clone()));
                }
            }
            None => {
                let name = argument.split_once('=').map_or("", |(name, _)| name.trim());
                let is_name = name.len() > 1 && name.chars().all(is_word);
                if let Some(near) = nearest(name, &names).filter(|_| is_name) {
                    return Err(WrongArgument::Unknown(name.to_owned(), near.to_owned()));
                }
                others.push(unquoted(&argument));
            }
        }
    }
    let mut others = others.into_iter();
    let value = |name: &String| {
        let value = bound.remove(name.as_str()).or_else(|| others.next());
        (name.clone(), value.unwrap_or_default())
    };
    Ok(definition.arguments.iter().map(value).collect())
}

/// Returns a text with each `$name$` of an argument replaced by its value, inside quotes too.
fn substituted(pattern: &str, values: &[(String, String)]) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((head, tail)) = rest.split_once('$') {
        text.push_str(head);
        let found = tail.split_once('$').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(argument, _)| argument == name)?;
            Some((value, after))
        });
        match found {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('$');
                rest = tail;
            }
        }
        if text.len() > limits::SEARCH_BYTES {
            break;
        }
    }
    text.push_str(rest);
    text
}

/// The result of an expression.
struct Evaluated {
    value: Value,
    is_condition: bool,
}

/// Evaluates an expression of a macro. Its arguments are fields.
fn evaluate(
    text: &str,
    arguments: &[(String, String)],
    context: ParseContext<'_>,
) -> Result<Evaluated, String> {
    let mut cursor = Cursor::new(text);
    let parsed = expression::any(&mut cursor).and_then(|expr| {
        cursor.skip_space();
        match cursor.peek() {
            None => Ok(expr),
            Some(_) => Err(cursor.expected("the end of the expression")),
        }
    });
    let expr = parsed.map_err(|error| error.message)?;
    Ok(Evaluated { value: (context.evaluate)(&expr, arguments), is_condition: expr.is_condition() })
}

/// Returns the reason why a validation fails: a condition that is not true, or another expression that returns a text.
fn validation_failure(result: &Evaluated, definition: &Macro) -> Option<String> {
    let text = result.value.text();
    match result.is_condition {
        true if text.as_deref() == Some("True") => None,
        true if definition.error_message.is_empty() => {
            Some(format!("{} is not true", definition.validation.trim()))
        }
        true => Some(definition.error_message.clone()),
        false => text.map(Cow::into_owned),
    }
}

/// Returns the error for a macro that is not defined.
fn unknown(name: &str, count: usize, origin: usize, library: &Library) -> SyntaxError {
    let arities = library.arities(name);
    if let Some(arity) = arities.first() {
        return SyntaxError::new(
            origin,
            format!("the macro `{name}` takes {}, found {count}", arguments_text(*arity)),
        );
    }
    let error = SyntaxError::new(origin, format!("the macro `{name}` is not defined"));
    match nearest(name, &library.macro_names()) {
        Some(near) => {
            error.help(format!("did you mean `{near}`? Else add the file that defines it"))
        }
        None => error.help("add the macro file that defines it, or define it yourself"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Library {
        let mut library = Library::new();
        library.define("two", vec!["a".into(), "b".into()], "x=$a$ y=\"$b$\"".into());
        library.define("loop", vec![], "`loop`".into());
        library.define("inner", vec![], "`two(1,2)` z=3".into());
        library
    }

    /// Expressions evaluate to nothing here: evaluation is tested with whole searches.
    fn context(library: &Library) -> ParseContext<'_> {
        ParseContext { library, evaluate: |_, _| Value::Null }
    }

    fn expand(text: &str) -> String {
        ExpandedSearch::new(text, context(&library()))
            .map(|expanded| expanded.text)
            .unwrap_or_else(|error| format!("{} at {}", error.message, error.offset))
    }

    #[test]
    fn macros_are_expanded_and_comments_removed() {
        assert_eq!(expand("a `two(1, \"b, c\")` d"), "a x=1 y=\"b, c\" d");
        assert_eq!(expand("a `two(b=1, a=2)`"), "a x=2 y=\"1\"");
        assert_eq!(expand("a `two(b = \"1, \\\"2\\\"\", 3)`"), "a x=3 y=\"1, \"2\"\"");
        assert_eq!(expand("a `two(c=1, \"a=2\")`"), "a x=c=1 y=\"a=2\"");
        assert_eq!(expand("a `two(a==1, 2)`"), "a x=a==1 y=\"2\"");
        assert_eq!(
            expand("a `two(a=1, a=2)`"),
            "the macro `two` is given its argument `a` twice at 2"
        );
        let mut library = library();
        library.define("one", vec!["name".into()], "x=$name$".into());
        let expanded = |text| ExpandedSearch::new(text, context(&library)).map(|own| own.text);
        assert_eq!(expanded("`one(value=1)`").ok().as_deref(), Some("x=value=1"));
        assert_eq!(expanded("`one(\"nme=1\")`").ok().as_deref(), Some("x=nme=1"));
        let error = expanded("`one(nme=1)`").unwrap_err();
        assert_eq!(error.message, "the macro `one` has no argument `nme`");
        assert_eq!(expand("a `inner`"), "a x=1 y=\"2\" z=3");
        assert_eq!(expand("a ```why | not``` | b"), "a   | b");
        assert_eq!(expand("\"`two`\" b"), "\"`two`\" b");
        assert_eq!(expand("a `nope`"), "the macro `nope` is not defined at 2");
        assert_eq!(expand("a `two(1)`"), "the macro `two` takes 2 arguments, found 1 at 2");
        assert!(expand("`loop`").contains("nested too deep"));
        assert!(expand("a `b").contains("never closed"));
        assert!(expand("a ```b").contains("never closed"));
    }

    #[test]
    fn filter_macros_are_kept_apart() {
        let expanded =
            ExpandedSearch::new("a `x_filter` | stats count | `y_filter`", context(&library()))
                .unwrap();
        assert_eq!(expanded.text, "a index=* | stats count | `y_filter`");
        assert_eq!(expanded.filters, [("x_filter".to_owned(), 2)]);
        assert_eq!(expand("(a OR `x_filter`)"), "(a OR index=*)");
    }

    #[test]
    fn errors_are_located_in_the_original() {
        let expanded = ExpandedSearch::new("`two(1,2)` | bad", context(&library())).unwrap();
        let at = expanded.text.find("bad").unwrap();
        assert_eq!(expanded.locate(SyntaxError::new(at, "x")).offset, 13);
        let inside = expanded.locate(SyntaxError::new(1, "x"));
        assert_eq!((inside.offset, inside.message.as_str()), (0, "in the macro `two`: x"));
    }
}
