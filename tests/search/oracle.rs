//! Random searches: conditions against a naive evaluator, and the round trip through SPL.

use scriptscope::internal::Event;
use scriptscope::internal::ScriptBlock;
use scriptscope::internal::search::{
    Condition, FieldRelation, Library, Predicate, Regex, RegexFlags, RunContext, Search, Wildcard,
    WildcardPiece,
};
use scriptscope::internal::text::{fold_case, fold_char};

use proptest::prelude::*;

/// A condition, for the naive evaluator.
#[derive(Clone, Debug)]
enum NaiveCondition {
    Word(String),
    Is(String, String),
    IsNot(String, String),
    Below(String, i32),
    In(String, Vec<String>),
    Not(Box<NaiveCondition>),
    And(Vec<NaiveCondition>),
    Or(Vec<NaiveCondition>),
}

impl NaiveCondition {
    fn write(&self) -> String {
        let joined = |parts: &[Self], between: &str| {
            let parts: Vec<String> = parts.iter().map(Self::write).collect();
            format!("({})", parts.join(between))
        };
        match self {
            Self::Word(word) => word.clone(),
            Self::Is(field, value) => format!("{field}=\"{}\"", escaped(value)),
            Self::IsNot(field, value) => format!("{field} != \"{}\"", escaped(value)),
            Self::Below(field, number) => format!("{field}<{number}"),
            Self::In(field, values) => {
                let values: Vec<String> =
                    values.iter().map(|value| format!("\"{}\"", escaped(value))).collect();
                format!("{field} IN ({})", values.join(", "))
            }
            Self::Not(inner) => format!("NOT {}", inner.write()),
            Self::And(parts) => joined(parts, " "),
            Self::Or(parts) => joined(parts, " OR "),
        }
    }

    fn holds(&self, fields: &[(String, String)]) -> bool {
        let values = |field: &str| {
            let field = field.to_owned();
            fields.iter().filter(move |(name, _)| *name == field).map(|(_, value)| value.as_str())
        };
        match self {
            Self::Word(word) => fields.iter().any(|(_, value)| has_term(value, word)),
            Self::Is(field, value) => values(field).any(|found| is(found, value)),
            Self::IsNot(field, value) => values(field).any(|found| !is(found, value)),
            Self::Below(field, number) => values(field).any(|found| below(found, *number)),
            Self::In(field, list) => {
                values(field).any(|found| list.iter().any(|value| is(found, value)))
            }
            Self::Not(inner) => !inner.holds(fields),
            Self::And(parts) => parts.iter().all(|part| part.holds(fields)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(fields)),
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

fn is(found: &str, value: &str) -> bool {
    if let (Ok(found), Ok(value)) = (found.parse::<f64>(), value.parse::<f64>()) {
        return found == value;
    }
    let found: Vec<char> = found.chars().map(fold_char).collect();
    let value: Vec<char> = value.chars().map(fold_char).collect();
    wild(&found, &value)
}

fn wild(found: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => found.is_empty(),
        Some(('*', rest)) => (0..=found.len()).any(|skip| wild(&found[skip..], rest)),
        Some((char, rest)) => found.first() == Some(char) && wild(&found[1..], rest),
    }
}

fn below(found: &str, number: i32) -> bool {
    match found.parse::<f64>() {
        Ok(found) => found < f64::from(number),
        Err(_) => fold_case(found) < number.to_string(),
    }
}

fn has_term(value: &str, word: &str) -> bool {
    let breaks = |char: Option<&char>| char.is_none_or(|char| !char.is_alphanumeric());
    let value: Vec<char> = value.chars().map(fold_char).collect();
    let word: Vec<char> = word.chars().map(fold_char).collect();
    (0..value.len()).any(|start| {
        value[start..].starts_with(&word)
            && breaks(start.checked_sub(1).and_then(|before| value.get(before)))
            && breaks(value.get(start + word.len()))
    })
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![Just("ScriptBlockText"), Just("Computer"), Just("x"), Just("y")]
        .prop_map(String::from)
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[abAB \\-\\\\\"ä1*]{1,5}", "\\*?(abc|Ab|b a|10|1\\.50|-3|7)\\*?",]
}

fn naive_condition() -> impl Strategy<Value = NaiveCondition> {
    let leaf = prop_oneof![
        "(abc|ab|a1|7)".prop_map(NaiveCondition::Word),
        (field(), value()).prop_map(|(field, value)| NaiveCondition::Is(field, value)),
        (field(), value()).prop_map(|(field, value)| NaiveCondition::IsNot(field, value)),
        (field(), -5..20).prop_map(|(field, number)| NaiveCondition::Below(field, number)),
        (field(), prop::collection::vec(value(), 1..3))
            .prop_map(|(field, values)| NaiveCondition::In(field, values)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| NaiveCondition::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(NaiveCondition::And),
            prop::collection::vec(inner, 1..4).prop_map(NaiveCondition::Or),
        ]
    })
}

fn event() -> impl Strategy<Value = Vec<(String, String)>> {
    let text = "([abAB1 \\-\\\\\"äÄ]|abc|AB c){0,8}";
    let other = prop_oneof!["[abAB 1ä]{0,4}", "(7|10|1\\.5|-3|ab)"];
    (text, other.clone(), other.clone(), other).prop_map(|(text, computer, x, y)| {
        let named = [("ScriptBlockText", text), ("Computer", computer), ("x", x), ("y", y)];
        // An empty value is absent.
        let present = named.into_iter().filter(|(_, value)| !value.is_empty());
        present.map(|(name, value)| (name.to_owned(), value)).collect()
    })
}

fn block(fields: &[(String, String)]) -> ScriptBlock {
    let mut event = Event::default();
    for (name, value) in fields {
        match name.as_str() {
            "ScriptBlockText" => event.text = value.as_str().into(),
            "Computer" => event.computer = Some(value.clone()),
            _ => event.fields.push(name, value),
        }
    }
    ScriptBlock::from_event(event, 0)
}

/// An expression of `eval` as text, with every kind of operator.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("'a b'".to_owned()),
        "[0-9]{1,3}(\\.[0-9]{1,2})?",
        "\"[a\\\\n ]{0,3}b\"",
        Just("lower(y)".to_owned()),
    ];
    leaf.prop_recursive(5, 32, 3, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "%", "."]);
        let joined = (inner.clone(), operator, inner.clone())
            .prop_map(|(left, operator, right)| format!("{left} {operator} {right}"));
        let relation = prop::sample::select(vec!["=", "!=", "<", ">=", "LIKE"]);
        let condition = (inner.clone(), relation, inner.clone())
            .prop_map(|(left, relation, right)| format!("({left} {relation} {right})"));
        let link = prop::sample::select(vec!["AND", "OR", "XOR", "AND NOT", "OR NOT"]);
        let conditions = (prop::collection::vec((condition, link), 1..4)).prop_map(|parts| {
            let mut text = String::new();
            for (index, (condition, link)) in parts.iter().enumerate() {
                if index > 0 {
                    text.push_str(&format!(" {link} "));
                }
                text.push_str(condition);
            }
            text
        });
        prop_oneof![
            joined,
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("-{inner}")),
            (conditions, inner.clone(), inner)
                .prop_map(|(condition, yes, no)| format!("if({condition}, {yes}, {no})")),
        ]
    })
}

/// Conditions, among them those that only Sigma rules have.
fn sigma_condition() -> impl Strategy<Value = Condition> {
    let pieces = prop::collection::vec(
        prop_oneof![
            Just(WildcardPiece::Any),
            Just(WildcardPiece::One),
            "[aAb *%.(]{1,3}".prop_map(WildcardPiece::Text),
        ],
        1..4,
    );
    let regex = prop::sample::select(vec!["a.b", "^ab", "b$", "(a|B)+1", "[^a]c"]);
    let relation = prop::sample::select(vec![
        FieldRelation::Equals,
        FieldRelation::StartsWith,
        FieldRelation::EndsWith,
        FieldRelation::Contains,
    ]);
    let predicate = prop_oneof![
        (pieces, any::<bool>())
            .prop_map(|(pieces, cased)| Predicate::Matches(Wildcard::new(pieces, cased))),
        (regex, any::<bool>(), any::<bool>()).prop_map(|(source, caseless, dot_all)| {
            let flags = RegexFlags { caseless, dot_all, multi_line: false };
            Predicate::Regex(Regex::new(source, flags).unwrap())
        }),
        (relation, any::<bool>(), field()).prop_map(|(relation, case_sensitive, field)| {
            Predicate::FieldRef { field, relation, case_sensitive }
        }),
        Just(Predicate::Present),
    ];
    let predicate = predicate.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Predicate::OneOf),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    });
    let leaf =
        (field(), predicate).prop_map(|(name, predicate)| Condition::Field { name, predicate });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::All),
            prop::collection::vec(inner, 1..3).prop_map(Condition::Any),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_search_holds_where_the_naive_condition_does(naive_condition in naive_condition(), fields in event()) {
        let text = naive_condition.write();
        let search = Search::parse(&text, &Library::new())
            .map_err(|error| TestCaseError::fail(format!("{error}")))?;
        let block = block(&fields);
        let expected = naive_condition.holds(&fields);
        prop_assert_eq!(search.holds(&block), expected, "{}", text);

        // The required literals are in the text, and highlights are ranges of it.
        if expected {
            let text = fold_case(&block.text);
            let required = search.required();
            prop_assert!(required.is_met(&|literal| text.contains(literal)), "{:?}", required);
        }
        let highlights = search.highlights(&block);
        prop_assert!(highlights.iter().all(|range| block.text.get(range.clone()).is_some()));
        prop_assert!(highlights.windows(2).all(|pair| pair[0].end < pair[1].start));

        // As a command it keeps the same rows.
        let piped = Search::parse(&format!("* | head 5 | search {text}"), &Library::new());
        let table = piped.unwrap().run(&[&block], &RunContext::default());
        prop_assert_eq!(table.rows.len(), usize::from(expected), "{}", text);
    }

    #[test]
    fn searches_written_as_spl_parse_to_equal_ones(naive_condition in naive_condition(), expression in expression()) {
        let text = format!("{} | eval z={expression} | where NOT ({expression}=1 OR x=2)", naive_condition.write());
        let search = Search::parse(&text, &Library::new())
            .map_err(|error| TestCaseError::fail(format!("{error}")))?;
        let written = search.to_spl().map_err(TestCaseError::fail)?;
        let again = Search::parse(&written, &Library::new())
            .map_err(|error| TestCaseError::fail(format!("{written}\n{error}")))?;
        prop_assert_eq!(again, search, "{}", written);
    }

    #[test]
    fn conditions_written_as_spl_hold_for_the_same_events(condition in sigma_condition(), fields in event()) {
        let search = Search::from_parts(condition, Vec::new());
        let written = search.to_spl().map_err(TestCaseError::fail)?;
        let again = Search::parse(&written, &Library::new())
            .map_err(|error| TestCaseError::fail(format!("{written}\n{error}")))?;
        let block = block(&fields);
        prop_assert_eq!(again.holds(&block), search.holds(&block), "{}", written);
        if search.holds(&block) {
            let text = fold_case(&block.text);
            let required = search.required();
            prop_assert!(required.is_met(&|literal| text.contains(literal)), "{:?}", required);
        }
    }

    #[test]
    fn any_text_parses_or_is_an_error_with_its_place(text in "[a-zA-Z=\"'()|,*<>!`\\\\ .0-9\\-\\[\\]é]{0,40}") {
        if let Err(error) = Search::parse(&text, &Library::new()) {
            prop_assert!(error.offset <= text.len());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn words_of_the_language_in_any_order_parse_or_are_errors(
        words in prop::collection::vec(prop::sample::select(vec![
            "a", "b=1", "OR", "AND", "NOT", "(", ")", "|", "stats", "count", "by", "eval", "x=", "if(",
            ",", "\"t\"", "1", "where", "match(", "rex", "\"(?<y>a)\"", "sort", "-", "`powershell`",
            "`z_filter`", "IN", "fillnull", "rename", "as", "lookup", "values(a)", "earliest=-1d", "[", "```",
        ]), 0..14)
    ) {
        let text = words.join(" ");
        if let Ok(search) = Search::parse(&text, &Library::new()) {
            let block = block(&[("ScriptBlockText".into(), "a b t".into())]);
            let table = search.run(&[&block], &RunContext::default());
            prop_assert_eq!(table.columns, search.columns());
        }
    }
}

/// Rows as pairs of a computer and a number, the latest first.
fn numbered_rows() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0..3_u8, 0..9_u8), 0..12)
}

fn numbered_blocks(rows: &[(u8, u8)]) -> Vec<ScriptBlock> {
    let fields = rows.iter().enumerate().map(|(index, (computer, number))| {
        serde_json::json!({
            "_time": format!("2024-05-31T13:00:{:02}Z", 59 - index),
            "Computer": format!("C{computer}"),
            "n": number.to_string(),
        })
    });
    fields.map(|fields| super::block(fields.as_object().unwrap())).collect()
}

fn cells(search: &str, blocks: &[ScriptBlock]) -> Vec<Vec<String>> {
    let search = Search::parse(search, &Library::new()).unwrap_or_else(|error| panic!("{error}"));
    let table = search.run(&blocks.iter().collect::<Vec<_>>(), &RunContext::default());
    table.rows.iter().map(|row| row.cells.iter().map(super::shown).collect()).collect()
}

proptest! {
    #[test]
    fn streamstats_is_the_stats_of_the_rows_before(
        rows in numbered_rows(), window in 0..4_usize, current in any::<bool>(), global in any::<bool>()
    ) {
        let found = cells(
            &format!(
                "* | streamstats current={current} window={window} global={global} count as c sum(n) as s \
                 by Computer | table c s"
            ),
            &numbered_blocks(&rows),
        );
        for (index, (computer, _)) in rows.iter().enumerate() {
            let before = &rows[..index + usize::from(current)];
            let same = |row: &&(u8, u8)| row.0 == *computer;
            let size = if window == 0 { usize::MAX } else { window };
            let counted: Vec<u32> = if global {
                let last = before.iter().rev().take(size);
                last.filter(same).map(|row| row.1.into()).collect()
            } else {
                before.iter().rev().filter(same).take(size).map(|row| row.1.into()).collect()
            };
            let sum = match counted.is_empty() {
                true => "∅".to_owned(),
                false => counted.iter().sum::<u32>().to_string(),
            };
            prop_assert_eq!(&found[index], &[counted.len().to_string(), sum]);
        }
    }

    #[test]
    fn eventstats_is_the_stats_of_the_group(rows in numbered_rows()) {
        let blocks = numbered_blocks(&rows);
        let found = cells("* | eventstats max(n) as m by Computer | table Computer m", &blocks);
        let grouped = cells("* | stats max(n) as m by Computer | table Computer m", &blocks);
        prop_assert_eq!(found.len(), rows.len());
        prop_assert!(found.iter().all(|row| grouped.contains(row)));
    }

    #[test]
    fn top_is_stats_sorted_by_count(rows in numbered_rows(), limit in 0..4_usize) {
        let blocks = numbered_blocks(&rows);
        let all = if limit == 0 { usize::MAX } else { limit };
        for (command, sign) in [("top", '-'), ("rare", '+')] {
            let found = cells(&format!("* | {command} limit={limit} showperc=f n"), &blocks);
            let mut sorted = cells(&format!("* | stats count by n | sort 0 {sign}count str(n)"), &blocks);
            sorted.truncate(all);
            prop_assert_eq!(found, sorted);
        }
    }

    #[test]
    fn transactions_hold_each_row_once(rows in numbered_rows(), pause in 1..3_u8) {
        let blocks = numbered_blocks(&rows);
        let found = cells(
            &format!("* | transaction Computer maxpause={pause}s | stats sum(eventcount) as n by Computer"),
            &blocks,
        );
        prop_assert_eq!(found, cells("* | stats count as n by Computer", &blocks));
    }
}

#[test]
fn a_condition_alone_parses_as_the_base_of_a_search() {
    let parsed = Search::parse_condition("x=7 NOT Computer=ab", &Library::new()).unwrap();
    assert!(matches!(parsed, Condition::All(_)));
    assert!(
        parsed == Search::parse("x=7 NOT Computer=ab", &Library::new()).unwrap().base().clone()
    );
}
