//! The ack of a forward joins `PaymentForwarded` while the user handles it, and is dropped with it
//! (persistent monitor events only); `ack_dropped_tests.rs` has the same for an own payment.
//!
//! All tests here pass at commit e1021bcd1; those with `leak` in their names assert what we believe
//! to be wrong. Copy this file to `lightning/src/ln/`, add
//! `#[cfg(test)] mod ack_dropped_forward_tests;` below `mod reload_tests;` in
//! `lightning/src/ln/mod.rs`, and run this in `lightning/` (the default features are enough):
//! `cargo test --lib ack_dropped_forward -- --nocapture`

use crate::chain::channelmonitor::{ChannelMonitor, MonitorEvent, OutboundHTLCResolution};
use crate::chain::BlockLocator;
use crate::events::{Event, EventsProvider, ReplayEvent};
use crate::ln::functional_test_utils::*;
use crate::ln::msgs::{BaseMessageHandler, ChannelMessageHandler, MessageSendEvent};
use crate::ln::types::ChannelId;
use crate::prelude::*;
use crate::util::ser::{ReadableArgs, Writeable};
use crate::util::test_channel_signer::TestChannelSigner;
use core::cell::RefCell;

/// When the `revoke_and_ack` of the inbound peer (node 0) arrives at node 1.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Raa {
    /// Before the user's events are processed (control).
    BeforeHandler,
    /// In the handler of `PaymentForwarded`.
    InHandler,
    /// As above, but its monitor update only completes after the handler (control).
    InHandlerUpdateCompletesLater,
    /// In the handler of `PaymentForwarded`, which fails once and so is replayed (control).
    InHandlerThenReplay,
    /// After `PaymentForwarded` has been handled (control).
    AfterHandler,
}
use Raa::*;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Then {
    /// Look at what is un-acked, drain it and end.
    Look,
    /// Leave it to the check in `Drop for Node`.
    Drop,
    /// Restart node 1 with the current manager and monitors.
    Restart,
    /// Force-close the inbound channel, then restart node 1 as above.
    CloseInboundRestart,
}

/// The monitor events that are not acked, from a copy of the monitor.
fn unacked(node: &Node, chan: ChannelId) -> Vec<(u64, MonitorEvent)> {
    let bytes = get_monitor!(node, chan).encode();
    let args = (node.keys_manager, node.keys_manager);
    let (_, copy) =
        <(BlockLocator, ChannelMonitor<TestChannelSigner>)>::read(&mut &bytes[..], args).unwrap();
    copy.drain_unacked_monitor_events()
}

#[derive(PartialEq, Debug)]
struct Seen {
    /// Events in node 1's outbound monitor that are un-acked before the restart and after it.
    unacked: (usize, usize),
    /// `PaymentForwarded` that node 1's user handled with `Ok` before the restart and after it.
    forwarded: (usize, usize),
}

fn run(when: Raa, then: Then) -> Seen {
    let chanmon_cfgs = create_chanmon_cfgs(3);
    let node_cfgs = create_node_cfgs(3, &chanmon_cfgs);
    let (store, chain_mon, node_1);
    let mut config = test_default_channel_config();
    config.override_persistent_monitor_events = Some(true);
    let configs = [Some(config.clone()), Some(config.clone()), Some(config)];
    let node_chanmgrs = create_node_chanmgrs(3, &node_cfgs, &configs);
    let mut nodes = create_network(3, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1, 2].map(|i| nodes[i].node.get_our_node_id());
    let chan_in = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let chan_out = create_announced_chan_between_nodes(&nodes, 1, 2).2;
    assert!(nodes[1].node.test_persistent_monitor_events_enabled());

    let amt = 1_000_000;
    let (preimage, hash, ..) = route_payment(&nodes[0], &[&nodes[1], &nodes[2]], amt);
    nodes[2].node.claim_funds(preimage);
    check_added_monitors(&nodes[2], 1);
    expect_payment_claimed!(nodes[2], hash, amt);
    let claim = get_htlc_update_msgs(&nodes[2], &ids[1]);

    // Node 1 claims from node 0 and queues `PaymentForwarded`, without a completion action.
    nodes[1].node.handle_update_fulfill_htlc(ids[2], claim.update_fulfill_htlcs[0].clone());
    check_added_monitors(&nodes[1], 1);
    // Node 1's outbound monitor has a new event.
    nodes[1].node.handle_commitment_signed_batch_test(ids[2], &claim.commitment_signed);
    check_added_monitors(&nodes[1], 1);
    // Node 1 processes that event here.
    let mut msgs_1 = nodes[1].node.get_and_clear_pending_msg_events();
    assert_eq!(unacked(&nodes[1], chan_out).len(), 1);

    // Node 0 gets the claim, and answers. Its answer is not yet delivered.
    let i = msgs_1
        .iter()
        .position(
            |m| matches!(m, MessageSendEvent::UpdateHTLCs { node_id, .. } if *node_id == ids[0]),
        )
        .unwrap();
    match msgs_1.remove(i) {
        MessageSendEvent::UpdateHTLCs { updates, .. } => {
            nodes[0]
                .node
                .handle_update_fulfill_htlc(ids[1], updates.update_fulfill_htlcs[0].clone());
            nodes[0].node.handle_commitment_signed_batch_test(ids[1], &updates.commitment_signed);
        },
        _ => unreachable!(),
    }
    check_added_monitors(&nodes[0], 1);
    let (raa_0, commitment_signed_0) = get_revoke_commit_msgs(&nodes[0], &ids[1]);

    let deliver = || {
        nodes[1].node.handle_revoke_and_ack(ids[0], &raa_0);
        check_added_monitors(&nodes[1], 1);
    };
    let handled = RefCell::new(Vec::new());
    let delivered = RefCell::new(false);
    if when == BeforeHandler {
        deliver();
    }
    let handler = |event: Event| -> Result<(), ReplayEvent> {
        let in_handler =
            matches!(when, InHandler | InHandlerUpdateCompletesLater | InHandlerThenReplay);
        if matches!(event, Event::PaymentForwarded { .. })
            && in_handler
            && !delivered.replace(true)
        {
            // What another thread may do while this handler runs.
            if when == InHandlerUpdateCompletesLater {
                let in_progress = crate::chain::ChannelMonitorUpdateStatus::InProgress;
                chanmon_cfgs[1].persister.set_update_ret(in_progress);
            }
            deliver();
            // The claim event is not acked, though nothing else will happen on the inbound edge.
            assert_eq!(unacked(&nodes[1], chan_out).len(), 1);
            if when == InHandlerThenReplay {
                return Err(ReplayEvent());
            }
        }
        handled.borrow_mut().push(event);
        Ok(())
    };
    nodes[1].node.process_pending_events(&handler);
    if when == InHandlerThenReplay {
        assert!(handled.borrow().is_empty());
        nodes[1].node.process_pending_events(&handler);
    }
    assert_eq!(handled.borrow().len(), 1);
    assert!(matches!(handled.borrow()[0], Event::PaymentForwarded { .. }));
    if when == InHandlerUpdateCompletesLater {
        let (id, _) = nodes[1].chain_monitor.get_latest_mon_update_id(chan_in);
        nodes[1].chain_monitor.chain_monitor.force_channel_monitor_updated(chan_in, id);
        assert!(nodes[1].node.get_and_clear_pending_msg_events().is_empty());
    }
    if when == AfterHandler {
        deliver();
    }
    println!("{when:?}: un-acked after RAA and handler: {}", unacked(&nodes[1], chan_out).len());

    // The rest of the inbound commitment dance.
    nodes[1].node.handle_commitment_signed_batch_test(ids[0], &commitment_signed_0);
    check_added_monitors(&nodes[1], 1);
    let raa_1 = get_event_msg!(nodes[1], MessageSendEvent::SendRevokeAndACK, ids[0]);
    nodes[0].node.handle_revoke_and_ack(ids[1], &raa_1);
    check_added_monitors(&nodes[0], 1);

    // The rest of the outbound commitment dance.
    assert_eq!(msgs_1.len(), 2, "{msgs_1:?}");
    for msg in msgs_1 {
        match msg {
            MessageSendEvent::SendRevokeAndACK { msg, node_id } => {
                assert_eq!(node_id, ids[2]);
                nodes[2].node.handle_revoke_and_ack(ids[1], &msg)
            },
            MessageSendEvent::UpdateHTLCs { updates, node_id, .. } => {
                assert_eq!(node_id, ids[2]);
                nodes[2]
                    .node
                    .handle_commitment_signed_batch_test(ids[1], &updates.commitment_signed)
            },
            _ => panic!("{msg:?}"),
        }
        check_added_monitors(&nodes[2], 1);
    }
    let raa_2 = get_event_msg!(nodes[2], MessageSendEvent::SendRevokeAndACK, ids[1]);
    nodes[1].node.handle_revoke_and_ack(ids[2], &raa_2);
    check_added_monitors(&nodes[1], 1);

    for _ in 0..3 {
        nodes[1].node.process_pending_events(&handler);
        assert!(nodes[1].node.get_and_clear_pending_msg_events().is_empty());
        nodes[1].node.timer_tick_occurred();
    }
    let events = nodes[0].node.get_and_clear_pending_events();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(matches!(events[0], Event::PaymentSent { .. }));
    assert!(matches!(events[1], Event::PaymentPathSuccessful { .. }));

    let is_forwarded = |ev: &&Event| matches!(ev, Event::PaymentForwarded { .. });
    let handled = handled.into_inner();
    assert!(handled.iter().all(|ev| is_forwarded(&ev)), "{handled:?}");
    let forwarded = handled.len();

    // Nothing is pending on either edge.
    for (node, peer) in [(1, 0), (0, 1), (1, 2), (2, 1)] {
        let chan = if node + peer == 1 { chan_in } else { chan_out };
        let list = nodes[node].node.list_channels();
        let details = list.iter().find(|c| c.channel_id == chan).unwrap();
        assert!(details.pending_inbound_htlcs.is_empty());
        assert!(details.pending_outbound_htlcs.is_empty());
        if (node, peer) != (1, 2) {
            assert!(unacked(&nodes[node], chan).is_empty());
        }
    }
    let left = unacked(&nodes[1], chan_out);
    println!("{when:?}: un-acked in the end: {left:?}");
    for (_, ev) in &left {
        match ev {
            MonitorEvent::HTLCEvent(ev) => {
                assert_eq!(ev.payment_hash, hash);
                assert!(matches!(ev.resolution, OutboundHTLCResolution::Claimed { .. }));
            },
            _ => panic!("{ev:?}"),
        }
    }
    let before = left.len();
    match then {
        Then::Look => {
            get_monitor!(nodes[1], chan_out).drain_unacked_monitor_events();
            return Seen { unacked: (before, 0), forwarded: (forwarded, 0) };
        },
        Then::Drop => return Seen { unacked: (before, before), forwarded: (forwarded, 0) },
        Then::Restart | Then::CloseInboundRestart => {},
    }

    if then == Then::CloseInboundRestart {
        let reason = "".to_owned();
        nodes[1].node.force_close_broadcasting_latest_txn(&chan_in, &ids[0], reason).unwrap();
        let events = nodes[1].node.get_and_clear_pending_events();
        assert!(matches!(events[..], [Event::ChannelClosed { .. }]), "{events:?}");
        nodes[1].node.get_and_clear_pending_msg_events();
        check_added_monitors(&nodes[1], 1);
        // The closure does not ack the event either.
        assert_eq!(unacked(&nodes[1], chan_out).len(), before);
    }
    nodes[0].node.peer_disconnected(ids[1]);
    nodes[2].node.peer_disconnected(ids[1]);
    let manager = nodes[1].node.encode();
    let mon_in = get_monitor!(nodes[1], chan_in).encode();
    let mon_out = get_monitor!(nodes[1], chan_out).encode();
    reload_node!(nodes[1], manager, &[&mon_in, &mon_out], store, chain_mon, node_1);
    assert_eq!(unacked(&nodes[1], chan_out).len(), before);
    let mut events = Vec::new();
    for _ in 0..3 {
        events.append(&mut nodes[1].node.get_and_clear_pending_events());
        nodes[1].node.get_and_clear_pending_msg_events();
    }
    let after = unacked(&nodes[1], chan_out);
    println!("{when:?} {then:?}: after the restart: {after:?}, events {events:?}");
    let forwarded_after = events.iter().filter(is_forwarded).count();
    assert_eq!(forwarded_after, events.len());
    nodes[1].chain_monitor.added_monitors.lock().unwrap().clear();
    if then == Then::Restart {
        reconnect_nodes(ReconnectArgs::new(&nodes[0], &nodes[1]));
        reconnect_nodes(ReconnectArgs::new(&nodes[1], &nodes[2]));
        send_payment(&nodes[0], &[&nodes[1], &nodes[2]], amt);
    }
    Seen { unacked: (before, after.len()), forwarded: (forwarded, forwarded_after) }
}

#[test]
fn claim_event_leaks_if_raa_arrives_while_payment_forwarded_is_handled() {
    assert_eq!(run(InHandler, Then::Look), Seen { unacked: (1, 0), forwarded: (1, 0) });
}

#[test]
#[should_panic(expected = "had 1 unacked monitor events")]
fn claim_event_leak_trips_the_check_at_drop() {
    run(InHandler, Then::Drop);
}

#[test]
fn control_no_leak_without_the_race() {
    for when in [BeforeHandler, InHandlerUpdateCompletesLater, InHandlerThenReplay, AfterHandler] {
        let seen = Seen { unacked: (0, 0), forwarded: (1, 0) };
        assert_eq!(run(when, Then::Drop), seen, "{when:?}");
    }
}

#[test]
fn leak_is_healed_by_a_restart() {
    assert_eq!(run(InHandler, Then::Restart), Seen { unacked: (1, 0), forwarded: (1, 0) });
    assert_eq!(run(BeforeHandler, Then::Restart), Seen { unacked: (0, 0), forwarded: (1, 0) });
}

#[test]
fn leak_gives_a_second_payment_forwarded_after_inbound_closure_and_restart() {
    let seen = run(InHandler, Then::CloseInboundRestart);
    assert_eq!(seen, Seen { unacked: (1, 0), forwarded: (1, 1) });
}

#[test]
fn control_no_second_payment_forwarded_without_the_race() {
    let seen = run(BeforeHandler, Then::CloseInboundRestart);
    assert_eq!(seen, Seen { unacked: (0, 0), forwarded: (1, 0) });
}
