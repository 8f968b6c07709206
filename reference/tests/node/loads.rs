//! What a load reports, refuses, finds in Monitors and forgets.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{CLAIM, FAIL, IN, IN_TOO, Keep, OUT, OUT_TOO, Object, Step, World};
use crate::common::{hop, of_part, part, preimage};
use reference::{
    ChannelId, Forward, HtlcId, InboundHtlcState, LoadError, LoadReport, Mode, NewPart, Node,
    Origin, Outbox, PartState, PaymentId, PaymentPart, StoredMonitorError, StoredNode,
    StoredObject, Telling,
};

const H0: HtlcId = HtlcId { direction: reference::Direction::Outbound, id: 0 };

fn keep(writes: &[(Object, usize)]) -> Keep {
    Keep { writes: writes.iter().copied().collect(), ..Keep::nothing() }
}

/// Why stored objects make no node.
fn refusal(stored: &StoredNode) -> LoadError {
    let loaded = Node::load(stored, reference::Settings::default(), Mode::On, Outbox::default());
    loaded.map(|_| ()).expect_err("it was loaded")
}

#[test]
fn a_load_that_changes_nothing_reports_nothing() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.restart();
    assert_eq!(world.report, LoadReport::default());
    world.settle();
}

#[test]
fn updates_that_a_monitor_lacks_are_reported_by_their_ids() {
    let mut world = World::new();
    world.go(Step::Pay(7, vec![part(OUT), part(OUT)]));
    world.all(&[Step::Offer(of_part(7, 0)), Step::Offer(of_part(7, 1))]);
    world.all(&[Step::PersistManager, Step::Land(None)]);
    for (landed, lacking) in [(0, Some(vec![1, 2])), (1, Some(vec![2])), (2, None)] {
        let mut crashed = world.clone();
        crashed.go(Step::Crash(keep(&[(Some(OUT), landed)])));
        let expected: BTreeMap<_, _> = lacking.map(|ids| (OUT, ids)).into_iter().collect();
        assert_eq!(crashed.report.submitted_again, expected, "RST-2");
        assert!(crashed.report.closed.is_empty() && crashed.report.found.is_empty());
        crashed.load();
        crashed.settle();
        assert_eq!(crashed.outbound.len(), 2, "both were offered");
    }
}

/// Something holds back the revocations of the inbound channel, on which a fail is revoked.
fn blocked() -> World {
    let mut world = World::new();
    let came = world.arrive(IN, 7);
    world.all(&[Step::Block(IN), Step::FailHtlc(came), Step::ForwardFail(came)]);
    world.land(IN);
    world.go(Step::Revoke(IN, came.htlc()));
    world.all(&[Step::PersistManager, Step::Land(None)]);
    assert!(world.node.manager().is_blocked(IN));
    world
}

#[test]
fn blocked_updates_are_dropped_only_with_their_channel() {
    let mut world = blocked();
    let mut open = world.clone();
    open.restart();
    assert_eq!(open.report, LoadReport::default());
    assert!(open.node.manager().is_blocked(IN), "only the Manager knows of it");
    open.settle();
    world.all(&[Step::PeerCloses(IN, false), Step::See(IN, true), Step::Land(Some(IN))]);
    world.restart();
    assert_eq!(world.report.dropped, BTreeMap::from([(IN, 1)]));
    assert_eq!(world.report.closed, BTreeSet::from([IN]), "RST-5");
    assert!(!world.node.manager().is_blocked(IN));
    // The load after that finds it closed.
    world.flush();
    world.restart();
    assert_eq!(world.report, LoadReport::default());
    world.settle();
}

#[test]
fn a_blocked_update_that_was_submitted_is_found_in_its_monitor() {
    let mut world = blocked();
    world.all(&[Step::Unblock(IN), Step::SubmitBlocked(IN)]);
    world.go(Step::Crash(keep(&[(Some(IN), 1)])));
    assert_eq!(world.report, LoadReport::default(), "RST-10");
    assert!(world.node.manager().is_open(IN) && !world.node.manager().is_blocked(IN));
    let listed = &world.node.manager().channels()[IN].in_flight_monitor_updates;
    assert_eq!(listed.iter().map(|update| update.update_id).collect::<Vec<_>>(), [3], "RST-3");
    world.load();
    assert!(world.node.manager().channels()[IN].in_flight_monitor_updates.is_empty());
    world.settle();
}

#[test]
fn objects_that_do_not_belong_together_are_refused() {
    let mut world = World::new();
    let bare = world.disk.stored.clone();
    world.arrive(IN, 7);
    let good = world.disk.stored.clone();
    let mut other = World::new();
    other.arrive(IN, 8);
    let mut more = World::new();
    more.go(Step::Arrive(IN, 7, 1200));
    more.flush();
    for (monitors, manager, what) in [
        (&bare, &good, "the Monitor never had it"),
        (&other.disk.stored, &good, "another hash"),
        (&more.disk.stored, &good, "another amount"),
    ] {
        let mut stored = StoredNode { manager: manager.manager.clone(), ..monitors.clone() };
        // Its Manager has an update in flight that is none for this one.
        let mismatch = LoadError::Mismatch(StoredObject::Manager);
        assert_eq!(refusal(&stored), mismatch, "{what}");
        stored.monitors.clear();
        assert_eq!(refusal(&stored), LoadError::MissingMonitor(OUT));
    }
    // Another HTLC is on its way: that says nothing of this one.
    world.go(Step::Arrive(IN, 8, 1000));
    world.all(&[Step::PersistManager, Step::Land(None)]);
    let manager = world.disk.stored.manager.clone();
    let stored = StoredNode { manager, ..bare.clone() };
    assert_eq!(refusal(&stored), LoadError::Mismatch(StoredObject::Manager));
    let mut stored = good.clone();
    let moved = stored.monitors[&IN].clone();
    stored.monitors.insert(OUT, moved);
    assert_eq!(refusal(&stored), LoadError::Mismatch(StoredObject::Monitor(OUT)));
    let mut stored = good.clone();
    stored.manager.truncate(3);
    assert!(matches!(refusal(&stored), LoadError::Manager(_)));
    let mut stored = good;
    stored.monitors.get_mut(&IN).expect("it is there").full.truncate(3);
    let error = refusal(&stored);
    let full = |error| matches!(error, StoredMonitorError::Full(_));
    assert!(matches!(error, LoadError::Monitor { channel: IN, error } if full(error)));
}

#[test]
fn deltas_are_read_behind_the_full_write_that_lacks_them() {
    let mut world = World::with(crate::common::ways()[1], reference::Settings::default());
    world.pay(7, &[part(OUT)]);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    let mut stored = world.disk.stored.clone();
    assert_eq!(stored.monitors[&OUT].deltas.len(), 2);
    world.go(Step::Crash(Keep::nothing()));
    assert_eq!(world.node.monitor(OUT).map(|m| m.update_id()), Some(2));
    assert_eq!(world.node.monitor(OUT).map(|m| m.events().count()), Some(1), "MON-11");
    let of = |stored: &StoredNode| match refusal(stored) {
        LoadError::Monitor { channel: OUT, error } => error,
        other => panic!("{other}"),
    };
    let deltas = |stored: &mut StoredNode, change: fn(&mut Vec<Vec<u8>>)| {
        change(&mut stored.monitors.get_mut(&OUT).expect("it is there").deltas);
    };
    deltas(&mut stored, |all| all[1].truncate(4));
    assert!(matches!(of(&stored), StoredMonitorError::Delta { index: 1, .. }));
    deltas(&mut stored, |all| drop(all.remove(0)));
    stored.monitors.get_mut(&OUT).expect("it is there").deltas =
        vec![world.disk.stored.monitors[&OUT].deltas[1].clone()];
    assert!(matches!(of(&stored), StoredMonitorError::Update { index: 0, .. }), "a gap");
    world.settle();
}

/// A retry that only its Monitor knows is a part, and the part that failed has none to come.
#[test]
fn a_retry_that_the_manager_forgot_is_a_part_again() {
    let mut world = World::new();
    let first = NewPart { channel_id: OUT, amount_msat: 900, retry_by: Some(OUT_TOO) };
    world.pay(7, &[first]);
    world.go(Step::Sign(OUT, 0, FAIL));
    world.land(OUT);
    world.go(Step::Revoke(OUT, H0));
    world.land(OUT);
    world.flush();
    world.all(&[Step::Release(OUT), Step::Offer(of_part(7, 1))]);
    world.land(OUT_TOO);
    world.restart();
    assert_eq!(world.report.found, BTreeSet::from([of_part(7, 1)]), "RST-13");
    assert_eq!(world.report.closed, BTreeSet::from([OUT_TOO]), "RST-1");
    let payment = &world.node.manager().payments()[&PaymentId([7; 32])];
    let (amount_msat, state) = (900, PartState::Waiting);
    let waiting =
        PaymentPart { channel_id: OUT, amount_msat, retry_of: None, retry_by: None, state };
    assert_eq!(payment.parts[&0], waiting, "its retry counts as made");
    let retry = PaymentPart { channel_id: OUT_TOO, retry_of: Some(0), ..waiting };
    assert_eq!(payment.parts[&1], retry);
    assert_eq!(payment.payment_hash, preimage(7).payment_hash());
    world.flush();
    world.restart();
    assert!(world.report.found.is_empty(), "it is known now");
    world.settle();
}

/// The Monitor lists the HTLC no more: only its event names it.
#[test]
fn an_event_alone_names_a_forgotten_payment() {
    let mut world = World::new();
    world.all(&[Step::Pay(7, vec![part(OUT)]), Step::Offer(of_part(7, 0))]);
    world.land(OUT);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Revoke(OUT, H0));
    world.land(OUT);
    assert!(world.node.monitor(OUT).is_some_and(|m| !m.lists(H0)));
    world.restart();
    assert_eq!(world.report.found, BTreeSet::from([of_part(7, 0)]));
    let payment = &world.node.manager().payments()[&PaymentId([7; 32])];
    assert_eq!((payment.parts.len(), payment.parts[&0].amount_msat), (1, 1000));
    world.settle();
}

#[test]
fn a_forgotten_forward_is_known_again_in_all_its_fields() {
    let mut world = World::new();
    let known = world.arrive(IN, 7);
    // The Manager on disk knows this one, and not that one.
    world.go(Step::Arrive(IN_TOO, 7, 1100));
    world.land(IN_TOO);
    let unknown = hop(IN_TOO, 0);
    let origin = Origin::Forward(known);
    world.go(Step::Forward(vec![known, unknown], OUT, 2000));
    world.go(Step::Offer(origin));
    world.land(OUT);
    world.restart();
    assert_eq!(world.report.found, BTreeSet::from([origin]));
    assert_eq!(world.report.closed, BTreeSet::from([OUT, IN_TOO]));
    let forward = Forward {
        next_channel_id: OUT,
        amount_msat: 2000,
        payment_hash: preimage(7).payment_hash(),
        prev_htlcs: vec![known, unknown],
        telling: Telling::NotYet,
    };
    assert_eq!(world.node.manager().forwards()[&known], forward);
    for came in [known, unknown] {
        let htlc = world.node.manager().inbound_htlc(came).copied().expect("it is known");
        assert_eq!((htlc.state, htlc.forward), (InboundHtlcState::Waiting, Some(known)));
        assert_eq!(htlc.amount_msat, 1100);
    }
    world.settle();
}

/// One of each, over and told.
fn all_over() -> World {
    let mut world = World::new();
    world.pay(1, &[part(OUT)]);
    let came = world.arrive(IN, 2);
    world.forward(&[came], OUT);
    world.go(Step::Sign(OUT, 0, FAIL));
    world.go(Step::Sign(OUT, 1, CLAIM));
    let parts = vec![world.arrive(IN_TOO, 3)];
    world.all(&[Step::Receive(parts), Step::Claim(3)]);
    world.flush();
    world
}

fn forgotten(world: &mut World) -> (usize, usize) {
    world.go(Step::Crash(Keep::nothing()));
    let pruned = world.node.prune().expect("the Monitors are not in the Watch");
    assert_eq!(world.node.prune(), Ok(0), "all at once");
    let manager = world.node.manager();
    let channels = manager.channels().values();
    let inbound = channels.map(|channel| channel.inbound_htlcs.len()).sum();
    world.load();
    world.flush();
    (pruned, inbound)
}

#[test]
fn a_prune_counts_what_it_forgets() {
    let mut world = all_over();
    world.settle();
    assert_eq!(forgotten(&mut world), (3, 0));
    assert!(
        world.node.manager().payments().is_empty() && world.node.manager().forwards().is_empty()
    );
    assert!(world.node.manager().received().is_empty());
    assert!(world.node.monitor(OUT).is_some_and(|m| m.htlcs().is_empty()));
    assert_eq!(forgotten(&mut world), (0, 0));
    world.settle();
}

#[test]
fn a_prune_keeps_what_somebody_needs() {
    let mut world = all_over();
    assert_eq!(forgotten(&mut world), (0, 2), "the Monitors list all");
    world.pump();
    // The peers revoke, all is durable, and the user has not handled what is queued.
    world.all(&[Step::Revoke(OUT, H0), Step::Revoke(OUT, HtlcId::outbound(1))]);
    world.pump();
    world.go(Step::Revoke(IN, hop(IN, 0).htlc()));
    world.pump();
    assert_eq!(world.node.manager().pending_events().len(), 4);
    assert_eq!(forgotten(&mut world), (0, 2), "the user waits");
    world.pump();
    world.handle_all();
    world.flush();
    assert_eq!(forgotten(&mut world), (2, 1), "the payer of the third has not revoked");
    world.settle();
    assert_eq!(forgotten(&mut world), (1, 0));
    world.settle();
}

/// With the mode off a Monitor that has removed a failed HTLC is the last that tells of it (UPG-3).
#[test]
fn a_prune_keeps_what_tells_of_a_fail_as_long_as_somebody_waits() {
    let mut world =
        World::bare(crate::common::ways()[0], reference::Settings::default(), Mode::Off);
    world.open(OUT);
    world.pay(7, &[part(OUT)]);
    world.go(Step::Sign(OUT, 0, FAIL));
    world.flush();
    world.go(Step::Revoke(OUT, H0));
    world.flush();
    let off = Keep { mode: false, ..Keep::nothing() };
    let has_it =
        |world: &World| world.node.monitor(OUT).is_some_and(|m| m.htlcs().contains_key(&H0));
    // Waited for, told and not handled, and over.
    for (queued, kept) in [(false, true), (true, true), (false, false)] {
        world.go(Step::Crash(off.clone()));
        world.go(Step::Prune);
        assert_eq!(has_it(&world), kept);
        world.load();
        if !queued {
            while world.step(Step::Release(OUT)) {}
        } else {
            world.handle(crate::common::told_by(7, 0));
        }
        world.flush();
    }
    world.settle();
}

/// The stored Manager lists the update that offers it, and the Monitor lacks that.
#[test]
fn a_prune_keeps_what_a_background_step_will_offer() {
    let mut world = World::new();
    world.go(Step::Pay(7, vec![part(OUT), part(OUT_TOO)]));
    world.go(Step::Offer(of_part(7, 0)));
    world.all(&[Step::PersistManager, Step::Land(None)]);
    world.go(Step::Crash(Keep::nothing()));
    assert_eq!(world.node.prune(), Ok(0));
    world.load();
    world.settle();
}

#[test]
fn a_new_channel_is_none_for_a_load_before_its_monitor_is_durable() {
    let new = ChannelId([9; 32]);
    let mut world = World::new();
    world.go(Step::Open(new));
    assert!(world.node.manager().channels()[new].is_new);
    let in_flight = |world: &World| {
        let watched = world.node.chain_monitor().monitor(new).expect("it is watched");
        (watched.is_in_flight(), watched.may_archive())
    };
    assert_eq!(in_flight(&world), (true, false));
    world.go(Step::Land(Some(new)));
    assert_eq!(in_flight(&world), (false, false), "`Completed` waits");
    assert!(world.node.manager().channels()[new].is_new, "the Manager does not know yet");
    world.go(Step::Completed(new));
    assert_eq!(in_flight(&world), (false, true));
    assert!(!world.node.manager().channels()[new].is_new);
    let mut at_once = World::at_once();
    at_once.go(Step::Open(new));
    assert!(!at_once.node.manager().channels()[new].is_new);
    at_once.settle();
    world.settle();
}
