//! Tables as HTML for notebooks. Log text is hostile: here it is only ever the content of a cell, every character that
//! means something to HTML is a reference, invisible characters are shown by number, and classes keep MathJax from formulas.

use crate::table::Table;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use scriptscope::report::is_invisible;
use std::fmt::Write;

/// Rows of a table that a notebook shows.
const ROWS: usize = 20;

/// Characters of a cell that a notebook shows.
const CHARACTERS: usize = 160;

pub(crate) fn paragraph(text: &str) -> String {
    let mut html = String::from("<p>");
    push_text(&mut html, text);
    html.push_str("</p>");
    html
}

/// Returns the first rows. Points in time are left out, since their texts are beside them with more digits.
pub(crate) fn table(table: &Table) -> String {
    let shown: Vec<_> = table
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| !matches!(field.data_type(), DataType::Timestamp(..)))
        .collect();
    let mut html = String::from("<table class=\"tex2jax_ignore mathjax_ignore\"><caption>");
    let _ = write!(html, "{}: {} rows", table.title(), table.rows());
    if table.rows() > ROWS {
        let _ = write!(html, ", of which the first {ROWS}");
    }
    html.push_str("</caption><thead><tr>");
    for (_, field) in &shown {
        html.push_str("<th>");
        push_text(&mut html, field.name());
        html.push_str("</th>");
    }
    html.push_str("</tr></thead><tbody>");
    let rows =
        table.batches().iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    for (batch, row) in rows.take(ROWS) {
        html.push_str("<tr>");
        for (column, _) in &shown {
            html.push_str("<td>");
            push_text(&mut html, &cell(batch, *column, row));
            html.push_str("</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    html
}

fn cell(batch: &RecordBatch, column: usize, row: usize) -> String {
    let Some(array) = batch.columns().get(column).filter(|array| array.is_valid(row)) else {
        return String::new();
    };
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            match items.as_string_opt::<i32>() {
                Some(texts) => texts.iter().flatten().collect::<Vec<_>>().join(", "),
                None => format!("{} items", items.len()),
            }
        }
        _ => String::new(),
    }
}

fn push_text(html: &mut String, text: &str) {
    for (index, char) in text.chars().enumerate() {
        if index == CHARACTERS {
            html.push('…');
            break;
        }
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '$' => html.push_str("&#36;"),
            '\n' | '\r' | '\t' => html.push(' '),
            hidden if hidden.is_control() || is_invisible(hidden) => {
                let _ = write!(html, "\\u{{{:x}}}", u32::from(hidden));
            }
            other => html.push(other),
        }
    }
}
