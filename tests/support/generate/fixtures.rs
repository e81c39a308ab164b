//! The small logs in `tests/fixtures/evtx`.

use super::damage;
use super::dice::Dice;
use super::evtx::{Style, Writer};
use super::record::Record;
use super::story::{Options, Story};
use std::fs;
use std::path::Path;

/// Writes all fixtures to this folder, each with its facts as JSON.
pub(crate) fn write(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder that can be written");
    for (name, make) in FIXTURES {
        let mut story = Story::new(Options { others: 0.0, core: 0.2, ..Options::default() });
        let records = make(&mut story);
        let mut bytes = file(&mut story, &records);
        if *name == "damaged" {
            let mut dice = Dice::new(12);
            for kind in ["record-magic", "zero-size", "chunk-magic"] {
                damage::apply(kind, &mut bytes, &mut dice);
            }
            bytes.truncate(98_000);
        }
        let facts = story.facts.json(bytes.len() as u64);
        fs::write(folder.join(format!("{name}.evtx")), bytes).expect("space on the disk");
        let facts = serde_json::to_string_pretty(&facts).expect("facts are JSON");
        fs::write(folder.join(format!("{name}.json")), facts + "\n").expect("space on the disk");
    }
}

type Make = fn(&mut Story) -> Vec<Record>;

const FIXTURES: &[(&str, Make)] = &[
    ("plain", |story| {
        let mut records = remoting(story, 3);
        records.insert(2, story.other());
        records
    }),
    ("multipart", |story| {
        let mut text = long(14_000);
        text.extend("\r\nEnable-PSRemoting -Force\r\n".encode_utf16());
        text.extend(long(13_000));
        story.block(&text, 5)
    }),
    ("damaged", |story| (0..16).flat_map(|_| story.block(&long(3_000), 5)).collect()),
    ("no-script-blocks", |story| (0..8).map(|_| story.other()).collect()),
    ("warnings-only", |story| {
        (0..3)
            .flat_map(|_| story.block(&units("[Ref].Assembly.GetTypes() # suspicious\r\n"), 3))
            .collect()
    }),
    ("encrypted", |story| {
        let text = format!(
            "-----BEGIN CMS-----\r\n{}\r\n-----END CMS-----\r\n",
            "MIIB9QYJKoZIhvcNAQcDoIIB5jCCAeICAQAxggFdMIIBWQIBADBBMC0xKzApBgNV\r\n".repeat(8)
        );
        (0..2).flat_map(|_| story.block(&units(&text), 5)).collect()
    }),
    ("log-cleared", |story| {
        let mut records = remoting(story, 1);
        records.push(story.log_cleared());
        records
    }),
];

/// Makes several runs of the same short script, on random computers.
fn remoting(story: &mut Story, times: usize) -> Vec<Record> {
    (0..times).flat_map(|_| story.block(&units("  Enable-PSRemoting -Force\r\n"), 5)).collect()
}

/// Makes a script of at least this many UTF-16 units, with surrogate pairs in it.
fn long(length: usize) -> Vec<u16> {
    let mut text = Vec::new();
    let mut line = 0;
    while text.len() < length {
        line += 1;
        text.extend(format!("Write-Output 'line {line} of the long script 😀'\r\n").encode_utf16());
    }
    text
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn file(story: &mut Story, records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new();
    for (index, record) in records.iter().enumerate() {
        story.note(record);
        writer.push(record, [Style::Values, Style::Literal, Style::Plain][index % 3]);
    }
    writer.finish()
}
