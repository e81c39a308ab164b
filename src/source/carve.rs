//! Bytes of no known kind, in which chunks of an event log may still be found: a disk image, a memory dump.

use super::decoder::Decoder;
use super::sink::{OtherRecord, ScriptRecord, Sink};
use super::{evtx, sniff};
use crate::error::Problem;
use crate::limits;

/// Reads whatever chunks there are, and says so where there are none.
#[derive(Default)]
pub(super) struct Carver {
    chunks: evtx::Decoder,
    found: bool,
    /// What was said before anything was found: of no interest where nothing is.
    held: Vec<Problem>,
}

impl Carver {
    /// Whether there was any record.
    pub(super) fn found(&self) -> bool {
        self.found
    }

    fn drive(&mut self, sink: &mut dyn Sink, step: impl FnOnce(&mut evtx::Decoder, &mut dyn Sink)) {
        let mut passing = Passing { sink, found: self.found, held: std::mem::take(&mut self.held) };
        step(&mut self.chunks, &mut passing);
        (self.found, self.held) = (passing.found, passing.held);
    }
}

impl Decoder for Carver {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        self.drive(sink, |chunks, sink| chunks.push(bytes, sink));
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.drive(sink, |chunks, sink| chunks.end(sink));
        if !self.found {
            sink.problem(sniff::unknown());
        }
    }
}

struct Passing<'a> {
    sink: &'a mut dyn Sink,
    found: bool,
    held: Vec<Problem>,
}

impl Passing<'_> {
    fn find(&mut self) {
        self.found = true;
        for problem in self.held.drain(..) {
            self.sink.problem(problem);
        }
    }
}

impl Sink for Passing<'_> {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        self.find();
        self.sink.script(seen);
    }

    fn other(&mut self, seen: &OtherRecord<'_>) {
        self.find();
        self.sink.other(seen);
    }

    fn problem(&mut self, problem: Problem) {
        if self.found {
            self.sink.problem(problem);
        } else if self.held.len() < limits::PROBLEMS_PER_SOURCE {
            self.held.push(problem);
        }
    }
}
