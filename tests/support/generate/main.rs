//! Generates logs of any size for tests, fixtures and benchmarks, with the facts that a reader must find in them.
//!
//! ```text
//! cargo run --release --example generate -- evtx --size 60M --seed 1 --out big.evtx
//! cargo run --release --example generate -- xml|ndjson|csv --size 10M --out big.xml
//! cargo run --release --example generate -- fixtures tests/fixtures/evtx
//! ```
//!
//! The facts are printed as JSON: bytes, records, 4104 events, script blocks, blocks that use
//! `Enable-PSRemoting`, other events by id, computers, times, and the rows of the first detection.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod binxml;
mod damage;
mod dice;
mod evtx;
mod fixtures;
mod incident;
mod record;
mod script;
mod story;
mod text;

use dice::Dice;
use evtx::{Style, Writer};
use incident::Incident;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use story::{Options, Story};

const HELP: &str = "\
generate evtx|xml|ndjson|csv --out FILE [options]
generate fixtures FOLDER

  --size N[K|M|G]    least size in bytes (10M)
  --seed N           seed of the random events (1)
  --computers N      number of computers (4)
  --others SHARE     share of records of other ids and channels (0.15)
  --hits SHARE       share of script blocks with Enable-PSRemoting (0.012)
  --core SHARE       share of script blocks of PowerShell 7 (0.05)
  --median N         median length of scripts in UTF-16 units (1200)
  --scripts FILE     scripts to repeat instead, each a JSON string on a line of its own
  --changed SHARE    share of these with a small change (0.5)
  --obfuscated SHARE share of these that are obfuscated (0)
  --plain SHARE      EVTX: share of records without templates (0.04)
  --literal SHARE    EVTX: share of records with the computer in the template (0.5)
  --damage KIND,…    EVTX: kinds of damage, done in this order";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_default();
    if kind == "fixtures" {
        return fixtures::write(Path::new(&arguments.next().expect(HELP)));
    }
    let mut request = Request { kind, ..Request::default() };
    while let Some(name) = arguments.next() {
        request.set(&name, &arguments.next().expect(HELP));
    }
    println!("{}", request.run());
}

struct Request {
    kind: String,
    options: Options,
    size: u64,
    out: String,
    plain: f64,
    literal: f64,
    damage: Vec<String>,
    scripts: Option<String>,
    changed: f64,
    obfuscated: f64,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            kind: String::new(),
            options: Options::default(),
            size: 10 << 20,
            out: String::new(),
            plain: 0.04,
            literal: 0.5,
            damage: Vec::new(),
            scripts: None,
            changed: 0.5,
            obfuscated: 0.0,
        }
    }
}

impl Request {
    fn set(&mut self, name: &str, value: &str) {
        let number = || value.parse::<f64>().expect(HELP);
        match name {
            "--out" => self.out = value.to_owned(),
            "--size" => self.size = size(value),
            "--seed" => self.options.seed = value.parse().expect(HELP),
            "--computers" => self.options.computers = value.parse().expect(HELP),
            "--others" => self.options.others = number(),
            "--hits" => self.options.hits = number(),
            "--core" => self.options.core = number(),
            "--median" => self.options.median = number(),
            "--scripts" => self.scripts = Some(value.to_owned()),
            "--changed" => self.changed = number(),
            "--obfuscated" => self.obfuscated = number(),
            "--plain" => self.plain = number(),
            "--literal" => self.literal = number(),
            "--damage" => self.damage = value.split(',').map(str::to_owned).collect(),
            _ => panic!("{HELP}"),
        }
    }

    /// Writes the file and returns the facts.
    fn run(mut self) -> serde_json::Value {
        assert!(!self.out.is_empty(), "{HELP}");
        if self.kind == "evtx" {
            return self.evtx();
        }
        // UTF-8 cannot represent half a surrogate pair.
        self.options.cut_pairs = false;
        let mut story = self.story();
        let mut out =
            BufWriter::new(fs::File::create(&self.out).expect("a file that can be written"));
        let mut bytes = 0;
        let mut write = |text: &str| {
            out.write_all(text.as_bytes()).expect("space on the disk");
            bytes += text.len() as u64;
            bytes
        };
        if self.kind == "csv" {
            write(text::CSV_HEADER);
        }
        loop {
            let record = story.next();
            let written = write(&match self.kind.as_str() {
                "xml" => text::xml(&record),
                "ndjson" => text::ndjson(&record),
                "csv" => text::csv(&record),
                _ => panic!("{HELP}"),
            });
            if written >= self.size && story.is_between_blocks() {
                return story.facts.json(written);
            }
        }
    }

    fn story(&self) -> Story {
        let mut story = Story::new(self.options.clone());
        story.incident = self.scripts.as_ref().map(|file| {
            let lines = fs::read_to_string(file).expect("a file of scripts");
            let script = |line| serde_json::from_str::<String>(line).expect("a JSON string");
            let scripts = lines.lines().map(|line| script(line).encode_utf16().collect());
            Incident::new(scripts.collect(), self.changed, self.obfuscated)
        });
        story
    }

    fn evtx(self) -> serde_json::Value {
        let mut dice = Dice::new(self.options.seed ^ 0x00E7_7800);
        let mut story = self.story();
        let mut writer = Writer::new();
        while (writer.len() as u64) < self.size || !story.is_between_blocks() {
            let record = story.next();
            let style = match dice.chance(self.plain) {
                true => Style::Plain,
                false if dice.chance(self.literal) => Style::Literal,
                false => Style::Values,
            };
            writer.push(&record, style);
        }
        let mut bytes = writer.finish();
        let mut done = Vec::new();
        for kind in &self.damage {
            let description = damage::apply(kind, &mut bytes, &mut dice);
            done.push(
                description.unwrap_or_else(|| panic!("{kind:?} is not one of {:?}", damage::KINDS)),
            );
        }
        fs::write(&self.out, &bytes).expect("a file that can be written");
        let mut facts = story.facts.json(bytes.len() as u64);
        facts["damage"] = serde_json::json!(done);
        facts
    }
}

fn size(text: &str) -> u64 {
    let (number, unit) = match text.strip_suffix(['K', 'M', 'G']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, ""),
    };
    let shift = match unit {
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => 0,
    };
    number.parse::<u64>().expect(HELP) << shift
}
