//! The list of every script block, matched or not.

use super::state::Session;
use crate::error::Error;
use crate::inventory::{
    BlockList, BlockQuery, BlockRow, ContextList, ContextQuery, Histogram, HistogramQuery,
    Inventory, ListInputs, ListNames, Listing, Neighbours, ReadRange, ScriptList, ScriptQuery,
    first_line,
};
use crate::limits::REREAD_BYTES;
use crate::report::Block;
use crate::source::SourceOptions;

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
        let (listing, inventory, names) = self.listing()?;
        listing.page(inventory, names, query)
    }

    /// Passes the rows of [`Session::list_blocks`] on, one by one, until `visit` returns false: a million of them need no
    /// memory. The list that is returned has no rows, and their number only if all were passed on.
    ///
    /// # Errors
    ///
    /// Those of [`Session::list_blocks`].
    pub fn visit_blocks(
        &mut self,
        query: &BlockQuery,
        mut visit: impl FnMut(BlockRow) -> bool,
    ) -> Result<BlockList, Error> {
        let (listing, inventory, names) = self.listing()?;
        listing.visit(inventory, names, query, &mut |_, row| visit(row))
    }

    /// Forgets the texts of script blocks in one part that rules match, which the caller has taken. The blocks stay counted,
    /// and listed as if no rule matched them: so a search of any number of logs takes as much memory as what it shows at a
    /// time. A partial of this session has none of these texts.
    pub fn forget_matched(&mut self) {
        self.store.forget_texts();
        self.discard_made();
    }

    /// Returns the script blocks that were read as scripts: those of one text, or of one shape, with the number of
    /// computers, users and days that they were seen on.
    ///
    /// ```
    /// use scriptscope::inventory::ScriptQuery;
    /// use scriptscope::{Options, Session};
    ///
    /// let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    /// session.begin("log.json").unwrap();
    /// for computer in ["FS03", "FS04"] {
    ///     let record = format!(r#"{{"EventID": 4104, "ProviderName": "PowerShellCore", "ScriptBlockText": "Get-Date",
    ///         "ScriptBlockId": "a", "MessageNumber": 1, "MessageTotal": 1, "Computer": "{computer}"}}"#);
    ///     session.push(record.as_bytes()).unwrap();
    /// }
    /// session.end().unwrap();
    /// let scripts = session.list_scripts(&ScriptQuery::default()).unwrap();
    /// assert_eq!((scripts.total, scripts.rows[0].blocks, scripts.rows[0].computers), (1, 2, 2));
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Session::list_blocks`].
    pub fn list_scripts(&mut self, query: &ScriptQuery) -> Result<ScriptList, Error> {
        let (listing, inventory, names) = self.listing()?;
        let mut list = listing.scripts(inventory, names, query)?;
        for row in list.rows.iter_mut().filter(|row| row.first_line.is_none()) {
            let block = self.reread.iter().find(|block| block.id == row.sample_block_id);
            row.first_line = block.and_then(|block| first_line(&block.text));
        }
        Ok(list)
    }

    /// Returns the script blocks before and after one, at most `most` on each side: of the same process with at most a day
    /// from one to the next, or, where that is not known, of the same computer within a minute. `None` for an unknown id.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without [`Options::inventory`](super::Options::inventory).
    pub fn block_neighbours(&mut self, id: &str, most: usize) -> Result<Option<Neighbours>, Error> {
        let (listing, inventory, names) = self.listing()?;
        Ok(listing.neighbours(inventory, names, id, most))
    }

    /// Returns events beside script blocks, in the order of time: engine starts with their command lines, pipelines, processes
    /// of PowerShell, logs that were cleared. No rule searches them.
    ///
    /// # Errors
    ///
    /// Those of [`Session::list_blocks`].
    pub fn context_events(&mut self, query: &ContextQuery) -> Result<ContextList, Error> {
        let (listing, inventory, ListNames { users, .. }) = self.listing()?;
        inventory.context_events(listing.sources(), users, query)
    }

    /// Returns numbers of script blocks over time, for each computer or user.
    ///
    /// # Errors
    ///
    /// Those of [`Session::list_blocks`].
    pub fn histogram(&mut self, query: &HistogramQuery) -> Result<Histogram, Error> {
        let (listing, inventory, names) = self.listing()?;
        listing.histogram(inventory, names, query)
    }

    /// Returns the ranges of sources that a listed script block is read again from: those of each part, in the order in
    /// which [`Session::read_block`] takes their bytes. `None` for an unknown id.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without [`Options::inventory`](super::Options::inventory).
    pub fn read_plan(&mut self, id: &str) -> Result<Option<Vec<ReadRange>>, Error> {
        self.listing()?;
        let (Some(listing), Some(inventory)) = (&self.listing, &self.inventory) else {
            return Ok(None);
        };
        Ok(listing.read_plan(inventory, &self.sources, id))
    }

    /// Reads a listed script block again from the bytes of its [plan](Session::read_plan). Afterwards
    /// [`Session::block`], [`Session::text`] and [`Session::views`] have it too. `None` for an unknown id.
    ///
    /// ```
    /// use scriptscope::inventory::BlockQuery;
    /// use scriptscope::{Options, Session};
    ///
    /// let log = br#"{"EventID": 4104, "ProviderName": "PowerShellCore", "ScriptBlockText": "Get-Date",
    ///     "ScriptBlockId": "a", "MessageNumber": 1, "MessageTotal": 1}"#;
    /// let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    /// session.begin("log.json").unwrap();
    /// session.push(log).unwrap();
    /// session.end().unwrap();
    /// let id = session.list_blocks(&BlockQuery::default()).unwrap().rows[0].id.clone();
    /// let plan = session.read_plan(&id).unwrap().unwrap();
    /// let pieces = plan.iter().map(|range| {
    ///     let from = &log[range.offset as usize..];
    ///     from[..from.len().min(range.length as usize)].to_vec()
    /// });
    /// let block = session.read_block(&id, &pieces.collect::<Vec<_>>()).unwrap().unwrap();
    /// assert_eq!(&*block.text, "Get-Date");
    /// assert_eq!(session.text(&id, None).as_deref(), Some("Get-Date"));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without [`Options::inventory`](super::Options::inventory); [`Error::Option`] if these are not the
    /// bytes of the block.
    pub fn read_block(&mut self, id: &str, pieces: &[Vec<u8>]) -> Result<Option<Block>, Error> {
        self.listing()?;
        let options = SourceOptions {
            utc_offset_seconds: self.config.utc_offset_seconds,
            encoding: self.config.encoding,
        };
        let (Some(listing), Some(inventory)) = (&self.listing, &self.inventory) else {
            return Ok(None);
        };
        let read = listing.read_block(inventory, &self.sources, &options, id, pieces);
        let Some(read) = read else { return Ok(None) };
        let block =
            read.map_err(|message| Error::Option { name: "pieces", message: message.into() })?;
        self.reread.retain(|known| known.id != block.id);
        self.reread.push(block.clone());
        let bytes =
            |blocks: &[Block]| blocks.iter().map(|own| own.text.len() + 1_024).sum::<usize>();
        while self.reread.len() > 1 && bytes(&self.reread) > REREAD_BYTES {
            self.reread.remove(0);
        }
        Ok(Some(block))
    }

    /// The list, made when first asked for.
    pub(super) fn listing(&mut self) -> Result<(&mut Listing, &Inventory, ListNames<'_>), Error> {
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
                total: self.config.candidates_only.then(|| self.store.len()),
            };
            self.listing = Some(Listing::new(inventory, &inputs));
        }
        let listing = self.listing.as_mut().ok_or(OFF)?;
        let inventory = self.inventory.as_ref().ok_or(OFF)?;
        let names = ListNames {
            rules: self.rules.rule_set(),
            users: &self.user_names,
            assets: &self.assets,
        };
        Ok((listing, inventory, names))
    }

    /// Notes in the inventory what parts were joined to.
    pub(super) fn take_joined(&mut self) {
        if let Some(inventory) = &mut self.inventory {
            for joined in self.rules.take_joined() {
                inventory.add_joined(joined.parts, (joined.text, joined.shape), joined.indicators);
            }
        }
    }
}

#[cfg(test)]
mod tests;
