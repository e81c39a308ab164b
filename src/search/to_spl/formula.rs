//! Formulas of `eval` and `where`, with no more parentheses than they need.

use super::condition;
use crate::float;
use crate::search::condition::Condition;
use crate::search::eval_expr::{EvalExpr, Operator};
use crate::search::parse::balanced;

/// How tightly a formula holds together, 0 being the loosest: as the levels of the parser.
const NEGATION: u8 = 3;
const UNARY: u8 = 6;
const PRIMARY: u8 = 7;

pub(super) fn text(formula: &EvalExpr) -> Result<String, String> {
    at(formula, 0)
}

/// The formula where only what holds as tightly as `level` can stand.
fn at(formula: &EvalExpr, level: u8) -> Result<String, String> {
    let (own, text) = write(formula)?;
    // NOT reaches as far to the right as it can, so it stands alone only where nothing tighter does.
    let fits = own >= level && !(level > NEGATION && matches!(formula, EvalExpr::Not(_)));
    Ok(if fits { text } else { format!("({text})") })
}

/// In digits that read back as the number.
fn written(number: f64) -> String {
    float::to_shortest(number, |read| read == number)
}

fn write(formula: &EvalExpr) -> Result<(u8, String), String> {
    Ok(match formula {
        EvalExpr::Text(text) => (PRIMARY, quoted(text)),
        EvalExpr::Number(number) if *number < 0.0 => (UNARY, written(*number)),
        EvalExpr::Number(number) => (PRIMARY, written(*number)),
        EvalExpr::Field(name) => (PRIMARY, field(name)),
        EvalExpr::Regex(regex) => (PRIMARY, quoted(regex.source())),
        EvalExpr::Search(expr) => (PRIMARY, quoted_search(expr)?),
        EvalExpr::Not(inner) => (NEGATION, format!("NOT {}", at(inner, NEGATION)?)),
        EvalExpr::Negate(inner) => (UNARY, format!("-{}", at(inner, UNARY)?)),
        EvalExpr::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
            let level = level(*operator);
            let mut leaves = Vec::new();
            collect(*operator, formula, &mut leaves);
            let flat = balanced(*operator, leaves.iter().copied().cloned().collect()) == *formula;
            let parts = if flat { leaves } else { vec![&**left, &**right] };
            let parts: Result<Vec<String>, String> =
                parts.into_iter().map(|part| at(part, level + 1)).collect();
            (level, parts?.join(&format!(" {} ", symbol(*operator))))
        }
        EvalExpr::Binary(operator, left, right) => {
            let level = level(*operator);
            let left = match (&**left, level) {
                // Before a comparison, NOT would take the comparison with it.
                (EvalExpr::Not(_), NEGATION) => format!("({})", at(left, 0)?),
                _ => at(left, level)?,
            };
            (level, format!("{left} {} {}", symbol(*operator), at(right, level + 1)?))
        }
        EvalExpr::Call(function, arguments) => {
            let arguments: Result<Vec<String>, String> = arguments.iter().map(text).collect();
            (PRIMARY, format!("{}({})", function.name, arguments?.join(", ")))
        }
    })
}

fn collect<'a>(operator: Operator, formula: &'a EvalExpr, leaves: &mut Vec<&'a EvalExpr>) {
    match formula {
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

/// In double quotes, as `eval` reads them.
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"))
}

/// A field's name, in single quotes where it needs them.
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

/// A condition of `search` as the text that `searchmatch` takes.
fn quoted_search(expr: &Condition) -> Result<String, String> {
    match condition(expr) {
        Some(text) => Ok(super::quoted(&text)),
        None => Err("searchmatch() cannot say this condition".into()),
    }
}
