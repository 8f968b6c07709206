//! Restarts with a `ChannelManager` that is older than its `ChannelMonitor`s: two findings.
//!
//! All tests here pass today. They assert what LDK does now, and we believe that this is wrong:
//! 1. If the old manager has an outbound HTLC in a holding cell, it fails that HTLC while it loads
//!    (`dropped_outbound_htlcs`). It does not ask the newer monitor, which may have the HTLC.
//! 2. If the old manager has a blocked monitor update, it drops the update while it loads when the
//!    monitor has reached its id (`on_startup_drop_completed_blocked_mon_updates_through`). But a
//!    preimage update may have taken that id since. The last test is a control: with a current
//!    manager, all is well.
//!
//! The file compiles at commit e1021bcd1. Copy it to `lightning/src/ln/`, add
//! `#[cfg(test)] mod stale_manager_findings_tests;` below `mod reload_tests;` in
//! `lightning/src/ln/mod.rs`, and run this in `lightning/` (the default features are enough):
//! `cargo test --lib stale_manager_findings -- --nocapture`
//!
//! Main (tried at cfee4b755) has no switch for persistent monitor events. There, delete the line
//! and the test which are marked "Not on main".

use crate::chain::channelmonitor::Balance;
use crate::events::{ClosureReason, Event, HTLCHandlingFailureType};
use crate::ln::channelmanager::PaymentId;
use crate::ln::functional_test_utils::*;
use crate::ln::msgs::{BaseMessageHandler, ChannelMessageHandler};
use crate::ln::outbound_payment::RecipientOnionFields;
use crate::prelude::*;
use crate::util::config::UserConfig;
use crate::util::ser::Writeable;

/// Persistent monitor events are off outside of tests, but random in tests unless they are set.
fn configs(_persistent_monitor_events: bool) -> [Option<UserConfig>; 3] {
    let mut config = test_legacy_channel_config();
    config.override_persistent_monitor_events = Some(_persistent_monitor_events); // Not on main.
    [Some(config.clone()), Some(config.clone()), Some(config)]
}

/// The nodes are A, B and C. B restarts with an old manager whose B-C holding cell has an HTLC that
/// B has since committed to C. The HTLC is a forward for A, or a payment of B's own.
fn do_holding_cell_htlc_is_failed_on_load(persistent_monitor_events: bool, own_payment: bool) {
    let chanmon_cfgs = create_chanmon_cfgs(3);
    let node_cfgs = create_node_cfgs(3, &chanmon_cfgs);
    let (store, chain_mon, node_1);
    let node_chanmgrs = create_node_chanmgrs(3, &node_cfgs, &configs(persistent_monitor_events));
    let mut nodes = create_network(3, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1, 2].map(|i| nodes[i].node.get_our_node_id());
    let chan_ab = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let chan_bc = create_announced_chan_between_nodes(&nodes, 1, 2).2;
    let a_capacity = nodes[0].node.list_channels()[0].outbound_capacity_msat;

    // B sends C a new feerate. C's answer waits in C's queue. Until B has C's revocation, B cannot
    // sign another commitment for C.
    *chanmon_cfgs[1].fee_estimator.sat_per_kw.lock().unwrap() += 20;
    nodes[1].node.timer_tick_occurred();
    check_added_monitors(&nodes[1], 1);
    let new_fee = get_htlc_update_msgs(&nodes[1], &ids[2]);
    nodes[2].node.handle_update_fee(ids[1], &new_fee.update_fee.unwrap());
    nodes[2].node.handle_commitment_signed_batch_test(ids[1], &new_fee.commitment_signed);
    check_added_monitors(&nodes[2], 1);

    // So the HTLC goes to B's holding cell.
    let (amt, sender) = (10_000_000, if own_payment { 1 } else { 0 });
    let (route, hash, preimage, secret) = get_route_and_payment_hash!(nodes[sender], nodes[2], amt);
    let onion = RecipientOnionFields::secret_only(secret, amt);
    nodes[sender].node.send_payment_with_route(route, hash, onion, PaymentId(hash.0)).unwrap();
    if !own_payment {
        check_added_monitors(&nodes[0], 1);
        let add = SendEvent::from_node(&nodes[0]);
        nodes[1].node.handle_update_add_htlc(ids[0], &add.msgs[0]);
        do_commitment_signed_dance(&nodes[1], &nodes[0], &add.commitment_msg, false, false);
        expect_and_process_pending_htlcs(&nodes[1], false);
    }
    check_added_monitors(&nodes[1], 0);
    assert!(nodes[1].node.get_and_clear_pending_msg_events().is_empty());

    // This is the last manager that B gets to persist.
    let manager = nodes[1].node.encode();

    // C's answer arrives and B frees its holding cell. Both sides commit to the HTLC and revoke
    // what they had before. The messages stay in the order in which one connection carries them.
    let (_, b_raa, mut freed) = do_main_commitment_signed_dance(&nodes[2], &nodes[1], false);
    let add = SendEvent::from_event(freed.remove(0));
    nodes[2].node.handle_update_add_htlc(ids[1], &add.msgs[0]);
    nodes[2].node.handle_commitment_signed_batch_test(ids[1], &add.commitment_msg);
    nodes[2].node.handle_revoke_and_ack(ids[1], &b_raa);
    check_added_monitors(&nodes[2], 2);
    commitment_signed_dance_through_cp_raa(&nodes[2], &nodes[1], false, false);
    expect_and_process_pending_htlcs(&nodes[2], false);
    expect_payment_claimable!(nodes[2], hash, secret, amt);

    // B restarts with its newest monitors. The B-C monitor has the HTLC.
    let mons = [chan_ab, chan_bc].map(|chan| get_monitor!(nodes[1], chan).encode());
    nodes[0].node.peer_disconnected(ids[1]);
    nodes[2].node.peer_disconnected(ids[1]);
    // `Some(false)`: the manager's HTLCs are not rebuilt from the monitors, as outside of tests.
    reload_node!(nodes[1], manager, &[&mons[0], &mons[1]], store, chain_mon, node_1, Some(false));
    let htlcs = get_monitor!(nodes[1], chan_bc).get_all_current_outbound_htlcs();
    assert!(htlcs.values().any(|(htlc, _)| htlc.payment_hash == hash));

    // B closes B-C, as it should, and broadcasts a commitment that has the HTLC.
    nodes[1].node.test_process_background_events();
    check_added_monitors(&nodes[1], 1);
    let b_commitment_tx = nodes[1].tx_broadcaster.unique_txn_broadcast().remove(0);
    assert!(matches!(nodes[1].node.pop_pending_event(), Some(Event::ChannelClosed { .. })));

    // Here is what is wrong: B also fails the HTLC, although C can still claim it.
    if !own_payment {
        reconnect_nodes(ReconnectArgs::new(&nodes[0], &nodes[1]));
        let next_hop = Some(ids[2]);
        let failure = HTLCHandlingFailureType::Forward { node_id: next_hop, channel_id: chan_bc };
        expect_and_process_pending_htlcs_and_htlc_handling_failed(&nodes[1], &[failure]);
        check_added_monitors(&nodes[1], 1);
        let fail = get_htlc_update_msgs(&nodes[1], &ids[0]);
        nodes[0].node.handle_update_fail_htlc(ids[1], &fail.update_fail_htlcs[0]);
        do_commitment_signed_dance(&nodes[0], &nodes[1], &fail.commitment_signed, false, false);
    }
    expect_payment_failed!(nodes[sender], hash, false);

    // C claims the HTLC from B's commitment, on chain, as is C's right.
    nodes[2].node.claim_funds(preimage);
    check_added_monitors(&nodes[2], 1);
    expect_payment_claimed!(nodes[2], hash, amt);
    mine_transaction(&nodes[2], &b_commitment_tx);
    check_closed_event(&nodes[2], 1, ClosureReason::CommitmentTxConfirmed, &[ids[1]], 100_000);
    check_closed_broadcast(&nodes[2], 1, false);
    check_added_monitors(&nodes[2], 1);
    let c_claim_tx = nodes[2].tx_broadcaster.unique_txn_broadcast().remove(0);
    check_spends!(c_claim_tx, b_commitment_tx);
    let vout = c_claim_tx.input[0].previous_output.vout as usize;
    assert_eq!(b_commitment_tx.output[vout].value.to_sat() * 1000, amt);

    // B learns the preimage too late. If the HTLC is B's own, the user has seen `PaymentFailed` and
    // may have paid again. If it is a forward, A has its money back and B has lost the amount.
    mine_transaction(&nodes[1], &b_commitment_tx);
    mine_transaction(&nodes[1], &c_claim_tx);
    assert!(nodes[1].node.get_and_clear_pending_events().is_empty() || own_payment);
    assert_eq!(nodes[0].node.list_channels()[0].outbound_capacity_msat, a_capacity);
    nodes[1].chain_monitor.added_monitors.lock().unwrap().clear();
}

#[test]
fn holding_cell_forward_is_failed_back_although_the_monitor_has_it() {
    do_holding_cell_htlc_is_failed_on_load(false, false);
}

#[test] // Not on main.
fn holding_cell_forward_is_failed_back_with_persistent_monitor_events() {
    do_holding_cell_htlc_is_failed_on_load(true, false);
}

#[test] // With persistent monitor events, B does not fail its own payment.
fn own_payment_in_the_holding_cell_is_failed_although_the_monitor_has_it() {
    do_holding_cell_htlc_is_failed_on_load(false, true);
}

/// B restarts while its monitor update with a revocation of C's is blocked. If `old_manager`, B's
/// manager was persisted before a preimage update took the id of the blocked update.
fn do_blocked_revocation_at_restart(old_manager: bool) {
    let chanmon_cfgs = create_chanmon_cfgs(3);
    let node_cfgs = create_node_cfgs(3, &chanmon_cfgs);
    let (store, chain_mon, node_1);
    let node_chanmgrs = create_node_chanmgrs(3, &node_cfgs, &configs(false));
    let mut nodes = create_network(3, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1, 2].map(|i| nodes[i].node.get_our_node_id());
    let chan_ab = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let chan_bc = create_announced_chan_between_nodes(&nodes, 1, 2).2;

    // How many of C's revocations B's monitor lacks, and how many monitor updates are blocked.
    macro_rules! lacking_and_blocked {
        () => {{
            let monitor_secret = get_monitor!(nodes[1], chan_bc).get_min_seen_secret();
            let per_peer_lock;
            let mut peer_lock;
            let chan = get_channel_ref!(nodes[1], nodes[2], per_peer_lock, peer_lock, chan_bc);
            let chan = chan.as_funded_mut().unwrap();
            let chan_secret = chan.get_revoked_counterparty_commitment_transaction_number();
            (monitor_secret - chan_secret, chan.blocked_monitor_updates_pending())
        }};
    }

    // B-C gets an HTLC in each direction: one that B forwards from C to A, and one from B to C.
    send_payment(&nodes[0], &[&nodes[1], &nodes[2]], 20_000_000); // Gives C something to spend.
    let (fwd_preimage, fwd_hash, ..) = route_payment(&nodes[2], &[&nodes[1], &nodes[0]], 1_000_000);
    let (own_preimage, own_hash, ..) = route_payment(&nodes[1], &[&nodes[2]], 2_000_000);
    let revoked_tx = get_local_commitment_txn!(nodes[2], chan_bc).remove(0);

    // C claims B's payment and revokes `revoked_tx`. B's user has not handled `PaymentSent` yet, so
    // the monitor update with the revocation secret is blocked.
    nodes[2].node.claim_funds(own_preimage);
    check_added_monitors(&nodes[2], 1);
    expect_payment_claimed!(nodes[2], own_hash, 2_000_000);
    let claim = get_htlc_update_msgs(&nodes[2], &ids[1]);
    nodes[1].node.handle_update_fulfill_htlc(ids[2], claim.update_fulfill_htlcs[0].clone());
    nodes[1].node.handle_commitment_signed_batch_test(ids[2], &claim.commitment_signed);
    check_added_monitors(&nodes[1], 1);
    commitment_signed_dance_through_cp_raa(&nodes[1], &nodes[2], false, true);
    assert_eq!(lacking_and_blocked!(), (1, 1));
    let manager_before = nodes[1].node.encode();

    // A claims the forward. The preimage update of B-C must not wait. It takes the blocked update's
    // id and is applied. The blocked update gets the next id.
    nodes[0].node.claim_funds(fwd_preimage);
    check_added_monitors(&nodes[0], 1);
    expect_payment_claimed!(nodes[0], fwd_hash, 1_000_000);
    let claim = get_htlc_update_msgs(&nodes[0], &ids[1]);
    nodes[1].node.handle_update_fulfill_htlc(ids[0], claim.update_fulfill_htlcs[0].clone());
    check_added_monitors(&nodes[1], 1);
    assert_eq!(lacking_and_blocked!(), (1, 1));
    let manager_after = nodes[1].node.encode();

    // B restarts with its newest monitors. Then its user handles `PaymentSent`, which releases
    // what is blocked.
    let manager = if old_manager { manager_before } else { manager_after };
    let mons = [chan_ab, chan_bc].map(|chan| get_monitor!(nodes[1], chan).encode());
    nodes[0].node.peer_disconnected(ids[1]);
    nodes[2].node.peer_disconnected(ids[1]);
    reload_node!(nodes[1], manager, &[&mons[0], &mons[1]], store, chain_mon, node_1, Some(false));
    let events = nodes[1].node.get_and_clear_pending_events();
    assert!(matches!(events[0], Event::PaymentSent { .. }));

    // B-C is open in both cases. Here is what is wrong: with the old manager, the monitor lacks the
    // secret and no update is left that would bring it.
    assert_eq!(nodes[1].node.list_channels().len(), 2);
    assert_eq!(lacking_and_blocked!(), (if old_manager { 1 } else { 0 }, 0));

    // C cheats. `revoked_tx` has both HTLCs, C's balance and B's. All but B's own balance are to be
    // taken from C. With the old manager, B only takes the HTLC whose preimage it knows.
    mine_transaction(&nodes[1], &revoked_tx);
    let balances = get_monitor!(nodes[1], chan_bc).get_claimable_balances();
    let revoked = |b: &&Balance| matches!(b, Balance::CounterpartyRevokedOutputClaimable { .. });
    assert_eq!(balances.iter().filter(revoked).count(), if old_manager { 0 } else { 3 });
    let txn = nodes[1].tx_broadcaster.unique_txn_broadcast();
    let spent = txn.iter().flat_map(|tx| tx.input.iter()).map(|input| input.previous_output);
    assert_eq!(hash_set_from_iter(spent).len(), if old_manager { 1 } else { 3 });

    check_closed_event(&nodes[1], 1, ClosureReason::CommitmentTxConfirmed, &[ids[2]], 100_000);
    nodes[1].chain_monitor.added_monitors.lock().unwrap().clear();
}

#[test]
fn blocked_revocation_is_dropped_by_id() {
    do_blocked_revocation_at_restart(true);
}

#[test]
fn blocked_revocation_is_applied_with_a_current_manager() {
    do_blocked_revocation_at_restart(false);
}
