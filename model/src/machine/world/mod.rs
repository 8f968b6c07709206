//! The World: peers and chain. SPEC.md section 3.

pub(super) mod chain;
pub(super) mod peers;
