//! Strings: in single quotes, in double quotes with variables and code in them, and here-strings.

use super::place::{Code, Place};
use super::words::{is_double_quote, is_newline, is_single_quote, variable_len};
use super::{Kind, Lexer, Open, Token};

impl Lexer<'_> {
    /// A string in single quotes; two quotes are one.
    pub(super) fn literal(&mut self, quote: char) -> Token {
        let mut end = quote.len_utf8();
        loop {
            end = self.len_until(end, is_single_quote);
            match (self.char(end), self.char(end + self.char(end).map_or(0, char::len_utf8))) {
                (Some(first), Some(second)) if is_single_quote(second) => {
                    end += first.len_utf8() + second.len_utf8();
                }
                (first, _) => {
                    end += first.map_or(0, char::len_utf8);
                    return self.value(end, Kind::String);
                }
            }
        }
    }

    /// `@'` or `@"` begins a here-string if nothing follows it on its line.
    pub(super) fn here_string(&mut self, quote: char) -> Token {
        let start = 1 + quote.len_utf8();
        let head = self.len_until(start, |char| is_newline(char) || !char.is_whitespace());
        if !self.char(head).is_some_and(is_newline) {
            return self.token(1, Kind::Other);
        }
        if is_double_quote(quote) {
            self.code.value();
            return self.open_quoted(true, head);
        }
        let mut end = head;
        loop {
            end = self.len_until(end, is_newline);
            let Some(newline) = self.char(end) else {
                return self.value(end, Kind::String);
            };
            end += newline.len_utf8();
            if let Some(len) = self.here_end(end, is_single_quote) {
                return self.value(end + len, Kind::String);
            }
        }
    }

    /// Length of the quote and `@` that end a here-string, if they stand so many bytes on.
    fn here_end(&self, ahead: usize, is_quote: fn(char) -> bool) -> Option<usize> {
        let quote = self.char(ahead).filter(|char| is_quote(*char))?.len_utf8();
        (self.char(ahead + quote) == Some('@')).then_some(quote + 1)
    }

    pub(super) fn open_quoted(&mut self, here: bool, opening: usize) -> Token {
        self.stack.push(Open::Quoted { here });
        self.quoted(here, opening)
    }

    /// A piece of a string in double quotes, up to its end or to the next variable in it. So many bytes
    /// of it are its opening quote.
    pub(super) fn quoted(&mut self, here: bool, opening: usize) -> Token {
        let mut end = opening;
        while let Some(char) = self.char(end) {
            let width = char.len_utf8();
            let rest = self.text.get(self.at + end..).unwrap_or_default();
            let variable = variable_len(rest).filter(|_| char == '$');
            if variable.is_some() || rest.starts_with("$(") {
                if end > 0 {
                    break;
                }
                return match variable {
                    Some(len) => self.token(len, Kind::Variable),
                    None => {
                        self.enter(Code::new(Some(')'), Place::Statement));
                        self.token(2, Kind::Operator)
                    }
                };
            }
            end += width;
            if char == '`' {
                end += self.char(end).map_or(0, char::len_utf8);
            } else if here && is_newline(char) {
                if let Some(len) = self.here_end(end, is_double_quote) {
                    self.stack.pop();
                    return self.token(end + len, Kind::String);
                }
            } else if !here && is_double_quote(char) {
                match self.char(end).filter(|next| is_double_quote(*next)) {
                    Some(next) => end += next.len_utf8(),
                    None => {
                        self.stack.pop();
                        break;
                    }
                }
            }
        }
        self.token(end, Kind::String)
    }
}
