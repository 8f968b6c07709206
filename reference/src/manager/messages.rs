//! What is sent to a peer once an update is durable, and again after a load.

use super::ChannelManager;
use crate::message::Message;
use crate::monitor::{ChannelMonitor, MonitorHtlc, RemovalStage};
use crate::types::{HTLCResolution, HtlcId};
use crate::update::ChannelMonitorUpdateStep;

/// The message that waits for an update (SPEC section 3.3).
pub(super) fn due(step: &ChannelMonitorUpdateStep) -> Option<Message> {
    match step {
        ChannelMonitorUpdateStep::OfferHTLC(new, _) => Some(Message::UpdateAddHTLC {
            htlc_id: new.id,
            amount_msat: new.amount_msat,
            payment_hash: new.payment_hash,
        }),
        ChannelMonitorUpdateStep::SignRemoval { htlc, resolution } => {
            Some(removal(*htlc, *resolution))
        }
        ChannelMonitorUpdateStep::Revocation { .. }
        | ChannelMonitorUpdateStep::ChannelForceClosed
        | ChannelMonitorUpdateStep::ReceiveHTLC(_) => None,
    }
}

fn removal(htlc: HtlcId, resolution: HTLCResolution) -> Message {
    let htlc_id = htlc.id;
    match resolution {
        _ if htlc.is_outbound() => Message::RevokeAndACK { htlc_id },
        HTLCResolution::Claimed(payment_preimage) => {
            Message::UpdateFulfillHTLC { htlc_id, payment_preimage }
        }
        HTLCResolution::Failed => Message::UpdateFailHTLC { htlc_id },
    }
}

impl ChannelManager {
    /// The peer of a channel is there, perhaps again: sends what it may not have, as far as it is
    /// durable (LDK: `channel_reestablish`).
    pub(crate) fn peer_connected(&mut self, monitor: &ChannelMonitor) {
        let channel_id = monitor.channel_id();
        let message = |(htlc, entry): (&HtlcId, &MonitorHtlc)| match entry.stage {
            RemovalStage::Held if htlc.is_outbound() && !self.is_adding(channel_id, *htlc) => {
                Some(Message::UpdateAddHTLC {
                    htlc_id: htlc.id,
                    amount_msat: entry.amount_msat,
                    payment_hash: entry.payment_hash,
                })
            }
            RemovalStage::Signed(resolution) if !self.is_signing(channel_id, *htlc) => {
                Some(removal(*htlc, resolution))
            }
            _ => None,
        };
        let messages: Vec<_> = monitor.htlcs().iter().filter_map(message).collect();
        self.pending_messages.retain(|(id, _)| *id != channel_id);
        self.pending_messages.extend(messages.into_iter().map(|message| (channel_id, message)));
    }
}
