//! Puts together what a script splits: strings joined by `+`, `-f`, `-join` and `-replace`, characters
//! written as numbers, words broken by backticks.
//!
//! The tokens are read once. Each becomes a piece on a stack, and whenever the last pieces are an operation
//! on literals that the next token cannot take from them, they become one piece, its result. What remains
//! on the stack in the end is the plain text.

use super::piece::{Form, Item, Operator, Piece};
use super::{Map, strings};
use crate::limits;
use crate::script::lexer::words::{is_double_quote, is_newline};
use crate::script::{Kind, Token, lex};
use std::borrow::Cow;
use std::ops::Range;

/// The plain form of a text, and the way back; none where it is the text itself.
pub(super) fn plain(text: &str) -> Option<(String, Map)> {
    let mut fold = Fold::new(text);
    let mut at = 0;
    for token in lex(text) {
        fold.line_ends(at..token.start);
        at = token.end;
        fold.shift(token);
    }
    fold.write();
    fold.copy(fold.written..text.len());
    fold.folded.then_some((fold.out, fold.map))
}

/// The text's tokens so far, with what could be put together of them.
pub(super) struct Fold<'a> {
    text: &'a str,
    /// Those of the last statement.
    pub(super) pieces: Vec<Piece>,
    /// The plain form of all before them, and of how much of the text.
    out: String,
    map: Map,
    written: usize,
    /// Anything was put together at all.
    folded: bool,
    /// The token before ends here, and a value with it.
    value_end: Option<usize>,
    /// The token before ends here, and is a variable or code that may stand within a string.
    inset_end: Option<usize>,
    /// The token before is a keyword, or a word that ends here: brackets after it are its own.
    word_end: Option<usize>,
    /// For each bracket that is open, whether a method's arguments stand in it.
    calls: Vec<bool>,
    /// What may still be produced.
    pub(super) bytes: usize,
}

impl<'a> Fold<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            pieces: Vec::new(),
            out: String::with_capacity(text.len()),
            map: Map::default(),
            written: 0,
            folded: false,
            value_end: None,
            inset_end: None,
            word_end: None,
            calls: Vec::new(),
            bytes: text.len().saturating_mul(limits::FOLD_FACTOR).min(limits::VIEW_BYTES),
        }
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// A value that ends with its line ends its statement too.
    fn line_ends(&mut self, space: Range<usize>) {
        if self.value_end.is_some() && self.slice(space).contains(is_newline) {
            self.write();
            self.value_end = None;
        }
    }

    fn shift(&mut self, token: Token) {
        let range = token.start..token.end;
        let text = self.slice(range.clone());
        if token.kind == Kind::Comment || (token.kind == Kind::Operator && text.starts_with('`')) {
            return;
        }
        let (item, form) = self.read(token, text);
        self.reduce(item.binds_last());
        let closes = matches!(item, Item::Close { .. });
        self.folded |= form != Form::AsWritten;
        if text.ends_with(['(', '[', '{']) && matches!(token.kind, Kind::Other | Kind::Operator) {
            self.calls.push(self.is_call(&item));
        } else if closes || text == "}" || text == ")" {
            self.calls.pop();
        }
        self.pieces.push(Piece { range, item, form });

        let end = Some(token.end);
        let is = |kinds: &[Kind]| kinds.contains(&token.kind);
        let value = closes || is(&[Kind::String, Kind::Number, Kind::Variable, Kind::Member]);
        let word = value
            || is(&[Kind::Command, Kind::Parameter, Kind::Keyword])
            || (token.kind == Kind::Other && !is_mark(text));
        self.value_end = end.filter(|_| value);
        self.word_end = end.filter(|_| word);
        self.inset_end = end.filter(|_| {
            token.kind == Kind::Variable || (token.kind == Kind::Operator && text == ")")
        });
        if closes {
            self.close();
        } else if text == ";" || self.pieces.len() >= limits::FOLD_TOKENS {
            self.write();
        }
    }

    /// A bracket that opens a method's arguments. A method's name may be a string.
    fn is_call(&self, opening: &Item) -> bool {
        let touches = *opening == Item::Open { square: false, touching: true };
        let mut last = self.pieces.iter().rev().map(|piece| &piece.item);
        touches
            && match last.next() {
                Some(Item::Member(_)) => true,
                Some(Item::Str(_)) => last.next().is_some_and(|item| item.is(Operator::Access)),
                _ => false,
            }
    }

    /// What a token is to an operation, and how it is written.
    fn read(&self, token: Token, text: &str) -> (Item, Form) {
        let touching = self.word_end == Some(token.start)
            || self.pieces.last().is_some_and(|piece| piece.item == Item::Keyword);
        let item = match (token.kind, text) {
            (Kind::String, _) => return self.string(token, text),
            (Kind::Number, _) => number(text).map_or(Item::Other, Item::Num),
            (Kind::Keyword, _) => Item::Keyword,
            (Kind::Type, _) => type_name(text).map_or(Item::Other, Item::Type),
            (Kind::Operator, "@(") => Item::Open { square: false, touching: true },
            (Kind::Operator, "$(") => Item::Other,
            (Kind::Operator, ")") => Item::Other,
            (Kind::Operator, _) => Item::Operator(Operator::of(text, self.value_end.is_some())),
            (Kind::Other, "(") => Item::Open { square: false, touching },
            (Kind::Other, "[") => Item::Open { square: true, touching },
            (Kind::Other, ")") => Item::Close { square: false },
            (Kind::Other, "]") => Item::Close { square: true },
            (Kind::Other, ",") if self.calls.last() == Some(&true) => {
                Item::Operator(Operator::Separator)
            }
            (Kind::Other, ",") => Item::Operator(Operator::Comma),
            (Kind::Member, _) => Item::Member(without_backticks(text).to_ascii_lowercase()),
            _ => Item::Other,
        };
        let words = [Kind::Command, Kind::Other, Kind::Member, Kind::Parameter];
        let form = match without_backticks(text) {
            Cow::Owned(word) if words.contains(&token.kind) => Form::Text(word),
            _ => Form::AsWritten,
        };
        (item, form)
    }

    fn string(&self, token: Token, text: &str) -> (Item, Form) {
        // After a variable within a string, a quote ends that string.
        let tail = self.inset_end == Some(token.start) && text.starts_with(is_double_quote);
        match strings::value(text).filter(|_| !tail) {
            Some((value, plainly)) => {
                (Item::Str(value.into_owned()), if plainly { Form::AsWritten } else { Form::Value })
            }
            None => (Item::Other, Form::AsWritten),
        }
    }

    /// Makes one piece of the last ones, from this index on.
    pub(super) fn replace(&mut self, start: usize, item: Item) {
        self.merge(start, item);
        self.folded = true;
    }

    /// The same, where only brackets are left out.
    pub(super) fn merge(&mut self, start: usize, item: Item) {
        let range = match (self.pieces.get(start), self.pieces.last()) {
            (Some(first), Some(last)) => first.range.start..last.range.end,
            _ => return,
        };
        self.pieces.truncate(start);
        self.pieces.push(Piece { range, item, form: Form::Value });
    }

    /// Whether so many more bytes may be produced.
    pub(super) fn afford(&mut self, bytes: usize) -> bool {
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.unwrap_or(self.bytes);
        left.is_some()
    }

    /// A statement has ended: what its pieces have become is written.
    fn write(&mut self) {
        self.reduce(0);
        for piece in std::mem::take(&mut self.pieces) {
            self.copy(self.written..piece.range.start);
            let start = self.out.len();
            match &piece.form {
                Form::AsWritten => {
                    self.copy(piece.range);
                    continue;
                }
                Form::Text(text) => self.out.push_str(text),
                Form::Value => piece.item.write(&mut self.out),
            }
            self.written = piece.range.end;
            self.map.push(self.out.len() - start, piece.range, false);
        }
    }

    fn copy(&mut self, range: Range<usize>) {
        self.out.push_str(self.slice(range.clone()));
        self.written = range.end;
        self.map.push(range.len(), range, true);
    }
}

/// A bracket or separator, which is no word.
fn is_mark(text: &str) -> bool {
    matches!(text, "(" | "[" | "{" | ";" | ",")
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn type_name(text: &str) -> Option<String> {
    let name = text.strip_prefix('[')?.strip_suffix(']')?;
    Some(without_backticks(name).replace(' ', "").to_ascii_lowercase())
}

/// A backtick before a letter does little in a word but break it for the eye. (Before a digit it belongs to
/// the name of a generic type.)
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
        plain(text).map_or_else(|| text.to_owned(), |(plain, _)| plain)
    }

    #[test]
    fn literals_are_put_together() {
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
    fn what_is_no_operation_on_literals_stays() {
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
    fn what_grows_is_bounded() {
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
