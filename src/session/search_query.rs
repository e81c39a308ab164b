//! A query over all script blocks: words, or a search in the search language.

use super::state::Session;
use crate::error::Error;
use crate::rule::RuleFile;
use crate::search::{Search, SearchError, with_caret};
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

    /// Returns a message about a column of its rule file, such as that of a [`Problem`](crate::Problem), with the search and
    /// a caret under the place.
    pub fn with_caret(&self, message: &str, column: Option<u32>) -> String {
        let Some(column) = column else { return message.to_owned() };
        let mut at = SEARCH_KEY.chars().count() + 2;
        let shown = self.search.strip_suffix(TABLE).unwrap_or(&self.search);
        let mut before = 0;
        for char in shown.chars() {
            if at >= column as usize {
                break;
            }
            // Without its quotation marks.
            at += crate::report::to_json(&char.to_string()).chars().count() - 2;
            before += char.len_utf8();
        }
        let (before, after) = shown.split_at_checked(before).unwrap_or((shown, ""));
        let line = before.matches('\n').count() + 1;
        let before = before.rsplit('\n').next().unwrap_or_default();
        let after = after.lines().next().unwrap_or_default();
        with_caret(message, u32::try_from(line).unwrap_or(u32::MAX), before, after)
    }
}

/// The key of a search in a rule file.
const SEARCH_KEY: &str = "search: ";

/// The table that a query without commands makes.
const TABLE: &str = " | table _time Computer UserID Path ScriptBlockText";

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
        let refused = |error: SearchError| Error::Expression {
            what: "query".into(),
            line: error.line,
            column: error.column,
            message: error.to_string(),
        };
        let parse = |text: &str| Search::parse(text, &library).map_err(refused);
        let is_words = !is_search(text);
        if is_words && words(text).iter().all(|(_, word, _)| word.is_empty()) {
            return Err(Error::Option { name: "query", message: "it has no word".into() });
        }
        let search = match is_words {
            true => of_words(text).map_err(refused)?,
            false => text.to_owned(),
        };
        let (search, parsed) = match parse(&search) {
            // Words in a form that no search has, such as a bracket by itself, are words all the same.
            Err(_) if is_words => {
                let search = search_of(&literal(words(text)));
                let parsed = parse(&search)?;
                (search, parsed)
            }
            parsed => (search, parsed?),
        };
        if !is_words {
            check_pipes(text).map_err(refused)?;
        }
        let has_table = parsed.has_commands();
        let mut search = match text.contains('`') {
            true => parsed.to_spl().unwrap_or(search),
            false => search,
        };
        if !has_table {
            search.push_str(TABLE);
        }
        let rule = format!(
            "name: Query\nid: query\ntype: Hunting\n{SEARCH_KEY}{}\n",
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

/// A piece of a query of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Term<'a> {
    /// A word, or a phrase that was in quotation marks.
    Text(&'a str),
    /// AND, OR or NOT.
    Operator(&'a str),
    Open,
    Close,
}

/// The words and phrases of a query, each with its byte offset and whether it was in quotation marks.
fn words(text: &str) -> Vec<(usize, &str, bool)> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let at = text.len() - rest.len();
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
        words.push((at, word, is_phrase));
    }
    words
}

/// Makes a search of words and phrases. AND, OR, NOT by themselves have their meaning, and so have brackets: beside such
/// operators also those at the ends of a word.
fn of_words(text: &str) -> Result<String, SearchError> {
    let words = words(text);
    let is_operator =
        |word: &str, is_phrase: bool| !is_phrase && matches!(word, "AND" | "OR" | "NOT");
    let has_operators = words.iter().any(|(_, word, is_phrase)| is_operator(word, *is_phrase));
    let mut terms = Vec::new();
    for (mut at, mut word, is_phrase) in words {
        if is_operator(word, is_phrase) {
            terms.push((at, Term::Operator(word)));
            continue;
        }
        if is_phrase || !has_operators {
            terms.push((at, if is_phrase { Term::Text(word) } else { bracket_or_text(word) }));
            continue;
        }
        while let Some(inner) = word.strip_prefix('(') {
            terms.push((at, Term::Open));
            (at, word) = (at + 1, inner);
        }
        let mut closed = 0;
        // `foo()` is a word.
        while let Some(inner) = word.strip_suffix(')').filter(|_| is_unbalanced(word)) {
            (closed, word) = (closed + 1, inner);
        }
        if !word.is_empty() {
            terms.push((at, Term::Text(word)));
        }
        terms.extend((0..closed).map(|nth| (at + word.len() + nth, Term::Close)));
    }
    if has_operators {
        check(text, &terms)?;
    }
    let terms: Vec<_> = terms.into_iter().map(|(_, term)| term).collect();
    Ok(search_of(&terms))
}

fn bracket_or_text(word: &str) -> Term<'_> {
    match word {
        "(" => Term::Open,
        ")" => Term::Close,
        _ => Term::Text(word),
    }
}

/// Whether a word has more closing brackets than opening ones.
fn is_unbalanced(word: &str) -> bool {
    word.matches(')').count() > word.matches('(').count()
}

/// The words as they are, without operators.
fn literal(words: Vec<(usize, &str, bool)>) -> Vec<Term<'_>> {
    words.into_iter().map(|(_, word, _)| Term::Text(word)).collect()
}

fn search_of(terms: &[Term<'_>]) -> String {
    let mut parts = Vec::new();
    for term in terms {
        match term {
            Term::Text("") => {}
            Term::Text(word) => {
                let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
                parts.push(format!("ScriptBlockText=\"*{escaped}*\""));
            }
            Term::Operator(word) => parts.push((*word).to_owned()),
            Term::Open => parts.push("(".to_owned()),
            Term::Close => parts.push(")".to_owned()),
        }
    }
    parts.join(" ")
}

/// Refuses operators without words on their sides, and brackets without their other half.
fn check(text: &str, terms: &[(usize, Term<'_>)]) -> Result<(), SearchError> {
    let refused = |at: usize, message: String, help: Option<String>| {
        Err(SearchError::at_offset(text, at, message, help))
    };
    let quoted = |word: &str| Some(format!("the word itself goes in quotes: \"{word}\""));
    let mut open = Vec::new();
    // The operator or bracket before, after which a word is expected.
    let mut before: Option<Term<'_>> = None;
    let mut is_start = true;
    for (at, term) in terms {
        match (*term, before) {
            (Term::Operator(word @ ("AND" | "OR")), _) if is_start => {
                return refused(*at, format!("{word} needs a word before it"), quoted(word));
            }
            (Term::Close, Some(Term::Operator(word))) => {
                return refused(*at, format!("{word} needs a word after it"), quoted(word));
            }
            (Term::Close, Some(_)) => {
                let message = "there is nothing between these parentheses".to_owned();
                return refused(*at, message, None);
            }
            (Term::Close, None) if open.pop().is_none() => {
                let message = "this parenthesis was never opened".to_owned();
                return refused(*at, message, Some("text goes in quotes".to_owned()));
            }
            (Term::Open, _) => open.push(*at),
            _ => {}
        }
        is_start = matches!(term, Term::Operator(_) | Term::Open);
        before = is_start.then_some(*term);
    }
    if let Some(Term::Operator(word)) = before {
        return refused(text.len(), format!("{word} needs a word after it"), quoted(word));
    }
    match open.pop() {
        Some(at) => refused(at, "this parenthesis is never closed".to_owned(), None),
        None => Ok(()),
    }
}

/// Refuses a pipe that no command follows. In a rule it is accepted, as in Splunk; a query that is being typed is not
/// complete yet.
fn check_pipes(text: &str) -> Result<(), SearchError> {
    let refused = |at, found: &str| {
        let message = format!("expected a command after `|`, found {found}");
        Err(SearchError::at_offset(text, at, message, None))
    };
    let mut quote = None;
    let mut is_piped = false;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match (quote, char) {
            (Some(_), '\\') => _ = chars.next(),
            (Some(own), _) if own == char => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => (quote, is_piped) = (Some(char), false),
            (None, '|') if is_piped => return refused(at, "`|`"),
            (None, '|') => is_piped = true,
            (None, _) => is_piped &= char.is_whitespace(),
        }
    }
    if is_piped { refused(text.len(), "the end") } else { Ok(()) }
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
            ("\"OR\"", r#"ScriptBlockText="*OR*""#),
            ("or", r#"ScriptBlockText="*or*""#),
            (
                "(a OR b) c",
                r#"( ScriptBlockText="*a*" OR ScriptBlockText="*b*" ) ScriptBlockText="*c*""#,
            ),
            ("NOT foo()", r#"NOT ScriptBlockText="*foo()*""#),
            ("a ( b", r#"ScriptBlockText="*a*" ScriptBlockText="*(*" ScriptBlockText="*b*""#),
            ("(a)", r#"ScriptBlockText="*(a)*""#),
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
        for empty in [" ", "\"", "\"\"", "\"\" \""] {
            assert!(session().search_query(empty).is_err(), "{empty}");
        }
        assert!(session().search_query("Computer=DC01 (").is_err());
    }

    #[test]
    fn what_is_not_complete_is_refused_under_a_caret() {
        for (query, column, message) in [
            ("(a OR", 6, "OR needs a word after it"),
            ("a AND", 6, "AND needs a word after it"),
            ("a NOT", 6, "NOT needs a word after it"),
            ("OR", 1, "OR needs a word before it"),
            ("NOT", 4, "NOT needs a word after it"),
            ("AND b", 1, "AND needs a word before it"),
            ("a OR OR b", 6, "OR needs a word before it"),
            ("a OR AND b", 6, "AND needs a word before it"),
            ("(a OR b", 1, "this parenthesis is never closed"),
            ("a OR b)", 7, "this parenthesis was never opened"),
            ("a OR ()", 7, "there is nothing between these parentheses"),
            ("(a OR ) b", 7, "OR needs a word after it"),
            ("日本 OR", 6, "OR needs a word after it"),
            ("lsass |", 8, "expected a command after `|`, found the end"),
            ("a | | stats count", 5, "expected a command after `|`, found `|`"),
            ("a | head 5 |  ", 13, "expected a command after `|`, found the end"),
            ("|", 2, "expected a command after `|`, found the end"),
            ("Computer=a OR", 14, "expected a condition after OR, found the end"),
            ("Computer=a AND", 12, "AND needs a condition on both sides"),
            ("Computer=(", 10, "expected a value, found `(`"),
        ] {
            let error = session().search_query(query).unwrap_err();
            let Error::Expression { column: own, message: text, .. } = &error else { panic!() };
            assert_eq!((*own, text.lines().next()), (column, Some(message)), "{query}");
            assert!(text.contains('^'), "{text}");
        }
        for query in ["a \"|\"", "a | rex \"(?<x>a|b)|\"", "| stats count", "a | search \"x|\""] {
            session().search_query(query).unwrap();
        }
    }

    #[test]
    fn a_column_of_the_rule_file_is_a_place_in_the_query() {
        let query = session().search_query("Computer=\"a\\\\b\" Foo=1").unwrap();
        let shown = query.with_caret("here", Some(10 + 20));
        assert_eq!(
            shown,
            "here\n  ┌ line 1, column 17\n1 │ Computer=\"a\\\\b\" Foo=1\n  │                 ^"
        );
        assert_eq!(query.with_caret("here", None), "here");
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
