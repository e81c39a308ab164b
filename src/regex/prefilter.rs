//! Where a match can begin at the earliest. The engine takes a step for every character that it passes; to find the
//! literals that many patterns begin with is far faster, so it is set going shortly before the next of them.

use super::literals;
use super::parse::Node;
use crate::literal::LiteralFinder;

/// Literals of which one stands in every match, near its beginning.
#[derive(Debug)]
pub(super) struct Start {
    needles: Box<[LiteralFinder]>,
    /// Characters of the match before it, at most.
    before: usize,
}

/// More literals than this take longer to find than they save.
const FEW: usize = 16;

/// Shorter literals stand nearly everywhere.
const SHORT: usize = 3;

impl Start {
    pub(super) fn of(node: &Node) -> Option<Self> {
        let is_useful = |texts: &[String]| {
            texts.len() <= FEW && texts.iter().all(|text| text.chars().count() >= SHORT)
        };
        let (texts, before) = literals::leading(node, &is_useful)?;
        Some(Self {
            needles: texts.iter().map(|text| LiteralFinder::new(text, false)).collect(),
            before,
        })
    }

    /// For matches in this text.
    pub(super) fn places<'a>(&'a self, text: &'a str) -> Places<'a> {
        let next = self.needles.iter().map(|needle| place(needle, text, 0)).collect();
        Places { start: self, text, next }
    }
}

/// Where the literals of a [`Start`] stand in a text.
pub(super) struct Places<'a> {
    start: &'a Start,
    text: &'a str,
    /// Of each literal, the next place; `None` where no more come.
    next: Box<[Option<usize>]>,
}

impl Places<'_> {
    /// The first place from here on at which a match may begin. Asked from left to right.
    pub(super) fn after(&mut self, from: usize) -> Option<usize> {
        for (needle, next) in self.start.needles.iter().zip(&mut self.next) {
            if next.is_some_and(|next| next < from) {
                *next = place(needle, self.text, from);
            }
        }
        let literal = self.next.iter().flatten().min()?;
        let passed = self.text.get(from..*literal)?;
        let back: usize = passed.chars().rev().take(self.start.before).map(char::len_utf8).sum();
        Some(literal - back)
    }
}

fn place(needle: &LiteralFinder, text: &str, from: usize) -> Option<usize> {
    needle.find(text, from).map(|place| place.start)
}
