//! A place in a search, moving right.

use crate::limits;
use crate::search::error::Fault;

pub(super) type Parsed<T> = Result<T, Fault>;

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Operators so far that each make a formula one level deeper.
    links: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, links: 0 }
    }

    /// Byte offset.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Back, or on, to an offset it has been at.
    pub(super) fn go(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text from an offset to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub(super) fn take_while(&mut self, good: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(&good).len();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Takes this text, if it stands here.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes this word, in any case, if it stands here alone; white space before it is skipped.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_word().eq_ignore_ascii_case(word);
        if found {
            self.skip_space();
            self.at += word.len();
        }
        found
    }

    /// The letters, digits and `_` that come next after white space.
    pub(super) fn peek_word(&self) -> &'a str {
        let rest = self.rest().trim_start();
        let length = rest.len() - rest.trim_start_matches(is_word).len();
        rest.get(..length).unwrap_or_default()
    }

    /// Nothing more of this command.
    pub(super) fn is_at_end(&self) -> bool {
        matches!(self.rest().trim_start().chars().next(), None | Some('|'))
    }

    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.at, message)
    }

    /// An error that says what was found here.
    pub(super) fn expected(&self, what: &str) -> Fault {
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
        Fault::new(at, format!("expected {what}, found {found}"))
    }

    /// The error for a subsearch that stands here.
    pub(super) fn subsearch(&self) -> Fault {
        self.fault("a subsearch […] cannot run here")
            .help("text that holds a bracket goes in quotes")
    }

    /// One level deeper.
    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > limits::SEARCH_NESTING {
            return Err(self.fault("the search is nested too deep"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// What stands within parentheses, the first of which is next. `unclosed` says what is wrong where the
    /// second is missing; it is given the place of the first.
    pub(super) fn in_parentheses<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Parsed<T>,
        unclosed: impl FnOnce(&Self, usize) -> Fault,
    ) -> Parsed<T> {
        let start = self.at();
        self.next();
        self.enter()?;
        let inner = inner(self)?;
        self.leave();
        self.skip_space();
        if self.eat(")") { Ok(inner) } else { Err(unclosed(self, start)) }
    }

    /// A new formula begins.
    pub(super) fn begin_formula(&mut self) {
        self.links = 0;
    }

    /// Reads something that lies beside what was read since `base`, not below it.
    pub(super) fn beside<T>(
        &mut self,
        base: usize,
        read: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let deepest = std::mem::replace(&mut self.links, base);
        let result = read(self)?;
        self.links = self.links.max(deepest);
        Ok(result)
    }

    /// The operators so far.
    pub(super) fn links(&self) -> usize {
        self.links
    }

    /// One more operator: wherever it stands, it can lie below all the others.
    pub(super) fn link(&mut self) -> Parsed<()> {
        self.links += 1;
        match self.links > limits::EXPRESSION_DEPTH {
            true => Err(self.fault("the formula has too many operators")),
            false => Ok(()),
        }
    }

    /// A text in quotes that stands here; the escapes that are not decoded stay as they stand.
    pub(super) fn quoted(&mut self, quote: char, escapes: Escapes) -> Parsed<String> {
        let start = self.at;
        let mut text = String::new();
        self.next();
        loop {
            match self.next() {
                None => return Err(Fault::new(start, "this quote is never closed")),
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

/// Which escapes a quoted text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `\"` and `\\`, as in `search`.
    Quotes,
    /// Also `\t`, `\n` and `\r`, as in `eval`.
    White,
}

impl Escapes {
    pub(super) fn decode(self, char: char, quote: char) -> Option<char> {
        match char {
            '\\' => Some('\\'),
            _ if char == quote => Some(char),
            't' if self == Self::White => Some('\t'),
            'n' if self == Self::White => Some('\n'),
            'r' if self == Self::White => Some('\r'),
            _ => None,
        }
    }
}

pub(super) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}
