//! Writes searches as SPL.
//!
//! A search that was parsed from SPL is written so that it parses to an equal one. A condition of a Sigma rule that
//! `search` cannot express becomes an equivalent `where`.
//!
//! ```
//! use scriptscope::internal::search::{Condition, Predicate, Search, Wildcard};
//!
//! let cased = Predicate::Matches(Wildcard::contains("IEX", true));
//! let search = Search::from_parts(Condition::field("ScriptBlockText", cased), Vec::new());
//! let spl = search.to_spl().unwrap();
//! assert!(spl.starts_with("| where isnotnull(ScriptBlockText) AND match(ScriptBlockText, "));
//! ```

mod command;
mod condition;
mod expression;
mod quote;
mod where_fallback;

pub(crate) use quote::quoted;

use crate::search::ast::command::Command;
use crate::search::ast::condition::Condition;
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use command::write_command;
use condition::{write_condition, write_conjunct};
use expression::write_expr;

/// Writes a search; an error names what SPL cannot express.
pub(super) fn search(base: &Condition, commands: &[Command]) -> Result<String, String> {
    let (mut text, inexpressible) = split(base)?;
    let mut pipe = |command: &str| {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str("| ");
        text.push_str(command);
    };
    if let Some(expr) = inexpressible {
        pipe(&format!("where {}", write_expr(&expr)?));
    }
    for command in commands {
        pipe(&write_command(command)?);
    }
    Ok(text)
}

/// Splits a condition into the text of the conjuncts that `search` can express and an expression for the others.
fn split(base: &Condition) -> Result<(String, Option<EvalExpr>), String> {
    let parts = match base {
        Condition::All(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    let (mut texts, mut exprs) = (Vec::new(), Vec::new());
    for part in parts {
        let text = if parts.len() == 1 { write_condition(part) } else { write_conjunct(part) };
        match text {
            Some(text) => texts.push(text),
            None => exprs.push(where_fallback::to_expr(part)?),
        }
    }
    let expr = (!exprs.is_empty()).then(|| EvalExpr::balanced(Operator::And, exprs));
    Ok((texts.join(" "), expr))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regex::{Regex, RegexFlags};
    use crate::search::ast::condition::{Comparison, FieldRelation, Predicate};
    use crate::search::values::wildcard::Wildcard;

    fn spl(base: Condition) -> String {
        search(&base, &[]).unwrap_or_else(|error| format!("error: {error}"))
    }

    fn is(name: &str, value: &str) -> Condition {
        Condition::field(name, Predicate::Matches(Wildcard::splunk(value)))
    }

    #[test]
    fn conditions_that_search_can_express() {
        let (a, b) = (|| is("a", "1*"), || is("b", "x"));
        for (condition, expected) in [
            (Condition::All(vec![]), ""),
            (Condition::Any(vec![]), "NOT *"),
            (Condition::All(vec![a(), b()]), "a=\"1*\" b=\"x\""),
            (Condition::Any(vec![a(), b()]), "a=\"1*\" OR b=\"x\""),
            (
                Condition::All(vec![a(), Condition::Any(vec![a(), b()])]),
                "a=\"1*\" (a=\"1*\" OR b=\"x\")",
            ),
            (
                Condition::Any(vec![a(), Condition::All(vec![a(), b()])]),
                "a=\"1*\" OR (a=\"1*\" b=\"x\")",
            ),
            (Condition::Not(Box::new(a())), "NOT a=\"1*\""),
            (Condition::absent("a b"), "NOT \"a b\"=*"),
            (Condition::field("a", Predicate::Number("7".into())), "a=7"),
            (Condition::field("a", Predicate::Compare(Comparison::Less, "7".into())), "a<\"7\""),
            (Condition::Keyword(Predicate::Matches(Wildcard::contains("x", false))), "\"*x*\""),
        ] {
            assert_eq!(spl(condition), expected);
        }
    }

    #[test]
    fn conditions_of_sigma_rules_become_where() {
        let field = |predicate| Condition::field("a", predicate);
        let regex = |source| {
            let flags = RegexFlags { caseless: true, ..RegexFlags::default() };
            Predicate::Regex(Regex::new(source, flags).unwrap())
        };
        let fieldref =
            |relation| Predicate::FieldRef { field: "b".into(), relation, case_sensitive: true };
        for (condition, expected) in [
            (
                Condition::All(vec![is("b", "x"), field(regex("y+"))]),
                "b=\"x\" | where isnotnull(a) AND match(a, \"(?i)y+\")",
            ),
            (
                Condition::Not(Box::new(field(regex("y")))),
                "| where NOT (isnotnull(a) AND match(a, \"(?i)y\"))",
            ),
            (
                field(Predicate::Matches(Wildcard::literal("a*", false))),
                "| where isnotnull(a) AND match(a, \"(?is)\\\\Aa\\\\*\\\\z\")",
            ),
            (
                field(fieldref(FieldRelation::Equals)),
                "| where isnotnull(a) AND isnotnull(b) AND \"=\" . a = \"=\" . b",
            ),
            (
                field(fieldref(FieldRelation::Contains)),
                "| where isnotnull(a) AND isnotnull(b) AND mvcount(split(a, b)) > 1",
            ),
            (
                field(Predicate::Cidr(
                    crate::search::values::cidr::Cidr::parse("10.0.0.0/8").unwrap(),
                )),
                "a=\"10.0.0.0/8\"",
            ),
        ] {
            assert_eq!(spl(condition), expected);
        }
    }
}
