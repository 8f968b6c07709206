//! Argument parsing, output and exit codes; everything else is in the library.

use anstream::{AutoStream, ColorChoice};
use clap::Parser;
use model::cli::{Cli, ColorArg};
use model::command::{self, Out};
use model::report::{json, text};
use model::suite::Status;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut out = Out::default();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        // Where nothing is searched, an interrupt ends the program at once.
        if cli.search().is_some() {
            command::progress::handle_interrupts()?;
        }
        command::run(&cli, &mut out)
    }));
    let (status, problem) = match outcome {
        Ok(Ok(status)) => (status, None),
        Ok(Err(message)) => (Status::Usage, Some(message)),
        Err(_) => (Status::Internal, Some("internal error, see above".into())),
    };
    let written = match problem {
        None if cli.json() => print(out.as_str(), ColorArg::Never),
        None => print(&text::styled(out.as_str()), cli.color),
        Some(message) if cli.json() => print(&(json::error(&message) + "\n"), ColorArg::Never),
        Some(message) => {
            eprintln!("error: {message}");
            Ok(())
        }
    };
    exit(status, written)
}

/// Whoever asked must not take what could not be written for a pass.
fn exit(status: Status, written: io::Result<()>) -> ExitCode {
    if let Err(error) = written {
        eprintln!("error: the output could not be written: {error}");
        return ExitCode::from(Status::Internal.code());
    }
    ExitCode::from(status.code())
}

/// A reader that has seen enough and closed the pipe is nothing to report.
fn print(output: &str, color: ColorArg) -> io::Result<()> {
    let choice = match color {
        ColorArg::Auto => ColorChoice::Auto,
        ColorArg::Always => ColorChoice::Always,
        ColorArg::Never => ColorChoice::Never,
    };
    let mut stdout = AutoStream::new(io::stdout(), choice);
    match stdout.write_all(output.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Help and version are no errors; with `--json` an error is an object.
fn usage(error: &clap::Error) -> ExitCode {
    let mut written = Ok(());
    if error.use_stderr() && std::env::args().any(|argument| argument == "--json") {
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default();
        let line = json::error(first.trim_start_matches("error: ")) + "\n";
        written = print(&line, ColorArg::Never);
    } else {
        let _ = error.print();
    }
    exit(if error.use_stderr() { Status::Usage } else { Status::Pass }, written)
}
