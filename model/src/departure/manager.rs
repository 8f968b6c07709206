//! What the Manager does instead (SPEC.md section 5.3).

use super::Departure;
use crate::protocol::{Edge, Own, Protocol, Repeat, Settled, Telling};
use crate::state::{Outcome, Told};

departures! {
    ACK_ON_RECEIPT "ack_on_receipt" from [AckOwnHandled, AckAfterManager]:
    "An event is acked as soon as it is dispatched." {
        fn may_ack_own(&self, _progress: Own) -> bool { true }
        fn ack_waits_for_manager(&self, _own: bool, _outcome: Outcome) -> bool { false }
    }

    ACK_WHEN_QUEUED "ack_when_queued" from [AckOwnHandled]:
    "An event is acked when `PaymentSent` is queued, not when it is handled." {
        fn may_ack_own(&self, progress: Own) -> bool { progress >= Own::Queued }
    }

    ACK_FORWARD_CLAIM_SUBMITTED "ack_forward_claim_submitted" from [AckClaimRemoved]:
    "A forward's claim is acked when the inbound update is submitted." {
        fn may_ack_claim(&self, edge: Edge, _again: bool, _told: Told) -> bool {
            edge >= Edge::Submitted
        }
    }

    CLAIM_ACKED_AT_PREIMAGE "claim_acked_at_preimage" from [AckClaimRemoved]:
    "A forward's claim is acked when the preimage is durable in the inbound monitor." {
        fn may_ack_claim(&self, edge: Edge, _again: bool, _told: Told) -> bool {
            edge >= Edge::Sent
        }
    }

    CLAIM_ACKED_AFTER_USER "claim_acked_after_user" from [AckClaimRemoved, AckClaimClosed]:
    "A forward's claim is acked at its ack point, but not while `PaymentForwarded` is queued: then \
     when the user has handled it." {
        fn may_ack_claim(&self, edge: Edge, _again: bool, told: Told) -> bool {
            edge == Edge::Removed && told != Told::Queued
        }
        fn may_ack_claim_closed(&self, edge: Edge, told: Told) -> bool {
            edge >= Edge::Sent && told != Told::Queued
        }
    }

    NOT_FOUND_ACKS_AT_ONCE "not_found_acks_at_once" from [AckClaimRemoved, AckFailRemoved]:
    "An event that comes again is acked at once if the inbound HTLC is gone from the channel, \
     although the update that removes it for good is in flight." {
        fn may_ack_claim(&self, edge: Edge, again: bool, told: Told) -> bool {
            edge == Edge::Removed || (again && edge == Edge::Removing && told != Told::Queued)
        }
        fn may_ack_fail(&self, edge: Edge, again: bool) -> bool {
            edge == Edge::Removed || (again && edge == Edge::Removing)
        }
    }

    MANAGER_MODE_OFF "manager_mode_off" from [AckClaimRemoved, AckFailRemoved, AckClaimClosed]:
    "A manager whose mode is off over monitors whose mode is on: a forward's claim is never acked, \
     its fail at once." {
        fn may_ack_claim(&self, _edge: Edge, _again: bool, _told: Told) -> bool { false }
        fn may_ack_fail(&self, _edge: Edge, _again: bool) -> bool { true }
        fn may_ack_claim_closed(&self, _edge: Edge, _told: Told) -> bool { false }
    }

    ACK_FORWARD_FAIL_QUEUED "ack_forward_fail_queued" from [AckFailRemoved]:
    "A forward's fail is acked when it is queued." {
        fn may_ack_fail(&self, edge: Edge, _again: bool) -> bool { edge >= Edge::Queued }
    }

    ACK_FORWARD_FAIL_SENT "ack_forward_fail_sent" from [AckFailRemoved]:
    "A forward's fail is acked when it is sent." {
        fn may_ack_fail(&self, edge: Edge, _again: bool) -> bool { edge >= Edge::Sent }
    }

    ACK_CLOSED_CLAIM_SUBMITTED "ack_closed_claim_submitted" from [AckClaimClosed]:
    "The inbound channel is closed, and the claim is acked when the preimage is submitted." {
        fn may_ack_claim_closed(&self, edge: Edge, _told: Told) -> bool {
            edge >= Edge::Submitted
        }
    }

    KEEP_CLOSED_CLAIM "keep_closed_claim" from [AckClaimClosed]:
    "The inbound channel is closed, and the claim is never acked." {
        fn may_ack_claim_closed(&self, _edge: Edge, _told: Told) -> bool { false }
    }

    KEEP_CLOSED_FAIL "keep_closed_fail" from [AckFailClosed]:
    "The inbound channel is closed, and the fail is never acked." {
        fn may_ack_fail_closed(&self) -> bool { false }
    }

    KEEP_SETTLED "keep_settled" from [AckSettled]:
    "An event whose payment is settled is ignored, and never acked." {
        fn repeats(&self, _settled: Settled) -> Repeat { Repeat::Ignored }
    }

    DROP_UNATTACHED "drop_unattached" from [AckSettled]:
    "The event of a payment that a message settled is ignored while `PaymentSent` is queued." {
        fn repeats(&self, settled: Settled) -> Repeat {
            if settled == Settled::Done { Repeat::AckDue } else { Repeat::Ignored }
        }
    }

    REPEAT_ACKED_WHILE_QUEUED "repeat_acked_while_queued" from [AckSettled]:
    "An event that comes again under another id than the one in the queued user event's action is \
     acked at once, handled or not." {
        fn repeats(&self, settled: Settled) -> Repeat {
            match settled {
                Settled::Queued { same_event: true } => Repeat::Ignored,
                Settled::QueuedWithout => Repeat::Joins,
                _ => Repeat::AckDue,
            }
        }
    }

    APPLY_SETTLED "apply_settled" from [EffectOnce]:
    "A re-provided event has its effect again." {
        fn applies_settled(&self) -> bool { true }
    }

    ACK_BEFORE_MANAGER "ack_before_manager" from [AckAfterManager]:
    "An ack becomes durable while an older manager still waits for the event." {
        fn ack_waits_for_manager(&self, _own: bool, _outcome: Outcome) -> bool { false }
    }

    ACK_UNORDERED "ack_unordered" from [AckAfterManager]:
    "An ack is called as soon as it is due; no write of the manager comes first." {
        fn ack_waits_for_manager(&self, _own: bool, _outcome: Outcome) -> bool { false }
    }

    ACK_UNORDERED_OWN "ack_unordered_own" from [AckAfterManager]:
    "The ack of an own payment's event is called as soon as it is due." {
        fn ack_waits_for_manager(&self, own: bool, _outcome: Outcome) -> bool { !own }
    }

    ACK_UNORDERED_CLAIM "ack_unordered_claim" from [AckAfterManager]:
    "The ack of a forward's claim is called as soon as it is due." {
        fn ack_waits_for_manager(&self, own: bool, outcome: Outcome) -> bool {
            own || outcome != Outcome::Claim
        }
    }

    ACK_UNORDERED_FAIL "ack_unordered_fail" from [AckAfterManager]:
    "The ack of a forward's fail is called as soon as it is due." {
        fn ack_waits_for_manager(&self, own: bool, outcome: Outcome) -> bool {
            own || outcome != Outcome::Fail
        }
    }

    COMPLETE_ALL_UPDATES "complete_all_updates" from [CompleteCovered]:
    "One report completes every update in flight." {
        fn completed(&self, _covered: usize, listed: usize) -> usize { listed }
    }

    SUBMIT_TO_ARCHIVED "submit_to_archived" from [ArchivedIsResolved]:
    "A claim that comes again is submitted to an inbound monitor that is archived (H11)." {
        fn submits_to_archived(&self) -> bool { true }
    }

    ARCHIVED_CLAIM_SUBMITTED "archived_claim_submitted" from [ArchivedIsResolved]:
    "A claim that comes again is submitted although the inbound monitor is archived." {
        fn submits_to_archived(&self) -> bool { true }
    }

    STRAND_UNSENT "strand_unsent" from [FailUnsent]:
    "A channel closes, and the payment in its holding cell waits for ever." {
        fn fails_unsent(&self) -> bool { false }
    }

    TELL_APPLIED "tell_applied" from [TellForward]:
    "`PaymentForwarded` is queued only where the claim's event is applied, not where it repeats \
     what a stale inbound channel's monitor knew." {
        fn tells_forward(&self, telling: Telling, told: Told) -> Told {
            let tells = telling == Telling::Applied && told == Told::NotYet;
            if tells { Told::Queued } else { told }
        }
    }

    TELL_AGAIN "tell_again" from [TellForward]:
    "`PaymentForwarded` is queued with every event of the claim." {
        fn tells_forward(&self, telling: Telling, told: Told) -> Told {
            if telling == Telling::Completed { told } else { Told::Queued }
        }
    }

    TOLD_ON_COMPLETION "told_on_completion" from [TellForward]:
    "A claim leaves a promise with the Manager, which is written with it: `PaymentForwarded` is \
     queued once the inbound channel has no update in flight." {
        fn tells_forward(&self, telling: Telling, told: Told) -> Told {
            match (telling, told) {
                (Telling::Applied, Told::NotYet) => Told::Promised,
                (Telling::Completed, Told::Promised) => Told::Queued,
                _ => told,
            }
        }
    }

    KEEP_BLOCKED "keep_blocked" from [SubmitBlocked]:
    "What was blocked is never submitted, although nothing blocks it any more." {
        fn submits_blocked(&self) -> bool { false }
    }

    WAIT_BEHIND_BLOCKED "wait_behind_blocked" from [Overtake]:
    "The update with a claim's preimage waits behind a blocked one." {
        fn overtakes(&self) -> bool { false }
    }

    ACK_FIRST_HOP "ack_first_hop" from [AckAllHops]:
    "The event of a forward with two previous hops is acked when the first of them is removed." {
        fn acks_hops(&self, reached: usize, _: usize, _: bool) -> bool { reached > 0 }
    }

    ACKED_WITH_FIRST_HOP "acked_with_first_hop" from [AckAllHops]:
    "The event of a forward with several previous hops is acked with the first of them that comes \
     to its ack point." {
        fn acks_hops(&self, reached: usize, _: usize, _: bool) -> bool { reached > 0 }
    }

    ACK_FIRST_CHANNEL "ack_first_channel" from [AckAllHops]:
    "The event of a forward is acked when the previous hops on the first one's channel are \
     removed; those on another channel are forgotten." {
        fn acks_hops(&self, _: usize, _: usize, with_first: bool) -> bool { with_first }
    }

    SEND_EVERY_PART "send_every_part" from [SendOnce]:
    "`PaymentSent` is queued with the claim of every part." {
        fn sends_payment(&self, _claimed: usize, _all: usize) -> bool { true }
    }

    SEND_WITH_LAST_PART "send_with_last_part" from [SendOnce]:
    "`PaymentSent` waits for the claim of every part." {
        fn sends_payment(&self, claimed: usize, all: usize) -> bool { claimed == all }
    }

    FAIL_WITH_FIRST_PART "fail_with_first_part" from [FailWithLast]:
    "`PaymentFailed` is queued when the first part of the payment fails." {
        fn fails_payment(&self, _: usize, _: usize, _: bool) -> bool { true }
    }

    FAIL_WITH_CHANNEL "fail_with_channel" from [FailWithLast]:
    "`PaymentFailed` is queued when all parts by one channel have failed." {
        fn fails_payment(&self, _: usize, _: usize, on_channel: bool) -> bool { on_channel }
    }

    HANDLE_COPY "handle_copy" from [AckAfterHandling]:
    "The user handles a copy of the queue; an ack that joins the event meanwhile is dropped." {
        fn handles_copy(&self) -> bool { true }
    }

    HANDLES_COPY "handles_copy" from [AckAfterHandling]:
    "The user handles a copy of the queue; the actions that then run are those of the copy, and \
     one that joined the queued event meanwhile is dropped with it." {
        fn handles_copy(&self) -> bool { true }
    }

    TELL_CLAIM_EARLY "tell_claim_early" from [TellDurableClaim]:
    "The user is told of a claim when it is made; a crash takes it back." {
        fn tells_claim(&self, _durable: bool) -> bool { true }
    }

    REVOKE_UNTOLD "revoke_untold" from [BlockUntilTold]:
    "The revocation of a claimed HTLC takes the preimage out of the monitor, and the user does not \
     know of the claim yet." {
        fn claim_blocks(&self) -> bool { false }
    }

    FAIL_WHILE_CLOSING "fail_while_closing" from [FailClosed]:
    "A payment in the holding cell is failed when the manager closes the channel; a crash takes \
     the close back, and the payment is offered." {
        fn fails_closing(&self, _durable: bool) -> bool { true }
    }

    FAILED_WHILE_CLOSING "failed_while_closing" from [FailClosed]:
    "The holding cell is failed when the manager closes the channel, while the update that says so \
     is in flight." {
        fn fails_closing(&self, _durable: bool) -> bool { true }
    }

    WRITE_EVENT_IDS "write_event_ids" from [NoEventIds]:
    "A queued user event is written with the id that it acks; a load numbers events anew." {
        fn writes_event_ids(&self, forward: bool) -> bool { !forward }
    }

    FORGET_DUE_ACKS "forget_due_acks" from [CallAcks]:
    "An ack that waited for a write of the manager is forgotten when that lands." {
        fn calls_acks(&self) -> bool { false }
    }

    AWAIT_CHANGES "await_changes" from [AskForWrite]:
    "A due ack waits until the manager is written for another reason." {
        fn asks_for_write(&self) -> bool { false }
    }

    BLOCKED_ACKS_LOST "blocked_acks_lost" from []:
    "The acks that wait for an update travel with it, and are dropped when it is blocked." {
        fn keeps_blocked_acks(&self) -> bool { false }
    }

    WAITS_FOR_ALL_UPDATES "waits_for_all_updates" from []:
    "What is to be done once an update of the inbound channel is complete waits until none is in \
     flight there." {
        fn waits_for_own_update(&self) -> bool { false }
    }

    FORWARD_SOURCE_STORED "forward_source_stored" from [NoEventIds]:
    "The id of a forward's event travels back with the outcome, and is written with the manager." {
        fn writes_event_ids(&self, forward: bool) -> bool { forward }
    }
}
