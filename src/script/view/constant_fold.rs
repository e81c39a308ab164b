//! Writes a text with the edits of its evaluation.

use super::map::ViewMap;
use crate::script::eval::{ScriptString, evaluate};
use std::ops::Range;

/// A text with its constants evaluated.
pub(super) struct FoldedText {
    /// The text and its map to the original; `None` if nothing is folded.
    pub(super) text: Option<(String, ViewMap)>,
    /// Strings of the original that are scripts.
    pub(super) scripts: Vec<ScriptString>,
    /// The evaluation reached a limit of steps or bytes.
    pub(super) is_limited: bool,
}

/// Evaluates the constants of a text.
pub(super) fn fold_constants(text: &str) -> FoldedText {
    let evaluation = evaluate(text);
    let (scripts, is_limited) = (evaluation.scripts, evaluation.is_limited);
    if evaluation.edits.is_empty() {
        return FoldedText { text: None, scripts, is_limited };
    }
    let mut out = String::with_capacity(text.len());
    let mut map = ViewMap::default();
    let mut at = 0;
    let copy = |out: &mut String, map: &mut ViewMap, start: usize, end: usize| {
        out.push_str(text.get(start..end).unwrap_or_default());
        map.push(end.saturating_sub(start), start..end, true);
    };
    for edit in evaluation.edits {
        copy(&mut out, &mut map, at, edit.range.start);
        out.push_str(&edit.text);
        map.push(edit.text.len(), edit.range.clone(), false);
        at = edit.range.end;
    }
    copy(&mut out, &mut map, at, text.len());
    FoldedText { text: Some((out, map)), scripts, is_limited }
}

/// Returns the edits by which [`fold_constants`] makes a text plain, in its order: a range and what it is worth.
pub(super) fn folds(text: &str) -> Vec<(Range<usize>, String)> {
    evaluate(text).edits.into_iter().map(|edit| (edit.range, edit.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn folded(text: &str) -> String {
        fold_constants(text).text.map_or_else(|| text.to_owned(), |(folded, _)| folded)
    }

    /// Texts, and what they are worth by PowerShell's precedence and conversions.
    const SAMPLES: &[(&str, &str)] = &[
        ("&('i'+'ex') $x", "iex $x"),
        ("'a'+\"b\"+'c'+$d+'e'+'f'", "'abc'+$d+'ef'"),
        ("iex ('{1}{0}' -f 'ex','i')", "iex 'iex'"),
        ("(\"{2}{0}{1}\" -f'b',('c'+'d'),'a').Length", "4"),
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
        ("$x.(\"Down\"+'load').Invoke()", "$x.Download.Invoke()"),
        ("foo('a'+'b')", "foo('ab')"),
        ("$x.Foo('a'+\n'b', 'c')", "$x.Foo('ab', 'c')"),
        ("if ('a'+'b') { 'c' <# d #> + 'd' }", "if ('ab') { 'cd' }"),
        ("'a' + `\n 'b'", "'ab'"),
        ("\"Down`Load\"", "'DownLoad'"),
        ("'it''s'+'x'", "'it''sx'"),
        ("$x.\"Get`Field\"('a','N'+'on')", "$x.GetField('a','Non')"),
        ("'a'+'b'; ('c'\n'd'+'e')", "'ab'; ('c'\n'de')"),
        ("'a'*3", "'aaa'"),
        ("'abc' -replace '[a-b]','x'", "'xxc'"),
        ("'a,b' -split ',' -join ';'", "'a;b'"),
        ("'a','b'+'c'", "('a','b','c')"),
        ("echo $a#;&('Enable-'+'PSRemoting') -Force", "echo $a#;Enable-PSRemoting -Force"),
        ("'a~b'.Split('~')-join'+'", "'a+b'"),
        ("'a'+'b'*2", "'abb'"),
        ("'a'*2+'b'", "'aab'"),
        ("-join 'a','b'+'c'", "('a','b','c')"),
        ("'{0}' -f 'a'+'b'", "'ab'"),
        ("'a'+'{0}' -f 'b'", "'ab'"),
        ("$('a')+'b'", "'ab'"),
        ("'a','b'-join'x'+'y'", "'axyb'"),
        ("[int]'1'+'2'", "3"),
        ("'1'+2", "'12'"),
        ("2+'1'", "3"),
        ("[char]65+1", "66"),
        ("[char]65+[char]66", "'AB'"),
        ("('a','b')[0]+'c'", "'ac'"),
        ("'abc'[0]+'d'", "'ad'"),
        ("'abc'[0,1]+'d'", "('a','b','d')"),
        ("'é'.ToUpper()+'x'", "'Éx'"),
        ("'ß'.ToUpper()+'x'", "'ßx'"),
        ("'aAa'-replace'a','b'", "'bbb'"),
        ("'aAa'-creplace'a','b'", "'bAb'"),
        ("'a'+$null+'b'", "'ab'"),
        ("'a'+1+2", "'a12'"),
        ("1+2+'4'", "7"),
        ("1+2+'a'", "3+'a'"),
        ("$i = 0; $i++; Foo $x[$i]", "$i = 0; $i++; Foo $x[1]"),
        ("[string]1+'a'", "'1a'"),
        ("'{0:X}' -f 255", "'FF'"),
        ("'{0:N0}{1:000}' -f 1234,7", "'1,234007'"),
        ("'{0,5}' -f 'a'+'b'", "'    ab'"),
        ("'{{0}}' -f 'a'", "'{0}'"),
        ("'{0}{1}' -f ('a','b')", "'ab'"),
        ("'{0}{1}' -f @('a','b')", "'ab'"),
        ("'a' -join 'b'", "'a'"),
        ("-join('a')", "'a'"),
        ("[string]::Join(',','a','b')", "'a,b'"),
        ("[string]::Join(',',1,2)", "'1,2'"),
        ("[char[]]'abc'-join','", "'a,b,c'"),
        ("'abc'[1..0]+'x'", "('b','a','x')"),
        ("'x'-replace'x','a'+'b'", "'x'-replace('x','a','b')"),
        ("& 'New-LocalUser' -Name a", "New-LocalUser -Name a"),
        ("In''voke-WebRequest a", "Invoke-WebRequest a"),
        ("Enable-PS''Remoting -Force", "Enable-PSRemoting -Force"),
        (
            "$a='Enable-';$b='PSRemoting';&($a+$b) -Force",
            "$a='Enable-';$b='PSRemoting';Enable-PSRemoting -Force",
        ),
        ("$a=\"Enable-\";&\"${a}PSRemoting\" -Force", "$a=\"Enable-\";Enable-PSRemoting -Force"),
        (
            "$a='Enable-';$a+='PSRemoting';&$a -Force",
            "$a='Enable-';$a+='PSRemoting';Enable-PSRemoting -Force",
        ),
        ("&\"$('Enable-')PSRemoting\" -Force", "Enable-PSRemoting -Force"),
        (
            "Set-MpPreference –DisableRealtimeMonitoring $true",
            "Set-MpPreference -DisableRealtimeMonitoring $true",
        ),
        ("cmd /c powershell En^able-PSRem^oting", "cmd /c powershell Enable-PSRemoting"),
        ("&(gcm Enable-PSR*g) -Force", "Enable-PSRemoting -Force"),
        ("iex ('69x110' -split'x'|%{[char][int]$_})", "iex ('E','n')"),
        ("-join('456e'-split'(..)'|?{$_}|%{[char][convert]::ToInt32($_,16)})", "'En'"),
        ("$k=5;-join(96,100|%{[char]($_ -bxor $k)})", "$k=5;'ea'"),
        ("$x='abc'; if ($y) { $x='d' }; $x+'z'", "$x='abc'; if ($y) { $x='d' }; $x+'z'"),
        ("$x='abc'; if ($y) { $x+'d' }; $x+'z'", "$x='abc'; if ($y) { 'abcd' }; 'abcz'"),
        ("$x='a'; function f { $x+'b' }; $x='c'", "$x='a'; function f { $x+'b' }; $x='c'"),
        ("$x='a'; function f { $x+'b' }", "$x='a'; function f { 'ab' }"),
        ("foreach ($i in 1..3) { $s+='a'; $s+'b' }", "foreach ($i in 1..3) { $s+='a'; $s+'b' }"),
        (
            "$s=''; foreach ($i in 'a','b') { $s+=$i }; $s+'c'",
            "$s=''; foreach ($i in 'a','b') { $s+=$i }; 'abc'",
        ),
        ("$s='x'; while ($y) { $s+='a' }; $s+'c'", "$s='x'; while ($y) { $s+='a' }; $s+'c'"),
        ("$h=@{a='x';b='y'}; $h.a+$h['b']", "$h=@{a='x';b='y'}; 'xy'"),
        ("$p=@{Name='x'}; New-LocalUser @p", "$p=@{Name='x'}; New-LocalUser -Name x"),
        (
            "function d($s){ -join $s[-1..-3] }; iex (d 'xei')",
            "function d($s){ -join $s[-1..-3] }; iex 'iex'",
        ),
        ("[Text.Encoding]::ASCII.GetString([byte[]](69,110))", "'En'"),
        ("'Enable-PSReting'.Insert(11,'mo')", "'Enable-PSRemoting'"),
        ("\"a$x\" + 'b'", "\"a$x\" + 'b'"),
        ("\"$(Sv 'Ofs' '')\"+[string]('i','ex')+'1'", "'iex1'"),
        ("$ofs='-'; \"$('a','b')\"; ''+('c','d')", "$ofs='-'; 'a-b'; 'c-d'"),
        ("$v['a'+'b'] = 'c'; $v.('d'+'e') = 1", "$v['ab'] = 'c'; $v.de = 1"),
        ("$a,$b='i','ex'; &($a+$b) 1", "$a,$b='i','ex'; iex 1"),
        ("$i=1; 'abc'[$i++]+'abc'[$i]", "$i=1; 'bc'"),
        ("$i=0; 'abc'[++$i]+'x'", "$i=0; 'bx'"),
        (
            "$l=New-Object Collections.ArrayList; [void]$l.Add('i'); $null=$l.Add('ex'); &(-join $l) 1",
            "$l=New-Object Collections.ArrayList; [void]$l.Add('i'); $null=$l.Add('ex'); iex 1",
        ),
        (
            "$s=[Text.StringBuilder]::new(); [void]$s.Append('i').Append('ex'); &$s.ToString() 1",
            "$s=[Text.StringBuilder]::new(); [void]$s.Append('i').Append('ex'); iex 1",
        ),
        (
            "$s=New-Object Collections.Stack; 'x','e','i'|%{$s.Push($_)}; &(-join $s.ToArray()) 1",
            "$s=New-Object Collections.Stack; 'x','e','i'|%{$s.Push($_)}; iex 1",
        ),
        ("$h=@{}; $h.Add('k','a'); $h.k+'b'", "$h=@{}; $h.Add('k','a'); 'ab'"),
        (
            "$k=2; $o=switch($k){1{'a'}2{'i'+'ex'}default{'b'}}; &$o 1",
            "$k=2; $o=switch($k){1{'a'}2{'iex'}default{'b'}}; iex 1",
        ),
        (
            "$o=''; foreach($c in 'i','-','ex','b'){if($c -eq '-'){continue}; if($c -eq 'b'){break}; $o+=$c}; &$o 1",
            "$o=''; foreach($c in 'i','-','ex','b'){if($c -eq '-'){continue}; if($c -eq 'b'){break}; $o+=$c}; iex 1",
        ),
        (
            "$i=3; $o=''; do{$i--; $o+='xei'[$i]}until($i -eq 0); &$o 1",
            "$i=3; $o=''; do{$i--; $o+='xei'[$i]}until($i -eq 0); iex 1",
        ),
        ("1,2|%{$o=''}{$o+=$_}{$o+'x'}", "'12x'"),
        ("3,1,2|sort|select -first 2|%{\"a$_\"}", "('a1','a2')"),
        ("'696578' -split '(?<=\\G..)' -ne '' -join '-'", "'69-65-78'"),
        ("'a1'-match'(\\d)'; $matches[1]+'x'", "'a1'-match'(\\d)'; '1x'"),
        ("-join(105,101,120|%{[char]($_ -bxor0x0)})", "'iex'"),
        ("''.Insert.ToString()[7]+'x'", "'Ix'"),
        ("[array]::Reverse([char[]]$a)", "[array]::Reverse([char[]]$a)"),
        (
            "$e=[scriptblock]::Create('[Text.Encoding]'); (&$e)::ASCII.GetString((105,101))",
            "$e=[scriptblock]::Create('[Text.Encoding]'); 'ie'",
        ),
        (
            "function f{for($i=0;$i -lt 2;$i++){$o=$o+'a'}[string]$o+'b'}; f",
            "function f{for($i=0;$i -lt 2;$i++){$o=$o+'a'}'aab'}; f",
        ),
        (
            "function f{for($i=0;$i -lt 2;$i++){$o=$o+'a'}$o+'b'}; iex (f)",
            "function f{for($i=0;$i -lt 2;$i++){$o=$o+'a'}'aab'}; iex 'aab'",
        ),
        (
            "New-Object byte[] 2 | Out-Null; (New-Object 'byte[]' 2).Length",
            "New-Object byte[] 2 | Out-Null; 2",
        ),
        (
            "Set-Alias x ('New-Local'+'User'); x -Name a",
            "Set-Alias x 'New-LocalUser'; New-LocalUser -Name a",
        ),
        ("$alias:x='i'+'ex'; x $y", "$alias:x='iex'; iex $y"),
        ("&$ExecutionContext.InvokeCommand.GetCmdlet('New-'+'Object') a", "New-Object a"),
        ("&(gv Ex*xt).Value.InvokeCommand.GetCommand('N*-Obj*t','Cmdlet') a", "New-Object a"),
        ("&(gal|?{$_.Definition -eq 'Invoke-Expression'}).Name 1", "iex 1"),
        ("&(gal -Definition Invoke-Expression).Name 1", "iex 1"),
        (
            "filter f{[char]($_+1)}; iex (104,100,119|f)",
            "filter f{[char]($_+1)}; iex ('i','e','x')",
        ),
        (
            "function f{begin{$o='a'}process{$o+=$_;if($_ -eq 'b'){return};$o+='c'}end{$o+'z'}}; iex ('b','d'|f)",
            "function f{begin{$o='a'}process{$o+=$_;if($_ -eq 'b'){return};$o+='c'}end{$o+'z'}}; iex 'abdcz'",
        ),
        ("function f{-join $input}; iex ('b','d'|f)", "function f{-join $input}; iex 'bd'"),
        ("$r={$a,$k=$args;$a+$k}; iex (&$r 'b' 'c')", "$r={$a,$k=$args;$a+$k}; iex 'bc'"),
        (
            "$s='a','b'; $s[0],$s[1]=$s[1],$s[0]; iex (-join $s)",
            "$s='a','b'; $s[0],$s[1]=('b','a'); iex 'ba'",
        ),
        (
            "Write-Output ('a'+'b') -OutVariable x|Out-Null; $x+'c'",
            "Write-Output ('a'+'b') -OutVariable x|Out-Null; 'abc'",
        ),
        (
            "'ab'|Tee-Object -Variable x|Out-Null; $x+'c'",
            "'ab'|Tee-Object -Variable x|Out-Null; 'abc'",
        ),
        (
            "[Environment]::SetEnvironmentVariable('q','ab'); $env:q+'c'",
            "[Environment]::SetEnvironmentVariable('q','ab'); 'abc'",
        ),
        (
            "$ExecutionContext.SessionState.PSVariable.Set('q','ab'); $q+'c'",
            "$ExecutionContext.SessionState.PSVariable.Set('q','ab'); 'abc'",
        ),
        ("('{\"a\":{\"b\":[\"i\",\"ex\"]}}'|ConvertFrom-Json).a.b -join ''", "'iex'"),
        ("(ConvertFrom-Json '{\"a\": 3}').a+4", "7"),
        ("('a;b\n1;ie\n2;x'|ConvertFrom-Csv -Delimiter ';').b -join ''", "'iex'"),
        ("(ConvertFrom-StringData 'a=i\nb=ex').b+'c'", "'exc'"),
        ("[Text.Encoding]::ASCII.GetString(([bigint]'7890281').ToByteArray())+'c'", "'iexc'"),
        (
            "$n=[bigint]'36893488147419103337'; $o=''; while($n -gt 0){$o+=[char][int]($n%256);$n=[bigint]::Divide($n,[bigint]256)}; $o[0]+'c'",
            "$n=[bigint]'36893488147419103337'; $o=''; while($n -gt 0){$o+=[char][int]($n%256);$n=[bigint]::Divide($n,[bigint]256)}; 'ic'",
        ),
        ("-join([BitConverter]::GetBytes(2021156201)|%{[char]$_})", "'iexx'"),
        (
            "[Text.Encoding]::ASCII.GetString(([guid]'00786569-0000-0000-0000-000000000000').ToByteArray()[0..2])",
            "'iex'",
        ),
        ("-join(([ipaddress]'105.101.120.32').GetAddressBytes()|%{[char]$_})", "'iex '"),
        ("-join(262.5,252.5,300.0|%{[char][int]($_/2.5)})", "'iex'"),
        ("[char][int](1051/10)+'x'", "'ix'"),
        ("''+(7/2)+(1.50*2)+1e2", "'3.53100'"),
        ("''+[math]::Floor(2.7)+[math]::Sqrt(81)", "'29'"),
        ("-join(@{2='x';10='y';1='ie'}.GetEnumerator()|sort Name|%{$_.Value})", "'iexy'"),
        ("-join('bx','aie'|sort {$_[0]}|%{$_.Substring(1)})", "'iex'"),
        ("'{0:C}{1:E3}' -f 5,1500", "'$5.001.500E+003'"),
        ("'Set-A Zt' -replace 'Z',[char]36 -creplace 't$','$$t$'", "'Set-A $$t$'"),
        ("[bigint]::Divide(9007199254740993,2)", "4503599627370496"),
        (
            "[Text.Encoding]::ASCII.GetString(([bigint]::Parse('0786569',[Globalization.NumberStyles]::HexNumber)).ToByteArray())",
            "'iex'",
        ),
        ("-join[Linq.Enumerable]::Reverse([char[]]'xei')", "'iex'"),
        ("$a='b';\"x$a-$y\"", "$a='b';\"xb-$y\""),
        ("$u = 'http:'+'//a'; foo -Uri $u", "$u = 'http://a'; foo -Uri http://a"),
        ("${x}='a'+'b'", "${x}='ab'"),
        ("$a = { 'b'+'c' }", "$a = { 'bc' }"),
        ("Get-ChildItem | % { 'a'+'b' }", "Get-ChildItem | % { 'ab' }"),
        ("$x = @( 'a'+'b'; $y )", "$x = @( 'ab'; $y )"),
        ("'a'.Length.Foo('b'+'c')", "1.Foo('bc')"),
        ("[Foo]::Bar('a'+'b')", "[Foo]::Bar('ab')"),
        ("$x -eq ('a'+'b')", "$x -eq 'ab'"),
        ("switch ($x) { 'a' { 'b'+'c' } }", "switch ($x) { 'a' { 'bc' } }"),
        (
            "try { 'a'+'b' } catch [Foo] { 'c'+'d' } finally { 'e'+'f' }",
            "try { 'ab' } catch [Foo] { 'cd' } finally { 'ef' }",
        ),
    ];

    #[test]
    fn folds_what_has_one_value() {
        let wrong: Vec<String> = SAMPLES
            .iter()
            .filter(|(text, expected)| folded(text) != *expected)
            .map(|(text, expected)| format!("{text}\n   is {}\n  not {expected}", folded(text)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Times a text that grows eightfold must not take much more than eightfold the work; here that it ends at all.
    #[test]
    fn work_and_growth_are_bounded() {
        let mut nested = "'x'".to_owned();
        for _ in 0..40 {
            nested = format!("('{{0}}{{0}}' -f {nested})");
        }
        let (many, long) = ("{0}".repeat(20_000), "a".repeat(20_000));
        for text in [
            nested,
            format!("'{many}' -f '{long}'"),
            format!("({}'b') -join '{long}'", "'a',".repeat(20_000)),
            format!("[string]::join('{long}', ({}'b'))", "'a',".repeat(20_000)),
            format!("'{long}'{}", ".Replace('a','aa')".repeat(20)),
            format!("'{long}'{}.ToCharArray()", ".Replace('a','aa')".repeat(4)),
            format!("$a='{long}';{}", "$a=$a+$a;$b=$a;".repeat(40)),
            format!("$a='ab';{}", "$a+=$a;iex $a;".repeat(200)),
            "for(;;){$a+='a'}".to_owned(),
            "while($true){$a='a'+'b'}; 'a'+'b'".to_owned(),
            "function f($x){f ($x+'a');f $x};f 'a'".to_owned(),
            "1..100000000|%{1..100000000|%{$_}}".to_owned(),
            "'a'*1000000000; ,'a'*1000000000".to_owned(),
            "('a'+".repeat(20_000) + "'a'" + &")".repeat(20_000),
            "!".repeat(50_000) + "'a'",
            "[string]".repeat(20_000) + "'a'",
            "$x=".repeat(20_000) + "'a'+'b'",
            "&{".repeat(20_000) + "'a'+'b'",
            "if(1){".repeat(5_000) + "'a'+'b'",
            "'a'|%{".repeat(5_000) + "$_",
            "(".repeat(50_000),
            "\"$(".repeat(5_000),
            "@{a=".repeat(5_000),
            "'a'.Replace('b',".repeat(5_000),
            "'a'+'b';".repeat(20_000),
        ] {
            let most = text.len() * limits::VIEW_FACTOR + limits::VIEW_MIN_BYTES;
            assert!(folded(&text).len() <= most, "{}", &text[..40.min(text.len())]);
        }
        let after_a_loop = folded("while($true){$a='a'+'b'}; &('i'+'ex') 1");
        assert!(after_a_loop.ends_with("; iex 1"), "{after_a_loop}");
    }

    #[test]
    fn leaves_everything_else_unchanged() {
        for text in [
            "'a'\n+'b'",
            "$x+'a'",
            "echo 'a' + 'b'",
            "\"$x\"+$y+\"z$w\"",
            "\"a$x\"\"b\"",
            "'{0}' -f $x",
            "'{1}' -f 'a'",
            "$x -join ','",
            "[xml]'a'+'b'",
            "$x - 2 - 3",
            "foo ('a')",
            "@('a','b')",
            "\"a`nb\"",
            "foo('Enable-','PSRemoting') -join ''",
            "$x.Bar('Enable-','PSRemoting')-join''",
            "$x.Method('a')-join','",
            "[Foo]::Bar('a','b')-replace'a','c'",
            "$a.b('x').Replace('x','y')",
            "(Get-Item 'a','b') -join ''",
            "Get-Item 'a'+'b'",
            "Write-Output 'a' + 'b' + 'c'",
            "!'a'+'b'",
            "-not 'a'+'b'",
            "\"{0}$x\" -f 'a'",
            "[char]0x1F600",
            "Get-ChildItem -Path 'C:\\Temp' | ForEach-Object { \"$_\" }",
            "& 'C:\\Program Files\\a b.exe' -x",
            "param([string]$a = 'x') Foo $a",
            "'abc' -replace '(?=a)','x'",
            "$a = 1,2,3",
            "[int]$x = 5",
            "$h = @{ a = 1; b = 'c' }",
            "$l = @(); $l.Add('a'); if ($l.Count) { Foo $l }",
            "$n = 0; Foo ([ref]$n); Bar $n",
            "'a','b' | % { Foo $_ }; Bar $_",
            "[Diagnostics.SuppressMessage('a', '', Justification = 'b')] param($x)",
            "Join-Path $env:SystemRoot system32; Foo \"$env:windir\\x\"",
            "foo @(\n 'a'\n 'b'\n)",
            "while ($r = $s.Read()) { $t += 'a' }; Foo $t",
            "function f($x) { f $x; f ($x - 1) }; f $y",
        ] {
            assert_eq!(folded(text), text);
        }
    }
}
