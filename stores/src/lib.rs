//! The reference on real stores.
//!
//! - [`KvPersist`] keeps a node in whatever implements LDK's `KVStoreSync`: `lightning-persister`'s
//!   `FilesystemStore`, or the SQLite, Postgres or VSS store that an LDK user has. Its keys are
//!   LDK's.
//! - [`carry_out`] writes under these keys what an asynchronous node hands on.
//! - [`Transactional`] keeps a node in one database, and writes what belongs together in one
//!   transaction.
//! - [`disk`] simulates a disk, and [`images`] looks at what a crash leaves of it.

pub mod disk;
pub mod images;
mod kv;
pub mod lab;
mod layout;
mod transactional;
pub mod world;

pub use kv::{KvPersist, ReadError, read_node};
pub use layout::{WriteError, carry_out};
pub use transactional::{TransactionError, Transactional};
