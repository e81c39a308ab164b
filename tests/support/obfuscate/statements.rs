//! Scripts of several statements that put a string together and run it.

use super::Dice;
use super::strings::{base64_of, pieces, quoted};
use miniz_oxide::deflate::compress_to_vec;

fn quoted_pieces(text: &str, dice: &mut Dice) -> Vec<String> {
    pieces(text, dice).iter().map(|piece| quoted(piece)).collect()
}

fn codes(text: &str) -> String {
    text.encode_utf16().map(|unit| unit.to_string()).collect::<Vec<_>>().join(",")
}

/// A list in a string, after its separator was set to nothing.
pub(super) fn list_separator(command: &str, dice: &mut Dice) -> String {
    let list = quoted_pieces(command, dice).join(",");
    let set = *dice.pick(&["Set-Variable 'OFS' ''", "SV  'oFs' ''", "Set-Item 'Variable:OFS' ''"]);
    match dice.below(3) {
        0 => format!("iex (\"$( {set} )\"+[string]({list})+\"$(sv 'OFS' ' ')\")"),
        1 => format!("$OFS='';iex \"$({list})\""),
        _ => format!("{set};[string]({list})|iex"),
    }
}

/// Pieces that are added to an object.
pub(super) fn growing_object(command: &str, dice: &mut Dice) -> String {
    let (make, add, end) = *dice.pick(&[
        ("New-Object Text.StringBuilder", "[void]$b.Append(#)", "$b.ToString()"),
        ("[Text.StringBuilder]::new()", "$null=$b.Append(#)", "\"$b\""),
        ("New-Object Collections.ArrayList", "$b.Add(#)|Out-Null", "(-join $b)"),
        ("[Collections.Generic.List[string]]::new()", "$b.Add(#)", "($b -join '')"),
        ("New-Object Collections.Queue", "$b.Enqueue(#)", "(-join $b.ToArray())"),
    ]);
    let adds: Vec<String> =
        quoted_pieces(command, dice).iter().map(|piece| add.replace('#', piece)).collect();
    format!("$b={make};{};iex {end}", adds.join(";"))
}

/// Pieces in a hash table that is filled by methods and by computed keys.
pub(super) fn filled_table(command: &str, dice: &mut Dice) -> String {
    let pieces = quoted_pieces(command, dice);
    let mut sets = Vec::new();
    let mut gets = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        sets.push(match dice.below(3) {
            0 => format!("$h.Add('k{index}',{piece})"),
            1 => format!("$h['k'+'{index}']={piece}"),
            _ => format!("$h.k{index}={piece}"),
        });
        gets.push(format!("$h.k{index}"));
    }
    format!("$h=@{{}};{};iex ({})", sets.join(";"), gets.join("+"))
}

/// A loop that decodes with a counter, a condition at its end, or a `switch`.
pub(super) fn counted(command: &str, dice: &mut Dice) -> String {
    let reversed: String = command.chars().rev().collect();
    match dice.below(4) {
        0 => {
            let key = "Zk3".as_bytes();
            let bytes: Vec<String> = command
                .bytes()
                .enumerate()
                .map(|(at, byte)| (byte ^ key[at % 3]).to_string())
                .collect();
            format!(
                "$k=[Text.Encoding]::ASCII.GetBytes('Zk3');$n=0;iex(-join({}|%{{[char]($_ -bxor $k[$n++ % $k.Length])}}))",
                bytes.join(",")
            )
        }
        1 => format!(
            "$s={};$i=$s.Length-1;$r='';do{{$r+=$s[$i];$i--}}while($i -ge 0);iex $r",
            quoted(&reversed)
        ),
        2 => format!("{}|%{{$o=''}}{{$o+=[char]$_}}{{iex $o}}", codes(command)),
        _ => {
            let mut letters: Vec<char> = command.chars().collect();
            letters.sort_unstable();
            letters.dedup();
            let place =
                |char: char| letters.iter().position(|own| *own == char).unwrap().to_string();
            let places: Vec<String> = command.chars().map(place).collect();
            let cases: String = letters
                .iter()
                .enumerate()
                .map(|(at, char)| format!("{at}{{$o+={}}}", quoted(&char.to_string())))
                .collect();
            format!("$o='';switch({}){{{cases}default{{}}}};iex $o", places.join(","))
        }
    }
}

/// A packed text that is copied from stream to stream.
pub(super) fn copied_stream(command: &str, _: &mut Dice) -> String {
    let packed = base64_of(&compress_to_vec(command.as_bytes(), 9));
    format!(
        "$i=[IO.MemoryStream][Convert]::FromBase64String('{packed}');$o=New-Object IO.MemoryStream;\
         $g=New-Object IO.Compression.DeflateStream $i,([IO.Compression.CompressionMode]::Decompress);\
         $g.CopyTo($o);$g.Close();iex([Text.Encoding]::UTF8.GetString($o.ToArray()))"
    )
}

/// AES whose key is in the script.
pub(super) fn aes(command: &str, dice: &mut Dice) -> String {
    let (key, vector) = (dice.bytes(), dice.bytes());
    let data = super::super::aes::encrypt_cbc(command.as_bytes(), &key, &vector);
    let make = *dice.pick(&[
        "[Security.Cryptography.Aes]::Create()",
        "New-Object System.Security.Cryptography.AesManaged",
        "New-Object \"System.Security.Cryptography.RijndaelManaged\"",
    ]);
    format!(
        "$a={make};$a.Mode=[Security.Cryptography.CipherMode]::CBC;$a.Key=[Convert]::FromBase64String('{}');\
         $a.IV=[Convert]::FromBase64String('{}');$d=[Convert]::FromBase64String('{}');\
         iex([Text.Encoding]::UTF8.GetString($a.CreateDecryptor().TransformFinalBlock($d,0,$d.Length)))",
        base64_of(&key),
        base64_of(&vector),
        base64_of(&data)
    )
}

/// Variables, substrings and loops of `cmd.exe`.
pub(super) fn cmd_variables(command: &str, dice: &mut Dice) -> String {
    let command = command.replace(['"', '%', '!', '&', '|', '^', '<', '>'], "");
    let reversed: String = command.chars().rev().collect();
    let last = reversed.chars().count() - 1;
    match dice.below(3) {
        0 => format!(
            "cmd /V:ON /C \"set x={reversed}&&for /L %q in ({last},-1,0) do set y=!y!!x:~%q,1!&&if %q equ 0 powershell !y!\""
        ),
        1 => format!(
            "cmd /V:ON/C\"s^et x={}&&set y=!x:#=e!&&powershell !y!\"",
            command.replace('e', "#")
        ),
        _ => {
            let (first, second) = command.split_at(command.len() / 2);
            format!("cmd /c \"set a={first}&&set b={second}&&call powershell %a%%b%\"")
        }
    }
}

/// Several variables that one statement assigns.
pub(super) fn assigned_together(command: &str, dice: &mut Dice) -> String {
    let pieces = quoted_pieces(command, dice);
    let names: Vec<String> = (0..pieces.len()).map(|at| format!("$v{at}")).collect();
    format!("{}={};iex ({})", names.join(","), pieces.join(","), names.join("+"))
}
