//! What `cmd.exe` removes from its command line: carets, and variables that the line itself sets.

use super::Evaluator;
use super::value::Value;
use crate::script::parse::{Argument, NodeKind};
use std::collections::HashMap;

impl Evaluator<'_> {
    /// Shows the command line that `cmd.exe` runs.
    pub(super) fn show_cmd(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            let id = match argument {
                Argument::Value(id) => id,
                Argument::Parameter { range, .. } => {
                    let range = range.start as usize..range.end as usize;
                    let written = self.text.get(range.clone()).unwrap_or_default();
                    if written.contains('^') {
                        self.edit(range, written.replace('^', ""));
                    }
                    continue;
                }
            };
            let value = self.eval(*id);
            let Value::Text(text) = &value else { continue };
            let Some(line) = undo(text) else { continue };
            let range = self.ast.range(*id);
            let line = Value::text(line);
            match self.ast.kind(*id) {
                NodeKind::Word { .. } => self.edit(range, line.to_text().unwrap_or_default()),
                _ => {
                    self.note_script(range.clone(), &line, true);
                    self.show_range(range, &line);
                }
            }
        }
    }
}

/// Returns the line that a line of `cmd.exe` becomes; `None` if it stays as it is.
fn undo(line: &str) -> Option<String> {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        plain.extend(if char == '^' { chars.next() } else { Some(char) });
    }
    let variables = variables(&plain);
    if !variables.is_empty() {
        plain = expand(&plain, &variables);
    }
    (plain != line).then_some(plain)
}

/// Returns the variables that `set name=value` sets.
fn variables(line: &str) -> HashMap<String, &str> {
    let mut variables = HashMap::new();
    for part in line.split('&') {
        let part = part.trim_start().trim_start_matches('"');
        let rest = match part.get(..4) {
            Some(word) if word.eq_ignore_ascii_case("set ") => part.get(4..).unwrap_or_default(),
            _ => continue,
        };
        let rest = rest.trim_start_matches('"');
        if let Some((name, value)) = rest.split_once('=') {
            variables.insert(name.trim().to_lowercase(), value);
        }
    }
    variables
}

/// Replaces `%name%` and `!name!`. The variables are written in the line, so the result is not much longer than it.
fn expand(line: &str, variables: &HashMap<String, &str>) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['%', '!']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let mark = from.get(..1).unwrap_or_default();
        let after = from.get(1..).unwrap_or_default();
        let value = after
            .split_once(mark)
            .and_then(|(name, after)| Some((variables.get(&name.trim().to_lowercase())?, after)));
        match value.filter(|_| out.len() <= line.len() * 4) {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push_str(mark);
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_and_variables_are_undone() {
        for (line, plain) in [
            ("pow^ershell", Some("powershell")),
            ("a^^b", Some("a^b")),
            (
                "set a=pow&&set b=ershell&&call %a%%b%",
                Some("set a=pow&&set b=ershell&&call powershell"),
            ),
            ("\"set q=Get-&&set w=Date&&!q!!W!\"", Some("\"set q=Get-&&set w=Date&&Get-Date\"")),
            ("dir %TEMP%", None),
            ("100%", None),
        ] {
            assert_eq!(undo(line).as_deref(), plain, "{line}");
        }
    }
}
