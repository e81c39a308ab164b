//! Records with the id of a script hide nothing of it, and the report names them.

use super::{detection::event, read, report};
use scriptscope::report::{Report, json};
use scriptscope::{Options, Session};

const HOSTILE: &str = "Invoke-Mimikatz -DumpCreds; Enable-PSRemoting -Force";

fn analyze(records: &[String]) -> Report {
    let mut session = Session::new(Options::default()).unwrap();
    read(&mut session, "log.xml", [records.concat().as_bytes()]);
    report(&mut session)
}

fn record(number: u32, computer: &str, id: &str, part: (u32, u32), text: &str) -> String {
    event(number, &format!("2026-08-08T06:13:{number:02}Z"), computer, id, part, text)
}

/// The rules that have results, each once for each result.
fn found(report: &Report) -> Vec<String> {
    let mut rules: Vec<_> = report.results.iter().map(|row| row.rule_id.clone()).collect();
    rules.sort();
    rules
}

#[test]
fn another_record_with_the_id_of_a_script_hides_no_result() {
    let hostile = record(1, "WS1", "a", (1, 1), HOSTILE);
    let alone = analyze(std::slice::from_ref(&hostile));
    assert!(alone.results.len() > 1);
    assert!(alone.script_blocks.iter().all(|block| block.variant.is_none()));
    let long = "Get-Date; ".repeat(100);
    let same_length = HOSTILE.replace("Mimikatz", "MimiKitz").replace("PSRemoting", "PSRemotinx");
    let cases = [
        ("longer", record(2, "WS1", "a", (1, 1), &long), true),
        ("shorter", record(2, "WS1", "a", (1, 1), "Get-Date"), true),
        ("empty", record(2, "WS1", "a", (1, 1), ""), true),
        ("cut", record(2, "WS1", "a", (1, 1), &HOSTILE[..40]), true),
        ("same length", record(2, "WS1", "a", (1, 1), &same_length), false),
        ("other case", record(2, "ws1", "A", (1, 1), &long), true),
        ("earlier", record(0, "WS1", "a", (1, 1), &long), true),
        ("other total", record(2, "WS1", "a", (1, 2), &long), true),
        ("part 0 of 0", record(2, "WS1", "a", (0, 0), &long), false),
        ("above its total", record(2, "WS1", "a", (3, 2), &long), false),
        ("no id", record(2, "WS1", "", (1, 1), &long), false),
        ("the same", record(2, "WS1", "a", (1, 1), HOSTILE), false),
    ];
    for (name, other, is_said) in cases {
        let both = analyze(&[hostile.clone(), other.clone()]);
        assert_eq!(found(&both), found(&alone), "{name}");
        let reversed = analyze(&[other.clone(), hostile.clone()]);
        assert_eq!(found(&reversed), found(&alone), "{name}");
        let mut said = both.problems.iter().filter(|problem| problem.code == "part-differs");
        if is_said {
            let problem = said.next().unwrap_or_else(|| panic!("{name} is not said"));
            assert_eq!(problem.severity, "error");
            let words = ["script block a on WS1", "record 1 of log.xml"];
            let words =
                words.map(|words| problem.message.to_lowercase().contains(&words.to_lowercase()));
            assert_eq!(words, [true; 2], "{name}: {}", problem.message);
            assert!(both.script_blocks.iter().all(|block| block.variant == Some(1)), "{name}");
        } else if name != "same length" {
            assert!(said.next().is_none(), "{name}");
        }
        // Two sessions, in both orders.
        for pieces in [[&hostile, &other], [&other, &hostile]] {
            let mut merged = Session::new(Options::default()).unwrap();
            let offsets = [0, hostile.len() as u64];
            for piece in pieces {
                let mut worker = Session::new(Options::default()).unwrap();
                let offset = offsets[usize::from(std::ptr::eq(piece, &other))];
                worker.begin_range("log.xml", 1, offset, None, false).unwrap();
                worker.push(piece.as_bytes()).unwrap();
                worker.end().unwrap();
                merged.merge(&worker.partial().unwrap()).unwrap();
            }
            assert_eq!(json(&report(&mut merged)), json(&both), "{name}");
        }
    }
}

#[test]
fn variants_that_rules_match_are_results_of_their_own() {
    let texts =
        ["Enable-PSRemoting -Force", "Get-Date; Enable-PSRemoting -SkipNetworkProfileCheck"];
    let records: Vec<String> =
        (0..).zip(texts).map(|(number, text)| record(number, "WS1", "a", (1, 1), text)).collect();
    let both = analyze(&records);
    let variants: Vec<_> = both.script_blocks.iter().map(|block| block.variant).collect();
    assert_eq!(variants, [Some(2), Some(1)]);
    assert_ne!(both.script_blocks[0].id, both.script_blocks[1].id);
    assert_eq!(both.totals.script_blocks, 1);
}

#[test]
fn forged_parts_hide_no_result_and_are_named() {
    let (first, last) = HOSTILE.split_at(10);
    let mut records =
        vec![record(1, "WS1", "a", (1, 2), first), record(2, "WS1", "a", (2, 2), last)];
    let alone = analyze(&records);
    for number in 3..40 {
        records.push(record(
            number,
            "WS1",
            "a",
            (number % 2 + 1, 2),
            &format!("Get-Date {number}"),
        ));
        let forged = analyze(&records);
        for rule in found(&alone) {
            assert!(found(&forged).contains(&rule), "{rule}");
        }
        let has = |code: &str| forged.problems.iter().any(|problem| problem.code == code);
        assert!(has("part-differs"));
        let texts = u64::from(number / 2 * number.div_ceil(2));
        assert_eq!(has("part-combinations"), texts > 64, "{number}");
    }
}

#[test]
fn a_forged_time_takes_no_block_out_of_the_limits_of_time() {
    let old =
        |number, part, text: &str| event(number, "1999-01-01T00:00:00Z", "WS1", "a", part, text);
    let (first, last) = HOSTILE.split_at(10);
    let parts = [record(1, "WS1", "a", (1, 2), first), record(2, "WS1", "a", (2, 2), last)];
    let limited = |records: &[String]| {
        let mut session = Session::new(Options::default().with_since("2026-01-01")).unwrap();
        read(&mut session, "log.xml", [records.concat().as_bytes()]);
        found(&report(&mut session))
    };
    let rules = limited(&parts);
    assert!(!rules.is_empty());
    let copy = [&parts[..], &[old(3, (1, 2), first)]].concat();
    assert_eq!(limited(&copy), rules);
    // The genuine first part is not in the log.
    let only = [parts[1].clone(), old(3, (1, 2), first)];
    assert_eq!(limited(&only), rules);
    assert!(limited(&[old(3, (1, 2), first), old(4, (2, 2), last)]).is_empty());
}

#[test]
fn a_record_with_two_texts_or_event_ids_is_named() {
    let json = |id: &str, text: &str| {
        format!(
            "{{\"Event\":{{\"System\":{{\"EventID\":{id},\"Computer\":\"WS1\"}},\"EventData\":{{\
             \"ScriptBlockText\":{text},\"ScriptBlockId\":\"a\",\"MessageNumber\":1,\"MessageTotal\":1}}}}}}\n"
        )
    };
    let twice = |a: &str, b: &str| format!("{a:?},\"ScriptBlockText\":{b:?}");
    let xml = |a: &str, b: &str| {
        record(1, "WS1", "a", (1, 1), &format!("{a}</Data><Data Name='ScriptBlockText'>{b}"))
    };
    let csv = |a: &str, b: &str| {
        format!(
            "_time,EventCode,Computer,ScriptBlockText,ScriptBlockText\n2026-01-01T00:00:00Z,4104,WS1,{a},{b}\n"
        )
    };
    let cases = [
        (
            "names",
            json("4104", &twice("Get-Date", HOSTILE)),
            json("4104", &twice(HOSTILE, HOSTILE)),
        ),
        (
            "list",
            json("4104", &format!("[\"Get-Date\",{HOSTILE:?}]")),
            json("4104", &format!("[{HOSTILE:?}]")),
        ),
        ("ids", json("4104,\"EventID\":1", "\"a\""), json("4104,\"EventID\":4104", "\"a\"")),
        ("elements", xml("Get-Date", HOSTILE), xml(HOSTILE, HOSTILE)),
        ("columns", csv("Get-Date", "Get-Item"), csv("Get-Date", "Get-Date")),
    ];
    for (name, forged, genuine) in cases {
        // Layouts are learned of the genuine records.
        for others in [0, 20] {
            let mut records = vec![genuine.clone(); others];
            records.extend([forged.clone(), genuine.clone()]);
            if name == "columns" {
                records = vec![forged.clone()];
            }
            let forged = analyze(&records);
            let problems = forged.problems.iter();
            let said = problems.filter(|problem| problem.code == "contradiction").count();
            assert_eq!(said, 1, "{name} after {others}: {:?}", forged.problems);
        }
        let genuine = analyze(&[genuine]);
        assert!(genuine.problems.iter().all(|problem| problem.code != "contradiction"), "{name}");
    }
}

#[test]
fn a_text_is_searched_whatever_its_event_id_is() {
    for id in ["4,104", "0x1008", "", "x", "4104\u{0}"] {
        let hostile = serde_json::json!({
            "EventID": id, "Computer": "WS1", "ScriptBlockText": HOSTILE, "ScriptBlockId": "a",
        });
        let found = analyze(&[format!("{hostile}\n")]);
        assert!(!found.results.is_empty(), "{id}");
    }
}

/// Events in the formats that escape nothing: a heading, a message, and what begins an event of another id.
fn unescaped(text: &str) -> [(&'static str, String, &'static str); 2] {
    let message = |text: &str| {
        format!(
            "Creating Scriptblock text (1 of 1):\n{text}\n\nScriptBlock ID: 14a57037-b593-40eb-a758-561e555e760a\nPath: \n"
        )
    };
    let classic = "08/08/2026 06:13:52 AM\nLogName=Microsoft-Windows-PowerShell/Operational\nEventCode=4104\n\
                   ComputerName=WS1\nSourceName=Microsoft-Windows-PowerShell\nMessage=";
    let wevtutil = "Event[0]\n  Log Name: Microsoft-Windows-PowerShell/Operational\n  \
                    Source: Microsoft-Windows-PowerShell\n  Date: 2026-08-08T06:13:52.000Z\n  Event ID: 4104\n  \
                    Computer: WS1\n  Description: \n";
    [
        (
            "classic",
            format!("{classic}{}", message(text)),
            "08/08/2026 06:13:53 AM\nLogName=Application\nEventCode=1000\nComputerName=WS1\nMessage=x",
        ),
        (
            "wevtutil",
            format!("{wevtutil}{}\n", message(text)),
            "Event[1]\n  Log Name: Application\n  Event ID: 1000\n  Computer: WS1\n  Description: \nx",
        ),
    ]
}

#[test]
fn a_line_of_a_script_that_begins_an_event_hides_nothing_behind_it() {
    let quiet = unescaped("Get-Date").map(|(_, event, _)| event);
    for (index, (name, genuine, other)) in unescaped(HOSTILE).into_iter().enumerate() {
        let alone = analyze(std::slice::from_ref(&genuine));
        let codes = |report: &Report| {
            report.problems.iter().map(|own| own.code.clone()).collect::<Vec<_>>()
        };
        assert!(found(&alone).len() > 1, "{name}");
        assert!(!codes(&alone).contains(&"script-cut-off".to_owned()), "{name}");
        for before in
            ["Get-Date", "Get-Date\n\nScriptBlock ID: 14a57037-b593-40eb-a758-561e555e760b\nPath: "]
        {
            let text = format!("{before}\n\n{other}\n{HOSTILE}");
            let forged = unescaped(&text)[index].1.clone();
            let report = analyze(&[quiet[index].clone(), forged, quiet[index].clone()]);
            assert_eq!(found(&report), found(&alone), "{name}: {:?}", codes(&report));
            assert!(codes(&report).contains(&"forged-event".to_owned()), "{name}");
        }
    }
}
