//! Departures: what a protocol can do other than SPEC.md, one decision each.
//!
//! A mutant is a departure that a guarantee notices, a value of a mechanism is one that
//! `check --set` switches on, and a profile is a list of those that a design makes.

use crate::protocol::Protocol;
use crate::rule::Rule;

/// One way to do other than SPEC.md.
pub struct Departure {
    /// Its name: a deed.
    pub name: &'static str,
    /// The rules it departs from; none if SPEC.md has no rule for it.
    pub from: &'static [Rule],
    /// What is done instead, for people.
    pub story: &'static str,
    /// The decisions.
    pub protocol: &'static dyn Protocol,
}

/// Departures, each with its name in code, its name, the rules, the story and, in braces, the
/// methods of [`Protocol`] that it overrides.
macro_rules! departures {
    ($($constant:ident $name:literal from [$($rule:ident),*]:
       $story:literal { $($body:tt)* })+) => {
        $(
            #[doc = $story]
            pub const $constant: Departure = {
                struct Decisions;
                impl Protocol for Decisions { $($body)* }
                Departure {
                    name: $name,
                    from: &[$(crate::rule::Rule::$rule),*],
                    story: $story,
                    protocol: &Decisions,
                }
            };
        )+

        /// All departures of this file.
        pub(super) const ALL: &[&Departure] = &[$(&$constant),+];
    };
}

pub mod manager;
pub mod monitor;
pub mod restart;
pub mod upgrade;
pub mod watch;

/// All departures, by the rule they depart from.
pub fn all() -> impl Iterator<Item = &'static Departure> {
    let files = [monitor::ALL, watch::ALL, manager::ALL, restart::ALL, upgrade::ALL];
    files.into_iter().flatten().copied()
}
