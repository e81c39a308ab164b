//! Which conditions read the script's text, and nothing else: equal texts give them equal results.

use crate::event::{MEASURES, canonical};
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::ast::eval_expr::EvalExpr;

impl Condition {
    /// Calls `each` with the conditions that all must hold, in order, until it returns false. Returns whether it never did.
    pub(crate) fn each_conjunct<'a>(&'a self, each: &mut dyn FnMut(&'a Self) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.each_conjunct(each)),
            part => each(part),
        }
    }

    /// Whether the condition reads nothing but the script's text.
    pub(crate) fn reads_only_text(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::reads_only_text),
            Self::Not(part) => part.reads_only_text(),
            Self::Field { name, predicate } => is_text(name) && !refers_to_field(predicate),
            Self::Keyword(_) | Self::Time(_) => false,
            Self::Where(expr) => expr.reads_only_text(),
        }
    }

    /// Whether the condition may read the script's text. Many fields contain it, such as the message.
    pub(crate) fn may_read_text(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::may_read_text),
            Self::Not(part) => part.may_read_text(),
            Self::Field { name, predicate } => may_be_of_text(name) || refers_to_field(predicate),
            Self::Time(_) => false,
            Self::Keyword(_) | Self::Where(_) => true,
        }
    }
}

impl EvalExpr {
    fn reads_only_text(&self) -> bool {
        match self {
            Self::Field(name) => is_text(name),
            Self::Not(inner) | Self::Negate(inner) => inner.reads_only_text(),
            Self::Binary(_, left, right) => left.reads_only_text() && right.reads_only_text(),
            Self::Call(function, arguments) => {
                !function.depends_on_now() && arguments.iter().all(Self::reads_only_text)
            }
            Self::Search(condition) => condition.reads_only_text(),
            Self::Text(_) | Self::Number(_) | Self::Regex(_) => true,
        }
    }
}

fn is_text(field: &str) -> bool {
    canonical(field) == "ScriptBlockText" || field.starts_with(MEASURES)
}

/// Whether the value of a field may change with the text. Of the fields that rules ask for most it does not.
fn may_be_of_text(field: &str) -> bool {
    !matches!(
        canonical(field),
        "EventCode" | "Computer" | "UserID" | "Channel" | "source" | "sourcetype" | "Name" | "Path"
    )
}

fn refers_to_field(predicate: &Predicate) -> bool {
    let mut refers = false;
    predicate.each_field(&mut |_| refers = true);
    refers
}

#[cfg(test)]
mod tests {
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    #[test]
    fn conditions_of_the_text_are_those_that_read_no_other_field() {
        for (condition, only, may) in [
            ("ScriptBlockText=*a*", true, true),
            ("powershell.file.script_block_text=*a*", true, true),
            ("ScriptBlockText=*a* OR NOT ScriptBlockText=*b*", true, true),
            ("ScriptBlockText=*a* OR Computer=b", false, true),
            ("NOT ScriptBlockText=*a*", true, true),
            ("EventCode=4104", false, false),
            ("NOT (EventCode=4103 OR Computer=a)", false, false),
            ("Message=*a*", false, true),
            ("agent=a", false, true),
            ("obfuscation.layers>1", true, true),
            ("mimikatz", false, true),
            ("earliest=-1h", false, false),
        ] {
            let condition = Search::parse_condition(condition, &Library::new()).unwrap();
            let found = (condition.reads_only_text(), condition.may_read_text());
            assert_eq!(found, (only, may), "{condition:?}");
        }
        for (search, expected) in [
            ("a=1 | where match(ScriptBlockText, \"a\")", true),
            ("a=1 | where len(ScriptBlockText) > 5 AND searchmatch(\"ScriptBlockText=*a*\")", true),
            ("a=1 | where ScriptBlockText=Computer", false),
            ("a=1 | where now() > 5", false),
            ("a=1 | where searchmatch(\"a\")", false),
        ] {
            let search = Search::parse(search, &Library::new()).unwrap();
            let condition = search.commands()[0].condition().unwrap();
            assert_eq!(condition.reads_only_text(), expected, "{condition:?}");
        }
    }
}
