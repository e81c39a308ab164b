//! Natural numbers of any size, and operators of numbers that are no `i64`.

use super::Evaluator;
use super::reals::parse_real;
use super::value::Value;
use crate::limits;
use crate::script::parse::Operator;
use std::rc::Rc;

/// Parses a natural number of any size, in base 10 or 16, to its words, the lowest first.
fn parse_big(text: &str, radix: u32) -> Option<Value> {
    if text.is_empty() || text.len() > limits::BIG_DIGITS {
        return None;
    }
    let mut words: Vec<u32> = Vec::with_capacity(text.len() / 8);
    for char in text.chars() {
        let mut carry = u64::from(char.to_digit(radix)?);
        for word in &mut words {
            carry += u64::from(*word) * u64::from(radix);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    Some(big(words))
}

/// Returns a number of words: an `Int` if it is one.
fn big(mut words: Vec<u32>) -> Value {
    while words.last() == Some(&0) {
        words.pop();
    }
    let low = |at: usize| u64::from(words.get(at).copied().unwrap_or(0));
    match i64::try_from(low(1) << 32 | low(0)) {
        Ok(number) if words.len() <= 2 => Value::Int(number),
        _ => Value::Big(Rc::new(words)),
    }
}

/// Returns the bytes of a number that is not negative, the lowest first, as `BigInteger.ToByteArray` does.
pub(super) fn big_bytes(value: &Value) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = match value {
        Value::Big(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        value => u64::try_from(value.to_int()?).ok()?.to_le_bytes().to_vec(),
    };
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    // The highest bit is the sign.
    if bytes.last().is_none_or(|byte| *byte >= 0x80) {
        bytes.push(0);
    }
    Some(bytes)
}

impl Evaluator<'_> {
    /// Parses a natural number of any size.
    pub(super) fn parse_big(&mut self, text: &str, radix: u32) -> Option<Value> {
        let text = text.trim();
        // Reading it takes the square of its length.
        let work = text.len().saturating_mul(text.len()) / 32;
        if self.charge(work) { parse_big(text, radix) } else { None }
    }

    /// Applies an operator of which an operand is no `i64`. Returns `None` within if it is to be applied as others are.
    pub(super) fn operate_numbers(
        &mut self,
        operator: Operator,
        left: &Value,
        right: &Value,
    ) -> Option<Option<Value>> {
        if let Value::Big(words) = left {
            return self.operate_big(operator, words, right.to_int()?).map(Some);
        }
        let is_real = |value: &Value| {
            matches!(value, Value::Real(_))
                || matches!(value, Value::Text(text) if text.contains('.') && parse_real(text).is_some())
        };
        let is_fraction = operator == Operator::Divide
            && matches!((left.to_int(), right.to_int()), (Some(left), Some(right)) if right != 0 && left % right != 0);
        let is_number = matches!(left, Value::Int(_)) && is_real(right);
        if !is_fraction && !is_number && !matches!(left, Value::Real(_)) {
            return Some(None);
        }
        let (left, right) = (left.to_real()?, right.to_real()?);
        let result = match operator {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            Operator::Remainder => left % right,
            Operator::Equal { negated, .. } => {
                return Some(Some(Value::Bool((left == right) != negated)));
            }
            Operator::Less => return Some(Some(Value::Bool(left < right))),
            Operator::LessOrEqual => return Some(Some(Value::Bool(left <= right))),
            Operator::Greater => return Some(Some(Value::Bool(left > right))),
            Operator::GreaterOrEqual => return Some(Some(Value::Bool(left >= right))),
            _ => return Some(None),
        };
        result.is_finite().then_some(Some(Value::Real(result)))
    }

    fn operate_big(&mut self, operator: Operator, words: &[u32], right: i64) -> Option<Value> {
        if !self.step(words.len() / 8 + 1) {
            return None;
        }
        Some(match operator {
            Operator::Divide | Operator::Remainder => {
                let divisor = u32::try_from(right).ok().filter(|divisor| *divisor > 0)?;
                divide_big(words, divisor, operator == Operator::Divide)
            }
            Operator::ShiftRight => {
                let bits = u32::try_from(right).ok()?;
                let rest = words.get(bits as usize / 32..).unwrap_or_default();
                match bits % 32 {
                    0 => big(rest.to_vec()),
                    bits => divide_big(rest, 1 << bits, true),
                }
            }
            Operator::BitAnd => {
                let low =
                    u64::from(words.get(1).copied()?) << 32 | u64::from(words.first().copied()?);
                Value::Int(i64::try_from(low & u64::try_from(right).ok()?).ok()?)
            }
            Operator::Equal { negated, .. } => Value::Bool(negated),
            Operator::Greater | Operator::GreaterOrEqual => Value::Bool(true),
            Operator::Less | Operator::LessOrEqual => Value::Bool(false),
            _ => return None,
        })
    }
}

/// Returns the quotient or the remainder.
fn divide_big(words: &[u32], divisor: u32, is_quotient: bool) -> Value {
    let mut quotient = words.to_vec();
    let mut rest = 0;
    for word in quotient.iter_mut().rev() {
        rest = rest << 32 | u64::from(*word);
        *word = (rest / u64::from(divisor)) as u32;
        rest %= u64::from(divisor);
    }
    if is_quotient { big(quotient) } else { big(vec![rest as u32]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_have_the_bytes_of_a_big_integer() {
        let bytes = |text: &str, radix: u32| big_bytes(&parse_big(text, radix).unwrap()).unwrap();
        assert_eq!(bytes("0", 10), [0]);
        assert_eq!(bytes("255", 10), [255, 0]);
        assert_eq!(bytes("0102030405060708090a", 16), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(bytes("36893488147419103232", 10), [0, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert!(parse_big("1x", 10).is_none() && parse_big("", 10).is_none());
        assert!(parse_big(&"9".repeat(limits::BIG_DIGITS + 1), 10).is_none());
    }
}
