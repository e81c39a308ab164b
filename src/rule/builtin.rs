//! The built-in detections: one YAML file each in `rules/`, packed by `build.rs`.

use miniz_oxide::inflate::decompress_to_vec;

/// Returns the texts of the built-in rule files, sorted by file name.
pub(crate) fn files() -> Vec<String> {
    let packed: Vec<u8> = PACKED.iter().map(|byte| byte ^ MASK).collect();
    let texts = decompress_to_vec(&packed).unwrap_or_default();
    let texts = String::from_utf8(texts).unwrap_or_default();
    texts.split_terminator('\0').map(String::from).collect()
}

const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules"));

/// XORed with every packed byte by `build.rs`, so that virus scanners do not find the rules' search terms in the program.
const MASK: u8 = 0xA5;

#[cfg(test)]
mod tests;
