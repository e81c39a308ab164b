//! Every value of every record of the corpus equals the other reader's.

use crate::evtx::gather::{corpus, fields, our_fields, ours, theirs};
use scriptscope::internal::source::evtx::read_again;

#[test]
fn every_value_of_the_corpus_is_equal() {
    for path in corpus() {
        let bytes = std::fs::read(&path).unwrap();
        let ours = ours([bytes.as_slice()]);
        let theirs = theirs(&bytes);
        let name = path.file_name().unwrap().to_string_lossy();

        for theirs in &theirs {
            assert!(ours.lines.contains(&theirs.line), "{name}: {:?}", theirs.line);
        }
        let scripts: Vec<_> = theirs.iter().filter(|record| record.is_script()).collect();
        for theirs in &scripts {
            let ours = ours.scripts.iter().find(|event| event.place.offset == theirs.offset);
            let ours = ours.unwrap_or_else(|| panic!("{name}: no event at {}", theirs.offset));
            assert_eq!(our_fields(ours), fields(&theirs.json), "{name} at {}", theirs.offset);
        }
        assert!(ours.lines.len() >= theirs.len());
    }
}

#[test]
fn every_script_block_can_be_read_again() {
    for path in corpus() {
        let bytes = std::fs::read(&path).unwrap();
        for event in ours([bytes.as_slice()]).scripts {
            let place = event.place;
            let range = place.frame as usize..(place.offset + place.length) as usize;
            assert_eq!(read_again(&bytes[range], place), Some(event));
        }
    }
}
