//! What Monitors do instead (SPEC.md section 5.1).

use super::Departure;
use crate::protocol::{Acked, Protocol, Site};
use crate::state::Entry;

departures! {
    SKIP_OFFCHAIN_CLAIM "skip_offchain_claim" from [PushAtEverySite]:
    "A holder-commitment update carries a claim, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::OffchainClaim }
    }

    SKIP_OFFCHAIN_FAIL "skip_offchain_fail" from [PushAtEverySite]:
    "A revocation finishes a fail, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::OffchainFail }
    }

    SKIP_HOLDER_OUTPUT_CLAIM "skip_holder_output_claim" from [PushAtEverySite]:
    "The peer claims an output of our commitment, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::HolderOutputClaim }
    }

    SKIP_COUNTERPARTY_OUTPUT_CLAIM "skip_counterparty_output_claim" from [PushAtEverySite]:
    "The peer claims an output of its own commitment, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::CounterpartyOutputClaim }
    }

    SKIP_MATURED_TIMEOUT "skip_matured_timeout" from [PushAtEverySite]:
    "A timeout spend matures, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::MaturedTimeout }
    }

    SKIP_LATE_OFFER "skip_late_offer" from [PushAtEverySite]:
    "An update offers an HTLC behind a final commitment, and no event is pushed." {
        fn pushes(&self, site: Site) -> bool { site != Site::LateOffer }
    }

    MONITOR_MODE_OFF "monitor_mode_off" from [PushAtEverySite, ReleaseKeeps]:
    "A monitor that was made before the mode was on: it pushes no off-chain outcome, and release \
     forgets." {
        fn pushes(&self, site: Site) -> bool {
            !matches!(site, Site::OffchainClaim | Site::OffchainFail)
        }
        fn release_keeps(&self) -> bool { false }
    }

    SCAN_PENDING_ONLY_OFFCHAIN_CLAIM "scan_pending_only_offchain_claim" from [OneEventPerHtlc]:
    "The duplicate scan of an off-chain claim reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::OffchainClaim)
        }
    }

    SCAN_PENDING_ONLY_OFFCHAIN_FAIL "scan_pending_only_offchain_fail" from [OneEventPerHtlc]:
    "The duplicate scan of an off-chain fail reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::OffchainFail)
        }
    }

    SCAN_PENDING_ONLY_HOLDER_OUTPUT "scan_pending_only_holder_output" from [OneEventPerHtlc]:
    "The duplicate scan of a claim on our commitment's output reads `pending` only: the review \
     finding of March 2026 (`offered_preimage_claim`)." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::HolderOutputClaim)
        }
    }

    SCAN_PENDING_ONLY_COUNTERPARTY_OUTPUT "scan_pending_only_counterparty_output"
    from [OneEventPerHtlc]:
    "The duplicate scan of a claim on the peer's own output reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::CounterpartyOutputClaim)
        }
    }

    SCAN_PENDING_ONLY_MATURED_TIMEOUT "scan_pending_only_matured_timeout" from [OneEventPerHtlc]:
    "The duplicate scan of a matured timeout reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::MaturedTimeout)
        }
    }

    OFFCHAIN_CLAIM_UNSCANNED "offchain_claim_unscanned" from [OneEventPerHtlc]:
    "An off-chain claim is pushed without a look at the lists." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            (pending || provided) && site != Site::OffchainClaim
        }
    }

    HOLDER_OUTPUT_SCANS_PENDING "holder_output_scans_pending" from [OneEventPerHtlc]:
    "The duplicate scan of a claim on our commitment's output reads `pending` only." {
        fn suppresses(&self, site: Site, pending: bool, provided: bool) -> bool {
            pending || (provided && site != Site::HolderOutputClaim)
        }
    }

    SCAN_PENDING "scan_pending" from [OneEventPerHtlc]:
    "The duplicate scan of every push site reads `pending` only." {
        fn suppresses(&self, _site: Site, pending: bool, _provided: bool) -> bool { pending }
    }

    SCAN_NOTHING "scan_nothing" from [OneEventPerHtlc]:
    "No push site looks at the lists." {
        fn suppresses(&self, _site: Site, _pending: bool, _provided: bool) -> bool { false }
    }

    FAIL_KNOWN_PREIMAGE "fail_known_preimage" from [ClaimDominates]:
    "A final commitment lacks a claimed HTLC, and the monitor reports it failed; the manager \
     knows better, and acks an event that nobody handled." {
        fn may_fail(&self, _preimage_known: bool) -> bool { true }
    }

    FAIL_BEFORE_REVOCATION "fail_before_revocation" from [FailAtRevocation]:
    "A fail is an event as soon as the peer has signed it; the old commitment can still confirm." {
        fn fails_before_revocation(&self) -> bool { true }
    }

    RELEASE_FORGETS "release_forgets" from [ReleaseKeeps]:
    "Release drops the event." {
        fn release_keeps(&self) -> bool { false }
    }

    FORGET_PROVIDED "forget_provided" from [WriteBothLists]:
    "A full write holds `pending` only." {
        fn writes_provided(&self) -> bool { false }
    }

    LOAD_AS_PROVIDED "load_as_provided" from [LoadAsPending]:
    "Stored events are provided after a load, so nobody provides them." {
        fn loads_as_pending(&self) -> bool { false }
    }

    IDS_WRITTEN "ids_written" from [NoEventIds]:
    "Event ids outlive a load: a monitor whose mode is on is written with them and their counter, \
     and a user event with the id that it acks." {
        fn stores_event_ids(&self) -> bool { true }
        fn writes_event_ids(&self, forward: bool) -> bool { !forward }
    }

    ACK_PREFIX "ack_prefix" from [AckExactly]:
    "An ack removes all events up to the named one." {
        fn acked(&self, entry: Entry, named: Entry) -> Acked {
            if entry.id <= named.id { Acked::Removed } else { Acked::Stays }
        }
    }

    ACK_SWAPS "ack_swaps" from [AckExactly]:
    "An ack moves the last event to the place of the one that it removes (`swap_remove`)." {
        fn acked(&self, entry: Entry, named: Entry) -> Acked {
            if entry.id == named.id { Acked::Replaced } else { Acked::Stays }
        }
    }

    ACK_BY_CONTENT "ack_by_content" from [AckExactly]:
    "An ack names HTLC and outcome, and removes the event that says so, whatever its id." {
        fn acked(&self, entry: Entry, named: Entry) -> Acked {
            let says_so = (entry.htlc(), entry.outcome()) == (named.htlc(), named.outcome());
            if says_so { Acked::Removed } else { Acked::Stays }
        }
    }

    BROADCAST_EARLY "broadcast_early" from [BroadcastDurable]:
    "The monitor broadcasts a holder commitment that a crash makes it forget." {
        fn may_broadcast(&self, _durable: bool) -> bool { true }
    }

    BROADCAST_FROM_MEMORY "broadcast_from_memory" from [BroadcastDurable]:
    "A force-close broadcasts the newest commitment in memory, while the write with the update \
     that signed it is in flight." {
        fn may_broadcast(&self, _durable: bool) -> bool { true }
    }

    SILENT_REPLAY "silent_replay" from [ReplayPushes]:
    "A load applies stored deltas without pushing their events." {
        fn replay_pushes(&self) -> bool { false }
    }

    SKIP_RECORD "skip_record" from [RecordSpends]:
    "The duplicate scan that finds an event skips the record of the spend as well: the monitor \
     never knows that the output is spent, and is never archived (H6)." {
        fn records_spend(&self, listed: bool) -> bool { !listed }
    }

    RECORD_SKIPPED "record_skipped" from [RecordSpends]:
    "Where the scan finds an event of an HTLC whose output is claimed, the claim is not recorded \
     either." {
        fn records_spend(&self, listed: bool) -> bool { !listed }
    }

    KEEP_CLOCK "keep_clock" from [StopClock]:
    "A block that the chain shows again pushes an event, and the archival clock runs on." {
        fn push_stops_clock(&self) -> bool { false }
    }

    NOTICES_NUMBERED "notices_numbered" from []:
    "`Completed` and the close notices take event ids, after the write they report." {
        fn numbers_notices(&self) -> bool { true }
    }
}
