//! Strings in other kinds of data, and names of commands that are made by other objects.

use super::Dice;
use super::commands::{iex, name_and_rest};
use super::strings::{concatenation, pieces, quoted};

fn list(bytes: impl Iterator<Item = u8>) -> String {
    bytes.map(|byte| byte.to_string()).collect::<Vec<_>>().join(",")
}

/// Appends spaces up to a multiple of `count` bytes.
fn padded(command: &str, count: usize) -> Vec<u8> {
    let mut bytes = command.as_bytes().to_vec();
    bytes.resize(bytes.len().next_multiple_of(count), b' ');
    bytes
}

/// A new alias of the command, or of the one that runs it.
pub(super) fn own_alias(command: &str, dice: &mut Dice) -> String {
    let set = *dice.pick(&[
        "Set-Alias q #",
        "sal q #",
        "New-Alias -Name q -Value # -Force",
        "$alias:q=#",
    ]);
    match name_and_rest(command) {
        Some((name, rest)) => {
            format!("{};q{rest}", set.replace('#', &format!("({})", concatenation(name, dice))))
        }
        None => format!("{};q {}", set.replace('#', "('i'+'ex')"), quoted(command)),
    }
}

pub(super) fn execution_context(command: &str, dice: &mut Dice) -> String {
    let context = *dice.pick(&[
        "$ExecutionContext",
        "(Get-Variable Ex*xt -ValueOnly)",
        "(gv ex*ontext).Value",
    ]);
    let script = concatenation(command, dice);
    match (dice.below(3), name_and_rest(command)) {
        (0, Some((name, rest))) => {
            format!("&{context}.InvokeCommand.GetCmdlet({}){rest}", concatenation(name, dice))
        }
        (0 | 1, _) => format!("{context}|%{{$_.InvokeCommand.InvokeScript(({script}))}}"),
        _ => format!("({script})|%{{{context}.InvokeCommand.InvokeScript($_)}}"),
    }
}

pub(super) fn piped_function(command: &str, dice: &mut Dice) -> String {
    let key = dice.range(1, 9) as u8;
    let codes = list(command.bytes().map(|byte| byte ^ key));
    let iex = iex(dice);
    match dice.below(3) {
        0 => format!("filter d{{[char]($_ -bxor {key})}};{iex} (-join({codes}|d))"),
        1 => format!("function d{{process{{[char]($_ -bxor {key})}}}};{iex} (-join({codes}|d))"),
        _ => format!(
            "function d($k){{begin{{$o=''}}process{{$o+=[char]($_ -bxor $k)}}end{{$o}}}};{iex} ({codes}|d {key})"
        ),
    }
}

pub(super) fn data_format(command: &str, dice: &mut Dice) -> String {
    let iex = iex(dice);
    match dice.below(4) {
        0 => {
            let json = serde_json::json!({ "a": 1, "b": { "c": pieces(command, dice) } });
            format!("{iex} (({}|ConvertFrom-Json).b.c -join '')", quoted(&json.to_string()))
        }
        1 => {
            format!("{iex} (-join((ConvertFrom-Json '[{}]')|%{{[char]$_}}))", list(command.bytes()))
        }
        2 => {
            let rows: String = command.bytes().map(|byte| format!("\n{byte};x")).collect();
            format!(
                "{iex} (-join('b;c{rows}'|ConvertFrom-Csv -Delimiter ';'|%{{[char][int]$_.b}}))"
            )
        }
        _ => {
            let data = format!("a=1\nb={}", command.replace('\\', "\\\\"));
            format!("{iex} (ConvertFrom-StringData {}).b", quoted(&data))
        }
    }
}

pub(super) fn addresses(command: &str, dice: &mut Dice) -> String {
    let iex = iex(dice);
    match dice.below(3) {
        0 => {
            let guid = |bytes: &[u8]| {
                let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
                let hex: String = order.map(|at: usize| format!("{:02x}", bytes[at])).concat();
                format!(
                    "'{}-{}-{}-{}-{}'",
                    &hex[..8],
                    &hex[8..12],
                    &hex[12..16],
                    &hex[16..20],
                    &hex[20..]
                )
            };
            let guids: Vec<String> = padded(command, 16).chunks(16).map(guid).collect();
            format!("{iex} (-join({}|%{{[char[]]([guid]$_).ToByteArray()}}))", guids.join(","))
        }
        1 => {
            let address =
                |bytes: &[u8]| format!("'{}.{}.{}.{}'", bytes[0], bytes[1], bytes[2], bytes[3]);
            let addresses: Vec<String> = padded(command, 4).chunks(4).map(address).collect();
            format!(
                "{iex} (-join({}|%{{([ipaddress]$_).GetAddressBytes()}}|%{{[char]$_}}))",
                addresses.join(",")
            )
        }
        _ => {
            let number = |bytes: &[u8]| {
                i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).to_string()
            };
            let numbers: Vec<String> = padded(command, 4).chunks(4).map(number).collect();
            format!(
                "{iex} (-join({}|%{{[BitConverter]::GetBytes($_)}}|%{{[char]$_}}))",
                numbers.join(",")
            )
        }
    }
}

pub(super) fn large_number(command: &str, dice: &mut Dice) -> String {
    let hex: String = command.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "{} ([Text.Encoding]::ASCII.GetString(([bigint]::Parse('0{hex}','AllowHexSpecifier')).ToByteArray()[{}..0]))",
        iex(dice),
        command.len() - 1
    )
}

pub(super) fn fractions(command: &str, dice: &mut Dice) -> String {
    let iex = iex(dice);
    if dice.chance(0.5) {
        let codes: Vec<String> =
            command.bytes().map(|byte| format!("{:.1}", f64::from(byte) * 2.5)).collect();
        return format!("{iex} (-join({}|%{{[char][int]($_/2.5)}}))", codes.join(","));
    }
    let codes: Vec<String> = command
        .bytes()
        .map(|byte| (u32::from(byte) * 10 + dice.below(10) as u32).to_string())
        .collect();
    format!("{iex} (-join({}|%{{[char][int][math]::Floor($_/10)}}))", codes.join(","))
}

pub(super) fn sorted_entries(command: &str, dice: &mut Dice) -> String {
    let mut entries: Vec<(usize, String)> = pieces(command, dice).into_iter().enumerate().collect();
    let middle = dice.below(entries.len());
    entries.rotate_left(middle);
    let entries: Vec<String> =
        entries.iter().map(|(at, piece)| format!("{at}={}", quoted(piece))).collect();
    let by = *dice.pick(&["Name", "-Property Key", "{$_.Name}"]);
    format!(
        "{} (-join(@{{{}}}.GetEnumerator()|Sort-Object {by}|%{{$_.Value}}))",
        iex(dice),
        entries.join(";")
    )
}
