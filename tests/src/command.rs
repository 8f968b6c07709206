//! What each verb does: it returns what to print, and what that amounts to.

pub mod mutants;
pub mod product;
pub mod replay;
pub mod vectors;
pub mod walks;

pub use model::suite::Status;

/// What to print and what it amounts to, or one line that says what is wrong with the input.
pub type Outcome = Result<(String, Status), String>;
