//! Finding listed script blocks by id, and scripts by the id of their text.

use super::list::{ListNames, Listing};
use super::names::hex;
use super::rows::BlockRow;
use super::store::Inventory;
use crate::ordered::OrderedMap;
use crate::report::id_bits;

/// Digits of a text's id.
const TEXT_ID_DIGITS: usize = 16;

impl Listing {
    /// Returns the index of the row with this id.
    pub(super) fn find(&self, inventory: &Inventory, id: &str) -> Option<usize> {
        let bits = id_bits(id)?;
        if let Some(index) = self.known_row(bits) {
            return Some(index as usize);
        }
        let found = self.rows.iter().position(|row| self.id(inventory, row) == id)?;
        self.issued.borrow_mut().insert(bits, found as u32);
        Some(found)
    }

    /// Returns the rows of script blocks, and of each script the earliest, by the ids of blocks and of texts. An unknown id
    /// has none. Visits the rows once, however many ids there are.
    pub(crate) fn find_all<'a>(
        &self,
        inventory: &Inventory,
        ListNames { rules, users, .. }: ListNames<'_>,
        ids: impl Iterator<Item = &'a str>,
    ) -> OrderedMap<&'a str, BlockRow> {
        let mut found: OrderedMap<&str, usize> = OrderedMap::new();
        self.visit_ids(inventory, ids, true, &mut |id, index| _ = found.insert(id, index));
        let row =
            |(id, index): (&'a str, usize)| Some((id, self.row(inventory, rules, users, index)?));
        found.into_iter().filter_map(row).collect()
    }

    /// Returns the indexes of the rows of script blocks, and of each script all, by the ids of blocks and of texts.
    pub(super) fn rows_with_ids<'a>(
        &self,
        inventory: &Inventory,
        ids: impl Iterator<Item = &'a str>,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        self.visit_ids(inventory, ids, false, &mut |_, index| found.push(index));
        found
    }

    /// Passes on ids with the indexes of their rows, in any order. Of a text either the first row or all.
    fn visit_ids<'a>(
        &self,
        inventory: &Inventory,
        ids: impl Iterator<Item = &'a str>,
        first_only: bool,
        visit: &mut dyn FnMut(&'a str, usize),
    ) {
        let (mut texts, mut blocks) = (OrderedMap::new(), OrderedMap::new());
        for id in ids {
            match id_bits(id) {
                Some(bits) => match self.known_row(bits) {
                    Some(index) => visit(id, index as usize),
                    None => drop(blocks.insert(bits, id)),
                },
                None if id.len() == TEXT_ID_DIGITS => {
                    // Only an id as it was given out is one.
                    let text = u64::from_str_radix(id, 16).ok().filter(|text| hex(*text) == id);
                    texts.extend(text.map(|text| (text, id)));
                }
                None => {}
            }
        }
        for (index, row) in self.rows.iter().enumerate() {
            if texts.is_empty() && blocks.is_empty() {
                break;
            }
            let text = self.facts(inventory, row).text;
            let own = if first_only { texts.remove(&text) } else { texts.get(&text).copied() };
            if let Some(id) = own {
                visit(id, index);
            }
            if !blocks.is_empty()
                && let Some(bits) = id_bits(&self.id(inventory, row))
                && let Some(id) = blocks.remove(&bits)
            {
                visit(id, index);
            }
        }
    }
}
