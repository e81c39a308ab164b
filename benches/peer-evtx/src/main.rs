//! The native peers, timed: `peer-evtx evtx FILE` dumps a log as JSON, `peer-evtx lines FILE` parses each line
//! of NDJSON with serde_json. Prints `seconds count`.

use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (kind, path) = arguments.next().zip(arguments.next()).expect("evtx|lines FILE");
    let bytes = std::fs::read(path).expect("a file that can be read");
    let start = Instant::now();
    let count = match kind.as_str() {
        "evtx" => peer_evtx::dump_json(bytes),
        _ => bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| serde_json::from_slice::<serde_json::Value>(line).is_ok())
            .count(),
    };
    println!("{} {count}", start.elapsed().as_secs_f64());
}
