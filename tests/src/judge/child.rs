//! A program that speaks the driver protocol on its standard input and output. It is started anew
//! for each vector.

use super::Implementation;
use super::file::File;
use super::protocol::{Answer, Lost, Request};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// The longest line that is read, in bytes.
const LONGEST: u64 = 1 << 22;

/// A program that is judged.
pub struct Program {
    process: Child,
    requests: SyncSender<String>,
    answers: Receiver<Result<String, String>>,
    limit: Duration,
}

impl Program {
    /// Starts a program, which has so much time for each answer.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &[String], limit: Duration) -> Result<Program, String> {
        let (program, arguments) = command.split_first().ok_or("no program is named")?;
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", model::names::shown(program)))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (stdin, stdout) = pipes.expect("both were asked for");
        let (requests, asked) = sync_channel(1);
        let (answered, answers) = sync_channel(1);
        // Neither writing to a program nor reading from it has a limit of its own: both wait here,
        // and the judge waits for this.
        thread::spawn(move || exchange(stdin, stdout, &asked, &answered));
        Ok(Program { process, requests, answers, limit })
    }

    fn ask(&mut self, request: &Request) -> Result<Answer, Lost> {
        let asked = self.requests.send(request.line());
        let answer = match asked.map(|()| self.answers.recv_timeout(self.limit)) {
            Ok(Ok(answer)) => answer,
            Ok(Err(RecvTimeoutError::Timeout)) => {
                let seconds = self.limit.as_secs_f64();
                let what = format!("the program has not answered within {seconds} s");
                return Err(Lost::Silent(what));
            }
            Err(_) | Ok(Err(RecvTimeoutError::Disconnected)) => {
                Err("the program takes nothing in any more".into())
            }
        };
        match answer {
            Ok(line) => Answer::parse(&line),
            Err(what) => Err(Lost::Broken(format!("{what}{}", self.end()))),
        }
    }

    /// How the program has ended, if it has.
    fn end(&mut self) -> String {
        // Its output is closed a moment before it has ended.
        for _ in 0..20 {
            match self.process.try_wait() {
                Ok(Some(status)) => return format!("; it has ended: {status}"),
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                Err(_) => break,
            }
        }
        String::new()
    }
}

/// Passes on requests and answers, one after the other, until either side has enough.
fn exchange(
    mut stdin: ChildStdin,
    stdout: ChildStdout,
    asked: &Receiver<String>,
    answered: &SyncSender<Result<String, String>>,
) {
    let mut stdout = BufReader::new(stdout);
    while let Ok(request) = asked.recv() {
        // Whether the program has ended is seen by what it answers.
        let _written = stdin.write_all(request.as_bytes()).and_then(|()| stdin.flush());
        let mut line = Vec::new();
        let answer = match stdout.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Err(error) => Err(format!("nothing can be read from the program: {error}")),
            Ok(0) => Err("the program has closed its output".into()),
            Ok(read) if read as u64 == LONGEST && line.last() != Some(&b'\n') => {
                Err(format!("the program printed a line of more than {LONGEST} bytes"))
            }
            Ok(_) => Ok(String::from_utf8_lossy(&line).into_owned()),
        };
        if answered.send(answer).is_err() {
            return;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; nobody is left whom a failure to end it could be told.
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

impl Implementation for Program {
    fn begin(&mut self, vector: &File) -> Result<Answer, Lost> {
        self.ask(&Request::begin(vector))
    }

    fn step(&mut self, action: &str) -> Result<Answer, Lost> {
        self.ask(&Request::Step(action))
    }
}
