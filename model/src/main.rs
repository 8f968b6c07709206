//! Argument parsing and exit codes; everything else is in the library.

use clap::Parser;
use model::cli::Cli;
use model::report::json;
use model::suite::Status;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let outcome = std::panic::catch_unwind(|| model::command::run(&cli));
    let status = match outcome {
        Ok(Ok(status)) => status,
        Ok(Err(message)) => {
            report(&message, cli.flags.json);
            Status::Usage
        }
        Err(_) => {
            report("internal error, see above", cli.flags.json);
            Status::Internal
        }
    };
    ExitCode::from(status.code())
}

fn report(message: &str, as_json: bool) {
    if as_json {
        println!("{}", json::error(message));
    } else {
        eprintln!("error: {message}");
    }
}

/// Help and version are no errors; with `--json` an error is an object.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args().any(|argument| argument == "--json") {
        let message = error.to_string();
        println!("{}", json::error(message.lines().next().unwrap_or_default()));
    } else {
        // A closed pipe is nothing to report.
        let _ = error.print();
    }
    let status = if error.use_stderr() { Status::Usage } else { Status::Pass };
    ExitCode::from(status.code())
}
