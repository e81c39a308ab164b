//! The list of every script block, matched or not.

use super::state::Session;
use crate::error::Error;
use crate::inventory::{
    BlockList, BlockQuery, Histogram, HistogramQuery, Inventory, ListInputs, Listing, Neighbours,
};
use crate::rule::RuleSet;

impl Session {
    /// Returns script blocks that were read, matched or not. The session must have been made with
    /// [`Options::inventory`](super::Options::inventory).
    ///
    /// The first call after more was read makes the list; later ones are fast, also where 1,000,000 blocks are listed.
    /// A block in several parts is one row; of several texts of a part the longest is shown. A block in one part has a row
    /// for each of its texts.
    ///
    /// ```
    /// use scriptscope::inventory::BlockQuery;
    /// use scriptscope::{Options, Session};
    ///
    /// let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    /// session.begin("log.json").unwrap();
    /// session.push(br#"{"EventID": 4104, "ProviderName": "PowerShellCore", "ScriptBlockText": "Get-Date",
    ///     "ScriptBlockId": "a", "MessageNumber": 1, "MessageTotal": 1, "Computer": "FS03"}"#).unwrap();
    /// session.end().unwrap();
    /// let list = session.list_blocks(&BlockQuery::default()).unwrap();
    /// assert_eq!((list.total, list.rows[0].length, list.rows[0].results), (1, 8, 0));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without the option; [`Error::Option`] for a filter that cannot be read.
    pub fn list_blocks(&mut self, query: &BlockQuery) -> Result<BlockList, Error> {
        let (listing, inventory, rules) = self.listing()?;
        listing.page(inventory, rules, query)
    }

    /// Returns the script blocks before and after one, at most `most` on each side: of the same process, or, where that is
    /// not known, of the same computer within a minute. `None` for an unknown id.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without [`Options::inventory`](super::Options::inventory).
    pub fn block_neighbours(&mut self, id: &str, most: usize) -> Result<Option<Neighbours>, Error> {
        let (listing, inventory, rules) = self.listing()?;
        Ok(listing.neighbours(inventory, rules, id, most))
    }

    /// Returns numbers of script blocks over time, for each computer or user.
    ///
    /// # Errors
    ///
    /// Those of [`Session::list_blocks`].
    pub fn histogram(&mut self, query: &HistogramQuery) -> Result<Histogram, Error> {
        let (listing, inventory, _) = self.listing()?;
        listing.histogram(inventory, query)
    }

    /// The list, made when first asked for.
    fn listing(&mut self) -> Result<(&mut Listing, &Inventory, &RuleSet), Error> {
        const OFF: Error = Error::Order("no script blocks are listed: set the option inventory");
        if self.inventory.is_none() {
            return Err(OFF);
        }
        if self.listing.is_none() {
            let matched = self.store.matched_blocks(&self.rules);
            self.take_joined();
            let inventory = self.inventory.as_mut().ok_or(OFF)?;
            inventory.cut();
            let inputs = ListInputs {
                matched: &matched.blocks,
                sources: &self.sources,
                rules: self.rules.rule_set(),
                not_listed: inventory.not_listed(),
            };
            self.listing = Some(Listing::new(inventory, &inputs));
        }
        let listing = self.listing.as_mut().ok_or(OFF)?;
        let inventory = self.inventory.as_ref().ok_or(OFF)?;
        Ok((listing, inventory, self.rules.rule_set()))
    }

    /// Notes in the inventory what parts were joined to.
    pub(super) fn take_joined(&mut self) {
        if let Some(inventory) = &mut self.inventory {
            for (parts, text) in self.rules.take_joined() {
                inventory.add_joined(parts, text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
