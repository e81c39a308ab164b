//! [`TextIndex`]: the indicators of every text that was read, by the text's fingerprint.

use super::kind::{IndicatorKind, LeftOut};
use super::scan::Indicator;
use super::views::TextIndicators;
use crate::limits;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::wire::{WireReader, WireWriter};

/// The indicators of texts by the texts' fingerprints, the same in any order of the texts.
///
/// Past [`limits::TEXT_INDEX_BYTES`] the texts with the least fingerprints stay.
#[derive(Debug)]
pub(crate) struct TextIndex {
    /// Whether views are read too.
    views: bool,
    texts: OrderedMap<u64, TextIndicators>,
    /// Fingerprints of texts that were read, so that none is read twice.
    known: OrderedSet<u64>,
    bytes: usize,
    /// Fingerprints from this one on are not kept.
    end: Option<u64>,
    limit: usize,
}

impl TextIndex {
    pub(crate) fn new(views: bool) -> Self {
        Self {
            views,
            texts: OrderedMap::new(),
            known: OrderedSet::new(),
            bytes: 0,
            end: None,
            limit: limits::TEXT_INDEX_BYTES,
        }
    }

    /// Whether texts were left out because of the limit.
    pub(crate) fn is_limited(&self) -> bool {
        self.end.is_some()
    }

    /// Returns the indicators of a text; `None` if it has none.
    pub(crate) fn get(&self, fingerprint: u64) -> Option<&TextIndicators> {
        self.texts.get(&fingerprint)
    }

    /// Reads a text, unless that was done before.
    pub(crate) fn read(&mut self, fingerprint: u64, text: &str) {
        let is_new = match self.known.len() {
            0..limits::INVENTORY_BLOCKS => self.known.insert(fingerprint),
            _ => !self.known.contains(&fingerprint),
        };
        if is_new && self.end.is_none_or(|end| fingerprint < end) {
            self.insert(fingerprint, TextIndicators::new(text, self.views));
        }
    }

    /// Adds the indicators of a text.
    pub(crate) fn insert(&mut self, fingerprint: u64, found: TextIndicators) {
        let is_beyond = self.end.is_some_and(|end| fingerprint >= end);
        if is_beyond || found.found.is_empty() || self.texts.contains_key(&fingerprint) {
            return;
        }
        self.bytes += weight(&found);
        self.texts.insert(fingerprint, found);
        while self.bytes > self.limit {
            let Some((last, found)) = self.texts.pop_last() else { break };
            self.bytes -= weight(&found);
            self.end = Some(last);
        }
    }

    /// Removes the texts that another index did not keep either.
    fn lower_end(&mut self, end: u64) {
        self.end = Some(self.end.map_or(end, |own| own.min(end)));
        self.texts.retain(|fingerprint, _| *fingerprint < end);
        self.bytes = self.texts.values().map(weight).sum();
    }

    pub(crate) fn write(&self, writer: &mut WireWriter) {
        writer.option(self.end, WireWriter::number);
        writer.list(self.texts.iter(), |writer, (fingerprint, texts)| {
            writer.number(*fingerprint);
            writer.number(u64::from(texts.is_limited));
            writer.list(texts.found.iter(), |writer, (indicator, view)| {
                writer.number(indicator.kind as u64);
                writer.text(&indicator.value);
                writer.option(indicator.left_out, |writer, own| writer.number(own as u64));
                writer.option(view.as_deref(), WireWriter::text);
            });
        });
    }

    /// Adds what another index [wrote](Self::write).
    pub(crate) fn merge(&mut self, reader: &mut WireReader<'_>) -> Option<()> {
        if let Some(end) = reader.option(WireReader::number)? {
            self.lower_end(end);
        }
        for _ in 0..reader.size()? {
            let fingerprint = reader.number()?;
            let is_limited = reader.number()? != 0;
            let mut texts = TextIndicators { found: OrderedMap::new(), is_limited };
            for _ in 0..reader.size()? {
                let kind = *IndicatorKind::ALL.get(reader.size()?)?;
                let value = reader.text()?;
                let left_out = match reader.option(WireReader::size)? {
                    Some(number) => Some(*LeftOut::ALL.get(number)?),
                    None => None,
                };
                let view = reader.option(WireReader::text)?;
                texts.found.insert(Indicator { kind, value, left_out }, view);
            }
            self.insert(fingerprint, texts);
        }
        Some(())
    }
}

/// Bytes that the indicators of a text take, about.
fn weight(found: &TextIndicators) -> usize {
    found.found.iter().map(|(indicator, _)| indicator.value.len() + ENTRY_BYTES).sum()
}

/// Bytes of an indicator beside its value.
const ENTRY_BYTES: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    /// Indexes texts in an order, of which every third goes through a partial.
    fn index(order: &[u64], limit: usize) -> Vec<u8> {
        let mut index = TextIndex { limit, ..TextIndex::new(true) };
        for (at, number) in order.iter().enumerate() {
            let text = format!("ping a{number}.net; {}", "b.net ".repeat(*number as usize % 3));
            if at % 3 == 0 {
                let mut other = TextIndex { limit, ..TextIndex::new(true) };
                other.read(*number, &text);
                let mut writer = WireWriter::default();
                other.write(&mut writer);
                let bytes = writer.into_bytes();
                index.merge(&mut WireReader::new(&bytes)).unwrap();
            } else {
                index.read(*number, &text);
            }
            assert!(index.bytes <= limit);
        }
        let mut writer = WireWriter::default();
        index.write(&mut writer);
        writer.into_bytes()
    }

    #[test]
    fn what_is_kept_does_not_depend_on_the_order() {
        let forwards: Vec<u64> = (0..60).collect();
        let backwards: Vec<u64> = (0..60).rev().collect();
        let mixed: Vec<u64> = (0..60).map(|number| number * 17 % 60).collect();
        for limit in [0, 500, 2_000, 1 << 20] {
            let right = index(&forwards, limit);
            assert_eq!(index(&backwards, limit), right);
            assert_eq!(index(&mixed, limit), right);
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let bytes = index(&[1, 2, 3], 1 << 20);
        for end in 0..bytes.len() {
            let mut index = TextIndex::new(true);
            assert!(index.merge(&mut WireReader::new(&bytes[..end])).is_none());
        }
    }
}
