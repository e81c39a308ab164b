//! Lists, neighbours and histograms against a naive calculation, for any division of the input.

use crate::inventory::{
    BlockFilter, BlockQuery, BlockRow, BlockSort, ContextEvent, ContextList, ContextQuery,
    HistogramQuery, LaneKind, Sameness, ScriptQuery, ScriptRow, ScriptSort,
};
use crate::rule::RuleFile;
use crate::session::{Options, Session};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A record of a log.
#[derive(Clone, Debug)]
struct Log {
    computer: &'static str,
    /// Number of the script block id.
    id: u8,
    number: u32,
    total: u32,
    text: &'static str,
    process: u32,
    second: u32,
}

impl Log {
    fn json(&self, record: usize) -> String {
        let Self { computer, id, number, total, text, process, second } = self;
        let id = match id {
            0 => "not a guid".to_owned(),
            id => format!("4f3c0b1a-0000-4000-8000-0000000000{id:02x}"),
        };
        format!(
            r#"{{"EventID":4104,"ProviderName":"Microsoft-Windows-PowerShell","Computer":"{computer}","EventRecordID":{record},"TimeCreated":"2026-08-08T06:00:{second:02}.5Z","UserID":"S-1-5-18","ProcessID":{process},"ThreadID":7,"Path":"C:\\x\\{id}.ps1","ScriptBlockId":"{id}","MessageNumber":{number},"MessageTotal":{total},"ScriptBlockText":"{text}"}}
"#
        )
    }
}

prop_compose! {
    fn log()(
        computer in prop::sample::select(vec!["DC01", "dc01", "FS03"]),
        id in 0_u8..4,
        (number, total) in prop::sample::select(vec![(1, 1), (1, 1), (1, 2), (2, 2)]),
        text in prop::sample::select(vec!["Get-Date", "loud! 1", "loud! 2", "", "längst 😀"]),
        process in 1_u32..3,
        second in 0_u32..60,
    ) -> Log {
        Log { computer, id, number, total, text, process, second }
    }
}

fn options() -> Options {
    let rule = "title: Loud\nid: loud\nlevel: high\nlogsource: {product: windows, category: ps_script}\n\
                detection: {s: {ScriptBlockText|contains: 'loud!'}, condition: s}\n";
    Options::default()
        .with_builtin(false)
        .with_rules([RuleFile::new("loud.yml", rule)])
        .with_inventory(true)
}

/// Reads these records of a log in a session of its own. `piece` numbers the source.
fn read(records: &[(usize, Log)], piece: u64) -> Session {
    read_with(options(), records, piece)
}

fn read_with(options: Options, records: &[(usize, Log)], piece: u64) -> Session {
    let mut session = Session::new(options).unwrap();
    for (index, log) in records {
        // A range for each record: their offsets are those in the whole log.
        session.begin_range("log.json", piece, *index as u64 * 1_000, None, false).unwrap();
        session.push(log.json(*index).as_bytes()).unwrap();
        session.end().unwrap();
        let partial = session.drain(None).unwrap();
        session.merge(&partial).unwrap();
    }
    session
}

fn all(session: &mut Session) -> Vec<BlockRow> {
    session.list_blocks(&BlockQuery::default()).unwrap().rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn an_inventory_of_candidates_lists_what_matches_as_a_whole_one_does(
        logs in prop::collection::vec(log(), 0..20),
    ) {
        let records: Vec<_> = logs.into_iter().enumerate().collect();
        let query = BlockQuery {
            filter: BlockFilter { matched: Some(true), ..BlockFilter::default() },
            ..BlockQuery::default()
        };
        let mut whole = read(&records, 1);
        let mut few = read_with(options().with_candidates_only(true), &records, 1);
        let (mut whole, few) = (whole.list_blocks(&query).unwrap(), few.list_blocks(&query).unwrap());
        for (one, other) in whole.rows.iter_mut().zip(&few.rows) {
            // Of several texts that records give a block, the longest is shown, and need not be the one that matches.
            // Its equals on other computers match no rule either, and are not listed.
            if other.shape_id.is_none() {
                (one.shape_id, one.seen_on) = (None, other.seen_on);
            }
        }
        prop_assert_eq!(few.rows, whole.rows);
    }
}

#[test]
fn an_inventory_of_candidates_counts_the_others() {
    let log =
        |id, text| Log { computer: "DC01", id, number: 1, total: 1, text, process: 1, second: 0 };
    let records: Vec<_> =
        [log(1, "Get-Date"), log(2, "loud! 1"), log(3, "")].into_iter().enumerate().collect();
    let mut session = read_with(options().with_candidates_only(true), &records, 1);
    let list = session.list_blocks(&BlockQuery::default()).unwrap();
    assert_eq!((list.total, list.rows.len()), (3, 1));
}

/// A block by its computer, id, number of parts, and text or parts.
type Naive = BTreeMap<(String, u8, u32, String), Vec<(u32, usize, Log)>>;

fn naive(logs: &[Log]) -> Naive {
    let mut blocks = Naive::new();
    for (record, log) in logs.iter().enumerate() {
        let text = if log.total == 1 { log.text } else { "" };
        let key = (log.computer.to_lowercase(), log.id, log.total, text.to_owned());
        blocks.entry(key).or_default().push((log.second, record, log.clone()));
    }
    blocks
}

/// The text that a naive block is listed with: the longest of each part.
fn text_of(records: &[(u32, usize, Log)]) -> (String, BTreeSet<u32>) {
    let mut parts: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (.., log) in records {
        parts.entry(log.number).or_default().push(log.text);
    }
    let longest = |texts: &Vec<&str>| -> String {
        let length = |text: &&&str| text.encode_utf16().count();
        (*texts.iter().max_by_key(length).unwrap()).to_owned()
    };
    (parts.values().map(longest).collect(), parts.keys().copied().collect())
}

/// Scripts by the definition, sorted from the rarest: id, and numbers of texts, blocks, computers, users and days.
fn naive_scripts(rows: &[BlockRow], by: Sameness) -> Vec<(String, [usize; 5], Option<String>)> {
    let mut groups: BTreeMap<String, Vec<&BlockRow>> = BTreeMap::new();
    for row in rows {
        let shape = row.shape_id.clone().filter(|_| by == Sameness::Shape);
        groups.entry(shape.unwrap_or_else(|| row.text_id.clone())).or_default().push(row);
    }
    let distinct = |rows: &[&BlockRow], name: fn(&BlockRow) -> Option<String>| {
        rows.iter().filter_map(|row| name(row)).collect::<BTreeSet<_>>().len()
    };
    let mut scripts: Vec<_> = groups
        .into_iter()
        .map(|(id, rows)| {
            let counts = [
                distinct(&rows, |row| Some(row.text_id.clone())),
                rows.len(),
                distinct(&rows, |row| row.computer.as_ref().map(|name| name.to_lowercase())),
                distinct(&rows, |row| row.user.clone()),
                distinct(&rows, |row| row.time.as_ref().map(|time| time[..10].to_owned())),
            ];
            (id, counts, rows.iter().filter_map(|row| row.time.clone()).min())
        })
        .collect();
    scripts.sort_by_key(|(_, [_, blocks, computers, _, days], first)| {
        (*computers, *blocks, *days, first.clone())
    });
    scripts
}

fn counts_of(row: &ScriptRow) -> [usize; 5] {
    [row.texts, row.blocks, row.computers, row.users, row.days].map(|count| count as usize)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_list_equals_a_naive_one_for_any_division(
        logs in prop::collection::vec(log(), 1..24),
        cuts in prop::collection::vec(0_usize..3, 24),
    ) {
        let records: Vec<(usize, Log)> = logs.iter().cloned().enumerate().collect();
        let mut one = read(&records, 1);
        let rows = all(&mut one);
        let blocks = naive(&logs);
        prop_assert_eq!(rows.len(), blocks.len());
        let mut times: Vec<_> = rows.iter().map(|row| row.time.clone()).collect();
        times.sort();
        prop_assert_eq!(rows.iter().map(|row| row.time.clone()).collect::<Vec<_>>(), times);
        let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        prop_assert_eq!(ids.len(), rows.len());
        for ((computer, id, total, _), records) in &blocks {
            let (text, parts) = text_of(records);
            // The record that a report shows: the earliest of the lowest part.
            let lowest = parts.first().copied().unwrap();
            let length = |text: &str| text.encode_utf16().count();
            let lowest: Vec<_> = records.iter().filter(|own| own.2.number == lowest).collect();
            let longest = lowest.iter().map(|own| length(own.2.text)).max().unwrap();
            let same = lowest.iter().filter(|own| length(own.2.text) == longest);
            let least = same.clone().map(|(second, record, _)| (second, record)).min().unwrap();
            let row = rows.iter().find(|row| {
                row.record.as_deref() == Some(&*least.1.to_string())
            });
            prop_assume!(same.map(|own| own.2.text).collect::<BTreeSet<_>>().len() == 1);
            let row = row.unwrap();
            prop_assert_eq!(row.computer.as_ref().unwrap().to_lowercase(), computer.clone());
            prop_assert_eq!((row.total, row.parts as usize), (*total, parts.len()));
            prop_assert_eq!(row.length as usize, length(&text));
            prop_assert_eq!(row.offset, *least.1 as u64 * 1_000);
            if *total == 1 {
                // Of texts of one script block that contain each other, a report has one.
                let texts = blocks.keys().filter(|key| (&key.0, key.1) == (computer, *id)).count();
                let results = usize::from(text.contains("loud!"));
                prop_assert!(row.results == results || (texts > 1 && row.results == 0));
                let seen_on: BTreeSet<&str> = rows
                    .iter()
                    .filter(|other| other.text_id == row.text_id)
                    .map(|other| if other.computer.as_deref() == Some("FS03") { "b" } else { "a" })
                    .collect();
                prop_assert_eq!(row.seen_on as usize, seen_on.len());
            }
        }
        // Blocks of the report are rows under the same ids.
        for block in one.report().script_blocks {
            let found = one.block_neighbours(&block.id, 0).unwrap();
            prop_assert!(found.is_some_and(|found| found.block.results > 0), "{:?}", block);
        }
        let histogram = one.histogram(&HistogramQuery { bins: 7, ..HistogramQuery::default() }).unwrap();
        let counted: u32 = histogram.lanes.iter().flat_map(|lane| &lane.blocks).sum();
        prop_assert_eq!(counted as usize, rows.len());
        let matched: u32 = histogram.lanes.iter().flat_map(|lane| &lane.results.high).sum();
        prop_assert_eq!(matched as usize, rows.iter().filter(|row| row.results > 0).count());

        let mut merged = Session::new(options()).unwrap();
        for piece in [2, 0, 1] {
            let own = records.iter().filter(|(index, _)| cuts[*index] == piece).cloned();
            let mut own: Vec<_> = own.collect();
            own.reverse();
            merged.merge(&read(&own, 1).partial().unwrap()).unwrap();
        }
        prop_assert_eq!(all(&mut merged), rows.clone());
        for row in &rows {
            let around = one.block_neighbours(&row.id, 2).unwrap().unwrap();
            prop_assert!(around.same_process);
            let key = |row: &BlockRow| {
                (row.computer.as_ref().unwrap().to_lowercase(), row.process_id.clone())
            };
            let same: Vec<_> = rows.iter().filter(|other| key(other) == key(row)).collect();
            let at = same.iter().position(|other| other.id == row.id).unwrap();
            let before: Vec<_> = same[at.saturating_sub(2)..at].iter().copied().cloned().collect();
            let after: Vec<_> = same[at + 1..].iter().take(2).copied().cloned().collect();
            prop_assert_eq!((&around.before, &around.after), (&before, &after));
            prop_assert_eq!(merged.block_neighbours(&row.id, 2).unwrap().unwrap(), around);
        }
        for sort in [BlockSort::Length, BlockSort::Score, BlockSort::SeenOn] {
            let query = BlockQuery { sort, descending: true, ..BlockQuery::default() };
            let sorted = merged.list_blocks(&query).unwrap().rows;
            let key = |row: &BlockRow| match sort {
                BlockSort::Length => row.length,
                BlockSort::Score => row.score.0 as u64,
                _ => u64::from(row.seen_on),
            };
            let keys: Vec<_> = sorted.iter().map(key).collect();
            let mut expected: Vec<_> = rows.iter().map(key).collect();
            expected.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(keys, expected);
        }
        for filter in [
            BlockFilter { computer: Some("dc*".into()), ..BlockFilter::default() },
            BlockFilter { matched: Some(true), ..BlockFilter::default() },
            BlockFilter { process: Some("1".into()), ..BlockFilter::default() },
            BlockFilter { from: Some("2026-08-08T06:00:20.0Z".into()), to: Some("2026-08-08T06:00:40.0Z".into()), ..BlockFilter::default() },
            BlockFilter { text_id: Some(rows[0].text_id.clone()), ..BlockFilter::default() },
            BlockFilter { user: Some("system".into()), path: Some("c:\\x\\not*".into()), ..BlockFilter::default() },
        ] {
            let passes = |row: &&BlockRow| {
                filter.computer.is_none() || row.computer.as_deref() != Some("FS03")
            };
            let passes = |row: &&BlockRow| {
                passes(row)
                    && filter.matched.is_none_or(|matched| matched == (row.results > 0))
                    && filter.process.as_ref().is_none_or(|own| Some(own) == row.process_id.as_ref())
                    && filter.from.as_ref().is_none_or(|from| row.time.as_ref().unwrap() >= from)
                    && filter.to.as_ref().is_none_or(|to| row.time.as_ref().unwrap() < to)
                    && filter.text_id.as_ref().is_none_or(|own| *own == row.text_id)
                    && (filter.path.is_none() || row.path.as_deref() == Some("C:\\x\\not a guid.ps1"))
            };
            let expected: Vec<_> = rows.iter().filter(passes).cloned().collect();
            let query = BlockQuery { filter: filter.clone(), offset: 1, limit: Some(3), ..BlockQuery::default() };
            let list = merged.list_blocks(&query).unwrap();
            prop_assert_eq!((list.total, list.matching), (rows.len(), expected.len()));
            let page: Vec<_> = expected.into_iter().skip(1).take(3).collect();
            prop_assert_eq!(list.rows, page, "{:?}", filter);
        }
    }
}

#[test]
fn a_session_without_the_option_says_so() {
    let mut session = Session::new(Options::default()).unwrap();
    let error = session.list_blocks(&BlockQuery::default()).unwrap_err();
    assert!(error.to_string().contains("set the option inventory"), "{error}");
    let mut session = Session::new(options()).unwrap();
    assert_eq!(all(&mut session), []);
    assert_eq!(session.block_neighbours("x", 1), Ok(None));
    let histogram = session.histogram(&HistogramQuery::default()).unwrap();
    assert_eq!((histogram.lanes.len(), histogram.from), (0, None));
    let filter = BlockFilter { from: Some("noon".into()), ..BlockFilter::default() };
    let error = session.list_blocks(&BlockQuery { filter, ..BlockQuery::default() }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "option from: \"noon\" is not a time such as 2026-08-08 or 2026-08-08T06:13:52Z"
    );
}

#[test]
fn the_same_long_script_has_one_text_however_it_was_cut() {
    let mut session = Session::new(options()).unwrap();
    session.begin("log.json").unwrap();
    for (id, parts) in [(1, ["Get-Pro", "cess"]), (2, ["Get-", "Process"]), (3, ["Get-", ""])] {
        for (number, text) in (1..).zip(parts) {
            let log = Log { computer: "A", id, number, total: 2, text, process: 1, second: 0 };
            session.push(log.json(number as usize).as_bytes()).unwrap();
        }
    }
    let single = Log {
        computer: "A",
        id: 4,
        number: 1,
        total: 1,
        text: "Get-Process",
        process: 1,
        second: 9,
    };
    session.push(single.json(9).as_bytes()).unwrap();
    session.end().unwrap();
    let rows = all(&mut session);
    let same: Vec<_> = rows.iter().filter(|row| row.length == 11).collect();
    assert_eq!(same.len(), 3);
    assert!(same.windows(2).all(|pair| {
        (&pair[0].text_id, &pair[0].shape_id) == (&pair[1].text_id, &pair[1].shape_id)
    }));
    assert_eq!(rows.len(), 4);
}

/// Context of a log in event XML, JSON and classic text.
#[test]
fn events_beside_script_blocks_are_listed_and_name_the_user() {
    let sid = "S-1-5-21-1-2-3-1104";
    let xml = |provider: &str, id: u32, second: u32, data: &str| {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}'/>\
             <EventID>{id}</EventID><TimeCreated SystemTime='2026-08-08T06:00:{second:02}Z'/><EventRecordID>{second}\
             </EventRecordID><Execution ProcessID='4012' ThreadID='7'/><Computer>FS03</Computer>\
             <Security UserID='{sid}'/></System><EventData>{data}</EventData></Event>"
        )
    };
    let engine = "<Data>Available</Data><Data>None</Data><Data>\tHostName=ConsoleHost\n\tHostVersion=5.1\n\
                  \tHostApplication=powershell -e RwBlAHQALQBEAGEAdABlAA==\n\tEngineVersion=2.0\n</Data>";
    let script = "<Data Name='MessageNumber'>1</Data><Data Name='MessageTotal'>1</Data>\
                  <Data Name='ScriptBlockText'>Get-Date</Data><Data Name='ScriptBlockId'>a</Data>";
    let info = "<Data Name='ContextInfo'>Host Version = 5.1\nUser = CORP\\eve</Data>\
                <Data Name='Payload'>CommandInvocation(Get-Date)</Data>";
    let log = [
        xml("PowerShell", 400, 10, engine),
        xml("Microsoft-Windows-Kernel-PnP", 400, 11, engine),
        xml("Microsoft-Windows-PowerShell", 4104, 12, script),
        xml("Microsoft-Windows-PowerShell", 4103, 13, info),
        xml("Microsoft-Windows-Eventlog", 1102, 14, ""),
    ];
    let json = r#"{"EventID":400,"ProviderName":"PowerShell","Computer":"FS04","TimeCreated":"2026-08-08T06:00:10Z",
        "Data":"HostApplication=pwsh -NoLogo\nEngineVersion=7.4"}"#;
    let read = |session: &mut Session, name: &str, text: &str| {
        session.begin(name).unwrap();
        session.push(text.as_bytes()).unwrap();
        session.end().unwrap();
    };
    let mut session = Session::new(options()).unwrap();
    read(&mut session, "log.xml", &log.concat());
    read(&mut session, "log.json", json);
    let list = session.context_events(&ContextQuery::default()).unwrap();
    let shown = |list: &ContextList| -> Vec<(u16, String, String)> {
        let row = |row: &ContextEvent| (row.event_id, row.kind.to_owned(), row.text.clone());
        list.rows.iter().map(row).collect()
    };
    let expected = [
        (400, "engine-start", "powershell -e RwBlAHQALQBEAGEAdABlAA=="),
        (400, "engine-start", "pwsh -NoLogo"),
        (4103, "pipeline", "CommandInvocation(Get-Date)"),
        (1102, "log-cleared", "a log cleared"),
    ];
    let mut own = shown(&list);
    own.sort_by_key(|row| expected.iter().position(|known| known.2 == row.2));
    let expected = expected.map(|(id, kind, text)| (id, kind.to_owned(), text.to_owned()));
    assert_eq!(own, expected);
    let start = list.rows.iter().find(|row| row.text.starts_with("powershell -e")).unwrap();
    assert_eq!(start.decoded.as_deref(), Some("Get-Date"));
    assert!(start.is_downgrade);
    assert_eq!(
        (start.process_id.as_deref(), start.host_version.as_deref()),
        (Some("4012"), Some("5.1"))
    );
    let row = all(&mut session).remove(0);
    assert_eq!(row.user_name.as_deref(), Some("CORP\\eve"));
    let around = session.block_neighbours(&row.id, 3).unwrap().unwrap();
    assert_eq!(around.context.len(), 3);
    let query = ContextQuery { computer: Some("fs04".into()), ..ContextQuery::default() };
    assert_eq!(session.context_events(&query).unwrap().total, 1);
    let query = ContextQuery { notable: true, ..ContextQuery::default() };
    let notable = session.context_events(&query).unwrap().rows;
    assert_eq!(notable.iter().map(|row| row.event_id).collect::<Vec<_>>(), [400, 1102]);
    let query = HistogramQuery { by: LaneKind::User, bins: 1, ..HistogramQuery::default() };
    let lanes = session.histogram(&query).unwrap().lanes;
    assert_eq!(lanes[0].user_name.as_deref(), Some("CORP\\eve"));

    // The same in a partial, and where the log is given twice.
    let mut root = Session::new(options()).unwrap();
    read(&mut root, "copy.xml", &log.concat());
    root.merge(&session.partial().unwrap()).unwrap();
    let merged = root.context_events(&ContextQuery::default()).unwrap();
    let sorted = |list: &ContextList| {
        let mut rows = shown(list);
        rows.sort();
        rows
    };
    assert_eq!(sorted(&merged), sorted(&list));

    // A copy in another format may have fewer digits of the times.
    let mut both = Session::new(options()).unwrap();
    let with = |fraction: &str| log.concat().replace("Z'/>", &format!("{fraction}Z'/>"));
    read(&mut both, "log.xml", &with(".1234567"));
    read(&mut both, "copy.xml", &with(".123"));
    assert_eq!(both.context_events(&ContextQuery::default()).unwrap().total, list.total - 1);
}

/// Event 104 has its own log, `System`, and in its data the log that was cleared.
#[test]
fn the_log_that_event_104_names_is_the_cleared_one() {
    let xml = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider \
               Name='Microsoft-Windows-Eventlog'/><EventID>104</EventID><TimeCreated \
               SystemTime='2026-08-08T06:00:00Z'/><EventRecordID>7</EventRecordID><Channel>System</Channel>\
               <Computer>FS03</Computer></System><UserData><LogFileCleared \
               xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'><SubjectUserName>eve\
               </SubjectUserName><SubjectDomainName>CORP</SubjectDomainName><Channel>Windows PowerShell</Channel>\
               </LogFileCleared></UserData></Event>";
    let nested = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Eventlog"}},"EventID":104,
        "TimeCreated":{"#attributes":{"SystemTime":"2026-08-08T06:00:00Z"}},"EventRecordID":7,"Channel":"System",
        "Computer":"FS03"},"UserData":{"LogFileCleared":{"SubjectUserName":"eve","SubjectDomainName":"CORP",
        "Channel":"Windows PowerShell"}}}}"##;
    let winlogbeat = r#"{"@timestamp":"2026-08-08T06:00:00Z","winlog":{"provider_name":"Microsoft-Windows-Eventlog",
        "event_id":"104","channel":"System","computer_name":"FS03","record_id":7,"user_data":{"SubjectUserName":"eve",
        "SubjectDomainName":"CORP","Channel":"Windows PowerShell"}}}"#;
    for log in [xml, nested, winlogbeat] {
        let mut session = Session::new(options()).unwrap();
        session.begin("log").unwrap();
        session.push(log.as_bytes()).unwrap();
        session.end().unwrap();
        let rows = session.context_events(&ContextQuery::default()).unwrap().rows;
        let texts: Vec<_> = rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(texts, ["Windows PowerShell cleared by CORP\\eve"], "{log}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn scripts_equal_a_naive_grouping(logs in prop::collection::vec(log(), 1..24)) {
        let records: Vec<(usize, Log)> = logs.iter().cloned().enumerate().collect();
        let mut session = read(&records, 1);
        let rows = all(&mut session);
        for by in [Sameness::Text, Sameness::Shape] {
            let query = ScriptQuery { by, ..ScriptQuery::default() };
            let list = session.list_scripts(&query).unwrap();
            let expected = naive_scripts(&rows, by);
            prop_assert_eq!(list.total, expected.len());
            prop_assert_eq!(list.seen_once, expected.iter().filter(|own| own.1[1] == 1).count());
            let key = |id: &str, counts: [usize; 5], first: &Option<String>| {
                format!("{:?} {first:?} {id}", [counts[2], counts[1], counts[4]])
            };
            let found: Vec<_> =
                list.rows.iter().map(|row| key(&row.id, counts_of(row), &row.first_time)).collect();
            let order = |keys: &[String]| {
                keys.iter().map(|key| key.rsplit_once(' ').unwrap().0.to_owned()).collect::<Vec<_>>()
            };
            let expected: Vec<_> =
                expected.iter().map(|(id, counts, first)| key(id, *counts, first)).collect();
            prop_assert_eq!(order(&found), order(&expected));
            let set = |keys: Vec<String>| keys.into_iter().collect::<BTreeSet<_>>();
            prop_assert_eq!(set(found), set(expected));
            for row in &list.rows {
                let sample = rows.iter().find(|own| own.id == row.sample_block_id).unwrap();
                prop_assert_eq!(sample.score, row.score);
                let line = sample.results > 0;
                prop_assert_eq!(row.first_line.as_deref().is_some_and(|line| line.contains("loud!")), line);
            }
            let page = session.list_scripts(&ScriptQuery { offset: 1, limit: Some(2), ..query.clone() });
            let end = list.rows.len().min(3);
            prop_assert_eq!(&page.unwrap().rows[..], &list.rows[1.min(end)..end]);
            let reversed = session.list_scripts(&ScriptQuery { reversed: true, ..query.clone() }).unwrap();
            let mut rows = reversed.rows;
            rows.reverse();
            prop_assert_eq!(&rows, &list.rows);
            let sorted = |session: &mut Session, sort| {
                session.list_scripts(&ScriptQuery { sort, ..query.clone() }).unwrap().rows
            };
            prop_assert!(sorted(&mut session, ScriptSort::Count).is_sorted_by_key(|row| std::cmp::Reverse(row.blocks)));
            prop_assert!(sorted(&mut session, ScriptSort::Score).is_sorted_by_key(|row| std::cmp::Reverse(row.score)));
            prop_assert!(sorted(&mut session, ScriptSort::First).is_sorted_by_key(|row| row.first_time.clone()));
        }
        let filter = BlockFilter { computer: Some("fs*".into()), ..BlockFilter::default() };
        let list = session.list_scripts(&ScriptQuery { filter, ..ScriptQuery::default() }).unwrap();
        let own: Vec<_> = rows.iter().filter(|row| row.computer.as_deref() == Some("FS03")).collect();
        prop_assert_eq!(list.rows.iter().map(|row| row.blocks as usize).sum::<usize>(), own.len());
    }
}

#[test]
fn names_in_a_list_of_assets_or_identities_are_those_of_one_object() {
    let assets = RuleFile::new("a.csv", "nt_host,dns\nDC,DC01|dc01.corp.example\n");
    let people = RuleFile::new("b.csv", "identity,first\nkim|S-1-5-18,Kim\n");
    let log = |computer, id| Log {
        computer,
        id,
        number: 1,
        total: 1,
        text: "Get-Date",
        process: 1,
        second: 0,
    };
    let records: Vec<_> = [log("DC01", 1), log("FS03", 2)].into_iter().enumerate().collect();
    let mut session = read(&records, 1);
    let count = |session: &mut Session, computer: Option<&str>, user: Option<&str>| {
        let filter = BlockFilter {
            computer: computer.map(str::to_owned),
            user: user.map(str::to_owned),
            ..BlockFilter::default()
        };
        let scripts = ScriptQuery { filter: filter.clone(), ..ScriptQuery::default() };
        let scripts = session.list_scripts(&scripts).unwrap().rows;
        let blocks = session.list_blocks(&BlockQuery { filter, ..BlockQuery::default() });
        let blocks = blocks.unwrap().matching;
        assert_eq!(scripts.iter().map(|row| row.blocks as usize).sum::<usize>(), blocks);
        blocks
    };
    assert_eq!(count(&mut session, Some("DC"), None), 0);
    assert_eq!(count(&mut session, None, Some("kim")), 0);
    session.set_assets(&[assets, people]);
    assert_eq!(count(&mut session, Some("DC"), None), 1);
    assert_eq!(count(&mut session, Some("DC01"), None), 1);
    assert_eq!(count(&mut session, None, Some("kim")), 2);
}

#[test]
fn rules_techniques_levels_sources_and_ids_filter_every_list() {
    let log = |computer, id, text| Log {
        computer,
        id,
        number: 1,
        total: 1,
        text,
        process: 1,
        second: u32::from(id),
    };
    let logs = [log("DC01", 1, "loud! 1"), log("FS03", 2, "Get-Date"), log("FS03", 3, "loud! 2")];
    let records: Vec<_> = logs.into_iter().enumerate().collect();
    let mut session = read(&records, 1);
    let rows = all(&mut session);
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let open = BlockFilter::default;
    let cases = [
        (BlockFilter { rules: names(&["loud"]), ..open() }, 2),
        (BlockFilter { rules: names(&["loud", "other"]), ..open() }, 2),
        (BlockFilter { rules: names(&["other"]), ..open() }, 0),
        (BlockFilter { levels: names(&["high"]), ..open() }, 2),
        (BlockFilter { levels: names(&["critical", "low"]), ..open() }, 0),
        (BlockFilter { techniques: names(&["T1059"]), ..open() }, 0),
        (BlockFilter { source: Some("log.json".into()), ..open() }, 3),
        (BlockFilter { source: Some("other.json".into()), ..open() }, 0),
        (BlockFilter { ids: vec![rows[1].id.clone()], ..open() }, 1),
        (BlockFilter { ids: vec![rows[0].id.clone(), rows[1].text_id.clone()], ..open() }, 2),
        (BlockFilter { ids: names(&[""]), ..open() }, 0),
    ];
    for (filter, expected) in cases {
        let scripts = ScriptQuery { filter: filter.clone(), ..ScriptQuery::default() };
        assert_eq!(session.list_scripts(&scripts).unwrap().total, expected, "{filter:?}");
        let query = HistogramQuery { filter: filter.clone(), ..HistogramQuery::default() };
        let lanes = session.histogram(&query).unwrap().lanes;
        let blocks: u32 = lanes.iter().flat_map(|lane| &lane.blocks).sum();
        assert_eq!(blocks as usize, expected, "{filter:?}");
        let list = session.list_blocks(&BlockQuery { filter, ..BlockQuery::default() }).unwrap();
        assert_eq!((list.matching, list.rows.len(), list.total), (expected, expected, 3));
    }
    let filter = BlockFilter { levels: names(&["loud"]), ..open() };
    let error = session.list_blocks(&BlockQuery { filter, ..BlockQuery::default() }).unwrap_err();
    assert!(error.to_string().contains("is not one of critical, high"), "{error}");
}

#[test]
fn neighbours_of_a_process_are_not_those_of_another_with_its_number() {
    let mut session = Session::new(options()).unwrap();
    session.begin("log.json").unwrap();
    for (record, time) in ["01T06:00", "02T05:59", "02T06:00", "09T06:00"].iter().enumerate() {
        let log = Log {
            computer: "DC01",
            id: 0,
            number: 1,
            total: 1,
            text: "Get-Date",
            process: 7,
            second: 0,
        };
        let json = log.json(record).replace("08T06:00", time).replace("not a guid", time);
        session.push(json.as_bytes()).unwrap();
    }
    session.end().unwrap();
    let ids: Vec<_> = all(&mut session).into_iter().map(|row| row.id).collect();
    let mut around = |id: &String| {
        let found = session.block_neighbours(id, 9).unwrap().unwrap();
        (found.before.len(), found.after.len())
    };
    assert_eq!(ids.iter().map(&mut around).collect::<Vec<_>>(), [(0, 2), (1, 1), (2, 0), (0, 0)]);
}

#[test]
fn neighbours_end_where_another_process_got_the_number() {
    let starts = [
        r#"{"EventID":4688,"ProviderName":"Microsoft-Windows-Security-Auditing","Channel":"Security","Computer":"DC01","EventRecordID":90,"TimeCreated":"2026-08-08T06:00:30Z","NewProcessId":"0x7","NewProcessName":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","CommandLine":"powershell -nop"}"#,
        r#"{"EventID":1,"ProviderName":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"DC01","EventRecordID":91,"TimeCreated":"2026-08-08T06:00:30Z","ProcessId":"7","Image":"C:\\Program Files\\PowerShell\\7\\pwsh.exe","CommandLine":"pwsh"}"#,
        r#"{"EventID":40961,"ProviderName":"Microsoft-Windows-PowerShell","Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"DC01","EventRecordID":92,"TimeCreated":"2026-08-08T06:00:30Z","ProcessID":7}"#,
    ];
    let others = [
        starts[0].replace("0x7", "0x8"),
        starts[1].replace("DC01", "DC02"),
        starts[2].replace("06:00:30Z", "06:01:30Z"),
        starts[0].replace("4688", "4689"),
    ];
    let starts = starts.map(|start| (start.to_owned(), [(0, 1), (1, 0), (0, 1), (1, 0)]));
    let others = others.map(|start| (start, [(0, 3), (1, 2), (2, 1), (3, 0)]));
    for (start, expected) in starts.into_iter().chain(others) {
        let mut session = Session::new(options()).unwrap();
        session.begin("log.json").unwrap();
        session.push(start.as_bytes()).unwrap();
        for (record, second) in [0, 20, 30, 40].into_iter().enumerate() {
            let log = Log {
                computer: "DC01",
                id: record as u8,
                number: 1,
                total: 1,
                text: "Get-Date",
                process: 7,
                second,
            };
            session.push(log.json(record).as_bytes()).unwrap();
        }
        session.end().unwrap();
        let ids: Vec<_> = all(&mut session).into_iter().map(|row| row.id).collect();
        let around = |id: &String| {
            let found = session.block_neighbours(id, 9).unwrap().unwrap();
            (found.before.len(), found.after.len())
        };
        assert_eq!(ids.iter().map(around).collect::<Vec<_>>(), expected, "{start}");
    }
}
