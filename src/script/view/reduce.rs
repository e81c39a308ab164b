//! The operations on literals.

use super::fold::Fold;
use super::piece::{ACCESS, CAST, Item, Operator};
use crate::limits;

impl Fold<'_> {
    /// Works out every operation at the end of the pieces that nothing takes apart which binds so tightly.
    pub(super) fn reduce(&mut self, next: u8) {
        while let Some((start, item)) = self.operation(next) {
            self.replace(start, item);
        }
    }

    /// The item so many pieces from the end.
    fn back(&self, back: usize) -> Option<&Item> {
        self.at(self.pieces.len().checked_sub(back)?)
    }

    pub(super) fn at(&self, index: usize) -> Option<&Item> {
        self.pieces.get(index).map(|piece| &piece.item)
    }

    /// How tightly the piece before this index binds to what begins there.
    pub(super) fn bound(&self, index: usize) -> u8 {
        index.checked_sub(1).and_then(|before| self.at(before)).map_or(0, Item::binds_next)
    }

    /// The operation that the pieces end with: where it begins, and its result.
    fn operation(&mut self, next: u8) -> Option<(usize, Item)> {
        let len = self.pieces.len();
        let one = len.checked_sub(2)?;
        if next < ACCESS {
            match (self.at(one)?, self.back(1)?) {
                (Item::Type(name), Item::Str(text)) if is_char_array(name) => {
                    let text = text.clone();
                    return self.characters(&text).map(|values| (one, Item::List(values)));
                }
                (Item::Type(name), value) => {
                    if let Some(value) = cast(name, value) {
                        return Some((one, value));
                    }
                }
                (Item::Operator(Operator::UnaryMinus), Item::Num(number)) if next < CAST => {
                    return Some((one, Item::Num(number.checked_neg()?)));
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

    fn arithmetic(&self, next: u8) -> Option<(usize, Item)> {
        let start = self.pieces.len().checked_sub(3)?;
        let (Item::Num(left), Item::Operator(operator), Item::Num(right)) =
            (self.back(3)?, self.back(2)?, self.back(1)?)
        else {
            return None;
        };
        let precedence = operator.precedence();
        let result = match operator {
            Operator::Plus => left.checked_add(*right),
            Operator::Minus => left.checked_sub(*right),
            Operator::Times => left.checked_mul(*right),
            _ => None,
        }?;
        (next <= precedence && self.bound(start) < precedence).then_some((start, Item::Num(result)))
    }

    /// `'a' + 'b'`. A string that follows a sum of unknown things joins the string after it all the same.
    fn concatenation(&mut self, next: u8) -> Option<(usize, Item)> {
        let start = self.pieces.len().checked_sub(3)?;
        let (Item::Str(_), true) = (self.at(start)?, self.back(2)?.is(Operator::Plus)) else {
            return None;
        };
        let right = self.back(1)?.to_text()?;
        let plus = Operator::Plus.precedence();
        let after_plus = start
            .checked_sub(1)
            .and_then(|before| self.at(before))
            .is_some_and(|item| item.is(Operator::Plus));
        if next > plus || !(self.bound(start) < plus || after_plus) || !self.afford(right.len()) {
            return None;
        }
        // The left string is taken, not copied: a chain of a thousand strings grows in place.
        let left = match self.pieces.get_mut(start).map(|piece| &mut piece.item) {
            Some(Item::Str(left)) => std::mem::take(left),
            _ => return None,
        };
        Some((start, Item::Str(left + &right)))
    }

    /// `-join ('a','b')`.
    fn unary_join(&mut self, next: u8) -> Option<(usize, Item)> {
        let start = self.list_start(self.pieces.len(), false)?.checked_sub(1)?;
        if next > Operator::UnaryJoin.precedence() || !self.at(start)?.is(Operator::UnaryJoin) {
            return None;
        }
        let values = self.values(start + 1)?;
        Some((start, Item::Str(values.concat())))
    }

    /// `'{0}{1}' -f 'a','b'`.
    fn format(&mut self, next: u8) -> Option<(usize, Item)> {
        let format = Operator::Format.precedence();
        if next > format {
            return None;
        }
        let list = self.list_start(self.pieces.len(), true)?;
        let start = list.checked_sub(2)?;
        let (Item::Str(pattern), true) =
            (self.at(start)?, self.at(start + 1)?.is(Operator::Format))
        else {
            return None;
        };
        let result = fill_in(pattern, &self.values(list)?, self.bytes)?;
        (self.bound(start) < format && self.afford(result.len()))
            .then_some((start, Item::Str(result)))
    }

    /// `('a','b') -join 'c'`.
    fn join(&mut self, next: u8) -> Option<(usize, Item)> {
        let operator = self.pieces.len().checked_sub(2)?;
        let join = Operator::Join.precedence();
        let (true, Item::Str(separator)) = (self.at(operator)?.is(Operator::Join), self.back(1)?)
        else {
            return None;
        };
        let start = self.list_start(operator, true)?;
        let values = self.values_until(start, operator)?;
        let separator = separator.clone();
        if next > join || self.bound(start) >= join {
            return None;
        }
        self.joined(&values, &separator).map(|result| (start, Item::Str(result)))
    }

    /// The values with the separator between them: a long one between many would be far longer than the script.
    pub(super) fn joined(&mut self, values: &[String], separator: &str) -> Option<String> {
        let separators = separator.len().saturating_mul(values.len());
        let length = values.iter().map(String::len).sum::<usize>().saturating_add(separators);
        self.afford(length).then(|| values.join(separator))
    }

    /// The characters of a string. Each becomes a value, which takes far more than it says.
    pub(super) fn characters(&mut self, text: &str) -> Option<Vec<String>> {
        let fits = text.len() <= limits::FOLD_TOKENS && self.afford(text.len() * size_of::<u64>());
        fits.then(|| text.chars().map(String::from).collect())
    }

    /// `'abc' -replace 'b','c'`, and the same without the new string.
    fn replacement(&mut self, next: u8) -> Option<(usize, Item)> {
        let (start, new) = match (self.back(3)?, self.back(2)?, self.back(1)?) {
            (_, Item::Operator(Operator::Replace { .. }), _) => {
                (self.pieces.len().checked_sub(3)?, String::new())
            }
            (_, Item::Operator(Operator::Comma), Item::Str(new)) => {
                (self.pieces.len().checked_sub(5)?, new.clone())
            }
            _ => return None,
        };
        let Item::Operator(Operator::Replace { case }) = *self.at(start + 1)? else {
            return None;
        };
        let (Item::Str(text), Item::Str(pattern)) = (self.at(start)?, self.at(start + 2)?) else {
            return None;
        };
        let precedence = Operator::Comparison.precedence();
        if next > precedence || self.bound(start) >= precedence || new.contains('$') {
            return None;
        }
        let (old, text) = (plain_pattern(pattern)?, text.clone());
        self.replace_all(&text, &old, &new, case).map(|text| (start, Item::Str(text)))
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
        if !self.afford(text.len() + count * new.len()) {
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

    /// Where a list begins that ends before this index: values in brackets, a value alone or, if it may be
    /// bare, values with commas between them.
    pub(super) fn list_start(&self, end: usize, bare: bool) -> Option<usize> {
        let last = end.checked_sub(1)?;
        let value = |index: usize| matches!(self.at(index), Some(Item::Str(_) | Item::Num(_)));
        let comma = |index: usize| self.at(index).is_some_and(|item| item.is(Operator::Comma));
        let bracketed = match self.at(last)? {
            Item::List(_) => return Some(last),
            Item::Close { square: false } => true,
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
        matches!(self.at(open)?, Item::Open { square: false, .. }).then_some(open)?;
        // `[char[]](65,66)` is a list of characters.
        let typed = open.checked_sub(1).filter(
            |before| matches!(self.at(*before), Some(Item::Type(name)) if is_char_array(name)),
        );
        Some(typed.unwrap_or(open))
    }

    pub(super) fn values(&self, start: usize) -> Option<Vec<String>> {
        self.values_until(start, self.pieces.len())
    }

    /// The values of a list.
    pub(super) fn values_until(&self, start: usize, end: usize) -> Option<Vec<String>> {
        let pieces = self.pieces.get(start..end)?;
        let chars = matches!(pieces.first().map(|piece| &piece.item), Some(Item::Type(_)));
        let mut values = Vec::new();
        for piece in pieces {
            match &piece.item {
                Item::List(list) => values.extend(list.iter().cloned()),
                value @ Item::Num(_) if chars => values.push(cast("char", value)?.to_text()?),
                value => values.extend(value.to_text()),
            }
        }
        Some(values)
    }
}

fn is_char_array(name: &str) -> bool {
    matches!(name, "char[]" | "system.char[]")
}

/// What `[name]value` is.
fn cast(name: &str, value: &Item) -> Option<Item> {
    match (name.strip_prefix("system.").unwrap_or(name), value) {
        ("char", Item::Num(code)) => {
            let char = u32::try_from(*code)
                .ok()
                .filter(|code| *code <= 0xFFFF)
                .and_then(char::from_u32)?;
            Some(Item::Str(char.to_string()))
        }
        ("char", Item::Str(text)) if text.chars().count() == 1 => Some(value.clone()),
        ("int" | "int32" | "int64" | "long" | "byte", Item::Num(_)) | ("string", Item::Str(_)) => {
            Some(value.clone())
        }
        _ => None,
    }
}

/// Fills in `{0}`, `{1}` … of a format; none where it asks for anything more, or becomes longer than `most` bytes.
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

/// The text that a regular expression matches, if it matches only one.
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
