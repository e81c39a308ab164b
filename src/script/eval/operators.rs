//! Operators and casts.

use super::Evaluator;
use super::known::is_like;
use super::methods::{fold_lower, starts_at};
use super::value::{TextBuilder, Value};
use super::{NodeId, Operator};
use crate::limits;
use std::rc::Rc;

impl Evaluator<'_> {
    /// Evaluates operands and operators of one precedence from left to right. In a sum that begins with an unknown value,
    /// adjacent strings are still joined.
    pub(super) fn chain(&mut self, operands: &[NodeId], operators: &[Operator]) -> Value {
        let Some((first, rest)) = operands.split_first() else { return Value::Unknown };
        let mut left = self.eval(*first);
        // The operands from `begin` to `end` have the value `left`.
        let (mut begin, mut end) = (*first, *first);
        let mut is_known = left.is_known();
        for (operator, id) in operators.iter().zip(rest) {
            let right = self.eval(*id);
            let joins =
                is_known || (*operator == Operator::Add && is_text(&left) && has_text(&right));
            let is_done = joins && left.is_known() && right.is_known() && {
                self.apply(*operator, &mut left, &right).is_some()
            };
            if is_done {
                end = *id;
                continue;
            }
            self.show_run(begin, end, &left);
            is_known = false;
            let is_sum = *operator == Operator::Add && is_text(&right);
            if is_sum {
                left = right;
            } else {
                self.show(*id, &right);
                left = Value::Unknown;
            }
            (begin, end) = (*id, *id);
        }
        if is_known {
            return left;
        }
        self.show_run(begin, end, &left);
        Value::Unknown
    }

    fn show_run(&mut self, begin: NodeId, end: NodeId, value: &Value) {
        if begin == end {
            self.show(begin, value);
        } else if value.is_known() {
            self.show_range(self.ast.range(begin).start..self.ast.range(end).end, value);
        }
    }

    /// Replaces the left operand by the result of an operator. `None` leaves it unchanged.
    pub(super) fn apply(
        &mut self,
        operator: Operator,
        left: &mut Value,
        right: &Value,
    ) -> Option<()> {
        if let (Operator::Add, Value::Text(text)) = (operator, &mut *left) {
            // A chain of a thousand strings grows in place.
            let right = match right {
                Value::List(_) => {
                    let separator = self.separator();
                    self.join(right, &separator)?.to_text()?
                }
                right => right.to_text()?,
            };
            let is_only = Rc::strong_count(text) == 1;
            if !self.spend(right.len() + if is_only { 0 } else { text.len() }) {
                return None;
            }
            Rc::make_mut(text).push_str(&right);
            return Some(());
        }
        if let (Operator::Add, Value::List(values)) = (operator, &mut *left) {
            let right = right.items();
            let is_only = Rc::strong_count(values) == 1;
            if !self
                .spend((right.len() + if is_only { 0 } else { values.len() }) * size_of::<Value>())
            {
                return None;
            }
            Rc::make_mut(values).extend(right);
            return Some(());
        }
        *left = self.operate(operator, left, right)?;
        Some(())
    }

    fn operate(&mut self, operator: Operator, left: &Value, right: &Value) -> Option<Value> {
        if let (Value::List(values), true) = (left, compares(operator)) {
            // Of a list, the values for which the comparison holds.
            let mut chosen = Vec::new();
            for value in values.iter() {
                if !self.step(1) {
                    return None;
                }
                if self.operate(operator, value, right)?.to_bool()? {
                    chosen.push(value.clone());
                }
            }
            return Some(Value::list(chosen));
        }
        if let Some(result) = self.operate_numbers(operator, left, right)? {
            return Some(result);
        }
        Some(match operator {
            Operator::Add => return self.sum(left, right),
            Operator::Multiply => return self.product(left, right),
            Operator::Subtract => Value::Int(numbers(left, right, i64::checked_sub)?),
            Operator::Divide => {
                let (left, right) = (left.to_int()?, right.to_int()?);
                // Otherwise the quotient is a fraction.
                let is_whole = left.checked_rem(right)? == 0;
                Value::Int(left.checked_div(right).filter(|_| is_whole)?)
            }
            Operator::Remainder => Value::Int(numbers(left, right, i64::checked_rem)?),
            Operator::BitXor => Value::Int(left.to_int()? ^ right.to_int()?),
            Operator::BitAnd => Value::Int(left.to_int()? & right.to_int()?),
            Operator::BitOr => Value::Int(left.to_int()? | right.to_int()?),
            Operator::ShiftLeft => {
                let bits = u32::try_from(right.to_int()? & 31).ok()?;
                Value::Int(i64::from(i32::try_from(left.to_int()?).ok()?.wrapping_shl(bits)))
            }
            Operator::ShiftRight => Value::Int(left.to_int()? >> (right.to_int()? & 31)),
            Operator::Range => return self.range_of(left.to_int()?, right.to_int()?),
            Operator::Format => {
                let values = match right {
                    Value::List(values) => values.to_vec(),
                    other => vec![other.clone()],
                };
                let text = super::format::fill_in(&left.to_text()?, &values, self.bytes)?;
                self.text_of(text)?
            }
            Operator::Join => return self.join(left, &right.to_text()?),
            Operator::Split { case } => return self.split(left, right, case),
            Operator::Replace { case } => return self.replace(left, right, case),
            Operator::Equal { case, negated } => {
                Value::Bool(is_equal(left, right, case)? != negated)
            }
            Operator::Less => Value::Bool(left.to_int()? < right.to_int()?),
            Operator::LessOrEqual => Value::Bool(left.to_int()? <= right.to_int()?),
            Operator::Greater => Value::Bool(left.to_int()? > right.to_int()?),
            Operator::GreaterOrEqual => Value::Bool(left.to_int()? >= right.to_int()?),
            Operator::And => Value::Bool(left.to_bool()? & right.to_bool()?),
            Operator::Or => Value::Bool(left.to_bool()? | right.to_bool()?),
            Operator::Xor => Value::Bool(left.to_bool()? ^ right.to_bool()?),
            Operator::Like { negated } => {
                let (Value::Text(text), Value::Text(pattern)) = (left, right) else { return None };
                Value::Bool(is_like(&fold_lower(text), &fold_lower(pattern)) != negated)
            }
            Operator::Match { case, negated } => {
                let (text, pattern) = (left.to_text()?, Rc::new(right.to_text()?));
                if !self.scan(text.len()) {
                    return None;
                }
                let regex = self.regex(&pattern, !case)?;
                let mut groups = None;
                regex.for_each_match(&text, &mut |range, own| {
                    groups = Some((range, own));
                    false
                });
                let is_match = groups.is_some();
                if let (Some((range, own)), false) = (groups, negated) {
                    let all = std::iter::once(Some(range)).chain(own);
                    let entry = |(index, range): (i64, Option<std::ops::Range<usize>>)| {
                        let text = text.get(range?)?;
                        Some((Value::Int(index), Value::text(text)))
                    };
                    let table = (0..).zip(all).filter_map(entry).collect();
                    self.assign(&Rc::from("matches"), Value::Table(Rc::new(table)));
                }
                Value::Bool(is_match != negated)
            }
            Operator::As => match right {
                Value::Type(name) => self.cast(name, left),
                Value::Text(name) => self.cast(&super::value::type_name(name), left),
                _ => Value::Unknown,
            },
            _ => return None,
        })
    }

    fn text_of(&mut self, text: String) -> Option<Value> {
        self.spend(text.len()).then(|| Value::text(text))
    }

    fn sum(&mut self, left: &Value, right: &Value) -> Option<Value> {
        Some(match (left, right) {
            (Value::Null | Value::Void, right) => right.clone(),
            (Value::Char(_), Value::Char(_) | Value::Text(_)) => {
                let mut out = TextBuilder::default();
                out.push_value(left, "")?;
                out.push_value(right, "")?;
                self.text_of(out.finish())?
            }
            (Value::Bytes(bytes), right) => match right {
                Value::Bytes(more) if self.spend(bytes.len() + more.len()) => {
                    Value::Bytes(Rc::new([bytes.as_slice(), more.as_slice()].concat()))
                }
                _ => return None,
            },
            (Value::Int(_) | Value::Char(_), right) => {
                Value::Int(left.to_int()?.checked_add(right.to_int()?)?)
            }
            _ => return None,
        })
    }

    fn product(&mut self, left: &Value, right: &Value) -> Option<Value> {
        match left {
            Value::Text(text) => {
                let count = usize::try_from(right.to_int()?).ok()?;
                let length = text.len().checked_mul(count)?;
                self.spend(length).then(|| Value::text(text.repeat(count)))
            }
            Value::List(values) => {
                let count = usize::try_from(right.to_int()?).ok()?;
                let size = values.len().checked_mul(count)?.checked_mul(size_of::<Value>())?;
                self.spend(size).then(|| {
                    let repeated = std::iter::repeat_n(values.as_slice(), count);
                    Value::list(repeated.flatten().cloned().collect())
                })
            }
            Value::Int(left) => Some(Value::Int(left.checked_mul(right.to_int()?)?)),
            _ => None,
        }
    }

    fn range_of(&mut self, first: i64, last: i64) -> Option<Value> {
        let count = usize::try_from(first.abs_diff(last)).ok()?.checked_add(1)?;
        if count > limits::EVALUATION_VALUES || !self.spend(count.checked_mul(size_of::<Value>())?)
        {
            return None;
        }
        let step = if first <= last { 1 } else { -1 };
        let numbers = (0_i64..).take(count).map(|index| Value::Int(first + step * index));
        Some(Value::list(numbers.collect()))
    }

    /// Joins the values of a list.
    pub(super) fn join(&mut self, list: &Value, separator: &str) -> Option<Value> {
        if !list.is_known() {
            return None;
        }
        let count = match list {
            Value::List(values) => values.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        // A long separator between many values would be far longer than the script.
        if !self.spend(separator.len().saturating_mul(count)) {
            return None;
        }
        let mut out = TextBuilder::default();
        out.push_value(list, separator)?;
        self.text_of(out.finish())
    }

    /// Evaluates `!`, `-join`, `-split` and signs before a value.
    pub(super) fn unary(&mut self, operator: Operator, id: NodeId) -> Value {
        let value = self.eval(id);
        if !value.is_known() {
            return Value::Unknown;
        }
        let result = match operator {
            Operator::Not => value.to_bool().map(|bool| Value::Bool(!bool)),
            Operator::BitNot => value.to_int().map(|number| Value::Int(!number)),
            Operator::Subtract => match &value {
                Value::Real(number) => Some(Value::Real(-number)),
                value => value.to_int().and_then(i64::checked_neg).map(Value::Int),
            },
            Operator::Add => value.to_int().map(Value::Int),
            Operator::Join => self.join(&value, ""),
            Operator::Split { .. } => value.to_text().and_then(|text| {
                let words: Vec<Value> = text.split_whitespace().map(Value::text).collect();
                self.spend(words.len() * size_of::<Value>() + text.len())
                    .then(|| Value::list(words))
            }),
            Operator::Comma => Some(Value::list(vec![value.clone()])),
            _ => None,
        };
        result.unwrap_or_else(|| {
            self.show(id, &value);
            Value::Unknown
        })
    }

    pub(super) fn eval_cast(&mut self, name: &Rc<str>, id: NodeId) -> Value {
        if &**name == "ref" {
            self.forget_target(id);
            return Value::Unknown;
        }
        let value = self.eval(id);
        let result = self.cast(name, &value);
        if !result.is_known() {
            if let (Value::Text(_), "scriptblock") = (&value, &**name) {
                self.note_script(self.ast.range(id), &value, true);
            }
            self.show(id, &value);
        }
        result
    }

    /// Converts a value to the type with this name.
    pub(super) fn cast(&mut self, name: &str, value: &Value) -> Value {
        self.try_cast(name, value).unwrap_or(Value::Unknown)
    }

    fn try_cast(&mut self, name: &str, value: &Value) -> Option<Value> {
        if !value.is_known() {
            return None;
        }
        Some(match name {
            "char" => to_char(value)?,
            "string" => match value {
                Value::Script(id) => self.script_text(*id)?,
                Value::Text(_) => value.clone(),
                Value::List(_) => {
                    let separator = self.separator();
                    self.join(value, &separator)?
                }
                value => self.text_of(value.to_text()?)?,
            },
            "int" | "int32" | "int64" | "long" | "uint32" | "uint64" | "int16" | "uint16"
            | "sbyte" | "short" | "uint" | "ushort" | "ulong" => Value::Int(value.to_int()?),
            "bigint" | "numerics.biginteger" => match value {
                Value::Big(_) => value.clone(),
                Value::Text(text) => self.parse_big(text, 10)?,
                value => Value::Int(value.to_int()?),
            },
            "double" | "float" | "single" | "decimal" => Value::Real(value.to_real()?),
            "guid" | "ipaddress" | "net.ipaddress" => value.clone(),
            "byte" => Value::Int(value.to_int().filter(|number| (0..256).contains(number))?),
            "bool" | "boolean" => Value::Bool(value.to_bool()?),
            "char[]" => {
                let values = match value {
                    Value::Text(text) => return self.characters(text),
                    value => value.items(),
                };
                if !self.spend(values.len() * size_of::<Value>()) {
                    return None;
                }
                Value::list(values.iter().map(to_char).collect::<Option<_>>()?)
            }
            "byte[]" => {
                let size = value.size();
                Value::Bytes(value.to_bytes().filter(|_| self.spend(size))?)
            }
            "io.memorystream" => self.construct(name, std::slice::from_ref(value))?,
            "int[]" | "int32[]" | "long[]" | "int64[]" | "uint32[]" | "uint16[]" | "int16[]" => {
                let numbers = value
                    .items()
                    .iter()
                    .map(|value| value.to_int().map(Value::Int))
                    .collect::<Option<_>>()?;
                Value::list(numbers)
            }
            "string[]" => {
                let texts = value
                    .items()
                    .iter()
                    .map(|value| value.to_text().map(Value::text))
                    .collect::<Option<_>>()?;
                Value::list(texts)
            }
            "array" | "object[]" => Value::list(value.items()),
            "collections.arraylist"
            | "collections.generic.list[object]"
            | "collections.generic.list[string]" => {
                self.construct(name, &[Value::list(value.items())])?
            }
            "object" | "psobject" | "hashtable" | "ordered" | "pscustomobject" => value.clone(),
            "type" => Value::Type(super::value::type_name(&value.to_text()?)),
            "regex" | "text.regularexpressions.regex" => Value::Pattern(Rc::new(value.to_text()?)),
            "void" => Value::Void,
            "securestring" | "io.compression.compressionmode" => value.clone(),
            _ => return None,
        })
    }

    /// Returns the text of a script block between its braces.
    pub(super) fn script_text(&mut self, id: NodeId) -> Option<Value> {
        let range = self.ast.range(id);
        let text = self.text.get(range)?;
        let inner = text.strip_prefix('{')?.strip_suffix('}')?;
        self.text_of(inner.to_owned())
    }

    /// Splits a string into its characters.
    pub(super) fn characters(&mut self, text: &str) -> Option<Value> {
        // A value takes far more memory than its character.
        if !self.spend(text.len().checked_mul(size_of::<Value>())?) {
            return None;
        }
        Some(Value::list(text.encode_utf16().map(Value::Char).collect()))
    }

    fn split(&mut self, left: &Value, right: &Value, case: bool) -> Option<Value> {
        let (separator, most, is_simple) = match right {
            Value::List(values) => match values.as_slice() {
                [separator, most] => (separator.to_text()?, most.to_int()?, false),
                [separator, most, options] => {
                    let options = options.to_text()?.to_ascii_lowercase();
                    (separator.to_text()?, most.to_int()?, options.contains("simple"))
                }
                _ => return None,
            },
            other => (other.to_text()?, 0, false),
        };
        let most = usize::try_from(most).ok()?;
        let mut parts = Vec::new();
        for text in left.items() {
            self.split_text(&text.to_text()?, &separator, most, case, is_simple, &mut parts)?;
        }
        self.spend(parts.len() * size_of::<Value>()).then(|| Value::list(parts))
    }

    fn replace(&mut self, left: &Value, right: &Value, case: bool) -> Option<Value> {
        let (pattern, with) = match right {
            Value::List(values) => match values.as_slice() {
                [pattern] => (pattern.to_text()?, String::new()),
                [pattern, with] => (pattern.to_text()?, with.to_text()?),
                _ => return None,
            },
            other => (other.to_text()?, String::new()),
        };
        let pattern = Rc::new(pattern);
        match left {
            Value::List(values) => {
                let replaced = values.iter().map(|value| {
                    let text = self.replace_pattern(&value.to_text()?, &pattern, &with, case)?;
                    Some(Value::text(text))
                });
                Some(Value::list(replaced.collect::<Option<_>>()?))
            }
            value => {
                self.replace_pattern(&value.to_text()?, &pattern, &with, case).map(Value::text)
            }
        }
    }

    /// Replaces every occurrence of a string.
    pub(super) fn replace_all(
        &mut self,
        text: &str,
        old: &str,
        new: &str,
        case: bool,
    ) -> Option<String> {
        if old.is_empty() || !self.scan(text.len()) {
            return None;
        }
        let (searched, sought);
        let (searched, sought) = if case {
            (text, old)
        } else if text.is_ascii() && old.is_ascii() {
            searched = text.to_ascii_lowercase();
            sought = old.to_ascii_lowercase();
            (&*searched, &*sought)
        } else {
            return self.replace_folded(text, old, new);
        };
        let count = searched.matches(sought).count();
        if !self.spend(text.len().checked_add(count.checked_mul(new.len())?)?) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (found, old) in searched.match_indices(sought) {
            out.push_str(text.get(at..found)?);
            out.push_str(new);
            at = found + old.len();
        }
        out.push_str(text.get(at..)?);
        Some(out)
    }

    /// The same in any case, for texts in which a letter and its lower case may differ in length.
    fn replace_folded(&mut self, text: &str, old: &str, new: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            match starts_at(rest, old) {
                Some(len) => {
                    if !self.spend(new.len()) {
                        return None;
                    }
                    out.push_str(new);
                    rest = rest.get(len..)?;
                }
                None => {
                    out.push(char);
                    rest = rest.get(char.len_utf8()..)?;
                }
            }
        }
        Some(out)
    }
}

fn numbers(left: &Value, right: &Value, operate: fn(i64, i64) -> Option<i64>) -> Option<i64> {
    operate(left.to_int()?, right.to_int()?)
}

/// Returns whether an operator compares, so that it filters a list.
fn compares(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Equal { .. }
            | Operator::Match { .. }
            | Operator::Like { .. }
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
    )
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Char(_))
}

fn has_text(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Char(_) | Value::Int(_))
}

/// Compares as `-eq` does. A list on the left is filtered, which is not known here.
pub(super) fn is_equal(left: &Value, right: &Value, case: bool) -> Option<bool> {
    Some(match left {
        Value::Text(text) => {
            let right = right.to_text()?;
            if case { **text == right } else { fold_lower(text) == fold_lower(&right) }
        }
        Value::Null => matches!(right, Value::Null),
        Value::Bool(bool) => *bool == right.to_bool()?,
        Value::Int(_) | Value::Char(_) => left.to_int()? == right.to_int()?,
        _ => return None,
    })
}

fn to_char(value: &Value) -> Option<Value> {
    match value {
        Value::Char(_) => Some(value.clone()),
        Value::Text(text) => {
            let mut units = text.encode_utf16();
            let unit = units.next()?;
            units.next().is_none().then_some(Value::Char(unit))
        }
        value => Some(Value::Char(u16::try_from(value.to_int()?).ok()?)),
    }
}
