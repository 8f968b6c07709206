//! The library by its public interface: what each part of SPEC.md asks of a node, in surroundings
//! that keep, lose and send what a test says. One program, because each that uses the surroundings
//! would take as long to build.

mod common;
mod fixture;

mod batches;
mod codec;
mod crash_everywhere;
mod damage;
mod deferred;
mod fixtures;
mod forwards;
mod loads;
mod on_chain;
mod own_payments;
mod random_walk;
mod received;
mod received_later;
mod refused;
mod surroundings;
