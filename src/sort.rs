//! Sorting with one sort compiled for all types.
//!
//! The standard sort is compiled for each type and each comparison, at some 8 KB of wasm each: a tenth of the module.
//! Here one sort of indices serves all types. Hot paths that sort millions of items use the standard sort.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Sorts in ascending order. Stable.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts by a key. Stable.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |left, right| key(left).cmp(&key(right)));
}

/// Sorts by a comparison. Stable.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let mut order =
        sorted_indices(items.len(), &|left, right| match (items.get(left), items.get(right)) {
            (Some(left), Some(right)) => compare(left, right),
            _ => Ordering::Equal,
        });
    // `order` holds, for each position, the index of its item. Each cycle of this permutation is followed once.
    for start in 0..order.len() {
        let mut position = start;
        while let Some(from) = order.get_mut(position).map(|from| std::mem::replace(from, position))
        {
            if from == start || from == position {
                break;
            }
            items.swap(position, from);
            position = from;
        }
    }
}

/// Returns the item that sorting would move to this index.
pub(crate) fn nth_smallest<T: Ord>(items: &[T], index: usize) -> Option<&T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let compare: &dyn Fn(&usize, &usize) -> Ordering =
        &|left, right| items.get(*left).cmp(&items.get(*right));
    if index >= order.len() {
        return None;
    }
    let (_, nth, _) = order.select_nth_unstable_by(index, compare);
    items.get(*nth)
}

/// Collects into a map of the standard library, which itself sorts the entries first, with a sort of their type. The last
/// of several equal keys wins.
pub(crate) fn collect_map<K: Ord, V>(items: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(items);
    map
}

/// Returns the indices below `length`, sorted. Not inlined and not generic, so that the sort is compiled once.
#[inline(never)]
fn sorted_indices(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
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
        fn sorts_like_the_standard_library(items: Vec<(u8, u32)>) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            let mut sorted = items.clone();
            sort_by_key(&mut sorted, |item| item.0);
            prop_assert_eq!(&sorted, &expected);

            expected.sort();
            for index in 0..=items.len() {
                prop_assert_eq!(nth_smallest(&items, index), expected.get(index));
            }
            sort(&mut sorted);
            prop_assert_eq!(&sorted, &expected);

            expected.sort_by(|left, right| right.cmp(left));
            sort_by(&mut sorted, |left, right| right.cmp(left));
            prop_assert_eq!(sorted, expected);
        }
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let map = collect_map([(1, 'a'), (2, 'b'), (1, 'c')]);
        assert_eq!(map.into_iter().collect::<Vec<_>>(), [(1, 'c'), (2, 'b')]);
    }
}
