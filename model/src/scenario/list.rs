//! The list.

use super::Flag::*;
use super::{
    Class, FORWARD, FORWARD_AND_PAYMENT, FORWARD_AND_RECEIVED, FORWARD_AND_UNSENT, Flags,
    HOPS_ON_TWO_CHANNELS, NO_HTLCS, ONE_PAYMENT, ONE_UNMADE, ONE_UNSENT, ONE_UNSENT_FORWARD,
    PARTS_BY_TWO_CHANNELS, PAYMENT_AND_RETRY, PAYMENT_AND_UNMADE, PAYMENT_AND_UNSENT,
    PAYMENT_AND_UNSENT_FORWARD, RECEIVED, RECEIVED_IN_PARTS, RECEIVED_ON_TWO_CHANNELS,
    RETRY_BESIDE_PAYMENT, Scenario, THREE_PAYMENTS, TRAMPOLINE, TWO_FORWARDS, TWO_PARTS,
    TWO_PAYMENTS,
};
use crate::state::Budget;

const fn crashes(crashes: u8) -> Budget {
    Budget { crashes, skips: 0, rescans: 0, refusals: 0 }
}

/// What most scenarios of a class have in common: one write in flight.
const QUICK: Scenario = Scenario {
    name: "",
    class: Class::Quick,
    htlcs: &[],
    flags: Flags::of(&[]),
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
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_offchain_async",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, AsyncIn]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_closing_both",
        htlcs: FORWARD,
        flags: Flags::of(&[CloseOut, CloseIn]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_closing_in_async",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, CloseIn]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "two_payments_async",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "two_payments_closing",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[CloseOut]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_closing_async_faulty",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..QUICK
    },
    Scenario {
        name: "payment_slow_manager",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, CloseOut]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "two_payments_two_writes",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut]),
        writes: 2,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_and_payment_async",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags::of(&[AsyncOut]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "two_forwards_two_writes_in",
        htlcs: TWO_FORWARDS,
        flags: Flags::of(&[AsyncIn]),
        writes: 2,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_slow_manager",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, AsyncManager, CloseIn]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_closing_async_faulty",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 0 },
        ..QUICK
    },
    Scenario {
        name: "payment_delta_closing",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, DeltaOut, CloseOut]),
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 0 },
        ..QUICK
    },
    Scenario {
        name: "two_payments_delta",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut, DeltaOut]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_delta_both",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, AsyncIn, DeltaOut, DeltaIn]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_archived",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, CloseOut, Archival]),
        budget: Budget { crashes: 2, skips: 0, rescans: 1, refusals: 0 },
        ..QUICK
    },
    Scenario {
        name: "forward_archived_in",
        htlcs: FORWARD,
        flags: Flags::of(&[CloseIn, Archival]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_unsent",
        htlcs: ONE_UNSENT,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        writes: 2,
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_and_unsent",
        htlcs: PAYMENT_AND_UNSENT,
        flags: Flags::of(&[CloseOut]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_of_two_parts",
        htlcs: TWO_PARTS,
        flags: Flags::of(&[AsyncOut]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_unsent",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags::of(&[AsyncOut, CloseOut]),
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
        flags: Flags::of(&[AsyncIn, CloseIn, TellForwards]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_blocked",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, CloseIn, BlockIn]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "two_forwards_blocked",
        htlcs: TWO_FORWARDS,
        flags: Flags::of(&[BlockIn]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_claim_message",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, CloseOut, ClaimMessages]),
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..QUICK
    },
    Scenario {
        name: "forward_claim_message",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, CloseIn, TellForwards, ClaimMessages]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "received",
        htlcs: RECEIVED,
        flags: Flags::of(&[AsyncIn, CloseIn]),
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..QUICK
    },
    Scenario {
        name: "received_in_parts",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags::of(&[AsyncIn, CloseIn]),
        writes: 2,
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_and_received",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags::of(&[AsyncIn]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "received_archived",
        htlcs: RECEIVED,
        flags: Flags::of(&[AsyncIn, CloseIn, Archival]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_unmade",
        htlcs: ONE_UNMADE,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_retried",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "retry_beside_payment",
        htlcs: RETRY_BESIDE_PAYMENT,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_notices",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, CloseOut, Archival, Notices]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_notices_two_writes",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, CloseOut, Notices]),
        writes: 2,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "forward_notices",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, CloseIn, Notices]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_unsent_notices",
        htlcs: ONE_UNSENT,
        flags: Flags::of(&[AsyncOut, CloseOut, Notices]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "unused_channel",
        htlcs: NO_HTLCS,
        flags: Flags::of(&[AsyncOut, CloseOut, Archival, Notices]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_builds",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, Builds]),
        budget: crashes(3),
        ..QUICK
    },
    Scenario {
        name: "payment_builds_delta",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[DeltaOut, CloseOut, Archival, Builds]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_builds",
        htlcs: FORWARD,
        flags: Flags::of(&[CloseIn, TellForwards, Builds]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_unsent_builds",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags::of(&[Builds]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "trampoline",
        htlcs: TRAMPOLINE,
        flags: Flags::of(&[AsyncIn, CloseIn]),
        writes: 2,
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "trampoline_elsewhere",
        htlcs: HOPS_ON_TWO_CHANNELS,
        flags: Flags::of(&[CloseIn]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "received_elsewhere",
        htlcs: RECEIVED_ON_TWO_CHANNELS,
        flags: Flags::of(&[AsyncIn, CloseIn]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "received_elsewhere_archived",
        htlcs: RECEIVED_ON_TWO_CHANNELS,
        flags: Flags::of(&[CloseIn, Archival]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "payment_deferred",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, CloseOut, Archival, Notices, Deferred]),
        budget: Budget { crashes: 1, skips: 1, rescans: 0, refusals: 0 },
        ..QUICK
    },
    Scenario {
        name: "two_payments_deferred",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut, Deferred]),
        writes: 2,
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "payment_unsent_deferred",
        htlcs: ONE_UNSENT,
        flags: Flags::of(&[DeltaOut, CloseOut, Notices, Deferred]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_deferred",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, CloseIn, TellForwards, Notices, Deferred]),
        budget: crashes(1),
        ..QUICK
    },
    Scenario {
        name: "received_deferred",
        htlcs: RECEIVED,
        flags: Flags::of(&[AsyncIn, AsyncManager, CloseIn, Archival, Deferred]),
        budget: crashes(2),
        ..QUICK
    },
    Scenario {
        name: "forward_deferred_both",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, CloseOut, CloseIn, Archival, Notices, Deferred]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_closing_in",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags::of(&[CloseIn]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_closing_both_async",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, AsyncIn, CloseOut, CloseIn]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_closing_async",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_delta_two_crashes",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut, DeltaOut]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_delta_closing",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[DeltaOut, CloseOut]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_delta_closing_in",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags::of(&[DeltaOut, DeltaIn, CloseIn]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_delta_closing_async",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut, DeltaOut, CloseOut]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_closing_two_crashes",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[CloseOut]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_three_crashes",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, CloseOut]),
        writes: 2,
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_in_faulty",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, AsyncManager, DeltaIn, CloseIn]),
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 0 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_refused",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags::of(&[AsyncIn, DeltaIn, CloseIn]),
        budget: Budget { crashes: 1, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_delta_slow_manager",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, DeltaOut, CloseOut]),
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_delta_closing_both",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, AsyncIn, DeltaOut, DeltaIn, CloseOut, CloseIn]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_archived_both",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, AsyncIn, CloseOut, CloseIn, Archival]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_archived_delta",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, DeltaOut, CloseOut, Archival]),
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_archived_faulty",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, AsyncManager, DeltaIn, CloseIn, Archival]),
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 0 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_archived",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags::of(&[CloseIn, Archival]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_told_both",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, DeltaOut, CloseOut, CloseIn, TellForwards]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_told_faulty",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, AsyncManager, DeltaIn, CloseIn, Archival, TellForwards]),
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_closing_both",
        htlcs: TRAMPOLINE,
        flags: Flags::of(&[CloseOut, CloseIn, TellForwards]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_blocked_archived",
        htlcs: TRAMPOLINE,
        flags: Flags::of(&[AsyncIn, DeltaIn, CloseIn, Archival, BlockIn]),
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_forwards_blocked_async",
        htlcs: TWO_FORWARDS,
        flags: Flags::of(&[AsyncIn, BlockIn]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_forwards_blocked_closing",
        htlcs: TWO_FORWARDS,
        flags: Flags::of(&[CloseIn, BlockIn]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_blocked_faulty",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, DeltaOut, CloseOut, TellForwards, BlockIn]),
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_blocked_archived",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncIn, AsyncManager, DeltaIn, CloseIn, Archival, BlockIn]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_delta",
        htlcs: ONE_UNSENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, DeltaOut, CloseOut, Archival]),
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_closing",
        htlcs: TWO_PARTS,
        flags: Flags::of(&[CloseOut]),
        budget: Budget { crashes: 1, skips: 1, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_delta_archived",
        htlcs: TWO_PARTS,
        flags: Flags::of(&[AsyncOut, DeltaOut, CloseOut, Archival]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_unsent",
        htlcs: FORWARD_AND_UNSENT,
        flags: Flags::of(&[CloseOut]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_closing",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags::of(&[AsyncOut, DeltaOut, CloseOut, CloseIn, Archival]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_told",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags::of(&[AsyncOut, AsyncIn, CloseOut, TellForwards, BlockIn]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_claim_message_delta",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, DeltaOut, CloseOut, Archival, ClaimMessages]),
        budget: Budget { crashes: 1, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_claim_message",
        htlcs: ONE_UNSENT,
        flags: Flags::of(&[AsyncOut, CloseOut, ClaimMessages]),
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_claim_message",
        htlcs: TWO_PARTS,
        flags: Flags::of(&[AsyncOut, ClaimMessages]),
        budget: Budget { crashes: 1, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_payment_claim_message",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags::of(&[ClaimMessages]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_claim_message_blocked",
        htlcs: FORWARD,
        flags: Flags::of(&[
            AsyncIn,
            DeltaIn,
            CloseIn,
            Archival,
            TellForwards,
            BlockIn,
            ClaimMessages,
        ]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_claim_message",
        htlcs: TRAMPOLINE,
        flags: Flags::of(&[AsyncIn, CloseIn, ClaimMessages]),
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_builds",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut, Builds]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "two_parts_builds",
        htlcs: TWO_PARTS,
        flags: Flags::of(&[AsyncOut, Builds]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_builds",
        htlcs: ONE_UNSENT,
        flags: Flags::of(&[AsyncOut, CloseOut, Builds]),
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_builds_closing",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags::of(&[AsyncOut, CloseOut, Builds]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_builds_closing",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[
            AsyncOut,
            AsyncManager,
            DeltaOut,
            CloseOut,
            Archival,
            ClaimMessages,
            Builds,
        ]),
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "forward_builds_blocked",
        htlcs: FORWARD,
        flags: Flags::of(&[
            AsyncIn,
            DeltaIn,
            CloseIn,
            Archival,
            TellForwards,
            BlockIn,
            ClaimMessages,
            Builds,
        ]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_builds_three_crashes",
        htlcs: FORWARD,
        flags: Flags::of(&[Builds]),
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_builds_three_crashes",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncManager, DeltaOut, CloseOut, Builds]),
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_builds_both",
        htlcs: FORWARD,
        flags: Flags::of(&[DeltaOut, CloseOut, CloseIn, Builds]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "trampoline_builds",
        htlcs: TRAMPOLINE,
        flags: Flags::of(&[AsyncIn, CloseIn, Builds]),
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "received_delta",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags::of(&[AsyncIn, DeltaIn, CloseIn, Archival]),
        writes: 2,
        budget: Budget { crashes: 2, skips: 1, rescans: 0, refusals: 0 },
        ..NIGHTLY
    },
    Scenario {
        name: "received_slow_manager",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags::of(&[AsyncIn, AsyncManager, CloseIn]),
        writes: 2,
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "received_three_crashes",
        htlcs: RECEIVED,
        flags: Flags::of(&[AsyncIn, AsyncManager, CloseIn, Archival, Builds]),
        writes: 2,
        budget: crashes(3),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_received_closing",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags::of(&[AsyncIn, CloseIn]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_received_two_writes",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags::of(&[AsyncIn, DeltaIn, TellForwards]),
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_and_received_out",
        htlcs: FORWARD_AND_RECEIVED,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_notices_both",
        htlcs: FORWARD,
        flags: Flags::of(&[AsyncOut, AsyncIn, CloseOut, CloseIn, Archival, Notices]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_notices_faulty",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncManager, DeltaOut, CloseOut, Archival, Notices]),
        budget: Budget { crashes: 2, skips: 1, rescans: 1, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unsent_notices_archived",
        htlcs: ONE_UNSENT,
        flags: Flags::of(&[AsyncOut, CloseOut, Archival, Notices]),
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_unsent_notices",
        htlcs: ONE_UNSENT_FORWARD,
        flags: Flags::of(&[AsyncOut, CloseOut, Notices]),
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "forward_notices_blocked",
        htlcs: FORWARD,
        flags: Flags::of(&[
            AsyncIn,
            DeltaIn,
            CloseIn,
            TellForwards,
            BlockIn,
            ClaimMessages,
            Notices,
        ]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_notices_builds",
        htlcs: ONE_PAYMENT,
        flags: Flags::of(&[AsyncOut, CloseOut, Builds, Notices]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "received_notices",
        htlcs: RECEIVED_IN_PARTS,
        flags: Flags::of(&[AsyncIn, CloseIn, Archival, Notices]),
        writes: 2,
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_notices",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[CloseOut, Notices]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_retried_notices",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags::of(&[AsyncOut, CloseOut, Notices]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_retried_slow_manager",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags::of(&[AsyncOut, AsyncManager, CloseOut, Archival]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_retried_two_crashes",
        htlcs: PAYMENT_AND_RETRY,
        flags: Flags::of(&[AsyncOut, DeltaOut, CloseOut, ClaimMessages]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unmade_notices",
        htlcs: ONE_UNMADE,
        flags: Flags::of(&[AsyncOut, AsyncManager, CloseOut, Archival, Notices]),
        budget: Budget { crashes: 2, skips: 0, rescans: 0, refusals: 1 },
        ..NIGHTLY
    },
    Scenario {
        name: "payment_unmade_builds",
        htlcs: ONE_UNMADE,
        flags: Flags::of(&[AsyncOut, CloseOut, Builds]),
        writes: 2,
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_and_unmade",
        htlcs: PAYMENT_AND_UNMADE,
        flags: Flags::of(&[CloseOut]),
        budget: crashes(2),
        ..NIGHTLY
    },
    Scenario {
        name: "payment_parts_elsewhere",
        htlcs: PARTS_BY_TWO_CHANNELS,
        flags: Flags::of(&[CloseOut]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "three_payments",
        htlcs: THREE_PAYMENTS,
        flags: Flags::of(&[]),
        budget: crashes(1),
        ..NIGHTLY
    },
    Scenario {
        name: "two_payments_closing_async_skip",
        htlcs: TWO_PAYMENTS,
        flags: Flags::of(&[AsyncOut, CloseOut]),
        budget: Budget { crashes: 1, skips: 1, rescans: 0, refusals: 0 },
        ..LONG
    },
    Scenario {
        name: "forward_and_payment_closing_both_async",
        htlcs: FORWARD_AND_PAYMENT,
        flags: Flags::of(&[AsyncOut, AsyncIn, CloseOut, CloseIn]),
        budget: crashes(1),
        ..LONG
    },
];
