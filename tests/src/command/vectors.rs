//! The reference, or a program of whatever language, judged by the test vectors.

use super::{Outcome, Status};
use crate::judge::child::Program;
use crate::judge::file::{File, chosen};
use crate::judge::reference::Reference;
use crate::judge::{Implementation, Report, Verdict, judged};
use model::report::text::grouped;
use std::time::Duration;

/// The longest time for an answer that can be asked for, in seconds: a day.
const LONGEST: u64 = 86_400;

/// Judges a program, or the reference if there is no command, by the vectors of these names.
///
/// # Errors
/// A vector is not known or cannot be read, or the program cannot be started.
pub fn run(
    names: &[String],
    command: &[String],
    seconds: u64,
    print: &mut dyn FnMut(&str),
) -> Outcome {
    if !(1..=LONGEST).contains(&seconds) {
        return Err(format!("--seconds {seconds}: expected 1 to {LONGEST}"));
    }
    // A file that is none is said before anything is judged.
    let files =
        chosen(names)?.iter().map(|path| File::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut sum = Sum { all: files.len(), ..Sum::default() };
    for file in &files {
        let mut implementation: Box<dyn Implementation> = match command {
            [] => Box::<Reference>::default(),
            command => Box::new(Program::start(command, Duration::from_secs(seconds))?),
        };
        let report = judged(file, &mut *implementation);
        print(&line(file, &report));
        if !sum.add(file, &report) {
            break;
        }
    }
    Ok((sum.line(), sum.status()))
}

/// What became of a vector.
fn line(file: &File, report: &Report) -> String {
    let steps = format!("{} of {} steps", report.steps, file.steps.len());
    let what = match &report.verdict {
        Verdict::Passed => "passed".into(),
        Verdict::Unsupported(why) => format!("unsupported at {why}"),
        Verdict::Failed(what) | Verdict::Silent(what) => format!("FAILED at {what}"),
    };
    format!("{:24} {steps:>14}  {what}\n", model::names::shown(&file.name))
}

/// What all vectors amount to together.
#[derive(Default)]
struct Sum {
    all: usize,
    passed: usize,
    unsupported: usize,
    failed: Vec<String>,
    steps: usize,
    of_steps: usize,
}

impl Sum {
    /// Counts a vector; no further one is to be judged if the program did not answer in time.
    fn add(&mut self, file: &File, report: &Report) -> bool {
        self.steps += report.steps;
        self.of_steps += file.steps.len();
        match report.verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Unsupported(_) => self.unsupported += 1,
            Verdict::Failed(_) | Verdict::Silent(_) => self.failed.push(file.name.clone()),
        }
        !matches!(report.verdict, Verdict::Silent(_))
    }

    /// What cannot be judged is no pass, and nobody has passed by whom nothing was compared.
    fn status(&self) -> Status {
        if self.failed.is_empty() && self.steps > 0 { Status::Pass } else { Status::Missed }
    }

    fn line(&self) -> String {
        let verdict = match self.status() {
            Status::Pass => "pass",
            _ if self.failed.is_empty() => "nothing was compared",
            _ => "failed",
        };
        let (steps, of_steps) = (grouped(self.steps as u64), grouped(self.of_steps as u64));
        let judged = self.passed + self.unsupported + self.failed.len();
        let left = match self.all - judged {
            0 => String::new(),
            left => format!(", {left} not judged"),
        };
        format!(
            "{verdict}: {} of {} vectors passed, {} unsupported, {} failed{left}; {steps} of \
             {of_steps} steps compared\n",
            self.passed,
            self.all,
            self.unsupported,
            self.failed.len(),
        )
    }
}
