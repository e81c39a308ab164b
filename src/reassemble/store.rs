//! [`Store`]: all script blocks of a job, of which only what may still matter is held.
//!
//! A text that no rule wants is let go at once and remembered by its [`Digest`], so that memory does not
//! grow with the input. Blocks in several parts are held until they are complete, within
//! [`limits::OPEN_BYTES`].

use super::block::ScriptBlock;
use super::digest::Digest;
use super::named::{Added, Named};
use crate::limits;
use crate::source::Sighting;
use crate::text::{Raw, Text, fold};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use xxhash_rust::xxh3::Xxh3;

/// What is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Script blocks, joined from their parts; a repeated record counts once.
    #[default]
    Block,
    /// Every record by itself, as a Splunk search sees it.
    Event,
}

/// Says which texts are worth keeping: the rules, seen from here.
pub trait Judge {
    /// Whether any rule could want this text. May say yes too often, never no wrongly.
    fn may_want(&self, text: Raw<'_>) -> bool;

    /// The rules that want this block.
    fn wants(&self, block: &ScriptBlock) -> Vec<u32>;
}

/// A block that rules want.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The block.
    pub block: ScriptBlock,
    /// Indexes of the rules.
    pub rules: Vec<u32>,
}

/// Counts of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Blocks whose first present part is in the source.
    pub script_blocks: u64,
    /// Those of them that lack parts.
    pub incomplete: u64,
}

/// The blocks of a job.
#[derive(Debug, Default)]
pub struct Store {
    mode: Mode,
    slots: HashMap<u64, Slot>,
    /// Blocks without an id that rules want.
    unnamed: Vec<Kept>,
    /// Blocks without an id, by source.
    unnamed_counts: Vec<u64>,
    /// Further sources that hold a copy of a block that was let go.
    elsewhere: HashSet<(u64, usize)>,
    open: Queue,
    idle: Queue,
    /// Parts that came with different texts: computer, script block id, part.
    conflicts: BTreeSet<(String, String, u32)>,
    /// Script blocks that grew past the limit: computer, script block id.
    too_long: BTreeSet<(String, String)>,
    closed_early: u64,
    not_remembered: u64,
}

#[derive(Debug)]
enum Slot {
    /// Let go: no rule wants it.
    Gone(Gone),
    /// Held, and the rules that want it as it stands.
    Held { named: Box<Named>, rules: Vec<u32>, fresh: bool },
}

#[derive(Clone, Copy, Debug)]
struct Gone {
    source: usize,
    digest: Digest,
    /// Joined from several parts: its digest says nothing of a single record.
    joined: bool,
    incomplete: bool,
}

/// Blocks that are held but not wanted, oldest first, and what they weigh.
#[derive(Debug, Default)]
struct Queue {
    keys: VecDeque<(u64, usize)>,
    weight: usize,
}

impl Store {
    /// A store without blocks.
    pub fn new(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Takes one record in.
    pub fn add(&mut self, seen: &Sighting<'_>, source: usize, judge: &dyn Judge) {
        let id = seen.script_block_id.filter(|id| !id.is_empty());
        match (self.mode, id, seen.total) {
            (Mode::Block, Some(id), Some(1..)) => self.add_named(seen, id, source, judge),
            _ => self.add_unnamed(seen, source, judge),
        }
    }

    /// The blocks that rules want, those still open as they stand. `judge` decides on blocks that have
    /// changed since they were last asked about.
    pub fn kept(&mut self, judge: &dyn Judge) -> Vec<Kept> {
        let mut kept = self.unnamed.clone();
        for slot in self.slots.values_mut() {
            let Slot::Held { named, rules, fresh } = slot else { continue };
            if rules.is_empty() && !*fresh {
                continue;
            }
            let block = named.join();
            if *fresh {
                *rules = wanted(judge, &block);
                *fresh = false;
            }
            if !rules.is_empty() {
                kept.push(Kept { block, rules: rules.clone() });
            }
        }
        kept
    }

    /// Counts by source. A block with copies in several sources counts in the one of lowest `rank`.
    pub fn tallies(&self, rank: &[usize]) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = (0..rank.len())
            .map(|source| Tally {
                script_blocks: self.unnamed_counts.get(source).copied().unwrap_or(0),
                incomplete: 0,
            })
            .collect();
        let mut homes: HashMap<u64, usize> = HashMap::new();
        let ranked = |source: &usize| rank.get(*source).copied().unwrap_or(usize::MAX);
        for &(key, source) in &self.elsewhere {
            let home = homes.entry(key).or_insert(source);
            if ranked(&source) < ranked(home) {
                *home = source;
            }
        }
        for (key, slot) in &self.slots {
            let (home, incomplete) = match slot {
                Slot::Gone(gone) => {
                    let other = homes.get(key).copied().unwrap_or(gone.source);
                    (std::cmp::min_by_key(gone.source, other, ranked), gone.incomplete)
                }
                Slot::Held { named, .. } => {
                    let copies = named.records().next().map(|(_, copies)| copies);
                    let sources = copies.unwrap_or_default().iter().map(|copy| copy.source);
                    (sources.min_by_key(ranked).unwrap_or(0), !named.is_complete())
                }
            };
            if let Some(tally) = tallies.get_mut(home) {
                tally.script_blocks += 1;
                tally.incomplete += u64::from(incomplete);
            }
        }
        tallies
    }

    /// Blocks known so far: cheap, for progress.
    pub fn len(&self) -> u64 {
        self.slots.len() as u64 + self.unnamed_counts.iter().sum::<u64>()
    }

    /// No block has come.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Parts that came with different texts: computer, script block id, part.
    pub fn conflicts(&self) -> impl Iterator<Item = &(String, String, u32)> {
        self.conflicts.iter()
    }

    /// Script blocks that grew past the limit: computer, script block id.
    pub fn too_long(&self) -> impl Iterator<Item = &(String, String)> {
        self.too_long.iter()
    }

    /// Blocks that were searched before all their parts could come, for lack of room.
    pub fn closed_early(&self) -> u64 {
        self.closed_early
    }

    /// Blocks past [`limits::SEEN_BLOCKS`], of which a repetition would count again.
    pub fn not_remembered(&self) -> u64 {
        self.not_remembered
    }

    fn add_unnamed(&mut self, seen: &Sighting<'_>, source: usize, judge: &dyn Judge) {
        self.count_unnamed(source);
        if judge.may_want(seen.text) {
            let block = ScriptBlock::of(seen.whole.event(), source);
            let rules = judge.wants(&block);
            if !rules.is_empty() {
                self.unnamed.push(Kept { block, rules });
            }
        }
    }

    fn count_unnamed(&mut self, source: usize) {
        if self.unnamed_counts.len() <= source {
            self.unnamed_counts.resize(source + 1, 0);
        }
        if let Some(count) = self.unnamed_counts.get_mut(source) {
            *count += 1;
        }
    }

    fn add_named(&mut self, seen: &Sighting<'_>, id: Raw<'_>, source: usize, judge: &dyn Judge) {
        let total = seen.total.unwrap_or(1);
        let key = key(seen.computer, id, total);
        let single = total == 1 && seen.number.unwrap_or(1) <= 1;
        match self.slots.get(&key) {
            None if self.slots.len() >= limits::SEEN_BLOCKS => {
                self.not_remembered += 1;
                self.add_unnamed(seen, source, judge);
            }
            None if single => self.add_single(key, seen, source, judge),
            None => {
                self.slots.insert(key, Slot::held());
                self.add_part(key, seen, source, judge);
            }
            Some(Slot::Gone(gone)) => {
                let gone = *gone;
                self.add_again(key, gone, seen, source, judge);
            }
            Some(Slot::Held { .. }) => self.add_part(key, seen, source, judge),
        }
    }

    /// The first record of a block in one part.
    fn add_single(&mut self, key: u64, seen: &Sighting<'_>, source: usize, judge: &dyn Judge) {
        if judge.may_want(seen.text) {
            let mut named = Named::default();
            named.add(seen.whole.event(), source);
            let rules = judge.wants(&named.join());
            if !rules.is_empty() {
                let named = Box::new(named);
                self.slots.insert(key, Slot::Held { named, rules, fresh: false });
                return;
            }
        }
        let digest = Digest::of(seen.text);
        self.slots
            .insert(key, Slot::Gone(Gone { source, digest, joined: false, incomplete: false }));
    }

    /// A record of a block that was let go.
    fn add_again(
        &mut self,
        key: u64,
        gone: Gone,
        seen: &Sighting<'_>,
        source: usize,
        judge: &dyn Judge,
    ) {
        let digest = Digest::of(seen.text);
        let may_want = !gone.joined && judge.may_want(seen.text);
        if gone.joined || (digest == gone.digest && !may_want) {
            return self.note_copy(key, gone.source, source);
        }
        // The same beginning and end, yet a rule may want it: either it was looked at before and turned
        // down, or it is another text.
        let wanted =
            may_want && !judge.wants(&ScriptBlock::of(seen.whole.event(), source)).is_empty();
        if digest == gone.digest && !wanted {
            return self.note_copy(key, gone.source, source);
        }
        self.note_conflict(seen);
        let wins = match digest.precedence(&gone.digest) {
            Ordering::Greater => true,
            Ordering::Equal => wanted,
            Ordering::Less => false,
        };
        if wins {
            self.elsewhere.retain(|(other, _)| *other != key);
            self.add_single(key, seen, source, judge);
        }
    }

    fn add_part(&mut self, key: u64, seen: &Sighting<'_>, source: usize, judge: &dyn Judge) {
        let Some(Slot::Held { named, rules, fresh }) = self.slots.get_mut(&key) else { return };
        let before = named.weight();
        let added = named.add(seen.whole.event(), source);
        let weight = named.weight();
        let complete = named.is_complete();
        if matches!(added, Added::New | Added::Replaced) {
            *fresh = true;
            if complete {
                *rules = wanted(judge, &named.join());
                *fresh = false;
            }
        }
        let idle = rules.is_empty() && complete;
        let open = !complete;
        match added {
            Added::Replaced | Added::Lost => self.note_conflict(seen),
            Added::TooLong => {
                let (computer, id) = who(seen);
                if self.too_long.len() < limits::PROBLEMS_PER_SOURCE {
                    self.too_long.insert((computer, id));
                }
            }
            Added::New | Added::Repeated => {}
        }
        if open {
            self.open.push(key, weight - before);
        } else if idle {
            self.idle.push(key, weight);
        }
        self.make_room(judge);
    }

    /// Lets the oldest blocks go that are held and not wanted.
    fn make_room(&mut self, judge: &dyn Judge) {
        while let Some(key) = self.idle.oldest_above(limits::IDLE_BYTES) {
            self.let_go(key, judge);
        }
        while let Some(key) = self.open.oldest_above(limits::OPEN_BYTES) {
            if let Some(Slot::Held { named, .. }) = self.slots.get(&key)
                && !named.is_complete()
            {
                self.closed_early += 1;
                self.let_go(key, judge);
            }
        }
    }

    fn let_go(&mut self, key: u64, judge: &dyn Judge) {
        let Some(Slot::Held { named, rules, fresh }) = self.slots.get_mut(&key) else { return };
        let block = named.join();
        if *fresh {
            *rules = wanted(judge, &block);
            *fresh = false;
        }
        if rules.is_empty() {
            let source = block.parts.first().and_then(|part| part.copies.first());
            let gone = Gone {
                source: source.map_or(0, |copy| copy.source),
                digest: Digest::of(Raw::from(block.text.as_str())),
                joined: block.total != Some(1),
                incomplete: block.is_incomplete(),
            };
            self.slots.insert(key, Slot::Gone(gone));
        }
    }

    fn note_copy(&mut self, key: u64, home: usize, source: usize) {
        if source != home && self.elsewhere.len() < limits::SEEN_BLOCKS {
            self.elsewhere.insert((key, source));
        }
    }

    fn note_conflict(&mut self, seen: &Sighting<'_>) {
        let (computer, id) = who(seen);
        if self.conflicts.len() < limits::PROBLEMS_PER_SOURCE {
            self.conflicts.insert((computer, id, seen.number.unwrap_or(1).max(1)));
        }
    }
}

impl Slot {
    fn held() -> Self {
        Self::Held { named: Box::default(), rules: Vec::new(), fresh: true }
    }
}

impl Queue {
    fn push(&mut self, key: u64, weight: usize) {
        if weight > 0 {
            self.weight += weight;
            self.keys.push_back((key, weight));
        }
    }

    fn oldest_above(&mut self, limit: usize) -> Option<u64> {
        if self.weight <= limit {
            return None;
        }
        let (key, weight) = self.keys.pop_front()?;
        self.weight -= weight;
        Some(key)
    }
}

fn wanted(judge: &dyn Judge, block: &ScriptBlock) -> Vec<u32> {
    if judge.may_want(Raw::from(block.text.as_str())) { judge.wants(block) } else { Vec::new() }
}

fn who(seen: &Sighting<'_>) -> (String, String) {
    let text = |raw: Option<Raw<'_>>| raw.map(|raw| raw.to_lossy()).unwrap_or_default();
    (text(seen.computer), text(seen.script_block_id))
}

/// What makes two records parts of one block: computer and id in any case, and the number of parts.
fn key(computer: Option<Raw<'_>>, id: Raw<'_>, total: u32) -> u64 {
    let mut hash = Xxh3::new();
    feed_folded(&mut hash, computer.unwrap_or(Raw::Wtf8(b"")));
    hash.update(&[0xFF]);
    feed_folded(&mut hash, id);
    hash.update(&total.to_le_bytes());
    hash.digest()
}

/// Feeds a name in one form, whatever its encoding and case. Names are short and nearly always ASCII.
fn feed_folded(hash: &mut Xxh3, name: Raw<'_>) {
    let mut buffer = [0; 64];
    let mut filled = 0;
    let ascii = match name {
        Raw::Wtf8(bytes) => {
            fill_ascii(&mut buffer, &mut filled, bytes.iter().map(|b| u16::from(*b)))
        }
        Raw::Utf16(bytes) => {
            let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
            fill_ascii(&mut buffer, &mut filled, units)
        }
    };
    match buffer.get(..filled) {
        Some(short) if ascii => hash.update(short),
        _ => {
            let text = Text::from(name).into_lossy();
            hash.update(text.chars().map(fold).collect::<String>().as_bytes());
        }
    }
}

fn fill_ascii(buffer: &mut [u8], filled: &mut usize, units: impl Iterator<Item = u16>) -> bool {
    let mut slots = buffer.iter_mut();
    for unit in units {
        match (u8::try_from(unit), slots.next()) {
            (Ok(byte), Some(slot)) if byte.is_ascii() => *slot = byte.to_ascii_lowercase(),
            _ => return false,
        }
        *filled += 1;
    }
    true
}
