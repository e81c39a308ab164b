use crate::case::{Case, DocumentFormat, Mark, MarkKey, MarkKind, Verdict};
use crate::inventory::{BlockQuery, BlockRow, ScriptQuery};
use crate::report::{ExportFormat, ExportOptions, Table};
use crate::session::{Options, Session};

const UNMATCHED: &str = "Get-Date # http://staging.example-cdn.net/a and \\\\host\\share";

/// Reads a log whose first script block no rule matches, and the second one does.
fn session() -> (Session, Vec<u8>, Vec<BlockRow>) {
    let event = |id: &str, time: u8, text: &str| {
        serde_json::json!({
            "EventID": 4104, "ProviderName": "PowerShellCore", "ScriptBlockText": text,
            "ScriptBlockId": id, "MessageNumber": 1, "MessageTotal": 1, "Computer": "FS03",
            "TimeCreated": format!("2026-08-08T06:13:{time:02}Z"),
        })
        .to_string()
    };
    let log =
        format!("{}\n{}\n", event("a", 1, UNMATCHED), event("b", 2, "Enable-PSRemoting -Force"));
    let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    session.begin("log.json").unwrap();
    session.push(log.as_bytes()).unwrap();
    session.end().unwrap();
    let rows = session.list_blocks(&BlockQuery::default()).unwrap().rows;
    (session, log.into_bytes(), rows)
}

fn read_again(session: &mut Session, log: &[u8], id: &str) {
    let plan = session.read_plan(id).unwrap().unwrap();
    let pieces = plan.iter().map(|range| {
        let from = &log[range.offset as usize..];
        from[..from.len().min(range.length as usize)].to_vec()
    });
    session.read_block(id, &pieces.collect::<Vec<_>>()).unwrap().unwrap();
}

fn marked(marks: &[(MarkKind, &str, Verdict)]) -> Case {
    let mut case = Case::default();
    for (kind, id, verdict) in marks {
        let mut mark = Mark::default();
        mark.set_opinion("kim", Some(*verdict), "");
        case.marks.insert(MarkKey::new(*kind, *id), mark);
    }
    case
}

fn exported(session: &mut Session, format: ExportFormat, options: &ExportOptions) -> String {
    let mut bytes = Vec::new();
    session.export(format, options, &mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn reports_show_marked_texts_that_were_read_again_and_say_which_were_not() {
    for kind in [MarkKind::Block, MarkKind::Script] {
        let (mut session, log, rows) = session();
        let id = if kind == MarkKind::Block { &rows[0].id } else { &rows[0].text_id };
        let case = marked(&[(kind, id, Verdict::Hostile)]);
        assert_eq!(session.texts_to_read(&case.marked_texts()), [rows[0].id.as_str()]);
        for format in [DocumentFormat::Html, DocumentFormat::Markdown] {
            let before = session.case_report(&case, format);
            assert!(before.text.contains("was not read again"), "{}", before.text);
            let problems = &before.report.problems;
            assert!(problems.iter().any(|own| own.code == "text-not-read-again"
                && own.source.as_deref() == Some("log.json")));
            assert!(!before.text.contains("Get-Date") && !before.text.contains("staging"));
        }
        read_again(&mut session, &log, &rows[0].id);
        assert!(session.texts_to_read(&case.marked_texts()).is_empty());
        let after = session.case_report(&case, DocumentFormat::Markdown);
        assert!(
            after.text.contains("\n```powershell\nGet-Date # http://staging"),
            "{}",
            after.text
        );
        assert!(after.text.contains("no rule matched it"));
        assert!(after.text.contains("`hxxp://staging[.]example-cdn[.]net/a`"), "{}", after.text);
        assert!(after.report.problems.iter().all(|own| own.code != "text-not-read-again"));
    }
}

#[test]
fn a_marked_script_that_rules_match_names_them() {
    let (mut session, _, rows) = session();
    for (kind, id) in [(MarkKind::Block, &rows[1].id), (MarkKind::Script, &rows[1].text_id)] {
        let case = marked(&[(kind, id, Verdict::Unclear)]);
        assert!(session.texts_to_read(&case.marked_texts()).is_empty());
        let text = session.case_report(&case, DocumentFormat::Markdown).text;
        assert!(text.contains("Matched: `Enable-PSRemoting`"), "{text}");
        assert!(!text.contains("no rule matched"), "{text}");
    }
}

#[test]
fn harmless_marks_need_no_text() {
    let (mut session, _, rows) = session();
    let case = marked(&[(MarkKind::Block, &rows[0].id, Verdict::Benign)]);
    assert!(session.texts_to_read(&case.marked_texts()).is_empty());
    let report = session.case_report(&case, DocumentFormat::Markdown);
    assert!(report.text.contains("Judged harmless"));
    assert!(report.report.problems.iter().all(|own| own.code != "text-not-read-again"));
}

#[test]
fn exports_hold_chosen_and_marked_texts_that_no_rule_matched() {
    let (mut session, log, rows) = session();
    let (block, script) = (rows[0].id.clone(), rows[0].text_id.clone());
    let all = ExportOptions::default();
    let chosen = |id: &String| ExportOptions { ids: Some(vec![id.clone()]), ..all.clone() };
    let with = |id: &String| ExportOptions { marked: vec![id.clone()], ..all.clone() };
    let zip = ExportFormat::ScriptsZip;
    assert!(!exported(&mut session, zip, &all).contains(UNMATCHED));
    let missing = format!("\"notReadAgain\":[\"{block}\"]");
    for options in [chosen(&block), chosen(&script), with(&block), with(&script)] {
        assert!(exported(&mut session, zip, &options).contains(&missing));
    }
    read_again(&mut session, &log, &block);
    // What was opened is not exported unless it is chosen.
    assert!(!exported(&mut session, zip, &all).contains(UNMATCHED));
    for (options, is_all) in [
        (chosen(&block), false),
        (chosen(&script), false),
        (with(&block), true),
        (with(&script), true),
    ] {
        let text = exported(&mut session, zip, &options);
        assert!(text.contains(UNMATCHED) && text.contains("\"notReadAgain\":[]"));
        assert_eq!(text.contains("Enable-PSRemoting -Force"), is_all);
        let stix = exported(&mut session, ExportFormat::Stix, &options);
        assert!(stix.contains("staging.example-cdn.net"), "{stix}");
        let timeline = exported(&mut session, ExportFormat::Timesketch, &options);
        assert!(timeline.contains("FS03: script block that no rule matched: Get-Date"));
        let mut table = options.clone();
        table.table = Table::Blocks;
        assert!(exported(&mut session, ExportFormat::Csv, &table).contains("Get-Date"));
    }
    let unknown = chosen(&"0".repeat(32));
    assert!(exported(&mut session, zip, &unknown).contains("\"notReadAgain\":[]"));
}

#[test]
fn scripts_have_a_first_line_once_their_sample_was_read_again() {
    let (mut session, log, rows) = session();
    let lines = |session: &mut Session| {
        let rows = session.list_scripts(&ScriptQuery::default()).unwrap().rows;
        rows.into_iter().map(|row| row.first_line).collect::<Vec<_>>()
    };
    assert!(lines(&mut session).contains(&None));
    read_again(&mut session, &log, &rows[0].id);
    let first = lines(&mut session);
    assert!(first.contains(&Some(UNMATCHED.to_owned())) && !first.contains(&None));
}

#[test]
fn a_session_without_a_list_of_script_blocks_has_none_to_read() {
    let (_, _, rows) = session();
    let mut other = Session::new(Options::default()).unwrap();
    assert!(other.texts_to_read(&[rows[0].id.clone()]).is_empty());
}
