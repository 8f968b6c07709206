//! The list.

use super::Finding;
use crate::departure::{manager, monitor, restart, upgrade, watch};

/// One finding; its script lies beside the other scripts, and a test holds it against all that is
/// said here.
macro_rules! finding {
    ($id:literal $name:literal, $profile:literal $(with $set:literal)* violates $guarantee:literal
       in $scenario:literal because [$($cause:path),+], script $script:literal:
       $claim:literal) => {
        Finding {
            id: $id,
            name: $name,
            profile: $profile,
            set: &[$($set),*],
            guarantee: $guarantee,
            scenario: $scenario,
            causes: &[$(&$cause),+],
            claim: $claim,
            script: include_str!(concat!("../../../tests/scenarios/", $script, ".scn")),
        }
    };
}

/// All findings, in the order of their numbers.
pub const FINDINGS: &[Finding] = &[
    finding!(
        "001" "claimed-htlc-given-back",
        "june" violates "GUA-9" in "forward_closing_out_async"
        because [monitor::BROADCAST_FROM_MEMORY],
        script "finding_001_claimed_htlc_given_back":
        "The node broadcasts a commitment that only its memory holds, forgets it in a \
            crash, reads the claimed HTLC's absence as a fail, and gives it back upstream."
    ),
    finding!(
        "002" "payment-waits-forever",
        "june" violates "GUA-1" in "payment_slow_manager"
        because [manager::ACK_UNORDERED],
        script "finding_002_payment_waits_forever":
        "An ack reaches the monitor's disk before the manager's write does; after a crash \
            the older manager waits for an event that nobody has."
    ),
    finding!(
        "003" "ack-removes-another-event",
        "june" violates "GUA-8" in "two_payments_closing_async_skip"
        because [monitor::IDS_WRITTEN, monitor::NOTICES_NUMBERED],
        script "finding_003_ack_removes_another_event":
        "With full snapshots: an event that a block made is released before it is \
            durable, a notice shifts the ids, and after a crash a stored ack removes another \
            payment's event."
    ),
    finding!(
        "004" "claim-listed-twice",
        "june" violates "GUA-4" in "forward_closing_out_async"
        because [monitor::OFFCHAIN_CLAIM_UNSCANNED],
        script "finding_004_claim_listed_twice":
        "A load replays the on-chain claim before it submits the update with the same \
            claim again; the second push does not look at the lists."
    ),
    finding!(
        "005" "preimage-given-again",
        "june" violates "GUA-5" in "forward_closing_both"
        because [restart::INBOUND_NOT_ADOPTED],
        script "finding_005_preimage_given_again":
        "A manager older than its inbound monitor gives that monitor the preimage a \
            second time when the claim's event comes again."
    ),
    finding!(
        "006" "fail-acked-before-removal",
        "june" violates "GUA-3" in "forward_closing_in_async"
        because [manager::NOT_FOUND_ACKS_AT_ONCE],
        script "finding_006_fail_acked_before_removal":
        "A fail that comes again is acked although the update that removes the inbound \
            HTLC for good is still in flight."
    ),
    finding!(
        "007" "repeat-acked-unhandled",
        "june" violates "GUA-3" in "payment_closing_async_faulty"
        because [
            monitor::IDS_WRITTEN,
            manager::REPEAT_ACKED_WHILE_QUEUED,
            monitor::NOTICES_NUMBERED
        ],
        script "finding_007_repeat_acked_unhandled":
        "An event comes again under another id and is acked at once, although the user \
            event it led to is queued and not handled."
    ),
    finding!(
        "008" "fail-released-before-durable",
        "march" violates "GUA-9" in "forward_closing_out_async"
        because [watch::NO_HOLD_BACK],
        script "finding_008_fail_released_before_durable":
        "A fail travels upstream before the removal downstream is durable; a crash \
            forgets the removal, and the peer claims."
    ),
    finding!(
        "009" "on-chain-claim-listed-twice",
        "march" violates "GUA-4" in "payment_closing_async_faulty"
        because [monitor::HOLDER_OUTPUT_SCANS_PENDING],
        script "finding_009_on_chain_claim_listed_twice":
        "A claim whose event is released already is seen again on our own commitment, \
            where the duplicate scan reads one list."
    ),
    finding!(
        "010" "event-forgotten",
        "destructive" violates "GUA-1" in "payment_slow_manager"
        because [monitor::RELEASE_FORGETS],
        script "finding_010_event_forgotten":
        "The monitor drops a released event, writes itself, and the node crashes with a \
            manager that has not been written."
    ),
    finding!(
        "011" "reference-outlives-its-id",
        "march" violates "GUA-8" in "two_payments_two_writes"
        because [monitor::IDS_WRITTEN, watch::NO_HOLD_BACK, monitor::NOTICES_NUMBERED],
        script "finding_011_reference_outlives_its_id":
        "A released event is lost in a crash while a user event names its id; the id goes to \
            another payment's event, which that user event's ack removes."
    ),
    finding!(
        "012" "deltas-make-other-ids",
        "june" violates "GUA-8" in "two_payments_delta"
        because [monitor::IDS_WRITTEN, monitor::NOTICES_NUMBERED],
        script "finding_012_deltas_make_other_ids":
        "`Completed` took an id that no delta makes again; after a crash the deltas give an \
            event the id that a stored ack names for another payment."
    ),
    finding!(
        "013" "event-archived-unacked",
        "june" violates "GUA-1" in "payment_archived"
        because [watch::ARCHIVES_PROVIDED],
        script "finding_013_event_archived_unacked":
        "A monitor is archived with an event that the user has not handled; after a crash the \
            older manager waits for an event that nobody has."
    ),
    finding!(
        "014" "archived-update-refused",
        "june" violates "GUA-7" in "payment_archived"
        because [restart::ORPHANS_REFUSED],
        script "finding_014_archived_update_refused":
        "The durable manager lists an update in flight that was reported since; its monitor is \
            archived, and the next start refuses."
    ),
    finding!(
        "015" "claim-without-its-monitor",
        "june" violates "GUA-7" in "forward_archived_in"
        because [manager::ARCHIVED_CLAIM_SUBMITTED],
        script "finding_015_claim_without_its_monitor":
        "A claim comes again after a crash and is submitted to an inbound monitor that is \
            archived: the node stops, and stops again at every start."
    ),
    finding!(
        "016" "completion-archived",
        "june" violates "GUA-6" in "payment_archived"
        because [watch::ARCHIVES_WHILE_WRITING],
        script "finding_016_completion_archived":
        "A monitor is archived while an update of it is in flight; nobody is left to report it, \
            and the manager lists it for ever."
    ),
    finding!(
        "017" "claim-never-recorded",
        "june" violates "GUA-6" in "payment_archived"
        because [monitor::RECORD_SKIPPED],
        script "finding_017_claim_never_recorded":
        "The event of an off-chain claim is listed when the claim is seen on chain; the scan \
            skips the record with the event, and the monitor is never archived."
    ),
    finding!(
        "018" "settled-payment-pending-again",
        "june" violates "GUA-1" in "payment_slow_manager"
        because [restart::UNSPENT_RECREATED],
        script "finding_018_settled_payment_pending_again":
        "The user has handled the payment's event; a load finds the HTLC in the monitor of the \
            closed channel and makes the payment pending again, for ever."
    ),
    finding!(
        "019" "fail-never-told",
        "june" with "monitor_mode=off" violates "GUA-1" in "forward_closing_in_async"
        because [monitor::MONITOR_MODE_OFF],
        script "finding_019_fail_never_told":
        "The manager waits for the monitor's event of a fail; the monitor was made before the \
            mode was on, and pushes none."
    ),
    finding!(
        "020" "claim-never-acked",
        "june" with "manager_mode=off" violates "GUA-6" in "forward_closing_in_async"
        because [manager::MANAGER_MODE_OFF],
        script "finding_020_claim_never_acked":
        "The monitor keeps the event of a claim until the ack; the manager's mode is off, and \
            it acks no claim."
    ),
    finding!(
        "021" "done-and-not-done",
        "june" violates "GUA-7" in "payment_archived"
        because [watch::ARCHIVES_PROVIDED],
        script "finding_021_done_and_not_done":
        "The clock of archival starts while an event is released, and is written; after a load \
            the event is pending, and the monitor says that it is done."
    ),
    finding!(
        "022" "payment-never-offered",
        "june" violates "GUA-1" in "payment_and_unsent"
        because [restart::UNKNOWN_STRANDED],
        script "finding_022_payment_never_offered":
        "A load closes a channel because its manager is older; a payment that waits in the holding \
            cell is left to an event that no monitor will push."
    ),
    finding!(
        "023" "one-id-two-updates",
        "june" violates "GUA-7" in "two_forwards_blocked"
        because [restart::DROPPED_BY_ID],
        script "finding_023_one_id_two_updates":
        "A claim's update takes the id of a blocked revocation; after a crash the older manager \
            finds that id in the monitor, and drops the revocation that the monitor never had."
    ),
    finding!(
        "024" "blocked-ack-lost",
        "march" violates "GUA-6" in "forward_blocked"
        because [manager::BLOCKED_ACKS_LOST],
        script "finding_024_blocked_ack_lost":
        "The ack of a fail travels with the update that removes the inbound HTLC, and is dropped \
            when that update is blocked."
    ),
    finding!(
        "025" "acked-with-first-hop",
        "march" violates "GUA-3" in "trampoline"
        because [manager::ACKED_WITH_FIRST_HOP, manager::CLAIM_ACKED_AT_PREIMAGE],
        script "finding_025_acked_with_first_hop":
        "A claim has two previous hops; its event is acked when the first of them has the \
            preimage, and the other has not."
    ),
    finding!(
        "026" "forward-failed-while-offered",
        "june" violates "GUA-9" in "forward_unsent"
        because [restart::KNOWN_FORWARD_FAILED],
        script "finding_026_forward_failed_while_offered":
        "A load fails upstream a forward that its manager has in the holding cell, although the \
            newer monitor has offered it; the next node claims it."
    ),
    finding!(
        "027" "forward-never-offered",
        "june" with "unknown_forwards=wait" violates "GUA-1" in "payment_and_forward_unsent"
        because [restart::UNKNOWN_FORWARD_STRANDED],
        script "finding_027_forward_never_offered":
        "A load closes a channel because its manager is older; a forward in the holding cell is \
            left to an event that no monitor will push."
    ),
    finding!(
        "028" "ack-dropped-with-its-event",
        "june" violates "GUA-6" in "forward_told"
        because [manager::HANDLES_COPY, manager::CLAIM_ACKED_AFTER_USER],
        script "finding_028_ack_dropped_with_its_event":
        "An ack joins a queued user event while the User works on a copy of it; the event leaves \
            the queue, the copy has no ack to call, and the monitor event stays."
    ),
    finding!(
        "029" "queued-fail-left-to-events",
        "june" with "forward_queue=events" violates "GUA-1" in "forward_unsent"
        because [restart::QUEUE_LEFT_TO_EVENTS],
        script "finding_029_queued_fail_left_to_events":
        "A forward that was never offered is failed when its channel closes; a load does not read \
            the queue with that fail, and waits for an event that no monitor will push."
    ),
    finding!(
        "030" "outcome-lost-in-the-switch",
        "june" with "mode_changes=at_load" with "off_outcomes=not_at_switch"
        violates "GUA-1" in "payment_builds_delta"
        because [upgrade::SWITCHED_BARE],
        script "finding_030_outcome_lost_in_the_switch":
        "An old build releases a fail and writes the monitor without it; a crash leaves an older \
            manager, and the next build, which counts on events, makes none for it."
    ),
    finding!(
        "031" "claim-told-at-every-start",
        "june" violates "GUA-5" in "received"
        because [restart::CLAIM_TOLD_AGAIN],
        script "finding_031_claim_told_at_every_start":
        "The user has handled `PaymentClaimed`, and the manager on disk knows; a load finds the \
            preimage in the monitor and tells the user again."
    ),
    finding!(
        "032" "claim-never-told",
        "june" violates "GUA-1" in "received_archived"
        because [watch::ARCHIVES_WHILE_WRITING],
        script "finding_032_claim_never_told":
        "The user claims a payment on a closed channel; the monitor is archived before the write \
            with the preimage is reported, and the manager waits for that report with what it has \
            to tell."
    ),
    finding!(
        "033" "completion-of-unused-channel",
        "june" violates "GUA-6" in "unused_channel"
        because [watch::ARCHIVES_UNUSED],
        script "finding_033_completion_of_unused_channel":
        "A channel that was never used is closed; its monitor is archived at once, with the \
            `Completed` of the close update that waits in it."
    ),
    finding!(
        "034" "failed-while-closing",
        "june" violates "GUA-2" in "payment_unsent_notices"
        because [manager::FAILED_WHILE_CLOSING],
        script "finding_034_failed_while_closing":
        "The user is told that a payment of the holding cell has failed, because its channel is \
            being closed; a crash takes the close back, and the payment is offered."
    ),
    finding!(
        "035" "fail-acked-while-closing",
        "june" violates "GUA-3" in "forward_notices"
        because [manager::ACK_UNORDERED],
        script "finding_035_fail_acked_while_closing":
        "A forward's fail is acked because its inbound channel is closed in memory, while the \
            update that says so is in flight."
    ),
];
