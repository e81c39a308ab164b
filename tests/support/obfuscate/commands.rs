//! Ways to write a command without its name, and to run a script that is a string.

use super::Dice;
use super::strings::{self, base64_utf16, quoted, random_case};

/// Runs an expression whose value is a script.
pub(super) fn run(expression: &str, dice: &mut Dice) -> String {
    let iex = iex(dice);
    match dice.below(7) {
        0 | 1 => format!("{iex} {expression}"),
        2 => format!("{expression}|{iex}"),
        3 => format!("{expression} | {iex}"),
        4 => {
            let name = format!("$s{}", dice.below(100));
            format!("{name} = {expression}; {iex} {name}")
        }
        5 => format!("&([scriptblock]::Create({expression}))"),
        _ => format!("$ExecutionContext.InvokeCommand.InvokeScript({expression})"),
    }
}

/// Returns one of the ways to write `iex`.
pub(super) fn iex(dice: &mut Dice) -> String {
    let call = *dice.pick(&["&", ".", "& ", ". "]);
    match dice.below(4) {
        0 => random_case("iex", dice),
        1 => random_case("Invoke-Expression", dice),
        2 => format!("{call}('i'+'ex')"),
        _ => HIDDEN[dice.below(HIDDEN.len())].replace('&', call),
    }
}

const HIDDEN: &[&str] = &[
    "&($ShellId[1]+$ShellId[13]+'x')",
    "&($PSHome[4]+$PSHome[30]+'x')",
    "&($env:ComSpec[4,26,25]-join'')",
    "&($env:ComSpec[4,24,25]-join'')",
    "&((Get-Variable '*mdr*').Name[3,11,2]-join'')",
    "&((gv *mdr*).name[3,11,2]-JOIN'')",
    "&(([string]$VerbosePreference)[1,3]+'x'-join'')",
    "&($VerbosePreference.ToString()[1,3]+'x'-Join'')",
    "&($env:PUBLIC[13]+$env:PUBLIC[5]+'x')",
    "&(gal iex)",
    "&(gcm i*x)",
    "&(Get-Alias IE*)",
    "&(Get-Command 'Invoke-Expr*')",
    "&('{1}{0}'-f'X','IE')",
    "&`i`E`x",
];

/// The script behind a hidden `iex`: rules look for the name.
pub(super) fn hidden_iex(command: &str, dice: &mut Dice) -> String {
    loop {
        let iex = iex(dice);
        if iex.contains(['&', '.']) {
            return format!("{iex} {}", quoted(command));
        }
    }
}

/// Divides a command that begins with a name into the name and its arguments.
pub(super) fn name_and_rest(command: &str) -> Option<(&str, &str)> {
    let (name, rest) = command.split_at(command.find(' ')?);
    name.starts_with(|char: char| char.is_ascii_alphabetic()).then_some((name, rest))
}

/// Inserts backticks before letters that make no escape sequence.
fn ticked(word: &str, dice: &mut Dice) -> String {
    let mut out = String::new();
    for (index, char) in word.chars().enumerate() {
        let safe = char.is_ascii_alphabetic() && !"abefnrtuv0".contains(char);
        if index > 0 && safe && dice.chance(0.5) {
            out.push('`');
        }
        out.push(char);
    }
    out
}

pub(super) fn backticks(command: &str, dice: &mut Dice) -> String {
    match name_and_rest(command) {
        Some((name, rest)) => format!("{}{rest}", ticked(&random_case(name, dice), dice)),
        None => {
            let text = command
                .replace("Download", "\"Down`Load")
                .replace("String(", "`String\"(")
                .replace("File(", "F`i`le\"(");
            if text == command { strings_in_method(command, dice) } else { text }
        }
    }
}

/// Obfuscates the strings in single quotes of a command.
fn strings_in_method(command: &str, dice: &mut Dice) -> String {
    let mut out = String::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            out += &strings::concatenation(part, dice);
        } else {
            out += part;
        }
    }
    if out == command {
        out = command.replace(
            "GetDelegateForFunctionPointer",
            "('GetDelegateFor'+'FunctionPointer').Invoke",
        );
    }
    out
}

pub(super) fn quotes_in_word(command: &str, dice: &mut Dice) -> String {
    let Some((name, rest)) = name_and_rest(command) else {
        return strings_in_method(command, dice);
    };
    let at = dice.range(1, name.len());
    let quotes = *dice.pick(&["''", "\"\"", "''\"\"", "\"\"''"]);
    format!("{}{quotes}{}{rest}", &name[..at], &name[at..])
}

pub(super) fn called_string(command: &str, dice: &mut Dice) -> String {
    let Some((name, rest)) = name_and_rest(command) else {
        return strings_in_method(command, dice);
    };
    let call = *dice.pick(&["&", "& ", ".", ". "]);
    let name = match dice.below(3) {
        0 => format!("'{name}'"),
        1 => format!("\"{name}\""),
        _ => format!("('{name}')"),
    };
    format!("{call}{name}{rest}")
}

/// Returns an expression for a name, of a kind drawn at random.
fn expression(name: &str, dice: &mut Dice) -> String {
    let kinds: [fn(&str, &mut Dice) -> String; 12] = [
        strings::concatenation,
        strings::spaced_concatenation,
        strings::format,
        strings::reversed_by_index,
        strings::char_list,
        strings::char_sum,
        strings::numbers_in_loop,
        strings::replace_operator,
        strings::replace_methods,
        strings::split_and_join,
        strings::members,
        strings::static_methods,
    ];
    let kind = kinds[dice.below(kinds.len())];
    kind(name, dice)
}

pub(super) fn called_expression(command: &str, dice: &mut Dice) -> String {
    let Some((name, rest)) = name_and_rest(command) else {
        return strings_in_method(command, dice);
    };
    let call = *dice.pick(&["&", "& ", ".", ". "]);
    format!("{call}{}{rest}", expression(name, dice))
}

pub(super) fn variables(command: &str, dice: &mut Dice) -> String {
    let Some((name, rest)) = name_and_rest(command) else {
        return strings_in_method(command, dice);
    };
    let at = dice.range(1, name.len());
    let (head, tail) = (&name[..at], &name[at..]);
    match dice.below(6) {
        0 => format!("$a='{head}';$b='{tail}';&($a+$b){rest}"),
        1 => format!("$a=\"{head}\"\n$b = \"{tail}\"\n&\"$a$b\"{rest}"),
        2 => format!("${{x y}}='{head}'; & \"${{x y}}{tail}\"{rest}"),
        3 => format!("$p = '{head}','{tail}'; .($p -join ''){rest}"),
        4 => format!("$global:q='{name}';& $q{rest}"),
        _ => format!("$f='{{1}}{{0}}';&($f -f '{tail}','{head}'){rest}"),
    }
}

pub(super) fn appended_variable(command: &str, dice: &mut Dice) -> String {
    let pieces = strings::pieces(command, dice);
    let mut out = format!("$c = {};", quoted(&pieces[0]));
    for piece in &pieces[1..] {
        out += &format!("$c += {};", quoted(piece));
    }
    format!("{out}{} $c", iex(dice))
}

pub(super) fn set_variable(command: &str, dice: &mut Dice) -> String {
    let Some((name, rest)) = name_and_rest(command) else {
        return strings_in_method(command, dice);
    };
    let at = dice.range(1, name.len());
    let (head, tail) = (&name[..at], &name[at..]);
    match dice.below(4) {
        0 => format!("Set-Variable a '{head}';&($a+'{tail}'){rest}"),
        1 => format!("sv -Name b -Value '{head}'; & ((Get-Variable b).Value+'{tail}'){rest}"),
        2 => format!("Set-Item Variable:z '{head}';&((gv z -ValueOnly)+'{tail}'){rest}"),
        _ => format!("$env:zz='{head}';&(\"$env:zz\"+'{tail}'){rest}"),
    }
}

pub(super) fn command_wildcard(command: &str, dice: &mut Dice) -> String {
    let builtin = [
        "Enable-PSRemoting",
        "New-LocalUser",
        "Set-MpPreference",
        "Add-MpPreference",
        "Invoke-WebRequest",
        "Start-BitsTransfer",
        "Stop-Service",
        "Register-ScheduledTask",
        "Compress-Archive",
        "Set-ExecutionPolicy",
        "Invoke-Command",
    ];
    match name_and_rest(command) {
        Some((name, rest)) if builtin.contains(&name) => {
            let get = *dice.pick(&["gcm", "Get-Command", "COMMAND"]);
            let pattern = match name {
                "Enable-PSRemoting" => "En*-PSR*g",
                "New-LocalUser" => "New-Loc*User",
                "Set-MpPreference" => "Set-MpP*nce",
                "Add-MpPreference" => "*dd-MpPref*",
                "Invoke-WebRequest" => "I*e-W*Req*",
                "Start-BitsTransfer" => "Sta*-BitsTr*",
                "Stop-Service" => "Stop-Serv*",
                "Register-ScheduledTask" => "Reg*r-ScheduledTask",
                "Compress-Archive" => "Compress-Arch*",
                "Set-ExecutionPolicy" => "Set-Exec*icy",
                _ => "Inv*e-Comm*",
            };
            let pattern = match dice.below(3) {
                0 => pattern.to_owned(),
                1 => format!("'{pattern}'"),
                _ => strings::concatenation(pattern, dice),
            };
            format!("&({get} {pattern}){rest}")
        }
        _ => strings_in_method(command, dice).replace("New-Object", "&(gcm N*-Obj*t)"),
    }
}

pub(super) fn encoded_command(command: &str, dice: &mut Dice) -> String {
    let data = base64_utf16(command);
    let switch =
        *dice.pick(&["-enc", "-e", "-EncodedCommand", "–enc", "/e", "-EnC", "\"-enc\"", "-e`nc"]);
    format!("powershell{} -nop {switch} {data}", dice.pick(&["", ".exe"]))
}

pub(super) fn carets(command: &str, dice: &mut Dice) -> String {
    let mut out = String::new();
    for (index, char) in command.chars().enumerate() {
        if index > 0 && char.is_ascii_alphabetic() && dice.chance(0.3) {
            out.push('^');
        }
        out.push(char);
    }
    match dice.below(2) {
        0 if !command.contains(['|', '(', '\'', '{', '$', ',', '@', ';']) => {
            format!("cmd /c powershell {out}")
        }
        _ => format!("cmd.exe /c {}", quoted(&format!("powershell {out}"))),
    }
}

pub(super) fn cmd_set(command: &str, dice: &mut Dice) -> String {
    let at = dice.range(1, command.len());
    let (head, tail) = command.split_at(at);
    let text = match dice.below(3) {
        0 => format!("set a={head}&&set b={tail}&&call powershell %a%%b%"),
        1 => format!("set x1={head}& set y={tail}& call powershell -c \"%x1%%y%\""),
        _ => format!("\"set q={head}&&set w={tail}&&cmd /V:ON /c powershell !q!!w!\""),
    };
    format!("cmd /c {}", quoted(&text))
}

pub(super) fn unicode_dashes(command: &str, dice: &mut Dice) -> String {
    let dash = *dice.pick(&["–", "—", "―"]);
    if name_and_rest(command).is_some_and(|(name, rest)| name.contains('-') || rest.contains(" -"))
    {
        return command.replace('-', dash);
    }
    format!("powershell {dash}EncodedCommand {}", base64_utf16(command))
}

pub(super) fn curly_quotes(command: &str, dice: &mut Dice) -> String {
    let pieces = strings::pieces(command, dice);
    let (open, close) = *dice.pick(&[("‘", "’"), ("“", "”"), ("‚", "‛"), ("„", "“")]);
    let single = matches!(open, "‘" | "‚");
    let literal = |piece: &String| {
        if single || piece.contains(['$', '"', '`']) {
            format!("‘{}’", piece.replace('\'', "''"))
        } else {
            format!("{open}{piece}{close}")
        }
    };
    let sum: Vec<String> = pieces.iter().map(literal).collect();
    format!("iex ({})", sum.join("+"))
}

pub(super) fn script_block(command: &str, dice: &mut Dice) -> String {
    let inner = called_expression(command, dice);
    match dice.below(4) {
        0 => format!("&{{{inner}}}"),
        1 => format!(".{{ {inner} }}"),
        2 => format!("if ($true) {{ {inner} }}"),
        _ => format!("try {{ {inner} }} catch {{ }}"),
    }
}

/// Obfuscates the arguments of a command.
pub(super) fn arguments(command: &str, dice: &mut Dice) -> String {
    let Some((name, rest)) = name_and_rest(command) else {
        return strings_in_method(command, dice);
    };
    let simple = |word: &str| {
        word.len() > 3
            && word
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '\\' | ':' | '_'))
            && word.starts_with(|char: char| char.is_ascii_alphabetic())
    };
    let words: Vec<String> = rest
        .split(' ')
        .map(
            |word| if simple(word) { expression(word, dice) } else { ticked_parameter(word, dice) },
        )
        .collect();
    format!("{name}{}", words.join(" "))
}

fn ticked_parameter(word: &str, dice: &mut Dice) -> String {
    if word.starts_with('-') { ticked(word, dice) } else { word.to_owned() }
}
