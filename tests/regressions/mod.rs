//! Replays the fuzzers' seeds, and every input that ever broke something.

#[allow(unreachable_pub, reason = "a crate of its own to the fuzzers")]
#[path = "../../fuzz/src/lib.rs"]
pub(crate) mod targets;

use std::fs;
use std::path::Path;

#[test]
fn seeds_and_findings_hold() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (name, target) in targets::TARGETS {
        for folder in ["seeds", "regressions"] {
            let Ok(files) = fs::read_dir(fuzz.join(folder).join(name)) else {
                continue;
            };
            for file in files {
                let path = file.unwrap().path();
                println!("{}", path.display());
                target(&fs::read(&path).unwrap());
            }
        }
    }
}
