//! The off-chain dance with the peers, reduced to the steps that make a durable update.

use super::{Machine, is_running};
use crate::protocol::Protocol;
use crate::state::{
    INBOUND, Inbound, OUTBOUND, Outcome, PeerSigned, Stage, State, Status, Update, UpdateKind,
};

impl<P: Protocol + ?Sized> Machine<P> {
    /// A peer's message on an open channel reaches a node that can take the update it causes.
    fn hears_peer(&self, s: &State, c: usize) -> bool {
        is_in_touch(s, c) && self.has_room(s, c, 1)
    }

    /// The manager may not know yet that the channel is closed on chain.
    pub(super) fn can_offer(&self, s: &State, h: usize) -> bool {
        is_running(s)
            && s.node.manager.open[OUTBOUND]
            && s.node.manager.statuses[h].is_unsent()
            && self.has_room(s, OUTBOUND, 1)
    }

    pub(super) fn offer(&self, s: &mut State, h: usize) {
        let status = &mut s.node.manager.statuses[h];
        s.ledger.offered_again |= status.is_inbound() && s.world.is_offered(h);
        *status = status.offered();
        self.submit(s, OUTBOUND, Update::offer(h));
    }

    /// What waited for the update goes out to the peer of an open channel: the HTLC is offered.
    pub(super) fn send_offer(&self, s: &mut State, update: Update) {
        let open = is_open(s, OUTBOUND);
        let h = usize::from(update.htlc);
        if update.kind == UpdateKind::Offer && open && !s.world.is_offered(h) {
            s.world.peer[h] = PeerSigned::Nothing;
        }
    }

    /// The channel is reestablished after a load: the peer is offered what it lacks.
    pub(super) fn resend_offers(&self, s: &mut State) {
        for h in self.scenario.htlcs() {
            let offer = Update::offer(h);
            let listed = s.node.manager.in_flight(OUTBOUND).contains(&offer);
            if s.node.monitors[OUTBOUND].data.stages[h] == Stage::Committed && !listed {
                self.send_offer(s, offer);
            }
        }
    }

    /// The claim's message, which makes no update of the outbound channel. The peer repeats what it
    /// has not signed, or what we forgot.
    pub(super) fn can_peer_fulfil(&self, s: &State, h: usize) -> bool {
        is_in_touch(s, OUTBOUND)
            && is_undecided(s, h)
            && s.world.peer[h] != PeerSigned::Fail
            && self.waits_for_claim(s, h)
    }

    pub(super) fn peer_fulfil(&self, s: &mut State, h: usize) {
        if s.world.peer[h] == PeerSigned::Nothing {
            s.world.peer[h] = PeerSigned::Sent;
        }
        self.learn_claim(s, h);
    }

    pub(super) fn can_peer_claim(&self, s: &State, h: usize) -> bool {
        s.world.peer[h] != PeerSigned::Fail && self.can_peer_sign(s, h)
    }

    pub(super) fn can_peer_fail(&self, s: &State, h: usize) -> bool {
        !s.world.is_peer_claiming(h) && self.can_peer_sign(s, h)
    }

    /// What the peer has signed and we have forgotten, it signs again.
    fn can_peer_sign(&self, s: &State, h: usize) -> bool {
        is_undecided(s, h) && self.hears_peer(s, OUTBOUND)
    }

    pub(super) fn peer_claim(&self, s: &mut State, h: usize) {
        s.world.peer[h] = PeerSigned::Claim;
        self.submit(s, OUTBOUND, Update::commit(h, Outcome::Claim));
    }

    pub(super) fn peer_fail(&self, s: &mut State, h: usize) {
        s.world.peer[h] = PeerSigned::Fail;
        self.submit(s, OUTBOUND, Update::commit(h, Outcome::Fail));
    }

    /// The peer answers our next commitment, and we send that only once the update before it is
    /// complete, and none behind a blocked one.
    pub(super) fn can_peer_revoke(&self, s: &State, c: usize, h: usize) -> bool {
        s.node.monitors[c].data.stages[h].is_signed()
            && !has_commit_in_flight(s, c, h)
            && (c == OUTBOUND || s.node.manager.blocked().is_empty())
            && (c == INBOUND || self.may_drop(s, h))
            && self.hears_peer(s, c)
    }

    pub(super) fn peer_revoke(&self, s: &mut State, c: usize, h: usize) {
        let outcome = s.node.monitors[c].data.stages[h].outcome();
        if c == INBOUND {
            let outcome = outcome.expect("only a signed removal is revoked");
            s.world.inbound[h] = match outcome {
                Outcome::Claim => Inbound::Claimed,
                Outcome::Fail => Inbound::Failed,
            };
            s.node.manager.statuses[h] = Status::gone(outcome);
            if self.blocks_inbound(s) {
                self.block(s, h, Update::revoke(h));
                return;
            }
        }
        self.submit(s, c, Update::revoke(h));
    }
}

/// A peer's message on an open channel reaches the node.
fn is_in_touch(s: &State, c: usize) -> bool {
    is_running(s) && is_open(s, c)
}

/// Whether the channel goes on: for the manager, for its monitor, and on chain.
fn is_open(s: &State, c: usize) -> bool {
    let (lockdown, chain) = (s.node.monitors[c].data.lockdown, &s.world.chains[c]);
    s.node.manager.open[c] && !lockdown && !chain.is_closed()
}

/// The peer was offered the HTLC, and no removal of it is signed for all that our node knows.
fn is_undecided(s: &State, h: usize) -> bool {
    s.world.is_offered(h) && s.node.monitors[OUTBOUND].data.stages[h] == Stage::Committed
}

/// Whether the update with the signed removal of this HTLC is not reported complete.
pub(super) fn has_commit_in_flight(s: &State, c: usize, h: usize) -> bool {
    let in_flight = s.node.manager.in_flight(c);
    in_flight.iter().any(|u| u.kind == UpdateKind::Commit && u.is_about(h))
}
