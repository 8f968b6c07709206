//! wip
pub mod action;
pub mod bounds;
pub mod check;
pub mod coverage;
pub mod engine;
pub mod machine;
pub mod mutant;
pub mod pins;
pub mod property;
pub mod protocol;
pub mod rule;
pub mod scenario;
pub mod settle;
pub mod state;
pub mod trace;
