//! The two ways in which a Monitor hands its events over (SPEC section 7).

use super::{ChannelMonitor, Direction, NumberedEvent, RemovalStage};
use crate::config::{Build, Mode};
use crate::event::{EventId, HTLCEvent, HtlcId, Outcome};

impl ChannelMonitor {
    /// How it hands its events over.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the build can go on with a Monitor of this mode.
    pub(crate) fn is_known_to(&self, build: Build) -> bool {
        build != Build::Old || self.mode == Mode::Off
    }

    /// Lists again what was released and forgotten while the mode was off, as far as the Manager
    /// is `owed` it. What its state does not tell has not happened yet, or comes with a block or
    /// an update.
    pub(crate) fn push_owed(&mut self, owed: impl Fn(HTLCEvent) -> bool) {
        if self.mode == Mode::On {
            return;
        }
        let outbound = self.htlcs.iter().filter(|(_, htlc)| htlc.direction == Direction::Outbound);
        let told: Vec<_> = outbound
            .filter_map(|(id, _)| self.tells(*id).map(|outcome| HTLCEvent { htlc: *id, outcome }))
            .collect();
        for event in told {
            if owed(event) && !self.names(event.htlc) {
                self.list(event);
            }
        }
    }

    /// What a build makes of it that knows no ids: it numbers what is listed anew.
    pub(crate) fn renumber(&mut self) {
        for (index, (id, _)) in self.pending.iter_mut().enumerate() {
            *id = EventId(index as u64);
        }
        self.next_event_id = EventId(self.pending.len() as u64);
    }

    /// The outcome that the Monitor's state tells. An event that it lists says the same.
    fn tells(&self, htlc: HtlcId) -> Option<Outcome> {
        if self.knows_preimage(htlc) {
            return Some(Outcome::Claim);
        }
        let is_listed = self.htlcs.get(&htlc)?.stage != RemovalStage::Removed;
        // A preimage spend is dealt with; so a spend is a final one by timeout.
        let is_over = if self.chain.has_output(htlc) {
            self.chain.spend(htlc).is_some()
        } else {
            self.chain.is_final()
        };
        // What was claimed is listed until the Manager needs it no more (`UPG-2`).
        (!is_listed || is_over).then_some(Outcome::Fail)
    }

    /// Switches the mode to what the build is set to, if that may be; says whether it did.
    ///
    /// `UPG-4`: "A build MUST NOT switch a Monitor's mode off while the Monitor lists an event."
    pub(crate) fn switch_mode(&mut self, build: Build) -> bool {
        self.mode = match (self.mode, build) {
            (Mode::Off, Build::On) => Mode::On,
            (Mode::On, Build::Off) if self.events().next().is_none() => Mode::Off,
            _ => return false,
        };
        true
    }

    /// Whether it lists an event under this id.
    pub(crate) fn lists(&self, event_id: EventId) -> bool {
        self.events().any(|(id, _)| *id == event_id)
    }

    /// Whether an event names the HTLC.
    pub(crate) fn names(&self, htlc: HtlcId) -> bool {
        self.events().any(|(_, event)| event.htlc == htlc)
    }

    /// Whether it has to go on listing an HTLC that the peer has claimed, although the peer has
    /// revoked.
    ///
    /// `UPG-2`: "The Manager MUST NOT generate, for a Monitor whose mode is off, the revocation of
    /// a claimed HTLC while that Monitor lists an event of it."
    pub(crate) fn is_claim_needed(&self, htlc: HtlcId) -> bool {
        let claimed = RemovalStage::Signed(Outcome::Claim);
        let is_claimed = self.htlcs.get(&htlc).is_some_and(|entry| entry.stage == claimed);
        self.mode == Mode::Off && is_claimed && self.names(htlc)
    }

    /// The events that a full write holds.
    ///
    /// `MON-6`: "A Monitor MUST include in every full write its `provided` events, unless its mode
    /// is off, followed by its `pending` events, with their ids."
    pub(super) fn written_events(&self) -> impl Iterator<Item = &NumberedEvent> {
        let provided = if self.mode == Mode::On { &self.provided[..] } else { &[] };
        provided.iter().chain(&self.pending)
    }
}
