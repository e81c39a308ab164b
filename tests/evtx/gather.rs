//! Gathers the records of a source for comparison: by our reader and by the other.

use evtx::{EvtxParser, ParserSettings};
use scriptscope::internal::Event;
use scriptscope::internal::Problem;
use scriptscope::internal::Time;
use scriptscope::internal::source::{
    Decoder, OtherRecord, ScriptRecord, Sink, evtx::EvtxDecoder as Evtx,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What both readers give for every record: id, time and computer.
pub(crate) type Line = (Option<u32>, String, String);

#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) lines: Vec<Line>,
    pub(crate) scripts: Vec<Event>,
    pub(crate) problems: Vec<Problem>,
}

impl Sink for Gathered {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        let event = seen.full.event();
        assert_eq!(event.record.as_deref(), seen.record.map(|id| id.to_string()).as_deref());
        assert_eq!(event.time, seen.time);
        assert_eq!(event.computer, seen.computer.map(|computer| computer.to_lossy()));
        assert_eq!(event.level, seen.level);
        assert_eq!((event.number, event.total), (seen.number, seen.total));
        assert_eq!(event.script_block_id, seen.script_block_id.map(|id| id.to_lossy()));
        assert_eq!(event.text.to_lossy(), seen.text_until_nul().to_lossy());
        assert_eq!(event.place, seen.place);
        self.lines.push((
            Some(4104),
            seen.time.map(|time| time.to_string()).unwrap_or_default(),
            event.computer.clone().unwrap_or_default(),
        ));
        self.scripts.push(event);
    }

    fn other(&mut self, seen: &OtherRecord<'_>) {
        self.lines.push((
            seen.id,
            seen.time.map(|time| time.to_string()).unwrap_or_default(),
            seen.computer.map(|computer| computer.to_lossy()).unwrap_or_default(),
        ));
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// Reads a log with our reader, pushed in these pieces.
pub(crate) fn ours<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Gathered {
    let mut gathered = Gathered::default();
    let mut decoder = Evtx::new();
    for piece in pieces {
        decoder.push(piece, &mut gathered);
    }
    decoder.end(&mut gathered);
    gathered
}

/// A record that the other reader found.
pub(crate) struct Theirs {
    pub(crate) offset: u64,
    pub(crate) line: Line,
    pub(crate) json: Value,
}

impl Theirs {
    pub(crate) fn is_script(&self) -> bool {
        let provider = &self.json["Event"]["System"]["Provider"]["#attributes"];
        let name = provider["Name"].as_str().unwrap_or_default();
        let guid = provider["Guid"].as_str().unwrap_or_default();
        self.line.0 == Some(4104)
            && (["Microsoft-Windows-PowerShell", "PowerShellCore"].contains(&name)
                || guid.to_lowercase().contains("a0c1853b-5c40-4b15-8766-3cf1c58f985a")
                || guid.to_lowercase().contains("f90714a8-5509-434a-bf6d-b1624c8a19a2"))
    }
}

/// Reads a log with the other reader. Records are in the order of the file's bytes; those that it cannot read are left out.
pub(crate) fn theirs(bytes: &[u8]) -> Vec<Theirs> {
    let settings = Arc::new(ParserSettings::new().num_threads(1));
    let Ok(mut parser) = EvtxParser::from_buffer(bytes.to_vec()) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for chunk in parser.chunks() {
        let Ok(mut chunk) = chunk else { continue };
        let base = 4_096 + chunk.number.unwrap() * 65_536;
        let Ok(mut chunk) = chunk.parse(Arc::clone(&settings)) else { continue };
        for record in chunk.iter() {
            let Ok(record) = record else { continue };
            let offset = base + record.binxml_offset - 24;
            let Ok(json) = record.into_json_value() else { continue };
            // It gives an empty event for a record that was zeroed.
            if json.data["Event"]["System"]["EventID"].is_null() {
                continue;
            }
            all.push(Theirs { offset, line: line(&json.data), json: json.data });
        }
    }
    all.sort_by_key(|record| record.offset);
    all
}

fn line(json: &Value) -> Line {
    let system = &json["Event"]["System"];
    let id = json_text(&system["EventID"]).parse().ok();
    let time = json_text(&system["TimeCreated"]["#attributes"]["SystemTime"]);
    // Our reader refuses the FILETIME zero, which records that were zeroed have, and years without four digits.
    let is_time = Time::parse(&time).is_some_and(|(time, _)| time.date().0 > 1601);
    let time = if is_time { time } else { String::new() };
    (id, time, json_text(&system["Computer"]))
}

/// Returns a JSON value as text.
pub(crate) fn json_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(map) if map.contains_key("#text") => json_text(&map["#text"]),
        other => other.to_string(),
    }
}

/// Returns every field of a script block record of the other reader, without empty ones.
pub(crate) fn fields(json: &Value) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let event = &json["Event"];
    let system = event["System"].as_object().unwrap();
    for (element, value) in system {
        if let Some(attributes) = value.get("#attributes").and_then(Value::as_object) {
            for (name, value) in attributes {
                fields.insert(name.clone(), json_text(value));
            }
        }
        if !value.is_object() || value.get("#text").is_some() {
            fields.insert(element.clone(), json_text(value));
        }
    }
    if let Some(data) = event["EventData"].as_object() {
        for (name, value) in data {
            fields.insert(name.clone(), json_text(value));
        }
    }
    fields.remove("EventID");
    fields.remove("#attributes");
    fields.retain(|_, value| !value.is_empty());
    fields
}

/// Returns every field of our event, without empty ones.
pub(crate) fn our_fields(event: &Event) -> BTreeMap<String, String> {
    let typed = [
        ("EventRecordID", event.record.clone()),
        ("SystemTime", event.time.map(|time| time.to_string())),
        ("Computer", event.computer.clone()),
        ("UserID", event.user.clone()),
        ("Level", event.level.map(|level| level.to_string())),
        ("MessageNumber", event.number.map(|number| number.to_string())),
        ("MessageTotal", event.total.map(|total| total.to_string())),
        ("ScriptBlockText", Some(event.text.to_lossy().into_owned())),
        ("ScriptBlockId", event.script_block_id.clone()),
        ("Path", event.path.clone()),
    ];
    let typed = typed.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let others = event.fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    typed.chain(others).filter(|(_, value)| !value.is_empty()).collect()
}

/// Returns the paths of real logs; none if there is no corpus.
pub(crate) fn corpus() -> Vec<PathBuf> {
    let root = std::env::var_os("SCRIPTSCOPE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let mut files = Vec::new();
    let mut folders = vec![root.join("evtx")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|end| end == "evtx") => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no corpus at {} (set SCRIPTSCOPE_CORPUS)", root.display());
    }
    files
}
