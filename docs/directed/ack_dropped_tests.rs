//! An ack that joins a user event under way is dropped with it (persistent monitor events only).
//!
//! All tests here pass at commit e1021bcd1; those with `leak` in their names assert what we believe
//! to be wrong. Copy this file to `lightning/src/ln/`, add `#[cfg(test)] mod ack_dropped_tests;`
//! below `mod reload_tests;` in `lightning/src/ln/mod.rs`, and run this in `lightning/` (the
//! default features are enough): `cargo test --lib ack_dropped -- --nocapture`

use crate::chain::channelmonitor::{ChannelMonitor, MonitorEvent};
use crate::chain::BlockLocator;
use crate::events::{Event, EventsProvider, ReplayEvent};
use crate::ln::functional_test_utils::*;
use crate::ln::msgs::{BaseMessageHandler, ChannelMessageHandler, MessageSendEvent};
use crate::ln::outbound_payment::IDEMPOTENCY_TIMEOUT_TICKS;
use crate::ln::types::ChannelId;
use crate::prelude::*;
use crate::util::ser::{ReadableArgs, Writeable};
use crate::util::test_channel_signer::TestChannelSigner;
use core::cell::RefCell;

/// When the peer's `commitment_signed` arrives.
#[derive(Clone, Copy, PartialEq, Debug)]
enum CommitmentSigned {
    /// Before the user's events are processed (control).
    BeforeHandler,
    /// In the handler of `PaymentSent`, but the monitor event is only processed later (control).
    InHandler,
    /// In the handler of `PaymentSent`. There, the monitor event is processed too.
    InHandlerWithMonitorEvents,
    /// As above, but the handler fails once, so that `PaymentSent` is replayed (control).
    InHandlerWithMonitorEventsThenReplay,
    /// After `PaymentSent` has been handled (control).
    AfterHandler,
}
use CommitmentSigned::*;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Then {
    /// Look at what is un-acked, drain it and end.
    Look,
    /// Leave it to the check in `Drop for Node`.
    Drop,
    /// Restart with the current manager and monitor.
    Restart,
    /// The payment is forgotten (idempotency timeout), the channel is closed, then restart.
    ForgetCloseRestart,
}

/// The monitor events that are not acked, from a copy of the monitor.
fn unacked(node: &Node, chan: ChannelId) -> Vec<(u64, MonitorEvent)> {
    let bytes = get_monitor!(node, chan).encode();
    let args = (node.keys_manager, node.keys_manager);
    let (_, copy) =
        <(BlockLocator, ChannelMonitor<TestChannelSigner>)>::read(&mut &bytes[..], args).unwrap();
    copy.drain_unacked_monitor_events()
}

/// Returns the number of un-acked events before the restart and after it, and the number of
/// `PaymentSent` that the user handled with `Ok` before the restart and after it.
fn run(when: CommitmentSigned, then: Then) -> (usize, usize, usize, usize) {
    let chanmon_cfgs = create_chanmon_cfgs(2);
    let node_cfgs = create_node_cfgs(2, &chanmon_cfgs);
    let (store, chain_mon, node_0);
    let mut config = test_default_channel_config();
    config.override_persistent_monitor_events = Some(true);
    let configs = [Some(config.clone()), Some(config)];
    let node_chanmgrs = create_node_chanmgrs(2, &node_cfgs, &configs);
    let mut nodes = create_network(2, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1].map(|i| nodes[i].node.get_our_node_id());
    let chan = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    assert!(nodes[0].node.test_persistent_monitor_events_enabled());

    let amt = 1_000_000;
    let (preimage, hash, ..) = route_payment(&nodes[0], &[&nodes[1]], amt);
    nodes[1].node.claim_funds(preimage);
    check_added_monitors(&nodes[1], 1);
    expect_payment_claimed!(nodes[1], hash, amt);
    let claim = get_htlc_update_msgs(&nodes[1], &ids[0]);

    // Queues `PaymentSent`, without a completion action.
    nodes[0].node.handle_update_fulfill_htlc(ids[1], claim.update_fulfill_htlcs[0].clone());

    let deliver = || {
        nodes[0].node.handle_commitment_signed_batch_test(ids[1], &claim.commitment_signed);
        check_added_monitors(&nodes[0], 1);
    };
    let handled = RefCell::new(Vec::new());
    let msgs = RefCell::new(Vec::new());
    let delivered = RefCell::new(false);
    if when == BeforeHandler {
        deliver();
    }
    let handler = |event: Event| -> Result<(), ReplayEvent> {
        let in_handler = matches!(
            when,
            InHandler | InHandlerWithMonitorEvents | InHandlerWithMonitorEventsThenReplay
        );
        let first = in_handler && !delivered.replace(true);
        if matches!(event, Event::PaymentSent { .. }) && first {
            // What another thread may do while this handler runs.
            deliver();
            if when != InHandler {
                *msgs.borrow_mut() = nodes[0].node.get_and_clear_pending_msg_events();
                assert_eq!(unacked(&nodes[0], chan).len(), 1);
            }
            if when == InHandlerWithMonitorEventsThenReplay {
                return Err(ReplayEvent());
            }
        }
        handled.borrow_mut().push(event);
        Ok(())
    };
    nodes[0].node.process_pending_events(&handler);
    if when == InHandlerWithMonitorEventsThenReplay {
        assert!(handled.borrow().is_empty());
        nodes[0].node.process_pending_events(&handler);
    }
    assert_eq!(handled.borrow().len(), 1);
    assert!(matches!(handled.borrow()[0], Event::PaymentSent { .. }));
    if when == AfterHandler {
        deliver();
    }

    // The rest of the commitment dance.
    let mut msgs = msgs.take();
    msgs.append(&mut nodes[0].node.get_and_clear_pending_msg_events());
    assert_eq!(msgs.len(), 2, "{msgs:?}");
    for msg in msgs {
        match msg {
            MessageSendEvent::SendRevokeAndACK { msg, .. } => {
                nodes[1].node.handle_revoke_and_ack(ids[0], &msg)
            },
            MessageSendEvent::UpdateHTLCs { updates, .. } => nodes[1]
                .node
                .handle_commitment_signed_batch_test(ids[0], &updates.commitment_signed),
            _ => panic!("{msg:?}"),
        }
        check_added_monitors(&nodes[1], 1);
    }
    let raa = get_event_msg!(nodes[1], MessageSendEvent::SendRevokeAndACK, ids[0]);
    nodes[0].node.handle_revoke_and_ack(ids[1], &raa);
    check_added_monitors(&nodes[0], 1);
    for _ in 0..3 {
        nodes[0].node.process_pending_events(&handler);
        assert!(nodes[0].node.get_and_clear_pending_msg_events().is_empty());
    }
    let handled = handled.into_inner();
    assert_eq!(handled.len(), 2, "{handled:?}");
    assert!(matches!(handled[1], Event::PaymentPathSuccessful { .. }));
    let is_sent = |ev: &&Event| matches!(ev, Event::PaymentSent { .. });
    let sent_before = handled.iter().filter(is_sent).count();

    let left = unacked(&nodes[0], chan);
    println!("{when:?}: un-acked: {left:?}");
    for (_, ev) in &left {
        assert!(matches!(ev, MonitorEvent::HTLCEvent(_)));
    }
    let before = left.len();
    match then {
        Then::Look => {
            get_monitor!(nodes[0], chan).drain_unacked_monitor_events();
            return (before, 0, sent_before, 0);
        },
        Then::Drop => return (before, before, sent_before, 0),
        Then::Restart | Then::ForgetCloseRestart => {},
    }

    if then == Then::ForgetCloseRestart {
        for _ in 0..=IDEMPOTENCY_TIMEOUT_TICKS {
            nodes[0].node.timer_tick_occurred();
        }
        assert!(nodes[0].node.list_recent_payments().is_empty());
        let reason = "".to_owned();
        nodes[0].node.force_close_broadcasting_latest_txn(&chan, &ids[1], reason).unwrap();
        let events = nodes[0].node.get_and_clear_pending_events();
        assert!(matches!(events[..], [Event::ChannelClosed { .. }]), "{events:?}");
        nodes[0].node.get_and_clear_pending_msg_events();
        check_added_monitors(&nodes[0], 1);
        // Neither the timeout nor the closure acks the event.
        assert_eq!(unacked(&nodes[0], chan).len(), before);
    }
    nodes[1].node.peer_disconnected(ids[0]);
    let (manager, mon) = (nodes[0].node.encode(), get_monitor!(nodes[0], chan).encode());
    reload_node!(nodes[0], manager, &[&mon], store, chain_mon, node_0);
    let in_monitor_at_restart = unacked(&nodes[0], chan).len();
    let events = nodes[0].node.get_and_clear_pending_events();
    let after = unacked(&nodes[0], chan);
    println!("{when:?} {then:?}: at restart {in_monitor_at_restart}, after: {after:?}, {events:?}");
    assert_eq!(in_monitor_at_restart, before);
    let sent_after = events.iter().filter(is_sent).count();
    nodes[0].node.get_and_clear_pending_msg_events();
    nodes[0].chain_monitor.added_monitors.lock().unwrap().clear();
    if then == Then::Restart {
        assert!(events.is_empty(), "{events:?}");
        reconnect_nodes(ReconnectArgs::new(&nodes[0], &nodes[1]));
        send_payment(&nodes[0], &[&nodes[1]], amt);
    }
    (before, after.len(), sent_before, sent_after)
}

#[test]
fn claim_event_leaks_if_processed_while_payment_sent_is_handled() {
    assert_eq!(run(InHandlerWithMonitorEvents, Then::Look), (1, 0, 1, 0));
}

#[test]
#[should_panic(expected = "had 1 unacked monitor events")]
fn claim_event_leak_trips_the_check_at_drop() {
    run(InHandlerWithMonitorEvents, Then::Drop);
}

#[test]
fn control_no_leak_without_the_race() {
    for when in [BeforeHandler, InHandler, InHandlerWithMonitorEventsThenReplay, AfterHandler] {
        assert_eq!(run(when, Then::Drop), (0, 0, 1, 0), "{when:?}");
    }
}

#[test]
fn leak_is_healed_by_a_restart() {
    assert_eq!(run(InHandlerWithMonitorEvents, Then::Restart), (1, 0, 1, 0));
    assert_eq!(run(BeforeHandler, Then::Restart), (0, 0, 1, 0));
}

#[test]
fn leak_gives_a_second_payment_sent_after_timeout_closure_and_restart() {
    assert_eq!(run(InHandlerWithMonitorEvents, Then::ForgetCloseRestart), (1, 0, 1, 1));
}

#[test]
fn control_no_second_payment_sent_without_the_race() {
    assert_eq!(run(BeforeHandler, Then::ForgetCloseRestart), (0, 0, 1, 0));
}
