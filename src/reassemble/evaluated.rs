//! [`EvaluatedRecords`]: records that rules were evaluated on a short time ago.
//!
//! The same records are read again and again where logs overlap, and evaluating rules takes a hundred times as long as
//! recognising a copy.

use super::matched_texts::TextKey;
use crate::limits;
use crate::simd;
use std::collections::{HashMap, VecDeque};

/// The most recent records, by a hash of everything they say. Their texts are compared in full: a hash collision must not
/// hide a text.
#[derive(Debug, Default)]
pub(super) struct EvaluatedRecords {
    records: HashMap<u64, EvaluatedRecord>,
    /// Hashes of the records, oldest first.
    order: VecDeque<u64>,
    bytes: usize,
}

#[derive(Debug)]
struct EvaluatedRecord {
    text: Box<[u8]>,
    /// The text that rules match; `None` if none does.
    matched: Option<TextKey>,
}

impl EvaluatedRecords {
    /// Returns the outcome of evaluating a record with this hash and text.
    pub(super) fn get(&self, hash: u64, text: &[u8]) -> Option<Option<TextKey>> {
        let known = self.records.get(&hash)?;
        simd::is_equal(&known.text, text).then(|| known.matched.clone())
    }

    /// Adds a record and removes the oldest past the limit. A record longer than a sixteenth of the limit is ignored.
    pub(super) fn insert(&mut self, hash: u64, text: &[u8], matched: Option<TextKey>) {
        let is_long = text.len() > limits::EVALUATED_RECORD_BYTES / 16;
        if is_long || self.records.contains_key(&hash) {
            return;
        }
        self.bytes += text.len() + RECORD_WEIGHT;
        self.records.insert(hash, EvaluatedRecord { text: text.into(), matched });
        self.order.push_back(hash);
        while self.bytes > limits::EVALUATED_RECORD_BYTES {
            let oldest = self.order.pop_front().and_then(|oldest| self.records.remove(&oldest));
            let Some(oldest) = oldest else { break };
            self.bytes -= oldest.text.len() + RECORD_WEIGHT;
        }
    }
}

/// Weight of a record beside its text.
const RECORD_WEIGHT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_newest_records_and_compares_their_texts() {
        let mut records = EvaluatedRecords::default();
        let text = vec![b'x'; limits::EVALUATED_RECORD_BYTES / 16];
        for hash in 0..20 {
            records.insert(hash, &text, None);
        }
        assert_eq!(records.get(0, &text), None);
        assert_eq!(records.get(19, &text), Some(None));
        assert_eq!(records.get(19, b"another text"), None);
        assert!(records.bytes <= limits::EVALUATED_RECORD_BYTES);
        records.insert(20, &vec![b'x'; text.len() + 1], None);
        assert_eq!(records.order.len(), records.records.len());
        assert_eq!(records.get(20, &text), None);
    }
}
