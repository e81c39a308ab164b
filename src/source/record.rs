//! One record of a text format: its values where they stand, and what they make of it.
//!
//! A value is decoded only when it is asked for. Of a record that is merely counted that is its id, its
//! provider, its time and its computer.

use super::field_names::{Key, TABLE, UNNAMED};
use super::format::{Format, SourceOptions};
use super::rendered_message;
use super::timestamp::{self, DateOrder};
use super::value::{Value, ValueSpan};
use crate::event::RecordLocation;
use crate::limits;
use crate::simd;
use crate::time::Time;
use std::borrow::Cow;

/// The values of one record.
pub(super) struct Record<'a> {
    pub(super) place: RecordLocation,
    known: [Option<(u8, Value<'a>)>; Key::COUNT],
    pub(super) rest: Vec<(Cow<'a, [u8]>, Value<'a>)>,
    /// How the source writes times.
    pub(super) clock: Clock,
    /// The record is an event by its form, whatever it holds.
    pub(super) surely_event: bool,
    /// Where its values stand, while they are noted.
    pub(super) spans: Option<Vec<ValueSpan>>,
    /// Only the known values were read: where to read all of them.
    pub(super) again: Option<(Format, &'a [u8])>,
}

/// How a source's times are to be understood.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Seconds east of UTC of times without a zone.
    pub(super) offset: i64,
    /// Times without a zone are UTC: the tool that wrote them says so.
    pub(super) utc: bool,
    pub(super) order: DateOrder,
}

impl From<&SourceOptions> for Clock {
    fn from(options: &SourceOptions) -> Self {
        Self { offset: options.utc_offset_seconds, utc: false, order: DateOrder::MonthFirst }
    }
}

impl<'a> Record<'a> {
    pub(super) fn new(place: RecordLocation, clock: Clock) -> Self {
        Self {
            place,
            known: [const { None }; Key::COUNT],
            rest: Vec::new(),
            clock,
            surely_event: false,
            spans: None,
            again: None,
        }
    }

    /// Notes where a value stands.
    pub(super) fn note(&mut self, span: ValueSpan) {
        if let Some(spans) = &mut self.spans {
            spans.push(span);
        }
    }

    /// Only the known values were read of this text.
    pub(super) fn begin_as(&mut self, format: Format, text: &'a [u8]) {
        self.surely_event = format == Format::Xml;
        self.again = Some((format, text));
    }

    /// Keeps a value under its key, unless one of a better rank, or an earlier one of the same, is there.
    pub(super) fn put(&mut self, key: Key, rank: u8, value: Value<'a>) {
        if let Some(slot) = self.known.get_mut(key as usize)
            && slot.as_ref().is_none_or(|(held, _)| *held < rank)
        {
            *slot = Some((rank, value));
        }
    }

    /// Keeps a value under the name that the log gives it.
    pub(super) fn put_named(&mut self, name: Cow<'a, [u8]>, value: Value<'a>) {
        if self.rest.len() < limits::FIELDS {
            self.rest.push((name, value));
        }
    }

    pub(super) fn take(&mut self, key: Key) -> Option<Value<'a>> {
        self.known.get_mut(key as usize)?.take().map(|(_, value)| value)
    }

    /// Takes in values read from within one of this record's own.
    pub(super) fn adopt(&mut self, inner: Record<'_>) {
        for (slot, value) in self.known.iter_mut().zip(inner.known) {
            if let Some((rank, value)) = value
                && slot.as_ref().is_none_or(|(held, _)| *held < rank)
            {
                *slot = Some((rank, value.into_owned()));
            }
        }
        // A field that stands on both sides has one value, not two.
        let own = self.rest.len();
        for (name, value) in inner.rest {
            if !self.rest.iter().take(own).any(|(known, _)| *known == name) {
                self.put_named(Cow::Owned(name.into_owned()), value.into_owned());
            }
        }
    }

    /// GELF names the machine in `host`, which elsewhere is the collector, and has a syslog severity in `level`. Both are
    /// told by other values, so no layout of it is remembered.
    pub(super) fn adapt_gelf(&mut self) {
        self.spans = None;
        if self.rank(Key::Level) == Some(8) {
            self.take(Key::Level);
        }
        let host = self.rest.iter().find(|(name, _)| name.as_ref() == b"host");
        if let Some(host) = host.map(|(_, host)| host.clone()) {
            self.put(Key::Computer, 3, host);
        }
    }

    /// Hayabusa has a short name for the channel, and the level of its rows is the rule's.
    pub(super) fn adapt_hayabusa(&mut self) {
        let short = self.text(Key::Channel);
        let short = SHORT_CHANNELS.iter().position(|known| short.as_deref() == Some(*known));
        if let Some(channel) = short.and_then(|short| CHANNELS.get(short)) {
            self.put(Key::Channel, u8::MAX, Value::plain(channel));
            self.take(Key::Level);
        }
    }

    pub(super) fn has(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    /// The message, where the script has to be cut from it.
    pub(super) fn script_message(&self) -> Option<Cow<'_, [u8]>> {
        if self.has(Key::Text) { None } else { self.text(Key::Message) }
    }

    pub(super) fn get(&self, key: Key) -> Option<&Value<'a>> {
        self.known.get(key as usize)?.as_ref().map(|(_, value)| value)
    }

    fn rank(&self, key: Key) -> Option<u8> {
        self.known.get(key as usize)?.as_ref().map(|(rank, _)| *rank)
    }

    pub(super) fn text(&self, key: Key) -> Option<Cow<'_, [u8]>> {
        self.get(key).map(Value::text)
    }

    pub(super) fn string(&self, key: Key) -> Option<String> {
        self.get(key).map(Value::string)
    }

    pub(super) fn number<T: TryFrom<u64>>(&self, key: Key) -> Option<T> {
        parse(&self.text(key)?)
    }

    /// A record without an event id is one of ours only where it carries a script.
    pub(super) fn is_event(&self) -> bool {
        let Some(rank) = self.rank(Key::Id) else {
            return self.surely_event
                || self.has_script()
                || self.has_script_message()
                || self.rank(Key::Provider) == Some(TABLE);
        };
        // A plain `Id` or `Name` is anything's; what else the record has must speak for Windows. Of what
        // `Get-WinEvent` shows of itself that is the time alone.
        let windows = self.rank(Key::Provider).is_some_and(|rank| rank > 3)
            || self.has(Key::Channel)
            || self.has(Key::Guid)
            || self.rank(Key::Time).is_some_and(|rank| rank > 7)
            || self.has_script_message();
        self.number::<u32>(Key::Id).is_some() && (rank > 3 || windows)
    }

    /// The provider decides; where a source has none, the channel does, and where it has none either, or
    /// one that collects others' events, the shape.
    pub(super) fn is_powershell(&self) -> bool {
        if let Some(name) = self.text(Key::Provider).filter(|name| !name.is_empty()) {
            return is_provider(&name);
        }
        if let Some(guid) = self.text(Key::Guid).filter(|guid| !guid.is_empty()) {
            let guid = trim_quotes(&guid).trim_ascii();
            let guid =
                guid.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or(guid);
            return PROVIDER_GUIDS.iter().any(|known| guid.eq_ignore_ascii_case(known));
        }
        let channel = self.text(Key::Channel);
        match channel.as_deref().map(trim_quotes) {
            Some(channel) if CHANNELS.iter().any(|known| channel.eq_ignore_ascii_case(known)) => {
                true
            }
            None | Some(b"" | b"ForwardedEvents") => {
                let parts = || self.has(Key::Text) && self.number::<u32>(Key::Total).is_some();
                self.has_script() || parts() || self.message_script().is_some()
            }
            Some(_) => false,
        }
    }

    /// Whether it carries a script's text by name.
    pub(super) fn has_script(&self) -> bool {
        self.rank(Key::Text).is_some_and(|rank| rank > UNNAMED)
    }

    /// Whether its message is that of a script block, to the end: other messages have numbers in parentheses too.
    pub(super) fn has_script_message(&self) -> bool {
        self.message_script() == Some(true)
    }

    /// Whether the script within its message ends with an id; `None` where there is none.
    fn message_script(&self) -> Option<bool> {
        rendered_message::cut(&self.text(Key::Message)?).map(|script| script.id.is_some())
    }

    pub(super) fn time(&self) -> (Option<Time>, bool) {
        self.text(Key::Time).map_or((None, false), |text| time(&text, self.clock))
    }

    pub(super) fn level(&self) -> Option<u8> {
        level(&self.text(Key::Level)?)
    }
}

/// A time, and whether it was taken to be in a zone that it does not name.
pub(super) fn time(text: &[u8], clock: Clock) -> (Option<Time>, bool) {
    let text = String::from_utf8_lossy(text);
    match timestamp::read(trim_quotes_str(&text), clock.order) {
        Some((time, false)) if !clock.utc => (time.checked_add_seconds(-clock.offset), true),
        Some((time, _)) => (Some(time), false),
        None => (None, false),
    }
}

/// A level by its number or its name.
pub(super) fn level(text: &[u8]) -> Option<u8> {
    parse(text).or_else(|| {
        LEVELS
            .iter()
            .find(|(name, _)| text.trim_ascii().eq_ignore_ascii_case(name))
            .map(|(_, level)| *level)
    })
}

const PROVIDERS: [&[u8]; 2] = [b"Microsoft-Windows-PowerShell", b"PowerShellCore"];
const PROVIDER_GUIDS: [&[u8]; 2] =
    [b"a0c1853b-5c40-4b15-8766-3cf1c58f985a", b"f90714a8-5509-434a-bf6d-b1624c8a19a2"];
const CHANNELS: [&[u8]; 2] =
    [b"Microsoft-Windows-PowerShell/Operational", b"PowerShellCore/Operational"];
/// As Hayabusa writes them.
const SHORT_CHANNELS: [&[u8]; 2] = [b"PwSh", b"PwShCore"];
const LEVELS: [(&[u8], u8); 8] = [
    (b"critical", 1),
    (b"error", 2),
    (b"warning", 3),
    (b"information", 4),
    (b"informational", 4),
    (b"info", 4),
    (b"verbose", 5),
    (b"debug", 5),
];

pub(super) fn is_provider(name: &[u8]) -> bool {
    if PROVIDERS.iter().any(|known| simd::is_same(name, known)) {
        return true;
    }
    let name = trim_quotes(name).trim_ascii();
    // Event Viewer shows `PowerShell (Microsoft-Windows-PowerShell)`.
    let name = match (memchr::memrchr(b'(', name), name.strip_suffix(b")")) {
        (Some(open), Some(inner)) => inner.get(open + 1..).unwrap_or(name),
        _ => name,
    };
    PROVIDERS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Splunk's field extraction keeps the quotation marks of attributes.
fn trim_quotes(text: &[u8]) -> &[u8] {
    let inner = text.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
    inner.unwrap_or(text)
}

pub(super) fn trim_quotes_str(text: &str) -> &str {
    text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(text)
}

/// A decimal number, as the standard library reads it.
pub(super) fn parse<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    let text = trim_quotes(text.trim_ascii());
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    let number = digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        // A checked multiplication is one of 128 bits, which in wasm is a call.
        (number < u64::MAX / 10 || (number == u64::MAX / 10 && digit <= 5))
            .then(|| number * 10 + u64::from(digit))
    })?;
    T::try_from(number).ok().filter(|_| !digits.is_empty())
}
