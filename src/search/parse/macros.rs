//! Expands macros, removes comments, and maps offsets of the result to the original.

use super::cursor::{Cursor, Escapes};
use super::error::{SyntaxError, arguments_text, nearest};
use super::library::{Library, Macro};
use crate::limits;
use crate::search::ast::command::is_filter_macro;

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
    pub(super) fn new(text: &str, library: &Library) -> Result<Self, SyntaxError> {
        // Macros make published searches one and a half times as long.
        let capacity = text.len().min(limits::SEARCH_BYTES) * 3 / 2;
        let mut expanded = Self {
            text: String::with_capacity(capacity),
            filters: Vec::new(),
            segments: Vec::new(),
        };
        expanded.add(text, None, library, 0)?;
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
        library: &Library,
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
                rest = self.call(rest, place(at), within, library, depth)?;
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
        library: &Library,
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
        let Some(definition) = library.find_macro(name, values.len()) else {
            if is_filter_macro(name) {
                // A filter macro that is not defined filters nothing.
                self.push("index=*", origin, within);
                return Ok(after);
            }
            return Err(unknown(name, values.len(), origin, library));
        };
        if depth >= limits::MACRO_DEPTH {
            return Err(SyntaxError::new(origin, format!("the macro `{name}` is nested too deep")));
        }
        let mut text = substituted(definition, &values);
        if definition.is_expression {
            text = string_literal(&text).ok_or_else(|| {
                SyntaxError::new(
                    origin,
                    format!("the macro `{name}` is an expression, which cannot run here"),
                )
                .help("define it without iseval, as the text that the expression returns")
            })?;
        }
        let outer = within.map_or((name, origin), |(outer, _)| (outer, origin));
        self.add(text.trim(), Some(outer), library, depth + 1)?;
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
    let bare = |value: &String| {
        let value = value.trim();
        match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(inner) => inner.replace("\\\"", "\""),
            None => value.to_owned(),
        }
    };
    if inner.trim().is_empty() {
        return (name.trim(), Vec::new());
    }
    (name.trim(), values.iter().map(bare).collect())
}

/// Returns the definition with its arguments replaced by `values`.
fn substituted(definition: &Macro, values: &[String]) -> String {
    let mut text = String::new();
    let mut rest = definition.definition.as_str();
    while let Some((head, tail)) = rest.split_once('$') {
        text.push_str(head);
        let found = tail.split_once('$').and_then(|(name, after)| {
            let index = definition.arguments.iter().position(|argument| argument == name)?;
            Some((values.get(index)?, after))
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

/// Returns the value of an expression that is a single string literal.
fn string_literal(expr: &str) -> Option<String> {
    let mut cursor = Cursor::new(expr.trim());
    if cursor.peek() != Some('"') {
        return None;
    }
    cursor.quoted('"', Escapes::QuotesAndWhitespace).ok().filter(|_| cursor.rest().is_empty())
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

    fn expand(text: &str) -> String {
        ExpandedSearch::new(text, &library())
            .map(|expanded| expanded.text)
            .unwrap_or_else(|error| format!("{} at {}", error.message, error.offset))
    }

    #[test]
    fn macros_are_expanded_and_comments_removed() {
        assert_eq!(expand("a `two(1, \"b, c\")` d"), "a x=1 y=\"b, c\" d");
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
            ExpandedSearch::new("a `x_filter` | stats count | `y_filter`", &library()).unwrap();
        assert_eq!(expanded.text, "a index=* | stats count | `y_filter`");
        assert_eq!(expanded.filters, [("x_filter".to_owned(), 2)]);
        assert_eq!(expand("(a OR `x_filter`)"), "(a OR index=*)");
    }

    #[test]
    fn errors_are_located_in_the_original() {
        let expanded = ExpandedSearch::new("`two(1,2)` | bad", &library()).unwrap();
        let at = expanded.text.find("bad").unwrap();
        assert_eq!(expanded.locate(SyntaxError::new(at, "x")).offset, 13);
        let inside = expanded.locate(SyntaxError::new(1, "x"));
        assert_eq!((inside.offset, inside.message.as_str()), (0, "in the macro `two`: x"));
    }
}
