//! The chain: which commitment confirms, who spends what, what a Monitor is shown.
//!
//! A chain is a list of facts, one a block: no heights, no reorganisations, and a broadcast
//! confirms at once (docs/bounds.md). It is the judge of GUA-2 and GUA-9: what is on it no crash
//! takes back.

use crate::machine::Machine;
use crate::machine::manager::covered;
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::{
    Channel, CloseKind, Fact, Htlc, Inbound, Manager, Monitor, MonitorData, Stage, Update,
    UpdateKind, View, World,
};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// The peer confirms its unrevoked commitment. A revocation that no part of our node remembers
    /// does not bind it.
    pub(in crate::machine) fn close_by_peer(
        &self,
        world: &mut World<C, H>,
        manager: &Manager<C, H>,
        m: &Monitor<H>,
        c: Channel,
    ) {
        self.confirm(world, c, CloseKind::Counterparty, |world, h| {
            // A revocation binds only while a part of our node has it: with one that a crash took,
            // the peer may confirm the old commitment and claim what went upstream as a fail
            // (finding 008).
            world.is_offered(h) && !knows_revocation(manager, m, c, h)
        });
    }

    /// The Manager takes the channel for open, and has a commitment to close it with.
    pub(in crate::machine) fn can_close_by_us(&self, s: View<C, H>, c: Channel) -> bool {
        let confirms_now =
            !self.scenario.has(Flag::Deferred) && self.has_broadcastable_commitment(s, c);
        // Without updates for closes the commitment confirms in this step, so MON-10 is asked now;
        // one that is deferred has to be an update.
        s.node.manager.open[c] && (self.scenario.has(Flag::Notices) || confirms_now)
    }

    /// The deadline of an HTLC has come: one went out and has expired, or one came in, is claimed
    /// and about to expire.
    pub(in crate::machine) fn can_reach_deadline(&self, s: View<C, H>, c: Channel) -> bool {
        let MonitorData { best_block, lockdown, stages, .. } = &s.node.monitors[c].data;
        let is_urgent = |h: Htlc| {
            let went_out = self.topology.leaves_by(h, c);
            // An inbound one is urgent only with the preimage: without it there is nothing to gain.
            if went_out { stages[h].is_listed() } else { stages[h] == Stage::SignedClaim }
        };
        !lockdown && *best_block == 0 && self.topology.htlcs().any(is_urgent)
    }

    /// The Monitor closes the channel by itself, in memory, and says so in a notice.
    pub(in crate::machine) fn reach_deadline(&self, m: &mut Monitor<H>, c: Channel) {
        // In memory, and no write is started: a crash may take the lockdown back (MGR-21).
        m.data.lockdown = true;
        m.close_notice = true;
        self.number_notice(m, c);
    }

    /// A Monitor that is locked down has a commitment to broadcast.
    pub(in crate::machine) fn can_broadcast(&self, s: View<C, H>, c: Channel) -> bool {
        s.node.monitors[c].data.lockdown && self.has_broadcastable_commitment(s, c)
    }

    fn has_broadcastable_commitment(&self, s: View<C, H>, c: Channel) -> bool {
        // Taken in or not: a report that waits as a notice has made its updates durable. An update
        // that is neither listed nor written is left out (docs/bounds.md).
        let reported = covered(&s.node.manager, c, s.node.monitors[c].completed);
        let applied = covered(&s.node.manager, c, s.node.monitors[c].data.update_id);
        let unreported = &s.node.manager.in_flight(c)[reported..applied.max(reported)];
        self.is_broadcastable(c, s.node.resumed[c], unreported)
    }

    /// Our newest commitment confirms: it has the HTLCs that the peer was offered and whose removal
    /// it has not signed.
    pub(in crate::machine) fn confirm_ours(
        &self,
        world: &mut World<C, H>,
        m: &Monitor<H>,
        c: Channel,
    ) {
        self.confirm(world, c, CloseKind::Holder, |world, h| {
            // By the Monitor's memory: what a crash made it forget is in the commitment again.
            world.is_offered(h) && m.data.stages[h] == Stage::Committed
        });
    }

    /// A commitment confirms. Of the HTLCs that leave by the channel it has those that are named;
    /// of those that came in, the ones that are not resolved.
    fn confirm(
        &self,
        world: &mut World<C, H>,
        c: Channel,
        kind: CloseKind,
        has: impl Fn(&World<C, H>, Htlc) -> bool,
    ) {
        for h in self.topology.htlcs() {
            let leaves = self.topology.leaves_by(h, c) && has(world, h);
            // An inbound HTLC stays in until the payer has revoked it, whatever was signed.
            let came = self.topology.came_in_on(h, c) && world.inbound[h] == Inbound::Held;
            world.chains[c].contains[h] = leaves || came;
        }
        // MON-1 has a push site of its own for either kind, and a mutant for each of the two.
        world.chains[c].closed = kind;
        world.chains[c].confirm(Fact::COMMITMENT);
    }

    /// Nobody has spent the output.
    pub(in crate::machine) fn can_claim_on_chain(&self, s: View<C, H>, h: Htlc) -> bool {
        s.world.chains[self.topology.outbound(h)].is_unspent(h)
    }

    /// A peer that has sent or signed a claim takes its money; it does not wait for our timeout.
    pub(in crate::machine) fn can_time_out_on_chain(&self, s: View<C, H>, h: Htlc) -> bool {
        // So a signed claim never times out; a fail pushed before RST-2 repeats the claim is left
        // out.
        s.world.chains[self.topology.outbound(h)].is_unspent(h) && !s.world.is_peer_claiming(h)
    }

    /// Only burial under an absent HTLC tells anybody anything.
    pub(in crate::machine) fn can_bury(&self, s: View<C, H>, c: Channel) -> bool {
        let chain = &s.world.chains[c];
        // An HTLC with an output ends by its spend, which is final when it is a fact.
        !chain.has(Fact::BURIED) && self.topology.leaving_by(c).any(|h| !chain.contains[h])
    }

    /// The inbound Monitor claims as soon as it knows the preimage and sees the commitment.
    pub(in crate::machine) fn can_claim_inbound(&self, s: View<C, H>, h: Htlc) -> bool {
        let monitor = &s.node.monitors[self.topology.inbound(h)].data;
        // From memory, durable or not: once it is on chain, the preimage need not be on our disk.
        self.can_expire_inbound(s, h)
            && monitor.best_block > 0
            && monitor.stages[h] == Stage::SignedClaim
    }

    /// The output is unspent. Offered only where nothing fair is enabled: the node has had its
    /// chance.
    pub(in crate::machine) fn can_expire_inbound(&self, s: View<C, H>, h: Htlc) -> bool {
        s.world.chains[self.topology.inbound(h)].contains[h] && s.world.inbound[h] == Inbound::Held
    }

    /// The chain may show a fact again that the running Monitor has processed.
    pub(in crate::machine) fn can_rescan(&self, s: View<C, H>, c: Channel, fact: u8) -> bool {
        // LDK gives the notice of a commitment once (`funding_spend_seen`), so that is not shown
        // again.
        fact < s.node.monitors[c].data.best_block
            && !s.disk.is_archived(c)
            && s.world.chains[c].facts()[usize::from(fact)] != Fact::COMMITMENT
    }
}

fn knows_revocation<const C: usize, const H: usize>(
    manager: &Manager<C, H>,
    m: &Monitor<H>,
    c: Channel,
    h: Htlc,
) -> bool {
    let is_revocation = |u: &Update| u.kind() == UpdateKind::Revoke && u.is_about(h);
    m.data.stages[h].is_revoked() || manager.in_flight(c).iter().any(is_revocation)
}
