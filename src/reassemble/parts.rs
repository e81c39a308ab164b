//! [`BlockParts`]: the parts of one script block that have arrived so far.

use super::block::{BlockPart, PartCopy, ScriptBlock, part_number, record_id_order};
use super::bounds::StoreLimits;
use crate::event::Event;
use crate::limits;
use crate::ordered::OrderedMap;
use crate::source::DeferredFields;
use crate::text::{Raw, Text, fold_case};
use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The parts of one block that have arrived so far, by number. Whoever writes a record can give its id to another text:
/// a part has every text that any record gave it.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockParts {
    parts: OrderedMap<u32, Vec<PartRecord>>,
    /// Bytes of all texts.
    bytes: usize,
    /// Number of texts.
    records: usize,
}

/// One text of a part: the record that represents it, and every record that carried it.
#[derive(Clone, Debug)]
pub(super) struct PartRecord {
    event: Event,
    /// The fields that `event` lacks, if they have not been read yet.
    deferred: Option<Arc<dyn DeferredFields>>,
    copies: Vec<PartCopy>,
}

/// The text of some parts, and the UTF-16 offsets in it at which parts are missing.
pub(super) struct JoinedText {
    pub(super) text: Text,
    gaps: Vec<u64>,
}

/// The effect of a record on its block.
#[derive(Debug)]
pub(super) enum AddOutcome {
    /// The part has one text more.
    New,
    /// The part had this text already.
    Repeated {
        /// Its copies or the record that represents it are others now.
        has_changed: bool,
    },
    /// The block exceeds a limit: this record is not in it, and is to be searched by itself.
    Excess(Box<PartRecord>, Limit),
}

/// A limit of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// [`limits::TEXT_BYTES`].
    TextBytes,
    /// [`limits::PART_TEXTS`].
    PartTexts,
}

impl BlockParts {
    /// Adds a record. Which of two records with one text represents it depends on their contents and never on which came
    /// first.
    pub(super) fn add(
        &mut self,
        event: Event,
        deferred: Option<Arc<dyn DeferredFields>>,
        source: usize,
        limits: &StoreLimits,
    ) -> AddOutcome {
        let copies = vec![PartCopy::new(&event, source)];
        self.add_record(PartRecord { event, deferred, copies }, limits)
    }

    /// Adds the records of the same block from another session. Returns the effect of each.
    pub(super) fn merge(&mut self, other: Self, limits: &StoreLimits) -> Vec<AddOutcome> {
        let records = other.parts.into_values().flatten();
        records.map(|record| self.add_record(record, limits)).collect()
    }

    /// Returns a record of the block as a block of this part only, with the fields of the lowest part present.
    pub(super) fn to_single(&self, record: PartRecord, limits: &StoreLimits) -> Self {
        let own = record.full_event().into_owned();
        let lowest = self.parts.values().flatten().next().map(PartRecord::event_without_text);
        let event = match lowest.filter(|_| self.has_part_before(part_number(&own))) {
            None => own,
            Some(lowest) => Event {
                place: own.place,
                record: own.record,
                time: own.time,
                number: own.number,
                total: own.total,
                text: own.text,
                ..lowest
            },
        };
        let mut parts = Self::default();
        let unlimited = StoreLimits { text_bytes: usize::MAX, ..limits.clone() };
        parts.add_record(PartRecord { event, deferred: None, copies: record.copies }, &unlimited);
        parts
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether a part with a lower number is present. It represents the block and is never removed.
    pub(super) fn has_part_before(&self, number: u32) -> bool {
        self.parts.keys().next().is_some_and(|first| *first < number)
    }

    /// Returns each text's representative record and the copies with its text, in the order of part numbers.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Cow<'_, Event>, &[PartCopy])> {
        let records = self.parts.values().flatten();
        records.map(|record| (record.full_event(), record.copies.as_slice()))
    }

    /// Adds what [`records`](Self::records) returned in another session.
    pub(super) fn restore(
        &mut self,
        event: Event,
        copies: Vec<PartCopy>,
        limits: &StoreLimits,
    ) -> AddOutcome {
        self.add_record(PartRecord { event, deferred: None, copies }, limits)
    }

    /// Estimated memory in bytes: the texts and a fixed share for each record.
    pub(super) fn weight(&self) -> usize {
        self.bytes + self.records * 1_024
    }

    pub(super) fn is_complete(&self) -> bool {
        self.total().is_none_or(|total| self.parts.len() as u64 >= u64::from(total))
    }

    /// Returns the texts of each part, in the order of part numbers. The longest text of a part is the first.
    pub(super) fn texts(&self) -> Vec<(u32, Vec<&PartRecord>)> {
        let parts = self.parts.iter().map(|(&number, records)| {
            let mut records: Vec<&PartRecord> = records.iter().collect();
            if records.len() > 1 {
                records.sort_by(|a, b| text_order(a, b));
            }
            (number, records)
        });
        parts.collect()
    }

    /// Joins texts of some parts in UTF-16, because a part may end within a surrogate pair. One line feed replaces each
    /// run of missing parts.
    pub(super) fn join(&self, picks: &[(u32, &PartRecord)]) -> JoinedText {
        let mut text = Text::new();
        // One byte more for each part: there is at most one line feed before it.
        text.reserve(picks.iter().map(|(_, record)| record.event.text.len() + 1).sum());
        let mut gaps = Vec::new();
        let mut next = 1;
        for &(number, record) in picks {
            if number > next {
                gaps.push(text.utf16_len() as u64);
                if !text.is_empty() {
                    text.push(Raw::Wtf8(b"\n"));
                }
            }
            text.push(record.event.text.as_raw());
            next = number.saturating_add(1);
        }
        if self.total().is_some_and(|total| next <= total) {
            gaps.push(text.utf16_len() as u64);
        }
        JoinedText { text, gaps }
    }

    /// Returns the block of these texts. Its fields are those of the lowest part present, picked or not.
    pub(super) fn to_block(
        &self,
        picks: &[(u32, &PartRecord)],
        JoinedText { text, gaps }: JoinedText,
    ) -> ScriptBlock {
        let lowest = self.parts.iter().next();
        let picked =
            picks.first().filter(|pick| lowest.is_some_and(|(number, _)| *number == pick.0));
        let least =
            || lowest.and_then(|(_, records)| records.iter().min_by(|a, b| text_order(a, b)));
        let represents = picked.map(|(_, record)| *record).or_else(least);
        let parts = picks
            .iter()
            .map(|(number, record)| BlockPart { number: *number, copies: record.copies.clone() });
        ScriptBlock {
            event: represents.map(PartRecord::event_without_text).unwrap_or_default(),
            text: text.into_lossy().into(),
            parts: parts.collect(),
            total: self.total(),
            gaps,
            standalone: false,
            variant: None,
            hidden: Default::default(),
            view_rules: Default::default(),
        }
    }

    fn total(&self) -> Option<u32> {
        self.parts.values().flatten().next().and_then(|record| record.event.total)
    }

    fn add_record(&mut self, new: PartRecord, limits: &StoreLimits) -> AddOutcome {
        let number = part_number(&new.event);
        let lowest = self.parts.keys().next().copied();
        let is_lowest = lowest.is_none_or(|lowest| number <= lowest);
        let known = self.parts.get_mut(&number);
        let same = known.and_then(|records| {
            records.iter_mut().find_map(|own| own.is_same(&new, is_lowest).then_some(own))
        });
        if let Some(same) = same {
            return AddOutcome::Repeated { has_changed: same.absorb(new) };
        }
        if self.bytes + new.event.text.len() > limits.text_bytes {
            return AddOutcome::Excess(Box::new(new), Limit::TextBytes);
        }
        self.bytes += new.event.text.len();
        self.records += 1;
        let records = self.parts.entry(number).or_default();
        records.push(new);
        let excess = match records.len() > limits.part_texts {
            true => excess_text(records),
            false => None,
        };
        if let Some(excess) = &excess {
            self.bytes -= excess.event.text.len();
            self.records -= 1;
        }
        if let Some(lowest) = lowest.filter(|lowest| number < *lowest) {
            self.merge_same_texts(lowest);
        }
        excess.map_or(AddOutcome::New, |excess| {
            AddOutcome::Excess(Box::new(excess), Limit::PartTexts)
        })
    }

    /// Merges the records with one text of a part that is no longer the lowest: their fields do not matter any more.
    fn merge_same_texts(&mut self, number: u32) {
        let Some(records) = self.parts.get_mut(&number) else { return };
        if records.len() < 2 {
            return;
        }
        for record in std::mem::take(records) {
            let same =
                records.iter_mut().find_map(|own| own.is_same(&record, false).then_some(own));
            match same {
                Some(own) => {
                    self.bytes -= record.event.text.len();
                    self.records -= 1;
                    own.absorb(record);
                }
                None => records.push(record),
            }
        }
    }
}

/// Removes the text with the greatest hash: which texts stay does not depend on the order in which they came.
fn excess_text(records: &mut Vec<PartRecord>) -> Option<PartRecord> {
    let hash = |record: &PartRecord| xxh3_64(&record.event.text.as_bytes());
    let index = (0..records.len()).max_by_key(|index| records.get(*index).map(hash))?;
    Some(records.swap_remove(index))
}

impl PartRecord {
    /// Bytes of its text, escaped or not.
    pub(super) fn len(&self) -> usize {
        self.event.text.len()
    }

    /// Its text in WTF-8.
    pub(super) fn text_bytes(&self) -> Cow<'_, [u8]> {
        self.event.text.as_bytes()
    }

    /// Whether its text contains that of another record of the part.
    pub(super) fn contains(&self, other: &Self) -> bool {
        let (own, other) = (self.event.text.as_bytes(), other.event.text.as_bytes());
        own.len() >= other.len() && memchr::memmem::find(&own, &other).is_some()
    }

    /// Returns the event with all its fields and its text.
    pub(super) fn full_event(&self) -> Cow<'_, Event> {
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

    /// Whether another record of the part has the same text and, if the part lends its fields to the block, the same
    /// time, computer, user, level and path: a rule or a limit of time may ask for these.
    fn is_same(&mut self, other: &Self, has_fields: bool) -> bool {
        if self.event.text != other.event.text {
            return false;
        }
        if !has_fields {
            return true;
        }
        self.read_deferred_fields();
        let other = other.full_event();
        let fold = |event: &Event| fold_case(event.computer.as_deref().unwrap_or_default());
        let fields =
            |event: &Event| (event.time, event.user.clone(), event.level, event.path.clone());
        fold(&self.event) == fold(&other) && fields(&self.event) == fields(&other)
    }

    /// Takes in a record with the same text. Returns whether that changed anything.
    fn absorb(&mut self, mut new: Self) -> bool {
        let mut has_changed = false;
        for copy in std::mem::take(&mut new.copies) {
            has_changed |= add_copy(&mut self.copies, copy);
        }
        self.read_deferred_fields();
        new.read_deferred_fields();
        if representative_order(&new.event) < representative_order(&self.event) {
            self.event = new.event;
            has_changed = true;
        }
        has_changed
    }
}

/// Adds a copy. Of the copies in one source the earliest stays, and of all copies the earliest ones, in any order of
/// arrival. Returns whether any changed.
pub(super) fn add_copy(copies: &mut Vec<PartCopy>, copy: PartCopy) -> bool {
    let is_below_limit = copies.len() < limits::COPIES_PER_PART;
    let place = match copies.iter().position(|known| known.source == copy.source) {
        None if is_below_limit => {
            copies.push(copy);
            return true;
        }
        None => {
            let indices = 0..copies.len();
            indices
                .max_by(|a, b| copies.get(*a).map(copy_order).cmp(&copies.get(*b).map(copy_order)))
        }
        known => known,
    };
    match place.and_then(|place| copies.get_mut(place)) {
        Some(known) if copy_order(&copy) < copy_order(known) => *known = copy,
        Some(_) | None => return false,
    }
    true
}

/// Orders the texts of a part: the longest first.
fn text_order(a: &PartRecord, b: &PartRecord) -> Ordering {
    let (left, right) = (a.event.text.as_bytes(), b.event.text.as_bytes());
    (Reverse(left.len()), &left).cmp(&(Reverse(right.len()), &right)).then_with(|| {
        let (a, b) = (a.full_event(), b.full_event());
        representative_order(&a).cmp(&representative_order(&b))
    })
}

/// Sort key of the copies in one source: the least one is kept.
fn copy_order(copy: &PartCopy) -> impl Ord + '_ {
    (copy.time, record_id_order(&copy.record), copy.place)
}

/// Sort key of the records with one text: the least one represents it.
pub(super) fn representative_order(event: &Event) -> impl Ord + '_ {
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
            let outcome = parts.add(part(number, 6, text), None, 0, &StoreLimits::default());
            assert!(matches!(outcome, AddOutcome::New));
        }
        let block = block_of(&parts);
        assert_eq!(&*block.text, "bc\n😀");
        assert_eq!(block.gaps, [0, 2, 5]);
        assert!(block.is_incomplete());
    }

    /// The block of the first text of each part.
    fn block_of(parts: &BlockParts) -> ScriptBlock {
        let texts = parts.texts();
        let picks: Vec<_> = texts.iter().map(|(number, texts)| (*number, texts[0])).collect();
        parts.to_block(&picks, parts.join(&picks))
    }

    #[test]
    fn the_earliest_copy_of_each_source_stays_in_any_order_of_arrival() {
        let copies = 2 * limits::COPIES_PER_PART as u64;
        let first = |records: &mut dyn Iterator<Item = u64>| {
            let mut parts = BlockParts::default();
            for record in records {
                let event = Event { record: Some(record.to_string()), ..part(1, 1, "a") };
                parts.add(event, None, (record % 2) as usize, &StoreLimits::default());
            }
            let copies = parts.parts.get(&1).unwrap()[0].copies.iter();
            let mut first: Vec<_> = copies.map(|copy| copy.record.clone()).collect();
            first.sort();
            first
        };
        let expected = [Some("8".to_owned()), Some("9".to_owned())];
        assert_eq!(first(&mut (8..copies)), expected);
        assert_eq!(first(&mut (8..copies).rev()), expected);
    }

    #[test]
    fn the_earliest_copies_stay_past_the_limit() {
        let sources = limits::COPIES_PER_PART as u64 + 10;
        let kept = |sources: &mut dyn Iterator<Item = u64>| {
            let mut copies = Vec::new();
            for source in sources {
                let record = Some((100 + source).to_string());
                let source = source as usize;
                add_copy(&mut copies, PartCopy { source, record, ..PartCopy::default() });
            }
            let mut sources: Vec<_> = copies.iter().map(|copy| copy.source).collect();
            sources.sort();
            sources
        };
        let forward = kept(&mut (0..sources));
        assert_eq!(forward.len(), limits::COPIES_PER_PART);
        assert_eq!(kept(&mut (0..sources).rev()), forward);
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
                    parts.add(event, None, 0, &StoreLimits::default());
                }
                parts
            };
            let canonical = |parts: &BlockParts| {
                let mut block = block_of(parts);
                for part in &mut block.parts {
                    part.copies.sort_by_key(|copy| copy.record.clone());
                }
                let texts = parts.texts().into_iter().map(|(number, texts)| {
                    (number, texts.iter().map(|own| own.event.text.to_lossy().into_owned()).collect::<Vec<_>>())
                });
                (block, texts.collect::<Vec<_>>())
            };
            let forward = build(&records);
            let (left, right) = records.split_at(cut.min(records.len()));
            let mut merged = build(left);
            merged.merge(build(right), &StoreLimits::default());
            prop_assert_eq!(canonical(&forward), canonical(&merged));
            records.reverse();
            prop_assert_eq!(canonical(&forward), canonical(&build(&records)));
        }
    }
}
