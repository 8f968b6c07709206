//! The driver protocol: what the judge says, and what an implementation answers, a line of JSON
//! each.

use super::compare::Kept;
use super::file::File;
use model::names::shown;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the judge says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Request<'a> {
    /// Build this situation.
    Begin(Situation<'a>),
    /// Do what this action says.
    Step(&'a str),
}

/// A vector without its steps.
#[derive(Clone, Debug, Serialize)]
pub struct Situation<'a> {
    schema: u8,
    name: &'a str,
    setup: &'a Value,
    initial: &'a Value,
    snapshots: &'a Value,
}

impl Request<'_> {
    /// What begins a vector.
    pub fn begin(vector: &File) -> Request<'_> {
        let File { schema, name, setup, initial, snapshots, .. } = vector;
        Request::Begin(Situation { schema: *schema, name, setup, initial, snapshots })
    }

    /// It as a line.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("it has string keys only") + "\n"
    }
}

/// What an implementation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has done that.
    Done(Box<Done>),
    /// It cannot do that, and says why. That ends the vector.
    Unsupported(String),
    /// It does not do that, because it is not possible now; and says why.
    Refused(String),
}

/// What an implementation has done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// What it keeps: once, at the beginning.
    pub keeps: Option<Kept>,
    /// What the outside sees, in any order.
    #[serde(default)]
    pub effects: Vec<String>,
    /// What it keeps of the state behind it.
    pub state: Value,
    /// What has become durable, if it writes what the reference writes.
    pub snapshots: Option<Value>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// None came in time.
    Silent(String),
    /// What came is none, or nothing will come any more.
    Broken(String),
}

impl Answer {
    /// The answer in a line.
    ///
    /// # Errors
    /// Says what it has instead of an answer.
    pub fn parse(line: &str) -> Result<Answer, Lost> {
        let broken = |what: String| Lost::Broken(format!("{what}: '{}'", shown(line.trim_end())));
        let value: Value = serde_json::from_str(line)
            .map_err(|error| broken(format!("the program printed no JSON ({error})")))?;
        let said = |field: &str| {
            value.get(field).map(|why| match why {
                Value::String(why) => shown(why),
                other => shown(&other.to_string()),
            })
        };
        if let Some(why) = said("unsupported") {
            return Ok(Answer::Unsupported(why));
        }
        if let Some(why) = said("refused") {
            return Ok(Answer::Refused(why));
        }
        let done = serde_json::from_str(line)
            .map_err(|error| broken(format!("the program printed no answer ({error})")))?;
        Ok(Answer::Done(Box::new(done)))
    }
}
