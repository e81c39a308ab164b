//! [`Names`]: the strings of an inventory, each once.

use super::packed_time::PackedTime;
use crate::event::UserNames;
use crate::limits;
use crate::ordered::OrderedMap;
use crate::text::{floor_char_boundary, fold_case};
use crate::time::Time;
use std::borrow::Cow;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Number of a name; [`NO_NAME`] where there is none.
pub(super) type Name = u32;

/// The number of no name.
pub(super) const NO_NAME: Name = u32::MAX;

/// Who ran a script and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Context {
    pub(super) computer: Name,
    pub(super) user: Name,
    pub(super) path: Name,
    pub(super) process: Option<u32>,
    pub(super) thread: Option<u32>,
}

/// Interned strings, contexts, and times that an entry cannot pack.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: OrderedMap<Arc<str>, Name>,
    texts: Vec<NameText>,
    bytes: usize,
    /// Names that were left out because of the limit.
    pub(super) left_out: u64,
    context_numbers: OrderedMap<Context, u32>,
    contexts: Vec<Context>,
    odd_times: Vec<Time>,
}

#[derive(Debug)]
struct NameText {
    text: Arc<str>,
    /// Hash of the text without regard to case.
    folded: u64,
}

impl Names {
    /// Returns the number of a name, a long one in [its short form](short_name).
    pub(super) fn intern(&mut self, text: &str) -> Name {
        self.intern_long(&short_name(text))
    }

    /// Returns the number of a command line, as [`Names::intern`] does. One longer than [`limits::COMMAND_LINE_BYTES`] is
    /// cut.
    pub(super) fn intern_long(&mut self, text: &str) -> Name {
        let end = floor_char_boundary(text, limits::COMMAND_LINE_BYTES);
        let text = text.get(..end).unwrap_or(text);
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        if self.bytes + text.len() > limits::INVENTORY_NAME_BYTES {
            self.left_out += 1;
            return NO_NAME;
        }
        self.bytes += text.len();
        let number = self.texts.len() as Name;
        let text: Arc<str> = text.into();
        let folded = folded_hash(&text);
        self.texts.push(NameText { text: Arc::clone(&text), folded });
        self.numbers.insert(text, number);
        number
    }

    /// Returns the number of a name that may be absent.
    pub(super) fn intern_some(&mut self, text: Option<&str>) -> Name {
        text.map_or(NO_NAME, |text| self.intern(text))
    }

    /// Returns the name of a user that the logs, an identity list or Windows itself gives its SID.
    pub(super) fn user_name(&self, user: Name, users: &UserNames) -> Option<String> {
        self.text(user).and_then(|user| users.get(user)).map(str::to_owned)
    }

    /// Returns the number of a context that is known.
    pub(super) fn known_context(&self, context: &Context) -> Option<u32> {
        self.context_numbers.get(context).copied()
    }

    /// Returns the number of a context.
    pub(super) fn context(&mut self, context: Context) -> u32 {
        if let Some(number) = self.known_context(&context) {
            return number;
        }
        let number = self.contexts.len() as u32;
        self.contexts.push(context);
        self.context_numbers.insert(context, number);
        number
    }

    /// Returns a context by its number.
    pub(super) fn context_of(&self, number: u32) -> Context {
        let none = Context {
            computer: NO_NAME,
            user: NO_NAME,
            path: NO_NAME,
            process: None,
            thread: None,
        };
        self.contexts.get(number as usize).copied().unwrap_or(none)
    }

    pub(super) fn text(&self, name: Name) -> Option<&str> {
        self.texts.get(name as usize).map(|own| &*own.text)
    }

    /// Returns the hash of a name without regard to case; 0 for no name.
    pub(super) fn folded(&self, name: Name) -> u64 {
        self.texts.get(name as usize).map_or(0, |own| own.folded)
    }

    /// Packs a time.
    pub(super) fn pack(&mut self, time: Option<Time>) -> PackedTime {
        let is_odd = time.is_some_and(|time| !PackedTime::fits(time));
        if is_odd {
            self.odd_times.extend(time);
        }
        PackedTime::new(time, (self.odd_times.len() as u32).saturating_sub(1))
    }

    /// Returns a packed time.
    pub(super) fn unpack(&self, time: PackedTime) -> Option<Time> {
        match time.odd() {
            Some(odd) => self.odd_times.get(odd as usize).copied(),
            None => time.time(),
        }
    }

    /// The names, in the order of their numbers.
    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.texts.iter().map(|own| &*own.text)
    }

    /// The contexts, in the order of their numbers.
    pub(super) fn contexts(&self) -> &[Context] {
        &self.contexts
    }
}

/// Returns a name that is not longer than [`limits::NAME_BYTES`]: of a longer one the beginning, and a hash of all of it,
/// so that different names stay different.
pub(super) fn short_name(text: &str) -> Cow<'_, str> {
    if text.len() <= limits::NAME_BYTES {
        return Cow::Borrowed(text);
    }
    let hash = hex(folded_hash(text));
    let end = floor_char_boundary(text, limits::NAME_BYTES - hash.len() - '…'.len_utf8());
    Cow::Owned(format!("{}…{hash}", text.get(..end).unwrap_or_default()))
}

/// Returns the hash of a name without regard to case.
pub(super) fn folded_hash(text: &str) -> u64 {
    xxh3_64(fold_case(text).as_bytes())
}

/// Returns a number as 16 hexadecimal digits.
pub(super) fn hex(number: u64) -> String {
    crate::text::to_hex(&number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_and_compares_without_case() {
        let mut names = Names::default();
        let (a, b) = (names.intern("DC01"), names.intern("dc01"));
        assert_ne!(a, b);
        assert_eq!(names.intern("DC01"), a);
        assert_eq!(names.folded(a), names.folded(b));
        assert_eq!((names.text(a), names.text(NO_NAME)), (Some("DC01"), None));
        assert_eq!(names.intern_some(None), NO_NAME);
        let long = "x".repeat(2 * limits::NAME_BYTES);
        let other = names.intern(&format!("{long}y"));
        let long = names.intern(&long);
        assert_eq!(names.text(long).map(str::len), Some(limits::NAME_BYTES));
        assert_ne!(names.folded(long), names.folded(other));
        let short = names.text(long).unwrap().to_owned();
        assert_eq!(short_name(&short), short);
        assert_eq!(names.intern(&short), long);
    }

    #[test]
    fn times_keep_their_nanoseconds() {
        let mut names = Names::default();
        for nanos in [100, 123, 200, 7] {
            let time = Time::new(5, nanos, 9);
            let packed = names.pack(time);
            assert_eq!(names.unpack(packed), time);
        }
        let none = names.pack(None);
        assert_eq!(names.unpack(none), None);
    }
}
