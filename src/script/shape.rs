//! The shape of a text: a hash that texts share which differ only in values.

use super::lexer::{Lexer, Token, TokenKind};
use xxhash_rust::xxh3::xxh3_64;

/// Returns the hash of a text after its numbers, GUIDs, paths, strings and white space are replaced with placeholders, and
/// its ASCII letters with lower case. Takes time and memory linear in the text.
///
/// A string in double quotes is a placeholder together with its variables. Code in it (`$(…)`) is kept, so that a string
/// cannot hide what runs. Bare words and comments keep their words; digits in them are replaced. Names keep their digits.
///
/// ```
/// use scriptscope::internal::script::shape;
///
/// let text = "Copy-Item C:\\Temp\\a.txt 'one'; Start-Sleep 5";
/// assert_eq!(shape(text), shape("copy-item  D:\\b.txt \"$two\";  Start-Sleep 60"));
/// assert_ne!(shape(text), shape("Move-Item C:\\Temp\\a.txt 'one'; Start-Sleep 5"));
/// ```
pub fn shape(text: &str) -> u64 {
    let mut shaped = Vec::with_capacity(text.len() / 2);
    let mut lexer = Lexer::new(text);
    let mut guid_end = 0;
    loop {
        let in_string = lexer.in_string();
        let Some(token) = lexer.next() else { break };
        let is_text = matches!(token.kind, TokenKind::String | TokenKind::Variable);
        if token.start < guid_end || in_string && is_text {
            continue;
        }
        let rest = text.get(token.start..).unwrap_or_default();
        // A GUID in code can be several tokens.
        if token.end <= token.start + GUID_BYTES && is_guid(rest.as_bytes()) {
            guid_end = token.start + GUID_BYTES;
            shaped.extend([TokenKind::Other as u8, b'g', END]);
        } else {
            push_token(token, text, &mut shaped);
        }
    }
    xxh3_64(&shaped)
}

/// Ends a token: no byte of UTF-8.
const END: u8 = 0xFF;

const GUID_BYTES: usize = "00000000-0000-0000-0000-000000000000".len();

/// Appends a token with its values replaced.
fn push_token(token: Token, text: &str, shaped: &mut Vec<u8>) {
    let word = text.get(token.start..token.end).unwrap_or_default();
    shaped.push(token.kind as u8);
    match token.kind {
        TokenKind::String | TokenKind::Number => {}
        TokenKind::Comment => {
            for word in word.split_whitespace() {
                push_word(word, true, shaped);
                shaped.push(b' ');
            }
        }
        TokenKind::Command if is_qualified_command(word) => push_name(word, shaped),
        TokenKind::Other | TokenKind::Command => {
            push_word(word, token.kind == TokenKind::Other, shaped);
        }
        _ => push_name(word, shaped),
    }
    shaped.push(END);
}

/// Appends a bare word, or a placeholder for a path.
fn push_word(word: &str, replaces_digits: bool, shaped: &mut Vec<u8>) {
    if is_path(word) {
        shaped.push(b'\\');
    } else {
        push_bytes(word.as_bytes(), replaces_digits, shaped);
    }
}

fn push_name(word: &str, shaped: &mut Vec<u8>) {
    push_bytes(word.as_bytes(), false, shaped);
}

fn push_bytes(word: &[u8], replaces_digits: bool, shaped: &mut Vec<u8>) {
    let mut rest = word;
    while let Some((first, after)) = rest.split_first() {
        let value = if is_guid(rest) {
            shaped.push(b'g');
            GUID_BYTES
        } else if replaces_digits && first.is_ascii_digit() {
            shaped.push(b'0');
            rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
        } else {
            shaped.push(first.to_ascii_lowercase());
            rest = after;
            continue;
        };
        rest = rest.get(value..).unwrap_or_default();
    }
}

/// Returns whether a text begins with a GUID.
fn is_guid(text: &[u8]) -> bool {
    let holds = |(index, byte): (usize, &u8)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    // One byte decides for nearly all of a script.
    text.get(8) == Some(&b'-')
        && text.get(..GUID_BYTES).is_some_and(|guid| guid.iter().enumerate().all(holds))
}

/// Returns whether a bare word is a path or an address. `/c` is a switch.
fn is_path(word: &str) -> bool {
    let has_drive = matches!(word.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic());
    has_drive || word.contains('\\') || word.get(1..).is_some_and(|rest| rest.contains('/'))
}

/// Returns whether a command's name is qualified by its module, as in `Microsoft.PowerShell.Utility\Write-Host`.
fn is_qualified_command(name: &str) -> bool {
    let Some((module, command)) = name.split_once('\\') else { return false };
    let is_module = !module.is_empty() && !module.starts_with(['.', '~']);
    is_module
        && !module.contains([':', '/'])
        && command.contains('-')
        && !command.contains(['.', '\\', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Texts that differ only in values.
    const SAME: &[&[&str]] = &[
        &["Start-Sleep 5", "start-sleep\t 3600", "  START-SLEEP 0x1F\r\n", "Start-Sleep -5"],
        &["$a = 1kb + 2.5", "$A=7 + 1e3"],
        &[
            "iex 'a'",
            "iex \"b\"",
            "iex @'\nq\n'@",
            "iex @\"\nfoo $y\n\"@",
            "iex ''",
            "iex \"$x\"",
            "iex \"a$x-$y b\"",
        ],
        &[
            "cat C:\\a\\b.txt",
            "cat D:\\x",
            "cat \\\\srv\\share\\f",
            "cat .\\y.ps1",
            "cat http://h/x",
            "cat /etc/passwd",
        ],
        &["& C:\\Temp\\a.exe -x", "& D:\\b.exe -X", "& .\\c.exe -x"],
        &["foo 6f1c2d3e-0000-4000-8000-000000000001", "foo AAAAAAAA-bbbb-cccc-dddd-eeeeeeeeeeee"],
        &[
            "msiexec /x {6f1c2d3e-0000-4000-8000-000000000001} /q",
            "msiexec /x {00000000-bbbb-cccc-dddd-eeeeeeeeeeee} /q",
        ],
        &["${a6f1c2d3e-0000-4000-8000-000000000001}", "${aAAAAAAAA-bbbb-cccc-dddd-eeeeeeeeeeee}"],
        &["ping 10.0.0.1 dc01", "ping 192.168.17.254 dc2"],
        &["dir # on 2026-01-02, for C:\\x", "dir #   on 1999-12-31, for D:\\y\\z"],
        &["if ($a) { 1 }", "if($a){\r\n    2\r\n}"],
    ];

    /// Texts that differ in more than values.
    const DIFFERENT: &[(&str, &str)] = &[
        ("Start-Sleep 5", "Stop-Process 5"),
        ("Start-Sleep 5", "Start-Sleep '5'"),
        ("iex \"$(foo)\"", "iex \"$(bar)\""),
        ("iex \"$(foo)\"", "iex \"foo\""),
        ("a\nb", "a b"),
        ("ab", "a b"),
        ("$a + $b", "$a + $c"),
        ("cmd /c x", "cmd /k x"),
        ("A\\Get-X", "A\\Get-Y"),
        ("dir # one", "dir # two"),
        ("[int32]$x", "[int64]$x"),
        ("dir", ""),
    ];

    #[test]
    fn texts_that_differ_in_values_have_one_shape() {
        for texts in SAME {
            for text in *texts {
                assert_eq!(shape(text), shape(texts[0]), "{text:?} as {:?}", texts[0]);
            }
        }
        assert_eq!(shape(""), shape(" \r\n"));
    }

    #[test]
    fn texts_that_differ_in_code_have_different_shapes() {
        for (one, other) in DIFFERENT {
            assert_ne!(shape(one), shape(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn the_time_is_linear_in_hostile_texts() {
        for piece in ["\"$(", "'", "{", "6f1c2d3e-0000-4000-", "a\\", "\"$x", "# 1 ", "`", "@'\n"] {
            shape(&piece.repeat(200_000));
        }
    }

    proptest! {
        #[test]
        fn values_and_space_make_no_difference(
            (numbers, others) in (prop::collection::vec(any::<u32>(), 8), prop::collection::vec(any::<u32>(), 8)),
            (word, space) in ("[a-zA-Z ,.0-9]{0,12}", "[ \t]{1,4}"),
        ) {
            let text = |values: &[u32], word: &str, space: &str| {
                let guid = format!("{:08x}-1234-abcd-9876-{:012X}", values[2], values[3]);
                [
                    format!("New-Item -Path C:\\Temp\\{}.txt", values[0]),
                    format!("-Value '{word}' -Count {}", values[1]),
                    format!("-Id {guid} \"$x {word}\"; $y = {} + {}", values[4], values[5]),
                    format!("| Select-Object -First {} # {} {}", values[6], values[7], values[0]),
                ]
                .join(space)
            };
            prop_assert_eq!(shape(&text(&numbers, &word, " ")), shape(&text(&others, "x", &space)));
        }

        #[test]
        fn every_text_has_a_shape(text in any::<String>()) {
            prop_assert_eq!(shape(&text), shape(&format!(" {text}")));
        }
    }
}
