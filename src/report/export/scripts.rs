//! The script blocks as files in a zip archive, with their SHA-256.

use super::input::{Export, parse_time, with_digits};
use super::json_writer::JsonWriter;
use super::zip::ZipWriter;
use crate::report::contract::Block;
use crate::text::to_hex;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Writes `SHA256SUMS`, `manifest.json` and a file for each script block. The files end with `.txt`, so that no double click
/// runs one.
pub(super) fn write(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut zip = ZipWriter::new(to);
    let mut sums = String::new();
    let mut manifest = Vec::new();
    let mut json = JsonWriter::new(&mut manifest);
    json.open('{');
    json.field("format", "scriptscope.scripts");
    json.open_at("scripts", '[');
    // A script for each result that the report does not keep.
    let totals = &export.report.totals;
    let not_kept = totals.results.saturating_sub(totals.results_kept) as i64;
    let mut left_out = if export.is_all() { not_kept } else { 0 };
    for block in export.blocks() {
        let name = file_name(block);
        // Two files are added last.
        if zip.is_almost_full() || !zip.add(&name, block.text.as_bytes())? {
            left_out += 1;
            continue;
        }
        let sha256 = to_hex(&Sha256::digest(block.text.as_bytes()));
        sums.push_str(&format!("{sha256}  {name}\n"));
        json.open('{');
        json.field("file", &name);
        json.field("sha256", &sha256);
        json.field("id", &block.id);
        json.optional("time", block.time.as_deref());
        json.optional("computer", block.computer.as_deref());
        json.optional("user", block.user.as_deref());
        json.optional("path", block.path.as_deref());
        json.optional("scriptBlockId", block.script_block_id.as_deref());
        json.integer("parts", block.present.len() as i64);
        json.integer("total", i64::from(block.total.unwrap_or(1)));
        json.open_at("records", '[');
        for event in &block.events {
            json.open('{');
            json.field("source", &event.source);
            json.optional("record", event.record.as_deref());
            json.close('}');
        }
        json.close(']');
        json.close('}');
    }
    json.close(']');
    json.integer("notIncluded", left_out);
    json.texts("notReadAgain", export.missing.iter().map(String::as_str));
    json.close('}');
    json.end_line();
    json.finish()?;
    zip.add("manifest.json", &manifest)?;
    zip.add("SHA256SUMS", sums.as_bytes())?;
    zip.finish()
}

/// Returns a name of letters, digits, `-`, `_` and single dots that is a file of one folder on every system:
/// `scripts/20260808T061352Z_FS03.corp.example_1a2b….ps1.txt`.
fn file_name(block: &Block) -> String {
    let time = parse_time(block.time.as_deref()).map(|time| with_digits(time, 0));
    let time = time.map_or_else(|| "no-time".to_owned(), |time| time.replace(['-', ':'], ""));
    let mut computer = String::new();
    for char in block.computer.as_deref().unwrap_or("unknown").chars().take(64) {
        let is_dot = char == '.' && !computer.is_empty() && !computer.ends_with('.');
        if char.is_ascii_alphanumeric() || char == '-' || is_dot {
            computer.push(char);
        }
    }
    let id = block.id.get(..16).unwrap_or(&block.id);
    format!("scripts/{time}_{computer}_{id}.ps1.txt")
}
