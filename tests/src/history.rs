//! What the outside sees of a step: the history that both sides must share.
//!
//! Two runs with equal effects at every step have equal event histories. The model's effects are
//! read off its states; the reference's come from what its calls return ([`crate::driver`]).

use arrayvec::ArrayVec;
use model::action::{Action, ActionKind, Args};
use model::state::{self, Htlc, HtlcSet, Inbound, Outcome, State};
use model::topology::Topology;
use std::fmt;

/// What the user is told: of a payment, by its first part, or of a forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    /// `PaymentSent`.
    Sent(Htlc),
    /// `PaymentFailed`.
    Failed(Htlc),
    /// `PaymentForwarded`.
    Forwarded(Htlc),
    /// `PaymentClaimed`.
    Claimed(Htlc),
    /// Something that nobody should be told.
    Wrong,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Sent(h) => write!(f, "PaymentSent {h}"),
            Told::Failed(h) => write!(f, "PaymentFailed {h}"),
            Told::Forwarded(h) => write!(f, "PaymentForwarded {h}"),
            Told::Claimed(h) => write!(f, "PaymentClaimed {h}"),
            Told::Wrong => f.write_str("what is not so"),
        }
    }
}

/// One thing that the outside sees. HTLCs and events go by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The Watch released an event, and the Manager dispatched it.
    Released {
        /// The channel of its Monitor.
        channel: u64,
        /// The event's id.
        id: u64,
        /// The HTLC it names; none if it says of it what is not so.
        htlc: Option<Htlc>,
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
    Delivered(Told),
    /// The event went into the user's own record.
    Recorded(Told),
    /// An inbound HTLC was resolved, off chain or on chain.
    Resolved {
        /// The HTLC.
        htlc: Htlc,
        /// Whether we got the money.
        claimed: bool,
    },
    /// Our commitment confirmed.
    Confirmed {
        /// The channel.
        channel: u64,
        /// The HTLCs that have an output in it.
        outputs: HtlcSet,
    },
}

/// The effects of one step: at most one of each HTLC's event, handling and resolution, and acks.
pub type Effects = ArrayVec<Effect, 8>;

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = |claimed| if claimed { "claim" } else { "fail" };
        match *self {
            Effect::Released { channel: _, id, htlc: Some(h), claimed } => {
                write!(f, "released #{id}: {h} {}", outcome(claimed))
            }
            Effect::Released { id, .. } => write!(f, "released #{id}: what is not so"),
            Effect::Acked { channel: _, id } => write!(f, "acked #{id}"),
            Effect::Delivered(told) => write!(f, "delivers {told}"),
            Effect::Recorded(told) => write!(f, "records {told}"),
            Effect::Resolved { htlc, claimed: true } => write!(f, "inbound {htlc} is ours"),
            Effect::Resolved { htlc, claimed: false } => write!(f, "inbound {htlc} is given back"),
            Effect::Confirmed { channel: _, mut outputs } => {
                f.write_str("our commitment: ")?;
                let Some(first) = outputs.next() else { return f.write_str("no HTLC") };
                write!(f, "{first}")?;
                outputs.try_for_each(|h| write!(f, " {h}"))
            }
        }
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
        let payment = t.payment(h);
        match (manager.told[h], manager.statuses[h].outcome()) {
            (state::Told::Queued, _) if t.is_received(h) => Told::Claimed(payment),
            (state::Told::Queued, _) => Told::Forwarded(h),
            (_, Some(Outcome::Claim)) => Told::Sent(payment),
            _ => Told::Failed(payment),
        }
    };
    match (action.kind, action.args) {
        (ActionKind::Release, Args::Channel(c)) => {
            let released = before.node.monitors[c].pending().first();
            effects.extend(released.map(|entry| Effect::Released {
                channel: c.index() as u64,
                id: entry.id.into(),
                htlc: Some(entry.htlc()),
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
            let acked = |id| Effect::Acked { channel: c.index() as u64, id };
            effects.extend(gone.map(|entry| acked(entry.id.into())));
        }
    }
    for (h, (was, is)) in before.world.inbound.iter().zip(&after.world.inbound).enumerate() {
        if was != is {
            let (htlc, claimed) = (Htlc::at(h), *is == Inbound::Claimed);
            effects.push(Effect::Resolved { htlc, claimed });
        }
    }
    if let (ActionKind::CloseByUs | ActionKind::Broadcast, Args::Channel(c)) =
        (action.kind, action.args)
        && !before.world.chains[c].is_closed()
        && after.world.chains[c].is_closed()
    {
        let contains = after.world.chains[c].contains;
        let outputs = t.htlcs().filter(|h| contains[*h]).collect();
        effects.push(Effect::Confirmed { channel: c.index() as u64, outputs });
    }
    effects
}
