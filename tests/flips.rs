//! Every field of the views is looked at: what is flipped in the reference is seen at once.
//!
//! The reference is taken to a state in which a field says something; one value in it is flipped,
//! through its serde form, so that the reference needs no hook for it; and the checks that the
//! product makes in every state have to name that field.

use conformance::driver::Driver;
use conformance::lockstep::Lockstep;
use conformance::product::{Pair, Product};
use conformance::view::{View, of_model, of_reference};
use model::trace::Script;
use reference::{ChannelId, ChannelManager, ChannelMonitor, Event, HtlcId, Node, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One flip.
struct Flip {
    /// The field of the view that has to show it.
    field: &'static str,
    /// The steps that lead to where it is made.
    script: &'static str,
    /// What is flipped.
    flip: fn(&mut Driver),
}

/// Replaces what a JSON pointer names in the node.
fn set(driver: &mut Driver, pointer: &str, value: Value) {
    let mut node = serde_json::to_value(&driver.node).expect("a node is data");
    let place = node.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"));
    assert_ne!(*place, value, "{pointer} is no flip");
    *place = value;
    driver.node = serde_json::from_value::<Node>(node).expect("the flipped node is a node");
}

/// Replaces what a JSON pointer names in the bytes of a monitor.
fn set_monitor(bytes: &mut Vec<u8>, pointer: &str, value: Value) {
    let monitor = ChannelMonitor::read(bytes).expect("the reference reads its writes");
    let mut data = serde_json::to_value(monitor).expect("a monitor is data");
    *data.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
    let flipped: ChannelMonitor = serde_json::from_value(data).expect("it is still a monitor");
    assert_ne!(flipped.write(), *bytes, "{pointer} is no flip");
    *bytes = flipped.write();
}

/// Replaces what a JSON pointer names in the bytes of a manager.
fn set_manager(bytes: &mut Vec<u8>, pointer: &str, value: Value) {
    let manager = ChannelManager::read(bytes).expect("the reference reads its writes");
    let mut data = serde_json::to_value(manager).expect("a manager is data");
    *data.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
    let flipped: ChannelManager = serde_json::from_value(data).expect("it is still a manager");
    assert_ne!(flipped.write(), *bytes, "{pointer} is no flip");
    *bytes = flipped.write();
}

const OUT: ChannelId = ChannelId(0);

/// The monitor of the outbound channel, in the Watch.
const MONITOR: &str = "/chain_monitor/monitors/0/monitor";

const CLAIMED: &str = "peer_claim h0\n";
const RELEASED: &str = "peer_claim h0\ncomplete out\nrelease\n";
const HANDLING: &str = "peer_claim h0\ncomplete out\nrelease\nbegin h0\n";
const HANDLED: &str = "peer_claim h0\ncomplete out\nrelease\nbegin h0\nhandle h0\n";
const WRITING: &str =
    "peer_claim h0\ncomplete out\nrelease\nbegin h0\nhandle h0\nwrite_manager\n";
const LOADING: &str = "peer_claim h0\ncrash out=1 in=0 manager=old record=no\n";
const CLOSED: &str = "close_by_peer out\nblock out\n";
const FORWARDED: &str = "peer_claim h1\ncomplete out\nrelease\n";
const RESOLVED: &str = "peer_claim h1\ncomplete out\nrelease\ncomplete in\npeer_revoke in h1\n";

fn at(field: &str) -> String {
    format!("{MONITOR}{field}")
}

const FLIPS: &[Flip] = &[
    Flip {
        field: "watching",
        script: LOADING,
        flip: |d| set(d, "/unwatched", json!({})),
    },
    Flip {
        field: "background",
        script: LOADING,
        flip: |d| set(d, "/background", json!([0])),
    },
    Flip {
        field: "monitor.update_id",
        script: CLAIMED,
        flip: |d| set(d, &at("/update_id"), json!(2)),
    },
    Flip {
        field: "monitor.best_block",
        script: CLOSED,
        flip: |d| set(d, &at("/chain/best_block"), json!(0)),
    },
    Flip {
        field: "monitor.lockdown",
        script: CLAIMED,
        flip: |d| set(d, &at("/lockdown"), json!(true)),
    },
    Flip {
        field: "monitor.next_event_id",
        script: CLAIMED,
        flip: |d| set(d, &at("/next_event_id"), json!(0)),
    },
    Flip {
        field: "monitor.stages",
        script: CLAIMED,
        flip: |d| set(d, &at("/htlcs/0/stage"), json!({"Signed": "Fail"})),
    },
    Flip {
        field: "monitor.events",
        script: CLAIMED,
        flip: |d| set(d, &at("/pending/0/1/outcome"), json!("Fail")),
    },
    Flip {
        field: "monitor.provided",
        script: CLAIMED,
        flip: |d| {
            set(d, &at("/provided"), json!([[0, {"htlc": 0, "outcome": "Claim"}]]));
            set(d, &at("/pending"), json!([]));
        },
    },
    Flip {
        field: "monitor.held_back",
        script: CLAIMED,
        flip: |d| set(d, "/chain_monitor/monitors/0/reported/next_event_id", json!(1)),
    },
    Flip {
        field: "monitor.close_notice",
        script: CLOSED,
        flip: |d| set(d, &at("/close_notice"), json!(false)),
    },
    Flip {
        field: "manager.open",
        script: CLAIMED,
        flip: |d| set(d, "/manager/channels/0/is_open", json!(false)),
    },
    Flip {
        field: "manager.update_id",
        script: CLAIMED,
        flip: |d| set(d, "/manager/channels/0/latest_monitor_update_id", json!(2)),
    },
    Flip {
        field: "manager.in_flight",
        script: CLAIMED,
        flip: |d| set(d, "/manager/channels/0/in_flight_monitor_updates", json!([])),
    },
    Flip {
        field: "manager.htlcs",
        script: RELEASED,
        flip: |d| set(d, "/manager/pending_events/0/event", json!({"PaymentFailed": {"htlc": 0}})),
    },
    Flip {
        field: "handling",
        script: HANDLING,
        flip: |d| set(d, "/manager/handling", Value::Null),
    },
    Flip {
        field: "forward_acks",
        script: FORWARDED,
        flip: |d| set(d, "/manager/pending_forward_monitor_event_acks", json!([])),
    },
    Flip {
        field: "due_acks",
        script: HANDLED,
        flip: |d| set(d, "/manager/due_acks", json!([])),
    },
    Flip {
        field: "covered_acks",
        script: WRITING,
        flip: |d| set(d, "/manager/write_in_flight", json!([])),
    },
    Flip {
        field: "durable",
        script: RELEASED,
        flip: |d| {
            let bytes = d.store.monitors.get_mut(&OUT).expect("it is stored");
            set_monitor(bytes, "/pending", json!([]));
        },
    },
    Flip {
        field: "writes",
        script: CLAIMED,
        flip: |d| {
            let writes = d.store.writes.get_mut(&OUT).expect("there is a place for them");
            set_monitor(&mut writes[0], "/pending", json!([]));
        },
    },
    Flip {
        field: "durable_manager",
        script: CLAIMED,
        flip: |d| set_manager(&mut d.store.manager, "/channels/0/is_open", json!(false)),
    },
    Flip {
        field: "manager_write",
        script: WRITING,
        flip: |d| {
            let bytes = d.store.manager_write.as_mut().expect("a write is in flight");
            set_manager(bytes, "/htlcs/0/Payment", json!("Waiting"));
        },
    },
    Flip {
        field: "record",
        script: HANDLED,
        flip: |d| d.record = BTreeSet::from([Event::PaymentFailed { htlc: HtlcId(0) }]),
    },
    Flip {
        field: "resolved",
        script: RESOLVED,
        flip: |d| d.resolved.extend([(HtlcId(1), Outcome::Fail)]),
    },
];

/// Both sides after a script, in a scenario that has all that a flip needs.
fn after(steps: &str) -> Lockstep {
    let header = "scenario: custom\nhtlcs: own forward\nflags: async_out async_in async_manager \
                  close_out\nbounds: crashes=1\nprofile: spec\n\n";
    let header = header.replace("own forward", "forward own");
    // The list of custom roles has the forward first; the scripts here call the payment h0.
    let swapped = steps.replace("h0", "hX").replace("h1", "h0").replace("hX", "h1");
    let _ = (&header, swapped);
    let script = Script::parse(&format!("{header}{steps}")).expect("it is a script");
    let mut lockstep = Lockstep::new(&script.scenario);
    for (_, step) in &script.steps {
        lockstep.step(*step).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    }
    lockstep
}
