//! [`SearchCost`]: the cost of a search as far as its text tells, so that it is the same for any logs.

use crate::literal::Required;
use crate::search::ast::command::{Command, MakeMvSplit, SedEdit};
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::ast::stats::{AggregateInput, StreamStats};

/// The cost of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchCost {
    /// Number of literals of which a text must contain one before the search is evaluated on it.
    pub literals: usize,
    /// Number of regular expressions.
    pub patterns: usize,
    /// Whether the search has no such literals, so that it is evaluated on every text.
    pub every_block: bool,
}

/// Returns the cost of a search that requires the literals `required`.
pub(crate) fn cost(base: &Condition, commands: &[Command], required: &Required) -> SearchCost {
    let patterns = in_condition(base) + commands.iter().map(in_command).sum::<usize>();
    let clause = required.clause();
    let literals = clause.as_ref().map_or(0, Vec::len);
    SearchCost { literals, patterns, every_block: clause.is_none() }
}

fn in_condition(condition: &Condition) -> usize {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().map(in_condition).sum(),
        Condition::Not(part) => in_condition(part),
        Condition::Field { predicate, .. } | Condition::Keyword(predicate) => {
            in_predicate(predicate)
        }
        Condition::Time(_) => 0,
        Condition::Where(expr) => in_expr(expr),
    }
}

fn in_predicate(predicate: &Predicate) -> usize {
    match predicate {
        Predicate::Regex(_) => 1,
        Predicate::OneOf(predicates) => predicates.iter().map(in_predicate).sum(),
        Predicate::Not(predicate) | Predicate::TimePart(_, predicate) => in_predicate(predicate),
        _ => 0,
    }
}

fn in_expr(expr: &EvalExpr) -> usize {
    match expr {
        EvalExpr::Regex(_) => 1,
        EvalExpr::Search(condition) => in_condition(condition),
        EvalExpr::Not(inner) | EvalExpr::Negate(inner) => in_expr(inner),
        EvalExpr::Binary(_, left, right) => in_expr(left) + in_expr(right),
        EvalExpr::Call(_, arguments) => arguments.iter().map(in_expr).sum(),
        EvalExpr::Text(_) | EvalExpr::Number(_) | EvalExpr::Field(_) => 0,
    }
}

fn in_command(command: &Command) -> usize {
    match command {
        Command::Search(condition) => in_condition(condition),
        Command::Where(expr) => in_expr(expr),
        Command::Regex { .. }
        | Command::Rex { .. }
        | Command::Sed { edit: SedEdit::Replace { .. }, .. }
        | Command::MakeMv { split: MakeMvSplit::Tokens(_), .. } => 1,
        Command::Transaction(own) => {
            own.starts_with.iter().chain(&own.ends_with).map(in_condition).sum()
        }
        Command::Stats(stats)
        | Command::EventStats(stats)
        | Command::StreamStats(StreamStats { stats, .. }) => {
            let inputs = stats.aggregates.iter().filter_map(|own| own.input.as_ref());
            inputs
                .map(|input| match input {
                    AggregateInput::Field(_) => 0,
                    AggregateInput::Expr(expr) => in_expr(expr),
                })
                .sum()
        }
        Command::Eval(fields) => fields.iter().map(|(_, expr)| in_expr(expr)).sum(),
        Command::Filter { commands, .. } => commands.iter().map(in_command).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Library, Search};

    #[test]
    fn literals_and_patterns_are_counted() {
        let cost = |text: &str| Search::parse(text, &Library::new()).unwrap().cost();
        let two = "EventCode=4104 ScriptBlockText IN (\"*Invoke-Mimikatz*\", \"*Out-Minidump*\")";
        assert_eq!(cost(two), SearchCost { literals: 2, patterns: 0, every_block: false });
        let patterns = "EventCode=4104 | regex ScriptBlockText=\"(?i)mimi(katz|dogz)\" \
                        | eval a=if(match(ScriptBlockText, \"x+\"), 1, 0) | rex \"(?<b>y)\" | where a=1";
        assert_eq!(cost(patterns).patterns, 3);
        assert!(cost("EventCode=4104").every_block);
    }
}
