//! Reads events inside a record's values, as in Splunk's exports.

use super::field_names::FieldKey;
use super::format::Format;
use super::framing::{FrameScan, nested_location};
use super::layout::LayoutCache;
use super::record::TextRecord;
use super::record_format::{self, RecordFramer};
use super::record_start::{self, RecordStart};
use super::sink::Sink;
use super::timestamp::HourCache;
use super::value::FieldValue;
use super::{fast_path, inner_values, xml};

/// Number of values around an event in which another value may hold the event itself: a relay's record in the line of
/// a store of logs.
const MAX_DEPTH: u32 = 2;

/// Layouts and times learned from earlier nested events.
#[derive(Default)]
pub(super) struct NestedEvents {
    layouts: LayoutCache,
    hour: HourCache,
}

impl NestedEvents {
    /// Emits the events in a value of the outer record and returns their number. The location of each event is that
    /// of the record, moved by one byte per event, so that locations stay distinct.
    pub(super) fn emit(
        &mut self,
        text: &[u8],
        time: Option<&FieldValue<'_>>,
        outer: &TextRecord<'_>,
        sink: &mut dyn Sink,
    ) -> u64 {
        self.emit_at(text, time, outer, 0, sink)
    }

    /// Emits the events of one of several values, and returns their number with that of the values before it.
    pub(super) fn emit_from(
        &mut self,
        text: &[u8],
        outer: &TextRecord<'_>,
        before: u64,
        sink: &mut dyn Sink,
    ) -> u64 {
        let mut outer_place =
            TextRecord::new(nested_location(outer.place, before), outer.time_rules);
        outer_place.fill_from(outer);
        before + self.emit_at(text, None, &outer_place, 0, sink)
    }

    /// Emits the events as [`NestedEvents::emit`] does. `depth` is the number of values around the text's own.
    fn emit_at(
        &mut self,
        text: &[u8],
        time: Option<&FieldValue<'_>>,
        outer: &TextRecord<'_>,
        depth: u32,
        sink: &mut dyn Sink,
    ) -> u64 {
        let outer_time = time.or_else(|| outer.get(FieldKey::Time));
        let mut count = 0;
        let mut rest = text;
        loop {
            let format = match record_start::classify(rest, true) {
                RecordStart::Skip(length) => {
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
                RecordStart::Record(format) => format,
                RecordStart::Comment | RecordStart::Other | RecordStart::More => return count,
            };
            let record = || TextRecord::new(nested_location(outer.place, count), outer.time_rules);
            let known = if format == Format::Xml {
                self.emit_known(rest, record(), outer_time, sink)
            } else {
                None
            };
            let (is_event, end) = match known {
                Some(known) => known,
                None => {
                    let mut framer = RecordFramer::new(format);
                    framer.skip_to_end();
                    let end = match framer.scan(rest, 0, true) {
                        FrameScan::End(end) => end,
                        FrameScan::Skip(end) => {
                            rest = rest.get(end..).unwrap_or_default();
                            continue;
                        }
                        FrameScan::Cut(_) | FrameScan::Descend(..) | FrameScan::More(_) => {
                            return count;
                        }
                    };
                    let event = rest.get(..end).unwrap_or_default();
                    let mut record = record();
                    let is_read = record_format::read(format, event, &mut record).is_ok();
                    record.raw = Some(event);
                    // The time of the export has a zone, the time in the text has none.
                    if format == Format::Classic
                        && let Some(time) = time
                    {
                        record.put(FieldKey::Time, 9, time.clone());
                    }
                    inner_values::read(&mut record);
                    if let Some(time) = outer_time {
                        record.put_fallback_time(time);
                    }
                    let raw = record.take(FieldKey::Raw).filter(|_| depth < MAX_DEPTH);
                    let inner = raw
                        .map_or(0, |raw| self.emit_at(&raw.text(), None, &record, depth + 1, sink));
                    (is_read && (inner > 0 || record.emit(sink)), end)
                }
            };
            count += u64::from(is_event);
            rest = rest.get(end..).unwrap_or_default();
        }
    }

    /// Emits the event that begins here, if it has a known layout or can be read without framing, and learns its
    /// layout. Returns whether it is an event, and its end.
    fn emit_known<'a>(
        &mut self,
        text: &'a [u8],
        mut record: TextRecord<'a>,
        outer_time: Option<&FieldValue<'a>>,
        sink: &mut dyn Sink,
    ) -> Option<(bool, usize)> {
        let (place, time_rules) = (record.place, record.time_rules);
        if let Some(matched) = self.layouts.find(Format::Xml, text) {
            let is_emitted = matches!(matched.plain_value(FieldKey::Time), Some(Some(_)))
                && fast_path::emit(&matched, place, time_rules, &mut self.hour, sink).is_some();
            let mut emit = || {
                let mut record = matched.to_record(place, time_rules);
                outer_time.into_iter().for_each(|time| record.put_fallback_time(time));
                record.emit(sink)
            };
            return Some((is_emitted || emit(), matched.text().len()));
        }
        record.spans = self.layouts.is_worth_trying().then(Vec::new);
        let end = xml::read_unframed(text, &mut record)?;
        record.raw = text.get(..end);
        self.layouts.learn(Format::Xml, text.get(..end)?, record.spans.take());
        outer_time.into_iter().for_each(|time| record.put_fallback_time(time));
        Some((record.emit(sink), end))
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::TimeRules;
    use super::super::{OtherRecord, ScriptRecord};
    use super::*;
    use crate::error::Problem;
    use crate::event::{RecordLocation, Recovery};
    use proptest::prelude::*;

    /// The emitted records as text.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Sink for Seen {
        fn script(&mut self, seen: &ScriptRecord<'_>) {
            self.0.push(format!("{:?} {:?} {:?}", seen.number, seen.time, seen.full.event()));
        }

        fn other(&mut self, seen: &OtherRecord<'_>) {
            let computer = seen.computer.map(|name| name.to_lossy());
            self.0.push(format!("{:?} {:?} {computer:?}", seen.id, seen.time));
        }

        fn problem(&mut self, problem: Problem) {
            self.0.push(problem.message);
        }
    }

    fn read_all(mut nested: NestedEvents, texts: &[String]) -> (Vec<u64>, Seen) {
        let mut seen = Seen::default();
        let outer = TextRecord::new(
            RecordLocation { offset: 70, length: 900, frame: 70, recovery: Recovery::None },
            TimeRules::default(),
        );
        let emit = |text: &String| nested.emit(text.as_bytes(), None, &outer, &mut seen);
        (texts.iter().map(emit).collect(), seen)
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-z ]{0,9}",
            2 => prop::sample::select(vec!["&lt;a&gt;", "&#xD;", "<![CDATA[<x>]]>", "<", "&x;", "</Data>", "</Event>", "'"])
                .prop_map(str::to_owned),
        ]
    }

    prop_compose! {
        fn event()(id in prop::sample::select(vec!["4104", "4103"]), name in value(), text in value()) -> String {
            format!(
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
                 <Provider Name='Microsoft-Windows-PowerShell'/><EventID>{id}</EventID>\
                 <TimeCreated SystemTime='2026-08-08T06:13:00Z'/><Computer>{name}</Computer></System><EventData>\
                 <Data Name='MessageNumber'>1</Data><Data Name='ScriptBlockText'>{text}</Data></EventData></Event>"
            )
        }
    }

    proptest! {
        #[test]
        fn learned_layouts_change_no_event(
            texts in prop::collection::vec(prop::collection::vec(event(), 1..3).prop_map(|events| events.join("\n")), 1..9),
        ) {
            let naive = NestedEvents { layouts: LayoutCache::disabled(), hour: HourCache::default() };
            let (count, seen) = read_all(NestedEvents::default(), &texts);
            let (naive_count, naive_seen) = read_all(naive, &texts);
            prop_assert_eq!(seen.0, naive_seen.0);
            prop_assert_eq!(count, naive_count);
        }
    }
}
