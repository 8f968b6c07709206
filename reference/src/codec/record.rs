//! The numbers of records. Where LDK has a record for the same thing, the number is LDK's; those
//! from 100 on are this crate's. Even numbers are for what a reader must not miss.

/// Monitor: there if the mode is on. Even, so that a build that does not know the mode refuses
/// (`UPG-1`).
pub const MONITOR_MODE: u64 = 2;
/// Monitor: spends of HTLC outputs that were seen.
pub const MONITOR_SPENDS: u64 = 3;
/// Monitor: the events of one whose mode is on.
pub const MONITOR_EVENTS: u64 = 4;
/// Monitor: the events of one whose mode is off.
pub const MONITOR_LEGACY_EVENTS: u64 = 5;
/// Monitor: its channel.
pub const MONITOR_CHANNEL_ID: u64 = 19;
/// Monitor: there if the archival clock runs.
pub const MONITOR_ARCHIVAL_CLOCK: u64 = 21;
/// Monitor: the id of the last update applied.
pub const MONITOR_UPDATE_ID: u64 = 100;
/// Monitor: the height of the best block.
pub const MONITOR_BEST_BLOCK: u64 = 102;
/// Monitor: how many HTLCs each side has offered.
pub const MONITOR_OFFERED: u64 = 104;
/// Monitor: the HTLCs.
pub const MONITOR_HTLCS: u64 = 106;
/// Monitor: there if it is in lockdown.
pub const MONITOR_LOCKDOWN: u64 = 108;
/// Monitor: the commitment that confirmed.
pub const MONITOR_COMMITMENT: u64 = 110;
/// Monitor: there if that is final.
pub const MONITOR_FINAL: u64 = 112;

/// HTLC and event: the payment hash.
pub const HTLC_PAYMENT_HASH: u64 = 0;
/// HTLC and event: the source.
pub const HTLC_SOURCE: u64 = 2;
/// HTLC and event: the amount, in thousandths of a satoshi.
pub const HTLC_AMOUNT_MSAT: u64 = 7;
/// Event: the resolution. HTLC: that of the removal which is signed.
pub const HTLC_RESOLUTION: u64 = 9;
/// HTLC and event: its name on the channel.
pub const HTLC_ID: u64 = 100;
/// HTLC: there if it is irrevocably removed.
pub const HTLC_REMOVED: u64 = 102;

/// Resolution: claimed, with the preimage behind it.
pub const RESOLUTION_CLAIMED: u8 = 1;
/// Resolution: failed.
pub const RESOLUTION_FAILED: u8 = 3;

/// Source: a part of an own payment.
pub const SOURCE_PART: u64 = 100;
/// Source: the part that a retry replaces.
pub const SOURCE_RETRY_OF: u64 = 101;
/// Source: the previous hops of a forward.
pub const SOURCE_HOPS: u64 = 102;

/// Update: its id.
pub const UPDATE_ID: u64 = 0;
/// Update: a commitment without an HTLC is signed.
pub const STEP_SIGN_REMOVAL: u64 = 100;
/// Update: a commitment with a new HTLC of ours is signed.
pub const STEP_OFFER_HTLC: u64 = 102;
/// Update: the last commitment with an HTLC is revoked.
pub const STEP_REVOCATION: u64 = 104;
/// Update: the channel is closed.
pub const STEP_FORCE_CLOSED: u64 = 106;
/// Update: a new HTLC of the peer's is committed.
pub const STEP_RECEIVE_HTLC: u64 = 108;

/// Manager: own payments.
pub const MANAGER_PAYMENTS: u64 = 3;
/// Manager: payments received.
pub const MANAGER_RECEIVED: u64 = 5;
/// Manager: channels.
pub const MANAGER_CHANNELS: u64 = 100;
/// Manager: forwards.
pub const MANAGER_FORWARDS: u64 = 102;
/// Manager: user events.
pub const MANAGER_EVENTS: u64 = 104;

/// Channel: there if it is open.
pub const CHANNEL_OPEN: u64 = 0;
/// Channel: the id of the last update that was generated.
pub const CHANNEL_UPDATE_ID: u64 = 2;
/// Channel: updates in flight.
pub const CHANNEL_IN_FLIGHT: u64 = 4;
/// Channel: blocked updates.
pub const CHANNEL_BLOCKED: u64 = 6;
/// Channel: inbound HTLCs.
pub const CHANNEL_INBOUND: u64 = 8;

/// Inbound HTLC: the payment hash.
pub const INBOUND_PAYMENT_HASH: u64 = 0;
/// Inbound HTLC: the amount, in thousandths of a satoshi.
pub const INBOUND_AMOUNT_MSAT: u64 = 2;
/// Inbound HTLC: how far it has come.
pub const INBOUND_STATE: u64 = 4;
/// Inbound HTLC: the forward that it belongs to.
pub const INBOUND_FORWARD: u64 = 6;

/// Payment: its hash.
pub const PAYMENT_HASH: u64 = 0;
/// Payment: its parts.
pub const PAYMENT_PARTS: u64 = 2;

/// Part: its channel.
pub const PART_CHANNEL: u64 = 0;
/// Part: its amount, in thousandths of a satoshi.
pub const PART_AMOUNT_MSAT: u64 = 2;
/// Part: how far it has come.
pub const PART_STATE: u64 = 4;
/// Part: the part that it replaces.
pub const PART_RETRY_OF: u64 = 6;
/// Part: the channel by which it is tried once more.
pub const PART_RETRY_BY: u64 = 8;

/// Forward: the channel by which it leaves.
pub const FORWARD_CHANNEL: u64 = 0;
/// Forward: the amount that leaves, in thousandths of a satoshi.
pub const FORWARD_AMOUNT_MSAT: u64 = 2;
/// Forward: its hash.
pub const FORWARD_PAYMENT_HASH: u64 = 4;
/// Forward: its previous hops.
pub const FORWARD_HOPS: u64 = 6;
/// Forward: what the user is told of it.
pub const FORWARD_TELLING: u64 = 8;

/// Payment received: its parts.
pub const RECEIVED_PARTS: u64 = 0;
/// Payment received: what the user is told of its claim.
pub const RECEIVED_TELLING: u64 = 2;

/// User event: a payment was sent.
pub const EVENT_PAYMENT_SENT: u64 = 2;
/// User event: a payment failed.
pub const EVENT_PAYMENT_FAILED: u64 = 4;
/// User event: a forward was claimed; its previous hops.
pub const EVENT_PAYMENT_FORWARDED: u64 = 8;
/// User event: a payment received can be claimed.
pub const EVENT_PAYMENT_CLAIMABLE: u64 = 10;
/// User event: a payment received was claimed.
pub const EVENT_PAYMENT_CLAIMED: u64 = 20;
/// User event: the channel by which a forward left, and its fee.
pub const EVENT_FORWARDED_BY: u64 = 100;
