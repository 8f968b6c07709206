//! What can become of the news of an HTLC: it is lost, it comes again, it is contradicted.
//!
//! Guarantees speak of all HTLCs at once; a user wants to know it of one kind of event, under one
//! design and one way to store monitors. `docs/events.md` is the table.

use crate::action::Action;
use crate::check::Settings;
use crate::engine::{self, End, Inspect};
use crate::machine::Machine;
use crate::profile::Profile;
use crate::protocol::Protocol;
use crate::scenario::{Flag, Scenario};
use crate::state::world::{
    RECORD_CLAIMED, RECORD_FAILED, RECORD_FORWARDED, RECORD_SENT, record_mark,
};
use crate::state::{Channel, Htlc, Inbound, Outcome, Stage, State, Told};
use crate::topology::Topology;
use crate::truth::{
    is_claimed, is_failed_for_good, is_kept_received, is_payment_claimed, is_payment_failed,
    is_payment_revealed, is_refunded, payment_record,
};

/// Something that can become of one kind of news.
pub struct Fate {
    /// Who is told what.
    pub news: &'static str,
    /// What becomes of it: "lost", "again", "contradicted".
    pub fate: &'static str,
    /// What that means, for people.
    pub story: &'static str,
    /// Whether a scenario has such news.
    pub has_news: fn(&Scenario) -> bool,
    /// Whether it shows only where nothing fair is left to do.
    when_quiescent: bool,
    /// Whether a state shows it for an HTLC.
    shows: fn(&Topology, &State, Htlc) -> bool,
}

fn is_forward(t: &Topology, h: Htlc) -> bool {
    t.shape(h).inbound.is_some() && !t.is_received(h)
}

fn has_own(scenario: &Scenario) -> bool {
    scenario.htlcs.iter().any(|role| role.is_own())
}

fn has_forward(scenario: &Scenario) -> bool {
    scenario.htlcs.iter().any(|role| role.is_forward())
}

fn tells_forwards(scenario: &Scenario) -> bool {
    scenario.has(Flag::TellForwards) && has_forward(scenario)
}

/// The user is to be told of the forward if it is claimed.
fn is_reported(t: &Topology, s: &State, h: Htlc) -> bool {
    s.node.manager.told[h] != Told::Never && !t.is_received(h)
}

fn receives(scenario: &Scenario) -> bool {
    scenario.htlcs.iter().any(|role| role.is_received())
}

/// The user has recorded that the payment received is claimed.
fn is_recorded_claim(t: &Topology, s: &State, h: Htlc) -> bool {
    payment_record(t, &s.world, h) & RECORD_CLAIMED != 0
}

fn is_recorded_forward(s: &State, h: Htlc) -> bool {
    s.world.record[h] & RECORD_FORWARDED != 0
}

fn is_handling(s: &State, h: Htlc) -> bool {
    usize::from(s.node.handling) == h.index()
}

/// The user is handling the event of a payment that ended so, and has recorded it before.
fn is_told_again(t: &Topology, s: &State, h: Htlc, outcome: Outcome) -> bool {
    is_handling(s, h)
        && s.node.manager.statuses[h].outcome() == Some(outcome)
        && payment_record(t, &s.world, h) & record_mark(outcome) != 0
}

/// All of them, by kind of news.
pub const FATES: &[Fate] = &[
    Fate {
        news: "PaymentSent",
        fate: "lost",
        has_news: has_own,
        story: "the payment is claimed, nothing is left to do, and the user's record lacks it",
        when_quiescent: true,
        shows: |t, s, h| {
            let missing = payment_record(t, &s.world, h) & RECORD_SENT == 0;
            t.is_own(h) && is_payment_claimed(t, &s.world, h) && missing
        },
    },
    Fate {
        news: "PaymentSent",
        fate: "again",
        has_news: has_own,
        story: "the user is told, and has recorded it before",
        when_quiescent: false,
        shows: |t, s, h| is_told_again(t, s, h, Outcome::Claim),
    },
    Fate {
        news: "PaymentSent",
        fate: "contradicted",
        has_news: has_own,
        story: "the user has recorded it, and PaymentFailed too, or nobody revealed the preimage",
        when_quiescent: false,
        shows: |t, s, h| {
            let record = payment_record(t, &s.world, h);
            let untrue = record & RECORD_FAILED != 0 || !is_payment_revealed(t, &s.world, h);
            record & RECORD_SENT != 0 && untrue
        },
    },
    Fate {
        news: "PaymentFailed",
        fate: "lost",
        has_news: has_own,
        story: "the payment failed for good, nothing is left to do, and the record lacks it",
        when_quiescent: true,
        shows: |t, s, h| {
            let failed = is_payment_failed(t, s.view(), h) && !is_payment_claimed(t, &s.world, h);
            t.is_own(h) && failed && payment_record(t, &s.world, h) & RECORD_FAILED == 0
        },
    },
    Fate {
        news: "PaymentFailed",
        fate: "again",
        has_news: has_own,
        story: "the user is told, and has recorded it before",
        when_quiescent: false,
        shows: |t, s, h| is_told_again(t, s, h, Outcome::Fail),
    },
    Fate {
        news: "PaymentFailed",
        fate: "contradicted",
        has_news: has_own,
        story: "the user has recorded it, and the payment is claimed",
        when_quiescent: false,
        shows: |t, s, h| {
            payment_record(t, &s.world, h) & RECORD_FAILED != 0
                && is_payment_claimed(t, &s.world, h)
        },
    },
    Fate {
        news: "PaymentForwarded",
        fate: "lost",
        has_news: tells_forwards,
        story: "the forward is claimed, nothing is left to do, and the user's record lacks it",
        when_quiescent: true,
        shows: |t, s, h| {
            is_reported(t, s, h) && is_claimed(t, &s.world, h) && !is_recorded_forward(s, h)
        },
    },
    Fate {
        news: "PaymentForwarded",
        fate: "again",
        has_news: tells_forwards,
        story: "the user is told, and has recorded it before",
        when_quiescent: false,
        shows: |_, s, h| {
            let told = is_handling(s, h) && s.node.manager.told[h] == Told::Queued;
            told && is_recorded_forward(s, h)
        },
    },
    Fate {
        news: "PaymentForwarded",
        fate: "contradicted",
        has_news: tells_forwards,
        story: "the user has recorded it, and the forward is not claimed",
        when_quiescent: false,
        shows: |t, s, h| is_recorded_forward(s, h) && !is_claimed(t, &s.world, h),
    },
    Fate {
        news: "PaymentClaimed",
        fate: "lost",
        has_news: receives,
        story: "a part of it is ours, nothing is left to do, and the user's record lacks it",
        when_quiescent: true,
        shows: |t, s, h| {
            let is_ours = s.world.inbound[h] == Inbound::Claimed;
            t.is_received(h) && is_ours && !is_recorded_claim(t, s, h)
        },
    },
    Fate {
        news: "PaymentClaimed",
        fate: "again",
        has_news: receives,
        story: "the user is told, and has recorded it before",
        when_quiescent: false,
        shows: |t, s, h| is_handling(s, h) && t.is_received(h) && is_recorded_claim(t, s, h),
    },
    Fate {
        news: "PaymentClaimed",
        fate: "contradicted",
        has_news: receives,
        story: "the user has recorded it, and a crash can make the node forget it, or has",
        when_quiescent: false,
        shows: |t, s, h| is_recorded_claim(t, s, h) && !is_kept_received(t, s.view(), h),
    },
    Fate {
        news: "claim upstream",
        fate: "lost",
        has_news: has_forward,
        story: "the forward is claimed, nothing is left to do, and its inbound HTLC is not ours",
        when_quiescent: true,
        shows: |t, s, h| {
            is_forward(t, h) && is_claimed(t, &s.world, h) && s.world.inbound[h] != Inbound::Claimed
        },
    },
    Fate {
        news: "claim upstream",
        fate: "again",
        has_news: has_forward,
        story: "the inbound channel is given the preimage a second time",
        when_quiescent: false,
        shows: |t, s, h| is_forward(t, h) && is_applied_again(s, h) && is_claimed(t, &s.world, h),
    },
    Fate {
        news: "claim upstream",
        fate: "contradicted",
        has_news: has_forward,
        story: "the inbound HTLC is given back, and the forward is claimed",
        when_quiescent: false,
        shows: |t, s, h| is_forward(t, h) && is_claimed(t, &s.world, h) && is_refunded(&s.world, h),
    },
    Fate {
        news: "fail upstream",
        fate: "lost",
        has_news: has_forward,
        story: "the forward failed for good, nothing is left to do, and the payer waits",
        when_quiescent: true,
        shows: |t, s, h| {
            let waits = s.world.inbound[h] == Inbound::Held;
            is_forward(t, h)
                && is_failed_for_good(t, s.view(), h)
                && !is_claimed(t, &s.world, h)
                && waits
        },
    },
    Fate {
        news: "fail upstream",
        fate: "again",
        has_news: has_forward,
        story: "the inbound channel is told to fail a second time",
        when_quiescent: false,
        shows: |t, s, h| is_forward(t, h) && is_applied_again(s, h) && !is_claimed(t, &s.world, h),
    },
    Fate {
        news: "fail upstream",
        fate: "contradicted",
        has_news: has_forward,
        story: "the payer is told that it failed before it failed for good",
        when_quiescent: false,
        shows: |t, s, h| {
            let stage = |c: Channel| s.node.monitors[c].data.stages[h];
            let signed = t.shape(h).inbound.is_some_and(|c| stage(c) == Stage::SignedFail);
            let told = s.world.inbound[h] == Inbound::Failed || signed;
            is_forward(t, h) && told && !is_failed_for_good(t, s.view(), h)
        },
    },
];

/// The outcome was applied twice.
fn is_applied_again(s: &State, h: Htlc) -> bool {
    s.ledger.applied_again.contains(h)
}

/// What of [`FATES`] a scenario shows under a profile.
pub struct Fates {
    /// A shortest path to each, by index in [`FATES`].
    pub paths: Vec<Option<Vec<Action>>>,
    /// Whether every reachable state was looked at.
    pub complete: bool,
}

/// Looks for every fate in every reachable state; or, with `only`, for one, up to its first state.
pub fn explore(
    profile: &Profile,
    scenario: &Scenario,
    only: Option<usize>,
    settings: &Settings,
) -> Fates {
    let options = settings.options(only.map_or(0, |index| 1 << index));
    let machine = Machine::<dyn Protocol>::new(scenario, profile.protocol);
    let outcome = engine::explore(&machine, &Teller, &options);
    let mut paths = vec![None; FATES.len()];
    for found in outcome.violations {
        paths[found.property] = Some(found.path);
    }
    Fates { paths, complete: outcome.end == End::Exhausted }
}

/// Asks the engine's questions on behalf of the fates.
struct Teller;

impl<P: Protocol + ?Sized> Inspect<Machine<P>> for Teller {
    fn violations(&self, machine: &Machine<P>, s: &State, actions: &[Action]) -> u64 {
        let quiescent = machine.is_quiescent(s, actions);
        let t = &machine.topology;
        let shown = |fate: &Fate| {
            (quiescent || !fate.when_quiescent) && t.htlcs().any(|h| (fate.shows)(t, s, h))
        };
        let indices = (0..FATES.len()).filter(|index| shown(&FATES[*index]));
        indices.fold(0, |bits, index| bits | 1 << index)
    }

    fn kind(&self, action: &Action) -> usize {
        action.kind() as usize
    }

    fn is_terminal(&self, s: &State) -> bool {
        s.is_stuck()
    }
}
