//! Members of strings, lists and other values.

use super::Evaluator;
use super::data::{address_bytes, guid_bytes};
use super::value::{Value, from_units};
use std::rc::Rc;

/// Passes over items before which a script block is tested for having become idle: the first makes variables unknown.
const IDLE_FROM: std::ops::RangeInclusive<usize> = 1..=2;

impl Evaluator<'_> {
    /// Returns a property of a value. `name` is in lower case.
    pub(super) fn member(&mut self, value: &Value, name: &str) -> Option<Value> {
        let count = |count: usize| i64::try_from(count).ok().map(Value::Int);
        match (value, name) {
            (Value::Unknown, _) => None,
            (Value::Type(of), _) => super::statics::static_member(of, name),
            (Value::Text(text), "length") if text.is_ascii() => count(text.len()),
            (Value::Text(_), _) if super::known::overloads(name).is_some() => {
                super::known::overloads(name).map(Value::text)
            }
            (Value::Text(text), "length") => count(text.encode_utf16().count()),
            (Value::List(values), "length" | "count" | "longlength") => count(values.len()),
            (Value::Bytes(bytes), "length" | "count") => count(bytes.len()),
            (Value::Stream(stream), "length") => count(stream.bytes.len()),
            (Value::Stream(stream), "position") => count(stream.at),
            (Value::Builder(text), "length") => count(text.encode_utf16().count()),
            (Value::Table(entries), "count") => count(entries.len()),
            (Value::Table(entries), _) => {
                let own = entries.iter().find(|(key, _)| {
                    key.to_text().is_some_and(|key| key.eq_ignore_ascii_case(name))
                });
                match (own, name) {
                    (Some((_, value)), _) => Some(value.clone()),
                    (None, "keys") => {
                        Some(Value::list(entries.iter().map(|(key, _)| key.clone()).collect()))
                    }
                    (None, "values") => {
                        Some(Value::list(entries.iter().map(|(_, value)| value.clone()).collect()))
                    }
                    (None, _) => Some(Value::Null),
                }
            }
            // The keys of tables may be numbers.
            (Value::Entry(entry), "name" | "key") => Some(match entry.0.parse::<i64>() {
                Ok(number) if number.to_string() == entry.0 => Value::Int(number),
                _ => Value::text(entry.0.clone()),
            }),
            (Value::Entry(entry), "value" | "definition" | "resolvedcommandname") => {
                Some(entry.1.clone())
            }
            (Value::Secure(text), "password") => Some(Value::Text(text.clone())),
            // What a match is worth is its text.
            (Value::Text(_) | Value::Int(_) | Value::Char(_), "value") => Some(value.clone()),
            (Value::List(values), _) => {
                let values: Option<Vec<Value>> =
                    values.iter().map(|value| self.member(value, name)).collect();
                values.map(Value::list)
            }
            (_, "count" | "length") => count(1),
            _ => None,
        }
    }

    /// Calls a method of a value. `name` is in lower case.
    pub(super) fn method(
        &mut self,
        value: &Value,
        name: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        if !value.is_known() || !arguments.iter().all(Value::is_known) {
            return None;
        }
        if let Value::Text(text) = value {
            return self.text_method(text, name, arguments);
        }
        if !self.scan(value.size()) {
            return None;
        }
        match (value, name, arguments) {
            (Value::Encoding(encoding), "getstring", [bytes, range @ ..]) => {
                let bytes = bytes.to_bytes()?;
                let bytes = match range {
                    [start, len] => {
                        let start = usize::try_from(start.to_int()?).ok()?;
                        bytes
                            .get(start..start.checked_add(usize::try_from(len.to_int()?).ok()?)?)?
                    }
                    _ => bytes.get(..)?,
                };
                self.spend(bytes.len()).then(|| Value::text(encoding.decode(bytes)))
            }
            (Value::Encoding(encoding), "getchars", [bytes]) => {
                let text = encoding.decode(&bytes.to_bytes()?);
                self.characters(&text)
            }
            (Value::Encoding(encoding), "getbytes", [text]) => {
                let text = self.join(text, "")?.to_text()?;
                self.spend(text.len() * 2).then(|| Value::Bytes(Rc::new(encoding.encode(&text))))
            }
            (Value::Pattern(pattern), _, [text, rest @ ..]) => {
                let pattern = Value::Text(pattern.clone());
                let arguments = [&[text.clone(), pattern], rest].concat();
                self.static_method("regex", name, &arguments)
            }
            (Value::Secure(_), "getnetworkcredential" | "copy" | "tostring", []) => {
                Some(value.clone())
            }
            (Value::Entry(_), "tostring", []) => Some(Value::text(value.to_text()?)),
            (Value::Int(number), "tostring", [form]) => {
                let form = format!("{{0:{}}}", form.to_text()?);
                super::format::fill_in(&form, &[Value::Int(*number)], 256).map(Value::text)
            }
            (Value::Int(_) | Value::Big(_), "tobytearray", []) => {
                Some(Value::Bytes(Rc::new(super::numbers::big_bytes(value)?)))
            }
            (Value::Int(_) | Value::Char(_) | Value::Bool(_) | Value::Real(_), "tostring", _) => {
                Some(Value::text(value.to_text()?))
            }
            (Value::List(values), "getvalue" | "get" | "item", [index]) => {
                let list = Value::List(values.clone());
                self.element(&list, index)
            }
            (Value::List(_) | Value::Bytes(_), "foreach", [Value::Script(block)]) => {
                self.for_each_item(&value.items(), *block)
            }
            (Value::List(_) | Value::Bytes(_), "foreach", [Value::Type(of)]) => {
                let items = value.items();
                let cast: Vec<Value> = items.iter().map(|value| self.cast(of, value)).collect();
                cast.iter().all(Value::is_known).then(|| Value::list(cast))
            }
            (Value::List(_) | Value::Bytes(_), "where", [Value::Script(block)]) => {
                self.where_object(&value.items(), *block)
            }
            (Value::List(_), "toarray" | "clone", []) => Some(value.clone()),
            (Value::List(values), _, _) if name != "add" => {
                let results: Option<Vec<Value>> =
                    values.iter().map(|value| self.method(value, name, arguments)).collect();
                results.map(Value::list)
            }
            _ => None,
        }
    }

    /// Runs a script block for each item. Returns the list of what it yields.
    pub(super) fn for_each_item(&mut self, items: &[Value], block: super::NodeId) -> Option<Value> {
        let outer = self.item();
        let mut results = Some(Vec::new());
        for (index, item) in items.iter().enumerate() {
            let is_idle = IDLE_FROM.contains(&index) && self.is_idle(block);
            let before = (self.steps, self.bytes);
            let was_limited = std::mem::take(&mut self.is_limited);
            let value = self.call_with_item(block, item);
            let is_known = value.is_known() && self.spend(size_of::<Value>());
            let is_whole = !self.is_limited;
            self.is_limited |= was_limited;
            if !is_known {
                results = None;
                break;
            }
            if let Some(results) = &mut results {
                value.add_items(results);
            }
            if is_idle && is_whole && self.skip_passes(before, items.len() - index - 1) {
                break;
            }
        }
        self.restore_item(outer);
        results.map(Value::list)
    }

    fn text_method(&mut self, text: &Rc<String>, name: &str, arguments: &[Value]) -> Option<Value> {
        let size = |index: usize| {
            arguments
                .get(index)
                .and_then(Value::to_int)
                .and_then(|number| usize::try_from(number).ok())
        };
        let argument = |index: usize| arguments.get(index).and_then(Value::to_text);
        let count = arguments.len();
        if let ("substring", Some(start)) = (name, size(0)) {
            // Loops take a text apart: a piece must not cost as much as the text.
            if !self.step(text.len() / 1024) {
                return None;
            }
            if text.is_ascii() {
                let end = if count == 2 { start.checked_add(size(1)?)? } else { text.len() };
                let piece = text.get(start..end)?.to_owned();
                return self.spend(piece.len()).then(|| Value::text(piece));
            }
        }
        if !self.scan(text.len()) {
            return None;
        }
        let result = match (name, count) {
            ("tostring" | "normalize" | "readtoend" | "clone", _) => {
                return Some(Value::Text(text.clone()));
            }
            ("replace", 2 | 3) => {
                let with = argument(1)?;
                return self.replace_all(text, &argument(0)?, &with, count == 2).map(Value::text);
            }
            ("toupper" | "toupperinvariant", _) => map_case(text, char::is_uppercase, upper),
            ("tolower", _) => fold_lower(text),
            ("tolowerinvariant", _) => map_case(text, |char| char == 'İ', lower),
            ("substring", 1) => from_units(units(text).get(size(0)?..)?),
            ("substring", 2) => {
                let start = size(0)?;
                from_units(units(text).get(start..start.checked_add(size(1)?)?)?)
            }
            ("insert", 2) => {
                let units = units(text);
                let (head, tail) = units.split_at_checked(size(0)?)?;
                from_units(head) + &argument(1)? + &from_units(tail)
            }
            ("remove", 1) => from_units(units(text).get(..size(0)?)?),
            ("remove", 2) => {
                let units = units(text);
                let start = size(0)?;
                let end = start.checked_add(size(1)?)?;
                from_units(units.get(..start)?) + &from_units(units.get(end..)?)
            }
            ("padleft" | "padright", 1 | 2) => {
                let with = if count == 2 { argument(1)? } else { " ".to_owned() };
                let fill = size(0)?.saturating_sub(units(text).len());
                if !self.spend(fill) {
                    return None;
                }
                let fill = with.repeat(fill);
                if name == "padleft" { fill + text } else { text.as_str().to_owned() + &fill }
            }
            ("trim" | "trimstart" | "trimend", _) => {
                let set: String = match arguments {
                    [] => String::new(),
                    values => {
                        let list = Value::list(values.iter().flat_map(Value::items).collect());
                        self.join(&list, "")?.to_text()?
                    }
                };
                let is_cut = |char: char| {
                    if set.is_empty() { char.is_whitespace() } else { set.contains(char) }
                };
                let start = if name == "trimend" { text } else { text.trim_start_matches(is_cut) };
                let end = if name == "trimstart" { start } else { start.trim_end_matches(is_cut) };
                end.to_owned()
            }
            ("tochararray", 0) => return self.characters(text),
            ("tochararray", 2) => {
                let start = size(0)?;
                let part = from_units(units(text).get(start..start.checked_add(size(1)?)?)?);
                return self.characters(&part);
            }
            ("split", 1..) => return self.split_method(text, arguments),
            ("chars" | "get_chars", 1) => {
                return self.element(&Value::Text(text.clone()), arguments.first()?);
            }
            ("indexof", 1) => return Some(index_of(text, text.find(&*argument(0)?))),
            ("lastindexof", 1) => return Some(index_of(text, text.rfind(&*argument(0)?))),
            ("contains", 1) => return Some(Value::Bool(text.contains(&*argument(0)?))),
            ("startswith", 1) => return Some(Value::Bool(text.starts_with(&*argument(0)?))),
            ("endswith", 1) => return Some(Value::Bool(text.ends_with(&*argument(0)?))),
            ("equals", 1) => return Some(Value::Bool(**text == argument(0)?)),
            ("tobytearray", 0) => return Some(Value::Bytes(Rc::new(guid_bytes(text)?))),
            ("getaddressbytes", 0) => return Some(Value::Bytes(Rc::new(address_bytes(text)?))),
            _ => return None,
        };
        self.spend(result.len()).then(|| Value::text(result))
    }

    /// Evaluates `.Split`: at each character of the separators, or at a string if it is the only one and PowerShell 7
    /// takes it whole. A string of several characters is a list of them in Windows PowerShell.
    fn split_method(&mut self, text: &str, arguments: &[Value]) -> Option<Value> {
        let (separators, options) = arguments.split_first()?;
        let drops_empty = options.iter().any(|option| match option {
            Value::Text(text) => text.to_ascii_lowercase().contains("removeempty"),
            Value::Int(number) => *number == 1 && options.len() == 1,
            _ => false,
        });
        let strings = match separators {
            Value::List(values)
                if values.iter().all(|value| matches!(value, Value::Text(_)))
                    && !options.is_empty() =>
            {
                values.iter().map(Value::to_text).collect::<Option<Vec<_>>>()?
            }
            value => {
                let list = value.clone();
                let set = self.join(&list, "")?.to_text()?;
                set.chars().map(String::from).collect()
            }
        };
        let mut parts = vec![text];
        if strings.is_empty() {
            parts = text.split_whitespace().collect();
        }
        if strings.iter().all(|own| own.chars().count() == 1) && !strings.is_empty() {
            let set = strings.concat();
            parts = text.split(|char| set.contains(char)).collect();
        } else {
            for separator in strings.iter().filter(|own| !own.is_empty()) {
                parts = parts.into_iter().flat_map(|part| part.split(&**separator)).collect();
            }
        }
        if !self.spend(parts.len().checked_mul(size_of::<Value>())?) {
            return None;
        }
        let parts = parts.into_iter().filter(|part| !(drops_empty && part.is_empty()));
        Some(Value::list(parts.map(Value::text).collect()))
    }
}

/// Returns a string's UTF-16 code units, by which .NET counts.
pub(super) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Returns an offset as .NET counts it, or -1.
fn index_of(text: &str, at: Option<usize>) -> Value {
    let before = at.and_then(|at| text.get(..at));
    let index = before.and_then(|before| i64::try_from(before.encode_utf16().count()).ok());
    Value::Int(index.unwrap_or(-1))
}

fn upper(char: char) -> char {
    let mut mapped = char.to_uppercase();
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(char)
}

fn lower(char: char) -> char {
    let mut mapped = char.to_lowercase();
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(char)
}

/// Maps each character to one character, as .NET does: `ß` has no upper case of one character and stays.
fn map_case(text: &str, stays: fn(char) -> bool, map: fn(char) -> char) -> String {
    text.chars().map(|char| if stays(char) { char } else { map(char) }).collect()
}

/// Maps a text to lower case.
pub(super) fn fold_lower(text: &str) -> String {
    text.chars().map(|char| if char == 'İ' { 'i' } else { lower(char) }).collect()
}

/// Returns the length of `part` at the start of a text, in any case.
pub(super) fn starts_at(text: &str, part: &str) -> Option<usize> {
    let mut chars = text.chars();
    for own in part.chars() {
        if lower(chars.next()?) != lower(own) {
            return None;
        }
    }
    Some(text.len() - chars.as_str().len())
}
