//! Recognises records that differ from an earlier one only in their values.
//!
//! ```text
//! {"EventID":4104,"Computer":"ws1","ScriptBlockText":"Get-Date"}
//! ----------======------------===---------------------========--
//! literal   value literal    value literal            value   literal
//! ```
//!
//! A log repeats the same bytes around its values, record after record. Once they are known, a record is read by
//! comparing the literals and finding the ends of the values, which is all that most records need. The result is what
//! the reader of the format would give: that reader has seen a record with the same literals, and the values have
//! forms that it ends at the same position. Records for which this is not certain are left to that reader.

use super::field_names::{FieldKey, NESTED_RANK};
use super::format::Format;
use super::near;
use super::record::{TextRecord, TimeRules};
use super::value::{FieldValue, ValueSpan, is_missing};
use super::value_form::{ValueForm, ValueSpot};
use crate::event::RecordLocation;
use crate::limits;
use crate::text::Escaped;
use memchr::memchr;
use xxhash_rust::xxh3::xxh3_64;

/// Layouts of the latest records of a source.
pub(super) struct LayoutCache {
    /// Layouts, the most recently matched first.
    known: Vec<RecordLayout>,
    /// Number of records since the last record of a known layout.
    misses: usize,
    /// Number of records used to train a new layout before its constant values are fixed.
    training: usize,
    /// Values of the record matched last.
    spots: MatchedSpots,
}

/// Number of records without a known layout after which the source counts as irregular. From then on only every
/// `MAX_MISSES`-th record is tried.
const MAX_MISSES: usize = 32;

/// Number of records after which a value that never changed is treated as constant.
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
    /// Creates a cache that never matches.
    #[cfg(test)]
    pub(super) fn disabled() -> Self {
        Self { misses: MAX_MISSES + 1, ..Self::default() }
    }

    /// Creates a cache that trains layouts on this number of records.
    #[cfg(test)]
    pub(super) fn with_training(training: usize) -> Self {
        Self { training, ..Self::default() }
    }

    /// Finds the values of the record that begins here, if it has a known layout.
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

    /// Whether a record that begins here may have a known layout and is only incomplete.
    pub(super) fn may_be_partial(&self, format: Format, text: &[u8]) -> bool {
        let of_format = |layout: &&RecordLayout| layout.format == format;
        self.is_worth_trying()
            && self.known.iter().filter(of_format).any(|known| known.general.may_be_partial(text))
    }

    /// Whether the values of the next record should be recorded.
    pub(super) fn is_worth_trying(&self) -> bool {
        self.misses <= MAX_MISSES || self.misses.is_multiple_of(MAX_MISSES)
    }

    /// Adds the layout of a record read by the reader of its format, or updates which of its values are constant.
    pub(super) fn learn(&mut self, format: Format, text: &[u8], spans: Option<Vec<ValueSpan>>) {
        self.misses += 1;
        let Some(spans) = spans else { return };
        let Some(mut layout) = RecordLayout::from_spans(format, text, &spans, self.training) else {
            return;
        };
        if let Some(known) = self.known.iter().position(|known| known.general == layout.general) {
            let known = self.known.remove(known);
            layout.training = known.training.saturating_sub(1);
            layout.constants.iter_mut().zip(&known.constants).for_each(|(constant, known)| {
                if constant != known {
                    *constant = None;
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

/// The literals of a record, and the values that have been constant so far.
struct RecordLayout {
    format: Format,
    /// Hash of the literals, which include the names of all values.
    id: u64,
    /// Index of the value for each key, if the layout alone determines it.
    by_key: Option<[Option<KeyIndex>; FieldKey::COUNT]>,
    /// Indexes of values that are texts, or event ids, of one record: other values might contradict each other.
    repeated: Vec<(usize, usize)>,
    /// Pattern of every record of this layout.
    general: LayoutPattern,
    /// Pattern with the values that have been constant so far compared as part of the literals.
    specialized: Option<LayoutPattern>,
    /// The values that have been constant so far.
    constants: Vec<Option<Vec<u8>>>,
    /// Number of records still needed to train the layout.
    training: usize,
}

/// Index of the value for a key.
#[derive(Clone, Copy)]
struct KeyIndex {
    index: u8,
    /// Whether another value has the same key: it is used where this one is missing.
    has_others: bool,
}

/// The values of a record and the literals between them.
#[derive(Debug, Default, PartialEq)]
struct LayoutPattern {
    /// The literals before each value, and after the last, concatenated.
    literals: Vec<u8>,
    steps: Vec<PatternStep>,
    /// Values after the last step.
    trailing: Vec<ValueSpot>,
}

#[derive(Debug, PartialEq)]
struct PatternStep {
    /// Length of the literal before the value.
    before: usize,
    /// The needed values among the constants of the literal, relative to the beginning of the step.
    constant_spots: Vec<ValueSpot>,
    form: ValueForm,
    known: Option<(FieldKey, u8)>,
}

impl RecordLayout {
    /// Creates the layout of a record with these values. Returns `None` if the record is too large for a layout, or if a
    /// value may be a document.
    fn from_spans(
        format: Format,
        text: &[u8],
        spans: &[ValueSpan],
        training: usize,
    ) -> Option<Self> {
        let values: usize = spans.iter().map(|span| span.end.saturating_sub(span.begin)).sum();
        if spans.len() > limits::LAYOUT_VALUES || text.len() > limits::LAYOUT_BYTES + values {
            return None;
        }
        // Such a record is an event only if one of its other values or objects holds one, so all of them are needed.
        let shows_event = [FieldKey::Id, FieldKey::Text, FieldKey::Message, FieldKey::Raw];
        let shows_event = |span: &ValueSpan| {
            span.known.is_some_and(|(key, rank)| rank != NESTED_RANK && shows_event.contains(&key))
        };
        if format == Format::Json && !spans.iter().any(shows_event) {
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
            id: 0,
            by_key: None,
            repeated: Vec::new(),
            general: LayoutPattern::default(),
            specialized: None,
            constants: spans.iter().map(constant).collect(),
            training,
        };
        layout.general = layout.pattern(text, spans, false)?;
        layout.id = xxh3_64(&layout.general.literals);
        layout.by_key = layout.general.value_index_by_key();
        layout.repeated = layout.general.repeated_values();
        Some(layout)
    }

    /// Returns the pattern of a record with these values. With `specialized`, constant values become part of the
    /// literals.
    fn pattern(
        &self,
        text: &[u8],
        spans: &[ValueSpan],
        specialized: bool,
    ) -> Option<LayoutPattern> {
        let has = |key| spans.iter().any(|span| span.is(key));
        let has_part = has(FieldKey::Text) && (has(FieldKey::Number) || has(FieldKey::Total));
        let is_needed = |(key, _): &(FieldKey, u8)| key.is_needed_early(has_part);
        let mut pattern = LayoutPattern::default();
        let mut at = 0;
        let mut constant_spots = Vec::new();
        for (span, constant) in spans.iter().zip(&self.constants) {
            let known = span.known.filter(is_needed);
            if specialized && constant.is_some() {
                if known.is_some() {
                    let (length, is_plain) = span.form.length(text.get(span.begin..)?)?;
                    // A reader that sees a CDATA section sees more than the text before it.
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

    /// Finds the needed values and the end of the record.
    fn find(&self, text: &[u8], spots: &mut MatchedSpots) -> Option<()> {
        let specialized = self.specialized.as_ref();
        match specialized.and_then(|specialized| specialized.find(text, spots)) {
            // This record is needed for training: the reader of the format has to read it.
            None if specialized.is_some() && self.training > 0 => return None,
            None => self.general.find(text, spots)?,
            Some(()) => {}
        }
        let value = |index: usize| {
            let spot = spots.values.get(index)?;
            text.get(spot.begin..spot.end)
        };
        self.repeated.iter().all(|(a, b)| value(*a) == value(*b)).then_some(())
    }
}

impl LayoutPattern {
    /// Returns the index of the value for each key. As in a record, the first value of the best rank wins.
    fn value_index_by_key(&self) -> Option<[Option<KeyIndex>; FieldKey::COUNT]> {
        let mut values: [Option<KeyIndex>; FieldKey::COUNT] = [None; FieldKey::COUNT];
        let mut best = [None; FieldKey::COUNT];
        for (index, (form, (key, rank))) in (0_u8..).zip(self.needed_values()) {
            let (value, best) = (values.get_mut(key as usize)?, best.get_mut(key as usize)?);
            // With a form that can be absent, the winner depends on whether one is empty.
            if best
                .is_some_and(|(_, other)| form == ValueForm::Filled || other == ValueForm::Filled)
            {
                return None;
            }
            let has_others = best.is_some();
            if best.is_none_or(|(other, _)| other < rank) {
                (*value, *best) = (Some(KeyIndex { index, has_others }), Some((rank, form)));
            } else if let Some(value) = value {
                value.has_others = true;
            }
        }
        // A plain `Id` may not be the id of an event, and an event inside a value or object has values of its own.
        let is_event =
            matches!(best.get(FieldKey::Id as usize), Some(Some((rank, _))) if *rank > NESTED_RANK);
        let has_inner = [FieldKey::Raw, FieldKey::System, FieldKey::Strings]
            .iter()
            .any(|key| !matches!(values.get(*key as usize), Some(None)));
        (is_event && !has_inner).then_some(values)
    }

    /// Returns the first text and each further one, and the same of event ids.
    fn repeated_values(&self) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for of in [FieldKey::Text, FieldKey::Id] {
            let indexes = self.needed_values().enumerate();
            let mut indexes =
                indexes.filter_map(|(index, (_, (key, _)))| (key == of).then_some(index));
            if let Some(first) = indexes.next() {
                pairs.extend(indexes.map(|other| (first, other)));
            }
        }
        pairs
    }

    /// Returns the values that every record needs.
    fn needed_values(&self) -> impl Iterator<Item = (ValueForm, (FieldKey, u8))> + '_ {
        self.steps.iter().filter_map(|step| Some((step.form, step.known?)))
    }

    /// Finds the needed values and the end of the record.
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

    /// Whether the text matches the pattern as far as it goes.
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

/// Ranges of the values of the matched record.
#[derive(Default)]
struct MatchedSpots {
    values: Vec<ValueSpot>,
    /// Length of the script's text in UTF-16 units, if it has only usual escapes.
    units: Option<usize>,
    end: usize,
}

/// Replacement for the text, unescaped in all formats. (An empty text may mean that there is none.)
const TEXT_PLACEHOLDER: &[u8] = b"x";

/// A record of a known layout.
pub(super) struct LayoutMatch<'l, 'a> {
    layout: &'l RecordLayout,
    spots: &'l MatchedSpots,
    text: &'a [u8],
}

impl<'a> LayoutMatch<'_, 'a> {
    /// Returns the text of the record.
    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Returns the format of the record.
    pub(super) fn format(&self) -> Format {
        self.layout.format
    }

    /// Returns a hash of the layout: records of one layout have the same names.
    pub(super) fn layout_id(&self) -> u64 {
        self.layout.id
    }

    /// Returns the value of a key, or `Some(None)` if the record has none. Returns `None` if the layout does not
    /// determine the value, or if the value has to be unescaped first.
    #[inline(always)]
    pub(super) fn plain_value(&self, key: FieldKey) -> Option<Option<&'a [u8]>> {
        let Some(KeyIndex { index, has_others }) =
            *self.layout.by_key.as_ref()?.get(key as usize)?
        else {
            return Some(None);
        };
        let spot = self.spots.values.get(usize::from(index))?;
        if has_others && is_missing(self.text.get(spot.begin..spot.end)?) {
            return None;
        }
        match spot.is_absent {
            true => Some(None),
            false if spot.is_plain => Some(Some(self.text.get(spot.begin..spot.end)?)),
            false => None,
        }
    }

    /// Returns the script's text if it has only usual escapes; with `any`, whatever its escapes are.
    pub(super) fn text_escaped(&self, any: bool) -> Option<Escaped<'a>> {
        let spot = self.text_spot()?;
        let text = self.text.get(spot.begin..spot.end)?;
        // Another value may hold the script.
        if is_missing(text) {
            return None;
        }
        match (self.spots.units, self.layout.format) {
            (Some(units), Format::Json) => Some(Escaped::from_json_with_units(text, units)),
            (Some(units), Format::Xml) => Some(Escaped::from_xml_with_units(text, units)),
            (None, Format::Json) if any => Some(Escaped::from_unscanned_json(text)),
            _ => None,
        }
    }

    /// Returns the text of the record with a placeholder for the script.
    pub(super) fn without_text(&self) -> Vec<u8> {
        let (begin, end) = self.text_spot().map_or((0, 0), |spot| (spot.begin, spot.end));
        let (before, after) = (self.text.get(..begin), self.text.get(end..));
        [before.unwrap_or_default(), TEXT_PLACEHOLDER, after.unwrap_or_default()].concat()
    }

    fn text_spot(&self) -> Option<&ValueSpot> {
        let text = (*self.layout.by_key.as_ref()?.get(FieldKey::Text as usize)?)?;
        self.spots.values.get(usize::from(text.index))
    }

    /// Returns the record with the values that every record needs.
    pub(super) fn to_record(&self, place: RecordLocation, time_rules: TimeRules) -> TextRecord<'a> {
        let mut record = TextRecord::new(place, time_rules);
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

/// Whether the value that begins here may be a document, such as an event's data. The values inside a document belong
/// to the record too.
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

    /// The values emitted for each record, with the full event.
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

    /// Generates values that records have, and values that break readers.
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
        fn a_known_layout_gives_what_the_reader_of_the_format_gives(
            records in prop::collection::vec(prop::collection::vec(value(), 7), 1..8),
            others in prop::collection::vec(prop_oneof![5 => Just(None), 1 => value().prop_map(Some)], 7),
            is_json in any::<bool>(),
            training in 0_usize..3,
        ) {
            let usual = ["4104", "Microsoft-Windows-PowerShell", "2024-03-05T06:07:08Z", "ws1", "1", "x", "y"];
            let usual = others.into_iter().zip(usual).map(|(other, usual)| other.unwrap_or(usual.to_owned()));
            let usual: Vec<String> = usual.collect();
            let write = if is_json { json } else { xml };
            // The layout is learned before the first of these records. A usual record follows each.
            let log: String = [write(&usual)]
                .into_iter()
                .chain(records.iter().flat_map(|record| [write(record), write(&usual)]))
                .collect();
            let read = |forget: bool| {
                let mut seen = Seen::default();
                let options = SourceOptions::default();
                let mut decoder = text_stream::TextDecoder::new(Encoding::Utf8, Encoding::Utf8, 0, &options);
                decoder.set_layouts(if forget { LayoutCache::disabled() } else { LayoutCache::with_training(training) });
                decoder.push(log.as_bytes(), &mut seen);
                decoder.end(&mut seen);
                seen
            };
            prop_assert_eq!(read(false), read(true), "{}", log);
        }
    }

    #[test]
    fn a_learned_layout_is_found() {
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
            // The layout learns that the computer is not constant.
            assert_eq!(read(&other), None);
            for record in [&other, &one, &third] {
                assert_eq!(read(record), Some(record.len() - 1));
            }
        }
    }

    #[test]
    fn texts_of_a_list_are_not_constant() {
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
