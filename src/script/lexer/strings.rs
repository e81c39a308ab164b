//! Strings: in single quotes, in double quotes with variables and code, and here-strings.

use super::context::{CodeContext, Expectation};
use super::token::{Token, TokenKind};
use super::words::{is_double_quote, is_newline, is_single_quote, variable_len};
use super::{Lexer, OpenScope};

impl Lexer<'_> {
    /// Lexes a string in single quotes, in which two quotes are an escaped one.
    pub(super) fn single_quoted(&mut self, quote: char) -> Token {
        let mut end = quote.len_utf8();
        loop {
            end = self.skip_ascii(end, |byte| byte != b'\'');
            end = self.len_until(end, is_single_quote);
            match (self.peek(end), self.peek(end + self.peek(end).map_or(0, char::len_utf8))) {
                (Some(first), Some(second)) if is_single_quote(second) => {
                    end += first.len_utf8() + second.len_utf8();
                }
                (first, _) => {
                    end += first.map_or(0, char::len_utf8);
                    return self.emit_value(end, TokenKind::String);
                }
            }
        }
    }

    /// Lexes `@'` or `@"`, which begins a here-string if only white space follows it on its line.
    pub(super) fn here_string(&mut self, quote: char) -> Token {
        let start = 1 + quote.len_utf8();
        let head = self.len_until(start, |char| is_newline(char) || !char.is_whitespace());
        if !self.peek(head).is_some_and(is_newline) {
            return self.emit(1, TokenKind::Other);
        }
        if is_double_quote(quote) {
            self.code.after_value();
            return self.open_double_quoted(true, head);
        }
        let mut end = head;
        loop {
            end = self.line_len(end);
            let Some(newline) = self.peek(end) else {
                return self.emit_value(end, TokenKind::String);
            };
            end += newline.len_utf8();
            if let Some(len) = self.here_string_end(end, is_single_quote) {
                return self.emit_value(end + len, TokenKind::String);
            }
        }
    }

    /// Returns the length of the quote and the `@` that end a here-string, if they are `offset` bytes ahead.
    fn here_string_end(&self, offset: usize, is_quote: fn(char) -> bool) -> Option<usize> {
        let quote = self.peek(offset).filter(|char| is_quote(*char))?.len_utf8();
        (self.peek(offset + quote) == Some('@')).then_some(quote + 1)
    }

    /// Begins a string in double quotes, whose opening quote has `opening` bytes.
    pub(super) fn open_double_quoted(&mut self, here: bool, opening: usize) -> Token {
        self.stack.push(OpenScope::DoubleQuoted { here });
        self.open_strings += 1;
        self.double_quoted(here, opening)
    }

    /// Lexes the section of a string in double quotes up to its end or its next variable. The section's first `opening`
    /// bytes are the opening quote.
    pub(super) fn double_quoted(&mut self, here: bool, opening: usize) -> Token {
        let mut end = opening;
        loop {
            end = self.skip_ascii(end, |byte| !matches!(byte, b'$' | b'`' | b'"' | b'\n' | b'\r'));
            let Some(char) = self.peek(end) else { break };
            let width = char.len_utf8();
            let rest = self.text.get(self.at + end..).unwrap_or_default();
            let variable = if char == '$' { variable_len(rest) } else { None };
            if variable.is_some() || rest.starts_with("$(") {
                if end > 0 {
                    break;
                }
                return match variable {
                    Some(len) => self.emit(len, TokenKind::Variable),
                    None => {
                        self.enter_context(CodeContext::new(Some(')'), Expectation::Statement));
                        self.emit(2, TokenKind::Operator)
                    }
                };
            }
            end += width;
            if char == '`' {
                end += self.peek(end).map_or(0, char::len_utf8);
            } else if here && is_newline(char) {
                if let Some(len) = self.here_string_end(end, is_double_quote) {
                    self.close_double_quoted();
                    return self.emit(end + len, TokenKind::String);
                }
            } else if !here && is_double_quote(char) {
                match self.peek(end).filter(|next| is_double_quote(*next)) {
                    Some(next) => end += next.len_utf8(),
                    None => {
                        self.close_double_quoted();
                        break;
                    }
                }
            }
        }
        self.emit(end, TokenKind::String)
    }

    fn close_double_quoted(&mut self) {
        self.stack.pop();
        self.open_strings = self.open_strings.saturating_sub(1);
    }
}
