//! [`Inventory`]: an [`Entry`] of every script block record, each once for a source.

use super::context_store::ContextStore;
use super::entry::{Entry, EntryFields, Flags, PackedPlace};
use super::names::{Context, NO_NAME, Names};
use crate::event::UserNames;
use crate::fingerprint::{self, text_fingerprint};
use crate::indicators::{TextIndex, TextIndicators};
use crate::limits;
use crate::memory;
use crate::ordered::OrderedMap;
use crate::reassemble::Mode;
use crate::script;
use crate::sort;
use crate::source::{RawRecord, ScriptRecord};
use crate::text::Text;
use crate::time::Time;
use crate::wire::{WireReader, WireWriter};

/// What is remembered of every script block record. The same for any order of the records and any division of the input.
///
/// Past [`limits::INVENTORY_BLOCKS`] the blocks of the least hashes stay: an even sample, the same in any order.
#[derive(Debug)]
pub(crate) struct Inventory {
    pub(super) names: Names,
    pub(super) entries: Vec<Entry>,
    /// Indexes of entries by their hashes, with linear probing; [`FREE`] where there is none.
    slots: Vec<u32>,
    limit: usize,
    /// Greatest block hash that is kept.
    ceiling: u64,
    /// Fingerprint and shape of the text that the parts with this hash make.
    pub(super) joined: OrderedMap<u64, (u64, Option<u64>)>,
    /// Events beside script blocks.
    pub(super) context: ContextStore,
    /// Shapes of recent texts, by their fingerprints.
    shapes: Vec<(u64, u64)>,
    /// The indicators of the texts; `None` if nobody asks.
    pub(crate) indicators: Option<TextIndex>,
}

/// Number of texts whose shapes are remembered.
const RECENT_SHAPES: usize = 1 << 10;

/// A slot without an entry.
const FREE: u32 = u32::MAX;

impl Inventory {
    /// Makes an inventory, with the indicators of the texts if they are asked for.
    pub(crate) fn new(indicators: Option<TextIndex>) -> Self {
        Self { indicators, ..Self::with_limit(limits::INVENTORY_BLOCKS) }
    }

    pub(super) fn with_limit(limit: usize) -> Self {
        Self {
            names: Names::default(),
            entries: Vec::new(),
            slots: Vec::new(),
            limit,
            ceiling: u64::MAX,
            joined: OrderedMap::new(),
            context: ContextStore::default(),
            indicators: None,
            shapes: Vec::new(),
        }
    }

    /// Adds a record of the source with this index. Names that it gives SIDs are added to `user_names`.
    pub(crate) fn add(
        &mut self,
        record: &ScriptRecord<'_>,
        source: usize,
        mode: Mode,
        user_names: &mut UserNames,
    ) {
        let event = record.full.event_fields();
        let name = |text: &Option<String>, names: &mut Names| {
            names.intern_some(text.as_deref().filter(|text| !text.is_empty()))
        };
        let context = Context {
            computer: match record.computer.filter(|computer| !computer.is_empty()) {
                Some(computer) => self.names.intern(&computer.to_lossy()),
                None => NO_NAME,
            },
            user: name(&event.user, &mut self.names),
            path: name(&event.path, &mut self.names),
            process: process_id(event.field("ProcessID").as_deref()),
            thread: process_id(event.field("ThreadID").as_deref()),
        };
        let context = match self.names.known_context(&context) {
            Some(number) => number,
            None => {
                user_names.add_user_of(&event);
                self.names.context(context)
            }
        };
        let text = Text::from(record.text_until_nul()).decoded();
        let fingerprint = text_fingerprint(&text.as_bytes());
        let script_block_id = record.script_block_id.filter(|id| !id.is_empty());
        let number = record.number.unwrap_or(1);
        let total = record.total.filter(|total| (1..=*total).contains(&number));
        let is_standalone = mode == Mode::Event || script_block_id.is_none() || total.is_none();
        let total = total.filter(|_| !is_standalone).unwrap_or(1);
        let is_part = total > 1;
        let shape = match is_part {
            true => u64::from(number) << 32 | u64::from(total),
            false => {
                if let Some(index) = &mut self.indicators {
                    index.read(fingerprint, &text.to_lossy());
                }
                self.shape_of(fingerprint, &text)
            }
        };
        let (id, is_named) = match script_block_id.map(|id| id.to_lossy()) {
            None => (number_bytes(NO_NAME), true),
            Some(id) => match guid_bytes(&id) {
                Some(bytes) => (bytes, false),
                None => (number_bytes(self.names.intern(&id)), true),
            },
        };
        let raw = record.full.raw();
        let (is_evtx, is_row) = (raw == RawRecord::Binary, raw == RawRecord::Unavailable);
        let fields = EntryFields {
            id,
            flags: Flags { is_named, is_standalone, is_part },
            time: self.names.pack(record.time),
            text: fingerprint,
            shape,
            place: PackedPlace::new(record.place, is_evtx, is_row),
            source: u32::try_from(source).unwrap_or(u32::MAX),
            record: record.record,
            context,
            units: text.utf16_len() as u64,
        };
        self.insert(Entry::new(&fields));
    }

    /// Returns the shape of a text. The same few scripts, such as prompts, make most blocks of a log, and a shape takes
    /// longer than all else that is done with a record.
    fn shape_of(&mut self, fingerprint: u64, text: &Text) -> u64 {
        self.shapes.resize(RECENT_SHAPES, (0, 0));
        let slot = self.shapes.get_mut(fingerprint as usize % RECENT_SHAPES);
        let known = slot.as_ref().filter(|known| known.0 == fingerprint).map(|known| known.1);
        let shape = known.unwrap_or_else(|| script::shape(&text.to_lossy()));
        if let Some(slot) = slot {
            *slot = (fingerprint, shape);
        }
        shape
    }

    /// Notes the text that parts make when they are joined.
    pub(crate) fn add_joined(
        &mut self,
        parts: u64,
        (text, shape): (u64, Option<u64>),
        indicators: Option<TextIndicators>,
    ) {
        if let Some((index, found)) = self.indicators.as_mut().zip(indicators) {
            index.insert(text, found);
        }
        if self.joined.len() < self.limit {
            self.joined.insert(parts, (text, shape));
        }
    }

    /// Removes the entries past the limit.
    pub(crate) fn cut(&mut self) {
        self.cut_to(self.limit);
        self.context.cut();
    }

    /// Returns how many script blocks were removed because of the limit, about.
    pub(crate) fn not_listed(&self) -> u64 {
        let kept = self.entries.len() as f64;
        let share = self.ceiling as f64 / u64::MAX as f64;
        if self.ceiling == u64::MAX { 0 } else { (kept / share - kept).round() as u64 }
    }

    /// Number of names that are not shown, because of their limit.
    pub(crate) fn names_left_out(&self) -> u64 {
        self.names.left_out
    }

    pub(super) fn time(&self, entry: &Entry) -> Option<Time> {
        self.names.unpack(entry.time)
    }

    /// Hash of what identifies an entry's block, the same in every session.
    pub(super) fn block_hash(&self, entry: &Entry) -> u64 {
        let Flags { is_standalone, .. } = entry.flags();
        if is_standalone {
            let [seconds, nanos] = fingerprint::time_words(self.time(entry));
            let record = entry.record().unwrap_or(0);
            return fingerprint::hash_words([seconds, nanos, record, entry.place.offset()]);
        }
        let computer = self.names.folded(self.names.context_of(entry.context).computer);
        let (_, total) = entry.part();
        let [first, second] = self.id_words(entry);
        fingerprint::hash_words([first, second, computer, total.into()])
    }

    pub(super) fn id_words(&self, entry: &Entry) -> [u64; 2] {
        match entry.flags().is_named {
            true => [self.names.folded(name_number(entry.id)), 0],
            false => guid_words(entry.id),
        }
    }

    /// The script block id.
    pub(super) fn script_block_id(&self, entry: &Entry) -> Option<String> {
        match entry.flags().is_named {
            true => self.names.text(name_number(entry.id)).map(str::to_owned),
            false => Some(guid_text(entry.id)),
        }
    }

    /// Whether two entries are records of one text of one block, or part, in one source.
    fn is_same(&self, a: &Entry, b: &Entry) -> bool {
        let computer =
            |entry: &Entry| self.names.folded(self.names.context_of(entry.context).computer);
        let parts = |entry: &Entry| (entry.flags(), entry.text, entry.source(), entry.part());
        if parts(a) != parts(b) {
            return false;
        }
        if a.flags().is_standalone {
            return a.place.offset() == b.place.offset();
        }
        self.id_words(a) == self.id_words(b) && computer(a) == computer(b)
    }

    /// Sort key of the same text in one source: the least record is listed.
    pub(super) fn copy_order(&self, entry: &Entry) -> impl Ord + use<> {
        let time = self.time(entry);
        (time.is_none(), time, entry.record().is_none(), entry.record(), entry.place)
    }

    fn insert(&mut self, entry: Entry) {
        let block = self.block_hash(&entry);
        if block > self.ceiling {
            return;
        }
        if self.slots.len() < 64 || self.entries.len() * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let mut at = self.first_slot(&entry, block);
        loop {
            match self.slots.get(at).copied() {
                Some(FREE) | None => break,
                Some(index) => {
                    let known = self.entries.get(index as usize);
                    if known.is_some_and(|known| self.is_same(known, &entry)) {
                        let is_less = known
                            .is_some_and(|known| self.copy_order(&entry) < self.copy_order(known));
                        if let (true, Some(slot)) = (is_less, self.entries.get_mut(index as usize))
                        {
                            *slot = entry;
                        }
                        return;
                    }
                }
            }
            at = (at + 1) % self.slots.len();
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = self.entries.len() as u32;
        }
        if self.entries.len() == self.entries.capacity() {
            // Doubling would hold twice the memory.
            self.entries.reserve_exact(self.entries.len() / 4 + 64);
        }
        self.entries.push(entry);
        if self.entries.len() > self.limit + self.limit / 8 {
            self.cut_to(self.limit);
        }
    }

    /// The first slot of an entry, from the hash of its block.
    fn first_slot(&self, entry: &Entry, block: u64) -> usize {
        let (number, _) = entry.part();
        let words = [block, entry.text, number.into(), entry.source().into()];
        (fingerprint::hash_words(words) % (self.slots.len() as u64).max(1)) as usize
    }

    /// Doubles the slots.
    fn grow(&mut self) {
        let length = (self.slots.len() * 2).max(64);
        self.index(length);
    }

    /// Makes this many slots for the entries.
    fn index(&mut self, length: usize) {
        self.slots = vec![FREE; length];
        for index in 0..self.entries.len() {
            let Some(entry) = self.entries.get(index).copied() else { continue };
            let mut at = self.first_slot(&entry, self.block_hash(&entry));
            while self.slots.get(at).is_some_and(|slot| *slot != FREE) {
                at = (at + 1) % length;
            }
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = index as u32;
            }
        }
    }

    /// Removes the entries with the greatest block hashes past this number.
    fn cut_to(&mut self, limit: usize) {
        if self.entries.len() <= limit {
            return;
        }
        let hashes: Vec<u64> = self.entries.iter().map(|entry| self.block_hash(entry)).collect();
        let Some(first_out) = sort::nth_smallest(&hashes, limit).copied() else { return };
        // All entries of one block stay, or none.
        self.ceiling = first_out.saturating_sub(1);
        let mut hashes = hashes.into_iter();
        let ceiling = self.ceiling;
        self.entries.retain(|_| hashes.next().is_some_and(|hash| hash <= ceiling));
        self.index(self.slots.len());
    }

    /// Writes all entries.
    pub(crate) fn write(&self, writer: &mut WireWriter) {
        writer.number(self.ceiling);
        writer.number(self.names.left_out);
        writer.list(self.names.texts(), WireWriter::text);
        let name = |writer: &mut WireWriter, name: u32| writer.number(u64::from(name) + 1);
        writer.list(self.names.contexts().iter(), |writer, context| {
            name(writer, context.computer);
            name(writer, context.user);
            name(writer, context.path);
            writer.option(context.process, |writer, number| writer.number(number.into()));
            writer.option(context.thread, |writer, number| writer.number(number.into()));
        });
        writer.list(self.entries.iter(), |writer, entry| {
            let fields = entry.fields();
            let Flags { is_named, is_standalone, is_part } = fields.flags;
            let flags = [is_named, is_standalone, is_part];
            writer.number(flags.iter().fold(0, |flags, flag| flags << 1 | u64::from(*flag)));
            match is_named {
                true => name(writer, name_number(fields.id)),
                false => writer.bytes(&fields.id),
            }
            writer.option(self.time(entry), WireWriter::time);
            for number in [fields.text, fields.shape, fields.place.0, fields.source.into()] {
                writer.number(number);
            }
            writer.option(fields.record, WireWriter::number);
            writer.number(fields.context.into());
            writer.number(fields.units);
        });
        writer.list(self.joined.iter(), |writer, (parts, (text, shape))| {
            [*parts, *text, shape.unwrap_or(0)]
                .into_iter()
                .for_each(|number| writer.number(number));
        });
        self.context.write(writer);
        if let Some(index) = &self.indicators {
            index.write(writer);
        }
    }

    /// Adds what another inventory [wrote](Self::write). `sources` maps its sources to those of this session.
    pub(crate) fn merge(&mut self, reader: &mut WireReader<'_>, sources: &[usize]) -> Option<()> {
        let ceiling = reader.number()?;
        self.names.left_out += reader.number()?;
        let mut numbers = Vec::new();
        for _ in 0..reader.size()? {
            let text = reader.text()?;
            // Names are short already; command lines may be longer.
            numbers.push(self.names.intern_long(&text));
        }
        let name = |reader: &mut WireReader<'_>| match reader.number()?.checked_sub(1) {
            None => None,
            Some(number) if number == u64::from(NO_NAME) => Some(NO_NAME),
            Some(number) => numbers.get(usize::try_from(number).ok()?).copied(),
        };
        let mut contexts = Vec::new();
        for _ in 0..reader.size()? {
            let (computer, user, path) = (name(reader)?, name(reader)?, name(reader)?);
            let process = reader.option(WireReader::small)?;
            let thread = reader.option(WireReader::small)?;
            contexts.push(self.names.context(Context { computer, user, path, process, thread }));
        }
        if ceiling < self.ceiling {
            self.lower_ceiling(ceiling);
        }
        for _ in 0..reader.size()? {
            memory::grow_ahead();
            let flags = reader.number().filter(|flags| *flags < 8)?;
            let flags = Flags {
                is_named: flags & 4 != 0,
                is_standalone: flags & 2 != 0,
                is_part: flags & 1 != 0,
            };
            let id = match flags.is_named {
                true => number_bytes(name(reader)?),
                false => *reader.bytes()?.first_chunk()?,
            };
            let time = reader.option(WireReader::time)?;
            let fields = EntryFields {
                id,
                flags,
                time: self.names.pack(time),
                text: reader.number()?,
                shape: reader.number()?,
                place: PackedPlace(reader.number()?),
                source: u32::try_from(*sources.get(reader.size()?)?).ok()?,
                record: reader.option(WireReader::number)?,
                context: *contexts.get(reader.size()?)?,
                units: reader.number()?,
            };
            self.insert(Entry::new(&fields));
        }
        for _ in 0..reader.size()? {
            let (parts, text, shape) = (reader.number()?, reader.number()?, reader.number()?);
            self.add_joined(parts, (text, Some(shape).filter(|shape| *shape != 0)), None);
        }
        self.context.merge(reader, &self.names, name, sources)?;
        match &mut self.indicators {
            Some(index) => index.merge(reader),
            None => Some(()),
        }
    }

    /// Removes the entries that another inventory did not keep either.
    fn lower_ceiling(&mut self, ceiling: u64) {
        self.ceiling = ceiling;
        let hashes: Vec<u64> = self.entries.iter().map(|entry| self.block_hash(entry)).collect();
        let mut hashes = hashes.into_iter();
        self.entries.retain(|_| hashes.next().is_some_and(|hash| hash <= ceiling));
        self.index(self.slots.len());
    }
}

/// Returns the number of a process or thread, in decimal or, as some logs have it, hexadecimal digits.
pub(super) fn process_id(text: Option<&str>) -> Option<u32> {
    let text = text?.trim();
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Returns the numbers that identify a script block id, if it is a GUID.
pub(super) fn id_words_of(id: &str) -> Option<[u64; 2]> {
    guid_bytes(id).map(guid_words)
}

fn guid_words(bytes: [u8; 16]) -> [u64; 2] {
    let (words, _) = bytes.as_chunks::<8>();
    let mut words = words.iter().map(|bytes| u64::from_le_bytes(*bytes));
    [words.next().unwrap_or(0), words.next().unwrap_or(0)]
}

fn number_bytes(number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    if let Some(first) = bytes.first_chunk_mut() {
        *first = number.to_le_bytes();
    }
    bytes
}

fn name_number(bytes: [u8; 16]) -> u32 {
    bytes.first_chunk().map_or(NO_NAME, |first| u32::from_le_bytes(*first))
}

/// Returns the bytes of a GUID in its usual form.
fn guid_bytes(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (at, byte) in text.bytes().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = (byte as char).to_digit(16)? as u8;
        let slot = bytes.get_mut(digits / 2)?;
        *slot = *slot << 4 | digit;
        digits += 1;
    }
    (digits == 32 && text.len() == 36).then_some(bytes)
}

/// Returns a GUID in its usual form.
fn guid_text(bytes: [u8; 16]) -> String {
    let mut text = crate::text::to_hex(&bytes);
    for at in [20, 16, 12, 8] {
        text.insert(at, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_packed_and_anything_else_is_a_name() {
        let guid = "4f3c0b1a-0000-1111-2222-a0b1c2d3e4f5";
        let bytes = guid_bytes(guid).unwrap();
        assert_eq!(guid_text(bytes), guid);
        assert_eq!(guid_bytes(&guid.to_uppercase()), Some(bytes));
        for other in ["", "4f3c0b1a", &guid[1..], &format!("{guid}0"), &guid.replace('-', "0")] {
            assert_eq!(guid_bytes(other), None, "{other}");
        }
        assert_eq!(name_number(number_bytes(77)), 77);
    }

    #[test]
    fn numbers_of_processes_are_decimal_or_hexadecimal() {
        for (text, number) in [("4012", Some(4012)), ("0xfac", Some(4012)), ("-", None)] {
            assert_eq!(process_id(Some(text)), number);
        }
        assert_eq!(process_id(None), None);
    }
}
