//! [`Listing`]: the inventory's script blocks in the order of time, joined with what rules match.

use super::entry::Entry;
use super::names::{folded_hash, hex, short_name};
use super::rows::{BlockRow, LEVELS};
use super::sort_keys::{SortKey, SortedRows, SortedScripts, sort_keys};
use super::store::Inventory;
use crate::event::UserNames;
use crate::fingerprint::{self, parts_hash, text_fingerprint};
use crate::memory;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::reassemble::{MatchedBlock, ScriptBlock};
use crate::report::{Number, SourceNames, SourceStats, block_ids, id_bits, id_hash};
use crate::rule::{Assets, Rule, RuleSet};
use crate::text::fold_case;
use crate::time::Time;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::sync::Arc;

/// The script blocks of an inventory in the order of time.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(super) rows: Vec<Row>,
    parted: Vec<PartedBlock>,
    pub(super) matches: Vec<Match>,
    pub(super) sources: SourceNames,
    /// The halves of matched blocks' ids, and their rows, sorted.
    matched_ids: Vec<SortKey>,
    /// Rows by the ids that were given out, those of matched blocks not among them.
    pub(super) issued: RefCell<OrderedMap<u128, u32>>,
    /// The order that was asked for last.
    pub(super) sorted: Option<SortedRows>,
    /// The scripts that were asked for last.
    pub(super) scripts: Option<SortedScripts>,
    /// Number of script blocks that are not listed because of a limit.
    pub(super) not_listed: u64,
    /// Number of script blocks that were read.
    pub(super) total: usize,
}

/// A script block of the list. [`NONE`] is in place of an index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Its entry, of a block in several parts that of the lowest.
    pub(super) entry: u32,
    /// Index of the block in several parts.
    parted: u32,
    /// Index of what rules match in it.
    matched: u32,
    /// Number of computers with the text, and whether the block has other texts.
    seen_on: u32,
}

const NONE: u32 = u32::MAX;

/// In [`Row::seen_on`]: records give the block several texts.
const VARIANT: u32 = 1 << 31;

/// A block in several parts.
#[derive(Debug)]
struct PartedBlock {
    /// An entry for each part that was read.
    parts: Vec<u32>,
    total: u32,
    facts: TextFacts,
}

/// What is known of a script block's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextFacts {
    /// Fingerprint.
    pub(super) text: u64,
    /// Shape, of a complete block.
    pub(super) shape: Option<u64>,
    /// UTF-16 units.
    pub(super) units: u64,
}

/// What rules match in a script block.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) id: String,
    /// The first line of its text that is not empty.
    first_line: Option<String>,
    /// Entry of the row.
    pub(super) entry: u32,
    /// Indexes of the rules.
    rules: Vec<u32>,
    /// Sum of their scores, in hundredths.
    score: i64,
    /// Index in [`LEVELS`] of the worst.
    level: usize,
}

/// Names that a list is shown and filtered by.
#[derive(Clone, Copy)]
pub(crate) struct ListNames<'a> {
    pub(crate) rules: &'a RuleSet,
    pub(crate) users: &'a UserNames,
    pub(crate) assets: &'a Assets,
}

/// What a list is made of beside the inventory.
pub(crate) struct ListInputs<'a> {
    pub(crate) matched: &'a [Arc<MatchedBlock>],
    pub(crate) sources: &'a [SourceStats],
    pub(crate) rules: &'a RuleSet,
    /// Number of script blocks that are not listed because of a limit.
    pub(crate) not_listed: u64,
    /// Number of script blocks that were read, if the inventory has a part of them only.
    pub(crate) total: Option<u64>,
}

impl Listing {
    pub(crate) fn new(inventory: &Inventory, inputs: &ListInputs<'_>) -> Self {
        let sources = SourceNames::new(inputs.sources);
        let ids = block_ids(inputs.matched, &sources);
        let mut matches: Vec<Match> = Vec::new();
        let mut by_hash: Vec<SortKey> = Vec::with_capacity(inputs.matched.len());
        for ((matched, id), index) in inputs.matched.iter().zip(ids).zip(0..) {
            memory::grow_ahead();
            matches.push(Match::new(matched, id, inputs.rules));
            by_hash.push((matched_hash(&matched.block), u64::from(index), index));
        }
        sort_keys(&mut by_hash);
        let mut by_hash = by_hash.chunk_by(|a, b| a.0 == b.0).peekable();
        let mut listing = Self {
            rows: Vec::new(),
            parted: Vec::new(),
            matches,
            sources,
            matched_ids: Vec::new(),
            issued: RefCell::default(),
            sorted: None,
            scripts: None,
            not_listed: inputs.not_listed,
            total: 0,
        };
        let mut keys: Vec<SortKey> = (0..)
            .zip(&inventory.entries)
            .map(|(index, entry)| {
                let tie = if entry.flags().is_part { entry.shape } else { entry.text };
                (inventory.block_hash(entry), tie, index)
            })
            .collect();
        sort_keys(&mut keys);
        for group in keys.chunk_by(|a, b| a.0 == b.0) {
            let hash = group.first().map_or(0, |key| key.0);
            let hash_of = |own: &&[SortKey]| own.first().map_or(0, |key| key.0);
            // Both are in the order of hashes.
            while by_hash.next_if(|own| hash_of(own) < hash).is_some() {}
            let matched = by_hash.next_if(|own| hash_of(own) == hash).unwrap_or_default();
            let matched: &[u32] = &matched.iter().map(|key| key.2).collect::<Vec<_>>();
            if let [(_, _, only)] = group {
                listing.add_block(inventory, inputs, &[*only], matched);
                continue;
            }
            let mut rest: Vec<u32> = group.iter().map(|key| key.2).collect();
            // Blocks of equal hashes are distinguished by their names.
            while let Some(first) = rest.first().and_then(|index| inventory.entry(*index)) {
                let is_own = |index: &u32| {
                    inventory
                        .entry(*index)
                        .is_some_and(|entry| inventory.is_same_block(first, entry))
                };
                let (own, others): (Vec<u32>, Vec<u32>) = rest.iter().partition(|own| is_own(own));
                listing.add_block(inventory, inputs, &own, matched);
                rest = others;
            }
        }
        listing.sort_by_time(inventory);
        listing.count_computers(inventory);
        listing.issue_matches(inventory.entries.len());
        listing.total = inputs.total.map_or(listing.rows.len(), |total| total as usize);
        listing
    }

    /// Adds the rows of one block, given the indexes of its entries in the order of their parts or texts. `matched` are
    /// the indexes of its texts that rules match.
    fn add_block(
        &mut self,
        inventory: &Inventory,
        inputs: &ListInputs<'_>,
        entries: &[u32],
        matched: &[u32],
    ) {
        let entry = |index: &u32| inventory.entry(*index);
        let block = |index: &u32| inputs.matched.get(*index as usize).map(|own| &own.block);
        let Some(first) = entries.first().and_then(entry) else { return };
        if first.flags().is_standalone {
            for index in entries {
                let place = entry(index).map(|entry| (entry.source(), entry.place.offset()));
                let is_own = |matched: &&u32| {
                    let parts = block(matched).map_or(&[][..], |block| &block.parts);
                    let copies = parts.iter().flat_map(|part| &part.copies);
                    copies
                        .map(|copy| (copy.source as u32, copy.place.offset))
                        .any(|own| Some(own) == place)
                };
                let own: Vec<u32> = matched.iter().filter(is_own).copied().collect();
                self.push(*index, NONE, &own, inputs.rules, false);
            }
            return;
        }
        if !first.flags().is_part {
            let texts: Vec<&[u32]> = entries
                .chunk_by(|a, b| entry(a).map(|own| own.text) == entry(b).map(|own| own.text))
                .collect();
            let is_variant = texts.len() > 1;
            for copies in texts {
                let Some(least) = self.first_copy(inventory, copies) else { continue };
                let text = inventory.entry(least).map(|entry| entry.text);
                let has_text = |matched: &&u32| {
                    !is_variant
                        || block(matched).map(|own| text_fingerprint(own.text.as_bytes())) == text
                };
                let own: Vec<u32> = matched.iter().filter(has_text).copied().collect();
                self.push(least, NONE, &own, inputs.rules, is_variant);
            }
            return;
        }
        let mut parts = Vec::new();
        for records in entries
            .chunk_by(|a, b| entry(a).map(|own| own.part()) == entry(b).map(|own| own.part()))
        {
            let text = |entry: &Entry| (entry.units(), Reverse(entry.text));
            let longest = records.iter().filter_map(entry).map(text).max();
            let copies: Vec<u32> =
                records.iter().copied().filter(|index| entry(index).map(text) == longest).collect();
            parts.extend(self.first_copy(inventory, &copies));
        }
        let Some(lowest) = parts.first().copied() else { return };
        let (_, total) = first.part();
        let facts = inventory.joined_facts(&parts, total);
        let parted = self.parted.len() as u32;
        self.parted.push(PartedBlock { parts, total, facts });
        self.push(lowest, parted, matched, inputs.rules, false);
    }

    /// Adds a row. Rules match the block under the ids of all of `matched`.
    fn push(
        &mut self,
        entry: u32,
        parted: u32,
        matched: &[u32],
        rules: &RuleSet,
        is_variant: bool,
    ) {
        let seen_on = if is_variant { VARIANT } else { 0 };
        if matched.is_empty() {
            self.rows.push(Row { entry, parted, matched: NONE, seen_on });
            return;
        }
        let all: OrderedSet<u32> = matched
            .iter()
            .filter_map(|index| self.matches.get(*index as usize))
            .flat_map(|own| own.rules.iter().copied())
            .collect();
        let first = matched.first().copied();
        if let Some(first) = first.and_then(|first| self.matches.get_mut(first as usize)) {
            first.set_rules(all.iter().copied().collect(), rules);
        }
        for index in matched {
            let own = self.matches.get_mut(*index as usize);
            own.into_iter().for_each(|own| own.entry = entry);
        }
        self.rows.push(Row { entry, parted, matched: first.unwrap_or(NONE), seen_on });
    }

    /// The copy of a record that a report shows too.
    fn first_copy(&self, inventory: &Inventory, copies: &[u32]) -> Option<u32> {
        copies.iter().copied().min_by_key(|index| {
            inventory.entry(*index).map(|entry| {
                let time = inventory.time(entry);
                let rank = self.sources.rank(entry.source() as usize);
                (time, entry.record().is_none(), entry.record(), rank, entry.place)
            })
        })
    }

    fn sort_by_time(&mut self, inventory: &Inventory) {
        let mut keys: Vec<SortKey> = (0..)
            .zip(&self.rows)
            .map(|(index, row)| {
                let entry = inventory.entry(row.entry);
                let time = entry.and_then(|entry| inventory.time(entry));
                let place = entry.map_or(u64::MAX, |entry| {
                    let rank = self.sources.rank(entry.source() as usize) as u64;
                    rank << 44 | entry.place.offset()
                });
                (time_key(time), place, index)
            })
            .collect();
        sort_keys(&mut keys);
        let rows = std::mem::take(&mut self.rows);
        self.rows = keys.iter().filter_map(|key| rows.get(key.2 as usize).copied()).collect();
    }

    /// Notes the rows of matched blocks under their ids. A block in several parts has an id for each matched text.
    fn issue_matches(&mut self, entries: usize) {
        let mut rows = vec![NONE; entries];
        for (index, row) in (0..).zip(&self.rows).filter(|(_, row)| row.matched != NONE) {
            rows.get_mut(row.entry as usize).into_iter().for_each(|own| *own = index);
        }
        let key = |matched: &Match| {
            let row = rows.get(matched.entry as usize).filter(|row| **row != NONE)?;
            let bits = id_bits(&matched.id)?;
            Some(((bits >> 64) as u64, bits as u64, *row))
        };
        self.matched_ids = self.matches.iter().filter_map(key).collect();
        sort_keys(&mut self.matched_ids);
    }

    /// Returns the row of an id that was given out or that a matched block has.
    pub(super) fn known_row(&self, bits: u128) -> Option<u32> {
        let halves = ((bits >> 64) as u64, bits as u64);
        let at = self.matched_ids.binary_search_by(|key| (key.0, key.1).cmp(&halves)).ok();
        let of_match = at.and_then(|at| self.matched_ids.get(at)).map(|key| key.2);
        of_match.or_else(|| self.issued.borrow().get(&bits).copied())
    }

    /// Counts on how many computers each text was seen.
    fn count_computers(&mut self, inventory: &Inventory) {
        let mut keys: Vec<SortKey> = (0..)
            .zip(&self.rows)
            .map(|(index, row)| (self.facts(inventory, row).text, inventory.computer(row), index))
            .collect();
        sort_keys(&mut keys);
        for group in keys.chunk_by(|a, b| a.0 == b.0) {
            let computers = group.chunk_by(|a, b| a.1 == b.1).count() as u32;
            for (_, _, index) in group {
                if let Some(row) = self.rows.get_mut(*index as usize) {
                    row.seen_on |= computers;
                }
            }
        }
    }

    /// Forgets the scripts that were asked for last.
    pub(crate) fn forget_scripts(&mut self) {
        self.scripts = None;
    }

    /// The names of the sources.
    pub(crate) fn sources(&self) -> &SourceNames {
        &self.sources
    }

    /// What is known of a row's text.
    pub(super) fn facts(&self, inventory: &Inventory, row: &Row) -> TextFacts {
        if let Some(parted) = self.parted.get(row.parted as usize) {
            return parted.facts;
        }
        let entry = inventory.entry(row.entry);
        TextFacts {
            text: entry.map_or(0, |entry| entry.text),
            shape: entry.map(|entry| entry.shape),
            units: entry.map_or(0, Entry::units),
        }
    }

    /// The entries of a row: one, or one for each part.
    pub(super) fn entries<'a>(&'a self, row: &'a Row) -> &'a [u32] {
        match self.parted.get(row.parted as usize) {
            Some(parted) => &parted.parts,
            None => std::slice::from_ref(&row.entry),
        }
    }

    /// Number of computers with a row's text.
    pub(super) fn seen_on(row: &Row) -> u32 {
        row.seen_on & !VARIANT
    }

    /// Sum of the scores of the rules that match a row, in hundredths; `None` if none matches.
    pub(super) fn score(&self, row: &Row) -> Option<i64> {
        self.matches.get(row.matched as usize).map(|matched| matched.score)
    }

    /// Index in [`LEVELS`] of the worst rule that matches a row.
    pub(super) fn level(&self, row: &Row) -> Option<usize> {
        self.matches.get(row.matched as usize).map(|matched| matched.level)
    }

    /// The id of a row's block.
    pub(super) fn id(&self, inventory: &Inventory, row: &Row) -> String {
        if let Some(matched) = self.matches.get(row.matched as usize) {
            return matched.id.clone();
        }
        let Some(entry) = inventory.entry(row.entry) else { return String::new() };
        let source = entry.source() as usize;
        if entry.flags().is_standalone {
            let ordinal = self.sources.ordinal(source).to_string();
            let offset = entry.place.offset().to_string();
            return id_hash(&["event", self.sources.name(source), &ordinal, &offset]);
        }
        let computer = inventory.names.context_of(entry.context).computer;
        let computer = fold_case(inventory.names.text(computer).unwrap_or_default());
        let block = fold_case(&inventory.script_block_id(entry).unwrap_or_default());
        let (_, total) = entry.part();
        let id = id_hash(&["block", &computer, &block, &total.to_string()]);
        match row.seen_on & VARIANT {
            0 => id,
            _ => id_hash(&[&id, "text", &hex(entry.text)]),
        }
    }

    /// The first line of a row's text, if a rule matches it: only such texts are in memory.
    pub(super) fn first_line(&self, row: &Row) -> Option<&str> {
        self.matches.get(row.matched as usize)?.first_line.as_deref()
    }

    /// What rules match in a row.
    pub(super) fn matched(&self, row: &Row) -> Option<&Match> {
        self.matches.get(row.matched as usize)
    }

    /// Indexes of the rules that match a row.
    pub(super) fn rules(&self, row: &Row) -> &[u32] {
        self.matches.get(row.matched as usize).map_or(&[][..], |matched| &matched.rules)
    }

    /// Returns the id of the block in this row, by which it is found again.
    pub(super) fn issue(&self, inventory: &Inventory, index: usize) -> Option<String> {
        let id = self.id(inventory, self.rows.get(index)?);
        self.note_issued(&id, index);
        Some(id)
    }

    /// Notes the row of an id, which is found again without a search.
    pub(super) fn note_issued(&self, id: &str, index: usize) {
        if let Some(bits) = id_bits(id).filter(|bits| self.known_row(*bits).is_none()) {
            self.issued.borrow_mut().insert(bits, index as u32);
        }
    }

    /// Makes the row with this index.
    pub(super) fn row(
        &self,
        inventory: &Inventory,
        rules: &RuleSet,
        users: &UserNames,
        index: usize,
    ) -> Option<BlockRow> {
        let row = self.rows.get(index)?;
        let entry = inventory.entry(row.entry)?;
        let context = inventory.names.context_of(entry.context);
        let text = |name| inventory.names.text(name).map(str::to_owned);
        let (facts, matched) = (self.facts(inventory, row), self.matches.get(row.matched as usize));
        let rule_id = |rule: &u32| rules.rules.get(*rule as usize).map(|rule| rule.id.clone());
        let id = self.id(inventory, row);
        let matching = matched.map_or(&[][..], |matched| &matched.rules);
        Some(BlockRow {
            id,
            script_block_id: inventory.script_block_id(entry),
            time: inventory.time(entry).map(|time| time.to_string()),
            computer: text(context.computer),
            user: text(context.user),
            user_name: inventory.names.user_name(context.user, users),
            process_id: context.process.map(|number| number.to_string()),
            thread_id: context.thread.map(|number| number.to_string()),
            path: text(context.path),
            length: facts.units,
            parts: self.entries(row).len() as u32,
            total: self.parted.get(row.parted as usize).map_or(1, |parted| parted.total),
            score: Number(matched.map_or(0, |matched| matched.score)),
            results: matching.len(),
            rules: matching.iter().filter_map(rule_id).collect(),
            level: matched.and_then(|matched| LEVELS.get(matched.level).copied()),
            seen_on: Self::seen_on(row),
            text_id: hex(facts.text),
            shape_id: facts.shape.map(hex),
            source: self.sources.name(entry.source() as usize).to_owned(),
            record: entry.record().map(|record| record.to_string()),
            offset: entry.place.offset(),
        })
    }
}

/// Longest first line, in characters.
const LINE_CHARS: usize = 200;

/// Returns the first line of a text that is not empty, without the white space around it.
pub(crate) fn first_line(text: &str) -> Option<String> {
    let line = text.trim_start().lines().next()?.trim_end();
    Some(line.chars().take(LINE_CHARS).collect()).filter(|line: &String| !line.is_empty())
}

impl Match {
    fn new(matched: &MatchedBlock, id: String, rules: &RuleSet) -> Self {
        let first_line = first_line(&matched.block.text);
        let mut own = Self { id, first_line, entry: NONE, rules: Vec::new(), score: 0, level: 0 };
        own.set_rules(matched.rules.clone(), rules);
        own
    }

    fn set_rules(&mut self, matching: Vec<u32>, rules: &RuleSet) {
        let own = || matching.iter().filter_map(|rule| rules.rules.get(*rule as usize));
        self.score = own().map(|rule| rule.score().hundredths()).sum();
        self.level = own().map(level).min().unwrap_or(LEVELS.len() - 1);
        self.rules = matching;
    }
}

/// Index in [`LEVELS`] of a rule: the level that it gives itself, or that of its score.
pub(super) fn level(rule: &Rule) -> usize {
    let named = rule
        .level
        .as_deref()
        .and_then(|level| LEVELS.iter().position(|known| known.eq_ignore_ascii_case(level)));
    let by_score = || match rule.score().hundredths() {
        _ if !rule.makes_risk() => 4,
        8_000.. => 0,
        5_000.. => 1,
        2_500.. => 2,
        1.. => 3,
        _ => 4,
    };
    named.unwrap_or_else(by_score)
}

impl Inventory {
    pub(super) fn entry(&self, index: u32) -> Option<&Entry> {
        self.entries.get(index as usize)
    }

    /// Whether two entries are records of one block.
    fn is_same_block(&self, a: &Entry, b: &Entry) -> bool {
        let key = |entry: &Entry| {
            let computer = self.names.context_of(entry.context).computer;
            let (_, total) = entry.part();
            (entry.flags(), self.id_words(entry), self.names.folded(computer), total)
        };
        key(a) == key(b)
    }

    /// Hash of the name of a row's computer.
    pub(super) fn computer(&self, row: &Row) -> u64 {
        let context = self.entry(row.entry).map(|entry| self.names.context_of(entry.context));
        context.map_or(0, |context| self.names.folded(context.computer))
    }

    /// What is known of the text that these parts make.
    fn joined_facts(&self, parts: &[u32], total: u32) -> TextFacts {
        let entries = || parts.iter().filter_map(|index| self.entry(*index));
        let joined = (entries().count() as u64 == u64::from(total))
            .then(|| self.joined.get(&parts_hash(entries().map(|entry| entry.text))))
            .flatten();
        let mut units = 0;
        let mut next = 1;
        for entry in entries() {
            let (number, _) = entry.part();
            // A line feed is in place of missing parts.
            units += u64::from(number > next && units > 0) + entry.units();
            next = number.saturating_add(1);
        }
        match joined {
            Some((text, shape)) => TextFacts { text: *text, shape: *shape, units },
            None => {
                let numbered = entries().flat_map(|entry| [entry.part().0.into(), entry.text]);
                TextFacts { text: parts_hash(numbered), shape: None, units }
            }
        }
    }
}

/// Returns what [`Inventory::block_hash`] returns of the block's entries.
fn matched_hash(block: &ScriptBlock) -> u64 {
    let fold = |text: &str| folded_hash(&short_name(text));
    let event = &block.event;
    if block.standalone {
        let [seconds, nanos] = fingerprint::time_words(event.time);
        let record = event.record.as_deref().and_then(|record| record.parse().ok()).unwrap_or(0);
        return fingerprint::hash_words([seconds, nanos, record, event.place.offset]);
    }
    let computer = event.computer.as_deref().filter(|name| !name.is_empty()).map_or(0, fold);
    let id = event.script_block_id.as_deref().unwrap_or_default();
    let [first, second] = super::store::id_words_of(id).unwrap_or_else(|| [fold(id), 0]);
    fingerprint::hash_words([first, second, computer, block.total.unwrap_or(1).into()])
}

/// A sort key of times; none is last.
pub(super) fn time_key(time: Option<Time>) -> u64 {
    let Some(time) = time else { return u64::MAX };
    let seconds = u64::try_from(time.seconds() + 62_167_219_200).unwrap_or(0);
    seconds.saturating_mul(10_000_000).saturating_add(u64::from(time.nanos() / 100))
}
