//! Which script blocks indicators are collected of, and adding those that were read with the texts.

use super::filter::RowFilter;
use super::list::{ListNames, Listing};
use super::rows::BlockFilter;
use super::store::Inventory;
use crate::error::Error;
use crate::indicators::{IndicatorPlace, IndicatorSet};
use crate::ordered::{OrderedMap, OrderedSet};
use std::sync::Arc;

impl Listing {
    /// The ids of the matched blocks in the rows that pass a filter.
    pub(crate) fn matched_ids(
        &self,
        inventory: &Inventory,
        names: ListNames<'_>,
        filter: &BlockFilter,
    ) -> Result<OrderedSet<String>, Error> {
        let filter = RowFilter::new(self, inventory, names, filter)?;
        let passing: OrderedSet<u32> = self
            .rows
            .iter()
            .filter(|row| self.matched(row).is_some() && filter.passes(self, inventory, row))
            .map(|row| row.entry)
            .collect();
        // A block in several parts has an id for each matched text.
        let matches = self.matches.iter().filter(|matched| passing.contains(&matched.entry));
        Ok(matches.map(|matched| matched.id.clone()).collect())
    }

    /// Adds the indicators of the script blocks whose text is known as a whole. Returns the ids of the others that rules
    /// match, and the number of the others that none matches.
    pub(crate) fn add_indicators(
        &self,
        inventory: &Inventory,
        names: ListNames<'_>,
        filter: Option<&BlockFilter>,
        set: &mut IndicatorSet,
    ) -> Result<(OrderedSet<String>, u64), Error> {
        let filter = filter.map(|filter| RowFilter::new(self, inventory, names, filter));
        let filter = filter.transpose()?;
        let (mut others, mut unread) = (OrderedSet::new(), 0);
        let mut computers: OrderedMap<u32, Arc<str>> = OrderedMap::new();
        let Some(index) = &inventory.indicators else { return Ok((others, unread)) };
        for row in &self.rows {
            if filter.as_ref().is_some_and(|filter| !filter.passes(self, inventory, row)) {
                continue;
            }
            let facts = self.facts(inventory, row);
            if facts.shape.is_none() {
                match self.matched(row) {
                    Some(matched) => drop(others.insert(matched.id.clone())),
                    None => unread += 1,
                }
                continue;
            }
            let (Some(found), Some(entry)) = (index.get(facts.text), inventory.entry(row.entry))
            else {
                continue;
            };
            let number = inventory.names.context_of(entry.context).computer;
            let name = inventory.names.text(number);
            let computer = name.map(|name| computers.entry(number).or_insert_with(|| name.into()));
            let place = IndicatorPlace {
                block: &self.id(inventory, row),
                computer: computer.as_deref(),
                time: inventory.time(entry),
            };
            set.add(found, &place);
        }
        Ok((others, unread))
    }
}
