//! The tokens of a text without comments and continued lines, and which brackets belong together.

use crate::script::{TokenKind, lex};

/// A token with its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScriptToken<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    pub(super) start: usize,
    /// A line ends between the previous token and this one.
    pub(super) begins_line: bool,
}

impl ScriptToken<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Returns whether it is a bracket, a separator or an operator with this text.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, TokenKind::Other | TokenKind::Operator)
    }

    /// Returns whether it opens a bracket.
    pub(super) fn opens(&self) -> bool {
        matches!(self.kind, TokenKind::Other | TokenKind::Operator)
            && matches!(self.text, "(" | "$(" | "@(" | "{" | "@{" | "[")
    }
}

/// Bytes of a text for each token that there is memory for at first.
const TOKEN_BYTES: usize = 8;

/// Upper bound on the tokens, and the nodes, that there is memory for at first.
pub(super) const MAX_CAPACITY: usize = 1 << 13;

/// The tokens of a text.
pub(super) struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<ScriptToken<'a>>,
    /// For each opening bracket the index of its closing one.
    closing: Vec<u32>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let mut tokens = Vec::with_capacity((source.len() / TOKEN_BYTES).min(MAX_CAPACITY));
        let mut end = 0;
        let mut begins_line = false;
        for token in lex(source) {
            let gap = source.as_bytes().get(end..token.start).unwrap_or_default();
            begins_line |= gap.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
            end = token.end;
            let text = source.get(token.start..token.end).unwrap_or_default();
            let continues = token.kind == TokenKind::Operator && text.starts_with('`');
            if token.kind == TokenKind::Comment || continues {
                continue;
            }
            tokens.push(ScriptToken { kind: token.kind, text, start: token.start, begins_line });
            begins_line = false;
        }
        let closing = pair_brackets(&tokens);
        Self { text: source, tokens, closing }
    }

    /// Returns a range of the text.
    pub(super) fn text(&self, range: std::ops::Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<ScriptToken<'a>> {
        self.tokens.get(at).copied()
    }

    /// Returns the index of the token that closes the bracket at `open`, or the number of tokens if none does.
    pub(super) fn closing(&self, open: usize) -> usize {
        self.closing.get(open).map_or(self.tokens.len(), |at| *at as usize)
    }
}

/// Returns for each token the index of the token that closes it, or the number of tokens.
fn pair_brackets(tokens: &[ScriptToken<'_>]) -> Vec<u32> {
    let none = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    let mut closing = vec![none; tokens.len()];
    let mut open: Vec<(char, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.opens() {
            let close = match token.text.chars().next_back() {
                Some('(') => ')',
                Some('{') => '}',
                _ => ']',
            };
            open.push((close, at));
            continue;
        }
        let close = match token.text {
            ")" | "}" | "]" if token.kind != TokenKind::String => token.text.chars().next(),
            _ => None,
        };
        // A bracket that closes an outer one closes those within it. Without an outer one it closes nothing.
        let Some(depth) = close.and_then(|close| open.iter().rposition(|(own, _)| *own == close))
        else {
            continue;
        };
        let end = u32::try_from(at).unwrap_or(u32::MAX);
        for (_, opened) in open.drain(depth..) {
            if let Some(slot) = closing.get_mut(opened) {
                *slot = end;
            }
        }
    }
    closing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closing(text: &str) -> Vec<(usize, usize)> {
        let tokens = Tokens::new(text);
        let opens = (0..tokens.len()).filter(|at| tokens.get(*at).unwrap().opens());
        opens.map(|at| (at, tokens.closing(at))).collect()
    }

    #[test]
    fn brackets_are_paired_in_damaged_text_too() {
        assert_eq!(closing("( $a[0] )"), [(0, 5), (2, 4)]);
        assert_eq!(closing("{ ( }"), [(0, 2), (1, 2)]);
        assert_eq!(closing("( }"), [(0, 2)]);
        assert_eq!(closing(") ("), [(1, 2)]);
    }

    #[test]
    fn comments_are_left_out_and_line_ends_noted() {
        let tokens = Tokens::new("'a' <# \n #> + `\n 'b' # c\n 'd'");
        let lines: Vec<_> =
            (0..tokens.len()).map(|at| tokens.get(at).unwrap().begins_line).collect();
        assert_eq!(lines, [false, false, false, true]);
    }
}
