//! Decides from the data whether the dates of a table put the day or the month first.
//!
//! Rows wait until one of them proves an order (no month is greater than twelve), or until too many rows wait.

use super::rows::CsvRow;
use crate::error::Problem;
use crate::source::sink::Sink;
use crate::source::timestamp::{self, DateOrder};

/// Maximum size of the rows that wait for one that proves the order.
const PENDING_BYTES: usize = 1 << 20;

/// Rows that wait until the order of their dates is known.
#[derive(Default)]
pub(super) struct DateOrderResolver {
    decided: Option<DateOrder>,
    pending: Vec<CsvRow>,
    pending_bytes: usize,
    /// First date with two meanings, its offset, and whether it has a 12-hour clock.
    ambiguous: Option<(String, u64, bool)>,
    /// First date that proves an order, with its offset.
    evidence: Option<(String, u64, DateOrder)>,
}

impl DateOrderResolver {
    /// Adds a row. `time` is its unparsed time.
    pub(super) fn push(&mut self, row: CsvRow, time: String) {
        if self.decided.is_none()
            && let Some((first, second)) = timestamp::ambiguous_numbers(&time)
        {
            let offset = row.place.offset;
            match (first > 12, second > 12) {
                (true, false) => {
                    self.evidence.get_or_insert((time, offset, DateOrder::DayFirst));
                }
                (false, true) => {
                    self.evidence.get_or_insert((time, offset, DateOrder::MonthFirst));
                }
                _ if self.ambiguous.is_none() => {
                    let upper = time.to_ascii_uppercase();
                    let half = upper.ends_with("AM") || upper.ends_with("PM");
                    self.ambiguous = Some((time, offset, half));
                }
                _ => {}
            }
        }
        self.pending_bytes += row.size();
        self.pending.push(row);
    }

    /// Returns the order and the waiting rows, or `None` while they have to wait.
    pub(super) fn take_decided(&mut self, sink: &mut dyn Sink) -> Option<(DateOrder, Vec<CsvRow>)> {
        if self.decided.is_none() && self.evidence.is_none() {
            // No date with two meanings yet: nothing to decide.
            if self.ambiguous.is_none() {
                return Some((DateOrder::default(), self.take()));
            }
            if self.pending_bytes < PENDING_BYTES {
                return None;
            }
        }
        Some((self.decide(sink), self.take()))
    }

    /// Decides the order without more data, and returns it with the waiting rows.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) -> (DateOrder, Vec<CsvRow>) {
        let order = if self.ambiguous.is_some() || self.evidence.is_some() {
            self.decide(sink)
        } else {
            self.decided.unwrap_or_default()
        };
        (order, self.take())
    }

    fn take(&mut self) -> Vec<CsvRow> {
        self.pending_bytes = 0;
        std::mem::take(&mut self.pending)
    }

    fn decide(&mut self, sink: &mut dyn Sink) -> DateOrder {
        if let Some(order) = self.decided {
            return order;
        }
        let order = match (&self.evidence, &self.ambiguous) {
            (Some((date, offset, order)), _) => {
                let words = describe(*order);
                sink.problem(
                    Problem::info(
                        "date-order",
                        format!("dates are read as {words}: {date:?} has no other meaning"),
                    )
                    .at(*offset),
                );
                *order
            }
            (None, Some((date, offset, half))) => {
                // A 12-hour clock is usually American; other countries use neither it nor slashes.
                let order = if *half { DateOrder::MonthFirst } else { DateOrder::DayFirst };
                let words = describe(order);
                sink.problem(
                    Problem::warning(
                        "date-order",
                        format!("dates such as {date:?} have two meanings and no row decides between them: they are read as {words}"),
                    )
                    .at(*offset),
                );
                order
            }
            (None, None) => DateOrder::default(),
        };
        self.decided = Some(order);
        order
    }
}

fn describe(order: DateOrder) -> &'static str {
    match order {
        DateOrder::MonthFirst => "month, day, year",
        DateOrder::ByValue | DateOrder::DayFirst => "day, month, year",
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::split;
    use super::*;
    use crate::source::sink::{OtherRecord, ScriptRecord};

    #[derive(Default)]
    struct Messages(Vec<(String, Option<u64>)>);

    impl Sink for Messages {
        fn script(&mut self, _: &ScriptRecord<'_>) {}
        fn other(&mut self, _: &OtherRecord<'_>) {}
        fn problem(&mut self, problem: Problem) {
            self.0.push((problem.message, problem.offset));
        }
    }

    /// Returns the order, the number of rows that were released before the end, and the messages.
    fn resolve(dates: &[&str]) -> (DateOrder, usize, Messages) {
        let mut sink = Messages::default();
        let mut resolver = DateOrderResolver::default();
        let mut released = 0;
        let rows = split(&dates.join("\n"), b'|');
        for (row, date) in rows.into_iter().zip(dates) {
            resolver.push(row, (*date).to_owned());
            released += resolver.take_decided(&mut sink).map_or(0, |(_, rows)| rows.len());
        }
        let (order, rows) = resolver.finish(&mut sink);
        assert_eq!(released + rows.len(), dates.len());
        (order, released, sink)
    }

    #[test]
    fn a_number_above_twelve_proves_the_order() {
        for (dates, expected) in [
            (["3/4/2024 1:02:03", "24/4/2024 1:02:03"], DateOrder::DayFirst),
            (["3/4/2024 1:02:03", "4/24/2024 1:02:03"], DateOrder::MonthFirst),
            (["3-4-2024 1:02:03", "24-4-2024 1:02:03"], DateOrder::DayFirst),
        ] {
            let (order, released, sink) = resolve(&dates);
            assert_eq!((order, released), (expected, 2), "{dates:?}");
            let [(message, offset)] = sink.0.as_slice() else { panic!("{:?}", sink.0) };
            assert!(message.contains(dates[1]), "{message}");
            assert_eq!(*offset, Some(dates[0].len() as u64 + 1));
        }
    }

    #[test]
    fn without_proof_the_clock_decides_and_a_warning_is_given() {
        for (date, expected) in [
            ("3/4/2024 1:02:03 PM", DateOrder::MonthFirst),
            ("3/4/2024 13:02:03", DateOrder::DayFirst),
        ] {
            let (order, released, sink) = resolve(&[date, date]);
            assert_eq!((order, released), (expected, 0), "{date}");
            let [(message, Some(0))] = sink.0.as_slice() else { panic!("{:?}", sink.0) };
            assert!(message.contains("two meanings"), "{message}");
        }
    }

    #[test]
    fn rows_with_unambiguous_dates_do_not_wait() {
        for date in
            ["2024-03-04T01:02:03Z", "2024/3/4 1:02:03", "3.4.2024 1:02:03", "yesterday", ""]
        {
            let dates = [date, "2024-03-05T01:02:03Z"];
            let (order, released, sink) = resolve(&dates[usize::from(date.is_empty())..]);
            assert_eq!(order, DateOrder::default());
            assert_eq!(released, 2 - usize::from(date.is_empty()), "{date}");
            assert!(sink.0.is_empty(), "{:?}", sink.0);
        }
    }

    #[test]
    fn the_first_proof_decides_for_the_remaining_rows() {
        let dates = ["24/4/2024 1:02:03", "4/24/2024 1:02:03", "3/4/2024 1:02:03"];
        let (order, released, sink) = resolve(&dates);
        assert_eq!((order, released, sink.0.len()), (DateOrder::DayFirst, 3, 1));
    }

    #[test]
    fn rows_stop_waiting_when_too_many_wait() {
        let mut sink = Messages::default();
        let mut resolver = DateOrderResolver::default();
        let row = split(&"x".repeat(PENDING_BYTES / 4), b',').remove(0);
        for count in 1..=4 {
            resolver.push(row.clone(), "3/4/2024 1:02:03".to_owned());
            let released = resolver.take_decided(&mut sink).map(|(_, rows)| rows.len());
            assert_eq!(released, (count == 4).then_some(4), "{count}");
        }
    }
}
