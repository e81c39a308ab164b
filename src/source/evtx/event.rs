//! Decodes all fields of a record.

use super::binxml::{TokenVisitor, WalkContext, walk};
use super::bytes::{ChunkCursor, ReadFault, is_word};
use super::chunk_data::Chunk;
use super::fields::{CoreField, ElementPath, FieldRole, core_field};
use super::provider::{is_guid, is_powershell};
use super::value::{TypedValue, kind};
use crate::event::{Event, RecordLocation};
use crate::limits;
use crate::text::{Raw, Text};
use crate::time::Time;
use std::borrow::Cow;

/// All fields of a record, and its kind.
#[derive(Default)]
pub(super) struct DecodedEvent {
    pub(super) event: Event,
    /// The event id.
    pub(super) id: Option<u32>,
    /// The time was written without a zone.
    pub(super) zone_assumed: bool,
    /// The provider is PowerShell.
    pub(super) is_powershell: bool,
    /// The event has a `ScriptBlockText`, which may be empty.
    pub(super) has_text: bool,
}

/// Decodes the record with these tokens. The event has the fields that come before a fault.
pub(super) fn decode<'a>(
    chunk: &Chunk<'a>,
    tokens: ChunkCursor<'a>,
    location: RecordLocation,
) -> (DecodedEvent, Result<(), ReadFault>) {
    let mut collector = EventCollector::default();
    collector.decoded.event.place = location;
    let result = walk(chunk, tokens, WalkContext::Fragment, 0, &mut collector);
    (collector.decoded, result)
}

/// Whether the record with these tokens can be decoded to its end and has an event id. Damaged bytes may give a record
/// a thousand fields with long names, so no field is copied.
pub(super) fn is_sound<'a>(chunk: &Chunk<'a>, tokens: ChunkCursor<'a>) -> bool {
    let mut collector = EventCollector { only_id: true, ..EventCollector::default() };
    let result = walk(chunk, tokens, WalkContext::Fragment, 0, &mut collector);
    result.is_ok() && collector.decoded.id.is_some()
}

/// Collects the fields of an event during a walk.
#[derive(Default)]
struct EventCollector<'a> {
    decoded: DecodedEvent,
    /// No field but the event id is collected.
    only_id: bool,
    path: ElementPath<'a>,
    /// The value being read.
    text: Option<Text>,
    /// The name of the open `EventData` value.
    name: String,
    /// Number of fields collected so far.
    fields: usize,
    /// Bytes collected so far: a template may put one value in a thousand places.
    bytes: usize,
}

impl<'a> EventCollector<'a> {
    /// The role of the value being read.
    fn role(&self) -> FieldRole<'a> {
        match self.path.role() {
            role @ FieldRole::Core(CoreField::Id) => role,
            _ if self.only_id => FieldRole::Ignored,
            role => role,
        }
    }

    /// Appends a piece to the value being read.
    fn push(&mut self, piece: impl FnOnce(&mut Text)) {
        if self.bytes > limits::EVTX_EVENT_BYTES {
            return;
        }
        let text = self.text.get_or_insert_default();
        let before = text.len();
        piece(text);
        self.bytes += text.len() - before;
    }

    /// Ends the value being read: it belongs to the present place. `is_element`: an element closes.
    fn finish(&mut self, is_element: bool) {
        let role = self.role();
        let text = match (self.text.take(), role) {
            (Some(text), _) => text,
            // `<Data Name="Path"></Data>` means an empty path, not a missing one.
            (None, FieldRole::Data) if is_element => Text::new(),
            (None, _) => return,
        };
        match role {
            FieldRole::Ignored | FieldRole::Fragment => {}
            FieldRole::DataName => self.name = text.into_lossy(),
            FieldRole::Core(field) => self.set_core(field, text),
            FieldRole::System(name) => self.push_field(&field_name(name), &text),
            FieldRole::User => set_first(&mut self.decoded.event.user, text),
            FieldRole::Message => set_first(&mut self.decoded.event.message, text),
            FieldRole::UserData(name) => self.push_field(&field_name(name), &text),
            FieldRole::Data => {
                let name = std::mem::take(&mut self.name);
                match core_field(|known| known == name) {
                    Some(field) => self.set_core(field, text),
                    None if name == "Path" => set_first(&mut self.decoded.event.path, text),
                    None if name.is_empty() => self.push_field("Data", &text),
                    None => self.push_field(&name, &text),
                }
            }
        }
    }

    fn set_core(&mut self, field: CoreField, text: Text) {
        let event = &mut self.decoded.event;
        let number = || text.to_lossy().trim().parse::<u64>().ok();
        match field {
            CoreField::Provider => {
                self.decoded.is_powershell |=
                    is_powershell(|word| text.as_bytes() == word.as_bytes(), |_| false);
                self.push_field("Name", &text);
            }
            CoreField::Guid => {
                self.decoded.is_powershell |=
                    is_powershell(|_| false, |word| is_guid(&text.to_lossy(), word));
                self.push_field("Guid", &text);
            }
            CoreField::Id => self.decoded.id = number().and_then(|id| id.try_into().ok()),
            CoreField::Level => event.level = number().and_then(|level| level.try_into().ok()),
            CoreField::Time => {
                if let Some((time, zone)) = Time::parse(&text.to_lossy()) {
                    event.time = Some(time);
                    self.decoded.zone_assumed = !zone;
                }
            }
            CoreField::Record => set_first(&mut event.record, text),
            CoreField::Computer => set_first(&mut event.computer, text),
            CoreField::Number => event.number = number().and_then(|number| number.try_into().ok()),
            CoreField::Total => event.total = number().and_then(|total| total.try_into().ok()),
            CoreField::BlockId => set_first(&mut event.script_block_id, text),
            CoreField::Text => {
                self.decoded.has_text = true;
                if event.text.is_empty() {
                    event.text = text;
                }
            }
        }
    }

    fn push_field(&mut self, name: &str, text: &Text) {
        if self.fields < limits::FIELDS {
            self.fields += 1;
            self.decoded.event.fields.push(name, &text.to_lossy());
        }
    }
}

impl<'a> TokenVisitor<'a> for EventCollector<'a> {
    fn open(&mut self, name: &'a [u8], _dependency: Option<u16>) {
        // Text before a child element is white space.
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
        match self.role() {
            FieldRole::Ignored | FieldRole::Fragment => {}
            _ if value.kind == kind::NULL => {}
            // A binary time is not rendered and parsed again.
            FieldRole::Core(CoreField::Time) if value.kind != kind::STRING => {
                self.decoded.event.time = value.time().map(|(time, _)| time);
            }
            _ => self.push(|text| value.write(text)),
        }
    }

    fn unit(&mut self, unit: u16) {
        match self.role() {
            FieldRole::Ignored | FieldRole::Fragment => {}
            _ => self.push(|text| text.push(Raw::Utf16(&unit.to_le_bytes()))),
        }
    }

    fn substitution(&mut self, _index: u16) {}
}

/// Sets a field that is not set yet.
fn set_first(field: &mut Option<String>, text: Text) {
    if field.is_none() {
        *field = Some(text.into_lossy());
    }
}

/// Returns a field's name. The names that every event has are not copied.
fn field_name(name: &[u8]) -> Cow<'static, str> {
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
