//! A `ChannelMonitorUpdate` that the monitor refuses is never complete with LDK's own persister for
//! asynchronous writes. What waits for it waits until the node is restarted.
//!
//! All tests here pass at commit e1021bcd1; we believe that what they assert is wrong, except of
//! those with `control` in their names. On main (tried at cfee4b755) they pass if the two lines are
//! changed that are marked "Not on main"; the two tests about what is held back then assert that
//! nothing is. Copy this file and `async_persister.rs` to `lightning/src/ln/`, add
//! `#[cfg(test)] mod async_persister;` and `#[cfg(test)] mod refused_update_tests;` below
//! `mod reload_tests;` in `lightning/src/ln/mod.rs`, and run this in `lightning/` (the default
//! features are enough): `cargo test --lib refused_update -- --nocapture`

use crate::chain::Confirm;
use crate::events::Event;
use crate::ln::async_persister::Persister;
use crate::ln::channelmanager::PaymentId;
use crate::ln::functional_test_utils::*;
use crate::ln::msgs::{BaseMessageHandler, ChannelMessageHandler, MessageSendEvent};
use crate::ln::outbound_payment::RecipientOnionFields;
use crate::ln::types::ChannelId;
use crate::prelude::*;
use crate::util::config::UserConfig;
use crate::util::ser::Writeable;
use bitcoin::Transaction;

/// HTLC events are held back while an update of their channel is in flight.
const HOLDS_BACK: bool = true; // Not on main: false there.

/// Persistent monitor events are off outside of tests, but random in tests unless they are set.
fn config(_persistent: bool) -> Option<UserConfig> {
    #[allow(unused_mut)]
    let mut config = test_legacy_channel_config();
    config.override_persistent_monitor_events = Some(_persistent); // Not on main.
    Some(config)
}

/// A block with this transaction: the chain monitor is told first, as LDK's users do, and the
/// manager next. Meanwhile something else happens to the manager.
fn confirm_around(node: &Node, tx: &Transaction, meanwhile: impl FnOnce()) {
    let (hash, height) = (node.best_block_hash(), node.best_block_info().1 + 1);
    let block = create_dummy_block(hash, height, vec![tx.clone()]);
    let txdata: Vec<_> = block.txdata.iter().enumerate().collect();
    node.blocks.lock().unwrap().push((block.clone(), height));
    node.chain_monitor.chain_monitor.transactions_confirmed(&block.header, &txdata, height);
    node.chain_monitor.chain_monitor.best_block_updated(&block.header, height);
    meanwhile();
    node.node.transactions_confirmed(&block.header, &txdata, height);
    node.node.best_block_updated(&block.header, height);
    node.node.test_process_background_events();
}

/// All writes land, and a while passes. Says what the user was told.
fn pass_time(node: &Node, persister: &Persister) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..10 {
        persister.settle();
        events.append(&mut node.node.get_and_clear_pending_events());
        node.node.get_and_clear_pending_msg_events();
        node.node.timer_tick_occurred();
        connect_blocks(node, 1);
    }
    persister.settle();
    node.chain_monitor.added_monitors.lock().unwrap().clear();
    events
}

fn in_flight(node: &Node, chan: ChannelId) -> usize {
    let pending = node.chain_monitor.chain_monitor.list_pending_monitor_updates();
    pending.get(&chan).map_or(0, |updates| updates.len())
}

/// B has a payment of A's to claim. A's commitment confirms; B's user claims just then. Says
/// whether `PaymentClaimed` came before a restart, and after it.
fn claim_at_close(persistent: bool, signals_all: bool) -> (bool, bool) {
    let chanmon_cfgs = create_chanmon_cfgs(2);
    let persisters: Vec<_> = (0..2).map(|i| Persister::new(i, 1000, signals_all)).collect();
    let node_cfgs = create_node_cfgs_with_persisters(2, &chanmon_cfgs, persisters.iter().collect());
    let (store, chain_mon, node_1);
    let configs = [config(persistent), config(persistent)];
    let node_chanmgrs = create_node_chanmgrs(2, &node_cfgs, &configs);
    let mut nodes = create_network(2, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1].map(|i| nodes[i].node.get_our_node_id());
    let chan = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let (preimage, ..) = route_payment(&nodes[0], &[&nodes[1]], 10_000_000);

    persisters[1].take_time();
    let a_commitment = get_local_commitment_txn!(nodes[0], chan).remove(0);
    confirm_around(&nodes[1], &a_commitment, || nodes[1].node.claim_funds(preimage));
    let is_claimed = |event: &Event| matches!(event, Event::PaymentClaimed { .. });
    let before = pass_time(&nodes[1], &persisters[1]);
    assert!(before.iter().any(|event| matches!(event, Event::ChannelClosed { .. })));
    assert_eq!(in_flight(&nodes[1], chan), if signals_all { 0 } else { 1 });

    nodes[0].node.peer_disconnected(ids[1]);
    let manager = nodes[1].node.encode();
    let monitor = get_monitor!(nodes[1], chan).encode();
    reload_node!(nodes[1], manager, &[&monitor], store, chain_mon, node_1, Some(false));
    let after = nodes[1].node.get_and_clear_pending_events();
    nodes[1].chain_monitor.added_monitors.lock().unwrap().clear();
    let told = (before.iter().any(is_claimed), after.iter().any(is_claimed));
    println!("PaymentClaimed before and after a restart: {told:?}");
    told
}

#[test]
fn payment_claimed_does_not_come_before_a_restart() {
    for persistent in [false, true] {
        assert_eq!(claim_at_close(persistent, false), (false, true));
    }
}

#[test]
fn control_payment_claimed_comes_if_every_write_is_signalled() {
    assert!(claim_at_close(false, true).0);
}

/// B forwards a payment of A's to C. A's commitment confirms; C's claim arrives just then. Says
/// whether `PaymentForwarded` came before a restart, and after it; and how many updates of B-C are
/// blocked then.
fn forward_at_close(persistent: bool) -> ((bool, bool), (usize, usize)) {
    let chanmon_cfgs = create_chanmon_cfgs(3);
    let persisters: Vec<_> = (0..3).map(|i| Persister::new(i, 1000, false)).collect();
    let node_cfgs = create_node_cfgs_with_persisters(3, &chanmon_cfgs, persisters.iter().collect());
    let (store, chain_mon, node_1);
    let configs = [(); 3].map(|()| config(persistent));
    let node_chanmgrs = create_node_chanmgrs(3, &node_cfgs, &configs);
    let mut nodes = create_network(3, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1, 2].map(|i| nodes[i].node.get_our_node_id());
    let chan_ab = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let chan_bc = create_announced_chan_between_nodes(&nodes, 1, 2).2;
    let amt = 10_000_000;
    let (preimage, hash, ..) = route_payment(&nodes[0], &[&nodes[1], &nodes[2]], amt);
    nodes[2].node.claim_funds(preimage);
    check_added_monitors(&nodes[2], 1);
    expect_payment_claimed!(nodes[2], hash, amt);
    let claim = get_htlc_update_msgs(&nodes[2], &ids[1]);

    macro_rules! blocked {
        () => {{
            let per_peer_lock;
            let mut peer_lock;
            let chan = get_channel_ref!(nodes[1], nodes[2], per_peer_lock, peer_lock, chan_bc);
            chan.as_funded_mut().unwrap().blocked_monitor_updates_pending()
        }};
    }

    persisters[1].take_time();
    let a_commitment = get_local_commitment_txn!(nodes[0], chan_ab).remove(0);
    confirm_around(&nodes[1], &a_commitment, || {
        nodes[1].node.handle_update_fulfill_htlc(ids[2], claim.update_fulfill_htlcs[0].clone());
    });
    let mut before = pass_time(&nodes[1], &persisters[1]);
    assert_eq!(in_flight(&nodes[1], chan_ab), 1);

    // On B-C, which is healthy, C goes on.
    nodes[1].node.handle_commitment_signed_batch_test(ids[2], &claim.commitment_signed);
    persisters[1].settle();
    for message in nodes[1].node.get_and_clear_pending_msg_events() {
        match message {
            MessageSendEvent::SendRevokeAndACK { msg, .. } => {
                nodes[2].node.handle_revoke_and_ack(ids[1], &msg)
            }
            MessageSendEvent::UpdateHTLCs { updates, .. } => {
                let commitment_signed = &updates.commitment_signed;
                nodes[2].node.handle_commitment_signed_batch_test(ids[1], commitment_signed)
            }
            _ => {}
        }
    }
    check_added_monitors(&nodes[2], 2);
    let raa = get_event_msg!(nodes[2], MessageSendEvent::SendRevokeAndACK, ids[1]);
    nodes[1].node.handle_revoke_and_ack(ids[2], &raa);
    before.append(&mut pass_time(&nodes[1], &persisters[1]));
    let blocked_before = blocked!();

    nodes[0].node.peer_disconnected(ids[1]);
    nodes[2].node.peer_disconnected(ids[1]);
    let manager = nodes[1].node.encode();
    let mons = [chan_ab, chan_bc].map(|chan| get_monitor!(nodes[1], chan).encode());
    reload_node!(nodes[1], manager, &[&mons[0], &mons[1]], store, chain_mon, node_1, Some(false));
    let mut after = nodes[1].node.get_and_clear_pending_events();
    after.append(&mut nodes[1].node.get_and_clear_pending_events());
    nodes[1].chain_monitor.added_monitors.lock().unwrap().clear();
    let is_forwarded = |event: &Event| matches!(event, Event::PaymentForwarded { .. });
    let told = (before.iter().any(is_forwarded), after.iter().any(is_forwarded));
    let blocked = (blocked_before, blocked!());
    println!("PaymentForwarded before and after a restart: {told:?}; updates blocked: {blocked:?}");
    (told, blocked)
}

#[test]
fn payment_forwarded_does_not_come_and_the_downstream_channel_is_blocked_before_a_restart() {
    assert_eq!(forward_at_close(false), ((false, true), (1, 0)));
    // With persistent events nothing blocks the downstream channel.
    assert_eq!(forward_at_close(true).0, (false, true));
}

/// B pays C, or forwards a payment of A's to it. C's commitment with the HTLC confirms; C's
/// revocation for something else arrives just then. C claims on chain.
fn claimed_on_chain(own_payment: bool, persistent: bool, signals_all: bool) {
    let chanmon_cfgs = create_chanmon_cfgs(3);
    let persisters: Vec<_> = (0..3).map(|i| Persister::new(i, 1000, signals_all)).collect();
    let node_cfgs = create_node_cfgs_with_persisters(3, &chanmon_cfgs, persisters.iter().collect());
    let (store, chain_mon, node_1);
    let configs = [(); 3].map(|()| config(persistent));
    let node_chanmgrs = create_node_chanmgrs(3, &node_cfgs, &configs);
    let mut nodes = create_network(3, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1, 2].map(|i| nodes[i].node.get_our_node_id());
    let chan_ab = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let chan_bc = create_announced_chan_between_nodes(&nodes, 1, 2).2;
    let amt = 10_000_000;
    let (preimage, hash, ..) = match own_payment {
        true => route_payment(&nodes[1], &[&nodes[2]], amt),
        false => route_payment(&nodes[0], &[&nodes[1], &nodes[2]], amt),
    };

    // B offers C another HTLC. C's answer is on its way when C goes to the chain.
    let (route, other, _, secret) = get_route_and_payment_hash!(nodes[1], nodes[2], amt);
    let onion = RecipientOnionFields::secret_only(secret, amt);
    nodes[1].node.send_payment_with_route(route, other, onion, PaymentId(other.0)).unwrap();
    check_added_monitors(&nodes[1], 1);
    let add = SendEvent::from_node(&nodes[1]);
    nodes[2].node.handle_update_add_htlc(ids[1], &add.msgs[0]);
    nodes[2].node.handle_commitment_signed_batch_test(ids[1], &add.commitment_msg);
    check_added_monitors(&nodes[2], 1);
    let (raa, _) = get_revoke_commit_msgs(&nodes[2], &ids[1]);
    nodes[2].node.claim_funds(preimage);
    check_added_monitors(&nodes[2], 1);
    expect_payment_claimed!(nodes[2], hash, amt);
    let c_commitment = get_local_commitment_txn!(nodes[2], chan_bc).remove(0);
    mine_transaction(&nodes[2], &c_commitment);
    let c_claim = nodes[2].tx_broadcaster.unique_txn_broadcast().remove(0);
    check_spends!(c_claim, c_commitment);

    persisters[1].take_time();
    confirm_around(&nodes[1], &c_commitment, || nodes[1].node.handle_revoke_and_ack(ids[2], &raa));
    let mut events = pass_time(&nodes[1], &persisters[1]);
    assert_eq!(in_flight(&nodes[1], chan_bc), if signals_all { 0 } else { 1 });
    mine_transaction(&nodes[1], &c_claim);
    nodes[1].tx_broadcaster.unique_txn_broadcast();
    let starves = HOLDS_BACK && !signals_all;

    if own_payment {
        events.append(&mut pass_time(&nodes[1], &persisters[1]));
        let is_sent = |event: &Event| match event {
            Event::PaymentSent { payment_hash, .. } => *payment_hash == hash,
            _ => false,
        };
        println!("PaymentSent before a restart: {}", events.iter().any(is_sent));
        assert_eq!(events.iter().any(is_sent), !starves);
        if starves {
            let manager = nodes[1].node.encode();
            let mons = [chan_ab, chan_bc].map(|chan| get_monitor!(nodes[1], chan).encode());
            let mons = &[&mons[0][..], &mons[1][..]];
            nodes[0].node.peer_disconnected(ids[1]);
            reload_node!(nodes[1], manager, mons, store, chain_mon, node_1, Some(false));
            let mut events = nodes[1].node.get_and_clear_pending_events();
            events.append(&mut nodes[1].node.get_and_clear_pending_events());
            println!("PaymentSent after it: {}", events.iter().any(is_sent));
            assert!(events.iter().any(is_sent));
        }
    } else if !starves {
        persisters[1].settle();
        let messages = nodes[1].node.get_and_clear_pending_msg_events();
        persisters[1].settle();
        let more = nodes[1].node.get_and_clear_pending_msg_events();
        let claims = |message: &MessageSendEvent| match message {
            MessageSendEvent::UpdateHTLCs { node_id, updates, .. } => {
                *node_id == ids[0] && updates.update_fulfill_htlcs.len() == 1
            }
            _ => false,
        };
        println!("the preimage goes to A");
        assert!(messages.iter().chain(&more).any(claims));
    } else {
        // C has the amount. B knows the preimage, and lets the HTLC of A's run out.
        let expiry = nodes[0].node.list_channels()[0].pending_outbound_htlcs[0].cltv_expiry;
        while nodes[0].best_block_info().1 < expiry + 10 {
            connect_blocks(&nodes[0], 1);
        }
        while nodes[1].best_block_info().1 < expiry + 10 {
            pass_time(&nodes[1], &persisters[1]);
        }
        let a_txn = nodes[0].tx_broadcaster.unique_txn_broadcast();
        let commitment = a_txn[0].compute_txid();
        let is_spend = |tx: &&Transaction| tx.input[0].previous_output.txid == commitment;
        let timeout = a_txn.iter().find(is_spend).expect("A takes its HTLC back");
        for node in [&nodes[0], &nodes[1]] {
            mine_transaction(node, &a_txn[0]);
            mine_transaction(node, timeout);
        }
        pass_time(&nodes[1], &persisters[1]);
        let b_txn = nodes[1].tx_broadcaster.unique_txn_broadcast();
        let htlc = timeout.input[0].previous_output;
        let mut inputs = b_txn.iter().flat_map(|tx| tx.input.iter());
        assert!(inputs.all(|input| input.previous_output != htlc));
        connect_blocks(&nodes[0], 6);
        let events = nodes[0].node.get_and_clear_pending_events();
        let is_failed = |event: &Event| matches!(event, Event::PaymentFailed { .. });
        println!("A's payment has failed: {}", events.iter().any(is_failed));
        assert!(events.iter().any(is_failed));
    }
    // The check at drop would find the event that is held back.
    core::mem::forget(nodes);
}

#[test]
fn payment_sent_is_held_back_until_a_restart() {
    for persistent in [false, true] {
        claimed_on_chain(true, persistent, false);
    }
}

#[test]
fn forward_that_was_claimed_on_chain_times_out_upstream() {
    for persistent in [false, true] {
        claimed_on_chain(false, persistent, false);
    }
}

#[test]
fn control_nothing_is_held_back_if_every_write_is_signalled() {
    claimed_on_chain(true, false, true);
    claimed_on_chain(false, false, true);
}
