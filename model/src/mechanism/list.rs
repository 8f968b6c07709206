//! The list.

use super::{Mechanism, Value};
use crate::departure::{Departure, manager, monitor, restart, upgrade, watch};

const fn spec(name: &'static str) -> Value {
    Value::spec(name)
}

const fn departs(name: &'static str, departure: &'static Departure) -> Value {
    Value::departs(name, departure)
}

/// All mechanisms, by role: Monitor, Watch, Manager, restart.
pub const MECHANISMS: &[Mechanism] = &[
    Mechanism {
        name: "monitor_mode",
        decides: "whether Monitors keep their events under a Manager that counts on it",
        surveyed: false,
        values: &[spec("on"), departs("off", &monitor::MONITOR_MODE_OFF)],
    },
    Mechanism {
        name: "manager_mode",
        decides: "whether the Manager acks what Monitors keep",
        surveyed: false,
        values: &[spec("on"), departs("off", &manager::MANAGER_MODE_OFF)],
    },
    Mechanism {
        name: "push",
        decides: "where a Monitor pushes an event",
        surveyed: true,
        values: &[
            spec("every_site"),
            departs("no_offchain_claim", &monitor::SKIP_OFFCHAIN_CLAIM),
            departs("no_offchain_fail", &monitor::SKIP_OFFCHAIN_FAIL),
            departs("no_holder_output_claim", &monitor::SKIP_HOLDER_OUTPUT_CLAIM),
            departs("no_counterparty_output_claim", &monitor::SKIP_COUNTERPARTY_OUTPUT_CLAIM),
            departs("no_matured_timeout", &monitor::SKIP_MATURED_TIMEOUT),
        ],
    },
    Mechanism {
        name: "scan",
        decides: "which lists a push site looks at for an event of the same HTLC",
        surveyed: true,
        values: &[
            spec("both"),
            departs("pending", &monitor::SCAN_PENDING),
            departs("none", &monitor::SCAN_NOTHING),
            departs("no_offchain_claim", &monitor::OFFCHAIN_CLAIM_UNSCANNED),
            departs("pending_holder_output", &monitor::HOLDER_OUTPUT_SCANS_PENDING),
        ],
    },
    Mechanism {
        name: "claim_dominates",
        decides: "whether a known preimage rules out the event of a fail",
        surveyed: true,
        values: &[spec("yes"), departs("no", &monitor::FAIL_KNOWN_PREIMAGE)],
    },
    Mechanism {
        name: "fail_push",
        decides: "when an off-chain fail is an event",
        surveyed: true,
        values: &[spec("revocation"), departs("signature", &monitor::FAIL_BEFORE_REVOCATION)],
    },
    Mechanism {
        name: "release",
        decides: "what becomes of an event that is released",
        surveyed: true,
        values: &[spec("keeps"), departs("forgets", &monitor::RELEASE_FORGETS)],
    },
    Mechanism {
        name: "full_write",
        decides: "which lists a full write holds",
        surveyed: true,
        values: &[spec("both_lists"), departs("pending_only", &monitor::FORGET_PROVIDED)],
    },
    Mechanism {
        name: "load",
        decides: "in which list stored events are after a load",
        surveyed: true,
        values: &[spec("pending"), departs("provided", &monitor::LOAD_AS_PROVIDED)],
    },
    Mechanism {
        name: "event_ids",
        decides: "which writes hold the ids of events",
        surveyed: false,
        values: &[
            spec("none"),
            departs("all", &monitor::IDS_WRITTEN),
            departs("manager", &manager::WRITE_EVENT_IDS),
        ],
    },
    Mechanism {
        name: "ack_names",
        decides: "by what an ack names the event it removes",
        surveyed: true,
        values: &[
            spec("id"),
            departs("content", &monitor::ACK_BY_CONTENT),
            departs("id_and_older", &monitor::ACK_PREFIX),
        ],
    },
    Mechanism {
        name: "broadcast",
        decides: "which holder commitment a Monitor may broadcast",
        surveyed: true,
        values: &[spec("reported"), departs("memory", &monitor::BROADCAST_FROM_MEMORY)],
    },
    Mechanism {
        name: "hold_back",
        decides: "how long the Watch holds an event back",
        surveyed: true,
        values: &[
            spec("updates"),
            departs("channel", &watch::HOLD_BACK_PER_CHANNEL),
            departs("none", &watch::NO_HOLD_BACK),
        ],
    },
    Mechanism {
        name: "notices",
        decides: "whether a notice takes an event id",
        surveyed: false,
        values: &[spec("unnumbered"), departs("numbered", &monitor::NOTICES_NUMBERED)],
    },
    Mechanism {
        name: "delta_replay",
        decides: "whether a load pushes the event of a stored delta",
        surveyed: false,
        values: &[spec("pushes"), departs("silent", &monitor::SILENT_REPLAY)],
    },
    Mechanism {
        name: "spend_record",
        decides: "whether a Monitor records a spend of whose HTLC it lists an event",
        surveyed: false,
        values: &[spec("always"), departs("unless_listed", &monitor::RECORD_SKIPPED)],
    },
    Mechanism {
        name: "archival_events",
        decides: "which events of a Monitor rule out its archival",
        surveyed: false,
        values: &[spec("listed"), departs("pending", &watch::ARCHIVES_PROVIDED)],
    },
    Mechanism {
        name: "archival_clock",
        decides: "what an event does to a Monitor's archival clock",
        surveyed: false,
        values: &[spec("stops"), departs("runs_on", &monitor::KEEP_CLOCK)],
    },
    Mechanism {
        name: "archival_writes",
        decides: "whether archival waits for a Monitor's writes in flight",
        surveyed: false,
        values: &[spec("waits"), departs("goes_on", &watch::ARCHIVES_WHILE_WRITING)],
    },
    Mechanism {
        name: "archival_notices",
        decides: "whether archival waits for the Manager to take in `Completed`",
        surveyed: false,
        values: &[spec("waits"), departs("goes_on", &watch::ARCHIVE_UNDER_NOTICE)],
    },
    Mechanism {
        name: "archival_unused",
        decides: "when the Monitor of a closed channel that was never used is archived",
        surveyed: false,
        values: &[spec("as_others"), departs("at_once", &watch::ARCHIVES_UNUSED)],
    },
    Mechanism {
        name: "acked_write",
        decides: "whether a Monitor is written because it has dropped an event on an ack",
        surveyed: true,
        values: &[spec("yes"), departs("no", &watch::LEAVE_ACKED)],
    },
    Mechanism {
        name: "own_ack",
        decides: "when the ack of an own payment's event becomes due",
        surveyed: true,
        values: &[spec("handled"), departs("queued", &manager::ACK_WHEN_QUEUED)],
    },
    Mechanism {
        name: "forward_claim_ack",
        decides: "when the ack of a forward's claim becomes due",
        surveyed: true,
        values: &[
            spec("removal"),
            departs("preimage", &manager::CLAIM_ACKED_AT_PREIMAGE),
            departs("submitted", &manager::ACK_FORWARD_CLAIM_SUBMITTED),
        ],
    },
    Mechanism {
        name: "forward_fail_ack",
        decides: "when the ack of a forward's fail becomes due",
        surveyed: true,
        values: &[
            spec("removal"),
            departs("sent", &manager::ACK_FORWARD_FAIL_SENT),
            departs("queued", &manager::ACK_FORWARD_FAIL_QUEUED),
        ],
    },
    Mechanism {
        name: "repeat_ack",
        decides: "when the ack of a forward's event that comes again becomes due",
        surveyed: true,
        values: &[spec("same_point"), departs("inbound_gone", &manager::NOT_FOUND_ACKS_AT_ONCE)],
    },
    Mechanism {
        name: "closed_claim_ack",
        decides: "when a claim's ack becomes due, its inbound channel closed",
        surveyed: true,
        values: &[
            spec("preimage"),
            departs("submitted", &manager::ACK_CLOSED_CLAIM_SUBMITTED),
            departs("never", &manager::KEEP_CLOSED_CLAIM),
        ],
    },
    Mechanism {
        name: "closed_fail_ack",
        decides: "when a fail's ack becomes due, its inbound channel closed",
        surveyed: true,
        values: &[spec("at_close"), departs("never", &manager::KEEP_CLOSED_FAIL)],
    },
    Mechanism {
        name: "settled_ack",
        decides: "when an event is acked whose outcome is settled",
        surveyed: true,
        values: &[
            spec("same_point"),
            departs("while_queued", &manager::REPEAT_ACKED_WHILE_QUEUED),
            departs("never", &manager::KEEP_SETTLED),
        ],
    },
    Mechanism {
        name: "effects",
        decides: "whether an event that comes again has its effect again",
        surveyed: true,
        values: &[spec("once"), departs("repeated", &manager::APPLY_SETTLED)],
    },
    Mechanism {
        name: "ack_order",
        decides: "whether an ack waits for a Manager write",
        surveyed: true,
        values: &[spec("after_manager"), departs("unordered", &manager::ACK_UNORDERED)],
    },
    Mechanism {
        name: "due_acks",
        decides: "whether a due ack is called when the Manager's write has landed",
        surveyed: true,
        values: &[spec("called"), departs("forgotten", &manager::FORGET_DUE_ACKS)],
    },
    Mechanism {
        name: "ack_asks",
        decides: "whether a due ack asks for a write of the Manager",
        surveyed: true,
        values: &[spec("yes"), departs("no", &manager::AWAIT_CHANGES)],
    },
    Mechanism {
        name: "report",
        decides: "which updates in flight a report completes",
        surveyed: true,
        values: &[spec("covered"), departs("all", &manager::COMPLETE_ALL_UPDATES)],
    },
    Mechanism {
        name: "archived_claim",
        decides: "what becomes of a claim whose inbound Monitor is archived",
        surveyed: false,
        values: &[spec("resolved"), departs("submitted", &manager::ARCHIVED_CLAIM_SUBMITTED)],
    },
    Mechanism {
        name: "forward_ack_waits",
        decides: "what the ack of a forward's claim waits for beside its ack point",
        surveyed: false,
        values: &[spec("nothing"), departs("user", &manager::CLAIM_ACKED_AFTER_USER)],
    },
    Mechanism {
        name: "blocked_update",
        decides: "what becomes of a blocked update once nothing blocks it",
        surveyed: false,
        values: &[spec("submitted"), departs("kept", &manager::KEEP_BLOCKED)],
    },
    Mechanism {
        name: "blocked_claim",
        decides: "where the update of a claim goes while others are blocked",
        surveyed: false,
        values: &[spec("overtakes"), departs("waits", &manager::WAIT_BEHIND_BLOCKED)],
    },
    Mechanism {
        name: "blocked_at_load",
        decides: "when a load takes a blocked update for submitted",
        surveyed: false,
        values: &[
            spec("applied"),
            departs("by_id", &restart::DROPPED_BY_ID),
            departs("never", &restart::BLOCKED_NEVER_DROPPED),
        ],
    },
    Mechanism {
        name: "blocked_acks",
        decides: "whether acks that wait for an update outlive its being blocked",
        surveyed: false,
        values: &[spec("kept"), departs("lost", &manager::BLOCKED_ACKS_LOST)],
    },
    Mechanism {
        name: "inbound_updates",
        decides: "which updates in flight inbound the ack of a forward's event waits for",
        surveyed: false,
        values: &[spec("own"), departs("all", &manager::WAITS_FOR_ALL_UPDATES)],
    },
    Mechanism {
        name: "forward_source",
        decides: "where the id of a forward's event is until its ack point",
        surveyed: false,
        values: &[spec("memory"), departs("stored", &manager::FORWARD_SOURCE_STORED)],
    },
    Mechanism {
        name: "watch_takes_over",
        decides: "whether the Watch writes the Monitors that a load gives it",
        surveyed: false,
        values: &[spec("unwritten"), departs("written", &watch::WATCH_WRITES)],
    },
    Mechanism {
        name: "forward_queue",
        decides: "where a load has the fails of the forward queue from",
        surveyed: false,
        values: &[
            spec("read"),
            departs("rebuilt", &restart::QUEUE_REBUILT),
            departs("events", &restart::QUEUE_LEFT_TO_EVENTS),
        ],
    },
    Mechanism {
        name: "previous_hops",
        decides: "which inbound HTLCs of a forward the ack of its event waits for",
        surveyed: false,
        values: &[spec("all"), departs("first", &manager::ACKED_WITH_FIRST_HOP)],
    },
    Mechanism {
        name: "payment_sent",
        decides: "with which claimed part of a payment `PaymentSent` is queued",
        surveyed: false,
        values: &[
            spec("first"),
            departs("every", &manager::SEND_EVERY_PART),
            departs("last", &manager::SEND_WITH_LAST_PART),
        ],
    },
    Mechanism {
        name: "payment_failed",
        decides: "with which failed part of a payment `PaymentFailed` is queued",
        surveyed: false,
        values: &[spec("last"), departs("first", &manager::FAIL_WITH_FIRST_PART)],
    },
    Mechanism {
        name: "user_queue",
        decides: "whether an ack that joins a user event under way is called",
        surveyed: false,
        values: &[spec("in_place"), departs("copied", &manager::HANDLES_COPY)],
    },
    Mechanism {
        name: "forward_told",
        decides: "when the user is told of a forward that was claimed",
        surveyed: false,
        values: &[
            spec("dispatch"),
            departs("first_dispatch", &manager::TELL_APPLIED),
            departs("completion", &manager::TOLD_ON_COMPLETION),
        ],
    },
    Mechanism {
        name: "claim_told",
        decides: "when the user is told that a payment received is claimed",
        surveyed: false,
        values: &[spec("durable"), departs("made", &manager::TELL_CLAIM_EARLY)],
    },
    Mechanism {
        name: "claim_blocks",
        decides: "whether a claim that the user does not know of blocks revocations",
        surveyed: false,
        values: &[spec("yes"), departs("no", &manager::REVOKE_UNTOLD)],
    },
    Mechanism {
        name: "holding_cell",
        decides: "what becomes of the holding cell of a channel that closes",
        surveyed: false,
        values: &[spec("fails"), departs("waits", &manager::STRAND_UNSENT)],
    },
    Mechanism {
        name: "closing_cell",
        decides: "when the holding cell of a channel that the Manager closes is failed",
        surveyed: false,
        values: &[spec("complete"), departs("at_once", &manager::FAILED_WHILE_CLOSING)],
    },
    Mechanism {
        name: "stale_channel",
        decides: "what a Manager does with a channel whose Monitor is newer",
        surveyed: true,
        values: &[spec("close"), departs("keep", &restart::KEEP_STALE_CHANNEL)],
    },
    Mechanism {
        name: "resubmit",
        decides: "whether updates that the loaded Monitor lacks are submitted again",
        surveyed: true,
        values: &[spec("yes"), departs("no", &restart::FORGET_MISSING_UPDATES)],
    },
    Mechanism {
        name: "keep_in_flight",
        decides: "which updates a Manager lists that is written during a load",
        surveyed: true,
        values: &[
            spec("all"),
            departs("close_only", &restart::UNLIST_IN_FLIGHT_AT_LOAD),
            departs("updates_only", &restart::GENERATE_CLOSE_IN_BACKGROUND),
        ],
    },
    Mechanism {
        name: "stale_unlisted",
        decides: "what a load does with an HTLC that its Monitor no longer lists",
        surveyed: true,
        values: &[
            spec("event"),
            departs("fail", &restart::UNLISTED_FAILED),
            departs("fail_forwards", &restart::UNLISTED_FORWARD_FAILED),
            departs("fail_own", &restart::FAIL_UNLISTED),
        ],
    },
    Mechanism {
        name: "rederive_close",
        decides: "whether a load looks in the Monitor for a close",
        surveyed: true,
        values: &[spec("yes"), departs("no", &restart::FORGET_CLOSE)],
    },
    Mechanism {
        name: "adopt_inbound",
        decides: "whether a stale inbound channel's HTLCs are taken from its Monitor",
        surveyed: true,
        values: &[
            spec("yes"),
            departs("without_event", &restart::INBOUND_NOT_ADOPTED),
            departs("no", &restart::IGNORE_INBOUND_MONITOR),
        ],
    },
    Mechanism {
        name: "claim_parts",
        decides: "which parts a load claims of a payment received, where a Monitor has a preimage",
        surveyed: false,
        values: &[spec("all"), departs("known", &restart::CLAIM_ONE_PART)],
    },
    Mechanism {
        name: "claim_told_at_load",
        decides: "whether a load tells again that a payment received is claimed",
        surveyed: false,
        values: &[spec("if_untold"), departs("always", &restart::CLAIM_TOLD_AGAIN)],
    },
    Mechanism {
        name: "settled_payments",
        decides: "whether a load makes a payment pending again that is settled",
        surveyed: false,
        values: &[spec("stay_settled"), departs("unspent_recreated", &restart::UNSPENT_RECREATED)],
    },
    Mechanism {
        name: "newer_payments",
        decides: "whether a load waits for payments that only a closed channel's Monitor has",
        surveyed: false,
        values: &[spec("waits"), departs("no", &restart::FORGET_PAYMENT)],
    },
    Mechanism {
        name: "unknown_payments",
        decides: "what a load does with a payment that its Monitor never saw",
        surveyed: false,
        values: &[spec("fails"), departs("wait", &restart::UNKNOWN_STRANDED)],
    },
    Mechanism {
        name: "unknown_forwards",
        decides: "the same with a forward",
        surveyed: false,
        values: &[spec("fails"), departs("wait", &restart::UNKNOWN_FORWARD_STRANDED)],
    },
    Mechanism {
        name: "known_unsent",
        decides: "what a load does with the holding cell's HTLCs that its Monitor has",
        surveyed: false,
        values: &[
            spec("event"),
            departs("fail_own", &restart::FAIL_KNOWN),
            departs("fail_forwards", &restart::KNOWN_FORWARD_FAILED),
        ],
    },
    Mechanism {
        name: "archived_updates",
        decides: "what a load does with updates in flight of an archived Monitor",
        surveyed: false,
        values: &[spec("dropped"), departs("refused", &restart::ORPHANS_REFUSED)],
    },
    Mechanism {
        name: "queued_ids",
        decides: "which event ids that were written a load leaves in queued user events",
        surveyed: false,
        values: &[spec("all"), departs("same_htlc", &restart::IDS_OF_SAME_HTLC)],
    },
    Mechanism {
        name: "mode_changes",
        decides: "when a Monitor's mode changes",
        surveyed: false,
        values: &[spec("at_load"), departs("never", &upgrade::MODE_FIXED)],
    },
    Mechanism {
        name: "unknown_mode",
        decides: "what a build does with a mode that it does not know",
        surveyed: false,
        values: &[spec("refuses"), departs("reads", &upgrade::READ_UNKNOWN_MODE)],
    },
    Mechanism {
        name: "off_claims",
        decides: "how long a Monitor whose mode is off has a claimed HTLC",
        surveyed: false,
        values: &[spec("until_ack"), departs("until_revoked", &upgrade::DROP_CLAIMS)],
    },
    Mechanism {
        name: "off_outcomes",
        decides: "when a load asks Monitors whose mode was off for outcomes",
        surveyed: false,
        values: &[
            spec("first"),
            departs("last", &upgrade::PUSH_AFTER_COMPARING),
            departs("not_at_switch", &upgrade::SWITCHED_BARE),
        ],
    },
    Mechanism {
        name: "switch_off",
        decides: "whether a load switches the mode off with an event listed",
        surveyed: false,
        values: &[spec("drained"), departs("at_once", &upgrade::SWITCH_OFF_LISTED)],
    },
    Mechanism {
        name: "switch_write",
        decides: "when a load writes a mode that it has changed",
        surveyed: false,
        values: &[spec("first"), departs("later", &upgrade::SWITCH_UNWRITTEN)],
    },
];
