//! Extracts the script from a rendered message, for sources that have it nowhere else.
//!
//! ```text
//! Creating Scriptblock text (1 of 3):                     two numbers in parentheses, a colon
//! Get-Date                                                the text
//!                                                         an empty line
//! ScriptBlock ID: 14a57037-b593-40eb-a758-561e555e760a    a line that ends with a GUID
//! Path: C:\a.ps1                                          the last line
//! ```
//!
//! Windows renders the words in the language of the machine, so the message is recognised by its shape. Some relays
//! replace line ends by spaces. In such a message the same delimiters are used, and the text has no white space
//! around it.

use memchr::{memchr, memrchr};

/// The values in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MessageScript<'a> {
    pub(super) number: u32,
    pub(super) total: u32,
    pub(super) text: &'a [u8],
    /// `None` if the message was cut off before the id.
    pub(super) id: Option<&'a [u8]>,
    pub(super) path: Option<&'a [u8]>,
}

/// Extracts the script from a message. Returns `None` if the message has another shape.
pub(super) fn find_script(message: &[u8]) -> Option<MessageScript<'_>> {
    // Wazuh includes the quotation marks around the message.
    let message = message.strip_prefix(b"\"").unwrap_or(message);
    let Some(end) = memchr(b'\n', message) else { return find_script_in_line(message) };
    let (first, rest) = message.split_at_checked(end)?;
    let (number, total) = part_numbers(first.trim_ascii())?;
    let text = rest.strip_prefix(b"\n")?;
    let without_id = MessageScript { number, total, text, id: None, path: None };
    Some(split_id_and_path(without_id).unwrap_or(without_id))
}

/// Whether a message ends as that of a script block: with an empty line, the line with the id, and that with the path.
pub(super) fn ends_as_script(message: &[u8]) -> bool {
    let message = MessageScript { text: message, ..MessageScript::default() };
    split_id_and_path(message).is_some_and(|script| {
        let end = script.text.len();
        let rest = message.text.get(end..).unwrap_or_default();
        rest.iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .filter(|byte| **byte == b'\n')
            .count()
            > 1
    })
}

/// Returns the part number and the number of parts at the beginning of a message, which may be cut off after them.
pub(super) fn find_part_numbers(message: &[u8]) -> Option<(u32, u32)> {
    let message = message.strip_prefix(b"\"").unwrap_or(message);
    let first = message.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = first.get(..LINE_START_BYTES).unwrap_or(first);
    memchr::memchr_iter(b':', first).find_map(|colon| part_numbers(first.get(..=colon)?)).or_else(
        || {
            let wide = memchr::memmem::find(first, "：".as_bytes())?;
            part_numbers(first.get(..wide + 3)?)
        },
    )
}

/// In a message without line ends: the number of bytes in which the part numbers are searched, and the maximum length
/// after the id.
const LINE_START_BYTES: usize = 128;
const LINE_END_BYTES: usize = 1_024;

/// Extracts the script from a message whose line ends were replaced by spaces.
fn find_script_in_line(message: &[u8]) -> Option<MessageScript<'_>> {
    let first = message.get(..LINE_START_BYTES).unwrap_or(message);
    let (at, (number, total)) = memchr::memchr_iter(b':', first)
        .find_map(|colon| Some((colon + 1, part_numbers(first.get(..=colon)?)?)))?;
    let rest = message.get(at..)?;
    let without_id = MessageScript { number, total, text: rest.trim_ascii(), id: None, path: None };
    let last = rest.len().saturating_sub(LINE_END_BYTES);
    let tail = memchr::memrchr_iter(b':', rest.get(last..)?).find_map(|colon| {
        let (before, after) = rest.split_at_checked(last + colon + 1)?;
        let spaces = after.len() - after.trim_ascii_start().len();
        let (id, path) = after.get(spaces..)?.split_at_checked(36)?;
        let line = rest.get(..before.len() + spaces + 36)?;
        guid_at_end(line)?;
        // The label of the id follows an empty line, or else consists of two words.
        let label = before.trim_ascii_end();
        let begin = memchr::memmem::rfind(label, b"  ")
            .or_else(|| memrchr(b' ', label.get(..memrchr(b' ', label)?)?));
        let text = rest.get(..begin.unwrap_or(0))?.trim_ascii();
        Some(MessageScript {
            text,
            id: Some(id),
            path: value_after_colon(path).map(<[u8]>::trim_ascii),
            ..without_id
        })
    });
    Some(tail.unwrap_or(without_id))
}

/// Parses the part number and the number of parts from a line that ends with both in parentheses and a colon.
fn part_numbers(line: &[u8]) -> Option<(u32, u32)> {
    let wide = "：".as_bytes();
    let line = line.strip_suffix(b":").or_else(|| line.strip_suffix(wide))?.trim_ascii_end();
    // French has a space before a colon, often a non-breaking one.
    let spaces = ["\u{A0}", "\u{202F}"].map(str::as_bytes);
    let line = spaces.iter().find_map(|space| line.strip_suffix(*space)).unwrap_or(line);
    let line = line.strip_suffix(b")").or_else(|| line.strip_suffix("）".as_bytes()))?;
    let open = memrchr(b'(', line).or_else(|| memchr::memmem::rfind(line, "（".as_bytes()))?;
    let inner = line.get(open..)?;
    let mut numbers = inner
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
    let (first, second) = (numbers.next()??, numbers.next()??);
    // Some languages name the number of parts first.
    numbers.next().is_none().then_some((first.min(second), first.max(second)))
}

/// Splits the last two lines off the text and returns the id and the path in them.
fn split_id_and_path(script: MessageScript<'_>) -> Option<MessageScript<'_>> {
    let text = script.text.trim_ascii_end();
    let mut end = text.len();
    // Only the line with the path may follow the line with the id.
    for path in [None, Some(end)] {
        let begin = memrchr(b'\n', text.get(..end)?)?;
        if let Some(id) = guid_at_end(text.get(begin + 1..end)?.trim_ascii_end()) {
            let path = path.and_then(|until| value_after_colon(text.get(end + 1..until)?));
            let text = strip_line_end(strip_line_end(text.get(..=begin)?));
            return Some(MessageScript { text, id: Some(id), path, ..script });
        }
        end = begin;
    }
    None
}

/// Returns the value after the first colon of a line, without the space after the colon.
fn value_after_colon(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii_end();
    let line = line.strip_suffix(b"\"").unwrap_or(line);
    let (at, width) = match memchr(b':', line) {
        Some(at) => (at, 1),
        None => (memchr::memmem::find(line, "：".as_bytes())?, 3),
    };
    let value = line.get(at + width..)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

fn guid_at_end(line: &[u8]) -> Option<&[u8]> {
    let (label, id) = line.split_at_checked(line.len().checked_sub(36)?)?;
    let label = label.trim_ascii_end();
    let labelled = label.ends_with(b":") || label.ends_with("：".as_bytes());
    let shaped = id.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (labelled && shaped).then_some(id)
}

/// Strips one line end.
fn strip_line_end(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "14a57037-b593-40eb-a758-561e555e760a";

    #[test]
    fn the_script_is_between_the_first_line_and_the_last_two() {
        for (first, id_line, path_line) in [
            ("Creating Scriptblock text (2 of 3):", "ScriptBlock ID: ", "Path: "),
            ("Skriptblocktext wird erstellt (2 von 3):", "ScriptBlock-ID: ", "Pfad: "),
            ("Création du texte Scriptblock (2 sur 3) :", "ID Scriptblock : ", "Chemin d’accès : "),
            ("Création du texte Scriptblock (2 sur 3)\u{A0}:", "ID\u{A0}: ", "Chemin\u{A0}: "),
            (
                "Création du texte Scriptblock (2 sur 3)\u{202F}:",
                "ID\u{202F}: ",
                "Chemin\u{202F}: ",
            ),
            ("Scriptblock テキストを作成しています (3 個中 2 個目):", "ScriptBlock ID: ", "パス: "),
            ("正在创建 Scriptblock 文本(第 2 个，共 3 个):", "ScriptBlock ID: ", "路径: "),
        ] {
            let text = "  a: {\r\n\r\nScriptBlock ID: x\n}\r\n";
            let message =
                format!("{first}\r\n{text}\r\n\r\n{id_line}{ID}\r\n{path_line}C:\\a b.ps1");
            let script = find_script(message.as_bytes()).unwrap();
            assert_eq!((script.number, script.total), (2, 3), "{first}");
            assert_eq!(script.text, text.as_bytes(), "{first}");
            assert_eq!(script.id, Some(ID.as_bytes()));
            assert_eq!(script.path, Some(&b"C:\\a b.ps1"[..]), "{first}");
        }
    }

    #[test]
    fn the_end_of_a_script_is_known_without_its_beginning() {
        for end in [format!("ScriptBlock ID: {ID}\nPath: "), format!("ID : {ID}\r\nPfad: C:\\a")] {
            assert!(ends_as_script(format!("x\n\n{end}").as_bytes()));
            assert!(ends_as_script(format!("x\r\n\r\n{end}\n\n").as_bytes()));
            assert!(!ends_as_script(format!("x\n{end}").as_bytes()));
        }
        let other = format!("Started invocation of ScriptBlock ID: {ID}\r\nRunspace ID: {ID}");
        assert!(!ends_as_script(other.as_bytes()));
        assert!(!ends_as_script(b""));
    }

    #[test]
    fn part_numbers_are_found_in_a_message_that_was_cut_off() {
        for message in [
            "Creating Scriptblock text (2 of 3):",
            "Creating Scriptblock text (2 of 3):...",
            "Creating Scriptblock text (2 of 3): a (1 of 1): b",
            "\"Skriptblocktext wird erstellt (2 von 3):\r\nx (1 of 1):",
            "正在创建 Scriptblock 文本(第 2 个，共 3 个)：x",
        ] {
            assert_eq!(find_part_numbers(message.as_bytes()), Some((2, 3)), "{message}");
        }
        assert_eq!(find_part_numbers(b"Verbose: x\n(1 of 2):"), None);
    }

    #[test]
    fn an_empty_text_and_an_empty_path_are_found() {
        let message =
            format!("Creating Scriptblock text (1 of 1):\n\n\nScriptBlock ID: {ID}\nPath:");
        let script = find_script(message.as_bytes()).unwrap();
        assert_eq!((script.text, script.path), (&b""[..], Some(&b""[..])));
    }

    #[test]
    fn the_script_is_found_in_a_message_without_line_ends() {
        let id_line = format!("ScriptBlock ID: {ID}");
        for (message, text, path) in [
            (
                format!(
                    "Creating Scriptblock text (2 of 3):    a: b  c    {id_line}  Path: C:\\a b.ps1"
                ),
                "a: b  c",
                Some("C:\\a b.ps1"),
            ),
            (format!("Creating Scriptblock text (2 of 3): a b {id_line} Path:"), "a b", Some("")),
            (format!("Creating Scriptblock text (2 of 3):  x  {id_line}"), "x", None),
            ("Creating Scriptblock text (2 of 3): x".to_owned(), "x", None),
        ] {
            let script = find_script(message.as_bytes()).unwrap();
            assert_eq!((script.number, script.total), (2, 3), "{message}");
            assert_eq!(String::from_utf8_lossy(script.text), text, "{message}");
            assert_eq!(script.path, path.map(str::as_bytes), "{message}");
        }
        assert_eq!(find_script(b"Error (1): x"), None);
        assert_eq!(find_script(b"See (1 of 2) and more"), None);
    }

    #[test]
    fn the_script_is_found_in_a_message_that_was_cut_off() {
        let script = find_script(b"Creating Scriptblock text (1 of 2):\r\nabc\r\n def").unwrap();
        assert_eq!((script.text, script.id), (&b"abc\r\n def"[..], None));
        assert_eq!(find_script(b"A new process has been created.\r\nx"), None);
        assert_eq!(find_script(b"Error (1):\r\nx"), None);
        assert_eq!(find_script(b""), None);
    }
}
