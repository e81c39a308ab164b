//! Regular expressions of .NET, as far as they read as the engine's own: `-replace`, `-split`, `[regex]`.

use super::Evaluator;
use super::value::Value;
use crate::limits;
use crate::regex::{Regex, RegexFlags};
use std::ops::Range;
use std::rc::Rc;

/// A match and its groups.
type Found = (Range<usize>, Vec<Option<Range<usize>>>);

impl Evaluator<'_> {
    /// Returns the compiled pattern; `None` if it cannot run in linear time.
    pub(super) fn regex(&mut self, pattern: &Rc<String>, caseless: bool) -> Option<Regex> {
        let key = (pattern.clone(), caseless);
        if let Some(known) = self.patterns.get(&key) {
            return known.clone();
        }
        if !self.scan(pattern.len() + limits::PATTERN_WORK) {
            return None;
        }
        if self.patterns.len() >= limits::EVALUATION_PATTERNS {
            self.patterns.clear();
        }
        let flags = RegexFlags { caseless, ..RegexFlags::default() };
        let regex = Regex::new(pattern, flags).ok();
        self.patterns.insert(key, regex.clone());
        regex
    }

    /// Returns the matches of a pattern, from left to right.
    pub(super) fn matches(
        &mut self,
        text: &str,
        pattern: &Rc<String>,
        caseless: bool,
    ) -> Option<Vec<Found>> {
        if !self.scan(text.len()) {
            return None;
        }
        let regex = self.regex(pattern, caseless)?;
        let mut found = Vec::new();
        let mut is_complete = true;
        regex.for_each_match(text, &mut |range, groups| {
            is_complete = found.len() < limits::EVALUATION_VALUES;
            found.push((range, groups));
            is_complete
        });
        (is_complete && self.spend(found.len() * size_of::<Found>())).then_some(found)
    }

    /// Evaluates `-replace`.
    pub(super) fn replace_pattern(
        &mut self,
        text: &str,
        pattern: &Rc<String>,
        with: &str,
        case: bool,
    ) -> Option<String> {
        if let Some(old) = plain(pattern).filter(|_| !with.contains('$')) {
            return self.replace_all(text, &old, with, case);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, groups) in self.matches(text, pattern, !case)? {
            out.push_str(text.get(at..range.start)?);
            let before = out.len();
            push_replacement(&mut out, with, text, &range, &groups)?;
            at = range.end;
            let grown = out.len() - before;
            if !self.spend(grown) {
                return None;
            }
        }
        out.push_str(text.get(at..)?);
        self.spend(out.len()).then_some(out)
    }

    /// Evaluates `-split`: adds the parts of a text, with what the pattern's groups match between them. `most` is the
    /// greatest number of parts, or 0.
    pub(super) fn split_text(
        &mut self,
        text: &str,
        pattern: &str,
        most: usize,
        case: bool,
        is_simple: bool,
        parts: &mut Vec<Value>,
    ) -> Option<()> {
        let most = if most == 0 { usize::MAX } else { most };
        if !self.scan(text.len()) {
            return None;
        }
        let plain = if is_simple { Some(pattern.to_owned()) } else { plain(pattern) };
        if let Some(separator) = plain.filter(|separator| case || caseless(separator)) {
            let own = text.splitn(most, &*separator);
            if separator.is_empty() {
                parts.extend(
                    text.encode_utf16().map(|unit| Value::text(String::from_utf16_lossy(&[unit]))),
                );
                return Some(());
            }
            parts.extend(own.map(Value::text));
            return Some(());
        }
        if let Some(len) = section_len(pattern).filter(|_| !is_simple && most == usize::MAX) {
            let units: Vec<u16> = text.encode_utf16().collect();
            parts.extend(units.chunks(len).map(|part| Value::text(String::from_utf16_lossy(part))));
            if units.len().is_multiple_of(len) {
                parts.push(Value::text(""));
            }
            return Some(());
        }
        let pattern = Rc::new(if is_simple { escape(pattern) } else { pattern.to_owned() });
        let mut at = 0;
        for (range, groups) in self.matches(text, &pattern, !case)?.into_iter().take(most - 1) {
            parts.push(Value::text(text.get(at..range.start)?));
            for group in groups.into_iter().flatten() {
                parts.push(Value::text(text.get(group)?));
            }
            at = range.end;
        }
        parts.push(Value::text(text.get(at..)?));
        Some(())
    }
}

/// Appends a replacement: `$1`, `${name}` and `$&` are groups, `$$` is a dollar sign. `None` for anything else.
fn push_replacement(
    out: &mut String,
    with: &str,
    text: &str,
    range: &Range<usize>,
    groups: &[Option<Range<usize>>],
) -> Option<()> {
    let mut rest = with;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, next) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                let is_name = digits > 0 || after.starts_with(['$', '&', '`', '\'', '+', '_']);
                if !is_name {
                    // A dollar sign by itself.
                    out.push('$');
                    rest = after;
                    continue;
                }
                after.split_at_checked(digits.max(1))?
            }
        };
        rest = next;
        match name {
            "$" => out.push('$'),
            "&" | "0" => out.push_str(text.get(range.clone())?),
            number => {
                let index = number.parse::<usize>().ok()?.checked_sub(1)?;
                out.push_str(
                    groups
                        .get(index)?
                        .clone()
                        .and_then(|group| text.get(group))
                        .unwrap_or_default(),
                );
            }
        }
    }
    out.push_str(rest);
    Some(())
}

/// Returns the number of characters in `(?<=\G..)` and `(?<=\G.{2})`, which match after every section of so many.
fn section_len(pattern: &str) -> Option<usize> {
    let section = pattern.strip_prefix("(?<=\\G")?.strip_suffix(')')?;
    match section.strip_prefix(".{") {
        Some(count) => count.strip_suffix('}')?.parse().ok().filter(|count| *count > 0),
        None if section.bytes().all(|byte| byte == b'.') => {
            Some(section.len()).filter(|len| *len > 0)
        }
        None => None,
    }
}

/// Returns the text that a regular expression matches, if it matches only one.
pub(super) fn plain(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.push(chars.next().filter(char::is_ascii_punctuation)?),
            '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | '{' => return None,
            _ => out.push(char),
        }
    }
    Some(out)
}

/// Escapes a text as `[regex]::Escape` does.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(
            char,
            '\\' | '*' | '+' | '?' | '|' | '{' | '[' | '(' | ')' | '^' | '$' | '.' | '#' | ' '
        ) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// Undoes escapes as `[regex]::Unescape` does.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        let code = if char == '\\' {
            match chars.next()? {
                'x' => hex(&mut chars, 2)?,
                'u' => hex(&mut chars, 4)?,
                't' => 9,
                'n' => 10,
                'r' => 13,
                'e' => 27,
                '0' => 0,
                other if other.is_ascii_punctuation() || other == ' ' => u32::from(other),
                _ => return None,
            }
        } else {
            u32::from(char)
        };
        let mut buffer = [0; 2];
        match char::from_u32(code) {
            Some(char) => units.extend_from_slice(char.encode_utf16(&mut buffer)),
            None => units.push(u16::try_from(code).ok()?),
        }
    }
    Some(String::from_utf16_lossy(&units))
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + chars.next()?.to_digit(16)?;
    }
    Some(value)
}

/// Returns whether a text has no letters.
fn caseless(text: &str) -> bool {
    !text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_one_text_are_plain() {
        for (pattern, text) in [
            ("abc", Some("abc")),
            (r"a\.b\\", Some(r"a.b\")),
            ("a]b}", Some("a]b}")),
            ("a.b", None),
            ("[ab]", None),
            (r"\d", None),
            (r"a\", None),
        ] {
            assert_eq!(plain(pattern).as_deref(), text, "{pattern}");
        }
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescape(r"\x41\u0042\.\t").as_deref(), Some("AB.\t"));
        assert_eq!(unescape(r"\q"), None);
        assert_eq!(plain(&escape("a.b*(c)")).as_deref(), Some("a.b*(c)"));
    }

    #[test]
    fn replacements_name_groups() {
        let mut out = String::new();
        let groups = [Some(1..2), None];
        push_replacement(&mut out, "<$1$2${1}$&$$>", "abc", &(0..3), &groups).unwrap();
        assert_eq!(out, "<bbabc$>");
        assert_eq!(push_replacement(&mut out, "$`", "abc", &(0..3), &groups), None);
    }
}
