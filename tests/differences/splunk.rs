//! A simple evaluator of Splunk's base searches: the part before the first pipe.

use super::FieldLookup;
use super::glob::{self, GlobToken};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    /// `=` or `!=`.
    Is(bool),
    Text(String),
    Word(String),
    Macro(String),
}

/// Returns whether a base search matches an event. `None` if it uses anything that is not supported here.
pub(crate) fn holds(search: &str, field: FieldLookup<'_>) -> Option<bool> {
    let tokens = tokens(search)?;
    let mut evaluator = SearchEvaluator { tokens: &tokens, field };
    let holds = evaluator.all()?;
    evaluator.tokens.is_empty().then_some(holds)
}

fn tokens(search: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = search.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '|' => return Some(tokens),
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '=' => tokens.push(Token::Is(true)),
            '!' if chars.next_if_eq(&'=').is_some() => tokens.push(Token::Is(false)),
            '`' => {
                let mut name = String::new();
                name.extend(std::iter::from_fn(|| chars.next_if(|char| *char != '`')));
                chars.next();
                tokens.push(Token::Macro(name));
            }
            '"' => {
                let mut text = String::new();
                loop {
                    match (chars.next()?, chars.peek()) {
                        ('"', _) => break,
                        ('\\', Some(next @ ('"' | '\\'))) => {
                            text.push(*next);
                            chars.next();
                        }
                        (other, _) => text.push(other),
                    }
                }
                tokens.push(Token::Text(text));
            }
            char if char.is_whitespace() => {}
            char => {
                let ends = |char: &char| char.is_whitespace() || "()=|,\"!".contains(*char);
                let mut word = String::from(char);
                word.extend(std::iter::from_fn(|| chars.next_if(|char| !ends(char))));
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

struct SearchEvaluator<'a> {
    tokens: &'a [Token],
    field: FieldLookup<'a>,
}

impl<'a> SearchEvaluator<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn is(&self, word: &str) -> bool {
        self.tokens.first() == Some(&Token::Word(word.into()))
    }

    /// AND, written or implied, binds the loosest.
    fn all(&mut self) -> Option<bool> {
        let mut holds = true;
        loop {
            holds &= self.any()?;
            if self.is("AND") {
                self.next();
            } else if matches!(self.tokens.first(), None | Some(Token::Close)) {
                return Some(holds);
            }
        }
    }

    fn any(&mut self) -> Option<bool> {
        let mut holds = self.not()?;
        while self.is("OR") {
            self.next();
            holds |= self.not()?;
        }
        Some(holds)
    }

    fn not(&mut self) -> Option<bool> {
        match self.next()? {
            Token::Word(word) if word == "NOT" => self.not().map(|holds| !holds),
            Token::Open => {
                let holds = self.all()?;
                (self.next()? == &Token::Close).then_some(holds)
            }
            Token::Macro(name) => (name == "powershell").then_some(true),
            Token::Word(name) | Token::Text(name) => self.comparison(name),
            _ => None,
        }
    }

    fn comparison(&mut self, name: &str) -> Option<bool> {
        let value = (self.field)(name);
        let is = |pattern: &str| {
            value.as_ref().is_some_and(|value| {
                let tokens: Vec<GlobToken> = pattern
                    .chars()
                    .flat_map(|char| match char {
                        '*' => vec![GlobToken::Any],
                        char => glob::literal(&char.to_string()),
                    })
                    .collect();
                glob::matches(&tokens, &value.lower)
            })
        };
        if self.is("IN") {
            self.next();
            (self.next()? == &Token::Open).then_some(())?;
            let mut holds = false;
            loop {
                match self.next()? {
                    Token::Close => return Some(holds),
                    Token::Comma => {}
                    Token::Text(text) | Token::Word(text) => holds |= is(text),
                    _ => return None,
                }
            }
        }
        let Token::Is(same) = self.next()? else { return None };
        match self.next()? {
            Token::Text(text) | Token::Word(text) if *same => Some(is(text)),
            Token::Text(text) | Token::Word(text) => Some(value.is_some() && !is(text)),
            _ => None,
        }
    }
}
