//! Mutants: the protocol with one rule broken, and the guarantee that notices.
//!
//! A mutant is a zero-sized type that overrides one method of [`Protocol`]. It names the guarantee
//! that kills it, and a scenario in which it dies.

mod list;

pub use list::MUTANTS;

use crate::protocol::Protocol;
use crate::rule::Rule;
use crate::trace::Script;

/// A protocol with a rule broken.
pub struct Mutant {
    /// Its name: a deed.
    pub name: &'static str,
    /// The rules it breaks.
    pub breaks: &'static [Rule],
    /// The guarantee that kills it.
    pub killed_by: &'static str,
    /// The scenario in which it is run.
    pub scenario: &'static str,
    /// What it stands for.
    pub story: &'static str,
    /// The decisions.
    pub protocol: &'static dyn Protocol,
}

/// The scripts of those that die only in scenarios dearer than the quick ones.
const SCRIPTS: &[(&str, &str)] =
    &[("delta_covers_all", include_str!("../../tests/scenarios/delta_covers_all.scn"))];

impl Mutant {
    /// The steps to its death, where the default run cannot search for them.
    ///
    /// # Panics
    /// If they are no script; a test rules that out.
    pub fn script(&self) -> Option<Script> {
        let (_, text) = SCRIPTS.iter().find(|(name, _)| *name == self.name)?;
        Some(Script::parse(text).expect("a mutant's script is well-formed"))
    }
}

/// Finds a mutant by name.
pub fn find(name: &str) -> Option<&'static Mutant> {
    MUTANTS.iter().find(|mutant| mutant.name == name)
}
