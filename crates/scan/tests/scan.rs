//! Tests of whole runs: the report is the same for any number of threads, and panics, cancellation and unreadable
//! inputs are reported.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use scriptscope::report::json;
use scriptscope_scan::{Cancel, Input, Progress, Scan, Scanner};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/intrusion.xml");

fn report(scan: &mut Scan) -> String {
    json(&scan.session.report())
}

/// Writes logs to a folder, with a script block whose parts are in different files.
fn logs(folder: &Path) -> Vec<Input> {
    let sample = fs::read_to_string(SAMPLE).unwrap();
    let names = ["a.xml", "b.xml", "c.xml"];
    let mut inputs: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let path = folder.join(name);
            fs::write(&path, sample.replace("FS03", &format!("FS0{index}"))).unwrap();
            Input::Path(path)
        })
        .collect();
    inputs.push(Input::Path(folder.join("none.evtx")));
    inputs.push(Input::Path(PathBuf::from(SAMPLE)));
    inputs
}

#[test]
fn any_number_of_threads_and_any_order_give_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = logs(folder.path());
    let mut alone = Scanner::new().jobs(Some(1)).scan(&inputs).unwrap();
    let expected = report(&mut alone);
    assert!(expected.contains("there is no such file or folder"));
    assert!(alone.inputs[3][0].failed && !alone.inputs[0][0].failed);
    for jobs in [2, 3, 8] {
        inputs.reverse();
        let mut scan = Scanner::new().jobs(Some(jobs)).scan(&inputs).unwrap();
        assert!(report(&mut scan) == expected, "{jobs}");
    }
}

#[test]
fn large_logs_are_read_in_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let sample = fs::read_to_string(SAMPLE).unwrap();
    let events: Vec<_> =
        sample.split_inclusive("</Event>").filter(|event| event.contains("<Event xmlns")).collect();
    let path = folder.path().join("large.xml");
    let mut text = String::new();
    let mut number = 0;
    while text.len() < 40 << 20 {
        for event in &events {
            number += 1;
            text.push_str(&event.replace("FS03", &format!("H{}", number % 50)));
        }
    }
    fs::write(&path, &text).unwrap();
    let inputs = [Input::Path(path)];
    let mut alone = Scanner::new().jobs(Some(1)).scan(&inputs).unwrap();
    let mut divided = Scanner::new().jobs(Some(2)).scan(&inputs).unwrap();
    assert!(report(&mut alone) == report(&mut divided));
    assert_eq!(alone.inputs, divided.inputs);
    assert_eq!(divided.inputs[0][0].bytes, text.len() as u64);
}

#[test]
fn ranges_that_one_thread_reads_are_one_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.xml");
    fs::write(&path, fs::read_to_string(SAMPLE).unwrap().repeat(64)).unwrap();
    let scanner = Scanner::new().jobs(Some(1));
    let shares = scanner.divide(scanner.shares(std::slice::from_ref(&path)), 1 << 17);
    assert!(shares.len() > 2);
    let mut divided = scanner.scan_shares(&shares).unwrap();
    let mut alone = scanner.scan(&[Input::Path(path)]).unwrap();
    assert!(report(&mut alone) == report(&mut divided));
}

/// Panics without a message on the terminal.
fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("boom".to_owned()))
}

#[test]
fn a_panic_costs_one_attempt_and_no_input() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = logs(folder.path());
    let expected = report(&mut Scanner::new().scan(&inputs).unwrap());
    for jobs in [1, 3] {
        let attempts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&attempts);
        let scanner = Scanner::new().jobs(Some(jobs)).before(move |name| {
            if name == "b.xml" && counted.fetch_add(1, Ordering::Relaxed) == 0 {
                panic_quietly();
            }
        });
        let mut scan = scanner.scan(&inputs).unwrap();
        assert!(report(&mut scan) == expected);
        assert_eq!(attempts.load(Ordering::Relaxed), 2);
        assert_eq!(
            (scan.panics[0].source.as_str(), scan.panics[0].message.as_str()),
            ("b.xml", "boom")
        );
    }
}

#[test]
fn what_panics_twice_is_given_up_and_only_that() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = logs(folder.path());
    for jobs in [1, 3] {
        let scanner = Scanner::new().jobs(Some(jobs)).before(|name| {
            if name == "b.xml" {
                panic_quietly();
            }
        });
        let mut scan = scanner.scan(&inputs).unwrap();
        let report = scan.session.report();
        let problem =
            report.problems.iter().find(|problem| problem.source.as_deref() == Some("b.xml"));
        let problem = problem.unwrap();
        assert_eq!(problem.code, "read-failed");
        assert_eq!(problem.message, "the worker that read it died; the input cannot be read: boom");
        assert_eq!(scan.panics.len(), 2);
        assert!(scan.inputs[1][0].failed);
        let read = report.sources.iter().filter(|source| source.events > 0).count();
        assert_eq!(read, 3);
    }
}

struct Endless;

impl Read for Endless {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        output.fill(b'x');
        Ok(output.len())
    }
}

#[test]
fn a_cancelled_run_says_what_was_not_read() {
    let cancel = Cancel::default();
    let heard: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let (stop, notes) = (cancel.clone(), Arc::clone(&heard));
    let scanner = Scanner::new().jobs(Some(1)).cancel(cancel).watch(move |progress| {
        if progress.bytes > 0 {
            notes.lock().unwrap().push(progress.clone());
            stop.cancel();
        }
    });
    let inputs = [Input::stream("endless", Endless), Input::Path(PathBuf::from(SAMPLE))];
    let mut scan = scanner.scan(&inputs).unwrap();
    assert!(scan.is_cancelled);
    assert_eq!(scan.unbegun, 1);
    let report = scan.session.report();
    let codes: Vec<_> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert!(codes.contains(&"cancelled"), "{codes:?}");
    let heard = heard.lock().unwrap();
    assert_eq!(heard[0].total_bytes, None);
    assert_eq!(heard[0].source.as_deref(), Some("endless"));
}

struct Broken(&'static [u8]);

impl Read for Broken {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        match self.0.read(output) {
            Ok(0) => Err(io::Error::other("the line is dead")),
            result => result,
        }
    }
}

#[test]
fn a_stream_that_breaks_off_keeps_what_it_gave() {
    let input = Input::stream("s.xml", Broken(b"<Event"));
    let mut scan = Scanner::new().scan(&[input]).unwrap();
    let report = scan.session.report();
    assert_eq!(report.sources[0].bytes, 6);
    let messages: Vec<_> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(messages.contains(&"the input cannot be read: the line is dead"), "{messages:?}");
}
