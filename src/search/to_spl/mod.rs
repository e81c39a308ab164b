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
