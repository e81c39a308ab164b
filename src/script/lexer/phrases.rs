//! Words and operators, by the place they stand at.

use super::place::{Ahead, Place};
use super::words::{
    Next, continues, ends_word, in_name, is_dash, is_double_quote, is_newline, is_single_quote,
    is_unary, keyword, number_len, variable_len,
};
use super::{Kind, Lexer, Token};

impl<'a> Lexer<'a> {
    /// `.` or `::` before a member.
    pub(super) fn is_access(&self) -> bool {
        let len = match self.rest().as_bytes() {
            [b':', b':', ..] => return true,
            [b'.', ..] => 1,
            _ => return false,
        };
        self.char(len).is_some_and(|next| {
            in_name(next)
                || matches!(next, '$' | '(' | '`')
                || is_single_quote(next)
                || is_double_quote(next)
        })
    }

    pub(super) fn access(&mut self) -> Token {
        let len = if self.starts("::") { 2 } else { 1 };
        let token = self.token(len, Kind::Operator);
        self.code.ahead = Ahead::Member;
        token
    }

    pub(super) fn member(&mut self, first: char) -> Token {
        self.code.ahead = Ahead::Nothing;
        let len = self.len_until(0, |char| !in_name(char) && char != '`');
        if len == 0 {
            self.token(first.len_utf8(), Kind::Other)
        } else {
            self.value(len, Kind::Member)
        }
    }

    pub(super) fn statement(&mut self, first: char) -> Token {
        let second = self.char(first.len_utf8());
        match first {
            '[' => self.type_name(),
            '!' | '+' => {
                let len = if self.starts("++") { 2 } else { 1 };
                self.operator(len)
            }
            '=' => self.go(Place::Statement, 1, Kind::Operator),
            ':' if second.is_some_and(in_name) => {
                let len = self.len_until(1, |char| !in_name(char));
                self.go(Place::Statement, len, Kind::Other)
            }
            '.' if second
                .is_some_and(|next| next.is_whitespace() || next == '$' || ends_word(next)) =>
            {
                self.invoke()
            }
            _ if is_dash(first) => self.dash(first, second),
            _ => match number_len(self.rest()) {
                Some(len) if self.code.ahead != Ahead::Call => self.value(len, Kind::Number),
                _ => self.command(),
            },
        }
    }

    /// A dash where a statement or a value may begin: an operator, or the parameter of a command whose
    /// line was broken.
    fn dash(&mut self, first: char, second: Option<char>) -> Token {
        if !second.is_some_and(char::is_alphabetic) {
            let len = if second == Some(first) { 2 * first.len_utf8() } else { first.len_utf8() };
            return self.operator(len);
        }
        let word = self.dashed_word(first);
        if is_unary(word) {
            return self.operator(first.len_utf8() + word.len());
        }
        let place =
            if self.code.place == Place::Statement { Place::Argument } else { Place::Operand };
        self.go(place, first.len_utf8() + word.len(), Kind::Parameter)
    }

    fn dashed_word(&self, first: char) -> &'a str {
        let end = self.len_until(first.len_utf8(), |char| !in_name(char));
        self.text.get(self.at + first.len_utf8()..self.at + end).unwrap_or_default()
    }

    /// A word where a statement begins: a keyword, a declared name, or a command.
    pub(super) fn command(&mut self) -> Token {
        let len = self.word_len(0);
        if let Ahead::Name(kind) = self.code.ahead {
            return self.go(Place::Value, len, kind);
        }
        let word = self.text.get(self.at..self.at + len).unwrap_or_default();
        match keyword(word) {
            // In a pipeline and after `&`, `foreach` is a command.
            Some(next) if !matches!(self.code.ahead, Ahead::More | Ahead::Call) => {
                self.keyword(len, next)
            }
            _ => self.go(Place::Argument, len.max(1), Kind::Command),
        }
    }

    fn keyword(&mut self, len: usize, next: Next) -> Token {
        let place = match next {
            Next::Condition => Place::Operand,
            Next::Word => Place::Argument,
            _ => Place::Statement,
        };
        let token = self.go(place, len, Kind::Keyword);
        self.code.ahead = match next {
            Next::Block => Ahead::Block,
            Next::Function => Ahead::Name(Kind::Command),
            Next::Type => Ahead::Name(Kind::Type),
            Next::Parameters => Ahead::Parameters,
            _ => Ahead::Nothing,
        };
        token
    }

    pub(super) fn key(&mut self, first: char) -> Token {
        match first {
            '[' => self.type_name(),
            _ if in_name(first) && number_len(self.rest()).is_none() => {
                let len = self.len_until(0, |char| ends_word(char) || char == '=');
                self.go(Place::Value, len, Kind::Member)
            }
            _ => self.expression(first),
        }
    }

    /// Between the operators and values of an expression.
    pub(super) fn expression(&mut self, first: char) -> Token {
        let after_value = self.code.place == Place::Value;
        let second = self.char(first.len_utf8());
        if is_dash(first) {
            if !after_value {
                return self.dash(first, second);
            }
            if second.is_some_and(char::is_alphabetic) {
                let len = first.len_utf8() + self.dashed_word(first).len();
                return self.operator(len);
            }
        }
        match first {
            '[' => self.type_name(),
            '=' => self.go(Place::Statement, 1, Kind::Operator),
            _ if second == Some('=')
                && (is_dash(first) || matches!(first, '+' | '*' | '/' | '%')) =>
            {
                self.go(Place::Statement, first.len_utf8() + 1, Kind::Operator)
            }
            '?' if self.starts("??=") => self.go(Place::Statement, 3, Kind::Operator),
            '+' if self.starts("++") => self.token(2, Kind::Operator),
            _ if is_dash(first) && second == Some(first) => {
                self.token(2 * first.len_utf8(), Kind::Operator)
            }
            '.' if self.starts("..") => self.operator(2),
            '?' if self.starts("??") => self.operator(2),
            '+' | '*' | '/' | '%' | '!' | '?' | ':' => self.operator(1),
            _ if is_dash(first) => self.operator(first.len_utf8()),
            _ => match number_len(self.rest()) {
                Some(len) => self.value(len, Kind::Number),
                None => self.bare_word(first),
            },
        }
    }

    /// A word in an expression: a keyword that goes on, a method's name in a class, or no PowerShell.
    fn bare_word(&mut self, first: char) -> Token {
        let len = self.len_until(0, |char| !in_name(char));
        let word = self.text.get(self.at..self.at + len).unwrap_or_default();
        match keyword(word) {
            Some(next) if continues(word) => self.keyword(len, next),
            _ if len == 0 => self.token(first.len_utf8(), Kind::Other),
            _ if self.char(len) == Some('(') => self.value(len, Kind::Member),
            _ => self.value(len, Kind::Other),
        }
    }

    pub(super) fn argument(&mut self, first: char) -> Token {
        let second = self.char(first.len_utf8());
        if is_dash(first)
            && second.is_some_and(|next| next.is_alphabetic() || next == '_')
            && !self.touches_value()
        {
            let len = self.len_until(first.len_utf8(), |char| {
                ends_word(char) || matches!(char, ':' | '.' | '[')
            });
            let colon = usize::from(self.char(len) == Some(':'));
            return self.value(len + colon, Kind::Parameter);
        }
        if self.starts("--%") {
            let len = self.len_until(0, |char| is_newline(char) || char == '|');
            return self.value(len, Kind::Other);
        }
        let len = self.word_len(0).max(first.len_utf8());
        let word = self.text.get(self.at..self.at + len).unwrap_or_default();
        let unsigned = word.strip_prefix(is_dash).unwrap_or(word);
        let number = number_len(unsigned) == Some(unsigned.len());
        self.value(len, if number { Kind::Number } else { Kind::Other })
    }

    /// `[Name]` with generic arguments and array brackets; of an attribute, `[Name`.
    fn type_name(&mut self) -> Token {
        let mut depth = 0usize;
        let mut end = 0;
        while let Some(char) = self.char(end) {
            match char {
                '[' => depth += 1,
                ']' => depth -= 1,
                '.' | '+' | ',' | '`' | '*' | '&' | '=' | '\\' | ' ' => (),
                _ if in_name(char) => (),
                _ => break,
            }
            end += char.len_utf8();
            if depth == 0 {
                break;
            }
        }
        self.value(end, Kind::Type)
    }

    /// Length of a word that begins so many bytes on or earlier.
    pub(super) fn word_len(&self, from: usize) -> usize {
        let mut end = from;
        while let Some(char) = self.char(end) {
            if char == '`' {
                match self.char(end + 1) {
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
