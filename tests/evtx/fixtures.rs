//! The small logs in `tests/fixtures/evtx`, each with the facts beside it.

use crate::evtx::gather::ours;
use std::path::Path;

#[test]
fn fixtures_agree_with_their_facts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evtx");
    for name in
        ["plain", "multipart", "no-script-blocks", "warnings-only", "encrypted", "log-cleared"]
    {
        let bytes = std::fs::read(folder.join(format!("{name}.evtx"))).unwrap();
        let facts = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let facts: serde_json::Value = serde_json::from_slice(&facts).unwrap();
        let ours = ours([bytes.as_slice()]);
        assert_eq!(ours.problems, [], "{name}");
        assert_eq!(facts["records"], ours.lines.len(), "{name}");
        assert_eq!(facts["events"], ours.scripts.len(), "{name}");
        let times = || ours.lines.iter().map(|(_, time, _)| time.as_str());
        assert_eq!(facts["firstTime"], times().min().unwrap(), "{name}");
        assert_eq!(facts["lastTime"], times().max().unwrap(), "{name}");
    }
}

#[test]
fn every_loss_in_the_damaged_fixture_is_reported() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evtx");
    let ours = ours([std::fs::read(folder.join("damaged.evtx")).unwrap().as_slice()]);
    let codes: Vec<_> = ours.problems.iter().map(|problem| problem.code.as_ref()).collect();
    assert_eq!(
        codes,
        [
            "evtx-chunk-magic",
            "evtx-record-frame",
            "evtx-checksum",
            "evtx-record-frame",
            "evtx-truncated",
        ]
    );
    assert_eq!(ours.scripts.len(), 12);
}
