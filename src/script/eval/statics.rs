//! Static members of types.

use super::commands::command_entry;
use super::encoding::{Encoding, parse_hex};
use super::known::EXECUTION_CONTEXT;
use super::pattern::{escape, unescape};
use super::value::{Stream, Value};
use super::{Evaluator, Operator};
use crate::limits;
use crate::script::base64;
use crate::script::inflate::{InflateBudget, inflate};
use std::rc::Rc;

/// Returns a static property of a type.
pub(super) fn static_member(of: &str, name: &str) -> Option<Value> {
    match (of, name) {
        (
            "text.encoding" | "text.utf8encoding" | "text.unicodeencoding" | "text.asciiencoding",
            _,
        ) => Encoding::named(name).map(Value::Encoding),
        (EXECUTION_CONTEXT, "invokecommand" | "sessionstate" | "psvariable") => {
            Some(Value::Type(of.into()))
        }
        ("string", "empty") => Some(Value::text("")),
        ("environment", "newline") => Some(Value::text("\r\n")),
        ("int" | "int32", "maxvalue") => Some(Value::Int(i64::from(i32::MAX))),
        ("byte", "maxvalue") => Some(Value::Int(255)),
        // The members of enumerations are their names.
        (
            "io.compression.compressionmode"
            | "text.regularexpressions.regexoptions"
            | "stringsplitoptions"
            | "io.seekorigin"
            | "security.cryptography.ciphermode"
            | "security.cryptography.paddingmode"
            | "globalization.numberstyles"
            | "management.automation.commandtypes",
            _,
        ) => Some(Value::text(name)),
        _ => None,
    }
}

impl Evaluator<'_> {
    /// Calls a static method. `name` is in lower case.
    pub(super) fn static_method(
        &mut self,
        of: &str,
        name: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        if !arguments.iter().all(Value::is_known) {
            return None;
        }
        let argument = |index: usize| arguments.get(index).and_then(Value::to_text);
        let size = arguments.iter().map(Value::size).sum();
        if !self.scan(size) {
            return None;
        }
        match (of, name, arguments) {
            ("string", "join", [separator, values @ ..]) => {
                let values = flattened(values);
                self.join(&values, &separator.to_text()?)
            }
            ("string", "concat", values) => self.join(&flattened(values), ""),
            ("string", "format", [format, values @ ..]) => {
                let values = flattened(values).items();
                let most = self.bytes;
                let text = super::format::fill_in(&format.to_text()?, &values, most)?;
                self.spend(text.len()).then(|| Value::text(text))
            }
            ("string", "copy", [value]) => self.join(value, ""),
            ("string", "isnullorempty" | "isnullorwhitespace", [value]) => {
                Some(Value::Bool(value.to_text()?.trim().is_empty()))
            }
            ("char", "convertfromutf32", [code]) => {
                let char = char::from_u32(u32::try_from(code.to_int()?).ok()?)?;
                Some(Value::text(char))
            }
            ("char", "toupper" | "tolower" | "toupperinvariant" | "tolowerinvariant", [value]) => {
                self.method(&Value::text(value.to_text()?), name, &[])
            }
            ("char", "parse" | "new", [value]) => Some(self.cast("char", value)),
            ("convert", _, [value, rest @ ..]) => self.convert(name, value, rest),
            (
                "int" | "int32" | "int16" | "int64" | "long" | "byte" | "uint32" | "short",
                "parse",
                [value, rest @ ..],
            ) => {
                let text = value.to_text()?;
                match rest {
                    [] if !text.contains(['x', 'X']) => Some(Value::Int(value.to_int()?)),
                    [style] if style.to_text()?.to_ascii_lowercase().contains("hex") => {
                        i64::from_str_radix(text.trim(), 16).ok().map(Value::Int)
                    }
                    _ => None,
                }
            }
            (
                "scriptblock" | "management.automation.scriptblock",
                "create",
                [Value::Text(code)],
            ) => {
                let is_short = code.len() <= limits::CODE_BYTES;
                is_short.then(|| Value::Code(code.clone()))
            }
            ("regex" | "text.regularexpressions.regex", _, _) => self.regex_method(name, arguments),
            ("text.encoding", "getencoding", [name]) => {
                Encoding::named(&name.to_text()?.to_ascii_lowercase()).map(Value::Encoding)
            }
            ("uri", "unescapedatastring", [_])
            | ("net.webutility", "urldecode", [_])
            | ("web.httputility", "urldecode", [_]) => {
                let plus = if of == "uri" { "+" } else { " " };
                Some(Value::text(decode_url(&argument(0)?.replace('+', plus))))
            }
            ("net.webutility" | "web.httputility", "htmldecode", [_]) => {
                Some(Value::text(decode_html(&argument(0)?)))
            }
            ("math", "sqrt", [value]) => Some(Value::Real(value.to_real()?.sqrt())),
            ("math", "pow", [base, power]) => {
                let power = u32::try_from(power.to_int()?).ok()?;
                base.to_int()?.checked_pow(power).map(Value::Int)
            }
            ("math", "min" | "max", [left, right]) => {
                let (left, right) = (left.to_int()?, right.to_int()?);
                Some(Value::Int(if name == "min" { left.min(right) } else { left.max(right) }))
            }
            ("math", "abs", [value]) => Some(Value::Int(value.to_int()?.checked_abs()?)),
            ("math", "round" | "floor" | "ceiling" | "truncate", [value]) => {
                let number = value.to_real()?;
                Some(Value::Real(match name {
                    "floor" => number.floor(),
                    "ceiling" => number.ceil(),
                    "truncate" => number.trunc(),
                    _ => number.round_ties_even(),
                }))
            }
            ("bigint" | "numerics.biginteger", "parse", [value, style @ ..]) => {
                let text = value.to_text()?;
                let radix = if style.is_empty() { 10 } else { 16 };
                self.parse_big(&text, radix)
            }
            ("bigint" | "numerics.biginteger", "divide" | "remainder", [left, right]) => {
                let is_quotient = name == "divide";
                if let Value::Int(left) = left {
                    let right = right.to_int()?;
                    return match is_quotient {
                        true => left.checked_div(right),
                        false => left.checked_rem(right),
                    }
                    .map(Value::Int);
                }
                let operator = if is_quotient { Operator::Divide } else { Operator::Remainder };
                let mut left = left.clone();
                self.apply(operator, &mut left, right)?;
                Some(left)
            }
            (
                "guid" | "ipaddress" | "net.ipaddress" | "net.networkinformation.physicaladdress",
                "parse" | "new",
                [value @ Value::Text(_)],
            ) => Some(value.clone()),
            ("bitconverter", "getbytes", [value]) => {
                let number = value.to_int()?;
                let bytes = match (value, i32::try_from(number)) {
                    (Value::Char(_), _) => (number as u16).to_le_bytes().to_vec(),
                    (_, Ok(number)) => number.to_le_bytes().to_vec(),
                    _ => number.to_le_bytes().to_vec(),
                };
                Some(Value::Bytes(Rc::new(bytes)))
            }
            ("runtime.interopservices.marshal", _, [Value::Secure(text)]) => {
                let reads = name.starts_with("ptrtostring");
                Some(if reads { Value::Text(text.clone()) } else { Value::Secure(text.clone()) })
            }
            ("bitconverter", "tostring", [bytes]) => {
                let bytes = bytes.to_bytes()?;
                let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                self.spend(bytes.len() * 3).then(|| Value::text(hex.join("-")))
            }
            (of, "getmembers" | "getmethods", []) => {
                let names = super::known::members(of)?.iter();
                Some(Value::list(names.map(|name| Value::entry(name, Value::Void)).collect()))
            }
            ("environment", "getenvironmentvariable", [name, ..]) => {
                let name = format!("env:{}", name.to_text()?.to_lowercase());
                Some(self.variable(&name)).filter(Value::is_known)
            }
            (
                "security.cryptography.aes"
                | "security.cryptography.rijndael"
                | "security.cryptography.symmetricalgorithm",
                "create",
                _,
            ) => self.construct("security.cryptography.aes", &[]),
            ("environment", "setenvironmentvariable", [own, value, ..]) => {
                let own = format!("env:{}", own.to_text()?.to_lowercase());
                self.assign(&Rc::from(own), value.clone());
                Some(Value::Void)
            }
            (
                EXECUTION_CONTEXT,
                "getcmdlet" | "getcmdlets" | "getcommand" | "getcommandname",
                _,
            ) => {
                let pattern = argument(0)?;
                command_entry(&pattern)
            }
            (EXECUTION_CONTEXT, "set", [own, value]) => {
                self.assign(&Rc::from(own.to_text()?.to_lowercase()), value.clone());
                Some(Value::Void)
            }
            (EXECUTION_CONTEXT, "get" | "getvalue", [own]) => {
                let own = own.to_text()?;
                let value = self.variable(&own.to_lowercase());
                match name {
                    "get" => Some(Value::entry(&own, value)),
                    _ => Some(value).filter(Value::is_known),
                }
            }
            ("linq.enumerable", "reverse", [list]) => {
                let mut items = list.items();
                items.reverse();
                self.spend(items.len() * size_of::<Value>()).then(|| Value::list(items))
            }
            (_, "new", _) => self.construct(of, arguments),
            _ => None,
        }
    }

    /// Evaluates the methods of `[Convert]`.
    fn convert(&mut self, name: &str, value: &Value, rest: &[Value]) -> Option<Value> {
        match (name, rest) {
            ("frombase64string", []) => {
                let text = value.to_text()?;
                let bytes = base64::decode_strictly(text.as_bytes())?;
                self.spend(bytes.len()).then(|| Value::Bytes(Rc::new(bytes)))
            }
            ("frombase64chararray", [_, _]) => {
                let text = self.join(value, "")?.to_text()?;
                Some(Value::Bytes(Rc::new(base64::decode_strictly(text.as_bytes())?)))
            }
            ("fromhexstring", []) => Some(Value::Bytes(Rc::new(parse_hex(&value.to_text()?)?))),
            (
                "toint32" | "toint16" | "toint64" | "tobyte" | "touint32" | "touint16" | "touint64"
                | "tosbyte",
                [radix],
            ) => {
                let radix = u32::try_from(radix.to_int()?)
                    .ok()
                    .filter(|radix| matches!(radix, 2 | 8 | 10 | 16))?;
                let text = value.to_text()?;
                let text = text.trim();
                let digits = match radix {
                    16 => text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text),
                    _ => text,
                };
                i64::from_str_radix(digits, radix).ok().map(Value::Int)
            }
            ("toint32" | "toint16" | "toint64" | "tobyte" | "touint32" | "touint16", []) => {
                Some(Value::Int(value.to_int()?))
            }
            ("tochar", []) => Some(self.cast("char", value)),
            ("tostring", []) => Some(Value::text(value.to_text()?)),
            ("tostring", [radix]) => {
                let number = value.to_int()?;
                let text = match radix.to_int()? {
                    2 => format!("{number:b}"),
                    8 => format!("{number:o}"),
                    16 => format!("{number:x}"),
                    10 => number.to_string(),
                    _ => return None,
                };
                Some(Value::text(text))
            }
            _ => None,
        }
    }

    /// Evaluates the methods of `[regex]`; the text comes before the pattern.
    fn regex_method(&mut self, name: &str, arguments: &[Value]) -> Option<Value> {
        let (text, rest) = arguments.split_first()?;
        let text = text.to_text()?;
        if rest.is_empty() {
            return match name {
                "escape" => Some(Value::text(escape(&text))),
                "unescape" => unescape(&text).map(Value::text),
                "new" => Some(Value::Pattern(Rc::new(text))),
                _ => None,
            };
        }
        let (pattern, rest) = rest.split_first()?;
        let pattern = Rc::new(pattern.to_text()?);
        let flags = |values: &[Value]| -> Option<(bool, bool)> {
            let Some(flags) = values.first() else { return Some((false, false)) };
            let list = flags.items();
            let names = list
                .iter()
                .map(Value::to_text)
                .collect::<Option<Vec<_>>>()?
                .join(",")
                .to_ascii_lowercase();
            Some((names.contains("ignorecase"), names.contains("righttoleft")))
        };
        match (name, rest) {
            ("replace", [with, options @ ..]) => {
                let (caseless, _) = flags(options)?;
                let with = with.to_text()?;
                self.replace_pattern(&text, &pattern, &with, !caseless).map(Value::text)
            }
            ("split", options) => {
                let (caseless, _) = flags(options)?;
                let mut parts = Vec::new();
                self.split_text(&text, &pattern, 0, !caseless, false, &mut parts)?;
                Some(Value::list(parts))
            }
            ("matches" | "match", options) => {
                let (caseless, backwards) = flags(options)?;
                // From the right the same matches are found only if each has one length that divides the text alike.
                if backwards && !is_single_char(&pattern) {
                    return None;
                }
                let found = self.matches(&text, &pattern, caseless)?;
                let mut values: Vec<Value> = found
                    .into_iter()
                    .filter_map(|(range, _)| text.get(range).map(Value::text))
                    .collect();
                if backwards {
                    values.reverse();
                }
                Some(if name == "match" {
                    values.into_iter().next().unwrap_or(Value::Null)
                } else {
                    Value::list(values)
                })
            }
            _ => None,
        }
    }

    /// Constructs an object of a type: a stream is the bytes that can be read from it. (It never calls
    /// [`static_method`](Self::static_method), which calls it for every `new`.)
    pub(super) fn construct(&mut self, of: &str, arguments: &[Value]) -> Option<Value> {
        let of = of.strip_prefix("system.").unwrap_or(of);
        if let Some(object) = self.construct_object(of, arguments) {
            return Some(object);
        }
        match (of, arguments) {
            (
                "io.compression.deflatestream"
                | "io.compression.gzipstream"
                | "io.compression.zlibstream",
                [bytes, mode, ..],
            ) => {
                if !mode.to_text()?.to_ascii_lowercase().contains("decompress")
                    && mode.to_int() != Some(0)
                {
                    return None;
                }
                let bytes = bytes.to_bytes()?;
                // A zlib stream has two bytes before the deflate data.
                let packed =
                    if of.ends_with("zlibstream") { bytes.get(2..)? } else { bytes.get(..)? };
                let mut budget = InflateBudget::new(self.bytes);
                let unpacked = inflate(packed, &mut budget);
                self.is_limited |= budget.is_exceeded;
                self.bytes = budget.left;
                Some(Value::Stream(Rc::new(Stream::new(unpacked?))))
            }
            ("io.streamreader", [stream @ (Value::Stream(_) | Value::Bytes(_)), encoding @ ..]) => {
                let encoding = match encoding.first() {
                    Some(Value::Encoding(encoding)) => *encoding,
                    _ => Encoding::Utf8,
                };
                self.read_text(stream, encoding)
            }
            ("io.stringreader", [Value::Text(text)]) => Some(Value::Text(text.clone())),
            ("byte[]", [count]) => {
                let count = usize::try_from(count.to_int()?).ok()?;
                self.spend(count).then(|| Value::Bytes(Rc::new(vec![0; count])))
            }
            ("char[]" | "object[]" | "string[]" | "int[]", [count]) => {
                let count = usize::try_from(count.to_int()?).ok()?;
                let zero = match of {
                    "char[]" => Value::Char(0),
                    "int[]" => Value::Int(0),
                    _ => Value::Null,
                };
                let size = count.checked_mul(size_of::<Value>())?;
                self.spend(size).then(|| Value::list(vec![zero; count]))
            }
            ("string", [list @ Value::List(_), start, len]) => {
                let text = self.join(list, "")?;
                self.method(&text, "substring", &[start.clone(), len.clone()])
            }
            ("string", [value]) => self.join(value, ""),
            ("string", [char @ (Value::Char(_) | Value::Text(_)), count]) => {
                let char = char.to_text().filter(|text| text.chars().count() == 1)?;
                let count = usize::try_from(count.to_int()?).ok()?;
                self.spend(count).then(|| Value::text(char.repeat(count)))
            }
            ("text.utf8encoding" | "text.unicodeencoding" | "text.asciiencoding", _) => {
                Encoding::named(of.strip_prefix("text.")?).map(Value::Encoding)
            }
            (
                "net.networkcredential" | "management.automation.pscredential" | "pscredential",
                [_, Value::Secure(text), ..],
            )
            | ("net.networkcredential", [_, Value::Text(text), ..]) => {
                Some(Value::Secure(text.clone()))
            }
            ("regex" | "text.regularexpressions.regex", [pattern, ..]) => {
                Some(Value::Pattern(Rc::new(pattern.to_text()?)))
            }
            _ => None,
        }
    }
}

/// Returns one list of all arguments: one that is a list takes the place of the others.
fn flattened(values: &[Value]) -> Value {
    match values {
        [list @ (Value::List(_) | Value::Bytes(_))] => list.clone(),
        values => Value::list(values.to_vec()),
    }
}

/// Returns whether each match of a pattern is one character.
fn is_single_char(pattern: &str) -> bool {
    matches!(pattern, "." | "(.)" | "[\\s\\S]" | "[\\w\\W]" | "\\S" | "\\w" | "(?s).")
}

fn decode_url(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| parse_hex(std::str::from_utf8(hex).ok()?));
        match (byte, code) {
            (b'%', Some(code)) => {
                bytes.extend(code);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn decode_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').and_then(|(name, after)| {
            let code =
                match (name.strip_prefix("#x").or(name.strip_prefix("#X")), name.strip_prefix('#'))
                {
                    (Some(hex), _) => u32::from_str_radix(hex, 16).ok()?,
                    (_, Some(digits)) => digits.parse().ok()?,
                    _ => match name {
                        "amp" => 38,
                        "lt" => 60,
                        "gt" => 62,
                        "quot" => 34,
                        _ => return None,
                    },
                };
            Some((char::from_u32(code)?, after))
        });
        match entity {
            Some((char, after)) => {
                out.push(char);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_urls_and_html_are_decoded() {
        assert_eq!(decode_url("%41b%zz%c3%a9%"), "Ab%zzé%");
        assert_eq!(decode_html("a&lt;&#65;&#x42;&amp;&x;&"), "a<AB&&x;&");
    }

    /// Each of them made a constructor and a static method call each other for ever.
    #[test]
    fn a_constructor_of_other_arguments_is_unknown() {
        for call in [
            "[pscredential]::new('a', 'b')",
            "New-Object PSCredential('a', 'b')",
            "[Net.NetworkCredential]::new()",
            "[string]::new('ab', 2)",
            "New-Object String(2, 3)",
        ] {
            let text = format!("& ('i'+'ex') {call}");
            let views: Vec<String> =
                crate::script::views(&text).into_iter().map(|view| view.text).collect();
            assert!(
                views.iter().all(|view| view.contains(call.split('(').next().unwrap())),
                "{views:?}"
            );
        }
    }
}
