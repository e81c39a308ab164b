//! Reduction of operators on literals.

use super::constant_fold::Folder;
use super::term::{ACCESS, CAST, FoldOperator, TermKind};
use crate::limits;

impl Folder<'_> {
    /// Reduces the operations at the end of the stack that bind at least as tightly as the next token, whose precedence is
    /// `next`.
    pub(super) fn reduce(&mut self, next: u8) {
        while let Some((start, kind)) = self.last_operation(next) {
            self.replace(start, kind);
        }
    }

    /// Returns the term `back` terms from the end; 1 is the last.
    fn nth_back(&self, back: usize) -> Option<&TermKind> {
        self.at(self.terms.len().checked_sub(back)?)
    }

    pub(super) fn at(&self, index: usize) -> Option<&TermKind> {
        self.terms.get(index).map(|term| &term.kind)
    }

    /// Returns the precedence with which the term before this index binds the value that begins there.
    pub(super) fn binding_before(&self, index: usize) -> u8 {
        index.checked_sub(1).and_then(|before| self.at(before)).map_or(0, TermKind::binding_to_next)
    }

    /// Evaluates the operation that ends the stack. Returns the index of its first term, and its result.
    fn last_operation(&mut self, next: u8) -> Option<(usize, TermKind)> {
        let len = self.terms.len();
        let one = len.checked_sub(2)?;
        if next < ACCESS {
            match (self.at(one)?, self.nth_back(1)?) {
                (TermKind::Type(name), TermKind::Str(text)) if is_char_array(name) => {
                    let text = text.clone();
                    return self.characters(&text).map(|values| (one, TermKind::List(values)));
                }
                (TermKind::Type(name), value) => {
                    if let Some(value) = cast(name, value) {
                        return Some((one, value));
                    }
                }
                (TermKind::Operator(FoldOperator::UnaryMinus), TermKind::Num(number))
                    if next < CAST =>
                {
                    return Some((one, TermKind::Num(number.checked_neg()?)));
                }
                _ => (),
            }
        }
        self.arithmetic(next)
            .or_else(|| self.concatenation(next))
            .or_else(|| self.unary_join(next))
            .or_else(|| self.format(next))
            .or_else(|| self.join(next))
            .or_else(|| self.replacement(next))
    }

    fn arithmetic(&self, next: u8) -> Option<(usize, TermKind)> {
        let start = self.terms.len().checked_sub(3)?;
        let (TermKind::Num(left), TermKind::Operator(operator), TermKind::Num(right)) =
            (self.nth_back(3)?, self.nth_back(2)?, self.nth_back(1)?)
        else {
            return None;
        };
        let precedence = operator.precedence();
        let result = match operator {
            FoldOperator::Plus => left.checked_add(*right),
            FoldOperator::Minus => left.checked_sub(*right),
            FoldOperator::Times => left.checked_mul(*right),
            _ => None,
        }?;
        (next <= precedence && self.binding_before(start) < precedence)
            .then_some((start, TermKind::Num(result)))
    }

    /// Evaluates `'a' + 'b'`. In a sum that begins with an unknown value, two adjacent strings are still joined.
    fn concatenation(&mut self, next: u8) -> Option<(usize, TermKind)> {
        let start = self.terms.len().checked_sub(3)?;
        let (TermKind::Str(_), true) = (self.at(start)?, self.nth_back(2)?.is(FoldOperator::Plus))
        else {
            return None;
        };
        let right = self.nth_back(1)?.to_text()?;
        let plus = FoldOperator::Plus.precedence();
        let after_plus = start
            .checked_sub(1)
            .and_then(|before| self.at(before))
            .is_some_and(|kind| kind.is(FoldOperator::Plus));
        if next > plus
            || !(self.binding_before(start) < plus || after_plus)
            || !self.spend(right.len())
        {
            return None;
        }
        // The left string is moved, not copied: a chain of a thousand strings grows in place.
        let left = match self.terms.get_mut(start).map(|term| &mut term.kind) {
            Some(TermKind::Str(left)) => std::mem::take(left),
            _ => return None,
        };
        Some((start, TermKind::Str(left + &right)))
    }

    /// Evaluates `-join ('a','b')`.
    fn unary_join(&mut self, next: u8) -> Option<(usize, TermKind)> {
        let start = self.list_start(self.terms.len(), false)?.checked_sub(1)?;
        if next > FoldOperator::UnaryJoin.precedence()
            || !self.at(start)?.is(FoldOperator::UnaryJoin)
        {
            return None;
        }
        let values = self.values(start + 1)?;
        Some((start, TermKind::Str(values.concat())))
    }

    /// Evaluates `'{0}{1}' -f 'a','b'`.
    fn format(&mut self, next: u8) -> Option<(usize, TermKind)> {
        let format = FoldOperator::Format.precedence();
        if next > format {
            return None;
        }
        let list = self.list_start(self.terms.len(), true)?;
        let start = list.checked_sub(2)?;
        let (TermKind::Str(pattern), true) =
            (self.at(start)?, self.at(start + 1)?.is(FoldOperator::Format))
        else {
            return None;
        };
        let result = fill_in(pattern, &self.values(list)?, self.budget)?;
        (self.binding_before(start) < format && self.spend(result.len()))
            .then_some((start, TermKind::Str(result)))
    }

    /// Evaluates `('a','b') -join 'c'`.
    fn join(&mut self, next: u8) -> Option<(usize, TermKind)> {
        let operator = self.terms.len().checked_sub(2)?;
        let join = FoldOperator::Join.precedence();
        let (true, TermKind::Str(separator)) =
            (self.at(operator)?.is(FoldOperator::Join), self.nth_back(1)?)
        else {
            return None;
        };
        let start = self.list_start(operator, true)?;
        let values = self.values_until(start, operator)?;
        let separator = separator.clone();
        if next > join || self.binding_before(start) >= join {
            return None;
        }
        self.joined(&values, &separator).map(|result| (start, TermKind::Str(result)))
    }

    /// Joins values within the budget: a long separator between many values would be far longer than the script.
    pub(super) fn joined(&mut self, values: &[String], separator: &str) -> Option<String> {
        let separators = separator.len().saturating_mul(values.len());
        let length = values.iter().map(String::len).sum::<usize>().saturating_add(separators);
        self.spend(length).then(|| values.join(separator))
    }

    /// Splits a string into its characters within the budget. A value takes far more memory than its character.
    pub(super) fn characters(&mut self, text: &str) -> Option<Vec<String>> {
        let fits = text.len() <= limits::FOLD_TOKENS && self.spend(text.len() * size_of::<u64>());
        fits.then(|| text.chars().map(String::from).collect())
    }

    /// Evaluates `'abc' -replace 'b','c'`, and `'abc' -replace 'b'`.
    fn replacement(&mut self, next: u8) -> Option<(usize, TermKind)> {
        let (start, new) = match (self.nth_back(3)?, self.nth_back(2)?, self.nth_back(1)?) {
            (_, TermKind::Operator(FoldOperator::Replace { .. }), _) => {
                (self.terms.len().checked_sub(3)?, String::new())
            }
            (_, TermKind::Operator(FoldOperator::Comma), TermKind::Str(new)) => {
                (self.terms.len().checked_sub(5)?, new.clone())
            }
            _ => return None,
        };
        let TermKind::Operator(FoldOperator::Replace { case }) = *self.at(start + 1)? else {
            return None;
        };
        let (TermKind::Str(text), TermKind::Str(pattern)) = (self.at(start)?, self.at(start + 2)?)
        else {
            return None;
        };
        let precedence = FoldOperator::Comparison.precedence();
        if next > precedence || self.binding_before(start) >= precedence || new.contains('$') {
            return None;
        }
        let (old, text) = (plain_pattern(pattern)?, text.clone());
        self.replace_all(&text, &old, &new, case).map(|text| (start, TermKind::Str(text)))
    }

    pub(super) fn replace_all(
        &mut self,
        text: &str,
        old: &str,
        new: &str,
        case: bool,
    ) -> Option<String> {
        let (searched, sought) = if case {
            (text.to_owned(), old.to_owned())
        } else {
            (text.to_ascii_lowercase(), old.to_ascii_lowercase())
        };
        let count = if old.is_empty() { return None } else { searched.matches(&sought).count() };
        if !self.spend(text.len() + count * new.len()) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (found, old) in searched.match_indices(&sought) {
            out.push_str(text.get(at..found)?);
            out.push_str(new);
            at = found + old.len();
        }
        out.push_str(text.get(at..)?);
        Some(out)
    }

    /// Returns the index of the first term of a list that ends before `end`: values in brackets, one value, or with `bare`
    /// values separated by commas.
    pub(super) fn list_start(&self, end: usize, bare: bool) -> Option<usize> {
        let last = end.checked_sub(1)?;
        let value =
            |index: usize| matches!(self.at(index), Some(TermKind::Str(_) | TermKind::Num(_)));
        let comma = |index: usize| self.at(index).is_some_and(|kind| kind.is(FoldOperator::Comma));
        let bracketed = match self.at(last)? {
            TermKind::List(_) => return Some(last),
            TermKind::Close { square: false } => true,
            _ => false,
        };
        let mut first = if bracketed { last.checked_sub(1)? } else { last };
        if !value(first) {
            return None;
        }
        while let Some(before) = first
            .checked_sub(2)
            .filter(|before| (bare || bracketed) && comma(first - 1) && value(*before))
        {
            first = before;
        }
        if !bracketed {
            return Some(first);
        }
        let open = first.checked_sub(1)?;
        matches!(self.at(open)?, TermKind::Open { square: false, .. }).then_some(open)?;
        // `[char[]](65,66)` is a list of characters.
        let typed = open.checked_sub(1).filter(
            |before| matches!(self.at(*before), Some(TermKind::Type(name)) if is_char_array(name)),
        );
        Some(typed.unwrap_or(open))
    }

    pub(super) fn values(&self, start: usize) -> Option<Vec<String>> {
        self.values_until(start, self.terms.len())
    }

    /// Returns the values of a list.
    pub(super) fn values_until(&self, start: usize, end: usize) -> Option<Vec<String>> {
        let terms = self.terms.get(start..end)?;
        let chars = matches!(terms.first().map(|term| &term.kind), Some(TermKind::Type(_)));
        let mut values = Vec::new();
        for term in terms {
            match &term.kind {
                TermKind::List(list) => values.extend(list.iter().cloned()),
                value @ TermKind::Num(_) if chars => values.push(cast("char", value)?.to_text()?),
                value => values.extend(value.to_text()),
            }
        }
        Some(values)
    }
}

fn is_char_array(name: &str) -> bool {
    matches!(name, "char[]" | "system.char[]")
}

/// Evaluates the cast `[name]value`.
fn cast(name: &str, value: &TermKind) -> Option<TermKind> {
    match (name.strip_prefix("system.").unwrap_or(name), value) {
        ("char", TermKind::Num(code)) => {
            let char = u32::try_from(*code)
                .ok()
                .filter(|code| *code <= 0xFFFF)
                .and_then(char::from_u32)?;
            Some(TermKind::Str(char.to_string()))
        }
        ("char", TermKind::Str(text)) if text.chars().count() == 1 => Some(value.clone()),
        ("int" | "int32" | "int64" | "long" | "byte", TermKind::Num(_))
        | ("string", TermKind::Str(_)) => Some(value.clone()),
        _ => None,
    }
}

/// Fills in the placeholders `{0}`, `{1}` … of a format; `None` if it has others or becomes longer than `most` bytes.
fn fill_in(format: &str, values: &[String], most: usize) -> Option<String> {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, from) = rest.split_at_checked(at)?;
        out.push_str(text);
        if let Some(after) = from.strip_prefix("{{").or(from.strip_prefix("}}")) {
            out.push_str(from.get(..1)?);
            rest = after;
            continue;
        }
        let (index, after) = from.strip_prefix('{')?.split_once('}')?;
        out.push_str(values.get(index.trim().parse::<usize>().ok()?)?);
        if out.len() > most {
            return None;
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Returns the text that a regular expression matches, if it matches only one.
fn plain_pattern(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.push(chars.next().filter(char::is_ascii_punctuation)?),
            '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}' => {
                return None;
            }
            _ => out.push(char),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_filled_within_a_bound() {
        let values = ["a".to_owned(), "bc".to_owned()];
        for (format, filled) in [
            ("{1}{0}", Some("bca")),
            ("{{{ 0 }}}", Some("{a}")),
            ("no placeholder", Some("no placeholder")),
            ("{2}", None),
            ("{0,5}", None),
            ("{0:N2}", None),
            ("{0", None),
            ("}", None),
        ] {
            assert_eq!(fill_in(format, &values, 100).as_deref(), filled, "{format}");
        }
        assert_eq!(fill_in("{1}{1}", &values, 3), None);
    }

    #[test]
    fn patterns_of_one_text_are_plain() {
        for (pattern, text) in [
            ("abc", Some("abc")),
            (r"a\.b\\", Some(r"a.b\")),
            ("a.b", None),
            ("[ab]", None),
            (r"\d", None),
            (r"a\", None),
        ] {
            assert_eq!(plain_pattern(pattern).as_deref(), text, "{pattern}");
        }
    }
}
