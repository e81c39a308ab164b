//! Names of resources in the report.

use crate::files::{Contents, title};
use crate::input::{Input, Resource};
use crate::unpack::listed_members;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

/// Names the resources of all inputs: a file by its base name, what is in a folder or archive by its path inside. If another
/// input has the same path, it begins with the name of the folder or archive.
pub(crate) fn name_apart(inputs: &[Input], found: Vec<Contents>) -> Vec<Vec<Resource>> {
    let titles: Vec<_> = inputs.iter().map(title_of).collect();
    let labels = labels(inputs, &titles);
    let are_several = inputs.len() > 1;
    let paths = found.iter().zip(&titles);
    let paths: Vec<_> =
        paths.map(|(contents, title)| are_several.then(|| paths_in(contents, title))).collect();
    let shared = shared_paths(&paths);
    let mut names = HashSet::new();
    let mut named = Vec::new();
    for (((contents, title), label), paths) in found.into_iter().zip(titles).zip(labels).zip(&paths)
    {
        let Contents { mut resources, is_folder } = contents;
        let is_shared = paths.as_ref().is_some_and(|Paths { known, are_all }| {
            !are_all || known.iter().any(|path| shared.contains(path.as_str()))
        });
        for resource in &mut resources {
            if is_folder {
                name_in_folder(resource, is_shared.then_some(&label), &title);
                resource.name = numbered(&resource.name, &mut names);
                if !resource.prefix.is_empty() {
                    resource.prefix.clone_from(&resource.name);
                }
            } else {
                resource.name.clone_from(&title);
                if is_shared {
                    resource.prefix = numbered(&label, &mut names);
                }
            }
        }
        named.push(resources);
    }
    named
}

/// Paths inside an input that name sources.
struct Paths {
    known: Vec<String>,
    are_all: bool,
}

fn paths_in(contents: &Contents, title: &str) -> Paths {
    if contents.is_folder {
        let known = contents.resources.iter().map(|resource| resource.name.clone()).collect();
        return Paths { known, are_all: true };
    }
    let mut known = vec![title.to_owned()];
    let members = contents.resources.first().map_or(Some(Vec::new()), listed_members);
    let are_all = members.is_some();
    known.extend(members.unwrap_or_default());
    Paths { known, are_all }
}

/// Returns the paths that several inputs have.
fn shared_paths(paths: &[Option<Paths>]) -> HashSet<&str> {
    let mut owners: HashMap<&str, usize> = HashMap::new();
    let mut shared = HashSet::new();
    for (index, paths) in paths.iter().enumerate() {
        for path in paths.iter().flat_map(|paths| &paths.known) {
            if owners.insert(path, index).is_some_and(|owner| owner != index) {
                shared.insert(path.as_str());
            }
        }
    }
    shared
}

/// Names a resource in a folder. The name of the folder itself is empty so far.
fn name_in_folder(resource: &mut Resource, label: Option<&String>, title: &str) {
    if resource.name.is_empty() {
        label.map_or(title, String::as_str).clone_into(&mut resource.name);
    } else if let Some(label) = label {
        resource.name = format!("{label}/{}", resource.name);
    }
}

/// Returns the name, with a number if it was returned before: names that are not UTF-8 look alike, and an input can be
/// given twice.
fn numbered(name: &str, names: &mut HashSet<String>) -> String {
    let mut own = name.to_owned();
    let mut number = 2;
    while !names.insert(own.clone()) {
        own = format!("{name} ({number})");
        number += 1;
    }
    own
}

/// Returns a name for each input: the last component of a path, and as many before it as distinguish it from the other
/// paths.
fn labels(inputs: &[Input], titles: &[String]) -> Vec<String> {
    let components: Vec<_> =
        inputs.iter().zip(titles).map(|(input, title)| components(input, title)).collect();
    let mut lengths = vec![1; inputs.len()];
    loop {
        let labels: Vec<_> =
            components.iter().zip(&lengths).map(|(all, length)| ending(all, *length)).collect();
        let mut alike: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, label) in labels.iter().enumerate() {
            alike.entry(label).or_default().push(index);
        }
        let mut is_longer = false;
        for indices in alike.values() {
            let own = |index: &usize| components.get(*index);
            // Equal paths stay equal, however many components are named.
            if indices.iter().all(|index| own(index) == indices.first().and_then(own)) {
                continue;
            }
            for index in indices {
                let Some(length) = lengths.get_mut(*index) else { continue };
                if own(index).is_some_and(|all| *length < all.len()) {
                    *length += 1;
                    is_longer = true;
                }
            }
        }
        if !is_longer {
            return labels;
        }
    }
}

fn title_of(input: &Input) -> String {
    match input {
        Input::Path(path) => title(path),
        _ => input.label(),
    }
}

/// Returns the components of an absolute path that may be named; of other inputs, and of a path that is itself the top of
/// a file system, the one name.
fn components(input: &Input, title: &str) -> Vec<String> {
    let Input::Path(path) = input else { return vec![title.to_owned()] };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let folders = path.parent().unwrap_or(Path::new("")).components();
    let named = folders.filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    named.chain([title.to_owned()]).collect()
}

fn ending(components: &[String], length: usize) -> String {
    let start = components.len().saturating_sub(length);
    components.get(start..).unwrap_or_default().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_end_alike_name_as_many_folders_as_tell_them_apart() {
        let named = |paths: &[&str]| {
            let inputs: Vec<_> = paths.iter().map(|path| Input::Path(path.into())).collect();
            let titles: Vec<_> = inputs.iter().map(title_of).collect();
            labels(&inputs, &titles)
        };
        assert_eq!(named(&["/c/a/x.zip", "/c/b/x.zip", "/c/y"]), ["a/x.zip", "b/x.zip", "y"]);
        assert_eq!(named(&["/p/a/x", "/q/a/x", "/a/y/x"]), ["p/a/x", "q/a/x", "y/x"]);
        assert_eq!(named(&["/x", "/p/x"]), ["x", "p/x"]);
        assert_eq!(named(&["/p/x", "/p/x"]), ["x", "x"]);
        assert_eq!(named(&["/p/x", "/p/./x", "/q/x"]), ["p/x", "p/x", "q/x"]);
    }
}
