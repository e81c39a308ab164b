//! The first detection in its two published forms, over generated records.

use super::{EVERYTHING, analyze};
use scriptscope::report::{Cell, Report, Row};
use scriptscope::{Mode, Options, RuleFile};

const ID: &str = "40e3b299-19a5-4460-96e9-e1467f714f8e";

/// A record as Splunk's add-on and `wevtutil` write it.
pub(super) fn event(
    record: u32,
    time: &str,
    computer: &str,
    id: &str,
    part: (u32, u32),
    text: &str,
) -> String {
    let (number, total) = part;
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-PowerShell' Guid='{{a0c1853b-5c40-4b15-8766-3cf1c58f985a}}'/>\
         <EventID>4104</EventID><Version>1</Version><Level>5</Level><Task>2</Task><Opcode>15</Opcode>\
         <Keywords>0x0</Keywords><TimeCreated SystemTime='{time}'/><EventRecordID>{record}</EventRecordID>\
         <Correlation/><Execution ProcessID='4' ThreadID='8'/>\
         <Channel>Microsoft-Windows-PowerShell/Operational</Channel><Computer>{computer}</Computer>\
         <Security UserID='S-1-5-18'/></System><EventData><Data Name='MessageNumber'>{number}</Data>\
         <Data Name='MessageTotal'>{total}</Data><Data Name='ScriptBlockText'>{text}</Data>\
         <Data Name='ScriptBlockId'>{id}</Data><Data Name='Path'></Data></EventData></Event>\n"
    )
}

fn log() -> String {
    let force = "  enable-psremoting -Force\n";
    [
        event(1, "2026-08-08T06:13:52.083Z", "FS03", "a", (1, 1), force),
        event(2, "2026-08-08T06:14:00.1234567Z", "FS03", "b", (1, 1), force),
        event(3, "2026-08-08T06:15:00Z", "FS10", "c", (1, 2), "Enable-PSRem"),
        event(4, "2026-08-08T06:15:00Z", "FS10", "c", (2, 2), "oting"),
        event(5, "2026-08-08T06:16:00Z", "fs03", "d", (1, 1), "Get-Date"),
        event(2, "2026-08-08T06:14:00.1234567Z", "FS03", "b", (1, 1), force),
    ]
    .concat()
}

fn rows(report: &Report) -> Vec<&Row> {
    report.results.iter().filter(|row| row.rule_id == ID).collect()
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    match row.fields.get(column) {
        Some(Cell::One(text)) => text,
        other => panic!("{column}: {other:?}"),
    }
}

#[test]
fn the_built_in_form_counts_by_computer_and_text() {
    let report = analyze(&[("log.xml", log().as_bytes())], Options::default());
    let rows = rows(&report);
    assert_eq!(rows.len(), 2);
    let (first, second) = (rows[0], rows[1]);
    assert_eq!(cell(first, "Computer"), "FS03");
    assert_eq!(cell(first, "EventCode"), "4104");
    assert_eq!(cell(first, "ScriptBlockText"), "  enable-psremoting -Force\n");
    assert_eq!(cell(first, "count"), "2", "a repeated record counts once");
    assert_eq!(cell(first, "firstTime"), "2026-08-08T06:13:52");
    assert_eq!(cell(first, "lastTime"), "2026-08-08T06:14:00");
    assert_eq!(first.first_time.as_deref(), Some("2026-08-08T06:13:52.083Z"));
    assert_eq!(first.last_time.as_deref(), Some("2026-08-08T06:14:00.1234567Z"));
    assert_eq!(first.blocks[0].spans[0].ranges, [(2, 19)]);
    assert_eq!(first.message.as_deref().unwrap(), message("FS03"));
    assert_eq!(cell(second, "ScriptBlockText"), "Enable-PSRemoting", "joined from its parts");

    let risk: Vec<(&str, i64, usize)> = report
        .risk_objects
        .iter()
        .map(|object| (object.object.as_str(), object.score.0, object.events.len()))
        .collect();
    let service = |name| (name, 2_500, 1);
    let users = ["FS03\\S-1-5-18", "FS10\\S-1-5-18"].map(service);
    assert_eq!(risk, [[("FS03", 2_500, 1), ("FS10", 2_500, 1)], users].concat());
}

fn message(computer: &str) -> String {
    format!("PowerShell was identified running a Invoke-PSremoting on {computer}.")
}

#[test]
fn event_mode_is_what_a_search_in_splunk_returns() {
    let options = Options::default().with_mode(Mode::Event);
    let report = analyze(&[("log.xml", log().as_bytes())], options);
    let rows = rows(&report);
    assert_eq!(rows.len(), 1, "no single record contains the word that was cut");
    assert_eq!(cell(rows[0], "count"), "3");
    assert_eq!(report.totals.script_blocks, 6);
}

#[test]
fn the_later_form_fills_missing_fields_with_0() {
    let rule = format!(
        "name: PowerShell Enable PowerShell Remoting\nid: {ID}\nversion: 8\ntype: Anomaly\n\
         status: production\ndata_source:\n  - Powershell Script Block Logging 4104\n\
         description: The later form.\n\
         search: '`powershell` EventCode=4104 ScriptBlockText=\"*Enable-PSRemoting*\" | fillnull \
         | stats count min(_time) as firstTime max(_time) as lastTime by dest signature signature_id \
         user_id vendor_product EventID Guid Opcode Name Path ProcessID ScriptBlockId ScriptBlockText \
         | `security_content_ctime(firstTime)` | `security_content_ctime(lastTime)` \
         | `powershell_enable_powershell_remoting_filter`'\n\
         rba:\n  message: On $dest$.\n  risk_objects:\n    - field: dest\n      type: system\n      \
         score: 25\n  threat_objects: []\ntags:\n  asset_type: Endpoint\n  mitre_attack_id:\n    - T1059.001\n"
    );
    let options =
        Options::default().with_builtin(false).with_rules([RuleFile::new("later.yml", rule)]);
    let report = analyze(&[("log.xml", log().as_bytes())], options);
    let rows = rows(&report);
    assert_eq!(rows.len(), 3, "by script block id too");
    assert_eq!(cell(rows[0], "dest"), "FS03");
    assert_eq!(cell(rows[0], "Path"), "0");
    assert_eq!(cell(rows[0], "Opcode"), "15");
    assert_eq!(cell(rows[0], "user_id"), "S-1-5-18");
    assert_eq!(cell(rows[0], "vendor_product"), "Microsoft Windows");
    assert_eq!(rows[0].message.as_deref(), Some("On FS03."));
    let sums: Vec<i64> = report.risk_objects.iter().map(|object| object.score.0).collect();
    assert_eq!(sums, [5_000, 2_500]);
}

#[test]
fn an_event_without_a_computer_makes_no_row_and_is_reported() {
    let nameless = log().replace("<Computer>FS03</Computer>", "");
    let report = analyze(&[("log.xml", nameless.as_bytes())], Options::default());
    assert_eq!(rows(&report).len(), 1);
    let rule = report.rules.iter().find(|rule| rule.id == ID).unwrap();
    assert_eq!((rule.matched, rule.dropped), (3, 2));
    assert!(report.problems.iter().any(|problem| {
        problem.code == "dropped-no-field" && problem.message.contains("Computer")
    }));
    let options = Options::default().with_computer("FS03");
    let named = analyze(&[("log.xml", nameless.as_bytes())], options);
    assert_eq!(rows(&named).len(), 2);
}

#[test]
fn parts_beyond_their_total_are_blocks_with_ids_of_their_own() {
    let text = "Enable-PSRemoting";
    let log = [
        event(1, "2026-08-08T06:13:52Z", "FS03", "a", (5, 3), text),
        event(2, "2026-08-08T06:14:52Z", "FS03", "a", (5, 3), text),
        event(3, "2026-08-08T06:15:52Z", "FS03", "a", (1, 3), text),
    ];
    let report = analyze(&[("log.xml", log.concat().as_bytes())], Options::default());
    assert_eq!(report.totals.script_blocks, 3);
    assert_eq!(report.script_blocks.len(), 3);
}

#[test]
fn times_and_scores_limit_the_results() {
    let with = |options: Options| {
        rows(&analyze(&[("log.xml", log().as_bytes())], options))
            .iter()
            .map(|row| row.count)
            .sum::<u64>()
    };
    let since = |time: &str| Options::default().with_since(time);
    assert_eq!(with(since("2026-08-08T06:14:00Z")), 2);
    let until = Options::default().with_until("2026-08-08T06:14:00Z");
    assert_eq!(with(until), 1);
    assert_eq!(with(Options::default().with_min_score(25.0)), 3);
    assert_eq!(with(Options::default().with_min_score(25.5)), 0);
}

#[test]
fn a_list_in_json_is_a_field_with_several_values() {
    let line = |record: u32, roles: &str| {
        format!(
            "{{\"EventID\":4104,\"Channel\":\"Microsoft-Windows-PowerShell/Operational\",\
             \"ProviderName\":\"Microsoft-Windows-PowerShell\",\"Computer\":\"FS03\",\
             \"EventRecordID\":{record},\"ScriptBlockId\":\"{record}\",\
             \"ScriptBlockText\":\"Get-Date\",\"roles\":{roles}}}\n"
        )
    };
    let log = [line(1, r#"["user","admin"]"#), line(2, r#""user""#), line(3, "[]")].concat();
    let rule = format!(
        "name: Roles\nid: {ID}\ntype: Hunting\n\
         search: EventCode=4104 roles=* | eval n=mvcount(roles) | where roles=\"user\" \
         | table EventRecordID roles n\ntags: {{}}\n"
    );
    let options =
        Options::default().with_builtin(false).with_rules([RuleFile::new("roles.yml", rule)]);
    let report = analyze(&[("log.json", log.as_bytes())], options);
    let mut found: Vec<_> = rows(&report)
        .iter()
        .map(|row| (cell(row, "EventRecordID").to_owned(), cell(row, "n").to_owned()))
        .collect();
    found.sort();
    assert_eq!(found, [("1".into(), "2".into()), ("2".into(), "1".into())]);
}

#[test]
fn text_ends_at_a_nul() {
    let log = std::fs::read("tests/fixtures/evtx/plain.evtx").unwrap();
    let word: Vec<u8> = "Enable-PSRemoting".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = memchr::memmem::find(&log, &word).unwrap();
    let matched = |nul: Option<usize>| {
        let mut log = log.clone();
        if let Some(nul) = nul {
            log[nul..nul + 2].fill(0);
            // A dirty file, whose chunks may have other checksums.
            log[120] = 1;
        }
        let report = analyze(&[("log.evtx", &log)], Options::default());
        let blocks: u64 = rows(&report).iter().map(|row| row.blocks_total).sum();
        let texts: Vec<String> =
            report.script_blocks.iter().map(|block| block.text.to_string()).collect();
        assert!(texts.iter().all(|text| !text.contains('\0')), "{texts:?}");
        (blocks, report.totals.script_blocks, report.totals.problems)
    };
    let (blocks, all, problems) = matched(None);
    assert_eq!(matched(Some(at + word.len())), (blocks, all, problems));
    assert_eq!(matched(Some(at + 4)), (blocks - 1, all, problems));
    assert_eq!(matched(Some(at - 2)), (blocks - 1, all, problems));
}

#[test]
fn now_is_the_time_of_the_newest_event() {
    // No rule matches the newest one.
    let log = [
        event(1, "2026-08-08T06:13:00Z", "OLD", "a", (1, 1), "Get-Item x"),
        event(2, "2026-08-08T06:14:00Z", "NEW", "b", (1, 1), "Get-Item x"),
        event(3, "2026-08-08T06:15:00Z", "OTHER", "c", (1, 1), "Get-Date"),
    ]
    .concat();
    let wanted = "`powershell` EventCode=4104 ScriptBlockText=\"*get-item*\"";
    let conditions = [
        ("earliest=-90s", vec!["NEW"]),
        ("NOT latest=-90s", vec!["NEW"]),
        ("latest=now", vec!["NEW", "OLD"]),
        ("(Computer=OLD OR earliest=-90s)", vec!["NEW", "OLD"]),
        ("| where _time > relative_time(now(), \"-90s\")", vec!["NEW"]),
        ("| where NOT (_time > now() - 90)", vec!["OLD"]),
        ("| eval before = 1 | where _time > now() - 90", vec!["NEW"]),
        ("| where like(ScriptBlockText, \"Get%\") | where now() - _time >= 120", vec!["OLD"]),
    ];
    for (condition, computers) in conditions {
        let search = format!("{wanted} {condition} | stats count by Computer");
        let everything = "`powershell` EventCode=4104 | table _time Computer ScriptBlockText";
        let rule = EVERYTHING.replace(everything, &search);
        assert!(rule.contains(condition));
        let options = Options::default()
            .with_builtin(false)
            .with_rules([RuleFile::new("relative.yml", rule)]);
        let report = analyze(&[("log.xml", log.as_bytes())], options);
        let found: Vec<&str> = report.results.iter().map(|row| cell(row, "Computer")).collect();
        assert_eq!(found, computers, "{condition}");
    }
}
