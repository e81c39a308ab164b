//! `-f`: composite formats.

use super::value::Value;

/// Fills in the placeholders of a format; `None` if it is malformed, has a form that is not known, or becomes longer than
/// `most` bytes.
pub(super) fn fill_in(format: &str, values: &[Value], most: usize) -> Option<String> {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, from) = rest.split_at_checked(at)?;
        out.push_str(text);
        if let Some(after) = from.strip_prefix("{{").or(from.strip_prefix("}}")) {
            out.push_str(from.get(..1)?);
            rest = after;
            continue;
        }
        let (placeholder, after) = from.strip_prefix('{')?.split_once('}')?;
        let (head, form) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        let (index, width) = head.split_once(',').unwrap_or((head, "0"));
        let value = values.get(index.trim().parse::<usize>().ok()?)?;
        let text = formatted(value, form)?;
        let width = width.trim().parse::<i32>().ok()?;
        let fill = (width.unsigned_abs() as usize).saturating_sub(text.encode_utf16().count());
        if out.len().saturating_add(text.len()).saturating_add(fill) > most {
            return None;
        }
        let spaces = " ".repeat(fill);
        if width < 0 {
            out.push_str(&text);
            out.push_str(&spaces);
        } else {
            out.push_str(&spaces);
            out.push_str(&text);
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Formats one value. A string has no formats of its own.
fn formatted(value: &Value, form: &str) -> Option<String> {
    let Value::Int(number) = value else { return value.to_text() };
    let (kind, digits) = form.split_at_checked(form.len().min(1))?;
    let digits = if digits.is_empty() {
        0
    } else {
        digits.parse::<usize>().ok().filter(|digits| *digits < 100)?
    };
    Some(match kind {
        "" => number.to_string(),
        "x" => format!("{number:0digits$x}"),
        "X" => format!("{number:0digits$X}"),
        "d" | "D" => {
            let digits = format!("{:0digits$}", number.unsigned_abs());
            if *number < 0 { format!("-{digits}") } else { digits }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_filled_within_a_bound() {
        let values = [Value::text("a"), Value::text("bc"), Value::Int(255)];
        for (format, filled) in [
            ("{1}{0}", Some("bca")),
            ("{{{ 0 }}}", Some("{a}")),
            ("no placeholder", Some("no placeholder")),
            ("{0,5}|{0,-3}|", Some("    a|a  |")),
            ("{2:X}{2:x4}{2:D5}", Some("FF00ff00255")),
            ("{0:N2}", Some("a")),
            ("{2:N2}", None),
            ("{3}", None),
            ("{0", None),
            ("}", None),
        ] {
            assert_eq!(fill_in(format, &values, 100).as_deref(), filled, "{format}");
        }
        assert_eq!(fill_in("{1}{1}", &values, 3), None);
    }
}
