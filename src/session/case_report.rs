//! [`Session::case_report`].

use super::marked_texts::MarkedTexts;
use super::state::Session;
use crate::case::{Case, DocumentFormat, Listed, MarkKey, add_to, not_read_again};
use crate::inventory::BlockRow;
use crate::report::{IndicatorList, IndicatorQuery, Number, Report, to_json};
use crate::time::Time;

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
    /// The texts of marked script blocks and scripts that no rule matched are in it if they were
    /// [read again](Session::texts_to_read) before; it says which were not.
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
        let keys = || case.marks.keys().filter(|key| key.is_text());
        let rows = self.marked_rows(keys().map(|key| key.id.as_str()));
        let row = |key: &MarkKey| Some((key.clone(), rows.get(key.id.as_str())?.clone()));
        let blocks: Vec<(MarkKey, BlockRow)> = keys().filter_map(row).collect();
        let shown = case.marked_texts().into_iter();
        let shown = shown.filter_map(|id| Some(rows.get(id.as_str())?.id.clone()));
        let MarkedTexts { blocks: texts, missing } = self.marked_texts(shown);
        let problems = missing.iter().map(|id| {
            let row = blocks.iter().find(|(_, row)| row.id == *id);
            not_read_again(id, row.map_or("", |(_, row)| &row.source))
        });
        add_to(&mut report, problems.collect());
        let set = self.indicators_with(&texts);
        let indicators = IndicatorList::new(&set, &IndicatorQuery::default(), None);
        let listed = Listed { indicators, blocks, texts };
        let case = self.with_limits(case);
        CaseReport { text: case.document(&report, &listed, format), report }
    }

    /// Returns the case with the options of this session that leave out results, which may be other than those it was saved
    /// with.
    fn with_limits(&self, case: &Case) -> Case {
        let mut case = case.clone();
        let score = Some(self.config.min_score).filter(|score| *score > 0);
        let score = score.map(|score| Number(score).to_string());
        let time = |time: Option<Time>| time.map(|time| to_json(&time.to_string()));
        let limits = [
            ("minScore", score),
            ("since", time(self.config.since)),
            ("until", time(self.config.until)),
        ];
        for (name, value) in limits {
            match value {
                Some(value) => _ = case.options.insert(name.to_owned(), value),
                None => _ = case.options.remove(name),
            }
        }
        case
    }
}
