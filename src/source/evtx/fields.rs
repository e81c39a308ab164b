//! Which element or attribute of an event says what.

use super::bytes::is_word;

/// A field that every record is asked for, in the order of [`CORE_FIELDS`].
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

/// How many there are of them.
pub(super) const CORE_FIELDS: usize = CoreField::Text as usize + 1;

/// What the attributes and elements of `System` say; where there is no attribute, the element.
const SYSTEM: [(KnownName, Option<KnownName>, CoreField); 7] = [
    (KnownName::Provider, Some(KnownName::Name), CoreField::Provider),
    (KnownName::Provider, Some(KnownName::Guid), CoreField::Guid),
    (KnownName::EventId, None, CoreField::Id),
    (KnownName::Level, None, CoreField::Level),
    (KnownName::TimeCreated, Some(KnownName::SystemTime), CoreField::Time),
    (KnownName::EventRecordId, None, CoreField::Record),
    (KnownName::Computer, None, CoreField::Computer),
];

const DATA: [(&str, CoreField); 4] = [
    ("MessageNumber", CoreField::Number),
    ("MessageTotal", CoreField::Total),
    ("ScriptBlockId", CoreField::BlockId),
    ("ScriptBlockText", CoreField::Text),
];

/// The hot field that an `EventData` value of this name is.
pub(super) fn hot_data(is: impl Fn(&str) -> bool) -> Option<CoreField> {
    DATA.iter().find(|(name, _)| is(name)).map(|(_, hot)| *hot)
}

/// What the present place of a walk stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldRole<'a> {
    /// Nothing that is kept.
    Nothing,
    /// Directly within `Event` or `EventData`, where a template puts the data as one fragment.
    Fragment,
    /// A field every record is asked for.
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

/// The elements that are open, as far as they matter.
#[derive(Default)]
pub(super) struct ElementPath<'a> {
    names: Vec<ElementName<'a>>,
    attribute: Option<ElementName<'a>>,
}

impl<'a> ElementPath<'a> {
    pub(super) fn open(&mut self, name: &'a [u8]) {
        self.attribute = None;
        self.names.push(ElementName::of(name));
    }

    pub(super) fn attribute(&mut self, name: &'a [u8]) {
        self.attribute = Some(ElementName::of(name));
    }

    pub(super) fn content(&mut self) {
        self.attribute = None;
    }

    /// An attribute is being read.
    pub(super) fn is_in_tag(&self) -> bool {
        self.attribute.is_some()
    }

    pub(super) fn close(&mut self) {
        self.attribute = None;
        self.names.pop();
    }

    /// What a value at the present place is.
    pub(super) fn key(&self) -> FieldRole<'a> {
        // A fragment may begin within the event, or be the whole of it.
        let names = match self.names.split_first() {
            Some((first, rest)) if first.word == KnownName::Event => rest,
            Some(_) => &self.names,
            None => return FieldRole::Fragment,
        };
        let Some((area, path)) = names.split_first() else {
            return FieldRole::Fragment;
        };
        match (area.word, path, self.attribute) {
            (KnownName::System, [element], attribute) => system(*element, attribute),
            (KnownName::EventData, [], None) => FieldRole::Fragment,
            (KnownName::EventData, [element], attribute) if element.word == KnownName::Data => {
                match attribute {
                    None => FieldRole::Data,
                    Some(name) if name.word == KnownName::Name => FieldRole::DataName,
                    Some(_) => FieldRole::Nothing,
                }
            }
            (KnownName::UserData, [.., element], None) => FieldRole::UserData(element.text),
            (KnownName::RenderingInfo, [element], None) if element.word == KnownName::Message => {
                FieldRole::Message
            }
            _ => FieldRole::Nothing,
        }
    }
}

fn system<'a>(element: ElementName<'a>, attribute: Option<ElementName<'a>>) -> FieldRole<'a> {
    let word = attribute.map(|name| name.word);
    let hot = SYSTEM.iter().find(|(name, own, _)| (*name, *own) == (element.word, word));
    match (hot, attribute) {
        (Some((_, _, hot)), _) => FieldRole::Core(*hot),
        (None, Some(name))
            if (element.word, name.word) == (KnownName::Security, KnownName::UserId) =>
        {
            FieldRole::User
        }
        (None, Some(name)) if name.word != KnownName::Xmlns => FieldRole::System(name.text),
        (None, Some(_)) => FieldRole::Nothing,
        (None, None) => FieldRole::System(element.text),
    }
}

/// An element's or attribute's name, and which of those it is that mean something.
#[derive(Clone, Copy)]
struct ElementName<'a> {
    text: &'a [u8],
    word: KnownName,
}

impl<'a> ElementName<'a> {
    fn of(text: &'a [u8]) -> Self {
        let mut candidates = words(text.len() / 2).iter();
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

/// The words of so many letters: a record has some forty names, and most tell by their length.
fn words(letters: usize) -> &'static [(&'static str, KnownName)] {
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
