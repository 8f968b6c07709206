//! The two modes of a Monitor, and the builds that switch them (SPEC section 7).

use crate::config::Mode;
use crate::event::{EventKey, HTLCEvent};
use crate::manager::{ChannelManager, Telling};
use crate::monitor::ChannelMonitor;
use crate::types::{HTLCResolution, HtlcId, Origin};

impl ChannelMonitor {
    /// Lists again what was released and forgotten while the mode was off, as far as the Manager
    /// is `owed` it. What its state does not tell has not happened yet, or comes with a block or
    /// an update.
    pub(super) fn push_owed(&mut self, owed: impl Fn(&HTLCEvent) -> bool) {
        if self.mode() == Mode::On {
            return;
        }
        let told = self.htlcs().iter().filter_map(|(htlc, entry)| {
            Some(HTLCEvent {
                htlc_id: htlc.id,
                payment_hash: entry.payment_hash,
                amount_msat: entry.amount_msat,
                source: entry.source.clone()?,
                resolution: self.tells(*htlc)?,
            })
        });
        let told: Vec<HTLCEvent> = told.collect();
        for event in told {
            if self.event_of(HtlcId::outbound(event.htlc_id)).is_none() && owed(&event) {
                self.list(event);
            }
        }
    }

    /// Switches the mode to what the node is set to, if that may be; says whether it did.
    ///
    /// `UPG-4`: "A build MUST NOT switch a Monitor's mode off while the Monitor lists an event."
    pub(super) fn switch_mode(&mut self, to: Mode) -> bool {
        let may_switch = match (self.mode(), to) {
            (Mode::Off, Mode::On) => true,
            (Mode::On, Mode::Off) => self.has_no_event(),
            _ => false,
        };
        if may_switch {
            self.set_mode(to);
        }
        may_switch
    }

    /// Whether it has to go on listing an HTLC that the peer has claimed, although the peer has
    /// revoked.
    ///
    /// `UPG-2`: "The Manager MUST NOT generate, for a Monitor whose mode is off, the revocation of
    /// a claimed HTLC while that Monitor lists an event of it."
    pub(crate) fn is_claim_needed(&self, htlc: HtlcId) -> bool {
        let is_claimed = self.htlcs().get(&htlc).is_some_and(|entry| entry.is_claim_signed());
        self.mode() == Mode::Off && is_claimed && self.event_of(htlc).is_some()
    }
}

impl ChannelManager {
    /// Whether an HTLC that ended so is not over for the Manager: it waits for the outcome, or
    /// would if it knew of the HTLC, or has yet to tell the user, or the user to handle it.
    pub(super) fn is_owed(&self, event: &HTLCEvent) -> bool {
        let origin = event.source.origin();
        match origin {
            Origin::Payment(part) => {
                !self.knows_part(part)
                    || self.awaits_part(part)
                    || self.pending_events.contains_key(&EventKey::Outbound(origin))
            }
            Origin::Forward(first) => {
                let telling = self.forwards().get(&first).map(|forward| forward.telling);
                let untold = telling == Some(Telling::NotYet);
                untold && event.resolution != HTLCResolution::Failed || self.awaits_outcome(first)
            }
        }
    }
}
