//! Support for the tables of cases beside the parsers of commands.

use super::library::Library;
use crate::search::ast::lookup::{Lookup, LookupDefinition};
use crate::search::query::Search;

/// Before each command of the cases.
const BEFORE: &str = "* | ";

/// Asserts how commands are parsed: each is given with the SPL that it is written back as, or with the column and the
/// message of its error.
#[track_caller]
pub(super) fn assert_commands(cases: &[(&str, &str)]) {
    let mut library = Library::new();
    let columns = vec!["command".into(), "tool".into()];
    library.add_lookup("tools", Lookup::new(columns, Vec::new(), LookupDefinition::default()));
    for (command, expected) in cases {
        let parsed = match Search::parse(&format!("{BEFORE}{command}"), &library) {
            Ok(search) => search.to_spl().unwrap().trim_start_matches("\"*\" | ").to_owned(),
            Err(error) => format!("{}: {}", error.column as usize - BEFORE.len(), error.message),
        };
        assert_eq!(parsed, *expected, "{command}");
    }
}
