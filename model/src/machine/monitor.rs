//! The monitor: updates, blocks, push sites, ack. SPEC.md section 5.1.

use super::Machine;
use crate::protocol::{Protocol, Site};
use crate::state::{
    Chain, CloseKind, Entry, EventList, Fact, Fault, INBOUND, Mode, Monitor, MonitorData, OUTBOUND,
    Outcome, Snapshot, Source, Stage, State, Update, UpdateKind,
};

impl<P: Protocol + ?Sized> Machine<P> {
    /// Applies an update to the in-memory monitor.
    pub(super) fn apply(&self, s: &mut State, c: usize, update: Update) {
        let monitor = &mut s.node.monitors[c];
        monitor.data.update_id += 1;
        let h = usize::from(update.htlc);
        match update.kind {
            UpdateKind::None => {}
            UpdateKind::Close => {
                monitor.data.lockdown = true;
                if monitor.data.best_block == 0 {
                    self.number_notice(s, c);
                }
            }
            UpdateKind::Offer => self.commit(s, c, h),
            UpdateKind::Commit => self.sign(s, c, h, update.outcome),
            UpdateKind::Revoke => self.revoke(s, c, h),
        }
    }

    /// The HTLC is in our newest commitment for the peer. Where another commitment is final, it
    /// will never have an output.
    fn commit(&self, s: &mut State, c: usize, h: usize) {
        s.node.monitors[c].data.stages[h] = Stage::Committed;
        let seen = usize::from(s.node.monitors[c].data.best_block);
        if s.world.chains[c].facts()[..seen].contains(&Fact::Buried) {
            self.push_fail(s, Site::LateOffer, h);
        }
    }

    fn sign(&self, s: &mut State, c: usize, h: usize, outcome: Outcome) {
        let before = s.node.monitors[c].data.stages[h];
        s.node.monitors[c].data.stages[h] = Stage::signed(outcome);
        if c == INBOUND {
            if before != Stage::Committed {
                s.ledger.fault = Fault::SecondEffect;
            }
            return;
        }
        match outcome {
            Outcome::Claim => self.push(s, Site::OffchainClaim, h, outcome),
            Outcome::Fail if self.protocol.fails_before_revocation() => {
                self.push(s, Site::OffchainFail, h, outcome);
            }
            Outcome::Fail => {}
        }
    }

    fn revoke(&self, s: &mut State, c: usize, h: usize) {
        let Some(outcome) = s.node.monitors[c].data.stages[h].outcome() else { return };
        s.node.monitors[c].data.stages[h] = Stage::revoked(outcome);
        if c == OUTBOUND && outcome == Outcome::Fail {
            self.push_fail(s, Site::OffchainFail, h);
        }
    }

    /// The next block of its channel's chain, in memory.
    pub(super) fn process_next_fact(&self, s: &mut State, c: usize) {
        let index = usize::from(s.node.monitors[c].data.best_block);
        s.node.monitors[c].data.best_block += 1;
        self.process_fact(s, c, s.world.chains[c].facts()[index]);
    }

    /// What a fact tells the monitor, the first time or again.
    pub(super) fn process_fact(&self, s: &mut State, c: usize, fact: Fact) {
        match fact {
            Fact::None => {}
            Fact::Commitment => {
                s.node.monitors[c].close_notice = true;
                self.number_notice(s, c);
            }
            Fact::Buried => self.fail_absent(s),
            Fact::Claim0 | Fact::Claim1 | Fact::Timeout0 | Fact::Timeout1 => {
                let (h, outcome) = fact.spend().expect("the fact is a spend");
                self.record_spend(s, h, outcome);
                match outcome {
                    Outcome::Fail => self.push_fail(s, Site::MaturedTimeout, h),
                    Outcome::Claim => {
                        self.push(s, claim_site(&s.world.chains[c]), h, Outcome::Claim);
                    }
                }
            }
        }
    }

    /// What happened to an output; archival asks for it. Where a design lets the scan for a
    /// duplicate event decide this too, it does so where a claim is seen.
    fn record_spend(&self, s: &mut State, h: usize, outcome: Outcome) {
        let monitor = &mut s.node.monitors[OUTBOUND];
        let listed = outcome == Outcome::Claim && monitor.events.names(h);
        monitor.data.spends[h] |= self.protocol.records_spend(listed);
    }

    /// The final commitment has no output for an HTLC that the monitor still lists.
    fn fail_absent(&self, s: &mut State) {
        for h in self.scenario.htlcs() {
            let listed = s.node.monitors[OUTBOUND].data.stages[h].is_listed();
            if listed && !s.world.chains[OUTBOUND].contains[h] {
                self.push_fail(s, Site::MaturedTimeout, h);
            }
        }
    }

    fn push_fail(&self, s: &mut State, site: Site, h: usize) {
        let known = knows_preimage(&s.world.chains[OUTBOUND], &snapshot(&s.node), h);
        if self.protocol.may_fail(known) {
            self.push(s, site, h, Outcome::Fail);
        }
    }

    fn push(&self, s: &mut State, site: Site, h: usize, outcome: Outcome) {
        let monitor = &mut s.node.monitors[OUTBOUND];
        let names = |entries: &[Entry]| entries.iter().any(|e| usize::from(e.htlc) == h);
        let (pending, provided) = (names(monitor.pending()), names(monitor.provided()));
        if !self.protocol.pushes(site) || self.protocol.suppresses(site, pending, provided) {
            return;
        }
        self.list(s, h, outcome);
    }

    /// Appends an event to `pending`.
    pub(super) fn list(&self, s: &mut State, h: usize, outcome: Outcome) {
        let monitor = &mut s.node.monitors[OUTBOUND];
        let id = monitor.data.next_event_id;
        monitor.data.next_event_id += 1;
        monitor.data.archival_clock &= !self.protocol.push_stops_clock();
        if !monitor.events.push(Entry { id, htlc: h as u8, outcome }) {
            s.ledger.fault = Fault::FullList;
        }
    }

    /// A notice is no event and takes no id, but in a design that numbers it. It is acked as soon
    /// as it is dispatched, so that nothing is left of it but the id it took.
    pub(super) fn number_notice(&self, s: &mut State, c: usize) {
        if c == OUTBOUND && self.protocol.numbers_notices() {
            s.node.monitors[c].data.next_event_id += 1;
        }
    }

    /// `ack_monitor_event`: memory only.
    pub(super) fn ack(&self, s: &mut State, h: usize, event: Source) {
        let monitor = &mut s.node.monitors[OUTBOUND];
        let named = Entry { id: event.id, htlc: h as u8, outcome: event.outcome };
        let mut index = 0;
        while index < monitor.events.entries().len() {
            let entry = monitor.events.entries()[index];
            if !self.protocol.ack_removes(entry, named) {
                index += 1;
                continue;
            }
            monitor.events.remove(index);
            monitor.provided -= u8::from(index < usize::from(monitor.provided));
            if (entry.htlc, entry.outcome) != (named.htlc, named.outcome) {
                s.ledger.fault = Fault::WrongAck;
            }
        }
    }

    /// What a full write that starts now copies. With the mode off that is not what was released.
    pub(super) fn snapshot_of(&self, monitor: &Monitor) -> Snapshot {
        let mut events = monitor.events;
        if monitor.data.mode == Mode::Off || !self.protocol.writes_provided() {
            events = EventList::EMPTY;
            for entry in monitor.pending() {
                events.push(*entry);
            }
        }
        Snapshot { data: monitor.data, events }
    }

    /// A monitor as it is after it was read.
    pub(super) fn loaded(&self, snapshot: &Snapshot) -> Monitor {
        let mut data = snapshot.data;
        let mut events = EventList::EMPTY;
        for (position, entry) in snapshot.events.entries().iter().enumerate() {
            let id = self.protocol.loaded_event_id(entry.id, position, false);
            events.push(Entry { id, ..*entry });
        }
        let len = events.entries().len();
        data.next_event_id = self.protocol.loaded_event_id(data.next_event_id, len, true);
        Monitor {
            data,
            events,
            provided: if self.protocol.loads_as_pending() { 0 } else { len as u8 },
            durable_below: events.entries().last().map_or(data.next_event_id, |e| e.id + 1),
            close_notice: false,
            completed: 0,
        }
    }
}

fn snapshot(node: &crate::state::Node) -> Snapshot {
    let monitor = &node.monitors[OUTBOUND];
    Snapshot { data: monitor.data, events: monitor.events }
}

fn claim_site(chain: &Chain) -> Site {
    match chain.closed {
        CloseKind::Holder => Site::HolderOutputClaim,
        CloseKind::Open | CloseKind::Counterparty => Site::CounterpartyOutputClaim,
    }
}

/// Whether a version of the outbound monitor knows an HTLC's preimage: from a signed claim it has
/// not pruned, from an event in its list, or from a spend it has seen.
pub fn knows_preimage(chain: &Chain, monitor: &Snapshot, h: usize) -> bool {
    let listed = |e: &Entry| usize::from(e.htlc) == h && e.outcome == Outcome::Claim;
    monitor.data.stages[h] == Stage::SignedClaim
        || monitor.events.entries().iter().any(listed)
        || chain.facts()[..usize::from(monitor.data.best_block)].contains(&Fact::claim(h))
}

/// The outcome of an HTLC that a monitor without its events can tell: claimed if it has the
/// preimage, failed if that is final on chain or if it lists the HTLC no more.
pub fn tells(chain: &Chain, data: &MonitorData, h: usize) -> Option<Outcome> {
    let seen = &chain.facts()[..usize::from(data.best_block)];
    let stage = data.stages[h];
    let absent = seen.contains(&Fact::Buried) && !chain.contains[h] && stage.is_listed();
    if knows_preimage(chain, &Snapshot { data: *data, events: EventList::EMPTY }, h) {
        Some(Outcome::Claim)
    } else if stage.is_revoked() || absent || seen.contains(&Fact::timeout(h)) {
        Some(Outcome::Fail)
    } else {
        None
    }
}
