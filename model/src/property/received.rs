//! What the guarantees ask of payments received.

use crate::state::world::RECORD_CLAIMED;
use crate::state::{INBOUND, Inbound, Outcome, Snapshot, State};

/// A payment received: all parts of it are ours, and the user knows, or none is, and no claim is
/// under way.
pub(super) fn is_received(s: &State, h: usize) -> bool {
    let claimed = |part: usize| s.node.manager.statuses[part].outcome() == Some(Outcome::Claim);
    let is_ours = |part: usize| s.world.inbound[part] == Inbound::Claimed;
    let mut parts = s.world.parts(h);
    if s.world.payment_record(h) & RECORD_CLAIMED == 0 {
        parts.all(|part| !claimed(part) && !is_ours(part))
    } else {
        parts.all(|part| claimed(part) && is_ours(part))
    }
}

/// Whether no crash can make the node forget that it claims a payment received: a part is ours, or
/// its preimage is in every version of the monitor that a crash can bring back.
pub fn is_kept_received(s: &State, h: usize) -> bool {
    let kept = |part: usize| {
        let claimed = |m: &Snapshot| m.data.stages[part].outcome() == Some(Outcome::Claim);
        s.world.inbound[part] == Inbound::Claimed || s.disk.recoverable(INBOUND).all(claimed)
    };
    s.world.parts(h).any(kept)
}
