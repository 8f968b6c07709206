//! What a person or a program sees of a run.

pub mod chart;
pub mod drawing;
pub mod json;
pub mod markdown;
pub mod page;
pub mod site;
pub mod summary;
pub mod svg;
pub mod text;
