//! [`Cursor`]: a position in the text of a search, with the limits on nesting.

use super::error::SyntaxError;
use crate::limits;

/// The result of a parser.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// A position in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Number of enclosing parentheses, negations and calls.
    depth: usize,
    /// Number of operators of the current expression, each of which may deepen its tree by one level.
    links: usize,
    /// What the parser has to say of a search that runs.
    notes: Vec<SyntaxError>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, links: 0, notes: Vec::new() }
    }

    /// Returns the byte offset.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Moves to an offset that the cursor has been at.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Returns the text from here on.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the text from an offset to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Returns the next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the next character.
    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Takes the characters for which `accept` returns `true`.
    pub(super) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(&accept).len();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Takes `text`, if it is next; returns whether it was taken.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes `word` in any case with the white space before it, if it is the next word; returns whether it was taken.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_word().eq_ignore_ascii_case(word);
        if found {
            self.skip_space();
            self.at += word.len();
        }
        found
    }

    /// Returns the next word: letters, digits and `_` after white space.
    pub(super) fn peek_word(&self) -> &'a str {
        let rest = self.rest().trim_start();
        let length = rest.len() - rest.trim_start_matches(is_word).len();
        rest.get(..length).unwrap_or_default()
    }

    /// Whether only white space is left before the next pipe or the end.
    pub(super) fn is_at_end(&self) -> bool {
        matches!(self.rest().trim_start().chars().next(), None | Some('|'))
    }

    /// Adds a note on a search that runs.
    pub(super) fn note(&mut self, note: SyntaxError) {
        self.notes.push(note);
    }

    /// Returns the notes and forgets them.
    pub(super) fn take_notes(&mut self) -> Vec<SyntaxError> {
        std::mem::take(&mut self.notes)
    }

    pub(super) fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.at, message)
    }

    /// Returns the error that something else was found than `wanted`.
    pub(super) fn expected(&self, wanted: &str) -> SyntaxError {
        let found = self.rest().trim_start();
        let at = self.text.len() - found.len();
        let found = match found.chars().next() {
            None => "the end".to_owned(),
            Some(char) if is_word(char) => {
                let word: String = found.chars().take_while(|c| is_word(*c)).take(32).collect();
                format!("`{word}`")
            }
            Some(char) => format!("`{char}`"),
        };
        SyntaxError::new(at, format!("expected {wanted}, found {found}"))
    }

    /// Returns the error for a subsearch at this position.
    pub(super) fn subsearch(&self) -> SyntaxError {
        self.error("a subsearch […] cannot run here")
            .help("text that holds a bracket goes in quotes")
    }

    /// Enters a level of nesting.
    ///
    /// # Errors
    ///
    /// Fails beyond [`limits::SEARCH_NESTING`].
    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > limits::SEARCH_NESTING {
            return Err(self.error("the search is nested too deep"));
        }
        Ok(())
    }

    /// Leaves a level of nesting.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Parses the inside of parentheses, of which the opening one is next. `unclosed` makes the error for a missing
    /// closing one from the offset of the opening one.
    pub(super) fn in_parentheses<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Parsed<T>,
        unclosed: impl FnOnce(&Self, usize) -> SyntaxError,
    ) -> Parsed<T> {
        let start = self.at();
        self.next();
        self.enter()?;
        let inner = inner(self)?;
        self.leave();
        self.skip_space();
        if self.eat(")") { Ok(inner) } else { Err(unclosed(self, start)) }
    }

    /// Starts a new expression.
    pub(super) fn begin_expr(&mut self) {
        self.links = 0;
    }

    /// Parses a sibling of the operands parsed since [`links`](Self::links) was `base`: the deeper of both counts, not
    /// the sum.
    pub(super) fn sibling<T>(
        &mut self,
        base: usize,
        read: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let deepest = std::mem::replace(&mut self.links, base);
        let result = read(self)?;
        self.links = self.links.max(deepest);
        Ok(result)
    }

    /// Returns the number of operators so far.
    pub(super) fn links(&self) -> usize {
        self.links
    }

    /// Counts an operator, which may be nested below all the others.
    ///
    /// # Errors
    ///
    /// Fails beyond [`limits::EXPRESSION_DEPTH`].
    pub(super) fn link(&mut self) -> Parsed<()> {
        self.links += 1;
        match self.links > limits::EXPRESSION_DEPTH {
            true => Err(self.error("the expression has too many operators")),
            false => Ok(()),
        }
    }

    /// Takes a quoted text and decodes its escapes; other backslashes are kept.
    pub(super) fn quoted(&mut self, quote: char, escapes: Escapes) -> Parsed<String> {
        let start = self.at;
        let mut text = String::new();
        self.next();
        loop {
            match self.next() {
                None => return Err(SyntaxError::new(start, "this quote is never closed")),
                Some(char) if char == quote => return Ok(text),
                Some('\\') => match self.peek().map(|char| (char, escapes.decode(char, quote))) {
                    Some((_, Some(decoded))) => {
                        self.next();
                        text.push(decoded);
                    }
                    _ => text.push('\\'),
                },
                Some(char) => text.push(char),
            }
        }
    }
}

/// The escapes of a quoted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `\"` and `\\`, as in `search`.
    Quotes,
    /// Those and `\t`, `\n`, `\r`, as in `eval`.
    QuotesAndWhitespace,
}

impl Escapes {
    /// Returns the character that `\` and `char` denote.
    pub(super) fn decode(self, char: char, quote: char) -> Option<char> {
        match char {
            '\\' => Some('\\'),
            _ if char == quote => Some(char),
            't' if self == Self::QuotesAndWhitespace => Some('\t'),
            'n' if self == Self::QuotesAndWhitespace => Some('\n'),
            'r' if self == Self::QuotesAndWhitespace => Some('\r'),
            _ => None,
        }
    }
}

/// Whether a character is part of a word.
pub(super) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_alone_and_in_any_case() {
        let mut cursor = Cursor::new("  By field");
        assert!(!cursor.eat_word("b"));
        assert!(cursor.eat_word("by"));
        assert_eq!((cursor.at(), cursor.peek_word()), (4, "field"));
        assert_eq!(cursor.expected("`=`").message, "expected `=`, found `field`");
        assert_eq!(Cursor::new(" |").expected("a value").message, "expected a value, found `|`");
        assert_eq!(Cursor::new(" ").expected("a value").message, "expected a value, found the end");
    }

    #[test]
    fn quoted_texts_decode_the_escapes_of_their_language() {
        for (text, escapes, expected) in [
            (r#""a\"b""#, Escapes::Quotes, "a\"b"),
            (r#""a\\b""#, Escapes::Quotes, "a\\b"),
            (r#""a\tb""#, Escapes::Quotes, "a\\tb"),
            (r#""a\tb\s""#, Escapes::QuotesAndWhitespace, "a\tb\\s"),
            ("'a\\'b'", Escapes::Quotes, "a'b"),
        ] {
            let quote = text.chars().next().unwrap();
            assert_eq!(Cursor::new(text).quoted(quote, escapes).unwrap(), expected, "{text}");
        }
        let error = Cursor::new("\"a").quoted('"', Escapes::Quotes).unwrap_err();
        assert_eq!((error.offset, &*error.message), (0, "this quote is never closed"));
    }
}
