//! An exhaustive model of the Persistent MonitorEvents ack protocol of SPEC.md.
//!
//! Reading order:
//!
//! 1. [`protocol`]: every decision that a rule of SPEC.md makes, one method each; [`rule`] lists
//!    the rules.
//! 2. [`state`]: what there is to remember: node, disk, world, history.
//! 3. [`action`] and [`machine`]: what can happen, who does it, and what it does. `machine::crash`
//!    and `machine::store` are the storage model of SPEC.md section 4.
//! 4. [`property`] and [`settle`]: the guarantees of section 6, and what is bound to happen.
//! 5. [`scenario`], [`departure`], [`mutant`], [`coverage`], [`bounds`]: the bounded situations,
//!    how a protocol can depart from SPEC.md, the broken protocols, and what keeps "no violation"
//!    from meaning nothing. [`mechanism`] has the departures as switches, [`design`] several of
//!    them at once, [`profile`] other designs of the same hand-over; [`finding`] and [`breach`]
//!    have what these violate, [`fate`] what becomes of one kind of news, [`survey`] which
//!    mechanisms are needed.
//! 6. [`engine`] and [`check`]: the breadth-first search, and the verdict on one scenario.
//! 7. [`suite`], [`shard`], [`trace`], [`pins`], [`report`], [`command`], [`cli`]: the program
//!    around it.

pub mod action;
pub mod bounds;
pub mod breach;
pub mod call;
pub mod check;
pub mod cli;
pub mod command;
pub mod coverage;
pub mod departure;
pub mod design;
pub mod engine;
pub mod fate;
pub mod finding;
pub mod history;
pub mod machine;
pub mod mechanism;
pub mod mutant;
pub mod pins;
pub mod profile;
pub mod property;
pub mod protocol;
pub mod report;
pub mod rule;
pub mod scenario;
pub mod settle;
pub mod shard;
pub mod state;
pub mod suite;
pub mod survey;
pub mod topology;
pub mod trace;
pub mod truth;
pub mod witness;
