//! Which element or attribute of an event says what.

use super::bytes::is_word;

/// A field that every record is asked for, in the order of [`HOT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hot {
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
pub(super) const HOT: usize = Hot::Text as usize + 1;

/// What the attributes and elements of `System` say; where there is no attribute, the element.
const SYSTEM: [(Word, Option<Word>, Hot); 7] = [
    (Word::Provider, Some(Word::Name), Hot::Provider),
    (Word::Provider, Some(Word::Guid), Hot::Guid),
    (Word::EventId, None, Hot::Id),
    (Word::Level, None, Hot::Level),
    (Word::TimeCreated, Some(Word::SystemTime), Hot::Time),
    (Word::EventRecordId, None, Hot::Record),
    (Word::Computer, None, Hot::Computer),
];

const DATA: [(&str, Hot); 4] = [
    ("MessageNumber", Hot::Number),
    ("MessageTotal", Hot::Total),
    ("ScriptBlockId", Hot::BlockId),
    ("ScriptBlockText", Hot::Text),
];

/// The hot field that an `EventData` value of this name is.
pub(super) fn hot_data(is: impl Fn(&str) -> bool) -> Option<Hot> {
    DATA.iter().find(|(name, _)| is(name)).map(|(_, hot)| *hot)
}

/// What the present place of a walk stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// Nothing that is kept.
    Nothing,
    /// Directly within `Event` or `EventData`, where a template puts the data as one fragment.
    Fragment,
    /// A field every record is asked for.
    Hot(Hot),
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
pub(super) struct Path<'a> {
    names: Vec<Name<'a>>,
    attribute: Option<Name<'a>>,
}

impl<'a> Path<'a> {
    pub(super) fn open(&mut self, name: &'a [u8]) {
        self.attribute = None;
        self.names.push(Name::of(name));
    }

    pub(super) fn attribute(&mut self, name: &'a [u8]) {
        self.attribute = Some(Name::of(name));
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
    pub(super) fn key(&self) -> Key<'a> {
        // A fragment may begin within the event, or be the whole of it.
        let names = match self.names.split_first() {
            Some((first, rest)) if first.word == Word::Event => rest,
            Some(_) => &self.names,
            None => return Key::Fragment,
        };
        let Some((area, path)) = names.split_first() else {
            return Key::Fragment;
        };
        match (area.word, path, self.attribute) {
            (Word::System, [element], attribute) => system(*element, attribute),
            (Word::EventData, [], None) => Key::Fragment,
            (Word::EventData, [element], attribute) if element.word == Word::Data => {
                match attribute {
                    None => Key::Data,
                    Some(name) if name.word == Word::Name => Key::DataName,
                    Some(_) => Key::Nothing,
                }
            }
            (Word::UserData, [.., element], None) => Key::UserData(element.text),
            (Word::RenderingInfo, [element], None) if element.word == Word::Message => Key::Message,
            _ => Key::Nothing,
        }
    }
}

fn system<'a>(element: Name<'a>, attribute: Option<Name<'a>>) -> Key<'a> {
    let word = attribute.map(|name| name.word);
    let hot = SYSTEM.iter().find(|(name, own, _)| (*name, *own) == (element.word, word));
    match (hot, attribute) {
        (Some((_, _, hot)), _) => Key::Hot(*hot),
        (None, Some(name)) if (element.word, name.word) == (Word::Security, Word::UserId) => {
            Key::User
        }
        (None, Some(name)) if name.word != Word::Xmlns => Key::System(name.text),
        (None, Some(_)) => Key::Nothing,
        (None, None) => Key::System(element.text),
    }
}

/// An element's or attribute's name, and which of those it is that mean something.
#[derive(Clone, Copy)]
struct Name<'a> {
    text: &'a [u8],
    word: Word,
}

impl<'a> Name<'a> {
    fn of(text: &'a [u8]) -> Self {
        let mut candidates = words(text.len() / 2).iter();
        let known = candidates.find(|(word, _)| is_word(text, word));
        Self { text, word: known.map_or(Word::Other, |(_, word)| *word) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
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
fn words(letters: usize) -> &'static [(&'static str, Word)] {
    match letters {
        4 => &[("Data", Word::Data), ("Name", Word::Name), ("Guid", Word::Guid)],
        5 => &[("Event", Word::Event), ("Level", Word::Level), ("xmlns", Word::Xmlns)],
        6 => &[("System", Word::System), ("UserID", Word::UserId)],
        7 => &[("EventID", Word::EventId), ("Message", Word::Message)],
        8 => &[
            ("Computer", Word::Computer),
            ("Provider", Word::Provider),
            ("Security", Word::Security),
            ("UserData", Word::UserData),
        ],
        9 => &[("EventData", Word::EventData)],
        10 => &[("SystemTime", Word::SystemTime)],
        11 => &[("TimeCreated", Word::TimeCreated)],
        13 => &[("EventRecordID", Word::EventRecordId), ("RenderingInfo", Word::RenderingInfo)],
        _ => &[],
    }
}
