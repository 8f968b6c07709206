//! The judge's command line: scripts, walks, mutants of the reference and test vectors. The tests
//! run the same engines.

use clap::{Parser, Subcommand};
use conformance::command::{self, Status};
use model::report::text;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Holds the reference implementation against the model of SPEC.md, step by step.
///
/// Exit codes: 0 pass; 2 usage or bad input; 3 the two sides disagree, a mutant of the reference
/// survives the product, or an implementation fails a vector or nothing of it was compared; 4
/// incomplete (a memory bound was hit, or the run was interrupted); 70 the output could not be
/// written.
#[derive(Parser)]
#[command(name = "conformance", version, max_term_width = 80)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run a script on both sides; of a mutant's script, say where the mutant and the reference
    /// part.
    Replay {
        /// The .scn file.
        file: PathBuf,
    },
    /// Compare both sides on every edge of scenarios.
    Product {
        /// Names of scenarios; none for all quick ones.
        scenarios: Vec<String>,
    },
    /// Walk both sides through schedules decoded from random bytes.
    Walks {
        /// For how long, in seconds.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Which bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Print the script that an input of the fuzz target decodes to.
    Decode {
        /// The input, as libFuzzer saved it.
        file: PathBuf,
    },
    /// Apply each patch of tests/mutants to a copy of the tree, and say which engines notice.
    Mutants {
        /// Names of patches; none for all.
        names: Vec<String>,
        /// Seconds that the fuzz target has for each of its three seeds; 0 leaves it out.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Judge the reference, or a program that speaks the driver protocol of docs/vectors.md on its
    /// standard input and output, by the test vectors.
    Vectors {
        /// Names of vectors, or paths of .json files; none for all of vectors/.
        names: Vec<String>,
        /// Seconds that the program has for each answer.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// The program and its arguments; none for the reference.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    let verb = Cli::parse().verb;
    let flag = Arc::new(AtomicBool::new(false));
    let interrupted = || flag.load(Relaxed);
    let outcome = handle_interrupts(&verb, &flag).and_then(|()| match verb {
        Verb::Replay { file } => command::replay::run(&file),
        Verb::Product { scenarios } => command::product::run(&scenarios, &mut print),
        Verb::Walks { seconds, seed } => command::walks::run(seconds, seed),
        Verb::Decode { file } => command::walks::decode(&file),
        Verb::Mutants { names, seconds } => {
            command::mutants::run(&names, seconds, &interrupted, &mut print)
        }
        Verb::Vectors { names, seconds, command } => {
            command::vectors::run(&names, &command, seconds, &mut print)
        }
    });
    match outcome {
        Ok((text, status)) => {
            print(&text);
            ExitCode::from(status.code())
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(Status::Usage.code())
        }
    }
}

/// Only `mutants` leaves something behind if it is killed: a copy of the tree. The first signal
/// sets the flag, a second one kills.
///
/// The signal's own handler sets it: a thread that does may come later than the news that a build,
/// which the same signal reached, has ended.
fn handle_interrupts(verb: &Verb, flag: &Arc<AtomicBool>) -> Result<(), String> {
    if !matches!(verb, Verb::Mutants { .. }) {
        return Ok(());
    }
    for signal in signal_hook::consts::TERM_SIGNALS {
        signal_hook::flag::register_conditional_shutdown(*signal, 130, Arc::clone(flag))
            .and_then(|_| signal_hook::flag::register(*signal, Arc::clone(flag)))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A reader that has seen enough and closed the pipe is nothing to report; what cannot be written
/// for another reason is, whatever the verdict.
fn print(output: &str) {
    let mut stdout = anstream::stdout();
    let written = stdout.write_all(text::styled(output).as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: the output could not be written: {error}");
            std::process::exit(Status::Internal.code().into());
        }
        _ => {}
    }
}
