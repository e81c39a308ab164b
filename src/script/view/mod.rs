//! Views: a script's text with its obfuscation undone.
//!
//! Scripts hide words by splitting strings, by writing characters as numbers, by backticks, by base64 and by
//! compression. A [`View`] is the text with such layers removed, and a [`ViewMap`] from each of its positions back to
//! the original. Views are for reading and searching: nothing is executed, and the work is bounded by the length of the
//! text.
//!
//! ```text
//! powershell -e ('SQBF' + 'AFgA…')    the script
//!   └ plain     powershell -e 'SQBFAFgA…'         constants folded
//!       └ layer 1         IEX ('a'+'b')           base64 decoded, and inflated if it is packed
//!           └ layer 1 plain      IEX 'ab'
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `constant_fold` | a text with its constants evaluated |
//! | `map` | positions of a view in the original |

mod constant_fold;
mod map;

use crate::limits;
use crate::script::eval::ScriptString;
use crate::script::{base64, is_obfuscated};
use crate::text::Raw;
use map::ViewMap;
use std::ops::Range;

/// A script's text with layers of obfuscation removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// `plain`, `layer 1`, `layer 1 plain`, `layer 2` …
    pub name: String,
    /// The deobfuscated text.
    pub text: String,
    /// The positions of the text in the original.
    pub map: ViewMap,
    /// The view that it was made from, or [`ORIGINAL`].
    pub origin: String,
    /// The piece of that text that it was made from.
    pub piece: Range<usize>,
}

/// Name of the script itself among its views.
const ORIGINAL: &str = "original";

impl View {
    /// Whether the view is a text that was encoded in another.
    pub(in crate::script) fn is_layer(&self) -> bool {
        self.name.starts_with("layer") && !self.name.ends_with("plain")
    }
}

/// Returns the views of a script's text, the outermost first; none if the text has no sign of obfuscation.
///
/// `plain` is the text with constants folded (split and formatted strings, character codes) and without backticks in
/// words. A `layer` is the text of a base64 string, inflated if it is packed by deflate or gzip; its own `plain` follows
/// if it differs. Views beyond [`limits::VIEWS`], [`limits::VIEW_BYTES`] or [`limits::VIEW_FACTOR`] are left out.
///
/// ```
/// use scriptscope::internal::script::views;
///
/// let text = "& ('i'+'ex') $code";
/// let view = &views(text)[0];
/// assert_eq!((view.name.as_str(), view.text.as_str()), ("plain", "iex $code"));
/// assert_eq!(&text[view.map.original(0..3)], "& ('i'+'ex')");
/// ```
pub fn views(text: &str) -> Vec<View> {
    limited_views(text).0
}

/// Returns the [`views`] that a search of logs reads: none of a text longer than [`limits::OBFUSCATED_BYTES`].
///
/// The report says which script blocks with a sign of obfuscation were too long (`views-not-searched`).
pub(crate) fn searched_views(text: &str) -> Vec<View> {
    if has_searched_views(text) { views(text) } else { Vec::new() }
}

/// Whether a text is short enough for its views to be searched.
pub(crate) fn has_searched_views(text: &str) -> bool {
    text.len() <= limits::OBFUSCATED_BYTES
}

/// Returns how each view of a text was made, in the order of the views: the pieces that were replaced, each with what it
/// is worth. Of a plain view they are pieces of the text that it makes plain; of a layer, the piece of the original that
/// it was encoded in, with all of the layer.
pub(crate) fn steps(text: &str, views: &[View]) -> Vec<Vec<(String, String)>> {
    let piece = |text: &str, range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
    let steps = views.iter().map(|view| {
        if view.is_layer() {
            let origin = view.map.original(0..view.text.len());
            return vec![(piece(text, origin), view.text.clone())];
        }
        let of_layer = view.name.strip_suffix(" plain");
        let outer = views.iter().find(|outer| Some(outer.name.as_str()) == of_layer);
        let outer = outer.map_or(text, |outer| outer.text.as_str());
        let folds = constant_fold::folds(outer).into_iter();
        folds.map(|(range, worth)| (piece(outer, range), worth)).collect()
    });
    steps.collect()
}

/// What the views of a text lack because of limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ViewLimits {
    /// A view was left out: there are more than [`limits::VIEWS`], or their texts are longer than is allowed.
    pub(crate) views: bool,
    /// Packed data expand too much.
    pub(crate) packed: bool,
    /// The evaluation of a text was not finished.
    pub(crate) evaluation: bool,
}

/// Returns the [`views`] of a script's text, and what they lack.
pub(crate) fn limited_views(text: &str) -> (Vec<View>, ViewLimits) {
    if !is_obfuscated(Raw::from(text)) {
        return (Vec::new(), ViewLimits::default());
    }
    views_of_any(text)
}

/// Returns the views of a text without regard to signs of obfuscation, and what they lack.
pub(crate) fn views_of_any(text: &str) -> (Vec<View>, ViewLimits) {
    let bytes = text.len().saturating_mul(limits::VIEW_FACTOR).max(limits::VIEW_MIN_BYTES);
    let bytes = bytes.min(limits::VIEW_BYTES);
    let mut collector = ViewCollector {
        views: Vec::new(),
        layers: 0,
        text_budget: bytes,
        inflate_budget: bytes,
        reached: ViewLimits::default(),
    };
    collector.add_plain(text, &ViewMap::identity(text.len()), "plain".to_owned(), ORIGINAL);
    (collector.views, collector.reached)
}

struct ViewCollector {
    views: Vec<View>,
    /// Number of layers so far.
    layers: usize,
    /// Bytes that the texts of further views may have.
    text_budget: usize,
    /// Bytes that may still be inflated.
    inflate_budget: usize,
    reached: ViewLimits,
}

impl ViewCollector {
    /// Adds the plain view of a text, named `name`, and the layers in it. `origin` names the text.
    fn add_plain(&mut self, text: &str, map: &ViewMap, name: String, origin: &str) {
        let folded = constant_fold::fold_constants(text);
        self.reached.evaluation |= folded.is_limited;
        let piece = 0..text.len();
        let plain = folded.text.map(|(text, own)| View {
            name,
            text,
            map: own.through(map),
            origin: origin.to_owned(),
            piece,
        });
        let plain = plain.filter(|view| self.add(view.clone()));
        self.add_scripts(text, map, folded.scripts, origin);
        match plain {
            Some(view) => self.add_layers(&view.text, &view.map, &view.name),
            None => self.add_layers(text, map, origin),
        }
    }

    /// Adds a layer for every string of a text that is a script, unless it can be read in the text.
    fn add_scripts(&mut self, text: &str, map: &ViewMap, scripts: Vec<ScriptString>, origin: &str) {
        for script in scripts {
            let is_read = text.contains(script.text.as_str());
            if !is_read || is_obfuscated(Raw::from(script.text.as_str())) {
                self.add_layer(script.text.as_str().to_owned(), map, origin, script.range);
            }
        }
    }

    /// Adds a layer for every base64 string in a text.
    fn add_layers(&mut self, text: &str, map: &ViewMap, origin: &str) {
        let mut inflate_budget = self.inflate_budget;
        let layers: Vec<_> = base64::texts(text, &mut inflate_budget).collect();
        // Nothing is left: what was unpacked last may be longer.
        self.reached.packed |= inflate_budget == 0;
        self.inflate_budget = inflate_budget;
        for (range, layer) in layers {
            self.add_layer(layer, map, origin, range);
        }
    }

    /// Adds a layer, which comes from a piece of the text that `origin` names, and its views.
    ///
    /// Every call is made for a view that was added, so calls nest no deeper than there are views.
    fn add_layer(&mut self, text: String, map: &ViewMap, origin: &str, piece: Range<usize>) {
        if self.views.iter().any(|view| view.text == text) {
            return;
        }
        let name = format!("layer {}", self.layers + 1);
        let map = ViewMap::constant(text.len(), map.original(piece.clone()));
        let view = View { name, text, map, origin: origin.to_owned(), piece };
        if self.add(view.clone()) {
            self.layers += 1;
            self.add_plain(&view.text, &view.map, format!("{} plain", view.name), &view.name);
        }
    }

    /// Adds a view if it is within the limits. Returns whether it was added.
    fn add(&mut self, view: View) -> bool {
        let fits = self.views.len() < limits::VIEWS && view.text.len() <= self.text_budget;
        if fits {
            self.text_budget -= view.text.len();
            self.views.push(view);
        }
        self.reached.views |= !fits;
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        views(text).into_iter().map(|view| (view.name, view.text)).collect()
    }

    fn pairs(views: &[(&str, &str)]) -> Vec<(String, String)> {
        views.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_plain_script_has_no_views() {
        assert_eq!(views("Get-ChildItem -Path 'C:\\Temp' | ForEach-Object { \"$_\" }\r\n"), []);
        assert_eq!(views(""), []);
    }

    #[test]
    fn layers_nest() {
        // Write-Host ('a'+'b'), and powershell -enc of that.
        let inner = "VwByAGkAdABlAC0ASABvAHMAdAAgACgAJwBhACcAKwAnAGIAJwApAA==";
        let text = format!("powershell -e ('{}' + '{}')", &inner[..20], &inner[20..]);
        assert_eq!(
            shown(&text),
            pairs(&[
                ("plain", &format!("powershell -e '{inner}'")),
                ("layer 1", "Write-Host ('a'+'b')"),
                ("layer 1 plain", "Write-Host 'ab'"),
            ])
        );
        let layer = &views(&text)[2];
        assert_eq!(&text[layer.map.original(3..9)], &text[14..]);
    }

    #[test]
    fn steps_name_what_was_replaced() {
        // Write-Host ('a'+'b'), and powershell -enc of that.
        let inner = "VwByAGkAdABlAC0ASABvAHMAdAAgACgAJwBhACcAKwAnAGIAJwApAA==";
        let text = format!("powershell -e ('{}' + '{}')", &inner[..20], &inner[20..]);
        let encoded = text.strip_prefix("powershell -e ").unwrap();
        let plain = format!("'{inner}'");
        let expected = [
            [(encoded, plain.as_str())],
            [(encoded, "Write-Host ('a'+'b')")],
            [("('a'+'b')", "'ab'")],
        ];
        let found = steps(&text, &views(&text));
        let expected = expected.map(|steps| steps.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(found, expected);
    }

    #[test]
    fn each_view_names_the_text_it_was_made_from() {
        // Write-Host 'ab', the same of 'cd' and 'ef', and powershell -enc of the last.
        let ab = "VwByAGkAdABlAC0ASABvAHMAdAAgACcAYQBiACcA";
        let cd = "VwByAGkAdABlAC0ASABvAHMAdAAgACcAYwBkACcA";
        let ef = "VwByAGkAdABlAC0ASABvAHMAdAAgACcAZQBmACcA";
        let nested = "cABvAHcAZQByAHMAaABlAGwAbAAgAC0AZQBuAGMAIABWAHcAQgB5AEEARwBrAEEAZABBAEIAbABBAEMAMABBAFMAQQBCAHYAQQBI\
            AE0AQQBkAEEAQQBnAEEAQwBjAEEAWgBRAEIAbQBBAEMAYwBBAA==";
        let text = format!("powershell -enc {ab}; powershell -enc {cd}; powershell -enc {nested}");
        let found = views(&text);
        let origins = found.iter().map(|view| (view.name.as_str(), view.origin.as_str()));
        let expected = [
            ("layer 1", "original"),
            ("layer 2", "original"),
            ("layer 3", "original"),
            ("layer 4", "layer 3"),
        ];
        assert_eq!(origins.collect::<Vec<_>>(), expected);
        for (view, piece) in found.iter().zip([ab, cd, nested, ef]) {
            let outer = found.iter().find(|outer| outer.name == view.origin);
            let outer = outer.map_or(text.as_str(), |outer| outer.text.as_str());
            assert_eq!(&outer[view.piece.clone()], piece, "{}", view.name);
        }
    }

    #[test]
    fn an_expansion_beyond_the_budget_is_left_out() {
        let found = |count: usize| {
            let packed = miniz_oxide::deflate::compress_to_vec("a".repeat(count).as_bytes(), 9);
            let numbers: Vec<String> = packed.iter().map(u8::to_string).collect();
            let stream = format!("([byte[]]({})),0)", numbers.join(","));
            let reader = "New-Object IO.StreamReader(New-Object IO.Compression.DeflateStream(";
            shown(&format!("iex ({reader}{stream})).ReadToEnd()")).len()
        };
        assert_eq!(found(limits::VIEW_MIN_BYTES / 4), 2);
        assert_eq!(found(limits::VIEW_MIN_BYTES * 20), 0);
    }

    /// What comes of a literal, of an operation on literals or of a string within one lies within its range.
    #[test]
    fn marks_lie_within_what_is_hidden() {
        for (text, word, hidden) in [
            (
                "$a = 1; iex ('En'+'able-PSRemoting'); $b",
                "Enable-PSRemoting",
                "('En'+'able-PSRemoting')",
            ),
            ("x; &('New-Local'+'User') -Name a", "New-LocalUser", "&('New-Local'+'User')"),
            ("x; $y.('Down'+'load').Invoke('u')", "Download", "('Down'+'load')"),
            ("x; foo -Bar ('By'+'pass') -Baz", "Bypass", "('By'+'pass')"),
            ("x; \"a$('b'+'c')\" + $d", "'abc'", "\"a$('b'+'c')\""),
            ("x; foo('a'+'b')", "'ab'", "'a'+'b'"),
        ] {
            for view in views(text).iter().filter(|view| view.text.contains(word)) {
                let start = view.text.find(word).unwrap();
                let found = &text[view.map.original(start..start + word.len())];
                assert_eq!(found, hidden, "{text}: {}", view.name);
            }
            assert!(views(text).iter().any(|view| view.text.contains(word)), "{text}");
        }
    }

    #[test]
    fn positions_map_to_the_original() {
        let text = "$a = ('in'+'voke'); I`EX $a";
        let view = &views(text)[0];
        assert_eq!(view.text, "$a = 'invoke'; IEX 'invoke'");
        for (part, original) in [
            ("$a =", "$a ="),
            ("nvok", "('in'+'voke')"),
            ("; ", "; "),
            ("IEX", "I`EX"),
            ("IEX 'inv", "I`EX $a"),
        ] {
            let start = view.text.find(part).unwrap();
            let found = view.map.original(start..start + part.len());
            assert_eq!(&text[found], original, "{part}");
        }
    }

    proptest! {
        #[test]
        fn every_position_maps_to_a_valid_range(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            let text = pieces.concat();
            for view in views(&text) {
                let mut start = 0;
                for char in view.text.chars() {
                    let end = start + char.len_utf8();
                    let original = view.map.original(start..end);
                    prop_assert!(original.start <= original.end && text.get(original.clone()).is_some());
                    start = end;
                }
                prop_assert_eq!(view.map.len(), view.text.len());
            }
        }

        #[test]
        fn a_text_with_a_view_is_one_the_gate_lets_through(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..20),
        ) {
            let text = pieces.concat();
            prop_assert!(views(&text).is_empty() || is_obfuscated(Raw::from(text.as_str())));
        }
    }

    const PIECES: &[&str] = &[
        "'a'",
        "\"b\"",
        "'{0}{1}'",
        "+",
        "-f",
        ",",
        "(",
        ")",
        "[char]",
        "65",
        "0x41",
        "-join",
        "-replace",
        "[",
        "]",
        "..",
        "-",
        ".",
        "Replace",
        "[string]",
        "::",
        "join",
        "`",
        "I`E`X",
        "$x",
        "\n",
        " ",
        "@(",
        ";",
        "#c\n",
        "\"$y z\"",
        "&",
        "'ä–'",
        "VwByAGkAdABlAC0ASABvAHMAdAAgADEA",
        "[char[]]",
        "'{0'",
        "'{9}'",
    ];
}
