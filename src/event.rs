//! [`Event`]: one 4104 record, typed, with every other field by name.

mod fields;
mod names;
mod user_names;
mod xml;

pub(crate) use fields::EventFields;
pub(crate) use names::{MEASURES, canonical, is_measure, usual_names};
pub(crate) use user_names::{UserNames, service_account};

use crate::text::Text;
use crate::time::Time;
use std::borrow::Cow;

/// The location of a record in its source, by which it can be read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordLocation {
    /// Byte offset of the record in its source.
    pub offset: u64,
    /// Length of the record in bytes.
    pub length: u64,
    /// For EVTX, the byte offset of the chunk with the record's templates. For other formats, the record's own offset.
    pub frame: u64,
    /// How the record was found, if its EVTX chunk does not count it.
    pub recovery: Recovery,
}

/// How a record of an EVTX file was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recovery {
    /// Its chunk counts it, or its format has no chunks.
    #[default]
    None,
    /// It follows the records that the chunk's header counts, with the next number: the header is older than the record.
    PastEnd,
    /// It is in space that the chunk does not use: left from a former use of the chunk, of the memory that it was written
    /// from, or by a tool that shortened it. The same record may be elsewhere in the log.
    Unused,
}

impl RecordLocation {
    /// Whether the record is one that its EVTX chunk does not count.
    pub fn is_recovered(&self) -> bool {
        self.recovery != Recovery::None
    }
}

/// A script block logging record (4104 of a PowerShell provider).
///
/// Values are as the log has them: nothing is trimmed, an empty value stays empty.
///
/// # Example
///
/// ```
/// use scriptscope::internal::Event;
///
/// let event = Event {
///     computer: Some("FS03".into()),
///     fields: [("Opcode", "15")].into_iter().collect(),
///     ..Event::default()
/// };
/// // Splunk's, Elastic's and Sigma's names find the same value.
/// for name in ["Computer", "dest", "winlog.computer_name"] {
///     assert_eq!(event.field(name).as_deref(), Some("FS03"));
/// }
/// assert_eq!(event.field("winlog.opcode").as_deref(), Some("15"));
/// assert_eq!(event.field("Path"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Its location in the source.
    pub place: RecordLocation,
    /// `EventRecordID`.
    pub record: Option<String>,
    /// Time at which it was logged.
    pub time: Option<Time>,
    /// Computer that logged it.
    pub computer: Option<String>,
    /// The user's SID, or the name that the source has instead.
    pub user: Option<String>,
    /// 5 verbose, 3 warning (PowerShell found the text suspicious), 2 error.
    pub level: Option<u8>,
    /// `MessageNumber`: number of this part, from 1.
    pub number: Option<u32>,
    /// `MessageTotal`: number of parts of the script block.
    pub total: Option<u32>,
    /// `ScriptBlockText` of this part.
    pub text: Text,
    /// `ScriptBlockId`.
    pub script_block_id: Option<String>,
    /// `Path` of the script file.
    pub path: Option<String>,
    /// The rendered message, if the source has one.
    pub message: Option<String>,
    /// All other fields, under their canonical names. A field with several values is repeated.
    pub fields: EventFields,
}

/// Returns the value that a field has in every event 4104, if it is always the same.
pub(crate) fn fixed_value(name: &str) -> Option<&'static str> {
    match canonical(name) {
        "EventCode" => Some(EVENT_ID),
        "vendor_product" => Some(VENDOR_PRODUCT),
        "signature" => Some(SIGNATURE),
        _ => None,
    }
}

/// Whether every event has a value of the field: one that is fixed, made from other values, or the script itself. Measures
/// of the script count too: a log without an obfuscated script lacks nothing.
pub(crate) fn is_always_present(name: &str) -> bool {
    fixed_value(name).is_some()
        || is_measure(name)
        || matches!(
            canonical(name),
            "ScriptBlockText" | "Message" | "source" | "sourcetype" | "index" | "_raw" | "_time"
        )
}

impl Event {
    /// Gives back the memory that is reserved for longer values and more fields: most of it, in an event that is kept.
    pub(crate) fn shrink(&mut self) {
        self.fields.shrink_to_fit();
        let Self { record, computer, user, script_block_id, path, message, .. } = self;
        let values = [record, computer, user, script_block_id, path, message];
        values.into_iter().flatten().for_each(String::shrink_to_fit);
    }

    /// Returns a copy without the text, which is most of an event.
    pub fn without_text(&self) -> Self {
        Self {
            place: self.place,
            record: self.record.clone(),
            time: self.time,
            computer: self.computer.clone(),
            user: self.user.clone(),
            level: self.level,
            number: self.number,
            total: self.total,
            text: Text::new(),
            script_block_id: self.script_block_id.clone(),
            path: self.path.clone(),
            message: self.message.clone(),
            fields: self.fields.clone(),
        }
    }

    /// Returns the value of a field under any of its usual names. An empty value is absent, as in Splunk.
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = match canonical(name) {
            "Computer" => text(self.computer.as_ref()),
            "UserID" => text(self.user.as_ref()),
            "EventRecordID" => text(self.record.as_ref()),
            "Level" => number(self.level),
            "MessageNumber" => number(self.number),
            "MessageTotal" => number(self.total),
            "ScriptBlockText" => Some(self.text.to_lossy()),
            "ScriptBlockId" => text(self.script_block_id.as_ref()),
            "Path" => text(self.path.as_ref()),
            "Message" => {
                self.message_with(&self.text.to_lossy()).map(|text| text.into_owned().into())
            }
            "EventCode" => Some(EVENT_ID.into()),
            "vendor_product" => Some(VENDOR_PRODUCT.into()),
            "signature" => Some(SIGNATURE.into()),
            "sourcetype" => Some("XmlWinEventLog".into()),
            "source" => Some(format!("XmlWinEventLog:{}", self.channel()).into()),
            "index" => self.other("index").or(Some("main".into())),
            "user" => self.other("user").or_else(|| text(self.user.as_ref())),
            "_time" => self.time.map(|time| time.to_epoch_string().into()),
            names::TIME => self.time.map(|time| time.to_string().into()),
            other => self.other(other),
        };
        value.filter(|value| !value.is_empty())
    }

    /// Whether the event has a field under any of its usual names, even if its value is empty.
    pub fn has_field(&self, name: &str) -> bool {
        match canonical(name) {
            "ScriptBlockText" => true,
            "UserID" => self.user.is_some(),
            "ScriptBlockId" => self.script_block_id.is_some(),
            "Path" => self.path.is_some(),
            other => self.field(other).is_some() || self.other(other).is_some(),
        }
    }

    /// Returns the values of a field after its first one, as lists in JSON have them.
    pub fn values_after_first<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let name = canonical(name);
        self.fields.all(name).skip(1).filter(|value| !value.is_empty())
    }

    /// Returns the names of all fields with a value, for searches over any field: canonical names, and the fields that
    /// Splunk adds to every event. Internal fields, which begin with `_`, are left out.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let known: &[&str] = &names::CANONICAL;
        let known = known.iter().chain(&DEFAULT_FIELDS).copied();
        let own = self.fields.iter().map(|(name, _)| name).filter(|name| {
            !name.starts_with('_')
                && !names::CANONICAL.contains(name)
                && !DEFAULT_FIELDS.contains(name)
        });
        known.filter(|name| self.field(name).is_some()).chain(own)
    }

    /// Returns the record as the source has it, if the source was read for searches that ask for it.
    pub(crate) fn raw(&self) -> Option<&str> {
        self.fields.first(RAW)
    }

    /// Adds the record as the source has it.
    pub(crate) fn set_raw(&mut self, raw: &str) {
        self.fields.remove(RAW);
        self.fields.push(RAW, raw);
    }

    /// Returns the rendered message. If the source has only the data, it is rendered around this text as Windows does.
    pub fn message_with(&self, text: &str) -> Option<Cow<'_, str>> {
        let message = match &self.message {
            Some(message) => Cow::Borrowed(message.as_str()),
            None => Cow::Owned(format!(
                "Creating Scriptblock text ({} of {}):\r\n{text}\r\n\r\nScriptBlock ID: {}\r\nPath: {}",
                self.number.unwrap_or(1),
                self.total.unwrap_or(1),
                self.script_block_id.as_deref().unwrap_or_default(),
                self.path.as_deref().unwrap_or_default(),
            )),
        };
        Some(message).filter(|message| !message.is_empty())
    }

    fn channel(&self) -> Cow<'_, str> {
        let channel = self.other("Channel").filter(|channel| !channel.is_empty());
        channel.unwrap_or_else(|| match self.other("Name").as_deref() {
            Some("PowerShellCore") => Cow::Borrowed("PowerShellCore/Operational"),
            _ => Cow::Borrowed("Microsoft-Windows-PowerShell/Operational"),
        })
    }

    fn other(&self, name: &str) -> Option<Cow<'_, str>> {
        self.fields.first(name).map(Cow::Borrowed)
    }
}

/// Value of `vendor_product` in Splunk's add-on for Windows.
const VENDOR_PRODUCT: &str = "Microsoft Windows";
/// Name of the record as the source has it, as in Splunk.
const RAW: &str = "_raw";

/// The event id of script block logging.
const EVENT_ID: &str = "4104";

/// The fields that Splunk and its add-on for Windows add to every event.
pub(crate) const DEFAULT_FIELDS: [&str; 6] =
    ["host", "source", "sourcetype", "index", "vendor_product", "signature"];

/// Value of `signature` in Splunk's add-on for Windows: the name of event 4104's task.
const SIGNATURE: &str = "Execute a Remote Command";

fn text(value: Option<&String>) -> Option<Cow<'_, str>> {
    value.map(|value| Cow::Borrowed(value.as_str()))
}

fn number<T: ToString>(value: Option<T>) -> Option<Cow<'static, str>> {
    value.map(|value| Cow::Owned(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_finds_the_value() {
        let event = Event {
            computer: Some("FS03".into()),
            user: Some("S-1-5-18".into()),
            fields: [("Opcode", "15"), ("port", "49730")].into_iter().collect(),
            ..Event::default()
        };
        for name in ["Computer", "dest", "Hostname", "winlog.computer_name"] {
            assert_eq!(event.field(name).as_deref(), Some("FS03"), "{name}");
        }
        assert_eq!(event.field("user_id").as_deref(), Some("S-1-5-18"));
        assert_eq!(event.field("signature_id").as_deref(), Some("4104"));
        assert_eq!(event.field("Opcode").as_deref(), Some("15"));
        assert_eq!(event.field("port").as_deref(), Some("49730"));
        assert_eq!(event.field("COMPUTER"), None, "names are case-sensitive");
        assert!(event.field_names().any(|name| name == "port"));
    }

    #[test]
    fn an_empty_value_is_absent() {
        let event = Event { path: Some(String::new()), ..Event::default() };
        assert_eq!(event.field("Path"), None);
        assert_eq!(event.path.as_deref(), Some(""));
    }

    #[test]
    fn fields_that_splunk_adds_have_a_value_in_every_event() {
        let event = Event { computer: Some("FS03".into()), ..Event::default() };
        for (name, value) in [
            ("host", "FS03"),
            ("source", "XmlWinEventLog:Microsoft-Windows-PowerShell/Operational"),
            ("sourcetype", "XmlWinEventLog"),
            ("index", "main"),
            ("vendor_product", "Microsoft Windows"),
        ] {
            assert_eq!(event.field(name).as_deref(), Some(value), "{name}");
            assert!(event.field_names().any(|own| own == name), "{name}");
        }
    }

    #[test]
    fn a_value_of_the_log_comes_before_one_that_is_added() {
        let user = Some("S-1-5-18".to_owned());
        let event = Event { user: user.clone(), ..Event::default() };
        assert_eq!(event.field("user").as_deref(), Some("S-1-5-18"));
        let fields = [("user", "CORP\\eve"), ("index", "win")].into_iter().collect();
        let event = Event { user, fields, ..Event::default() };
        assert_eq!(event.field("user").as_deref(), Some("CORP\\eve"));
        assert_eq!(event.field("index").as_deref(), Some("win"));
    }
}
