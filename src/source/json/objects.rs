//! Finds the objects inside an object.

use crate::source::near::string_end;
use memchr::memchr3;

/// Returns the ranges of the objects that are values of an object, or elements of its lists. `text` begins with the
/// object's brace.
pub(crate) fn inner_objects(text: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut begin = 0;
    let mut at = usize::from(text.first() == Some(&b'{'));
    while let Some(next) = text.get(at..).and_then(next_mark) {
        at += next;
        match text.get(at) {
            Some(b'"') => match string_end(text.get(at + 1..).unwrap_or_default(), false) {
                Some(end) => at += end + 1,
                None => return found,
            },
            Some(b'{') => {
                if depth == 0 {
                    begin = at;
                }
                depth += 1;
            }
            _ if depth == 0 => return found,
            _ => {
                depth -= 1;
                if depth == 0 {
                    found.push((begin, at + 1));
                }
            }
        }
        at += 1;
    }
    found
}

/// Returns the position of the next quotation mark or brace.
fn next_mark(text: &[u8]) -> Option<usize> {
    memchr3(b'"', b'{', b'}', text)
}

/// Returns an object without the objects inside it, which are replaced by empty ones.
pub(crate) fn without_objects(text: &[u8], inner: &[(usize, usize)]) -> Vec<u8> {
    let mut outer = Vec::new();
    let mut at = 0;
    for (begin, end) in inner {
        outer.extend_from_slice(text.get(at..*begin).unwrap_or_default());
        outer.extend_from_slice(b"{}");
        at = *end;
    }
    outer.extend_from_slice(text.get(at..).unwrap_or_default());
    outer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_as_values_and_in_lists() {
        let text = r#"{"a":{"b":{"c":"}"}},"d":[{"e":"\"}"},[{}]],"f":1}"#;
        let inner = inner_objects(text.as_bytes());
        let found: Vec<_> = inner.iter().map(|(begin, end)| &text[*begin..*end]).collect();
        assert_eq!(found, [r#"{"b":{"c":"}"}}"#, r#"{"e":"\"}"}"#, "{}"]);
        let outer = without_objects(text.as_bytes(), &inner);
        assert_eq!(outer, br#"{"a":{},"d":[{},[{}]],"f":1}"#);
        for text in ["", "{", "{}", "{\"a\":\"", "{\"a\":{", "[]"] {
            assert!(inner_objects(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
