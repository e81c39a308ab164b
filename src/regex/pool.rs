//! [`Pool`]: values that are made again if they are missing, within a bound on their bytes.

/// Values by number. While one is taken it is not in the pool, so a user of the pool may use it again meanwhile.
#[derive(Debug)]
pub(super) struct Pool<T> {
    /// Ascending by number.
    entries: Vec<Entry<T>>,
    bytes: usize,
    max_bytes: usize,
    /// Changes with each eviction.
    seed: usize,
}

#[derive(Debug)]
struct Entry<T> {
    id: usize,
    /// Its value, and the bytes that it takes.
    value: Option<(Box<T>, usize)>,
}

impl<T> Pool<T> {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self { entries: Vec::new(), bytes: 0, max_bytes, seed: 0 }
    }

    /// Takes the value of a number out of the pool.
    pub(super) fn take(&mut self, id: usize) -> Option<Box<T>> {
        let at = self.position(id).ok()?;
        self.take_at(at)
    }

    /// Puts a value in the pool. Returns those that were evicted for it, for the caller to drop outside the pool: maybe the
    /// value itself.
    ///
    /// Those to evict are picked as if by chance: values that are used in the same order for each text would otherwise each
    /// be evicted just before they are needed.
    pub(super) fn put(&mut self, id: usize, value: Box<T>, bytes: usize) -> Vec<Box<T>> {
        let at = self.position(id).unwrap_or_else(|at| {
            self.entries.insert(at, Entry { id, value: None });
            at
        });
        let mut evicted = Vec::new();
        evicted.extend(self.take_at(at));
        if let Some(entry) = self.entries.get_mut(at) {
            entry.value = Some((value, bytes));
            self.bytes += bytes;
        }
        while self.bytes > self.max_bytes {
            self.seed = self.seed.wrapping_mul(0x9E37_79B1).wrapping_add(0x7F4A_7C15);
            let first = (self.seed >> 8) % self.entries.len().max(1);
            let present = |at: &usize| self.entries.get(*at).is_some_and(|it| it.value.is_some());
            let Some(victim) = (first..self.entries.len()).chain(0..first).find(present) else {
                break;
            };
            evicted.extend(self.take_at(victim));
        }
        evicted
    }

    /// Removes a number that will not be used again. Returns its value.
    pub(super) fn remove(&mut self, id: usize) -> Option<Box<T>> {
        let at = self.position(id).ok()?;
        let value = self.take_at(at);
        self.entries.remove(at);
        value
    }

    fn position(&self, id: usize) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&id, |entry| entry.id)
    }

    fn take_at(&mut self, at: usize) -> Option<Box<T>> {
        let (value, bytes) = self.entries.get_mut(at)?.value.take()?;
        self.bytes -= bytes;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_until_they_are_evicted_or_removed() {
        let mut pool = Pool::new(100);
        for id in [5, 3, 9] {
            assert!(pool.put(id, Box::new(id * 10), 30).is_empty());
        }
        assert_eq!(pool.take(3).as_deref(), Some(&30));
        assert_eq!(pool.take(3), None, "it is taken");
        assert!(pool.put(3, Box::new(31), 40).is_empty());
        assert_eq!(pool.remove(9).as_deref(), Some(&90));
        assert_eq!((pool.bytes, pool.take(9)), (70, None));
        assert_eq!(pool.put(3, Box::new(32), 40), [Box::new(31)], "one value for each number");
        let evicted = pool.put(7, Box::new(70), 60);
        assert!(!evicted.is_empty() && pool.bytes <= 100);
        assert_eq!(pool.put(8, Box::new(80), 101).last(), Some(&Box::new(80)));
        assert!(pool.bytes <= 100);
    }

    #[test]
    fn values_that_are_used_in_turns_are_found_though_not_all_fit() {
        let mut pool = Pool::<usize>::new(75);
        let mut found = 0;
        for id in (0..10).flat_map(|_| 0..100) {
            let value = pool.take(id);
            found += usize::from(value.is_some());
            pool.put(id, value.unwrap_or_default(), 1);
        }
        assert!(found > 400, "{found} of 900");
    }
}
