//! Text that stood in a source and was no event, to be said once and not line by line.

use super::framing::START_BYTES;
use super::problems::excerpt;
use super::sink::Sink;
use crate::error::Problem;

/// Counts lines that are no event.
#[derive(Default)]
pub(super) struct NonEventText {
    /// Lines of text between records: where they begin, how many, and how the first begins.
    text: Option<(u64, u64, String)>,
}

impl NonEventText {
    /// A line of text that is no record.
    pub(super) fn add_line(&mut self, offset: u64, text: &[u8]) {
        match &mut self.text {
            Some((_, lines, _)) => *lines += 1,
            none => {
                // No more than surely is here, wherever the bytes are cut.
                let text = text.get(..START_BYTES).unwrap_or(text);
                let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                *none = Some((offset, 1, excerpt(line)));
            }
        }
    }

    /// The lines of text are over.
    pub(super) fn report(&mut self, sink: &mut dyn Sink) {
        if let Some((offset, lines, begin)) = self.text.take() {
            let lines = if lines == 1 { "a line".to_owned() } else { format!("{lines} lines") };
            let what = format!("{lines} of text that is no event, beginning with {begin}");
            sink.problem(Problem::warning("stray-text", what).at(offset));
        }
    }
}
