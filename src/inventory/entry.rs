//! [`Entry`]: 64 bytes that are remembered of every script block record.

use super::packed_time::PackedTime;
use crate::event::RecordLocation;

/// What is remembered of one script block record. A block in one part has one entry for each source that it was read
/// from; a block in several has one for each of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The script block id: the bytes of a GUID, or the number of an interned name.
    pub(super) id: [u8; 16],
    pub(super) time: PackedTime,
    /// Fingerprint of the text of this record.
    pub(super) text: u64,
    /// Of a block in one part its shape; of a part its number and the number of parts.
    pub(super) shape: u64,
    pub(super) place: PackedPlace,
    /// Source in the upper bits, record id in the lower [`RECORD_BITS`].
    source_and_record: u64,
    /// Number of the context: computer, user, path, process and thread.
    pub(super) context: u32,
    /// UTF-16 units of the text, and [flags](FLAGS) in the upper bits.
    units_and_flags: u32,
}

const _: () = assert!(size_of::<Entry>() == 64);

/// Bits of a record id. Windows counts from 1; a channel that logs 1,000 events a second needs 35 years for 2^40.
const RECORD_BITS: u32 = 40;

/// The record id of a record without one, or with a greater one.
const NO_RECORD: u64 = (1 << RECORD_BITS) - 1;

/// Bits of a text's length: a block has at most 32 MiB.
const UNIT_BITS: u32 = 28;

/// The flags of an entry, above its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// The script block id is an interned name.
    pub(super) is_named: bool,
    /// No id joins the record with others.
    pub(super) is_standalone: bool,
    /// The record is a part of a block in several parts.
    pub(super) is_part: bool,
}

/// The parts of an entry that are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryFields {
    pub(super) id: [u8; 16],
    pub(super) flags: Flags,
    pub(super) time: PackedTime,
    pub(super) text: u64,
    pub(super) shape: u64,
    pub(super) place: PackedPlace,
    pub(super) source: u32,
    pub(super) record: Option<u64>,
    pub(super) context: u32,
    pub(super) units: u64,
}

impl Entry {
    pub(super) fn new(fields: &EntryFields) -> Self {
        let record = fields.record.filter(|record| *record < NO_RECORD).unwrap_or(NO_RECORD);
        let units = u32::try_from(fields.units).unwrap_or(u32::MAX).min((1 << UNIT_BITS) - 1);
        let Flags { is_named, is_standalone, is_part } = fields.flags;
        let flags = [is_named, is_standalone, is_part];
        let flags = flags.iter().fold(0, |flags, flag| flags << 1 | u32::from(*flag));
        Self {
            id: fields.id,
            time: fields.time,
            text: fields.text,
            shape: fields.shape,
            place: fields.place,
            source_and_record: u64::from(fields.source) << RECORD_BITS | record,
            context: fields.context,
            units_and_flags: flags << UNIT_BITS | units,
        }
    }

    pub(super) fn fields(&self) -> EntryFields {
        EntryFields {
            id: self.id,
            flags: self.flags(),
            time: self.time,
            text: self.text,
            shape: self.shape,
            place: self.place,
            source: self.source(),
            record: self.record(),
            context: self.context,
            units: self.units(),
        }
    }

    /// Index of the source.
    pub(super) fn source(&self) -> u32 {
        (self.source_and_record >> RECORD_BITS) as u32
    }

    pub(super) fn record(&self) -> Option<u64> {
        Some(self.source_and_record & NO_RECORD).filter(|record| *record != NO_RECORD)
    }

    /// UTF-16 units of the text.
    pub(super) fn units(&self) -> u64 {
        u64::from(self.units_and_flags & ((1 << UNIT_BITS) - 1))
    }

    pub(super) fn flags(&self) -> Flags {
        let flags = self.units_and_flags >> UNIT_BITS;
        Flags { is_named: flags & 4 != 0, is_standalone: flags & 2 != 0, is_part: flags & 1 != 0 }
    }

    /// Number of the part, and number of parts.
    pub(super) fn part(&self) -> (u32, u32) {
        match self.flags().is_part {
            true => ((self.shape >> 32) as u32, self.shape as u32),
            false => (1, 1),
        }
    }
}

/// Where a record is, in 64 bits.
///
/// Bytes that always suffice to read it again are known: of an EVTX record those of its chunk, of a text record those
/// up to the next multiple of [`LENGTH_UNIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PackedPlace(pub(super) u64);

/// Bits of an offset: 17 TB.
const OFFSET_BITS: u32 = 44;

/// Bits of the distance from an EVTX chunk to its record.
const DISTANCE_BITS: u32 = 17;

/// Bits of the number of an event inside its record.
const NESTED_BITS: u32 = 4;

/// Bytes in which the length of a text record is counted.
pub(super) const LENGTH_UNIT: u64 = 64;

const LENGTH_BITS: u32 = 64 - OFFSET_BITS - NESTED_BITS;

/// A record that is too far from what it needs to be read again.
const FAR: u64 = (1 << (64 - OFFSET_BITS)) - 1;

/// Where the bytes of a record are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadRange {
    /// A record of an EVTX file, whose chunk is this many bytes before it.
    Chunk(u64),
    /// A record of text that begins this many bytes before the event's offset, and has at most this many bytes.
    Text(u64, u64),
    /// It cannot be read again by itself.
    None,
}

impl PackedPlace {
    /// Packs the place of a record. Of a row in a table, `frame` is not near.
    pub(super) fn new(place: RecordLocation, is_evtx: bool, is_row: bool) -> Self {
        let distance = if is_row { 0 } else { place.offset.saturating_sub(place.frame) };
        let fits_length = (place.length + distance).div_ceil(LENGTH_UNIT);
        let low = match is_evtx {
            true if distance < 1 << DISTANCE_BITS => distance,
            false if distance < 1 << NESTED_BITS && fits_length < (1 << LENGTH_BITS) - 1 => {
                fits_length << NESTED_BITS | distance
            }
            _ => FAR,
        };
        let offset = place.offset.min((1 << OFFSET_BITS) - 1);
        Self(offset << (64 - OFFSET_BITS) | low)
    }

    pub(super) fn offset(self) -> u64 {
        self.0 >> (64 - OFFSET_BITS)
    }

    pub(super) fn range(self, is_evtx: bool) -> ReadRange {
        match (self.0 & FAR, is_evtx) {
            (FAR, _) => ReadRange::None,
            (distance, true) => ReadRange::Chunk(distance),
            (low, false) => {
                let nested = low & ((1 << NESTED_BITS) - 1);
                ReadRange::Text(nested, (low >> NESTED_BITS) * LENGTH_UNIT)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Recovery;
    use crate::time::Time;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_entry_returns_what_it_packs(
            source in 0_u32..1 << 24,
            record in proptest::option::of(0_u64..NO_RECORD),
            units in 0_u64..1 << UNIT_BITS,
            flags in any::<(bool, bool, bool)>(),
            shape in any::<u64>(),
            offset in 0_u64..1 << OFFSET_BITS,
            distance in 0_u64..1 << 16,
            length in 0_u64..2 << 20,
        ) {
            let (is_named, is_standalone, is_part) = flags;
            let flags = Flags { is_named, is_standalone, is_part };
            let frame = offset.saturating_sub(distance);
            let place = RecordLocation { offset, length, frame, recovery: Recovery::None };
            let fields = EntryFields {
                id: [7; 16], flags, time: PackedTime::new(Time::new(1, 2, 7), 0), text: 5, shape,
                place: PackedPlace::new(place, true, false), source, record, context: 9, units,
            };
            let read = Entry::new(&fields).fields();
            prop_assert_eq!(format!("{read:?}"), format!("{fields:?}"));
            prop_assert_eq!(read.place.offset(), offset);
            prop_assert_eq!(read.place.range(true), ReadRange::Chunk(offset - frame));
            let nested = distance % (1 << NESTED_BITS);
            let place = RecordLocation { frame: offset.saturating_sub(nested), ..place };
            let ReadRange::Text(before, most) = PackedPlace::new(place, false, false).range(false) else {
                panic!("not a range");
            };
            prop_assert_eq!(before, place.offset - place.frame);
            prop_assert!((length + before..length + before + LENGTH_UNIT).contains(&most));
        }
    }

    #[test]
    fn what_is_too_far_or_too_long_is_not_read_again() {
        let place = RecordLocation { offset: 1 << 20, ..RecordLocation::default() };
        assert_eq!(PackedPlace::new(place, true, false).range(true), ReadRange::None);
        assert_eq!(PackedPlace::new(place, false, false).range(false), ReadRange::None);
        assert_eq!(PackedPlace::new(place, false, true).range(false), ReadRange::Text(0, 0));
        let long = RecordLocation { length: 5 << 20, ..RecordLocation::default() };
        assert_eq!(PackedPlace::new(long, false, false).range(false), ReadRange::None);
    }
}
