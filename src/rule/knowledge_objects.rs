//! Splunk's knowledge objects that searches refer to: macros, lookup definitions and lookup tables.
//!
//! Files come in any order, so of two definitions with one name the first by file name is used, then by contents. The
//! order of reading never decides.

use super::lookup_table::LookupTable;
use super::yaml::YamlNode;
use crate::error::Problem;
use crate::ordered::OrderedMap;
use crate::search::{Library, Lookup, LookupDefinition, Macro, MatchType};

/// The settings of a lookup definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LookupSettings {
    /// The base name of the table's file.
    pub(crate) table: String,
    /// The columns whose cells are wildcard patterns.
    pub(crate) wildcards: Vec<String>,
    /// The columns whose cells are CIDR ranges.
    pub(crate) ranges: Vec<String>,
    pub(crate) case_sensitive: bool,
    pub(crate) min_matches: usize,
    pub(crate) max_matches: usize,
    pub(crate) default_match: Option<String>,
}

/// The built-in definition of security_content's macro `powershell`; a file's definition replaces it. It accepts events
/// by the provider's name too, because events forwarded to another log keep it, and events of sources that name none:
/// every script block is PowerShell's.
const POWERSHELL: &str = r#"(source="*:Microsoft-Windows-PowerShell/Operational" OR source="*:PowerShellCore/Operational" OR Channel IN ("Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational", "ForwardedEvents") OR Name IN ("Microsoft-Windows-PowerShell", "PowerShellCore") OR NOT Name=*)"#;

/// All knowledge objects, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    /// By name and number of arguments, each with its file. The file is empty for a built-in macro or one of the options.
    macros: OrderedMap<(String, usize), (String, Macro)>,
    /// Each with its file.
    pub(crate) lookups: OrderedMap<String, (String, LookupSettings)>,
    /// By the base name of the file.
    pub(crate) tables: OrderedMap<String, LookupTable>,
}

impl Definitions {
    /// Returns the built-in macros.
    pub(crate) fn builtin() -> Self {
        let mut own = Self::default();
        own.override_macro("powershell", POWERSHELL);
        own
    }

    /// Whether the macros are the built-in ones, and mean what these do.
    pub(crate) fn has_builtin_macros(&self) -> bool {
        self.macros == Self::builtin().macros
    }

    /// Adds a macro of a file. Of two with one name, that of the first file by name is used; if they differ, a problem is
    /// returned.
    pub(crate) fn add_macro(&mut self, file: &str, name: &str, own: Macro) -> Option<Problem> {
        let key = (name.to_owned(), own.arguments.len());
        match self.macros.get_mut(&key) {
            Some((other, old)) if !other.is_empty() => {
                let differs = Macro { arguments: Vec::new(), ..old.clone() }
                    != Macro { arguments: Vec::new(), ..own.clone() };
                let message = format!(
                    "the macro {name} is defined differently in {other} and {file}: the first by file name is used"
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

    /// Sets a macro, given as `NAME` or `NAME(argument, …)`, replacing any definition of a file.
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
        let own = Macro { arguments, definition, ..Macro::default() };
        self.macros.insert(key, (String::new(), own));
    }

    /// Returns all macros with their names, sorted by name and number of arguments.
    pub(crate) fn macros(&self) -> impl Iterator<Item = (&str, &Macro)> {
        self.macros.iter().map(|((name, _), (_, own))| (name.as_str(), own))
    }

    /// Returns the values of Sigma's placeholder `%name%`: the first column of the table `name.csv`, or the
    /// comma-separated definition of the macro `name`.
    pub(crate) fn placeholder(&self, name: &str) -> Option<Vec<String>> {
        if let Some(table) = self.tables.get(&format!("{name}.csv")) {
            let cells = table.rows.iter().filter_map(|row| row.first());
            return Some(cells.filter(|cell| !cell.is_empty()).cloned().collect());
        }
        let (_, values) = self.macros.get(&(name.to_owned(), 0))?;
        let values = values.definition.split(',').map(|value| value.trim().trim_matches('"'));
        Some(values.filter(|value| !value.is_empty()).map(String::from).collect())
    }

    /// Builds the library that searches are parsed with. Returns a problem for each lookup without a table.
    pub(crate) fn library(&self) -> (Library, Vec<Problem>) {
        let mut library = Library::new();
        let mut problems = Vec::new();
        for (name, own) in self.macros() {
            library.add_macro(name, own.clone());
        }
        let is_defined = |table: &str| self.lookups.values().any(|(_, own)| own.table == table);
        for (name, table) in &self.tables {
            let lookup =
                |definition| Lookup::new(table.columns.clone(), table.rows.clone(), definition);
            library.add_lookup(name, lookup(LookupDefinition::default()));
            if !is_defined(name) {
                let stem = name.strip_suffix(".csv").unwrap_or(name);
                library.add_lookup(stem, lookup(LookupDefinition::default()));
            }
        }
        for (name, (file, lookup)) in &self.lookups {
            match self.tables.get(&lookup.table) {
                Some(table) => {
                    let definition = lookup.definition();
                    let lookup = Lookup::new(table.columns.clone(), table.rows.clone(), definition);
                    library.add_lookup(name, lookup);
                }
                None => {
                    let message = format!(
                        "the lookup {name} needs the table {}: add that file",
                        lookup.table
                    );
                    problems.push(Problem::info("lookup-without-table", message).file(file));
                }
            }
        }
        (library, problems)
    }

    /// Adds a lookup definition of a file. Of two with one name, the first by file name and contents is used.
    pub(crate) fn add_lookup(&mut self, file: &str, name: &str, own: LookupSettings) {
        let new = (file.to_owned(), own);
        match self.lookups.get_mut(name) {
            Some(old) if new < *old => *old = new,
            Some(_) => {}
            None => _ = self.lookups.insert(name.to_owned(), new),
        }
    }

    /// Adds a table under its file's base name. Of two with one name, the first by contents is used.
    pub(crate) fn add_table(&mut self, file: &str, table: LookupTable) {
        let name = base_name(file);
        match self.tables.get_mut(name) {
            Some(old) if table < *old => *old = table,
            Some(_) => {}
            None => _ = self.tables.insert(name.to_owned(), table),
        }
    }
}

impl LookupSettings {
    fn definition(&self) -> LookupDefinition {
        let matched_by = |fields: &[String], match_type: MatchType| {
            fields.iter().map(move |field| (field.clone(), match_type)).collect::<Vec<_>>()
        };
        LookupDefinition {
            match_types: [
                matched_by(&self.wildcards, MatchType::Wildcard),
                matched_by(&self.ranges, MatchType::Cidr),
            ]
            .concat(),
            case_sensitive: self.case_sensitive,
            min_matches: self.min_matches,
            max_matches: self.max_matches,
            default_match: self.default_match.clone(),
        }
    }
}

/// Reads a macro document. Returns its name and definition.
pub(crate) fn macro_from(node: &YamlNode) -> Option<(&str, Macro)> {
    let text = |key: &str| node.text_of(key).unwrap_or_default().trim().to_owned();
    let own = Macro {
        arguments: node.texts_of("arguments"),
        definition: text("definition"),
        is_expression: node.text_of("iseval").is_some_and(is_true),
        validation: text("validation"),
        error_message: text("errormsg"),
    };
    Some((node.text_of("name")?, own))
}

/// Returns whether a document defines a lookup.
pub(crate) fn is_lookup(node: &YamlNode) -> bool {
    node.get("name").is_some()
        && ["lookup_type", "filename", "match_type", "collection"]
            .iter()
            .any(|key| node.get(key).is_some())
}

/// Reads a lookup document. Returns its name and settings. Without `filename`, its table is `<name>.csv`.
pub(crate) fn lookup_from(node: &YamlNode) -> Option<(&str, LookupSettings)> {
    let name = node.text_of("name")?;
    let texts = |key: &str| node.texts_of(key).join(",");
    let table = node.text_of("filename").map_or_else(|| format!("{name}.csv"), str::to_owned);
    let get = |key: &str| Some(texts(key)).filter(|text| !text.is_empty());
    Some((name, lookup_settings(&table, &get)))
}

/// Reads the settings of a lookup, whose keys are the same in YAML and `transforms.conf`.
pub(crate) fn lookup_settings(table: &str, get: &dyn Fn(&str) -> Option<String>) -> LookupSettings {
    let match_types = get("match_type").unwrap_or_default();
    let fields_of = |match_type: &str| -> Vec<String> {
        match_types
            .split([',', ' '])
            .filter_map(|part| {
                let (name, field) = part.trim().strip_suffix(')')?.split_once('(')?;
                name.eq_ignore_ascii_case(match_type).then(|| field.trim().to_owned())
            })
            .collect()
    };
    let flag = |key: &str, default: bool| match get(key).as_deref().map(str::trim) {
        Some(word) => is_true(word),
        None => default,
    };
    // Read as 32 bits wherever this runs, so that a rule set means the same on every target.
    let number = |key: &str, default: u32| {
        let number = get(key).and_then(|text| text.trim().parse::<u64>().ok());
        let number = number.map_or(default, |number| u32::try_from(number).unwrap_or(u32::MAX));
        number as usize
    };
    LookupSettings {
        table: base_name(table).to_owned(),
        wildcards: fields_of("WILDCARD"),
        ranges: fields_of("CIDR"),
        case_sensitive: flag("case_sensitive_match", true),
        min_matches: number("min_matches", 0),
        max_matches: number("max_matches", 100),
        default_match: get("default_match").filter(|text| !text.is_empty()),
    }
}

/// Whether a setting is true, as Splunk reads it.
pub(super) fn is_true(word: &str) -> bool {
    matches!(word.trim().to_ascii_lowercase().as_str(), "true" | "1" | "t" | "yes" | "y")
}

/// Returns the last part of a path, with either separator.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::yaml::parse_all;

    #[test]
    fn the_first_macro_by_file_name_is_used_in_any_order() {
        let text =
            |definition: &str| Macro { definition: definition.to_owned(), ..Macro::default() };
        for order in [["a.yml", "b.yml"], ["b.yml", "a.yml"]] {
            let mut own = Definitions::builtin();
            let problems: Vec<_> =
                order.iter().filter_map(|file| own.add_macro(file, "m", text(file))).collect();
            assert_eq!(problems.len(), 1);
            let (_, used) = own.macros().find(|(name, _)| *name == "m").unwrap();
            assert_eq!(used.definition, "a.yml");
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
        let node = parse_all(text).next().unwrap().unwrap();
        assert!(is_lookup(&node));
        let (name, lookup) = lookup_from(&node).unwrap();
        assert_eq!((name, lookup.table.as_str()), ("strings", "strings.csv"));
        assert_eq!(lookup.wildcards, ["command"]);
        assert_eq!((lookup.min_matches, lookup.max_matches, lookup.case_sensitive), (1, 1, false));
    }
}
