//! Commands and their arguments.

use super::Parser;
use super::ast::{Argument, NodeId, NodeKind};
use super::expression::without_backticks;
use super::tokens::ScriptToken;
use crate::script::TokenKind;
use crate::script::lexer::words::is_dash;
use std::rc::Rc;

impl Parser<'_> {
    /// Parses a command. `call` is the start of the `&` or `.` before it.
    pub(super) fn command(&mut self, call: Option<usize>) -> NodeId {
        let start = call.unwrap_or_else(|| self.position());
        let name = self.word();
        let mut arguments = Vec::new();
        while let Some(token) = self.peek_on_line() {
            if ends_command(token) {
                break;
            }
            let before = self.at;
            self.argument(token, &mut arguments);
            if self.at == before {
                self.at += 1;
            }
        }
        self.assigned_by_command(name, &arguments);
        let call = call.map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        self.node(start, NodeKind::Command { call, name, arguments })
    }

    fn argument(&mut self, token: ScriptToken<'_>, arguments: &mut Vec<Argument>) {
        match token.kind {
            TokenKind::Parameter => {
                self.at += 1;
                let name = without_backticks(token.text).to_lowercase();
                let name = name.trim_start_matches(is_dash).trim_end_matches(':');
                let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let range = offset(token.start)..offset(token.end());
                arguments.push(Argument::Parameter { name: Rc::from(name), range });
            }
            // A redirection; its target is the next argument.
            TokenKind::Operator if token.text.starts_with(['>', '<']) => self.at += 1,
            _ => {
                let start = self.position();
                let first = self.word();
                let mut values = Vec::new();
                while self.peek_on_line().is_some_and(|token| token.is(",")) {
                    self.at += 1;
                    if self.peek().is_none_or(ends_command) {
                        break;
                    }
                    if values.is_empty() {
                        values.push(first);
                    }
                    values.push(self.word());
                }
                let value = match values.len() {
                    0 => first,
                    _ => self.node(start, NodeKind::List(values)),
                };
                arguments.push(Argument::Value(value));
            }
        }
    }

    /// Parses a command's name or an argument: a value, or tokens that touch each other and are one word.
    fn word(&mut self) -> NodeId {
        let start = self.position();
        let Some(token) = self.peek() else { return self.node_in(start..start, NodeKind::Unknown) };
        let mut parts = Vec::new();
        let begins_word = match token.kind {
            TokenKind::Command | TokenKind::Other | TokenKind::Number | TokenKind::Keyword => {
                !token.opens()
            }
            TokenKind::Operator => !token.opens() && token.text != "-",
            TokenKind::Variable => {
                // `$a.b` and `$a[0]` are values; `$a\b` is a word.
                let next = self.peek_at(self.at + 1).filter(|next| next.start == token.end());
                next.is_some_and(joins_word)
            }
            _ => false,
        };
        if !begins_word {
            return self.postfix();
        }
        loop {
            let next = self.peek().filter(|next| {
                parts.is_empty() || (next.start == self.previous_end() && joins_word(*next))
            });
            let Some(next) = next else { break };
            parts.push(self.part_of_word(next));
        }
        self.joined_word(start, token, parts)
    }

    fn part_of_word(&mut self, token: ScriptToken<'_>) -> NodeId {
        match token.kind {
            TokenKind::Variable => self.primary(),
            TokenKind::String => self.string(token),
            _ if token.text == "$(" => self.primary(),
            _ => {
                self.at += 1;
                let mut value = without_backticks(token.text);
                if token.kind == TokenKind::Command {
                    value = value.replace(|char| char != '-' && is_dash(char), "-");
                }
                self.node(token.start, NodeKind::Section(Rc::new(value)))
            }
        }
    }

    /// Returns the node of a word's parts.
    fn joined_word(&mut self, start: usize, first: ScriptToken<'_>, parts: Vec<NodeId>) -> NodeId {
        if let (TokenKind::Number, 1) = (first.kind, parts.len())
            && let Some(number) = super::expression::number(first.text)
        {
            return self.node(start, NodeKind::Number(number));
        }
        let end = self.previous_end();
        let written = self.tokens.text(start..end);
        if let [part] = parts.as_slice()
            && let NodeKind::Section(value) = self.ast.kind(*part)
        {
            let (value, is_plain) = (value.clone(), **value == written);
            return self.node(start, NodeKind::Word { value, is_plain });
        }
        let mut value = String::new();
        for part in &parts {
            match self.ast.kind(*part) {
                NodeKind::Section(text) | NodeKind::Text { value: text, .. } => {
                    value.push_str(text)
                }
                _ => return self.node(start, NodeKind::Expandable { parts, is_word: true }),
            }
        }
        let is_plain = value == written;
        self.node(start, NodeKind::Word { value: Rc::new(value), is_plain })
    }

    /// Notes the variable that `Set-Variable` and its like assign.
    fn assigned_by_command(&mut self, name: NodeId, arguments: &[Argument]) {
        let NodeKind::Word { value, .. } = self.ast.kind(name) else { return };
        let command = value.to_ascii_lowercase();
        let is_set = matches!(
            &*command,
            "set-variable"
                | "sv"
                | "set"
                | "new-variable"
                | "nv"
                | "set-item"
                | "si"
                | "clear-variable"
                | "clv"
                | "remove-variable"
                | "rv"
        );
        if !is_set {
            return;
        }
        let words = arguments.iter().filter_map(|argument| match argument {
            Argument::Value(id) => match self.ast.kind(*id) {
                NodeKind::Word { value, .. } | NodeKind::Text { value, .. } => {
                    Some((*id, value.to_lowercase()))
                }
                _ => None,
            },
            Argument::Parameter { .. } => None,
        });
        let first = words.take(1).next();
        if let Some((id, name)) = first {
            let name =
                name.strip_prefix("variable:").unwrap_or(&name).trim_start_matches(['/', '\\']);
            let at = self.ast.range(id).start;
            self.assigns(Rc::from(name), at);
        }
    }
}

/// Returns whether a token ends a command.
fn ends_command(token: ScriptToken<'_>) -> bool {
    match token.kind {
        TokenKind::Operator => matches!(token.text, "|" | "||" | "&" | "&&"),
        TokenKind::Other => matches!(token.text, ";" | ")" | "}"),
        _ => false,
    }
}

/// Returns whether a token that touches a word belongs to it.
fn joins_word(token: ScriptToken<'_>) -> bool {
    match token.kind {
        TokenKind::String | TokenKind::Variable | TokenKind::Number => true,
        TokenKind::Other => {
            !token.opens() && !matches!(token.text, ")" | "}" | "]" | ";" | "," | "|")
        }
        _ => token.text == "$(",
    }
}
