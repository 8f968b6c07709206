//! The World's truth about own payments, of all parts together.

use super::{is_claimed, is_failed_for_good};
use crate::state::State;

/// A part of the payment is revealed.
pub fn is_payment_revealed(s: &State, h: usize) -> bool {
    s.world.parts(h).any(|part| s.world.is_revealed(part))
}

/// A part of the payment is claimed.
pub fn is_payment_claimed(s: &State, h: usize) -> bool {
    s.world.parts(h).any(|part| is_claimed(s, part))
}

/// Every part of the payment has failed for good.
pub fn is_payment_failed(s: &State, h: usize) -> bool {
    s.world.parts(h).all(|part| is_failed_for_good(s, part))
}
