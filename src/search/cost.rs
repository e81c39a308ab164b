//! What a search costs, told from its text alone, so that it is the same for any logs.

use crate::search::Search;
use crate::search::command::{Command, Cut, Edit};
use crate::search::condition::{Expr, Test};
use crate::search::eval_expr::Formula;

/// What a search costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Literals of which one must stand in a text before the search looks at it.
    pub literals: usize,
    /// Regular expressions in it.
    pub patterns: usize,
    /// It has no such literals, so it looks at every text.
    pub every_block: bool,
}

impl Search {
    /// What it costs.
    pub fn cost(&self) -> Cost {
        let mut patterns = in_expr(self.base());
        patterns += self.commands().iter().map(in_command).sum::<usize>();
        let required = self.required();
        let clause = required.clause();
        let literals = clause.as_ref().map_or(0, Vec::len);
        Cost { literals, patterns, every_block: clause.is_none() }
    }
}

fn in_expr(expr: &Expr) -> usize {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().map(in_expr).sum(),
        Expr::Not(part) => in_expr(part),
        Expr::Field { test, .. } | Expr::Keyword(test) => in_test(test),
        Expr::Time(_) => 0,
        Expr::Where(formula) => in_formula(formula),
    }
}

fn in_test(test: &Test) -> usize {
    match test {
        Test::Regex(_) => 1,
        Test::OneOf(tests) => tests.iter().map(in_test).sum(),
        Test::Differs(test) | Test::TimePart(_, test) => in_test(test),
        _ => 0,
    }
}

fn in_formula(formula: &Formula) -> usize {
    match formula {
        Formula::Regex(_) => 1,
        Formula::Search(expr) => in_expr(expr),
        Formula::Not(inner) | Formula::Negate(inner) => in_formula(inner),
        Formula::Binary(_, left, right) => in_formula(left) + in_formula(right),
        Formula::Call(_, arguments) => arguments.iter().map(in_formula).sum(),
        Formula::Text(_) | Formula::Number(_) | Formula::Field(_) => 0,
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

    fn cost(text: &str) -> Cost {
        Search::parse(text, &Library::new()).unwrap().cost()
    }

    #[test]
    fn literals_and_patterns_are_counted() {
        let two = "EventCode=4104 ScriptBlockText IN (\"*Invoke-Mimikatz*\", \"*Out-Minidump*\")";
        assert_eq!(cost(two), Cost { literals: 2, patterns: 0, every_block: false });
        let patterns = "EventCode=4104 | regex ScriptBlockText=\"(?i)mimi(katz|dogz)\" \
                        | eval a=if(match(ScriptBlockText, \"x+\"), 1, 0) | rex \"(?<b>y)\" | where a=1";
        assert_eq!(cost(patterns).patterns, 3);
        assert!(cost("EventCode=4104").every_block);
    }
}
