//! What a script says when its disguises are taken off.
//!
//! Scripts hide words by splitting strings, by characters written as numbers, by backticks, by
//! base64 and by packing.
//! A view is the text with such a layer undone, and a map that leads from every place of it back to the
//! original. Views are for reading and searching: nothing is run, no variable is followed, and the work is
//! bounded by the length of the text.

mod base64;
mod close;
mod fold;
mod inflate;
mod piece;
mod reduce;
mod strings;

use crate::limits;
use std::ops::Range;

/// A text behind a script's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// `plain`, `layer 1`, `layer 1 plain`, `layer 2` …
    pub name: String,
    /// What it says.
    pub text: String,
    /// Where in the original it says so.
    pub map: Map,
}

/// Leads from byte offsets of a view to byte ranges of the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(Vec<Segment>);

/// A part of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    /// Where the view's part ends; it begins where the one before ends.
    end: usize,
    /// The part of the original behind it.
    original: Range<usize>,
    /// The part was taken over byte for byte; else all of it stands for all of the original's part.
    copied: bool,
}

impl Map {
    /// The part of the original behind a part of the view.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let start = self.place(range.start, range.start).start;
        let end = self.place(range.end.saturating_sub(1).max(range.start), range.end).end;
        start..end.max(start)
    }

    /// What is behind one byte; in a copied part, from `at` to `to`.
    fn place(&self, at: usize, to: usize) -> Range<usize> {
        let index =
            self.0.partition_point(|segment| segment.end <= at).min(self.0.len().saturating_sub(1));
        let begin = index
            .checked_sub(1)
            .and_then(|before| self.0.get(before))
            .map_or(0, |segment| segment.end);
        match self.0.get(index) {
            Some(segment) if segment.copied => {
                let place = |offset: usize| {
                    segment.original.end.min(segment.original.start + offset.saturating_sub(begin))
                };
                place(at)..place(to)
            }
            Some(segment) => segment.original.clone(),
            None => 0..0,
        }
    }

    /// Of a text that was taken over as it stands.
    fn copy(len: usize) -> Self {
        Self(vec![Segment { end: len, original: 0..len, copied: true }])
    }

    /// Every place leads to the same part of the original.
    fn whole(len: usize, original: Range<usize>) -> Self {
        Self(vec![Segment { end: len, original, copied: false }])
    }

    /// The next part of the view.
    fn push(&mut self, len: usize, original: Range<usize>, copied: bool) {
        if len == 0 {
            return;
        }
        let start = self.0.last().map_or(0, |segment| segment.end);
        match self.0.last_mut() {
            Some(last) if last.copied && copied && last.original.end == original.start => {
                last.end += len;
                last.original.end = original.end;
            }
            _ => self.0.push(Segment { end: start + len, original, copied }),
        }
    }

    /// The map of a view of a view whose own map is `outer`.
    fn through(&self, outer: &Self) -> Self {
        let mut map = Self::default();
        let mut start = 0;
        for segment in &self.0 {
            if segment.copied {
                let parts = outer.parts(segment.original.clone());
                parts.for_each(|(part, copied)| map.push(part.len(), outer.original(part), copied));
            } else {
                map.push(segment.end - start, outer.original(segment.original.clone()), false);
            }
            start = segment.end;
        }
        map
    }

    /// A range of the view, cut where its segments end.
    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, bool)> {
        let first = self.0.partition_point(|segment| segment.end <= range.start);
        let mut at = range.start;
        self.0.get(first..).unwrap_or_default().iter().map_while(move |segment| {
            let part = at..segment.end.min(range.end);
            at = part.end;
            (!part.is_empty()).then_some((part, segment.copied))
        })
    }
}

/// Every text behind a script's text, the outermost first; none where nothing is hidden.
///
/// `plain` is the text with split strings, formatted strings and character codes put together and
/// backticks taken out of words. A `layer` is what a base64 string says, unpacked if it was packed by deflate or gzip, and its own `plain` follows where
/// that differs. What would take more than [`limits::VIEWS`], [`limits::VIEW_BYTES`] or [`limits::VIEW_FACTOR`] is left
/// out.
pub fn views(text: &str) -> Vec<View> {
    let bytes = text.len().saturating_mul(limits::VIEW_FACTOR).max(limits::VIEW_MIN_BYTES);
    let bytes = bytes.min(limits::VIEW_BYTES);
    let mut found = Found { views: Vec::new(), layers: 0, bytes, unpacked: bytes };
    found.look_behind(text, &Map::copy(text.len()), "plain".to_owned());
    found.views
}

struct Found {
    views: Vec<View>,
    layers: usize,
    /// What the texts of further views may take.
    bytes: usize,
    /// What may still be unpacked.
    unpacked: usize,
}

impl Found {
    /// Adds the plain view of a text, and what is in it.
    fn look_behind(&mut self, text: &str, map: &Map, plain: String) {
        match fold::plain(text) {
            Some((folded, own)) => {
                let view = View { name: plain, text: folded, map: own.through(map) };
                if self.add(view.clone()) {
                    self.decode(&view.text, &view.map);
                }
            }
            None => self.decode(text, map),
        }
    }

    /// Adds a layer for every base64 string in a text, and what is behind it. Each call but the first is
    /// made for a view that was added, so the calls nest no deeper than there are views.
    fn decode(&mut self, text: &str, map: &Map) {
        let mut unpacked = self.unpacked;
        let layers: Vec<_> = base64::texts(text, &mut unpacked).collect();
        self.unpacked = unpacked;
        for (range, layer) in layers {
            if self.views.iter().any(|view| view.text == layer) {
                continue;
            }
            let name = format!("layer {}", self.layers + 1);
            let map = Map::whole(layer.len(), map.original(range));
            let view = View { name, text: layer, map };
            if self.add(view.clone()) {
                self.layers += 1;
                self.look_behind(&view.text, &view.map, format!("{} plain", view.name));
            }
        }
    }

    fn add(&mut self, view: View) -> bool {
        let fits = self.views.len() < limits::VIEWS && view.text.len() <= self.bytes;
        if fits {
            self.bytes -= view.text.len();
            self.views.push(view);
        }
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
    fn a_plain_script_has_nothing_behind_it() {
        assert_eq!(views("Get-ChildItem -Path 'C:\\Temp' | ForEach-Object { \"$_\" }\r\n"), []);
        assert_eq!(views(""), []);
    }

    #[test]
    fn layers_in_layers() {
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
    fn what_is_packed_far_too_well_is_left_out() {
        // 10,000 spaces in 40 characters.
        let bomb = "7cEBDQAAAMKgKu+f0hxuQAEAAAAAAAAAAMC/AQ==";
        let found = |before: usize| shown(&format!("{} iex('{bomb}')", "#".repeat(before))).len();
        assert_eq!(found(100), 0);
        assert_eq!(found(1_000), 1);
    }

    #[test]
    fn places_lead_back_to_the_original() {
        let text = "$a = ('in'+'voke'); I`EX $a";
        let view = &views(text)[0];
        assert_eq!(view.text, "$a = 'invoke'; IEX $a");
        for (part, original) in [
            ("$a =", "$a ="),
            ("nvok", "('in'+'voke')"),
            ("; ", "; "),
            ("IEX", "I`EX"),
            (" $a", " $a"),
        ] {
            let start = view.text.find(part).unwrap();
            let found = view.map.original(start..start + part.len());
            assert_eq!(&text[found], original, "{part}");
        }
    }

    proptest! {
        #[test]
        fn every_place_leads_to_a_place(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            let text = pieces.concat();
            for view in views(&text) {
                let mut start = 0;
                for char in view.text.chars() {
                    let end = start + char.len_utf8();
                    let original = view.map.original(start..end);
                    prop_assert!(original.start <= original.end && text.get(original.clone()).is_some());
                    start = end;
                }
                prop_assert_eq!(view.map.0.last().map(|segment| segment.end), Some(view.text.len()));
            }
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
