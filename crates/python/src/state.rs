//! [`State`]: a session with the inputs that it read, shared by a Python session and its reports.

use crate::failure::Refusal;
use scriptscope::report::Block;
use scriptscope::{Error, Options, Session};
use scriptscope_scan::{Input, read_blocks};
use std::sync::{Mutex, MutexGuard};

/// A session, and what its reports need of it.
pub(crate) struct State {
    pub(crate) options: Options,
    inner: Mutex<Inner>,
}

/// What changes of a [`State`].
pub(crate) struct Inner {
    pub(crate) session: Session,
    /// Inputs that can be read again, and passwords of archives in them.
    inputs: Vec<Input>,
    passwords: Vec<String>,
    /// Number of times that something was read, so that a report sees whether it is the last.
    pub(crate) reads: u64,
}

impl State {
    pub(crate) fn new(options: Options, session: Session) -> Self {
        let inner = Inner { session, inputs: Vec::new(), passwords: Vec::new(), reads: 0 };
        Self { options, inner: Mutex::new(inner) }
    }

    /// Locks it. A session in which the engine panicked is of no use any more.
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, Inner>, Refusal> {
        self.inner.lock().map_err(|_| {
            Refusal::Panic("the engine failed before in this session: make another".to_owned())
        })
    }
}

impl Inner {
    /// Notes inputs that were read.
    pub(crate) fn add_inputs(&mut self, inputs: &[Input], passwords: Vec<String>) {
        let repeatable = inputs.iter().filter(|input| !matches!(input, Input::Stream(_)));
        self.inputs.extend(repeatable.cloned());
        self.passwords.extend(passwords);
    }

    /// Reads the texts of script blocks again that no rule matched. What cannot be read stays unread.
    pub(crate) fn read_again(&mut self, ids: &[String]) -> Result<(), Refusal> {
        let ids = self.session.texts_to_read(ids);
        // A report and an export say which texts they lack.
        read_blocks(&mut self.session, &self.inputs, &self.passwords, false, &ids)?;
        Ok(())
    }

    /// Returns a script block with its text, read again if no rule matched it; `None` for an unknown id.
    ///
    /// # Errors
    ///
    /// A refusal if its text cannot be read again.
    pub(crate) fn block(&mut self, id: &str) -> Result<Option<Block>, Refusal> {
        if let Some(block) = self.session.block(id) {
            return Ok(Some(block));
        }
        self.read_again(&[id.to_owned()])?;
        if let Some(block) = self.session.block(id) {
            return Ok(Some(block));
        }
        match self.session.read_plan(id) {
            Ok(Some(plan)) => {
                let source = plan.first().map_or("", |range| range.source.as_str());
                let message = format!(
                    "the text of {id} cannot be read again from {source}: it can be read from paths and bytes that did not \
                     change, not from file objects"
                );
                Err(Error::Option { name: "block", message }.into())
            }
            _ => Ok(None),
        }
    }
}
