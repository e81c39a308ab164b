//! What a search costs, told from its text alone, so that it is the same for any logs.

use crate::search::Search;
use crate::search::command::{Command, Cut, Edit};
use crate::search::condition::{Condition, Predicate};
use crate::search::eval_expr::EvalExpr;

/// What a search costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchCost {
    /// Literals of which one must stand in a text before the search looks at it.
    pub literals: usize,
    /// Regular expressions in it.
    pub patterns: usize,
    /// It has no such literals, so it looks at every text.
    pub every_block: bool,
}

impl Search {
    /// What it costs.
    pub fn cost(&self) -> SearchCost {
        let mut patterns = in_expr(self.base());
        patterns += self.commands().iter().map(in_command).sum::<usize>();
        let required = self.required();
        let clause = required.clause();
        let literals = clause.as_ref().map_or(0, Vec::len);
        SearchCost { literals, patterns, every_block: clause.is_none() }
    }
}

fn in_expr(expr: &Condition) -> usize {
    match expr {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().map(in_expr).sum(),
        Condition::Not(part) => in_expr(part),
        Condition::Field { predicate, .. } | Condition::Keyword(predicate) => in_test(predicate),
        Condition::Time(_) => 0,
        Condition::Where(formula) => in_formula(formula),
    }
}

fn in_test(predicate: &Predicate) -> usize {
    match predicate {
        Predicate::Regex(_) => 1,
        Predicate::OneOf(predicates) => predicates.iter().map(in_test).sum(),
        Predicate::Not(predicate) | Predicate::TimePart(_, predicate) => in_test(predicate),
        _ => 0,
    }
}

fn in_formula(formula: &EvalExpr) -> usize {
    match formula {
        EvalExpr::Regex(_) => 1,
        EvalExpr::Search(expr) => in_expr(expr),
        EvalExpr::Not(inner) | EvalExpr::Negate(inner) => in_formula(inner),
        EvalExpr::Binary(_, left, right) => in_formula(left) + in_formula(right),
        EvalExpr::Call(_, arguments) => arguments.iter().map(in_formula).sum(),
        EvalExpr::Text(_) | EvalExpr::Number(_) | EvalExpr::Field(_) => 0,
    }
}

fn in_command(command: &Command) -> usize {
    match command {
        Command::Search(expr) => in_expr(expr),
        Command::Where(formula) => in_formula(formula),
        Command::Regex { .. }
        | Command::Rex { .. }
        | Command::Sed { edit: Edit::Replace { .. }, .. }
        | Command::MakeMv { cut: Cut::Tokens(_), .. } => 1,
        Command::Eval(fields) => fields.iter().map(|(_, formula)| in_formula(formula)).sum(),
        Command::Filter { commands, .. } => commands.iter().map(in_command).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Library;

    fn cost(text: &str) -> SearchCost {
        Search::parse(text, &Library::new()).unwrap().cost()
    }

    #[test]
    fn literals_and_patterns_are_counted() {
        let two = "EventCode=4104 ScriptBlockText IN (\"*Invoke-Mimikatz*\", \"*Out-Minidump*\")";
        assert_eq!(cost(two), SearchCost { literals: 2, patterns: 0, every_block: false });
        let patterns = "EventCode=4104 | regex ScriptBlockText=\"(?i)mimi(katz|dogz)\" \
                        | eval a=if(match(ScriptBlockText, \"x+\"), 1, 0) | rex \"(?<b>y)\" | where a=1";
        assert_eq!(cost(patterns).patterns, 3);
        assert!(cost("EventCode=4104").every_block);
    }
}
