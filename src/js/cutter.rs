//! Cut points of large sources for JavaScript, whose reads are asynchronous.

use crate::source::{self, CutWindow};
use wasm_bindgen::prelude::*;

/// Finds where ranges of a source may begin.
#[wasm_bindgen]
pub struct Cutter(source::Cutter);

#[wasm_bindgen]
impl Cutter {
    /// Examines the first MiB of a source. `undefined` where it has to be read as one.
    pub fn from(head: &[u8]) -> Option<Cutter> {
        source::Cutter::new(head).map(Self)
    }

    /// The offset and the length of the bytes to read for an attempt at the first cut point at or after `wanted`;
    /// `undefined` when attempts are used up.
    pub fn window(&self, wanted: f64, attempt: u32) -> Option<Vec<f64>> {
        let window = self.0.window(wanted as u64, attempt.into())?;
        let CutWindow { offset, length } = window;
        Some(vec![offset as f64, length as f64])
    }

    /// The cut point in the bytes at `offset`.
    pub fn find(&self, offset: f64, bytes: &[u8]) -> Option<f64> {
        self.0.find(offset as u64, bytes).map(|cut| cut as f64)
    }
}

/// Whether this is the beginning of an EVTX file whose chunks must have the checksums in their headers. `begin` needs it
/// for later ranges.
#[wasm_bindgen(js_name = hasChecksums)]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn has_checksums(head: &[u8]) -> bool {
    source::has_checksums(head)
}

/// The size of a source's ranges for so many workers.
#[wasm_bindgen(js_name = rangeBytes)]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn range_bytes(size: f64, workers: usize) -> f64 {
    source::range_bytes(size as u64, workers) as f64
}
