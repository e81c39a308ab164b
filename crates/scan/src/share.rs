//! Shares: a lake of logs divided between processes or machines, each of which reads its shares into a partial.

use crate::failure::InputFailure;
use crate::input::{Opener, Origin, Resource};
use crate::tasks::{SOURCES_PER_RESOURCE, Task};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A file to read, or a range of one, by plain values that another process can be sent.
///
/// ```
/// use scriptscope_scan::{Scanner, Share};
///
/// let folder = tempfile::tempdir().unwrap();
/// for name in ["a.json", "b.json"] {
///     std::fs::write(folder.path().join(name), "{\"EventID\":4104,\"ScriptBlockText\":\"x\"}\n").unwrap();
/// }
/// let scanner = Scanner::new();
/// let shares = scanner.divide(scanner.shares(&[folder.path().to_owned()]), 1 << 26);
/// assert_eq!(shares.iter().map(|share| share.name.as_str()).collect::<Vec<_>>(), ["a.json", "b.json"]);
///
/// let mut all = scanner.scan_shares(&shares[..1]).unwrap().session;
/// let other = scanner.scan_shares(&shares[1..]).unwrap().session;
/// all.merge(&other.partial().unwrap()).unwrap();
/// assert_eq!((all.report().totals.sources, all.report().totals.records), (2, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Name in the report.
    pub name: String,
    /// Prefix of the names of an archive's members.
    pub prefix: String,
    /// Path of the file.
    pub path: PathBuf,
    /// Size of the whole file in bytes; `None` for a pipe or device.
    pub size: Option<u64>,
    /// Range of the file's bytes; `None`: all.
    pub range: Option<Range<u64>>,
    /// Number of the file, the same for its ranges and different for all other files.
    pub number: u64,
    /// Why the file cannot be read.
    pub failure: Option<InputFailure>,
}

impl Share {
    /// Returns the share of all of a resource.
    pub(crate) fn new(resource: &Resource, number: u64) -> Self {
        let (path, failure) = match &resource.origin {
            Origin::File(path) | Origin::Opened(path, _) | Origin::Pipe(path) => {
                (path.clone(), None)
            }
            Origin::Broken(failure) => (PathBuf::new(), Some(failure.clone())),
            Origin::Bytes(_) | Origin::Stream(_) => {
                (PathBuf::new(), Some(InputFailure::read("bytes in memory have no path")))
            }
        };
        Self {
            name: resource.name.clone(),
            prefix: resource.prefix.clone(),
            path,
            size: resource.size,
            range: None,
            number,
            failure,
        }
    }

    /// Returns a share for each range.
    pub(crate) fn divide(&self, ranges: Vec<Range<u64>>) -> Vec<Self> {
        ranges.into_iter().map(|range| Self { range: Some(range), ..self.clone() }).collect()
    }

    pub(crate) fn resource(&self, opener: Option<&Opener>) -> Resource {
        let path = self.path.clone();
        let origin = match (&self.failure, opener) {
            (Some(failure), _) => Origin::Broken(failure.clone()),
            (None, Some(opener)) => Origin::Opened(path, opener.clone()),
            (None, None) if self.size.is_some() => Origin::File(path),
            (None, None) => Origin::Pipe(path),
        };
        Resource { name: self.name.clone(), prefix: self.prefix.clone(), size: self.size, origin }
    }

    pub(crate) fn task(&self, index: usize, opener: Option<&Opener>) -> Task {
        Task {
            input: index,
            index,
            resource: Arc::new(self.resource(opener)),
            range: self.range.clone(),
            piece: self.number.saturating_mul(SOURCES_PER_RESOURCE),
        }
    }
}
