//! [`ViewMap`]: from byte offsets of a view to byte ranges of the original text.

use std::ops::Range;

/// A map from byte offsets of a view to byte ranges of the original.
///
/// It is a list of consecutive segments of the view. A copied segment equals its original byte for byte; every position
/// of any other segment maps to the segment's whole original range.
///
/// ```text
/// view       IEX    ␠      'invoke'        ␠-x
///            0..3   3..4   4..12           12..15
/// copied     no     yes    no              yes
/// original   I`EX   ␠      ('in'+'voke')   ␠-x
///            0..4   4..5   5..18           18..21
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewMap(Vec<MapSegment>);

/// A consecutive part of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MapSegment {
    /// End of the segment in the view. It begins at the end of the previous one.
    end: usize,
    /// The range of the original that the segment comes from.
    original: Range<usize>,
    /// The segment equals its original byte for byte.
    is_copied: bool,
}

impl ViewMap {
    /// Returns the range of the original that a range of the view comes from.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let start = self.byte_origin(range.start, range.start).start;
        let end = self.byte_origin(range.end.saturating_sub(1).max(range.start), range.end).end;
        start..end.max(start)
    }

    /// Returns the origin of the byte at `at`; in a copied segment, that of `at..to`.
    fn byte_origin(&self, at: usize, to: usize) -> Range<usize> {
        let index =
            self.0.partition_point(|segment| segment.end <= at).min(self.0.len().saturating_sub(1));
        let begin = index
            .checked_sub(1)
            .and_then(|before| self.0.get(before))
            .map_or(0, |segment| segment.end);
        match self.0.get(index) {
            Some(segment) if segment.is_copied => {
                let origin = |offset: usize| {
                    segment.original.end.min(segment.original.start + offset.saturating_sub(begin))
                };
                origin(at)..origin(to)
            }
            Some(segment) => segment.original.clone(),
            None => 0..0,
        }
    }

    /// Returns the bytes that it takes.
    pub(crate) fn weight(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// Returns the map of a text of `len` bytes to itself.
    pub(super) fn identity(len: usize) -> Self {
        Self(vec![MapSegment { end: len, original: 0..len, is_copied: true }])
    }

    /// Returns a map of `len` bytes that all come from the same range.
    pub(super) fn constant(len: usize, original: Range<usize>) -> Self {
        Self(vec![MapSegment { end: len, original, is_copied: false }])
    }

    /// Appends a segment of `len` bytes.
    pub(super) fn push(&mut self, len: usize, original: Range<usize>, is_copied: bool) {
        if len == 0 {
            return;
        }
        let start = self.0.last().map_or(0, |segment| segment.end);
        match self.0.last_mut() {
            Some(last) if last.is_copied && is_copied && last.original.end == original.start => {
                last.end += len;
                last.original.end = original.end;
            }
            _ => self.0.push(MapSegment { end: start + len, original, is_copied }),
        }
    }

    /// Returns the ranges of the view that differ from the original, each with the range that it comes from.
    pub fn replaced(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let mut start = 0;
        let ranges = self.0.iter().map(move |segment| {
            let own = start..segment.end;
            start = segment.end;
            (own, segment)
        });
        ranges
            .filter(|(_, segment)| !segment.is_copied)
            .map(|(own, segment)| (own, segment.original.clone()))
    }

    /// Returns the map to the original of a view of a view, where `outer` is the map of the outer view.
    pub(super) fn through(&self, outer: &Self) -> Self {
        let mut map = Self::default();
        let mut start = 0;
        for segment in &self.0 {
            if segment.is_copied {
                let parts = outer.segments_of(segment.original.clone());
                parts.for_each(|(part, is_copied)| {
                    map.push(part.len(), outer.original(part), is_copied);
                });
            } else {
                map.push(segment.end - start, outer.original(segment.original.clone()), false);
            }
            start = segment.end;
        }
        map
    }

    /// Splits a range of the view at the ends of its segments, and returns for each part whether it is copied.
    fn segments_of(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, bool)> {
        let first = self.0.partition_point(|segment| segment.end <= range.start);
        let mut at = range.start;
        self.0.get(first..).unwrap_or_default().iter().map_while(move |segment| {
            let part = at..segment.end.min(range.end);
            at = part.end;
            (!part.is_empty()).then_some((part, segment.is_copied))
        })
    }

    /// Returns the length of the view in bytes.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.last().map_or(0, |segment| segment.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The map of the module's drawing.
    fn drawn() -> ViewMap {
        let mut map = ViewMap::default();
        map.push(3, 0..4, false);
        map.push(1, 4..5, true);
        map.push(8, 5..18, false);
        map.push(3, 18..21, true);
        map
    }

    #[test]
    fn copied_bytes_map_to_themselves_and_folded_ones_to_all_of_their_origin() {
        let map = drawn();
        assert_eq!(map.original(0..3), 0..4);
        assert_eq!(map.original(1..2), 0..4);
        assert_eq!(map.original(5..7), 5..18);
        assert_eq!(map.original(13..15), 19..21);
        assert_eq!(map.original(2..13), 0..19);
        assert_eq!(map.original(15..99), 21..21);
    }

    #[test]
    fn adjacent_copies_are_one_segment() {
        let mut map = ViewMap::default();
        map.push(2, 0..2, true);
        map.push(3, 2..5, true);
        assert_eq!(map, ViewMap::identity(5));
    }

    #[test]
    fn maps_compose() {
        let mut inner = ViewMap::default();
        inner.push(6, 2..8, true);
        let map = inner.through(&drawn());
        assert_eq!(map.original(0..1), 0..4);
        assert_eq!(map.original(1..2), 4..5);
        assert_eq!(map.original(2..6), 5..18);
        assert_eq!(ViewMap::constant(4, 1..2).through(&drawn()).original(3..4), 0..4);
    }
}
