//! Damaged logs of the corpus: nothing panics, and no record is lost that the other reader finds.

use crate::evtx::gather::{Theirs, corpus, ours, theirs};
use std::collections::{HashMap, HashSet};

/// A random number generator (xorshift): the damage is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

const CHUNK: usize = 65_536;

/// Damages a file in one of eight ways. Returns the name of the way.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) -> &'static str {
    let chunks = (bytes.len() - 4_096) / CHUNK;
    match dice.roll(8) {
        0 => {
            let at = dice.roll(bytes.len());
            bytes[at] ^= 1 << dice.roll(8);
            "one bit"
        }
        1 => {
            for _ in 0..20 {
                let at = dice.roll(bytes.len());
                bytes[at] ^= 1 << dice.roll(8);
            }
            "twenty bits"
        }
        2 => {
            let at = dice.roll(bytes.len());
            bytes.truncate(at);
            "cut"
        }
        3 => {
            let (at, length) = (dice.roll(bytes.len()), 1 + dice.roll(2_000));
            let end = (at + length).min(bytes.len());
            bytes[at..end].fill(0);
            "zeroed"
        }
        4 => {
            let (at, length) = (dice.roll(bytes.len()), 1 + dice.roll(2_000));
            let end = (at + length).min(bytes.len());
            bytes.drain(at..end);
            "bytes removed"
        }
        5 => {
            let (one, other) = (dice.roll(chunks), dice.roll(chunks));
            for index in 0..CHUNK {
                bytes.swap(4_096 + one * CHUNK + index, 4_096 + other * CHUNK + index);
            }
            "chunks swapped"
        }
        6 => {
            let at = 4_096 + dice.roll(chunks) * CHUNK;
            bytes[at..at + 8].fill(0);
            "chunk magic"
        }
        _ => {
            bytes[..4_096].fill(0);
            "file header"
        }
    }
}

#[test]
fn every_record_that_the_other_reader_finds_is_found() {
    let mut dice = Dice(0x5EED);
    for path in corpus() {
        let whole = std::fs::read(&path).unwrap();
        let true_lines: HashSet<_> = theirs(&whole).into_iter().map(|record| record.line).collect();
        for _ in 0..4 {
            let mut bytes = whole.clone();
            let kind = damage(&mut bytes, &mut dice);
            let ours = ours([bytes.as_slice()]);
            let mut counts = HashMap::<_, i64>::new();
            for line in &ours.lines {
                *counts.entry(line.clone()).or_default() += 1;
            }
            for Theirs { line, offset, .. } in theirs(&bytes) {
                // Readers may differ about the records that the damage changed.
                if !true_lines.contains(&line) {
                    continue;
                }
                let count = counts.entry(line.clone()).or_default();
                *count -= 1;
                let name = path.file_name().unwrap().to_string_lossy();
                assert!(*count >= 0, "{name}, {kind}: {line:?} at {offset}");
            }
        }
    }
}
