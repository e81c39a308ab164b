//! One record of a text format: its values in their original escaping, and what they say about the record.
//!
//! A value is unescaped only when it is used. A record that is only counted needs its id, provider, time and
//! computer.

use super::field_names::{FieldKey, TABLE_RANK, UNNAMED_RANK};
use super::format::{Format, SourceOptions};
use super::rendered_message;
use super::timestamp::{self, DateOrder};
use super::value::{FieldValue, ValueSpan};
use crate::event::RecordLocation;
use crate::limits;
use crate::simd;
use crate::time::Time;
use std::borrow::Cow;

/// Values of one record.
pub(super) struct TextRecord<'a> {
    pub(super) place: RecordLocation,
    known: [Option<(u8, FieldValue<'a>)>; FieldKey::COUNT],
    pub(super) others: Vec<(Cow<'a, [u8]>, FieldValue<'a>)>,
    /// Rules for the times of the source.
    pub(super) time_rules: TimeRules,
    /// Whether the form of the record shows that it is an event, whatever its values are.
    pub(super) is_event_by_form: bool,
    /// Ranges of the values, while they are recorded for a layout.
    pub(super) spans: Option<Vec<ValueSpan>>,
    /// Text of the record, if only the values needed for every record were read from it.
    pub(super) source_text: Option<(Format, &'a [u8])>,
}

/// Rules for reading the times of a source.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TimeRules {
    /// Seconds east of UTC, for times without a zone.
    pub(super) utc_offset_seconds: i64,
    /// Whether times without a zone are UTC, because the tool that wrote them documents it.
    pub(super) assume_utc: bool,
    pub(super) date_order: DateOrder,
}

impl From<&SourceOptions> for TimeRules {
    fn from(options: &SourceOptions) -> Self {
        Self {
            utc_offset_seconds: options.utc_offset_seconds,
            assume_utc: false,
            date_order: DateOrder::MonthFirst,
        }
    }
}

impl<'a> TextRecord<'a> {
    /// Creates a record without values.
    pub(super) fn new(place: RecordLocation, time_rules: TimeRules) -> Self {
        Self {
            place,
            known: [const { None }; FieldKey::COUNT],
            others: Vec::new(),
            time_rules,
            is_event_by_form: false,
            spans: None,
            source_text: None,
        }
    }

    /// Records the range of a value.
    pub(super) fn add_span(&mut self, span: ValueSpan) {
        if let Some(spans) = &mut self.spans {
            spans.push(span);
        }
    }

    /// Sets the text from which the remaining values can be read.
    pub(super) fn set_source_text(&mut self, format: Format, text: &'a [u8]) {
        self.is_event_by_form = format == Format::Xml;
        self.source_text = Some((format, text));
    }

    /// Stores a value under its key, unless the key already has a value of the same or a better rank.
    pub(super) fn put(&mut self, key: FieldKey, rank: u8, value: FieldValue<'a>) {
        self.set(key, rank, value);
    }

    /// Stores a value as [`TextRecord::put`] does. Returns whether it was stored.
    pub(super) fn set(&mut self, key: FieldKey, rank: u8, value: FieldValue<'a>) -> bool {
        if let Some(slot) = self.known.get_mut(key as usize)
            && slot.as_ref().is_none_or(|(current, _)| *current < rank)
        {
            *slot = Some((rank, value));
            return true;
        }
        false
    }

    /// Stores a value under the name that the log gives it.
    pub(super) fn put_other(&mut self, name: Cow<'a, [u8]>, value: FieldValue<'a>) {
        self.add_other(name, value);
    }

    /// Stores a value as [`TextRecord::put_other`] does. Returns whether it was stored.
    pub(super) fn add_other(&mut self, name: Cow<'a, [u8]>, value: FieldValue<'a>) -> bool {
        let has_space = self.others.len() < limits::FIELDS;
        if has_space {
            self.others.push((name, value));
        }
        has_space
    }

    /// Removes and returns the value of a key.
    pub(super) fn take(&mut self, key: FieldKey) -> Option<FieldValue<'a>> {
        self.known.get_mut(key as usize)?.take().map(|(_, value)| value)
    }

    /// Adds the values read from inside one of this record's own values.
    pub(super) fn merge(&mut self, inner: TextRecord<'_>) {
        for (slot, value) in self.known.iter_mut().zip(inner.known) {
            if let Some((rank, value)) = value
                && slot.as_ref().is_none_or(|(current, _)| *current < rank)
            {
                *slot = Some((rank, value.into_owned()));
            }
        }
        // A field present in both has one value, not two.
        let own = self.others.len();
        for (name, value) in inner.others {
            if !self.others.iter().take(own).any(|(known, _)| *known == name) {
                self.put_other(Cow::Owned(name.into_owned()), value.into_owned());
            }
        }
    }

    /// Applies the meaning of GELF keys: `host` is the machine (elsewhere it is the collector), and `level` is a
    /// syslog severity. Both depend on other values, so no layout is learned.
    pub(super) fn apply_gelf_conventions(&mut self) {
        self.spans = None;
        if self.rank(FieldKey::Level) == Some(8) {
            self.take(FieldKey::Level);
        }
        let host = self.others.iter().find(|(name, _)| name.as_ref() == b"host");
        if let Some(host) = host.map(|(_, host)| host.clone()) {
            self.put(FieldKey::Computer, 3, host);
        }
    }

    /// Applies the conventions of Hayabusa: channels have short names, and `Level` is the rule's level.
    pub(super) fn apply_hayabusa_conventions(&mut self) {
        let short = self.text(FieldKey::Channel);
        let short = SHORT_CHANNELS.iter().position(|known| short.as_deref() == Some(*known));
        if let Some(channel) = short.and_then(|short| CHANNELS.get(short)) {
            self.put(FieldKey::Channel, u8::MAX, FieldValue::plain(channel));
            self.take(FieldKey::Level);
        }
    }

    /// Whether the record has a value for the key.
    pub(super) fn has(&self, key: FieldKey) -> bool {
        self.get(key).is_some()
    }

    /// Returns the message, if the script has to be extracted from it.
    pub(super) fn script_message(&self) -> Option<Cow<'_, [u8]>> {
        if self.has(FieldKey::Text) { None } else { self.text(FieldKey::Message) }
    }

    /// Returns the value of a key.
    pub(super) fn get(&self, key: FieldKey) -> Option<&FieldValue<'a>> {
        self.known.get(key as usize)?.as_ref().map(|(_, value)| value)
    }

    fn rank(&self, key: FieldKey) -> Option<u8> {
        self.known.get(key as usize)?.as_ref().map(|(rank, _)| *rank)
    }

    /// Returns the unescaped value of a key, in WTF-8.
    pub(super) fn text(&self, key: FieldKey) -> Option<Cow<'_, [u8]>> {
        self.get(key).map(FieldValue::text)
    }

    /// Returns the value of a key as a string, with U+FFFD for lone surrogates.
    pub(super) fn string(&self, key: FieldKey) -> Option<String> {
        self.get(key).map(FieldValue::string)
    }

    /// Returns the value of a key if it is a decimal number.
    pub(super) fn number<T: TryFrom<u64>>(&self, key: FieldKey) -> Option<T> {
        parse(&self.text(key)?)
    }

    /// Whether the record is a Windows event. A record without an event id is one only if it carries a script.
    pub(super) fn is_event(&self) -> bool {
        let Some(rank) = self.rank(FieldKey::Id) else {
            return self.is_event_by_form
                || self.has_script()
                || self.has_script_message()
                || self.rank(FieldKey::Provider) == Some(TABLE_RANK);
        };
        // A plain `Id` or `Name` occurs in any kind of record, so other values must show that it is a Windows event.
        // For what `Get-WinEvent` prints, only the time can show it.
        let windows = self.rank(FieldKey::Provider).is_some_and(|rank| rank > 3)
            || self.has(FieldKey::Channel)
            || self.has(FieldKey::Guid)
            || self.rank(FieldKey::Time).is_some_and(|rank| rank > 7)
            || self.has_script_message();
        self.number::<u32>(FieldKey::Id).is_some() && (rank > 3 || windows)
    }

    /// Whether the record is from PowerShell. The provider decides. A source without provider is decided by the
    /// channel, and one without channel, or with a channel that collects events of others, by the values present.
    pub(super) fn is_powershell(&self) -> bool {
        if let Some(name) = self.text(FieldKey::Provider).filter(|name| !name.is_empty()) {
            return is_provider(&name);
        }
        if let Some(guid) = self.text(FieldKey::Guid).filter(|guid| !guid.is_empty()) {
            let guid = trim_quotes(&guid).trim_ascii();
            let guid =
                guid.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or(guid);
            return PROVIDER_GUIDS.iter().any(|known| guid.eq_ignore_ascii_case(known));
        }
        let channel = self.text(FieldKey::Channel);
        match channel.as_deref().map(trim_quotes) {
            Some(channel) if CHANNELS.iter().any(|known| channel.eq_ignore_ascii_case(known)) => {
                true
            }
            None | Some(b"" | b"ForwardedEvents") => {
                let parts =
                    || self.has(FieldKey::Text) && self.number::<u32>(FieldKey::Total).is_some();
                self.has_script() || parts() || self.message_script().is_some()
            }
            Some(_) => false,
        }
    }

    /// Whether the record names a value as the script's text.
    pub(super) fn has_script(&self) -> bool {
        self.rank(FieldKey::Text).is_some_and(|rank| rank > UNNAMED_RANK)
    }

    /// Whether the message is the complete message of a script block. Other messages have numbers in parentheses too.
    pub(super) fn has_script_message(&self) -> bool {
        self.message_script() == Some(true)
    }

    /// Whether the script in the message ends with an id. Returns `None` if the message contains no script.
    fn message_script(&self) -> Option<bool> {
        rendered_message::find_script(&self.text(FieldKey::Message)?)
            .map(|script| script.id.is_some())
    }

    /// Returns the time of the record, and whether a zone was assumed.
    pub(super) fn time(&self) -> (Option<Time>, bool) {
        self.text(FieldKey::Time).map_or((None, false), |text| time(&text, self.time_rules))
    }

    /// Returns the level of the record.
    pub(super) fn level(&self) -> Option<u8> {
        level(&self.text(FieldKey::Level)?)
    }
}

/// Parses a time. Also returns whether a zone was assumed.
pub(super) fn time(text: &[u8], time_rules: TimeRules) -> (Option<Time>, bool) {
    let text = String::from_utf8_lossy(text);
    match timestamp::parse(trim_quotes_str(&text), time_rules.date_order) {
        Some((time, false)) if !time_rules.assume_utc => {
            (time.checked_add_seconds(-time_rules.utc_offset_seconds), true)
        }
        Some((time, _)) => (Some(time), false),
        None => (None, false),
    }
}

/// Parses a level given by its number or its name.
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
/// Names that Hayabusa uses for the channels.
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

/// Whether this is the name of a provider that logs scripts.
pub(super) fn is_provider(name: &[u8]) -> bool {
    if PROVIDERS.iter().any(|known| simd::is_equal(name, known)) {
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

/// Strips the quotation marks of attributes, which Splunk's field extraction retains.
fn trim_quotes(text: &[u8]) -> &[u8] {
    let inner = text.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
    inner.unwrap_or(text)
}

/// Strips the quotation marks of attributes, which Splunk's field extraction retains.
pub(super) fn trim_quotes_str(text: &str) -> &str {
    text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(text)
}

/// Parses a whole number in decimal digits, also one written as `4104.0` by tools whose numbers are all fractions.
pub(super) fn parse<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    let text = trim_quotes(text.trim_ascii());
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    parse_digits(digits).or_else(|| parse_digits(strip_zero_fraction(digits)?))
}

/// Strips a fraction of zeros.
fn strip_zero_fraction(text: &[u8]) -> Option<&[u8]> {
    let (whole, fraction) = text.split_at_checked(memchr::memchr(b'.', text)?)?;
    let is_zero = fraction.len() > 1 && fraction.iter().skip(1).all(|digit| *digit == b'0');
    is_zero.then_some(whole)
}

/// Returns a record's id as it is shown: a number as its digits, anything else unchanged.
pub(super) fn record_id(text: String) -> String {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    parse::<u64>(text.as_bytes()).map_or(text, |number| number.to_string())
}

/// Parses decimal digits as the standard library does.
fn parse_digits<T: TryFrom<u64>>(digits: &[u8]) -> Option<T> {
    let number = digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        // A checked multiplication uses 128 bits, which is a call in wasm.
        (number < u64::MAX / 10 || (number == u64::MAX / 10 && digit <= 5))
            .then(|| number * 10 + u64::from(digit))
    })?;
    T::try_from(number).ok().filter(|_| !digits.is_empty())
}
