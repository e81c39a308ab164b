//! Real logs, if the corpus is present: their events are counted against its manifest, and each text is compared with
//! the result of a naive reader.

use super::read;
use scriptscope::internal::source::Format;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let given = std::env::var_os("SCRIPTSCOPE_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let found = given.into_iter().chain([beside]).find(|path| path.join("MANIFEST.tsv").is_file());
    if found.is_none() {
        eprintln!("skipped: no corpus at SCRIPTSCOPE_CORPUS or ../shared/corpus");
    }
    found
}

/// Returns the path and the expected number of script block events of every text log.
fn logs(corpus: &Path) -> Vec<(PathBuf, usize)> {
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap();
    let rows = manifest.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    rows.filter(|row| ["xml/", "json/", "classic/"].iter().any(|kind| row[0].starts_with(kind)))
        .filter_map(|row| Some((corpus.join(row[0]), row[4].parse().ok()?)))
        .collect()
}

#[test]
fn every_script_block_of_the_corpus_is_found() {
    let Some(corpus) = corpus() else { return };
    let logs = logs(&corpus);
    assert!(logs.len() > 20);
    for (path, expected) in logs {
        let bytes = std::fs::read(&path).unwrap();
        let read = read(&bytes);
        assert_eq!(read.events.len(), expected, "{}: {:?}", path.display(), read.problems);
        let naive = match read.format {
            Some(Format::Json) => naive_json(&bytes),
            Some(Format::Xml) => naive_xml(&String::from_utf8_lossy(&bytes)),
            _ => naive_classic(&bytes),
        };
        let found: Vec<_> = read.events.iter().map(Script::from_event).collect();
        assert_eq!(found, naive, "{}", path.display());
    }
}

#[derive(Debug, PartialEq)]
struct Script {
    text: String,
    id: String,
    computer: String,
    part: (u32, u32),
    place: (u64, u64),
}

impl Script {
    fn from_event(event: &scriptscope::internal::Event) -> Self {
        Self {
            text: event.text.to_lossy().into_owned(),
            id: event.script_block_id.clone().unwrap(),
            computer: event.computer.clone().unwrap(),
            part: (event.number.unwrap(), event.total.unwrap()),
            place: (event.place.offset, event.place.length),
        }
    }
}

fn naive_json(bytes: &[u8]) -> Vec<Script> {
    let mut offset = 0;
    let mut scripts = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let document = line.trim_ascii();
        let value: serde_json::Value = serde_json::from_slice(document).unwrap();
        if value["EventID"] == 4104 {
            let text = |name: &str| value[name].as_str().map(str::to_owned);
            let number = |name: &str| text(name).map_or(1, |number| number.parse().unwrap());
            // A few events have the script only in their message.
            let message = text("Message").unwrap_or_default();
            let cut = message.split_once("(1 of 1):\r\n").map(|(_, rest)| {
                let (script, tail) = rest.rsplit_once("\r\n\r\nScriptBlock ID: ").unwrap();
                (script.to_owned(), tail.lines().next().unwrap().to_owned())
            });
            scripts.push(Script {
                text: text("ScriptBlockText").unwrap_or_else(|| cut.clone().unwrap().0),
                id: text("ScriptBlockId").unwrap_or_else(|| cut.clone().unwrap().1),
                computer: text("Hostname").unwrap(),
                part: (number("MessageNumber"), number("MessageTotal")),
                place: (offset, document.len() as u64),
            });
        }
        offset += line.len() as u64;
    }
    scripts
}

fn naive_xml(text: &str) -> Vec<Script> {
    let mut scripts = Vec::new();
    for (begin, _) in text.match_indices("<Event ") {
        let Some(length) = text[begin..].find("</Event>") else { continue };
        let event = &text[begin..begin + length + 8];
        if !event.contains("<EventID>4104</EventID>") {
            continue;
        }
        let between = |from: &str, to: &str| {
            let begin = event.find(from).unwrap() + from.len();
            let value = &event[begin..begin + event[begin..].find(to).unwrap()];
            let value = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
            value.replace("&apos;", "'").replace("&amp;", "&")
        };
        let data = |name: &str| between(&format!("<Data Name='{name}'>"), "</Data>");
        scripts.push(Script {
            text: data("ScriptBlockText"),
            id: data("ScriptBlockId"),
            computer: between("<Computer>", "<"),
            part: (data("MessageNumber").parse().unwrap(), data("MessageTotal").parse().unwrap()),
            place: (begin as u64, event.len() as u64),
        });
    }
    scripts
}

/// Reads the file of mixed formats, whose script blocks are all in event text.
fn naive_classic(bytes: &[u8]) -> Vec<Script> {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut scripts = Vec::new();
    for (at, _) in text.match_indices("EventCode=4104\n") {
        let begin = text[..at].rfind("02/17/2022").unwrap();
        let end = at + text[at..].find("\nPath:").unwrap();
        let end = end + 1 + text[end + 1..].find('\n').unwrap() + 1;
        let event = &text[begin..end];
        let line =
            |from: &str| event[event.find(from).unwrap() + from.len()..].lines().next().unwrap();
        let message = event.find("(1 of 1):\r\n").unwrap() + 11;
        scripts.push(Script {
            text: event[message..event.rfind("\r\n\r\nScriptBlock ID: ").unwrap()].to_owned(),
            id: line("ScriptBlock ID: ").to_owned(),
            computer: line("ComputerName=").to_owned(),
            part: (1, 1),
            place: (begin as u64, event.len() as u64),
        });
    }
    scripts
}
