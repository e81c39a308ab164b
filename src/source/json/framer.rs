//! Finds the end of a JSON document.

use super::tables::is_rows;
use crate::source::framing::{FrameScan, START_BYTES};
use crate::source::text::syslog;
use memchr::memchr3;

/// Names of lists of records in an outer object: search results, Elastic's hits, Azure's records, Zircolite's matches,
/// the data of other interfaces.
const LISTS: [&[u8]; 8] =
    [b"results", b"Results", b"hits", b"records", b"value", b"Events", b"events", b"matches"];

/// Maximum depth of the rows of a table: in an object of a list in an object, which may be in an object (Loki).
const ROWS_DEPTH: u32 = 4;

/// Number of bytes of an object in which its list of records may begin.
pub(crate) const LIST_START_BYTES: usize = 64 << 10;

/// Scans a document from its opening brace.
pub(crate) struct JsonFramer {
    depth: u32,
    /// One bit per level, the innermost lowest, set for objects. Levels beyond 64 are only counted.
    objects: u64,
    in_string: bool,
    /// The last byte other than white space.
    before: u8,
    /// Whether a list of records may still be found.
    lists: bool,
    /// Positions of the open outermost objects, or of the last ones.
    begins: [Option<usize>; ROWS_DEPTH as usize],
}

impl JsonFramer {
    /// Creates a framer for a document.
    pub(crate) fn new() -> Self {
        let begins = [None; ROWS_DEPTH as usize];
        Self { depth: 0, objects: 0, in_string: false, before: 0, lists: true, begins }
    }

    /// Creates a framer for the remainder of outer objects after their list has ended. Another list may follow, in a
    /// list of tables.
    pub(crate) fn after_list(depth: u32) -> Self {
        // Only the rows of a table in a list of tables are at these depths.
        let objects = match depth {
            3 => 0b101,
            ROWS_DEPTH => 0b1101,
            _ => u64::MAX,
        };
        Self { depth, objects, before: b']', ..Self::new() }
    }

    /// Stops looking for lists of records.
    pub(crate) fn skip_to_end(&mut self) {
        self.lists = false;
    }

    /// Returns the position of the object that holds the current list, if it was seen.
    pub(crate) fn list_owner(&self) -> Option<usize> {
        self.begins.get(self.depth.checked_sub(1)? as usize).copied().flatten()
    }

    /// Treats the current list as any other value.
    pub(crate) fn skip_list(&mut self) {
        self.open(false);
        self.before = b'[';
    }

    /// Continues at `from` in the text of the document. `last` says that no more bytes follow.
    pub(crate) fn scan(&mut self, text: &[u8], from: usize, last: bool) -> FrameScan {
        let mut at = from;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            if self.in_string {
                let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else {
                    return FrameScan::More(text.len());
                };
                at += found;
                match text.get(at..) {
                    Some([b'"', after @ ..]) => {
                        // A document that was cut off in a string ends where another begins on its line.
                        if text.get(at.wrapping_sub(1)) == Some(&b'{') {
                            match after.first() {
                                None if !last => return FrameScan::More(at),
                                Some(next) if !ends_string(*next) => {
                                    return FrameScan::Cut(at - 1);
                                }
                                _ => {}
                            }
                        }
                        (self.in_string, self.before) = (false, b'"');
                        at += 1;
                        // The document is a string.
                        if self.depth == 0 {
                            return FrameScan::End(at);
                        }
                    }
                    Some([b'\\', _, ..]) => at += 2,
                    // A line feed inside a string is not JSON: the document was cut off where the next begins.
                    Some([b'\n', after @ ..]) => match begins_next_document(after, last) {
                        Some(true) => return FrameScan::Cut(at + 1),
                        Some(false) => at += 1,
                        None => return FrameScan::More(at),
                    },
                    _ if last => return FrameScan::More(text.len()),
                    _ => return FrameScan::More(at),
                }
                continue;
            }
            let Some(&byte) = rest.first() else { return FrameScan::More(at) };
            match byte {
                // The header of a line may also follow a document that was cut off.
                b'\n' if rest.get(1).is_none_or(|next| !is_document_byte(*next)) => {
                    match begins_next_document(rest.get(1..).unwrap_or_default(), last) {
                        Some(true) => return FrameScan::Cut(at + 1),
                        Some(false) => at += 1,
                        None => return FrameScan::More(at),
                    }
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    at += 1;
                    continue;
                }
                b'"' => self.in_string = true,
                b'{' if self.depth > 0 && !self.takes_value() => return FrameScan::Cut(at),
                b'[' if self.lists && self.before == b':' && at < LIST_START_BYTES => {
                    let name = name_at_end(text.get(..at).unwrap_or_default());
                    let is_list = is_list(name, self.depth);
                    let is_rows = matches!(self.depth, 1..=ROWS_DEPTH) && is_rows(name);
                    match rest.get(1..).unwrap_or_default().trim_ascii_start().first() {
                        None if !last && (is_list || is_rows) => return FrameScan::More(at),
                        Some(b'{') if is_list => return FrameScan::Descend(at + 1, self.depth),
                        Some(b'[') if is_rows => return FrameScan::Descend(at + 1, self.depth),
                        _ => self.open(false),
                    }
                }
                b'{' | b'[' => {
                    if let Some(begin) = self.begins.get_mut(self.depth as usize) {
                        *begin = Some(at).filter(|_| byte == b'{');
                    }
                    self.open(byte == b'{');
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.objects >>= 1;
                    if self.depth == 0 {
                        return FrameScan::End(at + 1);
                    }
                }
                _ => {}
            }
            self.before = byte;
            at += 1;
        }
    }

    fn open(&mut self, object: bool) {
        self.depth = self.depth.saturating_add(1);
        self.objects = self.objects << 1 | u64::from(object);
    }

    /// Whether an object may begin here.
    fn takes_value(&self) -> bool {
        let in_object = self.objects & 1 == 1;
        (self.depth > 64 && self.before != b'}')
            || if in_object { self.before == b':' } else { matches!(self.before, b'[' | b',') }
    }
}

/// Whether this byte may follow a string.
fn ends_string(byte: u8) -> bool {
    matches!(byte, b':' | b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
}

/// Returns the beginning of the complete documents at the end of text in which a document was cut off. A document inside
/// a value of that document has another first name than the document itself.
pub(crate) fn last_documents(text: &[u8]) -> Option<usize> {
    let first_name = |text: &'_ [u8]| memchr::memchr(b':', text).map(|end| end + 1);
    let name = text.get(..first_name(text)?)?;
    let mut found = None;
    let mut end = text.len();
    while let Some(begin) = document_before(text.get(..end)?) {
        let before = text.get(..begin)?.trim_ascii_end();
        let is_inner = matches!(before.last(), None | Some(b':' | b',' | b'['));
        if begin == 0 || (is_inner && !text.get(begin..)?.starts_with(name)) {
            break;
        }
        found = Some(begin);
        end = begin;
    }
    found
}

/// Returns the beginning of the document that ends the text. Strings have no line feeds.
fn document_before(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end();
    if text.last() != Some(&b'}') {
        return None;
    }
    let (mut depth, mut in_string) = (0_usize, false);
    let mut at = text.len();
    while let Some((before, byte)) =
        text.get(..at).and_then(<[u8]>::split_last).map(|(byte, before)| (before, *byte))
    {
        at = before.len();
        match byte {
            b'"' if !in_string => in_string = true,
            b'"' => {
                let slashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
                in_string = slashes % 2 == 1;
            }
            b'\n' if in_string => return None,
            b'}' | b']' if !in_string => depth += 1,
            b'{' | b'[' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return (byte == b'{').then_some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether another document begins with this line. Returns `None` if more bytes are needed.
fn begins_next_document(line: &[u8], last: bool) -> Option<bool> {
    match line {
        [b'{', b'"', ..] => Some(true),
        [] | [b'{'] => last.then_some(false),
        [first, ..] if is_document_byte(*first) => Some(false),
        _ => {
            let header = line.get(..START_BYTES).or(last.then_some(line)).map(syslog::header)?;
            Some(header.is_some())
        }
    }
}

/// Whether a line of a document can begin with this byte. No header begins with one of them.
fn is_document_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'{' | b'[' | b'}' | b']')
}

/// Whether this is the name of a list of records. `depth` is the number of objects and lists around it.
pub(super) fn is_list(name: &[u8], depth: u32) -> bool {
    match depth {
        // An event's own `data` is further inside.
        1 => LISTS.contains(&name) || name == b"data",
        2 => LISTS.contains(&name),
        _ => false,
    }
}

/// Returns the name at the end of a text, before its colon.
fn name_at_end(text: &[u8]) -> &[u8] {
    let name = text.trim_ascii_end().strip_suffix(b":").unwrap_or_default().trim_ascii_end();
    let name = name.strip_suffix(b"\"").unwrap_or_default();
    let begin = memchr::memrchr(b'"', name).map_or(0, |quote| quote + 1);
    name.get(begin..).unwrap_or_default()
}

/// Whether a document may contain the beginning of another document, as its framer sees it.
pub(super) fn may_be_cut(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', text).any(|end| match text.get(end + 1..) {
        Some([b'{', next, ..]) => *next == b'"',
        Some([first, ..]) => !is_document_byte(*first),
        Some([]) | None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::framing::scan_at_every_cut;

    fn frame(text: &str) -> FrameScan {
        scan_at_every_cut(text, || {
            let mut framer = JsonFramer::new();
            move |text, at, end| framer.scan(text, at, end)
        })
    }

    #[test]
    fn a_document_ends_with_its_brace() {
        assert_eq!(frame(r#"{"a":{"b":["}",{}]}} {"#), FrameScan::End(20));
        assert_eq!(frame(r#"{"a":"\"}\\"},"#), FrameScan::End(13));
        assert_eq!(frame("{\n \"a\" : \"x\ny\"\n}\n"), FrameScan::End(16));
        assert_eq!(frame(r#""a\"{", "b""#), FrameScan::End(6));
        assert!(matches!(frame(r#"{"a":"#), FrameScan::More(_)));
    }

    #[test]
    fn a_document_that_was_cut_off_does_not_swallow_the_next() {
        assert_eq!(frame("{\"a\":\"x\n{\"b\":1}"), FrameScan::Cut(8));
        assert_eq!(frame("{\"a\":1,\n{\"b\":1}"), FrameScan::Cut(8));
        assert_eq!(frame("{\"a\":1\n{\"b\":1}"), FrameScan::Cut(7));
        assert_eq!(frame("{\"a\":[{}\n{\"b\":1}"), FrameScan::Cut(9));
        assert_eq!(frame("{\"a\":\"x\n<13>Mar  5 06:07:08 h a: {\"b\":1}"), FrameScan::Cut(8));
        assert_eq!(frame("{\"a\":1\nMar  5 06:07:08 h a: {\"b\":1}"), FrameScan::Cut(7));
        assert_eq!(frame("{\"a\":[1,\n2]}\n"), FrameScan::End(12));
        for (text, expected) in [
            ("{\"a\":\"x\nMar  5 06:07:08 h a: {\"b\":1}", true),
            ("{\"a\":1\n{\"b\":1}", true),
            ("{\n  \"a\": [\n1\n]\n}", true),
            ("{\r\n  \"a\": [\r\n\t{}\r\n]\r\n}", false),
        ] {
            assert_eq!(may_be_cut(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_half_line_does_not_swallow_a_document_behind_it() {
        let next = r#"{"EventID":1,"a":{"b":"}\"{"}}"#;
        for half in [r#"{"a":"x"#, r#"{"a":"x\"#, r#"{"a":1"#, r#"{"a":"x""#, r#"{"a":""#, r#"{"a"#]
        {
            let FrameScan::Cut(at) = frame(&format!("{half}{next}\n{next}")) else {
                panic!("{half}")
            };
            assert_eq!(at, half.len(), "{half}");
        }
        assert_eq!(frame(r#"{"a":"{","b":["{"],"{":"{"}"#), FrameScan::End(27));
        for (text, expected) in [
            (format!(r#"{{"EventID":{next}"#), Some(11)),
            (format!(r#"{{"EventID":{next} {next}"#), Some(11)),
            (format!(r#"{{"a":"x{next}"#), Some(7)),
            (r#"{"a":{"b":1}"#.to_owned(), None),
            (r#"{"a":[{"b":1},{"c":1}"#.to_owned(), None),
            (next.to_owned(), None),
            (r#"{"a":"#.to_owned(), None),
        ] {
            assert_eq!(last_documents(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn lists_of_records_are_entered() {
        assert_eq!(frame(r#"{"preview":false,"results":[{"a":1}]}"#), FrameScan::Descend(28, 1));
        assert_eq!(frame(r#"{"hits":{"total":1,"hits" : [ {"a":1}]}}"#), FrameScan::Descend(29, 2));
        assert_eq!(frame(r#"{"value":[1]}"#), FrameScan::End(13));
        assert_eq!(frame(r#"{"fields":["a"],"rows":[["1"]]}"#), FrameScan::Descend(24, 1));
        assert_eq!(
            frame(r#"{"tables":[{"columns":[],"rows": [ [1]]}]}"#),
            FrameScan::Descend(34, 3)
        );
        assert_eq!(frame(r#"{"rows":[1]}"#), FrameScan::End(12));
        assert_eq!(frame(r#"{"a":{"b":{"hits":[{}]}}}"#), FrameScan::End(25));
    }
}
