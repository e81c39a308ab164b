//! [`JsonPath`]: a path into a JSON value, as `spath` and the JSON functions of `eval` write it.

use super::json::Json;
use crate::limits;

/// A path such as `a.b{}.c{1}`: names, with `{}` for every element of an array and `{n}` for one, from 0 or, if
/// negative, from the end.
pub(crate) struct JsonPath<'a>(Vec<PathStep<'a>>);

enum PathStep<'a> {
    /// The member of this name.
    Name(&'a str),
    /// The element at this index.
    Index(i64),
    /// Every element.
    Each,
}

impl<'a> JsonPath<'a> {
    /// Parses a path.
    pub(crate) fn parse(path: &'a str) -> Self {
        let mut steps = Vec::new();
        for part in path.split('.') {
            let (name, mut rest) =
                part.split_at_checked(part.find('{').unwrap_or(part.len())).unwrap_or((part, ""));
            if !name.is_empty() {
                steps.push(PathStep::Name(name));
            }
            while let Some((index, after)) =
                rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
            {
                steps.push(match index.trim().parse::<i64>() {
                    Ok(index) => PathStep::Index(index),
                    Err(_) => PathStep::Each,
                });
                rest = after;
            }
        }
        Self(steps)
    }

    /// Returns the path to the member of this name, in which no character is special.
    pub(crate) fn exact(name: &'a str) -> Self {
        Self(vec![PathStep::Name(name)])
    }

    /// Whether the path can lead to several values.
    pub(crate) fn is_multiple(&self) -> bool {
        self.0.iter().any(|step| matches!(step, PathStep::Each))
    }

    /// Returns the values at the path, at most [`limits::FIELD_VALUES`].
    pub(crate) fn select<'j, 't>(&self, json: &'j Json<'t>) -> Vec<&'j Json<'t>> {
        let mut found = vec![json];
        for step in &self.0 {
            found = found
                .into_iter()
                .flat_map(|json| match (step, json) {
                    (PathStep::Name(name), json) => {
                        json.get(name).map_or(&[][..], std::slice::from_ref)
                    }
                    (PathStep::Index(index), Json::List(_, elements)) => {
                        let at = position(*index, elements.len());
                        at.and_then(|at| elements.get(at)).map_or(&[][..], std::slice::from_ref)
                    }
                    (PathStep::Each, Json::List(_, elements)) => elements.as_slice(),
                    _ => &[],
                })
                .take(limits::FIELD_VALUES)
                .collect();
        }
        found
    }

    /// Assigns a value at the path. A missing last member is added to its object; other missing steps change nothing.
    pub(crate) fn assign<'t>(&self, json: &mut Json<'t>, value: &Json<'t>) {
        assign(&self.0, json, value);
    }
}

fn assign<'t>(steps: &[PathStep<'_>], json: &mut Json<'t>, value: &Json<'t>) {
    let Some((step, rest)) = steps.split_first() else {
        json.clone_from(value);
        return;
    };
    match (step, json) {
        (PathStep::Name(name), Json::Object(_, members)) => {
            match members.iter_mut().rfind(|(own, _)| own == name) {
                Some((_, member)) => assign(rest, member, value),
                None if rest.is_empty() => members.push(((*name).to_owned(), value.clone())),
                None => {}
            }
        }
        (PathStep::Index(index), Json::List(_, elements)) => {
            let at = position(*index, elements.len());
            if let Some(element) = at.and_then(|at| elements.get_mut(at)) {
                assign(rest, element, value);
            }
        }
        (PathStep::Each, Json::List(_, elements)) => {
            elements.iter_mut().for_each(|element| assign(rest, element, value));
        }
        _ => {}
    }
}

/// Returns the place of an index, which counts from the end if it is negative.
fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { index + length } else { index }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_select_and_assign() {
        let json = r#"{"a": {"b": [1, {"c": "x"}, {"c": "y"}], "n": null}, "d.e": true}"#;
        let json = Json::parse(json).unwrap();
        for (path, expected) in [
            ("a.b{}.c", r#""x" "y""#),
            ("a.b{1}.c", r#""x""#),
            ("a.b{-1}.c", r#""y""#),
            ("a.b{0}", "1"),
            ("a.b{9}", ""),
            ("a.n", "null"),
            ("d.e", ""),
        ] {
            let path = JsonPath::parse(path);
            let found: Vec<String> = path.select(&json).into_iter().map(Json::write).collect();
            assert_eq!(found.join(" "), expected);
        }
        assert_eq!(JsonPath::exact("d.e").select(&json).len(), 1);
        for (path, expected) in [
            ("d.e", r#"{"a":{"b":[1,{"c":"x"},{"c":"y"}],"n":null},"d.e":true}"#),
            ("a.b{}.c", r#"{"a":{"b":[1,{"c":0},{"c":0}],"n":null},"d.e":true}"#),
            ("a.m", r#"{"a":{"b":[1,{"c":"x"},{"c":"y"}],"n":null,"m":0},"d.e":true}"#),
            ("a", r#"{"a":0,"d.e":true}"#),
        ] {
            let mut changed = json.clone();
            JsonPath::parse(path).assign(&mut changed, &Json::Word("0".into()));
            assert_eq!(changed.write(), expected, "{path}");
        }
    }
}
