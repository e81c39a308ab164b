//! [`BlockParts`]: a script block that bears an id, while its parts are held.

use super::block::{BlockPart, PartCopy, ScriptBlock, number, record_id_order};
use super::digest::{Evicted, TextDigest, wtf16};
use crate::event::Event;
use crate::limits;
use crate::source::DeferredFields;
use crate::text::{Raw, Text};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The parts of one block that have come so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockParts {
    /// Boxed: a node of the map has room for eleven, and most blocks have one.
    parts: BTreeMap<u32, Box<PartRecord>>,
    bytes: usize,
}

/// One part: what its records say, and where they are.
#[derive(Clone, Debug)]
struct PartRecord {
    event: Event,
    /// The fields that the event lacks, where they are not read yet.
    rest: Option<Arc<dyn DeferredFields>>,
    copies: Vec<PartCopy>,
}

/// The text of all parts, and the UTF-16 offsets in it where parts are missing.
pub(super) struct JoinedText {
    pub(super) text: Text,
    gaps: Vec<u64>,
}

/// What a record did to its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddOutcome {
    /// A part that was missing.
    New,
    /// The text that was there already.
    Repeated,
    /// Another text for a part that was there, and it won.
    Replaced,
    /// Another text for a part that was there, and it lost.
    Lost,
    /// The block would be longer than [`limits::TEXT_BYTES`].
    TooLong,
}

impl BlockParts {
    /// Adds a record. Which of two texts for one part stays, and which of two records with one text speaks
    /// for it, depends on what they say and never on which came first. `favour` says which of two texts stays
    /// that [look the same](BlockParts::ties_with): `Greater` for the new one.
    pub(super) fn add(
        &mut self,
        event: Event,
        rest: Option<Arc<dyn DeferredFields>>,
        source: usize,
        favour: Ordering,
    ) -> AddOutcome {
        let copy = PartCopy::of(&event, source);
        self.add_record(PartRecord { event, rest, copies: vec![copy] }, favour)
    }

    /// Whether this is another text for the only part of a block, and what is remembered of a text that was let go would
    /// not say which of the two stays: then it is the one that rules want, whether one of them was let go or not.
    pub(super) fn ties_with(&self, text: &Text) -> bool {
        let digest = |text: &Text| TextDigest::new(text.as_raw());
        self.single_text()
            .is_some_and(|own| digest(own).precedence(&digest(text)).is_eq() && own != text)
    }

    /// The text of a block that has one part.
    pub(super) fn single_text(&self) -> Option<&Text> {
        let is_single = self.parts.len() == 1 && !self.is_multipart();
        self.parts.values().next().filter(|_| is_single).map(|held| &held.event.text)
    }

    /// Whether it was logged in several parts, not all of which need be here.
    fn is_multipart(&self) -> bool {
        self.total().is_some_and(|total| total != 1)
    }

    /// Adds a copy of the record that speaks for a part. Gives whether there was room for it.
    pub(super) fn add_copy(&mut self, copy: &Event, source: usize) -> bool {
        let held = self.parts.get_mut(&number(copy));
        held.is_some_and(|held| held.copied(PartCopy::of(copy, source)))
    }

    /// Adds the records of the same block from another piece of the job.
    pub(super) fn merge(&mut self, other: Self, favour: Ordering) -> Vec<(u32, AddOutcome)> {
        other.parts.into_iter().map(|(part, held)| (part, self.add_record(*held, favour))).collect()
    }

    /// A part with a lower number is there, which speaks for the block. It never leaves.
    pub(super) fn has_part_before(&self, number: u32) -> bool {
        self.parts.keys().next().is_some_and(|first| *first < number)
    }

    /// All records, part by part, each with the copies that bear its text.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Cow<'_, Event>, &[PartCopy])> {
        self.parts.values().map(|held| (held.whole(), held.copies.as_slice()))
    }

    /// Takes back what [`BlockParts::records`] gave.
    pub(crate) fn restore(&mut self, event: Event, copies: Vec<PartCopy>) {
        self.add_record(PartRecord { event, rest: None, copies }, Ordering::Equal);
    }

    /// Memory held, roughly: texts and a fixed share for each record.
    pub(super) fn weight(&self) -> usize {
        self.bytes + self.parts.len() * 1_024
    }

    pub(super) fn is_complete(&self) -> bool {
        self.total().is_none_or(|total| self.parts.len() as u64 >= u64::from(total))
    }

    /// The text as its parts stand: neighbours are joined in UTF-16, where parts are missing one line feed
    /// stands for them.
    pub(super) fn join(&self) -> JoinedText {
        let mut text = Text::new();
        // A part more than there are: line feeds stand for what is missing.
        text.reserve(self.bytes + self.parts.len());
        let mut gaps = Vec::new();
        let mut next = 1;
        for (&number, held) in &self.parts {
            if number > next {
                gaps.push(text.utf16_len() as u64);
                if !text.is_empty() {
                    text.push(Raw::Wtf8(b"\n"));
                }
            }
            text.push(held.event.text.as_raw());
            next = number.saturating_add(1);
        }
        if self.total().is_some_and(|total| next <= total) {
            gaps.push(text.utf16_len() as u64);
        }
        JoinedText { text, gaps }
    }

    /// The block with this text.
    pub(super) fn block(&self, JoinedText { text, gaps }: JoinedText) -> ScriptBlock {
        let event = self.parts.values().next().map(|held| held.said());
        ScriptBlock {
            event: event.unwrap_or_default(),
            text: text.into_lossy().into(),
            parts: self.parts(),
            total: self.total(),
            gaps,
            standalone: false,
        }
    }

    /// The parts that have come, each with its copies.
    pub(super) fn parts(&self) -> Vec<BlockPart> {
        let parts = self.parts.iter();
        parts.map(|(&number, held)| BlockPart { number, copies: held.copies.clone() }).collect()
    }

    /// What is remembered of the block when it is let go.
    pub(super) fn evicted(&self) -> Evicted {
        let joined = self.is_multipart();
        let first = self.parts.values().next().filter(|_| !joined);
        let longest = || TextDigest { units: self.longest_part(), ..TextDigest::default() };
        Evicted {
            source: self.first_copies().first().map_or(0, |copy| copy.source),
            digest: first.map_or_else(longest, |part| TextDigest::new(part.event.text.as_raw())),
            joined,
            incomplete: !self.is_complete(),
            more: None,
        }
    }

    /// UTF-16 units of the longest part.
    fn longest_part(&self) -> u32 {
        let texts = self.parts.values().map(|part| &part.event.text);
        // There are as many bytes as units or more, and mostly as many: few parts are counted.
        texts.fold(0, |longest, text| match text.len() > longest as usize {
            true => longest.max(TextDigest::new(text.as_raw()).units),
            false => longest,
        })
    }

    /// The records that carry its lowest part.
    pub(super) fn first_copies(&self) -> &[PartCopy] {
        self.parts.values().next().map_or(&[], |part| &part.copies)
    }

    fn total(&self) -> Option<u32> {
        self.parts.values().next().and_then(|held| held.event.total)
    }

    fn add_record(&mut self, new: PartRecord, favour: Ordering) -> AddOutcome {
        let number = number(&new.event);
        let length = new.event.text.len();
        let Some(held) = self.parts.get_mut(&number) else {
            if self.bytes + length > limits::TEXT_BYTES {
                return AddOutcome::TooLong;
            }
            self.bytes += length;
            self.parts.insert(number, Box::new(new));
            return AddOutcome::New;
        };
        match precedence(&new.event.text, &held.event.text, favour) {
            Ordering::Equal => {
                held.repeat(new);
                AddOutcome::Repeated
            }
            Ordering::Greater => {
                let grown = self.bytes + length - held.event.text.len();
                if grown > limits::TEXT_BYTES {
                    return AddOutcome::TooLong;
                }
                self.bytes = grown;
                **held = new;
                AddOutcome::Replaced
            }
            Ordering::Less => AddOutcome::Lost,
        }
    }
}

impl PartRecord {
    /// All that the record says.
    fn whole(&self) -> Cow<'_, Event> {
        match &self.rest {
            Some(rest) => Cow::Owned(Event { text: self.event.text.clone(), ..rest.event() }),
            None => Cow::Borrowed(&self.event),
        }
    }

    /// The same without the text.
    fn said(&self) -> Event {
        match &self.rest {
            Some(rest) => Event { text: Text::new(), ..rest.event() },
            None => self.event.without_text(),
        }
    }

    /// Reads the fields that are not read yet.
    fn read(&mut self) {
        if let Some(rest) = self.rest.take() {
            self.event = Event { text: std::mem::take(&mut self.event.text), ..rest.event() };
        }
    }

    /// Of the copies in one source the first is kept, whenever it came. Gives whether this one is.
    fn copied(&mut self, copy: PartCopy) -> bool {
        let room = self.copies.len() < limits::COPIES_PER_PART;
        match self.copies.iter_mut().find(|known| known.source == copy.source) {
            Some(known) if before(&copy) < before(known) => *known = copy,
            None if room => self.copies.push(copy),
            Some(_) | None => return false,
        }
        true
    }

    fn repeat(&mut self, mut new: Self) {
        for copy in std::mem::take(&mut new.copies) {
            self.copied(copy);
        }
        self.read();
        new.read();
        if speaks(&new.event) < speaks(&self.event) {
            self.event = new.event;
        }
    }
}

/// The longer text wins, then the smaller by UTF-16 units; before these, the one that is favoured.
fn precedence(a: &Text, b: &Text, favour: Ordering) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let units = |text: &Text| wtf16(&text.as_bytes()).collect::<Vec<_>>();
    favour.then_with(|| a.utf16_len().cmp(&b.utf16_len())).then_with(|| units(b).cmp(&units(a)))
}

/// What decides which of two copies in a source is the first.
fn before(copy: &PartCopy) -> impl Ord + '_ {
    (copy.time, record_id_order(&copy.record), copy.place)
}

/// What decides which of two records with one text speaks for it.
fn speaks(event: &Event) -> impl Ord + '_ {
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
    fn missing_parts_are_one_line_feed_and_a_gap() {
        let mut named = BlockParts::default();
        for (number, text) in [(2, "b"), (5, "😀"), (3, "c")] {
            assert_eq!(named.add(part(number, 6, text), None, 0, Ordering::Equal), AddOutcome::New);
        }
        let block = named.block(named.join());
        assert_eq!(&*block.text, "bc\n😀");
        assert_eq!(block.gaps, [0, 2, 5]);
        assert!(block.is_incomplete());
    }

    #[test]
    fn the_first_copy_of_a_source_stays_however_many_there_are_and_in_any_order() {
        let copies = 2 * limits::COPIES_PER_PART as u64;
        let first = |records: &mut dyn Iterator<Item = u64>| {
            let mut named = BlockParts::default();
            for record in records {
                let event = Event { record: Some(record.to_string()), ..part(1, 1, "a") };
                named.add(event, None, (record % 2) as usize, Ordering::Equal);
            }
            let mut first: Vec<_> =
                named.first_copies().iter().map(|copy| copy.record.clone()).collect();
            first.sort();
            first
        };
        let expected = [Some("8".to_owned()), Some("9".to_owned())];
        assert_eq!(first(&mut (8..copies)), expected);
        assert_eq!(first(&mut (8..copies).rev()), expected);
    }

    proptest! {
        #[test]
        fn order_and_grouping_never_matter(
            mut parts in prop::collection::vec((1_u32..4, "[ab]{0,3}", 0_u64..3), 1..8),
            cut in 0_usize..8,
        ) {
            let build = |parts: &[(u32, String, u64)]| {
                let mut named = BlockParts::default();
                for (number, text, record) in parts {
                    let event = Event { record: Some(record.to_string()), ..part(*number, 3, text) };
                    named.add(event, None, 0, Ordering::Equal);
                }
                named
            };
            let canon = |named: &BlockParts| {
                let mut block = named.block(named.join());
                for part in &mut block.parts {
                    part.copies.sort_by_key(|copy| copy.record.clone());
                }
                block
            };
            let forward = build(&parts);
            let (left, right) = parts.split_at(cut.min(parts.len()));
            let mut merged = build(left);
            merged.merge(build(right), Ordering::Equal);
            prop_assert_eq!(canon(&forward), canon(&merged));
            parts.reverse();
            prop_assert_eq!(canon(&forward), canon(&build(&parts)));
        }
    }
}
