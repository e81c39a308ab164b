//! Invariants of every report.

use scriptscope::internal::Time;
use scriptscope::internal::script::views;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Panics if a report breaks its contract.
pub(crate) fn check(report: &Value) {
    assert_eq!(report["format"], "scriptscope.report");
    assert_eq!(report["version"], 1);
    sums(report);
    let blocks = blocks(report);
    results(report, &blocks);
    risk(report);
    orders(report);
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is a list"))
}

fn sums(report: &Value) {
    let totals = &report["totals"];
    let sources = list(report, "sources");
    for name in ["bytes", "records", "events", "scriptBlocks", "incomplete"] {
        let sum: u64 = sources.iter().map(|source| source[name].as_u64().unwrap()).sum();
        assert_eq!(totals[name].as_u64(), Some(sum), "{name}");
    }
    for source in sources {
        let others: u64 = source["otherEvents"]
            .as_object()
            .unwrap()
            .values()
            .map(|count| count.as_u64().unwrap())
            .sum();
        let events = source["events"].as_u64().unwrap();
        assert!(others + events <= source["records"].as_u64().unwrap(), "{source}");
        if report["mode"] == "event" {
            assert_eq!(source["scriptBlocks"], source["events"]);
        }
    }
    for (name, listed) in [
        ("sources", "sources"),
        ("resultsKept", "results"),
        ("riskObjects", "riskObjects"),
        ("problems", "problems"),
    ] {
        assert_eq!(totals[name].as_u64(), Some(list(report, listed).len() as u64), "{name}");
    }
    let rows: u64 = list(report, "rules").iter().map(|rule| rule["rows"].as_u64().unwrap()).sum();
    assert_eq!(totals["results"].as_u64(), Some(rows));
}

fn length(text: &str) -> u64 {
    text.encode_utf16().count() as u64
}

/// The text of each block, by id.
fn blocks(report: &Value) -> BTreeMap<&str, &str> {
    let mut blocks = BTreeMap::new();
    for block in list(report, "scriptBlocks") {
        let text = block["text"].as_str().unwrap();
        let length = length(text);
        assert!(blocks.insert(block["id"].as_str().unwrap(), text).is_none(), "ids are unique");
        let present = list(block, "present");
        assert_eq!(present.len(), list(block, "events").len());
        assert!(!present.is_empty());
        assert!(list(block, "gaps").iter().all(|gap| gap.as_u64().unwrap() <= length));
    }
    blocks
}

fn results(report: &Value, blocks: &BTreeMap<&str, &str>) {
    let rules: BTreeMap<&str, &Value> =
        list(report, "rules").iter().map(|rule| (rule["id"].as_str().unwrap(), rule)).collect();
    let mut ids = BTreeSet::new();
    let mut named = BTreeSet::new();
    for result in list(report, "results") {
        assert!(ids.insert(result["id"].as_str().unwrap()), "ids are unique");
        let rule = rules[result["ruleId"].as_str().unwrap()];
        let columns: BTreeSet<&str> =
            list(rule, "columns").iter().map(|column| column.as_str().unwrap()).collect();
        let fields: BTreeSet<&str> =
            result["fields"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(columns, fields);
        let result_blocks = list(result, "blocks");
        assert!(result_blocks.len() as u64 <= result["blocksTotal"].as_u64().unwrap());
        for block in result_blocks {
            let id = block["id"].as_str().unwrap();
            let text = *blocks.get(id).unwrap_or_else(|| panic!("{id} resolves"));
            named.insert(id);
            for spans in list(block, "spans") {
                let length = match spans["view"].as_str().unwrap() {
                    "original" => length(text),
                    name => {
                        let view = views(text).into_iter().find(|view| view.name == name);
                        length(&view.unwrap().text)
                    }
                };
                let mut end = 0;
                for range in list(spans, "ranges") {
                    let (from, to) = (range[0].as_u64().unwrap(), range[1].as_u64().unwrap());
                    assert!(end <= from && from < to && to <= length, "{range} in {length}");
                    end = to;
                }
            }
        }
    }
    assert_eq!(named, blocks.keys().copied().collect(), "only named blocks are listed");
}

fn risk(report: &Value) {
    let results: BTreeSet<&str> =
        list(report, "results").iter().map(|result| result["id"].as_str().unwrap()).collect();
    let hundredths = |score: &Value| (score.as_f64().unwrap() * 100.0).round() as i64;
    for object in list(report, "riskObjects") {
        let events = list(object, "events");
        let sum: i64 = events.iter().map(|event| hundredths(&event["score"])).sum();
        assert_eq!(hundredths(&object["score"]), sum, "{object}");
        for event in events {
            let is_listed = results.contains(event["resultId"].as_str().unwrap());
            assert_eq!(event["resultKept"], is_listed, "{event}");
        }
        assert_eq!(hundredths(&object["distinctScore"]), distinct_score(events), "{object}");
        // Its addends are the highest events of each rule in the window that the object names.
        let time = |value: &Value| value.as_str().map(|text| Time::parse(text).unwrap().0);
        let window = time(&object["distinctFirstTime"]).zip(time(&object["distinctLastTime"]));
        let is_inside = |event: &&Value| {
            time(&event["time"])
                .is_none_or(|time| window.is_some_and(|(a, b)| (a..=b).contains(&time)))
        };
        let inside: Vec<Value> = events.iter().filter(is_inside).cloned().collect();
        assert_eq!(hundredths(&object["distinctScore"]), distinct_score(&inside), "{object}");
    }
    let figures = |object: &Value| -> [i64; 2] {
        ["distinctScore", "score"].map(|name| -hundredths(&object[name]))
    };
    assert!(list(report, "riskObjects").is_sorted_by_key(figures));
    acts(report, &results);
}

/// The distinct score by its definition: the largest value, over all windows of 24 hours that begin with an event, of the
/// sum of each rule's highest score.
pub(crate) fn distinct_score(events: &[Value]) -> i64 {
    let time = |event: &Value| event["time"].as_str().map(|text| Time::parse(text).unwrap().0);
    let sum_from = |first: Option<Time>| {
        let end = first.and_then(|first| first.checked_add_seconds(24 * 60 * 60));
        let mut highest: BTreeMap<&str, i64> = BTreeMap::new();
        for event in events {
            let is_inside = time(event).is_none_or(|own| {
                first.zip(end).is_some_and(|(first, end)| (first..=end).contains(&own))
            });
            if is_inside {
                let score = (event["score"].as_f64().unwrap() * 100.0).round() as i64;
                let own = highest.entry(event["ruleId"].as_str().unwrap()).or_insert(i64::MIN);
                *own = score.max(*own);
            }
        }
        (!highest.is_empty()).then_some(highest.values().sum::<i64>())
    };
    events.iter().map(time).filter_map(sum_from).max().unwrap_or_default()
}

/// Every result that nothing hides is in an act, and acts name only such.
fn acts(report: &Value, results: &BTreeSet<&str>) {
    let rules: BTreeMap<&str, &str> = list(report, "results")
        .iter()
        .filter(|result| result["suppressedBy"].is_null())
        .map(|result| (result["id"].as_str().unwrap(), result["ruleId"].as_str().unwrap()))
        .collect();
    let mut ids = BTreeSet::new();
    let mut named = BTreeSet::new();
    for act in list(report, "acts") {
        assert!(ids.insert(act["id"].as_str().unwrap()), "ids are unique");
        let own: Vec<&str> = list(act, "resultIds").iter().map(|id| id.as_str().unwrap()).collect();
        assert!(own.iter().all(|id| results.contains(id)), "{act}");
        let of_rules: BTreeSet<&str> = own.iter().map(|id| rules[id]).collect();
        let listed: Vec<&str> =
            list(act, "rules").iter().map(|rule| rule.as_str().unwrap()).collect();
        assert_eq!(of_rules.into_iter().collect::<Vec<_>>(), listed, "{act}");
        named.extend(own);
    }
    assert_eq!(named, rules.keys().copied().collect());
}

fn orders(report: &Value) {
    let sorted = |name: &str, key: fn(&Value) -> String| {
        let keys: Vec<String> = list(report, name).iter().map(key).collect();
        assert!(keys.is_sorted(), "{name} in order: {keys:?}");
    };
    sorted("rules", |rule| rule["id"].to_string());
    sorted("scriptBlocks", |block| block["time"].as_str().unwrap_or_default().to_owned());
    let scores: Vec<f64> =
        list(report, "results").iter().map(|result| result["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b));
}
