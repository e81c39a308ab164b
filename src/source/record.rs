//! One record of a text format: its values in their original escaping, and what they say about the record.
//!
//! A value is unescaped only when it is used. A record that is only counted needs its id, provider, time and
//! computer.

use super::field_names::{self, FieldKey, NESTED_RANK, TABLE_RANK, UNNAMED_RANK};
use super::format::{Format, SourceOptions};
use super::rendered_message;
use super::sink::TimeGuess;
use super::timestamp::{self, DateOrder};
use super::value::{FieldValue, ValueSpan};
use crate::event::RecordLocation;
use crate::limits;
use crate::simd;
use crate::sort;
use crate::time::Time;
use memchr::memmem;
use std::borrow::Cow;

/// Values of one record.
pub(super) struct TextRecord<'a> {
    pub(super) place: RecordLocation,
    known: [Option<(u8, FieldValue<'a>)>; FieldKey::COUNT],
    /// Times of a lower rank, for a record whose best one cannot be read.
    other_times: Vec<(u8, FieldValue<'a>)>,
    pub(super) others: Vec<(Cow<'a, [u8]>, FieldValue<'a>)>,
    /// Rules for the times of the source.
    pub(super) time_rules: TimeRules,
    /// The key of which the record has two values, if they contradict each other and decide what is searched.
    pub(super) contradiction: Option<FieldKey>,
    /// Whether the form of the record shows that it is an event, whatever its values are.
    pub(super) is_event_by_form: bool,
    /// The format escapes nothing: a script's text may have lines that begin an event.
    pub(super) is_unescaped: bool,
    /// Whether several objects in its lists show an event.
    pub(super) holds_several: bool,
    /// Ranges of the values, while they are recorded for a layout.
    pub(super) spans: Option<Vec<ValueSpan>>,
    /// The record as the source has it.
    pub(super) raw: Option<&'a [u8]>,
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
            date_order: DateOrder::default(),
        }
    }
}

impl<'a> TextRecord<'a> {
    /// Creates a record without values.
    pub(super) fn new(place: RecordLocation, time_rules: TimeRules) -> Self {
        Self {
            place,
            known: [const { None }; FieldKey::COUNT],
            other_times: Vec::new(),
            others: Vec::new(),
            time_rules,
            contradiction: None,
            is_event_by_form: false,
            is_unescaped: false,
            holds_several: false,
            spans: None,
            raw: None,
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
        self.raw = Some(text);
        self.source_text = Some((format, text));
    }

    /// Stores a value under its key, unless the key already has a value of the same or a better rank. A missing value has
    /// the worst rank.
    pub(super) fn put(&mut self, key: FieldKey, rank: u8, value: FieldValue<'a>) {
        self.set(key, rank, value);
    }

    /// Stores a value as [`TextRecord::put`] does. Returns whether it was stored.
    pub(super) fn set(&mut self, key: FieldKey, rank: u8, value: FieldValue<'a>) -> bool {
        let Some(slot) = self.known.get_mut(key as usize) else { return false };
        let is_better = slot.as_ref().is_none_or(|(current, present)| {
            match (present.is_missing(), value.is_missing()) {
                (present, missing) if present == missing => *current < rank,
                (present, _) => present,
            }
        });
        let worse = if is_better { slot.replace((rank, value)) } else { Some((rank, value)) };
        if let (Some((used, value)), Some((other, unused))) = (slot, &worse)
            && contradicts(key, (*used).min(*other), value, unused)
        {
            self.contradiction = Some(key);
            self.spans = None;
        }
        if let (FieldKey::Time, Some(worse)) = (key, worse)
            && self.other_times.len() < limits::RECORD_TIMES
        {
            self.other_times.push(worse);
        }
        is_better
    }

    /// Stores a value in place of the one that the key has.
    pub(super) fn replace(&mut self, key: FieldKey, rank: u8, value: FieldValue<'a>) {
        if let Some(unused) = self.take(key)
            && contradicts(key, rank, &value, &unused)
        {
            self.contradiction = Some(key);
        }
        self.put(key, rank, value);
    }

    /// Stores a value under the key of its name. A value that has a meaning of its own beside that of the key is also
    /// stored under its name.
    pub(super) fn put_known(
        &mut self,
        name: Cow<'a, [u8]>,
        (key, rank): (FieldKey, u8),
        value: FieldValue<'a>,
    ) {
        if field_names::is_own_field(&name) {
            self.put_other(name, value.clone());
        }
        self.put(key, rank, value);
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
        for (key, value) in FieldKey::ALL.into_iter().zip(inner.known) {
            if let Some((rank, value)) = value {
                self.put(key, rank, value.into_owned());
            }
        }
        self.other_times
            .extend(inner.other_times.into_iter().map(|(rank, value)| (rank, value.into_owned())));
        // A field present in both has one value, not two.
        let own = self.others.len();
        for (name, value) in inner.others {
            if !self.others.iter().take(own).any(|(known, _)| *known == name) {
                self.put_other(Cow::Owned(name.into_owned()), value.into_owned());
            }
        }
    }

    /// Marks the record as one that holds several events in a list. No layout is learned of it.
    pub(super) fn hold_several(&mut self) {
        (self.holds_several, self.spans) = (true, None);
    }

    /// Whether the record shows that it is an event only by a script or by names inside objects of unknown names: the names
    /// of its other values may be known in the innermost of them alone.
    pub(super) fn is_nested(&self) -> bool {
        match self.rank(FieldKey::Id) {
            Some(rank) => rank == NESTED_RANK,
            None => self.has(FieldKey::Text),
        }
    }

    /// Adds the values of a record around this one, where this one has none.
    pub(super) fn fill_from(&mut self, outer: &TextRecord<'_>) {
        for (slot, value) in self.known.iter_mut().zip(&outer.known) {
            if let (None, Some((rank, value))) = (&slot, value) {
                *slot = Some((*rank, value.clone().into_owned()));
            }
        }
    }

    /// Applies the meaning of GELF's `level`, a syslog severity. It depends on other values, so no layout is learned.
    pub(super) fn apply_gelf_conventions(&mut self) {
        self.spans = None;
        if self.rank(FieldKey::Level) == Some(8) {
            self.take(FieldKey::Level);
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

    /// Returns the message, if the script has to be extracted from it: there is no other text, or an empty one beside the
    /// message of a script.
    pub(super) fn script_message(&self) -> Option<Cow<'_, [u8]>> {
        match self.get(FieldKey::Text) {
            None => self.text(FieldKey::Message),
            Some(text) if text.is_missing() && self.has_script_message() => {
                self.text(FieldKey::Message)
            }
            Some(_) => None,
        }
    }

    /// Whether the record ends as a script block and does not begin as one: its beginning may be a line of a script.
    pub(super) fn is_end_of_script(&self) -> bool {
        self.is_unescaped
            && self.text(FieldKey::Message).is_some_and(|text| {
                rendered_message::find_script(&text).is_none()
                    && rendered_message::ends_as_script(&text)
            })
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
        let number = self.number::<u32>(FieldKey::Id);
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
        match number {
            Some(_) => rank > 3 || windows,
            // A script's text is searched whatever stands in the place of the id.
            None => self.has_script(),
        }
    }

    /// Whether the record is from PowerShell. Its channel, its provider, a script's text or a complete message of a script
    /// block shows that, each by itself: many tools write a word of their own where others have the provider. Only a
    /// record with none of these is decided by a provider of another name; one without any, or with a channel that collects
    /// events of others, by the values present.
    pub(super) fn is_powershell(&self) -> bool {
        let has_text =
            || self.has_script() && self.get(FieldKey::Text).is_some_and(|text| !text.is_missing());
        if self.has_powershell_channel() || has_text() {
            return true;
        }
        if let Some(name) = self.text(FieldKey::Provider).filter(|name| !name.is_empty()) {
            return is_provider(&name) || self.has_script_message();
        }
        if let Some(guid) = self.text(FieldKey::Guid).filter(|guid| !guid.is_empty()) {
            let guid = trim_quotes(&guid).trim_ascii();
            let guid =
                guid.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or(guid);
            return PROVIDER_GUIDS.iter().any(|known| guid.eq_ignore_ascii_case(known));
        }
        let channel = self.text(FieldKey::Channel);
        match channel.as_deref().map(trim_quotes) {
            None | Some(b"" | b"ForwardedEvents") => {
                let parts =
                    || self.has(FieldKey::Text) && self.number::<u32>(FieldKey::Total).is_some();
                self.has_script() || parts() || self.message_script().is_some()
            }
            Some(_) => false,
        }
    }

    /// Whether the channel is one that PowerShell logs scripts to.
    fn has_powershell_channel(&self) -> bool {
        self.text(FieldKey::Channel).is_some_and(|channel| is_channel(&channel))
    }

    /// Returns the provider's name for searches. A word of the tool that relayed the record is replaced.
    pub(super) fn provider_name(&self) -> Option<String> {
        let name = self.string(FieldKey::Provider)?;
        let name = trim_quotes_str(&name);
        if name.is_empty() || is_provider(name.as_bytes()) {
            return Some(name.to_owned());
        }
        let channel = self.text(FieldKey::Channel).unwrap_or_default();
        let is_core = trim_quotes(&channel).eq_ignore_ascii_case(CORE_CHANNEL);
        let name = if is_core { CORE_PROVIDER } else { WINDOWS_PROVIDER };
        Some(String::from_utf8_lossy(name).into_owned())
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

    /// Returns the time of the record: that of the best rank that can be read, or else one under an unusual name.
    pub(super) fn time(&self) -> ReadTime<'_> {
        self.usual_time()
            .or_else(|| Some(self.time_of_others()).filter(|read| read.time.is_some()))
            .or_else(|| self.date_and_clock())
            .unwrap_or_default()
    }

    /// Returns the best time under a usual name that can be read.
    pub(super) fn usual_time(&self) -> Option<ReadTime<'_>> {
        let read = |value: &FieldValue<'_>| {
            Some(time(&value.text(), self.time_rules)).filter(|time| time.time.is_some())
        };
        self.get(FieldKey::Time).and_then(read).or_else(|| {
            let mut others: Vec<_> = self.other_times.iter().collect();
            sort::sort_by_key(&mut others, |(rank, _)| std::cmp::Reverse(*rank));
            others.iter().find_map(|(_, value)| read(value))
        })
    }

    /// Returns a time among the values whose names are not known: the first whose name says that it is a time, or else
    /// the first that is an ISO 8601 time.
    fn time_of_others(&self) -> ReadTime<'_> {
        let read = |(name, value): &'_ (Cow<'a, [u8]>, FieldValue<'a>)| {
            let text = value.text();
            let is_short = text.len() <= limits::TIME_BYTES;
            let is_time = field_names::is_time(name);
            let is_iso = || Time::parse(&String::from_utf8_lossy(&text)).is_some();
            let time = (is_short && (is_time || is_iso())).then(|| time(&text, self.time_rules))?;
            time.time.is_some().then_some((is_time, time))
        };
        let mut first = None;
        for other in &self.others {
            match read(other) {
                Some((true, time)) => return ReadTime { field: Some(&other.0), ..time },
                Some((false, time)) => {
                    first.get_or_insert(ReadTime { field: Some(&other.0), ..time });
                }
                None => {}
            }
        }
        first.unwrap_or_default()
    }

    /// Returns the time of a record that has its date and its clock in two values.
    fn date_and_clock(&self) -> Option<ReadTime<'_>> {
        let usual = self.get(FieldKey::Time).into_iter();
        let usual = usual.chain(self.other_times.iter().map(|(_, value)| value));
        let others = self.others.iter().filter(|(name, _)| field_names::is_time(name));
        let values = usual.chain(others.map(|(_, value)| value)).map(FieldValue::text);
        let values: Vec<_> = values.filter(|text| text.len() <= limits::TIME_BYTES).collect();
        let has_colon = |text: &&Cow<'_, [u8]>| memchr::memchr(b':', text).is_some();
        let join =
            |date: &[u8], clock: &[u8]| [date.trim_ascii(), b" ", clock.trim_ascii()].concat();
        let clock = values
            .iter()
            .filter(has_colon)
            .find(|clock| time(&join(b"2000-01-01", clock), self.time_rules).time.is_some())?;
        let joined = values.iter().filter(|text| !has_colon(text));
        let mut read = joined.map(|date| time(&join(date, clock), self.time_rules));
        read.find(|read| read.time.is_some())
    }

    /// Uses this time if the record has none under a usual name that can be read.
    pub(super) fn put_fallback_time(&mut self, value: &FieldValue<'a>) {
        if self.usual_time().is_none() {
            self.put(FieldKey::Time, u8::MAX, value.clone());
        }
    }

    /// Returns the level of the record.
    pub(super) fn level(&self) -> Option<u8> {
        level(&self.text(FieldKey::Level)?)
    }
}

/// Whether the value that is used of a key lacks what another one has: a text that it does not contain, or the event id of
/// script blocks. `rank` is the lower of their ranks.
fn contradicts(key: FieldKey, rank: u8, used: &FieldValue<'_>, unused: &FieldValue<'_>) -> bool {
    match key {
        FieldKey::Text if rank > UNNAMED_RANK && !unused.is_missing() => {
            memmem::find(&used.text(), &unused.text()).is_none()
        }
        // Plain names of lower ranks occur in any kind of record.
        FieldKey::Id if rank > 3 => {
            let [used, unused] = [used, unused].map(|value| parse::<u32>(&value.text()));
            used != unused && unused == Some(SCRIPT_BLOCK_ID)
        }
        _ => false,
    }
}

/// Event id of script blocks.
const SCRIPT_BLOCK_ID: u32 = 4104;

/// The time of a record, and what was assumed about it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReadTime<'a> {
    pub(super) time: Option<Time>,
    /// It was written without a zone.
    pub(super) zone_assumed: bool,
    /// Its day and month could be the reverse.
    pub(super) date_order_assumed: bool,
    /// Name of the value, if it is an unusual one.
    pub(super) field: Option<&'a [u8]>,
}

impl<'a> ReadTime<'a> {
    /// Returns what was assumed beside the zone.
    pub(super) fn guess(&self) -> TimeGuess<'a> {
        TimeGuess { date_order: self.date_order_assumed, field: self.field }
    }
}

/// Parses a time.
pub(super) fn time<'n>(text: &[u8], time_rules: TimeRules) -> ReadTime<'n> {
    let text = String::from_utf8_lossy(text);
    let text = trim_quotes_str(&text);
    let Some((time, has_zone)) = timestamp::parse(text, time_rules.date_order) else {
        return ReadTime::default();
    };
    let zone_assumed = !has_zone && !time_rules.assume_utc;
    let offset = if zone_assumed { time_rules.utc_offset_seconds } else { 0 };
    ReadTime {
        time: time.checked_add_seconds(-offset),
        zone_assumed,
        date_order_assumed: timestamp::is_order_assumed(text, time_rules.date_order),
        field: None,
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

const WINDOWS_PROVIDER: &[u8] = b"Microsoft-Windows-PowerShell";
const CORE_PROVIDER: &[u8] = b"PowerShellCore";
const PROVIDERS: [&[u8]; 2] = [WINDOWS_PROVIDER, CORE_PROVIDER];
const PROVIDER_GUIDS: [&[u8]; 2] =
    [b"a0c1853b-5c40-4b15-8766-3cf1c58f985a", b"f90714a8-5509-434a-bf6d-b1624c8a19a2"];
const CORE_CHANNEL: &[u8] = b"PowerShellCore/Operational";
const CHANNELS: [&[u8]; 2] = [b"Microsoft-Windows-PowerShell/Operational", CORE_CHANNEL];
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

/// Whether this is the name of a channel that PowerShell logs scripts to.
pub(super) fn is_channel(name: &[u8]) -> bool {
    let name = trim_quotes(name).trim_ascii();
    CHANNELS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

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
