//! Splits PowerShell text into tokens, as an editor would colour them.
//!
//! PowerShell reads a word by where it stands: `-eq` is an operator after a value and a parameter after a
//! command, `if` is a keyword only where a statement may begin. So the lexer keeps, for every bracket that
//! is open, the place it stands at, on a stack of its own instead of by calling itself.

mod phrases;
mod place;
mod strings;
pub(super) mod words;

use crate::limits;
use place::{Ahead, Code, Place};
use words::{is_double_quote, is_newline, is_single_quote, variable_len};

/// What a token is. The numbers are what JavaScript sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Brackets, separators, bare words, and whatever is not PowerShell.
    Other = 0,
    /// `# …` or `<# … #>`.
    Comment = 1,
    /// A string or, where one holds variables, a piece of it.
    String = 2,
    /// `$name`, `${any name}`, `$env:name`, `@splatted`.
    Variable = 3,
    /// The name of a command that is called, or of a function that is declared.
    Command = 4,
    /// A word of the language.
    Keyword = 5,
    /// An operator, `-eq` and its like included.
    Operator = 6,
    /// A number with its suffix.
    Number = 7,
    /// `[System.Text.Encoding]`, or the name of a declared class.
    Type = 8,
    /// `-Name` of a command.
    Parameter = 9,
    /// A property, method or hash table key.
    Member = 10,
}

/// A piece of a text: bytes `start..end`, never empty, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
}

/// The tokens of a text, ascending and disjoint. What lies between them is white space.
pub fn lex(text: &str) -> impl Iterator<Item = Token> {
    Lexer {
        text,
        at: 0,
        stack: Vec::new(),
        code: Code::new(None, Place::Statement),
        previous: None,
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// What is open around the innermost code, outermost first.
    stack: Vec<Open>,
    /// The innermost code.
    code: Code,
    previous: Option<Token>,
}

/// Something that is open.
#[derive(Clone, Copy)]
enum Open {
    /// Code in which a bracket opened.
    Code(Code),
    /// A string in double quotes, whose text is being read.
    Quoted {
        /// It is a here-string.
        here: bool,
    },
}
impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(Open::Quoted { here }) = self.stack.last().copied() {
            self.rest().chars().next()?;
            return Some(self.quoted(here, 0));
        }
        self.skip_space();
        let first = self.rest().chars().next()?;
        Some(self.code(first))
    }
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The character so many bytes on.
    fn char(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead..)?.chars().next()
    }

    fn starts(&self, prefix: &str) -> bool {
        self.rest().starts_with(prefix)
    }

    fn token(&mut self, len: usize, kind: Kind) -> Token {
        let token = Token { start: self.at, end: self.at + len, kind };
        self.at = token.end;
        self.previous = Some(token);
        token
    }

    fn value(&mut self, len: usize, kind: Kind) -> Token {
        self.code.value();
        self.token(len, kind)
    }

    fn operator(&mut self, len: usize) -> Token {
        self.code.operate();
        self.token(len, Kind::Operator)
    }

    fn go(&mut self, place: Place, len: usize, kind: Kind) -> Token {
        self.code.go(place);
        self.token(len, kind)
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        if rest.get(..space).unwrap_or_default().contains(is_newline) {
            self.code.end_line();
        }
        self.at += space;
    }

    /// A token of this kind ends here.
    fn touches(&self, kind: Kind) -> bool {
        self.previous.is_some_and(|token| token.end == self.at && token.kind == kind)
    }

    /// A type that has not closed ends here: `[Parameter(`.
    fn touches_attribute(&self) -> bool {
        self.touches(Kind::Type)
            && self
                .previous
                .and_then(|token| self.text.get(token.start..token.end))
                .is_some_and(|text| !text.ends_with(']'))
    }

    /// A value that has members ends here.
    fn touches_value(&self) -> bool {
        let value = |token: Token| match token.kind {
            Kind::Variable | Kind::Member | Kind::Type => true,
            Kind::String | Kind::Number => self.code.place == Place::Value,
            _ => self
                .text
                .get(token.start..token.end)
                .is_some_and(|text| text.ends_with([')', ']', '}'])),
        };
        self.previous.is_some_and(|token| token.end == self.at && value(token))
    }

    /// Text that ends before the first character for which this holds.
    fn len_until(&self, from: usize, ends: impl Fn(char) -> bool) -> usize {
        let rest = self.text.get(self.at + from..).unwrap_or_default();
        from + rest.find(ends).unwrap_or(rest.len())
    }

    fn code(&mut self, first: char) -> Token {
        let place = self.code.place;
        match first {
            '#' => {
                let len = self.len_until(0, is_newline);
                self.token(len, Kind::Comment)
            }
            '<' if self.starts("<#") => {
                let len = self.rest().find("#>").map_or(self.rest().len(), |at| at + 2);
                self.token(len, Kind::Comment)
            }
            '`' => self.backtick(),
            '@' => self.at_sign(),
            '$' => self.dollar(),
            '(' | '{' => self.open(first, 1, Kind::Other),
            ')' | '}' | ']' => self.close(first),
            ';' => self.go(self.code.line, 1, Kind::Other),
            ',' => {
                let place = match place {
                    Place::Argument => Place::Argument,
                    _ if self.code.line == Place::Key => Place::Key,
                    _ => Place::Operand,
                };
                let token = self.go(place, 1, Kind::Other);
                self.code.ahead = Ahead::More;
                token
            }
            '|' => {
                let len = if self.starts("||") { 2 } else { 1 };
                let token = self.go(Place::Statement, len, Kind::Operator);
                self.code.ahead = Ahead::More;
                token
            }
            '&' if self.starts("&&") => self.go(Place::Statement, 2, Kind::Operator),
            '&' => self.invoke(),
            '>' | '<' => self.redirect(),
            _ if is_single_quote(first) => self.literal(first),
            _ if is_double_quote(first) => {
                self.code.value();
                self.open_quoted(false, first.len_utf8())
            }
            _ if self.code.ahead == Ahead::Member => self.member(first),
            '.' | ':' if self.touches_value() && self.is_access() => self.access(),
            '[' if self.touches_value() && !self.touches(Kind::Type) => {
                self.open('[', 1, Kind::Other)
            }
            _ => match place {
                Place::Statement => self.statement(first),
                Place::Key => self.key(first),
                Place::Operand | Place::Value => self.expression(first),
                Place::Argument => self.argument(first),
            },
        }
    }

    /// A backtick before a line's end continues the line; elsewhere it escapes, and a word begins.
    fn backtick(&mut self) -> Token {
        match self.char(1) {
            Some('\r') if self.char(2) == Some('\n') => self.token(3, Kind::Operator),
            Some(next) if is_newline(next) => self.token(2, Kind::Operator),
            next if next.is_none_or(char::is_whitespace) => self.token(1, Kind::Operator),
            _ if self.code.place == Place::Statement => self.command(),
            _ => {
                let len = self.word_len(0);
                self.token(len, Kind::Other)
            }
        }
    }

    fn at_sign(&mut self) -> Token {
        match self.char(1) {
            Some('(') => self.open('(', 2, Kind::Operator),
            Some('{') => self.open_keys(),
            Some(quote) if is_single_quote(quote) || is_double_quote(quote) => {
                self.here_string(quote)
            }
            _ => match variable_len(self.rest()) {
                Some(len) => self.value(len, Kind::Variable),
                None => self.token(1, Kind::Other),
            },
        }
    }

    fn dollar(&mut self) -> Token {
        if self.starts("$(") {
            return self.open('(', 2, Kind::Operator);
        }
        match variable_len(self.rest()) {
            Some(len) => self.value(len, Kind::Variable),
            None if self.code.place == Place::Argument => {
                let len = self.word_len(1);
                self.value(len, Kind::Other)
            }
            None => self.token(1, Kind::Other),
        }
    }

    /// A bracket opens; what is in it stands on its own until it closes.
    fn open(&mut self, bracket: char, len: usize, kind: Kind) -> Token {
        let outer = self.code;
        let inner = match bracket {
            '[' => Code::new(Some(']'), Place::Operand),
            '{' => Code::new(Some('}'), Place::Statement),
            _ if self.touches_attribute() => Code::new(Some(')'), Place::Key),
            _ if self.touches(Kind::Member) => Code::new(Some(')'), Place::Operand),
            _ => Code::new(Some(')'), Place::Statement),
        };
        let block = bracket == '{' && (outer.ahead == Ahead::Block || outer.place == Place::Value);
        let parameters = bracket == '(' && outer.ahead == Ahead::Parameters;
        if block || parameters {
            self.code.go(Place::Statement);
        } else {
            self.code.value();
        }
        self.enter(inner);
        self.token(len, kind)
    }

    fn open_keys(&mut self) -> Token {
        self.code.value();
        self.enter(Code::new(Some('}'), Place::Key));
        self.token(2, Kind::Operator)
    }

    fn enter(&mut self, inner: Code) {
        if self.stack.len() < limits::OPEN_BRACKETS {
            self.stack.push(Open::Code(self.code));
            self.code = inner;
        }
    }

    fn close(&mut self, bracket: char) -> Token {
        if self.code.close == Some(bracket) {
            // Below the code there is the code around it; or, in a string, the string and then that code.
            if let Some(Open::Code(outer)) = self.stack.pop() {
                self.code = outer;
            }
            let in_string = matches!(self.stack.last(), Some(Open::Quoted { .. }));
            return self.token(1, if in_string { Kind::Operator } else { Kind::Other });
        }
        // What opened an attribute was a part of its type's name.
        self.value(1, if bracket == ']' { Kind::Type } else { Kind::Other })
    }

    /// `&` calls what follows, or sends what came before to the background.
    fn invoke(&mut self) -> Token {
        let call = matches!(self.code.place, Place::Statement | Place::Operand | Place::Key);
        let token = self.go(Place::Statement, 1, Kind::Operator);
        if call {
            self.code.ahead = Ahead::Call;
        }
        token
    }

    fn redirect(&mut self) -> Token {
        let rest = self.rest();
        let len = rest.len() - rest.trim_start_matches(['>', '<']).len();
        let merge = match rest.get(len..).unwrap_or_default().as_bytes() {
            [b'&', b'0'..=b'9', ..] => 2,
            _ => 0,
        };
        let token = self.token(len + merge, Kind::Operator);
        if self.code.place == Place::Value {
            self.code.go(Place::Argument);
        }
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tokens as text, each with the first letters of its kind; plain ones left out.
    fn shown(text: &str) -> String {
        let letter = |kind| match kind {
            Kind::Other => "",
            Kind::Comment => "#",
            Kind::String => "s",
            Kind::Variable => "v",
            Kind::Command => "c",
            Kind::Keyword => "k",
            Kind::Operator => "o",
            Kind::Number => "n",
            Kind::Type => "t",
            Kind::Parameter => "p",
            Kind::Member => "m",
        };
        let shown = lex(text)
            .map(|token| format!("{}:{}", letter(token.kind), &text[token.start..token.end]));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn samples() {
        for (text, tokens) in SAMPLES {
            assert_eq!(shown(text), *tokens, "{text}");
        }
    }

    /// A text, and its tokens with their kinds' letters: comment, string, variable, command, keyword,
    /// operator, number, type, parameter, member.
    const SAMPLES: &[(&str, &str)] = &[
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
        fn every_byte_is_in_one_token_or_white_space(text in "[ -~\n\r\t“’–äK😀]{0,60}") {
            check(&text)?;
        }

        #[test]
        fn whatever_the_order_of_the_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            check(&pieces.concat())?;
        }
    }

    const PIECES: &[&str] = &[
        "\"", "'", "@\"\n", "\n\"@", "@'\r\n", "\n'@", "$(", "${", "$x", "$", "@(", "@{", "(", ")",
        "{", "}", "[", "]", "[int", "::", ".", "..", "-eq", "-", "–", "--", "#", "<#", "#>", "`",
        "`\n", "\n", " ", "\u{a0}", ";", ",", "|", "&", "=", "+=", "if", "param", "function",
        "class", "foo", "0x1", "7z", "1.5kb", "?", "??=", "😀", "ä", "”", "’", "2>&1",
    ];
}
