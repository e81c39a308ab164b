//! The built-in detections: one YAML file each in `rules/`, prepared by `build.rs`.

use super::yaml::{START, YamlEntry, YamlNode, YamlValue};
use crate::literal::Required;
use crate::search::{PreparedFacts, SearchCost};
use crate::wire::WireReader;
use miniz_oxide::inflate::decompress_to_vec;
use std::rc::Rc;

/// A built-in detection.
pub(super) struct Builtin {
    /// Its document without the samples.
    pub(super) node: YamlNode,
    /// Words in comments of a script do not count.
    pub(super) ignores_comments: bool,
    /// The YAML of its samples.
    pub(super) samples: String,
    /// What is known of its search without parsing it.
    pub(super) facts: Option<PreparedFacts>,
}

/// Returns the built-in detections, sorted by file name.
pub(super) fn detections() -> Vec<Builtin> {
    let packed: Vec<u8> = PACKED.iter().map(|byte| byte ^ MASK).collect();
    let bytes = decompress_to_vec(&packed).unwrap_or_default();
    WireReader::new(&bytes).list(read_detection).unwrap_or_default()
}

fn read_detection(reader: &mut WireReader<'_>) -> Option<Builtin> {
    Some(Builtin {
        node: read_node(reader)?,
        ignores_comments: reader.number()? == 1,
        samples: reader.text()?,
        facts: reader.option(read_facts)?,
    })
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

fn read_facts(reader: &mut WireReader<'_>) -> Option<PreparedFacts> {
    let (literals, patterns) = (reader.size()?, reader.size()?);
    Some(PreparedFacts {
        cost: SearchCost { literals, patterns, every_block: false },
        columns: reader.list(WireReader::text)?,
        required: read_required(reader)?,
    })
}

fn read_required(reader: &mut WireReader<'_>) -> Option<Required> {
    Some(match reader.number()? {
        1 => Required::Literal(reader.text()?),
        2 => Required::All(reader.list(read_required)?),
        3 => Required::Any(reader.list(read_required)?),
        _ => return None,
    })
}

const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules"));

/// XORed with every packed byte by `build.rs`, so that virus scanners do not find the rules' search terms in the program.
const MASK: u8 = 0xA5;

#[cfg(test)]
mod tests;
