//! The scripts that a command line of Windows runs: what `cmd.exe` makes of carets, variables and loops, and what
//! `powershell.exe` takes from its arguments.

use crate::limits;
use crate::script::lexer::words::is_dash;
use std::collections::HashMap;

/// Returns the scripts that a command line hands to PowerShell, or that `cmd.exe` only shows once it has run it.
/// Takes the bytes of its work from `budget`, and stops when none are left.
pub(super) fn scripts(line: &str, budget: &mut usize) -> Vec<String> {
    let mut scripts = Vec::new();
    launched(line.trim(), &HashMap::new(), 0, budget, &mut scripts);
    scripts
}

/// Depth to which command lines run others.
const DEPTH: usize = 4;

/// Adds the scripts of one command.
fn launched(
    line: &str,
    variables: &HashMap<String, String>,
    depth: usize,
    budget: &mut usize,
    scripts: &mut Vec<String>,
) {
    *budget = budget.saturating_sub(line.len());
    if depth > DEPTH || scripts.len() >= limits::SCRIPT_STRINGS || *budget == 0 {
        return;
    }
    let (program, rest) = program(line);
    match program.as_str() {
        "powershell" | "pwsh" => {
            let Some(script) = script_of_arguments(rest) else { return };
            let lower = script.to_lowercase();
            for (name, value) in variables {
                if lower.contains(&format!("env:{name}")) || lower.contains(&format!("'{name}'")) {
                    scripts.push(value.clone());
                }
            }
            // Nothing, or the standard input.
            if script.len() >= limits::SCRIPT_STRING_BYTES {
                scripts.push(script);
            }
        }
        "cmd" => {
            let Some(rest) = line_of_cmd(rest) else { return };
            let mut shell = Shell::new(rest, *budget);
            shell.run(rest, 0);
            *budget -= (*budget).min(shell.given - shell.budget);
            for command in shell.commands {
                launched(command.trim(), &shell.variables, depth + 1, budget, scripts);
            }
        }
        "echo" => scripts.push(rest.trim().to_owned()),
        _ => {
            // Another program that runs PowerShell.
            let lower = line.to_ascii_lowercase();
            let found =
                lower.find("powershell").or_else(|| lower.find("pwsh")).filter(|at| *at > 0);
            match found.and_then(|at| Some((line.get(..at)?, line.get(at..)?))) {
                Some((before, from)) => {
                    let is_quoted = quotes(before) % 2 == 1;
                    let inner = if is_quoted { up_to_quote(from) } else { from.to_owned() };
                    launched(&inner, variables, depth + 1, budget, scripts);
                }
                None if depth > 0 => scripts.push(line.to_owned()),
                None => (),
            }
        }
    }
}

/// Returns the name of the program in lower case, without its folder and `.exe`, and its arguments.
fn program(line: &str) -> (String, &str) {
    let (name, rest) = match line.strip_prefix('"').and_then(|line| line.split_once('"')) {
        Some(parts) => parts,
        None => {
            let end = line.find([' ', '\t', '"', '/']).unwrap_or(line.len());
            line.split_at_checked(end).unwrap_or((line, ""))
        }
    };
    let name = name.rsplit(['\\', '/']).next().unwrap_or(name).to_ascii_lowercase();
    (name.strip_suffix(".exe").unwrap_or(&name).to_owned(), rest)
}

/// Returns the number of quotation marks that no backslash escapes.
fn quotes(text: &str) -> usize {
    text.match_indices('"')
        .filter(|(at, _)| !text.get(..*at).unwrap_or_default().ends_with('\\'))
        .count()
}

/// Returns the text up to the quotation mark that ends it; two of them are one, as in VBScript.
fn up_to_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if chars.next_if_eq(&'"').is_some() => out.push('"'),
            '"' if out.ends_with('\\') => out.push('"'),
            '"' => break,
            _ => out.push(char),
        }
    }
    out
}

/// Returns the script among the arguments of PowerShell: all that follows its options.
fn script_of_arguments(line: &str) -> Option<String> {
    let mut words = split_arguments(line).into_iter().flat_map(|word| {
        // Options that are quoted together, as `rundll32` passes them.
        let is_options = word.starts_with(is_dash) && word.contains(' ');
        if is_options { word.split_whitespace().map(str::to_owned).collect() } else { vec![word] }
    });
    let mut script = Vec::new();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix(|char| is_dash(char) || char == '/') else {
            if word.trim().is_empty() {
                continue;
            }
            script.push(word);
            break;
        };
        let option = option.to_ascii_lowercase();
        let is = |name: &str| !option.is_empty() && name.starts_with(&option);
        if is("command") {
            break;
        }
        if option == "ec" || is("encodedcommand") || is("file") {
            return None;
        }
        let takes_value = option == "ep"
            || [
                "windowstyle",
                "executionpolicy",
                "version",
                "inputformat",
                "outputformat",
                "psconsolefile",
                "configurationname",
                "workingdirectory",
            ]
            .iter()
            .any(|name| is(name));
        if takes_value {
            words.next();
        }
    }
    script.extend(words);
    Some(script.join(" "))
}

/// Splits arguments as programs of Windows do: at white space outside of quotation marks; a backslash before one escapes it.
fn split_arguments(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if chars.next_if_eq(&'"').is_some() => word.get_or_insert_default().push('"'),
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            _ if char.is_whitespace() && !is_quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    words
}

/// Returns the command line that `cmd.exe` runs: what follows `/c` or `/k`, without the quotation marks around it.
fn line_of_cmd(arguments: &str) -> Option<&str> {
    let mut rest = arguments
        .trim_start_matches(|char: char| char.is_whitespace() || matches!(char, ',' | ';' | '='));
    loop {
        let option = rest.strip_prefix('/')?;
        let option = option.trim_start_matches('^');
        let letter = option.chars().next()?;
        let after = option.get(letter.len_utf8()..)?;
        if matches!(letter, 'c' | 'C' | 'k' | 'K' | 'r' | 'R') {
            rest = after.trim();
            break;
        }
        let end = after.find([' ', '\t', '/', '"']).unwrap_or(after.len());
        rest = after.get(end..)?.trim_start();
    }
    let inner = rest.strip_prefix('"').map(|inner| inner.strip_suffix('"').unwrap_or(inner));
    Some(inner.unwrap_or(rest))
}

/// Returns a line without carets, with the variables that it sets; `None` if it stays as it is.
pub(super) fn undo(line: &str) -> Option<String> {
    let mut plain = without_carets(line);
    let mut shell = Shell::new(line, limits::COMMAND_LINE_WORK);
    shell.run(line.trim_matches('"'), 0);
    if !shell.variables.is_empty() {
        plain = shell.expand(&plain).unwrap_or(plain);
    }
    (plain != line).then_some(plain)
}

/// A `cmd.exe` that only sets variables, counts and compares.
struct Shell {
    variables: HashMap<String, String>,
    /// The other commands, expanded.
    commands: Vec<String>,
    /// Bytes that may still be read and written, and their number at the start.
    budget: usize,
    given: usize,
}

impl Shell {
    fn new(line: &str, most: usize) -> Self {
        let budget = line.len().saturating_mul(limits::FOLD_FACTOR * 8).max(limits::VIEW_MIN_BYTES);
        let budget = budget.min(limits::COMMAND_LINE_WORK).min(most);
        Self { variables: HashMap::new(), commands: Vec::new(), budget, given: budget }
    }

    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.budget.checked_sub(bytes + 1);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// Runs commands that `&` and `|` join.
    fn run(&mut self, line: &str, depth: usize) {
        let mut rest = line;
        while !rest.is_empty() && self.spend(0) {
            rest = rest.trim_start_matches(|char: char| {
                char.is_whitespace() || matches!(char, ',' | ';' | '@' | '(' | '=' | '&' | '|')
            });
            let (word, after) = word(rest);
            if word == "for" && depth < DEPTH {
                // The rest of the line is the loop's body.
                if self.run_loop(after, depth).is_some() {
                    return;
                }
            }
            if word == "if"
                && depth < DEPTH
                && let Some((holds, body)) = self.condition(after)
            {
                if holds {
                    self.run(&body, depth + 1);
                }
                return;
            }
            let end = command_end(rest);
            let (command, next) = rest.split_at_checked(end).unwrap_or((rest, ""));
            self.execute(command);
            rest = next;
        }
    }

    fn execute(&mut self, command: &str) {
        let command = without_carets(command);
        let Some(command) = self.expand(&command) else { return };
        let (word, rest) = word(&command);
        match word.as_str() {
            "set" => {
                let rest = rest.trim_start().trim_start_matches('"');
                if let Some((name, value)) = rest.split_once('=') {
                    let value = if command.contains("\"") && !rest.starts_with('"') {
                        value.trim_end_matches('"')
                    } else {
                        value
                    };
                    self.variables.insert(name.trim().to_lowercase(), value.to_owned());
                }
            }
            // `call` expands once more.
            "call" => self.execute(rest),
            "" => (),
            _ if self.commands.len() < limits::SCRIPT_STRINGS => self.commands.push(command),
            _ => (),
        }
    }

    /// Runs `[/L] %x in (…) do …`. `None` if it has another form.
    fn run_loop(&mut self, text: &str, depth: usize) -> Option<()> {
        let (head, rest) = text.split_once('(')?;
        let (list, rest) = rest.split_once(')')?;
        let head = without_carets(head).to_ascii_lowercase();
        let is_counted = head.contains("/l");
        let name = head.split('%').next_back()?.chars().next()?;
        let (word, body) =
            word(rest.trim_start_matches(|char: char| {
                char.is_whitespace() || matches!(char, ',' | ';')
            }));
        if word != "do" || !head.contains('%') {
            return None;
        }
        let list = self.expand(&without_carets(list))?;
        let items = list.split([' ', ',', ';', '=', '\t']).filter(|item| !item.is_empty());
        let body = without_carets(body);
        let run = |shell: &mut Self, item: &str| {
            if !shell.spend(body.len()) {
                return false;
            }
            let body = replace_loop_variable(&body, name, item);
            shell.run(&body, depth + 1);
            true
        };
        if !is_counted {
            items.take_while(|item| run(self, item)).for_each(drop);
            return Some(());
        }
        let numbers: Vec<i64> = items.filter_map(|item| item.parse().ok()).collect();
        let [start, step, end] = numbers.as_slice() else { return None };
        let mut at = *start;
        while *step != 0 && if *step > 0 { at <= *end } else { at >= *end } {
            if !run(self, &at.to_string()) {
                break;
            }
            at = at.checked_add(*step)?;
        }
        Some(())
    }

    /// Returns whether the condition of an `if` holds, and what runs then. `None` if it has another form.
    fn condition(&mut self, text: &str) -> Option<(bool, String)> {
        let text = self.expand(&without_carets(text))?;
        let mut rest = text.trim_start();
        let mut negated = false;
        let mut caseless = false;
        loop {
            let (word, after) = word(rest);
            if word == "not" {
                negated = !negated;
                rest = after.trim_start();
            } else if let Some(after) = rest.strip_prefix("/i").or(rest.strip_prefix("/I")) {
                caseless = true;
                rest = after.trim_start();
            } else {
                break;
            }
        }
        let end = rest.find([' ', '='])?;
        let (left, after) = rest.split_at_checked(end)?;
        let after = after.trim_start();
        let (operator, after) = match after.strip_prefix("==") {
            Some(after) => ("==".to_owned(), after),
            None => word(after),
        };
        let after = after.trim_start();
        let end = after.find(' ')?;
        let (right, body) = after.split_at_checked(end)?;
        let fold = |text: &str| if caseless { text.to_lowercase() } else { text.to_owned() };
        let (left, right) = (fold(left.trim_matches('"')), fold(right.trim_matches('"')));
        let order = match (left.parse::<i64>(), right.parse::<i64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(&right),
        };
        let holds = match operator.as_str() {
            "==" | "equ" => order.is_eq(),
            "neq" => order.is_ne(),
            "lss" => order.is_lt(),
            "leq" => order.is_le(),
            "gtr" => order.is_gt(),
            "geq" => order.is_ge(),
            _ => return None,
        };
        Some((holds != negated, body.to_owned()))
    }

    /// Replaces `%name%` and `!name!`, of which `:~1,2` is a part and `:a=b` a replacement.
    fn expand(&mut self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['%', '!']) {
            let (before, from) = rest.split_at_checked(at)?;
            out.push_str(before);
            let mark = from.get(..1)?;
            let after = from.get(1..)?;
            let named = after.split_once(mark).filter(|(name, _)| !name.is_empty());
            let value = named.and_then(|(name, next)| Some((self.value(name, mark)?, next)));
            match value {
                Some((value, next)) => {
                    if !self.spend(value.len()) {
                        return None;
                    }
                    out.push_str(&value);
                    rest = next;
                }
                None => {
                    out.push_str(mark);
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        self.spend(out.len()).then_some(out)
    }

    /// Returns the value of a name between two marks. What is not set is nothing between exclamation marks.
    fn value(&self, name: &str, mark: &str) -> Option<String> {
        let (name, form) = name.split_once(':').unwrap_or((name, ""));
        let key = name.trim().to_lowercase();
        let is_name = !key.is_empty()
            && key.chars().all(|char| !char.is_whitespace() && !"&|<>%!\"'()".contains(char));
        let value = match self.variables.get(&key) {
            Some(value) => value.as_str(),
            None if mark == "!" && is_name && !self.variables.is_empty() => "",
            None => return None,
        };
        if form.is_empty() {
            return Some(value.to_owned());
        }
        if let Some(range) = form.strip_prefix('~').filter(|range| !range.starts_with('=')) {
            let (start, len) = range.split_once(',').unwrap_or((range, ""));
            let chars: Vec<char> = value.chars().collect();
            let count = i64::try_from(chars.len()).ok()?;
            let start: i64 = start.trim().parse().ok()?;
            let start = if start < 0 { (count + start).max(0) } else { start.min(count) };
            let end = match len.trim() {
                "" => count,
                len => match len.parse::<i64>().ok()? {
                    len if len < 0 => count + len,
                    len => start.saturating_add(len).min(count),
                },
            };
            let range = usize::try_from(start).ok()?..usize::try_from(end.max(start)).ok()?;
            return Some(chars.get(range)?.iter().collect());
        }
        let (old, new) = form.split_once('=')?;
        Some(replace_caseless(value, old, new))
    }
}

/// Returns the first word in lower case, without carets, and what follows it.
fn word(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let end =
        text.find(|char: char| !char.is_ascii_alphabetic() && char != '^').unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (word.replace('^', "").to_ascii_lowercase(), rest)
}

/// Returns the offset of the `&` or `|` that ends a command: outside of quotation marks, and not after a caret.
fn command_end(text: &str) -> usize {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '^' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '&' | '|' if !is_quoted => return at,
            _ => (),
        }
    }
    text.len()
}

fn without_carets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        out.extend(if char == '^' { chars.next() } else { Some(char) });
    }
    out
}

/// Replaces `%x` and `%%x`.
fn replace_loop_variable(text: &str, name: char, value: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let inner = after.strip_prefix('%').unwrap_or(after);
        match inner.strip_prefix(|char: char| char.eq_ignore_ascii_case(&name)) {
            Some(next) => {
                out.push_str(value);
                rest = next;
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

/// Replaces a text in any case of ASCII letters.
fn replace_caseless(text: &str, old: &str, new: &str) -> String {
    let (lower, sought) = (text.to_ascii_lowercase(), old.to_ascii_lowercase());
    if sought.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (found, _) in lower.match_indices(&sought) {
        out.push_str(text.get(at..found).unwrap_or_default());
        out.push_str(new);
        at = found + old.len();
    }
    out + text.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Vec<String> {
        scripts(line, &mut limits::COMMAND_LINE_WORK.clone())
    }

    #[test]
    fn scripts_are_what_powershell_is_given() {
        for (line, expected) in [
            ("powershell -nop -w hidden -c \"iex ('a'+\\\"b\\\")\"", "iex ('a'+\"b\")"),
            ("powershell.exe -NoP 'In'+'voke-Thing'|iex", "'In'+'voke-Thing'|iex"),
            ("cmd /c \"powershell -ep bypass Get^-Process x\"", "Get-Process x"),
            (
                "cmd.exe /V:ON /C\"set a=Get-Pro&&set b=cess xy&&powershell !a!!b!\"",
                "Get-Process xy",
            ),
            ("cmd /c set a=Get-Pro&&set b=cess xy&&call powershell %a%%b%", "Get-Process xy"),
            (
                "cmd /v /c \"set a=#et-Process yx&&set b=!a:#=G!&&powershell !b:~0,-1!x\"",
                "Get-Process yx",
            ),
            (
                "cmd /v:on /c \"set a=yx ssecorP-teG&&for /L %i in (13,-1,0) do set b=!b!!a:~%i,1!&&if %i equ 0 powershell !b!\"",
                "Get-Process xy",
            ),
            (
                "cmd /v:on /c \"set a=etGProcs-x&&for %i in (2 0 1 8 3 4 5 6 0 7 7 9 9 1337) do set b=!b!!a:~%i,1!&&if %i==1337 powershell !b:~-13!\"",
                "Get-Processxx",
            ),
            ("wmic process call create \"powershell -nop iex ('a'+'b')\"", "iex ('a'+'b')"),
            (
                "mshta VBScript:CreateObject(\"WScript.Shell\").Run(\"powershell iex ('a'+'b')\",1,True)(window.close)",
                "iex ('a'+'b')",
            ),
            (
                "rundll32 SHELL32.DLL,ShellExec_RunDLL powershell \"-nop -w h\" \"iex ('a'+'b')\"",
                "iex ('a'+'b')",
            ),
            ("cmd /c \"echo iex ('a'+'b')|powershell -\"", "iex ('a'+'b')"),
            ("cmd /c \"set x=iex ('a'+'b')&&powershell IEX (GCI env:x).Value\"", "iex ('a'+'b')"),
        ] {
            assert!(of(line).iter().any(|own| own == expected), "{line}: {:?}", of(line));
        }
        for line in ["powershell -enc AAAA", "powershell -file a.ps1", "dir", "cmd"] {
            assert!(of(line).is_empty(), "{line}: {:?}", of(line));
        }
    }

    #[test]
    fn loops_end() {
        for line in [
            "cmd /c for /L %i in (0,1,999999999) do set a=!a!xxxxxxxxxxxxxxxxxxxxxxxx",
            "cmd /c for /L %i in (0,0,1) do echo a",
            "cmd /c for %i in (1 2 3) do for %j in (1 2 3) do for %k in (1 2 3) do for %l in (1 2) do for %m in (1 2) do set a=!a!!a!x",
        ] {
            assert!(of(line).len() <= limits::SCRIPT_STRINGS);
        }
    }
}
