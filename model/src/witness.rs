//! Situations that must be reached.

use crate::state::{
    AckStage, Boot, CHANNELS, Channel, Entry, Fact, HTLCS, Htlc, Inbound, Mode, NO_HTLC, Outcome,
    Source, Stage, State, Status, Update, UpdateKind,
};
use crate::topology::Topology;

/// A situation that some reachable state must show.
pub struct Witness<const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// Its name.
    pub name: &'static str,
    /// What it shows, for people.
    pub story: &'static str,
    /// Whether a state shows it.
    pub holds: fn(&Topology, &State<C, H>) -> bool,
}

/// Whether it is so of some HTLC that leaves, and of the channel that it leaves by.
fn any_leaving(t: &Topology, holds: impl Fn(Htlc, Channel) -> bool) -> bool {
    t.htlcs().any(|h| t.shape(h).outbound.is_some_and(|c| holds(h, c)))
}

/// Whether it is so of some HTLC that came in, and of the channel that it came in on.
fn any_inbound(t: &Topology, holds: impl Fn(Htlc, Channel) -> bool) -> bool {
    t.htlcs().any(|h| t.shape(h).inbound.is_some_and(|c| holds(h, c)))
}

/// Whether it is so of some channel by which HTLCs leave.
fn any_outbound(t: &Topology, holds: impl Fn(Channel) -> bool) -> bool {
    t.channels().any(|c| t.leaving_by(c).next().is_some() && holds(c))
}

fn is_recorded<const C: usize, const H: usize>(s: &State<C, H>, h: Htlc) -> bool {
    s.world.record[h] != 0
}

fn is_close(update: &Update) -> bool {
    update.kind() == UpdateKind::Close
}

/// A load has listed a close that the manager on disk knows nothing of.
fn is_closing_stale<const C: usize, const H: usize>(s: &State<C, H>, c: Channel) -> bool {
    s.node.boot == Boot::Loading
        && s.node.manager.in_flight(c).iter().any(is_close)
        && !s.disk.manager.in_flight(c).iter().any(is_close)
}

/// All situations that the quick scenarios must reach between them.
pub const WITNESSES: &[Witness] = &Situations::<CHANNELS, HTLCS>::ALL;

/// The situations over states of some size.
pub struct Situations<const C: usize, const H: usize>;

impl<const C: usize, const H: usize> Situations<C, H> {
    /// All of them, as in [`WITNESSES`].
    pub const ALL: [Witness<C, H>; 39] = [
        Witness {
            name: "event_held_back",
            story: "an event waits in `pending` for the report of the update that brought it",
            holds: |t, s| {
                let watching = s.node.boot == Boot::Watching;
                watching && any_outbound(t, |c| s.node.monitors[c].holds_back())
            },
        },
        Witness {
            name: "released_before_durable",
            story: "an event that a block made is provided, and no version on disk holds it",
            holds: |t, s| {
                let undurable = |c: Channel| {
                    let monitor = &s.node.monitors[c];
                    let on_disk =
                        |e: &Entry| s.disk.recoverable(c).any(|m| m.events.names(e.htlc()));
                    monitor.data.mode == Mode::On && !monitor.provided().iter().all(on_disk)
                };
                any_outbound(t, undurable)
            },
        },
        Witness {
            name: "block_ahead_of_disk",
            story: "a running monitor has processed a block that its disk does not hold",
            holds: |t, s| {
                let seen = |c: Channel| s.node.monitors[c].data.best_block;
                let ahead = |c: Channel| seen(c) > s.disk.monitors[c].data.best_block;
                s.node.boot == Boot::Watching && any_outbound(t, ahead)
            },
        },
        Witness {
            name: "two_events_listed",
            story: "both HTLCs have an event in the lists",
            holds: |t, s| any_outbound(t, |c| s.node.monitors[c].events.entries().len() == 2),
        },
        Witness {
            name: "settled_event_provided_again",
            story: "an event is pending for an HTLC whose outcome is settled",
            holds: |t, s| {
                let is_settled = |e: &Entry| {
                    let status = s.node.manager.statuses[e.htlc()];
                    !status.waits() && !status.is_queued()
                };
                any_outbound(t, |c| s.node.monitors[c].pending().iter().any(is_settled))
            },
        },
        Witness {
            name: "released_before_resubmission",
            story: "an event is provided while the channel's background step has not run",
            holds: |t, s| {
                any_outbound(t, |c| !s.node.resumed[c] && !s.node.monitors[c].provided().is_empty())
            },
        },
        Witness {
            name: "ack_waits_for_write_in_flight",
            story: "an ack waits for a manager write that has started",
            holds: |_, s| s.node.acks.iter().any(|ack| ack.stage == AckStage::Covered),
        },
        Witness {
            name: "ack_not_durable",
            story: "an event is acked in memory, and still on disk",
            holds: |t, s| {
                let acked = |h, c: Channel| {
                    s.disk.monitors[c].events.names(h) && !s.node.monitors[c].events.names(h)
                };
                s.node.boot == Boot::Watching && any_leaving(t, acked)
            },
        },
        Witness {
            name: "handled_but_not_in_manager",
            story: "the user has recorded an outcome that the durable manager still waits for",
            holds: |t, s| {
                t.htlcs().any(|h| is_recorded(s, h) && s.disk.manager.statuses[h].waits())
            },
        },
        Witness {
            name: "delivered_again",
            story: "the user handles an event it has recorded before",
            holds: |_, s| {
                let handling = s.node.handling;
                handling != NO_HTLC && is_recorded(s, Htlc::at(handling.into()))
            },
        },
        Witness {
            name: "stale_channel_closed",
            story: "a load found a monitor ahead of the manager and closes the channel",
            holds: |t, s| any_outbound(t, |c| is_closing_stale(s, c)),
        },
        Witness {
            name: "stale_inbound_closed",
            story: "a load closes an inbound channel whose monitor is ahead",
            holds: |t, s| any_inbound(t, |_, c| is_closing_stale(s, c)),
        },
        Witness {
            name: "update_to_resubmit",
            story: "a load found a manager ahead of its monitor",
            holds: |t, s| {
                let ahead =
                    |c: Channel| s.node.manager.update_id[c] > s.node.monitors[c].data.update_id;
                s.node.boot == Boot::Loading && any_outbound(t, ahead)
            },
        },
        Witness {
            name: "manager_written_during_load",
            story: "what a load decided is durable before the monitors are in the Watch",
            holds: |t, s| {
                let closes = |c: Channel| s.disk.manager.in_flight(c).iter().any(is_close);
                s.node.boot == Boot::Loading && any_outbound(t, closes)
            },
        },
        Witness {
            name: "write_contains_update_in_flight",
            story: "a block's write made an update durable whose own write is in flight",
            holds: |t, s| {
                let contained = |c: Channel| {
                    let durable = s.disk.monitors[c].data.update_id;
                    let mut writes = s.disk.writes(c).iter();
                    writes.any(|w| w.covers_update > 0 && w.covers_update <= durable)
                };
                any_outbound(t, contained)
            },
        },
        Witness {
            name: "two_writes_in_flight",
            story: "two writes of a monitor are in flight",
            holds: |t, s| any_outbound(t, |c| s.disk.writes(c).len() == 2),
        },
        Witness {
            name: "absent_htlc_failed",
            story: "a final commitment without the HTLC made a fail event",
            holds: |t, s| {
                let failed = |c: Channel| {
                    let (chain, events) = (&s.world.chains[c], &s.node.monitors[c].events);
                    let absent =
                        |e: &Entry| e.outcome() == Outcome::Fail && !chain.contains[e.htlc()];
                    chain.has(Fact::BURIED) && events.entries().iter().any(absent)
                };
                any_outbound(t, failed)
            },
        },
        Witness {
            name: "claim_waits_for_closed_inbound",
            story: "a claim's ack waits for the preimage on a closed inbound channel",
            holds: |t, s| {
                let waits = |h: Htlc| {
                    s.node.forward_acks[h] != Source::NONE
                        && s.node.manager.statuses[h] == Status::SignedClaim
                };
                any_inbound(t, |h, c| !s.node.manager.open[c] && waits(h))
            },
        },
        Witness {
            name: "fail_given_up_on_closed_inbound",
            story: "a fail ends where the inbound channel is closed",
            holds: |t, s| {
                any_inbound(t, |h, c| {
                    s.node.manager.statuses[h] == Status::GoneFail
                        && s.node.monitors[c].data.stages[h] == Stage::Committed
                })
            },
        },
        Witness {
            name: "forward_claimed_off_chain",
            story: "the inbound HTLC was fulfilled and irrevocably removed",
            holds: |t, s| any_inbound(t, |h, _| s.node.manager.statuses[h] == Status::GoneClaim),
        },
        Witness {
            name: "forward_claimed_on_chain",
            story: "the inbound HTLC was claimed on chain",
            holds: |t, s| {
                let claimed = |h: Htlc| s.world.inbound[h] == Inbound::Claimed;
                any_inbound(t, |h, c| claimed(h) && s.world.chains[c].contains[h])
            },
        },
        Witness {
            name: "forward_failed_off_chain",
            story: "the inbound HTLC was failed and irrevocably removed",
            holds: |t, s| t.htlcs().any(|h| s.world.inbound[h] == Inbound::Failed),
        },
        Witness {
            name: "forward_expired",
            story: "the payer took the inbound HTLC back on chain",
            holds: |t, s| t.htlcs().any(|h| s.world.inbound[h] == Inbound::Expired),
        },
        Witness {
            name: "archived_and_in_flight_on_disk",
            story: "a durable manager lists an update in flight of a monitor that is archived",
            holds: |t, s| {
                let listed = |c: Channel| s.disk.manager.in_flight_len(c) > 0;
                t.channels().any(|c| s.disk.is_archived(c) && listed(c))
            },
        },
        Witness {
            name: "archived_and_open_on_disk",
            story: "a durable manager takes a channel for open whose monitor is archived",
            holds: |t, s| t.channels().any(|c| s.disk.is_archived(c) && s.disk.manager.open[c]),
        },
        Witness {
            name: "claim_for_archived_inbound",
            story: "a claim comes again, and the monitor that had its preimage is archived",
            holds: |t, s| {
                let comes = |h: Htlc| {
                    let is_claim = |e: &Entry| e.htlc() == h && e.outcome() == Outcome::Claim;
                    t.leaves(h) && s.node.monitors[t.outbound(h)].pending().iter().any(is_claim)
                };
                let held = |h: Htlc| s.node.manager.statuses[h] == Status::Held;
                any_inbound(t, |h, c| s.disk.is_archived(c) && held(h) && comes(h))
            },
        },
        Witness {
            name: "unsent_and_listed",
            story: "a durable manager has in the holding cell what the monitor lists",
            holds: |t, s| {
                let unsent = |h: Htlc| s.disk.manager.statuses[h].is_unsent();
                any_leaving(t, |h, c| unsent(h) && durable_stage(s, h, c).is_listed())
            },
        },
        Witness {
            name: "claim_in_monitor_only",
            story: "a load finds the preimage of a payment that its manager takes for unclaimed",
            holds: |t, s| {
                let claimable = |h: Htlc| s.disk.manager.statuses[h] == Status::Claimable;
                let claimed = |h, c| durable_stage(s, h, c) == Stage::SignedClaim;
                s.node.boot == Boot::Loading && any_inbound(t, |h, c| claimable(h) && claimed(h, c))
            },
        },
        Witness {
            name: "one_part_claimed",
            story: "the durable monitor has the preimage for one part of a payment received only",
            holds: |t, s| {
                let claimed = |h: Htlc| durable_stage(s, h, t.inbound(h)) == Stage::SignedClaim;
                t.payments_received().any(|h| {
                    let parts = t.parts(h);
                    parts.len() > 1 && t.parts(h).any(claimed) && !t.parts(h).all(claimed)
                })
            },
        },
        Witness {
            name: "revocation_waits_for_user",
            story: "a forward's revocation is blocked until the user has handled `PaymentClaimed`",
            holds: |t, s| {
                let is_forwards = |u: &Update| !t.is_received(u.htlc());
                let blocked = |c| s.node.manager.blocked(c).first().is_some_and(is_forwards);
                t.payments_received().any(|h| blocked(t.inbound(h)))
            },
        },
        Witness {
            name: "payment_in_monitor_only",
            story: "a durable monitor lists a payment that the durable manager knows nothing of",
            holds: |t, s| {
                let unmade = |h: Htlc| s.disk.manager.statuses[h] == Status::Unmade;
                any_leaving(t, |h, c| unmade(h) && durable_stage(s, h, c).is_listed())
            },
        },
        Witness {
            name: "retry_offered",
            story: "a part failed, and its retry is with the peer",
            holds: |t, s| {
                t.htlcs().any(|h| t.shape(h).retry.is_some_and(|retry| s.world.is_offered(retry)))
            },
        },
        Witness {
            name: "completion_waits",
            story: "an update is reported, and its event released, before the manager learns of it",
            holds: |t, s| {
                any_outbound(t, |c| {
                    let monitor = &s.node.monitors[c];
                    monitor.completed > 0 && !monitor.provided().is_empty()
                })
            },
        },
        Witness {
            name: "monitor_closed_first",
            story: "a monitor broadcasts for a deadline; the manager takes the channel for open",
            holds: |t, s| {
                let closed =
                    |c: Channel| s.node.monitors[c].data.lockdown && s.node.manager.open[c];
                t.channels().any(|c| closed(c) && s.world.chains[c].is_closed())
            },
        },
        Witness {
            name: "modes_differ",
            story: "one monitor of a node keeps its events, and the other does not",
            holds: |t, s| {
                let is_on = |c: Channel| s.disk.monitors[c].data.mode == Mode::On;
                let differ = t.channels().any(is_on) && !t.channels().all(is_on);
                s.node.resumed == [false; C] && differ
            },
        },
        Witness {
            name: "claim_pushed_for_queued_event",
            story: "a load pushes again the claim of a payment that the user is being told of",
            holds: |t, s| {
                let pushed = |h: Htlc, c: Channel| {
                    let monitor = &s.node.monitors[c];
                    let stored = &s.disk.monitors[c].events;
                    monitor.data.mode == Mode::Off && monitor.events.names(h) && !stored.names(h)
                };
                let queued = |h: Htlc| s.node.manager.statuses[h] == Status::QueuedClaim;
                s.node.boot == Boot::Loading && any_leaving(t, |h, c| queued(h) && pushed(h, c))
            },
        },
        Witness {
            name: "queued_fail_with_mode_off",
            story: "a load finds a fail in the forward queue, and its monitor kept no event of it",
            holds: |t, s| {
                let forgotten = |h: Htlc, c: Channel| {
                    let monitor = &s.node.monitors[c];
                    monitor.data.mode == Mode::Off && !monitor.events.names(h)
                };
                let queued = |h: Htlc| s.node.manager.statuses[h] == Status::FailQueued;
                s.node.boot == Boot::Loading && any_leaving(t, |h, c| queued(h) && forgotten(h, c))
            },
        },
        Witness {
            name: "blocked_update_applied",
            story: "a durable manager lists as blocked what the monitor has applied",
            holds: |t, s| {
                t.channels().any(|c| at_blocked_id(s, c).is_some_and(|stage| stage.is_revoked()))
            },
        },
        Witness {
            name: "blocked_update_overtaken",
            story: "a durable manager lists a blocked revocation; the monitor has another update",
            holds: |t, s| {
                t.channels().any(|c| at_blocked_id(s, c).is_some_and(|stage| !stage.is_revoked()))
            },
        },
    ];
}

/// What the durable monitor has of the HTLC of the update that the durable manager lists as
/// blocked, where that monitor is at the id that the update would have.
fn at_blocked_id<const C: usize, const H: usize>(s: &State<C, H>, c: Channel) -> Option<Stage> {
    let manager = &s.disk.manager;
    let reached = s.disk.monitors[c].data.update_id > manager.update_id[c];
    let oldest = manager.blocked(c).first().filter(|_| reached);
    oldest.map(|update| durable_stage(s, update.htlc(), c))
}

fn durable_stage<const C: usize, const H: usize>(s: &State<C, H>, h: Htlc, c: Channel) -> Stage {
    s.disk.monitors[c].data.stages[h]
}
