//! Expressions whose value is a given string.

use super::Dice;
use miniz_oxide::deflate::compress_to_vec;

/// Kinds that write several characters for each one.
pub(super) const EXPANDING: &[&str] = &[
    "characters in a list",
    "characters in a sum",
    "numbers in a loop",
    "numbers split by delimiters",
    "hexadecimal",
    "octal or binary",
    "bxor",
    "bytes of an encoding",
    "arithmetic in casts",
    "array indexed by a list",
    "stepped noise",
    "for loop",
    "foreach statement",
    "hash table",
    "secure string",
    "url or html escapes",
];

/// Writes a string as a literal.
pub(super) fn literal(text: &str, dice: &mut Dice) -> String {
    if dice.chance(0.3) && !text.contains(['$', '`', '"', '\n', '“', '”', '„']) {
        return format!("\"{text}\"");
    }
    quoted(text)
}

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('’', "’’").replace('‘', "‘‘"))
}

/// Changes the case of letters at random.
pub(super) fn random_case(text: &str, dice: &mut Dice) -> String {
    let flip = |char: char| {
        if dice.chance(0.5) { char.to_ascii_uppercase() } else { char.to_ascii_lowercase() }
    };
    text.chars().map(flip).collect()
}

/// Cuts a text into two or more pieces.
pub(super) fn pieces(text: &str, dice: &mut Dice) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let most = (chars.len() / 2).clamp(1, 9);
        let end = (at + dice.range(1, most + 1)).min(chars.len());
        pieces.push(chars[at..end].iter().collect());
        at = end;
    }
    pieces
}

fn space(dice: &mut Dice) -> &'static str {
    dice.pick::<&str>(&["", "", " ", "  ", "    ", "\t"])
}

fn numbers(text: &str) -> Vec<u32> {
    text.encode_utf16().map(u32::from).collect()
}

fn joined<T: ToString>(values: &[T], separator: &str) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

/// Returns a character that the text does not have.
fn unused(text: &str, dice: &mut Dice) -> char {
    loop {
        let char = *dice
            .pick(&['~', '@', '#', '!', '%', '&', '<', '>', '_', '=', 'Z', 'q', 'J', '§', '¤']);
        let absent = !text.contains(char);
        if absent && !text.to_lowercase().contains(char.to_ascii_lowercase()) {
            return char;
        }
    }
}

fn variable(dice: &mut Dice) -> String {
    format!("${}{}", dice.pick(&["a", "xY", "data", "k_", "Zz"]), dice.below(100))
}

pub(super) fn concatenation(text: &str, dice: &mut Dice) -> String {
    let pieces: Vec<String> = pieces(text, dice).iter().map(|piece| literal(piece, dice)).collect();
    let space = space(dice);
    format!("({})", pieces.join(&format!("{space}+{space}")))
}

pub(super) fn spaced_concatenation(text: &str, dice: &mut Dice) -> String {
    let mut out = String::from("(");
    for (index, piece) in pieces(text, dice).iter().enumerate() {
        if index > 0 {
            let fill = ["", " ", "   ", "\t", "<# x #>", " `\n ", "<##>"];
            let (before, after) =
                (*dice.pick(&fill), *dice.pick(&["", "\n", "  ", "\r\n  ", "<#a+b#>"]));
            out += &format!("{before}+{after}");
        }
        let literal = literal(piece, dice);
        out += &if dice.chance(0.3) { format!("({literal})") } else { literal };
    }
    out + ")"
}

pub(super) fn format(text: &str, dice: &mut Dice) -> String {
    let pieces = pieces(text, dice);
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, dice.below(last + 1));
    }
    let holes: String = (0..pieces.len())
        .map(|index| format!("{{{}}}", order.iter().position(|at| *at == index).unwrap()))
        .collect();
    let values: Vec<String> = order.iter().map(|at| literal(&pieces[*at], dice)).collect();
    let operator = random_case("-f", dice);
    format!(
        "(\"{holes}\"{}{operator}{}{})",
        space(dice),
        space(dice),
        values.join(&format!(",{}", space(dice)))
    )
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

pub(super) fn reversed_by_index(text: &str, dice: &mut Dice) -> String {
    let (back, len) = (quoted(&reversed(text)), text.encode_utf16().count());
    match dice.below(4) {
        0 => format!("({back}[-1..-{len}]-join'')"),
        1 => format!("(-join {back}[{}..0])", len - 1),
        2 => {
            let name = variable(dice);
            format!("$({name}={back};{name}[-1..-({name}.Length)]-join'')")
        }
        _ => {
            let name = variable(dice);
            format!("$({name} = {back}; -join {name}[({name}.Length - 1)..0])")
        }
    }
}

pub(super) fn reversed_by_method(text: &str, dice: &mut Dice) -> String {
    let (back, name) = (quoted(&reversed(text)), variable(dice));
    if dice.chance(0.5) {
        format!("$({name}={back}.ToCharArray();[array]::Reverse({name});-join({name}))")
    } else {
        format!("$({name}=[char[]]{back};[Array]::Reverse({name});[string]::Join('',{name}))")
    }
}

pub(super) fn reversed_by_regex(text: &str, dice: &mut Dice) -> String {
    let back = quoted(&reversed(text));
    let direction = random_case("RightToLeft", dice);
    match dice.below(3) {
        0 => format!("(-join([regex]::Matches({back},'.','{direction}')|%{{$_.Value}}))"),
        1 => format!(
            "([string]::Join('',([regex]::Matches({back},'.','{direction}')|foreach{{$_.value}})))"
        ),
        _ => format!("(([regex]::Matches({back},'.','{direction}')|ForEach-Object{{$_}})-join'')"),
    }
}

pub(super) fn char_list(text: &str, dice: &mut Dice) -> String {
    let codes = numbers(text);
    let list = joined(&codes, &format!(",{}", space(dice)));
    let cast = random_case("[char[]]", dice);
    match dice.below(5) {
        0 => format!("({cast}({list})-join'')"),
        1 => format!("(-join{cast}({list}))"),
        2 => format!("(-join({cast}@({list})))"),
        3 => format!("([string]::Join('',{cast}({list})))"),
        _ => format!("([string]::new({cast}({list})))"),
    }
}

pub(super) fn char_sum(text: &str, dice: &mut Dice) -> String {
    let space = space(dice);
    let chars = text.chars().map(|char| match dice.below(4) {
        0 => format!("[char]{}", u32::from(char)),
        1 => format!("[{}]0x{:x}", random_case("char", dice), u32::from(char)),
        2 => format!("[string][char]{}", u32::from(char)),
        _ => quoted(&char.to_string()),
    });
    format!("({}{space}+{space}'')", chars.collect::<Vec<_>>().join(&format!("{space}+{space}")))
}

pub(super) fn numbers_in_loop(text: &str, dice: &mut Dice) -> String {
    let hex = dice.chance(0.3);
    let codes: Vec<String> = numbers(text)
        .iter()
        .map(|code| if hex { format!("0x{code:02x}") } else { code.to_string() })
        .collect();
    let list = codes.join(&format!(",{}", space(dice)));
    let each = *dice.pick(&["%", "foreach", "ForEach-Object", "% "]);
    let body = *dice.pick(&[
        "[char]$_",
        "[char][int]$_",
        "[Char] $PSItem",
        "[char]($_)",
        "[Convert]::ToChar($_)",
    ]);
    match dice.below(3) {
        0 => format!("(-join({list}|{each}{{{body}}}))"),
        1 => format!("(({list}|{each}{{{body}}})-join'')"),
        _ => format!("([string]::Join('',({list} | {each} {{ {body} }})))"),
    }
}

pub(super) fn split_numbers(text: &str, dice: &mut Dice) -> String {
    let delimiters = ['x', '~', 'G', 'h', '>', '!', '_', '}'];
    let used: Vec<char> = (0..3).map(|_| *dice.pick(&delimiters)).collect();
    let mut out = String::new();
    for (index, code) in numbers(text).iter().enumerate() {
        if index > 0 {
            out.push(*dice.pick(&used));
        }
        out += &code.to_string();
    }
    let out = quoted(&out);
    let splits = match dice.below(3) {
        0 => used.iter().map(|char| format!("-split'{char}'")).collect::<String>(),
        1 => used.iter().map(|char| format!(" -split '{char}' ")).collect::<String>(),
        _ => format!(".Split('{}')", used.iter().collect::<String>()),
    };
    let each = *dice.pick(&["%", "foreach", "ForEach-Object"]);
    format!("(({out}{splits}|{each}{{[char][int]$_}})-join'')")
}

pub(super) fn hexadecimal(text: &str, dice: &mut Dice) -> String {
    let hex: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    if !text.is_ascii() {
        return concatenation(text, dice);
    }
    let run = hex.concat();
    match dice.below(5) {
        0 => format!("(-join('{run}'-split'(..)'|?{{$_}}|%{{[char][convert]::ToInt32($_,16)}}))"),
        1 => format!(
            "(('{}'.Split(' ')|%{{[char]([convert]::toint16($_,16))}})-join'')",
            hex.join(" ")
        ),
        2 => format!("([Text.Encoding]::ASCII.GetString([Convert]::FromHexString('{run}')))"),
        3 => format!(
            "(-join(({})|%{{[char][byte]\"0x$_\"}}))",
            hex.iter().map(|hex| format!("'{hex}'")).collect::<Vec<_>>().join(",")
        ),
        _ => format!(
            "(([regex]::Matches('{run}','..')|%{{[char][Convert]::ToByte($_.Value,16)}})-join'')"
        ),
    }
}

pub(super) fn octal_or_binary(text: &str, dice: &mut Dice) -> String {
    let (radix, codes): (u32, Vec<String>) = if dice.chance(0.5) {
        (8, numbers(text).iter().map(|code| format!("{code:o}")).collect())
    } else {
        (2, numbers(text).iter().map(|code| format!("{code:b}")).collect())
    };
    let separator = *dice.pick(&[",", "-", "z", " "]);
    let list = codes.join(separator);
    match dice.below(3) {
        0 => format!(
            "(('{list}'-split'{separator}'|%{{([char]([convert]::ToInt16(([string]$_),{radix})))}})-join'')"
        ),
        1 => format!(
            "(-join('{list}'.Split('{separator}')|ForEach-Object{{[char][Convert]::ToInt32($_,{radix})}}))"
        ),
        _ => format!(
            "([string]::join('',(({})|%{{([char]([Convert]::ToInt16(([String]$_),{radix})))}})))",
            codes
                .iter()
                .map(|code| if radix == 8 { code.clone() } else { format!("'{code}'") })
                .collect::<Vec<_>>()
                .join(",")
        ),
    }
}

pub(super) fn bxor(text: &str, dice: &mut Dice) -> String {
    let key = dice.range(1, 90) as u32;
    let codes: Vec<u32> = numbers(text).iter().map(|code| code ^ key).collect();
    let operator = random_case("-bxor", dice);
    let shown = if dice.chance(0.5) { format!("0x{key:x}") } else { key.to_string() };
    let name = variable(dice);
    match dice.below(4) {
        0 => format!("(-join({}|%{{[char]($_ {operator} {shown})}}))", joined(&codes, ",")),
        1 => format!(
            "(('{}'.Split('~')|%{{[char]($_{operator} {shown})}})-join'')",
            joined(&codes, "~")
        ),
        2 => format!(
            "(-join(('{}'-split',')|ForEach-Object{{[char]([int]$_ {operator} '{shown}')}}))",
            joined(&codes, ",")
        ),
        _ => format!(
            "$({name}={shown};-join(({})|%{{[char]($_ {operator} {name})}}))",
            joined(&codes, ", ")
        ),
    }
}

pub(super) fn base64_of(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(*chunk.get(at).unwrap_or(&0)));
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn base64_utf16(text: &str) -> String {
    base64_of(&utf16(text))
}

pub(super) fn encoding_bytes(text: &str, dice: &mut Dice) -> String {
    let (encoding, bytes) = encoded(text, dice);
    let list = joined(&bytes, ",");
    match dice.below(3) {
        0 => format!("([Text.Encoding]::{encoding}.GetString([byte[]]({list})))"),
        1 => format!("([System.Text.Encoding]::{encoding}.GetString(@({list})))"),
        _ => {
            let name = variable(dice);
            format!("$([byte[]]{name}={list};[System.Text.Encoding]::{encoding}.GetString({name}))")
        }
    }
}

fn encoded(text: &str, dice: &mut Dice) -> (&'static str, Vec<u8>) {
    match dice.below(5) {
        0 => ("UTF8", text.as_bytes().to_vec()),
        1 if text.is_ascii() => ("ASCII", text.as_bytes().to_vec()),
        2 => ("Unicode", utf16(text)),
        3 => ("BigEndianUnicode", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        _ => ("UTF8", text.as_bytes().to_vec()),
    }
}

pub(super) fn base64(text: &str, dice: &mut Dice) -> String {
    let (encoding, bytes) = encoded(text, dice);
    let data = base64_of(&bytes);
    match dice.below(4) {
        0 => format!(
            "([Text.Encoding]::{encoding}.GetString([Convert]::FromBase64String('{data}')))"
        ),
        1 => {
            let data = concatenation(&data, dice);
            format!(
                "([System.Text.Encoding]::{encoding}.GetString([System.Convert]::FromBase64String({data})))"
            )
        }
        2 => {
            let name = variable(dice);
            format!(
                "$({name}='{data}';[Text.Encoding]::{encoding}.GetString([Convert]::FromBase64String({name})))"
            )
        }
        _ => {
            let back = reversed(&data);
            format!(
                "([Text.Encoding]::{encoding}.GetString([Convert]::FromBase64String(('{back}'[-1..-{}]-join''))))",
                data.len()
            )
        }
    }
}

pub(super) fn compressed(text: &str, dice: &mut Dice) -> String {
    let packed = compress_to_vec(text.as_bytes(), 6);
    if dice.chance(0.5) {
        let data = base64_of(&packed);
        format!(
            "((New-Object IO.StreamReader((New-Object IO.Compression.DeflateStream([IO.MemoryStream][Convert]::FromBase64String('{data}'),[IO.Compression.CompressionMode]::Decompress)),[Text.Encoding]::UTF8)).ReadToEnd())"
        )
    } else {
        let mut gzip = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];
        gzip.extend(&packed);
        gzip.extend([0; 4]);
        gzip.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        let name = variable(dice);
        let bytes = if dice.chance(0.5) {
            format!("[Convert]::FromBase64String('{}')", base64_of(&gzip))
        } else {
            format!("[byte[]]({})", joined(&gzip, ","))
        };
        format!(
            "$({name}=New-Object IO.MemoryStream(,{bytes});(New-Object IO.StreamReader(New-Object IO.Compression.GzipStream({name},[IO.Compression.CompressionMode]::Decompress))).ReadToEnd())"
        )
    }
}

pub(super) fn secure_string(text: &str, dice: &mut Dice) -> String {
    let plain = quoted(text);
    match dice.below(3) {
        0 => format!(
            "([Net.NetworkCredential]::new('',(ConvertTo-SecureString {plain} -AsPlainText -Force)).Password)"
        ),
        1 => {
            let pieces = concatenation(text, dice);
            format!(
                "([Runtime.InteropServices.Marshal]::PtrToStringAuto([Runtime.InteropServices.Marshal]::SecureStringToBSTR((ConvertTo-SecureString {pieces} -AsPlainText -Force))))"
            )
        }
        _ => {
            let key: [u8; 32] = dice.bytes();
            let iv: [u8; 16] = dice.bytes();
            let cipher = super::super::aes::encrypt_cbc(&utf16(text), &key, &iv);
            let hex: String = cipher.iter().map(|byte| format!("{byte:02x}")).collect();
            let inner = format!("2|{}|{hex}", base64_of(&iv));
            let data = format!("76492d1116743f0423413b16050a5345{}", base64_utf16(&inner));
            format!(
                "([Runtime.InteropServices.Marshal]::PtrToStringAuto([Runtime.InteropServices.Marshal]::SecureStringToBSTR($('{data}'|ConvertTo-SecureString -Key {}))))",
                joined(&key, ",")
            )
        }
    }
}

pub(super) fn replace_operator(text: &str, dice: &mut Dice) -> String {
    let out = random_noise(text, dice);
    let (noise, out) = out;
    let operator = *dice.pick(&["-replace", "-creplace", "-Replace", "-ireplace"]);
    let gap = space(dice);
    match dice.below(3) {
        0 => format!("({}{gap}{operator}'{noise}')", quoted(&out)),
        1 => format!("({} {operator}{gap}'{noise}',{gap}'')", quoted(&out)),
        _ => format!("(({}){gap}{operator} ([regex]::Escape('{noise}')),'')", quoted(&out)),
    }
}

/// Inserts a piece of noise that the text does not have. Returns the noise and the text with it.
fn random_noise(text: &str, dice: &mut Dice) -> (String, String) {
    let char = unused(text, dice);
    let noise = char.to_string().repeat(dice.range(1, 3));
    (noise.clone(), pieces(text, dice).join(&noise))
}

pub(super) fn replace_methods(text: &str, dice: &mut Dice) -> String {
    let (first, text_with) = random_noise(text, dice);
    let (second, out) = random_noise(&text_with, dice);
    let name = *dice.pick(&["Replace", "replace", "REPLACE", "\"Replace\"", "('rep'+'lace')"]);
    match dice.below(2) {
        0 => format!("({}.{name}('{second}','').{name}('{first}',''))", quoted(&out)),
        _ => format!(
            "(({}).Replace('{second}',[string]::Empty).Replace(([char]{}).ToString()*{},''))",
            quoted(&out),
            u32::from(first.chars().next().unwrap()),
            first.chars().count()
        ),
    }
}

pub(super) fn split_and_join(text: &str, dice: &mut Dice) -> String {
    let char = unused(text, dice);
    let out = quoted(&pieces(text, dice).join(&char.to_string()));
    match dice.below(4) {
        0 => format!("({out}-split'{char}'-join'')"),
        1 => format!("({out}.Split('{char}')-join'')"),
        2 => format!("(-join({out}.Split(\"{char}\")))"),
        _ => format!("([string]::Join('',({out} -csplit '{char}')))"),
    }
}

pub(super) fn members(text: &str, dice: &mut Dice) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = dice.range(1, chars.len().max(2)).min(chars.len());
    let (head, tail): (String, String) =
        (chars[..at].iter().collect(), chars[at..].iter().collect());
    match dice.below(5) {
        0 => {
            let end = (at + 3).min(chars.len());
            let (cut, rest): (String, String) =
                (chars[at..end].iter().collect(), chars[end..].iter().collect());
            format!("({}.Insert({at},{}))", quoted(&(head + &rest)), quoted(&cut))
        }
        1 => format!(
            "({}.Substring({at})+{}.Trim())",
            quoted(&(head.clone().to_uppercase().chars().take(at).collect::<String>() + &head)),
            quoted(&tail)
        )
        .replace(".Trim()", ""),
        2 => format!("({}.Remove({at},4))", quoted(&(head + "QQQQ" + &tail))),
        3 => format!("({}.TrimStart('*').TrimEnd('+'))", quoted(&format!("***{text}++")))
            .replace("'****", "'***"),
        _ => format!("({}+{}.ToString())", quoted(&head), quoted(&tail)),
    }
}

pub(super) fn regex_class(text: &str, dice: &mut Dice) -> String {
    let (noise, out) = random_noise(text, dice);
    match dice.below(2) {
        0 => format!("([regex]::Replace({},'{noise}',''))", quoted(&out)),
        _ => format!("(([regex]'{noise}').Replace({},''))", quoted(&out)),
    }
}

pub(super) fn static_methods(text: &str, dice: &mut Dice) -> String {
    let pieces: Vec<String> = pieces(text, dice).iter().map(|piece| quoted(piece)).collect();
    match dice.below(4) {
        0 => format!("([string]::Join('',{}))", pieces.join(",")),
        1 => format!("([String]::Join(\"\",@({})))", pieces.join(" , ")),
        2 if pieces.len() <= 4 => format!("([string]::Concat({}))", pieces.join(",")),
        2 => format!("([string]::Concat(@({})))", pieces.join(",")),
        _ => {
            let holes: String = (0..pieces.len()).map(|at| format!("{{{at}}}")).collect();
            format!("([string]::Format('{holes}',{}))", pieces.join(","))
        }
    }
}

pub(super) fn here_string(text: &str, dice: &mut Dice) -> String {
    let (noise, out) = random_noise(text, dice);
    match dice.below(2) {
        0 => format!("(@'\n{out}\n'@ -replace '{noise}','')"),
        _ => format!("(@'\r\n{out}\r\n'@.Replace('{noise}',''))"),
    }
}

pub(super) fn interpolation(text: &str, dice: &mut Dice) -> String {
    let pieces = pieces(text, dice);
    let mut before = String::new();
    let mut out = String::from("\"");
    for (index, piece) in pieces.iter().enumerate() {
        match dice.below(3) {
            0 => {
                before += &format!("$v{index}={};", quoted(piece));
                out += &format!("${{v{index}}}");
            }
            1 => out += &format!("$({})", quoted(piece)),
            _ => {
                out += &piece
                    .replace('`', "``")
                    .replace('$', "`$")
                    .replace('"', "`\"")
                    .replace('“', "`“")
                    .replace('”', "`”")
            }
        }
    }
    format!("$({before}{out}\")")
}

pub(super) fn indexed_array(text: &str, dice: &mut Dice) -> String {
    let mut alphabet: Vec<char> = Vec::new();
    for char in text.chars() {
        if !alphabet.contains(&char) {
            alphabet.push(char);
        }
    }
    let indexes: Vec<usize> =
        text.chars().map(|char| alphabet.iter().position(|own| *own == char).unwrap()).collect();
    let key = quoted(&alphabet.iter().collect::<String>());
    match dice.below(3) {
        0 => format!("({key}[{}]-join'')", joined(&indexes, ",")),
        1 => {
            let name = variable(dice);
            format!("$({name}={key};-join({}|%{{{name}[$_]}}))", joined(&indexes, ","))
        }
        _ => {
            let pieces = pieces(text, dice);
            let back: Vec<String> = pieces.iter().rev().map(|piece| quoted(piece)).collect();
            format!("(({})[{}..0]-join'')", back.join(","), pieces.len() - 1)
        }
    }
}

pub(super) fn arithmetic(text: &str, dice: &mut Dice) -> String {
    let space = space(dice);
    let chars = numbers(text).into_iter().map(|code| {
        let by = dice.range(2, 9) as u32;
        match dice.below(5) {
            0 => format!("[char]({}/{by})", code * by),
            1 => format!("[char]({}-{by})", code + by),
            2 => format!("[char]({by}+{})", code - by),
            3 => format!("[char]({code}*{by}/{by})"),
            _ => format!("[char]([byte]0x{code:x})"),
        }
    });
    format!("(''+{})", chars.collect::<Vec<_>>().join(&format!("{space}+{space}")))
}

pub(super) fn hash_table(text: &str, dice: &mut Dice) -> String {
    let pieces = pieces(text, dice);
    let name = variable(dice);
    let entries: Vec<String> = pieces
        .iter()
        .enumerate()
        .rev()
        .map(|(at, piece)| format!("k{at}={}", quoted(piece)))
        .collect();
    let sum: Vec<String> =
        (0..pieces.len())
            .map(|at| {
                if dice.chance(0.5) { format!("{name}.k{at}") } else { format!("{name}['k{at}']") }
            })
            .collect();
    format!("$({name}=@{{{}}};{})", entries.join(";"), sum.join("+"))
}

pub(super) fn for_loop(text: &str, dice: &mut Dice) -> String {
    let key = dice.range(1, 90) as u32;
    let codes: Vec<u32> = numbers(text).iter().map(|code| code ^ key).collect();
    let list = joined(&codes, ",");
    if dice.chance(0.5) {
        format!(
            "$($b=@({list});$s='';for($i=0;$i -lt $b.Count;$i++){{$s+=[char]($b[$i] -bxor {key})}};$s)"
        )
    } else {
        format!(
            "$($b=@({list}); for ($i = 0; $i -lt $b.Length; $i++) {{ $b[$i] = $b[$i] -bxor {key} }}; -join ($b | % {{ [char]$_ }}))"
        )
    }
}

pub(super) fn foreach_statement(text: &str, dice: &mut Dice) -> String {
    let by = dice.range(1, 9) as u32;
    let codes: Vec<u32> = numbers(text).iter().map(|code| code + by).collect();
    let (s, c) = (variable(dice), variable(dice) + "c");
    format!("$({s}='';foreach({c} in {}){{{s}+=[char]({c}-{by})}};{s})", joined(&codes, ","))
}

pub(super) fn function_call(text: &str, dice: &mut Dice) -> String {
    let back = quoted(&reversed(text));
    match dice.below(3) {
        0 => format!("$(function r($s){{-join $s[-1..-($s.Length)]}};r {back})"),
        1 => format!(
            "$(function r{{param($s) $c=$s.ToCharArray();[array]::Reverse($c);return -join $c}} (r({back})))"
        ),
        _ => {
            let hex: String =
                utf16(text).chunks(2).map(|unit| format!("{:02x}", unit[0])).collect();
            if !text.is_ascii() {
                return concatenation(text, dice);
            }
            format!(
                "$(function d([string]$h){{$o='';for($i=0;$i -lt $h.Length;$i+=2){{$o+=[char][Convert]::ToByte($h.Substring($i,2),16)}} $o}}; d '{hex}')"
            )
        }
    }
}

pub(super) fn every_nth(text: &str, dice: &mut Dice) -> String {
    let step = dice.range(2, 4);
    let noisy: String = text
        .chars()
        .flat_map(|char| {
            let noise: Vec<char> =
                (1..step).map(|_| *dice.pick(&['k', 'W', '3', '-', ' '])).collect();
            std::iter::once(char).chain(noise)
        })
        .collect();
    let noisy = quoted(&noisy);
    format!("$($n={noisy};$o='';for($i=0;$i -lt $n.Length;$i+={step}){{$o+=$n[$i]}};$o)")
}

pub(super) fn escaped_url(text: &str, dice: &mut Dice) -> String {
    if !text.is_ascii() {
        return concatenation(text, dice);
    }
    let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    match dice.below(3) {
        0 => format!("([uri]::UnescapeDataString('{escaped}'))"),
        1 => format!("([System.Net.WebUtility]::UrlDecode('{escaped}'))"),
        _ => {
            let escaped: String = text.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
            format!("([regex]::Unescape('{escaped}'))")
        }
    }
}
