//! Bytes as a history, a schedule and crashes: what the fuzz target and its corpus decode.

/// Decodes bytes and looks.
pub fn check(_bytes: &[u8]) {}
