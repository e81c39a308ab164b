//! Records that end at a boundary, that the source ends in, or that are too long.

use super::{MAX_RETRIES, StreamState, TextReader};
use crate::error::Problem;
use crate::limits;
use crate::source::format::Format;
use crate::source::framing::{FrameScan, START_BYTES};
use crate::source::problems::cut_off;
use crate::source::record_format::RecordFramer;
use crate::source::sink::Sink;
use crate::source::window::TextWindow;
use crate::source::{record_start, resync};

impl TextReader {
    /// Limits the framer's result to the first boundary of the source.
    pub(super) fn end_at_boundary(
        &self,
        text: &[u8],
        format: Format,
        from: usize,
        scan: FrameScan,
    ) -> FrameScan {
        let from = from.saturating_sub(START_BYTES);
        let place =
            self.source.and_then(|source| resync::next_boundary(source, text, from, scan.at()));
        match (place, format) {
            (None, _) => scan,
            (Some(place), Format::Classic) => FrameScan::End(place),
            (Some(place), _) => FrameScan::Cut(place),
        }
    }

    /// Handles the end of the source inside a record. Another record may have begun inside it.
    pub(super) fn end_within_record(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        sink: &mut dyn Sink,
    ) -> bool {
        let length = window.text().len();
        sink.problem(cut_off(format).at(window.offset()));
        self.retries += 1;
        let next =
            record_start::next_record(window.text(), length).filter(|_| self.retries < MAX_RETRIES);
        window.advance(next.unwrap_or(length));
        next.is_some()
    }

    pub(super) fn overlong(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        mut framer: RecordFramer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), 0, self.is_last);
        self.skip_overlong(window, scan, format, framer, begin, sink)
    }

    pub(super) fn skip_overlong(
        &mut self,
        window: &mut TextWindow<'_>,
        scan: FrameScan,
        format: Format,
        framer: RecordFramer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let end = match scan {
            FrameScan::End(end)
            | FrameScan::Cut(end)
            | FrameScan::Skip(end)
            | FrameScan::Descend(end, _) => end,
            FrameScan::More(_) if self.is_last => window.text().len(),
            FrameScan::More(next) => {
                window.advance(next);
                self.state = StreamState::Overlong { format, framer, begin };
                return false;
            }
        };
        window.advance(end);
        let length = window.offset() - begin;
        let bound = limits::RECORD_BYTES;
        sink.problem(
            Problem::error(
                "record-too-long",
                format!("a record of {length} bytes was skipped: at most {bound} bytes are read"),
            )
            .at(begin),
        );
        true
    }
}
