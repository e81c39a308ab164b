//! Records of one script block without part numbers.

use super::{analyze, read, report};
use scriptscope::report::json;
use scriptscope::{Mode, Options, Session};

/// Records as JSON lines: computer, id, and the other fields.
fn lines(records: &[(&str, &str, &str)]) -> String {
    let records = records.iter().zip(1..).map(|((computer, id, fields), record)| {
        format!(
            "{{\"EventID\":4104,\"EventRecordID\":{record},\"Computer\":\"{computer}\",\"ScriptBlockId\":\"{id}\",{fields}}}\n"
        )
    });
    records.collect()
}

/// The problems about parts without numbers.
fn unnumbered(log: &str, options: Options) -> Vec<String> {
    let report = analyze(&[("log.json", log.as_bytes())], options);
    let said = report.problems.iter().filter(|problem| problem.code == "no-part-numbers");
    said.map(|problem| format!("{:?} {}", problem.offset, problem.message)).collect()
}

#[test]
fn pieces_without_part_numbers_are_named() {
    let first = ("HOST1", "aaaa", r#""ScriptBlockText":"Enable-PSRem""#);
    let second = ("host1", "AAAA", r#""ScriptBlockText":"oting -Force""#);
    let alone = ("HOST1", "bbbb", r#""ScriptBlockText":"Get-Date""#);
    let elsewhere = ("HOST2", "aaaa", r#""ScriptBlockText":"Get-Item""#);
    let log = lines(&[alone, first, second, alone, elsewhere]);
    let said = unnumbered(&log, Options::default());
    let at = lines(&[alone]).len();
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with(&format!("Some({at}) 2 records, the first of them here, are")));
    assert!(
        said[0].contains("pieces of 1 script block ")
            && said[0].contains(": aaaa on HOST1 (2 records)")
    );
    // A number without a total gives no order that is complete, and one outside its total none.
    for numbers in [r#","MessageNumber":2"#, r#","MessageNumber":0,"MessageTotal":0"#] {
        let with = |fields: &str| format!("{fields}{numbers}");
        let (first, second) = (with(first.2), with(second.2));
        let log = lines(&[("HOST1", "aaaa", &first), ("HOST1", "aaaa", &second)]);
        assert_eq!(unnumbered(&log, Options::default()).len(), 1, "{numbers}");
    }
    // Copies of one record are no pieces, numbered parts are joined, and event mode joins none.
    let escaped = ("HOST1", "aaaa", r#""ScriptBlockText":"Enable\u002dPSRem""#);
    assert!(unnumbered(&lines(&[first, escaped, alone, elsewhere]), Options::default()).is_empty());
    let part = |number: u32| {
        format!(r#""ScriptBlockText":"{number}","MessageNumber":{number},"MessageTotal":2"#)
    };
    let joined = lines(&[("HOST1", "aaaa", &part(1)), ("HOST1", "aaaa", &part(2))]);
    assert!(unnumbered(&joined, Options::default()).is_empty());
    assert!(unnumbered(&log, Options::default().with_mode(Mode::Event)).is_empty());
}

#[test]
fn pieces_without_part_numbers_are_the_same_in_ranges() {
    let piece =
        |text: &str| lines(&[("HOST1", "aaaa", &format!("\"ScriptBlockText\":\"{text}\""))]);
    let (first, second) = (piece("Enable-PSRem"), piece("oting"));
    let mut session = Session::new(Options::default()).unwrap();
    read(&mut session, "log.json", [(first.clone() + &second).as_bytes()]);
    let expected = json(&report(&mut session));
    assert!(expected.contains("no-part-numbers"));
    let mut merged = Session::new(Options::default()).unwrap();
    for (offset, range) in [(first.len() as u64, &second), (0, &first)] {
        let mut reader = Session::new(Options::default()).unwrap();
        reader.begin_range("log.json", 1, offset, None, false).unwrap();
        reader.push(range.as_bytes()).unwrap();
        reader.end().unwrap();
        merged.merge(&reader.partial().unwrap()).unwrap();
    }
    assert_eq!(json(&report(&mut merged)), expected);
}
