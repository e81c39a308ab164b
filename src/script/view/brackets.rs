//! Reduction at a closing bracket: a value in brackets, a method of a literal, an index into a literal.

use super::constant_fold::Folder;
use super::term::{ACCESS, FoldOperator, TermKind};

impl Folder<'_> {
    /// Reduces the terms that a closing bracket completes.
    pub(super) fn reduce_brackets(&mut self) {
        let square = match self.terms.last() {
            Some(term) => term.kind == TermKind::Close { square: true },
            None => return,
        };
        if square {
            if let Some((start, kind)) = self.index() {
                self.replace(start, kind);
            }
        } else if let Some((start, kind)) = self.method() {
            self.replace(start, kind);
        } else if let Some((start, kind)) = self.brackets() {
            self.merge(start, kind);
        }
    }

    /// Evaluates `('a')` to `'a'`.
    fn brackets(&self) -> Option<(usize, TermKind)> {
        let start = self.terms.len().checked_sub(3)?;
        let value = self.at(start + 1)?;
        let open = self.at(start)? == &TermKind::Open { square: false, touching: false };
        (open && matches!(value, TermKind::Str(_) | TermKind::Num(_) | TermKind::List(_)))
            .then(|| (start, value.clone()))
    }

    /// Evaluates a method call such as `'a'.Replace('b','c')` or `[string]::Join('', ('a','b'))`.
    fn method(&mut self) -> Option<(usize, TermKind)> {
        let end = self.terms.len().checked_sub(1)?;
        let mut arguments = Vec::new();
        let mut at = end;
        while !matches!(self.at(at.checked_sub(1)?)?, TermKind::Open { square: false, .. }) {
            let start = self.list_start(at, false)?;
            arguments.push(start..at);
            at = start;
            match self.at(at.checked_sub(1)?)? {
                TermKind::Operator(FoldOperator::Separator) => at -= 1,
                TermKind::Open { square: false, touching: true } => break,
                _ => return None,
            }
        }
        arguments.reverse();
        let name = match self.at(at.checked_sub(2)?)? {
            TermKind::Member(name) => name.clone(),
            TermKind::Str(name) => name.to_ascii_lowercase(),
            _ => return None,
        };
        let start = at.checked_sub(4)?;
        if !self.at(start + 1)?.is(FoldOperator::Access) || self.binding_before(start) >= ACCESS {
            return None;
        }
        let lists = arguments.into_iter().map(|range| self.values_until(range.start, range.end));
        let lists = lists.collect::<Option<Vec<_>>>()?;
        let result = match self.at(start)?.clone() {
            TermKind::Str(text) => self.string_method(&text, &name, &lists)?,
            TermKind::Type(of) if matches!(of.as_str(), "string" | "system.string") => {
                self.static_method(&name, &lists)?
            }
            _ => return None,
        };
        Some((start, result))
    }

    fn string_method(
        &mut self,
        text: &str,
        name: &str,
        arguments: &[Vec<String>],
    ) -> Option<TermKind> {
        let text = match (name, arguments) {
            ("replace", [old, new]) => self.replace_all(text, single(old)?, single(new)?, true)?,
            ("toupper" | "toupperinvariant", []) if self.spend(text.len()) => text.to_uppercase(),
            ("tolower" | "tolowerinvariant", []) if self.spend(text.len()) => text.to_lowercase(),
            ("tostring", []) if self.spend(text.len()) => text.to_owned(),
            ("tochararray", []) => return self.characters(text).map(TermKind::List),
            _ => return None,
        };
        Some(TermKind::Str(text))
    }

    fn static_method(&mut self, name: &str, arguments: &[Vec<String>]) -> Option<TermKind> {
        let text = match (name, arguments) {
            ("join", [separator, values @ ..]) => {
                self.joined(&values.concat(), single(separator)?)?
            }
            ("concat", values) => self.joined(&values.concat(), "")?,
            _ => return None,
        };
        Some(TermKind::Str(text))
    }

    /// Evaluates an index such as `'abc'[0,2]` or `'abc'[-1..-3]`.
    fn index(&mut self) -> Option<(usize, TermKind)> {
        let end = self.terms.len().checked_sub(1)?;
        let open =
            (0..end).rev().take_while(|index| self.is_index(*index)).last()?.checked_sub(1)?;
        let start = open.checked_sub(1)?;
        if self.at(open)? != &(TermKind::Open { square: true, touching: true }) {
            return None;
        }
        let (start, elements) = match self.at(start)?.clone() {
            TermKind::Str(text) => (start, self.characters(&text)?),
            _ => {
                let list = self.list_start(open, false)?;
                (list, self.values_until(list, open)?)
            }
        };
        let size = elements.iter().map(String::len).sum();
        if self.binding_before(start) >= ACCESS || !self.spend(size) {
            return None;
        }
        let mut chosen = Vec::new();
        for index in self.indexes(open + 1, end)? {
            let len = i64::try_from(elements.len()).ok()?;
            let index = if index < 0 { index + len } else { index };
            chosen.push(elements.get(usize::try_from(index).ok()?)?.clone());
        }
        match chosen.as_slice() {
            [only] => Some((start, TermKind::Str(only.clone()))),
            _ => Some((start, TermKind::List(chosen))),
        }
    }

    fn is_index(&self, index: usize) -> bool {
        matches!(
            self.at(index),
            Some(TermKind::Num(_) | TermKind::Operator(FoldOperator::Comma | FoldOperator::Range))
        )
    }

    /// Returns the indices that the terms in `start..end` list, as numbers and ranges.
    fn indexes(&mut self, start: usize, end: usize) -> Option<Vec<i64>> {
        let mut indexes = Vec::new();
        let mut at = start;
        while let Some(TermKind::Num(first)) = self.at(at).filter(|_| at < end).cloned() {
            match (self.at(at + 1).cloned(), self.at(at + 2).cloned()) {
                (Some(TermKind::Operator(FoldOperator::Range)), Some(TermKind::Num(last))) => {
                    let count = usize::try_from(first.abs_diff(last)).ok()?.checked_add(1)?;
                    if !self.spend(count.checked_mul(8)?) {
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

/// Returns the value of an argument that has one.
fn single(values: &[String]) -> Option<&str> {
    match values {
        [value] => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::script::view::constant_fold::fold_constants;

    #[test]
    fn closing_brackets_complete_methods_and_indices() {
        for (text, folded) in [
            ("'a-b'.Replace('-','')", Some("'ab'")),
            ("'Ab'.ToLower()", Some("'ab'")),
            ("'ab'.ToCharArray()", Some("('a','b')")),
            ("[String]::Concat('a','b')", Some("'ab'")),
            ("'abc'[0,2]", Some("('a','c')")),
            ("'abc'[-1]", Some("'c'")),
            ("'abc'[3]", None),
            ("'abc'.Replace('b')", None),
            ("$x.Replace('a','b')", None),
            ("[int]::Join('a','b')", None),
        ] {
            let found = fold_constants(text).map(|(folded, _)| folded);
            assert_eq!(found.as_deref(), folded, "{text}");
        }
    }
}
