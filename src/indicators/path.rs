//! File paths, registry keys and named pipes.

use super::host::parse_host;
use super::kind::{IndicatorKind, LeftOut};
use super::scan::{Scanner, is_word_byte};
use crate::limits;
use std::ops::Range;

impl Scanner<'_> {
    /// Reads a registry key whose hive is a word: `HKLM:\…`, `HKEY_LOCAL_MACHINE\…`.
    pub(super) fn registry_key(&mut self, word: &Range<usize>) -> Option<usize> {
        let hive = short_hive(self.part(word.clone()))?;
        let has_colon = self.byte(word.end) == b':';
        let start = word.end + usize::from(has_colon);
        let is_key = matches!(self.byte(start), b'\\' | b'/')
            || (has_colon && self.byte(start).is_ascii_alphabetic());
        if !is_key {
            return None;
        }
        let end = self.extent(word.start, start);
        let key = components(self.part(start..end));
        if !key.is_empty() {
            self.add(IndicatorKind::RegistryKey, &format!("{hive}\\{key}"), None);
        }
        Some(end)
    }

    /// Reads a registry key that .NET opens: `[Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('…'`.
    pub(super) fn sub_key(&mut self, word: &Range<usize>) -> Option<usize> {
        let (hive, method) = self.part(word.clone()).rsplit_once('.')?;
        if self.byte_before(word.start) != b':' {
            return None;
        }
        let hive = hive.rsplit('.').next().unwrap_or(hive);
        let is_right = |name: &&&str| name.eq_ignore_ascii_case(method);
        SUB_KEY_METHODS.iter().find(is_right)?;
        let hive = NET_HIVES.iter().find(|(name, _)| name.eq_ignore_ascii_case(hive))?.1;
        let mut at = word.end;
        while at < word.end + SEPARATOR_BYTES
            && matches!(self.byte(at), b'(' | b' ' | b'\t' | b'\r' | b'\n')
        {
            at += 1;
        }
        let (inside, end) = self.quoted(at)?;
        let key = components(self.part(inside));
        if !key.is_empty() {
            self.add(IndicatorKind::RegistryKey, &format!("{hive}\\{key}"), None);
        }
        Some(end)
    }

    /// Reads a path that begins with the letter of a drive.
    pub(super) fn drive_path(&mut self, word: &Range<usize>) -> Option<usize> {
        let letter = self.byte(word.start);
        let is_drive = word.len() == 1 && letter.is_ascii_alphabetic();
        if !is_drive
            || !matches!(self.byte(word.end + 1), b'\\' | b'/')
            || matches!(self.byte_before(word.start), b'$' | b'%')
        {
            return None;
        }
        let end = self.extent(word.start, word.end + 1);
        let path = components(self.part(word.end + 1..end));
        if !path.is_empty() {
            let drive = char::from(letter.to_ascii_uppercase());
            self.add(IndicatorKind::Path, &format!("{drive}:\\{path}"), None);
        }
        Some(end)
    }

    /// Reads a path that begins with a variable of the environment: `%TEMP%\…`, `$env:TEMP\…`, `${env:TEMP}\…`,
    /// `$($env:TEMP)\…`.
    pub(super) fn variable_path(&mut self, at: usize) -> Option<usize> {
        let (start, close) = if self.byte(at) == b'%' {
            (at + 1, Some(b'%'))
        } else if self.starts_with(at, b"$env:") {
            (at + 5, None)
        } else if self.starts_with(at, b"${env:") {
            (at + 6, Some(b'}'))
        } else {
            return None;
        };
        // `$env:ProgramFiles(x86)` has braces around it.
        let is_name = |byte: &u8| {
            byte.is_ascii_alphanumeric()
                || *byte == b'_'
                || (close.is_some() && matches!(byte, b'(' | b')'))
        };
        let name = self.rest(start).bytes().take(VARIABLE_BYTES);
        let name_end = start + name.take_while(|byte| is_name(byte)).count();
        let is_expression = self.byte_before(at) == b'('
            && self.byte_before(at - 1) == b'$'
            && self.byte(name_end + usize::from(close.is_some())) == b')';
        let path = name_end + usize::from(close.is_some()) + usize::from(is_expression);
        let is_closed = close.is_none_or(|close| self.byte(name_end) == close);
        if name_end == start || !is_closed || !matches!(self.byte(path), b'\\' | b'/') {
            return None;
        }
        let end = self.extent(at, path);
        let name = self.part(start..name_end).to_ascii_uppercase();
        let rest = components(self.part(path..end));
        if !rest.is_empty() {
            self.add(IndicatorKind::Path, &format!("%{name}%\\{rest}"), None);
        }
        Some(end)
    }

    /// Reads what begins with two backslashes: `\\host\share\…`, `\\.\pipe\…`; also with each backslash doubled.
    pub(super) fn unc_path(&mut self, at: usize) -> Option<usize> {
        let run = |from: usize| self.rest(from).bytes().take_while(|byte| *byte == b'\\').count();
        let length = run(at);
        let begins = !is_word_byte(self.byte_before(at))
            && !matches!(self.byte_before(at), b')' | b']' | b'}' | b'$' | b'%');
        if !begins || !matches!(length, 2 | 4) {
            return Some(at + length);
        }
        let host = at + length;
        if self.byte(host) == b'?' && run(host + 1) == length / 2 {
            return Some(host + 1 + length / 2);
        }
        let is_host = |byte: &u8| {
            is_word_byte(*byte)
                || matches!(byte, b'$' | b'%' | b'{' | b'}' | b'@' | b':' | b'[' | b']')
        };
        let name = self.rest(host).bytes().take(HOST_BYTES).take_while(is_host).count();
        let share = host + name;
        if name == 0 || run(share) != length / 2 {
            return Some(host);
        }
        let end = self.extent(at, share);
        let path = components(self.part(host..end));
        self.add_unc_path(&format!("\\\\{path}"));
        Some(end)
    }

    /// Adds the path, pipe or key that a UNC path is, and its host.
    pub(super) fn add_unc_path(&mut self, path: &str) {
        let mut parts = path.trim_start_matches('\\').splitn(3, '\\');
        let (Some(name), Some(share)) = (parts.next(), parts.next()) else { return };
        let rest = parts.next().unwrap_or_default();
        let is_device = name == ".";
        // A name of one letter and no address is a piece of a regular expression, such as `\\d\w`.
        if share.is_empty() || (!is_device && name.len() < 2) {
            return;
        }
        let host = parse_host(name.split('@').next().unwrap_or_default());
        let is_named = host.as_ref().is_some_and(|host| host.left_out != Some(LeftOut::Incomplete));
        if let Some(host) = host {
            self.add_host(host);
        } else if !is_device {
            return;
        }
        if share.eq_ignore_ascii_case("pipe") {
            let known = if is_named || is_device { name } else { "." };
            if !rest.is_empty() {
                self.add(IndicatorKind::NamedPipe, &format!("\\\\{known}\\pipe\\{rest}"), None);
            }
        } else if let Some(hive) = short_hive(share) {
            if !rest.is_empty() {
                self.add(IndicatorKind::RegistryKey, &format!("{hive}\\{rest}"), None);
            }
        } else if !share.eq_ignore_ascii_case("root") {
            // `\\.\root\cimv2` is a namespace of WMI.
            self.add(IndicatorKind::Path, path, None);
        }
    }

    /// Reads the name that a pipe stream is made with: `NamedPipeServerStream('name'`, `NamedPipeClientStream('.', 'name'`.
    pub(super) fn pipe_stream(&mut self, word: &Range<usize>) -> Option<usize> {
        let name = self.part(word.clone());
        let is_client = ends_with(name, "NamedPipeClientStream");
        if !is_client && !ends_with(name, "NamedPipeServerStream") {
            return None;
        }
        let mut at = word.end;
        let limit = at + STREAM_BYTES;
        while at < limit && !matches!(self.byte(at), b'\'' | b'"' | b';' | b'\n' | b'$' | 0) {
            at += 1;
        }
        if self.byte(at) == b'$' && !is_client {
            let name = self.rest(at + 1).bytes().take(VARIABLE_BYTES);
            let end = at + 1 + name.take_while(|byte| is_word_byte(*byte)).count();
            let pipe = format!("\\\\.\\pipe\\{}", self.part(at..end));
            self.add(IndicatorKind::NamedPipe, &pipe, Some(LeftOut::Incomplete));
            return Some(end);
        }
        let (first, mut at) = self.quoted(at)?;
        let mut pipe = first.clone();
        let mut server = ".";
        while matches!(self.byte(at), b' ' | b',' | b'\t') {
            at += 1;
        }
        if is_client && let Some((second, end)) = self.quoted(at) {
            server = self.part(first);
            (pipe, at) = (second, end);
        }
        let pipe = self.part(pipe);
        let host = parse_host(server);
        let server = if host.is_some() { server } else { "." };
        if let Some(host) = host {
            self.add_host(host);
        }
        if !pipe.is_empty() && pipe.len() <= PIPE_BYTES {
            self.add(IndicatorKind::NamedPipe, &format!("\\\\{server}\\pipe\\{pipe}"), None);
        }
        Some(at)
    }

    /// Returns the range inside the quotes at an offset, and the end after them.
    fn quoted(&self, at: usize) -> Option<(Range<usize>, usize)> {
        let quote = self.byte(at);
        if !matches!(quote, b'\'' | b'"') {
            return None;
        }
        let inside = self.rest(at + 1).bytes().take(PIPE_BYTES + 1);
        let end = at + 1 + inside.take_while(|byte| *byte != quote && *byte != b'\n').count();
        (self.byte(end) == quote).then_some((at + 1..end, end + 1))
    }

    /// Returns the end of a path whose text begins at `start`, and whose first separator is at `from`.
    ///
    /// In quotes it ends with them. Elsewhere it ends with the first blank, unless a further component follows:
    /// `C:\Program Files\a.exe -x` ends after `.exe`.
    fn extent(&self, start: usize, from: usize) -> usize {
        let provider = "registry::";
        let first = start.saturating_sub(provider.len());
        let is_provider = self.part(first..start).eq_ignore_ascii_case(provider);
        let quote = self.byte_before(if is_provider { first } else { start });
        let quote = Some(quote).filter(|byte| matches!(byte, b'\'' | b'"'));
        let mut length = 0;
        let text = self.rest(from);
        let limit = limits::INDICATOR_BYTES;
        let chars = text.char_indices().take_while(|(at, _)| *at <= limit);
        for (at, char) in chars {
            let before = text.get(..at).unwrap_or_default();
            let after = text.get(at + char.len_utf8()..).unwrap_or_default();
            let ends = match char {
                '"' | '<' | '>' | '|' | '`' | ';' | '\u{2018}'..='\u{201F}' => true,
                '\'' => quote != Some(b'"'),
                ' ' if is_program(before) => true,
                ' ' if quote.is_some() => after.starts_with(['/', ' ']),
                ' ' => !has_component(after),
                ',' if quote.is_some() => is_program(before),
                ',' | ')' | '&' if quote.is_some() => false,
                ')' => !ends_with(before, "(x86"),
                '(' => !starts_with(after, "x86)") && !before.ends_with('$'),
                ',' | '&' => true,
                _ => char.is_control() || (char.is_whitespace() && char != ' '),
            };
            if ends {
                break;
            }
            length = at + char.len_utf8();
        }
        from + length
    }
}

/// Methods of .NET that take the name of a key.
const SUB_KEY_METHODS: [&str; 4] =
    ["OpenSubKey", "CreateSubKey", "DeleteSubKey", "DeleteSubKeyTree"];

/// Hives by their names in .NET.
const NET_HIVES: [(&str, &str); 5] = [
    ("LocalMachine", "HKLM"),
    ("CurrentUser", "HKCU"),
    ("ClassesRoot", "HKCR"),
    ("Users", "HKU"),
    ("CurrentConfig", "HKCC"),
];

/// Characters between a method and its first argument.
const SEPARATOR_BYTES: usize = 64;

/// Longest name of a variable of the environment.
const VARIABLE_BYTES: usize = 64;

/// Longest host of a UNC path.
const HOST_BYTES: usize = 253;

/// Longest name of a pipe.
const PIPE_BYTES: usize = 256;

/// Bytes between the name of a stream and its first argument.
const STREAM_BYTES: usize = 96;

/// Closing brackets after a path that are taken off. More are part of it.
const TRAILING: usize = 8;

/// Bytes after a blank in which a further component of a path is looked for.
const COMPONENT_BYTES: usize = 64;

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn ends_with(word: &str, suffix: &str) -> bool {
    let start = word.len().checked_sub(suffix.len());
    start.and_then(|start| word.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

/// Whether the words after a blank are a further component of a path: a backslash comes before anything that a name does
/// not have.
fn has_component(after: &str) -> bool {
    let is_first = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'(' | b'{' | b'_') || byte >= 0x80
    };
    if !after.bytes().next().is_some_and(is_first) {
        return false;
    }
    for byte in after.bytes().take(COMPONENT_BYTES) {
        match byte {
            b'\\' => return true,
            b' ' | b'-' | b'_' | b'.' | b'(' | b')' | b'{' | b'}' => {}
            byte if byte.is_ascii_alphanumeric() || byte >= 0x80 => {}
            _ => return false,
        }
    }
    false
}

/// Whether a path ends with the extension of a program or a script, after which arguments follow.
fn is_program(path: &str) -> bool {
    const EXTENSIONS: [&str; 17] = [
        "exe", "dll", "ps1", "psm1", "psd1", "bat", "cmd", "vbs", "js", "msi", "com", "scr", "hta",
        "cpl", "sys", "jar", "py",
    ];
    let is_known = |extension: &str| {
        let before = path.len().checked_sub(extension.len() + 1);
        ends_with(path, extension)
            && before.is_some_and(|at| path.as_bytes().get(at) == Some(&b'.'))
    };
    EXTENSIONS.iter().any(|extension| is_known(extension))
}

/// Returns the components of a path joined by single backslashes, without punctuation after the last one.
fn components(text: &str) -> String {
    let mut text = text.trim();
    for _ in 0..TRAILING {
        let before = text.len();
        text = text.trim_end_matches(['.', ',', ';', ':', '!', '?', '\\', '/', '*', ' ']);
        for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
            let count = |char: char| text.matches(char).count();
            if text.ends_with(close) && count(close) > count(open) {
                text = text.strip_suffix(close).unwrap_or_default();
            }
        }
        if text.len() == before {
            break;
        }
    }
    let parts = text.split(['\\', '/']).filter(|part| !part.is_empty());
    let joined = parts.collect::<Vec<_>>().join("\\");
    if joined.chars().any(char::is_alphanumeric) { joined } else { String::new() }
}

/// Returns the short name of a hive.
fn short_hive(word: &str) -> Option<&'static str> {
    const HIVES: [(&str, &str); 6] = [
        ("HKLM", "HKEY_LOCAL_MACHINE"),
        ("HKCU", "HKEY_CURRENT_USER"),
        ("HKCR", "HKEY_CLASSES_ROOT"),
        ("HKU", "HKEY_USERS"),
        ("HKCC", "HKEY_CURRENT_CONFIG"),
        ("HKPD", "HKEY_PERFORMANCE_DATA"),
    ];
    let is_hive = |(short, long): &&(&str, &str)| {
        short.eq_ignore_ascii_case(word) || long.eq_ignore_ascii_case(word)
    };
    HIVES.iter().find(is_hive).map(|(short, _)| *short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_joined_by_single_backslashes() {
        for (text, joined) in [
            ("\\\\Users\\\\x\\\\", "Users\\x"),
            ("/Users/x.", "Users\\x"),
            ("\\a)}", "a"),
            ("\\a (1)", "a (1)"),
            ("\\{0A}\\x", "{0A}\\x"),
            ("\\", ""),
            ("\\*", ""),
        ] {
            assert_eq!(components(text), joined);
        }
    }

    #[test]
    fn a_component_after_a_blank_has_a_backslash_after_it() {
        for more in ["NT\\CurrentVersion", "Files (x86)\\a", "(x86)\\a", "and Settings\\a"] {
            assert!(has_component(more), "{more}");
        }
        for end in ["-x C:\\a", "/v C:\\a", "C:\\a", "to the end", "$x\\a", "'a\\b", ""] {
            assert!(!has_component(end), "{end}");
        }
    }
}
