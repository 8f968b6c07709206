//! What is so, whoever knows it: the World's truth about outcomes, and what a version of a Monitor
//! or of the Manager can tell. Machine, history and properties use it; nothing here changes
//! anything.

use crate::state::world::{RECORD_CLAIMED, record_mark};
use crate::state::{
    Chain, Channel, EventList, Fact, Htlc, Inbound, Manager, MonitorData, Outcome, PeerSigned,
    Snapshot, Stage, Status, Told, View, World,
};
use crate::topology::Topology;

/// Whether the outbound peer has shown us the preimage: in a message, by a signed commitment, or by
/// a spend.
pub fn is_revealed<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    h: Htlc,
) -> bool {
    let h = t.leaves_as(h);
    world.is_peer_claiming(h) || is_spent_by_claim(t, world, h)
}

fn is_spent_by_claim<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    h: Htlc,
) -> bool {
    t.shape(h).outbound.is_some_and(|c| world.chains[c].has(Fact::claim(h)))
}

/// A signed commitment or a spend gives the money to the outbound peer.
pub fn is_claimed<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    h: Htlc,
) -> bool {
    let h = t.leaves_as(h);
    world.peer[h] == PeerSigned::Claim || is_spent_by_claim(t, world, h)
}

/// Nothing can give the money to the outbound peer any more. An HTLC that was not offered counts as
/// failed; if it is offered later, it does not any more. One that ends here was never offered.
pub fn is_failed_for_good<const C: usize, const H: usize>(
    t: &Topology,
    s: View<C, H>,
    h: Htlc,
) -> bool {
    let h = t.leaves_as(h);
    let Some(c) = t.shape(h).outbound else { return true };
    let chain = &s.world.chains[c];
    let failed_by_peer = s.world.peer[h] == PeerSigned::Fail;
    match (chain.is_closed(), chain.contains[h]) {
        (true, true) => chain.has(Fact::timeout(h)),
        (true, false) => failed_by_peer || !s.world.is_offered(h),
        // A revocation that we can forget does not bind the peer.
        (false, _) if !s.world.is_offered(h) => true,
        (false, _) => failed_by_peer && s.disk.monitors[c].data.stages[h] == Stage::RevokedFail,
    }
}

/// The payer has the inbound HTLC back.
pub fn is_refunded<const C: usize, const H: usize>(world: &World<C, H>, h: Htlc) -> bool {
    matches!(world.inbound[h], Inbound::Failed | Inbound::Expired)
}

/// What the user has recorded of the payment that an HTLC is a part of.
pub fn payment_record<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    h: Htlc,
) -> u8 {
    world.record[t.payment(h)]
}

/// A part of the payment is revealed.
pub fn is_payment_revealed<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    h: Htlc,
) -> bool {
    t.parts(h).any(|part| is_revealed(t, world, part))
}

/// A part of the payment is claimed.
pub fn is_payment_claimed<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    h: Htlc,
) -> bool {
    t.parts(h).any(|part| is_claimed(t, world, part))
}

/// Every part of the payment has failed for good.
pub fn is_payment_failed<const C: usize, const H: usize>(
    t: &Topology,
    s: View<C, H>,
    h: Htlc,
) -> bool {
    t.parts(h).all(|part| is_failed_for_good(t, s, part))
}

/// A payment received: all parts of it are ours, and the user knows, or none is, and no claim is
/// under way.
pub fn is_received<const C: usize, const H: usize>(t: &Topology, s: View<C, H>, h: Htlc) -> bool {
    let claimed = |part: Htlc| s.node.manager.statuses[part].outcome() == Some(Outcome::Claim);
    let is_ours = |part: Htlc| s.world.inbound[part] == Inbound::Claimed;
    let mut parts = t.parts(h);
    if payment_record(t, s.world, h) & RECORD_CLAIMED == 0 {
        parts.all(|part| !claimed(part) && !is_ours(part))
    } else {
        parts.all(|part| claimed(part) && is_ours(part))
    }
}

/// Whether no crash can make the node forget that it claims a payment received: a part is ours, or
/// its preimage is in every version of the monitor that a crash can bring back.
pub fn is_kept_received<const C: usize, const H: usize>(
    t: &Topology,
    s: View<C, H>,
    h: Htlc,
) -> bool {
    let kept = |part: Htlc| {
        let claimed = |m: &Snapshot<H>| m.data.stages[part].outcome() == Some(Outcome::Claim);
        s.world.inbound[part] == Inbound::Claimed
            || s.disk.recoverable(t.inbound(part)).all(claimed)
    };
    t.parts(h).any(kept)
}

/// Whether a version of the monitor that an HTLC leaves by knows its preimage: from a signed claim
/// it has not pruned, from an event in its list, or from a spend it has seen.
pub fn knows_preimage<const H: usize>(
    chain: &Chain<H>,
    data: &MonitorData<H>,
    events: &EventList,
    h: Htlc,
) -> bool {
    data.stages[h] == Stage::SignedClaim
        || events.entries().iter().any(|e| e.htlc() == h && e.outcome() == Outcome::Claim)
        || chain.seen(data.best_block).contains(&Fact::claim(h))
}

/// The outcome of an HTLC that a monitor without its events can tell: claimed if it has the
/// preimage, failed if that is final on chain or if it lists the HTLC no more.
pub fn tells<const H: usize>(chain: &Chain<H>, data: &MonitorData<H>, h: Htlc) -> Option<Outcome> {
    let seen = chain.seen(data.best_block);
    let stage = data.stages[h];
    let absent = seen.contains(&Fact::BURIED) && !chain.contains[h] && stage.is_listed();
    if knows_preimage(chain, data, &EventList::EMPTY, h) {
        Some(Outcome::Claim)
    } else if stage.is_revoked() || absent || seen.contains(&Fact::timeout(h)) {
        Some(Outcome::Fail)
    } else {
        None
    }
}

/// Whether a version of the manager waits for the outcome of an HTLC, or has yet to tell the user,
/// or the user to handle it; or knows nothing of it, and would wait if it did.
pub fn is_owed<const C: usize, const H: usize>(
    t: &Topology,
    manager: &Manager<C, H>,
    h: Htlc,
) -> bool {
    let claimed = manager.statuses[h].outcome() == Some(Outcome::Claim);
    let untold = claimed && manager.told[h] == Told::NotYet;
    let mut statuses = t.previous_hops(h).map(|hop| manager.statuses[hop]);
    untold
        || statuses.any(|status| status.waits() || status.is_queued() || status == Status::Unmade)
}

/// Whether a version of the monitor that an HTLC leaves by has derived its event and, unless asked
/// to look again, will not derive it once more.
pub fn is_past_resolution<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    monitor: &Snapshot<H>,
    h: Htlc,
) -> bool {
    let h = t.leaves_as(h);
    let chain = &world.chains[t.outbound(h)];
    let seen = chain.seen(monitor.data.best_block);
    let stage = monitor.data.stages[h];
    matches!(stage, Stage::SignedClaim | Stage::RevokedClaim | Stage::RevokedFail)
        || seen.contains(&Fact::claim(h))
        || seen.contains(&Fact::timeout(h))
        || (seen.contains(&Fact::BURIED) && !chain.contains[h] && stage != Stage::Unoffered)
}

/// Whether the chain has the last word on all of a channel's HTLCs: each output of the confirmed
/// commitment is spent, and where an HTLC has none, the commitment is final.
pub fn is_settled_on_chain<const C: usize, const H: usize>(
    t: &Topology,
    world: &World<C, H>,
    c: Channel,
) -> bool {
    let chain = &world.chains[c];
    let settled = |h: Htlc| match (t.leaves_by(h, c), chain.contains[h]) {
        (true, true) => !chain.is_unspent(h),
        (true, false) => chain.has(Fact::BURIED),
        (false, contains) => !contains || world.inbound[h] != Inbound::Held,
    };
    chain.is_closed() && t.htlcs().all(settled)
}

/// GUA-3 (a): whether what an event is for is durable outside the manager, in every version that a
/// crash can bring back.
pub fn effect_is_durable<const C: usize, const H: usize>(
    t: &Topology,
    s: View<C, H>,
    h: Htlc,
    outcome: Outcome,
) -> bool {
    if t.is_own(h) {
        let recorded = payment_record(t, s.world, h) & record_mark(outcome) != 0;
        return recorded || is_untold(t, &s.node.manager, h, outcome);
    }
    t.previous_hops(h).all(|hop| is_durable_upstream(t, s, hop, outcome))
}

/// Whether a part told the user nothing because another part does, or will: it has no effect
/// outside the manager.
fn is_untold<const C: usize, const H: usize>(
    t: &Topology,
    manager: &Manager<C, H>,
    h: Htlc,
    outcome: Outcome,
) -> bool {
    let tells = |part: Htlc| match (outcome, manager.statuses[part]) {
        (_, Status::QueuedClaim) => true,
        (Outcome::Claim, _) => false,
        (Outcome::Fail, Status::Unsent | Status::Waiting) => true,
        (Outcome::Fail, Status::QueuedFail | Status::DoneClaim) => true,
        (Outcome::Fail, _) => false,
    };
    let done = matches!(manager.statuses[h], Status::DoneClaim | Status::DoneFail);
    done && t.parts(h).any(|part| part != h && tells(part))
}

/// Whether the outcome is durable for one inbound HTLC, or nothing is left to do there.
fn is_durable_upstream<const C: usize, const H: usize>(
    t: &Topology,
    s: View<C, H>,
    h: Htlc,
    outcome: Outcome,
) -> bool {
    let c = t.inbound(h);
    if s.disk.is_archived(c) {
        return is_durable_in_archive(s.world, h, outcome);
    }
    s.disk.recoverable(c).all(|inbound| is_durable_in_version(t, s, h, outcome, inbound))
}

/// Whether an outcome is durable for an inbound HTLC in this version of its Monitor, or nothing is
/// left to do there.
pub fn is_durable_in_version<const C: usize, const H: usize>(
    t: &Topology,
    s: View<C, H>,
    h: Htlc,
    outcome: Outcome,
    inbound: &Snapshot<H>,
) -> bool {
    let c = t.inbound(h);
    let nothing_left = || {
        s.world.chains[c].is_closed()
            || s.disk.recoverable_managers().all(|manager| !manager.open[c])
    };
    match outcome {
        Outcome::Claim => inbound.data.stages[h].outcome() == Some(Outcome::Claim),
        Outcome::Fail => inbound.data.stages[h] == Stage::RevokedFail || nothing_left(),
    }
}

/// What an archived inbound monitor was there for is settled on chain, where no crash reaches it: a
/// claim as a claim, and after a fail nothing is left to do.
pub fn is_durable_in_archive<const C: usize, const H: usize>(
    world: &World<C, H>,
    h: Htlc,
    outcome: Outcome,
) -> bool {
    outcome == Outcome::Fail || world.inbound[h] == Inbound::Claimed
}
