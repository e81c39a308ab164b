//! Whether a condition depends on the time of the run, and its time-independent part.

use crate::search::ast::condition::Condition;
use crate::search::ast::eval_expr::EvalExpr;

impl Condition {
    /// Whether the condition depends on the time at which the search runs.
    pub(crate) fn depends_on_now(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::depends_on_now),
            Self::Not(part) => part.depends_on_now(),
            Self::Field { .. } | Self::Keyword(_) => false,
            Self::Time(range) => range.depends_on_now(),
            Self::Where(expr) => expr.depends_on_now(),
        }
    }

    /// Returns the condition with every part that depends on the time of the run replaced by true: a superset that can
    /// be evaluated before that time is known.
    pub(crate) fn time_independent(&self) -> Self {
        match self {
            Self::All(parts) => Self::All(parts.iter().map(Self::time_independent).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(Self::time_independent).collect()),
            part if part.depends_on_now() => Self::All(Vec::new()),
            part => part.clone(),
        }
    }
}

impl EvalExpr {
    /// Whether the value depends on the time at which the search runs.
    pub(crate) fn depends_on_now(&self) -> bool {
        match self {
            Self::Not(inner) | Self::Negate(inner) => inner.depends_on_now(),
            Self::Binary(_, left, right) => left.depends_on_now() || right.depends_on_now(),
            Self::Call(function, arguments) => {
                function.depends_on_now() || arguments.iter().any(Self::depends_on_now)
            }
            Self::Search(condition) => condition.depends_on_now(),
            Self::Text(_) | Self::Number(_) | Self::Field(_) | Self::Regex(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    #[test]
    fn parts_that_depend_on_now_become_true() {
        let read = |text| Search::parse_condition(text, &Library::new()).unwrap();
        assert!(!read("earliest=100 a=1").depends_on_now());
        let relative = read("a=1 earliest=-1h (b=2 OR latest=@d) NOT earliest=-2h");
        assert!(relative.depends_on_now());
        let unchanged = read("a=1 (b=2)").time_independent();
        assert_eq!(unchanged, read("a=1 b=2"));
        assert!(!relative.time_independent().depends_on_now());
    }
}
