//! Our newest commitment, and whether it may be broadcast.

use std::collections::BTreeSet;

use super::{ChannelMonitor, Direction, MonitorHtlc, RemovalStage};
use crate::event::HtlcId;
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep};

impl ChannelMonitor {
    /// The HTLCs that have an output in our newest commitment.
    pub fn holder_commitment(&self) -> BTreeSet<HtlcId> {
        let in_ours = |h: &MonitorHtlc| match h.direction {
            // The peer's signature for our commitment without the HTLC is what "signed" means.
            Direction::Outbound => h.stage == RemovalStage::Held,
            // There "signed" speaks of the peer's commitment; ours follows with the revocation.
            Direction::Inbound => h.stage != RemovalStage::Removed,
        };
        self.htlcs.iter().filter(|(_, h)| in_ours(h)).map(|(id, _)| *id).collect()
    }

    /// Whether our newest commitment may be broadcast, given the Manager's updates in flight.
    ///
    /// `MON-10`: "A Monitor MUST NOT broadcast a holder commitment that no reported write holds."
    pub(crate) fn may_broadcast_newest<'a>(
        &self,
        mut in_flight: impl Iterator<Item = &'a ChannelMonitorUpdate>,
    ) -> bool {
        let unreported = self.reported() + 1..=self.update_id();
        !in_flight.any(|u| unreported.contains(&u.update_id) && self.signs_ours(u.step))
    }

    /// Whether a step signs a commitment of ours: the one without an outbound HTLC.
    fn signs_ours(&self, step: ChannelMonitorUpdateStep) -> bool {
        match step {
            ChannelMonitorUpdateStep::SignRemoval { htlc, .. } => {
                self.htlcs.get(&htlc).is_some_and(|h| h.direction == Direction::Outbound)
            }
            _ => false,
        }
    }
}
