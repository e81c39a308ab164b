//! Where the lexer stands: what decides whether a word is a command, a key, an operator or an argument.

use super::Kind;

/// Where the lexer stands in code between two brackets.
#[derive(Clone, Copy)]
pub(super) struct Code {
    /// The bracket that ends it; none for the whole text.
    pub(super) close: Option<char>,
    /// Where it begins, and stands again after a new line or a semicolon.
    pub(super) line: Place,
    pub(super) place: Place,
    pub(super) ahead: Ahead,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A statement: a command, a keyword or a value.
    Statement,
    /// A hash table's or attribute's key.
    Key,
    /// A value, after an operator.
    Operand,
    /// An operator, after a value.
    Value,
    /// An argument of a command.
    Argument,
}

/// What the token before announced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    Nothing,
    /// `&` or `.`: the next value is a command.
    Call,
    /// A keyword such as `try`: a brace opens statements rather than a script block that is a value.
    Block,
    /// A keyword that declares: the next word is a name of this kind.
    Name(Kind),
    /// `param`: after its parentheses a statement may begin.
    Parameters,
    /// A dot: the next word is a member.
    Member,
    /// A comma or a pipe: the statement goes on after a new line.
    More,
}

impl Code {
    pub(super) fn new(close: Option<char>, place: Place) -> Self {
        Self { close, line: place, place, ahead: Ahead::Nothing }
    }

    pub(super) fn go(&mut self, place: Place) {
        self.place = place;
        self.ahead = Ahead::Nothing;
    }

    /// A value has been read.
    pub(super) fn value(&mut self) {
        let argument = self.ahead == Ahead::Call || self.place == Place::Argument;
        self.go(if argument { Place::Argument } else { Place::Value });
    }

    /// An operator has been read: a value is wanted, except among a command's arguments.
    pub(super) fn operate(&mut self) {
        self.go(if self.place == Place::Argument { Place::Argument } else { Place::Operand });
    }

    /// A line has ended.
    pub(super) fn end_line(&mut self) {
        if self.place != Place::Operand
            && matches!(self.ahead, Ahead::Nothing | Ahead::Call | Ahead::Member)
        {
            self.go(self.line);
        }
    }
}
