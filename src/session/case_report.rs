//! [`Session::case_report`].

use super::state::Session;
use crate::case::{Case, DocumentFormat, Listed, MarkKey, MarkKind};
use crate::inventory::{BlockFilter, BlockQuery, BlockRow};
use crate::report::{IndicatorQuery, Report};

/// A report for readers, and the report that it was made from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CaseReport {
    /// HTML or Markdown.
    pub text: String,
    /// The report, with what is wrong with the logs of the case.
    pub report: Report,
}

impl Session {
    /// Returns the report for readers, with the marks of a case and what is wrong with its logs: what was marked first, or
    /// without marks the results by score; then machines, users, scripts, indicators, ATT&CK, and what was read and what not.
    ///
    /// ```
    /// use scriptscope::case::{Case, DocumentFormat};
    /// use scriptscope::{Options, Session};
    ///
    /// let mut session = Session::new(Options::default()).unwrap();
    /// let page = session.case_report(&Case::default(), DocumentFormat::Html).text;
    /// assert!(page.starts_with("<!doctype html>") && page.contains("default-src 'none'"));
    /// ```
    pub fn case_report(&mut self, case: &Case, format: DocumentFormat) -> CaseReport {
        let mut report = self.report();
        case.add_problems(&mut report);
        let marks = case.marks.keys();
        let blocks = marks.filter_map(|key| Some((key.clone(), self.listed(key)?))).collect();
        let listed = Listed { indicators: self.indicators(&IndicatorQuery::default()), blocks };
        CaseReport { text: case.document(&report, &listed, format), report }
    }

    /// Returns the script block of a mark, or one with the marked text, from the list of all script blocks.
    fn listed(&mut self, key: &MarkKey) -> Option<BlockRow> {
        match key.kind {
            MarkKind::Block => Some(self.block_neighbours(&key.id, 0).ok()??.block),
            MarkKind::Script => {
                let filter =
                    BlockFilter { text_id: Some(key.id.clone()), ..BlockFilter::default() };
                let query = BlockQuery { limit: Some(1), filter, ..BlockQuery::default() };
                self.list_blocks(&query).ok()?.rows.into_iter().next()
            }
            _ => None,
        }
    }
}
