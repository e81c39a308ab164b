//! What `cmd.exe` removes from its command line: carets, and variables that the line itself sets.

use super::Evaluator;
use super::command_line::undo;
use super::value::Value;
use crate::script::parse::{Argument, NodeKind};

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
