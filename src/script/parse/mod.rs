//! Parses PowerShell text into a syntax tree for the evaluator.
//!
//! There are no syntax errors: what cannot be parsed is an unknown node, and parsing goes on behind it. Brackets are
//! paired before parsing, so damage within a pair never reaches the text after it.
//!
//! | file | subject |
//! | --- | --- |
//! | `ast` | the syntax tree |
//! | `tokens` | the tokens of a text, with their brackets paired |
//! | `statement` | statements and pipelines |
//! | `expression` | operators, casts, members, values |
//! | `command` | commands and their arguments |
//! | `string` | strings with variables |

mod ast;
mod command;
mod expression;
mod statement;
mod string;
mod tokens;

pub(in crate::script) use ast::{
    Accessor, AccessorKind, Argument, Ast, Block, Jump, LoopKind, NodeId, NodeKind, Operator,
    Parameter, Phase,
};

use crate::script::TokenKind;
use crate::script::name_hash::NameState;
use ast::Node;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use tokens::{MAX_CAPACITY, ScriptToken, Tokens};

/// Parses a text.
pub(in crate::script) fn parse(text: &str) -> Ast {
    let tokens = Tokens::new(text);
    let end = tokens.len();
    let mut parser = Parser {
        tokens,
        at: 0,
        end,
        depth: 0,
        comma_separates: false,
        deferred: std::iter::once(0..end).collect(),
        names: HashMap::default(),
        ast: Ast::default(),
    };
    // Most nodes begin with a token of their own.
    parser.ast.nodes.reserve(end.min(MAX_CAPACITY));
    while let Some(range) = parser.deferred.pop() {
        parser.at = range.start;
        parser.end = range.end;
        let root = parser.statements();
        parser.ast.roots.push(root);
    }
    let mut ast = parser.ast;
    ast.assignments.sort_by_key(|(at, _)| *at);
    for (_, name) in &ast.assignments {
        *ast.counts.entry(name.clone()).or_default() += 1;
    }
    ast
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    /// Index of the next token.
    at: usize,
    /// Index of the token that ends the innermost bracket.
    end: usize,
    /// Number of open brackets and prefix operators.
    depth: usize,
    /// A comma separates a method's arguments rather than the values of a list.
    comma_separates: bool,
    /// Contents of brackets that are nested too deep.
    deferred: Vec<Range<usize>>,
    /// The names of the variables so far, by their tokens.
    names: HashMap<&'a str, Rc<str>, NameState>,
    ast: Ast,
}

impl<'a> Parser<'a> {
    /// Returns the next token within the innermost bracket.
    #[inline]
    fn peek(&self) -> Option<ScriptToken<'a>> {
        self.peek_at(self.at)
    }

    #[inline]
    fn peek_at(&self, at: usize) -> Option<ScriptToken<'a>> {
        (at < self.end).then(|| self.tokens.get(at)).flatten()
    }

    /// Returns the next token if it is on the same line.
    #[inline]
    fn peek_on_line(&self) -> Option<ScriptToken<'a>> {
        self.peek().filter(|token| !token.begins_line)
    }

    /// Returns the next token if it touches the previous one.
    fn peek_touching(&self) -> Option<ScriptToken<'a>> {
        self.peek().filter(|token| token.start == self.previous_end())
    }

    /// Returns the end of the previous token.
    fn previous_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.end())
    }

    /// Returns the start of the next token.
    fn position(&self) -> usize {
        self.tokens.get(self.at).map_or(self.previous_end(), |token| token.start)
    }

    /// Takes the next token if it is a bracket or a separator with this text.
    fn take(&mut self, text: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| token.is(text));
        self.at += usize::from(is_next);
        is_next
    }

    fn take_keyword(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| {
            token.kind == TokenKind::Keyword && token.text.eq_ignore_ascii_case(word)
        });
        self.at += usize::from(is_next);
        is_next
    }

    /// Adds a node from `start` to the end of the previous token.
    fn node(&mut self, start: usize, kind: NodeKind) -> NodeId {
        self.node_in(start..self.previous_end(), kind)
    }

    fn node_in(&mut self, range: Range<usize>, kind: NodeKind) -> NodeId {
        let id = NodeId(u32::try_from(self.ast.nodes.len()).unwrap_or(u32::MAX));
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, end) = (offset(range.start), offset(range.end.max(range.start)));
        self.ast.nodes.push(Node { start, end, kind });
        id
    }

    /// Returns the name of a variable token, as [`variable_name`] does.
    fn variable_name(&mut self, token: &'a str) -> Rc<str> {
        self.names.entry(token).or_insert_with(|| variable_name(token)).clone()
    }

    /// Notes that a variable is assigned at the next token.
    fn assigns(&mut self, name: Rc<str>, at: usize) {
        self.ast.assignments.push((u32::try_from(at).unwrap_or(u32::MAX), name));
    }

    /// Parses the content of the bracket that is the next token with `content`, and goes on behind the bracket.
    fn bracket<T: Default>(&mut self, content: fn(&mut Self) -> T) -> T {
        let (open, outer_end) = (self.at, self.end);
        let close = self.tokens.closing(open).min(outer_end);
        self.at = open + 1;
        self.end = close;
        let outer_comma = std::mem::take(&mut self.comma_separates);
        let value = self.nested(content);
        self.comma_separates = outer_comma;
        self.at = (close + 1).min(outer_end);
        self.end = outer_end;
        value
    }

    /// Parses one level deeper. Past the limit the rest of the innermost bracket is parsed by itself later.
    fn nested<T: Default>(&mut self, content: fn(&mut Self) -> T) -> T {
        if self.depth >= crate::limits::SCRIPT_NESTING {
            self.deferred.push(self.at..self.end);
            self.at = self.end;
            return T::default();
        }
        self.depth += 1;
        let value = content(self);
        self.depth -= 1;
        value
    }
}

/// Returns the name of a variable token in lower case, without its scope.
fn variable_name(token: &str) -> Rc<str> {
    let name = token.strip_prefix(['$', '@']).unwrap_or(token);
    let name =
        name.strip_prefix('{').map_or(name, |inner| inner.strip_suffix('}').unwrap_or(inner));
    let name = name.replace('`', "").to_lowercase();
    let scopes = ["global:", "script:", "local:", "private:", "variable:"];
    let bare = scopes.iter().find_map(|scope| name.strip_prefix(scope));
    Rc::from(bare.unwrap_or(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_without_scope_and_case() {
        for (token, name) in [
            ("$Abc", "abc"),
            ("${a b}", "a b"),
            ("$global:X", "x"),
            ("${Script:x}", "x"),
            ("$env:Temp", "env:temp"),
            ("@Splat", "splat"),
            ("$?", "?"),
        ] {
            assert_eq!(&*variable_name(token), name, "{token}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_parsed_by_itself() {
        let deep = "(".repeat(500) + "'a'+'b'";
        let ast = parse(&deep);
        assert!(ast.roots.len() > 1);
        assert!(ast.nodes.iter().any(|node| matches!(node.kind, NodeKind::Chain(..))));
    }

    #[test]
    fn assignments_are_found_by_their_place() {
        let ast = parse("$a = 1; foreach ($b in 1..2) { $C += $b }; $d++");
        let names = ast.assigned_in(0..100);
        assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        assert_eq!(ast.assigned_in(10..20).len(), 1);
    }
}
