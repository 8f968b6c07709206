//! The list.

use super::{Class, FORWARD, FORWARD_AND_PAYMENT, FORWARD_AND_RECEIVED, FORWARD_AND_UNSENT, Flags};
use super::{
    NO_HTLCS, ONE_PAYMENT, ONE_UNMADE, PAYMENT_AND_RETRY, PAYMENT_AND_UNMADE, RECEIVED,
    RECEIVED_IN_PARTS,
};
use super::{ONE_UNSENT, ONE_UNSENT_FORWARD, PAYMENT_AND_UNSENT, SYNC, Scenario, TRAMPOLINE};
use super::{PAYMENT_AND_UNSENT_FORWARD, TWO_FORWARDS, TWO_PARTS, TWO_PAYMENTS};
use crate::state::Budget;

const fn crashes(crashes: u8) -> Budget {
    Budget { crashes, skips: 0, rescans: 0, refusals: 0 }
}

/// What most scenarios of a class have in common: one write in flight.
const QUICK: Scenario = Scenario {
    name: "",
    class: Class::Quick,
    htlcs: &[],
    flags: SYNC,
    writes: 1,
    budget: crashes(1),
};
const NIGHTLY: Scenario = Scenario { class: Class::Nightly, ..QUICK };
const LONG: Scenario = Scenario { class: Class::Long, ..QUICK };

/// All scenarios, cheapest class first.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "forward_closing_out_async",
        htlcs: FORWARD,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_offchain_async",
        htlcs: FORWARD,
        flags: Flags { async_out: true, async_in: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_closing_both",
        htlcs: FORWARD,
        flags: Flags { close_out: true, close_in: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_closing_in_async",
        htlcs: FORWARD,
        flags: Flags { async_in: true, close_in: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "two_payments_async",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "two_payments_closing",
        htlcs: TWO_PAYMENTS,
        flags: Flags { close_out: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_closing_async_faulty",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..QUICK
    },
    Scenario {
        name: "payment_slow_manager",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, async_manager: true, close_out: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "two_payments_two_writes",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_and_payment_async",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags { async_out: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "two_forwards_two_writes_in",
        htlcs: TWO_FORWARDS,
        flags: Flags { async_in: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_slow_manager",
        htlcs: FORWARD,
        flags: Flags { async_in: true, async_manager: true, close_in: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_closing_async_faulty",
        htlcs: FORWARD,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 0 },
        ..QUICK
    },
    Scenario {
        name: "payment_delta_closing",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, delta_out: true, close_out: true, ..SYNC },
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 0 },
        ..QUICK
    },
    Scenario {
        name: "two_payments_delta",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, delta_out: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_delta_both",
        htlcs: FORWARD,
        flags: Flags { async_out: true, async_in: true, delta_out: true, delta_in: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_archived",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, close_out: true, archival: true, ..SYNC },
        budget: Budget { crashes: 2, skips: 0, rescans: 1, refusals: 0 },
        ..QUICK
    },
    Scenario {
        name: "forward_archived_in",
        htlcs: FORWARD,
        flags: Flags { close_in: true, archival: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_unsent",
        htlcs: ONE_UNSENT,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        writes: 2,
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_and_unsent",
        htlcs: PAYMENT_AND_UNSENT,
        flags: Flags { close_out: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_of_two_parts",
        htlcs: TWO_PARTS,
        flags: Flags { async_out: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_unsent",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_and_forward_unsent",
        htlcs: PAYMENT_AND_UNSENT_FORWARD,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_told",
        htlcs: FORWARD,
        flags: Flags { async_in: true, close_in: true, tell_forwards: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_blocked",
        htlcs: FORWARD,
        flags: Flags { async_in: true, close_in: true, block_in: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "two_forwards_blocked",
        htlcs: TWO_FORWARDS,
        flags: Flags { block_in: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_claim_message",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, close_out: true, claim_messages: true, ..SYNC },
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..QUICK
    },
    Scenario {
        name: "forward_claim_message",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            close_in: true,
            tell_forwards: true,
            claim_messages: true,
            ..SYNC
        },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "received",
        htlcs: RECEIVED,
        flags: Flags { async_in: true, close_in: true, ..SYNC },
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..QUICK
    },
    Scenario {
        name: "received_in_parts",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags { async_in: true, close_in: true, ..SYNC },
        writes: 2,
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_and_received",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags { async_in: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "received_archived",
        htlcs: RECEIVED,
        flags: Flags { async_in: true, close_in: true, archival: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_unmade",
        htlcs: ONE_UNMADE,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_retried",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_notices",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, close_out: true, archival: true, notices: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_notices",
        htlcs: FORWARD,
        flags: Flags { async_in: true, close_in: true, notices: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_unsent_notices",
        htlcs: ONE_UNSENT,
        flags: Flags { async_out: true, close_out: true, notices: true, ..SYNC },
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "unused_channel",
        htlcs: NO_HTLCS,
        flags: Flags { async_out: true, close_out: true, archival: true, notices: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_builds",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, builds: true, ..SYNC },
        budget: crashes(3),
        ..QUICK
    },
    Scenario {
        name: "payment_builds_delta",
        htlcs: ONE_PAYMENT,
        flags: Flags { delta_out: true, close_out: true, archival: true, builds: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_builds",
        htlcs: FORWARD,
        flags: Flags { close_in: true, tell_forwards: true, builds: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_unsent_builds",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags { builds: true, ..SYNC },
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "trampoline",
        htlcs: TRAMPOLINE,
        flags: Flags { async_in: true, close_in: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_and_payment_closing_in",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags { close_in: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_closing_both_async",
        htlcs: FORWARD,
        flags: Flags { async_out: true, async_in: true, close_out: true, close_in: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_closing_async",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_delta_two_crashes",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, delta_out: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_delta_closing",
        htlcs: TWO_PAYMENTS,
        flags: Flags { delta_out: true, close_out: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_delta_closing_in",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags { delta_out: true, delta_in: true, close_in: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_delta_closing_async",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, delta_out: true, close_out: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_closing_two_crashes",
        htlcs: TWO_PAYMENTS,
        flags: Flags { close_out: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_three_crashes",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, async_manager: true, close_out: true, ..SYNC },
        writes: 2,
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_in_faulty",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            async_manager: true,
            delta_in: true,
            close_in: true,
            ..SYNC
        },
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 0 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_refused",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags { async_in: true, delta_in: true, close_in: true, ..SYNC },
        budget: Budget { crashes: 1, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_delta_slow_manager",
        htlcs: ONE_PAYMENT,
        flags: Flags {
            async_out: true,
            async_manager: true,
            delta_out: true,
            close_out: true,
            ..SYNC
        },
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_delta_closing_both",
        htlcs: FORWARD,
        flags: Flags {
            async_out: true,
            async_in: true,
            delta_out: true,
            delta_in: true,
            close_out: true,
            close_in: true,
            ..SYNC
        },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_archived_both",
        htlcs: FORWARD,
        flags: Flags {
            async_out: true,
            async_in: true,
            close_out: true,
            close_in: true,
            archival: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_archived_delta",
        htlcs: ONE_PAYMENT,
        flags: Flags {
            async_out: true,
            async_manager: true,
            delta_out: true,
            close_out: true,
            archival: true,
            ..SYNC
        },
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_archived_faulty",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            async_manager: true,
            delta_in: true,
            close_in: true,
            archival: true,
            ..SYNC
        },
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 0 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_archived",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags { close_in: true, archival: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_told_both",
        htlcs: FORWARD,
        flags: Flags {
            async_out: true,
            delta_out: true,
            close_out: true,
            close_in: true,
            tell_forwards: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_told_faulty",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            async_manager: true,
            delta_in: true,
            close_in: true,
            archival: true,
            tell_forwards: true,
            ..SYNC
        },
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_closing_both",
        htlcs: TRAMPOLINE,
        flags: Flags { close_out: true, close_in: true, tell_forwards: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_blocked_archived",
        htlcs: TRAMPOLINE,
        flags: Flags {
            async_in: true,
            delta_in: true,
            close_in: true,
            archival: true,
            block_in: true,
            ..SYNC
        },
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_forwards_blocked_async",
        htlcs: TWO_FORWARDS,
        flags: Flags { async_in: true, block_in: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_forwards_blocked_closing",
        htlcs: TWO_FORWARDS,
        flags: Flags { close_in: true, block_in: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_blocked_faulty",
        htlcs: FORWARD,
        flags: Flags {
            async_out: true,
            delta_out: true,
            close_out: true,
            tell_forwards: true,
            block_in: true,
            ..SYNC
        },
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_blocked_archived",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            async_manager: true,
            delta_in: true,
            close_in: true,
            archival: true,
            block_in: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_delta",
        htlcs: ONE_UNSENT,
        flags: Flags {
            async_out: true,
            async_manager: true,
            delta_out: true,
            close_out: true,
            archival: true,
            ..SYNC
        },
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_closing",
        htlcs: TWO_PARTS,
        flags: Flags { close_out: true, ..SYNC },
        budget: Budget { crashes: 1, skips: 1, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_delta_archived",
        htlcs: TWO_PARTS,
        flags: Flags { async_out: true, delta_out: true, close_out: true, archival: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_unsent",
        htlcs: FORWARD_AND_UNSENT,
        flags: Flags { close_out: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_closing",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags {
            async_out: true,
            delta_out: true,
            close_out: true,
            close_in: true,
            archival: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_told",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags {
            async_out: true,
            async_in: true,
            close_out: true,
            tell_forwards: true,
            block_in: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_claim_message_delta",
        htlcs: ONE_PAYMENT,
        flags: Flags {
            async_out: true,
            async_manager: true,
            delta_out: true,
            close_out: true,
            archival: true,
            claim_messages: true,
            ..SYNC
        },
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_claim_message",
        htlcs: ONE_UNSENT,
        flags: Flags { async_out: true, close_out: true, claim_messages: true, ..SYNC },
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_claim_message",
        htlcs: TWO_PARTS,
        flags: Flags { async_out: true, claim_messages: true, ..SYNC },
        budget: Budget { crashes: 1, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_claim_message",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags { claim_messages: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_claim_message_blocked",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            delta_in: true,
            close_in: true,
            archival: true,
            tell_forwards: true,
            block_in: true,
            claim_messages: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_claim_message",
        htlcs: TRAMPOLINE,
        flags: Flags { async_in: true, close_in: true, claim_messages: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_builds",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, builds: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_builds",
        htlcs: TWO_PARTS,
        flags: Flags { async_out: true, builds: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_builds",
        htlcs: ONE_UNSENT,
        flags: Flags { async_out: true, close_out: true, builds: true, ..SYNC },
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_builds_closing",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags { async_out: true, close_out: true, builds: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_builds_closing",
        htlcs: ONE_PAYMENT,
        flags: Flags {
            async_out: true,
            async_manager: true,
            delta_out: true,
            close_out: true,
            archival: true,
            claim_messages: true,
            builds: true,
            ..SYNC
        },
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_builds_blocked",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            delta_in: true,
            close_in: true,
            archival: true,
            tell_forwards: true,
            block_in: true,
            claim_messages: true,
            builds: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_builds_three_crashes",
        htlcs: FORWARD,
        flags: Flags { builds: true, ..SYNC },
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_builds_three_crashes",
        htlcs: ONE_PAYMENT,
        flags: Flags {
            async_manager: true,
            delta_out: true,
            close_out: true,
            builds: true,
            ..SYNC
        },
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_builds_both",
        htlcs: FORWARD,
        flags: Flags { delta_out: true, close_out: true, close_in: true, builds: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_builds",
        htlcs: TRAMPOLINE,
        flags: Flags { async_in: true, close_in: true, builds: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "received_delta",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags { async_in: true, delta_in: true, close_in: true, archival: true, ..SYNC },
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 0, refusals: 0 },
        ..NIGHTLY
    },
    Scenario {
        name: "received_slow_manager",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags { async_in: true, async_manager: true, close_in: true, ..SYNC },
        writes: 2,
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "received_three_crashes",
        htlcs: RECEIVED,
        flags: Flags {
            async_in: true,
            async_manager: true,
            close_in: true,
            archival: true,
            builds: true,
            ..SYNC
        },
        writes: 2,
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_received_closing",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags { async_in: true, close_in: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_received_two_writes",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags { async_in: true, delta_in: true, tell_forwards: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_received_out",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_notices_both",
        htlcs: FORWARD,
        flags: Flags {
            async_out: true,
            async_in: true,
            close_out: true,
            close_in: true,
            archival: true,
            notices: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_notices_faulty",
        htlcs: ONE_PAYMENT,
        flags: Flags {
            async_out: true,
            async_manager: true,
            delta_out: true,
            close_out: true,
            archival: true,
            notices: true,
            ..SYNC
        },
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_notices_archived",
        htlcs: ONE_UNSENT,
        flags: Flags { async_out: true, close_out: true, archival: true, notices: true, ..SYNC },
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_notices",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags { async_out: true, close_out: true, notices: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_notices_blocked",
        htlcs: FORWARD,
        flags: Flags {
            async_in: true,
            delta_in: true,
            close_in: true,
            tell_forwards: true,
            block_in: true,
            claim_messages: true,
            notices: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_notices_builds",
        htlcs: ONE_PAYMENT,
        flags: Flags { async_out: true, close_out: true, builds: true, notices: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "received_notices",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags { async_in: true, close_in: true, archival: true, notices: true, ..SYNC },
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_notices",
        htlcs: TWO_PAYMENTS,
        flags: Flags { close_out: true, notices: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_retried_notices",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags { async_out: true, close_out: true, notices: true, ..SYNC },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_retried_slow_manager",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags {
            async_out: true,
            async_manager: true,
            close_out: true,
            archival: true,
            ..SYNC
        },
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_retried_two_crashes",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags {
            async_out: true,
            delta_out: true,
            close_out: true,
            claim_messages: true,
            ..SYNC
        },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unmade_notices",
        htlcs: ONE_UNMADE,
        flags: Flags {
            async_out: true,
            async_manager: true,
            close_out: true,
            archival: true,
            notices: true,
            ..SYNC
        },
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unmade_builds",
        htlcs: ONE_UNMADE,
        flags: Flags { async_out: true, close_out: true, builds: true, ..SYNC },
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_and_unmade",
        htlcs: PAYMENT_AND_UNMADE,
        flags: Flags { close_out: true, ..SYNC },
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_closing_async_skip",
        htlcs: TWO_PAYMENTS,
        flags: Flags { async_out: true, close_out: true, ..SYNC },
        budget: Budget { crashes: 1, skips: 1, rescans: 0, refusals: 0 },
        ..LONG
    },
];
