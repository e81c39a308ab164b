//! What stands between the values of a record is the same, record after record.
//!
//! Where that is known, a record is read by comparing it and finding where the values end, which is all that
//! most records need. A record of a known layout says what the format's own reader would make of it: that
//! reader saw a record with the same bytes around its values, and values of a form that it ends at the same
//! place. Whatever is not surely so is left to that reader.

use super::field_names::FieldKey;
use super::format::Format;
use super::near;
use super::record::{TextRecord, TimeRules};
use super::value::{FieldValue, ValueSpan};
use super::value_form::{ValueForm, ValueSpot};
use crate::event::RecordLocation;
use crate::limits;
use crate::text::Escaped;
use memchr::memchr;

/// The layouts that a source's last records had.
pub(super) struct LayoutCache {
    /// The one that was met last comes first.
    known: Vec<RecordLayout>,
    /// Records since the last of a known layout.
    misses: usize,
    /// Of how many records a new layout is told which of its values are always the same.
    training: usize,
    /// Where the values of the record stand that was met last.
    spots: MatchedSpots,
}

/// After so many records of unknown layouts, a source is taken for one without any: only now and then one
/// is tried.
const MAX_MISSES: usize = 32;

/// After so many records of a layout, a value that was always the same is taken for one that nearly always is.
const TRAINING_RECORDS: usize = 8;

impl Default for LayoutCache {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            misses: 0,
            training: TRAINING_RECORDS,
            spots: MatchedSpots::default(),
        }
    }
}

impl LayoutCache {
    /// Never any.
    #[cfg(test)]
    pub(super) fn disabled() -> Self {
        Self { misses: MAX_MISSES + 1, ..Self::default() }
    }

    /// Told of so many records what is always the same.
    #[cfg(test)]
    pub(super) fn with_training(training: usize) -> Self {
        Self { training, ..Self::default() }
    }

    /// Finds the values of a record that begins here, if it has a known layout.
    pub(super) fn find<'l, 'a>(
        &'l mut self,
        format: Format,
        text: &'a [u8],
    ) -> Option<LayoutMatch<'l, 'a>> {
        if !self.is_worth_trying() {
            return None;
        }
        let spots = &mut self.spots;
        let index = self
            .known
            .iter()
            .position(|layout| layout.format == format && layout.find(text, spots).is_some())?;
        self.misses = 0;
        if index > 0 {
            self.known.get_mut(..=index)?.rotate_right(1);
        }
        let text = text.get(..spots.end)?;
        Some(LayoutMatch { layout: self.known.first()?, spots, text })
    }

    /// Whether a record that begins here may have a known layout, and only its end is missing.
    pub(super) fn may_be_partial(&self, format: Format, text: &[u8]) -> bool {
        let of_format = |layout: &&RecordLayout| layout.format == format;
        self.is_worth_trying()
            && self.known.iter().filter(of_format).any(|known| known.general.may_be_partial(text))
    }

    /// Whether the next record's values should be noted.
    pub(super) fn is_worth_trying(&self) -> bool {
        self.misses <= MAX_MISSES || self.misses.is_multiple_of(MAX_MISSES)
    }

    /// Remembers the layout of a record that was read otherwise, or what it has in common with those before it.
    pub(super) fn learn(&mut self, format: Format, text: &[u8], spans: Option<Vec<ValueSpan>>) {
        self.misses += 1;
        let Some(spans) = spans else { return };
        let Some(mut layout) = RecordLayout::learn(format, text, &spans, self.training) else {
            return;
        };
        if let Some(known) = self.known.iter().position(|known| known.general == layout.general) {
            let known = self.known.remove(known);
            layout.training = known.training.saturating_sub(1);
            layout.constants.iter_mut().zip(&known.constants).for_each(|(same, known)| {
                if same != known {
                    *same = None;
                }
            });
        }
        layout.specialized = layout
            .constants
            .iter()
            .any(Option::is_some)
            .then(|| layout.pattern(text, &spans, true))
            .flatten();
        self.known.truncate(limits::LAYOUTS - 1);
        self.known.insert(0, layout);
    }
}

struct RecordLayout {
    format: Format,
    /// Which of the values that are asked for is a key's, where that is sure from the layout alone.
    by_key: Option<[Option<u8>; FieldKey::COUNT]>,
    /// Any record of this layout.
    general: LayoutPattern,
    /// One in which the values are what they were in all records so far, where they were the same: these are
    /// compared with what stands around them.
    specialized: Option<LayoutPattern>,
    /// The values that were the same.
    constants: Vec<Option<Vec<u8>>>,
    /// Of how many more records it is told what they have in common.
    training: usize,
}

/// A record's values and what stands between them.
#[derive(Debug, Default, PartialEq)]
struct LayoutPattern {
    /// What stands before each value, one after the other, and after the last.
    literals: Vec<u8>,
    steps: Vec<PatternStep>,
    /// Values after the last step.
    trailing: Vec<ValueSpot>,
}

#[derive(Debug, PartialEq)]
struct PatternStep {
    /// How many bytes stand before the value.
    before: usize,
    /// The values among these that are asked for, from where the step begins.
    constant_spots: Vec<ValueSpot>,
    form: ValueForm,
    known: Option<(FieldKey, u8)>,
}

impl RecordLayout {
    fn learn(format: Format, text: &[u8], spans: &[ValueSpan], training: usize) -> Option<Self> {
        let values: usize = spans.iter().map(|span| span.end.saturating_sub(span.begin)).sum();
        if spans.len() > limits::LAYOUT_VALUES || text.len() > limits::LAYOUT_BYTES + values {
            return None;
        }
        let is_document = |span: &ValueSpan| text.get(span.begin..).is_some_and(may_be_document);
        if spans.iter().any(|span| span.is(FieldKey::Data) && is_document(span)) {
            return None;
        }
        let constant = |span: &ValueSpan| {
            let value = text.get(span.begin..span.end)?;
            let is_candidate =
                value.len() <= limits::LAYOUT_CONSTANT_BYTES && !span.is(FieldKey::Text);
            is_candidate.then(|| value.to_vec())
        };
        let mut layout = Self {
            format,
            by_key: None,
            general: LayoutPattern::default(),
            specialized: None,
            constants: spans.iter().map(constant).collect(),
            training,
        };
        layout.general = layout.pattern(text, spans, false)?;
        layout.by_key = layout.general.value_index_by_key();
        Some(layout)
    }

    /// What a record with these values shows; with `specialized`, values that are the same are part of what is compared.
    fn pattern(
        &self,
        text: &[u8],
        spans: &[ValueSpan],
        specialized: bool,
    ) -> Option<LayoutPattern> {
        let has_text = spans.iter().any(|span| span.is(FieldKey::Text));
        let is_needed = |(key, _): &(FieldKey, u8)| key.is_needed_early(has_text);
        let mut pattern = LayoutPattern::default();
        let mut at = 0;
        let mut constant_spots = Vec::new();
        for (span, same) in spans.iter().zip(&self.constants) {
            let known = span.known.filter(is_needed);
            if specialized && same.is_some() {
                if known.is_some() {
                    let (length, is_plain) = span.form.length(text.get(span.begin..)?)?;
                    // A reader that sees a section of CDATA sees more than what comes before it.
                    let is_plain = is_plain && length == span.end - span.begin;
                    constant_spots.push(span.form.spot(span.begin - at, span.end - at, is_plain));
                }
                continue;
            }
            let before = text.get(at..span.begin)?;
            pattern.literals.extend_from_slice(before);
            let constant_spots = std::mem::take(&mut constant_spots);
            pattern.steps.push(PatternStep {
                before: before.len(),
                constant_spots,
                form: span.form,
                known,
            });
            at = span.end;
        }
        pattern.literals.extend_from_slice(text.get(at..)?);
        pattern.trailing = constant_spots;
        Some(pattern)
    }

    /// Finds the places of the values that are asked for, and where the record ends.
    fn find(&self, text: &[u8], spots: &mut MatchedSpots) -> Option<()> {
        let specialized = self.specialized.as_ref();
        match specialized.and_then(|specialized| specialized.find(text, spots)) {
            // From this record it is still to be learned what its like have in common.
            None if specialized.is_some() && self.training > 0 => None,
            None => self.general.find(text, spots),
            found => found,
        }
    }
}

impl LayoutPattern {
    /// Of several values of a key the first of the best rank counts, as in a record.
    fn value_index_by_key(&self) -> Option<[Option<u8>; FieldKey::COUNT]> {
        let mut values = [None; FieldKey::COUNT];
        let mut best = [None; FieldKey::COUNT];
        for (index, (form, (key, rank))) in (0_u8..).zip(self.needed_values()) {
            let (value, best) = (values.get_mut(key as usize)?, best.get_mut(key as usize)?);
            // Which of two counts would depend on whether one is empty.
            if best
                .is_some_and(|(_, other)| form == ValueForm::Filled || other == ValueForm::Filled)
            {
                return None;
            }
            if best.is_none_or(|(other, _)| other < rank) {
                (*value, *best) = (Some(index), Some((rank, form)));
            }
        }
        // Whether a plain `Id` is an event's, and what a whole event within a value says, is not sure.
        let is_event = matches!(best.get(FieldKey::Id as usize), Some(Some((4.., _))));
        (is_event && matches!(values.get(FieldKey::Raw as usize), Some(None))).then_some(values)
    }

    /// The values that are asked for.
    fn needed_values(&self) -> impl Iterator<Item = (ValueForm, (FieldKey, u8))> + '_ {
        self.steps.iter().filter_map(|step| Some((step.form, step.known?)))
    }

    fn find(&self, text: &[u8], spots: &mut MatchedSpots) -> Option<()> {
        spots.values.clear();
        let mut literals = self.literals.as_slice();
        let mut at = 0;
        for step in &self.steps {
            let (before, after) = literals.split_at_checked(step.before)?;
            literals = after;
            let rest = near::strip_literal(text.get(at..)?, before)?;
            for spot in &step.constant_spots {
                spots.values.push(spot.shifted(at));
            }
            let begin = at + before.len();
            let (length, is_plain) = match step.known {
                Some((FieldKey::Text, _)) => step.form.text_length(rest, &mut spots.units)?,
                Some((FieldKey::Data, _)) if may_be_document(rest) => return None,
                _ => step.form.length(rest)?,
            };
            at = begin + length;
            if step.known.is_some() {
                spots.values.push(step.form.spot(begin, at, is_plain));
            }
        }
        near::strip_literal(text.get(at..)?, literals)?;
        for spot in &self.trailing {
            spots.values.push(spot.shifted(at));
        }
        spots.end = at + literals.len();
        Some(())
    }

    /// Whether all that there is of a record is as in these.
    fn may_be_partial(&self, text: &[u8]) -> bool {
        let mut literals = self.literals.as_slice();
        let mut rest = text;
        for step in &self.steps {
            let (before, after) = literals.split_at_checked(step.before).unwrap_or_default();
            let Some(value) = rest.strip_prefix(before) else { return before.starts_with(rest) };
            let Some((length, _)) = step.form.length(value) else {
                return memchr(step.form.stop(), value).is_none();
            };
            literals = after;
            rest = value.get(length..).unwrap_or_default();
        }
        literals.starts_with(rest) && literals.len() > rest.len()
    }
}

/// Where the values of a record stand.
#[derive(Default)]
struct MatchedSpots {
    values: Vec<ValueSpot>,
    /// Length of the script's text in UTF-16 units, where it has usual escapes only.
    units: Option<usize>,
    end: usize,
}

/// Stands for itself in all formats. (An empty text is no value in some.)
const TEXT_PLACEHOLDER: &[u8] = b"-";

/// A record of a known layout.
pub(super) struct LayoutMatch<'l, 'a> {
    layout: &'l RecordLayout,
    spots: &'l MatchedSpots,
    text: &'a [u8],
}

impl<'a> LayoutMatch<'_, 'a> {
    /// The record as it stands.
    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    pub(super) fn format(&self) -> Format {
        self.layout.format
    }

    /// The value of a key, if it has one. `None` where more has to be done for it than to look at it.
    #[inline(always)]
    pub(super) fn plain_value(&self, key: FieldKey) -> Option<Option<&'a [u8]>> {
        let Some(index) = *self.layout.by_key.as_ref()?.get(key as usize)? else {
            return Some(None);
        };
        let spot = self.spots.values.get(usize::from(index))?;
        match spot.is_absent {
            true => Some(None),
            false if spot.is_plain => Some(Some(self.text.get(spot.begin..spot.end)?)),
            false => None,
        }
    }

    /// The script's text, where it has usual escapes only; with `any`, whatever it has.
    pub(super) fn text_escaped(&self, any: bool) -> Option<Escaped<'a>> {
        let spot = self.text_spot()?;
        let text = self.text.get(spot.begin..spot.end)?;
        match (self.spots.units, self.layout.format) {
            (Some(units), Format::Json) => Some(Escaped::from_json_with_units(text, units)),
            (Some(units), Format::Xml) => Some(Escaped::from_xml_with_units(text, units)),
            (None, Format::Json) if any => Some(Escaped::from_unscanned_json(text)),
            _ => None,
        }
    }

    /// The record with another text in place of the script.
    pub(super) fn without_text(&self) -> Vec<u8> {
        let (begin, end) = self.text_spot().map_or((0, 0), |spot| (spot.begin, spot.end));
        let (before, after) = (self.text.get(..begin), self.text.get(end..));
        [before.unwrap_or_default(), TEXT_PLACEHOLDER, after.unwrap_or_default()].concat()
    }

    fn text_spot(&self) -> Option<&ValueSpot> {
        let index = (*self.layout.by_key.as_ref()?.get(FieldKey::Text as usize)?)?;
        self.spots.values.get(usize::from(index))
    }

    /// The record with the values that every record needs.
    pub(super) fn to_record(&self, place: RecordLocation, clock: TimeRules) -> TextRecord<'a> {
        let mut record = TextRecord::new(place, clock);
        for (spot, (form, (key, rank))) in
            self.spots.values.iter().zip(self.layout.general.needed_values())
        {
            let value = self.text.get(spot.begin..spot.end).unwrap_or_default();
            match form {
                _ if spot.is_absent => {}
                ValueForm::String => record.put(key, rank, FieldValue::Json(value)),
                ValueForm::Number => record.put(key, rank, FieldValue::plain(value)),
                _ => record.put(key, rank, FieldValue::Xml(value)),
            }
        }
        record.set_source_text(self.layout.format, self.text);
        record
    }
}

/// Whether the value that begins here may be a document, such as an event's data. What stands in one are values of the
/// record too.
fn may_be_document(text: &[u8]) -> bool {
    !matches!(text.first(), Some(b'"' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'))
}

#[cfg(test)]
mod tests {
    use super::super::record::TimeRules;
    use super::super::{
        Decoder, OtherRecord, ScriptRecord, Sink, SourceOptions, record_format, text_stream,
    };
    use super::*;
    use crate::error::Problem;
    use crate::event::{Event, RecordLocation};
    use crate::source::Encoding;
    use proptest::prelude::*;

    /// What was seen of each record in passing, with the whole event.
    #[derive(Debug, Default, PartialEq)]
    struct Seen(Vec<(Option<u32>, String, Option<Event>)>, Vec<Problem>);

    impl Sink for Seen {
        fn script(&mut self, seen: &ScriptRecord<'_>) {
            let brief = (
                (seen.place.length, seen.record, seen.time, seen.zone_assumed, seen.level),
                (seen.computer.map(|name| name.to_lossy()), seen.number, seen.total),
                (
                    seen.script_block_id.map(|id| id.to_lossy()),
                    crate::text::Text::from(seen.text_until_nul()),
                ),
            );
            let mut event = seen.full.event();
            (event.place.offset, event.place.frame) = (0, 0);
            self.0.push((Some(4104), format!("{brief:?}"), Some(event)));
        }

        fn other(&mut self, seen: &OtherRecord<'_>) {
            let brief = (seen.time, seen.zone_assumed, seen.computer.map(|name| name.to_lossy()));
            self.0.push((seen.id, format!("{brief:?}"), None));
        }

        fn problem(&mut self, mut problem: Problem) {
            problem.offset = None;
            self.1.push(problem);
        }
    }

    /// A value: what records say, and what breaks readers.
    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => "[a-z0-9 .-]{0,12}",
            2 => prop::sample::select(vec!["4104", "4103", "1", "2", "2024-03-05T06:07:08.1Z", "Microsoft-Windows-PowerShell"])
                .prop_map(str::to_owned),
            1 => "[a-z]{60,80}",
            1 => prop::sample::select(vec![
                "\\\\", "\\\"", "\\u0041", "\"", "\n", "'", "<", ">", "&lt;", "&x;", "</Data>", "<!-- -->",
                "<![CDATA[x]]>", "{\\\"MessageTotal\\\":\\\"9\\\"}", "{", "}", "ä", "\n{\"a\":1}", "null", "\",\"Id\":\"4104",
            ]).prop_map(str::to_owned),
        ]
    }

    fn json(values: &[String]) -> String {
        let [id, provider, time, computer, number, text, more] = values else { panic!() };
        format!(
            "{{\"Event\":{{\"System\":{{\"EventID\":{id},\"Provider\":{{\"#attributes\":{{\"Name\":\"{provider}\"}}}},\"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"{time}\"}}}},\"Computer\":\"{computer}\",\"x\":true}},\"EventData\":{{\"MessageNumber\":\"{number}\",\"ScriptBlockText\":\"{text}\",\"Data\":[{{\"@Name\":\"Path\",\"#text\":\"{more}\"}}],\"Unnamed\":{{\"#text\":[\"{more}\",\"{provider}\"]}}}}}},\"Payload\":\"{more}\"}}\n"
        )
    }

    fn xml(values: &[String]) -> String {
        let [id, provider, time, computer, number, text, more] = values else { panic!() };
        format!(
            "<Event><System><EventID>{id}</EventID><Provider Name='{provider}' Guid=\"\"/><TimeCreated SystemTime=\"{time}\"/><Computer>{computer}</Computer></System><EventData><Data Name='MessageNumber'>{number}</Data><Data Name='ScriptBlockText'>{text}</Data><Data Name='Path'>{more}</Data><Data>{more}</Data></EventData></Event>\n"
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn a_known_layout_says_what_the_formats_reader_says(
            records in prop::collection::vec(prop::collection::vec(value(), 7), 1..8),
            others in prop::collection::vec(prop_oneof![5 => Just(None), 1 => value().prop_map(Some)], 7),
            is_json in any::<bool>(),
            training in 0_usize..3,
        ) {
            let specialized = ["4104", "Microsoft-Windows-PowerShell", "2024-03-05T06:07:08Z", "ws1", "1", "x", "y"];
            let specialized = others.into_iter().zip(specialized).map(|(other, specialized)| other.unwrap_or(specialized.to_owned()));
            let specialized: Vec<String> = specialized.collect();
            let write = if is_json { json } else { xml };
            // The layout is known before the first of them; a record of the usual kind comes after each.
            let log: String = [write(&specialized)]
                .into_iter()
                .chain(records.iter().flat_map(|record| [write(record), write(&specialized)]))
                .collect();
            let read = |forget: bool| {
                let mut seen = Seen::default();
                let options = SourceOptions::default();
                let mut decoder = text_stream::TextDecoder::new(Encoding::Utf8, 0, &options);
                decoder.set_layouts(if forget { LayoutCache::disabled() } else { LayoutCache::with_training(training) });
                decoder.push(log.as_bytes(), &mut seen);
                decoder.end(&mut seen);
                seen
            };
            prop_assert_eq!(read(false), read(true), "{}", log);
        }
    }

    #[test]
    fn a_layout_is_found_again() {
        let record = |computer: &str| {
            let values = ["4104", "x", "2024-03-05T06:07:08Z", computer, "1", "a\\r\\n\\\"b", ""];
            values.map(str::to_owned)
        };
        for (format, write) in [(Format::Json, json as fn(&[String]) -> String), (Format::Xml, xml)]
        {
            let [one, other, third] = ["one", "other", "a third"].map(|name| write(&record(name)));
            let mut layouts = LayoutCache::default();
            let mut read = |text: &str| {
                let found =
                    layouts.find(format, text.as_bytes()).map(|matched| matched.text().len());
                if found.is_none() {
                    let mut record =
                        TextRecord::new(RecordLocation::default(), TimeRules::default());
                    record.spans = Some(Vec::new());
                    let end =
                        record_format::read_unframed(format, text.as_bytes(), &mut record).unwrap();
                    layouts.learn(format, &text.as_bytes()[..end], record.spans.take());
                }
                found
            };
            assert_eq!(read(&one), None);
            assert_eq!(read(&one), Some(one.len() - 1));
            // That the computer is not always the same is learned.
            assert_eq!(read(&other), None);
            for record in [&other, &one, &third] {
                assert_eq!(read(record), Some(record.len() - 1));
            }
        }
    }

    #[test]
    fn all_texts_of_a_list_vary() {
        let record = |texts: &str| {
            format!(
                r##"{{"Event":{{"System":{{"EventID":800}},"EventData":{{"Data":{{"#text":[{texts}]}}}}}}}}"##
            )
        };
        let learned = record(r#""a","b","c""#);
        let mut read = TextRecord::new(RecordLocation::default(), TimeRules::default());
        read.spans = Some(Vec::new());
        record_format::read_unframed(Format::Json, learned.as_bytes(), &mut read).unwrap();
        let mut layouts = LayoutCache::default();
        layouts.learn(Format::Json, learned.as_bytes(), read.spans);
        for (texts, is_known) in [(r#""d","longer","""#, true), (r#""d","e""#, false)] {
            let general = &layouts.known[0].general;
            let found = general.find(record(texts).as_bytes(), &mut layouts.spots);
            assert_eq!(found.is_some(), is_known, "{texts}");
        }
    }
}
