//! [`EventFields`]: the fields of an event beside those that it has by type, in one allocation.

use std::cmp::Ordering;
use std::fmt;

/// Names and values of fields, in their order. A name may come several times.
///
/// Events that rules match are kept in great numbers, and most of an event's values are shorter than what an allocation
/// for each would take. So all of them are in one string, one after another:
///
/// ```text
/// field   number of a usual name, from 1 · length · value
///         0 · length · another name · length · value
/// number  6 bits a character below U+0080, the lowest first; U+0040 is set on all but the last
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EventFields(String);

/// The names that need no text of their own. Only this module sees their numbers.
const USUAL_NAMES: [&str; 27] = [
    "Name",
    "Guid",
    "Version",
    "Level",
    "Task",
    "Opcode",
    "Keywords",
    "ActivityID",
    "ProcessID",
    "ThreadID",
    "Channel",
    "Qualifiers",
    "EventSourceName",
    "RelatedActivityID",
    "UserID",
    "user",
    "Computer",
    "Path",
    "Message",
    "EventCode",
    "EventRecordID",
    "TimeCreated",
    "index",
    "_raw",
    "Type",
    "TaskCategory",
    "User",
];

impl EventFields {
    /// Adds a field.
    pub fn push(&mut self, name: &str, value: &str) {
        match (1..).zip(USUAL_NAMES).find(|(_, usual)| *usual == name) {
            Some((number, _)) => self.push_number(number),
            None => {
                self.push_number(0);
                self.push_text(name);
            }
        }
        self.push_text(value);
    }

    /// Returns the names and values, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        FieldIter(&self.0)
    }

    /// Returns the values of the fields with this name.
    pub(crate) fn all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a str> + Clone + use<'a, 'n> {
        self.iter().filter(move |(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Returns the first value of a name.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Removes all fields with this name.
    pub(super) fn remove(&mut self, name: &str) {
        if self.first(name).is_some() {
            *self = self.iter().filter(|(own, _)| *own != name).collect();
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    fn push_text(&mut self, text: &str) {
        self.push_number(text.len());
        self.0.push_str(text);
    }

    fn push_number(&mut self, mut number: usize) {
        while number >= 0x40 {
            self.0.push(char::from((number & 0x3F) as u8 | 0x40));
            number >>= 6;
        }
        self.0.push(char::from(number as u8));
    }
}

/// The fields that are still to come.
#[derive(Clone)]
struct FieldIter<'a>(&'a str);

impl<'a> FieldIter<'a> {
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for (shift, byte) in (0..usize::BITS).step_by(6).zip(self.0.bytes()) {
            number |= usize::from(byte & 0x3F) << shift;
            if byte < 0x40 {
                self.0 = self.0.get(shift as usize / 6 + 1..)?;
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }
}

impl<'a> Iterator for FieldIter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let name = match self.number()?.checked_sub(1) {
            Some(usual) => USUAL_NAMES.get(usual).copied()?,
            None => self.text()?,
        };
        Some((name, self.text()?))
    }
}

/// In the order of the lists of their names and values.
impl Ord for EventFields {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl PartialOrd for EventFields {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for EventFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for EventFields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut own = Self::default();
        fields.into_iter().for_each(|(name, value)| own.push(name.as_ref(), value.as_ref()));
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(&USUAL_NAMES[..]).prop_map(str::to_owned),
            ".{0,12}".prop_map(|name| name)
        ]
    }

    fn list() -> impl Strategy<Value = Vec<(String, String)>> {
        prop::collection::vec((name(), prop_oneof![".{0,8}", "[a-c]{60,140}"]), 0..6)
    }

    #[test]
    fn a_long_value_is_whole() {
        let long = "é".repeat(70_000);
        let mut fields = EventFields::default();
        fields.push("other", &long);
        fields.push("Opcode", "15");
        assert_eq!(fields.first("other"), Some(&*long));
        assert_eq!(fields.first("Opcode"), Some("15"));
    }

    #[test]
    fn usual_names_are_different() {
        for (index, name) in USUAL_NAMES.iter().enumerate() {
            assert!(!USUAL_NAMES[..index].contains(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn behaves_as_a_list(a in list(), b in list(), name in name()) {
            let (packed, other): (EventFields, EventFields) =
                (a.iter().cloned().collect(), b.iter().cloned().collect());
            let plain = |fields: &EventFields| -> Vec<(String, String)> {
                fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            };
            prop_assert_eq!(&plain(&packed), &a);
            prop_assert_eq!(packed.cmp(&other), a.cmp(&b));
            prop_assert_eq!(packed == other, a == b);
            let mut left = packed.clone();
            left.remove(&name);
            prop_assert_eq!(left.first(&name), None);
            prop_assert_eq!(plain(&left).len() + packed.all(&name).count(), a.len());
        }
    }
}
