//! Strings with variables.

use super::Parser;
use super::ast::{NodeId, NodeKind};
use super::tokens::ScriptToken;
use crate::script::TokenKind;
use crate::script::lexer::words::{is_double_quote, is_newline};
use crate::script::string_literal;
use std::rc::Rc;

impl Parser<'_> {
    /// Parses the string that begins with the next token.
    pub(super) fn string(&mut self, token: ScriptToken<'_>) -> NodeId {
        self.at += 1;
        if let Some((value, is_plain)) = string_literal::parse(token.text) {
            let value = Rc::new(value.into_owned());
            return self.node(token.start, NodeKind::Text { value, is_plain });
        }
        let here = token.text.starts_with('@');
        let opening = match token.text.char_indices().find(|(_, char)| is_double_quote(*char)) {
            // After its quote, the first line of a here-string ends.
            Some((at, quote)) if here => {
                let rest = token.text.get(at + quote.len_utf8()..).unwrap_or_default();
                let line = rest.find('\n').map_or(rest.len(), |end| end + 1);
                at + quote.len_utf8() + line
            }
            Some((0, quote)) => quote.len_utf8(),
            _ => return self.node(token.start, NodeKind::Unknown),
        };
        let mut parts = Vec::new();
        let first = token.text.get(opening..).unwrap_or_default();
        let mut is_closed = self.section(token.start + opening, first, here, &mut parts);
        while !is_closed {
            let Some(next) = self.peek_touching() else { break };
            match next.kind {
                TokenKind::String => {
                    self.at += 1;
                    is_closed = self.section(next.start, next.text, here, &mut parts);
                }
                TokenKind::Variable => parts.push(self.primary()),
                TokenKind::Operator if next.text == "$(" => parts.push(self.primary()),
                _ => break,
            }
        }
        if is_closed {
            self.node(token.start, NodeKind::Expandable { parts, is_word: false })
        } else {
            self.node(token.start, NodeKind::Unknown)
        }
    }

    /// Adds a section of a string to its parts. Returns whether it closes the string.
    fn section(&mut self, start: usize, text: &str, here: bool, parts: &mut Vec<NodeId>) -> bool {
        let end = if here { here_end(text) } else { quote_end(text) };
        let inner = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
        if !inner.is_empty() {
            let value = Rc::new(string_literal::unescape_section(inner, here));
            parts.push(self.node_in(start..start + inner.len(), NodeKind::Section(value)));
        }
        end.is_some()
    }
}

/// Returns the offset of the quote that ends a string.
fn quote_end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        if char == '`' {
            chars.next();
        } else if is_double_quote(char)
            && chars.next_if(|(_, next)| is_double_quote(*next)).is_none()
        {
            return Some(at);
        }
    }
    None
}

/// Returns the offset of the line end before the quote that ends a here-string.
fn here_end(text: &str) -> Option<usize> {
    let text = text.strip_suffix('@')?.strip_suffix(is_double_quote)?;
    let text = text.strip_suffix(is_newline)?;
    Some(text.strip_suffix('\r').unwrap_or(text).len())
}
