//! An implementation judged by the test vectors: this crate's reference, or a program that speaks
//! the driver protocol (docs/vectors.md).
//!
//! The judge says what happens, the implementation answers with what it sees of it and with the
//! part of the state that it keeps, and the two are compared. What an implementation cannot do it
//! says, and then the vector is no pass.

pub mod child;
pub mod compare;
pub mod file;
pub mod protocol;
pub mod reference;

use compare::{Keeps, difference};
use file::{File, FileStep};
use protocol::{Answer, Done, Lost};
use serde_json::Value;

/// Who is judged.
pub trait Implementation {
    /// Builds the situation of a vector.
    ///
    /// # Errors
    /// It gives no answer of the protocol.
    fn begin(&mut self, vector: &File) -> Result<Answer, Lost>;

    /// Does what the action of the next step says.
    ///
    /// # Errors
    /// It gives no answer of the protocol.
    fn step(&mut self, action: &str) -> Result<Answer, Lost>;

    /// What it finds wrong in the bytes of a vector, which are to hold this state. Whoever has
    /// another encoding finds nothing.
    fn wrong_bytes(&self, _snapshots: &Value, _state: &Value) -> Option<String> {
        None
    }
}

/// How an implementation did on one vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// So many steps were compared, and agree.
    pub steps: usize,
    /// What that amounts to.
    pub verdict: Verdict,
}

/// What became of a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All that the implementation keeps is as the vector says.
    Passed,
    /// It says that it cannot do this, and why.
    Unsupported(String),
    /// It disagrees, or gave no answer: what was expected, and what it said.
    Failed(String),
    /// It did not answer in time, so that nobody should wait for it again.
    Silent(String),
}

/// Judges an implementation by one vector, up to the first step at which they disagree.
pub fn judged(vector: &File, implementation: &mut dyn Implementation) -> Report {
    let mut steps = 0;
    let verdict = match run(vector, implementation, &mut steps) {
        Ok(()) => Verdict::Passed,
        Err(verdict) => verdict,
    };
    Report { steps, verdict }
}

/// A verdict that is known before the end.
type Early<T> = Result<T, Verdict>;

fn run(vector: &File, judged: &mut dyn Implementation, steps: &mut usize) -> Early<()> {
    let failed = |what: String| Verdict::Failed(format!("the beginning: {what}"));
    let done = done("the beginning", judged.begin(vector))?;
    let Some(keeps) = &done.keeps else {
        return Err(failed("the answer to 'begin' does not say what the program keeps".into()));
    };
    if keeps.is_empty() {
        return Err(Verdict::Unsupported("the beginning: it keeps nothing".into()));
    }
    let keeps = Keeps::new(keeps, &vector.initial).map_err(failed)?;
    let begin = FileStep {
        action: String::new(),
        effects: Vec::new(),
        state: vector.initial.clone(),
        snapshots: vector.snapshots.clone(),
    };
    compared(&begin, &keeps, &done, judged).map_err(failed)?;
    for (index, step) in vector.steps.iter().enumerate() {
        let place = format!("step {}, '{}'", index + 1, step.action);
        let done = self::done(&place, judged.step(&step.action))?;
        let failed = |what| Verdict::Failed(format!("{place}: {what}"));
        if done.keeps.is_some() {
            return Err(failed("only the answer to 'begin' says what the program keeps".into()));
        }
        compared(step, &keeps, &done, judged).map_err(failed)?;
        *steps += 1;
    }
    Ok(())
}

/// What was done, or the verdict if nothing was.
fn done(place: &str, answer: Result<Answer, Lost>) -> Early<Done> {
    match answer {
        Ok(Answer::Done(done)) => Ok(*done),
        Ok(Answer::Unsupported(why)) => Err(Verdict::Unsupported(format!("{place}: {why}"))),
        Ok(Answer::Refused(why)) => Err(Verdict::Failed(format!("{place}: refused, {why}"))),
        Err(Lost::Silent(what)) => Err(Verdict::Silent(format!("{place}: {what}"))),
        Err(Lost::Broken(what)) => Err(Verdict::Failed(format!("{place}: {what}"))),
    }
}

/// Compares an answer with a step of the vector.
fn compared(
    step: &FileStep,
    keeps: &Keeps,
    done: &Done,
    judged: &dyn Implementation,
) -> Result<(), String> {
    let said = |what: Option<String>| what.map_or(Ok(()), Err);
    let (expected, found) = (keeps.effects(&step.effects), sorted(&done.effects));
    said(difference("effects", &expected, &found))?;
    said(difference("state", &keeps.state(&step.state), &done.state))?;
    said(judged.wrong_bytes(&step.snapshots, &step.state))?;
    match &done.snapshots {
        Some(found) => said(difference("snapshots", &step.snapshots, found)),
        None => Ok(()),
    }
}

fn sorted(effects: &[String]) -> Value {
    let mut sorted = effects.to_vec();
    sorted.sort();
    sorted.into()
}
