//! Reads the chunks of an event log in bytes of unknown format: a disk image, a memory dump.

use super::decoder::Decoder;
use super::evtx;
use super::sink::{OtherRecord, ScriptRecord, Sink};
use crate::error::Problem;
use crate::limits;

/// Reads every chunk found.
#[derive(Default)]
pub(super) struct ChunkCarver {
    chunks: evtx::EvtxDecoder,
    found: bool,
    /// Problems found before the first record. They are dropped if no record follows.
    delayed: Vec<Problem>,
}

impl ChunkCarver {
    /// Whether any record was found.
    pub(super) fn has_records(&self) -> bool {
        self.found
    }

    fn drive(
        &mut self,
        sink: &mut dyn Sink,
        step: impl FnOnce(&mut evtx::EvtxDecoder, &mut dyn Sink),
    ) {
        let mut carving =
            CarvingSink { sink, found: self.found, delayed: std::mem::take(&mut self.delayed) };
        step(&mut self.chunks, &mut carving);
        (self.found, self.delayed) = (carving.found, carving.delayed);
    }
}

impl Decoder for ChunkCarver {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        self.drive(sink, |chunks, sink| chunks.push(bytes, sink));
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.drive(sink, |chunks, sink| chunks.end(sink));
    }
}

struct CarvingSink<'a> {
    sink: &'a mut dyn Sink,
    found: bool,
    delayed: Vec<Problem>,
}

impl CarvingSink<'_> {
    fn mark_found(&mut self) {
        self.found = true;
        for problem in self.delayed.drain(..) {
            self.sink.problem(problem);
        }
    }
}

impl Sink for CarvingSink<'_> {
    fn script(&mut self, record: &ScriptRecord<'_>) {
        self.mark_found();
        self.sink.script(record);
    }

    fn other(&mut self, record: &OtherRecord<'_>) {
        self.mark_found();
        self.sink.other(record);
    }

    fn problem(&mut self, problem: Problem) {
        if self.found {
            self.sink.problem(problem);
        } else if self.delayed.len() < limits::PROBLEMS_PER_SOURCE {
            self.delayed.push(problem);
        }
    }
}
