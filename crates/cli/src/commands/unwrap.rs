//! `scriptscope unwrap`: prints every text hidden in a script.

use super::{FOUND, NOTHING_FOUND};
use crate::accepted::UNWRAP;
use crate::args::UnwrapArgs;
use crate::choice::OutputFormat;
use crate::console::Console;
use crate::failed::Failed;
use crate::logs::{EMPTY_STDIN, protect};
use crate::settings::Settings;
use crate::terminal::{Style, json_line, plural, visible, visible_lines};
use scriptscope_scan::cause;
use std::fs;
use std::io::{self, Read};

pub(crate) fn unwrap(args: UnwrapArgs) -> Result<u8, Failed> {
    let UnwrapArgs { file, format, output, quiet, color } = args;
    let settings = Settings { format, output, quiet, color, ..Settings::default() };
    let format = UNWRAP.format(&settings)?;
    let console = Console::new(&settings);
    protect(&settings, std::slice::from_ref(&file))?;
    let is_stdin = crate::logs::is_stdin(&file);
    let bytes = if is_stdin {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(&file)
    };
    let bytes =
        bytes.map_err(|error| Failed::Refused(format!("{}: {}", file.display(), cause(&error))))?;
    if is_stdin && bytes.is_empty() {
        return Err(Failed::Refused(EMPTY_STDIN.to_owned()));
    }
    let hidden = scriptscope::unwrap(&decode(&bytes));
    if format == OutputFormat::Json {
        console.write(json_line(&hidden).as_bytes())?;
    } else {
        let mut text = String::new();
        for view in hidden.iter().filter(|view| view.view != LIMIT) {
            text.push_str(&console.out.paint(Style::Bold, &format!("# {}", view.view)));
            text.push('\n');
            for step in view.steps.iter().take(STEPS) {
                let (before, after) = (line(&step.before), line(&step.after));
                let step = format!("#   {before} => {after}\n");
                text.push_str(&console.out.paint(Style::Dim, &step));
            }
            if let Some(more) = view.steps.len().checked_sub(STEPS).filter(|more| *more > 0) {
                text.push_str(&format!("#   and {} more\n", plural(more as u64, "step")));
            }
            // A program gets the text unchanged. On a terminal, nothing in it may act.
            let shown = view.text.replace("\r\n", "\n");
            text.push_str(&if console.is_terminal { visible_lines(&shown) } else { shown });
            text.push('\n');
        }
        console.write(text.as_bytes())?;
        if hidden.is_empty() {
            console.note("scriptscope: no hidden text was found");
        }
    }
    for limit in hidden.iter().filter(|view| view.view == LIMIT) {
        console.note(&format!("scriptscope: {}", limit.text));
    }
    Ok(if hidden.is_empty() { NOTHING_FOUND } else { FOUND })
}

/// Name of the entry that says what limits leave out.
const LIMIT: &str = "limit";

/// Steps of a view that are printed. The JSON has all.
const STEPS: usize = 20;

/// Characters of a piece of a script that are printed.
const PIECE: usize = 100;

/// Returns the beginning of a piece of a script on one line, in which nothing acts on a terminal.
fn line(piece: &str) -> String {
    let shown: String = piece.chars().take(PIECE).collect();
    let end = if shown.len() < piece.len() { "…" } else { "" };
    format!("{}{end}", visible(&shown))
}

/// Decodes a script in UTF-16, which Windows PowerShell writes, or in UTF-8.
fn decode(bytes: &[u8]) -> String {
    let units = |bytes: &[u8], swap: bool| {
        let units = bytes.chunks_exact(2).map(|pair| {
            let unit = pair.try_into().map_or(0, u16::from_le_bytes);
            if swap { unit.swap_bytes() } else { unit }
        });
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => units(rest, false),
        [0xFE, 0xFF, rest @ ..] => units(rest, true),
        [first, 0, ..] if *first != 0 => units(bytes, false),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_read_in_the_encodings_that_powershell_writes() {
        let utf16: Vec<u8> = "\u{feff}é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}é".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&utf16, &big, "\u{feff}é".as_bytes(), "é".as_bytes()] {
            assert_eq!(decode(bytes), "é");
        }
        assert_eq!(decode(b"a\0b\0"), "ab");
    }
}
