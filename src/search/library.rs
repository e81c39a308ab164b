//! [`Library`]: what rule files define for all searches.

use crate::search::lookup::Lookup;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A macro: text that a search names between backquotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// The names of its arguments, which stand between `$` in the definition.
    pub arguments: Vec<String>,
    /// What it stands for.
    pub definition: String,
    /// The definition is a formula of `eval` that makes the text (`iseval`).
    pub is_formula: bool,
}

/// The macros and lookup tables that searches can name.
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    macros: BTreeMap<(String, usize), Macro>,
    lookups: BTreeMap<String, Arc<Lookup>>,
}

/// Macros of Splunk's published content that 4104 detections use.
const BUILT_IN: &[(&str, &[&str], &str)] = &[
    (
        "powershell",
        &[],
        "(source=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\" \
         OR source=\"XmlWinEventLog:Microsoft-Windows-PowerShell/Operational\" \
         OR source=\"WinEventLog:PowerShellCore/Operational\" \
         OR source=\"XmlWinEventLog:PowerShellCore/Operational\" \
         OR Channel IN (\"Microsoft-Windows-PowerShell/Operational\", \
         \"PowerShellCore/Operational\", \"ForwardedEvents\"))",
    ),
    (
        "security_content_ctime",
        &["field"],
        "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime($field$)",
    ),
    // How searches were commented before the three backquotes.
    ("comment", &["text"], ""),
    ("drop_dm_object_name", &["object"], "rename $object$.* as *"),
];

impl Default for Library {
    fn default() -> Self {
        let mut library = Self { macros: BTreeMap::new(), lookups: BTreeMap::new() };
        for (name, arguments, definition) in BUILT_IN {
            let arguments = arguments.iter().map(ToString::to_string).collect();
            library.define(name, arguments, (*definition).to_owned());
        }
        library
    }
}

impl Library {
    /// The built-in macros alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Defines a macro; one of the same name and number of arguments is replaced.
    pub fn define(&mut self, name: &str, arguments: Vec<String>, definition: String) {
        let key = (name.to_owned(), arguments.len());
        self.macros.insert(key, Macro { arguments, definition, is_formula: false });
    }

    /// Says that a macro's definition is a formula, not the text itself.
    pub fn set_formula(&mut self, name: &str, arguments: usize) {
        if let Some(known) = self.macros.get_mut(&(name.to_owned(), arguments)) {
            known.is_formula = true;
        }
    }

    /// Adds a lookup table; one of the same name is replaced.
    pub fn add_lookup(&mut self, name: &str, lookup: Lookup) {
        self.lookups.insert(name.to_owned(), Arc::new(lookup));
    }

    /// The macro of this name with as many arguments.
    pub fn find_macro(&self, name: &str, arguments: usize) -> Option<&Macro> {
        self.macros.get(&(name.to_owned(), arguments))
    }

    /// The lookup table of this name.
    pub fn find_lookup(&self, name: &str) -> Option<&Arc<Lookup>> {
        self.lookups.get(name)
    }

    /// The numbers of arguments with which a macro of this name is defined.
    pub(crate) fn arities(&self, name: &str) -> Vec<usize> {
        self.macros.keys().filter(|(own, _)| own == name).map(|(_, count)| *count).collect()
    }

    pub(crate) fn macro_names(&self) -> Vec<&str> {
        self.macros.keys().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn lookup_names(&self) -> Vec<&str> {
        self.lookups.keys().map(String::as_str).collect()
    }
}

/// Whether a macro is a filter macro: the place in published detections where users write allow-lists.
pub(crate) fn is_filter(name: &str) -> bool {
    name.ends_with("_filter")
}
