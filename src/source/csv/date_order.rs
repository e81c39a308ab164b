//! Whether a table's dates put the day or the month first: the data decide.
//!
//! Rows wait until one of them shows it (no month has more than twelve), or until there are too many.

use super::rows::Row;
use crate::error::Problem;
use crate::source::sink::Sink;
use crate::source::timestamp::{self, DateOrder};

/// Bytes of rows that wait for one that shows the order.
const HELD_BYTES: usize = 1 << 20;

/// Rows, until the order of their dates is known.
#[derive(Default)]
pub(super) struct Order {
    decided: Option<DateOrder>,
    held: Vec<Row>,
    held_bytes: usize,
    /// A date that can be read both ways, with its place, and whether it has half days, as in America.
    open: Option<(String, u64, bool)>,
    /// A date that shows the order.
    shown: Option<(String, u64, DateOrder)>,
}

impl Order {
    pub(super) fn row(&mut self, row: Row, time: String) {
        if self.decided.is_none()
            && let Some((first, second)) = timestamp::ambiguous(&time)
        {
            let offset = row.place.offset;
            match (first > 12, second > 12) {
                (true, false) => {
                    self.shown.get_or_insert((time, offset, DateOrder::DayFirst));
                }
                (false, true) => {
                    self.shown.get_or_insert((time, offset, DateOrder::MonthFirst));
                }
                _ if self.open.is_none() => {
                    let upper = time.to_ascii_uppercase();
                    let half = upper.ends_with("AM") || upper.ends_with("PM");
                    self.open = Some((time, offset, half));
                }
                _ => {}
            }
        }
        self.held_bytes += row.size();
        self.held.push(row);
    }

    /// The order, and the rows that waited for it; `None` while they have to.
    pub(super) fn decided(&mut self, sink: &mut dyn Sink) -> Option<(DateOrder, Vec<Row>)> {
        if self.decided.is_none() && self.shown.is_none() {
            // No date yet that could be read both ways: nothing to decide.
            if self.open.is_none() {
                return Some((DateOrder::default(), self.take()));
            }
            if self.held_bytes < HELD_BYTES {
                return None;
            }
        }
        Some((self.decide(sink), self.take()))
    }

    /// The same, however it has to be decided.
    pub(super) fn end(&mut self, sink: &mut dyn Sink) -> (DateOrder, Vec<Row>) {
        let order = if self.open.is_some() || self.shown.is_some() {
            self.decide(sink)
        } else {
            self.decided.unwrap_or_default()
        };
        (order, self.take())
    }

    fn take(&mut self) -> Vec<Row> {
        self.held_bytes = 0;
        std::mem::take(&mut self.held)
    }

    fn decide(&mut self, sink: &mut dyn Sink) -> DateOrder {
        if let Some(order) = self.decided {
            return order;
        }
        let order = match (&self.shown, &self.open) {
            (Some((date, offset, order)), _) => {
                let words = words(*order);
                sink.problem(
                    Problem::info(
                        "date-order",
                        format!("dates are read as {words}, as {date:?} shows"),
                    )
                    .at(*offset),
                );
                *order
            }
            (None, Some((date, offset, half))) => {
                // Half days and slashes are American more often than not; the rest of the world has neither.
                let order = if *half { DateOrder::MonthFirst } else { DateOrder::DayFirst };
                let words = words(order);
                sink.problem(
                    Problem::warning(
                        "date-order",
                        format!("dates such as {date:?} can be read both ways and no row shows which is meant: read as {words}"),
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

fn words(order: DateOrder) -> &'static str {
    match order {
        DateOrder::MonthFirst => "month, day, year",
        DateOrder::DayFirst => "day, month, year",
    }
}
