//! The fields of an event: which element or attribute has which.

use super::bytes::is_word;
use super::value::{TypedValue, kind};

/// A field that is read of every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CoreField {
    Provider,
    Guid,
    Id,
    Level,
    Time,
    Record,
    Computer,
    Number,
    Total,
    BlockId,
    Text,
}

/// Number of core fields.
pub(super) const CORE_FIELDS: usize = CoreField::Text as usize + 1;

/// The values of the core fields, indexed by [`CoreField`].
pub(super) type CoreValues<'a> = [Option<TypedValue<'a>>; CORE_FIELDS];

/// The value of an element without content.
pub(super) const EMPTY: TypedValue<'static> = TypedValue { kind: kind::STRING, at: 0, bytes: &[] };

/// The core fields in `System`: element, attribute (`None` for the element's text), and field.
const SYSTEM: [(KnownName, Option<KnownName>, CoreField); 7] = [
    (KnownName::Provider, Some(KnownName::Name), CoreField::Provider),
    (KnownName::Provider, Some(KnownName::Guid), CoreField::Guid),
    (KnownName::EventId, None, CoreField::Id),
    (KnownName::Level, None, CoreField::Level),
    (KnownName::TimeCreated, Some(KnownName::SystemTime), CoreField::Time),
    (KnownName::EventRecordId, None, CoreField::Record),
    (KnownName::Computer, None, CoreField::Computer),
];

/// The core fields in `EventData`, by the name of the value.
const DATA: [(&str, CoreField); 4] = [
    ("MessageNumber", CoreField::Number),
    ("MessageTotal", CoreField::Total),
    ("ScriptBlockId", CoreField::BlockId),
    ("ScriptBlockText", CoreField::Text),
];

/// Returns the core field that an `EventData` value is. `is_name` compares a name with the value's.
pub(super) fn core_field(is_name: impl Fn(&str) -> bool) -> Option<CoreField> {
    DATA.iter().find(|(name, _)| is_name(name)).map(|(_, field)| *field)
}

/// The meaning of a value, by its place in the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldRole<'a> {
    /// None that is read.
    Ignored,
    /// Directly within `Event` or `EventData`: templates put the event's data there as one fragment.
    Fragment,
    /// A core field.
    Core(CoreField),
    /// Another value of `System`, under its attribute's or element's name.
    System(&'a [u8]),
    /// The user's SID.
    User,
    /// The name of an `EventData` value.
    DataName,
    /// The `EventData` value itself.
    Data,
    /// An element of `UserData` that holds text.
    UserData(&'a [u8]),
    /// The rendered message.
    Message,
}

/// The open elements of a walk, and the open attribute.
#[derive(Default)]
pub(super) struct ElementPath<'a> {
    names: Vec<ElementName<'a>>,
    attribute: Option<ElementName<'a>>,
}

impl<'a> ElementPath<'a> {
    pub(super) fn open(&mut self, name: &'a [u8]) {
        self.attribute = None;
        self.names.push(ElementName::new(name));
    }

    pub(super) fn attribute(&mut self, name: &'a [u8]) {
        self.attribute = Some(ElementName::new(name));
    }

    pub(super) fn content(&mut self) {
        self.attribute = None;
    }

    /// Whether an attribute is open.
    pub(super) fn is_in_tag(&self) -> bool {
        self.attribute.is_some()
    }

    pub(super) fn close(&mut self) {
        self.attribute = None;
        self.names.pop();
    }

    /// Returns the role of a value at this place.
    pub(super) fn role(&self) -> FieldRole<'a> {
        // The root of a fragment is the event, or an element within it.
        let names = match self.names.split_first() {
            Some((first, rest)) if first.word == KnownName::Event => rest,
            Some(_) => &self.names,
            None => return FieldRole::Fragment,
        };
        let Some((area, path)) = names.split_first() else {
            return FieldRole::Fragment;
        };
        match (area.word, path, self.attribute) {
            (KnownName::System, [element], attribute) => system_role(*element, attribute),
            (KnownName::EventData, [], None) => FieldRole::Fragment,
            (KnownName::EventData, [element], attribute) if element.word == KnownName::Data => {
                match attribute {
                    None => FieldRole::Data,
                    Some(name) if name.word == KnownName::Name => FieldRole::DataName,
                    Some(_) => FieldRole::Ignored,
                }
            }
            (KnownName::UserData, [.., element], None) => FieldRole::UserData(element.text),
            (KnownName::RenderingInfo, [element], None) if element.word == KnownName::Message => {
                FieldRole::Message
            }
            _ => FieldRole::Ignored,
        }
    }
}

/// Returns the role of a value in `System`.
fn system_role<'a>(element: ElementName<'a>, attribute: Option<ElementName<'a>>) -> FieldRole<'a> {
    let word = attribute.map(|name| name.word);
    let core = SYSTEM.iter().find(|(name, own, _)| (*name, *own) == (element.word, word));
    match (core, attribute) {
        (Some((_, _, field)), _) => FieldRole::Core(*field),
        (None, Some(name))
            if (element.word, name.word) == (KnownName::Security, KnownName::UserId) =>
        {
            FieldRole::User
        }
        (None, Some(name)) if name.word != KnownName::Xmlns => FieldRole::System(name.text),
        (None, Some(_)) => FieldRole::Ignored,
        (None, None) => FieldRole::System(element.text),
    }
}

/// An element's or attribute's name, and which known name it is.
#[derive(Clone, Copy)]
struct ElementName<'a> {
    text: &'a [u8],
    word: KnownName,
}

impl<'a> ElementName<'a> {
    fn new(text: &'a [u8]) -> Self {
        let mut candidates = names_of_length(text.len() / 2).iter();
        let known = candidates.find(|(word, _)| is_word(text, word));
        Self { text, word: known.map_or(KnownName::Other, |(_, word)| *word) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KnownName {
    Computer,
    Data,
    Event,
    EventData,
    EventId,
    EventRecordId,
    Guid,
    Level,
    Message,
    Name,
    Provider,
    RenderingInfo,
    Security,
    System,
    SystemTime,
    TimeCreated,
    UserData,
    UserId,
    Xmlns,
    Other,
}

/// Returns the known names with this many letters. A record has some forty names, and the length rules out most.
fn names_of_length(letters: usize) -> &'static [(&'static str, KnownName)] {
    match letters {
        4 => &[("Data", KnownName::Data), ("Name", KnownName::Name), ("Guid", KnownName::Guid)],
        5 => {
            &[("Event", KnownName::Event), ("Level", KnownName::Level), ("xmlns", KnownName::Xmlns)]
        }
        6 => &[("System", KnownName::System), ("UserID", KnownName::UserId)],
        7 => &[("EventID", KnownName::EventId), ("Message", KnownName::Message)],
        8 => &[
            ("Computer", KnownName::Computer),
            ("Provider", KnownName::Provider),
            ("Security", KnownName::Security),
            ("UserData", KnownName::UserData),
        ],
        9 => &[("EventData", KnownName::EventData)],
        10 => &[("SystemTime", KnownName::SystemTime)],
        11 => &[("TimeCreated", KnownName::TimeCreated)],
        13 => &[
            ("EventRecordID", KnownName::EventRecordId),
            ("RenderingInfo", KnownName::RenderingInfo),
        ],
        _ => &[],
    }
}
