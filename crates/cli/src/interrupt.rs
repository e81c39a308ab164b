//! Ctrl-C: the first asks the run to stop, the second ends the process.

use scriptscope_scan::Cancel;
use std::process;
use std::sync::OnceLock;

/// As shells report a program that was interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

static CANCEL: OnceLock<Cancel> = OnceLock::new();

/// What Ctrl-C sets.
pub(crate) fn watch() -> Cancel {
    let cancel = CANCEL.get_or_init(|| {
        let cancel = Cancel::default();
        let pressed = cancel.clone();
        // Where no handler can be set, Ctrl-C ends the process as it always does.
        let _ = ctrlc::set_handler(move || {
            if pressed.is_set() {
                process::exit(i32::from(INTERRUPTED));
            }
            pressed.cancel();
        });
        cancel
    });
    cancel.clone()
}
