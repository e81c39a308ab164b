//! The fields of an event under all their names, in every format; its provider, its time, and its raw record.

use super::detection::event;
use super::{analyze, read};
use crate::support::generate::evtx::{Style, Writer};
use crate::support::generate::record::{POWERSHELL, Provider, Record, Value};
use crate::support::generate::text;
use scriptscope::report::{Cell, Report};
use scriptscope::{Mode, Options, RuleFile, Session};

/// One rule with this search, about script blocks.
fn options(search: &str) -> Options {
    let id = if search.contains("EventCode=4104") { "" } else { "EventCode=4104 " };
    let rule = format!("name: Fields\nid: fields\ntype: Hunting\nsearch: >-\n  {id}{search}\n");
    Options::default().with_builtin(false).with_rules([RuleFile::new("fields.yml", rule)])
}

fn run(search: &str, log: &str) -> Report {
    analyze(&[("log", log.as_bytes())], options(search))
}

/// Returns how many rows a search finds in a log.
fn rows(search: &str, log: &str) -> usize {
    run(search, log).results.len()
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_ref()).collect()
}

fn record() -> Record {
    Record {
        provider: POWERSHELL,
        id: 4104,
        version: 1,
        level: 5,
        task: 2,
        opcode: 15,
        keywords: 0,
        // 2024-03-01T08:00:00.1234567Z
        time: 133_537_536_001_234_567,
        record: 7,
        activity: Some(*b"\x12\x27\x1f\x39\x04\xf1\x01\x00\xbb\xa9\x1f\x39\x04\xf1\xd5\x01"),
        process: 4321,
        thread: 8765,
        computer: "DC01.corp.example".into(),
        user: Some(vec![18]),
        data: vec![
            ("MessageNumber", Value::Number(1)),
            ("MessageTotal", Value::Number(1)),
            ("ScriptBlockText", Value::text("if (1 -gt 0) { 'x' } & \"y\"")),
            ("ScriptBlockId", Value::text("0be6ea7f-ff36-4527-af0d-5125b95be731")),
            ("Path", Value::text("C:\\a.ps1")),
        ],
    }
}

fn evtx(record: &Record, style: Style) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.push(record, style);
    writer.finish()
}

const CLASSIC: &str = "03/01/2024 08:00:00 AM\nLogName=Microsoft-Windows-PowerShell/Operational\n\
    SourceName=Microsoft-Windows-PowerShell\nEventCode=4104\nEventType=5\nType=Verbose\n\
    ComputerName=DC01.corp.example\nUser=NOT_TRANSLATED\nSid=S-1-5-18\nSidType=0\n\
    TaskCategory=Execute a Remote Command\nOpCode=On create calls\nRecordNumber=7\nKeywords=None\n\
    Message=Creating Scriptblock text (1 of 1):\nif (1 -gt 0) { 'x' } & \"y\"\n\n\
    ScriptBlock ID: 0be6ea7f-ff36-4527-af0d-5125b95be731\nPath: C:\\a.ps1\n";

const WINLOGBEAT: &str = r#"{"@timestamp":"2024-03-01T08:00:00.123Z","event":{"code":"4104","provider":"Microsoft-Windows-PowerShell"},"host":{"name":"collector"},"winlog":{"event_id":4104,"provider_name":"Microsoft-Windows-PowerShell","provider_guid":"{a0c1853b-5c40-4b15-8766-3cf1c58f985a}","channel":"Microsoft-Windows-PowerShell/Operational","computer_name":"DC01.corp.example","record_id":7,"opcode":"15","level":"verbose","task":"2","keywords":["0x0"],"activity_id":"{391f2712-f104-0001-bba9-1f3904f1d501}","process":{"pid":4321,"thread":{"id":8765}},"user":{"identifier":"S-1-5-18"},"event_data":{"MessageNumber":"1","MessageTotal":"1","ScriptBlockText":"if (1 -gt 0) { 'x' } & \"y\"","ScriptBlockId":"0be6ea7f-ff36-4527-af0d-5125b95be731","Path":"C:\\a.ps1"}}}
"#;

const NXLOG: &str = r#"{"EventTime":"2024-03-01 08:00:00","Hostname":"DC01.corp.example","host":"collector","Keywords":"0","EventType":"VERBOSE","EventID":4104,"SourceName":"Microsoft-Windows-PowerShell","ProviderGuid":"{A0C1853B-5C40-4B15-8766-3CF1C58F985A}","Task":2,"OpcodeValue":15,"RecordNumber":7,"ActivityID":"{391f2712-f104-0001-bba9-1f3904f1d501}","ExecutionProcessID":4321,"ExecutionThreadID":8765,"Channel":"Microsoft-Windows-PowerShell/Operational","UserID":"S-1-5-18","MessageNumber":"1","MessageTotal":"1","ScriptBlockText":"if (1 -gt 0) { 'x' } & \"y\"","ScriptBlockId":"0be6ea7f-ff36-4527-af0d-5125b95be731","Path":"C:\\a.ps1"}
"#;

const CSV: &str = "TimeCreated_SystemTime,Computer,EventID,EventRecordID,Channel,Provider_Name,Provider_Guid,Level,Task,Opcode,Keywords,Execution_ProcessID,Execution_ThreadID,Correlation_ActivityID,Security_UserID,MessageNumber,MessageTotal,ScriptBlockText,ScriptBlockId,Path\n\
    2024-03-01T08:00:00.1234567Z,DC01.corp.example,4104,7,Microsoft-Windows-PowerShell/Operational,Microsoft-Windows-PowerShell,{a0c1853b-5c40-4b15-8766-3cf1c58f985a},5,2,15,0x0,4321,8765,{391f2712-f104-0001-bba9-1f3904f1d501},S-1-5-18,1,1,\"if (1 -gt 0) { 'x' } & \"\"y\"\"\",0be6ea7f-ff36-4527-af0d-5125b95be731,C:\\a.ps1\n";

/// Names with the value that every format gives them.
const EVERYWHERE: [(&str, &str); 49] = [
    ("Computer", "DC01.corp.example"),
    ("ComputerName", "DC01.corp.example"),
    ("Hostname", "DC01.corp.example"),
    ("host", "DC01.corp.example"),
    ("dest", "DC01.corp.example"),
    ("dvc", "DC01.corp.example"),
    ("winlog.computer_name", "DC01.corp.example"),
    ("EventCode", "4104"),
    ("EventID", "4104"),
    ("signature_id", "4104"),
    ("event.code", "4104"),
    ("UserID", "S-1-5-18"),
    ("user_id", "S-1-5-18"),
    ("Sid", "S-1-5-18"),
    ("Security_UserID", "S-1-5-18"),
    ("user", "S-1-5-18"),
    ("Name", "Microsoft-Windows-PowerShell"),
    ("Provider_Name", "Microsoft-Windows-PowerShell"),
    ("Channel", "Microsoft-Windows-PowerShell/Operational"),
    ("LogName", "Microsoft-Windows-PowerShell/Operational"),
    ("EventRecordID", "7"),
    ("RecordNumber", "7"),
    ("Level", "5"),
    ("MessageNumber", "1"),
    ("MessageTotal", "1"),
    ("ScriptBlockText", "if (1 -gt 0) { 'x' } & \"y\""),
    ("powershell.file.script_block_text", "if (1 -gt 0) { 'x' } & \"y\""),
    ("ScriptBlockId", "0be6ea7f-ff36-4527-af0d-5125b95be731"),
    ("Path", "C:\\a.ps1"),
    ("vendor_product", "Microsoft Windows"),
    ("signature", "Execute a Remote Command"),
    ("source", "XmlWinEventLog:Microsoft-Windows-PowerShell/Operational"),
    ("sourcetype", "XmlWinEventLog"),
    ("index", "main"),
    ("Event.System.Computer", "DC01.corp.example"),
    ("Event.EventData.Path", "C:\\a.ps1"),
    ("EventData.Path", "C:\\a.ps1"),
    ("winlog.event_data.Path", "C:\\a.ps1"),
    ("data.win.system.computer", "DC01.corp.example"),
    ("Event_System_EventID", "4104"),
    ("MachineName", "DC01.corp.example"),
    ("computer_name", "DC01.corp.example"),
    ("event_id", "4104"),
    ("SourceName", "Microsoft-Windows-PowerShell"),
    ("ProviderName", "Microsoft-Windows-PowerShell"),
    ("record_id", "7"),
    ("Provider.Name", "Microsoft-Windows-PowerShell"),
    ("winlog.channel", "Microsoft-Windows-PowerShell/Operational"),
    ("scriptBlockText", "if (1 -gt 0) { 'x' } & \"y\""),
];

/// Names that Splunk's event text has no value for.
const NOT_IN_CLASSIC: [(&str, &str); 8] = [
    ("ProcessID", "4321"),
    ("Execution_ProcessID", "4321"),
    ("ThreadID", "8765"),
    ("Execution_ThreadID", "8765"),
    ("Opcode", "15"),
    ("Task", "2"),
    ("winlog.process.pid", "4321"),
    ("winlog.opcode", "15"),
];

/// Names that only Splunk's event text has a value for.
const ONLY_IN_CLASSIC: [(&str, &str); 4] = [
    ("Type", "Verbose"),
    ("TaskCategory", "Execute a Remote Command"),
    ("EventType", "5"),
    ("User", "NOT_TRANSLATED"),
];

fn logs() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("evtx", evtx(&record(), Style::Values)),
        ("plain evtx", evtx(&record(), Style::Plain)),
        ("xml", text::xml(&record()).into_bytes()),
        ("evtx_dump", text::ndjson(&record()).into_bytes()),
        ("winlogbeat", WINLOGBEAT.into()),
        ("nxlog", NXLOG.into()),
        ("csv", CSV.into()),
        ("classic", CLASSIC.into()),
    ]
}

#[test]
fn every_name_has_its_value_in_every_format() {
    let names = EVERYWHERE.iter().chain(&NOT_IN_CLASSIC).chain(&ONLY_IN_CLASSIC);
    let columns: Vec<String> = names.map(|(name, _)| format!("\"{name}\"")).collect();
    let search = format!("EventCode=4104 | table {} TimeCreated_SystemTime", columns.join(" "));
    let mut wrong = Vec::new();
    for (format, log) in logs() {
        let report = analyze(&[(format, &log)], options(&search));
        assert_eq!(report.results.len(), 1, "{format}: {:?}", report.problems);
        let fields = &report.results[0].fields;
        let value = |name: &str| match fields.get(name) {
            Some(Cell::One(text)) => Some(text.to_string()),
            _ => None,
        };
        let mut check = |name: &str, expected: Option<&str>| {
            if value(name).as_deref() != expected {
                wrong.push(format!("{format}: {name} is {:?}, not {expected:?}", value(name)));
            }
        };
        let is_classic = format == "classic";
        EVERYWHERE.iter().for_each(|(name, expected)| check(name, Some(expected)));
        for (name, expected) in NOT_IN_CLASSIC {
            // The text has the names of opcode and task, not their numbers.
            let is_text =
                is_classic && value(name).is_some_and(|value| value.starts_with(['O', 'E']));
            if !is_text {
                check(name, Some(expected).filter(|_| !is_classic));
            }
        }
        for (name, expected) in ONLY_IN_CLASSIC {
            // NXLog has a type too.
            let nxlog = Some("VERBOSE").filter(|_| format == "nxlog" && name == "EventType");
            check(name, nxlog.or(Some(expected).filter(|_| is_classic)));
        }
        let time = value("TimeCreated_SystemTime").unwrap_or_default();
        assert!(time.starts_with("2024-03-01T08:00:00"), "{format}: {time}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_read_the_default_fields_of_every_format() {
    for (format, log) in logs() {
        for (condition, expected) in [
            ("host=dc01*", 1),
            ("NOT host=dc01*", 0),
            ("host!=dc01*", 0),
            ("host=collector", 0),
            ("source=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\"", 1),
            ("source=\"XmlWinEventLog:Microsoft-Windows-PowerShell/Operational\"", 1),
            ("NOT source=\"WinEventLog:*\"", 0),
            ("sourcetype=whatever", 1),
            ("* | where host=\"DC01.corp.example\"", 1),
            ("* | eval x=host | where x=\"DC01.corp.example\"", 1),
            ("* | rename host AS h | where h=\"DC01.corp.example\"", 1),
            ("* | stats count by host source sourcetype index | where count=1", 1),
            ("* | stats values(host) as h by Computer | where h=Computer", 1),
            ("* | regex \"<EventID>4104</EventID>\"", 1),
            ("* | rex \"<EventID>(?<id>\\d+)\" | where id=4104", 1),
            ("* | fields Computer | regex _raw=\"4104\"", 1),
            ("_raw=\"*<Channel>Microsoft-Windows-PowerShell/Operational<*\"", 1),
            ("NOT _raw=\"*4104*\"", 0),
        ] {
            let report = analyze(&[(format, &log)], options(condition));
            assert_eq!(
                report.results.len(),
                expected,
                "{format}: {condition} {:?}",
                report.problems
            );
        }
    }
}

fn raw(log: &[u8], mode: Mode) -> String {
    let options = options("EventCode=4104 | table _raw").with_mode(mode);
    let report = analyze(&[("log", log)], options);
    match report.results[0].fields.get("_raw") {
        Some(Cell::One(text)) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_raw_record_is_the_sources_own_text() {
    let xml = text::xml(&record());
    let line = text::ndjson(&record());
    for (log, expected) in [
        (xml.as_str(), xml.trim_end()),
        (line.as_str(), line.trim_end()),
        (WINLOGBEAT, WINLOGBEAT.trim_end()),
        (CLASSIC, CLASSIC.trim_end()),
    ] {
        for mode in [Mode::Block, Mode::Event] {
            assert_eq!(raw(log.as_bytes(), mode).trim_end(), expected);
        }
        // Later records of a known layout too.
        let many = log.repeat(12).replacen("7</EventRecordID>", "8</EventRecordID>", 1);
        assert!(raw(many.as_bytes(), Mode::Event).len() > 200);
    }
    let export = format!("{{\"result\":{{\"_raw\":{:?}}}}}\n", xml.trim_end());
    assert_eq!(raw(export.as_bytes(), Mode::Block), xml.trim_end());
}

#[test]
fn the_raw_record_of_an_event_log_is_its_xml() {
    for style in [Style::Values, Style::Literal, Style::Plain] {
        // Records without a template have no activity.
        let activity = record().activity.filter(|_| style != Style::Plain);
        let record = Record { activity, ..record() };
        let found = raw(&evtx(&record, style), Mode::Block);
        assert_eq!(found.to_lowercase(), text::xml(&record).trim_end().to_lowercase());
    }
}

#[test]
fn the_raw_record_of_a_script_in_parts_has_all_of_it() {
    let parts = ["Enable-PSRem", "oting & x"].into_iter().enumerate();
    let parts: Vec<Record> = parts
        .map(|(index, text)| {
            let mut part = record();
            part.record += index as u64;
            part.data[0].1 = Value::Number(index as u32 + 1);
            part.data[1].1 = Value::Number(2);
            part.data[2].1 = Value::text(text);
            part
        })
        .collect();
    let mut writer = Writer::new();
    parts.iter().for_each(|part| writer.push(part, Style::Values));
    let xml: String = parts.iter().map(text::xml).collect();
    for log in [xml.into_bytes(), writer.finish()] {
        let found = raw(&log, Mode::Block);
        assert!(found.contains("'ScriptBlockText'>Enable-PSRemoting &amp; x</Data>"), "{found}");
    }
    let lines: String = parts.iter().map(text::ndjson).collect();
    let found = raw(lines.as_bytes(), Mode::Block);
    assert_eq!(found, format!("{}\nEnable-PSRemoting & x", text::ndjson(&parts[0]).trim_end()));
}

#[test]
fn a_word_of_a_collector_hides_no_script_block() {
    let text = "\"ScriptBlockText\":\"Get-Date\"";
    let message = "\"Message\":\"Creating Scriptblock text (1 of 1):\\nGet-Date\\n\\nScriptBlock ID: \
        0be6ea7f-ff36-4527-af0d-5125b95be731\\nPath: \"";
    let channel = "\"Channel\":\"Microsoft-Windows-PowerShell/Operational\"";
    for name in [
        "_Source",
        "Source",
        "source",
        "SourceName",
        "source_name",
        "ProviderName",
        "Provider",
        "provider",
        "provider_name",
        "providerName",
        "event.provider",
        "Provider_Name",
        "Name",
    ] {
        for values in [
            text.to_owned(),
            message.to_owned(),
            format!("{channel},{text}"),
            format!("{channel},{message}"),
            format!("\"Channel\":\"ForwardedEvents\",{text}"),
            format!("\"Channel\":\"ForwardedEvents\",{message}"),
            format!("\"Channel\":\"forwarder\",{text}"),
        ] {
            let line =
                format!("{{\"EventID\":4104,\"{name}\":\"Generic.Client.Events\",{values}}}\n");
            let found =
                rows("`powershell` EventCode=4104 ScriptBlockText=Get-Date", &line.repeat(12));
            // An id makes copies of one script block of them.
            let expected = if values.contains("ScriptBlock ID") { 1 } else { 12 };
            assert_eq!(found, expected, "{line}");
        }
        let table = format!("EventID,{name},Channel,ScriptBlockText\n4104,collector,x,Get-Date\n");
        assert_eq!(rows("ScriptBlockText=Get-Date", &table), 1, "{table}");
        let classic = CLASSIC
            .replace("SourceName=Microsoft-Windows-PowerShell", &format!("{name}=collector"));
        assert_eq!(rows("ScriptBlockText=*", &classic), 1, "{classic}");
    }
    for (from, to) in [
        ("Name='Microsoft-Windows-PowerShell'", "Name='relay'"),
        (
            " Guid='{a0c1853b-5c40-4b15-8766-3cf1c58f985a}'",
            " Guid='{00000000-0000-0000-0000-000000000000}'",
        ),
        (">Microsoft-Windows-PowerShell/Operational<", ">ForwardedEvents<"),
    ] {
        let log = text::xml(&record()).replace(from, to);
        assert_eq!(rows("ScriptBlockText=*", &log.repeat(12)), 1, "{log}");
    }
    let relay = Provider { name: "relay", guid: None, channel: POWERSHELL.channel };
    let elsewhere = Provider { name: "relay", guid: None, channel: "ForwardedEvents" };
    for provider in [relay, elsewhere] {
        for style in [Style::Values, Style::Plain] {
            let log = evtx(&Record { provider: provider.clone(), ..record() }, style);
            let report = analyze(&[("log", &log)], options("ScriptBlockText=*"));
            assert_eq!(report.results.len(), 1, "{provider:?}");
        }
    }
}

#[test]
fn an_event_4104_of_another_provider_is_named() {
    let provider =
        Provider { name: "Microsoft-Windows-Winlogon", guid: None, channel: "Application" };
    let other = Record { provider, data: vec![("a", Value::text("b"))], ..record() };
    let classic = CLASSIC
        .replace("PowerShell/Operational", "x")
        .replace("Microsoft-Windows-PowerShell", "Microsoft-Windows-Winlogon")
        .replace("Creating Scriptblock text (1 of 1):", "Winlogon")
        .replace("\n\nScriptBlock ID", "\nId")
        .replace("\nPath", "\nPlace");
    let table = "EventID,ProviderName,Message\n4104,Microsoft-Windows-Winlogon,x\n";
    let logs = [
        evtx(&other, Style::Values),
        evtx(&other, Style::Plain),
        text::xml(&other).into_bytes(),
        text::ndjson(&other).into_bytes(),
        text::ndjson(&other).repeat(11).into_bytes(),
        classic.into_bytes(),
        table.into(),
    ];
    for (index, log) in logs.iter().enumerate() {
        let report = analyze(&[("log", log)], options("EventCode=4104"));
        let found = report.problems.iter().find(|problem| problem.code == "other-provider");
        let message =
            found.unwrap_or_else(|| panic!("{index}: {:?}", report.problems)).message.clone();
        let count = if index == 4 { 11 } else { 1 };
        assert!(message.contains(&format!("Microsoft-Windows-Winlogon ({count})")), "{message}");
        assert!(report.results.is_empty());
    }
    // The count of a merged report is that of one pass.
    let mut root = Session::new(options("EventCode=4104")).unwrap();
    for _ in 0..2 {
        let mut worker = Session::new(options("EventCode=4104")).unwrap();
        read(&mut worker, "a", [&logs[0][..]]);
        root.merge(&worker.partial().unwrap()).unwrap();
    }
    assert_eq!(codes(&root.report()).iter().filter(|code| **code == "other-provider").count(), 2);
}

#[test]
fn the_time_is_found_under_every_usual_name_and_in_every_notation() {
    let line = |name: &str, value: &str| {
        format!(
            "{{\"EventID\":4104,\"ProviderName\":\"PowerShellCore\",\"ScriptBlockText\":\"a\",\"{name}\":{value}}}\n"
        )
    };
    let time = |log: &str| {
        let report = run("EventCode=4104 | table TimeCreated", log);
        match report.results[0].fields.get("TimeCreated") {
            Some(Cell::One(text)) => text.to_string(),
            _ => format!("none: {:?}", report.problems),
        }
    };
    for name in [
        "ts",
        "timeCreated",
        "TimeCreated",
        "TimeCreated_SystemTime",
        "time_created",
        "event_time",
        "eventTime",
        "EventTime",
        "UtcTime",
        "@timestamp",
        "timestamp",
        "Timestamp",
        "_time",
        "time",
        "Time",
        "date",
        "Date",
        "datetime",
        "DateTime",
        "TimeGenerated",
        "time_generated",
        "SystemTime",
        "system_time",
        "created",
        "created_at",
        "CreatedDate",
        "logged_at_time",
        "Event.System.TimeCreated",
        "event.created",
        "EventTimestamp",
        "when",
    ] {
        let log = line(name, "\"2024-05-31T13:00:09Z\"");
        assert_eq!(time(&log), "2024-05-31T13:00:09Z", "{name}");
        assert!(time(&log.repeat(12)).starts_with("2024"), "{name}");
    }
    for value in [
        "1717160409",
        "1717160409.0",
        "1717160409000",
        "1717160409000000",
        "1717160409000000000",
        "\"1717160409\"",
        "\"1717160409000\"",
        "1.717160409E9",
        "\"/Date(1717160409000)/\"",
        "\"\\/Date(1717160409000)\\/\"",
        "133616340090000000",
        "\"133616340090000000\"",
        "638527572090000000",
        "\"2024-05-31T13:00:09Z\"",
        "\"2024-05-31 13:00:09\"",
        "\"2024-05-31T15:00:09+02:00\"",
        "\"2024-05-31T15:00:09+0200\"",
        "\"20240531T130009Z\"",
        "\"5/31/2024 1:00:09 PM\"",
        "\"31/5/2024 13:00:09\"",
        "\"31.05.2024 13:00:09\"",
        "\"Fri, 31 May 2024 13:00:09 GMT\"",
        "\"2024-05-31T13:00:09.000000000Z\"",
    ] {
        for name in ["TimeCreated", "ts", "created_at"] {
            let found = time(&line(name, value));
            assert!(found.starts_with("2024-05-31T13:00:09"), "{name} {value}: {found}");
        }
    }
    // A time that cannot be read gives way to one that can.
    let two = line("TimeCreated", "\"soon\",\"@timestamp\":\"2024-05-31T13:00:09Z\"");
    assert_eq!(time(&two), "2024-05-31T13:00:09Z");
    let two = line("TimeCreated", "\"soon\",\"x\":\"2024-05-31T13:00:09Z\"");
    assert_eq!(time(&two), "2024-05-31T13:00:09Z");
}

#[test]
fn assumptions_about_times_are_reported() {
    let line = |name: &str, value: &str| {
        let line = format!(
            "{{\"EventID\":4104,\"ProviderName\":\"PowerShellCore\",\"ScriptBlockText\":\"a\",\"{name}\":\"{value}\"}}\n"
        );
        let report = run("EventCode=4104", &line.repeat(12));
        codes(&report).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let has = |codes: &[String], code: &str| codes.iter().any(|own| own == code);
    assert!(has(&line("TimeCreated", "3/4/2024 13:00:09"), "date-order"));
    assert!(!has(&line("TimeCreated", "3/31/2024 13:00:09"), "date-order"));
    assert!(!has(&line("TimeCreated", "2024-03-04 13:00:09"), "date-order"));
    assert!(has(&line("when", "2024-03-04T13:00:09Z"), "time-field"));
    assert!(!has(&line("TimeCreated", "2024-03-04T13:00:09Z"), "time-field"));
    assert!(has(&line("TimeCreated", "soon"), "unreadable-time"));
    assert!(has(&line("TimeCreated", "soon"), "no-time"));
}

#[test]
fn an_undated_record_is_within_every_limit_of_time_and_reported() {
    let dated = "{\"EventID\":4104,\"ProviderName\":\"PowerShellCore\",\"ScriptBlockText\":\"a\",\"TimeCreated\":\"2024-03-04T13:00:09Z\"}\n";
    let undated =
        "{\"EventID\":4104,\"ProviderName\":\"PowerShellCore\",\"ScriptBlockText\":\"b\"}\n";
    let log = format!("{dated}{undated}");
    for options in [
        options("EventCode=4104").with_since("2025-01-01"),
        options("EventCode=4104").with_until("2023-01-01"),
        options("EventCode=4104 earliest=2025-01-01T00:00:00Z"),
    ] {
        let report = analyze(&[("log", log.as_bytes())], options);
        assert_eq!(report.results.len(), 1);
        let problem = report.problems.iter().find(|problem| problem.code == "no-time").unwrap();
        assert!(problem.message.starts_with("1 of 2 "), "{}", problem.message);
    }
}

#[test]
fn forwarded_events_are_powershells_by_provider() {
    let log = event(1, "2026-08-08T06:13:52.083Z", "FS03", "a", (1, 1), "Get-Date")
        .replace("<Channel>Microsoft-Windows-PowerShell/Operational<", "<Channel>ForwardedEvents<");
    assert_eq!(rows("`powershell` EventCode=4104", &log), 1);
    assert_eq!(rows("source=\"WinEventLog:ForwardedEvents\"", &log), 1);
}
