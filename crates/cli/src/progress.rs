//! Progress of a run on one line of a terminal, cleared at the end.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scriptscope_scan::Progress;
use std::env;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Duration below which a run shows no progress.
const SHOWN_AFTER: Duration = Duration::from_millis(300);

const KNOWN: &str = "{bar:20} {percent} % · {decimal_bytes} of {decimal_total_bytes} · {decimal_bytes_per_sec} · {eta} left";
const UNKNOWN: &str = "{decimal_bytes} · {decimal_bytes_per_sec}";

/// Progress line. Clones share the same line.
#[derive(Clone)]
pub(crate) struct ProgressLine {
    bar: Arc<OnceLock<ProgressBar>>,
    started: Instant,
    is_hidden: bool,
}

impl ProgressLine {
    pub(crate) fn new(is_quiet: bool) -> Self {
        let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        Self { bar: Arc::default(), started: Instant::now(), is_hidden: is_quiet || is_dumb }
    }

    pub(crate) fn show(&self, progress: &Progress) {
        if self.is_hidden || self.started.elapsed() < SHOWN_AFTER {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let template = if progress.total_bytes.is_some() { KNOWN } else { UNKNOWN };
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("█░");
            // The bar stays hidden if standard error is no terminal.
            let bar =
                ProgressBar::with_draw_target(progress.total_bytes, ProgressDrawTarget::stderr());
            bar.with_style(style).with_elapsed(self.started.elapsed())
        });
        bar.set_position(progress.bytes);
    }

    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
