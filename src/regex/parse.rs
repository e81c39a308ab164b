//! Parses a pattern as PCRE does. What has no exact equivalent in linear time is refused by name.

use super::class::{self, CharClass};
use super::error::RegexError;
use super::hir::{Assertion, Hir, RegexFlags};
use crate::limits;

/// Parses a pattern. Returns also the names of its groups, from group 1.
///
/// # Errors
///
/// A pattern is refused that is malformed, nested too deep, or that cannot run in linear time.
pub(super) fn parse(
    pattern: &str,
    flags: RegexFlags,
) -> Result<(Hir, Vec<Option<String>>), RegexError> {
    let mut parser = PatternParser {
        pattern,
        at: 0,
        flags: LocalFlags { flags, extended: false, ungreedy: false },
        groups: Vec::new(),
        depth: 0,
    };
    let hir = parser.alternation()?;
    match parser.peek() {
        None => Ok((hir, parser.groups)),
        Some(_) => Err(parser.error("a parenthesis is closed that was never opened")),
    }
}

/// The flags at one place of a pattern.
#[derive(Clone, Copy)]
struct LocalFlags {
    flags: RegexFlags,
    extended: bool,
    ungreedy: bool,
}

struct PatternParser<'a> {
    pattern: &'a str,
    at: usize,
    flags: LocalFlags,
    groups: Vec<Option<String>>,
    depth: usize,
}

type ParseResult<T> = Result<T, RegexError>;

/// Upper bound on successive quantifiers of one atom, as in `a{2}{3}`. Real patterns have at most two.
const MAX_QUANTIFIERS: usize = 8;

impl PatternParser<'_> {
    fn rest(&self) -> &str {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn error(&self, message: impl Into<String>) -> RegexError {
        RegexError { offset: self.at, message: message.into() }
    }

    /// Refuses a feature of PCRE by name.
    fn refuse<T>(&self, offset: usize, feature: &str) -> ParseResult<T> {
        Err(RegexError {
            offset,
            message: format!("{feature} cannot run in linear time or differs here"),
        })
    }

    fn alternation(&mut self) -> ParseResult<Hir> {
        self.depth += 1;
        if self.depth > limits::SEARCH_NESTING {
            return Err(self.error("groups are nested too deep"));
        }
        let before = self.flags;
        let mut branches = vec![self.concat()?];
        while self.eat("|") {
            branches.push(self.concat()?);
        }
        self.flags = before;
        self.depth -= 1;
        Ok(match branches.len() {
            1 => branches.pop().unwrap_or(Hir::Concat(Vec::new())),
            _ => Hir::Alternation(branches),
        })
    }

    fn concat(&mut self) -> ParseResult<Hir> {
        let mut nodes = Vec::new();
        loop {
            self.skip_extended();
            match self.peek() {
                None | Some('|' | ')') => return Ok(Hir::Concat(nodes)),
                Some(_) => {}
            }
            if let Some(node) = self.atom()? {
                nodes.push(self.quantified(node)?);
            }
        }
    }

    /// Skips white space and comments between atoms, under the flag `x`.
    fn skip_extended(&mut self) {
        while self.flags.extended {
            match self.peek() {
                Some(char) if char.is_ascii_whitespace() => self.at += 1,
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    /// Returns `None` for a group that only sets flags.
    fn atom(&mut self) -> ParseResult<Option<Hir>> {
        let start = self.at;
        let multi_line = self.flags.flags.multi_line;
        let node = match self.next() {
            Some('.') => Hir::Class(if self.flags.flags.dot_all {
                CharClass::all()
            } else {
                CharClass::from_ranges([('\n', '\n')]).negated()
            }),
            Some('^') if multi_line => Hir::Assertion(Assertion::LineStart),
            Some('^') => Hir::Assertion(Assertion::Start),
            Some('$') if multi_line => Hir::Assertion(Assertion::LineEnd),
            Some('$') => Hir::Assertion(Assertion::EndOrFinalNewline),
            Some('[') => self.class(start)?,
            Some('(') => return self.group(start),
            Some('\\') => self.escape(start)?,
            Some('*' | '+' | '?') => {
                self.at = start;
                return Err(self.error("a quantifier has nothing to repeat"));
            }
            Some(char) => self.literal(char),
            None => Hir::Concat(Vec::new()),
        };
        Ok(Some(node))
    }

    fn literal(&self, char: char) -> Hir {
        let class = CharClass::from_ranges([(char, char)]);
        // `None` is for classes too large to fold: one character is not.
        Hir::Class(match class.with_other_cases() {
            Some(all_cases) if self.flags.flags.caseless => all_cases,
            _ => class,
        })
    }

    fn quantified(&mut self, mut node: Hir) -> ParseResult<Hir> {
        for count in 0.. {
            self.skip_extended();
            let start = self.at;
            if count > MAX_QUANTIFIERS {
                return Err(self.error("too many quantifiers follow each other"));
            }
            let (min, max) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match self.counted()? {
                    Some(range) => range,
                    None => return Ok(node),
                },
                _ => return Ok(node),
            };
            if matches!(self.peek(), Some('*' | '+' | '?')) && self.at == start {
                self.at += 1;
            }
            if self.eat("+") {
                return self.refuse(start, "a possessive quantifier");
            }
            let lazy = self.eat("?") != self.flags.ungreedy;
            node = Hir::Repeat(Box::new(node), min, max, lazy);
        }
        Ok(node)
    }

    /// Parses `{n}`, `{n,}` or `{n,m}`. Returns `None` for any other brace, which is a character.
    fn counted(&mut self) -> ParseResult<Option<(u32, Option<u32>)>> {
        let Some((inner, _)) = self.rest().strip_prefix('{').and_then(|rest| rest.split_once('}'))
        else {
            return Ok(None);
        };
        let (min, max) = inner.split_once(',').unwrap_or((inner, inner));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(min) || !(max.is_empty() || digits(max)) {
            return Ok(None);
        }
        let length = inner.len() + 2;
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= 65_535);
        let range = match (number(min), max.is_empty(), number(max)) {
            (Some(min), true, _) => (min, None),
            (Some(min), false, Some(max)) if min <= max => (min, Some(max)),
            _ => return Err(self.error("a repetition has its bounds reversed or too large")),
        };
        self.at += length;
        Ok(Some(range))
    }

    fn group(&mut self, start: usize) -> ParseResult<Option<Hir>> {
        let mut capture = None;
        let before = self.flags;
        if self.rest().starts_with('*') {
            return self.refuse(start, "a control verb (*…)");
        }
        if self.eat("?") {
            let name_end = if self.eat("P<") || (self.named_follows() && self.eat("<")) {
                Some('>')
            } else if self.eat("'") {
                Some('\'')
            } else {
                None
            };
            if let Some(end) = name_end {
                capture = Some(self.name(end)?);
            } else if self.flags_or_refusal(start)? {
                // The flags hold to the end of the enclosing group, which restores them.
                return Ok(None);
            }
        } else {
            capture = Some(None);
        }
        let index = capture.map(|name| {
            self.groups.push(name);
            self.groups.len()
        });
        let node = self.alternation()?;
        self.flags = before;
        if !self.eat(")") {
            return Err(RegexError {
                offset: start,
                message: "a parenthesis is opened that is never closed".into(),
            });
        }
        Ok(Some(Hir::Group(index, Box::new(node))))
    }

    fn named_follows(&self) -> bool {
        let mut chars = self.rest().chars();
        chars.next() == Some('<') && !matches!(chars.next(), Some('=' | '!'))
    }

    fn name(&mut self, end: char) -> ParseResult<Option<String>> {
        let Some((name, _)) = self.rest().split_once(end) else {
            return Err(self.error("a group's name is never closed"));
        };
        let name = name.to_owned();
        let word = |char: char| char.is_ascii_alphanumeric() || char == '_';
        if name.is_empty()
            || !name.chars().all(word)
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(self.error("a group's name has letters, digits and _ only"));
        }
        self.at += name.len() + end.len_utf8();
        Ok(Some(name))
    }

    /// Parses flags after `(?`. Returns true if the group ends with them, false if `:` and content follow.
    fn flags_or_refusal(&mut self, start: usize) -> ParseResult<bool> {
        for (prefix, feature) in [
            ("=", "look-ahead (?=…)"),
            ("!", "negative look-ahead (?!…)"),
            ("<=", "look-behind (?<=…)"),
            ("<!", "negative look-behind (?<!…)"),
            (">", "an atomic group (?>…)"),
            ("#", "a comment (?#…)"),
            ("|", "a branch reset (?|…)"),
            ("(", "a condition (?(…)…)"),
            ("P=", "a back-reference (?P=…)"),
            ("P>", "recursion (?P>…)"),
            ("R", "recursion (?R)"),
            ("&", "recursion (?&…)"),
            ("C", "a callout (?C)"),
        ] {
            if self.rest().starts_with(prefix) {
                return self.refuse(start, feature);
            }
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '+') {
            return self.refuse(start, "recursion (?1)");
        }
        let mut is_on = true;
        loop {
            match self.next() {
                Some(':') => return Ok(false),
                Some(')') => return Ok(true),
                Some('-') => is_on = false,
                Some('i') => self.flags.flags.caseless = is_on,
                Some('m') => self.flags.flags.multi_line = is_on,
                Some('s') => self.flags.flags.dot_all = is_on,
                Some('x') => self.flags.extended = is_on,
                Some('U') => self.flags.ungreedy = is_on,
                Some(flag) => return self.refuse(start, &format!("the flag (?{flag})")),
                None => return Err(self.error("a parenthesis is opened that is never closed")),
            }
        }
    }

    fn escape(&mut self, start: usize) -> ParseResult<Hir> {
        let Some(char) = self.next() else {
            self.at = start;
            return Err(self.error("a backslash ends the pattern"));
        };
        if let Some(class) = class::perl_class(char) {
            return Ok(Hir::Class(class));
        }
        Ok(match char {
            'b' => Hir::Assertion(Assertion::WordBoundary),
            'B' => Hir::Assertion(Assertion::NotWordBoundary),
            'A' => Hir::Assertion(Assertion::Start),
            'z' => Hir::Assertion(Assertion::End),
            '1'..='9' => return self.refuse(start, "a back-reference"),
            _ => {
                let escaped = self.escaped_char(start, char)?;
                self.literal(escaped)
            }
        })
    }

    /// Returns the character of an escape, in a class or outside.
    fn escaped_char(&mut self, start: usize, char: char) -> ParseResult<char> {
        Ok(match char {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{C}',
            'a' => '\u{7}',
            'x' => self.hexadecimal(start)?,
            '0' => self.octal(),
            'p' | 'P' => return self.refuse(start, "a Unicode property \\p"),
            'h' | 'H' => return self.refuse(start, "\\h"),
            'Q' | 'E' => return self.refuse(start, "\\Q…\\E"),
            'R' | 'K' | 'Z' | 'G' | 'X' | 'C' | 'N' | 'e' | 'c' | 'o' | 'g' | 'k' | 'u' | 'U'
            | 'L' | 'l' => return self.refuse(start, &format!("\\{char}")),
            other if other.is_alphanumeric() => {
                return self.refuse(start, &format!("the escape \\{other}"));
            }
            other => other,
        })
    }

    fn hexadecimal(&mut self, start: usize) -> ParseResult<char> {
        let digits = if self.eat("{") {
            let Some((digits, _)) = self.rest().split_once('}') else {
                return Err(self.error("\\x{…} is never closed"));
            };
            let digits = digits.to_owned();
            self.at += digits.len() + 1;
            digits
        } else {
            let digits: String =
                self.rest().chars().take(2).take_while(char::is_ascii_hexdigit).collect();
            self.at += digits.len();
            if digits.is_empty() { "0".into() } else { digits }
        };
        u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or_else(|| RegexError {
            offset: start,
            message: format!("\\x{{{digits}}} is not a character"),
        })
    }

    /// Parses up to two octal digits after `\0`.
    fn octal(&mut self) -> char {
        let digits: String =
            self.rest().chars().take(2).take_while(|c| ('0'..='7').contains(c)).collect();
        self.at += digits.len();
        u8::from_str_radix(&digits, 8).map_or('\0', char::from)
    }

    fn class(&mut self, start: usize) -> ParseResult<Hir> {
        let negated = self.eat("^");
        let mut class = CharClass::default();
        let mut first = true;
        loop {
            let at = self.at;
            match self.next() {
                None => {
                    self.at = start;
                    return Err(self.error("a character class is opened that is never closed"));
                }
                Some(']') if !first => break,
                Some('[')
                    if self.rest().starts_with([':', '.', '='])
                        && self.posix(at, &mut class)? => {}
                Some(char) => {
                    let Some(low) = self.class_member(at, char, &mut class)? else {
                        first = false;
                        continue;
                    };
                    let high = self.range_end(low, &mut class)?;
                    if high < low {
                        self.at = at;
                        return Err(self.error("a character range has its ends reversed"));
                    }
                    class.add(low, high);
                }
            }
            first = false;
        }
        if self.flags.flags.caseless {
            class = class.with_other_cases().ok_or_else(|| RegexError {
                offset: start,
                message: "a case-insensitive range beyond ASCII is too large".into(),
            })?;
        }
        Ok(Hir::Class(if negated { class.negated() } else { class }))
    }

    /// Parses a member of a class. Returns its character, or `None` for a class such as `\d`, which is added to `class`.
    fn class_member(
        &mut self,
        at: usize,
        char: char,
        class: &mut CharClass,
    ) -> ParseResult<Option<char>> {
        if char != '\\' {
            return Ok(Some(char));
        }
        let Some(escaped) = self.next() else {
            return Err(self.error("a backslash ends the pattern"));
        };
        if let Some(perl_class) = class::perl_class(escaped) {
            class.extend(&perl_class);
            return Ok(None);
        }
        match escaped {
            'b' => Ok(Some('\u{8}')),
            '1'..='7' => self.refuse(at, "an octal escape"),
            other => self.escaped_char(at, other).map(Some),
        }
    }

    /// Parses the upper end of a range after `-`. Returns `low` itself where no range follows: a `-` before `]` or a class
    /// such as `\d` is a character.
    fn range_end(&mut self, low: char, class: &mut CharClass) -> ParseResult<char> {
        let after = self.rest().strip_prefix('-').and_then(|rest| rest.chars().next());
        if matches!(after, None | Some(']')) {
            return Ok(low);
        }
        self.at += 1;
        let at = self.at;
        let Some(next) = self.next() else { return Ok(low) };
        match self.class_member(at, next, class)? {
            Some(high) => Ok(high),
            None => {
                class.add('-', '-');
                Ok(low)
            }
        }
    }

    /// Parses `[:name:]`. Returns false where the bracket is a character.
    fn posix(&mut self, at: usize, class: &mut CharClass) -> ParseResult<bool> {
        let Some((name, _)) = self.rest().strip_prefix(':').and_then(|rest| rest.split_once(":]"))
        else {
            return Ok(false);
        };
        if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'^') {
            return Ok(false);
        }
        let length = name.len() + 3;
        let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
        let Some(named) = class::posix_class(name) else {
            return Err(RegexError {
                offset: at,
                message: format!("there is no class [:{name}:]"),
            });
        };
        class.extend(&if negated { named.negated() } else { named });
        self.at += length;
        Ok(true)
    }
}
