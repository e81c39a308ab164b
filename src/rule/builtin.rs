//! The built-in detections: one YAML file each in `rules/`, prepared by `build.rs`.

use super::yaml::{START, YamlEntry, YamlNode, YamlValue};
use crate::literal::Required;
use crate::search::{PreparedFacts, SearchCost};
use crate::sort;
use crate::wire::WireReader;
use miniz_oxide::inflate::decompress_to_vec;
use std::rc::Rc;
use std::sync::OnceLock;

/// A built-in detection.
pub(super) struct Builtin {
    /// Its document without the samples.
    pub(super) node: YamlNode,
    /// Words in comments of a script do not count.
    pub(super) ignores_comments: bool,
    /// What is known of its search without parsing it.
    pub(super) facts: Option<PreparedFacts>,
}

/// Returns the built-in detections, sorted by file name.
pub(super) fn detections() -> Vec<Builtin> {
    read_detections(&unpack(RULES)).unwrap_or_default()
}

/// Returns the YAML of the samples of the detection with this index. Nearly a third of all text, few callers want it.
pub(super) fn samples(index: usize) -> &'static str {
    static SAMPLES: OnceLock<Vec<String>> = OnceLock::new();
    let read = || WireReader::new(&unpack(SAMPLES_OF_RULES)).list(WireReader::text);
    let samples = SAMPLES.get_or_init(|| read().unwrap_or_default());
    samples.get(index).map_or("", String::as_str)
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let packed: Vec<u8> = packed.iter().map(|byte| byte ^ MASK).collect();
    decompress_to_vec(&packed).unwrap_or_default()
}

fn read_detections(bytes: &[u8]) -> Option<Vec<Builtin>> {
    let mut sections = WireReader::new(bytes);
    let [mut documents, mut facts, literals] =
        [sections.bytes()?, sections.bytes()?, sections.bytes()?].map(WireReader::new);
    let mut detections = documents.list(|reader| {
        let (node, ignores_comments) = (read_node(reader)?, reader.number()? == 1);
        Some(Builtin { node, ignores_comments, facts: None })
    })?;
    let mut reader = FactsReader { search: String::new(), at: 0, literals };
    let mut own = detections.iter_mut();
    facts.list(|facts| {
        let own = own.next()?;
        reader.search = own.node.text_of("search").unwrap_or_default().to_ascii_lowercase();
        reader.at = 0;
        own.facts = facts.option(|facts| reader.read(facts))?;
        Some(())
    })?;
    Some(detections)
}

fn read_node(reader: &mut WireReader<'_>) -> Option<YamlNode> {
    Some(YamlNode::prepared(match reader.number()? {
        0 => YamlValue::Null,
        kind @ (1 | 2) => YamlValue::Scalar { text: reader.text()?, plain: kind == 1 },
        3 => YamlValue::List(reader.list(|reader| read_node(reader).map(Rc::new))?),
        4 => YamlValue::Map(reader.list(|reader| {
            let key = reader.text()?;
            Some(YamlEntry { key, at: START, node: Rc::new(read_node(reader)?) })
        })?),
        _ => return None,
    }))
}

/// Reads what is known of searches.
struct FactsReader<'a> {
    /// The search in lower case.
    search: String,
    /// The end of the last literal in the search.
    at: usize,
    /// The literals that no search has.
    literals: WireReader<'a>,
}

impl FactsReader<'_> {
    fn read(&mut self, facts: &mut WireReader<'_>) -> Option<PreparedFacts> {
        let (literals, patterns) = (facts.size()?, facts.size()?);
        Some(PreparedFacts {
            cost: SearchCost { literals, patterns, every_block: false },
            columns: facts.list(WireReader::text)?,
            required: self.required(facts)?,
        })
    }

    fn required(&mut self, facts: &mut WireReader<'_>) -> Option<Required> {
        let kind = facts.number()?;
        if kind == 1 {
            return self.literal(facts).map(Required::Literal);
        }
        let mut parts = facts.list(|facts| self.required(facts))?;
        sort::sort(&mut parts);
        match kind {
            2 => Some(Required::All(parts)),
            3 => Some(Required::Any(parts)),
            _ => None,
        }
    }

    fn literal(&mut self, facts: &mut WireReader<'_>) -> Option<String> {
        let distance = facts.size()?;
        if distance == 0 {
            return self.literals.text();
        }
        let start = match distance % 2 {
            1 => self.at + distance / 2,
            _ => self.at.checked_sub(distance / 2)?,
        };
        self.at = start + facts.size()?;
        self.search.get(start..self.at).map(str::to_owned)
    }
}

const RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules"));

const SAMPLES_OF_RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/samples"));

/// XORed with every packed byte by `build.rs`, so that virus scanners do not find the rules' search terms in the program.
const MASK: u8 = 0xA5;

#[cfg(test)]
mod tests;
