//! Words and operators, by what is expected at their position.

use super::Lexer;
use super::context::{Announced, Expectation};
use super::token::{Token, TokenKind};
use super::words::{
    KeywordFollow, ends_word, is_dash, is_double_quote, is_name_char, is_newline,
    is_prefix_operator, is_single_quote, keyword, may_follow_value, number_len, variable_len,
};

impl<'a> Lexer<'a> {
    /// Returns whether `.` or `::` precedes a member here.
    pub(super) fn is_member_access(&self) -> bool {
        let len = match self.rest().as_bytes() {
            [b':', b':', ..] => return true,
            [b'.', ..] => 1,
            _ => return false,
        };
        self.peek(len).is_some_and(|next| {
            is_name_char(next)
                || matches!(next, '$' | '(' | '`')
                || is_single_quote(next)
                || is_double_quote(next)
        })
    }

    /// Lexes `.` or `::` before a member.
    pub(super) fn member_access(&mut self) -> Token {
        let len = if self.starts_with("::") { 2 } else { 1 };
        let token = self.emit(len, TokenKind::Operator);
        self.code.announced = Announced::Member;
        token
    }

    /// Lexes a member's name.
    pub(super) fn member(&mut self, first: char) -> Token {
        self.code.announced = Announced::Nothing;
        let len = self.skip_ascii(0, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let len = self.len_until(len, |char| !is_name_char(char) && char != '`');
        if len == 0 {
            self.emit(first.len_utf8(), TokenKind::Other)
        } else {
            self.emit_value(len, TokenKind::Member)
        }
    }

    /// Lexes a token where a statement may begin.
    pub(super) fn statement(&mut self, first: char) -> Token {
        let second = self.peek(first.len_utf8());
        match first {
            '[' => self.type_name(),
            '!' | '+' => {
                let len = if self.starts_with("++") { 2 } else { 1 };
                self.emit_operator(len)
            }
            '=' => self.emit_and_expect(Expectation::Statement, 1, TokenKind::Operator),
            ':' if second.is_some_and(is_name_char) => {
                let len = self.name_len(1);
                self.emit_and_expect(Expectation::Statement, len, TokenKind::Other)
            }
            '.' if second
                .is_some_and(|next| next.is_whitespace() || next == '$' || ends_word(next)) =>
            {
                self.call_operator()
            }
            _ if is_dash(first) => self.dash(first, second),
            _ => match number_len(self.rest()) {
                Some(len) if self.code.announced != Announced::Call => {
                    self.emit_value(len, TokenKind::Number)
                }
                _ => self.command(),
            },
        }
    }

    /// Lexes a dash where a statement or a value may begin: an operator, or a parameter of a command whose line was
    /// broken.
    fn dash(&mut self, first: char, second: Option<char>) -> Token {
        if !second.is_some_and(char::is_alphabetic) {
            let len = if second == Some(first) { 2 * first.len_utf8() } else { first.len_utf8() };
            return self.emit_operator(len);
        }
        let word = self.dashed_word(first);
        if is_prefix_operator(word) {
            return self.emit_operator(first.len_utf8() + word.len());
        }
        let expected = if self.code.expected == Expectation::Statement {
            Expectation::Argument
        } else {
            Expectation::Operand
        };
        self.emit_and_expect(expected, first.len_utf8() + word.len(), TokenKind::Parameter)
    }

    /// Returns the word after a dash.
    fn dashed_word(&self, first: char) -> &'a str {
        let end = self.name_len(first.len_utf8());
        self.text.get(self.at + first.len_utf8()..self.at + end).unwrap_or_default()
    }

    /// Lexes a word where a statement may begin: a keyword, a declared name or a command.
    pub(super) fn command(&mut self) -> Token {
        let len = self.word_len(0);
        if let Announced::Name(kind) = self.code.announced {
            return self.emit_and_expect(Expectation::Operator, len, kind);
        }
        let word = self.text.get(self.at..self.at + len).unwrap_or_default();
        // Empty quotes go on with the word: `In''voke` is a command.
        let goes_on = self.peek(len).is_some_and(|quote| {
            (is_single_quote(quote) || is_double_quote(quote))
                && self.peek(len + quote.len_utf8()) == Some(quote)
        });
        match keyword(word) {
            // In a pipeline and after `&`, `foreach` is a command.
            Some(next)
                if !goes_on
                    && !matches!(
                        self.code.announced,
                        Announced::Continuation | Announced::Call
                    ) =>
            {
                self.keyword(len, next)
            }
            _ => self.emit_and_expect(Expectation::Argument, len.max(1), TokenKind::Command),
        }
    }

    /// Emits a keyword.
    fn keyword(&mut self, len: usize, next: KeywordFollow) -> Token {
        let expected = match next {
            KeywordFollow::Condition => Expectation::Operand,
            KeywordFollow::Word => Expectation::Argument,
            _ => Expectation::Statement,
        };
        let token = self.emit_and_expect(expected, len, TokenKind::Keyword);
        self.code.enumerates = next == KeywordFollow::Enumeration;
        self.code.announced = match next {
            KeywordFollow::Block => Announced::Block,
            KeywordFollow::Function => Announced::Name(TokenKind::Command),
            KeywordFollow::Type | KeywordFollow::Enumeration => Announced::Name(TokenKind::Type),
            KeywordFollow::Parameters => Announced::Parameters,
            _ => Announced::Nothing,
        };
        token
    }

    /// Lexes a key of a hash table.
    pub(super) fn key(&mut self, first: char) -> Token {
        match first {
            '[' => self.type_name(),
            _ if is_name_char(first) && number_len(self.rest()).is_none() => {
                let len = self.len_until(0, |char| ends_word(char) || char == '=');
                self.emit_and_expect(Expectation::Operator, len, TokenKind::Member)
            }
            _ => self.expression(first),
        }
    }

    /// Lexes an operator or a value of an expression.
    pub(super) fn expression(&mut self, first: char) -> Token {
        let after_value = self.code.expected == Expectation::Operator;
        let second = self.peek(first.len_utf8());
        if is_dash(first) {
            if !after_value {
                return self.dash(first, second);
            }
            if second.is_some_and(char::is_alphabetic) {
                // `$a -bxor5` has a number after the operator.
                let word = self.dashed_word(first);
                let letters = word.find(|char: char| !char.is_alphabetic()).unwrap_or(word.len());
                return self.emit_operator(first.len_utf8() + letters);
            }
        }
        match first {
            '[' => self.type_name(),
            '=' => self.emit_and_expect(Expectation::Statement, 1, TokenKind::Operator),
            _ if second == Some('=')
                && (is_dash(first) || matches!(first, '+' | '*' | '/' | '%')) =>
            {
                self.emit_and_expect(
                    Expectation::Statement,
                    first.len_utf8() + 1,
                    TokenKind::Operator,
                )
            }
            '?' if self.starts_with("??=") => {
                self.emit_and_expect(Expectation::Statement, 3, TokenKind::Operator)
            }
            '+' if self.starts_with("++") => self.emit(2, TokenKind::Operator),
            _ if is_dash(first) && second == Some(first) => {
                self.emit(2 * first.len_utf8(), TokenKind::Operator)
            }
            '.' if self.starts_with("..") => self.emit_operator(2),
            '?' if self.starts_with("??") => self.emit_operator(2),
            '+' | '*' | '/' | '%' | '!' | '?' | ':' => self.emit_operator(1),
            _ if is_dash(first) => self.emit_operator(first.len_utf8()),
            _ => match number_len(self.rest()) {
                Some(len) => self.emit_value(len, TokenKind::Number),
                None => self.bare_word(first),
            },
        }
    }

    /// Lexes a word in an expression: a keyword such as `else`, a method's name in a class, or text that is not PowerShell.
    fn bare_word(&mut self, first: char) -> Token {
        let len = self.name_len(0);
        let word = self.text.get(self.at..self.at + len).unwrap_or_default();
        match keyword(word) {
            Some(next) if may_follow_value(word) => self.keyword(len, next),
            _ if len == 0 => self.emit(first.len_utf8(), TokenKind::Other),
            _ if self.peek(len) == Some('(') => self.emit_value(len, TokenKind::Member),
            _ => self.emit_value(len, TokenKind::Other),
        }
    }

    /// Lexes an argument of a command.
    pub(super) fn argument(&mut self, first: char) -> Token {
        let second = self.peek(first.len_utf8());
        if is_dash(first)
            && second.is_some_and(|next| next.is_alphabetic() || next == '_')
            && !self.touches_value()
        {
            let len = self.len_until(first.len_utf8(), |char| {
                ends_word(char) || matches!(char, ':' | '.' | '[')
            });
            let colon = usize::from(self.peek(len) == Some(':'));
            return self.emit_value(len + colon, TokenKind::Parameter);
        }
        if self.starts_with("--%") {
            let len = self.len_until(0, |char| is_newline(char) || char == '|');
            return self.emit_value(len, TokenKind::Other);
        }
        let len = self.word_len(0).max(first.len_utf8());
        let word = self.text.get(self.at..self.at + len).unwrap_or_default();
        let unsigned = word.strip_prefix(is_dash).unwrap_or(word);
        let number = number_len(unsigned) == Some(unsigned.len());
        self.emit_value(len, if number { TokenKind::Number } else { TokenKind::Other })
    }

    /// Lexes `[Name]` with generic arguments and array brackets, or `[Name` of an attribute.
    fn type_name(&mut self) -> Token {
        let mut depth = 0usize;
        let mut end = 0;
        while let Some(char) = self.peek(end) {
            match char {
                '[' => depth += 1,
                ']' => depth -= 1,
                '.' | '+' | ',' | '`' | '*' | '&' | '=' | '\\' | ' ' => (),
                _ if is_name_char(char) => (),
                _ => break,
            }
            end += char.len_utf8();
            if depth == 0 {
                break;
            }
        }
        self.emit_value(end, TokenKind::Type)
    }

    /// Returns the offset of the end of a word whose first `from` bytes are known to belong to it.
    pub(super) fn word_len(&self, from: usize) -> usize {
        let mut end = from;
        loop {
            end = self.skip_ascii(end, |byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'-' | b'_' | b'.' | b':' | b'\\' | b'/')
            });
            let Some(char) = self.peek(end) else { break };
            if char == '`' {
                match self.peek(end + 1) {
                    Some(next) if !next.is_whitespace() => end += 1 + next.len_utf8(),
                    _ => return end.max(1),
                }
                continue;
            }
            let dollar = char == '$' && end > 0 && {
                let rest = self.text.get(self.at + end..).unwrap_or_default();
                rest.starts_with("$(") || variable_len(rest).is_some()
            };
            if ends_word(char) || dollar {
                break;
            }
            end += char.len_utf8();
        }
        end
    }
}
