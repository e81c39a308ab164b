//! A query over all script blocks: words, or a search in the search language.

use super::state::Session;
use crate::error::Error;
use crate::rule::RuleFile;
use crate::search::Search;
use serde::Serialize;

/// A query as a search, and as a rule for a session that reads the logs for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SearchQuery {
    /// The search, with macros expanded.
    pub search: String,
    /// The query is words: it finds script blocks whose text, or a view of it, has them all.
    pub is_words: bool,
    /// The query makes a table of its own, by commands after a pipe.
    pub has_table: bool,
    /// A rule file with it as a hunting rule, whose id is `query`.
    pub rule: QueryRule,
}

/// The rule file of a [`SearchQuery`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct QueryRule {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl SearchQuery {
    /// The rule file, for [`Options::with_rules`](super::Options::with_rules).
    pub fn rule(&self) -> RuleFile {
        RuleFile::new(self.rule.name.clone(), self.rule.text.clone())
    }
}

impl Session {
    /// Reads a query: plain words become a search over texts and their views, a search with fields or pipes is taken as it
    /// is, with the macros and lookups of this session. It is run by another session, whose only rule it is.
    ///
    /// ```
    /// use scriptscope::{Options, Session};
    ///
    /// let session = Session::new(Options::default()).unwrap();
    /// let query = session.search_query("downloadstring \"net user\"").unwrap();
    /// assert!(query.search.starts_with(r#"ScriptBlockText="*downloadstring*" ScriptBlockText="*net user*""#));
    /// let query = session.search_query(r#"Computer=DC* "*http*" | stats count by Path"#).unwrap();
    /// assert!(query.has_table);
    /// let error = session.search_query("Computer=DC* | stat count").unwrap_err();
    /// assert!(error.to_string().contains("did you mean `stats`?"));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Expression`] for a search that cannot be parsed, with a caret under the place.
    pub fn search_query(&self, text: &str) -> Result<SearchQuery, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Option { name: "query", message: "it is empty".into() });
        }
        let (library, _) = self.rules.rule_set().definitions.library();
        let parse = |text: &str| {
            Search::parse(text, &library).map_err(|error| Error::Expression {
                what: "query".into(),
                line: error.line,
                column: error.column,
                message: error.to_string(),
            })
        };
        let is_words = !is_search(text);
        let (search, parsed) = match is_words {
            // Words in a form that no search has, such as a bracket by itself, are words all the same.
            true => match of_words(text, true) {
                Some(search) if Search::parse(&search, &library).is_ok() => {
                    let parsed = parse(&search)?;
                    (search, parsed)
                }
                _ => {
                    let search = of_words(text, false).unwrap_or_default();
                    let parsed = parse(&search)?;
                    (search, parsed)
                }
            },
            false => (text.to_owned(), parse(text)?),
        };
        let has_table = parsed.has_commands();
        let mut search = match text.contains('`') {
            true => parsed.to_spl().unwrap_or(search),
            false => search,
        };
        if !has_table {
            search.push_str(" | table _time Computer UserID Path ScriptBlockText");
        }
        let rule = format!(
            "name: Query\nid: query\ntype: Hunting\nsearch: {}\n",
            // The comment says that it is about script blocks: a query need not name their event.
            crate::report::to_json(&format!("{search} ```events 4104```"))
        );
        let rule = QueryRule { name: "query.yml".into(), text: rule };
        Ok(SearchQuery { search, is_words, has_table, rule })
    }
}

/// Whether a query is in the search language: it has a pipe, a macro, or a comparison with a field, outside of quotation
/// marks.
fn is_search(text: &str) -> bool {
    let mut word = String::new();
    let mut before = String::new();
    let mut chars = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(char) = chars.next() {
        if is_quoted {
            match char {
                '\\' => _ = chars.next(),
                '"' => is_quoted = false,
                _ => {}
            }
            continue;
        }
        match char {
            '"' => {
                is_quoted = true;
                // A quotation mark within a word belongs to a script.
                word.push(char);
            }
            '|' | '`' => return true,
            '=' | '<' | '>' if is_field(&word) || (word.is_empty() && is_field(&before)) => {
                return true;
            }
            '!' if chars.peek() == Some(&'=') && is_field(&word) => return true,
            '(' if word == "IN" && is_field(&before) => return true,
            '(' if word.is_empty() && before == "IN" => return true,
            '(' if word.is_empty() => {}
            char if char.is_whitespace() => {
                if !word.is_empty() {
                    before = std::mem::take(&mut word);
                }
            }
            _ => word.push(char),
        }
    }
    false
}

/// Whether a word can be the name of a field.
fn is_field(word: &str) -> bool {
    word.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && word.chars().all(|char| char.is_ascii_alphanumeric() || "_.{}:".contains(char))
}

/// Makes a search of words and of phrases in quotation marks. With `operators`, AND, OR, NOT and brackets by themselves
/// have their meaning. `None` without any word.
fn of_words(text: &str, operators: bool) -> Option<String> {
    let mut terms: Vec<String> = Vec::new();
    let mut rest = text.trim_start();
    let mut has_word = false;
    while !rest.is_empty() {
        let (word, after, is_phrase) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (phrase, after) = quoted.split_once('"').unwrap_or((quoted, ""));
                (phrase, after, true)
            }
            None => {
                let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                (word, after, false)
            }
        };
        rest = after.trim_start();
        let is_operator =
            operators && !is_phrase && matches!(word, "AND" | "OR" | "NOT" | "(" | ")");
        if is_operator {
            terms.push(word.to_owned());
        } else if !word.is_empty() {
            has_word = true;
            let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
            terms.push(format!("ScriptBlockText=\"*{escaped}*\""));
        }
    }
    has_word.then(|| terms.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Options;

    fn session() -> Session {
        Session::new(Options::default().with_builtin(false)).unwrap()
    }

    #[test]
    fn words_are_looked_for_anywhere_in_a_text() {
        for (query, search) in [
            ("mimikatz", r#"ScriptBlockText="*mimikatz*""#),
            ("a OR \"b c\"", r#"ScriptBlockText="*a*" OR ScriptBlockText="*b c*""#),
            ("NOT ( a )", r#"NOT ( ScriptBlockText="*a*" )"#),
            ("C:\\Temp", r#"ScriptBlockText="*C:\\Temp*""#),
            ("[Convert]::FromBase64String(", r#"ScriptBlockText="*[Convert]::FromBase64String(*""#),
            ("$x=1", r#"ScriptBlockText="*$x=1*""#),
            ("OR", r#"ScriptBlockText="*OR*""#),
            ("\"a | b\"", r#"ScriptBlockText="*a | b*""#),
            ("\"x", r#"ScriptBlockText="*x*""#),
            ("-enc IEX", r#"ScriptBlockText="*-enc*" ScriptBlockText="*IEX*""#),
        ] {
            let own = session().search_query(query).unwrap();
            let end = " | table _time Computer UserID Path ScriptBlockText";
            assert_eq!(own.search, format!("{search}{end}"), "{query}");
            assert!(own.is_words && !own.has_table, "{query}");
        }
    }

    #[test]
    fn searches_are_taken_as_they_are() {
        for query in [
            "Computer=DC*",
            "Computer = DC01 mimikatz",
            "Level<4",
            "Computer!=DC01",
            "Computer IN (a, b)",
            "Computer IN(a, b)",
            "\"x\" (Computer=a OR Computer=b)",
        ] {
            let own = session().search_query(query).unwrap();
            assert!(!own.is_words && own.search.starts_with(query), "{query}: {own:?}");
        }
        let table = session().search_query("* | stats count by Computer").unwrap();
        assert_eq!((&*table.search, table.has_table), ("* | stats count by Computer", true));
        let macros = session().search_query("`powershell` mimikatz").unwrap();
        assert!(!macros.search.contains('`'), "{}", macros.search);
    }

    #[test]
    fn an_error_has_a_caret_under_its_place() {
        let error = session().search_query("Computer=DC01 | stat count").unwrap_err();
        let Error::Expression { line, column, message, .. } = error else { panic!() };
        assert_eq!((line, column), (1, 17));
        assert!(message.contains("│                 ^"), "{message}");
        assert!(session().search_query(" ").is_err());
        assert!(session().search_query("Computer=DC01 (").is_err());
    }

    #[test]
    fn the_rule_of_a_query_finds_its_blocks() {
        for (query, blocks) in [
            ("remoting", 2),
            ("remoting -force", 1),
            ("\"enable-psremoting -Force\"", 1),
            ("Path=*b.ps1", 1),
            ("downloadstring", 1),
            ("nothing", 0),
            ("* | stats count by Computer", 3),
        ] {
            let own = session().search_query(query).unwrap();
            let options = Options::default().with_builtin(false).with_rules([own.rule()]);
            let mut run = Session::new(options).unwrap();
            run.begin("log.json").unwrap();
            let texts = [
                ("Enable-PSRemoting", "a.ps1"),
                ("Enable-PSRemoting -Force", "b.ps1"),
                ("&('Down'+'loadString')", "c.ps1"),
            ];
            for (text, path) in texts {
                let event = format!(
                    r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Path":"{path}",
                    "ScriptBlockText":"{text}","ScriptBlockId":"{path}","Computer":"FS03","MessageNumber":1,
                    "MessageTotal":1}}"#
                );
                run.push(event.as_bytes()).unwrap();
            }
            run.end().unwrap();
            let report = run.report();
            let is_bad = |problem: &crate::report::Problem| problem.severity != "info";
            assert!(!report.problems.iter().any(is_bad), "{query}: {:?}", report.problems);
            assert_eq!(report.script_blocks.len(), blocks, "{query}");
        }
    }
}
