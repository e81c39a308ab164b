//! What a list can be asked for: pages of rows, neighbours, and numbers over time.

use super::filter::{RowFilter, time};
use super::list::{ListNames, Listing, Row, time_key};
use super::rows::{
    BlockList, BlockQuery, BlockRow, ContextEvent, ContextQuery, Histogram, HistogramQuery, Lane,
    LaneKind, LevelCounts, Neighbours,
};
use super::store::Inventory;
use crate::error::Error;
use crate::event::UserNames;
use crate::limits;
use crate::ordered::OrderedMap;
use crate::sort;
use crate::text::fold_case;
use crate::time::Time;
use std::cmp::Reverse;

/// Intervals of a histogram unless a number is asked for.
const BINS: usize = 100;

/// Ticks of 100 ns around a block whose process is not known: a minute.
const AROUND: u64 = 60 * 10_000_000;

/// Longest pause, in ticks, between neighbours of one process: a day. Later another process may have its number.
const PAUSE: u64 = 24 * 60 * 60 * 10_000_000;

impl Listing {
    /// Returns the rows of a page.
    pub(crate) fn page(
        &mut self,
        inventory: &Inventory,
        names: ListNames<'_>,
        query: &BlockQuery,
    ) -> Result<BlockList, Error> {
        let mut rows = Vec::new();
        let mut indexes = Vec::new();
        let mut list = self.visit(inventory, names, query, &mut |index, row| {
            indexes.push(index);
            rows.push(row);
            true
        })?;
        // They are likely asked for next.
        for (row, index) in rows.iter().zip(indexes) {
            self.note_issued(&row.id, index);
        }
        list.rows = rows;
        Ok(list)
    }

    /// Passes the rows of a page on, one by one, until `visit` returns false. The list that is returned has none.
    pub(crate) fn visit(
        &mut self,
        inventory: &Inventory,
        names: ListNames<'_>,
        query: &BlockQuery,
        visit: &mut dyn FnMut(usize, BlockRow) -> bool,
    ) -> Result<BlockList, Error> {
        let filter = RowFilter::new(self, inventory, names, &query.filter)?;
        let ListNames { rules, users, .. } = names;
        self.sort(inventory, query.sort);
        let is_open = query.filter == super::rows::BlockFilter::default();
        let total = self.rows.len();
        let end = query.limit.map_or(usize::MAX, |limit| query.offset.saturating_add(limit));
        let mut matching = 0;
        let position = |nth: usize| if query.descending { total - 1 - nth } else { nth };
        // Without a filter only the rows of the page are visited.
        let visited = if is_open { query.offset.min(total)..end.min(total) } else { 0..total };
        for nth in visited {
            let index = self.at(query.sort, position(nth));
            let Some(row) = self.rows.get(index) else { continue };
            if !is_open && !filter.passes(self, inventory, row) {
                continue;
            }
            if is_open || (query.offset..end).contains(&matching) {
                let row = self.row(inventory, rules, users, index);
                if !row.is_none_or(|row| visit(index, row)) {
                    break;
                }
            }
            matching += 1;
        }
        let matching = if is_open { total } else { matching };
        Ok(BlockList { total: self.total, matching, not_listed: self.not_listed, rows: Vec::new() })
    }

    /// Returns a block's neighbours, at most `most` on each side; `None` for an unknown id.
    pub(crate) fn neighbours(
        &self,
        inventory: &Inventory,
        ListNames { rules, users, .. }: ListNames<'_>,
        id: &str,
        most: usize,
    ) -> Option<Neighbours> {
        let index = self.find(inventory, id)?;
        let own = self.rows.get(index)?;
        let key = |row: &Row| {
            let entry = inventory.entry(row.entry);
            let context = entry.map(|entry| inventory.names.context_of(entry.context));
            (inventory.computer(row), context.and_then(|context| context.process))
        };
        let time = |row: &Row| {
            time_key(inventory.entry(row.entry).and_then(|entry| inventory.time(entry)))
        };
        let (computer, process) = key(own);
        let is_neighbour = |row: &Row| match process {
            Some(_) => key(row) == (computer, process),
            None => key(row).0 == computer,
        };
        let starts = process.map(|process| inventory.process_starts(key(own).0, process));
        let starts = starts.unwrap_or_default();
        let take = |indexes: &mut dyn Iterator<Item = usize>| -> Vec<usize> {
            let mut taken = Vec::new();
            let mut last = time(own);
            for index in indexes {
                let Some(row) = self.rows.get(index).filter(|_| taken.len() < most) else { break };
                let is_near = match process {
                    Some(_) => {
                        let is_timeless = last == u64::MAX || time(row) == u64::MAX;
                        let (first, second) = (last.min(time(row)), last.max(time(row)));
                        let is_between = |at: &u64| first < *at && *at <= second;
                        is_timeless || second - first <= PAUSE && !starts.iter().any(is_between)
                    }
                    None => time(row).abs_diff(time(own)) <= AROUND,
                };
                if !is_near {
                    break;
                }
                if is_neighbour(row) {
                    last = time(row);
                    taken.push(index);
                }
            }
            taken
        };
        let mut before = take(&mut (0..index).rev());
        before.reverse();
        let after = take(&mut (index + 1..self.rows.len()));
        let shown = [&before[..], &[index], &after[..]].concat();
        let rows = |indexes: Vec<usize>| {
            indexes
                .into_iter()
                .filter_map(|index| self.row(inventory, rules, users, index))
                .collect()
        };
        Some(Neighbours {
            same_process: process.is_some(),
            context: self.context_around(inventory, users, &shown),
            block: self.row(inventory, rules, users, index)?,
            before: rows(before),
            after: rows(after),
        })
    }

    /// Returns the events beside the rows with these indexes, in their order: of the same computer, from a minute before the
    /// first to a minute after the last.
    fn context_around(
        &self,
        inventory: &Inventory,
        users: &UserNames,
        rows: &[usize],
    ) -> Vec<ContextEvent> {
        let entry = |index: Option<&usize>| {
            self.rows.get(*index?).and_then(|row| inventory.entry(row.entry))
        };
        let time = |index| entry(index).and_then(|entry| inventory.time(entry));
        let edge = |time: Option<Time>, seconds| {
            time.and_then(|time| time.checked_add_seconds(seconds)).map(|time| time.to_string())
        };
        let (Some(from), Some(to)) = (edge(time(rows.first()), -60), edge(time(rows.last()), 60))
        else {
            return Vec::new();
        };
        let computer = entry(rows.first())
            .map(|entry| inventory.names.context_of(entry.context).computer)
            .and_then(|name| inventory.names.text(name));
        let query = ContextQuery {
            // A name with `*` would be a pattern; a computer has none.
            computer: Some(computer.unwrap_or_default().to_owned()),
            from: Some(from),
            to: Some(to),
            limit: Some(limits::CONTEXT_AROUND),
            ..ContextQuery::default()
        };
        let found = inventory.context_events(&self.sources, users, &query);
        found.map(|list| list.rows).unwrap_or_default()
    }

    /// Counts script blocks over time.
    pub(crate) fn histogram(
        &self,
        inventory: &Inventory,
        names: ListNames<'_>,
        query: &HistogramQuery,
    ) -> Result<Histogram, Error> {
        let bins = match query.bins {
            0 => BINS,
            bins => bins.min(limits::HISTOGRAM_BINS),
        };
        let times = || {
            let time = |row: &Row| inventory.entry(row.entry).and_then(|own| inventory.time(own));
            self.rows.iter().map(time)
        };
        let with_time = times().take_while(Option::is_some).count();
        let first = times().next().flatten();
        let last = with_time.checked_sub(1).and_then(|last| times().nth(last).flatten());
        let edge = |name, text: &Option<String>, of_log: u64| {
            text.as_deref().map_or(Ok(of_log), |text| time(name, text))
        };
        let from = edge("from", &query.from, time_key(first))?;
        let to = edge("to", &query.to, time_key(last).saturating_add(1))?;
        let width = to.saturating_sub(from).max(1);
        let mut lanes: OrderedMap<u64, Lane> = OrderedMap::new();
        let mut more_lanes = OrderedMap::new();
        let filter = RowFilter::new(self, inventory, names, &query.filter)?;
        let is_open = query.filter == super::rows::BlockFilter::default();
        for row in self.rows.iter().take(with_time) {
            let Some(entry) = inventory.entry(row.entry) else { continue };
            let at = time_key(inventory.time(entry));
            if !(from..to).contains(&at) || !is_open && !filter.passes(self, inventory, row) {
                continue;
            }
            let context = inventory.names.context_of(entry.context);
            let name = match query.by {
                LaneKind::Computer => context.computer,
                LaneKind::User => context.user,
            };
            let key = inventory.names.folded(name);
            if lanes.len() >= limits::HISTOGRAM_LANES && !lanes.contains_key(&key) {
                more_lanes.insert(key, ());
                continue;
            }
            let lane = lanes.entry(key).or_insert_with(|| Lane {
                name: inventory.names.text(name).map(str::to_owned),
                user_name: match query.by {
                    LaneKind::Computer => None,
                    LaneKind::User => inventory.names.user_name(name, names.users),
                },
                blocks: vec![0; bins],
                results: LevelCounts::default(),
            });
            // Before the multiplication, so that it stays within 128 bits.
            let bin = (u128::from(at - from) * bins as u128 / u128::from(width)) as usize;
            lane.blocks.get_mut(bin).into_iter().for_each(|count| *count += 1);
            if let Some(level) = self.level(row) {
                for (own, counts) in lane.results.levels().into_iter().enumerate() {
                    counts.resize(bins, 0);
                    let count = counts.get_mut(bin).filter(|_| own == level);
                    count.into_iter().for_each(|count| *count += 1);
                }
            }
        }
        let mut lanes: Vec<Lane> = lanes.into_values().collect();
        for lane in &mut lanes {
            lane.results.levels().into_iter().for_each(|counts| counts.resize(bins, 0));
        }
        sort::sort_by_key(&mut lanes, |lane| {
            let mut results = lane.results.clone();
            let worst = results.levels().map(|counts| Reverse(counts.iter().sum::<u32>()));
            (worst, fold_case(lane.name.as_deref().unwrap_or_default()))
        });
        let shown = |time: &Option<String>, of_log: Option<Time>| {
            time.clone().or_else(|| of_log.map(|time| time.to_string()))
        };
        Ok(Histogram {
            from: shown(&query.from, first),
            to: shown(&query.to, last),
            without_time: self.rows.len() - with_time,
            more_lanes: more_lanes.len(),
            lanes,
        })
    }
}
