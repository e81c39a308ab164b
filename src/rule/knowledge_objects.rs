//! What rules refer to: macros, lookup tables, and where each comes from.
//!
//! Files come in any order, so a definition that stands twice is decided by what it says, never by which
//! came last: the file's name decides, then the text.

use super::yaml::Node;
use crate::error::Problem;
use crate::limits::{LOOKUP_CELLS, LOOKUP_COLUMNS};
use crate::search::{Library, Lookup, LookupDefinition, MatchType};
use std::collections::BTreeMap;

/// A macro: a piece of search with named arguments, written `name` or `name(value, …)` between backquotes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MacroText {
    pub(crate) arguments: Vec<String>,
    pub(crate) definition: String,
    /// `iseval`: the definition is a formula that makes the text.
    pub(crate) is_formula: bool,
}

/// A table that searches look values up in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TableText {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// How a lookup matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LookupText {
    /// The table's file, without its folder.
    pub(crate) table: String,
    /// The columns whose cells are wildcard patterns.
    pub(crate) wildcards: Vec<String>,
    /// The columns whose cells are address ranges.
    pub(crate) ranges: Vec<String>,
    pub(crate) case_sensitive: bool,
    pub(crate) min_matches: usize,
    pub(crate) max_matches: usize,
    pub(crate) default_match: Option<String>,
}

/// Every event here is one of a PowerShell provider, whatever log it was forwarded to: so this macro of
/// security_content holds by the provider's name too. A file's definition of it wins.
const POWERSHELL: &str = r#"(source="*:Microsoft-Windows-PowerShell/Operational" OR source="*:PowerShellCore/Operational" OR Channel IN ("Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational", "ForwardedEvents") OR Name IN ("Microsoft-Windows-PowerShell", "PowerShellCore"))"#;

/// Everything that searches may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    macros: BTreeMap<(String, usize), (String, MacroText)>,
    pub(crate) lookups: BTreeMap<String, (String, LookupText)>,
    pub(crate) tables: BTreeMap<String, TableText>,
}

impl Definitions {
    /// The macros every rule may use.
    pub(crate) fn builtin() -> Self {
        let mut own = Self::default();
        own.override_macro("powershell", POWERSHELL);
        own
    }

    /// A macro of a file. Of two different ones the file that sorts first wins, and this says so.
    pub(crate) fn add_macro(&mut self, file: &str, name: &str, own: MacroText) -> Option<Problem> {
        let key = (name.to_owned(), own.arguments.len());
        match self.macros.get_mut(&key) {
            Some((other, old)) if !other.is_empty() => {
                let differs =
                    (&old.definition, old.is_formula) != (&own.definition, own.is_formula);
                let message = format!(
                    "the macro {name} is defined differently in {other} and {file}; the first is used"
                );
                if (file, &own) < (other.as_str(), old) {
                    (*other, *old) = (file.to_owned(), own);
                }
                differs.then(|| Problem::warning("macro-twice", message))
            }
            _ => {
                self.macros.insert(key, (file.to_owned(), own));
                None
            }
        }
    }

    /// A macro as `NAME` or `NAME(argument, …)`, whatever the files say.
    pub(crate) fn override_macro(&mut self, name: &str, definition: &str) {
        let name = name.trim().trim_matches('`');
        let (name, arguments) = match name.strip_suffix(')').and_then(|n| n.split_once('(')) {
            Some((name, arguments)) => (name.trim(), arguments),
            None => (name, ""),
        };
        let arguments: Vec<String> = arguments
            .split(',')
            .map(|argument| argument.trim().trim_matches('$').to_owned())
            .filter(|argument| !argument.is_empty())
            .collect();
        let key = (name.to_owned(), arguments.len());
        let definition = definition.to_owned();
        let own = MacroText { arguments, definition, is_formula: false };
        self.macros.insert(key, (String::new(), own));
    }

    /// All macros, by name and number of arguments.
    pub(crate) fn macros(&self) -> impl Iterator<Item = (&str, &MacroText)> {
        self.macros.iter().map(|((name, _), (_, own))| (name.as_str(), own))
    }

    /// The values of a placeholder of Sigma's (`%name%`): the first column of the table of that name, or a
    /// macro of that name, with commas between them.
    pub(crate) fn placeholder(&self, name: &str) -> Option<Vec<String>> {
        if let Some(table) = self.tables.get(&format!("{name}.csv")) {
            let cells = table.rows.iter().filter_map(|row| row.first());
            return Some(cells.filter(|cell| !cell.is_empty()).cloned().collect());
        }
        let (_, values) = self.macros.get(&(name.to_owned(), 0))?;
        let values = values.definition.split(',').map(|value| value.trim().trim_matches('"'));
        Some(values.filter(|value| !value.is_empty()).map(String::from).collect())
    }

    /// All of it as searches take it, and the lookups whose table is missing.
    pub(crate) fn library(&self) -> (Library, Vec<Problem>) {
        let mut library = Library::new();
        let mut problems = Vec::new();
        for (name, own) in self.macros() {
            library.define(name, own.arguments.clone(), own.definition.clone());
            if own.is_formula {
                library.set_formula(name, own.arguments.len());
            }
        }
        let defined = |table: &str| self.lookups.values().any(|(_, lookup)| lookup.table == table);
        for (name, table) in &self.tables {
            let plain =
                |definition| Lookup::new(table.columns.clone(), table.rows.clone(), definition);
            library.add_lookup(name, plain(LookupDefinition::default()));
            if !defined(name) {
                let stem = name.strip_suffix(".csv").unwrap_or(name);
                library.add_lookup(stem, plain(LookupDefinition::default()));
            }
        }
        for (name, (file, lookup)) in &self.lookups {
            match self.tables.get(&lookup.table) {
                Some(table) => {
                    let definition = lookup.definition();
                    let made = Lookup::new(table.columns.clone(), table.rows.clone(), definition);
                    library.add_lookup(name, made);
                }
                None => {
                    let message = format!("the lookup {name} needs the file {}", lookup.table);
                    problems.push(Problem::info("lookup-without-table", message).file(file));
                }
            }
        }
        (library, problems)
    }

    /// A lookup definition of a file, decided as macros are.
    pub(crate) fn add_lookup(&mut self, file: &str, name: &str, own: LookupText) {
        let new = (file.to_owned(), own);
        self.lookups
            .entry(name.to_owned())
            .and_modify(|old| {
                if new < *old {
                    *old = new.clone();
                }
            })
            .or_insert(new);
    }

    /// A table, under its file's base name.
    pub(crate) fn add_table(&mut self, file: &str, table: TableText) {
        let name = base_name(file).to_owned();
        self.tables
            .entry(name)
            .and_modify(|old| {
                if table < *old {
                    *old = table.clone();
                }
            })
            .or_insert(table);
    }
}

impl LookupText {
    fn definition(&self) -> LookupDefinition {
        let of = |fields: &[String], kind: MatchType| {
            fields.iter().map(move |field| (field.clone(), kind)).collect::<Vec<_>>()
        };
        LookupDefinition {
            match_types: [
                of(&self.wildcards, MatchType::Wildcard),
                of(&self.ranges, MatchType::Cidr),
            ]
            .concat(),
            case_sensitive: self.case_sensitive,
            min_matches: self.min_matches,
            max_matches: self.max_matches,
            default_match: self.default_match.clone(),
        }
    }
}

/// Reads a macro document.
pub(crate) fn macro_of(node: &Node) -> Option<(&str, MacroText)> {
    let definition = node.text_of("definition").unwrap_or_default().trim().to_owned();
    let arguments = node.texts_of("arguments");
    Some((node.text_of("name")?, MacroText { arguments, definition, is_formula: false }))
}

/// Whether a document defines a lookup.
pub(crate) fn is_lookup(node: &Node) -> bool {
    node.get("name").is_some()
        && ["lookup_type", "filename", "match_type", "collection"]
            .iter()
            .any(|key| node.get(key).is_some())
}

/// Reads a lookup document. Without a file name its table has the document's own name.
pub(crate) fn lookup_of(node: &Node) -> Option<(&str, LookupText)> {
    let name = node.text_of("name")?;
    let texts = |key: &str| node.texts_of(key).join(",");
    let table = node.text_of("filename").map_or_else(|| format!("{name}.csv"), str::to_owned);
    let own = lookup_from(&table, &|key| Some(texts(key)).filter(|text| !text.is_empty()));
    Some((name, own))
}

/// A lookup from its settings, which YAML and `transforms.conf` name alike.
pub(crate) fn lookup_from(table: &str, get: &dyn Fn(&str) -> Option<String>) -> LookupText {
    let kinds = get("match_type").unwrap_or_default();
    let of_kind = |kind: &str| -> Vec<String> {
        kinds
            .split([',', ' '])
            .filter_map(|part| {
                let (name, field) = part.trim().strip_suffix(')')?.split_once('(')?;
                name.eq_ignore_ascii_case(kind).then(|| field.trim().to_owned())
            })
            .collect()
    };
    let flag = |key: &str, default: bool| match get(key).as_deref().map(str::trim) {
        Some(word) => matches!(word.to_ascii_lowercase().as_str(), "true" | "1" | "t" | "yes"),
        None => default,
    };
    let number = |key: &str, default: usize| {
        get(key).and_then(|text| text.trim().parse().ok()).unwrap_or(default)
    };
    LookupText {
        table: base_name(table).to_owned(),
        wildcards: of_kind("WILDCARD"),
        ranges: of_kind("CIDR"),
        case_sensitive: flag("case_sensitive_match", true),
        min_matches: number("min_matches", 0),
        max_matches: number("max_matches", 100),
        default_match: get("default_match").filter(|text| !text.is_empty()),
    }
}

/// Reads a table: the first line names the columns. Short rows are filled with empty cells.
pub(crate) fn table_of(bytes: &[u8]) -> Result<TableText, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv_core::Reader::new();
    let mut table = TableText::default();
    let mut cells = 0_usize;
    let mut output = vec![0; bytes.len() + 1];
    let mut ends = vec![0; LOOKUP_COLUMNS];
    // With a line end behind the last row, every row is complete when it is read.
    let whole = [bytes, b"\n"].concat();
    let mut input = whole.as_slice();
    loop {
        let (result, read, written, fields) = reader.read_record(input, &mut output, &mut ends);
        input = input.get(read..).unwrap_or_default();
        match result {
            csv_core::ReadRecordResult::Record => {
                let row = row_of(&output, ends.get(..fields).unwrap_or_default());
                cells = cells.saturating_add(row.len());
                if cells > LOOKUP_CELLS {
                    return Err(format!("more than {LOOKUP_CELLS} cells"));
                }
                if table.columns.is_empty() {
                    table.columns = row;
                } else {
                    table.rows.push(row);
                }
            }
            csv_core::ReadRecordResult::InputEmpty if written > 0 => {
                return Err("a quotation mark that is not closed".into());
            }
            csv_core::ReadRecordResult::InputEmpty => {}
            csv_core::ReadRecordResult::End => break,
            csv_core::ReadRecordResult::OutputFull | csv_core::ReadRecordResult::OutputEndsFull => {
                return Err(format!("a row of more than {LOOKUP_COLUMNS} columns"));
            }
        }
    }
    let width = table.columns.len();
    table.rows.iter_mut().for_each(|row| row.resize(width, String::new()));
    if width == 0 { Err("no columns".into()) } else { Ok(table) }
}

fn row_of(output: &[u8], ends: &[usize]) -> Vec<String> {
    let mut start = 0;
    ends.iter()
        .map(|&end| {
            let cell = output.get(start..end).unwrap_or_default();
            start = end;
            String::from_utf8_lossy(cell).into_owned()
        })
        .collect()
}

/// The last part of a path, under either separator.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::yaml::documents;

    #[test]
    fn the_first_file_wins_whatever_the_order() {
        let text = |definition: &str| MacroText {
            definition: definition.to_owned(),
            ..MacroText::default()
        };
        for order in [["a.yml", "b.yml"], ["b.yml", "a.yml"]] {
            let mut own = Definitions::builtin();
            let said: Vec<_> =
                order.iter().filter_map(|file| own.add_macro(file, "m", text(file))).collect();
            assert_eq!(said.len(), 1);
            let (_, kept) = own.macros().find(|(name, _)| *name == "m").unwrap();
            assert_eq!(kept.definition, "a.yml");
        }
        let mut own = Definitions::builtin();
        assert!(own.add_macro("a.yml", "powershell", text("index=win")).is_none());
        own.override_macro("powershell", "index=x");
        own.override_macro("`f(a, $b$)`", "$a$=$b$");
        assert!(
            own.macros().any(|(name, text)| name == "powershell" && text.definition == "index=x")
        );
        assert!(own.macros().any(|(_, text)| text.arguments == ["a", "b"]));
    }

    #[test]
    fn a_lookup_definition() {
        let text = "name: strings\nlookup_type: csv\nmatch_type:\n- WILDCARD(command)\nmin_matches: 1\nmax_matches: 1\ncase_sensitive_match: false\n";
        let node = documents(text).next().unwrap().unwrap();
        assert!(is_lookup(&node));
        let (name, lookup) = lookup_of(&node).unwrap();
        assert_eq!((name, lookup.table.as_str()), ("strings", "strings.csv"));
        assert_eq!(lookup.wildcards, ["command"]);
        assert_eq!((lookup.min_matches, lookup.max_matches, lookup.case_sensitive), (1, 1, false));
    }

    #[test]
    fn a_table() {
        let table = table_of(b"a,b\n1,\"x, \"\"y\"\"\"\n2\n\n3,\xFF").unwrap();
        assert_eq!(table.columns, ["a", "b"]);
        assert_eq!(table.rows, [["1", "x, \"y\""], ["2", ""], ["3", "\u{FFFD}"]]);
        assert!(table_of(b"").is_err());
        assert!(table_of(b"a,b\n1,\"2").is_err());
        assert!(table_of(&b"a,".repeat(LOOKUP_COLUMNS + 1)).is_err());
    }
}
