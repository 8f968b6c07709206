//! History: what properties remember of a run, computed from the step alone. SPEC.md section 6.
//!
//! [`note`] looks at the state before a step, at the action, at what the components called on each
//! other, and at the state after; it is the only place that writes a [`Ledger`], and no transition
//! is given one. The calls are there because an ack that comes too early may find nothing to remove
//! and so leave no trace in the state.

use crate::action::{Action, ActionKind, Args, Kept};
use crate::call::Call;
use crate::state::{
    Disk, Entry, Fault, Htlc, Ledger, Manager, Mode, Monitor, Outcome, Snapshot, Stage, State,
    Status, Told, UpdateKind,
};
use crate::topology::Topology;
use crate::truth::{effect_is_durable, is_past_resolution};

/// Puts the history of a step into the state that the step has led to.
pub fn note<const C: usize, const H: usize>(
    t: &Topology,
    before: &State<C, H>,
    action: Action,
    calls: &[Call],
    after: &mut State<C, H>,
) {
    let is_silent = !matches!(
        action.kind,
        ActionKind::Begin | ActionKind::Refuse | ActionKind::Offer | ActionKind::Crash
    );
    if !is_silent || !calls.is_empty() {
        after.ledger = self::after(t, before, action, calls, after);
    }
}

/// The history after a step.
fn after<const C: usize, const H: usize>(
    t: &Topology,
    before: &State<C, H>,
    action: Action,
    calls: &[Call],
    s: &State<C, H>,
) -> Ledger<H> {
    let mut ledger = before.ledger;
    match (action.kind, action.args) {
        (ActionKind::Begin, Args::Htlc(h)) => begin(t, &mut ledger, h),
        (ActionKind::Refuse, Args::Htlc(h)) => ledger.may_deliver[t.payment(h)] = true,
        // A forward that was offered is offered again.
        (ActionKind::Offer, Args::Htlc(h)) if !t.is_own(h) && before.world.is_offered(h) => {
            ledger.faults.insert(Fault::OfferedAgain);
        }
        (ActionKind::Crash, Args::Kept(kept)) => {
            allow_redelivery(t, &mut ledger, before, kept, s);
            give_up(t, &mut ledger, manager_read(&before.disk, kept), calls, s);
            return ledger;
        }
        _ => {}
    }
    if !calls.is_empty() {
        judge_calls(t, &mut ledger, before, calls, s);
        judge_removals(t, &mut ledger, before, action, calls, s);
        give_up(t, &mut ledger, &before.node.manager, calls, s);
    }
    ledger
}

/// A delivery; it uses up the permission there is.
fn begin<const H: usize>(t: &Topology, ledger: &mut Ledger<H>, h: Htlc) {
    let may_deliver = &mut ledger.may_deliver[t.payment(h)];
    if !std::mem::take(may_deliver) {
        ledger.faults.insert(Fault::UncalledDelivery);
    }
    if t.has_parts() {
        ledger.begun = std::array::from_fn(|part| part == h.index());
    }
}

/// The version of the manager that a crash makes the node read.
fn manager_read<const C: usize, const H: usize>(disk: &Disk<C, H>, kept: Kept) -> &Manager<C, H> {
    if kept.manager { &disk.manager_write } else { &disk.manager }
}

/// After a delivery whose handling or whose ack is not durable, a crash excuses one more.
fn allow_redelivery<const C: usize, const H: usize>(
    t: &Topology,
    ledger: &mut Ledger<H>,
    before: &State<C, H>,
    kept: Kept,
    s: &State<C, H>,
) {
    let manager = manager_read(&before.disk, kept);
    let begun = ledger.begun;
    // Of several parts, the one by whose entry the user was told last counts.
    let told_by = |part: &Htlc| !t.has_parts() || begun[*part];
    for h in t.htlcs() {
        let is_over = |part: Htlc| {
            let Some(c) = t.shape(t.leaves_as(part)).outbound else { return false };
            let durable = before.disk.recoverable(c).nth(kept.writes[c].into());
            let durable: &Snapshot<H> = durable.expect("what is kept was in flight");
            // Where the durable monitor has yet to derive the event, because it never knew the HTLC
            // or because a message was faster, the manager alone remembers that the user was told.
            // With the mode off that holds of every event.
            let keeps_events = durable.data.mode == Mode::On;
            if keeps_events && is_past_resolution(t, &s.world, durable, part) {
                !durable.events.names(part)
            } else {
                matches!(manager.statuses[part], Status::DoneClaim | Status::DoneFail)
            }
        };
        let handled = s.world.record[h] != 0;
        // Of a forward the user may be told again until the manager remembers that it was.
        let over = match manager.told[h] {
            Told::Never => t.parts(h).filter(told_by).any(is_over),
            told => told == Told::Handled,
        };
        ledger.may_deliver[h] |= !(handled && over);
    }
}

/// GUA-10: a forward that the manager had in the holding cell is given up as never offered, and
/// could as well be offered by another channel; but its peer had been offered it.
fn give_up<const C: usize, const H: usize>(
    t: &Topology,
    ledger: &mut Ledger<H>,
    was: &Manager<C, H>,
    calls: &[Call],
    s: &State<C, H>,
) {
    let is_given_up = |h: Htlc| {
        let unsent = was.statuses[h] == Status::UnsentForward;
        unsent && s.node.manager.statuses[h].outcome() == Some(Outcome::Fail)
    };
    for h in t.htlcs().filter(|h| is_given_up(*h) && calls.contains(&Call::Apply(*h))) {
        if s.world.is_offered(h) {
            ledger.faults.insert(Fault::OfferedAgain);
        }
    }
}

/// Whether each call may be made where the step has led to.
fn judge_calls<const C: usize, const H: usize>(
    t: &Topology,
    ledger: &mut Ledger<H>,
    before: &State<C, H>,
    calls: &[Call],
    s: &State<C, H>,
) {
    for call in calls {
        match *call {
            Call::Ack { htlc, source } => {
                if !effect_is_durable(t, s.view(), htlc, source.outcome) {
                    ledger.faults.insert(Fault::EarlyAck);
                }
            }
            Call::Apply(h) if before.node.manager.statuses[h].outcome().is_some() => {
                ledger.applied_again.insert(h);
            }
            Call::Update { channel, update, .. } if update.kind() == UpdateKind::Commit => {
                let htlc = update.htlc();
                let stage = before.node.monitors[channel].data.stages[htlc];
                if t.came_in_on(htlc, channel) && stage != Stage::Committed && !s.node.failed {
                    ledger.applied_again.insert(htlc);
                }
            }
            Call::Apply(_) | Call::Update { .. } | Call::Offer(_) => {}
        }
    }
}

/// GUA-8: what is gone from a monitor's lists is what an ack meant. Where a release forgets, what
/// it hands out is gone, too.
fn judge_removals<const C: usize, const H: usize>(
    t: &Topology,
    ledger: &mut Ledger<H>,
    before: &State<C, H>,
    action: Action,
    calls: &[Call],
    s: &State<C, H>,
) {
    for c in t.channels() {
        let (was, is): (&Monitor<H>, &Monitor<H>) = (&before.node.monitors[c], &s.node.monitors[c]);
        if was.events == is.events {
            continue;
        }
        let released = was.pending().first().filter(|_| action.kind == ActionKind::Release);
        let is_meant = |entry: &Entry| {
            let named = |call: &Call| match *call {
                Call::Ack { htlc, source } => {
                    (htlc, source.outcome) == (entry.htlc(), entry.outcome())
                }
                _ => false,
            };
            released == Some(entry) || calls.iter().any(named)
        };
        let gone = |entry: &&Entry| !is.events.entries().contains(entry);
        if !was.events.entries().iter().filter(gone).all(is_meant) {
            ledger.faults.insert(Fault::WrongAck);
        }
    }
}
