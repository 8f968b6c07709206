//! What a person or a program sees of a run.

pub mod chart;
pub mod json;
pub mod page;
pub mod text;
