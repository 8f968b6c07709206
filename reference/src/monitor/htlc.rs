//! The HTLCs of a channel, and the places where a Monitor learns their outcome.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{HtlcRole, NodeConfig};
use crate::event::{ChannelId, HtlcId, Outcome};

/// On which side of the node an HTLC of this channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// The peer offered it to us.
    Inbound,
    /// We offered it to the peer. Only these have events.
    Outbound,
}

/// How far the removal of an HTLC has come off chain. Blocks do not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RemovalStage {
    /// Both commitments have the HTLC.
    Held,
    /// The commitment without the HTLC is signed.
    Signed(Outcome),
    /// The last commitment with the HTLC is revoked; the Monitor lists the HTLC no more.
    Removed,
}

/// An HTLC of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MonitorHtlc {
    /// Whether it came in or went out.
    pub direction: Direction,
    /// How far its removal has come.
    pub stage: RemovalStage,
}

/// The places where a Monitor learns an outcome (SPEC section 5.1), all on the outbound channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PushSite {
    /// An update signs the commitment in which the peer claimed the HTLC.
    OffChainClaim,
    /// An update brings the revocation of the last commitment that had a failed HTLC.
    OffChainFail,
    /// A block shows a preimage spend of the output of our commitment.
    ClaimOfHolderOutput,
    /// A block shows a preimage spend of the output of the peer's commitment.
    ClaimOfCounterpartyOutput,
    /// A timeout spend is final, or a commitment without an output for a listed HTLC is.
    MaturedTimeout,
    /// An update offers an HTLC where a commitment without an output for it is final.
    LateOffer,
}

impl PushSite {
    /// The outcome that the site witnesses.
    pub fn outcome(self) -> Outcome {
        match self {
            PushSite::OffChainClaim
            | PushSite::ClaimOfHolderOutput
            | PushSite::ClaimOfCounterpartyOutput => Outcome::Claim,
            PushSite::OffChainFail | PushSite::MaturedTimeout | PushSite::LateOffer => {
                Outcome::Fail
            }
        }
    }
}

/// The HTLCs that a channel has when the node is new.
pub(super) fn committed_htlcs(
    channel: ChannelId,
    config: &NodeConfig,
) -> BTreeMap<HtlcId, MonitorHtlc> {
    let direction = |role: &HtlcRole| {
        if role.outbound() == Some(channel) {
            Some(Direction::Outbound)
        } else if role.inbound() == Some(channel) {
            Some(Direction::Inbound)
        } else {
            None
        }
    };
    let entry = |(id, role)| {
        direction(role).map(|direction| (id, MonitorHtlc { direction, stage: RemovalStage::Held }))
    };
    let committed = config.htlcs.iter().filter(|(_, role)| role.leaves_later_by() != Some(channel));
    committed.map(|(id, role)| (*id, role)).filter_map(entry).collect()
}
