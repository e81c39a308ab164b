//! Prints a pattern in the syntax of `regex-lite`, with every class and flag written out.

use super::class::CharClass;
use super::error::RegexError;
use super::hir::{Assertion, Hir};
use std::fmt::Write;

/// A pattern for `regex-lite`.
#[derive(Default)]
pub(super) struct PrintedPattern {
    pub(super) pattern: String,
    /// The group in `pattern` of each group of the original, from 1.
    pub(super) groups: Vec<usize>,
    /// The groups in `pattern` that capture a final newline before which `$` matched.
    pub(super) final_newlines: Vec<usize>,
    group_count: usize,
}

/// A group for a newline before the end of the text. No other group is printed so.
pub(super) const FINAL_NEWLINE: &str = "(\\n)?\\z";

/// # Errors
///
/// A pattern in which something follows `$` is refused: `regex-lite` cannot look ahead to a final newline.
pub(super) fn print(hir: &Hir) -> Result<PrintedPattern, RegexError> {
    let mut printed = PrintedPattern::default();
    printed.node(hir, true)?;
    Ok(printed)
}

impl PrintedPattern {
    /// `is_last`: no other node follows.
    fn node(&mut self, hir: &Hir, is_last: bool) -> Result<(), RegexError> {
        match hir {
            Hir::Class(class) => self.class(class),
            Hir::Assertion(Assertion::Start) => self.pattern.push_str("\\A"),
            Hir::Assertion(Assertion::End) => self.pattern.push_str("\\z"),
            Hir::Assertion(Assertion::LineStart) => self.pattern.push_str("(?m:^)"),
            Hir::Assertion(Assertion::LineEnd) => self.pattern.push_str("(?m:$)"),
            Hir::Assertion(Assertion::WordBoundary) => self.pattern.push_str("\\b"),
            Hir::Assertion(Assertion::NotWordBoundary) => self.pattern.push_str("\\B"),
            Hir::Assertion(Assertion::EndOrFinalNewline) if is_last => {
                self.group_count += 1;
                self.final_newlines.push(self.group_count);
                self.pattern.push_str(FINAL_NEWLINE);
            }
            Hir::Assertion(Assertion::EndOrFinalNewline) => {
                return Err(RegexError {
                    offset: 0,
                    message: "`$` before the end of a pattern looks ahead, which cannot run here; \
                              write \\z or (?m)"
                        .into(),
                });
            }
            Hir::Group(Some(_), inner) => {
                self.group_count += 1;
                self.groups.push(self.group_count);
                self.pattern.push('(');
                self.node(inner, is_last)?;
                self.pattern.push(')');
            }
            Hir::Group(None, inner) => self.grouped(inner, is_last)?,
            Hir::Repeat(inner, min, max, is_lazy) => {
                self.grouped(inner, is_last && *max == Some(1))?;
                let _ = match (min, max) {
                    (0, None) => write!(self.pattern, "*"),
                    (1, None) => write!(self.pattern, "+"),
                    (0, Some(1)) => write!(self.pattern, "?"),
                    (min, None) => write!(self.pattern, "{{{min},}}"),
                    (min, Some(max)) => write!(self.pattern, "{{{min},{max}}}"),
                };
                if *is_lazy {
                    self.pattern.push('?');
                }
            }
            Hir::Concat(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    self.node(node, is_last && index + 1 == nodes.len())?;
                }
            }
            Hir::Alternation(branches) => {
                for (index, branch) in branches.iter().enumerate() {
                    if index > 0 {
                        self.pattern.push('|');
                    }
                    self.node(branch, is_last)?;
                }
            }
        }
        Ok(())
    }

    fn grouped(&mut self, hir: &Hir, is_last: bool) -> Result<(), RegexError> {
        self.pattern.push_str("(?:");
        self.node(hir, is_last)?;
        self.pattern.push(')');
        Ok(())
    }

    fn class(&mut self, class: &CharClass) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regex::hir::RegexFlags;
    use crate::regex::parse::parse;

    fn printed(pattern: &str) -> Result<PrintedPattern, RegexError> {
        print(&parse(pattern, RegexFlags::default()).unwrap().0)
    }

    #[test]
    fn flags_are_written_out() {
        assert_eq!(
            printed("(?i)a(?-i)b.").unwrap().pattern,
            "[Aa]b[\\x{0}-\\x{9}\\x{B}-\\x{10FFFF}]"
        );
        assert_eq!(printed("(?m)^a{2,}?$").unwrap().pattern, "(?m:^)(?:a){2,}?(?m:$)");
        assert_eq!(printed("[^\\w\\W]").unwrap().pattern, "[^\\x{0}-\\x{10FFFF}]");
    }

    #[test]
    fn groups_are_counted_with_those_of_final_newlines() {
        let both = printed("(a$)|(b)").unwrap();
        assert_eq!(both.pattern, "(a(\\n)?\\z)|(b)");
        assert_eq!((both.groups, both.final_newlines), (vec![1, 3], vec![2]));
        assert!(printed("(a$)?").is_ok());
        assert!(printed("(a$)*").is_err());
        assert!(printed("a$b").is_err());
    }
}
