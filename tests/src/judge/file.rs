//! The file of a vector, as any program reads it.

use crate::root;
use crate::vectors::SCHEMA;
use model::names;
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A vector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The version of its form.
    pub schema: u8,
    /// Its name.
    pub name: String,
    /// What it shows.
    pub shows: String,
    /// The rules that it is about.
    pub rules: Vec<String>,
    /// The situation, for tools of this tree.
    pub scenario: String,
    /// What there is.
    pub setup: Value,
    /// The state before the first step.
    pub initial: Value,
    /// What is durable then, as the reference writes it.
    pub snapshots: Value,
    /// Its steps.
    pub steps: Vec<FileStep>,
}

/// A step of a vector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStep {
    /// What happens.
    pub action: String,
    /// What the outside sees of it.
    pub effects: Vec<String>,
    /// The state behind it.
    pub state: Value,
    /// What has become durable, as the reference writes it.
    #[serde(default = "nothing")]
    pub snapshots: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// The longest file that is read, in bytes: a hundred times the longest there is.
const LONGEST: u64 = 1 << 24;

impl File {
    /// Reads a vector.
    ///
    /// # Errors
    /// Says which file it is, where in it, and what is wrong there.
    pub fn read(path: &Path) -> Result<File, String> {
        let shown = names::shown(&path.to_string_lossy());
        let wrong = |what: String| format!("{shown}: {what}");
        let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
        if size > LONGEST {
            return Err(wrong(format!("{size} bytes are no vector; at most {LONGEST} are read")));
        }
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let value: Value =
            serde_json::from_str(&text).map_err(|error| wrong(format!("no JSON: {error}")))?;
        match value.get("schema") {
            Some(schema) if *schema == SCHEMA => {}
            Some(other) => return Err(wrong(format!("schema {other}; this judge reads {SCHEMA}"))),
            None => return Err(wrong("no vector: it has no field 'schema'".into())),
        }
        let file: File = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if file.steps.is_empty() {
            return Err(wrong("it has no steps".into()));
        }
        Ok(file)
    }
}

/// The schema lies beside the vectors.
const SCHEMA_FILE: &str = "schema.json";

/// The files of vectors: those of `vectors/` by name, others by path; all of `vectors/` if none is
/// named.
///
/// # Errors
/// Names what is no vector.
pub fn chosen(wanted: &[String]) -> Result<Vec<PathBuf>, String> {
    let folder = root().join("vectors");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_vector = |path: &PathBuf| {
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        is_json && path.file_name().is_some_and(|name| name != SCHEMA_FILE)
    };
    let mut all: Vec<PathBuf> = paths.filter(is_vector).collect();
    all.sort();
    if wanted.is_empty() {
        return Ok(all);
    }
    let name_of =
        |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let known: Vec<String> = all.iter().map(name_of).collect();
    let one = |wanted: &String| {
        if wanted.ends_with(".json") {
            return Ok(PathBuf::from(wanted));
        }
        let name = names::normal(wanted);
        let index = known.iter().position(|known| *known == name);
        let unknown = || {
            let known = known.iter().map(String::as_str);
            names::unknown("vector", wanted, known, "ls vectors")
        };
        index.map(|index| all[index].clone()).ok_or_else(unknown)
    };
    wanted.iter().map(one).collect()
}
