//! Files and folders as resources.

use crate::failure::{InputFailure, cause};
use crate::input::{Origin, Resource};
use crate::limits::FOLDER_FILES;
use scriptscope::Failure;
use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Resources of an input. Those in a folder are named by their path in it; the input itself has no name yet.
pub(crate) struct Contents {
    pub(crate) resources: Vec<Resource>,
    pub(crate) is_folder: bool,
}

/// Lists the files at paths. Links in folders are reported, or followed once each.
pub(crate) struct Lister {
    follow_links: bool,
    /// Files and folders that were listed, if links are followed.
    listed: HashSet<Identity>,
    links: Vec<Link>,
}

/// Link in a folder, to be followed.
struct Link {
    path: PathBuf,
    /// Index of the input, and index of the resource that reports the link until it is followed.
    input: usize,
    resource: usize,
}

/// Identity of a file or folder, the same for every path to it.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    #[cfg(unix)]
    Inode(u64, u64),
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl Lister {
    pub(crate) fn new(follow_links: bool) -> Self {
        Self { follow_links, listed: HashSet::new(), links: Vec::new() }
    }

    /// Returns the file at a path, or every file in the folder, hidden ones included, sorted by name. Unreadable files
    /// are listed with their failure. `input` is the index of the path among the inputs.
    pub(crate) fn contents(&mut self, path: &Path, input: usize) -> Contents {
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) => return Contents::one(Resource::broken(String::new(), error)),
        };
        self.is_new(path, &found);
        if !found.is_dir() {
            return Contents::one(file(String::new(), String::new(), path.to_owned(), &found));
        }
        let mut resources = Vec::new();
        match self.walk(path, "", input, false, &mut resources) {
            Ok(()) => Contents { resources, is_folder: true },
            Err(failure) => Contents::one(Resource::broken(String::new(), failure)),
        }
    }

    /// Follows the links that were found, and those found behind them. Each file and folder is listed once, so links in a
    /// circle end. What is behind a link is named by the path of the link.
    pub(crate) fn follow(&mut self, found: &mut [Contents]) {
        // Links to folders, whose files are resources of their own.
        let mut folders = HashSet::new();
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            // The order of the inputs does not decide which of two links is followed.
            links.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
            for link in links {
                let Some(contents) = found.get_mut(link.input) else { continue };
                let Some(reported) = contents.resources.get_mut(link.resource) else { continue };
                let name = reported.name.clone();
                match self.target(&link.path) {
                    Err(failure) => reported.origin = Origin::Broken(failure),
                    Ok(found) if !found.is_dir() => {
                        *reported = regular(name.clone(), link.path, &found);
                    }
                    Ok(_) => {
                        let walked =
                            self.walk(&link.path, &name, link.input, true, &mut contents.resources);
                        match (walked, contents.resources.get_mut(link.resource)) {
                            (Err(failure), Some(reported)) => {
                                reported.origin = Origin::Broken(failure);
                            }
                            _ => {
                                folders.insert((link.input, link.resource));
                            }
                        }
                    }
                }
            }
        }
        for (input, contents) in found.iter_mut().enumerate() {
            let mut resource = 0..;
            contents.resources.retain(|_| {
                !resource.next().is_some_and(|resource| folders.contains(&(input, resource)))
            });
        }
    }

    /// Returns the target of a link, unless it was listed before.
    fn target(&mut self, link: &Path) -> Result<Metadata, InputFailure> {
        let unread = |error| format!("a link whose target cannot be read: {}", cause(&error));
        let found = fs::metadata(link).map_err(|error| InputFailure::read(unread(error)))?;
        if self.is_new(link, &found) { Ok(found) } else { Err(listed_before()) }
    }

    /// Lists the files in a folder, named by their relative path with `/` after `prefix`. Folders that cannot be listed,
    /// links and everything else that is no file are listed with a failure: a link in a mounted image leads to the disk
    /// of the analyst.
    fn walk(
        &mut self,
        folder: &Path,
        prefix: &str,
        input: usize,
        is_linked: bool,
        found: &mut Vec<Resource>,
    ) -> Result<(), InputFailure> {
        let name_of = |path: &Path| inside(folder, path, prefix);
        let mut entries = WalkDir::new(folder).sort_by_file_name().min_depth(1).into_iter();
        while let Some(entry) = entries.next() {
            let is_folder = matches!(&entry, Ok(entry) if entry.file_type().is_dir());
            if found.len() >= FOLDER_FILES && !is_folder {
                let message = format!(
                    "the folder has more than {FOLDER_FILES} files: the others are not read"
                );
                found.push(Resource::broken(prefix.to_owned(), InputFailure::limit(message)));
                break;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let name = error.path().map_or_else(|| prefix.to_owned(), name_of);
                    let at_top = error.depth() == 0;
                    let failure = InputFailure::from(
                        error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()),
                    );
                    if at_top {
                        return Err(failure);
                    }
                    found.push(Resource::broken(name, failure));
                    continue;
                }
            };
            let name = name_of(entry.path());
            if entry.path_is_symlink() {
                if self.follow_links {
                    let path = entry.into_path();
                    self.links.push(Link { path, input, resource: found.len() });
                }
                found.push(Resource::broken(name, InputFailure::read(LINK)));
                continue;
            }
            // Behind a link can be what the folder holds too, even the folder itself.
            let known = self.follow_links.then(|| fs::symlink_metadata(entry.path()));
            let is_new = match known {
                Some(Ok(known)) => self.is_new(entry.path(), &known),
                _ => true,
            };
            if is_linked && !is_new {
                if is_folder {
                    entries.skip_current_dir();
                }
                found.push(Resource::broken(name, listed_before()));
            } else if !is_folder {
                found.push(resource_in(name, entry.into_path()));
            }
        }
        Ok(())
    }

    /// Notes a file or folder, and returns whether it was not listed before.
    fn is_new(&mut self, path: &Path, found: &Metadata) -> bool {
        if !self.follow_links {
            return true;
        }
        identity(path, found).is_none_or(|identity| self.listed.insert(identity))
    }
}

impl Contents {
    pub(crate) fn one(resource: Resource) -> Self {
        Self { resources: vec![resource], is_folder: false }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems may not know it")]
fn identity(_: &Path, found: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some(Identity::Inode(found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Option<Identity> {
    fs::canonicalize(path).ok().map(Identity::Path)
}

/// Returns the last component of a path, resolving `.` and `..`.
pub(crate) fn title(path: &Path) -> String {
    let name = path.file_name().map(ToOwned::to_owned);
    let resolved = || fs::canonicalize(path).ok()?.file_name().map(ToOwned::to_owned);
    let name = name.or_else(resolved).unwrap_or_else(|| path.as_os_str().to_owned());
    name.to_string_lossy().into_owned()
}

const LINK: &str = "a link, which is not followed; name its target to read it";

fn listed_before() -> InputFailure {
    let message = "it is read already, under another name".to_owned();
    InputFailure { kind: Failure::AlreadyRead, message }
}

fn resource_in(name: String, path: PathBuf) -> Resource {
    match fs::symlink_metadata(&path) {
        Ok(found) => regular(name, path, &found),
        Err(error) => Resource::broken(name, error),
    }
}

/// Returns a regular file. Opening a pipe would block: a pipe is read only if the user named it.
fn regular(name: String, path: PathBuf, found: &Metadata) -> Resource {
    if found.is_file() {
        file(name.clone(), name, path, found)
    } else {
        Resource::broken(name, InputFailure::read("not a file"))
    }
}

fn inside(folder: &Path, path: &Path, prefix: &str) -> String {
    let parts = path.strip_prefix(folder).unwrap_or(path).iter();
    let parts = parts.map(|part| part.to_string_lossy().into_owned());
    let prefix = (!prefix.is_empty()).then(|| prefix.to_owned());
    prefix.into_iter().chain(parts).collect::<Vec<_>>().join("/")
}

fn file(name: String, prefix: String, path: PathBuf, found: &Metadata) -> Resource {
    let is_file = found.is_file();
    let origin = if is_file { Origin::File(path) } else { Origin::Pipe(path) };
    Resource { name, prefix, size: is_file.then_some(found.len()), origin }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};

    fn listed(path: &Path, follow_links: bool) -> Vec<Resource> {
        crate::input::resources(&[path.into()], follow_links).concat()
    }

    /// Names of resources, those that are not read with the reason.
    #[cfg(unix)]
    fn outcomes(path: &Path) -> Vec<String> {
        let mut found: Vec<_> = listed(path, true)
            .into_iter()
            .map(|resource| match resource.origin {
                Origin::Broken(failure) => format!("{}: {}", resource.name, failure.message),
                _ => resource.name,
            })
            .collect();
        found.sort();
        found
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once_each() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let other = folder.path().join("other");
        create_dir_all(logs.join("sub")).unwrap();
        create_dir_all(other.join("deep")).unwrap();
        for name in ["logs/a.xml", "logs/sub/b.xml", "other/c.xml", "other/deep/d.xml", "e.xml"] {
            write(folder.path().join(name), name).unwrap();
        }
        for (target, link) in [
            ("..", "logs/above"),
            ("../other", "logs/other"),
            ("../other", "logs/sub/again"),
            ("../e.xml", "logs/file.xml"),
            ("../e.xml", "logs/file2.xml"),
            ("a.xml", "logs/own.xml"),
            ("sub", "logs/own"),
            ("nowhere", "logs/none.xml"),
            ("circle", "logs/circle"),
            ("/dev/null", "logs/null.xml"),
            ("../logs", "other/back"),
            ("deep", "other/inner"),
        ] {
            symlink(target, folder.path().join(link)).unwrap();
        }
        let twice = "it is read already, under another name";
        let expected = [
            "a.xml".to_owned(),
            "above/e.xml".to_owned(),
            format!("above/logs: {twice}"),
            "above/other/c.xml".to_owned(),
            "above/other/deep/d.xml".to_owned(),
            format!("above/other/back: {twice}"),
            format!("above/other/inner: {twice}"),
            "circle: a link whose target cannot be read: its links lead in a circle".to_owned(),
            format!("file.xml: {twice}"),
            format!("file2.xml: {twice}"),
            "none.xml: a link whose target cannot be read: there is no such file or folder"
                .to_owned(),
            "null.xml: not a file".to_owned(),
            format!("other: {twice}"),
            format!("own: {twice}"),
            format!("own.xml: {twice}"),
            "sub/b.xml".to_owned(),
            format!("sub/again: {twice}"),
        ];
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(outcomes(&logs), expected);
        std::fs::remove_file(logs.join("above")).unwrap();
        let found = outcomes(&logs);
        assert!(found.contains(&"other/deep/d.xml".to_owned()), "{found:?}");
        assert!(found.contains(&"file.xml".to_owned()), "{found:?}");
        assert!(found.contains(&format!("file2.xml: {twice}")), "{found:?}");
        assert!(found.contains(&format!("other/back: {twice}")), "{found:?}");
    }

    #[test]
    fn a_folder_lists_its_files_by_their_path_inside() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        create_dir_all(logs.join("sub")).unwrap();
        create_dir_all(logs.join("empty")).unwrap();
        for name in ["b.xml", "a.xml", "sub/c.xml", ".hidden.xml"] {
            write(logs.join(name), name).unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("nowhere", logs.join("z.xml")).unwrap();
            std::os::unix::fs::symlink("..", logs.join("circle")).unwrap();
        }
        let found = listed(&logs, false);
        let names: Vec<_> = found.iter().map(|resource| resource.name.as_str()).collect();
        let expected = [".hidden.xml", "a.xml", "b.xml", "circle", "sub/c.xml", "z.xml"];
        let expected: Vec<_> = if cfg!(unix) {
            expected.to_vec()
        } else {
            expected.into_iter().filter(|name| !["circle", "z.xml"].contains(name)).collect()
        };
        assert_eq!(names, expected);
        #[cfg(unix)]
        {
            for link in [3, 5] {
                assert!(
                    matches!(&found[link].origin, Origin::Broken(failure) if failure.message == LINK)
                );
            }
        }
        let one = listed(&logs.join("a.xml"), false);
        assert_eq!(
            (one[0].name.as_str(), one[0].size, one[0].prefix.as_str()),
            ("a.xml", Some(5), "")
        );
        let missing = listed(&logs.join("none.evtx"), false);
        assert!(matches!(&missing[0].origin, Origin::Broken(_)));
        assert_eq!(missing[0].name, "none.evtx");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_utf8_are_read_and_told_apart() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        for name in [b"a\xfe.xml", b"a\xff.xml"] {
            write(folder.path().join(OsStr::from_bytes(name)), "x").unwrap();
        }
        let found = listed(folder.path(), false);
        let names: Vec<_> = found.iter().map(|resource| resource.name.as_str()).collect();
        assert_eq!(names, ["a\u{fffd}.xml", "a\u{fffd}.xml (2)"]);
        assert!(found.iter().all(|resource| resource.open().is_ok()));
        assert_eq!(found[1].prefix, "a\u{fffd}.xml (2)");
    }
}
