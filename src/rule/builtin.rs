//! The detections that ship with scriptscope: one YAML file each under `rules/`, packed by `build.rs`.

use crate::script::inflate;

/// The texts of the built-in rule files, in the order of their names.
pub(crate) fn files() -> Vec<String> {
    let packed: Vec<u8> = PACKED.iter().map(|byte| byte ^ MASK).collect();
    let texts = inflate(&packed, &mut { usize::MAX })
        .and_then(|texts| String::from_utf8(texts).ok())
        .unwrap_or_default();
    texts.split_terminator('\0').map(String::from).collect()
}

const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules"));

/// The packer puts it on, so that no scanner takes the program for what its rules search.
const MASK: u8 = 0xA5;

#[cfg(test)]
mod tests;
