//! Files and folders as resources.

use crate::failure::InputFailure;
use crate::input::{Origin, Resource};
use crate::limits::FOLDER_FILES;
use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Returns the file at a path, or every file in the folder, hidden ones included, sorted by name. Unreadable files are
/// listed with their failure.
pub(crate) fn resources_at(path: &Path) -> Vec<Resource> {
    let title = title(path);
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            folder(path).unwrap_or_else(|failure| vec![Resource::broken(title, failure)])
        }
        Ok(found) => vec![file(title, String::new(), path.to_owned(), &found)],
        Err(error) => vec![Resource::broken(title, error)],
    }
}

/// Returns the last component of a path, resolving `.` and `..`.
fn title(path: &Path) -> String {
    let name = path.file_name().map(ToOwned::to_owned);
    let resolved = || std::path::absolute(path).ok()?.file_name().map(ToOwned::to_owned);
    let name = name.or_else(resolved).unwrap_or_else(|| path.as_os_str().to_owned());
    name.to_string_lossy().into_owned()
}

/// Returns the files in a folder, named by their relative path with `/`. Folders that cannot be listed, links and
/// everything else that is no file are listed with a failure: a link in a mounted image leads to the disk of the analyst.
fn folder(folder: &Path) -> Result<Vec<Resource>, InputFailure> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().min_depth(1) {
        if found.len() >= FOLDER_FILES && !matches!(&entry, Ok(entry) if entry.file_type().is_dir())
        {
            let message =
                format!("the folder has more than {FOLDER_FILES} files: the others are not read");
            found.push(Resource::broken(title(folder), InputFailure::limit(message)));
            break;
        }
        let resource = match entry {
            Ok(entry) if entry.path_is_symlink() => {
                Resource::broken(inside(folder, entry.path()), InputFailure::read(LINK))
            }
            Ok(entry) if entry.file_type().is_dir() => continue,
            Ok(entry) => resource_in(folder, entry.into_path()),
            Err(error) => {
                let name = error.path().map_or_else(|| title(folder), |path| inside(folder, path));
                let at_top = error.depth() == 0;
                let failure = InputFailure::from(
                    error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()),
                );
                if at_top {
                    return Err(failure);
                }
                Resource::broken(name, failure)
            }
        };
        found.push(resource);
    }
    tell_apart(&mut found);
    Ok(found)
}

/// Numbers the names that look alike, because their bytes are not UTF-8.
fn tell_apart(found: &mut [Resource]) {
    let mut names = HashSet::new();
    for resource in found {
        let name = resource.name.clone();
        let mut number = 2;
        while name.contains(char::REPLACEMENT_CHARACTER) && names.contains(&resource.name) {
            resource.name = format!("{name} ({number})");
            number += 1;
        }
        if resource.name != name && !resource.prefix.is_empty() {
            resource.prefix.clone_from(&resource.name);
        }
        names.insert(resource.name.clone());
    }
}

const LINK: &str = "a link, which is not followed; name its target to read it";

fn resource_in(folder: &Path, path: PathBuf) -> Resource {
    let name = inside(folder, &path);
    match fs::symlink_metadata(&path) {
        // Opening a pipe would block. A pipe is read only if the user named it.
        Ok(found) if !found.is_file() => Resource::broken(name, InputFailure::read("not a file")),
        Ok(found) => file(name.clone(), name, path, &found),
        Err(error) => Resource::broken(name, error),
    }
}

fn inside(folder: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(folder).unwrap_or(path).iter();
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
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
        let found = resources_at(&logs);
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
        let one = resources_at(&logs.join("a.xml"));
        assert_eq!(
            (one[0].name.as_str(), one[0].size, one[0].prefix.as_str()),
            ("a.xml", Some(5), "")
        );
        let missing = resources_at(&logs.join("none.evtx"));
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
        let found = resources_at(folder.path());
        let names: Vec<_> = found.iter().map(|resource| resource.name.as_str()).collect();
        assert_eq!(names, ["a\u{fffd}.xml", "a\u{fffd}.xml (2)"]);
        assert!(found.iter().all(|resource| resource.open().is_ok()));
        assert_eq!(found[1].prefix, "a\u{fffd}.xml (2)");
    }
}
