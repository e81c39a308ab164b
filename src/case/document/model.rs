//! [`Document`]: the report for readers, before it is HTML or Markdown.

use std::ops::Range;

/// A document of sections.
pub(super) struct Document {
    pub(super) title: String,
    /// The sentence at the top.
    pub(super) summary: Vec<Span>,
    pub(super) sections: Vec<Section>,
}

pub(super) struct Section {
    /// Its name in links: letters only.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) nodes: Vec<Node>,
}

pub(super) enum Node {
    Paragraph(Vec<Span>),
    /// A heading within a section. A name in links, if it has one.
    Heading(Option<String>, Vec<Span>),
    Table(Table),
    /// Names and values.
    Facts(Vec<(&'static str, Vec<Span>)>),
    Script(Excerpt),
    /// An analyst's words, and their author.
    Quote(String, String),
}

pub(super) struct Table {
    pub(super) head: &'static [&'static str],
    pub(super) rows: Vec<Vec<Vec<Span>>>,
}

/// A text of a script, or the part of it that is shown.
pub(super) struct Excerpt {
    /// The view, and what is left out.
    pub(super) caption: String,
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a script.
pub(super) enum Piece {
    Text(String),
    /// A highlight.
    Match(String),
    /// So many characters are left out.
    Gap(usize),
}

/// A run of text.
pub(super) enum Span {
    /// Words of this program or of a rule.
    Text(String),
    Strong(String),
    Quiet(String),
    /// A value of the log.
    Value(String),
    /// A word that has a colour: its class and the word.
    Badge(&'static str, String),
    /// A link to a heading.
    Link(String, String),
    Break,
}

impl Section {
    pub(super) fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, nodes: Vec::new() }
    }

    pub(super) fn words(&mut self, words: impl Into<String>) {
        self.nodes.push(Node::Paragraph(vec![text(words)]));
    }
}

pub(super) fn text(words: impl Into<String>) -> Span {
    Span::Text(words.into())
}

pub(super) fn value(value: impl Into<String>) -> Span {
    Span::Value(value.into())
}

pub(super) fn quiet(words: impl Into<String>) -> Span {
    Span::Quiet(words.into())
}

/// Bytes around a highlight that are shown of a long text.
const AROUND: usize = 600;

/// Bytes of a text that are shown from its start.
const SHOWN: usize = 8_000;

/// Upper bound on bytes of one text that are shown.
const MOST: usize = 24_000;

impl Excerpt {
    /// Returns a text, or of a long one the start and what is around highlights. `ranges`: in bytes, on character
    /// boundaries.
    pub(super) fn new(text: &str, mut ranges: Vec<Range<usize>>, caption: &str) -> Self {
        ranges.retain(|range| text.get(range.clone()).is_some());
        crate::sort::sort_by_key(&mut ranges, |range| range.start);
        let floor = |at: usize| crate::text::floor_char_boundary(text, at.min(text.len()));
        let start = 0..if text.len() <= MOST { text.len() } else { floor(SHOWN) };
        let mut windows: Vec<Range<usize>> = std::iter::once(start).collect();
        let mut shown = windows.iter().map(Range::len).sum::<usize>();
        for range in &ranges {
            let Some(last) = windows.last_mut() else { break };
            let (start, end) = (
                floor(range.start.saturating_sub(AROUND)),
                floor(range.end.min(range.start + SHOWN) + AROUND),
            );
            if end <= last.end || shown > MOST {
                continue;
            }
            shown += end - start.max(last.end);
            if start <= last.end {
                last.end = end;
            } else {
                windows.push(start..end);
            }
        }
        let mut excerpt = Self { caption: caption.to_owned(), pieces: Vec::new() };
        let mut at = 0;
        for window in windows {
            excerpt.gap(text, at..window.start);
            at = window.start;
            for range in &ranges {
                let (start, end) = (range.start.max(at), range.end.min(window.end));
                if start < end {
                    excerpt.push(text, at..start, Piece::Text);
                    excerpt.push(text, start..end, Piece::Match);
                    at = end;
                }
            }
            excerpt.push(text, at..window.end, Piece::Text);
            at = window.end;
        }
        excerpt.gap(text, at..text.len());
        excerpt
    }

    fn push(&mut self, text: &str, range: Range<usize>, piece: fn(String) -> Piece) {
        match text.get(range) {
            Some("") | None => {}
            Some(part) => self.pieces.push(piece(part.to_owned())),
        }
    }

    fn gap(&mut self, text: &str, range: Range<usize>) {
        let count = text.get(range).unwrap_or_default().chars().count();
        if count > 0 {
            self.pieces.push(Piece::Gap(count));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(excerpt: &Excerpt) -> String {
        let pieces = excerpt.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Match(text) => format!("[{text}]"),
            Piece::Gap(count) => format!("<{count}>"),
        });
        pieces.collect()
    }

    #[test]
    fn a_short_text_is_shown_with_its_highlights() {
        let excerpt = Excerpt::new("aé bc bc", vec![7..9, 4..6, 5..6], "");
        assert_eq!(shown(&excerpt), "aé [bc] [bc]");
        assert_eq!(shown(&Excerpt::new("é", vec![0..1, 5..9], "")), "é");
        assert_eq!(shown(&Excerpt::new("", vec![], "")), "");
    }

    #[test]
    fn of_a_long_text_the_start_and_the_surroundings_of_highlights_are_shown() {
        let text = format!("{}HIT{}", "é".repeat(50_000), "y".repeat(100_000));
        let excerpt = Excerpt::new(&text, std::iter::once(100_000..100_003).collect(), "");
        let all: usize = excerpt
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Match(text) => text.chars().count(),
                Piece::Gap(count) => *count,
            })
            .sum();
        assert_eq!(all, text.chars().count());
        assert!(shown(&excerpt).contains("é[HIT]y") && shown(&excerpt).len() < 12_000);
        let everywhere: Vec<_> = (0..50_000).map(|at| 100_003 + at * 2..100_004 + at * 2).collect();
        assert!(shown(&Excerpt::new(&text, everywhere, "")).len() < 60_000);
    }
}
