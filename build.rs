//! Packs the built-in detections of `rules/`: deflated to a fifth of their size, and masked.
//!
//! They are full of words that virus scanners search for, and deflate copies the first occurrence of a word verbatim.
//! Without the mask, scanners would quarantine a program or page that contains them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// `src/rule/builtin.rs` removes it.
const MASK: u8 = 0xA5;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("rules");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yml"));
    files.sort();
    let mut texts = String::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        texts.push_str(&fs::read_to_string(file)?);
        texts.push('\0');
    }
    let mut packed = miniz_oxide::deflate::compress_to_vec(texts.as_bytes(), 10);
    for byte in &mut packed {
        *byte ^= MASK;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rules"), packed)?;
    Ok(())
}
