//! Statements and pipelines.

use super::Parser;
use super::ast::{Block, Jump, LoopKind, NodeId, NodeKind, Operator, Parameter, Phase};
use super::tokens::ScriptToken;
use crate::script::TokenKind;

impl Parser<'_> {
    /// Parses statements up to the end of the innermost bracket.
    pub(super) fn statements(&mut self) -> Block {
        let mut block = Block::new();
        while self.peek().is_some() {
            if self.take(";") {
                continue;
            }
            let before = self.at;
            block.push(self.statement());
            if self.at == before {
                self.at += 1;
            }
        }
        block
    }

    /// Parses a statement.
    pub(super) fn statement(&mut self) -> NodeId {
        let start = self.position();
        match self.peek() {
            Some(token) if token.kind == TokenKind::Keyword => {
                let word = token.text.to_ascii_lowercase();
                self.at += 1;
                let kind = self.keyword(&word);
                self.node(start, kind)
            }
            _ => self.pipeline(),
        }
    }

    fn keyword(&mut self, word: &str) -> NodeKind {
        match word {
            "if" => self.conditions(),
            "foreach" => self.for_each(),
            "for" => self.for_loop(),
            "while" => {
                let condition = self.parentheses();
                let (before, step, body) = (Block::new(), Block::new(), self.braces());
                NodeKind::Loop { before, condition, step, body, kind: LoopKind::While }
            }
            "do" => {
                let body = self.braces();
                let is_while = self.take_keyword("while");
                let kind = if is_while { LoopKind::DoWhile } else { LoopKind::DoUntil };
                if !is_while && !self.take_keyword("until") {
                    return NodeKind::Branch(body);
                }
                let (before, step, condition) = (Block::new(), Block::new(), self.parentheses());
                NodeKind::Loop { before, condition, step, body, kind }
            }
            "switch" => self.switch(),
            "function" | "workflow" | "configuration" => self.function(),
            "filter" => self.filter(),
            "param" => {
                self.skip_parameters();
                NodeKind::Sequence(Phase::None, Block::new())
            }
            "return" => NodeKind::Return(self.rest_of_line()),
            "exit" | "throw" => {
                let rest = self.rest_of_line();
                if rest.is_empty() { NodeKind::Jump(Jump::Other) } else { NodeKind::Branch(rest) }
            }
            "break" | "continue" => {
                let start = self.at;
                while self.peek_on_line().is_some_and(|token| !token.is(";")) {
                    self.at += 1;
                }
                NodeKind::Jump(match word {
                    _ if self.at > start => Jump::Other,
                    "break" => Jump::Break,
                    _ => Jump::Continue,
                })
            }
            "try" | "finally" => NodeKind::Sequence(Phase::None, self.braces()),
            "begin" | "end" => NodeKind::Sequence(Phase::Once, self.braces()),
            "process" => NodeKind::Sequence(Phase::Process, self.braces()),
            _ => {
                // The name of a class, the types that `catch` handles, or the words of `using`.
                while self.peek_on_line().is_some_and(|token| !token.is("{") && !token.is(";")) {
                    self.at += 1;
                }
                NodeKind::Branch(self.braces())
            }
        }
    }

    /// Parses the statement on the rest of the line, if there is one.
    fn rest_of_line(&mut self) -> Block {
        match self.peek_on_line() {
            Some(token) if !token.is(";") => vec![self.statement()],
            _ => Block::new(),
        }
    }

    /// Parses `(…)`, if it is next.
    fn parentheses(&mut self) -> Block {
        match self.peek() {
            Some(token) if token.is("(") => self.bracket(Self::statements),
            _ => Block::new(),
        }
    }

    /// Parses `{…}`, if it is next.
    fn braces(&mut self) -> Block {
        match self.peek() {
            Some(token) if token.is("{") => self.bracket(Self::statements),
            _ => Block::new(),
        }
    }

    fn conditions(&mut self) -> NodeKind {
        let mut branches = Vec::new();
        let mut otherwise = Block::new();
        loop {
            let start = self.position();
            let condition = self.parentheses();
            let condition = self.node(start, NodeKind::Group(condition));
            branches.push((condition, self.braces()));
            if self.take_keyword("elseif") {
                continue;
            }
            if self.take_keyword("else") {
                otherwise = self.braces();
            }
            return NodeKind::If { branches, otherwise };
        }
    }

    fn for_each(&mut self) -> NodeKind {
        while self.peek().is_some_and(|token| token.kind == TokenKind::Parameter) {
            self.at += 1;
        }
        let head = match self.peek() {
            Some(token) if token.is("(") => self.bracket(Self::for_each_head),
            _ => None,
        };
        let body = self.braces();
        match head {
            Some((variable, list)) => NodeKind::ForEach { variable: variable.into(), list, body },
            None => NodeKind::Branch(body),
        }
    }

    /// Parses `$variable in list`.
    fn for_each_head(&mut self) -> Option<(String, Block)> {
        let token = self.peek().filter(|token| token.kind == TokenKind::Variable)?;
        let name = self.variable_name(token.text);
        self.assigns(name.clone(), token.start);
        self.at += 1;
        self.take_keyword("in").then(|| (name.to_string(), self.statements()))
    }

    fn for_loop(&mut self) -> NodeKind {
        let (before, condition, step) = match self.peek() {
            Some(token) if token.is("(") => self.bracket(|parser| {
                let before = parser.until_semicolon();
                let condition = parser.until_semicolon();
                (before, condition, parser.until_semicolon())
            }),
            _ => Default::default(),
        };
        NodeKind::Loop { before, condition, step, body: self.braces(), kind: LoopKind::While }
    }

    fn switch(&mut self) -> NodeKind {
        let mut values = Block::new();
        let mut has_options = false;
        while let Some(token) = self.peek() {
            if token.is("{") {
                break;
            }
            if token.is("(") {
                values.extend(self.parentheses());
            } else {
                has_options = true;
                self.at += 1;
            }
        }
        let cases = match self.peek() {
            Some(token) if token.is("{") => self.bracket(Self::cases),
            _ => Vec::new(),
        };
        if has_options {
            // What `-regex`, `-wildcard` and `-file` choose is not known.
            let bodies = cases.into_iter().flat_map(|(label, body)| label.into_iter().chain(body));
            return NodeKind::Branch(values.into_iter().chain(bodies).collect());
        }
        NodeKind::Switch { values, cases }
    }

    /// Parses the labels and the blocks of a `switch`.
    fn cases(&mut self) -> Vec<(Option<NodeId>, Block)> {
        let mut cases = Vec::new();
        while let Some(token) = self.peek() {
            if self.take(";") {
                continue;
            }
            let before = self.at;
            let is_default =
                token.kind == TokenKind::Keyword && token.text.eq_ignore_ascii_case("default");
            let label = if is_default {
                self.at += 1;
                None
            } else {
                Some(self.label())
            };
            cases.push((label, self.braces()));
            if self.at == before {
                self.at += 1;
            }
        }
        cases
    }

    /// Parses the label of a case: a value, or a bare word.
    fn label(&mut self) -> NodeId {
        match self.peek() {
            Some(token) if token.kind == TokenKind::Command => {
                self.at += 1;
                let value = std::rc::Rc::new(super::expression::without_backticks(token.text));
                let is_plain = *value == token.text;
                self.node(token.start, NodeKind::Word { value, is_plain })
            }
            _ => self.postfix(),
        }
    }

    fn until_semicolon(&mut self) -> Block {
        let block = match self.peek() {
            Some(token) if !token.is(";") => vec![self.statement()],
            _ => Block::new(),
        };
        self.take(";");
        block
    }

    fn function(&mut self) -> NodeKind {
        let name = self.peek().filter(|token| token.kind == TokenKind::Command);
        self.at += usize::from(name.is_some());
        let name = name.map_or("", |token| token.text).replace('`', "").to_lowercase();
        let mut parameters = match self.peek() {
            Some(token) if token.is("(") => self.bracket(Self::parameters),
            _ => Vec::new(),
        };
        let body = match self.peek() {
            Some(token) if token.is("{") => {
                let (own, body) = self.bracket(Self::block_with_parameters);
                parameters.extend(own);
                body
            }
            _ => Block::new(),
        };
        NodeKind::Function { name: name.into(), parameters, body }
    }

    /// Parses a filter: a function whose body runs for each value of a pipeline.
    fn filter(&mut self) -> NodeKind {
        let function = self.function();
        let NodeKind::Function { name, parameters, body } = function else { return function };
        let Some(first) = body.first() else {
            return NodeKind::Function { name, parameters, body };
        };
        let start = self.ast.range(*first).start;
        let body = vec![self.node(start, NodeKind::Sequence(Phase::Process, body))];
        NodeKind::Function { name, parameters, body }
    }

    /// Parses the content of a script block: `param(…)`, if it has one, and statements.
    pub(super) fn block_with_parameters(&mut self) -> (Vec<Parameter>, Block) {
        // Attributes of the block, as `[CmdletBinding()]`.
        let start = self.at;
        while self.peek().is_some_and(|token| token.kind == TokenKind::Type || token.is("(")) {
            if self.peek().is_some_and(|token| token.is("(")) {
                self.at = self.tokens.closing(self.at);
            }
            self.at += 1;
        }
        if !self.take_keyword("param") {
            self.at = start;
            return (Vec::new(), self.statements());
        }
        let parameters = match self.peek() {
            Some(token) if token.is("(") => self.bracket(Self::parameters),
            _ => Vec::new(),
        };
        (parameters, self.statements())
    }

    /// Parses the parameters of a function, up to the end of the innermost bracket.
    fn parameters(&mut self) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        while let Some(token) = self.peek() {
            if token.kind == TokenKind::Variable {
                self.at += 1;
                let name = self.variable_name(token.text);
                self.assigns(name.clone(), token.start);
                let default = self.take("=").then(|| self.binary(1));
                parameters.push(Parameter { name, default });
            } else if token.opens() {
                // The arguments of an attribute.
                self.at = self.tokens.closing(self.at).saturating_add(1).min(self.end);
            } else {
                self.at += 1;
            }
        }
        parameters
    }

    fn skip_parameters(&mut self) {
        if self.peek().is_some_and(|token| token.is("(")) {
            self.bracket(Self::parameters);
        }
    }

    /// Parses a pipeline or an assignment.
    fn pipeline(&mut self) -> NodeId {
        let start = self.position();
        let first = self.element();
        if let Some(operator) = self.peek_on_line().and_then(assignment) {
            self.at += 1;
            return self.assignment(start, first, operator);
        }
        if !self.peek().is_some_and(|token| token.is("|")) {
            return first;
        }
        let mut elements = vec![first];
        while self.take("|") {
            elements.push(self.element());
        }
        self.node(start, NodeKind::Pipeline(elements))
    }

    fn assignment(&mut self, start: usize, target: NodeId, operator: Option<Operator>) -> NodeId {
        self.assigns_target(target, start);
        let value = self.nested(|parser| vec![parser.statement()]);
        let value = value.first().copied().unwrap_or(target);
        self.node(start, NodeKind::Assign { target, operator, value })
    }

    /// Notes the variables that an assignment to a node changes.
    pub(super) fn assigns_target(&mut self, target: NodeId, at: usize) {
        match self.ast.kind(target) {
            NodeKind::Variable(name) => {
                let name = name.clone();
                self.assigns(name, at);
            }
            NodeKind::Cast(_, inner) | NodeKind::Access(inner, _) => {
                let inner = *inner;
                self.assigns_target(inner, at);
            }
            NodeKind::Group(targets) | NodeKind::List(targets) => {
                for target in targets.clone() {
                    self.assigns_target(target, at);
                }
            }
            _ => (),
        }
    }

    /// Parses an element of a pipeline: a command or an expression.
    fn element(&mut self) -> NodeId {
        match self.peek() {
            Some(token) if token.kind == TokenKind::Command => self.command(None),
            Some(token) if token.kind == TokenKind::Operator && matches!(token.text, "&" | ".") => {
                self.at += 1;
                self.command(Some(token.start))
            }
            Some(token) if token.kind == TokenKind::Keyword => self.statement(),
            _ => self.binary(1),
        }
    }
}

/// Returns the operator of an assignment, `None` within for `=`.
fn assignment(token: ScriptToken<'_>) -> Option<Option<Operator>> {
    if token.kind != TokenKind::Operator {
        return None;
    }
    match token.text {
        "=" => Some(None),
        "+=" => Some(Some(Operator::Add)),
        "-=" => Some(Some(Operator::Subtract)),
        "*=" => Some(Some(Operator::Multiply)),
        "/=" => Some(Some(Operator::Divide)),
        "%=" => Some(Some(Operator::Remainder)),
        "??=" => Some(Some(Operator::OtherComparison)),
        _ => None,
    }
}
