//! Values from texts that hold data: JSON, CSV, `name=value`, and the bytes of addresses.

use super::pattern::unescape;
use super::reals::parse_real;
use super::value::Value;
use crate::limits;
use std::rc::Rc;

/// Parses JSON. Returns `None` if it is malformed or too deep.
pub(super) fn parse_json(text: &str) -> Option<Value> {
    let mut rest = text;
    let value = json_value(&mut rest, 0)?;
    rest.trim_start().is_empty().then_some(value)
}

fn json_value(rest: &mut &str, depth: usize) -> Option<Value> {
    *rest = rest.trim_start();
    let first = rest.bytes().next().filter(|_| depth < limits::JSON_DEPTH)?;
    match first {
        b'"' => Some(Value::text(json_string(rest)?)),
        b'{' | b'[' => {
            let end = if first == b'{' { '}' } else { ']' };
            let (mut values, mut entries) = (Vec::new(), Vec::new());
            *rest = rest.get(1..)?.trim_start();
            while !rest.starts_with(end) {
                if !values.is_empty() || !entries.is_empty() {
                    *rest = rest.strip_prefix(',')?.trim_start();
                }
                if first == b'{' {
                    let key = json_string(rest)?;
                    *rest = rest.trim_start().strip_prefix(':')?;
                    entries.push((Value::text(key), json_value(rest, depth + 1)?));
                } else {
                    values.push(json_value(rest, depth + 1)?);
                }
                *rest = rest.trim_start();
            }
            *rest = rest.get(1..)?;
            Some(if first == b'{' { Value::Table(Rc::new(entries)) } else { Value::list(values) })
        }
        _ => {
            let is_part =
                |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.');
            let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end)?;
            *rest = after;
            Some(match word {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                word => match word.parse::<i64>() {
                    Ok(number) => Value::Int(number),
                    Err(_) => Value::Real(parse_real(word)?),
                },
            })
        }
    }
}

/// Parses a string in double quotes: its escapes are some of those of regular expressions.
fn json_string(rest: &mut &str) -> Option<String> {
    let text = rest.strip_prefix('"')?;
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    *rest = text.get(end + 1..)?;
    let text = text.get(..end)?;
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    unescape(&text.replace("\\b", "\\x08").replace("\\f", "\\x0C"))
}

/// Parses CSV whose first line names the columns.
pub(super) fn parse_csv(text: &str, delimiter: char) -> Option<Value> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let names = csv_line(lines.next()?, delimiter);
    // Each value has a delimiter.
    if names.len().saturating_mul(lines.clone().count()) > text.len() {
        return None;
    }
    let rows = lines.map(|line| {
        let values = csv_line(line, delimiter).into_iter().chain(std::iter::repeat(Value::Null));
        Value::Table(Rc::new(names.iter().cloned().zip(values).collect()))
    });
    Some(Value::output(rows.collect()))
}

fn csv_line(line: &str, delimiter: char) -> Vec<Value> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut is_quoted = false;
    for char in line.chars() {
        match char {
            '"' => is_quoted = !is_quoted,
            char if char == delimiter && !is_quoted => {
                fields.push(Value::text(std::mem::take(&mut field)));
            }
            char => field.push(char),
        }
    }
    fields.push(Value::text(field));
    fields
}

/// Parses lines of `name=value`, whose backslashes are escapes.
pub(super) fn parse_string_data(text: &str) -> Option<Value> {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let entries = lines.map(|line| {
        let (name, value) = line.split_once('=')?;
        Some((Value::text(name.trim()), Value::text(unescape(value.trim())?)))
    });
    Some(Value::Table(Rc::new(entries.collect::<Option<_>>()?)))
}

/// Returns the bytes of a GUID, in the order of its fields in memory.
pub(super) fn guid_bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_matches(['{', '}']).replace('-', "");
    let mut bytes = super::encoding::parse_hex(&text).filter(|bytes| bytes.len() == 16)?;
    for field in [0..4, 4..6, 6..8] {
        bytes.get_mut(field)?.reverse();
    }
    Some(bytes)
}

/// Returns the bytes of an address of IPv4, or of a network card.
pub(super) fn address_bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.contains('.') {
        return text.split('.').map(|part| part.parse().ok()).collect();
    }
    super::encoding::parse_hex(&text.replace(['-', ':'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read() {
        let json = r#" {"a": [1, -2.5, "x\"y\u0041\n\b"], "b": {"c": null, "d": true}, "e": []} "#;
        let value = format!("{:?}", parse_json(json).unwrap());
        for part in
            ["Int(1)", "Real(-2.5)", r#"Text("x\"yA\n\u{8}")"#, "Null", "Bool(true)", "List([])"]
        {
            assert!(value.contains(part), "{part} in {value}");
        }
        for damaged in ["", "{", "[1", "[1 2]", "{\"a\" 1}", "\"a", "[1]x", "{1:2}", "nul"] {
            assert!(parse_json(damaged).is_none(), "{damaged}");
        }
        assert!(parse_json(&"[".repeat(100_000)).is_none());
    }

    #[test]
    fn tables_of_text_are_read() {
        assert!(parse_csv(&(",".repeat(99) + &"\n1".repeat(99)), ',').is_none());
        let csv = parse_csv("a,b\n1,\"x,y\"\n\n2\n", ',').unwrap();
        assert_eq!(csv.items().len(), 2);
        assert!(format!("{csv:?}").contains("Text(\"x,y\")"));
        let data = parse_string_data("# c\n a = b=c\\x41 \n\n").unwrap();
        assert_eq!(format!("{data:?}"), "Table([(Text(\"a\"), Text(\"b=cA\"))])");
        assert!(parse_string_data("a").is_none());
    }

    #[test]
    fn addresses_have_bytes() {
        let guid = "{00112233-4455-6677-8899-AABBCCDDEEFF}";
        let bytes = guid_bytes(guid).unwrap();
        assert_eq!(bytes[..9], [0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88]);
        assert_eq!(address_bytes("1.2.3.255").unwrap(), [1, 2, 3, 255]);
        assert_eq!(address_bytes("0A-ff").unwrap(), [10, 255]);
        assert!(guid_bytes("a").is_none() && address_bytes("1.2.3.256").is_none());
    }
}
