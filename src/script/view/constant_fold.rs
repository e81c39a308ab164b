//! Folds operations on literals: strings joined by `+`, `-f`, `-join` and `-replace`, characters written as numbers, and
//! words broken by backticks.
//!
//! A shift-reduce parser over the tokens, which are read once. Each token is shifted as a term onto a stack. When the
//! last terms are an operation on literals that binds more tightly than the next token, they are reduced to one term,
//! its result. The folded text is written from the stack at the end of each statement.
//!
//! ```text
//! text     'a'    +    'b'         -f …
//! stack    'a'    'a' +    'a' + 'b' ─reduce─▶ 'ab'    'ab' -f
//! ```

use super::map::ViewMap;
use super::string_literal;
use super::term::{FoldOperator, Term, TermForm, TermKind};
use crate::limits;
use crate::script::lexer::words::{is_double_quote, is_newline};
use crate::script::{Token, TokenKind, lex};
use std::borrow::Cow;
use std::ops::Range;

/// Returns the folded text and its map to the original; `None` if nothing is folded.
pub(super) fn fold_constants(text: &str) -> Option<(String, ViewMap)> {
    let mut folder = Folder::new(text);
    let mut at = 0;
    for token in lex(text) {
        folder.line_ends(at..token.start);
        at = token.end;
        folder.shift(token);
    }
    folder.flush();
    folder.copy(folder.written..text.len());
    folder.has_folded.then_some((folder.out, folder.map))
}

/// The state of the parser.
pub(super) struct Folder<'a> {
    text: &'a str,
    /// The stack: the terms of the last statement.
    pub(super) terms: Vec<Term>,
    /// The folded text of all earlier statements.
    out: String,
    map: ViewMap,
    /// End of these statements in the text.
    written: usize,
    /// Any constant has been folded.
    has_folded: bool,
    /// End of the previous token if it ends a value.
    value_end: Option<usize>,
    /// End of the previous token if it is a variable, or the end of code, that may be inside a string.
    inset_end: Option<usize>,
    /// End of the previous token if it is a word: an adjacent bracket belongs to it.
    word_end: Option<usize>,
    /// For each open bracket, whether it holds a method's arguments.
    calls: Vec<bool>,
    /// Bytes that folding may still produce.
    pub(super) budget: usize,
}

impl<'a> Folder<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            terms: Vec::new(),
            out: String::with_capacity(text.len()),
            map: ViewMap::default(),
            written: 0,
            has_folded: false,
            value_end: None,
            inset_end: None,
            word_end: None,
            calls: Vec::new(),
            budget: text.len().saturating_mul(limits::FOLD_FACTOR).min(limits::VIEW_BYTES),
        }
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// Ends the statement at a line end after a value.
    fn line_ends(&mut self, space: Range<usize>) {
        if self.value_end.is_some() && self.slice(space).contains(is_newline) {
            self.flush();
            self.value_end = None;
        }
    }

    /// Shifts a token, after reducing the operations that bind more tightly than it.
    fn shift(&mut self, token: Token) {
        let range = token.start..token.end;
        let text = self.slice(range.clone());
        if token.kind == TokenKind::Comment
            || (token.kind == TokenKind::Operator && text.starts_with('`'))
        {
            return;
        }
        let (kind, form) = self.classify(token, text);
        self.reduce(kind.binding_to_previous());
        let closes = matches!(kind, TermKind::Close { .. });
        self.has_folded |= form != TermForm::AsWritten;
        if text.ends_with(['(', '[', '{'])
            && matches!(token.kind, TokenKind::Other | TokenKind::Operator)
        {
            self.calls.push(self.is_call(&kind));
        } else if closes || text == "}" || text == ")" {
            self.calls.pop();
        }
        self.terms.push(Term { range, kind, form });

        let end = Some(token.end);
        let is = |kinds: &[TokenKind]| kinds.contains(&token.kind);
        let value = closes
            || is(&[TokenKind::String, TokenKind::Number, TokenKind::Variable, TokenKind::Member]);
        let word = value
            || is(&[TokenKind::Command, TokenKind::Parameter, TokenKind::Keyword])
            || (token.kind == TokenKind::Other && !is_punctuation(text));
        self.value_end = end.filter(|_| value);
        self.word_end = end.filter(|_| word);
        self.inset_end = end.filter(|_| {
            token.kind == TokenKind::Variable || (token.kind == TokenKind::Operator && text == ")")
        });
        if closes {
            self.reduce_brackets();
        } else if text == ";" || self.terms.len() >= limits::FOLD_TOKENS {
            self.flush();
        }
    }

    /// Returns whether an opening bracket begins a method's arguments. A method's name may be a string.
    fn is_call(&self, opening: &TermKind) -> bool {
        let touches = *opening == TermKind::Open { square: false, touching: true };
        let mut last = self.terms.iter().rev().map(|term| &term.kind);
        touches
            && match last.next() {
                Some(TermKind::Member(_)) => true,
                Some(TermKind::Str(_)) => {
                    last.next().is_some_and(|kind| kind.is(FoldOperator::Access))
                }
                _ => false,
            }
    }

    /// Returns a token's role in an operation, and the form in which it is written.
    fn classify(&self, token: Token, text: &str) -> (TermKind, TermForm) {
        let touching = self.word_end == Some(token.start)
            || self.terms.last().is_some_and(|term| term.kind == TermKind::Keyword);
        let kind = match (token.kind, text) {
            (TokenKind::String, _) => return self.classify_string(token, text),
            (TokenKind::Number, _) => number(text).map_or(TermKind::Other, TermKind::Num),
            (TokenKind::Keyword, _) => TermKind::Keyword,
            (TokenKind::Type, _) => type_name(text).map_or(TermKind::Other, TermKind::Type),
            (TokenKind::Operator, "@(") => TermKind::Open { square: false, touching: true },
            (TokenKind::Operator, "$(") => TermKind::Other,
            (TokenKind::Operator, ")") => TermKind::Other,
            (TokenKind::Operator, _) => {
                TermKind::Operator(FoldOperator::parse(text, self.value_end.is_some()))
            }
            (TokenKind::Other, "(") => TermKind::Open { square: false, touching },
            (TokenKind::Other, "[") => TermKind::Open { square: true, touching },
            (TokenKind::Other, ")") => TermKind::Close { square: false },
            (TokenKind::Other, "]") => TermKind::Close { square: true },
            (TokenKind::Other, ",") if self.calls.last() == Some(&true) => {
                TermKind::Operator(FoldOperator::Separator)
            }
            (TokenKind::Other, ",") => TermKind::Operator(FoldOperator::Comma),
            (TokenKind::Member, _) => {
                TermKind::Member(without_backticks(text).to_ascii_lowercase())
            }
            _ => TermKind::Other,
        };
        let words = [TokenKind::Command, TokenKind::Other, TokenKind::Member, TokenKind::Parameter];
        let form = match without_backticks(text) {
            Cow::Owned(word) if words.contains(&token.kind) => TermForm::Text(word),
            _ => TermForm::AsWritten,
        };
        (kind, form)
    }

    fn classify_string(&self, token: Token, text: &str) -> (TermKind, TermForm) {
        // After a variable inside a string, a quotation mark ends that string.
        let tail = self.inset_end == Some(token.start) && text.starts_with(is_double_quote);
        match string_literal::parse(text).filter(|_| !tail) {
            Some((value, plainly)) => (
                TermKind::Str(value.into_owned()),
                if plainly { TermForm::AsWritten } else { TermForm::Value },
            ),
            None => (TermKind::Other, TermForm::AsWritten),
        }
    }

    /// Replaces the terms from this index on by the result of an operation.
    pub(super) fn replace(&mut self, start: usize, kind: TermKind) {
        self.merge(start, kind);
        self.has_folded = true;
    }

    /// Replaces the terms from this index on by a value without its brackets, which alone is no folding.
    pub(super) fn merge(&mut self, start: usize, kind: TermKind) {
        let range = match (self.terms.get(start), self.terms.last()) {
            (Some(first), Some(last)) => first.range.start..last.range.end,
            _ => return,
        };
        self.terms.truncate(start);
        self.terms.push(Term { range, kind, form: TermForm::Value });
    }

    /// Subtracts bytes from the budget. Returns `false`, and subtracts nothing, if they exceed it.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let left = self.budget.checked_sub(bytes);
        self.budget = left.unwrap_or(self.budget);
        left.is_some()
    }

    /// Writes the terms of a statement that has ended.
    fn flush(&mut self) {
        self.reduce(0);
        for term in std::mem::take(&mut self.terms) {
            self.copy(self.written..term.range.start);
            let start = self.out.len();
            match &term.form {
                TermForm::AsWritten => {
                    self.copy(term.range);
                    continue;
                }
                TermForm::Text(text) => self.out.push_str(text),
                TermForm::Value => term.kind.write(&mut self.out),
            }
            self.written = term.range.end;
            self.map.push(self.out.len() - start, term.range, false);
        }
    }

    /// Copies a range of the text.
    fn copy(&mut self, range: Range<usize>) {
        self.out.push_str(self.slice(range.clone()));
        self.written = range.end;
        self.map.push(range.len(), range, true);
    }
}

/// Returns whether a token is a bracket or a separator rather than a word.
fn is_punctuation(text: &str) -> bool {
    matches!(text, "(" | "[" | "{" | ";" | ",")
}

/// Parses a whole number, decimal or hexadecimal.
fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Returns the name in `[name]`, in lower case.
fn type_name(text: &str) -> Option<String> {
    let name = text.strip_prefix('[')?.strip_suffix(']')?;
    Some(without_backticks(name).replace(' ', "").to_ascii_lowercase())
}

/// Removes backticks before letters and dashes: in a word they change nothing but its looks. (Before a digit a backtick
/// belongs to the name of a generic type.)
fn without_backticks(text: &str) -> Cow<'_, str> {
    if !text.contains('`') {
        return Cow::Borrowed(text);
    }
    let mut word = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '`' || !chars.peek().is_some_and(|next| next.is_alphabetic() || *next == '-') {
            word.push(char);
        }
    }
    if word == text { Cow::Borrowed(text) } else { Cow::Owned(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold_constants(text).map_or_else(|| text.to_owned(), |(folded, _)| folded)
    }

    #[test]
    fn folds_operations_on_literals() {
        for (text, expected) in SAMPLES {
            assert_eq!(folded(text), *expected, "{text}");
        }
    }

    const SAMPLES: &[(&str, &str)] = &[
        ("&('i'+'ex') $x", "&'iex' $x"),
        ("'a'+\"b\"+'c'+$d+'e'+'f'", "'abc'+$d+'ef'"),
        ("iex ('{1}{0}' -f 'ex','i')", "iex 'iex'"),
        ("(\"{2}{0}{1}\" -f'b',('c'+'d'),'a').Length", "'abcd'.Length"),
        ("[char]73+[char]0x45+[char](80+8)", "'IEX'"),
        ("-join([char]73,[char]69,'X')", "'IEX'"),
        ("('I','E','X') -join ''", "'IEX'"),
        ("'I','E','X' -join '-'", "'I-E-X'"),
        ("[char[]](73,69,88) -join ''", "'IEX'"),
        ("[string]::Join('', ('a','b'))", "'ab'"),
        ("'xei'[-1..-3] -join ''", "'iex'"),
        ("'xei'[2,1,0] -join ''", "'iex'"),
        ("('DownXString' -replace 'x','load')", "'DownloadString'"),
        ("'a.b' -creplace '\\.','B' -replace 'z'", "'aBb'"),
        ("'aXbX'.Replace('X','-').ToUpper()", "'A-B-'"),
        ("I`nvo`ke-Exp`ression $x", "Invoke-Expression $x"),
        ("$x.(\"Down\"+'load').Invoke()", "$x.'Download'.Invoke()"),
        ("foo('a'+'b')", "foo('ab')"),
        ("$x.Foo('a'+\n'b', 'c')", "$x.Foo('ab', 'c')"),
        ("if ('a'+'b') { 'c' <# d #> + 'd' }", "if ('ab') { 'cd' }"),
        ("'a' + `\n 'b'", "'ab'"),
        ("\"Down`Load\"", "'DownLoad'"),
        ("'it''s'+'x'", "'it''sx'"),
        ("$x.\"Get`Field\"('a','N'+'on')", "$x.'GetField'('a','Non')"),
        ("'a'+'b'; ('c'\n'd'+'e')", "'ab'; ('c'\n'de')"),
    ];

    #[test]
    fn leaves_everything_else_unchanged() {
        for text in [
            "'a'\n+'b'",
            "$x+'a'",
            "echo 'a' + 'b'",
            "'a','b'+'c'",
            "\"$x\"+$y+\"z$w\"",
            "\"a$x\"\"b\"",
            "'{0}' -f $x",
            "'{1}' -f 'a'",
            "'{0:N2}' -f 'a'",
            "'abc' -replace '[a-b]','x'",
            "'abc' -replace 'a','$1'",
            "$x -join ','",
            "'a,b' -split ',' -join ';'",
            "[xml]'a'+'b'",
            "$x - 2 - 3",
            "foo ('a')",
            "@('a','b')",
            "'abc'[9]",
            "\"a`nb\"",
            "'a'*3",
        ] {
            assert_eq!(folded(text), text);
        }
    }

    #[test]
    fn growth_is_bounded() {
        let mut text = "'x'".to_owned();
        for _ in 0..40 {
            text = format!("('{{0}}{{0}}' -f {text})");
        }
        assert!(folded(&text).len() < text.len() * limits::FOLD_FACTOR);
        let (many, long) = ("{0}".repeat(40_000), "a".repeat(40_000));
        for text in [
            format!("'{many}' -f '{long}'"),
            format!("({}'b') -join '{long}'", "'a',".repeat(40_000)),
            format!("[string]::join('{long}', ({}'b'))", "'a',".repeat(40_000)),
            format!("'{long}'{}", ".Replace('a','aa')".repeat(20)),
            format!("'{long}'{}.ToCharArray()", ".Replace('a','aa')".repeat(4)),
        ] {
            assert!(folded(&text).len() < text.len() * limits::FOLD_FACTOR);
        }
        let nested = "('a'+".repeat(3_000) + "'a'" + &")".repeat(3_000);
        assert!(folded(&nested).len() < nested.len());
    }
}
