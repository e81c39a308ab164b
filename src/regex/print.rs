//! Writes a regular expression for the engine that runs it, every class and flag spelled out.

use super::RegexError;
use super::class::Class;
use super::parse::Node;
use std::fmt::Write;

/// A pattern for the engine.
#[derive(Default)]
pub(super) struct Printed {
    pub(super) pattern: String,
    /// The engine's number of each group of the original, from 1.
    pub(super) groups: Vec<usize>,
    /// The engine's numbers of the groups that hold a last newline which `$` only looked at.
    pub(super) ends: Vec<usize>,
    count: usize,
}

pub(super) fn print(node: &Node) -> Result<Printed, RegexError> {
    let mut printed = Printed::default();
    printed.node(node, true)?;
    Ok(printed)
}

impl Printed {
    /// `tail`: nothing but the end follows.
    fn node(&mut self, node: &Node, tail: bool) -> Result<(), RegexError> {
        match node {
            Node::Class(class) => self.class(class),
            Node::Start => self.pattern.push_str("\\A"),
            Node::VeryEnd => self.pattern.push_str("\\z"),
            Node::LineStart => self.pattern.push_str("(?m:^)"),
            Node::LineEnd => self.pattern.push_str("(?m:$)"),
            Node::Boundary => self.pattern.push_str("\\b"),
            Node::NotBoundary => self.pattern.push_str("\\B"),
            Node::End if tail => {
                self.count += 1;
                self.ends.push(self.count);
                self.pattern.push_str("(\\n)?\\z");
            }
            Node::End => {
                return Err(RegexError {
                    offset: 0,
                    message: "`$` before the end of a pattern looks ahead, which cannot run here; \
                              write \\z or (?m)"
                        .into(),
                });
            }
            Node::Group(Some(_), node) => {
                self.count += 1;
                self.groups.push(self.count);
                self.pattern.push('(');
                self.node(node, tail)?;
                self.pattern.push(')');
            }
            Node::Group(None, node) => self.grouped(node, tail)?,
            Node::Repeat(node, min, max, lazy) => {
                self.grouped(node, tail && *max == Some(1))?;
                let _ = match (min, max) {
                    (0, None) => write!(self.pattern, "*"),
                    (1, None) => write!(self.pattern, "+"),
                    (0, Some(1)) => write!(self.pattern, "?"),
                    (min, None) => write!(self.pattern, "{{{min},}}"),
                    (min, Some(max)) => write!(self.pattern, "{{{min},{max}}}"),
                };
                if *lazy {
                    self.pattern.push('?');
                }
            }
            Node::Concat(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    self.node(node, tail && index + 1 == nodes.len())?;
                }
            }
            Node::Alternation(branches) => {
                for (index, branch) in branches.iter().enumerate() {
                    if index > 0 {
                        self.pattern.push('|');
                    }
                    self.node(branch, tail)?;
                }
            }
        }
        Ok(())
    }

    fn grouped(&mut self, node: &Node, tail: bool) -> Result<(), RegexError> {
        self.pattern.push_str("(?:");
        self.node(node, tail)?;
        self.pattern.push(')');
        Ok(())
    }

    fn class(&mut self, class: &Class) {
        match class.ranges() {
            [(low, high)] if low == high => self.char(*low),
            [] => self.pattern.push_str("[^\\x{0}-\\x{10FFFF}]"),
            ranges => {
                self.pattern.push('[');
                for (low, high) in ranges {
                    self.char(*low);
                    if low != high {
                        self.pattern.push('-');
                        self.char(*high);
                    }
                }
                self.pattern.push(']');
            }
        }
    }

    fn char(&mut self, char: char) {
        if char.is_ascii_alphanumeric() {
            self.pattern.push(char);
        } else {
            let _ = write!(self.pattern, "\\x{{{:X}}}", u32::from(char));
        }
    }
}
