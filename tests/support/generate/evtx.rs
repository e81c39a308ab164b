//! Writes EVTX files, after the format's public description.

use super::binxml::{Content, Element, Page, Typed};
use super::record::{Record, Value};

const CHUNK: usize = 65_536;

/// How a record is written.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Style {
    /// Templates with the computer among the values.
    #[default]
    Values,
    /// Templates with the computer as a literal, and the values in another order.
    Literal,
    /// No templates: elements with strings, as rewritten and forwarded logs have them.
    Plain,
}

/// Writes records to chunks.
pub(crate) struct Writer {
    file: Vec<u8>,
    page: Page,
    /// Numbers of the first record of the chunk and of the next one.
    first: u64,
    next: u64,
    last_at: u32,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { file: vec![0; 4_096], page: Page::new(), first: 1, next: 1, last_at: 0 }
    }

    /// Bytes of the file so far, with the open chunk.
    pub(crate) fn len(&self) -> usize {
        self.file.len() + CHUNK
    }

    pub(crate) fn push(&mut self, record: &Record, style: Style) {
        let checkpoint = self.page.checkpoint();
        self.write(record, style);
        if self.page.bytes.len() > CHUNK {
            self.page.rewind(checkpoint);
            self.close_chunk();
            self.write(record, style);
        }
    }

    /// Returns the finished file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.close_chunk();
        let chunks = (self.file.len() - 4_096) / CHUNK;
        let mut header = Vec::new();
        header.extend(b"ElfFile\0");
        header.extend(0_u64.to_le_bytes());
        header.extend((chunks.saturating_sub(1) as u64).to_le_bytes());
        header.extend(self.next.to_le_bytes());
        header.extend(128_u32.to_le_bytes());
        header.extend(1_u16.to_le_bytes());
        header.extend(3_u16.to_le_bytes());
        header.extend(4_096_u16.to_le_bytes());
        header.extend((chunks as u16).to_le_bytes());
        header.resize(120, 0);
        header.extend([0; 4]);
        header.extend(crc32(&[&header[..120]]).to_le_bytes());
        self.file[..128].copy_from_slice(&header);
        self.file
    }

    fn write(&mut self, record: &Record, style: Style) {
        let at = self.page.at();
        self.page.bytes.extend(b"**\0\0");
        self.page.u32(0);
        self.page.u64(self.next);
        // The record's own time is the time of writing, a little later than the event's.
        self.page.u64(record.time + 1_713);
        content(&mut self.page, record, style);
        while !(self.page.at() - at + 4).is_multiple_of(8) {
            self.page.u8(0);
        }
        let size = self.page.at() - at + 4;
        self.page.u32(size);
        self.page.patch(at + 4, size);
        if self.page.bytes.len() <= CHUNK {
            self.next += 1;
            self.last_at = at;
        }
    }

    fn close_chunk(&mut self) {
        let mut page = std::mem::replace(&mut self.page, Page::new());
        let free = page.at();
        let records = crc32(&[&page.bytes[512..]]);
        let last = self.next.saturating_sub(1);
        let mut header = Vec::new();
        header.extend(b"ElfChnk\0");
        for number in [self.first, last, self.first, last] {
            header.extend(number.to_le_bytes());
        }
        for number in [128, self.last_at, free, records] {
            header.extend(number.to_le_bytes());
        }
        header.resize(124, 0);
        let tables = page.tables();
        let sum = crc32(&[&header[..120], &tables]);
        header.extend(sum.to_le_bytes());
        header.extend(tables);
        page.bytes[..512].copy_from_slice(&header);
        page.bytes.resize(CHUNK, 0);
        self.file.extend(page.bytes);
        self.first = self.next;
    }
}

fn content(page: &mut Page, record: &Record, style: Style) {
    page.fragment_header();
    if style == Style::Plain {
        plain(page, record);
    } else {
        templated(page, record, style);
    }
    page.u8(0);
}

/// Value types.
mod kind {
    pub(super) const NULL: u8 = 0x00;
    pub(super) const STRING: u8 = 0x01;
    pub(super) const UINT8: u8 = 0x04;
    pub(super) const UINT16: u8 = 0x06;
    pub(super) const UINT32: u8 = 0x08;
    pub(super) const UINT64: u8 = 0x0A;
    pub(super) const GUID: u8 = 0x0F;
    pub(super) const FILETIME: u8 = 0x11;
    pub(super) const SID: u8 = 0x13;
    pub(super) const HEX64: u8 = 0x15;
    pub(super) const BINXML: u8 = 0x21;
}

/// Collects the values of an instance, and assigns their indexes.
struct Values {
    typed: Vec<Typed>,
    /// Indexes that are not assigned yet: templates number their values differently.
    order: Vec<u16>,
}

impl Values {
    fn new(count: u16, rotation: u16) -> Self {
        let order = (0..count).map(|index| (index + rotation) % count.max(1)).collect();
        let typed = (0..count).map(|_| Typed { kind: kind::NULL, bytes: Vec::new() }).collect();
        Self { typed, order }
    }

    fn put(&mut self, kind: u8, bytes: impl Into<Vec<u8>>) -> u16 {
        let index = self.order.remove(0);
        self.typed[usize::from(index)] = Typed { kind, bytes: bytes.into() };
        index
    }

    fn content(&mut self, kind: u8, bytes: impl Into<Vec<u8>>) -> Content {
        Content::Value(self.put(kind, bytes), kind, false)
    }

    /// Adds a value that may be missing: it is then null, and its attribute does not exist.
    fn optional(&mut self, kind: u8, bytes: Option<Vec<u8>>) -> Content {
        let index = match bytes {
            Some(bytes) => self.put(kind, bytes),
            None => self.put(kind::NULL, Vec::new()),
        };
        Content::Value(index, kind, true)
    }
}

fn templated(page: &mut Page, record: &Record, style: Style) {
    let is_literal = style == Style::Literal;
    let mut values = Values::new(16, if is_literal { 5 } else { 0 });
    values.typed.push(Typed { kind: kind::NULL, bytes: Vec::new() });
    let data = 16;
    let text = |text: &str| Content::Text(text.to_owned());
    let element = |name, content| {
        let (dependency, attributes) = (None, Vec::new());
        Content::Element(Element { name, dependency, attributes, content: vec![content] })
    };
    let empty = |name, attributes| {
        Content::Element(Element { name, dependency: None, attributes, content: Vec::new() })
    };
    let mut provider = vec![("Name", text(record.provider.name))];
    if let Some(guid) = record.provider.guid {
        provider.push(("Guid", text(&format!("{{{guid}}}"))));
    }
    let system = vec![
        empty("Provider", provider),
        element("EventID", values.content(kind::UINT16, record.id.to_le_bytes())),
        element("Version", values.content(kind::UINT8, [record.version])),
        element("Level", values.content(kind::UINT8, [record.level])),
        element("Task", values.content(kind::UINT16, record.task.to_le_bytes())),
        element("Opcode", values.content(kind::UINT8, [record.opcode])),
        element("Keywords", values.content(kind::HEX64, record.keywords.to_le_bytes())),
        empty(
            "TimeCreated",
            vec![("SystemTime", values.content(kind::FILETIME, record.time.to_le_bytes()))],
        ),
        element("EventRecordID", values.content(kind::UINT64, record.record.to_le_bytes())),
        empty(
            "Correlation",
            vec![("ActivityID", values.optional(kind::GUID, record.activity.map(Vec::from)))],
        ),
        empty(
            "Execution",
            vec![
                ("ProcessID", values.content(kind::UINT32, record.process.to_le_bytes())),
                ("ThreadID", values.content(kind::UINT32, record.thread.to_le_bytes())),
            ],
        ),
        element("Channel", text(record.provider.channel)),
        element(
            "Computer",
            match is_literal {
                true => text(&record.computer),
                false => values.content(kind::STRING, utf16(&record.computer)),
            },
        ),
        empty(
            "Security",
            vec![("UserID", values.optional(kind::SID, record.user.as_deref().map(sid)))],
        ),
    ];
    let root = Element {
        name: "Event",
        dependency: Some(data),
        attributes: vec![("xmlns", text("http://schemas.microsoft.com/win/2004/08/events/event"))],
        content: vec![
            Content::Element(Element {
                name: "System",
                dependency: None,
                attributes: Vec::new(),
                content: system,
            }),
            Content::Value(data, kind::BINXML, true),
        ],
    };
    let computer = if is_literal { record.computer.as_str() } else { "" };
    let guid = template_guid(&[record.provider.name, record.provider.channel, computer, "system"]);

    page.instance(guid, &root, &values.typed);
    if !record.data.is_empty() {
        // The data is the last value, so that it can be written in place: its names and templates refer to offsets in
        // the chunk. Its size is then written to the last descriptor.
        let start = page.bytes.len();
        data_fragment(page, record);
        let size = page.bytes.len() - start;
        let others: usize = values.typed.iter().map(|value| value.bytes.len()).sum();
        let descriptor = start - others - 4;
        page.bytes[descriptor..descriptor + 2].copy_from_slice(&(size as u16).to_le_bytes());
        page.bytes[descriptor + 2] = kind::BINXML;
    }
}

/// Writes `<EventData>` as an instance of a template of its own.
fn data_fragment(page: &mut Page, record: &Record) {
    let mut values = Values::new(record.data.len() as u16, 0);
    let content = record
        .data
        .iter()
        .map(|(name, value)| {
            let content = match value {
                Value::Text(units) => {
                    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                    values.content(kind::STRING, bytes)
                }
                Value::Number(number) => values.content(kind::UINT32, number.to_le_bytes()),
            };
            Content::Element(Element {
                name: "Data",
                dependency: None,
                attributes: vec![("Name", Content::Text((*name).to_owned()))],
                content: vec![content],
            })
        })
        .collect();
    let root = Element { name: "EventData", dependency: None, attributes: Vec::new(), content };
    let names: Vec<&str> = record.data.iter().map(|(name, _)| *name).collect();
    page.fragment_header();
    page.instance(template_guid(&names), &root, &values.typed);
    page.u8(0);
}

/// Writes a record without templates: all values are strings, and texts are in several pieces.
fn plain(page: &mut Page, record: &Record) {
    let text = |text: &str| Content::Text(text.to_owned());
    let leaf = |name, value: String| {
        let (dependency, attributes) = (None, Vec::new());
        let content = vec![Content::Text(value)];
        Content::Element(Element { name, dependency, attributes, content })
    };
    let empty = |name, attributes| {
        Content::Element(Element { name, dependency: None, attributes, content: Vec::new() })
    };
    let mut provider = vec![("Name", text(record.provider.name))];
    if let Some(guid) = record.provider.guid {
        provider.push(("Guid", text(&format!("{{{guid}}}"))));
    }
    let mut system = vec![
        empty("Provider", provider),
        leaf("EventID", record.id.to_string()),
        leaf("Version", record.version.to_string()),
        leaf("Level", record.level.to_string()),
        leaf("Task", record.task.to_string()),
        leaf("Opcode", record.opcode.to_string()),
        leaf("Keywords", format!("{:#x}", record.keywords)),
        empty("TimeCreated", vec![("SystemTime", text(&record.time_text()))]),
        leaf("EventRecordID", record.record.to_string()),
        empty(
            "Execution",
            vec![
                ("ProcessID", text(&record.process.to_string())),
                ("ThreadID", text(&record.thread.to_string())),
            ],
        ),
        leaf("Channel", record.provider.channel.to_owned()),
        leaf("Computer", record.computer.clone()),
    ];
    if let Some(sid) = record.sid() {
        system.push(empty("Security", vec![("UserID", text(&sid))]));
    }
    open(page, "Event");
    page.u8(0x02);
    let system =
        Element { name: "System", dependency: None, attributes: Vec::new(), content: system };
    page.element(&system, false);
    open(page, "EventData");
    page.u8(0x02);
    for (name, value) in &record.data {
        let element = Element {
            name: "Data",
            dependency: None,
            attributes: vec![("Name", Content::Text((*name).to_owned()))],
            content: Vec::new(),
        };
        page.element(&element, false);
        // Replaces the token that closed the empty element: its text follows in pieces.
        page.bytes.pop();
        page.u8(0x02);
        match value {
            Value::Text(units) => pieces(page, units),
            Value::Number(number) => {
                pieces(page, &number.to_string().encode_utf16().collect::<Vec<_>>())
            }
        }
        page.u8(0x04);
    }
    page.u8(0x04);
    page.u8(0x04);
}

/// Writes the start of an element without attributes. Its size is 0, because no reader uses it.
fn open(page: &mut Page, name: &str) {
    page.u8(0x01);
    page.u32(0);
    page.name(name);
}

/// Writes a text as text tokens, with a character reference for each carriage return and an entity for each `&`.
fn pieces(page: &mut Page, units: &[u16]) {
    for piece in units.split_inclusive(|unit| matches!(unit, 13 | 38)) {
        let (text, last) = match piece.split_last() {
            Some((last @ (13 | 38), text)) => (text, Some(*last)),
            _ => (piece, None),
        };
        if !text.is_empty() {
            page.text(text);
        }
        match last {
            Some(13) => {
                page.u8(0x08);
                page.u16(13);
            }
            Some(_) => {
                page.u8(0x09);
                page.name("amp");
            }
            None => {}
        }
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn sid(parts: &[u32]) -> Vec<u8> {
    let mut bytes = vec![1, parts.len() as u8, 0, 0, 0, 0, 0, 5];
    bytes.extend(parts.iter().flat_map(|part| part.to_le_bytes()));
    bytes
}

/// Returns a GUID that identifies a template by these parts of its definition.
fn template_guid(parts: &[&str]) -> [u8; 16] {
    let mut guid = [0; 16];
    for (index, quarter) in guid.chunks_mut(4).enumerate() {
        let mut hash = 0x811C_9DC5_u32.wrapping_add(index as u32);
        for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        quarter.copy_from_slice(&hash.to_le_bytes());
    }
    guid
}

/// Computes the CRC-32 of IEEE 802.3 over the parts, one after the other.
pub(crate) fn crc32(parts: &[&[u8]]) -> u32 {
    static TABLE: std::sync::OnceLock<Vec<u32>> = std::sync::OnceLock::new();
    let table = TABLE.get_or_init(|| {
        (0..256_u32)
            .map(|byte| {
                (0..8).fold(
                    byte,
                    |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 },
                )
            })
            .collect()
    });
    let bytes = parts.iter().flat_map(|part| part.iter());
    !bytes.fold(!0_u32, |sum, byte| table[usize::from(sum as u8 ^ byte)] ^ (sum >> 8))
}
