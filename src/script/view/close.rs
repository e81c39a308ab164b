//! What ends with a bracket: a value in brackets, a method of a literal, an index into one.

use super::fold::Fold;
use super::piece::{ACCESS, Item, Operator};

impl Fold<'_> {
    /// A closing bracket has been read.
    pub(super) fn close(&mut self) {
        let square = match self.pieces.last() {
            Some(piece) => piece.item == Item::Close { square: true },
            None => return,
        };
        if square {
            if let Some((start, item)) = self.index() {
                self.replace(start, item);
            }
        } else if let Some((start, item)) = self.method() {
            self.replace(start, item);
        } else if let Some((start, item)) = self.brackets() {
            self.merge(start, item);
        }
    }

    /// `('a')` is `'a'`.
    fn brackets(&self) -> Option<(usize, Item)> {
        let start = self.pieces.len().checked_sub(3)?;
        let value = self.at(start + 1)?;
        let open = self.at(start)? == &Item::Open { square: false, touching: false };
        (open && matches!(value, Item::Str(_) | Item::Num(_) | Item::List(_)))
            .then(|| (start, value.clone()))
    }

    /// `'a'.Replace('b','c')`, `[string]::Join('', ('a','b'))` and their like.
    fn method(&mut self) -> Option<(usize, Item)> {
        let end = self.pieces.len().checked_sub(1)?;
        let mut arguments = Vec::new();
        let mut at = end;
        while !matches!(self.at(at.checked_sub(1)?)?, Item::Open { square: false, .. }) {
            let start = self.list_start(at, false)?;
            arguments.push(start..at);
            at = start;
            match self.at(at.checked_sub(1)?)? {
                Item::Operator(Operator::Separator) => at -= 1,
                Item::Open { square: false, touching: true } => break,
                _ => return None,
            }
        }
        arguments.reverse();
        let name = match self.at(at.checked_sub(2)?)? {
            Item::Member(name) => name.clone(),
            Item::Str(name) => name.to_ascii_lowercase(),
            _ => return None,
        };
        let start = at.checked_sub(4)?;
        if !self.at(start + 1)?.is(Operator::Access) || self.bound(start) >= ACCESS {
            return None;
        }
        let lists = arguments.into_iter().map(|range| self.values_until(range.start, range.end));
        let lists = lists.collect::<Option<Vec<_>>>()?;
        let result = match self.at(start)?.clone() {
            Item::Str(text) => self.of_string(&text, &name, &lists)?,
            Item::Type(of) if matches!(of.as_str(), "string" | "system.string") => {
                self.of_type(&name, &lists)?
            }
            _ => return None,
        };
        Some((start, result))
    }

    fn of_string(&mut self, text: &str, name: &str, arguments: &[Vec<String>]) -> Option<Item> {
        let text = match (name, arguments) {
            ("replace", [old, new]) => self.replace_all(text, single(old)?, single(new)?, true)?,
            ("toupper" | "toupperinvariant", []) if self.afford(text.len()) => text.to_uppercase(),
            ("tolower" | "tolowerinvariant", []) if self.afford(text.len()) => text.to_lowercase(),
            ("tostring", []) if self.afford(text.len()) => text.to_owned(),
            ("tochararray", []) => return self.characters(text).map(Item::List),
            _ => return None,
        };
        Some(Item::Str(text))
    }

    fn of_type(&mut self, name: &str, arguments: &[Vec<String>]) -> Option<Item> {
        let text = match (name, arguments) {
            ("join", [separator, values @ ..]) => {
                self.joined(&values.concat(), single(separator)?)?
            }
            ("concat", values) => self.joined(&values.concat(), "")?,
            _ => return None,
        };
        Some(Item::Str(text))
    }

    /// `'abc'[0,2]` and `'abc'[-1..-3]`.
    fn index(&mut self) -> Option<(usize, Item)> {
        let end = self.pieces.len().checked_sub(1)?;
        let open =
            (0..end).rev().take_while(|index| self.is_index(*index)).last()?.checked_sub(1)?;
        let start = open.checked_sub(1)?;
        if self.at(open)? != &(Item::Open { square: true, touching: true }) {
            return None;
        }
        let (start, elements) = match self.at(start)?.clone() {
            Item::Str(text) => (start, self.characters(&text)?),
            _ => {
                let list = self.list_start(open, false)?;
                (list, self.values_until(list, open)?)
            }
        };
        let size = elements.iter().map(String::len).sum();
        if self.bound(start) >= ACCESS || !self.afford(size) {
            return None;
        }
        let mut chosen = Vec::new();
        for index in self.indexes(open + 1, end)? {
            let len = i64::try_from(elements.len()).ok()?;
            let index = if index < 0 { index + len } else { index };
            chosen.push(elements.get(usize::try_from(index).ok()?)?.clone());
        }
        match chosen.as_slice() {
            [only] => Some((start, Item::Str(only.clone()))),
            _ => Some((start, Item::List(chosen))),
        }
    }

    fn is_index(&self, index: usize) -> bool {
        matches!(
            self.at(index),
            Some(Item::Num(_) | Item::Operator(Operator::Comma | Operator::Range))
        )
    }

    /// The numbers and ranges between two pieces.
    fn indexes(&mut self, start: usize, end: usize) -> Option<Vec<i64>> {
        let mut indexes = Vec::new();
        let mut at = start;
        while let Some(Item::Num(first)) = self.at(at).filter(|_| at < end).cloned() {
            match (self.at(at + 1).cloned(), self.at(at + 2).cloned()) {
                (Some(Item::Operator(Operator::Range)), Some(Item::Num(last))) => {
                    let count = usize::try_from(first.abs_diff(last)).ok()?.checked_add(1)?;
                    if !self.afford(count.checked_mul(8)?) {
                        return None;
                    }
                    let step = if first <= last { 1 } else { -1 };
                    indexes.extend((0i64..).map(|index| first + step * index).take(count));
                    at += 4;
                }
                _ => {
                    indexes.push(first);
                    at += 2;
                }
            }
        }
        (at == end + 1).then_some(indexes)
    }
}

/// The only value of an argument.
fn single(values: &[String]) -> Option<&str> {
    match values {
        [value] => Some(value),
        _ => None,
    }
}
