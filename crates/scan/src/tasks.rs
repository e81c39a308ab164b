//! Tasks of the workers: resources, and ranges of large ones.

use crate::input::{Input, Resource, resources};
use scriptscope::cut_ranges;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Upper bound on the sources of one resource, so that each source of a run has a unique number.
pub(crate) const SOURCES_PER_RESOURCE: u64 = 1 << 32;

/// Resource to read, or a range of one.
#[derive(Clone)]
pub(crate) struct Task {
    /// Index of the input, and index of the task among those of the run.
    pub(crate) input: usize,
    pub(crate) index: usize,
    pub(crate) resource: Arc<Resource>,
    pub(crate) range: Option<Range<u64>>,
    /// Number of the resource's source, if it is read in ranges.
    pub(crate) piece: u64,
}

impl Task {
    /// Returns the number of bytes to read; `None` if it is unknown.
    pub(crate) fn size(&self) -> Option<u64> {
        self.range.as_ref().map_or(self.resource.size, |range| Some(range.end - range.start))
    }
}

/// Returns the resources of all inputs, with the index of their input.
pub(crate) fn find(inputs: &[Input], follow_links: bool) -> Vec<(usize, Arc<Resource>)> {
    let all = resources(inputs, follow_links).into_iter().enumerate();
    all.flat_map(|(index, found)| {
        found.into_iter().map(move |resource| (index, Arc::new(resource)))
    })
    .collect()
}

/// Returns the tasks. `range` returns the bytes of a range of a source of this size; `None` if it is not divided.
pub(crate) fn plan(
    found: Vec<(usize, Arc<Resource>)>,
    range: impl Fn(u64) -> Option<u64>,
) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for (number, (input, resource)) in found.into_iter().enumerate() {
        let target = range(resource.size.unwrap_or_default());
        let ranges = target.and_then(|target| ranges(&resource, target));
        let piece = number as u64 * SOURCES_PER_RESOURCE;
        let parts =
            ranges.map_or_else(|| vec![None], |ranges| ranges.into_iter().map(Some).collect());
        for range in parts {
            let index = tasks.len();
            tasks.push(Task { input, index, resource: Arc::clone(&resource), range, piece });
        }
    }
    tasks
}

/// Returns the ranges of a resource, each of about `range_bytes`; `None` if it is read as one.
pub(crate) fn ranges(resource: &Resource, range_bytes: u64) -> Option<Vec<Range<u64>>> {
    let size = resource.size?;
    // Before the resource is opened: most are small.
    if size < range_bytes.saturating_mul(2) {
        return None;
    }
    cut_ranges(size, range_bytes, resource.reader_at()?)
}

/// Queue of tasks, shared by the workers.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// Tasks, taken from the end.
    tasks: Vec<Task>,
    /// Tasks in which a worker panicked. They are read last, each in its own session.
    suspects: Vec<Task>,
}

/// Task taken from the queue.
pub(crate) struct Taken {
    pub(crate) task: Task,
    /// Whether a worker panicked in the task before.
    pub(crate) is_suspect: bool,
}

impl Queue {
    /// Returns a queue with the largest tasks first: if a large task began last, the other workers would wait for it.
    pub(crate) fn new(mut tasks: Vec<Task>) -> Self {
        tasks.reverse();
        tasks.sort_by_key(|task| task.size().unwrap_or(u64::MAX));
        Self(Mutex::new(Waiting { tasks, suspects: Vec::new() }))
    }

    /// Returns a queue in the order of the tasks.
    pub(crate) fn in_order(mut tasks: Vec<Task>) -> Self {
        tasks.reverse();
        Self(Mutex::new(Waiting { tasks, suspects: Vec::new() }))
    }

    /// Returns the bytes of all tasks; `None` if those of one are unknown.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.lock().tasks.iter().map(Task::size).sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().tasks.len()
    }

    pub(crate) fn take(&self) -> Option<Taken> {
        let mut waiting = self.lock();
        if let Some(task) = waiting.tasks.pop() {
            return Some(Taken { task, is_suspect: false });
        }
        waiting.suspects.pop().map(|task| Taken { task, is_suspect: true })
    }

    pub(crate) fn put_back(&self, tasks: impl IntoIterator<Item = Task>) {
        self.lock().tasks.extend(tasks);
    }

    pub(crate) fn suspect(&self, task: Task) {
        self.lock().suspects.push(task);
    }

    /// Removes all tasks and returns them.
    pub(crate) fn clear(&self) -> Vec<Task> {
        let mut waiting = self.lock();
        let mut tasks = std::mem::take(&mut waiting.tasks);
        tasks.append(&mut waiting.suspects);
        tasks
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
