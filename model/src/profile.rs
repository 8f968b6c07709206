//! Profiles: other designs of the same hand-over, as the differences from SPEC.md that they make.
//!
//! A profile is a list of [`Difference`]s; each overrides a decision of [`Protocol`] as a mutant
//! does, and [`Design`] puts them together. Whatever no difference speaks of is as in SPEC.md: so
//! a violation under a profile is a violation of the *model* of that design, and the page of the
//! finding says how sure we are of the design itself. How writes behave (synchronous or not) is
//! part of a scenario, never of a profile.

mod design;
pub mod difference;

pub use design::Design;
pub use difference::Difference;

use crate::mechanism::{self, Setting};
use crate::protocol::{Protocol, Spec};
use difference as d;

/// A design.
pub struct Profile {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub story: &'static str,
    /// Where it departs from SPEC.md.
    pub differences: &'static [&'static Difference],
    /// Its decisions.
    pub protocol: &'static dyn Protocol,
    /// What of the design the core cannot say yet, so that no verdict here is about it.
    pub unsaid: &'static [&'static str],
    /// Which mechanisms were set on top of the profile of that name; none in [`PROFILES`].
    pub set: &'static [Setting],
}

// What of upstream's designs the core leaves out.
const TIMEOUT_UNSCANNED: &str = "a matured timeout is pushed without a scan of the lists; what the \
     chain shows again is skipped by transaction id instead, which comes to the same in the core";
const HTLCS_UNSEEN: &str =
    "HTLCs offered in a blocked update, `PaymentPathFailed`, retries, early fails";
const PAYMENTS_FORGOTTEN: &str = "payments that an older Manager never knew, deferred writes";
const NOTICES_STORED: &str =
    "notices are stored until they are dispatched (here they only take an id)";

const MARCH: &[&Difference] = &[
    &d::NO_HOLD_BACK,
    &d::OWN_WRITES_UNTRACKED,
    &d::HOLDER_OUTPUT_SCANS_PENDING,
    &d::BROADCAST_FROM_MEMORY,
    &d::RECORD_SKIPPED,
    &d::ARCHIVES_PROVIDED,
    &d::ARCHIVES_WHILE_WRITING,
    &d::ARCHIVES_UNUSED,
    &d::CLAIM_ACKED_AT_PREIMAGE,
    &d::TOLD_ON_COMPLETION,
    &d::ARCHIVED_CLAIM_SUBMITTED,
    &d::ACK_UNORDERED,
    &d::ORPHANS_REFUSED,
    &d::CLAIM_TOLD_AGAIN,
    &d::FAILED_WHILE_CLOSING,
    &d::KNOWN_FORWARD_FAILED,
    &d::DROPPED_BY_ID,
    &d::BLOCKED_ACKS_LOST,
    &d::ACKED_WITH_FIRST_HOP,
    &d::FORWARD_SOURCE_STORED,
    &d::MODE_FIXED,
    &d::NOTICES_NUMBERED,
];

const JUNE: &[&Difference] = &[
    &d::HOLD_BACK_PER_CHANNEL,
    &d::OWN_WRITES_UNTRACKED,
    &d::OFFCHAIN_CLAIM_UNSCANNED,
    &d::BROADCAST_FROM_MEMORY,
    &d::RECORD_SKIPPED,
    &d::ARCHIVES_PROVIDED,
    &d::ARCHIVES_WHILE_WRITING,
    &d::ARCHIVES_UNUSED,
    &d::CLAIM_ACKED_AFTER_USER,
    &d::TOLD_ON_COMPLETION,
    &d::NOT_FOUND_ACKS_AT_ONCE,
    &d::REPEAT_ACKED_WHILE_QUEUED,
    &d::ARCHIVED_CLAIM_SUBMITTED,
    &d::ACK_UNORDERED,
    &d::ORPHANS_REFUSED,
    &d::UNLISTED_FORWARD_FAILED,
    &d::INBOUND_NOT_ADOPTED,
    &d::UNSPENT_RECREATED,
    &d::CLAIM_TOLD_AGAIN,
    &d::FAILED_WHILE_CLOSING,
    &d::UNKNOWN_STRANDED,
    &d::KNOWN_FORWARD_FAILED,
    &d::DROPPED_BY_ID,
    &d::WAITS_FOR_ALL_UPDATES,
    &d::HANDLES_COPY,
    &d::MODE_FIXED,
    &d::NOTICES_NUMBERED,
];

/// All profiles; the first is SPEC.md itself.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "spec",
        story: "The protocol of SPEC.md.",
        differences: &[],
        protocol: &Spec,
        unsaid: &["see SPEC.md, section 8"],
        set: &[],
    },
    Profile {
        name: "march",
        story: "Pull request #4491 of rust-lightning as first described, in March 2026.",
        differences: MARCH,
        protocol: &Design::new(MARCH),
        unsaid: &[
            "off chain it made no events: outcomes came by message, here by event as in SPEC.md",
            "what a load re-derives from Monitors without events (here nothing, RST-4)",
            "whether an ack waits for its own update only or for all of its channel (here its own)",
            TIMEOUT_UNSCANNED,
            HTLCS_UNSEEN,
            PAYMENTS_FORGOTTEN,
            NOTICES_STORED,
        ],
        set: &[],
    },
    Profile {
        name: "june",
        story: "The stack of pull requests up to #4638 of rust-lightning, at e1021bcd1.",
        differences: JUNE,
        protocol: &Design::new(JUNE),
        unsaid: &[TIMEOUT_UNSCANNED, HTLCS_UNSEEN, PAYMENTS_FORGOTTEN, NOTICES_STORED],
        set: &[],
    },
    Profile {
        name: "destructive",
        story: "Release forgets: the hand-over before monitor events were persistent.",
        differences: &[&d::RELEASE_FORGETS],
        protocol: d::RELEASE_FORGETS.protocol,
        unsaid: &["what a load re-derives from Monitors without events (here nothing, RST-4)"],
        set: &[],
    },
];

impl Profile {
    /// Its decisions with some differences repaired: there it keeps SPEC.md.
    pub fn repaired(&self, causes: &'static [&'static Difference]) -> Design {
        Design { differences: self.differences, repaired: causes, probe: None }
    }

    /// The same with some mechanisms set.
    ///
    /// # Errors
    /// If one is set twice.
    pub fn with(&'static self, settings: &[Setting]) -> Result<&'static Profile, String> {
        mechanism::with(self, settings)
    }

    /// Its name, and what was set on top of it.
    pub fn title(&self) -> String {
        let set: Vec<String> = self.set.iter().map(Setting::to_string).collect();
        if set.is_empty() {
            self.name.to_owned()
        } else {
            format!("{} with {}", self.name, set.join(", "))
        }
    }

    /// Whether it is SPEC.md.
    pub fn is_spec(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Finds a profile by name.
pub fn find(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// The profile of SPEC.md.
pub fn spec() -> &'static Profile {
    &PROFILES[0]
}
