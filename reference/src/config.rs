//! What a node consists of. Nothing here changes while it runs, and nothing here is stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::event::{ChannelId, HtlcId};

/// The channels and HTLCs of a node. All HTLCs but those in a holding cell are irrevocably
/// committed when the node is new; of a forward that is in one, the inbound HTLC is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NodeConfig {
    /// The channels, each with a Monitor of its own.
    pub channels: BTreeMap<ChannelId, ChannelConfig>,
    /// The HTLCs and their roles.
    pub htlcs: BTreeMap<HtlcId, HtlcRole>,
    /// Whether `PaymentForwarded` tells the user of claimed forwards. Decided when the node is new.
    pub tell_forwards: bool,
    /// The mode of the Monitors when the node is new.
    pub mode: Mode,
    /// Whether `Completed` waits for the caller to deliver it, where writes take time; otherwise it
    /// reaches the Manager with the report.
    pub late_completions: bool,
    /// Whether a Manager that learns of a close gives its Monitor an update. Without, the only
    /// closes are those on chain: an abstraction (docs/bounds.md), for comparison with the model.
    pub close_updates: bool,
}

/// How a Monitor hands its events over (SPEC section 7). It is written with the Monitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// What is released is not written any more; a load makes it again if the Manager needs it.
    Off,
    /// An event is kept until it is acked.
    #[default]
    On,
}

/// Which build of the node a load is by, and what it is set to (SPEC section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Build {
    /// One that knows Monitors whose mode is off, and no others.
    Old,
    /// One that knows both modes, and switches the mode off where it may.
    Off,
    /// One that knows both modes, and switches the mode on.
    On,
}

/// How one channel's Monitor is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChannelConfig {
    /// Whether a write is done within the step that starts it.
    pub persistence: Persistence,
    /// What is written for an update.
    pub updates: UpdateWrites,
    /// The most writes, and the most updates, that may be in flight at a time.
    pub max_in_flight: usize,
}

impl ChannelConfig {
    /// The places in flight that so many updates take which are made in one step.
    pub fn slots(&self, updates: usize) -> usize {
        match self.persistence {
            // Each is reported before the next one is made.
            Persistence::Synchronous => updates.min(1),
            Persistence::Asynchronous => updates,
        }
    }
}

/// Whether a write is done within the step that starts it (SPEC, `STO-1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Persistence {
    /// It starts, lands and is reported in one step.
    Synchronous,
    /// It lands and is reported in a later step.
    Asynchronous,
}

/// What is written for an update (SPEC, `STO-3`). All other writes are full writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UpdateWrites {
    /// A full write of the Monitor.
    Full,
    /// A delta: the update alone.
    Deltas,
}

/// What an HTLC is to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HtlcRole {
    /// Our own payment: the user waits for its outcome.
    Payment {
        /// The channel it left by, or will leave by.
        outbound: ChannelId,
        /// Whether it waits in that channel's holding cell when the node is new.
        held: bool,
    },
    /// Our own payment, which the user may make while the node runs.
    Unmade {
        /// The channel it will leave by.
        outbound: ChannelId,
    },
    /// A retry of an own payment: a part of it that is made when another has failed.
    Retry {
        /// The channel it will leave by.
        outbound: ChannelId,
        /// The payment, by its first part.
        payment: HtlcId,
    },
    /// Another part of an own payment (MPP).
    Part {
        /// The channel it left by.
        outbound: ChannelId,
        /// The payment, by its first part.
        payment: HtlcId,
    },
    /// A forward: the payer waits for its outcome.
    Forward {
        /// The channel it came in on.
        inbound: ChannelId,
        /// The channel it left by, or will leave by.
        outbound: ChannelId,
        /// Whether it waits in that channel's holding cell when the node is new.
        held: bool,
    },
    /// Another previous hop of a forward: an inbound HTLC that ends as that forward does
    /// (trampoline).
    PreviousHop {
        /// The channel it came in on.
        inbound: ChannelId,
        /// The forward.
        leaves_as: HtlcId,
    },
    /// A payment received, or its first part: the user may claim it.
    Received {
        /// The channel it came in on.
        inbound: ChannelId,
    },
    /// Another part of a payment received (MPP).
    ReceivedPart {
        /// The channel it came in on, which may be another than the first part's.
        inbound: ChannelId,
        /// The payment, by its first part.
        payment: HtlcId,
    },
}

impl HtlcRole {
    /// The channel the HTLC left by; none if it left as another, or ends here.
    pub fn outbound(&self) -> Option<ChannelId> {
        match self {
            HtlcRole::Payment { outbound, .. }
            | HtlcRole::Unmade { outbound }
            | HtlcRole::Retry { outbound, .. }
            | HtlcRole::Part { outbound, .. }
            | HtlcRole::Forward { outbound, .. } => Some(*outbound),
            HtlcRole::PreviousHop { .. }
            | HtlcRole::Received { .. }
            | HtlcRole::ReceivedPart { .. } => None,
        }
    }

    /// The channel by which the HTLC leaves, if no update has offered it when the node is new.
    pub fn leaves_later_by(&self) -> Option<ChannelId> {
        match self {
            HtlcRole::Payment { outbound, held: true }
            | HtlcRole::Unmade { outbound }
            | HtlcRole::Retry { outbound, .. }
            | HtlcRole::Forward { outbound, held: true, .. } => Some(*outbound),
            _ => None,
        }
    }

    /// The channel the HTLC came in on, if it is no own payment.
    pub fn inbound(&self) -> Option<ChannelId> {
        match self {
            HtlcRole::Payment { .. }
            | HtlcRole::Unmade { .. }
            | HtlcRole::Retry { .. }
            | HtlcRole::Part { .. } => None,
            HtlcRole::Forward { inbound, .. }
            | HtlcRole::PreviousHop { inbound, .. }
            | HtlcRole::Received { inbound }
            | HtlcRole::ReceivedPart { inbound, .. } => Some(*inbound),
        }
    }
}

/// A configuration that describes no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum ConfigError {
    /// An HTLC uses a channel that is not configured.
    #[error("{htlc} uses {channel}, which is not configured")]
    UnknownChannel {
        /// The HTLC.
        htlc: HtlcId,
        /// The channel.
        channel: ChannelId,
    },
    /// A forward leaves by the channel it came in on.
    #[error("{0} leaves by the channel it came in on")]
    Loop(HtlcId),
    /// A previous hop leaves as something that is no forward.
    #[error("{0} leaves as an HTLC that is no forward")]
    NoForward(HtlcId),
    /// A part is one of something that is no payment.
    #[error("{0} is a part of an HTLC that is no payment")]
    NoPayment(HtlcId),
    /// A claim makes more updates of a channel at a time than may be in flight.
    #[error("{0} cannot take the updates of one claim")]
    TooFewSlots(ChannelId),
    /// A channel could never be updated.
    #[error("{0} allows no write in flight")]
    NoSlots(ChannelId),
}

impl NodeConfig {
    /// The channel in whose holding cell an HTLC may wait: the one that it leaves later by, or that
    /// the forward does of which it is another previous hop.
    pub fn held_on(&self, htlc: HtlcId) -> Option<ChannelId> {
        match self.htlcs.get(&htlc)? {
            HtlcRole::PreviousHop { leaves_as, .. } => self.htlcs.get(leaves_as)?.leaves_later_by(),
            role => role.leaves_later_by(),
        }
    }

    /// How many parts of payments received came in on a channel.
    pub fn received_on(&self, channel: ChannelId) -> usize {
        let received = self.htlcs.values().filter(|role| match role {
            HtlcRole::Received { inbound } | HtlcRole::ReceivedPart { inbound, .. } => {
                *inbound == channel
            }
            _ => false,
        });
        received.count()
    }

    /// Checks that the configuration describes a node.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (id, channel) in &self.channels {
            if channel.max_in_flight == 0 {
                return Err(ConfigError::NoSlots(*id));
            }
        }
        for (htlc, role) in &self.htlcs {
            for channel in [role.outbound(), role.inbound()].into_iter().flatten() {
                if !self.channels.contains_key(&channel) {
                    return Err(ConfigError::UnknownChannel { htlc: *htlc, channel });
                }
            }
            let of_payment = match role {
                HtlcRole::Part { payment, .. } | HtlcRole::Retry { payment, .. } => {
                    matches!(self.htlcs.get(payment), Some(HtlcRole::Payment { .. }))
                }
                HtlcRole::ReceivedPart { payment, .. } => {
                    matches!(self.htlcs.get(payment), Some(HtlcRole::Received { .. }))
                }
                _ => true,
            };
            if !of_payment {
                return Err(ConfigError::NoPayment(*htlc));
            }
            let outbound = match role {
                HtlcRole::PreviousHop { leaves_as, .. } => match self.htlcs.get(leaves_as) {
                    Some(HtlcRole::Forward { outbound, .. }) => Some(*outbound),
                    _ => return Err(ConfigError::NoForward(*htlc)),
                },
                _ => role.outbound(),
            };
            if outbound.is_some() && role.inbound() == outbound {
                return Err(ConfigError::Loop(*htlc));
            }
        }
        self.validate_slots()
    }

    /// Checks that a claim can be submitted: it makes an update for each previous hop, or for each
    /// part of a payment received.
    fn validate_slots(&self) -> Result<(), ConfigError> {
        for (id, channel) in &self.channels {
            let claimed_with = self.htlcs.iter().filter_map(|(htlc, role)| match role {
                _ if role.inbound() != Some(*id) => None,
                HtlcRole::PreviousHop { leaves_as: first, .. }
                | HtlcRole::ReceivedPart { payment: first, .. } => Some(*first),
                _ => Some(*htlc),
            });
            let claimed_with: Vec<HtlcId> = claimed_with.collect();
            let together = |htlc| claimed_with.iter().filter(|other| *other == htlc).count();
            let most = claimed_with.iter().map(together).max().unwrap_or(0);
            if channel.slots(most) > channel.max_in_flight {
                return Err(ConfigError::TooFewSlots(*id));
            }
        }
        Ok(())
    }
}
