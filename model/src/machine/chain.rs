//! The chain: which commitment confirms, who spends what, what a monitor is shown.

use super::store::covered;
use super::{Machine, is_running, is_watching};
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::{
    CloseKind, Fact, INBOUND, Inbound, MonitorData, OUTBOUND, Stage, State, UpdateKind,
};

impl<P: Protocol + ?Sized> Machine<P> {
    pub(super) fn can_close_by_peer(&self, s: &State, c: usize) -> bool {
        self.scenario.may_close(c) && !s.world.chains[c].is_closed()
    }

    /// The peer confirms its unrevoked commitment. A revocation that no part of our node remembers
    /// does not bind it.
    pub(super) fn close_by_peer(&self, s: &mut State, c: usize) {
        for h in self.scenario.htlcs() {
            s.world.chains[c].contains[h] = match c {
                OUTBOUND => s.world.is_offered(h) && !knows_revocation(s, h),
                _ => self.is_held_inbound(s, h),
            };
        }
        self.confirm_commitment(s, c, CloseKind::Counterparty);
    }

    pub(super) fn can_close_by_us(&self, s: &State, c: usize) -> bool {
        self.scenario.may_close(c)
            && is_running(s)
            && s.node.manager.open[c]
            && if self.scenario.has(Flag::Notices) {
                !s.world.chains[c].is_closed() && self.has_room(s, c, 1)
            } else {
                self.has_broadcastable_commitment(s, c)
            }
    }

    /// The monitor is told by an update, and broadcasts, or our commitment confirms at once.
    pub(super) fn close_by_us(&self, s: &mut State, c: usize) {
        if self.scenario.has(Flag::Notices) {
            self.close_channel(s, c, false);
        } else {
            self.confirm_ours(s, c);
        }
    }

    /// The deadline of an HTLC has come: one went out and has expired, or one came in, is claimed
    /// and about to expire.
    pub(super) fn can_reach_deadline(&self, s: &State, c: usize) -> bool {
        let MonitorData { best_block, lockdown, stages, .. } = s.node.monitors[c].data;
        let is_urgent = |h: usize| match c {
            OUTBOUND => stages[h].is_listed(),
            _ => stages[h] == Stage::SignedClaim,
        };
        self.scenario.may_close(c)
            && is_watching(s)
            && !lockdown
            && best_block == 0
            && !s.world.chains[c].is_closed()
            && self.scenario.htlcs().any(is_urgent)
    }

    /// The monitor closes the channel by itself, in memory, and says so in a notice.
    pub(super) fn reach_deadline(&self, s: &mut State, c: usize) {
        s.node.monitors[c].data.lockdown = true;
        s.node.monitors[c].close_notice = true;
        self.number_notice(s, c);
    }

    pub(super) fn can_broadcast(&self, s: &State, c: usize) -> bool {
        is_watching(s)
            && s.node.monitors[c].data.lockdown
            && self.has_broadcastable_commitment(s, c)
    }

    fn has_broadcastable_commitment(&self, s: &State, c: usize) -> bool {
        // Outbound, a commitment update is our own next commitment; inbound it is the peer's. What
        // is listed before the background step is durable, or not applied.
        let reported = covered(s, c, s.node.monitors[c].completed);
        let mut unreported = s.node.manager.in_flight(c)[reported..].iter();
        let is_ours = c == OUTBOUND && s.node.resumed[c];
        let durable = !is_ours || !unreported.any(|u| u.kind == UpdateKind::Commit);
        !s.world.chains[c].is_closed() && self.protocol.may_broadcast(durable)
    }

    /// Our newest commitment confirms: it has the HTLCs that the peer was offered and whose removal
    /// it has not signed.
    pub(super) fn confirm_ours(&self, s: &mut State, c: usize) {
        for h in self.scenario.htlcs() {
            s.world.chains[c].contains[h] = match c {
                OUTBOUND => {
                    let stage = s.node.monitors[c].data.stages[h];
                    s.world.is_offered(h) && stage == Stage::Committed
                }
                _ => self.is_held_inbound(s, h),
            };
        }
        self.confirm_commitment(s, c, CloseKind::Holder);
    }

    fn is_held_inbound(&self, s: &State, h: usize) -> bool {
        self.scenario.htlcs[h].is_inbound() && s.world.inbound[h] == Inbound::Held
    }

    fn confirm_commitment(&self, s: &mut State, c: usize, kind: CloseKind) {
        s.world.chains[c].closed = kind;
        s.world.chains[c].confirm(Fact::Commitment);
    }

    pub(super) fn can_claim_on_chain(&self, s: &State, h: usize) -> bool {
        s.world.chains[OUTBOUND].is_unspent(h)
    }

    pub(super) fn claim_on_chain(&self, s: &mut State, h: usize) {
        s.world.chains[OUTBOUND].confirm(Fact::claim(h));
    }

    /// A peer that has sent or signed a claim takes its money; it does not wait for our timeout.
    pub(super) fn can_time_out_on_chain(&self, s: &State, h: usize) -> bool {
        s.world.chains[OUTBOUND].is_unspent(h) && !s.world.is_peer_claiming(h)
    }

    pub(super) fn time_out_on_chain(&self, s: &mut State, h: usize) {
        s.world.chains[OUTBOUND].confirm(Fact::timeout(h));
    }

    /// Only burial under an absent HTLC tells anybody anything.
    pub(super) fn can_bury(&self, s: &State) -> bool {
        let chain = &s.world.chains[OUTBOUND];
        chain.is_closed()
            && !chain.has(Fact::Buried)
            && self.scenario.htlcs().any(|h| !chain.contains[h] && s.world.leaves(h))
    }

    pub(super) fn bury(&self, s: &mut State) {
        s.world.chains[OUTBOUND].confirm(Fact::Buried);
    }

    /// The inbound monitor claims as soon as it knows the preimage and sees the commitment.
    pub(super) fn can_claim_inbound(&self, s: &State, h: usize) -> bool {
        s.world.chains[INBOUND].contains[h]
            && s.world.inbound[h] == Inbound::Held
            && s.node.monitors[INBOUND].data.best_block > 0
            && s.node.monitors[INBOUND].data.stages[h] == Stage::SignedClaim
    }

    pub(super) fn claim_inbound(&self, s: &mut State, h: usize) {
        s.world.inbound[h] = Inbound::Claimed;
    }

    /// Offered only where nothing fair is enabled (see `actions`): the node has had its chance.
    pub(super) fn can_expire_inbound(&self, s: &State, h: usize) -> bool {
        s.world.chains[INBOUND].contains[h] && s.world.inbound[h] == Inbound::Held
    }

    pub(super) fn expire_inbound(&self, s: &mut State, h: usize) {
        s.world.inbound[h] = Inbound::Expired;
    }

    /// The chain may show a fact again that the running monitor has processed.
    pub(super) fn can_rescan(&self, s: &State, fact: usize) -> bool {
        let processed = usize::from(s.node.monitors[OUTBOUND].data.best_block);
        s.budget.rescans > 0
            && is_watching(s)
            && !s.disk.is_archived(OUTBOUND)
            && fact < processed
            && s.world.chains[OUTBOUND].facts()[fact] != Fact::Commitment
    }

    pub(super) fn rescan(&self, s: &mut State, fact: usize) {
        s.budget.rescans -= 1;
        self.process_fact(s, OUTBOUND, s.world.chains[OUTBOUND].facts()[fact]);
    }

    pub(super) fn can_process_block(&self, s: &State, c: usize) -> bool {
        is_watching(s) && s.node.monitors[c].data.best_block < s.world.chains[c].tip
    }

    pub(super) fn process_block(&self, s: &mut State, c: usize) {
        self.process_next_fact(s, c);
        self.land_untracked(s, c);
    }

    pub(super) fn process_block_unwritten(&self, s: &mut State, c: usize) {
        s.budget.skips -= 1;
        self.process_next_fact(s, c);
    }
}

fn knows_revocation(s: &State, h: usize) -> bool {
    let in_flight = s.node.manager.in_flight(OUTBOUND);
    s.node.monitors[OUTBOUND].data.stages[h].is_revoked()
        || in_flight.iter().any(|u| u.kind == UpdateKind::Revoke && u.is_about(h))
}
