//! The literals that a script's text must contain for a search to select it. The prefilter of all rules looks for them.

use crate::event::{MEASURES, canonical};
use crate::literal::{OBFUSCATED, Required};
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::ast::function::FunctionId;
use crate::search::values::wildcard::Wildcard;

/// Returns literals that every selected text contains, reduced to a bounded number of them.
pub(crate) fn required(condition: &Condition) -> Required {
    of_condition(condition).bounded()
}

fn of_condition(condition: &Condition) -> Required {
    match condition {
        Condition::All(parts) => Required::all(parts.iter().map(of_condition)),
        Condition::Any(parts) => Required::any(parts.iter().map(of_condition)),
        Condition::Field { name, predicate } if canonical(name) == "ScriptBlockText" => {
            of_predicate(predicate)
        }
        Condition::Where(expr) => of_expr(expr),
        // Absent in scripts in which nothing is hidden.
        Condition::Field { name, predicate }
            if name.starts_with(MEASURES) && !matches!(predicate, Predicate::Not(_)) =>
        {
            Required::Literal(OBFUSCATED.to_owned())
        }
        Condition::Field { .. }
        | Condition::Keyword(_)
        | Condition::Not(_)
        | Condition::Time(_) => Required::Nothing,
    }
}

/// Returns literals that every value contains that satisfies `predicate`.
pub(crate) fn of_predicate(predicate: &Predicate) -> Required {
    match predicate {
        Predicate::Matches(wildcard) => of_wildcard(wildcard),
        Predicate::Regex(regex) => regex.required().clone(),
        Predicate::OneOf(predicates) => Required::any(predicates.iter().map(of_predicate)),
        _ => Required::Nothing,
    }
}

fn of_wildcard(wildcard: &Wildcard) -> Required {
    Required::all(wildcard.literals().map(Required::from_literal))
}

fn of_expr(expr: &EvalExpr) -> Required {
    match expr {
        EvalExpr::Search(condition) => of_condition(condition),
        EvalExpr::Binary(Operator::And, left, right) => {
            Required::all([of_expr(left), of_expr(right)])
        }
        EvalExpr::Binary(Operator::Or, left, right) => {
            Required::any([of_expr(left), of_expr(right)])
        }
        EvalExpr::Binary(Operator::Equal, left, right) => match (&**left, &**right) {
            (input, EvalExpr::Text(text)) | (EvalExpr::Text(text), input) if is_script(input) => {
                Required::from_literal(text)
            }
            _ => Required::Nothing,
        },
        EvalExpr::Binary(
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
            left,
            right,
        ) if [left, right].iter().any(|side| is_measure(side)) => {
            Required::Literal(OBFUSCATED.to_owned())
        }
        EvalExpr::Binary(Operator::Like, input, pattern) => of_like(input, pattern),
        EvalExpr::Call(function, arguments) => match (function.id, arguments.as_slice()) {
            (FunctionId::Match, [input, EvalExpr::Regex(regex)]) if is_script(input) => {
                regex.required().clone()
            }
            (FunctionId::Like, [input, pattern]) => of_like(input, pattern),
            (FunctionId::SearchMatch, [inner]) => of_expr(inner),
            _ => Required::Nothing,
        },
        _ => Required::Nothing,
    }
}

fn of_like(input: &EvalExpr, pattern: &EvalExpr) -> Required {
    match pattern {
        EvalExpr::Text(pattern) if is_script(input) => of_wildcard(&Wildcard::from_like(pattern)),
        _ => Required::Nothing,
    }
}

fn is_measure(expr: &EvalExpr) -> bool {
    matches!(expr, EvalExpr::Field(name) if name.starts_with(MEASURES))
}

/// Whether the expression is the script's text, possibly in lower or upper case: literals are compared in any case.
fn is_script(expr: &EvalExpr) -> bool {
    match expr {
        EvalExpr::Field(name) => canonical(name) == "ScriptBlockText",
        EvalExpr::Call(function, arguments) => {
            matches!(function.id, FunctionId::Lower | FunctionId::Upper)
                && arguments.first().is_some_and(is_script)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    #[test]
    fn literals_come_from_conditions_on_the_script() {
        for (search, text, is_met) in [
            ("ScriptBlockText=\"*abc*def*\"", "xabcxdef", true),
            ("ScriptBlockText=\"*abc*def*\"", "xabc", false),
            ("ScriptBlockText IN (\"*abc*\", \"*def*\")", "def", true),
            ("ScriptBlockText IN (\"*abc*\", \"*def*\")", "ghi", false),
            ("Computer=\"abc\"", "ghi", true),
            ("NOT ScriptBlockText=\"*abc*\"", "ghi", true),
            ("* | where like(ScriptBlockText, \"%abc%\")", "ghi", false),
            ("* | where match(lower(ScriptBlockText), \"abc\\d\")", "ghi", false),
            ("* | where ScriptBlockText=\"abc\" OR a=1", "ghi", true),
            ("* | where searchmatch(\"ScriptBlockText=*abc*\")", "ghi", false),
            ("* | head 5 | where ScriptBlockText=\"abc\"", "ghi", true),
        ] {
            let required = Search::parse(search, &Library::new()).unwrap().required();
            assert_eq!(required.is_met(&|literal| text.contains(literal)), is_met, "{search}");
        }
    }
}
