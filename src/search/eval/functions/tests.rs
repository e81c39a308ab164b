//! Support for the tables of cases beside each group, and what holds of all functions.

use super::*;
use crate::search::parse::library::Library;
use crate::search::query::Search;

/// A row of fields with fixed values. The first value of `_time` is the row's time.
pub(in crate::search) struct TestRow(Vec<(String, Vec<String>)>);

impl TestRow {
    pub(in crate::search) fn new(fields: &[(&str, &[&str])]) -> Self {
        let strings = |values: &[&str]| values.iter().map(ToString::to_string).collect();
        Self(fields.iter().map(|(name, values)| ((*name).to_owned(), strings(values))).collect())
    }

    fn values(&self, field: &str) -> &[String] {
        self.0.iter().find(|(name, _)| name == field).map_or(&[], |(_, values)| values)
    }
}

impl Row for TestRow {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.values(field).iter().any(|value| test(value))
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.0.iter().flat_map(|(_, values)| values).any(|value| test(value))
    }

    fn time(&self) -> Option<Time> {
        self.value("_time").time()
    }

    fn value(&self, field: &str) -> crate::search::values::value::Value {
        let values = self.values(field).iter().map(|value| value.as_str().into());
        crate::search::values::value::Value::multi(values.collect())
    }

    fn now(&self) -> Option<Time> {
        Time::parse("2024-05-31T13:00:08Z").map(|(time, _)| time)
    }
}

/// Asserts the values of expressions, given with them as text: `∅` for null, several values in brackets.
///
/// The row has `bytes=10`, `text="Invoke-Mimikatz"`, `ip=10.1.2.3` and the two values `a` and `b` of `tags`.
#[track_caller]
pub(in crate::search) fn assert_values(cases: &[(&str, &str)]) {
    let row = TestRow::new(&[
        ("bytes", &["10"]),
        ("text", &["Invoke-Mimikatz"]),
        ("ip", &["10.1.2.3"]),
        ("tags", &["a", "b"]),
        ("empty", &[""]),
    ]);
    for (expr, expected) in cases {
        let search = Search::parse(&format!("* | eval x={expr}"), &Library::new())
            .unwrap_or_else(|error| panic!("{expr}: {error}"));
        let [crate::search::Command::Eval(fields)] = search.commands() else { panic!("{expr}") };
        assert_eq!(shown(&fields[0].1.value(&row)), *expected, "{expr}");
    }
}

fn shown(value: &crate::search::values::value::Value) -> String {
    match value.each() {
        [] => "∅".to_owned(),
        [single] => single.text().unwrap_or_default().into_owned(),
        several => format!("[{}]", several.iter().map(shown).collect::<Vec<_>>().join("; ")),
    }
}

#[test]
fn only_functions_that_depend_on_now_can_read_it() {
    for function in Function::all() {
        let reads_now = matches!(implementation(function.id), Implementation::AtTime(_));
        assert_eq!(function.depends_on_now(), reads_now, "{}", function.name);
    }
}

#[test]
fn implementations_have_the_kind_of_their_signature() {
    use crate::search::ast::function::ResultKind;
    for function in Function::all() {
        let kind = match implementation(function.id) {
            Implementation::Condition(_) => ResultKind::Condition,
            Implementation::Value(_) | Implementation::AtTime(_) => ResultKind::Value,
            Implementation::Branch(_) => ResultKind::Branch,
        };
        assert_eq!(function.result, kind, "{}", function.name);
    }
}
