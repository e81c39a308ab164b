//! Replays the fuzz targets on their seeds, and on every input that once made one fail.

#[allow(unreachable_pub, reason = "the file is also a crate of its own, for the fuzzers")]
#[path = "../../fuzz/src/lib.rs"]
pub(crate) mod targets;

use std::fs;
use std::path::Path;

#[test]
fn targets_hold_on_seeds_and_regressions() {
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
