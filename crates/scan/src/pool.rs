//! Runs: workers on threads, whose results are merged into one session.

use crate::failure::InputFailure;
use crate::input::{Input, Opener, ReadSeek};
use crate::limits::{
    BYTES_PER_JOB, CANCEL_WAIT_MS, PROGRESS_INTERVAL_MS, STEP_BYTES, STEPWISE_BYTES,
};
use crate::progress::{Cancel, Meter, Progress};
use crate::reading::SourceRead;
use crate::share::Share;
use crate::tasks::{Queue, Task, find, plan, ranges};
use crate::worker::{Before, Each, Message, Shared, Worker};
use scriptscope::{Error, Failure, Options, Session, range_bytes};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Stack size of a worker: that of a main thread, because the engine recurses deeply.
const STACK_BYTES: usize = 8 << 20;

type Watch = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Reads inputs into a session.
///
/// ```
/// use scriptscope_scan::{Input, Scanner};
///
/// let input = Input::Bytes { name: "notes.txt".into(), bytes: b"not a log".as_slice().into() };
/// let mut scan = Scanner::new().scan(&[input]).unwrap();
/// assert_eq!(scan.session.report().totals.bytes, 9);
/// ```
#[derive(Clone, Default)]
pub struct Scanner {
    options: Options,
    passwords: Vec<String>,
    jobs: Option<usize>,
    cancel: Cancel,
    watch: Option<Watch>,
    before: Option<Before>,
    each: Option<Each>,
    undivided: bool,
    opener: Option<Opener>,
    follow_links: bool,
}

/// Result of a run.
pub struct Scan {
    /// Session with all results.
    pub session: Session,
    /// Sources of each input, in the order of the inputs.
    pub inputs: Vec<Vec<SourceRead>>,
    /// Panics of workers. Each is a bug; if the second attempt succeeded, the report does not mention it.
    pub panics: Vec<Panic>,
    /// Whether the run was cancelled. If so, the report names the sources that were not read to their end.
    pub is_cancelled: bool,
    /// Number of inputs that no worker had begun when the run was cancelled.
    pub unbegun: usize,
}

/// Panic of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// Source that the worker was reading.
    pub source: String,
    /// Message of the panic.
    pub message: String,
}

impl Scanner {
    /// Returns a scanner with the default options, on as many cores as are worth their cost.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the session's options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        // A file's hash needs all its bytes in order, and its first bytes show whether it has the named encoding: such
        // files are not divided into ranges.
        self.undivided = options.sha256 || options.encoding.is_some();
        self.options = options;
        self
    }

    /// Sets the passwords of encrypted archives, tried after `infected`.
    #[must_use]
    pub fn passwords(mut self, passwords: Vec<String>) -> Self {
        self.passwords = passwords;
        self
    }

    /// Sets the number of threads; by default as many as are worth their cost.
    #[must_use]
    pub fn jobs(mut self, jobs: Option<usize>) -> Self {
        self.jobs = jobs;
        self
    }

    /// Sets the flag that cancels the run.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Sets whether links in folders are followed, each target once. By default they are reported.
    #[must_use]
    pub fn follow_links(mut self, follow_links: bool) -> Self {
        self.follow_links = follow_links;
        self
    }

    /// Sets a callback for progress, called ten times a second on the calling thread.
    #[must_use]
    pub fn watch(mut self, watch: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(watch));
        self
    }

    /// Sets a function that opens the paths of shares. Without it they are files of this machine.
    #[must_use]
    pub fn opener(
        mut self,
        open: impl Fn(&Path) -> io::Result<Box<dyn ReadSeek>> + Send + Sync + 'static,
    ) -> Self {
        self.opener = Some(Opener(Arc::new(open)));
        self
    }

    /// Sets a callback for results as they come. A worker calls it with the number of a piece of the inputs, in their order,
    /// and a session that has read this piece only, before its results are merged. Pieces are small, except of archives and
    /// streams; a piece that is not read has no call. Inputs that are read in a moment have no calls either.
    #[must_use]
    pub fn each(mut self, call: impl Fn(usize, &mut Session) + Send + Sync + 'static) -> Self {
        self.each = Some(Arc::new(call));
        self
    }

    /// Sets a callback that a worker calls with each resource's name before reading it. Tests panic in it.
    #[doc(hidden)]
    #[must_use]
    pub fn before(mut self, before: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.before = Some(Arc::new(before));
        self
    }

    /// Reads the inputs.
    ///
    /// # Errors
    ///
    /// Returns an error if an option has an invalid value or no thread can be started. Unreadable inputs are problems
    /// of the report instead.
    pub fn scan(&self, inputs: &[Input]) -> Result<Scan, ScanError> {
        let found = find(inputs, self.follow_links);
        let known: u64 = found.iter().filter_map(|(_, resource)| resource.size).sum();
        let workers = self.jobs.unwrap_or_else(|| jobs_for(known));
        let is_stepwise = self.each.is_some() && known >= STEPWISE_BYTES;
        let range = |size| match is_stepwise {
            true => Some(STEP_BYTES),
            false => (workers > 1).then(|| range_bytes(size, workers)),
        };
        let tasks = plan(found, |size| range(size).filter(|_| !self.undivided));
        let queue = if is_stepwise { Queue::in_order(tasks) } else { Queue::new(tasks) };
        self.run(queue, self.each.clone().filter(|_| is_stepwise), workers, inputs.len())
    }

    /// Returns a share for each file of paths, in the order of [`Scanner::scan`].
    pub fn shares(&self, paths: &[PathBuf]) -> Vec<Share> {
        let inputs: Vec<_> = paths.iter().cloned().map(Input::Path).collect();
        let found = find(&inputs, self.follow_links).into_iter().enumerate();
        found.map(|(number, (_, resource))| Share::new(&resource, number as u64)).collect()
    }

    /// Divides large files into ranges of about `range_bytes` each. A file that has no cut points stays one share.
    pub fn divide(&self, shares: Vec<Share>, range_bytes: u64) -> Vec<Share> {
        let divided = shares.into_iter().flat_map(|share| {
            let resource = share.resource(self.opener.as_ref());
            let found = if self.undivided { None } else { ranges(&resource, range_bytes) };
            found.map_or_else(|| vec![share.clone()], |ranges| share.divide(ranges))
        });
        divided.collect()
    }

    /// Reads shares, on one thread unless [`Scanner::jobs`] says more. The session holds their part of the lake: its
    /// [partial](Session::partial) is merged with those of the other shares.
    ///
    /// # Errors
    ///
    /// Those of [`Scanner::scan`].
    pub fn scan_shares(&self, shares: &[Share]) -> Result<Scan, ScanError> {
        let tasks = shares.iter().enumerate();
        let tasks = tasks.map(|(index, share)| share.task(index, self.opener.as_ref())).collect();
        self.run(Queue::new(tasks), None, self.jobs.unwrap_or(1), shares.len())
    }

    fn run(
        &self,
        queue: Queue,
        each: Option<Each>,
        workers: usize,
        inputs: usize,
    ) -> Result<Scan, ScanError> {
        let (total_bytes, tasks) = (queue.bytes(), queue.len());
        let workers = workers.clamp(1, tasks.max(1));
        let mut passwords = vec!["infected".to_owned()];
        passwords.extend(self.passwords.iter().cloned());
        let shared = Arc::new(Shared {
            options: self.options.clone(),
            passwords,
            cancel: self.cancel.clone(),
            queue,
            before: self.before.clone(),
            each,
        });
        let (sender, messages) = channel();
        let meters: Vec<_> = (0..workers).map(|_| Arc::new(Meter::new())).collect();
        for (index, meter) in meters.iter().enumerate() {
            let (shared, meter, messages) =
                (Arc::clone(&shared), Arc::clone(meter), sender.clone());
            let worker = Worker { shared, meter, messages };
            let builder =
                thread::Builder::new().name(format!("scan-{index}")).stack_size(STACK_BYTES);
            // With fewer threads than planned the run only takes longer. It needs at least one.
            match builder.spawn(move || worker.run()) {
                Err(error) if index == 0 => return Err(ScanError::Threads(error)),
                _ => {}
            }
        }
        drop(sender);
        let run = Run {
            scanner: self,
            meters,
            total_bytes,
            session: None,
            read: BTreeMap::new(),
            panics: Vec::new(),
        };
        run.listen(&messages, &shared, inputs)
    }
}

/// Reason why a run ended without a session.
#[derive(Debug)]
pub enum ScanError {
    /// The engine refused an option or a partial result.
    Session(Error),
    /// No thread can be started.
    Threads(io::Error),
}

impl std::fmt::Display for ScanError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ScanError::Session(error) => error.fmt(formatter),
            ScanError::Threads(error) => write!(formatter, "no thread can be started: {error}"),
        }
    }
}

impl std::error::Error for ScanError {}

impl From<Error> for ScanError {
    fn from(error: Error) -> Self {
        ScanError::Session(error)
    }
}

struct Run<'a> {
    scanner: &'a Scanner,
    meters: Vec<Arc<Meter>>,
    total_bytes: Option<u64>,
    /// Session of the first worker that ended. The results of the other workers are merged into it.
    session: Option<Session>,
    /// Keyed by the indices of input and task.
    read: BTreeMap<(usize, usize), (Task, Vec<SourceRead>)>,
    panics: Vec<Panic>,
}

impl Run<'_> {
    fn listen(
        mut self,
        messages: &Receiver<Message>,
        shared: &Shared,
        inputs: usize,
    ) -> Result<Scan, ScanError> {
        let mut cancelled: Option<Instant> = None;
        let mut shown = Instant::now();
        loop {
            match messages.recv_timeout(Duration::from_millis(PROGRESS_INTERVAL_MS / 2)) {
                Ok(message) => self.take(message)?,
                Err(RecvTimeoutError::Timeout) => {}
                // All workers have ended.
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if shown.elapsed() >= Duration::from_millis(PROGRESS_INTERVAL_MS) {
                self.show();
                shown = Instant::now();
            }
            if shared.cancel.is_set() {
                let since = *cancelled.get_or_insert_with(Instant::now);
                // A worker may be blocked in a read that does not end, such as of a terminal.
                if since.elapsed() >= Duration::from_millis(CANCEL_WAIT_MS) {
                    self.leave_behind()?;
                    break;
                }
            }
        }
        self.show();
        let unbegun: Vec<_> = shared.queue.clear().iter().map(|task| task.piece).collect();
        let mut sources = vec![Vec::new(); inputs];
        for ((input, _), (task, read)) in self.read {
            let Some(own) = sources.get_mut(input) else { continue };
            if task.range.is_some() {
                add_range(own, read);
            } else {
                own.extend(read);
            }
        }
        let session = match self.session {
            Some(session) => session,
            None => Session::new(self.scanner.options.clone())?,
        };
        Ok(Scan {
            session,
            inputs: sources,
            panics: self.panics,
            is_cancelled: shared.cancel.is_set(),
            unbegun: unbegun.into_iter().collect::<std::collections::BTreeSet<_>>().len(),
        })
    }

    fn take(&mut self, message: Message) -> Result<(), ScanError> {
        match message {
            Message::Read { task, sources } => {
                self.read.insert((task.input, task.index), (task, sources));
            }
            Message::Partial(partial) => self.session()?.take_over(*partial)?,
            Message::Panicked { name: source, message } => {
                self.panics.push(Panic { source, message });
            }
            Message::Refused(error) => return Err(error.into()),
            Message::Ended(None) => {}
            Message::Ended(Some(mut session)) => {
                // A session holds each range of a source as a source of its own. Taking it over joins them.
                let has_ranges = self.read.values().any(|(task, _)| task.range.is_some());
                if self.session.is_none() && !has_ranges {
                    self.session = Some(*session);
                } else {
                    let partial = session.hand_over(None)?;
                    // Before merging, so that what it found is not in memory three times.
                    drop(session);
                    self.session()?.take_over(partial)?;
                }
            }
        }
        Ok(())
    }

    fn session(&mut self) -> Result<&mut Session, Error> {
        match &mut self.session {
            Some(session) => Ok(session),
            none => Ok(none.insert(Session::new(self.scanner.options.clone())?)),
        }
    }

    /// Reports the sources whose workers did not stop.
    fn leave_behind(&mut self) -> Result<(), Error> {
        let names: Vec<_> = self.meters.iter().filter_map(|meter| meter.source()).collect();
        for name in names {
            let InputFailure { kind, message } = cancelled();
            let session = self.session()?;
            session.begin(&name)?;
            session.fail(kind, &message)?;
        }
        Ok(())
    }

    fn show(&self) {
        let Some(watch) = &self.scanner.watch else { return };
        let counts = self.session.as_ref().map(Session::counts).unwrap_or_default();
        let mut progress = Progress { counts, ..Progress::default() };
        self.meters.iter().for_each(|meter| meter.add_to(&mut progress));
        // Bytes that were read again after a panic were counted twice.
        progress.bytes = progress.bytes.min(self.total_bytes.unwrap_or(u64::MAX));
        progress.total_bytes = self.total_bytes;
        watch(&progress);
    }
}

/// Adds a range, merging ranges of the same source.
fn add_range(sources: &mut Vec<SourceRead>, read: Vec<SourceRead>) {
    for range in read {
        match sources.last_mut().filter(|last| last.name == range.name) {
            Some(last) => {
                last.bytes += range.bytes;
                last.failed |= range.failed;
            }
            None => sources.push(range),
        }
    }
}

/// Returns the failure of a source that a cancelled run did not read to its end.
pub(crate) fn cancelled() -> InputFailure {
    let message = "reading was cancelled before its end".to_owned();
    InputFailure { kind: Failure::Cancelled, message }
}

/// Returns the number of threads worth their cost for an input size.
fn jobs_for(bytes: u64) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    usize::try_from(bytes / BYTES_PER_JOB).unwrap_or(usize::MAX).clamp(1, cores)
}
