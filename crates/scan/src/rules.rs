//! Rule files from files, folders and archives.

use crate::failure::InputFailure;
use crate::input::{Input, resources};
use crate::limits::RULE_FILE_BYTES;
use crate::unpack::{Sink, unpack};
use scriptscope::RuleFile;
use std::fmt;

/// Error for an unreadable rule file. It is fatal because missing rules would go unnoticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFileError {
    /// Name of the file.
    pub file: String,
    /// Reason why the file cannot be read.
    pub failure: InputFailure,
}

impl fmt::Display for RuleFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.file, self.failure.message)
    }
}

impl std::error::Error for RuleFileError {}

/// Returns the rule files in the inputs, with name and bytes. Files with other extensions are skipped, because a
/// repository of rules holds many of them. A file that is an input of its own is read under any name.
///
/// # Errors
///
/// Returns an error if a file cannot be read.
pub fn read_rules(inputs: &[Input]) -> Result<Vec<RuleFile>, RuleFileError> {
    read_linked_rules(inputs, false)
}

/// As [`read_rules`], and follows links in folders if `follow_links` is set.
///
/// # Errors
///
/// Returns an error if a file cannot be read.
pub fn read_linked_rules(
    inputs: &[Input],
    follow_links: bool,
) -> Result<Vec<RuleFile>, RuleFileError> {
    let passwords = ["infected".to_owned()];
    let mut files = RuleFiles::default();
    for input in inputs {
        let resources: Vec<_> =
            resources(std::slice::from_ref(input), follow_links).into_iter().flatten().collect();
        files.given = match resources.as_slice() {
            [only] => Some(only.name.clone()),
            _ => None,
        };
        for resource in &resources {
            unpack(resource, &passwords, &mut files)?;
        }
    }
    Ok(files.found)
}

#[derive(Default)]
struct RuleFiles {
    found: Vec<RuleFile>,
    /// File that is an input of its own, read under any name.
    given: Option<String>,
    name: String,
    bytes: Vec<u8>,
}

impl RuleFiles {
    fn is_wanted(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let is_named = [".yml", ".yaml", ".csv", ".conf"].iter().any(|end| name.ends_with(end));
        is_named || self.given.as_ref() == Some(&self.name)
    }
}

impl Sink for RuleFiles {
    type Stop = RuleFileError;

    fn begin(&mut self, name: &str) -> Result<(), RuleFileError> {
        name.clone_into(&mut self.name);
        self.bytes.clear();
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), RuleFileError> {
        // Buffers a little more than the engine accepts of a file that is too long, so that the engine refuses it with
        // its own message.
        if self.is_wanted() && self.bytes.len() <= RULE_FILE_BYTES {
            self.bytes.extend(bytes);
        }
        Ok(())
    }

    fn end(&mut self, failure: Option<InputFailure>) -> Result<(), RuleFileError> {
        if let Some(failure) = failure {
            return Err(RuleFileError { file: self.name.clone(), failure });
        }
        if self.is_wanted() {
            let bytes = std::mem::take(&mut self.bytes);
            self.found.push(RuleFile::new(self.name.clone(), bytes));
        }
        Ok(())
    }

    fn packed(&mut self, _: u64) {}
}
