//! Arrow arrays from a report's lists, a column each.

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{Field, Fields};
use scriptscope::internal::Time;
use scriptscope::report::Number;
use std::sync::Arc;

/// A named column.
pub(crate) type Column = (&'static str, ArrayRef);

pub(crate) fn text<'a, T: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> &'a str,
) -> ArrayRef {
    Arc::new(rows.into_iter().map(|row| Some(get(row))).collect::<StringArray>())
}

pub(crate) fn optional<'a, T: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> Option<&'a str>,
) -> ArrayRef {
    Arc::new(rows.into_iter().map(get).collect::<StringArray>())
}

/// A column of JSON texts.
pub(crate) fn json<'a, T: 'a, V: serde::Serialize>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> V,
) -> ArrayRef {
    let texts = rows.into_iter().map(|row| serde_json::to_string(&get(row)).ok());
    Arc::new(texts.collect::<StringArray>())
}

/// A column of whole numbers. All are counts, sizes and offsets below 2^53; signed, since Spark has no others.
pub(crate) fn number<'a, T: 'a, N: TryInto<i64>>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> Option<N>,
) -> ArrayRef {
    let numbers = rows.into_iter().map(|row| get(row)?.try_into().ok());
    Arc::new(numbers.collect::<Int64Array>())
}

pub(crate) fn points<'a, T: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> Number,
) -> ArrayRef {
    Arc::new(rows.into_iter().map(|row| Some(get(row).points())).collect::<Float64Array>())
}

pub(crate) fn flag<'a, T: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> bool,
) -> ArrayRef {
    Arc::new(rows.into_iter().map(|row| Some(get(row))).collect::<BooleanArray>())
}

/// A column of points in time, to the microsecond.
pub(crate) fn time<'a, T: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> Option<&'a str>,
) -> ArrayRef {
    let times = rows.into_iter().map(|row| microseconds(get(row)?));
    Arc::new(times.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn microseconds(text: &str) -> Option<i64> {
    let (time, _) = Time::parse(text)?;
    time.seconds().checked_mul(1_000_000)?.checked_add(i64::from(time.nanos() / 1_000))
}

pub(crate) fn texts<'a, T: 'a, S: AsRef<str> + 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> &'a [S],
) -> ArrayRef {
    lists(rows, get, |all| {
        Arc::new(all.iter().map(|text| Some(text.as_ref())).collect::<StringArray>())
    })
}

pub(crate) fn numbers<'a, T: 'a, N: Copy + TryInto<i64> + 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> &'a [N],
) -> ArrayRef {
    lists(rows, get, |all| {
        Arc::new(all.iter().map(|number| (**number).try_into().ok()).collect::<Int64Array>())
    })
}

/// A column of lists of records, whose columns `columns` makes from all records in order.
pub(crate) fn records<'a, T: 'a, R: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> &'a [R],
    columns: impl FnOnce(&[&'a R]) -> Vec<Column>,
) -> ArrayRef {
    lists(rows, get, |all| record(columns(all)))
}

/// A column of records with these columns.
fn record(columns: Vec<Column>) -> ArrayRef {
    let field = |(name, array): &Column| Field::new(*name, array.data_type().clone(), true);
    let fields: Fields = columns.iter().map(field).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    Arc::new(StructArray::new(fields, arrays, None))
}

fn lists<'a, T: 'a, R: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    get: impl Fn(&'a T) -> &'a [R],
    items: impl FnOnce(&[&'a R]) -> ArrayRef,
) -> ArrayRef {
    let mut lengths = Vec::new();
    let mut all = Vec::new();
    for row in rows {
        let own = get(row);
        lengths.push(own.len());
        all.extend(own);
    }
    let items = items(&all);
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), items, None))
}

/// The first and the last time of rows, by the report's names.
macro_rules! times {
    ($rows:expr) => {
        [
            ("firstTime", $crate::columns::time($rows, |row| row.first_time.as_deref())),
            ("firstTimeText", $crate::columns::optional($rows, |row| row.first_time.as_deref())),
            ("lastTime", $crate::columns::time($rows, |row| row.last_time.as_deref())),
            ("lastTimeText", $crate::columns::optional($rows, |row| row.last_time.as_deref())),
        ]
    };
}

pub(crate) use times;
