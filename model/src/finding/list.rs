//! The list.

use super::Finding;

/// All findings, in the order of their numbers.
pub const FINDINGS: &[Finding] = &[];
