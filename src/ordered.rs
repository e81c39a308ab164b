//! Maps and sets in ascending order of their keys, with one search tree compiled for all types.
//!
//! The standard library's ordered map is compiled for each type of key and value, at some 6 KB of wasm each: with forty
//! types, a tenth of the module. Here the tree holds only indices, and only looking up a key depends on its type.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;

/// A map in ascending order of its keys.
///
/// Looking up takes logarithmic time; inserting and removing move at most [`LONGEST_RUN`] indices, and one index of a run
/// for every [`LONGEST_RUN`] / 2 entries.
#[derive(Clone)]
pub(crate) struct OrderedMap<K, V> {
    /// Entries in any order. A removed one leaves a gap.
    entries: Vec<Option<(K, V)>>,
    gaps: Vec<usize>,
    order: Order,
    /// What an index without an entry would stand for. There is none, and this says so without a panic.
    nothing: Option<(K, V)>,
}

/// The place of a key in an [`OrderedMap`].
pub(crate) struct Entry<'a, K, V> {
    map: &'a mut OrderedMap<K, V>,
    key: K,
}

/// A set in ascending order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OrderedSet<T>(OrderedMap<T, ()>);

impl<K: Ord, V> OrderedMap<K, V> {
    pub(crate) const fn new() -> Self {
        let order = Order { runs: Vec::new(), len: 0 };
        Self { entries: Vec::new(), gaps: Vec::new(), order, nothing: None }
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (_, index) = self.find(key).ok()?;
        self.entries.get(index)?.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (_, index) = self.find(key).ok()?;
        self.entries.get_mut(index)?.as_mut().map(|(_, value)| value)
    }

    pub(crate) fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Returns the value that was replaced. The key that was there first stays.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok((_, index)) => {
                let (_, own) = self.entries.get_mut(index)?.as_mut()?;
                Some(std::mem::replace(own, value))
            }
            Err(place) => {
                self.put(place, key, value);
                None
            }
        }
    }

    /// The place of a key, where a value can be inserted if there is none.
    pub(crate) fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (place, _) = self.find(key).ok()?;
        self.take(place).map(|(_, value)| value)
    }

    /// Removes the entry with the greatest key.
    pub(crate) fn pop_last(&mut self) -> Option<(K, V)> {
        let place = self.order.last()?;
        self.take(place)
    }

    /// Removes the entries for which `keep` is false, in ascending order.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for (key, mut value) in std::mem::take(self) {
            if keep(&key, &mut value) {
                let end = self.order.end();
                self.put(end, key, value);
            }
        }
    }

    /// Returns the entry with the least key that is not below this one.
    pub(crate) fn first_from<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let index = match self.find(key) {
            Ok((_, index)) => index,
            Err(place) => self.order.at_or_after(place)?,
        };
        self.entries.get(index)?.as_ref().map(|(key, value)| (key, value))
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<(Place, usize), Place>
    where
        K: Borrow<Q>,
    {
        self.order.find(&|index| match self.entries.get(index) {
            Some(Some((own, _))) => own.borrow().cmp(key),
            _ => Ordering::Less,
        })
    }

    fn put(&mut self, place: Place, key: K, value: V) {
        let index = self.free_index();
        if let Some(gap) = self.entries.get_mut(index) {
            *gap = Some((key, value));
        }
        self.order.insert(place, index);
    }

    fn free_index(&mut self) -> usize {
        self.gaps.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() - 1
        })
    }

    fn take(&mut self, place: Place) -> Option<(K, V)> {
        let index = self.order.remove(place)?;
        self.gaps.push(index);
        self.entries.get_mut(index)?.take()
    }
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// Returns the key's value, which is inserted if there is none.
    pub(crate) fn or_insert_with(self, value: impl FnOnce() -> V) -> &'a mut V {
        let Self { map, key } = self;
        let index = match map.find(&key) {
            Ok((_, index)) => index,
            Err(place) => {
                let index = map.free_index();
                map.order.insert(place, index);
                index
            }
        };
        let entry = map.entries.get_mut(index).unwrap_or(&mut map.nothing);
        &mut entry.get_or_insert_with(|| (key, value())).1
    }

    /// Returns the key's value, which is inserted if there is none.
    pub(crate) fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// Returns the key's value; the default value is inserted if there is none.
    pub(crate) fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<K, V> OrderedMap<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.order.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.len == 0
    }

    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        Iter { entries: &self.entries, indices: self.order.iter() }
    }

    pub(crate) fn keys(&self) -> impl ExactSizeIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        let mut entries: Vec<Option<&mut (K, V)>> =
            self.entries.iter_mut().map(Option::as_mut).collect();
        let ordered = self.order.iter().filter_map(move |index| entries.get_mut(index)?.take());
        ordered.map(|(key, value)| (&*key, value))
    }

    pub(crate) fn into_keys(self) -> impl Iterator<Item = K> {
        self.into_iter().map(|(key, _)| key)
    }

    pub(crate) fn into_values(self) -> impl Iterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }
}

impl<T: Ord> OrderedSet<T> {
    pub(crate) const fn new() -> Self {
        Self(OrderedMap::new())
    }

    pub(crate) fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains_key(item)
    }

    /// Returns the item that equals this one.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, item: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
    {
        self.first_from(item).filter(|own| (*own).borrow() == item)
    }

    /// Returns whether the item was missing.
    pub(crate) fn insert(&mut self, item: T) -> bool {
        self.0.insert(item, ()).is_none()
    }

    /// Returns whether the item was there.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.remove(item).is_some()
    }

    /// Removes the greatest item.
    pub(crate) fn pop_last(&mut self) -> Option<T> {
        self.0.pop_last().map(|(item, ())| item)
    }

    /// Removes the items for which `keep` is false, in ascending order.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|item, ()| keep(item));
    }

    /// Returns the least item that is not below this one.
    pub(crate) fn first_from<Q: Ord + ?Sized>(&self, item: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
    {
        self.0.first_from(item).map(|(item, ())| item)
    }
}

impl<T> OrderedSet<T> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &T> + Clone {
        self.0.keys()
    }
}

/// The most indices in a run: what inserting and removing may have to move.
const LONGEST_RUN: usize = 256;

/// Indices in the order of what they stand for, in runs of at most [`LONGEST_RUN`], none of which is empty.
#[derive(Clone, Default)]
struct Order {
    runs: Vec<Vec<usize>>,
    len: usize,
}

/// A place among the indices: a run and a position in it.
#[derive(Clone, Copy)]
struct Place {
    run: usize,
    position: usize,
}

impl Order {
    /// Finds the index that compares as equal, or the place where it would be inserted.
    fn find(&self, compare: &dyn Fn(usize) -> Ordering) -> Result<(Place, usize), Place> {
        let run = self
            .runs
            .partition_point(|run| run.last().is_some_and(|&last| compare(last) == Ordering::Less));
        let Some(indices) = self.runs.get(run) else { return Err(self.end()) };
        match indices.binary_search_by(|&index| compare(index)) {
            Ok(position) => {
                let index = indices.get(position).copied().unwrap_or_default();
                Ok((Place { run, position }, index))
            }
            Err(position) => Err(Place { run, position }),
        }
    }

    /// The place behind all indices.
    fn end(&self) -> Place {
        let run = self.runs.len().saturating_sub(1);
        Place { run, position: self.runs.last().map_or(0, Vec::len) }
    }

    fn last(&self) -> Option<Place> {
        let Place { run, position } = self.end();
        Some(Place { run, position: position.checked_sub(1)? })
    }

    fn at_or_after(&self, place: Place) -> Option<usize> {
        let own = self.runs.get(place.run)?.get(place.position);
        own.or_else(|| self.runs.get(place.run + 1)?.first()).copied()
    }

    fn insert(&mut self, place: Place, index: usize) {
        self.len += 1;
        let Some(run) = self.runs.get_mut(place.run) else {
            self.runs.push(vec![index]);
            return;
        };
        run.insert(place.position, index);
        if run.len() > LONGEST_RUN {
            // Keys that arrive in ascending order leave full runs behind them.
            let half = if place.position + 1 == run.len() { LONGEST_RUN } else { run.len() / 2 };
            let rest = run.split_off(half);
            self.runs.insert(place.run + 1, rest);
        }
    }

    fn remove(&mut self, place: Place) -> Option<usize> {
        let run = self.runs.get_mut(place.run)?;
        if place.position >= run.len() {
            return None;
        }
        let index = run.remove(place.position);
        if run.is_empty() {
            self.runs.remove(place.run);
        }
        self.len -= 1;
        Some(index)
    }

    fn iter(&self) -> Indices<'_> {
        Indices { runs: &self.runs, position: 0, left: self.len }
    }
}

/// The indices of an [`Order`].
#[derive(Clone)]
struct Indices<'a> {
    runs: &'a [Vec<usize>],
    position: usize,
    left: usize,
}

impl Iterator for Indices<'_> {
    type Item = usize;

    #[inline(never)]
    fn next(&mut self) -> Option<usize> {
        let (run, rest) = self.runs.split_first()?;
        let index = run.get(self.position).copied();
        self.position += 1;
        self.left -= 1;
        if self.position >= run.len() {
            self.runs = rest;
            self.position = 0;
        }
        index
    }
}

/// The entries of an [`OrderedMap`] in ascending order.
pub(crate) struct Iter<'a, K, V> {
    entries: &'a [Option<(K, V)>],
    indices: Indices<'a>,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries, indices: self.indices.clone() }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.indices.next()?;
        self.entries.get(index)?.as_ref().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.indices.left, Some(self.indices.left))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

/// The entries of an [`OrderedMap`] in ascending order, taken from it.
pub(crate) struct IntoIter<K, V> {
    entries: Vec<Option<(K, V)>>,
    indices: std::iter::Flatten<std::vec::IntoIter<Vec<usize>>>,
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let index = self.indices.next()?;
        self.entries.get_mut(index)?.take()
    }
}

impl<K, V> IntoIterator for OrderedMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter { entries: self.entries, indices: self.order.runs.into_iter().flatten() }
    }
}

impl<'a, K, V> IntoIterator for &'a OrderedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a OrderedSet<T> {
    type Item = &'a T;
    type IntoIter = std::iter::Map<Iter<'a, T, ()>, fn((&'a T, &'a ())) -> &'a T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(item, ())| item)
    }
}

impl<T> IntoIterator for OrderedSet<T> {
    type Item = T;
    type IntoIter = std::iter::Map<IntoIter<T, ()>, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(item, ())| item)
    }
}

impl<K: Ord, V> Default for OrderedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Ord> Default for OrderedSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> Extend<(K, V)> for OrderedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<T: Ord> Extend<T> for OrderedSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for OrderedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<T: Ord> FromIterator<T> for OrderedSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::new();
        set.extend(items);
        set
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OrderedMap<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for OrderedSet<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for OrderedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for OrderedMap<K, V> {}

impl<K: PartialOrd, V: PartialOrd> PartialOrd for OrderedMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<K: Ord, V: Ord> Ord for OrderedMap<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn entries<K: Copy, V: Copy>(map: &OrderedMap<K, V>) -> Vec<(K, V)> {
        map.iter().map(|(key, value)| (*key, *value)).collect()
    }

    proptest! {
        /// Enough keys for several runs, and removals that empty them.
        #[test]
        fn does_what_the_standard_map_does(
            steps in proptest::collection::vec((0u8..8, 0u16..1_500, any::<u8>()), 0..4_000),
        ) {
            let mut expected = BTreeMap::new();
            let mut map = OrderedMap::new();
            for (step, key, value) in steps {
                match step {
                    0 => prop_assert_eq!(map.remove(&key), expected.remove(&key)),
                    1 => prop_assert_eq!(map.pop_last(), expected.pop_last()),
                    2 => {
                        let sum: &mut u8 = expected.entry(key).or_default();
                        *sum = sum.wrapping_add(value);
                        let sum: &mut u8 = map.entry(key).or_default();
                        *sum = sum.wrapping_add(value);
                    }
                    3 => prop_assert_eq!(map.first_from(&key), expected.range(key..).next()),
                    4 if value == 0 => {
                        map.retain(|key, _| key % 3 > 0);
                        expected.retain(|key, _| key % 3 > 0);
                    }
                    _ => prop_assert_eq!(map.insert(key, value), expected.insert(key, value)),
                }
                prop_assert_eq!(map.get(&key), expected.get(&key));
                prop_assert_eq!(map.len(), expected.len());
            }
            prop_assert!(map.iter().eq(&expected));
            prop_assert_eq!(map.iter().len(), expected.len());
            prop_assert!(map.iter_mut().eq(&mut expected));
            prop_assert!(map.order.runs.iter().all(|run| (1..=LONGEST_RUN).contains(&run.len())));
            prop_assert!(map.into_iter().eq(expected));
        }
    }

    #[test]
    fn the_first_of_equal_keys_stays_and_the_last_value_wins() {
        let map = OrderedMap::from_iter([(1, 'a'), (2, 'b'), (1, 'c')]);
        assert_eq!(entries(&map), [(1, 'c'), (2, 'b')]);
        let set = OrderedSet::from_iter([2, 1, 2]);
        assert_eq!(set.into_iter().collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn ascending_keys_fill_their_runs() {
        let set = OrderedSet::from_iter(0..1_000);
        let lengths: Vec<usize> = set.0.order.runs.iter().map(Vec::len).collect();
        assert_eq!(lengths, [256, 256, 256, 232]);
    }

    #[test]
    fn maps_compare_by_their_entries() {
        let mut map = OrderedMap::from_iter([(1, 'a'), (2, 'b')]);
        map.remove(&1);
        assert_eq!(map, OrderedMap::from_iter([(2, 'b')]));
        assert!(map > OrderedMap::from_iter([(1, 'z')]));
    }
}
