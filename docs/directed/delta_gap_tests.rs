//! A delta is durable and an earlier write of its monitor is not: every start panics.
//!
//! All tests here pass at commit e1021bcd1 and on main (tried at cfee4b755); we believe that what
//! those with `panics` in their names assert is wrong. Copy this file and `async_persister.rs` to
//! `lightning/src/ln/`, add `#[cfg(test)] mod async_persister;` and
//! `#[cfg(test)] mod delta_gap_tests;` below `mod reload_tests;` in `lightning/src/ln/mod.rs`, and
//! run this in `lightning/` (the default features are enough):
//! `cargo test --lib delta_gap -- --nocapture`

use crate::ln::async_persister::Persister;
use crate::ln::channelmanager::PaymentId;
use crate::ln::functional_test_utils::*;
use crate::ln::msgs::{BaseMessageHandler, ChannelMessageHandler};
use crate::ln::outbound_payment::RecipientOnionFields;
use crate::prelude::*;
use crate::util::ser::Writeable;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Full writes are never due within a test.
const DELTAS_ONLY: u64 = 1000;

/// What is durable when A stops, of the two updates that an answer of B's brings.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Durable {
    Both,
    /// The control: what is durable has no gap.
    First,
    Second,
    /// The store lands each write within its call. The task of the second update runs, that of the
    /// first does not.
    SecondTask,
}

/// A pays B. B's revocation and commitment arrive, and with each an update of A's monitor. Then A
/// stops and starts again. Says the id of the first of these updates.
fn restart_with(durable: Durable, maximum_pending_updates: u64) -> u64 {
    let chanmon_cfgs = create_chanmon_cfgs(2);
    let persisters: Vec<_> =
        (0..2).map(|node| Persister::new(node, maximum_pending_updates, false)).collect();
    let node_cfgs = create_node_cfgs_with_persisters(2, &chanmon_cfgs, persisters.iter().collect());
    let (store, chain_mon, node_0);
    let node_chanmgrs = create_node_chanmgrs(2, &node_cfgs, &[None, None]);
    let mut nodes = create_network(2, &node_cfgs, &node_chanmgrs);
    let ids = [0, 1].map(|i| nodes[i].node.get_our_node_id());
    let chan = create_announced_chan_between_nodes(&nodes, 0, 1).2;
    let (disk, tasks) = (&persisters[0].disk, &persisters[0].tasks);
    send_payment(&nodes[0], &[&nodes[1]], 1_000_000);

    let amt = 10_000_000;
    let (route, hash, _, secret) = get_route_and_payment_hash!(nodes[0], nodes[1], amt);
    let onion = RecipientOnionFields::secret_only(secret, amt);
    nodes[0].node.send_payment_with_route(route, hash, onion, PaymentId(hash.0)).unwrap();
    check_added_monitors(&nodes[0], 1);
    let add = SendEvent::from_node(&nodes[0]);
    nodes[1].node.handle_update_add_htlc(ids[0], &add.msgs[0]);
    nodes[1].node.handle_commitment_signed_batch_test(ids[0], &add.commitment_msg);
    check_added_monitors(&nodes[1], 1);
    let (raa, commitment_signed) = get_revoke_commit_msgs(&nodes[1], &ids[0]);
    let before = get_monitor!(nodes[0], chan).get_latest_update_id();
    let (first, second) = (before + 1, before + 2);

    // From here on A's writes take time. It gets both messages of B while the first write is in
    // flight, as it may.
    persisters[0].take_time();
    if durable == Durable::SecondTask {
        disk.land_at_call();
    }
    nodes[0].node.handle_revoke_and_ack(ids[1], &raa);
    nodes[0].node.handle_commitment_signed_batch_test(ids[1], &commitment_signed);
    check_added_monitors(&nodes[0], 2);
    assert_eq!(get_monitor!(nodes[0], chan).get_latest_update_id(), second);
    let pending = nodes[0].chain_monitor.chain_monitor.list_pending_monitor_updates();
    assert_eq!(pending[&chan], vec![first, second]);

    // What lands. A full write is given to the store within the call that asks for it; a delta is
    // given to it only by a task, when that is first polled.
    let is_full = first % maximum_pending_updates == 0;
    assert_eq!(disk.in_flight().len(), if is_full { 1 } else { 0 });
    match durable {
        Durable::SecondTask => tasks.poll_from(1),
        _ => tasks.poll_from(0),
    }
    let of = |update: u64| match update % maximum_pending_updates {
        0 => "".to_owned(),
        _ => format!("/{update}"),
    };
    match durable {
        Durable::Both => disk.land(""),
        Durable::First => disk.land(&of(first)),
        Durable::Second => disk.land(&of(second)),
        Durable::SecondTask => assert!(disk.in_flight().is_empty()),
    }
    let has_gap = matches!(durable, Durable::Second | Durable::SecondTask);
    if durable == Durable::Second {
        // The manager is told nothing: it waits for both.
        tasks.poll_from(0);
        assert!(nodes[0].node.get_and_clear_pending_msg_events().is_empty());
        let pending = nodes[0].chain_monitor.chain_monitor.list_pending_monitor_updates();
        assert_eq!(pending[&chan], vec![first]);
    }

    // A stops. Its manager was written a moment ago, and lists what is in flight.
    let manager = nodes[0].node.encode();
    nodes[1].node.peer_disconnected(ids[0]);
    persisters[0].crash();
    if has_gap {
        for start in 1..=3 {
            let loading = catch_unwind(AssertUnwindSafe(|| persisters[0].load()));
            let panic = loading.err().unwrap();
            let panic = panic.downcast_ref::<&str>().unwrap();
            println!("{durable:?}, updates {first} and {second}, start {start}: {panic}");
            assert!(panic.starts_with("Attempted to apply ChannelMonitorUpdates out of order"));
        }
        // Somebody deletes the delta behind the gap.
        disk.remove_by_hand(&of(second));
    }
    let monitors = persisters[0].load();
    assert_eq!(monitors.len(), 1);
    let loaded = match durable {
        Durable::Both => second,
        Durable::First => first,
        Durable::Second | Durable::SecondTask => before,
    };
    assert_eq!(monitors[0].get_latest_update_id(), loaded);

    // With that, A starts, submits again what is missing, and the payment goes on.
    let monitor = monitors[0].encode();
    reload_node!(nodes[0], manager, &[&monitor], store, chain_mon, node_0, Some(false));
    nodes[0].node.test_process_background_events();
    assert_eq!(get_monitor!(nodes[0], chan).get_latest_update_id(), second);
    nodes[0].chain_monitor.added_monitors.lock().unwrap().clear();
    nodes[0].node.get_and_clear_pending_events();
    let mut reconnect = ReconnectArgs::new(&nodes[0], &nodes[1]);
    reconnect.pending_raa = (false, true);
    reconnect_nodes(reconnect);
    expect_and_process_pending_htlcs(&nodes[1], false);
    expect_payment_claimable!(nodes[1], hash, secret, amt);
    first
}

#[test]
fn start_panics_with_a_gap_between_deltas() {
    restart_with(Durable::Second, DELTAS_ONLY);
}

#[test]
fn start_panics_with_a_delta_behind_a_full_write_in_flight() {
    let first = restart_with(Durable::Both, DELTAS_ONLY);
    assert_eq!(restart_with(Durable::Second, first), first);
}

#[test]
fn start_panics_although_the_store_lands_writes_in_the_order_of_their_calls() {
    restart_with(Durable::SecondTask, DELTAS_ONLY);
}

#[test]
fn control_without_a_gap() {
    restart_with(Durable::Both, DELTAS_ONLY);
    restart_with(Durable::First, DELTAS_ONLY);
}
