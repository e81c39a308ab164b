//! [`Library`]: the macros and lookup tables that rule files define for all searches, and [`ParseContext`].

use crate::ordered::OrderedMap;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::ast::lookup::Lookup;
use crate::search::values::value::Value;
use std::sync::Arc;

/// A macro, which a search names between backquotes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Macro {
    /// Names of the arguments, which the definition encloses in `$`.
    pub arguments: Vec<String>,
    /// The text that replaces a call.
    pub definition: String,
    /// Whether the definition is an `eval` expression that returns the text (`iseval`).
    pub is_expression: bool,
    /// An `eval` expression that checks the arguments: true or null if they are acceptable. Empty for none.
    pub validation: String,
    /// The message if a validation that is a condition is not true.
    pub error_message: String,
}

/// Evaluates an expression on a row of the given fields. Evaluation is a layer above parsing, so the parser is given it.
pub(in crate::search) type Evaluate = fn(&EvalExpr, &[(String, String)]) -> Value;

/// Inputs of the parser beside the text.
#[derive(Clone, Copy)]
pub(in crate::search) struct ParseContext<'a> {
    /// The macros and lookup tables.
    pub(in crate::search) library: &'a Library,
    /// Evaluates what macros define as expressions.
    pub(in crate::search) evaluate: Evaluate,
}

/// The macros and lookup tables that searches can name.
///
/// ```
/// use scriptscope::internal::search::{Library, Search};
///
/// let mut library = Library::new();
/// library.define("on", vec!["host".into()], "Computer=\"$host$\"".into());
/// let search = Search::parse("`on(FS03)` EventCode=4104", &library).unwrap();
/// assert_eq!(search.to_spl().unwrap(), "Computer=\"FS03\" EventCode=4104");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    macros: OrderedMap<(String, usize), Macro>,
    lookups: OrderedMap<String, Arc<Lookup>>,
}

/// Macros of Splunk's published content that 4104 detections use: name, arguments, definition.
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
    // The form of comments before the three backquotes.
    ("comment", &["text"], ""),
    ("drop_dm_object_name", &["object"], "rename $object$.* as *"),
];

impl Default for Library {
    fn default() -> Self {
        let mut library = Self { macros: OrderedMap::new(), lookups: OrderedMap::new() };
        for (name, arguments, definition) in BUILT_IN {
            let arguments = arguments.iter().map(ToString::to_string).collect();
            library.define(name, arguments, (*definition).to_owned());
        }
        library
    }
}

impl Library {
    /// Returns a library of the built-in macros.
    pub fn new() -> Self {
        Self::default()
    }

    /// Defines a macro, replacing one of the same name and number of arguments.
    pub fn define(&mut self, name: &str, arguments: Vec<String>, definition: String) {
        self.add_macro(name, Macro { arguments, definition, ..Macro::default() });
    }

    /// Adds a macro, replacing one of the same name and number of arguments.
    pub fn add_macro(&mut self, name: &str, own: Macro) {
        self.macros.insert((name.to_owned(), own.arguments.len()), own);
    }

    /// Adds a lookup table, replacing one of the same name.
    pub fn add_lookup(&mut self, name: &str, lookup: Lookup) {
        self.lookups.insert(name.to_owned(), Arc::new(lookup));
    }

    /// Returns the macro of this name and number of arguments.
    pub fn find_macro(&self, name: &str, arguments: usize) -> Option<&Macro> {
        self.macros.get(&(name.to_owned(), arguments))
    }

    /// Returns the lookup table of this name.
    pub fn find_lookup(&self, name: &str) -> Option<&Arc<Lookup>> {
        self.lookups.get(name)
    }

    /// Returns the numbers of arguments for which macros of this name are defined.
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
