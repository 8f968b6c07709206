//! Mutants: the protocol with one rule broken, and the guarantee that notices.

use crate::departure::{Departure, manager, monitor, restart, upgrade, watch};
use crate::names;

/// A protocol with a rule broken: a departure, the guarantee that kills it, and a scenario in which
/// it dies.
pub struct Mutant {
    /// What it does, and which rules it breaks.
    pub departure: &'static Departure,
    /// The guarantee that kills it.
    pub killed_by: &'static str,
    /// The scenario in which it is run.
    pub scenario: &'static str,
}

/// Finds a mutant by name.
pub fn find(name: &str) -> Option<&'static Mutant> {
    MUTANTS.iter().find(|mutant| mutant.departure.name == name)
}

/// Finds a mutant by the name a person gave.
///
/// # Errors
/// Names the mutants that it may have meant.
pub fn known(name: &str) -> Result<&'static Mutant, String> {
    find(&names::normal(name)).ok_or_else(|| {
        names::unknown("mutant", name, MUTANTS.iter().map(|m| m.departure.name), "rules")
    })
}

const fn dies(
    departure: &'static Departure,
    killed_by: &'static str,
    scenario: &'static str,
) -> Mutant {
    Mutant { departure, killed_by, scenario }
}

/// All mutants, in the order of the rules they break.
pub const MUTANTS: &[Mutant] = &[
    dies(&monitor::SKIP_OFFCHAIN_CLAIM, "GUA-1", "forward_offchain_async"),
    dies(&monitor::SKIP_OFFCHAIN_FAIL, "GUA-1", "forward_offchain_async"),
    dies(&monitor::SKIP_HOLDER_OUTPUT_CLAIM, "GUA-1", "forward_closing_both"),
    dies(&monitor::SKIP_COUNTERPARTY_OUTPUT_CLAIM, "GUA-1", "forward_closing_both"),
    dies(&monitor::SKIP_MATURED_TIMEOUT, "GUA-1", "forward_closing_both"),
    dies(&monitor::SKIP_LATE_OFFER, "GUA-1", "payment_unsent"),
    dies(&monitor::SCAN_PENDING_ONLY_OFFCHAIN_CLAIM, "GUA-4", "payment_closing_async_faulty"),
    dies(&monitor::SCAN_PENDING_ONLY_OFFCHAIN_FAIL, "GUA-4", "payment_closing_async_faulty"),
    dies(&monitor::SCAN_PENDING_ONLY_HOLDER_OUTPUT, "GUA-4", "payment_closing_async_faulty"),
    dies(&monitor::SCAN_PENDING_ONLY_COUNTERPARTY_OUTPUT, "GUA-4", "payment_closing_async_faulty"),
    dies(&monitor::SCAN_PENDING_ONLY_MATURED_TIMEOUT, "GUA-4", "payment_closing_async_faulty"),
    dies(&monitor::FAIL_KNOWN_PREIMAGE, "GUA-3", "payment_closing_async_faulty"),
    dies(&monitor::FAIL_BEFORE_REVOCATION, "GUA-9", "forward_closing_out_async"),
    dies(&monitor::RELEASE_FORGETS, "GUA-1", "payment_slow_manager"),
    dies(&monitor::FORGET_PROVIDED, "GUA-1", "payment_slow_manager"),
    dies(&monitor::LOAD_AS_PROVIDED, "GUA-1", "payment_slow_manager"),
    dies(&monitor::ACK_PREFIX, "GUA-8", "two_payments_async"),
    dies(&monitor::ACK_SWAPS, "GUA-1", "three_payments"),
    dies(&monitor::BROADCAST_EARLY, "GUA-2", "forward_closing_out_async"),
    dies(&monitor::SILENT_REPLAY, "GUA-3", "payment_delta_closing"),
    dies(&watch::RELEASE_EARLY, "GUA-2", "forward_closing_out_async"),
    dies(&monitor::SKIP_RECORD, "GUA-6", "payment_archived"),
    dies(&monitor::KEEP_CLOCK, "GUA-7", "payment_archived"),
    dies(&watch::ARCHIVE_PROVIDED, "GUA-3", "payment_archived"),
    dies(&watch::ARCHIVE_UNDER_WRITE, "GUA-6", "payment_archived"),
    dies(&watch::ARCHIVE_UNDER_NOTICE, "GUA-6", "payment_notices"),
    dies(&watch::ARCHIVE_OVER_DEFERRED, "GUA-7", "payment_deferred"),
    dies(&watch::LEAVE_ACKED, "GUA-6", "forward_closing_both"),
    dies(&manager::ACK_ON_RECEIPT, "GUA-3", "payment_slow_manager"),
    dies(&manager::ACK_WHEN_QUEUED, "GUA-3", "payment_slow_manager"),
    dies(&manager::ACK_FORWARD_CLAIM_SUBMITTED, "GUA-3", "forward_offchain_async"),
    dies(&manager::ACK_FORWARD_FAIL_QUEUED, "GUA-3", "forward_offchain_async"),
    dies(&manager::ACK_FORWARD_FAIL_SENT, "GUA-3", "forward_offchain_async"),
    dies(&manager::ACK_CLOSED_CLAIM_SUBMITTED, "GUA-3", "forward_closing_in_async"),
    dies(&manager::KEEP_CLOSED_CLAIM, "GUA-6", "forward_closing_in_async"),
    dies(&manager::KEEP_CLOSED_FAIL, "GUA-6", "forward_closing_in_async"),
    dies(&manager::KEEP_SETTLED, "GUA-6", "payment_slow_manager"),
    dies(&manager::DROP_UNATTACHED, "GUA-6", "payment_claim_message"),
    dies(&manager::APPLY_SETTLED, "GUA-5", "payment_slow_manager"),
    dies(&manager::ACK_BEFORE_MANAGER, "GUA-3", "payment_slow_manager"),
    dies(&manager::COMPLETE_ALL_UPDATES, "GUA-7", "two_payments_two_writes"),
    dies(&manager::SUBMIT_TO_ARCHIVED, "GUA-7", "forward_archived_in"),
    dies(&manager::STRAND_UNSENT, "GUA-1", "payment_unsent"),
    dies(&manager::TELL_APPLIED, "GUA-1", "forward_told"),
    dies(&manager::TELL_AGAIN, "GUA-5", "forward_told"),
    dies(&manager::KEEP_BLOCKED, "GUA-6", "forward_blocked"),
    dies(&manager::WAIT_BEHIND_BLOCKED, "GUA-3", "two_forwards_blocked_closing"),
    dies(&manager::ACK_FIRST_HOP, "GUA-3", "trampoline"),
    dies(&manager::ACK_FIRST_CHANNEL, "GUA-3", "trampoline_elsewhere"),
    dies(&manager::SEND_EVERY_PART, "GUA-5", "payment_of_two_parts"),
    dies(&manager::SEND_WITH_LAST_PART, "GUA-3", "payment_of_two_parts"),
    dies(&manager::FAIL_WITH_FIRST_PART, "GUA-2", "payment_of_two_parts"),
    dies(&manager::FAIL_WITH_CHANNEL, "GUA-2", "payment_parts_elsewhere"),
    dies(&manager::HANDLE_COPY, "GUA-6", "payment_claim_message"),
    dies(&restart::DROP_BLOCKED_BY_ID, "GUA-7", "two_forwards_blocked"),
    dies(&manager::TELL_CLAIM_EARLY, "GUA-2", "received"),
    dies(&manager::REVOKE_UNTOLD, "GUA-1", "received"),
    dies(&manager::FAIL_WHILE_CLOSING, "GUA-2", "payment_unsent_notices"),
    dies(&manager::WRITE_EVENT_IDS, "GUA-8", "two_payments_closing"),
    dies(&manager::FORGET_DUE_ACKS, "GUA-6", "forward_closing_both"),
    dies(&manager::AWAIT_CHANGES, "GUA-6", "payment_claim_message"),
    dies(&restart::KEEP_STALE_CHANNEL, "GUA-7", "payment_slow_manager"),
    dies(&restart::FORGET_MISSING_UPDATES, "GUA-7", "forward_offchain_async"),
    dies(&restart::UNLIST_IN_FLIGHT_AT_LOAD, "GUA-7", "forward_offchain_async"),
    dies(&restart::GENERATE_CLOSE_IN_BACKGROUND, "GUA-1", "payment_slow_manager"),
    dies(&restart::FAIL_UNLISTED, "GUA-2", "two_payments_async"),
    dies(&restart::FORGET_CLOSE, "GUA-6", "forward_closing_in_async"),
    dies(&restart::IGNORE_INBOUND_MONITOR, "GUA-5", "forward_closing_in_async"),
    dies(&restart::REFUSE_ORPHAN_UPDATES, "GUA-7", "payment_archived"),
    dies(&restart::RECREATE_PAYMENTS, "GUA-3", "payment_slow_manager"),
    dies(&restart::STRAND_UNKNOWN, "GUA-1", "payment_and_unsent"),
    dies(&restart::FAIL_KNOWN, "GUA-2", "payment_unsent"),
    dies(&restart::OFFER_KNOWN, "GUA-10", "forward_unsent"),
    dies(&restart::CLAIM_ONE_PART, "GUA-1", "received_in_parts"),
    dies(&restart::CLAIM_CLOSED_PARTS, "GUA-1", "received_elsewhere"),
    dies(&restart::FORGET_PAYMENT, "GUA-3", "payment_unmade"),
    dies(&upgrade::READ_UNKNOWN_MODE, "GUA-1", "payment_builds"),
    dies(&upgrade::DROP_CLAIMS, "GUA-2", "payment_builds"),
    dies(&upgrade::SWITCH_BARE, "GUA-1", "payment_builds"),
    dies(&upgrade::PUSH_AFTER_COMPARING, "GUA-10", "forward_unsent_builds"),
    dies(&upgrade::SWITCH_OFF_LISTED, "GUA-2", "payment_builds"),
    dies(&upgrade::SWITCH_UNWRITTEN, "GUA-2", "payment_builds"),
];
