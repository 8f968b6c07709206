//! The command line: verbs and flags. What they do stands in [`crate::command`].

use crate::profile::{self, PROFILES, Profile};
use crate::reduction::Reductions;
use crate::scenario::Class;
use crate::shard::Shard;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Checks the Persistent MonitorEvents ack protocol of SPEC.md exhaustively within bounds.
///
/// Without a verb: all quick scenarios, their coverage, the other profiles, and the mutants.
///
/// Exit codes: 0 pass, or a question answered; 1 a guarantee is violated; 2 usage or bad input; 3
/// an expectation missed (a mutant survived, a witness is missing, a pinned count or violation
/// changed); 4 incomplete (a memory bound was hit, or the run was interrupted); 70 internal, or the
/// output could not be written.
#[derive(Parser)]
#[command(name = "model", version, max_term_width = 80, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Flags of the main job.
    #[command(flatten)]
    pub main: MainArgs,
    /// When to use color.
    #[arg(long, global = true, value_enum, default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
}

/// The verbs.
#[derive(Subcommand)]
pub enum Verb {
    /// Check scenarios: the named ones, or all of the class.
    Check(Box<CheckArgs>),
    /// Run mutants, with their smallest bounds and the bounds they justify.
    Mutants(MutantsArgs),
    /// Say whether each user event, and each outcome on its way upstream, can be lost, come again,
    /// or be contradicted, and after which steps.
    Events(EventsArgs),
    /// Draw the trace of a finding (1), of a mutant, of a rule's witness (MON-1) or of a witness.
    Show(ShowArgs),
    /// Run a script and draw it.
    Replay(ReplayArgs),
    /// List the rules and guarantees with the mutants that break each, and the flags of `--set`.
    Rules,
    /// List the scenarios, the findings, and the witnesses.
    Scenarios,
    /// Measure what each HTLC, crash, write and flag costs in states.
    Growth(SearchArgs),
    /// Write a whole run as one self-contained page: guarantees by design, mechanisms, user events,
    /// scenarios, mutants, findings with their traces, rules.
    Report(ReportArgs),
    /// Walk through a scenario in a browser: stateright's Explorer, served on this machine alone.
    Explore(ExploreArgs),
}

/// How a search is conducted.
#[derive(Args, Clone)]
pub struct SearchArgs {
    /// Threads of a search; results do not depend on it.
    #[arg(long, default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=64))]
    pub threads: u8,
    /// Memory bound of a search in MiB; hitting it makes the run incomplete.
    #[arg(long, default_value_t = 8192, value_name = "MIB")]
    pub memory: u32,
    /// Which states are taken for one: `all` that nothing can tell apart, `none`, or reductions by
    /// name with commas between them. Counts depend on it; verdicts and lengths of traces do not.
    #[arg(long, default_value = "all", value_name = "NAMES")]
    pub reduce: Reductions,
    /// No progress on stderr.
    #[arg(long)]
    pub quiet: bool,
}

/// Which scenarios, if none is named.
#[derive(Args, Clone)]
pub struct ClassFlag {
    /// Run the scenarios of this class and of every cheaper one.
    #[arg(long, value_enum, default_value_t = ClassArg::Quick)]
    pub class: ClassArg,
}

/// The form in which a trace is put out.
#[derive(Args, Clone, Default)]
pub struct FormArgs {
    /// Print one JSON object (schema 1) and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Print Markdown: the chart fenced, the script folded, the command that makes it again.
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Also write the trace as one self-contained page, with a slider for the steps.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Flags of the main job.
#[derive(Args)]
pub struct MainArgs {
    /// How to search.
    #[command(flatten)]
    pub search: SearchArgs,
    /// Which scenarios.
    #[command(flatten)]
    pub scenarios: ClassFlag,
    /// Print all tables.
    #[arg(long, conflicts_with = "json")]
    pub full: bool,
    /// Print one JSON object (schema 1) and nothing else.
    #[arg(long)]
    pub json: bool,
}

/// What `check` reads.
#[derive(Args)]
pub struct CheckArgs {
    /// Names of scenarios.
    pub scenarios: Vec<String>,
    /// The design to look at.
    #[arg(long, default_value = "spec", value_name = "NAME")]
    #[arg(value_parser = profile_parser())]
    pub profile: ProfileArg,
    /// Switch a mechanism of the protocol, on top of the profile; repeatable. `rules` lists the
    /// flags. Violations are then the answer, and the exit code is 0, or 4 if incomplete. Of
    /// several, each violated guarantee says which of them suffice alone.
    #[arg(long, value_name = "FLAG=VALUE")]
    pub set: Vec<String>,
    /// Draw the shortest trace to this guarantee; those of the others follow as scripts.
    #[arg(long, value_name = "GUA-n")]
    pub guarantee: Option<String>,
    /// Only the I-th of N parts of the scenarios, which cost about the same.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Print all tables, also where no scenario is named.
    #[arg(long, conflicts_with = "json")]
    pub full: bool,
    /// Which scenarios, if none is named.
    #[command(flatten)]
    pub classes: ClassFlag,
    /// How to put out a trace.
    #[command(flatten)]
    pub form: FormArgs,
    /// How to search.
    #[command(flatten)]
    pub search: SearchArgs,
}

/// What `mutants` reads.
#[derive(Args)]
pub struct MutantsArgs {
    /// The name of one mutant.
    pub name: Option<String>,
    /// Print one JSON object (schema 1) and nothing else.
    #[arg(long)]
    pub json: bool,
    /// How to search.
    #[command(flatten)]
    pub search: SearchArgs,
}

/// What `events` reads.
#[derive(Args)]
pub struct EventsArgs {
    /// Names of scenarios; all of the class if there are none.
    pub scenarios: Vec<String>,
    /// The design to look at.
    #[arg(long, default_value = "spec", value_name = "NAME")]
    #[arg(value_parser = profile_parser())]
    pub profile: ProfileArg,
    /// Which scenarios, if none is named.
    #[command(flatten)]
    pub classes: ClassFlag,
    /// How to search.
    #[command(flatten)]
    pub search: SearchArgs,
}

/// What `show` reads.
#[derive(Args)]
pub struct ShowArgs {
    /// The name of a mutant or witness, or the id of a finding or rule.
    pub name: String,
    /// For a mutant: the guarantee to violate, instead of the one that kills it first.
    #[arg(long, value_name = "GUA-n")]
    pub guarantee: Option<String>,
    /// How to put out a trace.
    #[command(flatten)]
    pub form: FormArgs,
    /// How to search.
    #[command(flatten)]
    pub search: SearchArgs,
}

/// What `replay` reads.
#[derive(Args)]
pub struct ReplayArgs {
    /// The .scn file.
    pub file: PathBuf,
    /// How to put out a trace.
    #[command(flatten)]
    pub form: FormArgs,
}

/// What `report` reads.
#[derive(Args)]
pub struct ReportArgs {
    /// The folder to write index.html to.
    pub folder: PathBuf,
    /// Names of scenarios; all of the class if there are none.
    pub scenarios: Vec<String>,
    /// Which scenarios, if none is named.
    #[command(flatten)]
    pub classes: ClassFlag,
    /// How to search.
    #[command(flatten)]
    pub search: SearchArgs,
}

/// What `explore` reads.
#[derive(Args)]
pub struct ExploreArgs {
    /// The scenario.
    pub scenario: String,
    /// The design to look at.
    #[arg(long, default_value = "spec", value_name = "NAME")]
    #[arg(value_parser = profile_parser())]
    pub profile: ProfileArg,
    /// Switch a mechanism of the protocol, on top of the profile; repeatable.
    #[arg(long, value_name = "FLAG=VALUE")]
    pub set: Vec<String>,
    /// The port to serve on; 0 takes a free one.
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
}

impl Cli {
    /// Whether JSON alone is to be printed.
    pub fn json(&self) -> bool {
        match &self.verb {
            None => self.main.json,
            Some(Verb::Check(args)) => args.form.json,
            Some(Verb::Mutants(args)) => args.json,
            Some(Verb::Show(args)) => args.form.json,
            Some(Verb::Replay(args)) => args.form.json,
            Some(_) => false,
        }
    }

    /// How a search is conducted, where there is one that can be ended early.
    pub fn search(&self) -> Option<&SearchArgs> {
        match self.verb.as_ref() {
            None => Some(&self.main.search),
            Some(Verb::Check(args)) => Some(&args.search),
            Some(Verb::Mutants(args)) => Some(&args.search),
            Some(Verb::Events(args)) => Some(&args.search),
            Some(Verb::Show(args)) => Some(&args.search),
            Some(Verb::Growth(args)) => Some(args),
            Some(Verb::Report(args)) => Some(&args.search),
            Some(Verb::Replay(_) | Verb::Rules | Verb::Scenarios | Verb::Explore(_)) => None,
        }
    }
}

/// A class of scenarios, as an argument.
#[derive(Clone, Copy, ValueEnum)]
pub enum ClassArg {
    /// Half a minute in all.
    Quick,
    /// A few minutes in all.
    Nightly,
    /// Ten minutes and more.
    Long,
}

impl ClassArg {
    /// The class.
    pub fn class(self) -> Class {
        match self {
            ClassArg::Quick => Class::Quick,
            ClassArg::Nightly => Class::Nightly,
            ClassArg::Long => Class::Long,
        }
    }
}

/// A profile, as an argument.
#[derive(Clone, Copy)]
pub struct ProfileArg(pub &'static Profile);

fn profile_parser() -> impl TypedValueParser<Value = ProfileArg> {
    let names = PossibleValuesParser::new(PROFILES.iter().map(|profile| profile.name));
    names.map(|name| ProfileArg(profile::find(&name).expect("it is one of the possible values")))
}

/// When to use color, as an argument.
#[derive(Clone, Copy, ValueEnum)]
pub enum ColorArg {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
