//! `bin`, also named `bucket` and `discretize`.

use super::cursor::{Cursor, Parsed};
use super::error::SyntaxError;
use super::options::{alias, field, option, option_name};
use crate::search::ast::bin::{Bin, BinSpan};
use crate::search::values::timespan::TimeSpan;

/// Parses the options of `bin`.
pub(super) fn bin(cursor: &mut Cursor<'_>) -> Parsed<Bin> {
    let (mut name, mut output, mut span) = (None, None, None);
    while !cursor.is_at_end() {
        cursor.skip_space();
        let at = cursor.at();
        if let Some(text) = option(cursor, "span")? {
            span = Some((text, at));
        } else if let Some(option) = option_name(cursor) {
            return Err(SyntaxError::new(at, format!("bin has no option `{option}` here"))
                .help("write span=: sizes that depend on all rows are not computed"));
        } else if name.is_none() {
            name = Some(field(cursor)?);
        } else if output.is_none() && cursor.peek_word().eq_ignore_ascii_case("as") {
            output = alias(cursor)?;
        } else {
            return Err(cursor.expected("the end of `bin`"));
        }
    }
    let Some(field) = name else { return Err(cursor.expected("a field's name")) };
    let Some((text, at)) = span else {
        return Err(cursor
            .expected("span=")
            .help("a span by default would depend on all rows: write span=1h or span=100"));
    };
    let is_time = field == "_time";
    let span = match text.parse::<u32>() {
        Ok(0) => None,
        Ok(size) if !is_time => Some(BinSpan::Number(size)),
        _ if is_time => TimeSpan::parse(&text).map(BinSpan::Time),
        _ => None,
    };
    match span {
        Some(span) => Ok(Bin { field, output, span }),
        None => Err(SyntaxError::new(at, format!("the span `{text}` cannot run here")).help(
            match is_time {
                true => "write a number of us, ms, s, m, h or d, or 1mon, 1q or 1y",
                false => "write a whole number; only _time has spans of time",
            },
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::search::parse::tests::assert_commands;

    #[test]
    fn spans_parse() {
        assert_commands(&[
            ("bin _time span=5m", "bin _time span=5m"),
            ("bucket span=1h _time AS hour", "bin _time span=1h AS hour"),
            ("bin bytes span=10", "bin bytes span=10"),
            ("discretize _time span=30", "bin _time span=30"),
            ("bin _time span=1month", "bin _time span=1month"),
        ]);
    }

    #[test]
    fn what_depends_on_all_rows_is_an_error() {
        assert_commands(&[
            ("bin _time", "10: expected span=, found the end"),
            ("bin bins=10 a", "5: bin has no option `bins` here"),
            ("bin a span=10 aligntime=earliest", "15: bin has no option `aligntime` here"),
            ("bin a span=1h", "7: the span `1h` cannot run here"),
            ("bin a span=2log10", "7: the span `2log10` cannot run here"),
            ("bin a span=0", "7: the span `0` cannot run here"),
            ("bin _time span=1w", "11: the span `1w` cannot run here"),
            ("bin _time span=1d@d", "11: the span `1d@d` cannot run here"),
            ("bin _time span=5mon", "11: the span `5mon` cannot run here"),
            ("bin span=1", "11: expected a field's name, found the end"),
        ]);
    }
}
