//! Reading one record: of a known layout, unframed, or framed.

use super::{StreamState, TextReader};
use crate::event::{RecordLocation, Recovery};
use crate::limits;
use crate::source::emit::{emit, read_and_emit, read_row_and_emit};
use crate::source::format::Format;
use crate::source::framing::START_BYTES;
use crate::source::layout::LayoutMatch;
use crate::source::nested::NestedEvents;
use crate::source::record::{TextRecord, TimeRules};
use crate::source::record_format::read_unframed;
use crate::source::sink::Sink;
use crate::source::timestamp::HourCache;
use crate::source::window::TextWindow;
use crate::source::{fast_path, resync};

impl TextReader {
    /// Reads the next record if it has a known layout. The literals of a layout begin like a record.
    pub(super) fn read_known(&mut self, window: &mut TextWindow<'_>, sink: &mut dyn Sink) -> bool {
        if !matches!(self.state, StreamState::Between) {
            return false;
        }
        let text = window.text();
        // Longer gaps between records are skipped in pieces of this length, so that they are not scanned again in
        // each step.
        let near = text.get(..START_BYTES).unwrap_or(text);
        let between = near.iter().position(|byte| !matches!(byte, b'\r' | b'\n' | b' ' | b','));
        let (before, text) = text.split_at_checked(between.unwrap_or(0)).unwrap_or_default();
        if self.outer_objects > 0 && !before.contains(&b',') {
            return false;
        }
        let format = match text.first() {
            Some(b'{') => Format::Json,
            Some(b'<') => Format::Xml,
            _ => return false,
        };
        let Some(matched) = self.layouts.find(format, text) else { return false };
        let end = matched.text().len();
        let is_foreign = self.source != Some(format);
        if end > limits::RECORD_BYTES
            || (is_foreign && resync::has_boundary_inside(self.source, format, text, end))
        {
            return false;
        }
        window.advance(between.unwrap_or(0));
        self.non_events.report(sink);
        let place = location(window, end);
        (self.has_records, self.awaits_comma) = (true, true);
        emit_match(&matched, place, self.time_rules, (&mut self.hour, &mut self.nested), sink);
        window.advance(end);
        true
    }

    /// Reads the record that begins here without framing it, if it is complete and well-formed.
    pub(super) fn read_whole_record(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        sink: &mut dyn Sink,
    ) -> bool {
        let offset = window.offset();
        let text = window.text();
        let mut record = TextRecord::new(
            RecordLocation { offset, frame: offset, ..RecordLocation::default() },
            self.time_rules,
        );
        record.spans = self.layouts.is_worth_trying().then(Vec::new);
        let Some(end) = read_unframed(format, text, &mut record) else { return false };
        // A record with a boundary inside is not learned. Then no record of a known layout has a boundary inside,
        // because no value has one.
        if end > limits::RECORD_BYTES || resync::has_boundary_inside(self.source, format, text, end)
        {
            return false;
        }
        let spans = record.spans.take();
        self.layouts.learn(format, text.get(..end).unwrap_or(text), spans);
        self.awaits_comma = true;
        record.place.length = window.source_len(end);
        record.raw = text.get(..end);
        self.has_records = true;
        if emit(record, &mut self.nested, sink) {
            self.first.get_or_insert(format);
        }
        window.advance(end);
        true
    }

    pub(super) fn read_framed(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        end: usize,
        sink: &mut dyn Sink,
    ) {
        let place = location(window, end);
        let text = window.text();
        let text = text.get(..end).unwrap_or(text);
        self.has_records = true;
        let is_event = match &self.columns {
            Some((columns, frame)) if text.starts_with(b"[") => {
                let place = RecordLocation { frame: *frame, ..place };
                read_row_and_emit(text, columns, place, self.time_rules, &mut self.nested, sink)
            }
            // A record that arrived in pieces may have a known layout.
            _ => {
                match self.layouts.find(format, text).filter(|matched| matched.text().len() == end)
                {
                    Some(matched) => {
                        let known = (&mut self.hour, &mut self.nested);
                        emit_match(&matched, place, self.time_rules, known, sink)
                    }
                    None => {
                        read_and_emit(format, text, place, self.time_rules, &mut self.nested, sink)
                    }
                }
            }
        };
        if is_event {
            self.first.get_or_insert(format);
        }
        window.advance(end);
    }
}

/// Returns the location of the next record, given its length.
fn location(window: &TextWindow<'_>, length: usize) -> RecordLocation {
    let offset = window.offset();
    RecordLocation {
        offset,
        length: window.source_len(length),
        frame: offset,
        recovery: Recovery::None,
    }
}

/// Emits a record of a known layout. Returns false if it is not a Windows event.
fn emit_match(
    matched: &LayoutMatch<'_, '_>,
    place: RecordLocation,
    time_rules: TimeRules,
    (hour, nested): (&mut HourCache, &mut NestedEvents),
    sink: &mut dyn Sink,
) -> bool {
    fast_path::emit(matched, place, time_rules, hour, sink).is_some()
        || emit(matched.to_record(place, time_rules), nested, sink)
}
