//! Edits: what a range of the text is worth, written as PowerShell.

use super::Evaluator;
use super::evaluation::{Edit, ScriptString};
use super::value::Value;
use crate::script::lexer::words::is_keyword;
use crate::script::parse::{NodeId, NodeKind, Operator};
use crate::script::string_literal;
use crate::{limits, script};
use std::ops::Range;

impl Evaluator<'_> {
    /// Shows the value of a node as a literal. Of a value that no literal writes, the parts are shown.
    pub(super) fn show(&mut self, id: NodeId, value: &Value) {
        self.show_as(id, value, literal);
    }

    /// Shows the value of a command's argument: a word if it reads as one.
    pub(super) fn show_argument(&mut self, id: NodeId, value: &Value) {
        // Brackets that touch a word are those of a call.
        if self.touches_word(self.ast.range(id).start) {
            return self.show(id, value);
        }
        self.show_as(id, value, |value| match value {
            Value::Text(text) if is_word(text) => Some(text.as_str().to_owned()),
            value => literal(value),
        });
    }

    fn show_as(&mut self, id: NodeId, value: &Value, write: fn(&Value) -> Option<String>) {
        if self.quiet > 0 || matches!(value, Value::Unknown | Value::Void) || self.is_literal(id) {
            return;
        }
        match self.ast.kind(id) {
            NodeKind::Word { value, .. } => {
                if value.chars().all(is_word_char) {
                    self.edit(self.ast.range(id), value.as_str().to_owned());
                }
                return;
            }
            // A variable that every PowerShell has reads better by its name.
            NodeKind::Variable(name)
                if !is_scalar(value) || !self.variables.contains_key(&**name) =>
            {
                return;
            }
            NodeKind::Access(..) if matches!(value, Value::Text(text) if text.trim().is_empty()) => {
                return;
            }
            // The statements within show what they yield.
            NodeKind::If { .. }
            | NodeKind::ForEach { .. }
            | NodeKind::Loop { .. }
            | NodeKind::Switch { .. }
            | NodeKind::Increment { .. }
            | NodeKind::Sequence(..)
            | NodeKind::Return(_)
            | NodeKind::Branch(_) => return,
            _ => (),
        }
        let range = self.ast.range(id);
        match write(value) {
            Some(text) => {
                let range = match self.ast.kind(id) {
                    // Brackets that touch a word are those of a call.
                    NodeKind::Group(_) if self.touches_word(range.start) => {
                        range.start + 1..range.end.saturating_sub(1)
                    }
                    _ => range,
                };
                self.note_script(range.clone(), value, false);
                self.edit(range, text);
            }
            None => self.show_parts(id),
        }
    }

    /// Shows a range of the text as a literal.
    pub(super) fn show_range(&mut self, range: Range<usize>, value: &Value) {
        if let Some(text) = literal(value).filter(|_| self.quiet == 0) {
            self.note_script(range.clone(), value, false);
            self.edit(range, text);
        }
    }

    /// Shows the value of a condition, whose brackets belong to the keyword.
    pub(super) fn show_condition(&mut self, id: NodeId, value: &Value) {
        let range = self.ast.range(id);
        if !self.is_literal(id) && matches!(value, Value::Text(_) | Value::Int(_) | Value::Char(_))
        {
            self.show_range(range.start + 1..range.end.saturating_sub(1), value);
        } else {
            self.show(id, value);
        }
    }

    /// Shows a value in a string in double quotes or in a word.
    pub(super) fn show_within_string(&mut self, id: NodeId, value: &Value, is_word: bool) {
        let Some(text) = value.to_text().filter(|_| value.is_known() && self.quiet == 0) else {
            return;
        };
        let mut escaped = String::with_capacity(text.len());
        for char in text.chars() {
            let is_special = matches!(char, '$' | '`')
                || script::lexer::words::is_double_quote(char)
                || (is_word && script::lexer::words::ends_word(char));
            if is_special {
                escaped.push('`');
            }
            escaped.push(char);
        }
        self.edit(self.ast.range(id), escaped);
    }

    /// Replaces a range of the text.
    pub(super) fn edit(&mut self, range: Range<usize>, text: String) {
        if self.quiet > 0 || self.text.get(range.clone()) == Some(&*text) {
            return;
        }
        let grown = text.len().saturating_sub(range.len());
        if let Some(left) = self.growth.checked_sub(grown) {
            self.growth = left;
            self.edits.push(Edit { range, text });
        } else {
            self.is_limited = true;
        }
    }

    /// Notes a string that is a script: one that runs, or that is itself obfuscated.
    pub(super) fn note_script(&mut self, range: Range<usize>, value: &Value, is_run: bool) {
        let Value::Text(text) = value else { return };
        let is_long = text.len() >= limits::SCRIPT_STRING_BYTES;
        // Base64 is a layer by itself.
        let is_code = is_long && text.contains(['(', '\'', '"', '$', ';', '|', '`', ' ']);
        let is_script =
            is_run || (is_code && script::is_obfuscated(crate::text::Raw::from(text.as_str())));
        // What runs is a script, seen or not.
        let is_noted = is_script && (self.quiet == 0 || is_run);
        if !is_noted || self.scripts.iter().rev().take(8).any(|own| own.text == *text) {
            return;
        }
        if self.scripts.len() < limits::SCRIPT_STRINGS {
            let text = text.clone();
            self.scripts.push(ScriptString { range, text });
        } else {
            self.is_limited = true;
        }
    }

    /// Shows the values of a node's parts.
    pub(super) fn show_parts(&mut self, id: NodeId) {
        let ast = self.ast;
        match ast.kind(id) {
            NodeKind::ScriptBlock { parameters, body } => {
                let names = parameters.iter().map(|parameter| parameter.name.clone());
                self.run_deferred(names.collect(), body);
            }
            NodeKind::List(parts) => {
                for part in parts {
                    self.show_again(*part);
                }
            }
            NodeKind::Table(entries) => {
                for (_, part) in entries {
                    self.show_again(*part);
                }
            }
            NodeKind::Chain(parts, _) => {
                for part in parts {
                    self.show_again(*part);
                }
            }
            NodeKind::Unary(_, part) | NodeKind::Cast(_, part) => self.show_again(*part),
            NodeKind::Group(block) | NodeKind::Array(block) => {
                if let [only] = block.as_slice() {
                    self.show_again(*only);
                }
            }
            NodeKind::Command { call, name, arguments } => {
                self.show_command_parts(*call, *name, arguments)
            }
            NodeKind::Access(base, accessors) => self.show_access_parts(*base, accessors),
            NodeKind::Pipeline(elements) => {
                for element in elements {
                    self.show_again(*element);
                }
            }
            _ => (),
        }
    }

    /// Shows what a statement yields. A command stays, with what its arguments are worth.
    pub(super) fn show_statement(&mut self, id: NodeId, value: &Value) {
        match self.ast.kind(id) {
            NodeKind::Command { .. } if value.is_known() && self.quiet == 0 => self.show_parts(id),
            _ => self.show(id, value),
        }
    }

    /// Evaluates a node once more, without its effects, and shows it.
    fn show_again(&mut self, id: NodeId) {
        self.repeating += 1;
        let open = self.open_epoch();
        let value = self.eval(id);
        self.close_epoch(&open);
        self.repeating -= 1;
        self.show(id, &value);
    }

    /// Returns whether a node is written as its value.
    pub(super) fn is_literal(&self, id: NodeId) -> bool {
        match self.ast.kind(id) {
            NodeKind::Text { is_plain, .. } | NodeKind::Word { is_plain, .. } => *is_plain,
            NodeKind::Number(_) | NodeKind::Section(_) | NodeKind::Type(_) => true,
            NodeKind::List(parts) => parts.iter().all(|part| self.is_literal(*part)),
            NodeKind::Group(block) | NodeKind::Array(block) => {
                block.iter().all(|part| self.is_literal(*part))
            }
            NodeKind::Unary(Operator::Subtract | Operator::Comma, part) => self.is_literal(*part),
            NodeKind::Cast(name, part) => match &**name {
                "char" => false,
                "string" => matches!(self.ast.kind(*part), NodeKind::Text { is_plain: true, .. }),
                _ => self.is_literal(*part),
            },
            _ => false,
        }
    }

    fn touches_word(&self, at: usize) -> bool {
        let before = self.text.get(..at).and_then(|before| before.chars().next_back());
        before.is_some_and(|char| char.is_alphanumeric() || matches!(char, '_' | '-'))
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Char(_) | Value::Int(_))
}

/// Writes a value as a literal.
pub(super) fn literal(value: &Value) -> Option<String> {
    let mut out = String::new();
    match value {
        Value::Text(text) => string_literal::write(text, &mut out),
        Value::Char(_) => string_literal::write(&value.to_text()?, &mut out),
        Value::Int(number) => out = number.to_string(),
        Value::List(values) if values.len() <= limits::SHOWN_VALUES => {
            out.push('(');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out += &literal(value).filter(|_| is_scalar(value))?;
            }
            out.push(')');
            // Numbers are read as well where they are.
            if values.iter().all(|value| matches!(value, Value::Int(_))) {
                return None;
            }
        }
        _ => return None,
    }
    Some(out)
}

fn is_word_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-' | '\\' | '/' | ':' | '*')
}

/// Returns whether a string is a word that needs no quotes as a command's name or argument.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.chars().all(is_word_char)
        && !text.ends_with(':')
        && !is_keyword(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_literals() {
        for (value, text) in [
            (Value::text("it's"), Some("'it''s'")),
            (Value::Int(-3), Some("-3")),
            (Value::Char(65), Some("'A'")),
            (Value::list(vec![Value::text("a"), Value::Int(1)]), Some("('a',1)")),
            (Value::list(Vec::new()), None),
            (Value::Bool(true), None),
        ] {
            assert_eq!(literal(&value).as_deref(), text);
        }
    }

    #[test]
    fn words_need_no_quotes() {
        for word in ["New-LocalUser", "net.exe", "C:\\Temp\\a.ps1", "a1"] {
            assert!(is_word(word), "{word}");
        }
        for text in ["", "a b", "1a", "-a", "a'b", "C:", "if", "a;b", "ä"] {
            assert!(!is_word(text), "{text}");
        }
    }
}
