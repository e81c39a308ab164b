//! Records in a list of an outer object: entering it, leaving it, and the text after it.

use super::{StreamState, TextReader};
use crate::source::format::Format;
use crate::source::framing::{FrameScan, START_BYTES};
use crate::source::json;
use crate::source::problems::cut_off;
use crate::source::sink::Sink;
use crate::source::window::TextWindow;

impl TextReader {
    /// Ends a list at a record that does not belong to it.
    pub(super) fn leave_list(&mut self, format: Format, offset: u64, sink: &mut dyn Sink) {
        if self.outer_objects > 0 && (self.awaits_comma || format != Format::Json) {
            self.outer_objects = 0;
            self.columns = None;
            sink.problem(cut_off(Format::Json).at(offset));
        }
    }

    /// Continues in a list of records or rows.
    pub(super) fn enter_list(
        &mut self,
        window: &mut TextWindow<'_>,
        depth: u32,
        columns: Option<(Vec<Vec<u8>>, u64)>,
        end: usize,
    ) {
        self.outer_objects = depth;
        self.awaits_comma = false;
        self.columns = columns;
        window.advance(end);
    }

    pub(super) fn after_list(
        &mut self,
        window: &mut TextWindow<'_>,
        mut framer: json::JsonFramer,
        at: usize,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), at, self.is_last);
        match self.end_at_boundary(window.text(), Format::Json, at, scan) {
            FrameScan::More(next) if !self.is_last && next < json::LIST_START_BYTES => {
                self.state = StreamState::AfterList { framer, at: next };
                return false;
            }
            FrameScan::More(next) => {
                framer.skip_to_end();
                // The bytes that decide about a boundary are retained.
                let at = if self.is_last { 0 } else { next.min(2 * START_BYTES) };
                window.advance(next - at);
                self.state = StreamState::AfterList { framer, at };
                return false;
            }
            FrameScan::Descend(end, depth) => {
                // To read a row again, its table has to be read from its beginning.
                let begin =
                    framer.list_owner().map(|begin| window.offset() + window.source_len(begin));
                match (Self::columns(window.text(), end), begin) {
                    (Some(columns), Some(begin)) if json::may_be_events(&columns) => {
                        self.enter_list(window, depth, Some((columns, begin)), end);
                    }
                    (None, _) => self.enter_list(window, depth, None, end),
                    (Some(_), _) => {
                        framer.skip_list();
                        self.state = StreamState::AfterList { framer, at: end };
                    }
                }
            }
            scan @ (FrameScan::End(end) | FrameScan::Cut(end) | FrameScan::Skip(end)) => {
                window.advance(end);
                self.outer_objects = 0;
                if matches!(scan, FrameScan::Cut(_)) {
                    sink.problem(cut_off(Format::Json).at(window.offset()));
                }
            }
        }
        true
    }

    /// Returns the column names of the rows that begin at `at`, or `None` if records begin there.
    pub(super) fn columns(text: &[u8], at: usize) -> Option<Vec<Vec<u8>>> {
        let (before, rows) = text.split_at_checked(at)?;
        rows.trim_ascii_start().starts_with(b"[").then(|| json::column_names(before))
    }
}
