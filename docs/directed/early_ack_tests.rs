//! A fail is acked because its inbound channel is gone from the manager, while the monitor update
//! that closes that channel is in flight. A crash takes the close back, and nobody fails the HTLC
//! (persistent monitor events only).
//!
//! All tests here pass at commit e1021bcd1; we believe that what the first one asserts is wrong.
//! Copy this file to `lightning/src/ln/`, add `#[cfg(test)] mod early_ack_tests;` below
//! `mod reload_tests;` in `lightning/src/ln/mod.rs`, and run this in `lightning/` (the default
//! features are enough): `cargo test --lib early_ack -- --nocapture`

use crate::chain::channelmonitor::{ChannelMonitor, MonitorEvent};
use crate::chain::{BlockLocator, ChannelMonitorUpdateStatus};
use crate::events::Event;
use crate::ln::functional_test_utils::*;
use crate::ln::msgs::{BaseMessageHandler, ChannelMessageHandler, MessageSendEvent};
use crate::ln::types::ChannelId;
use crate::prelude::*;
use crate::util::ser::{ReadableArgs, Writeable};
use crate::util::test_channel_signer::TestChannelSigner;

/// The monitor events that are not acked, from a copy of the monitor.
fn unacked(node: &Node, chan: ChannelId) -> Vec<(u64, MonitorEvent)> {
    let bytes = get_monitor!(node, chan).encode();
    let args = (node.keys_manager, node.keys_manager);
    let (_, copy) =
        <(BlockLocator, ChannelMonitor<TestChannelSigner>)>::read(&mut &bytes[..], args).unwrap();
    copy.drain_unacked_monitor_events()
}

/// What is durable when B stops: the close update of A-B never is.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Durable {
    /// B-C's monitor as it is after the ack: a block had it written.
    Ack,
    /// B-C's monitor as it is before the ack (control).
    NoAck,
}

/// A pays C over B, and C fails the HTLC. B closes A-B before it hears of that. Says whether A has
/// its payment back after B's restart. `rebuild_htlcs`: the load takes the manager's HTLCs from its
/// channels, as no build does yet.
fn restart_with(durable: Durable, rebuild_htlcs: bool) -> bool {
    let chanmon_cfgs = create_chanmon_cfgs(3);
    let node_cfgs = create_node_cfgs(3, &chanmon_cfgs);
    let (store, chain_mon, node_1);
    let mut config = test_legacy_channel_config();
    config.override_persistent_monitor_events = Some(true);
    let configs = [Some(config.clone()), Some(config.clone()), Some(config)];
    let node_chanmgrs = create_node_chanmgrs(3, &node_cfgs, &configs);
    let mut nodes = create_network(3, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1, 2].map(|i| nodes[i].node.get_our_node_id());
    let chan_ab = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let chan_bc = create_announced_chan_between_nodes(&nodes, 1, 2).2;

    // C fails the HTLC, and it is gone from both commitments of B-C.
    let (_, hash, ..) = route_payment(&nodes[0], &[&nodes[1], &nodes[2]], 10_000_000);
    nodes[2].node.fail_htlc_backwards(&hash);
    let failure = crate::events::HTLCHandlingFailureType::Receive { payment_hash: hash };
    expect_and_process_pending_htlcs_and_htlc_handling_failed(&nodes[2], &[failure]);
    check_added_monitors(&nodes[2], 1);
    let fail = get_htlc_update_msgs(&nodes[2], &ids[1]);
    nodes[1].node.handle_update_fail_htlc(ids[2], &fail.update_fail_htlcs[0]);
    nodes[1].node.handle_commitment_signed_batch_test(ids[2], &fail.commitment_signed);
    check_added_monitors(&nodes[1], 1);
    let (raa, commitment_signed) = get_revoke_commit_msgs(&nodes[1], &ids[2]);
    nodes[2].node.handle_revoke_and_ack(ids[1], &raa);
    nodes[2].node.handle_commitment_signed_batch_test(ids[1], &commitment_signed);
    check_added_monitors(&nodes[2], 2);
    let raa = get_event_msg!(nodes[2], MessageSendEvent::SendRevokeAndACK, ids[1]);
    nodes[1].node.handle_revoke_and_ack(ids[2], &raa);
    check_added_monitors(&nodes[1], 1);

    // B is written as it is now: B-C is done, and its monitor has the event.
    let manager = nodes[1].node.encode();
    let mon_ab = get_monitor!(nodes[1], chan_ab).encode();
    let mon_bc_before = get_monitor!(nodes[1], chan_bc).encode();
    assert_eq!(unacked(&nodes[1], chan_bc).len(), 1);

    // B's user closes A-B; the write takes time. Then B hears of the event, and acks it.
    chanmon_cfgs[1].persister.set_update_ret(ChannelMonitorUpdateStatus::InProgress);
    let reason = "".to_owned();
    nodes[1].node.force_close_broadcasting_latest_txn(&chan_ab, &ids[0], reason).unwrap();
    check_added_monitors(&nodes[1], 1);
    nodes[1].node.get_and_clear_pending_msg_events();
    nodes[1].node.process_pending_htlc_forwards();
    nodes[1].node.get_and_clear_pending_events();
    let pending = nodes[1].chain_monitor.chain_monitor.list_pending_monitor_updates();
    assert_eq!(pending[&chan_ab].len(), 1);
    let left = unacked(&nodes[1], chan_bc).len();
    println!("close update in flight, events that are not acked: {left}");
    assert_eq!(left, 0);
    let mon_bc_after = get_monitor!(nodes[1], chan_bc).encode();

    // B stops. Its commitment was broadcast, and does not confirm.
    nodes[1].tx_broadcaster.unique_txn_broadcast();
    nodes[0].node.peer_disconnected(ids[1]);
    nodes[2].node.peer_disconnected(ids[1]);
    let mon_bc = if durable == Durable::Ack { mon_bc_after } else { mon_bc_before };
    let mons: &[&[u8]] = &[&mon_ab, &mon_bc];
    reload_node!(nodes[1], manager, mons, store, chain_mon, node_1, Some(rebuild_htlcs));
    assert_eq!(nodes[1].node.list_channels().len(), 2);
    reconnect_nodes(ReconnectArgs::new(&nodes[1], &nodes[2]));
    reconnect_nodes(ReconnectArgs::new(&nodes[0], &nodes[1]));
    for _ in 0..10 {
        nodes[1].node.get_and_clear_pending_events();
        nodes[1].node.process_pending_htlc_forwards();
        nodes[1].node.timer_tick_occurred();
        for message in nodes[1].node.get_and_clear_pending_msg_events() {
            if let MessageSendEvent::UpdateHTLCs { updates, .. } = message {
                nodes[0].node.handle_update_fail_htlc(ids[1], &updates.update_fail_htlcs[0]);
                let commitment = &updates.commitment_signed;
                check_added_monitors(&nodes[1], 1);
                do_commitment_signed_dance(&nodes[0], &nodes[1], commitment, false, false);
            }
        }
    }
    let events = nodes[0].node.get_and_clear_pending_events();
    let is_back = events.iter().any(|event| matches!(event, Event::PaymentFailed { .. }));
    let channels = nodes[1].node.list_channels();
    let held: usize = channels.iter().map(|channel| channel.pending_inbound_htlcs.len()).sum();
    println!("{durable:?}: A has its payment back: {is_back}; HTLCs that B holds: {held}");
    assert_eq!(held, if is_back { 0 } else { 1 });
    if !is_back {
        // A gets it back only when it closes the channel for it.
        let expiry = nodes[0].node.list_channels()[0].pending_outbound_htlcs[0].cltv_expiry;
        while nodes[0].best_block_info().1 < expiry + 10 {
            connect_blocks(&nodes[0], 1);
        }
        let closed = nodes[0].node.get_and_clear_pending_events();
        println!("{closed:?}");
        assert!(matches!(closed[..], [Event::ChannelClosed { .. }]));
    }
    for node in &nodes {
        node.node.get_and_clear_pending_events();
        node.node.get_and_clear_pending_msg_events();
        node.chain_monitor.added_monitors.lock().unwrap().clear();
    }
    is_back
}

#[test]
fn fail_is_acked_while_the_close_of_its_inbound_channel_is_in_flight() {
    for rebuild_htlcs in [false, true] {
        assert!(!restart_with(Durable::Ack, rebuild_htlcs));
    }
}

#[test]
fn control_fail_is_sent_if_the_ack_did_not_land() {
    for rebuild_htlcs in [false, true] {
        assert!(restart_with(Durable::NoAck, rebuild_htlcs));
    }
}
