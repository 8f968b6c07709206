//! The list.

use super::Mutant;
use crate::protocol::{Edge, Own, Protocol, Repeat, Settled, Site, Telling, Unlisted};
use crate::rule::Rule;
use crate::state::{Entry, Outcome, Told, UpdateKind};

/// One mutant: name, rules, fate, scenario, story, and the overridden methods.
macro_rules! mutants {
    ($($type:ident $name:literal breaks [$($rule:ident),+] killed_by $killer:literal,
       in $scenario:literal:
       $story:literal { $($body:tt)* })+) => {
        $(
            struct $type;
            impl Protocol for $type { $($body)* }
        )+
        /// All mutants, in the order of the rules they break.
        pub const MUTANTS: &[Mutant] = &[$(Mutant {
            name: $name,
            breaks: &[$(Rule::$rule),+],
            killed_by: $killer,
            scenario: $scenario,
            story: $story,
            protocol: &$type,
        }),+];
    };
}

mutants! {
    SkipOffchainClaim "skip_offchain_claim" breaks [PushAtEverySite] killed_by "GUA-1",
    in "forward_offchain_async":
    "A holder-commitment update carries a claim, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::OffchainClaim }
    }

    SkipOffchainFail "skip_offchain_fail" breaks [PushAtEverySite] killed_by "GUA-1",
    in "forward_offchain_async":
    "A revocation finishes a fail, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::OffchainFail }
    }

    SkipHolderOutput "skip_holder_output_claim" breaks [PushAtEverySite] killed_by "GUA-1",
    in "forward_closing_both":
    "The peer claims an output of our commitment, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::HolderOutputClaim }
    }

    SkipCounterpartyOutput "skip_counterparty_output_claim" breaks [PushAtEverySite]
    killed_by "GUA-1", in "forward_closing_both":
    "The peer claims an output of its own commitment, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::CounterpartyOutputClaim }
    }

    SkipMaturedTimeout "skip_matured_timeout" breaks [PushAtEverySite] killed_by "GUA-1",
    in "forward_closing_both":
    "A timeout spend matures, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::MaturedTimeout }
    }

    SkipLateOffer "skip_late_offer" breaks [PushAtEverySite] killed_by "GUA-1",
    in "payment_unsent":
    "An update offers an HTLC behind a final commitment, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::LateOffer }
    }

    ScanPendingOffchainClaim "scan_pending_only_offchain_claim" breaks [OneEventPerHtlc]
    killed_by "GUA-4", in "payment_closing_async_faulty":
    "The duplicate scan of an off-chain claim reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::OffchainClaim)
        }
    }

    ScanPendingOffchainFail "scan_pending_only_offchain_fail" breaks [OneEventPerHtlc]
    killed_by "GUA-4", in "payment_closing_async_faulty":
    "The duplicate scan of an off-chain fail reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::OffchainFail)
        }
    }

    ScanPendingHolderOutput "scan_pending_only_holder_output" breaks [OneEventPerHtlc]
    killed_by "GUA-4", in "payment_closing_async_faulty":
    "The duplicate scan of a claim on our commitment's output reads `pending` only: the review \
     finding of March 2026 (`offered_preimage_claim`)." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::HolderOutputClaim)
        }
    }

    ScanPendingCounterpartyOutput "scan_pending_only_counterparty_output"
    breaks [OneEventPerHtlc] killed_by "GUA-4", in "payment_closing_async_faulty":
    "The duplicate scan of a claim on the peer's own output reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::CounterpartyOutputClaim)
        }
    }

    ScanPendingTimeout "scan_pending_only_matured_timeout" breaks [OneEventPerHtlc]
    killed_by "GUA-4", in "payment_closing_async_faulty":
    "The duplicate scan of a matured timeout reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::MaturedTimeout)
        }
    }

    FailKnownPreimage "fail_known_preimage" breaks [ClaimDominates] killed_by "GUA-3",
    in "payment_closing_async_faulty":
    "A final commitment lacks a claimed HTLC, and the monitor reports it failed; the manager \
     knows better, and acks an event that nobody handled." {
        fn may_fail(&self, _preimage_known: bool) -> bool { true }
    }

    FailBeforeRevocation "fail_before_revocation" breaks [FailAtRevocation] killed_by "GUA-9",
    in "forward_closing_out_async":
    "A fail is an event as soon as the peer has signed it; the old commitment can still confirm." {
        fn fails_before_revocation(&self) -> bool { true }
    }

    ReleaseForgets "release_forgets" breaks [ReleaseKeeps] killed_by "GUA-1",
    in "payment_slow_manager":
    "Release drops the event: the legacy hand-over." {
        fn release_keeps(&self) -> bool { false }
    }

    ForgetProvided "forget_provided" breaks [WriteBothLists] killed_by "GUA-1",
    in "payment_slow_manager":
    "A full write holds `pending` only." {
        fn writes_provided(&self) -> bool { false }
    }

    LoadAsProvided "load_as_provided" breaks [LoadAsPending] killed_by "GUA-1",
    in "payment_slow_manager":
    "Stored events are provided after a load, so nobody provides them." {
        fn loads_as_pending(&self) -> bool { false }
    }

    RestartCounter "restart_id_counter" breaks [CounterContinues] killed_by "GUA-8",
    in "two_payments_async":
    "The id counter starts again at 0 after a load: an id names two events." {
        fn loaded_event_id(&self, stored: u8, _position: usize, is_next: bool) -> u8 {
            if is_next { 0 } else { stored }
        }
    }

    AckPrefix "ack_prefix" breaks [AckExactly] killed_by "GUA-8", in "two_payments_async":
    "An ack removes all events up to the named one." {
        fn ack_removes(&self, entry: Entry, named: Entry) -> bool { entry.id <= named.id }
    }

    BroadcastEarly "broadcast_early" breaks [BroadcastDurable] killed_by "GUA-2",
    in "forward_closing_out_async":
    "The monitor broadcasts a holder commitment that a crash makes it forget." {
        fn may_broadcast(&self, _durable: bool) -> bool { true }
    }

    SilentReplay "silent_replay" breaks [ReplayPushes] killed_by "GUA-3",
    in "payment_delta_closing":
    "A load applies stored deltas without pushing their events." {
        fn replay_pushes(&self) -> bool { false }
    }

    ReleaseEarly "release_early" breaks [ReleaseDurable] killed_by "GUA-2",
    in "forward_closing_out_async":
    "An event is released while the write that holds it is in flight." {
        fn may_release(&self, _durable: bool, _writing: bool) -> bool { true }
    }

    UntrackFullWrites "untrack_full_writes" breaks [TrackFullWrites] killed_by "GUA-1",
    in "payment_closing_async_faulty":
    "Nobody waits for full writes outside updates, so an event that a block made stays held back." {
        fn tracks_full_writes(&self) -> bool { false }
    }

    DeltaCoversAll "delta_covers_all" breaks [DeltaCovers] killed_by "GUA-8",
    in "two_payments_delta_closing_async":
    "The report of a delta is taken for a report of every event listed when it was started." {
        fn delta_covers(&self, _made_again: bool) -> bool { true }
    }

    SkipRecord "skip_record" breaks [RecordSpends] killed_by "GUA-6", in "payment_archived":
    "The duplicate scan that finds an event skips the record of the spend as well: the monitor \
     never knows that the output is spent, and is never archived (H6)." {
        fn records_spend(&self, listed: bool) -> bool { !listed }
    }

    KeepClock "keep_clock" breaks [StopClock] killed_by "GUA-7", in "payment_archived":
    "A block that the chain shows again pushes an event, and the archival clock runs on." {
        fn push_stops_clock(&self) -> bool { false }
    }

    ArchiveProvided "archive_provided" breaks [ArchiveDrained] killed_by "GUA-3",
    in "payment_archived":
    "Archival looks at `pending` only, and a released event goes with its monitor (H8)." {
        fn archives_with_events(&self, pending: bool, _provided: bool) -> bool { !pending }
    }

    ArchiveWriting "archive_under_write" breaks [ArchiveWritten] killed_by "GUA-6",
    in "payment_archived":
    "A monitor is archived while a write of it is in flight, whose report never comes (H10)." {
        fn archives_while_writing(&self, _writing: bool, completed: bool) -> bool { !completed }
    }

    ArchiveNotice "archive_under_notice" breaks [ArchiveWritten] killed_by "GUA-6",
    in "payment_notices":
    "A monitor is archived with a `Completed` that the manager has not taken in (H10)." {
        fn archives_while_writing(&self, writing: bool, _completed: bool) -> bool { !writing }
    }

    AckOnReceipt "ack_on_receipt" breaks [AckOwnHandled, AckAfterManager] killed_by "GUA-3",
    in "payment_slow_manager":
    "An event is acked as soon as it is dispatched." {
        fn may_ack_own(&self, _progress: Own) -> bool { true }
        fn ack_waits_for_manager(&self) -> bool { false }
    }

    AckWhenQueued "ack_when_queued" breaks [AckOwnHandled] killed_by "GUA-3",
    in "payment_slow_manager":
    "An event is acked when `PaymentSent` is queued, not when it is handled." {
        fn may_ack_own(&self, progress: Own) -> bool { progress >= Own::Queued }
    }

    AckClaimSubmitted "ack_forward_claim_submitted" breaks [AckClaimRemoved] killed_by "GUA-3",
    in "forward_offchain_async":
    "A forward's claim is acked when the inbound update is submitted." {
        fn may_ack_claim(&self, edge: Edge, _again: bool, _told: Told) -> bool {
            edge >= Edge::Submitted
        }
    }

    AckFailQueued "ack_forward_fail_queued" breaks [AckFailRemoved] killed_by "GUA-3",
    in "forward_offchain_async":
    "A forward's fail is acked when it is queued." {
        fn may_ack_fail(&self, edge: Edge, _again: bool) -> bool { edge >= Edge::Queued }
    }

    AckFailSent "ack_forward_fail_sent" breaks [AckFailRemoved] killed_by "GUA-3",
    in "forward_offchain_async":
    "A forward's fail is acked when it is sent." {
        fn may_ack_fail(&self, edge: Edge, _again: bool) -> bool { edge >= Edge::Sent }
    }

    AckClosedSubmitted "ack_closed_claim_submitted" breaks [AckClaimClosed] killed_by "GUA-3",
    in "forward_closing_in_async":
    "The inbound channel is closed, and the claim is acked when the preimage is submitted." {
        fn may_ack_claim_closed(&self, edge: Edge, _told: Told) -> bool {
            edge >= Edge::Submitted
        }
    }

    KeepClosedClaim "keep_closed_claim" breaks [AckClaimClosed] killed_by "GUA-6",
    in "forward_closing_in_async":
    "The inbound channel is closed, and the claim is never acked." {
        fn may_ack_claim_closed(&self, _edge: Edge, _told: Told) -> bool { false }
    }

    KeepClosedFail "keep_closed_fail" breaks [AckFailClosed] killed_by "GUA-6",
    in "forward_closing_in_async":
    "The inbound channel is closed, and the fail is never acked." {
        fn may_ack_fail_closed(&self) -> bool { false }
    }

    KeepSettled "keep_settled" breaks [AckSettled] killed_by "GUA-6", in "payment_slow_manager":
    "An event whose payment is settled is ignored, and never acked." {
        fn repeats(&self, _settled: Settled) -> Repeat { Repeat::Ignored }
    }

    DropUnattached "drop_unattached" breaks [AckSettled] killed_by "GUA-6",
    in "payment_claim_message":
    "The event of a payment that a message settled is ignored while `PaymentSent` is queued." {
        fn repeats(&self, settled: Settled) -> Repeat {
            if settled == Settled::Done { Repeat::AckDue } else { Repeat::Ignored }
        }
    }

    ApplySettled "apply_settled" breaks [EffectOnce] killed_by "GUA-5",
    in "payment_slow_manager":
    "A re-provided event has its effect again." {
        fn applies_settled(&self) -> bool { true }
    }

    AckBeforeManager "ack_before_manager" breaks [AckAfterManager] killed_by "GUA-3",
    in "payment_slow_manager":
    "An ack becomes durable while an older manager still waits for the event." {
        fn ack_waits_for_manager(&self) -> bool { false }
    }

    CompleteAll "complete_all_updates" breaks [CompleteCovered] killed_by "GUA-7",
    in "two_payments_two_writes":
    "One report completes every update in flight." {
        fn completed(&self, _covered: usize, listed: usize) -> usize { listed }
    }

    SubmitArchived "submit_to_archived" breaks [ArchivedIsResolved] killed_by "GUA-7",
    in "forward_archived_in":
    "A claim that comes again is submitted to an inbound monitor that is archived (H11)." {
        fn submits_to_archived(&self) -> bool { true }
    }

    StrandUnsent "strand_unsent" breaks [FailUnsent] killed_by "GUA-1", in "payment_unsent":
    "A channel closes, and the payment in its holding cell waits for ever." {
        fn fails_unsent(&self) -> bool { false }
    }

    TellApplied "tell_applied" breaks [TellForward] killed_by "GUA-1", in "forward_told":
    "`PaymentForwarded` is queued only where the claim's event is applied, not where it repeats \
     what a stale inbound channel's monitor knew." {
        fn tells_forward(&self, telling: Telling, told: Told) -> Told {
            let tells = telling == Telling::Applied && told == Told::NotYet;
            if tells { Told::Queued } else { told }
        }
    }

    TellAgain "tell_again" breaks [TellForward] killed_by "GUA-5", in "forward_told":
    "`PaymentForwarded` is queued with every event of the claim." {
        fn tells_forward(&self, telling: Telling, told: Told) -> Told {
            if telling == Telling::Completed { told } else { Told::Queued }
        }
    }

    KeepBlocked "keep_blocked" breaks [SubmitBlocked] killed_by "GUA-6", in "forward_blocked":
    "What was blocked is never submitted, although nothing blocks it any more." {
        fn submits_blocked(&self) -> bool { false }
    }

    WaitBehindBlocked "wait_behind_blocked" breaks [Overtake] killed_by "GUA-3",
    in "two_forwards_blocked_closing":
    "The update with a claim's preimage waits behind a blocked one." {
        fn overtakes(&self) -> bool { false }
    }

    AckFirstHop "ack_first_hop" breaks [AckAllHops] killed_by "GUA-3", in "trampoline":
    "The event of a forward with two previous hops is acked when the first of them is removed." {
        fn acks_hops(&self, reached: usize, _all: usize) -> bool { reached > 0 }
    }

    SendEveryPart "send_every_part" breaks [SendOnce] killed_by "GUA-5",
    in "payment_of_two_parts":
    "`PaymentSent` is queued with the claim of every part." {
        fn sends_payment(&self, _claimed: usize, _all: usize) -> bool { true }
    }

    SendWithLastPart "send_with_last_part" breaks [SendOnce] killed_by "GUA-3",
    in "payment_of_two_parts":
    "`PaymentSent` waits for the claim of every part." {
        fn sends_payment(&self, claimed: usize, all: usize) -> bool { claimed == all }
    }

    FailWithFirstPart "fail_with_first_part" breaks [FailWithLast] killed_by "GUA-2",
    in "payment_of_two_parts":
    "`PaymentFailed` is queued when the first part of the payment fails." {
        fn fails_payment(&self, _failed: usize, _all: usize) -> bool { true }
    }

    HandleCopy "handle_copy" breaks [AckAfterHandling] killed_by "GUA-6",
    in "payment_claim_message":
    "The user handles a copy of the queue; an ack that joins the event meanwhile is dropped." {
        fn handles_copy(&self) -> bool { true }
    }

    DropById "drop_blocked_by_id" breaks [DropBlocked] killed_by "GUA-7",
    in "two_forwards_blocked":
    "A load takes a blocked update for submitted because the monitor is at its id, where another \
     has overtaken it." {
        fn lists_blocked(&self, _applied: bool) -> bool { true }
    }

    TellClaimEarly "tell_claim_early" breaks [TellDurableClaim] killed_by "GUA-2", in "received":
    "The user is told of a claim when it is made; a crash takes it back." {
        fn tells_claim(&self, _durable: bool) -> bool { true }
    }

    RevokeUntold "revoke_untold" breaks [BlockUntilTold] killed_by "GUA-1", in "received":
    "The revocation of a claimed HTLC takes the preimage out of the monitor, and the user does not \
     know of the claim yet." {
        fn claim_blocks(&self) -> bool { false }
    }

    FailWhileClosing "fail_while_closing" breaks [FailClosed] killed_by "GUA-2",
    in "payment_unsent_notices":
    "A payment in the holding cell is failed when the manager closes the channel; a crash takes \
     the close back, and the payment is offered." {
        fn fails_closing(&self, _durable: bool) -> bool { true }
    }

    KeepStale "keep_stale_channel" breaks [CloseStale] killed_by "GUA-7",
    in "payment_slow_manager":
    "A manager that is older than the monitor goes on with the channel." {
        fn closes_stale(&self) -> bool { false }
    }

    ForgetInFlight "forget_missing_updates" breaks [Resubmit] killed_by "GUA-7",
    in "forward_offchain_async":
    "Updates that the loaded monitor lacks are not submitted again." {
        fn resubmits(&self) -> bool { false }
    }

    UnlistInFlight "unlist_in_flight_at_load" breaks [KeepInFlight] killed_by "GUA-7",
    in "forward_offchain_async":
    "The load takes updates in flight off the list before they are submitted again." {
        fn keeps_in_flight(&self, kind: UpdateKind) -> bool { kind == UpdateKind::Close }
    }

    CloseInBackground "generate_close_in_background" breaks [KeepInFlight] killed_by "GUA-1",
    in "payment_slow_manager":
    "A stale channel's close update is listed only when it is submitted: a manager written before \
     knows that the channel is closed, and nobody broadcasts." {
        fn keeps_in_flight(&self, kind: UpdateKind) -> bool { kind != UpdateKind::Close }
    }

    FailUnlisted "fail_unlisted" breaks [LeaveToEvent] killed_by "GUA-2",
    in "two_payments_async":
    "A stale manager fails an HTLC that its monitor no longer lists, although its event is there." {
        fn fails_unlisted(&self, unlisted: Unlisted) -> bool { !unlisted.forward }
    }

    ForgetClose "forget_close" breaks [RederiveClose] killed_by "GUA-6",
    in "forward_closing_in_async":
    "The close notice was delivered before the crash; the load does not look for the close." {
        fn rederives_close(&self) -> bool { false }
    }

    IgnoreInbound "ignore_inbound_monitor" breaks [AdoptInbound] killed_by "GUA-5",
    in "forward_closing_in_async":
    "A stale manager claims again what the inbound monitor has already." {
        fn adopts_inbound(&self, _outcome: Outcome, _has_event: bool) -> bool { false }
    }

    RefuseOrphans "refuse_orphan_updates" breaks [DropOrphans] killed_by "GUA-7",
    in "payment_archived":
    "The node refuses to start where the manager lists an update in flight of an archived \
     monitor (H10)." {
        fn drops_orphans(&self) -> bool { false }
    }

    RecreatePayments "recreate_payments" breaks [StaySettled] killed_by "GUA-3",
    in "payment_slow_manager":
    "A load waits again for every payment that a closed channel's monitor lists (H4)." {
        fn recreates(&self, _spent: bool, _has_event: bool) -> bool { true }
    }

    StrandUnknown "strand_unknown" breaks [FailUnknown] killed_by "GUA-1",
    in "payment_and_unsent":
    "A load closes a stale channel, and leaves the payments that its monitor never saw to events \
     that nobody can push (H3)." {
        fn fails_unknown(&self, _forward: bool, _stale: bool) -> bool { false }
    }

    FailKnown "fail_known" breaks [LeaveKnown] killed_by "GUA-2", in "payment_unsent":
    "A load fails a payment of its holding cell that the newer monitor lists." {
        fn fails_known(&self, forward: bool) -> bool { !forward }
    }

    OfferKnown "offer_known" breaks [LeaveKnown] killed_by "GUA-10", in "forward_unsent":
    "A load takes a forward of its holding cell for never offered, which the newer monitor lists." {
        fn fails_known(&self, forward: bool) -> bool { forward }
    }

    ClaimOnePart "claim_one_part" breaks [ClaimAllParts] killed_by "GUA-1", in "received_in_parts":
    "A manager that is older than a claim goes on with the part whose monitor has the preimage, \
     and leaves the others." {
        fn claims_other_parts(&self) -> bool { false }
    }

    ForgetPayment "forget_payment" breaks [AdoptPayments] killed_by "GUA-3", in "payment_unmade":
    "A manager that is older than a payment does not ask the monitors for it: its event comes, and \
     nobody waits for it." {
        fn adopts_payments(&self) -> bool { false }
    }

    ReadUnknownMode "read_unknown_mode" breaks [RefuseUnknownMode] killed_by "GUA-1",
    in "payment_builds":
    "An old build takes the mode, and the list that comes with it, for fields it may ignore." {
        fn loads_unknown_mode(&self) -> bool { true }
    }

    DropClaims "drop_claims" breaks [RetainClaims] killed_by "GUA-2", in "payment_builds":
    "With the mode off a claimed HTLC is dropped while an older manager still waits: the next load \
     takes it for failed." {
        fn may_drop_claim(&self, _listed: bool) -> bool { true }
    }

    SwitchBare "switch_bare" breaks [PushOwed] killed_by "GUA-1", in "payment_builds":
    "A load switches the mode on, and leaves to events what the monitor dropped before." {
        fn pushes_owed(&self, switches: bool, compared: bool) -> bool { !switches && !compared }
    }

    PushAfterComparing "push_after_comparing" breaks [PushOwed] killed_by "GUA-10",
    in "forward_unsent_builds":
    "A load empties the holding cell before it asks a monitor whose mode was off: a forward that \
     was offered, failed and dropped there looks as if it had never been offered." {
        fn pushes_owed(&self, _switches: bool, compared: bool) -> bool { compared }
    }

    SwitchOffListed "switch_off_listed" breaks [DrainBeforeOff] killed_by "GUA-2",
    in "payment_builds":
    "The mode is switched off with an event listed; release forgets it." {
        fn switches_off(&self, _listed: bool) -> bool { true }
    }

    SwitchUnwritten "switch_unwritten" breaks [WriteSwitch] killed_by "GUA-2",
    in "payment_builds":
    "The node goes by a mode that is in memory only." {
        fn writes_switch(&self) -> bool { false }
    }

    WriteOffIds "write_off_ids" breaks [NoOffIds] killed_by "GUA-6", in "payment_builds_delta":
    "A queued user event names, on disk, an event that no write holds; the one that takes its \
     place is never acked." {
        fn writes_off_ids(&self) -> bool { true }
    }
}
