//! The list.

use super::{Made, Outline};
use crate::departure::{Departure, manager, monitor, restart, upgrade, watch};

// What of upstream's designs the core leaves out.
const TIMEOUT_UNSCANNED: &str = "a matured timeout is pushed without a scan of the lists; what the \
     chain shows again is skipped by transaction id instead, which comes to the same in the core";
const HTLCS_UNSEEN: &str =
    "HTLCs offered in a blocked update, `PaymentPathFailed`, retries, early fails";
const PAYMENTS_FORGOTTEN: &str = "payments that an older Manager never knew";
const NOTICES_STORED: &str =
    "notices are stored until they are dispatched (here they only take an id)";
const RELOAD_UNSAID: &str =
    "what a load re-derives from Monitors without events (here nothing, RST-4)";

const fn made(departure: &'static Departure, evidence: &'static [&'static str]) -> Made {
    Made { departure, evidence }
}

// What March and June have in common. It was read in the code of June, or in a commit on the way.
const IDS_WRITTEN: Made = made(
    &monitor::IDS_WRITTEN,
    &[
        "chain/channelmonitor.rs::read @6e0b5c5ed",
        "ln/channelmanager.rs::claim_funds_internal @65f58060a",
        "ln/channelmanager.rs::fail_htlc_backwards_internal @9fa1f2812",
    ],
);
const BROADCAST_FROM_MEMORY: Made = made(
    &monitor::BROADCAST_FROM_MEMORY,
    &[
        "chain/channelmonitor.rs::update_monitor @e1021bcd1",
        "chain/chainmonitor.rs::update_channel_internal @e1021bcd1",
    ],
);
const RECORD_SKIPPED: Made = made(
    &monitor::RECORD_SKIPPED,
    &["chain/channelmonitor.rs::is_resolving_htlc_output @e1021bcd1"],
);
const ARCHIVES_PROVIDED: Made = made(
    &watch::ARCHIVES_PROVIDED,
    &["chain/channelmonitor.rs::check_and_update_full_resolution_status @e1021bcd1"],
);
const ARCHIVES_WHILE_WRITING: Made = made(
    &watch::ARCHIVES_WHILE_WRITING,
    &[
        "chain/chainmonitor.rs::archive_fully_resolved_channel_monitors @e1021bcd1",
        "chain/channelmonitor.rs::check_and_update_full_resolution_status @e1021bcd1",
    ],
);
const ARCHIVES_UNUSED: Made = made(
    &watch::ARCHIVES_UNUSED,
    &[
        "chain/channelmonitor.rs::check_and_update_full_resolution_status @e1021bcd1",
        "chain/channelmonitor.rs::is_closed_without_updates @e1021bcd1",
    ],
);
const TOLD_ON_COMPLETION: Made = made(
    &manager::TOLD_ON_COMPLETION,
    &[
        "ln/channelmanager.rs::claim_funds_internal @531368ec4",
        "ln/channelmanager.rs::handle_monitor_update_completion_actions @531368ec4",
    ],
);
const ARCHIVED_CLAIM_SUBMITTED: Made =
    made(&manager::ARCHIVED_CLAIM_SUBMITTED, &["ln/channelmanager.rs::claim_mpp_part @e1021bcd1"]);
const ACK_UNORDERED: Made = made(
    &manager::ACK_UNORDERED,
    &[
        "chain/chainmonitor.rs::ack_monitor_event @e1021bcd1",
        "ln/channelmanager.rs::handle_post_event_actions @f36036e94",
    ],
);
const ORPHANS_REFUSED: Made = made(
    &restart::ORPHANS_REFUSED,
    &["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"],
);
const CLAIM_TOLD_AGAIN: Made = made(
    &restart::CLAIM_TOLD_AGAIN,
    &[
        "ln/channelmanager.rs::from_channel_manager_data @e1021bcd1",
        "chain/channelmonitor.rs::get_stored_preimages @e1021bcd1",
    ],
);
const FAILED_WHILE_CLOSING: Made = made(
    &manager::FAILED_WHILE_CLOSING,
    &[
        "ln/channelmanager.rs::finish_close_channel @e1021bcd1",
        "ln/channel.rs::force_shutdown @e1021bcd1",
    ],
);
const KNOWN_FORWARD_FAILED: Made = made(
    &restart::KNOWN_FORWARD_FAILED,
    &[
        "ln/channelmanager.rs::from_channel_manager_data @e1021bcd1",
        "ln/channel.rs::force_shutdown @e1021bcd1",
    ],
);
const DROPPED_BY_ID: Made = made(
    &restart::DROPPED_BY_ID,
    &[
        "ln/channel.rs::on_startup_drop_completed_blocked_mon_updates_through @e1021bcd1",
        "ln/channel.rs::get_update_fulfill_htlc_and_commit @e1021bcd1",
    ],
);
const MODE_FIXED: Made =
    made(&upgrade::MODE_FIXED, &["chain/chainmonitor.rs::watch_channel_internal @d58e4e0f1"]);
const NOTICES_NUMBERED: Made = made(
    &monitor::NOTICES_NUMBERED,
    &[
        "chain/channelmonitor.rs::push_monitor_event @6e0b5c5ed",
        "chain/chainmonitor.rs::channel_monitor_updated @65c58638d",
    ],
);

/// SPEC.md itself.
pub const SPEC: Outline = Outline {
    name: "spec",
    story: "The protocol of SPEC.md.",
    commit: None,
    base: None,
    adds: &[],
    drops: &[],
    still: &[],
    optional: &[],
    unsaid: &["see docs/bounds.md"],
};

const MARCH: Outline = Outline {
    name: "march",
    story: "Pull request #4491 of rust-lightning as first described, in March 2026.",
    commit: Some("63fc698"),
    adds: &[
        made(
            &watch::NO_HOLD_BACK,
            &["chain/chainmonitor.rs::release_pending_monitor_events @6d68fa5f0"],
        ),
        IDS_WRITTEN,
        made(
            &monitor::HOLDER_OUTPUT_SCANS_PENDING,
            &["chain/channelmonitor.rs::is_resolving_htlc_output @63fc698 (as reviewed)"],
        ),
        BROADCAST_FROM_MEMORY,
        RECORD_SKIPPED,
        ARCHIVES_PROVIDED,
        ARCHIVES_WHILE_WRITING,
        ARCHIVES_UNUSED,
        made(
            &manager::CLAIM_ACKED_AT_PREIMAGE,
            &["ln/channelmanager.rs::handle_monitor_update_completion_actions @63fc698 \
                 (as described)"],
        ),
        TOLD_ON_COMPLETION,
        ARCHIVED_CLAIM_SUBMITTED,
        ACK_UNORDERED,
        ORPHANS_REFUSED,
        CLAIM_TOLD_AGAIN,
        FAILED_WHILE_CLOSING,
        KNOWN_FORWARD_FAILED,
        DROPPED_BY_ID,
        made(
            &manager::BLOCKED_ACKS_LOST,
            &["ln/channel.rs::revoke_and_ack @63fc698 (as reviewed)"],
        ),
        made(
            &manager::ACKED_WITH_FIRST_HOP,
            &["ln/channelmanager.rs::claim_funds_internal @63fc698 (as reviewed)"],
        ),
        made(
            &manager::FORWARD_SOURCE_STORED,
            &[
                "ln/channelmanager.rs::fail_htlc_backwards_internal @63fc698 (as described)",
                "ln/channelmanager.rs::claim_funds_internal @63fc698 (as described)",
            ],
        ),
        MODE_FIXED,
        NOTICES_NUMBERED,
    ],
    unsaid: &[
        "off chain it made no events: outcomes came by message, here by event as in SPEC.md",
        RELOAD_UNSAID,
        "whether an ack waits for its own update only or for all of its channel (here its own)",
        TIMEOUT_UNSCANNED,
        HTLCS_UNSEEN,
        PAYMENTS_FORGOTTEN,
        NOTICES_STORED,
    ],
    ..SPEC
};

const JUNE: Outline = Outline {
    name: "june",
    story: "The stack of pull requests up to #4638 of rust-lightning, at e1021bcd1.",
    commit: Some("e1021bcd1"),
    adds: &[
        made(
            &watch::HOLD_BACK_PER_CHANNEL,
            &[
                "chain/chainmonitor.rs::release_pending_monitor_events @034480753",
                "chain/chainmonitor.rs::update_monitor_with_chain_data @e1021bcd1",
            ],
        ),
        IDS_WRITTEN,
        made(
            &monitor::OFFCHAIN_CLAIM_UNSCANNED,
            &["chain/channelmonitor.rs::update_holder_commitment_data @65f58060a"],
        ),
        BROADCAST_FROM_MEMORY,
        RECORD_SKIPPED,
        ARCHIVES_PROVIDED,
        ARCHIVES_WHILE_WRITING,
        ARCHIVES_UNUSED,
        made(
            &manager::CLAIM_ACKED_AFTER_USER,
            &[
                "ln/channelmanager.rs::handle_monitor_event_htlc_ack @e1021bcd1",
                "ln/channelmanager.rs::handle_post_event_actions @e1021bcd1",
            ],
        ),
        TOLD_ON_COMPLETION,
        made(
            &manager::NOT_FOUND_ACKS_AT_ONCE,
            &[
                "ln/channelmanager.rs::claim_mpp_part @160407d8a",
                "ln/channelmanager.rs::process_forward_htlcs @e1021bcd1",
            ],
        ),
        made(
            &manager::REPEAT_ACKED_WHILE_QUEUED,
            &[
                "ln/channelmanager.rs::claim_funds_internal @65f58060a",
                "ln/channelmanager.rs::fail_htlc_backwards_internal @9fa1f2812",
            ],
        ),
        ARCHIVED_CLAIM_SUBMITTED,
        ACK_UNORDERED,
        ORPHANS_REFUSED,
        made(
            &restart::UNLISTED_FORWARD_FAILED,
            &["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"],
        ),
        made(
            &restart::INBOUND_NOT_ADOPTED,
            &[
                "ln/channelmanager.rs::claim_mpp_part @e1021bcd1",
                "ln/channelmanager.rs::from_channel_manager_data @4c11112eb",
            ],
        ),
        made(
            &restart::UNSPENT_RECREATED,
            &[
                "chain/channelmonitor.rs::get_all_current_outbound_htlcs @e1021bcd1",
                "ln/outbound_payment.rs::insert_from_monitor_on_startup @e1021bcd1",
            ],
        ),
        CLAIM_TOLD_AGAIN,
        FAILED_WHILE_CLOSING,
        made(
            &restart::UNKNOWN_STRANDED,
            &["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"],
        ),
        KNOWN_FORWARD_FAILED,
        DROPPED_BY_ID,
        made(
            &manager::WAITS_FOR_ALL_UPDATES,
            &[
                "ln/channelmanager.rs::try_resume_channel_post_monitor_update @e1021bcd1",
                "ln/channelmanager.rs::handle_monitor_update_completion_actions @e1021bcd1",
            ],
        ),
        made(
            &manager::HANDLES_COPY,
            &[
                "ln/channelmanager.rs::process_events_body @e1021bcd1",
                "ln/channelmanager.rs::claim_funds_internal @e1021bcd1",
                "ln/channelmanager.rs::handle_monitor_event_htlc_ack @e1021bcd1",
            ],
        ),
        MODE_FIXED,
        NOTICES_NUMBERED,
    ],
    optional: &[
        made(
            &restart::UNKNOWN_FORWARD_STRANDED,
            &["ln/channelmanager.rs::from_channel_manager_data @51058bf8c"],
        ),
        made(&watch::WATCH_WRITES, &["chain/chainmonitor.rs::watch_channel_internal @e1021bcd1"]),
        made(
            &restart::QUEUE_LEFT_TO_EVENTS,
            &["ln/channelmanager.rs::from_channel_manager_data @e1021bcd1"],
        ),
        made(
            &monitor::MONITOR_MODE_OFF,
            &[
                "chain/channelmonitor.rs::update_holder_commitment_data @e1021bcd1",
                "chain/channelmonitor.rs::get_and_clear_pending_monitor_events_filtered @e1021bcd1",
            ],
        ),
        made(
            &manager::MANAGER_MODE_OFF,
            &["ln/channelmanager.rs::process_pending_monitor_events @e1021bcd1"],
        ),
        made(
            &upgrade::SWITCHED_BARE,
            &["ln/channelmanager.rs::from_channel_manager_data @51058bf8c"],
        ),
    ],
    unsaid: &[TIMEOUT_UNSCANNED, HTLCS_UNSEEN, PAYMENTS_FORGOTTEN, NOTICES_STORED],
    ..SPEC
};

const DESTRUCTIVE: Outline = Outline {
    name: "destructive",
    story: "Release forgets: the hand-over before monitor events were persistent.",
    commit: Some("bb597ddd0"),
    adds: &[made(
        &monitor::RELEASE_FORGETS,
        &["chain/channelmonitor.rs::get_and_clear_pending_monitor_events @bb597ddd0"],
    )],
    unsaid: &[RELOAD_UNSAID],
    ..SPEC
};

/// All profiles; the first is SPEC.md itself.
pub const OUTLINES: &[Outline] = &[SPEC, MARCH, JUNE, DESTRUCTIVE];
