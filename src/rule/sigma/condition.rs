//! Parser of Sigma's condition language: `selection and not 1 of filter_*`.

use super::error::excerpt;
use crate::limits::SEARCH_NESTING;

/// A condition over the named selections of a detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SigmaCondition {
    /// A selection, by name.
    Name(String),
    /// `1 of` or `all of` the selections whose names match a pattern.
    Quantified {
        all: bool,
        pattern: String,
    },
    And(Vec<SigmaCondition>),
    Or(Vec<SigmaCondition>),
    Not(Box<SigmaCondition>),
}

/// The counting condition of old rules, after a pipe: `| count(field) by group > number`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CountAggregation {
    /// The field whose distinct values are counted. `None`: the events are counted.
    pub(crate) field: Option<String>,
    pub(crate) by: Option<String>,
    /// `gt`, `gte`, `lt`, `lte` or `eq`.
    pub(crate) comparison: &'static str,
    pub(crate) number: u64,
}

/// Parses a condition and the aggregation after it.
///
/// # Errors
///
/// A message in words, without a position.
pub(crate) fn parse(text: &str) -> Result<(SigmaCondition, Option<CountAggregation>), String> {
    let (condition, aggregation) = match text.split_once('|') {
        Some((condition, aggregation)) => (condition, Some(parse_aggregation(aggregation)?)),
        None => (text, None),
    };
    let mut parser = ConditionParser { tokens: tokens(condition)?, next: 0, depth: 0 };
    let condition = parser.or()?;
    match parser.peek() {
        None => Ok((condition, aggregation)),
        Some(token) => {
            Err(format!("unexpected “{}”: write and, or, not between names", excerpt(token)))
        }
    }
}

/// Returns whether a name matches a pattern with `*` for any characters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A recursive descent parser: `not` binds tighter than `and`, and `and` tighter than `or`.
struct ConditionParser<'a> {
    tokens: Vec<&'a str>,
    next: usize,
    depth: usize,
}

impl<'a> ConditionParser<'a> {
    fn or(&mut self) -> Result<SigmaCondition, String> {
        self.list("or", Self::and, SigmaCondition::Or)
    }

    fn and(&mut self) -> Result<SigmaCondition, String> {
        self.list("and", Self::not, SigmaCondition::And)
    }

    fn list(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<SigmaCondition, String>,
        join: fn(Vec<SigmaCondition>) -> SigmaCondition,
    ) -> Result<SigmaCondition, String> {
        let first = part(self)?;
        let mut all = vec![first];
        while self.take(word) {
            all.push(part(self)?);
        }
        match (all.pop(), all.is_empty()) {
            (Some(single), true) => Ok(single),
            (last, _) => {
                all.extend(last);
                Ok(join(all))
            }
        }
    }

    fn not(&mut self) -> Result<SigmaCondition, String> {
        if !self.take("not") {
            return self.operand();
        }
        self.descend()?;
        let part = self.not()?;
        self.depth -= 1;
        Ok(SigmaCondition::Not(Box::new(part)))
    }

    fn operand(&mut self) -> Result<SigmaCondition, String> {
        let Some(token) = self.advance() else {
            return Err("a name is missing at the end".into());
        };
        match token {
            "(" => {
                self.descend()?;
                let inner = self.or()?;
                self.depth -= 1;
                if self.take(")") { Ok(inner) } else { Err("a “(” is not closed".into()) }
            }
            ")" => Err("“)” instead of a name".into()),
            _ if self.peek().is_some_and(|next| next.eq_ignore_ascii_case("of")) => {
                self.quantified(token)
            }
            _ if ["and", "or"].iter().any(|word| token.eq_ignore_ascii_case(word)) => {
                Err(format!("“{token}” instead of a name"))
            }
            _ => Ok(SigmaCondition::Name(token.to_owned())),
        }
    }

    fn quantified(&mut self, quantifier: &str) -> Result<SigmaCondition, String> {
        let all = match quantifier.to_ascii_lowercase().as_str() {
            "1" | "any" => false,
            "all" => true,
            _ => {
                return Err(format!(
                    "“{} of” is not known: write 1 of or all of",
                    excerpt(quantifier)
                ));
            }
        };
        self.next += 1;
        match self.advance() {
            Some("(" | ")") | None => Err("a name or pattern is missing after of".into()),
            Some(pattern) => Ok(SigmaCondition::Quantified { all, pattern: pattern.to_owned() }),
        }
    }

    fn descend(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > SEARCH_NESTING {
            return Err(format!("nested more than {SEARCH_NESTING} deep"));
        }
        Ok(())
    }

    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.next).copied()
    }

    fn advance(&mut self) -> Option<&'a str> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }
}

fn tokens(text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    let is_word = |char: char| char.is_alphanumeric() || "_-*.?".contains(char);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => 1,
            _ if is_word(first) => rest.find(|char| !is_word(char)).unwrap_or(rest.len()),
            _ => return Err(format!("“{first}” is not part of a condition")),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn parse_aggregation(text: &str) -> Result<CountAggregation, String> {
    let unknown = || {
        format!(
            "the aggregation “|{}” is not known: write a correlation rule, or | count(field) by group > number",
            excerpt(text)
        )
    };
    let rest = text.trim().strip_prefix("count").ok_or_else(unknown)?.trim_start();
    let (field, rest) =
        rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or_else(unknown)?;
    let at = rest.find(['<', '>', '=']).ok_or_else(unknown)?;
    let (group, rest) = rest.split_at_checked(at).ok_or_else(unknown)?;
    let group = group.trim();
    let by = match group.strip_prefix("by ") {
        Some(by) => Some(by.trim().to_owned()),
        None if group.is_empty() => None,
        None => return Err(unknown()),
    };
    let comparisons =
        [(">=", "gte"), ("<=", "lte"), ("==", "eq"), (">", "gt"), ("<", "lt"), ("=", "eq")];
    let (comparison, number) = comparisons
        .iter()
        .find_map(|(sign, word)| Some((*word, rest.strip_prefix(sign)?)))
        .ok_or_else(unknown)?;
    Ok(CountAggregation {
        field: Some(field.trim().to_owned()).filter(|field| !field.is_empty()),
        by,
        comparison,
        number: number.trim().parse().map_err(|_| unknown())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(condition: &SigmaCondition) -> String {
        let list = |parts: &[SigmaCondition], word: &str| {
            let parts: Vec<_> = parts.iter().map(display).collect();
            format!("({})", parts.join(word))
        };
        match condition {
            SigmaCondition::Name(name) => name.clone(),
            SigmaCondition::Quantified { all, pattern } => {
                format!("{} of {pattern}", if *all { "all" } else { "1" })
            }
            SigmaCondition::And(parts) => list(parts, " & "),
            SigmaCondition::Or(parts) => list(parts, " | "),
            SigmaCondition::Not(part) => format!("!{}", display(part)),
        }
    }

    #[test]
    fn binds_not_then_and_then_or() {
        for (text, expected) in [
            ("selection", "selection"),
            ("a or b and not c", "(a | (b & !c))"),
            ("(a or b) and c", "((a | b) & c)"),
            ("not not a", "!!a"),
            ("not 1 of filter_* and all of them", "(!1 of filter_* & all of them)"),
            ("any of sel*", "1 of sel*"),
            ("A AND B", "(A & B)"),
            ("sel-1 or 4104", "(sel-1 | 4104)"),
        ] {
            let (condition, none) = parse(text).unwrap();
            assert_eq!(display(&condition), expected, "{text}");
            assert!(none.is_none());
        }
    }

    #[test]
    fn malformed_conditions() {
        for text in [
            "",
            "a and",
            "and a",
            "a b",
            "(a",
            "a)",
            "2 of them",
            "1 of",
            "a & b",
            "not",
            "1 of (a)",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"not ".repeat(100_000)).is_err());
    }

    #[test]
    fn old_aggregations() {
        let (_, aggregation) = parse("selection | count(ScriptBlockText) by Computer > 2").unwrap();
        assert_eq!(
            aggregation,
            Some(CountAggregation {
                field: Some("ScriptBlockText".into()),
                by: Some("Computer".into()),
                comparison: "gt",
                number: 2
            })
        );
        let (_, aggregation) = parse("a | count() >= 10").unwrap();
        assert_eq!(aggregation.unwrap().comparison, "gte");
        assert!(parse("a | near b").is_err());
    }

    #[test]
    fn patterns_of_names() {
        assert!(matches("sel*", "selection"));
        assert!(matches("*", "x"));
        assert!(matches("a*c*e", "abcde"));
        assert!(matches("a", "a"));
        assert!(!matches("a", "ab"));
        assert!(!matches("*tion", "selections"));
        assert!(!matches("ab*ba", "aba"));
    }
}
