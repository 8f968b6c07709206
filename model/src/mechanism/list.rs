//! The list.

use super::{Mechanism, Value};
use crate::profile::Difference;
use crate::profile::difference::{self as d, of_mutant};

const NO_OFFCHAIN_CLAIM: Difference = of_mutant("skip_offchain_claim");
const NO_OFFCHAIN_FAIL: Difference = of_mutant("skip_offchain_fail");
const NO_HOLDER_OUTPUT: Difference = of_mutant("skip_holder_output_claim");
const NO_COUNTERPARTY_OUTPUT: Difference = of_mutant("skip_counterparty_output_claim");
const NO_MATURED_TIMEOUT: Difference = of_mutant("skip_matured_timeout");
const FAIL_KNOWN: Difference = of_mutant("fail_known_preimage");
const FAIL_SIGNED: Difference = of_mutant("fail_before_revocation");
const FORGET_PROVIDED: Difference = of_mutant("forget_provided");
const LOAD_AS_PROVIDED: Difference = of_mutant("load_as_provided");
const RESTART_COUNTER: Difference = of_mutant("restart_id_counter");
const SILENT_REPLAY: Difference = of_mutant("silent_replay");
const DELTA_COVERS_ALL: Difference = of_mutant("delta_covers_all");
const KEEP_CLOCK: Difference = of_mutant("keep_clock");
const ACK_PREFIX: Difference = of_mutant("ack_prefix");
const ACK_WHEN_QUEUED: Difference = of_mutant("ack_when_queued");
const ACK_CLAIM_SUBMITTED: Difference = of_mutant("ack_forward_claim_submitted");
const ACK_FAIL_SENT: Difference = of_mutant("ack_forward_fail_sent");
const ACK_FAIL_QUEUED: Difference = of_mutant("ack_forward_fail_queued");
const ACK_CLOSED_SUBMITTED: Difference = of_mutant("ack_closed_claim_submitted");
const KEEP_CLOSED_CLAIM: Difference = of_mutant("keep_closed_claim");
const KEEP_CLOSED_FAIL: Difference = of_mutant("keep_closed_fail");
const KEEP_SETTLED: Difference = of_mutant("keep_settled");
const APPLY_SETTLED: Difference = of_mutant("apply_settled");
const COMPLETE_ALL: Difference = of_mutant("complete_all_updates");
const KEEP_STALE: Difference = of_mutant("keep_stale_channel");
const NO_RESUBMIT: Difference = of_mutant("forget_missing_updates");
const UNLIST_UPDATES: Difference = of_mutant("unlist_in_flight_at_load");
const UNLIST_CLOSE: Difference = of_mutant("generate_close_in_background");
const SEND_EVERY_PART: Difference = of_mutant("send_every_part");
const SEND_WITH_LAST_PART: Difference = of_mutant("send_with_last_part");
const FAIL_WITH_FIRST_PART: Difference = of_mutant("fail_with_first_part");
const TELL_APPLIED: Difference = of_mutant("tell_applied");
const KEEP_BLOCKED: Difference = of_mutant("keep_blocked");
const WAIT_BEHIND: Difference = of_mutant("wait_behind_blocked");
const STRAND_UNSENT: Difference = of_mutant("strand_unsent");
const TELL_CLAIM_EARLY: Difference = of_mutant("tell_claim_early");
const REVOKE_UNTOLD: Difference = of_mutant("revoke_untold");
const FORGET_PAYMENT: Difference = of_mutant("forget_payment");
const CLAIM_ONE_PART: Difference = of_mutant("claim_one_part");
const FAIL_KNOWN_OWN: Difference = of_mutant("fail_known");
const FAIL_OWN: Difference = of_mutant("fail_unlisted");
const FORGET_CLOSE: Difference = of_mutant("forget_close");
const ARCHIVE_UNDER_NOTICE: Difference = of_mutant("archive_under_notice");
const IGNORE_INBOUND: Difference = of_mutant("ignore_inbound_monitor");
const READ_UNKNOWN_MODE: Difference = of_mutant("read_unknown_mode");
const DROP_CLAIMS: Difference = of_mutant("drop_claims");
const PUSH_AFTER_COMPARING: Difference = of_mutant("push_after_comparing");
const SWITCH_OFF_LISTED: Difference = of_mutant("switch_off_listed");
const WRITE_OFF_IDS: Difference = of_mutant("write_off_ids");
const SWITCH_UNWRITTEN: Difference = of_mutant("switch_unwritten");

const fn spec(name: &'static str) -> Value {
    Value::spec(name)
}

const fn departs(name: &'static str, departure: &'static Difference) -> Value {
    Value::departs(name, departure)
}

/// All mechanisms, by role: Monitor, Watch, Manager, restart.
pub const MECHANISMS: &[Mechanism] = &[
    Mechanism {
        name: "monitor_mode",
        decides: "whether Monitors keep their events under a Manager that counts on it",
        surveyed: false,
        values: &[spec("on"), departs("off", &d::MONITOR_MODE_OFF)],
    },
    Mechanism {
        name: "manager_mode",
        decides: "whether the Manager acks what Monitors keep",
        surveyed: false,
        values: &[spec("on"), departs("off", &d::MANAGER_MODE_OFF)],
    },
    Mechanism {
        name: "push",
        decides: "where a Monitor pushes an event",
        surveyed: true,
        values: &[
            spec("every_site"),
            departs("no_offchain_claim", &NO_OFFCHAIN_CLAIM),
            departs("no_offchain_fail", &NO_OFFCHAIN_FAIL),
            departs("no_holder_output_claim", &NO_HOLDER_OUTPUT),
            departs("no_counterparty_output_claim", &NO_COUNTERPARTY_OUTPUT),
            departs("no_matured_timeout", &NO_MATURED_TIMEOUT),
        ],
    },
    Mechanism {
        name: "scan",
        decides: "which lists a push site looks at for an event of the same HTLC",
        surveyed: true,
        values: &[
            spec("both"),
            departs("pending", &d::SCAN_PENDING),
            departs("none", &d::SCAN_NOTHING),
            departs("no_offchain_claim", &d::OFFCHAIN_CLAIM_UNSCANNED),
            departs("pending_holder_output", &d::HOLDER_OUTPUT_SCANS_PENDING),
        ],
    },
    Mechanism {
        name: "claim_dominates",
        decides: "whether a known preimage rules out the event of a fail",
        surveyed: true,
        values: &[spec("yes"), departs("no", &FAIL_KNOWN)],
    },
    Mechanism {
        name: "fail_push",
        decides: "when an off-chain fail is an event",
        surveyed: true,
        values: &[spec("revocation"), departs("signature", &FAIL_SIGNED)],
    },
    Mechanism {
        name: "release",
        decides: "what becomes of an event that is released",
        surveyed: true,
        values: &[spec("keeps"), departs("forgets", &d::RELEASE_FORGETS)],
    },
    Mechanism {
        name: "full_write",
        decides: "which lists a full write holds",
        surveyed: true,
        values: &[spec("both_lists"), departs("pending_only", &FORGET_PROVIDED)],
    },
    Mechanism {
        name: "load",
        decides: "in which list stored events are after a load",
        surveyed: true,
        values: &[spec("pending"), departs("provided", &LOAD_AS_PROVIDED)],
    },
    Mechanism {
        name: "event_ids",
        decides: "how events are numbered after a load",
        surveyed: true,
        values: &[
            spec("continue"),
            departs("restart", &RESTART_COUNTER),
            departs("renumbered", &d::IDS_RENUMBERED),
        ],
    },
    Mechanism {
        name: "ack_names",
        decides: "by what an ack names the event it removes",
        surveyed: true,
        values: &[
            spec("id"),
            departs("content", &d::ACK_BY_CONTENT),
            departs("id_and_older", &ACK_PREFIX),
        ],
    },
    Mechanism {
        name: "broadcast",
        decides: "which holder commitment a Monitor may broadcast",
        surveyed: true,
        values: &[spec("reported"), departs("memory", &d::BROADCAST_FROM_MEMORY)],
    },
    Mechanism {
        name: "hold_back",
        decides: "how long the Watch holds an event back",
        surveyed: true,
        values: &[
            spec("event"),
            departs("channel", &d::HOLD_BACK_PER_CHANNEL),
            departs("none", &d::NO_HOLD_BACK),
        ],
    },
    Mechanism {
        name: "own_writes",
        decides: "whether the Watch waits for full writes that no update asks for",
        surveyed: true,
        values: &[spec("tracked"), departs("untracked", &d::OWN_WRITES_UNTRACKED)],
    },
    Mechanism {
        name: "notices",
        decides: "whether a notice takes an event id",
        surveyed: false,
        values: &[spec("unnumbered"), departs("numbered", &d::NOTICES_NUMBERED)],
    },
    Mechanism {
        name: "delta_replay",
        decides: "whether a load pushes the event of a stored delta",
        surveyed: false,
        values: &[spec("pushes"), departs("silent", &SILENT_REPLAY)],
    },
    Mechanism {
        name: "delta_report",
        decides: "which events the report of a delta covers",
        surveyed: false,
        values: &[spec("made_again"), departs("all", &DELTA_COVERS_ALL)],
    },
    Mechanism {
        name: "spend_record",
        decides: "whether a Monitor records a spend of whose HTLC it lists an event",
        surveyed: false,
        values: &[spec("always"), departs("unless_listed", &d::RECORD_SKIPPED)],
    },
    Mechanism {
        name: "archival_events",
        decides: "which events of a Monitor rule out its archival",
        surveyed: false,
        values: &[spec("listed"), departs("pending", &d::ARCHIVES_PROVIDED)],
    },
    Mechanism {
        name: "archival_clock",
        decides: "what an event does to a Monitor's archival clock",
        surveyed: false,
        values: &[spec("stops"), departs("runs_on", &KEEP_CLOCK)],
    },
    Mechanism {
        name: "archival_writes",
        decides: "whether archival waits for a Monitor's writes in flight",
        surveyed: false,
        values: &[spec("waits"), departs("goes_on", &d::ARCHIVES_WHILE_WRITING)],
    },
    Mechanism {
        name: "archival_notices",
        decides: "whether archival waits for the Manager to take in `Completed`",
        surveyed: false,
        values: &[spec("waits"), departs("goes_on", &ARCHIVE_UNDER_NOTICE)],
    },
    Mechanism {
        name: "archival_unused",
        decides: "when the Monitor of a closed channel that was never used is archived",
        surveyed: false,
        values: &[spec("as_others"), departs("at_once", &d::ARCHIVES_UNUSED)],
    },
    Mechanism {
        name: "own_ack",
        decides: "when the ack of an own payment's event becomes due",
        surveyed: true,
        values: &[spec("handled"), departs("queued", &ACK_WHEN_QUEUED)],
    },
    Mechanism {
        name: "forward_claim_ack",
        decides: "when the ack of a forward's claim becomes due",
        surveyed: true,
        values: &[
            spec("removal"),
            departs("preimage", &d::CLAIM_ACKED_AT_PREIMAGE),
            departs("submitted", &ACK_CLAIM_SUBMITTED),
        ],
    },
    Mechanism {
        name: "forward_fail_ack",
        decides: "when the ack of a forward's fail becomes due",
        surveyed: true,
        values: &[
            spec("removal"),
            departs("sent", &ACK_FAIL_SENT),
            departs("queued", &ACK_FAIL_QUEUED),
        ],
    },
    Mechanism {
        name: "repeat_ack",
        decides: "when the ack of a forward's event that comes again becomes due",
        surveyed: true,
        values: &[spec("same_point"), departs("inbound_gone", &d::NOT_FOUND_ACKS_AT_ONCE)],
    },
    Mechanism {
        name: "closed_claim_ack",
        decides: "when a claim's ack becomes due, its inbound channel closed",
        surveyed: true,
        values: &[
            spec("preimage"),
            departs("submitted", &ACK_CLOSED_SUBMITTED),
            departs("never", &KEEP_CLOSED_CLAIM),
        ],
    },
    Mechanism {
        name: "closed_fail_ack",
        decides: "when a fail's ack becomes due, its inbound channel closed",
        surveyed: true,
        values: &[spec("at_close"), departs("never", &KEEP_CLOSED_FAIL)],
    },
    Mechanism {
        name: "settled_ack",
        decides: "when an event is acked whose outcome is settled",
        surveyed: true,
        values: &[
            spec("same_point"),
            departs("while_queued", &d::REPEAT_ACKED_WHILE_QUEUED),
            departs("never", &KEEP_SETTLED),
        ],
    },
    Mechanism {
        name: "effects",
        decides: "whether an event that comes again has its effect again",
        surveyed: true,
        values: &[spec("once"), departs("repeated", &APPLY_SETTLED)],
    },
    Mechanism {
        name: "ack_order",
        decides: "whether an ack waits for a Manager write",
        surveyed: true,
        values: &[spec("after_manager"), departs("unordered", &d::ACK_UNORDERED)],
    },
    Mechanism {
        name: "report",
        decides: "which updates in flight a report completes",
        surveyed: true,
        values: &[spec("covered"), departs("all", &COMPLETE_ALL)],
    },
    Mechanism {
        name: "archived_claim",
        decides: "what becomes of a claim whose inbound Monitor is archived",
        surveyed: false,
        values: &[spec("resolved"), departs("submitted", &d::ARCHIVED_CLAIM_SUBMITTED)],
    },
    Mechanism {
        name: "forward_ack_waits",
        decides: "what the ack of a forward's claim waits for beside its ack point",
        surveyed: false,
        values: &[spec("nothing"), departs("user", &d::CLAIM_ACKED_AFTER_USER)],
    },
    Mechanism {
        name: "blocked_update",
        decides: "what becomes of a blocked update once nothing blocks it",
        surveyed: false,
        values: &[spec("submitted"), departs("kept", &KEEP_BLOCKED)],
    },
    Mechanism {
        name: "blocked_claim",
        decides: "where the update of a claim goes while others are blocked",
        surveyed: false,
        values: &[spec("overtakes"), departs("waits", &WAIT_BEHIND)],
    },
    Mechanism {
        name: "blocked_at_load",
        decides: "when a load takes a blocked update for submitted",
        surveyed: false,
        values: &[
            spec("applied"),
            departs("by_id", &d::DROPPED_BY_ID),
            departs("never", &d::BLOCKED_NEVER_DROPPED),
        ],
    },
    Mechanism {
        name: "blocked_acks",
        decides: "whether acks that wait for an update outlive its being blocked",
        surveyed: false,
        values: &[spec("kept"), departs("lost", &d::BLOCKED_ACKS_LOST)],
    },
    Mechanism {
        name: "inbound_updates",
        decides: "which updates in flight inbound the ack of a forward's event waits for",
        surveyed: false,
        values: &[spec("own"), departs("all", &d::WAITS_FOR_ALL_UPDATES)],
    },
    Mechanism {
        name: "forward_source",
        decides: "where the id of a forward's event is until its ack point",
        surveyed: false,
        values: &[spec("memory"), departs("stored", &d::FORWARD_SOURCE_STORED)],
    },
    Mechanism {
        name: "watch_takes_over",
        decides: "whether the Watch writes the Monitors that a load gives it",
        surveyed: false,
        values: &[spec("unwritten"), departs("written", &d::WATCH_WRITES)],
    },
    Mechanism {
        name: "forward_queue",
        decides: "where a load has the fails of the forward queue from",
        surveyed: false,
        values: &[
            spec("read"),
            departs("rebuilt", &d::QUEUE_REBUILT),
            departs("events", &d::QUEUE_LEFT_TO_EVENTS),
        ],
    },
    Mechanism {
        name: "previous_hops",
        decides: "which inbound HTLCs of a forward the ack of its event waits for",
        surveyed: false,
        values: &[spec("all"), departs("first", &d::ACKED_WITH_FIRST_HOP)],
    },
    Mechanism {
        name: "payment_sent",
        decides: "with which claimed part of a payment `PaymentSent` is queued",
        surveyed: false,
        values: &[
            spec("first"),
            departs("every", &SEND_EVERY_PART),
            departs("last", &SEND_WITH_LAST_PART),
        ],
    },
    Mechanism {
        name: "payment_failed",
        decides: "with which failed part of a payment `PaymentFailed` is queued",
        surveyed: false,
        values: &[spec("last"), departs("first", &FAIL_WITH_FIRST_PART)],
    },
    Mechanism {
        name: "user_queue",
        decides: "whether an ack that joins a user event under way is called",
        surveyed: false,
        values: &[spec("in_place"), departs("copied", &d::HANDLES_COPY)],
    },
    Mechanism {
        name: "forward_told",
        decides: "when the user is told of a forward that was claimed",
        surveyed: false,
        values: &[
            spec("dispatch"),
            departs("first_dispatch", &TELL_APPLIED),
            departs("completion", &d::TOLD_ON_COMPLETION),
        ],
    },
    Mechanism {
        name: "claim_told",
        decides: "when the user is told that a payment received is claimed",
        surveyed: false,
        values: &[spec("durable"), departs("made", &TELL_CLAIM_EARLY)],
    },
    Mechanism {
        name: "claim_blocks",
        decides: "whether a claim that the user does not know of blocks revocations",
        surveyed: false,
        values: &[spec("yes"), departs("no", &REVOKE_UNTOLD)],
    },
    Mechanism {
        name: "holding_cell",
        decides: "what becomes of the holding cell of a channel that closes",
        surveyed: false,
        values: &[spec("fails"), departs("waits", &STRAND_UNSENT)],
    },
    Mechanism {
        name: "closing_cell",
        decides: "when the holding cell of a channel that the Manager closes is failed",
        surveyed: false,
        values: &[spec("complete"), departs("at_once", &d::FAILED_WHILE_CLOSING)],
    },
    Mechanism {
        name: "stale_channel",
        decides: "what a Manager does with a channel whose Monitor is newer",
        surveyed: true,
        values: &[spec("close"), departs("keep", &KEEP_STALE)],
    },
    Mechanism {
        name: "resubmit",
        decides: "whether updates that the loaded Monitor lacks are submitted again",
        surveyed: true,
        values: &[spec("yes"), departs("no", &NO_RESUBMIT)],
    },
    Mechanism {
        name: "keep_in_flight",
        decides: "which updates a Manager lists that is written during a load",
        surveyed: true,
        values: &[
            spec("all"),
            departs("close_only", &UNLIST_UPDATES),
            departs("updates_only", &UNLIST_CLOSE),
        ],
    },
    Mechanism {
        name: "stale_unlisted",
        decides: "what a load does with an HTLC that its Monitor no longer lists",
        surveyed: true,
        values: &[
            spec("event"),
            departs("fail", &d::UNLISTED_FAILED),
            departs("fail_forwards", &d::UNLISTED_FORWARD_FAILED),
            departs("fail_own", &FAIL_OWN),
        ],
    },
    Mechanism {
        name: "rederive_close",
        decides: "whether a load looks in the Monitor for a close",
        surveyed: true,
        values: &[spec("yes"), departs("no", &FORGET_CLOSE)],
    },
    Mechanism {
        name: "adopt_inbound",
        decides: "whether a stale inbound channel's HTLCs are taken from its Monitor",
        surveyed: true,
        values: &[
            spec("yes"),
            departs("without_event", &d::INBOUND_NOT_ADOPTED),
            departs("no", &IGNORE_INBOUND),
        ],
    },
    Mechanism {
        name: "claim_parts",
        decides: "which parts a load claims of a payment received, where a Monitor has a preimage",
        surveyed: false,
        values: &[spec("all"), departs("known", &CLAIM_ONE_PART)],
    },
    Mechanism {
        name: "claim_told_at_load",
        decides: "whether a load tells again that a payment received is claimed",
        surveyed: false,
        values: &[spec("if_untold"), departs("always", &d::CLAIM_TOLD_AGAIN)],
    },
    Mechanism {
        name: "settled_payments",
        decides: "whether a load makes a payment pending again that is settled",
        surveyed: false,
        values: &[spec("stay_settled"), departs("unspent_recreated", &d::UNSPENT_RECREATED)],
    },
    Mechanism {
        name: "newer_payments",
        decides: "whether a load waits for payments that only a closed channel's Monitor has",
        surveyed: false,
        values: &[spec("waits"), departs("no", &FORGET_PAYMENT)],
    },
    Mechanism {
        name: "unknown_payments",
        decides: "what a load does with a payment that its Monitor never saw",
        surveyed: false,
        values: &[spec("fails"), departs("wait", &d::UNKNOWN_STRANDED)],
    },
    Mechanism {
        name: "unknown_forwards",
        decides: "the same with a forward",
        surveyed: false,
        values: &[spec("fails"), departs("wait", &d::UNKNOWN_FORWARD_STRANDED)],
    },
    Mechanism {
        name: "known_unsent",
        decides: "what a load does with the holding cell's HTLCs that its Monitor has",
        surveyed: false,
        values: &[
            spec("event"),
            departs("fail_own", &FAIL_KNOWN_OWN),
            departs("fail_forwards", &d::KNOWN_FORWARD_FAILED),
        ],
    },
    Mechanism {
        name: "archived_updates",
        decides: "what a load does with updates in flight of an archived Monitor",
        surveyed: false,
        values: &[spec("dropped"), departs("refused", &d::ORPHANS_REFUSED)],
    },
    Mechanism {
        name: "queued_ids",
        decides: "which event ids a load leaves in queued user events",
        surveyed: false,
        values: &[spec("all"), departs("same_htlc", &d::IDS_OF_SAME_HTLC)],
    },
    Mechanism {
        name: "mode_changes",
        decides: "when a Monitor's mode changes",
        surveyed: false,
        values: &[spec("at_load"), departs("never", &d::MODE_FIXED)],
    },
    Mechanism {
        name: "unknown_mode",
        decides: "what a build does with a mode that it does not know",
        surveyed: false,
        values: &[spec("refuses"), departs("reads", &READ_UNKNOWN_MODE)],
    },
    Mechanism {
        name: "off_claims",
        decides: "how long a Monitor whose mode is off has a claimed HTLC",
        surveyed: false,
        values: &[spec("until_ack"), departs("until_revoked", &DROP_CLAIMS)],
    },
    Mechanism {
        name: "off_outcomes",
        decides: "when a load asks Monitors whose mode was off for outcomes",
        surveyed: false,
        values: &[
            spec("first"),
            departs("last", &PUSH_AFTER_COMPARING),
            departs("not_at_switch", &d::SWITCHED_BARE),
        ],
    },
    Mechanism {
        name: "switch_off",
        decides: "whether a load switches the mode off with an event listed",
        surveyed: false,
        values: &[spec("drained"), departs("at_once", &SWITCH_OFF_LISTED)],
    },
    Mechanism {
        name: "switch_write",
        decides: "when a load writes a mode that it has changed",
        surveyed: false,
        values: &[spec("first"), departs("later", &SWITCH_UNWRITTEN)],
    },
    Mechanism {
        name: "off_ids",
        decides: "whether Manager writes hold event ids of Monitors whose mode is off",
        surveyed: false,
        values: &[spec("no"), departs("yes", &WRITE_OFF_IDS)],
    },
];
