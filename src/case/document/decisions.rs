//! What analysts decided: the marks of a case.

use super::super::model::{Mark, MarkKey, MarkKind, Opinion, Verdict};
use super::model::{Node, Section, Span, Table, quiet, text, value};
use super::scripts::Scripts;
use super::selection::Selection;
use crate::text::{moment, plural};

/// Returns the section with notes about the case and the marks that the report is about.
pub(super) fn decisions(selection: &Selection<'_>, scripts: &Scripts<'_>) -> Option<Section> {
    let case = selection.case;
    if case.notes.is_empty() && selection.marks.is_empty() {
        return None;
    }
    let mut section = Section::new("decisions", "What was decided");
    for note in &case.notes {
        section.nodes.push(Node::Quote(note.note.clone(), note.by.clone()));
    }
    for (key, mark) in &selection.marks {
        let mut heading = verdict(mark);
        heading.push(text(" "));
        heading.extend(subject(selection, key));
        section.nodes.push(Node::Heading(None, heading));
        let line = place(selection, key, scripts);
        if !line.is_empty() {
            section.nodes.push(Node::Paragraph(line));
        }
        if mark.is_disputed() {
            let words = "The analysts do not agree.".to_owned();
            section.nodes.push(Node::Paragraph(vec![Span::Badge("warning", words)]));
        }
        for opinion in &mark.opinions {
            section.nodes.extend(quote(opinion, mark));
        }
    }
    Some(section)
}

/// Returns the section with what was judged harmless.
pub(super) fn harmless(selection: &Selection<'_>) -> Option<Section> {
    if selection.harmless.is_empty() {
        return None;
    }
    let mut section = Section::new("harmless", "Judged harmless");
    let rows = selection.harmless.iter().map(|(key, mark)| {
        let word = if mark.expected { "expected" } else { "benign" };
        let notes = mark.opinions.iter().filter(|opinion| !opinion.note.is_empty());
        let notes = notes.flat_map(|opinion| {
            let by =
                if opinion.by.is_empty() { String::new() } else { format!(" — {}", opinion.by) };
            [text(opinion.note.clone()), quiet(by), Span::Break]
        });
        vec![vec![Span::Badge("benign", word.to_owned())], subject(selection, key), notes.collect()]
    });
    let rows = rows.collect();
    section.nodes.push(Node::Table(Table { head: &["Verdict", "On", "Note"], rows }));
    Some(section)
}

/// Returns the gravest verdict as a word.
pub(super) fn verdict(mark: &Mark) -> Vec<Span> {
    let (class, word) = match mark.verdict() {
        Some(verdict) => (verdict.as_str(), verdict.as_str()),
        None => ("none", "no verdict"),
    };
    let star = if mark.star { "★ " } else { "" };
    vec![Span::Badge(class, format!("{star}{word}"))]
}

/// Says what is marked.
fn subject(selection: &Selection<'_>, key: &MarkKey) -> Vec<Span> {
    let unknown = |noun: &str| {
        vec![text(format!("{noun} ")), value(key.id.clone()), quiet(" that these logs do not have")]
    };
    match key.kind {
        MarkKind::Result => match selection.result(&key.id) {
            Some(row) => {
                let mut spans = vec![text(selection.title(&row.rule_id).to_owned())];
                if let Some(computer) = selection.computer(row) {
                    spans.extend([text(" on "), value(computer)]);
                }
                spans
            }
            None => unknown("result"),
        },
        MarkKind::Block => match selection.block(&key.id) {
            Some(block) => {
                let computer = block.computer.clone().unwrap_or_else(|| "unknown".to_owned());
                let mut words = vec![text("script block on "), value(computer)];
                if selection.is_unmatched(block) {
                    words.push(quiet(" that no rule matched"));
                }
                words
            }
            None => match selection.listed_block(key) {
                Some(row) => {
                    let computer = row.computer.clone().unwrap_or_else(|| "unknown".to_owned());
                    vec![text("script block on "), value(computer), quiet(" that no rule matched")]
                }
                None => unknown("script block"),
            },
        },
        MarkKind::Script => match selection.listed_block(key) {
            Some(row) => vec![
                text(format!("script of {}, seen on ", plural(row.length, "character"))),
                text(plural(u64::from(row.seen_on), "computer")),
            ],
            None => unknown("script"),
        },
        MarkKind::Indicator => match selection.indicator(&key.id) {
            Some(row) => vec![text(format!("{} ", row.kind.as_str())), value(row.defanged.clone())],
            None => unknown("indicator"),
        },
    }
}

/// Says when and by whom it was run, and where its text is.
fn place(selection: &Selection<'_>, key: &MarkKey, scripts: &Scripts<'_>) -> Vec<Span> {
    let row = (key.kind == MarkKind::Result).then(|| selection.result(&key.id)).flatten();
    let block = match key.kind {
        MarkKind::Block | MarkKind::Script => selection.marked_block(key),
        _ => row.and_then(|row| selection.first_block(row)),
    };
    let Some(block) = block else { return listed_place(selection, key) };
    let time = row.map_or(block.time.as_deref(), |row| row.first_time.as_deref());
    let mut spans = vec![text(moment(time))];
    let of_block = || block.user.as_deref().map(|user| selection.account(user).to_owned());
    let user = row.map_or_else(of_block, |row| selection.user(row));
    if let Some(user) = user {
        spans.extend([text(" · user "), value(user)]);
    }
    if let Some(row) = row {
        spans.push(text(format!(" · score {}", row.score)));
    }
    if let Some(link) = scripts.link(&block.text) {
        spans.extend([text(" · "), link]);
    }
    spans
}

/// Says where the record of a script block is that no rule matched.
fn listed_place(selection: &Selection<'_>, key: &MarkKey) -> Vec<Span> {
    let Some(row) = selection.listed_block(key) else { return Vec::new() };
    let mut spans = vec![text(moment(row.time.as_deref()))];
    if let Some(user) = row.user_name.as_ref().or(row.user.as_ref()) {
        spans.extend([text(" · user "), value(user.clone())]);
    }
    let record = row.record.clone().unwrap_or_default();
    spans.extend([text(" · "), value(row.source.clone()), text(format!(" record {record}"))]);
    spans
}

/// Returns an author's words. The verdict is said if the heading does not.
fn quote(opinion: &Opinion, mark: &Mark) -> Option<Node> {
    let own = opinion.verdict.map(Verdict::as_str);
    let by = match own {
        Some(_) if opinion.by.is_empty() && !mark.is_disputed() => String::new(),
        Some(verdict) if opinion.by.is_empty() => verdict.to_owned(),
        Some(verdict) => format!("{}: {verdict}", opinion.by),
        None => opinion.by.clone(),
    };
    let says_more = !opinion.note.is_empty() || mark.opinions.len() > 1;
    says_more.then(|| Node::Quote(opinion.note.clone(), by))
}
