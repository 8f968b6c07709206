//! Progress on stderr, and only on a terminal.

use crate::cli::Flags;
use crate::engine::Progress;
use crate::report::text::grouped;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Prints how far a search is.
pub struct Reporter {
    bar: ProgressBar,
}

impl Reporter {
    /// Silent with `--quiet`, with `--json`, and where stderr is no terminal.
    pub fn new(flags: &Flags) -> Reporter {
        let silent = flags.quiet || flags.json;
        let target = if silent {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(4)
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::with_template("{msg}").expect("the template is well-formed"));
        Reporter { bar }
    }

    /// One line: states, speed, queue, depth, memory.
    pub fn print(&self, progress: &Progress) {
        if self.bar.is_hidden() {
            return;
        }
        let rate = progress.unique as f64 / progress.seconds.max(0.001);
        self.bar.set_message(format!(
            "{} states, {}/s, queue {}, depth {}, {} MiB",
            grouped(progress.unique),
            grouped(rate as u64),
            grouped(progress.frontier),
            progress.depth,
            progress.bytes >> 20,
        ));
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
