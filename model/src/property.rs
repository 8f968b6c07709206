//! The guarantees of SPEC.md section 6, checked against world and history.
//!
//! `Always` properties hold in every reachable state; `Quiescent` ones in every reachable state in
//! which nothing fair is enabled. Guarantees about a step are broken by the step itself, which
//! leaves a [`Fault`] in the ledger; see [`crate::history`].

use crate::names;
use crate::state::world::{RECORD_CLAIMED, RECORD_FAILED, RECORD_FORWARDED, RECORD_SENT};
use crate::state::{
    AckStage, Archival, CHANNELS, Channel, Entry, Fault, HTLCS, Htlc, Inbound, Manager, Mode,
    Outcome, Snapshot, Source, Stage, State, Status, Told, Update, UpdateKind,
};
use crate::topology::Topology;
use crate::truth::{
    is_claimed, is_durable_in_archive, is_failed_for_good, is_kept_received, is_owed,
    is_past_resolution, is_payment_claimed, is_payment_failed, is_payment_revealed, is_received,
    is_refunded, is_revealed, is_settled_on_chain, knows_preimage, payment_record, tells,
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
pub struct Property<const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// Its id in SPEC.md.
    pub id: &'static str,
    /// When it is evaluated.
    pub when: When,
    /// The claim, for people.
    pub claim: &'static str,
    /// Whether it holds.
    pub holds: fn(&Topology, &State<C, H>) -> bool,
}

/// All guarantees.
pub const PROPERTIES: &[Property] = &Guarantees::<CHANNELS, HTLCS>::ALL;

/// Finds a guarantee by the id a person gave.
///
/// # Errors
/// Says which there are.
pub fn known(id: &str) -> Result<&'static Property, String> {
    let wanted = id.replace('_', "-");
    let found = PROPERTIES.iter().find(|property| property.id.eq_ignore_ascii_case(&wanted));
    found.ok_or_else(|| {
        let ids: Vec<&str> = PROPERTIES.iter().map(|property| property.id).collect();
        format!("no guarantee '{}'; there are: {}", names::shown(id), ids.join(", "))
    })
}

/// The guarantees over states of some size.
struct Guarantees<const C: usize, const H: usize>;

impl<const C: usize, const H: usize> Guarantees<C, H> {
    const ALL: [Property<C, H>; 10] = [
        Property {
            id: "GUA-1",
            when: When::Quiescent,
            claim: "every outcome reached the user and the inbound channel",
            holds: |t, s| t.htlcs().all(|h| is_resolved(t, s, h)),
        },
        Property {
            id: "GUA-2",
            when: When::Always,
            claim: "no outcome is contradicted",
            holds: |t, s| t.htlcs().all(|h| is_consistent(t, s, h)),
        },
        Property {
            id: "GUA-3",
            when: When::Always,
            claim: "no ack before the effect survives every crash",
            holds: |t, s| {
                !s.ledger.faults.contains(Fault::EarlyAck)
                    && t.htlcs().all(|h| survives_ack(t, s, h))
            },
        },
        Property {
            id: "GUA-4",
            when: When::Always,
            claim: "no HTLC has two events in the lists",
            holds: has_unique_events,
        },
        Property {
            id: "GUA-5",
            when: When::Always,
            claim: "repeats are accounted for, and effects happen once",
            holds: |_, s| {
                let uncalled = s.ledger.faults.contains(Fault::UncalledDelivery);
                !uncalled && s.ledger.applied_again.is_empty()
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
            holds: |t, s| !s.node.failed && is_loadable(t, s) && is_in_step(t, s),
        },
        Property {
            id: "GUA-8",
            when: When::Always,
            claim: "an ack removes only the event it was meant for",
            holds: |_, s| !s.ledger.faults.contains(Fault::WrongAck),
        },
        Property {
            id: "GUA-9",
            when: When::Always,
            claim: "never paid downstream and not upstream",
            holds: |t, s| {
                t.htlcs().all(|h| !(is_claimed(t, &s.world, h) && is_refunded(&s.world, h)))
            },
        },
        Property {
            id: "GUA-10",
            when: When::Always,
            claim: "no inbound HTLC is offered downstream twice",
            holds: |_, s| !s.ledger.faults.contains(Fault::OfferedAgain),
        },
    ];
}

/// The guarantees that a state violates, by index in [`PROPERTIES`]; it is quiescent, or not.
pub fn violated<const C: usize, const H: usize>(
    t: &Topology,
    s: &State<C, H>,
    quiescent: bool,
) -> impl Iterator<Item = usize> {
    let due = move |p: &Property<C, H>| p.when == When::Always || quiescent;
    let broken = move |p: &Property<C, H>| due(p) && !(p.holds)(t, s);
    Guarantees::<C, H>::ALL.iter().enumerate().filter(move |(_, p)| broken(p)).map(|(i, _)| i)
}

fn is_resolved<const C: usize, const H: usize>(t: &Topology, s: &State<C, H>, h: Htlc) -> bool {
    let status = s.node.manager.statuses[h];
    if t.is_own(h) {
        let record = payment_record(t, &s.world, h);
        let sent = record == RECORD_SENT && is_payment_claimed(t, &s.world, h);
        let failed = record == RECORD_FAILED && is_payment_failed(t, s.view(), h);
        let unmade = record == 0 && !t.parts(h).any(|part| s.world.is_offered(part));
        return match status {
            Status::DoneClaim | Status::DoneFail => sent || failed,
            Status::Unmade => sent || failed || unmade,
            _ => false,
        };
    }
    if t.is_received(h) {
        return is_received(t, s.view(), h);
    }
    match s.world.inbound[h] {
        Inbound::Held => false,
        Inbound::Claimed => {
            is_claimed(t, &s.world, h) && (s.node.manager.told[h] == Told::Never || is_told(s, h))
        }
        Inbound::Failed | Inbound::Expired => is_failed_for_good(t, s.view(), h),
    }
}

/// The user has recorded `PaymentForwarded`.
fn is_told<const C: usize, const H: usize>(s: &State<C, H>, h: Htlc) -> bool {
    s.world.record[h] & RECORD_FORWARDED != 0
}

fn is_consistent<const C: usize, const H: usize>(t: &Topology, s: &State<C, H>, h: Htlc) -> bool {
    let record = s.world.record[h];
    let told_is_true = !is_told(s, h) || is_revealed(t, &s.world, h);
    let one_outcome = record != RECORD_SENT | RECORD_FAILED;
    let sent_is_true = record & RECORD_SENT == 0 || is_payment_revealed(t, &s.world, h);
    let claimed_is_true = record & RECORD_CLAIMED == 0 || is_kept_received(t, s.view(), h);
    let failed_is_true = record & RECORD_FAILED == 0 || is_payment_failed(t, s.view(), h);
    one_outcome
        && sent_is_true
        && failed_is_true
        && claimed_is_true
        && told_is_true
        && (!is_failed_upstream(t, s, h)
            || (is_failed_for_good(t, s.view(), h) && !node_knows_preimage(t, s, h)))
}

fn is_failed_upstream<const C: usize, const H: usize>(
    t: &Topology,
    s: &State<C, H>,
    h: Htlc,
) -> bool {
    let signed = |c: Channel| {
        let stage = s.node.monitors[c].data.stages[h];
        matches!(stage, Stage::SignedFail | Stage::RevokedFail)
    };
    t.shape(h).inbound.is_some_and(signed) || s.world.inbound[h] == Inbound::Failed
}

/// Whether any part of our node, in memory or on disk, knows the preimage.
fn node_knows_preimage<const C: usize, const H: usize>(
    t: &Topology,
    s: &State<C, H>,
    h: Htlc,
) -> bool {
    let (mut hops, h) = (t.previous_hops(h), t.leaves_as(h));
    let in_monitors = |c: Channel| {
        let (chain, memory) = (&s.world.chains[c], &s.node.monitors[c]);
        let knows = |m: &Snapshot<H>| knows_preimage(chain, &m.data, &m.events, h);
        knows_preimage(chain, &memory.data, &memory.events, h) || s.disk.recoverable(c).any(knows)
    };
    t.shape(h).outbound.is_some_and(in_monitors)
        || hops.any(|hop| t.shape(hop).inbound.is_some_and(|c| carries_preimage(s, c, hop)))
}

/// Whether the preimage is on its way to the inbound channel, or was there.
fn carries_preimage<const C: usize, const H: usize>(
    s: &State<C, H>,
    c: Channel,
    hop: Htlc,
) -> bool {
    let claims = |u: &Update| {
        u.kind() == UpdateKind::Commit && u.is_about(hop) && u.outcome() == Outcome::Claim
    };
    let mut managers = s.disk.recoverable_managers().chain([&s.node.manager]);
    s.disk.recoverable(c).any(|m| m.data.stages[hop].outcome() == Some(Outcome::Claim))
        || managers.any(|m| m.in_flight[c].iter().chain(&m.blocked[c]).any(claims))
}

/// GUA-3 (b): once the durable monitor is past an HTLC's resolution and lists no event for it, no
/// manager that a crash can bring back needs one: the user knows and the manager too, or the
/// resolution is durable upstream, or nothing is left to do there.
pub fn survives_ack<const C: usize, const H: usize>(
    t: &Topology,
    s: &State<C, H>,
    h: Htlc,
) -> bool {
    let leaves_as = t.leaves_as(h);
    let Some(out) = t.shape(leaves_as).outbound else { return true };
    let durable = &s.disk.monitors[out];
    if durable.data.mode == Mode::Off {
        return tells_the_truth(t, s, durable, leaves_as);
    }
    if !is_past_resolution(t, &s.world, durable, h) || durable.events.names(leaves_as) {
        return true;
    }
    let claimed = is_claimed(t, &s.world, h);
    let untold = |m: &Manager<C, H>| m.told[h] == Told::NotYet && claimed && !is_told(s, h);
    s.disk.recoverable_managers().all(|manager| match manager.statuses[h] {
        _ if untold(manager) => false,
        Status::Unmade | Status::Unsent | Status::UnsentForward | Status::Waiting => false,
        Status::Held => is_held_safely(t, s, manager, h, claimed),
        _ => true,
    })
}

/// Whether a forward that a version of the manager waits for needs no event.
fn is_held_safely<const C: usize, const H: usize>(
    t: &Topology,
    s: &State<C, H>,
    manager: &Manager<C, H>,
    h: Htlc,
    claimed: bool,
) -> bool {
    let c = t.inbound(h);
    if s.disk.is_archived(c) {
        let outcome = if claimed { Outcome::Claim } else { Outcome::Fail };
        return is_durable_in_archive(&s.world, h, outcome);
    }
    let closed = s.world.chains[c].is_closed() || !manager.open[c];
    s.disk.recoverable(c).all(|m| m.data.stages[h] != Stage::Committed || (closed && !claimed))
}

/// Of a monitor that keeps no event: whether the rest of it tells, of what a manager that a crash
/// can bring back is owed, how it has ended.
fn tells_the_truth<const C: usize, const H: usize>(
    t: &Topology,
    s: &State<C, H>,
    durable: &Snapshot<H>,
    h: Htlc,
) -> bool {
    let owed = || s.disk.recoverable_managers().any(|manager| is_owed(t, manager, h));
    let tells_it = || {
        let outcome = tells(&s.world.chains[t.outbound(h)], &durable.data, h);
        outcome.is_some_and(|o| (o == Outcome::Claim) == is_claimed(t, &s.world, h))
    };
    !is_past_resolution(t, &s.world, durable, h) || !owed() || tells_it()
}

/// Whether every manager that a crash can bring back loads with every monitor that it can: an
/// update that the monitor lacks is listed as in flight. With an archived monitor each loads, by
/// RST-7; a load that does otherwise fails. And no monitor claims to be done, and lists an event.
fn is_loadable<const C: usize, const H: usize>(t: &Topology, s: &State<C, H>) -> bool {
    let loads = |manager: &Manager<C, H>, monitor: &Snapshot<H>, c: Channel| {
        monitor.data.update_id + manager.in_flight_len(c) as u8 >= manager.update_id[c]
    };
    let contradicts = |m: &Snapshot<H>| m.data.archival_clock && !m.events.entries().is_empty();
    t.channels().all(|c| {
        let with_all = |m: &Snapshot<H>| s.disk.recoverable_managers().all(|mgr| loads(mgr, m, c));
        let archived = s.disk.is_archived(c);
        s.disk.recoverable(c).all(|m| !contradicts(m) && (archived || with_all(m)))
    })
}

/// Whether a channel's monitor has each revocation that the manager of the open channel takes for
/// complete. An archived monitor's channel is closed.
fn is_in_step<const C: usize, const H: usize>(t: &Topology, s: &State<C, H>) -> bool {
    let manager = &s.node.manager;
    let has = |h: Htlc| {
        let Some(c) = t.shape(h).inbound.filter(|c| manager.open[*c]) else { return true };
        let is_revocation = |u: &Update| u.kind() == UpdateKind::Revoke && u.is_about(h);
        let mut listed = manager.in_flight(c).iter().chain(manager.blocked(c));
        !matches!(manager.statuses[h], Status::GoneClaim | Status::GoneFail)
            || s.node.monitors[c].data.stages[h].is_revoked()
            || listed.any(is_revocation)
    };
    t.htlcs().all(has)
}

fn has_unique_events<const C: usize, const H: usize>(t: &Topology, s: &State<C, H>) -> bool {
    let unique = |entries: &[Entry]| {
        t.htlcs().all(|h| entries.iter().filter(|e| e.htlc() == h).count() <= 1)
    };
    t.channels().all(|c| {
        unique(s.node.monitors[c].events.entries())
            && s.disk.recoverable(c).all(|m| unique(m.events.entries()))
    })
}

fn is_drained<const C: usize, const H: usize>(t: &Topology, s: &State<C, H>) -> bool {
    let is_empty = |c: Channel| {
        s.node.monitors[c].events.entries().is_empty()
            && s.disk.recoverable(c).all(|m| m.events.entries().is_empty())
    };
    let kept =
        |c: Channel| s.disk.archival[c] == Archival::NotYet && is_settled_on_chain(t, &s.world, c);
    let node_empty = s.node.forward_acks == [Source::NONE; H]
        && s.node.acks.iter().all(|ack| ack.stage == AckStage::None);
    let mut managers = s.disk.recoverable_managers().chain([&s.node.manager]);
    node_empty && managers.all(is_manager_drained) && t.channels().all(|c| is_empty(c) && !kept(c))
}

fn is_manager_drained<const C: usize, const H: usize>(manager: &Manager<C, H>) -> bool {
    let mut updates = manager.in_flight.iter().chain(&manager.blocked).flatten();
    let updates = updates.all(|u| u.kind() == UpdateKind::None);
    let waiting = |status: &Status| {
        status.waits()
            || status.is_queued()
            || matches!(status, Status::FailQueued | Status::SignedFail)
    };
    updates && !manager.statuses.iter().any(waiting) && !manager.told.contains(&Told::Queued)
}
