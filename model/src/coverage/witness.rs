//! Situations that must be reached.

use crate::state::{
    AckStage, Boot, CHANNELS, Fact, HTLCS, INBOUND, Inbound, Mode, NO_HTLC, OUTBOUND, Outcome,
    Source, Stage, State, Status, UpdateKind,
};

/// A situation that some reachable state must show.
pub struct Witness {
    /// Its name.
    pub name: &'static str,
    /// What it shows, for people.
    pub story: &'static str,
    /// Whether a state shows it.
    pub holds: fn(&State) -> bool,
}

fn any_htlc(holds: impl Fn(usize) -> bool) -> bool {
    (0..HTLCS).any(holds)
}

fn is_recorded(s: &State, h: usize) -> bool {
    s.world.record[h] != 0
}

/// A load has listed a close that the manager on disk knows nothing of.
fn is_closing_stale(s: &State, c: usize) -> bool {
    let close = |u: &crate::state::Update| u.kind == UpdateKind::Close;
    s.node.boot == Boot::Loading
        && s.node.manager.in_flight(c).iter().any(close)
        && !s.disk.manager.in_flight(c).iter().any(close)
}

/// All situations that the quick scenarios must reach between them.
pub const WITNESSES: &[Witness] = &[
    Witness {
        name: "event_held_back",
        story: "an event waits in `pending` for the report of a write that holds it",
        holds: |s| s.node.boot == Boot::Watching && s.node.monitors[OUTBOUND].holds_back(),
    },
    Witness {
        name: "event_durable_but_unreported",
        story: "a block's write landed, and the node does not know it",
        holds: |s| {
            let below = s.node.monitors[OUTBOUND].durable_below;
            s.disk.monitors[OUTBOUND].events.entries().iter().any(|e| e.id >= below)
        },
    },
    Witness {
        name: "block_ahead_of_disk",
        story: "a running monitor has processed a block that its disk does not hold",
        holds: |s| {
            let seen = s.node.monitors[OUTBOUND].data.best_block;
            s.node.boot == Boot::Watching && seen > s.disk.monitors[OUTBOUND].data.best_block
        },
    },
    Witness {
        name: "two_events_listed",
        story: "both HTLCs have an event in the lists",
        holds: |s| s.node.monitors[OUTBOUND].events.entries().len() == 2,
    },
    Witness {
        name: "settled_event_provided_again",
        story: "an event is pending for an HTLC whose outcome is settled",
        holds: |s| {
            s.node.monitors[OUTBOUND].pending().iter().any(|e| {
                let status = s.node.manager.statuses[usize::from(e.htlc)];
                !status.waits() && !status.is_queued()
            })
        },
    },
    Witness {
        name: "released_before_resubmission",
        story: "an event is provided while the channel's background step has not run",
        holds: |s| !s.node.resumed[OUTBOUND] && !s.node.monitors[OUTBOUND].provided().is_empty(),
    },
    Witness {
        name: "ack_waits_for_write_in_flight",
        story: "an ack waits for a manager write that has started",
        holds: |s| s.node.acks.iter().any(|ack| ack.stage == AckStage::Covered),
    },
    Witness {
        name: "ack_not_durable",
        story: "an event is acked in memory, and still on disk",
        holds: |s| {
            let listed = |h| s.disk.monitors[OUTBOUND].events.names(h);
            let gone = |h| !s.node.monitors[OUTBOUND].events.names(h);
            s.node.boot == Boot::Watching && any_htlc(|h| listed(h) && gone(h))
        },
    },
    Witness {
        name: "handled_but_not_in_manager",
        story: "the user has recorded an outcome that the durable manager still waits for",
        holds: |s| any_htlc(|h| is_recorded(s, h) && s.disk.manager.statuses[h].waits()),
    },
    Witness {
        name: "delivered_again",
        story: "the user handles an event it has recorded before",
        holds: |s| s.node.handling != NO_HTLC && is_recorded(s, usize::from(s.node.handling)),
    },
    Witness {
        name: "stale_channel_closed",
        story: "a load found a monitor ahead of the manager and closes the channel",
        holds: |s| is_closing_stale(s, OUTBOUND),
    },
    Witness {
        name: "stale_inbound_closed",
        story: "the same on the inbound channel",
        holds: |s| is_closing_stale(s, INBOUND),
    },
    Witness {
        name: "update_to_resubmit",
        story: "a load found a manager ahead of its monitor",
        holds: |s| {
            let manager = &s.node.manager;
            s.node.boot == Boot::Loading
                && manager.update_id[OUTBOUND] > s.node.monitors[OUTBOUND].data.update_id
        },
    },
    Witness {
        name: "manager_written_during_load",
        story: "what a load decided is durable before the monitors are in the Watch",
        holds: |s| {
            let close = |u: &crate::state::Update| u.kind == UpdateKind::Close;
            s.node.boot == Boot::Loading && s.disk.manager.in_flight(OUTBOUND).iter().any(close)
        },
    },
    Witness {
        name: "write_contains_update_in_flight",
        story: "a block's write made an update durable whose own write is in flight",
        holds: |s| {
            let durable = s.disk.monitors[OUTBOUND].data.update_id;
            s.disk
                .writes(OUTBOUND)
                .iter()
                .any(|w| w.covers_update > 0 && w.covers_update <= durable)
        },
    },
    Witness {
        name: "two_writes_in_flight",
        story: "two writes of a monitor are in flight",
        holds: |s| s.disk.writes(OUTBOUND).len() == 2,
    },
    Witness {
        name: "absent_htlc_failed",
        story: "a final commitment without the HTLC made a fail event",
        holds: |s| {
            let chain = &s.world.chains[OUTBOUND];
            let failed = |e: &crate::state::Entry| {
                e.outcome == Outcome::Fail && !chain.contains[usize::from(e.htlc)]
            };
            chain.has(Fact::Buried) && s.node.monitors[OUTBOUND].events.entries().iter().any(failed)
        },
    },
    Witness {
        name: "claim_waits_for_closed_inbound",
        story: "a claim's ack waits for the preimage on a closed inbound channel",
        holds: |s| {
            let waiting = |h: usize| {
                s.node.forward_acks[h] != Source::NONE
                    && s.node.manager.statuses[h] == Status::SignedClaim
            };
            !s.node.manager.open[INBOUND] && any_htlc(waiting)
        },
    },
    Witness {
        name: "fail_given_up_on_closed_inbound",
        story: "a fail ends where the inbound channel is closed",
        holds: |s| {
            any_htlc(|h| {
                s.node.manager.statuses[h] == Status::GoneFail
                    && s.node.monitors[INBOUND].data.stages[h] == Stage::Committed
            })
        },
    },
    Witness {
        name: "forward_claimed_off_chain",
        story: "the inbound HTLC was fulfilled and irrevocably removed",
        holds: |s| any_htlc(|h| s.node.manager.statuses[h] == Status::GoneClaim),
    },
    Witness {
        name: "forward_claimed_on_chain",
        story: "the inbound HTLC was claimed on chain",
        holds: |s| {
            let claimed = |h: usize| s.world.inbound[h] == Inbound::Claimed;
            any_htlc(|h| claimed(h) && s.world.chains[INBOUND].contains[h])
        },
    },
    Witness {
        name: "forward_failed_off_chain",
        story: "the inbound HTLC was failed and irrevocably removed",
        holds: |s| any_htlc(|h| s.world.inbound[h] == Inbound::Failed),
    },
    Witness {
        name: "forward_expired",
        story: "the payer took the inbound HTLC back on chain",
        holds: |s| any_htlc(|h| s.world.inbound[h] == Inbound::Expired),
    },
    Witness {
        name: "archived_and_in_flight_on_disk",
        story: "a durable manager lists an update in flight of a monitor that is archived",
        holds: |s| {
            let listed = |c: usize| s.disk.manager.in_flight_len(c) > 0;
            (0..CHANNELS).any(|c| s.disk.is_archived(c) && listed(c))
        },
    },
    Witness {
        name: "archived_and_open_on_disk",
        story: "a durable manager takes a channel for open whose monitor is archived",
        holds: |s| (0..CHANNELS).any(|c| s.disk.is_archived(c) && s.disk.manager.open[c]),
    },
    Witness {
        name: "claim_for_archived_inbound",
        story: "a claim comes again, and the monitor that had its preimage is archived",
        holds: |s| {
            let comes = |e: &crate::state::Entry| {
                let held = s.node.manager.statuses[usize::from(e.htlc)] == Status::Held;
                held && e.outcome == Outcome::Claim
            };
            s.disk.is_archived(INBOUND) && s.node.monitors[OUTBOUND].pending().iter().any(comes)
        },
    },
    Witness {
        name: "unsent_and_listed",
        story: "a durable manager has in the holding cell what the monitor lists",
        holds: |s| {
            let listed = |h: usize| s.disk.monitors[OUTBOUND].data.stages[h].is_listed();
            any_htlc(|h| s.disk.manager.statuses[h].is_unsent() && listed(h))
        },
    },
    Witness {
        name: "claim_in_monitor_only",
        story: "a load finds a preimage of a payment received that its manager takes for unclaimed",
        holds: |s| {
            let claimable = |h: usize| s.disk.manager.statuses[h] == Status::Claimable;
            let claimed = |h: usize| inbound_stage(s, h) == Stage::SignedClaim;
            s.node.boot == Boot::Loading && any_htlc(|h| claimable(h) && claimed(h))
        },
    },
    Witness {
        name: "one_part_claimed",
        story: "the durable monitor has the preimage for one part of a payment received only",
        holds: |s| {
            let claimed = |h: usize| inbound_stage(s, h) == Stage::SignedClaim;
            s.world.received == [true; HTLCS] && claimed(0) != claimed(1)
        },
    },
    Witness {
        name: "revocation_waits_for_user",
        story: "a forward's revocation is blocked until the user has handled `PaymentClaimed`",
        holds: |s| {
            let blocked = s.node.manager.blocked().first();
            let received = |u: &crate::state::Update| s.world.received[usize::from(u.htlc)];
            blocked.is_some_and(|u| s.world.received.contains(&true) && !received(u))
        },
    },
    Witness {
        name: "payment_in_monitor_only",
        story: "a durable monitor lists a payment that the durable manager knows nothing of",
        holds: |s| {
            let listed = |h: usize| s.disk.monitors[OUTBOUND].data.stages[h].is_listed();
            any_htlc(|h| s.disk.manager.statuses[h] == Status::Unmade && listed(h))
        },
    },
    Witness {
        name: "retry_offered",
        story: "a part failed, and its retry is with the peer",
        holds: |s| s.world.retries && s.world.is_offered(1),
    },
    Witness {
        name: "completion_waits",
        story: "an update is reported, and its event released, before the manager learns of it",
        holds: |s| {
            let waits = s.node.monitors[OUTBOUND].completed > 0;
            waits && !s.node.monitors[OUTBOUND].provided().is_empty()
        },
    },
    Witness {
        name: "monitor_closed_first",
        story: "a monitor broadcasts for a deadline, and the manager takes the channel for open",
        holds: |s| {
            let closed = |c: usize| s.node.monitors[c].data.lockdown && s.node.manager.open[c];
            (0..CHANNELS).any(|c| closed(c) && s.world.chains[c].is_closed())
        },
    },
    Witness {
        name: "modes_differ",
        story: "one monitor of a node keeps its events, and the other does not",
        holds: |s| {
            let mode = |c: usize| s.disk.monitors[c].data.mode;
            s.node.resumed == [false; CHANNELS] && mode(OUTBOUND) != mode(INBOUND)
        },
    },
    Witness {
        name: "claim_pushed_for_queued_event",
        story: "a load pushes again the claim of a payment that the user is being told of",
        holds: |s| {
            let monitor = &s.node.monitors[OUTBOUND];
            let queued = |h: usize| s.node.manager.statuses[h] == Status::QueuedClaim;
            let stored = &s.disk.monitors[OUTBOUND].events;
            let pushed = |h: usize| monitor.events.names(h) && !stored.names(h);
            s.node.boot == Boot::Loading
                && monitor.data.mode == Mode::Off
                && any_htlc(|h| queued(h) && pushed(h))
        },
    },
    Witness {
        name: "queued_fail_with_mode_off",
        story: "a load finds a fail in the forward queue, and its monitor kept no event of it",
        holds: |s| {
            let monitor = &s.node.monitors[OUTBOUND];
            let queued = |h: usize| s.node.manager.statuses[h] == Status::FailQueued;
            s.node.boot == Boot::Loading
                && monitor.data.mode == Mode::Off
                && any_htlc(|h| queued(h) && !monitor.events.names(h))
        },
    },
    Witness {
        name: "blocked_update_applied",
        story: "a durable manager lists as blocked what the monitor has applied",
        holds: |s| at_blocked_id(s).is_some_and(|h| inbound_stage(s, h).is_revoked()),
    },
    Witness {
        name: "blocked_update_overtaken",
        story: "a durable manager lists a blocked revocation, and the monitor has another update",
        holds: |s| at_blocked_id(s).is_some_and(|h| !inbound_stage(s, h).is_revoked()),
    },
];

/// The HTLC of the update that the durable manager lists as blocked, where the durable monitor is
/// at the id that it would have.
fn at_blocked_id(s: &State) -> Option<usize> {
    let manager = &s.disk.manager;
    let reached = s.disk.monitors[INBOUND].data.update_id > manager.update_id[INBOUND];
    let oldest = manager.blocked().first().filter(|_| reached);
    oldest.map(|update| usize::from(update.htlc))
}

fn inbound_stage(s: &State, h: usize) -> Stage {
    s.disk.monitors[INBOUND].data.stages[h]
}
