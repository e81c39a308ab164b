//! Takes out comments and fills in macros, and remembers where everything came from.

use super::cursor::{Cursor, Escapes};
use crate::limits;
use crate::search::error::{Fault, nearest};
use crate::search::library::{Library, Macro, is_filter};

/// A search whose macros are filled in. Filter macros that are a command of their own still stand in it.
pub(super) struct Expanded {
    pub(super) text: String,
    /// Filter macros that stood among the conditions before the first pipe, and where.
    pub(super) filters: Vec<(String, usize)>,
    /// From where in `text` on which offset of the original holds.
    segments: Vec<Segment>,
}

struct Segment {
    start: usize,
    origin: usize,
    /// All of it stands for the macro at `origin`.
    within: Option<String>,
}

impl Expanded {
    pub(super) fn new(text: &str, library: &Library) -> Result<Self, Fault> {
        // The macros of published searches make them half as long again.
        let room = text.len().min(limits::SEARCH_BYTES) * 3 / 2;
        let mut expanded =
            Self { text: String::with_capacity(room), filters: Vec::new(), segments: Vec::new() };
        expanded.add(text, None, library, 0)?;
        Ok(expanded)
    }

    /// The same error, at its place in the original.
    pub(super) fn original(&self, mut fault: Fault) -> Fault {
        let index = self.segments.partition_point(|segment| segment.start <= fault.offset);
        let Some(segment) = index.checked_sub(1).and_then(|index| self.segments.get(index)) else {
            return fault;
        };
        match &segment.within {
            Some(name) => {
                fault.message = format!("in the macro `{name}`: {}", fault.message);
                fault.offset = segment.origin;
            }
            None => fault.offset = segment.origin + (fault.offset - segment.start),
        }
        fault
    }

    /// Adds a text; with `within`, all of it stands for that macro at that offset.
    fn add(
        &mut self,
        text: &str,
        within: Option<(&str, usize)>,
        library: &Library,
        depth: usize,
    ) -> Result<(), Fault> {
        let place = |at: usize| within.map_or(at, |(_, origin)| origin);
        let mut rest = text;
        while !rest.is_empty() {
            let at = text.len() - rest.len();
            if let Some(after) = rest.strip_prefix("```") {
                let Some((_, after)) = after.split_once("```") else {
                    return Err(Fault::new(place(at), "this comment is never closed"));
                };
                self.push(" ", place(at), within);
                rest = after;
            } else if rest.starts_with('`') {
                rest = self.call(rest, place(at), within, library, depth)?;
            } else {
                let length = plain(rest);
                let (head, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
                self.push(head, place(at), within);
                rest = tail;
            }
            if self.text.len() > limits::SEARCH_BYTES {
                return Err(Fault::new(place(at), "the search becomes too long with its macros"));
            }
        }
        Ok(())
    }

    fn push(&mut self, text: &str, origin: usize, within: Option<(&str, usize)>) {
        let within = within.map(|(name, _)| name.to_owned());
        self.segments.push(Segment { start: self.text.len(), origin, within });
        self.text.push_str(text);
    }

    /// Fills in the macro that `rest` begins with, and gives what follows it.
    fn call<'a>(
        &mut self,
        rest: &'a str,
        origin: usize,
        within: Option<(&str, usize)>,
        library: &Library,
        depth: usize,
    ) -> Result<&'a str, Fault> {
        let Some((call, after)) = closed(rest) else {
            return Err(Fault::new(origin, "this macro's backquote is never closed"));
        };
        let (name, values) = arguments(call);
        if is_filter(name) && values.is_empty() && self.keeps_apart(name, after, origin, within) {
            return Ok(after);
        }
        let Some(definition) = library.find_macro(name, values.len()) else {
            if is_filter(name) {
                // By default a filter macro filters nothing.
                self.push("index=*", origin, within);
                return Ok(after);
            }
            return Err(unknown(name, values.len(), origin, library));
        };
        if depth >= limits::MACRO_DEPTH {
            return Err(Fault::new(origin, format!("the macro `{name}` is nested too deep")));
        }
        let mut text = substituted(definition, &values);
        if definition.is_formula {
            text = quoted_text(&text).ok_or_else(|| {
                Fault::new(
                    origin,
                    format!("the macro `{name}` is a formula, which cannot run here"),
                )
                .help("define it without iseval, as the text it comes to")
            })?;
        }
        let outer = within.map_or((name, origin), |(outer, _)| (outer, origin));
        self.add(text.trim(), Some(outer), library, depth + 1)?;
        Ok(after)
    }

    /// A filter macro that is a command of its own is left for the parser; one that stands among the
    /// conditions before the first pipe filters what they keep. Elsewhere it is a macro like any other.
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

/// How much of a text stands before the next backquote outside of double quotes.
fn plain(text: &str) -> usize {
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

/// Open parentheses, and whether a pipe stands outside of quotes.
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

/// What stands between the backquote that a text begins with and the one that closes it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let inner = text.get(1..)?;
    let end = plain(inner);
    Some((inner.get(..end)?, inner.get(end + 1..)?))
}

/// A macro's name and what it is given.
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

/// What a formula that is a text in quotes comes to.
fn quoted_text(formula: &str) -> Option<String> {
    let mut cursor = Cursor::new(formula.trim());
    if cursor.peek() != Some('"') {
        return None;
    }
    cursor.quoted('"', Escapes::White).ok().filter(|_| cursor.rest().is_empty())
}

fn unknown(name: &str, count: usize, origin: usize, library: &Library) -> Fault {
    let arities = library.arities(name);
    if let Some(arity) = arities.first() {
        return Fault::new(
            origin,
            format!("the macro `{name}` takes {arity} arguments, found {count}"),
        );
    }
    let fault = Fault::new(origin, format!("the macro `{name}` is not defined"));
    match nearest(name, &library.macro_names()) {
        Some(near) => {
            fault.help(format!("did you mean `{near}`? Else add the file that defines it"))
        }
        None => fault.help("add the macro file that defines it, or define it yourself"),
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
        Expanded::new(text, &library())
            .map(|expanded| expanded.text)
            .unwrap_or_else(|fault| format!("{} at {}", fault.message, fault.offset))
    }

    #[test]
    fn fills_in_macros_and_takes_out_comments() {
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
    fn filter_macros_stay_apart() {
        let expanded =
            Expanded::new("a `x_filter` | stats count | `y_filter`", &library()).unwrap();
        assert_eq!(expanded.text, "a index=* | stats count | `y_filter`");
        assert_eq!(expanded.filters, [("x_filter".to_owned(), 2)]);
        assert_eq!(expand("(a OR `x_filter`)"), "(a OR index=*)");
    }

    #[test]
    fn errors_keep_their_places() {
        let expanded = Expanded::new("`two(1,2)` | bad", &library()).unwrap();
        let at = expanded.text.find("bad").unwrap();
        assert_eq!(expanded.original(Fault::new(at, "x")).offset, 13);
        let inside = expanded.original(Fault::new(1, "x"));
        assert_eq!((inside.offset, inside.message.as_str()), (0, "in the macro `two`: x"));
    }
}
