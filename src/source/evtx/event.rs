//! One record decoded as a whole.

use super::binxml::{Chunk, TokenVisitor, WalkContext, walk};
use super::bytes::{ChunkCursor, ReadFault, is_word};
use super::fields::{CoreField, ElementPath, FieldRole, hot_data};
use super::value::{TypedValue, kind};
use crate::event::{Event, RecordLocation};
use crate::limits;
use crate::text::{Raw, Text};
use crate::time::Time;
use std::borrow::Cow;

/// All of a record, and what tells its kind.
#[derive(Default)]
pub(super) struct DecodedEvent {
    pub(super) event: Event,
    pub(super) id: Option<u32>,
    pub(super) zone_assumed: bool,
    /// Written by PowerShell.
    pub(super) is_powershell: bool,
}

/// Decodes the record whose tokens stand here. What was read before a fault is kept.
pub(super) fn decode<'a>(
    chunk: &Chunk<'a>,
    tokens: ChunkCursor<'a>,
    place: RecordLocation,
) -> (DecodedEvent, Result<(), ReadFault>) {
    let mut collector = EventCollector::default();
    collector.decoded.event.place = place;
    let result = walk(chunk, tokens, WalkContext::Fragment, 0, &mut collector);
    (collector.decoded, result)
}

/// Whether a provider's name or GUID is one of PowerShell's.
pub(super) fn is_powershell(name: impl Fn(&str) -> bool, guid: impl Fn(&str) -> bool) -> bool {
    ["Microsoft-Windows-PowerShell", "PowerShellCore"].into_iter().any(name)
        || ["a0c1853b-5c40-4b15-8766-3cf1c58f985a", "f90714a8-5509-434a-bf6d-b1624c8a19a2"]
            .into_iter()
            .any(guid)
}

/// Puts an event together from a walk.
#[derive(Default)]
struct EventCollector<'a> {
    decoded: DecodedEvent,
    path: ElementPath<'a>,
    /// The value being read, and its place.
    text: Option<Text>,
    name: String,
    /// Bytes kept so far: a template may put one value in a thousand places.
    kept: usize,
}

impl<'a> EventCollector<'a> {
    fn push(&mut self, piece: impl FnOnce(&mut Text)) {
        if self.kept > limits::EVTX_EVENT_BYTES {
            return;
        }
        let text = self.text.get_or_insert_default();
        let before = text.len();
        piece(text);
        self.kept += text.len() - before;
    }

    /// What was read since the last boundary belongs to the present place.
    fn finish(&mut self, is_element: bool) {
        let key = self.path.key();
        let text = match (self.text.take(), key) {
            (Some(text), _) => text,
            // `<Data ElementName="ElementPath"></Data>` says that the path is empty.
            (None, FieldRole::Data) if is_element => Text::new(),
            (None, _) => return,
        };
        match key {
            FieldRole::Nothing | FieldRole::Fragment => {}
            FieldRole::DataName => self.name = text.into_lossy(),
            FieldRole::Core(hot) => self.hot(hot, text),
            FieldRole::System(name) => self.field(lossy(name), text),
            FieldRole::User => first(&mut self.decoded.event.user, text),
            FieldRole::Message => first(&mut self.decoded.event.message, text),
            FieldRole::UserData(name) => self.field(lossy(name), text),
            FieldRole::Data => {
                let name = std::mem::take(&mut self.name);
                match hot_data(|word| word == name) {
                    Some(hot) => self.hot(hot, text),
                    None if name == "Path" => first(&mut self.decoded.event.path, text),
                    None if name.is_empty() => self.field("Data".into(), text),
                    None => self.field(name.into(), text),
                }
            }
        }
    }

    fn hot(&mut self, hot: CoreField, text: Text) {
        let event = &mut self.decoded.event;
        let number = || text.to_lossy().trim().parse::<u64>().ok();
        match hot {
            CoreField::Provider => {
                self.decoded.is_powershell |=
                    is_powershell(|word| text.as_bytes() == word.as_bytes(), |_| false);
                self.field("Name".into(), text);
            }
            CoreField::Guid => {
                self.decoded.is_powershell |=
                    is_powershell(|_| false, |word| is_guid(&text.to_lossy(), word));
                self.field("Guid".into(), text);
            }
            CoreField::Id => self.decoded.id = number().and_then(|id| id.try_into().ok()),
            CoreField::Level => event.level = number().and_then(|level| level.try_into().ok()),
            CoreField::Time => {
                if let Some((time, zone)) = Time::parse(&text.to_lossy()) {
                    event.time = Some(time);
                    self.decoded.zone_assumed = !zone;
                }
            }
            CoreField::Record => first(&mut event.record, text),
            CoreField::Computer => first(&mut event.computer, text),
            CoreField::Number => event.number = number().and_then(|number| number.try_into().ok()),
            CoreField::Total => event.total = number().and_then(|total| total.try_into().ok()),
            CoreField::BlockId => first(&mut event.script_block_id, text),
            CoreField::Text => {
                if event.text.is_empty() {
                    event.text = text;
                }
            }
        }
    }

    fn field(&mut self, name: Cow<'static, str>, text: Text) {
        let fields = &mut self.decoded.event.fields;
        if fields.len() < limits::FIELDS {
            fields.push((name, text.into_lossy()));
        }
    }
}

impl<'a> TokenVisitor<'a> for EventCollector<'a> {
    fn open(&mut self, name: &'a [u8], _dependency: Option<u16>) {
        // White space before a child element.
        self.text = None;
        self.path.open(name);
        self.name.clear();
    }

    fn attribute(&mut self, name: &'a [u8]) {
        self.finish(false);
        self.path.attribute(name);
    }

    fn content(&mut self) {
        self.finish(false);
        self.path.content();
    }

    fn close(&mut self) {
        if self.path.is_in_tag() {
            self.content();
        }
        self.finish(true);
        self.path.close();
    }

    fn value(&mut self, value: TypedValue<'a>) {
        match self.path.key() {
            FieldRole::Nothing | FieldRole::Fragment => {}
            _ if value.kind == kind::NULL => {}
            // A point in time need not be written to be read.
            FieldRole::Core(CoreField::Time) if value.kind != kind::STRING => {
                self.decoded.event.time = value.time().map(|(time, _)| time);
            }
            _ => self.push(|text| value.write(text)),
        }
    }

    fn unit(&mut self, unit: u16) {
        match self.path.key() {
            FieldRole::Nothing | FieldRole::Fragment => {}
            _ => self.push(|text| text.push(Raw::Utf16(&unit.to_le_bytes()))),
        }
    }

    fn slot(&mut self, _index: u16) {}
}

/// GUIDs are written with and without braces, in either case.
pub(super) fn is_guid(text: &str, guid: &str) -> bool {
    text.trim_matches(['{', '}']).eq_ignore_ascii_case(guid)
}

fn first(field: &mut Option<String>, text: Text) {
    if field.is_none() {
        *field = Some(text.into_lossy());
    }
}

/// The names that every event has are known, and need no copy.
fn lossy(name: &[u8]) -> Cow<'static, str> {
    const COMMON: [&str; 9] = [
        "Version",
        "Task",
        "Opcode",
        "Keywords",
        "ActivityID",
        "RelatedActivityID",
        "ProcessID",
        "ThreadID",
        "Channel",
    ];
    match COMMON.iter().find(|word| is_word(name, word)) {
        Some(word) => Cow::Borrowed(*word),
        None => Cow::Owned(Raw::Utf16(name).to_lossy()),
    }
}
