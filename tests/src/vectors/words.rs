//! The words of a test vector: SPEC.md's own, and on the page a table that has all of them.

use crate::history::Effect;
use model::state::world::{RECORD_CLAIMED, RECORD_FAILED, RECORD_FORWARDED, RECORD_SENT};
use model::state::{Chain, Channel, CloseKind, FactKind, Htlc, Outcome, Stage, Status};
use model::state::{Update, UpdateKind};
use std::fmt::Write as _;

/// An HTLC in a Monitor, by SPEC.md section 3.2.
pub fn stage(stage: Stage, is_inbound: bool) -> &'static str {
    match stage {
        Stage::Unoffered => "not offered",
        Stage::Committed if is_inbound => "held",
        Stage::Committed => "committed",
        Stage::SignedClaim => "claim signed",
        Stage::SignedFail => "fail signed",
        Stage::RevokedClaim => "removed, claimed",
        Stage::RevokedFail => "removed, failed",
    }
}

/// An HTLC for the Manager, by SPEC.md section 3.2.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Unused | Status::Unmade => "unknown",
        Status::Unsent | Status::UnsentForward => "in the holding cell",
        Status::Waiting | Status::Held => "waits",
        Status::QueuedClaim | Status::DoneClaim => "sent",
        Status::QueuedFail | Status::DoneFail => "failed",
        Status::FailQueued => "fail queued",
        Status::SignedClaim => "claim signed",
        Status::SignedFail => "fail signed",
        Status::GoneClaim => "gone, claimed",
        Status::GoneFail => "gone, failed",
        Status::Claimable => "claimable",
    }
}

/// An update, by SPEC.md section 3.3. A signed removal has another name on the inbound channel.
pub fn update(update: Update, is_inbound: bool) -> String {
    let (h, outcome) = (update.htlc(), outcome(update.outcome()));
    match update.kind() {
        UpdateKind::None => String::new(),
        UpdateKind::Offer => format!("offer {h}"),
        UpdateKind::Commit if is_inbound => format!("{outcome} {h}"),
        UpdateKind::Commit => format!("sign {outcome} {h}"),
        UpdateKind::Revoke => format!("revocation {h}"),
        UpdateKind::Close => "close".into(),
    }
}

/// How an HTLC ends.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Claim => "claim",
        Outcome::Fail => "fail",
    }
}

/// How an output is spent.
pub fn spend(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Claim => "preimage",
        Outcome::Fail => "timeout",
    }
}

/// The commitment that has confirmed.
pub fn commitment(chain: &Chain) -> String {
    let has_output = chain.contains.iter().enumerate().filter(|(_, has)| **has);
    commitment_with(chain.closed == CloseKind::Holder, has_output.map(|(h, _)| Htlc::at(h)))
}

/// A commitment with outputs of these HTLCs.
pub fn commitment_with(is_ours: bool, outputs: impl Iterator<Item = Htlc>) -> String {
    let outputs: Vec<String> = outputs.map(|h| h.to_string()).collect();
    let with = if outputs.is_empty() { "no HTLC".into() } else { outputs.join(" and ") };
    let whose = if is_ours { "our" } else { "the peer's" };
    format!("{whose} commitment with {with}")
}

/// The blocks of a chain, oldest first.
pub fn blocks(chain: &Chain) -> Vec<String> {
    let said = |kind| match kind {
        FactKind::None => String::new(),
        FactKind::Commitment => commitment(chain),
        FactKind::Buried => "the commitment is final".into(),
        FactKind::Spend(h, Outcome::Claim) => format!("{h} spent with the preimage"),
        FactKind::Spend(h, Outcome::Fail) => format!("{h} spent by timeout"),
    };
    chain.facts().iter().map(|fact| said(fact.kind())).collect()
}

/// What the User's record has of a payment or a forward.
pub fn record(marks: u8, name: &str) -> Vec<String> {
    let names = [
        (RECORD_SENT, "PaymentSent"),
        (RECORD_FAILED, "PaymentFailed"),
        (RECORD_FORWARDED, "PaymentForwarded"),
        (RECORD_CLAIMED, "PaymentClaimed"),
    ];
    let there = names.iter().filter(|(mark, _)| marks & mark != 0);
    there.map(|(_, event)| format!("{event} {name}")).collect()
}

/// One thing that the outside sees. Ids of events are those of a channel's Monitor. That a
/// commitment of ours confirms is told by its block.
pub fn effect(effect: &Effect) -> Option<String> {
    let on = |channel: u64| Channel::at(channel as usize);
    Some(match *effect {
        Effect::Released { channel, id, htlc, claimed } => {
            let outcome = outcome(if claimed { Outcome::Claim } else { Outcome::Fail });
            format!("released {} #{id}: {} {outcome}", on(channel), htlc?)
        }
        Effect::Acked { channel, id } => format!("acked {} #{id}", on(channel)),
        Effect::Delivered(told) => format!("delivers {told}"),
        Effect::Recorded(told) => format!("records {told}"),
        Effect::Resolved { htlc, claimed: true } => format!("inbound {htlc} is ours"),
        Effect::Resolved { htlc, claimed: false } => format!("inbound {htlc} is given back"),
        Effect::Confirmed { .. } => return None,
    })
}

/// The fields with their values, and where SPEC.md speaks of them. `h` stands for an HTLC, `c` for
/// a channel, `n` for a number, `EVENT` for a user event.
pub const TABLE: [(&str, &[&str], &str); 15] = [
    (
        "`kind`",
        &["own payment", "forward", "payment received"],
        "own, forward (each of its previous hops), payment received (each of its parts)",
    ),
    ("`writes`, `manager_writes`", &["synchronous", "asynchronous"], "STO-1"),
    ("`update_writes`", &["full", "delta"], "STO-3"),
    ("`completed`", &["with the report", "later"], "STO-4"),
    (
        "`htlcs` of a Monitor",
        &[
            "not offered",
            "committed",
            "held",
            "claim signed",
            "fail signed",
            "removed, claimed",
            "removed, failed",
        ],
        "section 3.2, *committed* if it leaves by the channel, *held* if it came in on it",
    ),
    (
        "`htlcs` of the Manager, own",
        &["unknown", "in the holding cell", "waits", "sent", "failed"],
        "section 3.2, below the tables",
    ),
    (
        "`htlcs` of the Manager, others",
        &[
            "in the holding cell",
            "waits",
            "claimable",
            "fail queued",
            "claim signed",
            "fail signed",
            "gone, claimed",
            "gone, failed",
        ],
        "section 3.2, second table",
    ),
    (
        "`in_flight`, `blocked`: updates of the outbound channel",
        &["offer h", "sign claim h", "sign fail h", "revocation h", "close"],
        "section 3.3",
    ),
    (
        "the same of the inbound channel",
        &["claim h", "fail h", "revocation h", "close"],
        "section 3.3",
    ),
    ("`outcome`", &["claim", "fail"], "of an HTLC event"),
    ("`spent`", &["preimage", "timeout"], "spends on record"),
    (
        "`event`, `EVENT` below",
        &["PaymentSent", "PaymentFailed", "PaymentForwarded", "PaymentClaimed"],
        "user event, of a payment (by its first part) or a forward",
    ),
    ("`record`, `told`", &["EVENT h"], "identity; *told*, ACT-21"),
    (
        "`chains`, the first also in `commitment`",
        &[
            "our commitment with HTLCS",
            "the peer's commitment with HTLCS",
            "h spent with the preimage",
            "h spent by timeout",
            "the commitment is final",
        ],
        "ENV-6, ENV-7; `HTLCS` with an output in it: `h`, `h and h`, .., `no HTLC`",
    ),
    (
        "`effects`",
        &[
            "released c #n: h claim",
            "released c #n: h fail",
            "acked c #n",
            "delivers EVENT h",
            "records EVENT h",
            "inbound h is ours",
            "inbound h is given back",
            "blockn of c: BLOCK",
        ],
        "ACT-6; ACT-7; ACT-21, recorded again, too; the end of an inbound HTLC; a new block, as in \
         `chains`",
    ),
];

/// The table of words, for the page.
pub fn table() -> String {
    let mut text = "| where | words | SPEC.md |\n|---|---|---|\n".to_owned();
    for (place, words, term) in TABLE {
        let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let _ = writeln!(text, "| {place} | {} | {term} |", quoted.join("; "));
    }
    text
}
