//! The protocol as decisions: one method per rule of SPEC.md.
//!
//! The machine asks a [`Protocol`] wherever a rule decides something. [`Spec`] takes every default
//! and so *is* SPEC.md; a mutant (see [`crate::mutant`]) overrides one method and so breaks one
//! rule. Methods get only what the rule speaks of.

use crate::state::{Entry, Outcome, Told, UpdateKind};

/// Where a monitor turns what it learned into an HTLC event (SPEC.md section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// A holder-commitment update carries the peer's claim.
    OffchainClaim,
    /// The counterparty revoked the last commitment that had a failed HTLC.
    OffchainFail,
    /// The peer spent, by preimage, the HTLC output of our confirmed commitment.
    HolderOutputClaim,
    /// The peer spent, by preimage, the HTLC output of its own confirmed commitment.
    CounterpartyOutputClaim,
    /// A timeout spend, or a commitment without the HTLC, is final on chain.
    MaturedTimeout,
    /// An update offers the HTLC, and a commitment without it is final on chain.
    LateOffer,
}

/// How far an own payment's event has come in the manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Own {
    /// The event was dispatched.
    Received,
    /// `PaymentSent` or `PaymentFailed` is in the user-event queue.
    Queued,
    /// The user's handler returned success.
    Handled,
}

/// How far a forwarded HTLC's resolution has come on the inbound channel, as the manager knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// Nothing has been done.
    Nothing,
    /// A fail waits in the forward queue.
    Queued,
    /// The update with our removal is in flight.
    Submitted,
    /// That update is durable: the preimage, for a claim; the peer is told.
    Sent,
    /// The update with the peer's revocation is in flight.
    Removing,
    /// That update is durable: the HTLC is irrevocably removed.
    Removed,
}

/// When the manager may tell the user of a claimed forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Its event is dispatched, and applied.
    Applied,
    /// Its event is dispatched, and repeats what is settled.
    Repeated,
    /// The inbound channel has no update in flight any more.
    Completed,
}

/// What the manager has done with an HTLC whose event comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// `PaymentSent` or `PaymentFailed` is queued, and has no completion action.
    QueuedWithout,
    /// `PaymentSent` or `PaymentFailed` is queued, with a completion action that may name this
    /// event or another.
    Queued {
        /// Whether the action names this event.
        same_event: bool,
    },
    /// The HTLC waits for nothing more.
    Done,
}

/// What the manager does with an event whose outcome is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Its ack is due, or waits for the inbound edge.
    AckDue,
    /// Its ack joins the user event that is queued.
    Joins,
    /// Nothing.
    Ignored,
}

/// An HTLC that a load finds waiting in the manager and no longer listed by its monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// A forward, and not an own payment.
    pub forward: bool,
    /// The channel is closed because the manager is older than the monitor.
    pub stale: bool,
    /// The monitor has an event for it.
    pub has_event: bool,
}

/// Where a load has the fails of the forward queue from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardQueue {
    /// From what the manager wrote.
    Read,
    /// From events, and from the holding cell where no update offered the HTLC.
    Rebuilt,
    /// From events.
    LeftToEvents,
}

/// What an ack does to an entry of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acked {
    /// It stays.
    Stays,
    /// It is removed; those behind it keep their order.
    Removed,
    /// It is removed, and the last one takes its place.
    Replaced,
}

/// Declares the decisions, each with SPEC.md's answer: the trait [`Protocol`] takes that answer
/// where nothing else is said, and a [`Combination`] puts every question on to its members.
macro_rules! protocol {
    ($($(#[$doc:meta])+
       fn $decision:ident(&self $(, $case:ident: $kind:ty)*) -> $answer:ty $spec:block)+) => {
        /// Every decision that a rule of SPEC.md makes. The defaults are the specification.
        pub trait Protocol: Sync {
            $($(#[$doc])+
            fn $decision(&self $(, $case: $kind)*) -> $answer {
                $(let _ = $case;)*
                $spec
            })+
        }

        impl<C: Combination> Protocol for C {
            $(fn $decision(&self $(, $case: $kind)*) -> $answer {
                self.decide(|member| member.$decision($($case),*))
            })+
        }
    };
}

/// Several protocols that decide as one.
pub trait Combination: Sync {
    /// The answer to a question that each of them can be asked.
    fn decide<T: PartialEq>(&self, ask: impl Fn(&dyn Protocol) -> T) -> T;
}

protocol! {
    /// MON-1.
    fn pushes(&self, site: Site) -> bool {
        true
    }

    /// MON-2: an event for the same HTLC is in `pending`, in `provided`.
    fn suppresses(&self, site: Site, in_pending: bool, in_provided: bool) -> bool {
        in_pending || in_provided
    }

    /// MON-3.
    fn may_fail(&self, preimage_known: bool) -> bool {
        !preimage_known
    }

    /// MON-4: whether a fail in a signed, unrevoked commitment is an event already.
    fn fails_before_revocation(&self) -> bool {
        false
    }

    /// MON-5.
    fn release_keeps(&self) -> bool {
        true
    }

    /// MON-6.
    fn writes_provided(&self) -> bool {
        true
    }

    /// MON-7.
    fn loads_as_pending(&self) -> bool {
        true
    }

    /// MON-9: what the ack of `named` does to this entry. Both identities are there, the id and
    /// what the event says.
    fn acked(&self, entry: Entry, named: Entry) -> Acked {
        if entry.id == named.id { Acked::Removed } else { Acked::Stays }
    }

    /// MON-10: whether the newest holder commitment is in a reported write.
    fn may_broadcast(&self, durable: bool) -> bool {
        durable
    }

    /// MON-11: whether a load pushes the event of a stored delta's update.
    fn replay_pushes(&self) -> bool {
        true
    }

    /// MON-12: whether the spend of an output is recorded; an event names its HTLC already, or not.
    fn records_spend(&self, listed: bool) -> bool {
        true
    }

    /// MON-13: whether an event that is pushed stops the archival clock.
    fn push_stops_clock(&self) -> bool {
        true
    }

    /// WCH-1: whether the updates are reported that the monitor had when it pushed the event,
    /// whether a write of its channel is in flight.
    fn may_release(&self, reported: bool, writing: bool) -> bool {
        reported
    }

    /// WCH-4: whether the lists allow archival: an event is in `pending`, in `provided`.
    fn archives_with_events(&self, in_pending: bool, in_provided: bool) -> bool {
        !in_pending && !in_provided
    }

    /// WCH-5: whether updates, writes and notices allow archival: an update of the monitor is
    /// deferred, a write of it is in flight, `Completed` waits.
    fn archives_while_writing(&self, deferred: bool, writing: bool, completed: bool) -> bool {
        !deferred && !writing && !completed
    }

    /// WCH-6: whether the Watch starts a full write of a monitor that is no longer what it handed
    /// to the Store; the monitor has dropped an event on an ack, or not.
    fn writes_monitor(&self, acked: bool) -> bool {
        true
    }

    /// MGR-1.
    fn may_ack_own(&self, progress: Own) -> bool {
        progress == Own::Handled
    }

    /// MGR-2: `again` if the event was just dispatched and repeats something settled; whether the
    /// user is told of the forward does not matter.
    fn may_ack_claim(&self, edge: Edge, again: bool, told: Told) -> bool {
        edge == Edge::Removed
    }

    /// MGR-3: `again` as for a claim.
    fn may_ack_fail(&self, edge: Edge, again: bool) -> bool {
        edge == Edge::Removed
    }

    /// MGR-4.
    fn may_ack_claim_closed(&self, edge: Edge, told: Told) -> bool {
        edge >= Edge::Sent
    }

    /// MGR-5.
    fn may_ack_fail_closed(&self) -> bool {
        true
    }

    /// MGR-6: what becomes of an event whose outcome is settled; the end of the user's handling is
    /// the ack point while a user event is queued.
    fn repeats(&self, settled: Settled) -> Repeat {
        match settled {
            Settled::Done => Repeat::AckDue,
            Settled::QueuedWithout => Repeat::Joins,
            Settled::Queued { .. } => Repeat::Ignored,
        }
    }

    /// MGR-7.
    fn applies_settled(&self) -> bool {
        false
    }

    /// MGR-8: of an own payment's event, or of a forward's; how the HTLC ended.
    fn ack_waits_for_manager(&self, own: bool, outcome: Outcome) -> bool {
        true
    }

    /// MGR-9: how many of `listed` updates in flight a report that covers `covered` completes.
    fn completed(&self, covered: usize, listed: usize) -> usize {
        covered
    }

    /// MGR-10.
    fn submits_to_archived(&self) -> bool {
        false
    }

    /// MGR-11.
    fn fails_unsent(&self) -> bool {
        true
    }

    /// MGR-12: what becomes of the news of a claimed forward.
    fn tells_forward(&self, telling: Telling, told: Told) -> Told {
        let dispatched = telling != Telling::Completed;
        if dispatched && told == Told::NotYet { Told::Queued } else { told }
    }

    /// MGR-13.
    fn submits_blocked(&self) -> bool {
        true
    }

    /// MGR-14: whether the update with a claim's preimage goes before blocked ones.
    fn overtakes(&self) -> bool {
        true
    }

    /// MGR-15: so many of the forward's inbound HTLCs have come to their ack point; all have that
    /// came in where the first did.
    fn acks_hops(&self, reached: usize, all: usize, with_first: bool) -> bool {
        reached == all
    }

    /// MGR-16: whether the claim of a part is told as `PaymentSent`: so many of the payment's parts
    /// are claimed now, of so many.
    fn sends_payment(&self, claimed: usize, all: usize) -> bool {
        claimed == 1
    }

    /// MGR-17: whether the fail of a part is told as `PaymentFailed`: so many of the payment's
    /// parts have failed now, of so many; all have that left by this part's channel.
    fn fails_payment(&self, failed: usize, all: usize, on_channel: bool) -> bool {
        failed == all
    }

    /// MGR-18: whether the user handles a copy of the queue, so that an ack which joins the event
    /// in the meantime is dropped with it.
    fn handles_copy(&self) -> bool {
        false
    }

    /// MGR-19: whether the user is told now that a payment received is claimed; the preimage is in
    /// a reported write, or not.
    fn tells_claim(&self, durable: bool) -> bool {
        durable
    }

    /// MGR-20: whether a claim of which the user does not know blocks revocations.
    fn claim_blocks(&self) -> bool {
        true
    }

    /// MGR-21: whether the holding cell of a closed channel is failed now; that it is closed a
    /// crash cannot take back, or can.
    fn fails_closing(&self, durable: bool) -> bool {
        durable
    }

    /// MGR-22: whether a manager write holds the ids of events: of a forward's before its ack
    /// point, of own payments' in queued user events.
    fn writes_event_ids(&self, forward: bool) -> bool {
        false
    }

    /// MGR-23: whether a due ack is called once MGR-8 allows it.
    fn calls_acks(&self) -> bool {
        true
    }

    /// MGR-24: whether an ack that is due asks for a write of the manager, also where that would
    /// hold what the newest one holds.
    fn asks_for_write(&self) -> bool {
        true
    }

    /// RST-1.
    fn closes_stale(&self) -> bool {
        true
    }

    /// RST-2.
    fn resubmits(&self) -> bool {
        true
    }

    /// RST-3: whether a manager written before the background step lists updates of this kind.
    fn keeps_in_flight(&self, kind: UpdateKind) -> bool {
        true
    }

    /// RST-4: whether a load fails an HTLC that waits and that its monitor no longer lists.
    fn fails_unlisted(&self, unlisted: Unlisted) -> bool {
        false
    }

    /// RST-5.
    fn rederives_close(&self) -> bool {
        true
    }

    /// RST-6: how the inbound monitor has the HTLC end, whether the outbound one has an event.
    fn adopts_inbound(&self, outcome: Outcome, has_event: bool) -> bool {
        true
    }

    /// RST-7: whether a load drops the updates in flight of a channel whose monitor is archived.
    fn drops_orphans(&self) -> bool {
        true
    }

    /// RST-8: whether a load makes pending again an own payment that is settled and listed by the
    /// monitor of its closed channel; its spend is on record, an event names it, or not.
    fn recreates(&self, spent: bool, has_event: bool) -> bool {
        false
    }

    /// RST-9: whether a load fails what waited in the holding cell of a closed channel, and is
    /// unknown to its monitor; it is a forward, the channel is stale.
    fn fails_unknown(&self, forward: bool, stale: bool) -> bool {
        true
    }

    /// RST-10: whether a load takes a blocked update for submitted whose id the monitor is at; the
    /// monitor has applied it, or another in its place.
    fn lists_blocked(&self, applied: bool) -> bool {
        applied
    }

    /// RST-11: whether a load fails what waited in the holding cell of a closed channel, and is
    /// known to its monitor, because that is newer.
    fn fails_known(&self, forward: bool) -> bool {
        false
    }

    /// RST-12: whether a load claims another part of a payment received of which a monitor has the
    /// preimage; that part's channel is open, or closed.
    fn claims_other_parts(&self, open: bool) -> bool {
        true
    }

    /// RST-13: whether a load waits for a payment that it knows nothing of, and that the monitor of
    /// a closed channel has.
    fn adopts_payments(&self) -> bool {
        true
    }

    /// UPG-1: whether a build that does not know the mode loads a monitor whose mode is on.
    fn loads_unknown_mode(&self) -> bool {
        false
    }

    /// UPG-2: whether a monitor whose mode is off may drop a claimed HTLC; it lists an event of it,
    /// or not.
    fn may_drop_claim(&self, listed: bool) -> bool {
        !listed
    }

    /// UPG-3: whether a load now pushes what a monitor that was written with its mode off can tell:
    /// it switches the mode on, or not; manager and monitors are compared, or not yet.
    fn pushes_owed(&self, switches: bool, compared: bool) -> bool {
        !compared
    }

    /// UPG-4: whether the mode may be switched off; the monitor lists an event, or not.
    fn switches_off(&self, listed: bool) -> bool {
        !listed
    }

    /// UPG-5: whether a monitor whose mode a load changed is written before the load goes on.
    fn writes_switch(&self) -> bool {
        true
    }

    /// Not a rule: whether a full write of a monitor holds the ids of its events and their counter.
    /// Those of SPEC.md are in memory only, and count from 0 after each load.
    fn stores_event_ids(&self) -> bool {
        false
    }

    /// Not a rule: whether a queued user event keeps, in a load, the event id that it was written
    /// with; the monitor lists the event of that HTLC under it, or not. Under SPEC.md it has none.
    fn keeps_event_id(&self, listed: bool) -> bool {
        true
    }

    /// Not a rule: whether the monitor of a closed channel that was never used is archived at once.
    fn archives_unused(&self) -> bool {
        false
    }

    /// Not a rule: whether a load tells again of a payment received, as long as a monitor has its
    /// preimage. The manager of SPEC.md remembers that the user was told.
    fn tells_claim_again(&self) -> bool {
        false
    }

    /// Not a rule: whether a load changes the mode of a monitor that it reads.
    fn switches_mode(&self) -> bool {
        true
    }

    /// Not a rule: whether the manager remembers, of an update that it blocks, which acks wait
    /// for it. Those of SPEC.md ask for the update itself.
    fn keeps_blocked_acks(&self) -> bool {
        true
    }

    /// Not a rule: whether the ack of a forward waits, on the inbound channel, for its own update
    /// only; else for all that are in flight.
    fn waits_for_own_update(&self) -> bool {
        true
    }

    /// Not a rule: whether the Watch writes a monitor that it takes over in a load.
    fn writes_at_watch(&self) -> bool {
        false
    }

    /// Not a rule: where a load has the fails of the forward queue from. SPEC.md has them written
    /// with the manager.
    fn forward_queue(&self) -> ForwardQueue {
        ForwardQueue::Read
    }

    /// Not a rule: whether a notice takes an event id (SPEC.md section 2 says it is no event).
    fn numbers_notices(&self) -> bool {
        false
    }
}

/// The protocol of SPEC.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec;

impl Protocol for Spec {}
