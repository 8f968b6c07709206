//! The reference on real stores.
//!
//! [`KvPersist`] keeps a node in whatever implements LDK's `KVStoreSync`: `lightning-persister`'s
//! `FilesystemStore`, or the SQLite, Postgres or VSS store that an LDK user has. Its keys are LDK's.
//! [`Transactional`] keeps a node in one database, and writes what belongs together in one
//! transaction.

pub mod disk;
pub mod images;
mod kv;
pub mod lab;
mod layout;
mod transactional;

pub use kv::{KvPersist, ReadError, read_node};
pub use layout::{WriteError, carry_out};
pub use transactional::{TransactionError, Transactional};
