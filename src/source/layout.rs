//! What stands between the values of a record is the same, record after record.
//!
//! Where that is known, a record is read by comparing it and finding where the values end, which is all that
//! most records need. A record of a known layout says what the format's own reader would make of it: that
//! reader saw a record with the same bytes around its values, and values of a form that it ends at the same
//! place. Whatever is not surely so is left to that reader.

use super::Format;
use super::names::Key;
use super::record::{Record, Value};
use super::scan;
use crate::limits;
use memchr::{memchr, memchr2};

/// How a value is written, and so where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Between JSON's quotation marks.
    String,
    /// A JSON number.
    Number,
    /// Between two tags.
    Content,
    /// The same, and no value where it is empty.
    Filled,
    /// Between these quotes in a tag.
    Attribute(u8),
}

/// A value that a reader met in a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) form: Form,
    pub(super) known: Option<(Key, u8)>,
}

/// The layouts that a source's last records had.
#[derive(Default)]
pub(super) struct Layouts {
    /// The one that was met last comes first.
    known: Vec<Layout>,
    /// Records since the last of a known layout.
    misses: usize,
}

/// After so many records of unknown layouts, a source is taken for one without any: only now and then one
/// is tried.
const PATIENCE: usize = 32;

impl Layouts {
    /// Never any.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self { known: Vec::new(), misses: PATIENCE + 1 }
    }

    /// Reads a record that begins here, if it has a known layout: how many bytes it takes.
    pub(super) fn read<'a>(
        &mut self,
        format: Format,
        text: &'a [u8],
        record: &mut Record<'a>,
    ) -> Option<usize> {
        if !self.is_worthwhile() {
            return None;
        }
        for index in 0..self.known.len() {
            let layout = self.known.get(index).filter(|layout| layout.format == format);
            if let Some(end) = layout.and_then(|layout| layout.read(text, record)) {
                record.begin_as(format, text.get(..end)?);
                self.misses = 0;
                if let Some(passed) = self.known.get_mut(..=index) {
                    passed.rotate_right(1);
                }
                return Some(end);
            }
            record.clear();
        }
        None
    }

    /// Whether the next record's values should be noted.
    pub(super) fn is_worthwhile(&self) -> bool {
        self.misses <= PATIENCE || self.misses.is_multiple_of(PATIENCE)
    }

    /// Remembers the layout of a record that was read otherwise.
    pub(super) fn learn(&mut self, format: Format, text: &[u8], spans: Option<Vec<Span>>) {
        let layout = spans.and_then(|spans| Layout::of(format, text, &spans));
        self.misses += 1;
        if let Some(layout) = layout {
            self.known.truncate(limits::LAYOUTS - 1);
            self.known.insert(0, layout);
        }
    }
}

struct Layout {
    format: Format,
    /// What stands before each value, one after the other, and after the last.
    between: Vec<u8>,
    steps: Vec<Step>,
}

struct Step {
    /// How many bytes stand before the value.
    before: usize,
    form: Form,
    known: Option<(Key, u8)>,
}

impl Layout {
    fn of(format: Format, text: &[u8], spans: &[Span]) -> Option<Self> {
        let values: usize = spans.iter().map(|span| span.end.saturating_sub(span.begin)).sum();
        if spans.len() > limits::LAYOUT_VALUES || text.len() > limits::LAYOUT_BYTES + values {
            return None;
        }
        // What stands in such a value are values of the record too.
        if spans.iter().any(|span| matches!(span.known, Some((Key::Data, _)))) {
            return None;
        }
        let has_text = spans.iter().any(|span| matches!(span.known, Some((Key::Text, _))));
        let asked = |(key, _): &(Key, u8)| key.is_asked_first(has_text);
        let mut layout = Self { format, between: Vec::new(), steps: Vec::new() };
        let mut at = 0;
        for span in spans {
            let before = text.get(at..span.begin)?;
            layout.between.extend_from_slice(before);
            layout.steps.push(Step {
                before: before.len(),
                form: span.form,
                known: span.known.filter(asked),
            });
            at = span.end;
        }
        layout.between.extend_from_slice(text.get(at..)?);
        Some(layout)
    }

    fn read<'a>(&self, text: &'a [u8], record: &mut Record<'a>) -> Option<usize> {
        let mut between = self.between.as_slice();
        let mut rest = text;
        for step in &self.steps {
            let (before, after) = between.split_at_checked(step.before)?;
            between = after;
            rest = scan::after(rest, before)?;
            let (value, after) = rest.split_at_checked(step.form.length(rest)?)?;
            rest = after;
            if let Some((key, rank)) = step.known {
                match step.form {
                    Form::Filled if value.is_empty() => {}
                    Form::String => record.put(key, rank, Value::Json(value)),
                    Form::Number => record.put(key, rank, Value::plain(value)),
                    _ => record.put(key, rank, Value::Xml(value)),
                }
            }
        }
        Some(text.len() - scan::after(rest, between)?.len())
    }
}

impl Form {
    /// How long the value is that begins here. `None` where its end is not here, or where the format's reader
    /// might see another.
    fn length(self, text: &[u8]) -> Option<usize> {
        match self {
            // A line end within a string is no JSON: whether it was cut off there, its framer says.
            Self::String => {
                scan::string_end(text, true).filter(|end| text.get(*end) == Some(&b'"'))
            }
            Self::Number => {
                matches!(text.first()?, b'-' | b'0'..=b'9').then_some(())?;
                text.iter().position(|byte| !is_of_number(*byte))
            }
            Self::Content | Self::Filled => match scan::near(text, [b'<'; 3]) {
                Ok(end) => Some(end),
                Err(passed) => Some(passed + memchr(b'<', text.get(passed..)?)?),
            },
            Self::Attribute(quote) => {
                let end = match scan::near(text, [quote, b'<', b'<']) {
                    Ok(end) => end,
                    Err(passed) => passed + memchr2(quote, b'<', text.get(passed..)?)?,
                };
                (text.get(end) == Some(&quote)).then_some(end)
            }
        }
    }
}

/// The bytes that a JSON number goes on with.
pub(super) fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

#[cfg(test)]
mod tests {
    use super::super::record::Clock;
    use super::super::{Decoder, Other, Sighting, Sink, SourceOptions, decode, mixed};
    use super::*;
    use crate::error::Problem;
    use crate::event::{Event, Place};
    use crate::source::Encoding;
    use proptest::prelude::*;

    /// What was seen of each record in passing, with the whole event.
    #[derive(Debug, Default, PartialEq)]
    struct Seen(Vec<(Option<u32>, String, Option<Event>)>, Vec<Problem>);

    impl Sink for Seen {
        fn script(&mut self, seen: &Sighting<'_>) {
            let brief = (
                (seen.place.length, seen.record, seen.time, seen.zone_assumed, seen.level),
                (seen.computer.map(|name| name.to_lossy()), seen.number, seen.total),
                (seen.script_block_id.map(|id| id.to_lossy()), crate::text::Text::from(seen.text)),
            );
            let mut event = seen.whole.event();
            (event.place.offset, event.place.frame) = (0, 0);
            self.0.push((Some(4104), format!("{brief:?}"), Some(event)));
        }

        fn other(&mut self, seen: &Other<'_>) {
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
                "<![CDATA[x]]>", "{", "}", "ä", "\n{\"a\":1}", "null", "\",\"Id\":\"4104",
            ]).prop_map(str::to_owned),
        ]
    }

    fn json(values: &[String]) -> String {
        let [id, provider, time, computer, number, text, more] = values else { panic!() };
        format!(
            "{{\"Event\":{{\"System\":{{\"EventID\":{id},\"Provider\":{{\"#attributes\":{{\"Name\":\"{provider}\"}}}},\"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"{time}\"}}}},\"Computer\":\"{computer}\",\"x\":true}},\"EventData\":{{\"MessageNumber\":\"{number}\",\"ScriptBlockText\":\"{text}\",\"Data\":[{{\"@Name\":\"Path\",\"#text\":\"{more}\"}}]}}}}}}\n"
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
            is_json in any::<bool>(),
        ) {
            let usual = ["4104", "Microsoft-Windows-PowerShell", "2024-03-05T06:07:08Z", "ws1", "1", "x", "y"];
            let usual: Vec<String> = usual.iter().map(|value| (*value).to_owned()).collect();
            let write = if is_json { json } else { xml };
            // The layout is known before the first of them; a record of the usual kind comes after each.
            let log: String = [write(&usual)]
                .into_iter()
                .chain(records.iter().flat_map(|record| [write(record), write(&usual)]))
                .collect();
            let read = |forget: bool| {
                let mut seen = Seen::default();
                let options = SourceOptions::default();
                let mut decoder = mixed::Decoder::new(Encoding::Utf8, 0, &options);
                if forget {
                    decoder.forget_layouts();
                }
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
        for (format, one, other) in [
            (Format::Json, json(&record("one")), json(&record("the other"))),
            (Format::Xml, xml(&record("one")), xml(&record("the other"))),
        ] {
            let mut layouts = Layouts::default();
            let new = || Record::new(Place::default(), Clock::default());
            assert_eq!(layouts.read(format, one.as_bytes(), &mut new()), None);
            let mut record = new();
            record.spans = Some(Vec::new());
            let end = decode::read_unframed(format, one.as_bytes(), &mut record).unwrap();
            layouts.learn(format, &one.as_bytes()[..end], record.spans.take());
            let found = layouts.read(format, other.as_bytes(), &mut new());
            assert_eq!(found, Some(other.len() - 1));
        }
    }
}
