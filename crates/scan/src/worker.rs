//! Worker on one thread: takes tasks, reads each into its session, and survives panics.

use crate::failure::InputFailure;
use crate::limits::PARTIAL_INTERVAL_MS;
use crate::progress::{Cancel, Meter};
use crate::reading::{Reading, SourceRead, Stop};
use crate::tasks::{Queue, Taken, Task};
use scriptscope::{Error, Handover, Options, Session};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// Callback that takes a resource's name.
pub(crate) type Before = Arc<dyn Fn(&str) + Send + Sync>;

/// Callback that takes the number of a task and a session that has read only this task.
pub(crate) type Each = Arc<dyn Fn(usize, &mut Session) + Send + Sync>;

/// State shared by all workers.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) passwords: Vec<String>,
    pub(crate) cancel: Cancel,
    pub(crate) queue: Queue,
    /// Callback before a task is read. Tests panic in it.
    pub(crate) before: Option<Before>,
    /// Callback after a task is read.
    pub(crate) each: Option<Each>,
}

/// Message from a worker.
pub(crate) enum Message {
    Read {
        task: Task,
        sources: Vec<SourceRead>,
    },
    /// Results since the last partial result.
    Partial(Box<Handover>),
    /// A panic and its message. Its task is read again, or given up.
    Panicked {
        name: String,
        message: String,
    },
    /// The engine refused, so the run cannot continue.
    Refused(Error),
    /// Last message: the session with the results since the last partial result.
    Ended(Option<Box<Session>>),
}

pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) messages: Sender<Message>,
}

impl Worker {
    /// Works until the queue is empty or the run is cancelled.
    pub(crate) fn run(self) {
        let mut session = None;
        match self.work(&mut session) {
            Ok(()) | Err(Stop::Cancelled) => self.say(Message::Ended(session.map(Box::new))),
            Err(Stop::Refused(error)) => self.say(Message::Refused(error)),
        }
    }

    fn work(&self, session: &mut Option<Session>) -> Result<(), Stop> {
        // Tasks read since the last partial result. A panic loses them with the session.
        let mut unsaved: Vec<Task> = Vec::new();
        let mut saved = Instant::now();
        while !self.shared.cancel.is_set() {
            let Some(Taken { task, is_suspect }) = self.shared.queue.take() else { break };
            // Not after the last task: then the session itself is passed on, without the time and memory of a partial.
            let is_due = saved.elapsed() >= Duration::from_millis(PARTIAL_INTERVAL_MS);
            if is_suspect || is_due {
                self.save(session, &mut unsaved)?;
                saved = Instant::now();
            }
            let reading = AssertUnwindSafe(|| {
                let sources = self.read(session, &task);
                if let (Some(each), Some(session)) = (&self.shared.each, session.as_mut()) {
                    each(task.index, session);
                }
                sources
            });
            match catch_unwind(reading) {
                Ok(sources) => {
                    self.say(Message::Read { task: task.clone(), sources: sources? });
                    unsaved.push(task);
                    // The next call is about the next task only.
                    if self.shared.each.is_some() {
                        self.save(session, &mut unsaved)?;
                    }
                }
                Err(panic) => {
                    let message = words(&*panic);
                    // A broken session may panic again when it is dropped.
                    let broken = session.take();
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(broken)));
                    self.meter.reset_counts();
                    self.recover(session, task, is_suspect, &mut unsaved, &message)?;
                    self.save(session, &mut unsaved)?;
                }
            }
        }
        Ok(())
    }

    fn read(&self, session: &mut Option<Session>, task: &Task) -> Result<Vec<SourceRead>, Stop> {
        if let Some(before) = &self.shared.before {
            before(&task.resource.name);
        }
        let reading = Reading::new(self.session(session)?, &self.meter, &self.shared.cancel);
        match &task.range {
            Some(range) => reading.read_range(&task.resource, range, task.piece),
            None => reading.read(&task.resource, &self.shared.passwords),
        }
    }

    /// Recovers from a panic. The tasks lost with the session go back to the queue, and the task that panicked is read
    /// last, alone. It is given up after a second panic, or after the first one in a stream, which can be read only
    /// once.
    fn recover(
        &self,
        session: &mut Option<Session>,
        task: Task,
        is_suspect: bool,
        unsaved: &mut Vec<Task>,
        message: &str,
    ) -> Result<(), Stop> {
        let name = task.resource.name.clone();
        self.say(Message::Panicked { name, message: message.to_owned() });
        let (again, lost): (Vec<_>, Vec<_>) =
            unsaved.drain(..).partition(|task| task.resource.is_repeatable());
        self.shared.queue.put_back(again);
        for task in lost {
            self.give_up(session, &task, message)?;
        }
        if is_suspect || !task.resource.is_repeatable() {
            self.give_up(session, &task, message)?;
        } else {
            self.shared.queue.suspect(task);
        }
        Ok(())
    }

    fn give_up(
        &self,
        session: &mut Option<Session>,
        task: &Task,
        message: &str,
    ) -> Result<(), Stop> {
        let failure = InputFailure::read(format!(
            "the worker that read it died; the input cannot be read: {message}"
        ));
        break_off(self.session(session)?, task, &failure)?;
        let name = task.resource.name.clone();
        let sources = vec![SourceRead { name, bytes: 0, failed: true }];
        self.say(Message::Read { task: task.clone(), sources });
        Ok(())
    }

    /// Sends the results as a partial result, so that a later panic cannot lose them.
    fn save(&self, session: &mut Option<Session>, unsaved: &mut Vec<Task>) -> Result<(), Stop> {
        if let Some(session) = session {
            self.say(Message::Partial(Box::new(session.hand_over(None)?)));
            self.meter.reset_counts();
        }
        unsaved.clear();
        Ok(())
    }

    fn session<'a>(&self, session: &'a mut Option<Session>) -> Result<&'a mut Session, Stop> {
        match session {
            Some(session) => Ok(session),
            None => Ok(session.insert(Session::new(self.shared.options.clone())?)),
        }
    }

    /// Sends a message. Nobody receives it if the run was cancelled.
    fn say(&self, message: Message) {
        let _ = self.messages.send(message);
    }
}

/// Reports why a source was not read. Results of its ranges from other sessions belong to the same source.
pub(crate) fn break_off(
    session: &mut Session,
    task: &Task,
    failure: &InputFailure,
) -> Result<(), Error> {
    let name = &task.resource.name;
    match &task.range {
        Some(range) => session.begin_range(name, task.piece, range.start, None, false)?,
        None => session.begin(name)?,
    }
    session.fail(failure.kind, &failure.message)
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without words".to_owned())
}
