//! What every record needs, looked at where its layout says that it stands.
//!
//! Most records are merely counted, or carry a script that no rule wants. Nothing is built for these; whatever is
//! not surely as simple as that is left to a [`Record`].

use super::field_names::Key;
use super::format::Format;
use super::layout::LayoutMatch;
use super::record::{self, Clock};
use super::script_record;
use super::sink::{DeferredFields, FullEvent, OtherRecord, ScriptRecord, Sink};
use super::timestamp::Hour;
use crate::event::{Event, RecordLocation};
use crate::text::{Escaped, Raw, Text};
use crate::time::Time;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Hands on a record of a known layout, as [`Record::hand_on`](super::record::Record::hand_on) would. `None` where that
/// has to be asked.
pub(super) fn hand_on(
    matched: &LayoutMatch<'_, '_>,
    place: RecordLocation,
    clock: Clock,
    hour: &mut Hour,
    sink: &mut dyn Sink,
) -> Option<()> {
    let id: u32 = record::parse(matched.plain(Key::Id)??)?;
    let (time, zone_assumed) = match matched.plain(Key::Time)? {
        Some(text) => match hour.read(text) {
            Some(time) => (Some(time), false),
            None => {
                let (time, zone_assumed) = record::time(text, clock);
                if !zone_assumed {
                    hour.note(text, time?);
                }
                (Some(time?), zone_assumed)
            }
        },
        None => (None, false),
    };
    let computer = matched.plain(Key::Computer)?.filter(|name| !name.is_empty()).map(Raw::Wtf8);
    if id != 4104 || !is_powershell(matched)? {
        sink.other(&OtherRecord { id: Some(id), time, zone_assumed, computer });
        return Some(());
    }
    let number = |key| Some(matched.plain(key)?.and_then(record::parse::<u32>));
    let total = number(Key::Total)?;
    let seen = FastRecord {
        matched,
        place,
        clock,
        time,
        number: number(Key::Number)?,
        total,
        // A part is kept until the others come, and decoded for that.
        text: matched.script(total > Some(1))?,
    };
    sink.script(&ScriptRecord {
        place,
        record: matched.plain(Key::Record)?.and_then(record::parse),
        time,
        zone_assumed,
        computer,
        level: matched.plain(Key::Level)?.and_then(record::level),
        number: seen.number,
        total,
        script_block_id: matched.plain(Key::BlockId)?.map(Raw::Wtf8),
        text: Raw::Escaped(seen.text),
        full: &seen,
    });
    Some(())
}

/// Whether the provider is one of those that log scripts. `None` where none is named.
fn is_powershell(matched: &LayoutMatch<'_, '_>) -> Option<bool> {
    let name = matched.plain(Key::Provider)?.filter(|name| !name.is_empty())?;
    Some(record::is_provider(name))
}

/// A script block record that was looked at in passing.
struct FastRecord<'g> {
    matched: &'g LayoutMatch<'g, 'g>,
    place: RecordLocation,
    clock: Clock,
    time: Option<Time>,
    number: Option<u32>,
    total: Option<u32>,
    text: Escaped<'g>,
}

impl FullEvent for FastRecord<'_> {
    fn event(&self) -> Event {
        Event { text: Text::from(Raw::Escaped(self.text)), ..self.unread().event() }
    }

    fn part(&self) -> Event {
        let record = self.matched.plain(Key::Record).flatten();
        Event {
            place: self.place,
            record: record.map(|record| Raw::Wtf8(record).to_lossy()),
            time: self.time,
            number: self.number,
            total: self.total,
            text: Text::from(Raw::Escaped(self.text)),
            ..Event::default()
        }
    }

    fn deferred_fields(&self) -> Option<Arc<dyn DeferredFields>> {
        Some(Arc::new(self.unread()))
    }

    fn fingerprint(&self) -> Option<u64> {
        Some(xxh3_64(self.matched.text()))
    }
}

impl FastRecord<'_> {
    fn unread(&self) -> Unread {
        Unread {
            format: self.matched.format(),
            record: self.matched.without_script(),
            place: self.place,
            clock: self.clock,
        }
    }
}

/// A script block record without the script, which is most of it.
#[derive(Debug)]
struct Unread {
    format: Format,
    record: Vec<u8>,
    place: RecordLocation,
    clock: Clock,
}

impl DeferredFields for Unread {
    fn event(&self) -> Event {
        script_record::read_whole(self.format, &self.record, self.place, self.clock)
    }
}
