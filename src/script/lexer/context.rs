//! The lexer's state between two tokens, which decides whether a word is a command, a key, an operator or an argument.

use super::token::TokenKind;

/// The state in the code between two brackets.
#[derive(Clone, Copy)]
pub(super) struct CodeContext {
    /// The closing bracket; `None` for the outermost code.
    pub(super) close: Option<char>,
    /// What is expected at the start of the code and again after a line end or a semicolon.
    pub(super) line_start: Expectation,
    pub(super) expected: Expectation,
    pub(super) announced: Announced,
    /// The next brace opens the members of an enumeration.
    pub(super) enumerates: bool,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expectation {
    /// A statement: a command, a keyword or a value.
    Statement,
    /// A key of a hash table or an attribute.
    Key,
    /// A value, after an operator.
    Operand,
    /// An operator, after a value.
    Operator,
    /// An argument of a command.
    Argument,
}

/// What the previous token says about the next one, beyond [`Expectation`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    Nothing,
    /// `&` or `.`: the next value is a command.
    Call,
    /// A keyword such as `try`: a brace opens statements rather than a script block that is a value.
    Block,
    /// A keyword that declares: the next word is a name of this kind.
    Name(TokenKind),
    /// `param`: a statement may begin after its parentheses.
    Parameters,
    /// A dot: the next word is a member.
    Member,
    /// A comma or a pipe: the statement continues after a line end.
    Continuation,
}

impl CodeContext {
    pub(super) fn new(close: Option<char>, expected: Expectation) -> Self {
        let announced = Announced::Nothing;
        Self { close, line_start: expected, expected, announced, enumerates: false }
    }

    /// Sets what is expected next.
    pub(super) fn expect(&mut self, expected: Expectation) {
        self.expected = expected;
        self.announced = Announced::Nothing;
    }

    /// Updates the state after a value.
    pub(super) fn after_value(&mut self) {
        let is_argument =
            self.announced == Announced::Call || self.expected == Expectation::Argument;
        self.expect(if is_argument { Expectation::Argument } else { Expectation::Operator });
    }

    /// Updates the state after an operator: a value is expected, except among a command's arguments.
    pub(super) fn after_operator(&mut self) {
        let is_argument = self.expected == Expectation::Argument;
        self.expect(if is_argument { Expectation::Argument } else { Expectation::Operand });
    }

    /// Updates the state at a line end.
    pub(super) fn end_line(&mut self) {
        if self.expected != Expectation::Operand
            && matches!(self.announced, Announced::Nothing | Announced::Call | Announced::Member)
        {
            self.expect(self.line_start);
        }
    }
}
