//! User agents.

use super::kind::IndicatorKind;
use super::scan::Scanner;
use crate::limits;
use crate::text::floor_char_boundary;
use std::ops::Range;

impl Scanner<'_> {
    /// Reads the user agent that begins with a word, `Mozilla/5.0 …`, or that one names: `-UserAgent '…'`,
    /// `User-Agent: …`, `$headers['User-Agent'] = "…"`.
    pub(super) fn agent(&mut self, word: &Range<usize>) -> Option<usize> {
        let name = self.part(word.clone());
        if name.eq_ignore_ascii_case("mozilla") && self.byte(word.end) == b'/' {
            return self.agent_from(word.start, Some(self.byte_before(word.start)));
        }
        let is_name = |suffix: &str| {
            let start = name.len().checked_sub(suffix.len())?;
            name.get(start..)?.eq_ignore_ascii_case(suffix).then_some(())
        };
        is_name("useragent").or_else(|| is_name("user-agent"))?;
        let mut at = word.end;
        let mut is_header = false;
        let mut quote = self.byte(at);
        let is_quoted = matches!(quote, b'\'' | b'"');
        at += usize::from(is_quoted);
        for _ in 0..SEPARATOR_BYTES {
            quote = self.byte(at);
            match quote {
                b' ' | b'\t' | b'=' | b',' | b']' | b')' => {}
                b':' if self.byte(at + 1) == b':' => return None,
                b':' => is_header = true,
                _ => break,
            }
            at += 1;
        }
        match quote {
            b'\'' | b'"' => self.agent_from(at + 1, Some(quote)),
            b'$' => None,
            _ if is_quoted || at == word.end => None,
            _ if is_header => self.agent_from(at, None),
            _ if name.starts_with('-') => {
                let length = self.rest(at).find(char::is_whitespace);
                let end = at + length.unwrap_or(self.rest(at).len());
                self.add_agent(at..end)
            }
            _ => None,
        }
    }

    /// Reads a user agent up to a quote or the end of the line.
    fn agent_from(&mut self, start: usize, quote: Option<u8>) -> Option<usize> {
        let quote = quote.filter(|quote| matches!(quote, b'\'' | b'"'));
        let ends = |byte: u8| match quote {
            Some(quote) => byte == quote,
            None => matches!(byte, b'\'' | b'"' | b'`'),
        };
        let rest = self.rest(start).bytes().take(limits::INDICATOR_BYTES);
        let length = rest.take_while(|byte| !ends(*byte) && !matches!(byte, b'\n' | b'\r'));
        let end = floor_char_boundary(self.rest(0), start + length.count());
        self.add_agent(start..end)
    }

    fn add_agent(&mut self, range: Range<usize>) -> Option<usize> {
        let value = self.part(range.clone()).trim();
        let has_letters = value.bytes().any(|byte| byte.is_ascii_alphabetic());
        has_letters.then(|| {
            self.add(IndicatorKind::UserAgent, value, None);
            range.end
        })
    }
}

/// Characters between the name of a header and its value.
const SEPARATOR_BYTES: usize = 8;
