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
/// Exit codes: 0 pass; 1 a guarantee is violated; 2 usage or bad input; 3 an expectation missed (a
/// mutant survived, a witness is missing, a pinned count or violation changed); 4 incomplete (a
/// memory bound was hit); 70 internal.
#[derive(Parser)]
#[command(name = "model", version, max_term_width = 80)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Flags of every verb.
    #[command(flatten)]
    pub flags: Flags,
}

/// Flags of every verb.
#[derive(Args, Clone)]
pub struct Flags {
    /// With no verb, `check` and `mutants`: print one JSON object (schema 1) and nothing else.
    #[arg(long, global = true)]
    pub json: bool,
    /// Run the scenarios of this class and of every cheaper one.
    #[arg(long, global = true, value_enum, default_value_t = ClassArg::Quick)]
    pub class: ClassArg,
    /// With `check`: only the I-th of N parts of the scenarios, which cost about the same.
    #[arg(long, global = true, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Threads of a search; results do not depend on it.
    #[arg(long, global = true, default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=64))]
    pub threads: u8,
    /// With `check` and `events`: the design to look at.
    #[arg(long, global = true, default_value = "spec", value_name = "NAME")]
    #[arg(value_parser = profile_parser())]
    pub profile: ProfileArg,
    /// Memory bound of a search in MiB; hitting it makes the run incomplete.
    #[arg(long, global = true, default_value_t = 8192, value_name = "MIB")]
    pub memory: u32,
    /// Which states are taken for one: `all` that nothing can tell apart, `none`, or reductions by
    /// name with commas between them. Counts depend on it; verdicts and lengths of traces do not.
    #[arg(long, global = true, default_value = "all", value_name = "NAMES")]
    pub reduce: Reductions,
    /// No progress on stderr.
    #[arg(long, global = true)]
    pub quiet: bool,
    /// When to use color.
    #[arg(long, global = true, value_enum, default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
}

/// The verbs.
#[derive(Subcommand, Clone)]
pub enum Verb {
    /// Check scenarios: the named ones, or all of the class.
    Check {
        /// Names of scenarios.
        scenarios: Vec<String>,
        /// Switch a mechanism of the protocol, on top of the profile; repeatable. `rules` lists
        /// the flags. Violations are then the result: the exit code is 0, or 4 if incomplete.
        #[arg(long, value_name = "FLAG=VALUE")]
        set: Vec<String>,
    },
    /// Run mutants, with their smallest bounds and the bounds they justify.
    Mutants {
        /// The name of one mutant.
        name: Option<String>,
    },
    /// Say whether each user event, and each outcome on its way upstream, can be lost, come again,
    /// or be contradicted, and after which steps.
    Events {
        /// Names of scenarios; all of the class if there are none.
        scenarios: Vec<String>,
    },
    /// Draw the trace of a finding (001), of a mutant, of a rule's witness (MON-1) or of a witness.
    Show {
        /// The name of a mutant or witness, or the id of a finding or rule.
        name: String,
        /// For a mutant: the guarantee to violate, instead of the one that kills it first.
        #[arg(long, value_name = "GUA-n")]
        guarantee: Option<String>,
    },
    /// Run a script and draw it.
    Replay {
        /// The .scn file.
        file: PathBuf,
    },
    /// List the rules, with the mutants that break each.
    Rules,
    /// Measure what each HTLC, crash, write and flag costs in states.
    Growth,
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
