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
        DateOrder::DayFirst => "day, month, year",
    }
}
