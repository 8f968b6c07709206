//! The words of the field for what a state holds. Empty where there is nothing to say.

use crate::call::Call;
use crate::state::world::{RECORD_CLAIMED, RECORD_FAILED, RECORD_FORWARDED, RECORD_SENT};
use crate::state::{
    Ack, AckStage, Chain, Channel, CloseKind, Entry, Fact, FactKind, Fault, HtlcSet, Inbound,
    Ledger, Manager, Mode, NO_ID, Outcome, PeerSigned, Snapshot, Stage, State, Status, Told,
    Update, UpdateKind, Write,
};

/// Stands for a space that no line may be broken at.
pub const TIE: &str = "~";

/// A text as it is shown where lines are not broken.
pub fn plain(text: &str) -> String {
    text.replace(TIE, " ")
}

/// Joins what there is to a list.
pub fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// How an HTLC ended.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Claim => "claim",
        Outcome::Fail => "fail",
    }
}

/// What the outbound peer has sent and signed.
pub fn peer(signed: PeerSigned) -> &'static str {
    match signed {
        PeerSigned::Nothing => "",
        PeerSigned::Sent => "sent claim",
        PeerSigned::Claim => "signed claim",
        PeerSigned::Fail => "signed fail",
        PeerSigned::Unoffered => "not offered",
    }
}

/// What became of a forward in the payer's view.
pub fn inbound(inbound: Inbound) -> &'static str {
    match inbound {
        Inbound::Held => "held",
        Inbound::Claimed => "claimed",
        Inbound::Failed => "failed",
        Inbound::Expired => "expired",
    }
}

/// A fact on chain; of a commitment also whose it is, and the HTLCs with an output in it.
pub fn fact(fact: Fact, chain: &Chain, htlcs: HtlcSet) -> String {
    match fact.kind() {
        FactKind::Spend(h, Outcome::Claim) => format!("claim {h}"),
        FactKind::Spend(h, Outcome::Fail) => format!("timeout {h}"),
        FactKind::Commitment => commitment(chain, htlcs),
        FactKind::Buried => "commitment buried".into(),
        FactKind::None => String::new(),
    }
}

fn commitment(chain: &Chain, htlcs: HtlcSet) -> String {
    let whose = match chain.closed {
        CloseKind::Open => "no",
        CloseKind::Holder => "our",
        CloseKind::Counterparty => "peer's",
    };
    let outputs: Vec<String> =
        htlcs.filter(|h| chain.contains[*h]).map(|h| h.to_string()).collect();
    if outputs.is_empty() {
        return format!("{whose} commitment without HTLCs");
    }
    format!("{whose} commitment with {}", outputs.join(" and "))
}

/// Where an HTLC's removal stands.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Committed => "committed",
        Stage::SignedClaim => "signed~claim",
        Stage::SignedFail => "signed~fail",
        Stage::RevokedClaim => "revoked~claim",
        Stage::RevokedFail => "revoked~fail",
        Stage::Unoffered => "not~offered",
    }
}

/// Events, oldest first.
pub fn entries(entries: &[Entry]) -> String {
    joined(entries.iter().map(|e| {
        let what = format!("{}{TIE}{}", outcome(e.outcome()), e.htlc());
        if e.id == NO_ID { what } else { format!("#{}{TIE}{what}", e.id) }
    }))
}

/// A full write: update, what is special about it, events in brackets.
pub fn snapshot(snapshot: &Snapshot, htlcs: HtlcSet) -> String {
    let data = &snapshot.data;
    let mut parts = vec![format!("u{}", data.update_id)];
    for h in htlcs.filter(|h| data.stages[*h] != Stage::Committed) {
        parts.push(format!("{h}{TIE}{}", stage(data.stages[h])));
    }
    if let Some(block) = data.best_block.checked_sub(1) {
        parts.push(format!("seen{TIE}block{block}"));
    }
    if data.lockdown {
        parts.push("locked down".into());
    }
    if data.mode == Mode::Off {
        parts.push(format!("mode{TIE}off"));
    }
    if data.archival_clock {
        parts.push("archival clock".into());
    }
    // The id that follows the last listed event goes without saying.
    let next = snapshot.events.entries().last().map_or(0, |e| e.id.wrapping_add(1));
    if data.next_event_id != next && data.next_event_id != NO_ID {
        parts.push(format!("next id #{}", data.next_event_id));
    }
    format!("{} [{}]", parts.join(", "), entries(snapshot.events.entries()))
}

/// A write in flight: what it holds, and up to which update it reports if that is less.
pub fn write(write: &Write, htlcs: HtlcSet) -> String {
    let held = snapshot(&write.snapshot, htlcs);
    let update = write.covers_update;
    if update == write.snapshot.data.update_id {
        return held;
    }
    format!("{held}, reports u{update}")
}

/// The updates in flight on a channel, oldest first; they are the last ones up to `update_id`.
pub fn in_flight(manager: &Manager, channel: Channel) -> String {
    let updates = manager.in_flight(channel);
    let after = usize::from(manager.update_id[channel]) + 1;
    let numbered = updates.iter().enumerate();
    joined(numbered.map(|(i, u)| format!("u{} {}", after + i - updates.len(), update(*u))))
}

/// What one component asks of another.
pub fn call(call: Call) -> String {
    match call {
        Call::Update { channel, id, update: new } => {
            format!("{channel}: u{id} {}", update(new))
        }
        Call::Ack { htlc, source } => {
            format!("ack #{} {} {htlc}", source.id, outcome(source.outcome))
        }
        Call::Offer(h) => format!("offer {h}"),
        Call::Apply(h) => format!("apply {h}"),
    }
}

/// The blocked updates of a channel, oldest first; they have no ids yet.
pub fn blocked(manager: &Manager, channel: Channel) -> String {
    joined(manager.blocked(channel).iter().map(|u| update(*u)))
}

fn update(update: Update) -> String {
    let h = update.htlc();
    match update.kind() {
        UpdateKind::None => String::new(),
        UpdateKind::Offer => format!("offer {h}"),
        UpdateKind::Commit => format!("commit {h} {}", outcome(update.outcome())),
        UpdateKind::Revoke => format!("revoke {h}"),
        UpdateKind::Close => "close".into(),
    }
}

/// What the manager knows of an HTLC. For one that came in, it is about the inbound channel.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Unused => "",
        Status::Unmade => "not made",
        Status::Unsent | Status::UnsentForward => "holding cell",
        Status::Waiting => "waiting",
        Status::QueuedClaim => "PaymentSent queued",
        Status::QueuedFail => "PaymentFailed queued",
        Status::DoneClaim => "PaymentSent handled",
        Status::DoneFail => "PaymentFailed handled",
        Status::Held => "held",
        Status::Claimable => "claimable",
        Status::FailQueued => "fail queued",
        Status::SignedClaim => "claim signed",
        Status::SignedFail => "fail signed",
        Status::GoneClaim => "claim done",
        Status::GoneFail => "fail done",
    }
}

/// Whether the user is told of a claimed forward or payment: `PaymentForwarded` and
/// `PaymentClaimed` are too long for a lane.
pub fn told(told: Told) -> &'static str {
    match told {
        Told::Never | Told::NotYet => "",
        Told::Promised => "event promised",
        Told::Queued => "event queued",
        Told::Handled => "event handled",
    }
}

/// An ack that is due: at once, or when the manager write in flight has landed.
pub fn ack(ack: Ack) -> String {
    match ack.stage {
        AckStage::None => String::new(),
        AckStage::Due => format!("#{} due", ack.source.id),
        AckStage::Covered => format!("#{} after this write", ack.source.id),
    }
}

/// What the user's record holds for an HTLC.
pub fn record(marks: u8) -> String {
    let names = [
        (RECORD_SENT, "sent"),
        (RECORD_FAILED, "failed"),
        (RECORD_FORWARDED, "forwarded"),
        (RECORD_CLAIMED, "claimed"),
    ];
    joined(names.iter().filter(|(mark, _)| marks & mark != 0).map(|(_, name)| (*name).into()))
}

/// The guarantees that steps have broken so far, a line each.
pub fn broken(state: &State) -> Vec<String> {
    let Ledger { applied_again, faults, .. } = state.ledger;
    let mut lines: Vec<String> = faults
        .iter()
        .map(|broken| format!("{}: {}", guarantee_of(broken), fault(broken)))
        .collect();
    let again = applied_again.map(|h| format!("GUA-5: the outcome of {h} was applied twice"));
    lines.extend(again);
    lines.extend(broken_state(state));
    lines
}

/// What a state shows of a step that went wrong, without any history.
pub fn broken_state(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    if state.node.failed {
        let why = "the versions do not load, or an update skips one or has no monitor";
        lines.push(format!("GUA-7: {why}"));
    }
    if state.node.monitors.iter().any(|m| m.events.has_overflowed()) {
        lines.push("GUA-4: a push found the list full: two events name one HTLC".into());
    }
    lines
}

/// The guarantee that a fault is about.
pub fn guarantee_of(fault: Fault) -> &'static str {
    match fault {
        Fault::EarlyAck => "GUA-3",
        Fault::UncalledDelivery => "GUA-5",
        Fault::WrongAck => "GUA-8",
        Fault::OfferedAgain => "GUA-10",
    }
}

fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::EarlyAck => "an ack was called while its effect was not durable",
        Fault::UncalledDelivery => "a delivery that no refusal and no crash accounts for",
        Fault::WrongAck => "an ack removed an entry it was not meant for",
        Fault::OfferedAgain => {
            "a forward was offered again, or given up, that its peer had been offered"
        }
    }
}
