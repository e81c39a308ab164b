//! Finds the end of an `<Event>`.

use super::names::{local, name_len};
use super::{clixml, flat};
use crate::limits;
use crate::source::framing::FrameScan;
use crate::source::resync;
use crate::text::xml::CDATA;
use memchr::{memchr, memchr2, memchr3, memmem};

/// Scans markup from its first `<`.
pub(crate) struct XmlFramer {
    state: FramerState,
    /// Name of the event with its prefix. Empty while it is not known.
    name: Vec<u8>,
    depth: u32,
    /// Whether the framer is in the provider's own elements, which may include an `<Event>`, or in an object.
    user_data: bool,
    /// Position of the last CDATA section.
    section: usize,
}

#[derive(Clone, Copy)]
enum FramerState {
    /// Before the first `<`.
    Start,
    /// In the start tag of the event or in a tag outside events, possibly in a quoted value.
    Tag { quote: Option<u8>, event: bool },
    /// In an event, between tags.
    Content,
    /// In an end tag with the name of the event.
    Close,
    /// In markup that ends with these bytes. Then the event continues, or the markup between events ends.
    Until(&'static [u8]),
}

/// Maximum length of the name of an event or of an outer element.
const NAME_BYTES: usize = 256;

impl XmlFramer {
    /// Creates a framer for markup.
    pub(crate) fn new() -> Self {
        Self { state: FramerState::Start, name: Vec::new(), depth: 0, user_data: false, section: 0 }
    }

    /// Continues at `from` in the text that begins with the markup. `last` says that no more bytes follow.
    pub(crate) fn scan(&mut self, text: &[u8], from: usize, last: bool) -> FrameScan {
        let mut at = from;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let step = match self.state {
                FramerState::Start => self.start(rest, last),
                FramerState::Tag { quote, event } => self.tag(rest, quote, event),
                FramerState::Content => self.content(rest, at, last),
                FramerState::Close => self.close(rest),
                FramerState::Until(terminator) => self.until(text, at, terminator, last),
            };
            match step {
                FramerStep::On(length) => at += length,
                FramerStep::Cut(boundary) => return FrameScan::Cut(boundary),
                FramerStep::Stop(scan) => return scan.shifted(at),
            }
        }
    }

    fn start(&mut self, rest: &[u8], last: bool) -> FramerStep {
        let complete = last || rest.len() > NAME_BYTES;
        let (terminator, length): (&[u8], usize) = match rest {
            [b'<', b'!', b'-', b'-', ..] => (b"-->", 4),
            [b'<', b'!', b'-'] | [b'<', b'!'] | [b'<'] | [] if !complete => {
                return FramerStep::more(0);
            }
            [b'<', b'!', ..] => (b">", 2),
            [b'<', b'?', ..] => (b"?>", 2),
            [b'<', b'/', ..] => (b">", 2),
            _ => {
                let name = rest.get(1..).unwrap_or_default();
                let name = name.get(..NAME_BYTES).unwrap_or(name);
                let name = name.get(..name_len(name)).unwrap_or_default();
                if name.len() + 1 == rest.len() && !complete {
                    return FramerStep::more(0);
                }
                // Objects may be nested. The objects of a list are records.
                self.user_data = local(name) == clixml::NAME;
                if self.user_data {
                    let start = rest.get(..clixml::LIST_START_BYTES);
                    let Some(start) = start.or(last.then_some(rest)) else {
                        return FramerStep::more(0);
                    };
                    if let Some(end) = clixml::list(start) {
                        return FramerStep::Stop(FrameScan::Skip(end));
                    }
                }
                let is_flat = flat::is_record(local(name));
                let start = rest.get(..flat::START_BYTES).or(last.then_some(rest));
                let is_flat = match start {
                    None if is_flat => return FramerStep::more(0),
                    start => is_flat && start.is_some_and(flat::begins),
                };
                let event = local(name) == b"Event" || self.user_data || is_flat;
                if event {
                    self.name.extend_from_slice(name);
                }
                self.state = FramerState::Tag { quote: None, event };
                return FramerStep::On((name.len() + 1).min(rest.len().max(1)));
            }
        };
        self.state = FramerState::Until(terminator);
        FramerStep::On(length)
    }

    fn tag(&mut self, rest: &[u8], quote: Option<u8>, event: bool) -> FramerStep {
        let found = match quote {
            Some(quote) => memchr2(quote, b'<', rest),
            // The search stops at the end of the tag, however many tags have no end.
            None => {
                let other = memchr3(b'"', b'\'', b'<', rest);
                memchr(b'>', rest.get(..other.unwrap_or(rest.len())).unwrap_or_default()).or(other)
            }
        };
        let Some(found) = found else {
            // The byte after a slash decides whether the element is empty.
            return FramerStep::more(rest.len() - usize::from(rest.ends_with(b"/")));
        };
        match rest.get(found) {
            // A tag cannot contain another: this one was cut off.
            Some(b'<') => return FramerStep::Stop(FrameScan::Cut(found)),
            Some(b'>') if !event => return FramerStep::Stop(FrameScan::Skip(found + 1)),
            Some(b'>') => {
                let empty = found.checked_sub(1).and_then(|before| rest.get(before)) == Some(&b'/');
                if empty && self.depth == 0 {
                    return FramerStep::Stop(FrameScan::End(found + 1));
                }
                self.state = FramerState::Content;
                self.depth = self.depth.saturating_add(u32::from(!empty));
            }
            other => {
                let quote = if quote.is_some() { None } else { other.copied() };
                self.state = FramerState::Tag { quote, event };
            }
        }
        FramerStep::On(found + 1)
    }

    fn content(&mut self, rest: &[u8], begin: usize, last: bool) -> FramerStep {
        let mut at = 0;
        loop {
            let Some(found) = memchr(b'<', rest.get(at..).unwrap_or_default()) else {
                return FramerStep::more(rest.len());
            };
            at += found;
            let markup = rest.get(at..).unwrap_or_default();
            if markup.len() < self.name.len() + 12 && !last {
                return if at > 0 {
                    FramerStep::On(at)
                } else {
                    self.content_near_end(markup, begin)
                };
            }
            match self.markup(markup, begin + at) {
                FramerStep::On(length) if matches!(self.state, FramerState::Content) => {
                    at += length
                }
                FramerStep::On(length) => return FramerStep::On(at + length),
                FramerStep::Stop(scan) => return FramerStep::Stop(scan.shifted(at)),
                cut => return cut,
            }
        }
    }

    /// Decides only about markup that is certainly complete, since few bytes are left.
    fn content_near_end(&mut self, markup: &[u8], at: usize) -> FramerStep {
        let closing =
            markup.strip_prefix(b"</").and_then(|rest| rest.strip_prefix(self.name.as_slice()));
        match closing {
            Some([b'>', ..]) => self.markup(markup, at),
            _ => FramerStep::more(0),
        }
    }

    /// Decides what markup at a position begins.
    fn markup(&mut self, markup: &[u8], at: usize) -> FramerStep {
        if markup.starts_with(b"<!--") {
            self.state = FramerState::Until(b"-->");
            return FramerStep::On(4);
        }
        if markup.starts_with(CDATA) {
            self.state = FramerState::Until(SECTION_END);
            self.section = at;
            return FramerStep::On(CDATA.len());
        }
        if let Some(rest) = markup.strip_prefix(b"</") {
            if self.is_name(rest) {
                self.state = FramerState::Close;
                return FramerStep::On(2 + self.name.len());
            }
            if rest.starts_with(b"UserData") {
                self.user_data = false;
            }
            return FramerStep::On(2);
        }
        if let Some(rest) = markup.strip_prefix(b"<") {
            if self.is_name(rest) {
                if !self.user_data {
                    return FramerStep::Stop(FrameScan::Cut(0));
                }
                self.state = FramerState::Tag { quote: None, event: true };
                return FramerStep::On(1 + self.name.len());
            }
            if rest.starts_with(b"UserData") {
                self.user_data = true;
            }
        }
        FramerStep::On(1)
    }

    fn close(&mut self, rest: &[u8]) -> FramerStep {
        let Some(close) = memchr2(b'>', b'<', rest) else { return FramerStep::more(rest.len()) };
        // The end tag itself was cut off.
        if rest.get(close) == Some(&b'<') {
            return FramerStep::Stop(FrameScan::Cut(close));
        }
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            return FramerStep::Stop(FrameScan::End(close + 1));
        }
        self.state = FramerState::Content;
        FramerStep::On(close + 1)
    }

    /// Whether the text begins with the name of the event.
    fn is_name(&self, text: &[u8]) -> bool {
        let after = text.strip_prefix(self.name.as_slice()).and_then(<[u8]>::first);
        matches!(after, Some(b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/'))
    }

    /// Skips a comment, an instruction or a CDATA section. One that has no end ends where an event follows another.
    fn until(&mut self, text: &[u8], at: usize, terminator: &[u8], last: bool) -> FramerStep {
        let rest = text.get(at..).unwrap_or_default();
        let is_section = terminator == SECTION_END;
        let found = memmem::find(rest, terminator)
            .filter(|found| !is_section || at + found <= limits::RECORD_BYTES);
        let is_open = found.is_none() && (last || text.len() > limits::RECORD_BYTES);
        let end = at + found.unwrap_or(rest.len());
        let boundary = match is_section {
            true if is_open => resync::xml_boundary(text, self.section, end),
            true if found.is_some() => resync::boundary_in_section(text, self.section, end),
            true => None,
            false => resync::xml_boundary(text, at, end),
        };
        if let Some(boundary) = boundary {
            return FramerStep::Cut(boundary);
        }
        let Some(found) = found else {
            // The bytes that end the markup or begin an event may be divided between two pushes.
            let retained = if is_section { terminator.len() } else { resync::BOUNDARY_BYTES };
            return FramerStep::more(rest.len().saturating_sub(retained));
        };
        let end = found + terminator.len();
        if self.name.is_empty() {
            return FramerStep::Stop(FrameScan::Skip(end));
        }
        self.state = FramerState::Content;
        FramerStep::On(end)
    }
}

/// Ends a CDATA section.
const SECTION_END: &[u8] = b"]]>";

enum FramerStep {
    /// Continue after this number of bytes.
    On(usize),
    Stop(FrameScan),
    /// An event begins at this position of the record.
    Cut(usize),
}

impl FramerStep {
    fn more(at: usize) -> Self {
        Self::Stop(FrameScan::More(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::framing::scan_at_every_cut;

    fn frame(text: &str) -> FrameScan {
        scan_at_every_cut(text, || {
            let mut framer = XmlFramer::new();
            move |text, at, end| framer.scan(text, at, end)
        })
    }

    #[test]
    fn an_event_ends_with_its_tag() {
        for (event, rest) in [
            ("<Event xmlns='a>b'><EventData><Data>x</Data></EventData></Event>", "\n<Event>"),
            ("<Event><!-- </Event> --><![CDATA[</Event>]]></Event >", "x"),
            ("<e:Event xmlns:e=\"x\"><Event></Event></e:Event>", ""),
            ("<Event><UserData><Event a='1'/><Event></Event></UserData></Event>", ""),
            ("<Event/>", "<Event/>"),
        ] {
            assert_eq!(frame(&format!("{event}{rest}")), FrameScan::End(event.len()), "{event}");
        }
        assert!(matches!(frame("<Event><System></System>"), FrameScan::More(_)));
        assert!(matches!(frame("<Event"), FrameScan::More(_)));
    }

    #[test]
    fn markup_between_events_is_skipped() {
        for markup in [
            "<?xml version='1.0'?>",
            "<!-- <Event> -->",
            "<Events>",
            "</Events>",
            "<!DOCTYPE x>",
            "<a b='>'>",
        ] {
            assert_eq!(
                frame(&format!("{markup}\n<Event/>")),
                FrameScan::Skip(markup.len()),
                "{markup}"
            );
        }
    }

    #[test]
    fn a_comment_or_section_without_an_end_ends_at_an_event() {
        let event = "<Event xmlns='x'></Event>\n";
        let comment = format!("<!-- a\n{event}");
        assert_eq!(frame(&format!("{comment}{event}{event}-->")), FrameScan::Cut(comment.len()));
        let data = "<Event xmlns='x'><![CDATA[ a </Event>\n";
        assert_eq!(frame(&format!("{data}{event}{event}")), FrameScan::Cut(data.len()));
        let with_data = "<Event xmlns='x'><![CDATA[ b ]]></Event>";
        assert_eq!(frame(&format!("{data}{with_data}")), FrameScan::Cut(data.len()));
        // The text of events in a script.
        let script = format!("{data}{event}]]></Event>");
        assert_eq!(frame(&script), FrameScan::End(script.len()));
    }

    #[test]
    fn an_event_that_was_cut_off_does_not_swallow_the_next() {
        assert_eq!(frame("<Event><System>\n<Event><System>"), FrameScan::Cut(16));
        assert_eq!(frame("<Event xmlns='htt\n<Event>"), FrameScan::Cut(18));
        assert_eq!(frame("<Event></Event\n<Event></Event>"), FrameScan::Cut(15));
    }
}
