//! Reports text between records once rather than line by line.

use super::framing::START_BYTES;
use super::problems::excerpt;
use super::sink::Sink;
use crate::error::Problem;

/// Counts lines that are not events.
#[derive(Default)]
pub(super) struct NonEventText {
    /// Lines of text between records: offset of the first, number of lines, and beginning of the first.
    text: Option<(u64, u64, String)>,
}

impl NonEventText {
    /// Counts a line of text that is not a record.
    pub(super) fn add_line(&mut self, offset: u64, text: &[u8]) {
        match &mut self.text {
            Some((_, lines, _)) => *lines += 1,
            none => {
                // Only bytes that are certainly here are shown, so that the message is the same wherever the input is
                // divided.
                let text = text.get(..START_BYTES).unwrap_or(text);
                let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                *none = Some((offset, 1, excerpt(line)));
            }
        }
    }

    /// Reports the lines counted so far.
    pub(super) fn report(&mut self, sink: &mut dyn Sink) {
        if let Some((offset, lines, begin)) = self.text.take() {
            let message = match lines {
                1 => format!("a line of text is not an event: {begin}"),
                _ => format!("{lines} lines of text are not events; the first is {begin}"),
            };
            sink.problem(Problem::warning("stray-text", message).at(offset));
        }
    }
}
