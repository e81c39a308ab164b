//! Reports for readers: a session's report and a case as HTML or Markdown.
//!
//! ```text
//! Report, Case ─▶ build ─▶ Document ─▶ html, markdown
//! ```
//!
//! No time of the run is in it: the same logs, rules and case have the same bytes.

mod build;
mod decisions;
mod facts;
mod html;
mod listed;
mod markdown;
mod model;
mod scripts;
mod selection;
mod visible;

pub(crate) use listed::Listed;

use super::model::Case;
use crate::error::Error;
use crate::report::Report;
use std::str::FromStr;

/// A form of a report for readers.
///
/// ```
/// use scriptscope::case::DocumentFormat;
///
/// assert_eq!("html".parse(), Ok(DocumentFormat::Html));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentFormat {
    /// `html`: one file without scripts, which loads nothing.
    Html,
    /// `markdown`: as GitHub reads it.
    Markdown,
}

impl FromStr for DocumentFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "html" => Ok(Self::Html),
            "markdown" => Ok(Self::Markdown),
            _ => Err(Error::Option {
                name: "format",
                message: format!("{text:?} is none of \"html\" and \"markdown\""),
            }),
        }
    }
}

impl Case {
    /// Returns a report for readers: what was marked first, or without marks the results by score; then machines, users,
    /// scripts, indicators, ATT&CK, and what was read and what not, with hashes.
    pub(crate) fn document(
        &self,
        report: &Report,
        listed: &Listed,
        format: DocumentFormat,
    ) -> String {
        let document = build::document(report, self, listed);
        match format {
            DocumentFormat::Html => html::html(&document),
            DocumentFormat::Markdown => markdown::markdown(&document),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Mark, MarkKey, MarkKind, Verdict};
    use crate::session::{Options, Session};

    /// A session whose one result has this text, on a computer and by a user of this name.
    fn session(text: &str, name: &str) -> Session {
        let event = serde_json::json!({
            "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "Computer": name,
            "UserID": name, "MessageNumber": 1, "MessageTotal": 1, "ScriptBlockId": "1", "Path": name,
            "TimeCreated": "2026-08-08T06:13:52.083Z", "ScriptBlockText": text,
        });
        let mut session = Session::new(Options::default().with_sha256(true)).unwrap();
        session.begin(name).unwrap();
        session.push(event.to_string().as_bytes()).unwrap();
        session.end().unwrap();
        session
    }

    const HOSTILE: &str = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}\r\n```\n# h\n\
        ![i](http://evil/x) | Enable-PSRemoting -Force";

    #[test]
    fn hostile_text_is_inert_in_every_part() {
        let name = "<b onclick=a()>'\"&`|\n[x](javascript:a)";
        let mut session = session(HOSTILE, name);
        let report = session.report();
        let mut case = Case { name: name.to_owned(), ..Case::default() };
        for (kind, id) in [
            (MarkKind::Result, report.results[0].id.as_str()),
            (MarkKind::Block, report.script_blocks[0].id.as_str()),
            (MarkKind::Indicator, name),
        ] {
            let mut mark = Mark { star: true, ..Mark::default() };
            mark.set_opinion(name, Some(Verdict::Hostile), HOSTILE);
            case.marks.insert(MarkKey::new(kind, id), mark);
        }
        let page = session.case_report(&case, DocumentFormat::Html).text;
        for part in ["<script", "<img", "<b onclick", "\u{202e}", "javascript:a\""] {
            assert!(!page.contains(part), "{part}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(page.contains("<mark>Enable-PSRemoting</mark>"));
        // Every tag of the page is one of its own.
        let tags = page.split('<').skip(1).filter_map(|tag| {
            tag.split(|char: char| !char.is_ascii_alphanumeric() && !"/!".contains(char)).next()
        });
        let own = [
            "!doctype",
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "header",
            "h1",
            "h2",
            "h3",
            "p",
            "nav",
            "ul",
            "li",
            "a",
            "main",
            "section",
            "blockquote",
            "footer",
            "b",
            "bdi",
            "small",
            "br",
            "wbr",
            "div",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "dl",
            "dt",
            "dd",
            "figure",
            "pre",
            "mark",
        ];
        for tag in tags {
            assert!(own.contains(&tag.trim_start_matches('/')), "{tag:?}");
        }
        let text = session.case_report(&case, DocumentFormat::Markdown).text;
        assert!(text.contains("\n````powershell\n</pre>") && !text.contains('\u{202e}'));
        assert!(
            !text.replace("\\<", "").split("````").step_by(2).any(|part| part.contains("<script"))
        );
    }

    #[test]
    fn the_same_input_has_the_same_bytes_and_marks_lead() {
        let text = "Enable-PSRemoting -Force";
        let mut one = session(text, "FS03");
        for format in [DocumentFormat::Html, DocumentFormat::Markdown] {
            let page = one.case_report(&Case::default(), format).text;
            assert_eq!(page, session(text, "FS03").case_report(&Case::default(), format).text);
            assert!(page.contains("comes first, with a score of 25 from 1 rule."));
            assert!(!page.contains("What was decided"));
        }
        let id = one.report().results[0].id.clone();
        let mut case = Case::default();
        case.set_sources(&one.report());
        let mut mark = Mark::default();
        mark.set_opinion("kim", Some(Verdict::Hostile), "");
        mark.set_opinion("lee", Some(Verdict::Benign), "backup");
        case.marks.insert(MarkKey::new(MarkKind::Result, id), mark);
        let text = one.case_report(&case, DocumentFormat::Markdown).text;
        assert!(text.contains(
            "**1 item is marked hostile** on `FS03`. **The analysts do not agree on 1 item.**"
        ));
        assert!(text.contains("> backup  \n> — lee: benign\n"), "{text}");
        let mut other = session("Get-Date", "FS04");
        let text = other.case_report(&case, DocumentFormat::Markdown).text;
        assert!(text.contains("the case was made with this log, and it was not read"), "{text}");
        assert!(text.contains("that these logs do not have"), "{text}");
    }

    #[test]
    fn accounts_are_named() {
        let mut session = session("Enable-PSRemoting -Force", "S-1-5-18");
        let text = session.case_report(&Case::default(), DocumentFormat::Markdown).text;
        let results = text.split("## Results").nth(1).and_then(|rest| rest.split("\n## ").next());
        assert!(results.unwrap().contains("SYSTEM"), "{text}");
    }

    #[test]
    fn nothing_read_and_nothing_found_are_said() {
        let mut empty = Session::new(Options::default()).unwrap();
        let text = empty.case_report(&Case::default(), DocumentFormat::Markdown).text;
        assert!(text.contains("No script block was read."));
        let text = session("Get-Date", "FS03")
            .case_report(&Case::default(), DocumentFormat::Markdown)
            .text;
        assert!(
            text.contains(" rules matched any of 1 script block. 1 log was read in full."),
            "{text}"
        );
    }
}
