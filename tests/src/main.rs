//! The judge's command line: scripts, walks and mutants of the reference. The tests run the same
//! engines.

use clap::{Parser, Subcommand};
use conformance::command::{self, Status};
use model::report::text;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Holds the reference implementation against the model of SPEC.md, step by step.
///
/// Exit codes: 0 pass; 2 usage or bad input; 3 the two sides disagree, or a mutant of the reference
/// survives the product; 4 incomplete (a memory bound was hit).
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
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Replay { file } => command::replay::run(&file),
        Verb::Product { scenarios } => command::product::run(&scenarios, &mut print),
        Verb::Walks { seconds, seed } => command::walks::run(seconds, seed),
        Verb::Decode { file } => command::walks::decode(&file),
        Verb::Mutants { names, seconds } => command::mutants::run(&names, seconds, &mut print),
    };
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

/// A reader that has seen enough and closed the pipe is nothing to report.
fn print(output: &str) {
    let mut stdout = anstream::stdout();
    let _ = stdout.write_all(text::styled(output).as_bytes()).and_then(|()| stdout.flush());
}
