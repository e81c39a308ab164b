//! [`PackedTime`]: a time with its digits in 64 bits.

use crate::time::Time;

/// A time as ticks of 100 ns since the year 0, with the number of fraction digits; or the number of a time that does not
/// fit, such as one with nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackedTime(pub(super) u64);

/// Seconds from the year 0 to 1970.
const EPOCH: i64 = 62_167_219_200;

const TICKS_PER_SECOND: u64 = 10_000_000;

/// Bits of the number of digits.
const DIGIT_BITS: u32 = 4;

/// In place of the number of digits: no time.
const NONE: u64 = 15;

/// The nanoseconds below a tick are in a list.
const ODD: u64 = 14;

impl PackedTime {
    /// Packs a time. `odd` is returned by [`PackedTime::odd`] where the time [does not fit](Self::fits).
    pub(super) fn new(time: Option<Time>, odd: u32) -> Self {
        let Some(time) = time else { return Self(NONE) };
        if !Self::fits(time) {
            return Self(u64::from(odd) << DIGIT_BITS | ODD);
        }
        let seconds = u64::try_from(time.seconds() + EPOCH).unwrap_or(0);
        let ticks = seconds * TICKS_PER_SECOND + u64::from(time.nanos() / 100);
        Self(ticks << DIGIT_BITS | u64::from(time.fraction_digits()))
    }

    /// Whether a time fits: it has no nanoseconds below 100, and lies before the year 3653.
    pub(super) fn fits(time: Time) -> bool {
        let is_early = time.seconds() + EPOCH < (1_i64 << 60) / 10_000_000;
        time.nanos().is_multiple_of(100) && is_early
    }

    /// The number of a time that does not fit.
    pub(super) fn odd(self) -> Option<u32> {
        (self.0 & 15 == ODD).then_some((self.0 >> DIGIT_BITS) as u32)
    }

    /// Returns the time, unless there is none or it does not fit.
    pub(super) fn time(self) -> Option<Time> {
        let (ticks, digits) = (self.0 >> DIGIT_BITS, self.0 & 15);
        let seconds = i64::try_from(ticks / TICKS_PER_SECOND).ok()? - EPOCH;
        let nanos = u32::try_from(ticks % TICKS_PER_SECOND).ok()? * 100;
        Time::new(seconds, nanos, u8::try_from(digits).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_time_is_returned_with_its_digits(
            seconds in -EPOCH..50_000_000_000,
            nanos in 0_u32..1_000_000_000,
            digits in 0_u8..=9,
        ) {
            let time = Time::new(seconds, nanos, digits).unwrap();
            let packed = PackedTime::new(Some(time), 77);
            match nanos % 100 {
                0 => prop_assert_eq!(
                    packed.time().map(|own| (own, own.fraction_digits())), Some((time, digits))
                ),
                _ => prop_assert_eq!((packed.time(), packed.odd()), (None, Some(77))),
            }
        }
    }

    #[test]
    fn a_time_that_does_not_fit_has_a_number() {
        let none = PackedTime::new(None, 0);
        assert_eq!((none.time(), none.odd()), (None, None));
        assert_eq!(PackedTime::new(Time::new(253_402_300_799, 0, 0), 3).odd(), Some(3));
    }
}
