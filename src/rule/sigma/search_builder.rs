//! Builds the searches of Sigma rules: a condition, the commands that make rows, and an allow-list macro.

use crate::rule::model::Unsupported;
use crate::rule::splunk::filter_macro;
use crate::search::{Command, Condition, Library, Search};

/// Builds searches with the commands that all of them have in common, which are parsed once.
pub(super) struct SearchBuilder<'a> {
    library: &'a Library,
    /// The macros that write `firstTime` and `lastTime` in words.
    time_commands: Result<Vec<Command>, Unsupported>,
}

impl<'a> SearchBuilder<'a> {
    pub(super) fn new(library: &'a Library) -> Self {
        let times = "`security_content_ctime(firstTime)` | `security_content_ctime(lastTime)`";
        Self { library, time_commands: parse_commands(times, library) }
    }

    /// Builds a search: the commands that make rows, the times in words, and the filter macro of the rule's title.
    pub(super) fn build(
        &self,
        title: &str,
        condition: Condition,
        rows: impl IntoIterator<Item = Command>,
    ) -> Result<Search, Unsupported> {
        let allow_list = parse_commands(&format!("`{}`", filter_macro(title)), self.library)?;
        let commands = rows.into_iter().chain(self.time_commands.clone()?).chain(allow_list);
        Ok(Search::from_parts(condition, commands.collect()))
    }
}

/// Parses commands. Only a macro can be wrong in them, so an error has no position in the rule's file.
fn parse_commands(text: &str, library: &Library) -> Result<Vec<Command>, Unsupported> {
    match Search::parse(&format!("* | {text}"), library) {
        Ok(search) => Ok(search.commands().to_vec()),
        Err(error) => Err(Unsupported { line: None, column: None, ..Unsupported::from(error) }),
    }
}
