//! Several differences at once.

use super::Difference;
use crate::protocol::{
    Edge, ForwardQueue, Own, Protocol, Repeat, Settled, Site, Spec, Telling, Unlisted,
};
use crate::state::{Entry, Outcome, Told, UpdateKind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// SPEC.md with some differences: each decision is that of the first difference which departs from
/// SPEC.md there. Two differences of one design never depart in the same case.
pub struct Design {
    pub(super) differences: &'static [&'static Difference],
    /// Those that are left out again.
    pub(super) repaired: &'static [&'static Difference],
    /// Those that are only asked what they would have decided.
    pub(super) probe: Option<&'static Probe>,
}

/// Differences that a design does not make, and which of them would have decided otherwise.
pub struct Probe {
    candidates: &'static [&'static Difference],
    /// Bit i for candidate i.
    departed: AtomicU64,
}

impl Probe {
    fn note<T: PartialEq>(&self, ask: impl Fn(&dyn Protocol) -> T, spec: &T, answer: &T) {
        let mut rest = !self.departed.load(Relaxed) & below(self.candidates.len());
        while rest != 0 {
            let index = rest.trailing_zeros();
            rest &= rest - 1;
            let other = ask(self.candidates[index as usize].protocol);
            if other != *spec && other != *answer {
                self.departed.fetch_or(1 << index, Relaxed);
            }
        }
    }
}

/// The lowest bits.
fn below(count: usize) -> u64 {
    u64::MAX.checked_shr(64 - count as u32).unwrap_or(0)
}

impl Design {
    /// SPEC.md with all of these differences.
    pub const fn new(differences: &'static [&'static Difference]) -> Design {
        Design { differences, repaired: &[], probe: None }
    }

    /// The same design, and beside each of its decisions the question whether one of these
    /// differences would have decided otherwise. One that never does changes nothing here. Those
    /// whose bit is set in `known` are not asked, and pass for departing.
    #[must_use]
    pub fn probing(self, candidates: &'static [&'static Difference], known: u64) -> Design {
        assert!(candidates.len() <= 64, "one bit for each candidate");
        let probe = Box::leak(Box::new(Probe { candidates, departed: AtomicU64::new(known) }));
        Design { probe: Some(probe), ..self }
    }

    /// Which of the probed differences would have decided otherwise somewhere: bit i for the i-th.
    pub fn departed(&self) -> u64 {
        self.probe.map_or(0, |probe| probe.departed.load(Relaxed))
    }

    fn decide<T: PartialEq>(&self, ask: impl Fn(&dyn Protocol) -> T) -> T {
        let spec = ask(&Spec);
        let repaired = |one: &&&Difference| self.repaired.iter().any(|r| r.name == one.name);
        let kept = self.differences.iter().filter(|one| !repaired(one));
        let departs = kept.map(|one| ask(one.protocol)).find(|answer| *answer != spec);
        let Some(probe) = self.probe else { return departs.unwrap_or(spec) };
        match departs {
            Some(answer) => {
                probe.note(ask, &spec, &answer);
                answer
            }
            None => {
                probe.note(ask, &spec, &spec);
                spec
            }
        }
    }
}

impl Protocol for Design {
    fn pushes(&self, site: Site) -> bool {
        self.decide(|p| p.pushes(site))
    }

    fn suppresses(&self, site: Site, in_pending: bool, in_provided: bool) -> bool {
        self.decide(|p| p.suppresses(site, in_pending, in_provided))
    }

    fn may_fail(&self, preimage_known: bool) -> bool {
        self.decide(|p| p.may_fail(preimage_known))
    }

    fn fails_before_revocation(&self) -> bool {
        self.decide(|p| p.fails_before_revocation())
    }

    fn release_keeps(&self) -> bool {
        self.decide(|p| p.release_keeps())
    }

    fn writes_provided(&self) -> bool {
        self.decide(|p| p.writes_provided())
    }

    fn loads_as_pending(&self) -> bool {
        self.decide(|p| p.loads_as_pending())
    }

    fn loaded_event_id(&self, stored: u8, position: usize, is_next: bool) -> u8 {
        self.decide(|p| p.loaded_event_id(stored, position, is_next))
    }

    fn ack_removes(&self, entry: Entry, named: Entry) -> bool {
        self.decide(|p| p.ack_removes(entry, named))
    }

    fn may_broadcast(&self, durable: bool) -> bool {
        self.decide(|p| p.may_broadcast(durable))
    }

    fn replay_pushes(&self) -> bool {
        self.decide(|p| p.replay_pushes())
    }

    fn records_spend(&self, listed: bool) -> bool {
        self.decide(|p| p.records_spend(listed))
    }

    fn push_stops_clock(&self) -> bool {
        self.decide(|p| p.push_stops_clock())
    }

    fn may_release(&self, durable: bool, writing: bool) -> bool {
        self.decide(|p| p.may_release(durable, writing))
    }

    fn tracks_full_writes(&self) -> bool {
        self.decide(|p| p.tracks_full_writes())
    }

    fn delta_covers(&self, made_again: bool) -> bool {
        self.decide(|p| p.delta_covers(made_again))
    }

    fn archives_with_events(&self, in_pending: bool, in_provided: bool) -> bool {
        self.decide(|p| p.archives_with_events(in_pending, in_provided))
    }

    fn archives_while_writing(&self, writing: bool, completed: bool) -> bool {
        self.decide(|p| p.archives_while_writing(writing, completed))
    }

    fn may_ack_own(&self, progress: Own) -> bool {
        self.decide(|p| p.may_ack_own(progress))
    }

    fn may_ack_claim(&self, edge: Edge, again: bool, told: Told) -> bool {
        self.decide(|p| p.may_ack_claim(edge, again, told))
    }

    fn may_ack_fail(&self, edge: Edge, again: bool) -> bool {
        self.decide(|p| p.may_ack_fail(edge, again))
    }

    fn may_ack_claim_closed(&self, edge: Edge, told: Told) -> bool {
        self.decide(|p| p.may_ack_claim_closed(edge, told))
    }

    fn may_ack_fail_closed(&self) -> bool {
        self.decide(|p| p.may_ack_fail_closed())
    }

    fn repeats(&self, settled: Settled) -> Repeat {
        self.decide(|p| p.repeats(settled))
    }

    fn applies_settled(&self) -> bool {
        self.decide(|p| p.applies_settled())
    }

    fn ack_waits_for_manager(&self) -> bool {
        self.decide(|p| p.ack_waits_for_manager())
    }

    fn completed(&self, covered: usize, listed: usize) -> usize {
        self.decide(|p| p.completed(covered, listed))
    }

    fn submits_to_archived(&self) -> bool {
        self.decide(|p| p.submits_to_archived())
    }

    fn fails_unsent(&self) -> bool {
        self.decide(|p| p.fails_unsent())
    }

    fn tells_forward(&self, telling: Telling, told: Told) -> Told {
        self.decide(|p| p.tells_forward(telling, told))
    }

    fn submits_blocked(&self) -> bool {
        self.decide(|p| p.submits_blocked())
    }

    fn overtakes(&self) -> bool {
        self.decide(|p| p.overtakes())
    }

    fn acks_hops(&self, reached: usize, all: usize) -> bool {
        self.decide(|p| p.acks_hops(reached, all))
    }

    fn sends_payment(&self, claimed: usize, all: usize) -> bool {
        self.decide(|p| p.sends_payment(claimed, all))
    }

    fn fails_payment(&self, failed: usize, all: usize) -> bool {
        self.decide(|p| p.fails_payment(failed, all))
    }

    fn handles_copy(&self) -> bool {
        self.decide(|p| p.handles_copy())
    }

    fn tells_claim(&self, durable: bool) -> bool {
        self.decide(|p| p.tells_claim(durable))
    }

    fn claim_blocks(&self) -> bool {
        self.decide(|p| p.claim_blocks())
    }

    fn fails_closing(&self, durable: bool) -> bool {
        self.decide(|p| p.fails_closing(durable))
    }

    fn closes_stale(&self) -> bool {
        self.decide(|p| p.closes_stale())
    }

    fn resubmits(&self) -> bool {
        self.decide(|p| p.resubmits())
    }

    fn keeps_in_flight(&self, kind: UpdateKind) -> bool {
        self.decide(|p| p.keeps_in_flight(kind))
    }

    fn fails_unlisted(&self, unlisted: Unlisted) -> bool {
        self.decide(|p| p.fails_unlisted(unlisted))
    }

    fn rederives_close(&self) -> bool {
        self.decide(|p| p.rederives_close())
    }

    fn adopts_inbound(&self, outcome: Outcome, has_event: bool) -> bool {
        self.decide(|p| p.adopts_inbound(outcome, has_event))
    }

    fn drops_orphans(&self) -> bool {
        self.decide(|p| p.drops_orphans())
    }

    fn recreates(&self, spent: bool, has_event: bool) -> bool {
        self.decide(|p| p.recreates(spent, has_event))
    }

    fn fails_unknown(&self, forward: bool, stale: bool) -> bool {
        self.decide(|p| p.fails_unknown(forward, stale))
    }

    fn lists_blocked(&self, applied: bool) -> bool {
        self.decide(|p| p.lists_blocked(applied))
    }

    fn fails_known(&self, forward: bool) -> bool {
        self.decide(|p| p.fails_known(forward))
    }

    fn claims_other_parts(&self) -> bool {
        self.decide(|p| p.claims_other_parts())
    }

    fn archives_unused(&self) -> bool {
        self.decide(|p| p.archives_unused())
    }

    fn tells_claim_again(&self) -> bool {
        self.decide(|p| p.tells_claim_again())
    }

    fn adopts_payments(&self) -> bool {
        self.decide(|p| p.adopts_payments())
    }

    fn loads_unknown_mode(&self) -> bool {
        self.decide(|p| p.loads_unknown_mode())
    }

    fn may_drop_claim(&self, listed: bool) -> bool {
        self.decide(|p| p.may_drop_claim(listed))
    }

    fn pushes_owed(&self, switches: bool, compared: bool) -> bool {
        self.decide(|p| p.pushes_owed(switches, compared))
    }

    fn switches_off(&self, listed: bool) -> bool {
        self.decide(|p| p.switches_off(listed))
    }

    fn writes_switch(&self) -> bool {
        self.decide(|p| p.writes_switch())
    }

    fn writes_off_ids(&self) -> bool {
        self.decide(|p| p.writes_off_ids())
    }

    fn keeps_event_id(&self, listed: bool) -> bool {
        self.decide(|p| p.keeps_event_id(listed))
    }

    fn switches_mode(&self) -> bool {
        self.decide(|p| p.switches_mode())
    }

    fn keeps_blocked_acks(&self) -> bool {
        self.decide(|p| p.keeps_blocked_acks())
    }

    fn waits_for_own_update(&self) -> bool {
        self.decide(|p| p.waits_for_own_update())
    }

    fn stores_forward_source(&self) -> bool {
        self.decide(|p| p.stores_forward_source())
    }

    fn writes_at_watch(&self) -> bool {
        self.decide(|p| p.writes_at_watch())
    }

    fn forward_queue(&self) -> ForwardQueue {
        self.decide(|p| p.forward_queue())
    }

    fn numbers_notices(&self) -> bool {
        self.decide(|p| p.numbers_notices())
    }
}
