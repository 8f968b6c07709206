//! Mutants of the reference: patches applied to a copy of the tree, one after the other.
//!
//! A patch is a small bug, as a person would write it. Its head, before the first `---`, says what
//! it does (`What:`), which rule it breaks (`Breaks:`) and in which scenario the product finds it
//! (`Scenario:`). Every engine gets its turn on every patch.

use super::{Outcome, Status};
use crate::root;
use model::names;
use model::report::text::{grouped, table, trimmed};
use model::trace::Script;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// Seeds of the fuzz target; every one starts from an empty corpus.
const SEEDS: [u32; 3] = [1, 2, 3];

/// What the columns of the table mean.
const LEGEND: &str = "
product: steps of the shortest way to the disagreement, or 'count' where no step parts
the two sides and some states differ in no view; scripts: how many part;
lockstep: executions and seconds from an empty corpus, the median of 3 seeds.
";

/// A bug of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Its name: the file's, without its ending.
    pub name: String,
    /// What it does.
    pub what: String,
    /// The rule of SPEC.md that it breaks.
    pub breaks: String,
    /// The scenario in which the product finds it.
    pub scenario: String,
    /// The file.
    pub path: PathBuf,
}

/// All patches under `tests/mutants`, by name.
///
/// # Errors
/// A patch lacks a line of its head.
pub fn patches() -> Result<Vec<Patch>, String> {
    let folder = root().join("tests/mutants");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "patch"));
    let mut patches = paths.map(|path| patch(&path)).collect::<Result<Vec<_>, _>>()?;
    patches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(patches)
}

fn patch(path: &Path) -> Result<Patch, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = |key: &str| {
        let head = text.lines().take_while(|line| !line.starts_with("---"));
        let found = head.filter_map(|line| line.strip_prefix(key)).next();
        let missing = || format!("{}: expected a line '{key} ..' first", path.display());
        Ok::<_, String>(found.ok_or_else(missing)?.trim().to_owned())
    };
    Ok(Patch {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        what: line("What:")?,
        breaks: line("Breaks:")?,
        scenario: line("Scenario:")?,
        path: path.to_owned(),
    })
}

/// Tries patches on every engine. Whoever interrupts it gets what is known so far, and the copy of
/// the tree is removed.
///
/// # Errors
/// A patch is not known or does not apply, or a tool is missing.
pub fn run(
    names: &[String],
    seconds: u64,
    interrupted: &dyn Fn() -> bool,
    print: &mut dyn FnMut(&str),
) -> Outcome {
    let all = patches()?;
    let names: Vec<String> = names.iter().map(|name| names::normal(name)).collect();
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|patch| patch.name != **name)) {
        let known = all.iter().map(|patch| patch.name.as_str());
        return Err(names::unknown("patch", unknown, known, "ls tests/mutants"));
    }
    let chosen: Vec<&Patch> =
        all.iter().filter(|p| names.is_empty() || names.contains(&p.name)).collect();
    eprintln!("copying the tree, and running every engine on it without a patch");
    let copy = Copy::new(seconds)?;
    let mut rows = table(&["patch", "product", "scripts", "proptest", "lockstep"], &[1, 2, 4]);
    // Copying takes a moment, too; the engines would be built first.
    let passes = if interrupted() { Ok(()) } else { copy.passes_unpatched() };
    if interrupted() {
        return Ok(("incomplete: interrupted before the first patch\n".into(), Status::Incomplete));
    }
    passes?;
    let mut survivors = Vec::new();
    let mut tried = 0;
    for (index, patch) in chosen.iter().enumerate() {
        let start = Instant::now();
        eprintln!("patch {}/{} {}: {}", index + 1, chosen.len(), patch.name, patch.what);
        let trial = copy.with(patch, || copy.try_engines(patch));
        // What an interrupted engine says counts for nothing.
        if interrupted() {
            break;
        }
        let trial = trial??;
        tried += 1;
        print(&format!("tried {} in {:.0} s\n", patch.name, start.elapsed().as_secs_f64()));
        if trial.product.is_none() {
            survivors.push(patch.name.clone());
        }
        rows.add_row([
            patch.name.clone(),
            trial.parted(),
            trial.scripts.to_string(),
            if trial.proptest { "caught".into() } else { "-".to_owned() },
            trial.fuzzed(),
        ]);
    }
    let table = trimmed(&rows);
    if tried < chosen.len() {
        let text = format!(
            "{LEGEND}\n{table}\n\nincomplete: interrupted after {tried} of {} patches\n",
            chosen.len()
        );
        return Ok((text, Status::Incomplete));
    }
    if survivors.is_empty() {
        return Ok((
            format!("{LEGEND}\n{table}\n\npass: the product caught every patch\n"),
            Status::Pass,
        ));
    }
    let survivors = survivors.join(", ");
    Ok((format!("{LEGEND}\n{table}\n\nmissed: the product let pass {survivors}\n"), Status::Missed))
}

/// What the engines said of one patch.
#[derive(Debug)]
struct Trial {
    /// The steps of the shortest way on which the product found it.
    product: Option<usize>,
    /// The scripts on which the two sides part.
    scripts: usize,
    /// Whether the proptest state machine found it.
    proptest: bool,
    /// Per seed: executions and seconds until the fuzz target found it.
    lockstep: Vec<Option<(u64, f64)>>,
}

impl Trial {
    /// After how many steps the product parts. Where no step parts the two sides, it has more
    /// states than the model.
    fn parted(&self) -> String {
        match self.product {
            None => "-".into(),
            Some(0) => "count".into(),
            Some(steps) => steps.to_string(),
        }
    }

    /// The median seed, where a seed that found nothing comes last.
    fn fuzzed(&self) -> String {
        let mut found = self.lockstep.clone();
        found.sort_by_key(|one| one.map_or(u64::MAX, |(executions, _)| executions));
        match found.get(found.len() / 2) {
            None => "not run".into(),
            Some(None) => "-".into(),
            Some(Some((executions, seconds))) => {
                format!("{}, {seconds:.0} s", grouped(*executions))
            }
        }
    }
}

/// A copy of the tree, built on its own.
struct Copy {
    folder: tempfile::TempDir,
    /// The scripts of SPEC.md in it.
    scripts: Vec<String>,
    seconds: u64,
}

impl Copy {
    fn new(seconds: u64) -> Result<Copy, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        copy_tree(&root(), folder.path()).map_err(|error| format!("copying the tree: {error}"))?;
        let of_spec = |text: &str| Script::parse(text).is_ok_and(|script| script.is_spec());
        let scripts = crate::scripts().into_iter().filter(|(_, text)| of_spec(text));
        let scripts = scripts.map(|(path, _)| path).collect();
        let copy = Copy { folder, scripts, seconds };
        if seconds > 0 {
            let version = copy.cargo(&["fuzz", "--version"])?;
            if !version.status.success() {
                return Err("cargo-fuzz is needed: cargo install cargo-fuzz --locked".into());
            }
        }
        Ok(copy)
    }

    /// Without a patch every engine passes; otherwise "caught" would mean nothing.
    fn passes_unpatched(&self) -> Result<(), String> {
        let product = self.judge(&["product", "payment_slow_manager"])?;
        let passes = product.status.success() && self.parted_scripts()? == 0 && self.proptest()?;
        passes.then_some(()).ok_or_else(|| "an engine fails without any patch".into())
    }

    /// Applies a patch, does something, and takes the patch back.
    fn with<T>(&self, patch: &Patch, what: impl FnOnce() -> T) -> Result<T, String> {
        self.apply(patch, &[])?;
        let result = what();
        self.apply(patch, &["--reverse"])?;
        Ok(result)
    }

    fn apply(&self, patch: &Patch, arguments: &[&str]) -> Result<(), String> {
        let mut git = Command::new("git");
        git.current_dir(self.folder.path()).arg("apply").args(arguments).arg(&patch.path);
        let output = git.output().map_err(|error| format!("git: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
        Err(format!("{} does not apply: {why}", patch.name))
    }

    fn try_engines(&self, patch: &Patch) -> Result<Trial, String> {
        let product = self.judge(&["product", &patch.scenario])?;
        // A build that fails says nothing about the engines.
        if product.status.code() == Some(101) && text(&product.stderr).contains("could not compile")
        {
            return Err(format!("{} does not compile:\n{}", patch.name, text(&product.stderr)));
        }
        Ok(Trial {
            product: (!product.status.success()).then(|| steps(&text(&product.stdout))),
            scripts: self.parted_scripts()?,
            proptest: !self.proptest()?,
            lockstep: self.fuzz()?,
        })
    }

    /// Runs the copy's own judge, which is built anew for each patch and not asked for much.
    fn judge(&self, arguments: &[&str]) -> Result<Output, String> {
        let run = ["run", "--profile", "mutants", "--quiet", "-p", "conformance", "--"];
        self.cargo(&[&run[..], arguments].concat())
    }

    /// The number of scripts on which the two sides part.
    fn parted_scripts(&self) -> Result<usize, String> {
        let mut parted = 0;
        for script in &self.scripts {
            parted += usize::from(!self.judge(&["replay", script])?.status.success());
        }
        Ok(parted)
    }

    /// Whether the proptest state machine passes.
    fn proptest(&self) -> Result<bool, String> {
        let test = ["test", "--profile", "mutants", "--quiet", "-p", "conformance"];
        Ok(self.cargo(&[&test[..], &["--test", "random"]].concat())?.status.success())
    }

    /// Runs the fuzz target from an empty corpus, once for each seed.
    fn fuzz(&self) -> Result<Vec<Option<(u64, f64)>>, String> {
        if self.seconds == 0 {
            return Ok(Vec::new());
        }
        let build = self.cargo(&["fuzz", "build", "-O", "-s", "none", "lockstep"])?;
        if !build.status.success() {
            return Err(format!("the fuzz target does not build:\n{}", text(&build.stderr)));
        }
        SEEDS.iter().map(|seed| self.fuzz_once(*seed)).collect()
    }

    fn fuzz_once(&self, seed: u32) -> Result<Option<(u64, f64)>, String> {
        let time = format!("-max_total_time={}", self.seconds);
        let seed = format!("-seed={seed}");
        let corpus = tempfile::tempdir_in(self.folder.path()).map_err(|error| error.to_string())?;
        let corpus = corpus.path().to_string_lossy();
        let flags = ["--", &time, &seed, "-max_len=256", "-print_final_stats=1"];
        let run = ["fuzz", "run", "-O", "-s", "none", "lockstep", &corpus];
        let start = Instant::now();
        let output = self.cargo(&[&run[..], &flags].concat())?;
        let seconds = start.elapsed().as_secs_f64();
        if output.status.success() {
            return Ok(None);
        }
        let stats = text(&output.stderr);
        let key = "stat::number_of_executed_units:";
        let executions = stats.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok());
        let executions = executions.ok_or_else(|| format!("the fuzz target says:\n{stats}"))?;
        Ok(Some((executions, seconds)))
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Output, String> {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command.output().map_err(|error| format!("cargo: {error}"))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The steps of the script that a product run prints.
fn steps(output: &str) -> usize {
    let script = output.lines().skip_while(|line| !line.starts_with("profile:"));
    script.skip(1).filter(|line| !line.trim().is_empty()).count()
}

/// Copies what is not built, not fetched and not history.
fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name == ".git" || name == "artifacts" {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
