//! Sorting and ordered collections, with one sort compiled for all types.
//!
//! The standard sort is compiled anew for each type and each comparison, at some 8 KB of wasm apiece: a tenth
//! of the whole. Here one sort of indexes serves all of them. What is sorted on a hot path, by the million, uses
//! the standard one.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Sorts from the least to the greatest; equal items stay in their order.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts by a key; items with equal keys stay in their order.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |left, right| key(left).cmp(&key(right)));
}

/// Sorts as the comparison says; equal items stay in their order.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let mut order =
        ordered(items.len(), &|left, right| match (items.get(left), items.get(right)) {
            (Some(left), Some(right)) => compare(left, right),
            _ => Ordering::Equal,
        });
    // `order` says which item belongs at each place: each of its cycles is followed once, item by item.
    for start in 0..order.len() {
        let mut place = start;
        while let Some(from) = order.get_mut(place).map(|from| std::mem::replace(from, place)) {
            if from == start || from == place {
                break;
            }
            items.swap(place, from);
            place = from;
        }
    }
}

/// The item that would stand at this place if they were sorted.
pub(crate) fn nth_smallest<T: Ord>(items: &[T], place: usize) -> Option<&T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let compare: &dyn Fn(&usize, &usize) -> Ordering =
        &|left, right| items.get(*left).cmp(&items.get(*right));
    if place >= order.len() {
        return None;
    }
    let (_, nth, _) = order.select_nth_unstable_by(place, compare);
    items.get(*nth)
}

/// The items as a set. To collect into one sorts them first, with a sort of that type.
pub(crate) fn collect_set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

/// The pairs as a map; of those with equal keys the last one stays.
pub(crate) fn collect_map<K: Ord, V>(items: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(items);
    map
}

/// The indexes below `length` in their order.
#[inline(never)]
fn ordered(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|&left, &right| compare(left, right));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_sort_does(items: Vec<(u8, u32)>) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            let mut sorted = items.clone();
            sort_by_key(&mut sorted, |item| item.0);
            prop_assert_eq!(&sorted, &expected);

            expected.sort();
            for place in 0..=items.len() {
                prop_assert_eq!(nth_smallest(&items, place), expected.get(place));
            }
            sort(&mut sorted);
            prop_assert_eq!(&sorted, &expected);

            expected.sort_by(|left, right| right.cmp(left));
            sort_by(&mut sorted, |left, right| right.cmp(left));
            prop_assert_eq!(sorted, expected);
        }
    }
}
