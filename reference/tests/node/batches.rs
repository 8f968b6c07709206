//! The calls that do all of one kind at once (LDK's names), beside the single steps.

use crate::common::{CLAIM, IN, IN_TOO, Keep, OUT, OUT_TOO, Step, World};
use crate::common::{of_part, part, told_by};
use reference::{HtlcId, Node, Outbox, Settings};

fn take_in(world: &mut World) {
    let node: &mut Node<Outbox> = &mut world.node;
    assert_eq!(node.process_pending_monitor_events(), Ok(()));
    // A step, for what the call asks of the surroundings.
    world.go(Step::PersistMonitor(OUT));
}

#[test]
fn where_nothing_waits_nothing_happens() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.arrive(IN, 8);
    let before = world.node.clone();
    assert_eq!(world.node.process_pending_monitor_events(), Ok(()));
    assert_eq!(world.node.process_pending_htlc_forwards(), Ok(()));
    assert_eq!(world.node.free_holding_cells(), Ok(()));
    assert_eq!(world.node, before);
}

#[test]
fn notices_and_events_of_all_channels_are_taken_in() {
    let mut world = World::new();
    for (n, channel) in [(7, OUT), (8, OUT), (9, OUT_TOO)] {
        world.pay(n, &[part(channel)]);
    }
    for (channel, id) in [(OUT, 0), (OUT, 1), (OUT_TOO, 0)] {
        world.go(Step::Sign(channel, id, CLAIM));
    }
    while world.step(Step::Land(Some(OUT))) {}
    world.all(&[Step::PeerCloses(IN, false), Step::See(IN, true)]);
    take_in(&mut world);
    let manager = world.node.manager();
    assert!(manager.channels()[OUT].in_flight_monitor_updates.is_empty(), "`Completed`");
    let queued: Vec<_> = manager.pending_events().keys().copied().collect();
    assert_eq!(queued, [told_by(7, 0), told_by(8, 0)]);
    let pending = |channel| world.node.monitor(channel).map(|m| m.pending().len());
    assert_eq!((pending(OUT), pending(OUT_TOO)), (Some(0), Some(1)), "WCH-1");
    let open = [OUT, OUT_TOO, IN, IN_TOO].map(|channel| manager.is_open(channel));
    assert_eq!(open, [true, true, false, true], "only what a notice says");
    world.settle();
}

/// Until its previous hop's channel has run its background step an event waits, and with it those
/// behind it; a close that needs an update does, too.
#[test]
fn what_waits_for_a_background_step_stays() {
    let mut world = World::new();
    let came = world.arrive(IN, 7);
    world.forward(&[came], OUT);
    world.pay(8, &[part(OUT_TOO)]);
    world.all(&[Step::Sign(OUT, 0, CLAIM), Step::Sign(OUT_TOO, 0, CLAIM)]);
    world.flush();
    world.all(&[Step::Crash(Keep::nothing()), Step::StartWatch, Step::Background(OUT)]);
    assert_eq!(world.node.process_pending_monitor_events(), Ok(()));
    let pending = |world: &World, channel| world.node.monitor(channel).map(|m| m.pending().len());
    assert_eq!((pending(&world, OUT), pending(&world, OUT_TOO)), (Some(1), Some(0)), "LOAD-5");
    world.go(Step::Deadline(OUT));
    assert_eq!(world.node.process_pending_monitor_events(), Ok(()));
    assert!(!world.node.manager().is_open(OUT), "its own step has run");
    world.go(Step::Deadline(OUT_TOO));
    assert_eq!(world.node.process_pending_monitor_events(), Ok(()));
    assert!(world.node.manager().is_open(OUT_TOO));
    world.all(&[Step::Background(IN), Step::Background(OUT_TOO)]);
    assert_eq!(world.node.process_pending_monitor_events(), Ok(()));
    assert_eq!(pending(&world, OUT), Some(0));
    assert!(!world.node.manager().is_open(OUT_TOO));
    world.go(Step::Background(IN_TOO));
    world.settle();
}

#[test]
fn queues_are_worked_off_as_far_as_they_can_be() {
    let mut world = World::new();
    let fails = [world.arrive(IN, 7), world.arrive(IN_TOO, 7), world.arrive(IN_TOO, 8)];
    world.all(&[Step::FailHtlc(fails[2]), Step::ForwardFail(fails[2])]);
    world.land(IN_TOO);
    world.all(&[Step::Block(IN_TOO), Step::Revoke(IN_TOO, fails[2].htlc())]);
    world.all(&[Step::FailHtlc(fails[0]), Step::FailHtlc(fails[1])]);
    world.go(Step::Pay(9, vec![part(IN_TOO), part(OUT), part(OUT_TOO)]));
    assert_eq!(world.node.process_pending_htlc_forwards(), Ok(()));
    assert_eq!(world.node.free_holding_cells(), Ok(()));
    let manager = world.node.manager();
    assert_eq!(manager.forward_queue(), [fails[1]], "its channel has a blocked update");
    assert_eq!(manager.holding_cell(IN_TOO), [of_part(9, 0)]);
    assert!(manager.holding_cell(OUT).is_empty() && manager.holding_cell(OUT_TOO).is_empty());
    assert!(manager.is_adding(OUT, HtlcId::outbound(0)) && manager.is_signing(IN, fails[0].htlc()));
    world.go(Step::PersistMonitor(OUT));
    world.settle();
    assert_eq!(world.upstream(fails[0]), (false, true));
}

/// A Monitor that has closed by itself is told by an update; one that has seen the close on chain
/// only if the node is set so.
#[test]
fn a_close_makes_an_update_where_the_monitor_needs_it() {
    for update_confirmed_closes in [false, true] {
        let mut settings = Settings::default();
        settings.update_confirmed_closes = update_confirmed_closes;
        let mut world = World::with(crate::common::ways()[0], settings);
        world.pay(7, &[part(OUT)]);
        world.all(&[Step::Deadline(OUT), Step::PeerCloses(IN, false), Step::See(IN, true)]);
        world.all(&[Step::Notice(OUT), Step::Notice(IN)]);
        let channels = world.node.manager().channels();
        let updates = |channel| channels[channel].in_flight_monitor_updates.len();
        assert_eq!((updates(OUT), updates(IN)), (1, usize::from(update_confirmed_closes)));
        world.settle();
    }
}
