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

const SYSTEM: [(&str, &str, Hot); 7] = [
    ("Provider", "Name", Hot::Provider),
    ("Provider", "Guid", Hot::Guid),
    ("EventID", "", Hot::Id),
    ("Level", "", Hot::Level),
    ("TimeCreated", "SystemTime", Hot::Time),
    ("EventRecordID", "", Hot::Record),
    ("Computer", "", Hot::Computer),
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
    names: Vec<&'a [u8]>,
    attribute: Option<&'a [u8]>,
}

impl<'a> Path<'a> {
    pub(super) fn open(&mut self, name: &'a [u8]) {
        self.attribute = None;
        self.names.push(name);
    }

    pub(super) fn attribute(&mut self, name: &'a [u8]) {
        self.attribute = Some(name);
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
            Some((first, rest)) if is_word(first, "Event") => rest,
            Some(_) => &self.names,
            None => return Key::Fragment,
        };
        let Some((area, path)) = names.split_first() else {
            return Key::Fragment;
        };
        match (path, self.attribute) {
            ([element], attribute) if is_word(area, "System") => system(element, attribute),
            ([], None) if is_word(area, "EventData") => Key::Fragment,
            ([element], attribute) if is_word(area, "EventData") && is_word(element, "Data") => {
                match attribute {
                    None => Key::Data,
                    Some(name) if is_word(name, "Name") => Key::DataName,
                    Some(_) => Key::Nothing,
                }
            }
            ([.., element], None) if is_word(area, "UserData") => Key::UserData(element),
            ([element], None) if is_word(area, "RenderingInfo") && is_word(element, "Message") => {
                Key::Message
            }
            _ => Key::Nothing,
        }
    }
}

fn system<'a>(element: &'a [u8], attribute: Option<&'a [u8]>) -> Key<'a> {
    let hot = SYSTEM.iter().find(|(name, own, _)| {
        is_word(element, name) && attribute.map_or(own.is_empty(), |given| is_word(given, own))
    });
    match (hot, attribute) {
        (Some((_, _, hot)), _) => Key::Hot(*hot),
        (None, Some(name)) if is_word(element, "Security") && is_word(name, "UserID") => Key::User,
        (None, Some(name)) if !is_word(name, "xmlns") => Key::System(name),
        (None, Some(_)) => Key::Nothing,
        (None, None) => Key::System(element),
    }
}
