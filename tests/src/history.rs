//! What the outside sees of a step: the history that both sides must share.
//!
//! Two runs with equal effects at every step have equal event histories. The model's effects are
//! read off its states; the reference's come from what its calls return ([`crate::driver`]).

use crate::names::{channel, htlc};
use arrayvec::ArrayVec;
use model::action::{Action, ActionKind, Args};
use model::state::{Htlc, Inbound, Outcome, State, Told};
use model::topology::Topology;
use reference::event::Event;
use std::fmt;

/// One thing that the outside sees. HTLCs and events go by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The Watch released an event, and the Manager dispatched it.
    Released {
        /// The channel of its Monitor.
        channel: u64,
        /// The event's id.
        id: u64,
        /// The HTLC it names.
        htlc: u64,
        /// Whether it was claimed.
        claimed: bool,
    },
    /// An ack removed an event from its Monitor's lists.
    Acked {
        /// The channel of that Monitor.
        channel: u64,
        /// The event's id.
        id: u64,
    },
    /// The user began to handle an event.
    Delivered(Event),
    /// The event went into the user's own record.
    Recorded(Event),
    /// An inbound HTLC was resolved, off chain or on chain.
    Resolved {
        /// The HTLC.
        htlc: u64,
        /// Whether we got the money.
        claimed: bool,
    },
}

/// The effects of one step: at most one of each HTLC's event, handling and resolution, and acks.
pub type Effects = ArrayVec<Effect, 8>;

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = |claimed| if claimed { "claim" } else { "fail" };
        match *self {
            Effect::Released { channel: _, id, htlc, claimed } => {
                write!(f, "released #{id}: h{htlc} {}", outcome(claimed))
            }
            Effect::Acked { channel: _, id } => write!(f, "acked #{id}"),
            Effect::Delivered(event) => write!(f, "delivers {} h{}", name(event), event.htlc().0),
            Effect::Recorded(event) => write!(f, "records {} h{}", name(event), event.htlc().0),
            Effect::Resolved { htlc, claimed: true } => write!(f, "inbound h{htlc} is ours"),
            Effect::Resolved { htlc, claimed: false } => write!(f, "inbound h{htlc} is given back"),
        }
    }
}

fn name(event: Event) -> &'static str {
    match event {
        Event::PaymentSent { .. } => "PaymentSent",
        Event::PaymentFailed { .. } => "PaymentFailed",
        Event::PaymentForwarded { .. } => "PaymentForwarded",
        Event::PaymentClaimed { .. } => "PaymentClaimed",
    }
}

/// Effects for people, in one line; a dash if there are none.
pub fn told(effects: &[Effect]) -> String {
    if effects.is_empty() {
        return "-".into();
    }
    let all: Vec<String> = effects.iter().map(Effect::to_string).collect();
    all.join(", ")
}

/// The effects of a step of the model, which led from `before` to `after`.
pub fn of_model(t: &Topology, before: &State, action: Action, after: &State) -> Effects {
    let mut effects = Effects::new();
    let queued = |h: Htlc| {
        let manager = &before.node.manager;
        let payment = htlc(t.payment(h));
        match (manager.told[h], manager.statuses[h].outcome()) {
            (Told::Queued, _) if t.is_received(h) => Event::PaymentClaimed { htlc: payment },
            (Told::Queued, _) => Event::PaymentForwarded { htlc: htlc(h) },
            (_, Some(Outcome::Claim)) => Event::PaymentSent { htlc: payment },
            _ => Event::PaymentFailed { htlc: payment },
        }
    };
    match (action.kind, action.args) {
        (ActionKind::Release, Args::Channel(c)) => {
            let released = before.node.monitors[c].pending().first();
            effects.extend(released.map(|entry| Effect::Released {
                channel: channel(c).0,
                id: entry.id.into(),
                htlc: htlc(entry.htlc()).0,
                claimed: entry.outcome() == Outcome::Claim,
            }));
        }
        (ActionKind::Begin, Args::Htlc(h)) => effects.push(Effect::Delivered(queued(h))),
        (ActionKind::Handle, Args::Htlc(h)) => effects.push(Effect::Recorded(queued(h))),
        (ActionKind::Crash, Args::Kept(kept)) if kept.record => {
            let h = Htlc::at(before.node.handling.into());
            effects.push(Effect::Recorded(queued(h)));
        }
        _ => {}
    }
    if action.kind != ActionKind::Crash {
        for c in t.channels() {
            let listed = after.node.monitors[c].events;
            let events = before.node.monitors[c].events;
            let gone = events.entries().iter().filter(|e| !listed.entries().contains(e));
            let acked = |id| Effect::Acked { channel: channel(c).0, id };
            effects.extend(gone.map(|entry| acked(entry.id.into())));
        }
    }
    for (h, (was, is)) in before.world.inbound.iter().zip(&after.world.inbound).enumerate() {
        if was != is {
            effects.push(Effect::Resolved { htlc: h as u64, claimed: *is == Inbound::Claimed });
        }
    }
    effects
}
