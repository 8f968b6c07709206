//! Every field of the views is looked at: what is flipped in the reference is seen at once.
//!
//! The reference is taken to a state in which a field says something; one value in it is flipped,
//! through its serde form, so that the reference needs no hook for it; and the checks that the
//! product makes in every state have to name that field.

use conformance::driver::Driver;
use conformance::history::Told;
use conformance::lockstep::Lockstep;
use conformance::names::channel;
use conformance::product::{Pair, Product};
use conformance::store::{Bytes, Store};
use conformance::view::Fields;
use model::machine::Machine;
use model::state::{Channel, Htlc};
use model::trace::Script;
use reference::{ChannelId, ChannelManager, ChannelMonitor, Outcome};
use serde::{Serialize, de::DeserializeOwned};
use serde_value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One flip.
struct Flip {
    /// The field of the view that has to show it.
    field: &'static str,
    /// The steps that lead to where it is made.
    script: &'static str,
    /// What is flipped.
    flip: fn(&mut Driver),
}

/// Replaces what a path names in the node.
fn set(driver: &mut Driver, path: &str, value: Value) {
    driver.node = with(&driver.node, path, |place| *place = value);
}

/// A copy of the thing with a change where the path points: names of fields, and numbers of
/// entries.
fn with<T: Serialize + DeserializeOwned>(
    thing: &T,
    path: &str,
    change: impl FnOnce(&mut Value),
) -> T {
    let mut data = serde_value::to_value(thing).expect("it is data");
    let before = data.clone();
    change(place(&mut data, path));
    assert!(data != before, "{path} is no flip");
    data.deserialize_into().expect("what is flipped is still of its type")
}

fn place<'a>(data: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('/').filter(|step| !step.is_empty()).fold(data, |place, step| {
        let place = bare(place);
        let nth = step.parse::<usize>();
        let found = match (place, nth) {
            (Value::Seq(entries), Ok(nth)) => entries.get_mut(nth),
            (Value::Map(entries), Ok(nth)) => entries.values_mut().nth(nth),
            (Value::Map(entries), Err(_)) => entries.get_mut(&Value::String(step.into())),
            _ => None,
        };
        found.unwrap_or_else(|| panic!("no {step} in {path}"))
    })
}

/// What is within a newtype, or an option.
fn bare(value: &mut Value) -> &mut Value {
    match value {
        Value::Newtype(inner) | Value::Option(Some(inner)) => bare(inner),
        value => value,
    }
}

/// Replaces what a path names in the bytes of a monitor.
fn set_monitor(bytes: &mut Bytes, path: &str, value: Value) {
    let monitor = ChannelMonitor::read(bytes).expect("the reference reads its writes");
    *bytes = with(&monitor, path, |place| *place = value).write().into();
}

/// Replaces what a path names in the bytes of a manager.
fn set_manager(bytes: &mut Bytes, path: &str, value: Value) {
    let manager = ChannelManager::read(bytes).expect("the reference reads its writes");
    *bytes = with(&manager, path, |place| *place = value).write().into();
}

/// The disk, to be changed.
fn disk(driver: &mut Driver) -> &mut Store {
    Arc::make_mut(&mut driver.store)
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn no_entries() -> Value {
    Value::Map(BTreeMap::new())
}

/// The name of an event, which keeps its fields.
fn rename_event(event: &mut Value, name: &str) {
    let Value::Map(variant) = event else { panic!("an event has a name") };
    let fields = variant.pop_first().map(|(_, fields)| fields);
    variant.extend(fields.map(|fields| (text(name), fields)));
}

fn some(value: Value) -> Value {
    Value::Option(Some(value.into()))
}

/// A channel as data.
fn id_of(channel: ChannelId) -> Value {
    serde_value::to_value(channel).expect("it is data")
}

fn out() -> ChannelId {
    channel(Channel::OUT)
}

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
    Flip { field: "watching", script: LOADING, flip: |d| set(d, "/watching", Value::Bool(true)) },
    Flip {
        field: "background",
        script: LOADING,
        flip: |d| set(d, "/manager/background", Value::Seq(vec![id_of(out())])),
    },
    Flip {
        field: "archived",
        script: CLOSED,
        flip: |d| set(d, "/chain_monitor/archived", Value::Seq(vec![id_of(out())])),
    },
    Flip {
        field: "durable_archived",
        script: CLOSED,
        flip: |d| disk(d).archived = BTreeSet::from([out()]),
    },
    Flip {
        field: "monitor.update_id",
        script: CLAIMED,
        flip: |d| set(d, &at("/update_id"), Value::U64(9)),
    },
    Flip {
        field: "monitor.best_block",
        script: CLOSED,
        flip: |d| set(d, &at("/chain/best_block"), Value::U32(0)),
    },
    Flip {
        field: "monitor.lockdown",
        script: CLAIMED,
        flip: |d| set(d, &at("/lockdown"), Value::Bool(true)),
    },
    Flip { field: "monitor.mode", script: CLAIMED, flip: |d| set(d, &at("/mode"), text("Off")) },
    Flip {
        field: "monitor.next_event_id",
        script: CLAIMED,
        flip: |d| set(d, &at("/next_event_id"), Value::Newtype(Value::U64(0).into())),
    },
    Flip {
        field: "monitor.archival_clock",
        script: CLOSED,
        flip: |d| set(d, &at("/archival_clock"), Value::Bool(true)),
    },
    Flip {
        field: "monitor.stages",
        script: CLAIMED,
        flip: |d| set(d, &at("/htlcs/1/stage"), text("Held")),
    },
    Flip {
        field: "monitor.spends",
        script: SPENT,
        flip: |d| set(d, &at("/chain/spends"), no_entries()),
    },
    Flip {
        field: "monitor.commitment",
        script: CLOSED,
        flip: |d| set(d, &at("/chain/commitment/owner"), text("Holder")),
    },
    Flip {
        field: "messages",
        script: CLAIMED,
        flip: |d| Arc::make_mut(&mut d.outside).messages.clear(),
    },
    Flip {
        field: "monitor.events",
        script: CLAIMED,
        flip: |d| set(d, &at("/pending/0/event/resolution"), text("Failed")),
    },
    Flip {
        field: "monitor.provided",
        script: REPORTED,
        flip: |d| {
            d.node = with(&d.node, MONITOR, |monitor| {
                let pending = std::mem::replace(place(monitor, "/pending"), Value::Seq(vec![]));
                *place(monitor, "/provided") = pending;
            });
        },
    },
    Flip {
        field: "monitor.held_back",
        script: CLAIMED,
        flip: |d| set(d, &at("/pending/0/waits_for"), Value::Option(None)),
    },
    Flip {
        field: "monitor.close_notice",
        script: CLOSED,
        flip: |d| set(d, &at("/close_notice"), Value::Bool(false)),
    },
    Flip {
        field: "monitor.completed",
        script: CLAIMED,
        flip: |d| set(d, "/chain_monitor/monitors/0/completed", some(Value::U64(3))),
    },
    Flip {
        field: "manager.open",
        script: CLAIMED,
        flip: |d| set(d, "/manager/channels/0/is_open", Value::Bool(false)),
    },
    Flip {
        field: "manager.update_id",
        script: CLAIMED,
        flip: |d| set(d, "/manager/channels/0/latest_monitor_update_id", Value::U64(9)),
    },
    Flip {
        field: "manager.in_flight",
        script: CLAIMED,
        flip: |d| set(d, "/manager/channels/0/in_flight_monitor_updates", Value::Seq(vec![])),
    },
    Flip {
        field: "manager.blocked",
        script: RESOLVED,
        flip: |d| set(d, "/manager/channels/1/blocked_monitor_updates", Value::Seq(vec![])),
    },
    Flip {
        field: "manager.htlcs",
        script: RELEASED,
        flip: |d| {
            d.node = with(&d.node, "/manager/pending_events/0/event", |event| {
                rename_event(event, "PaymentFailed");
            });
        },
    },
    Flip {
        field: "manager.told",
        script: FORWARDED,
        flip: |d| set(d, "/manager/forwards/0/telling", text("NotYet")),
    },
    Flip {
        field: "handling",
        script: HANDLING,
        flip: |d| set(d, "/manager/handling", Value::Option(None)),
    },
    Flip {
        field: "forward_acks",
        script: FORWARDED,
        flip: |d| set(d, "/manager/pending_forward_monitor_event_acks", no_entries()),
    },
    Flip {
        field: "due_acks",
        script: HANDLED,
        flip: |d| set(d, "/manager/due_acks", Value::Seq(vec![])),
    },
    Flip {
        field: "covered_acks",
        script: WRITING,
        flip: |d| set(d, "/manager/write_in_flight", some(Value::Seq(vec![]))),
    },
    Flip {
        field: "durable",
        script: RELEASED,
        flip: |d| {
            let stored = disk(d).monitors.get_mut(&out()).expect("it is stored");
            set_monitor(&mut stored.loads_as, "/pending", Value::Seq(vec![]));
        },
    },
    Flip {
        field: "writes",
        script: CLAIMED,
        flip: |d| {
            let writes = disk(d).writes.get_mut(&out()).expect("there is a place for them");
            set_monitor(&mut writes[0].loads_as, "/pending", Value::Seq(vec![]));
        },
    },
    Flip {
        field: "durable_manager",
        script: CLAIMED,
        flip: |d| set_manager(&mut disk(d).manager, "/channels/0/is_open", Value::Bool(false)),
    },
    Flip {
        field: "manager_write",
        script: WRITING,
        flip: |d| {
            let bytes = disk(d).manager_write.as_mut().expect("a write is in flight");
            set_manager(bytes, "/payments/0/parts/0/state", text("Waiting"));
        },
    },
    Flip {
        field: "record",
        script: HANDLED,
        flip: |d| d.record = BTreeSet::from([Told::Failed(Htlc::at(1))]),
    },
    Flip {
        field: "resolved",
        script: RESOLVED,
        flip: |d| d.resolved.extend([(Htlc::at(0), Outcome::Fail)]),
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
        let Machine { scenario, topology, .. } = &machine;
        let expected = Fields::of_model(topology, &model);
        let found = Fields::of_reference(topology, &driver);
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
    let fields: BTreeSet<&str> = Fields::of_model(&machine.topology, &model).names().collect();
    let flipped: BTreeSet<&str> = FLIPS.iter().map(|flip| flip.field).collect();
    assert_eq!(fields, flipped);
}
