//! The same scripts: the listed script blocks grouped by text, or by shape.

use super::filter::RowFilter;
use super::list::{ListNames, Listing, Row};
use super::names::hex;
use super::rows::{Sameness, ScriptList, ScriptQuery, ScriptRow, ScriptSort};
use super::sort_keys::{Script, SortKey, SortedScripts, sort_keys};
use super::store::Inventory;
use crate::error::Error;
use crate::report::Number;

/// The computers, users and days of a script, as numbers.
#[derive(Default)]
struct Places {
    computers: Vec<u64>,
    users: Vec<u64>,
    days: Vec<u64>,
    texts: Vec<u64>,
}

impl Listing {
    /// Returns the scripts of a page.
    pub(crate) fn scripts(
        &mut self,
        inventory: &Inventory,
        names: ListNames<'_>,
        query: &ScriptQuery,
    ) -> Result<ScriptList, Error> {
        let asked = ScriptQuery { offset: 0, limit: None, reversed: false, ..query.clone() };
        if self.scripts.as_ref().is_none_or(|known| known.query != asked) {
            self.scripts = Some(self.group(inventory, names, asked)?);
        }
        let scripts = self.scripts.as_ref().map_or(&[][..], |known| &known.scripts);
        let end = query.limit.map_or(usize::MAX, |limit| query.offset.saturating_add(limit));
        let page = query.offset.min(scripts.len())..end.min(scripts.len());
        let position = |nth: usize| if query.reversed { scripts.len() - 1 - nth } else { nth };
        let row = |nth: usize| self.script_row(inventory, query.by, scripts.get(position(nth))?);
        Ok(ScriptList {
            total: scripts.len(),
            seen_once: scripts.iter().filter(|script| script.blocks == 1).count(),
            not_listed: self.not_listed,
            rows: page.filter_map(row).collect(),
        })
    }

    /// Groups the rows that pass the filter.
    fn group(
        &self,
        inventory: &Inventory,
        names: ListNames<'_>,
        query: ScriptQuery,
    ) -> Result<SortedScripts, Error> {
        let filter = RowFilter::new(self, inventory, names, &query.filter)?;
        let mut keys: Vec<SortKey> = Vec::new();
        for (index, row) in (0..).zip(&self.rows) {
            if filter.passes(self, inventory, row) {
                let facts = self.facts(inventory, row);
                let shape = facts.shape.filter(|_| query.by == Sameness::Shape);
                keys.push((shape.unwrap_or(facts.text), u64::from(index), index));
            }
        }
        sort_keys(&mut keys);
        let mut places = Places::default();
        let groups = keys.chunk_by(|a, b| a.0 == b.0);
        let scripts: Vec<Script> =
            groups.filter_map(|rows| self.script(inventory, rows, &mut places)).collect();
        let mut order: Vec<SortKey> = (0..)
            .zip(&scripts)
            .map(|(index, script)| sort_key(query.sort, script, index))
            .collect();
        sort_keys(&mut order);
        let scripts = order.iter().filter_map(|key| scripts.get(key.2 as usize).copied()).collect();
        Ok(SortedScripts { query, scripts })
    }

    /// Returns what is known of a group of rows, which are in the order of time.
    fn script(
        &self,
        inventory: &Inventory,
        rows: &[SortKey],
        places: &mut Places,
    ) -> Option<Script> {
        let (first, last) = (rows.first()?.2, rows.last()?.2);
        let Places { computers, users, days, texts } = places;
        for list in [&mut *computers, &mut *users, &mut *days, &mut *texts] {
            list.clear();
        }
        let mut score: Option<(i64, u32)> = None;
        let mut dated = last;
        for (.., index) in rows {
            let row = self.rows.get(*index as usize)?;
            let entry = inventory.entry(row.entry)?;
            let context = inventory.names.context_of(entry.context);
            computers.extend(named(inventory.names.folded(context.computer)));
            users.extend(named(inventory.names.folded(context.user)));
            if let Some(time) = inventory.time(entry) {
                days.push(time.seconds().div_euclid(24 * 60 * 60) as u64);
                dated = *index;
            }
            texts.push(self.facts(inventory, row).text);
            if let Some(own) =
                self.score(row).filter(|own| score.is_none_or(|(best, _)| *own > best))
            {
                score = Some((own, *index));
            }
        }
        Some(Script {
            first,
            last: dated,
            sample: score.map_or(first, |(_, index)| index),
            score: score.map(|(score, _)| score),
            blocks: rows.len() as u32,
            computers: distinct(computers),
            users: distinct(users),
            days: distinct(days),
            texts: distinct(texts),
        })
    }

    fn script_row(
        &self,
        inventory: &Inventory,
        by: Sameness,
        script: &Script,
    ) -> Option<ScriptRow> {
        let row = |index: u32| self.rows.get(index as usize);
        let time =
            |row: &Row| inventory.time(inventory.entry(row.entry)?).map(|time| time.to_string());
        let sample = row(script.sample)?;
        let facts = self.facts(inventory, sample);
        let (text, shape) = (hex(facts.text), facts.shape.map(hex));
        Some(ScriptRow {
            id: match (by, &shape) {
                (Sameness::Shape, Some(shape)) => shape.clone(),
                _ => text.clone(),
            },
            text_id: text,
            shape_id: shape,
            texts: script.texts,
            blocks: script.blocks,
            computers: script.computers,
            users: script.users,
            days: script.days,
            first_time: time(row(script.first)?),
            last_time: time(row(script.last)?),
            score: Number(script.score.unwrap_or_default()),
            results: self.rules(sample).len(),
            length: facts.units,
            sample_block_id: self.issue(inventory, script.sample as usize)?,
            first_line: self.first_line(sample).map(str::to_owned),
        })
    }
}

/// Returns the hash of a name; `None` for no name.
fn named(hash: u64) -> Option<u64> {
    (hash != 0).then_some(hash)
}

/// Sorts the values and returns the number of different ones.
fn distinct(values: &mut [u64]) -> u32 {
    values.sort_unstable();
    values.chunk_by(|a, b| a == b).count() as u32
}

fn sort_key(sort: ScriptSort, script: &Script, index: u32) -> SortKey {
    let both = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let first = u64::from(script.first);
    let key = match sort {
        ScriptSort::Rarest => {
            return (both(script.computers, script.blocks), both(script.days, script.first), index);
        }
        ScriptSort::Count => u64::MAX - u64::from(script.blocks),
        ScriptSort::First => first,
        ScriptSort::Score => {
            script.score.map_or(u64::MAX, |score| u64::MAX - 1 - score.max(0) as u64)
        }
    };
    (key, first, index)
}
