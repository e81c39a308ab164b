//! What stood in a source and was no event, to be said once and not line by line.

use super::{Sink, heads};
use crate::error::Problem;

/// Counts what is no event.
#[derive(Default)]
pub(super) struct Strays {
    /// Lines of text between records: where they begin, how many, and how the first begins.
    text: Option<(u64, u64, String)>,
    /// Records that are no Windows events: where the first is, and how many.
    records: Option<(u64, u64)>,
}

impl Strays {
    /// A line of text that is no record.
    pub(super) fn text(&mut self, offset: u64, text: &[u8]) {
        match &mut self.text {
            Some((_, lines, _)) => *lines += 1,
            none => *none = Some((offset, 1, heads::excerpt(text))),
        }
    }

    /// A record that is no Windows event.
    pub(super) fn record(&mut self, offset: u64) {
        self.records.get_or_insert((offset, 0)).1 += 1;
    }

    /// The lines of text are over.
    pub(super) fn say_text(&mut self, sink: &mut dyn Sink) {
        if let Some((offset, lines, begin)) = self.text.take() {
            let lines = if lines == 1 { "a line".to_owned() } else { format!("{lines} lines") };
            let what = format!("{lines} of text that is no event, beginning with {begin}");
            sink.problem(Problem::warning("stray-text", what).at(offset));
        }
    }

    /// The source is over.
    pub(super) fn say(&mut self, sink: &mut dyn Sink) {
        self.say_text(sink);
        if let Some((offset, count)) = self.records.take() {
            let what = if count == 1 {
                "a record is no Windows event: it has no event id".to_owned()
            } else {
                format!(
                    "{count} records are no Windows events, the first of them here: they have no event id"
                )
            };
            sink.problem(Problem::warning("no-event", what).at(offset));
        }
    }
}
