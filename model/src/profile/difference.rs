//! Departures from SPEC.md, one decision each: what a design does instead, with the place in
//! rust-lightning that says so where there is one.

use crate::mutant::{MUTANTS, Mutant};
use crate::protocol::{Edge, ForwardQueue, Protocol, Repeat, Settled, Site, Telling, Unlisted};
use crate::rule::Rule;
use crate::state::{Entry, Outcome, Told};

/// One departure of a design from SPEC.md.
pub struct Difference {
    /// Its name: what the design does.
    pub name: &'static str,
    /// The rules it departs from; none if SPEC.md has no rule for it.
    pub departs_from: &'static [Rule],
    /// What the design does, for people.
    pub story: &'static str,
    /// Where upstream does so: `file::function @commit`. None if no design of upstream does.
    pub sources: &'static [&'static str],
    /// The decisions.
    pub protocol: &'static dyn Protocol,
}

/// What a mutant does, as a difference: a rule broken is a departure like any other.
pub(crate) const fn of_mutant(name: &str) -> Difference {
    let mut index = 0;
    while !same(MUTANTS[index].name, name) {
        index += 1;
    }
    let Mutant { name, breaks, story, protocol, .. } = MUTANTS[index];
    Difference { name, departs_from: breaks, story, sources: &[], protocol }
}

/// Whether two names are equal, for use in a constant.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// One difference: its name in code, its name, the rules, story, sources, overridden methods.
macro_rules! differences {
    ($($constant:ident $type:ident $name:literal departs_from [$($rule:ident),*]:
       $story:literal sources [$($source:literal),*] { $($body:tt)* })+) => {
        $(
            struct $type;
            impl Protocol for $type { $($body)* }
            #[doc = $story]
            pub const $constant: Difference = Difference {
                name: $name,
                departs_from: &[$(Rule::$rule),*],
                story: $story,
                sources: &[$($source),*],
                protocol: &$type,
            };
        )+
    };
}

differences! {
    NO_HOLD_BACK NoHoldBack "no_hold_back"
    departs_from [ReleaseDurable]:
    "An event is released as soon as it is pushed, durable or not."
    sources ["chain/chainmonitor.rs::release_pending_monitor_events @6d68fa5f0"] {
        fn may_release(&self, _durable: bool, _writing: bool) -> bool { true }
    }

    HOLD_BACK_PER_CHANNEL HoldBackPerChannel "hold_back_per_channel"
    departs_from [ReleaseDurable]:
    "A channel's HTLC events are held back while a write is in flight that the node waits for, and \
     released otherwise, whether they are durable or not."
    sources ["chain/chainmonitor.rs::release_pending_monitor_events @034480753",
             "chain/chainmonitor.rs::update_monitor_with_chain_data @e1021bcd1"] {
        fn may_release(&self, _durable: bool, writing: bool) -> bool { !writing }
    }

    OWN_WRITES_UNTRACKED OwnWritesUntracked "own_writes_untracked"
    departs_from [TrackFullWrites]:
    "Nobody waits for writes that no update asks for."
    sources ["chain/chainmonitor.rs::update_monitor_with_chain_data @e1021bcd1"] {
        fn tracks_full_writes(&self) -> bool { false }
    }

    OFFCHAIN_CLAIM_UNSCANNED OffchainClaimUnscanned "offchain_claim_unscanned"
    departs_from [OneEventPerHtlc]:
    "An off-chain claim is pushed without a look at the lists."
    sources ["chain/channelmonitor.rs::update_holder_commitment_data @65f58060a"] {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            (pending || provided) && site != Site::OffchainClaim
        }
    }

    HOLDER_OUTPUT_SCANS_PENDING HolderOutputScansPending "holder_output_scans_pending"
    departs_from [OneEventPerHtlc]:
    "The duplicate scan of a claim on our commitment's output reads `pending` only."
    sources ["chain/channelmonitor.rs::is_resolving_htlc_output @63fc698 (as reviewed)"] {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::HolderOutputClaim)
        }
    }

    SCAN_PENDING ScanPending "scan_pending" departs_from [OneEventPerHtlc]:
    "The duplicate scan of every push site reads `pending` only."
    sources [] {
        fn suppresses(&self, _site: Site, pending: bool, _provided: bool) -> bool { pending }
    }

    SCAN_NOTHING ScanNothing "scan_nothing" departs_from [OneEventPerHtlc]:
    "No push site looks at the lists."
    sources [] {
        fn suppresses(&self, _site: Site, _pending: bool, _provided: bool) -> bool { false }
    }

    IDS_RENUMBERED IdsRenumbered "ids_renumbered" departs_from [CounterContinues]:
    "A load numbers the stored events anew, from 0."
    sources [] {
        fn loaded_event_id(&self, _stored: u8, position: usize, _is_next: bool) -> u8 {
            position as u8
        }
    }

    ACK_BY_CONTENT AckByContent "ack_by_content" departs_from [AckExactly]:
    "An ack names HTLC and outcome, and removes the event that says so, whatever its id."
    sources [] {
        fn ack_removes(&self, entry: Entry, named: Entry) -> bool {
            (entry.htlc, entry.outcome) == (named.htlc, named.outcome)
        }
    }

    BROADCAST_FROM_MEMORY BroadcastFromMemory "broadcast_from_memory"
    departs_from [BroadcastDurable]:
    "A force-close broadcasts the newest commitment in memory, while the write with the update \
     that signed it is in flight."
    sources ["chain/channelmonitor.rs::update_monitor @e1021bcd1",
             "chain/chainmonitor.rs::update_channel_internal @e1021bcd1"] {
        fn may_broadcast(&self, _durable: bool) -> bool { true }
    }

    RECORD_SKIPPED RecordSkipped "record_skipped" departs_from [RecordSpends]:
    "Where the scan finds an event of an HTLC whose output is claimed, the claim is not recorded \
     either."
    sources ["chain/channelmonitor.rs::is_resolving_htlc_output @e1021bcd1"] {
        fn records_spend(&self, listed: bool) -> bool { !listed }
    }

    ARCHIVES_PROVIDED ArchivesProvided "archives_provided" departs_from [ArchiveDrained]:
    "A monitor is archived, and its clock started before that, although an event is released and \
     not acked: archival looks at `pending` only."
    sources ["chain/channelmonitor.rs::check_and_update_full_resolution_status @e1021bcd1"] {
        fn archives_with_events(&self, pending: bool, _provided: bool) -> bool { !pending }
    }

    ARCHIVES_WHILE_WRITING ArchivesWhileWriting "archives_while_writing"
    departs_from [ArchiveWritten]:
    "A monitor is archived although an update of it is not reported; `Completed` goes with it."
    sources ["chain/chainmonitor.rs::archive_fully_resolved_channel_monitors @e1021bcd1",
             "chain/channelmonitor.rs::check_and_update_full_resolution_status @e1021bcd1"] {
        fn archives_while_writing(&self, _writing: bool, completed: bool) -> bool { !completed }
    }

    ARCHIVES_UNUSED ArchivesUnused "archives_unused" departs_from [ArchiveWritten]:
    "The monitor of a closed channel that was never used is archived at once, whatever waits in it."
    sources ["chain/channelmonitor.rs::check_and_update_full_resolution_status @e1021bcd1",
             "chain/channelmonitor.rs::is_closed_without_updates @e1021bcd1"] {
        fn archives_unused(&self) -> bool { true }
    }

    ARCHIVED_CLAIM_SUBMITTED ArchivedClaimSubmitted "archived_claim_submitted"
    departs_from [ArchivedIsResolved]:
    "A claim that comes again is submitted although the inbound monitor is archived."
    sources ["ln/channelmanager.rs::claim_mpp_part @e1021bcd1"] {
        fn submits_to_archived(&self) -> bool { true }
    }

    ORPHANS_REFUSED OrphansRefused "orphans_refused" departs_from [DropOrphans]:
    "A load refuses to start where an update is in flight of a channel without a monitor."
    sources ["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"] {
        fn drops_orphans(&self) -> bool { false }
    }

    FAILED_WHILE_CLOSING FailedWhileClosing "failed_while_closing" departs_from [FailClosed]:
    "The holding cell is failed when the manager closes the channel, while the update that says so \
     is in flight."
    sources ["ln/channelmanager.rs::finish_close_channel @e1021bcd1",
             "ln/channel.rs::force_shutdown @e1021bcd1"] {
        fn fails_closing(&self, _durable: bool) -> bool { true }
    }

    CLAIM_TOLD_AGAIN ClaimToldAgain "claim_told_again" departs_from []:
    "A load tells of every payment received whose preimage a monitor has: the manager does not \
     remember that the user was told."
    sources ["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1",
             "chain/channelmonitor.rs::get_stored_preimages @e1021bcd1"] {
        fn tells_claim_again(&self) -> bool { true }
    }

    CLAIM_ACKED_AT_PREIMAGE ClaimAckedAtPreimage "claim_acked_at_preimage"
    departs_from [AckClaimRemoved]:
    "A forward's claim is acked when the preimage is durable in the inbound monitor."
    sources ["ln/channelmanager.rs::handle_monitor_update_completion_actions @63fc698 (as \
              described)"] {
        fn may_ack_claim(&self, edge: Edge, _again: bool, _told: Told) -> bool {
            edge >= Edge::Sent
        }
    }

    CLAIM_ACKED_AFTER_USER ClaimAckedAfterUser "claim_acked_after_user"
    departs_from [AckClaimRemoved, AckClaimClosed]:
    "A forward's claim is acked at its ack point, but not while `PaymentForwarded` is queued: then \
     when the user has handled it."
    sources ["ln/channelmanager.rs::handle_monitor_event_htlc_ack @e1021bcd1",
             "ln/channelmanager.rs::handle_post_event_actions @e1021bcd1"] {
        fn may_ack_claim(&self, edge: Edge, _again: bool, told: Told) -> bool {
            edge == Edge::Removed && told != Told::Queued
        }
        fn may_ack_claim_closed(&self, edge: Edge, told: Told) -> bool {
            edge >= Edge::Sent && told != Told::Queued
        }
    }

    TOLD_ON_COMPLETION ToldOnCompletion "told_on_completion" departs_from [TellForward]:
    "A claim leaves a promise with the Manager, which is written with it: `PaymentForwarded` is \
     queued once the inbound channel has no update in flight."
    sources ["ln/channelmanager.rs::claim_funds_internal @531368ec4",
             "ln/channelmanager.rs::handle_monitor_update_completion_actions @531368ec4"] {
        fn tells_forward(&self, telling: Telling, told: Told) -> Told {
            match (telling, told) {
                (Telling::Applied, Told::NotYet) => Told::Promised,
                (Telling::Completed, Told::Promised) => Told::Queued,
                _ => told,
            }
        }
    }

    NOT_FOUND_ACKS_AT_ONCE NotFoundAcksAtOnce "not_found_acks_at_once"
    departs_from [AckClaimRemoved, AckFailRemoved]:
    "An event that comes again is acked at once if the inbound HTLC is gone from the channel, \
     although the update that removes it for good is in flight."
    sources ["ln/channelmanager.rs::claim_mpp_part @160407d8a",
             "ln/channelmanager.rs::process_forward_htlcs @e1021bcd1"] {
        fn may_ack_claim(&self, edge: Edge, again: bool, told: Told) -> bool {
            edge == Edge::Removed || (again && edge == Edge::Removing && told != Told::Queued)
        }
        fn may_ack_fail(&self, edge: Edge, again: bool) -> bool {
            edge == Edge::Removed || (again && edge == Edge::Removing)
        }
    }

    REPEAT_ACKED_WHILE_QUEUED RepeatAckedWhileQueued "repeat_acked_while_queued"
    departs_from [AckSettled]:
    "An event that comes again under another id than the one in the queued user event's action is \
     acked at once, handled or not."
    sources ["ln/channelmanager.rs::claim_funds_internal @65f58060a",
             "ln/channelmanager.rs::fail_htlc_backwards_internal @9fa1f2812"] {
        fn repeats(&self, settled: Settled) -> Repeat {
            match settled {
                Settled::Queued { same_event: true } => Repeat::Ignored,
                Settled::QueuedWithout => Repeat::Joins,
                _ => Repeat::AckDue,
            }
        }
    }

    ACK_UNORDERED AckUnordered "ack_unordered" departs_from [AckAfterManager]:
    "An ack is called as soon as it is due; no write of the manager comes first."
    sources ["chain/chainmonitor.rs::ack_monitor_event @e1021bcd1",
             "ln/channelmanager.rs::handle_post_event_actions @f36036e94"] {
        fn ack_waits_for_manager(&self) -> bool { false }
    }

    UNLISTED_FORWARD_FAILED UnlistedForwardFailed "unlisted_forward_failed"
    departs_from [LeaveToEvent]:
    "A load fails the forwards of a stale channel whose monitor neither lists them nor has an \
     event for them."
    sources ["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"] {
        fn fails_unlisted(&self, unlisted: Unlisted) -> bool {
            unlisted.forward && unlisted.stale && !unlisted.has_event
        }
    }

    UNLISTED_FAILED UnlistedFailed "unlisted_failed" departs_from [LeaveToEvent]:
    "A load fails every HTLC of a stale channel whose monitor neither lists it nor has an event \
     for it."
    sources [] {
        fn fails_unlisted(&self, unlisted: Unlisted) -> bool {
            unlisted.stale && !unlisted.has_event
        }
    }

    INBOUND_NOT_ADOPTED InboundNotAdopted "inbound_not_adopted" departs_from [AdoptInbound]:
    "A manager older than the inbound monitor gives that monitor a preimage it has already, when \
     the event comes again."
    sources ["ln/channelmanager.rs::claim_mpp_part @e1021bcd1",
             "ln/channelmanager.rs::from_channel_manager_data @4c11112eb"] {
        fn adopts_inbound(&self, outcome: Outcome, has_event: bool) -> bool {
            outcome == Outcome::Fail || !has_event
        }
    }

    UNSPENT_RECREATED UnspentRecreated "unspent_recreated" departs_from [StaySettled]:
    "A load makes a payment pending again that a closed channel's monitor lists, unless the spend \
     of its output is on record and no event of it is listed."
    sources ["chain/channelmonitor.rs::get_all_current_outbound_htlcs @e1021bcd1",
             "ln/outbound_payment.rs::insert_from_monitor_on_startup @e1021bcd1"] {
        fn recreates(&self, spent: bool, has_event: bool) -> bool { !spent || has_event }
    }

    UNKNOWN_STRANDED UnknownStranded "unknown_stranded" departs_from [FailUnknown]:
    "A load leaves to its event a payment that a stale channel's monitor never saw."
    sources ["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"] {
        fn fails_unknown(&self, forward: bool, stale: bool) -> bool { forward || !stale }
    }

    UNKNOWN_FORWARD_STRANDED UnknownForwardStranded "unknown_forward_stranded"
    departs_from [FailUnknown]:
    "A load leaves to its event a forward that a stale channel's monitor never saw."
    sources ["ln/channelmanager.rs::from_channel_manager_data @51058bf8c"] {
        fn fails_unknown(&self, forward: bool, stale: bool) -> bool { !forward || !stale }
    }

    KNOWN_FORWARD_FAILED KnownForwardFailed "known_forward_failed" departs_from [LeaveKnown]:
    "A load fails every forward in the holding cell of a stale channel, and does not ask whether \
     the monitor, which is newer, has its HTLC."
    sources ["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1",
             "ln/channel.rs::force_shutdown @e1021bcd1"] {
        fn fails_known(&self, forward: bool) -> bool { forward }
    }

    DROPPED_BY_ID DroppedById "dropped_by_id" departs_from [DropBlocked]:
    "A load takes a blocked update for complete if its id is not above the monitor's, although an \
     update that overtook it may have taken that id."
    sources ["ln/channel.rs::on_startup_drop_completed_blocked_mon_updates_through @e1021bcd1",
             "ln/channel.rs::get_update_fulfill_htlc_and_commit @e1021bcd1"] {
        fn lists_blocked(&self, _applied: bool) -> bool { true }
    }

    BLOCKED_NEVER_DROPPED BlockedNeverDropped "blocked_never_dropped" departs_from []:
    "A load takes no blocked update for submitted: where the monitor has it, the channel is closed."
    sources [] {
        fn lists_blocked(&self, _applied: bool) -> bool { false }
    }

    BLOCKED_ACKS_LOST BlockedAcksLost "blocked_acks_lost" departs_from []:
    "The acks that wait for an update travel with it, and are dropped when it is blocked."
    sources ["ln/channel.rs::revoke_and_ack @63fc698 (as reviewed)"] {
        fn keeps_blocked_acks(&self) -> bool { false }
    }

    WAITS_FOR_ALL_UPDATES WaitsForAllUpdates "waits_for_all_updates" departs_from []:
    "What is to be done once an update of the inbound channel is complete waits until none is in \
     flight there."
    sources ["ln/channelmanager.rs::try_resume_channel_post_monitor_update @e1021bcd1",
             "ln/channelmanager.rs::handle_monitor_update_completion_actions @e1021bcd1"] {
        fn waits_for_own_update(&self) -> bool { false }
    }

    FORWARD_SOURCE_STORED ForwardSourceStored "forward_source_stored" departs_from []:
    "The id of a forward's event travels back with the outcome, and is written with the manager."
    sources ["ln/channelmanager.rs::fail_htlc_backwards_internal @63fc698 (as described)",
             "ln/channelmanager.rs::claim_funds_internal @63fc698 (as described)"] {
        fn stores_forward_source(&self) -> bool { true }
    }

    ACKED_WITH_FIRST_HOP AckedWithFirstHop "acked_with_first_hop" departs_from [AckAllHops]:
    "The event of a forward with several previous hops is acked with the first of them that comes \
     to its ack point."
    sources ["ln/channelmanager.rs::claim_funds_internal @63fc698 (as reviewed)"] {
        fn acks_hops(&self, reached: usize, _all: usize) -> bool { reached > 0 }
    }

    HANDLES_COPY HandlesCopy "handles_copy" departs_from [AckAfterHandling]:
    "The user handles a copy of the queue; the actions that then run are those of the copy, and \
     one that joined the queued event meanwhile is dropped with it."
    sources ["ln/channelmanager.rs::process_events_body @e1021bcd1",
             "ln/channelmanager.rs::claim_funds_internal @e1021bcd1",
             "ln/channelmanager.rs::handle_monitor_event_htlc_ack @e1021bcd1"] {
        fn handles_copy(&self) -> bool { true }
    }

    WATCH_WRITES WatchWrites "watch_writes" departs_from []:
    "The Watch writes every monitor that it takes over in a load (`watch_channel`), and waits for \
     the report as for that of an update."
    sources ["chain/chainmonitor.rs::watch_channel_internal @e1021bcd1"] {
        fn writes_at_watch(&self) -> bool { true }
    }

    QUEUE_REBUILT QueueRebuilt "queue_rebuilt" departs_from []:
    "A load does not read the forward queue: a fail of it comes again, from its event or, if no \
     update offered the HTLC, because it is in the holding cell again."
    sources [] {
        fn forward_queue(&self) -> ForwardQueue { ForwardQueue::Rebuilt }
    }

    QUEUE_LEFT_TO_EVENTS QueueLeftToEvents "queue_left_to_events" departs_from []:
    "A load does not read the forward queue: each fail of it is left to an event."
    sources ["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"] {
        fn forward_queue(&self) -> ForwardQueue { ForwardQueue::LeftToEvents }
    }

    RELEASE_FORGETS ReleaseForgets "release_forgets" departs_from [ReleaseKeeps]:
    "Release drops the event."
    sources ["chain/channelmonitor.rs::get_and_clear_pending_monitor_events @bb597ddd0"] {
        fn release_keeps(&self) -> bool { false }
    }

    MONITOR_MODE_OFF MonitorModeOff "monitor_mode_off" departs_from [PushAtEverySite, ReleaseKeeps]:
    "A monitor that was made before the mode was on: it pushes no off-chain outcome, and release \
     forgets."
    sources ["chain/channelmonitor.rs::update_holder_commitment_data @e1021bcd1",
             "chain/channelmonitor.rs::get_and_clear_pending_monitor_events_filtered @e1021bcd1"] {
        fn pushes(&self, site: Site) -> bool {
            !matches!(site, Site::OffchainClaim | Site::OffchainFail)
        }
        fn release_keeps(&self) -> bool { false }
    }

    MANAGER_MODE_OFF ManagerModeOff "manager_mode_off"
    departs_from [AckClaimRemoved, AckFailRemoved, AckClaimClosed]:
    "A manager whose mode is off over monitors whose mode is on: a forward's claim is never acked, \
     its fail at once."
    sources ["ln/channelmanager.rs::process_pending_monitor_events @e1021bcd1"] {
        fn may_ack_claim(&self, _edge: Edge, _again: bool, _told: Told) -> bool { false }
        fn may_ack_fail(&self, _edge: Edge, _again: bool) -> bool { true }
        fn may_ack_claim_closed(&self, _edge: Edge, _told: Told) -> bool { false }
    }

    IDS_OF_SAME_HTLC IdsOfSameHtlc "ids_of_same_htlc" departs_from []:
    "A load drops from a queued user event an id under which the monitor does not list the event \
     of that HTLC."
    sources [] {
        fn keeps_event_id(&self, listed: bool) -> bool { listed }
    }

    MODE_FIXED ModeFixed "mode_fixed" departs_from []:
    "A monitor's mode is decided when it is made; no load changes it."
    sources ["chain/chainmonitor.rs::watch_channel_internal @d58e4e0f1"] {
        fn switches_mode(&self) -> bool { false }
    }

    SWITCHED_BARE SwitchedBare "switched_bare" departs_from [PushOwed]:
    "A load switches every monitor's mode on; what it would have made again with the mode off is \
     left to events."
    sources ["ln/channelmanager.rs::from_channel_manager_data @51058bf8c"] {
        fn pushes_owed(&self, switches: bool, compared: bool) -> bool { !switches && !compared }
    }

    NOTICES_NUMBERED NoticesNumbered "notices_numbered" departs_from []:
    "`Completed` and the close notices take event ids, after the write they report."
    sources ["chain/channelmonitor.rs::push_monitor_event @6e0b5c5ed",
             "chain/chainmonitor.rs::channel_monitor_updated @65c58638d"] {
        fn numbers_notices(&self) -> bool { true }
    }
}
