//! Invariants of every report.

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
        assert!(events.iter().all(|event| results.contains(event["resultId"].as_str().unwrap())));
    }
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
