//! Prepares the built-in detections of `rules/`: YAML read, deflated, and masked.
//!
//! ```text
//! rules
//!   documents, facts and literals, each with its length in bytes
//!   documents            list of documents, each with a number: 1 if words in comments do not count
//!     document           0 null, 1 plain scalar, 2 other scalar: text, 3 list: values, 4 map: keys and values
//!   facts                list of options: what `rules/prepared.txt` says of the search of each document
//!     number literals    number patterns
//!     list   columns
//!     required           1 literal: place, 2 all of a list, 3 any of a list
//!       place            0 the next of the literals, or twice the distance from the end of the literal before it, 1 more if
//!                        it is ahead, and its length: in the search in lower case
//!   literals             those that their search has in another form
//! samples                list of the YAML of the samples of each document
//! ```
//!
//! Numbers, texts and lists are those of `src/wire.rs`. A session starts sooner without YAML, without samples and without
//! parsing searches that no text is a candidate for. The detections are full of words that virus scanners search for, and
//! deflate copies the first occurrence of a word verbatim. Without the mask, scanners would quarantine a program or page that
//! contains them.

use libyaml_safer::{EventData, Parser, ScalarStyle};
use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// `src/rule/builtin.rs` removes it.
const MASK: u8 = 0xA5;

/// The line that begins the samples of a detection.
const SAMPLES_KEY: &str = "\nscriptscope:\n";

/// The line before the samples of a detection by which words in comments do not count.
const IGNORES_COMMENTS: &str = "\n  comments: false\n";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("rules");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yml"));
    files.sort();
    let prepared = folder.join("prepared.txt");
    println!("cargo::rerun-if-changed={}", prepared.display());
    let prepared = fs::read_to_string(prepared)?;
    let prepared: HashMap<&str, &str> =
        prepared.lines().filter_map(|line| line.split_once(' ')).collect();
    let [mut documents, mut facts, mut samples] = [const { Vec::new() }; 3];
    let mut literals = Vec::new();
    for list in [&mut documents, &mut facts, &mut samples] {
        write_number(files.len(), list);
    }
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let text = fs::read_to_string(file)?;
        let (document, own_samples) =
            text.split_at(text.find(SAMPLES_KEY).map_or(text.len(), |at| at + 1));
        let search = write_document(document, &mut documents)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        write_number(usize::from(own_samples.contains(IGNORES_COMMENTS)), &mut documents);
        write_text(own_samples, &mut samples);
        match prepared.get(text_hash(&search).as_str()) {
            Some(line) => {
                write_number(1, &mut facts);
                let mut writer = FactsWriter {
                    search: search.to_ascii_lowercase(),
                    at: 0,
                    facts: &mut facts,
                    literals: &mut literals,
                };
                writer.write(line).ok_or("rules/prepared.txt is damaged")?;
            }
            None => write_number(0, &mut facts),
        }
    }
    let mut rules = Vec::new();
    for section in [documents, facts, literals] {
        write_number(section.len(), &mut rules);
        rules.extend(section);
    }
    let folder = env::var("OUT_DIR")?;
    for (name, bytes) in [("rules", rules), ("samples", samples)] {
        let mut packed = miniz_oxide::deflate::compress_to_vec(&bytes, 10);
        for byte in &mut packed {
            *byte ^= MASK;
        }
        fs::write(Path::new(&folder).join(name), packed)?;
    }
    Ok(())
}

/// An open list or map: the number of its values so far, and its bytes.
struct OpenCollection {
    kind: usize,
    values: usize,
    bytes: Vec<u8>,
}

/// Writes the tree of a document. Returns the text of its search.
fn write_document(text: &str, to: &mut Vec<u8>) -> Result<String, Box<dyn Error>> {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut open: Vec<OpenCollection> = Vec::new();
    let mut search = String::new();
    let mut last = String::new();
    loop {
        let value = match parser.parse()?.data {
            EventData::Scalar { value, style, anchor: None, tag: None, .. } => {
                let is_plain = matches!(style, ScalarStyle::Plain);
                let is_null = matches!(value.as_str(), "" | "~" | "null" | "Null" | "NULL");
                let is_key = open.last().is_some_and(|own| own.kind == 4 && own.values % 2 == 0);
                if is_key && is_plain && value == "<<" {
                    return Err("merged maps are not prepared: write values out".into());
                }
                let mut bytes = Vec::new();
                match (is_key, is_plain && is_null) {
                    (true, _) => {}
                    (false, true) => write_number(0, &mut bytes),
                    (false, false) => write_number(if is_plain { 1 } else { 2 }, &mut bytes),
                }
                if is_key || !(is_plain && is_null) {
                    write_text(&value, &mut bytes);
                }
                if open.len() == 1 && !is_key && last == "search" {
                    search.clone_from(&value);
                }
                last = value;
                bytes
            }
            EventData::SequenceStart { anchor: None, tag: None, .. } => {
                open.push(OpenCollection { kind: 3, values: 0, bytes: Vec::new() });
                continue;
            }
            EventData::MappingStart { anchor: None, tag: None, .. } => {
                open.push(OpenCollection { kind: 4, values: 0, bytes: Vec::new() });
                continue;
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                let own = open.pop().ok_or("a collection ends that did not begin")?;
                let mut bytes = Vec::new();
                write_number(own.kind, &mut bytes);
                write_number(if own.kind == 4 { own.values / 2 } else { own.values }, &mut bytes);
                bytes.extend(own.bytes);
                bytes
            }
            EventData::StreamEnd => return Ok(search),
            EventData::StreamStart { .. }
            | EventData::DocumentStart { .. }
            | EventData::DocumentEnd { .. } => continue,
            _ => return Err("anchors, aliases and tags are not prepared: write values out".into()),
        };
        match open.last_mut() {
            Some(parent) => {
                parent.values += 1;
                parent.bytes.extend(value);
            }
            None => to.extend(value),
        }
    }
}

/// Returns the hash by which `rules/prepared.txt` names a search: FNV-1a of 64 bits in hex.
fn text_hash(text: &str) -> String {
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Writes what is known of a search.
struct FactsWriter<'a> {
    /// The search in lower case.
    search: String,
    /// The end of the last literal in the search.
    at: usize,
    facts: &'a mut Vec<u8>,
    literals: &'a mut Vec<u8>,
}

/// What the texts that a search matches have.
enum Required {
    Literal(String),
    /// 2 all, 3 any.
    List(usize, Vec<Required>),
}

impl FactsWriter<'_> {
    /// Writes a line: `LITERALS PATTERNS COLUMN,… REQUIRED`.
    fn write(&mut self, line: &str) -> Option<()> {
        let mut words = line.splitn(4, ' ');
        for _ in 0..2 {
            write_number(words.next()?.parse().ok()?, self.facts);
        }
        let columns: Vec<&str> = words.next()?.split(',').collect();
        write_number(columns.len(), self.facts);
        columns.iter().for_each(|column| write_text(column, self.facts));
        let mut rest = words.next()?;
        let required = read_required(&mut rest)?;
        self.write_required(required);
        rest.is_empty().then_some(())
    }

    /// Literals are written in the order of the search: small distances compress well. Who reads them sorts them again.
    fn write_required(&mut self, required: Required) {
        match required {
            Required::Literal(text) => {
                write_number(1, self.facts);
                let ahead = self.search.get(self.at..).and_then(|rest| rest.find(&text));
                let place = match ahead {
                    Some(distance) => Some((2 * distance + 1, self.at + distance)),
                    None => self.search.find(&text).map(|place| (2 * (self.at - place), place)),
                };
                let Some((distance, place)) = place else {
                    write_number(0, self.facts);
                    return write_text(&text, self.literals);
                };
                write_number(distance, self.facts);
                write_number(text.len(), self.facts);
                self.at = place + text.len();
            }
            Required::List(kind, mut parts) => {
                write_number(kind, self.facts);
                write_number(parts.len(), self.facts);
                parts.sort_by_key(|part| match part {
                    Required::Literal(text) => self.search.find(text).unwrap_or(usize::MAX),
                    Required::List(..) => usize::MAX,
                });
                parts.into_iter().for_each(|part| self.write_required(part));
            }
        }
    }
}

/// Reads a requirement: `=LENGTH:LITERAL`, or `&COUNT:` or `|COUNT:` with as many requirements after it.
fn read_required(rest: &mut &str) -> Option<Required> {
    let kind = "=&|".find(rest.chars().next()?)? + 1;
    let (number, after) = rest.get(1..)?.split_once(':')?;
    let number: usize = number.parse().ok()?;
    *rest = after;
    if kind == 1 {
        let (text, after) = rest.split_at_checked(number)?;
        *rest = after;
        return Some(Required::Literal(text.to_owned()));
    }
    let parts = (0..number).map(|_| read_required(rest)).collect::<Option<_>>();
    Some(Required::List(kind, parts?))
}

fn write_text(text: &str, to: &mut Vec<u8>) {
    write_number(text.len(), to);
    to.extend(text.as_bytes());
}

fn write_number(mut number: usize, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}
