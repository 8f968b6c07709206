//! Every field of the views is looked at: what is flipped in the reference is seen at once.
//!
//! The reference is taken to a state in which a field says something; one value in it is flipped,
//! through its serde form, so that the reference needs no hook for it; and the checks that the
//! product makes in every state have to name that field.

use conformance::driver::Driver;
use conformance::lockstep::Lockstep;
use conformance::product::{Pair, Product};
use conformance::store::Bytes;
use conformance::view::Fields;
use model::trace::Script;
use reference::{ChannelId, ChannelManager, ChannelMonitor, Event, HtlcId, Outcome};
use serde::{Serialize, de::DeserializeOwned};
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
    driver.node = with(&driver.node, pointer, value);
}

/// A copy of the thing with another value where the JSON pointer points.
fn with<T: Serialize + DeserializeOwned>(thing: &T, pointer: &str, value: Value) -> T {
    let mut data = serde_json::to_value(thing).expect("it is data");
    let place = data.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"));
    assert_ne!(*place, value, "{pointer} is no flip");
    *place = value;
    serde_json::from_value(data).expect("what is flipped is still of its type")
}

/// Replaces what a JSON pointer names in the bytes of a monitor.
fn set_monitor(bytes: &mut Bytes, pointer: &str, value: Value) {
    let monitor = ChannelMonitor::read(bytes).expect("the reference reads its writes");
    *bytes = with(&monitor, pointer, value).write().into();
}

/// Replaces what a JSON pointer names in the bytes of a manager.
fn set_manager(bytes: &mut Bytes, pointer: &str, value: Value) {
    let manager = ChannelManager::read(bytes).expect("the reference reads its writes");
    *bytes = with(&manager, pointer, value).write().into();
}

const OUT: ChannelId = ChannelId(0);

/// The monitor of the outbound channel, in the Watch.
const MONITOR: &str = "/chain_monitor/monitors/0/monitor";

// h0 is a forward, h1 an own payment.
const CLAIMED: &str = "peer_claim h1";
const REPORTED: &str = "peer_claim h1\ncomplete out";
const RELEASED: &str = "peer_claim h1\ncomplete out\nrelease";
const HANDLING: &str = "peer_claim h1\ncomplete out\nrelease\nbegin h1";
const HANDLED: &str = "peer_claim h1\ncomplete out\nrelease\nbegin h1\nhandle h1";
const WRITING: &str = "peer_claim h1\ncomplete out\nrelease\nbegin h1\nhandle h1\nwrite_manager";
const LOADING: &str = "peer_claim h1\ncrash out=1 in=0 manager=old record=no";
const CLOSED: &str = "close_by_peer out\nblock out";
const SPENT: &str = "close_by_peer out\nclaim_on_chain h1\nblock out\nblock out";
const FORWARDED: &str = "peer_claim h0\ncomplete out\nrelease";
// Something blocks the inbound channel.
const RESOLVED: &str = "peer_claim h0\ncomplete out\nrelease\ncomplete in\npeer_revoke in h0";

fn at(field: &str) -> String {
    format!("{MONITOR}{field}")
}

const FLIPS: &[Flip] = &[
    Flip { field: "watching", script: LOADING, flip: |d| set(d, "/watching", json!(true)) },
    Flip { field: "background", script: LOADING, flip: |d| set(d, "/background", json!([0])) },
    Flip {
        field: "archived",
        script: CLOSED,
        flip: |d| set(d, "/chain_monitor/archived", json!([0])),
    },
    Flip {
        field: "durable_archived",
        script: CLOSED,
        flip: |d| d.store.archived = BTreeSet::from([OUT]),
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
    Flip { field: "monitor.mode", script: CLAIMED, flip: |d| set(d, &at("/mode"), json!("Off")) },
    Flip {
        field: "monitor.next_event_id",
        script: CLAIMED,
        flip: |d| set(d, &at("/next_event_id"), json!(0)),
    },
    Flip {
        field: "monitor.archival_clock",
        script: CLOSED,
        flip: |d| set(d, &at("/archival_clock"), json!(true)),
    },
    Flip {
        field: "monitor.stages",
        script: CLAIMED,
        flip: |d| set(d, &at("/htlcs/1/stage"), json!({"Signed": "Fail"})),
    },
    Flip {
        field: "monitor.spends",
        script: SPENT,
        flip: |d| set(d, &at("/chain/spends"), json!({})),
    },
    Flip {
        field: "monitor.events",
        script: CLAIMED,
        flip: |d| set(d, &at("/pending/0/event/outcome"), json!("Fail")),
    },
    Flip {
        field: "monitor.provided",
        script: REPORTED,
        flip: |d| {
            set(d, &at("/provided"), json!([[0, {"htlc": 1, "outcome": "Claim"}]]));
            set(d, &at("/pending"), json!([]));
        },
    },
    Flip {
        field: "monitor.held_back",
        script: CLAIMED,
        flip: |d| set(d, &at("/pending/0/waits_for"), Value::Null),
    },
    Flip {
        field: "monitor.close_notice",
        script: CLOSED,
        flip: |d| set(d, &at("/close_notice"), json!(false)),
    },
    Flip {
        field: "monitor.completed",
        script: CLAIMED,
        flip: |d| set(d, "/chain_monitor/monitors/0/completed", json!(1)),
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
        field: "manager.blocked",
        script: RESOLVED,
        flip: |d| set(d, "/manager/channels/1/blocked_monitor_updates", json!([])),
    },
    Flip {
        field: "manager.htlcs",
        script: RELEASED,
        flip: |d| set(d, "/manager/pending_events/1/event", json!({"PaymentFailed": {"htlc": 1}})),
    },
    Flip {
        field: "manager.told",
        script: FORWARDED,
        flip: |d| set(d, "/manager/htlcs/0/Forward/telling", json!("NotYet")),
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
    Flip { field: "due_acks", script: HANDLED, flip: |d| set(d, "/manager/due_acks", json!([])) },
    Flip {
        field: "covered_acks",
        script: WRITING,
        flip: |d| set(d, "/manager/write_in_flight", json!([])),
    },
    Flip {
        field: "durable",
        script: RELEASED,
        flip: |d| {
            let stored = d.store.monitors.get_mut(&OUT).expect("it is stored");
            set_monitor(&mut stored.loads_as, "/pending", json!([]));
        },
    },
    Flip {
        field: "writes",
        script: CLAIMED,
        flip: |d| {
            let writes = d.store.writes.get_mut(&OUT).expect("there is a place for them");
            set_monitor(&mut writes[0].loads_as, "/pending", json!([]));
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
            set_manager(bytes, "/htlcs/1/Payment/state", json!("Waiting"));
        },
    },
    Flip {
        field: "record",
        script: HANDLED,
        flip: |d| d.record = BTreeSet::from([Event::PaymentFailed { htlc: HtlcId(1) }]),
    },
    Flip {
        field: "resolved",
        script: RESOLVED,
        flip: |d| d.resolved.extend([(HtlcId(0), Outcome::Fail)]),
    },
];

/// Both sides after a script, in a scenario that has all that a flip needs.
fn after(steps: &str) -> Lockstep {
    let header = "scenario: custom\nhtlcs: forward own\n\
                  flags: async_out async_in async_manager close_out tell_forwards block_in\n\
                  bounds: crashes=1\nprofile: spec\n\n";
    let script = Script::parse(&format!("{header}{steps}\n")).expect("it is a script");
    let mut lockstep = Lockstep::new(&script.scenario);
    for (_, step) in &script.steps {
        lockstep.step(*step).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    }
    lockstep
}

#[test]
fn every_flip_is_seen_and_named() {
    for Flip { field, script, flip } in FLIPS {
        let Lockstep { machine, model, mut driver, .. } = after(script);
        flip(&mut driver);
        let scenario = &machine.scenario;
        let expected = Fields::of_model(scenario, &model);
        let found = Fields::of_reference(scenario, &driver);
        let names: Vec<&str> = expected.differing(&found).map(|(name, ..)| name).collect();
        assert_eq!(names, [*field], "after {script}");
        let pair = Pair { model, driver, parted: false };
        assert!(Product::new(scenario).disagreement(&pair, &[]).is_some(), "{field}");
    }
    println!("{} flips, one per field of the views, all seen", FLIPS.len());
}

#[test]
fn every_field_of_the_views_has_a_flip() {
    // Something is in every list.
    let Lockstep { machine, model, .. } = after(WRITING);
    let fields: BTreeSet<&str> = Fields::of_model(&machine.scenario, &model).names().collect();
    let flipped: BTreeSet<&str> = FLIPS.iter().map(|flip| flip.field).collect();
    assert_eq!(fields, flipped);
}
