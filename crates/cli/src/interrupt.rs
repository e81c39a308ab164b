//! Ctrl-C: the first press asks the run to stop, the second ends the process.

use scriptscope_scan::Cancel;
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use {
    signal_hook::{consts::SIGINT, iterator::Signals},
    std::{io, thread},
};

/// Exit status with which shells report an interrupted program.
pub(crate) const INTERRUPTED: u8 = 130;

static CANCEL: OnceLock<Cancel> = OnceLock::new();

/// Whether the next press ends the process: everything is read, and what is left to do is to write.
static IS_READ: AtomicBool = AtomicBool::new(false);

/// Lets the next press end the process. A reader of the output that waits would hold it otherwise.
pub(crate) fn end_at_once() {
    IS_READ.store(true, Ordering::Relaxed);
}

/// Returns the flag that Ctrl-C sets.
pub(crate) fn watch() -> Cancel {
    let cancel = CANCEL.get_or_init(|| {
        let cancel = Cancel::default();
        let pressed = cancel.clone();
        // If no handler can be set, Ctrl-C ends the process as usual.
        let _ = on_interrupt(move || {
            if pressed.is_set() || IS_READ.load(Ordering::Relaxed) {
                process::exit(i32::from(INTERRUPTED));
            }
            pressed.cancel();
        });
        cancel
    });
    cancel.clone()
}

/// Calls `pressed` in a thread of its own for every interrupt.
#[cfg(unix)]
fn on_interrupt(pressed: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT])?;
    thread::Builder::new().name("interrupt".into()).spawn(move || {
        for _ in signals.forever() {
            pressed();
        }
    })?;
    Ok(())
}

/// Calls `pressed` in a thread of its own for every interrupt.
#[cfg(windows)]
fn on_interrupt(pressed: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(pressed)
}
