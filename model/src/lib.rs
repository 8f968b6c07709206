//! An exhaustive model of the Persistent MonitorEvents ack protocol of SPEC.md.
//!
//! Reading order:
//!
//! 1. [`protocol`]: every decision that a rule of SPEC.md makes, one method each; [`rule`] lists
//!    the rules.
//! 2. [`state`]: what there is to remember: node, disk, world, history. [`topology`]: what never
//!    changes in a run, and so is beside the state: which HTLC passes which channels.
//! 3. [`action`]: the kinds of step. [`machine`]: who can take which, and what it does.
//!    `machine::rows` has one row for each kind; `machine::step` is the data flow of a step, the
//!    only place that takes a state apart; then comes a room for each role of SPEC.md section 3.
//!    [`call`] is what these ask of each other within a step, and `machine::store` with
//!    `machine::load` the storage model of section 4.
//! 4. [`history`]: what a run leaves behind for the guarantees, computed from each step; no
//!    transition reads it. [`truth`]: what is so, whoever knows it. [`property`]: the guarantees of
//!    section 6, over both. [`settle`]: what is bound to happen (section 4.5).
//! 5. [`scenario`] and [`bounds`]: the bounded situations, and which bounds matter. [`departure`]:
//!    how a protocol can do other than SPEC.md, one decision each. Each use of a departure has a
//!    list: [`mutant`] (what a guarantee notices), [`mechanism`] (what a switch turns on),
//!    [`profile`] (what upstream's designs make). [`design`] is several departures at once.
//! 6. [`engine`]: the breadth-first search, over any model. [`check`]: the verdict on one scenario.
//!    [`reduction`]: which states it takes for one; [`lift`] makes the traces whole again.
//!    [`witness`] and [`coverage`]: what keeps "no violation" from meaning nothing.
//! 7. [`breach`] and [`finding`]: what other designs violate, and why. [`fate`]: what can become of
//!    one kind of news. [`survey`]: which mechanisms are needed. [`attribution`]: of several
//!    settings, which are to blame.
//! 8. [`suite`], [`shard`], [`trace`], [`pins`], [`names`], [`report`], [`explore`], [`command`],
//!    [`cli`]: the program around it.

pub mod action;
pub mod attribution;
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
pub mod explore;
pub mod fate;
pub mod finding;
pub mod history;
pub mod lift;
pub mod machine;
pub mod mechanism;
pub mod mutant;
pub mod names;
pub mod pins;
pub mod profile;
pub mod property;
pub mod protocol;
pub mod reduction;
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
