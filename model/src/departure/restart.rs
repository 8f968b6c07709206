//! What a load does instead (SPEC.md section 5.4).

use super::Departure;
use crate::protocol::{ForwardQueue, Protocol, Unlisted};
use crate::state::{Outcome, UpdateKind};

departures! {
    KEEP_STALE_CHANNEL "keep_stale_channel" from [CloseStale]:
    "A manager that is older than the monitor goes on with the channel." {
        fn closes_stale(&self) -> bool { false }
    }

    FORGET_MISSING_UPDATES "forget_missing_updates" from [Resubmit]:
    "Updates that the loaded monitor lacks are not submitted again." {
        fn resubmits(&self) -> bool { false }
    }

    UNLIST_IN_FLIGHT_AT_LOAD "unlist_in_flight_at_load" from [KeepInFlight]:
    "The load takes updates in flight off the list before they are submitted again." {
        fn keeps_in_flight(&self, kind: UpdateKind) -> bool { kind == UpdateKind::Close }
    }

    GENERATE_CLOSE_IN_BACKGROUND "generate_close_in_background" from [KeepInFlight]:
    "A stale channel's close update is listed only when it is submitted: a manager written before \
     knows that the channel is closed, and nobody broadcasts." {
        fn keeps_in_flight(&self, kind: UpdateKind) -> bool { kind != UpdateKind::Close }
    }

    FAIL_UNLISTED "fail_unlisted" from [LeaveToEvent]:
    "A stale manager fails an HTLC that its monitor no longer lists, although its event is there." {
        fn fails_unlisted(&self, unlisted: Unlisted) -> bool { !unlisted.forward }
    }

    UNLISTED_FORWARD_FAILED "unlisted_forward_failed" from [LeaveToEvent]:
    "A load fails the forwards of a stale channel whose monitor neither lists them nor has an \
     event for them." {
        fn fails_unlisted(&self, unlisted: Unlisted) -> bool {
            unlisted.forward && unlisted.stale && !unlisted.has_event
        }
    }

    UNLISTED_FAILED "unlisted_failed" from [LeaveToEvent]:
    "A load fails every HTLC of a stale channel whose monitor neither lists it nor has an event \
     for it." {
        fn fails_unlisted(&self, unlisted: Unlisted) -> bool {
            unlisted.stale && !unlisted.has_event
        }
    }

    FORGET_CLOSE "forget_close" from [RederiveClose]:
    "The close notice was delivered before the crash; the load does not look for the close." {
        fn rederives_close(&self) -> bool { false }
    }

    IGNORE_INBOUND_MONITOR "ignore_inbound_monitor" from [AdoptInbound]:
    "A stale manager claims again what the inbound monitor has already." {
        fn adopts_inbound(&self, _outcome: Outcome, _has_event: bool) -> bool { false }
    }

    INBOUND_NOT_ADOPTED "inbound_not_adopted" from [AdoptInbound]:
    "A manager older than the inbound monitor gives that monitor a preimage it has already, when \
     the event comes again." {
        fn adopts_inbound(&self, outcome: Outcome, has_event: bool) -> bool {
            outcome == Outcome::Fail || !has_event
        }
    }

    REFUSE_ORPHAN_UPDATES "refuse_orphan_updates" from [DropOrphans]:
    "The node refuses to start where the manager lists an update in flight of an archived \
     monitor (H10)." {
        fn drops_orphans(&self) -> bool { false }
    }

    ORPHANS_REFUSED "orphans_refused" from [DropOrphans]:
    "A load refuses to start where an update is in flight of a channel without a monitor." {
        fn drops_orphans(&self) -> bool { false }
    }

    RECREATE_PAYMENTS "recreate_payments" from [StaySettled]:
    "A load waits again for every payment that a closed channel's monitor lists (H4)." {
        fn recreates(&self, _spent: bool, _has_event: bool) -> bool { true }
    }

    UNSPENT_RECREATED "unspent_recreated" from [StaySettled]:
    "A load makes a payment pending again that a closed channel's monitor lists, unless the spend \
     of its output is on record and no event of it is listed." {
        fn recreates(&self, spent: bool, has_event: bool) -> bool { !spent || has_event }
    }

    STRAND_UNKNOWN "strand_unknown" from [FailUnknown]:
    "A load closes a stale channel, and leaves the payments that its monitor never saw to events \
     that nobody can push (H3)." {
        fn fails_unknown(&self, _forward: bool, _stale: bool) -> bool { false }
    }

    UNKNOWN_STRANDED "unknown_stranded" from [FailUnknown]:
    "A load leaves to its event a payment that a stale channel's monitor never saw." {
        fn fails_unknown(&self, forward: bool, stale: bool) -> bool { forward || !stale }
    }

    UNKNOWN_FORWARD_STRANDED "unknown_forward_stranded" from [FailUnknown]:
    "A load leaves to its event a forward that a stale channel's monitor never saw." {
        fn fails_unknown(&self, forward: bool, stale: bool) -> bool { !forward || !stale }
    }

    DROP_BLOCKED_BY_ID "drop_blocked_by_id" from [DropBlocked]:
    "A load takes a blocked update for submitted because the monitor is at its id, where another \
     has overtaken it." {
        fn lists_blocked(&self, _applied: bool) -> bool { true }
    }

    DROPPED_BY_ID "dropped_by_id" from [DropBlocked]:
    "A load takes a blocked update for complete if its id is not above the monitor's, although an \
     update that overtook it may have taken that id." {
        fn lists_blocked(&self, _applied: bool) -> bool { true }
    }

    FAIL_KNOWN "fail_known" from [LeaveKnown]:
    "A load fails a payment of its holding cell that the newer monitor lists." {
        fn fails_known(&self, forward: bool) -> bool { !forward }
    }

    OFFER_KNOWN "offer_known" from [LeaveKnown]:
    "A load takes a forward of its holding cell for never offered, which the newer monitor lists." {
        fn fails_known(&self, forward: bool) -> bool { forward }
    }

    KNOWN_FORWARD_FAILED "known_forward_failed" from [LeaveKnown]:
    "A load fails every forward in the holding cell of a stale channel, and does not ask whether \
     the monitor, which is newer, has its HTLC." {
        fn fails_known(&self, forward: bool) -> bool { forward }
    }

    CLAIM_ONE_PART "claim_one_part" from [ClaimAllParts]:
    "A manager that is older than a claim goes on with the part whose monitor has the preimage, \
     and leaves the others." {
        fn claims_other_parts(&self, _: bool) -> bool { false }
    }

    CLAIM_CLOSED_PARTS "claim_closed_parts" from [ClaimAllParts]:
    "A load claims the other parts of a payment received on closed channels only, since the \
     manager of an open one knows of its claims." {
        fn claims_other_parts(&self, open: bool) -> bool { !open }
    }

    FORGET_PAYMENT "forget_payment" from [AdoptPayments]:
    "A manager that is older than a payment does not ask the monitors for it: its event comes, and \
     nobody waits for it." {
        fn adopts_payments(&self) -> bool { false }
    }

    CLAIM_TOLD_AGAIN "claim_told_again" from []:
    "A load tells of every payment received whose preimage a monitor has: the manager does not \
     remember that the user was told." {
        fn tells_claim_again(&self) -> bool { true }
    }

    BLOCKED_NEVER_DROPPED "blocked_never_dropped" from []:
    "A load takes no blocked update for submitted: where the monitor has it, the channel is \
     closed." {
        fn lists_blocked(&self, _applied: bool) -> bool { false }
    }

    QUEUE_REBUILT "queue_rebuilt" from []:
    "A load does not read the forward queue: a fail of it comes again, from its event or, if no \
     update offered the HTLC, because it is in the holding cell again." {
        fn forward_queue(&self) -> ForwardQueue { ForwardQueue::Rebuilt }
    }

    QUEUE_LEFT_TO_EVENTS "queue_left_to_events" from []:
    "A load does not read the forward queue: each fail of it is left to an event." {
        fn forward_queue(&self) -> ForwardQueue { ForwardQueue::LeftToEvents }
    }

    IDS_OF_SAME_HTLC "ids_of_same_htlc" from []:
    "A load drops from a queued user event an id under which the monitor does not list the event \
     of that HTLC." {
        fn keeps_event_id(&self, listed: bool) -> bool { listed }
    }
}
