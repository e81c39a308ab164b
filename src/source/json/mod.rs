//! JSON: one document a line or not, in arrays or behind each other.
//!
//! Read by hand rather than through a general parser for two reasons: a script part may begin or end
//! within a surrogate pair (`"\ud83d"` alone), which strings of Rust cannot hold; and most of a document
//! need only be passed over.

mod frame;
mod read;
mod shape;

pub(super) use frame::Framer;
pub(super) use read::{read, read_unframed};

use crate::text::encode_surrogate;
use std::borrow::Cow;

/// What stands between quotation marks, in WTF-8. An escape that JSON does not know stays as it stands.
pub(super) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let mut plain = Vec::with_capacity(text.len());
    let (before, mut rest) = text.split_at(first);
    plain.extend_from_slice(before);
    loop {
        rest = escape(rest, &mut plain);
        let Some(next) = memchr::memchr(b'\\', rest) else { break };
        let (before, after) = rest.split_at(next);
        plain.extend_from_slice(before);
        rest = after;
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

/// Writes what the escape at the beginning of `text` means, and gives what follows it.
fn escape<'a>(text: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let [_, kind, rest @ ..] = text else {
        plain.extend_from_slice(text);
        return &[];
    };
    let byte = match kind {
        b'"' | b'\\' | b'/' => *kind,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'u' => match unit(rest) {
            Some((unit, rest)) => return code_unit(unit, rest, plain),
            None => {
                plain.extend_from_slice(b"\\u");
                return rest;
            }
        },
        _ => {
            plain.extend_from_slice(&[b'\\', *kind]);
            return rest;
        }
    };
    plain.push(byte);
    rest
}

/// Writes a unit, with the one after it where the two are a surrogate pair.
fn code_unit<'a>(unit_value: u16, rest: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let mut buffer = [0; 4];
    if let Some(char) = char::from_u32(u32::from(unit_value)) {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return rest;
    }
    let low = rest.strip_prefix(b"\\u").and_then(unit);
    if let Some((low, after)) = low
        && let Some(Ok(char)) = char::decode_utf16([unit_value, low]).next()
    {
        plain.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
        return after;
    }
    plain.extend_from_slice(&encode_surrogate(unit_value));
    rest
}

fn unit(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = text.split_at_checked(4)?;
    let value = digits.iter().try_fold(0, |value: u16, digit| {
        Some(value << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?)
    })?;
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_lone_surrogates_survive() {
        for (escaped, plain) in [
            (r#"a\r\n\t\"\\\/b"#, &b"a\r\n\t\"\\/b"[..]),
            (r"\u0041\u00e4\u20AC", "Aä€".as_bytes()),
            (r"\ud83d\ude00", "😀".as_bytes()),
            (r"x\ud83d", b"x\xED\xA0\xBD"),
            (r"\ude00x", b"\xED\xB8\x80x"),
            (r"\ud83d\u0041", b"\xED\xA0\xBDA"),
            (r"\ud83d\ud83d\ude00", b"\xED\xA0\xBD\xF0\x9F\x98\x80"),
            (r"\q\u12", br"\q\u12"),
            (r"\", br"\"),
            (r"\u+123", br"\u+123"),
            ("", b""),
        ] {
            assert_eq!(unescape(escaped.as_bytes()).as_ref(), plain, "{escaped}");
        }
    }
}
