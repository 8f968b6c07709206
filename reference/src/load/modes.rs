//! The two modes of a Monitor, and the builds that switch them (SPEC section 7).

use crate::config::{Build, Mode};
use crate::event::{HTLCEvent, HtlcId, Outcome};
use crate::manager::{ChannelManager, HtlcState, PaymentState, Telling};
use crate::monitor::{ChannelMonitor, Direction, RemovalStage};

impl ChannelMonitor {
    /// Whether the build can go on with a Monitor of this mode.
    pub(crate) fn is_known_to(&self, build: Build) -> bool {
        build != Build::Old || self.mode() == Mode::Off
    }

    /// Lists again what was released and forgotten while the mode was off, as far as the Manager
    /// is `owed` it. What its state does not tell has not happened yet, or comes with a block or
    /// an update.
    pub(crate) fn push_owed(&mut self, owed: impl Fn(HTLCEvent) -> bool) {
        if self.mode() == Mode::On {
            return;
        }
        let outbound =
            self.htlcs().iter().filter(|(_, htlc)| htlc.direction == Direction::Outbound);
        let told: Vec<_> = outbound
            .filter_map(|(id, _)| self.tells(*id).map(|outcome| HTLCEvent { htlc: *id, outcome }))
            .collect();
        for event in told {
            if owed(event) && !self.names(event.htlc) {
                self.list(event);
            }
        }
    }

    /// The outcome that the Monitor's state tells. An event that it lists says the same.
    fn tells(&self, htlc: HtlcId) -> Option<Outcome> {
        if self.knows_preimage(htlc) {
            return Some(Outcome::Claim);
        }
        let is_listed = self.htlcs().get(&htlc)?.stage != RemovalStage::Removed;
        // A preimage spend is dealt with; so a spend is a final one by timeout.
        let is_over = if self.chain().has_output(htlc) {
            self.chain().spend(htlc).is_some()
        } else {
            self.chain().is_final()
        };
        // What was claimed is listed until the Manager needs it no more (`UPG-2`).
        (!is_listed || is_over).then_some(Outcome::Fail)
    }

    /// Switches the mode to what the build is set to, if that may be; says whether it did.
    ///
    /// `UPG-4`: "A build MUST NOT switch a Monitor's mode off while the Monitor lists an event."
    pub(crate) fn switch_mode(&mut self, build: Build) -> bool {
        let mode = match (self.mode(), build) {
            (Mode::Off, Build::On) => Mode::On,
            (Mode::On, Build::Off) if self.events().next().is_none() => Mode::Off,
            _ => return false,
        };
        self.set_mode(mode);
        true
    }

    /// Whether it has to go on listing an HTLC that the peer has claimed, although the peer has
    /// revoked.
    ///
    /// `UPG-2`: "The Manager MUST NOT generate, for a Monitor whose mode is off, the revocation of
    /// a claimed HTLC while that Monitor lists an event of it."
    pub(crate) fn is_claim_needed(&self, htlc: HtlcId) -> bool {
        let claimed = RemovalStage::Signed(Outcome::Claim);
        let is_claimed = self.htlcs().get(&htlc).is_some_and(|entry| entry.stage == claimed);
        self.mode() == Mode::Off && is_claimed && self.names(htlc)
    }
}

impl ChannelManager {
    /// Whether an HTLC that ended so is not over for the Manager: it waits for the outcome, or
    /// would if it knew of the HTLC, or has yet to tell the user, or the user to handle it.
    pub fn is_owed(&self, event: HTLCEvent) -> bool {
        let HTLCEvent { htlc, outcome } = event;
        match self.htlcs().get(&htlc) {
            Some(HtlcState::Payment { state, .. }) => {
                !matches!(state, PaymentState::Settled(_))
                    || self.pending_events.contains_key(&htlc)
            }
            Some(HtlcState::Forward { telling, .. }) => {
                let untold = outcome == Outcome::Claim && *telling == Telling::NotYet;
                untold || self.previous_hops(htlc).into_iter().any(|hop| hop.state.waits())
            }
            // What ends here is claimed by the user, and `RST-12` sees to it.
            Some(HtlcState::Received { .. }) | None => false,
        }
    }
}
