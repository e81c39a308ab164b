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
use crate::script::inflate::InflateBudget;
use crate::script::{base64, is_obfuscated};
use crate::text::Raw;
use map::ViewMap;
use std::collections::HashMap;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// A script's text with layers of obfuscation removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// `plain`, `layer 1`, `layer 1 plain`, `layer 2` …
    pub name: String,
    /// The deobfuscated text.
    pub text: String,
    /// The positions of the text in the original.
    pub map: ViewMap,
    /// The index of the view that it was made from; `None` if that is the script itself.
    pub origin: Option<usize>,
    /// The piece of that text that it was made from.
    pub piece: Range<usize>,
}

/// Name of the script itself among its views.
const ORIGINAL: &str = "original";

impl View {
    /// The name of the view that it was made from, or `original`.
    pub(crate) fn origin_name<'a>(&self, views: &'a [Self]) -> &'a str {
        self.outer(views).map_or(ORIGINAL, |outer| &outer.name)
    }

    /// The text that it was made from. `text` is the script itself.
    pub(crate) fn outer_text<'a>(&self, text: &'a str, views: &'a [Self]) -> &'a str {
        self.outer(views).map_or(text, |outer| &outer.text)
    }

    fn outer<'a>(&self, views: &'a [Self]) -> Option<&'a Self> {
        self.origin.and_then(|index| views.get(index))
    }

    /// Whether the view is a text that was encoded in another.
    pub(crate) fn is_layer(&self) -> bool {
        self.name.starts_with("layer") && !self.name.ends_with("plain")
    }
}

/// Returns the views of a script's text, the outermost first; none if the text has no sign of obfuscation.
///
/// `plain` is the text with constants folded (split and formatted strings, character codes) and without backticks in
/// words. A `layer` is the text of a base64 string, inflated if it is packed by deflate or gzip; its own `plain` follows
/// if it differs. Views beyond [`limits::VIEW_BYTES`] or [`limits::VIEW_FACTOR`] are left out.
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
        let outer = view.outer_text(text, views);
        let folds = constant_fold::folds(outer).into_iter();
        folds.map(|(range, worth)| (piece(outer, range), worth)).collect()
    });
    steps.collect()
}

/// What the views of a text lack because of limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ViewLimits {
    /// A view was left out: the texts of all are longer than is allowed.
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
        by_hash: HashMap::new(),
        layers: 0,
        depth: 0,
        text_budget: bytes,
        inflate_budget: InflateBudget::new(bytes),
        reached: ViewLimits::default(),
    };
    collector.add_plain(text, &ViewMap::identity(text.len()), "plain".to_owned(), None);
    (collector.views, collector.reached)
}

struct ViewCollector {
    views: Vec<View>,
    /// The indices of the views by the hashes of their texts. Where whoever wrote the script made hashes collide, only the
    /// first of the texts is known again.
    by_hash: HashMap<u64, usize>,
    /// Number of layers so far.
    layers: usize,
    /// Number of layers around the text whose views are being added.
    depth: usize,
    /// Bytes that further views may have.
    text_budget: usize,
    inflate_budget: InflateBudget,
    reached: ViewLimits,
}

impl ViewCollector {
    /// Adds the plain view of a text, named `name`, and the layers in it. `origin` is the index of the text.
    fn add_plain(&mut self, text: &str, map: &ViewMap, name: String, origin: Option<usize>) {
        let folded = constant_fold::fold_constants(text);
        self.reached.evaluation |= folded.is_limited;
        let piece = 0..text.len();
        let plain = folded.text.map(|(text, own)| View {
            name,
            text,
            map: own.through(map),
            origin,
            piece,
        });
        let plain = plain.and_then(|view| self.add(view.clone()).map(|index| (view, index)));
        self.add_scripts(text, map, folded.scripts, origin);
        match plain {
            Some((view, index)) => self.add_layers(&view.text, &view.map, Some(index)),
            None => self.add_layers(text, map, origin),
        }
    }

    /// Adds a layer for every string of a text that is a script, unless it can be read in the text.
    fn add_scripts(
        &mut self,
        text: &str,
        map: &ViewMap,
        scripts: Vec<ScriptString>,
        origin: Option<usize>,
    ) {
        for (number, script) in scripts.into_iter().enumerate() {
            // Looking for every string of a text would take its length squared.
            let is_read =
                number < limits::SCRIPT_STRINGS_READ && has_words(text, script.text.as_str());
            if !is_read || is_obfuscated(Raw::from(script.text.as_str())) {
                self.add_layer(script.text.as_str().to_owned(), map, origin, script.range);
            }
        }
    }

    /// Adds a layer for every base64 string in a text.
    fn add_layers(&mut self, text: &str, map: &ViewMap, origin: Option<usize>) {
        let layers: Vec<_> = base64::texts(text, &mut self.inflate_budget).collect();
        self.reached.packed |= self.inflate_budget.is_exceeded;
        for (range, layer) in layers {
            self.add_layer(layer, map, origin, range);
        }
    }

    /// Adds a layer, which comes from a piece of the text at `origin`, and its views.
    fn add_layer(
        &mut self,
        text: String,
        map: &ViewMap,
        origin: Option<usize>,
        piece: Range<usize>,
    ) {
        if self.has(&text) {
            return;
        }
        if self.depth >= limits::VIEW_DEPTH {
            self.reached.views = true;
            return;
        }
        let name = format!("layer {}", self.layers + 1);
        let map = ViewMap::constant(text.len(), map.original(piece.clone()));
        let view = View { name, text, map, origin, piece };
        if let Some(index) = self.add(view.clone()) {
            self.layers += 1;
            self.depth += 1;
            self.add_plain(&view.text, &view.map, format!("{} plain", view.name), Some(index));
            self.depth -= 1;
        }
    }

    /// Adds a view if it is within the limits, and returns its index.
    fn add(&mut self, view: View) -> Option<usize> {
        let index = self.views.len();
        let left = self.text_budget.checked_sub(view.text.len() + limits::VIEW_WEIGHT);
        self.reached.views |= left.is_none();
        self.text_budget = left?;
        self.by_hash.entry(xxh3_64(view.text.as_bytes())).or_insert(index);
        self.views.push(view);
        Some(index)
    }

    /// Whether a view has this text.
    fn has(&self, text: &str) -> bool {
        let index = self.by_hash.get(&xxh3_64(text.as_bytes()));
        index.and_then(|index| self.views.get(*index)).is_some_and(|view| view.text == text)
    }
}

/// Returns whether a text has these words, and no letters that touch them.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).take(WORDS_READ).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + words.len()..).and_then(|after| after.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

/// Upper bound on places of a script in a text that are looked at for letters around them.
const WORDS_READ: usize = 16;

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
    fn a_script_within_letters_is_a_layer() {
        let layers = |text: &str| views(text).iter().filter(|view| view.is_layer()).count();
        assert_eq!(layers("iex 'yyGet-Item axx'.Substring(2,10)"), 1);
        assert_eq!(layers("iex 'Get-Item a'.Substring(0)"), 0);
        assert_eq!(layers("iex (''+'Get-Item a')"), 0);
    }

    /// What the name of a command is, is not known, and it may run what it is given.
    #[test]
    fn what_an_unknown_command_is_given_is_a_layer() {
        for text in [
            "&(Get-Thing $x) ('Get-Item'+' a')",
            "('Get-Item'+' a')|&$x.Name",
            "('Get-Item'+' a')|%{$ExecutionContext.InvokeCommand.InvokeScript($_)}",
            "[PowerShell]::Create().AddScript($('Get-Item'+' a')).Invoke()",
            "powershell -c ($('Get-Item'+' a'))",
        ] {
            assert!(
                shown(text).contains(&("layer 1".to_owned(), "Get-Item a".to_owned())),
                "{text}"
            );
        }
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
        let origins = found.iter().map(|view| (view.name.as_str(), view.origin_name(&found)));
        let expected = [
            ("layer 1", "original"),
            ("layer 2", "original"),
            ("layer 3", "original"),
            ("layer 4", "layer 3"),
        ];
        assert_eq!(origins.collect::<Vec<_>>(), expected);
        for (view, piece) in found.iter().zip([ab, cd, nested, ef]) {
            let outer = view.outer_text(&text, &found);
            assert_eq!(&outer[view.piece.clone()], piece, "{}", view.name);
        }
    }

    #[test]
    fn an_expansion_beyond_the_budget_is_cut() {
        let found = |count: usize| {
            let packed = miniz_oxide::deflate::compress_to_vec("a".repeat(count).as_bytes(), 9);
            let numbers: Vec<String> = packed.iter().map(u8::to_string).collect();
            let stream = format!("([byte[]]({})),0)", numbers.join(","));
            let reader = "New-Object IO.StreamReader(New-Object IO.Compression.DeflateStream(";
            shown(&format!("iex ({reader}{stream})).ReadToEnd()")).len()
        };
        assert_eq!(found(limits::VIEW_MIN_BYTES / 4), 2);
        assert_eq!(found(limits::VIEW_MIN_BYTES * 20), 1);
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
