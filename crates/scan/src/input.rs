//! Inputs: a path, named bytes or a named stream. Each input consists of resources that are read independently.

use crate::failure::InputFailure;
use crate::files::{Contents, Lister};
use crate::source_names::name_apart;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Input of a run.
#[derive(Clone)]
pub enum Input {
    /// A file, or a folder with all files in it.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes {
        /// Name in the report.
        name: String,
        /// Content.
        bytes: Arc<[u8]>,
    },
    /// A stream, which can be read only once.
    Stream(Stream),
    /// A file that [`list_files`] found.
    File(ListedFile),
}

/// File of an input, or a part of the input that cannot be read.
#[derive(Clone)]
pub struct ListedFile(Resource);

impl ListedFile {
    /// Returns the file's name in the report.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the path of the file; `None` if it is none.
    ///
    /// # Errors
    ///
    /// Returns why it cannot be read.
    pub fn path(&self) -> Result<Option<&Path>, &InputFailure> {
        match &self.0.origin {
            Origin::File(path) | Origin::Pipe(path) => Ok(Some(path)),
            Origin::Broken(failure) => Err(failure),
            _ => Ok(None),
        }
    }
}

/// Returns the files of all inputs. Links in folders are followed if `follow_links` is set.
pub fn list_files(inputs: &[Input], follow_links: bool) -> Vec<ListedFile> {
    resources(inputs, follow_links).into_iter().flatten().map(ListedFile).collect()
}

/// A named stream, such as standard input.
#[derive(Clone)]
pub struct Stream {
    name: String,
    reader: Arc<Mutex<Option<Box<dyn Read + Send>>>>,
}

impl Input {
    /// Returns a named stream.
    pub fn stream(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        let reader = Arc::new(Mutex::new(Some(Box::new(reader) as Box<dyn Read + Send>)));
        Input::Stream(Stream { name: name.into(), reader })
    }

    /// Returns the input's name in messages.
    pub fn label(&self) -> String {
        match self {
            Input::Path(path) => path.to_string_lossy().into_owned(),
            Input::Bytes { name, .. }
            | Input::Stream(Stream { name, .. })
            | Input::File(ListedFile(Resource { name, .. })) => name.clone(),
        }
    }
}

impl From<&Path> for Input {
    fn from(path: &Path) -> Self {
        Input::Path(path.to_owned())
    }
}

/// File, stream or bytes, to be read into one source, or into several if it is an archive.
#[derive(Clone)]
pub(crate) struct Resource {
    /// Name in the report.
    pub(crate) name: String,
    /// Prefix of the names of an archive's members.
    pub(crate) prefix: String,
    /// Size in bytes; `None` if it is unknown before the end.
    pub(crate) size: Option<u64>,
    pub(crate) origin: Origin,
}

#[derive(Clone)]
pub(crate) enum Origin {
    File(PathBuf),
    /// A file that the caller opens.
    Opened(PathBuf, Opener),
    /// A pipe or device, read once from the start.
    Pipe(PathBuf),
    Bytes(Arc<[u8]>),
    Stream(Stream),
    Broken(InputFailure),
}

/// Content of a file.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Function that opens a path.
#[derive(Clone)]
pub(crate) struct Opener(pub(crate) Arc<Open>);

type Open = dyn Fn(&Path) -> io::Result<Box<dyn ReadSeek>> + Send + Sync;

/// Open resource.
pub(crate) enum Opened {
    Seekable(Box<dyn ReadSeek>),
    Stream(Box<dyn Read>),
}

impl Resource {
    pub(crate) fn broken(name: String, failure: impl Into<InputFailure>) -> Self {
        let origin = Origin::Broken(failure.into());
        Self { name, prefix: String::new(), size: None, origin }
    }

    pub(crate) fn open(&self) -> Result<Opened, InputFailure> {
        Ok(match &self.origin {
            Origin::File(path) => Opened::Seekable(Box::new(File::open(path)?)),
            Origin::Opened(path, opener) => Opened::Seekable((opener.0)(path)?),
            Origin::Pipe(path) => Opened::Stream(Box::new(File::open(path)?)),
            Origin::Bytes(bytes) => Opened::Seekable(Box::new(Cursor::new(Arc::clone(bytes)))),
            Origin::Stream(stream) => {
                let mut reader = stream.reader.lock().map_err(|_| taken())?;
                Opened::Stream(reader.take().ok_or_else(taken)?)
            }
            Origin::Broken(failure) => return Err(failure.clone()),
        })
    }

    /// Whether the resource can be opened a second time.
    pub(crate) fn is_repeatable(&self) -> bool {
        !matches!(self.origin, Origin::Pipe(_) | Origin::Stream(_))
    }

    /// Returns a function that reads bytes at an offset; `None` if the resource is not seekable.
    pub(crate) fn reader_at(&self) -> Option<impl FnMut(u64, usize) -> Option<Vec<u8>> + use<>> {
        let Ok(Opened::Seekable(mut reader)) = self.open() else { return None };
        Some(move |offset, length| {
            reader.seek(io::SeekFrom::Start(offset)).ok()?;
            let mut bytes = Vec::new();
            reader.by_ref().take(length as u64).read_to_end(&mut bytes).ok()?;
            Some(bytes)
        })
    }
}

fn taken() -> InputFailure {
    InputFailure::read("a stream can be read once only")
}

/// Returns the resources of each input, each with a name of its own.
pub(crate) fn resources(inputs: &[Input], follow_links: bool) -> Vec<Vec<Resource>> {
    let mut lister = Lister::new(follow_links);
    let mut found = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let (size, origin) = match input {
            Input::Path(path) => {
                found.push(lister.contents(path, index));
                continue;
            }
            Input::File(ListedFile(resource)) => {
                found.push(Contents::one(resource.clone()));
                continue;
            }
            Input::Bytes { bytes, .. } => {
                (Some(bytes.len() as u64), Origin::Bytes(Arc::clone(bytes)))
            }
            Input::Stream(stream) => (None, Origin::Stream(stream.clone())),
        };
        let resource = Resource { name: String::new(), prefix: String::new(), size, origin };
        found.push(Contents::one(resource));
    }
    lister.follow(&mut found);
    name_apart(inputs, found)
}
