//! The orders of lists.

use super::list::Listing;
use super::rows::BlockSort;
use super::sort_keys::{SortKey, SortedRows, sort_keys};
use super::store::Inventory;

impl Listing {
    /// Sorts the rows, unless they were asked for in this order the last time.
    pub(super) fn sort(&mut self, inventory: &Inventory, sort: BlockSort) {
        if sort == BlockSort::Time || self.sorted.as_ref().is_some_and(|known| known.sort == sort) {
            return;
        }
        let ranks = match sort {
            BlockSort::Computer | BlockSort::User | BlockSort::Path => inventory.name_ranks(),
            _ => Vec::new(),
        };
        let rank = |name: u32| ranks.get(name as usize).copied().unwrap_or(u32::MAX).into();
        let mut keys: Vec<SortKey> = (0..)
            .zip(&self.rows)
            .map(|(index, row)| {
                let entry = inventory.entry(row.entry);
                let context = entry.map(|entry| inventory.names.context_of(entry.context));
                let key = context.map_or(u64::MAX, |context| match sort {
                    BlockSort::Time => 0,
                    BlockSort::Computer => rank(context.computer),
                    BlockSort::User => rank(context.user),
                    BlockSort::Path => rank(context.path),
                    BlockSort::Process => context.process.map_or(u64::MAX, u64::from),
                    BlockSort::Length => self.facts(inventory, row).units,
                    BlockSort::Score => self.score(row).map_or(0, |score| score as u64 + 1),
                    BlockSort::SeenOn => Self::seen_on(row).into(),
                });
                (key, u64::from(index), index)
            })
            .collect();
        sort_keys(&mut keys);
        let order = keys.iter().map(|key| key.2).collect();
        self.sorted = Some(SortedRows { sort, order });
    }

    /// The index of the row at this position of an order that rows were [sorted](Self::sort) in.
    pub(super) fn at(&self, sort: BlockSort, position: usize) -> usize {
        match &self.sorted {
            Some(sorted) if sort != BlockSort::Time => {
                sorted.order.get(position).map_or(usize::MAX, |index| *index as usize)
            }
            _ => position,
        }
    }
}

impl Inventory {
    /// The position of each name in alphabetical order, without regard to case.
    fn name_ranks(&self) -> Vec<u32> {
        let mut names: Vec<(String, u32)> =
            self.names.texts().map(crate::text::fold_case).zip(0..).collect();
        crate::sort::sort(&mut names);
        let mut ranks = vec![0; names.len()];
        for ((_, number), rank) in names.into_iter().zip(0..) {
            if let Some(slot) = ranks.get_mut(number as usize) {
                *slot = rank;
            }
        }
        ranks
    }
}
