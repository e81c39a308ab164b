//! [`EvalExpr`]: the expressions of `eval` and `where`.

use crate::regex::Regex;
use crate::search::ast::condition::Condition;
use crate::search::ast::function::{Function, ResultKind};

/// An expression of `eval` or `where`. An absent field is null; a comparison with null is null.
#[derive(Clone, Debug, PartialEq)]
pub enum EvalExpr {
    /// A string literal.
    Text(String),
    /// A number literal.
    Number(f64),
    /// The value of a field.
    Field(String),
    /// A compiled regular expression: the second argument of `match`, `replace` and `mvfind`.
    Regex(Regex),
    /// A `search` condition: the argument of `searchmatch`.
    Search(Box<Condition>),
    /// `NOT`.
    Not(Box<EvalExpr>),
    /// Unary `-`.
    Negate(Box<EvalExpr>),
    /// A binary operator and its operands.
    Binary(Operator, Box<EvalExpr>, Box<EvalExpr>),
    /// A function and its arguments.
    Call(&'static Function, Vec<EvalExpr>),
}

/// A binary operator, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// `XOR`
    Xor,
    /// `OR`
    Or,
    /// `AND`
    And,
    /// `=` or `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `LIKE`: `%` matches any characters, `_` one.
    Like,
    /// `+`: the sum of two numbers, or the concatenation of two strings.
    Add,
    /// `-`
    Subtract,
    /// `.`: string concatenation.
    Concatenate,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Operator {
    /// Whether the result is a truth value.
    pub(crate) fn is_condition(self) -> bool {
        self <= Self::Like
    }
}

impl EvalExpr {
    /// Joins `parts`, in their order, by an associative operator into a tree of logarithmic depth.
    pub(crate) fn balanced(operator: Operator, mut parts: Vec<Self>) -> Self {
        if parts.len() < 2 {
            return parts.pop().unwrap_or(Self::Number(0.0));
        }
        let right = parts.split_off(parts.len() / 2);
        let (left, right) = (Self::balanced(operator, parts), Self::balanced(operator, right));
        Self::Binary(operator, Box::new(left), Box::new(right))
    }

    /// Whether the result is a truth value, not a string or number.
    pub(crate) fn is_condition(&self) -> bool {
        match self {
            Self::Not(_) | Self::Search(_) => true,
            Self::Binary(operator, ..) => operator.is_condition(),
            Self::Call(function, arguments) => match function.result {
                ResultKind::Value => false,
                ResultKind::Condition => true,
                ResultKind::Branch => {
                    let mut branches = function.branches(arguments.len());
                    branches.any(|index| arguments.get(index).is_some_and(Self::is_condition))
                }
            },
            Self::Text(_) | Self::Number(_) | Self::Field(_) | Self::Regex(_) | Self::Negate(_) => {
                false
            }
        }
    }

    /// Calls `found` with every field that the expression names.
    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Field(name) => found(name),
            Self::Not(inner) | Self::Negate(inner) => inner.each_field(found),
            Self::Binary(_, left, right) => {
                left.each_field(found);
                right.each_field(found);
            }
            Self::Call(_, arguments) => {
                arguments.iter().for_each(|argument| argument.each_field(found));
            }
            Self::Search(condition) => condition.each_field(found),
            Self::Text(_) | Self::Number(_) | Self::Regex(_) => {}
        }
    }

    /// Returns the field that the expression names, if it names exactly one.
    pub(crate) fn only_field(&self) -> Option<&str> {
        let mut names = Vec::new();
        self.each_field(&mut |name| names.push(name));
        names.dedup();
        match names.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_trees_keep_the_order_and_are_shallow() {
        fn leaves(expr: &EvalExpr, depth: usize, all: &mut Vec<(f64, usize)>) {
            match expr {
                EvalExpr::Binary(_, left, right) => {
                    leaves(left, depth + 1, all);
                    leaves(right, depth + 1, all);
                }
                EvalExpr::Number(number) => all.push((*number, depth)),
                other => panic!("{other:?}"),
            }
        }
        let parts = (0..100_u8).map(|number| EvalExpr::Number(number.into())).collect();
        let mut all = Vec::new();
        leaves(&EvalExpr::balanced(Operator::And, parts), 0, &mut all);
        assert!(all.iter().all(|(_, depth)| *depth <= 7));
        assert!(all.iter().map(|(number, _)| *number).eq((0..100_u8).map(f64::from)));
    }

    #[test]
    fn branching_functions_are_conditions_if_a_branch_is() {
        let call = |name: &str, arguments: Vec<EvalExpr>| {
            EvalExpr::Call(Function::find(name).unwrap(), arguments)
        };
        let number = || EvalExpr::Number(1.0);
        let truth = || call("true", vec![]);
        assert!(!call("if", vec![truth(), number(), number()]).is_condition());
        assert!(call("if", vec![truth(), truth(), number()]).is_condition());
        assert!(!call("case", vec![truth(), number()]).is_condition());
        assert!(call("coalesce", vec![number(), truth()]).is_condition());
        assert!(call("isnull", vec![number()]).is_condition());
        assert!(!call("len", vec![truth()]).is_condition());
    }

    #[test]
    fn only_field_is_none_for_two_fields() {
        let field = |name: &str| Box::new(EvalExpr::Field(name.into()));
        let both = |a: &str, b: &str| EvalExpr::Binary(Operator::Add, field(a), field(b));
        assert_eq!(both("a", "a").only_field(), Some("a"));
        assert_eq!(both("a", "b").only_field(), None);
        assert_eq!(EvalExpr::Number(1.0).only_field(), None);
    }
}
