//! Expressions of `eval` and `where`, with no more parentheses than necessary.

use super::condition::write_condition;
use super::quote::quoted as quoted_search_text;
use crate::float;
use crate::search::ast::condition::Condition;
use crate::search::ast::eval_expr::{EvalExpr, Operator};

// Levels of precedence as in the parser; 0 is the loosest.
const NEGATION: u8 = 3;
const UNARY: u8 = 6;
const PRIMARY: u8 = 7;

/// Writes an expression; an error names what SPL cannot express.
pub(super) fn write_expr(expr: &EvalExpr) -> Result<String, String> {
    write_operand(expr, 0)
}

/// Writes an operand of an operator of the given level, in parentheses if it binds more loosely.
fn write_operand(expr: &EvalExpr, level: u8) -> Result<String, String> {
    let (own, text) = write_level(expr)?;
    // NOT extends as far to the right as possible, so it needs parentheses below any tighter operator.
    let fits = own >= level && !(level > NEGATION && matches!(expr, EvalExpr::Not(_)));
    Ok(if fits { text } else { format!("({text})") })
}

/// Writes a number with the fewest digits that parse to it.
fn write_number(number: f64) -> String {
    float::to_shortest(number, |read| read == number)
}

/// Writes an expression and returns the level of its operator.
fn write_level(expr: &EvalExpr) -> Result<(u8, String), String> {
    Ok(match expr {
        EvalExpr::Text(text) => (PRIMARY, quoted(text)),
        EvalExpr::Number(number) if *number < 0.0 => (UNARY, write_number(*number)),
        EvalExpr::Number(number) => (PRIMARY, write_number(*number)),
        EvalExpr::Field(name) => (PRIMARY, field(name)),
        EvalExpr::Regex(regex) => (PRIMARY, quoted(regex.source())),
        EvalExpr::Search(condition) => (PRIMARY, write_searchmatch(condition)?),
        EvalExpr::Not(inner) => (NEGATION, format!("NOT {}", write_operand(inner, NEGATION)?)),
        EvalExpr::Negate(inner) => (UNARY, format!("-{}", write_operand(inner, UNARY)?)),
        EvalExpr::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
            let level = level(*operator);
            let mut leaves = Vec::new();
            collect(*operator, expr, &mut leaves);
            let flat =
                EvalExpr::balanced(*operator, leaves.iter().copied().cloned().collect()) == *expr;
            let parts = if flat { leaves } else { vec![&**left, &**right] };
            let parts: Result<Vec<String>, String> =
                parts.into_iter().map(|part| write_operand(part, level + 1)).collect();
            (level, parts?.join(&format!(" {} ", symbol(*operator))))
        }
        EvalExpr::Binary(operator, left, right) => {
            let level = level(*operator);
            let left = match (&**left, level) {
                // Without parentheses, NOT would negate the comparison.
                (EvalExpr::Not(_), NEGATION) => format!("({})", write_operand(left, 0)?),
                _ => write_operand(left, level)?,
            };
            (level, format!("{left} {} {}", symbol(*operator), write_operand(right, level + 1)?))
        }
        EvalExpr::Call(function, arguments) => {
            let arguments: Result<Vec<String>, String> = arguments.iter().map(write_expr).collect();
            (PRIMARY, format!("{}({})", function.name, arguments?.join(", ")))
        }
    })
}

/// Collects the operands of nested uses of one operator, from left to right.
fn collect<'a>(operator: Operator, expr: &'a EvalExpr, leaves: &mut Vec<&'a EvalExpr>) {
    match expr {
        EvalExpr::Binary(own, left, right) if *own == operator => {
            collect(operator, left, leaves);
            collect(operator, right, leaves);
        }
        leaf => leaves.push(leaf),
    }
}

fn level(operator: Operator) -> u8 {
    match operator {
        Operator::Xor => 0,
        Operator::Or => 1,
        Operator::And => 2,
        Operator::Add | Operator::Subtract | Operator::Concatenate => 4,
        Operator::Multiply | Operator::Divide | Operator::Remainder => 5,
        _ => NEGATION,
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Xor => "XOR",
        Operator::Or => "OR",
        Operator::And => "AND",
        Operator::Equal => "=",
        Operator::Unequal => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Like => "LIKE",
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Concatenate => ".",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
    }
}

/// Quotes a string literal as `eval` reads it.
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"))
}

/// Writes the name of a field, in single quotes if necessary.
fn field(name: &str) -> String {
    let word = |char: char| char.is_alphanumeric() || char == '_';
    let first = name.chars().next().is_some_and(|char| word(char) && !char.is_numeric());
    let operators = ["and", "or", "xor", "not", "like", "in"];
    let operator = operators.iter().any(|operator| name.eq_ignore_ascii_case(operator));
    if first && name.chars().all(word) && !operator {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Writes a condition as the argument of `searchmatch`.
fn write_searchmatch(condition: &Condition) -> Result<String, String> {
    match write_condition(condition) {
        Some(text) => Ok(quoted_search_text(&text)),
        None => Err("searchmatch() cannot express this condition".into()),
    }
}
