//! What a step broke, said of the step: the call that is to blame, what it was about, and the
//! version that a crash would bring back.

use super::lane::{self, Lane};
use super::words;
use crate::action::{Action, ActionKind, Args};
use crate::call::Call;
use crate::property::survives_ack;
use crate::state::{Channel, Entry, Fault, Htlc, Outcome, Snapshot, Source, Stage, State};
use crate::topology::Topology;
use crate::truth::{effect_is_durable, is_durable_in_version};

/// A guarantee that a step broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// The lane that made the call.
    pub lane: Lane,
    /// The call, short enough for a lane; none where the action itself is to blame.
    pub call: Option<String>,
    /// The guarantee, and what is wrong.
    pub sentence: String,
}

/// What a step broke that no earlier one of its run had.
pub fn blames(
    t: &Topology,
    before: &State,
    action: Action,
    calls: &[Call],
    after: &State,
) -> Vec<Blame> {
    let step = Step { t, before, action, calls, after };
    let faults = after.ledger.faults.iter().filter(|f| !before.ledger.faults.contains(*f));
    let mut blames: Vec<Blame> = faults.flat_map(|fault| step.of_fault(fault)).collect();
    let again = after.ledger.applied_again.filter(|h| !before.ledger.applied_again.contains(*h));
    blames.extend(again.map(|h| step.again(h)));
    blames.extend(t.htlcs().filter_map(|h| step.unsafe_ack(h)));
    // The others are seen in the state, whatever step led there.
    let known = words::broken_state(before);
    let new = words::broken_state(after).into_iter().filter(|line| !known.contains(line));
    blames.extend(new.map(|line| step.action_alone(line)));
    blames
}

struct Step<'a> {
    t: &'a Topology,
    before: &'a State,
    action: Action,
    calls: &'a [Call],
    after: &'a State,
}

impl Step<'_> {
    fn of_fault(&self, fault: Fault) -> Vec<Blame> {
        let h = match self.action.args {
            Args::Htlc(h) => h.to_string(),
            _ => "an HTLC".into(),
        };
        let sentence = match fault {
            Fault::EarlyAck => {
                return self.acks().filter_map(|(h, source)| self.early(h, source)).collect();
            }
            Fault::WrongAck => return self.wrong(),
            Fault::UncalledDelivery => {
                format!(
                    "the news of {h} is delivered again, and since it was, nothing was refused and \
                     no crash took its handling or its ack"
                )
            }
            Fault::OfferedAgain if self.action.kind == ActionKind::Offer => {
                format!("{h} is offered, and its peer has been offered it before")
            }
            Fault::OfferedAgain => {
                "a forward is given up as never offered, and its peer has been offered it".into()
            }
        };
        vec![self.action_alone(format!("{}: {sentence}", words::guarantee_of(fault)))]
    }

    /// Of which no call is to blame.
    fn action_alone(&self, sentence: String) -> Blame {
        Blame { lane: lane::acting(self.action), call: None, sentence }
    }

    /// GUA-5: an effect that happens twice.
    fn again(&self, h: Htlc) -> Blame {
        let known = words::status(self.before.node.manager.statuses[h]);
        let sentence = format!("GUA-5: the outcome of {h} is applied twice; before: {known}");
        Blame { lane: Lane::Manager, call: Some(words::call(Call::Apply(h))), sentence }
    }

    fn acks(&self) -> impl Iterator<Item = (Htlc, Source)> {
        self.calls.iter().filter_map(|call| match *call {
            Call::Ack { htlc, source } => Some((htlc, source)),
            _ => None,
        })
    }

    /// GUA-3: what a crash would bring back that still needs the event.
    fn early(&self, h: Htlc, source: Source) -> Option<Blame> {
        let Source { outcome, .. } = source;
        if effect_is_durable(self.t, self.after.view(), h, outcome) {
            return None;
        }
        let why = if self.t.is_own(h) {
            let event = if outcome == Outcome::Claim { "PaymentSent" } else { "PaymentFailed" };
            format!(
                "the User has no record of {event}, and the event is what would tell it after a \
                 crash"
            )
        } else {
            let hops = self.t.previous_hops(h).into_iter();
            hops.filter_map(|hop| self.lacks(hop, outcome)).next()?
        };
        Some(Blame {
            lane: Lane::Manager,
            call: Some(words::call(Call::Ack { htlc: h, source })),
            sentence: format!("GUA-3: {}: {why}", named(h, source)),
        })
    }

    /// The first version of the inbound Monitor that a crash can bring back and that lacks an
    /// outcome.
    fn lacks(&self, hop: Htlc, outcome: Outcome) -> Option<String> {
        let c = self.t.inbound(hop);
        let verb = if outcome == Outcome::Claim { "claimed" } else { "removed" };
        if self.after.disk.is_archived(c) {
            return Some(format!("the inbound Monitor is archived, and {hop} is not {verb} there"));
        }
        let lacking = |version: &&Snapshot| {
            !is_durable_in_version(self.t, self.after.view(), hop, outcome, version)
        };
        let version = self.after.disk.recoverable(c).find(lacking)?;
        Some(self.version(c, version, hop, verb))
    }

    fn version(&self, c: Channel, version: &Snapshot, hop: Htlc, verb: &str) -> String {
        let stage = match version.data.stages[hop] {
            Stage::Unoffered => "not offered",
            Stage::Committed => "committed",
            Stage::SignedClaim | Stage::SignedFail => "signed",
            Stage::RevokedClaim | Stage::RevokedFail => "revoked",
        };
        let update = version.data.update_id;
        let which = if std::ptr::eq(version, &self.after.disk.monitors[c]) {
            "the durable inbound Monitor"
        } else {
            "an inbound Monitor whose write is in flight"
        };
        format!("{which} is u{update}, where {hop} is {stage}, not {verb}")
    }

    /// GUA-3 (b): the event is gone from the disk, and a Manager that a crash can bring back needs
    /// it.
    fn unsafe_ack(&self, h: Htlc) -> Option<Blame> {
        let leaves_as = self.t.leaves_as(h);
        let c = self.t.shape(leaves_as).outbound?;
        if !survives_ack(self.t, self.before, h) || survives_ack(self.t, self.after, h) {
            return None;
        }
        let durable = &self.after.disk.monitors[c];
        let stage = words::plain(words::stage(durable.data.stages[leaves_as]));
        let managers = self.after.disk.recoverable_managers();
        let mut held: Vec<String> = managers
            .map(|manager| {
                let told = words::told(manager.told[h]);
                let comma = if told.is_empty() { "" } else { ", " };
                format!("{h} {}{comma}{told}", words::status(manager.statuses[h]))
            })
            .collect();
        held.dedup();
        let sentence = format!(
            "GUA-3: the durable {c} Monitor (u{}, {leaves_as} {stage}) lists no event of it, and a \
             crash brings back a Manager that has: {}",
            durable.data.update_id,
            held.join("; or ")
        );
        Some(self.action_alone(sentence))
    }

    /// GUA-8: what is gone though no ack of the step meant it.
    fn wrong(&self) -> Vec<Blame> {
        let mut blames = Vec::new();
        for c in self.t.channels() {
            let (was, is) = (&self.before.node.monitors[c], &self.after.node.monitors[c]);
            let is_meant =
                |e: &Entry| self.acks().any(|(h, s)| (h, s.outcome) == (e.htlc(), e.outcome()));
            let entries = was.events.entries().iter();
            let gone = entries.filter(|e| !is.events.entries().contains(e) && !is_meant(e));
            for entry in gone {
                let removed =
                    format!("#{} ({} {})", entry.id, words::outcome(entry.outcome()), entry.htlc());
                // The ack that named it, or any: what was meant is said with it.
                let by_id = self.acks().find(|(_, source)| source.id == entry.id);
                let Some((h, source)) = by_id.or_else(|| self.acks().next()) else { continue };
                blames.push(Blame {
                    lane: Lane::Manager,
                    call: Some(words::call(Call::Ack { htlc: h, source })),
                    sentence: format!("GUA-8: {} removed {removed} from {c}", named(h, source)),
                });
            }
        }
        blames
    }
}

fn named(h: Htlc, source: Source) -> String {
    format!("ack of #{} ({} {h})", source.id, words::outcome(source.outcome))
}
