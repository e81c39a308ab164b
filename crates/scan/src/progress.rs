//! Progress and cancellation of a run.

use scriptscope::Counts;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Progress of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of the inputs, before unpacking.
    pub bytes: u64,
    /// Total size of the inputs; `None` if the size of an input is unknown before its end.
    pub total_bytes: Option<u64>,
    /// A source that is being read.
    pub source: Option<String>,
    /// Bytes, records, events and script blocks so far.
    pub counts: Counts,
}

/// Cancels a run from any thread. Clones cancel the same run.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the run to stop. It ends soon, and the report names each source that was not read to its end.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the run was asked to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Progress of one worker, readable from other threads.
#[derive(Debug)]
pub(crate) struct Meter {
    bytes: AtomicU64,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    source: Option<String>,
    counts: Counts,
    counted: Instant,
}

/// Interval between counts. Counting visits every source, and there may be many.
const COUNT_INTERVAL: Duration = Duration::from_millis(50);

impl Meter {
    pub(crate) fn new() -> Self {
        let seen = Seen { source: None, counts: Counts::default(), counted: Instant::now() };
        Self { bytes: AtomicU64::new(0), seen: Mutex::new(seen) }
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn set_source(&self, name: Option<&str>) {
        self.seen().source = name.map(ToOwned::to_owned);
    }

    pub(crate) fn count_if_due(&self, counts: impl FnOnce() -> Counts) {
        let mut seen = self.seen();
        if seen.counted.elapsed() >= COUNT_INTERVAL {
            seen.counts = counts();
            seen.counted = Instant::now();
        }
    }

    /// Resets the counts after their results moved to another session.
    pub(crate) fn reset_counts(&self) {
        self.seen().counts = Counts::default();
    }

    /// Adds the worker's progress to that of the run.
    pub(crate) fn add_to(&self, progress: &mut Progress) {
        progress.bytes += self.bytes.load(Ordering::Relaxed);
        let seen = self.seen();
        progress.counts.bytes += seen.counts.bytes;
        progress.counts.records += seen.counts.records;
        progress.counts.events += seen.counts.events;
        progress.counts.script_blocks += seen.counts.script_blocks;
        if progress.source.is_none() {
            progress.source.clone_from(&seen.source);
        }
    }

    pub(crate) fn source(&self) -> Option<String> {
        self.seen().source.clone()
    }

    /// Returns the numbers. They are still good to show if a worker panicked while it held the lock.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
