//! Progress on stderr: what is being explored, and each result as it comes.
//!
//! On a terminal a line that moves, with the results above it; elsewhere one plain line for each
//! result, so that the log of a long run says how far it got.

use crate::check::{Observer, Report};
use crate::cli::SearchArgs;
use crate::engine::{self, Progress};
use crate::report::text::{self, grouped};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether somebody asked for the run to end. The first signal sets it, a second one kills.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Has the first interrupt end a run with what it has, and a second one the process.
///
/// # Errors
/// If the handler cannot be set.
pub fn handle_interrupts() -> Result<(), String> {
    let handler = || {
        if INTERRUPTED.swap(true, Relaxed) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).map_err(|error| error.to_string())
}

/// Tells how far a run is.
pub struct Reporter {
    bar: ProgressBar,
    /// Whether results are told where there is no terminal.
    plain: bool,
    item: Mutex<Item>,
}

/// What is being explored.
#[derive(Default)]
struct Item {
    place: String,
    name: String,
}

impl Reporter {
    /// Silent with `--quiet`, with JSON on stdout, and for verbs that search nothing.
    pub fn new(search: Option<&SearchArgs>, json: bool) -> Reporter {
        let silent = json || search.is_none_or(|search| search.quiet);
        let is_terminal = std::io::stderr().is_terminal();
        let target = if silent || !is_terminal {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(4)
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::with_template("{msg}").expect("the template is well-formed"));
        Reporter { bar, plain: !silent && !is_terminal, item: Mutex::default() }
    }

    fn item(&self) -> std::sync::MutexGuard<'_, Item> {
        self.item.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl engine::Observer for Reporter {
    fn searched(&self, progress: &Progress) -> ControlFlow<()> {
        if !self.bar.is_hidden() {
            let Item { place, name } = &*self.item();
            let rate = progress.unique as f64 / progress.seconds.max(0.001);
            self.bar.set_message(format!(
                "{place} {name}\n  {} states, {}/s, queue {}, depth {}, {} MiB",
                grouped(progress.unique),
                grouped(rate as u64),
                grouped(progress.frontier),
                progress.depth,
                progress.bytes >> 20,
            ));
        }
        if self.is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Observer for Reporter {
    fn begins(&self, phase: &str, item: &str, index: usize, of: usize) {
        let place = format!("{phase} {index}/{of}");
        // Where a phase has no results of its own, its beginning is one.
        let is_new = phase != "scenario" && index == 1;
        *self.item() = Item { place, name: item.to_owned() };
        if is_new {
            self.says(&format!("{of} in all"));
        }
        self.bar.set_message(format!("{phase} {index}/{of} {item}"));
    }

    fn checked(&self, scenario: &str, report: &Report) {
        self.says(&text::row(scenario, report));
    }

    fn says(&self, line: &str) {
        let line = format!("{} {line}", self.item().place);
        if self.plain {
            // A reader that is gone stops no run.
            let _ = writeln!(std::io::stderr(), "{line}");
        } else {
            self.bar.println(line);
        }
    }

    fn is_interrupted(&self) -> bool {
        INTERRUPTED.load(Relaxed)
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
