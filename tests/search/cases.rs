//! The tables of cases in `tests/fixtures/search`. The first lines of each file describe its format.

use super::{events, library, run, shown};
use scriptscope::internal::search::{Lookup, LookupDefinition, RunContext, Search};

/// Returns the lines of a file that are neither empty nor comments.
fn cases(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn conditions_select_the_right_events() {
    let events = events();
    let mut wrong = Vec::new();
    for case in cases(include_str!("../fixtures/search/filter.txt")) {
        let (search, expected) = case.rsplit_once(" => ").expect(case);
        let ids = |selects: &dyn Fn(usize) -> bool| {
            let selected = (0..events.len()).filter(|index| selects(*index));
            selected.map(|index| (index + 1).to_string()).collect::<Vec<_>>().join(" ")
        };
        let table = run(&format!("{search} | table EventRecordID"), &events);
        let found = ids(&|index| table.rows.iter().any(|row| row.blocks == [index]));
        if found != expected.trim().replace("none", "") {
            wrong.push(format!("{search}\n  expected {expected}\n  found    {found}"));
        }
        // The required literals are in the text, and highlights are ranges of it.
        let parsed = Search::parse(search, &library()).unwrap();
        for row in &table.rows {
            let block = &events[row.blocks[0]];
            let text = scriptscope::internal::text::fold_case(&block.text);
            assert!(parsed.required().is_met(&|literal| text.contains(literal)), "{search}");
            for range in parsed.highlights(block) {
                assert!(block.text.get(range).is_some_and(|span| !span.is_empty()), "{search}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn expressions_have_the_right_values() {
    let events = events();
    let mut wrong = Vec::new();
    for case in cases(include_str!("../fixtures/search/eval.txt")) {
        let (expression, expected) = case.rsplit_once(" => ").expect(case);
        let (record, expression) = match expression.split_once(": ") {
            Some((record, expression)) if record.len() == 1 => (record, expression),
            _ => ("1", expression),
        };
        let table =
            run(&format!("EventRecordID={record} | eval x={expression} | table x"), &events);
        let found = shown(&table.rows[0].cells[0]);
        if found != expected {
            wrong.push(format!("{expression}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_have_their_message_and_place() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("../fixtures/search/errors.txt")) {
        let (search, expected) = case.rsplit_once(" => ").expect(case);
        let (place, words) = expected.split_once(' ').expect(case);
        let found = match Search::parse(search, &library()) {
            Ok(_) => "no error".to_owned(),
            Err(error) => {
                let help = error.help.clone().unwrap_or_default();
                format!("{} {} {help}", error.column, error.message)
            }
        };
        if !(found.starts_with(&format!("{place} ")) && found.contains(words)) {
            wrong.push(format!("{search}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn searches_make_the_right_tables() {
    let events = events();
    let mut wrong = Vec::new();
    for case in include_str!("../fixtures/search/tables.txt").split("\n\n") {
        let lines: Vec<&str> = cases(case).collect();
        let Some((search, expected)) = lines.split_first() else { continue };
        let table = run(search, &events);
        let line = |cells: Vec<String>| format!("    {}", cells.join(" | "));
        let mut found = vec![line(table.columns.clone())];
        for row in &table.rows {
            let mut cells: Vec<String> = row.cells.iter().map(shown).collect();
            cells.extend(row.suppressed_by.iter().map(|name| format!("({name})")));
            found.push(line(cells));
        }
        if table.dropped > 0 {
            found.push(format!("    dropped {} {}", table.dropped, table.dropped_fields.join(" ")));
        }
        if found != *expected {
            wrong.push(format!("{search}\n{}\n  found\n{}", expected.join("\n"), found.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Published macros decode base64 with two lookup tables: of the bits of each character, and of the text of each byte.
#[test]
fn a_macro_of_lookups_decodes_base64() {
    let letters = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']);
    let bits = letters.enumerate().map(|(index, char)| vec![char.into(), format!("{index:06b}")]);
    let bits = bits.chain([vec!["=".into(), "000000".into()]]).collect();
    let bytes = (0..128_u8).map(|byte| {
        let text = match char::from(byte) {
            '\0' => ":NUL:".to_owned(),
            ' ' => ":SPACE:".to_owned(),
            char => char.into(),
        };
        vec![format!("{byte:08b}"), text]
    });
    let mut library = library();
    for (name, columns, rows) in
        [("six", ["char", "bits"], bits), ("eight", ["bits", "text"], bytes.collect::<Vec<_>>())]
    {
        let columns = columns.map(String::from).into();
        library.add_lookup(name, Lookup::new(columns, rows, LookupDefinition::default()));
    }
    library.define(
        "decoded",
        vec!["in".into()],
        "eval d_char=split($in$,\"\") | lookup six char as d_char OUTPUT bits as d_bits \
         | eval d_bits=mvjoin(d_bits, \"\") | rex field=d_bits max_match=0 \"(?<d_byte>.{8})\" \
         | lookup eight bits as d_byte output text as d_text | eval $in$_text=mvjoin(d_text, \"\") \
         | fields - d_* | eval $in$_text=replace(replace($in$_text, \":NUL:\", \"\"), \":SPACE:\", \" \")"
            .into(),
    );
    let events = events();
    let blocks: Vec<_> = events.iter().collect();
    let decoded = |search: &str| {
        let search = Search::parse(search, &library).unwrap_or_else(|error| panic!("{error}"));
        shown(&search.run(&blocks, &RunContext::default()).rows[0].cells[0])
    };
    let taken = "ScriptBlockText=\"*-enc*\" | rex field=ScriptBlockText \"-enc (?<enc>\\S+)\"";
    assert_eq!(decoded(&format!("{taken} | `decoded(enc)` | table enc_text")), "IEX");
    // A line as long as real ones has more values than `list()` keeps.
    let long = "SQBFAFgA".repeat(200) + "SQBFAA==";
    let search = format!("* | head 1 | eval e=\"{long}\" | `decoded(in=e)` | table e_text");
    assert_eq!(decoded(&search), "IEX".repeat(200) + "IE");
}

#[test]
fn a_search_over_nothing_has_no_rows() {
    let search = Search::parse("EventCode=4104 | stats count by Computer", &library()).unwrap();
    let table = search.run(&[], &RunContext::default());
    assert_eq!((table.rows.len(), table.matched), (0, 0));
}

#[test]
fn every_search_written_as_spl_parses_to_an_equal_one() {
    let filter = include_str!("../fixtures/search/filter.txt");
    let eval = include_str!("../fixtures/search/eval.txt");
    let tables = include_str!("../fixtures/search/tables.txt");
    let searches = cases(filter)
        .map(|case| case.rsplit_once(" => ").unwrap().0.to_owned())
        .chain(cases(eval).map(|case| {
            let expression = case.rsplit_once(" => ").unwrap().0;
            let expression = expression.split_once(": ").filter(|(head, _)| head.len() == 1);
            let expression =
                expression.map_or(case.rsplit_once(" => ").unwrap().0, |(_, tail)| tail);
            format!("a | eval x={expression}")
        }))
        .chain(cases(tables).filter(|line| !line.starts_with("    ")).map(str::to_owned));
    let mut wrong = Vec::new();
    for text in searches {
        let search = Search::parse(&text, &library()).unwrap();
        let written = search.to_spl().unwrap_or_else(|error| panic!("{text}: {error}"));
        match Search::parse(&written, &library()) {
            Ok(again) if again == search => {}
            Ok(again) => wrong.push(format!("{text}\n  {written}\n  {}", again.to_spl().unwrap())),
            Err(error) => wrong.push(format!("{text}\n  {written}\n{error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs a test with the stack that a browser gives to a worker's wasm; native frames of a test build are larger.
fn with_little_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(4 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn deep_searches_run_up_to_the_limit_and_are_errors_beyond() {
    with_little_stack(|| {
        let run = |text: &str| match Search::parse(text, &library()) {
            Ok(search) => {
                let events = events();
                search.run(&events.iter().collect::<Vec<_>>(), &RunContext::default());
                search.to_spl().is_ok()
            }
            Err(_) => false,
        };
        let nested = |open: &str, inner: &str, close: &str, depth: usize| {
            format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
        };
        for depth in [100, 100_000] {
            let fits = depth == 100;
            assert_eq!(run(&nested("(", "a", ")", depth)), fits);
            assert_eq!(run(&nested("NOT ", "a", "", depth)), fits);
            assert_eq!(run(&format!("* | eval x={}", nested("(", "1", ")", depth))), fits);
            assert_eq!(run(&format!("* | eval x={}", nested("-", "1", "", depth))), fits);
            assert_eq!(run(&format!("* | eval x={}", nested("lower(", "a", ")", depth))), fits);
            assert_eq!(run(&format!("* | eval x={}", nested("(", "1", "+1+1+1+1)", depth))), fits);
            assert_eq!(run(&format!("* | where {}", nested("NOT ", "a=1", "", depth))), fits);
            assert_eq!(run(&format!("* | where a{}", " IN (1)".repeat(depth))), fits);
        }
        let wide = |unit: &str| vec![unit; 5_000].join(" OR ");
        assert!(run(&wide("a=b")));
        assert!(run(&format!("* | where {}", wide("a=1"))));
        assert!(!run(&format!("* | eval x={}", vec!["a"; 5_000].join("+"))));
    });
}

#[test]
fn values_that_double_stay_bounded() {
    let doubling = "| eval x=x.x ".repeat(40);
    let table =
        run(&format!("EventRecordID=1 | eval x=ScriptBlockText {doubling} | table x"), &events());
    assert_eq!(shown(&table.rows[0].cells[0]), "∅");
    assert!(table.problems.iter().any(|problem| problem.code == "value-too-long"));
    let doubling = "| eval x=mvappend(x, x) ".repeat(40);
    let table = run(&format!("EventRecordID=1 | eval x=1 {doubling} | table x"), &events());
    assert_eq!(table.rows.len(), 1);
    assert!(table.problems.iter().any(|problem| problem.code == "values-left-out"));
}

#[test]
fn lists_beyond_the_limit_are_errors() {
    let many = |item: &str| -> Vec<String> {
        (0..2_000).map(|index| item.replace('#', &index.to_string())).collect()
    };
    let listed = |item: &str| many(item).join(", ");
    for (search, word) in [
        (format!("a | stats {}", listed("count as c#")), "`stats` takes at most 1000"),
        (format!("a | eval {}", listed("c#=1")), "`eval` takes at most 1000"),
        (format!("a | rename {}", listed("a# as b#")), "`rename` takes at most 1000"),
        (format!("a | table {}", listed("c#")), "`table` takes at most 1000"),
        (format!("a {}", many("| head #").concat()), "a search has at most 1000"),
    ] {
        let error = Search::parse(&search, &library()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
