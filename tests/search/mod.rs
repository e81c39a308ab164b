//! The search language: tables of cases over the events of `tests/fixtures/search/events.jsonl`, random searches, and
//! every published search of the corpus.

mod cases;
mod corpus;
mod oracle;

use scriptscope::internal::Event;
use scriptscope::internal::ScriptBlock;
use scriptscope::internal::Time;
use scriptscope::internal::search::{
    Library, Lookup, LookupDefinition, MatchType, ResultTable, RunContext, Search, Value,
};

/// Builds the script block of an event from a JSON object of its fields.
fn block(fields: &serde_json::Map<String, serde_json::Value>) -> ScriptBlock {
    let mut event = Event { number: Some(1), total: Some(1), ..Event::default() };
    for (name, value) in fields {
        if let Some(list) = value.as_array() {
            let values = list.iter().map(|value| value.as_str().expect("lists hold strings"));
            values.for_each(|value| event.fields.push(name, value));
            continue;
        }
        let value = value.as_str().expect("fields are strings or lists").to_owned();
        match name.as_str() {
            "_time" => event.time = Time::parse(&value).map(|(time, _)| time),
            "EventRecordID" => event.record = Some(value),
            "Computer" => event.computer = Some(value),
            "UserID" => event.user = Some(value),
            "Level" => event.level = value.parse().ok(),
            "ScriptBlockText" => event.text = value.as_str().into(),
            "ScriptBlockId" => event.script_block_id = Some(value),
            "Path" => event.path = Some(value),
            _ => event.fields.push(name, &value),
        }
    }
    ScriptBlock::from_event(event, 0)
}

fn events() -> Vec<ScriptBlock> {
    include_str!("../fixtures/search/events.jsonl")
        .lines()
        .map(|line| {
            block(serde_json::from_str::<serde_json::Value>(line).unwrap().as_object().unwrap())
        })
        .collect()
}

/// Returns the built-in macros with the macros and lookup tables that the cases use.
fn library() -> Library {
    let mut library = Library::new();
    library.define("dumping", vec![], "ScriptBlockText=\"*mimikatz*\"".into());
    library.define("on", vec!["computer".into()], "Computer=\"$computer$\"".into());
    library.define("hide_ws7_filter", vec![], "search NOT Computer=WS7".into());
    library.define("short_filter", vec![], "where len(ScriptBlockText) > 24".into());
    library.define("broken_filter", vec![], "stats count".into());
    library.define("grouping_filter", vec![], "transaction Computer".into());
    let row = |cells: [&str; 3]| cells.iter().map(ToString::to_string).collect();
    library.add_lookup(
        "tools",
        Lookup::new(
            vec!["command".into(), "tool".into(), "severity".into()],
            vec![
                row(["*mimikatz*", "Mimikatz", "high"]),
                row(["*webclient*", "Cradle", "medium"]),
                row(["*download*", "Download", ""]),
            ],
            LookupDefinition {
                match_types: vec![("command".into(), MatchType::Wildcard)],
                case_sensitive: false,
                ..LookupDefinition::default()
            },
        ),
    );
    library
}

fn run(text: &str, blocks: &[ScriptBlock]) -> ResultTable {
    let search = Search::parse(text, &library()).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let now = blocks.iter().filter_map(|block| block.event.time).max();
    let table = search.run(&blocks.iter().collect::<Vec<_>>(), &RunContext { now });
    // The columns that a wildcard expands to depend on the rows.
    let is_open = |command: &str| {
        command.contains("*)") || (command.contains('*') && command.trim().starts_with("table"))
    };
    if !text.split('|').any(is_open) {
        assert_eq!(table.columns, search.columns(), "{text}");
    }
    for row in &table.rows {
        assert_eq!(row.cells.len(), table.columns.len(), "{text}");
        assert!(row.blocks.is_sorted() && row.blocks.iter().all(|index| *index < blocks.len()));
    }
    table
}

/// Returns a cell on one line: null as `∅`, several values in brackets.
fn shown(value: &Value) -> String {
    let line = |text: &str| text.replace('\r', "\\r").replace('\n', "\\n");
    match value {
        Value::Null => "∅".into(),
        Value::Multi(values) => {
            format!("[{}]", values.iter().map(shown).collect::<Vec<_>>().join("; "))
        }
        single => line(&single.text().unwrap_or_default()),
    }
}
