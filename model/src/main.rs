//! Argument parsing, output and exit codes; everything else is in the library.

use anstream::{AutoStream, ColorChoice};
use clap::Parser;
use model::cli::{Cli, ColorArg};
use model::command::{self, Out};
use model::report::{json, text};
use model::suite::Status;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut out = Out::default();
    let outcome =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| command::run(&cli, &mut out)));
    let (status, problem) = match outcome {
        Ok(Ok(status)) => (status, None),
        Ok(Err(message)) => (Status::Usage, Some(message)),
        Err(_) => (Status::Internal, Some("internal error, see above".into())),
    };
    match problem {
        None if cli.flags.json => print(out.as_str(), ColorArg::Never),
        None => print(&text::styled(out.as_str()), cli.flags.color),
        Some(message) if cli.flags.json => print(&(json::error(&message) + "\n"), ColorArg::Never),
        Some(message) => eprintln!("error: {message}"),
    }
    ExitCode::from(status.code())
}

/// A reader that has seen enough and closed the pipe is nothing to report.
fn print(output: &str, color: ColorArg) {
    let choice = match color {
        ColorArg::Auto => ColorChoice::Auto,
        ColorArg::Always => ColorChoice::Always,
        ColorArg::Never => ColorChoice::Never,
    };
    let _ = AutoStream::new(std::io::stdout(), choice).write_all(output.as_bytes());
}

/// Help and version are no errors; with `--json` an error is an object.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args().any(|argument| argument == "--json") {
        let message = error.to_string();
        print(&(json::error(message.lines().next().unwrap_or_default()) + "\n"), ColorArg::Never);
    } else {
        let _ = error.print();
    }
    let status = if error.use_stderr() { Status::Usage } else { Status::Pass };
    ExitCode::from(status.code())
}
