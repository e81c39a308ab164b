//! The native programs that scriptscope is measured against.
//!
//! * `evtx FILE` dumps a log as JSON, and `lines FILE` parses each line of NDJSON with serde_json. Both print the time in
//!   seconds and a count.
//! * `write FILE NDJSON XML` writes the records of a log as text. It prints as JSON the numbers of records, of 4104 events,
//!   and of script blocks that contain a phrase.

use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs::{File, read};
use std::io::{BufWriter, Write};
use std::time::Instant;

/// The phrase that the measured rule searches for, in lower case.
const PHRASE: &str = "enable-psremoting";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["evtx", log] => timed(log, peer_evtx::dump_json),
        ["lines", log] => timed(log, |text| {
            let lines = text.split(|byte| *byte == b'\n');
            lines.filter(|line| serde_json::from_slice::<Value>(line).is_ok()).count()
        }),
        ["write", log, ndjson, xml] => write(log, ndjson, xml),
        _ => panic!("evtx FILE | lines FILE | write FILE NDJSON XML"),
    }
}

fn timed(path: &str, count: impl Fn(Vec<u8>) -> usize) {
    let bytes = read(path).expect("the file is readable");
    let start = Instant::now();
    let count = count(bytes);
    println!("{} {count}", start.elapsed().as_secs_f64());
}

fn write(log: &str, ndjson: &str, xml: &str) {
    let bytes = read(log).expect("the file is readable");
    let out = |path: &str| BufWriter::new(File::create(path).expect("the file is writable"));
    let (mut lines, mut elements) = (out(ndjson), out(xml));
    let (mut records, mut events, mut blocks) = (0, 0, HashSet::new());
    for record in peer_evtx::parser(bytes.clone()).records_json().flatten() {
        writeln!(lines, "{}", record.data).expect("the disk has space");
        records += 1;
        let record: Value = serde_json::from_str(&record.data).expect("the record is JSON");
        let event = &record["Event"];
        let (system, data) = (&event["System"], &event["EventData"]);
        let id = &system["EventID"];
        let id = id.get("#text").unwrap_or(id);
        if *id != json!(4104) && *id != json!("4104") {
            continue;
        }
        events += 1;
        let text = data["ScriptBlockText"].as_str().unwrap_or_default();
        if text.to_lowercase().contains(PHRASE) {
            blocks.insert((system["Computer"].to_string(), data["ScriptBlockId"].to_string()));
        }
    }
    for record in peer_evtx::parser(bytes).records().flatten() {
        let element = record.data.split_once("?>").map_or(&*record.data, |(_, element)| element);
        writeln!(elements, "{}", element.trim()).expect("the disk has space");
    }
    println!("{}", json!({ "records": records, "events": events, "hits": blocks.len() }));
}
