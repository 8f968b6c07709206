//! The guarantees of SPEC.md section 6, checked against world and history.
//!
//! `Always` properties hold in every reachable state; `Quiescent` ones in every reachable state in
//! which nothing fair is enabled. Guarantees about a step are broken by the step itself, which
//! leaves a [`Fault`] in the ledger.

mod payment;
mod received;

pub use payment::{is_payment_claimed, is_payment_failed, is_payment_revealed};
pub use received::is_kept_received;
use received::is_received;

use crate::machine::monitor::{knows_preimage, tells};
use crate::machine::upgrade::is_owed;
use crate::state::world::{
    RECORD_CLAIMED, RECORD_FAILED, RECORD_FORWARDED, RECORD_SENT, record_mark,
};
use crate::state::{
    AckStage, Archival, CHANNELS, Entry, Fact, Fault, HTLCS, INBOUND, Inbound, Manager, Mode,
    OUTBOUND, Outcome, PeerSigned, Snapshot, Source, Stage, State, Status, Told, UpdateKind,
};

/// When a property is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In every reachable state.
    Always,
    /// In every reachable state from which no fair action leads on.
    Quiescent,
}

/// A guarantee of SPEC.md as a predicate.
pub struct Property {
    /// Its id in SPEC.md.
    pub id: &'static str,
    /// When it is evaluated.
    pub when: When,
    /// The claim, for people.
    pub claim: &'static str,
    /// Whether it holds.
    pub holds: fn(&State) -> bool,
}

/// All guarantees.
pub const PROPERTIES: &[Property] = &[
    Property {
        id: "GUA-1",
        when: When::Quiescent,
        claim: "every outcome reached the user and the inbound channel",
        holds: |s| (0..HTLCS).all(|h| is_resolved(s, h)),
    },
    Property {
        id: "GUA-2",
        when: When::Always,
        claim: "no outcome is contradicted",
        holds: |s| (0..HTLCS).all(|h| is_consistent(s, h)),
    },
    Property {
        id: "GUA-3",
        when: When::Always,
        claim: "no ack before the effect survives every crash",
        holds: |s| s.ledger.fault != Fault::EarlyAck && (0..HTLCS).all(|h| survives_ack(s, h)),
    },
    Property {
        id: "GUA-4",
        when: When::Always,
        claim: "no HTLC has two events in the lists",
        holds: |s| s.ledger.fault != Fault::FullList && has_unique_events(s),
    },
    Property {
        id: "GUA-5",
        when: When::Always,
        claim: "repeats are accounted for, and effects happen once",
        holds: |s| {
            !matches!(s.ledger.fault, Fault::UncalledDelivery | Fault::SecondEffect)
                && s.node.manager.effects.iter().all(|n| *n <= 1)
        },
    },
    Property {
        id: "GUA-6",
        when: When::Quiescent,
        claim: "nothing is left over, in memory or on disk",
        holds: is_drained,
    },
    Property {
        id: "GUA-7",
        when: When::Always,
        claim: "whatever a crash leaves can be loaded",
        holds: |s| s.ledger.fault != Fault::Unloadable && is_loadable(s) && is_in_step(s),
    },
    Property {
        id: "GUA-8",
        when: When::Always,
        claim: "an ack removes only the event it was meant for",
        holds: |s| s.ledger.fault != Fault::WrongAck,
    },
    Property {
        id: "GUA-9",
        when: When::Always,
        claim: "never paid downstream and not upstream",
        holds: |s| (0..HTLCS).all(|h| !(is_claimed(s, h) && is_refunded(s, h))),
    },
    Property {
        id: "GUA-10",
        when: When::Always,
        claim: "no inbound HTLC is offered downstream twice",
        holds: |s| !s.ledger.offered_again,
    },
];

fn status(s: &State, h: usize) -> Status {
    s.node.manager.statuses[h]
}

/// The world's truth: a signed commitment or a spend gives the money to the outbound peer.
pub fn is_claimed(s: &State, h: usize) -> bool {
    let h = s.world.leaves_as(h);
    let chain = &s.world.chains[OUTBOUND];
    chain.has(Fact::claim(h)) || s.world.peer[h] == PeerSigned::Claim
}

/// The world's truth: nothing can give the money to the outbound peer any more. An HTLC that was
/// not offered counts as failed; if it is offered later, it does not any more.
pub fn is_failed_for_good(s: &State, h: usize) -> bool {
    let h = s.world.leaves_as(h);
    let chain = &s.world.chains[OUTBOUND];
    let failed_by_peer = s.world.peer[h] == PeerSigned::Fail;
    match (chain.is_closed(), chain.contains[h]) {
        (true, true) => chain.has(Fact::timeout(h)),
        (true, false) => failed_by_peer || !s.world.is_offered(h),
        // A revocation that we can forget does not bind the peer.
        (false, _) if !s.world.is_offered(h) => true,
        (false, _) => {
            failed_by_peer && s.disk.monitors[OUTBOUND].data.stages[h] == Stage::RevokedFail
        }
    }
}

/// The payer has the inbound HTLC back.
pub fn is_refunded(s: &State, h: usize) -> bool {
    matches!(s.world.inbound[h], Inbound::Failed | Inbound::Expired)
}

fn is_resolved(s: &State, h: usize) -> bool {
    let status = status(s, h);
    if status.is_own() {
        let record = s.world.payment_record(h);
        let sent = record == RECORD_SENT && is_payment_claimed(s, h);
        let failed = record == RECORD_FAILED && is_payment_failed(s, h);
        let unmade = record == 0 && !s.world.parts(h).any(|part| s.world.is_offered(part));
        match status {
            Status::DoneClaim | Status::DoneFail => sent || failed,
            Status::Unmade => sent || failed || unmade,
            _ => false,
        }
    } else if s.world.received[h] {
        is_received(s, h)
    } else if status.is_inbound() {
        match s.world.inbound[h] {
            Inbound::Held => false,
            Inbound::Claimed => {
                is_claimed(s, h) && (s.node.manager.told[h] == Told::Never || is_told(s, h))
            }
            Inbound::Failed | Inbound::Expired => is_failed_for_good(s, h),
        }
    } else {
        true
    }
}

/// The user has recorded `PaymentForwarded`.
fn is_told(s: &State, h: usize) -> bool {
    s.world.record[h] & RECORD_FORWARDED != 0
}

fn is_consistent(s: &State, h: usize) -> bool {
    let record = s.world.record[h];
    let told_is_true = !is_told(s, h) || s.world.is_revealed(s.world.leaves_as(h));
    let one_outcome = record != RECORD_SENT | RECORD_FAILED;
    let sent_is_true = record & RECORD_SENT == 0 || is_payment_revealed(s, h);
    let claimed_is_true = record & RECORD_CLAIMED == 0 || is_kept_received(s, h);
    let failed_is_true = record & RECORD_FAILED == 0 || is_payment_failed(s, h);
    let inbound = s.node.monitors[INBOUND].data.stages[h];
    let failed_upstream = matches!(inbound, Stage::SignedFail | Stage::RevokedFail)
        || s.world.inbound[h] == Inbound::Failed;
    let may_fail_upstream = is_failed_for_good(s, h) && !node_knows_preimage(s, h);
    one_outcome
        && sent_is_true
        && failed_is_true
        && claimed_is_true
        && told_is_true
        && (!failed_upstream || may_fail_upstream)
}

/// Whether any part of our node, in memory or on disk, knows the preimage.
fn node_knows_preimage(s: &State, h: usize) -> bool {
    let hops = s.world.previous_hops(h);
    let h = s.world.leaves_as(h);
    let chain = &s.world.chains[OUTBOUND];
    let memory = &s.node.monitors[OUTBOUND];
    let memory = Snapshot { data: memory.data, events: memory.events };
    let managers = s.disk.recoverable_managers().chain([&s.node.manager]);
    knows_preimage(chain, &memory, h)
        || s.disk.recoverable(OUTBOUND).any(|m| knows_preimage(chain, m, h))
        || s.disk
            .recoverable(INBOUND)
            .any(|m| hops.clone().any(|hop| m.data.stages[hop].outcome() == Some(Outcome::Claim)))
        || managers.into_iter().any(|m| hops.clone().any(|hop| carries_preimage(m, hop)))
}

fn carries_preimage(manager: &Manager, h: usize) -> bool {
    let claims = |u: &crate::state::Update| {
        u.kind == UpdateKind::Commit && u.is_about(h) && u.outcome == Outcome::Claim
    };
    manager.in_flight.iter().flatten().chain(&manager.blocked).any(claims)
}

/// GUA-3 (a): whether what an event is for is durable outside the manager, in every version that a
/// crash can bring back.
pub fn effect_is_durable(s: &State, h: usize, outcome: Outcome) -> bool {
    let status = status(s, h);
    if status.is_own() {
        return s.world.payment_record(h) & record_mark(outcome) != 0 || is_untold(s, h, outcome);
    }
    s.world.previous_hops(h).all(|hop| is_durable_upstream(s, hop, outcome))
}

/// Whether a part told the user nothing because another part does, or will: it has no effect
/// outside the manager.
fn is_untold(s: &State, h: usize, outcome: Outcome) -> bool {
    let tells = |part| match (outcome, status(s, part)) {
        (_, Status::QueuedClaim) => true,
        (Outcome::Claim, _) => false,
        (Outcome::Fail, Status::Unsent | Status::Waiting) => true,
        (Outcome::Fail, Status::QueuedFail | Status::DoneClaim) => true,
        (Outcome::Fail, _) => false,
    };
    let done = matches!(status(s, h), Status::DoneClaim | Status::DoneFail);
    done && s.world.parts(h).any(|part| part != h && tells(part))
}

/// The same for one inbound HTLC.
fn is_durable_upstream(s: &State, h: usize, outcome: Outcome) -> bool {
    if s.disk.is_archived(INBOUND) {
        return is_durable_in_archive(s, h, outcome);
    }
    let nothing_left = s.world.chains[INBOUND].is_closed()
        || s.disk.recoverable_managers().all(|manager| !manager.open[INBOUND]);
    s.disk.recoverable(INBOUND).all(|inbound| match outcome {
        Outcome::Claim => inbound.data.stages[h].outcome() == Some(Outcome::Claim),
        Outcome::Fail => inbound.data.stages[h] == Stage::RevokedFail || nothing_left,
    })
}

/// What an archived inbound monitor was there for is settled on chain, where no crash reaches it: a
/// claim as a claim, and after a fail nothing is left to do.
fn is_durable_in_archive(s: &State, h: usize, outcome: Outcome) -> bool {
    outcome == Outcome::Fail || s.world.inbound[h] == Inbound::Claimed
}

/// GUA-3 (b): once the durable monitor is past an HTLC's resolution and lists no event for it, no
/// manager that a crash can bring back needs one: the user knows and the manager too, or the
/// resolution is durable upstream, or nothing is left to do there.
fn survives_ack(s: &State, h: usize) -> bool {
    let durable = &s.disk.monitors[OUTBOUND];
    if durable.data.mode == Mode::Off {
        return tells_the_truth(s, durable, h);
    }
    if !is_past_resolution(s, durable, h) || durable.events.names(s.world.leaves_as(h)) {
        return true;
    }
    let inbound_closed =
        |manager: &Manager| s.world.chains[INBOUND].is_closed() || !manager.open[INBOUND];
    let untold =
        |manager: &Manager| manager.told[h] == Told::NotYet && is_claimed(s, h) && !is_told(s, h);
    s.disk.recoverable_managers().all(|manager| match manager.statuses[h] {
        _ if untold(manager) => false,
        Status::Unmade | Status::Unsent | Status::UnsentForward | Status::Waiting => false,
        Status::Held if s.disk.is_archived(INBOUND) => {
            let outcome = if is_claimed(s, h) { Outcome::Claim } else { Outcome::Fail };
            is_durable_in_archive(s, h, outcome)
        }
        Status::Held => s.disk.recoverable(INBOUND).all(|inbound| {
            inbound.data.stages[h] != Stage::Committed
                || (inbound_closed(manager) && !is_claimed(s, h))
        }),
        _ => true,
    })
}

/// The same where the monitor keeps no event: whether the rest of it tells, of what a manager that
/// a crash can bring back is owed, how it has ended.
fn tells_the_truth(s: &State, durable: &Snapshot, h: usize) -> bool {
    let h = s.world.leaves_as(h);
    let owed = s.disk.recoverable_managers().any(|manager| is_owed(&s.world, manager, h));
    let outcome = tells(&s.world.chains[OUTBOUND], &durable.data, h);
    let ended = is_past_resolution(s, durable, h);
    !owed || !ended || outcome.is_some_and(|o| (o == Outcome::Claim) == is_claimed(s, h))
}

/// Whether this version of the outbound monitor has derived the HTLC's event and, unless asked to
/// look again, will not derive it once more.
pub fn is_past_resolution(s: &State, monitor: &Snapshot, h: usize) -> bool {
    let h = s.world.leaves_as(h);
    let chain = &s.world.chains[OUTBOUND];
    let seen = &chain.facts()[..usize::from(monitor.data.best_block)];
    let stage = monitor.data.stages[h];
    matches!(stage, Stage::SignedClaim | Stage::RevokedClaim | Stage::RevokedFail)
        || seen.contains(&Fact::claim(h))
        || seen.contains(&Fact::timeout(h))
        || (seen.contains(&Fact::Buried) && !chain.contains[h] && stage != Stage::Unoffered)
}

/// Whether the chain has the last word on all of a channel's HTLCs: each output of the confirmed
/// commitment is spent, and where an HTLC has none, the commitment is final.
pub fn is_settled_on_chain(s: &State, c: usize) -> bool {
    let chain = &s.world.chains[c];
    let settled = |h: usize| match (c, status(s, h)) {
        (_, Status::Unused) => true,
        (OUTBOUND, _) if !s.world.leaves(h) => true,
        (OUTBOUND, _) if chain.contains[h] => !chain.is_unspent(h),
        (OUTBOUND, _) => chain.has(Fact::Buried),
        _ => !chain.contains[h] || s.world.inbound[h] != Inbound::Held,
    };
    chain.is_closed() && (0..HTLCS).all(settled)
}

/// Whether every manager that a crash can bring back loads with every monitor that it can: an
/// update that the monitor lacks is listed as in flight. With an archived monitor each loads, by
/// RST-7; a load that does otherwise faults. And no monitor claims to be done, and lists an event.
fn is_loadable(s: &State) -> bool {
    let loads = |manager: &Manager, monitor: &Snapshot, c: usize| {
        monitor.data.update_id + manager.in_flight_len(c) as u8 >= manager.update_id[c]
    };
    let contradicts = |m: &Snapshot| m.data.archival_clock && !m.events.entries().is_empty();
    let loaded = !(0..CHANNELS).any(|c| s.disk.recoverable(c).any(contradicts));
    loaded
        && s.disk.recoverable_managers().all(|manager| {
            let kept = (0..CHANNELS).filter(|c| !s.disk.is_archived(*c));
            kept.into_iter()
                .all(|c| s.disk.recoverable(c).all(|monitor| loads(manager, monitor, c)))
        })
}

/// Whether the inbound monitor has each revocation that the manager of an open channel takes for
/// complete. An archived monitor's channel is closed.
fn is_in_step(s: &State) -> bool {
    let manager = &s.node.manager;
    let listed = |h: usize| {
        let updates = manager.in_flight(INBOUND).iter().chain(manager.blocked());
        updates.into_iter().any(|u| u.kind == UpdateKind::Revoke && u.is_about(h))
    };
    let has = |h: usize| match manager.statuses[h] {
        Status::GoneClaim | Status::GoneFail => {
            s.node.monitors[INBOUND].data.stages[h].is_revoked() || listed(h)
        }
        _ => true,
    };
    !manager.open[INBOUND] || (0..HTLCS).all(has)
}

fn has_unique_events(s: &State) -> bool {
    let unique = |entries: &[Entry]| {
        (0..HTLCS).all(|h| entries.iter().filter(|e| usize::from(e.htlc) == h).count() <= 1)
    };
    unique(s.node.monitors[OUTBOUND].events.entries())
        && s.disk.recoverable(OUTBOUND).all(|m| unique(m.events.entries()))
}

fn is_drained(s: &State) -> bool {
    let lists_empty = s.node.monitors[OUTBOUND].events.entries().is_empty()
        && s.disk.recoverable(OUTBOUND).all(|m| m.events.entries().is_empty());
    let node_empty = s.node.forward_acks == [Source::NONE; HTLCS]
        && s.node.acks.iter().all(|ack| ack.stage == AckStage::None);
    let mut managers = s.disk.recoverable_managers().chain([&s.node.manager]);
    let kept = |c: usize| s.disk.archival[c] == Archival::NotYet && is_settled_on_chain(s, c);
    lists_empty && node_empty && managers.all(is_manager_drained) && !(0..CHANNELS).any(kept)
}

fn is_manager_drained(manager: &Manager) -> bool {
    let mut updates = manager.in_flight.iter().flatten().chain(&manager.blocked);
    let updates = updates.all(|u| u.kind == UpdateKind::None);
    let waiting = |status: &Status| {
        status.waits()
            || status.is_queued()
            || matches!(status, Status::FailQueued | Status::SignedFail)
    };
    updates && !manager.statuses.iter().any(waiting) && !manager.told.contains(&Told::Queued)
}
