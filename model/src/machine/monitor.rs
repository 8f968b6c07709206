//! The Monitor: updates, blocks, push sites, release, ack, what is written and read. SPEC.md
//! section 5.1.
//!
//! A transition has one Monitor, and sees the chain that it watches; nobody else's memory, and no
//! disk.
//!
//! Left out are the early fail near expiry (LDK's `failed_back_htlc_ids`) and removals that come
//! behind a funding spend; of the updates behind one, only an offer counts (docs/bounds.md).

use super::Machine;
use crate::protocol::{Acked, Protocol, Site};
use crate::state::{
    Chain, Channel, CloseKind, Entry, EventList, Fact, FactKind, Htlc, Mode, Monitor, Outcome,
    Snapshot, Source, Stage, Update, UpdateKind,
};
use crate::truth::knows_preimage;

/// Which Monitor it is: the name of its channel, and the chain that it watches.
#[derive(Clone, Copy)]
pub(super) struct At<'a, const H: usize> {
    pub channel: Channel,
    pub chain: &'a Chain<H>,
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Applies an update, in memory.
    pub(super) fn apply(&self, m: &mut Monitor<H>, at: At<H>, update: Update) {
        // The Watch has checked that it is the next one; so no update is applied twice (H24).
        m.data.update_id += 1;
        match update.kind() {
            UpdateKind::None => {}
            UpdateKind::Close => {
                m.data.lockdown = true;
                // `ChannelForceClosed`: LDK says `HolderForceClosed` unless a funding spend is
                // known.
                if m.data.best_block == 0 {
                    self.number_notice(m, at.channel);
                }
            }
            UpdateKind::Offer => self.commit(m, at, update.htlc()),
            UpdateKind::Commit => self.sign(m, at, update.htlc(), update.outcome()),
            UpdateKind::Revoke => self.revoke(m, at, update.htlc()),
        }
    }

    /// The HTLC is in our newest commitment for the peer. Where another commitment is final, it
    /// will never have an output.
    fn commit(&self, m: &mut Monitor<H>, at: At<H>, h: Htlc) {
        m.data.stages[h] = Stage::Committed;
        // `fail_htlcs_from_update_after_funding_spend`: the Manager offers as long as it has not
        // heard of the close, and behind the burial no block would push the fail.
        if at.chain.seen(m.data.best_block).contains(&Fact::BURIED) {
            self.push_fail(m, at, Site::LateOffer, h);
        }
    }

    fn sign(&self, m: &mut Monitor<H>, at: At<H>, h: Htlc, outcome: Outcome) {
        m.data.stages[h] = Stage::signed(outcome);
        if !self.topology.leaves_by(h, at.channel) {
            return;
        }
        match outcome {
            // At the earliest durable point (`update_holder_commitment_data`): after the peer's
            // revocation the preimage is gone from here, and the event has the only copy.
            Outcome::Claim => self.push(m, Site::OffchainClaim, h, outcome),
            // MON-4: no event before the revocation.
            Outcome::Fail if self.protocol.fails_before_revocation() => {
                self.push(m, Site::OffchainFail, h, outcome);
            }
            Outcome::Fail => {}
        }
    }

    fn revoke(&self, m: &mut Monitor<H>, at: At<H>, h: Htlc) {
        // `provide_secret` prunes the HTLC, the preimage with it. A claim has its event by now.
        let Some(outcome) = m.data.stages[h].outcome() else { return };
        m.data.stages[h] = Stage::revoked(outcome);
        if self.topology.leaves_by(h, at.channel) && outcome == Outcome::Fail {
            self.push_fail(m, at, Site::OffchainFail, h);
        }
    }

    /// Takes in the next block of its channel's chain, in memory.
    pub(super) fn process_next_fact(&self, m: &mut Monitor<H>, at: At<H>) {
        let fact = at.chain.facts()[usize::from(m.data.best_block)];
        m.data.best_block += 1;
        self.process_fact(m, at, fact);
    }

    /// Takes in what a fact says, the first time or again.
    pub(super) fn process_fact(&self, m: &mut Monitor<H>, at: At<H>, fact: Fact) {
        match fact.kind() {
            FactKind::None => {}
            FactKind::Commitment => {
                // Volatile: a load derives the close from the block itself (RST-5).
                m.close_notice = true;
                self.number_notice(m, at.channel);
            }
            FactKind::Buried => self.fail_absent(m, at),
            FactKind::Spend(h, outcome) => {
                // Before the push, which may find that an event is there and do nothing (finding
                // 017).
                self.record_spend(m, h, outcome);
                match outcome {
                    Outcome::Fail => self.push_fail(m, at, Site::MaturedTimeout, h),
                    Outcome::Claim => self.push(m, claim_site(at.chain), h, Outcome::Claim),
                }
            }
        }
    }

    /// What happened to an output; archival asks for it. Where a design lets the scan for a
    /// duplicate event decide this too, it does so where a claim is seen.
    fn record_spend(&self, m: &mut Monitor<H>, h: Htlc, outcome: Outcome) {
        let listed = outcome == Outcome::Claim && m.events.names(h);
        // MON-12: whether or not an event is pushed.
        m.data.spends[h] |= self.protocol.records_spend(listed);
    }

    /// The final commitment has no output for an HTLC that the Monitor still lists.
    fn fail_absent(&self, m: &mut Monitor<H>, at: At<H>) {
        for h in self.topology.leaving_by(at.channel) {
            // One that is not listed has had its outcome, or was never here: no fail of it is owed.
            if m.data.stages[h].is_listed() && !at.chain.contains[h] {
                self.push_fail(m, at, Site::MaturedTimeout, h);
            }
        }
    }

    fn push_fail(&self, m: &mut Monitor<H>, at: At<H>, site: Site, h: Htlc) {
        // MON-3: a preimage that is known rules a fail out.
        if self.protocol.may_fail(knows_preimage(at.chain, &m.data, &m.events, h)) {
            self.push(m, site, h, Outcome::Fail);
        }
    }

    fn push(&self, m: &mut Monitor<H>, site: Site, h: Htlc, outcome: Outcome) {
        let names = |entries: &[Entry]| entries.iter().any(|e| e.htlc() == h);
        // Released is not acked: a scan of `pending` alone lists an HTLC twice (finding 009).
        let (pending, provided) = (names(m.pending()), names(m.provided()));
        if self.is_pushed(site, pending, provided) {
            self.list(m, h, outcome);
        }
    }

    fn is_pushed(&self, site: Site, pending: bool, provided: bool) -> bool {
        // MON-1, unless MON-2: an event that waits, in either list, is enough.
        self.protocol.pushes(site) && !self.protocol.suppresses(site, pending, provided)
    }

    /// Whether a claim on chain makes the same event whoever's commitment has the output.
    pub(super) fn treats_claim_sites_alike(&self) -> bool {
        [(false, false), (false, true), (true, false), (true, true)].iter().all(|lists| {
            self.is_pushed(Site::HolderOutputClaim, lists.0, lists.1)
                == self.is_pushed(Site::CounterpartyOutputClaim, lists.0, lists.1)
        })
    }

    /// Appends an event to `pending`.
    pub(super) fn list(&self, m: &mut Monitor<H>, h: Htlc, outcome: Outcome) {
        let id = m.data.next_event_id;
        m.data.next_event_id += 1;
        // MON-13: what is to be acked keeps the Monitor.
        m.data.archival_clock &= !self.protocol.push_stops_clock();
        m.events.push(Entry::new(id, h, outcome));
    }

    /// A notice is no event and takes no id, but in a design that numbers it. It is acked as soon
    /// as it is dispatched, so that nothing is left of it but the id it took; and where no HTLC
    /// leaves, there is no event to have another.
    pub(super) fn number_notice(&self, m: &mut Monitor<H>, c: Channel) {
        if self.protocol.numbers_notices() && self.topology.leaving_by(c).next().is_some() {
            m.data.next_event_id += 1;
        }
    }

    /// Hands out the oldest pending event.
    pub(super) fn release_event(&self, m: &mut Monitor<H>) -> Entry {
        let index = usize::from(m.provided);
        // MON-5: it stays, as provided.
        if self.protocol.release_keeps() {
            m.provided += 1;
            m.events.entries()[index]
        } else {
            m.events.remove(index)
        }
    }

    /// `ack_monitor_event`: memory only.
    pub(super) fn ack(&self, m: &mut Monitor<H>, h: Htlc, event: Source) {
        let named = Entry::new(event.id, h, event.outcome);
        let mut index = 0;
        while let Some(entry) = m.events.entries().get(index) {
            // MON-9: the named one and no other; the order stays.
            let acked = self.protocol.acked(*entry, named);
            if acked == Acked::Stays {
                index += 1;
                continue;
            }
            m.events.remove(index);
            if acked == Acked::Replaced {
                m.events.move_last_to(index);
            }
            m.provided -= u8::from(index < usize::from(m.provided));
        }
    }

    /// What a full write that starts now copies. With the mode off that is not what was released.
    pub(super) fn snapshot_of(&self, m: &Monitor<H>) -> Snapshot<H> {
        let mut events = m.events;
        // MON-6: `provided`, then `pending`.
        if m.data.mode == Mode::Off || !self.protocol.writes_provided() {
            events = EventList::EMPTY;
            for entry in m.pending() {
                events.push(*entry);
            }
        }
        let mut written = Snapshot { data: m.data, events };
        // In their place stand those that a load gives; else states would differ in what no load
        // can see.
        if !self.stores_event_ids() {
            written.number_anew();
        }
        written
    }

    /// Whether a stored version has the ids that the events had in memory.
    pub fn stores_event_ids(&self) -> bool {
        // Not a rule: a design may write them.
        self.protocol.stores_event_ids()
    }

    /// What a load makes of an update that is stored by itself, on top of what was stored before.
    pub(super) fn replayed(&self, stored: &Snapshot<H>, at: At<H>, update: Update) -> Snapshot<H> {
        // From what the Store has, not from memory: the lists of the two may differ.
        let Snapshot { data, events } = *stored;
        let mut load = Monitor {
            data,
            events,
            provided: 0,
            covered_below: 0,
            close_notice: false,
            completed: 0,
        };
        self.apply(&mut load, at, update);
        // MON-11: its event is made again.
        if !self.protocol.replay_pushes() {
            load.data.next_event_id = data.next_event_id;
            load.events = events;
        }
        Snapshot { data: load.data, events: load.events }
    }

    /// A Monitor as it is after it was read.
    pub(super) fn loaded(&self, snapshot: &Snapshot<H>) -> Monitor<H> {
        let Snapshot { data, events } = *snapshot;
        let listed = events.entries().len() as u8;
        Monitor {
            data,
            events,
            // MON-7: nothing counts as handed out.
            provided: if self.protocol.loads_as_pending() { 0 } else { listed },
            // What was read counts as reported: nothing of it is held back.
            covered_below: data.next_event_id,
            close_notice: false,
            completed: 0,
        }
    }

    /// Whether the newest holder commitment may go to the chain. Where HTLCs leave, a commitment
    /// update is our own next commitment; elsewhere it is the peer's. `unreported` are the updates
    /// of the channel that no report has covered.
    pub(super) fn is_broadcastable(
        &self,
        c: Channel,
        resumed: bool,
        unreported: &[Update],
    ) -> bool {
        // What is listed before the background step is durable, or not applied.
        let is_ours = resumed && self.topology.leaving_by(c).next().is_some();
        // Broadcast all the same, it may confirm and then be forgotten in a crash: the HTLC that it
        // lacks, because it was claimed, reads as failed (finding 001).
        let durable = !is_ours || !unreported.iter().any(|u| u.kind() == UpdateKind::Commit);
        // MON-10: only what no crash can take back.
        self.protocol.may_broadcast(durable)
    }
}

fn claim_site<const H: usize>(chain: &Chain<H>) -> Site {
    match chain.closed {
        CloseKind::Holder => Site::HolderOutputClaim,
        CloseKind::Open | CloseKind::Counterparty => Site::CounterpartyOutputClaim,
    }
}
