//! [`TypedValue`]: the value of a substitution or a literal, and its text as Windows renders it.

use super::bytes::{ChunkCursor, ShortAscii, until_nul};
use crate::float;
use crate::text::{Raw, Text};
use crate::time::Time;
use std::fmt::Write;

/// The value types, by the names and numbers of the format's description.
pub(super) mod kind {
    pub(crate) const NULL: u8 = 0x00;
    pub(crate) const STRING: u8 = 0x01;
    pub(crate) const ANSI_STRING: u8 = 0x02;
    pub(crate) const INT8: u8 = 0x03;
    pub(crate) const UINT8: u8 = 0x04;
    pub(crate) const INT16: u8 = 0x05;
    pub(crate) const UINT16: u8 = 0x06;
    pub(crate) const INT32: u8 = 0x07;
    pub(crate) const UINT32: u8 = 0x08;
    pub(crate) const INT64: u8 = 0x09;
    pub(crate) const UINT64: u8 = 0x0A;
    pub(crate) const REAL32: u8 = 0x0B;
    pub(crate) const REAL64: u8 = 0x0C;
    pub(crate) const BOOL: u8 = 0x0D;
    pub(crate) const BINARY: u8 = 0x0E;
    pub(crate) const GUID: u8 = 0x0F;
    pub(crate) const SIZE_T: u8 = 0x10;
    pub(crate) const FILETIME: u8 = 0x11;
    pub(crate) const SYSTEMTIME: u8 = 0x12;
    pub(crate) const SID: u8 = 0x13;
    pub(crate) const HEX32: u8 = 0x14;
    pub(crate) const HEX64: u8 = 0x15;
    pub(crate) const BINXML: u8 = 0x21;
    /// Added to a type: an array of it.
    pub(crate) const ARRAY: u8 = 0x80;
}

/// A value in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TypedValue<'a> {
    pub(super) kind: u8,
    /// Offset in the chunk: the tokens of a BinXML value refer to other places by their offsets.
    pub(super) at: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> TypedValue<'a> {
    /// Returns the tokens of a BinXML value.
    pub(super) fn tokens(&self, chunk: &'a [u8]) -> ChunkCursor<'a> {
        ChunkCursor::new(chunk, self.at, self.at + self.bytes.len())
    }

    /// Returns the text of a string.
    pub(super) fn raw(&self) -> Option<Raw<'a>> {
        (self.kind == kind::STRING).then(|| Raw::Utf16(until_nul(self.bytes)))
    }

    /// Returns a non-negative integer, also if it is written as a string.
    pub(super) fn number(&self) -> Option<u64> {
        match self.scalar() {
            kind::STRING => {
                let text = ShortAscii::decode(until_nul(self.bytes))?;
                let text = text.as_str().trim();
                match text.strip_prefix("0x") {
                    Some(hex) => u64::from_str_radix(hex, 16).ok(),
                    None => text.parse().ok(),
                }
            }
            kind::INT8 | kind::INT16 | kind::INT32 | kind::INT64 => {
                u64::try_from(self.signed()?).ok()
            }
            kind::UINT8 | kind::UINT16 | kind::UINT32 | kind::UINT64 => self.unsigned(),
            kind::SIZE_T | kind::HEX32 | kind::HEX64 => self.unsigned(),
            _ => None,
        }
    }

    /// Returns a time, and whether it was written without a zone.
    pub(super) fn time(&self) -> Option<(Time, bool)> {
        match self.scalar() {
            // Zero is the time of a record that was zeroed.
            kind::FILETIME => match self.unsigned()? {
                0 => None,
                ticks => Some((Time::from_filetime(ticks)?, false)),
            },
            kind::SYSTEMTIME => Some((self.system_time()?, false)),
            kind::STRING => {
                let (time, zone) =
                    Time::parse(ShortAscii::decode(until_nul(self.bytes))?.as_str())?;
                Some((time, !zone))
            }
            _ => None,
        }
    }

    /// Appends the value as Windows renders it.
    pub(super) fn write(&self, out: &mut Text) {
        match self.raw() {
            Some(text) => out.push(text),
            None => out.push(Raw::from(self.rendered().as_str())),
        }
    }

    /// Renders a value of any type but string.
    pub(super) fn rendered(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.render(&mut out);
        out
    }

    fn render(&self, out: &mut String) -> std::fmt::Result {
        match self.kind {
            kind::ANSI_STRING => {
                out.extend(self.bytes.iter().filter(|byte| **byte != 0).map(|byte| cp1252(*byte)));
                Ok(())
            }
            kind::INT8 | kind::INT16 | kind::INT32 | kind::INT64 => {
                write_number(self.signed(), out)
            }
            kind::UINT8 | kind::UINT16 | kind::UINT32 | kind::UINT64 => {
                write_number(self.unsigned(), out)
            }
            kind::REAL32 => write_number(self.array().map(f32::from_le_bytes).map(single), out),
            kind::REAL64 => write_number(self.array().map(f64::from_le_bytes).map(double), out),
            kind::BOOL => match self.signed() {
                Some(0) => out.write_str("false"),
                Some(1) => out.write_str("true"),
                // Some providers log bit masks as booleans.
                other => write_number(other, out),
            },
            kind::SIZE_T | kind::HEX32 | kind::HEX64 => match self.unsigned() {
                Some(number) => write!(out, "{number:#x}"),
                None => Ok(()),
            },
            kind::GUID => match self.array() {
                Some(guid) => {
                    render_guid(guid, out);
                    Ok(())
                }
                None => Ok(()),
            },
            kind::FILETIME | kind::SYSTEMTIME => match self.time() {
                Some((time, _)) => write!(out, "{time}"),
                None => Ok(()),
            },
            kind::SID => render_sid(self.bytes, out),
            kind::BINARY => {
                out.extend(self.bytes.iter().flat_map(|byte| hex(*byte, b"0123456789ABCDEF")));
                Ok(())
            }
            array if array & kind::ARRAY != 0 => self.render_items(array & !kind::ARRAY, out),
            _ => Ok(()),
        }
    }

    /// Renders the items of an array, separated by commas.
    fn render_items(&self, kind: u8, out: &mut String) -> std::fmt::Result {
        if kind == kind::STRING {
            let items = self.bytes.as_chunks::<2>().0;
            let items = items.strip_suffix(&[[0, 0]]).unwrap_or(items);
            for (index, item) in items.split(|unit| *unit == [0, 0]).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Raw::Utf16(item.as_flattened()).to_lossy());
            }
            return Ok(());
        }
        let Some(width) = width(kind) else {
            return Ok(());
        };
        for (index, bytes) in self.bytes.chunks_exact(width).enumerate() {
            if index > 0 {
                out.push(',');
            }
            TypedValue { kind, at: 0, bytes }.render(out)?;
        }
        Ok(())
    }

    /// Returns the value's type; for an array of one item, the item's.
    fn scalar(&self) -> u8 {
        match self.kind & !kind::ARRAY {
            item if width(item) == Some(self.bytes.len()) => item,
            _ => self.kind,
        }
    }

    fn system_time(&self) -> Option<Time> {
        let fields: [u8; 16] = self.array()?;
        let mut fields = fields.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
        let mut next = || fields.next().map(u32::from);
        let (year, month, _weekday, day) = (next()?, next()?, next()?, next()?);
        let clock = (next()?, next()?, next()?);
        let millis = next()?;
        // Windows renders it with the seven digits of a FILETIME.
        Time::from_civil((i64::from(year), month, day), clock, millis.checked_mul(1_000_000)?, 7)
    }

    /// Returns the bytes as a little-endian number. Of a value that is wider than its type, only the type's bytes count.
    fn unsigned(&self) -> Option<u64> {
        let width = width(self.kind & !kind::ARRAY)?.min(self.bytes.len().max(1)).min(8);
        let bytes = self.bytes.get(..width)?;
        Some(match *bytes {
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        })
    }

    fn signed(&self) -> Option<i64> {
        let unused = 64 - 8 * u32::try_from(width(self.kind & !kind::ARRAY)?).ok()?;
        // Shifting up and back fills the bits above the type's width with its sign.
        Some((self.unsigned()?.cast_signed() << unused) >> unused)
    }

    fn array<const N: usize>(&self) -> Option<[u8; N]> {
        self.bytes.first_chunk().copied()
    }
}

/// Returns the bytes of a value of this type, if all its values have the same width.
pub(super) fn width(kind: u8) -> Option<usize> {
    match kind {
        kind::INT8 | kind::UINT8 => Some(1),
        kind::INT16 | kind::UINT16 => Some(2),
        kind::INT32 | kind::UINT32 | kind::REAL32 | kind::BOOL | kind::HEX32 => Some(4),
        kind::INT64 | kind::UINT64 | kind::REAL64 | kind::FILETIME => Some(8),
        kind::SIZE_T | kind::HEX64 => Some(8),
        kind::GUID | kind::SYSTEMTIME => Some(16),
        _ => None,
    }
}

/// Returns the fewest bytes of a value of this type.
pub(super) fn least_width(kind: u8) -> u16 {
    LEAST_WIDTH.get(usize::from(kind)).copied().unwrap_or(0)
}

const LEAST_WIDTH: [u16; kind::HEX64 as usize + 1] =
    [0, 0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 0, 16, 4, 8, 16, 8, 4, 8];

fn write_number<T: std::fmt::Display>(number: Option<T>, out: &mut String) -> std::fmt::Result {
    match number {
        Some(number) => write!(out, "{number}"),
        None => Ok(()),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the truncated value is compared")]
fn single(number: f32) -> String {
    float::to_shortest(number.into(), |read| read as f32 == number)
}

fn double(number: f64) -> String {
    float::to_shortest(number, |read| read == number)
}

/// Renders `{a0c1853b-5c40-4b15-8766-3cf1c58f985a}`: three little-endian groups, then bytes in order.
fn render_guid(guid: [u8; 16], out: &mut String) {
    let [a, b, c, d, e, f, g, h, rest @ ..] = guid;
    out.push('{');
    for (index, byte) in [d, c, b, a, f, e, h, g].into_iter().chain(rest).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.extend(hex(byte, b"0123456789abcdef"));
    }
    out.push('}');
}

/// Returns a byte as two of these digits.
fn hex(byte: u8, digits: &[u8; 16]) -> [char; 2] {
    [byte >> 4, byte & 15]
        .map(|half| digits.get(usize::from(half)).map_or('0', |digit| char::from(*digit)))
}

/// Renders `S-1-5-21-…`: revision, authority (big endian), sub-authorities (little endian).
fn render_sid(bytes: &[u8], out: &mut String) -> std::fmt::Result {
    let Some(([revision, count, authority @ ..], rest)) = bytes.split_first_chunk::<8>() else {
        return Ok(());
    };
    let authority = authority.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    write!(out, "S-{revision}-{authority}")?;
    rest.as_chunks::<4>()
        .0
        .iter()
        .take(usize::from(*count))
        .try_for_each(|part| write!(out, "-{}", u32::from_le_bytes(*part)))
}

/// Decodes a byte of Windows-1252, the code page of nearly all ANSI values.
fn cp1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž',
        '\u{8F}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(char::from(byte)),
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: u8, bytes: &[u8]) -> String {
        let mut text = Text::new();
        TypedValue { kind, at: 0, bytes }.write(&mut text);
        text.to_lossy().into_owned()
    }

    fn string(text: &[u8]) -> TypedValue<'_> {
        TypedValue { kind: kind::STRING, at: 0, bytes: text }
    }

    #[test]
    fn values_are_rendered_as_windows_does() {
        assert_eq!(written(kind::INT8, &[0xFE]), "-2");
        assert_eq!(written(kind::INT16, &[0xFE, 0xFF]), "-2");
        assert_eq!(written(kind::UINT64, &[1, 0, 0, 0, 0, 0, 0, 0x80]), "9223372036854775809");
        assert_eq!(written(kind::BOOL, &[1, 0, 0, 0]), "true");
        assert_eq!(written(kind::BOOL, &[5, 0, 0, 0]), "5");
        assert_eq!(written(kind::HEX64, &[0, 0, 0, 0, 0, 0, 0x20, 0x40]), "0x4020000000000000");
        assert_eq!(written(kind::SIZE_T, &[0xFF, 0, 0, 0]), "0xff");
        assert_eq!(written(kind::BINARY, &[0xAB, 0x01]), "AB01");
        assert_eq!(written(kind::ANSI_STRING, b"caf\xE9\x80\0"), "café€");
        assert_eq!(
            written(
                kind::GUID,
                b"\x3b\x85\xc1\xa0\x40\x5c\x15\x4b\x87\x66\x3c\xf1\xc5\x8f\x98\x5a"
            ),
            "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}"
        );
        assert_eq!(
            written(kind::SID, &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0]),
            "S-1-5-32-544"
        );
        assert_eq!(
            written(kind::FILETIME, &132_276_787_662_527_661_u64.to_le_bytes()),
            "2020-03-03T03:12:46.2527661Z"
        );
        let date: Vec<u8> = [2020_u16, 3, 2, 3, 3, 12, 46, 250]
            .iter()
            .flat_map(|field| field.to_le_bytes())
            .collect();
        assert_eq!(written(kind::SYSTEMTIME, &date), "2020-03-03T03:12:46.2500000Z");
        assert_eq!(written(kind::ARRAY | kind::UINT16, &[1, 0, 2, 0]), "1,2");
        assert_eq!(written(kind::ARRAY | kind::STRING, b"a\0\0\0b\0\0\0"), "a,b");
        assert_eq!(written(kind::NULL, &[1, 2, 3]), "");
    }

    #[test]
    fn least_widths_agree_with_widths() {
        for kind in 0..=u8::MAX {
            match kind {
                // A 32-bit process logs four bytes.
                kind::SIZE_T => assert_eq!(least_width(kind), 4),
                kind::SID => assert_eq!(least_width(kind), 8),
                _ => assert_eq!(usize::from(least_width(kind)), width(kind).unwrap_or(0)),
            }
        }
    }

    #[test]
    fn numbers_and_times_may_be_strings() {
        let text: Vec<u8> = "4104".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(string(&text).number(), Some(4104));
        assert_eq!(
            TypedValue { kind: kind::UINT16, at: 0, bytes: &[0x08, 0x10] }.number(),
            Some(4104)
        );
        assert_eq!(TypedValue { kind: kind::INT32, at: 0, bytes: &[0xFF; 4] }.number(), None);
        assert_eq!(TypedValue { kind: kind::UINT32, at: 0, bytes: &[1, 2] }.number(), Some(0x0201));
        assert_eq!(TypedValue { kind: kind::UINT32, at: 0, bytes: &[] }.number(), None);
        let text: Vec<u8> =
            "2020-09-22T03:45:15.5Z".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (time, assumed) = string(&text).time().unwrap();
        assert_eq!((time.to_string().as_str(), assumed), ("2020-09-22T03:45:15.5Z", false));
    }
}
