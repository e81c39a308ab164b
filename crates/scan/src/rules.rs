//! Rule files from files, folders and archives.

use crate::failure::InputFailure;
use crate::input::{Input, resources};
use crate::limits::RULE_FILE_BYTES;
use crate::unpack::{Sink, unpack};
use scriptscope::RuleFile;
use std::fmt;

/// A rule file that cannot be read: rules that are missing would go unnoticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFileError {
    /// The file.
    pub file: String,
    /// What happened.
    pub failure: InputFailure,
}

impl fmt::Display for RuleFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.file, self.failure.message)
    }
}

impl std::error::Error for RuleFileError {}

/// The rule files in the inputs, by name and bytes. What is not named like one is passed over, for a repository of rules
/// holds much else; a file given by itself is one under any name.
///
/// # Errors
///
/// Where a file cannot be read.
pub fn read_rules(inputs: &[Input]) -> Result<Vec<RuleFile>, RuleFileError> {
    let passwords = ["infected".to_owned()];
    let mut files = RuleFiles::default();
    for input in inputs {
        let resources = resources(input);
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
    /// The one file that is a rule file because it was given as one.
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
        // Of a file that is too long, the engine has more than it takes and refuses it with its own words.
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
