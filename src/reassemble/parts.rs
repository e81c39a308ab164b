//! [`BlockParts`]: the parts of one script block that have arrived so far.

use super::block::{BlockPart, PartCopy, ScriptBlock, part_number, record_id_order};
use super::digest::{TextDigest, utf16_units};
use super::evicted::Evicted;
use crate::event::Event;
use crate::limits;
use crate::source::DeferredFields;
use crate::text::{Raw, Text};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The parts of one block that have arrived so far, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockParts {
    /// Boxed: a node of the map has space for eleven entries, and most blocks have one.
    parts: BTreeMap<u32, Box<PartRecord>>,
    /// Bytes of all texts.
    bytes: usize,
}

/// One part: the record that represents it, and every record that carried its text.
#[derive(Clone, Debug)]
struct PartRecord {
    event: Event,
    /// The fields that `event` lacks, if they have not been read yet.
    deferred: Option<Arc<dyn DeferredFields>>,
    copies: Vec<PartCopy>,
}

/// The text of all parts, and the UTF-16 offsets in it at which parts are missing.
pub(super) struct JoinedText {
    pub(super) text: Text,
    gaps: Vec<u64>,
}

/// The effect of a record on its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddOutcome {
    /// The part was missing.
    New,
    /// The part has this text already.
    Repeated,
    /// The part had another text, which this one replaced.
    Replaced,
    /// The part has another text, which stays.
    Lost,
    /// The block would be longer than [`limits::TEXT_BYTES`]: nothing was added.
    TooLong,
}

impl BlockParts {
    /// Adds a record. Which of two texts for one part stays, and which of two records with one text represents it,
    /// depends on their contents and never on which came first. `preference` decides between two texts that
    /// [tie](Self::ties_with): `Greater` for the new one.
    pub(super) fn add(
        &mut self,
        event: Event,
        deferred: Option<Arc<dyn DeferredFields>>,
        source: usize,
        preference: Ordering,
    ) -> AddOutcome {
        let copies = vec![PartCopy::new(&event, source)];
        self.add_record(PartRecord { event, deferred, copies }, preference)
    }

    /// Whether this is another text for the only part of a block, and digests do not decide which of the two stays. The
    /// one that rules match stays then, as it would if one of the two had been evicted.
    pub(super) fn ties_with(&self, text: &Text) -> bool {
        let digest = |text: &Text| TextDigest::new(text.as_raw());
        self.single_text()
            .is_some_and(|own| digest(own).precedence(&digest(text)).is_eq() && own != text)
    }

    /// Returns the text of a block that was logged in one part.
    pub(super) fn single_text(&self) -> Option<&Text> {
        let is_single = self.parts.len() == 1 && !self.is_multipart();
        self.parts.values().next().filter(|_| is_single).map(|part| &part.event.text)
    }

    /// Whether the block was logged in several parts, present or not.
    fn is_multipart(&self) -> bool {
        self.total().is_some_and(|total| total != 1)
    }

    /// Adds a copy of the record that represents a part. Returns whether the part's copies changed.
    pub(super) fn add_copy(&mut self, copy: &Event, source: usize) -> bool {
        let part = self.parts.get_mut(&part_number(copy));
        part.is_some_and(|part| part.add_copy(PartCopy::new(copy, source)))
    }

    /// Adds the records of the same block from another session. Returns each part's number and the effect on it.
    pub(super) fn merge(&mut self, other: Self, preference: Ordering) -> Vec<(u32, AddOutcome)> {
        other
            .parts
            .into_iter()
            .map(|(number, part)| (number, self.add_record(*part, preference)))
            .collect()
    }

    /// Whether a part with a lower number is present. It represents the block and is never removed.
    pub(super) fn has_part_before(&self, number: u32) -> bool {
        self.parts.keys().next().is_some_and(|first| *first < number)
    }

    /// Returns each part's representative record and the copies with its text, in the order of part numbers.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Cow<'_, Event>, &[PartCopy])> {
        self.parts.values().map(|part| (part.full_event(), part.copies.as_slice()))
    }

    /// Adds what [`records`](Self::records) returned in another session.
    pub(crate) fn restore(&mut self, event: Event, copies: Vec<PartCopy>) {
        self.add_record(PartRecord { event, deferred: None, copies }, Ordering::Equal);
    }

    /// Estimated memory in bytes: the texts and a fixed share for each record.
    pub(super) fn weight(&self) -> usize {
        self.bytes + self.parts.len() * 1_024
    }

    pub(super) fn is_complete(&self) -> bool {
        self.total().is_none_or(|total| self.parts.len() as u64 >= u64::from(total))
    }

    /// Joins the texts in UTF-16, because a part may end within a surrogate pair. One line feed replaces each run of
    /// missing parts.
    pub(super) fn join(&self) -> JoinedText {
        let mut text = Text::new();
        // One byte more for each part: there is at most one line feed before it.
        text.reserve(self.bytes + self.parts.len());
        let mut gaps = Vec::new();
        let mut next = 1;
        for (&number, part) in &self.parts {
            if number > next {
                gaps.push(text.utf16_len() as u64);
                if !text.is_empty() {
                    text.push(Raw::Wtf8(b"\n"));
                }
            }
            text.push(part.event.text.as_raw());
            next = number.saturating_add(1);
        }
        if self.total().is_some_and(|total| next <= total) {
            gaps.push(text.utf16_len() as u64);
        }
        JoinedText { text, gaps }
    }

    /// Returns the block with this text.
    pub(super) fn to_block(&self, JoinedText { text, gaps }: JoinedText) -> ScriptBlock {
        let event = self.parts.values().next().map(|part| part.event_without_text());
        ScriptBlock {
            event: event.unwrap_or_default(),
            text: text.into_lossy().into(),
            parts: self.to_parts(),
            total: self.total(),
            gaps,
            standalone: false,
        }
    }

    /// Returns the numbers of the parts present, each with its copies.
    pub(super) fn to_parts(&self) -> Vec<BlockPart> {
        let parts = self.parts.iter();
        parts.map(|(&number, part)| BlockPart { number, copies: part.copies.clone() }).collect()
    }

    /// Returns the memory of the block that stays after its eviction.
    pub(super) fn to_evicted(&self) -> Evicted {
        let is_multipart = self.is_multipart();
        let first = self.parts.values().next().filter(|_| !is_multipart);
        let longest = || TextDigest { units: self.longest_part(), ..TextDigest::default() };
        Evicted {
            source: self.first_copies().first().map_or(0, |copy| copy.source),
            digest: first.map_or_else(longest, |part| TextDigest::new(part.event.text.as_raw())),
            is_multipart,
            incomplete: !self.is_complete(),
            detail: None,
        }
    }

    /// UTF-16 units of the longest part.
    fn longest_part(&self) -> u32 {
        let texts = self.parts.values().map(|part| &part.event.text);
        // A text has at least as many bytes as units, and mostly as many: the units of few texts are counted.
        texts.fold(0, |longest, text| match text.len() > longest as usize {
            true => longest.max(TextDigest::new(text.as_raw()).units),
            false => longest,
        })
    }

    /// Returns the copies of the lowest part present.
    pub(super) fn first_copies(&self) -> &[PartCopy] {
        self.parts.values().next().map_or(&[], |part| &part.copies)
    }

    fn total(&self) -> Option<u32> {
        self.parts.values().next().and_then(|part| part.event.total)
    }

    fn add_record(&mut self, new: PartRecord, preference: Ordering) -> AddOutcome {
        let number = part_number(&new.event);
        let length = new.event.text.len();
        let Some(known) = self.parts.get_mut(&number) else {
            if self.bytes + length > limits::TEXT_BYTES {
                return AddOutcome::TooLong;
            }
            self.bytes += length;
            self.parts.insert(number, Box::new(new));
            return AddOutcome::New;
        };
        match text_precedence(&new.event.text, &known.event.text, preference) {
            Ordering::Equal => {
                known.absorb(new);
                AddOutcome::Repeated
            }
            Ordering::Greater => {
                let grown = self.bytes + length - known.event.text.len();
                if grown > limits::TEXT_BYTES {
                    return AddOutcome::TooLong;
                }
                self.bytes = grown;
                **known = new;
                AddOutcome::Replaced
            }
            Ordering::Less => AddOutcome::Lost,
        }
    }
}

impl PartRecord {
    /// Returns the event with all its fields and its text.
    fn full_event(&self) -> Cow<'_, Event> {
        match &self.deferred {
            Some(deferred) => {
                Cow::Owned(Event { text: self.event.text.clone(), ..deferred.event() })
            }
            None => Cow::Borrowed(&self.event),
        }
    }

    /// Returns the event with all its fields, without its text.
    fn event_without_text(&self) -> Event {
        match &self.deferred {
            Some(deferred) => Event { text: Text::new(), ..deferred.event() },
            None => self.event.without_text(),
        }
    }

    fn read_deferred_fields(&mut self) {
        if let Some(deferred) = self.deferred.take() {
            self.event = Event { text: std::mem::take(&mut self.event.text), ..deferred.event() };
        }
    }

    /// Adds a copy. Of the copies in one source the earliest is kept, in any order of arrival. Returns whether
    /// the copies changed.
    fn add_copy(&mut self, copy: PartCopy) -> bool {
        let is_below_limit = self.copies.len() < limits::COPIES_PER_PART;
        match self.copies.iter_mut().find(|known| known.source == copy.source) {
            Some(known) if copy_order(&copy) < copy_order(known) => *known = copy,
            None if is_below_limit => self.copies.push(copy),
            Some(_) | None => return false,
        }
        true
    }

    /// Takes in a record with the same text.
    fn absorb(&mut self, mut new: Self) {
        for copy in std::mem::take(&mut new.copies) {
            self.add_copy(copy);
        }
        self.read_deferred_fields();
        new.read_deferred_fields();
        if representative_order(&new.event) < representative_order(&self.event) {
            self.event = new.event;
        }
    }
}

/// Orders two texts for one part: the greater one stays. `preference` decides first, then the length, then the smaller
/// text by UTF-16 units.
fn text_precedence(a: &Text, b: &Text, preference: Ordering) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let units = |text: &Text| utf16_units(&text.as_bytes()).collect::<Vec<_>>();
    preference.then_with(|| a.utf16_len().cmp(&b.utf16_len())).then_with(|| units(b).cmp(&units(a)))
}

/// Sort key of the copies in one source: the least one is kept.
fn copy_order(copy: &PartCopy) -> impl Ord + '_ {
    (copy.time, record_id_order(&copy.record), copy.place)
}

/// Sort key of the records with one text: the least one represents it.
fn representative_order(event: &Event) -> impl Ord + '_ {
    (
        (event.time, record_id_order(&event.record)),
        (event.level, event.user.as_deref(), event.path.as_deref()),
        (event.computer.as_deref(), event.message.as_deref(), &event.fields),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(number: u32, total: u32, text: &str) -> Event {
        Event { number: Some(number), total: Some(total), text: text.into(), ..Event::default() }
    }

    #[test]
    fn a_run_of_missing_parts_is_one_line_feed_and_one_gap() {
        let mut parts = BlockParts::default();
        for (number, text) in [(2, "b"), (5, "😀"), (3, "c")] {
            assert_eq!(parts.add(part(number, 6, text), None, 0, Ordering::Equal), AddOutcome::New);
        }
        let block = parts.to_block(parts.join());
        assert_eq!(&*block.text, "bc\n😀");
        assert_eq!(block.gaps, [0, 2, 5]);
        assert!(block.is_incomplete());
    }

    #[test]
    fn the_earliest_copy_of_each_source_stays_in_any_order_of_arrival() {
        let copies = 2 * limits::COPIES_PER_PART as u64;
        let first = |records: &mut dyn Iterator<Item = u64>| {
            let mut parts = BlockParts::default();
            for record in records {
                let event = Event { record: Some(record.to_string()), ..part(1, 1, "a") };
                parts.add(event, None, (record % 2) as usize, Ordering::Equal);
            }
            let mut first: Vec<_> =
                parts.first_copies().iter().map(|copy| copy.record.clone()).collect();
            first.sort();
            first
        };
        let expected = [Some("8".to_owned()), Some("9".to_owned())];
        assert_eq!(first(&mut (8..copies)), expected);
        assert_eq!(first(&mut (8..copies).rev()), expected);
    }

    proptest! {
        #[test]
        fn order_and_grouping_of_records_do_not_matter(
            mut records in prop::collection::vec((1_u32..4, "[ab]{0,3}", 0_u64..3), 1..8),
            cut in 0_usize..8,
        ) {
            let build = |records: &[(u32, String, u64)]| {
                let mut parts = BlockParts::default();
                for (number, text, record) in records {
                    let event = Event { record: Some(record.to_string()), ..part(*number, 3, text) };
                    parts.add(event, None, 0, Ordering::Equal);
                }
                parts
            };
            let canonical = |parts: &BlockParts| {
                let mut block = parts.to_block(parts.join());
                for part in &mut block.parts {
                    part.copies.sort_by_key(|copy| copy.record.clone());
                }
                block
            };
            let forward = build(&records);
            let (left, right) = records.split_at(cut.min(records.len()));
            let mut merged = build(left);
            merged.merge(build(right), Ordering::Equal);
            prop_assert_eq!(canonical(&forward), canonical(&merged));
            records.reverse();
            prop_assert_eq!(canonical(&forward), canonical(&build(&records)));
        }
    }
}
